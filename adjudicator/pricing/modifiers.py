"""What modifiers make of one line's fee, step by step, in the fixed order of domain/03 section 4.

Before ranking: reduced and discontinued services, split care, both sides. After it: assistants and the practitioner's kind;
surgeons who operate together stand between the two. Amounts are exact fractions of cents; only the parts of split care are
rounded each by itself, as Medicare does (Claims Processing Manual, chapter 12, section 40.4).
"""

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec

from adjudicator.model.claim import quantity_text
from adjudicator.model.decision import PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.look_backs import counted
from adjudicator.policy.payment_rules import CareShare, ModifierShare, PaymentRules
from adjudicator.pricing.priced import Unpriced

NO_SHARE, BY_REPORT = "pricing.no-share", "pricing.by-report"
CARE_DATES = "pricing.care-dates"
"""Rule of care after an operation of which the claim does not tell the days, or tells days that are not of that care."""
Exact = Fraction | int
"""An amount in cents, or a share, that nothing has rounded."""


class Factor(NamedTuple):
    """A share of a fee, and what it is for."""

    what: str
    basis_points: int


class Work(msgspec.Struct, frozen=True):
    """A unit's amount so far, in cents, and the steps to it."""

    exact: Exact
    steps: tuple[PriceStep, ...] = ()
    whole_line: bool = False
    """The amount is the line's, whatever its units: that of days of care."""

    @property
    def cents(self) -> int:
        """The amount, rounded half up."""
        return rounded(self.exact)

    def times(self, factor: Factor) -> "Work":
        """The amount times a share."""
        exact, step = times(self.exact, factor)
        return msgspec.structs.replace(self, exact=exact, steps=(*exactly(self.exact, self.steps), step))


class CareDates(msgspec.Struct, frozen=True):
    """When a claim bills care after an operation; None for a day that it does not tell."""

    assumed: dt.date | None
    """The first day of care (DTP*090)."""
    relinquished: dt.date | None
    """The last (DTP*091)."""


class Service(msgspec.Struct, frozen=True):
    """What of a line its modifiers' shares depend on."""

    procedure: str
    day: dt.date
    modifiers: tuple[str, ...]
    quantity_thousandths: int
    care_dates: CareDates
    indicators: Indicators | None
    """None where no table lists the procedure."""
    listed_in: str
    """The table that has them, or that lacks them."""
    own_row: str = ""
    """The modifier whose own row of the fee schedule was priced."""


def rounded(exact: Exact) -> int:
    """An exact amount in whole cents, halves up."""
    if isinstance(exact, int):
        return exact
    return half_up_quotient(exact.numerator, exact.denominator)


def times(exact: Exact, factor: Factor) -> tuple[Exact, PriceStep]:
    """An amount times a share, and the step to it."""
    product = exact * Fraction(factor.basis_points, WHOLE_BASIS_POINTS)
    return product, PriceStep(factor.what, decimal_of(factor.basis_points), rounded(product))


def exactly(exact: Exact, steps: tuple[PriceStep, ...]) -> tuple[PriceStep, ...]:
    """Steps to an amount that the next step takes as it is: where it has parts of a cent, the last tells them."""
    if not steps or exact.denominator == 1:
        return steps
    last = msgspec.structs.replace(steps[-1], what=f"{steps[-1].what}, exactly {exact_dollars(exact)}")
    return (*steps[:-1], last)


