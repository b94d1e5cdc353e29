"""What the payer answers, as the contract carries it: decisions with every reason's next step, tasks and remittances."""

import datetime as dt
from functools import lru_cache

import msgspec

from adjudicator.explain import HELD_BY_PAYER, visible_findings
from adjudicator.guidance import NextStep, next_step_for_finding, next_steps_for_parts
from adjudicator.model.case import Case, RulingVerdict
from adjudicator.model.claim import Line
from adjudicator.model.decision import (
    AccumulatorEntry,
    Adjustment,
    AdjustmentPart,
    Audience,
    Citation,
    Coordination,
    CostShare,
    Disposition,
    Finding,
    LineDecision,
    Price,
    PriorityPayer,
    Reason,
    Verdict,
)
from adjudicator.model.principal import Principal, Role
from adjudicator.model.remittance import Remittance, RemittedClaim
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import EarlierRuling, LineChange, LineStanding, Task, TaskState
from adjudicator.store.payments import RemittanceSummary
from adjudicator.store.records import ClaimRecord
from adjudicator.v1 import claim_service_pb2, decision_pb2, remittance_service_pb2, review_service_pb2
from adjudicator.wire.claims import PROVIDER
from adjudicator.wire.forms import numbers_of

REVIEW_BY_PAYER = "payer-review"
"""Rule of the finding that a provider reads in place of those that are the payer's own business."""

_DISPOSITIONS = numbers_of(decision_pb2.Disposition, [disposition.value for disposition in Disposition])
_VERDICTS = numbers_of(decision_pb2.Verdict, [verdict.name for verdict in Verdict])
_AUDIENCES = numbers_of(decision_pb2.Audience, [audience.value for audience in Audience])
_REMEDIES = numbers_of(
    decision_pb2.Remedy,
    (
        "replacement",
        "new_claim",
        "appeal",
        "bill_patient",
        "bill_other_payer",
        "send_documents",
        "void",
        "write_off",
        "negotiate",
        "post_capitation",
        "wait",
        "none",
    ),
)
_RULINGS = numbers_of(review_service_pb2.RulingVerdict, [verdict.value for verdict in RulingVerdict])
_TASK_STATES = numbers_of(review_service_pb2.TaskState, [state.value for state in TaskState])

_WAIT_FOR_PAYER = NextStep(cause=HELD_BY_PAYER, who="payer", action="Nothing is needed from you.", remedy="wait")


def audience_of(principal: Principal) -> Audience:
    """For whom answers to a caller are made: the payer's own staff read everything."""
    return Audience.PROVIDER if principal.role is Role.PROVIDER else Audience.INTERNAL


def decision_to_proto(record: ClaimRecord, audience: Audience, policies: PolicySet) -> decision_pb2.Decision:
    """A claim's latest decision, as much of it as an audience may read.

    For a provider, one neutral finding stands for all that are the payer's own business, and an adjustment that such a
    finding made names neither its rule nor its policy.
    """
    case, decision = record.case, record.decision
    findings = visible_findings(decision, audience)
    hidden = (
        [finding for finding in decision.findings if finding not in findings] if findings != decision.findings else []
    )
    answer = _Answer(case, policies, audience is Audience.INTERNAL, frozenset(finding.rule for finding in hidden))
    told = [answer.finding(finding) for finding in findings]
    if not decision.disposition.is_final and any(finding.verdict >= Verdict.PEND for finding in hidden):
        told.insert(0, _held_by_payer(decision.disposition))
    lines = {line.number: line for line in case.claim.lines}
    return decision_pb2.Decision(
        claim_id=record.claim_id,
        decision_number=record.decision_number,
        patient_control_number=case.claim.patient_control_number,
        disposition=_DISPOSITIONS[decision.disposition.value],
        received_on=case.received_on.isoformat(),
        decided_on=case.decided_on.isoformat(),
        charge_cents=case.claim.total_charge_cents,
        allowed_cents=decision.allowed_cents,
        paid_cents=decision.paid_cents,
        member_cents=decision.member_cents,
        findings=told,
        lines=[answer.line(line, lines[line.line]) for line in decision.lines],
        entries=map(_entry, decision.entries) if answer.for_staff else (),
        policy_digest=record.policy_digest,
        engine_version=record.engine_version,
    )


