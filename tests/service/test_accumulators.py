"""What other systems count, what a day knew of it, and taking a decision back (domain/04 rows 16 and 17 and section 5)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from adjudicator.model.case import Coverage
from adjudicator.model.claim import Claim
from adjudicator.model.dates import Span
from adjudicator.policy.document import Document
from adjudicator.policy.plan import CarryOver, Counting, LimitPair, OwnLimits, TierLimits
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.accumulators import FeedRefused
from adjudicator.service.errors import NotFound, NotPermitted, WrongState
from adjudicator.store.membership import load_members
from adjudicator.store.records import ClaimRecord
from tests.building import ALWAYS, ANY, MEMBER, a_benefit, a_claim, a_limit, a_line, codes
from tests.databases import Place
from tests.remittance.told import adjudicate
from tests.service.desk import (
    CHILD,
    OPERATOR,
    PROVIDER,
    REVIEWER,
    SPOUSE,
    TODAY,
    Desk,
    a_heart_study,
    an_amount,
    policies_of,
    subscriber,
)

ONE_VISIT: Mapping[str, Any] = {
    "benefits": (a_benefit("free", ANY),),
    "limits": (a_limit(Counting.VISITS, 1, codes("99213", "99214", "99215")),),
}
A_COPAY: Mapping[str, Any] = {"benefits": (a_benefit("visit", ANY, copay=2500),)}


def a_bill(cents: int, member: object = MEMBER, day: dt.date = dt.date(2026, 3, 2)) -> Claim:
    """A visit of some cents, all of it allowed: the deductible is 1,000.00 of 2,000.00, then 20 %."""
    line = a_line(charge_cents=cents, from_date=day, through_date=day)
    return a_claim(line, subscriber=subscriber(member))  # type: ignore[arg-type]


def left(desk: Desk, member_id: str = MEMBER.member_id, owner: str = "member", as_of: dt.date | None = None) -> int:
    """What is left of the deductible in network."""
    for total in desk.accumulators.get(OPERATOR, member_id, as_of):
        if (total.owner, total.accumulator, total.tier) == (owner, "deductible", "in_network"):
            assert total.limit_cents is not None
            assert total.used_cents == sum(entry.amount_cents for entry in total.entries)
            return total.limit_cents - total.used_cents
    return {"member": 100_000, "family": 200_000}[owner]


def owed_and_paid(record: ClaimRecord) -> tuple[dict[str, int], int]:
    """The adjustments of the only line in cents, and what the plan pays."""
    (line,) = record.decision.lines
    return {f"{a.group}-{a.carc}": a.amount_cents for a in line.adjustments}, line.paid_cents


def test_what_a_pharmacy_counted_lessens_the_next_claims_deductible(desk: Desk) -> None:
    # 1,000.00 - 700.00 = 300.00, then 20 % of 150.00 = 30.00; plan 120.00
    assert desk.accumulators.record(OPERATOR, [an_amount(amount_cents=70_000)]).count == 1
    (record,) = desk.submit(a_bill(45_000))
    assert {f"{a.group}-{a.carc}": a.amount_cents for a in record.decision.line(1).adjustments} == {
        "PR-1": 30_000,
        "PR-2": 3000,
    }
    assert record.decision.paid_cents == 12_000
    # the spouse has used nothing, the family 700.00 + 300.00
    assert (left(desk), left(desk, SPOUSE.member_id), left(desk, owner="family")) == (0, 100_000, 100_000)


def test_a_feed_that_comes_twice_counts_once_and_one_that_differs_is_refused_whole(desk: Desk) -> None:
    assert desk.accumulators.record(OPERATOR, [an_amount(), an_amount()]).count == 1
    assert desk.accumulators.record(OPERATOR, [an_amount()]).count == 0
    with pytest.raises(FeedRefused) as refused:
        desk.accumulators.record(OPERATOR, [an_amount(source_id="RX2"), an_amount(amount_cents=3001)])
    assert [(each.position, each.column) for each in refused.value.problems] == [(1, "source_id")]
    assert left(desk) == 97_000
    # another source may use the same name
    assert desk.accumulators.record(OPERATOR, [an_amount(source="vision")]).count == 1
    assert left(desk) == 94_000


def test_a_day_knows_what_was_recorded_by_then(desk: Desk) -> None:
    desk.submit(a_bill(10_000))
    desk.today = TODAY + dt.timedelta(days=10)
    desk.accumulators.record(OPERATOR, [an_amount(amount_cents=25_000)])
    # 100.00 of the claim on the day of its decision, 250.00 more ten days later, though its service was earlier
    assert left(desk, as_of=TODAY - dt.timedelta(days=1)) == 100_000
    assert left(desk, as_of=TODAY) == left(desk, as_of=TODAY + dt.timedelta(days=9)) == 90_000
    assert left(desk, as_of=TODAY + dt.timedelta(days=10)) == left(desk) == 65_000


def test_only_the_payers_own_people_see_accumulators_and_only_operators_move_them(desk: Desk) -> None:
    (record,) = desk.submit(a_bill(10_000))
    assert desk.accumulators.get(REVIEWER, MEMBER.member_id) == desk.accumulators.get(OPERATOR, MEMBER.member_id)
    with pytest.raises(NotPermitted):
        desk.accumulators.get(PROVIDER, MEMBER.member_id)
    for caller in (PROVIDER, REVIEWER):
        with pytest.raises(NotPermitted):
            desk.accumulators.record(caller, [an_amount()])
        with pytest.raises(NotPermitted):
            desk.accumulators.reverse(caller, record.claim_id)
    with pytest.raises(NotFound):
        desk.accumulators.get(OPERATOR, "NOBODY")


@pytest.mark.parametrize(
    ("plan", "day", "taken_back", "owed", "paid"),
    [
        # one visit a year: it is used, or free for the next claim, though without a share the first moved no accumulator
        (ONE_VISIT, 9, False, {"PR-119": 8100}, 0),
        (ONE_VISIT, 9, True, {}, 8100),
        # 25.00 a visit: the day's is taken, or due of the next claim: 81.00 - 25.00 = 56.00
        (A_COPAY, 2, False, {}, 8100),
        (A_COPAY, 2, True, {"PR-3": 2500}, 5600),
    ],
)
def test_section_5_the_next_claim_finds_the_visit_and_the_copay_of_what_was_taken_back(
    place: Place,
    demo: PolicySet,
    plan: Mapping[str, Any],
    day: int,
    taken_back: bool,
    owed: dict[str, int],
    paid: int,
) -> None:
    policies = policies_of(demo)
    version = msgspec.structs.replace(policies.plans["plans/worked"].versions[0], **plan)
    plans = {**policies.plans, "plans/worked": Document("plans/worked", "Worked", (version,))}
    desk = Desk(place("payer"), msgspec.structs.replace(policies, plans=plans))
    (first,) = desk.submit(a_bill(8000), prefix="A")
    # the same bill again repeats it whether it was taken back or not: claim and payment stay
    for _ in range(2 if taken_back else 0):
        desk.accumulators.reverse(OPERATOR, first.claim_id)
    (again,) = desk.submit(a_bill(8000), prefix="B")
    assert again.decision.paid_cents == 0
    line = a_line(
        charge_cents=8100, procedure="99214", from_date=dt.date(2026, 3, day), through_date=dt.date(2026, 3, day)
    )
    (later,) = desk.submit(a_claim(line, subscriber=subscriber(MEMBER)), prefix="C")
    assert owed_and_paid(later) == (owed, paid)
    # what it was decided with is kept: it is decided so again, and once more when the first has a decision that stands
    assert desk.claims.get(OPERATOR, later.claim_id).case == later.case
    assert later.case.taken_back == (((first.claim_id, 1),) if taken_back else ())
    if taken_back:
        desk.corrections.correct(OPERATOR, first.claim_id, "K1", msgspec.structs.replace(first.case.claim))
        line = msgspec.structs.replace(line, procedure="99215")
        (last,) = desk.submit(a_claim(line, subscriber=subscriber(MEMBER)), prefix="D")
        assert last.case.taken_back == ()
    desk.store.close()


def test_section_5_a_reversal_takes_back_the_stored_amounts_and_later_claims_stay(desk: Desk) -> None:
    # deductible 1,000.00, of which 500.00 are met. X 400.00 and Y 400.00: X owes 400.00, Y 100.00 + 20 % of 300.00 = 60.00
    desk.accumulators.record(OPERATOR, [an_amount(amount_cents=50_000)])
    (x,) = desk.submit(a_bill(40_000), prefix="X")
    (y,) = desk.submit(a_bill(40_000, day=dt.date(2026, 3, 3)), prefix="Y")
    assert (x.decision.paid_cents, y.decision.paid_cents) == (0, 24_000)
    assert left(desk) == 0
    back = desk.accumulators.reverse(OPERATOR, x.claim_id)
    assert {entry.source_id for entry in back} == {f"{x.claim_id}/1"}
    # -400.00: of the 1,000.00 the pharmacy's 500.00 and Y's 100.00 stay
    assert left(desk) == 40_000
    assert desk.claims.get(OPERATOR, y.claim_id).decision == y.decision
    # once is as good as twice
    assert desk.accumulators.reverse(OPERATOR, x.claim_id) == back
    assert left(desk) == 40_000
    # the next claim picks up the 400.00
    (z,) = desk.submit(a_bill(50_000, day=dt.date(2026, 3, 4)), prefix="Z")
    assert {a.carc: a.amount_cents for a in z.decision.line(1).adjustments} == {"1": 40_000, "2": 2000}


@pytest.mark.parametrize("first", ["X", "Y"])
def test_section_5_the_order_decides_which_provider_is_owed_and_not_what_the_member_owes(
    desk: Desk, first: str
) -> None:
    # 500.00 of the deductible are left; of two claims of 400.00 the first owes 400.00, the second 100.00 + 60.00
    desk.accumulators.record(OPERATOR, [an_amount(amount_cents=50_000)])
    days = {"X": dt.date(2026, 3, 2), "Y": dt.date(2026, 3, 3)}
    paid = {}
    for name in sorted(days, key=lambda name: name != first):
        (record,) = desk.submit(a_bill(40_000, day=days[name]), prefix=name)
        paid[name] = (record.decision.member_cents, record.decision.paid_cents)
    second = "Y" if first == "X" else "X"
    assert paid == {first: (40_000, 0), second: (16_000, 24_000)}


def test_row_16_the_reversal_of_one_members_claim_leaves_the_others_as_they_were(
    place: Place, policies: PolicySet
) -> None:
    # the family's 2,000.00 are full from 1,000.00 of each; B's are 600.00 and 400.00, and the 400.00 are reversed
    desk = Desk(place("told"), policies, adjudicate)
    (first,) = desk.submit(a_bill(100_000), prefix="A")
    (second,) = desk.submit(a_bill(60_000, SPOUSE), prefix="B1")
    (third,) = desk.submit(a_bill(40_000, SPOUSE, dt.date(2026, 3, 3)), prefix="B2")
    (child,) = desk.submit(a_bill(10_000, CHILD), prefix="C")
    # what each 835 tells: all of it deductible, and then 20 % of 100.00
    assert [owed_and_paid(one) for one in (first, second, third, child)] == [
        ({"PR-1": 100_000}, 0),
        ({"PR-1": 60_000}, 0),
        ({"PR-1": 40_000}, 0),
        ({"PR-2": 2000}, 8000),
    ]
    desk.accumulators.reverse(OPERATOR, third.claim_id)
    assert left(desk, owner="family") == 40_000
    assert left(desk, SPOUSE.member_id) == 40_000
    assert left(desk) == 0
    assert desk.claims.get(OPERATOR, child.claim_id).decision == child.decision
    # of the child's next 500.00 the family's 400.00 are deductible again, and 20 % of 100.00
    (later,) = desk.submit(a_bill(50_000, CHILD, dt.date(2026, 3, 4)), prefix="C2")
    assert owed_and_paid(later) == ({"PR-1": 40_000, "PR-2": 2000}, 8000)
    desk.store.close()


def test_what_is_not_decided_cannot_be_taken_back(desk: Desk) -> None:
    (waiting,) = desk.submit(a_heart_study())
    with pytest.raises(WrongState):
        desk.accumulators.reverse(OPERATOR, waiting.claim_id)
    with pytest.raises(NotFound):
        desk.accumulators.reverse(OPERATOR, "NOBODY")


def test_row_17_what_two_systems_count_too_much_is_reported_and_kept(desk: Desk) -> None:
    # 3,900.00 + 300.00 against 4,000.00: 200.00 over
    first = an_amount(accumulator="out_of_pocket", amount_cents=390_000)
    assert desk.accumulators.record(OPERATOR, [first]).overshoots == ()
    second = an_amount(accumulator="out_of_pocket", source="vision", amount_cents=30_000)
    told = "The member's out-of-pocket limit (in network) of the period from 2026-01-01: 4,200.00 used, 200.00 over its limit of "
    assert desk.accumulators.record(OPERATOR, [second]).overshoots == ((0, f"{told}4,000.00."),)
    totals = desk.accumulators.get(OPERATOR, MEMBER.member_id)
    assert [(each.owner, each.used_cents, each.over_cents) for each in totals] == [
        ("member", 420_000, 20_000),
        ("family", 420_000, 0),
    ]


def load_coverage(desk: Desk, *coverages: Coverage) -> None:
    """Load the member anew, with this coverage and no other."""
    with desk.store.writing() as connection:
        load_members(connection, [(MEMBER, list(coverages))])


def test_what_was_fed_may_come_again_and_be_taken_back_after_the_coverage_has_ended(desk: Desk) -> None:
    assert desk.accumulators.record(OPERATOR, [an_amount(amount_cents=25_000)]).count == 1
    load_coverage(desk, Coverage(plan="plans/worked", span=Span(ALWAYS.effective, dt.date(2026, 1, 1))))
    # the same again is the same, whatever became of the coverage
    assert desk.accumulators.record(OPERATOR, [an_amount(amount_cents=25_000)]).count == 0
    # what is new needs a day of coverage
    with pytest.raises(FeedRefused) as refused:
        desk.accumulators.record(OPERATOR, [an_amount(source_id="RX2", amount_cents=1)])
    assert [(each.position, each.column) for each in refused.value.problems] == [(0, "served_on")]
    # what the source takes back of that day leaves the period in which it was counted, to the cent and no further
    with pytest.raises(FeedRefused):
        desk.accumulators.record(OPERATOR, [an_amount(source_id="RX3", amount_cents=-25_001)])
    assert desk.accumulators.record(OPERATOR, [an_amount(source_id="RX3", amount_cents=-25_000)]).count == 1
    load_coverage(desk, Coverage(plan="plans/worked", span=ALWAYS))
    assert left(desk) == 100_000


@pytest.mark.parametrize(
    ("as_of", "limit_cents"),
    [
        # the plan of before July has 1,000.00, that of July on 1,500.00
        (dt.date(2026, 6, 30), 100_000),
        (dt.date(2026, 7, 1), 150_000),
    ],
)
def test_the_limit_is_that_of_the_plan_that_the_member_has_by_the_day(
    place: Place, demo: PolicySet, as_of: dt.date, limit_cents: int
) -> None:
    policies = policies_of(demo)
    plan = policies.plans["plans/worked"].versions[0]
    tier = msgspec.structs.replace(plan.in_network, deductible=LimitPair(150_000, 300_000))
    bigger = msgspec.structs.replace(plan, document="plans/bigger", in_network=tier)
    plans = {**policies.plans, "plans/bigger": Document(path="plans/bigger", title="Bigger", versions=(bigger,))}
    desk = Desk(place("payer"), msgspec.structs.replace(policies, plans=plans))
    # The first stretch was left open: of two the one that began last counts, as it does for claims. 1,200.00 under the first plan
    # are 200.00 too much of its 1,000.00, and stay so under a plan that lets more be taken.
    load_coverage(
        desk,
        Coverage(plan="plans/worked", span=ALWAYS),
        Coverage(plan="plans/bigger", span=Span(dt.date(2026, 7, 1))),
    )
    desk.accumulators.record(OPERATOR, [an_amount(amount_cents=120_000)])
    totals = desk.accumulators.get(OPERATOR, MEMBER.member_id, as_of)
    assert [(total.limit_cents, total.over_cents) for total in totals if total.owner == "member"] == [
        (limit_cents, 20_000)
    ]
    desk.store.close()


def test_so_many_of_a_family_meet_the_deductible_for_the_others(place: Place, demo: PolicySet) -> None:
    # 500.00 a person, met for the family by two: the subscriber and the spouse meet theirs, the child owes 20 % of 450.00
    policies = policies_of(demo)
    plan = msgspec.structs.replace(
        policies.plans["plans/worked"].versions[0],
        in_network=TierLimits(LimitPair(50_000, None, people=2), LimitPair(400_000, 800_000)),
    )
    plans = {"plans/worked": Document(path="plans/worked", title="Worked example", versions=(plan,))}
    desk = Desk(place("payer"), msgspec.structs.replace(policies, plans=plans))
    (before,) = desk.submit(a_bill(10_000, CHILD), prefix="C1")
    assert {a.carc: a.amount_cents for a in before.decision.line(1).adjustments} == {"1": 10_000}
    (first,) = desk.submit(a_bill(50_000), prefix="A")
    desk.submit(a_bill(50_000, SPOUSE), prefix="B")
    (after,) = desk.submit(a_bill(45_000, CHILD, dt.date(2026, 3, 3)), prefix="C2")
    assert {a.carc: a.amount_cents for a in after.decision.line(1).adjustments} == {"2": 9000}
    # taken back, the subscriber has not met it any more: 500.00 - 100.00 = 400.00, then 20 % of 50.00 = 10.00
    desk.accumulators.reverse(OPERATOR, first.claim_id)
    (last,) = desk.submit(a_bill(45_000, CHILD, dt.date(2026, 3, 4)), prefix="C3")
    assert {a.carc: a.amount_cents for a in last.decision.line(1).adjustments} == {"1": 40_000, "2": 1000}
    assert {balance.owner for balance in last.case.balances} >= {f"member:{SPOUSE.member_id}"}
    desk.store.close()


def test_what_others_have_used_is_no_fact_of_a_claim_whose_plan_does_not_ask(desk: Desk) -> None:
    desk.submit(a_bill(50_000, SPOUSE), prefix="B")
    (record,) = desk.submit(a_bill(50_000), prefix="A")
    assert {balance.owner for balance in record.case.balances} == {f"family:{MEMBER.family_id}"}


def test_a_change_of_plan_within_a_year_credits_what_the_new_plan_says(place: Place, demo: PolicySet) -> None:
    # until March 600.00 go to the worked plan's deductible; from April another one of 800.00 credits them
    policies = policies_of(demo)
    plan = msgspec.structs.replace(
        policies.plans["plans/worked"].versions[0],
        document="plans/next",
        in_network=TierLimits(LimitPair(80_000, 160_000), LimitPair(500_000, 1_000_000)),
        own_limits=OwnLimits(credits=("plans/worked",), accumulators=("deductible",)),
    )
    following = Document(path="plans/next", title="Another", versions=(plan,))
    desk = Desk(place("payer"), msgspec.structs.replace(policies, plans={**policies.plans, "plans/next": following}))
    april = dt.date(2026, 4, 1)
    coverage = [
        Coverage(plan="plans/worked", span=Span(ALWAYS.effective, april - dt.timedelta(days=1))),
        Coverage(plan="plans/next", span=Span(april)),
    ]
    with desk.store.writing() as connection:
        load_members(connection, [(MEMBER, coverage)])
    desk.submit(a_bill(60_000), prefix="M")
    # 800.00 - 600.00 = 200.00; 20 % of 250.00 = 50.00
    (first,) = desk.submit(a_bill(45_000, day=april), prefix="A")
    assert {a.carc: a.amount_cents for a in first.decision.line(1).adjustments} == {"1": 20_000, "2": 5000}
    assert {
        each.in_words()
        for each in desk.accumulators.get(OPERATOR, MEMBER.member_id)
        if each.owner == "member" and each.tier != "in_network"
    } == {
        "The member's deductible (in network of plans/next) of the period from 2026-01-01: 0.00 of 800.00 left, with 600.00 "
        "credited of other plans",
        "The member's out-of-pocket limit (in network of plans/next) of the period from 2026-01-01: 4,750.00 of 5,000.00 left",
    }
    # a pharmacy's amount of April counts under the new plan: 1,000.00 would be too much of 800.00
    told = desk.accumulators.record(OPERATOR, [an_amount(served_on=april, amount_cents=70_000)]).overshoots
    assert told == (
        (
            0,
            "The member's deductible (in network of plans/next) of the period from 2026-01-01: 900.00 used, 100.00 over its "
            "limit of 800.00.",
        ),
    )
    totals = desk.accumulators.get(OPERATOR, MEMBER.member_id)
    assert {
        (each.accumulator, each.tier, each.used_cents, each.limit_cents) for each in totals if each.owner == "member"
    } == {
        ("deductible", "in_network", 60_000, 100_000),
        ("out_of_pocket", "in_network", 60_000, 400_000),
        ("deductible", "in_network of plans/next", 90_000, 80_000),
        ("out_of_pocket", "in_network of plans/next", 25_000, 500_000),
    }
    desk.store.close()


APRIL = dt.date(2026, 4, 1)
SMALLER = TierLimits(LimitPair(80_000, 160_000), LimitPair(300_000, 600_000))


def a_move(place: Place, demo: PolicySet) -> Desk:
    """Until March the worked plan, deductible 1,000.00 of 2,000.00; from April another whose deductible is 800.00 of 1,600.00."""
    policies = policies_of(demo)
    smaller = msgspec.structs.replace(
        policies.plans["plans/worked"].versions[0], document="plans/smaller", in_network=SMALLER
    )
    plans = {**policies.plans, "plans/smaller": Document(path="plans/smaller", title="Smaller", versions=(smaller,))}
    desk = Desk(place("payer"), msgspec.structs.replace(policies, plans=plans))
    load_coverage(
        desk,
        Coverage(plan="plans/worked", span=Span(ALWAYS.effective, APRIL - dt.timedelta(days=1))),
        Coverage(plan="plans/smaller", span=Span(APRIL)),
    )
    return desk


def words(desk: Desk, accumulator: str = "deductible") -> list[str]:
    """What is told of the member's accumulators of a kind, without the name."""
    totals = desk.accumulators.get(OPERATOR, MEMBER.member_id)
    return [
        total.in_words().partition(": ")[2]
        for total in totals
        if (total.owner, total.accumulator) == ("member", accumulator)
    ]


