"""Each seeded coding error is found by the rule that is for it, alone and beside others, and its clean twin has none."""

import csv
import gzip
import random
from pathlib import Path

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.decision import Disposition
from adjudicator.policy.coding_tables import (
    ALWAYS,
    AddOn,
    AddOnCodes,
    CodingTable,
    CodingVersion,
    Indicators,
    PairEdit,
    ProcedureIndicators,
    ProcedurePairs,
    UnitLimit,
    UnitLimits,
)
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.proofs.care_errors import CARE_ERRORS, INDICATORS_OF_2024
from tests.proofs.coding_errors import CODE_ERRORS
from tests.proofs.policy_errors import POLICY_ERRORS
from tests.proofs.seeded_errors import PRACTITIONERS, CodingError, Service, case_of, found_in
from tests.proofs.table_errors import ADD_ONS_OF_2024Q3, LIMITS_OF_2024Q3, PAIRS_OF_2024Q3, TABLE_ERRORS

COMBINED_CLAIMS = 500
COLUMNS = {
    "global_days": "glob_days",
    "pctc": "pctc_ind",
    "bilateral": "bilat_surg",
    "assistant": "asst_surg",
    "co_surgeon": "co_surg",
}
"""The publisher's columns of the indicators."""
ERRORS = (*CODE_ERRORS, *POLICY_ERRORS, *TABLE_ERRORS, *CARE_ERRORS)


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    """The demo payer with tables of just those pairs, limits and add-on codes that the catalogue is about."""
    tables: dict[str, CodingVersion] = {
        "procedure-pairs-practitioner": ProcedurePairs.of(
            (greater, lesser, PairEdit(indicator, ALWAYS)) for greater, lesser, indicator in PAIRS_OF_2024Q3
        ),
        "unit-limits-practitioner": UnitLimits.of(
            (code, UnitLimit(units, indicator)) for code, units, indicator in LIMITS_OF_2024Q3
        ),
        "procedure-indicators": ProcedureIndicators.of(
            (code, "", Indicators(**indicators)) for code, indicators in INDICATORS_OF_2024
        ),
        "add-on-codes": AddOnCodes.of(
            (code, AddOn("1", frozenset(primaries), payer_names_primaries=False))
            for code, primaries in ADD_ONS_OF_2024Q3
        ),
    }
    bound = {lists: CodingTable(Document(table.document, lists, (table,))) for lists, table in tables.items()}
    return msgspec.structs.replace(demo, coding_tables={**demo.coding_tables, **bound})


def test_there_are_at_least_forty_each_with_a_name_of_its_own():
    assert len({error.name for error in ERRORS}) == len(ERRORS) >= 40
    assert all(error.rules for error in ERRORS)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.name)
def test_an_error_alone_is_found_by_its_rules_and_by_no_other(error: CodingError, policies: PolicySet):
    case, expected = case_of([error])
    assert found_in(adjudicate(case, policies)) == expected


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.name)
def test_the_same_services_without_the_error_are_paid(error: CodingError, policies: PolicySet):
    decision = adjudicate(case_of([error], clean=True)[0], policies)
    assert found_in(decision) == set()
    assert decision.disposition is Disposition.PAID


def test_a_claim_with_several_errors_tells_all_of_them_at_once(policies: PolicySet):
    draw = random.Random(40)
    for _ in range(COMBINED_CLAIMS):
        errors = some_of_one_patient(draw)
        case, expected = case_of(errors)
        assert found_in(adjudicate(case, policies)) == expected, [error.name for error in errors]


def test_every_error_stands_beside_others_in_some_claim():
    draw = random.Random(40)
    told = {error.name for _ in range(COMBINED_CLAIMS) for error in some_of_one_patient(draw)}
    assert told >= {error.name for error in ERRORS if error.sex is ERRORS[0].sex and error.born == ERRORS[0].born}


def some_of_one_patient(draw: random.Random) -> list[CodingError]:
    """Two to six errors that one patient can have together, none of which is about services that another looks back at."""
    first = draw.choice(ERRORS)
    chosen = [first]
    for error in draw.sample(ERRORS, draw.randint(1, len(PRACTITIONERS) - 1)):
        same_patient = (error.sex, error.born) == (first.sex, first.born)
        if same_patient and error not in chosen and not any(error.meddles_with(other) for other in chosen):
            chosen.append(error)
    return chosen


def test_one_line_that_is_wrong_in_eight_ways_tells_all_eight(policies: PolicySet):
    rules = (
        "procedure.not-valid",
        "modifier.not-valid",
        "unsupported.modifier",
        "coding/modifier-combinations#both-sides",
        "diagnosis.not-valid",
        "diagnosis.not-specific",
        "coding/diagnoses-by-sex#male",
        "coding/diagnoses-by-age#child-examination",
    )
    line = Service("99999", "ZZ LT RT", "E999 E112 N401 Z00129", rules=rules)
    case, expected = case_of([CodingError("Wrong in eight ways", (line,), (line,))])
    assert len(expected) == 8
    assert found_in(adjudicate(case, policies)) == expected


def test_the_pairs_limits_add_on_codes_and_indicators_are_those_of_the_publishers_files(shared_data: Path):
    with gzip.open(shared_data / "ncci" / "ptp_prac_2024q3_all.csv.gz", "rt", encoding="utf-8", newline="") as file:
        active = {(row[0], row[1], row[3]) for row in csv.reader(file) if row[2] == "9999-12-31"}
    with (shared_data / "ncci" / "mue_prac_2024q3.csv").open(encoding="utf-8", newline="") as file:
        limits = {(row["hcpcs_code"], row["mue_units"], row["mue_mai"]) for row in csv.DictReader(file)}
    with (shared_data / "ncci" / "aoc_2024q3.csv").open(encoding="utf-8", newline="") as file:
        add_ons = {(row["add_on_code"], row["primary_code"]) for row in csv.DictReader(file)}
    with (shared_data / "mpfs" / "2024" / "pprrvu_rvu24b_apr.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["hcpcs"]: row for row in csv.DictReader(file) if not row["mod"]}
    assert set(PAIRS_OF_2024Q3) <= active
    for code, indicators in INDICATORS_OF_2024:
        assert listed[code]["status_code"] == "A"
        assert {name: listed[code][COLUMNS[name]] for name in indicators} == indicators
    assert {(code, str(units), indicator) for code, units, indicator in LIMITS_OF_2024Q3} <= limits
    assert {(code, primary) for code, primaries in ADD_ONS_OF_2024Q3 for primary in primaries} <= add_ons
