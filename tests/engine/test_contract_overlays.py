"""What a contract lays over a fee: floors, ceilings, rises by the year, rows for some services, and bounds of a claim."""

import datetime as dt
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.explain import Register, explain
from adjudicator.model.case import Case, LineState, ProviderKind, ProviderRecord
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, PriceStep, Verdict
from adjudicator.policy.answers import Answer
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.contract import CaseRate, ContractVersion
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FlatFees
from adjudicator.policy.pay_rules import Bound, Escalator, PayCondition, PayRule
from adjudicator.policy.plan import Counting, Exclusion
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of
from adjudicator.pricing.case_rates import paid_by_the_case
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    CITE,
    RENDERING,
    SERVICE_DAY,
    a_benefit,
    a_case,
    a_claim,
    a_limit,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)
from tests.ruled import Billed, Row, billed_case, prices, ruled_policies

CODES = ("99213", "73562", "73030", "93000", "71046")
FEES = {"99213": 15000, "73562": 20000, "73030": 10000, "93000": 1999, "71046": 33333}
FREE = a_benefit("free", ANY)


def a_row(**changes: Any) -> PayRule:
    """The whole fee of the worked schedule, capped by each line's charge."""
    row = PayRule(procedures=ANY, schedule="fees/worked", rate_numerator=1, rate_denominator=1, lesser_of_charge=True)
    return msgspec.structs.replace(row, **changes)


def a_contract(*rows: PayRule, **changes: Any) -> ContractVersion:
    contract = ContractVersion(document="contracts/worked", span=ALWAYS, cite=CITE, pay=rows, network=True)
    return msgspec.structs.replace(contract, **changes)


def under(demo: PolicySet, *versions: ContractVersion, **plan: Any) -> PolicySet:
    """Policies in which these versions of one contract pay, and the plan asks nothing of the member."""
    policies = worked_policies(demo, FREE, fees_cents=FEES, **plan)
    own = {"contracts/worked": Document("contracts/worked", "", versions)}
    return msgspec.structs.replace(policies, contracts={**policies.contracts, **own})


def billed(*lines: tuple[str, int], **changes: Any) -> Case:
    """A case of these procedures and charges in cents, in this order."""
    rows = [a_line(n, procedure=code, charge_cents=cents, **changes) for n, (code, cents) in enumerate(lines, 1)]
    return a_case(a_claim(*rows))


def allowed(policies: PolicySet, case: Case) -> list[int]:
    """What each line is allowed; the claim must be final."""
    decision = adjudicate(case, policies)
    assert decision.disposition.is_final, decision.findings
    return [line.allowed_cents for line in decision.lines]


def rules(decision: Decision) -> set[str]:
    return {finding.rule for finding in decision.findings}


def steps(decision: Decision, line: int = 1) -> list[tuple[str, int]]:
    price = decision.line(line).price
    assert price is not None
    return [(step.what, step.cents) for step in price.steps]


# Floors and ceilings.


@pytest.mark.parametrize(
    ("charge", "cents", "told"),
    [
        # 500.00 x 0.3 = 150.00 is the fee itself; 500.02 x 0.3 = 150.006 = 150.01.
        (50_000, 15_000, []),
        (50_002, 15_001, [("at least 0.3 of the charge 500.02", 15_001)]),
        # The charge caps it all the same.
        (14_999, 14_999, []),
    ],
)
def test_a_floor_is_paid_where_the_fee_is_less(demo: PolicySet, charge: int, cents: int, told: list[tuple[str, int]]):
    policies = under(demo, a_contract(a_row(floor=Bound(3000))))
    decision = adjudicate(billed(("99213", charge)), policies)
    assert (decision.allowed_cents, steps(decision)) == (cents, told)


@pytest.mark.parametrize(
    ("charge", "cents", "told"),
    [
        # 250.00 x 0.6 = 150.00 is the fee itself; 249.99 x 0.6 = 149.994 = 149.99.
        (25_000, 15_000, []),
        (24_999, 14_999, [("at most 0.6 of the charge 249.99", 14_999)]),
    ],
)
def test_a_ceiling_is_paid_where_the_fee_is_more(demo: PolicySet, charge: int, cents: int, told: list[tuple[str, int]]):
    policies = under(demo, a_contract(a_row(ceiling=Bound(6000))))
    decision = adjudicate(billed(("99213", charge)), policies)
    assert (decision.allowed_cents, steps(decision)) == (cents, told)


def test_bounds_by_the_unit_count_the_units(demo: PolicySet):
    # Fee 150.00 x 3 = 450.00; at least 160.00 x 3 = 480.00; at most 120.00 x 2.5 = 300.00 of 375.00.
    case = billed(("99213", 99_999), quantity_thousandths=3000)
    assert allowed(under(demo, a_contract(a_row(floor=Bound(None, 16_000)))), case) == [48_000]
    case = billed(("99213", 99_999), quantity_thousandths=2000)
    assert allowed(under(demo, a_contract(a_row(ceiling=Bound(None, 12_000)))), case) == [24_000]


def test_the_ceiling_wins_where_the_floor_is_above_it(demo: PolicySet):
    # Fee 150.00, at least 400.00, at most 0.5 x 500.00.
    policies = under(demo, a_contract(a_row(floor=Bound(None, 40_000), ceiling=Bound(5000))))
    decision = adjudicate(billed(("99213", 50_000)), policies)
    assert steps(decision) == [("at least 400.00 a unit", 40_000), ("at most 0.5 of the charge 500.00", 25_000)]
    assert decision.allowed_cents == 25_000


