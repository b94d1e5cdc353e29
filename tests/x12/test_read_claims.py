"""837 to claims: every element of the model, and every problem told in full, where it is."""

import datetime as dt
from collections.abc import Sequence

import pytest

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
from adjudicator.x12.claims import Origin, ReadClaim, ReadItem, Unreadable, read_claims
from tests.x12.texts import (
    BILLING,
    HEADING,
    INSTITUTIONAL,
    claim,
    file,
    group,
    interchange,
    line,
    simple,
    subscriber,
    text,
    transaction,
)

EVERY_PART = (
    "BHT*0019*00*BATCH7*20260309*1200*RP",
    "NM1*41*2*TESTVILLE CLEARING*****46*SUBMITTER1",
    "PER*IC*HELP DESK*TE*5555550100",
    "NM1*40*2*DEMO HEALTH PLAN*****46*DEMO1",
    "HL*1**20*1",
    "PRV*BI*PXC*207Q00000X",
    "CUR*85*USD",
    "NM1*85*2*TESTVILLE MEDICAL GROUP*****XX*1234567893",
    "N3*1 TEST STREET*SUITE 2",
    "N4*TESTVILLE*OH*432150000",
    "REF*EI*999000001",
    "PER*IC*OFFICE*TE*5555550101",
    "NM1*87*2",
    "N3*PO BOX 9",
    "N4*TESTVILLE*OH*432150009",
    "NM1*PE*2*STATE PLAN*****PI*STATE1",
    "N3*9 PLAN ROAD",
    "N4*TESTVILLE*OH*432150001",
    "REF*EI*999000002",
    "HL*2*1*22*1",
    "SBR*S**GROUP1*EMPLOYER*12****CI",
    "NM1*IL*1*SAMPLE*SUBSCRIBER*Q***MI*TEST0001",
    "N3*2 SAMPLE STREET",
    "N4*SAMPLETOWN*OH*432160000*US",
    "DMG*D8*19760301*F",
    "REF*SY*999999999",
    "NM1*PR*2*DEMO HEALTH PLAN*****PI*DEMO1",
    "REF*G2*PROVIDER9",
    "HL*3*2*23*0",
    "PAT*19****D8**01*7.5",
    "NM1*QC*1*SAMPLE*CHILD",
    "N3*2 SAMPLE STREET",
    "N4*SAMPLETOWN*OH*432160000",
    "DMG*D8*20140704*M",
    "CLM*PCN0001*780.5***11:B:7*Y*C*Y*I*P*AA:EM::OH*02********4",
    "DTP*431*D8*20260201",
    "DTP*439*D8*20260131",
    "DTP*484*D8*20251224",
    "DTP*435*D8*20260301",
    "DTP*096*D8*20260304",
    "DTP*304*D8*20260228",
    "DTP*090*D8*20260305",
    "DTP*091*D8*20260331",
    "PWK*OZ*BM***AC*ATTACHED1",
    "AMT*F5*25",
    "REF*4N*3",
    "REF*F8*C0000000000ORIG",
    "REF*9F*REFERRAL1",
    "REF*X4*12D4567890",
    "REF*G1*AUTH1",
    "REF*D9*TRACE1",
    "REF*EA*RECORD1",
    "K3*STATE DATA",
    "NTE*ADD*SENT AGAIN WITH MODIFIER",
    "CR1*LB*140**A*DH*12.5",
    "CRC*07*Y*01",
    "HI*ABK:E119*ABF:I10*ABF:J45.909",
    "HI*BG:09",
    "NM1*DN*1*REFER*ONE****XX*1000000004",
    "NM1*P3*1*PRIMARY*ONE****XX*1679123459",
    "NM1*82*1*RENDER*ONE****XX*1999999992",
    "PRV*PE*PXC*207R00000X",
    "REF*G2*LOCAL1",
    "NM1*77*2*TESTVILLE CLINIC*****XX*2345678900",
    "N3*3 CLINIC WAY",
    "N4*TESTVILLE*OH*432150003",
    "NM1*DQ*1*SUPERVISE*ONE****XX*1000000004",
    "NM1*PW*2",
    "N3*6 SAMPLE STREET",
    "N4*SAMPLETOWN*OH*432160000",
    "NM1*45*2*TESTVILLE HOSPITAL",
    "N3*7 HOSPITAL WAY",
    "N4*TESTVILLE*OH*432150007",
    "SBR*P*01*GROUP9*OTHER PLAN*****CI",
    "CAS*PR*1*50*1*2*9.5",
    "CAS*CO*45*-5",
    "AMT*D*400",
    "AMT*A8*30.25",
    "AMT*EAF*59.5",
    "OI***Y***Y",
    "NM1*IL*1*SAMPLE*SPOUSE****MI*OTHER0001",
    "N3*2 SAMPLE STREET",
    "N4*SAMPLETOWN*OH*432160000",
    "NM1*PR*2*FIRST PAYER*****PI*FIRST1",
    "DTP*573*D8*20260306",
    "REF*F8*FIRSTCLAIM1",
    "NM1*82*1",
    "REF*G2*LOCAL2",
    "LX*1",
    "SV1*HC:99214:25:95:::LONG VISIT*180.5*UN*1.5*22**1:3:2**Y**Y*Y***0",
    "PWK*77*FX***AC*ATTACHED2",
    "DTP*472*RD8*20260302-20260303",
    "DTP*463*D8*20260101",
    "QTY*PT*2",
    "REF*6R*LINE1",
    "REF*G1*AUTH2",
    "REF*G1*AUTH3",
    "REF*9F*REFERRAL2",
    "AMT*T*3.5",
    "K3*MORE",
    "NTE*DCP*SEEN TWICE",
    "PS1*LAB1*20",
    "LIN**N4*00002143481",
    "CTP****1.25*ML",
    "REF*XZ*RX1",
    "NM1*82*1*RENDER*TWO****XX*1679123459",
    "PRV*PE*PXC*208D00000X",
    "NM1*QB*2*OUTSIDE LAB*****XX*2345678900",
    "NM1*77*2*SECOND CLINIC*****XX*1000000004",
    "N3*4 CLINIC WAY",
    "N4*TESTVILLE*OH*432150004",
    "NM1*DQ*1*SUPERVISE*TWO****XX*1999999992",
    "NM1*DK*1*ORDER*ONE****XX*1000000004",
    "N3*5 ORDER ROAD",
    "N4*TESTVILLE*OH*432150005",
    "NM1*DN*1*REFER*TWO****XX*2345678900",
    "SVD*FIRST1*100.25*HC:99214:25**1*2",
    "CAS*CO*45*30.25*1*97*-10",
    "CAS*PR*2*60",
    "DTP*573*D8*20260306",
    "AMT*EAF*60",
    "LQ*UT*01.02",
    "FRM*12*Y",
    "LX*2",
    "SV1*HC:00810*600*MJ*45***2",
    "CR1*****DH*0",
    "DTP*472*D8*20260304",
    "DTP*304*D8*20260220",
    "NM1*PW*2",
    "N3*8 SAMPLE STREET",
    "N4*SAMPLETOWN*OH*432160008",
)

