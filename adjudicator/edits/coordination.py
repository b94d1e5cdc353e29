"""Are we the one who pays first (domain/02 section 3.E); deciding it is a later version's, so these claims wait."""

from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet

PRIMARY = "P"
"""Payer responsibility (SBR01) of the payer who pays first."""


def earlier_payers(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No other payer comes before us: coordination of benefits is not adjudicated yet."""
    claim = case.claim
    ours = claim.subscriber.payer_responsibility
    answered = any(line.other_payers for line in claim.lines) or any(
        payer.paid_cents is not None
        or payer.noncovered_cents is not None
        or payer.patient_liability_cents is not None
        or payer.adjustments
        or payer.adjudicated_on
        or payer.claim_control_number
        for payer in claim.other_payers
    )
    unranked = any(payer.responsibility in ("", PRIMARY, "U") for payer in claim.other_payers)
    if ours != PRIMARY or answered or unranked or claim.subscriber.insurance_type:
        said = f"We are named as payer {ours or '(none)'} (SBR01)"
        others = ", ".join(payer.responsibility or "unknown" for payer in claim.other_payers)
        yield policies.answer("unsupported.earlier-payer", case.received_on).finding(
            f"{said}; other payers are named as {others} (SBR01 of loop 2320)." if others else f"{said}."
        )


def accident(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The care was not caused by work or an accident, for which somebody else may be liable."""
    claim = case.claim
    liable = policies.payer.on(case.received_on).liability_indicators
    told = [f"cause {cause} (CLM11)" for cause in claim.related_causes]
    if claim.accident_date or claim.accident_state:
        told.append("an accident's date or state (DTP*439, CLM11)")
    if claim.subscriber.filing_indicator in liable:
        told.append(f"filing indicator {claim.subscriber.filing_indicator} (SBR09)")
    if told:
        yield policies.answer("accident", case.received_on).finding(f"The claim names {', '.join(told)}.")