def test_a_floor_above_the_charge_is_told_as_allowed_above_it_where_the_charge_caps_nothing(demo: PolicySet):
    policies = under(demo, a_contract(a_row(floor=Bound(None, 16_000), lesser_of_charge=False)))
    line = adjudicate(billed(("99213", 10_000)), policies).line(1)
    assert line.allowed_cents == 16_000
    assert [(a.group, a.carc, a.amount_cents) for a in line.adjustments] == [("OA", "94", -6_000)]


def test_a_ceiling_that_leaves_nothing_waits(demo: PolicySet):
    # 0.04 x 0.1 = 0.004; 0.05 x 0.1 = 0.005 = 0.01.
    policies = under(demo, a_contract(a_row(ceiling=Bound(1000))))
    assert "pricing.zero-fee" in rules(adjudicate(billed(("99213", 4)), policies))
    assert allowed(policies, billed(("99213", 5))) == [1]


def test_a_share_of_the_charge_is_never_above_the_charge(demo: PolicySet):
    # 40.00 x 0.5 = 20.00, at least 60.00, at most the charge.
    row = a_row(schedule=None, rate_numerator=5, rate_denominator=10, floor=Bound(None, 6_000))
    assert allowed(under(demo, a_contract(row)), billed(("99213", 4_000))) == [4_000]
    assert allowed(under(demo, a_contract(row)), billed(("99213", 6_001))) == [6_000]


# Rises by the year.

RISING = a_row(rate_numerator=115, rate_denominator=100, escalator=Escalator(dt.date(2024, 2, 29), 300))


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (dt.date(2024, 2, 28), "1.15"),
        (dt.date(2025, 2, 28), "1.15"),
        (dt.date(2025, 3, 1), "1.1845"),
        (dt.date(2026, 2, 28), "1.1845"),
        (dt.date(2026, 3, 1), "1.220035"),
        (dt.date(2028, 2, 28), "1.256636050"[:-1]),
        (dt.date(2028, 2, 29), "1.2943351315"),
    ],
)
def test_a_rate_rises_on_every_anniversary(day: dt.date, rate: str):
    assert RISING.on(day).rate == rate


def test_a_raised_rate_is_rounded_once_with_the_price_of_a_unit(demo: PolicySet):
    # 19.99 x 1.15 x 1.03 x 1.03 = 24.388... = 24.39; rounded each year 22.99, 23.68, 24.39; x 3 = 73.17
    policies = under(demo, a_contract(RISING))
    decision = adjudicate(billed(("93000", 9_999), quantity_thousandths=3000), policies)
    assert decision.allowed_cents == 7_317
    price = decision.line(1).price
    assert price is not None
    assert (price.rate, price.unit_price_cents) == ("1.220035", 2_439)
    told = "rate 1.15 x 1.03^2: 2 full years since 2024-02-29"
    assert price.steps == (PriceStep(told, "", 2_439, policy="contracts/worked@2020-01-01"),)


def test_a_line_over_an_anniversary_waits(demo: PolicySet):
    rising = msgspec.structs.replace(RISING, escalator=Escalator(SERVICE_DAY.replace(year=2025), 300))
    policies = under(demo, a_contract(rising))
    before = {"from_date": SERVICE_DAY - dt.timedelta(days=2), "quantity_thousandths": 2000}
    assert "unsupported.date-span" in rules(adjudicate(billed(("99213", 9_999), **before), policies))
    whole = {**before, "through_date": SERVICE_DAY - dt.timedelta(days=1)}
    assert "unsupported.date-span" not in rules(adjudicate(billed(("99213", 9_999), **whole), policies))


# Rows for some services.

SOMEBODY = msgspec.structs.replace(RENDERING, npi="1999100112")
NURSE = msgspec.structs.replace(RENDERING, taxonomy="363LF0000X")
OWN = {"schedule": None, "unit_cents": 8_000}


@pytest.mark.parametrize(
    ("only", "of_line", "other"),
    [
        (PayCondition(places=codes("22")), {"place_of_service": "22"}, {"place_of_service": "11"}),
        (PayCondition(modifiers=codes("76")), {"modifiers": ("76",)}, {}),
        (PayCondition(rendering=frozenset((RENDERING.npi,))), {}, {"rendering": SOMEBODY}),
        (PayCondition(taxonomies=("363L",)), {"rendering": NURSE}, {}),
    ],
    ids=["places", "modifiers", "rendering", "taxonomies"],
)  # fmt: skip
def test_a_row_may_be_for_some_services_of_its_codes(
    demo: PolicySet, only: PayCondition, of_line: dict[str, Any], other: dict[str, Any]
):
    policies = under(demo, a_contract(a_row(only=only, **OWN), a_row()))
    assert allowed(policies, billed(("99213", 20_000), **of_line)) == [8_000]
    assert allowed(policies, billed(("99213", 20_000), **other)) == [15_000]


def test_the_kind_of_provider_on_file_counts_where_the_claim_names_none(demo: PolicySet):
    policies = under(demo, a_contract(a_row(only=PayCondition(taxonomies=("363L",)), **OWN), a_row()))
    record = ProviderRecord(
        npi=RENDERING.npi,
        name="EXAMPLE",
        kind=ProviderKind.PRACTITIONER,
        taxonomies=("363LF0000X",),
        enrolled=(ALWAYS,),
    )
    case = msgspec.structs.replace(billed(("99213", 20_000)), providers=(record,))
    assert allowed(policies, case) == [8_000]


