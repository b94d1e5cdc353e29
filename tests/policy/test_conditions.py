"""Every word of a condition on both sides of its boundary, and what it tells the provider."""

import datetime as dt
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.model.case import Authorization, Case, HistoryLine, LineState, ProviderKind, ProviderRecord
from adjudicator.model.claim import Address, Ambulance, Attachment, Diagnosis, Drug, Provider, Sex
from adjudicator.model.dates import Span
from adjudicator.model.standing import billed
from adjudicator.policy import conditions
from adjudicator.policy.claim_facts import CLAIM_FACTS
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Condition
from adjudicator.policy.load import compile_policies
from adjudicator.policy.load.condition_documents import ClaimFact
from adjudicator.policy.look_backs import LookBack
from tests.building import BILLING, MEMBER, RENDERING, a_case, a_claim, a_line
from tests.policy.small_set import small_set

DAY = dt.date(2026, 3, 10)
SCREENING = CodeSet(codes=frozenset({"77067"}))
POLICIES = compile_policies(small_set())


def answer(condition: Condition, **line) -> tuple[bool, str]:
    """A condition's answer for a line of 2026-03-10 with these values."""
    return answered(condition, a_case(a_claim(a_line(**{"from_date": DAY, **line}))))


def answered(condition: Condition, case: Case, number: int = 1) -> tuple[bool, str]:
    return condition(case, POLICIES, case.claim.lines[number - 1], billed(case.claim))


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


def test_sex_is_the_one_on_the_claim_where_the_file_does_not_know_it():
    unknown = a_case(members=(msgspec.structs.replace(MEMBER, sex=Sex.UNKNOWN),))
    fact = "the patient's sex on the claim (DMG03) is F; the policy asks for F"
    assert answered(conditions.sex(Sex.FEMALE), unknown) == (True, fact)
    assert not answered(conditions.sex(Sex.MALE), unknown)[0]


def test_sex_is_that_of_the_claim_while_the_member_is_unknown():
    case = a_case(a_claim(a_line(from_date=DAY)), members=())
    assert answered(conditions.sex(Sex.FEMALE), case)[0]
    assert not answered(conditions.sex(Sex.MALE), case)[0]
    other = msgspec.structs.replace(case, members=(msgspec.structs.replace(MEMBER, sex=Sex.MALE),))
    assert answered(conditions.sex(Sex.MALE), other)[0]


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
    told = "the patient's plan on 2026-03-10 is {}one that the policy names"
    assert answered(conditions.plan(frozenset({"plans/gold"})), case) == (True, told.format(""))
    assert answered(conditions.plan(frozenset({"plans/silver"})), case) == (False, told.format("not "))
    uncovered = msgspec.structs.replace(case, coverage=())
    assert answered(conditions.plan(frozenset({"plans/gold"})), uncovered) == (False, told.format("not "))


def test_the_specialty_is_how_the_rendering_providers_taxonomy_begins():
    internist = Provider(taxonomy="207R00000X")
    assert answer(conditions.specialty(("208", "207R")), rendering=internist)[0]
    assert not answer(conditions.specialty(("207Q",)), rendering=internist)[0]
    assert answer(conditions.specialty(("207Q",)), rendering=Provider()) == (
        False,
        "the rendering provider's taxonomy is neither on the claim nor on our provider file",
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
    ("through", "holds"),
    [(None, True), (DAY, True), (DAY + dt.timedelta(1), False), (DAY - dt.timedelta(1), True)],
)
def test_an_authorization_covers_the_last_day_too(through: dt.date | None, holds: bool):
    approval = Authorization(number="A1", procedures=("99213",), span=Span(DAY, DAY))
    case = a_case(a_claim(a_line(from_date=DAY, through_date=through)), authorizations=(approval,))
    assert answered(conditions.authorization(), case)[0] is holds


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
        f"no such service within {look_back} before or after 2026-03-10",
    )


@pytest.mark.parametrize("months", [2025 * 12, 2026 * 12 - 1, 2026 * 12])
def test_a_look_back_further_than_the_calendar_reaches_all_of_it(months: int):
    # 2026-03-10 less 2025 years and 2 months is the first January; a month more has no name
    none_since = conditions.none_since(SCREENING, LookBack(months=months))
    assert not answered(none_since, after(earlier(dt.date(1, 3, 11))))[0]


