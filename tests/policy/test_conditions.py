"""Every word of a condition on both sides of its boundary, and what it tells the provider."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.model.case import Authorization, Case, HistoryLine, LineState
from adjudicator.model.claim import Diagnosis, Provider, Sex
from adjudicator.model.dates import Span
from adjudicator.policy import conditions
from adjudicator.policy.conditions import LookBack
from adjudicator.policy.policy_set import CodeSet, Condition
from tests.building import BILLING, MEMBER, a_case, a_claim, a_line

DAY = dt.date(2026, 3, 10)
SCREENING = CodeSet(codes=frozenset({"77067"}))


def answer(condition: Condition, **line) -> tuple[bool, str]:
    """A condition's answer for a line of 2026-03-10 with these values."""
    return answered(condition, a_case(a_claim(a_line(**{"from_date": DAY, **line}))))


def answered(condition: Condition, case: Case, number: int = 1) -> tuple[bool, str]:
    standing = frozenset(line.number for line in case.claim.lines)
    return condition(case, case.claim.lines[number - 1], standing)


def born(day: dt.date) -> Case:
    case = a_case(a_claim(a_line(from_date=DAY)))
    return msgspec.structs.replace(case, members=(msgspec.structs.replace(MEMBER, birth_date=day),))


def earlier(day: dt.date, **changes) -> HistoryLine:
    line = HistoryLine(
        claim_id="CEARLIER0000001",
        decision_number=1,
        line=1,
        member_id=MEMBER.member_id,
        state=LineState.PAID,
        billing_tax_id="999000009",
        billing_npi="1000000004",
        rendering_npi="1000000004",
        from_date=day,
        through_date=day,
        procedure="77067",
        modifiers=(),
        place_of_service="11",
        quantity_thousandths=1000,
        charge_cents=10000,
    )
    return msgspec.structs.replace(line, **changes)


def after(*history: HistoryLine, day: dt.date = DAY) -> Case:
    """A case of one screening line with these earlier lines."""
    return a_case(a_claim(a_line(from_date=day, procedure="77067")), history=history)


@pytest.mark.parametrize(
    ("birth", "holds", "years"),
    [
        (dt.date(1981, 3, 11), False, 44),
        (dt.date(1981, 3, 10), True, 45),
        (dt.date(1950, 3, 11), True, 75),
        (dt.date(1950, 3, 10), False, 76),
    ],
)
def test_age_is_counted_in_completed_years_with_both_bounds_included(birth: dt.date, holds: bool, years: int):
    fact = f"the patient is {years} years old on 2026-03-10; the policy asks for 45 through 75"
    assert answered(conditions.age_years(45, 75), born(birth)) == (holds, fact)


def test_age_may_be_bounded_on_one_side():
    assert answered(conditions.age_years(40, None), born(dt.date(1986, 3, 11))) == (
        False,
        "the patient is 39 years old on 2026-03-10; the policy asks for at least 40",
    )
    assert answered(conditions.age_years(None, 18), born(dt.date(2007, 3, 11)))[0]
    assert not answered(conditions.age_years(None, 18), born(dt.date(2007, 3, 10)))[0]


def test_age_is_that_of_the_claim_while_the_member_is_unknown():
    case = msgspec.structs.replace(born(DAY), members=())
    assert answered(conditions.age_years(50, 50), case)[0]


def test_sex_is_the_one_on_file():
    assert answer(conditions.sex(Sex.FEMALE)) == (True, "the patient's sex on file is F; the policy asks for F")
    assert answer(conditions.sex(Sex.MALE)) == (False, "the patient's sex on file is F; the policy asks for M")


def with_diagnoses(*pointers: int) -> Case:
    claim = a_claim(a_line(from_date=DAY, diagnosis_pointers=pointers), diagnoses=(Diagnosis("I10"), Diagnosis("E119")))
    return a_case(claim)


def test_any_diagnosis_that_the_line_points_at_will_do_and_no_other():
    diabetes = conditions.diagnoses(CodeSet(prefixes=("E11",)))
    assert answered(diabetes, with_diagnoses(1, 2)) == (True, "diagnosis E119 of the line is on the policy's list")
    assert answered(diabetes, with_diagnoses(1)) == (False, "no diagnosis of the line (I10) is on the policy's list")
    assert answered(diabetes, with_diagnoses()) == (False, "the line points at no diagnosis")


