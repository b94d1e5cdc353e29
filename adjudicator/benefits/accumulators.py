"""What is left of each deductible and out-of-pocket limit while a claim's lines are worked through in order."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from adjudicator.model.case import Balance
from adjudicator.model.decision import AccumulatorEntry, Decision, LimitUse
from adjudicator.model.money import dollars
from adjudicator.policy.plan import LimitPair, PlanVersion, tier_of
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms

DEDUCTIBLE, OUT_OF_POCKET, COPAYS = "deductible", "out_of_pocket", "copays"


_NONE_USED: dict[str, dict[str, int]] = {}
_NO_PLANS: dict[str, int] = {}


class Overshoot(msgspec.Struct, frozen=True):
    """An accumulator in which more stands than the limit under which it was taken: somebody was charged too much (domain/04
    section 5, rule c).

    What was taken within a limit is never too much later, under whatever lower limit the member comes: it fills that one.
    """

    owner: str
    """``member`` or ``family``."""
    accumulator: str
    tier: str
    period_start: dt.date
    used_cents: int
    """All that stands in it."""
    taken_cents: int
    """What was taken of it under the exceeded limit and lower ones."""
    limit_cents: int

    @property
    def over_cents(self) -> int:
        """What was taken above the limit."""
        return self.taken_cents - self.limit_cents

    def by_how_much(self) -> str:
        """What follows on the amount that stands in it, such as ``200.00 over its limit of 4,000.00``."""
        if self.taken_cents == self.used_cents:
            return f"{dollars(self.over_cents)} over its limit of {dollars(self.limit_cents)}"
        return (
            f"of which {dollars(self.taken_cents)} were taken under a limit of {dollars(self.limit_cents)}, "
            f"{dollars(self.over_cents)} over it"
        )


def overshoot_in(
    owner: str,
    accumulator: str,
    kept_in: str,
    period_start: dt.date,
    taken_cents: Mapping[str, int],
    policies: PolicySet,
    bearing: PlanVersion | None,
) -> Overshoot | None:
    """Whether an accumulator is overshot: decisions, feeds and whoever looks at it ask here alone.

    What was taken under a limit and under all lower ones must have room in it: else there is no order in which all of it could have
    been charged rightly. What was taken under higher limits is credited as far as there is room. Of several limits that are
    exceeded, the one by most is told.

    Args:
        owner: ``member`` or ``family``.
        accumulator: ``deductible``, ``out_of_pocket`` or ``copays``.
        kept_in: the name under which its limit is kept (``PlanVersion.kept_in``).
        period_start: the first day of its period.
        taken_cents: what was taken under each version of a plan, by its stamp.
        policies: the policy set in force, by whose limits it is judged.
        bearing: the plan that stands in for versions that are not known, or not in force any more; None for none.
    """
    limits: dict[str, int | None] = {}
    for stamp in taken_cents:
        plan = policies.plans_by_stamp.get(stamp) or bearing
        pair = plan.tier(tier_of(kept_in)).of(accumulator) if plan else None
        limits[stamp] = pair.of(owner) if pair else None
    worst = None
    for limit_cents in sorted({each for each in limits.values() if each is not None}):
        together_cents = 0
        for stamp, cents in taken_cents.items():
            own_cents = limits[stamp]
            # What a source takes back under another plan than that under which it was counted lessens it all the same.
            together_cents += cents if own_cents is not None and own_cents <= limit_cents else min(0, cents)
        if together_cents > limit_cents and (worst is None or together_cents - limit_cents > worst.over_cents):
            worst = Overshoot(
                owner,
                accumulator,
                kept_in,
                period_start,
                sum(taken_cents.values()),
                together_cents,
                limit_cents,
            )
    return worst


class _Balance:
    """What one owner has used of one accumulator so far."""

    __slots__ = ("kind", "overshot", "owner", "taken_cents", "used_cents")

    def __init__(self, kind: str, owner: str, taken_cents: Mapping[str, int]) -> None:
        self.kind = kind
        self.owner = owner
        self.taken_cents = taken_cents
        """What stood in it in the beginning, by the stamp of the plan of whose limit it was taken."""
        self.used_cents = sum(taken_cents.values())
        self.overshot = False
        """Whether more stood in it than the limit under which it was taken."""


class Accumulators:
    """The balances of a member and the member's family, and what is taken of their limits since."""

    def __init__(self, balances: Iterable[Balance], policies: PolicySet, member_id: str, family_id: str) -> None:
        """Start from balances, those of others of the family among them where a plan counts who has met a limit."""
        self._policies = policies
        self._owners = (("member", f"member:{member_id}"), ("family", f"family:{family_id}"))
        self._taken_cents: dict[tuple[str, str, dt.date], dict[str, dict[str, int]]] = {}
        for balance in balances:
            of = (balance.accumulator, balance.tier, balance.period_start)
            taken = self._taken_cents.setdefault(of, {}).setdefault(balance.owner, {})
            taken[balance.plan] = taken.get(balance.plan, 0) + balance.used_cents
        self._balances: dict[tuple[str, str, dt.date], tuple[_Balance, ...]] = {}
        self._known: dict[tuple[str, int, str, dt.date, dt.date | None], Accumulator] = {}
        self._under: dict[tuple[int, dt.date], Bearing] = {}
        self.entries: list[AccumulatorEntry] = []
        """What was taken, in order."""
        self.overshoots: dict[Overshoot, None] = {}
        """What stood above its limit before, of the accumulators that were asked, in the order in which they were."""

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
            )
        return known

    def copays_under(self, terms: Terms, day: dt.date) -> "Accumulator":
        """The copays of a day's year under some terms, which are counted whether the plan has a maximum of them or not.

        A maximum that a later version of the plan has, or another plan to which the member comes, is filled by those of the
        year before it.
        """
        return self._of(COPAYS, terms.plan, terms.tier, terms.plan.period_start(day))

    def count(
        self, accumulator: str, plan: PlanVersion, tier: str, day: dt.date, amount_cents: int
    ) -> tuple[AccumulatorEntry, ...]:
        """Count what another system says of a day as the plan counts what a claim uses: the whole of it where it was used, and as
        far as there is room toward the other tier and the next year.

        Args:
            accumulator: ``deductible``, ``out_of_pocket`` or ``copays``.
            plan: the member's plan of the day.
            tier: the network tier.
            day: the day of the service.
            amount_cents: the amount, above zero.

        Returns:
            The entries, with line 0: those of the amount itself first, the member's and the family's; then what they carry.
        """
        first_entry = len(self.entries)
        self._of(accumulator, plan, tier, plan.period_start(day), plan.carried_to(day)).take(0, amount_cents)
        return tuple(self.entries[first_entry:])

    def _of(
        self, name: str, plan: PlanVersion, tier: str, start: dt.date, carried_to: dt.date | None = None
    ) -> "Accumulator":
        if carried_to and plan.carry_over and name not in plan.carry_over.accumulators:
            carried_to = None
        key = (name, id(plan), tier, start, carried_to)
        known = self._known.get(key)
        if known is None:
            limits = plan.tier(tier)
            pair = limits.of(name) or _NO_LIMITS
            kept_in = plan.kept_in(tier)
            balances = self._balances_of(name, kept_in, start)
            self._note_overshoots(name, kept_in, start, balances, plan)
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
                name, tier, kept_in, plan.stamp, start, balances, bearing, self.entries
            )
            if pair.people:
                known.people = pair.people
                known.people_met = self._others_met(name, pair, credited | {kept_in}, start)
            if limits.counts_toward:
                known.counts_toward += (self._of(name, plan, limits.counts_toward, start),)
            if carried_to:
                # In which year that is, and what it counts toward there, is for the plan as it is then to say.
                following = self._plan_on(plan, carried_to)
                carried = self._of(name, following, tier, following.period_start(carried_to))
                known.counts_toward += (carried, *carried.counts_toward)
        return known

    def _note_overshoots(
        self, name: str, kept_in: str, start: dt.date, balances: Iterable[_Balance], plan: PlanVersion
    ) -> None:
        pair = plan.tier(tier_of(kept_in)).of(name) or _NO_LIMITS
        for balance in balances:
            taken_cents = balance.taken_cents
            if not taken_cents:
                continue
            limit_cents = pair.of(balance.kind)
            # Nearly always all of it was taken under this very plan, within its limit: asked of every claim, answered at once.
            if (limit_cents is None or balance.used_cents <= limit_cents) and taken_cents.keys() <= {plan.stamp, ""}:
                continue
            found = overshoot_in(balance.kind, name, kept_in, start, taken_cents, self._policies, plan)
            if found:
                self.overshoots[found] = None
                balance.overshot = True

    def _others_met(self, name: str, pair: LimitPair, kept_in: frozenset[str], start: dt.date) -> int:
        """How many others of the family have met their own amount of a limit that is kept under some names."""
        own = {owner for _, owner in self._owners}
        used: dict[str, int] = defaultdict(int)
        for each in kept_in:
            for owner, taken_cents in self._taken_cents.get((name, each, start), _NONE_USED).items():
                used[owner] += sum(taken_cents.values())
        return sum(cents >= (pair.individual_cents or 0) for owner, cents in used.items() if owner not in own)

    def _plan_on(self, plan: PlanVersion, day: dt.date) -> PlanVersion:
        """A plan as it is on a day; while its version of then is not published yet, as it is now."""
        return self._policies.plans[plan.document].find(day) or plan

    def _balances_of(self, name: str, tier: str, start: dt.date) -> tuple[_Balance, ...]:
        """The member's and the family's balance; two plans of one period share them."""
        key = (name, tier, start)
        known = self._balances.get(key)
        if known is None:
            taken = self._taken_cents.get(key, _NONE_USED)
            known = tuple([_Balance(kind, owner, taken.get(owner, _NO_PLANS)) for kind, owner in self._owners])
            self._balances[key] = known
        return known


