"""What law and contract take of the plan's part after the member's share: worked examples, boundary days, laws."""

import datetime as dt
import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.explain import Register, explain
from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, LineDecision, PaymentReduction, Verdict
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FlatFees
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.reductions import ReductionClause, ReductionKind
from adjudicator.policy.terms import terms_of
from tests.building import (
    ALWAYS,
    ANY,
    CITE,
    RECEIVED,
    SERVICE_DAY,
    STANDARD,
    a_benefit,
    a_case,
    a_claim,
    a_line,
    codes,
    used,
    worked_policies,
)

MET = used(deductible=100_000)
FIFTH = a_benefit("office", ANY, coinsurance=2000)
"""A benefit of which the member bears 20 % and no deductible."""


def a_clause(kind: ReductionKind, basis_points: int, **changes: Any) -> ReductionClause:
    """A clause of the worked contract about every service."""
    clause = ReductionClause(
        id=kind.value,
        policy="contracts/worked@2020-01-01",
        quote="So it is agreed.",
        kind=kind,
        basis_points=basis_points,
        procedures=ANY,
        modifiers=codes("CQ", "CO") if kind is ReductionKind.THERAPY_ASSISTANT else None,
        after_days=90 if kind is ReductionKind.LATE_FILING else None,
        within_days=10 if kind is ReductionKind.PROMPT_PAYMENT else None,
    )
    return msgspec.structs.replace(clause, **changes)


SEQUESTRATION = a_clause(ReductionKind.SEQUESTRATION, 200)
WITHHOLD = a_clause(ReductionKind.WITHHOLD, 500)
DISCOUNT = a_clause(ReductionKind.PROMPT_PAYMENT, 150)
PENALTY = a_clause(ReductionKind.LATE_FILING, 1000)
ASSISTANT = a_clause(ReductionKind.THERAPY_ASSISTANT, 1500)


def policies_with(
    demo: PolicySet, *clauses: ReductionClause, plan: tuple[ReductionClause, ...] = (), **changes: Any
) -> PolicySet:
    """The worked policies whose contract has these clauses, and whose plan has those."""
    policies = worked_policies(demo, FIFTH, payment_reductions=plan, **changes)
    contract = policies.contracts["contracts/worked"]
    version = msgspec.structs.replace(contract.versions[0], payment_reductions=clauses)
    return msgspec.structs.replace(
        policies,
        contracts={**policies.contracts, "contracts/worked": Document(contract.path, contract.title, (version,))},
    )


def line_of(case: Case, policies: PolicySet) -> LineDecision:
    decision = adjudicate(case, policies)
    assert decision.disposition is Disposition.PAID, decision.findings
    (line,) = decision.lines
    return line


def taken(line: LineDecision) -> list[tuple[str, int, int]]:
    return [(one.rule, one.base_cents, one.amount_cents) for one in line.reductions]


def adjusted(line: LineDecision) -> dict[str, int]:
    return {f"{one.group}-{one.carc}": one.amount_cents for one in line.adjustments}


def test_the_sequestration_of_the_reference_remittance(demo: PolicySet):
    # domain/06 S4: charge 180.00, allowed 100.00, deductible 50.00, 20 % of 50.00 = 10.00; 2 % of 40.00 = 0.80: paid 39.20
    policies = worked_policies(demo, STANDARD, fees_cents={"99214": 10000}, payment_reductions=(SEQUESTRATION,))
    case = a_case(a_claim(a_line(procedure="99214", charge_cents=18000)), balances=used(deductible=95_000))
    line = line_of(case, policies)
    assert adjusted(line) == {"CO-45": 8000, "PR-1": 5000, "PR-2": 1000, "CO-253": 80}
    assert (line.allowed_cents, line.paid_cents, line.plan_cents, line.member_cents) == (10000, 3920, 4000, 6000)


def test_the_drug_of_the_reference_price(demo: PolicySet):
    # domain/03 section 11: 636.00; 20 % = 127.20; 508.80 x 0.98 = 498.624, and 2 % of 508.80 = 10.176, rounded 10.18
    policies = policies_with(demo, SEQUESTRATION)
    line = line_of(a_case(a_claim(a_line(charge_cents=63600))), policies)
    assert adjusted(line) == {"PR-2": 12720, "CO-253": 1018}
    assert line.paid_cents == 49862


