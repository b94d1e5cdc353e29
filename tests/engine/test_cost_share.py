"""The worked examples of domain/04 section 4, rows 1 to 8, 10 and 12, and of its section 4.1, rows 13 and 17 to 21, to the cent.

Every final decision of these tests is written as an 835 too, which must balance and tell the same adjustments.
"""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.explain import Register, explain
from adjudicator.model.case import NO_TERMS, Balance, Case, Coverage, CoverageTerms
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Audience, Decision, Disposition, LimitUse, Verdict
from adjudicator.policy.document import Document
from adjudicator.policy.plan import CarryOver, CostShareTerms, LimitPair, TierLimits
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.cases import history_lines
from tests.building import (
    ALWAYS,
    ANY,
    SERVICE_DAY,
    STANDARD,
    a_benefit,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    codes,
    used,
    worked_policies,
)
from tests.remittance.told import adjudicate

EMBEDDED = TierLimits(deductible=LimitPair(100_000, 200_000), out_of_pocket=LimitPair(400_000, 800_000))
OUTSIDE = TierLimits(deductible=LimitPair(200_000, 400_000), out_of_pocket=LimitPair(800_000, 1_600_000))


def member_and_plan(decision: Decision, line: int = 1) -> tuple[dict[str, int], int]:
    """The member's adjustments by reason in cents, and what the plan pays."""
    decided = decision.line(line)
    return {f"{a.group}-{a.carc}": a.amount_cents for a in decided.adjustments}, decided.paid_cents


def test_row_1_a_claim_that_crosses_the_deductible(demo: PolicySet):
    # allowed 450.00, deductible left 300.00: 300.00 + 20 % of 150.00 = 30.00; plan 450.00 - 330.00 = 120.00
    case = a_case(a_claim(a_line(charge_cents=45000)), balances=used(deductible=70000))
    decision = adjudicate(case, worked_policies(demo))
    assert member_and_plan(decision) == ({"PR-1": 30000, "PR-2": 3000}, 12000)


def test_row_2_a_claim_that_crosses_the_out_of_pocket_limit(demo: PolicySet):
    # allowed 2,000.00, deductible met, out-of-pocket left 275.50: 20 % would be 400.00, capped at 275.50
    balances = used(deductible=100_000, out_of_pocket=400_000 - 27_550)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=200_000)), balances=balances), worked_policies(demo))
    assert member_and_plan(decision) == ({"PR-2": 27550}, 172_450)
    assert "N549" in decision.line(1).remarks


def test_row_2_without_the_limit_reached_says_nothing_of_it(demo: PolicySet):
    # the same line with exactly 400.00 left owes its full 400.00 and is not cut
    balances = used(deductible=100_000, out_of_pocket=360_000)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=200_000)), balances=balances), worked_policies(demo))
    assert member_and_plan(decision) == ({"PR-2": 40000}, 160_000)
    assert "N549" not in decision.line(1).remarks


def test_row_3_a_claim_that_crosses_both(demo: PolicySet):
    # 10,000.00: deductible 600.00, 20 % of 9,400.00 = 1,880.00; only 2,100.00 left: coinsurance 1,500.00; plan 7,900.00
    balances = used(deductible=40_000, out_of_pocket=190_000)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=1_000_000)), balances=balances), worked_policies(demo))
    assert member_and_plan(decision) == ({"PR-1": 60000, "PR-2": 150_000}, 790_000)


def test_row_4_less_out_of_pocket_than_deductible_left(demo: PolicySet):
    # 500.00, deductible left 600.00, out-of-pocket left 200.00: member 200.00, plan 300.00; deductible moves by 200.00
    balances = used(deductible=40_000, out_of_pocket=380_000)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=50_000)), balances=balances), worked_policies(demo))
    assert member_and_plan(decision) == ({"PR-1": 20000}, 30000)
    moved = {(e.owner.split(":")[0], e.accumulator): e.amount_cents for e in decision.entries}
    assert moved == {
        ("member", "deductible"): 20000,
        ("family", "deductible"): 20000,
        ("member", "out_of_pocket"): 20000,
        ("family", "out_of_pocket"): 20000,
    }


def test_row_5a_the_family_reaches_its_deductible_first(demo: PolicySet):
    # family has met 1,700.00 of 2,000.00, the member nothing: 300.00 + 20 % of 200.00 = 40.00; plan 160.00
    case = a_case(a_claim(a_line(charge_cents=50_000)), balances=used(deductible=0, family_deductible=170_000))
    assert member_and_plan(adjudicate(case, worked_policies(demo))) == ({"PR-1": 30000, "PR-2": 4000}, 16000)


def test_row_5b_the_member_reaches_the_individual_deductible_first(demo: PolicySet):
    # the member has met 900.00 of 1,000.00, the family 1,200.00: 100.00 + 20 % of 400.00 = 80.00; plan 320.00
    case = a_case(a_claim(a_line(charge_cents=50_000)), balances=used(deductible=90_000, family_deductible=120_000))
    assert member_and_plan(adjudicate(case, worked_policies(demo))) == ({"PR-1": 10000, "PR-2": 8000}, 32000)


