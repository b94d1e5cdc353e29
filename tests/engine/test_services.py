"""Which lines of a claim and of the history coding edits compare."""

import datetime as dt

import msgspec
import pytest

from adjudicator.edits.services import earlier_services, own_services, repeats
from adjudicator.model.case import HistoryLine
from tests.building import a_case, a_claim, a_line, an_earlier_line


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def earlier(first: dt.date, last: dt.date, **changes: str) -> HistoryLine:
    return msgspec.structs.replace(an_earlier_line(from_date=first, through_date=last), **changes)


def test_a_line_without_a_day_or_without_a_procedure_is_no_service():
    lines = (
        a_line(1),
        a_line(2, procedure="", revenue_code="0450"),
        a_line(3, from_date=None, through_date=None),
        a_line(4),
    )
    assert [service.number for service in own_services(a_case(a_claim(*lines)))] == [1, 4]


def test_two_lines_without_a_procedure_repeat_nothing():
    lines = [a_line(number, procedure="", revenue_code="0450") for number in (1, 2)]
    assert not repeats(a_case(a_claim(*lines)))
    assert repeats(a_case(a_claim(a_line(1), a_line(2))))
    assert not repeats(a_case(a_claim(a_line(1), a_line(2, procedure="99214"))))


@pytest.mark.parametrize(
    ("first", "last", "compared"),
    [
        # The claim has lines of the 2nd through the 4th and of the 9th: what lies between them shares no day with either.
        (1, 1, False),
        (1, 2, True),
        (3, 3, True),
        (4, 8, True),
        (5, 8, False),
        (5, 9, True),
        (9, 12, True),
        (10, 10, False),
        (1, 12, True),
    ],
)
def test_an_earlier_line_is_compared_where_it_shares_a_day_with_a_line_of_the_claim(first, last, compared):
    claim = a_claim(
        a_line(1, from_date=march(2), through_date=march(4)), a_line(2, from_date=march(9), through_date=None)
    )
    case = a_case(claim, history=(earlier(march(first), march(last)),))
    assert [(service.first, service.last) for service in earlier_services(case)] == (
        [(march(first), march(last))] if compared else []
    )


def test_an_earlier_line_of_another_patient_is_never_compared():
    case = a_case(history=(earlier(march(2), march(2)), earlier(march(2), march(2), member_id="TEST0002")))
    assert len(earlier_services(case)) == 1


@pytest.mark.parametrize(
    ("thousandths", "of_a_day"),
    [
        # 4.499 / 3 days = 1.4996..., so 1 a day; 4.500 / 3 = 1.5, so 2 (half up); 4.501 / 3 = 1.5003..., so 2.
        (4499, 1000),
        (4500, 2000),
        (4501, 2000),
    ],
)
def test_a_quantity_of_several_days_is_spread_and_rounded_to_whole_units_half_up(thousandths, of_a_day):
    line = a_line(1, from_date=march(2), through_date=march(4), quantity_thousandths=thousandths)
    [service] = own_services(a_case(a_claim(line)))
    assert service.quantity_of_a_day_thousandths == of_a_day