def test_a_therapy_assistants_service_of_the_reference_price(demo: PolicySet):
    # domain/03 section 4, 12: allowed 100.00, 20 % = 20.00; 15 % of 80.00 = 12.00; paid 68.00
    policies = policies_with(demo, ASSISTANT)
    line = line_of(a_case(a_claim(a_line(procedure="97110", charge_cents=10000, modifiers=("GP", "CQ")))), policies)
    assert adjusted(line) == {"PR-2": 2000, "CO-45": 1200}
    assert (line.paid_cents, line.remarks) == (6800, ("N851",))
    assert line.reductions[0].because == "By modifier CQ an assistant gave the service."
    # the same service by the therapist
    therapist = line_of(a_case(a_claim(a_line(procedure="97110", charge_cents=10000, modifiers=("GP",)))), policies)
    assert (therapist.paid_cents, therapist.reductions) == (8000, ())


@pytest.mark.parametrize(
    ("clause", "disposition"),
    [
        (ASSISTANT, Disposition.PAID),
        # Of another service, or in another tier, the clause says nothing, so the modifier still waits.
        (msgspec.structs.replace(ASSISTANT, procedures=codes("97110")), Disposition.PENDED),
        (msgspec.structs.replace(ASSISTANT, tier="out_of_network"), Disposition.PENDED),
        (msgspec.structs.replace(ASSISTANT, modifiers=codes("CO")), Disposition.PENDED),
        # A clause that says that nothing is taken says it too.
        (msgspec.structs.replace(ASSISTANT, basis_points=0), Disposition.PAID),
    ],
)
def test_a_modifier_that_no_clause_is_about_waits(clause: ReductionClause, disposition: Disposition, demo: PolicySet):
    decision = adjudicate(a_case(a_claim(a_line(modifiers=("CQ",)))), policies_with(demo, clause))
    assert decision.disposition is disposition
    assert any(finding.rule == "unsupported.modifier" for finding in decision.findings) == (
        disposition is Disposition.PENDED
    )


CAPITATION = a_clause(ReductionKind.CAPITATION, 10_000, procedures=codes("99213"))
BOTH_TAKE = "the patient's share and what contract and law take off the rest take"


@pytest.mark.parametrize(
    ("charge_cents", "wanted", "takers"),
    [
        # Allowed 100.00, copay 30.00: 70.00 are paid by the month, and sequestration finds nothing left to take.
        (13_000, {"CO-45": 3_000, "PR-3": 3_000, "CO-24": 7_000}, BOTH_TAKE),
        (3_001, {"PR-3": 3_000, "CO-24": 1}, BOTH_TAKE),
        (3_000, {"PR-3": 3_000}, "the patient's share takes"),
    ],
)
def test_the_copay_of_a_service_that_is_paid_by_the_month_is_due(
    demo: PolicySet, charge_cents: int, wanted: dict[str, int], takers: str
):
    policies = policies_with(demo, CAPITATION, SEQUESTRATION)
    visit = a_benefit("visit", ANY, copay=3_000, deductible=False, coinsurance=0)
    plan = policies.plans["plans/worked"]
    version = msgspec.structs.replace(plan.versions[0], benefits=(visit,))
    fees = worked_policies(demo, fees_cents={"99213": 10_000, "99214": 10_000}).fees
    policies = msgspec.structs.replace(
        policies, plans={**policies.plans, plan.path: msgspec.structs.replace(plan, versions=(version,))}, fees=fees
    )
    case = a_case(a_claim(a_line(charge_cents=charge_cents)))
    decision = adjudicate(case, policies)
    (line,) = decision.lines
    assert adjusted(line) == wanted
    assert (line.paid_cents, line.member_cents) == (0, 3_000)
    told = explain(case, decision, policies, Register.BILLER)
    assert f"{takers} all of it, so the plan pays nothing" in " ".join(told.split())
    assert ("at most what is left of the allowed amount" in told) == (charge_cents == 3_000)
    assert {e.accumulator: e.amount_cents for e in decision.entries if e.owner.startswith("member")} == {
        "out_of_pocket": 3_000,
        "copays": 3_000,
    }
    # A service of another code is paid: 100.00 - 30.00 = 70.00, less 2 % = 1.40.
    other = line_of(a_case(a_claim(a_line(procedure="99214", charge_cents=13_000))), policies)
    assert (adjusted(other), other.paid_cents) == ({"CO-45": 3_000, "PR-3": 3_000, "CO-253": 140}, 6_860)


