"""The No Surprises Act: whom it protects, of what the share is taken, and that nobody owes more than in the network."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.explain import Register, explain
from adjudicator.model.case import (
    Authorization,
    Case,
    Participation,
    ProviderKind,
    ProviderRecord,
    Ruling,
    RulingVerdict,
)
from adjudicator.model.claim import Address, Attachment, OtherPayer, PriorAdjustment, Provider
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, Finding
from adjudicator.policy.coordination import Basis, Method, PlanCoordination
from adjudicator.policy.document import Document
from adjudicator.policy.plan import CostShareTerms, Counting
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.surprise_billing import InitialPayment, ProtectedCase, StateLaw
from adjudicator.pricing import recognized_amount
from adjudicator.review import refusal
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    SERVICE_DAY,
    STANDARD,
    a_benefit,
    a_case,
    a_claim,
    a_limit,
    a_line,
    codes,
    used,
    worked_policies,
)
from tests.ruled import Row, ruled_policies

HOSPITAL = Provider(npi="1000000012", name="EXAMPLE HOSPITAL")
DAY = dt.timedelta(days=1)
MET = (*used(deductible=100_000), *used(deductible=200_000, tier="out_of_network"))
"""Both deductibles."""
CASES = {"surprise-billing.emergency", "surprise-billing.facility", "surprise-billing.air-ambulance"}


def takes_part(**changes: Any) -> Participation:
    """The hospital's contract for the product of the worked plan."""
    known = Participation("002345678", HOSPITAL.npi, "PPO", "contracts/worked", ALWAYS)
    return msgspec.structs.replace(known, **changes)


def outside(*, facility: tuple[Participation, ...] = (), claim: dict[str, Any] | None = None, **line: Any) -> Case:
    """A line of 1,000.00 of a provider without a contract, both deductibles met."""
    billed = a_line(**{"charge_cents": 100_000, **line})
    facts: dict[str, Any] = {"participations": (), "balances": MET, "facility_participations": facility}
    return a_case(a_claim(billed, **claim or {}), **facts)


def in_hospital(**changes: Any) -> Case:
    """The same at a hospital of the network."""
    return outside(**{"place_of_service": "22", "service_facility": HOSPITAL, "facility": (takes_part(),), **changes})


def worked(demo: PolicySet, **changes: Any) -> PolicySet:
    """Allowed 400.00 outside; qualifying payment amount 400.00; 80/20 in the network, 60/40 outside."""
    return worked_policies(demo, **{"fees_cents": {"99213": 40_000}, "qualifying_cents": 40_000, **changes})


def money(decision: Decision) -> tuple[dict[str, int], int]:
    """What is not paid, and what is."""
    (line,) = decision.lines
    return {f"{one.group}-{one.carc}": one.amount_cents for one in line.adjustments}, line.paid_cents


def rules_of(case: Case, policies: PolicySet) -> set[str]:
    return {finding.rule for finding in adjudicate(case, policies).findings}


def test_without_protection_the_balance_is_the_patients(demo: PolicySet):
    # domain/03 section 13: 1000.00 - 400.00 = 600.00; 40 % of 400.00 = 160.00; 400.00 - 160.00 = 240.00
    decision = adjudicate(outside(), worked(demo))
    assert money(decision) == ({"PR-45": 60_000, "PR-2": 16_000}, 24_000)
    assert decision.member_cents == 76_000


def test_the_second_tier_has_a_deductible_of_its_own(demo: PolicySet):
    # domain/04 row 8: charge 500.00, allowed 300.00, 100.00 of the deductible left: 40 % of 200.00 = 80.00; 300.00 - 180.00
    balances = used(deductible=190_000, tier="out_of_network")
    case = msgspec.structs.replace(outside(charge_cents=50_000), balances=balances)
    decision = adjudicate(case, worked(demo, fees_cents={"99213": 30_000}))
    assert money(decision) == ({"PR-45": 20_000, "PR-1": 10_000, "PR-2": 8_000}, 12_000)
    assert {entry.tier for entry in decision.entries} == {"out_of_network"}