def overshoots_of(desk: Desk, day: int) -> list[str]:
    """What a claim of a day of April tells of overshoots."""
    desk.today = APRIL.replace(day=day)
    (record,) = desk.submit(a_bill(10_000, day=desk.today), prefix=f"A{day}-")
    assert record.decision.disposition.is_final
    return [f.because for f in record.decision.findings if f.rule == "accumulator-overshoot"]


def test_who_comes_to_a_smaller_plan_was_not_charged_too_much(place: Place, demo: PolicySet) -> None:
    # 1,000.00 within the first plan's deductible fill the 800.00 of the second
    desk = a_move(place, demo)
    desk.submit(a_bill(100_000), prefix="M")
    assert overshoots_of(desk, 1) == []
    assert words(desk) == ["0.00 of 800.00 left; 1,000.00 used, under higher limits of the same period"]
    assert {total.over_cents for total in desk.accumulators.get(OPERATOR, MEMBER.member_id)} == {0}
    # a pharmacy's 50.00 of April are 50.00 too much of any of the two: the feed, the totals and a claim tell the same
    told = "1,050.00 used, 50.00 over its limit of 1,000.00"
    fed = desk.accumulators.record(OPERATOR, [an_amount(served_on=APRIL, amount_cents=5000)])
    assert [over.partition(": ")[2] for _, over in fed.overshoots] == [f"{told}."]
    assert words(desk) == [told]
    assert [over.partition(": ")[2] for over in overshoots_of(desk, 2)] == [
        "1,050.00 used, 50.00 over its limit of 1,000.00."
    ]
    desk.store.close()


