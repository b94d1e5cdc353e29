"""A drug line's units against the quantity of its National Drug Code, on both sides of each boundary."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.model.claim import Drug
from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import DrugQuantities, FlatFees, releases
from adjudicator.policy.fee_tables import DrugUnit, DrugUnits
from adjudicator.policy.packed import PackedPairs, PairPacker
from adjudicator.pricing.drugs import quantity_problem
from tests.building import ALWAYS, SERVICE_DAY, a_line

NDC = "99999003901"
OWN: dict[str, Any] = {"span": ALWAYS, "cite": Citation(title="A test's own document")}


def schedule(unknown_waits: bool = False, **changes: Any) -> FlatFees:
    """One milliliter is 2.5 units of J1885."""
    packer = PairPacker[DrugUnit]()
    packer.add(NDC, "J1885", packer.record(DrugUnit("ML", 2500)))
    table = DrugUnits(document="tables/drug-units", pairs=PackedPairs(packer.packed(), DrugUnit), **OWN)
    table = msgspec.structs.replace(table, **changes)
    quantities = DrugQuantities(Document("tables/drug-units", "", (table,)), unknown_waits)
    return FlatFees(document="fees/drugs", non_facility_cents={}, facility_cents={}, drug_units=quantities, **OWN)


def rule(fees: FlatFees, units: int, drug: Drug | None, procedure: str = "J1885") -> str:
    """The rule that answers a line of so many thousandths of units; empty for none."""
    found = quantity_problem(fees, a_line(1, procedure=procedure, quantity_thousandths=units, drug=drug))
    return found.rule if found else ""


@pytest.mark.parametrize(
    ("milliliters", "units", "agrees"),
    [
        (2000, 5000, True),  # 2 x 2.5 = 5
        (2000, 4999, False),
        (2000, 5999, True),
        (2000, 6000, False),  # a whole unit more
        (2001, 5000, False),  # 5.0025
        (2001, 6000, True),
        (1600, 4000, True),  # 1.6 x 2.5 = 4
        (1601, 5000, True),  # 4.0025, a part of the fifth unit
        (1600, 5000, False),
    ],
)
def test_units_are_the_quantity_or_less_than_one_more(milliliters: int, units: int, agrees: bool):
    assert rule(schedule(), units, Drug(NDC, milliliters, "ML")) == ("" if agrees else "pricing.drug-quantity")


def test_what_cannot_be_compared():
    assert rule(schedule(), 5000, None) == ""
    assert rule(schedule(), 5000, Drug("")) == ""
    assert rule(schedule(), 5000, Drug(NDC, 2000, "UN")) == "pricing.drug-quantity"
    assert rule(schedule(), 5000, Drug(NDC, 2000, "")) == "pricing.drug-quantity"
    assert rule(schedule(), 5000, Drug(NDC, None, "ML")) == "pricing.drug-quantity"
    assert rule(schedule(), 5000, Drug(NDC, 2000, "ML"), "J1030") == "pricing.drug-quantity"
    assert rule(schedule(), 5000, Drug("99999005501", 2000, "ML")) == ""
    assert rule(schedule(unknown_waits=True), 5000, Drug("99999005501", 2000, "ML")) == "pricing.no-fee"


def test_a_day_without_a_version_of_the_table_waits():
    later = schedule(span=Span(SERVICE_DAY + dt.timedelta(days=1)))
    assert rule(later, 5000, Drug(NDC, 2000, "ML")) == "pricing.no-fee"
    assert releases(later, SERVICE_DAY) == ("fees/drugs@2020-01-01",)
    assert releases(schedule(), SERVICE_DAY) == ("fees/drugs@2020-01-01", "tables/drug-units@2020-01-01")


@pytest.mark.parametrize(
    ("given", "thrown_away", "told"),
    [
        # One milliliter is one unit: 9.5 given and 0.5 thrown away are the 10 of the vial, so that no unit is left for the rest.
        ((9_500, 10_000), (500, 1_000), ["", "pricing.drug-quantity"]),
        ((9_000, 9_000), (1_000, 1_000), ["", ""]),
        # 5.2 + 4.8 = 10: the part of a unit is the first line's, or the second's
        ((5_200, 6_000), (4_800, 4_000), ["", ""]),
        ((5_200, 5_000), (4_800, 5_000), ["", ""]),
        ((5_200, 6_000), (4_800, 5_000), ["", "pricing.drug-quantity"]),
        # 5.2 + 4.9 = 10.1, of which the eleventh unit is a part
        ((5_200, 6_000), (4_900, 5_000), ["", ""]),
        ((5_200, 5_000), (4_800, 4_000), ["pricing.drug-quantity", "pricing.drug-quantity"]),
        # Whole units do not go from line to line.
        ((5_000, 6_000), (5_000, 4_000), ["pricing.drug-quantity", "pricing.drug-quantity"]),
        ((500, 1_000), (9_500, 10_000), ["pricing.drug-quantity", ""]),
    ],
)
def test_lines_for_one_drug_bill_a_part_of_a_unit_once(
    given: tuple[int, int], thrown_away: tuple[int, int], told: list[str]
):
    packer = PairPacker[DrugUnit]()
    packer.add(NDC, "J1885", packer.record(DrugUnit("ML", 1000)))
    table = DrugUnits(document="tables/drug-units", pairs=PackedPairs(packer.packed(), DrugUnit), **OWN)
    fees = msgspec.structs.replace(
        schedule(), drug_units=DrugQuantities(Document("tables/drug-units", "", (table,)), False)
    )
    one, other = (
        a_line(
            number,
            procedure="J1885",
            modifiers=modifiers,
            quantity_thousandths=units,
            drug=Drug(NDC, milliliters, "ML"),
        )
        for number, modifiers, (milliliters, units) in ((1, (), given), (2, ("JW",), thrown_away))
    )
    found = [quantity_problem(fees, line, (one, other)) for line in (one, other)]
    assert [problem.rule if problem else "" for problem in found] == told
    later = SERVICE_DAY + dt.timedelta(days=1)
    for apart in (
        msgspec.structs.replace(other, from_date=later),
        msgspec.structs.replace(other, drug=Drug("99999005501", thrown_away[0], "ML")),
    ):
        alone = quantity_problem(fees, one)
        assert quantity_problem(fees, one, (one, apart)) == alone
