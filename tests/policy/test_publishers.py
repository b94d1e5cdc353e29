"""Publishers' files are read as they are laid out, and a bad one is told by file and row."""

import datetime as dt
import gzip
import hashlib
import io
import zipfile

import pytest

from adjudicator.model.dates import Span
from adjudicator.policy.coding_tables import AddOn, Indicators, PairEdit, ProcedurePairs, Setting, UnitLimit
from adjudicator.policy.load import PolicyErrors, compile_policies, inspect_policies
from adjudicator.policy.load.mistakes import PolicyError
from adjudicator.policy.load.publishers.rows import MOST_MISTAKES, day_of, end_of
from adjudicator.policy.policy_set import PolicySet
from tests.policy.small_set import CITE, small_set

FIRST, LAST = dt.date(2024, 7, 1), dt.date(2024, 9, 30)
DAY = dt.date(2024, 8, 15)

PAIR_TITLES = (
    "CPT only copyright 2023 American Medical Association.\t\t\t\t\t\t\n"
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "\t\t\t\t*=no data\t1=allowed\t\n"
    "\t\t\t\t\t9=not applicable\t\n"
)
PAIR_CSV = "column_1,column_2,deletion,modifier_indicator,rationale\n"
LIMIT_CSV = "hcpcs_code,mue_units,mue_mai,mue_rationale,mue_service\n"
ADD_ON_CSV = "primary_code,add_on_code,aoc_edit_type\n"
INDICATOR_TITLES = (
    ",,2025 National Physician Fee Schedule Relative Value File,,,,,,,,,,,,,\n"
    ",,RELEASED 12/23/2024,,,,,,,,,,,,,\n"
    ",,,,NON-FAC,,,,,,,,,,,\n"
    ",,,STATUS,NA,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,ENDO\n"
    "HCPCS,MOD,DESCRIPTION,CODE,INDICATOR,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE\n"
)

LAYOUTS = {
    "procedure-pairs": "ncci-ptp",
    "unit-limits": "ncci-mue",
    "add-on-codes": "ncci-add-on",
    "procedure-indicators": "pprrvu",
}


def version(file: str, content: bytes, layout: str, effective: dt.date = FIRST, ends: dt.date | None = LAST) -> str:
    return f"""\
  - effective: {effective}
    {f"ends: {ends}" if ends else ""}
    {CITE}
    publisher: A test
    period: A quarter
    layout: {layout}
    file: {file}
    sha256: {hashlib.sha256(content).hexdigest()}
"""


def binding(lists: str, *versions: str, more: str = "") -> bytes:
    return f"kind: table\ntitle: {lists}\nlists: {lists}\n{more}versions:\n{''.join(versions)}".encode()


def bound(lists: str, content: bytes | str, name: str = "big.csv") -> dict[str, bytes]:
    """The small set with one coding table of one version."""
    content = content.encode() if isinstance(content, str) else content
    layout = next(layout for family, layout in LAYOUTS.items() if lists.startswith(family))
    one = version(f"tables/{name}", content, layout)
    return {**small_set(), f"tables/{name}": content, f"tables/{lists}.yaml": binding(lists, one)}


def read(lists: str, content: bytes | str, name: str = "big.csv") -> PolicySet:
    return compile_policies(bound(lists, content, name))


def told(lists: str, content: bytes | str, name: str = "big.csv") -> list[str]:
    with pytest.raises(PolicyErrors) as raised:
        read(lists, content, name)
    return [str(mistake) for mistake in raised.value.errors]


def pairs(content: bytes | str, name: str = "big.csv") -> ProcedurePairs:
    table = read("procedure-pairs-practitioner", content, name).coding_on(DAY).pairs.get(Setting.PRACTITIONER)
    assert table is not None
    return table


def test_the_publishers_text_of_pairs_is_read_with_its_titles_and_days():
    table = pairs(
        PAIR_TITLES + "11721\t11720\t\t20150101\t*\t0\tMisuse\n"
        "20610\t96372\t*\t19960101\t20240815\t1\tStandards\n"
        "20610\t96372\t \t20240816\t*\t0\tStandards\n",
        "pairs.txt",
    )
    assert table.find("11721", "11720", DAY) == PairEdit("0", Span(dt.date(2015, 1, 1)), "Misuse")
    assert table.find("20610", "96372", DAY) == PairEdit("1", Span(dt.date(1996, 1, 1), DAY), "Standards")
    after = table.find("20610", "96372", DAY + dt.timedelta(days=1))
    assert after is not None
    assert after.modifier_indicator == "0"


