"""Coding tables made of plain rows, and the packed form that they are read from."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudicator.model.dates import Span
from adjudicator.policy.coding_tables import (
    AddOn,
    AddOnCodes,
    CodingTable,
    Indicators,
    PairEdit,
    ProcedureIndicators,
    ProcedurePairs,
    Setting,
    UnitLimit,
    UnitLimits,
)
from adjudicator.policy.document import Document
from adjudicator.policy.packed import Damaged, PackedPairs, PackedRows, PairPacker, RowPacker

QUARTER = Span(dt.date(2024, 7, 1), dt.date(2024, 9, 30))
LEAP_DAY = dt.date(2024, 2, 29)


def pair(indicator: str = "1", effective: dt.date = dt.date.min, ends: dt.date | None = None) -> PairEdit:
    return PairEdit(indicator, Span(effective, ends))


def test_a_pair_is_found_in_its_own_order_only():
    pairs = ProcedurePairs.of([("11721", "11720", pair("0"))])
    assert pairs.find("11721", "11720", LEAP_DAY) == pair("0")
    assert pairs.find("11720", "11721", LEAP_DAY) is None
    assert pairs.find("99213", "11720", LEAP_DAY) is None
    assert "11720" in pairs
    assert "11721" in pairs
    assert "99213" not in pairs


def test_a_pair_that_was_deleted_and_came_back_holds_on_the_days_of_either_row():
    first = pair("1", dt.date(2023, 1, 1), LEAP_DAY)
    second = pair("0", dt.date(2024, 4, 1))
    pairs = ProcedurePairs.of([("11721", "11720", second), ("11721", "11720", first)])
    assert pairs.find("11721", "11720", LEAP_DAY) == first
    assert pairs.find("11721", "11720", dt.date(2024, 3, 1)) is None
    assert pairs.find("11721", "11720", dt.date(2024, 4, 1)) == second
    assert pairs.find("11721", "11720", dt.date(2022, 12, 31)) is None


@pytest.mark.parametrize("code", ["", "9921", "99213 ", "ÄÖÜ", "99213\0", "a" * 50])
def test_a_code_of_another_shape_is_simply_not_listed(code: str):
    assert ProcedurePairs.of([("99213", "36415", pair())]).find(code, "36415", LEAP_DAY) is None
    assert UnitLimits.of([("99213", UnitLimit(1, "2"))]).limit(code) is None
    assert ProcedureIndicators.of([("99213", "", Indicators())]).indicators(code) is None


def test_unit_limits_keep_a_leading_zero():
    limits = UnitLimits.of([("00100", UnitLimit(1, "2")), ("0100T", UnitLimit(3, "3", "Clinical: Data"))])
    assert limits.limit("00100") == UnitLimit(1, "2")
    assert limits.limit("0100T") == UnitLimit(3, "3", "Clinical: Data")
    assert limits.limit("100") is None


def test_an_add_on_code_has_the_primaries_of_the_day():
    before = AddOn("1", frozenset({"11102"}), False, Span(dt.date(2019, 1, 1), dt.date(2023, 12, 31)))
    since = AddOn("3", frozenset({"11102", "11104"}), True, Span(dt.date(2024, 1, 1)))
    codes = AddOnCodes.of([("11103", before), ("11103", since)])
    assert codes.add_on("11103", dt.date(2023, 12, 31)) == before
    assert codes.add_on("11103", dt.date(2024, 1, 1)) == since
    assert codes.add_on("11103", dt.date(2018, 12, 31)) is None
    assert codes.add_on("11102", LEAP_DAY) is None


def test_indicators_are_those_of_the_component_where_it_has_a_row():
    whole, part = Indicators(pctc="1"), Indicators(pctc="1", global_days="XXX", supervision="01")
    table = ProcedureIndicators.of([("93306", "", whole), ("93306", "26", part)])
    assert table.indicators("93306") == whole
    assert table.indicators("93306", "26") == part
    assert table.indicators("93306", "TC") is None


def in_quarter(previous_allowed: bool) -> CodingTable:
    earlier = UnitLimits.of([], span=Span(dt.date(2024, 4, 1), dt.date(2024, 6, 30)))
    later = UnitLimits.of([("99213", UnitLimit(1, "2"))], span=QUARTER)
    return CodingTable(Document("tables/limits", "Limits", (later, earlier)), previous_allowed)


def test_each_day_meets_the_version_of_its_own_quarter():
    table = in_quarter(previous_allowed=False)
    versions = table.document.versions
    assert table.on(dt.date(2024, 6, 30)).table is versions[1]
    assert table.on(dt.date(2024, 7, 1)).table is versions[0]
    assert table.on(dt.date(2024, 9, 30)).table is versions[0]


def test_a_quarter_that_is_not_bound_has_no_table_unless_the_previous_may_stand_for_it():
    day = dt.date(2024, 10, 1)
    assert in_quarter(previous_allowed=False).on(day).table is None
    stood_in = in_quarter(previous_allowed=True)
    assert stood_in.on(day).table is stood_in.document.versions[0]
    assert stood_in.on(day).previous
    assert stood_in.on(dt.date(2024, 3, 31)).table is None, "nothing comes before the first version"


def test_settings_name_the_tables_of_each():
    assert [setting.value for setting in Setting] == ["practitioner", "outpatient", "supplier"]


_CODES = st.text(alphabet="019AGTZ", min_size=5, max_size=5)
_SPANS = st.builds(
    lambda start, days: Span(
        dt.date(2024, 1, 1) + dt.timedelta(start), dt.date(2024, 1, 1) + dt.timedelta(start + days)
    ),
    st.integers(0, 60),
    st.integers(0, 40),
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.tuples(_CODES, _CODES), st.tuples(st.sampled_from("019"), _SPANS), max_size=60),
    st.lists(st.tuples(_CODES, _CODES), max_size=20),
    st.integers(0, 110),
)
def test_packed_pairs_answer_as_a_plain_dictionary_does(rows, asked, days):
    pairs = ProcedurePairs.of((one, two, PairEdit(indicator, span)) for (one, two), (indicator, span) in rows.items())
    day = dt.date(2024, 1, 1) + dt.timedelta(days)
    for one, two in [*rows, *asked, *((two, one) for one, two in rows)]:
        indicator, span = rows.get((one, two), ("", None))
        expected = PairEdit(indicator, span) if span is not None and span.covers(day) else None
        assert pairs.find(one, two, day) == expected
    listed = {code for row in rows for code in row}
    assert all((code in pairs) == (code in listed) for row in [*rows, *asked] for code in row)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(_CODES, st.integers(0, 9), max_size=60), st.lists(_CODES, max_size=20))
def test_packed_rows_answer_as_a_plain_dictionary_does(rows, asked):
    packer = RowPacker[int]()
    for key, value in rows.items():
        packer.add(key, value)
    packed = PackedRows(packer.packed(), int)
    assert list(packed.keys()) == sorted(rows)
    assert len(packed) == len(rows)
    for key in [*rows, *asked]:
        assert list(packed.find(key)) == ([rows[key]] if key in rows else [])
        assert (key in packed) == (key in rows)


def packed_pair(source: str = "a source") -> bytes:
    packer = PairPacker[str]()
    packer.add("11721", "11720", packer.record("a record"))
    return packer.packed(source)


def test_what_was_packed_of_another_source_is_not_opened():
    assert PackedPairs(packed_pair(), str, "a source").find("11721", "11720") == ["a record"]
    with pytest.raises(Damaged):
        PackedPairs(packed_pair(), str, "another source")


def test_damaged_bytes_are_never_read():
    content = packed_pair()
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 1
        with pytest.raises(Damaged):
            PackedPairs(bytes(damaged), str, "a source")
    for length in range(len(content)):
        with pytest.raises(Damaged):
            PackedPairs(content[:length], str, "a source")


def test_records_of_another_form_are_not_read():
    with pytest.raises(Damaged):
        PackedPairs(packed_pair(), int, "a source")
