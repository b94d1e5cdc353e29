"""Does a line fit what the physician fee schedule says of its procedure (domain/02 rows I3, I8 to I10, I12, I13, I21, I22)."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from adjudicator.edits.services import Service, earlier_services, others_of_day, own_services, repeats
from adjudicator.model.case import Case, LineState, ProviderKind
from adjudicator.model.claim import ClaimType, Line
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.editing_rules import FeeScheduleRules, ModifierRule, StatusMeaning
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of

STATUS_RULES = {
    StatusMeaning.BUNDLED: ("status.bundled", "it is part of other services and never paid apart"),
    StatusMeaning.REPORTING: ("status.reporting", "it only tells something, and nothing is paid for it"),
    StatusMeaning.NOT_VALID: ("status.not-valid", "another code is to be used"),
    StatusMeaning.NOT_COVERED: ("status.not-covered", "the plan does not cover it"),
    StatusMeaning.BY_REPORT: ("status.by-report", "a person prices it from the record"),
    None: ("status.unknown", "no document says what that means"),
}
"""What is answered to a status by its meaning, and why."""
PAID_APART = (StatusMeaning.PAYABLE, StatusMeaning.BY_REPORT)
"""Meanings of a status whose services are paid by the fee schedule."""

_RuleOf = Callable[[FeeScheduleRules], ModifierRule]
_IndicatorOf = Callable[[Indicators], str]
_MODIFIED: tuple[tuple[str, str, _RuleOf, _IndicatorOf], ...] = (
    (
        "assistant-surgeon.not-allowed",
        "assistant-at-surgery",
        lambda rules: rules.assistant_surgeon,
        lambda row: row.assistant,
    ),
    ("co-surgeon.not-allowed", "co-surgeon", lambda rules: rules.co_surgeon, lambda row: row.co_surgeon),
    ("surgical-team.not-allowed", "team", lambda rules: rules.surgical_team, lambda row: row.team),
    ("both-sides.not-allowed", "bilateral", lambda rules: rules.both_sides, lambda row: row.bilateral),
    ("component.not-allowed", "PC/TC", lambda rules: rules.professional_part, lambda row: row.pctc),
    ("component.not-allowed", "PC/TC", lambda rules: rules.technical_part, lambda row: row.pctc),
)
"""Rule, name of the indicator, what the payer says of the modifiers, the indicator itself."""


class _Rated(NamedTuple):
    """A line with what the fee schedule of its day says of its procedure."""

    service: Service
    line: Line
    editing: CodeEditing
    rules: FeeScheduleRules
    indicators: Indicators | None
    """None where the schedule does not list the procedure."""
    meaning: StatusMeaning | None
    """What the procedure's status means to the line's plan; None where no document says it."""


def status(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The procedure has a status in the fee schedule with which the plan pays for it apart."""
    for rated in _rated(case, policies):
        if rated.indicators is not None and rated.meaning in STATUS_RULES:
            rule, because = STATUS_RULES[rated.meaning]
            yield policies.answer(rule, rated.service.first).finding(
                f"Procedure {rated.service.procedure} of line {rated.service.number} has status {rated.indicators.status} in "
                f"the fee schedule on {rated.service.first}: {because}.",
                rated.service.number,
            )


