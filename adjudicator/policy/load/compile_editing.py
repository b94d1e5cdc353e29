"""The parts of a code-editing document turned into what the edits read."""

from adjudicator.policy.editing_rules import (
    ExclusiveServices,
    FeeScheduleRules,
    GlobalPeriod,
    GlobalSurgery,
    ModifierRule,
    NewPatients,
    SharedCare,
    StatusMeaning,
    StatusRow,
    TechnicalPart,
    Visits,
    longest,
)
from adjudicator.policy.load import editing_documents as written
from adjudicator.policy.load.compile_conditions import Codes
from adjudicator.policy.load.editing_documents import ExclusiveRow, SharedCareRules, SurgeryRules, VisitRules
from adjudicator.policy.load.scalars import ANY


def compile_exclusive(row: ExclusiveRow, codes: Codes) -> ExclusiveServices:
    """Services that are not paid beside some others."""
    return ExclusiveServices(
        quote=row.quote,
        procedures=codes(row.for_, "procedures"),
        beside=codes(row.beside, "procedures"),
        apart=codes(row.apart_modifiers, "modifiers"),
    )


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
        shared=_shared_care(rules.shared_care, codes) if rules.shared_care else None,
    )


def _shared_care(rules: SharedCareRules, codes: Codes) -> SharedCare:
    return SharedCare(
        operation=codes(rules.operation, "modifiers"),
        care=codes(rules.care, "modifiers"),
        joint=codes(rules.joint, "modifiers"),
        apart=codes(rules.apart_modifiers, "modifiers"),
        facilities=rules.facilities,
    )


def compile_fee_schedule(rules: written.FeeScheduleRules, codes: Codes) -> FeeScheduleRules:
    """What is said of the fee schedule's indicators."""
    facility = rules.in_facility
    return FeeScheduleRules(
        statuses=tuple(
            StatusRow(
                statuses=frozenset(row.statuses),
                meaning=StatusMeaning(row.means),
                plans=frozenset(row.plans),
                procedures=codes(row.for_ or (ANY,), "procedures"),
            )
            for row in rules.statuses
        ),
        reporting=codes(rules.reporting_codes or (), "procedures"),
        assistant_surgeon=_modifier_rule(rules.assistant_surgeon, codes),
        co_surgeon=_modifier_rule(rules.co_surgeon, codes),
        surgical_team=_modifier_rule(rules.surgical_team, codes),
        both_sides=_modifier_rule(rules.both_sides, codes),
        professional_part=_modifier_rule(rules.professional_part, codes),
        technical_part=_modifier_rule(rules.technical_part, codes),
        in_facility=TechnicalPart(
            places=codes(facility.places, "places"),
            inpatient_places=codes(facility.inpatient_places, "places"),
            both=frozenset(facility.both),
            technical_only=frozenset(facility.technical_only),
        ),
        parts_apart=codes(rules.apart_modifiers, "modifiers"),
    )


def _modifier_rule(row: written.ModifierRow, codes: Codes) -> ModifierRule:
    return ModifierRule(
        modifiers=codes(row.modifiers, "modifiers"),
        allowed=frozenset(row.allowed),
        documented=frozenset(row.documented),
        refused=frozenset(row.refused),
    )
