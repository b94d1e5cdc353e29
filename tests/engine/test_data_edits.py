"""What the claim says: coding policies, and several mistakes of one claim told in one answer."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.explain.asking import why
from adjudicator.model.claim import Claim, ClaimType, UnitBasis
from adjudicator.model.decision import Disposition, Verdict
from adjudicator.policy import conditions
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Document
from adjudicator.policy.look_backs import LookBack
from adjudicator.policy.policy_set import CriteriaPolicy, Criterion, PolicySet
from tests.building import ALWAYS, ANY, CITE, SERVICE_DAY, a_case, a_claim, a_line, codes, worked_policies


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo)


def document(folder: str, *criteria: Criterion) -> Document[CriteriaPolicy]:
    path = f"{folder}/test"
    version = CriteriaPolicy(document=path, span=ALWAYS, cite=CITE, procedures=ANY, criteria=criteria)
    return Document(path=path, title="A test's own", versions=(version,))


def in_office(folder: str, carc: str) -> Criterion:
    """A criterion that a line in place 11 does not meet."""
    answer = Answer(f"{folder}/test#office", Verdict.DENY, f"{folder}/test@2020-01-01", group="CO", carc=carc)
    return Criterion(id="office", when=conditions.places(codes("11")), require=None, answer=answer)


def test_a_coding_policy_denies_before_a_medical_policy_and_both_are_told(policies: PolicySet):
    both = msgspec.structs.replace(
        policies,
        coding=(document("coding", in_office("coding", "5")),),
        coverage=(document("coverage", in_office("coverage", "58")),),
    )
    decision = adjudicate(a_case(), both)
    assert decision.disposition is Disposition.DENIED
    assert [finding.rule for finding in decision.findings] == ["coding/test#office", "coverage/test#office"]
    assert [(a.group, a.carc, a.amount_cents) for a in decision.line(1).adjustments] == [("CO", "5", 13000)]
    assert decision.findings[0].because == "Place of service 11 is on the policy's list."


def test_a_coding_policy_is_asked_even_where_the_patient_is_unknown(policies: PolicySet):
    asked = msgspec.structs.replace(policies, coding=(document("coding", in_office("coding", "5")),))
    decision = adjudicate(a_case(members=()), asked)
    assert "coding/test#office" in {finding.rule for finding in decision.findings}


def test_coding_policies_leave_institutional_claims_alone(policies: PolicySet):
    asked = msgspec.structs.replace(policies, coding=(document("coding", in_office("coding", "5")),))
    decision = adjudicate(a_case(a_claim(claim_type=ClaimType.INSTITUTIONAL)), asked)
    assert "coding/test#office" not in {finding.rule for finding in decision.findings}


def test_a_version_of_another_day_or_for_other_procedures_is_not_asked(policies: PolicySet):
    asked = document("coding", in_office("coding", "5"))
    (version,) = asked.versions
    for changes in (
        {"span": msgspec.structs.replace(ALWAYS, ends=dt.date(2026, 3, 1))},
        {"procedures": codes("99214")},
    ):
        other = msgspec.structs.replace(asked, versions=(msgspec.structs.replace(version, **changes),))
        decision = adjudicate(a_case(a_claim(a_line())), msgspec.structs.replace(policies, coding=(other,)))
        assert decision.disposition is Disposition.PAID


def test_a_line_that_a_policy_denies_is_no_earlier_service_for_the_next(policies: PolicySet):
    in_a_year = Criterion(
        id="yearly",
        when=None,
        require=conditions.none_since(codes("99213"), LookBack(months=12)),
        answer=Answer("coverage/test#yearly", Verdict.DENY, "coverage/test@2020-01-01", group="PR", carc="119"),
    )
    asked = msgspec.structs.replace(policies, coverage=(document("coverage", in_office("coverage", "58"), in_a_year),))
    claim = a_claim(a_line(), a_line(2, place_of_service="12"), a_line(3, place_of_service="12", modifiers=("25",)))
    decision = adjudicate(a_case(claim), asked)
    denied = [(f.rule, f.line) for f in decision.findings if f.verdict is Verdict.DENY]
    # Line 1 is denied for its place, so line 2 is the first such service of the year, and line 3 the second.
    assert denied == [("coverage/test#office", 1), ("coverage/test#yearly", 3)]
    told = list(why("coverage/test#yearly", a_case(claim), decision, asked))
    assert "Line 2: applies; met: no such service within 12 months before or after 2026-03-02." in told


def found(policies: PolicySet, claim: Claim, **facts: Any) -> set[tuple[str, int]]:
    return {(finding.rule, finding.line) for finding in adjudicate(a_case(claim, **facts), policies).findings}


# F2


@pytest.mark.parametrize(("day", "valid"), [(dt.date(2023, 1, 1), True), (dt.date(2022, 12, 31), False)])
def test_a_modifier_is_looked_up_on_the_date_of_service(policies: PolicySet, day: dt.date, valid: bool):
    # JZ came with 2023.
    claim = a_claim(a_line(modifiers=("JZ",), from_date=day, through_date=day))
    assert (("modifier.not-valid", 1) not in found(policies, claim)) is valid


def test_each_wrong_modifier_of_a_line_is_told(policies: PolicySet):
    decision = adjudicate(a_case(a_claim(a_line(modifiers=("Z8", "25", "Z9")))), policies)
    told = [finding.because for finding in decision.findings if finding.rule == "modifier.not-valid"]
    assert told == [
        f"Modifier {name} of line 1 is not on our list of modifiers of 2026-03-02." for name in ("Z8", "Z9")
    ]
    assert [(a.group, a.carc) for a in decision.line(1).adjustments] == [("CO", "182")]


# F11


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"quantity_thousandths": 2000}, None),
        ({"quantity_thousandths": 1999}, "units.fractional"),
        ({"quantity_thousandths": 1999, "unit_basis": UnitBasis.MINUTES}, None),
        ({"quantity_thousandths": 1500, "procedure": "A0425"}, None),
        ({"unit_basis": UnitBasis.DAYS}, "units.basis"),
    ],
)
def test_units_are_whole_unless_the_payer_takes_parts(policies: PolicySet, changes: dict[str, Any], rule: str | None):
    told = {name for name, _ in found(policies, a_claim(a_line(**changes))) if name.startswith("units.")}
    assert told == ({rule} if rule else set())


# F17

ACCIDENT = {"related_causes": ("AA",), "accident_date": SERVICE_DAY, "accident_state": "NE"}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"accident_date": None}, {"accident.date-missing"}),
        ({"accident_state": ""}, {"accident.state-missing"}),
        ({"accident_date": None, "accident_state": ""}, {"accident.date-missing", "accident.state-missing"}),
        ({"related_causes": ("OA",), "accident_state": ""}, set()),
        ({"related_causes": ("EM",), "accident_date": None, "accident_state": ""}, set()),
        ({"accident_date": SERVICE_DAY + dt.timedelta(1)}, {"accident.date-after-service"}),
    ],
)
def test_an_accident_has_its_day_and_its_state(policies: PolicySet, changes: dict[str, Any], rules: set[str]):
    told = {name for name, _ in found(policies, a_claim(**ACCIDENT | changes)) if name.startswith("accident.")}
    assert told == rules


def test_only_lines_before_the_accident_contradict_it(policies: PolicySet):
    before = SERVICE_DAY - dt.timedelta(1)
    claim = a_claim(a_line(from_date=before, through_date=before), a_line(2, procedure="99214"), **ACCIDENT)
    assert ("accident.date-after-service", 1) in found(policies, claim)
    assert ("accident.date-after-service", 2) not in found(policies, claim)


@pytest.mark.parametrize(("days_later", "told"), [(0, False), (1, True)])
def test_earlier_dates_come_no_later_than_the_service(policies: PolicySet, days_later: int, told: bool):
    day = SERVICE_DAY + dt.timedelta(days_later)
    claim = a_claim(a_line(last_seen_date=day), last_menstrual_period_date=day)
    rules = {("last-menstrual-period.after-service", 1), ("last-seen.after-service", 1)}
    assert found(policies, claim) & rules == (rules if told else set())


# Several mistakes of one claim


@pytest.fixture(scope="module")
def coding(demo: PolicySet) -> PolicySet:
    """The worked example with the demo payer's coding policies."""
    return msgspec.structs.replace(worked_policies(demo), coding=demo.coding)


