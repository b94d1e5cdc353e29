"""How much of a line the plan's benefit limits leave: visits, days, units and amounts of a period, by date of service.

What earlier claims used comes from the case's history, what this claim's own earlier lines used from the lines themselves;
denied lines and denied days use nothing. A line that finds nothing left is denied; one that finds too little is covered in part, as
``covered`` cuts it (domain/04 section 4, rows 9 to 9d, and section 7). A line over several days is counted in visits and days as so
many lines of one day would be. Limits on these and on units come before those on amounts, however a plan writes them: an amount
is of what is covered (domain/04 section 2).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from adjudicator.benefits.covered import CoveredLine
from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import UnitBasis, quantity_text
from adjudicator.model.decision import BenefitUse, Finding, Verdict
from adjudicator.model.money import dollars, half_up_quotient
from adjudicator.policy.look_backs import LookBack, stretches
from adjudicator.policy.plan import BenefitLimit, Counting, PlanVersion


class _Service(msgspec.Struct, frozen=True):
    """A covered service as limits count it."""

    from_date: dt.date
    """Its first day, by which it belongs to a year."""
    days: tuple[dt.date, ...]
    """Every day on which it was covered."""
    tax_id: str
    quantity_thousandths: int
    allowed_cents: int
    paid_cents: int


class _Visit(NamedTuple):
    """A day of service as limits on visits and days count it."""

    from_date: dt.date
    tax_id: str
    """The billing provider; empty where all are counted together."""


class Bearing(msgspec.Struct, frozen=True):
    """A limit that bears on a line."""

    limit: BenefitLimit
    used: int
    """What stood there before the line, in what the limit counts."""

    @property
    def left(self) -> int:
        """What the line may still use."""
        return max(0, self.limit.most - self.used)


class LimitedLine(msgspec.Struct, frozen=True):
    """A line after the limits that bear on it."""

    covered: CoveredLine
    bearings: tuple[Bearing, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What the limits took of it."""

    @property
    def in_money(self) -> bool:
        """Whether a limit on amounts bears on it: then the plan pays nothing above what is covered."""
        return any(each.limit.counting in (Counting.ALLOWED, Counting.PAID) for each in self.bearings)

    @property
    def denied(self) -> bool:
        """Whether nothing was left of a limit, so that the line is not covered at all."""
        return bool(self.findings) and any(finding.verdict is Verdict.DENY for finding in self.findings)


