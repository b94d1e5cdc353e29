"""Says everything that is wrong with a remittance before anybody is paid: unbalanced money, codes that may not be used."""

from collections.abc import Iterator

from adjudicator.model.claim import Line
from adjudicator.model.decision import LineDecision
from adjudicator.model.remittance import Remittance, RemittedClaim
from adjudicator.policy.code_lists import CodeTable
from adjudicator.policy.policy_set import PolicySet

_GROUPS = ("CO", "OA", "PI", "PR")
"""Groups of an 835; CR is not among them (domain/06 section 3)."""


def check_balance(remittance: Remittance) -> tuple[str, ...]:
    """What is wrong with a remittance's money, by the three balancing rules (domain/06 section 2); empty when all is well.

    Line: charge = paid + adjustments. Claim: total charge = line charges = paid + adjustments. Remittance: payment = what its
    claims pay, never below zero. Besides, every claim is there once, is final, and is the payee's.
    """
    problems: list[str] = []
    seen = set()
    for claim in remittance.claims:
        number = claim.decision.claim_id
        if number in seen:
            problems.append(f"claim {number}: there twice")
        seen.add(number)
        problems += (f"claim {number}{problem}" for problem in _claim_balance(remittance, claim))
    paid_cents = sum(line.paid_cents for claim in remittance.claims for line in claim.decision.lines)
    if remittance.paid_cents != paid_cents or paid_cents < 0:
        problems.append(
            f"remittance {remittance.trace_number}: pays {remittance.paid_cents} cents, its lines {paid_cents}"
        )
    return tuple(problems)


def _claim_balance(remittance: Remittance, remitted: RemittedClaim) -> Iterator[str]:
    claim, decision = remitted.claim, remitted.decision
    if not decision.disposition.is_final:
        yield f": {decision.disposition.value}, which is not final"
    if claim.test:
        yield ": came in a test interchange"
    if (claim.billing.tax_id, claim.billing.npi) != (remittance.payee.tax_id, remittance.payee.npi):
        yield ": billed by somebody other than the payee"
    if claim.total_charge_cents != decision.charge_cents:
        yield f": total charge {claim.total_charge_cents} cents, charges of the decided lines {decision.charge_cents}"
    if [line.number for line in claim.lines] != [line.line for line in decision.lines]:
        yield ": the lines decided are not the lines sent"
        return
    for sent, decided in zip(claim.lines, decision.lines, strict=True):
        yield from (f", line {sent.number}: {problem}" for problem in _line_balance(sent, decided))


def _line_balance(sent: Line, decided: LineDecision) -> Iterator[str]:
    adjusted_cents = sum(adjustment.amount_cents for adjustment in decided.adjustments)
    if sent.charge_cents != decided.charge_cents:
        yield f"charge {sent.charge_cents} cents, decided charge {decided.charge_cents}"
    if decided.charge_cents != decided.paid_cents + adjusted_cents:
        yield f"charge {decided.charge_cents} cents is not paid {decided.paid_cents} + adjusted {adjusted_cents}"
    if any(adjustment.amount_cents == 0 for adjustment in decided.adjustments):
        yield "an adjustment of zero"
    reasons = [(adjustment.group, adjustment.carc) for adjustment in decided.adjustments]
    for group, carc in sorted({reason for reason in reasons if reasons.count(reason) > 1}):
        yield f"{group}-{carc} twice; sum it up"


def check_codes(remittance: Remittance, policies: PolicySet) -> tuple[str, ...]:
    """What is wrong with a remittance's codes on its payment date (domain/06 sections 3 and 10); empty when all is well.

    Raises:
        PolicyGap: no list of reason or remark codes covers the payment date.
    """
    reasons = policies.table("carc", remittance.paid_on)
    remarks = policies.table("rarc", remittance.paid_on)
    return tuple(
        f"claim {claim.decision.claim_id}, line {line.line}: {problem}"
        for claim in remittance.claims
        for line in claim.decision.lines
        for problem in _line_codes(remittance, line, reasons, remarks)
    )


def _line_codes(remittance: Remittance, line: LineDecision, reasons: CodeTable, remarks: CodeTable) -> Iterator[str]:
    day = remittance.paid_on
    told = dict.fromkeys((*line.remarks, *(remark for reason in line.adjustments for remark in reason.remarks)))
    explains = False
    for remark in told:
        known = remarks.entry(remark, day)
        if known is None:
            yield f"remark {remark} is not a code in use on {day.isoformat()}"
        elif not known.alert:
            explains = True
    for adjustment in line.adjustments:
        reason = f"{adjustment.group}-{adjustment.carc}"
        if adjustment.group not in _GROUPS:
            yield f"{reason}: group {adjustment.group} has no place in a remittance; use {', '.join(_GROUPS)}"
        entry = reasons.entry(adjustment.carc, day)
        if entry is None:
            yield f"{reason}: reason {adjustment.carc} is not a code in use on {day.isoformat()}"
            continue
        if entry.groups and adjustment.group not in entry.groups:
            yield f"{reason}: reason {adjustment.carc} goes with {' or '.join(sorted(entry.groups))} only"
        if entry.claims_only:
            yield f"{reason}: reason {adjustment.carc} stands on claims between payers, never in a remittance"
        if entry.partial and adjustment.amount_cents == line.charge_cents != 0:
            yield f"{reason}: reason {adjustment.carc} cannot take a whole charge; give the reason of the denial"
        if entry.needs_remark and not explains:
            yield f"{reason}: needs a remark that is not an Alert"
