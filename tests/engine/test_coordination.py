"""Claims that others have paid before us: the examples of domain/05 with their 835 adjustments, edits, accumulators, laws."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.explain import Register, explain
from adjudicator.model.case import Case, Ruling, RulingVerdict
from adjudicator.model.claim import Claim, OtherPayer, OtherPayerLine, PriorAdjustment
from adjudicator.model.decision import Coordination, Decision, Disposition, LineDecision
from adjudicator.policy.coordination import Basis, Method, PlanCoordination
from adjudicator.policy.plan import Benefit, Counting, LimitPair, TierLimits
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.reductions import ReductionClause, ReductionKind
from adjudicator.service.cases import history_lines
from tests.building import (
    ANY,
    RECEIVED,
    SERVICE_DAY,
    STANDARD,
    a_benefit,
    a_case,
    a_claim,
    a_limit,
    a_line,
    an_earlier_line,
    used,
    worked_policies,
)
from tests.remittance.told import adjudicate

FIFTH = a_benefit("office", ANY, coinsurance=2000)
"""A benefit of which the member bears 20 % and no deductible."""
SEQUESTRATION = ReductionClause(
    id="sequestration",
    policy="plans/worked@2020-01-01",
    quote="So it is agreed.",
    kind=ReductionKind.SEQUESTRATION,
    basis_points=200,
    procedures=ANY,
)
Reasons = dict[str, int]


def reasons(amounts: Reasons) -> tuple[PriorAdjustment, ...]:
    return tuple(
        PriorAdjustment(group, carc, cents)
        for reason, cents in amounts.items()
        for group, _, carc in (reason.partition("-"),)
    )


def payer(rank: str = "P", **changes: Any) -> OtherPayer:
    return OtherPayer(payer_id=f"PAYER-{rank}", responsibility=rank, adjudicated_on=SERVICE_DAY, **changes)


def after(claim: Claim, *payers: OtherPayer, rank: str = "S") -> Case:
    subscriber = msgspec.structs.replace(claim.subscriber, payer_responsibility=rank)
    return a_case(msgspec.structs.replace(claim, subscriber=subscriber, other_payers=payers))


def paid_before(charge: int, paid: int, told: Reasons, **facts: Any) -> Case:
    """One line, 99213, with the primary's result for it."""
    result = OtherPayerLine("PAYER-P", paid, adjustments=reasons(told))
    case = after(a_claim(a_line(charge_cents=charge, other_payers=(result,))), payer())
    return msgspec.structs.replace(case, **facts)


Told = tuple[int, Reasons]
"""A payer's payment and its reasons."""


def three(charge: int, first: Told, second: Told, **facts: Any) -> Case:
    """One line, 99213, with the results of two payers before us."""
    results = tuple(
        OtherPayerLine(f"PAYER-{rank}", paid, adjustments=reasons(told))
        for rank, (paid, told) in (("P", first), ("S", second))
    )
    case = after(a_claim(a_line(charge_cents=charge, other_payers=results)), payer("P"), payer("S"), rank="T")
    return msgspec.structs.replace(case, **facts)


def policies_of(demo: PolicySet, method: Method, fee: int, *benefits: Any, basis: Basis | None = None, **changes: Any):
    return worked_policies(
        demo,
        *(benefits or (FIFTH,)),
        fees_cents={"99213": fee, "99214": fee},
        coordination=PlanCoordination(method, basis),
        **changes,
    )


def line_of(case: Case, policies: PolicySet) -> LineDecision:
    decision = adjudicate(case, policies)
    assert decision.disposition is Disposition.PAID, decision.findings
    (line,) = decision.lines
    return line


def adjusted(line: LineDecision) -> Reasons:
    return {f"{one.group}-{one.carc}": one.amount_cents for one in line.adjustments}


FIRST_EXAMPLE = (100000, 40000, {"CO-45": 20000, "PR-2": 40000})
"""Charge, primary's payment, its reasons: 800.00 allowed."""
SECOND_EXAMPLE = (100000, 64000, {"CO-45": 20000, "PR-2": 16000})
THIRD_EXAMPLE = (100000, 0, {"CO-45": 20000, "PR-1": 80000})


@pytest.mark.parametrize(
    ("prior", "method", "paid", "told"),
    [
        # 1: standard min(600, 800 - 400) = 400; (750 - 400) x 80 % = 280; 600 - 400 = 200
        (FIRST_EXAMPLE, Method.STANDARD, 40000, {"OA-23": 60000}),
        (FIRST_EXAMPLE, Method.MAINTENANCE_OF_BENEFITS, 28000, {"CO-45": 5000, "OA-23": 60000, "PR-2": 7000}),
        (FIRST_EXAMPLE, Method.CARVE_OUT, 20000, {"CO-45": 5000, "OA-23": 60000, "PR-2": 15000}),
        (FIRST_EXAMPLE, Method.PATIENT_RESPONSIBILITY, 40000, {"OA-23": 60000}),
        # 2: 800 - 640 = 160; (750 - 640) x 80 % = 88; nothing
        (SECOND_EXAMPLE, Method.STANDARD, 16000, {"OA-23": 84000}),
        (SECOND_EXAMPLE, Method.MAINTENANCE_OF_BENEFITS, 8800, {"CO-45": 5000, "OA-23": 84000, "PR-2": 2200}),
        (SECOND_EXAMPLE, Method.CARVE_OUT, 0, {"CO-45": 5000, "OA-23": 84000, "PR-2": 11000}),
        # 3: the primary's deductible took all
        (THIRD_EXAMPLE, Method.STANDARD, 60000, {"CO-45": 5000, "OA-23": 20000, "PR-2": 15000}),
        (THIRD_EXAMPLE, Method.MAINTENANCE_OF_BENEFITS, 60000, {"CO-45": 5000, "OA-23": 20000, "PR-2": 15000}),
        (THIRD_EXAMPLE, Method.CARVE_OUT, 60000, {"CO-45": 5000, "OA-23": 20000, "PR-2": 15000}),
        # 4: the primary does not cover it: we pay as the first, and nothing of its reason is contractual
        ((100000, 0, {"CO-96": 100000}), Method.STANDARD, 60000, {"CO-45": 25000, "PR-2": 15000}),
        ((100000, 0, {"PR-96": 100000}), Method.PATIENT_RESPONSIBILITY, 60000, {"CO-45": 25000, "PR-2": 15000}),
        # 5: only 400.00 may be collected, and 320.00 are paid
        ((100000, 32000, {"CO-45": 60000, "PR-2": 8000}), Method.STANDARD, 8000, {"OA-23": 92000}),
    ],
)
def test_the_examples_of_commercial_plans_and_their_remittance(
    demo: PolicySet, prior: tuple[int, int, Reasons], method: Method, paid: int, told: Reasons
):
    line = line_of(paid_before(*prior), policies_of(demo, method, 75000))
    assert (line.paid_cents, adjusted(line)) == (paid, told)
    assert line.charge_cents == line.paid_cents + sum(told.values())


def test_the_basis_of_the_allowable_expense_is_the_plans(demo: PolicySet):
    # Example 5 with the higher of 400.00 and 750.00: min(600, 750 - 320) = 430; of the 920.00 before us only 570.00 had an effect.
    case = paid_before(100000, 32000, {"CO-45": 60000, "PR-2": 8000})
    line = line_of(case, policies_of(demo, Method.STANDARD, 75000, basis=Basis.HIGHER))
    assert (line.paid_cents, adjusted(line)) == (43000, {"OA-23": 57000})
    # The lower of 800.00 and 750.00: 750 - 400 = 350; 50.00 more are our contract's.
    line = line_of(paid_before(*FIRST_EXAMPLE), policies_of(demo, Method.STANDARD, 75000, basis=Basis.LOWER))
    assert (line.paid_cents, adjusted(line)) == (35000, {"CO-45": 5000, "OA-23": 60000})


@pytest.mark.parametrize("reason", ["CO-45", "PI-45", "OA-45"])
@pytest.mark.parametrize(
    ("fee", "basis", "pays", "told"),
    [
        # The primary allowed 800.00 and paid 400.00. We allow 900.00, benefit 720.00: 800 - 400; the higher 900 - 400, so that only
        # 500.00 before us had a part; the lower 800 - 400.
        (90000, Basis.PRIMARY_ALLOWED, 40000, {"OA-23": 60000}),
        (90000, Basis.HIGHER, 50000, {"OA-23": 50000}),
        (90000, Basis.LOWER, 40000, {"OA-23": 60000}),
        # We allow 750.00, benefit 600.00: 800 - 400 twice; the lower 750 - 400 = 350, and 50.00 are our contract's.
        (75000, Basis.PRIMARY_ALLOWED, 40000, {"OA-23": 60000}),
        (75000, Basis.HIGHER, 40000, {"OA-23": 60000}),
        (75000, Basis.LOWER, 35000, {"CO-45": 5000, "OA-23": 60000}),
    ],
)
def test_a_basis_that_the_plan_names_holds_with_and_without_a_contract_of_the_primary(
    demo: PolicySet, reason: str, fee: int, basis: Basis, pays: int, told: Reasons
):
    case = paid_before(100000, 40000, {reason: 20000, "PR-2": 40000})
    line = line_of(case, policies_of(demo, Method.STANDARD, fee, basis=basis))
    assert (line.paid_cents, adjusted(line)) == (pays, told)


