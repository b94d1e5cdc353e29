"""Accounts for every claim of a file: what one line of ``decisions.jsonl`` says.

A line is one JSON object. It always says where in the file the claim stands and how it ended; amounts are cents, and
those of payment stand only where the claim is final. The file is the payer's own: it holds findings that providers never
see, and marks them by their audience.
"""

import datetime as dt

import msgspec

from adjudicator.guidance import NextStep, next_step_for_finding, next_steps_for_parts
from adjudicator.model.case import Case
from adjudicator.model.decision import (
    WHOLE_CLAIM,
    Adjustment,
    Audience,
    Citation,
    CostShare,
    Finding,
    LineDecision,
    Price,
    PriorityPayer,
    Reason,
    Verdict,
)
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.claims import Answer
from adjudicator.service.errors import ServiceError
from adjudicator.x12.claims import ReadItem, Unreadable
from adjudicator.x12.interchange import Problem

UNREADABLE, NOT_TAKEN = "unreadable", "not_taken"
"""How a claim ended that could not be read, and one that was read and not taken; the others end as their decision does."""


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a line; what it does not have is left out."""


class Place(_Entry, frozen=True):
    """Where in the file a claim stands."""

    interchange: int
    transaction: str
    segment: int
    position: int = 0
    """Among the claims of its interchange, from 1; left out where an envelope is broken that holds no claim."""


class UnpaidPart(_Entry, frozen=True):
    """What one rule took of an amount that several did for the same reason."""

    rule: str
    amount_cents: int
    policy: str
    next_step: NextStep


class UnpaidAmount(_Entry, frozen=True):
    """Money of a line that is not paid, why, and what the biller does next."""

    group: str
    carc: str
    amount_cents: int
    rule: str
    remarks: tuple[str, ...] = ()
    policy: str = ""
    next_step: NextStep | None = None
    parts: tuple[UnpaidPart, ...] = ()
    """Where several rules took it."""


class DecidedLine(_Entry, frozen=True):
    """A line of a final claim: its amounts, how they came about, and what is not paid."""

    line: int
    procedure: str
    verdict: str
    charge_cents: int
    allowed_cents: int
    paid_cents: int
    member_cents: int
    adjustments: tuple[UnpaidAmount, ...] = ()
    remarks: tuple[str, ...] = ()
    price: Price | None = None
    share: CostShare | None = None
    priority_payer: PriorityPayer | None = None


class Found(_Entry, frozen=True):
    """A finding, and what the biller does next about one that stands in the way of payment.

    Findings stand in their rank: what blocks payment most comes first.
    """

    rule: str
    verdict: str
    because: str
    line: int = WHOLE_CLAIM
    stage: int = 0
    """Position of its stage in the edit catalogue, from 1."""
    group: str = ""
    carc: str = ""
    remarks: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    covered_quantity_thousandths: int | None = None
    queue: str = ""
    pend_code: str = ""
    question: str = ""
    denials: tuple[Reason, ...] = ()
    policy: str = ""
    cite: Citation | None = None
    quote: str = ""
    audience: str = Audience.PROVIDER.value
    ruled_by: str = ""
    next_step: NextStep | None = None


class Wrong(_Entry, frozen=True):
    """Something that could not be read: segments and elements count from 1."""

    segment: int
    segment_id: str
    found: str
    write: str
    status: str
    element: int = 0
    component: int = 0


class Refusal(_Entry, frozen=True):
    """Why a claim was not taken."""

    reason: str
    message: str


class Account(_Entry, frozen=True):
    """One line of ``decisions.jsonl``."""

    outcome: str
    place: Place
    patient_control_number: str = ""
    request_id: str = ""
    claim_id: str = ""
    charge_cents: int = 0
    allowed_cents: int | None = None
    paid_cents: int | None = None
    member_cents: int | None = None
    received_on: dt.date | None = None
    decided_on: dt.date | None = None
    decision_number: int = 0
    policy_digest: str = ""
    engine_version: str = ""
    lines: tuple[DecidedLine, ...] = ()
    findings: tuple[Found, ...] = ()
    problems: tuple[Wrong, ...] = ()
    refusal: Refusal | None = None


def account_of(item: ReadItem, answer: Answer | None, policies: PolicySet) -> Account:
    """The account of one item of a file.

    Args:
        item: what was read.
        answer: what the payer answered to it; None for what could not be read.
        policies: words the next steps.
    """
    place = Place(item.place.interchange, item.place.transaction, item.place.segment, item.position)
    if isinstance(item, Unreadable):
        return Account(
            outcome=UNREADABLE,
            place=place,
            patient_control_number=item.patient_control_number,
            request_id=item.request_id,
            charge_cents=item.headline.charge_cents,
            problems=tuple(_wrong(problem) for problem in item.problems),
        )
    assert answer is not None
    if isinstance(answer, ServiceError):
        return Account(
            outcome=NOT_TAKEN,
            place=place,
            patient_control_number=item.claim.patient_control_number,
            request_id=item.request_id,
            charge_cents=item.claim.total_charge_cents,
            refusal=Refusal(answer.reason, answer.message),
        )
    case, decision = answer.case, answer.decision
    final = decision.disposition.is_final
    return Account(
        outcome=decision.disposition.value,
        place=place,
        patient_control_number=case.claim.patient_control_number,
        request_id=answer.request_id,
        claim_id=answer.claim_id,
        charge_cents=case.claim.total_charge_cents,
        allowed_cents=decision.allowed_cents if final else None,
        paid_cents=decision.paid_cents if final else None,
        member_cents=decision.member_cents if final else None,
        received_on=case.received_on,
        decided_on=case.decided_on,
        decision_number=answer.decision_number,
        policy_digest=answer.policy_digest,
        engine_version=answer.engine_version,
        lines=tuple(_line(line, case, policies) for line in decision.lines),
        findings=tuple(_found(finding, case, policies) for finding in decision.findings),
    )


def refused(because: str) -> Account:
    """The account of a file that holds no interchange at all."""
    wrong = Wrong(
        segment=0, segment_id="", found=because.partition(";")[0], write="an interchange, ISA to IEA", status=""
    )
    return Account(outcome=UNREADABLE, place=Place(interchange=0, transaction="", segment=0), problems=(wrong,))


def _line(decided: LineDecision, case: Case, policies: PolicySet) -> DecidedLine:
    sent = next(line for line in case.claim.lines if line.number == decided.line)
    return DecidedLine(
        line=decided.line,
        procedure=sent.procedure or sent.revenue_code,
        verdict=decided.verdict.name.lower(),
        charge_cents=decided.charge_cents,
        allowed_cents=decided.allowed_cents,
        paid_cents=decided.paid_cents,
        member_cents=decided.member_cents,
        adjustments=tuple(_unpaid(adjustment, decided.line, case, policies) for adjustment in decided.adjustments),
        remarks=decided.remarks,
        price=decided.price,
        share=decided.share,
        priority_payer=decided.priority_payer,
    )


def _unpaid(adjustment: Adjustment, line: int, case: Case, policies: PolicySet) -> UnpaidAmount:
    steps = next_steps_for_parts(adjustment, line, case, policies)
    return UnpaidAmount(
        group=adjustment.group,
        carc=adjustment.carc,
        amount_cents=adjustment.amount_cents,
        rule=adjustment.rule,
        remarks=adjustment.remarks,
        policy=adjustment.policy,
        next_step=steps[0][1],
        parts=tuple(
            UnpaidPart(part.rule, part.amount_cents, part.policy, step) for part, step in steps if adjustment.parts
        ),
    )


def _found(finding: Finding, case: Case, policies: PolicySet) -> Found:
    stands_in_the_way = finding.verdict >= Verdict.PEND
    return Found(
        rule=finding.rule,
        verdict=finding.verdict.name.lower(),
        because=finding.because,
        line=finding.line,
        stage=finding.stage + 1,
        group=finding.group,
        carc=finding.carc,
        remarks=finding.remarks,
        statuses=finding.statuses,
        covered_quantity_thousandths=finding.covered_quantity_thousandths,
        queue=finding.queue,
        pend_code=finding.pend_code,
        question=finding.question,
        denials=finding.reasons if finding.verdict is Verdict.PEND else (),
        policy=finding.policy,
        cite=finding.cite,
        quote=finding.quote,
        audience=finding.audience.value,
        ruled_by=finding.ruled_by,
        next_step=next_step_for_finding(finding, case, policies) if stands_in_the_way else None,
    )


def _wrong(problem: Problem) -> Wrong:
    return Wrong(
        segment=problem.place.segment,
        segment_id=problem.place.segment_id,
        found=problem.found,
        write=problem.write,
        status=problem.status,
        element=problem.element,
        component=problem.component,
    )
