"""Copay, deductible, coinsurance and the out-of-pocket limit in the canonical order of domain/04 section 2."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from adjudicator.benefits.accumulators import DEDUCTIBLE, OUT_OF_POCKET, Accumulators
from adjudicator.benefits.covered import CoveredLine
from adjudicator.model.case import Case
from adjudicator.model.decision import AccumulatorEntry, CostShare
from adjudicator.model.money import half_up_quotient

RULES = ("copay", "deductible", "coinsurance", "out-of-pocket-met")
"""Rules that cost share may answer with."""

_WHOLE = 10_000
"""All of it, in basis points."""


class SharedLine(msgspec.Struct, frozen=True):
    """A line's cost share, the entries it moves once the claim is final, and whether the out-of-pocket limit cut it."""

    covered: CoveredLine
    """What the share was taken of."""
    share: CostShare
    entries: tuple[AccumulatorEntry, ...]
    limited: bool


def share_lines(case: Case, lines: Sequence[CoveredLine]) -> dict[int, SharedLine]:
    """Work out what the member owes of what is covered of each line, by line number.

    Lines are taken by service date, then line number: crossing a deductible depends on the order, so it is fixed.
    """
    member = case.member
    if member is None:
        return {}
    accumulators = Accumulators(case, member)
    copays = _Copays(case)
    return {
        covered.line.number: _share(covered, accumulators, copays)
        for covered in sorted(lines, key=lambda covered: (covered.line.from_date, covered.line.number))
    }


class _Copays:
    """One copay a visit (the same billing provider on the same day): of several the highest, taken in line order."""

    def __init__(self, case: Case) -> None:
        self._taken_cents: dict[dt.date, int] = {}
        for earlier in case.history:
            if earlier.copay_cents and earlier.billing_tax_id == case.claim.billing.tax_id:
                self.take(earlier.from_date, earlier.copay_cents)

    def left_cents(self, day: dt.date, copay_cents: int) -> int:
        return max(0, copay_cents - self._taken_cents.get(day, 0))

    def take(self, day: dt.date, amount_cents: int) -> None:
        self._taken_cents[day] = self._taken_cents.get(day, 0) + amount_cents


def _share(covered: CoveredLine, accumulators: Accumulators, copays: _Copays) -> SharedLine:
    """One line's cost share: every step takes at most what is left, and the out-of-pocket limit caps the whole."""
    line, terms, allowed_cents = covered.line, covered.terms, covered.allowed_cents
    day = line.from_date
    assert day is not None
    benefit = terms.plan.benefit_for(line.procedure)
    owed = terms.cost_share(benefit)
    deductible_left_cents = accumulators.left_cents(DEDUCTIBLE, terms, day)
    out_of_pocket_left_cents = accumulators.left_cents(OUT_OF_POCKET, terms, day)
    left_cents, copay, deductible, coinsurance = allowed_cents, 0, 0, 0
    for step in terms.plan.cost_share_order:
        if step == "copay" and not line.copay_exempt:
            copay = min(left_cents, copays.left_cents(day, owed.copay_cents))
            left_cents -= copay
        elif step == "deductible" and owed.deductible:
            deductible = min(left_cents, deductible_left_cents)
            left_cents -= deductible
        elif step == "coinsurance":
            base_cents = allowed_cents - deductible - copay
            coinsurance = min(left_cents, half_up_quotient(base_cents * owed.coinsurance_basis_points, _WHOLE))
            left_cents -= coinsurance
    over_cents = max(0, copay + deductible + coinsurance - out_of_pocket_left_cents)
    limited = over_cents > 0
    coinsurance, over_cents = _reduced(coinsurance, over_cents)
    copay, over_cents = _reduced(copay, over_cents)
    deductible, over_cents = _reduced(deductible, over_cents)

    first_entry = len(accumulators.entries)
    copays.take(day, copay)
    accumulators.take(DEDUCTIBLE, terms, day, line.number, deductible)
    accumulators.take(OUT_OF_POCKET, terms, day, line.number, copay + deductible + coinsurance)
    return SharedLine(
        covered=covered,
        share=CostShare(
            plan=terms.plan.stamp,
            benefit=benefit.id,
            tier=terms.tier,
            copay_cents=copay,
            deductible_cents=deductible,
            coinsurance_cents=coinsurance,
            coinsurance_rate=f"{owed.coinsurance_basis_points / _WHOLE:g}",
            deductible_left_cents=deductible_left_cents,
            out_of_pocket_left_cents=out_of_pocket_left_cents,
        ),
        entries=tuple(accumulators.entries[first_entry:]),
        limited=limited,
    )


def _reduced(amount_cents: int, over_cents: int) -> tuple[int, int]:
    """Take what is over the limit off one amount; returns the amount and what is still over."""
    taken_cents = min(amount_cents, over_cents)
    return amount_cents - taken_cents, over_cents - taken_cents
