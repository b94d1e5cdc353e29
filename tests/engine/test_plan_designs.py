"""Plan designs beyond domain/04 section 4, to the cent.

Limits that people meet for a family, maximums of copays, and changes of plan within a year.
"""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.benefits import limit_use
from adjudicator.explain.parts import calculation, limits
from adjudicator.model.case import Balance, Case, Coverage
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import BenefitUse, CostShare, Decision, LimitUse
from adjudicator.policy.document import Document
from adjudicator.policy.plan import LimitPair, OwnLimits, TierLimits, Waiver
from adjudicator.policy.policy_set import PolicySet
from tests.building import ALWAYS, ANY, MEMBER, a_benefit, a_case, a_claim, a_line, codes, used, worked_policies
from tests.remittance.told import adjudicate

TWO_PEOPLE = TierLimits(deductible=LimitPair(50_000, None, people=2), out_of_pocket=LimitPair(400_000, 800_000))
COPAYS = LimitPair(20_000, 40_000)
VISIT = a_benefit("visit", ANY, copay=5000)


def of_others(*cents: int, accumulator: str = "deductible", tier: str = "in_network") -> tuple[Balance, ...]:
    """What other people of the family have used."""
    start = used()[0].period_start
    return tuple(Balance(f"member:OTHER{n}", accumulator, tier, start, one) for n, one in enumerate(cents))


def owed(decision: Decision, line: int = 1) -> tuple[dict[str, int], int]:
    decided = decision.line(line)
    return {f"{a.group}-{a.carc}": a.amount_cents for a in decided.adjustments}, decided.paid_cents


def moved(decision: Decision) -> dict[tuple[str, str], int]:
    return {(e.owner.split(":")[0], e.accumulator): e.amount_cents for e in decision.entries}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        # nobody, or one of two, has met 500.00: all of 450.00 is this person's deductible
        ((), ({"PR-1": 45_000}, 0)),
        ((50_000,), ({"PR-1": 45_000}, 0)),
        ((50_000, 49_999), ({"PR-1": 45_000}, 0)),
        # two have: 20 % of 450.00 = 90.00
        ((50_000, 50_000), ({"PR-2": 9000}, 36_000)),
        ((10_000, 50_000, 60_000), ({"PR-2": 9000}, 36_000)),
    ],
)
def test_so_many_people_meet_the_deductible_for_the_family(
    demo: PolicySet, others: tuple[int, ...], expected: tuple[dict[str, int], int]
):
    case = a_case(a_claim(a_line(charge_cents=45_000)), balances=(*used(), *of_others(*others)))
    decision = adjudicate(case, worked_policies(demo, in_network=TWO_PEOPLE))
    assert owed(decision) == expected
    # what was not taken of the deductible counts toward no deductible
    assert moved(decision).get(("member", "deductible"), 0) == expected[0].get("PR-1", 0)


def test_a_person_stops_at_their_own_deductible_before_anybody_else_has_met_theirs(demo: PolicySet):
    # 500.00 - 300.00 = 200.00; 20 % of 250.00 = 50.00
    case = a_case(a_claim(a_line(charge_cents=45_000)), balances=used(deductible=30_000))
    assert owed(adjudicate(case, worked_policies(demo, in_network=TWO_PEOPLE))) == (
        {"PR-1": 20_000, "PR-2": 5000},
        20_000,
    )


@pytest.mark.parametrize(
    "others", [of_others(50_000, 50_000, tier="out_of_network"), of_others(50_000, 50_000, accumulator="out_of_pocket")]
)
def test_people_count_in_the_same_limit_of_the_same_tier_only(demo: PolicySet, others: tuple[Balance, ...]):
    case = a_case(a_claim(a_line(charge_cents=45_000)), balances=(*used(), *others))
    assert owed(adjudicate(case, worked_policies(demo, in_network=TWO_PEOPLE))) == ({"PR-1": 45_000}, 0)


def test_people_count_in_the_same_period_only(demo: PolicySet):
    before = tuple(
        msgspec.structs.replace(each, period_start=each.period_start.replace(year=2025))
        for each in of_others(50_000, 50_000)
    )
    case = a_case(a_claim(a_line(charge_cents=45_000)), balances=(*used(), *before))
    assert owed(adjudicate(case, worked_policies(demo, in_network=TWO_PEOPLE))) == ({"PR-1": 45_000}, 0)