@pytest.mark.parametrize(
    ("look_back", "last_that_counts"),
    [
        (LookBack(months=12), dt.date(2027, 3, 9)),
        (LookBack(days=90), dt.date(2026, 6, 7)),
        (LookBack(days=1), DAY),
    ],
)
def test_it_looks_as_far_ahead_for_a_claim_that_comes_late(look_back: LookBack, last_that_counts: dt.date):
    none_since = conditions.none_since(SCREENING, look_back)
    assert not answered(none_since, after(earlier(last_that_counts)))[0]
    assert answered(none_since, after(earlier(last_that_counts + dt.timedelta(1))))[0]


@pytest.mark.parametrize(
    ("days_away", "side", "free_again"),
    [
        ((-5,), "before", "2026-06-03"),
        ((0,), "before", "2026-06-08"),
        ((5,), "after", "2026-06-13"),
        ((-5, 5), "before and after", "2026-06-13"),
        ((0, 5), "before and after", "2026-06-13"),
    ],
)
def test_the_side_is_told_on_which_a_service_is_too_near(days_away: tuple[int, ...], side: str, free_again: str):
    case = after(*(earlier(DAY + dt.timedelta(days)) for days in days_away))
    assert answered(conditions.none_since(SCREENING, LookBack(days=90)), case) == (
        False,
        f"such a service was already given within 90 days {side} 2026-03-10; the next is covered from {free_again}",
    )


@pytest.mark.parametrize("days_away", [-4000, 0, 4000])
def test_what_may_never_be_repeated_is_found_on_any_day(days_away: int):
    day = DAY + dt.timedelta(days_away)
    told = (False, f"such a service is on record for {day}")
    assert answered(conditions.never(SCREENING), after(earlier(day))) == told


def test_a_service_too_soon_is_told_with_the_day_on_which_it_is_covered_again_and_with_nothing_else():
    told = answered(conditions.none_since(SCREENING, LookBack(months=12)), after(earlier(dt.date(2025, 6, 1))))
    assert told == (
        False,
        "such a service was already given within 12 months before 2026-03-10; the next is covered from 2026-06-01",
    )


def test_of_several_services_too_soon_the_last_one_says_when_the_next_is_covered():
    # 2025-09-20 and 12 months are 2026-09-20
    history = [earlier(dt.date(2025, month, 20)) for month in (6, 9, 7)]
    _, fact = answered(conditions.none_since(SCREENING, LookBack(months=12)), after(*history))
    assert fact.endswith("; the next is covered from 2026-09-20")


@pytest.mark.parametrize(
    "changes",
    [
        {"state": LineState.DENIED},
        {"state": LineState.PENDED},
        {"member_id": "TEST0002"},
        {"procedure": "77066"},
        {"claim_id": "CTEST00000000001"},
    ],
    ids=["denied", "pended", "of a relative", "another procedure", "of this claim itself"],
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


@pytest.mark.parametrize(
    ("other", "stands", "counts"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"from_date": DAY - dt.timedelta(29)}, True, True),
        ({"from_date": DAY - dt.timedelta(30)}, True, False),
        ({"from_date": DAY + dt.timedelta(1)}, True, False),
        ({"from_date": None}, True, False),
        ({"procedure": "77066"}, True, False),
    ],
    ids=["the same day", "denied", "29 days before", "30 days before", "the day after", "undated", "another procedure"],
)
def test_which_earlier_line_of_the_claim_counts(other: dict[str, Any], stands: bool, counts: bool):
    lines = (a_line(1, **{"from_date": DAY, "procedure": "77067"} | other), a_line(2, from_date=DAY, procedure="77067"))
    case, standing = a_case(a_claim(*lines)), dict.fromkeys((1, 2) if stands else (2,), 1000)
    within = LookBack(days=30)
    assert conditions.none_since(SCREENING, within)(case, POLICIES, lines[1], standing)[0] is not counts
    units = conditions.at_most_units(1000, SCREENING, within)(case, POLICIES, lines[1], standing)
    told = f"with this line {2 if counts else 1} units fall within 30 days up to 2026-03-10; the policy covers 1"
    assert units == (not counts, told)


def test_only_what_is_left_of_the_lines_of_the_claim_counts():
    lines = [a_line(number, from_date=DAY, procedure="77067", quantity_thousandths=4000) for number in (1, 2)]
    case, four = a_case(a_claim(*lines)), conditions.at_most_units(4000, SCREENING, LookBack(days=30))
    told = "units fall within 30 days up to 2026-03-10; the policy covers 4"
    assert four(case, POLICIES, lines[1], {1: 2000, 2: 2000}) == (True, f"with this line 4 {told}")
    assert four(case, POLICIES, lines[1], {1: 2000, 2: 2001}) == (False, f"with this line 4.001 {told}")
    assert four(case, POLICIES, lines[1], {1: 1000}) == (False, f"with this line 5 {told}")


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


