"""The payer's CSV files: good ones are loaded, and loading again changes nothing; of bad ones nothing is, and all is told."""

import datetime as dt
import json
import re
import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from adjudicator.model.case import (
    Affiliation,
    Authorization,
    LaboratoryCertificate,
    ProviderKind,
    ProviderRecord,
    Sanction,
)
from adjudicator.model.dates import Span
from adjudicator.model.other_coverage import CoverageKind, Holder, KnownCoverage, MedicareReason, Parents
from adjudicator.policy.policy_set import PolicySet
from tests.cli.conftest import Command
from tests.conftest import DEMO

MEMBERS = (
    "member_id,family_id,last_name,first_name,birth_date,sex,relationship,plan,effective,ends,recorded_on,deceased_on,"
    "custody_from,custody_through"
)
CONTRACTS = "tax_id,npi,product,contract,effective,ends"
PROVIDERS = "npi,name,kind,record,value,effective,ends"
AUTHORIZATIONS = "number,member_id,procedures,effective,ends,tax_id,quantity"
MORE_OF_AUTHORIZATIONS = "visits,rendering_npi,kind,status,requested_on,unit_price"
OTHER_COVERAGE = "member_id,kind,payer_id,payer_name,effective,ends"
MORE_OF_OTHER_COVERAGE = (
    "coordinates,dependent,holder_birth_date,parents,holder,decreed,active,asks_for_activity,continuation,covered_since,employees,"
    "medicare_reason,medicare_eligible_on,medicare_parts,diagnoses,claimed_on,verified_on,asked_on"
)
ALPHA = "MM1,FF1,TESTERSON,ALPHA,1979-04-12,F,18,plans/ppo-gold,2025-01-01,,,,,"
RIVERSIDE = "999000011,1999000114,PPO,contracts/riverside-medical-group,2025-01-01,"
APPROVAL = "AUTH1,MM1,72148 72149,2026-01-01,2026-06-30,999000011,1.5"


def either(choices: Collection[str]) -> str:
    """Choices as messages list them: ``a, b or c``."""
    *others, last = sorted(choices)
    return f"{', '.join(others)} or {last}" if others else last


class Files:
    """Writes files and loads them into one database."""

    def __init__(self, cli: Command, folder: Path) -> None:
        self._cli = cli
        self._folder = folder
        self.database = folder / "store.sqlite"

    def load(self, kind: str, *lines: str) -> tuple[int, list[str]]:
        """The exit code and what was told, without the folder."""
        file = self._folder / f"{kind}.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ended = self._cli("load", kind, file, "--database", self.database)
        return ended.code, (ended.out + ended.err).replace(f"{self._folder}/", "").splitlines()

    def rows(self, table: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.database) as connection:
            return sorted(connection.execute(f"SELECT * FROM {table}"))


@pytest.fixture
def files(cli: Command, tmp_path: Path) -> Files:
    return Files(cli, tmp_path)


def test_members_are_loaded_with_every_stretch_of_coverage(files: Files) -> None:
    beta = "MM2,FF1,TESTERSON,BETA,2012-06-05,M,19,plans/ppo-gold,{},,,,"
    code, told = files.load("members", MEMBERS, ALPHA, beta.format("2025-01-01,2025-11-30"), beta.format("2026-02-15,"))
    assert (code, told) == (0, ["members.csv: 2 members loaded into store.sqlite."])
    assert [row[0] for row in files.rows("members")] == ["MM1", "MM2"]
    assert [row[0] for row in files.rows("coverages")] == ["MM1", "MM2", "MM2"]


def test_a_member_without_coverage_has_an_empty_plan(files: Files) -> None:
    code, _ = files.load("members", MEMBERS, "MM1,FF1,TESTERSON,ALPHA,1979-04-12,F,18,,,,,,,")
    assert code == 0
    assert files.rows("coverages") == []


def test_columns_may_come_in_any_order_and_blank_lines_and_a_byte_order_mark_do_no_harm(files: Files) -> None:
    code, _ = files.load(
        "contracts",
        "\ufeffcontract,npi,tax_id,ends,effective,product",
        "",
        *["contracts/lakeside-clinic,1999000122,999000012,,2025-01-01,PPO"],
    )
    assert code == 0
    assert len(files.rows("participations")) == 1


def test_loading_the_same_files_again_changes_nothing(files: Files) -> None:
    loads = (
        ("members", MEMBERS, ALPHA),
        ("contracts", CONTRACTS, RIVERSIDE),
        ("authorizations", AUTHORIZATIONS, APPROVAL),
    )
    states = []
    for _ in range(2):
        assert [files.load(*load)[0] for load in loads] == [0, 0, 0]
        states.append([files.rows(table) for table in ("members", "coverages", "participations", "authorizations")])
    assert states[0] == states[1]


