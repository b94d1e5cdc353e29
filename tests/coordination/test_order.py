"""Who pays first: each rule of domain/05 section 1 from both sides, and what is missing."""

import datetime as dt
import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.coordination.order import APART, EQUAL_SHARES, LIABLE, Order, first_of, place_of_ours
from adjudicator.model.dates import Span
from adjudicator.model.other_coverage import CoverageKind, Holder, KnownCoverage, MedicareReason, Parents
from adjudicator.policy.coordination import OrderRules

RULES = OrderRules(
    aged_employees=20,
    disabled_employees=100,
    kidney_months=30,
    prompt_days=120,
    answer_days=45,
)
DAY = dt.date(2026, 3, 2)
Facts = dict[str, Any]


def known(name: str, **facts: Any) -> KnownCoverage:
    plain = {"kind": CoverageKind.GROUP, "span": Span(dt.date(2015, 1, 1)), "dependent": False, "active": True}
    return KnownCoverage(**{**plain, "continuation": False, "payer_id": name, **facts})


def a(**facts: Any) -> KnownCoverage:
    return known("A", **{"covered_since": dt.date(2021, 1, 1), **facts})


def b(**facts: Any) -> KnownCoverage:
    return known("B", **{"covered_since": dt.date(2019, 1, 1), **facts})


def born(year: int, month: int, day: int, **facts: Any) -> Facts:
    return {"dependent": True, "parents": Parents.TOGETHER, "holder_born_on": dt.date(year, month, day), **facts}


def apart(holder: Holder | None = None, **facts: Any) -> Facts:
    return {"dependent": True, "parents": Parents.APART, "holder": holder, **facts}


def told(one: KnownCoverage, other: KnownCoverage, **more: Any) -> tuple[str, str]:
    """The payer who pays first and what is missing, which does not depend on who is named first."""
    order = first_of(one, other, RULES, DAY, **more)
    assert order == first_of(other, one, RULES, DAY, **more)
    return (order.first.payer_id if order.first else "", order.missing)