@pytest.mark.parametrize(
    ("case", "remark"),
    [
        (outside(emergency=True), "N864"),
        (outside(place_of_service="23"), "N864"),
        (in_hospital(), "N865"),
        (in_hospital(place_of_service="24"), "N865"),
    ],
    ids=["an emergency", "an emergency department", "a hospital", "a surgical center"],
)
def test_a_protected_line_is_paid_on_its_recognised_amount_as_in_the_network(demo: PolicySet, case: Case, remark: str):
    # domain/03 section 13: 20 % of 400.00 = 80.00; 400.00 - 80.00 = 320.00; 1000.00 - 400.00 = 600.00
    decision = adjudicate(case, worked(demo))
    assert money(decision) == ({"CO-45": 60_000, "PR-2": 8_000}, 32_000)
    assert decision.lines[0].remarks == (remark, "N869", "N877")
    assert decision.member_cents == 8_000
    assert decision.lines[0].share is not None
    assert decision.lines[0].share.tier == "in_network"
    assert {entry.tier for entry in decision.entries} == {"in_network"}


@pytest.mark.parametrize(
    ("charge_cents", "unpaid", "paid_cents", "remark"),
    [
        # 20 % of 399.99 = 80.00 (79.998)
        (39_999, {"PR-2": 8_000}, 31_999, "N870"),
        (40_000, {"PR-2": 8_000}, 32_000, "N869"),
        (40_001, {"CO-45": 1, "PR-2": 8_000}, 32_000, "N869"),
    ],
    ids=["a cent below", "at", "a cent above"],
)
def test_the_recognised_amount_is_the_lesser_of_charge_and_qualifying_amount(
    demo: PolicySet, charge_cents: int, unpaid: dict[str, int], paid_cents: int, remark: str
):
    decision = adjudicate(in_hospital(charge_cents=charge_cents), worked(demo))
    assert money(decision) == (unpaid, paid_cents)
    assert remark in decision.lines[0].remarks


def test_its_share_takes_the_deductible_of_the_network(demo: PolicySet):
    # 1000.00 - 900.00 = 100.00; 20 % of 300.00 = 60.00; 400.00 - 160.00 = 240.00. What was used outside counts nothing.
    case = msgspec.structs.replace(in_hospital(), balances=used(deductible=90_000))
    decision = adjudicate(case, worked(demo))
    assert money(decision) == ({"CO-45": 60_000, "PR-1": 10_000, "PR-2": 6_000}, 24_000)


def test_at_the_networks_limit_the_patient_owes_nothing(demo: PolicySet):
    case = msgspec.structs.replace(in_hospital(), balances=used(deductible=100_000, out_of_pocket=400_000))
    assert money(adjudicate(case, worked(demo))) == ({"CO-45": 60_000}, 40_000)


KNOWN = (ProviderRecord(HOSPITAL.npi, HOSPITAL.name, ProviderKind.FACILITY),)


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        (in_hospital(facility=(takes_part(span=Span(SERVICE_DAY, SERVICE_DAY)),)), "surprise-billing.facility"),
        (in_hospital(facility=(takes_part(span=Span(SERVICE_DAY + DAY)),)), ""),
        (in_hospital(facility=(takes_part(span=Span(SERVICE_DAY - DAY, SERVICE_DAY - DAY)),)), ""),
        (in_hospital(facility=(takes_part(product="HMO"),)), ""),
        (msgspec.structs.replace(in_hospital(facility=()), providers=KNOWN), ""),
        (in_hospital(facility=()), "surprise-billing.unsettled"),
        (in_hospital(service_facility=BILLING), "surprise-billing.unsettled"),
        (in_hospital(service_facility=Provider()), "surprise-billing.unsettled"),
        (in_hospital(place_of_service="11"), ""),
        (in_hospital(place_of_service="31"), ""),
        (outside(place_of_service="23", service_facility=HOSPITAL), "surprise-billing.emergency"),
        (outside(procedure="99284"), "surprise-billing.emergency"),
        (outside(procedure="A0431"), "surprise-billing.air-ambulance"),
        (outside(procedure="A0429", place_of_service="41", emergency=True), ""),
    ],
    ids=[
        "a facility of the network on its only day",
        "the day before its contract",
        "the day after it",
        "in the network of another product",
        "a facility known without a contract",
        "a facility of which nothing is known",
        "no facility but who bills",
        "no facility",
        "an office",
        "a nursing facility",
        "an emergency department of an unknown hospital",
        "an emergency visit",
        "a helicopter",
        "an ambulance on the ground in an emergency",
    ],
)
def test_whom_the_law_protects(demo: PolicySet, case: Case, rule: str):
    found = rules_of(case, worked_policies(demo)) & (CASES | {"surprise-billing.unsettled"})
    assert found == ({rule} if rule else set())


