"""Several procedures of a day: the worked examples of domain/03 section 7, to the cent."""

import datetime as dt
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudicator.model.case import LineState
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing import price_lines
from adjudicator.pricing.ranks import spread
from tests.building import SERVICE_DAY, an_earlier_line
from tests.ruled import Billed, Row, billed_case, fees, prices, ruled_policies, waits

CODES = ("10060", "11102", "11400", "12001", "17000", "20610", "29881", "64483")


def kind(indicator: str, **more: str) -> Indicators:
    return Indicators(multiple_procedure=indicator, **more)  # type: ignore[arg-type]


def ranked_policies(demo: PolicySet, *amounts: float, indicator: str = "2") -> PolicySet:
    return ruled_policies(demo, {code: Row(fee, kind(indicator)) for code, fee in zip(CODES, amounts, strict=False)})


def test_the_highest_fee_is_paid_whole_and_the_others_half(demo: PolicySet):
    # 900.00 + 650.00 / 2 + 420.00 / 2 + 380.00 / 2 + 300.00 / 2 = 900.00 + 325.00 + 210.00 + 190.00 + 150.00 = 1,775.00
    amounts = fees(ranked_policies(demo, 380, 900, 300, 650, 420), *map(Billed, CODES[:5]))
    assert amounts == [190, 900, 150, 325, 210]
    assert sum(amounts) == 1775


def test_the_sixth_waits_for_a_person(demo: PolicySet):
    policies = ranked_policies(demo, 900, 650, 420, 380, 300, 150)
    assert waits(policies, *map(Billed, CODES[:6])) == {"pricing.by-report"}


def test_rank_goes_by_fee_and_not_by_charge_order_or_modifier_51(demo: PolicySet):
    policies = ranked_policies(demo, 300, 400)
    assert fees(policies, Billed("10060", charge=5000), Billed("11102", ("51",), charge=1000)) == [150, 400]


def test_units_are_further_procedures(demo: PolicySet):
    # 300.00 + 300.00 / 2
    assert fees(ranked_policies(demo, 300), Billed("10060", units=2)) == [450]
    # 400.00, 300.00 / 2 x 2
    assert fees(ranked_policies(demo, 300, 400), Billed("10060", units=2), Billed("11102")) == [300, 400]


def test_add_ons_and_what_no_ranking_reduces_are_paid_whole(demo: PolicySet):
    rows = {"10060": Row(400, kind("2")), "11102": Row(300, kind("0", global_days="ZZZ")), "99213": Row(90, kind("9"))}
    policies = ruled_policies(demo, rows)
    assert fees(policies, Billed("10060"), Billed("11102", units=3), Billed("99213")) == [400, 900, 90]


def test_an_indicator_that_the_rules_do_not_know_waits(demo: PolicySet):
    assert waits(ranked_policies(demo, 400, indicator="8"), Billed("10060")) == {"pricing.no-share"}


def test_services_of_another_day_do_not_rank_together(demo: PolicySet):
    other = {"from_date": SERVICE_DAY + dt.timedelta(days=1), "through_date": SERVICE_DAY + dt.timedelta(days=1)}
    assert fees(ranked_policies(demo, 400, 300), Billed("10060"), Billed("11102", changes=other)) == [400, 300]


def test_a_denied_line_is_not_ranked(demo: PolicySet):
    case = billed_case(Billed("10060"), Billed("11102"))
    priced = price_lines(case, ranked_policies(demo, 400, 300), {2: 1000})
    assert [row.price.allowed_cents for row in priced.lines] == [30_000]


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, {"unsupported.multiple-procedures"}),
        ({"state": LineState.DENIED}, set()),
        ({"billing_tax_id": "999009999"}, set()),
        ({"from_date": SERVICE_DAY - dt.timedelta(days=1)}, set()),
        ({"procedure": "99213"}, set()),
    ],
)
def test_an_earlier_claim_of_the_day_waits_for_a_person(demo: PolicySet, changes: dict[str, Any], rules: set[str]):
    policies = ruled_policies(demo, {"10060": Row(400, kind("2")), "11102": Row(300, kind("2")), "99213": Row(90)})
    earlier = an_earlier_line(**{"procedure": "11102", "from_date": SERVICE_DAY, **changes})
    _, findings = prices(policies, billed_case(Billed("10060"), history=(earlier,)))
    assert {finding.rule for finding in findings} == rules


