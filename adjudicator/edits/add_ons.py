"""Does a service that is never given alone come with the one that it adds to (domain/02 row I5, add-on code edits)."""

from collections.abc import Iterable, Sequence

from adjudicator.edits.services import Service, earlier_services, own_services
from adjudicator.model.case import Case, LineState
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing
from adjudicator.policy.policy_set import PolicySet


def add_on_with_primary(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Each add-on service comes with a primary service of the same provider and day that can be paid."""
    found: dict[int, Finding] = {}
    left = standing
    # An add-on can be the primary of another: what one pass denies is gone for the next.
    while True:
        found |= {
            service.number: finding
            for service in own_services(case)
            if service.number in left and (finding := _alone(case, policies, service, left)) is not None
        }
        rest = {number: quantity for number, quantity in left.items() if number not in found}
        if len(rest) == len(left):
            break
        left = rest
    return found.values()


def _alone(case: Case, policies: PolicySet, service: Service, standing: Standing) -> Finding | None:
    """What is wrong with an add-on service; None where nothing is, or where it is none."""
    day = service.first
    coding = policies.coding_on(day)
    editing, table = coding.editing, coding.add_on_codes
    add_on = table.add_on(service.procedure, day) if editing and table else None
    if editing is None or add_on is None:
        return None
    named = editing.primaries_of(service.procedure) if add_on.payer_names_primaries else None
    if not add_on.primaries and named is None:
        return policies.answer("add-on.primaries-unknown", day).finding(
            f"Procedure {service.procedure} of line {service.number} is never given alone, and no document says what it "
            "is given with.",
            service.number,
        )
    candidates = [
        other
        for other in _others_of_day(case, editing, service)
        if other.procedure in add_on.primaries or (named is not None and other.procedure in named)
    ]
    if any(one.number in standing or one.state is LineState.PAID for one in candidates):
        return None
    told = f"Procedure {service.procedure} of line {service.number} on {day} is never given alone"
    waiting = next((one for one in candidates if one.state is LineState.PENDED), None)
    if waiting is not None:
        return policies.answer("add-on.primary-waits", day).finding(
            f"{told}; {waiting.procedure}, {waiting.told}, is not decided yet.", service.number
        )
    if candidates:
        denied = candidates[0]
        return policies.answer("add-on.primary-denied", day).finding(
            f"{told}; {denied.procedure}, {denied.told if denied.state else f'line {denied.number}'}, is not paid.",
            service.number,
        )
    return policies.answer("add-on.primary-missing", day).finding(
        f"{told}, and no service that it adds to was billed for that day.", service.number
    )


def _others_of_day(case: Case, editing: CodeEditing, service: Service) -> Sequence[Service]:
    """The other services of a service's provider and day, whatever became of them: this claim's first."""
    return [
        other
        for other in (*own_services(case), *earlier_services(case))
        if other is not service and other.shares_a_day_with(service) and other.is_by_the_provider_of(service, editing)
    ]