@pytest.mark.parametrize(
    ("basis", "pays", "told"),
    [
        # Sequestration alone: 784.00 paid and 200.00 left are 984.00. 984 - 784; the higher 1,000 - 784; the lower 984 - 784.
        (Basis.PRIMARY_ALLOWED, 20000, {"OA-23": 80000}),
        (Basis.HIGHER, 21600, {"OA-23": 78400}),
        (Basis.LOWER, 20000, {"OA-23": 80000}),
        (None, 20000, {"OA-23": 80000}),
    ],
)
def test_sequestration_of_the_primary_is_never_the_patients(
    demo: PolicySet, basis: Basis | None, pays: int, told: Reasons
):
    case = paid_before(100000, 78400, {"CO-253": 1600, "PR-2": 20000})
    line = line_of(case, policies_of(demo, Method.STANDARD, 100000, basis=basis))
    assert (line.paid_cents, adjusted(line), line.member_cents) == (pays, told, 0)


@pytest.mark.parametrize(
    ("method", "pays", "told"),
    [
        # 800.00 of 1,000.00 paid, more than the 750.00 that we allow. What the primary allowed is the higher: 1,000 - 800.
        (Method.STANDARD, 20000, {"OA-23": 80000}),
        (Method.PATIENT_RESPONSIBILITY, 20000, {"OA-23": 80000}),
        (Method.MEDICARE, 20000, {"OA-23": 80000}),
        # Above our own amount nothing is left, nor may our contract's provider collect more.
        (Method.MAINTENANCE_OF_BENEFITS, 0, {"CO-45": 20000, "OA-23": 80000}),
        (Method.CARVE_OUT, 0, {"CO-45": 20000, "OA-23": 80000}),
        (Method.MEDICAID, 0, {"CO-45": 20000, "OA-23": 80000}),
    ],
)
def test_a_primary_that_paid_more_than_we_allow(demo: PolicySet, method: Method, pays: int, told: Reasons):
    line = line_of(paid_before(100000, 80000, {"PR-2": 20000}), policies_of(demo, method, 75000))
    assert (line.paid_cents, adjusted(line)) == (pays, told)


def test_the_worked_example_of_a_result_and_the_same_out_of_balance(demo: PolicySet):
    policies = policies_of(demo, Method.STANDARD, 15000)
    # 120 + 25 + 30 = 175: min(80 % of 150 = 120, 150 - 120) = 30
    line = line_of(paid_before(17500, 12000, {"CO-45": 2500, "PR-2": 3000}), policies)
    assert (line.paid_cents, adjusted(line)) == (3000, {"OA-23": 14500})
    # 120 + 30 is 25.00 short of it.
    decision = adjudicate(paid_before(17500, 12000, {"PR-2": 3000}), policies)
    assert adjusted(decision.lines[0]) == {"CO-16": 17500}
    assert "accounts for 150.00 of the charge of 175.00 of line 1" in decision.findings[0].because


def test_without_a_contract_of_the_primary_the_higher_amount_is_allowable(demo: PolicySet):
    # The primary allowed 150.00 and bound nobody; we allow 170.00, of which 136.00 are the benefit: min(136, 170 - 120) = 50.
    case = paid_before(17500, 12000, {"PR-2": 3000, "PR-45": 2500})
    line = line_of(case, policies_of(demo, Method.STANDARD, 17000))
    assert (line.paid_cents, adjusted(line)) == (5000, {"CO-45": 500, "OA-23": 12000})


def test_without_our_own_contract_the_rest_is_the_patients(demo: PolicySet):
    # Example 1 by maintenance of benefits: 400 + 280 of 800; the patient owes 120: 70 of coinsurance, 50 beyond what we allow.
    case = msgspec.structs.replace(paid_before(*FIRST_EXAMPLE), participations=())
    outside = msgspec.structs.replace(FIFTH, out_of_network=FIFTH.in_network)
    line = line_of(case, policies_of(demo, Method.MAINTENANCE_OF_BENEFITS, 75000, outside))
    assert (line.paid_cents, adjusted(line)) == (28000, {"PR-45": 5000, "OA-23": 60000, "PR-2": 7000})
    assert line.member_cents == 12000


def test_medicaid_after_medicare(demo: PolicySet):
    # RFI 1696: min(75, 365 - 300) = 65; 500 - 425 - 65 = 10 are our contract's.
    case = paid_before(50000, 30000, {"CO-45": 12500, "PR-2": 7500})
    line = line_of(case, policies_of(demo, Method.MEDICAID, 36500, a_benefit("all", ANY)))
    assert (line.paid_cents, adjusted(line)) == (6500, {"CO-45": 1000, "OA-23": 42500})


@pytest.mark.parametrize(
    ("charge", "paid", "prior", "fee", "left", "pays", "told"),
    [
        # Of the published example both variants: with a contract of the primary, and without.
        (17500, 12000, {"CO-45": 2500, "PR-2": 3000}, 12500, 0, 2940, {"OA-23": 14500, "CO-253": 60}),
        (17500, 12000, {"PR-45": 2500, "PR-2": 3000}, 12500, 0, 2940, {"CO-45": 2500, "OA-23": 12000, "CO-253": 60}),
        # 2: 220 - 90 = 130; (150 - 50) x 80 % = 80; 180 - 90 = 90; 220 - 90 - 80 = 50 beyond what Medicare allows
        (22000, 9000, {"PR-45": 4000, "PR-2": 9000}, 15000, 5000, 7840, {"CO-45": 5000, "OA-23": 9000, "CO-253": 160}),
        # 3: the primary's deductible took all: as if Medicare were the first
        (17500, 0, {"PR-45": 2500, "PR-1": 15000}, 12500, 0, 9800, {"CO-45": 5000, "PR-2": 2500, "CO-253": 200}),
        # 4: the provider must accept what the primary paid
        (17500, 11000, {"CO-45": 6500}, 12500, 0, 0, {"OA-23": 17500}),
        # 5: 150 - 140 = 10; 175 - 140 - 10 = 25 beyond
        (17500, 14000, {"PR-45": 2500, "PR-2": 1000}, 12500, 0, 980, {"CO-45": 2500, "OA-23": 14000, "CO-253": 20}),
    ],
)
def test_medicare_after_an_employers_plan(
    demo: PolicySet, charge: int, paid: int, prior: Reasons, fee: int, left: int, pays: int, told: Reasons
):
    policies = policies_of(demo, Method.MEDICARE, fee, STANDARD, payment_reductions=(SEQUESTRATION,))
    case = paid_before(charge, paid, prior, balances=used(deductible=100_000 - left))
    line = line_of(case, policies)
    assert (line.paid_cents, adjusted(line)) == (pays, told)


def entries(decision: Decision, accumulator: str) -> list[int]:
    found = [e.amount_cents for e in decision.entries if e.accumulator == accumulator and e.owner.startswith("member")]
    return [cents for cents in found if cents]


def test_the_deductible_is_credited_as_if_we_were_the_first(demo: PolicySet):
    # Row 2 of Medicare: nothing is owed, and yet the 50.00 of the deductible are met.
    policies = policies_of(demo, Method.MEDICARE, 15000, STANDARD)
    case = paid_before(22000, 9000, {"PR-45": 4000, "PR-2": 9000}, balances=used(deductible=95_000))
    decision = adjudicate(case, policies)
    assert (entries(decision, "deductible"), entries(decision, "out_of_pocket")) == ([5000], [])
    assert decision.member_cents == 0


def test_the_out_of_pocket_maximum_is_credited_with_what_the_patient_owes(demo: PolicySet):
    # domain/04 row 15: of 120.00 the benefit is 70.00 (deductible 32.50, 20 % of 87.50 = 17.50); 90.00 are paid: 30.00 are left.
    policies = policies_of(demo, Method.STANDARD, 12000, STANDARD)
    case = paid_before(12000, 9000, {"PR-2": 3000}, balances=used(deductible=96_750))
    decision = adjudicate(case, policies)
    assert (decision.paid_cents, decision.member_cents) == (3000, 0)
    assert (entries(decision, "deductible"), entries(decision, "out_of_pocket")) == ([3250], [])
    # Carved out, 70.00 - 90.00 leave nothing to pay and 30.00 to owe: the coinsurance gives way first.
    decision = adjudicate(case, policies_of(demo, Method.CARVE_OUT, 12000, STANDARD))
    (line,) = decision.lines
    assert (line.paid_cents, adjusted(line)) == (0, {"OA-23": 9000, "PR-1": 3000})
    assert (entries(decision, "deductible"), entries(decision, "out_of_pocket")) == ([3250], [3000])
    assert line.share is not None
    assert [use.added_cents for use in line.share.uses if use.accumulator == "out_of_pocket"] == [3000, 3000]


def test_an_allowed_amount_above_the_charge_is_raised_by_what_is_needed_only(demo: PolicySet):
    # We allow 1,100.00 of 1,000.00; 80 % = 880; the primary paid 640.00 of 1,000.00: min(880, 1,100 - 640) = 460 of the higher.
    # All of its 640.00 had a part in that: 1,000 = 460 + 640 - 100. Carved out, 880 - 640 = 240 and the patient's 360 - 240 = 120.
    case = paid_before(100000, 64000, {"PR-2": 36000})
    policies = policies_of(demo, Method.STANDARD, 110000, lesser_of_charge=False)
    line = line_of(case, policies)
    assert (line.paid_cents, adjusted(line)) == (46000, {"OA-94": -10000, "OA-23": 64000})
    line = line_of(case, policies_of(demo, Method.CARVE_OUT, 110000, lesser_of_charge=False))
    assert (line.paid_cents, adjusted(line)) == (24000, {"OA-23": 64000, "PR-2": 12000})


