"""Has the payer every coding table that it binds for the day of each line, so that no line passes for want of one?"""

from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.claim import ClaimType
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.coding_tables import Setting
from adjudicator.policy.policy_set import PolicySet

MISSING, PREVIOUS = "coding-table.missing", "coding-table.previous"
RULES = (MISSING, PREVIOUS)
"""A bound table has no version for the day; an earlier one stands for it."""

_OTHERS = {
    ClaimType.PROFESSIONAL: (Setting.OUTPATIENT.value,),
    ClaimType.INSTITUTIONAL: (Setting.PRACTITIONER.value, Setting.SUPPLIER.value),
}
"""Settings whose tables a kind of claim never meets: endings of their names."""


def tables_in_force(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Each coding table that the payer binds for such claims has a version for the date of each line."""
    # Asked once for all edits that look something up in such a table: they ask ``policies.coding_on`` and pass over
    # what it lacks. Either the payer binds no such table, or the line waits here.
    if not policies.coding_tables:
        return
    others = _OTHERS[case.claim.claim_type]
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        for lists, table in policies.coding_on(day).wanting.items():
            if lists.endswith(others):
                continue
            if table.table is None:
                yield policies.answer(MISSING, day).finding(
                    f"Table {table.document} has no version for {day}, the date of line {line.number}.", line.number
                )
            else:
                yield policies.answer(PREVIOUS, day).finding(
                    f"Line {line.number} of {day} was checked against {table.table.stamp}: table {table.document} has no "
                    "version for that date yet.",
                    line.number,
                )
