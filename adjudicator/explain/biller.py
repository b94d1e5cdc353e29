"""A decision for the provider's biller: every unpaid cent with its facts, its source, its next step and whom to bill.

It names no other provider, nothing of the payer's own business and nothing of other patients.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from adjudicator import benefits
from adjudicator.explain.parts import (
    amounts,
    bill_first,
    calculation,
    cited,
    limits,
    next_step,
    opening,
    reason,
    service,
    source,
)
from adjudicator.guidance import NextStep, next_step_for_finding, next_steps_for_parts
from adjudicator.model.case import Case
from adjudicator.model.decision import (
    WHOLE_CLAIM,
    Adjustment,
    AdjustmentPart,
    Audience,
    Decision,
    Disposition,
    Finding,
    LineDecision,
    PaymentReduction,
    Verdict,
)
from adjudicator.model.money import dollars
from adjudicator.policy.document import PolicyGap, Version
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms, terms_of

HELD_BY_PAYER = "The payer is reviewing this claim itself; nothing is needed from you."
"""What a provider reads in place of a finding that is the payer's own business."""

_DECIDING = {Disposition.REJECTED: (Verdict.REJECT,), Disposition.PENDED: (Verdict.PEND, Verdict.FAULT)}
"""Verdicts whose next steps stand, by how the claim ended; a final claim's stand at its adjustments."""


def visible_findings(decision: Decision, audience: Audience) -> tuple[Finding, ...]:
    """The findings that an audience may read."""
    if audience is Audience.INTERNAL:
        return decision.findings
    return tuple(finding for finding in decision.findings if finding.audience is not Audience.INTERNAL)


def for_biller(case: Case, decision: Decision, policies: PolicySet) -> Iterator[str]:
    """The lines of the explanation."""
    yield f"Claim {case.claim_id} (your {case.claim.patient_control_number}) {opening(case, decision)}."
    yield amounts(case, decision)
    findings = visible_findings(decision, Audience.PROVIDER)
    if len(findings) < len(decision.findings) and not decision.disposition.is_final:
        yield f"  {HELD_BY_PAYER}"
    taking = {part.rule for line in decision.lines for unpaid in line.adjustments for part in unpaid.taken}
    for finding in findings:
        # What takes money of lines is told there.
        if finding.line == WHOLE_CLAIM and finding.rule not in taking:
            yield from _finding(finding, case, decision, policies)
    told_of: dict[tuple[object, ...], int] = {}
    for line in case.claim.lines:
        of_line = [finding for finding in findings if finding.line == line.number]
        if not of_line and not decision.disposition.is_final:
            continue
        yield ""
        yield service(line)
        told: set[str] = set()
        if decision.disposition.is_final:
            decided = decision.line(line.number)
            yield from calculation(decided, line)
            if decided.share:
                yield from limits(decided.share)
            for adjustment in decided.adjustments:
                rules = {part.rule for part in adjustment.taken}
                own = [f for f in findings if f.rule in rules and f.line in (line.number, WHOLE_CLAIM)]
                told.update(finding.rule for finding in own)
                steps = next_steps_for_parts(adjustment, line.number, case, policies)
                as_of = line.number
                if own and all(finding.line == WHOLE_CLAIM for finding in own):
                    key = (reason(adjustment), *((part.rule, step) for part, step in steps))
                    as_of = told_of.setdefault(key, line.number)
                if as_of != line.number:
                    yield f"{_not_paid(adjustment)}: as told of line {as_of}."
                else:
                    yield from _adjustment(adjustment, steps, decided, own, case, decision, policies)
        for finding in of_line:
            if finding.rule not in told:
                yield from _finding(finding, case, decision, policies)
    if decision.disposition.is_final:
        yield ""
        yield from _patient(case, decision, policies)
    payer = policies.payer.find(case.decided_on)
    if payer is not None:
        yield ""
        yield f"Questions: {payer.contact_name}, {payer.contact_phone}, {payer.contact_url}; name claim {case.claim_id}."


_Steps = Sequence[tuple[AdjustmentPart, NextStep]]
"""What each rule took of an adjustment, with its next step."""


def _not_paid(adjustment: Adjustment) -> str:
    return f"  Not paid {dollars(adjustment.amount_cents):>14}  {reason(adjustment)}"


def _adjustment(
    adjustment: Adjustment,
    steps: _Steps,
    decided: LineDecision,
    findings: list[Finding],
    case: Case,
    decision: Decision,
    policies: PolicySet,
) -> Iterator[str]:
    """An amount with its reason, facts and source, of each rule that took a part of it, then each next step once."""
    together = len(steps) > 1
    yield f"{_not_paid(adjustment)}: {'of several reasons.' if together else steps[0][1].cause}"
    for part, step in steps:
        if together:
            yield f"    {dollars(part.amount_cents)} of it: {step.cause}"
        own = [finding for finding in findings if finding.rule == part.rule]
        for finding in own:
            yield f"    {finding.because}"
            if finding.priority_payer:
                yield f"    {bill_first(finding.priority_payer)}"
            yield from source(finding, Audience.PROVIDER)
        if not own:
            yield from _certificate_or_contract(part, decided, case, policies)
    to_do = {msgspec.structs.replace(step, cause="", cite=None): step for _, step in steps}
    for step in to_do.values():
        yield from next_step(step, decision)