@pytest.mark.parametrize(
    ("fee", "pays", "told"),
    [
        # 1.00, all of it paid before us: min(90, 90 - 1) = 89; 1 = 89 + 1 - 89
        (9000, 8900, {"OA-94": -8900, "OA-23": 100}),
        # 1.01: one cent above the charge; 1.00: at it; 0.99: below it
        (101, 1, {"OA-94": -1, "OA-23": 100}),
        (100, 0, {"OA-23": 100}),
        (99, 0, {"OA-23": 100}),
    ],
)
def test_what_the_primary_paid_stays_told_where_we_allow_more_than_the_charge(
    demo: PolicySet, fee: int, pays: int, told: Reasons
):
    policies = policies_of(demo, Method.STANDARD, fee, a_benefit("all", ANY), lesser_of_charge=False)
    line = line_of(paid_before(100, 100, {}), policies)
    assert (line.paid_cents, adjusted(line)) == (pays, told)


FREE, TWENTIETH = a_benefit("all", ANY), a_benefit("office", ANY, coinsurance=500)


@pytest.mark.parametrize(
    ("method", "basis", "benefit", "prior", "fee", "told"),
    [
        # 30.00 are paid in all cases. The primary left 25.00 above its price to the patient; our contract lets
        # 170 - 120 - 30 = 20 be collected, and writes 5.00 off.
        (
            Method.PATIENT_RESPONSIBILITY,
            None,
            FREE,
            {"PR-2": 3000, "PR-45": 2500},
            17000,
            {"CO-45": 500, "PR-45": 2000},
        ),
        (
            Method.STANDARD,
            Basis.PRIMARY_ALLOWED,
            FREE,
            {"PR-2": 3000, "PR-45": 2500},
            17000,
            {"CO-45": 500, "PR-45": 2000},
        ),
        # of which 5 % of 170 = 8.50 are our coinsurance
        (
            Method.PATIENT_RESPONSIBILITY,
            None,
            TWENTIETH,
            {"PR-2": 3000, "PR-45": 2500},
            17000,
            {"CO-45": 500, "PR-2": 850, "PR-45": 1150},
        ),
        # The primary took 5.00 by its contract: min(170, 150 - 120) = 30, and 20.00 are left of the charge.
        (Method.STANDARD, None, FREE, {"CO-45": 500, "PR-2": 3000, "PR-45": 2000}, 17000, {"PR-45": 2000}),
        # Our contract lets a cent be collected, or none.
        (Method.PATIENT_RESPONSIBILITY, None, FREE, {"PR-2": 3000, "PR-45": 2500}, 15001, {"CO-45": 2499, "PR-45": 1}),
        (Method.PATIENT_RESPONSIBILITY, None, FREE, {"PR-2": 3000, "PR-45": 2500}, 15000, {"CO-45": 2500}),
        # Medicaid's payment is the whole: min(30, 170 - 120).
        (Method.MEDICAID, None, FREE, {"PR-2": 3000, "PR-45": 2500}, 17000, {"CO-45": 2500}),
    ],
)
def test_what_our_contract_lets_be_collected_is_no_write_off(
    demo: PolicySet, method: Method, basis: Basis | None, benefit: Benefit, prior: Reasons, fee: int, told: Reasons
):
    case = paid_before(17500, 12000, prior)
    line = line_of(case, policies_of(demo, method, fee, benefit, basis=basis))
    posted = 12000 + prior.get("CO-45", 0)
    assert (line.paid_cents, adjusted(line)) == (3000, {"OA-23": posted} | told)
    assert line.member_cents == told.get("PR-2", 0) + told.get("PR-45", 0)
    # Whom nobody may bill owes nothing of it either.
    coverage = tuple(
        msgspec.structs.replace(one, terms=msgspec.structs.replace(one.terms, not_billable=True))
        for one in case.coverage
    )
    case = msgspec.structs.replace(case, coverage=coverage)
    assert line_of(case, policies_of(demo, method, fee, benefit, basis=basis)).member_cents == 0


def test_a_line_that_nobody_before_us_covers_comes_to_what_the_first_payer_would_make_of_it(demo: PolicySet):
    # 1,100.00 allowed of 1,000.00: 880.00 and 220.00 of coinsurance, 100.00 above the charge.
    policies = policies_of(demo, Method.STANDARD, 110000, lesser_of_charge=False)
    line = line_of(paid_before(100000, 0, {"PR-96": 100000}), policies)
    assert (line.paid_cents, adjusted(line)) == (88000, {"OA-94": -10000, "PR-2": 22000})
    alone = line_of(a_case(a_claim(a_line(charge_cents=100000))), policies)
    assert (alone.paid_cents, adjusted(alone)) == (line.paid_cents, adjusted(line))


def test_a_benefit_limit_counts_what_the_plan_really_pays(demo: PolicySet):
    # A limit of 500.00 on payments leaves 500 of 600; of 800.00 allowed before us 400.00 are paid: 400 are paid of it.
    limit = a_limit(Counting.PAID, 50000)
    policies = policies_of(demo, Method.STANDARD, 75000, limits=(limit,))
    line = line_of(paid_before(*FIRST_EXAMPLE), policies)
    assert line.coordination is not None
    assert (line.coordination.benefit_cents, line.paid_cents) == (50000, 40000)
    assert line.share is not None
    assert [use.added for use in line.share.limits] == [40000]
    # Carved out 500 - 400 = 100; 1,000 - 600 - 100 = 300: coinsurance 150, the limit 100, the contract 50.
    line = line_of(paid_before(*FIRST_EXAMPLE), policies_of(demo, Method.CARVE_OUT, 75000, limits=(limit,)))
    assert line.paid_cents == 10000
    assert sum(adjusted(line).values()) == 90000
    assert adjusted(line)["OA-23"] == 60000


def test_what_a_limit_leaves_uncovered_is_owed_at_our_contracts_price(demo: PolicySet):
    # We allow 750.00, of which the limit leaves 300.00: benefit 240. Carved out 240 - 400 is nothing. Our contract lets 350.00 of
    # the primary's 400.00 be collected: not covered; 50.00 are the contract's.
    limit = a_limit(Counting.ALLOWED, 30000)
    line = line_of(paid_before(*FIRST_EXAMPLE), policies_of(demo, Method.CARVE_OUT, 75000, limits=(limit,)))
    assert (line.paid_cents, adjusted(line)) == (0, {"CO-45": 5000, "OA-23": 60000, "PR-119": 35000})


@pytest.mark.parametrize(
    ("method", "pays"),
    [
        # Of 400.00 the primary allows, 320.00 are paid: the plan pays the last 80.00 and no more, since nobody owes more;
        # (750 - 320) x 80 % = 344 and 600 - 320 = 280 would give the provider more than its contract with the primary.
        (Method.MAINTENANCE_OF_BENEFITS, 8000),
        (Method.CARVE_OUT, 8000),
        (Method.STANDARD, 8000),
    ],
)
def test_all_payers_together_pay_the_allowable_expense_at_most(demo: PolicySet, method: Method, pays: int):
    line = line_of(paid_before(100000, 32000, {"CO-45": 60000, "PR-2": 8000}), policies_of(demo, method, 75000))
    assert (line.paid_cents, adjusted(line)) == (pays, {"OA-23": 92000})


def two_lines(first: tuple[int, int, Reasons], second: tuple[int, int, Reasons], **facts: Any) -> Case:
    """99213 and 99214 of one day, each with the primary's result for it."""
    lines = (
        a_line(number, procedure=procedure, modifiers=modifiers, charge_cents=charge, other_payers=(result,))
        for number, procedure, modifiers, (charge, paid, told) in (
            (1, "99213", (), first),
            (2, "99214", ("25",), second),
        )
        for result in (OtherPayerLine("PAYER-P", paid, adjustments=reasons(told)),)
    )
    return msgspec.structs.replace(after(a_claim(*lines), payer()), **facts)


def test_a_limit_on_payments_counts_within_a_claim_what_the_plan_really_pays(demo: PolicySet):
    # 600.00 of payments: line 1 takes 400.00 (its benefit is 600.00), so that 200.00 are left to line 2: min(200, 800 - 400).
    policies = policies_of(demo, Method.STANDARD, 75000, limits=(a_limit(Counting.PAID, 60000),))
    decision = adjudicate(two_lines(FIRST_EXAMPLE, FIRST_EXAMPLE), policies)
    told = [(line.paid_cents, adjusted(line)) for line in decision.lines]
    assert told == [(40000, {"OA-23": 60000}), (20000, {"PR-119": 15000, "CO-45": 5000, "OA-23": 60000})]


def test_the_out_of_pocket_maximum_is_used_within_a_claim_by_what_the_patient_owes(demo: PolicySet):
    # 100.00 are left. Maintained, line 1 owes 70.00, so that line 2 finds 30.00: as the first the plan would pay 720.00 of it.
    balances = used(out_of_pocket=400_000 - 10_000)
    case = two_lines(FIRST_EXAMPLE, FIRST_EXAMPLE, balances=balances)
    decision = adjudicate(case, policies_of(demo, Method.MAINTENANCE_OF_BENEFITS, 75000))
    assert [(line.paid_cents, line.member_cents) for line in decision.lines] == [(28000, 7000), (32000, 3000)]
    assert [line.coordination.benefit_cents for line in decision.lines if line.coordination] == [65000, 72000]
    assert ["N549" in line.remarks for line in decision.lines] == [False, True]
    assert entries(decision, "out_of_pocket") == [7000, 3000]
    # By the standard method nothing is owed and the limit is as it was for line 2.
    decision = adjudicate(case, policies_of(demo, Method.STANDARD, 75000))
    assert [line.coordination.benefit_cents for line in decision.lines if line.coordination] == [65000, 65000]
    assert [line.remarks for line in decision.lines] == [(), ()]