BILLING_PROVIDER = Provider(
    npi="1234567893",
    name="TESTVILLE MEDICAL GROUP",
    tax_id="999000001",
    taxonomy="207Q00000X",
    address=Address("1 TEST STREET", "SUITE 2", "TESTVILLE", "OH", "432150000"),
)
CLAIM_RENDERING = Provider(npi="1999999992", name="RENDER", first_name="ONE", taxonomy="207R00000X")
TRANSPORT = Ambulance(
    transport_reason="A",
    miles_thousandths=12500,
    pick_up=Address("6 SAMPLE STREET", "", "SAMPLETOWN", "OH", "432160000"),
    drop_off=Address("7 HOSPITAL WAY", "", "TESTVILLE", "OH", "432150007"),
)
CLAIM_FACILITY = Provider(
    npi="2345678900", name="TESTVILLE CLINIC", address=Address("3 CLINIC WAY", "", "TESTVILLE", "OH", "432150003")
)

WHOLE_CLAIM = Claim(
    claim_type=ClaimType.PROFESSIONAL,
    patient_control_number="PCN0001",
    total_charge_cents=78050,
    billing=BILLING_PROVIDER,
    subscriber=Subscriber(
        member_id="TEST0001",
        person=Person(
            last_name="SAMPLE",
            first_name="SUBSCRIBER",
            middle_name="Q",
            birth_date=dt.date(1976, 3, 1),
            sex=Sex.FEMALE,
            address=Address("2 SAMPLE STREET", "", "SAMPLETOWN", "OH", "432160000", "US"),
        ),
        group_number="GROUP1",
        payer_responsibility="S",
        filing_indicator="CI",
        insurance_type="12",
    ),
    payer_id="DEMO1",
    patient=Patient(
        person=Person(
            last_name="SAMPLE",
            first_name="CHILD",
            birth_date=dt.date(2014, 7, 4),
            sex=Sex.MALE,
            address=Address("2 SAMPLE STREET", "", "SAMPLETOWN", "OH", "432160000"),
        ),
        relationship="19",
    ),
    diagnoses=(Diagnosis("E119", "principal"), Diagnosis("I10"), Diagnosis("J45909")),
    frequency_code="7",
    original_claim_id="C0000000000ORIG",
    purpose=Purpose.ENCOUNTER,
    test=True,
    provider_signature=True,
    accepts_assignment="C",
    benefits_assigned="Y",
    release_of_information="I",
    related_causes=("AA", "EM"),
    accident_state="OH",
    accident_date=dt.date(2026, 1, 31),
    special_program="02",
    delay_reason="4",
    patient_paid_cents=2500,
    admission_date=dt.date(2026, 3, 1),
    discharge_date=dt.date(2026, 3, 4),
    onset_date=dt.date(2026, 2, 1),
    last_menstrual_period_date=dt.date(2025, 12, 24),
    pay_to_address=Address("PO BOX 9", "", "TESTVILLE", "OH", "432150009"),
    pay_to_plan=Provider(
        name="STATE PLAN", tax_id="999000002", address=Address("9 PLAN ROAD", "", "TESTVILLE", "OH", "432150001")
    ),
    authorization_numbers=("AUTH1",),
    referral_numbers=("REFERRAL1",),
    authorization_exception="3",
    clia_number="12D4567890",
    medical_record_number="RECORD1",
    clearinghouse_trace="TRACE1",
    notes=("SENT AGAIN WITH MODIFIER",),
    attachments=(Attachment("OZ", "BM", "ATTACHED1"),),
    ambulance=TRANSPORT,
    last_seen_date=dt.date(2026, 2, 28),
    patient_weight_thousandths=7500,
    assumed_care_date=dt.date(2026, 3, 5),
    relinquished_care_date=dt.date(2026, 3, 31),
    other_payers=(
        OtherPayer(
            payer_id="FIRST1",
            responsibility="P",
            name="FIRST PAYER",
            filing_indicator="CI",
            member_id="OTHER0001",
            relationship="01",
            paid_cents=40000,
            noncovered_cents=3025,
            patient_liability_cents=5950,
            adjustments=(
                PriorAdjustment("PR", "1", 5000, 1000),
                PriorAdjustment("PR", "2", 950),
                PriorAdjustment("CO", "45", -500),
            ),
            adjudicated_on=dt.date(2026, 3, 6),
            claim_control_number="FIRSTCLAIM1",
        ),
    ),
    lines=(
        Line(
            number=1,
            charge_cents=18050,
            from_date=dt.date(2026, 3, 2),
            through_date=dt.date(2026, 3, 3),
            procedure="99214",
            modifiers=("25", "95"),
            description="LONG VISIT",
            quantity_thousandths=1500,
            diagnosis_pointers=(1, 3, 2),
            control_number="LINE1",
            emergency=True,
            screening_program=True,
            family_planning=True,
            copay_exempt=True,
            drug=Drug("00002143481", 1250, "ML"),
            note="SEEN TWICE",
            other_payers=(
                OtherPayerLine(
                    payer_id="FIRST1",
                    paid_cents=10025,
                    procedure="99214",
                    modifiers=("25",),
                    quantity_thousandths=1000,
                    bundled_into_line=2,
                    adjustments=(
                        PriorAdjustment("CO", "45", 3025, 1000),
                        PriorAdjustment("CO", "97", -1000),
                        PriorAdjustment("PR", "2", 6000),
                    ),
                    adjudicated_on=dt.date(2026, 3, 6),
                    patient_liability_cents=6000,
                ),
            ),
            attachments=(Attachment("77", "FX", "ATTACHED2"),),
            purchased_service=Provider(npi="2345678900", name="OUTSIDE LAB"),
            purchased_service_cents=2000,
            place_of_service="22",
            rendering=Provider(npi="1679123459", name="RENDER", first_name="TWO", taxonomy="208D00000X"),
            service_facility=Provider(
                npi="1000000004",
                name="SECOND CLINIC",
                address=Address("4 CLINIC WAY", "", "TESTVILLE", "OH", "432150004"),
            ),
            referring=Provider(npi="2345678900", name="REFER", first_name="TWO"),
            ordering=Provider(
                npi="1000000004",
                name="ORDER",
                first_name="ONE",
                address=Address("5 ORDER ROAD", "", "TESTVILLE", "OH", "432150005"),
            ),
            supervising=Provider(npi="1999999992", name="SUPERVISE", first_name="TWO"),
            authorization_numbers=("AUTH2", "AUTH3"),
            referral_numbers=("REFERRAL2",),
            ambulance=TRANSPORT,
            last_seen_date=dt.date(2026, 2, 28),
        ),
        Line(
            number=2,
            charge_cents=60000,
            from_date=dt.date(2026, 3, 4),
            procedure="00810",
            unit_basis=UnitBasis.MINUTES,
            quantity_thousandths=45000,
            diagnosis_pointers=(2,),
            place_of_service="11",
            rendering=CLAIM_RENDERING,
            service_facility=CLAIM_FACILITY,
            referring=Provider(npi="1000000004", name="REFER", first_name="ONE"),
            supervising=Provider(npi="1000000004", name="SUPERVISE", first_name="ONE"),
            authorization_numbers=("AUTH1",),
            referral_numbers=("REFERRAL1",),
            ambulance=Ambulance(
                miles_thousandths=0,
                pick_up=Address("8 SAMPLE STREET", "", "SAMPLETOWN", "OH", "432160008"),
                drop_off=TRANSPORT.drop_off,
            ),
            last_seen_date=dt.date(2026, 2, 20),
        ),
    ),
)


