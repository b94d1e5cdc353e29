"""What reviewers' rulings do to a decision: each verdict, what it never does, and when it lapses."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import RULES, adjudicate
from adjudicator.explain import visible_findings
from adjudicator.model.case import Case, Ruling, RulingVerdict
from adjudicator.model.claim import Line
from adjudicator.model.decision import WHOLE_CLAIM, Audience, Decision, Disposition, Finding, Reason, Verdict
from adjudicator.policy.load import load_policies
from adjudicator.policy.policy_set import PolicySet
from adjudicator.rulings import ruled
from tests.building import a_case, a_claim, a_line, worked_policies
from tests.conftest import DEMO

ULTRASOUND = "93306"
"""Without a listed indication it waits for a clinician, who may deny it with CO-50 N115."""
UNPRICED = "99214"
"""No schedule has a fee for it."""


def policies_of(demo: PolicySet) -> PolicySet:
    """The worked plan with the demo payer's medical policies; of its fees two stand, below what is charged."""
    fees = {"99213": 9_000, ULTRASOUND: 15_000}
    return msgspec.structs.replace(worked_policies(demo, fees_cents=fees), coverage=demo.coverage)


POLICIES = policies_of(load_policies(DEMO, rules=RULES))


def case_of(*lines: Line) -> Case:
    return a_case(a_claim(*lines))


def pend_of(case: Case, rule: str, line: int = 1) -> Finding:
    (finding,) = (f for f in adjudicate(case, POLICIES).pends() if f.rule.endswith(rule) and f.line == line)
    return finding


def ruling_on(finding: Finding, verdict: RulingVerdict, **given: object) -> Ruling:
    answer = Ruling(
        rule=finding.rule,
        policy=finding.policy,
        line=finding.line,
        verdict=verdict,
        rationale="The record says so.",
        ruled_by="reviewer-one",
    )
    return msgspec.structs.replace(answer, **given)


def with_rulings(case: Case, *rulings: Ruling) -> Decision:
    return adjudicate(msgspec.structs.replace(case, rulings=rulings), POLICIES)


def unpaid(decision: Decision, line: int = 1) -> dict[str, int]:
    return {f"{a.group}-{a.carc}": a.amount_cents for a in decision.line(line).adjustments}


class TestPrices:
    def test_a_line_without_a_fee_is_allowed_the_reviewers_price(self) -> None:
        case = case_of(a_line(procedure=UNPRICED))
        decision = with_rulings(case, ruling_on(pend_of(case, "no-fee"), RulingVerdict.PRICE, price_cents=8_000))
        # 130.00 - 80.00 = 50.00 is the contract's; the deductible takes the 80.00
        assert unpaid(decision) == {"CO-45": 5_000, "PR-1": 8_000}
        price = decision.line(1).price
        assert price is not None
        assert (price.allowed_cents, price.basis, price.contract) == (
            8_000,
            "priced by a reviewer",
            "contracts/worked@2020-01-01",
        )

    def test_no_answer_to_a_provider_names_the_reviewer(self) -> None:
        case = case_of(a_line(procedure=UNPRICED))
        decision = with_rulings(case, ruling_on(pend_of(case, "no-fee"), RulingVerdict.PRICE, price_cents=8_000))
        assert b"reviewer-one" not in msgspec.json.encode(decision.lines)

    def test_the_whole_charge_can_be_allowed(self) -> None:
        case = case_of(a_line(procedure=UNPRICED))
        decision = with_rulings(case, ruling_on(pend_of(case, "no-fee"), RulingVerdict.PRICE, price_cents=13_000))
        assert unpaid(decision) == {"PR-1": 13_000}

    def test_one_price_settles_all_of_its_line_that_is_about_price_and_nothing_of_another(self) -> None:
        lines = (a_line(n, procedure=UNPRICED, modifiers=("22", f"F{n}"), charge_cents=20_000 + n) for n in (1, 2))
        case = case_of(*lines)
        decision = with_rulings(case, ruling_on(pend_of(case, "modifier"), RulingVerdict.PRICE, price_cents=8_000))
        assert decision.disposition is Disposition.PENDED
        assert {(f.rule, f.line) for f in decision.pends()} == {("unsupported.modifier", 2), ("pricing.no-fee", 2)}

    @pytest.mark.parametrize("asked", ["modifier", "no-fee"])
    def test_whichever_question_about_the_price_is_answered_the_line_has_it(self, asked: str) -> None:
        case = case_of(a_line(procedure=UNPRICED, modifiers=("22",)))
        decision = with_rulings(case, ruling_on(pend_of(case, asked), RulingVerdict.PRICE, price_cents=8_000))
        assert decision.line(1).allowed_cents == 8_000
        assert {f.ruled_by for f in decision.findings if f.verdict is Verdict.INFORM} == {"reviewer-one"}

    def test_a_price_answers_no_question_about_anything_else(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND, modifiers=("22",), charge_cents=20_000))
        decision = with_rulings(case, ruling_on(pend_of(case, "modifier"), RulingVerdict.PRICE, price_cents=8_000))
        assert [f.rule for f in decision.pends()] == ["coverage/echocardiography#indication"]

    def test_a_finding_with_its_own_reason_takes_what_is_above_the_price(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND, charge_cents=20_000))
        decision = with_rulings(case, ruling_on(pend_of(case, "indication"), RulingVerdict.PRICE, price_cents=11_000))
        # charge 200.00, contract 150.00: CO-45 50.00; the reviewer's 110.00: CO-50 40.00; the deductible takes the rest
        assert unpaid(decision) == {"CO-45": 5_000, "CO-50": 4_000, "PR-1": 11_000}

    def test_a_price_above_the_contracts_leaves_its_reason_nothing_to_take(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND, charge_cents=20_000))
        decision = with_rulings(case, ruling_on(pend_of(case, "indication"), RulingVerdict.PRICE, price_cents=16_000))
        assert unpaid(decision) == {"CO-45": 4_000, "PR-1": 16_000}


