"""Rentals, rural areas and units of drug codes as documents: what is read, and what a wrong one is told."""

import datetime as dt

import pytest

from adjudicator.policy.fee_schedules import ListedFees
from adjudicator.policy.load import compile_policies
from tests.policy.fee_files import fee_set
from tests.policy.small_set import CITE, TABLES, small_set
from tests.policy.test_publishers import DAY, binding, mistakes_of, version

UNITS = "NDC,UNIT,HCPCS,BILLED UNITS\n99999003901,ML,G0121,2.5\n"
SCHEDULE = f"""\
kind: fees
title: Equipment
versions:
  - effective: 2024-01-01
    {CITE}
    method: flat
    amounts: tables/equipment-fees
    informational: [KX]
    rural_zip_codes: ["537", "54001"]
    drug_units: {{table: tables/drug-units, unknown: wait}}
    rental:
      procedures: [E0100]
      modifiers: [RR]
      months: [{{through: 3, share: 1.00}}, {{through: 13, share: 0.75}}]
      look_back_months: 24
      told_by: [{{modifiers: [KI], first: 2, through: 3}}]
"""
MORE = {
    "procedures": TABLES["procedures"] + "E0100,2015-10-01,,Cane\n",
    "modifiers": TABLES["modifiers"] + "".join(f"{code},2015-10-01,,One\n" for code in ("KI", "KX", "RR")),
}


def equipment_set(schedule: str = SCHEDULE, units: str = UNITS) -> dict[str, bytes]:
    table = units.encode()
    return {
        **fee_set(),
        **small_set({**TABLES, **MORE}),
        "fees/equipment.yaml": schedule.encode(),
        "tables/drug-units.csv": table,
        "tables/drug-units.yaml": binding("drug-units", version("tables/drug-units.csv", table, "drug-unit-list")),
    }


def test_a_schedule_is_read_as_it_is_written():
    schedule = compile_policies(equipment_set()).fee_schedule("fees/equipment", DAY)
    assert isinstance(schedule, ListedFees)
    assert schedule.rental is not None
    assert [(row.through, row.basis_points) for row in schedule.rental.months] == [(3, 10_000), (13, 7_500)]
    assert schedule.rental.look_back.reaches(dt.date(2022, 8, 16), DAY)
    assert not schedule.rental.look_back.reaches(dt.date(2022, 8, 15), DAY)
    for zip_code, rural in (("53703", True), ("540011234", True), ("54002", False), ("", None)):
        assert schedule.is_rural(zip_code) is rural
    assert schedule.drug_units is not None
    found = schedule.drug_units.table.on(DAY).find("99999003901", "G0121")
    assert found is not None
    assert (found.unit, found.billed_thousandths, schedule.drug_units.unknown_waits) == ("ML", 2500, True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{through: 13,", "{through: 3,", "found months through 3 after months through 3; write later months below"),
        ("first: 2,", "first: 0,", "found months 0 through 3; write the first month, from 1, and the last"),
        ("amounts: tables/equipment-fees", "amounts: {G0121: 5.00}", "found rental without a table of amounts"),
        ('"54001"', '"5400A"', "found '5400A'; write the first three to five digits of a ZIP code"),
        (
            "table: tables/drug-units",
            "table: tables/drug-limits",
            "which lists drug-limits; write a table that lists drug-units",
        ),
        ("[KX]", "[XX]", "found XX, which the table of modifiers does not list"),
    ],
)
def test_a_wrong_schedule_is_told(old: str, new: str, told: str):
    assert SCHEDULE.count(old) == 1
    found = [str(mistake) for mistake in mistakes_of(equipment_set(SCHEDULE.replace(old, new)))]
    assert any(told in mistake and mistake.startswith("fees/equipment.yaml:") for mistake in found), found


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("9999900390,ML,G0121,2", "3: drug_code: found '9999900390'; write a drug code of eleven digits"),
        ("99999003902,TB,G0121,2", "3: unit: found 'TB'; write F2, GR, ME, ML or UN"),
        (
            "99999003902,ML,G0121,0",
            "3: billed_units: found 0; write how many units of the procedure one unit of the drug is",
        ),
        ("99999003901,ML,G0121,2", "3: drug_code: found 99999003901 G0121 again after row 2; write each once"),
    ],
)
def test_a_wrong_list_of_drug_units_is_told_by_row(row: str, told: str):
    found = [str(mistake) for mistake in mistakes_of(equipment_set(units=f"{UNITS}{row}\n"))]
    assert f"tables/drug-units.csv:{told}" in found