MOTHER = born(1990, 3, 2)


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        # 1. A plan without a provision on coordination; of two such plans the later rules tell.
        ({"coordinates": False}, {}, "A"),
        ({}, {"coordinates": False}, "B"),
        ({"coordinates": False, "dependent": True}, {}, "A"),
        ({"coordinates": False}, {"coordinates": False}, "B"),
        # 2. Non-dependent before dependent, whoever has been covered longer.
        ({}, {"dependent": True}, "A"),
        ({"dependent": True}, {}, "B"),
        ({"active": False}, {"dependent": True}, "A"),
        # 3. The birthday rule. Father 1985-06-15, mother 1990-03-02: the mother's, whatever the year.
        (born(1985, 6, 15), MOTHER, "B"),
        (born(1985, 3, 1), MOTHER, "A"),
        (born(1985, 3, 3), MOTHER, "B"),
        (born(1996, 2, 29), MOTHER, "A"),
        # Mother and father both 11-01: the father's (B), who is covered since 2019, and not the mother's, since 2021.
        (born(1990, 11, 1), born(1985, 11, 1), "B"),
        (born(1985, 6, 15, active=False), born(1990, 6, 16), "A"),
        # Parents apart: the decree, else who has custody.
        (apart(Holder.OTHER, decreed=True), apart(Holder.CUSTODIAL), "A"),
        (apart(Holder.CUSTODIAL), apart(Holder.OTHER_SPOUSE, decreed=True), "B"),
        (apart(Holder.CUSTODIAL), apart(Holder.CUSTODIAL_SPOUSE), "A"),
        (apart(Holder.CUSTODIAL_SPOUSE), apart(Holder.OTHER), "A"),
        (apart(Holder.OTHER_SPOUSE), apart(Holder.OTHER), "B"),
        (apart(Holder.OTHER), apart(Holder.CUSTODIAL), "B"),
        # The same parent's coverages: the rules of work and of the longer.
        (apart(Holder.OTHER), apart(Holder.OTHER), "B"),
        (apart(Holder.OTHER), apart(Holder.OTHER, active=False), "A"),
        # One parent holds both, by the whole birth date: what only continues pays after, though it is the older.
        (
            born(1985, 6, 15),
            born(1985, 6, 15, active=False, continuation=True),
            "A",
        ),
        (born(1985, 6, 15, holder=Holder.CUSTODIAL), born(1985, 6, 15, active=False), "A"),
        (born(1985, 6, 15), born(1985, 6, 15), "B"),
        # Two parents born on one day, in one year or another: the longer.
        (born(1985, 6, 15), born(1986, 6, 15, active=False), "B"),
        (
            born(1985, 6, 15, parents=Parents.JOINT, holder=Holder.CUSTODIAL),
            born(1985, 6, 15, parents=Parents.JOINT, holder=Holder.OTHER, active=False),
            "B",
        ),
        # The parent whom the decree makes responsible holds both, and so does one of parents apart without a decree.
        (apart(Holder.OTHER, decreed=True), apart(Holder.OTHER, decreed=True, active=False), "A"),
        (apart(Holder.OTHER, decreed=True), apart(Holder.OTHER, decreed=True), "B"),
        (
            apart(decreed=True, holder_born_on=dt.date(1985, 6, 15)),
            apart(Holder.OTHER, decreed=True, holder_born_on=dt.date(1985, 6, 15), active=False),
            "A",
        ),
        (
            apart(holder_born_on=dt.date(1985, 6, 15)),
            apart(holder_born_on=dt.date(1985, 6, 15), active=False),
            "A",
        ),
        # Joint custody without an allocation: the birthday rule.
        (born(1985, 6, 15, parents=Parents.JOINT, holder=Holder.CUSTODIAL), {**MOTHER, "parents": Parents.JOINT}, "B"),
        # A grown child whose own spouse covers it too: the longer.
        ({"dependent": True, "holder": Holder.SPOUSE}, MOTHER, "B"),
        # Both by the same spouse's work: no child's rule, and that of work before the longer.
        (
            {"dependent": True, "holder": Holder.SPOUSE},
            {"dependent": True, "holder": Holder.SPOUSE, "active": False},
            "A",
        ),
        ({"dependent": True, "holder": Holder.SPOUSE}, {"dependent": True, "holder": Holder.SPOUSE}, "B"),
        # 4. Active before inactive, unless one plan has no such rule.
        ({}, {"active": False}, "A"),
        ({"active": False}, {}, "B"),
        ({}, {"active": False, "asks_for_activity": False}, "B"),
        ({"asks_for_activity": False}, {"active": False}, "B"),
        ({"active": None, "asks_for_activity": False}, {"active": None}, "B"),
        # 5. What only continues pays after.
        ({}, {"continuation": True}, "A"),
        ({"continuation": True}, {}, "B"),
        ({"continuation": True}, {"continuation": True}, "B"),
        # A policy that a person has bought knows of no work.
        ({"kind": CoverageKind.INDIVIDUAL, "active": None, "continuation": None}, {"active": None}, "B"),
        # 6. The longer, to the day; its own days begin where nothing older is known.
        ({}, {}, "B"),
        ({}, {"covered_since": dt.date(2021, 1, 2)}, "A"),
        ({}, {"covered_since": None, "span": Span(dt.date(2020, 12, 31))}, "B"),
        # 7. Else both share equally.
        ({}, {"covered_since": dt.date(2021, 1, 1)}, ""),
    ],
)
def test_the_first_rule_that_decides_between_two_plans(one: Facts, other: Facts, first: str) -> None:
    assert told(a(**one), b(**other)) == (first, "")


def test_where_no_rule_decides_both_share_equally() -> None:
    assert first_of(a(), b(covered_since=dt.date(2021, 1, 1)), RULES, DAY) == Order(None, EQUAL_SHARES)


@pytest.mark.parametrize(
    ("one", "other", "missing"),
    [
        ({"dependent": None}, {}, "whether A (group) covers the person as a dependent"),
        (
            {"dependent": True},
            {"dependent": True},
            "whether the child's parents live together, alike for each coverage",
        ),
        (MOTHER, apart(Holder.OTHER), "whether the child's parents live together, alike for each coverage"),
        (MOTHER, born(1985, 6, 15, holder_born_on=None), "the birthday of the parent who holds B (group)"),
        (apart(), apart(Holder.OTHER), "which parent holds A (group)"),
        (
            {"dependent": True, "holder": Holder.SPOUSE},
            {"dependent": True},
            "whether the spouse or a parent holds B (group)",
        ),
        (apart(decreed=True), apart(decreed=True), "which parent the decree makes responsible"),
        (
            apart(Holder.OTHER, decreed=True),
            apart(Holder.CUSTODIAL, decreed=True),
            "which parent the decree makes responsible",
        ),
        (
            apart(Holder.OTHER, decreed=True, holder_born_on=dt.date(1985, 6, 15)),
            apart(Holder.OTHER, decreed=True, holder_born_on=dt.date(1985, 6, 16)),
            "which parent the decree makes responsible",
        ),
        (
            apart(holder_born_on=dt.date(1985, 6, 15)),
            apart(Holder.OTHER, holder_born_on=dt.date(1985, 6, 16)),
            "which parent holds A (group)",
        ),
        ({"active": None}, {"active": False}, "whether A (group) stands on present work"),
        ({}, {"continuation": None}, "whether B (group) only continues under a law (COBRA)"),
    ],
)
def test_a_fact_that_a_rule_asks_for_is_named(one: Facts, other: Facts, missing: str) -> None:
    assert told(a(**one), b(**other)) == ("", missing)


