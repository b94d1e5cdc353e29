"""A decision for the payer's reviewer: what waits, what is asked, which facts met or failed the criteria, what can be answered."""

import datetime as dt
from collections.abc import Iterator

from adjudicator.explain.asking import criteria_asked, standing_at
from adjudicator.explain.parts import DOES, amounts, next_step, opening, place, reason, ruling_in_words, service, source
from adjudicator.guidance import next_step_for_finding
from adjudicator.model.case import Case, RulingVerdict
from adjudicator.model.dates import age_in_years
from adjudicator.model.decision import WHOLE_CLAIM, Audience, Decision, Finding, Verdict
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import comes_too_early, due_date, refusal


def for_reviewer(case: Case, decision: Decision, policies: PolicySet) -> Iterator[str]:
    """The lines of the explanation."""
    waiting = decision.pends()
    yield f"Claim {case.claim_id} (the provider's {case.claim.patient_control_number}) {opening(case, decision)}."
    yield amounts(case, decision)
    yield _patient(case)
    due_on = due_date(case, policies) if waiting else None
    law = f" The law wants the claim decided by {due_on}." if due_on else ""
    yield f"{_counted(len(waiting), 'answer')} {'is' if len(waiting) == 1 else 'are'} awaited.{law}"
    for number, finding in enumerate(waiting, start=1):
        yield ""
        yield from _waiting(number, finding, case, decision, policies)
    others = [finding for finding in decision.findings if finding not in waiting]
    if others:
        yield ""
        yield "Also found:"
        for finding in others:
            yield from _other(finding)
    if case.rulings:
        yield ""
        yield "Earlier rulings:"
        for ruling in case.rulings:
            yield f"  {ruling_in_words(ruling)}"


def _patient(case: Case) -> str:
    """The patient as far as criteria ask: age on the first day of service and sex, never the name."""
    member = case.member
    days = [line.from_date for line in case.claim.lines if line.from_date]
    if member is None:
        return f"Patient: {len(case.members)} members on file fit."
    aged = f"{age_in_years(member.birth_date, min(days))} years old on {min(days)}, " if days else ""
    listed = ", ".join(diagnosis.code for diagnosis in case.claim.diagnoses)
    return f"Patient: {aged}sex {member.sex.value}; diagnoses of the claim {listed or 'none'}."


def _waiting(number: int, finding: Finding, case: Case, decision: Decision, policies: PolicySet) -> Iterator[str]:
    lines = [line for line in case.claim.lines if line.number == finding.line]
    of = "the whole claim" if finding.line == WHOLE_CLAIM else service(lines[0]) if lines else place(finding.line)
    yield f"{number}. {of}"
    code = f", pend code {finding.pend_code}" if finding.pend_code else ""
    yield f"  Queue {finding.queue}{code}{_target(finding, case, policies)}. Asked: {finding.question}"
    yield f"  Found: {finding.because}"
    yield from source(finding, Audience.INTERNAL)
    path = finding.rule.partition("#")[0]
    standing = standing_at(finding.stage, case, decision.findings, finding.rule, finding.line)
    asked = [one for line in lines for one in criteria_asked(path, case, policies, line, standing)]
    if asked:
        yield f"  Criteria of {finding.policy}:"
        for one in asked:
            yield f"    {one}"
            if one.quote and one.rule != finding.rule:
                yield f'      "{one.quote}"'
    yield from _answers(finding, case)
    yield "  The biller reads meanwhile:"
    yield from next_step(next_step_for_finding(finding, case, policies), decision)


def _target(finding: Finding, case: Case, policies: PolicySet) -> str:
    """By when the queue should answer, counted from the decision that is explained."""
    payer = policies.payer.find(case.decided_on)
    queue = payer.queues.get(finding.queue) if payer else None
    return f", to be answered by {case.decided_on + dt.timedelta(days=queue.target_days)}" if queue else ""


def _answers(finding: Finding, case: Case) -> Iterator[str]:
    """Which rulings are possible, why others are not, and the reasons that the policy offers for a no."""
    offered = " or ".join(reason(one) for one in finding.reasons) or "a reason of your choice (group, CARC, remarks)"
    scope = "the claim" if finding.line == WHOLE_CLAIM else f"line {finding.line}"
    means = {
        RulingVerdict.ALLOW: "the finding does not stand in the way; everything else is decided again.",
        RulingVerdict.DENY: f"{scope} is denied with {offered}.",
        RulingVerdict.REDUCE_UNITS: f"so many of the line's units are covered; the others get {offered}.",
        RulingVerdict.PRICE: "the line is allowed your price, at most its charge.",
        RulingVerdict.CONFIRM_DUPLICATE: f"it repeats another service and is denied with {offered}.",
    }
    for verdict, meaning in means.items():
        because = refusal(finding, verdict) or comes_too_early(finding, verdict, case)
        if not because or verdict in (RulingVerdict.ALLOW, RulingVerdict.DENY):
            yield f"  {verdict.value.capitalize().replace('_', ' ')}: {because or meaning}"


def _other(finding: Finding) -> Iterator[str]:
    """A finding that waits for nobody: what it does or did, for whom it is told, and where it stands."""
    told = f" {reason(finding)}" if finding.carc and finding.verdict in (Verdict.DENY, Verdict.REDUCE) else ""
    seen = " (internal)" if finding.audience is Audience.INTERNAL else ""
    yield f"  {place(finding.line)}, {DOES[finding.verdict]}{told}{seen}: {finding.because}"
    yield from source(finding, Audience.INTERNAL)


def _counted(count: int, what: str) -> str:
    return f"{count or 'No'} {what}{'' if count == 1 else 's'}"
