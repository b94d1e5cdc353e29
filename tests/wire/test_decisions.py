"""An answer holds all of a decision for the payer's staff, and for a provider nothing that is the payer's own business."""

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.explain import HELD_BY_PAYER
from adjudicator.model.case import Case
from adjudicator.model.decision import (
    AccumulatorEntry,
    Adjustment,
    AdjustmentPart,
    Audience,
    Citation,
    Coordination,
    CostShare,
    Decision,
    Disposition,
    Finding,
    LineDecision,
    PaymentReduction,
    Price,
    PriceStep,
    PriorityPayer,
    Reason,
    Verdict,
)
from adjudicator.model.principal import Principal, Role
from adjudicator.policy.policy_set import PolicySet
from adjudicator.store.records import ClaimRecord
from adjudicator.v1 import decision_pb2
from adjudicator.wire.decisions import audience_of, decision_to_proto
from tests.building import DECIDED, a_case, a_claim, a_line, worked_policies

INTERNAL = Finding(
    rule="fraud-pattern", verdict=Verdict.PEND, because="SECRET PATTERN", queue="siu", audience=Audience.INTERNAL
)
OPEN = Finding(
    rule="exact-duplicate", verdict=Verdict.PEND, because="It was sent before.", queue="claims", question="Is it?"
)


def record_of(decision: Decision, case: Case | None = None) -> ClaimRecord:
    return ClaimRecord(
        claim_id=decision.claim_id,
        request_id="R1",
        submitter="S1",
        decision_number=3,
        policy_digest="digest",
        engine_version="0.1.0",
        case=case or a_case(),
        decision=decision,
    )


def pended(*findings: Finding) -> ClaimRecord:
    return record_of(Decision(claim_id="C1", disposition=Disposition.PENDED, findings=findings))


def test_a_decision_of_the_engine_is_told_to_the_cent(demo: PolicySet):
    policies, case = worked_policies(demo), a_case()
    record = record_of(adjudicate(case, policies), case)

    told = decision_to_proto(record, Audience.INTERNAL, policies)

    (line,) = told.lines
    assert told.disposition == decision_pb2.DISPOSITION_PAID
    assert (told.decision_number, told.decided_on) == (3, DECIDED.isoformat())
    # 130.00 goes to the deductible of 1,000.00.
    assert (told.charge_cents, told.allowed_cents, told.paid_cents, told.member_cents) == (13000, 13000, 0, 13000)
    assert [(reason.group, reason.carc, reason.amount_cents) for reason in line.adjustments] == [("PR", "1", 13000)]
    assert line.adjustments[0].next_step.remedy == decision_pb2.REMEDY_BILL_PATIENT
    assert (line.share.deductible_cents, line.share.deductible_left_cents) == (13000, 100000)
    assert line.price.allowed_cents == 13000
    assert sum(entry.amount_cents for entry in told.entries if entry.owner.startswith("member:")) == 26000


def test_every_field_of_the_contract_is_filled(demo: PolicySet):
    cite = Citation(title="T", section="S", url="U")
    finding = Finding(
        rule="timely-filing",
        verdict=Verdict.INFORM,
        because="B",
        line=1,
        group="CO",
        carc="29",
        remarks=("N1",),
        statuses=("A7:1",),
        queue="Q",
        question="W",
        policy="P",
        cite=cite,
        quote="Q",
        ruled_by="X",
        pend_code="MED",
        denials=(Reason("PR", "96", ("N383",)),),
    )
    adjustment = Adjustment(
        group="CO",
        carc="29",
        amount_cents=1000,
        rule="timely-filing",
        remarks=("N1",),
        quantity_thousandths=0,
        policy="P",
        parts=(AdjustmentPart("timely-filing", 600, "P", 0), AdjustmentPart("late-filing", 400)),
    )
    member_share = Adjustment(group="PR", carc="3", amount_cents=500, rule="copay")
    line = LineDecision(
        line=1,
        verdict=Verdict.REDUCE,
        charge_cents=13000,
        allowed_cents=12500,
        paid_cents=11400,
        paid_quantity_thousandths=1000,
        adjustments=(
            adjustment,
            member_share,
            Adjustment(group="CO", carc="253", amount_cents=100, rule="sequestration"),
        ),
        remarks=("N1",),
        price=Price(
            "C",
            "S",
            1,
            "1",
            2,
            3,
            4,
            basis="B",
            facility=False,
            rules="R",
            steps=(PriceStep("W", "0.5", 1, 1000, whole_line=True, policy="C"),),
            ranked_off_cents=5,
            agreement="A",
            limiting_charge_cents=6,
        ),
        share=CostShare("P", "B", "T", 1, 2, 3, "0.2", 0, 0, waiver="W", waived_because="F", copay_per_claim=True),
        reductions=(PaymentReduction("sequestration", "C", 11500, "0.01", 100, "B"),),
        coordination=Coordination("standard", 1, 2, 3, 4, 5, 6, 0, 7, 8),
        above_recognized_cents=7,
        priority_payer=PriorityPayer("FARAWAY", "FARAWAY HEALTH"),
    )
    decision = Decision(
        claim_id="C1",
        disposition=Disposition.PAID,
        findings=(finding,),
        lines=(line,),
        entries=(AccumulatorEntry(1, "member:TEST", "deductible", "in_network", DECIDED, 500, "P"),),
    )
    case = a_case(a_claim(a_line(control_number="L1")))

    told = decision_to_proto(record_of(decision, case), Audience.INTERNAL, worked_policies(demo))

    unfilled = {
        f"{message.DESCRIPTOR.name}.{field}"
        for message in (
            told,
            told.findings[0],
            told.findings[0].cite,
            told.findings[0].next_step,
            told.lines[0],
            told.lines[0].adjustments[0],
            told.lines[0].adjustments[0].parts[0],
            told.lines[0].price,
            told.lines[0].price.steps[0],
            told.lines[0].share,
            told.lines[0].reductions[0],
            told.lines[0].coordination,
            told.lines[0].priority_payer,
            told.entries[0],
        )
        for field in set(message.DESCRIPTOR.fields_by_name) - {field.name for field, _ in message.ListFields()}
    }
    assert unfilled == {"Finding.fixes", "Adjustment.fixes", "NextStep.days_after_answer"}
    parts = told.lines[0].adjustments[0].parts
    assert [(part.rule, part.amount_cents) for part in parts] == [("timely-filing", 600), ("late-filing", 400)]