def test_a_modifier_that_no_row_is_for_waits(demo: PolicySet):
    policies = under(demo, a_contract(a_row(only=PayCondition(modifiers=codes("26")), **OWN), a_row()))
    assert allowed(policies, billed(("93000", 20_000), modifiers=("26",))) == [8_000]
    assert rules(adjudicate(billed(("93000", 20_000), modifiers=("TC",)), policies)) == {"unsupported.modifier"}


def test_an_amount_of_a_row_counts_units_and_the_charge(demo: PolicySet):
    policies = under(demo, a_contract(a_row(**OWN)))
    assert allowed(policies, billed(("99213", 20_000), quantity_thousandths=2000)) == [16_000]
    assert allowed(policies, billed(("99213", 15_999), quantity_thousandths=2000)) == [15_999]


def test_what_a_schedule_does_not_list_falls_to_the_next_row_only_where_the_contract_says_so(demo: PolicySet):
    half = a_row(schedule=None, rate_numerator=1, rate_denominator=2)
    policies = under(demo, a_contract(a_row(listed_only=True), half))
    # 87086 has no fee: 30.00 / 2.
    assert allowed(policies, billed(("87086", 3_000), place_of_service="11")) == [1_500]
    assert allowed(policies, billed(("73030", 30_000))) == [10_000]
    waits = under(demo, a_contract(a_row(), half))
    assert rules(adjudicate(billed(("87086", 3_000)), waits)) == {"pricing.no-fee"}


def test_what_is_listed_for_another_kind_of_place_is_listed(demo: PolicySet):
    fees = FlatFees(document="fees/worked", span=ALWAYS, cite=CITE, non_facility_cents={}, facility_cents=FEES)
    half = a_row(schedule=None, rate_numerator=1, rate_denominator=2)
    policies = under(demo, a_contract(a_row(listed_only=True), half))
    policies = msgspec.structs.replace(policies, fees={"fees/worked": Document("fees/worked", "", (fees,))})
    assert rules(adjudicate(billed(("73030", 3_000)), policies)) == {"pricing.no-fee"}


# The lines of a claim together.

TOGETHER = a_row(lesser_of_charge=False, lesser_of_claim=True)


def test_the_lesser_of_a_claim_is_not_that_of_its_lines(demo: PolicySet):
    # Charges 100.00 and 300.00, fees 150.00 and 200.00 (domain/03 section 6): line by line 300.00, together 350.00.
    case = billed(("99213", 10_000), ("73562", 30_000))
    assert allowed(under(demo, a_contract(a_row())), case) == [10_000, 20_000]
    # 50.00 above the lines' own, to the line whose charge is above its fee.
    decision = adjudicate(case, under(demo, a_contract(TOGETHER)))
    assert [line.allowed_cents for line in decision.lines] == [10_000, 25_000]
    told = "lesser of 400.00 charged and 350.00 in fees on the claim"
    assert steps(decision, 1) == [(f"{told}: the charge, which is less than the fee", 10_000)]
    assert steps(decision, 2) == [
        (f"{told}: 50.00 above the lines' own, by what is left of the charge, 100.00 of 100.00", 25_000)
    ]


def test_what_is_above_the_lines_own_is_divided_to_the_cent(demo: PolicySet):
    # Fees 450.00; own 100.00 + 200.00 + 100.00, 50.00 above; left 0.00, 0.01 and 200.00: 0.0025 and 49.9975.
    case = billed(("99213", 10_000), ("73562", 20_001), ("73030", 30_000))
    assert allowed(under(demo, a_contract(TOGETHER)), case) == [10_000, 20_000, 15_000]


def test_one_line_by_itself_is_compared_with_its_own_charge(demo: PolicySet):
    assert allowed(under(demo, a_contract(TOGETHER)), billed(("99213", 14_999))) == [14_999]
    assert allowed(under(demo, a_contract(TOGETHER)), billed(("99213", 15_001))) == [15_000]


def test_a_claim_is_allowed_no_more_than_its_bound(demo: PolicySet):
    case = billed(("99213", 99_999), ("73562", 99_999))
    assert allowed(under(demo, a_contract(a_row(), claim_most_cents=35_000)), case) == [15_000, 20_000]
    # 349.99 x 150 / 350 = 149.9957 and x 200 / 350 = 199.9943: the first lost most.
    decision = adjudicate(case, under(demo, a_contract(a_row(), claim_most_cents=34_999)))
    assert [line.allowed_cents for line in decision.lines] == [15_000, 19_999]
    assert steps(decision, 2) == [("at most 349.99 a claim: 200.00 of 350.00", 19_999)]


def test_no_line_is_left_nothing_by_the_bound_of_a_claim(demo: PolicySet):
    # 100.00 x 0.01 / 150.01 is no cent.
    case = billed(("99213", 99_999), ("73562", 1))
    assert allowed(under(demo, a_contract(a_row(), claim_most_cents=10_000)), case) == [9_999, 1]


def test_a_denied_line_takes_no_part(demo: PolicySet):
    # A limit of one visit denies the second: the first has the whole bound, and the spread is that of one line.
    policies = under(
        demo, a_contract(TOGETHER, claim_most_cents=12_000), limits=(a_limit(Counting.UNITS, 1000, codes("99213")),)
    )
    lines = (a_line(1, charge_cents=13_000), a_line(2, charge_cents=30_000, modifiers=("76",)))
    case = a_case(a_claim(*lines))
    decision = adjudicate(case, policies)
    assert [line.allowed_cents for line in decision.lines] == [12_000, 0]