def test_pairs_without_any_heading_are_read_by_their_places():
    table = pairs("00100\t0213T\t\t20150101\t*\t1\tGround\n", "pairs.txt")
    assert table.find("00100", "0213T", DAY) == PairEdit("1", Span(dt.date(2015, 1, 1)), "Ground")


def test_pairs_in_columns_of_fixed_width_are_read_below_their_titles():
    table = pairs(
        "Pairs of the quarter\n\n"
        "11721 11720   20150101 *        0 Misuse, of one with another\n"
        "20610 96372 * 19960101 20240815 1\n",
        "pairs.txt",
    )
    assert table.find("11721", "11720", DAY) == PairEdit("0", Span(dt.date(2015, 1, 1)), "Misuse, of one with another")
    assert table.find("20610", "96372", DAY) == PairEdit("1", Span(dt.date(1996, 1, 1), DAY), "")
    (mistake,) = told(
        "procedure-pairs-practitioner", "11721 11720   20150101 *        0 Misuse\n11721 no pair\n", "pairs.txt"
    )
    assert mistake == "tables/pairs.txt:2: found '11721 no pair'; write a line of the same form as the others"


def test_pairs_with_the_deletion_alone_hold_from_the_first_day_of_their_version():
    table = pairs(f"{PAIR_CSV}11721,11720,9999-12-31,1,Ground\n11721,11720,2013-12-31,0,Ground\n")
    assert table.find("11721", "11720", DAY) == PairEdit("1", Span(FIRST), "Ground")


def test_a_row_that_ended_before_its_version_is_met_by_no_line_and_one_that_ends_on_its_first_day_is():
    table = pairs(f"{PAIR_CSV}11721,11720,2024-06-30,1,\n20610,96372,2024-07-01,1,\n")
    assert table.find("11721", "11720", FIRST) is None
    assert table.find("20610", "96372", FIRST) is not None
    assert table.find("20610", "96372", FIRST + dt.timedelta(days=1)) is None


def test_a_pair_that_was_deleted_as_of_its_first_day_never_holds():
    table = pairs("11721\t11720\t\t20240801\t20240801\t9\tGround\n", "pairs.txt")
    assert table.find("11721", "11720", dt.date(2024, 8, 1)) is None


def test_stray_spaces_and_the_mark_of_utf_8_change_nothing():
    table = pairs(f"\ufeff{PAIR_CSV} 11721 , 11720,9999-12-31 , 1, Ground \n")
    assert table.find("11721", "11720", DAY) == PairEdit("1", Span(FIRST), "Ground")


def test_a_gzip_and_the_text_in_a_zip_are_read_like_the_file_itself():
    content = f"{PAIR_CSV}11721,11720,9999-12-31,1,Ground\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Read me.pdf", b"no table")
        archive.writestr("Pairs v1.TXT", content)
    for name, bytes_ in (("pairs.csv.gz", gzip.compress(content)), ("pairs.zip", packed.getvalue())):
        assert pairs(bytes_, name).find("11721", "11720", DAY) is not None


def test_a_zip_with_several_texts_needs_the_name_of_one():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.csv", f"{PAIR_CSV}11721,11720,9999-12-31,1,Ground\n")
        archive.writestr("two.csv", PAIR_CSV)
    lists = "procedure-pairs-practitioner"
    assert "write member: one.csv or two.csv" in told(lists, packed.getvalue(), "pairs.zip")[0]
    files = bound(lists, packed.getvalue(), "pairs.zip")
    named = files[f"tables/{lists}.yaml"] + b"    member: one.csv\n"
    table = compile_policies(files | {f"tables/{lists}.yaml": named}).coding_on(DAY).pairs.get(Setting.PRACTITIONER)
    assert table is not None
    assert table.find("11721", "11720", DAY) is not None


def test_a_file_that_cannot_be_unpacked_is_told():
    content = gzip.compress(PAIR_CSV.encode() + b"11721,11720,2013-12-31,1,Ground\n" * 100)
    for name, bytes_ in (("pairs.csv.gz", content[:-20]), ("pairs.csv.gz", b"no gzip"), ("pairs.zip", b"no zip")):
        (mistake,) = told("procedure-pairs-practitioner", bytes_, name)
        assert f"tables/{name}:1: found a file that cannot be unpacked" in mistake


