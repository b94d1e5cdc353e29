"""The policy set in force, and the earlier ones: every set is archived before the first decision can be made with it."""

import logging
import threading
from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy.exc import OperationalError

from adjudicator.model.principal import Principal, Role
from adjudicator.policy.load.mistakes import PolicyError, PolicyErrors
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.errors import NotPermitted, NotStored
from adjudicator.store.archive import archive_policies, archived_policies
from adjudicator.store.database import Store

Load = Callable[[], tuple[Mapping[str, bytes], PolicySet]]
"""Reads and compiles the payer's policy folder as it is now; raises PolicyErrors."""

MOST_EARLIER_SETS = 8
"""Sets that are kept compiled beside the one in force."""

_log = logging.getLogger(__name__)


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
        self._archive(files, policies)
        self._policies = policies

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
                self._keep(digest, self._from_archive(digest))
            return self._earlier[digest] or in_force

    def replace(self, files: Mapping[str, bytes], policies: PolicySet) -> None:
        """Archive a set, then put it in force for the batches that begin after this."""
        self._archive(files, policies)
        with self._compiling:
            self._keep(self._policies.digest, self._policies)
        self._policies = policies

    def _archive(self, files: Mapping[str, bytes], policies: PolicySet) -> None:
        self._store.attempt(lambda connection: archive_policies(connection, policies.digest, files))

    def _keep(self, digest: str, policies: PolicySet | None) -> None:
        while len(self._earlier) >= MOST_EARLIER_SETS:
            del self._earlier[next(iter(self._earlier))]
        self._earlier[digest] = policies

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


class Reloaded(msgspec.Struct, frozen=True):
    """What came of reading the policy folder anew."""

    digest: str
    """The set in force now."""
    before: str
    """The set in force before; the same when the folder holds it still, or was refused."""
    mistakes: tuple[PolicyError, ...] = ()
    """Why the folder was refused: everything that is wrong with it."""


class PolicyReload:
    """Puts the payer's policy folder in force as it is now, while claims are being decided."""

    def __init__(self, in_force: PoliciesInForce, load: Load) -> None:
        """Join the set in force and the folder that the next one comes from."""
        self._in_force = in_force
        self._load = load
        self._reloading = threading.Lock()

    def asked_by(self, principal: Principal) -> Reloaded:
        """Reload for a caller.

        Raises:
            NotPermitted: the caller is no operator.
            NotStored: the set could not be archived, so it is not in force.
        """
        if principal.role is not Role.OPERATOR:
            raise NotPermitted("Only an operator may change the policies in force.")
        return self.reload()

    def reload(self) -> Reloaded:
        """Read the folder and check it aside; a set without mistakes is archived, then put in force in one step.

        Batches that have begun keep the set that they began with. One reload runs at a time.

        Raises:
            NotStored: the set could not be archived, so it is not in force.
        """
        with self._reloading:
            before = self._in_force().digest
            try:
                files, policies = self._load()
            except PolicyErrors as mistakes:
                for mistake in mistakes.errors:
                    _log.error("policies refused: %s", mistake)
                return Reloaded(digest=before, before=before, mistakes=mistakes.errors)
            if policies.digest == before:
                _log.info("policies unchanged", extra={"policies": before})
                return Reloaded(digest=before, before=before)
            try:
                self._in_force.replace(files, policies)
            except OperationalError as failure:  # locked, full, gone
                _log.error("policies not archived: %s", type(failure.orig).__name__)
                raise NotStored("The policies could not be archived, so those before stay in force.") from None
            _log.info("policies changed", extra={"policies": policies.digest})
            return Reloaded(digest=policies.digest, before=before)
