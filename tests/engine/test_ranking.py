"""Several procedures of a day: the worked examples of domain/03 section 7, to the cent."""

import datetime as dt
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudicator.model.case import Authorization, HistoryLine, LineState
from adjudicator.model.decision import Verdict
from adjudicator.policy.answers import Answer
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.contract import CaseRate
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import RelativeValueFees
from adjudicator.policy.fee_tables import RelativeValue, RelativeValues
from adjudicator.policy.payment_rules import OtherClaims
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing import price_lines
from adjudicator.pricing.ranks import spread
from tests.building import ALWAYS, BILLING, SERVICE_DAY, an_earlier_line, codes
from tests.ruled import RULES, Billed, Row, billed_case, fees, prices, ruled_policies, waits

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


def test_a_ranked_line_beside_one_whose_row_names_no_rules_waits(demo: PolicySet):
    # Ranked together they would be 400.00 + 150.00; each by itself 400.00 + 300.00.
    policies = ruled_policies(
        demo, {"10060": Row(400, kind("2")), "11102": Row(300, kind("2")), "99213": Row(90, kind("0"))}
    )
    contract = policies.contracts["contracts/worked"].versions[0]
    unruled = msgspec.structs.replace(contract.pay[0], procedures=codes("11102", "99213"), rules="")
    own = {
        "contracts/worked": Document(
            "contracts/worked", "", (msgspec.structs.replace(contract, pay=(unruled, *contract.pay)),)
        )
    }
    policies = msgspec.structs.replace(policies, contracts={**policies.contracts, **own})
    both = billed_case(Billed("11102"), Billed("10060"))
    assert [(finding.line, finding.rule) for finding in prices(policies, both)[1]] == [
        (2, "unsupported.multiple-procedures"),
        (1, "unsupported.multiple-procedures"),
    ]
    # Each alone, beside a visit, or on another day is paid whole.
    assert fees(policies, Billed("11102")) == [300]
    assert fees(policies, Billed("10060")) == [400]
    assert fees(policies, Billed("99213"), Billed("10060")) == [90, 400]
    later = {"from_date": SERVICE_DAY + dt.timedelta(days=1), "through_date": SERVICE_DAY + dt.timedelta(days=1)}
    assert fees(policies, Billed("11102"), Billed("10060", changes=later)) == [300, 400]


def test_without_rules_lines_of_several_days_wait_where_they_share_one(demo: PolicySet):
    policies = ranked_policies(demo, 400, 300)
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    unruled = msgspec.structs.replace(contract, pay=(msgspec.structs.replace(contract.pay[0], rules=""),))
    own = {"contracts/worked": Document("contracts/worked", "", (unruled,))}
    policies = msgspec.structs.replace(policies, contracts={**policies.contracts, **own})
    long = Billed("10060", changes=days(0, 2))
    for first, waiting in ((-1, False), (0, True), (2, True), (3, False)):
        other = Billed("11102", changes=days(first, first))
        assert waits(policies, long, other) == ({"unsupported.multiple-procedures"} if waiting else set())


def test_add_ons_and_what_no_ranking_reduces_are_paid_whole(demo: PolicySet):
    rows = {"10060": Row(400, kind("2")), "11102": Row(300, kind("0", global_days="ZZZ")), "99213": Row(90, kind("9"))}
    policies = ruled_policies(demo, rows)
    assert fees(policies, Billed("10060"), Billed("11102", units=3), Billed("99213")) == [400, 900, 90]


def test_an_indicator_that_the_rules_do_not_know_waits(demo: PolicySet):
    assert waits(ranked_policies(demo, 400, indicator="8"), Billed("10060")) == {"pricing.no-share"}


def test_services_of_another_day_do_not_rank_together(demo: PolicySet):
    other = {"from_date": SERVICE_DAY + dt.timedelta(days=1), "through_date": SERVICE_DAY + dt.timedelta(days=1)}
    assert fees(ranked_policies(demo, 400, 300), Billed("10060"), Billed("11102", changes=other)) == [400, 300]