def test_a_hospital_that_bills_itself_and_has_no_contract_is_outside_the_network(demo: PolicySet):
    record = ProviderRecord(BILLING.npi, BILLING.name, ProviderKind.FACILITY, enrolled=(ALWAYS,))
    case = msgspec.structs.replace(in_hospital(service_facility=BILLING), providers=(record,))
    assert not any(rule.startswith("surprise-billing") for rule in rules_of(case, worked(demo)))


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({}, True),
        ({"procedure": "71046"}, False),
        ({"modifiers": ("80",)}, False),
        ({"rendering": Provider(npi="1999999992", taxonomy="207L00000X")}, False),
        ({"rendering": Provider(npi="1999999992", taxonomy="207Q00000X")}, True),
        ({"attachments": (Attachment("OZ", "BM"),)}, False),
        ({"place_of_service": "23"}, False),
    ],
    ids=["a visit", "an image", "an assistant", "anesthesia", "family medicine", "other papers", "an emergency"],
)
def test_a_consent_is_read_where_the_law_lets_it_count(demo: PolicySet, changes: dict[str, Any], waits: bool):
    consent = {"attachments": (Attachment("CK", "BM"),)}
    found = rules_of(in_hospital(**{**consent, **changes}), worked_policies(demo))
    assert ("surprise-billing.consent" in found) is waits


def test_a_consent_may_be_sent_for_the_whole_claim(demo: PolicySet):
    case = in_hospital(claim={"attachments": (Attachment("CK", "BM"),)})
    assert "surprise-billing.consent" in rules_of(case, worked(demo))


def waits(case: Case, policies: PolicySet) -> Finding:
    (finding,) = adjudicate(case, policies).pends()
    return finding


def test_a_reviewer_may_allow_a_consent_or_price_the_line_in_spite_of_it(demo: PolicySet):
    finding = waits(in_hospital(attachments=(Attachment("CK", "BM"),)), worked(demo))
    assert finding.rule == "surprise-billing.consent"
    for verdict in (RulingVerdict.ALLOW, RulingVerdict.PRICE):
        assert refusal(finding, verdict) == ""


def test_nobody_allows_a_line_of_which_it_is_not_known_whether_the_law_protects_it(demo: PolicySet):
    finding = waits(in_hospital(facility=()), worked(demo))
    assert finding.rule == "surprise-billing.unsettled"
    assert "it can be denied, not allowed" in refusal(finding, RulingVerdict.ALLOW)


def test_an_exempt_plan_has_no_protected_line(demo: PolicySet):
    decision = adjudicate(in_hospital(), worked(demo, surprise_billing_exempt=True))
    assert money(decision) == ({"PR-45": 60_000, "PR-2": 16_000}, 24_000)


@pytest.mark.parametrize(
    "changes", [{"emergency": True}, {"place_of_service": "22"}], ids=["an emergency", "a facility"]
)
def test_without_rules_of_the_payer_what_the_law_may_protect_waits(demo: PolicySet, changes: dict[str, Any]):
    (payer,) = demo.payer.versions
    document = msgspec.structs.replace(demo.payer, versions=(msgspec.structs.replace(payer, surprise_billing=None),))
    silent = msgspec.structs.replace(worked(demo), payer=document)
    decision = adjudicate(outside(**changes), silent)
    assert decision.disposition is Disposition.PENDED
    assert [finding.rule for finding in decision.pends()] == ["surprise-billing.unsettled"]
    assert adjudicate(outside(), silent).disposition is Disposition.PAID


