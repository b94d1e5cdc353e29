"""Claims, cases and small policy sets for tests: whatever a test does not name has a harmless value.

``worked_policies`` is the plan of domain/04 section 4 (in network, deductible 1,000 / 2,000 embedded, coinsurance 20 %,
out-of-pocket 4,000 / 8,000) over a contract whose fees are so high that the allowed amount is the charge.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from adjudicator.model.case import Balance, Case, Coverage, HistoryLine, LineState, Member, Participation
from adjudicator.model.claim import Claim, ClaimType, Diagnosis, Line, Person, Provider, Sex, Subscriber
from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation, Verdict
from adjudicator.policy.answers import Answer
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.contract import ContractVersion
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FlatFees
from adjudicator.policy.look_backs import EVER
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.plan import Benefit, BenefitLimit, CostShareTerms, Counting, LimitPair, PlanVersion, TierLimits
from adjudicator.policy.policy_set import PolicySet

SERVICE_DAY = dt.date(2026, 3, 2)
RECEIVED = dt.date(2026, 3, 9)
DECIDED = dt.date(2026, 3, 10)
ALWAYS = Span(dt.date(2020, 1, 1))
BILLING = Provider(npi="1234567893", name="TESTVILLE MEDICAL GROUP", tax_id="999000001")
RENDERING = Provider(npi="1999999992", name="EXAMPLE", first_name="RENDERING")
CITE = Citation(title="A test's own document")

MEMBER = Member(
    member_id="TEST0001",
    family_id="FTEST001",
    last_name="SAMPLE",
    first_name="PATIENT",
    birth_date=dt.date(1976, 3, 1),
    sex=Sex.FEMALE,
)


def a_line(number: int = 1, **changes: Any) -> Line:
    """An office visit for 130.00 unless told otherwise."""
    line = Line(
        number=number,
        charge_cents=13000,
        from_date=SERVICE_DAY,
        through_date=SERVICE_DAY,
        procedure="99213",
        diagnosis_pointers=(1,),
        place_of_service="11",
        rendering=RENDERING,
        service_facility=BILLING,
    )
    return msgspec.structs.replace(line, **changes)


def a_claim(*lines: Line, **changes: Any) -> Claim:
    """A balanced professional claim of the test member; one office visit when no lines are given."""
    lines = lines or (a_line(),)
    claim = Claim(
        claim_type=ClaimType.PROFESSIONAL,
        patient_control_number="PCN0001",
        total_charge_cents=sum(line.charge_cents for line in lines),
        billing=BILLING,
        subscriber=Subscriber(
            member_id=MEMBER.member_id,
            person=Person(
                last_name=MEMBER.last_name,
                first_name=MEMBER.first_name,
                birth_date=MEMBER.birth_date,
                sex=MEMBER.sex,
            ),
        ),
        lines=lines,
        diagnoses=(Diagnosis(code="E119", kind="principal"),),
    )
    return msgspec.structs.replace(claim, **changes)


def a_case(claim: Claim | None = None, *, plan: str = "plans/worked", **changes: Any) -> Case:
    """The claim with all facts in order: member known, covered, provider in network, nothing used, no history."""
    case = Case(
        claim_id="CTEST00000000001",
        claim=claim or a_claim(),
        received_on=RECEIVED,
        decided_on=DECIDED,
        members=(MEMBER,),
        coverage=(Coverage(plan=plan, span=ALWAYS),),
        participations=(
            Participation(
                tax_id=BILLING.tax_id, npi=BILLING.npi, product="PPO", contract="contracts/worked", span=ALWAYS
            ),
        ),
    )
    return msgspec.structs.replace(case, **changes)


def used(
    *,
    deductible: int = 0,
    family_deductible: int | None = None,
    out_of_pocket: int = 0,
    family_out_of_pocket: int | None = None,
    tier: str = "in_network",
) -> tuple[Balance, ...]:
    """Balances of a tier in cents; the family has used as much as the member unless told otherwise."""

    def balance(owner: str, accumulator: str, used_cents: int) -> Balance:
        return Balance(
            owner=owner,
            accumulator=accumulator,
            tier=tier,
            period_start=dt.date(2026, 1, 1),
            used_cents=used_cents,
        )

    member, family = f"member:{MEMBER.member_id}", f"family:{MEMBER.family_id}"
    return (
        balance(member, "deductible", deductible),
        balance(family, "deductible", deductible if family_deductible is None else family_deductible),
        balance(member, "out_of_pocket", out_of_pocket),
        balance(family, "out_of_pocket", out_of_pocket if family_out_of_pocket is None else family_out_of_pocket),
    )


ANY = CodeSet(everything=True)


def codes(*names: str) -> CodeSet:
    """A set of single codes."""
    return CodeSet(codes=frozenset(names))


def a_benefit(
    name: str,
    procedures: CodeSet,
    *,
    copay: int = 0,
    deductible: bool = False,
    coinsurance: int = 0,
    modifiers: CodeSet | None = None,
    **in_network: Any,
) -> Benefit:
    """A benefit row; copay in cents, coinsurance in basis points; out of network 40 % after the deductible."""
    return Benefit(
        id=name,
        procedures=procedures,
        in_network=CostShareTerms(
            copay_cents=copay, deductible=deductible, coinsurance_basis_points=coinsurance, **in_network
        ),
        out_of_network=CostShareTerms(deductible=True, coinsurance_basis_points=4000),
        modifiers=modifiers,
    )


def a_limit(counting: Counting, most: int, procedures: CodeSet | None = None, **changes: Any) -> BenefitLimit:
    """A yearly limit on procedures (None: on all) in both tiers together; what is beyond it is denied PR-119."""
    limit = BenefitLimit(
        id="most",
        procedures=procedures or ANY,
        counting=counting,
        most=most,
        answer=Answer(
            rule="plans/worked#most", verdict=Verdict.DENY, policy="plans/worked@2020-01-01", group="PR", carc="119"
        ),
    )
    return msgspec.structs.replace(limit, **changes)


def an_earlier_line(number: int = 1, **changes: Any) -> HistoryLine:
    """A visit of the test member, ten days before and paid in network, by the test claim's provider unless told otherwise."""
    earlier = HistoryLine(
        claim_id=f"CEARLIER{number:08}",
        decision_number=1,
        line=1,
        member_id=MEMBER.member_id,
        state=LineState.PAID,
        billing_tax_id=BILLING.tax_id,
        billing_npi=BILLING.npi,
        rendering_npi=RENDERING.npi,
        from_date=SERVICE_DAY - dt.timedelta(days=10),
        through_date=SERVICE_DAY - dt.timedelta(days=10),
        procedure="99213",
        modifiers=(),
        place_of_service="11",
        quantity_thousandths=1000,
        charge_cents=13000,
        tier="in_network",
    )
    return msgspec.structs.replace(earlier, **changes)