def test_unit_limits_are_read_in_the_publishers_words_and_in_plain_columns():
    titled = (
        "CPT only copyright,,,\nHCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n"
        "00100,1,2 Date of Service Edit: Policy,CMS Policy\nA0425,250,1 Line Edit,CMS Policy\n"
    )
    for content in (titled, f"{LIMIT_CSV}00100,1,2,CMS Policy,Practitioner\nA0425,250,1,CMS Policy,Practitioner\n"):
        limits = read("unit-limits-practitioner", content).coding_on(DAY).unit_limits.get(Setting.PRACTITIONER)
        assert limits is not None
        assert limits.limit("00100") == UnitLimit(1, "2", "CMS Policy")
        assert limits.limit("A0425") == UnitLimit(250, "1", "CMS Policy")


def test_add_on_codes_without_days_hold_on_every_day_of_their_version():
    codes = (
        read("add-on-codes", f"{ADD_ON_CSV}CCCCC,0054T,2\n0070U,0071U,1\nCCCCC,0099T,3\n20610,0099T,3\n")
        .coding_on(DAY)
        .add_on_codes
    )
    assert codes is not None
    assert codes.add_on("0054T", DAY) == AddOn("2", frozenset(), True, Span(FIRST))
    assert codes.add_on("0071U", DAY) == AddOn("1", frozenset({"0070U"}), False, Span(FIRST))
    assert codes.add_on("0099T", DAY) == AddOn("3", frozenset({"20610"}), True, Span(FIRST))


def test_add_on_codes_with_days_have_the_primaries_of_each_day():
    heading = "AOC\tAOC_Del_Dt\tPrimary_Code\tPrimary_Code_Del_Dt\tAOC_Edit_Type\tAOC_Edit_Eff_Dt\tAOC_Edit_Del_Dt\n"
    # Day 228 of 2024, a leap year, is 15 August.
    rows = "0071U\t\t20610\t\t1\t2020001\t2024228\n0071U\t\t20611\t2024243\t1\t2020001\t9999365\n"
    codes = read("add-on-codes", heading + rows, "add-on.txt").coding_on(DAY).add_on_codes
    assert codes is not None
    named = {offset: codes.add_on("0071U", DAY + dt.timedelta(days=offset)) for offset in (0, 1, 15, 16)}
    assert [found and sorted(found.primaries) for found in named.values()] == [
        ["20610", "20611"],
        ["20611"],
        ["20611"],
        None,
    ]


def test_indicators_are_read_under_a_heading_of_several_rows():
    table = read("procedure-indicators", f"{INDICATOR_TITLES}27447,,,A,NA,0,090,0.10,0.69,0.21,2,1,2,1,0,\n\x1a\n")
    indicators = table.coding_on(DAY).indicators
    assert indicators is not None
    assert indicators.indicators("27447") == Indicators(
        status="A",
        pctc="0",
        global_days="090",
        preoperative_basis_points=1000,
        intraoperative_basis_points=6900,
        postoperative_basis_points=2100,
        multiple_procedure="2",
        bilateral="1",
        assistant="2",
        co_surgeon="1",
        team="0",
        not_outside_facility=True,
    )


