"""Does the plan cover the service where it was given (domain/02 sections 3.B and 3.G)."""

import datetime as dt
from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of


def capitated(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The provider's contract pays the service by itself, and not by the member and month."""
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None:
            continue
        for row in terms.contract.capitated_by_procedure.naming(line.procedure):
            if row.when is None or row.when(case, policies, line, standing)[0]:
                yield row.answer.finding(
                    f"Your contract pays procedure {line.procedure} of line {line.number} by the member and month.",
                    line.number,
                )


def covered_in_tier(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The line's benefit is covered in the network tier of its provider; what the law may protect waits instead."""
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None or not line.procedure:
            continue
        benefit = terms.plan.benefit_for(line)
        if not terms.cost_share(benefit).covered and not terms.unsettled:
            elsewhere = _other_products(case, terms.plan.product, terms.day)
            if elsewhere and not terms.in_network:
                yield policies.answer("not-in-narrow-network", terms.day).finding(
                    f"The plan covers {benefit.id} (line {line.number}) only from providers of product {terms.plan.product}; "
                    f"your contract is for {', '.join(elsewhere)}.",
                    line.number,
                )
            else:
                yield policies.answer("not-covered-in-tier", terms.day).finding(
                    f"The plan covers {benefit.id} (line {line.number}) only from providers in its network.",
                    line.number,
                )


def excluded(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The plan does not exclude the service, nor leave it to another plan."""
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None or not line.procedure:
            continue
        for exclusion in terms.plan.exclusions_by_procedure.naming(line.procedure):
            fact = ""
            if exclusion.when is not None:
                holds, fact = exclusion.when(case, policies, line, standing)
                if not holds:
                    continue
            covers = f"{exclusion.handled_by} covers" if exclusion.handled_by else "The plan excludes"
            yield exclusion.answer.finding(
                f"{covers} procedure {line.procedure} of line {line.number}{f': {fact}' if fact else ''}.",
                line.number,
            )


def _other_products(case: Case, product: str, day: dt.date) -> list[str]:
    """Other products of ours for which the billing provider has a contract on a day."""
    billing = case.claim.billing
    return sorted(
        known.product
        for known in case.participations
        if (known.tax_id, known.npi) == (billing.tax_id, billing.npi)
        and known.product != product
        and known.span.covers(day)
    )