class TestUnits:
    def test_only_so_many_units_are_covered_for_the_policys_reason(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND, quantity_thousandths=3_000, charge_cents=60_000))
        ruling = ruling_on(pend_of(case, "indication"), RulingVerdict.REDUCE_UNITS, covered_quantity_thousandths=2_000)
        decision = with_rulings(case, ruling)
        # 3 x 150.00 = 450.00, of which one unit is cut: 600.00 - 450.00, 150.00, 300.00 of deductible
        assert unpaid(decision) == {"CO-45": 15_000, "CO-50": 15_000, "PR-1": 30_000}
        assert decision.line(1).paid_quantity_thousandths == 2_000

    def test_a_cut_to_nothing_denies_the_line(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND, charge_cents=20_000))
        ruling = ruling_on(pend_of(case, "indication"), RulingVerdict.REDUCE_UNITS, covered_quantity_thousandths=0)
        assert unpaid(with_rulings(case, ruling)) == {"CO-50": 20_000}


class TestDenials:
    def test_without_a_reason_the_policys_own_denies(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND))
        decision = with_rulings(case, ruling_on(pend_of(case, "indication"), RulingVerdict.DENY))
        assert unpaid(decision) == {"CO-50": 13_000}
        assert decision.line(1).remarks == ("N115",)

    def test_where_no_policy_names_a_reason_a_denial_without_one_answers_nothing(self) -> None:
        case = case_of(a_line(procedure=UNPRICED))
        decision = with_rulings(case, ruling_on(pend_of(case, "no-fee"), RulingVerdict.DENY))
        assert [f.rule for f in decision.pends()] == ["pricing.no-fee"]


SUSPECT = Finding(
    rule="suspect-duplicate",
    verdict=Verdict.PEND,
    because="It looks like line 1.",
    line=2,
    pend_code="DUP",
    denials=(Reason("OA", "18"), Reason("OA", "B13")),
    policy="guidance/filing-and-duplicates@2016-01-01",
)


def test_a_confirmed_duplicate_is_denied_with_the_policys_first_reason() -> None:
    denied = ruled(SUSPECT, (ruling_on(SUSPECT, RulingVerdict.CONFIRM_DUPLICATE),))
    assert (denied.verdict, denied.group, denied.carc, denied.ruled_by) == (Verdict.DENY, "OA", "18", "reviewer-one")


def test_a_duplicate_for_which_the_policy_names_no_reason_still_waits() -> None:
    unnamed = msgspec.structs.replace(SUSPECT, denials=())
    assert ruled(unnamed, (ruling_on(unnamed, RulingVerdict.CONFIRM_DUPLICATE),)) == unnamed


@pytest.mark.parametrize("verdict", [RulingVerdict.PRICE, RulingVerdict.REDUCE_UNITS])
def test_a_ruling_that_lacks_its_amount_answers_nothing(verdict: RulingVerdict) -> None:
    case = case_of(a_line(procedure=ULTRASOUND))
    assert len(with_rulings(case, ruling_on(pend_of(case, "indication"), verdict)).pends()) == 1