def read(*segments: Sequence[str]) -> list[ReadItem]:
    """The items of a file of one transaction."""
    return list(read_claims(file(*segments)))


def the_claim(written: str) -> Claim:
    (item,) = read_claims(written)
    assert isinstance(item, ReadClaim), [str(problem) for problem in item.problems]
    return item.claim


def problems(written: str) -> list[str]:
    (item,) = read_claims(written)
    assert isinstance(item, Unreadable)
    return [str(problem).partition("transaction 0001, ")[2] for problem in item.problems]


def with_line(*segments: str) -> str:
    """A file whose only claim has one line of these segments after LX."""
    return simple((*claim()[:2], "LX*1", *segments))


def with_claim_segments(*segments: str) -> str:
    """A file whose only claim has these segments between CLM and HI."""
    return simple((claim()[0], *segments, claim()[1], *line()))


def test_every_element_of_the_model_is_read():
    (item,) = read_claims(file(EVERY_PART, usage="T"))
    assert isinstance(item, ReadClaim), [str(problem) for problem in item.problems]
    assert item.claim == WHOLE_CLAIM
    assert item.origin == Origin("SUBMITTER1", "TESTVILLE CLEARING", "DEMO1", "BATCH7", "000000001", "0001", True)
    assert str(item.place) == "interchange 1, transaction 0001, segment 38 CLM"
    assert item.position == 1


def test_the_minimum_claim_takes_everything_else_from_the_billing_provider():
    claim_read = the_claim(simple())
    billing = Provider(
        npi="1234567893",
        name="TESTVILLE MEDICAL GROUP",
        tax_id="999000001",
        address=Address("1 TEST STREET", "", "TESTVILLE", "OH", "432150000"),
    )
    (only,) = claim_read.lines
    assert (only.rendering, only.service_facility, only.place_of_service) == (billing, billing, "11")
    assert (only.referring, only.supervising, only.authorization_numbers) == (None, None, ())
    assert (claim_read.purpose, claim_read.test, claim_read.patient) == (Purpose.CHARGEABLE, False, None)
    assert claim_read.treated.last_name == "SAMPLE"


def test_many_claims_below_one_subscriber_and_one_patient():
    patient = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*SAMPLE*CHILD", "DMG*D8*20140704*M")
    items = read(HEADING, BILLING, subscriber(), claim("A"), claim("B"), patient, claim("C"), subscriber(4), claim("D"))
    claims = [item.claim for item in items if isinstance(item, ReadClaim)]
    assert [one.patient_control_number for one in claims] == ["A", "B", "C", "D"]
    assert [one.treated.first_name for one in claims] == ["PATIENT", "PATIENT", "CHILD", "PATIENT"]
    assert [item.position for item in items if isinstance(item, ReadClaim)] == [1, 2, 3, 4]


def test_request_ids_are_the_digest_of_the_interchange_and_the_position_in_it():
    written = simple(claim("A"), claim("B"))
    first, second = (item.request_id for item in read_claims(written))
    assert first.endswith("-1") and second.endswith("-2") and first[:-2] == second[:-2] and len(first) == 18
    assert [item.request_id for item in read_claims(written.replace("\n", "\r\n"))] == [first, second]
    assert next(iter(read_claims(simple(claim("C"))))).request_id[:16] != first[:16]


def test_positions_count_over_the_transactions_of_an_interchange():
    parts = [
        transaction(HEADING, BILLING, subscriber(), claim(name), number=f"{number:04d}")
        for number, name in enumerate("AB", start=1)
    ]
    items = list(read_claims(text(interchange(group(*parts))) * 2))
    assert [item.position for item in items] == [1, 2, 1, 2]
    assert items[0].request_id == items[2].request_id


def test_the_weight_is_that_of_whoever_was_treated():
    child = ("HL*3*2*23*0", "PAT*19*****", "NM1*QC*1*SAMPLE*CHILD", "DMG*D8*20260301*M")
    weighed = (*subscriber()[:2], "PAT*******01*150", *subscriber()[2:])
    items = read(HEADING, BILLING, weighed, claim("A"), child, claim("B"), subscriber(4), claim("C"))
    weights = [item.claim.patient_weight_thousandths for item in items if isinstance(item, ReadClaim)]
    assert weights == [150_000, None, None]


def test_a_weight_that_is_none_is_told_without_repeating_it():
    weighed = (*subscriber()[:2], "PAT*******01*SECRET", *subscriber()[2:])
    (problem,) = problems(file(HEADING, BILLING, weighed, claim()))
    assert "element 8 (PAT08)" in problem and "SECRET" not in problem


@pytest.mark.parametrize(
    ("miles", "thousandths"), [("12.5", 12500), ("0", 0), ("", None), ("-1", "a quantity of zero or more")]
)
def test_miles_may_be_zero_where_no_mileage_is_charged(miles: str, thousandths: int | str | None):
    written = with_claim_segments(f"CR1*LB*140**A*DH*{miles}")
    if isinstance(thousandths, str):
        assert problems(written) == [f"segment 19 CR1, element 6 (CR106): found '{miles}', write {thousandths}"]
    else:
        transport = the_claim(written).lines[0].ambulance
        assert transport == Ambulance(transport_reason="A", miles_thousandths=thousandths)


@pytest.mark.parametrize(("lines", "read_it"), [(1, True), (50, True), (51, False)])
def test_fifty_lines_are_read_and_fifty_one_refused(lines: int, read_it: bool):
    written = simple(claim(lines=lines))
    if read_it:
        assert len(the_claim(written).lines) == lines
    else:
        assert problems(written) == ["segment 18 CLM: found 51 service lines, write at most 50 in a claim"]


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("abc", "found 'abc', write an amount such as 130.00"),
        ("", "found nothing, write an amount such as 130.00"),
        ("1.005", "found '1.005', write an amount such as 130.00"),
        ("1,000", "found '1,000', write an amount such as 130.00"),
        ("1E3", "found '1E3', write an amount such as 130.00"),
        ("-0.01", "found '-0.01', write an amount of zero or more"),
        ("100000000", "found '100000000', write an amount of at most 99999999.99"),
        ("٣", "found '٣', write an amount such as 130.00"),
    ],
)
def test_a_bad_amount_names_segment_and_element(amount: str, message: str):
    written = with_line(f"SV1*HC:99213*{amount}*UN*1***1", "DTP*472*D8*20260302")
    assert problems(written) == [f"segment 21 SV1, element 2 (SV102): {message}"]


