"""A claim as the contract carries it, turned into the model's claim and back.

What cannot be carried is refused here, every violation at once; what can be carried but is wrong by the rules of the trade
(a bad check digit, totals that do not add up, a date in the future) is left to the engine, which answers it as a finding.
Limits are those of the X12 elements named in claim.proto (domain/01).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from adjudicator.model.claim import (
    MAX_DIAGNOSES,
    MAX_INSTITUTIONAL_LINES,
    MAX_MODIFIERS,
    MAX_POINTERS,
    MAX_PROFESSIONAL_LINES,
    Address,
    Ambulance,
    Attachment,
    Claim,
    ClaimType,
    DatedCode,
    Diagnosis,
    Drug,
    Institutional,
    Line,
    OtherPayer,
    OtherPayerLine,
    Patient,
    Person,
    PriorAdjustment,
    Provider,
    Purpose,
    Sex,
    Subscriber,
    UnitBasis,
)
from adjudicator.model.codes import plain_diagnosis
from adjudicator.v1 import claim_pb2 as pb
from adjudicator.wire.forms import (
    HIGHEST_THOUSANDTHS,
    Field,
    Form,
    Unreadable,
    cents,
    choice,
    code,
    date,
    flag,
    part,
    required,
    several,
    text,
    thousandths,
    whole,
)

HIGHEST_POINTER = MAX_DIAGNOSES["professional"]
"""SV107 points at the diagnoses of a professional claim; institutional lines have no pointers (domain/01 section 3.2)."""
AT_MOST_OF_KIND = {
    pb.DIAGNOSIS_KIND_ADMITTING: 1,
    pb.DIAGNOSIS_KIND_REASON_FOR_VISIT: 3,
    pb.DIAGNOSIS_KIND_EXTERNAL_CAUSE: 12,
}
"""Institutional diagnoses that are counted apart (domain/01 section 3.2)."""


def claim_from_proto(message: pb.Claim) -> Claim:
    """The claim that a message carries, each line with its effective parties (domain/01 section 2).

    Raises:
        Unreadable: with everything that cannot be carried, as paths below the claim.
    """
    problems = list(_problems_across_fields(message))
    try:
        values = CLAIM.values(message)
    except Unreadable as unreadable:
        problems += unreadable.problems
    if problems:
        raise Unreadable(*problems)
    for_all_lines = {name: values.pop(name) for name in SHARED if name in values}
    for_all_lines.setdefault("rendering", values["billing"])
    for_all_lines.setdefault("service_facility", values["billing"])
    for name in INHERITED:
        if name in values:
            for_all_lines[name] = values[name]
    values["lines"] = tuple([Line(**{**for_all_lines, **line}) for line in values["lines"]])
    return Claim(**values)


def claim_to_proto(claim: Claim) -> pb.Claim:
    """The message that carries a claim whose lines have their effective parties; reading it gives the same claim."""
    written = CLAIM.written(claim)
    implied: dict[str, Any] = {"rendering": claim.billing, "service_facility": claim.billing}
    for name in SHARED:
        values = [getattr(line, name) for line in claim.lines]
        if values and values[0] and values[0] != implied.get(name) and values.count(values[0]) == len(values):
            written[name] = CLAIM.fields[name].write(values[0])
            implied[name] = values[0]
    for name in INHERITED:
        implied[name] = getattr(claim, name)
    written["lines"] = [
        pb.Line(
            **{
                name: content
                for name, content in LINE.written(line).items()
                if implied.get(name) != getattr(line, name)
            }
        )
        for line in claim.lines
    ]
    return pb.Claim(**written)


def _problems_across_fields(message: pb.Claim) -> Iterator[tuple[str, str]]:
    """What is wrong between fields that are each right; judged on the message, so that it is told along with the rest."""
    institutional = message.claim_type == pb.CLAIM_TYPE_INSTITUTIONAL
    numbers = [line.number for line in message.lines]
    most_lines = MAX_INSTITUTIONAL_LINES if institutional else MAX_PROFESSIONAL_LINES
    if len(numbers) > most_lines:
        yield ".lines", f"found {len(numbers)} lines; send at most {most_lines} on a claim of this type"
    if len(set(numbers)) < len(numbers):
        for position, number in enumerate(numbers):
            first = numbers.index(number)
            if number and first < position:
                yield (
                    f".lines[{position}].number",
                    f"found {number}, as on lines[{first}]; give each line its own number",
                )
    if institutional:
        yield from _problems_of_institutional_diagnoses(message)
    elif len(message.diagnoses) > MAX_DIAGNOSES["professional"]:
        yield ".diagnoses", f"found {len(message.diagnoses)} entries; send at most {MAX_DIAGNOSES['professional']}"
    if institutional and not message.HasField("institutional"):
        yield ".institutional", "missing; send it on an institutional claim"
    if message.claim_type == pb.CLAIM_TYPE_PROFESSIONAL and message.HasField("institutional"):
        yield ".institutional", "found on a professional claim; leave it out or send CLAIM_TYPE_INSTITUTIONAL"


def _problems_of_institutional_diagnoses(message: pb.Claim) -> Iterator[tuple[str, str]]:
    counts = Counter(diagnosis.kind for diagnosis in message.diagnoses)
    for kind, at_most in AT_MOST_OF_KIND.items():
        if counts[kind] > at_most:
            yield ".diagnoses", f"found {counts[kind]} of {pb.DiagnosisKind.Name(kind)}; send at most {at_most}"
    counted = len(message.diagnoses) - sum(counts[kind] for kind in AT_MOST_OF_KIND)
    if counted > MAX_DIAGNOSES["institutional"]:
        yield ".diagnoses", f"found {counted} principal and other; send at most {MAX_DIAGNOSES['institutional']}"


def _diagnosis_code(longest: int) -> Field:
    read: Callable[[str], str] = code(longest).read
    return Field(lambda sent: plain_diagnosis(read(sent)), lambda value: value)


ADDRESS = Form(
    pb.Address,
    Address,
    line_1=text(55),
    line_2=text(55),
    city=text(30),
    state=code(2),
    postal_code=code(15),
    country=code(3),
)
PROVIDER = Form(
    pb.Provider,
    Provider,
    npi=code(80),
    name=text(60),
    first_name=text(35),
    tax_id=code(50),
    taxonomy=code(50),
    address=part(ADDRESS),
)
PERSON = Form(
    pb.Person,
    Person,
    last_name=text(60),
    first_name=text(35),
    middle_name=text(25),
    birth_date=date(personal=True),
    sex=choice(pb.Sex, {"FEMALE": Sex.FEMALE, "MALE": Sex.MALE, "UNKNOWN": Sex.UNKNOWN}),
    address=part(ADDRESS),
)
SUBSCRIBER = Form(
    pb.Subscriber,
    Subscriber,
    member_id=code(80),
    person=part(PERSON),
    group_number=code(50),
    payer_responsibility=code(1),
    filing_indicator=code(2),
    insurance_type=code(3),
)
PATIENT = Form(pb.Patient, Patient, person=part(PERSON, absent=Person()), relationship=code(2))
DIAGNOSIS = Form(
    pb.Diagnosis,
    Diagnosis,
    code=required(_diagnosis_code(30), "the diagnosis code, such as E119"),
    kind=choice(
        pb.DiagnosisKind,
        {kind: kind for kind in ("principal", "other", "admitting", "reason_for_visit", "external_cause")},
        required=True,
    ),
    present_on_admission=code(1),
)
PRIOR_ADJUSTMENT = Form(
    pb.PriorAdjustment,
    PriorAdjustment,
    group=code(2),
    carc=code(5),
    amount_cents=cents(signed=True),
    quantity_thousandths=thousandths(signed=True),
)
OTHER_PAYER = Form(
    pb.OtherPayer,
    OtherPayer,
    payer_id=required(code(80), "the other payer's identifier"),
    responsibility=code(1),
    name=text(60),
    filing_indicator=code(2),
    member_id=code(80),
    relationship=code(2),
    paid_cents=cents(signed=True),
    noncovered_cents=cents(signed=True),
    patient_liability_cents=cents(signed=True),
    adjustments=several(part(PRIOR_ADJUSTMENT), 30),
    adjudicated_on=date(),
    claim_control_number=text(50),
)
OTHER_PAYER_LINE = Form(
    pb.OtherPayerLine,
    OtherPayerLine,
    payer_id=required(code(80), "the other payer's identifier"),
    paid_cents=cents(signed=True),
    procedure=code(48),
    modifiers=several(code(2), MAX_MODIFIERS),
    quantity_thousandths=thousandths(signed=True),
    bundled_into_line=whole(1, MAX_INSTITUTIONAL_LINES, "a line number"),
    adjustments=several(part(PRIOR_ADJUSTMENT), 30),
    adjudicated_on=date(),
    patient_liability_cents=cents(signed=True),
)
DRUG = Form(
    pb.Drug,
    Drug,
    ndc=required(code(48), "the National Drug Code of 11 digits"),
    quantity_thousandths=thousandths(),
    unit=code(2),
)
ATTACHMENT = Form(
    pb.Attachment,
    Attachment,
    report_type=required(code(2), "the report type code (PWK01)"),
    transmission=required(code(2), "the transmission code (PWK02)"),
    control_number=text(80),
)
AMBULANCE = Form(
    pb.Ambulance,
    Ambulance,
    transport_reason=code(1),
    miles_thousandths=whole(0, HIGHEST_THOUSANDTHS, "thousandths of a mile"),
    pick_up=part(ADDRESS),
    drop_off=part(ADDRESS),
)
DATED_CODE = Form(
    pb.DatedCode,
    DatedCode,
    code=required(code(30), "the code"),
    on=date(),
    through=date(),
    amount_cents=cents(),
)
INSTITUTIONAL = Form(
    pb.Institutional,
    Institutional,
    type_of_bill=code(4),
    statement_from=date(),
    statement_through=date(),
    admitted_on=date(),
    admission_hour=code(4),
    discharge_hour=code(4),
    admission_type=code(1),
    admission_source=code(1),
    patient_status=code(2),
    submitted_drg=code(30),
    procedures=several(part(DATED_CODE), 25),
    condition_codes=several(code(30), 24),
    occurrence_codes=several(part(DATED_CODE), 24),
    occurrence_spans=several(part(DATED_CODE), 24),
    value_codes=several(part(DATED_CODE), 24),
    attending=part(PROVIDER),
    operating=part(PROVIDER),
    other_operating=part(PROVIDER),
)
LINE = Form(
    pb.Line,
    Line,
    number=whole(1, MAX_INSTITUTIONAL_LINES, "the line's number", required=True),
    charge_cents=cents(),
    from_date=date(),
    through_date=date(),
    procedure=code(48),
    modifiers=several(code(2), MAX_MODIFIERS),
    description=text(80),
    unit_basis=choice(
        pb.UnitBasis, {"UNITS": UnitBasis.UNITS, "MINUTES": UnitBasis.MINUTES, "DAYS": UnitBasis.DAYS}, required=True
    ),
    quantity_thousandths=thousandths(required=True),
    diagnosis_pointers=several(whole(1, HIGHEST_POINTER, "a position in the diagnoses"), MAX_POINTERS),
    control_number=text(50),
    emergency=flag(),
    screening_program=flag(),
    family_planning=flag(),
    copay_exempt=flag(),
    revenue_code=code(48),
    noncovered_cents=cents(),
    drug=part(DRUG),
    note=text(80),
    other_payers=several(part(OTHER_PAYER_LINE), 15),
    attachments=several(part(ATTACHMENT), 10),
    purchased_service=part(PROVIDER),
    purchased_service_cents=cents(),
    place_of_service=code(2),
    rendering=part(PROVIDER),
    service_facility=part(PROVIDER),
    referring=part(PROVIDER),
    ordering=part(PROVIDER),
    supervising=part(PROVIDER),
    authorization_numbers=several(code(50), 5),
    referral_numbers=several(code(50), 5),
    ambulance=part(AMBULANCE),
    last_seen_date=date(),
)
LINE_FIELDS = Field(LINE.values, lambda line: line)
"""A line as an open dictionary, until what the claim says for all lines has been filled in."""
CLAIM = Form(
    pb.Claim,
    Claim,
    claim_type=choice(
        pb.ClaimType,
        {"PROFESSIONAL": ClaimType.PROFESSIONAL, "INSTITUTIONAL": ClaimType.INSTITUTIONAL},
        required=True,
    ),
    patient_control_number=required(text(38), "your own number of the claim (CLM01), 1 to 38 characters"),
    total_charge_cents=cents(),
    billing=part(PROVIDER, absent=Provider()),
    subscriber=part(SUBSCRIBER, absent=Subscriber(member_id="")),
    payer_id=code(80),
    patient=part(PATIENT),
    diagnoses=several(part(DIAGNOSIS), 100),
    frequency_code=code(1),
    original_claim_id=code(50),
    purpose=choice(pb.Purpose, {"CHARGEABLE": Purpose.CHARGEABLE, "ENCOUNTER": Purpose.ENCOUNTER}, required=True),
    test=flag(),
    provider_signature=flag(),
    accepts_assignment=code(1),
    benefits_assigned=code(1),
    release_of_information=code(1),
    related_causes=several(code(3), 3),
    accident_state=code(2),
    accident_date=date(),
    special_program=code(3),
    delay_reason=code(2),
    patient_paid_cents=cents(),
    admission_date=date(),
    discharge_date=date(),
    onset_date=date(),
    last_menstrual_period_date=date(),
    pay_to_address=part(ADDRESS),
    pay_to_plan=part(PROVIDER),
    authorization_numbers=several(code(50), 5),
    referral_numbers=several(code(50), 5),
    authorization_exception=code(50),
    clia_number=code(50),
    medical_record_number=text(50),
    clearinghouse_trace=text(50),
    notes=several(text(80), 11),
    attachments=several(part(ATTACHMENT), 10),
    other_payers=several(part(OTHER_PAYER), 10),
    institutional=part(INSTITUTIONAL),
    place_of_service=code(2),
    rendering=part(PROVIDER),
    service_facility=part(PROVIDER),
    referring=part(PROVIDER),
    supervising=part(PROVIDER),
    ambulance=part(AMBULANCE),
    last_seen_date=date(),
    patient_weight_thousandths=thousandths(),
    assumed_care_date=date(),
    relinquished_care_date=date(),
    lines=required(several(LINE_FIELDS, MAX_INSTITUTIONAL_LINES), "at least one service line"),
)
SHARED = ("place_of_service", "rendering", "service_facility", "referring", "supervising")
"""What the message's claim says for all lines but the model's claim does not keep."""
INHERITED = ("authorization_numbers", "referral_numbers", "ambulance", "last_seen_date")
"""What the model's claim keeps and lines without their own take over."""
