"""Are the codes in force on the day of the line, and is what the claim tells complete and consistent (domain/02 section 3.F)."""

from collections.abc import Iterable

from adjudicator.edits.criteria import unmet_criteria
from adjudicator.model.case import Case
from adjudicator.model.claim import ClaimType, UnitBasis, quantity_text
from adjudicator.model.codes import DIAGNOSIS, MODIFIER, PROCEDURE
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet


def procedure_valid(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
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


def diagnosis_valid(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
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


def place_valid(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Each professional line names a place of service that is in force on its date."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is not None and not policies.table("places", day).entry(line.place_of_service, day):
            yield policies.answer("place.not-valid", day).finding(
                f"Place of service '{line.place_of_service}' of line {line.number} (SV105, CLM05-1) is not in force on {day}."
                if line.place_of_service
                else f"Line {line.number} names no place of service (SV105, CLM05-1).",
                line.number,
            )


def modifier_valid(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Each modifier of a professional line is in force on the line's date."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None or not line.modifiers:
            continue
        table = policies.table("modifiers", day)
        for modifier in line.modifiers:
            if MODIFIER.match(modifier) and not table.entry(modifier, day):
                yield policies.answer("modifier.not-valid", day).finding(
                    f"Modifier {modifier} of line {line.number} is not on our list of modifiers of {day}.", line.number
                )


def units(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Each professional line counts units or minutes, and whole units unless the service can be given in part."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    for line in case.claim.lines:
        if line.unit_basis is UnitBasis.DAYS:
            yield policies.answer("units.basis", line.from_date or case.received_on).finding(
                f"Line {line.number} counts days (SV103); a professional line counts units (UN) or minutes (MJ).",
                line.number,
            )
        elif line.quantity_thousandths % 1000 and line.unit_basis is UnitBasis.UNITS:
            day = line.from_date or case.received_on
            if line.procedure not in policies.payer.on(case.received_on).fractional_units:
                yield policies.answer("units.fractional", day).finding(
                    f"Line {line.number} bills {quantity_text(line.quantity_thousandths)} units (SV104); procedure "
                    f"{line.procedure} counts whole units.",
                    line.number,
                )


def accident_facts(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A claim that names an accident as its cause gives the day, which no service precedes, and for some causes the state."""
    claim = case.claim
    if not claim.related_causes and claim.accident_date is None:
        return
    payer = policies.payer.on(case.received_on)
    for line in claim.lines:
        day = line.from_date or case.received_on
        for cause in claim.related_causes:
            if cause in payer.causes_with_date and claim.accident_date is None:
                yield policies.answer("accident.date-missing", day).finding(
                    f"The claim names cause {cause} (CLM11) and gives no day of the accident (DTP*439).", line.number
                )
            if cause in payer.causes_with_state and not claim.accident_state:
                yield policies.answer("accident.state-missing", day).finding(
                    f"The claim names cause {cause} (CLM11) and gives no state of the accident (CLM11-4).", line.number
                )
        if claim.accident_date and line.from_date and claim.accident_date > line.from_date:
            yield policies.answer("accident.date-after-service", day).finding(
                f"The accident is dated {claim.accident_date} (DTP*439), after the service of line {line.number} on "
                f"{line.from_date}.",
                line.number,
            )


def earlier_dates(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The last menstrual period and the last visit that a claim tells do not come after the service."""
    period = case.claim.last_menstrual_period_date
    for line in case.claim.lines:
        day, seen = line.from_date, line.last_seen_date
        if day is None:
            continue
        if period is not None and period > day:
            yield policies.answer("last-menstrual-period.after-service", day).finding(
                f"The last menstrual period is dated {period} (DTP*484), after the service of line {line.number} on {day}.",
                line.number,
            )
        if seen is not None and seen > day:
            yield policies.answer("last-seen.after-service", day).finding(
                f"The patient was last seen on {seen} (DTP*304), after the service of line {line.number} on {day}.",
                line.number,
            )


def coding_rules(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Each professional line is coded as the coding policies that name its procedure ask."""
    if case.claim.claim_type is ClaimType.PROFESSIONAL:
        yield from unmet_criteria(case, policies, standing, policies.coding_by_procedure)