@pytest.mark.parametrize(
    ("amount", "cents"), [("0", 0), (".5", 50), ("130.", 13000), ("99999999.99", 9_999_999_999), ("7.1000", 710)]
)
def test_a_good_amount_is_cents(amount: str, cents: int):
    (only,) = the_claim(with_line(f"SV1*HC:99213*{amount}*UN*1***1", "DTP*472*D8*20260302")).lines
    assert only.charge_cents == cents


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ("0", "found '0', write a quantity above zero"),
        ("-1", "found '-1', write a quantity above zero"),
        ("1.0001", "found '1.0001', write a number with at most 8 digits and 3 decimals, such as 1 or 2.5"),
        ("123456789", "found '123456789', write a number with at most 8 digits and 3 decimals, such as 1 or 2.5"),
        ("two", "found 'two', write a number with at most 8 digits and 3 decimals, such as 1 or 2.5"),
        ("", "found nothing, write a number with at most 8 digits and 3 decimals, such as 1 or 2.5"),
    ],
)
def test_a_bad_quantity_names_segment_and_element(quantity: str, message: str):
    written = with_line(f"SV1*HC:99213*130*UN*{quantity}***1", "DTP*472*D8*20260302")
    assert problems(written) == [f"segment 21 SV1, element 4 (SV104): {message}"]


@pytest.mark.parametrize(("quantity", "thousandths"), [("1", 1000), ("2.5", 2500), (".125", 125), ("1.500000", 1500)])
def test_a_good_quantity_is_thousandths(quantity: str, thousandths: int):
    (only,) = the_claim(with_line(f"SV1*HC:99213*130*UN*{quantity}***1", "DTP*472*D8*20260302")).lines
    assert only.quantity_thousandths == thousandths


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        ("DTP*472*D8*20260230", "element 3 (DTP03): found '20260230', write a date as CCYYMMDD such as 20260302"),
        ("DTP*472*D8*3/2/2026", "element 3 (DTP03): found '3/2/2026', write a date as CCYYMMDD such as 20260302"),
        ("DTP*472*D8", "element 3 (DTP03): found nothing, write a date as CCYYMMDD such as 20260302"),
        (
            "DTP*472*RD8*20260302",
            "element 3 (DTP03): found '20260302', write two dates as CCYYMMDD-CCYYMMDD such as 20260302-20260305",
        ),
        ("DTP*472*D8*99991231", "element 3 (DTP03): found '99991231', write a date as CCYYMMDD such as 20260302"),
        ("DTP*472*D8*22000101", "element 3 (DTP03): found '22000101', write a date as CCYYMMDD such as 20260302"),
        ("DTP*472*D8*18491231", "element 3 (DTP03): found '18491231', write a date as CCYYMMDD such as 20260302"),
        (
            "DTP*472*RD8*20260302-99991231",
            "element 3 (DTP03): found '20260302-99991231', "
            "write two dates as CCYYMMDD-CCYYMMDD such as 20260302-20260305",
        ),
        ("DTP*472*RD9*20260302-20260303", "element 2 (DTP02): found 'RD9', write D8 or RD8"),
    ],
)
def test_a_bad_service_date_names_segment_and_element(segment: str, message: str):
    assert problems(with_line("SV1*HC:99213*130*UN*1***1", segment)) == [f"segment 22 DTP, {message}"]


@pytest.mark.parametrize("day", ["18500101", "21991231"])
def test_the_first_and_the_last_day_that_can_be_meant_are_read(day: str):
    line = the_claim(with_line("SV1*HC:99213*130*UN*1***1", f"DTP*472*D8*{day}")).lines[0]
    assert line.from_date == dt.date.fromisoformat(day)


def test_a_patients_data_are_never_repeated_in_a_problem():
    written = simple().replace("DMG*D8*19760301*F", "DMG*D8*1976-03-01*FEMALE")
    told = " ".join(problems(written))
    assert "found a value that is not shown because it is a patient's" in told
    for word in ("1976", "FEMALE", "SAMPLE", "TEST0001"):
        assert word not in told


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "NM1*IL*1*SAMPLE*PATIENT****",
            "NM1*IL*SAMPLE*PATIENT*****",
            "segment 15 NM1, element 2 (NM102): found a value that is not shown because it is a patient's, write 1 or 2",
        ),
        (
            "NM1*IL*1*SAMPLE*",
            "NM1*SAMPLE*IL*1*",
            "segment 15 NM1, element 1 (NM101): found a value that is not shown because it is a patient's, "
            "write IL or PR",
        ),
        (
            "*1*SAMPLE*PATIENT****",
            "*1*TEST~SAMPLE*PATIENT****",
            "segment 16: found a segment that the 837 does not know in the subscriber's loop, "
            "write the segments in the guide's order",
        ),
        (
            "*1*SAMPLE*PATIENT****",
            "*1*TEST~PAT*PATIENT****",
            "segment 15 NM1, element 9 (NM109): found nothing, write the subscriber's member number",
        ),
        (
            "SBR*P*18*",
            "SBR*TEST0001*18*",
            "segment 14 SBR, element 1 (SBR01): found a value that is not shown because it is a patient's, "
            "write P or S or T or A or B or C or D or E or F or G or H or U",
        ),
        (
            "SBR*P*18*",
            "SBR*P*TEST0001*",
            "segment 14 SBR, element 2 (SBR02): found a value that is not shown because it is a patient's, "
            "write 18 when the subscriber is the patient, else the patient's HL*23 loop before CLM",
        ),
        (
            "DMG*D8*19760301*F",
            "DMG*D8*SAMPLE",
            "segment 16 DMG, element 2 (DMG02): found a value that is not shown because it is a patient's, "
            "write a date as CCYYMMDD such as 20260302",
        ),
        (
            "DMG*D8*19760301*F",
            "DMG*D8*19760301*F~REF*G1*SAMPLE",
            "segment 17 REF, element 1 (REF01): found 'G1' in the loop of NM1*IL, "
            "write the claim's and the line's references before NM1",
        ),
        (
            "NM1*PR*2*",
            "NM1*SAMPLE*2*A~REF*G1*1~NM1*SAMPLE*2*",
            "segment 18 REF, element 1 (REF01): found 'G1' in the loop of NM1, "
            "write the claim's and the line's references before NM1",
        ),
        (
            "NM1*PR*2*",
            "NM1*SAMPLE*2*A~NM1*SAMPLE*2*",
            "segment 18 NM1: found a second NM1, write each once in its loop",
        ),
        (
            "NM1*PR*2*",
            "N3*1 TEST~ST*SAMPLE~NM1*PR*2*",
            "segment 18 ST, element 1 (ST01): found something that is no number, write 837",
        ),
        ("LX*1", "SBR*TEST0001~LX*1", "write P or S or T or A or B or C or D or E or F or G or H or U"),
        ("LX*1", "SBR*S*18~NM1*IL*SAMPLE~LX*1", "element 2 (NM102): found a value that is not shown"),
    ],
)
def test_whatever_slips_in_a_patients_segments_is_not_repeated(old: str, new: str, message: str):
    items = list(read_claims(simple().replace(old, new)))
    told = [str(problem) for item in items if isinstance(item, Unreadable) for problem in item.problems]
    assert any(message in one for one in told), told
    for word in ("SAMPLE", "PATIENT", "TEST0001"):
        assert not any(word in one for one in told), told