@pytest.mark.parametrize(
    ("days_away", "told"),
    [
        # of thirty days that hold 10 March none holds more than two of these, however they are laid
        ((-20, 20), (True, "this is visit 2 within 30 days up to 2026-03-10")),
        ((-20, 9), (False, "with this line 3 visits fall within 30 days up to 2026-03-19")),
        ((-20, 10), (True, "this is visit 2 within 30 days up to 2026-03-10")),
        ((10, 29), (False, "with this line 3 visits fall within 30 days up to 2026-04-08")),
        ((10, 30), (True, "with this line 2 visits fall within 30 days up to 2026-03-20")),
        ((-1, -2), (False, "this is visit 3 within 30 days up to 2026-03-10")),
    ],
)
def test_every_stretch_that_holds_the_line_counts(days_away: tuple[int, ...], told: tuple[bool, str]):
    case = after(*(earlier(DAY + dt.timedelta(days)) for days in days_away))
    two = conditions.at_most_visits(2, SCREENING, LookBack(days=30))
    assert answered(two, case) == (told[0], f"{told[1]}; the policy covers 2")
    # as many units as visits, one each
    units = conditions.at_most_units(2000, SCREENING, LookBack(days=30))
    held, fact = answered(units, case)
    assert held is told[0]
    assert fact.endswith(f"up to {told[1][-10:]}; the policy covers 2")


def test_each_day_of_a_line_over_several_days_is_a_visit():
    three = conditions.at_most_visits(3, SCREENING, LookBack(months=12))
    later = DAY + dt.timedelta(days=1)
    claim = a_claim(a_line(from_date=DAY, through_date=later, procedure="77067"))
    stay = earlier(dt.date(2026, 1, 1), through_date=dt.date(2026, 1, 2))
    assert answered(three, a_case(claim, history=(earlier(dt.date(2026, 1, 1)),)))[0]
    assert answered(three, a_case(claim, history=(stay,))) == (
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
    return lambda case, policies, line, standing: (holds, fact)


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
        conditions.age_days(0, None),
        conditions.days(0, None),
        conditions.units_per_day(0, None),
        conditions.network(True),
        conditions.never(SCREENING),
        conditions.plan(frozenset({"plans/worked"})),
        conditions.authorization(),
        conditions.none_since(SCREENING, LookBack(days=1)),
        conditions.at_most_visits(1, SCREENING, LookBack(days=1)),
        conditions.at_most_units(1000, SCREENING, LookBack(days=1)),
    ):
        assert answered(condition, case) == (False, "the line has no date of service")


@pytest.mark.parametrize(
    ("birth", "holds", "told"), [(dt.date(2026, 2, 10), True, "28 days"), (dt.date(2026, 2, 9), False, "29 days")]
)
def test_age_in_days_counts_from_the_day_of_birth(birth: dt.date, holds: bool, told: str):
    fact = f"the patient is {told} old on 2026-03-10; the policy asks for at most 28"
    assert answered(conditions.age_days(None, 28), born(birth)) == (holds, fact)


def test_the_first_diagnosis_of_a_line_is_told_from_its_others():
    diabetes = CodeSet(prefixes=("E11",))
    claim = a_claim(
        a_line(diagnosis_pointers=(1, 2)),
        a_line(2, diagnosis_pointers=(2, 1)),
        a_line(3, diagnosis_pointers=()),
        diagnoses=(Diagnosis("I10"), Diagnosis("E119")),
    )
    first = conditions.primary_diagnosis(diabetes)
    assert answered(first, a_case(claim)) == (False, "diagnosis I10, the line's first, is not on the policy's list")
    assert answered(first, a_case(claim), 2) == (True, "diagnosis E119, the line's first, is on the policy's list")
    assert answered(first, a_case(claim), 3) == (False, "the line points at no diagnosis")