def test_five_mistakes_of_one_line_are_told_in_one_answer(coding: PolicySet):
    line = a_line(modifiers=("26", "TC", "Z9"), quantity_thousandths=2500, place_of_service="28")
    decision = adjudicate(a_case(a_claim(line)), coding)
    denials = [finding.rule for finding in decision.findings if finding.verdict is Verdict.DENY]
    assert set(denials) == {
        "coding/component-modifiers#no-parts",
        "coding/modifier-combinations#both-components",
        "coding/units#one-visit",
        "modifier.not-valid",
        "place.not-valid",
        "units.fractional",
    }
    assert decision.disposition is Disposition.DENIED
    (adjustment,) = decision.line(1).adjustments
    assert (adjustment.rule, adjustment.amount_cents) == (denials[0], 13000)


def test_five_mistakes_of_five_lines_are_told_in_one_answer_and_the_sixth_line_is_paid(coding: PolicySet):
    lines = (
        a_line(1, procedure="00000"),
        a_line(2, modifiers=("Z9",)),
        a_line(3, quantity_thousandths=1500, procedure="96372"),
        a_line(4, procedure="99231"),
        a_line(5, procedure="66984", place_of_service="24"),
        a_line(6, procedure="99214"),
    )
    decision = adjudicate(a_case(a_claim(*lines)), coding)
    assert decision.disposition is Disposition.PARTLY_PAID
    assert {(finding.rule, finding.line) for finding in decision.findings} == {
        ("procedure.not-valid", 1),
        ("modifier.not-valid", 2),
        ("unsupported.modifier", 2),
        ("units.fractional", 3),
        ("coding/places#hospital", 4),
        ("coding/required-modifiers#eye", 5),
        ("coding/supporting-diagnoses#cataract", 5),
    }
    assert [line.verdict for line in decision.lines[:5]] == [Verdict.DENY] * 5
    assert decision.line(6).verdict is not Verdict.DENY
    assert sum(line.paid_cents + sum(a.amount_cents for a in line.adjustments) for line in decision.lines) == 6 * 13000


