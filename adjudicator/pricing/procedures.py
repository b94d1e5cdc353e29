"""A line as far as its contract's payment rules work it out by itself, and what ranks as one: a line, or two lines of two sides."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.fee_schedules import FeeRequest, Fees, Missing, RelativeValueFees, UnitFee
from adjudicator.policy.fee_tables import COMPONENTS
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.payment_rules import PaymentRules, Ranking, RankingMethod
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms
from adjudicator.pricing import modifiers
from adjudicator.pricing.modifiers import NO_SHARE, CareDates, Exact, Factor, Service, Work, rounded
from adjudicator.pricing.participation import outside_share
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
    technical: Factor | None = None
    """What a modifier leaves of the technical part; the work holds it already."""

    @property
    def price_cents(self) -> int:
        """What the contract pays for a unit, before any step."""
        return self.rule.at_rate(self.fee.cents)


def is_plain(case: Case, rules: PaymentRules, schedule: Fees, line: Line, request: FeeRequest, fee: UnitFee) -> bool:
    """Whether the rules leave a line's fee as it is, whatever else is on the claim."""
    if fee.thousandths is not None:  # the limit of a drug: there are no shares of it, and it is rounded with its units
        return not any(rules.changes(modifier) for modifier in line.modifiers)
    if fee.indicators.multiple_procedure not in rules.unranked or not isinstance(schedule, RelativeValueFees):
        return False
    for modifier in line.modifiers:
        if rules.prices(modifier) and modifier not in rules.unchanged:
            return False
    if outside_share(case, rules, request.day):
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
    dates = CareDates(case.claim.assumed_care_date, case.claim.relinquished_care_date)
    taxonomies, quantity = case.taxonomies_of(line), line.quantity_thousandths
    alone = _alone(policies, rule, rules, schedule, request, fee, quantity, dates, taxonomies)
    if isinstance(alone, Unpriced):
        return alone
    asked, found, service, ranking, work, joint, last, technical = alone
    outside = outside_share(case, rules, request.day)
    if outside is not None:
        last = (*last, outside)
    return Ruled(line, terms, rule, rules, schedule, asked, found, service, ranking, work, joint, last, technical)


_Alone = tuple[FeeRequest, UnitFee, Service, str, Work, tuple[Factor, ...], tuple[Factor, ...], Factor | None]
"""What a service is worth by itself: the row that was asked for, its fee, and the fields of ``Ruled`` that come of it."""


def _alone(
    policies: PolicySet,
    rule: PayRule,
    rules: PaymentRules,
    schedule: Fees,
    request: FeeRequest,
    fee: UnitFee | Missing,
    quantity_thousandths: int,
    care_dates: CareDates,
    taxonomies: Sequence[str],
) -> _Alone | Unpriced:
    """Work a service out by itself as far as ranking, whoever bills it; or say what is missing for it."""
    asked, fee = _fee(rules, schedule, request, fee)
    if isinstance(fee, Missing):
        return Unpriced(NO_FEE, fee.because)
    in_parts = isinstance(schedule, RelativeValueFees) or request.component == fee.own_modifier
    if fee.thousandths is not None or (request.component and not in_parts):
        changing = [modifier for modifier in request.modifiers if rules.changes(modifier)]
        if changing:
            told = f"{schedule.stamp} lists no amounts of which modifier {', '.join(changing)} takes a share."
            return Unpriced(NO_SHARE, told)
    indicators, ranking, listed_in = _indicators(policies, schedule, fee, request.procedure, request.day)
    # What a modifier with a row of its own is paid is told by that, of the contract or of a table of charges: no rule takes
    # its share again. The two sides on two lines stay one service.
    said = [
        modifier
        for modifier in (request.modifiers if fee.own_modifier or rule.only is not None else ())
        if modifier == fee.own_modifier or (rule.is_for_modifier(modifier) and rules.changes(modifier))
    ]
    service = Service(
        request.procedure,
        request.day,
        tuple([modifier for modifier in request.modifiers if modifier not in said]) if said else request.modifiers,
        quantity_thousandths,
        care_dates,
        indicators,
        listed_in,
        _own_row(rules, asked.component),
    )
    parts = _by_modifiers(rule, rules, schedule, asked, service, rule.at_rate(fee.cents))
    if isinstance(parts, Unpriced):
        return parts
    work, joint, technical = parts
    whose = msgspec.structs.replace(service, modifiers=request.modifiers) if said else service
    last = modifiers.after_ranking(rules, whose, taxonomies, said)
    if isinstance(last, Unpriced):
        return last
    return asked, fee, service, ranking, work, joint, last, technical