def test_a_service_that_is_paid_by_the_month_and_has_no_fee_waits(demo: PolicySet):
    # Of what the copay is at most is not known.
    policies = policies_with(demo, CAPITATION)
    silent = FlatFees(document="fees/worked", span=ALWAYS, cite=CITE, non_facility_cents={}, facility_cents={})
    policies = msgspec.structs.replace(policies, fees={"fees/worked": Document("fees/worked", "", (silent,))})
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=13_000))), policies)
    assert [finding.rule for finding in decision.pends()] == ["pricing.no-fee"]


def test_they_are_taken_in_one_order_each_of_what_the_earlier_left(demo: PolicySet):
    # allowed 100.00, 20 % = 20.00, the plan's part 80.00. 15 % = 12.00; 10 % of 68.00 = 6.80; 1.5 % of 61.20 = 0.918,
    # rounded 0.92; 2 % of 60.28 = 1.2056, rounded 1.21; 5 % of 59.07 = 2.9535, rounded 2.95; paid 56.12
    clauses = (WITHHOLD, SEQUESTRATION, DISCOUNT, PENALTY, ASSISTANT)
    day = RECEIVED - dt.timedelta(days=91)
    case = a_case(a_claim(a_line(charge_cents=10000, modifiers=("CQ",), from_date=day, through_date=day)))
    for order in itertools.permutations(clauses):
        line = line_of(case, policies_with(demo, *order[:2], plan=order[2:]))
        assert taken(line) == [
            ("therapy-assistant", 8000, 1200),
            ("late-filing", 6800, 680),
            ("prompt-payment", 6120, 92),
            ("sequestration", 6028, 121),
            ("withhold", 5907, 295),
        ]
        assert line.paid_cents == 5612
    assert adjusted(line) == {
        "PR-2": 2000,
        "CO-45": 1200,
        "CO-B4": 680,
        "CO-44": 92,
        "CO-253": 121,
        "CO-104": 295,
    }


@pytest.mark.parametrize(("days", "amount_cents"), [(89, 0), (90, 0), (91, 800)])
def test_a_claim_is_late_after_its_days(days: int, amount_cents: int, demo: PolicySet):
    # the plan's part of 100.00 is 80.00, of which 10 % = 8.00
    day = RECEIVED - dt.timedelta(days=days)
    case = a_case(a_claim(a_line(charge_cents=10000, from_date=day, through_date=day)))
    line = line_of(case, policies_with(demo, PENALTY))
    assert sum(one.amount_cents for one in line.reductions) == amount_cents
    assert line.paid_cents == 8000 - amount_cents


def test_a_late_line_of_a_claim_is_cut_alone(demo: PolicySet):
    day = RECEIVED - dt.timedelta(days=91)
    late = a_line(1, charge_cents=10000, from_date=day, through_date=day)
    decision = adjudicate(a_case(a_claim(late, a_line(2, charge_cents=10000))), policies_with(demo, PENALTY))
    assert [line.paid_cents for line in decision.lines] == [7200, 8000]
    assert decision.line(1).reductions[0].because == (
        f"The service of {day} arrived on {RECEIVED}, 91 days later; up to 90 days are in time."
    )


@pytest.mark.parametrize(("days", "amount_cents"), [(0, 120), (10, 120), (11, 0)])
def test_a_discount_is_earned_by_a_decision_in_time(days: int, amount_cents: int, demo: PolicySet):
    # 1.5 % of 80.00 = 1.20
    case = a_case(a_claim(a_line(charge_cents=10000)), decided_on=RECEIVED + dt.timedelta(days=days))
    line = line_of(case, policies_with(demo, DISCOUNT))
    assert line.paid_cents == 8000 - amount_cents


def test_a_steeper_step_stands_above_a_lower_one(demo: PolicySet):
    # 3 % within five days, else 1.5 % within ten, of 80.00
    steep = a_clause(ReductionKind.PROMPT_PAYMENT, 300, id="five-days", within_days=5)
    policies = policies_with(demo, steep, DISCOUNT)
    for days, amount_cents in ((5, 240), (6, 120), (10, 120), (11, 0)):
        case = a_case(a_claim(a_line(charge_cents=10000)), decided_on=RECEIVED + dt.timedelta(days=days))
        assert 8000 - line_of(case, policies).paid_cents == amount_cents


