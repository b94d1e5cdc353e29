"""Several procedures of a day: who ranks before whom, and which share each rank is paid (domain/03 section 7).

Rank goes by the fee after both sides, never by charge, line order or modifier 51. Units above one are further procedures.
Where two are worth the same, what is billed decides and the line's number comes last, so that lines in another order give
the same total.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from adjudicator.policy.payment_rules import Ranking


class Candidate(msgspec.Struct, frozen=True):
    """What takes part in a ranking: so many units of one procedure, or a family as one."""

    key: int
    """Who asks: an index of the caller's."""
    amount: Fraction | int
    """What a unit is ranked by."""
    count: int
    shares: tuple[int, ...]
    """By rank, in basis points."""
    further: int | None
    """Of every later rank; None: by report."""
    order: tuple[Any, ...] = ()
    """Between those of the same amount."""


class Run(msgspec.Struct, frozen=True):
    """Some units of a candidate that are paid one share."""

    rank: int
    """Of the first of them, from 1."""
    units: int
    basis_points: int | None
    """None: by report."""


def candidate(key: int, amount: Fraction | int, count: int, row: Ranking, order: tuple[Any, ...]) -> Candidate:
    """A procedure in the ranking of a row of the payer's rules."""
    return Candidate(key, amount, count, row.shares, row.further, order)


def ranked(candidates: Iterable[Candidate], taken: int = 0) -> dict[int, tuple[Run, ...]]:
    """The share of every unit, by candidate; units of one candidate stand together, so that many cost no more than one.

    Args:
        candidates: what ranks.
        taken: how many ranks others have before all of them.
    """
    runs: dict[int, tuple[Run, ...]] = {}
    position = taken
    for one in sorted(candidates, key=lambda one: (-one.amount, one.order, one.key)):
        own: list[Run] = []
        listed = max(0, min(one.count, len(one.shares) - position))
        for rank in range(position, position + listed):
            _add(own, rank + 1, 1, one.shares[rank])
        if one.count > listed:
            _add(own, position + listed + 1, one.count - listed, one.further)
        position += one.count
        runs[one.key] = tuple(own)
    return runs


def _add(runs: list[Run], rank: int, units: int, share: int | None) -> None:
    """Add units of one share: to the last of some runs where they are paid the same, else as a run of their own."""
    if runs and runs[-1].basis_points == share:
        runs[-1] = Run(runs[-1].rank, runs[-1].units + units, share)
    else:
        runs.append(Run(rank, units, share))


def spread(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """A total divided by weights into whole numbers that add up to it: largest remainder, the earlier of equal ones first.

    Args:
        total: what is divided, not negative.
        weights: not negative; where all are 0 the parts are as equal as they can be.
    """
    if len(weights) == 1:
        return [total]
    whole = sum(weights)
    parts = [Fraction(weight) / Fraction(whole) if whole else Fraction(1, len(weights)) for weight in weights]
    shares = [part * total for part in parts]
    floors = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: (floors[index] - shares[index], index))
    for index in by_remainder[: total - sum(floors)]:
        floors[index] += 1
    return floors
