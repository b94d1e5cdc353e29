"""What coverage depends on beside its days, who else has a patient's care, and what others pay: word for word."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import (
    Case,
    Coverage,
    CoverageTerms,
    Elsewhere,
    ElsewhereKind,
    ProviderKind,
    ProviderRecord,
    Requirement,
)
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Verdict
from adjudicator.policy import conditions
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Document
from adjudicator.policy.plan import Exclusion, PremiumGrace
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    BILLING,
    MEMBER,
    RENDERING,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_line,
    codes,
    worked_policies,
)

DAY = dt.timedelta(days=1)
GRACE = PremiumGrace(months=3, paid_months=1)
PAID = Answer(
    rule="contracts/worked#visits", verdict=Verdict.DENY, policy="contracts/worked@2020-01-01", group="CO", carc="24"
)
OTHERS = Answer(
    rule="plans/worked#others", verdict=Verdict.DENY, policy="plans/worked@2020-01-01", group="OA", carc="109"
)
UNDATED: dict[str, Any] = {"from_date": None, "through_date": None}


def told(case: Case, policies: PolicySet) -> dict[str, str]:
    return {finding.rule: finding.because for finding in adjudicate(case, policies).findings}


def on(day: dt.date, *lines: Line, members: tuple[Any, ...] = (MEMBER,), **terms: Any) -> Case:
    """A visit of a day under coverage with these terms, received that day."""
    coverage = (Coverage("plans/worked", ALWAYS, terms=CoverageTerms(**terms)),)
    claim = a_claim(*(lines or (a_line(from_date=day, through_date=day),)))
    return a_case(claim, coverage=coverage, received_on=day, members=members)


@pytest.mark.parametrize(("through", "waits"), [(SERVICE_DAY, True), (SERVICE_DAY - DAY, False)])
def test_a_member_waits_through_the_last_day_of_the_waiting_period(demo: PolicySet, through: dt.date, waits: bool):
    sentence = "The patient's waiting period lasts through 2026-03-02; line 1 is dated 2026-03-02."
    expected = {"coverage.waiting": sentence} if waits else {}
    case = on(SERVICE_DAY, waiting_through=through)
    assert told(case, worked_policies(demo)) == expected
    assert told(case, worked_policies(demo, waiting_for=codes("99213"))) == expected
    assert told(case, worked_policies(demo, waiting_for=codes("27447"))) == {}


def test_terms_of_another_stretch_of_coverage_bind_no_line(demo: PolicySet):
    before = Coverage("plans/worked", Span(dt.date(2019, 1, 1), dt.date(2019, 12, 31)))
    terms = CoverageTerms(waiting_through=SERVICE_DAY, premium_paid_through=SERVICE_DAY - DAY)
    now = Coverage("plans/worked", ALWAYS)
    policies = worked_policies(demo)
    assert told(a_case(coverage=(msgspec.structs.replace(before, terms=terms), now)), policies) == {}
    waiting = told(a_case(coverage=(before, msgspec.structs.replace(now, terms=terms))), policies)
    assert set(waiting) == {"coverage.waiting", "coverage.premium-overdue"}


@pytest.mark.parametrize(
    ("unmet", "rule"),
    [(Requirement.ELIGIBILITY, "coverage.not-eligible"), (Requirement.RESIDENCY, "coverage.not-resident")],
)
def test_a_requirement_that_is_not_met_is_told_by_name(demo: PolicySet, unmet: Requirement, rule: str):
    sentence = f"On 2026-03-02, the day of line 1, the patient did not meet the plan's requirement of {unmet.value}."
    assert told(on(SERVICE_DAY, unmet=unmet), worked_policies(demo)) == {rule: sentence}


@pytest.mark.parametrize(
    ("paid_through", "day", "rule"),
    [
        # Paid through 31 January: February is paid all the same, March and April wait, from May on all grace is over.
        (dt.date(2026, 1, 31), dt.date(2026, 1, 31), ""),
        (dt.date(2026, 1, 31), dt.date(2026, 2, 28), ""),
        (dt.date(2026, 1, 31), dt.date(2026, 3, 1), "grace"),
        (dt.date(2026, 1, 31), dt.date(2026, 4, 30), "grace"),
        (dt.date(2026, 1, 31), dt.date(2026, 5, 1), "overdue"),
        # Paid through 28 February, the month's last day: March, then April and May.
        (dt.date(2026, 2, 28), dt.date(2026, 3, 31), ""),
        (dt.date(2026, 2, 28), dt.date(2026, 4, 1), "grace"),
        (dt.date(2026, 2, 28), dt.date(2026, 5, 31), "grace"),
        (dt.date(2026, 2, 28), dt.date(2026, 6, 1), "overdue"),
        # In a leap year February lasts a day longer.
        (dt.date(2028, 1, 31), dt.date(2028, 2, 29), ""),
        (dt.date(2028, 1, 31), dt.date(2028, 3, 1), "grace"),
    ],
)
def test_an_owed_premium_waits_by_whole_months(demo: PolicySet, paid_through: dt.date, day: dt.date, rule: str):
    sentences = {
        "": {},
        "grace": {
            "coverage.premium-grace": f"The premium is paid through {paid_through}; line 1 is dated {day}, in the time of grace "
            "in which we wait for the premium."
        },
        "overdue": {
            "coverage.premium-overdue": f"The premium is paid through {paid_through}; line 1 is dated {day}, after all time "
            "of grace."
        },
    }
    found = told(on(day, premium_paid_through=paid_through), worked_policies(demo, premium_grace=GRACE))
    assert found == sentences[rule]


def test_a_plan_without_grace_waits_at_once(demo: PolicySet):
    policies = worked_policies(demo)
    assert told(on(SERVICE_DAY, premium_paid_through=SERVICE_DAY), policies) == {}
    assert set(told(on(SERVICE_DAY, premium_paid_through=SERVICE_DAY - DAY), policies)) == {"coverage.premium-overdue"}


def away(*kinds: ElsewhereKind, span: Span = ALWAYS) -> tuple[Any, ...]:
    return (msgspec.structs.replace(MEMBER, elsewhere=tuple(Elsewhere(kind, span) for kind in kinds)),)


@pytest.mark.parametrize(
    ("kind", "rule", "care"),
    [
        (ElsewhereKind.MANAGED_CARE, "elsewhere.managed-care", "managed care"),
        (ElsewhereKind.OTHER_PLAN, "elsewhere.other-plan", "other plan"),
        (ElsewhereKind.HOSPICE, "elsewhere.hospice", "hospice"),
        (ElsewhereKind.SKILLED_NURSING, None, ""),
        (ElsewhereKind.HOME_HEALTH, None, ""),
    ],
)
def test_who_covers_all_care_of_a_day_is_told(demo: PolicySet, kind: ElsewhereKind, rule: str | None, care: str):
    policies = worked_policies(demo)
    sentence = f"By our file the patient was in {care} care on 2026-03-02, the day of line 1."
    assert told(on(SERVICE_DAY, members=away(kind)), policies) == ({rule: sentence} if rule else {})
    for span in (Span(SERVICE_DAY + DAY), Span(ALWAYS.effective, SERVICE_DAY - DAY)):
        assert told(on(SERVICE_DAY, members=away(kind, span=span)), policies) == {}
    undated = on(SERVICE_DAY, a_line(**UNDATED), members=away(kind))
    assert set(told(undated, policies)) == {"service-date.missing"}


@pytest.mark.parametrize(
    ("modifiers", "hospice"), [(("GW",), False), (("25", "GV"), False), (("25",), True), ((), True)]
)
def test_care_that_is_not_the_hospices_says_so(demo: PolicySet, modifiers: tuple[str, ...], hospice: bool):
    policies = worked_policies(demo)
    case = on(SERVICE_DAY, a_line(modifiers=modifiers), members=away(ElsewhereKind.HOSPICE))
    assert ("elsewhere.hospice" in told(case, policies)) is hospice
    both = on(SERVICE_DAY, a_line(modifiers=modifiers), members=away(ElsewhereKind.HOSPICE, ElsewhereKind.OTHER_PLAN))
    assert "elsewhere.other-plan" in told(both, policies)


DOCTOR = ProviderRecord(npi=RENDERING.npi, name="DOCTOR", kind=ProviderKind.PRACTITIONER)
GROUP = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP)


@pytest.mark.parametrize(
    ("spans", "sentence"),
    [
        ((), None),
        ((Span(SERVICE_DAY, SERVICE_DAY),), None),
        ((Span(ALWAYS.effective, SERVICE_DAY - DAY),), "; enrolment ended on 2026-03-01"),
        ((Span(SERVICE_DAY + DAY),), "; enrolment begins on 2026-03-03"),
    ],
)
def test_who_gives_care_is_enrolled_on_its_day(demo: PolicySet, spans: tuple[Span, ...], sentence: str | None):
    record = msgspec.structs.replace(DOCTOR, enrolled=spans)
    rule = "rendering-provider.not-enrolled"
    told_of = f"Rendering NPI 1999999992 is not enrolled with us on 2026-03-02, the day of line 1{sentence}."
    assert told(a_case(providers=(record,)), worked_policies(demo)) == ({rule: told_of} if sentence else {})


def test_who_bills_for_own_care_is_told_once_and_an_undated_line_not_at_all(demo: PolicySet):
    lapsed = msgspec.structs.replace(GROUP, kind=ProviderKind.PRACTITIONER, enrolled=(Span(SERVICE_DAY + DAY),))
    alone = a_case(a_claim(a_line(rendering=BILLING)), providers=(lapsed,))
    assert set(told(alone, worked_policies(demo))) == {"billing-provider.not-enrolled"}
    record = msgspec.structs.replace(DOCTOR, enrolled=(Span(SERVICE_DAY + DAY),))
    undated = a_case(a_claim(a_line(**UNDATED)), providers=(record,))
    assert set(told(undated, worked_policies(demo))) == {"service-date.missing"}


def capitated(demo: PolicySet, *rows: Exclusion) -> PolicySet:
    policies = worked_policies(demo)
    (version,) = policies.contracts["contracts/worked"].versions
    contract = Document("contracts/worked", "Worked", (msgspec.structs.replace(version, capitated=rows),))
    return msgspec.structs.replace(policies, contracts={**policies.contracts, "contracts/worked": contract})


def test_what_is_paid_by_the_month_is_not_paid_by_the_service(demo: PolicySet):
    sentence = "Your contract pays procedure 99213 of line 1 by the member and month."
    visits = Exclusion("visits", codes("99213"), None, PAID)
    assert told(a_case(), capitated(demo, visits)) == {PAID.rule: sentence}
    assert told(a_case(a_claim(a_line(procedure="99214"))), capitated(demo, visits)) == {}
    in_hospital = Exclusion("visits", codes("99213"), conditions.places(codes("21")), PAID)
    assert told(a_case(), capitated(demo, in_hospital)) == {}
    office = Exclusion("visits", codes("99213"), conditions.places(codes("11")), PAID)
    assert told(a_case(), capitated(demo, office)) == {PAID.rule: sentence}
    assert set(told(a_case(members=()), capitated(demo, visits))) == {"member.not-found"}


def test_capitation_decides_before_the_plan_excludes(demo: PolicySet):
    policies = capitated(demo, Exclusion("visits", codes("99213"), None, PAID))
    (plan,) = policies.plans["plans/worked"].versions
    excluded = msgspec.structs.replace(plan, exclusions=(Exclusion("others", codes("99213"), None, OTHERS),))
    policies = msgspec.structs.replace(
        policies, plans={"plans/worked": Document("plans/worked", "Worked", (excluded,))}
    )
    decision = adjudicate(a_case(), policies)
    assert {finding.rule for finding in decision.findings} == {PAID.rule, OTHERS.rule}
    assert [adjustment.carc for adjustment in decision.line(1).adjustments] == ["24"]


def test_what_another_plan_covers_is_told_by_its_name(demo: PolicySet):
    row = Exclusion("others", codes("99213"), None, OTHERS, handled_by="Meadowlark Vision")
    assert told(a_case(), worked_policies(demo, exclusions=(row,))) == {
        OTHERS.rule: "Meadowlark Vision covers procedure 99213 of line 1."
    }
    office = msgspec.structs.replace(row, when=conditions.places(codes("11")))
    assert told(a_case(), worked_policies(demo, exclusions=(office,))) == {
        OTHERS.rule: "Meadowlark Vision covers procedure 99213 of line 1: place of service 11 is on the policy's list."
    }
