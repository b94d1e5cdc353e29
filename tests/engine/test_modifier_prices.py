"""What modifiers make of a fee: the worked examples of domain/03 sections 5, 6, 8 and 10, to the cent."""

import msgspec
import pytest

from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.policy_set import PolicySet
from tests.ruled import Billed, Row, billed_case, fees, prices, ruled_policies, waits


def surgery(**indicators: str | int) -> Indicators:
    return Indicators(multiple_procedure="2", **indicators)  # type: ignore[arg-type]


def one(demo: PolicySet, fee: float, indicators: Indicators, line: Billed) -> float:
    return fees(ruled_policies(demo, {line.procedure: Row(fee, indicators)}), line)[0]


@pytest.mark.parametrize(("indicator", "allowed"), [("0", 400.00), ("1", 600.00), ("2", 400.00), ("3", 800.00)])
def test_both_sides_by_the_bilateral_indicator(demo: PolicySet, indicator: str, allowed: float):
    # 400.00 x 1, x 1.5, x 1, x 2; the charge is 900.00.
    line = Billed("27447", ("50",), charge=900)
    assert one(demo, 400, surgery(bilateral=indicator), line) == allowed


def test_both_sides_of_a_service_that_has_none_wait(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(400, surgery(bilateral="9"))})
    assert waits(policies, Billed("27447", ("50",))) == {"pricing.no-share"}


def test_two_lines_for_the_two_sides_are_one_service(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(400, surgery(bilateral="1"))})
    # 400.00 x 1.5 = 600.00 against 300.00 + 300.00.
    assert fees(policies, Billed("27447", ("RT",), charge=300), Billed("27447", ("LT",), charge=300)) == [300, 300]
    # 600.00 by charge: 600 x 500 / 900 = 333.33 (333.333), 600 x 400 / 900 = 266.67 (266.667).
    assert fees(policies, Billed("27447", ("RT",), charge=500), Billed("27447", ("LT",), charge=400)) == [
        333.33,
        266.67,
    ]
    # Charges of 200.00 + 350.00 = 550.00 are less than 600.00.
    assert fees(policies, Billed("27447", ("RT",), charge=200), Billed("27447", ("LT",), charge=350)) == [200, 350]


def test_modifiers_that_change_no_fee_do_not_part_the_two_sides(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(400, Indicators(bilateral="1"))})
    # 400.00 x 1.5 = 600.00, half each
    assert fees(policies, Billed("27447", ("RT",)), Billed("27447", ("59", "LT", "51"))) == [300, 300]


def test_two_sides_in_different_quantities_wait(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(400, surgery(bilateral="1"))})
    assert waits(policies, Billed("27447", ("RT",), units=2), Billed("27447", ("LT",))) == {"pricing.no-share"}


PARTS = surgery(
    global_days="090", preoperative_basis_points=1000, intraoperative_basis_points=6900, postoperative_basis_points=2100
)


@pytest.mark.parametrize(
    ("modifier", "allowed"),
    [
        ("52", 600.00),  # 1,200.00 x 0.50
        ("53", 600.00),  # no row of its own: 1,200.00 x 0.50
        ("54", 948.00),  # 1,200.00 x 0.10 + 1,200.00 x 0.69 = 120.00 + 828.00
        ("55", 252.00),  # 1,200.00 x 0.21
        ("56", 120.00),  # 1,200.00 x 0.10
        ("78", 828.00),  # 1,200.00 x 0.69
        ("58", 1200.00),
        ("76", 1200.00),
        ("77", 1200.00),
        ("51", 1200.00),
    ],
)
def test_parts_of_an_operation(demo: PolicySet, modifier: str, allowed: float):
    assert one(demo, 1200, PARTS, Billed("27447", (modifier,))) == allowed


@pytest.mark.parametrize(
    ("days", "allowed"),
    [
        (30, 84.00),  # 252.00 x 30 / 90
        (60, 168.00),  # 252.00 x 60 / 90
    ],
)
def test_care_after_an_operation_by_days(demo: PolicySet, days: int, allowed: float):
    assert one(demo, 1200, PARTS, Billed("27447", ("55",), units=days)) == allowed


def test_shared_care_adds_up_to_the_fee(demo: PolicySet):
    # 10 + 73 + 17 %: 54 is 100.00 + 730.00 = 830.00; 60 of 90 days 170.00 x 60 / 90 = 113.33; together 943.33.
    # The other physician's 30 days: 170.00 x 30 / 90 = 56.67. 943.33 + 56.67 = 1,000.00.
    shares = msgspec.structs.replace(PARTS, intraoperative_basis_points=7300, postoperative_basis_points=1700)
    policies = ruled_policies(demo, {"27447": Row(1000, msgspec.structs.replace(shares, multiple_procedure="0"))})
    own = fees(policies, Billed("27447", ("54",)), Billed("27447", ("55",), units=60))
    assert own == [830.00, 113.33]
    assert fees(policies, Billed("27447", ("55",), units=30)) == [56.67]


def test_more_days_of_care_than_there_are_wait(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(1200, PARTS)})
    assert waits(policies, Billed("27447", ("55",), units=91)) == {"pricing.no-share"}


def test_a_return_to_the_operating_room_for_a_procedure_without_care_around_it_is_paid_whole(demo: PolicySet):
    assert one(demo, 1200, surgery(global_days="000"), Billed("45378", ("78",))) == 1200
    policies = ruled_policies(demo, {"45378": Row(1200, surgery(global_days="000"))})
    assert waits(policies, Billed("45378", ("54",))) == {"pricing.no-share"}


