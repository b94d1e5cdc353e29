"""The words of the trade: amounts, dates, identifiers."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.model.claim import quantity_text
from adjudicator.model.codes import DIAGNOSIS, PROCEDURE, npi_is_valid, plain_diagnosis
from adjudicator.model.dates import Span, age_in_years, months_before
from adjudicator.model.money import cents_from_text, dollars, half_up_quotient


@pytest.mark.parametrize(
    ("text", "cents"),
    [("130", 13000), ("62.5", 6250), (".8", 80), ("0", 0), ("-7.25", -725), ("39.20", 3920), ("1.500", 150)],
)
def test_dollars_as_x12_writes_them_are_read_to_the_cent(text: str, cents: int):
    assert cents_from_text(text) == cents


@pytest.mark.parametrize("text", ["", ".", "1,000", "1.005", "1e3", "abc", "$5", "--1", "1.2.3", "١٢"])
def test_what_is_no_amount_is_refused_with_the_text_found(text: str):
    with pytest.raises(ValueError, match="is not an amount in dollars"):
        cents_from_text(text)


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_writing_and_reading_an_amount_is_the_identity(cents: int):
    assert cents_from_text(dollars(cents).replace(",", "")) == cents


@given(st.integers(0, 10**15), st.integers(1, 10**7))
def test_the_integer_quotient_rounds_like_the_decimal_rule(numerator: int, denominator: int):
    exact = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    # division to 28 digits can hide a tie by one part in 10**28; such ties need denominators beyond this range
    assert half_up_quotient(numerator, denominator) == int(exact)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"), [(1, 2, 1), (4999, 10000, 0), (15998, 10, 1600), (5, 2, 3), (0, 7, 0)]
)
def test_halves_go_up(numerator: int, denominator: int, rounded: int):
    assert half_up_quotient(numerator, denominator) == rounded


@pytest.mark.parametrize("npi", ["1234567893", "1999999992", "1000000004", "1679123459", "2345678900"])
def test_the_reference_identifiers_are_valid(npi: str):
    assert npi_is_valid(npi)


@pytest.mark.parametrize("npi", ["1234567890", "", "123456789", "12345678930", "3000000004", "123456789X"])
def test_other_identifiers_are_not(npi: str):
    assert not npi_is_valid(npi)


@given(st.sampled_from(["1234567893", "1999999992"]), st.integers(0, 9), st.integers(0, 9))
def test_changing_one_digit_breaks_an_identifier(npi: str, position: int, digit: int):
    changed = npi[:position] + str(digit) + npi[position + 1 :]
    assert npi_is_valid(changed) is (changed == npi)


@pytest.mark.parametrize(
    ("day", "years"),
    [(dt.date(2026, 2, 28), 25), (dt.date(2026, 3, 1), 26), (dt.date(2028, 2, 28), 27), (dt.date(2028, 2, 29), 28)],
)
def test_who_was_born_on_a_leap_day_ages_on_the_first_of_march(day: dt.date, years: int):
    assert age_in_years(dt.date(2000, 2, 29), day) == years


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (dt.date(2026, 3, 10), 12, dt.date(2025, 3, 10)),
        (dt.date(2026, 3, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2028, 3, 31), 1, dt.date(2028, 2, 29)),
        (dt.date(2026, 1, 15), 1, dt.date(2025, 12, 15)),
        (dt.date(2028, 2, 29), 12, dt.date(2027, 2, 28)),
        (dt.date(2026, 12, 5), 12, dt.date(2025, 12, 5)),
    ],
)
def test_months_back_stay_in_the_month(day: dt.date, months: int, before: dt.date):
    assert months_before(day, months) == before


def test_a_span_holds_both_its_ends():
    span = Span(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    held = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 1, 31), dt.date(2026, 2, 1)]
    assert [span.covers(day) for day in held] == [False, True, True, False]
    assert Span(dt.date(2026, 1, 1)).covers(dt.date(2999, 1, 1))


def test_a_span_ends_before_the_day_after_it_and_begins_after_the_day_before_it():
    first, last = dt.date(2026, 1, 2), dt.date(2026, 1, 30)
    span = Span(first, last)
    assert [span.begins_after(day) for day in (dt.date(2026, 1, 1), first)] == [True, False]
    assert [span.ended_before(day) for day in (last, dt.date(2026, 1, 31))] == [False, True]
    assert not Span(first).ended_before(dt.date.max)


@pytest.mark.parametrize("code", ["99213", "0001F", "0071T", "0001U", "0001M", "0001A", "J1100", "V2020"])
def test_procedure_shapes(code: str):
    assert PROCEDURE.match(code)


@pytest.mark.parametrize("code", ["9921", "W0000", "99213 ", "j1100", "992133", "0001B"])
def test_what_is_no_procedure(code: str):
    assert not PROCEDURE.match(code)


@pytest.mark.parametrize(
    ("code", "fits"), [("E119", True), ("I10", True), ("E11", True), ("E1", False), ("119", False), ("QA00101", True)]
)
def test_diagnosis_shapes(code: str, fits: bool):
    assert bool(DIAGNOSIS.match(code)) is fits


def test_a_diagnosis_loses_its_point():
    assert plain_diagnosis(" e11.9") == "E119"


@pytest.mark.parametrize(
    ("thousandths", "text"),
    [(1000, "1"), (2500, "2.5"), (1, "0.001"), (0, "0"), (-1500, "-1.5"), (1_234_567_000, "1234567"), (10_000, "10")],
)
def test_a_quantity_reads_as_people_write_it(thousandths: int, text: str):
    assert quantity_text(thousandths) == text