@pytest.mark.parametrize(
    ("family_used", "member_used", "owed", "paid_cents"),
    [
        # 4,000.00 - 3,800.00 = 200.00 is left, then 20 % of 300.00; what the member used alone decides nothing
        (380_000, 0, {"PR-1": 20000, "PR-2": 6000}, 24000),
        (380_000, 380_000, {"PR-1": 20000, "PR-2": 6000}, 24000),
        # nobody has a benefit before the family has met all of it
        (300_000, 300_000, {"PR-1": 50000}, 0),
        # met: 20 % of 500.00
        (400_000, 0, {"PR-2": 10000}, 40000),
    ],
)
def test_row_5c_an_aggregate_deductible_is_met_by_the_family_only(
    demo: PolicySet, family_used: int, member_used: int, owed: dict[str, int], paid_cents: int
):
    tier = TierLimits(deductible=LimitPair(None, 400_000), out_of_pocket=LimitPair(400_000, 1_600_000))
    case = a_case(
        a_claim(a_line(charge_cents=50_000)),
        balances=used(deductible=member_used, family_deductible=family_used),
    )
    assert member_and_plan(adjudicate(case, worked_policies(demo, in_network=tier))) == (owed, paid_cents)


@pytest.mark.parametrize(
    ("member_used", "owed", "paid_cents"),
    [
        # 10,600.00 - 10,450.00 = 150.00 of the law's limit for one person is left of 20 % of 2,000.00 = 400.00
        (1_045_000, {"PR-2": 15000}, 185_000),
        # exactly 400.00 left: nothing is cut
        (1_020_000, {"PR-2": 40000}, 160_000),
        # at the law's limit the plan bears all
        (1_060_000, {}, 200_000),
    ],
)
def test_row_5d_an_aggregate_out_of_pocket_limit_stops_each_person_at_the_laws(
    demo: PolicySet, member_used: int, owed: dict[str, int], paid_cents: int
):
    tier = TierLimits(deductible=LimitPair(None, 400_000), out_of_pocket=LimitPair(1_060_000, 2_120_000))
    balances = used(deductible=400_000, out_of_pocket=member_used)
    decision = adjudicate(
        a_case(a_claim(a_line(charge_cents=200_000)), balances=balances), worked_policies(demo, in_network=tier)
    )
    assert member_and_plan(decision) == (owed, paid_cents)


def test_an_individual_deductible_knows_no_family(demo: PolicySet):
    # the member has met 400.00 of 1,000.00; the family's 9,000.00 count for nobody: 500.00 all to the deductible
    tier = TierLimits(deductible=LimitPair(100_000, None), out_of_pocket=LimitPair(400_000, None))
    balances = used(deductible=40_000, family_deductible=900_000, family_out_of_pocket=900_000)
    case = a_case(a_claim(a_line(charge_cents=50_000)), balances=balances)
    assert member_and_plan(adjudicate(case, worked_policies(demo, in_network=tier))) == ({"PR-1": 50000}, 0)


COPAY_ONLY = a_benefit("visit", ANY, copay=5000)
COPAY_THEN_REST = a_benefit("visit", ANY, copay=5000, deductible=True, coinsurance=2000)


def test_row_6a_copay_only(demo: PolicySet):
    # 180.00 less copay 50.00 = 130.00
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=18000))), worked_policies(demo, COPAY_ONLY))
    assert member_and_plan(decision) == ({"PR-3": 5000}, 13000)


def test_row_6b_copay_then_deductible_then_coinsurance(demo: PolicySet):
    # 180.00: copay 50.00, deductible 80.00, 20 % of the remaining 50.00 = 10.00; plan 40.00
    case = a_case(a_claim(a_line(charge_cents=18000)), balances=used(deductible=92_000))
    decision = adjudicate(case, worked_policies(demo, COPAY_THEN_REST))
    assert member_and_plan(decision) == ({"PR-3": 5000, "PR-1": 8000, "PR-2": 1000}, 4000)


def test_row_6c_deductible_then_copay(demo: PolicySet):
    # 180.00: deductible 80.00, copay 50.00; plan 50.00
    benefit = a_benefit("visit", ANY, copay=5000, deductible=True)
    case = a_case(a_claim(a_line(charge_cents=18000)), balances=used(deductible=92_000))
    policies = worked_policies(demo, benefit, order=("deductible", "copay", "coinsurance"))
    assert member_and_plan(adjudicate(case, policies)) == ({"PR-1": 8000, "PR-3": 5000}, 5000)


def test_row_6d_a_copay_that_does_not_reduce_the_base_of_coinsurance(demo: PolicySet):
    # 180.00, deductible met: copay 50.00 and 20 % of the whole 180.00 = 36.00; plan 94.00
    benefit = a_benefit("visit", ANY, copay=5000, coinsurance=2000, copay_reduces_coinsurance=False)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=18000))), worked_policies(demo, benefit))
    assert member_and_plan(decision) == ({"PR-3": 5000, "PR-2": 3600}, 9400)
    # where it does, 20 % of 130.00 = 26.00
    benefit = a_benefit("visit", ANY, copay=5000, coinsurance=2000)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=18000))), worked_policies(demo, benefit))
    assert member_and_plan(decision) == ({"PR-3": 5000, "PR-2": 2600}, 10400)


@pytest.mark.parametrize(
    ("allowed_cents", "copay_cents", "paid_cents"),
    [
        (3500, 3500, 0),  # 35.00 is less than the copay of 50.00: the member owes 35.00, row 6e
        (5000, 5000, 0),  # exactly the copay
        (5001, 5000, 1),  # one cent more
    ],
)
def test_row_6e_the_member_never_owes_more_than_the_allowed_amount(
    demo: PolicySet, allowed_cents: int, copay_cents: int, paid_cents: int
):
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=allowed_cents))), worked_policies(demo, COPAY_ONLY))
    assert member_and_plan(decision) == ({"PR-3": copay_cents}, paid_cents)