def modifiers_fit(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Modifiers of assistants, several surgeons, both sides and parts of a test stand where the procedure's indicator lets them."""
    for rated in _rated(case, policies):
        if not rated.service.modifiers:
            continue
        for refusal, name, rule_of, indicator_of in _MODIFIED:
            rule = rule_of(rated.rules)
            used = sorted(modifier for modifier in rated.service.modifiers if modifier in rule.modifiers)
            if not used:
                continue
            indicator = indicator_of(rated.indicators) if rated.indicators else ""
            if indicator in rule.allowed:
                continue
            answer = "indicator.unknown"
            if indicator in rule.documented:
                answer = "indicator.documentation"
            elif indicator in rule.refused:
                answer = refusal
            told = f"has the {name} indicator {indicator}" if indicator else "is not listed"
            yield policies.answer(answer, rated.service.first).finding(
                f"Modifier {', '.join(used)} on procedure {rated.service.procedure} of line {rated.service.number}, which "
                f"{told} in the fee schedule on {rated.service.first}.",
                rated.service.number,
            )


def technical_part_in_facility(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """In a facility the technical part of a test is the facility's, and a practitioner bills the professional part alone."""
    billing = case.provider(case.claim.billing.npi)
    if billing is not None and billing.kind is ProviderKind.FACILITY:
        return
    for rated in _rated(case, policies):
        facility, indicators = rated.rules.in_facility, rated.indicators
        if indicators is None or rated.line.place_of_service not in facility.places:
            continue
        professional = rated.service.has(rated.rules.professional_part.modifiers)
        if indicators.pctc in facility.technical_only or (indicators.pctc in facility.both and not professional):
            inpatient = rated.line.place_of_service in facility.inpatient_places
            rule = "technical-part.inpatient" if inpatient else "technical-part.in-facility"
            yield policies.answer(rule, rated.service.first).finding(
                f"Procedure {rated.service.procedure} of line {rated.service.number} has a technical part (PC/TC indicator "
                f"{indicators.pctc}) that belongs to the facility in place {rated.line.place_of_service}.",
                rated.service.number,
            )


def part_beside_whole(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No part of a test is billed beside the whole test of the day, by whomever, unless a modifier says that there were two."""
    for rated in _rated(case, policies) if repeats(case) else ():
        service, rules = rated.service, rated.rules
        if rated.indicators is None or rated.indicators.pctc not in rules.in_facility.both:
            continue
        part, told = _is_part(service, rules), set[str]()
        for other in others_of_day(case, service, standing):
            if (
                other.procedure != service.procedure
                or _is_part(other, rules) is part
                or any(modifier in rules.parts_apart for modifier in other.modifiers ^ service.modifiers)
            ):
                continue
            waits = other.state is LineState.PENDED
            if part:
                same = other.is_by_the_provider_of(service, rated.editing)
                rule = "component.part-of-whole" if same else "component.billed-by-another"
                rule = "component.other-waits" if waits else rule
            elif other.state is LineState.PAID:
                rule = "component.was-paid"
            else:  # The part is the line that is told, on this claim or when it is decided.
                continue
            if rule not in told:
                told.add(rule)
                yield policies.answer(rule, service.first).finding(
                    f"Procedure {service.procedure} of line {service.number} on {service.first} is "
                    f"{'a part of' if part else 'the whole of'} a test of which {other.told} is "
                    f"{'the whole' if part else 'a part'}.",
                    service.number,
                )


def bundled_beside_payable(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """What is paid only by itself is not billed beside another service that the fee schedule pays the same provider that day."""
    for rated in _rated(case, policies):
        service, lesser = rated.service, rated.meaning is StatusMeaning.BUNDLED_BESIDE_PAYABLE
        if not lesser and (rated.meaning not in PAID_APART or not earlier_services(case)):
            continue
        told = set[str]()
        for other in others_of_day(case, service, standing):
            if not lesser and other.state is not LineState.PAID:
                continue
            if not _is(case, policies, rated, other, PAID_APART if lesser else (StatusMeaning.BUNDLED_BESIDE_PAYABLE,)):
                continue
            rule = "status.part-was-paid"
            if lesser:
                rule = "status.other-waits" if other.state is LineState.PENDED else "status.beside-another"
            if rule not in told:
                told.add(rule)
                yield policies.answer(rule, service.first).finding(
                    f"Procedure {(service if lesser else other).procedure} is paid only by itself: line {service.number} on "
                    f"{service.first} has {service.procedure}, and {other.told} has {other.procedure}.",
                    service.number,
                )


def _rated(case: Case, policies: PolicySet) -> Sequence[_Rated]:
    """The lines that the fee schedule's indicators are asked of, worked out once for a case and a policy set."""
    return case.once(_rate, policies)


def _rate(case: Case, policies: PolicySet) -> Sequence[_Rated]:
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return ()
    rated = []
    lines = {line.number: line for line in case.claim.lines}
    for service in own_services(case):
        coding = policies.coding_on(service.first)
        editing = coding.editing
        if editing is not None and editing.fee_schedule is not None and coding.indicators is not None:
            line, found = lines[service.number], coding.indicators.indicators(service.procedure)
            meaning = _meaning(case, policies, line, editing.fee_schedule, service.procedure, found)
            rated.append(_Rated(service, line, editing, editing.fee_schedule, found, meaning))
    return rated


def _meaning(
    case: Case,
    policies: PolicySet,
    line: Line,
    rules: FeeScheduleRules,
    procedure: str,
    indicators: Indicators | None,
) -> StatusMeaning | None:
    """What a procedure's status means to the plan of a line; None where no document says it."""
    if indicators is None:
        return None

    def plan() -> str:
        terms = terms_of(case, policies, line)
        return terms.plan.document if terms else ""

    return rules.meaning(procedure, indicators.status, plan)


def _is(case: Case, policies: PolicySet, rated: _Rated, other: Service, meanings: tuple[StatusMeaning, ...]) -> bool:
    """Whether another service is by a line's provider and has such a status on the line's day."""
    table = policies.coding_on(rated.service.first).indicators
    indicators = table.indicators(other.procedure) if table else None
    return (
        indicators is not None
        and _meaning(case, policies, rated.line, rated.rules, other.procedure, indicators) in meanings
        and other.is_by_the_provider_of(rated.service, rated.editing)
    )


def _is_part(service: Service, rules: FeeScheduleRules) -> bool:
    return service.has(rules.professional_part.modifiers) or service.has(rules.technical_part.modifiers)