def medicare(reason: MedicareReason | None, **facts: Any) -> KnownCoverage:
    return known("MEDICARE", kind=CoverageKind.MEDICARE, medicare_reason=reason, **facts)


AGED, DISABLED = medicare(MedicareReason.AGE), medicare(MedicareReason.DISABILITY)


@pytest.mark.parametrize(
    ("person", "plan", "first"),
    [
        (AGED, {"employees": 20}, "A"),
        (AGED, {"employees": 19}, "MEDICARE"),
        (AGED, {"employees": 20, "dependent": True}, "A"),
        (AGED, {"employees": 20, "active": False}, "MEDICARE"),
        (AGED, {"employees": 20, "continuation": True}, "MEDICARE"),
        (DISABLED, {"employees": 100}, "A"),
        (DISABLED, {"employees": 99}, "MEDICARE"),
        (DISABLED, {"employees": 100, "active": False}, "MEDICARE"),
        (DISABLED, {"employees": 100, "active": None, "continuation": True}, "MEDICARE"),
        (AGED, {"kind": CoverageKind.INDIVIDUAL, "employees": 20}, "MEDICARE"),
        # Medicare is the first by the employer's size, whether the plan stands on present work or not.
        (AGED, {"active": None, "employees": 19}, "MEDICARE"),
        (DISABLED, {"active": None, "employees": 99}, "MEDICARE"),
    ],
)
def test_medicare_and_a_plan_by_work(person: KnownCoverage, plan: Facts, first: str) -> None:
    assert told(a(**plan), person) == (first, "")


@pytest.mark.parametrize(
    ("person", "plan", "missing"),
    [
        (AGED, {"active": None, "employees": 20}, "whether A (group) stands on present work"),
        (AGED, {"active": None}, "whether A (group) stands on present work"),
        (DISABLED, {"active": None, "employees": 100}, "whether A (group) stands on present work"),
        (AGED, {}, "how many people the employer of A (group) employs"),
        (medicare(None), {"employees": 20}, "why the person has Medicare (age, disability, kidney)"),
        (medicare(MedicareReason.KIDNEY), {}, "the first month of eligibility for Medicare by kidney disease"),
    ],
)
def test_what_the_medicare_rules_ask_and_nobody_knows_is_named(
    person: KnownCoverage, plan: Facts, missing: str
) -> None:
    assert told(a(**plan), person) == ("", missing)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (dt.date(2023, 12, 31), "A"),
        (dt.date(2024, 1, 1), "A"),
        (dt.date(2026, 6, 30), "A"),
        (dt.date(2026, 7, 1), "MEDICARE"),
    ],
)
def test_for_thirty_months_any_group_plan_pays_before_medicare_by_kidney_disease(day: dt.date, first: str) -> None:
    # January 2024 is the first month, June 2026 the thirtieth; the plan is a retiree's that only continues.
    person = medicare(MedicareReason.KIDNEY, eligible_on=dt.date(2024, 1, 15))
    order = first_of(a(active=False, continuation=True), person, RULES, day)
    assert order.first is not None and order.first.payer_id == first


# A retiree of 70 with a plan of her own, and her husband's, who works for a large employer: his, Medicare, hers.
RETIRED, HUSBANDS = a(active=False), b(dependent=True, employees=20)


@pytest.mark.parametrize(
    ("own", "dependents", "first", "missing"),
    [
        (RETIRED, HUSBANDS, "B", ""),
        (RETIRED, b(dependent=True, employees=19), "A", ""),
        (a(employees=20), HUSBANDS, "A", ""),
        (RETIRED, b(dependent=True), "", "how many people the employer of B (group) employs"),
        (a(employees=20), b(dependent=True), "A", ""),
    ],
)
def test_medicare_between_two_plans_turns_their_order(
    own: KnownCoverage, dependents: KnownCoverage, first: str, missing: str
) -> None:
    assert told(own, dependents, medicare=AGED) == (first, missing)
    assert told(own, dependents) == ("A", "")