def days(first: int, last: int) -> dict[str, Any]:
    """The days of a line, counted from the day of service."""
    return {
        "from_date": SERVICE_DAY + dt.timedelta(days=first),
        "through_date": SERVICE_DAY + dt.timedelta(days=last),
    }


def test_ranked_units_of_several_days_wait(demo: PolicySet):
    # On one day 30.00 + 22.00 + 22.00 = 74.00; one on each of three days would be 90.00; the line does not tell which it is.
    policies = ruled_policies(demo, THERAPY)
    assert fees(policies, Billed("97110", units=3)) == [74]
    assert waits(policies, Billed("97110", units=3, changes=days(0, 2))) == {"unsupported.multiple-procedures"}
    # One unit was given on one of them.
    assert fees(policies, Billed("97110", changes=days(0, 2))) == [30]


@pytest.mark.parametrize(
    ("first", "last", "waiting"), [(1, 1, True), (2, 2, True), (3, 3, False), (-1, -1, False), (-1, 0, True)]
)
def test_a_ranked_line_over_the_day_of_another_waits(demo: PolicySet, first: int, last: int, waiting: bool):
    # 400.00 on the day of 300.00 is 400.00 + 150.00, on another day 700.00.
    policies = ranked_policies(demo, 400, 300)
    lines = (Billed("10060", changes=days(0, 2)), Billed("11102", changes=days(first, last)))
    if waiting:
        found, findings = prices(policies, billed_case(*lines))
        assert not found
        assert [(finding.line, finding.rule) for finding in findings] == [
            (1, "unsupported.multiple-procedures"),
            (2, "unsupported.multiple-procedures"),
        ]
    else:
        assert fees(policies, *lines) == [400, 300]
    # A visit is of no rank, and nor are an assistant's operations beside the surgeon's.
    visit = ruled_policies(demo, {"10060": Row(400, kind("2")), "99213": Row(90)})
    assert fees(visit, lines[0], Billed("99213", changes=days(first, last))) == [400, 90]
    assert fees(policies, lines[0], Billed("11102", ("80",), changes=days(first, last))) == [400, 48]


@pytest.mark.parametrize(("after", "waiting"), [(0, True), (1, True), (2, True), (3, False)])
def test_a_ranked_line_over_the_day_of_an_earlier_claim_waits(demo: PolicySet, after: int, waiting: bool):
    earlier = an_earlier_line(procedure="11102", from_date=SERVICE_DAY + dt.timedelta(days=after))
    case = billed_case(Billed("10060", changes=days(0, 2)), history=(earlier,))
    _, findings = prices(ranked_policies(demo, 400, 300), case)
    assert {finding.rule for finding in findings} == ({"unsupported.multiple-procedures"} if waiting else set())


def test_days_of_care_after_an_operation_are_ranked_as_one(demo: PolicySet):
    # 1,000.00 x 0.21 x 30 / 90 = 70.00 for the care of thirty days, on one of which there was another operation.
    care = kind("2", global_days="090")
    care = msgspec.structs.replace(care, postoperative_basis_points=2100)
    policies = ruled_policies(demo, {"27447": Row(1000, care), "10060": Row(300, kind("2"))})
    lines = (Billed("27447", ("55",), units=30, changes=days(0, 29)), Billed("10060", changes=days(5, 5)))
    assert fees(policies, *lines, care_days=30) == [70, 300]


@pytest.mark.parametrize("units", [0.5, 0.999, 1.5])
def test_a_part_of_a_unit_beside_a_ranked_one_waits(demo: PolicySet, units: float):
    policies = ranked_policies(demo, 400, 300)
    several = {"unsupported.multiple-procedures"}
    assert waits(policies, Billed("10060"), Billed("11102", units=units)) == several
    # Alone a part of one is the first; 1.5 are one and a part of a second.
    assert waits(policies, Billed("11102", units=units)) == (several if units > 1 else set())
    assert fees(policies, Billed("11102", units=0.5)) == [150]


