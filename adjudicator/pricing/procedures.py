"""A line as far as its contract's payment rules work it out by itself, and what ranks as one: a line, or two lines of two sides."""

import datetime as dt
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.fee_schedules import FeeRequest, Fees, Missing, RelativeValueFees, UnitFee
from adjudicator.policy.payment_rules import PaymentRules
from adjudicator.policy.policy_set import PayRule, PolicySet
from adjudicator.policy.terms import Terms
from adjudicator.pricing import modifiers
from adjudicator.pricing.modifiers import NO_SHARE, Exact, Factor, Service, Work, rounded
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.unit_fees import unit_fee

NO_FEE = "pricing.no-fee"


class Ruled(msgspec.Struct, frozen=True):
    """A line as far as it is worked out by itself."""

    line: Line
    terms: Terms
    rule: PayRule
    rules: PaymentRules
    schedule: Fees
    request: FeeRequest
    fee: UnitFee
    service: Service
    ranking: str
    """Its multiple-procedure indicator; empty where no table lists the procedure."""
    work: Work
    joint: tuple[Factor, ...]
    last: tuple[Factor, ...]

    @property
    def price_cents(self) -> int:
        """What the contract pays for a unit, before any step."""
        return at_rate(self.rule, self.fee.cents)


def at_rate(rule: PayRule, cents: int) -> int:
    """A fee at a contract's rate."""
    return half_up_quotient(cents * rule.rate_numerator, rule.rate_denominator)


def is_plain(case: Case, rules: PaymentRules, schedule: Fees, line: Line, fee: UnitFee) -> bool:
    """Whether the rules leave a line's fee as it is, whatever else is on the claim."""
    if fee.indicators.multiple_procedure not in rules.unranked or not isinstance(schedule, RelativeValueFees):
        return False
    for modifier in line.modifiers:
        if rules.prices(modifier) and modifier not in rules.unchanged:
            return False
    if not rules.practitioners:
        return True
    taxonomies = case.taxonomies_of(line)
    if not taxonomies:
        return not rules.unknown_practitioner_waits
    return modifiers.practitioner(rules, taxonomies) is None


def rule_line(
    case: Case,
    policies: PolicySet,
    terms: Terms,
    line: Line,
    rule: PayRule,
    rules: PaymentRules,
    schedule: Fees,
    request: FeeRequest,
    fee: UnitFee | Missing,
) -> Ruled | Unpriced:
    """Work a line out as far as ranking, or say what is missing for it."""
    asked, fee = _fee(rules, schedule, request, fee)
    if isinstance(fee, Missing):
        return Unpriced(NO_FEE, fee.because)
    if fee.thousandths is not None or (request.component and not isinstance(schedule, RelativeValueFees)):
        changing = [modifier for modifier in line.modifiers if rules.changes(modifier)]
        if changing:
            told = f"{schedule.stamp} lists no amounts of which modifier {', '.join(changing)} takes a share."
            return Unpriced(NO_SHARE, told)
    indicators, ranking, listed_in = _indicators(policies, schedule, fee, line.procedure, request.day)
    service = Service(
        line.procedure,
        line.modifiers,
        line.quantity_thousandths,
        indicators,
        listed_in,
        _own_row(rules, asked.component),
    )
    work = modifiers.before_ranking(rules, service, at_rate(rule, fee.cents))
    joint = modifiers.joint(rules, service)
    last = modifiers.after_ranking(rules, service, case.taxonomies_of(line))
    for part in (work, joint, last):
        if isinstance(part, Unpriced):
            return part
    assert isinstance(work, Work) and isinstance(joint, tuple) and isinstance(last, tuple)
    if asked.component:
        component = _component_step(rules, asked.component, at_rate(rule, fee.cents))
        work = msgspec.structs.replace(work, steps=(*component, *work.steps))
    return Ruled(line, terms, rule, rules, schedule, asked, fee, service, ranking, work, joint, last)


def _fee(
    rules: PaymentRules, schedule: Fees, request: FeeRequest, fee: UnitFee | Missing
) -> tuple[FeeRequest, UnitFee | Missing]:
    """The fee of a line's row: of its component, or of its modifier where the schedule has such a row, else of the whole."""
    if isinstance(fee, Missing) and _own_row(rules, request.component):
        whole = msgspec.structs.replace(request, component="")
        return whole, unit_fee(schedule, whole)
    return request, fee


def _own_row(rules: PaymentRules, component: str) -> str:
    return component if component and any(row.own_row and component in row.modifiers for row in rules.parts) else ""


def _component_step(rules: PaymentRules, component: str, cents: int) -> tuple[PriceStep, ...]:
    if not component or _own_row(rules, component):
        return ()
    part = "professional" if component in rules.components.professional else "technical"
    return (PriceStep(f"{part} part ({component}), a row of its own", "", cents),)


