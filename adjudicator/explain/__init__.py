"""A decision in words: what was paid, what was not, why, and what happens next, line by line and cent by cent."""

from collections.abc import Iterator
from decimal import Decimal

from adjudicator.guidance import NextStep, next_step_for_adjustment, next_step_for_finding
from adjudicator.model.case import Case
from adjudicator.model.claim import Line, quantity_text
from adjudicator.model.decision import (
    WHOLE_CLAIM,
    Adjustment,
    Audience,
    Decision,
    Disposition,
    Finding,
    LineDecision,
    Verdict,
)
from adjudicator.model.money import dollars
from adjudicator.policy.policy_set import PolicySet

HELD_BY_PAYER = "The payer is reviewing this claim itself; nothing is needed from you."
"""What a provider reads in place of a finding that is the payer's own business."""

_OPENING = {
    Disposition.REJECTED: "was rejected: it never entered adjudication and must be corrected and sent anew",
    Disposition.PENDED: "is pended: it waits for a decision and nothing is paid or owed yet",
    Disposition.DENIED: "was denied",
    Disposition.PARTLY_PAID: "was paid in part",
    Disposition.PAID: "was paid",
}
_NOTHING_LEFT = {
    Disposition.PARTLY_PAID: "was allowed in part; the patient's share takes all of that, so the plan pays nothing",
    Disposition.PAID: "was allowed; the patient's share takes all of it, so the plan pays nothing",
}
"""Openings for claims that are not denied and yet pay nothing."""
_TEST = "was a test: it was read and checked, and is never paid"
_DECIDING = {Disposition.REJECTED: (Verdict.REJECT,), Disposition.PENDED: (Verdict.PEND, Verdict.FAULT)}
"""Verdicts whose next steps stand, by how the claim ended; a final claim's stand at its adjustments."""


def explain(case: Case, decision: Decision, policies: PolicySet, audience: Audience = Audience.PROVIDER) -> str:
    """The whole decision as text for a terminal.

    Args:
        case: the case that was decided.
        decision: its decision.
        policies: the policy set that decided it; it words the next steps.
        audience: for a PROVIDER, internal findings are replaced by a neutral sentence.
    """
    return "\n".join(_paragraphs(case, decision, policies, audience))


def visible_findings(decision: Decision, audience: Audience) -> tuple[Finding, ...]:
    """The findings that an audience may read."""
    if audience is Audience.INTERNAL:
        return decision.findings
    return tuple(finding for finding in decision.findings if finding.audience is not Audience.INTERNAL)


def _paragraphs(case: Case, decision: Decision, policies: PolicySet, audience: Audience) -> Iterator[str]:
    claim = case.claim
    yield f"Claim {case.claim_id} (your {claim.patient_control_number}) {_opening(case, decision)}."
    yield (
        f"Received {case.received_on}, decided {case.decided_on}. Charge {dollars(claim.total_charge_cents)}"
        + (
            f", allowed {dollars(decision.allowed_cents)}, plan pays {dollars(decision.paid_cents)}, "
            f"patient may owe {dollars(decision.member_cents)}."
            if decision.disposition.is_final
            else "."
        )
    )
    findings = visible_findings(decision, audience)
    if len(findings) < len(decision.findings) and not decision.disposition.is_final:
        yield f"  {HELD_BY_PAYER}"
    for finding in (finding for finding in findings if finding.line == WHOLE_CLAIM):
        yield from _finding(finding, case, decision, policies, audience)
    for line in claim.lines:
        of_line = [finding for finding in findings if finding.line == line.number]
        if not of_line and not decision.disposition.is_final:
            continue
        yield ""
        yield _service(line)
        told: set[str] = set()
        if decision.disposition.is_final:
            decided = decision.line(line.number)
            yield from _calculation(line, decided)
            for adjustment in decided.adjustments:
                own = [f for f in findings if f.rule == adjustment.rule and f.line in (line.number, WHOLE_CLAIM)]
                told.update(finding.rule for finding in own)
                yield from _adjustment(adjustment, line.number, own, case, policies, audience)
        for finding in of_line:
            if finding.rule not in told:
                yield from _finding(finding, case, decision, policies, audience)
    payer = policies.payer.find(case.decided_on)
    if payer is not None and audience is Audience.PROVIDER:
        yield ""
        yield f"Questions: {payer.contact_name}, {payer.contact_phone}, {payer.contact_url}; name claim {case.claim_id}."


def _opening(case: Case, decision: Decision) -> str:
    if case.claim.test and not decision.disposition.is_final:
        return _TEST
    if decision.disposition in _NOTHING_LEFT and decision.paid_cents == 0:
        return _NOTHING_LEFT[decision.disposition]
    return _OPENING[decision.disposition]


def _service(line: Line) -> str:
    dates = (
        f"{line.from_date}"
        if line.through_date in (None, line.from_date)
        else f"{line.from_date} - {line.through_date}"
    )
    modifiers = "".join(f"-{modifier}" for modifier in line.modifiers)
    return (
        f"Line {line.number}: {line.procedure or line.revenue_code}{modifiers}, {dates}, place {line.place_of_service or '-'}, "
        f"{_counted(line)}, charge {dollars(line.charge_cents)}"
    )


def _counted(line: Line) -> str:
    counted = f"{quantity_text(line.quantity_thousandths)} {line.unit_basis.value}"
    return counted.removesuffix("s") if line.quantity_thousandths == 1000 else counted


