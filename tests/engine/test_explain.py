"""A decision in words, and the next step of every reason, as a biller reads them."""

import datetime as dt
import re

import msgspec
import pytest

from adjudicator.engine import RULES, adjudicate
from adjudicator.explain import HELD_BY_PAYER, Register, explain
from adjudicator.explain.parts import REMEDIES
from adjudicator.guidance import next_step_for_finding, next_steps_for_parts
from adjudicator.model.case import Authorization, Case, Participation, Ruling, RulingVerdict
from adjudicator.model.claim import OtherPayer, PriorAdjustment
from adjudicator.model.dates import Span
from adjudicator.model.decision import Audience, Finding, Verdict
from adjudicator.model.other_coverage import CoverageKind, KnownCoverage
from adjudicator.policy.coordination import Method, PlanCoordination
from adjudicator.policy.policy_set import PolicySet
from tests.building import ALWAYS, BILLING, DECIDED, MEMBER, SERVICE_DAY, a_case, a_claim, a_line, worked_policies

RIVERSIDE = (
    Participation(
        tax_id=BILLING.tax_id,
        npi=BILLING.npi,
        product="PPO",
        contract="contracts/riverside-medical-group",
        span=ALWAYS,
    ),
)


def in_network(*lines, **facts) -> Case:
    return a_case(a_claim(*lines), plan="plans/ppo-gold", participations=RIVERSIDE, **facts)


def test_a_paid_line_can_be_redone_by_hand(demo: PolicySet):
    case = in_network(a_line(1, procedure="99214", charge_cents=21000))
    told = explain(case, adjudicate(case, demo), demo)
    # 3.9903 x 33.4009 = 133.28; x 1.15 = 153.272 -> 153.27; less copay 30.00 = 123.27; 210.00 - 153.27 = 56.73
    for amount in ("133.28", "fee x 1.15", "153.27", "-30.00", "123.27", "56.73  CO-45", "30.00  PR-3"):
        assert amount in told
    assert "(1.92 work x 1.010 + 1.98 practice x 0.985 + 0.14 malpractice x 0.720) x 33.4009" in told


def test_modifiers_and_rank_can_be_redone_by_hand(demo: PolicySet):
    lines = (
        a_line(1, procedure="17000", charge_cents=90000),
        a_line(2, procedure="20610", charge_cents=90000, modifiers=("52",), quantity_thousandths=2000),
    )
    case = a_case(a_claim(*lines), plan="plans/ppo-gold", participations=())
    told = explain(case, adjudicate(case, demo), demo)
    # 17000 64.13; 20610 62.20 x 0.5 = 31.10, twice half of that, 15.55: 31.10.
    for row in (
        r"x 1 +64.13  ranked 1, 1 unit \[payment/professional@2025-01-01\]",
        r"x 0.5 +31.10  reduced service \(52\) \[payment/professional@2025-01-01\]",
        r"x 0.5 +31.10  ranked 2, 2 units \[payment/professional@2025-01-01\]",
    ):
        assert re.search(row, told), row


def test_every_unpaid_amount_comes_with_who_does_what(demo: PolicySet):
    case = in_network(a_line(1), a_line(2, procedure="70553", charge_cents=90000))
    told = explain(case, adjudicate(case, demo), demo)
    assert len(re.findall(r"Not paid", told)) == len(re.findall(r"Next \(", told)) == 3
    assert "CO-197" in told
    assert "needs prior authorization on 2026-03-02; the claim names none (REF*G1), and none is on file." in told


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in ("fault", "policy-gap")])
def test_every_rule_of_the_engine_has_a_next_step_of_its_own(demo: PolicySet, rule: str):
    finding = demo.answer(rule, dt.date(2026, 3, 2)).finding("Because.", 1)
    step = next_step_for_finding(finding, a_case(), demo)
    assert step.cause
    assert step.action.endswith(".")
    assert "guidance does not explain" not in step.cause


def test_the_filing_deadline_counts_from_the_service_and_the_appeal_from_the_decision(demo: PolicySet):
    case = in_network(a_line(1, procedure="00000"))
    (finding,) = adjudicate(case, demo).findings
    assert next_step_for_finding(finding, case, demo).deadline == dt.date(2027, 3, 2)  # 2026-03-02 + 365 days
    case = in_network(a_line(1, procedure="70553"))
    (adjustment,) = adjudicate(case, demo).line(1).adjustments
    ((_, step),) = next_steps_for_parts(adjustment, 1, case, demo)
    # Where an approval may exist after all, a replacement comes first, and its clock is the filing limit's.
    assert step.deadline == dt.date(2027, 3, 2)
    assert step.appeal


