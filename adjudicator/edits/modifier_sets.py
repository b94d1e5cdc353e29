"""Do a line's modifiers contradict each other, by the payment rules of its contract (domain/03 section 5)."""

from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.payment_rules import PaymentRules
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of


def contradictory(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line has modifiers of which each excludes the other, such as those of two parts of one service."""
    for line in case.claim.lines:
        if len(line.modifiers) < 2:
            continue
        rules = payment_rules(case, policies, line)
        both = rules.contradiction(line.modifiers) if rules else None
        if rules and line.from_date and both:
            yield policies.answer("modifiers.contradictory", line.from_date).finding(
                f"Line {line.number} has modifiers {' and '.join(both)}, which {rules.stamp} does not pay on one line.",
                line.number,
            )


def payment_rules(case: Case, policies: PolicySet, line: Line) -> PaymentRules | None:
    """The payment rules that a line's contract names for it; None where it names none, or no terms are known."""
    terms = terms_of(case, policies, line)
    rule = policies.pay_rule(terms.contract, case, line) if terms else None
    return policies.payment_rules_of(rule, terms.day) if terms and rule else None
