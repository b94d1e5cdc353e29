"""The 277CA: every claim of a file answered, accepted or with all that was wrong."""

import datetime as dt

import msgspec
import pytest

from adjudicator.model.decision import Decision, Disposition, Finding, LineDecision, Verdict
from adjudicator.x12.acknowledgments import Acknowledgment, acknowledge, refuse, write_277ca
from adjudicator.x12.claims import ReadClaim, Unreadable, read_claims
from tests.remittance.decided import PAYER
from tests.x12.oracles import pyx12_accepts
from tests.x12.test_read_claims import INSTITUTIONAL_CLAIM
from tests.x12.texts import (
    BILLING,
    HEADING,
    INSTITUTIONAL,
    claim,
    file,
    group,
    interchange,
    line,
    subscriber,
    text,
    transaction,
)

RECEIVED = dt.date(2026, 3, 9)
PENDED = Decision("C0000000000000A", Disposition.PENDED)
WITH_TRACE = (claim("ACCEPTED")[0], "REF*D9*TRACE1", *claim("ACCEPTED")[1:])
BAD = ("CLM*BAD*x***11:Q:1*Y*A*Y*Y", "HI*ABK:E119", "LX*1", "SV1*HC:99213*130*UN*0***1", "DTP*472*D8*20269999")
RANGE = (*claim("RANGE")[:2], "LX*1", "SV1*HC:99213*130*UN*1***1", "DTP*472*RD8*20260302-20260304")


def answered(written: str, decision: Decision = PENDED) -> list[Acknowledgment]:
    return [
        acknowledge(item, decision) if isinstance(item, ReadClaim) else refuse(item) for item in read_claims(written)
    ]


def segments(acknowledgments: list[Acknowledgment], *ids: str) -> list[str]:
    written = "".join(
        write_277ca(
            acknowledgments,
            PAYER,
            received_on=RECEIVED,
            interchange_control_number=7,
            created_on=RECEIVED + dt.timedelta(days=1),
            created_at="0830",
            test=False,
        )
    )
    if written:
        pyx12_accepts(written)
    found = [segment.strip() for segment in written.split("~") if segment.strip()]
    return [segment for segment in found if not ids or segment.split("*")[0] in ids]


def rejected(*statuses: tuple[str, ...]) -> Decision:
    findings = tuple(Finding("a-rule", Verdict.REJECT, "Because.", statuses=codes) for codes in statuses)
    return Decision("C0000000000000A", Disposition.REJECTED, findings)


def test_a_whole_acknowledgment_of_one_accepted_and_one_refused_claim():
    written = file(HEADING, BILLING, subscriber(), WITH_TRACE, BAD)
    assert segments(answered(written)) == [
        "ISA*00*          *00*          *ZZ*DEMO1          *ZZ*SUBMITTER1     *260310*0830*^*00501*000000007*0*P*:",
        "GS*HN*DEMO1*SUBMITTER1*20260310*0830*7*X*005010X214",
        "ST*277*0001*005010X214",
        "BHT*0085*08*000000007-0001*20260310*0830*TH",
        "HL*1**20*1",
        "NM1*PR*2*DEMO HEALTH PLAN*****PI*DEMO1",
        "TRN*1*000000007-0001",
        "DTP*050*D8*20260309",
        "DTP*009*D8*20260310",
        "HL*2*1*21*1",
        "NM1*41*2*TESTVILLE CLEARING*****46*SUBMITTER1",
        "TRN*2*BATCH1",
        "STC*A1:19:PR*20260310*WQ*130",
        "QTY*90*1",
        "QTY*AA*1",
        "AMT*YU*130",
        "AMT*YY*0",
        "HL*3*2*19*1",
        "NM1*85*2*TESTVILLE MEDICAL GROUP*****XX*1234567893",
        "TRN*1*0",
        "STC*A1:19:PR**WQ*130",
        "QTY*QA*1",
        "QTY*QC*1",
        "AMT*YU*130",
        "AMT*YY*0",
        "HL*4*3*PT",
        "NM1*QC*1*SAMPLE*PATIENT****MI*TEST0001",
        "TRN*2*ACCEPTED",
        "STC*A2:20*20260310*WQ*130",
        "REF*1K*C0000000000000A",
        "REF*D9*TRACE1",
        "DTP*472*D8*20260302",
        "HL*5*3*PT",
        "NM1*QC*1*SAMPLE*PATIENT****MI*TEST0001",
        "TRN*2*BAD",
        "STC*A7:178*20260310*U*0******A7:21*A7:476",
        "STC*A7:187*20260310*U*0",
        "DTP*472*D8*19000101",
        "SE*37*0001",
        "GE*1*7",
        "IEA*1*000000007",
    ]


