"""Publishers' lists of codes are read as they are laid out, and each code is valid on the days that its list gives."""

import datetime as dt
import gzip
import hashlib
from pathlib import Path

import pytest

from adjudicator.model.dates import Span
from adjudicator.policy.code_lists import CodeEntry
from adjudicator.policy.load import PolicyErrors, compile_policies
from adjudicator.policy.load.publishers.code_lists import LIST_LAYOUTS
from adjudicator.policy.load.publishers.rows import Rows
from adjudicator.policy.load.table_files import content_at
from tests.policy.small_set import CITE, small_set

SPAN = Span(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def read(layout: str, content: bytes | str, name: str = "list.csv") -> dict[str, tuple[CodeEntry, ...]]:
    rows = Rows(name, content.encode() if isinstance(content, str) else content, SPAN.effective)
    codes = LIST_LAYOUTS[layout].read(rows, SPAN)
    assert rows.mistakes == []
    return codes


def told(layout: str, content: str) -> list[str]:
    rows = Rows("list.csv", content.encode(), SPAN.effective)
    assert LIST_LAYOUTS[layout].read(rows, SPAN) == {}
    return [str(mistake) for mistake in rows.mistakes]


def test_hcpcs_codes_have_their_own_days():
    codes = read(
        "hcpcs",
        "hcpcs_code,price,date_term,date_added,long_desc\nA0021,00,2024-06-30,1985-01-01,Text\nA0080,00,,1982-01-01,T\n",
    )
    assert codes["A0021"][0].span == Span(dt.date(1985, 1, 1), dt.date(2024, 6, 30))
    assert codes["A0080"] == (CodeEntry(span=Span(dt.date(1982, 1, 1))),)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("icd.csv", "code_nodot,code,kind,billable,description\nA00,A00,category,0,X\nA000,A00.0,subcategory,1,Y\n"),
        (
            "order.txt",
            "00001 A00     0 Cholera                                                      Cholera\n"
            "00002 A000    1 Cholera due to one, with a comma                             Cholera due to one, with a comma\n",
        ),
    ],
)
def test_diagnoses_are_valid_on_the_days_of_the_release_and_headings_are_no_leaves(name: str, content: str):
    for packed, file in ((content.encode(), name), (gzip.compress(content.encode()), f"{name}.gz")):
        codes = read("icd-10-cm", packed, file)
        assert {code: entries[0].billable for code, entries in codes.items()} == {"A00": False, "A000": True}
        assert codes["A000"][0].span == SPAN


def test_places_are_facilities_or_not_and_those_without_a_meaning_are_left_out():
    codes = read(
        "pos",
        "pos_code,pos_type,pos_name,text\n02,Facility,Patient\u2019s Home,\n11,Non-Facility,Office,\n28,Unassigned,Unassigned,\n",
    )
    assert sorted(codes) == ["02", "11"]
    assert (codes["02"][0].facility, codes["02"][0].description) == (True, "Patient\u2019s Home")
    assert not codes["11"][0].facility


def test_a_modifier_with_several_meanings_stands_once():
    codes = read("modifier-list", "mod_code,mod_type,mod_category,mod_description\nKX,H,,First\nKX,H,,Second\n25,C,,\n")
    assert {code: entries[0].description for code, entries in codes.items()} == {"KX": "First", "25": ""}


def test_reasons_say_in_their_text_how_they_are_used():
    heading = "adj_code,adj_type,adj_description,adj_usage,adj_notes,adj_start_date,adj_last_modified,adj_end_date\n"
    codes = read(
        "x12-reasons",
        f"{heading}18,CARC,Twice (Use only with Group Code OA except there),,,1995-01-01,,\n"
        "16,CARC,Lacks. At least one Remark Code must be provided.,,,1995-01-01,,\n"
        "45,CARC,Above,This amount cannot equal the total service or claim charge amount. "
        "(Use only with Group Codes PR or CO),,1995-01-01,,\n"
        "192,CARC,Paper,in the 837 transaction only,,2005-10-31,,2024-06-30\n",
    )
    assert codes["18"][0].groups == {"OA"}
    assert codes["16"][0].needs_remark
    assert (codes["45"][0].groups, codes["45"][0].partial) == (frozenset({"PR", "CO"}), True)
    assert codes["192"][0].claims_only
    assert codes["192"][0].span == Span(dt.date(2005, 10, 31), dt.date(2024, 6, 30))
    remarks = read("x12-remarks", f"{heading}M4,RARC,Alert: This,,,1997-01-01,,\nM1,RARC,X-ray,,,1997-01-01,,\n")
    assert {code: entries[0].alert for code, entries in remarks.items()} == {"M4": True, "M1": False}


