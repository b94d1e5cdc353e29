"""What the provider sent, checked and resolved: one claim, its parties and its service lines (domain/01).

Names in parentheses are the element's home in the 837P/837I. A text that was not sent is the empty string, an amount
or date that was not sent is None. Amounts are cents, quantities are thousandths of the unit.
"""

import datetime as dt
import enum
from collections.abc import Iterator

import msgspec

MAX_PROFESSIONAL_LINES = 50
"""837P: at most 50 LX loops a claim (domain/01 section 1)."""
MAX_INSTITUTIONAL_LINES = 999
"""837I: at most 999 LX loops a claim (domain/01 section 1)."""
MAX_DIAGNOSES = {"professional": 12, "institutional": 25}
"""Domain/01 section 3.2."""
MAX_MODIFIERS = 4
"""Domain/01 section 4.2."""
MAX_POINTERS = 4
"""Domain/01 section 3.2."""


class ClaimType(enum.StrEnum):
    """Which of the two claim formats the claim came in."""

    PROFESSIONAL = "professional"
    INSTITUTIONAL = "institutional"


class Purpose(enum.Enum):
    """BHT06: a claim asks for payment, an encounter only reports."""

    CHARGEABLE = "chargeable"
    ENCOUNTER = "encounter"


class UnitBasis(enum.Enum):
    """SV103 / SV204: what the quantity counts."""

    UNITS = "units"
    MINUTES = "minutes"
    DAYS = "days"


class Sex(enum.Enum):
    """DMG03."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


class _Value(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An immutable value of this module; fields that were not sent are left out of the stored form."""


class Address(_Value, frozen=True):
    """N3 and N4."""

    line_1: str = ""
    line_2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


NO_ADDRESS = Address()
"""The address of a party without one: always this very value, since only a field's own default is left out when stored."""


class Provider(_Value, frozen=True):
    """A person or organization that gave, ordered, supervised or bills for care (NM1, PRV, REF)."""

    npi: str = ""
    name: str = ""
    """Organization, or last name (NM103)."""
    first_name: str = ""
    tax_id: str = ""
    """Nine digits (REF*EI or REF*SY)."""
    taxonomy: str = ""
    address: Address = NO_ADDRESS


class Person(_Value, frozen=True):
    """A subscriber or patient as the claim names them (NM1, DMG)."""

    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    birth_date: dt.date | None = None
    sex: Sex = Sex.UNKNOWN
    address: Address = NO_ADDRESS


class Subscriber(_Value, frozen=True):
    """Who holds the coverage (loops 2000B and 2010BA)."""

    member_id: str
    person: Person = Person()
    group_number: str = ""
    payer_responsibility: str = "P"
    """SBR01: P primary, S secondary, T tertiary, A-H later, U unknown."""
    filing_indicator: str = ""
    insurance_type: str = ""


class Patient(_Value, frozen=True):
    """Who was treated, when that is not the subscriber (loops 2000C and 2010CA)."""

    person: Person
    relationship: str = ""
    """PAT01 individual relationship code: 01 spouse, 19 child, ..."""


class Diagnosis(_Value, frozen=True, array_like=True):
    """One HI diagnosis, without decimal point. ``kind`` is principal, other, admitting, reason_for_visit or external_cause."""

    code: str
    kind: str = "other"
    present_on_admission: str = ""


class PriorAdjustment(_Value, frozen=True, array_like=True):
    """One reason that an earlier payer gave (CAS in loop 2320 or 2430)."""

    group: str
    carc: str
    amount_cents: int
    quantity_thousandths: int | None = None


class OtherPayer(_Value, frozen=True):
    """Another payer's coverage and its result for the claim (loops 2320, 2330A, 2330B)."""

    payer_id: str
    responsibility: str = ""
    name: str = ""
    filing_indicator: str = ""
    member_id: str = ""
    relationship: str = ""
    paid_cents: int | None = None
    noncovered_cents: int | None = None
    """AMT*A8: the total charge, where the payer was not billed since it covers nothing of the claim."""
    patient_liability_cents: int | None = None
    adjustments: tuple[PriorAdjustment, ...] = ()
    adjudicated_on: dt.date | None = None
    claim_control_number: str = ""