@pytest.mark.parametrize("disposition", [Disposition.PENDED, Disposition.DENIED, Disposition.PAID])
def test_every_claim_that_was_not_rejected_is_accepted(disposition: Disposition):
    lines = () if disposition is Disposition.PENDED else (LineDecision(1, Verdict.PAY, 0),)
    decision = Decision("C0000000000000A", disposition, lines=lines)
    (told,) = answered(file(HEADING, BILLING, subscriber(), claim()), decision)
    assert told.accepted
    assert "STC*A2:20*20260310*WQ*130" in segments([told])


def test_a_rejected_claim_tells_every_status_once_and_no_claim_number():
    decision = rejected(("A7:400", "A7:178"), ("A7:562:85",), ("A7:178",))
    told = segments(answered(file(HEADING, BILLING, subscriber(), claim()), decision))
    assert "STC*A7:400*20260310*U*130******A7:178*A7:562:85" in told
    assert not any(segment.startswith("REF*1K") for segment in told)


def test_a_rejection_without_status_is_still_a_rejection():
    (told,) = answered(file(HEADING, BILLING, subscriber(), claim()), rejected(()))
    assert told.statuses == ("A3:21",)


def test_a_range_of_service_dates_is_told_as_a_range():
    assert "DTP*472*RD8*20260302-20260304" in segments(answered(file(HEADING, BILLING, subscriber(), RANGE)))


def test_an_institutional_claim_tells_its_type_of_bill():
    written = file(HEADING, BILLING, subscriber(), INSTITUTIONAL_CLAIM, version=INSTITUTIONAL)
    assert "REF*BLT*0131" in segments(answered(written))


def test_claims_of_one_provider_stand_together_and_each_transaction_is_answered_on_its_own():
    second_provider = ("HL*3**20*1", *(part.replace("1234567893", "1000000004") for part in BILLING[1:]))
    first = transaction(HEADING, BILLING, subscriber(), claim("A"), second_provider, subscriber(4, 3), claim("B"))
    second = transaction(HEADING, BILLING, subscriber(), claim("C"), number="0002")
    told = segments(answered(text(interchange(group(first, second)))), "ST", "HL", "TRN", "QTY")
    assert told == [
        "ST*277*0001*005010X214",
        "HL*1**20*1",
        "TRN*1*000000007-0001",
        "HL*2*1*21*1",
        "TRN*2*BATCH1",
        "QTY*90*2",
        "HL*3*2*19*1",
        "TRN*1*0",
        "QTY*QA*1",
        "HL*4*3*PT",
        "TRN*2*A",
        "HL*5*2*19*1",
        "TRN*1*0",
        "QTY*QA*1",
        "HL*6*5*PT",
        "TRN*2*B",
        "ST*277*0002*005010X214",
        "HL*1**20*1",
        "TRN*1*000000007-0002",
        "HL*2*1*21*1",
        "TRN*2*BATCH1",
        "QTY*90*1",
        "HL*3*2*19*1",
        "TRN*1*0",
        "QTY*QA*1",
        "HL*4*3*PT",
        "TRN*2*C",
    ]


def test_a_claim_of_which_nothing_is_known_is_answered_too():
    told = segments(answered(file(HEADING, BILLING, subscriber(), claim("OLD"), version="004010X098A1")))
    assert "NM1*85*2*UNKNOWN*****FI*UNKNOWN" in told
    assert "NM1*QC*1*UNKNOWN*****MI*UNKNOWN" in told
    assert "TRN*2*OLD" in told
    assert "STC*A3:21*20260310*U*0" in told


def test_a_claim_without_control_number_is_answered_with_zero():
    nameless = (claim()[0].replace("PCN0001", ""), *claim()[1:])
    assert "TRN*2*0" in segments(answered(file(HEADING, BILLING, subscriber(), nameless)))


def test_a_submitter_who_did_not_name_himself_is_answered():
    written = file(BILLING, subscriber(), claim())
    (told,) = answered(written)
    nameless = msgspec.structs.replace(told, origin=msgspec.structs.replace(told.origin, submitter_id=""))
    assert "NM1*41*2*UNKNOWN*****46*UNKNOWN" in segments([nameless])


def test_no_acknowledgments_are_no_text():
    assert segments([]) == []


def test_an_unreadable_claim_with_many_lines_is_still_one_answer():
    many = (*claim()[:2], *(part for number in range(1, 52) for part in line(number)))
    items = list(read_claims(file(HEADING, BILLING, subscriber(), many)))
    assert len(items) == 1 and isinstance(items[0], Unreadable)
    assert "STC*A7:121*20260310*U*130" in segments([refuse(items[0])])