def test_what_is_taken_above_the_smaller_plans_own_limit_is_found(place: Place, demo: PolicySet) -> None:
    # 100.00 in March; 800.01 of a pharmacy in April are 0.01 too much, though 900.01 were within the first plan's 1,000.00
    desk = a_move(place, demo)
    desk.submit(a_bill(10_000), prefix="M")
    assert desk.accumulators.record(OPERATOR, [an_amount(served_on=APRIL, amount_cents=80_000)]).overshoots == ()
    told = "of which 800.01 were taken under a limit of 800.00, 0.01 over it"
    fed = desk.accumulators.record(OPERATOR, [an_amount(source_id="RX2", served_on=APRIL, amount_cents=1)])
    assert [over.partition(": ")[2] for _, over in fed.overshoots] == [f"900.01 used, {told}."]
    assert words(desk) == [f"900.01 used, {told}"]
    assert [over.partition(": ")[2] for over in overshoots_of(desk, 1)] == [f"900.01 used, {told}."]
    # taken back by the source, it is gone everywhere
    desk.accumulators.record(OPERATOR, [an_amount(source_id="RX3", served_on=APRIL, amount_cents=-1)])
    assert words(desk) == ["0.00 of 800.00 left; 900.00 used, under higher limits of the same period"]
    assert overshoots_of(desk, 2) == []
    desk.store.close()


