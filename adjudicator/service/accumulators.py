"""The use cases of accumulators: what stands in them on a day, what other systems counted, and taking a decision back.

Entries are only ever added and totals are their sums (domain/04 section 5, rules a to e).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec
import sqlalchemy as sa

from adjudicator.benefits import accumulators as benefits
from adjudicator.benefits.accumulators import Overshoot, overshoot_in, reversal_of
from adjudicator.benefits.words import accumulator_name
from adjudicator.model.case import Balance, latest_coverage
from adjudicator.model.money import dollars
from adjudicator.model.principal import Principal, Role
from adjudicator.policy.plan import PlanVersion, tier_of
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import taken_back
from adjudicator.service.claims import claim_on_file
from adjudicator.service.errors import NotFound, NotPermitted, WrongState, attempt
from adjudicator.store.accumulators import (
    CLAIM,
    REVERSAL,
    OnFile,
    OutsideAmount,
    RecordedEntry,
    add_entries,
    decision_name,
    entries_named,
    entries_of,
    members_on_file,
    owners_of,
)
from adjudicator.store.claims import note_taken_back
from adjudicator.store.database import Store, lock
from adjudicator.store.records import ClaimRecord
from adjudicator.store.tasks import move_tasks, tasks_of


class Total(msgspec.Struct, frozen=True):
    """What stands in one accumulator."""

    owner: str
    """``member`` or ``family``."""
    accumulator: str
    """``deductible``, ``out_of_pocket`` or ``copays``."""
    tier: str
    period_start: dt.date
    used_cents: int
    limit_cents: int | None
    """The limit under the plan that the member has had last in the period; None where that plan has none for this owner."""
    entries: tuple[RecordedEntry, ...]
    """What it is the sum of, in the order in which it was recorded."""
    credited_cents: int = 0
    """What fills the limit besides, of what was used under plans that the member's plan credits."""
    overshoot: Overshoot | None = None
    """Where more stands in it than the limit under which it was taken; that may be another plan's than ``limit_cents``."""

    @property
    def over_cents(self) -> int:
        """What was taken above its limit: somebody paid too much, which is refunded or reprocessed, never cut off silently."""
        return self.overshoot.over_cents if self.overshoot else 0

    @property
    def left_cents(self) -> int | None:
        """What can still be taken under the limit; None where there is none."""
        if self.limit_cents is None:
            return None
        return max(0, self.limit_cents - self.used_cents - self.credited_cents)

    def in_words(self) -> str:
        """Such as ``The member's deductible (in network) of the period from 2026-01-01: 300.00 of 1,000.00 left``."""
        name = f"The {accumulator_name(self.owner, self.accumulator, self.tier, self.period_start)}"
        used = f"{dollars(self.used_cents)} used"
        if self.overshoot:
            rest = "" if not self.left_cents else f"; {self._left_in_words()}"
            return f"{name}: {used}, {self.overshoot.by_how_much()}{rest}"
        if self.limit_cents is None:
            return f"{name}: {used}, no limit"
        if self.used_cents > self.limit_cents:
            return f"{name}: {self._left_in_words()}; {used}, under higher limits of the same period"
        credited = f", with {dollars(self.credited_cents)} credited of other plans" if self.credited_cents else ""
        return f"{name}: {self._left_in_words()}{credited}"

    def _left_in_words(self) -> str:
        assert self.limit_cents is not None
        return f"{dollars(self.left_cents or 0)} of {dollars(self.limit_cents)} left"


class Problem(msgspec.Struct, frozen=True):
    """One amount of a feed that cannot be recorded."""

    position: int
    """Its place in the feed, from 0."""
    column: str
    message: str