@pytest.mark.parametrize(
    ("layout", "content", "mistake"),
    [
        (
            "pos",
            "code,name\n11,Office\n",
            "list.csv:1: found 'code, name' as heading; write it with columns pos_code, pos_type",
        ),
        (
            "pos",
            "pos_code,pos_type,pos_name\n1,Facility,X\n",
            "list.csv:2: pos_code: found '1'; write a place of service of two digits, such as 11",
        ),
        (
            "hcpcs",
            "hcpcs_code,date_added,date_term\nA0021,soon,\n",
            "list.csv:2: date_added: found 'soon' and nothing; write a day such as 20240701 or 2024-07-01",
        ),
        (
            "hcpcs",
            "hcpcs_code,date_added,date_term\nA0021,2024-01-02,2024-01-01\n",
            "list.csv:2: date_term: found 2024-01-01 before 2024-01-02; write a later day",
        ),
        (
            "nucc-taxonomy",
            "Code,Grouping\n207K00000X,G\n207K00000X,G\n",
            "list.csv:3: code: found 207K00000X again after row 2; write each code once",
        ),
        (
            "revenue-code-list",
            "code,display\n450,ER\n",
            "list.csv:2: code: found '450'; write a revenue code of four digits, such as 0450",
        ),
    ],
)
def test_a_bad_list_is_told_by_row(layout: str, content: str, mistake: str):
    assert told(layout, content) == [mistake]


def listed(lists: str, layout: str, content: str, effective: str = "2015-10-01") -> bytes:
    return f"""\
kind: table
title: A list
lists: {lists}
versions:
  - effective: {effective}
    {CITE}
    publisher: A test
    period: A release
    layout: {layout}
    file: tables/more.csv
    sha256: {hashlib.sha256(content.encode()).hexdigest()}
""".encode()


def test_a_list_that_a_payer_may_have_is_looked_up_like_any_other():
    content = "Code\n207R00000X\n"
    files = {
        **small_set(),
        "tables/more.csv": content.encode(),
        "tables/more.yaml": listed("taxonomies", "nucc-taxonomy", content),
    }
    policies = compile_policies(files)
    assert policies.table("taxonomies", SPAN.effective).entry("207R00000X", SPAN.effective)
    assert "taxonomies" not in compile_policies(small_set()).tables


def test_procedures_may_stand_in_two_tables_with_days_of_their_own():
    content = "hcpcs_code,date_added,date_term\nA9999,2020-01-01,2024-12-31\n"
    two = {
        **small_set(),
        "tables/more.csv": content.encode(),
        "tables/more.yaml": listed("procedures", "hcpcs", content),
    }
    procedures = compile_policies(two).tables["procedures"]
    for code, day, valid in (
        ("A9999", dt.date(2019, 12, 31), False),
        ("A9999", dt.date(2020, 1, 1), True),
        ("A9999", dt.date(2024, 12, 31), True),
        ("A9999", dt.date(2025, 1, 1), False),
        ("99213", dt.date(2024, 1, 1), True),
        ("99999", dt.date(2024, 1, 1), False),
    ):
        assert (procedures.on(day).entry(code, day) is not None) is valid


def test_a_second_table_of_another_list_is_a_mistake():
    content = "pos_code,pos_type,pos_name\n11,Facility,X\n"
    two = {**small_set(), "tables/more.csv": content.encode(), "tables/more.yaml": listed("places", "pos", content)}
    with pytest.raises(PolicyErrors) as raised:
        compile_policies(two)
    assert "found a second table that lists places; write its versions in tables/more.yaml" in str(raised.value)


@pytest.mark.parametrize(
    ("layout", "file", "count"),
    [
        ("hcpcs", "hcpcs_level2_2024jul.csv", 8_033),
        ("icd-10-cm", "icd10cm_2026apr.csv.gz", 98_186),
        ("pos", "place_of_service_2024.csv", 52),
        ("modifier-list", "modifiers_hcpcs.csv", 383),
        ("x12-reasons", "carc_2024.csv", 405),
        ("x12-remarks", "rarc_2024.csv", 1_171),
        ("nucc-taxonomy", "nucc_taxonomy_24.0.csv", 874),
        ("revenue-code-list", "cms_codesystems/CLM-REV-CNTR-CD.csv", 539),
        ("bill-type-list", "cms_codesystems/CLM-BILL-FREQ-CD.csv", 1_938),
    ],
)
def test_the_real_lists_are_read_whole(shared_data: Path, layout: str, file: str, count: int):
    rows = Rows(file, content_at(shared_data / "codes" / file), SPAN.effective)
    codes = LIST_LAYOUTS[layout].read(rows, SPAN)
    assert rows.mistakes == []
    assert len(codes) == count
    if layout == "icd-10-cm":
        assert sum(entries[0].billable for entries in codes.values()) == 74_719
