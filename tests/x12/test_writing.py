"""Segments and envelopes as they are written, and what comes back when they are read."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.x12.interchange import read_interchanges
from adjudicator.x12.writing import Envelope, Transaction, amount, quantity, segment, write_interchange

ENVELOPE = Envelope(
    functional_id="HP",
    version="005010X221A1",
    sender_id="DEMO1",
    receiver_id="999000001",
    control_number=7,
    created_on=dt.date(2026, 3, 20),
    created_at="0830",
    test=False,
)


def written(transactions: list[Transaction], envelope: Envelope = ENVELOPE) -> str:
    return "".join(write_interchange(envelope, transactions))


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0"),
        (13000, "130"),
        (6250, "62.5"),
        (80, ".8"),
        (1, ".01"),
        (-725, "-7.25"),
        (-5, "-.05"),
        (100001, "1000.01"),
    ],
)
def test_amounts_have_no_needless_zeros(cents: int, text: str):
    assert amount(cents) == text


@pytest.mark.parametrize(("thousandths", "text"), [(0, "0"), (1000, "1"), (2500, "2.5"), (125, ".125"), (45000, "45")])
def test_quantities_have_no_needless_zeros(thousandths: int, text: str):
    assert quantity(thousandths) == text


def test_empty_elements_at_the_end_are_left_out():
    assert segment("SVC", ("HC", "99213", "25"), "130", "", "", "") == "SVC*HC:99213:25*130"
    assert segment("SVC", ("HC", "99213", "", ""), "", "1") == "SVC*HC:99213**1"


@pytest.mark.parametrize(
    ("value", "text"),
    [("A*B", "A B"), ("A~B", "A B"), ("A:B^C", "A B C"), ("A\r\nB", "A  B"), ("A\x1fB", "A B"), ("A~", "A")],
)
def test_data_that_contain_a_delimiter_get_a_blank_in_its_place(value: str, text: str):
    assert segment("REF", "6R", value) == f"REF*6R*{text}"


def test_a_delimiter_is_noticed_even_where_empty_elements_follow():
    assert segment("N3", "A*B", "", "") == "N3*A B"
    assert segment("SVC", ("HC", "A:B", ""), "1") == "SVC*HC:A B*1"


def test_a_delimiter_in_a_component_does_not_break_the_composite():
    assert segment("SVC", ("HC", "99:213", "2*5"), "13~0") == "SVC*HC:99 213:2 5*13 0"


def test_an_interchange_counts_its_segments_and_transactions():
    text = written([Transaction("835", ["LX*1"]), Transaction("277", ["LX*1", "LX*2"], "005010X214")])
    assert text == (
        "ISA*00*          *00*          *ZZ*DEMO1          *ZZ*999000001      *260320*0830*^*00501*000000007*0*P*:~\n"
        "GS*HP*DEMO1*999000001*20260320*0830*7*X*005010X221A1~\n"
        "ST*835*0001~\nLX*1~\nSE*3*0001~\n"
        "ST*277*0002*005010X214~\nLX*1~\nLX*2~\nSE*4*0002~\n"
        "GE*2*7~\nIEA*1*000000007~\n"
    )


def test_no_transactions_are_no_text():
    assert written([]) == ""


def test_identifiers_that_are_too_long_or_contain_delimiters_keep_the_isa_at_its_width():
    envelope = Envelope("HP", "005010X221A1", "A" * 20, "B*C", 1, dt.date(2026, 3, 20), "0000", True)
    header = written([Transaction("835", [])], envelope).partition("\n")[0]
    assert len(header) == 106
    assert "*B C            *" in header and header.endswith("*T*:~")


@pytest.mark.parametrize("control_number", [0, -1, 1_000_000_000])
def test_control_numbers_that_do_not_fit_are_refused(control_number: int):
    envelope = Envelope("HP", "X", "A", "B", control_number, dt.date(2026, 3, 20), "0830", False)
    with pytest.raises(ValueError, match="write 1 to 999999999"):
        written([Transaction("835", [])], envelope)


@pytest.mark.parametrize("time", ["", "8:30", "2400", "0860", "083000"])
def test_times_that_are_not_hhmm_are_refused(time: str):
    envelope = Envelope("HP", "X", "A", "B", 1, dt.date(2026, 3, 20), time, False)
    with pytest.raises(ValueError, match="write hours and minutes as HHMM"):
        written([Transaction("835", [])], envelope)


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=5), min_size=1, max_size=6))
def test_whatever_the_data_the_envelope_reads_back_right(rows: list[list[str]]):
    segments = [segment("X", *row) for row in rows]
    (interchange,) = read_interchanges(written([Transaction("835", segments), Transaction("835", segments)]))
    assert interchange.problems == ()
    for transaction in interchange.transactions:
        assert transaction.problems == ()
        assert len(transaction.segments()) == len(rows) + 2