@pytest.mark.parametrize(
    ("method", "most", "paid", "told"),
    [
        # (750 - 400) x 80 % = 280 is within a limit of 280.00, though the benefit, 600.00, is not
        (Method.MAINTENANCE_OF_BENEFITS, 28000, 28000, {"CO-45": 5000, "OA-23": 60000, "PR-2": 7000}),
        (Method.MAINTENANCE_OF_BENEFITS, 27999, 27999, {"CO-45": 5000, "OA-23": 60000, "PR-2": 7000, "PR-119": 1}),
        # the lesser of 400.00 and 750 - 400 = 350
        (Method.MEDICAID, 35000, 35000, {"CO-45": 5000, "OA-23": 60000}),
        (Method.MEDICAID, 34999, 34999, {"CO-45": 5000, "OA-23": 60000, "PR-119": 1}),
    ],
)
def test_a_limit_on_payments_bounds_what_a_method_comes_to_that_starts_from_the_allowed_amount(
    demo: PolicySet, method: Method, most: int, paid: int, told: Reasons
):
    policies = policies_of(demo, method, 75000, limits=(a_limit(Counting.PAID, most),))
    decision = adjudicate(paid_before(*FIRST_EXAMPLE), policies)
    (line,) = decision.lines
    assert (line.paid_cents, adjusted(line)) == (paid, told)
    assert any(finding.rule == "plans/worked#most" for finding in decision.findings) is ("PR-119" in told)


@pytest.mark.parametrize(
    ("method", "first_used", "later", "told"),
    [
        # 100.00, copay 50.00 a visit: as the first the plan would have paid 50.00 of the first claim, whose 80.00 another payer
        # paid: 20.00 are left, and nothing to the patient. The visit's copay is used up: the second's benefit is all 100.00,
        # of which 100.00 - 40.00 = 60.00 are left; with the copay again it would be 50.00.
        (Method.STANDARD, (0, 5000), 6000, {"OA-23": 4000}),
        # 100.00 - 80.00 = 20.00 of the first are copay, so that 30.00 are left: 100.00 - 40.00 - 30.00
        (Method.MAINTENANCE_OF_BENEFITS, (2000, 5000), 3000, {"OA-23": 4000, "PR-3": 3000}),
    ],
)
def test_a_visits_one_copay_counts_for_a_later_claim_as_it_does_for_a_later_line(
    demo: PolicySet, method: Method, first_used: tuple[int, int], later: int, told: Reasons
):
    policies = policies_of(demo, method, 10000, a_benefit("visit", ANY, copay=5000), basis=Basis.HIGHER)
    first = msgspec.structs.replace(paid_before(10000, 8000, {"PR-2": 2000}), claim_id="CEARLIER00000001")
    (kept,) = history_lines(first, 1, adjudicate(first, policies))
    assert (kept.copay_cents, kept.benefit_copay_cents) == first_used
    kept = msgspec.structs.replace(kept, procedure="93000")
    line = line_of(paid_before(10000, 4000, {"PR-2": 6000}, history=(kept,)), policies)
    assert (line.paid_cents, adjusted(line)) == (later, told)


