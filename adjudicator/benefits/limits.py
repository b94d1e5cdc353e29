"""How much of a line the plan's benefit limits leave: visits, days, units and amounts of a period, by date of service.

What earlier claims used comes from the case's history, what this claim's own earlier lines used from the lines themselves;
denied lines use nothing. A line that finds nothing left is denied; one that finds too little is covered in part, as
``covered`` cuts it (domain/04 section 4, rows 9 to 9d, and section 7).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

import msgspec

from adjudicator.benefits.covered import CoveredLine
from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import UnitBasis, quantity_text
from adjudicator.model.decision import BenefitUse, Finding, Verdict
from adjudicator.model.money import dollars, half_up_quotient
from adjudicator.policy.look_backs import LookBack, stretches
from adjudicator.policy.policy_set import BenefitLimit, Counting, PlanVersion


class _Service(msgspec.Struct, frozen=True):
    """A covered service as limits count it."""

    procedure: str
    from_date: dt.date
    through_date: dt.date
    tax_id: str
    tier: str
    quantity_thousandths: int
    allowed_cents: int
    paid_cents: int

    @property
    def days(self) -> Iterator[dt.date]:
        """Every day on which it was given."""
        for ordinal in range(self.from_date.toordinal(), self.through_date.toordinal() + 1):
            yield dt.date.fromordinal(ordinal)


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
        bearings, findings = [], []
        limits = covered.terms.plan.limits_by_procedure.naming(covered.line.procedure)
        if not limits:
            return LimitedLine(covered)
        for limit in limits:
            if limit.tier not in ("", covered.terms.tier):
                continue
            used, needed = self._used(limit, covered.terms.plan, _service(covered, self._tax_id, 0))
            bearing = Bearing(limit, used)
            bearings.append(bearing)
            if needed > bearing.left or (limit.counting is Counting.PAID and bearing.left == 0):
                finding = _beyond(bearing, covered, needed)
                findings.append(finding)
                if finding.covered_quantity_thousandths is not None:
                    covered = covered.to_quantity(finding, finding.covered_quantity_thousandths)
                elif finding.verdict is Verdict.REDUCE:
                    covered = covered.to_cents(finding, bearing.left)
        return LimitedLine(covered, tuple(bearings), tuple(findings))

    def after_share(self, limited: LimitedLine, unpaid_cents: int) -> LimitedLine:
        """What limits on payments leave of a line whose share is known: the plan pays no more, and the rest is not covered.

        Args:
            limited: the line.
            unpaid_cents: what the plan does not pay of it in any case: the member's share, or what others who paid before leave.
        """
        for bearing in limited.bearings:
            most_cents = unpaid_cents + bearing.left
            if bearing.limit.counting is Counting.PAID and limited.covered.allowed_cents > most_cents:
                finding = _beyond(bearing, limited.covered, 0)
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
            uses = tuple(
                BenefitUse(
                    limit=bearing.limit.answer.rule,
                    counting=bearing.limit.counting.value,
                    most=bearing.limit.most,
                    before=bearing.used,
                    added=self._used(bearing.limit, limited.covered.terms.plan, service)[1],
                )
                for bearing in limited.bearings
            )
        self._own.append((limited.covered, paid_cents))
        return uses

    def _used(self, limit: BenefitLimit, plan: PlanVersion, service: _Service) -> tuple[int, int]:
        """What is used of a limit already, and what a service would use of it.

        Of a rolling limit every stretch of its months counts that holds the service, also those that end with a later
        service: a claim that comes late must not make room that is not there.
        """
        counted = self._counted(limit)
        measure = _MEASURES[limit.counting]
        if limit.lifetime:
            windows = [counted]
        elif limit.plan_year:
            start = plan.period_start(service.from_date)
            windows = [[other for other in counted if plan.period_start(other.from_date) == start]]
        elif not limit.months:
            year = service.from_date.year
            windows = [[other for other in counted if other.from_date.year == year]]
        else:
            windows = [within for _, within in stretches(service.from_date, counted, LookBack(months=limit.months))]
        return max((used := measure(window), measure([*window, service]) - used) for window in windows)

    def _counted(self, limit: BenefitLimit) -> list[_Service]:
        """The services that count toward a limit so far."""
        key = (limit.answer.rule, limit.answer.policy)
        if key not in self._earlier:
            member_id = self._case.member.member_id if self._case.member else ""
            self._earlier[key] = [
                _Service(
                    procedure=line.procedure,
                    from_date=line.from_date,
                    through_date=line.through_date,
                    tax_id=line.billing_tax_id,
                    tier=line.tier,
                    quantity_thousandths=line.counted_thousandths,
                    allowed_cents=line.allowed_cents,
                    paid_cents=line.paid_cents,
                )
                for line in self._case.history
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
        procedure=line.procedure,
        from_date=line.from_date,
        through_date=line.through_date or line.from_date,
        tax_id=tax_id,
        tier=covered.terms.tier,
        quantity_thousandths=1000 if line.unit_basis is UnitBasis.MINUTES else covered.quantity_thousandths,
        allowed_cents=covered.allowed_cents,
        paid_cents=paid_cents,
    )


def _bears_on(limit: BenefitLimit, covered: CoveredLine) -> bool:
    return covered.line.procedure in limit.procedures and limit.tier in ("", covered.terms.tier)


def _visits(services: Iterable[_Service]) -> int:
    return len({(day, service.tax_id) for service in services for day in service.days})


def _days(services: Iterable[_Service]) -> int:
    return len({day for service in services for day in service.days})


def _units(services: Iterable[_Service]) -> int:
    return sum(service.quantity_thousandths for service in services)


def _allowed(services: Iterable[_Service]) -> int:
    return sum(service.allowed_cents for service in services)


def _paid(services: Iterable[_Service]) -> int:
    return sum(service.paid_cents for service in services)


_MEASURES: dict[Counting, Callable[[Iterable[_Service]], int]] = {
    Counting.VISITS: _visits,
    Counting.DAYS: _days,
    Counting.UNITS: _units,
    Counting.ALLOWED: _allowed,
    Counting.PAID: _paid,
}


def _beyond(bearing: Bearing, covered: CoveredLine, needed: int) -> Finding:
    """What a limit takes of a line that needs more of it than is left: all of the line when that is nothing, else a part."""
    limit, line, left = bearing.limit, covered.line, bearing.left
    counting = limit.counting.value
    period = "in a lifetime" if limit.lifetime else f"in {line.from_date:%Y}"
    if limit.plan_year:
        period = f"in the plan year from {covered.terms.plan.period_start(covered.terms.day)}"
    if limit.months:
        period = f"within {LookBack(months=limit.months)}"
    pays, paid = ("pays", "paid") if limit.counting is Counting.PAID else ("covers", "covered")
    told = (
        f"The plan {pays} {amount_text(counting, limit.most)} {period}; before line {line.number} it has {paid} "
        f"{amount_text(counting, bearing.used)}, so that"
    )
    if left == 0:
        return limit.answer.finding(f"{told} nothing of the line is {paid}.", line.number)
    part, quantity = f"{amount_text(counting, left)} of the line", None
    if limit.counting is Counting.UNITS:
        quantity = left
    elif limit.counting in (Counting.DAYS, Counting.VISITS):
        days = _days([_service(covered, "", 0)])
        quantity = half_up_quotient(covered.quantity_thousandths * (days - needed + left), days)
        part = f"{days - needed + left} of the {days} days of the line"
    finding = limit.answer.finding(f"{told} {part} can be {paid}.", line.number)
    return msgspec.structs.replace(finding, verdict=Verdict.REDUCE, covered_quantity_thousandths=quantity)


def amount_text(counting: str, amount: int) -> str:
    """A part of a limit in words, by what the limit counts: ``20 visits``, ``1 day``, ``2.5 units``, ``1,500.00``."""
    if counting == Counting.UNITS.value:
        return f"{quantity_text(amount)} {'unit' if amount == 1000 else 'units'}"
    if counting in (Counting.VISITS.value, Counting.DAYS.value):
        return f"{amount} {counting.removesuffix('s') if amount == 1 else counting}"
    return dollars(amount)