class FeedRefused(Exception):
    """Amounts of a feed contradict what we know; nothing of the feed is recorded."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"amount {each.position + 1}: {each.message}" for each in self.problems))


class Added(msgspec.Struct, frozen=True):
    """What came of a feed."""

    count: int
    """Amounts that were not known before."""
    overshoots: tuple[tuple[int, str], ...] = ()
    """Accumulators that stand above their limit now, in words, each with the place of the last amount that moved it."""


class Accumulators:
    """What members and families have used of their limits. For the payer's own people: a provider sees none of it."""

    def __init__(self, store: Store, policies: Callable[[], PolicySet], clock: Callable[[], dt.date]) -> None:
        """Join what the use cases need.

        Args:
            store: the database, migrated.
            policies: gives the policy set in force, whose plans have the limits and the periods.
            clock: gives today's date, on which entries are recorded.
        """
        self._store = store
        self._policies = policies
        self._clock = clock

    def get(self, principal: Principal, member_id: str, as_of: dt.date | None = None) -> list[Total]:
        """What stands in every accumulator of a member and the member's family, by what was recorded up to a day.

        Args:
            principal: an operator or a reviewer.
            member_id: the member's number.
            as_of: the last day whose entries count; None for today.

        Raises:
            NotPermitted: the caller is a provider.
            NotFound: there is no such member.
        """
        if principal.role not in (Role.OPERATOR, Role.REVIEWER):
            raise NotPermitted("Only the payer's own people see what members have used of their limits.")
        day = as_of or self._clock()
        with self._store.reading() as connection:
            member = members_on_file(connection, [member_id]).get(member_id)
            if member is None:
                raise NotFound("There is no such member.")
            entries = entries_of(connection, member.owners)
        return self._totals(member, (entry for entry in entries if entry.recorded_on <= day), day)

    def record(self, principal: Principal, amounts: Sequence[OutsideAmount]) -> Added:
        """Record what other systems counted, all of it or nothing. What was recorded before is passed over.

        Each amount counts for the member and the family in the period of its day of service, and as far as there is room in
        whatever the member's plan of that day counts besides: the other tier, the next year (``Accumulators.count`` of the
        benefits). What a source takes back takes with it what that carried. No source can take back more than it has counted,
        so that no total falls below zero.

        Raises:
            NotPermitted: the caller is no operator.
            FeedRefused: some amounts contradict what is recorded, or name members, coverage or sources that cannot be.
        """
        self._only_operators(principal)
        today = self._clock()

        def keep(connection: sa.Connection) -> Added:
            on_file = members_on_file(connection, {amount.member_id for amount in amounts})
            families = {member.family_id for member in on_file.values()}
            lock(connection, {f"family:{family_id}" for family_id in families})
            owners = owners_of(connection, families)
            books = _Books(entries_of(connection, {each for family in owners.values() for each in family}))
            known: dict[tuple[str, str], list[RecordedEntry]] = defaultdict(list)
            names = {(amount.source, amount.source_id) for amount in amounts}
            for entry in entries_named(connection, names):
                known[entry.source, entry.source_id].append(entry)
            added: list[RecordedEntry] = []
            problems: list[Problem] = []
            moved: dict[str, int] = {}
            for position, amount in enumerate(amounts):
                if amount.source in (CLAIM, REVERSAL):
                    told = f"found {amount.source}, which is the engine's own; write another name"
                    problems.append(Problem(position, "source", told))
                    continue
                if before := known.get((amount.source, amount.source_id)):
                    if contradicted := _contradicted(amount, before):
                        problems.append(Problem(position, *contradicted))
                    continue
                member = on_file.get(amount.member_id)
                found = self._entries(amount, member, today, books, owners[member.family_id] if member else ())
                if isinstance(found, tuple):
                    problems.append(Problem(position, *found))
                    continue
                known[amount.source, amount.source_id] = found
                books.add(found)
                if not books.has_counted(found):
                    told = (
                        f"found {dollars(amount.amount_cents)}, more than {amount.source} has counted; take back less"
                    )
                    problems.append(Problem(position, "amount", told))
                if amount.amount_cents < 0 and not amount.alone:
                    found += books.take_back_carried(found)
                added += found
                moved[amount.member_id] = position
            if problems:
                raise FeedRefused(problems)
            add_entries(connection, added, principal.name)
            over = tuple(self._overshoots(connection, on_file, moved, added))
            return Added(len({(entry.source, entry.source_id) for entry in added}), over)

        return attempt(self._store, keep)

    def reverse(self, principal: Principal, claim_id: str) -> tuple[RecordedEntry, ...]:
        """Take back what the latest decision of a claim moved, by the amounts stored with it; twice is the same as once.

        Only accumulators move: the claim and its payment stay as they are. Tasks that asked whether the decision stands close.

        Returns:
            The entries that take it back.

        Raises:
            NotPermitted: the caller is no operator.
            NotFound: there is no such claim.
            WrongState: the claim is not decided yet, so that there is nothing to take back.
        """
        self._only_operators(principal)

        def reverse(connection: sa.Connection) -> tuple[RecordedEntry, ...]:
            record = _decided(connection, claim_id)
            lock(connection, {f"family:{member.family_id}" for member in record.case.members})
            # Read again: while it waited for the lock, somebody may have corrected the claim.
            return take_back(connection, _decided(connection, claim_id), self._clock(), principal.name)

        return attempt(self._store, reverse)

    def _only_operators(self, principal: Principal) -> None:
        if principal.role is not Role.OPERATOR:
            raise NotPermitted("Only an operator moves accumulators.")

    def _entries(
        self,
        amount: OutsideAmount,
        member: OnFile | None,
        today: dt.date,
        books: "_Books",
        family: Collection[str],
    ) -> list[RecordedEntry] | tuple[str, str]:
        """An amount as entries of the member and the family; else which column is wrong, and what is.

        Coverage may have changed since: what a source takes back of a day leaves the period in which it was counted.

        Args:
            amount: what the source says, under a name that is not known yet.
            member: the member; None where we know none.
            today: the day of recording.
            books: what was recorded before.
            family: the owners of the member's family.
        """
        if member is None:
            return "member_id", "found a member who is not on file; load the member first"
        if amount.served_on > today:
            return "served_on", f"found {amount.served_on}, a day to come; write the day of the service"
        where = books.counted_in(amount) if amount.amount_cents < 0 else None
        if where is None:
            plan = self._plan_on(member, amount.served_on)
            if plan is None:
                return (
                    "served_on",
                    f"found {amount.served_on}, on which the member has no plan; write a day of coverage",
                )
            if amount.amount_cents > 0 and not amount.alone:
                counting = benefits.Accumulators(
                    books.balances(family), self._policies(), member.member_id, member.family_id
                )
                counted = counting.count(amount.accumulator, plan, amount.tier, amount.served_on, amount.amount_cents)
                first = len(member.owners)
                return [
                    _outside(
                        amount,
                        entry.owner,
                        (entry.period_start, entry.tier, entry.plan),
                        entry.amount_cents,
                        today,
                        carried=number >= first,
                    )
                    for number, entry in enumerate(counted)
                ]
            where = (plan.period_start(amount.served_on), plan.kept_in(amount.tier), plan.stamp)
        return [_outside(amount, owner, where, amount.amount_cents, today) for owner in member.owners]

    def _plan_on(self, member: OnFile, day: dt.date) -> PlanVersion | None:
        coverage = latest_coverage(member.coverage, day)
        plan = self._policies().plans.get(coverage.plan) if coverage else None
        return plan.find(day) if plan else None

    def _bearing_plan(self, member: OnFile, entry: RecordedEntry, as_of: dt.date) -> PlanVersion | None:
        """The plan whose limits an entry's accumulator fills: that which the member has had last in its period, by a day.

        It is the one that bears on the next claim: after a change of plans within a period the new plan's.
        """
        days = [max(entry.period_start, coverage.span.effective) for coverage in member.coverage]
        for day in sorted(days, reverse=True):
            plan = self._plan_on(member, day)
            if day > max(entry.period_start, as_of) or plan is None or plan.period_start(day) != entry.period_start:
                continue
            if plan.kept_in(tier_of(entry.tier)) == entry.tier:
                return plan
        return None

    def _totals(self, member: OnFile, entries: Iterable[RecordedEntry], as_of: dt.date) -> list[Total]:
        together: dict[tuple[str, str, str, dt.date], list[RecordedEntry]] = defaultdict(list)
        for entry in entries:
            together[entry.key].append(entry)
        used_cents = {key: sum(entry.amount_cents for entry in found) for key, found in together.items()}
        totals = []
        for key, found in together.items():
            owner, accumulator, tier, period_start = key
            plan = self._bearing_plan(member, found[0], as_of)
            kind = owner.partition(":")[0]
            pair = plan.tier(tier_of(tier)).of(accumulator) if plan else None
            limit_cents = pair.of(kind) if pair else None
            taken_cents: dict[str, int] = defaultdict(int)
            for entry in found:
                taken_cents[entry.plan] += entry.amount_cents
            credited_cents = 0
            if plan and limit_cents is not None:
                others = plan.credited_in(accumulator, tier_of(tier), self._policies().plans)
                stands_cents = sum(used_cents.get((owner, accumulator, each, period_start), 0) for each in others)
                credited_cents = max(0, min(stands_cents, limit_cents - used_cents[key]))
            totals.append(
                Total(
                    owner=kind,
                    accumulator=accumulator,
                    tier=tier,
                    period_start=period_start,
                    used_cents=used_cents[key],
                    limit_cents=limit_cents,
                    entries=tuple(found),
                    credited_cents=credited_cents,
                    overshoot=overshoot_in(kind, accumulator, tier, period_start, taken_cents, self._policies(), plan),
                )
            )
        return sorted(totals, key=lambda each: (each.period_start, each.tier, each.accumulator, each.owner != "member"))

    def _overshoots(
        self,
        connection: sa.Connection,
        on_file: dict[str, OnFile],
        moved: dict[str, int],
        added: Sequence[RecordedEntry],
    ) -> Iterable[tuple[int, str]]:
        touched = {entry.key for entry in added}
        told: set[tuple[str, str, str, dt.date]] = set()
        for member_id, position in moved.items():
            member = on_file[member_id]
            for total in self._totals(member, entries_of(connection, member.owners), self._clock()):
                key = total.entries[0].key
                if total.over_cents and key in touched and key not in told:
                    told.add(key)
                    yield position, f"{total.in_words()}."


