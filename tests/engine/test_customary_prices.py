"""Usual and customary charges under payment rules: a modifier with a row of its own is worth what its row says."""

import msgspec
import pytest

from adjudicator.model.claim import Provider
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import CustomaryFees
from adjudicator.policy.fee_tables import CustomaryCharge, CustomaryCharges
from adjudicator.policy.packed import PackedPairs, PairPacker
from adjudicator.policy.policy_set import PolicySet
from tests.building import ALWAYS, BILLING, CITE, a_case, a_claim, a_line
from tests.ruled import prices, ruled_policies

PRACTITIONER = Provider(npi="1999999992", taxonomy="363L00000X")


def policies_of(demo: PolicySet, *rows: tuple[str, str, int]) -> PolicySet:
    """Percentile 80 of charges in area 681, by procedure, modifier and cents, in a row that names payment rules."""
    packer = PairPacker[CustomaryCharge]()
    for procedure, modifier, cents in sorted(rows):
        packer.add(f"{procedure}{modifier}", "681", packer.record(CustomaryCharge(((80, cents),))))
    table = CustomaryCharges(
        document="tables/charges", span=ALWAYS, cite=CITE, charges=PackedPairs(packer.packed(), CustomaryCharge)
    )
    schedule = CustomaryFees(
        document="fees/worked",
        span=ALWAYS,
        cite=CITE,
        amounts=Document("tables/charges", "", (table,)),
        percentile=80,
    )
    policies = ruled_policies(demo, {})
    return msgspec.structs.replace(
        policies, fees={"fees/worked": Document("fees/worked", "", (schedule,))}, coding_tables=demo.coding_tables
    )


@pytest.mark.parametrize(
    ("modifiers", "cents"),
    [
        ((), 50_000),
        (("80",), 10_000),  # the row of 80 itself; 0.16 of it would be 16.00
        (("82",), 8_000),  # no row of its own: 500.00 x 0.16
        (("AS",), 6_800),  # no row of its own: 500.00 x 0.136
        (("52",), 30_000),  # a row of its own
        (("26",), 12_000),  # a row of its own
        (("26", "53"), 6_000),  # 120.00 x 0.50
    ],
)
def test_a_modifier_with_a_row_of_its_own_takes_no_share_of_it(demo: PolicySet, modifiers: tuple[str, ...], cents: int):
    own = (("80", 10_000), ("52", 30_000), ("26", 12_000))
    policies = policies_of(demo, ("99213", "", 50_000), *(("99213", modifier, charge) for modifier, charge in own))
    place = msgspec.structs.replace(BILLING, address=msgspec.structs.replace(BILLING.address, postal_code="68101"))
    line = a_line(modifiers=modifiers, charge_cents=999_999, service_facility=place)
    found, findings = prices(policies, a_case(a_claim(line)))
    assert not findings
    assert found[1].allowed_cents == cents


def test_charges_of_practitioners_who_assist_are_theirs(demo: PolicySet):
    policies = policies_of(demo, ("99213", "", 50_000), ("99213", "AS", 9_000))
    place = msgspec.structs.replace(BILLING, address=msgspec.structs.replace(BILLING.address, postal_code="68101"))
    # AS has its own row and holds the practitioner: 90.00. A visit of the same practitioner: 500.00 x 0.85 = 425.00
    for modifiers, cents in ((("AS",), 9_000), ((), 42_500)):
        line = a_line(modifiers=modifiers, charge_cents=999_999, service_facility=place, rendering=PRACTITIONER)
        found, _ = prices(policies, a_case(a_claim(line)))
        assert found[1].allowed_cents == cents
