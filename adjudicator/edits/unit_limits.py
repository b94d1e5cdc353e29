"""Are more units billed than can be right (domain/02 section 4.2, medically unlikely edits)."""

from collections.abc import Iterable

from adjudicator.edits.services import Service, earlier_services, own_services, repeats
from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import Line, UnitBasis, quantity_text
from adjudicator.model.decision import Finding, Verdict
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing, CodingDay
from adjudicator.policy.coding_tables import Setting, UnitLimit
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of

PER_LINE = "1"
"""Adjudication indicator of a limit that each line is held against; any other counts all of a day together."""
RULES = {PER_LINE: "unit-limit.line", "2": "unit-limit.day", "3": "unit-limit.day-benchmark"}
"""The rule of each adjudication indicator."""
CUTS = tuple(RULES.values())
"""Rules that take a part of a line: a policy may let them reduce it to what the limit leaves."""


_FOR_PRACTITIONERS = (Setting.PRACTITIONER,)
_FOR_SUPPLIERS = (Setting.SUPPLIER, *_FOR_PRACTITIONERS)
"""Limits in the order in which they are looked for."""


def unit_limits(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line, and no day of one provider with the patient, has more units of a procedure than the publisher's limit."""
    lines = {line.number: line for line in case.claim.lines}
    own = [
        service
        for service in own_services(case)
        if service.number in standing and lines[service.number].unit_basis is UnitBasis.UNITS
    ]
    for service in own:
        coding = policies.coding_on(service.first)
        editing = coding.editing
        limit = _limit(case, policies, coding, editing, service, lines[service.number]) if editing else None
        if editing is None or limit is None:
            continue
        most = limit.units * 1000
        before = after = 0
        per_line = limit.adjudication_indicator == PER_LINE
        if not per_line and repeats(case):
            before, after = _others(case, editing, service, own)
        total = before + service.quantity_of_a_day_thousandths + after
        if total <= most:
            continue
        counted = "the line has" if per_line else "all of them of the day are"
        left = max(0, most - before) * service.days
        answer = policies.answer(RULES[limit.adjudication_indicator], service.first)
        if answer.verdict is not Verdict.REDUCE or left < service.quantity_thousandths:
            yield answer.finding(
                f"Procedure {service.procedure} may be billed for {quantity_text(most)} on {service.first} "
                f"(line {service.number}); {counted} {quantity_text(total)}.",
                service.number,
                covered_quantity_thousandths=left,
            )


def _limit(
    case: Case, policies: PolicySet, coding: CodingDay, editing: CodeEditing, service: Service, line: Line
) -> UnitLimit | None:
    """The limit that a line is held against; None where there is none, or only one of 0 that its plan does not go by."""
    for setting in _FOR_SUPPLIERS if editing.suppliers else _FOR_PRACTITIONERS:
        limits = coding.unit_limits.get(setting)
        limit = limits.limit(service.procedure) if limits else None
        if limit is None or (setting is Setting.SUPPLIER and not _supplied(case, editing, service)):
            continue
        if limit.units:
            return limit
        terms = terms_of(case, policies, line)
        if terms is not None and terms.plan.document in editing.zero_limits_for:
            return limit
    return None


def _supplied(case: Case, editing: CodeEditing, service: Service) -> bool:
    """Whether a supplier of equipment bills or renders a service: somebody all of whose specialties are a supplier's."""
    return any(
        taxonomies and all(code.startswith(editing.suppliers) for code in taxonomies)
        for taxonomies in (service.taxonomies, case.billing_taxonomies)
    )


def _others(case: Case, editing: CodeEditing, service: Service, own: Iterable[Service]) -> tuple[int, int]:
    """What else counts against a line's limit: before it, on paid claims and in earlier lines; and after it."""
    before = after = 0
    paid = (earlier for earlier in earlier_services(case) if earlier.state is LineState.PAID)
    for other in (*paid, *own):
        if (
            other is not service
            and other.procedure == service.procedure
            and other.shares_a_day_with(service)
            and _part_of_care(other, editing) == _part_of_care(service, editing)
            and other.is_by_the_provider_of(service, editing)
        ):
            if other.number < service.number:
                before += other.quantity_of_a_day_thousandths
            else:
                after += other.quantity_of_a_day_thousandths
    return before, after


def _part_of_care(service: Service, editing: CodeEditing) -> frozenset[str]:
    """Which parts of a surgeon's care a line is for: those who share a patient's care are counted apart."""
    return frozenset(modifier for modifier in service.modifiers if modifier in editing.split_care_modifiers)