@pytest.mark.parametrize(
    ("lists", "content", "mistake"),
    [
        (
            "procedure-pairs-practitioner",
            "column_1,column_2,deletion,indicator,rationale\n11721,11720,9999-12-31,1,Ground\n",
            "big.csv:1: found 'column_1, column_2, deletion, indicator, rationale' as heading; "
            "write it with column modifier_indicator",
        ),
        (
            "procedure-pairs-practitioner",
            f"{PAIR_CSV}11721,11720,9999-12-31,1,A\n20610,96372,9999-12-31,1,A\n11721,11720,2024-08-01,0,A\n",
            "big.csv:4: column_1: found 11721 with 11720 again, in force on days of row 2 too; write a pair once for a day",
        ),
        (
            "procedure-pairs-practitioner",
            f"{PAIR_CSV}11721,11720,9999-12-31,1,A\n100,11720,9999-12-31,1,A\n",
            "big.csv:3: column_1: found '100', which has lost its leading zero; write 00100",
        ),
        (
            "procedure-pairs-practitioner",
            f"{PAIR_CSV}11721,11720,9999-12-31,2,A\n",
            "big.csv:2: modifier_indicator: found '2'; write 0, 1 or 9",
        ),
        (
            "procedure-pairs-practitioner",
            f"{PAIR_CSV}11721,11720,31.12.2024,1,A\n",
            "big.csv:2: deletion: found '31.12.2024'; write a day such as 20240701 or 2024-07-01, or * for none",
        ),
        (
            "procedure-pairs-practitioner",
            f"{PAIR_CSV}11721,11720\n",
            "big.csv:2: found 2 columns; write at least 4: column_1, column_2, deletion, modifier_indicator",
        ),
        ("procedure-pairs-practitioner", "", "big.csv:1: found no rows; write the publisher's file as it is"),
        (
            "unit-limits-practitioner",
            f"{LIMIT_CSV}99213,1,4,A,B\n",
            "big.csv:2: mue_mai: found '4'; write 1, 2 or 3",
        ),
        (
            "unit-limits-practitioner",
            f"{LIMIT_CSV}99213,one,3,A,B\n",
            "big.csv:2: mue_units: found 'one'; write a whole number of units",
        ),
        (
            "unit-limits-practitioner",
            f"{LIMIT_CSV}99213,1,3,A,B\n99213,2,3,A,B\n",
            "big.csv:3: hcpcs_code: found 99213 again after row 2; write each code once",
        ),
        (
            "add-on-codes",
            f"{ADD_ON_CSV}20610,71U,1\n",
            "big.csv:2: add_on_code: found '71U', which has lost its leading zero; write 0071U",
        ),
        ("add-on-codes", f"{ADD_ON_CSV}20610,0071U,4\n", "big.csv:2: aoc_edit_type: found '4'; write 1, 2 or 3"),
        (
            "add-on-codes",
            f"{ADD_ON_CSV}20610,0071U,1\n20611,0071U,3\n",
            "big.csv:3: aoc_edit_type: found type 3 for 0071U, which is of type 1 in row 2; write one type",
        ),
        (
            "add-on-codes",
            f"{ADD_ON_CSV}20610,0071U,1\n20610,0071U,1\n",
            "big.csv:3: primary_code: found 0071U with 20610 again, in force on days of row 2 too; write a pair once for a day",
        ),
        (
            "procedure-indicators",
            f"{INDICATOR_TITLES}27447,,,A,,0,90,0.10,0.69,0.21,2,1,2,1,0,\n",
            "big.csv:6: glob_days: found '90'; write 000, 010, 090, MMM, XXX, YYY or ZZZ",
        ),
        (
            "procedure-indicators",
            f"{INDICATOR_TITLES}27447,,,A,,0,090,10,0.69,0.21,2,1,2,1,0,\n",
            "big.csv:6: pre_op: found '10'; write a share from 0 to 1, such as 0.10",
        ),
    ],
)
def test_a_bad_table_is_told_by_file_and_row(lists: str, content: str, mistake: str):
    assert told(lists, content) == [f"tables/{mistake}"]


def test_every_bad_row_is_told_up_to_as_many_as_one_can_read():
    rows = "".join(f"{number},1,3,A,B\n" for number in range(1000, 3000))
    mistakes = told("unit-limits-practitioner", LIMIT_CSV + rows)
    assert len(mistakes) == MOST_MISTAKES + 1
    assert mistakes[0].startswith("tables/big.csv:2: hcpcs_code: found '1000'")
    cut = f"found {MOST_MISTAKES} mistakes, and the file is read no further; mend them first"
    assert sum(mistake.endswith(cut) for mistake in mistakes) == 1


def two_quarters(first: str, second: str) -> dict[str, bytes]:
    """Two versions of one table; the arguments are the lines of the versions' last days."""
    content = f"{LIMIT_CSV}99213,1,3,A,B\n".encode()
    older = version("tables/big.csv", content, "ncci-mue", dt.date(2024, 4, 1), dt.date.fromisoformat(first))
    newer = version("tables/big.csv", content, "ncci-mue", dt.date(2024, 7, 1), dt.date.fromisoformat(second))
    lists = "unit-limits-practitioner"
    return {**small_set(), "tables/big.csv": content, f"tables/{lists}.yaml": binding(lists, newer, older)}


def mistakes_of(files: dict[str, bytes]) -> tuple[PolicyError, ...]:
    with pytest.raises(PolicyErrors) as raised:
        compile_policies(files)
    return raised.value.errors