def test_row_7_a_preventive_visit_and_a_problem_on_one_claim(demo: PolicySet):
    # preventive 180.00 without share, visit 95.00 less copay 30.00 = 65.00: plan 245.00
    policies = worked_policies(
        demo, a_benefit("preventive", codes("99396")), a_benefit("office", codes("99213"), copay=3000), STANDARD
    )
    claim = a_claim(
        a_line(1, procedure="99396", charge_cents=18000),
        a_line(2, procedure="99213", modifiers=("25",), charge_cents=9500),
    )
    decision = adjudicate(a_case(claim), policies)
    assert member_and_plan(decision, 1) == ({}, 18000)
    assert member_and_plan(decision, 2) == ({"PR-3": 3000}, 6500)
    assert (decision.paid_cents, decision.disposition) == (24500, Disposition.PAID)


@pytest.mark.parametrize(
    ("modifiers", "owed"),
    [
        (("33",), {}),
        (("PT",), {}),
        (("59", "33"), {}),
        # without either it is a procedure like others: 20 % of 900.00
        ((), {"PR-2": 18000}),
    ],
)
def test_row_7b_a_screening_that_became_diagnostic_stays_free(
    demo: PolicySet, modifiers: tuple[str, ...], owed: dict[str, int]
):
    policies = worked_policies(demo, a_benefit("screening", codes("45385"), modifiers=codes("33", "PT")), STANDARD)
    line = a_line(procedure="45385", charge_cents=90000, modifiers=modifiers)
    payer = policies.payer.versions[0]
    neutral = msgspec.structs.replace(payer, neutral_modifiers=codes("33", "PT", "59"))
    policies = msgspec.structs.replace(policies, payer=msgspec.structs.replace(policies.payer, versions=(neutral,)))
    decision = adjudicate(a_case(a_claim(line), balances=used(deductible=100_000)), policies)
    assert member_and_plan(decision) == (owed, 90000 - sum(owed.values()))


def test_row_8_out_of_network_the_balance_counts_toward_no_limit(demo: PolicySet):
    # charge 500.00, allowed 300.00, 100.00 of the deductible left: 100.00 + 40 % of 200.00 = 80.00; plan 120.00
    policies = worked_policies(demo, fees_cents={"99213": 30000})
    balances = used(deductible=190_000, out_of_pocket=190_000, tier="out_of_network")
    case = a_case(a_claim(a_line(charge_cents=50_000)), balances=balances, participations=())
    decision = adjudicate(case, policies)
    assert member_and_plan(decision) == ({"PR-45": 20000, "PR-1": 10000, "PR-2": 8000}, 12000)
    assert moved(decision) == {
        ("member", "deductible", "out_of_network"): 10000,
        ("family", "deductible", "out_of_network"): 10000,
        ("member", "out_of_pocket", "out_of_network"): 18000,
        ("family", "out_of_pocket", "out_of_network"): 18000,
    }


def moved(decision: Decision) -> dict[tuple[str, str, str], int]:
    """What a decision adds to each accumulator."""
    return {(e.owner.split(":")[0], e.accumulator, e.tier): e.amount_cents for e in decision.entries}


def test_row_8b_what_is_paid_in_network_may_count_outside_but_not_the_other_way(demo: PolicySet):
    # in network: 450.00 to the deductible of both tiers
    inside = TierLimits(EMBEDDED.deductible, EMBEDDED.out_of_pocket, counts_toward="out_of_network")
    policies = worked_policies(demo, in_network=inside)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=45000))), policies)
    assert moved(decision) == {
        (owner, accumulator, tier): 45000
        for owner in ("member", "family")
        for accumulator in ("deductible", "out_of_pocket")
        for tier in ("in_network", "out_of_network")
    }
    outside = adjudicate(a_case(a_claim(a_line(charge_cents=45000)), participations=()), policies)
    assert {tier for _, _, tier in moved(outside)} == {"out_of_network"}


def test_row_8b_counts_in_the_other_tier_only_as_far_as_its_limit_has_room(demo: PolicySet):
    # out of network 1,500.00 goes to that deductible of 2,000.00; in network 1,000.00 - 700.00 = 300.00 has room
    outside = TierLimits(OUTSIDE.deductible, OUTSIDE.out_of_pocket, counts_toward="in_network")
    case = a_case(
        a_claim(a_line(charge_cents=150_000)), balances=used(deductible=70_000, out_of_pocket=70_000), participations=()
    )
    decision = adjudicate(case, worked_policies(demo, out_of_network=outside))
    assert member_and_plan(decision) == ({"PR-1": 150_000}, 0)
    assert moved(decision)["member", "deductible", "out_of_network"] == 150_000
    assert moved(decision)["member", "deductible", "in_network"] == 30_000
    assert moved(decision)["member", "out_of_pocket", "in_network"] == 150_000


EMERGENCY = a_benefit("emergency", ANY, copay=25000, copay_per_claim=True)


def emergency_claim() -> Case:
    """Three lines of 180.00, 400.00 and 70.00, the last of them a day later."""
    next_day = SERVICE_DAY + dt.timedelta(days=1)
    return a_case(
        a_claim(
            a_line(1, charge_cents=18000),
            a_line(2, procedure="93000", charge_cents=40000),
            a_line(3, procedure="71046", charge_cents=7000, from_date=next_day, through_date=next_day),
        )
    )


def test_row_10_one_copay_a_claim_in_line_order(demo: PolicySet):
    # 250.00: line 1 takes 180.00, line 2 the other 70.00, line 3 nothing, though it is of another day; plan 400.00
    decision = adjudicate(emergency_claim(), worked_policies(demo, EMERGENCY))
    assert [member_and_plan(decision, n) for n in (1, 2, 3)] == [
        ({"PR-3": 18000}, 0),
        ({"PR-3": 7000}, 33000),
        ({}, 7000),
    ]
    assert decision.paid_cents == 40000