Place = tuple[dt.date, str, str]
"""Where something is counted: the period, the name under which its limit is kept, and the plan of whose limit it is taken."""


class _Books:
    """What is recorded of some families, and what a feed adds to it while it is read."""

    def __init__(self, entries: Iterable[RecordedEntry]) -> None:
        self._stands: dict[str, dict[tuple[str, Place], int]] = defaultdict(lambda: defaultdict(int))
        self._counted: dict[object, int] = defaultdict(int)
        """What a source itself has counted in an accumulator; what the plan counts besides is no part of it."""
        self._counted_of_day: dict[object, int] = defaultdict(int)
        self._place_of_day: dict[object, Place] = {}
        self._carried: dict[object, dict[Place, int]] = defaultdict(lambda: defaultdict(int))
        """What was carried elsewhere of what a source has counted in an accumulator."""
        self._carried_of_day: dict[object, dict[Place, int]] = defaultdict(lambda: defaultdict(int))
        by_name: dict[tuple[str, str], list[RecordedEntry]] = defaultdict(list)
        for entry in entries:
            by_name[entry.source, entry.source_id].append(entry)
        for together in by_name.values():
            self.add(together)

    def add(self, entries: Sequence[RecordedEntry]) -> None:
        """Take in the entries of one name, all of them; claims and reversals have only what stands."""
        for entry in entries:
            self._stands[entry.owner][entry.accumulator, _place(entry)] += entry.amount_cents
        if entries[0].source in (CLAIM, REVERSAL):
            return
        main = _main(entries)
        for entry in entries:
            place = _place(entry)
            if not entry.carried:
                self._counted[entry.source, entry.key] += entry.amount_cents
            if main is None or entry.owner != main.owner:
                continue
            day = _day_of(main, main.owner)
            if entry.carried:
                self._carried[main.source, main.key][place] += entry.amount_cents
                self._carried_of_day[day][place] += entry.amount_cents
            else:
                self._counted_of_day[day] += entry.amount_cents
                self._place_of_day[day] = place

    def balances(self, owners: Iterable[str]) -> Iterator[Balance]:
        """What stands in the accumulators of some owners."""
        for owner in owners:
            for (accumulator, (period_start, tier, plan)), used_cents in self._stands[owner].items():
                yield Balance(owner, accumulator, tier, period_start, used_cents, plan)

    def counted_in(self, amount: OutsideAmount) -> Place | None:
        """Where its source has counted what it said of the same day before; None where it said nothing."""
        return self._place_of_day.get(_day_of(amount, f"member:{amount.member_id}"))

    def has_counted(self, entries: Iterable[RecordedEntry]) -> bool:
        """Whether a source had counted all that it takes back with some entries, which are taken in already."""
        return all(self._counted[entry.source, entry.key] >= 0 for entry in entries if not entry.carried)

    def take_back_carried(self, entries: Sequence[RecordedEntry]) -> list[RecordedEntry]:
        """The entries that take back what was carried of an amount that a source takes back with these, taken in already.

        Of a day no more stays carried than its source still counts of it, and of a year no more than it still counts of that:
        a source may take back under another day than that under which it had counted.
        """
        main = _main(entries)
        assert main is not None
        counted_cents, day = self._counted[main.source, main.key], _day_of(main, main.owner)
        of_day_cents = max(0, self._counted_of_day[day])
        carried, carried_of_day = self._carried[main.source, main.key], self._carried_of_day[day]
        back: list[RecordedEntry] = []
        for place, carried_cents in carried.items():
            over_cents = max(carried_of_day[place] - of_day_cents, carried_cents - counted_cents)
            back_cents = min(over_cents, carried_cents)
            if back_cents <= 0:
                continue
            carried[place] -= back_cents
            carried_of_day[place] -= back_cents
            period_start, tier, plan = place
            for entry in entries:
                self._stands[entry.owner][entry.accumulator, place] -= back_cents
                back.append(
                    msgspec.structs.replace(
                        entry, period_start=period_start, tier=tier, plan=plan, amount_cents=-back_cents, carried=True
                    )
                )
        return back