def test_lines_of_two_versions_are_bound_by_their_own(demo: PolicySet):
    new, old = Span(SERVICE_DAY), Span(dt.date(2020, 1, 1), SERVICE_DAY - dt.timedelta(days=1))
    policies = under(
        demo,
        a_contract(a_row(), span=new, claim_most_cents=14_000),
        a_contract(a_row(rate_numerator=11, rate_denominator=10), span=old),
    )
    yesterday = SERVICE_DAY - dt.timedelta(days=1)
    lines = [
        a_line(1, charge_cents=99_999, from_date=yesterday, through_date=yesterday),
        a_line(2, charge_cents=99_999),
    ]
    decision = adjudicate(a_case(a_claim(*lines)), policies)
    # 150.00 x 1.1 under the older version, whose claims have no bound.
    assert [line.allowed_cents for line in decision.lines] == [16_500, 14_000]
    assert [line.price.contract for line in decision.lines if line.price] == [
        "contracts/worked@2020-01-01",
        f"contracts/worked@{SERVICE_DAY}",
    ]


def test_each_version_compares_and_bounds_the_lines_of_its_own_days(demo: PolicySet):
    # The agreement changes between the days of two pairs of lines on one claim. Each pair is charged 100.00 + 300.00, with fees of
    # 150.00 + 200.00: together 350.00, 100.00 + 250.00. At most 320.00 a claim under the older version: 91.43 + 228.57 (320.00 x
    # 100 / 350 = 91.4286); at most 300.00 under the newer: 85.71 + 214.29 (300.00 x 100 / 350 = 85.7143).
    new, old = Span(SERVICE_DAY), Span(dt.date(2020, 1, 1), SERVICE_DAY - dt.timedelta(days=1))
    policies = under(
        demo,
        a_contract(TOGETHER, span=new, claim_most_cents=30_000),
        a_contract(TOGETHER, span=old, claim_most_cents=32_000),
    )
    yesterday = SERVICE_DAY - dt.timedelta(days=1)
    before = {"from_date": yesterday, "through_date": yesterday}
    lines = [
        a_line(1, charge_cents=10_000, **before),
        a_line(2, procedure="73562", charge_cents=30_000, **before),
        a_line(3, charge_cents=10_000),
        a_line(4, procedure="73562", charge_cents=30_000),
    ]
    decision = adjudicate(a_case(a_claim(*lines)), policies)
    assert [line.allowed_cents for line in decision.lines] == [9_143, 22_857, 8_571, 21_429]
    assert [line.price.contract.partition("@")[2] for line in decision.lines if line.price] == [
        *["2020-01-01"] * 2,
        *[f"{SERVICE_DAY}"] * 2,
    ]


def test_an_explanation_can_be_redone_by_hand(demo: PolicySet):
    row = msgspec.structs.replace(RISING, ceiling=Bound(6000))
    policies = under(demo, a_contract(row, claim_most_cents=20_000))
    case = billed(("99213", 20_000), ("73562", 40_000))
    told = explain(case, adjudicate(case, policies), policies, Register.AUDITOR)
    # 150.00 x 1.220035 = 183.01 (183.00525), at most 120.00; 244.01, at most 240.00; 200.00 x 120 / 360 = 66.67
    for words in (
        "Price            183.01  fee x 1.220035 [contracts/worked@2020-01-01]",
        "=                183.01  rate 1.15 x 1.03^2: 2 full years since 2024-02-29 [contracts/worked@2020-01-01]",
        "=                120.00  at most 0.6 of the charge 200.00 [contracts/worked@2020-01-01]",
        "=                 66.67  at most 200.00 a claim: 120.00 of 360.00 [contracts/worked@2020-01-01]",
        "Allowed           66.67",
    ):
        assert words in told


# Laws.

bounds = st.one_of(
    st.none(),
    st.builds(Bound, st.integers(1, 10_000)),
    st.builds(Bound, st.none(), st.integers(1, 60_000)),
)
claims = st.dictionaries(st.sampled_from(CODES), st.integers(1, 60_000), min_size=1).map(
    lambda found: list(found.items())
)


@settings(deadline=None, max_examples=60)
@given(lines=claims, floor=bounds, ceiling=bounds, most=st.none() | st.integers(1_000, 90_000), first=st.integers(0, 4))
def test_bounds_hold_and_the_order_of_lines_changes_no_total(
    demo: PolicySet,
    lines: list[tuple[str, int]],
    floor: Bound | None,
    ceiling: Bound | None,
    most: int | None,
    first: int,
):
    policies = under(demo, a_contract(a_row(floor=floor, ceiling=ceiling), claim_most_cents=most))
    decision = adjudicate(billed(*lines), policies)
    if not decision.disposition.is_final:
        assert rules(decision) == {"pricing.zero-fee"}
        return
    for line, (code, charge) in zip(decision.lines, lines, strict=True):
        assert 0 < line.allowed_cents <= charge
        billed_line = a_line(1, charge_cents=charge)
        if ceiling is not None:
            assert line.allowed_cents <= ceiling.cents(billed_line)
        elif most is None:
            assert line.allowed_cents >= min(charge, max(FEES[code], floor.cents(billed_line) if floor else 0))
    assert most is None or decision.allowed_cents <= most
    other = billed(*lines[first:], *lines[:first])
    assert adjudicate(other, policies).allowed_cents == decision.allowed_cents


