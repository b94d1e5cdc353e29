"""Our place among a patient's payers by what our file says: our own coverage, the rulings, what no policy says."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.coordination.known import our_coverage, places_of_ours
from adjudicator.edits.other_coverage import MISSING
from adjudicator.engine import adjudicate
from adjudicator.explain import Register, explain
from adjudicator.model.case import Case, Coverage, Ruling, RulingVerdict
from adjudicator.model.claim import Diagnosis, OtherPayer, PriorAdjustment
from adjudicator.model.dates import Span
from adjudicator.model.decision import Disposition, PriorityPayer, Reason, Verdict
from adjudicator.model.other_coverage import CoverageKind, Holder, KnownCoverage, MedicareReason
from adjudicator.policy.coordination import Method, PlanCoordination
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.building import MEMBER, SERVICE_DAY, a_case, a_claim, a_line, worked_policies
from tests.remittance import told

SPOUSE = msgspec.structs.replace(MEMBER, relationship="01")


def known(kind: CoverageKind = CoverageKind.GROUP, **facts: Any) -> KnownCoverage:
    return KnownCoverage(**{"kind": kind, "span": Span(dt.date(2015, 1, 1)), "payer_id": "FARAWAY", **facts})


def case_with(*coverages: KnownCoverage, **changes: Any) -> Case:
    return msgspec.structs.replace(a_case(a_claim(a_line())), other_coverage=coverages, **changes)


def ours(case: Case) -> KnownCoverage:
    coverage = case.coverage_on(SERVICE_DAY)
    assert case.member is not None and coverage is not None
    return our_coverage(case, case.member, coverage, CoverageKind.GROUP, SERVICE_DAY)


@pytest.mark.parametrize(
    ("stretches", "since"),
    [
        # A change of the plan is no new start, a day without coverage is.
        ([(2020, 1, 1, 2023, 12, 31), (2024, 1, 1, 2025, 12, 31), (2026, 1, 1)], dt.date(2020, 1, 1)),
        ([(2020, 1, 1, 2023, 12, 30), (2024, 1, 1, 2025, 12, 31), (2026, 1, 1)], dt.date(2024, 1, 1)),
        ([(2020, 1, 1, 2025, 12, 30), (2026, 1, 1)], dt.date(2026, 1, 1)),
        ([(2020, 1, 1), (2026, 1, 1)], dt.date(2020, 1, 1)),
        ([(2026, 1, 1), (2026, 4, 1)], dt.date(2026, 1, 1)),
    ],
)
def test_our_coverage_began_where_it_has_no_gap(stretches: list[tuple[int, ...]], since: dt.date) -> None:
    coverage = tuple(
        Coverage("plans/worked", Span(dt.date(*days[:3]), dt.date(*days[3:]) if days[3:] else None))
        for days in stretches
    )
    case = case_with(coverage=tuple(reversed(coverage)))
    covering = case.coverage_on(SERVICE_DAY)
    assert case.member is not None and covering is not None
    assert our_coverage(case, case.member, covering, CoverageKind.GROUP, SERVICE_DAY).covered_since == since


def test_what_the_evidence_leaves_open_the_membership_file_tells() -> None:
    assert ours(case_with()).dependent is False
    spouse = case_with(members=(SPOUSE,), subscriber=MEMBER)
    assert (ours(spouse).dependent, ours(spouse).holder_born_on) == (True, MEMBER.birth_date)
    assert (ours(case_with()).holder, ours(spouse).holder) == (None, Holder.SPOUSE)
    child = msgspec.structs.replace(MEMBER, relationship="19")
    assert ours(case_with(members=(child,), subscriber=MEMBER)).holder is None
    born = dt.date(1970, 2, 3)
    evidence = known(CoverageKind.OURS, payer_id="", dependent=False, holder_born_on=born, covered_since=born)
    told = ours(msgspec.structs.replace(spouse, other_coverage=(evidence,)))
    assert (told.dependent, told.holder_born_on, told.covered_since) == (False, born, born)
    ended = msgspec.structs.replace(evidence, span=Span(dt.date(2015, 1, 1), SERVICE_DAY - dt.timedelta(days=1)))
    assert ours(msgspec.structs.replace(spouse, other_coverage=(ended,))).dependent is True


@pytest.mark.parametrize(
    ("known_through", "last_of_line", "days"),
    [
        (dt.date(9999, 12, 31), 2, [0]),
        (SERVICE_DAY, 2, [0, 1]),
        (SERVICE_DAY + dt.timedelta(days=2), 2, [0]),
        (SERVICE_DAY + dt.timedelta(days=1), 2, [0, 2]),
        (SERVICE_DAY, 0, [0]),
        (SERVICE_DAY, -1, [0]),
    ],
)
def test_of_a_line_over_days_only_those_are_asked_on_which_something_turns(
    demo: PolicySet, known_through: dt.date, last_of_line: int, days: list[int]
) -> None:
    line = a_line(through_date=SERVICE_DAY + dt.timedelta(days=last_of_line))
    other = known(span=Span(dt.date(2015, 1, 1), known_through))
    case = msgspec.structs.replace(a_case(a_claim(line)), other_coverage=(other,))
    asked = [SERVICE_DAY + dt.timedelta(days=day) for day in days]
    assert list(places_of_ours(case, worked_policies(demo))) == asked


def test_without_other_payers_there_is_no_place(demo: PolicySet) -> None:
    policies = worked_policies(demo)
    assert places_of_ours(case_with(), policies) == {}
    assert places_of_ours(case_with(known(CoverageKind.OURS), known(CoverageKind.WORK)), policies) == {}
    assert places_of_ours(case_with(known(), members=()), policies) == {}
    assert places_of_ours(case_with(known(), coverage=()), policies) == {}
    assert list(places_of_ours(case_with(known()), policies)) == [SERVICE_DAY]


def test_a_payer_that_does_not_say_how_the_order_is_told_holds_the_claim(demo: PolicySet) -> None:
    policies = worked_policies(demo)
    silent = tuple(msgspec.structs.replace(version, order_rules=None) for version in policies.payer.versions)
    policies = msgspec.structs.replace(policies, payer=Document(policies.payer.path, policies.payer.title, silent))
    decision = adjudicate(case_with(known(dependent=False), members=(SPOUSE,)), policies)
    assert decision.disposition is Disposition.PENDED
    assert any("order_of_payers" in finding.because for finding in decision.findings)


def test_facts_of_another_coverage_hold_no_claim_whose_payer_is_clear(demo: PolicySet) -> None:
    policies = worked_policies(demo)
    plain, with_later = case_with(), case_with(known(dependent=True))
    assert adjudicate(plain, policies).lines == adjudicate(with_later, policies).lines


def test_a_policy_may_pay_and_pursue_where_a_fact_is_missing(demo: PolicySet) -> None:
    policies, case = worked_policies(demo), case_with(known())
    assert adjudicate(case, policies).disposition is Disposition.PENDED
    answers = dict(policies.answers)
    answers[MISSING] = tuple(
        (span, msgspec.structs.replace(answer, verdict=Verdict.INFORM)) for span, answer in answers[MISSING]
    )
    decision = adjudicate(case, msgspec.structs.replace(policies, answers=answers))
    assert decision.lines == adjudicate(case_with(), policies).lines
    (told,) = [finding for finding in decision.findings if finding.rule == MISSING]
    assert told.because.endswith("for want of: whether FARAWAY (group) covers the person as a dependent.")


def test_nobody_is_liable_for_a_line_without_a_day(demo: PolicySet) -> None:
    policies, liable = worked_policies(demo), known(CoverageKind.WORK)
    dated = adjudicate(case_with(liable), policies)
    assert any(finding.rule == "liable.diagnoses-unknown" for finding in dated.findings)
    undated = msgspec.structs.replace(case_with(liable), claim=a_claim(a_line(from_date=None, through_date=None)))
    decision = adjudicate(undated, policies)
    assert not any(
        finding.rule.startswith("liable.") or finding.verdict is Verdict.FAULT for finding in decision.findings
    )


MEDICARE = known(
    CoverageKind.MEDICARE,
    payer_id="MEDICARE",
    payer_name="MEDICARE PART B",
    medicare_reason=MedicareReason.AGE,
    medicare_parts="AB",
)
HERS = known(payer_name="FARAWAY HEALTH", dependent=False, active=False, continuation=False)
"""A plan of the patient's own, from work that is over: Medicare pays before it, and it pays before ours of the spouse."""
SMALL = known(CoverageKind.OURS, payer_id="", dependent=True, active=True, continuation=False, employees=19)
"""Ours, of the spouse: present work for so few people that Medicare pays before it."""


