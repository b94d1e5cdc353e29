"""What the biller does next about a finding or an unpaid amount: the policy's guidance, with this claim's dates."""

import datetime as dt

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.decision import WHOLE_CLAIM, Adjustment, Citation, Finding
from adjudicator.policy.policy_set import Guidance, PolicyGap, PolicySet, guidance_keys, reason_keys
from adjudicator.policy.terms import terms_of


class NextStep(msgspec.Struct, frozen=True):
    """Who does what, by when, and what the patient may be billed meanwhile."""

    cause: str
    """What the reason means, in plain words."""
    who: str
    action: str
    remedy: str
    """replacement, new_claim, appeal, bill_patient, bill_other_payer, send_documents, void, write_off, wait or none."""
    deadline: dt.date | None = None
    """Last day for the remedy; None when no clock of ours runs."""
    appeal: bool = False
    """Whether there is a right of appeal."""
    appeal_by: dt.date | None = None
    """Last day for an appeal, where there is the right."""
    patient: str = ""
    cite: Citation | None = None


_WITHIN_THE_APPEAL_LIMIT = ("appeal", "send_documents")
"""Remedies that the appeal limit binds; what is billed to others or written off has no clock of ours."""


def next_step_for_finding(finding: Finding, case: Case, policies: PolicySet) -> NextStep:
    """The next step for a finding."""
    return _next_step(guidance_keys(finding), finding.line, case, policies, finding.cite)


def next_step_for_adjustment(adjustment: Adjustment, line: int, case: Case, policies: PolicySet) -> NextStep:
    """The next step for money that a line was not paid: the guidance of the rule that took it, else of its reason.

    Where the rule only holds claims, a reviewer gave the reason, and the reason says what to do.
    """
    reasons = tuple(reason_keys(adjustment.group, adjustment.carc, adjustment.remarks))
    keys = (
        (*reasons, adjustment.rule)
        if policies.holds(adjustment.rule, case.received_on)
        else (adjustment.rule, *reasons)
    )
    return _next_step(keys, line, case, policies, None)


def _next_step(keys: tuple[str, ...], line: int, case: Case, policies: PolicySet, cite: Citation | None) -> NextStep:
    for key in keys:
        guidance = policies.guidance_for(key, case.received_on)
        if guidance is not None:
            return NextStep(
                cause=guidance.cause,
                who=guidance.who,
                action=guidance.step,
                remedy=guidance.remedy,
                deadline=_deadline(guidance, line, case, policies),
                appeal=guidance.appeal,
                appeal_by=_appeal_by(case, policies) if guidance.appeal else None,
                patient=guidance.patient,
                cite=cite or guidance.cite,
            )
    return NextStep(
        cause=f"The payer's guidance does not explain {keys[0]}.",
        who="biller",
        action="Ask the payer what the reason means for this claim, and name the claim's number.",
        remedy="none",
        cite=cite,
    )


def _deadline(guidance: Guidance, line: int, case: Case, policies: PolicySet) -> dt.date | None:
    """The last day for the remedy: of the filing limit from the date of service, or of the appeal limit from the decision."""
    if guidance.deadline == "appeal_limit":
        return _appeal_by(case, policies) if guidance.remedy in _WITHIN_THE_APPEAL_LIMIT else None
    if guidance.deadline != "filing_limit":
        return None
    days = []
    for service in case.claim.lines:
        if line not in (WHOLE_CLAIM, service.number) or service.from_date is None:
            continue
        try:
            terms = terms_of(case, policies, service)
        except PolicyGap:
            continue
        if terms is not None:
            days.append(service.from_date + dt.timedelta(days=terms.plan.filing_limit_days))
    return min(days, default=None)


def _appeal_by(case: Case, policies: PolicySet) -> dt.date | None:
    """The last day to appeal the decision."""
    payer = policies.payer.find(case.decided_on)
    return case.decided_on + dt.timedelta(days=payer.appeal_limit_days) if payer else None