def test_a_copay_a_visit_is_due_again_on_another_day(demo: PolicySet):
    # 180.00 + 70.00 of the first day's 250.00, and all 70.00 of the second day's
    decision = adjudicate(emergency_claim(), worked_policies(demo, a_benefit("emergency", ANY, copay=25000)))
    assert [member_and_plan(decision, n)[0] for n in (1, 2, 3)] == [{"PR-3": 18000}, {"PR-3": 7000}, {"PR-3": 7000}]


def test_a_copay_a_claim_is_not_lessened_by_an_earlier_claim_of_the_day(demo: PolicySet):
    history = (an_earlier_line(from_date=SERVICE_DAY, through_date=SERVICE_DAY, copay_cents=3000, procedure="93000"),)
    case = a_case(a_claim(a_line(charge_cents=18000)), history=history)
    assert member_and_plan(adjudicate(case, worked_policies(demo, EMERGENCY))) == ({"PR-3": 18000}, 0)


def test_a_copay_a_visit_is_not_lessened_by_an_earlier_claims_copay_a_claim(demo: PolicySet):
    # 250.00 once for the claim of the emergency; the office visit of the day has its own 30.00, in one claim or in two
    visit = a_benefit("visit", codes("99213"), copay=3000)
    policies = worked_policies(demo, visit, EMERGENCY)
    emergency = a_line(1, procedure="93000", charge_cents=40000)
    together = adjudicate(a_case(a_claim(emergency, a_line(2, charge_cents=18000))), policies)
    assert member_and_plan(together, 2) == ({"PR-3": 3000}, 15000)
    earlier = msgspec.structs.replace(a_case(a_claim(emergency)), claim_id="CEARLIER00000001")
    decided = adjudicate(earlier, policies)
    assert member_and_plan(decided) == ({"PR-3": 25000}, 15000)
    history = history_lines(earlier, 1, decided)
    later = adjudicate(a_case(a_claim(a_line(charge_cents=18000)), history=history), policies)
    assert member_and_plan(later) == ({"PR-3": 3000}, 15000)


@pytest.mark.parametrize(
    ("allowed_cents", "basis_points", "coinsurance_cents"),
    [
        # row 12: 100.00 over 33.33, 33.33 and 33.34
        ((3333, 3333, 3334), 10_000, (3333, 3333, 3334)),
        # 20 % of 99.99 = 20.00 (19.998); each line's 6.666 gives 6.66, and the first two get the cents that are left
        ((3333, 3333, 3333), 2000, (667, 667, 666)),
        # 20 % of 0.07 = 0.01 (0.014): the parts are 0.002, 0.004 and 0.008, and the last lost most
        ((1, 2, 4), 2000, (0, 0, 1)),
    ],
)
def test_row_12_coinsurance_of_a_claim_is_rounded_once_and_allocated_by_largest_remainder(
    demo: PolicySet, allowed_cents: tuple[int, ...], basis_points: int, coinsurance_cents: tuple[int, ...]
):
    benefit = a_benefit("everything-else", ANY, coinsurance=basis_points, coinsurance_per_claim=True)
    procedures = ("99213", "93000", "71046")
    lines = (
        a_line(n, procedure=code, charge_cents=cents)
        for n, (code, cents) in enumerate(zip(procedures, allowed_cents, strict=True), 1)
    )
    decision = adjudicate(a_case(a_claim(*lines)), worked_policies(demo, benefit))
    assert tuple(line.share.coinsurance_cents for line in decision.lines if line.share) == coinsurance_cents


def test_coinsurance_of_a_claim_still_stops_at_the_out_of_pocket_limit(demo: PolicySet):
    # 20 % of 300.00 = 60.00 as 20.00 a line, of which 30.00 are left: 20.00, 10.00, nothing
    benefit = a_benefit("everything-else", ANY, coinsurance=2000, coinsurance_per_claim=True)
    lines = (a_line(n, procedure=c, charge_cents=10000) for n, c in enumerate(("99213", "93000", "71046"), 1))
    case = a_case(a_claim(*lines), balances=used(out_of_pocket=397_000))
    decision = adjudicate(case, worked_policies(demo, benefit))
    assert [member_and_plan(decision, n)[0] for n in (1, 2, 3)] == [{"PR-2": 2000}, {"PR-2": 1000}, {}]


@pytest.mark.parametrize(
    ("order", "owed"),
    [
        # copay 50.00, deductible 80.00, coinsurance 10.00 come to 140.00, of which 100.00 are left
        (("coinsurance", "copay", "deductible"), {"PR-1": 8000, "PR-3": 2000}),
        (("copay", "coinsurance", "deductible"), {"PR-1": 8000, "PR-2": 1000, "PR-3": 1000}),
        (("deductible", "copay", "coinsurance"), {"PR-1": 4000, "PR-2": 1000, "PR-3": 5000}),
    ],
)
def test_the_plan_says_which_share_gives_way_at_the_out_of_pocket_limit(
    demo: PolicySet, order: tuple[str, ...], owed: dict[str, int]
):
    case = a_case(a_claim(a_line(charge_cents=18000)), balances=used(deductible=92_000, out_of_pocket=390_000))
    decision = adjudicate(case, worked_policies(demo, COPAY_THEN_REST, out_of_pocket_reduces=order))
    assert member_and_plan(decision) == (owed, 8000)
    assert moved(decision)["member", "out_of_pocket", "in_network"] == 10000