def test_a_discontinued_procedure_with_a_row_of_its_own_is_paid_that(demo: PolicySet):
    policies = ruled_policies(demo, {"45378": Row(400, surgery()), "45378 53": Row(170, surgery())})
    assert fees(policies, Billed("45378", ("53",))) == [170]


@pytest.mark.parametrize(
    ("modifier", "allowed"),
    [
        ("62", 625.00),  # 1,000.00 x 0.625
        ("80", 160.00),  # 1,000.00 x 0.16
        ("82", 160.00),
        ("81", 160.00),
        ("AS", 136.00),  # 1,000.00 x 0.136
    ],
)
def test_surgeons_and_who_assists(demo: PolicySet, modifier: str, allowed: float):
    assert one(demo, 1000, surgery(), Billed("27447", (modifier,))) == allowed


@pytest.mark.parametrize("modifier", ["22", "66", "63"])
def test_what_is_priced_from_the_record_waits(demo: PolicySet, modifier: str):
    policies = ruled_policies(demo, {"27447": Row(1000, surgery())})
    assert waits(policies, Billed("27447", (modifier,))) == {"pricing.by-report"}


@pytest.mark.parametrize("modifiers", [("80", "82"), ("54", "55"), ("52", "53"), ("78", "54")])
def test_two_modifiers_of_one_step_wait(demo: PolicySet, modifiers: tuple[str, str]):
    policies = ruled_policies(demo, {"27447": Row(1000, PARTS)})
    assert waits(policies, Billed("27447", modifiers)) == {"pricing.no-share"}


@pytest.mark.parametrize(
    ("taxonomy", "allowed"),
    [("363LF0000X", 85.00), ("1041C0700X", 75.00), ("133V00000X", 85.00), ("207Q00000X", 100.00), ("", 100.00)],
)
def test_the_kind_of_practitioner(demo: PolicySet, taxonomy: str, allowed: float):
    # 100.00 x 0.85, x 0.75, x 1
    rendering = msgspec.structs.replace(billed_case(Billed("99213")).claim.lines[0].rendering, taxonomy=taxonomy)
    assert one(demo, 100, Indicators(), Billed("99213", changes={"rendering": rendering})) == allowed


def test_a_practitioner_who_assists_is_paid_the_share_once(demo: PolicySet):
    # 1,000.00 x 0.136, which is 85 % of 16 %
    rendering = msgspec.structs.replace(billed_case(Billed("99213")).claim.lines[0].rendering, taxonomy="363AS0400X")
    assert one(demo, 1000, surgery(), Billed("27447", ("AS",), changes={"rendering": rendering})) == 136


TEST = Indicators(pctc="1")
COMPONENTS = {
    # Work, practice expense and malpractice in dollars of (0.85, 0.34, 0.05) and (0, 2.40, 0.02) units x index x 33.4009, rounded.
    "93306": Row(120.50, TEST),
    "93306 26": Row(41.06, TEST),
    "93306 TC": Row(79.44, TEST),
}


@pytest.mark.parametrize(("modifiers", "allowed"), [(("26",), 41.06), (("TC",), 79.44), ((), 120.50)])
def test_components_have_rows_of_their_own(demo: PolicySet, modifiers: tuple[str, ...], allowed: float):
    assert fees(ruled_policies(demo, COMPONENTS), Billed("93306", modifiers)) == [allowed]


def test_a_component_without_a_row_waits(demo: PolicySet):
    policies = ruled_policies(demo, {"93306": Row(120.50, TEST)})
    assert waits(policies, Billed("93306", ("26",))) == {"pricing.no-fee"}


def test_the_charge_is_compared_with_the_reduced_fee(demo: PolicySet):
    # 400.00 x 0.50 = 200.00, below the charge of 300.00.
    assert one(demo, 400, surgery(), Billed("27447", ("52",), charge=300)) == 200
    assert one(demo, 400, surgery(), Billed("27447", ("52",), charge=150)) == 150


@pytest.mark.parametrize(("modifier", "total"), [("80", 304.00), ("AS", 258.40)])
def test_who_assists_at_several_procedures(demo: PolicySet, modifier: str, total: float):
    # Surgeon: 1,000.00 x 1.5 = 1,500.00 and 800.00 x 0.50 = 400.00. Assistant: 1,500.00 x 0.16 = 240.00, 400.00 x 0.16 = 64.00.
    # AS: 1,500.00 x 0.136 = 204.00, 400.00 x 0.136 = 54.40.
    rows = {"27447": Row(1000, surgery(bilateral="1")), "29881": Row(800, surgery())}
    policies = ruled_policies(demo, rows)
    assert fees(policies, Billed("27447", ("50",)), Billed("29881")) == [1500, 400]
    assert sum(fees(policies, Billed("27447", ("50", modifier)), Billed("29881", (modifier,)))) == pytest.approx(total)


def test_every_step_is_kept(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(1000, surgery(bilateral="1")), "29881": Row(800, surgery())})
    found, _ = prices(policies, billed_case(Billed("29881", ("80",)), Billed("27447", ("50", "80"))))
    assert [(step.what, step.factor, step.cents) for step in found[2].steps] == [
        ("both sides (50), bilateral indicator 1", "1.5", 150_000),
        ("ranked 1", "1", 150_000),
        ("assistant at surgery (80)", "0.16", 24_000),
    ]
    assert [(step.what, step.factor, step.cents) for step in found[1].steps] == [
        ("ranked 2", "0.5", 40_000),
        ("assistant at surgery (80)", "0.16", 6_400),
    ]
    assert found[1].rules == "payment/professional@2025-01-01"
