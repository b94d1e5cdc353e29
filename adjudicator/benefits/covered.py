"""How much of a line's allowed amount is covered: what the contract allows, less what units, penalties or limits take off it.

One mechanism for all. An edit's REDUCE finding carries ``covered_quantity_thousandths`` (units) or ``covered_basis_points``
(a penalty), and ``covered_line`` applies all of a line's, in the order of their stages, before cost share. A limit in money
that is only found while cost share is worked out calls ``CoveredLine.to_cents`` with its finding before the first step of
the share. Either way the cut becomes an adjustment with the finding's own reason, and cost share sees only what is left
(domain/04 sections 2 and 4, rows 9 to 9d).
"""

import datetime as dt
from collections.abc import Iterable

import msgspec

from adjudicator.model.claim import Line
from adjudicator.model.dates import days_between
from adjudicator.model.decision import Finding, Verdict
from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.policy.terms import Terms


class Cut(msgspec.Struct, frozen=True):
    """What one finding takes off a line's allowed amount."""

    finding: Finding
    amount_cents: int
    quantity_thousandths: int | None = None
    """The units that it takes; None when it counts money."""


class CoveredLine(msgspec.Struct, frozen=True):
    """A priced line and what is covered of it so far."""

    line: Line
    terms: Terms
    price_cents: int
    """What the contract allows for the whole line."""
    allowed_cents: int
    """What is covered of that."""
    quantity_thousandths: int
    """How many of the line's units are covered."""
    cuts: tuple[Cut, ...] = ()
    """In the order in which they were made, each from what the earlier ones left."""
    initial_basis_points: int = WHOLE_BASIS_POINTS
    """What the plan pays first with the member's share, of what is covered; more than all of it of protected lines only."""
    covered_days: tuple[dt.date, ...] | None = None
    """On which of its days it is covered; None on all of them."""

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Every day of service on which it is covered, in order."""
        if self.covered_days is not None:
            return self.covered_days
        assert self.line.from_date is not None
        return days_between(self.line.from_date, self.line.through_date or self.line.from_date)

    @property
    def above_cents(self) -> int:
        """What the plan pays first above what is covered, of which the member owes nothing; at most the rest of the charge."""
        if self.initial_basis_points == WHOLE_BASIS_POINTS:
            return 0
        left_cents = self.line.charge_cents - sum([cut.amount_cents for cut in self.cuts])
        first_cents = half_up_quotient(self.allowed_cents * self.initial_basis_points, WHOLE_BASIS_POINTS)
        return max(0, min(first_cents, left_cents) - self.allowed_cents)

    def to_quantity(self, finding: Finding, covered_thousandths: int) -> "CoveredLine":
        """Cover at most so many of the line's units; itself when no more than that is covered already.

        The units share the amount evenly. While only units were cut, the covered amount is worked out of the whole line's
        price each time, so that several cuts round no more than one.
        """
        if covered_thousandths >= self.quantity_thousandths:
            return self
        amount_cents, units_thousandths = self.price_cents, self.line.quantity_thousandths
        if any(cut.quantity_thousandths is None for cut in self.cuts):
            amount_cents, units_thousandths = self.allowed_cents, self.quantity_thousandths
        left_cents = half_up_quotient(amount_cents * covered_thousandths, units_thousandths)
        return self._less(finding, left_cents, covered_thousandths)

    def to_cents(self, finding: Finding, covered_cents: int) -> "CoveredLine":
        """Cover at most so many cents; itself when no more than that is covered already."""
        if covered_cents >= self.allowed_cents:
            return self
        return self._less(finding, covered_cents, self.quantity_thousandths)

    def _less(self, finding: Finding, allowed_cents: int, quantity_thousandths: int) -> "CoveredLine":
        cut = Cut(
            finding=finding,
            amount_cents=self.allowed_cents - allowed_cents,
            quantity_thousandths=(self.quantity_thousandths - quantity_thousandths) or None,
        )
        return msgspec.structs.replace(
            self, allowed_cents=allowed_cents, quantity_thousandths=quantity_thousandths, cuts=(*self.cuts, cut)
        )


def covered_line(
    line: Line,
    terms: Terms,
    price_cents: int,
    findings: Iterable[Finding],
    initial_basis_points: int = WHOLE_BASIS_POINTS,
) -> CoveredLine:
    """A priced line after every cut that its findings make: units and reviewers' prices first, then penalties, by stage."""
    covered = CoveredLine(
        line,
        terms,
        price_cents,
        price_cents,
        line.quantity_thousandths,
        initial_basis_points=initial_basis_points,
    )
    cuts = [finding for finding in findings if finding.verdict is Verdict.REDUCE and finding.line == line.number]
    cuts.sort(key=lambda finding: finding.stage)
    for finding in cuts:
        if finding.covered_quantity_thousandths is not None:
            covered = covered.to_quantity(finding, finding.covered_quantity_thousandths)
        if finding.price_cents is not None:
            covered = covered.to_cents(finding, finding.price_cents)
    for finding in cuts:
        if finding.covered_basis_points is not None:
            left_cents = half_up_quotient(covered.allowed_cents * finding.covered_basis_points, WHOLE_BASIS_POINTS)
            covered = covered.to_cents(finding, left_cents)
    return covered