@pytest.mark.parametrize(
    ("beside", "rule"),
    [
        (Billed("11102", ("22",)), "pricing.by-report"),
        (Billed("12001"), "pricing.no-fee"),  # no practice expense outside a facility
        (Billed("11102", ("52", "53")), "pricing.no-share"),
    ],
)
def test_a_line_that_ranks_with_one_without_a_price_waits(demo: PolicySet, beside: Billed, rule: str):
    # A person prices the other line. Whether 400.00 is then the first of the day or the second, at 200.00, is not known.
    policies = ranked_policies(demo, 400, 300, 500, 350)
    schedule = policies.fees["fees/worked"].versions[0]
    assert isinstance(schedule, RelativeValueFees)
    rows = ((code, "", kind("2"), Row(fee).value) for code, fee in zip(CODES, (400, 300, 500), strict=False))
    nowhere = ("12001", "", kind("2"), RelativeValue(0, None, 100, 0))
    table = RelativeValues.of((*rows, nowhere), document="tables/worked", span=ALWAYS)
    priced = msgspec.structs.replace(schedule, values=Document("tables/worked", "", (table,)))
    policies = msgspec.structs.replace(policies, fees={"fees/worked": Document("fees/worked", "", (priced,))})
    found, findings = prices(policies, billed_case(Billed("10060"), beside))
    assert not found
    assert {finding.line: finding.rule for finding in findings} == {1: "unsupported.multiple-procedures", 2: rule}
    # Another day, or who assists, has ranks of its own.
    for changed in ({"changes": days(1, 1)}, {"modifiers": (*beside.modifiers, "80")}):
        found, _ = prices(policies, billed_case(Billed("10060"), msgspec.structs.replace(beside, **changed)))
        assert [price.allowed_cents for price in found.values()] == [40_000]
    # What is not ranked has none.
    visit = ruled_policies(demo, {"10060": Row(400, kind("2")), "99213": Row(90)})
    found, _ = prices(visit, billed_case(Billed("10060"), Billed("99213", ("22",))))
    assert [price.allowed_cents for price in found.values()] == [40_000]


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


def below(policies: PolicySet) -> PolicySet:
    """The same policies, by which a procedure ranks after those of earlier claims of the day."""
    document = policies.payment_rules[RULES]
    versions = tuple(msgspec.structs.replace(one, other_claims=OtherClaims.BELOW) for one in document.versions)
    return msgspec.structs.replace(
        policies, payment_rules={RULES: msgspec.structs.replace(document, versions=versions)}
    )


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, 200),  # 400.00 x 0.50: the second of the day
        ({"quantity_thousandths": 2000}, 200),  # the third
        ({"quantity_thousandths": 4000}, 200),  # the fifth
        ({"state": LineState.DENIED}, 400),
        ({"modifiers": ("80",)}, 400),  # an assistant's, who ranks among assistants
        ({"procedure": "99213"}, 400),
    ],
)
def test_a_procedure_may_rank_below_those_of_an_earlier_claim(demo: PolicySet, changes: dict[str, Any], allowed: int):
    rows = {"10060": Row(400, kind("2")), "11102": Row(300, kind("2")), "99213": Row(90)}
    earlier = an_earlier_line(**{"procedure": "11102", "from_date": SERVICE_DAY, **changes})
    found, findings = prices(below(ruled_policies(demo, rows)), billed_case(Billed("10060"), history=(earlier,)))
    assert not findings
    assert found[1].allowed_cents == allowed * 100


def earlier_lines(*changes: dict[str, Any]) -> tuple[HistoryLine, ...]:
    """Lines of 11102 on an earlier claim of the day."""
    return tuple(
        an_earlier_line(number, **{"procedure": "11102", "from_date": SERVICE_DAY, **one})
        for number, one in enumerate(changes, 1)
    )


