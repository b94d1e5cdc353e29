"""The worked examples of domain/04 section 4, rows 1-4, 5a, 5b, 6a, 6b, 6e and 7, to the cent."""

import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.decision import Decision, Disposition
from adjudicator.policy.policy_set import PolicySet
from tests.building import ANY, STANDARD, a_benefit, a_case, a_claim, a_line, codes, used, worked_policies


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