def test_copays_may_count_toward_the_deductible(demo: PolicySet):
    # 80.00 of the deductible left: copay 50.00 is of it, so 30.00 remain, then 20 % of 100.00 = 20.00; plan 80.00
    policies = worked_policies(demo, COPAY_THEN_REST, copay_counts_toward=("deductible", "out_of_pocket"))
    case = a_case(a_claim(a_line(charge_cents=18000)), balances=used(deductible=92_000))
    decision = adjudicate(case, policies)
    assert member_and_plan(decision) == ({"PR-3": 5000, "PR-1": 3000, "PR-2": 2000}, 8000)
    assert moved(decision)["member", "deductible", "in_network"] == 8000
    assert moved(decision)["member", "out_of_pocket", "in_network"] == 10000


def test_copays_that_count_toward_no_limit_are_owed_beyond_it(demo: PolicySet):
    # at the out-of-pocket limit: copay 50.00 is still owed, nothing else
    policies = worked_policies(demo, COPAY_THEN_REST, copay_counts_toward=())
    case = a_case(a_claim(a_line(charge_cents=18000)), balances=used(deductible=92_000, out_of_pocket=400_000))
    decision = adjudicate(case, policies)
    assert member_and_plan(decision) == ({"PR-3": 5000}, 13000)
    assert moved(decision) == {("member", "copays", "in_network"): 5000, ("family", "copays", "in_network"): 5000}


def test_row_17_an_overshoot_is_told_to_our_own_people_and_the_member_owes_nothing_more(demo: PolicySet):
    # two systems posted 3,900.00 and 300.00 against 4,000.00: 200.00 too much
    case = a_case(a_claim(a_line(charge_cents=200_000)), balances=used(deductible=100_000, out_of_pocket=420_000))
    decision = adjudicate(case, worked_policies(demo))
    assert member_and_plan(decision) == ({}, 200_000)
    assert moved(decision) == {}
    told = [f for f in decision.findings if f.rule == "accumulator-overshoot"]
    assert [(f.verdict, f.audience, f.because) for f in told] == [
        (
            Verdict.INFORM,
            Audience.INTERNAL,
            "The member's out-of-pocket limit (in network) of the period from 2026-01-01: 4,200.00 used, 200.00 over its "
            "limit of 4,000.00.",
        )
    ]


def test_row_17_the_family_that_overshot_is_found_too_and_a_limit_just_met_is_not(demo: PolicySet):
    balances = used(deductible=100_000, family_deductible=200_001, out_of_pocket=400_000)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=200_000)), balances=balances), worked_policies(demo))
    told = [f.because for f in decision.findings if f.rule == "accumulator-overshoot"]
    assert told == [
        "The family's deductible (in network) of the period from 2026-01-01: 2,000.01 used, 0.01 over its limit of 2,000.00."
    ]


def test_row_18_one_copay_a_day_takes_nothing_of_the_other_lines(demo: PolicySet):
    # allowed 60.00, 40.00 and 25.00, copay 50.00: line 1 pays it; plan 10.00 + 40.00 + 25.00 = 75.00
    claim = a_claim(
        a_line(1, charge_cents=6000),
        a_line(2, procedure="93000", charge_cents=4000),
        a_line(3, procedure="71046", charge_cents=2500),
    )
    decision = adjudicate(a_case(claim), worked_policies(demo, COPAY_ONLY))
    assert [member_and_plan(decision, n) for n in (1, 2, 3)] == [({"PR-3": 5000}, 1000), ({}, 4000), ({}, 2500)]


def test_row_20_a_denied_line_counts_toward_no_limit(demo: PolicySet):
    # line 1 is not covered; line 2: 100.00 to the deductible
    benefits = (
        a_benefit("nothing", codes("93000")),
        STANDARD,
    )
    closed = CostShareTerms(covered=False)
    benefits = (msgspec.structs.replace(benefits[0], in_network=closed), benefits[1])
    claim = a_claim(a_line(1, procedure="93000", charge_cents=30000), a_line(2, charge_cents=10000))
    decision = adjudicate(a_case(claim), worked_policies(demo, *benefits))
    assert decision.disposition is Disposition.PARTLY_PAID
    assert member_and_plan(decision, 1) == ({"PR-242": 30000}, 0)
    assert member_and_plan(decision, 2) == ({"PR-1": 10000}, 0)
    assert set(moved(decision).values()) == {10000}


def test_each_line_tells_what_stood_in_each_limit_and_what_it_added(demo: PolicySet):
    # 450.00 with 300.00 of the deductible left: 300.00 + 30.00
    case = a_case(a_claim(a_line(charge_cents=45000)), balances=used(deductible=70_000, family_deductible=80_000))
    share = adjudicate(case, worked_policies(demo)).line(1).share
    assert share is not None
    year = dt.date(2026, 1, 1)
    assert share.uses == (
        LimitUse("deductible", "member", "in_network", 100_000, 70_000, 30_000, period_start=year),
        LimitUse("deductible", "family", "in_network", 200_000, 80_000, 30_000, period_start=year),
        LimitUse("out_of_pocket", "member", "in_network", 400_000, 0, 33_000, period_start=year),
        LimitUse("out_of_pocket", "family", "in_network", 800_000, 0, 33_000, period_start=year),
    )


def test_rows_18_and_19_one_copay_a_visit_spread_in_line_order(demo: PolicySet):
    # copay 50.00 over allowed 20.00 and 60.00: 20.00 + 30.00; plan 30.00
    claim = a_claim(a_line(1, charge_cents=2000), a_line(2, procedure="99214", charge_cents=6000))
    decision = adjudicate(a_case(claim), worked_policies(demo, COPAY_ONLY))
    assert [member_and_plan(decision, n) for n in (1, 2)] == [({"PR-3": 2000}, 0), ({"PR-3": 3000}, 3000)]