def test_a_missing_qualifying_amount_is_named(demo: PolicySet):
    decision = adjudicate(outside(procedure="99284"), worked(demo))
    assert decision.disposition is Disposition.PENDED
    (waits,) = decision.pends()
    assert waits.rule == "pricing.no-fee"
    assert "fees/qualifying@2020-01-01 has no fee for procedure 99284" in waits.because


PRACTITIONER = Provider(npi="1999999992", taxonomy="363L00000X")  # a nurse practitioner, 0.85 of other fees
OUTSIDE = ProviderRecord(BILLING.npi, BILLING.name, ProviderKind.GROUP, enrolled=(ALWAYS,), nonparticipating=(ALWAYS,))


@pytest.mark.parametrize(
    "case",
    [
        outside(emergency=True),
        outside(emergency=True, rendering=PRACTITIONER),
        msgspec.structs.replace(outside(emergency=True), providers=(OUTSIDE,)),
    ],
    ids=["a physician", "a nurse practitioner", "a provider without a participation agreement"],
)
def test_a_qualifying_amount_has_no_shares_of_who_gives_the_care(demo: PolicySet, case: Case):
    # 400.00 stays 400.00, of which 20 % are 80.00; for others such a line is 0.85 or 0.95 of it.
    policies = ruled_policies(demo, {"99213": Row(400)})
    law = demo.payer.on(SERVICE_DAY).surprise_billing
    assert law is not None
    path = law.qualifying_amount
    contract = msgspec.structs.replace(policies.contracts["contracts/worked"].versions[0], document=path, network=False)
    contracts = {**policies.contracts, path: Document(path, "", (contract,))}
    decision = adjudicate(case, msgspec.structs.replace(policies, contracts=contracts))
    assert money(decision) == ({"CO-45": 60_000, "PR-2": 8_000}, 32_000)


@pytest.mark.parametrize(
    ("price_cents", "unpaid", "paid_cents", "told"),
    [
        # 20 % of 1,000.00 = 200.00
        (
            120_000,
            {"PR-2": 20_000},
            80_000,
            "1,000.00, its charge: of charge 1,000.00 and the price that a reviewer set 1,200.00",
        ),
        (100_000, {"PR-2": 20_000}, 80_000, "1,000.00, the price that a reviewer set: of charge 1,000.00"),
        # 1,000.00 - 450.00 = 550.00; 20 % of 450.00 = 90.00
        (45_000, {"CO-45": 55_000, "PR-2": 9_000}, 36_000, "450.00, the price that a reviewer set: of charge 1,000.00"),
    ],
)
def test_a_reviewers_price_of_a_protected_line_is_at_most_its_charge(
    demo: PolicySet, price_cents: int, unpaid: dict[str, int], paid_cents: int, told: str
):
    case, policies = outside(procedure="99284"), worked(demo)
    finding = waits(case, policies)
    ruling = Ruling(
        rule=finding.rule,
        policy=finding.policy,
        line=1,
        verdict=RulingVerdict.PRICE,
        price_cents=price_cents,
        ruled_by="reviewer",
        rationale="by the record",
    )
    decision = adjudicate(msgspec.structs.replace(case, rulings=(ruling,)), policies)
    assert money(decision) == (unpaid, paid_cents)
    (recognized,) = [one for one in decision.findings if one.rule in recognized_amount.RULES]
    assert recognized.rule == "surprise-billing.reviewed-amount"
    # Neither that the qualifying amount was used (N869) nor that the charge was less than it (N870).
    assert decision.lines[0].remarks == ("N864", "N877")
    assert told in recognized.because
    assert "qualifying payment amount" not in recognized.because


def test_an_agreed_price_of_a_protected_line_waits(demo: PolicySet):
    agreed = Authorization(
        number="AGREED1", procedures=("99213",), span=ALWAYS, tax_id=BILLING.tax_id, unit_price_cents=70_000
    )
    case = msgspec.structs.replace(outside(emergency=True), authorizations=(agreed,))
    finding = waits(case, worked(demo))
    assert finding.rule == "pricing.agreement-unclear"
    assert "AGREED1" in finding.because and "qualifying payment amount" in finding.because
    unprotected = msgspec.structs.replace(outside(), authorizations=(agreed,))
    assert adjudicate(unprotected, worked(demo)).lines[0].allowed_cents == 70_000


