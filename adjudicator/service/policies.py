"""The policy set in force: every set is archived before the first decision can be made with it."""

from collections.abc import Mapping

from adjudicator.policy.policy_set import PolicySet
from adjudicator.store.archive import archive_policies
from adjudicator.store.database import Store


class PoliciesInForce:
    """Holds the set that new batches of claims are decided with. A batch that has begun keeps the set it began with."""

    def __init__(self, store: Store, files: Mapping[str, bytes], policies: PolicySet) -> None:
        """Put the first set in force.

        Args:
            store: where sets are archived.
            files: the files that the set was compiled from, by path.
            policies: the set.
        """
        self._store = store
        self.replace(files, policies)

    def __call__(self) -> PolicySet:
        """The set in force."""
        return self._policies

    def replace(self, files: Mapping[str, bytes], policies: PolicySet) -> None:
        """Archive a set, then put it in force for the batches that begin after this."""
        with self._store.writing() as connection:
            archive_policies(connection, policies.digest, files)
        self._policies = policies