@settings(deadline=None, max_examples=60)
@given(lines=claims, first=st.integers(0, 4))
def test_the_lesser_of_a_claim_is_exact_and_never_above_any_charge(
    demo: PolicySet, lines: list[tuple[str, int]], first: int
):
    policies = under(demo, a_contract(TOGETHER))
    decision = adjudicate(billed(*lines), policies)
    fees, charges = [FEES[code] for code, _ in lines], [charge for _, charge in lines]
    assert decision.allowed_cents == min(sum(fees), sum(charges))
    for line, fee, charge in zip(decision.lines, fees, charges, strict=True):
        assert min(fee, charge) <= line.allowed_cents <= charge
    other = billed(*lines[first:], *lines[:first])
    assert adjudicate(other, policies).allowed_cents == decision.allowed_cents


@given(years=st.integers(0, 40), yearly=st.integers(0, 2_000), numerator=st.integers(1, 3_000))
def test_a_raised_rate_is_exact_and_its_text_says_it(years: int, yearly: int, numerator: int):
    row = a_row(rate_numerator=numerator, rate_denominator=1000, escalator=Escalator(dt.date(2020, 1, 1), yearly))
    raised = row.on(dt.date(2020 + years, 1, 1))
    exact = Fraction(numerator, 1000) * Fraction(10_000 + yearly, 10_000) ** years
    assert Fraction(raised.rate_numerator, raised.rate_denominator) == exact == Fraction(raised.rate)


# Case rates.

WITHIN = Answer(
    rule="contracts/worked#knee", verdict=Verdict.DENY, policy="contracts/worked@2020-01-01", group="CO", carc="97"
)


def a_case_rate(**changes: Any) -> CaseRate:
    """300.00 for a service of code 99213 with X-rays and electrocardiograms of the day."""
    rate = CaseRate("knee", codes("99213"), codes("73562", "93000"), 30_000, False, CodeSet(), WITHIN)
    return msgspec.structs.replace(rate, **changes)


def of_the_case(demo: PolicySet, rate: CaseRate, *lines: tuple[str, int], **plan: Any) -> Decision:
    return adjudicate(billed(*lines), under(demo, a_contract(a_row(), case_rates=(rate,)), **plan))


def test_a_case_is_paid_once_and_holds_what_it_includes(demo: PolicySet):
    decision = of_the_case(
        demo, a_case_rate(), ("73562", 25_000), ("99213", 40_000), ("73030", 9_999), ("93000", 2_000)
    )
    assert [line.allowed_cents for line in decision.lines] == [0, 30_000, 9_999, 0]
    assert [(a.group, a.carc, a.amount_cents) for a in decision.line(1).adjustments] == [("CO", "97", 25_000)]
    price = decision.line(2).price
    assert price is not None
    assert (price.basis, price.unit_fee_cents, price.fee_cents, price.steps) == ("case rate knee", 30_000, 30_000, ())


def test_without_the_service_that_makes_a_case_there_is_none(demo: PolicySet):
    decision = of_the_case(demo, a_case_rate(), ("73562", 25_000), ("93000", 2_000))
    assert [line.allowed_cents for line in decision.lines] == [20_000, 1_999]


@pytest.mark.parametrize(
    ("charges", "cents", "told"),
    [
        # 100.00 + 200.00 are the case rate itself; 100.00 + 199.99 are less.
        ((10_000, 20_000), 30_000, []),
        ((10_000, 19_999), 29_999, [("the charges of the case, lines 1, 2", 29_999)]),
    ],
)
def test_the_charges_of_a_case_together_cap_it(
    demo: PolicySet, charges: tuple[int, int], cents: int, told: list[tuple[str, int]]
):
    rate = a_case_rate(lesser_of_charges=True)
    decision = of_the_case(demo, rate, ("99213", charges[0]), ("73562", charges[1]))
    assert (decision.line(1).allowed_cents, steps(decision)) == (cents, told)
    # Above the charge of its own line, the difference balances.
    assert ("OA", "94", 10_000 - cents) in [(a.group, a.carc, a.amount_cents) for a in decision.line(1).adjustments]


def test_a_case_has_a_price_whatever_its_units_and_lines(demo: PolicySet):
    rate = a_case_rate(procedures=codes("99213", "73030"))
    case = billed(("99213", 40_000), ("73030", 50_000), quantity_thousandths=2000)
    decision = adjudicate(case, under(demo, a_contract(a_row(), case_rates=(rate,))))
    # The line with the higher charge stands for the case, and the other one is paid within it.
    assert [line.allowed_cents for line in decision.lines] == [0, 30_000]


def test_what_the_plan_does_not_pay_makes_no_case(demo: PolicySet):
    # A unit is left of the limit: the case stands. Nothing is left: the X-ray is paid by itself.
    limits = (a_limit(Counting.UNITS, 1000, codes("99213")),)
    decision = of_the_case(demo, a_case_rate(), ("99213", 40_000), ("73562", 25_000), limits=limits)
    assert [line.allowed_cents for line in decision.lines] == [30_000, 0]
    earlier = an_earlier_line()
    policies = under(demo, a_contract(a_row(), case_rates=(a_case_rate(),)), limits=limits)
    case = msgspec.structs.replace(billed(("99213", 40_000), ("73562", 25_000)), history=(earlier,))
    assert [line.allowed_cents for line in adjudicate(case, policies).lines] == [0, 20_000]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"procedure": "73562"}, {"pricing.case-on-other-claim"}),
        ({"procedure": "73030"}, set()),
        ({"procedure": "73562", "state": LineState.DENIED}, set()),
        ({"procedure": "73562", "billing_tax_id": "999009999"}, set()),
        ({"procedure": "73562", "from_date": SERVICE_DAY - dt.timedelta(days=1)}, set()),
    ],
)
def test_a_case_on_two_claims_waits(demo: PolicySet, changes: dict[str, Any], found: set[str]):
    earlier = an_earlier_line(**{"from_date": SERVICE_DAY, "through_date": SERVICE_DAY, **changes})
    case = msgspec.structs.replace(billed(("99213", 40_000)), history=(earlier,))
    assert rules(adjudicate(case, under(demo, a_contract(a_row(), case_rates=(a_case_rate(),))))) == found