def test_a_slip_of_a_providers_is_shown():
    told = problems(simple().replace("NM1*85*2*TESTVILLE", "NM1*85*TESTVILLE"))
    assert "segment 9 NM1, element 2 (NM102): found 'TESTVILLE MEDICAL GROUP', write 1 or 2" in told
    misplaced = problems(file(HEADING, (*BILLING, "NM1*IL*1*SAMPLE"), subscriber(), claim()))
    assert "segment 13 NM1, element 1 (NM101): found 'IL', write 85 or 87 or PE" in misplaced


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        ("SV1**130*UN*1***1", "element 1 component 1 (SV101-1): found nothing, write HC"),
        ("SV1*HC*130*UN*1***1", "element 1 component 2 (SV101-2): found nothing, write a procedure code such as 99213"),
        ("SV1*WK:99213*130*UN*1***1", "element 1 component 1 (SV101-1): found 'WK', write HC"),
        (
            "SV1*HC:99213:25:59:95:GT:XU*130*UN*1***1",
            "element 1 (SV101): found 7 components, write at most 4 modifiers, then a description in component 7",
        ),
        ("SV1*HC:99213*130*F2*1***1", "element 3 (SV103): found 'F2', write UN or MJ"),
        ("SV1*HC:99213*130*UN*1", "element 7 (SV107): found nothing, write a diagnosis pointer such as 1"),
        ("SV1*HC:99213*130*UN*1***1:2:3:4:5", "element 7 (SV107): found '1:2:3:4:5', write at most 4 pointers"),
        ("SV1*HC:99213*130*UN*1***A", "element 7 (SV107): found 'A', write pointers such as 1 or 1:2"),
    ],
)
def test_a_bad_service_names_segment_and_element(segment: str, message: str):
    assert f"segment 21 SV1, {message}" in problems(with_line(segment, "DTP*472*D8*20260302"))


def test_four_modifiers_and_a_description_are_read():
    (only,) = the_claim(with_line("SV1*HC:99213:25:59:95:GT:LONG*130*UN*1***1", "DTP*472*D8*20260302")).lines
    assert (only.modifiers, only.description) == (("25", "59", "95", "GT"), "LONG")


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        ("CLM**130***11:B:1*Y*A*Y*Y", "element 1 (CLM01): found nothing, write the patient control number"),
        (f"CLM*{'9' * 39}*130***11:B:1*Y*A*Y*Y", "element 1 (CLM01): found 39 characters, write at most 38 characters"),
        ("CLM*P*x***11:B:1*Y*A*Y*Y", "element 2 (CLM02): found 'x', write an amount such as 130.00"),
        ("CLM*P*-130***11:B:1*Y*A*Y*Y", "element 2 (CLM02): found '-130', write an amount of zero or more"),
        (
            "CLM*P*130****Y*A*Y*Y",
            "element 5 (CLM05): found nothing, write three parts such as 11:B:1, "
            "with the ':' that ISA16 names between them",
        ),
        (
            "CLM*P*130***11>B|1*Y*A*Y*Y",
            "element 5 (CLM05): found '11>B|1', write three parts such as 11:B:1, "
            "with the ':' that ISA16 names between them",
        ),
        (
            "CLM*P*130***:B:1*Y*A*Y*Y",
            "element 5 component 1 (CLM05-1): found nothing, write a place of service such as 11",
        ),
        ("CLM*P*130***11:A:1*Y*A*Y*Y", "element 5 component 2 (CLM05-2): found 'A', write B"),
        (
            "CLM*P*130***11:B:*Y*A*Y*Y",
            "element 5 component 3 (CLM05-3): found nothing, write a frequency code such as 1",
        ),
        ("CLM*P*130***11:B:1**A*Y*Y", "element 6 (CLM06): found nothing, write Y or N"),
        ("CLM*P*130***11:B:1*Y*P*Y*Y", "element 7 (CLM07): found 'P', write A or B or C"),
        ("CLM*P*130***11:B:1*Y*A*X*Y", "element 8 (CLM08): found 'X', write Y or N or W"),
        ("CLM*P*130***11:B:1*Y*A*Y*N", "element 9 (CLM09): found 'N', write Y or I"),
        ("CLM*P*130***11:B:1*Y*A*Y*Y**XX", "element 11 component 1 (CLM11-1): found 'XX', write AA, EM or OA"),
    ],
)
def test_a_bad_claim_segment_names_element_and_component(segment: str, message: str):
    assert problems(simple((segment, *claim()[1:]))) == [f"segment 18 CLM, {message}"]


def test_components_that_are_all_written_with_another_character_than_the_isa_names_are_read():
    written = simple(claim()).replace(":", ">")
    assert ">~" in written  # the ISA was changed with the rest: put its ':' back
    contradicting = written.replace(">~", ":~", 1)
    assert the_claim(contradicting) == the_claim(simple(claim()))


def test_two_claims_that_use_different_characters_are_not_guessed_at():
    other = tuple(segment.replace(":", ">") for segment in claim("PCN0002"))
    first, second = read_claims(simple(claim(), other))
    assert isinstance(first, ReadClaim)
    assert isinstance(second, Unreadable)


@pytest.mark.parametrize(("pointer", "read_as"), [("1", 1), ("1.00", 1), ("1.", 1)])
def test_a_pointer_written_like_a_quantity_is_read(pointer: str, read_as: int):
    written = with_line(f"SV1*HC:99213*130*UN*1***{pointer}", "DTP*472*D8*20260302")
    assert the_claim(written).lines[0].diagnosis_pointers == (read_as,)


def test_everything_wrong_with_a_claim_is_told_at_once():
    written = simple(
        ("CLM*P*x***11:Q:1*Y*A*Y*Y", "HI*ABK:E119", "LX*1", "SV1*HC:99213*abc*UN*0***1", "DTP*472*D8*20261399")
    )
    assert problems(written) == [
        "segment 18 CLM, element 2 (CLM02): found 'x', write an amount such as 130.00",
        "segment 18 CLM, element 5 component 2 (CLM05-2): found 'Q', write B",
        "segment 21 SV1, element 2 (SV102): found 'abc', write an amount such as 130.00",
        "segment 21 SV1, element 4 (SV104): found '0', write a quantity above zero",
        "segment 22 DTP, element 3 (DTP03): found '20261399', write a date as CCYYMMDD such as 20260302",
    ]
    (item,) = read_claims(written)
    assert isinstance(item, Unreadable)
    assert item.patient_control_number == "P"
    assert item.statuses == ("A7:178", "A7:21", "A7:476", "A7:187")


