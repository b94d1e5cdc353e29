"""The rows of a contract: for which services, which price, and within which bounds (domain/03 sections 11 and 12)."""

import datetime as dt
from functools import cached_property

import msgspec

from adjudicator.model.case import Case, HistoryLine
from adjudicator.model.claim import Line, UnitBasis
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars, half_up_quotient
from adjudicator.policy.code_set import CodeSet


class PayCondition(msgspec.Struct, frozen=True):
    """Which services of its procedures a row is for; every part that is given must hold."""

    places: CodeSet | None = None
    """Places of service."""
    modifiers: CodeSet | None = None
    """The line has one of these."""
    rendering: frozenset[str] = frozenset()
    """NPIs of practitioners; empty for any."""
    taxonomies: tuple[str, ...] = ()
    """Beginnings of the rendering provider's taxonomy codes; empty for any."""

    def holds(self, case: Case, line: Line | HistoryLine) -> bool:
        """Whether a service of this claim, or of an earlier one, is one of them."""
        if self.places is not None and line.place_of_service not in self.places:
            return False
        if self.modifiers is not None and not self.modifiers.holds_any(line.modifiers):
            return False
        if self.rendering:
            npi = line.rendering.npi if isinstance(line, Line) else line.rendering_npi
            if npi not in self.rendering:
                return False
        if not self.taxonomies:
            return True
        taxonomies = case.taxonomies_of(line) if isinstance(line, Line) else line.taxonomies
        return any(taxonomy.startswith(self.taxonomies) for taxonomy in taxonomies)


class Bound(msgspec.Struct, frozen=True):
    """The least or the most that a row pays for a line: a share of its charge, or an amount for each unit."""

    charge_basis_points: int | None
    """None: the bound is an amount."""
    unit_cents: int = 0

    def cents(self, line: Line, *, whole_line: bool = False) -> int:
        """The bound of a line, rounded half up once; a price of the whole line and one of minutes are of one unit."""
        if self.charge_basis_points is None:
            if whole_line or line.unit_basis is UnitBasis.MINUTES:
                return self.unit_cents
            return half_up_quotient(self.unit_cents * line.quantity_thousandths, 1000)
        return half_up_quotient(line.charge_cents * self.charge_basis_points, WHOLE_BASIS_POINTS)

    def told(self, line: Line) -> str:
        """The bound in words: ``0.3 of the charge 250.00``."""
        if self.charge_basis_points is None:
            return f"{dollars(self.unit_cents)} a unit"
        return f"{self.charge_basis_points / WHOLE_BASIS_POINTS:g} of the charge {dollars(line.charge_cents)}"


class Escalator(msgspec.Struct, frozen=True):
    """A rise of a row's rate on every anniversary of a day."""

    since: dt.date
    yearly_basis_points: int
    """3 % is 300."""

    def full_years(self, day: dt.date) -> int:
        """How many full years a date of service lies after the first day; 0 before it.

        A rate that rises since 29 February rises on 1 March of years without that day.
        """
        since = self.since
        return max(0, day.year - since.year - ((day.month, day.day) < (since.month, since.day)))


class PayRule(msgspec.Struct, frozen=True, dict=True):
    """One row of a contract: for which services, which schedule, which share of it."""

    procedures: CodeSet
    schedule: str | None
    """None: the rate is a share of the line's charge, or of the row's own amount."""
    rate_numerator: int
    rate_denominator: int
    """The rate as an exact fraction: 1.15 is 115/100."""
    lesser_of_charge: bool
    """Whether the line's charge caps its payment."""
    rules: str = ""
    """The payment rules for modifiers and several procedures of a day; empty: such lines wait."""
    unit_cents: int | None = None
    """The row's own amount of a unit; None where it names a schedule or pays a share of the charge."""
    only: PayCondition | None = None
    """Which services of the procedures; None for all."""
    listed_only: bool = False
    """Whether a procedure that the schedule does not list falls to the rows below; else it waits."""
    floor: Bound | None = None
    ceiling: Bound | None = None
    """What wins where the floor is above it."""
    escalator: Escalator | None = None
    raised: str = ""
    """How the rate came about, in words, where an escalator has raised it."""
    lesser_of_claim: bool = False
    """Whether the charges of all such lines of a claim together cap their payments together."""

    @cached_property
    def rate(self) -> str:
        """The rate as a plain decimal, ``1.15``; the denominator is a power of ten."""
        digits = len(str(self.rate_denominator)) - 1
        whole, part = divmod(self.rate_numerator, self.rate_denominator)
        return f"{whole}.{part:0{digits}d}".rstrip("0").rstrip(".") if digits else str(whole)

    def at_rate(self, cents: int) -> int:
        """The row's share of an amount, rounded half up once."""
        return half_up_quotient(cents * self.rate_numerator, self.rate_denominator)

    def allowed_cents(self, line: Line, fee_cents: int) -> int:
        """The lesser of a line's charge and its fee where the row says so, else the fee (domain/03 section 6)."""
        return min(line.charge_cents, fee_cents) if self.lesser_of_charge else fee_cents

    def is_for_modifier(self, modifier: str) -> bool:
        """Whether the row is for lines with a modifier, so that it says itself what they are paid."""
        return self.only is not None and self.only.modifiers is not None and modifier in self.only.modifiers

    def on(self, day: dt.date) -> "PayRule":
        """The row with its rate of a date of service: exact, whatever the number of years."""
        if self.escalator is None:
            return self
        years = self.escalator.full_years(day)
        if years not in self._by_years:
            self._by_years[years] = self._raised(self.escalator, years)
        return self._by_years[years]

    @cached_property
    def _by_years(self) -> "dict[int, PayRule]":
        return {}

    def _raised(self, escalator: Escalator, years: int) -> "PayRule":
        told = ""
        if years:
            yearly = f"{1 + escalator.yearly_basis_points / WHOLE_BASIS_POINTS:g}"
            counted = "1 full year" if years == 1 else f"{years} full years"
            told = f"rate {self.rate} x {yearly}^{years}: {counted} since {escalator.since}"
        return msgspec.structs.replace(
            self,
            rate_numerator=self.rate_numerator * (WHOLE_BASIS_POINTS + escalator.yearly_basis_points) ** years,
            rate_denominator=self.rate_denominator * WHOLE_BASIS_POINTS**years,
            escalator=None,
            raised=told,
        )