def test_a_reversal_leaves_the_plan_under_which_it_was_taken(place: Place, demo: PolicySet) -> None:
    # 300.00 in March and 500.00 in April: reversed, the 500.00 leave the second plan's limit, and a pharmacy's 700.00 are within it
    desk = a_move(place, demo)
    desk.submit(a_bill(30_000), prefix="M")
    (april,) = desk.submit(a_bill(70_000, day=APRIL), prefix="A")
    # 800.00 - 300.00 = 500.00; 20 % of 200.00
    assert {a.carc: a.amount_cents for a in april.decision.line(1).adjustments} == {"1": 50_000, "2": 4000}
    desk.accumulators.reverse(OPERATOR, april.claim_id)
    assert words(desk) == ["500.00 of 800.00 left"]
    desk.accumulators.record(OPERATOR, [an_amount(served_on=APRIL, amount_cents=70_000)])
    assert {total.over_cents for total in desk.accumulators.get(OPERATOR, MEMBER.member_id)} == {0}
    desk.store.close()


def test_a_claim_over_a_change_of_plans_is_taken_back_of_both(place: Place, demo: PolicySet) -> None:
    # 300.00 on 31 March under the first plan, 500.00 on 1 April under the second: 1,000.00 - 300.00 and 800.00 - 300.00 were left
    desk = a_move(place, demo)
    desk.today = APRIL
    march = APRIL - dt.timedelta(days=1)
    lines = (
        a_line(1, charge_cents=30_000, from_date=march, through_date=march),
        a_line(2, procedure="93000", charge_cents=60_000, from_date=APRIL, through_date=APRIL),
    )
    (record,) = desk.submit(a_claim(*lines, subscriber=subscriber(MEMBER)))

    def of_plans() -> dict[str, int]:
        taken: dict[str, int] = {}
        for total in desk.accumulators.get(OPERATOR, MEMBER.member_id):
            if (total.owner, total.accumulator) == ("member", "deductible"):
                for entry in total.entries:
                    taken[entry.plan] = taken.get(entry.plan, 0) + entry.amount_cents
        return taken

    first, second = "plans/worked@2020-01-01", "plans/smaller@2020-01-01"
    assert of_plans() == {first: 30_000, second: 50_000}
    back = desk.accumulators.reverse(OPERATOR, record.claim_id)
    assert of_plans() == {first: 0, second: 0}
    assert desk.accumulators.reverse(OPERATOR, record.claim_id) == back
    desk.store.close()


