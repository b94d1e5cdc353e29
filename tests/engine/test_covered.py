"""Lines that are covered only in part: units that a policy takes off the allowed amount before cost share."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.benefits import covered_line
from adjudicator.engine import adjudicate
from adjudicator.explain import Register, explain
from adjudicator.model.claim import quantity_text
from adjudicator.model.decision import Decision, Disposition, Finding, Verdict
from adjudicator.policy import conditions
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Document
from adjudicator.policy.look_backs import LookBack
from adjudicator.policy.policy_set import CriteriaPolicy, Criterion, PolicySet
from adjudicator.policy.terms import terms_of
from adjudicator.service.cases import history_lines
from tests.building import ALWAYS, ANY, CITE, a_benefit, a_case, a_claim, a_line, codes, used, worked_policies

FREE = a_benefit("everything", ANY)
FORTY = a_line(procedure="11721", charge_cents=8000, quantity_thousandths=40_000)
"""40 units at 2.00 for 80.00: domain/04 section 4, row 9d."""


def cut(units: int, group: str = "PR", carc: str = "119", name: str = "units") -> Criterion:
    """A criterion that covers so many units of every line."""
    answer = Answer(
        rule=f"coverage/units#{name}",
        verdict=Verdict.REDUCE,
        policy="coverage/units@2020-01-01",
        group=group,
        carc=carc,
        covered_quantity_thousandths=units * 1000,
    )
    return Criterion(id=name, when=None, require=None, answer=answer)


def covering(demo: PolicySet, *criteria: Criterion, **terms) -> PolicySet:
    policies = worked_policies(demo, *terms.pop("benefits", (FREE,)), fees_cents={"11721": 200}, **terms)
    policy = CriteriaPolicy(document="coverage/units", span=ALWAYS, cite=CITE, procedures=ANY, criteria=criteria)
    return msgspec.structs.replace(policies, coverage=(Document("coverage/units", "Units", (policy,)),))


def adjustments(decision: Decision) -> dict[str, tuple[int, int | None]]:
    return {f"{a.group}-{a.carc}": (a.amount_cents, a.quantity_thousandths) for a in decision.line(1).adjustments}


def test_row_9d_forty_units_of_which_thirty_are_left(demo: PolicySet):
    # 40 x 2.00 = 80.00; 80.00 x 30 / 40 = 60.00; PR-119 20.00 for 10 units
    decision = adjudicate(a_case(a_claim(FORTY)), covering(demo, cut(30)))
    line = decision.line(1)
    assert adjustments(decision) == {"PR-119": (2000, 10_000)}
    assert (line.verdict, line.allowed_cents, line.paid_cents) == (Verdict.REDUCE, 6000, 6000)
    assert line.paid_quantity_thousandths == 30_000
    assert line.price is not None and line.price.allowed_cents == 8000
    assert decision.disposition is Disposition.PAID


def test_a_line_of_exactly_the_covered_units_is_not_reduced(demo: PolicySet):
    decision = adjudicate(a_case(a_claim(FORTY)), covering(demo, cut(40)))
    assert (decision.findings, decision.line(1).adjustments, decision.paid_cents) == ((), (), 8000)


def test_a_line_that_is_cut_counts_for_later_lines_with_what_is_left_of_it_and_the_auditor_reads_the_same(
    demo: PolicySet,
):
    # 30 of 40 units of the first line are left, so that the second, with its 10, is within 40 in all
    limit = Criterion(
        id="in-all",
        when=conditions.procedures(codes("11720")),
        require=conditions.at_most_units(40_000, codes("11720", "11721"), LookBack(days=30)),
        answer=Answer("coverage/units#in-all", Verdict.DENY, "coverage/units@2020-01-01", group="CO", carc="273"),
    )
    policies = msgspec.structs.replace(covering(demo, cut(30), limit), fees=worked_policies(demo).fees)
    for units, verdict in ((10_000, Verdict.PAY), (10_001, Verdict.DENY)):
        second = a_line(2, procedure="11720", charge_cents=2000, quantity_thousandths=units)
        case = a_case(a_claim(FORTY, second))
        decision = adjudicate(case, policies)
        assert decision.line(2).verdict is verdict
        told = explain(case, decision, policies, Register.AUDITOR, rule=limit.answer.rule)
        assert f"this line {quantity_text(30_000 + units)} units fall within 30 days" in " ".join(told.split())


def test_the_members_share_is_taken_of_what_is_covered_and_moves_the_limits_by_no_more(demo: PolicySet):
    # covered 60.00: deductible left 10.00, then 20 % of 50.00 = 10.00; paid 40.00
    share = a_benefit("everything", ANY, deductible=True, coinsurance=2000)
    case = a_case(a_claim(FORTY), balances=used(deductible=99_000))
    decision = adjudicate(case, covering(demo, cut(30), benefits=(share,)))
    assert adjustments(decision) == {"PR-119": (2000, 10_000), "PR-1": (1000, None), "PR-2": (1000, None)}
    assert decision.paid_cents == 4000
    moved = [e.amount_cents for e in decision.entries if e.owner.startswith("member:")]
    assert sorted(moved) == [1000, 2000]


def test_the_charge_above_the_contract_stays_written_off_whole(demo: PolicySet):
    # 100.00 charged: CO-45 20.00 as without the cut, PR-119 20.00, paid 60.00
    line = msgspec.structs.replace(FORTY, charge_cents=10_000)
    decision = adjudicate(a_case(a_claim(line)), covering(demo, cut(30)))
    assert adjustments(decision) == {"CO-45": (2000, None), "PR-119": (2000, 10_000)}
    assert decision.paid_cents == 6000


def test_a_covered_part_is_rounded_half_up_to_the_cent(demo: PolicySet):
    # the charge of 1.01 is the allowed amount; 1.01 x 1 / 2 = 0.505 -> 0.51 covered, 0.50 not
    line = msgspec.structs.replace(FORTY, charge_cents=101, quantity_thousandths=2000)
    decision = adjudicate(a_case(a_claim(line)), covering(demo, cut(1)))
    assert adjustments(decision) == {"PR-119": (50, 1000)}
    assert decision.paid_cents == 51


def test_several_cuts_take_in_turn_what_the_ones_before_left(demo: PolicySet):
    # 80.00 -> 30 units 60.00 (20.00 off) -> 25 units 50.00 (10.00 off); a cut to 28 finds nothing more to take
    cuts = (cut(30), cut(25, "CO", "198", "more"), cut(28, "CO", "151", "less"))
    decision = adjudicate(a_case(a_claim(FORTY)), covering(demo, *cuts))
    assert adjustments(decision) == {"PR-119": (2000, 10_000), "CO-198": (1000, 5_000)}
    assert (decision.paid_cents, decision.line(1).paid_quantity_thousandths) == (5000, 25_000)
    assert len(decision.findings) == 3


def test_cuts_for_one_reason_are_one_adjustment(demo: PolicySet):
    decision = adjudicate(a_case(a_claim(FORTY)), covering(demo, cut(30), cut(25, name="more")))
    assert adjustments(decision) == {"PR-119": (3000, 15_000)}


def test_a_cut_to_no_units_denies_the_line_and_leaves_its_neighbour(demo: PolicySet):
    decision = adjudicate(a_case(a_claim(FORTY)), covering(demo, cut(0)))
    assert decision.disposition is Disposition.DENIED
    assert adjustments(decision) == {"PR-119": (8000, None)}
    assert decision.line(1).paid_quantity_thousandths == 0


def test_a_later_claim_sees_what_was_covered_of_what_was_billed(demo: PolicySet):
    case = a_case(a_claim(FORTY))
    policies = covering(demo, cut(30))
    (line,) = history_lines(case, 1, adjudicate(case, policies))
    assert (line.quantity_thousandths, line.covered_quantity_thousandths, line.counted_thousandths) == (
        40_000,
        30_000,
        30_000,
    )
    assert (line.allowed_cents, line.paid_cents) == (6000, 6000)
    (whole,) = history_lines(case, 1, adjudicate(case, covering(demo)))
    assert (whole.covered_quantity_thousandths, whole.counted_thousandths) == (None, 40_000)


@given(
    quantity=st.integers(1, 50_000),
    price_cents=st.integers(0, 1_000_000),
    parts=st.lists(st.integers(0, 60_000), max_size=5),
)
def test_cuts_never_lose_a_cent_or_a_unit(demo: PolicySet, quantity: int, price_cents: int, parts: list[int]):
    line = msgspec.structs.replace(FORTY, quantity_thousandths=quantity)
    case = a_case(a_claim(line))
    terms = terms_of(case, covering(demo), line)
    assert terms is not None
    findings = [
        Finding(rule="r", verdict=Verdict.REDUCE, because="", line=1, stage=9 - n, covered_quantity_thousandths=part)
        for n, part in enumerate(parts)
    ]
    covered = covered_line(line, terms, price_cents, findings)
    assert covered.allowed_cents + sum(taken.amount_cents for taken in covered.cuts) == price_cents
    assert covered.quantity_thousandths == min([quantity, *parts])
    taken_thousandths = sum(taken.quantity_thousandths or 0 for taken in covered.cuts)
    assert covered.quantity_thousandths + taken_thousandths == quantity
    assert 0 <= covered.allowed_cents <= price_cents
    # the order of the cuts says who takes what, never how much is left
    again = covered_line(line, terms, price_cents, [msgspec.structs.replace(f, stage=-f.stage) for f in findings])
    assert again.allowed_cents == covered.allowed_cents
