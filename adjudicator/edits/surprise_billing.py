"""Care outside the network that the law protects from a surprise bill (domain/02 row B8, domain/03 section 13)."""

from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.surprise_billing import CONSENT, UNSETTLED, ProtectedCase
from adjudicator.policy.terms import terms_of

CASES = tuple(protected.value for protected in ProtectedCase)
"""Rules that say why a line is protected."""
WAITS = (UNSETTLED, CONSENT)
"""Rules of what a person has to find out."""


def protected(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Outside the network, care in an emergency, at a facility or by air is known to be protected or not."""
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None or terms.protection is None:
            continue
        found = terms.protection
        for rule in filter(None, (found.case.value if found.case else "", found.waits)):
            yield policies.answer(rule, terms.day).finding(f"Line {line.number} {found.because}.", line.number)