@pytest.mark.parametrize(
    ("contract", "amount_cents", "clause"),
    [
        ((), 160, "plans/worked@2020-01-01#sequestration"),
        ((SEQUESTRATION,), 160, "contracts/worked@2020-01-01#sequestration"),
        ((msgspec.structs.replace(SEQUESTRATION, basis_points=100),), 80, "contracts/worked@2020-01-01#sequestration"),
        # Services that the contract spares are spared, whatever the plan says; of others the plan's clause holds.
        ((msgspec.structs.replace(SEQUESTRATION, basis_points=0),), 0, ""),
        (
            (msgspec.structs.replace(SEQUESTRATION, basis_points=0, procedures=codes("97110")),),
            160,
            "plans/worked@2020-01-01#sequestration",
        ),
    ],
)
def test_the_contracts_clause_goes_before_the_plans(
    contract: tuple[ReductionClause, ...], amount_cents: int, clause: str, demo: PolicySet
):
    # 2 % of 80.00 = 1.60, 1 % = 0.80
    own = msgspec.structs.replace(SEQUESTRATION, policy="plans/worked@2020-01-01")
    line = line_of(a_case(a_claim(a_line(charge_cents=10000))), policies_with(demo, *contract, plan=(own,)))
    assert line.paid_cents == 8000 - amount_cents
    assert [one.clause for one in line.reductions] == ([clause] if clause else [])


@pytest.mark.parametrize(("days_before", "amount_cents"), [(0, 160), (1, 80)])
def test_the_day_of_the_service_chooses_the_share(days_before: int, amount_cents: int, demo: PolicySet):
    # 1 % of 80.00 = 0.80 up to the day before the visit, 2 % = 1.60 from its day on, whenever the claim is decided
    policies = policies_with(demo, plan=(SEQUESTRATION,))
    plan = policies.plans["plans/worked"]
    half = msgspec.structs.replace(SEQUESTRATION, basis_points=100)
    older = msgspec.structs.replace(
        plan.versions[0], span=Span(ALWAYS.effective, SERVICE_DAY - dt.timedelta(days=1)), payment_reductions=(half,)
    )
    newer = msgspec.structs.replace(plan.versions[0], span=Span(SERVICE_DAY))
    plans = {"plans/worked": Document(plan.path, plan.title, (newer, older))}
    day = SERVICE_DAY - dt.timedelta(days=days_before)
    case = a_case(a_claim(a_line(charge_cents=10000, from_date=day, through_date=day)))
    line = line_of(case, msgspec.structs.replace(policies, plans=plans))
    assert line.paid_cents == 8000 - amount_cents


def test_a_condition_and_a_tier_say_for_whom(demo: PolicySet):
    def visits(case: Case, policies: PolicySet, line: Line, standing: Any) -> tuple[bool, str]:
        return line.place_of_service == "11", "the place is 11"

    office = msgspec.structs.replace(WITHHOLD, when=visits)
    line = line_of(a_case(a_claim(a_line(charge_cents=10000))), policies_with(demo, office))
    assert (taken(line), line.reductions[0].because) == ([("withhold", 8000, 400)], "The place is 11.")
    at_home = a_case(a_claim(a_line(charge_cents=10000, place_of_service="12")))
    assert line_of(at_home, policies_with(demo, office)).reductions == ()
    for tier, amount_cents in (("", 400), ("in_network", 400), ("out_of_network", 0)):
        clause = msgspec.structs.replace(WITHHOLD, tier=tier)
        line = line_of(a_case(a_claim(a_line(charge_cents=10000))), policies_with(demo, clause))
        assert line.paid_cents == 8000 - amount_cents


@pytest.mark.parametrize(("charge_cents", "paid_cents", "amount_cents"), [(30, 24, 0), (31, 24, 1), (0, 0, 0)])
def test_half_a_cent_is_taken_and_less_is_not(charge_cents: int, paid_cents: int, amount_cents: int, demo: PolicySet):
    # 0.30: 20 % = 0.06, 2 % of 0.24 = 0.0048; 0.31: 20 % = 0.062, rounded 0.06, 2 % of 0.25 = 0.005, rounded 0.01
    line = line_of(a_case(a_claim(a_line(charge_cents=charge_cents))), policies_with(demo, SEQUESTRATION))
    assert (line.paid_cents, sum(one.amount_cents for one in line.reductions)) == (paid_cents, amount_cents)


def test_a_line_that_is_denied_or_paid_nothing_loses_nothing(demo: PolicySet):
    policies = worked_policies(demo, STANDARD, payment_reductions=(SEQUESTRATION, WITHHOLD))
    line = line_of(a_case(), policies)
    assert (line.paid_cents, line.reductions, adjusted(line)) == (0, (), {"PR-1": 13000})
    late = a_line(from_date=RECEIVED - dt.timedelta(days=366), through_date=RECEIVED - dt.timedelta(days=366))
    denied = adjudicate(a_case(a_claim(late)), policies)
    assert denied.disposition is Disposition.DENIED
    assert denied.line(1).reductions == ()