def test_a_case_under_a_modifier_of_which_the_rate_says_nothing_waits(demo: PolicySet):
    for rate, found in ((a_case_rate(), True), (a_case_rate(modifiers=codes("22")), False)):
        case = billed(("99213", 40_000), modifiers=("22",))
        told = rules(adjudicate(case, under(demo, a_contract(a_row(), case_rates=(rate,)))))
        assert ("pricing.no-share" in told) is found


@settings(deadline=None, max_examples=40)
@given(lines=claims, first=st.integers(0, 4), lesser=st.booleans())
def test_a_case_is_worth_its_price_whatever_the_order_of_its_lines(
    demo: PolicySet, lines: list[tuple[str, int]], first: int, lesser: bool
):
    policies = under(demo, a_contract(a_row(), case_rates=(a_case_rate(lesser_of_charges=lesser),)))
    decision = adjudicate(billed(*lines), policies)
    charges = dict(lines)
    case = {code: charges[code] for code in ("99213", "73562", "93000") if code in charges and "99213" in charges}
    price = min(30_000, sum(case.values())) if lesser else 30_000
    by_themselves = sum(min(FEES[code], charge) for code, charge in lines if code not in case)
    assert decision.allowed_cents == by_themselves + (price if case else 0)
    assert adjudicate(billed(*lines[first:], *lines[:first]), policies).allowed_cents == decision.allowed_cents


# What ranking takes off.

THERAPY = {
    "97110": Row(13.50, Indicators(multiple_procedure="5"), 16.00, 0.50),
    "97140": Row(12.00, Indicators(multiple_procedure="5"), 15.40, 0.60),
    "93000": Row(20.00),
}


def told_apart(
    demo: PolicySet, lines: tuple[Billed, ...], *, apart: bool = True, **changes: Any
) -> list[dict[str, int]]:
    """The adjustments of each line of a claim that a contract of ranked fees pays, in cents by reason."""
    policies = ruled_policies(demo, THERAPY)
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    contract = msgspec.structs.replace(contract, ranking_apart=apart, **changes)
    own = {"contracts/worked": Document("contracts/worked", "", (contract,))}
    free = worked_policies(demo, FREE).plans
    policies = msgspec.structs.replace(policies, contracts={**policies.contracts, **own}, plans=free)
    decision = adjudicate(billed_case(*lines), policies)
    return [{f"{a.group}-{a.carc}": a.amount_cents for a in line.adjustments} for line in decision.lines]


def test_ranking_is_told_apart_from_the_allowance_where_the_contract_says_so(demo: PolicySet):
    # X 30.00 x 2 and Y 28.00 (domain/03 section 7.4): 52.00 of 60.00 and 20.30 of 28.00, 15.70 less in all.
    lines = (Billed("97110", units=2, charge=70), Billed("97140", charge=40), Billed("93000", charge=25))
    assert told_apart(demo, lines) == [{"CO-45": 1000, "CO-59": 800}, {"CO-45": 1200, "CO-59": 770}, {"CO-45": 500}]
    assert told_apart(demo, lines, apart=False) == [{"CO-45": 1800}, {"CO-45": 1970}, {"CO-45": 500}]


@pytest.mark.parametrize(
    ("charge", "adjustments"),
    [
        (28.01, {"CO-45": 1, "CO-59": 770}),
        (28.00, {"CO-59": 770}),
        (27.99, {"CO-59": 769}),
        (20.31, {"CO-59": 1}),
        (20.30, {}),
        (20.29, {}),
    ],
)
def test_ranking_takes_no_more_than_what_is_charged_above_it(
    demo: PolicySet, charge: float, adjustments: dict[str, int]
):
    assert told_apart(demo, (Billed("97110", charge=30), Billed("97140", charge=charge))) == [{}, adjustments]


def test_ranking_and_the_bound_of_a_claim_share_what_is_not_allowed(demo: PolicySet):
    # 30.00 and 20.30, at most 40.00: 23.86 and 16.14. Of 28.00 - 16.14 = 11.86 ranking took 7.70.
    lines = (Billed("97110", charge=30), Billed("97140", charge=28))
    assert told_apart(demo, lines, claim_most_cents=4000) == [{"CO-45": 614}, {"CO-45": 416, "CO-59": 770}]


# Services that are paid by the member and month.


def capitated_policies(demo: PolicySet, **changes: Any) -> PolicySet:
    answer = Answer(
        rule="contracts/worked#visits",
        verdict=Verdict.DENY,
        policy="contracts/worked@2020-01-01",
        group="CO",
        carc="24",
    )
    visits = Exclusion(id="visits", procedures=codes("99213", "73562"), when=None, answer=answer)
    return under(demo, a_contract(a_row(), capitated=(visits,), **changes))