def test_row_21_coinsurance_is_rounded_half_up_per_line(demo: PolicySet):
    # 20 % of 79.99 = 15.998 -> 16.00; plan 63.99
    case = a_case(a_claim(a_line(charge_cents=7999)), balances=used(deductible=100_000))
    assert member_and_plan(adjudicate(case, worked_policies(demo))) == ({"PR-2": 1600}, 6399)


def test_a_line_exempt_from_copay_owes_none(demo: PolicySet):
    # SV115 = 0: 180.00 paid in full
    decision = adjudicate(
        a_case(a_claim(a_line(charge_cents=18000, copay_exempt=True))), worked_policies(demo, COPAY_ONLY)
    )
    assert member_and_plan(decision) == ({}, 18000)


def test_the_two_lines_of_a_claim_share_one_deductible(demo: PolicySet):
    # deductible left 500.00; both lines 400.00: first 400.00 to the deductible; second 100.00 + 20 % of 300.00 = 60.00
    claim = a_claim(a_line(1, charge_cents=40000), a_line(2, procedure="99214", charge_cents=40000))
    decision = adjudicate(a_case(claim, balances=used(deductible=50_000)), worked_policies(demo))
    assert member_and_plan(decision, 1) == ({"PR-1": 40000}, 0)
    assert member_and_plan(decision, 2) == ({"PR-1": 10000, "PR-2": 6000}, 24000)


CARRIED = CarryOver(months=3, accumulators=("deductible",))
SMALL = TierLimits(deductible=LimitPair(50_000, 100_000), out_of_pocket=LimitPair(400_000, 800_000))


def on(day: dt.date, *lines: Line, balances: tuple[Balance, ...] = ()) -> Case:
    """A claim of one day, decided a week later."""
    lines = lines or (a_line(charge_cents=18_000),)
    dated = (msgspec.structs.replace(line, from_date=day, through_date=day) for line in lines)
    later = day + dt.timedelta(days=7)
    return a_case(a_claim(*dated), balances=balances, received_on=later, decided_on=later)


def by_period(decision: Decision) -> dict[tuple[str, str, dt.date], int]:
    """What a decision adds to the member's accumulators, by tier and period."""
    return {
        (e.accumulator, e.tier, e.period_start): e.amount_cents
        for e in decision.entries
        if e.owner.startswith("member")
    }


def as_balances(decision: Decision) -> tuple[Balance, ...]:
    """What a decision leaves in accumulators that were empty."""
    return tuple(Balance(e.owner, e.accumulator, e.tier, e.period_start, e.amount_cents) for e in decision.entries)


JANUARY_2026, JANUARY_2027 = dt.date(2026, 1, 1), dt.date(2027, 1, 1)


def test_row_13_what_the_deductible_took_late_in_a_year_counts_toward_the_next(demo: PolicySet):
    # 2026-11-05: 180.00 to the deductible of 500.00. 2027: 500.00 - 180.00 = 320.00, then 20 % of 80.00 = 16.00; plan 64.00
    policies = worked_policies(demo, in_network=SMALL, carry_over=CARRIED)
    late = adjudicate(on(dt.date(2026, 11, 5)), policies)
    assert by_period(late) == {
        ("deductible", "in_network", JANUARY_2026): 18_000,
        ("out_of_pocket", "in_network", JANUARY_2026): 18_000,
        ("deductible", "in_network", JANUARY_2027): 18_000,
    }
    claim = on(dt.date(2027, 2, 1), a_line(charge_cents=40_000), balances=as_balances(late))
    assert member_and_plan(adjudicate(claim, policies)) == ({"PR-1": 32_000, "PR-2": 1600}, 6400)
    # without carry-over all 400.00 are the deductible's
    policies = worked_policies(demo, in_network=SMALL)
    assert member_and_plan(adjudicate(claim_without(claim), policies)) == ({"PR-1": 40_000}, 0)
    assert {start for _, _, start in by_period(adjudicate(on(dt.date(2026, 11, 5)), policies))} == {JANUARY_2026}


def claim_without(case: Case) -> Case:
    """The case of a member who has used nothing."""
    return msgspec.structs.replace(case, balances=())


@pytest.mark.parametrize(
    ("day", "carries"), [(dt.date(2026, 9, 30), False), (dt.date(2026, 10, 1), True), (dt.date(2026, 12, 31), True)]
)
def test_row_13_only_the_last_months_of_a_year_carry(demo: PolicySet, day: dt.date, carries: bool):
    decision = adjudicate(on(day), worked_policies(demo, in_network=SMALL, carry_over=CARRIED))
    assert (("deductible", "in_network", JANUARY_2027) in by_period(decision)) is carries


def test_row_13_what_a_plan_says_carries_to_the_out_of_pocket_maximum_too(demo: PolicySet):
    both = CarryOver(months=3, accumulators=("deductible", "out_of_pocket"))
    decision = adjudicate(on(dt.date(2026, 11, 5)), worked_policies(demo, in_network=SMALL, carry_over=both))
    assert by_period(decision)["out_of_pocket", "in_network", JANUARY_2027] == 18_000


def test_row_13_no_more_carries_than_the_next_year_has_room_for(demo: PolicySet):
    # a claim of 2027 was decided before and has used 400.00 of 500.00: 100.00 of the 180.00 carry
    used_before = tuple(msgspec.structs.replace(each, period_start=JANUARY_2027) for each in used(deductible=40_000))
    policies = worked_policies(demo, in_network=SMALL, carry_over=CARRIED)
    decision = adjudicate(on(dt.date(2026, 11, 5), balances=used_before), policies)
    assert by_period(decision)["deductible", "in_network", JANUARY_2026] == 18_000
    assert by_period(decision)["deductible", "in_network", JANUARY_2027] == 10_000