def exact_dollars(exact: Exact) -> str:
    """An amount that nothing has rounded in dollars: ``50.005``; as a fraction where a decimal would not end."""
    numerator, denominator = Fraction(exact, 100).as_integer_ratio()
    for digits in range(2, 13):
        if 10**digits % denominator == 0:
            whole, part = divmod(numerator * 10**digits // denominator, 10**digits)
            return f"{whole:,}.{part:0{digits}d}"
    return f"{numerator}/{denominator}"


@lru_cache(maxsize=256)
def decimal_of(basis_points: int) -> str:
    """A share as a plain decimal: 6250 is ``0.625``."""
    whole, part = divmod(basis_points, WHOLE_BASIS_POINTS)
    return f"{whole}.{part:04d}".rstrip("0").rstrip(".")


def before_ranking(rules: PaymentRules, service: Service, price_cents: int) -> Work | Unpriced:
    """What a unit is worth before it is ranked: steps 5 to 7.

    Args:
        rules: the payer's.
        service: the line.
        price_cents: what the contract pays for a unit of the service, component and cap included.
    """
    work = Work(price_cents)
    if not service.modifiers:
        return work
    reported = [modifier for modifier in service.modifiers if modifier in rules.by_report]
    if reported:
        return Unpriced(
            BY_REPORT, f"Procedure {service.procedure} with modifier {', '.join(reported)} is priced from the record."
        )
    part = _row(rules.parts, service)
    if isinstance(part, Unpriced):
        return part
    if part is not None:
        row, modifier = part
        own = row.own_row and modifier == service.own_row
        what = f"{row.name} ({modifier})"
        work = work.times(
            Factor(f"{what}, a row of its own" if own else what, WHOLE_BASIS_POINTS if own else row.basis_points)
        )
    care = _row(rules.care, service)
    if isinstance(care, Unpriced):
        return care
    if care is not None:
        split = _care(rules, service, *care, work)
        if isinstance(split, Unpriced):
            return split
        work = split
    sides = rules.both_sides
    both = [modifier for modifier in service.modifiers if sides and modifier in sides.modifiers]
    if both:
        if service.quantity_thousandths != 1000 and not work.whole_line:
            return Unpriced(
                NO_SHARE,
                f"Modifier {both[0]} bills both sides of procedure {service.procedure} in one unit, and the line has "
                f"{quantity_text(service.quantity_thousandths)}: once for each side, or both sides so many times.",
            )
        factor = both_sides(rules, service, f"both sides ({both[0]})")
        return factor if isinstance(factor, Unpriced) else work.times(factor)
    return work


def both_sides(rules: PaymentRules, service: Service, what: str) -> Factor | Unpriced:
    """The share of the fee for both sides together, by the bilateral indicator."""
    row = service.indicators
    if row is None or rules.both_sides is None:
        return _no_indicator(service, "bilateral indicator")
    basis_points = rules.both_sides.basis_points.get(row.bilateral)
    if basis_points is None:
        return Unpriced(
            NO_SHARE,
            f"{rules.stamp} gives no share for both sides of procedure {service.procedure}, whose bilateral indicator is "
            f"{row.bilateral}.",
        )
    return Factor(f"{what}, bilateral indicator {row.bilateral}", basis_points)


def technical_share(rules: PaymentRules, service: Service) -> Factor | Unpriced | None:
    """What a modifier leaves of the technical part; None where no modifier of the line is about it."""
    row = _row(rules.technical_part, service)
    if row is None or isinstance(row, Unpriced):
        return row
    return Factor(f"{row[0].name} ({row[1]}), of the technical part", row[0].basis_points)


def joint(rules: PaymentRules, service: Service) -> tuple[Factor, ...] | Unpriced:
    """The share of each of several surgeons: step 9."""
    row = _row(rules.joint, service)
    if isinstance(row, Unpriced):
        return row
    return () if row is None else (Factor(f"{row[0].name} ({row[1]})", row[0].basis_points),)


def after_ranking(
    rules: PaymentRules, service: Service, taxonomies: Sequence[str], said: Sequence[str] = ()
) -> tuple[Factor, ...] | Unpriced:
    """The shares of who assists, and of the practitioner's kind: steps 11 and 12.

    Args:
        rules: the payer's.
        service: the line.
        taxonomies: the rendering provider's specialties; none where nobody knows them.
        said: modifiers of which the price says already what they are paid.
    """
    assistant = _row(rules.assistants, service)
    if isinstance(assistant, Unpriced):
        return assistant
    factors: tuple[Factor, ...] = ()
    if assistant is not None and assistant[1] not in said:
        factors = (Factor(f"{assistant[0].name} ({assistant[1]})", assistant[0].basis_points),)
    if not rules.practitioners or (assistant is not None and assistant[0].holds_practitioner):
        return factors
    if not taxonomies and rules.unknown_practitioner_waits:
        return Unpriced(NO_SHARE, "The kind of practitioner is neither on the claim nor on our provider file.")
    kind = practitioner(rules, taxonomies)
    return factors if kind is None else (*factors, kind)


def practitioner(rules: PaymentRules, taxonomies: Sequence[str]) -> Factor | None:
    """The share of a practitioner's kind; whoever has any other specialty is paid as that."""
    for row in rules.practitioners if taxonomies else ():
        if all(taxonomy.startswith(row.taxonomies) for taxonomy in taxonomies):
            return Factor(row.name, row.basis_points)
    return None


def assists(rules: PaymentRules, modifiers: Sequence[str]) -> bool:
    """Whether a line is an assistant's, who ranks among the lines of assistants only."""
    return bool(modifiers) and any(modifier in row.modifiers for row in rules.assistants for modifier in modifiers)


def care_of(rules: PaymentRules, modifiers: Sequence[str]) -> CareShare | None:
    """The parts of an operation's care that a line bills; None for the whole."""
    return next((row for row in rules.care if row.modifiers.holds_any(modifiers)), None) if modifiers else None


def days_of_care(rules: PaymentRules, modifiers: Sequence[str]) -> bool:
    """Whether a line bills days of care after an operation, which its units may count."""
    care = care_of(rules, modifiers)
    return care is not None and care.by_days


_RowT = TypeVar("_RowT", ModifierShare, CareShare)


def _row(rows: Sequence[_RowT], service: Service) -> tuple[_RowT, str] | Unpriced | None:
    """The row of a line's modifier, and the modifier; two of one step together are nothing that a machine prices."""
    if not service.modifiers:
        return None
    found = [(row, modifier) for modifier in service.modifiers for row in rows if modifier in row.modifiers]
    if len(found) > 1:
        both = " and ".join(modifier for _, modifier in found)
        return Unpriced(NO_SHARE, f"No rule says what modifiers {both} together make of procedure {service.procedure}.")
    return found[0] if found else None


def _care(rules: PaymentRules, service: Service, row: CareShare, modifier: str, work: Work) -> Work | Unpriced:
    """The parts of an operation's care that a line bills, each rounded to the cent."""
    table = service.indicators
    if table is None:
        return _no_indicator(service, "shares of care")
    what = f"{row.name} ({modifier})"
    if table.global_days in rules.care_undivided and row.intraoperative and not (row.preoperative or row.postoperative):
        return work.times(Factor(f"{what}, global days {table.global_days}", WHOLE_BASIS_POINTS))
    shares = (
        (row.preoperative, "before", table.preoperative_basis_points),
        (row.intraoperative, "operation", table.intraoperative_basis_points),
        (row.postoperative, "after", table.postoperative_basis_points),
    )
    billed = [(name, share) for pays, name, share in shares if pays]
    period = rules.care_days.get(table.global_days)
    if period is None or not any(share for _, share in billed):
        return Unpriced(
            NO_SHARE,
            f"{service.listed_in} divides the care of procedure {service.procedure} (global days {table.global_days}) into no "
            f"such part as modifier {modifier} bills.",
        )
    cents = sum(rounded(work.exact * Fraction(share, WHOLE_BASIS_POINTS)) for _, share in billed)
    told = " + ".join(f"{decimal_of(share)} {name}" for name, share in billed)
    steps = (*work.steps, PriceStep(f"{what}: {told}", decimal_of(sum(share for _, share in billed)), cents))
    whole = Work(Fraction(cents), steps)
    return _by_days(service, modifier, whole, cents, period) if row.by_days else whole


def _by_days(service: Service, modifier: str, whole: Work, whole_cents: int, period: int) -> Work | Unpriced:
    """Of the care after an operation the days that the claim's dates tell, both of them counted.

    The operation is on the line's day and the care begins on the next; who does not say when it began had it from there, and
    who does not say when it ended, to the end of the period. Dates are never guessed: where there is none, the line waits.
    """
    assumed, relinquished = service.care_dates.assumed, service.care_dates.relinquished
    what = f"Procedure {service.procedure} with modifier {modifier}"
    if assumed is None and relinquished is None:
        return Unpriced(
            CARE_DATES,
            f"{what} is paid by its days of care, and the claim tells neither when the care was assumed (DTP*090) nor when it "
            "was relinquished (DTP*091).",
        )
    began, ends = service.day + dt.timedelta(days=1), service.day + dt.timedelta(days=period)
    first, last = max(assumed or began, began), min(relinquished or ends, ends)
    if first > last or (assumed is not None and assumed < service.day):
        told = " ".join(
            f"{word} {day}"
            for word, day in (("assumed on", assumed), ("relinquished on", relinquished))
            if day is not None
        )
        return Unpriced(
            CARE_DATES,
            f"{what} bills care {told}, which leaves none of the {period} days of care from {began} through {ends}.",
        )
    days = (last - first).days + 1
    if service.quantity_thousandths not in (1000, 1000 * days):
        return Unpriced(
            CARE_DATES,
            f"{what} bills {quantity_text(service.quantity_thousandths)} units, and the claim's dates tell "
            f"{counted(days, 'day')} of care, from {first} through {last}.",
        )
    exact = Fraction(whole_cents * days, period)
    step = PriceStep(f"{days} of {period} days of care, {first} through {last}", "", rounded(exact))
    return Work(exact, (*whole.steps, step), whole_line=True)


def _no_indicator(service: Service, name: str) -> Unpriced:
    return Unpriced(
        NO_SHARE, f"{service.listed_in} does not list procedure {service.procedure}, so its {name} is not known."
    )