@pytest.mark.parametrize(("count", "read_it"), [(12, True), (13, False)])
def test_twelve_diagnoses_are_read_and_thirteen_refused(count: int, read_it: bool):
    codes = "*".join(["HI", "ABK:E119", *["ABF:I10"] * (count - 1)])
    written = simple((claim()[0], codes, *line()))
    if read_it:
        assert len(the_claim(written).diagnoses) == 12
    else:
        assert problems(written) == ["segment 18 CLM: found 13 diagnoses, write at most 12 in a claim"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ("HI*AKB:E119", "segment 19 HI, element 1 component 1 (HI01-1): found 'AKB', write ABK or ABF"),
        ("HI*ABK", "segment 19 HI, element 1 component 2 (HI01-2): found nothing, write a diagnosis code"),
        ("HI*ABF:E119", "segment 18 CLM: found no principal diagnosis, write HI*ABK once"),
        ("HI*ABK:E119*ABK:I10", "segment 18 CLM: found 2 principal diagnoses, write HI*ABK once"),
        (
            "HI*BK:E119",
            "segment 19 HI, element 1 component 1 (HI01-1): found 'BK', which is ICD-9, write ABK and ICD-10-CM codes",
        ),
        (
            "HI*ABK:E119*BF:4019",
            "segment 19 HI, element 2 component 1 (HI02-1): found 'BF', which is ICD-9, write ABF and ICD-10-CM codes",
        ),
    ],
)
def test_bad_diagnoses_are_told(codes: str, message: str):
    assert problems(simple((claim()[0], codes, *line()))) == [message]


@pytest.mark.parametrize(("day", "read_it"), [("20150930", True), ("20151001", False)])
def test_icd_9_codes_belong_to_services_before_october_2015(day: str, read_it: bool):
    written = simple((claim()[0], "HI*BK:25000", "LX*1", "SV1*HC:99213*130*UN*1***1", f"DTP*472*D8*{day}"))
    (item,) = read_claims(written)
    assert isinstance(item, ReadClaim) == read_it


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "segment 18 CLM: found no service line, write LX and its segments"),
        (("LX*1",), "segment 20 LX: found no SV1, write SV1 after LX"),
        (
            ("LX*1", "SV1*HC:99213*130*UN*1***1"),
            "segment 20 LX: found no service date, write DTP*472 in every service line",
        ),
        ((*line(), *line()[1:]), "segment 23 SV1: found a second SV1, write an LX before it"),
        ((*line(), *line()), "segment 23 LX, element 1 (LX01): found '1', write 2, one more than the line before"),
        ((*line(), *line(3)), "segment 23 LX, element 1 (LX01): found '3', write 2, one more than the line before"),
        (
            line()[1:],
            "segment 20 SV1: found 'SV1' in a claim before its first LX, write the segments in the guide's order",
        ),
        (
            ("LX*1", "SV2*0300*HC:99213*130*UN*1", "DTP*472*D8*20260302"),
            "segment 21 SV2: found SV2, write SV2 in an institutional claim, SV1 in a professional one",
        ),
    ],
)
def test_lines_out_of_order_are_told(lines: tuple[str, ...], message: str):
    assert message in problems(simple((*claim()[:2], *lines)))


def test_line_numbers_that_run_on_from_claim_to_claim_are_counted_from_one():
    second = ("CLM*B*260***11:B:1*Y*A*Y*Y", "HI*ABK:E119", *line(7), "SVD*FIRST1*1*HC:99213**1*8", *line(8))
    items = read(HEADING, BILLING, subscriber(), claim("A"), second)
    assert isinstance(items[1], ReadClaim)
    assert [one.number for one in items[1].claim.lines] == [1, 2]
    assert items[1].claim.lines[0].other_payers[0].bundled_into_line == 2


OTHER = ("SBR*P*18*******CI", "AMT*D*80", "AMT*A8*0", "AMT*EAF*20", "NM1*PR*2*FIRST PAYER*****PI*FIRST1")
RESULT = ("SVD*FIRST1*80*HC:99213**1", "CAS*PR*2*50", "DTP*573*D8*20260306", "AMT*EAF*20")


@pytest.mark.parametrize(
    ("of_claim", "of_line", "told"),
    [
        (OTHER, RESULT, []),
        # amounts that the model does not carry may come as they like
        ((*OTHER[:4], "AMT*B6*1", "AMT*B6*2", OTHER[4]), (*RESULT, "AMT*KF*1", "AMT*KF*2"), []),
        (
            (*OTHER[:2], "AMT*D*80", *OTHER[2:]),
            RESULT,
            ["segment 22 AMT: found a second AMT*D, write one in a loop 2320"],
        ),
        (
            (*OTHER[:3], "AMT*A8*130", *OTHER[3:]),
            RESULT,
            ["segment 23 AMT: found a second AMT*A8, write one in a loop 2320"],
        ),
        (
            (*OTHER[:4], "AMT*EAF*5", *OTHER[4:]),
            RESULT,
            ["segment 24 AMT: found a second AMT*EAF, write one in a loop 2320"],
        ),
        (OTHER, (*RESULT, "AMT*EAF*5"), ["segment 32 AMT: found a second AMT*EAF, write one in a loop 2430"]),
        (
            OTHER,
            (*RESULT, "DTP*573*D8*20260307"),
            ["segment 32 DTP: found a second DTP*573, write one in a loop 2430"],
        ),
        (
            (*OTHER, "DTP*573*D8*20260306", "DTP*573*D8*20260307"),
            RESULT,
            ["segment 26 DTP: found a second DTP*573, write one in a loop 2330B"],
        ),
        # the day of the service is not the day of the decision
        (
            OTHER,
            (*RESULT[:2], "DTP*472*D8*20260302"),
            ["segment 30 DTP, element 1 (DTP01): found '472', write 573"],
        ),
    ],
)
def test_another_payers_day_and_amounts_are_those_that_the_guide_names_each_once(
    of_claim: tuple[str, ...], of_line: tuple[str, ...], told: list[str]
):
    head, service = claim()[:2], claim()[2:]
    segments = (*head, *of_claim, *service, *of_line)
    if told:
        assert problems(simple(segments)) == told
    else:
        (item,) = read(HEADING, BILLING, subscriber(), segments)
        assert isinstance(item, ReadClaim)
        (result,) = item.claim.lines[0].other_payers
        assert (result.adjudicated_on, result.patient_liability_cents) == (dt.date(2026, 3, 6), 2000)
        (payer,) = item.claim.other_payers
        assert (payer.paid_cents, payer.noncovered_cents, payer.patient_liability_cents) == (8000, 0, 2000)