def test_a_provider_reads_a_neutral_sentence_for_the_payers_own_business(demo: PolicySet):
    case = in_network(a_line(1))
    decision = adjudicate(case, demo)
    secret = Finding(
        rule="fault", verdict=Verdict.FAULT, because="Our secret.", audience=Audience.INTERNAL, queue="system"
    )
    held = msgspec.structs.replace(
        decision, disposition=type(decision.disposition).PENDED, findings=(secret,), lines=(), entries=()
    )
    told = explain(case, held, demo)
    assert "Our secret." not in told
    assert HELD_BY_PAYER in told
    assert "Our secret." in explain(case, held, demo, Register.AUDITOR)


def test_what_a_reviewer_denied_is_guided_by_the_reviewers_reason(demo: PolicySet):
    case = in_network(a_line(1, procedure="93306", charge_cents=90000))
    (waiting,) = adjudicate(case, demo).pends()
    assert next_step_for_finding(waiting, case, demo).remedy == "wait"
    ruling = Ruling(
        rule=waiting.rule,
        policy=waiting.policy,
        line=1,
        verdict=RulingVerdict.DENY,
        rationale="No indication in the record.",
        ruled_by="nurse-one",
        group="CO",
        carc="50",
        remarks=("N115",),
    )
    ruled = msgspec.structs.replace(case, rulings=(ruling,))
    decision = adjudicate(ruled, demo)
    (adjustment,) = decision.line(1).adjustments
    assert [step.remedy for _, step in next_steps_for_parts(adjustment, 1, ruled, demo)] == ["replacement"]
    told = explain(ruled, decision, demo)
    assert "nurse-one" not in told
    assert "CO-50 N115" in told


def test_a_rejected_claim_says_how_to_send_it_again(demo: PolicySet):
    case = in_network(a_line(1), members=())
    told = explain(case, adjudicate(case, demo), demo)
    assert "was rejected" in told
    assert "A7:33:IL" in told
    assert "new claim" in told


def test_two_clocks_are_told_apart(demo: PolicySet):
    case = in_network(a_line(1, procedure="00000"))
    decision = adjudicate(case, demo)
    (adjustment,) = decision.line(1).adjustments
    ((_, step),) = next_steps_for_parts(adjustment, 1, case, demo)
    assert (step.deadline, step.appeal_by) == (dt.date(2027, 3, 2), DECIDED + dt.timedelta(days=180))
    told = explain(case, decision, demo)
    assert f"send a replacement (7 in CLM05-3, {case.claim_id} in REF*F8, all lines) by 2027-03-02; appeal by" in told
    assert "appeal by 2026-09-06" in told


def test_what_was_rejected_is_never_named_as_the_claim_to_replace(demo: PolicySet):
    case = a_case(a_claim(a_line(1), frequency_code="7"), plan="plans/ppo-gold", participations=RIVERSIDE)
    decision = adjudicate(case, demo)
    assert decision.disposition.value == "rejected"
    told = explain(case, decision, demo)
    assert "In short: send a replacement by 2027-03-02." in told
    assert f"{case.claim_id} in REF*F8" not in told


def test_only_what_decides_a_claim_tells_its_next_step(demo: PolicySet):
    rejected = in_network(a_line(1, procedure="00000"), members=())
    told = explain(rejected, adjudicate(rejected, demo), demo)
    assert told.count("Next (") == 1  # the unknown member; the code that is not in force is told without a step
    assert "Also found, CO-181 M84" in told
    waiting = in_network(a_line(1, procedure="00000"), a_line(2, procedure="93306", charge_cents=90000))
    told = explain(waiting, adjudicate(waiting, demo), demo)
    assert told.count("Next (") == 1
    assert "Waits: " in told
    assert "CO-50" not in told  # nobody has found that yet


def named(number: str) -> dict:
    return {"authorization_numbers": (number,)}


