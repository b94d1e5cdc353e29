"""The policy set in force, and the earlier ones: every set is archived before the first decision can be made with it."""

import threading
from collections.abc import Callable, Mapping

from adjudicator.policy.policy_set import PolicySet
from adjudicator.store.archive import archive_policies, archived_policies
from adjudicator.store.database import Store

MOST_EARLIER_SETS = 8
"""Sets that are kept compiled beside the one in force."""


class PoliciesInForce:
    """Holds the set that new batches of claims are decided with. A batch that has begun keeps the set it began with."""

    def __init__(
        self,
        store: Store,
        files: Mapping[str, bytes],
        policies: PolicySet,
        compile_policies: Callable[[Mapping[str, bytes]], PolicySet] | None = None,
    ) -> None:
        """Put the first set in force.

        Args:
            store: where sets are archived.
            files: the files that the set was compiled from, by path.
            policies: the set.
            compile_policies: makes an earlier set of its archived files, such as ``policy.load.compile_policies``;
                without it the set in force stands for them all.
        """
        self._store = store
        self._compile = compile_policies
        self._earlier: dict[str, PolicySet | None] = {}
        """By digest; None for a set that cannot be had any more."""
        self._compiling = threading.Lock()
        self.replace(files, policies)

    def __call__(self) -> PolicySet:
        """The set in force."""
        return self._policies

    def of(self, digest: str) -> PolicySet:
        """The set of a digest, for what is said about a decision that was made with it.

        The set in force stands for one that is not archived or does not compile under this version.
        """
        in_force = self._policies
        if in_force.digest == digest:
            return in_force
        with self._compiling:
            if digest not in self._earlier:
                while len(self._earlier) >= MOST_EARLIER_SETS:
                    del self._earlier[next(iter(self._earlier))]
                self._earlier[digest] = self._from_archive(digest)
            return self._earlier[digest] or in_force

    def replace(self, files: Mapping[str, bytes], policies: PolicySet) -> None:
        """Archive a set, then put it in force for the batches that begin after this."""
        with self._store.writing() as connection:
            archive_policies(connection, policies.digest, files)
        self._policies = policies

    def _from_archive(self, digest: str) -> PolicySet | None:
        with self._store.reading() as connection:
            files = archived_policies(connection, digest)
        if files is None or self._compile is None:
            return None
        try:
            policies = self._compile(files)
        except Exception:  # a set of another version may break any rule of this one's
            return None
        return policies if policies.digest == digest else None