def billed_first(case: Case, policies: PolicySet) -> list[PriorityPayer | None]:
    return [line.priority_payer for line in told.adjudicate(case, policies).lines]


@pytest.mark.parametrize(
    ("coverages", "first"),
    [
        ((HERS,), PriorityPayer("FARAWAY", "FARAWAY HEALTH")),
        ((known(dependent=False),), PriorityPayer("FARAWAY", "FARAWAY")),  # a file without its name
        ((MEDICARE, SMALL), PriorityPayer("MEDICARE", "MEDICARE PART B")),
        # Medicare pays before a plan that stands on no present work: of the two before us it is the first, however they are filed.
        ((HERS, MEDICARE, SMALL), PriorityPayer("MEDICARE", "MEDICARE PART B")),
        ((MEDICARE, HERS, SMALL), PriorityPayer("MEDICARE", "MEDICARE PART B")),
        # Whether hers stands on present work is not known, so nobody knows which of the two is the first.
        ((msgspec.structs.replace(HERS, active=None), MEDICARE, SMALL), None),
    ],
)
def test_the_answer_names_who_is_billed_first(
    demo: PolicySet, coverages: tuple[KnownCoverage, ...], first: PriorityPayer | None
) -> None:
    case = case_with(*coverages, members=(SPOUSE,))
    decision = adjudicate(case, worked_policies(demo))
    assert {finding.rule for finding in decision.findings if finding.verdict is Verdict.DENY} == {
        "other-coverage.not-billed"
    }
    assert billed_first(case, worked_policies(demo)) == [first]


