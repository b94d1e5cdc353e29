"""Is care that an operation's fee pays for billed apart (domain/02 section 4.4, rows I6 and I16)."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from adjudicator.edits.services import Service, earlier_lines_around, earlier_service, own_services
from adjudicator.model.case import Case, HistoryLine, LineState
from adjudicator.model.claim import ClaimType
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing
from adjudicator.policy.coding_tables import ProcedureIndicators
from adjudicator.policy.editing_rules import GlobalPeriod, GlobalSurgery
from adjudicator.policy.look_backs import counted
from adjudicator.policy.policy_set import PolicySet

SAME_DAY, BEFORE, AFTER = "surgery.visit-same-day", "surgery.visit-before", "surgery.visit-after"
OPERATION_AFTER, PERIOD_UNKNOWN = "surgery.operation-after", "surgery.period-unknown"
OTHER_WAITS, WAS_PAID = "surgery.other-waits", "surgery.care-was-paid"
RULES = (SAME_DAY, BEFORE, AFTER, OPERATION_AFTER, PERIOD_UNKNOWN, OTHER_WAITS, WAS_PAID)


class _Asked(NamedTuple):
    """A claim, and the version of the policy that some of its lines are held against."""

    case: Case
    policies: PolicySet
    editing: CodeEditing
    rules: GlobalSurgery

    def table(self, day: dt.date) -> ProcedureIndicators | None:
        """The indicators of a day."""
        return self.policies.coding_on(day).indicators


class _Operation(NamedTuple):
    """An operation and the days around it whose care its fee pays for."""

    service: Service
    period: GlobalPeriod


class _Care(NamedTuple):
    """Why a service is care that belongs to an operation."""

    operation: _Operation
    rule: str
    where: str
    """``on the day of``."""


_How = Callable[[_Asked, _Operation, Service], Iterator[_Care]]


def global_surgery(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No visit and no later operation is billed apart where the fee of an operation by the same provider pays for it."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    versions: dict[int, tuple[CodeEditing, list[Service]]] = {}
    for service in own_services(case):
        editing = policies.coding_on(service.first).editing
        if editing is not None:
            versions.setdefault(id(editing), (editing, []))[1].append(service)
    for editing, services in versions.values():
        if editing.surgery is not None:
            yield from _judged(_Asked(case, policies, editing, editing.surgery), services, standing)


def _judged(asked: _Asked, services: Sequence[Service], standing: Standing) -> Iterator[Finding]:
    """What is wrong with the services that one version of the policy is for."""
    included = asked.rules.included_visits
    visits = [service for service in services if service.procedure in included]
    own = [
        one
        for service in own_services(asked.case)
        if service.procedure not in included and (one := _operation(asked, service)) is not None
    ]
    if not own and (not visits or asked.table(visits[0].first) is None):
        return
    earlier = earlier_lines_around(asked.case, services, asked.rules.reach_days)
    before = _earlier_operations(asked, earlier)
    if not own and not before:
        return
    decided = [one for one in before if one.service.state is LineState.PAID]
    waiting = [one for one in before if one.service.state is LineState.PENDED]
    # What is care after an operation itself is not paid, so it takes nothing with it: in the order of their days.
    for operation in sorted(own, key=lambda one: (one.service.first, one.service.number)):
        service = operation.service
        belongs = _belongs(asked, service, decided, _operation_after)
        if service.number in standing and not belongs:
            decided.append(operation)
        if service in services:
            yield from _told(asked, service, belongs, _belongs(asked, service, waiting, _operation_after))
    for visit in visits:
        yield from _told(asked, visit, _belongs(asked, visit, decided, _visit), _belongs(asked, visit, waiting, _visit))
    for operation in decided:
        if operation.service in services:
            yield from _came_late(asked, operation, earlier)


def _operation(asked: _Asked, service: Service) -> _Operation | None:
    """A service that is no visit as an operation; None for what no care before or after belongs to."""
    # An earlier operation may be of a time for which no table is bound: then the claim's own table speaks of it.
    table = asked.table(service.first) or asked.table(own_services(asked.case)[0].first)
    indicators = table.indicators(service.procedure) if table else None
    period = asked.rules.period(indicators.global_days) if indicators else None
    return _Operation(service, period) if period else None


def _earlier_operations(asked: _Asked, earlier: Iterable[HistoryLine]) -> list[_Operation]:
    procedures = {line.procedure for line in earlier}
    visits = {procedure for procedure in procedures if procedure in asked.rules.included_visits}
    return [
        operation
        for line in earlier
        if line.procedure not in visits
        and (operation := _operation(asked, earlier_service(asked.case, line))) is not None
    ]


def _belongs(asked: _Asked, service: Service, operations: Iterable[_Operation], how: _How) -> list[_Care]:
    """Why a service is care that belongs to operations; empty where it is billed rightly."""
    return [
        care
        for operation in operations
        if not operation.service.has(asked.rules.open_no_period)
        and operation.service.is_by_the_provider_of(service, asked.editing)
        for care in how(asked, operation, service)
    ]


def _visit(asked: _Asked, operation: _Operation, visit: Service) -> Iterator[_Care]:
    surgery, period = operation
    if visit.shares_a_day_with(surgery) and not visit.has(period.apart_same_day):
        yield _Care(operation, SAME_DAY, "on the day of")
    early = (surgery.first - visit.last).days
    if visit.first < surgery.first and early <= period.days_before and not visit.has(period.apart_before):
        yield _Care(operation, BEFORE, f"within {counted(period.days_before, 'day')} before")
    late = (visit.first - surgery.last).days
    if visit.last > surgery.last and late <= period.days_after and not visit.has(period.apart_after):
        yield _Care(operation, AFTER, f"within {counted(period.days_after, 'day')} after")


def _operation_after(asked: _Asked, operation: _Operation, later: Service) -> Iterator[_Care]:
    days = (later.first - operation.service.last).days
    if 0 < days <= operation.period.days_after and not later.has(asked.rules.operations_apart):
        yield _Care(operation, OPERATION_AFTER, f"within {counted(operation.period.days_after, 'day')} after")


def _told(asked: _Asked, service: Service, decided: Sequence[_Care], waiting: Sequence[_Care]) -> Iterator[Finding]:
    """Each rule once, for the earliest of the operations."""
    rules: dict[str, _Care] = {}
    for care in sorted(decided, key=_by_operation):
        rules.setdefault(care.rule if care.operation.period.known else PERIOD_UNKNOWN, care)
    for care in sorted(waiting, key=_by_operation):
        rules.setdefault(OTHER_WAITS, care)
    for rule, care in rules.items():
        surgery = care.operation.service
        apart = {
            PERIOD_UNKNOWN: "how long care belongs to that operation is not listed",
            OTHER_WAITS: "that operation is not decided yet",
        }.get(rule, "no modifier tells it apart")
        yield asked.policies.answer(rule, service.first).finding(
            f"Procedure {service.procedure} of line {service.number} on {service.first} is {care.where} "
            f"{surgery.procedure} on {surgery.first} ({surgery.told}); {apart}.",
            service.number,
        )


def _came_late(asked: _Asked, operation: _Operation, earlier: Iterable[HistoryLine]) -> Iterator[Finding]:
    """An operation of this claim after its care was paid on earlier ones."""
    paid = []
    for line in earlier:
        if line.state is not LineState.PAID:
            continue
        service = earlier_service(asked.case, line)
        if line.procedure in asked.rules.included_visits:
            belongs = _belongs(asked, service, [operation], _visit)
        else:
            belongs = _belongs(asked, service, [operation], _operation_after) if _operation(asked, service) else []
        if belongs:
            paid.append(f"{service.procedure} on {service.first} ({service.told})")
    if paid:
        surgery = operation.service
        yield asked.policies.answer(WAS_PAID if operation.period.known else PERIOD_UNKNOWN, surgery.first).finding(
            f"The fee of {surgery.procedure} of line {surgery.number} on {surgery.first} pays for care that was paid "
            f"already: {', '.join(paid)}.",
            surgery.number,
        )


def _by_operation(care: _Care) -> tuple[object, ...]:
    surgery = care.operation.service
    return (surgery.first, surgery.procedure, surgery.told)
