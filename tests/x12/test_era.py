"""The 835: worked sets segment by segment, balance read back by somebody else, and two other readers' opinion."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudicator.model.claim import Address, Patient, Person, Provider
from adjudicator.model.decision import Audience, Finding, LineDecision, PaymentReduction, PriorityPayer, Verdict
from adjudicator.model.remittance import Remittance, RemittedClaim
from adjudicator.policy.payer import Payer
from adjudicator.remittance.check import check_balance
from adjudicator.remittance.cycle import build_remittances
from adjudicator.x12.era import write_835
from tests.building import BILLING, RENDERING, SERVICE_DAY, a_claim, a_line
from tests.remittance.decided import (
    PAID_ON,
    PAYER,
    PPO,
    SET_1,
    SET_2,
    SET_3,
    SET_4,
    because,
    decided,
    remitted,
    subscriber_of,
)
from tests.remittance.told import balances_for_an_independent_reader
from tests.x12.oracles import oxedi_accepts, pyx12_accepts


def written(*claims: RemittedClaim, payer: Payer = PAYER) -> str:
    remittances = build_remittances(PAID_ON, claims)
    return "".join(
        write_835(
            remittances,
            payer,
            interchange_control_number=7,
            created_on=PAID_ON,
            created_at="0830",
            test=False,
        )
    )


def segments(text: str, *ids: str) -> list[str]:
    found = [segment.strip() for segment in text.split("~") if segment.strip()]
    return [segment for segment in found if not ids or segment.split("*")[0] in ids]


def money(text: str) -> list[str]:
    return segments(text, "BPR", "CLP", "SVC", "CAS", "LQ")


def test_set_1_paid_two_lines():
    text = written(SET_1)
    assert money(text) == [
        "BPR*I*98*C*CHK************20260320",
        "CLP*PCN1*1*230*98*39*12*ICN1*11*1",
        "SVC*HC:99213:25*130*62**1",
        "CAS*CO*45*38",
        "CAS*PR*3*30",
        "SVC*HC:11721*100*36**1",
        "CAS*CO*45*55",
        "CAS*PR*2*9",
    ]


def test_set_2_full_denials_are_processed_claims_with_nothing_paid():
    text = written(SET_2)
    assert money(text) == [
        "BPR*H*0*C*NON************20260320",
        "CLP*PCN2*1*150*0*0*12*ICN2*11*1",
        "SVC*HC:J1100*100*0**0**1",
        "CAS*CO*16*100",
        "LQ*HE*M119",
        "SVC*HC:97110*50*0**0**1",
        "CAS*CO*97*50",
        "LQ*HE*M15",
    ]
    assert segments(text, "AMT") == []


def test_set_3_a_secondary_payment():
    assert money(written(SET_3)) == [
        "BPR*I*280*C*CHK************20260320",
        "CLP*PCN3*2*1000*280*70*12*ICN3*11*1",
        "SVC*HC:29881*1000*280**1",
        "CAS*OA*23*600",
        "CAS*CO*45*50",
        "CAS*PR*2*70",
    ]


def test_set_4_two_reasons_of_one_group_share_a_segment():
    assert money(written(SET_4))[1:] == [
        "CLP*PCN4*1*180*39.2*60*MB*ICN4*11*1",
        "SVC*HC:99214*180*39.2**1",
        "CAS*CO*45*80**253*.8",
        "CAS*PR*1*50**2*10",
    ]


def test_a_whole_transaction():
    claim = remitted(
        "5",
        [
            a_line(
                1,
                quantity_thousandths=10000,
                charge_cents=20000,
                procedure="97110",
                control_number="LINE-A",
                through_date=SERVICE_DAY + dt.timedelta(days=2),
                rendering=Provider(npi="1679123459", name="OTHER", first_name="RENDERING"),
            ),
            a_line(2, revenue_code="0300"),
        ],
        [
            decided(
                1,
                20000,
                12000,
                because("CO", "119", 8000, "N362", quantity_thousandths=4000, policy="coverage/therapy@2026-01-01"),
                paid_quantity_thousandths=6000,
                remarks=("N362", "N123"),
            ),
            decided(2, 13000, 13000, verdict=Verdict.PAY),
        ],
        decision={
            "findings": (
                Finding("appeal-rights", Verdict.INFORM, "You may appeal.", remarks=("MA01", "N123")),
                Finding("other", Verdict.DENY, "Told elsewhere.", remarks=("M15",)),
            )
        },
        patient=Patient(Person(last_name="SAMPLE", first_name="CHILD", middle_name="Q"), "19"),
        subscriber=subscriber_of(a_claim(), filing_indicator="CI"),
        medical_record_number="RECORD1",
    )
    trace = build_remittances(PAID_ON, [claim])[0].trace_number
    assert segments(written(claim)) == [
        "ISA*00*          *00*          *ZZ*DEMO1          *ZZ*999000001      *260320*0830*^*00501*000000007*0*P*:",
        "GS*HP*DEMO1*999000001*20260320*0830*7*X*005010X221A1",
        "ST*835*0001",
        "BPR*I*250*C*CHK************20260320",
        f"TRN*1*{trace}*1990000009",
        "DTM*405*20260320",
        "N1*PR*DEMO HEALTH PLAN",
        "N3*1 PLAN STREET",
        "N4*TESTVILLE*OH*432150000",
        "REF*2U*DEMO1",
        "PER*CX*PROVIDER LINE*TE*5555550100",
        "PER*BL*PROVIDER LINE*TE*5555550100",
        "PER*IC**UR*payer.example/policies",
        "N1*PE*TESTVILLE MEDICAL GROUP*XX*1234567893",
        "REF*TJ*999000001",
        "LX*1",
        "CLP*PCN5*1*330*250*0*ZZ*ICN5*11*1",
        "NM1*QC*1*SAMPLE*CHILD*Q",
        "NM1*IL*1*SAMPLE*PATIENT****MI*TEST0001",
        "NM1*82*1*OTHER*RENDERING****XX*1679123459",
        "MOA***MA01",
        "REF*EA*RECORD1",
        "DTM*232*20260302",
        "DTM*233*20260304",
        "DTM*050*20260309",
        "AMT*AU*330",
        "SVC*HC:97110*200*120**6**10",
        "DTM*150*20260302",
        "DTM*151*20260304",
        "CAS*CO*119*80*4",
        "REF*6R*LINE-A",
        "REF*0K*coverage/therapy@2026-01-01",
        "AMT*B6*120",
        "LQ*HE*N362",
        "LQ*HE*N123",
        "SVC*HC:99213*130*130*0300*1",
        "DTM*472*20260302",
        "REF*6R*2",
        "REF*HPI*1999999992",
        "AMT*B6*130",
        "SE*39*0001",
        "GE*1*7",
        "IEA*1*000000007",
    ]
    pyx12_accepts(written(claim))
    oxedi_accepts(written(claim))


def test_a_finding_for_other_eyes_is_no_remark():
    claim = remitted(
        "6",
        [a_line()],
        [decided(1, 13000, 13000)],
        decision={
            "findings": (
                Finding("audit-sample", Verdict.INFORM, "Sampled.", remarks=("N1",), audience=Audience.INTERNAL),
            )
        },
    )
    assert segments(written(claim), "MOA") == []


def test_the_rendering_provider_is_told_only_when_it_is_not_the_payee():
    own = remitted("7", [a_line(rendering=BILLING)], [decided(1, 13000, 13000)])
    assert [s for s in segments(written(own)) if "NM1*82" in s or "HPI" in s] == []
    assert "NM1*82*1*EXAMPLE*RENDERING****XX*1999999992" in segments(written(SET_1))


def test_more_than_six_reasons_of_a_group_take_a_second_segment():
    reasons = [because("CO", str(number), 100) for number in range(1, 8)]
    text = written(remitted("8", [a_line(charge_cents=700)], [decided(1, 700, 0, *reasons)]))
    assert segments(text, "CAS") == [
        "CAS*CO*1*1**2*1**3*1**4*1**5*1**6*1",
        "CAS*CO*7*1",
    ]


@pytest.mark.parametrize(("responsibility", "status"), [("P", "1"), ("S", "2"), ("T", "3"), ("A", "3"), ("U", "1")])
def test_the_status_is_our_place_among_the_payers_even_for_denials(responsibility: str, status: str):
    subscriber = subscriber_of(a_claim(), payer_responsibility=responsibility)
    text = written(remitted("9", [a_line()], [decided(1, 13000, 0, because("CO", "29", 13000))], subscriber=subscriber))
    assert segments(text, "CLP")[0].split("*")[2] == status


def test_what_earlier_payers_account_for_stands_among_the_other_reasons_of_the_line():
    # domain/05 section 4, example 1 by maintenance of benefits: 1,000 = 280 paid + 600 before us + 50 contract + 70 patient
    told = (because("CO", "45", 5000), because("OA", "23", 60000), because("PR", "2", 7000))
    line = decided(1, 100000, 28000, *told)
    subscriber = subscriber_of(a_claim(), payer_responsibility="S")
    text = written(remitted("9", [a_line(charge_cents=100000)], [line], subscriber=subscriber))
    assert segments(text, "CLP")[0].split("*")[2:6] == ["2", "1000", "280", "70"]
    assert segments(text, "CAS") == ["CAS*CO*45*50", "CAS*OA*23*600", "CAS*PR*2*70"]
    pyx12_accepts(text)


def denied_for(number: int, payer: PriorityPayer | None) -> LineDecision:
    return decided(number, 13000, 0, because("OA", "22", 13000, "MA04"), remarks=("MA04",), priority_payer=payer)


FARAWAY = PriorityPayer("FARAWAY", "FARAWAY HEALTH")
MILL = PriorityPayer("MILLCOMP", "MILL WORKERS COMPENSATION")


@pytest.mark.parametrize(
    ("payers", "told"),
    [
        ((FARAWAY, None), ["NM1*PR*2*FARAWAY HEALTH*****PI*FARAWAY"]),
        ((None, MILL), ["NM1*PR*2*MILL WORKERS COMPENSATION*****PI*MILLCOMP"]),
        ((FARAWAY, MILL), ["NM1*PR*2*FARAWAY HEALTH*****PI*FARAWAY"]),  # the loop holds one
        ((None, None), []),
        ((PriorityPayer("P" * 81, "N" * 61), None), [f"NM1*PR*2*{'N' * 60}*****PI*{'P' * 80}"]),
    ],
)
def test_the_payer_to_bill_first_is_named_after_the_people_of_the_claim(
    payers: tuple[PriorityPayer | None, ...], told: list[str]
):
    lines = [denied_for(number, payer) for number, payer in enumerate(payers, start=1)]
    text = written(remitted("11", [a_line(1), a_line(2)], lines))
    names = segments(text, "NM1")
    assert [name for name in names if name.startswith("NM1*PR")] == told
    assert names[len(names) - len(told) :] == told  # domain/06 section 1: after the patient and the rendering provider
    pyx12_accepts(text)
    oxedi_accepts(text)


def test_money_that_moves_by_ach_says_so():
    payer = msgspec.structs.replace(PAYER, payment_method="ACH")
    text = written(SET_1, payer=payer)
    assert segments(text, "BPR") == ["BPR*I*98*C*ACH*CCP*****1990000009******20260320"]
    pyx12_accepts(text)


def test_each_payee_has_its_own_transaction():
    elsewhere = msgspec.structs.replace(BILLING, npi="1000000004", tax_id="999000002", name="SECOND GROUP")
    other = remitted("10", [a_line()], [decided(1, 13000, 13000)], billing=elsewhere)
    text = written(SET_1, SET_2, other)
    assert segments(text, "ST", "N1", "CLP", "GE") == [
        "ST*835*0001",
        "N1*PR*DEMO HEALTH PLAN",
        "N1*PE*TESTVILLE MEDICAL GROUP*XX*1234567893",
        "CLP*PCN1*1*230*98*39*12*ICN1*11*1",
        "CLP*PCN2*1*150*0*0*12*ICN2*11*1",
        "ST*835*0002",
        "N1*PR*DEMO HEALTH PLAN",
        "N1*PE*SECOND GROUP*XX*1000000004",
        "CLP*PCN10*1*130*130*0*ZZ*ICN10*11*1",
        "GE*2*7",
    ]
    pyx12_accepts(text)
    oxedi_accepts(text)


def test_no_remittances_are_no_text():
    assert written() == ""


@pytest.mark.parametrize("claims", [(SET_1,), (SET_2,), (SET_3,), (SET_4,), (SET_1, SET_2, SET_3, SET_4)])
def test_the_worked_sets_balance_and_pass_other_readers(claims: tuple[RemittedClaim, ...]):
    text = written(*claims)
    balances_for_an_independent_reader(text)
    pyx12_accepts(text)
    oxedi_accepts(text)


@st.composite
def claims(draw: st.DrawFn) -> list[RemittedClaim]:
    """Claims of a few lines with any adjustments that balance."""
    found = []
    for name in range(draw(st.integers(1, 3))):
        decisions = []
        for number in range(1, draw(st.integers(1, 4)) + 1):
            paid_cents = draw(st.integers(0, 500_000))
            reasons = draw(
                st.dictionaries(
                    st.tuples(st.sampled_from(["CO", "PR", "OA", "PI"]), st.integers(1, 30).map(str)),
                    st.integers(1, 100_000),
                    max_size=9,
                )
            )
            adjustments = [because(group, carc, cents) for (group, carc), cents in reasons.items()]
            charge_cents = paid_cents + sum(reasons.values())
            decisions.append(decided(number, charge_cents, paid_cents, *adjustments, allowed_cents=charge_cents))
        lines = [a_line(decision.line, charge_cents=decision.charge_cents) for decision in decisions]
        found.append(remitted(str(name), lines, decisions, subscriber=PPO))
    return found


@given(claims())
@settings(max_examples=60)
def test_whatever_was_decided_the_835_balances_to_the_cent(decided_claims: list[RemittedClaim]):
    for remittance in build_remittances(PAID_ON, decided_claims):
        assert check_balance(remittance) == ()
    text = written(*decided_claims)
    balances_for_an_independent_reader(text)
    oxedi_accepts(text)


def test_the_cheque_goes_to_the_pay_to_address():
    lockbox = Address("PO BOX 1", "", "TESTVILLE", "OH", "432150001")
    claim = remitted("12", [a_line()], [decided(1, 13000, 13000)], pay_to_address=lockbox)
    text = written(claim, SET_1)
    assert segments(text, "N3", "N4")[2:] == ["N3*PO BOX 1", "N4*TESTVILLE*OH*432150001"]
    assert segments(text, "N1")[1] == f"N1*PE*{BILLING.name}*XX*{BILLING.npi}"
    pyx12_accepts(text)
    oxedi_accepts(text)


def test_a_payee_without_npi_is_named_by_its_tax_id():
    payee = msgspec.structs.replace(BILLING, npi="")
    claim = remitted("11", [a_line(rendering=RENDERING)], [decided(1, 13000, 13000)], billing=payee)
    remittance = Remittance("TRACE1", PAID_ON, payee, (claim,))
    text = "".join(
        write_835([remittance], PAYER, interchange_control_number=1, created_on=PAID_ON, created_at="0000", test=True)
    )
    assert "N1*PE*TESTVILLE MEDICAL GROUP*FI*999000001" in segments(text)
    assert segments(text, "ISA")[0].endswith("*T*:")
    pyx12_accepts(text)


def test_a_late_filing_penalty_is_told_apart_beside_its_adjustment():
    # 100.00 allowed, 20 % = 20.00; 10 % of 80.00 = 8.00; 2 % of 72.00 = 1.44; paid 70.56
    line = decided(
        1,
        10000,
        7056,
        because("PR", "2", 2000),
        because("CO", "B4", 800),
        because("CO", "253", 144),
        allowed_cents=10000,
        reductions=(
            PaymentReduction("late-filing", "contracts/worked@2020-01-01#late", 8000, "0.1", 800),
            PaymentReduction("sequestration", "plans/worked@2020-01-01#cut", 7200, "0.02", 144),
        ),
    )
    text = written(remitted("8", [a_line(charge_cents=10000)], [line], subscriber=PPO))
    assert segments(text, "SVC", "CAS", "AMT") == [
        "AMT*AU*100",
        "SVC*HC:99213*100*70.56**1",
        "CAS*PR*2*20",
        "CAS*CO*B4*8**253*1.44",
        "AMT*B6*100",
        "AMT*KH*8",
    ]
    balances_for_an_independent_reader(text)
    pyx12_accepts(text)
    without = msgspec.structs.replace(
        line, paid_cents=7856, adjustments=(line.adjustments[0], line.adjustments[2]), reductions=()
    )
    assert "AMT*KH" not in written(remitted("8", [a_line(charge_cents=10000)], [without], subscriber=PPO))
