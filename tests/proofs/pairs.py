"""The worked example's plan and contract with the demo payer's way of editing pairs, and with nothing else that edits codes."""

import msgspec

from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.building import worked_policies

LISTS = "procedure-pairs-practitioner"
TABLE = f"tables/{LISTS}"


def pairs_alone(demo: PolicySet) -> PolicySet:
    """What a line is denied for is the pairs' doing: no other table is bound, no rule of visits or operations holds."""
    assert demo.editing is not None
    versions = [
        msgspec.structs.replace(version, visits=None, surgery=None, fee_schedule=None)
        for version in demo.editing.versions
    ]
    return msgspec.structs.replace(
        worked_policies(demo),
        editing=Document(demo.editing.path, demo.editing.title, tuple(versions)),
        coding_tables={LISTS: demo.coding_tables[LISTS]},
    )
