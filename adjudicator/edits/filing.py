"""Did the claim arrive in time (domain/02 section 3.D)."""

from collections.abc import Iterable

from adjudicator.coordination import last_answered_on
from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of


def filing_limit(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The claim arrived within the plan's filing limit, counted from each line's day or an earlier payer's decision."""
    answered_on = last_answered_on(case.claim)
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None:
            continue
        waited_days = (case.received_on - terms.day).days
        if waited_days <= terms.plan.filing_limit_days:
            continue
        if answered_on is not None:
            since_days = (case.received_on - answered_on).days
            if since_days > terms.plan.filing_limit_days:
                yield policies.answer("filing-limit.after-earlier-payer", terms.day).finding(
                    f"Line {line.number} of {terms.day} arrived on {case.received_on}, {since_days} days after the earlier payer "
                    f"decided on {answered_on}; the plan allows {terms.plan.filing_limit_days} days.",
                    line.number,
                )
            continue
        facts = (
            f"Line {line.number} of {terms.day} arrived on {case.received_on}, {waited_days} days later; "
            f"the plan allows {terms.plan.filing_limit_days} days."
        )
        if case.claim.delay_reason:
            yield policies.answer("filing-limit.delay-reason", terms.day).finding(
                f"{facts} The claim gives delay reason {case.claim.delay_reason} (CLM20).", line.number
            )
        else:
            yield policies.answer("filing-limit.late", terms.day).finding(facts, line.number)
