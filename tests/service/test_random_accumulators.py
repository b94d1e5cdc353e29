"""Over months of claims, feeds, reversals and lost coverage, in whatever order, no accumulator loses or makes up a cent."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adjudicator.engine import RULES
from adjudicator.model.case import Coverage, Member
from adjudicator.model.dates import Span
from adjudicator.model.money import dollars
from adjudicator.policy.document import Document
from adjudicator.policy.load import load_policies
from adjudicator.policy.plan import CarryOver, LimitPair, OwnLimits, PlanVersion, TierLimits, tier_of
from adjudicator.service.accumulators import FeedRefused, Total
from adjudicator.service.claims import ClaimRecord
from adjudicator.store.accumulators import OutsideAmount
from adjudicator.store.membership import load_members
from tests.building import ALWAYS, MEMBER, a_benefit, a_claim, a_line, codes
from tests.conftest import DEMO
from tests.databases import KINDS
from tests.service.desk import CHILD, OPERATOR, SPOUSE, Desk, an_amount, policies_of, subscriber

WORKED = policies_of(load_policies(DEMO, rules=RULES))
VISIT = a_benefit("visit", codes("99213"), copay=3000, deductible=True, coinsurance=2000)
PLAN = msgspec.structs.replace(
    WORKED.plans["plans/worked"].versions[0],
    year_starts=(4, 1),
    carry_over=CarryOver(months=3, accumulators=("deductible",)),
    in_network=TierLimits(LimitPair(100_000, 200_000), LimitPair(400_000, 800_000), counts_toward="out_of_network"),
)
PLANS = {
    # two people meet the deductible for all, and copays have a maximum
    "plans/people": msgspec.structs.replace(
        PLAN,
        document="plans/people",
        in_network=TierLimits(
            LimitPair(10_000, None, people=2), LimitPair(300_000, 600_000), copays=LimitPair(7000, 10_000)
        ),
        benefits=(VISIT, *PLAN.benefits),
        carry_over=None,
    ),
    # limits of its own, toward which the deductible of the others counts
    "plans/own": msgspec.structs.replace(
        PLAN,
        document="plans/own",
        in_network=TierLimits(LimitPair(80_000, 160_000), LimitPair(300_000, 600_000)),
        own_limits=OwnLimits(credits=("plans/worked", "plans/people"), accumulators=("deductible",)),
    ),
    # a variant of the worked plan, with lower limits
    "plans/lower": msgspec.structs.replace(
        PLAN,
        document="plans/lower",
        variant_of="plans/worked",
        in_network=TierLimits(LimitPair(20_000, 30_000), LimitPair(60_000, 90_000), counts_toward="out_of_network"),
    ),
    "plans/worked": PLAN,
}
POLICIES = msgspec.structs.replace(
    WORKED, plans={path: Document(path=path, title=path, versions=(plan,)) for path, plan in PLANS.items()}
)
FAMILY = (MEMBER, SPOUSE, CHILD)
FIRST_DAY, LAST_DAY = dt.date(2026, 1, 1), dt.date(2026, 7, 31)
members = st.sampled_from(FAMILY)
days = st.dates(FIRST_DAY, LAST_DAY)
plans = st.sampled_from(sorted(PLANS))
Key = tuple[str, str, str, dt.date]


def no_order_has_room(total: Total) -> bool:
    """Whether what was taken under each plan cannot have been taken in any order without exceeding the limit of its plan.

    What a source takes back under another plan than that under which it had counted comes first.
    """
    taken: dict[str, int] = defaultdict(int)
    for entry in total.entries:
        taken[entry.plan] += entry.amount_cents

    def limit(stamp: str) -> int | None:
        pair = POLICIES.plans_by_stamp[stamp].tier(tier_of(total.tier)).of(total.accumulator)
        return None if pair is None else pair.individual_cents if total.owner == "member" else pair.family_cents

    back_cents = sum(cents for cents in taken.values() if cents < 0)
    used = [(cents, most) for stamp, cents in taken.items() if cents > 0 and (most := limit(stamp)) is not None]
    return not any(
        all(back_cents + sum(cents for cents, _ in order[: n + 1]) <= most for n, (_, most) in enumerate(order))
        for order in itertools.permutations(used)
    )


class RandomBooks(RuleBasedStateMachine):
    """One family's year with a payer, a pharmacy and another vendor, under plans between which its members move."""

    def __init__(self, new_database: Callable[[], str], plan: str) -> None:
        super().__init__()
        self.desk = Desk(new_database(), POLICIES)
        self.desk.today = dt.date(2026, 8, 1)
        self.decided: list[ClaimRecord] = []
        self.sent: dict[tuple[str, str], OutsideAmount] = {}
        self.expected: dict[Key, int] = defaultdict(int)
        """What claims have moved, and what other systems have counted themselves."""
        self.coverage: dict[str, list[Coverage]] = {}
        for member in FAMILY:
            self.cover(member, Coverage(plan=plan, span=ALWAYS))
        self.kept_in: dict[object, str] = {}
        """The name of the limit toward which a source has counted last what it says of a day."""
        self.reversed: set[str] = set()
        self.corrections = 0
        self.fed: set[Key] = set()
        """Accumulators that another system has moved, which alone can overshoot."""

    def teardown(self) -> None:
        self.desk.store.close()

    @rule(member=members, day=days, cents=st.lists(st.integers(0, 150_000), min_size=1, max_size=3))
    def submit(self, member: Member, day: dt.date, cents: list[int]) -> None:
        self.desk.today += dt.timedelta(days=1)
        lines = [
            a_line(number, procedure=procedure, charge_cents=charge, from_date=day, through_date=day)
            for number, (procedure, charge) in enumerate(zip(("99213", "93000", "71046"), cents, strict=False), 1)
        ]
        before = self.totals()
        claim = a_claim(*lines, subscriber=subscriber(member))
        (record,) = self.desk.submit(claim, prefix=f"R{len(self.decided)}-")
        self.decided.append(record)
        for line in record.decision.lines:
            # member + plan + what the contract or a denial takes = charge, on every line
            assert line.paid_cents + sum(a.amount_cents for a in line.adjustments) == line.charge_cents
            if line.share:
                assert line.paid_cents + line.share.member_cents == line.allowed_cents
        for entry in record.decision.entries:
            assert entry.amount_cents > 0
            self.expected[entry.owner, entry.accumulator, entry.tier, entry.period_start] += entry.amount_cents
        shares = [line.share for line in record.decision.lines if line.share]
        if shares:
            self.tells_the_same(record, member, day, before)
        if shares and self.met_by_two_others(member, day, before):
            assert {share.deductible_cents for share in shares} == {0}

    def tells_the_same(self, record: ClaimRecord, member: Member, day: dt.date, before: dict[Key, Total]) -> None:
        """A decision tells the overshoots that stood before it, those that bear on it, as the totals tell them."""
        plan = self.plan_on(member, day)
        assert plan is not None
        told = {f.because.partition(": ")[2] for f in record.decision.findings if f.rule == OVERSHOT}
        over = {key: total for key, total in before.items() if total.over_cents and key[0] in owners_of(member)}
        assert told <= {in_a_finding(total) for total in over.values()}
        start, kept_in = plan.period_start(day), plan.kept_in("in_network")
        bearing = {
            in_a_finding(total)
            for (_, accumulator, tier, period), total in over.items()
            if (tier, period) == (kept_in, start) and accumulator != "copays"
        }
        assert bearing <= told

    def met_by_two_others(self, member: Member, day: dt.date, before: dict[Key, Total]) -> bool:
        """Whether two others have met the deductible for the family, where that is the plan's."""
        plan = self.plan_on(member, day)
        if plan is None or plan.document != "plans/people":
            return False
        start = plan.period_start(day)
        others = (f"member:{other.member_id}" for other in FAMILY if other != member)
        keys = [(other, "deductible", "in_network", start) for other in others]
        return all(key in before and before[key].used_cents >= 10_000 for key in keys)

    def plan_on(self, member: Member, day: dt.date) -> PlanVersion | None:
        covered = [each for each in self.coverage[member.member_id] if each.span.covers(day)]
        return PLANS[max(covered, key=lambda each: each.span.effective).plan] if covered else None

    def totals(self) -> dict[Key, Total]:
        """What stands in all accumulators of the family."""
        return {
            total.entries[0].key: total
            for member in FAMILY
            for total in self.desk.accumulators.get(OPERATOR, member.member_id)
        }

    @rule(
        source=st.sampled_from(["pharmacy", "vision"]),
        name=st.sampled_from(["A", "B", "C", "D", "E"]),
        member=members,
        day=days,
        accumulator=st.sampled_from(["deductible", "out_of_pocket", "copays"]),
        cents=st.integers(-60_000, 120_000).filter(bool),
        alone=st.booleans(),
    )
    def feed(
        self, source: str, name: str, member: Member, day: dt.date, accumulator: str, cents: int, alone: bool
    ) -> None:
        amount = an_amount(
            source=source,
            source_id=name,
            member_id=member.member_id,
            served_on=day,
            accumulator=accumulator,
            amount_cents=cents,
            alone=alone,
        )
        before = self.totals()
        try:
            added = self.desk.accumulators.record(OPERATOR, [amount])
        except FeedRefused:
            return
        if (source, name) in self.sent:
            known = msgspec.structs.replace(self.sent[source, name], alone=alone)
            assert (added.count, known) == (0, amount)
            return
        assert added.count == 1
        self.sent[source, name] = amount
        day_counted = (source, member.member_id, accumulator, day)
        if cents > 0 or day_counted not in self.kept_in:
            plan = self.plan_on(member, day)
            assert plan is not None
            self.kept_in[day_counted] = plan.kept_in("in_network")
        kept_in, start = self.kept_in[day_counted], PLAN.period_start(day)
        for owner in owners_of(member):
            key = (owner, accumulator, kept_in, start)
            self.expected[key] += cents
            self.fed.add(key)
        # what it tells to stand above its limit is what the totals tell of what it moved
        after = self.totals()
        moved = {key for key in after if key not in before or after[key].used_cents != before[key].used_cents}
        # (what is left of the family's limit is told by the plan of whoever is asked about)
        assert {told.removesuffix(".").partition(";")[0] for _, told in added.overshoots} == {
            total.in_words().partition(";")[0] for key, total in after.items() if total.over_cents and key in moved
        }

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def feed_again(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(sorted(self.sent.values(), key=repr)))
        # though the member may have lost the coverage of that day meanwhile
        assert self.desk.accumulators.record(OPERATOR, [known]).count == 0

    @precondition(lambda self: any(record.decision.disposition.is_final for record in self.decided))
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        final = [record for record in self.decided if record.decision.disposition.is_final]
        record = data.draw(st.sampled_from(final))
        self.desk.accumulators.reverse(OPERATOR, record.claim_id)
        if record.claim_id in self.reversed:
            return
        self.reversed.add(record.claim_id)
        for entry in record.decision.entries:
            self.expected[entry.owner, entry.accumulator, entry.tier, entry.period_start] -= entry.amount_cents

    @precondition(lambda self: any(record.decision.disposition.is_final for record in self.decided))
    @rule(data=st.data(), cents=st.integers(0, 150_000))
    def correct(self, data: st.DataObject, cents: int) -> None:
        """A claim gets another charge: what it moved is taken back unless it was before, then it counts anew."""
        place = data.draw(
            st.sampled_from([n for n, one in enumerate(self.decided) if one.decision.disposition.is_final])
        )
        before = self.decided[place]
        line = msgspec.structs.replace(before.case.claim.lines[0], charge_cents=cents)
        claim = msgspec.structs.replace(before.case.claim, lines=(line,), total_charge_cents=cents)
        self.corrections += 1
        after = self.desk.corrections.correct(OPERATOR, before.claim_id, f"K{self.corrections}", claim)
        assert after.decision_number == before.decision_number + 1
        self.decided[place] = after
        if before.claim_id not in self.reversed:
            for entry in before.decision.entries:
                self.expected[entry.owner, entry.accumulator, entry.tier, entry.period_start] -= entry.amount_cents
        self.reversed.discard(before.claim_id)
        for entry in after.decision.entries:
            self.expected[entry.owner, entry.accumulator, entry.tier, entry.period_start] += entry.amount_cents

    @rule(member=members, ends=st.one_of(st.none(), days))
    def change_coverage(self, member: Member, ends: dt.date | None) -> None:
        """Coverage ends in retrospect, or is given back: what was counted stays as it was counted."""
        span = ALWAYS if ends is None else Span(ALWAYS.effective, ends)
        self.cover(member, Coverage(plan="plans/worked", span=span))

    @rule(member=members, first=plans, then=plans, day=days)
    def move(self, member: Member, first: str, then: str, day: dt.date) -> None:
        """A member has one plan until a day and another from then on, perhaps in retrospect."""
        before = Span(ALWAYS.effective, day - dt.timedelta(days=1))
        self.cover(member, Coverage(plan=first, span=before), Coverage(plan=then, span=Span(day)))

    def cover(self, member: Member, *coverage: Coverage) -> None:
        self.coverage[member.member_id] = list(coverage)
        with self.desk.store.writing() as connection:
            load_members(connection, [(member, list(coverage))])

    @invariant()
    def every_total_is_the_sum_of_its_entries_and_never_below_zero(self) -> None:
        found: dict[Key, int] = {}
        totals = self.totals()
        for key, total in totals.items():
            assert total.used_cents == sum(entry.amount_cents for entry in total.entries) >= 0
            found[key] = sum(entry.amount_cents for entry in total.entries if not entry.carried)
            # what stands above the limits under which it was taken is told, not cut off; and nothing else is told
            assert bool(total.over_cents) is no_order_has_room(total)
            if total.over_cents:
                # only what others have counted brings one there
                assert key in self.fed
                assert "over it" in total.in_words()
            if total.limit_cents is not None:
                assert total.left_cents is not None
                assert 0 <= total.left_cents <= total.limit_cents
        assert {key: cents for key, cents in found.items() if cents} == {
            key: cents for key, cents in self.expected.items() if cents
        }

        # a source that says itself what counts besides may take back alone what the plan had carried
        if not any(amount.alone for amount in self.sent.values()):
            self.no_more_stays_carried_than_is_counted(totals)

    def no_more_stays_carried_than_is_counted(self, totals: dict[Key, Total]) -> None:
        counted: dict[tuple[str, str, str], int] = defaultdict(int)
        carried: dict[tuple[str, Key], int] = defaultdict(int)
        for key, total in totals.items():
            for entry in total.entries:
                if entry.carried:
                    carried[entry.source, key] += entry.amount_cents
                elif entry.source in ("pharmacy", "vision"):
                    counted[entry.source, entry.owner, entry.accumulator] += entry.amount_cents
        for (source, (owner, accumulator, *_)), cents in carried.items():
            assert 0 <= cents <= counted[source, owner, accumulator]


OVERSHOT = "accumulator-overshoot"


def owners_of(member: Member) -> tuple[str, str]:
    return f"member:{member.member_id}", f"family:{member.family_id}"


def in_a_finding(total: Total) -> str:
    """How a decision tells an overshoot after the accumulator's name."""
    assert total.overshoot is not None
    return f"{dollars(total.used_cents)} used, {total.overshoot.by_how_much()}."


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_accumulator_loses_or_makes_up_a_cent(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, plan: str
) -> None:
    numbers = itertools.count()

    def new_database() -> str:
        if kind == "postgresql":
            return str(request.getfixturevalue("postgres_server").new())
        return str(tmp_path / f"{next(numbers)}.sqlite")

    run_state_machine_as_test(
        lambda: RandomBooks(new_database, plan),  # type: ignore[arg-type]
        settings=settings(max_examples=6, stateful_step_count=20, deadline=None),
    )