def test_both_sides_are_worth_more_before_they_are_ranked(demo: PolicySet):
    # 300.00 x 1.5 = 450.00 ranks before 400.00: 450.00 + 200.00
    rows = {"10060": Row(300, kind("2", bilateral="1")), "11102": Row(400, kind("2"))}
    policies = ruled_policies(demo, rows)
    assert fees(policies, Billed("10060", ("50",)), Billed("11102")) == [450, 200]
    # On two lines as on one: 450.00 is divided by charge.
    assert fees(policies, Billed("10060", ("RT",)), Billed("11102"), Billed("10060", ("LT",))) == [225, 200, 225]


FAMILY = {
    "45378": Row(255.40, kind("3")),
    "45380": Row(285.98, kind("3", endoscopic_base="45378")),
    "45385": Row(374.56, kind("3", endoscopic_base="45378")),
    "27447": Row(500.00, kind("2")),
    "29881": Row(300.00, kind("3", endoscopic_base="29870")),
    "10060": Row(200.00, kind("3", endoscopic_base="45378")),
}


def test_a_family_is_worth_its_highest_and_what_the_others_add(demo: PolicySet):
    # 374.56 + (285.98 - 255.40) = 374.56 + 30.58 = 405.14
    assert fees(ruled_policies(demo, FAMILY), Billed("45380"), Billed("45385")) == [30.58, 374.56]


def test_the_base_is_paid_within_its_family(demo: PolicySet):
    found, findings = prices(ruled_policies(demo, FAMILY), billed_case(Billed("45378"), Billed("45380")))
    assert {(finding.rule, finding.line) for finding in findings} == {("pricing.part-of-family", 1)}
    assert found[2].allowed_cents == 28_598


def test_what_is_worth_less_than_its_base_adds_nothing(demo: PolicySet):
    found, findings = prices(ruled_policies(demo, FAMILY), billed_case(Billed("10060"), Billed("45380")))
    assert [finding.line for finding in findings] == [1]
    assert found[2].allowed_cents == 28_598


def test_a_family_ranks_as_one_with_other_operations(demo: PolicySet):
    # 500.00 + 405.14 / 2: 374.56 / 2 = 187.28, 30.58 / 2 = 15.29; 702.57 in all
    amounts = fees(ruled_policies(demo, FAMILY), Billed("45385"), Billed("45380"), Billed("27447"))
    assert amounts == [187.28, 15.29, 500]
    assert sum(amounts) == pytest.approx(702.57)


def test_families_rank_among_each_other(demo: PolicySet):
    # 405.14 + 300.00 / 2 = 555.14
    amounts = fees(ruled_policies(demo, FAMILY), Billed("29881"), Billed("45385"), Billed("45380"))
    assert amounts == [150, 374.56, 30.58]


def test_one_procedure_of_each_family_ranks_as_any_other(demo: PolicySet):
    assert fees(ruled_policies(demo, FAMILY), Billed("29881"), Billed("45385")) == [150, 374.56]


def test_a_base_without_a_fee_is_named(demo: PolicySet):
    rows = {code: row for code, row in FAMILY.items() if code != "45378"}
    _, findings = prices(ruled_policies(demo, rows), billed_case(Billed("45380"), Billed("45385")))
    assert {finding.rule for finding in findings} == {"pricing.no-fee"}
    assert "45378" in findings[0].because


def parts(code: str, indicator: str, professional: float, technical: float) -> dict[str, Row]:
    row = kind(indicator, pctc="1")
    return {
        code: Row(professional + technical, row),
        f"{code} 26": Row(professional, row),
        f"{code} TC": Row(technical, row),
    }


@pytest.mark.parametrize(
    ("indicator", "amounts", "total"),
    [
        ("4", ((90, 210), (70, 180)), (300.00, 156.50)),  # 90.00 + 210.00; 70.00 x 0.95 + 180.00 x 0.50 = 66.50 + 90.00
        ("6", ((0, 200), (0, 120)), (200.00, 90.00)),  # 120.00 x 0.75
        ("7", ((0, 40), (0, 30)), (40.00, 24.00)),  # 30.00 x 0.80
    ],
)
def test_parts_of_tests_rank_each_by_themselves(
    demo: PolicySet, indicator: str, amounts: tuple[tuple[float, float], ...], total: tuple[float, ...]
):
    rows = parts("70551", indicator, *amounts[0]) | parts("70553", indicator, *amounts[1])
    rows = {key: row for key, row in rows.items() if row.fee}
    if indicator == "4":
        assert fees(ruled_policies(demo, rows), Billed("70551"), Billed("70553")) == list(total)
    technical = [Billed("70551", ("TC",)), Billed("70553", ("TC",))]
    assert fees(ruled_policies(demo, rows), *technical) == [amounts[0][1], total[1] - (66.5 if indicator == "4" else 0)]