def _place(entry: RecordedEntry) -> Place:
    return entry.period_start, entry.tier, entry.plan


def _main(entries: Iterable[RecordedEntry]) -> RecordedEntry | None:
    """The member's entry of what a source has said, among all of one name; None where only the family's are known."""
    return next((entry for entry in entries if entry.owner.startswith("member:") and not entry.carried), None)


def _day_of(said: RecordedEntry | OutsideAmount, owner: str) -> object:
    """What a source counts of one day of service toward one limit of a member."""
    return said.source, owner, said.accumulator, tier_of(said.tier), said.served_on


def _contradicted(amount: OutsideAmount, before: Sequence[RecordedEntry]) -> tuple[str, str] | None:
    """Which column says otherwise than what was recorded under the amount's name, and what is wrong; None where none does."""
    main = _main(before)
    if (
        main is None
        or _day_of(main, main.owner) != _day_of(amount, f"member:{amount.member_id}")
        or main.amount_cents != amount.amount_cents
    ):
        return (
            "source_id",
            "found another amount under this name before; write each amount under a name of its own",
        )
    if amount.alone and any(entry.carried for entry in before):
        return (
            "alone",
            "found yes for an amount that was counted as the plan says; leave it empty, or take the amount back and send it anew",
        )
    return None


def _outside(
    amount: OutsideAmount, owner: str, where: Place, amount_cents: int, today: dt.date, *, carried: bool = False
) -> RecordedEntry:
    period_start, kept_in, plan = where
    return RecordedEntry(
        owner=owner,
        accumulator=amount.accumulator,
        tier=kept_in,
        period_start=period_start,
        source=amount.source,
        source_id=amount.source_id,
        served_on=amount.served_on,
        amount_cents=amount_cents,
        recorded_on=today,
        plan=plan,
        carried=carried,
    )