def test_people_may_meet_the_out_of_pocket_maximum_for_the_family_too(demo: PolicySet):
    tier = TierLimits(LimitPair(50_000, 100_000), LimitPair(400_000, None, people=2))
    met = (*used(), *of_others(400_000, 400_000, accumulator="out_of_pocket"))
    decision = adjudicate(
        a_case(a_claim(a_line(charge_cents=45_000)), balances=met), worked_policies(demo, in_network=tier)
    )
    assert owed(decision) == ({}, 45_000)
    assert "N549" in decision.line(1).remarks
    short = (*used(), *of_others(400_000, 399_999, accumulator="out_of_pocket"))
    decision = adjudicate(
        a_case(a_claim(a_line(charge_cents=45_000)), balances=short), worked_policies(demo, in_network=tier)
    )
    assert owed(decision) == ({"PR-1": 45_000}, 0)


OF_YEAR = "(in network) of the period from 2026-01-01"


def test_what_people_met_for_the_family_is_explained(demo: PolicySet):
    policies = worked_policies(demo, in_network=TWO_PEOPLE)
    met = a_case(a_claim(a_line(charge_cents=45_000)), balances=(*used(), *of_others(50_000, 50_000)))
    share = adjudicate(met, policies).line(1).share
    assert share is not None
    assert list(limits(share)) == [
        f"  The member's deductible {OF_YEAR}: met for the family by 2 of its people, of whom it takes 2, 0.00 applied; nothing is "
        "owed toward it.",
        f"  The member's out-of-pocket limit {OF_YEAR}: 4,000.00 of 4,000.00 left, 90.00 applied; 3,910.00 left after this line.",
        f"  The family's out-of-pocket limit {OF_YEAR}: 8,000.00 of 8,000.00 left, 90.00 applied; 7,910.00 left after this line.",
    ]
    one = a_case(a_claim(a_line(charge_cents=45_000)), balances=(*used(), *of_others(50_000, 1)))
    share = adjudicate(one, policies).line(1).share
    assert share is not None
    assert next(iter(limits(share))) == (
        f"  The member's deductible {OF_YEAR}: 500.00 of 500.00 left, 450.00 applied; 50.00 left after this line; 1 of 2 "
        "others have met theirs."
    )


@pytest.mark.parametrize(
    ("own", "family", "copay_cents"),
    [
        # 200.00 a person, 400.00 a family: the copay of 50.00 fits, fits in part, or finds nothing left
        (15_000, 15_000, 5000),
        (15_001, 15_001, 4999),
        (20_000, 20_000, 0),
        (0, 35_000, 5000),
        (0, 35_001, 4999),
        (0, 40_000, 0),
    ],
)
def test_copays_end_at_their_own_maximum(demo: PolicySet, own: int, family: int, copay_cents: int):
    tier = TierLimits(LimitPair(100_000, 200_000), LimitPair(400_000, 800_000), copays=COPAYS)
    start = used()[0].period_start
    balances = (
        Balance(f"member:{MEMBER.member_id}", "copays", "in_network", start, own),
        Balance(f"family:{MEMBER.family_id}", "copays", "in_network", start, family),
    )
    case = a_case(a_claim(a_line(charge_cents=18_000)), balances=balances)
    decision = adjudicate(case, worked_policies(demo, VISIT, in_network=tier))
    assert owed(decision) == ({"PR-3": copay_cents} if copay_cents else {}, 18_000 - copay_cents)
    expected = {(owner, kind): copay_cents for owner in ("member", "family") for kind in ("copays", "out_of_pocket")}
    assert moved(decision) == (expected if copay_cents else {})
    share = decision.line(1).share
    assert share is not None
    assert share.uses[-2:] == (
        LimitUse("copays", "member", "in_network", 20_000, own, copay_cents, period_start=start),
        LimitUse("copays", "family", "in_network", 40_000, family, copay_cents, period_start=start),
    )
    assert limit_use(share.uses[-1]).startswith("The family's copays (in network) of the period from 2026-01-01: ")


