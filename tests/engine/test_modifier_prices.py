"""What modifiers make of a fee: the worked examples of domain/03 sections 5, 6, 8 and 10, to the cent."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import LineState, ProviderKind, ProviderRecord
from adjudicator.model.dates import Span
from adjudicator.model.money import half_up_quotient
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.document import Document
from adjudicator.policy.pay_rules import PayCondition
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing import fee_request, price_lines
from adjudicator.pricing.modifiers import CareDates
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import quote_unit
from adjudicator.pricing.unit_fees import unit_fee
from tests.building import ALWAYS, BILLING, SERVICE_DAY, an_earlier_line, codes
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


@pytest.mark.parametrize("indicator", ["0", "1", "2", "3"])
def test_both_sides_in_several_units_wait(demo: PolicySet, indicator: str):
    # 400.00 x 1.5 for the two sides as two units, or 1,200.00 for both sides twice: nobody says which.
    policies = ruled_policies(demo, {"27447": Row(400, Indicators(bilateral=indicator))})
    assert waits(policies, Billed("27447", ("50",), units=2)) == {"pricing.no-share"}
    # One side twice is twice one side.
    assert fees(policies, Billed("27447", ("RT",), units=2)) == [800]


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


NURSE = msgspec.structs.replace(billed_case(Billed("99213")).claim.lines[0].rendering, taxonomy="363LF0000X")


@pytest.mark.parametrize(
    ("indicator", "other", "waiting"),
    [
        # Both whole would be 400.00 x 1.5; of one whole and one reduced side nobody says what they are together.
        ("1", Billed("27447", ("LT", "52")), True),
        ("1", Billed("27447", ("LT",), changes={"rendering": NURSE}), True),
        ("0", Billed("27447", ("LT", "52")), True),
        ("2", Billed("27447", ("LT", "52")), True),
        # Each side has a fee of its own: 400.00 + 200.00.
        ("3", Billed("27447", ("LT", "52")), False),
        # The same side again, an assistant's, and another day's.
        ("1", Billed("27447", ("RT", "52")), False),
        ("1", Billed("27447", ("LT", "80")), False),
        (
            "1",
            Billed(
                "27447",
                ("LT", "52"),
                changes={"from_date": SERVICE_DAY - dt.timedelta(1), "through_date": SERVICE_DAY - dt.timedelta(1)},
            ),
            False,
        ),
    ],
)
def test_two_sides_that_are_not_paid_alike_wait(demo: PolicySet, indicator: str, other: Billed, waiting: bool):
    policies = ruled_policies(demo, {"27447": Row(400, Indicators(bilateral=indicator))})
    found, findings = prices(policies, billed_case(Billed("27447", ("RT",)), other))
    assert {finding.rule for finding in findings} == ({"pricing.no-share"} if waiting else set())
    second = 6400 if "80" in other.modifiers else 20_000
    assert [found[number].allowed_cents for number in found] == ([] if waiting else [40_000, second])


def test_a_ranked_second_side_is_paid_by_its_rank_whatever_its_modifiers(demo: PolicySet):
    # 400.00 + 400.00 x 0.50 x 0.50; both whole are 600.00 by rank as by the indicator.
    policies = ruled_policies(demo, {"27447": Row(400, surgery(bilateral="1"))})
    assert fees(policies, Billed("27447", ("RT",)), Billed("27447", ("LT", "52"))) == [400, 100]
    # A fee for both sides is not paid one and a half times.
    once = ruled_policies(demo, {"27447": Row(400, surgery(bilateral="2"))})
    assert waits(once, Billed("27447", ("RT",)), Billed("27447", ("LT", "52"))) == {"pricing.no-share"}


@pytest.mark.parametrize(
    ("indicator", "changes", "waiting"),
    [
        ("1", {}, True),
        ("1", {"modifiers": ("50",)}, True),
        ("2", {}, True),
        ("3", {}, False),  # each side is paid by itself
        ("1", {"modifiers": ("LT",)}, False),  # the same side
        ("1", {"modifiers": ("RT", "80")}, False),
        ("1", {"state": LineState.DENIED}, False),
        ("1", {"billing_tax_id": "999009999"}, False),
        ("1", {"procedure": "76641"}, False),
        ("1", {"from_date": SERVICE_DAY - dt.timedelta(days=1)}, False),
    ],
)
def test_the_other_side_on_an_earlier_claim_waits(
    demo: PolicySet, indicator: str, changes: dict[str, Any], waiting: bool
):
    # 76642 is not ranked: the left side alone is 100.00; after the right side it is the other half of 150.00.
    policies = ruled_policies(demo, {"76642": Row(100, Indicators(bilateral=indicator))})
    earlier = an_earlier_line(**{"procedure": "76642", "modifiers": ("RT",), "from_date": SERVICE_DAY, **changes})
    found, findings = prices(policies, billed_case(Billed("76642", ("LT",)), history=(earlier,)))
    assert {finding.rule for finding in findings} == ({"unsupported.multiple-procedures"} if waiting else set())
    assert [price.allowed_cents for price in found.values()] == ([] if waiting else [10_000])


def test_two_sides_of_which_a_part_is_left_wait(demo: PolicySet):
    # Two units of each side are 400.00 x 1.5 x 2; with one of the right side fewer they are no two pairs.
    policies = ruled_policies(demo, {"27447": Row(400, Indicators(bilateral="1"))})
    case = billed_case(Billed("27447", ("RT",), units=2), Billed("27447", ("LT",), units=2))
    assert [row.price.allowed_cents for row in price_lines(case, policies, {1: 2000, 2: 2000}).lines] == [
        60_000,
        60_000,
    ]
    priced = price_lines(case, policies, {1: 1000, 2: 2000})
    assert not priced.lines
    assert [finding.rule for finding in priced.findings] == ["pricing.no-share", "pricing.no-share"]


PARTS = surgery(
    global_days="090", preoperative_basis_points=1000, intraoperative_basis_points=6900, postoperative_basis_points=2100
)


@pytest.mark.parametrize(
    ("modifier", "allowed"),
    [
        ("52", 600.00),  # 1,200.00 x 0.50
        ("53", 600.00),  # no row of its own: 1,200.00 x 0.50
        ("54", 948.00),  # 1,200.00 x 0.10 + 1,200.00 x 0.69 = 120.00 + 828.00
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


OPERATION = dt.date(2026, 3, 10)
"""Its care is that of 90 days, from 2026-03-11 through 2026-06-08; the 60th is 2026-05-09."""


def after_care(
    policies: PolicySet, assumed: str = "", relinquished: str = "", *, lines: tuple[Billed, ...] = (), units: int = 1
) -> tuple[list[float], list[str]]:
    """The dollars allowed for care after the operation (a line with modifier 55), and what keeps it from a price."""
    billed_lines = lines or (Billed("27447", ("55",), units=units),)
    day = {"from_date": OPERATION}
    case = billed_case(*(msgspec.structs.replace(line, changes=day) for line in billed_lines))
    claim = msgspec.structs.replace(
        case.claim,
        assumed_care_date=dt.date.fromisoformat(assumed) if assumed else None,
        relinquished_care_date=dt.date.fromisoformat(relinquished) if relinquished else None,
    )
    found, findings = prices(policies, msgspec.structs.replace(case, claim=claim))
    assert {finding.rule for finding in findings} <= {"pricing.care-dates", "pricing.zero-fee"}
    return [price.allowed_cents / 100 for price in found.values()], [finding.because for finding in findings]


@pytest.mark.parametrize(
    ("assumed", "relinquished", "allowed"),
    [
        # All the care is 1,200.00 x 0.21 = 252.00.
        ("", "2026-05-09", 168.00),  # days 1 to 60: 252.00 x 60 / 90
        ("2026-05-10", "", 84.00),  # days 61 to 90: 252.00 x 30 / 90
        ("2026-05-09", "", 86.80),  # days 60 to 90: 252.00 x 31 / 90
        ("2026-04-01", "2026-04-30", 84.00),  # days 22 to 51
        ("2026-03-10", "2026-06-08", 252.00),  # assumed on the day of the operation: all 90 days
        ("2026-03-11", "2026-12-31", 252.00),  # nobody gives care of this operation after its 90 days
        ("2026-03-12", "", 249.20),  # 252.00 x 89 / 90
        ("2026-06-08", "", 2.80),  # the last day: 252.00 x 1 / 90
        ("", "2026-03-11", 2.80),  # the first
    ],
)
def test_care_after_an_operation_is_paid_by_the_days_of_the_claims_dates(
    demo: PolicySet, assumed: str, relinquished: str, allowed: float
):
    policies = ruled_policies(demo, {"27447": Row(1200, PARTS)})
    assert after_care(policies, assumed, relinquished) == ([allowed], [])


@pytest.mark.parametrize(
    ("assumed", "relinquished"),
    [
        ("2026-06-09", ""),  # a day after the last
        ("", "2026-03-10"),  # on the day of the operation, before the first
        ("2026-05-10", "2026-05-09"),  # relinquished before it was assumed
        ("2026-03-09", ""),  # before there was an operation
    ],
)
def test_dates_that_leave_no_day_of_the_care_wait(demo: PolicySet, assumed: str, relinquished: str):
    policies = ruled_policies(demo, {"27447": Row(1200, PARTS)})
    allowed, (because,) = after_care(policies, assumed, relinquished)
    assert not allowed
    assert "leaves none of the 90 days of care from 2026-03-11 through 2026-06-08" in because


def test_care_after_an_operation_without_dates_waits_for_them(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(1200, PARTS)})
    for units in (1, 30):
        allowed, (because,) = after_care(policies, units=units)
        assert not allowed
        assert "neither when the care was assumed (DTP*090) nor when it was relinquished (DTP*091)" in because


def test_units_of_such_care_are_one_or_its_days(demo: PolicySet):
    policies = ruled_policies(demo, {"27447": Row(1200, PARTS)})
    # 60 days: 252.00 x 60 / 90, whether they are billed as one unit or as 60
    assert after_care(policies, "", "2026-05-09", units=60) == ([168.00], [])
    for units in (59, 61, 2):
        allowed, (because,) = after_care(policies, "", "2026-05-09", units=units)
        assert not allowed
        assert f"bills {units} units, and the claim's dates tell 60 days of care" in because


@example(fee=999_999, share=10_000, handed_over=45)
@given(fee=st.integers(101, 999_999), share=st.integers(1, 10_000), handed_over=st.integers(1, 89))
def test_two_who_share_the_care_after_an_operation_have_all_of_it(
    demo: PolicySet, fee: int, share: int, handed_over: int
):
    """Whenever it is handed over, each is paid the exact part of his days, rounded once, so that both come to the whole."""
    indicators = msgspec.structs.replace(PARTS, postoperative_basis_points=share)
    policies = ruled_policies(demo, {"27447": Row(fee / 100, indicators)})
    lines = (Billed("27447", ("55",), charge=fee / 100),)
    (whole, _), last = (
        after_care(policies, OPERATION.isoformat(), lines=lines),
        OPERATION + dt.timedelta(days=handed_over),
    )
    first, _ = after_care(policies, "", last.isoformat(), lines=lines)
    second, _ = after_care(policies, (last + dt.timedelta(days=1)).isoformat(), lines=lines)
    cents = [round(100 * sum(found)) for found in (first, second, whole)]
    if whole and first and second:  # parts of less than half a cent come to nothing, and wait
        assert cents[0] == half_up_quotient(cents[2] * handed_over, 90)
        assert cents[1] == half_up_quotient(cents[2] * (90 - handed_over), 90)
        assert abs(sum(cents[:2]) - cents[2]) <= 1


def test_shared_care_adds_up_to_the_fee(demo: PolicySet):
    # 10 + 73 + 17 %: 54 is 100.00 + 730.00 = 830.00; 60 of 90 days 170.00 x 60 / 90 = 113.33; together 943.33.
    # The other physician's 30 days: 170.00 x 30 / 90 = 56.67. 943.33 + 56.67 = 1,000.00.
    shares = msgspec.structs.replace(PARTS, intraoperative_basis_points=7300, postoperative_basis_points=1700)
    policies = ruled_policies(demo, {"27447": Row(1000, msgspec.structs.replace(shares, multiple_procedure="0"))})
    own = (Billed("27447", ("54",)), Billed("27447", ("55",)))
    assert after_care(policies, "", "2026-05-09", lines=own) == ([830.00, 113.33], [])
    assert after_care(policies, "2026-05-10") == ([56.67], [])


def test_care_apart_from_its_operation_ranks_with_it(demo: PolicySet):
    # The published example, of a code that ranks: 54 is 100.00 + 730.00, 60 of 90 days 170.00 x 60 / 90 = 113.33, in all 943.33.
    shares = msgspec.structs.replace(
        PARTS, intraoperative_basis_points=7300, postoperative_basis_points=1700, bilateral="1"
    )
    policies = ruled_policies(
        demo, {"27447": Row(1000, shares), "29881": Row(800, shares), "10060": Row(900, surgery())}
    )
    own = (Billed("27447", ("54",)), Billed("27447", ("55",)))
    assert fees(policies, *own, care_days=60) == [830.00, 113.33]
    assert fees(policies, *reversed(own), care_days=60) == [113.33, 830.00]
    # Beside another operation: 1,000.00 whole; 800.00 x 0.50, of which 83 % and 17 %.
    lines = [Billed(code, (modifier,)) for code in ("27447", "29881") for modifier in ("54", "55")]
    assert fees(policies, *lines) == [830, 170, 332, 68]
    # 900.00 is more than 830.00 and less than 830.00 + 170.00.
    assert fees(policies, Billed("10060"), lines[0], lines[1]) == [450, 830, 170]
    assert fees(policies, Billed("10060"), lines[0]) == [900, 415]
    # A return to the operating room is another operation, and so is one of the other side, or the same once more.
    assert fees(policies, lines[0], Billed("27447", ("78",))) == [830, 365]
    assert fees(policies, Billed("27447", ("54", "RT")), Billed("27447", ("55", "LT"))) == [830, 85]
    assert fees(policies, lines[0], Billed("27447", ("54", "76"))) == [830, 415]


def test_two_surgeons_of_one_claim_rank_each_among_their_own(demo: PolicySet):
    # 1,000.00 x 0.625 each, 125 % in all; the other operation of one of them is the second: 800.00 x 0.50.
    policies = ruled_policies(demo, {"27447": Row(1000, surgery()), "29881": Row(800, surgery())})
    other = {"rendering": msgspec.structs.replace(NURSE, npi="1999100112", taxonomy="")}
    both = (Billed("27447", ("62",)), Billed("27447", ("62",), changes=other))
    assert fees(policies, *both) == [625, 625]
    assert fees(policies, *both, Billed("29881", changes=other)) == [625, 625, 400]
    # Of one surgeon the second is the second.
    assert fees(policies, both[0], Billed("29881", ("62",))) == [625, 250]
    # Two practitioners of a group who do not operate together rank as one.
    assert fees(policies, Billed("27447"), Billed("29881", changes=other)) == [1000, 400]


@pytest.mark.parametrize(
    ("modifiers", "allowed"),
    [
        (("80",), 200.00),  # the row's own 0.20, and not 0.16 of that
        (("AS",), 200.00),
        (("22",), 200.00),  # for which a person would set the price
        (("80", "52"), 100.00),  # of 52 the row says nothing: 200.00 x 0.50
    ],
)
def test_a_row_for_a_modifier_says_itself_what_it_is_paid(demo: PolicySet, modifiers: tuple[str, ...], allowed: float):
    policies = ruled_policies(demo, {"27447": Row(1000, surgery())}, rate=(2, 10))
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    row = msgspec.structs.replace(contract.pay[0], only=PayCondition(modifiers=codes("80", "AS", "22")))
    own = {"contracts/worked": Document("contracts/worked", "", (msgspec.structs.replace(contract, pay=(row,)),))}
    policies = msgspec.structs.replace(policies, contracts={**policies.contracts, **own})
    assistant = {"rendering": msgspec.structs.replace(NURSE, taxonomy="363AS0400X" if "AS" in modifiers else "")}
    assert fees(policies, Billed("27447", modifiers, changes=assistant)) == [allowed]


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


@pytest.mark.parametrize(
    ("modifiers", "allowed"),
    [
        (("FX", "TC"), 80.00),  # 100.00 x 0.80
        (("FY", "TC"), 90.00),  # 100.00 x 0.90
        (("CT", "TC"), 85.00),  # 100.00 x 0.85
        (("FX",), 140.00),  # 160.00 - 20 % of 100.00
        (("FX", "26"), 60.00),  # the reading loses nothing
        (("FX", "52"), 70.00),  # 140.00 x 0.50
        ((), 160.00),
    ],
)
def test_an_image_on_film_loses_a_share_of_its_technical_part(
    demo: PolicySet, modifiers: tuple[str, ...], allowed: float
):
    rows = {"71046": Row(160, TEST), "71046 26": Row(60, TEST), "71046 TC": Row(100, TEST)}
    assert fees(ruled_policies(demo, rows), Billed("71046", modifiers)) == [allowed]


def test_a_technical_part_is_reduced_before_it_is_ranked(demo: PolicySet):
    # Parts 60 + 100 x 0.80 and 50 + 60: readings 60.00 and 47.50 (0.95), makings 80.00 and 30.00 (0.50).
    test = msgspec.structs.replace(TEST, multiple_procedure="4")
    rows = {
        **{"70551": Row(160, test), "70551 26": Row(60, test), "70551 TC": Row(100, test)},
        **{"72148": Row(110, test), "72148 26": Row(50, test), "72148 TC": Row(60, test)},
    }
    assert fees(ruled_policies(demo, rows), Billed("70551", ("FX",)), Billed("72148")) == [140.00, 77.50]


def test_a_technical_part_that_nobody_knows_waits(demo: PolicySet):
    assert waits(ruled_policies(demo, {"71046": Row(160, TEST)}), Billed("71046", ("FX",))) == {"pricing.no-fee"}
    visit = ruled_policies(demo, {"99213": Row(160, Indicators(pctc="0"))})
    assert waits(visit, Billed("99213", ("FX",))) == {"pricing.no-share"}


@pytest.mark.parametrize(
    ("span", "allowed"),
    [
        (Span(SERVICE_DAY), 121.94),  # 128.36 x 0.95 = 121.942
        (Span(SERVICE_DAY + dt.timedelta(days=1)), 128.36),
        (Span(dt.date(2020, 1, 1), SERVICE_DAY - dt.timedelta(days=1)), 128.36),
    ],
)
def test_a_provider_without_a_participation_agreement(demo: PolicySet, span: Span, allowed: float):
    billing = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP, nonparticipating=(span,))
    policies = ruled_policies(demo, {"99213": Row(128.36)})
    found, findings = prices(policies, billed_case(Billed("99213"), providers=(billing,)))
    assert not findings
    assert found[1].allowed_cents == round(allowed * 100)


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


@pytest.mark.parametrize(
    ("assignment", "charge", "patient", "written_off"),
    [
        ("C", 140.23, 18.29, 0),  # 128.36 x 0.95 = 121.94; x 1.15 = 140.23 (140.231); 140.23 - 121.94
        ("C", 140.24, 18.29, 0.01),
        ("C", 130.00, 8.06, 0),
        ("A", 140.23, 0, 18.29),  # who accepts assignment collects 121.94
        ("B", 140.23, 18.29, 0),
    ],
)
def test_the_limiting_charge_bounds_what_the_patient_may_be_billed(
    demo: PolicySet, assignment: str, charge: float, patient: float, written_off: float
):
    billing = ProviderRecord(
        npi=BILLING.npi,
        name="GROUP",
        kind=ProviderKind.GROUP,
        enrolled=(ALWAYS,),
        nonparticipating=(Span(SERVICE_DAY),),
    )
    policies = ruled_policies(demo, {"99213": Row(128.36)})
    outside = msgspec.structs.replace(policies.contracts["contracts/worked"].versions[0], network=False)
    contracts = {**policies.contracts, "contracts/worked": Document("contracts/worked", "", (outside,))}
    case = billed_case(Billed("99213", charge=charge), providers=(billing,))
    case = msgspec.structs.replace(case, claim=msgspec.structs.replace(case.claim, accepts_assignment=assignment))
    (line,) = adjudicate(case, msgspec.structs.replace(policies, contracts=contracts)).lines
    found = {(one.group, one.carc): one.amount_cents for one in line.adjustments if one.carc == "45"}
    wanted = {("PR", "45"): round(patient * 100), ("CO", "45"): round(written_off * 100)}
    assert line.allowed_cents == 12_194
    assert found == {reason: cents for reason, cents in wanted.items() if cents}


@given(
    fee=st.integers(101, 999_999),
    modifiers=st.lists(
        st.sampled_from(["50", "52", "53", "54", "55", "56", "78", "62", "80", "AS", "51", "76", "RT", "59", "22"]),
        max_size=3,
        unique=True,
    ),
    bilateral=st.sampled_from("01239"),
)
def test_a_quote_is_what_a_line_alone_is_priced(demo: PolicySet, fee: int, modifiers: list[str], bilateral: str):
    policies = ruled_policies(demo, {"27447": Row(fee / 100, msgspec.structs.replace(PARTS, bilateral=bilateral))})
    rules = policies.payment_rules["payment/professional"].on(SERVICE_DAY)
    schedule = policies.fee_schedule("fees/worked", SERVICE_DAY)
    case = billed_case(Billed("27447", tuple(modifiers)))
    request = fee_request(case, case.claim.lines[0], False, schedule)
    dates = CareDates(None, case.claim.relinquished_care_date)
    quoted = quote_unit(policies, rules, schedule, request, unit_fee(schedule, request), dates)
    found, findings = prices(policies, case)
    if isinstance(quoted, Unpriced):
        assert [(finding.rule, finding.because) for finding in findings] == [(quoted.rule, quoted.because)]
    else:
        assert found[1].fee_cents == quoted.cents
        assert [step for step in found[1].steps if not step.what.startswith("ranked")] == list(quoted.steps)
