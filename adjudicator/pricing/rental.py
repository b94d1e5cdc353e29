"""Rented equipment: what a month is paid by its number, and until when (domain/03 section 11).

The months that were paid before are counted from the patient's history; a modifier that tells the month may say that more
went before than we hold. What the two do not agree on waits.
"""

from typing import NamedTuple

from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import Line, quantity_text
from adjudicator.model.decision import Price, PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.fee_schedules import ListedFees, Rental, UnitFee
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.terms import Terms
from adjudicator.pricing.modifiers import NO_SHARE, decimal_of
from adjudicator.pricing.priced import PricedLine, Unpriced

ENDED = "pricing.rental-ended"


class RentalMonth(NamedTuple):
    """A month of a rental and its share of the listed monthly amount."""

    month: int
    basis_points: int


def rental_of(schedule: object, line: Line) -> Rental | None:
    """The rules by which a schedule pays a line as a month's rental; None where it is none."""
    rental = schedule.rental if isinstance(schedule, ListedFees) else None
    if rental is None or line.procedure not in rental.procedures:
        return None
    return rental if any(modifier in rental.modifiers for modifier in line.modifiers) else None


def month_of(case: Case, standing: Standing, rental: Rental, line: Line) -> RentalMonth | Unpriced:
    """Which month of its rental a line bills, or why nothing is paid for it."""
    day = line.from_date
    assert day is not None
    if line.quantity_thousandths != 1000:
        told = f"Line {line.number} rents for {quantity_text(line.quantity_thousandths)} months at once."
        return Unpriced(NO_SHARE, told)
    earlier = [
        known
        for known in case.history
        if known.state is not LineState.DENIED
        and known.claim_id != case.claim_id
        and known.procedure == line.procedure
        and any(modifier in rental.modifiers for modifier in known.modifiers)
        and known.from_date < day
        and rental.look_back.reaches(known.from_date, day)
    ]
    if any(known.state is LineState.PENDED for known in earlier):
        return Unpriced(NO_SHARE, f"An earlier month of the rental of {line.procedure} is not decided yet.")
    own = [
        other
        for other in case.claim.lines
        if other.number in standing
        and other.procedure == line.procedure
        and any(modifier in rental.modifiers for modifier in other.modifiers)
        and other.from_date is not None
        and (other.from_date, other.number) < (day, line.number)
    ]
    counted = len(earlier) + len(own) + 1
    month, last = counted, rental.months[-1].through
    for row, modifier in ((row, modifier) for row in rental.told_by for modifier in line.modifiers):
        if modifier not in row.modifiers:
            continue
        if row.through < min(counted, last):
            told = f"Line {line.number} is month {counted} of its rental by our history, and modifier {modifier} tells another."
            return Unpriced(NO_SHARE, told)
        month = max(month, row.first)
    if month > last:
        return Unpriced(
            ENDED, f"Line {line.number} is month {month} of a rental of {line.procedure}, which ends with {last}."
        )
    return RentalMonth(month, next(row.basis_points for row in rental.months if month <= row.through))


def rented(
    case: Case,
    standing: Standing,
    terms: Terms,
    line: Line,
    rule: PayRule,
    schedule: ListedFees,
    rental: Rental,
    fee: UnitFee,
) -> PricedLine | Unpriced:
    """The price of a month's rental: the listed amount times the contract's rate and the month's share, rounded once."""
    month = month_of(case, standing, rental, line)
    if isinstance(month, Unpriced):
        return month
    exact = fee.cents * rule.rate_numerator
    fee_cents = half_up_quotient(exact * month.basis_points, rule.rate_denominator * WHOLE_BASIS_POINTS)
    what = f"month {month.month} of a rental of {rental.months[-1].through}"
    price = Price(
        contract=terms.contract.stamp,
        schedule=schedule.stamp,
        unit_fee_cents=fee.cents,
        rate=rule.rate,
        unit_price_cents=rule.at_rate(fee.cents),
        fee_cents=fee_cents,
        allowed_cents=rule.allowed_cents(line, fee_cents),
        basis=fee.basis,
        rules=schedule.stamp,
        steps=(PriceStep(what, decimal_of(month.basis_points), fee_cents),),
    )
    return PricedLine(line, terms, price, ranked=False)
