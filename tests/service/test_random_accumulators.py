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
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from adjudicator.engine import RULES
from adjudicator.model.case import Coverage, Member
from adjudicator.model.dates import Span
from adjudicator.policy.load import load_policies
from adjudicator.policy.policy_set import CarryOver, Document
from adjudicator.service.accumulators import FeedRefused
from adjudicator.service.claims import ClaimRecord
from adjudicator.store.accumulators import OutsideAmount
from adjudicator.store.membership import load_members
from tests.building import ALWAYS, MEMBER, a_claim, a_line
from tests.conftest import DEMO
from tests.databases import KINDS
from tests.service.desk import CHILD, OPERATOR, SPOUSE, Desk, an_amount, policies_of, subscriber

WORKED = policies_of(load_policies(DEMO, rules=RULES))
PLAN = msgspec.structs.replace(
    WORKED.plans["plans/worked"].versions[0],
    year_starts=(4, 1),
    carry_over=CarryOver(months=3, accumulators=("deductible",)),
)
POLICIES = msgspec.structs.replace(
    WORKED, plans={"plans/worked": Document(path="plans/worked", title="Worked example", versions=(PLAN,))}
)
FAMILY = (MEMBER, SPOUSE, CHILD)
FIRST_DAY, LAST_DAY = dt.date(2026, 1, 1), dt.date(2026, 7, 31)
members = st.sampled_from(FAMILY)
days = st.dates(FIRST_DAY, LAST_DAY)
Key = tuple[str, str, str, dt.date]


class RandomBooks(RuleBasedStateMachine):
    """One family's year with a payer, a pharmacy and another vendor."""

    def __init__(self, new_database: Callable[[], str]) -> None:
        super().__init__()
        self.desk = Desk(new_database(), POLICIES)
        self.desk.today = dt.date(2026, 8, 1)
        self.decided: list[ClaimRecord] = []
        self.sent: dict[tuple[str, str], OutsideAmount] = {}
        self.expected: dict[Key, int] = defaultdict(int)
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

    @rule(
        source=st.sampled_from(["pharmacy", "vision"]),
        name=st.sampled_from(["A", "B", "C"]),
        member=members,
        day=days,
        accumulator=st.sampled_from(["deductible", "out_of_pocket"]),
        cents=st.integers(-60_000, 120_000).filter(bool),
    )
    def feed(self, source: str, name: str, member: Member, day: dt.date, accumulator: str, cents: int) -> None:
        amount = an_amount(
            source=source,
            source_id=name,
            member_id=member.member_id,
            served_on=day,
            accumulator=accumulator,
            amount_cents=cents,
        )
        try:
            added = self.desk.accumulators.record(OPERATOR, [amount])
        except FeedRefused:
            return
        if (source, name) in self.sent:
            assert (added.count, self.sent[source, name]) == (0, amount)
            return
        assert added.count == 1
        self.sent[source, name] = amount
        for owner in (f"member:{member.member_id}", f"family:{member.family_id}"):
            key = (owner, accumulator, "in_network", PLAN.period_start(day))
            self.expected[key] += cents
            self.fed.add(key)

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
        with self.desk.store.writing() as connection:
            load_members(connection, [(member, [Coverage(plan="plans/worked", span=span)])])

    @invariant()
    def every_total_is_the_sum_of_its_entries_and_never_below_zero(self) -> None:
        found: dict[Key, int] = {}
        for member in FAMILY:
            for total in self.desk.accumulators.get(OPERATOR, member.member_id):
                key = total.entries[0].key
                assert total.used_cents == sum(entry.amount_cents for entry in total.entries) >= 0
                found[key] = total.used_cents
                if total.over_cents:
                    # only what others have counted brings one above its limit, and then it is told, not cut off
                    assert self._was_fed(key)
                    assert "over its limit" in total.in_words()
        assert {key: cents for key, cents in found.items() if cents} == {
            key: cents for key, cents in self.expected.items() if cents
        }

    def _was_fed(self, key: Key) -> bool:
        return key in self.fed


@pytest.mark.parametrize("kind", KINDS)
def test_no_accumulator_loses_or_makes_up_a_cent(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    numbers = itertools.count()

    def new_database() -> str:
        if kind == "postgresql":
            return str(request.getfixturevalue("postgres_server").new())
        return str(tmp_path / f"{next(numbers)}.sqlite")

    run_state_machine_as_test(
        lambda: RandomBooks(new_database),  # type: ignore[arg-type]
        settings=settings(max_examples=25, stateful_step_count=15, deadline=None),
    )
