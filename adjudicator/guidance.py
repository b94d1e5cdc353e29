"""What the biller does next about a finding or an unpaid amount: the policy's guidance, with this claim's dates."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from adjudicator.coordination import last_answered_on
from adjudicator.model.case import Case
from adjudicator.model.decision import WHOLE_CLAIM, Adjustment, AdjustmentPart, Citation, Finding
from adjudicator.policy.answers import Guidance, guidance_keys, reason_keys
from adjudicator.policy.document import PolicyGap
from adjudicator.policy.plan import AFTER_ANSWER
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of


class NextStep(msgspec.Struct, frozen=True):
    """Who does what, by when, and what the patient may be billed meanwhile."""

    cause: str
    """What the reason means, in plain words."""
    who: str
    action: str
    remedy: str
    """replacement, new_claim, appeal, bill_patient, bill_other_payer, send_documents, void, write_off, negotiate,
    post_capitation, wait or none."""
    deadline: dt.date | None = None
    """Last day for the remedy; None when no clock of ours runs."""
    days_after_answer: int | None = None
    """Days after another payer's answer within which the remedy is in time as well, be it after the deadline; None where the clock
    does not begin anew with such an answer."""
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


def next_steps_for_parts(
    adjustment: Adjustment, line: int, case: Case, policies: PolicySet
) -> tuple[tuple[AdjustmentPart, NextStep], ...]:
    """What each rule took for one reason with its next step: the guidance of the rule that took it, else of its reason.

    Where the rule only holds claims, a reviewer gave the reason, and the reason says what to do.
    """
    reasons = tuple(reason_keys(adjustment.group, adjustment.carc, adjustment.remarks))

    def step(rule: str) -> NextStep:
        keys = (*reasons, rule) if policies.holds(rule, case.received_on) else (rule, *reasons)
        return _next_step(keys, line, case, policies, None)

    return tuple([(part, step(part.rule)) for part in adjustment.taken])


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
                days_after_answer=_days_after_answer(guidance, line, case, policies),
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
    """The last day for the remedy: of the filing limit from the date of service, or of the appeal limit from the decision.

    The filing limit runs from the answer of a payer before us where that is later (domain/05 section 7).
    """
    if guidance.deadline == "appeal_limit":
        return _appeal_by(case, policies) if guidance.remedy in _WITHIN_THE_APPEAL_LIMIT else None
    answered_on = last_answered_on(case.claim)
    limits = _filing_limits(guidance, line, case, policies)
    return min((max(day, answered_on or day) + dt.timedelta(days=days) for day, days in limits), default=None)


def _days_after_answer(guidance: Guidance, line: int, case: Case, policies: PolicySet) -> int | None:
    """The filing limit in days, where another payer's answer is still to come and starts it anew."""
    if guidance.deadline != AFTER_ANSWER:
        return None
    return min((days for _, days in _filing_limits(guidance, line, case, policies)), default=None)


def _filing_limits(guidance: Guidance, line: int, case: Case, policies: PolicySet) -> Iterator[tuple[dt.date, int]]:
    """The day of each line and its plan's filing limit in days, where that is the clock that runs."""
    if guidance.deadline not in ("filing_limit", AFTER_ANSWER):
        return
    for service in case.claim.lines:
        if line not in (WHOLE_CLAIM, service.number) or service.from_date is None:
            continue
        try:
            terms = terms_of(case, policies, service)
        except PolicyGap:
            continue
        if terms is not None:
            yield service.from_date, terms.plan.filing_limit_days


def _appeal_by(case: Case, policies: PolicySet) -> dt.date | None:
    """The last day to appeal the decision."""
    payer = policies.payer.find(case.decided_on)
    return case.decided_on + dt.timedelta(days=payer.appeal_limit_days) if payer else None
