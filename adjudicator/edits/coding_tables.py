"""Has the payer every coding table that it binds for the day of each line, so that no line passes for want of one?"""

import datetime as dt
from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.claim import ClaimType
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.coding_tables import Setting, TableOnDay
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
    # Asked once for all edits that look something up in such a table: they ask ``policies.procedure_pairs`` and its like and
    # pass over None. Either the payer binds no such table, or the line waits here.
    if not policies.coding_tables:
        return
    others = _OTHERS[case.claim.claim_type]
    lists = [name for name in policies.coding_tables if not name.endswith(others)]
    wanting: dict[dt.date, list[TableOnDay]] = {}
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        if day not in wanting:
            bound = [policies.coding_tables[name].on(day) for name in lists]
            wanting[day] = [table for table in bound if table.table is None or table.previous]
        for table in wanting[day]:
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