def summary_to_proto(record: ClaimRecord) -> claim_service_pb2.ClaimSummary:
    """A claim in a list."""
    claim, decision = record.case.claim, record.decision
    return claim_service_pb2.ClaimSummary(
        claim_id=record.claim_id,
        request_id=record.request_id,
        patient_control_number=claim.patient_control_number,
        decision_number=record.decision_number,
        disposition=_DISPOSITIONS[decision.disposition.value],
        received_on=record.case.received_on.isoformat(),
        from_date=_iso(claim.from_date),
        through_date=_iso(claim.through_date),
        charge_cents=claim.total_charge_cents,
        paid_cents=decision.paid_cents,
        member_cents=decision.member_cents,
    )


def remitted_to_proto(remitted: RemittedClaim) -> remittance_service_pb2.RemittedClaim:
    """A claim on a remittance."""
    decision = remitted.decision
    return remittance_service_pb2.RemittedClaim(
        claim_id=decision.claim_id,
        decision_number=remitted.decision_number,
        patient_control_number=remitted.claim.patient_control_number,
        disposition=_DISPOSITIONS[decision.disposition.value],
        charge_cents=decision.charge_cents,
        paid_cents=decision.paid_cents,
        member_cents=decision.member_cents,
    )


def remittance_to_proto(
    remittance: Remittance | RemittanceSummary, paid_cents: int, claim_count: int
) -> remittance_service_pb2.RemittanceSummary:
    """A remittance without its claims."""
    return remittance_service_pb2.RemittanceSummary(
        trace_number=remittance.trace_number,
        paid_on=remittance.paid_on.isoformat(),
        payee=PROVIDER.write(remittance.payee),
        paid_cents=paid_cents,
        claim_count=claim_count,
    )


def task_to_proto(task: Task, today: dt.date) -> review_service_pb2.Task:
    """A reviewer's task, with the days that are left of its clock."""
    return review_service_pb2.Task(
        task_id=task.task_id,
        claim_id=task.claim_id,
        decision_number=task.decision_number,
        rule=task.rule,
        policy=task.policy,
        line=task.line,
        verdict=_VERDICTS[task.verdict.name],
        queue=task.queue,
        question=task.question,
        opened_on=task.opened_on.isoformat(),
        state=_TASK_STATES[task.state.value],
        pend_code=task.pend_code,
        due_on=_iso(task.due_on),
        days_left=task.days_left(today),
        closed_because=task.closed_because,
    )


def earlier_ruling_to_proto(earlier: EarlierRuling) -> review_service_pb2.EarlierRuling:
    """A reviewer's answer to an earlier task of a claim."""
    ruling = earlier.ruling
    return review_service_pb2.EarlierRuling(
        task_id=earlier.task_id,
        decision_number=earlier.decision_number,
        line=ruling.line,
        policy=ruling.policy,
        verdict=_RULINGS[ruling.verdict.value],
        rationale=ruling.rationale,
        ruled_by=ruling.ruled_by,
        ruled_on=earlier.ruled_on.isoformat(),
        group=ruling.group,
        carc=ruling.carc,
        remarks=ruling.remarks,
        covered_quantity_thousandths=ruling.covered_quantity_thousandths,
        price_cents=ruling.price_cents,
    )


def change_to_proto(change: LineChange) -> review_service_pb2.LineChange:
    """What a ruling would change for a line."""
    return review_service_pb2.LineChange(
        line=change.line, before=_standing(change.before), after=_standing(change.after)
    )


def _standing(standing: LineStanding) -> review_service_pb2.LineStanding:
    return review_service_pb2.LineStanding(
        state=standing.state,
        paid_cents=standing.paid_cents,
        member_cents=standing.member_cents,
        reasons=standing.reasons,
    )


