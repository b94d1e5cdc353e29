"""The member's share of a claim's lines in plain integers: copay, deductible, coinsurance, out-of-pocket limit, line by line.

A second opinion, written from the certificates and the worked examples of the trade; it imports nothing of the engine.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.proofs import rulebook


@dataclass(frozen=True)
class PricedLine:
    """A line that is covered, and what the contract allows for it."""

    number: int
    day: dt.date
    procedure: str
    modifiers: tuple[str, ...]
    allowed_cents: int


@dataclass(frozen=True)
class Share:
    """What the member owes of a line."""

    copay_cents: int
    deductible_cents: int
    coinsurance_cents: int
    limited: bool = False
    """Whether the out-of-pocket limit cut it."""

    @property
    def total_cents(self) -> int:
        """All of it."""
        return self.copay_cents + self.deductible_cents + self.coinsurance_cents


class Ledger:
    """What every member and family has used of its limits, in the order in which claims are decided."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str, str, int], int] = defaultdict(int)

    def shares(
        self, member: str, family: str, plan: str, in_network: bool, lines: Sequence[PricedLine]
    ) -> dict[int, Share]:
        """The member's share of each line of a claim, by number; the ledger keeps what they use of the limits."""
        tier = "in_network" if in_network else "out_of_network"
        copays: dict[dt.date, int] = defaultdict(int)
        return {
            line.number: self._share(member, family, plan, tier, line, copays)
            for line in sorted(lines, key=lambda line: (line.day, line.number))
        }

    def _share(
        self, member: str, family: str, plan: str, tier: str, line: PricedLine, copays: dict[dt.date, int]
    ) -> Share:
        certificate = rulebook.version(plan, line.day)
        row = rulebook.benefit_row(plan, line.procedure, line.modifiers, tier, line.day)
        owners = ((f"member {member}", "individual"), (f"family {family}", "family"))

        def left_cents(limit: str) -> int:
            """The lesser of what the member and the family may still owe; an aggregate limit may have a cap for a person."""
            terms = certificate[tier][limit]
            most = {"individual": terms.get("individual", terms.get("self_only_cap")), "family": terms.get("family")}
            return min(
                rulebook.cents(most[kind]) - self._used[owner, limit, tier, line.day.year]
                for owner, kind in owners
                if most[kind] is not None
            )

        left = line.allowed_cents
        copay = deductible = coinsurance = 0
        for step in certificate["cost_share_order"]:
            if step == "copay":
                # One copay a visit: of several the highest, so a line owes what is above those already taken on its day.
                copay = min(left, max(0, rulebook.cents(row.get("copay", "0")) - copays[line.day]))
                left -= copay
            elif step == "deductible" and row.get("deductible") == "true":
                deductible = min(left, left_cents("deductible"))
                left -= deductible
            elif step == "coinsurance":
                base = line.allowed_cents - deductible - copay
                rate = rulebook.scaled(row.get("coinsurance", "0"), 4)
                coinsurance = min(left, rulebook.half_up(base * rate, 10_000))
                left -= coinsurance
        over = max(0, copay + deductible + coinsurance - left_cents("out_of_pocket"))
        limited = over > 0
        # At the limit the coinsurance gives way first, then the copay, then the deductible.
        cut = min(coinsurance, over)
        coinsurance, over = coinsurance - cut, over - cut
        cut = min(copay, over)
        copay, over = copay - cut, over - cut
        deductible -= over
        copays[line.day] += copay
        for owner, _ in owners:
            self._used[owner, "deductible", tier, line.day.year] += deductible
            self._used[owner, "out_of_pocket", tier, line.day.year] += copay + deductible + coinsurance
        return Share(copay, deductible, coinsurance, limited)