class Limits:
    """The benefit limits of one case while its lines are worked through in order."""

    def __init__(self, case: Case) -> None:
        """Start from the case; its history is read only when a line has a limit."""
        self._case = case
        self._tax_id = case.claim.billing.tax_id
        self._earlier: dict[tuple[str, str], list[_Service]] = {}
        """What earlier claims used, by rule and version of the limit."""
        self._own: list[tuple[CoveredLine, int]] = []
        """This claim's lines so far, each with what the plan pays of it."""

    def before_share(self, covered: CoveredLine) -> LimitedLine:
        """What the limits leave of a line before its member's share is worked out.

        A limit on payments denies here when nothing of it is left; what is left of it is kept by ``after_share``.
        """
        limits = [
            limit
            for limit in covered.terms.plan.limits_by_procedure.naming(covered.line.procedure)
            if limit.tier in ("", covered.terms.tier)
        ]
        limited = self._by_day(covered, [limit for limit in limits if limit.counting in _BY_DAY])
        for counting in _AFTER_DAYS:
            for limit in limits:
                if limit.counting is counting:
                    limited = self._by_amount(limited, limit)
        return limited

    def _by_day(self, covered: CoveredLine, limits: Sequence[BenefitLimit]) -> LimitedLine:
        """What limits on visits and days leave of a line: the days that each of them has room for, in order.

        A day that one of them takes uses nothing of another; a day that was counted before costs nothing more.
        """
        days, plan = covered.days, covered.terms.plan
        service = _service(covered, self._tax_id, 0)
        standing = [_visits(limit, self._in_period(limit, plan, service)) for limit in limits]
        bearings = [
            Bearing(limit, max(len(window) for day in days for window in _windows(limit, before, day)))
            for limit, before in zip(limits, standing, strict=True)
        ]
        refused: list[list[dt.date]] = [[] for _ in limits]
        for day in days:
            visits = [_visit(limit, day, self._tax_id) for limit in limits]
            full = [
                visit not in before and any(len(window) >= limit.most for window in _windows(limit, before, day))
                for limit, before, visit in zip(limits, standing, visits, strict=True)
            ]
            for before, visit, beyond, is_full in zip(standing, visits, refused, full, strict=True):
                if is_full:
                    beyond.append(day)
                elif not any(full):
                    before.add(visit)
        findings, left, quantity_thousandths = [], days, covered.quantity_thousandths
        for bearing, beyond in zip(bearings, refused, strict=True):
            kept = tuple(day for day in left if day not in beyond)
            if not beyond or (kept == left and len(beyond) < len(days)):
                continue
            left = kept
            if not kept:
                findings.append(_nothing_left(bearing, covered))
                continue
            covered_thousandths = half_up_quotient(quantity_thousandths * len(kept), len(days))
            part = f"{len(kept)} of the {len(days)} days of the line"
            findings.append(_part_left(bearing, covered, part, covered_thousandths))
            covered = covered.to_quantity(findings[-1], covered_thousandths)
            covered = msgspec.structs.replace(covered, covered_days=kept)
        return LimitedLine(covered, tuple(bearings), tuple(findings))

    def _by_amount(self, limited: LimitedLine, limit: BenefitLimit) -> LimitedLine:
        """What a limit on units or amounts leaves of a line."""
        covered = limited.covered
        used, needed = self._used(limit, covered.terms.plan, _service(covered, self._tax_id, 0))
        bearing = Bearing(limit, used)
        findings = limited.findings
        if needed > bearing.left or (limit.counting is Counting.PAID and bearing.left == 0):
            if bearing.left == 0:
                finding = _nothing_left(bearing, covered)
            else:
                part = f"{amount_text(limit.counting.value, bearing.left)} of the line"
                quantity_thousandths = bearing.left if limit.counting is Counting.UNITS else None
                finding = _part_left(bearing, covered, part, quantity_thousandths)
                if quantity_thousandths is not None:
                    covered = covered.to_quantity(finding, quantity_thousandths)
                else:
                    covered = covered.to_cents(finding, bearing.left)
            findings = (*findings, finding)
        return LimitedLine(covered, (*limited.bearings, bearing), findings)

    def after_share(self, limited: LimitedLine, unpaid_cents: int) -> LimitedLine:
        """What limits on payments leave of a line whose share is known: the plan pays no more, and the rest is not covered.

        Args:
            limited: the line.
            unpaid_cents: what the plan does not pay of it in any case: the member's share, or what others who paid before leave.
        """
        for bearing in limited.bearings:
            most_cents = unpaid_cents + bearing.left
            if bearing.limit.counting is Counting.PAID and limited.covered.allowed_cents > most_cents:
                part = f"{amount_text(Counting.PAID.value, bearing.left)} of the line"
                finding = _part_left(bearing, limited.covered, part)
                limited = msgspec.structs.replace(
                    limited,
                    covered=limited.covered.to_cents(finding, most_cents),
                    findings=(*limited.findings, finding),
                )
        return limited

    def take(self, limited: LimitedLine, paid_cents: int) -> tuple[BenefitUse, ...]:
        """Count a covered line for those after it, with what the plan pays of it; how it moved each limit that bears on it."""
        uses: tuple[BenefitUse, ...] = ()
        if limited.bearings:
            service = _service(limited.covered, self._tax_id, paid_cents)
            plan = limited.covered.terms.plan
            uses = tuple(self._use(bearing.limit, plan, service) for bearing in limited.bearings)
        self._own.append((limited.covered, paid_cents))
        return uses

    def _use(self, limit: BenefitLimit, plan: PlanVersion, service: _Service) -> BenefitUse:
        """How a covered service moves a limit: of a rolling one, that stretch of its months which is the fullest after it."""
        if limit.counting in _BY_DAY:
            before = _visits(limit, self._in_period(limit, plan, service))
            added = _visits(limit, [service]) - before
            stretched = [window for day in service.days for window in _windows(limit, before | added, day)]
            used, more = max(
                ((len(before.intersection(window)), len(added.intersection(window))) for window in stretched),
                key=lambda counted: (sum(counted), counted),
            )
        else:
            used, more = self._used(limit, plan, service)
        return BenefitUse(
            limit=limit.answer.rule, counting=limit.counting.value, most=limit.most, before=used, added=more
        )

    def _used(self, limit: BenefitLimit, plan: PlanVersion, service: _Service) -> tuple[int, int]:
        """What is used of a limit on units or amounts already, and what a service would use of it."""
        measure = _MEASURES[limit.counting]
        counted = self._in_period(limit, plan, service)
        used = max(sum(map(measure, window)) for window in _windows(limit, counted, service.from_date))
        return used, measure(service)

    def _in_period(self, limit: BenefitLimit, plan: PlanVersion, service: _Service) -> list[_Service]:
        """The services that count toward a limit beside another: those of its year, or all where it is no limit of a year."""
        counted = self._counted(limit)
        if limit.lifetime or limit.months:
            return counted
        if limit.plan_year:
            start = plan.period_start(service.from_date)
            return [other for other in counted if plan.period_start(other.from_date) == start]
        return [other for other in counted if other.from_date.year == service.from_date.year]

    def _counted(self, limit: BenefitLimit) -> list[_Service]:
        """The services that count toward a limit so far."""
        key = (limit.answer.rule, limit.answer.policy)
        if key not in self._earlier:
            member_id = self._case.member.member_id if self._case.member else ""
            self._earlier[key] = [
                _Service(
                    from_date=line.from_date,
                    days=line.days,
                    tax_id=line.billing_tax_id,
                    quantity_thousandths=line.counted_thousandths,
                    allowed_cents=line.allowed_cents,
                    paid_cents=line.paid_cents,
                )
                for line in self._case.counted_history
                if line.state is LineState.PAID
                and line.procedure in limit.procedures
                and limit.tier in ("", line.tier)
                and line.member_id == member_id
            ]
        return [
            *self._earlier[key],
            *(
                _service(covered, self._tax_id, paid_cents)
                for covered, paid_cents in self._own
                if _bears_on(limit, covered)
            ),
        ]


