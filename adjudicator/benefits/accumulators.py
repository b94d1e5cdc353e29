"""What is left of each deductible and out-of-pocket limit while a claim's lines are worked through in order."""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

import msgspec

from adjudicator.model.case import Case, Member
from adjudicator.model.decision import AccumulatorEntry, Decision, LimitUse
from adjudicator.policy.policy_set import LimitPair, PlanVersion, PolicySet
from adjudicator.policy.terms import Terms

DEDUCTIBLE, OUT_OF_POCKET, COPAYS = "deductible", "out_of_pocket", "copays"


_NONE_USED: dict[str, int] = {}


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

    def __init__(self, case: Case, policies: PolicySet, member: Member) -> None:
        """Start from the case's balances."""
        self._policies = policies
        self._owners = (("member", f"member:{member.member_id}"), ("family", f"family:{member.family_id}"))
        self._used_cents: dict[tuple[str, str, dt.date], dict[str, int]] = {}
        for balance in case.balances:
            of = (balance.accumulator, balance.tier, balance.period_start)
            self._used_cents.setdefault(of, {})[balance.owner] = balance.used_cents
        self._balances: dict[tuple[str, str, dt.date], tuple[_Balance, ...]] = {}
        self._known: dict[tuple[str, int, str, dt.date, dt.date | None], Accumulator] = {}
        self._under: dict[tuple[int, dt.date], Bearing] = {}
        self.entries: list[AccumulatorEntry] = []
        """What the lines took, in order."""
        self.overshoots: dict[Overshoot, None] = {}
        """What was found above its limit, in the order in which it was found."""

    def under(self, terms: Terms, day: dt.date) -> "Bearing":
        """The limits that bear on lines of a day under some terms."""
        # Lines hold on to their terms and plan, so that no others can come to have their identity meanwhile.
        key = (id(terms), day)
        known = self._under.get(key)
        if known is None:
            start, carried_to = terms.plan.period_start(day), terms.plan.carried_to(day)
            known = self._under[key] = Bearing(
                self._of(DEDUCTIBLE, terms.plan, terms.tier, start, carried_to),
                self._of(OUT_OF_POCKET, terms.plan, terms.tier, start, carried_to),
                self._of(COPAYS, terms.plan, terms.tier, start) if terms.limits.copays else None,
            )
        return known

    def _of(
        self, name: str, plan: PlanVersion, tier: str, start: dt.date, carried_to: dt.date | None = None
    ) -> "Accumulator":
        if carried_to and plan.carry_over and name not in plan.carry_over.accumulators:
            carried_to = None
        key = (name, id(plan), tier, start, carried_to)
        known = self._known.get(key)
        if known is None:
            limits = plan.tier(tier)
            pair = limits.of(name)
            assert pair is not None
            kept_in = plan.kept_in(tier)
            balances = self._balances_of(name, kept_in, start)
            credited = plan.credited_in(name, tier, self._policies.plans)
            elsewhere = zip(*[self._balances_of(name, each, start) for each in sorted(credited)], strict=True)
            bearing = [
                (balance, limit_cents, of_plans)
                for balance, limit_cents, of_plans in zip(
                    balances,
                    (pair.individual_cents, pair.family_cents),
                    elsewhere if credited else ((), ()),
                    strict=True,
                )
                if limit_cents is not None
            ]
            known = self._known[key] = Accumulator(
                name, tier, kept_in, start, balances, bearing, self.entries, self.overshoots
            )
            if pair.people:
                known.people = pair.people
                known.people_met = self._others_met(name, pair, credited | {kept_in}, start)
            if limits.counts_toward and plan.tier(limits.counts_toward).of(name):
                known.counts_toward += (self._of(name, plan, limits.counts_toward, start),)
            if carried_to:
                following = self._plan_on(plan, carried_to)
                known.counts_toward += tuple(
                    self._of(name, following, each, carried_to) for each in (tier, limits.counts_toward) if each
                )
        return known

    def _others_met(self, name: str, pair: LimitPair, kept_in: frozenset[str], start: dt.date) -> int:
        """How many others of the family have met their own amount of a limit that is kept under some names."""
        own = {owner for _, owner in self._owners}
        used: dict[str, int] = defaultdict(int)
        for each in kept_in:
            for owner, cents in self._used_cents.get((name, each, start), _NONE_USED).items():
                used[owner] += cents
        return sum(cents >= (pair.individual_cents or 0) for owner, cents in used.items() if owner not in own)

    def _plan_on(self, plan: PlanVersion, day: dt.date) -> PlanVersion:
        """A plan as it is on a day; while its version of then is not published yet, as it is now."""
        return self._policies.plans[plan.document].find(day) or plan

    def _balances_of(self, name: str, tier: str, start: dt.date) -> tuple[_Balance, ...]:
        """The member's and the family's balance; two plans of one period share them."""
        key = (name, tier, start)
        known = self._balances.get(key)
        if known is None:
            used = self._used_cents.get(key, _NONE_USED)
            known = tuple([_Balance(kind, owner, used.get(owner, 0)) for kind, owner in self._owners])
            self._balances[key] = known
        return known