def test_care_that_the_plan_covers_in_the_network_only_is_covered_where_the_law_protects(demo: PolicySet):
    inside = msgspec.structs.replace(STANDARD, out_of_network=CostShareTerms(covered=False))
    policies = worked_policies(demo, inside, fees_cents={"99213": 40_000})
    assert adjudicate(in_hospital(), policies).paid_cents == 32_000
    assert rules_of(outside(), policies) == {"not-covered-in-tier"}


def test_another_line_of_the_claim_is_as_it_was(demo: PolicySet):
    lines = (
        a_line(1, charge_cents=100_000, place_of_service="22", service_facility=HOSPITAL),
        a_line(2, charge_cents=100_000, from_date=SERVICE_DAY - DAY, through_date=SERVICE_DAY - DAY),
    )
    facts: dict[str, Any] = {"participations": (), "balances": MET, "facility_participations": (takes_part(),)}
    decision = adjudicate(a_case(a_claim(*lines), **facts), worked(demo))
    assert [line.paid_cents for line in decision.lines] == [32_000, 24_000]
    assert [line.member_cents for line in decision.lines] == [8_000, 76_000]


def test_a_line_over_a_change_of_the_facilitys_contract_waits(demo: PolicySet):
    ends = (takes_part(span=Span(ALWAYS.effective, SERVICE_DAY)),)
    days = {"through_date": SERVICE_DAY + DAY, "quantity_thousandths": 2000}
    assert "unsupported.date-span" in rules_of(in_hospital(facility=ends, **days), worked(demo))
    assert "unsupported.date-span" not in rules_of(in_hospital(**days), worked(demo))


def test_it_is_told_why_a_line_is_protected_and_on_what_its_share_was_taken(demo: PolicySet):
    case, policies = in_hospital(), worked(demo)
    decision = adjudicate(case, policies)
    told = " ".join(explain(case, decision, policies, Register.BILLER).split())
    assert "which is in the network of PPO on 2026-03-02" in told
    assert "45 CFR 149.120" in told
    assert "The recognised amount of line 1 is 400.00, its qualifying payment amount" in told
    assert "Do not bill the patient for the difference" in told


def test_a_plan_may_have_a_contract_of_its_own_for_providers_without_one(demo: PolicySet):
    policies = worked(demo)
    cheaper = msgspec.structs.replace(policies.contracts["contracts/worked"].versions[0], document="contracts/cheaper")
    (rule,) = cheaper.pay
    half = msgspec.structs.replace(
        cheaper, network=False, pay=(msgspec.structs.replace(rule, rate_numerator=5, rate_denominator=10),)
    )
    document = msgspec.structs.replace(
        policies.contracts["contracts/worked"], path="contracts/cheaper", versions=(half,)
    )
    contracts = {**policies.contracts, "contracts/cheaper": document}
    own = msgspec.structs.replace(worked(demo, out_of_network_contract="contracts/cheaper"), contracts=contracts)
    # Half of 400.00: 1000.00 - 200.00 = 800.00; 40 % of 200.00 = 80.00
    assert money(adjudicate(outside(), own)) == ({"PR-45": 80_000, "PR-2": 8_000}, 12_000)
    assert money(adjudicate(outside(), policies)) == ({"PR-45": 60_000, "PR-2": 16_000}, 24_000)


def with_law(policies: PolicySet, **changes: Any) -> PolicySet:
    """The payer's document with other words about surprise bills."""
    (payer,) = policies.payer.versions
    assert payer.surprise_billing is not None
    law = msgspec.structs.replace(payer.surprise_billing, **changes)
    document = msgspec.structs.replace(policies.payer, versions=(msgspec.structs.replace(payer, surprise_billing=law),))
    return msgspec.structs.replace(policies, payer=document)


QUARTER_MORE = {"initial_payments": (InitialPayment(codes("99213"), 12_500),)}