def test_everything_may_be_taken(demo: PolicySet):
    line = line_of(
        a_case(a_claim(a_line(charge_cents=10000))), policies_with(demo, a_clause(ReductionKind.WITHHOLD, 10_000))
    )
    assert (line.paid_cents, line.member_cents, line.verdict) == (0, 2000, Verdict.REDUCE)
    assert taken(line) == [("withhold", 8000, 8000)]


@pytest.mark.parametrize(
    "reductions",
    [
        (PaymentReduction("withhold", "c", 900, "0.1", 100),),
        (PaymentReduction("withhold", "c", 1000, "0.1", 0),),
        (PaymentReduction("withhold", "c", 1000, "0.1", 100), PaymentReduction("sequestration", "c", 1000, "0.1", 100)),
    ],
)
def test_a_reduction_of_another_amount_than_is_left_is_refused(reductions: tuple[PaymentReduction, ...]):
    with pytest.raises(AssertionError, match="took"):
        LineDecision(
            line=1, verdict=Verdict.PAY, charge_cents=1000, allowed_cents=1000, paid_cents=1000, reductions=reductions
        )


def told(case: Case, policies: PolicySet, register: Register, **more: str) -> str:
    return " ".join(explain(case, adjudicate(case, policies), policies, register, **more).split())


def test_each_register_tells_what_was_taken_of_what_and_why(demo: PolicySet):
    own = msgspec.structs.replace(SEQUESTRATION, policy="plans/worked@2020-01-01", quote="Two percent less.")
    policies = policies_with(demo, DISCOUNT, plan=(own,))
    case = a_case(a_claim(a_line(charge_cents=10000)))
    # 1.5 % of 80.00 = 1.20; 2 % of 78.80 = 1.576, rounded 1.58; paid 77.22
    for register in (Register.BILLER, Register.AUDITOR):
        text = told(case, policies, register)
        assert "Prompt pay -1.20 1.5 % of 80.00 [contracts/worked@2020-01-01#prompt-payment]" in text
        assert "Sequestered -1.58 2 % of 78.80 [plans/worked@2020-01-01#sequestration] Paid 77.22" in text
        assert "Not covered" not in text
    text = told(case, policies, Register.BILLER)
    assert (
        "The claim arrived on 2026-03-09 and was decided on 2026-03-10, 1 day later; up to 10 days earn the discount. "
        'Policy: "So it is agreed." Source: A test\'s own document' in text
    )
    assert 'Policy: "Two percent less." Source' in text
    assert "2.78 may never be billed to the patient (CO)." in text
    fired = told(case, policies, Register.AUDITOR, rule="sequestration")
    assert "Line 1: fired: it took money of the line, see its amounts." in fired
    silent = told(case, policies, Register.AUDITOR, rule="withhold")
    assert (
        "did not fire: no clause of contracts/worked@2020-01-01 or plans/worked@2020-01-01 takes it of the line, whose plan's "
        "part is 80.00." in silent
    )


def test_a_reduction_that_shares_its_reason_with_the_allowance_is_told_apart(demo: PolicySet):
    # charge 130.00, allowed 100.00: 30.00; 15 % of 80.00 = 12.00: CO-45 42.00
    policies = policies_with(demo, ASSISTANT, fees_cents={"97110": 10000})
    case = a_case(a_claim(a_line(procedure="97110", modifiers=("CO",))))
    line = line_of(case, policies)
    assert adjusted(line) == {"CO-45": 4200, "PR-2": 2000}
    assert line.remarks == ("N851",)
    text = told(case, policies, Register.BILLER)
    assert "Assistant -12.00 15 % of 80.00" in text
    assert (
        "Not paid 42.00 CO-45 N851: of several reasons. 30.00 of it: The charge is more than the contract allows."
        in text
    )
    assert "12.00 of it: " in text
    assert 'By modifier CO an assistant gave the service. Policy: "So it is agreed."' in text
    assert [(part.rule, part.amount_cents) for part in line.adjustments[0].parts] == [
        ("contract-allowance", 3000),
        ("therapy-assistant", 1200),
    ]
    assert "fired: it took money" in told(case, policies, Register.AUDITOR, rule="therapy-assistant")