@pytest.mark.parametrize(
    ("history", "waiting"),
    [
        (earlier_lines({}), False),
        (earlier_lines({"modifiers": ("59",)}), False),
        (earlier_lines({"state": LineState.PENDED}), True),
        (earlier_lines({"modifiers": ("55",), "quantity_thousandths": 30_000}), True),
        (earlier_lines({"modifiers": ("55",)}), False),
        (earlier_lines({"modifiers": ("LT",)}, {"modifiers": ("RT",)}), True),
        (earlier_lines({"modifiers": ("LT",)}, {"modifiers": ("RT",), "procedure": "11103"}), False),
    ],
)
def test_what_ranks_an_earlier_line_took_must_be_known(
    demo: PolicySet, history: tuple[HistoryLine, ...], waiting: bool
):
    # 400.00 x 0.50: the second of the day, or the third.
    rows = {code: Row(400, kind("2")) for code in ("10060", "11102", "11103")}
    found, findings = prices(below(ruled_policies(demo, rows)), billed_case(Billed("10060"), history=history))
    assert {finding.rule for finding in findings} == ({"unsupported.multiple-procedures"} if waiting else set())
    assert [price.allowed_cents for price in found.values()] == ([] if waiting else [20_000])


@pytest.mark.parametrize("code", ["10060", "11102"])
@pytest.mark.parametrize("what", ["rules", "no row", "agreed price", "case rate"])
def test_an_earlier_line_that_was_priced_otherwise_is_no_rank(demo: PolicySet, what: str, code: str):
    # What is asked is about 11102, on the earlier claim; what is so of another code changes nothing: 400.00 x 0.50.
    named = codes("11102" if code == "11102" else "99999")
    policies = below(ruled_policies(demo, {one: Row(400, kind("2")) for one in ("10060", "11102")}))
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    row = contract.pay[0]
    answer = Answer(rule="contracts/worked#case", verdict=Verdict.DENY, policy="contracts/worked@2020-01-01")
    agreed = Authorization(
        number="A1", procedures=tuple(named.codes), span=ALWAYS, tax_id=BILLING.tax_id, unit_price_cents=10_000
    )
    if what == "rules":
        contract = msgspec.structs.replace(
            contract, pay=(msgspec.structs.replace(row, procedures=named, rules=""), *contract.pay)
        )
    elif what == "no row" and code == "11102":
        contract = msgspec.structs.replace(contract, pay=(msgspec.structs.replace(row, procedures=codes("10060")),))
    elif what == "case rate":
        rate = CaseRate("case", named, codes(), 30_000, False, codes(), answer)
        contract = msgspec.structs.replace(contract, case_rates=(rate,))
    own = {"contracts/worked": Document("contracts/worked", "", (contract,))}
    policies = msgspec.structs.replace(policies, contracts={**policies.contracts, **own})
    case = billed_case(
        Billed("10060"),
        history=earlier_lines({}),
        authorizations=(agreed,) if what == "agreed price" else (),
    )
    found, findings = prices(policies, case)
    if code == "11102":
        assert not found
        assert {finding.line for finding in findings} == {1}
    else:
        assert [price.allowed_cents for price in found.values()] == [20_000]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"quantity_thousandths": 5000}, "pricing.by-report"),  # the sixth
        ({"procedure": "10060"}, "unsupported.multiple-procedures"),  # a repeat, or the other side
    ],
)
def test_what_ranks_too_low_or_may_belong_to_an_earlier_line_waits(demo: PolicySet, changes: dict[str, Any], rule: str):
    rows = {"10060": Row(400, kind("2")), "11102": Row(300, kind("2"))}
    earlier = an_earlier_line(**{"procedure": "11102", "from_date": SERVICE_DAY, **changes})
    _, findings = prices(below(ruled_policies(demo, rows)), billed_case(Billed("10060"), history=(earlier,)))
    assert {finding.rule for finding in findings} == {rule}