def test_a_clock_that_another_payers_answer_starts_anew_is_told_in_days(demo: PolicySet):
    other = msgspec.structs.replace(OPEN, rule="earlier-payer.no-result", verdict=Verdict.DENY, group="OA", carc="22")

    told = decision_to_proto(pended(other, OPEN), Audience.PROVIDER, worked_policies(demo)).findings

    assert [found.next_step.HasField("days_after_answer") for found in told] == [True, False]
    assert told[0].next_step.days_after_answer == 365


def test_a_part_does_not_name_a_rule_that_a_provider_may_not_know(demo: PolicySet):
    denied = msgspec.structs.replace(INTERNAL, verdict=Verdict.REDUCE, group="CO", carc="45")
    parts = (AdjustmentPart("contract-allowance", 12000, "p"), AdjustmentPart(denied.rule, 1000, "q"))
    adjustment = Adjustment(
        group="CO", carc="45", amount_cents=13000, rule="contract-allowance", policy="p", parts=parts
    )
    line = LineDecision(line=1, verdict=Verdict.REDUCE, charge_cents=13000, adjustments=(adjustment,))
    record = record_of(Decision(claim_id="C1", disposition=Disposition.PAID, findings=(denied,), lines=(line,)))

    provider = decision_to_proto(record, Audience.PROVIDER, demo).lines[0].adjustments[0].parts
    staff = decision_to_proto(record, Audience.INTERNAL, demo).lines[0].adjustments[0].parts

    assert [(part.rule, part.policy) for part in provider] == [("contract-allowance", "p"), ("payer-review", "")]
    assert [(part.rule, part.policy) for part in staff] == [("contract-allowance", "p"), ("fraud-pattern", "q")]


def test_a_provider_reads_one_neutral_finding_for_the_payers_own_business(demo: PolicySet):
    again = msgspec.structs.replace(INTERNAL, rule="fault", verdict=Verdict.FAULT)

    told = decision_to_proto(pended(INTERNAL, again, OPEN), Audience.PROVIDER, demo)

    assert [(found.rule, found.verdict) for found in told.findings] == [
        ("payer-review", decision_pb2.VERDICT_PEND),
        ("exact-duplicate", decision_pb2.VERDICT_PEND),
    ]
    assert told.findings[0].because == HELD_BY_PAYER
    assert (told.findings[0].next_step.who, told.findings[0].next_step.remedy) == ("payer", decision_pb2.REMEDY_WAIT)
    assert "SECRET" not in str(told)
    assert "siu" not in str(told)
    assert "fraud" not in str(told)


def test_what_is_only_told_among_the_payers_staff_leaves_no_trace(demo: PolicySet):
    informing = msgspec.structs.replace(INTERNAL, verdict=Verdict.INFORM)

    told = decision_to_proto(pended(informing, OPEN), Audience.PROVIDER, demo)

    assert [found.rule for found in told.findings] == ["exact-duplicate"]


def test_an_adjustment_does_not_name_a_rule_that_a_provider_may_not_know(demo: PolicySet):
    denied = msgspec.structs.replace(INTERNAL, verdict=Verdict.DENY, group="CO", carc="16", remarks=("M119",))
    adjustment = Adjustment(group="CO", carc="16", amount_cents=13000, rule=denied.rule, remarks=("M119",), policy="p")
    line = LineDecision(line=1, verdict=Verdict.DENY, charge_cents=13000, adjustments=(adjustment,))
    record = record_of(Decision(claim_id="C1", disposition=Disposition.DENIED, findings=(denied,), lines=(line,)))

    provider = decision_to_proto(record, Audience.PROVIDER, demo).lines[0].adjustments[0]
    staff = decision_to_proto(record, Audience.INTERNAL, demo).lines[0].adjustments[0]

    assert (provider.rule, provider.policy, provider.carc) == ("payer-review", "", "16")
    assert (staff.rule, staff.policy) == ("fraud-pattern", "p")


def test_the_payers_staff_reads_every_finding(demo: PolicySet):
    told = decision_to_proto(pended(INTERNAL, OPEN), Audience.INTERNAL, demo)

    assert [found.rule for found in told.findings] == ["fraud-pattern", "exact-duplicate"]
    assert told.findings[0].audience == decision_pb2.AUDIENCE_INTERNAL


def test_a_reason_that_no_guidance_explains_still_has_a_next_step(demo: PolicySet):
    unknown = msgspec.structs.replace(OPEN, rule="no-such-rule")

    (found,) = decision_to_proto(pended(unknown), Audience.PROVIDER, demo).findings

    assert (found.next_step.who, found.next_step.action) == (
        "biller",
        "Ask the payer what the reason means for this claim, and name the claim's number.",
    )


@pytest.mark.parametrize("role", Role)
def test_only_providers_are_kept_from_the_payers_own_business(role: Role):
    audience = audience_of(Principal("name", role, "submitter"))

    assert audience is (Audience.PROVIDER if role is Role.PROVIDER else Audience.INTERNAL)