def test_segments_after_an_inner_loop_belong_nowhere():
    late = "segment 24 REF: found 'REF' after SVD in a service line, write the segments in the guide's order"
    assert late in problems(simple((*claim(), "SVD*FIRST1*1", "REF*6R*L1")))
    told = problems(simple((*claim(), "NM1*82*1*RENDER*****XX*1999999992", "REF*G1*AUTH1")))
    assert told == [
        "segment 24 REF, element 1 (REF01): found 'G1' in the loop of NM1*82, "
        "write the claim's and the line's references before NM1"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("NM1*85*", "NM1*117*", "segment 8 HL: found no billing provider, write NM1*85 after HL*20"),
        ("NM1*IL*1*SAMPLE*PATIENT****MI*TEST0001", "", "segment 13 HL: found no subscriber, write NM1*IL after SBR"),
        ("*MI*TEST0001", "", "segment 15 NM1, element 9 (NM109): found nothing, write the subscriber's member number"),
        ("SBR*P*18*GROUP1******CI", "", "segment 13 HL: found no SBR, write SBR after HL*22"),
        ("NM1*PR*2*DEMO HEALTH PLAN*****PI*DEMO1", "", "segment 13 HL: found no payer, write NM1*PR after NM1*IL"),
        (
            "HL*2*1*22*0",
            "HL*2*3*22*0",
            "segment 13 HL, element 2 (HL02): found '3', write 1, the number of the billing provider's HL before it",
        ),
        (
            "HL*2*1*22*0",
            "HL*2*1*24*0",
            "segment 13 HL, element 3 (HL03): found '24', "
            "write 20 for a billing provider, 22 for a subscriber or 23 for a patient",
        ),
        (
            "SBR*P*18*",
            "SBR*P**",
            "segment 14 SBR, element 2 (SBR02): found nothing, "
            "write 18 when the subscriber is the patient, else the patient's HL*23 loop before CLM",
        ),
        ("NM1*85*2*", "NM1*85**", "segment 9 NM1, element 2 (NM102): found nothing, write 1 or 2"),
        (
            "REF*EI*999000001",
            "REF*EI*999000001~N4*X*OH*43215",
            "N4 after REF, write N3, then N4, then DMG, REF and PER",
        ),
        ("NM1*40*2*", "NM1*40**", "segment 7 NM1, element 2 (NM102): found nothing, write 1 or 2"),
        ("*CH~", "*31~", "segment 4 BHT, element 6 (BHT06): found '31', write CH or RP"),
    ],
)
def test_what_is_wrong_above_the_claims_is_told_with_each_of_them(old: str, new: str, message: str):
    segments = simple(claim("A"), claim("B")).replace(old, new, 1).replace("\n", "").replace("~~", "~").split("~")
    count = sum(1 for segment in segments if segment) - 4
    segments = [f"SE*{count}*0001" if segment.startswith("SE*") else segment for segment in segments if segment]
    items = list(read_claims(text(segments)))
    assert len(items) == 2
    for item in items:
        assert isinstance(item, Unreadable) and item.is_claim
        assert any(message in str(problem) for problem in item.problems), [str(problem) for problem in item.problems]


def test_a_second_billing_provider_in_one_level_is_refused():
    told = problems(file(HEADING, BILLING, BILLING[1:], subscriber(), claim()))
    assert told == ["segment 13 NM1: found a second NM1*85, write each once in its loop"]


def test_amounts_in_another_currency_are_refused():
    told = problems(file(HEADING, (BILLING[0], "CUR*85*CAD", *BILLING[1:]), subscriber(), claim()))
    assert told == ["segment 9 CUR, element 2 (CUR02): found 'CAD', write USD"]


def test_an_unreadable_claim_never_stops_the_next():
    bad = ("CLM*BAD*x***11:B:1*Y*A*Y*Y", "HI*ABK:E119", *line())
    items = read(HEADING, BILLING, subscriber(), claim("A"), bad, claim("B"))
    assert [isinstance(item, ReadClaim) for item in items] == [True, False, True]
    assert [item.position for item in items] == [1, 2, 3]


def test_after_a_lost_level_nobody_knows_whose_claim_it_is_until_the_next_level():
    lost = subscriber(3, member="TEST0002")[1:]  # its HL is gone: SBR follows the line of the claim before
    items = read(HEADING, BILLING, subscriber(), claim("A"), lost, claim("B"), claim("C"), subscriber(4), claim("D"))
    assert [isinstance(item, ReadClaim) for item in items] == [False, False, False, True]
    last = items[1]
    assert isinstance(last, Unreadable)
    assert "SBR" in str(last.problems[0])


def test_a_level_whose_claim_was_lost_is_told():
    headless = claim("A")[1:]  # its CLM is gone
    items = read(HEADING, BILLING, subscriber(), headless, subscriber(3), claim("B"))
    assert [isinstance(item, ReadClaim) for item in items] == [False, True]
    assert isinstance(items[0], Unreadable) and not items[0].is_claim
    assert "found 'HI' in the subscriber's loop" in str(items[0].problems[0])


def test_a_claim_without_any_level_is_told():
    assert problems(file(HEADING, claim())) == [
        "segment 8 CLM: found a claim without billing provider and subscriber, "
        "write HL*20, HL*22 and their segments before it"
    ]


def test_a_transaction_with_a_wrong_count_is_refused_claim_by_claim_and_the_next_is_read():
    wrong = transaction(HEADING, BILLING, subscriber(), claim("A"), claim("B"), number="0001")
    wrong[-1] = "SE*99*0001"
    right = transaction(HEADING, BILLING, subscriber(), claim("C"), number="0002")
    items = list(read_claims(text(interchange(group(wrong, right)))))
    assert [isinstance(item, ReadClaim) for item in items] == [False, False, True]
    first = items[0]
    assert isinstance(first, Unreadable)
    assert first.patient_control_number == "A" and first.statuses == ("A3:21",)
    assert first.headline.charge_cents == 13000 and first.headline.member_id == "TEST0001"
    assert [str(problem) for problem in first.problems] == [
        "interchange 1, transaction 0001, segment 28 SE, element 1 (SE01): "
        "found '99', write 26, the segments from ST through SE"
    ]


def test_an_isa_whose_padding_is_wrong_is_told_once_and_its_claims_are_read():
    written = simple(claim("A"), claim("B")).replace("*RECEIVER       *", "*RECEIVER      *", 1)
    told, *claims = read_claims(written)
    assert isinstance(told, Unreadable) and not told.is_claim
    assert "element 8 (ISA08): found 14 characters, write exactly 15 characters" in str(told.problems[0])
    assert [isinstance(item, ReadClaim) for item in claims] == [True, True]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("004010X098A1", "found 004010X098A1, which is not read, write 005010X222A1 and send it again"),
        ("004010X096A1", "found 004010X096A1, which is not read, write 005010X223A2 and send it again"),
        ("005010X224A2", "found 005010X224A2, which is not read, write 005010X223A2 or 005010X222A1 and send it again"),
    ],
)
def test_other_versions_are_refused_by_name_claim_by_claim(version: str, message: str):
    items = list(read_claims(file(HEADING, BILLING, subscriber(), claim("A"), claim("B"), version=version)))
    assert [isinstance(item, Unreadable) and item.patient_control_number for item in items] == ["A", "B"]
    for item in items:
        assert isinstance(item, Unreadable)
        assert str(item.problems[0]) == f"interchange 1, transaction 0001, segment 3 ST, element 3 (ST03): {message}"


def test_a_version_that_only_the_group_names_is_enough():
    segments = interchange(group(transaction(HEADING, BILLING, subscriber(), claim())))
    segments[2] = "ST*837*0001"
    assert isinstance(next(iter(read_claims(text(segments)))), ReadClaim)