class _Answer(msgspec.Struct, frozen=True):
    """The parts of one decision's answer."""

    case: Case
    policies: PolicySet
    for_staff: bool
    hidden: frozenset[str]
    """Rules that the audience may not know of."""

    def finding(self, finding: Finding) -> decision_pb2.Finding:
        step = next_step_for_finding(finding, self.case, self.policies)
        return decision_pb2.Finding(
            rule=finding.rule,
            verdict=_VERDICTS[finding.verdict.name],
            because=finding.because,
            line=finding.line,
            group=finding.group,
            carc=finding.carc,
            remarks=finding.remarks,
            statuses=finding.statuses,
            queue=finding.queue,
            question=finding.question,
            policy=finding.policy,
            cite=_citation(finding.cite),
            quote=finding.quote,
            audience=_AUDIENCES[finding.audience.value],
            ruled_by=finding.ruled_by if self.for_staff else "",
            next_step=_next_step(step),
            pend_code=finding.pend_code,
            denials=map(_reason, finding.denials) if self.for_staff else (),
        )

    def line(self, decided: LineDecision, line: Line) -> decision_pb2.LineDecision:
        return decision_pb2.LineDecision(
            line=decided.line,
            control_number=line.control_number,
            verdict=_VERDICTS[decided.verdict.name],
            charge_cents=decided.charge_cents,
            allowed_cents=decided.allowed_cents,
            paid_cents=decided.paid_cents,
            member_cents=decided.member_cents,
            paid_quantity_thousandths=decided.paid_quantity_thousandths,
            adjustments=[self.adjustment(adjustment, decided.line) for adjustment in decided.adjustments],
            remarks=decided.remarks,
            price=_price(decided.price),
            share=_cost_share(decided.share),
            reductions=[
                decision_pb2.PaymentReduction(
                    rule=taken.rule,
                    clause=taken.clause,
                    base_cents=taken.base_cents,
                    rate=taken.rate,
                    amount_cents=taken.amount_cents,
                    because=taken.because,
                )
                for taken in decided.reductions
            ],
            coordination=_coordination(decided.coordination),
            above_recognized_cents=decided.above_recognized_cents,
            priority_payer=_priority_payer(decided.priority_payer),
        )

    def adjustment(self, adjustment: Adjustment, line: int) -> decision_pb2.Adjustment:
        adjustment = self._shown(adjustment)
        steps = next_steps_for_parts(adjustment, line, self.case, self.policies)
        return decision_pb2.Adjustment(
            group=adjustment.group,
            carc=adjustment.carc,
            amount_cents=adjustment.amount_cents,
            quantity_thousandths=adjustment.quantity_thousandths,
            remarks=adjustment.remarks,
            rule=adjustment.rule,
            policy=adjustment.policy,
            next_step=_next_step(steps[0][1]),
            parts=[
                decision_pb2.AdjustmentPart(
                    amount_cents=part.amount_cents,
                    quantity_thousandths=part.quantity_thousandths,
                    rule=part.rule,
                    policy=part.policy,
                    next_step=_next_step(step),
                )
                for part, step in steps
                if adjustment.parts
            ],
        )

    def _shown(self, adjustment: Adjustment) -> Adjustment:
        """An adjustment without the rules and policies that its audience may not know of."""
        if not any(part.rule in self.hidden for part in adjustment.taken):
            return adjustment
        parts = tuple([self._neutral(part) for part in adjustment.taken])
        return msgspec.structs.replace(
            adjustment, rule=parts[0].rule, policy=parts[0].policy, parts=parts if adjustment.parts else ()
        )

    def _neutral(self, part: AdjustmentPart) -> AdjustmentPart:
        return msgspec.structs.replace(part, rule=REVIEW_BY_PAYER, policy="") if part.rule in self.hidden else part


def _held_by_payer(disposition: Disposition) -> decision_pb2.Finding:
    verdict = Verdict.REJECT if disposition is Disposition.REJECTED else Verdict.PEND
    return decision_pb2.Finding(
        rule=REVIEW_BY_PAYER,
        verdict=_VERDICTS[verdict.name],
        because=HELD_BY_PAYER,
        audience=_AUDIENCES[Audience.PROVIDER.value],
        next_step=_next_step(_WAIT_FOR_PAYER),
    )


