"""Anesthesia: base units and time, who gave it, and several procedures of one session (domain/03 section 9).

One session of a patient with a practitioner on a day is paid by its highest base units once and by the minutes of all its
lines; the amount is then divided among them by charge, and each is held against its own charge. Add-ons, services without
time, and lines whose modifier tells another session stand for themselves. Everything is one product, rounded once.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from adjudicator.model.case import Case, HistoryLine, LineState
from adjudicator.model.claim import Line, UnitBasis, quantity_text
from adjudicator.model.decision import Price, PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.model.standing import Standing
from adjudicator.policy.anesthesia_fees import TENTHS, AnesthesiaFees, AnesthesiaProduct
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import HERE, FeeRequest, Missing, UnitFee, no_release
from adjudicator.policy.fee_tables import AnesthesiaFactors
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.payment_rules import PaymentRules
from adjudicator.policy.terms import Terms
from adjudicator.pricing.modifiers import NO_SHARE, Factor, decimal_of
from adjudicator.pricing.participation import outside_share
from adjudicator.pricing.priced import PricedLine, Unpriced
from adjudicator.pricing.ranks import spread
from adjudicator.pricing.relative_value import locality_of

OTHER_CLAIM = "pricing.anesthesia-session"
_NO_FEE = "pricing.no-fee"


class Practice(msgspec.Struct, frozen=True):
    """Who gave an anesthesia to whom, as far as a line's modifiers tell what it is paid."""

    basis_points: int
    name: str
    """Of the share, with its modifier; empty where no modifier says who gave it."""
    added_tenths: int
    """Units for the patient's physical status; under supervision, for presence at induction."""
    supervised_tenths: int | None = None
    """Units of a case in place of base and time, where many are supervised at once."""


class Anesthesia(msgspec.Struct, frozen=True):
    """A line of an anesthesia schedule, before those of one session are put together."""

    line: Line
    terms: Terms
    rule: PayRule
    schedule: AnesthesiaFees
    request: FeeRequest
    fee: UnitFee
    practice: Practice
    rules: str = ""
    """Payment rules document and version that its row names; empty for none."""
    outside: Factor | None = None
    """What a provider without a participation agreement gets of the fee."""

    @property
    def product(self) -> AnesthesiaProduct:
        """The parts of its own fee."""
        assert self.fee.anesthesia is not None
        return self.fee.anesthesia

    def cents_of(self, product: AnesthesiaProduct, units_thousandths: int = 1000) -> int:
        """What the contract pays for so many of a product, with every share in it, rounded once."""
        rate, share = self.rule, self.outside.basis_points if self.outside else WHOLE_BASIS_POINTS
        return product.cents_at(
            rate.rate_numerator * units_thousandths * share, rate.rate_denominator * 1000 * WHOLE_BASIS_POINTS
        )

    @property
    def order(self) -> tuple[Any, ...]:
        """The first of a session is the one with the highest base units; of equal ones, that with the higher charge."""
        line = self.line
        return (-self.product.base_tenths, -line.charge_cents, line.procedure, line.modifiers, line.number)


def unit_fee(schedule: AnesthesiaFees, request: FeeRequest) -> UnitFee | Missing:
    """The fee of an anesthesia of so many minutes, or of one unit of a service without time; or what is missing for it."""
    practice = practice_of(schedule, request)
    if isinstance(practice, Missing):
        return practice
    base = _base_tenths(schedule, request)
    if isinstance(base, Missing):
        return base
    time = _time_tenths(schedule, request)
    if isinstance(time, Missing):
        return time
    factor = _factor(schedule, request)
    if isinstance(factor, Missing):
        return factor
    added = practice.added_tenths
    if practice.supervised_tenths is not None:
        if not _in_session(schedule, request.procedure):
            key = f"units of {request.procedure} under supervision in {schedule.stamp}"
            because = f"{schedule.stamp} gives supervision no units of procedure {request.procedure}."
            return Missing(key, because)
        base, time = practice.supervised_tenths, 0
    elif not _timed(schedule, request.procedure):
        added = 0
    product = AnesthesiaProduct(base, time, added, factor, practice.basis_points)
    return UnitFee(product.cents, _basis(schedule, request, practice, product), anesthesia=product)


