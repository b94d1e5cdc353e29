"""Whom the No Surprises Act protects from the bill of a provider without a contract (45 CFR 149.110-149.130; domain/03 section 13).

A protected line is paid on its recognised amount and its patient owes no more than in the network. That amount is what a state's
law specifies where such a law governs the plan and the care, else the lesser of the charge and the qualifying payment amount (45
CFR 149.30). Which places, services, specialties and states that concerns is said by the payer's document.
"""

import datetime as dt
import enum
from collections.abc import Iterator
from typing import Protocol

import msgspec

from adjudicator.model.case import Case, RulingVerdict
from adjudicator.model.claim import Line
from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.policy.code_set import CodeSet

UNSETTLED = "surprise-billing.unsettled"
"""Rule of a line of which nobody can tell whether it is protected."""
CONSENT = "surprise-billing.consent"
"""Rule of a line for which a consent of the patient was sent: a person reads it."""


class ProtectedCase(enum.Enum):
    """Why a line is protected; the value is the rule that says so."""

    EMERGENCY = "surprise-billing.emergency"
    FACILITY = "surprise-billing.facility"
    AIR_AMBULANCE = "surprise-billing.air-ambulance"


class StateLaw(msgspec.Struct, frozen=True):
    """A state's law that specifies what is recognised, for the plans that it governs."""

    state: str
    amounts: str
    """Path of the contract document that gives the specified amounts."""
    cases: frozenset[ProtectedCase]
    """The protected care that the law is about."""


class InitialPayment(msgspec.Struct, frozen=True):
    """What the plan pays first for protected services, together with the member's share."""

    procedures: CodeSet
    basis_points: int
    """The share of the recognised amount, more than all of it: 110 % is 11000."""


class SurpriseBilling(msgspec.Struct, frozen=True):
    """How a payer tells what the law protects, and what it pays for that."""

    qualifying_amount: str
    """Path of the contract document that gives the qualifying payment amounts."""
    emergency_places: frozenset[str]
    emergency_procedures: CodeSet
    emergency_indicator: bool
    """Whether every line that its provider calls an emergency (SV109) is one."""
    facility_places: frozenset[str]
    """Places of the facilities that the law names: hospitals, their outpatient departments, surgical centers."""
    air_ambulance: CodeSet
    unprotected: CodeSet
    """Services that the law leaves out, wherever they were given: ambulances on the ground."""
    ancillary_procedures: CodeSet
    ancillary_modifiers: CodeSet
    ancillary_taxonomies: tuple[str, ...]
    """Beginnings of taxonomy codes of practitioners whose services no consent can give up."""
    consent_reports: frozenset[str]
    """Types of attached papers (PWK01) that hold a patient's consent."""
    initial_payments: tuple[InitialPayment, ...] = ()
    """What is paid first above the recognised amount; the first row that names the procedure counts."""
    state_laws: tuple[StateLaw, ...] = ()

    def ancillary(self, case: Case, line: Line) -> bool:
        """Whether the law protects the patient whatever the patient has signed (45 CFR 149.420(b))."""
        return (
            line.procedure in self.ancillary_procedures
            or any(modifier in self.ancillary_modifiers for modifier in line.modifiers)
            or any(taxonomy.startswith(self.ancillary_taxonomies) for taxonomy in case.taxonomies_of(line))
        )

    def initial_basis_points(self, procedure: str) -> int:
        """What the plan pays first with the member's share, of the recognised amount."""
        rows = (row.basis_points for row in self.initial_payments if procedure in row.procedures)
        return next(rows, WHOLE_BASIS_POINTS)

    def state_law(self, state: str, case: ProtectedCase) -> StateLaw | None:
        """The law of a state about a case; None where the state has none."""
        return next((law for law in self.state_laws if law.state == state and case in law.cases), None)


class Governed(Protocol):
    """What of a plan the law on surprise bills depends on."""

    @property
    def product(self) -> str:
        """In whose network a facility is or is not."""

    @property
    def state_law(self) -> str:
        """The state whose insurance law governs the plan; empty: none, as of one that an employer funds itself."""


class Protection(msgspec.Struct, frozen=True):
    """What the law makes of a line of a provider without a contract."""

    because: str
    """Why, in words that follow the line's number."""
    case: ProtectedCase | None = None
    """None where it is not known whether the line is protected, or where the patient has given the protection up."""
    waits: str = ""
    """The rule under which the line waits for a person; empty where all is known."""
    law: StateLaw | None = None
    """The state's law that says what is recognised; None where the federal one does."""
    initial_basis_points: int = WHOLE_BASIS_POINTS
    """What the plan pays first with the member's share, of the recognised amount."""


