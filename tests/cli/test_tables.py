"""Publishers' tables are imported whole or not at all, listed, and compared."""

import shutil
from pathlib import Path

import pytest

from adjudicator.cli.payer import demo_policies
from adjudicator.policy.load import load_policies
from adjudicator.policy.load.publishers.changes import PIECE_ROWS, Change, changes
from tests.cli.conftest import Command
from tests.policy.test_publishers import DAY, LIMIT_CSV, PAIR_CSV, PAIR_TITLES

OUTPATIENT = "unit-limits-outpatient"


@pytest.fixture
def payer(tmp_path: Path) -> Path:
    folder = tmp_path / "payer"
    shutil.copytree(demo_policies(), folder)
    return folder


@pytest.fixture
def limits(tmp_path: Path) -> Path:
    file = tmp_path / "MUE 2024 Q3.CSV"
    file.write_text(f"{LIMIT_CSV}99213,1,3,A,B\n00100,1,2,A,B\n")
    return file


def state_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_copied_bound_and_used(cli: Command, payer: Path, limits: Path):
    ended = cli("policy", "tables", "import", OUTPATIENT, limits, "--effective", "2024-07-01", "--policies", payer)
    assert ended.code == 0, ended.err
    assert "2 rows hold from 2024-07-01 through 2024-09-30." in ended.out
    assert (payer / "tables" / OUTPATIENT / "2024-07-01.csv").read_bytes() == limits.read_bytes()
    table = load_policies(payer).coding_tables[OUTPATIENT].on(DAY).table
    assert table is not None
    assert table.stamp == f"tables/{OUTPATIENT}@2024-07-01"
    assert table.cite.section == "File MUE 2024 Q3.CSV"


def test_a_further_quarter_joins_the_ones_that_are_there_in_its_place(cli: Command, payer: Path, limits: Path):
    for effective in ("2024-07-01", "2025-01-01", "2024-10-01"):
        ended = cli("policy", "tables", "import", OUTPATIENT, limits, "--effective", effective, "--policies", payer)
        assert ended.code == 0, ended.err
    (payer / "tables" / f"{OUTPATIENT}.test.yaml").unlink(missing_ok=True)
    versions = load_policies(payer).coding_tables[OUTPATIENT].document.versions
    spans = [(str(version.span.effective), str(version.span.ends)) for version in versions]
    assert spans == [("2025-01-01", "2025-03-31"), ("2024-10-01", "2024-12-31"), ("2024-07-01", "2024-09-30")]


def test_comments_stay_with_what_they_are_about(cli: Command, payer: Path, limits: Path):
    document = payer / "tables" / "places.yaml"
    before = document.read_text()
    file = limits.with_name("places.csv")
    file.write_text(
        "pos_code,pos_type,pos_name\n11,Non-Facility,Office\n21,Facility,Inpatient Hospital\n28,Unassigned,None\n"
    )
    document.write_text(before.replace("  - effective", "  # The first edition.\n  - effective"))
    ended = cli("policy", "tables", "import", "places", file, "--effective", "2030-01-01", "--policies", payer)
    assert ended.code == 0, ended.err
    assert "2 rows hold from 2030-01-01. " in ended.out
    head, _, rest = document.read_text().partition("  - effective: 2030-01-01\n")
    assert head == before.partition("  - effective")[0]
    assert "  # The first edition.\n  - effective: 2015-10-01\n" in rest


@pytest.mark.parametrize(
    ("content", "effective", "told"),
    [
        (
            f"{LIMIT_CSV}99213,1,4,A,B\n100,x,3,A,B\n",
            "2024-07-01",
            ["CSV:2: mue_mai", "CSV:3: hcpcs_code", "CSV:3: mue_units"],
        ),
        ("code,limit\n99213,1\n", "2024-07-01", ["CSV:1: found 'code, limit' as heading"]),
        (f"{LIMIT_CSV}99213,1,3,A,B\n", "2024-08-01", ["found 2024-09-30, which overlaps the version of 2024-08-01"]),
        (f"{LIMIT_CSV}99213,2,3,A,B\n", "2024-07-01", ["below 2024-07-01; write the newest version first"]),
    ],
)
def test_a_bad_file_or_binding_changes_nothing_and_every_mistake_is_told(
    cli: Command, payer: Path, limits: Path, content: str, effective: str, told: list[str]
):
    cli("policy", "tables", "import", OUTPATIENT, limits, "--effective", "2024-07-01", "--policies", payer)
    before = state_of(payer)
    limits.write_text(content)
    ended = cli("policy", "tables", "import", OUTPATIENT, limits, "--effective", effective, "--policies", payer)
    assert ended.code == 1
    for part in told:
        assert part in ended.err
    assert "was not imported: nothing has been written." in ended.err
    assert state_of(payer) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("unit-limits", "--effective", "2024-07-01"), "Found kind unit-limits; write add-on-codes,"),
        ((OUTPATIENT, "--effective", "2024-07-01", "--ends", "2024-06-30"), "before --effective 2024-07-01"),
    ],
)
def test_what_cannot_be_meant_is_said(cli: Command, payer: Path, limits: Path, arguments: tuple[str, ...], told: str):
    kind, *more = arguments
    ended = cli("policy", "tables", "import", kind, limits, *more, "--policies", payer)
    assert ended.code == 2
    assert told in ended.err