shares = st.integers(0, 10_000)
clauses = st.lists(
    st.builds(
        a_clause,
        st.sampled_from(ReductionKind),
        shares,
        procedures=st.sampled_from([ANY, codes("99213"), codes("97110", "99214")]),
        tier=st.sampled_from(["", "in_network", "out_of_network"]),
    ),
    max_size=8,
).map(tuple)
lines = st.lists(
    st.builds(
        a_line,
        charge_cents=st.integers(0, 500_000),
        procedure=st.sampled_from(["99213", "97110", "99214", "93000"]),
        modifiers=st.sampled_from([(), ("25",)]),
        from_date=st.sampled_from([SERVICE_DAY, RECEIVED - dt.timedelta(days=90), RECEIVED - dt.timedelta(days=91)]),
        through_date=st.none(),
    ),
    min_size=1,
    max_size=5,
)
BENEFITS = (
    a_benefit("visits", codes("99213"), copay=3000),
    a_benefit("studies", CodeSet(everything=True), deductible=True, coinsurance=2000),
)


def decided(
    demo: PolicySet, unnumbered: list[Line], plan: tuple[ReductionClause, ...], contract: tuple[ReductionClause, ...]
) -> Decision:
    numbered = [msgspec.structs.replace(line, number=number) for number, line in enumerate(unnumbered, start=1)]
    policies = worked_policies(demo, *BENEFITS, payment_reductions=plan)
    before = policies.contracts["contracts/worked"]
    version = msgspec.structs.replace(before.versions[0], payment_reductions=contract)
    policies = msgspec.structs.replace(
        policies,
        contracts={**policies.contracts, "contracts/worked": Document(before.path, before.title, (version,))},
    )
    case = a_case(a_claim(*numbered), balances=used(deductible=90_000))
    assert terms_of(case, policies, numbered[0]) is not None
    return adjudicate(case, policies)


@given(unnumbered=lines, plan=clauses, contract=clauses)
def test_only_the_payment_moves_and_never_up(
    demo: PolicySet, unnumbered: list[Line], plan: tuple[ReductionClause, ...], contract: tuple[ReductionClause, ...]
):
    whole, cut = decided(demo, unnumbered, (), ()), decided(demo, unnumbered, plan, contract)
    assert cut.disposition is whole.disposition
    assert cut.entries == whole.entries
    for before, after in zip(whole.lines, cut.lines, strict=True):
        assert (after.allowed_cents, after.member_cents, after.share) == (
            before.allowed_cents,
            before.member_cents,
            before.share,
        )
        assert 0 <= after.paid_cents <= before.paid_cents
        assert after.plan_cents == before.paid_cents
        assert after.charge_cents == after.paid_cents + sum(one.amount_cents for one in after.adjustments)
        reasons = [(one.group, one.carc) for one in after.adjustments]
        assert len(reasons) == len(set(reasons))
        kinds = [ReductionKind(one.rule) for one in after.reductions]
        assert kinds == sorted(set(kinds), key=list(ReductionKind).index)
        for one in after.reductions:
            exact = one.base_cents * round(float(one.rate) * 10_000)
            assert abs(one.amount_cents * 10_000 - exact) <= 5_000


two_orders = (
    st.dictionaries(st.sampled_from(["99213", "97110", "99214", "93000"]), st.integers(0, 500_000), min_size=1)
    .map(lambda charges: list(charges.items()))
    .flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))
)
"""Services with their charges, each once, in two orders."""


@given(orders=two_orders, plan=clauses, contract=clauses)
def test_the_order_of_the_lines_changes_nothing(
    demo: PolicySet,
    orders: tuple[list[tuple[str, int]], list[tuple[str, int]]],
    plan: tuple[ReductionClause, ...],
    contract: tuple[ReductionClause, ...],
):
    # No deductible: what is left of one depends on the order of the lines, and nothing else does.
    policies = policies_with(demo, *contract, plan=plan)

    def paid(rows: list[tuple[str, int]]) -> dict[str, tuple[int, tuple[PaymentReduction, ...]]]:
        billed = [
            a_line(number, procedure=code, charge_cents=cents, modifiers=("25",) if code.startswith("99") else ())
            for number, (code, cents) in enumerate(rows, start=1)
        ]
        decision = adjudicate(a_case(a_claim(*billed)), policies)
        assert decision.lines
        return {
            line.procedure: (decision.line(line.number).paid_cents, decision.line(line.number).reductions)
            for line in billed
        }

    first, second = orders
    assert paid(first) == paid(second)