@pytest.mark.parametrize(
    ("charge_cents", "unpaid", "paid_cents", "above_cents"),
    [
        # 400.00 x 1.25 = 500.00, of which the patient owes 20 % of 400.00 = 80.00
        (100_000, {"CO-45": 50_000, "PR-2": 8_000}, 42_000, 10_000),
        (50_001, {"CO-45": 1, "PR-2": 8_000}, 42_000, 10_000),
        (50_000, {"PR-2": 8_000}, 42_000, 10_000),
        (49_999, {"PR-2": 8_000}, 41_999, 9_999),  # never more than the charge
        (40_001, {"PR-2": 8_000}, 32_001, 1),
        (40_000, {"PR-2": 8_000}, 32_000, 0),
        (39_999, {"PR-2": 8_000}, 31_999, 0),  # the charge is recognised
    ],
)
def test_the_first_payment_may_be_more_than_the_qualifying_amount(
    demo: PolicySet, charge_cents: int, unpaid: dict[str, int], paid_cents: int, above_cents: int
):
    policies = with_law(worked(demo), **QUARTER_MORE)
    case = in_hospital(charge_cents=charge_cents)
    decision = adjudicate(case, policies)
    assert money(decision) == (unpaid, paid_cents)
    (line,) = decision.lines
    assert line.above_recognized_cents == above_cents
    assert line.allowed_cents == min(charge_cents, 40_000) + above_cents
    assert decision.entries == adjudicate(case, worked(demo)).entries
    told = explain(case, decision, policies, Register.AUDITOR)
    assert ("what the plan pays first above the recognised amount" in told) is (above_cents > 0)


def test_the_first_payment_of_another_service_is_that_of_the_recognised_amount(demo: PolicySet):
    policies = with_law(worked(demo), initial_payments=(InitialPayment(codes("99214"), 12_500),))
    assert money(adjudicate(in_hospital(), policies)) == ({"CO-45": 60_000, "PR-2": 8_000}, 32_000)


def test_a_first_payment_is_of_what_is_covered(demo: PolicySet):
    # Two units of 400.00, one of them covered: 400.00 x 1.25 = 500.00; 20 % of 400.00; the other 400.00 are beyond the limit.
    policies = with_law(worked(demo, limits=(a_limit(Counting.UNITS, 1000),)), **QUARTER_MORE)
    decision = adjudicate(in_hospital(charge_cents=150_000, quantity_thousandths=2000), policies)
    assert money(decision) == ({"CO-45": 60_000, "PR-2": 8_000, "PR-119": 40_000}, 42_000)


@pytest.mark.parametrize(
    ("counting", "most", "above_cents"),
    [(Counting.PAID, 100_000, 0), (Counting.ALLOWED, 100_000, 0), (Counting.VISITS, 9, 10_000)],
)
def test_where_a_limit_in_money_bears_nothing_is_paid_above_what_was_recognised(
    demo: PolicySet, counting: Counting, most: int, above_cents: int
):
    policies = with_law(worked(demo, limits=(a_limit(counting, most),)), **QUARTER_MORE)
    (line,) = adjudicate(in_hospital(), policies).lines
    assert (line.above_recognized_cents, line.paid_cents) == (above_cents, 32_000 + above_cents)


def test_after_another_payer_nothing_is_paid_above_what_was_recognised(demo: PolicySet):
    standard = PlanCoordination(Method.STANDARD, Basis.HIGHER)
    # The first paid 100.00 and left 900.00: the benefit of 320.00 is paid, and nothing is left of 400.00 to the patient.
    first = OtherPayer(
        payer_id="FIRST",
        responsibility="P",
        paid_cents=10_000,
        adjustments=(PriorAdjustment("PR", "2", 90_000),),
        adjudicated_on=SERVICE_DAY,
    )
    case = in_hospital(claim={"other_payers": (first,)})
    subscriber = msgspec.structs.replace(case.claim.subscriber, payer_responsibility="S")
    case = msgspec.structs.replace(case, claim=msgspec.structs.replace(case.claim, subscriber=subscriber))
    policies = worked(demo, coordination=standard)
    decision = adjudicate(case, with_law(policies, **QUARTER_MORE))
    assert decision == adjudicate(case, policies)
    assert money(decision) == ({"CO-45": 58_000, "OA-23": 10_000}, 32_000)
    assert decision.lines[0].above_recognized_cents == 0