def test_procedures_modifiers_and_places_are_those_of_the_line():
    listed = CodeSet(codes=frozenset({"99213", "25", "11"}))
    other = CodeSet(codes=frozenset({"99214", "59", "21"}))
    assert answer(conditions.procedures(listed)) == (True, "procedure 99213 is on the policy's list")
    assert answer(conditions.procedures(other)) == (False, "procedure 99213 is not on the policy's list")
    assert answer(conditions.modifiers(listed), modifiers=("59", "25")) == (True, "modifier 25 is on the policy's list")
    assert answer(conditions.modifiers(listed)) == (False, "no modifier of the line (none) is on the policy's list")
    assert answer(conditions.places(listed)) == (True, "place of service 11 is on the policy's list")
    assert answer(conditions.places(other)) == (False, "place of service 11 is not on the policy's list")


@pytest.mark.parametrize(("thousandths", "holds", "told"), [(4000, True, "4"), (4001, False, "4.001")])
def test_units_are_counted_exactly(thousandths: int, holds: bool, told: str):
    fact = f"the line bills {told} units; the policy asks for at most 4"
    assert answer(conditions.units(None, 4000), quantity_thousandths=thousandths) == (holds, fact)


@pytest.mark.parametrize(("cents", "holds", "told"), [(100_000, True, "1,000.00"), (100_001, False, "1,000.01")])
def test_the_charge_is_compared_to_the_cent(cents: int, holds: bool, told: str):
    fact = f"the line charges {told}; the policy asks for 10.00 through 1,000.00"
    assert answer(conditions.charge(1000, 100_000), charge_cents=cents) == (holds, fact)


def test_the_plan_is_the_one_of_the_lines_day():
    case = a_case(a_claim(a_line(from_date=DAY)), plan="plans/gold")
    assert answered(conditions.plan(frozenset({"plans/gold"})), case)[0]
    assert not answered(conditions.plan(frozenset({"plans/silver"})), case)[0]


def test_the_specialty_is_how_the_rendering_providers_taxonomy_begins():
    internist = Provider(taxonomy="207R00000X")
    assert answer(conditions.specialty(("208", "207R")), rendering=internist)[0]
    assert not answer(conditions.specialty(("207Q",)), rendering=internist)[0]
    assert answer(conditions.specialty(("207Q",)), rendering=Provider()) == (
        False,
        "the claim gives no taxonomy code of the rendering provider",
    )


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"span": Span(DAY, DAY)}, True),
        ({"span": Span(DAY + dt.timedelta(1))}, False),
        ({"span": Span(dt.date(2026, 1, 1), DAY - dt.timedelta(1))}, False),
        ({"procedures": ("99214",)}, False),
        ({"tax_id": BILLING.tax_id}, True),
        ({"tax_id": "999000009"}, False),
    ],
)
def test_an_authorization_covers_procedure_day_and_provider(changes: dict, holds: bool):
    approval = Authorization(number="A1", procedures=("99213",), span=Span(dt.date(2026, 1, 1)))
    case = a_case(a_claim(a_line(from_date=DAY)), authorizations=(msgspec.structs.replace(approval, **changes),))
    told = f"{'an' if holds else 'no'} authorization on file covers procedure 99213 on 2026-03-10"
    assert answered(conditions.authorization(), case) == (holds, told)


@pytest.mark.parametrize(
    ("look_back", "last_that_counts"),
    [
        (LookBack(months=12), dt.date(2025, 3, 11)),
        (LookBack(months=1), dt.date(2026, 2, 11)),
        (LookBack(months=120), dt.date(2016, 3, 11)),
        (LookBack(days=90), dt.date(2025, 12, 11)),
        (LookBack(days=1), DAY),
    ],
)
def test_a_look_back_is_open_at_its_far_end(look_back: LookBack, last_that_counts: dt.date):
    none_since = conditions.none_since(SCREENING, look_back)
    assert not answered(none_since, after(earlier(last_that_counts)))[0]
    assert answered(none_since, after(earlier(last_that_counts - dt.timedelta(1)))) == (
        True,
        f"no such service within {look_back} before 2026-03-10",
    )