class Bearing(NamedTuple):
    """The limits that bear on a line."""

    deductible: "Accumulator"
    out_of_pocket: "Accumulator"


_NO_LIMITS = LimitPair(None, None)


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
        plan: str,
        start: dt.date,
        balances: tuple[_Balance, ...],
        limits: list[tuple[_Balance, int, tuple[_Balance, ...]]],
        entries: list[AccumulatorEntry],
    ) -> None:
        """Begin with what stands in the balances; of the limits the individual's comes first.

        Each limit has its amount, and the balances of other plans that are credited: they fill it as far as it has room.
        What is taken is written down in ``entries``, with the plan whose limits these are.
        """
        self._entries = entries
        self._name = name
        self._tier = tier
        self._kept_in = kept_in
        self._plan = plan
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
        """What can still be taken of one that has limits: the lesser of the individual's and the family's remainder, never below
        zero.

        Where so many others have met the limit that it is met for the family, nothing can.
        """
        left_cents = 0 if self.people and self.people_met >= self.people else None
        for balance, limit_cents, credited in self._limits:
            rest_cents = max(0, limit_cents - balance.used_cents)
            if credited:
                rest_cents = max(0, rest_cents - sum([other.used_cents for other in credited]))
            if left_cents is None or rest_cents < left_cents:
                left_cents = rest_cents
        return left_cents or 0

    def room_for(self, amount_cents: int) -> int:
        """How much of an amount can be taken; all of it where there is no limit."""
        return min(amount_cents, self.left_cents()) if self._limits else amount_cents

    def uses(self, added_cents: int) -> tuple[LimitUse, ...]:
        """What stands in each limit that bears on a line, and what the line adds to it; asked before the line takes it."""
        return tuple(
            [
                LimitUse(
                    self._name,
                    balance.kind,
                    self._tier,
                    limit_cents,
                    _filled_cents(balance, limit_cents, credited),
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
            room_cents = other.room_for(amount_cents)
            if room_cents:
                other._record(line, room_cents)

    def _record(self, line: int, amount_cents: int) -> None:
        for balance in self._balances:
            balance.used_cents += amount_cents
            self._entries.append(
                AccumulatorEntry(line, balance.owner, self._name, self._kept_in, self._start, amount_cents, self._plan)
            )


def _filled_cents(balance: _Balance, limit_cents: int, credited: tuple[_Balance, ...]) -> int:
    """What stands in a limit: what was taken under higher limits, and what is credited of other plans, as far as there is room."""
    if balance.overshot:
        return balance.used_cents
    filled_cents = balance.used_cents
    if credited:
        filled_cents += sum([other.used_cents for other in credited])
    return min(limit_cents, filled_cents)


def reversal_of(decision: Decision) -> tuple[AccumulatorEntry, ...]:
    """The entries that take a decision back: those that it made, with the other sign.

    They come of the stored amounts and are never worked out anew (domain/04 section 5, rule a); what the decision carried to
    another tier or year is taken back with them.
    """
    return tuple(msgspec.structs.replace(entry, amount_cents=-entry.amount_cents) for entry in decision.entries)