def practice_of(schedule: AnesthesiaFees, request: FeeRequest) -> Practice | Missing:
    """What a line's modifiers say of who gave the anesthesia, and of the patient's physical status."""
    supervision, given = schedule.supervision, request.modifiers
    supervised = [modifier for modifier in given if supervision and modifier in supervision.modifiers]
    shares = [(row, modifier) for modifier in given for row in schedule.shares if modifier in row.modifiers]
    statuses = [(row, modifier) for modifier in given for row in schedule.physical_status if modifier in row.codes]
    for several in ((*supervised, *(modifier for _, modifier in shares)), [modifier for _, modifier in statuses]):
        if len(several) > 1:
            both = " and ".join(several)
            key = f"share of {request.procedure} under modifiers {both} in {schedule.stamp}"
            return Missing(key, f"{schedule.stamp} does not say what modifiers {both} together make of a fee.")
    if supervised:
        assert supervision is not None
        induction = any(modifier in supervision.induction_modifiers for modifier in given)
        added = supervision.induction_tenths if induction else 0
        return Practice(WHOLE_BASIS_POINTS, f"supervised ({supervised[0]})", added, supervision.base_tenths)
    added = sum(row.tenths for row, _ in statuses)
    if shares:
        row, modifier = shares[0]
        return Practice(row.basis_points, f"{row.name} ({modifier})", added)
    if schedule.without_modifier_basis_points is not None:
        return Practice(schedule.without_modifier_basis_points, "", added)
    key = f"modifier of who gave {request.procedure}"
    return Missing(key, f"No modifier of procedure {request.procedure} says who gave the anesthesia.")


def anesthesia_of(
    case: Case,
    terms: Terms,
    line: Line,
    rule: PayRule,
    rules: PaymentRules | None,
    schedule: AnesthesiaFees,
    request: FeeRequest,
) -> Anesthesia | Unpriced:
    """A line as far as it is worked out by itself, or what is missing for it."""
    asked = msgspec.structs.replace(request, minutes_thousandths=minutes_of(schedule, line))
    practice = practice_of(schedule, asked)
    if isinstance(practice, Missing):
        return Unpriced(NO_SHARE, practice.because)
    fee = unit_fee(schedule, asked)
    if isinstance(fee, Missing):
        return Unpriced(_NO_FEE, fee.because)
    stamp, outside = rules.stamp if rules else "", outside_share(case, rules, request.day)
    return Anesthesia(line, terms, rule, schedule, asked, fee, practice, stamp, outside)


def minutes_of(schedule: AnesthesiaFees, line: Line) -> int | None:
    """A line's minutes in thousandths: as billed, or of the units of time that it bills; None where nothing tells them."""
    if line.unit_basis is UnitBasis.MINUTES:
        return line.quantity_thousandths
    if line.unit_basis is UnitBasis.UNITS and schedule.units_are_time and _timed(schedule, line.procedure):
        return line.quantity_thousandths * schedule.minutes_per_unit
    return None


def settle(
    case: Case, standing: Standing, lines: Sequence[Anesthesia], unpriced: Sequence[Line] = ()
) -> Iterator[PricedLine | tuple[Line, Unpriced]]:
    """The price of each line, with those of one session put together; or what keeps it from one.

    Args:
        case: the claim with its facts.
        standing: the lines that nothing has denied.
        lines: those of anesthesia schedules, as far as they are worked out.
        unpriced: lines that stand and have no price yet.
    """
    sessions: dict[tuple[Any, ...], list[Anesthesia]] = {}
    for one in lines:
        if _of_session(one.schedule, one.line.procedure, one.line.modifiers):
            key = (one.request.day, one.line.rendering.npi, one.schedule.stamp, one.terms.contract.stamp)
            sessions.setdefault(key, []).append(one)
        else:
            yield _alone(one)
    for session in sessions.values():
        first = session[0]
        earlier = _earlier(case, first) if first.schedule.other_claims_wait else None
        if earlier is not None:
            told = f"An earlier claim has anesthesia {earlier} by the same practitioner on {first.request.day}."
            yield from ((one.line, Unpriced(OTHER_CLAIM, told)) for one in session)
        elif (missing := next((line for line in unpriced if _in_session_with(first, line)), None)) is not None:
            told = f"Line {missing.number} is of one anesthesia session with it on {first.request.day}, and has no price yet."
            yield from ((one.line, Unpriced(NO_SHARE, told)) for one in session)
        elif len(session) == 1:
            yield _alone(first)
        else:
            yield from _together(standing, session)


def _timed(schedule: AnesthesiaFees, procedure: str) -> bool:
    return procedure not in schedule.untimed and _circumstance_tenths(schedule, procedure) is None