def test_a_diagnosis_of_the_claim_counts_without_a_pointer():
    claim = a_claim(a_line(diagnosis_pointers=(1,)), diagnoses=(Diagnosis("I10"), Diagnosis("E119")))
    diabetes = CodeSet(prefixes=("E11",))
    assert answered(conditions.claim_diagnoses(diabetes), a_case(claim)) == (
        True,
        "diagnosis E119 of the claim is on the policy's list",
    )
    assert not answered(conditions.diagnoses(diabetes), a_case(claim))[0]
    assert answered(conditions.claim_diagnoses(CodeSet(prefixes=("E10",))), a_case(claim)) == (
        False,
        "no diagnosis of the claim is on the policy's list",
    )


@pytest.mark.parametrize(
    ("quantity_thousandths", "holds", "told"),
    [(2000, True, "2 units"), (3000, False, "3 units"), (1000, False, "1 unit")],
)
def test_units_a_day_are_those_of_the_whole_span_shared_among_its_days(
    quantity_thousandths: int, holds: bool, told: str
):
    once_a_day = conditions.units_per_day(1000, 1000)
    line = {"through_date": dt.date(2026, 3, 11), "quantity_thousandths": quantity_thousandths}
    fact = f"the line bills {told} for 2 days; the policy asks for 1 through 1 a day"
    assert answer(once_a_day, **line) == (holds, fact)


@pytest.mark.parametrize(
    ("through", "holds", "told"), [(10, True, "1 day"), (11, True, "2 days"), (12, False, "3 days")]
)
def test_the_days_of_a_line_are_counted_with_both_ends(through: int, holds: bool, told: str):
    fact = f"the line spans {told}; the policy asks for at most 2"
    assert answer(conditions.days(None, 2), through_date=dt.date(2026, 3, through)) == (holds, fact)


def test_a_line_without_a_last_day_has_one_day():
    assert answer(conditions.days(1, 1), through_date=None)[0]


def test_the_network_is_that_of_the_provider_for_the_patients_plan():
    case = a_case(a_claim(a_line(from_date=DAY)), plan="plans/test")
    (participation,) = case.participations
    inside = msgspec.structs.replace(
        case, participations=(msgspec.structs.replace(participation, contract="contracts/inside"),)
    )
    outside = msgspec.structs.replace(case, participations=())
    told = "the provider is {} network for the patient's plan on 2026-03-10"
    assert answered(conditions.network(True), inside) == (True, told.format("in"))
    assert answered(conditions.network(False), inside) == (False, told.format("in"))
    assert answered(conditions.network(True), outside) == (False, told.format("out of"))
    assert answered(conditions.network(False), outside) == (True, told.format("out of"))
    for wanted in (True, False):
        uncovered = msgspec.structs.replace(inside, coverage=())
        assert answered(conditions.network(wanted), uncovered) == (
            False,
            "the patient's plan on 2026-03-10 is not known",
        )


def known(**record) -> Case:
    """A case whose rendering provider our file knows so."""
    rendering = ProviderRecord(RENDERING.npi, "EXAMPLE", **{"kind": ProviderKind.PRACTITIONER, **record})
    return a_case(a_claim(a_line(from_date=DAY)), providers=(rendering,))


def test_what_a_provider_is_stands_on_our_provider_file():
    practitioners = conditions.provider(frozenset({ProviderKind.PRACTITIONER}))
    told = "our provider file has the rendering provider as a {}"
    assert answered(practitioners, known()) == (True, told.format("practitioner"))
    assert answered(practitioners, known(kind=ProviderKind.GROUP)) == (False, told.format("group"))
    assert answer(practitioners) == (False, "our provider file does not know the rendering provider")


def test_a_specialty_that_the_claim_does_not_give_is_looked_up_on_our_provider_file():
    cardiology = conditions.specialty(("207RC",))
    told = "the rendering provider's taxonomy {} on the policy's list"
    on_file = known(taxonomies=("208D00000X", "207RC0000X"))
    assert answered(cardiology, on_file) == (True, told.format("207RC0000X is"))
    assert answered(cardiology, known(taxonomies=("208D00000X",))) == (False, told.format("208D00000X is not"))
    sent = msgspec.structs.replace(RENDERING, taxonomy="208D00000X")
    claimed = msgspec.structs.replace(on_file, claim=a_claim(a_line(from_date=DAY, rendering=sent)))
    assert answered(cardiology, claimed) == (False, told.format("208D00000X is not"))


def test_a_transport_without_miles_gives_none():
    miles, zip_code = conditions.claim_gives(("transport-miles",)), conditions.claim_gives(("pick-up-postal-code",))
    for transport in (None, Ambulance(), Ambulance(miles_thousandths=0)):
        assert not answer(miles, ambulance=transport)[0]
        assert not answer(zip_code, ambulance=transport)[0]


