"""Any claim that the contract can carry: every field of the model filled at random, lines with their effective parties."""

import datetime as dt
from typing import Any

import msgspec
from hypothesis import strategies as st

from adjudicator.model.claim import (
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

Strategy = st.SearchStrategy[Any]


def every_field(value: type[msgspec.Struct], **fields: Strategy) -> Strategy:
    """Values of a model type. Naming a strategy for every field keeps this file in step with the model."""
    assert set(fields) == set(value.__struct_fields__), value.__name__
    return st.builds(value, **fields)


def words(longest: int) -> Strategy:
    letters = st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" ")
    return st.text(letters, max_size=longest).map(str.strip).filter(str.isprintable)


def codes(longest: int, shortest: int = 0) -> Strategy:
    return st.text("ABCXYZ0189-", min_size=shortest, max_size=longest)


def tuples(item: Strategy, at_most: int = 3, at_least: int = 0) -> Strategy:
    return st.lists(item, min_size=at_least, max_size=at_most).map(tuple)


days = st.dates(dt.date(1850, 1, 1), dt.date(2199, 12, 31))
no_day = st.none() | days
cents = st.integers(0, 9_999_999_999)
no_cents = st.none() | cents
prior_cents = st.integers(-9_999_999_999, 9_999_999_999)
no_prior_cents = st.none() | prior_cents
thousandths = st.integers(1, 99_999_999_999)
no_prior_thousandths = st.none() | st.integers(-99_999_999_999, 99_999_999_999)

