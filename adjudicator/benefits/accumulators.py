"""What is left of each deductible and out-of-pocket limit while a claim's lines are worked through in order."""

import datetime as dt

import msgspec

from adjudicator.model.case import Case, Member
from adjudicator.model.decision import AccumulatorEntry, LimitUse
from adjudicator.policy.policy_set import PlanVersion
from adjudicator.policy.terms import Terms

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


class _Balance:
    """What one owner has used of one accumulator so far."""

    __slots__ = ("kind", "owner", "used_cents")

    def __init__(self, kind: str, owner: str, used_cents: int) -> None:
        self.kind = kind
        self.owner = owner
        self.used_cents = used_cents


class Accumulators:
    """The balances of one case plus what its own earlier lines have taken."""

    def __init__(self, case: Case, member: Member) -> None:
        """Start from the case's balances."""
        self._case = case
        self._owners = (("member", f"member:{member.member_id}"), ("family", f"family:{member.family_id}"))
        self._balances: dict[tuple[str, str, dt.date], tuple[_Balance, ...]] = {}
        self._known: dict[tuple[str, int, str, dt.date], Accumulator] = {}
        self._under: dict[tuple[int, dt.date], tuple[Accumulator, Accumulator]] = {}
        self.entries: list[AccumulatorEntry] = []
        """What the lines took, in order."""
        self.overshoots: dict[Overshoot, None] = {}
        """What was found above its limit, in the order in which it was found."""

    def under(self, terms: Terms, period_start: dt.date) -> tuple["Accumulator", "Accumulator"]:
        """The deductible and the out-of-pocket maximum that bear on lines under some terms in a period."""
        # Lines hold on to their terms and plan, so that no others can come to have their identity meanwhile.
        key = (id(terms), period_start)
        known = self._under.get(key)
        if known is None:
            known = self._under[key] = (
                self._of(DEDUCTIBLE, terms.plan, terms.tier, period_start),
                self._of(OUT_OF_POCKET, terms.plan, terms.tier, period_start),
            )
        return known

    def _of(self, name: str, plan: PlanVersion, tier: str, start: dt.date) -> "Accumulator":
        key = (name, id(plan), tier, start)
        known = self._known.get(key)
        if known is None:
            limits = plan.tier(tier)
            pair = limits.deductible if name == DEDUCTIBLE else limits.out_of_pocket
            balances = self._balances_of(name, tier, start)
            bearing = [
                (balance, limit_cents)
                for balance, limit_cents in zip(balances, (pair.individual_cents, pair.family_cents), strict=True)
                if limit_cents is not None
            ]
            known = self._known[key] = Accumulator(name, tier, start, balances, bearing, self.entries, self.overshoots)
            if limits.counts_toward:
                known.counts_toward = self._of(name, plan, limits.counts_toward, start)
        return known

    def _balances_of(self, name: str, tier: str, start: dt.date) -> tuple[_Balance, ...]:
        """The member's and the family's balance; two plans of one period share them."""
        key = (name, tier, start)
        known = self._balances.get(key)
        if known is None:
            used = {
                balance.owner: balance.used_cents
                for balance in self._case.balances
                if (balance.accumulator, balance.tier, balance.period_start) == key
            }
            known = tuple(_Balance(kind, owner, used.get(owner, 0)) for kind, owner in self._owners)
            self._balances[key] = known
        return known


class Accumulator:
    """One accumulator of a tier and period under one plan, in cents.

    A person stops at the individual limit or when the family's is reached, whichever of the two the plan has; what a plan
    counts toward its other tier as well is added there as far as that tier's limit has room (domain/04 section 3).
    """

    def __init__(
        self,
        name: str,
        tier: str,
        start: dt.date,
        balances: tuple[_Balance, ...],
        limits: list[tuple[_Balance, int]],
        entries: list[AccumulatorEntry],
        overshoots: dict[Overshoot, None],
    ) -> None:
        """Begin with what stands in the balances; of the limits, the individual's first, there is at least one.

        What is taken is written down in ``entries``, what stands above its limit in ``overshoots``.
        """
        self._entries = entries
        self._overshoots = overshoots
        self._name = name
        self._tier = tier
        self._start = start
        self._balances = balances
        self._limits = limits
        self.counts_toward: Accumulator | None = None
        """The one of the other tier, where what is taken here counts there too."""

    def left_cents(self) -> int:
        """What can still be taken: the lesser of the individual's and the family's remainder, never below zero."""
        left_cents = None
        for balance, limit_cents in self._limits:
            rest_cents = limit_cents - balance.used_cents
            if rest_cents < 0:
                found = Overshoot(balance.kind, self._name, self._tier, self._start, limit_cents, balance.used_cents)
                self._overshoots[found] = None
                rest_cents = 0
            if left_cents is None or rest_cents < left_cents:
                left_cents = rest_cents
        return left_cents or 0

    def uses(self, added_cents: int) -> tuple[LimitUse, ...]:
        """What stands in each limit that bears on a line, and what the line adds to it; asked before the line takes it."""
        return tuple(
            [
                LimitUse(self._name, balance.kind, self._tier, limit_cents, balance.used_cents, added_cents)
                for balance, limit_cents in self._limits
            ]
        )

    def take(self, line: int, amount_cents: int) -> None:
        """Record an amount for the member and the family; nothing is recorded for zero."""
        if amount_cents == 0:
            return
        self._record(line, amount_cents)
        if self.counts_toward:
            room_cents = self.counts_toward.left_cents()
            if room_cents:
                self.counts_toward._record(line, min(amount_cents, room_cents))

    def _record(self, line: int, amount_cents: int) -> None:
        for balance in self._balances:
            balance.used_cents += amount_cents
            self._entries.append(
                AccumulatorEntry(line, balance.owner, self._name, self._tier, self._start, amount_cents)
            )