class Bearing(NamedTuple):
    """The limits that bear on a line."""

    deductible: "Accumulator"
    out_of_pocket: "Accumulator"
    copays: "Accumulator | None"
    """None where the plan has none."""


class Accumulator:
    """One accumulator of a tier and period under one plan, in cents.

    A person stops at the individual limit or when the family's is reached, whichever of the two the plan has; what a plan
    counts toward its other tier or its next year as well is added there as far as that limit has room (domain/04 section 3
    and row 13).
    """

    def __init__(
        self,
        name: str,
        tier: str,
        kept_in: str,
        start: dt.date,
        balances: tuple[_Balance, ...],
        limits: list[tuple[_Balance, int, tuple[_Balance, ...]]],
        entries: list[AccumulatorEntry],
        overshoots: dict[Overshoot, None],
    ) -> None:
        """Begin with what stands in the balances; of the limits, the individual's first, there is at least one.

        Each limit has its amount, and the balances of other plans that are credited: they fill it as far as it has room.
        What is taken is written down in ``entries``, what stands above its limit in ``overshoots``.
        """
        self._entries = entries
        self._overshoots = overshoots
        self._name = name
        self._tier = tier
        self._kept_in = kept_in
        self._start = start
        self._balances = balances
        self._limits = limits
        self.counts_toward: tuple[Accumulator, ...] = ()
        """Those of the other tier and of the next period, where what is taken here counts there too."""
        self.people = 0
        """How many people of the family meet the limit for all; 0 where no number does."""
        self.people_met = 0
        """How many others of the family have met it."""

    def left_cents(self) -> int:
        """What can still be taken: the lesser of the individual's and the family's remainder, never below zero.

        Where so many others have met the limit that it is met for the family, nothing can.
        """
        left_cents = 0 if self.people and self.people_met >= self.people else None
        for balance, limit_cents, credited in self._limits:
            rest_cents = limit_cents - balance.used_cents
            if rest_cents < 0:
                found = Overshoot(balance.kind, self._name, self._kept_in, self._start, limit_cents, balance.used_cents)
                self._overshoots[found] = None
                rest_cents = 0
            if credited:
                rest_cents = max(0, rest_cents - sum([other.used_cents for other in credited]))
            if left_cents is None or rest_cents < left_cents:
                left_cents = rest_cents
        return left_cents or 0

    def uses(self, added_cents: int) -> tuple[LimitUse, ...]:
        """What stands in each limit that bears on a line, and what the line adds to it; asked before the line takes it."""
        return tuple(
            [
                LimitUse(
                    self._name,
                    balance.kind,
                    self._tier,
                    limit_cents,
                    _filled_cents(balance, limit_cents, credited) if credited else balance.used_cents,
                    added_cents,
                    self.people,
                    self.people_met,
                    self._start,
                )
                for balance, limit_cents, credited in self._limits
            ]
        )

    def take(self, line: int, amount_cents: int) -> None:
        """Record an amount for the member and the family; nothing is recorded for zero."""
        if amount_cents == 0:
            return
        self._record(line, amount_cents)
        for other in self.counts_toward:
            room_cents = other.left_cents()
            if room_cents:
                other._record(line, min(amount_cents, room_cents))

    def _record(self, line: int, amount_cents: int) -> None:
        for balance in self._balances:
            balance.used_cents += amount_cents
            self._entries.append(
                AccumulatorEntry(line, balance.owner, self._name, self._kept_in, self._start, amount_cents)
            )


def _filled_cents(balance: _Balance, limit_cents: int, credited: tuple[_Balance, ...]) -> int:
    """What stands in a limit, with what is credited of other plans as far as there is room."""
    room_cents = max(0, limit_cents - balance.used_cents)
    return balance.used_cents + min(room_cents, sum([other.used_cents for other in credited]))


def reversal_of(decision: Decision) -> tuple[AccumulatorEntry, ...]:
    """The entries that take a decision back: those that it made, with the other sign.

    They come of the stored amounts and are never worked out anew (domain/04 section 5, rule a); what the decision carried to
    another tier or year is taken back with them.
    """
    return tuple(msgspec.structs.replace(entry, amount_cents=-entry.amount_cents) for entry in decision.entries)