def test_a_copay_that_the_out_of_pocket_maximum_cuts_uses_no_more_of_the_copays(demo: PolicySet):
    # 20.00 are left of 4,000.00: of the copay of 50.00 20.00 are owed and counted
    tier = TierLimits(LimitPair(100_000, 200_000), LimitPair(400_000, 800_000), copays=COPAYS)
    case = a_case(a_claim(a_line(charge_cents=18_000)), balances=used(out_of_pocket=398_000))
    decision = adjudicate(case, worked_policies(demo, VISIT, in_network=tier))
    assert owed(decision) == ({"PR-3": 2000}, 16_000)
    assert moved(decision)["member", "copays"] == 2000


def test_lines_of_a_claim_share_the_maximum_of_copays(demo: PolicySet):
    # 200.00 - 170.00 = 30.00 for two copays of 25.00: 25.00 and 5.00
    tier = TierLimits(LimitPair(100_000, 200_000), LimitPair(400_000, 800_000), copays=COPAYS)
    start = used()[0].period_start
    balances = (Balance(f"member:{MEMBER.member_id}", "copays", "in_network", start, 17_000),)
    next_day = a_line(2, procedure="99214", charge_cents=18_000)
    day = start.replace(month=3, day=3)
    claim = a_claim(a_line(1, charge_cents=18_000), msgspec.structs.replace(next_day, from_date=day, through_date=day))
    policies = worked_policies(demo, a_benefit("visit", ANY, copay=2500), in_network=tier)
    decision = adjudicate(a_case(claim, balances=balances), policies)
    assert [owed(decision, n) for n in (1, 2)] == [({"PR-3": 2500}, 15_500), ({"PR-3": 500}, 17_500)]


def test_copays_are_counted_where_the_plan_has_no_maximum_yet(demo: PolicySet):
    # 50.00 of each visit: nothing ends them but the out-of-pocket maximum, and whatever maximum comes later finds them
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=18_000))), worked_policies(demo, VISIT))
    assert owed(decision) == ({"PR-3": 5000}, 13_000)
    assert moved(decision) == {
        (owner, of): 5000 for owner in ("member", "family") for of in ("out_of_pocket", "copays")
    }
    assert {use.accumulator for use in decision.line(1).share.uses} == {"out_of_pocket"}  # type: ignore[union-attr]
    no_copay = adjudicate(a_case(a_claim(a_line(charge_cents=18_000))), worked_policies(demo))
    assert {of for _, of in moved(no_copay)} == {"deductible", "out_of_pocket"}


def test_a_maximum_of_copays_that_a_later_version_has_is_filled_by_those_of_the_year_before_it(demo: PolicySet):
    # until June no maximum, from July 70.00 a person: 50.00 of March leave 20.00 of July's copay
    policies = worked_policies(demo, VISIT)
    (plan,) = policies.plans["plans/worked"].versions
    july = dt.date(2026, 7, 1)
    tier = TierLimits(LimitPair(100_000, 200_000), LimitPair(400_000, 800_000), copays=LimitPair(7000, None))
    versions = (
        msgspec.structs.replace(plan, span=Span(july), in_network=tier),
        msgspec.structs.replace(plan, span=Span(plan.span.effective, july - dt.timedelta(days=1))),
    )
    document = Document(path="plans/worked", title="Worked example", versions=versions)
    policies = msgspec.structs.replace(policies, plans={"plans/worked": document})
    march = adjudicate(a_case(a_claim(a_line(charge_cents=18_000))), policies)
    stands = tuple(
        Balance(e.owner, e.accumulator, e.tier, e.period_start, e.amount_cents, e.plan) for e in march.entries
    )
    assert owed(march) == ({"PR-3": 5000}, 13_000)
    later = a_case(a_claim(on(july, charge_cents=18_000)), balances=stands, received_on=july, decided_on=july)
    assert owed(adjudicate(later, policies)) == ({"PR-3": 2000}, 16_000)
    assert owed(adjudicate(msgspec.structs.replace(later, balances=()), policies)) == ({"PR-3": 5000}, 13_000)


CHANGE = dt.date(2026, 4, 1)
"""The first day under another plan."""