def test_the_reading_of_a_second_image_loses_a_twentieth(demo: PolicySet):
    # 90.00; 70.00 x 0.95 = 66.50
    rows = parts("70551", "4", 90, 210) | parts("70553", "4", 70, 180)
    assert fees(ruled_policies(demo, rows), Billed("70553", ("26",)), Billed("70551", ("26",))) == [66.50, 90]


def test_the_readings_of_heart_tests_are_not_reduced(demo: PolicySet):
    # 60.00 + 200.00; 50.00 + 120.00 x 0.75 = 140.00
    rows = parts("93306", "6", 60, 200) | parts("93308", "6", 50, 120)
    assert fees(ruled_policies(demo, rows), Billed("93306"), Billed("93308")) == [260, 140]


THERAPY = {
    "97110": Row(13.50, kind("5"), practice=16.00, malpractice=0.50),
    "97140": Row(12.00, kind("5"), practice=15.40, malpractice=0.60),
}


def test_therapy_loses_half_of_its_practice_expense(demo: PolicySet):
    # X: 30.00, then 13.50 + 8.00 + 0.50 = 22.00; Y: 12.00 + 7.70 + 0.60 = 20.30; 72.30 in all
    amounts = fees(ruled_policies(demo, THERAPY), Billed("97140"), Billed("97110", units=2))
    assert amounts == [20.30, 52.00]
    assert sum(amounts) == pytest.approx(72.30)


def test_practice_expense_is_reduced_inside_the_product(demo: PolicySet):
    # 0.01 x 0.5 = 0.005 is no half of a cent that is rounded by itself: 1.00 + 0.005 = 1.005 -> 1.01
    rows = {"97110": Row(1.00, kind("5"), practice=0.01), "97140": Row(5.00, kind("5"), practice=3.00)}
    assert fees(ruled_policies(demo, rows), Billed("97110"), Billed("97140")) == [1.01, 8.00]


_MODIFIERS = st.sampled_from([(), ("50",), ("52",), ("RT",), ("LT",), ("80",), ("62",), ("51",)])
_LINES = st.lists(
    st.builds(
        Billed,
        st.sampled_from([*FAMILY, *THERAPY, "70551", "70553"]),
        _MODIFIERS,
        st.sampled_from([1, 1, 2]),
        st.sampled_from([100, 250, 9999]),
    ),
    min_size=1,
    max_size=5,
)
ALL_ROWS = {
    **{
        code: msgspec.structs.replace(row, indicators=msgspec.structs.replace(row.indicators, bilateral="1"))
        for code, row in FAMILY.items()
    },
    **THERAPY,
    **parts("70551", "4", 90, 210),
    **parts("70553", "4", 70, 180),
}


def test_another_order_of_lines_gives_the_same_total(demo: PolicySet):
    policies = ruled_policies(demo, ALL_ROWS)

    @settings(deadline=None, max_examples=150)
    @given(_LINES, st.randoms(use_true_random=False))
    def law(lines: list[Billed], random: Random) -> None:
        shuffled = list(lines)
        random.shuffle(shuffled)
        totals, rules = [], []
        for order in (lines, shuffled):
            found, kept = prices(policies, billed_case(*order))
            totals.append(sum(price.allowed_cents for price in found.values()))
            rules.append(sorted(finding.rule for finding in kept))
        assert totals[0] == totals[1]
        assert rules[0] == rules[1]

    law()


def test_no_reduction_raises_a_fee_and_none_is_above_its_charge(demo: PolicySet):
    policies = ruled_policies(demo, ALL_ROWS)

    @settings(deadline=None, max_examples=150)
    @given(_LINES)
    def law(lines: list[Billed]) -> None:
        found, _ = prices(policies, billed_case(*lines))
        for number, price in found.items():
            line = lines[number - 1]
            # Two sides on two lines are divided by charge: of a pair the dearer line has the greater part of one and a half fees.
            sides = 1.5 if {"50", "LT", "RT"} & set(line.modifiers) else 1
            assert price.allowed_cents <= min(price.unit_price_cents * sides * line.units, line.charge * 100)

    law()


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_a_spread_adds_up(total: int, weights: list[int]):
    assert sum(spread(total, weights)) == total