@given(
    charges=st.tuples(st.integers(1, 100_000), st.integers(1, 100_000)),
    parts=st.lists(st.integers(0, 50), min_size=6, max_size=6),
    fee=st.integers(1, 120_000),
    method=st.sampled_from(Method),
    met=st.integers(0, 100_000),
    limit=st.integers(0, 100_000),
    copay=st.integers(0, 20_000),
)
def test_two_lines_of_a_claim_come_to_what_two_claims_come_to(
    demo: PolicySet,
    charges: tuple[int, int],
    parts: list[int],
    fee: int,
    method: Method,
    met: int,
    limit: int,
    copay: int,
):
    def prior(charge: int, weights: list[int]) -> tuple[int, int, Reasons]:
        contractual, share, balance = (charge * weight // (sum(weights) or 1) for weight in weights)
        paid = charge - contractual - share - balance if not sum(weights) or weights[2] % 2 else 0
        return charge, paid, {"CO-45": charge - paid - share - balance, "PR-2": share, "PR-119": balance}

    case = two_lines(
        prior(charges[0], parts[:3]), prior(charges[1], parts[3:]), balances=used(deductible=met, out_of_pocket=350_000)
    )
    benefit = a_benefit("everything-else", ANY, copay=copay, deductible=True, coinsurance=2000)
    policies = policies_of(demo, method, fee, benefit, limits=(a_limit(Counting.PAID, limit),))
    together = adjudicate(case, policies)
    alone = []
    for line in case.claim.lines:
        claim = msgspec.structs.replace(case.claim, lines=(line,), total_charge_cents=line.charge_cents)
        one = msgspec.structs.replace(case, claim=claim)
        decision = adjudicate(one, policies)
        assert decision.disposition.is_final
        alone.append(decision.lines[0])
        history = msgspec.structs.replace(one, claim_id="CEARLIER00000001")
        case = msgspec.structs.replace(
            case,
            balances=tuple(
                msgspec.structs.replace(
                    balance,
                    used_cents=balance.used_cents
                    + sum(
                        entry.amount_cents
                        for entry in decision.entries
                        if (entry.owner, entry.accumulator) == (balance.owner, balance.accumulator)
                    ),
                )
                for balance in case.balances
            ),
            history=(*case.history, *history_lines(history, 1, decision)),
        )
    assert [(line.paid_cents, adjusted(line)) for line in together.lines] == [
        (line.paid_cents, adjusted(line)) for line in alone
    ]


def test_a_result_for_the_claim_is_spread_over_its_lines(demo: PolicySet):
    # 300.00 and 100.00; 200.00 paid, 100.00 contractual, 100.00 coinsurance: by charge 150 / 75 / 75 and 50 / 25 / 25.
    claim = a_claim(a_line(1, charge_cents=30000), a_line(2, procedure="99214", charge_cents=10000, modifiers=("25",)))
    whole = payer(paid_cents=20000, adjustments=reasons({"CO-45": 10000, "PR-2": 10000}))
    decision = adjudicate(after(claim, whole), policies_of(demo, Method.STANDARD, 10_000_000))
    told = {line.line: (line.paid_cents, adjusted(line)) for line in decision.lines}
    assert told == {1: (7500, {"OA-23": 22500}), 2: (2500, {"OA-23": 7500})}


@pytest.mark.parametrize(
    ("method", "told"),
    [
        # 100.00 each, of which we allow 80.00 and 20.00; 80.00 paid and 20.00 left: 64 + 16 and 16 + 4; 20 and 80 contractual.
        # (80 - 64) x 80 % = 12.80; (20 - 16) x 80 % = 3.20
        (
            Method.MAINTENANCE_OF_BENEFITS,
            [(1280, {"OA-23": 8400, "PR-2": 320}), (320, {"OA-23": 9600, "PR-2": 80})],
        ),
        # 64 - 64; 16 - 16
        (Method.CARVE_OUT, [(0, {"OA-23": 8400, "PR-2": 1600}), (0, {"OA-23": 9600, "PR-2": 400})]),
        # min(64, 80 - 64); min(16, 20 - 16)
        (Method.STANDARD, [(1600, {"OA-23": 8400}), (400, {"OA-23": 9600})]),
    ],
)
def test_a_result_for_the_claim_is_spread_by_what_is_allowable(
    demo: PolicySet, method: Method, told: list[tuple[int, Reasons]]
):
    claim = a_claim(a_line(1, charge_cents=10000), a_line(2, procedure="99214", charge_cents=10000, modifiers=("25",)))
    policies = worked_policies(
        demo, FIFTH, fees_cents={"99213": 8000, "99214": 2000}, coordination=PlanCoordination(method, None)
    )
    case = after(claim, payer(paid_cents=8000, adjustments=reasons({"CO-45": 10000, "PR-2": 2000})))
    assert [(line.paid_cents, adjusted(line)) for line in adjudicate(case, policies).lines] == told


@pytest.mark.parametrize("units", [0, 1, 2, 3])
def test_a_result_for_the_claim_is_told_once_however_many_lines_are_denied(demo: PolicySet, units: int):
    # 80.00 paid and 127.77 taken off are 207.77 over the three lines, of which a limit of units leaves so many.
    claim = a_claim(
        a_line(1, charge_cents=10000),
        a_line(2, procedure="99214", charge_cents=5000, modifiers=("25",)),
        a_line(3, procedure="99215", charge_cents=7777, modifiers=("25",)),
    )
    policies = worked_policies(
        demo,
        FIFTH,
        fees_cents={"99213": 8000, "99214": 2000, "99215": 3000},
        coordination=PlanCoordination(Method.MAINTENANCE_OF_BENEFITS),
        limits=(a_limit(Counting.UNITS, units * 1000),),
    )
    case = after(claim, payer(paid_cents=8000, adjustments=reasons({"CO-45": 12777, "PR-2": 2000})))
    decision = adjudicate(case, policies)
    assert sum(adjusted(line)["OA-23"] for line in decision.lines) == 20777
    # and what the primary left is paid or is the patient's
    assert decision.paid_cents + decision.member_cents == 2000


def test_of_a_result_for_the_claim_a_denied_line_has_its_part(demo: PolicySet):
    # The second is the first again and is denied; half of all was told of each. 64 as the first: min(64, 50 - 40) = 10.
    claim = a_claim(a_line(1, charge_cents=10000), a_line(2, charge_cents=10000))
    case = after(claim, payer(paid_cents=8000, adjustments=reasons({"CO-45": 10000, "PR-2": 2000})))
    decision = adjudicate(case, policies_of(demo, Method.STANDARD, 8000))
    told = [(line.paid_cents, adjusted(line)) for line in decision.lines]
    assert told == [(1000, {"OA-23": 9000}), (0, {"OA-23": 9000, "OA-18": 1000})]


@pytest.mark.parametrize(
    ("method", "paid", "told"),
    [
        # 800.00 are allowable, of which nothing is paid: as the first, 80 % of 750.00
        (Method.STANDARD, 60000, {"CO-45": 5000, "OA-23": 20000, "PR-2": 15000}),
        (Method.PATIENT_RESPONSIBILITY, 60000, {"CO-45": 5000, "OA-23": 20000, "PR-2": 15000}),
        (Method.CARVE_OUT, 60000, {"CO-45": 5000, "OA-23": 20000, "PR-2": 15000}),
        # the lesser of 800.00 and 750.00
        (Method.MEDICAID, 75000, {"CO-45": 5000, "OA-23": 20000}),
    ],
)
@pytest.mark.parametrize("group", ["CO", "PR"])
def test_what_the_earlier_payer_priced_but_does_not_cover_is_ours(
    demo: PolicySet, method: Method, paid: int, told: Reasons, group: str
):
    case = paid_before(100000, 0, {"CO-45": 20000, f"{group}-96": 80000})
    line = line_of(case, policies_of(demo, method, 75000))
    assert (line.paid_cents, adjusted(line)) == (paid, told)


@pytest.mark.parametrize(
    ("method", "paid", "told"),
    [
        # Visits beyond the first payer's limit: 400.00 paid, 400.00 not covered: min(600, 800 - 400) = 400
        (Method.STANDARD, 40000, {"OA-23": 60000}),
        (Method.PATIENT_RESPONSIBILITY, 40000, {"OA-23": 60000}),
        # min(400, 750 - 400) = 350
        (Method.MEDICAID, 35000, {"CO-45": 5000, "OA-23": 60000}),
    ],
)
def test_a_part_that_the_earlier_payer_does_not_cover_is_allowable(
    demo: PolicySet, method: Method, paid: int, told: Reasons
):
    case = paid_before(100000, 40000, {"CO-45": 20000, "PR-119": 40000})
    policies = policies_of(demo, method, 75000)
    decision = adjudicate(case, policies)
    (line,) = decision.lines
    assert (line.paid_cents, adjusted(line)) == (paid, told)
    assert line.coordination is not None
    assert line.coordination.prior_not_covered_cents == 40000
    assert "and did not cover 400.00" in explain(case, decision, policies, Register.BILLER)


def test_the_obligation_to_accept_is_at_most_the_charge(demo: PolicySet):
    # The primary allowed 120.00 of 100.00 and paid 96.00 (OA-94): min(100 - 96, 80, 120 - 96) = 4.
    case = paid_before(10000, 9600, {"OA-94": -2000, "PR-2": 2400})
    line = line_of(case, policies_of(demo, Method.MEDICARE, 10000))
    assert (line.paid_cents, adjusted(line)) == (400, {"CO-45": 2000, "OA-23": 7600})


ONE_VISIT = (a_limit(Counting.VISITS, 1),)


@pytest.mark.parametrize(
    ("paid", "prior", "told"),
    [
        # 400.00 paid and 200.00 taken off before us: of what we deny 400.00 are left, and no more is the patient's
        (40000, {"CO-45": 20000, "PR-2": 40000}, {"OA-23": 60000, "PR-119": 40000}),
        # all to the primary's deductible: 800.00 are left
        (0, {"CO-45": 20000, "PR-1": 80000}, {"OA-23": 20000, "PR-119": 80000}),
        # everything is settled: nobody owes anything
        (80000, {"CO-45": 20000}, {"OA-23": 100000}),
        # the primary does not cover it either
        (0, {"PR-96": 100000}, {"PR-119": 100000}),
        # its contract took all, by another line, by its price or by the month: the patient owes nothing of what we deny
        (0, {"CO-97": 100000}, {"OA-23": 100000}),
        (0, {"CO-45": 100000}, {"OA-23": 100000}),
        (0, {"CO-24": 100000}, {"OA-23": 100000}),
        (0, {"CO-236": 100000}, {"OA-23": 100000}),
        # it took 600.00, and the patient owes the 400.00 above its price
        (0, {"CO-45": 60000, "PR-45": 40000}, {"OA-23": 60000, "PR-119": 40000}),
        (0, {"CO-45": 99999, "PR-45": 1}, {"OA-23": 99999, "PR-119": 1}),
        (0, {"PR-45": 100000}, {"PR-119": 100000}),
        # it allowed 1,200.00 of 1,000.00, and paid 960.00
        (96000, {"OA-94": -20000, "PR-2": 24000}, {"OA-23": 76000, "PR-119": 24000}),
    ],
)
def test_a_line_that_we_deny_is_adjusted_by_what_was_settled_before(
    demo: PolicySet, paid: int, prior: Reasons, told: Reasons
):
    case = paid_before(100000, paid, prior, history=(an_earlier_line(),))
    decision = adjudicate(case, policies_of(demo, Method.STANDARD, 75000, limits=ONE_VISIT))
    assert decision.disposition is Disposition.DENIED
    (line,) = decision.lines
    assert adjusted(line) == told
    assert decision.member_cents == told.get("PR-119", 0)
    assert (line.paid_cents, decision.entries) == (0, ())


def test_a_result_that_does_not_add_up_settles_nothing_of_a_denied_line(demo: PolicySet):
    # 400.00 + 200.00 of 1,000.00: the claim is denied, and nothing is known to be posted.
    case = paid_before(100000, 40000, {"CO-45": 20000})
    (line,) = adjudicate(case, policies_of(demo, Method.STANDARD, 75000)).lines
    assert adjusted(line) == {"CO-16": 100000}


def test_what_a_payer_left_unpaid_by_its_rules_is_denied_without_what_was_settled(demo: PolicySet):
    policies = policies_of(demo, Method.STANDARD, 75000)
    # The first paid 400.00 of 800.00; the second found the claim late: 400.00 are denied.
    late = three(100000, FIRST_EXAMPLE[1:], (0, {"OA-23": 60000, "CO-29": 40000}))
    assert adjusted(adjudicate(late, policies).lines[0]) == {"OA-23": 60000, "OA-136": 40000}
    # The first denied all of it for either reason: nothing is settled.
    for carc in ("29", "197"):
        denied = paid_before(100000, 0, {f"CO-{carc}": 100000})
        assert adjusted(adjudicate(denied, policies).lines[0]) == {"OA-136": 100000}
    # The first took 200.00 off by its contract, and denied the rest for want of an authorization.
    unauthorized = paid_before(100000, 0, {"CO-45": 20000, "CO-197": 80000})
    assert adjusted(adjudicate(unauthorized, policies).lines[0]) == {"OA-23": 20000, "OA-136": 80000}


@pytest.mark.parametrize(
    ("paid", "prior", "pays", "told"),
    [
        # 40.00 are a penalty, and 60.00 went to its deductible: it did not deny the line. min(80 % of 100, 60 - 0) = 60
        (0, {"PR-1": 6000, "CO-197": 4000}, 6000, {"OA-23": 4000}),
        # min(80, 60 - 0.01) = 59.99
        (1, {"PR-1": 5999, "CO-197": 4000}, 5999, {"OA-23": 4001}),
        # and without a deductible it did
        (0, {"CO-45": 6000, "CO-197": 4000}, 0, {"OA-23": 6000, "OA-136": 4000}),
    ],
)
def test_a_penalty_beside_a_deductible_is_no_denial(
    demo: PolicySet, paid: int, prior: Reasons, pays: int, told: Reasons
):
    (line,) = adjudicate(paid_before(10000, paid, prior), policies_of(demo, Method.STANDARD, 10000)).lines
    assert (line.paid_cents, adjusted(line)) == (pays, told)


def test_who_covers_a_line_later_stands_in_for_who_found_it_late(demo: PolicySet):
    policies = policies_of(demo, Method.STANDARD, 75000)
    # The second paid 400.00 of 800.00: min(600, 800 - 400) = 400
    covered = three(100000, (0, {"CO-29": 100000}), FIRST_EXAMPLE[1:])
    (line,) = adjudicate(covered, policies).lines
    assert (line.paid_cents, adjusted(line)) == (40000, {"OA-23": 60000})
    # and where it covers nothing either the first one's reason stands
    (line,) = adjudicate(three(100000, (0, {"CO-29": 100000}), (0, {"PR-96": 100000})), policies).lines
    assert (line.paid_cents, adjusted(line)) == (0, {"OA-136": 100000})


@pytest.mark.parametrize(("group", "carc"), [("OA", "22"), ("PR", "204")])
def test_a_reviewers_reason_takes_what_nobody_could_read(demo: PolicySet, group: str, carc: str):
    # The first accounts for 600.00; why the second left 400.00 unpaid a reviewer has judged: they are denied with that reason.
    policies = policies_of(demo, Method.STANDARD, 75000)
    case = three(100000, FIRST_EXAMPLE[1:], (0, {"OA-23": 60000, "OA-16": 40000}))
    (found,) = [f for f in adjudicate(case, policies).findings if f.rule == "unsupported.earlier-payer-reason"]
    ruling = Ruling(
        rule=found.rule,
        policy=found.policy,
        line=found.line,
        verdict=RulingVerdict.DENY,
        rationale="Another payer is named.",
        ruled_by="ann",
        group=group,
        carc=carc,
        remarks=(),
    )
    decision = adjudicate(msgspec.structs.replace(case, rulings=(ruling,)), policies)
    assert decision.disposition is Disposition.DENIED
    assert adjusted(decision.lines[0]) == {"OA-23": 60000, f"{group}-{carc}": 40000}


def reversed_first(denied: str, *corrected: OtherPayerLine) -> Case:
    """100.00 that the primary denied, took back and decided again."""
    results = (
        OtherPayerLine("PAYER-P", 0, adjustments=reasons({denied: 10000})),
        OtherPayerLine("PAYER-P", 0, adjustments=reasons({denied: -10000})),
        *corrected,
    )
    return after(a_claim(a_line(charge_cents=10000, other_payers=results)), payer())


@pytest.mark.parametrize(
    ("denied", "corrected", "pays", "told"),
    [
        # 80.00 to its deductible: min(80 % of 80, 80 - 0) = 64; 16.00 of coinsurance
        ("CO-197", {"CO-45": 2000, "PR-1": 8000}, 6400, {"OA-23": 2000, "PR-2": 1600}),
        # not covered: as the first 80 % of 80
        ("CO-16", {"PR-96": 10000}, 6400, {"CO-45": 2000, "PR-2": 1600}),
        ("PR-96", {"CO-197": 10000}, 0, {"OA-136": 10000}),
    ],
)
def test_a_result_that_was_taken_back_says_nothing(
    demo: PolicySet, denied: str, corrected: Reasons, pays: int, told: Reasons
):
    case = reversed_first(denied, OtherPayerLine("PAYER-P", 0, adjustments=reasons(corrected)))
    (line,) = adjudicate(case, policies_of(demo, Method.STANDARD, 8000)).lines
    assert (line.paid_cents, adjusted(line)) == (pays, told)


@pytest.mark.parametrize(
    ("second", "pays", "told"),
    [
        # It does not cover the 30.00 of coinsurance, so that the first allowed 150.00 still: 150 - 120 = 30 (calc 1 150 - 120,
        # calc 2 100)
        ((0, {"OA-23": 14500, "PR-96": 3000}), 3000, {"OA-23": 14500}),
        ((0, {"OA-23": 14500, "PR-275": 3000}), 3000, {"OA-23": 14500}),
        ((0, {"PR-96": 17500}), 3000, {"OA-23": 14500}),
        ((0, {"OA-23": 14500, "PR-2": 3000}), 3000, {"OA-23": 14500}),
        # It repeats more than was settled before it: the 30.00 are as open as they were.
        ((0, {"OA-23": 17500}), 3000, {"OA-23": 14500}),
        # It paid 10.00 of them: 20.00 are left.
        ((1000, {"OA-23": 16500}), 2000, {"OA-23": 15500}),
        ((1000, {"OA-23": 14500, "PR-2": 2000}), 2000, {"OA-23": 15500}),
    ],
)
def test_what_a_second_payer_does_not_cover_of_the_firsts_cost_share_is_left_as_it_was(
    demo: PolicySet, second: Told, pays: int, told: Reasons
):
    case = three(17500, (12000, {"CO-45": 2500, "PR-2": 3000}), second)
    line = line_of(case, policies_of(demo, Method.MEDICARE, 12500))
    assert (line.paid_cents, adjusted(line)) == (pays, told)


@pytest.mark.parametrize(
    "second",
    [
        # All the charge settled before it, as a plan says that carves out: nobody has paid the 400.00.
        (0, {"OA-23": 100000}),
        # Prior payer's cost share not covered (domain/05 section 5).
        (0, {"OA-23": 60000, "PR-275": 40000}),
        (0, {"OA-23": 60000, "PR-96": 40000}),
    ],
)
def test_what_nobody_before_us_has_paid_is_ours_to_pay(demo: PolicySet, second: Told):
    # min(600, 800 - 400) = 400
    line = line_of(three(100000, FIRST_EXAMPLE[1:], second), policies_of(demo, Method.STANDARD, 75000))
    assert (line.paid_cents, adjusted(line)) == (40000, {"OA-23": 60000})


@pytest.mark.parametrize(
    ("prior", "fee", "method", "pays", "told"),
    [
        # PI: no contract of the primary, so that the higher of 800.00 and 900.00 is allowable: min(720, 900 - 400) = 500.
        ((100000, 40000, {"PI-45": 20000, "PR-2": 40000}), 90000, Method.STANDARD, 50000, {"OA-23": 50000}),
        ((100000, 40000, {"OA-45": 20000, "PR-2": 40000}), 90000, Method.STANDARD, 50000, {"OA-23": 50000}),
        # CO: 800 - 400
        ((100000, 40000, {"CO-45": 20000, "PR-2": 40000}), 90000, Method.STANDARD, 40000, {"OA-23": 60000}),
        # Without CO the provider need not accept less than the charge: min(175 - 110, 100, 125 - 110) = 15
        ((17500, 11000, {"PI-45": 6500}), 12500, Method.MEDICARE, 1500, {"OA-23": 16000}),
        ((17500, 11000, {"CO-45": 6500}), 12500, Method.MEDICARE, 0, {"OA-23": 17500}),
        # 5.00 by contract and 60.00 without: min(170 - 110, 100, 15) = 15
        ((17500, 11000, {"CO-45": 500, "PI-45": 6000}), 12500, Method.MEDICARE, 1500, {"OA-23": 16000}),
    ],
)
def test_only_a_contract_of_the_primary_binds_the_provider(
    demo: PolicySet, prior: tuple[int, int, Reasons], fee: int, method: Method, pays: int, told: Reasons
):
    line = line_of(paid_before(*prior), policies_of(demo, method, fee))
    assert (line.paid_cents, adjusted(line)) == (pays, told)


@pytest.mark.parametrize("group", ["OA", "PR"])
@pytest.mark.parametrize(
    ("method", "pays", "share"),
    [
        # 64.00 are the benefit of 80.00: 64 - 60 = 4; the patient owes 20 - 4
        (Method.CARVE_OUT, 400, 1600),
        # (80 - 60) x 80 % = 16
        (Method.MAINTENANCE_OF_BENEFITS, 1600, 400),
        # min(64, 80 - 60) = 20
        (Method.STANDARD, 2000, 0),
    ],
)
def test_what_the_primary_paid_to_the_patient_is_paid(
    demo: PolicySet, method: Method, pays: int, share: int, group: str
):
    policies = policies_of(demo, method, 8000)
    wanted = {"OA-23": 8000} | ({"PR-2": share} if share else {})
    for case in (
        paid_before(10000, 0, {"CO-45": 2000, f"{group}-100": 6000, "PR-2": 2000}),
        paid_before(10000, 6000, {"CO-45": 2000, "PR-2": 2000}),
    ):
        line = line_of(case, policies)
        assert (line.paid_cents, adjusted(line)) == (pays, wanted)


def test_a_third_payer_pays_after_two(demo: PolicySet):
    # 1,000.00: 400 of 800 by the first, 300 by the second, 100 left: min(600, 800 - 700) = 100; OA-23 = 700 + 200.
    case = three(100000, FIRST_EXAMPLE[1:], (30000, {"OA-23": 60000, "PR-2": 10000}))
    line = line_of(case, policies_of(demo, Method.STANDARD, 75000))
    assert (line.paid_cents, adjusted(line)) == (10000, {"OA-23": 90000})


def rules_of(decision: Decision) -> list[str]:
    return [
        finding.rule for finding in decision.findings if finding.rule.startswith(("earlier", "unsupported", "filing"))
    ]


ONE = a_claim(a_line(charge_cents=100000))
TOLD = payer(paid_cents=40000, adjustments=reasons({"CO-45": 20000, "PR-2": 40000}))


@pytest.mark.parametrize(
    ("case", "rules"),
    [
        (after(ONE, TOLD), []),
        (after(ONE, payer()), ["earlier-payer.no-result"]),
        (after(ONE), ["unsupported.earlier-payer"]),
        (after(ONE, TOLD, payer("S", paid_cents=0), rank="T"), ["earlier-payer.incomplete"]),
        (after(ONE, TOLD, payer("S"), rank="T"), ["earlier-payer.one-missing"]),
        (after(ONE, TOLD, rank="T"), ["earlier-payer.one-missing"]),
        (after(ONE, payer(), payer("S"), rank="T"), ["earlier-payer.one-missing"]),
        (after(ONE, payer(noncovered_cents=100000), payer("S"), rank="T"), ["earlier-payer.one-missing"]),
        (after(ONE, TOLD, msgspec.structs.replace(payer("T"), adjudicated_on=None)), []),
        (after(ONE, TOLD, payer("T")), ["unsupported.earlier-payer"]),
        (after(ONE, TOLD, payer("S")), ["unsupported.earlier-payer"]),
        (after(ONE, TOLD, payer("")), ["unsupported.earlier-payer"]),
        (after(ONE, TOLD, payer("U")), ["unsupported.earlier-payer"]),
        (after(ONE, msgspec.structs.replace(TOLD, paid_cents=39999)), ["earlier-payer.incomplete"]),
        (after(ONE, msgspec.structs.replace(TOLD, adjudicated_on=None)), ["earlier-payer.undated"]),
        (
            after(ONE, msgspec.structs.replace(TOLD, adjudicated_on=None, paid_cents=39999)),
            ["earlier-payer.incomplete", "earlier-payer.undated"],
        ),
        (paid_before(10000, 0, {"CO-197": 10000}), ["earlier-payer.rules-not-followed"]),
        (paid_before(10000, 100, {"CO-197": 9900}), []),
        (paid_before(10000, 0, {"CO-16": 10000}), ["unsupported.earlier-payer-reason"]),
        (paid_before(10000, 0, {"CO-45": 10000}), []),
        # What is asked for or waits is no price, whatever else was paid or left.
        (paid_before(10000, 0, {"CO-45": 2000, "PR-2": 1, "CO-16": 7999}), ["unsupported.earlier-payer-reason"]),
        (paid_before(10000, 4000, {"CO-45": 2000, "OA-133": 4000}), ["unsupported.earlier-payer-reason"]),
        (paid_before(10000, 4000, {"CO-45": 2000, "CO-252": 4000}), ["unsupported.earlier-payer-reason"]),
        (paid_before(10000, 4000, {"CO-45": 2000, "CO-50": 4000}), []),
        # The first payer repeats somebody before it, of whom the claim tells nothing.
        (paid_before(10000, 4000, {"OA-23": 6000}), ["unsupported.earlier-payer-reason"]),
        (three(10000, (4000, {"CO-45": 6000}), (0, {"OA-23": 10000})), []),
    ],
)
def test_the_results_that_must_be_there(demo: PolicySet, case: Case, rules: list[str]):
    assert rules_of(adjudicate(case, policies_of(demo, Method.STANDARD, 75000))) == rules


FIRSTS = OtherPayerLine("PAYER-P", 40000, adjustments=reasons({"CO-45": 20000, "PR-2": 40000}))


def told_for(*results: OtherPayerLine) -> Claim:
    return a_claim(a_line(charge_cents=100000, other_payers=results))


def because_of(decision: Decision, rule: str) -> str:
    (finding,) = [finding for finding in decision.findings if finding.rule == rule]
    return finding.because


@pytest.mark.parametrize(
    ("facts", "waits"),
    [
        # named to come after us, without an answer: min(600, 800 - 400) = 400 is ours
        ({}, False),
        # it has paid the 400.00 already, or tells what only one can tell that has had the claim
        ({"paid_cents": 0}, True),
        ({"noncovered_cents": 100000}, True),
        ({"adjudicated_on": SERVICE_DAY}, True),
        ({"claim_control_number": "LATER1"}, True),
    ],
)
def test_we_do_not_pay_before_a_payer_after_us_that_has_answered(demo: PolicySet, facts: dict[str, Any], waits: bool):
    later = OtherPayer(payer_id="PAYER-T", responsibility="T", **facts)
    decision = adjudicate(after(told_for(FIRSTS), payer(), later), policies_of(demo, Method.STANDARD, 75000))
    assert rules_of(decision) == (["unsupported.earlier-payer"] if waits else [])
    assert decision.disposition is (Disposition.PENDED if waits else Disposition.PAID)
    if waits:
        assert because_of(decision, "unsupported.earlier-payer") == (
            "We are named as payer S (SBR01); other payers are named as P, T (SBR01 of loop 2320). The claim has an answer of "
            "payer T, after us in the order."
        )
    else:
        assert (decision.paid_cents, adjusted(decision.lines[0])) == (40000, {"OA-23": 60000})


def test_why_another_payer_comes_first_is_no_doubt_where_it_does(demo: PolicySet):
    # SBR05 tells it beside Medicare: 12, a working person's plan. Where we are named as the first it is one (test_unsupported).
    case = after(ONE, TOLD)
    subscriber = msgspec.structs.replace(case.claim.subscriber, insurance_type="12")
    case = msgspec.structs.replace(case, claim=msgspec.structs.replace(case.claim, subscriber=subscriber))
    assert line_of(case, policies_of(demo, Method.STANDARD, 75000)).paid_cents == 40000


def test_a_line_that_a_payer_after_us_has_paid_waits(demo: PolicySet):
    thirds = OtherPayerLine("PAYER-T", 40000, adjustments=reasons({"OA-23": 60000}))
    later = OtherPayer(payer_id="PAYER-T", responsibility="T")
    for case in (
        after(told_for(FIRSTS, thirds), payer(), later),
        after(told_for(thirds), later, rank="P"),
    ):
        decision = adjudicate(case, policies_of(demo, Method.STANDARD, 75000))
        assert (decision.disposition, rules_of(decision)) == (Disposition.PENDED, ["unsupported.earlier-payer"])


OTHERS = OtherPayerLine("OTHER9", 2000, adjustments=reasons({"OA-23": 98000}))


@pytest.mark.parametrize(
    ("case", "rules"),
    [
        # The one payer before us is told of under another name.
        (after(told_for(OTHERS), payer()), ["earlier-payer.incomplete"]),
        # Beside a result that adds up: what the other one did is not known to be before us or after.
        (after(told_for(FIRSTS, OTHERS), payer()), ["earlier-payer.incomplete"]),
        # Of two before us one is told under another name, and of the other there is nothing: it is asked for too.
        (
            after(told_for(OTHERS), payer(), payer("S"), rank="T"),
            ["earlier-payer.incomplete", "earlier-payer.one-missing"],
        ),
        (after(told_for(FIRSTS, OTHERS), payer(), payer("S"), rank="T"), ["earlier-payer.incomplete"]),
    ],
)
def test_a_result_of_a_payer_whom_the_claim_does_not_name_is_incomplete(demo: PolicySet, case: Case, rules: list[str]):
    decision = adjudicate(case, policies_of(demo, Method.STANDARD, 75000))
    assert (decision.disposition, rules_of(decision)) == (Disposition.DENIED, rules)
    assert "payer OTHER9 has one (SVD01), and no loop 2330B names it (NM109)" in because_of(
        decision, "earlier-payer.incomplete"
    )
    # Nothing is known to be posted, so that the reason takes all.
    (line,) = decision.lines
    assert (adjusted(line), line.remarks) == ({"CO-16": 100000}, ("N480",))


def two_plans_of_one_insurer(claim: Claim, **of_claim: Any) -> Case:
    both = [msgspec.structs.replace(payer(rank, **of_claim), payer_id="PAYER-P") for rank in ("P", "S")]
    return after(claim, *both, rank="T")


def test_which_of_two_plans_of_one_insurer_paid_a_line_a_person_finds_out(demo: PolicySet):
    seconds = OtherPayerLine("PAYER-P", 30000, adjustments=reasons({"OA-23": 60000, "PR-2": 10000}))
    policies = policies_of(demo, Method.STANDARD, 75000)
    for claim in (told_for(FIRSTS, seconds), told_for(FIRSTS)):
        case = two_plans_of_one_insurer(claim)
        decision = adjudicate(case, policies)
        assert (decision.disposition, rules_of(decision)) == (Disposition.PENDED, ["unsupported.earlier-payer"])
        assert because_of(decision, "unsupported.earlier-payer").endswith(
            "Several of them are payer PAYER-P (NM109 of loop 2330B): whose an SVD is, the claim does not tell."
        )
        # Denied by a person: whose the amounts are is not known, so that nothing is told as posted.
        (waiting,) = decision.pends()
        ruling = Ruling(
            rule=waiting.rule,
            policy=waiting.policy,
            line=waiting.line,
            verdict=RulingVerdict.DENY,
            group="OA",
            carc="22",
            remarks=(),
            rationale="Asked.",
            ruled_by="examiner-one",
        )
        denied = adjudicate(msgspec.structs.replace(case, rulings=(ruling,)), policies)
        assert adjusted(denied.lines[0]) == {"OA-22": 100000}


def test_two_plans_of_one_insurer_with_results_for_the_claim_are_told_apart(demo: PolicySet):
    # Each result stands in its own loop 2320: 400 of 800, then all of the other 400: nothing is left.
    first = msgspec.structs.replace(TOLD, payer_id="ONE")
    second = payer("S", paid_cents=40000, adjustments=reasons({"OA-23": 60000}))
    case = after(ONE, first, msgspec.structs.replace(second, payer_id="ONE"), rank="T")
    line = line_of(case, policies_of(demo, Method.STANDARD, 75000))
    assert (line.paid_cents, adjusted(line)) == (0, {"OA-23": 100000})


def test_what_the_patient_owes_told_at_claim_and_line_is_incomplete(demo: PolicySet):
    # 99.00 for the claim, 5.00 for its line; domain/01 section 5 has it at one of the two.
    result = msgspec.structs.replace(FIRSTS, patient_liability_cents=500)
    for of_claim, rules in ((None, []), (9900, ["earlier-payer.incomplete"])):
        case = after(told_for(result), payer(patient_liability_cents=of_claim))
        assert rules_of(adjudicate(case, policies_of(demo, Method.STANDARD, 75000))) == rules


@pytest.mark.parametrize(
    ("accepts", "rules"), [(True, []), (False, ["earlier-payer.no-result"])], ids=["accepted", "asked for"]
)
def test_whether_a_payer_that_covers_nothing_has_to_be_billed_is_the_payers_policy(
    demo: PolicySet, accepts: bool, rules: list[str]
):
    policies = policies_of(demo, Method.STANDARD, 75000)
    versions = tuple(
        msgspec.structs.replace(
            version,
            prior_reasons=msgspec.structs.replace(version.reasons_of_earlier_payers, accepts_not_billed=accepts),
        )
        for version in policies.payer.versions
    )
    policies = msgspec.structs.replace(policies, payer=msgspec.structs.replace(policies.payer, versions=versions))
    decision = adjudicate(after(ONE, payer(noncovered_cents=100000)), policies)
    assert rules_of(decision) == rules
    # As the first: 20 % of the 750.00 that we allow are 150.00; nothing was settled before us (no OA-23).
    (line,) = decision.lines
    told = {"CO-45": 25000, "PR-2": 15000} if accepts else {"OA-22": 100000}
    assert (line.paid_cents, adjusted(line)) == (60000 if accepts else 0, told)


def test_a_plan_that_does_not_say_how_it_pays_after_others_waits(demo: PolicySet):
    for case in (after(ONE, payer()), paid_before(10000, 0, {"CO-197": 10000})):
        assert rules_of(adjudicate(case, worked_policies(demo, FIFTH))) == ["unsupported.earlier-payer"]
    decision = adjudicate(after(ONE, TOLD), worked_policies(demo, FIFTH))
    assert decision.disposition is Disposition.PENDED
    assert decision.findings[0].because == (
        "We are named as payer S (SBR01); other payers are named as P (SBR01 of loop 2320). plans/worked@2020-01-01 does not say "
        "how it pays after other payers."
    )


def test_a_payer_that_does_not_say_how_reasons_are_read_holds_the_claim(demo: PolicySet):
    policies = policies_of(demo, Method.STANDARD, 75000)
    versions = tuple(msgspec.structs.replace(version, prior_reasons=None) for version in policies.payer.versions)
    payers = msgspec.structs.replace(policies.payer, versions=versions)
    decision = adjudicate(after(ONE, TOLD), msgspec.structs.replace(policies, payer=payers))
    assert decision.disposition is Disposition.PENDED
    assert any("earlier_payers" in finding.because for finding in decision.findings)


@pytest.mark.parametrize(("days", "rules"), [(30, []), (31, ["filing-limit.after-earlier-payer"])])
def test_the_filing_limit_runs_from_the_earlier_payers_decision(demo: PolicySet, days: int, rules: list[str]):
    decided_on = RECEIVED - dt.timedelta(days=days)
    claim = a_claim(a_line(charge_cents=100000, from_date=decided_on - dt.timedelta(days=25)))
    case = after(claim, msgspec.structs.replace(TOLD, adjudicated_on=decided_on))
    policies = policies_of(demo, Method.STANDARD, 75000, filing_limit_days=30)
    assert rules_of(adjudicate(case, policies)) == rules


@pytest.mark.parametrize(("days", "rules"), [(30, []), (31, ["filing-limit.delay-reason"])])
def test_a_delay_reason_holds_a_late_claim_after_an_earlier_payer_too(demo: PolicySet, days: int, rules: list[str]):
    decided_on = RECEIVED - dt.timedelta(days=days)
    claim = a_claim(a_line(charge_cents=100000, from_date=decided_on - dt.timedelta(days=25)), delay_reason="7")
    case = after(claim, msgspec.structs.replace(TOLD, adjudicated_on=decided_on))
    decision = adjudicate(case, policies_of(demo, Method.STANDARD, 75000, filing_limit_days=30))
    assert rules_of(decision) == rules
    assert decision.disposition is (Disposition.PENDED if rules else Disposition.PAID)
    if rules:
        assert because_of(decision, rules[0]) == (
            f"Line 1 of {claim.lines[0].from_date} arrived on {RECEIVED}, 31 days after the earlier payer decided on {decided_on}; "
            "the plan allows 30 days. The claim gives delay reason 7 (CLM20)."
        )


@pytest.mark.parametrize(("days", "rules"), [(0, []), (1, ["earlier-payer.undated"])])
def test_no_earlier_payer_decides_after_the_claim_has_come(demo: PolicySet, days: int, rules: list[str]):
    decided_on = RECEIVED + dt.timedelta(days=days)
    case = after(ONE, msgspec.structs.replace(TOLD, adjudicated_on=decided_on))
    assert rules_of(adjudicate(case, policies_of(demo, Method.STANDARD, 75000))) == rules


@pytest.mark.parametrize(("days", "paid"), [(30, 40000), (31, 36000)])
def test_a_penalty_for_late_filing_runs_from_the_earlier_payers_decision(demo: PolicySet, days: int, paid: int):
    # 10 % of 400.00 are taken once the claim comes 31 days after the primary has decided, though the service was 55 days ago.
    penalty = msgspec.structs.replace(
        SEQUESTRATION, id="late", kind=ReductionKind.LATE_FILING, basis_points=1000, after_days=30
    )
    decided_on = RECEIVED - dt.timedelta(days=days)
    claim = a_claim(a_line(charge_cents=100000, from_date=decided_on - dt.timedelta(days=25)))
    case = after(claim, msgspec.structs.replace(TOLD, adjudicated_on=decided_on))
    line = line_of(case, policies_of(demo, Method.STANDARD, 75000, payment_reductions=(penalty,)))
    assert line.paid_cents == paid


@pytest.mark.parametrize(
    ("case", "opening"),
    [
        # Carved out, 600 - 640 leave nothing; with nobody before us the plan's deductible of 1,000.00 takes all.
        (
            paid_before(*SECOND_EXAMPLE),
            "was allowed; what payers before us account for and the patient's share take all of it, so the plan pays nothing.",
        ),
        (
            a_case(a_claim(a_line(charge_cents=100000))),
            "was allowed; the patient's share takes all of it, so the plan pays nothing.",
        ),
    ],
)
def test_why_the_plan_pays_nothing_is_told(demo: PolicySet, case: Case, opening: str):
    policies = policies_of(demo, Method.CARVE_OUT, 75000, STANDARD)
    decision = adjudicate(case, policies)
    assert decision.paid_cents == 0
    assert opening in explain(case, decision, policies, Register.BILLER)


def test_how_the_plans_part_came_about_is_told(demo: PolicySet):
    case, policies = paid_before(*FIRST_EXAMPLE), policies_of(demo, Method.STANDARD, 75000)
    decision = adjudicate(case, policies)
    assert decision.lines[0].coordination == Coordination("standard", 60000, 15000, 80000, 40000, 20000, 40000, 80000)
    told = explain(case, decision, policies, Register.BILLER)
    assert "As the first     600.00  less the patient's share of 150.00, as if nobody paid before us" in told
    assert (
        "Plan part        400.00  standard: payers before us allowed 800.00, paid 400.00 and left 400.00 of cost share; all "
        "together pay at most 800.00 [plans/worked@2020-01-01]"
    ) in told


@given(
    charge=st.integers(1, 200_000),
    parts=st.lists(st.integers(0, 50), min_size=4, max_size=4),
    fee=st.integers(1, 250_000),
    method=st.sampled_from(Method),
    met=st.integers(0, 100_000),
    lesser=st.booleans(),
)
def test_every_cent_is_told_and_nobody_is_paid_twice(
    demo: PolicySet, charge: int, parts: list[int], fee: int, method: Method, met: int, lesser: bool
):
    whole = sum(parts) or 1
    contractual, share, balance = (charge * part // whole if sum(parts) else 0 for part in parts[:3])
    paid = charge - contractual - share - balance
    case = paid_before(
        charge, paid, {"CO-45": contractual, "PR-2": share, "PR-45": balance}, balances=used(deductible=met)
    )
    policies = policies_of(demo, method, fee, STANDARD, lesser_of_charge=lesser)
    line = line_of(case, policies)  # which refuses amounts that do not add up
    assert line.coordination is not None
    if method is not Method.MEDICAID:
        assert 0 <= line.paid_cents <= line.coordination.benefit_cents
    assert line.paid_cents + paid <= max(charge, fee, paid)
    assert all(a.amount_cents > 0 for a in line.adjustments if a.rule != "allowed-above-charge")
    assert line.share is not None
    assert line.share.member_cents <= max(line.coordination.benefit_member_cents, 0)


@pytest.mark.parametrize(
    ("paid", "left", "plan_cents", "copay_cents"),
    [
        # 100.00, copay 50.00 as the first: of the 20.00 that the primary left the plan pays all, and no copay is owed
        (8000, 2000, 2000, 0),
        # of the 60.00 that it left the plan pays its 50.00, and 10.00 of the copay are owed
        (4000, 6000, 5000, 1000),
    ],
)
def test_a_maximum_of_copays_counts_what_is_really_owed_after_others(
    demo: PolicySet, paid: int, left: int, plan_cents: int, copay_cents: int
):
    tier = TierLimits(LimitPair(100_000, 200_000), LimitPair(400_000, 800_000), copays=LimitPair(20_000, 40_000))
    visit = a_benefit("visit", ANY, copay=5000)
    policies = policies_of(demo, Method.STANDARD, 10_000, visit, in_network=tier)
    decision = adjudicate(paid_before(10_000, paid, {"PR-3": left}), policies)
    assert decision.lines[0].paid_cents == plan_cents
    counted = {
        entry.owner.partition(":")[0]: entry.amount_cents for entry in decision.entries if entry.accumulator == "copays"
    }
    assert counted == ({"member": copay_cents, "family": copay_cents} if copay_cents else {})
    assert adjusted(decision.lines[0]).get("PR-3", 0) == copay_cents