def secondary(*answered: str, named: tuple[str, ...] = ("FARAWAY",)) -> Case:
    """A claim that names payers before us, of whom some have answered: 130.00 left to the patient as deductible."""
    payers = tuple(
        OtherPayer(
            payer_id=name,
            responsibility=rank,
            paid_cents=0 if name in answered else None,
            adjustments=(PriorAdjustment("PR", "1", 13000),) if name in answered else (),
            adjudicated_on=SERVICE_DAY if name in answered else None,
        )
        for rank, name in zip("PST", named, strict=False)
    )
    claim = a_claim(a_line(), other_payers=payers)
    subscriber = msgspec.structs.replace(claim.subscriber, payer_responsibility="PST"[len(named)])
    case = a_case(msgspec.structs.replace(claim, subscriber=subscriber))
    return msgspec.structs.replace(case, members=(SPOUSE,))


def test_a_claim_that_came_without_a_result_is_told_whom_to_bill_where_our_file_knows(demo: PolicySet) -> None:
    policies = worked_policies(demo, coordination=PlanCoordination(Method.STANDARD))
    by_file = msgspec.structs.replace(secondary(), other_coverage=(HERS,))
    assert billed_first(by_file, policies) == [PriorityPayer("FARAWAY", "FARAWAY HEALTH")]
    assert billed_first(secondary(), policies) == [None]  # the file is silent, and the claim names it itself
    both = secondary("MEDICARE", named=("MEDICARE", "FARAWAY"))
    both = msgspec.structs.replace(both, other_coverage=(MEDICARE, HERS, SMALL))
    # Medicare, the first of all, has answered: the other one is to be billed now.
    assert billed_first(both, policies) == [PriorityPayer("FARAWAY", "FARAWAY HEALTH")]


def test_who_is_liable_is_named_on_its_line_alone(demo: PolicySet) -> None:
    policies = worked_policies(demo)
    liable = known(CoverageKind.WORK, payer_id="MILLCOMP", payer_name="MILL WORKERS COMPENSATION", diagnoses=("S93",))
    claim = a_claim(
        a_line(1, diagnosis_pointers=(1,)),
        a_line(2, procedure="99214", diagnosis_pointers=(2,)),
        diagnoses=(Diagnosis(code="I10", kind="principal"), Diagnosis(code="S93401A", kind="other")),
    )
    case = msgspec.structs.replace(a_case(claim), other_coverage=(liable,))
    assert billed_first(case, policies) == [None, PriorityPayer("MILLCOMP", "MILL WORKERS COMPENSATION")]


@pytest.mark.parametrize(
    ("given", "first"),
    [
        (
            Reason("OA", "19", ("N728",)),
            PriorityPayer("MILLCOMP", "MILL WORKERS COMPENSATION"),
        ),  # the policy's own reason
        (Reason("CO", "50", ("N115",)), None),
    ],
)
def test_a_reviewers_own_reason_names_no_other_payer(
    demo: PolicySet, given: Reason, first: PriorityPayer | None
) -> None:
    policies = worked_policies(demo)
    liable = known(CoverageKind.WORK, payer_id="MILLCOMP", payer_name="MILL WORKERS COMPENSATION")
    case = case_with(liable)
    (waiting,) = adjudicate(case, policies).pends()
    ruling = Ruling(
        rule=waiting.rule,
        policy=waiting.policy,
        line=1,
        verdict=RulingVerdict.DENY,
        group=given.group,
        carc=given.carc,
        remarks=given.remarks,
        rationale="Asked.",
        ruled_by="examiner-one",
    )
    assert billed_first(msgspec.structs.replace(case, rulings=(ruling,)), policies) == [first]


def test_the_biller_reads_whom_to_bill_first_as_the_835_names_it(demo: PolicySet) -> None:
    case, policies = case_with(HERS, members=(SPOUSE,)), worked_policies(demo)
    decision = adjudicate(case, policies)
    for register in (Register.BILLER, Register.AUDITOR):
        assert explain(case, decision, policies, register).count("Bill first: FARAWAY HEALTH, payer id FARAWAY.") == 1