@pytest.mark.parametrize(
    ("pounds_thousandths", "holds", "told"),
    [(2204, True, "1000 grams (2.204 pounds)"), (2206, False, "1001 grams (2.206 pounds)")],
)
def test_pounds_are_weighed_in_whole_grams(pounds_thousandths: int, holds: bool, told: str):
    # 2.204 lb x 453.59237 = 999.7 g; 2.206 lb = 1000.6 g
    case = a_case(a_claim(patient_weight_thousandths=pounds_thousandths))
    assert answered(conditions.weight_grams(None, 1000), case) == (
        holds,
        f"the patient weighs {told}; the policy asks for at most 1000",
    )


def test_a_weight_that_the_claim_does_not_give_holds_nothing():
    assert answer(conditions.weight_grams(0, None)) == (False, "the claim gives no patient's weight (PAT08)")


def test_an_emergency_is_one_that_the_claim_says():
    assert answer(conditions.emergency(), emergency=True) == (True, "the line is sent as an emergency (SV109)")
    assert answer(conditions.emergency()) == (False, "the line is not sent as an emergency (SV109)")


SOMEBODY = Provider(npi="1000000004")
GIVEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "accident-date": ({"accident_date": DAY}, {}),
    "accident-state": ({"accident_state": "NE"}, {}),
    "admission-date": ({"admission_date": DAY}, {}),
    "attachment": ({"attachments": (Attachment("OZ", "BM"),)}, {}),
    "authorization-number": ({}, {"authorization_numbers": ("A1",)}),
    "description": ({}, {"description": "WHAT WAS DONE"}),
    "drug": ({}, {"drug": Drug("0")}),
    "drug-code": ({}, {"drug": Drug("00000000000")}),
    "drug-quantity": ({}, {"drug": Drug("0", quantity_thousandths=1)}),
    "laboratory-certificate": ({"clia_number": "00D0000000"}, {}),
    "last-seen-date": ({}, {"last_seen_date": DAY}),
    "last-menstrual-period": ({"last_menstrual_period_date": DAY}, {}),
    "note": ({"notes": ("SEE RECORD",)}, {}),
    "onset-date": ({"onset_date": DAY}, {}),
    "ordering-npi": ({}, {"ordering": SOMEBODY}),
    "ordering-provider": ({}, {"ordering": SOMEBODY}),
    "patient-weight": ({"patient_weight_thousandths": 1}, {}),
    "pick-up-postal-code": ({}, {"ambulance": Ambulance(pick_up=Address(postal_code="681020000"))}),
    "referral-number": ({}, {"referral_numbers": ("R1",)}),
    "referring-npi": ({}, {"referring": SOMEBODY}),
    "referring-provider": ({}, {"referring": SOMEBODY}),
    "related-cause": ({"related_causes": ("AA",)}, {}),
    "transport-miles": ({}, {"ambulance": Ambulance(miles_thousandths=1)}),
    "supervising-provider": ({}, {"supervising": SOMEBODY}),
}


@pytest.mark.parametrize("fact", get_args(ClaimFact))
def test_a_claim_gives_a_fact_or_is_told_where_to_put_it(fact: str):
    name, _ = CLAIM_FACTS[fact]
    of_claim, of_line = GIVEN[fact]
    asked = conditions.claim_gives((fact,))
    assert answered(asked, a_case()) == (False, f"the claim gives no {name} for line 1")
    assert answered(asked, a_case(a_claim(a_line(**of_line), **of_claim))) == (True, f"the claim gives the {name}")


def test_a_policy_can_ask_for_every_fact_that_the_engine_can_read():
    assert set(get_args(ClaimFact)) == set(CLAIM_FACTS)


def test_of_several_facts_the_missing_ones_are_told():
    both = conditions.claim_gives(("accident-date", "accident-state"))
    assert answered(both, a_case(a_claim(accident_date=DAY))) == (
        False,
        "the claim gives no state of the accident (CLM11-4) for line 1",
    )
    assert answered(both, a_case(a_claim(accident_date=DAY, accident_state="NE")))[0]


def test_never_has_no_far_end():
    never = conditions.never(SCREENING)
    assert answered(never, after(earlier(dt.date(1950, 1, 1)))) == (
        False,
        "such a service is on record for 1950-01-01",
    )
    assert answered(never, after()) == (True, "no such service is on record")
    assert answered(never, after(earlier(dt.date(1950, 1, 1), state=LineState.DENIED)))[0]


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