def take_back(
    connection: sa.Connection, record: ClaimRecord, today: dt.date, recorded_by: str
) -> tuple[RecordedEntry, ...]:
    """Record the entries that take back what a claim's latest decision moved; those that did so before, if it was done.

    Its lines use no benefit limit and no visit's copay of later claims any more (domain/04 section 5). Nobody is asked any more
    whether the decision stands: the open tasks about it close.

    Args:
        connection: a writing transaction that has locked the claim's family.
        record: the claim, whose decision is final.
        today: the day on which the entries are recorded.
        recorded_by: who takes it back.
    """
    open_tasks = tasks_of(connection, record.claim_id)
    move_tasks(connection, taken_back(open_tasks, record.decision_number, today, recorded_by))
    note_taken_back(connection, record.claim_id)
    name = decision_name(record.claim_id, record.decision_number)
    before = entries_named(connection, {(REVERSAL, name)})
    if before:
        return tuple(before)
    taken: dict[tuple[str, str, str, dt.date, str], int] = defaultdict(int)
    for entry in reversal_of(record.decision):
        taken[entry.owner, entry.accumulator, entry.tier, entry.period_start, entry.plan] += entry.amount_cents
    back = tuple(
        RecordedEntry(owner, accumulator, tier, period_start, REVERSAL, name, None, amount_cents, today, plan)
        for (owner, accumulator, tier, period_start, plan), amount_cents in sorted(taken.items())
    )
    add_entries(connection, back, recorded_by)
    return back


def _decided(connection: sa.Connection, claim_id: str) -> ClaimRecord:
    record = claim_on_file(connection, claim_id)
    if not record.decision.disposition.is_final:
        raise WrongState("The claim is not decided yet; there is nothing to take back.")
    return record
