"""Verdict precedence, crashes and rulings: what decides when several things are true of one claim."""

import datetime as dt

import msgspec
import pytest

from adjudicator import engine
from adjudicator.edits import EDITS, Edit, Stage
from adjudicator.engine import adjudicate
from adjudicator.model.case import Ruling, RulingVerdict
from adjudicator.model.claim import Provider
from adjudicator.model.decision import Audience, Disposition, Verdict
from adjudicator.policy.policy_set import PolicySet
from tests.building import a_case, a_claim, a_line, worked_policies


def test_the_order_of_verdicts_is_the_documented_one():
    assert [verdict.name for verdict in sorted(Verdict)] == [
        "PAY",
        "INFORM",
        "REDUCE",
        "PEND",
        "DENY",
        "FAULT",
        "REJECT",
    ]


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo, fees_cents={"99213": 9200})


def test_a_pend_on_one_line_holds_the_whole_claim(policies: PolicySet):
    claim = a_claim(a_line(1), a_line(2, procedure="99214"))  # 99214 has no fee
    decision = adjudicate(a_case(claim), policies)
    assert (decision.disposition, decision.lines) == (Disposition.PENDED, ())


def test_a_pend_on_a_denied_line_holds_nothing(policies: PolicySet):
    claim = a_claim(a_line(1), a_line(2, modifiers=("50",), procedure="00000"))
    decision = adjudicate(a_case(claim), policies)
    assert decision.disposition is Disposition.PARTLY_PAID
    assert {f.rule for f in decision.findings if f.line == 2} == {"procedure.not-valid", "unsupported.modifier"}


def test_a_pend_on_the_claim_is_not_outranked_by_denied_lines(policies: PolicySet):
    decision = adjudicate(a_case(a_claim(a_line(procedure="00000"), test=True)), policies)
    assert decision.disposition is Disposition.PENDED


def test_a_reject_outranks_pends_denials_and_faults(policies: PolicySet, monkeypatch: pytest.MonkeyPatch):
    plant_crash(monkeypatch, 0)
    claim = a_claim(a_line(procedure="00000"), test=True, billing=Provider(npi="", tax_id="999000001"))
    decision = adjudicate(a_case(claim), policies)
    assert decision.disposition is Disposition.REJECTED
    assert {f.verdict for f in decision.findings} >= {Verdict.REJECT, Verdict.DENY, Verdict.PEND, Verdict.FAULT}


POSITIONS = [(stage, edit) for stage, of in enumerate(EDITS) for edit in range(len(of.edits))]


def plant_crash(monkeypatch: pytest.MonkeyPatch, stage: int, edit: int | None = None) -> None:
    """Replace one edit by one that crashes; without ``edit``, add it to the stage."""

    def crash(case, policies, standing):
        raise ZeroDivisionError("PATIENT SAMPLE TEST0001")

    edits = list(EDITS[stage].edits)
    if edit is None:
        edits.append(Edit("Crashing", "X1", crash))
    else:
        edits[edit] = Edit("Crashing", "X1", crash)
    planted = list(EDITS)
    planted[stage] = Stage(EDITS[stage].name, tuple(edits))
    monkeypatch.setattr(engine, "EDITS", tuple(planted))


@pytest.mark.parametrize(("stage", "edit"), POSITIONS)
@pytest.mark.parametrize("procedure", ["99213", "00000"])
def test_a_crash_in_any_edit_never_pays_and_never_denies(
    policies: PolicySet, monkeypatch: pytest.MonkeyPatch, stage: int, edit: int, procedure: str
):
    plant_crash(monkeypatch, stage, edit)
    decision = adjudicate(a_case(a_claim(a_line(procedure=procedure))), policies)
    assert (decision.disposition, decision.lines, decision.entries) == (Disposition.PENDED, (), ())
    (fault,) = [f for f in decision.findings if f.verdict is Verdict.FAULT]
    assert (fault.rule, fault.queue, fault.audience) == ("fault", "system", Audience.INTERNAL)
    assert "ZeroDivisionError" in fault.because
    assert "SAMPLE" not in fault.because
    assert "TEST0001" not in fault.because


@pytest.mark.parametrize("step", ["price_lines", "share_lines", "pay_line"])
def test_a_crash_in_pricing_or_benefits_holds_the_claim(
    policies: PolicySet, monkeypatch: pytest.MonkeyPatch, step: str
):
    def crash(*args: object) -> None:
        raise KeyError("TEST0001")

    monkeypatch.setattr(engine, step, crash)
    decision = adjudicate(a_case(), policies)
    assert (decision.disposition, decision.lines) == (Disposition.PENDED, ())
    assert decision.findings[0].verdict is Verdict.FAULT


