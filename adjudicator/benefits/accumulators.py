"""What is left of each deductible and out-of-pocket limit while a claim's lines are worked through in order."""

import datetime as dt

import msgspec

from adjudicator.model.case import Case, Member
from adjudicator.model.decision import AccumulatorEntry, LimitUse
from adjudicator.policy.policy_set import PlanVersion
from adjudicator.policy.terms import Terms

DEDUCTIBLE, OUT_OF_POCKET = "deductible", "out_of_pocket"


_Key = tuple[str, str, str, dt.date]
"""Owner, accumulator, tier and period of a balance."""
_Limit = tuple[str, _Key, int]
"""``member`` or ``family``, the key of the balance, and the limit in cents."""


class Overshoot(msgspec.Struct, frozen=True):
    """An accumulator that stands above its limit before the claim: somebody was charged too much (domain/04 section 5)."""

    owner: str
    """``member`` or ``family``."""
    accumulator: str
    tier: str
    period_start: dt.date
    limit_cents: int
    used_cents: int


class Accumulators:
    """The balances of one case plus what its own earlier lines have taken.

    A person stops at the individual limit or when the family's is reached, whichever of the two the plan has; what a plan
    counts toward its other tier as well is added there as far as that tier's limit has room (domain/04 section 3).
    """

    def __init__(self, case: Case, member: Member) -> None:
        """Start from the case's balances."""
        self._owners = (("member", f"member:{member.member_id}"), ("family", f"family:{member.family_id}"))
        self._used: dict[_Key, int] = {
            (balance.owner, balance.accumulator, balance.tier, balance.period_start): balance.used_cents
            for balance in case.balances
        }
        self._limits: dict[tuple[str, str, dt.date, int], tuple[_Limit, ...]] = {}
        """By accumulator, tier, period and plan version: what was looked up once."""
        self.entries: list[AccumulatorEntry] = []
        self.overshoots: dict[Overshoot, None] = {}
        """What was found above its limit, in the order in which it was found."""

    def left_cents(self, accumulator: str, terms: Terms, period_start: dt.date) -> int:
        """What can still be taken: the lesser of the individual's and the family's remainder, never below zero."""
        return self._left_cents(accumulator, terms.plan, terms.tier, period_start)

    def take(self, accumulator: str, terms: Terms, period_start: dt.date, line: int, amount_cents: int) -> None:
        """Record an amount for the member and the family; nothing is recorded for zero."""
        if amount_cents == 0:
            return
        self._record(accumulator, terms.tier, period_start, line, amount_cents)
        other = terms.limits.counts_toward
        if other:
            room_cents = self._left_cents(accumulator, terms.plan, other, period_start)
            if room_cents:
                self._record(accumulator, other, period_start, line, min(amount_cents, room_cents))

    def uses(self, accumulator: str, terms: Terms, period_start: dt.date, added_cents: int) -> tuple[LimitUse, ...]:
        """What stands in each limit that bears on a line, and what the line adds to it; asked before the line takes it."""
        tier = terms.tier
        return tuple(
            [
                LimitUse(accumulator, kind, tier, limit_cents, self._used.get(key, 0), added_cents)
                for kind, key, limit_cents in self._limits_of(accumulator, terms.plan, tier, period_start)
            ]
        )

    def _left_cents(self, accumulator: str, plan: PlanVersion, tier: str, start: dt.date) -> int:
        left_cents = None
        for kind, key, limit_cents in self._limits_of(accumulator, plan, tier, start):
            rest_cents = limit_cents - self._used.get(key, 0)
            if rest_cents < 0:
                found = Overshoot(kind, accumulator, tier, start, limit_cents, limit_cents - rest_cents)
                self.overshoots[found] = None
                rest_cents = 0
            if left_cents is None or rest_cents < left_cents:
                left_cents = rest_cents
        return left_cents or 0

    def _limits_of(self, accumulator: str, plan: PlanVersion, tier: str, start: dt.date) -> tuple[_Limit, ...]:
        """The limits that the plan sets, the individual's first: at least one of the two."""
        # Lines hold on to their plan, so that no other can come to have its identity meanwhile.
        known = self._limits.get((accumulator, tier, start, id(plan)))
        if known is None:
            pair = plan.tier(tier).deductible if accumulator == DEDUCTIBLE else plan.tier(tier).out_of_pocket
            known = tuple(
                (kind, (owner, accumulator, tier, start), limit_cents)
                for (kind, owner), limit_cents in zip(
                    self._owners, (pair.individual_cents, pair.family_cents), strict=True
                )
                if limit_cents is not None
            )
            self._limits[accumulator, tier, start, id(plan)] = known
        return known

    def _record(self, accumulator: str, tier: str, start: dt.date, line: int, amount_cents: int) -> None:
        for _, owner in self._owners:
            key = (owner, accumulator, tier, start)
            self._used[key] = self._used.get(key, 0) + amount_cents
            self.entries.append(AccumulatorEntry(line, owner, accumulator, tier, start, amount_cents))