class OtherPayerLine(_Value, frozen=True):
    """Another payer's result for one line (loop 2430)."""

    payer_id: str
    paid_cents: int
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    quantity_thousandths: int | None = None
    bundled_into_line: int | None = None
    adjustments: tuple[PriorAdjustment, ...] = ()
    adjudicated_on: dt.date | None = None
    patient_liability_cents: int | None = None


class Drug(_Value, frozen=True):
    """National Drug Code, quantity and unit of a drug line (loop 2410)."""

    ndc: str
    quantity_thousandths: int | None = None
    unit: str = ""


class Attachment(_Value, frozen=True):
    """Papers that support the claim (PWK)."""

    report_type: str
    transmission: str
    control_number: str = ""


class Ambulance(_Value, frozen=True):
    """A transport: how far, and from where to where (CR1; loops 2310E, 2310F, 2420G and 2420H)."""

    transport_reason: str = ""
    """CR104."""
    miles_thousandths: int | None = None
    """CR106 (DH); 0 where no mileage is charged."""
    pick_up: Address = NO_ADDRESS
    """NM1*PW."""
    drop_off: Address = NO_ADDRESS
    """NM1*45."""


class DatedCode(_Value, frozen=True):
    """A condition, occurrence, value or procedure code of an institutional claim (HI)."""

    code: str
    on: dt.date | None = None
    through: dt.date | None = None
    amount_cents: int | None = None


class Institutional(_Value, frozen=True):
    """What only an institutional claim carries (domain/01 section 3.3)."""

    type_of_bill: str
    statement_from: dt.date | None = None
    statement_through: dt.date | None = None
    admitted_on: dt.date | None = None
    admission_hour: str = ""
    discharge_hour: str = ""
    admission_type: str = ""
    admission_source: str = ""
    patient_status: str = ""
    submitted_drg: str = ""
    procedures: tuple[DatedCode, ...] = ()
    condition_codes: tuple[str, ...] = ()
    occurrence_codes: tuple[DatedCode, ...] = ()
    occurrence_spans: tuple[DatedCode, ...] = ()
    value_codes: tuple[DatedCode, ...] = ()
    attending: Provider | None = None
    operating: Provider | None = None
    other_operating: Provider | None = None


