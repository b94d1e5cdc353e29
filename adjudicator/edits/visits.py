"""Are visits of a patient billed as what they are: of a new patient, and one a day (domain/02 section 4.5, rows I14 and I15)."""

from collections.abc import Iterable, Iterator

from adjudicator.edits.services import (
    Service,
    earlier_service,
    earlier_services,
    own_services,
)
from adjudicator.model.case import Case, LineState
from adjudicator.model.dates import anniversary
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing
from adjudicator.policy.editing_rules import NewPatients
from adjudicator.policy.look_backs import counted
from adjudicator.policy.policy_set import PolicySet


def new_patient(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A visit of a new patient is billed only where nobody of the group and specialty saw the patient in the years before."""
    for service in own_services(case):
        editing = policies.coding_on(service.first).editing
        if editing is None or editing.visits is None:
            continue
        rules = editing.visits.new_patients
        if service.procedure in rules.procedures:
            yield from _known_already(case, policies, editing, rules, service, standing)
        if service.procedure in rules.seen:
            yield from _makes_known(case, policies, editing, rules, service)


def _known_already(
    case: Case,
    policies: PolicySet,
    editing: CodeEditing,
    rules: NewPatients,
    visit: Service,
    standing: Standing,
) -> Iterator[Finding]:
    member_id = case.member.member_id if case.member else None
    earlier = [
        earlier_service(case, line)
        for line in case.history
        if line.from_date < visit.first
        and line.state is not LineState.DENIED
        and line.member_id == member_id
        and line.procedure in rules.seen
    ]
    own = [other for other in own_services(case) if other.number in standing and other.procedure in rules.seen]
    seen = [
        other
        for other in (*earlier, *own)
        if other.last < visit.first and _known(rules, other, visit) and other.is_by_the_provider_of(visit, editing)
    ]
    if not seen:
        return
    decided = [other for other in seen if other.state is not LineState.PENDED]
    last = max(decided or seen, key=lambda other: (other.last, other.procedure, other.told))
    rule, waits = ("new-patient.known", "") if decided else ("new-patient.other-waits", ", which is not decided yet")
    yield policies.answer(rule, visit.first).finding(
        f"Procedure {visit.procedure} of line {visit.number} on {visit.first} is for a new patient; the patient was seen on "
        f"{last.last} ({last.procedure}, {last.told}){waits}, and stays known for {counted(rules.months, 'month')}.",
        visit.number,
    )


def _makes_known(
    case: Case, policies: PolicySet, editing: CodeEditing, rules: NewPatients, service: Service
) -> Iterator[Finding]:
    # A claim that comes later for an earlier day: the visit that was paid was none of a new patient.
    member_id = case.member.member_id if case.member else None
    for line in case.history:
        if line.from_date <= service.last or line.procedure not in rules.procedures or line.state is not LineState.PAID:
            continue
        visit = earlier_service(case, line)
        if (
            line.member_id == member_id
            and _known(rules, service, visit)
            and service.is_by_the_provider_of(visit, editing)
        ):
            yield policies.answer("new-patient.was-paid", service.first).finding(
                f"The patient was seen on {service.last} (line {service.number}); {visit.procedure} on {visit.first}, "
                f"{visit.told}, was paid as the visit of a new patient.",
                service.number,
            )
            return


def _known(rules: NewPatients, earlier: Service, visit: Service) -> bool:
    """Whether a patient who had an earlier service is still known on the day of a visit."""
    again_new = anniversary(earlier.last, rules.months, missing_day_is_next=rules.missing_day_is_next)
    return visit.first < again_new or (visit.first == again_new and not rules.new_on_anniversary)


def one_visit_a_day(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Of one provider's visits with a patient on one day one is paid, unless a modifier says that another stands apart."""
    visits = [
        (service, editing)
        for service in own_services(case)
        if service.number in standing
        and (editing := policies.coding_on(service.first).editing) is not None
        and editing.visits is not None
        and service.procedure in editing.visits.one_a_day
    ]
    # Of those on this claim the one with the highest charge stays. One procedure twice may be a duplicate, which its edits tell.
    kept: list[Service] = []
    for visit, editing in sorted(visits, key=lambda found: _greatest_first(found[0])):
        assert editing.visits is not None
        others = [*kept, *(earlier for earlier in earlier_services(case) if earlier.state is not LineState.DENIED)]
        same = [
            other
            for other in others
            if other.procedure in editing.visits.one_a_day
            and other.procedure != visit.procedure
            and other.shares_a_day_with(visit)
            and not any(modifier in editing.visits.apart for modifier in other.modifiers | visit.modifiers)
            and other.is_by_the_provider_of(visit, editing)
        ]
        decided = next((other for other in same if other.state is not LineState.PENDED), None)
        if decided is None:
            kept.append(visit)
        if not same:
            continue
        other = decided or same[0]
        rule, waits = ("visit.second", "") if decided else ("visit.other-waits", ", which is not decided yet")
        yield policies.answer(rule, visit.first).finding(
            f"Procedure {visit.procedure} of line {visit.number} is a second visit on {visit.first} beside "
            f"{other.procedure}, {other.told}{waits}, and no modifier says that it stands apart.",
            visit.number,
        )


def _greatest_first(visit: Service) -> tuple[object, ...]:
    """An order of visits that does not depend on where they stand on the claim, unless they are the same in all respects."""
    return (
        -visit.charge_cents,
        visit.procedure,
        sorted(visit.modifiers),
        visit.rendering_npi,
        visit.first,
        visit.number,
    )
