"""Is a service part of another one of the same day (domain/02 section 4.3, procedure-to-procedure edits).

Of each pair of codes in the publisher's table the lesser is denied where the greater can be paid. Where the greater comes on
a later claim than the lesser, or waits on another claim, a person decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from adjudicator.edits.services import Service, earlier_services, own_services
from adjudicator.model.case import Case, LineState
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing
from adjudicator.policy.coding_tables import PairEdit, Setting
from adjudicator.policy.policy_set import PolicySet

NEVER, UNLESS_MODIFIED = "0", "1"
"""Indicators of a pair: no modifier, or one on either code, tells its two services apart; any other: the pair is not applied."""

_Partner = tuple[Service, PairEdit]
"""The service that a line is part of, and the pair that says so."""


def bundled(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line bills what is part of another service that the same provider gave the patient on the same day."""
    own = [service for service in own_services(case) if service.number in standing]
    earlier = [service for service in earlier_services(case) if service.state is not LineState.DENIED]
    partners = {service.number: list(_partners(policies, service, own)) for service in own}
    if not earlier and not any(partners.values()):
        return
    on_file = {service.number: list(_partners(policies, service, earlier)) for service in own}
    paid = {
        number: [(greater, pair) for greater, pair in found if greater.state is LineState.PAID]
        for number, found in on_file.items()
    }
    payable = payable_lines(partners, frozenset(number for number, found in paid.items() if found))
    for service in own:
        for greater, pair in (*partners[service.number], *paid[service.number]):
            if service.number not in payable and (greater.number in payable or greater.state is LineState.PAID):
                yield _part_of(policies, service, greater, pair)
        for greater, _ in on_file[service.number]:
            if greater.state is LineState.PENDED:
                yield policies.answer("bundled.other-waits", service.first).finding(
                    f"Procedure {service.procedure} of line {service.number} may be part of {greater.procedure}, "
                    f"{greater.told}, which is not decided yet.",
                    service.number,
                )
        for lesser in earlier:
            if lesser.state is LineState.PAID and any(_partners(policies, lesser, [service])):
                yield policies.answer("bundled.part-was-paid", service.first).finding(
                    f"Procedure {lesser.procedure}, {lesser.told}, is part of {service.procedure} of line "
                    f"{service.number} on {service.first}, and was paid already.",
                    service.number,
                )


def _partners(policies: PolicySet, lesser: Service, others: Sequence[Service]) -> Iterator[_Partner]:
    """The services of which a service is part, each with the pair that says so."""
    coding = policies.coding_on(lesser.first)
    editing, pairs = coding.editing, coding.pairs.get(Setting.PRACTITIONER)
    if editing is None or pairs is None:
        return
    for other in others:
        if other is lesser or other.procedure == lesser.procedure or not other.shares_a_day_with(lesser):
            continue
        pair = pairs.find(other.procedure, lesser.procedure, lesser.first)
        if pair is not None and _applies(pair, other, lesser, editing) and other.is_by_the_provider_of(lesser, editing):
            yield other, pair


def _applies(pair: PairEdit, greater: Service, lesser: Service, editing: CodeEditing) -> bool:
    if pair.modifier_indicator == UNLESS_MODIFIED:
        return not any(modifier in editing.pair_modifiers for modifier in greater.modifiers | lesser.modifiers)
    return pair.modifier_indicator == NEVER


def payable_lines(partners: Mapping[int, Sequence[tuple[Service, object]]], denied: frozenset[int]) -> frozenset[int]:
    """The lines that can still be paid: a line is no reason to deny another when it is itself denied beside a third.

    Lines that are part of one another in a circle, which no publisher's table has, are settled from the lowest number on.
    """
    payable: set[int] = set()
    fallen = set(denied)
    waiting = [number for number in partners if number not in fallen]
    while waiting:
        undecided = []
        for number in waiting:
            greater = {service.number for service, _ in partners[number]}
            if greater & payable:
                fallen.add(number)
            elif greater <= fallen:
                payable.add(number)
            else:
                undecided.append(number)
        if len(undecided) == len(waiting):
            payable.add(undecided.pop(0))
        waiting = undecided
    return frozenset(payable)


def _part_of(policies: PolicySet, service: Service, greater: Service, pair: PairEdit) -> Finding:
    rule, apart = "bundled.unless-modified", "no modifier on either tells them apart"
    if pair.modifier_indicator == NEVER:
        rule, apart = "bundled.always", "no modifier can tell them apart"
    return policies.answer(rule, service.first).finding(
        f"Procedure {service.procedure} of line {service.number} on {service.first} is part of {greater.procedure}, "
        f"{greater.told}; {apart} (indicator {pair.modifier_indicator}).",
        service.number,
    )