def after_a_change(demo: PolicySet, own: OwnLimits | None) -> PolicySet:
    """The worked plan, and another that members come to: deductible 800.00 / 1,600.00, out-of-pocket 5,000.00 / 10,000.00."""
    policies = worked_policies(demo)
    plan = msgspec.structs.replace(
        policies.plans["plans/worked"].versions[0],
        document="plans/next",
        in_network=TierLimits(LimitPair(80_000, 160_000), LimitPair(500_000, 1_000_000)),
        own_limits=own,
    )
    following = Document(path="plans/next", title="Another", versions=(plan,))
    return msgspec.structs.replace(policies, plans={**policies.plans, "plans/next": following})


def changed(*lines: Line, balances: tuple[Balance, ...]) -> Case:
    """A claim of a member who came to the other plan in April."""
    return a_case(
        a_claim(*lines),
        balances=balances,
        received_on=dt.date(2026, 4, 20),
        decided_on=dt.date(2026, 4, 20),
        coverage=(
            Coverage(plan="plans/worked", span=Span(ALWAYS.effective, CHANGE - dt.timedelta(days=1))),
            Coverage(plan="plans/next", span=Span(CHANGE)),
        ),
    )


def on(day: dt.date, number: int = 1, **changes: Any) -> Line:
    return a_line(number, **{"charge_cents": 50_000, "from_date": day, "through_date": day, **changes})


USED = used(deductible=60_000, out_of_pocket=70_000)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        # all plans count together: 800.00 - 600.00 = 200.00; 20 % of 300.00 = 60.00
        (None, ({"PR-1": 20_000, "PR-2": 6000}, 24_000)),
        # nothing is credited: all of 500.00
        (OwnLimits(), ({"PR-1": 50_000}, 0)),
        (OwnLimits(credits=("plans/worked",)), ({"PR-1": 20_000, "PR-2": 6000}, 24_000)),
        # toward the other limit only
        (OwnLimits(credits=("plans/worked",), accumulators=("out_of_pocket",)), ({"PR-1": 50_000}, 0)),
    ],
)
def test_the_plan_says_what_counts_that_was_used_under_another_in_the_year(
    demo: PolicySet, own: OwnLimits | None, expected: tuple[dict[str, int], int]
):
    decision = adjudicate(changed(on(CHANGE), balances=USED), after_a_change(demo, own))
    assert owed(decision) == expected
    kept_in = "in_network of plans/next" if own else "in_network"
    assert {entry.tier for entry in decision.entries} == {kept_in}


def test_what_is_credited_fills_a_limit_and_is_no_overshoot(demo: PolicySet):
    # 1,000.00 of the other plan's deductible fill the 800.00: 20 % of 500.00 = 100.00
    policies = after_a_change(demo, OwnLimits(credits=("plans/worked",)))
    decision = adjudicate(changed(on(CHANGE), balances=used(deductible=100_000)), policies)
    assert owed(decision) == ({"PR-2": 10_000}, 40_000)
    assert [f.rule for f in decision.findings if f.rule == "accumulator-overshoot"] == []
    share = decision.line(1).share
    assert share is not None
    assert share.uses[0] == LimitUse(
        "deductible", "member", "in_network", 80_000, 80_000, 0, period_start=dt.date(2026, 1, 1)
    )


OLD, NEW = "plans/worked@2020-01-01", "plans/next@2020-01-01"


def under(plan: str, cents: int, accumulator: str = "deductible") -> Balance:
    """What the member has used under a version of a plan; the family is left out."""
    return Balance(f"member:{MEMBER.member_id}", accumulator, "in_network", used()[0].period_start, cents, plan)