class Quote(msgspec.Struct, frozen=True):
    """What one unit of a service alone comes to, in whole cents, and the steps to it from the schedule's fee."""

    cents: int
    steps: tuple[PriceStep, ...]


def quote_unit(
    policies: PolicySet,
    rules: PaymentRules,
    schedule: Fees,
    request: FeeRequest,
    fee: UnitFee | Missing,
    care_dates: CareDates,
) -> Quote | Unpriced:
    """What payment rules make of one unit of a service, as of a line of a claim without others; or what is missing for it.

    It is that of a provider who is paid the whole fee: no practitioner's share, and none of a provider without an agreement.
    """
    rules = rules.whoever_gives_it
    rule = PayRule(
        procedures=CodeSet(everything=True),
        schedule=schedule.document,
        rate_numerator=1,
        rate_denominator=1,
        lesser_of_charge=False,
        rules=rules.document,
    )
    alone = _alone(policies, rule, rules, schedule, request, fee, 1000, care_dates, ())
    if isinstance(alone, Unpriced):
        return alone
    _, _, _, _, work, joint, last, _ = alone
    amount: Exact = work.cents
    steps = work.steps
    for factor in (*joint, *last):
        before = modifiers.exactly(amount, steps)
        amount, step = modifiers.times(amount, factor)
        steps = (*before, step)
    return Quote(rounded(amount), steps)


def _by_modifiers(
    rule: PayRule, rules: PaymentRules, schedule: Fees, request: FeeRequest, service: Service, price_cents: int
) -> tuple[Work, tuple[Factor, ...], Factor | None] | Unpriced:
    """What a unit's price is before ranking, the shares of several surgeons, and what is left of the technical part."""
    whole = Work(price_cents)
    if not service.modifiers:
        return whole, (), None
    technical = modifiers.technical_share(rules, service)
    if isinstance(technical, Unpriced):
        return technical
    less = whole if technical is None else _with_technical_at(rule, rules, schedule, request, service, whole, technical)
    if isinstance(less, Unpriced):
        return less
    work = modifiers.before_ranking(rules, service, less.cents)
    if isinstance(work, Unpriced):
        return work
    joint = modifiers.joint(rules, service)
    if isinstance(joint, Unpriced):
        return joint
    component = _component_step(rules, request.component, price_cents)
    if component or less.steps:
        work = msgspec.structs.replace(work, steps=(*component, *less.steps, *work.steps))
    return work, joint, technical


def _with_technical_at(
    rule: PayRule,
    rules: PaymentRules,
    schedule: Fees,
    request: FeeRequest,
    service: Service,
    whole: Work,
    technical: Factor,
) -> Work | Unpriced:
    """A unit's price with a share of its technical part; of a reading alone all of it stays."""
    pctc = service.indicators.pctc if service.indicators else ""
    own = rules.components
    if request.component in own.professional or pctc in own.professional_only:
        return whole
    if request.component in own.technical or pctc in own.technical_only:
        return whole.times(technical)
    if pctc not in own.both:
        told = f"PC/TC indicator {pctc}" if pctc else "no PC/TC indicator"
        return Unpriced(
            NO_SHARE, f"{service.listed_in} gives procedure {service.procedure} {told}, so it has no technical part."
        )
    component = next(each for each in COMPONENTS if each in own.technical)
    part = unit_fee(schedule, msgspec.structs.replace(request, component=component))
    if isinstance(part, Missing):
        return Unpriced(NO_FEE, part.because)
    cents = rule.at_rate(part.cents)
    taken = cents - rounded(Fraction(cents * technical.basis_points, WHOLE_BASIS_POINTS))
    left_cents = max(0, whole.cents - taken)
    told = f"{technical.what} of {dollars(cents)}, of which {modifiers.decimal_of(technical.basis_points)} stays"
    return Work(left_cents, (PriceStep(told, "", left_cents),))


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