STANDARD = a_benefit("everything-else", ANY, deductible=True, coinsurance=2000)


def worked_policies(
    demo: PolicySet,
    *benefits: Benefit,
    order: tuple[str, ...] = ("copay", "deductible", "coinsurance"),
    fees_cents: Mapping[str, int] | None = None,
    lesser_of_charge: bool = True,
    filing_limit_days: int = 365,
    qualifying_cents: int | None = None,
    **plan_changes: Any,
) -> PolicySet:
    """The demo payer's codes and guidance with the plan, contract and fees of a worked example.

    A procedure that ``fees_cents`` does not name has no fee; when it is None every procedure's fee exceeds any charge.
    ``qualifying_cents`` is the qualifying payment amount of every procedure; when it is None that is the fee.
    What else the plan says comes by the names of its fields.
    """
    plan = PlanVersion(
        document="plans/worked",
        span=ALWAYS,
        cite=CITE,
        product="PPO",
        filing_limit_days=filing_limit_days,
        cost_share_order=order,
        in_network=TierLimits(deductible=LimitPair(100_000, 200_000), out_of_pocket=LimitPair(400_000, 800_000)),
        out_of_network=TierLimits(deductible=LimitPair(200_000, 400_000), out_of_pocket=LimitPair(800_000, 1_600_000)),
        benefits=benefits or (STANDARD,),
    )
    plan = msgspec.structs.replace(plan, **plan_changes)
    listed = (
        dict.fromkeys(demo.table("procedures", SERVICE_DAY).codes, 10_000_000)
        if fees_cents is None
        else dict(fees_cents)
    )
    fees = FlatFees(
        document="fees/worked", span=ALWAYS, cite=CITE, non_facility_cents=listed, facility_cents=dict(listed)
    )
    pay = PayRule(
        procedures=ANY, schedule="fees/worked", rate_numerator=1, rate_denominator=1, lesser_of_charge=lesser_of_charge
    )
    contract = ContractVersion(document="contracts/worked", span=ALWAYS, cite=CITE, pay=(pay,), network=True)
    outside = ContractVersion(document="contracts/outside", span=ALWAYS, cite=CITE, pay=(pay,), network=False)
    payer = demo.payer.on(SERVICE_DAY)
    payer_path, law = payer.out_of_network_contract, payer.surprise_billing
    assert law is not None
    amounts = listed if qualifying_cents is None else dict.fromkeys(listed, qualifying_cents)
    qualifying = FlatFees(
        document="fees/qualifying", span=ALWAYS, cite=CITE, non_facility_cents=amounts, facility_cents=dict(amounts)
    )
    recognized = ContractVersion(
        document=law.qualifying_amount,
        span=ALWAYS,
        cite=CITE,
        pay=(msgspec.structs.replace(pay, schedule="fees/qualifying", lesser_of_charge=True),),
        network=False,
    )
    return msgspec.structs.replace(
        demo,
        plans={"plans/worked": Document(path="plans/worked", title="Worked example", versions=(plan,))},
        contracts={
            "contracts/worked": Document(path="contracts/worked", title="Worked example", versions=(contract,)),
            payer_path: Document(path=payer_path, title="Outside", versions=(outside,)),
            law.qualifying_amount: Document(path=law.qualifying_amount, title="Qualifying", versions=(recognized,)),
        },
        fees={
            "fees/worked": Document(path="fees/worked", title="Worked example", versions=(fees,)),
            "fees/qualifying": Document(path="fees/qualifying", title="Qualifying", versions=(qualifying,)),
        },
        coverage=(),
        coding=(),
        editing=None,
        coding_tables={},
        look_backs=((ANY, EVER),),
        authorization=(),
    )