@pytest.mark.parametrize(
    ("balances", "told"),
    [
        # the old plan has 1,000.00, the new one 800.00. 1,000.00 were within the old plan's and fill the new one's
        ((under(OLD, 100_000),), None),
        ((under(NEW, 80_000),), None),
        # 800.00 under the new plan, 200.00 under the old one: in that order each had room
        ((under(OLD, 20_000), under(NEW, 80_000)), None),
        # in no order had both room: 1,000.01 in all
        ((under(OLD, 20_001), under(NEW, 80_000)), "1,000.01 used, 0.01 over its limit of 1,000.00"),
        ((under(OLD, 100_000), under(NEW, 30_000)), "1,300.00 used, 300.00 over its limit of 1,000.00"),
        # 800.01 under the new plan alone
        ((under(NEW, 80_001),), "800.01 used, 0.01 over its limit of 800.00"),
        (
            (under(OLD, 10_000), under(NEW, 80_001)),
            "900.01 used, of which 800.01 were taken under a limit of 800.00, 0.01 over it",
        ),
        # 1,000.01 under the old plan: too much also for who has the new one now
        ((under(OLD, 100_001),), "1,000.01 used, 0.01 over its limit of 1,000.00"),
        # a version that is not known any more counts as the plan of the claim
        ((under("plans/gone@2025-01-01", 80_001),), "800.01 used, 0.01 over its limit of 800.00"),
        ((under("", 80_000),), None),
        # what a source takes back under the other plan lessens it all the same: 900.00 - 100.00
        ((under(NEW, 90_000), under(OLD, -10_000)), None),
        ((under(NEW, 90_000), under(OLD, -9_999)), "800.01 used, 0.01 over its limit of 800.00"),
    ],
)
def test_only_what_exceeds_the_limit_under_which_it_was_taken_is_an_overshoot(
    demo: PolicySet, balances: tuple[Balance, ...], told: str | None
):
    decision = adjudicate(changed(on(CHANGE), balances=balances), after_a_change(demo, None))
    found = [f.because for f in decision.findings if f.rule == "accumulator-overshoot"]
    assert found == ([f"The member's deductible (in network) of the period from 2026-01-01: {told}."] if told else [])


def test_an_explanation_calls_nothing_overshot_that_is_none(demo: PolicySet):
    # 1,000.00 of the old plan fill the new one's 800.00; 800.01 of the new one overshoot it
    for balance, before_cents in ((under(OLD, 100_000), 80_000), (under(NEW, 80_001), 80_001)):
        share = adjudicate(changed(on(CHANGE), balances=(balance,)), after_a_change(demo, None)).line(1).share
        assert share is not None
        assert share.uses[0].before_cents == before_cents


def test_a_limit_that_is_corrected_downwards_shows_what_was_taken_above_it(demo: PolicySet):
    # 1,000.00 were taken under a version of 1,000.00 that should have said 900.00
    policies = worked_policies(demo, in_network=TierLimits(LimitPair(90_000, 200_000), LimitPair(400_000, 800_000)))
    decision = adjudicate(a_case(a_claim(a_line()), balances=(under(OLD, 100_000),)), policies)
    assert [f.because for f in decision.findings if f.rule == "accumulator-overshoot"] == [
        "The member's deductible (in network) of the period from 2026-01-01: 1,000.00 used, 100.00 over its limit of 900.00."
    ]


def test_what_is_credited_of_the_out_of_pocket_maximum_ends_what_is_owed(demo: PolicySet):
    # 5,000.00 - 4,000.00 credited - 950.00 here = 50.00 of the 100.00
    policies = after_a_change(demo, OwnLimits(credits=("plans/worked",)))
    here = tuple(
        msgspec.structs.replace(each, tier="in_network of plans/next")
        for each in used(deductible=80_000, out_of_pocket=95_000)
    )
    case = changed(on(CHANGE), balances=(*used(out_of_pocket=400_000), *here))
    assert owed(adjudicate(case, policies)) == ({"PR-2": 5000}, 45_000)


def test_a_claim_over_the_change_credits_its_own_first_line(demo: PolicySet):
    # 31 March, 1,000.00 - 600.00 = 400.00 and 20 % of 100.00; 1 April, 800.00 - 1,000.00 credited: 20 % of 500.00
    policies = after_a_change(demo, OwnLimits(credits=("plans/worked",)))
    lines = (on(CHANGE - dt.timedelta(days=1)), on(CHANGE, 2, procedure="99214"))
    decision = adjudicate(changed(*lines, balances=USED), policies)
    assert [owed(decision, n) for n in (1, 2)] == [
        ({"PR-1": 40_000, "PR-2": 2000}, 8000),
        ({"PR-2": 10_000}, 40_000),
    ]