def test_a_reviewers_price_is_what_is_paid_first(demo: PolicySet):
    policies = with_law(worked(demo), initial_payments=(InitialPayment(ANY, 12_500),))
    case = outside(procedure="99284")
    finding = waits(case, policies)
    ruling = Ruling(
        finding.rule, finding.policy, 1, RulingVerdict.PRICE, "by the record", "reviewer", price_cents=40_000
    )
    decision = adjudicate(msgspec.structs.replace(case, rulings=(ruling,)), policies)
    assert money(decision) == ({"CO-45": 60_000, "PR-2": 8_000}, 32_000)


def under_state_law(demo: PolicySet, *cases: ProtectedCase, rate: int = 175, **row: Any) -> PolicySet:
    """A plan that the law of Nebraska governs, which specifies so many hundredths of the fee of 400.00."""
    policies = worked(demo, state_law="NE")
    contract = policies.contracts["contracts/worked"].versions[0]
    (pay,) = contract.pay
    pay = msgspec.structs.replace(pay, rate_numerator=rate, rate_denominator=100, **row)
    law = msgspec.structs.replace(contract, document="contracts/law", pay=(pay,), network=False)
    policies = msgspec.structs.replace(
        policies, contracts={**policies.contracts, "contracts/law": Document("contracts/law", "", (law,))}
    )
    return with_law(policies, state_laws=(StateLaw("NE", "contracts/law", frozenset(cases)),), **QUARTER_MORE)


def placed(state: str, case: Case) -> Case:
    """A case whose care was given in a state."""
    (line,) = case.claim.lines
    somewhere = msgspec.structs.replace(line.service_facility, address=Address(state=state))
    line = msgspec.structs.replace(line, service_facility=somewhere)
    return msgspec.structs.replace(case, claim=msgspec.structs.replace(case.claim, lines=(line,)))


@pytest.mark.parametrize(
    ("case", "unpaid", "paid_cents", "rule"),
    [
        # 400.00 x 1.75 = 700.00; 20 % = 140.00; 1,000.00 - 700.00 = 300.00
        (placed("NE", outside(emergency=True)), {"CO-45": 30_000, "PR-2": 14_000}, 56_000, "state-amount"),
        # Federal law: 20 % of 400.00; 400.00 x 1.25 = 500.00 are paid first.
        (placed("IA", outside(emergency=True)), {"CO-45": 50_000, "PR-2": 8_000}, 42_000, "qualifying-amount"),
        (placed("NE", in_hospital()), {"CO-45": 50_000, "PR-2": 8_000}, 42_000, "qualifying-amount"),
    ],
    ids=["in the state", "in another", "care of which the law says nothing"],
)
def test_a_states_law_sets_the_amount_for_the_plans_and_the_care_that_it_governs(
    demo: PolicySet, case: Case, unpaid: dict[str, int], paid_cents: int, rule: str
):
    decision = adjudicate(case, under_state_law(demo, ProtectedCase.EMERGENCY))
    assert money(decision) == (unpaid, paid_cents)
    assert {one.rule for one in decision.findings if one.rule in recognized_amount.RULES} == {
        f"surprise-billing.{rule}"
    }
    assert ("N867" in decision.lines[0].remarks) is (rule == "state-amount")
    assert ("N869" in decision.lines[0].remarks) is (rule != "state-amount")
    balance = next(one.rule for one in decision.lines[0].adjustments if one.carc == "45")
    assert balance == f"surprise-billing.{'state-balance' if rule == 'state-amount' else 'balance'}"


def test_a_states_law_governs_no_other_plan(demo: PolicySet):
    policies = under_state_law(demo, ProtectedCase.EMERGENCY)
    plan = policies.plans["plans/worked"]
    own = msgspec.structs.replace(plan, versions=(msgspec.structs.replace(plan.versions[0], state_law=""),))
    policies = msgspec.structs.replace(policies, plans={**policies.plans, plan.path: own})
    for state in ("NE", ""):
        found = rules_of(placed(state, outside(emergency=True)), policies)
        assert "surprise-billing.qualifying-amount" in found and "surprise-billing.state-amount" not in found