def test_what_a_capitated_service_would_have_been_allowed_is_kept(demo: PolicySet):
    case = billed(("99213", 20_000), ("73030", 9_000))
    policies = capitated_policies(demo)
    decision = adjudicate(case, policies)
    line = decision.line(1)
    assert (line.verdict, line.allowed_cents, line.paid_cents, line.member_cents) == (Verdict.DENY, 15_000, 0, 0)
    assert [(a.group, a.carc, a.amount_cents) for a in line.adjustments] == [("CO", "24", 20_000)]
    assert line.price is not None and line.price.fee_cents == 15_000
    assert (decision.line(2).allowed_cents, decision.line(2).paid_cents) == (9_000, 9_000)
    assert decision.entries == ()
    told = explain(case, decision, policies, Register.AUDITOR)
    assert (
        "Denied; it is paid by the member and month, and its price is kept for the record; the plan pays 0.00." in told
    )


def test_a_capitated_service_takes_no_part_in_the_bound_of_what_is_paid(demo: PolicySet):
    case = billed(("99213", 20_000), ("73030", 10_000))
    decision = adjudicate(case, capitated_policies(demo, claim_most_cents=9_000))
    assert [line.paid_cents for line in decision.lines] == [0, 9_000]


def test_a_capitated_service_without_a_fee_is_recorded_without_a_price(demo: PolicySet):
    policies = capitated_policies(demo)
    fees = FlatFees(document="fees/worked", span=ALWAYS, cite=CITE, non_facility_cents={}, facility_cents={})
    none_listed = {"fees/worked": Document("fees/worked", "", (fees,))}
    for changed in (none_listed, {"fees/worked": Document[FlatFees]("fees/worked", "", ())}):
        line = adjudicate(billed(("99213", 20_000)), msgspec.structs.replace(policies, fees=changed)).line(1)
        assert (line.price, line.allowed_cents, line.paid_cents) == (None, 0, 0)


def test_what_is_denied_for_another_reason_first_has_no_price(demo: PolicySet):
    case = billed(("99213", 20_000))
    early = msgspec.structs.replace(
        case, received_on=SERVICE_DAY.replace(year=2028), decided_on=SERVICE_DAY.replace(year=2028)
    )
    line = adjudicate(early, capitated_policies(demo)).line(1)
    assert [a.carc for a in line.adjustments] == ["29"]
    assert (line.price, line.allowed_cents) == (None, 0)


@pytest.mark.parametrize(
    ("floor_cents", "adjustments"),
    [
        # 200.00 ranked at half is 100.00, at least 180.00: of the 300.00 charged ranking took 200.00 - 180.00.
        (18_000, {"CO-45": 10_000, "CO-59": 2_000}),
        # At least 200.00, with or without the rank: it took nothing.
        (20_000, {"CO-45": 10_000}),
        # At least 100.00: the whole 100.00.
        (10_000, {"CO-45": 10_000, "CO-59": 10_000}),
    ],
)
def test_ranking_took_what_the_floor_leaves_of_it(demo: PolicySet, floor_cents: int, adjustments: dict[str, int]):
    policies = ruled_policies(
        demo,
        {
            "10060": Row(400, Indicators(multiple_procedure="2")),
            "11102": Row(200, Indicators(multiple_procedure="2")),
        },
    )
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    rows = tuple(
        msgspec.structs.replace(
            row, procedures=codes(code), floor=Bound(None, floor_cents) if code == "11102" else None
        )
        for row in contract.pay
        for code in ("10060", "11102")
    )
    own = {
        "contracts/worked": Document(
            "contracts/worked", "", (msgspec.structs.replace(contract, ranking_apart=True, pay=rows),)
        )
    }
    policies = msgspec.structs.replace(
        policies, contracts={**policies.contracts, **own}, plans=worked_policies(demo, FREE).plans
    )
    decision = adjudicate(billed_case(Billed("10060", charge=400), Billed("11102", charge=300)), policies)
    found = {f"{a.group}-{a.carc}": a.amount_cents for a in decision.line(2).adjustments}
    assert found == adjustments, decision


# What a cut leaves of a price that is not of units.


@pytest.mark.parametrize(
    ("most", "left_cents", "cents"),
    [
        # 73562 at 200.00 and 73030 at 100.00, of 73562 only 50.00 are covered. Together 300.00 are within 300.00.
        (30_000, 5_000, [5_000, 10_000]),
        # They are above 299.99: what each is allowed of it is not known once one is cut.
        (29_999, 5_000, None),
        # Nothing is cut: 200.00 / 300.00 of 299.99 = 199.99 and 99.99+, the larger part by largest remainder.
        (29_999, 20_000, [19_999, 10_000]),
    ],
)
def test_a_cut_line_under_the_bound_of_a_claim_waits(
    demo: PolicySet, most: int, left_cents: int, cents: list[int] | None
):
    limits = (a_limit(Counting.ALLOWED, left_cents, codes("73562")),)
    policies = under(demo, a_contract(a_row(), claim_most_cents=most), limits=limits)
    decision = adjudicate(billed(("73562", 80_000), ("73030", 20_000)), policies)
    if cents is None:
        assert (decision.disposition.name, "unsupported.cut-price" in rules(decision)) == ("PENDED", True)
    else:
        assert [line.allowed_cents for line in decision.lines] == cents