def _service(covered: CoveredLine, tax_id: str, paid_cents: int) -> _Service:
    """A line of this claim as limits count it."""
    line = covered.line
    assert line.from_date is not None
    return _Service(
        from_date=line.from_date,
        days=covered.days,
        tax_id=tax_id,
        quantity_thousandths=1000 if line.unit_basis is UnitBasis.MINUTES else covered.quantity_thousandths,
        allowed_cents=covered.allowed_cents,
        paid_cents=paid_cents,
    )


def _bears_on(limit: BenefitLimit, covered: CoveredLine) -> bool:
    return covered.line.procedure in limit.procedures and limit.tier in ("", covered.terms.tier)


def _visit(limit: BenefitLimit, day: dt.date, tax_id: str) -> _Visit:
    return _Visit(day, tax_id if limit.counting is Counting.VISITS else "")


def _visits(limit: BenefitLimit, services: Iterable[_Service]) -> set[_Visit]:
    return {_visit(limit, day, service.tax_id) for service in services for day in service.days}


CountedT = TypeVar("CountedT", _Service, _Visit)


def _windows(limit: BenefitLimit, counted: Iterable[CountedT], day: dt.date) -> Iterator[list[CountedT]]:
    """What counts together with a day: of a limit of a year or a lifetime, all of it.

    Of a rolling limit every stretch of its months counts that holds the day, also those that end with a later
    service: a claim that comes late must not make room that is not there.
    """
    if not limit.months:
        yield list(counted)
        return
    for _, within in stretches(day, counted, LookBack(months=limit.months)):
        yield within


_BY_DAY = (Counting.VISITS, Counting.DAYS)
_AFTER_DAYS = (Counting.UNITS, Counting.ALLOWED, Counting.PAID)
"""In the order in which they are taken."""

_MEASURES: dict[Counting, Callable[[_Service], int]] = {
    Counting.UNITS: lambda service: service.quantity_thousandths,
    Counting.ALLOWED: lambda service: service.allowed_cents,
    Counting.PAID: lambda service: service.paid_cents,
}


def _nothing_left(bearing: Bearing, covered: CoveredLine) -> Finding:
    """The denial of a line that finds nothing left of a limit."""
    told, paid = _so_far(bearing, covered)
    return bearing.limit.answer.finding(f"{told} nothing of the line is {paid}.", covered.line.number)


def _part_left(bearing: Bearing, covered: CoveredLine, part: str, quantity_thousandths: int | None = None) -> Finding:
    """What a limit takes of a line of which it leaves a part: some of its quantity, or, without one, some of its amount."""
    told, paid = _so_far(bearing, covered)
    finding = bearing.limit.answer.finding(f"{told} {part} can be {paid}.", covered.line.number)
    return msgspec.structs.replace(finding, verdict=Verdict.REDUCE, covered_quantity_thousandths=quantity_thousandths)


def _so_far(bearing: Bearing, covered: CoveredLine) -> tuple[str, str]:
    """The limit and what stood there before the line, in words, and the word for what the limit counts."""
    limit, line = bearing.limit, covered.line
    counting = limit.counting.value
    period = "in a lifetime" if limit.lifetime else f"in {line.from_date:%Y}"
    if limit.plan_year:
        period = f"in the plan year from {covered.terms.plan.period_start(covered.terms.day)}"
    if limit.months:
        period = f"within {LookBack(months=limit.months)}"
    pays, paid = ("pays", "paid") if limit.counting is Counting.PAID else ("covers", "covered")
    return (
        f"The plan {pays} {amount_text(counting, limit.most)} {period}; before line {line.number} it has {paid} "
        f"{amount_text(counting, bearing.used)}, so that"
    ), paid


def amount_text(counting: str, amount: int) -> str:
    """A part of a limit in words, by what the limit counts: ``20 visits``, ``1 day``, ``2.5 units``, ``1,500.00``."""
    if counting == Counting.UNITS.value:
        return f"{quantity_text(amount)} {'unit' if amount == 1000 else 'units'}"
    if counting in (Counting.VISITS.value, Counting.DAYS.value):
        return f"{amount} {counting.removesuffix('s') if amount == 1 else counting}"
    return dollars(amount)
