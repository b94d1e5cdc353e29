"""Are the codes in force on the day of the line (domain/02 section 3.F)."""

from collections.abc import Iterable

from adjudicator.edits.criteria import unmet_criteria
from adjudicator.model.case import Case
from adjudicator.model.claim import ClaimType
from adjudicator.model.codes import DIAGNOSIS, PROCEDURE
from adjudicator.model.decision import Finding
from adjudicator.policy.policy_set import PolicySet


def procedure_valid(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """Each professional line names a procedure that is in force on its date."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    for line in case.claim.lines:
        if line.from_date is None:
            continue
        if not line.procedure:
            yield policies.answer("procedure.missing", line.from_date).finding(
                f"Line {line.number} names no procedure (SV101-2).", line.number
            )
        elif PROCEDURE.match(line.procedure) and not policies.table("procedures", line.from_date).entry(
            line.procedure, line.from_date
        ):
            yield policies.answer("procedure.not-valid", line.from_date).finding(
                f"Procedure {line.procedure} (line {line.number}) is not on our list of codes of {line.from_date}.",
                line.number,
            )


def diagnosis_valid(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """Each professional line has a diagnosis, and those it points at are in force on its date and fully specified."""
    claim = case.claim
    if claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    for line in claim.lines:
        day = line.from_date
        if day is None:
            continue
        if not claim.diagnoses:
            yield policies.answer("diagnosis.missing", day).finding("The claim has no diagnosis (HI).", line.number)
            continue
        table = policies.table("diagnoses", day)
        for code in dict.fromkeys(claim.diagnoses_of(line)):
            if not DIAGNOSIS.match(code):
                continue
            entry = table.entry(code, day)
            if entry is None:
                yield policies.answer("diagnosis.not-valid", day).finding(
                    f"Diagnosis {code} of line {line.number} is not in force on {day}.", line.number
                )
            elif not entry.billable:
                yield policies.answer("diagnosis.not-specific", day).finding(
                    f"Diagnosis {code} of line {line.number} is not at full length; a longer, more specific code is required.",
                    line.number,
                )


def place_valid(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """Each professional line names a place of service that is in force on its date."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is not None and not policies.table("places", day).entry(line.place_of_service, day):
            yield policies.answer("place.not-valid", day).finding(
                f"Place of service '{line.place_of_service}' of line {line.number} (SV105, CLM05-1) is not in force on {day}.",
                line.number,
            )


def coding_rules(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """Each professional line is coded as the coding policies that name its procedure ask."""
    if case.claim.claim_type is ClaimType.PROFESSIONAL:
        yield from unmet_criteria(case, policies, standing, policies.coding_by_procedure)