@pytest.mark.parametrize(("units_left", "cents"), [(2, 30_000), (1, None)])
def test_a_case_is_not_cut_by_units(demo: PolicySet, units_left: int, cents: int | None):
    limits = (a_limit(Counting.UNITS, units_left * 1000, codes("99213")),)
    policies = under(demo, a_contract(a_row(), case_rates=(a_case_rate(),)), limits=limits)
    decision = adjudicate(billed(("99213", 50_000), quantity_thousandths=2000), policies)
    if cents is None:
        assert (decision.disposition.name, "unsupported.cut-price" in rules(decision)) == ("PENDED", True)
    else:
        assert decision.allowed_cents == cents


@pytest.mark.parametrize(
    ("lines", "left", "cents"),
    [
        # 13.50 + 16.00 + 0.50 = 30.00, then 22.00 with half of the 16.00: 74.00 for three. Two of them are 52.00, not 49.33.
        ((Billed("97110", units=3),), 3, [7_400]),
        ((Billed("97110", units=3),), 2, None),
        # All of 97110 rank behind 97140 and are paid 22.00 each: two are 44.00.
        ((Billed("97110", units=3), Billed("97140")), 2, [4_400, 4_000]),
        # Both sides of 73562 are 100.00 x 1.5 a unit; of two right ones one is left.
        ((Billed("73562", ("RT",), units=2), Billed("73562", ("LT",), units=2)), 4, [15_000, 15_000]),
        ((Billed("73562", ("RT",), units=2), Billed("73562", ("LT",), units=2)), 3, None),
        # No rank and no side: 90.00 for three.
        ((Billed("99213", units=3),), 2, [6_000]),
    ],
)
def test_units_that_are_not_paid_alike_are_not_cut(
    demo: PolicySet, lines: tuple[Billed, ...], left: int, cents: list[int] | None
):
    therapy = Indicators(multiple_procedure="5")
    policies = ruled_policies(
        demo,
        {
            "97110": Row(13.50, therapy, 16, 0.50),
            "97140": Row(20, therapy, 19.50, 0.50),
            "73562": Row(100, Indicators(bilateral="1")),
            "99213": Row(30),
        },
    )
    limits = (a_limit(Counting.UNITS, left * 1000, codes("97110", "73562", "99213")),)
    policies = msgspec.structs.replace(
        policies, plans=worked_policies(demo, FREE, limits=limits).plans, coding=(), coverage=()
    )
    decision = adjudicate(billed_case(*lines), policies)
    if cents is None:
        waiting = {finding.rule for finding in decision.findings if finding.verdict is Verdict.PEND}
        assert waiting == {"unsupported.cut-price"}
    else:
        assert [line.allowed_cents for line in decision.lines] == cents, decision.findings


def test_days_of_care_are_one_unit_of_a_bound(demo: PolicySet):
    # 1,000.00 x 0.21 = 210.00 for 30 of 90 days: 70.00. At least 70.01 a unit is 70.01, not 2,100.30.
    care = Indicators(
        multiple_procedure="0",
        global_days="090",
        preoperative_basis_points=1000,
        intraoperative_basis_points=6900,
        postoperative_basis_points=2100,
    )
    policies = ruled_policies(demo, {"27447": Row(1000, care)})
    case = billed_case(Billed("27447", ("55",), units=30))
    claim = msgspec.structs.replace(case.claim, relinquished_care_date=SERVICE_DAY + dt.timedelta(days=30))
    case = msgspec.structs.replace(case, claim=claim)
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    found = []
    for floor_cents in (2000, 7000, 7001):
        row = msgspec.structs.replace(contract.pay[0], floor=Bound(None, floor_cents))
        own = Document("contracts/worked", "", (msgspec.structs.replace(contract, pay=(row,)),))
        bounded = msgspec.structs.replace(policies, contracts={**policies.contracts, "contracts/worked": own})
        priced, findings = prices(bounded, case)
        assert not findings
        found.append(priced[1].allowed_cents)
    assert found == [7000, 7000, 7001]


def test_no_rank_takes_less_than_nothing(demo: PolicySet):
    # 10.10 x 0.95 = 9.595 = 9.60 a unit, 19.20 for both; without its (zero) practice expense no less.
    outside = ProviderRecord(
        npi=BILLING.npi, name="Group", kind=ProviderKind.GROUP, nonparticipating=(Span(dt.date(2020, 1, 1)),)
    )
    policies = ruled_policies(demo, {"97110": Row(10.10, Indicators(multiple_procedure="5"))})
    priced, findings = prices(policies, billed_case(Billed("97110", units=2), providers=(outside,)))
    assert not findings
    assert (priced[1].fee_cents, priced[1].ranked_off_cents) == (1920, 0)


def test_case_rates_of_two_contracts_stay_apart(demo: PolicySet):
    # One day under two contracts: 99213 makes the case of the first, 73562 is under the second and not of that case.
    first, second = (a_contract(a_row(), case_rates=(rate,)) for rate in (a_case_rate(), a_case_rate(cents=50_000)))
    second = msgspec.structs.replace(second, document="contracts/other")
    policies = under(demo, first)
    case = billed(("99213", 40_000), ("73562", 25_000))
    terms = [terms_of(case, policies, line) for line in case.claim.lines]
    assert terms[0] is not None and terms[1] is not None
    other = msgspec.structs.replace(terms[1], contract=second)
    for second_terms, numbers in ((terms[1], {1, 2}), (other, {1})):
        found = paid_by_the_case(case, policies, zip(case.claim.lines, (terms[0], second_terms), strict=True), ())
        assert (set(found.numbers), [row.price.allowed_cents for row in found.lines]) == (numbers, [30_000])
        assert found.lines[0].terms is terms[0]
