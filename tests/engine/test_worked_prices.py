"""Worked examples of domain/03 sections 6, 7.5 and 11 that no other test has, to the cent."""

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import HERE, FeeRequest, RelativeValueFees, UnitFee
from adjudicator.policy.fee_tables import OutpatientCap, OutpatientCaps
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.unit_fees import unit_fee
from tests.building import SERVICE_DAY
from tests.ruled import Billed, Row, billed_case, fees, prices, ruled_policies

IMAGE = Indicators(pctc="1")


@pytest.mark.parametrize(
    ("component", "cents"),
    [
        ("TC", 24_000),  # the lesser of 300.00 and 240.00
        ("26", 6_000),  # a reading has no cap
        ("", 30_000),  # 60.00 + 240.00
    ],
)
def test_the_making_of_an_image_is_capped_to_the_outpatient_amount(demo: PolicySet, component: str, cents: int):
    policies = ruled_policies(demo, {"70551": Row(360, IMAGE), "70551 26": Row(60, IMAGE), "70551 TC": Row(300, IMAGE)})
    (schedule,) = policies.fees["fees/worked"].versions
    caps = OutpatientCaps.of(
        [("70551", "TC", HERE, OutpatientCap(24_000, 24_000)), ("70551", "", HERE, OutpatientCap(30_000, 30_000))]
    )
    assert isinstance(schedule, RelativeValueFees)
    capped = msgspec.structs.replace(schedule, caps=Document("tables/outpatient-caps", "", (caps,)))
    fee = unit_fee(capped, FeeRequest("70551", SERVICE_DAY, component=component))
    assert isinstance(fee, UnitFee)
    assert fee.cents == cents


def test_a_share_of_the_charge_is_rounded_once(demo: PolicySet):
    # 2,345.67 x 0.65 = 1,524.69 (1,524.6855); half a cent goes up: 0.10 x 0.65 = 0.07 (0.065)
    policies = ruled_policies(demo, {})
    (contract,) = policies.contracts["contracts/worked"].versions
    row = msgspec.structs.replace(
        contract.pay[0], schedule=None, rate_numerator=65, rate_denominator=100, lesser_of_charge=False, rules=""
    )
    share = msgspec.structs.replace(contract, pay=(row,))
    contracts = {**policies.contracts, "contracts/worked": Document("contracts/worked", "", (share,))}
    policies = msgspec.structs.replace(policies, contracts=contracts)
    assert fees(policies, Billed("99213", charge=2345.67)) == [1524.69]
    assert fees(policies, Billed("99214", charge=0.10)) == [0.07]


@pytest.mark.parametrize(
    ("charge", "adjustments"),
    [
        (80.00, {("OA", "94"): -2_000}),  # 80.00 charged, 100.00 allowed
        (100.00, {}),
        (100.01, {("CO", "45"): 1}),
    ],
)
def test_a_fee_that_is_paid_even_above_the_charge_balances_the_line(
    demo: PolicySet, charge: float, adjustments: dict[tuple[str, str], int]
):
    policies = ruled_policies(demo, {"99213": Row(100)}, lesser_of_charge=False)
    (line,) = adjudicate(billed_case(Billed("99213", charge=charge)), policies).lines
    found = {(one.group, one.carc): one.amount_cents for one in line.adjustments if one.group != "PR"}
    assert found == adjustments
    assert line.allowed_cents == 10_000


def test_a_reduced_fee_is_compared_with_the_charge_and_never_the_other_way_round(demo: PolicySet):
    # Second procedure: 300.00 x 0.50 = 150.00 against a charge of 200.00; half of the charge would be 100.00.
    ranked = Indicators(multiple_procedure="2")
    policies = ruled_policies(demo, {"10060": Row(400, ranked), "11102": Row(300, ranked)})
    found, findings = prices(policies, billed_case(Billed("10060"), Billed("11102", charge=200)))
    assert not findings
    assert [found[1].allowed_cents, found[2].allowed_cents] == [40_000, 15_000]