def _in_session(schedule: AnesthesiaFees, procedure: str) -> bool:
    return _timed(schedule, procedure) and procedure not in schedule.add_ons


def _of_session(schedule: AnesthesiaFees, procedure: str, modifiers: Sequence[str]) -> bool:
    return _in_session(schedule, procedure) and not any(modifier in schedule.separate for modifier in modifiers)


def _circumstance_tenths(schedule: AnesthesiaFees, procedure: str) -> int | None:
    return next((row.tenths for row in schedule.circumstances if procedure in row.codes), None)


def _base_tenths(schedule: AnesthesiaFees, request: FeeRequest) -> int | Missing:
    circumstance = _circumstance_tenths(schedule, request.procedure)
    if circumstance is not None:
        return circumstance
    table = schedule.base_units.find(request.day)
    if table is None:
        return no_release(schedule.base_units.path, request)
    tenths = table.base_tenths(request.procedure)
    if tenths is None:
        key = f"base units of {request.procedure} in {table.stamp}"
        return Missing(key, f"{table.stamp} has no base units of procedure {request.procedure}.")
    return tenths


def _time_tenths(schedule: AnesthesiaFees, request: FeeRequest) -> int | Missing:
    minutes = request.minutes_thousandths
    if not _timed(schedule, request.procedure):
        if minutes is None:
            return 0
        key = f"units of {request.procedure}"
        return Missing(
            key, f"Procedure {request.procedure} has no time in {schedule.stamp}, and the line counts minutes."
        )
    if not minutes:
        key = f"minutes of {request.procedure}"
        return Missing(key, f"Nothing says how many minutes the anesthesia {request.procedure} took.")
    return schedule.time_rounding.tenths(minutes, schedule.minutes_per_unit)


def factors_of(schedule: AnesthesiaFees, request: FeeRequest) -> Document[AnesthesiaFactors] | None:
    """The table of conversion factors for who is asked about; None where the schedule writes one factor."""
    other = schedule.qualifying_factors if request.qualifying else None
    return schedule.factors if other is None else other


def _factor(schedule: AnesthesiaFees, request: FeeRequest) -> int | Missing:
    factors = factors_of(schedule, request)
    if factors is None:
        other = schedule.qualifying_factor_ten_thousandths
        return other if request.qualifying and other is not None else schedule.conversion_factor_ten_thousandths
    locality = locality_of(schedule, request)
    if isinstance(locality, Missing):
        return locality
    table = factors.find(request.day)
    if table is None:
        return no_release(factors.path, request)
    factor = table.factor_ten_thousandths(locality)
    if factor is None:
        came = f" (ZIP code {request.zip_code[:5]})" if request.zip_code else ""
        because = f"{table.stamp} has no anesthesia factor for locality {locality}{came}."
        return Missing(f"locality {locality} in {table.stamp}", because)
    return factor


def _basis(schedule: AnesthesiaFees, request: FeeRequest, practice: Practice, product: AnesthesiaProduct) -> str:
    parts = [f"{units_text(product.base_tenths)} base"]
    if product.time_tenths or (practice.supervised_tenths is None and _timed(schedule, request.procedure)):
        parts.append(
            f"{units_text(product.time_tenths)} time of {quantity_text(request.minutes_thousandths or 0)} minutes, "
            f"{schedule.minutes_per_unit} a unit"
        )
    if product.added_tenths:
        why = "physical status" if practice.supervised_tenths is None else "induction"
        parts.append(f"{units_text(product.added_tenths)} {why}")
    units = " + ".join(parts) if len(parts) == 1 else f"({' + '.join(parts)})"
    where = locality_of(schedule, request)
    located = f", {where}" if where != HERE else ""
    if practice.basis_points != WHOLE_BASIS_POINTS:
        share = f" x {decimal_of(practice.basis_points)} {practice.name}".rstrip()
    else:
        share = f", {practice.name}" if practice.name else ""
    return f"{units} x {product.factor_ten_thousandths / 10_000:.4f}{share}{located}"