def test_care_in_nobody_knows_which_state_waits_where_a_states_law_may_set_the_amount(demo: PolicySet):
    case = placed("", outside(emergency=True))
    finding = waits(case, under_state_law(demo, ProtectedCase.EMERGENCY))
    assert finding.rule == "surprise-billing.unsettled"
    assert "the law of NE governs the plan, and the claim does not say in which state (N402) it was" in finding.because


def test_a_states_law_may_specify_more_than_the_charge(demo: PolicySet):
    # 400.00 x 1.75 = 700.00 of a charge of 600.00, where the row does not cap it: 20 % of 700.00; OA-94 -100.00.
    policies = under_state_law(demo, ProtectedCase.EMERGENCY, lesser_of_charge=False)
    decision = adjudicate(placed("NE", outside(emergency=True, charge_cents=60_000)), policies)
    assert money(decision) == ({"OA-94": -10_000, "PR-2": 14_000}, 56_000)


@given(
    charge_cents=st.integers(1, 200_000),
    qualifying_cents=st.integers(1, 200_000),
    copay=st.integers(0, 30_000),
    coinsurance=st.integers(0, 10_000),
    deductible=st.booleans(),
    deductible_used=st.integers(0, 100_000),
    out_of_pocket_used=st.integers(0, 400_000),
    emergency=st.booleans(),
)
def test_nobody_who_is_protected_owes_more_than_in_the_network(
    demo: PolicySet,
    charge_cents: int,
    qualifying_cents: int,
    copay: int,
    coinsurance: int,
    deductible: bool,
    deductible_used: int,
    out_of_pocket_used: int,
    emergency: bool,
):
    """The same line of a provider of the network whose contract pays the qualifying amount costs the patient as much."""
    benefit = a_benefit("all", ANY, copay=copay, deductible=deductible, coinsurance=coinsurance)
    amounts = {"99213": qualifying_cents}
    policies = worked_policies(demo, benefit, fees_cents=amounts)
    balances = used(deductible=deductible_used, out_of_pocket=max(deductible_used, out_of_pocket_used))
    case = msgspec.structs.replace(in_hospital(charge_cents=charge_cents, emergency=emergency), balances=balances)
    protected = adjudicate(case, policies)
    inside = adjudicate(msgspec.structs.replace(case, participations=a_case().participations), policies)
    assert protected.member_cents == inside.member_cents
    assert protected.paid_cents == inside.paid_cents
    assert protected.entries == inside.entries
    assert protected.member_cents + protected.paid_cents == min(charge_cents, qualifying_cents)
    assert {one.group for one in protected.lines[0].adjustments} <= {"CO", "PR"}


@given(
    charge_cents=st.integers(1, 200_000),
    qualifying_cents=st.integers(1, 200_000),
    share=st.integers(10_001, 30_000),
    deductible_used=st.integers(0, 100_000),
    out_of_pocket_used=st.integers(0, 400_000),
)
def test_a_first_payment_above_what_was_recognised_costs_the_patient_nothing(
    demo: PolicySet, charge_cents: int, qualifying_cents: int, share: int, deductible_used: int, out_of_pocket_used: int
):
    plain = worked_policies(demo, fees_cents={"99213": qualifying_cents})
    policies = with_law(plain, initial_payments=(InitialPayment(ANY, share),))
    balances = used(deductible=deductible_used, out_of_pocket=max(deductible_used, out_of_pocket_used))
    case = msgspec.structs.replace(in_hospital(charge_cents=charge_cents), balances=balances)
    more, as_recognised = adjudicate(case, policies), adjudicate(case, plain)
    assert (more.member_cents, more.entries) == (as_recognised.member_cents, as_recognised.entries)
    assert as_recognised.paid_cents <= more.paid_cents <= charge_cents - more.member_cents
    first_cents = (qualifying_cents * share + 5000) // 10_000
    assert more.paid_cents + more.member_cents == min(charge_cents, max(qualifying_cents, first_cents))
