"""Words of a condition that ask our own files: what the membership and provider files say of the people of a line.

A file that does not know somebody is no answer: ``known`` asks for that apart, so that a policy can let such a line wait.
"""

from collections.abc import Callable, Mapping

from adjudicator.model.case import NO_TERMS, Case, CertificateLevel, Coverage, ElsewhereKind
from adjudicator.model.claim import Line, Provider, Sex
from adjudicator.model.standing import Standing
from adjudicator.policy.conditions import UNDATED
from adjudicator.policy.document import Condition
from adjudicator.policy.policy_set import PolicySet

_PARTS: Mapping[str, Callable[[Line], Provider | None]] = {
    "ordering-provider": lambda line: line.ordering,
    "referring-provider": lambda line: line.referring,
    "rendering-provider": lambda line: line.rendering,
}


def known(facts: tuple[str, ...]) -> Condition:
    """All of these facts are known: on our files or, where the claim may say them, on the claim."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        unknown = [fact.replace("-", " ") for fact in facts if not _is_known(fact, case, line)]
        told = " and the ".join(unknown) or " and the ".join(fact.replace("-", " ") for fact in facts)
        return not unknown, f"the {told} of line {line.number} {'is not' if unknown else 'is'} known to us"

    return holds


def eligible(parts: tuple[str, ...]) -> Condition:
    """Services that these providers order, or to which they refer, are paid on the line's day, as our provider file has it."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        day = line.from_date
        if day is None:
            return UNDATED
        for part in parts:
            party = _PARTS[part](line)
            record = case.provider(party.npi) if party else None
            if record is None or not record.orders_on(day):
                return False, f"the {part.replace('-', ' ')} of line {line.number} may not order or refer on {day}"
        return True, f"the {' and the '.join(parts).replace('-', ' ')} of line {line.number} may do so on {day}"

    return holds


def certified_for(level: CertificateLevel) -> Condition:
    """The laboratory certificate on the claim is in force on the line's day and good for tests of this level."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        number, day = case.claim.clia_number, line.from_date
        if day is None:
            return UNDATED
        levels = [
            certificate.level
            for record in case.providers
            for certificate in record.certificates
            if certificate.number == number and certificate.span.covers(day)
        ]
        if not levels:
            return False, f"laboratory certificate {number or '(none)'} is not in force on {day}"
        good = max(levels) >= level
        return good, f"laboratory certificate {number} is {'' if good else 'not '}for such tests on {day}"

    return holds


def elsewhere(kinds: frozenset[ElsewhereKind]) -> Condition:
    """Our membership file has the patient in the care of one of these on the line's day."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        day = line.from_date
        if day is None:
            return UNDATED
        found = bool(case.member and kinds & case.member.elsewhere_on(day))
        told = " or ".join(sorted(kind.value.replace("-", " ") for kind in kinds))
        return found, f"by our file the patient is {'' if found else 'not '}in {told} care on {day}"

    return holds


def primary_care() -> Condition:
    """The rendering or the billing provider is the primary care provider whom the patient has chosen."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.from_date is None:
            return UNDATED
        chosen = _primary_care_npi(case, line)
        own = bool(chosen) and chosen in (line.rendering.npi, case.claim.billing.npi)
        return own, f"the provider is {'' if own else 'not '}the primary care provider of the patient"

    return holds


def preexisting() -> Condition:
    """The line's first diagnosis is one that our membership file excludes on the line's day as older than the coverage."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        day, coverage = line.from_date, _coverage(case, line)
        if day is None:
            return UNDATED
        pointed = case.claim.diagnoses_of(line)
        if not pointed:
            return False, "the line points at no diagnosis"
        terms = coverage.terms if coverage else NO_TERMS
        lasts = terms.preexisting_through is None or day <= terms.preexisting_through
        excluded = lasts and any(pointed[0].startswith(beginning) for beginning in terms.preexisting)
        return excluded, f"diagnosis {pointed[0]}, the line's first, is {'' if excluded else 'not '}excluded on {day}"

    return holds


def _is_known(fact: str, case: Case, line: Line) -> bool:
    if fact == "specialty":
        return bool(case.taxonomies_of(line))
    if fact == "sex":
        told = (case.member.sex if case.member else Sex.UNKNOWN, case.claim.treated.sex)
        return any(sex is not Sex.UNKNOWN for sex in told)
    if fact == "primary-care-provider":
        return bool(_primary_care_npi(case, line))
    if fact == "laboratory-certificate":
        number = case.claim.clia_number
        return any(number == own.number for record in case.providers for own in record.certificates)
    party = _PARTS[fact](line)
    return party is not None and case.provider(party.npi) is not None


def _primary_care_npi(case: Case, line: Line) -> str:
    coverage = _coverage(case, line)
    return coverage.terms.primary_care_npi if coverage else ""


def _coverage(case: Case, line: Line) -> Coverage | None:
    return case.coverage_on(line.from_date) if line.from_date else None