KINDS = [CoverageKind.GROUP, CoverageKind.TRICARE, CoverageKind.MEDICAID, CoverageKind.PUBLIC_PROGRAM]


@pytest.mark.parametrize(("before", "after"), list(itertools.combinations(KINDS, 2)))
def test_tricare_then_medicaid_then_the_programs_behind_it(before: CoverageKind, after: CoverageKind) -> None:
    assert told(a(kind=before), b(kind=after)) == ("A", "")


@pytest.mark.parametrize("kind", [CoverageKind.MEDICARE, *KINDS[1:]])
def test_which_of_two_coverages_of_one_program_is_right_somebody_has_to_find_out(kind: CoverageKind) -> None:
    assert told(a(kind=kind), b(kind=kind)) == ("", f"which {kind.value} coverage is the person's")


def test_medicare_pays_before_tricare_and_medicaid() -> None:
    assert told(AGED, b(kind=CoverageKind.TRICARE)) == told(AGED, b(kind=CoverageKind.MEDICAID)) == ("MEDICARE", "")


def test_veterans_care_is_billed_to_one() -> None:
    assert first_of(a(), b(kind=CoverageKind.VETERANS), RULES, DAY) == Order(None, APART)


def test_our_place_among_several_on_a_day() -> None:
    spouse = known("SPOUSE", dependent=True)
    over = known("OVER", span=Span(dt.date(2015, 1, 1), dt.date(2026, 3, 1)), coordinates=False)
    last_day = known("LAST", span=Span(dt.date(2015, 1, 1), DAY), coordinates=False)
    state = known("STATE", kind=CoverageKind.MEDICAID)
    hospital = known("VA", kind=CoverageKind.VETERANS)
    unclear = known("UNCLEAR", dependent=None)
    alike = known("ALIKE", covered_since=dt.date(2021, 1, 1))
    mill = known("MILL", kind=CoverageKind.WORK)
    place = place_of_ours(a(), [spouse, over, last_day, state, hospital, unclear, alike, mill], RULES, DAY)
    assert [ranked.payer for ranked in place.earlier] == [last_day]
    assert [ranked.payer for ranked in place.later] == [spouse, state]
    assert [ranked.payer for ranked in place.apart] == [hospital]
    assert [ranked.payer for ranked in place.equal] == [alike]
    assert [(ranked.payer, bool(ranked.missing)) for ranked in place.unknown] == [(unclear, True)]


MAYBE = st.none() | st.booleans()
DAYS = st.dates(dt.date(1960, 1, 1), dt.date(2025, 12, 31))
COVERAGE = st.builds(
    KnownCoverage,
    payer_id=st.just("A"),
    kind=st.sampled_from([kind for kind in CoverageKind if kind not in (CoverageKind.OURS, *LIABLE)]),
    span=st.builds(Span, DAYS),
    coordinates=st.booleans(),
    dependent=MAYBE,
    holder_born_on=st.none() | DAYS,
    parents=st.none() | st.sampled_from(Parents),
    holder=st.none() | st.sampled_from(Holder),
    decreed=st.booleans(),
    active=MAYBE,
    asks_for_activity=st.booleans(),
    continuation=MAYBE,
    covered_since=st.none() | DAYS,
    employees=st.none() | st.integers(1, 200),
    medicare_reason=st.none() | st.sampled_from(MedicareReason),
    eligible_on=st.none() | DAYS,
)


@given(one=COVERAGE, other=COVERAGE, between=st.none() | st.sampled_from([AGED, DISABLED, medicare(None)]), day=DAYS)
def test_the_order_does_not_depend_on_who_is_named_first(
    one: KnownCoverage, other: KnownCoverage, between: KnownCoverage | None, day: dt.date
) -> None:
    other = msgspec.structs.replace(other, payer_id="B")
    order = first_of(one, other, RULES, day, between)
    turned = first_of(other, one, RULES, day, between)
    assert (order.first, order.rule, bool(order.missing)) == (turned.first, turned.rule, bool(turned.missing))
    assert order.first in (one, other, None) and not (order.missing and order.first) and order.rule
