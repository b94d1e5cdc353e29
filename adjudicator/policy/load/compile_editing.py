"""The parts of a code-editing document turned into what the edits read."""

from adjudicator.policy.editing_rules import GlobalPeriod, GlobalSurgery, NewPatients, Visits, longest
from adjudicator.policy.load.compile_conditions import Codes
from adjudicator.policy.load.editing_documents import SurgeryRules, VisitRules


def compile_visits(rules: VisitRules, codes: Codes) -> Visits:
    """What is said of visits."""
    new = rules.new_patients
    return Visits(
        one_a_day=codes(rules.one_a_day, "procedures"),
        apart=codes(rules.apart_modifiers, "modifiers"),
        new_patients=NewPatients(
            procedures=codes(new.procedures, "procedures"),
            seen=codes(new.seen, "procedures"),
            months=new.months,
            new_on_anniversary=new.on_anniversary == "new",
            missing_day_is_next=new.missing_day == "next_day",
        ),
    )


def compile_surgery(rules: SurgeryRules, codes: Codes) -> GlobalSurgery:
    """What is said of care around operations."""
    periods = {
        row.global_days: GlobalPeriod(
            days_before=row.days_before,
            days_after=row.days_after,
            apart_before=codes(row.apart_before, "modifiers"),
            apart_same_day=codes(row.apart_same_day, "modifiers"),
            apart_after=codes(row.apart_after, "modifiers"),
        )
        for row in rules.periods
    }
    return GlobalSurgery(
        included_visits=codes(rules.included_visits, "procedures"),
        periods=periods,
        without_period=frozenset(rules.without_period),
        operations_apart=codes(rules.operations_apart, "modifiers"),
        open_no_period=codes(rules.open_no_period, "modifiers"),
        unknown=longest(periods),
    )