NOVEMBER = dt.date(2026, 11, 5)


def a_carrying_payer(place: Place, demo: PolicySet, **plan: Any) -> Desk:
    """Deductible 500.00 of 1,000.00, of which the last three months of a year carry over; today is 15 January 2027."""
    policies = policies_of(demo)
    changes: dict[str, Any] = {
        "in_network": TierLimits(LimitPair(50_000, 100_000), LimitPair(400_000, 800_000)),
        "carry_over": CarryOver(months=3, accumulators=("deductible",)),
    }
    version = msgspec.structs.replace(policies.plans["plans/worked"].versions[0], **(changes | plan))
    plans = {"plans/worked": Document(path="plans/worked", title="Worked example", versions=(version,))}
    desk = Desk(place("payer"), msgspec.structs.replace(policies, plans=plans))
    desk.today = dt.date(2027, 1, 15)
    return desk


def feed(desk: Desk, name: str, cents: int, day: dt.date = NOVEMBER, **changes: Any) -> int:
    """How many amounts are new."""
    amount = an_amount(source_id=name, amount_cents=cents, served_on=day, **changes)
    return desk.accumulators.record(OPERATOR, [amount]).count


def stands(desk: Desk, owner: str = "member", member_id: str = MEMBER.member_id) -> dict[tuple[str, str, int], int]:
    """What stands in the accumulators of an owner, by accumulator, tier and year."""
    totals = desk.accumulators.get(OPERATOR, member_id)
    for total in totals:
        assert total.used_cents == sum(entry.amount_cents for entry in total.entries) >= 0
    return {
        (total.accumulator, total.tier, total.period_start.year): total.used_cents
        for total in totals
        if total.owner == owner and total.used_cents
    }