def test_what_is_used_under_the_next_plan_is_not_used_of_the_one_before(demo: PolicySet):
    # a late claim of March: 600.00 of its own 1,000.00 are used, and nothing of what April used
    policies = after_a_change(demo, OwnLimits(credits=("plans/worked",)))
    april = tuple(msgspec.structs.replace(each, tier="in_network of plans/next") for each in used(deductible=80_000))
    case = changed(on(CHANGE - dt.timedelta(days=1)), balances=(*USED, *april))
    assert owed(adjudicate(case, policies)) == ({"PR-1": 40_000, "PR-2": 2000}, 8000)


def test_a_new_year_credits_nothing_of_the_one_before(demo: PolicySet):
    policies = after_a_change(demo, OwnLimits(credits=("plans/worked",)))
    day = dt.date(2027, 1, 4)
    case = msgspec.structs.replace(changed(on(day), balances=USED), received_on=day, decided_on=day)
    assert owed(adjudicate(case, policies)) == ({"PR-1": 50_000}, 0)


@pytest.mark.parametrize("credits", [(), ("plans/next",), ("plans/next", "plans/reduced")])
def test_a_change_to_a_variant_of_a_plan_with_limits_of_its_own_counts_what_was_used_once(
    demo: PolicySet, credits: tuple[str, ...]
):
    # 800.00 - 300.00 used under the plan itself = 500.00, of which the line takes 450.00; nothing counts a second time
    policies = after_a_change(demo, OwnLimits(credits=credits))
    plan = policies.plans["plans/next"].versions[0]
    reduced = msgspec.structs.replace(plan, document="plans/reduced", variant_of="plans/next")
    document = Document(path="plans/reduced", title="Reduced", versions=(reduced,))
    policies = msgspec.structs.replace(policies, plans={**policies.plans, "plans/reduced": document})
    balances = tuple(msgspec.structs.replace(each, tier="in_network of plans/next") for each in used(deductible=30_000))
    case = a_case(
        a_claim(a_line(charge_cents=45_000)),
        balances=balances,
        coverage=(Coverage(plan="plans/reduced", span=ALWAYS),),
    )
    decision = adjudicate(case, policies)
    assert owed(decision) == ({"PR-1": 45_000}, 0)
    assert {entry.tier for entry in decision.entries} == {"in_network of plans/next"}


def waiving(demo: PolicySet, **changes: Any) -> PolicySet:
    """The worked plan with a sentence by which nothing is owed."""
    waiver = Waiver(id="free", policy="plans/worked@2020-01-01", quote="You owe nothing.", procedures=ANY)
    return worked_policies(demo, waivers=(msgspec.structs.replace(waiver, **changes),))


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({}, True),
        ({"procedures": codes("99213")}, True),
        ({"procedures": codes("93000")}, False),
        ({"tier": "in_network"}, True),
        ({"tier": "out_of_network"}, False),
    ],
)
def test_what_the_plan_waives_is_not_owed_and_uses_no_limit(demo: PolicySet, changes: dict[str, Any], free: bool):
    # 450.00: all of it, or the deductible's
    case = a_case(a_claim(a_line(charge_cents=45_000)))
    decision = adjudicate(case, waiving(demo, **changes))
    assert owed(decision) == (({}, 45_000) if free else ({"PR-1": 45_000}, 0))
    assert bool(decision.entries) is not free
    share = decision.line(1).share
    assert share is not None
    assert share.waiver == ("plans/worked@2020-01-01#free" if free else "")


def test_a_line_that_is_waived_leaves_the_limits_to_the_others(demo: PolicySet):
    # line 1 is waived; line 2 owes 450.00 of the deductible of 1,000.00
    claim = a_claim(a_line(1, charge_cents=45_000), a_line(2, procedure="93000", charge_cents=45_000))
    decision = adjudicate(a_case(claim), waiving(demo, procedures=codes("99213")))
    assert [owed(decision, n) for n in (1, 2)] == [({}, 45_000), ({"PR-1": 45_000}, 0)]


