"""Words of a condition about the service itself and about what else was given on its day."""

from collections.abc import Iterator

from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import Line, UnitBasis
from adjudicator.model.standing import Standing
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.conditions import UNDATED
from adjudicator.policy.document import Condition
from adjudicator.policy.policy_set import PolicySet

HOME = ("", "US")
"""The country code (N404) of an address at home: the guide leaves it out there."""


def counts(basis: UnitBasis) -> Condition:
    """The line's quantity counts units, or it counts minutes (SV103)."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        return line.unit_basis is basis, f"the line counts {line.unit_basis.value}; the policy asks for {basis.value}"

    return holds


def drug_codes(codes: CodeSet) -> Condition:
    """The line's National Drug Code is listed."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.drug is None:
            return False, "the line gives no drug (loop 2410)"
        listed = line.drug.ndc in codes
        return listed, f"drug code {line.drug.ndc} is {'' if listed else 'not '}on the policy's list"

    return holds


def drug_units(units: frozenset[str]) -> Condition:
    """The unit in which the line gives the drug's quantity is listed."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.drug is None:
            return False, "the line gives no drug (loop 2410)"
        listed = line.drug.unit in units
        told = f"unit {line.drug.unit}" if line.drug.unit else "no unit"
        return listed, f"{told} of the drug (CTP05-1) is {'' if listed else 'not '}on the policy's list"

    return holds


def abroad() -> Condition:
    """The place where the service was given is in another country."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        place = line.service_facility if line.service_facility.npi or line.service_facility.name else case.claim.billing
        country = place.address.country
        away = country not in HOME
        where = f"in country {country} (N404)" if away else "in the United States"
        return away, f"line {line.number} was given {where}"

    return holds


def same_day(codes: CodeSet | None, different: int, provider: str, practitioner: str, on: str) -> Condition:
    """Another listed service was given on the line's day, and with the line's own so many different ones.

    What this claim bills counts whatever becomes of it, since it is about how services are billed; of earlier claims what is
    paid or waits.

    Args:
        codes: the services; None for those of the line's own procedure.
        different: how many different ones there must be, the line's own counted where it is listed.
        provider: ``same`` or ``other``: only those of this claim's billing provider, or only those of others (by tax id).
        practitioner: ``same``: only those of the line's rendering provider.
        on: ``claim`` or ``history``: only those of this claim, or only those of earlier claims.
    """

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.from_date is None:
            return UNDATED
        wanted = CodeSet(codes=frozenset({line.procedure})) if codes is None else codes
        found = set[str]()
        if on != "history" and provider != "other":
            found.update(_of_claim(case, line, wanted, practitioner))
        if on != "claim":
            found.update(_of_history(case, line, wanted, provider, practitioner))
        own = {line.procedure} if found and provider != "other" and line.procedure in wanted else set[str]()
        count = len(found | own)
        by = {"same": " by this provider", "other": " by another provider"}.get(provider, "")
        if different == 1:
            return count > 0, f"{'such a' if count else 'no such'} service was given{by} on {line.from_date}"
        fact = f"{count} different services of the policy's list were given{by} on {line.from_date}"
        return count >= different, f"{fact}; the policy asks for {different}"

    return holds


def _of_claim(case: Case, line: Line, codes: CodeSet, practitioner: str) -> Iterator[str]:
    for other in case.claim.lines:
        if (
            other.number != line.number
            and other.from_date == line.from_date
            and other.procedure in codes
            and (practitioner != "same" or other.rendering.npi == line.rendering.npi)
        ):
            yield other.procedure


def _of_history(case: Case, line: Line, codes: CodeSet, provider: str, practitioner: str) -> Iterator[str]:
    if line.from_date is None or case.member is None:
        return
    for earlier in case.history_from.get(line.from_date, ()):
        same = earlier.billing_tax_id == case.claim.billing.tax_id
        if (
            earlier.state is not LineState.DENIED
            and earlier.member_id == case.member.member_id
            and earlier.claim_id != case.claim_id
            and earlier.procedure in codes
            and (provider == "any" or same is (provider == "same"))
            and (practitioner != "same" or earlier.rendering_npi == line.rendering.npi)
        ):
            yield earlier.procedure
