"""What earlier payers did with each line: given for the line, for the claim, or for lines taken as one."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.coordination import (
    PriorLine,
    adds_up,
    earlier_payers,
    has_answered,
    has_result,
    is_dated,
    last_answered_on,
    not_billed,
    prior_lines,
    problems,
    results_of_nobody,
    results_of_several,
)
from adjudicator.coordination.prior_results import spread
from adjudicator.model.claim import Claim, OtherPayer, OtherPayerLine, PriorAdjustment
from adjudicator.policy.coordination import PriorReasons
from tests.building import SERVICE_DAY, a_claim, a_line

REASONS = PriorReasons(
    cost_share=frozenset({"1", "2", "3"}),
    not_covered=frozenset({"96"}),
    rules_not_followed=frozenset({"29", "197"}),
    repeated=frozenset({"23"}),
    price=frozenset({"45", "97", "253"}),
    undecided=frozenset({"22", "133"}),
    paid_to_patient=frozenset({"100"}),
)


def given_for(payer: str, paid: int, *adjustments: tuple[str, str, int], **changes: Any) -> OtherPayerLine:
    return OtherPayerLine(
        payer_id=payer,
        paid_cents=paid,
        adjustments=tuple(PriorAdjustment(*adjustment) for adjustment in adjustments),
        adjudicated_on=SERVICE_DAY,
        **changes,
    )


def a_payer(rank: str = "P", **changes: Any) -> OtherPayer:
    return OtherPayer(payer_id=f"PAYER-{rank}", responsibility=rank, **changes)


def second(claim: Claim, rank: str = "S", *payers: OtherPayer) -> Claim:
    subscriber = msgspec.structs.replace(claim.subscriber, payer_responsibility=rank)
    return msgspec.structs.replace(claim, subscriber=subscriber, other_payers=payers or (a_payer(),))


def one_line(charge: int, *results: OtherPayerLine, rank: str = "S", payers: tuple[OtherPayer, ...] = ()) -> Claim:
    return second(a_claim(a_line(charge_cents=charge, other_payers=results)), rank, *payers)


def told(claim: Claim) -> list[str]:
    return [problem for payer in earlier_payers(claim) for problem in problems(claim, payer)]


def test_a_line_with_its_own_result():
    claim = one_line(100000, given_for("PAYER-P", 40000, ("CO", "45", 20000), ("PR", "2", 40000)))
    assert told(claim) == []
    line = prior_lines(claim, REASONS)[1]
    assert line == PriorLine(40000, 20000, 40000, considered=True)
    assert (line.allowed_cents, line.under_contract) == (80000, True)


def test_what_the_provider_may_bill_beyond_the_allowed_amount_is_no_allowed_amount():
    # 175.00: paid 120.00, coinsurance 30.00, and 25.00 that the patient owes since there is no contract: 150.00 were allowed.
    claim = one_line(17500, given_for("PAYER-P", 12000, ("PR", "2", 3000), ("PR", "45", 2500)))
    line = prior_lines(claim, REASONS)[1]
    assert (line.allowed_cents, line.contractual_cents, line.under_contract) == (15000, 0, False)


def test_sequestration_of_the_primary_is_contractual_and_never_the_patients():
    # Medicare allowed 100.00: coinsurance 20.00, 2 % of 80.00 = 1.60: paid 78.40. Only 98.40 are anybody's to pay.
    claim = one_line(12000, given_for("PAYER-P", 7840, ("CO", "45", 2000), ("CO", "253", 160), ("PR", "2", 2000)))
    line = prior_lines(claim, REASONS)[1]
    assert (line.contractual_cents, line.allowed_cents) == (2160, 9840)


@pytest.mark.parametrize("group", ["CO", "PR", "OA"])
def test_a_line_that_the_earlier_payer_does_not_cover_counts_for_nothing(group: str):
    claim = one_line(100000, given_for("PAYER-P", 0, (group, "96", 100000)))
    assert prior_lines(claim, REASONS)[1] == PriorLine()


def test_a_part_that_is_not_covered_is_judged_by_its_group():
    claim = one_line(10000, given_for("PAYER-P", 6000, ("CO", "96", 1000), ("PR", "96", 3000)))
    line = prior_lines(claim, REASONS)[1]
    assert (line.contractual_cents, line.not_covered_cents, line.cost_share_cents) == (1000, 3000, 0)
    assert (line.allowed_cents, line.open_cents, line.considered, line.unread) == (6000, 3000, True, ())


def test_of_a_line_without_any_benefit_the_group_says_nothing():
    # Beside what is above its price, the payer covers nothing: the 800.00 are open to us, whoever would owe them otherwise.
    claim = one_line(100000, given_for("PAYER-P", 0, ("CO", "45", 20000), ("CO", "96", 80000)))
    assert prior_lines(claim, REASONS)[1] == PriorLine(0, 20000, 0, 80000, considered=True)
    # With a deductible it has a benefit, so that its contract binds the provider.
    claim = one_line(100000, given_for("PAYER-P", 0, ("PR", "1", 20000), ("CO", "96", 80000)))
    assert prior_lines(claim, REASONS)[1] == PriorLine(0, 80000, 20000, 0, considered=True)


@pytest.mark.parametrize(
    ("paid", "told", "wanted"),
    [
        # The first paid 400.00 of 800.00. The second tells of 1,000.00 as if it were the first: 300.00 paid leave 100.00 of 400.00.
        (30000, (("CO", "45", 20000), ("PR", "2", 50000)), PriorLine(70000, 20000, 10000, considered=True)),
        # It repeats the first: its 50.00 of a contract are its own, and 50.00 are left.
        (
            30000,
            (("OA", "23", 60000), ("CO", "45", 5000), ("PR", "2", 5000)),
            PriorLine(70000, 25000, 5000, considered=True),
        ),
        # It paid more than the first had left: nothing is.
        (43000, (("CO", "45", 20000), ("PR", "2", 37000)), PriorLine(83000, 20000, 0, considered=True)),
    ],
)
def test_a_second_payer_leaves_no_more_than_the_first_had_left(
    paid: int, told: tuple[tuple[str, str, int], ...], wanted: PriorLine
):
    claim = one_line(
        100000,
        given_for("PAYER-P", 40000, ("CO", "45", 20000), ("PR", "2", 40000)),
        given_for("PAYER-S", paid, *told),
        rank="T",
        payers=(a_payer("P"), a_payer("S")),
    )
    assert prior_lines(claim, REASONS)[1] == wanted


def test_what_the_second_covers_of_what_the_first_does_not_is_no_longer_open():
    # 1,000.00: the first paid 400.00 and does not cover 400.00; the second paid 300.00 of that and left 100.00.
    first = given_for("PAYER-P", 40000, ("CO", "45", 20000), ("PR", "96", 40000))
    payers = (a_payer("P"), a_payer("S"))
    covers = one_line(
        100000,
        first,
        given_for("PAYER-S", 30000, ("OA", "23", 60000), ("PR", "2", 10000)),
        rank="T",
        payers=payers,
    )
    assert prior_lines(covers, REASONS)[1] == PriorLine(70000, 20000, 10000, 0, considered=True)
    # Covers the second nothing of it either, it is still open.
    neither = one_line(
        100000, first, given_for("PAYER-S", 0, ("OA", "23", 60000), ("PR", "96", 40000)), rank="T", payers=payers
    )
    assert prior_lines(neither, REASONS)[1] == PriorLine(40000, 20000, 0, 40000, considered=True)


@pytest.mark.parametrize(
    ("paid", "adjustments", "unread"),
    [
        # Nothing was paid: what the payer asked for (16), whom it names (22), what it finds unneeded (50).
        (0, (("CO", "16", 10000),), ("CO-16",)),
        (0, (("CO", "45", 2000), ("OA", "22", 8000)), ("OA-22",)),
        (0, (("PR", "50", 10000),), ("PR-50",)),
        # Its price leaves nothing, or another line holds it.
        (0, (("CO", "45", 10000),), ()),
        (0, (("CO", "97", 10000),), ()),
        # Something was paid: only what the patient is said to owe is open.
        (4000, (("CO", "16", 6000),), ()),
        (4000, (("CO", "45", 2000), ("PR", "50", 4000)), ("PR-50",)),
        (4000, (("CO", "45", 2000), ("PR", "45", 1000), ("PR", "2", 3000)), ()),
        # What is undecided is read in no group, beside any payment and any cost share.
        (4000, (("CO", "45", 2000), ("OA", "133", 4000)), ("OA-133",)),
        (4000, (("CO", "22", 2000), ("PR", "2", 4000)), ("CO-22",)),
        (0, (("PR", "1", 1), ("CO", "22", 9999)), ("CO-22",)),
        # Before the first payer there is nobody whose amounts it can repeat.
        (4000, (("OA", "23", 6000),), ("OA-23",)),
        # A deductible is a benefit, though nothing is paid.
        (0, (("CO", "16", 2000), ("PR", "1", 8000)), ()),
    ],
)
def test_reasons_that_nobody_can_read_are_named(
    paid: int, adjustments: tuple[tuple[str, str, int], ...], unread: tuple[str, ...]
):
    assert prior_lines(one_line(10000, given_for("PAYER-P", paid, *adjustments)), REASONS)[1].unread == unread


def test_rules_not_followed_count_only_where_nothing_was_paid_and_no_cost_share_left():
    unpaid = one_line(10000, given_for("PAYER-P", 0, ("CO", "197", 10000)))
    assert prior_lines(unpaid, REASONS)[1].rules_not_followed == ("197",)
    partly = one_line(10000, given_for("PAYER-P", 1, ("CO", "197", 9999)))
    assert prior_lines(partly, REASONS)[1] == PriorLine(1, 9999, considered=True)
    deductible = one_line(10000, given_for("PAYER-P", 0, ("PR", "1", 1), ("CO", "197", 9999)))
    assert prior_lines(deductible, REASONS)[1] == PriorLine(0, 9999, 1, considered=True)


def test_a_payment_to_the_patient_is_a_payment():
    claim = one_line(10000, given_for("PAYER-P", 0, ("CO", "45", 2000), ("OA", "100", 6000), ("PR", "2", 2000)))
    assert prior_lines(claim, REASONS)[1] == PriorLine(6000, 2000, 2000, considered=True)


def test_what_a_payer_took_back_is_gone():
    # 100.00 denied, taken back, and decided again: 80.00 to the deductible.
    claim = one_line(
        10000,
        given_for("PAYER-P", 0, ("CO", "197", 10000)),
        given_for("PAYER-P", 0, ("CO", "197", -10000)),
        given_for("PAYER-P", 0, ("CO", "45", 2000), ("PR", "1", 8000)),
    )
    assert prior_lines(claim, REASONS)[1] == PriorLine(0, 2000, 8000, considered=True)


def test_what_no_contract_takes_binds_nobody():
    claim = one_line(10000, given_for("PAYER-P", 4000, ("CO", "45", 500), ("PI", "45", 1500), ("PR", "2", 4000)))
    line = prior_lines(claim, REASONS)[1]
    assert (line.contractual_cents, line.bound_cents, line.under_contract) == (2000, 500, True)
    claim = one_line(10000, given_for("PAYER-P", 4000, ("PI", "45", 2000), ("PR", "2", 4000)))
    line = prior_lines(claim, REASONS)[1]
    assert (line.contractual_cents, line.bound_cents, line.under_contract) == (2000, 0, False)


def test_a_third_payer_adds_two_and_counts_nothing_twice():
    # 1,000.00: the first paid 400.00 of 800.00; the second repeats 600.00 (OA-23), paid 300.00 and left 100.00.
    claim = one_line(
        100000,
        given_for("PAYER-P", 40000, ("CO", "45", 20000), ("PR", "2", 40000)),
        given_for("PAYER-S", 30000, ("OA", "23", 60000), ("PR", "2", 10000)),
        rank="T",
        payers=(a_payer("S"), a_payer("P")),
    )
    assert [payer.responsibility for payer in earlier_payers(claim)] == ["P", "S"]
    assert told(claim) == []
    assert prior_lines(claim, REASONS)[1] == PriorLine(70000, 20000, 10000, considered=True)


def test_a_later_payer_is_none_before_us():
    claim = one_line(10000, given_for("PAYER-T", 0, ("OA", "23", 10000)), payers=(a_payer("T"),))
    assert earlier_payers(claim) == []
    assert earlier_payers(second(a_claim(), "S", a_payer("U"), a_payer(""), a_payer("P"))) == [a_payer("P")]


def test_the_day_of_the_last_decision_before_ours():
    next_day, later = SERVICE_DAY + dt.timedelta(days=1), SERVICE_DAY + dt.timedelta(days=2)
    by_line = one_line(10000, given_for("PAYER-P", 10000), payers=(a_payer(), a_payer("T", adjudicated_on=later)))
    assert last_answered_on(by_line) == SERVICE_DAY
    both = (a_payer(adjudicated_on=next_day), a_payer("S"))
    assert last_answered_on(one_line(10000, given_for("PAYER-P", 0), rank="T", payers=both)) == next_day
    assert last_answered_on(one_line(10000)) is None
    assert last_answered_on(one_line(10000, given_for("PAYER-P", 10000), rank="P")) is None


def of_claim(*charges: int, paid: int, adjustments: tuple[PriorAdjustment, ...]) -> Claim:
    lines = [a_line(number, charge_cents=charge) for number, charge in enumerate(charges, 1)]
    return second(a_claim(*lines), "S", a_payer(paid_cents=paid, adjustments=adjustments, adjudicated_on=SERVICE_DAY))


def test_a_result_for_the_claim_is_spread_by_charge_with_largest_remainder():
    # 100.00 over three lines of 50.00: 33.33 each and the cent to the first; the rest of each is its coinsurance.
    claim = of_claim(5000, 5000, 5000, paid=10000, adjustments=(PriorAdjustment("PR", "2", 5000),))
    lines = prior_lines(claim, REASONS)
    assert [lines[n].paid_cents for n in (1, 2, 3)] == [3334, 3333, 3333]
    assert [lines[n].cost_share_cents for n in (1, 2, 3)] == [1666, 1667, 1667]


@pytest.mark.parametrize(
    ("prices", "wanted"),
    [
        # 200.00: 80.00 paid, 100.00 contractual, 20.00 coinsurance. Before any line is priced by charge, half of each.
        ({}, [(4000, 5000, 1000), (4000, 5000, 1000)]),
        # 80.00 and 20.00 allowed: four fifths and one fifth of what was paid and left, and what is left of each charge.
        ({1: 8000, 2: 2000}, [(6400, 2000, 1600), (1600, 8000, 400)]),
        # The second is not priced: as much of its charge as of the first one's.
        ({1: 8000}, [(4000, 5000, 1000), (4000, 5000, 1000)]),
        # 50.00 are allowable: all of it is paid, and the 30.00 beyond go by what is left of the charges, 60.00 and 90.00; so do
        # the 20.00 of coinsurance, by 48.00 and 72.00.
        ({1: 4000, 2: 1000}, [(5200, 4000, 800), (2800, 6000, 1200)]),
        # Of the charge no more is allowable than itself: 100.00 and 25.00 are four fifths and one fifth.
        ({1: 20000, 2: 2500}, [(6400, 2000, 1600), (1600, 8000, 400)]),
        # Nothing is allowed: by charge.
        ({1: 0, 2: 0}, [(4000, 5000, 1000), (4000, 5000, 1000)]),
    ],
)
def test_a_result_for_the_claim_is_spread_by_what_is_allowable(
    prices: dict[int, int], wanted: list[tuple[int, int, int]]
):
    adjustments = (PriorAdjustment("CO", "45", 10000), PriorAdjustment("PR", "2", 2000))
    lines = prior_lines(of_claim(10000, 10000, paid=8000, adjustments=adjustments), REASONS, prices)
    assert [(one.paid_cents, one.contractual_cents, one.cost_share_cents) for one in lines.values()] == wanted


def test_a_line_that_is_not_priced_counts_as_the_others_do():
    # Of charges of 100.00 and 50.00 ours allow 60.00 and 20.00, 80 / 150 of them; 75.00 x 80 / 150 = 40.00: half, a sixth, a third.
    adjustments = (PriorAdjustment("CO", "45", 10500),)
    claim = of_claim(10000, 5000, 7500, paid=12000, adjustments=adjustments)
    lines = prior_lines(claim, REASONS, {1: 6000, 2: 2000})
    assert [one.paid_cents for one in lines.values()] == [6000, 2000, 4000]


def test_lines_that_the_earlier_payer_took_as_one_share_its_payment():
    # Line 2 is within line 1: 90.00 + 30.00 of charges, paid 60.00 on line 1; CO-97 30.00, CO-45 30.00. By charge: 45.00 and 15.00.
    claim = second(
        a_claim(
            a_line(1, charge_cents=9000, other_payers=(given_for("PAYER-P", 6000, ("CO", "45", 3000)),)),
            a_line(
                2, charge_cents=3000, other_payers=(given_for("PAYER-P", 0, ("CO", "97", 3000), bundled_into_line=1),)
            ),
        )
    )
    assert told(claim) == []
    lines = prior_lines(claim, REASONS)
    assert [(lines[n].paid_cents, lines[n].contractual_cents) for n in (1, 2)] == [(4500, 4500), (1500, 1500)]


def test_what_the_claim_was_cut_lowers_its_lines():
    # Lines paid 60.00 and 20.00; 8.00 off the claim: 6.00 and 2.00.
    claim = second(
        a_claim(
            a_line(1, charge_cents=6000, other_payers=(given_for("PAYER-P", 6000),)),
            a_line(2, charge_cents=2000, other_payers=(given_for("PAYER-P", 2000),)),
        ),
        "S",
        a_payer(paid_cents=7200, adjustments=(PriorAdjustment("PR", "1", 800),)),
    )
    assert told(claim) == []
    lines = prior_lines(claim, REASONS)
    assert [(lines[n].paid_cents, lines[n].cost_share_cents) for n in (1, 2)] == [(5400, 600), (1800, 200)]


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        (
            of_claim(10000, paid=6000, adjustments=(PriorAdjustment("CO", "45", 3999),)),
            "payer PAYER-P accounts for 99.99 of the charge of 100.00 (AMT*D and CAS of loop 2320)",
        ),
        (
            one_line(10000, given_for("PAYER-P", 6000, ("CO", "45", 4001))),
            "payer PAYER-P accounts for 100.01 of the charge of 100.00 of line 1 (SVD02 and CAS of loop 2430)",
        ),
        (
            one_line(10000, given_for("PAYER-P", -1, ("CO", "45", 10001))),
            "payer PAYER-P paid -0.01 for line 1 (SVD02), which is below zero",
        ),
        (
            one_line(10000, given_for("PAYER-P", 9000, ("CO", "45", 1001), ("PR", "2", -1))),
            "payer PAYER-P left -0.01 of line 1 to the patient (CAS*PR), which is below zero",
        ),
        (
            of_claim(10000, paid=9000, adjustments=(PriorAdjustment("CO", "45", 1001), PriorAdjustment("PR", "2", -1))),
            "payer PAYER-P left -0.01 of the claim to the patient (CAS*PR), which is below zero",
        ),
        (
            one_line(10000, given_for("PAYER-P", 10000, bundled_into_line=2)),
            "payer PAYER-P takes line 1 within line 2 (SVD06), which the claim does not have",
        ),
        (
            one_line(10000, given_for("PAYER-P", 10000), payers=(a_payer(paid_cents=9999),)),
            "payer PAYER-P paid 99.99 (AMT*D), while its lines come to 100.00 (SVD02 less CAS of loop 2320)",
        ),
        (
            second(a_claim(a_line(1, charge_cents=100, other_payers=(given_for("PAYER-P", 100),)), a_line(2))),
            "payer PAYER-P has no result for line 2 (SVD)",
        ),
    ],
)
def test_what_is_missing_or_does_not_balance_is_named(claim: Claim, problem: str):
    assert told(claim) == [problem]


@pytest.mark.parametrize(
    ("of_claim", "of_lines", "problem"),
    [
        (None, (2000, 3000), ""),
        (5000, (None, None), ""),
        (
            5000,
            (None, 3000),
            "payer PAYER-P has what the patient still owes for the claim and for line 2 (AMT*EAF of loops 2320 and 2430), which "
            "stands at one of the two",
        ),
        (
            0,
            (0, 0),
            "payer PAYER-P has what the patient still owes for the claim and for line 1, 2 (AMT*EAF of loops 2320 and 2430), which "
            "stands at one of the two",
        ),
    ],
)
def test_what_the_patient_still_owes_stands_at_the_claim_or_at_its_lines(
    of_claim: int | None, of_lines: tuple[int | None, int | None], problem: str
):
    lines = [
        a_line(
            number,
            charge_cents=10000,
            other_payers=(given_for("PAYER-P", 6000, ("PR", "2", 4000), patient_liability_cents=cents),),
        )
        for number, cents in enumerate(of_lines, 1)
    ]
    claim = second(a_claim(*lines), "S", a_payer(patient_liability_cents=of_claim))
    assert "; ".join(told(claim)) == problem
    assert adds_up(claim) is not bool(problem)


@pytest.mark.parametrize(
    ("payers", "answering", "nobodys", "several"),
    [
        ((a_payer("P"),), ("PAYER-P",), [], []),
        ((a_payer("P"),), ("PAYER-P", "OTHER", "OTHER"), ["OTHER"], []),
        # a payer after us is named, and an answer of it is somebody's
        ((a_payer("P"), a_payer("T")), ("PAYER-P", "PAYER-T"), [], []),
        ((), ("OTHER", "PAYER-P"), ["OTHER", "PAYER-P"], []),
        # two plans of one insurer
        ((a_payer("P"), msgspec.structs.replace(a_payer("T"), payer_id="PAYER-P")), ("PAYER-P",), [], ["PAYER-P"]),
        ((a_payer("P"), msgspec.structs.replace(a_payer("T"), payer_id="PAYER-P")), (), [], []),
    ],
)
def test_a_result_for_a_line_is_that_of_the_one_payer_whom_the_claim_names_so(
    payers: tuple[OtherPayer, ...], answering: tuple[str, ...], nobodys: list[str], several: list[str]
):
    results = tuple(given_for(name, 10000) for name in answering)
    lines = (a_line(1, charge_cents=10000, other_payers=results), a_line(2, charge_cents=0, other_payers=results))
    claim = msgspec.structs.replace(a_claim(*lines), other_payers=payers)
    assert (results_of_nobody(claim), results_of_several(claim)) == (nobodys, several)
    assert not adds_up(second(claim, "S", *payers)) or not (nobodys or several)


@pytest.mark.parametrize(
    ("facts", "answered"),
    [
        ({}, False),
        ({"name": "FIRST", "filing_indicator": "CI", "member_id": "M", "relationship": "18"}, False),
        ({"paid_cents": 0}, True),
        ({"noncovered_cents": 100}, True),
        ({"patient_liability_cents": 0}, True),
        ({"adjustments": (PriorAdjustment("PR", "1", 100),)}, True),
        ({"adjudicated_on": SERVICE_DAY}, True),
        ({"claim_control_number": "FIRST1"}, True),
    ],
)
def test_a_payer_has_answered_where_the_claim_tells_what_only_it_can_know(facts: dict[str, Any], answered: bool):
    claim = second(a_claim(), "S", a_payer(**facts))
    assert has_answered(claim, claim.other_payers[0]) is answered
    by_line = one_line(100, given_for("PAYER-P", 100), payers=(a_payer(**facts),))
    assert has_answered(by_line, by_line.other_payers[0])


def test_a_payer_without_a_result_did_nothing():
    assert prior_lines(second(a_claim()), REASONS)[1] == PriorLine()
    # beside one that has a result
    payers = (a_payer("P"), a_payer("S"))
    claim = one_line(10000, given_for("PAYER-P", 6000, ("PR", "2", 4000)), rank="T", payers=payers)
    assert prior_lines(claim, REASONS)[1] == PriorLine(6000, 0, 4000, considered=True)


def test_a_payer_has_a_result_where_it_paid_even_nothing():
    claim = second(a_claim(), "S", a_payer(paid_cents=0))
    assert has_result(claim, a_payer(paid_cents=0))
    assert has_result(claim, a_payer(adjustments=(PriorAdjustment("PR", "1", 100),)))
    assert not has_result(claim, a_payer())
    assert has_result(one_line(100, given_for("PAYER-P", 100)), a_payer())


@given(
    charges=st.lists(st.integers(0, 100_000), min_size=1, max_size=8),
    shares=st.lists(st.integers(0, 100), min_size=3, max_size=3),
    prices=st.dictionaries(st.integers(1, 8), st.integers(0, 150_000)),
)
def test_spreading_keeps_every_total_and_every_line_in_balance(
    charges: list[int], shares: list[int], prices: dict[int, int]
):
    whole = sum(charges)
    weights = [*shares, 1]
    paid, contractual, share, rest = spread(whole, weights)
    adjustments = (
        PriorAdjustment("CO", "45", contractual),
        PriorAdjustment("PR", "2", share),
        PriorAdjustment("CO", "253", rest),
    )
    claim = of_claim(*charges, paid=paid, adjustments=adjustments)
    assert told(claim) == []
    prices = {number: cents for number, cents in prices.items() if number <= len(charges)}
    lines = prior_lines(claim, REASONS, prices)
    assert sum(line.paid_cents for line in lines.values()) == paid
    assert sum(line.cost_share_cents for line in lines.values()) == share
    for number, charge in enumerate(charges, 1):
        line = lines[number]
        assert min(line.paid_cents, line.contractual_cents, line.cost_share_cents) >= 0
        assert line.paid_cents + line.contractual_cents + line.cost_share_cents == charge


def unbilled(noncovered: int = 10000, *results: OtherPayerLine, **changes: Any) -> Claim:
    """One line of 100.00 and a payer before us with a total noncovered amount."""
    return one_line(10000, *results, payers=(a_payer(noncovered_cents=noncovered, **changes),))


@pytest.mark.parametrize(
    ("claim", "so", "wrong"),
    [
        (unbilled(), True, []),
        # A payment of nothing beside it says nothing else.
        (unbilled(paid_cents=0), True, []),
        (unbilled(9999), True, ["total noncovered amount is 99.99 (AMT*A8) of the charge of 100.00"]),
        (unbilled(10001), True, ["total noncovered amount is 100.01 (AMT*A8) of the charge of 100.00"]),
        (
            one_line(10000),
            False,
            ["accounts for 0.00 of the charge of 100.00"],
        ),
        # What was billed has a result, and no total noncovered amount beside it (domain/01 section 5).
        (
            unbilled(adjustments=(PriorAdjustment("CO", "96", 10000),), adjudicated_on=SERVICE_DAY),
            False,
            ["as if it was not billed (AMT*A8), beside its result"],
        ),
        (
            unbilled(10000, given_for("PAYER-P", 0, ("CO", "96", 10000))),
            False,
            ["as if it was not billed (AMT*A8), beside its result"],
        ),
    ],
)
def test_a_payer_that_was_not_billed_since_it_covers_nothing(claim: Claim, so: bool, wrong: list[str]):
    (payer,) = earlier_payers(claim)
    assert not_billed(claim, payer) is so
    found = told(claim)
    assert len(found) == len(wrong)
    assert all(part in problem for part, problem in zip(wrong, found, strict=True))


@pytest.mark.parametrize(
    ("claim", "dated"),
    [
        (one_line(10000, OtherPayerLine("PAYER-P", 10000)), False),
        (one_line(10000, given_for("PAYER-P", 10000)), True),
        (one_line(10000, OtherPayerLine("PAYER-P", 10000), payers=(a_payer(adjudicated_on=SERVICE_DAY),)), True),
        # the day of another payer is none of this one's
        (
            one_line(
                10000, OtherPayerLine("PAYER-P", 10000), given_for("PAYER-S", 0), payers=(a_payer("P"), a_payer("S"))
            ),
            False,
        ),
    ],
)
def test_the_day_of_a_result_is_the_claims_or_a_lines(claim: Claim, dated: bool):
    assert is_dated(claim, claim.other_payers[0]) is dated


def test_who_was_not_billed_has_done_nothing_and_answered_on_no_day():
    claim = unbilled(adjudicated_on=SERVICE_DAY)
    assert not has_result(claim, claim.other_payers[0])
    assert prior_lines(claim, REASONS) == {1: PriorLine()}
    assert last_answered_on(claim) is None