# Most reasons of most claims lead to the same few steps; a message that is put into another is copied.
@lru_cache(maxsize=4096)
def _next_step(step: NextStep) -> decision_pb2.NextStep:
    return decision_pb2.NextStep(
        who=step.who,
        action=step.action,
        remedy=_REMEDIES[step.remedy],
        deadline=_iso(step.deadline),
        days_after_answer=step.days_after_answer,
        appeal=step.appeal,
        appeal_by=_iso(step.appeal_by),
        patient=step.patient,
        cite=_citation(step.cite),
        cause=step.cause,
    )


def _citation(cite: Citation | None) -> decision_pb2.Citation | None:
    return None if cite is None else decision_pb2.Citation(title=cite.title, section=cite.section, url=cite.url)


def _price(price: Price | None) -> decision_pb2.Price | None:
    if price is None:
        return None
    return decision_pb2.Price(
        contract=price.contract,
        schedule=price.schedule,
        unit_fee_cents=price.unit_fee_cents,
        rate=price.rate,
        unit_price_cents=price.unit_price_cents,
        fee_cents=price.fee_cents,
        allowed_cents=price.allowed_cents,
        basis=price.basis,
        facility=price.facility,
        rules=price.rules,
        agreement=price.agreement,
        steps=[
            decision_pb2.PriceStep(
                what=step.what,
                factor=step.factor,
                cents=step.cents,
                quantity_thousandths=step.quantity_thousandths,
                whole_line=step.whole_line,
                policy=step.policy,
            )
            for step in price.steps
        ],
        ranked_off_cents=price.ranked_off_cents,
        limiting_charge_cents=price.limiting_charge_cents,
    )


def _cost_share(share: CostShare | None) -> decision_pb2.CostShare | None:
    if share is None:
        return None
    return decision_pb2.CostShare(
        plan=share.plan,
        benefit=share.benefit,
        tier=share.tier,
        copay_cents=share.copay_cents,
        deductible_cents=share.deductible_cents,
        coinsurance_cents=share.coinsurance_cents,
        coinsurance_rate=share.coinsurance_rate,
        deductible_left_cents=share.deductible_left_cents,
        out_of_pocket_left_cents=share.out_of_pocket_left_cents,
        waiver=share.waiver,
        waived_because=share.waived_because,
        copay_per_claim=share.copay_per_claim,
    )


def _coordination(coordination: Coordination | None) -> decision_pb2.Coordination | None:
    if coordination is None:
        return None
    return decision_pb2.Coordination(
        method=coordination.method,
        benefit_cents=coordination.benefit_cents,
        benefit_member_cents=coordination.benefit_member_cents,
        benefit_copay_cents=coordination.benefit_copay_cents,
        prior_allowed_cents=coordination.prior_allowed_cents,
        prior_paid_cents=coordination.prior_paid_cents,
        prior_contractual_cents=coordination.prior_contractual_cents,
        prior_cost_share_cents=coordination.prior_cost_share_cents,
        allowable_cents=coordination.allowable_cents,
        prior_not_covered_cents=coordination.prior_not_covered_cents,
    )


def _priority_payer(payer: PriorityPayer | None) -> decision_pb2.PriorityPayer | None:
    return None if payer is None else decision_pb2.PriorityPayer(identifier=payer.identifier, name=payer.name)


def _entry(entry: AccumulatorEntry) -> decision_pb2.AccumulatorEntry:
    return decision_pb2.AccumulatorEntry(
        line=entry.line,
        owner=entry.owner,
        accumulator=entry.accumulator,
        tier=entry.tier,
        period_start=entry.period_start.isoformat(),
        amount_cents=entry.amount_cents,
        plan=entry.plan,
    )


def _reason(reason: Reason) -> str:
    return " ".join((f"{reason.group}-{reason.carc}", *reason.remarks))


def _iso(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()