def test_what_is_waived_is_told_with_its_sentence_and_fact(demo: PolicySet):
    case = a_case(a_claim(a_line(charge_cents=45_000)))
    policies = waiving(demo, when=lambda *_: (True, "place 07 is on the policy's list"))
    line = adjudicate(case, policies).line(1)
    told = "\n".join(calculation(line, case.claim.lines[0]))
    assert "no cost share is owed [plans/worked@2020-01-01#free]: place 07 is on the policy's list" in told
    policies = waiving(demo, when=lambda *_: (False, "place 11 is not on the policy's list"))
    assert owed(adjudicate(case, policies)) == ({"PR-1": 45_000}, 0)


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (
            LimitUse("deductible", "member", "in_network", 100_000, 70_000, 30_000),
            "The member's deductible (in network): 300.00 of 1,000.00 left, 300.00 applied; 0.00 left after this line",
        ),
        (
            LimitUse("deductible", "family", "in_network", 200_000, 170_000, 30_000),
            "The family's deductible (in network): 300.00 of 2,000.00 left, 300.00 applied; 0.00 left after this line",
        ),
        (
            LimitUse("out_of_pocket", "member", "out_of_network", 800_000, 0, 18_000),
            "The member's out-of-pocket limit (out of network): 8,000.00 of 8,000.00 left, 180.00 applied; "
            "7,820.00 left after this line",
        ),
        (
            LimitUse("deductible", "family", "out_of_network", 400_000, 0, 100),
            "The family's deductible (out of network): 4,000.00 of 4,000.00 left, 1.00 applied; 3,999.00 left after this line",
        ),
        (
            LimitUse("out_of_pocket", "family", "in_network", 800_000, 799_900, 100),
            "The family's out-of-pocket limit (in network): 1.00 of 8,000.00 left, 1.00 applied; 0.00 left after this line",
        ),
        # overshot by others before the line: nothing is left, and nothing is applied
        (
            LimitUse("out_of_pocket", "member", "in_network", 400_000, 420_000, 0),
            "The member's out-of-pocket limit (in network): 4,200.00 used, 200.00 over its limit of 4,000.00, "
            "0.00 applied; it is met, so nothing is owed toward it",
        ),
        (
            LimitUse("copays", "member", "in_network", 20_000, 17_000, 3000),
            "The member's copays (in network): 30.00 of 200.00 left, 30.00 applied; 0.00 left after this line",
        ),
        (
            LimitUse("copays", "family", "in_network", 40_000, 0, 3000),
            "The family's copays (in network): 400.00 of 400.00 left, 30.00 applied; 370.00 left after this line",
        ),
    ],
)
def test_every_limit_is_told_before_and_after_a_line(use: LimitUse, told: str):
    assert limit_use(use) == told


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (
            BenefitUse("plans/worked#most", "visits", 20, 19, 1),
            "1 visit of 20 visits left, 1 visit applied; 0 visits left after this line.",
        ),
        (
            BenefitUse("plans/worked#most", "days", 5, 1, 2),
            "4 days of 5 days left, 2 days applied; 2 days left after this line.",
        ),
        (
            BenefitUse("plans/worked#most", "units", 40_000, 10_500, 1000),
            "29.5 units of 40 units left, 1 unit applied; 28.5 units left after this line.",
        ),
        (
            BenefitUse("plans/worked#most", "allowed", 150_000, 120_000, 30_000),
            "300.00 of 1,500.00 left, 300.00 applied; 0.00 left after this line.",
        ),
        (
            BenefitUse("plans/worked#most", "paid", 30_000, 0, 30_000),
            "300.00 of 300.00 left, 300.00 applied; 0.00 left after this line.",
        ),
    ],
)
def test_every_benefit_limit_is_told_before_and_after_a_line(use: BenefitUse, told: str):
    share = CostShare("plans/worked@2020-01-01", "visit", "in_network", limits=(use,))
    assert list(limits(share)) == [f"  Benefit limit plans/worked#most: {told}"]


def test_an_explanation_says_in_which_tier_a_limit_is(demo: PolicySet):
    # out of network 450.00 of a deductible of 2,000.00
    case = a_case(a_claim(a_line(charge_cents=45_000)), participations=())
    share = adjudicate(case, worked_policies(demo)).line(1).share
    assert share is not None
    assert next(iter(limits(share))) == (
        "  The member's deductible (out of network) of the period from 2026-01-01: 2,000.00 of 2,000.00 left, 450.00 applied; "
        "1,550.00 left after this line."
    )
