"""What the biller does next about a finding or an unpaid amount: the policy's guidance, with this claim's dates."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.decision import WHOLE_CLAIM, Adjustment, Citation, Finding, Verdict
from adjudicator.policy.policy_set import Guidance, PolicyGap, PolicySet
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
    appeal: bool = False
    """Whether there is a right of appeal."""
    patient: str = ""
    cite: Citation | None = None


def next_step_for_finding(finding: Finding, case: Case, policies: PolicySet) -> NextStep:
    """The next step for a finding: the guidance of its rule, else of the queue it waits in, else of its reason."""
    waits = (f"pend/{finding.queue}",) if finding.verdict in (Verdict.PEND, Verdict.FAULT) else ()
    keys = [finding.rule, *waits, *_reason_keys(finding.group, finding.carc, finding.remarks)]
    return _next_step(keys, finding.line, case, policies, finding.cite)


def next_step_for_adjustment(adjustment: Adjustment, line: int, case: Case, policies: PolicySet) -> NextStep:
    """The next step for money that a line was not paid."""
    keys = [adjustment.rule, *_reason_keys(adjustment.group, adjustment.carc, adjustment.remarks)]
    return _next_step(keys, line, case, policies, None)


def _reason_keys(group: str, carc: str, remarks: tuple[str, ...]) -> Iterator[str]:
    """From the most exact name of a reason to the least: ``CO-16/M119``, ``16/M119``, ``CO-16``, ``16``."""
    if not carc:
        return
    for remark in remarks:
        yield f"{group}-{carc}/{remark}"
        yield f"{carc}/{remark}"
    yield f"{group}-{carc}"
    yield carc


def _next_step(keys: list[str], line: int, case: Case, policies: PolicySet, cite: Citation | None) -> NextStep:
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
                patient=guidance.patient,
                cite=cite or guidance.cite,
            )
    return NextStep(
        cause=f"The payer's guidance does not explain {keys[-1]}.",
        who="biller",
        action="Ask the payer what the reason means for this claim, and name the claim's number.",
        remedy="none",
        cite=cite,
    )


def _deadline(guidance: Guidance, line: int, case: Case, policies: PolicySet) -> dt.date | None:
    """The last day to act: of the filing limit from the date of service, or of the appeal limit from the decision."""
    if guidance.deadline == "appeal_limit":
        payer = policies.payer.find(case.decided_on)
        return case.decided_on + dt.timedelta(days=payer.appeal_limit_days) if payer else None
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