def test_mistakes_of_the_claim_and_of_an_earlier_stage_hide_no_mistake_of_a_line(coding: PolicySet):
    claim = a_claim(
        a_line(1, modifiers=("Z9",), quantity_thousandths=2000),
        related_causes=("AA",),
        last_menstrual_period_date=SERVICE_DAY + dt.timedelta(1),
    )
    decision = adjudicate(a_case(claim, coverage=()), coding)
    assert {finding.rule for finding in decision.findings} >= {
        "coverage.none",
        "accident",
        "accident.date-missing",
        "accident.state-missing",
        "last-menstrual-period.after-service",
        "modifier.not-valid",
        "coding/units#one-visit",
    }
    assert next(finding.rule for finding in decision.findings if finding.verdict is Verdict.DENY) == "coverage.none"


def asked(bounds: dict[str, Any], policies: PolicySet) -> PolicySet:
    """The policies with a coding policy that denies office visits and says what its criteria need."""
    (version,) = document("coding", in_office("coding", "5")).versions
    bound = Document("coding/test", "A test's own", (msgspec.structs.replace(version, **bounds),))
    return msgspec.structs.replace(policies, coding=(bound,))


@pytest.mark.parametrize(("modifiers", "told"), [((), False), (("25",), True), (("24", "25"), True), (("24",), False)])
def test_a_policy_about_modifiers_leaves_lines_without_them_alone(
    policies: PolicySet, modifiers: tuple[str, ...], told: bool
):
    bound = asked({"modifiers": codes("25")}, policies)
    assert (("coding/test#office", 1) in found(bound, a_claim(a_line(modifiers=modifiers)))) is told


@pytest.mark.parametrize(("listed", "told"), [("I10", False), ("E119", True)])
def test_a_policy_about_diagnoses_leaves_claims_without_them_alone(policies: PolicySet, listed: str, told: bool):
    bound = asked({"diagnoses": codes(listed)}, policies)
    assert (("coding/test#office", 1) in found(bound, a_claim(a_line(), a_line(2, procedure="99214")))) is told
    assert (("coding/test#office", 2) in found(bound, a_claim(a_line(), a_line(2, procedure="99214")))) is told