def _indicators(
    policies: PolicySet, schedule: Fees, fee: UnitFee, procedure: str, day: dt.date
) -> tuple[Indicators | None, str, str]:
    """A procedure's indicators, how it ranks, and where they stand: in the schedule's own table, else in the coding table."""
    if isinstance(schedule, RelativeValueFees) and schedule.values.path != schedule.document:
        table = schedule.values.find(day)
        return fee.indicators, fee.multiple_procedure_indicator, table.stamp if table else schedule.values.path
    coding = policies.coding_on(day).indicators
    row = coding.indicators(procedure) if coding else None
    listed_in = coding.stamp if coding else "No table of procedure indicators"
    if isinstance(schedule, RelativeValueFees):
        return row, fee.multiple_procedure_indicator, listed_in
    return row, row.multiple_procedure if row else "", listed_in


class Procedure(msgspec.Struct):
    """What ranks as one: a line, or two lines for the two sides of one procedure."""

    lines: tuple[Ruled, ...]
    cents: int
    """Of a unit, both sides together."""
    sides: Factor | None = None
    total: Exact | None = None
    """Of all units, once they are ranked; before the shares of assistants and the like."""
    steps: tuple[PriceStep, ...] = ()

    @property
    def first(self) -> Ruled:
        """The line that stands for both."""
        return self.lines[0]

    @property
    def count(self) -> int:
        """Units, where they are whole."""
        return 1 if self.first.work.whole_line else self.first.line.quantity_thousandths // 1000

    @property
    def share(self) -> Exact:
        """All shares that do not depend on rank."""
        share: Exact = 1
        for factor in (*self.first.joint, *self.first.last):
            share *= Fraction(factor.basis_points, WHOLE_BASIS_POINTS)
        return share

    @property
    def order(self) -> tuple[Any, ...]:
        """Between procedures of the same amount: by what was billed, last by number."""
        line = self.first.line
        charge = sum(one.line.charge_cents for one in self.lines)
        numbers = (
            -line.quantity_thousandths,
            -self.share,
            line.procedure,
            line.modifiers,
            self.first.ranking,
            line.number,
        )
        return (-self.cents, -charge, not self.first.rule.lesser_of_charge, *numbers)

    def worth(self, price_cents: int) -> Exact | Unpriced:
        """What another price of a unit comes to under the same modifiers."""
        work = modifiers.before_ranking(self.first.rules, self.first.service, price_cents)
        if isinstance(work, Unpriced):
            return work
        cents = rounded(work.exact)
        return cents * Fraction(self.sides.basis_points, WHOLE_BASIS_POINTS) if self.sides else cents


def pair_sides(lines: Sequence[Ruled]) -> Iterator["Procedure | tuple[Line, Unpriced]"]:
    """Lines as procedures: a left and a right side of one service on two lines are one."""
    waiting: dict[tuple[Any, ...], tuple[list[Ruled], list[Ruled]]] = {}
    for one in lines:
        side = _side(one)
        if side is None:
            yield Procedure((one,), one.work.cents)
        else:
            rest = tuple(sorted(modifier for modifier in one.line.modifiers if one.rules.changes(modifier)))
            same = (one.line.procedure, one.request.day, one.rules.stamp, rest, one.work.exact, one.joint, one.last)
            waiting.setdefault(same, ([], []))[side[0]].append(one)
    for left, right in waiting.values():
        for each in (left, right):
            each.sort(key=lambda one: (-one.line.quantity_thousandths, -one.line.charge_cents, one.line.number))
        pairs = min(len(left), len(right))
        for one, other in zip(left, right, strict=False):
            yield from _pair(one, other)
        for one in (*left[pairs:], *right[pairs:]):
            yield Procedure((one,), one.work.cents)


def _side(one: Ruled) -> tuple[int, str] | None:
    """Whether a line is for the left (0) or the right (1) side, and the modifier that says so."""
    rules = one.rules.both_sides
    if rules is None or one.service.indicators is None or one.service.indicators.bilateral not in rules.basis_points:
        return None
    for side, codes in enumerate((rules.left, rules.right)):
        for modifier in one.line.modifiers:
            if modifier in codes:
                return side, modifier
    return None


def _pair(one: Ruled, other: Ruled) -> Iterator["Procedure | tuple[Line, Unpriced]"]:
    factor = modifiers.both_sides(
        one.rules, one.service, f"both sides, lines {one.line.number} and {other.line.number}"
    )
    if isinstance(factor, Unpriced) or factor.basis_points == 2 * WHOLE_BASIS_POINTS:
        yield Procedure((one,), one.work.cents)
        yield Procedure((other,), other.work.cents)
    elif one.line.quantity_thousandths != other.line.quantity_thousandths:
        told = f"Lines {one.line.number} and {other.line.number} bill the two sides in different quantities."
        yield one.line, Unpriced(NO_SHARE, told)
        yield other.line, Unpriced(NO_SHARE, told)
    else:
        exact = one.work.exact * Fraction(factor.basis_points, WHOLE_BASIS_POINTS)
        yield Procedure((one, other), rounded(exact), factor)