def test_what_counts_in_both_tiers_carries_once_in_each(demo: PolicySet):
    inside = TierLimits(SMALL.deductible, SMALL.out_of_pocket, counts_toward="out_of_network")
    policies = worked_policies(demo, in_network=inside, carry_over=CARRIED)
    decision = adjudicate(on(dt.date(2026, 11, 5)), policies)
    assert by_period(decision) == {
        (accumulator, tier, start): 18_000
        for accumulator, start in (
            ("deductible", JANUARY_2026),
            ("out_of_pocket", JANUARY_2026),
            ("deductible", JANUARY_2027),
        )
        for tier in ("in_network", "out_of_network")
    }


def changed_in_2027(policies: PolicySet, **changes: Any) -> PolicySet:
    """The worked plan as it is until the end of 2026, and with some changes from 2027 on."""
    (plan,) = policies.plans["plans/worked"].versions
    until = msgspec.structs.replace(plan, span=Span(ALWAYS.effective, dt.date(2026, 12, 31)))
    since = msgspec.structs.replace(plan, span=Span(JANUARY_2027), **changes)
    return msgspec.structs.replace(policies, plans={"plans/worked": Document("plans/worked", "Worked", (until, since))})


@pytest.mark.parametrize(("now", "then"), [(True, False), (False, True), (True, True), (False, False)])
def test_what_carries_counts_toward_the_other_tier_as_the_next_year_has_it(demo: PolicySet, now: bool, then: bool):
    # 2026-11-05: 180.00 to the deductible of 2026, and in network to that of 2027; out of network in each year whose plan says so
    toward, alone = (msgspec.structs.replace(SMALL, counts_toward=other) for other in ("out_of_network", ""))
    policies = worked_policies(demo, in_network=toward if now else alone, carry_over=CARRIED)
    policies = changed_in_2027(policies, in_network=toward if then else alone)
    added = by_period(adjudicate(on(dt.date(2026, 11, 5)), policies))
    assert {key: cents for key, cents in added.items() if key[0] == "deductible"} == {
        ("deductible", tier, start): 18_000
        for tier, start, counts in (
            ("in_network", JANUARY_2026, True),
            ("out_of_network", JANUARY_2026, now),
            ("in_network", JANUARY_2027, True),
            ("out_of_network", JANUARY_2027, then),
        )
        if counts
    }


@pytest.mark.parametrize(
    ("day", "owed", "plan_cents"),
    [
        # the year of the version from 2027 that holds 1 January 2027 began on 1 April 2026: 500.00 - 180.00 = 320.00, then 20 % of
        # 80.00 = 16.00; plan 64.00
        (dt.date(2027, 1, 1), {"PR-1": 32_000, "PR-2": 1600}, 6400),
        (dt.date(2027, 3, 31), {"PR-1": 32_000, "PR-2": 1600}, 6400),
        # the year after that
        (dt.date(2027, 4, 1), {"PR-1": 40_000}, 0),
    ],
)
def test_what_carries_counts_in_the_year_that_the_plan_has_on_the_next_years_first_day(
    demo: PolicySet, day: dt.date, owed: dict[str, int], plan_cents: int
):
    policies = worked_policies(demo, in_network=SMALL, carry_over=CARRIED)
    policies = changed_in_2027(policies, year_starts=(4, 1))
    late = adjudicate(on(dt.date(2026, 11, 5)), policies)
    assert by_period(late) == {
        ("deductible", "in_network", JANUARY_2026): 18_000,
        ("out_of_pocket", "in_network", JANUARY_2026): 18_000,
        ("deductible", "in_network", dt.date(2026, 4, 1)): 18_000,
    }
    claim = on(day, a_line(charge_cents=40_000), balances=as_balances(late))
    assert member_and_plan(adjudicate(claim, policies)) == (owed, plan_cents)


@pytest.mark.parametrize(
    ("starts", "day", "period"),
    [
        ((1, 1), dt.date(2026, 1, 1), dt.date(2026, 1, 1)),
        ((1, 1), dt.date(2026, 12, 31), dt.date(2026, 1, 1)),
        # the last day of a year from July, and the first of the next
        ((7, 1), dt.date(2026, 6, 30), dt.date(2025, 7, 1)),
        ((7, 1), dt.date(2026, 7, 1), dt.date(2026, 7, 1)),
        # a year that begins on 29 February begins on 1 March where there is no such day, and no day is in two years
        ((2, 29), dt.date(2028, 2, 28), dt.date(2027, 3, 1)),
        ((2, 29), dt.date(2028, 2, 29), dt.date(2028, 2, 29)),
        ((2, 29), dt.date(2029, 2, 28), dt.date(2028, 2, 29)),
        ((2, 29), dt.date(2029, 3, 1), dt.date(2029, 3, 1)),
        # a leap day within a year
        ((3, 1), dt.date(2028, 2, 29), dt.date(2027, 3, 1)),
    ],
)
def test_the_plans_year_begins_on_its_own_day(demo: PolicySet, starts: tuple[int, int], day: dt.date, period: dt.date):
    decision = adjudicate(on(day), worked_policies(demo, year_starts=starts))
    assert {e.period_start for e in decision.entries} == {period}


def test_what_was_used_of_another_plan_year_is_not_used_of_this_one(demo: PolicySet):
    # the deductible of 1,000.00 was met in the year to June 2026; from July 450.00 go to the new one
    spent = tuple(msgspec.structs.replace(b, period_start=dt.date(2025, 7, 1)) for b in used(deductible=100_000))
    policies = worked_policies(demo, year_starts=(7, 1))
    line = a_line(charge_cents=45_000)
    assert member_and_plan(adjudicate(on(dt.date(2026, 6, 30), line, balances=spent), policies))[1] == 36_000
    assert member_and_plan(adjudicate(on(dt.date(2026, 7, 1), line, balances=spent), policies)) == ({"PR-1": 45_000}, 0)