DEDUCTIBLE_OF = {year: ("deductible", "in_network", year) for year in (2026, 2027)}


def test_row_13_what_a_pharmacy_counts_late_in_a_year_carries_over_as_a_claims_amount_does(
    place: Place, demo: PolicySet
) -> None:
    # 2026: 180.00 of November. 2027: 500.00 - 180.00 = 320.00; 20 % of 80.00 = 16.00; plan 64.00
    desk = a_carrying_payer(place, demo)
    assert feed(desk, "RX1", 18_000) == 1
    for owner in ("member", "family"):
        assert stands(desk, owner) == {DEDUCTIBLE_OF[2026]: 18_000, DEDUCTIBLE_OF[2027]: 18_000}
    (record,) = desk.submit(a_bill(40_000, day=dt.date(2027, 1, 4)))
    assert {a.carc: a.amount_cents for a in record.decision.line(1).adjustments} == {"1": 32_000, "2": 1600}
    assert record.decision.paid_cents == 6400
    # the same again counts nothing, though there is no room left to carry it to
    assert feed(desk, "RX1", 18_000) == 0
    assert stands(desk)[DEDUCTIBLE_OF[2027]] == 50_000
    desk.store.close()


@pytest.mark.parametrize(
    ("day", "carried"), [(dt.date(2026, 9, 30), 0), (dt.date(2026, 10, 1), 18_000), (dt.date(2026, 12, 31), 18_000)]
)
def test_only_the_last_months_of_a_year_carry(place: Place, demo: PolicySet, day: dt.date, carried: int) -> None:
    desk = a_carrying_payer(place, demo)
    feed(desk, "RX1", 18_000, day)
    feed(desk, "RX2", 9000, day, accumulator="out_of_pocket")
    expected = {DEDUCTIBLE_OF[2026]: 18_000, ("out_of_pocket", "in_network", 2026): 9000}
    assert stands(desk) == expected | ({DEDUCTIBLE_OF[2027]: carried} if carried else {})
    desk.store.close()