@pytest.mark.parametrize(
    ("changes", "carc", "told"),
    [
        ({}, "197", "the claim names none (REF*G1), and none is on file"),
        (named("AUTH000009"), "197", "authorization AUTH000009 (REF*G1) is not on file for this patient"),
        (named("A9"), "16", "number A9 (REF*G1) does not look like one of ours, AUTH######"),
        (named("A1"), "302", "authorization A1 (REF*G1) holds from 2026-01-01 through 2026-02-28"),
        (named("A2"), "296", "authorization A2 (REF*G1) was given to another provider"),
        (named("A3"), "284", "authorization A3 (REF*G1) is for 70551"),
    ],
)
def test_a_missing_authorization_says_what_is_wrong_with_the_one_that_was_sent(
    demo: PolicySet, changes: dict, carc: str, told: str
):
    spring = Span(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    approvals = (
        Authorization(number="A1", procedures=("70553",), span=Span(dt.date(2026, 1, 1), dt.date(2026, 2, 28))),
        Authorization(number="A2", procedures=("70553",), span=spring, tax_id="999000002"),
        Authorization(number="A3", procedures=("70551",), span=spring),
    )
    case = in_network(a_line(1, procedure="70553", **changes), authorizations=approvals)
    (finding,) = adjudicate(case, demo).findings
    assert finding.carc == carc
    assert told in finding.because


HERS = KnownCoverage(
    kind=CoverageKind.GROUP, span=ALWAYS, payer_id="FARAWAY", payer_name="FARAWAY HEALTH", dependent=False
)
SPOUSE = msgspec.structs.replace(MEMBER, relationship="01")


def in_words(case: Case, policies: PolicySet) -> str:
    return " ".join(explain(case, adjudicate(case, policies), policies).split())


def test_what_the_whole_claim_is_denied_for_is_told_once(demo: PolicySet):
    lines = a_line(1), a_line(2, procedure="93000", charge_cents=4000)
    case = msgspec.structs.replace(in_network(*lines), members=(SPOUSE,), other_coverage=(HERS,))
    told = in_words(case, demo)
    assert "Also found" not in told
    assert told.count("pays before us (") == 1
    assert told.count("Next (") == 1
    assert "Not paid 40.00 OA-22 MA04: as told of line 1." in told


def test_a_line_of_another_day_has_a_deadline_of_its_own(demo: PolicySet):
    later = SERVICE_DAY + dt.timedelta(days=1)
    lines = a_line(1), a_line(2, procedure="93000", charge_cents=4000, from_date=later, through_date=later)
    case = msgspec.structs.replace(in_network(*lines), members=(SPOUSE,), other_coverage=(HERS,))
    told = in_words(case, demo)
    assert "as told of line" not in told
    assert "send a new claim by 2027-03-02" in told  # 2026-03-02 + 365
    assert "send a new claim by 2027-03-03" in told


def test_the_limit_for_a_claim_that_comes_with_another_payers_answer_runs_from_that_answer(demo: PolicySet):
    case = msgspec.structs.replace(in_network(a_line()), members=(SPOUSE,), other_coverage=(HERS,))
    told = in_words(case, demo)
    assert (
        "In short: send a new claim by 2027-03-02, or within 365 days of the other payer's answer if that is later; appeal by"
        in told
    )


@pytest.mark.parametrize(
    ("answered_on", "deadline"),
    [
        (SERVICE_DAY - dt.timedelta(days=1), "2027-03-02"),
        (SERVICE_DAY, "2027-03-02"),
        (SERVICE_DAY + dt.timedelta(days=1), "2027-03-03"),
    ],
)
def test_an_answer_that_is_there_has_started_the_limit_anew(demo: PolicySet, answered_on: dt.date, deadline: str):
    # it accounts for 129.99 of 130.00, so that the claim is to be sent anew
    short = OtherPayer(
        payer_id="FARAWAY",
        responsibility="P",
        paid_cents=0,
        adjustments=(PriorAdjustment("PR", "1", 12999),),
        adjudicated_on=answered_on,
    )
    claim = a_claim(a_line(), other_payers=(short,))
    subscriber = msgspec.structs.replace(claim.subscriber, payer_responsibility="S")
    policies = worked_policies(demo, coordination=PlanCoordination(Method.STANDARD))
    case = a_case(msgspec.structs.replace(claim, subscriber=subscriber))
    told = in_words(case, policies)
    assert "earlier-payer.incomplete" in {finding.rule for finding in adjudicate(case, policies).findings}
    assert f"In short: send a new claim by {deadline}; appeal by" in told


def test_the_sum_says_in_words_what_the_patient_owes_besides_the_share(demo: PolicySet):
    # 99213 is allowed 90.02 outside the network: 150.00 - 90.02 = 59.98
    case = a_case(a_claim(a_line(charge_cents=15000)), plan="plans/ppo-gold", participations=())
    told = in_words(case, demo)
    assert (
        "Patient: may owe 150.00: PR-45 59.98 (line 1: The charge is more than the plan allows for providers without a contract); "
        "deductible 90.02 (line 1)." in told
    )


def test_an_amount_in_negotiation_is_not_simply_written_off(demo: PolicySet):
    for key in ("surprise-billing.balance", "surprise-billing.state-balance"):
        guidance = demo.guidance_for(key, DECIDED)
        assert guidance is not None
        assert REMEDIES[guidance.remedy] == "negotiate, or write the amount off"
    for key in ("capitation", "24"):
        guidance = demo.guidance_for(key, DECIDED)
        assert guidance is not None
        assert REMEDIES[guidance.remedy] == "post it as paid by capitation"