def _calculation(line: Line, decided: LineDecision) -> Iterator[str]:
    if decided.verdict is Verdict.DENY or decided.price is None or decided.share is None:
        yield "  Denied; the plan pays 0.00."
        return
    price, share = decided.price, decided.share
    where = {True: " in a facility", False: " outside a facility", None: ""}[price.facility]
    yield f"  Fee      {dollars(price.unit_fee_cents):>10}  {price.basis}{where} [{price.schedule}]"
    if price.rate != "1":
        yield f"  Price    {dollars(price.unit_price_cents):>10}  fee x {price.rate} [{price.contract}]"
    if price.fee_cents != price.unit_price_cents:
        yield f"  Units    {dollars(price.fee_cents):>10}  price x {quantity_text(line.quantity_thousandths)} units"
    lesser = " (the charge is less than the fee)" if price.allowed_cents < price.fee_cents else ""
    yield f"  Allowed  {dollars(price.allowed_cents):>10}{lesser}"
    if decided.allowed_cents != price.allowed_cents:
        units = f"{quantity_text(decided.paid_quantity_thousandths)} of {_counted(line)}"
        part = units if decided.paid_quantity_thousandths != line.quantity_thousandths else "up to a limit"
        yield f"  Covered  {dollars(decided.allowed_cents):>10}  {part}"
    limited = 0 < share.member_cents == share.out_of_pocket_left_cents
    cut = ", cut to what was left of the out-of-pocket limit" if limited else ""
    for label, cents, how in (
        ("Copay", share.copay_cents, ""),
        ("Deduct.", share.deductible_cents, f"{dollars(share.deductible_left_cents or 0)} of the deductible was left"),
        ("Coins.", share.coinsurance_cents, f"{_percent(share.coinsurance_rate)} of what remains{cut}"),
    ):
        if cents:
            yield f"  {label:<8} {dollars(-cents):>10}  {how}".rstrip()
    yield f"  Paid     {dollars(decided.paid_cents):>10}  benefit {share.benefit}, {share.tier.replace('_', ' ')} [{share.plan}]"


def _percent(rate: str) -> str:
    return f"{(Decimal(rate) * 100).normalize():f} %"


def _adjustment(
    adjustment: Adjustment, line: int, findings: list[Finding], case: Case, policies: PolicySet, audience: Audience
) -> Iterator[str]:
    reason = f"{adjustment.group}-{adjustment.carc}" + "".join(f" {remark}" for remark in adjustment.remarks)
    step = next_step_for_adjustment(adjustment, line, case, policies)
    yield f"  Not paid {dollars(adjustment.amount_cents):>10}  {reason}: {step.cause}"
    for finding in findings:
        yield f"    {finding.because}"
        yield from _source(finding, audience)
    yield from _step(step)


def _finding(
    finding: Finding, case: Case, decision: Decision, policies: PolicySet, audience: Audience
) -> Iterator[str]:
    """A finding that took no money of its own; its next step is told where it is what decides the claim."""
    decides = finding.verdict in _DECIDING.get(decision.disposition, ())
    yield f"  {_heading(finding, decides)}{finding.because}"
    yield from _source(finding, audience)
    if finding.question and finding.verdict is Verdict.PEND and decides:
        yield f"    Queue {finding.queue}: {finding.question}"
    if decides:
        yield from _step(next_step_for_finding(finding, case, policies))


def _heading(finding: Finding, decides: bool) -> str:
    """What a finding does, or would do: only the next step of what decides is told, the rest is for information."""
    reason = f"{finding.group}-{finding.carc} {' '.join(finding.remarks)}".strip()
    if finding.verdict is Verdict.REJECT:
        return f"Rejected ({', '.join(finding.statuses)}): "
    if finding.verdict in (Verdict.PEND, Verdict.FAULT):
        return "Waits: " if decides else "Would wait: "
    if finding.verdict is Verdict.DENY:
        return f"Also found, {reason}: "
    return "Noted: "


def _source(finding: Finding, audience: Audience) -> Iterator[str]:
    """Where a finding comes from: the policy's sentence and citation, and for the payer's own people its rule."""
    if finding.quote:
        yield f'    Policy: "{finding.quote}"'
        if finding.cite:
            yield f"    Source: {'; '.join(filter(None, (finding.cite.title, finding.cite.section, finding.cite.url)))}"
    if finding.ruled_by:
        yield f"    Answered by {f'reviewer {finding.ruled_by}' if audience is Audience.INTERNAL else 'a reviewer'}."
    if audience is Audience.INTERNAL:
        yield f"    Rule {finding.rule} [{finding.policy}]"


_REMEDIES = {
    "replacement": "send a replacement",
    "new_claim": "send a new claim",
    "appeal": "appeal",
    "bill_patient": "bill the patient",
    "bill_other_payer": "bill the other payer, within its own limit",
    "send_documents": "send the documents",
    "void": "void the claim",
    "write_off": "write the amount off",
    "wait": "wait",
    "none": "nothing to do",
}


def _step(step: NextStep) -> Iterator[str]:
    yield f"    Next ({step.who}): {step.action}"
    remedy = _REMEDIES[step.remedy] + (f" by {step.deadline}" if step.deadline else "")
    if step.appeal_by and step.remedy != "appeal":
        remedy += f"; appeal by {step.appeal_by}"
    yield f"    In short: {remedy}." + (f" Patient owes: {step.patient}" if step.patient else "")