def units_text(tenths: int) -> str:
    """Units for people: ``8.6``, ``7``."""
    return quantity_text(tenths * 1000 // TENTHS)


def _alone(one: Anesthesia) -> PricedLine:
    """A line that is priced by itself; a service without time for each of its units."""
    units = 1000 if _timed(one.schedule, one.line.procedure) else one.line.quantity_thousandths
    fee_cents = one.cents_of(one.product, units)
    return _priced(one, one.fee, fee_cents, _outside_step(one, fee_cents))


def _together(standing: Standing, session: list[Anesthesia]) -> Iterator[PricedLine | tuple[Line, Unpriced]]:
    """The lines of one session: the highest base units once, and the minutes of all."""
    session = sorted(session, key=lambda one: one.order)
    first = session[0]
    numbers = ", ".join(str(number) for number in sorted(one.line.number for one in session))
    if any(one.practice != first.practice for one in session):
        told = f"Lines {numbers} are one anesthesia session on {first.request.day}, and their modifiers differ."
        yield from ((one.line, Unpriced(NO_SHARE, told)) for one in session)
        return
    if not all(_paid_alike(one.rule, first.rule) for one in session):
        told = (
            f"Lines {numbers} are one anesthesia session on {first.request.day}, and rows of {first.terms.contract.stamp} pay them "
            "at different rates or within different bounds."
        )
        yield from ((one.line, Unpriced(NO_SHARE, told)) for one in session)
        return
    if any(standing[one.line.number] != one.line.quantity_thousandths for one in session):
        told = f"Lines {numbers} are one anesthesia session on {first.request.day}, of which a part is left to be paid."
        yield from ((one.line, Unpriced(NO_SHARE, told)) for one in session)
        return
    minutes = sum(one.request.minutes_thousandths or 0 for one in session)
    fee = unit_fee(first.schedule, msgspec.structs.replace(first.request, minutes_thousandths=minutes))
    assert isinstance(fee, UnitFee) and fee.anesthesia is not None
    total = first.cents_of(fee.anesthesia)
    parts = spread(total, [one.line.charge_cents for one in session])
    what = f"this line's part of the session of lines {numbers}, by charge"
    for one, cents in zip(session, parts, strict=True):
        yield _priced(one, fee, cents, (*_outside_step(one, total), PriceStep(what, "", cents)))


def _outside_step(one: Anesthesia, cents: int) -> tuple[PriceStep, ...]:
    if one.outside is None:
        return ()
    return (PriceStep(one.outside.what, decimal_of(one.outside.basis_points), cents, policy=one.rules),)


def _paid_alike(one: PayRule, other: PayRule) -> bool:
    """Whether two rows of a contract differ in nothing but the services that they are for."""
    chosen = {"procedures": other.procedures, "only": other.only, "listed_only": other.listed_only}
    return msgspec.structs.replace(one, **chosen) == other


def _priced(one: Anesthesia, fee: UnitFee, fee_cents: int, steps: tuple[PriceStep, ...]) -> PricedLine:
    assert fee.anesthesia is not None
    price = Price(
        contract=one.terms.contract.stamp,
        schedule=one.schedule.stamp,
        unit_fee_cents=fee.cents,
        rate=one.rule.rate,
        unit_price_cents=fee.anesthesia.cents_at(one.rule.rate_numerator, one.rule.rate_denominator),
        fee_cents=fee_cents,
        allowed_cents=one.rule.allowed_cents(one.line, fee_cents),
        basis=fee.basis,
        rules=one.schedule.stamp if steps else "",
        steps=steps,
    )
    timed = _timed(one.schedule, one.line.procedure)
    return PricedLine(one.line, one.terms, price, ranked=False, whole_line=timed)


def _earlier(case: Case, one: Anesthesia) -> str | None:
    """The procedure of an earlier claim that may be of one session with a line; None without any."""
    for line in case.history_from.get(one.request.day, ()):
        if (
            line.state is not LineState.DENIED
            and line.billing_tax_id == case.claim.billing.tax_id
            and line.rendering_npi == one.line.rendering.npi
            and _is_timed_anesthesia(one, line)
        ):
            return line.procedure
    return None


def _in_session_with(one: Anesthesia, line: Line) -> bool:
    """Whether another line of the claim is of one session with a line."""
    same = (line.from_date, line.rendering.npi) == (one.request.day, one.line.rendering.npi)
    return same and _is_timed_anesthesia(one, line)


def _is_timed_anesthesia(one: Anesthesia, line: Line | HistoryLine) -> bool:
    """Whether a line is an anesthesia of one session with others, by the schedule of one of them."""
    asked = msgspec.structs.replace(one.request, procedure=line.procedure)
    return _of_session(one.schedule, line.procedure, line.modifiers) and not isinstance(
        _base_tenths(one.schedule, asked), Missing
    )