def test_the_carry_over_of_a_plan_year_is_of_its_own_last_months(demo: PolicySet):
    policies = worked_policies(demo, year_starts=(7, 1), carry_over=CARRIED)
    july = ("deductible", "in_network", dt.date(2026, 7, 1))
    assert july not in by_period(adjudicate(on(dt.date(2026, 3, 31)), policies))
    assert by_period(adjudicate(on(dt.date(2026, 4, 1)), policies))[july] == 18_000


@pytest.mark.parametrize("not_billable", [True, False])
def test_a_member_whom_nobody_may_bill_owes_nothing_and_uses_the_limits_all_the_same(
    demo: PolicySet, not_billable: bool
):
    # 180.00: copay 50.00, deductible 80.00, 20 % of 50.00 = 10.00: 140.00 in all; plan 40.00 either way
    terms = CoverageTerms(not_billable=True) if not_billable else NO_TERMS
    case = a_case(
        a_claim(a_line(charge_cents=18000)),
        balances=used(deductible=92_000),
        coverage=(Coverage(plan="plans/worked", span=ALWAYS, terms=terms),),
    )
    policies = worked_policies(demo, COPAY_THEN_REST)
    decision = adjudicate(case, policies)
    told = explain(case, decision, policies, Register.BILLER)
    assert ("140.00 of the patient's share may never be billed to the patient" in told) is not_billable
    for part in ("80.00 of it: {} deductible", "10.00 of it: {} coinsurance", "50.00 of it: {} copay"):
        assert (part.format("The law forbids to bill the patient for the") in told) is not_billable
    assert told.count("Bill the patient's Medicaid plan for it") == not_billable
    owed = {"OA-209": 14_000} if not_billable else {"PR-1": 8000, "PR-2": 1000, "PR-3": 5000}
    assert member_and_plan(decision) == (owed, 4000)
    assert decision.line(1).member_cents == (0 if not_billable else 14_000)
    assert set(decision.line(1).remarks) == ({"N781", "N782", "N783"} if not_billable else set())
    assert moved(decision)["member", "deductible", "in_network"] == 8000
    assert moved(decision)["member", "out_of_pocket", "in_network"] == 14_000


MEMBERS_LIMIT = "out-of-pocket limit (in network) of the period from 2026-01-01"


@pytest.mark.parametrize(
    ("spent", "patient_cents", "told"),
    [
        # 0.01 is left of 4,000.00: of 20 % of 100.00 = 20.00 the patient owes 0.01
        (399_999, 1, "0.01 of 4,000.00 left, 0.01 applied; 0.00 left after this line."),
        (400_000, 0, "0.00 of 4,000.00 left, 0.00 applied; it is met, so nothing is owed toward it."),
    ],
)
def test_a_met_out_of_pocket_limit_says_why_nothing_is_owed(demo: PolicySet, spent: int, patient_cents: int, told: str):
    case = a_case(a_claim(a_line(charge_cents=10_000)), balances=used(deductible=100_000, out_of_pocket=spent))
    policies = worked_policies(demo)
    decision = adjudicate(case, policies)
    assert decision.member_cents == patient_cents
    for register in (Register.BILLER, Register.AUDITOR):
        text = " ".join(explain(case, decision, policies, register).split())
        assert f"The member's {MEMBERS_LIMIT}: {told}" in text
        assert "20 %, cut to what was left of the out-of-pocket limit" in text


@pytest.mark.parametrize(
    ("family_cents", "patient_cents", "told"),
    [
        # 0.01 of the family's 2,000.00 is left: 0.01, then 20 % of 99.99 = 20.00 (19.998)
        (199_999, 2001, "0.01 of 2,000.00 left, 0.01 applied; 0.00 left after this line."),
        (200_000, 2000, "0.00 of 2,000.00 left, 0.00 applied; it is met, so nothing is owed toward it."),
    ],
)
def test_a_family_deductible_that_is_met_is_told_though_it_takes_nothing(
    demo: PolicySet, family_cents: int, patient_cents: int, told: str
):
    balances = used(deductible=0, family_deductible=family_cents)
    case, policies = a_case(a_claim(a_line(charge_cents=10_000)), balances=balances), worked_policies(demo)
    decision = adjudicate(case, policies)
    assert decision.member_cents == patient_cents
    text = " ".join(explain(case, decision, policies).split())
    assert f"The family's deductible (in network) of the period from 2026-01-01: {told}" in text


def test_a_limit_that_does_not_bear_on_a_line_is_not_told(demo: PolicySet):
    # a service without any cost share: it neither asks for the deductible nor counts toward a limit
    free = a_benefit("free", ANY)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=10_000))), worked_policies(demo, free))
    share = decision.line(1).share
    assert share is not None
    assert (decision.member_cents, share.uses) == (0, ())


def test_a_limit_of_nothing_is_told_as_one_that_the_plan_does_not_ask_for(demo: PolicySet):
    # a deductible of 0.00: 20 % of 100.00
    tier = TierLimits(deductible=LimitPair(0, 0), out_of_pocket=LimitPair(400_000, 800_000))
    case, policies = a_case(a_claim(a_line(charge_cents=10_000))), worked_policies(demo, in_network=tier)
    decision = adjudicate(case, policies)
    assert member_and_plan(decision) == ({"PR-2": 2000}, 8000)
    told = "0.00 of 0.00 left, 0.00 applied; the plan asks for none, so nothing is owed toward it."
    assert told in " ".join(explain(case, decision, policies).split())