def test_a_day_knows_what_was_carried_by_then(place: Place, demo: PolicySet) -> None:
    desk = a_carrying_payer(place, demo)
    desk.today = dt.date(2026, 12, 1)
    feed(desk, "RX1", 18_000)
    desk.today = dt.date(2027, 1, 15)
    feed(desk, "RX2", -8000)
    by_day = {
        day: {
            total.period_start.year: total.used_cents
            for total in desk.accumulators.get(OPERATOR, MEMBER.member_id, day)
            if total.owner == "member"
        }
        for day in (dt.date(2026, 11, 30), dt.date(2026, 12, 1), dt.date(2027, 1, 14), dt.date(2027, 1, 15))
    }
    before, after = {2026: 18_000, 2027: 18_000}, {2026: 10_000, 2027: 10_000}
    assert list(by_day.values()) == [{}, before, before, after]
    desk.store.close()


def test_what_is_carried_never_exceeds_the_next_years_limit_and_goes_with_what_is_taken_back(
    place: Place, demo: PolicySet
) -> None:
    # 450.00 of 500.00 are used in 2027, so that of 180.00 only 50.00 carry
    desk = a_carrying_payer(place, demo)
    feed(desk, "RX0", 45_000, dt.date(2027, 1, 10))
    feed(desk, "RX1", 18_000)
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 18_000, DEDUCTIBLE_OF[2027]: 50_000}
    # 80.00 stay of November, which would have carried 50.00 too
    feed(desk, "RX1-A", -10_000)
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 8000, DEDUCTIBLE_OF[2027]: 50_000}
    # 40.00 stay: 10.00 of what was carried go
    feed(desk, "RX1-B", -4000)
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 4000, DEDUCTIBLE_OF[2027]: 49_000}
    # what is carried is none of the source's own: of 2027 it has counted 450.00
    with pytest.raises(FeedRefused):
        feed(desk, "RX0-A", -45_001, dt.date(2027, 1, 10))
    feed(desk, "RX1-C", -4000)
    assert stands(desk) == stands(desk, "family") == {DEDUCTIBLE_OF[2027]: 45_000}
    assert feed(desk, "RX1-B", -4000) == 0
    desk.store.close()


def test_what_is_taken_back_under_another_day_takes_back_what_was_carried_too(place: Place, demo: PolicySet) -> None:
    # 100.00 and 200.00 of two days; 250.00 are taken back under a third one: 50.00 stay of both years
    desk = a_carrying_payer(place, demo)
    feed(desk, "RX1", 10_000)
    feed(desk, "RX2", 20_000, dt.date(2026, 12, 1))
    feed(desk, "RX3", -25_000, dt.date(2026, 12, 31))
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 5000, DEDUCTIBLE_OF[2027]: 5000}
    feed(desk, "RX4", -5000)
    assert stands(desk) == {}
    desk.store.close()


