"""Envelopes: delimiters, noise, counts, control numbers, and the place of everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.x12.interchange import Interchange, NotX12, read_interchanges, text_of
from tests.x12.texts import BILLING, HEADING, claim, group, interchange, subscriber, text, transaction

BODY = (HEADING, BILLING, subscriber(), claim())


def one(segments_of_file: list[str], **delimiters: str) -> Interchange:
    (found,) = read_interchanges(text(segments_of_file, **delimiters))
    return found


def messages(found: Interchange) -> list[str]:
    problems = [*found.problems, *(problem for part in found.transactions for problem in part.problems)]
    return [str(problem) for problem in problems]


def good() -> list[str]:
    return interchange(group(transaction(*BODY)))


def test_a_right_interchange_has_its_segments_and_no_problems():
    found = one(good())
    assert messages(found) == []
    (only,) = found.transactions
    assert (only.kind, only.control_number, only.version, only.first_segment) == ("837", "0001", "005010X222A1", 3)
    assert only.segments() == transaction(*BODY)


@pytest.mark.parametrize("noise", ["", "\n", "\r\n", "\n\n", "  \n", "\t", "\r\n  "])
def test_line_breaks_and_blanks_between_segments_do_not_matter(noise: str):
    found = one(good(), noise=noise)
    assert messages(found) == []
    assert found.digest == one(good()).digest


def test_a_file_that_wraps_its_lines_every_eighty_characters_reads_the_same():
    plain = text(good(), noise="")
    wrapped = "\n".join(plain[start : start + 80] for start in range(0, len(plain), 80))
    (found,) = read_interchanges(wrapped)
    assert messages(found) == []
    assert found.digest == one(good()).digest


def test_a_line_break_can_be_the_segment_terminator():
    found = one(good(), terminator="\n", noise="")
    assert messages(found) == []
    assert found.transactions[0].segments() == transaction(*BODY)


def test_a_byte_order_mark_and_leading_blanks_are_skipped():
    assert messages(next(iter(read_interchanges(text_of(b"\xef\xbb\xbf \r\n" + text(good()).encode()))))) == []


def test_a_last_segment_without_terminator_is_read():
    (found,) = read_interchanges(text(good()).rstrip("~\n"))
    assert messages(found) == []


def test_bytes_that_are_not_utf_8_are_latin_1():
    assert text_of("MÜLLER".encode("latin-1")) == "MÜLLER"
    assert text_of("MÜLLER".encode()) == "MÜLLER"


def test_several_interchanges_groups_and_transactions_keep_their_places():
    first = interchange(
        group(transaction(*BODY, number="0001"), transaction(*BODY, number="0002"), number="1"),
        group(transaction(*BODY, number="0001"), number="2"),
    )
    second = interchange(group(transaction(*BODY)), control_number="000000002")
    found = list(read_interchanges(text(first) + text(second, element="|", component=">", terminator="'")))
    assert [interchange.number for interchange in found] == [1, 2]
    assert [message for interchange in found for message in messages(interchange)] == []
    assert [part.first_segment for part in found[0].transactions] == [3, 3 + 21, 3 + 21 + 21 + 2]
    assert found[1].transactions[0].first_segment == len(first) + 3


def test_a_file_that_is_empty_or_no_x12_is_refused_in_words():
    with pytest.raises(NotX12, match="the text is empty; an X12 file begins with an ISA segment"):
        list(read_interchanges(" \r\n"))
    with pytest.raises(NotX12, match="this is not X12: it begins with '<!D'; an X12 file begins with an ISA segment"):
        list(read_interchanges("<!DOCTYPE html>"))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("ISA", "found 0 of its 16 elements"),
        ("ISA*00*          *00*          *ZZ*SEND", "found 5 of its 16 elements"),
        (text(good())[:103], "found 15 of its 16 elements"),
        (text(good())[:105], "found no segment terminator after ISA16"),
    ],
)
def test_a_truncated_isa_says_how_far_it_came(header: str, message: str):
    (found,) = read_interchanges(header)
    assert messages(found) == [
        f"interchange 1, segment 1 ISA: {message}, write 16 elements and a segment terminator, 106 characters in all"
    ]
    assert found.transactions == ()


def test_an_isa_that_ends_after_a_few_elements_is_not_completed_from_the_segments_after_it():
    (found,) = read_interchanges("ISA*00*          *00*~" + text(good()[1:]))
    assert "of its 16 elements" in messages(found)[0]


def test_a_truncated_isa_does_not_hide_the_next_interchange():
    found = list(read_interchanges("ISA*00*          *00*\n" + text(good())))
    assert [len(interchange.transactions) for interchange in found] == [0, 1]
    assert messages(found[1]) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("*RECEIVER       *", "*RECEIVER*", "element 8 (ISA08): found 8 characters, write exactly 15 characters"),
        (
            "*SENDER         *",
            "*SENDER          *",
            "element 6 (ISA06): found 16 characters, write exactly 15 characters",
        ),
    ],
)
def test_an_isa_whose_padding_is_wrong_is_told_and_read(old: str, new: str, message: str):
    segments = good()
    segments[0] = segments[0].replace(old, new)
    found = one(segments)
    assert messages(found) == [f"interchange 1, segment 1 ISA, {message}"]
    assert found.transactions[0].problems == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("*RECEIVER       *", "*RECEIVER-WITH-A-LONG-NAME*", "element 8 (ISA08): found 25 characters"),
        ("*000000001*", "*00000001*", "element 13 (ISA13): found 8 characters, write exactly 9 characters"),
        ("*^*", "*^^*", "element 11 (ISA11): found 2 characters, write exactly 1 character"),
    ],
)
def test_an_isa_whose_content_is_of_another_width_is_refused(old: str, new: str, message: str):
    segments = good()
    segments[0] = segments[0].replace(old, new)
    found = one(segments)
    assert message in messages(found)[0]
    assert found.transactions[0].problems


def test_delimiters_must_differ_and_be_neither_letters_digits_nor_blanks():
    same = text(good()).replace("*^*", "*:*", 1)
    assert "found the delimiters '*' ':' '~' ':'" in messages(next(iter(read_interchanges(same))))[0]
    letter = text(good()).replace("*:~", "*:G", 1)
    assert "none a letter, digit or blank" in messages(next(iter(read_interchanges(letter))))[0]


def test_a_usage_indicator_other_than_p_or_t_is_a_problem_and_never_production():
    found = one(interchange(group(transaction(*BODY)), usage="I"))
    assert messages(found) == [
        "interchange 1, segment 1 ISA, element 15 (ISA15): found 'I', write P for production or T for test"
    ]
    assert found.transactions[0].test
    assert one(interchange(group(transaction(*BODY)), usage="T")).transactions[0].test
    assert not one(good()).transactions[0].test


@pytest.mark.parametrize(
    ("position", "segment", "message"),
    [
        (-3, "SE*22*0001", "transaction 0001, segment 23 SE, element 1 (SE01): found '22', write 21, the segments"),
        (-3, "SE*21*0002", "transaction 0001, segment 23 SE, element 2 (SE02): found '0002', write 0001 of its ST"),
        (-2, "GE*2*1", "segment 24 GE, element 1 (GE01): found '2', write 1, the transactions of the group"),
        (-2, "GE*1*9", "segment 24 GE, element 2 (GE02): found '9', write 1 of its GS"),
        (-1, "IEA*2*000000001", "segment 25 IEA, element 1 (IEA01): found '2', write 1, the groups of the interchange"),
        (-1, "IEA*1*000000009", "segment 25 IEA, element 2 (IEA02): found '000000009', write 000000001 of its ISA"),
    ],
)
def test_a_wrong_count_or_control_number_is_told_exactly(position: int, segment: str, message: str):
    segments = good()
    segments[position] = segment
    (found,) = messages(one(segments))
    assert found.startswith(f"interchange 1, {message}")


def test_leading_zeros_of_counts_and_control_numbers_do_not_matter():
    segments = good()
    segments[-3:] = ["SE*0021*1", "GE*01*01", "IEA*1*1"]
    assert messages(one(segments)) == []


def test_a_wrong_transaction_leaves_its_neighbours_alone():
    wrong = transaction(*BODY, number="0001")
    wrong[-1] = "SE*1*0001"
    found = one(interchange(group(wrong, transaction(*BODY, number="0002"))))
    assert [len(part.problems) for part in found.transactions] == [1, 0]


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        (1, "a transaction outside of a group"),
        (2, "segments outside of a transaction"),
        (-3, "the end of the transaction without SE"),
        (-2, "the end of the group without GE"),
        (-1, "the end of the interchange"),
    ],
)
def test_a_lost_envelope_segment_is_told_and_its_body_is_not_lost(lost: int, message: str):
    segments = good()
    del segments[lost]
    found = one(segments)
    assert any(message in told for told in messages(found))
    assert any("CLM" in segment for part in found.transactions for segment in part.segments())


def test_segments_after_iea_are_told_and_neither_lost_nor_a_harm_to_those_before():
    found = one([*good(), *transaction(*BODY, number="0002")])
    assert [part.control_number for part in found.transactions] == ["0001", "0002"]
    assert found.transactions[0].problems == ()
    assert any("more segments after IEA" in str(problem) for problem in found.transactions[1].problems)


def test_a_second_iea_is_told_and_harms_nobody():
    found = one([*good(), good()[-1]])
    assert [str(problem) for problem in found.problems] == [
        "interchange 1, segment 26: found more segments after IEA, write nothing after IEA but another ISA"
    ]
    assert found.transactions[0].problems == ()


def test_text_before_the_first_isa_is_told():
    (found,) = read_interchanges("Dear Sir or Madam,\n" + text(good()))
    assert messages(found) == [
        "interchange 1, segment 1 ISA: found other text before it, write nothing before the first ISA"
    ]
    assert found.transactions[0].problems == ()


def test_the_letters_isa_inside_of_a_segment_begin_no_interchange():
    segments = text(good()).replace("*SAMPLE*PATIENT*", "*ISA*JO*")
    assert len(list(read_interchanges(segments))) == 1
    segments = text(good()).replace("*SAMPLE*PATIENT*", "*ISA-BELLA'S*ISA'S*")
    assert len(list(read_interchanges(segments))) == 1


MARKS = "!\"%&'()*+,/:;<=>?[]_`{|}~^\x1c\x1d\x1e"
DELIMITERS = st.lists(st.sampled_from(MARKS), min_size=4, max_size=4, unique=True)
VALUES = st.text("ABCXYZ019 .-", max_size=6).map(str.strip)
BODIES = st.lists(st.lists(VALUES, min_size=1, max_size=5), max_size=8)


@given(delimiters=DELIMITERS, bodies=st.lists(BODIES, min_size=1, max_size=3), noise=st.sampled_from(["", "\r\n", " "]))
def test_whatever_the_delimiters_every_element_comes_back(
    delimiters: list[str], bodies: list[list[list[str]]], noise: str
):
    element, component, terminator, repetition = delimiters
    transactions = [
        transaction([f"X{element.join(('', *values))}" for values in body], number=f"{number:04d}")
        for number, body in enumerate(bodies, start=1)
    ]
    envelope = interchange(group(*transactions))
    marks = str.maketrans({"*": element, ":": component, "^": repetition})
    written = "".join(
        (part if part.startswith("X") else part.translate(marks)) + terminator + noise for part in envelope
    )
    (found,) = read_interchanges(written)
    assert messages(found) == []
    for body, part in zip(bodies, found.transactions, strict=True):
        read = [segment.split(element)[1:] for segment in part.segments()[1:-1]]
        assert read == body


@given(st.text(alphabet="ISA*~:^0 PGT\n", max_size=200).map(lambda tail: "ISA" + tail))
def test_no_text_that_begins_with_isa_breaks_the_reader(garbage: str):
    for found in read_interchanges(garbage):
        assert messages(found)
