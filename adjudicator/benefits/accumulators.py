"""What is left of each deductible and out-of-pocket limit while a claim's lines are worked through in order."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from adjudicator.model.case import Case, Member
from adjudicator.model.decision import AccumulatorEntry, LimitUse
from adjudicator.policy.policy_set import LimitPair, PlanVersion
from adjudicator.policy.terms import Terms, period_start

DEDUCTIBLE, OUT_OF_POCKET = "deductible", "out_of_pocket"


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
        self._member = f"member:{member.member_id}"
        self._family = f"family:{member.family_id}"
        self._used = {
            (balance.owner, balance.accumulator, balance.tier, balance.period_start): balance.used_cents
            for balance in case.balances
        }
        self.entries: list[AccumulatorEntry] = []
        self.overshoots: dict[Overshoot, None] = {}
        """What was found above its limit, in the order in which it was found."""

    def left_cents(self, accumulator: str, terms: Terms, day: dt.date) -> int:
        """What can still be taken: the lesser of the individual's and the family's remainder, never below zero."""
        return self._left_cents(accumulator, terms.plan, terms.tier, period_start(day))

    def take(self, accumulator: str, terms: Terms, day: dt.date, line: int, amount_cents: int) -> None:
        """Record an amount for the member and the family; nothing is recorded for zero."""
        start = period_start(day)
        self._record(accumulator, terms.tier, start, line, amount_cents)
        other = terms.limits.counts_toward
        if other and amount_cents:
            room_cents = self._left_cents(accumulator, terms.plan, other, start)
            self._record(accumulator, other, start, line, min(amount_cents, room_cents))

    def uses(self, accumulator: str, terms: Terms, day: dt.date, added_cents: int) -> tuple[LimitUse, ...]:
        """What stands in each limit that bears on a line, and what the line adds to it; asked before the line takes it."""
        start = period_start(day)
        return tuple(
            LimitUse(
                accumulator=accumulator,
                owner=owner.partition(":")[0],
                tier=terms.tier,
                limit_cents=limit_cents,
                before_cents=self._used.get((owner, accumulator, terms.tier, start), 0),
                added_cents=added_cents,
            )
            for owner, limit_cents in self._limits(accumulator, terms.plan, terms.tier)
        )

    def _left_cents(self, accumulator: str, plan: PlanVersion, tier: str, start: dt.date) -> int:
        lefts = []
        for owner, limit_cents in self._limits(accumulator, plan, tier):
            used_cents = self._used.get((owner, accumulator, tier, start), 0)
            lefts.append(limit_cents - used_cents)
            if used_cents > limit_cents:
                kind = owner.partition(":")[0]
                self.overshoots[Overshoot(kind, accumulator, tier, start, limit_cents, used_cents)] = None
        return max(0, min(lefts))

    def _limits(self, accumulator: str, plan: PlanVersion, tier: str) -> Iterator[tuple[str, int]]:
        """The owners whose limit the plan sets, with it: at least one of the two."""
        limits = plan.tier(tier)
        pair: LimitPair = limits.deductible if accumulator == DEDUCTIBLE else limits.out_of_pocket
        if pair.individual_cents is not None:
            yield self._member, pair.individual_cents
        if pair.family_cents is not None:
            yield self._family, pair.family_cents

    def _record(self, accumulator: str, tier: str, start: dt.date, line: int, amount_cents: int) -> None:
        if amount_cents == 0:
            return
        for owner in (self._member, self._family):
            key = (owner, accumulator, tier, start)
            self._used[key] = self._used.get(key, 0) + amount_cents
            self.entries.append(
                AccumulatorEntry(
                    line=line,
                    owner=owner,
                    accumulator=accumulator,
                    tier=tier,
                    period_start=start,
                    amount_cents=amount_cents,
                )
            )