def test_overlapping_quarters_are_a_mistake():
    (mistake,) = mistakes_of(two_quarters("2024-07-01", "2024-09-30"))
    assert mistake.message == "found 2024-07-01, which overlaps the version of 2024-07-01; write 2024-06-30"
    assert (mistake.file, mistake.line) == ("tables/unit-limits-practitioner.yaml", 14)
    assert compile_policies(two_quarters("2024-06-30", "2024-09-30"))


def test_a_quarter_that_is_left_out_is_doubtful_and_its_lines_wait():
    files = two_quarters("2024-06-29", "2024-09-30")
    policies, warnings = inspect_policies(files, {}, lambda case, policies: None)  # type: ignore[arg-type, return-value]
    assert "lines between wait" in "".join(str(warning) for warning in warnings)
    assert policies.coding_on(dt.date(2024, 6, 29)).unit_limits.get(Setting.PRACTITIONER) is not None
    assert policies.coding_on(dt.date(2024, 6, 30)).unit_limits.get(Setting.PRACTITIONER) is None
    assert policies.coding_on(dt.date(2024, 7, 1)).unit_limits.get(Setting.PRACTITIONER) is not None


def test_a_coding_table_says_how_long_its_period_lasts():
    content = f"{LIMIT_CSV}99213,1,3,A,B\n".encode()
    lists = "unit-limits-practitioner"
    endless = binding(lists, version("tables/big.csv", content, "ncci-mue", ends=None))
    (mistake,) = mistakes_of({**small_set(), "tables/big.csv": content, f"tables/{lists}.yaml": endless})
    assert "found no ends; write the last day of the publisher's period" in mistake.message


def test_a_layout_of_another_table_is_a_mistake():
    content = f"{LIMIT_CSV}99213,1,3,A,B\n".encode()
    lists = "unit-limits-practitioner"
    wrong = binding(lists, version("tables/big.csv", content, "ncci-ptp"))
    (mistake,) = mistakes_of({**small_set(), "tables/big.csv": content, f"tables/{lists}.yaml": wrong})
    assert mistake.message == f"found ncci-ptp for a table that lists {lists}; write ncci-mue"


def test_a_file_that_changed_since_it_was_bound_is_a_mistake():
    files = bound("unit-limits-practitioner", f"{LIMIT_CSV}99213,1,3,A,B\n")
    changed = files["tables/big.csv"].replace(b"99213,1", b"99213,2")
    (mistake,) = mistakes_of(files | {"tables/big.csv": changed})
    assert mistake.message.startswith("found a checksum that is not that of tables/big.csv; write ")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20240229", dt.date(2024, 2, 29)),
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("2/29/2024", dt.date(2024, 2, 29)),
        ("2024060", dt.date(2024, 2, 29)),
        ("2024366", dt.date(2024, 12, 31)),
    ],
)
def test_a_day_is_read_however_the_publisher_writes_it(text: str, day: dt.date):
    assert day_of(text) == day
    assert end_of(text) == day


@pytest.mark.parametrize("text", ["", "20230229", "2023366", "2024000", "today", "1/2", "99999999999"])
def test_what_is_no_day_is_not_read_as_one(text: str):
    with pytest.raises(ValueError):
        day_of(text)


@pytest.mark.parametrize("text", ["", "*", "0", "99991231", "9999-12-31", "9999365", "9999999", "12/31/9999"])
def test_a_row_without_a_last_day_has_none(text: str):
    assert end_of(text) is None


def test_only_a_coding_table_says_what_becomes_of_a_missing_period():
    files = small_set()
    places = files["tables/places.yaml"].replace(b"versions:", b"missing_period: previous\nversions:")
    (mistake,) = mistakes_of(files | {"tables/places.yaml": places})
    assert mistake.message == "found on a table that lists places; leave it out: it is for coding tables"
    content = f"{LIMIT_CSV}99213,1,3,A,B\n".encode()
    lists = "unit-limits-practitioner"
    bound_so = binding(lists, version("tables/big.csv", content, "ncci-mue"), more="missing_period: previous\n")
    policies = compile_policies({**files, "tables/big.csv": content, f"tables/{lists}.yaml": bound_so})
    day = LAST + dt.timedelta(days=1)
    assert policies.coding_tables[lists].on(day).previous
    assert policies.coding_on(day).unit_limits.get(Setting.PRACTITIONER) is not None