def test_a_later_file_replaces_what_was_known_of_a_member(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    files.load("members", MEMBERS, ALPHA.replace("2025-01-01,", "2025-01-01,2026-01-31").replace("ALPHA", "ALEPH"))
    ((_, _, _, first_name, *_),) = files.rows("members")
    assert first_name == "ALEPH"
    assert len(files.rows("coverages")) == 1


def test_everything_wrong_with_members_is_told_at_once_and_nothing_is_loaded(files: Files, demo: PolicySet) -> None:
    files.load("members", MEMBERS, ALPHA)
    before = files.rows("members")
    code, told = files.load(
        "members",
        MEMBERS,
        "MM2,FF2,SAMPLETON,GOLF,1985-07-09,F,18,plans/ppo-gold,2025-01-01,,,,,",
        "MM3,FF3,,HOTEL,1985-02-30,X,1,plans/none,2025-13-01,2024-01-01,,,,",
        "MM4,FF4,SAMPLETON,INDIA,1985-07-09,F,18,plans/ppo-gold,2025-01-01,2024-12-31,,,,",
        "MM5,FF5,SAMPLETON,KILO,1985-07-09,F,18,plans/ppo-gold,2025-01-01,2025-06-30,,,,",
        "MM5,FF5,SAMPLETON,KILO,1985-07-09,F,18,plans/ppo-gold,2025-06-30,,,,,",
        "MM6,FF6,SAMPLETON",
        "MM2,FF2,SAMPLETON,GOLF,1985-07-10,F,18,plans/ppo-gold,2026-01-01,,,,,",
    )
    assert code == 1
    assert told == [
        "members.csv:3: birth_date: found something else, write a date as YYYY-MM-DD, such as 2026-01-01",
        "members.csv:3: effective: found '2025-13-01', write a date as YYYY-MM-DD, such as 2026-01-01",
        "members.csv:3: last_name: found nothing, write last name",
        f"members.csv:3: plan: found 'plans/none', write {either(demo.plans)}",
        "members.csv:3: relationship: found '1', write two characters, such as 18, 01 or 19",
        "members.csv:3: sex: found 'X', write F, M or U",
        "members.csv:4: ends: found 2024-12-31, which lies before effective 2025-01-01; write a later day or nothing",
        "members.csv:6: effective: found days that line 5 has too; write stretches that share no day",
        "members.csv:7: found 3 fields, write 14, one for each column of line 1",
        "members.csv:8: birth_date: found another value than in line 2; write the same in all rows of a member",
    ]
    assert files.rows("members") == before


def test_everything_wrong_with_provider_contracts_is_told_at_once(files: Files, demo: PolicySet) -> None:
    products = {version.product for plan in demo.plans.values() for version in plan.versions}
    code, told = files.load(
        "contracts",
        CONTRACTS,
        "99900001,1999000114,PPO,contracts/riverside-medical-group,2025-01-01,",
        "999000011,1999000115,HMO,contracts/none,2025-01-01,",
        RIVERSIDE,
        RIVERSIDE.replace("2025-01-01", "2026-01-01"),
    )
    assert code == 1
    assert told == [
        "contracts.csv:2: tax_id: found '99900001', write nine digits",
        f"contracts.csv:3: contract: found 'contracts/none', write {either(demo.contracts)}",
        "contracts.csv:3: npi: found '1999000115', write ten digits with a right check digit",
        f"contracts.csv:3: product: found 'HMO', write {either(products)}",
        "contracts.csv:5: effective: found days that line 4 has too; write stretches that share no day",
    ]


def test_providers_are_loaded_with_all_that_is_said_of_them(files: Files) -> None:
    code, told = files.load(
        "providers",
        PROVIDERS,
        "1999000114,RIVERSIDE,group,enrolled,,2025-01-01,2025-06-30",
        "1999000114,RIVERSIDE,group,enrolled,,2025-08-01,",
        "1999000114,RIVERSIDE,group,roster,,2025-01-01,",
        "1999100112,RIVER SAMPLEDOC,practitioner,works_for,999000011,2025-01-01,",
        "1999100112,RIVER SAMPLEDOC,practitioner,sanctioned,OIG-LEIE,2026-01-01,",
        "1999100112,RIVER SAMPLEDOC,practitioner,clia,28D1234567,2025-01-01,",
        "1999100112,RIVER SAMPLEDOC,practitioner,taxonomy,207Q00000X,,",
        "1999100112,RIVER SAMPLEDOC,practitioner,family,FF1,,",
        "1234567893,HOSPITAL,facility,,,,",
    )
    assert (code, told) == (0, ["providers.csv: 3 providers loaded into store.sqlite."])
    records = [msgspec.json.decode(str(content), type=ProviderRecord) for _, content in files.rows("providers")]
    since = Span(dt.date(2025, 1, 1))
    assert records == [
        ProviderRecord("1234567893", "HOSPITAL", ProviderKind.FACILITY),
        ProviderRecord(
            npi="1999000114",
            name="RIVERSIDE",
            kind=ProviderKind.GROUP,
            enrolled=(Span(dt.date(2025, 1, 1), dt.date(2025, 6, 30)), Span(dt.date(2025, 8, 1))),
            roster=(since,),
        ),
        ProviderRecord(
            npi="1999100112",
            name="RIVER SAMPLEDOC",
            kind=ProviderKind.PRACTITIONER,
            taxonomies=("207Q00000X",),
            sanctions=(Sanction("OIG-LEIE", Span(dt.date(2026, 1, 1))),),
            groups=(Affiliation("999000011", since),),
            certificates=(LaboratoryCertificate("28D1234567", since),),
            family_id="FF1",
        ),
    ]


def test_a_later_file_replaces_what_was_known_of_a_provider(files: Files) -> None:
    files.load("providers", PROVIDERS, "1999000114,RIVERSIDE,group,enrolled,,2025-01-01,")
    files.load("providers", PROVIDERS, "1999000114,RIVERSIDE,group,,,,")
    ((_, content),) = files.rows("providers")
    assert msgspec.json.decode(str(content), type=ProviderRecord).enrolled == ()


def test_everything_wrong_with_providers_is_told_at_once(files: Files) -> None:
    code, told = files.load(
        "providers",
        PROVIDERS,
        "1999000115,RIVERSIDE,hospital,enrolled,x,,",
        "1999000114,,group,retired,,2025-01-01,",
        "1999100112,RIVER SAMPLEDOC,practitioner,works_for,99900001,2025-01-01,",
        "1999100112,RIVER SAMPLEDOC,group,clia,D28,2025-01-01,2024-01-01",
        "1999100112,RIVER SAMPLEDOC,practitioner,taxonomy,207Q00000X,2025-01-01,",
        "1999100112,RIVER SAMPLEDOC,practitioner,family,,,",
        "1999100112,RIVER SAMPLEDOC,practitioner,sanctioned,OIG-LEIE,2025-01-01,",
        "1999100112,RIVER SAMPLEDOC,practitioner,sanctioned,OIG-LEIE,2025-02-01,",
    )
    assert code == 1
    assert told == [
        "providers.csv:2: effective: found nothing, write the first day, such as 2026-01-01",
        "providers.csv:2: kind: found 'hospital', write facility, group or practitioner",
        "providers.csv:2: npi: found '1999000115', write ten digits with a right check digit",
        "providers.csv:2: value: found 'x' on enrolled, write nothing",
        "providers.csv:3: name: found nothing, write name",
        "providers.csv:3: record: found 'retired', write clia, clia_microscopy, "
        "clia_waiver, enrolled, family, nonparticipating, orders, qualifying, roster, sanctioned, taxonomy or works_for",
        "providers.csv:4: value: found '99900001', write the tax id of the group whose roster it is on, nine digits",
        "providers.csv:5: ends: found 2024-01-01, which lies before effective 2025-01-01; write a later day or nothing",
        "providers.csv:5: kind: found another value than in line 4; write the same in all rows of a provider",
        "providers.csv:5: value: found 'D28', write the certificate's number, such as 28D1234567",
        "providers.csv:6: effective: found '2025-01-01' on taxonomy, which holds for all days; write nothing",
        "providers.csv:7: value: found nothing, write its family_id in members.csv",
        "providers.csv:9: effective: found days that line 8 has too; write stretches that share no day",
    ]


def test_death_custody_and_the_day_of_entry_are_kept(files: Files) -> None:
    code, _ = files.load(
        "members",
        MEMBERS,
        "MM1,FF1,TESTERSON,ALPHA,1979-04-12,F,18,plans/ppo-gold,2025-01-01,,2025-02-03,2026-03-14,2025-05-01,2025-05-31",
        "MM1,FF1,TESTERSON,ALPHA,1979-04-12,F,18,,,,,2026-03-14,2025-07-01,",
    )
    assert code == 0
    assert files.rows("coverages") == [("MM1", "2025-01-01", "plans/ppo-gold", None, "2025-02-03", None)]
    ((*_, deceased_on, custody, _, _),) = files.rows("members")
    assert (deceased_on, custody) == ("2026-03-14", '[["2025-05-01","2025-05-31"],["2025-07-01",null]]')


def test_a_warning_of_identity_theft_is_kept_and_the_same_in_all_rows_of_a_member(files: Files) -> None:
    columns, row = f"{MEMBERS},identity_theft_on", "MM1,FF1,TESTERSON,ALPHA,1979-04-12,F,18,,,,,,,"
    assert files.load("members", columns, f"{row},2026-03-01")[0] == 0
    assert [stored[-1] for stored in files.rows("members")] == ["2026-03-01"]
    assert files.load("members", columns, f"{row},")[0] == 0
    assert [stored[-1] for stored in files.rows("members")] == [None]
    code, told = files.load("members", columns, f"{row},2026-03-01", f"{row},2026-03-02")
    assert (code, told) == (
        1,
        [
            "members.csv:3: identity_theft_on: found another value than in line 2; write the same in all rows of a member"
        ],
    )


def test_wrong_days_of_death_custody_and_entry_are_told_without_the_days(files: Files) -> None:
    code, told = files.load(
        "members",
        MEMBERS,
        "MM1,FF1,TESTERSON,ALPHA,1979-04-12,F,18,,,,2025-02-03,2026-02-30,2025-05-02,2025-05-01",
        "MM2,FF1,TESTERSON,BETA,1979-04-12,F,18,,,,,,2025-05-01,2025-05-31",
        "MM2,FF1,TESTERSON,BETA,1979-04-12,F,18,,,,,2025-06-01,2025-05-31,",
        "MM3,FF1,TESTERSON,GAMMA,1979-04-12,F,18,,,,,,,2025-05-31",
    )
    assert code == 1
    assert told == [
        "members.csv:2: custody_through: found a day that lies before custody_from; write a later day or nothing",
        "members.csv:2: deceased_on: found something else, write a date as YYYY-MM-DD, such as 2026-01-01",
        "members.csv:2: recorded_on: found something without coverage; write plan and effective too, or nothing",
        "members.csv:4: deceased_on: found another value than in line 3; write the same in all rows of a member",
        "members.csv:5: custody_from: found nothing, write the first day, such as 2026-01-01",
    ]


TERMS = "waiting_through,premium_paid_through,unmet,preexisting,preexisting_through,primary_care_npi"
ELSEWHERE = "elsewhere,elsewhere_from,elsewhere_through"
PERSON = "MM1,FF1,TESTERSON,ALPHA,1979-04-12,F,18"


def test_what_coverage_depends_on_and_care_elsewhere_are_kept(files: Files) -> None:
    code, _ = files.load(
        "members",
        f"{MEMBERS},{TERMS},{ELSEWHERE}",
        f"{PERSON},plans/ppo-gold,2026-01-01,,,,,,"
        "2026-03-31,2026-02-28,residency,E11.9 I1,2026-06-30,1999100112,hospice,2026-04-01,",
        f"{PERSON},,,,,,,,,,,,,,home-health,2026-02-01,2026-02-14",
    )
    assert code == 0
    ((*_, terms),) = files.rows("coverages")
    assert json.loads(str(terms)) == {
        "waiting_through": "2026-03-31",
        "premium_paid_through": "2026-02-28",
        "unmet": "residency",
        "preexisting": ["E119", "I1"],
        "preexisting_through": "2026-06-30",
        "primary_care_npi": "1999100112",
    }
    ((*_, elsewhere, _),) = files.rows("members")
    assert json.loads(str(elsewhere)) == [
        {"kind": "hospice", "span": ["2026-04-01", None]},
        {"kind": "home-health", "span": ["2026-02-01", "2026-02-14"]},
    ]


def test_what_is_wrong_with_them_is_told_at_once(files: Files) -> None:
    code, told = files.load(
        "members",
        f"{MEMBERS},{TERMS},{ELSEWHERE}",
        f"{PERSON},plans/ppo-gold,2026-01-01,,,,,,soon,,nationality,E11.9-I10,,1999100113,prison,2026-04-01,",
        f"{PERSON},plans/ppo-solo,2025-01-01,2025-12-31,,,,,,,,,2025-06-30,,,2025-04-01,",
        f"{PERSON},,,,,,,,2026-03-31,,,,,,,,",
        f"{PERSON},,,,,,,,,,,,,,hospice,2026-04-01,2026-05-01",
        f"{PERSON},,,,,,,,,,,,,,hospice,2026-05-01,",
    )
    assert code == 1
    assert told == [
        "members.csv:2: elsewhere: found 'prison', write home-health, hospice, managed-care, other-plan or skilled-nursing",
        "members.csv:2: preexisting: found something else, write diagnoses or their beginnings, such as E11 I10",
        "members.csv:2: primary_care_npi: found '1999100113', write ten digits with a right check digit, or nothing",
        "members.csv:2: unmet: found 'nationality', write eligibility or residency",
        "members.csv:2: waiting_through: found 'soon', write a date as YYYY-MM-DD, such as 2026-01-01",
        "members.csv:3: elsewhere: found days without who has the care; write who, or nothing",
        "members.csv:3: preexisting_through: found a day without diagnoses; write preexisting too, or nothing",
        "members.csv:4: waiting_through: found something without coverage; write plan and effective too, or nothing",
        "members.csv:6: elsewhere_from: found days that line 5 has too; write stretches that share no day",
    ]


def test_who_may_order_and_what_a_certificate_is_for_are_kept(files: Files) -> None:
    code, _ = files.load(
        "providers",
        PROVIDERS,
        "1999000114,LAB,group,clia_waiver,28D0000011,2026-01-01,",
        "1999000114,LAB,group,clia_microscopy,28D0000012,2026-01-01,",
        "1999000114,LAB,group,clia,28D0000013,2026-01-01,",
        "1999100112,DOCTOR,practitioner,orders,,2025-01-01,2026-06-30",
    )
    assert code == 0
    group, doctor = (json.loads(str(text)) for _, text in sorted(files.rows("providers")))
    # The level of a certificate for every test is what a certificate has anyhow, so it is not written.
    assert [own.get("level", 3) for own in group["certificates"]] == [1, 2, 3]
    assert doctor["orders"] == [["2025-01-01", "2026-06-30"]]


def test_stretches_of_custody_share_no_day(files: Files) -> None:
    row = "MM2,FF1,TESTERSON,BETA,1979-04-12,F,18,,,,,,{}"
    code, told = files.load("members", MEMBERS, row.format("2025-05-01,2025-05-31"), row.format("2025-05-31,"))
    assert (code, told) == (
        1,
        ["members.csv:3: custody_from: found days that line 2 has too; write stretches that share no day"],
    )


def test_everything_wrong_with_authorizations_is_told_at_once(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    code, told = files.load(
        "authorizations",
        AUTHORIZATIONS,
        APPROVAL,
        "AUTH1,MM1,7214,2026-01-01,,,0",
        "AUTH2,MM9,,2026-01-01,,12,1.2345",
    )
    assert code == 1
    assert told == [
        "authorizations.csv:3: number: found the number of line 2; write one row for each authorization",
        "authorizations.csv:3: procedures: found '7214', write CPT or HCPCS codes of five characters, separated by blanks",
        "authorizations.csv:3: quantity: found '0', write a number above zero with at most three decimals, such as 3 or 1.5",
        "authorizations.csv:4: member_id: found no such member on file; load the members first, or write a member's number",
        "authorizations.csv:4: procedures: found nothing, write procedure codes, separated by blanks; a referral may name none",
        "authorizations.csv:4: quantity: found '1.2345', write a number above zero with at most three decimals, such as 3 or 1.5",
        "authorizations.csv:4: tax_id: found '12', write nine digits or nothing",
    ]
    assert files.rows("authorizations") == []


def test_columns_that_a_file_leaves_out_are_empty_in_every_row(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    assert files.load("authorizations", AUTHORIZATIONS, APPROVAL)[0] == 0
    short = files.rows("authorizations")
    assert files.load("authorizations", f"{AUTHORIZATIONS},{MORE_OF_AUTHORIZATIONS}", f"{APPROVAL},,,,,,")[0] == 0
    assert files.rows("authorizations") == short


def test_visits_practitioner_kind_answer_and_day_of_request_are_loaded(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    assert files.load(
        "authorizations",
        f"{MORE_OF_AUTHORIZATIONS},{AUTHORIZATIONS}",
        "12,1999100112,referral,,2026-01-02,,REF1,MM1,,2026-01-01,,,",
        ",,authorization,denied,,,AUTH2,MM1,72148,2026-01-01,,,",
        ",,,approved,,,AUTH3,MM1,72148,2026-01-01,,,",
        ",,,,,150.5,AUTH4,MM1,72148,2026-01-01,,999000011,",
    ) == (0, [f"authorizations.csv: 4 authorizations loaded into {files.database.name}."])
    span = Span(dt.date(2026, 1, 1))
    loaded = {msgspec.json.decode(str(content), type=Authorization) for _, _, content in files.rows("authorizations")}
    assert loaded == {
        Authorization(
            "REF1",
            (),
            span,
            visits=12,
            rendering_npi="1999100112",
            referral=True,
            requested_on=dt.date(2026, 1, 2),
        ),
        Authorization("AUTH2", ("72148",), span, denied=True),
        Authorization("AUTH3", ("72148",), span),
        Authorization("AUTH4", ("72148",), span, tax_id="999000011", unit_price_cents=15050),
    }


def test_everything_wrong_with_what_a_file_need_not_say_of_authorizations_is_told(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    code, told = files.load(
        "authorizations",
        f"{AUTHORIZATIONS},{MORE_OF_AUTHORIZATIONS}",
        "AUTH1,MM1,72148,2026-01-01,,999000011,,0,1999100113,order,refused,2026-13-01,0.001",
        "AUTH2,MM1,,2026-01-01,,,,1.5,19991,authorization,approved,,",
        f"AUTH3,MM1,72148,2026-01-01,,,,{10**9},,,,,",
        "AUTH4,MM1,72148,2026-01-01,,,,,,,,,150.00",
        "REF5,MM1,72148,2026-01-01,,999000011,,,,referral,,,150.00",
    )
    assert code == 1
    assert told == [
        "authorizations.csv:2: kind: found 'order', write authorization or referral",
        "authorizations.csv:2: rendering_npi: found '1999100113', write ten digits with a right check digit, or nothing",
        "authorizations.csv:2: requested_on: found '2026-13-01', write a date as YYYY-MM-DD, such as 2026-01-01",
        "authorizations.csv:2: status: found 'refused', write approved or denied",
        "authorizations.csv:2: unit_price: found '0.001', write dollars above zero with at most two decimals, such as 130.50",
        "authorizations.csv:2: visits: found '0', write a whole number above zero, such as 3",
        "authorizations.csv:3: procedures: found nothing, write procedure codes, separated by blanks; a referral may name none",
        "authorizations.csv:3: rendering_npi: found '19991', write ten digits with a right check digit, or nothing",
        "authorizations.csv:3: visits: found '1.5', write a whole number above zero, such as 3",
        "authorizations.csv:4: visits: found '1000000000', write a whole number above zero, such as 3",
        "authorizations.csv:5: unit_price: found a price without tax_id, or of a referral; write whose authorization it is",
        "authorizations.csv:6: unit_price: found a price without tax_id, or of a referral; write whose authorization it is",
    ]
    assert files.rows("authorizations") == []


def test_a_wrong_heading_tells_which_columns_may_be_left_out(files: Files) -> None:
    told = f"found no column quantity; write {AUTHORIZATIONS} and, where you need them, {MORE_OF_AUTHORIZATIONS}"
    assert files.load("authorizations", AUTHORIZATIONS.removesuffix(",quantity"), "") == (
        1,
        [f"authorizations.csv:1: {told}"],
    )


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("", f"found nothing; write the columns' names in line 1: {CONTRACTS}"),
        ("tax_id,npi,product,contract,effective", f"found no column ends; write {CONTRACTS}"),
        (f"{CONTRACTS},name", f"found unknown columns name; write {CONTRACTS}"),
        (f"{CONTRACTS},npi", f"found twice npi; write {CONTRACTS}"),
    ],
)
def test_a_wrong_heading_is_told_with_the_right_one(files: Files, heading: str, told: str) -> None:
    assert files.load("contracts", heading, RIVERSIDE) == (1, [f"contracts.csv:1: {told}"])


def test_an_open_quotation_mark_and_bytes_that_are_not_utf_8_are_told_by_their_line(
    files: Files, cli: Command, tmp_path: Path
) -> None:
    code, told = files.load("contracts", CONTRACTS, RIVERSIDE, '"999000011,x')
    assert code == 1
    assert told[0].startswith("contracts.csv:3: found a line that is no CSV")
    file = tmp_path / "latin.csv"
    file.write_bytes(f"{MEMBERS}\n{ALPHA}\n".encode().replace(b"ALPHA", b"\xc4LPHA"))
    ended = cli("load", "members", file, "--database", files.database)
    assert ended.code == 1
    assert ended.err.endswith("latin.csv:2: found bytes that are not UTF-8; save the file as UTF-8\n")


def test_messages_repeat_nothing_that_identifies_a_person(files: Files) -> None:
    _, told = files.load("members", MEMBERS, "SECRET1,SECRET2,SECRET\u0007,SECRET\u0007,1899-99-99,F,18,,,,,,,")
    assert "SECRET" not in "".join(told)
    assert "1899" not in "".join(told)


ACCUMULATORS = "source,source_id,member_id,served_on,accumulator,tier,amount"
AMOUNT = "pharmacy,RX1,MM1,2026-03-01,deductible,in_network,30.00"


def test_what_a_pharmacy_counted_is_loaded_once(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    again = "accumulators.csv: 0 amounts loaded into store.sqlite, 1 known before."
    assert files.load("accumulators", ACCUMULATORS, AMOUNT) == (
        0,
        ["accumulators.csv: 1 amounts loaded into store.sqlite."],
    )
    assert files.load("accumulators", ACCUMULATORS, AMOUNT) == (0, [again])
    # one row for the member, one for the family
    assert len(files.rows("outside_entries")) == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            "pharmacy,RX1,MM1,2026-03-01,deductible,in_network,30.01",
            "source_id: found another amount under this name before; write each amount under a name of its own",
        ),
        (
            "pharmacy,RX1,MM1,2026-03-02,deductible,in_network,30.00",
            "source_id: found another amount under this name before; write each amount under a name of its own",
        ),
        (
            "pharmacy,RX2,MM1,2026-03-01,deductible,in_network,-35.01",
            "amount: found -35.01, more than pharmacy has counted; take back less",
        ),
        (
            "other,RX2,MM1,2026-03-01,deductible,in_network,-0.01",
            "amount: found -0.01, more than other has counted; take back less",
        ),
        (
            "pharmacy,RX2,MM7,2026-03-01,deductible,in_network,1.00",
            "member_id: found a member who is not on file; load the member first",
        ),
        (
            "pharmacy,RX2,MM1,2024-12-31,deductible,in_network,1.00",
            "served_on: found 2024-12-31, on which the member has no plan; write a day of coverage",
        ),
        (
            "pharmacy,RX2,MM1,9999-01-01,deductible,in_network,1.00",
            "served_on: found 9999-01-01, a day to come; write the day of the service",
        ),
        (
            "claim,RX2,MM1,2026-03-01,deductible,in_network,1.00",
            "source: found claim, which is the engine's own; write another name",
        ),
        (
            "reversal,RX2,MM1,2026-03-01,deductible,in_network,1.00",
            "source: found reversal, which is the engine's own; write another name",
        ),
        (
            "Pharmacy,RX2,MM1,2026-03-01,deductible,in_network,1.00",
            "source: found 'Pharmacy', write small letters, digits and hyphens, such as pharmacy",
        ),
        (
            "pharmacy,RX2,MM1,2026-03-01,copay,in_network,1.00",
            "accumulator: found 'copay', write copays, deductible or out_of_pocket",
        ),
        (
            "pharmacy,RX2,MM1,2026-03-01,deductible,in_network,0",
            "amount: found '0', write dollars with at most two decimals, such as 130.50 or -7.25",
        ),
        (
            "pharmacy,RX2,MM1,2026-03-01,deductible,in_network,1.00,maybe",
            "alone: found 'maybe', write no or yes",
        ),
        (
            "pharmacy,RX2,MM1,2026-03-01,deductible,in_network,1.005",
            "amount: found '1.005', write dollars with at most two decimals, such as 130.50 or -7.25",
        ),
    ],
)
def test_an_amount_that_cannot_be_is_told_by_line_and_nothing_is_loaded(files: Files, row: str, told: str) -> None:
    files.load("members", MEMBERS, ALPHA)
    files.load("accumulators", ACCUMULATORS, AMOUNT)
    good = "pharmacy,RX9,MM1,2026-03-01,deductible,in_network,5.00,"
    row += "," * (good.count(",") - row.count(","))
    assert files.load("accumulators", f"{ACCUMULATORS},alone", good, row) == (1, [f"accumulators.csv:3: {told}"])
    assert len(files.rows("outside_entries")) == 2


def test_a_row_takes_back_all_that_its_source_counted(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    files.load("accumulators", ACCUMULATORS, AMOUNT)
    back = "pharmacy,RX1-BACK,MM1,2026-03-01,deductible,in_network,-30.00"
    assert files.load("accumulators", ACCUMULATORS, back)[0] == 0


def test_an_overshoot_is_told_where_it_is_loaded_and_where_it_is_shown(files: Files, cli: Command) -> None:
    # the plan's out-of-pocket maximum in network is 4,000.00: 3,900.00 and 300.00 are 200.00 too much (domain/04 row 17)
    files.load("members", MEMBERS, ALPHA)
    rows = [f"{source},A1,MM1,2026-03-01,out_of_pocket,in_network,{amount}" for source, amount in OVERSHOT]
    over = (
        "The member's out-of-pocket limit (in network) of the period from 2026-01-01: 4,200.00 used, 200.00 over its limit of "
        "4,000.00."
    )
    assert files.load("accumulators", ACCUMULATORS, rows[0])[1] == [
        "accumulators.csv: 1 amounts loaded into store.sqlite."
    ]
    code, told = files.load("accumulators", ACCUMULATORS, *rows)
    assert code == 0
    assert "accumulators.csv: 1 amounts loaded into store.sqlite, 1 known before." in told
    assert f"accumulators.csv:3: {over}" in " ".join(told).replace("accumulators.csv: 1 amounts", "")
    shown = cli("accumulators", "MM1", "--database", files.database)
    assert over in " ".join(shown.out.split())
    before = cli("accumulators", "MM1", "--as-of", "2026-03-31", "--database", files.database)
    assert "Nothing is used of any limit by 2026-03-31." in before.out


OVERSHOT = (("pharmacy", "3900.00"), ("vision", "300.00"))


def test_what_a_plan_carries_is_shown_as_such_unless_the_source_sends_it_alone(
    files: Files, cli: Command, tmp_path: Path
) -> None:
    # 180.00 of November carry to the deductible of 2027; 20.00 that are alone do not
    policies = tmp_path / "policies"
    shutil.copytree(DEMO, policies)
    plan = policies / "plans" / "ppo-gold.yaml"
    text = plan.read_text(encoding="utf-8")
    word = "    cost_share_order:"
    assert word in text
    carries = "    carry_over: {months: 3, accumulators: [deductible]}\n"
    plan.write_text(text.replace(word, carries + word), encoding="utf-8")
    files.load("members", MEMBERS, ALPHA)
    feed = tmp_path / "feed.csv"
    rows = ("RX1,MM1,2026-11-05,deductible,in_network,180.00,", "RX2,MM1,2026-11-05,deductible,in_network,20.00,yes")
    lines = (f"{ACCUMULATORS},alone", *(f"pharmacy,{row}" for row in rows))
    feed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ("--database", files.database, "--policies", policies, "--as-of", "2027-01-15")
    assert cli("load", "accumulators", feed, *options).code == 0
    shown = cli("accumulators", "MM1", *options).out.splitlines()
    assert [" ".join(line.split()) for line in shown if line.startswith(" ")] == [
        "2027-01-15 180.00 pharmacy RX1",
        "2027-01-15 20.00 pharmacy RX2",
        "2027-01-15 180.00 pharmacy RX1",
        "2027-01-15 20.00 pharmacy RX2",
        "2027-01-15 180.00 pharmacy RX1, carried",
        "2027-01-15 180.00 pharmacy RX1, carried",
    ]


def test_a_member_who_is_not_on_file_has_no_accumulators(files: Files, cli: Command) -> None:
    files.load("members", MEMBERS, ALPHA)
    ended = cli("accumulators", "MM7", "--database", files.database)
    assert (ended.code, "There is no such member." in ended.err) == (2, True)


def test_other_coverage_is_loaded_with_all_its_evidence(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    code, told = files.load(
        "other-coverage",
        f"{OTHER_COVERAGE},{MORE_OF_OTHER_COVERAGE}",
        "MM1,ours,,,2025-01-01,,,,,,,,yes,,no,,19,,,,,,2026-01-15,",
        "MM1,group,FARAWAY,FARAWAY HEALTH,2020-01-01,2026-12-31,no,yes,1985-06-15,apart,custodial,yes,no,no,yes,2019-05-01,250,,,,"
        ",,,2026-02-01",
        "MM1,medicare,12345,MEDICARE,2026-01-01,,,,,,,,,,,,,kidney,2026-01-09,AB,,,,",
        "MM1,work,MILL,MILL INSURANCE,2026-01-01,,,,,,,,,,,,,,,,S93.4 M54,2026-01-20,,",
    )
    assert (code, told) == (0, ["other-coverage.csv: other coverage of 1 members loaded into store.sqlite."])
    loaded = [msgspec.json.decode(str(row[-1]), type=KnownCoverage) for row in files.rows("other_coverages")]
    assert sorted(loaded, key=lambda known: known.payer_id) == [
        KnownCoverage(
            kind=CoverageKind.OURS,
            span=Span(dt.date(2025, 1, 1)),
            active=True,
            continuation=False,
            employees=19,
            verified_on=dt.date(2026, 1, 15),
        ),
        KnownCoverage(
            kind=CoverageKind.MEDICARE,
            span=Span(dt.date(2026, 1, 1)),
            payer_id="12345",
            payer_name="MEDICARE",
            medicare_reason=MedicareReason.KIDNEY,
            eligible_on=dt.date(2026, 1, 9),
            medicare_parts="AB",
        ),
        KnownCoverage(
            kind=CoverageKind.GROUP,
            span=Span(dt.date(2020, 1, 1), dt.date(2026, 12, 31)),
            payer_id="FARAWAY",
            payer_name="FARAWAY HEALTH",
            coordinates=False,
            dependent=True,
            holder_born_on=dt.date(1985, 6, 15),
            parents=Parents.APART,
            holder=Holder.CUSTODIAL,
            decreed=True,
            active=False,
            asks_for_activity=False,
            continuation=True,
            covered_since=dt.date(2019, 5, 1),
            employees=250,
            asked_on=dt.date(2026, 2, 1),
        ),
        KnownCoverage(
            kind=CoverageKind.WORK,
            span=Span(dt.date(2026, 1, 1)),
            payer_id="MILL",
            payer_name="MILL INSURANCE",
            diagnoses=("S934", "M54"),
            claimed_on=dt.date(2026, 1, 20),
        ),
    ]


def test_a_row_of_none_takes_back_what_was_known_of_a_member(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    files.load("other-coverage", OTHER_COVERAGE, "MM1,medicaid,STATE,STATE MEDICAID,2026-01-01,")
    assert len(files.rows("other_coverages")) == 1
    code, told = files.load("other-coverage", OTHER_COVERAGE, "MM1,none,,,,")
    assert (code, told) == (0, ["other-coverage.csv: other coverage of 1 members loaded into store.sqlite."])
    assert files.rows("other_coverages") == []


def test_everything_wrong_with_other_coverage_is_told_at_once_and_nothing_is_loaded(files: Files) -> None:
    files.load("members", MEMBERS, ALPHA)
    code, told = files.load(
        "other-coverage",
        f"{OTHER_COVERAGE},dependent,parents,employees,medicare_parts,diagnoses",
        "MM1,ours,FARAWAY,,2026-01-01,,,,,,",
        "MM1,group,,,2026-01-01,,maybe,married,0,AX,",
        "MM1,none,,,,,,,,,",
        "MM1,work,MILL,,2026-01-01,2025-01-01,,,,,back pain",
        "MM1,group,NEARBY,,2026-01-01,2026-06-30,,,,,",
        "MM1,group,NEARBY,,2026-06-30,,,,,,",
        "MM7,none,STATE,,,,,,,,",
        "MM1,kin,NEARBY,,2026-01-01,,,,,,",
    )
    assert code == 1
    assert told == [
        "other-coverage.csv:2: payer_id: found a payer of ours, write nothing",
        "other-coverage.csv:3: dependent: found 'maybe', write no or yes",
        "other-coverage.csv:3: employees: found '0', write a whole number above zero, such as 3",
        "other-coverage.csv:3: medicare_parts: found 'AX', write letters of A, B, C and D, such as AB, or nothing",
        "other-coverage.csv:3: parents: found 'married', write apart, joint or together",
        "other-coverage.csv:3: payer_id: found nothing, write the payer's id",
        "other-coverage.csv:4: kind: found none beside other rows of the member; write one of the two",
        "other-coverage.csv:5: ends: found 2025-01-01, which lies before effective 2026-01-01; write a later day or nothing",
        "other-coverage.csv:7: effective: found days that line 6 has too; write stretches that share no day",
        "other-coverage.csv:8: member_id: found no such member on file; load the members first, or write a member's number",
        "other-coverage.csv:8: payer_id: found something beside none; write another kind, or nothing",
        "other-coverage.csv:9: kind: found 'kin', write black-lung, group, individual, liability, medicaid, medicare, no-fault, "
        "none, ours, public-program, tricare, veterans or work",
    ]
    assert files.rows("other_coverages") == []


def test_decided_claims_that_changed_facts_judge_otherwise_are_named(
    cli: Command, decided: Path, tmp_path: Path
) -> None:
    file, store = tmp_path / "other-coverage.csv", decided / "store.sqlite"
    file.write_text(
        f"{OTHER_COVERAGE},dependent\nMM000102,group,FARAWAY,FARAWAY HEALTH,2020-01-01,,no\n", encoding="utf-8"
    )
    ended = cli("load", "other-coverage", file, "--database", store, "--as-of", "2026-03-22")
    assert ended.code == 0
    told = r"Claim (C\w{15}) is decided and waits for a reviewer \(coordination\): task (\1-\d)\."
    named = [re.fullmatch(told, line) for line in ended.err.splitlines()]
    assert named and all(named)
    with closing(sqlite3.connect(store)) as connection:
        opened = connection.execute(
            "SELECT task_id FROM tasks WHERE rule = 'changed.other-coverage' AND state = 'open'"
        )
        assert {match[2] for match in named if match} == {task_id for (task_id,) in opened}
