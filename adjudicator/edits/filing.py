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
        limit_days = terms.plan.filing_limit_days
        began_on = terms.day if answered_on is None else max(terms.day, answered_on)
        waited_days = (case.received_on - began_on).days
        if waited_days <= limit_days:
            continue
        late, since = "filing-limit.late", "later"
        if began_on == answered_on:
            late, since = "filing-limit.after-earlier-payer", f"after the earlier payer decided on {answered_on}"
        facts = (
            f"Line {line.number} of {terms.day} arrived on {case.received_on}, {waited_days} days {since}; the plan allows "
            f"{limit_days} days."
        )
        if case.claim.delay_reason:
            yield policies.answer("filing-limit.delay-reason", terms.day).finding(
                f"{facts} The claim gives delay reason {case.claim.delay_reason} (CLM20).", line.number
            )
        else:
            yield policies.answer(late, terms.day).finding(facts, line.number)