def _certificate_or_contract(
    part: AdjustmentPart, decided: LineDecision, case: Case, policies: PolicySet
) -> Iterator[str]:
    """Where an amount stands written that no finding took: the plan's certificate or the contract."""
    line = next(line for line in case.claim.lines if line.number == decided.line)
    try:
        terms = terms_of(case, policies, line)
    except PolicyGap:
        return
    if terms is None or decided.price is None:
        return
    taken = next((reduction for reduction in decided.reductions if reduction.rule == part.rule), None)
    if taken is not None:
        yield from _clause(taken, terms)
    elif part.rule == "agreed-price":
        yield f"    The price was {decided.price.basis}."
    else:
        version = terms.plan if part.rule in (*benefits.RULES, *benefits.COORDINATION) else terms.contract
        yield _in_force(version)


def _clause(taken: PaymentReduction, terms: Terms) -> Iterator[str]:
    """The fact, the sentence and the source by which a payment was reduced."""
    policy, _, name = taken.clause.rpartition("#")
    version = terms.plan if policy == terms.plan.stamp else terms.contract
    if taken.because:
        yield f"    {taken.because}"
    for clause in version.payment_reductions:
        if clause.id == name:
            yield f'    Policy: "{clause.quote}"'
    yield _in_force(version)


def _in_force(version: Version) -> str:
    return f"    Source: {cited(version.cite)}; in force from {version.span.effective}"


def _finding(finding: Finding, case: Case, decision: Decision, policies: PolicySet) -> Iterator[str]:
    """A finding that took no money of its own; its next step is told where it is what decides the claim."""
    decides = finding.verdict in _DECIDING.get(decision.disposition, ())
    yield f"  {_heading(finding, decides)}{finding.because}"
    step = next_step_for_finding(finding, case, policies)
    if decides and step.cause != finding.because:
        yield f"    {step.cause}"
    yield from source(finding, Audience.PROVIDER)
    if decides:
        yield from next_step(step, decision)


def _heading(finding: Finding, decides: bool) -> str:
    """What a finding does, or would do: only the next step of what decides is told, the rest is for information."""
    if finding.verdict is Verdict.REJECT:
        return f"Rejected ({', '.join(finding.statuses)}): "
    if finding.verdict in (Verdict.PEND, Verdict.FAULT):
        return "Waits: " if decides else "Would wait: "
    if finding.verdict is Verdict.DENY:
        return f"Also found, {reason(finding)}: "
    if finding.verdict is Verdict.REDUCE:
        return f"Would be reduced, {reason(finding)}: "
    return "Noted: "


def _patient(case: Case, decision: Decision, policies: PolicySet) -> Iterator[str]:
    """What the patient may be billed in all, made up of what, and what of it the claim says is paid already."""
    owed: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for line in decision.lines:
        for adjustment in line.adjustments:
            if adjustment.group == "PR":
                for part, step in next_steps_for_parts(adjustment, line.line, case, policies):
                    share = part.rule in benefits.RULES
                    name = (part.rule, "") if share else (reason(adjustment), f": {step.cause.rstrip('.')}")
                    owed[name].append((line.line, part.amount_cents))
    if not owed:
        yield "Patient: owes nothing of this claim."
    else:
        parts = [
            f"{name} {dollars(sum(cents for _, cents in rows))} "
            f"(line {', '.join(dict.fromkeys(str(line) for line, _ in rows))}{why})"
            for (name, why), rows in owed.items()
        ]
        yield f"Patient: may owe {dollars(decision.member_cents)}: {'; '.join(parts)}."
    if paid_cents := case.claim.patient_paid_cents:
        left_cents = decision.member_cents - paid_cents
        settled = f"{dollars(left_cents)} is left to bill" if left_cents > 0 else "nothing is left to bill"
        back = f"; give {dollars(-left_cents)} back to the patient" if left_cents < 0 else ""
        yield f"  The claim says that the patient has paid {dollars(paid_cents)} (AMT*F5): {settled}{back}."
    written_off_cents = sum(a.amount_cents for line in decision.lines for a in line.adjustments if a.group == "CO")
    if written_off_cents > 0:
        yield f"  {dollars(written_off_cents)} may never be billed to the patient (CO)."
    not_billable_cents = sum(
        a.amount_cents for line in decision.lines for a in line.adjustments if a.rule in benefits.NOT_BILLABLE
    )
    if not_billable_cents > 0:
        yield f"  {dollars(not_billable_cents)} of the patient's share may never be billed to the patient: the law forbids it."
