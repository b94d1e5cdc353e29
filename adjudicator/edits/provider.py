"""Who bills (domain/02 section 3.B)."""

from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.codes import npi_is_valid, tax_id_is_valid
from adjudicator.model.decision import Finding
from adjudicator.policy.policy_set import PolicySet


def billing_provider(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """A tax id and an NPI of our provider file belong together there; a misspelt one never makes a provider an outsider."""
    billing = case.claim.billing
    if not (npi_is_valid(billing.npi) and tax_id_is_valid(billing.tax_id)):
        return
    together = any((known.tax_id, known.npi) == (billing.tax_id, billing.npi) for known in case.participations)
    if case.participations and not together:
        yield policies.answer("billing-provider.mismatch", case.received_on).finding(
            f"Our provider file knows tax id {billing.tax_id} or NPI {billing.npi}, but not the two together."
        )