addresses = every_field(
    Address,
    line_1=words(55),
    line_2=words(55),
    city=words(30),
    state=codes(2),
    postal_code=codes(15),
    country=codes(3),
)
providers = every_field(
    Provider,
    npi=codes(80),
    name=words(60),
    first_name=words(35),
    tax_id=codes(50),
    taxonomy=codes(50),
    address=addresses,
)
no_provider = st.none() | providers
people = every_field(
    Person,
    last_name=words(60),
    first_name=words(35),
    middle_name=words(25),
    birth_date=no_day,
    sex=st.sampled_from(Sex),
    address=addresses,
)
subscribers = every_field(
    Subscriber,
    member_id=codes(80),
    person=people,
    group_number=codes(50),
    payer_responsibility=codes(1, 1),
    filing_indicator=codes(2),
    insurance_type=codes(3),
)
patients = every_field(Patient, person=people, relationship=codes(2))
prior_adjustments = every_field(
    PriorAdjustment,
    group=codes(2),
    carc=codes(5),
    amount_cents=prior_cents,
    quantity_thousandths=no_prior_thousandths,
)
other_payers = every_field(
    OtherPayer,
    payer_id=codes(80, 1),
    responsibility=codes(1),
    name=words(60),
    filing_indicator=codes(2),
    member_id=codes(80),
    relationship=codes(2),
    paid_cents=no_prior_cents,
    noncovered_cents=no_prior_cents,
    patient_liability_cents=no_prior_cents,
    adjustments=tuples(prior_adjustments),
    adjudicated_on=no_day,
    claim_control_number=words(50),
)
other_payer_lines = every_field(
    OtherPayerLine,
    payer_id=codes(80, 1),
    paid_cents=prior_cents,
    procedure=codes(48),
    modifiers=tuples(codes(2, 1), 4),
    quantity_thousandths=no_prior_thousandths,
    bundled_into_line=st.none() | st.integers(1, 999),
    adjustments=tuples(prior_adjustments),
    adjudicated_on=no_day,
    patient_liability_cents=no_prior_cents,
)
drugs = every_field(Drug, ndc=codes(48, 1), quantity_thousandths=st.none() | thousandths, unit=codes(2))
attachments = every_field(Attachment, report_type=codes(2, 1), transmission=codes(2, 1), control_number=words(80))
dated_codes = every_field(DatedCode, code=codes(30, 1), on=no_day, through=no_day, amount_cents=no_cents)
institutional_data = every_field(
    Institutional,
    type_of_bill=codes(4),
    statement_from=no_day,
    statement_through=no_day,
    admitted_on=no_day,
    admission_hour=codes(4),
    discharge_hour=codes(4),
    admission_type=codes(1),
    admission_source=codes(1),
    patient_status=codes(2),
    submitted_drg=codes(30),
    procedures=tuples(dated_codes),
    condition_codes=tuples(codes(30, 1)),
    occurrence_codes=tuples(dated_codes),
    occurrence_spans=tuples(dated_codes),
    value_codes=tuples(dated_codes),
    attending=no_provider,
    operating=no_provider,
    other_operating=no_provider,
)
no_ambulance = st.none() | every_field(
    Ambulance,
    transport_reason=codes(1),
    miles_thousandths=st.none() | st.integers(0, 99_999_999_999),
    pick_up=addresses,
    drop_off=addresses,
)
diagnoses = every_field(
    Diagnosis,
    code=codes(30, 1).map(lambda code: code.replace(".", "")),
    kind=st.sampled_from(["principal", "other"]),
    present_on_admission=codes(1),
)
lines = every_field(
    Line,
    number=st.integers(1, 999),
    charge_cents=cents,
    from_date=no_day,
    through_date=no_day,
    procedure=codes(48),
    modifiers=tuples(codes(2, 1), 4),
    description=words(80),
    unit_basis=st.sampled_from(UnitBasis),
    quantity_thousandths=thousandths,
    diagnosis_pointers=tuples(st.integers(1, 12), 4),
    control_number=words(50),
    emergency=st.booleans(),
    screening_program=st.booleans(),
    family_planning=st.booleans(),
    copay_exempt=st.booleans(),
    revenue_code=codes(48),
    noncovered_cents=no_cents,
    drug=st.none() | drugs,
    note=words(80),
    other_payers=tuples(other_payer_lines),
    attachments=tuples(attachments),
    purchased_service=no_provider,
    purchased_service_cents=no_cents,
    place_of_service=codes(2),
    rendering=providers,
    service_facility=providers,
    referring=no_provider,
    ordering=no_provider,
    supervising=no_provider,
    authorization_numbers=tuples(codes(50, 1)),
    referral_numbers=tuples(codes(50, 1)),
    ambulance=no_ambulance,
    last_seen_date=no_day,
)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A claim whose lines are resolved: no line lacks a party or number that the claim names for it."""
    institutional = draw(st.booleans())
    billing = draw(providers)
    authorization_numbers = draw(tuples(codes(50, 1), 2))
    referral_numbers = draw(tuples(codes(50, 1), 2))
    ambulance, last_seen_date = draw(no_ambulance), draw(no_day)
    # Lines share what they often share, so that both ways of writing it down are met.
    shared = draw(providers)
    numbers = draw(st.lists(st.integers(1, 999), min_size=1, max_size=3, unique=True))
    resolved = []
    for number in numbers:
        line = draw(lines)
        alike = draw(st.booleans())
        resolved.append(
            msgspec.structs.replace(
                line,
                number=number,
                rendering=shared if alike else billing if line.rendering == Provider() else line.rendering,
                service_facility=billing if alike or line.service_facility == Provider() else line.service_facility,
                authorization_numbers=line.authorization_numbers or authorization_numbers,
                referral_numbers=line.referral_numbers or referral_numbers,
                ambulance=line.ambulance or ambulance,
                last_seen_date=line.last_seen_date or last_seen_date,
            )
        )
    if shared == Provider():
        billing = Provider()
    claim: Claim = draw(
        every_field(
            Claim,
            claim_type=st.just(ClaimType.INSTITUTIONAL if institutional else ClaimType.PROFESSIONAL),
            patient_control_number=words(38).filter(bool),
            total_charge_cents=cents,
            billing=st.just(billing),
            subscriber=subscribers,
            lines=st.just(tuple(resolved)),
            payer_id=codes(80),
            patient=st.none() | patients,
            diagnoses=tuples(diagnoses, 12),
            frequency_code=codes(1, 1),
            original_claim_id=codes(50),
            purpose=st.sampled_from(Purpose),
            test=st.booleans(),
            provider_signature=st.booleans(),
            accepts_assignment=codes(1, 1),
            benefits_assigned=codes(1, 1),
            release_of_information=codes(1, 1),
            related_causes=tuples(codes(3, 1)),
            accident_state=codes(2),
            accident_date=no_day,
            special_program=codes(3),
            delay_reason=codes(2),
            patient_paid_cents=no_cents,
            admission_date=no_day,
            discharge_date=no_day,
            onset_date=no_day,
            last_menstrual_period_date=no_day,
            pay_to_address=st.none() | addresses,
            pay_to_plan=no_provider,
            authorization_numbers=st.just(authorization_numbers),
            referral_numbers=st.just(referral_numbers),
            authorization_exception=codes(50),
            clia_number=codes(50),
            medical_record_number=words(50),
            clearinghouse_trace=words(50),
            notes=tuples(words(80).filter(bool)),
            attachments=tuples(attachments),
            other_payers=tuples(other_payers),
            institutional=institutional_data if institutional else st.none(),
            ambulance=st.just(ambulance),
            last_seen_date=st.just(last_seen_date),
            patient_weight_thousandths=st.none() | thousandths,
            assumed_care_date=no_day,
            relinquished_care_date=no_day,
        )
    )
    return claim