def bases_of(policies: PolicySet, one: Ruled, procedures: Iterable[str]) -> set[str]:
    """The bases of some procedures' families of endoscopies, by the table that a line's own indicators stand in."""
    schedule, day = one.schedule, one.request.day
    if isinstance(schedule, RelativeValueFees) and schedule.values.path != schedule.document:
        values = schedule.values.find(day)
        rows = [found[0] for code in procedures if values and (found := values.find(code))]
    else:
        coding = policies.coding_on(day).indicators
        rows = [row for code in procedures if coding and (row := coding.indicators(code))]
    return {row.endoscopic_base for row in rows} - {""}


class Procedure(msgspec.Struct):
    """What ranks as one: a line, or two lines for the two sides of one procedure."""

    lines: tuple[Ruled, ...]
    cents: int
    """Of a unit, both sides together."""
    sides: Factor | None = None
    total: Exact | None = None
    """Of all units, once they are ranked; before the shares of assistants and the like."""
    steps: tuple[PriceStep, ...] = ()
    runs: tuple[tuple[int, Exact], ...] = ()
    """Units and the exact amount of each by its rank, where shares follow that do not depend on it."""
    first: Ruled = msgspec.UNSET  # type: ignore[assignment]
    """The line that stands for both."""
    count: int = 0
    """Units; a part of one counts as one."""
    share: Exact = 1
    """All shares that do not depend on rank."""
    row: Ranking | None = None
    """How it ranks; None where nothing reduces it."""

    def __post_init__(self) -> None:
        """Work out once what ranking asks many times."""
        self.first = one = self.lines[0]
        self.count = 1 if one.work.whole_line else -(-one.line.quantity_thousandths // 1000)
        for factor in (*one.joint, *one.last) if one.joint or one.last else ():
            self.share *= Fraction(factor.basis_points, WHOLE_BASIS_POINTS)
        self.row = one.rules.ranking_of(one.ranking)

    @property
    def base(self) -> str:
        """The base of its family of endoscopies; empty where it is of none."""
        row, table = self.row, self.first.service.indicators
        return table.endoscopic_base if row and row.method is RankingMethod.ENDOSCOPY and table else ""

    @property
    def order(self) -> tuple[Any, ...]:
        """Between procedures of the same amount: by what was billed, last by number."""
        line = self.first.line
        charge = sum([one.line.charge_cents for one in self.lines])
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
        side = side_of(one)
        if side is None:
            yield Procedure((one,), one.work.cents)
        else:
            rest = tuple(sorted(modifier for modifier in one.line.modifiers if one.rules.changes(modifier)))
            same = (one.line.procedure, one.request.day, one.rules.stamp, rest, one.work.exact, one.joint, one.last)
            waiting.setdefault(same, ([], []))[side].append(one)
    for left, right in waiting.values():
        for each in (left, right):
            each.sort(key=lambda one: (-one.line.quantity_thousandths, -one.line.charge_cents, one.line.number))
        pairs = min(len(left), len(right))
        for one, other in zip(left, right, strict=False):
            yield from _pair(one, other)
        for one in (*left[pairs:], *right[pairs:]):
            yield Procedure((one,), one.work.cents)


def side_of(one: Ruled) -> int | None:
    """Whether a line is for the left (0) or the right (1) side of a service that both sides have a share of; else None."""
    rules = one.rules.both_sides
    if not one.service.modifiers or rules is None or both_sides_basis_points(one) is None:
        return None
    sides = (side for side, codes in enumerate((rules.left, rules.right)) if codes.holds_any(one.service.modifiers))
    return next(sides, None)


def both_sides_basis_points(one: Ruled) -> int | None:
    """The share of a line's fee for both sides together; None where the rules have none for its bilateral indicator."""
    rules, indicators = one.rules.both_sides, one.service.indicators
    return rules.basis_points.get(indicators.bilateral) if rules and indicators else None


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
