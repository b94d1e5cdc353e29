"""Do several providers bill the same operation in full (domain/02 row I7)."""

from collections.abc import Iterable, Iterator

from adjudicator.edits.services import Service, others_of_day, own_services, repeats
from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import ClaimType
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing
from adjudicator.policy.editing_rules import SharedCare
from adjudicator.policy.policy_set import PolicySet

FULL, OPERATION, CARE = "the operation with its care", "the operation alone", "its care alone"
"""What a line bills of an operation."""
CLAIMED, UNCLEAR = "split-care.claimed", "split-care.unclear"


def operation_billed_once(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """An operation with its care is billed in full by one provider, or in parts by those who gave them, but no part twice."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL or not repeats(case):
        return
    for service in own_services(case):
        coding = policies.coding_on(service.first)
        editing, table = coding.editing, coding.indicators
        if editing is None or editing.surgery is None or editing.surgery.shared is None or table is None:
            continue
        indicators = table.indicators(service.procedure)
        period = editing.surgery.period(indicators.global_days) if indicators else None
        if period is not None and period.days_after and _bills(service, editing.surgery.shared):
            others = (other for other in others_of_day(case, service, standing) if other.procedure == service.procedure)
            yield from _told(policies, editing, editing.surgery.shared, service, others)


def _told(
    policies: PolicySet, editing: CodeEditing, shared: SharedCare, service: Service, others: Iterable[Service]
) -> Iterator[Finding]:
    rules = set[str]()
    mine = _bills(service, shared)
    for other in others:
        theirs = _bills(other, shared)
        if (
            not theirs
            or not (FULL in (mine, theirs) or mine == theirs == OPERATION)
            or any(modifier in shared.apart for modifier in other.modifiers ^ service.modifiers)
            or other.is_by_the_provider_of(service, editing)
        ):
            continue
        # Two lines of one claim, one that is not decided, or one of nobody knows which specialty: a person asks.
        known = other.state is LineState.PAID and service.taxonomies and other.taxonomies
        rule = CLAIMED if known else UNCLEAR
        if rule not in rules:
            rules.add(rule)
            yield policies.answer(rule, service.first).finding(
                f"Line {service.number} bills {mine} of {service.procedure} on {service.first}; another provider bills "
                f"{theirs} ({other.told}).",
                service.number,
            )


def _bills(service: Service, shared: SharedCare) -> str:
    """What a line bills of an operation; empty for who assists, operates jointly or only has the rooms."""
    if service.has(shared.joint) or any(code.startswith(shared.facilities) for code in service.taxonomies):
        return ""
    if service.has(shared.operation):
        return OPERATION
    return CARE if service.has(shared.care) else FULL