def test_a_service_too_soon_is_told_with_the_day_on_which_it_is_covered_again_and_with_nothing_else():
    told = answered(conditions.none_since(SCREENING, LookBack(months=12)), after(earlier(dt.date(2025, 6, 1))))
    assert told == (
        False,
        "such a service was already given within 12 months before 2026-03-10; the next is covered from 2026-06-01",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"state": LineState.DENIED},
        {"state": LineState.PENDED},
        {"member_id": "TEST0002"},
        {"procedure": "77066"},
        {"claim_id": "CTEST00000000001"},
        {"from_date": DAY + dt.timedelta(1)},
    ],
    ids=["denied", "pended", "of a relative", "another procedure", "of this claim itself", "later"],
)
def test_what_does_not_count_as_an_earlier_service(changes: dict):
    case = after(earlier(dt.date(2026, 3, 1), **changes))
    assert answered(conditions.none_since(SCREENING, LookBack(months=12)), case)[0]


def test_an_earlier_line_of_the_same_claim_counts_by_day_and_then_by_number():
    lines = (
        a_line(1, from_date=DAY, procedure="77067"),
        a_line(2, from_date=DAY - dt.timedelta(3), procedure="77067"),
        a_line(3, from_date=DAY, procedure="77067"),
    )
    case = a_case(a_claim(*lines))
    none_since = conditions.none_since(SCREENING, LookBack(months=12))
    assert [answered(none_since, case, number)[0] for number in (1, 2, 3)] == [False, True, False]


def test_visits_are_days_each_counted_once_this_line_included():
    three = conditions.at_most_visits(3, SCREENING, LookBack(months=12))
    first, second = earlier(dt.date(2026, 1, 1)), earlier(dt.date(2026, 2, 1))
    assert answered(three, after(first, second)) == (
        True,
        "this is visit 3 within 12 months up to 2026-03-10; the policy covers 3",
    )
    assert answered(three, after(first, second, earlier(DAY)))[0]
    assert answered(three, after(first, second, earlier(dt.date(2026, 2, 2)))) == (
        False,
        "this is visit 4 within 12 months up to 2026-03-10; the policy covers 3",
    )


def test_units_within_a_look_back_are_added_to_those_of_the_line():
    three = conditions.at_most_units(3000, SCREENING, LookBack(days=30))
    assert answered(three, after(earlier(dt.date(2026, 3, 1), quantity_thousandths=2000))) == (
        True,
        "with this line 3 units fall within 30 days up to 2026-03-10; the policy covers 3",
    )
    assert not answered(three, after(earlier(dt.date(2026, 3, 1), quantity_thousandths=2001)))[0]


def fixed(holds: bool, fact: str) -> Condition:
    return lambda case, line, _standing: (holds, fact)


def test_all_any_and_not_tell_the_facts_that_matter():
    yes, also, no, nor = fixed(True, "yes"), fixed(True, "also"), fixed(False, "no"), fixed(False, "nor")
    assert answer(conditions.all_of((yes, also))) == (True, "yes; also")
    assert answer(conditions.all_of((yes, no, nor))) == (False, "no; nor")
    assert answer(conditions.any_of((no, yes, also))) == (True, "yes")
    assert answer(conditions.any_of((no, nor))) == (False, "no; nor")
    assert answer(conditions.none_of(yes)) == (False, "yes")
    assert answer(conditions.none_of(no)) == (True, "no")


def test_a_word_that_needs_a_date_does_not_hold_for_an_undated_line():
    case = a_case(a_claim(a_line(from_date=None)))
    for condition in (
        conditions.age_years(0, None),
        conditions.plan(frozenset({"plans/worked"})),
        conditions.authorization(),
        conditions.none_since(SCREENING, LookBack(days=1)),
        conditions.at_most_visits(1, SCREENING, LookBack(days=1)),
        conditions.at_most_units(1000, SCREENING, LookBack(days=1)),
    ):
        assert answered(condition, case) == (False, "the line has no date of service")


days = st.dates(dt.date(2000, 1, 1), dt.date(2060, 12, 31))
look_backs = st.one_of(
    st.integers(1, 200).map(lambda months: LookBack(months=months)),
    st.integers(1, 4000).map(lambda count: LookBack(days=count)),
)


@given(days, look_backs)
def test_the_day_told_is_the_first_on_which_the_earlier_service_no_longer_counts(day: dt.date, look_back: LookBack):
    free = look_back.free_again(day)
    assert not look_back.reaches(day, free)
    assert look_back.reaches(day, free - dt.timedelta(1))


@given(days, look_backs)
def test_once_free_a_service_stays_free(day: dt.date, look_back: LookBack):
    free = look_back.free_again(day)
    assert not any(look_back.reaches(day, free + dt.timedelta(later)) for later in range(60))