def protection_of(
    case: Case, rules: SurpriseBilling | None, line: Line, day: dt.date, plan: Governed, facility_rate: bool
) -> Protection | None:
    """What the law makes of a line; None where it protects nobody.

    Args:
        case: the claim with its facts.
        rules: the payer's; None where its document has none.
        line: of a provider without a contract.
        day: the day of service.
        plan: the member's plan.
        facility_rate: whether the line's place is one of a facility, by the table of places.
    """
    found = _federal(case, rules, line, day, plan.product, facility_rate)
    if rules is None or found is None or found.case is None:
        return found
    law = rules.state_law(plan.state_law, found.case)
    if law is None:
        return msgspec.structs.replace(found, initial_basis_points=rules.initial_basis_points(line.procedure))
    state = line.service_facility.address.state
    if not state:
        told = f"the law of {law.state} governs the plan, and the claim does not say in which state (N402) it was"
        return Protection(f"{found.because}; {told}", waits=UNSETTLED)
    if state != law.state:
        return msgspec.structs.replace(found, initial_basis_points=rules.initial_basis_points(line.procedure))
    return msgspec.structs.replace(found, law=law)


def _federal(
    case: Case, rules: SurpriseBilling | None, line: Line, day: dt.date, product: str, facility_rate: bool
) -> Protection | None:
    """What the No Surprises Act makes of a line, whichever law says the amount."""
    place = line.place_of_service
    if rules is None:
        if line.emergency or facility_rate:
            return Protection(
                f"is an emergency or at a facility (place {place}), and our rules do not say how it is paid",
                waits=UNSETTLED,
            )
        return None
    if line.procedure in rules.unprotected:
        return None
    if line.procedure in rules.air_ambulance:
        return Protection(f"is a transport by air (procedure {line.procedure})", ProtectedCase.AIR_AMBULANCE)
    emergency = _emergency(rules, line)
    if emergency:
        return Protection(emergency, ProtectedCase.EMERGENCY)
    if place not in rules.facility_places:
        return None
    npi = line.service_facility.npi
    told = f"is care in place {place}"
    if any(
        known.product == product and known.span.covers(day)
        for known in case.facility_participations
        if known.npi == npi
    ):
        return _at_facility(
            case, rules, line, f"{told} at facility {npi}, which is in the network of {product} on {day}"
        )
    record = case.provider(npi)
    if npi in ("", case.claim.billing.npi) and (record is None or not record.is_facility):
        because = f"{told}, and the claim names no facility (NM1*77) whose network could be looked up"
        return Protection(because, waits=UNSETTLED)
    if record is None and not any(known.npi == npi for known in case.facility_participations):
        return Protection(f"{told} at facility {npi}, of which our provider file says nothing", waits=UNSETTLED)
    return None


def _emergency(rules: SurpriseBilling, line: Line) -> str:
    """Why a line is an emergency; empty when it is none."""
    if line.place_of_service in rules.emergency_places:
        return f"is care in an emergency department (place {line.place_of_service})"
    if line.procedure in rules.emergency_procedures:
        return f"is an emergency service (procedure {line.procedure})"
    return "is called an emergency by its provider (SV109)" if rules.emergency_indicator and line.emergency else ""


def _at_facility(case: Case, rules: SurpriseBilling, line: Line, because: str) -> Protection:
    """Care at a facility of the network: protected, unless the patient gave that up in writing where the law lets a patient."""
    sent = next((report for report in _reports(case, line) if report in rules.consent_reports), "")
    if not sent:
        return Protection(because, ProtectedCase.FACILITY)
    if rules.ancillary(case, line):
        return Protection(
            f"{because}, and no consent gives up the protection of such a service", ProtectedCase.FACILITY
        )
    waived = any(
        ruling.rule == CONSENT and ruling.line == line.number and ruling.verdict is RulingVerdict.ALLOW
        for ruling in case.rulings
    )
    told = f"{because}; the claim sends the patient's consent (PWK {sent})"
    return Protection(told, None if waived else ProtectedCase.FACILITY, waits=CONSENT)


def _reports(case: Case, line: Line) -> Iterator[str]:
    for attachment in (*line.attachments, *case.claim.attachments):
        yield attachment.report_type