class Line(_Value, frozen=True):
    """One service line (loop 2400). The second block of fields holds effective values: the line's own, else the claim's."""

    number: int
    """LX01, from 1."""
    charge_cents: int
    """SV102 / SV203: the line's total charge, whatever the units."""
    from_date: dt.date | None = None
    through_date: dt.date | None = None
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    description: str = ""
    unit_basis: UnitBasis = UnitBasis.UNITS
    quantity_thousandths: int = 1000
    diagnosis_pointers: tuple[int, ...] = ()
    """SV107: positions in the claim's diagnoses, from 1; the first is primary for the line."""
    control_number: str = ""
    """REF*6R, echoed in the 835."""
    emergency: bool = False
    screening_program: bool = False
    """SV111: early and periodic screening, diagnostic and treatment."""
    family_planning: bool = False
    copay_exempt: bool = False
    """SV115 = 0."""
    revenue_code: str = ""
    noncovered_cents: int | None = None
    drug: Drug | None = None
    note: str = ""
    other_payers: tuple[OtherPayerLine, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    purchased_service: Provider | None = None
    purchased_service_cents: int | None = None

    place_of_service: str = ""
    rendering: Provider = Provider()
    """2420A, else 2310B, else the billing provider."""
    service_facility: Provider = Provider()
    """2420C, else 2310C, else the billing provider."""
    referring: Provider | None = None
    ordering: Provider | None = None
    supervising: Provider | None = None
    authorization_numbers: tuple[str, ...] = ()
    """REF*G1 of the line, else of the claim."""
    referral_numbers: tuple[str, ...] = ()
    ambulance: Ambulance | None = None
    """The line's own, else the claim's."""
    last_seen_date: dt.date | None = None
    """DTP*304 of the line, else of the claim: when the physician who supervises the care last saw the patient."""


class Claim(_Value, frozen=True):
    """One claim as one provider sent it for one patient."""

    claim_type: ClaimType
    patient_control_number: str
    """CLM01, echoed in every answer."""
    total_charge_cents: int
    """CLM02."""
    billing: Provider
    subscriber: Subscriber
    lines: tuple[Line, ...]
    payer_id: str = ""
    """2010BB NM109: which payer the claim was sent to."""
    patient: Patient | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    frequency_code: str = "1"
    """CLM05-3: 1 original, 7 replacement, 8 void, ..."""
    original_claim_id: str = ""
    """REF*F8: our number of the claim that a 7 or 8 replaces or voids."""
    purpose: Purpose = Purpose.CHARGEABLE
    test: bool = False
    """ISA15 = T: the interchange was a test and can never become payable."""
    provider_signature: bool = True
    accepts_assignment: str = "A"
    """CLM07: A, B or C."""
    benefits_assigned: str = "Y"
    """CLM08: Y pay the provider, N pay the member, W not applicable."""
    release_of_information: str = "Y"
    related_causes: tuple[str, ...] = ()
    """CLM11: AA automobile, EM employment, OA another accident."""
    accident_state: str = ""
    accident_date: dt.date | None = None
    special_program: str = ""
    """CLM12."""
    delay_reason: str = ""
    """CLM20."""
    patient_paid_cents: int | None = None
    """AMT*F5: told only; never reduces what the plan pays."""
    admission_date: dt.date | None = None
    discharge_date: dt.date | None = None
    onset_date: dt.date | None = None
    last_menstrual_period_date: dt.date | None = None
    assumed_care_date: dt.date | None = None
    """DTP*090: the first day of the care after an operation that the claim bills."""
    relinquished_care_date: dt.date | None = None
    """DTP*091: the last day of the care after an operation that the claim bills."""
    pay_to_address: Address | None = None
    pay_to_plan: Provider | None = None
    authorization_numbers: tuple[str, ...] = ()
    referral_numbers: tuple[str, ...] = ()
    authorization_exception: str = ""
    clia_number: str = ""
    medical_record_number: str = ""
    clearinghouse_trace: str = ""
    """REF*D9, echoed in the 277CA."""
    notes: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    other_payers: tuple[OtherPayer, ...] = ()
    institutional: Institutional | None = None
    ambulance: Ambulance | None = None
    last_seen_date: dt.date | None = None
    """DTP*304."""
    patient_weight_thousandths: int | None = None
    """PAT08, in thousandths of a pound."""

    @property
    def treated(self) -> Person:
        """The person who was treated: the patient, else the subscriber."""
        return self.patient.person if self.patient else self.subscriber.person

    @property
    def from_date(self) -> dt.date | None:
        """First day of service over all lines; None when no line is dated."""
        return min((line.from_date for line in self.lines if line.from_date), default=None)

    @property
    def through_date(self) -> dt.date | None:
        """Last day of service over all lines; None when no line is dated."""
        return max((line.through_date or line.from_date for line in self.lines if line.from_date), default=None)

    def parties(self) -> Iterator[Provider]:
        """Every provider that the claim names: who bills, then line by line who treats, sends, orders and supervises, and where."""
        yield self.billing
        for line in self.lines:
            for party in (line.rendering, line.service_facility, line.referring, line.ordering, line.supervising):
                if party is not None:
                    yield party
        if self.institutional:
            stay = self.institutional
            yield from (party for party in (stay.attending, stay.operating, stay.other_operating) if party)

    def diagnoses_of(self, line: Line) -> tuple[str, ...]:
        """The diagnosis codes that a line points at, in the line's order; pointers that lead nowhere are left out."""
        diagnoses = self.diagnoses
        count = len(diagnoses)
        return tuple([diagnoses[pointer - 1].code for pointer in line.diagnosis_pointers if 0 < pointer <= count])


def quantity_text(thousandths: int) -> str:
    """A quantity for people, without zeros at its end: ``2.5``."""
    sign, (whole, part) = "-" if thousandths < 0 else "", divmod(abs(thousandths), 1000)
    return f"{sign}{whole}" + (f".{part:03d}".rstrip("0") if part else "")