@pytest.mark.parametrize(
    ("own", "earlier", "waiting"),
    [
        ("45378", "45380", True),  # the base of the earlier one, within whose price it is
        ("45380", "45378", True),
        ("45380", "45384", True),
        ("10060", "45380", False),
        ("45378", "10060", False),  # no endoscopy of its family: 255.40 x 0.50
    ],
)
def test_a_family_of_endoscopies_on_two_claims_waits(demo: PolicySet, own: str, earlier: str, waiting: bool):
    family = {
        "45378": Row(255.40, kind("2")),
        "45380": Row(285.98, kind("3", endoscopic_base="45378")),
        "45384": Row(374.56, kind("3", endoscopic_base="45378")),
        "10060": Row(300, kind("2")),
    }
    before = an_earlier_line(procedure=earlier, from_date=SERVICE_DAY)
    found, findings = prices(below(ruled_policies(demo, family)), billed_case(Billed(own), history=(before,)))
    assert {finding.rule for finding in findings} == ({"unsupported.multiple-procedures"} if waiting else set())
    half = {"10060": 15_000, "45378": 12_770}
    assert [price.allowed_cents for price in found.values()] == ([] if waiting else [half[own]])


@pytest.mark.parametrize(
    ("modifiers", "allowed"),
    [
        ((), 156.50),  # 70.00 x 0.95 + 180.00 x 0.50
        (("26",), 246.50),  # only the reading was billed: 66.50 + 180.00
        (("TC",), 160.00),  # only the making: 70.00 + 90.00
    ],
)
def test_parts_of_tests_rank_below_the_same_parts_of_an_earlier_claim(
    demo: PolicySet, modifiers: tuple[str, ...], allowed: float
):
    rows = parts("70551", "4", 90, 210) | parts("70553", "4", 70, 180)
    earlier = an_earlier_line(procedure="70551", from_date=SERVICE_DAY, modifiers=modifiers)
    found, findings = prices(below(ruled_policies(demo, rows)), billed_case(Billed("70553"), history=(earlier,)))
    assert not findings
    assert found[1].allowed_cents == round(allowed * 100)


def test_therapy_ranks_below_that_of_an_earlier_claim(demo: PolicySet):
    # 12.00 + 15.40 x 0.50 + 0.60 = 20.30
    earlier = an_earlier_line(procedure="97110", from_date=SERVICE_DAY)
    found, findings = prices(below(ruled_policies(demo, THERAPY)), billed_case(Billed("97140"), history=(earlier,)))
    assert not findings
    assert found[1].allowed_cents == 2030


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


def test_units_of_a_line_are_worth_what_lines_of_one_unit_are(demo: PolicySet):
    """So it is where each unit is rounded by itself: not in families of endoscopies, nor of tests by two surgeons."""
    policies = ruled_policies(demo, ALL_ROWS | {"10060": Row(200.00, kind("2")), "11102": Row(99.99, kind("2"))})
    shares = st.sampled_from([(), ("52",), ("80",), ("62",), ("51",)])
    operations = st.builds(Billed, st.sampled_from(["27447", "10060", "11102"]), shares, st.integers(1, 3))
    tests = st.builds(Billed, st.sampled_from([*THERAPY, "70551", "70553"]), st.just(()), st.integers(1, 3))
    several = st.lists(operations | tests, min_size=1, max_size=3, unique_by=lambda line: line.procedure)

    @settings(deadline=None, max_examples=150)
    @given(several, st.randoms(use_true_random=False))
    def law(lines: list[Billed], random: Random) -> None:
        singly = [msgspec.structs.replace(line, units=1) for line in lines for _ in range(round(line.units))]
        random.shuffle(singly)
        totals, rules = [], []
        for billed in (lines, singly):
            found, kept = prices(policies, billed_case(*billed))
            totals.append(sum(price.fee_cents for price in found.values()))
            rules.append({finding.rule for finding in kept})
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