def test_a_crash_keeps_what_the_other_edits_found(policies: PolicySet, monkeypatch: pytest.MonkeyPatch):
    plant_crash(monkeypatch, 2)
    decision = adjudicate(a_case(a_claim(a_line(procedure="00000", place_of_service="00"))), policies)
    assert {f.rule for f in decision.findings} == {"fault", "procedure.not-valid", "place.not-valid"}


def ruling(case, policies: PolicySet, verdict: RulingVerdict, **changes: object) -> Ruling:
    (finding,) = adjudicate(case, policies).pends()
    answer = Ruling(
        rule=finding.rule,
        policy=finding.policy,
        line=finding.line,
        verdict=verdict,
        rationale="The eligibility file shows the new name.",
        ruled_by="reviewer-one",
        group="PR" if verdict is RulingVerdict.DENY else "",
        carc="140" if verdict is RulingVerdict.DENY else "",
    )
    return msgspec.structs.replace(answer, **changes)


def renamed_claim():
    claim = a_claim()
    person = msgspec.structs.replace(claim.subscriber.person, last_name="RENAMED")
    return msgspec.structs.replace(claim, subscriber=msgspec.structs.replace(claim.subscriber, person=person))


def test_a_ruling_that_allows_releases_the_claim(policies: PolicySet):
    case = a_case(renamed_claim())
    allowed = msgspec.structs.replace(case, rulings=(ruling(case, policies, RulingVerdict.ALLOW),))
    decision = adjudicate(allowed, policies)
    assert decision.disposition is Disposition.PAID
    (told,) = decision.findings
    assert (told.verdict, told.ruled_by) == (Verdict.INFORM, "reviewer-one")


def test_a_ruling_that_denies_denies_with_its_own_reason(policies: PolicySet):
    case = a_case(renamed_claim())
    denied = msgspec.structs.replace(case, rulings=(ruling(case, policies, RulingVerdict.DENY),))
    decision = adjudicate(denied, policies)
    assert decision.disposition is Disposition.DENIED
    assert [(a.group, a.carc, a.amount_cents) for a in decision.line(1).adjustments] == [("PR", "140", 13000)]


@pytest.mark.parametrize(
    "other", [{"rule": "member.ambiguous"}, {"policy": "guidance/eligibility@1999-01-01"}, {"line": 1}]
)
def test_a_ruling_answers_only_its_exact_finding(policies: PolicySet, other: dict):
    case = a_case(renamed_claim())
    missed = ruling(case, policies, RulingVerdict.ALLOW, **other)
    assert adjudicate(msgspec.structs.replace(case, rulings=(missed,)), policies).disposition is Disposition.PENDED


@pytest.mark.parametrize(
    ("verdict", "disposition"), [(RulingVerdict.DENY, Disposition.DENIED), (RulingVerdict.ALLOW, Disposition.PENDED)]
)
def test_a_service_that_no_policy_covers_can_be_denied_by_a_person_and_never_allowed(
    policies: PolicySet, verdict: RulingVerdict, disposition: Disposition
):
    long_ago = dt.date(1926, 3, 2)
    case = a_case(a_claim(a_line(from_date=long_ago, through_date=long_ago)))
    waiting = adjudicate(case, policies)
    assert waiting.disposition is Disposition.PENDED
    assert {finding.rule for finding in waiting.pends()} == {"policy-gap"}
    answer = Ruling(
        rule="policy-gap",
        policy="",
        line=0,
        verdict=verdict,
        rationale="The year is a slip.",
        ruled_by="reviewer-one",
        group="CO",
        carc="29",
    )
    ruled = adjudicate(msgspec.structs.replace(case, rulings=(answer,)), policies)
    assert ruled.disposition is disposition
    assert ruled.paid_cents == 0


def test_a_missing_plan_version_holds_the_claim_and_names_it(policies: PolicySet):
    plan = policies.plans["plans/worked"]
    version = msgspec.structs.replace(plan.versions[0], span=type(plan.versions[0].span)(dt.date(2026, 3, 3)))
    plans = {"plans/worked": msgspec.structs.replace(plan, versions=(version,))}
    decision = adjudicate(a_case(), msgspec.structs.replace(policies, plans=plans))
    assert decision.disposition is Disposition.PENDED
    assert [f.because for f in decision.findings] == [
        "The policy set cannot answer: plans/worked has no version in force on 2026-03-02."
    ]