class TestLapses:
    def test_a_ruling_for_another_version_of_the_policy_lapses_and_says_so_to_ourselves(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND))
        old = ruling_on(pend_of(case, "indication"), RulingVerdict.ALLOW, policy="coverage/echocardiography@2024-01-01")
        decision = with_rulings(case, old)
        assert decision.disposition is Disposition.PENDED
        (told,) = (f for f in decision.findings if f.rule == "ruling.lapsed")
        assert (told.verdict, told.audience, told.line) == (Verdict.INFORM, Audience.INTERNAL, 1)
        assert told.because == (
            "The ruling on coverage/echocardiography#indication (allow) was given for "
            "coverage/echocardiography@2024-01-01 and lapsed: coverage/echocardiography@2025-01-01 is in force for the "
            "line now."
        )
        assert told not in visible_findings(decision, Audience.PROVIDER)

    def test_a_ruling_for_the_version_in_force_does_not(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND))
        decision = with_rulings(case, ruling_on(pend_of(case, "indication"), RulingVerdict.ALLOW))
        assert decision.disposition is Disposition.PAID
        assert "ruling.lapsed" not in {f.rule for f in decision.findings}

    def test_once_it_is_ruled_anew_nothing_is_told_of_the_lapse(self) -> None:
        case = case_of(a_line(procedure=ULTRASOUND))
        new = ruling_on(pend_of(case, "indication"), RulingVerdict.ALLOW)
        old = msgspec.structs.replace(new, policy="coverage/echocardiography@2024-01-01")
        decision = with_rulings(case, old, new)
        assert decision.disposition is Disposition.PAID
        assert "ruling.lapsed" not in {f.rule for f in decision.findings}

    def test_a_ruling_whose_question_is_no_longer_asked_is_no_lapse(self) -> None:
        gone = Ruling(
            rule="coverage/gone#why", policy="coverage/gone@2024-01-01", line=1, verdict=RulingVerdict.ALLOW,
            rationale="It was so.", ruled_by="reviewer-one",
        )  # fmt: skip
        decision = with_rulings(case_of(a_line()), gone)
        assert (decision.disposition, decision.findings) == (Disposition.PAID, ())


MIXED = case_of(
    a_line(1, procedure=ULTRASOUND, charge_cents=20_000),
    a_line(2, procedure=UNPRICED, charge_cents=20_001),
    a_line(3, procedure=ULTRASOUND, quantity_thousandths=2_000, modifiers=("22",), charge_cents=50_000),
    a_line(4, procedure="99213", charge_cents=20_002),
)
PENDS = adjudicate(MIXED, POLICIES).pends()


@st.composite
def rulings(draw: st.DrawFn) -> Ruling:
    """Rulings of every kind, on findings that are there and on some that are not, lawful or not."""
    finding = draw(st.sampled_from(PENDS))
    verdict = draw(st.sampled_from(RulingVerdict))
    answer = ruling_on(
        finding,
        verdict,
        price_cents=draw(st.sampled_from([None, 1, 7_000])),
        covered_quantity_thousandths=draw(st.sampled_from([None, 1_000])),
    )
    return msgspec.structs.replace(
        answer,
        policy=draw(st.sampled_from([answer.policy, answer.policy, "guidance/other@1999-01-01"])),
        line=draw(st.sampled_from([answer.line, answer.line, WHOLE_CLAIM])),
    )


@given(st.lists(rulings(), max_size=6))
def test_only_what_is_answered_stops_waiting_and_nothing_else_is_paid(given_rulings: list[Ruling]) -> None:
    decision = with_rulings(MIXED, *given_rulings)
    keys = {(ruling.rule, ruling.policy, ruling.line) for ruling in given_rulings}
    priced = {ruling.line for ruling in given_rulings if ruling.verdict is RulingVerdict.PRICE}
    waiting = {(f.rule, f.policy, f.line) for f in decision.pends()}
    for finding in PENDS:
        key = (finding.rule, finding.policy, finding.line)
        if decision.disposition is Disposition.PENDED and key not in keys and finding.line not in priced:
            assert key in waiting
        if decision.disposition.is_final:
            fell = decision.line(finding.line).verdict is Verdict.DENY
            assert key in keys or finding.line in priced or fell


@given(st.lists(rulings(), max_size=6), st.sampled_from(RulingVerdict))
def test_no_ruling_pays_a_claim_with_a_fault(given_rulings: list[Ruling], verdict: RulingVerdict) -> None:
    empty = msgspec.structs.replace(POLICIES, contracts={})
    case = msgspec.structs.replace(MIXED, rulings=tuple(given_rulings))
    gap = next(f for f in adjudicate(case, empty).pends() if f.verdict is Verdict.FAULT)
    ruled = msgspec.structs.replace(case, rulings=(*given_rulings, ruling_on(gap, verdict, price_cents=1)))
    decision = adjudicate(ruled, empty)
    assert decision.paid_cents == 0
    assert decision.disposition is Disposition.PENDED