def test_a_folder_without_a_payer_takes_no_table(cli: Command, tmp_path: Path, limits: Path):
    ended = cli("policy", "tables", "import", OUTPATIENT, limits, "--effective", "2024-07-01", "--policies", tmp_path)
    assert ended.code == 2
    assert "holds no payer.yaml" in ended.err


def test_hcpcs_stands_beside_the_other_procedures(cli: Command, payer: Path, tmp_path: Path):
    file = tmp_path / "hcpcs.csv"
    file.write_text("hcpcs_code,date_added,date_term\nA9999,2020-01-01,\nA9998,2020-01-01,2024-08-14\n")
    ended = cli("policy", "tables", "import", "hcpcs", file, "--effective", "2015-10-01", "--policies", payer)
    assert ended.code == 0, ended.err
    procedures = load_policies(payer).table("procedures", DAY)
    assert procedures.entry("99213", DAY)
    assert procedures.entry("A9999", DAY)
    assert procedures.entry("A9998", DAY) is None


def test_the_tables_are_listed_with_their_days_and_files(cli: Command, payer: Path):
    listed = cli("policy", "tables", "list", payer)
    assert listed.code == 0
    assert "add-on-codes (tables/add-on-codes.yaml)" in listed.out
    assert "    2020-01-01 through 2039-12-31: tables/add-on-codes.txt, ncci-add-on, " in listed.out
    (payer / "tables" / "add-on-codes.txt").write_text("changed")
    (payer / "tables" / "places.csv").unlink()
    listed = cli("policy", "tables", "list", payer)
    assert listed.code == 1
    assert "CHANGED since it was bound" in listed.out
    assert "MISSING" in listed.out
    assert "2 of them need attention" in listed.err


def test_a_diff_tells_what_was_added_removed_and_changed(cli: Command, tmp_path: Path):
    older, newer = tmp_path / "older.csv", tmp_path / "newer.txt"
    older.write_text(f"{PAIR_CSV}11721,11720,9999-12-31,1,A\n20610,96372,9999-12-31,1,A\n11102,17000,9999-12-31,0,A\n")
    newer.write_text(f"{PAIR_CSV}11721,11720,9999-12-31,1,A\n20610,96372,2024-09-30,1,A\n11103,17000,9999-12-31,0,A\n")
    ended = cli("policy", "tables", "diff", older, newer)
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "- 11102 17000  9999-12-31 0 A",
        "+ 11103 17000  9999-12-31 0 A",
        "~ 20610 96372  9999-12-31 1 A  ->  2024-09-30 1 A",
        f"{older} to {newer} (ncci-ptp): 1 added, 1 removed, 1 changed.",
    ]
    assert cli("policy", "tables", "diff", older, newer, "--most", "1").out.splitlines()[1:2] == [
        "... and 2 more: --most 0 shows all."
    ]


def test_files_that_say_the_same_have_no_changes(cli: Command, tmp_path: Path, limits: Path):
    ended = cli("policy", "tables", "diff", limits, limits)
    assert ended.code == 0
    assert "(ncci-mue): 0 added, 0 removed, 0 changed." in ended.out
    pairs = tmp_path / "pairs.txt"
    pairs.write_text(f"{PAIR_TITLES}11721\t11720\t\t20150101\t*\t0\tMisuse\n")
    assert "(ncci-ptp)" in cli("policy", "tables", "diff", pairs, pairs).out


def test_a_file_of_no_known_layout_is_not_compared(cli: Command, tmp_path: Path):
    file = tmp_path / "what.csv"
    file.write_text("one,two\n1,2\n")
    ended = cli("policy", "tables", "diff", file, file)
    assert ended.code == 2
    assert "has no heading that is known; write --layout with" in ended.err


def test_files_bigger_than_memory_should_hold_are_compared_in_pieces():
    older = [(f"{number:07d}", "one") for number in range(PIECE_ROWS + 10)]
    newer = [(key, "two" if key == "0000005" else said) for key, said in reversed(older) if key != "0200003"]
    assert list(changes(older, newer)) == [
        Change("0000005", ("one",), ("two",)),
        Change("0200003", ("one",), ()),
    ]