def test_a_transaction_that_is_no_837_is_told_once():
    segments = interchange(group(["ST*835*0001", "BPR*H*0*C*NON", "SE*3*0001"]))
    (item,) = read_claims(text(segments))
    assert isinstance(item, Unreadable) and not item.is_claim
    assert "segment 3 ST, element 1 (ST01): found '835', write 837" in str(item.problems[0])


def test_a_transaction_without_claims_is_told_once():
    (item,) = read_claims(file(HEADING, BILLING))
    assert isinstance(item, Unreadable) and not item.is_claim
    assert "found a transaction without claims" in str(item.problems[0])


def test_a_transaction_whose_every_level_claim_and_end_are_lost_is_told_once():
    segments = interchange(group(["ST*837*0001*005010X222A1", *HEADING]))
    (item,) = read_claims(text(segments))
    assert isinstance(item, Unreadable) and not item.is_claim
    assert [problem.found for problem in item.problems] == [
        "the end of the transaction without SE",
        "a transaction without claims",
    ]


def test_business_mistakes_are_for_the_engine_to_say():
    written = simple(
        (
            "CLM*P*1***11:B:1*Y*A*Y*Y",  # not the sum of the lines
            "HI*ABK:ZZZ",  # no such code
            "LX*1",
            "SV1*HC:XXXXX:!!*130*UN*1*99**9",  # no such procedure, modifier, place, pointer
            "DTP*472*RD8*21991231-20260101",  # in the future, backwards
            "NM1*82*1*RENDER*****XX*1234567890",  # wrong check digit
        )
    ).replace("1234567893", "123")
    assert the_claim(written).lines[0].rendering.npi == "1234567890"


def test_numbers_that_are_not_npis_are_not_read_as_npis():
    written = simple((*claim(), "NM1*82*1*RENDER*ONE****24*999000009"))
    assert the_claim(written).lines[0].rendering == Provider(name="RENDER", first_name="ONE")


def test_hyphens_in_a_tax_id_are_left_out():
    assert the_claim(simple().replace("REF*EI*999000001", "REF*EI*99-9000001")).billing.tax_id == "999000001"


INSTITUTIONAL_CLAIM = (
    "CLM*PCN0002*1200***13:A:1**A*Y*Y",
    "DTP*096*TM*1435",
    "DTP*434*RD8*20260301-20260304",
    "DTP*435*DT*202603010830",
    "CL1*1*7*01",
    "REF*EA*RECORD2",
    "HI*ABK:I214:::::::Y",
    "HI*ABJ:R079",
    "HI*APR:R079",
    "HI*ABN:W19XXXA:::::::N",
    "HI*ABF:E119:::::::Y*ABF:I10:::::::U",
    "HI*DR:247",
    "HI*BBR:02703DZ:D8:20260302",
    "HI*BBQ:4A023N7:D8:20260303",
    "HI*BI:74:RD8:20260302-20260303",
    "HI*BH:11:D8:20260228",
    "HI*BE:80:::3*BE:A1:::100.50",
    "HI*BG:09*BG:44",
    "HI*TC:A1",
    "NM1*71*1*ATTEND*ONE****XX*1999999992",
    "PRV*AT*PXC*207RC0000X",
    "NM1*72*1*OPERATE*ONE****XX*1000000004",
    "NM1*ZZ*1*SECOND*ONE****XX*1679123459",
    "LX*1",
    "SV2*0481*HC:93458:LT*1000*UN*1**100",
    "DTP*472*D8*20260302",
    "LX*2",
    "SV2*0120**200*DA*3",
)


def test_an_institutional_claim_becomes_the_same_claim_with_its_own_part():
    written = file(HEADING, BILLING, subscriber(), INSTITUTIONAL_CLAIM, version=INSTITUTIONAL)
    read_claim = the_claim(written)
    assert read_claim.claim_type is ClaimType.INSTITUTIONAL
    assert read_claim.diagnoses == (
        Diagnosis("I214", "principal", "Y"),
        Diagnosis("R079", "admitting"),
        Diagnosis("R079", "reason_for_visit"),
        Diagnosis("W19XXXA", "external_cause", "N"),
        Diagnosis("E119", "other", "Y"),
        Diagnosis("I10", "other", "U"),
    )
    assert read_claim.institutional == Institutional(
        type_of_bill="0131",
        statement_from=dt.date(2026, 3, 1),
        statement_through=dt.date(2026, 3, 4),
        admitted_on=dt.date(2026, 3, 1),
        admission_hour="08",
        discharge_hour="14",
        admission_type="1",
        admission_source="7",
        patient_status="01",
        submitted_drg="247",
        procedures=(
            DatedCode("02703DZ", dt.date(2026, 3, 2)),
            DatedCode("4A023N7", dt.date(2026, 3, 3)),
        ),
        condition_codes=("09", "44"),
        occurrence_codes=(DatedCode("11", dt.date(2026, 2, 28)),),
        occurrence_spans=(DatedCode("74", dt.date(2026, 3, 2), dt.date(2026, 3, 3)),),
        value_codes=(DatedCode("80", amount_cents=300), DatedCode("A1", amount_cents=10050)),
        attending=Provider(npi="1999999992", name="ATTEND", first_name="ONE", taxonomy="207RC0000X"),
        operating=Provider(npi="1000000004", name="OPERATE", first_name="ONE"),
        other_operating=Provider(npi="1679123459", name="SECOND", first_name="ONE"),
    )
    first, second = read_claim.lines
    assert (first.revenue_code, first.procedure, first.modifiers, first.noncovered_cents) == (
        "0481",
        "93458",
        ("LT",),
        10000,
    )
    assert (second.procedure, second.unit_basis, second.quantity_thousandths, second.from_date) == (
        "",
        UnitBasis.DAYS,
        3000,
        None,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HI*BH:11:D8:20260228", "HI*BH:11:BH:20260228", "element 1 component 3 (HI01-3): found 'BH', write D8 or RD8"),
        ("HI*BE:80:::3*", "HI*BE:80:::x*", "element 1 component 5 (HI01-5): found 'x', write an amount such as 130.00"),
        (
            "HI*DR:247",
            "HI*QQ:247",
            "element 1 component 1 (HI01-1): found 'QQ', write a code list qualifier of the 837I",
        ),
        ("DTP*096*TM*1435", "DTP*096*D8*20260304", "element 3 (DTP03): found '20260304', write TM and a time as HHMM"),
        ("*13:A:1*", "*13:B:1*", "element 5 component 2 (CLM05-2): found 'B', write A"),
        ("SV2*0120**200*", "SV2***200*", "element 1 (SV201): found nothing, write a revenue code such as 0300"),
    ],
)
def test_bad_institutional_elements_are_told(old: str, new: str, message: str):
    segments = [segment.replace(old, new) for segment in INSTITUTIONAL_CLAIM]
    (told,) = problems(file(HEADING, BILLING, subscriber(), segments, version=INSTITUTIONAL))
    assert message in told