def test_a_feed_whose_amounts_come_in_one_file_finds_the_room_that_those_before_have_left(
    place: Place, demo: PolicySet
) -> None:
    # the family's 1,000.00 of 2027: 500.00 of the spouse, 450.00 of the child; of the member's 180.00 the last 50.00 carry, and
    # of what is counted for the spouse then nothing
    desk = a_carrying_payer(place, demo)
    amounts = [
        an_amount(source_id=f"RX{n}", member_id=member.member_id, served_on=NOVEMBER, amount_cents=cents)
        for n, (member, cents) in enumerate([(SPOUSE, 50_000), (CHILD, 45_000), (MEMBER, 18_000), (SPOUSE, 100)])
    ]
    added = desk.accumulators.record(OPERATOR, amounts)
    assert added.count == 4
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 18_000, DEDUCTIBLE_OF[2027]: 5000}
    assert stands(desk, "family")[DEDUCTIBLE_OF[2027]] == 100_000
    assert stands(desk, member_id=SPOUSE.member_id)[DEDUCTIBLE_OF[2027]] == 50_000
    # of 2026 all of it is counted, the spouse's 501.00 of 500.00 and the family's 1,131.00 of 1,000.00 among it, and told
    assert [(position, over.partition(": ")[2]) for position, over in added.overshoots] == [
        (3, "501.00 used, 1.00 over its limit of 500.00."),
        (3, "1,131.00 used, 131.00 over its limit of 1,000.00."),
    ]
    desk.store.close()


def test_nothing_carries_to_a_limit_that_others_have_met_for_the_family(place: Place, demo: PolicySet) -> None:
    # 500.00 a person, met by two. Spouse and child have met it in 2027; before that the member's 100.00 carry, then no more
    tier = TierLimits(LimitPair(50_000, None, people=2), LimitPair(400_000, 800_000))
    desk = a_carrying_payer(place, demo, in_network=tier)
    january = dt.date(2027, 1, 10)
    feed(desk, "RX1", 50_000, january, member_id=SPOUSE.member_id)
    feed(desk, "RX2", 49_999, january, member_id=CHILD.member_id)
    feed(desk, "RX3", 10_000)
    feed(desk, "RX4", 1, january, member_id=CHILD.member_id)
    feed(desk, "RX5", 10_000)
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 20_000, DEDUCTIBLE_OF[2027]: 10_000}
    desk.store.close()


BOTH = TierLimits(LimitPair(50_000, 100_000), LimitPair(400_000, 800_000), counts_toward="out_of_network")


def test_what_a_pharmacy_counts_in_one_tier_counts_toward_the_other_as_the_plan_says(
    place: Place, demo: PolicySet
) -> None:
    # outside the network the deductible is 2,000.00: 500.00 and 250.00 count there too, and the other way nothing does
    desk = a_carrying_payer(place, demo, in_network=BOTH)
    march = dt.date(2026, 3, 1)
    feed(desk, "RX1", 25_000, march)
    feed(desk, "RX2", 7000, march, tier="out_of_network")
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 25_000, ("deductible", "out_of_network", 2026): 32_000}
    feed(desk, "RX3", -25_000, march)
    assert stands(desk) == {("deductible", "out_of_network", 2026): 7000}
    # of November it counts in both tiers of both years
    feed(desk, "RX4", 3000)
    assert stands(desk) == {
        (*DEDUCTIBLE_OF[year][:1], tier, year): cents
        for year, tier, cents in (
            (2026, "in_network", 3000),
            (2026, "out_of_network", 10_000),
            (2027, "in_network", 3000),
            (2027, "out_of_network", 3000),
        )
    }
    # a name is of one tier
    with pytest.raises(FeedRefused) as refused:
        feed(desk, "RX4", 3000, tier="out_of_network")
    assert [each.column for each in refused.value.problems] == ["source_id"]
    desk.store.close()


def test_a_source_may_send_itself_what_counts_besides(place: Place, demo: PolicySet) -> None:
    # 180.00 of November, and the same as a row of the next year's first day: each counts once
    desk = a_carrying_payer(place, demo, in_network=BOTH)
    feed(desk, "RX1", 18_000, alone=True)
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 18_000}
    feed(desk, "RX1-2027", 18_000, dt.date(2027, 1, 1), alone=True)
    assert stands(desk) == {DEDUCTIBLE_OF[2026]: 18_000, DEDUCTIBLE_OF[2027]: 18_000}
    assert feed(desk, "RX1", 18_000, alone=True) == 0
    # it takes back itself, too
    feed(desk, "RX1-BACK", -18_000, alone=True)
    assert stands(desk) == {DEDUCTIBLE_OF[2027]: 18_000}
    # what was counted as the plan says cannot come again as alone
    feed(desk, "RX2", 1000)
    with pytest.raises(FeedRefused) as refused:
        feed(desk, "RX2", 1000, alone=True)
    assert [each.column for each in refused.value.problems] == ["alone"]
    desk.store.close()


def test_copays_before_a_maximum_begins_count_in_it(place: Place, demo: PolicySet) -> None:
    # a pharmacy's copay of 30.00 under a plan without a maximum stands in the ledger, without a limit
    desk = Desk(place("payer"), policies_of(demo))
    feed(desk, "RX1", 3000, dt.date(2026, 3, 1), accumulator="copays")
    assert words(desk, "copays") == ["30.00 used, no limit"]
    desk.store.close()
