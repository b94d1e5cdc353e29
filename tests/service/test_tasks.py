"""The moves of a review task: pure."""

import datetime as dt
from collections.abc import Callable

import msgspec
import pytest

from adjudicator.model.case import Coverage, RulingVerdict
from adjudicator.model.decision import Decision, Disposition, Finding, LineDecision, Reason, Verdict
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import (
    OF_COVERAGE,
    OF_OTHER_COVERAGE,
    LineStanding,
    Task,
    TaskState,
    due_date,
    line_changes,
    open_tasks,
    refusal,
    settle,
    taken_back,
)
from tests.building import ALWAYS, a_case, a_claim, a_line, worked_policies
from tests.service.desk import TODAY

ALLOW, DENY, REDUCE_UNITS, PRICE, CONFIRM_DUPLICATE = RulingVerdict


def a_pend(rule: str = "coverage/echo#indication", line: int = 1, policy: str = "coverage/echo@2026-01-01") -> Finding:
    return Finding(
        rule=rule, verdict=Verdict.PEND, because="Because.", line=line, policy=policy, queue="clinical", question="?"
    )


def pended(*findings: Finding) -> Decision:
    return Decision(claim_id="C1", disposition=Disposition.PENDED, findings=findings)


TasksOf = Callable[..., tuple[Task, ...]]
CASE = a_case(claim_id="C1", received_on=dt.date(2026, 3, 1), decided_on=TODAY)


@pytest.fixture
def policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo)


@pytest.fixture
def the_tasks(policies: PolicySet) -> TasksOf:
    """The tasks that findings open."""
    return lambda *findings: open_tasks(CASE, policies, 1, pended(*findings))


def test_findings_with_one_rule_policy_and_line_share_a_task(the_tasks: TasksOf) -> None:
    tasks = the_tasks(a_pend(), a_pend(), a_pend(line=2), a_pend(policy="coverage/echo@2025-01-01"))
    assert [task.task_id for task in tasks] == ["C1-1", "C1-2", "C1-3"]


def test_a_denial_among_the_findings_is_no_task(the_tasks: TasksOf) -> None:
    denial = Finding(rule="exact-duplicate", verdict=Verdict.DENY, because="Because.", line=2, group="OA", carc="18")
    assert len(the_tasks(a_pend(), denial)) == 1


def test_a_later_decision_opens_tasks_only_for_what_has_none(the_tasks: TasksOf, policies: PolicySet) -> None:
    tasks = the_tasks(a_pend())
    later = open_tasks(CASE, policies, 2, pended(a_pend(), a_pend(line=2)), tasks)
    assert [(task.task_id, task.line, task.decision_number) for task in later] == [("C1-2", 2, 2)]


def test_a_finding_that_comes_back_after_its_task_was_ruled_opens_another(
    the_tasks: TasksOf, policies: PolicySet
) -> None:
    (task,) = the_tasks(a_pend())
    ruled = settle([task], task, 2, pended(a_pend()))
    assert [moved.state for moved in ruled] == [TaskState.RULED]
    (again,) = open_tasks(CASE, policies, 2, pended(a_pend()), ruled)
    assert again.task_id == "C1-2"


def test_settling_rules_one_closes_what_holds_no_longer_and_keeps_the_rest(the_tasks: TasksOf) -> None:
    tasks = the_tasks(a_pend(line=1), a_pend(line=2), a_pend(line=3))
    moved = settle(tasks, tasks[0], 2, pended(a_pend(line=3)))
    assert [(task.state, task.closed_because) for task in moved] == [
        (TaskState.RULED, ""),
        (TaskState.CLOSED, "Decision 2 of the claim no longer waits for it."),
        (TaskState.OPEN, ""),
    ]


def test_of_a_decision_that_is_taken_back_only_the_open_tasks_about_it_close(the_tasks: TasksOf) -> None:
    (held,) = the_tasks(a_pend())
    asked = [msgspec.structs.replace(held, rule=rule) for rule in (OF_OTHER_COVERAGE, OF_COVERAGE)]
    answered = msgspec.structs.replace(asked[0], state=TaskState.RULED)
    because = "Decision 1 of the claim was taken back on 2026-04-01 by night-run."
    assert taken_back([held, *asked, answered], 1, TODAY, "night-run") == tuple(
        msgspec.structs.replace(task, state=TaskState.CLOSED, closed_because=because) for task in asked
    )


def test_settling_leaves_finished_tasks_as_they_are(the_tasks: TasksOf) -> None:
    first, second = the_tasks(a_pend(line=1), a_pend(line=2))
    done = msgspec.structs.replace(first, state=TaskState.CLOSED)
    assert settle([done, second], second, 2, pended(a_pend(line=1)))[0] == done


def test_a_task_says_why_it_waits_and_by_when(the_tasks: TasksOf) -> None:
    (task,) = the_tasks(msgspec.structs.replace(a_pend(), pend_code="MED"))
    assert (task.pend_code, task.opened_on) == ("MED", TODAY)


def with_prompt_pay(policies: PolicySet, days: int | None) -> PolicySet:
    plan = policies.plans["plans/worked"]
    versions = tuple(msgspec.structs.replace(version, prompt_pay_days=days) for version in plan.versions)
    return msgspec.structs.replace(
        policies, plans={**policies.plans, "plans/worked": msgspec.structs.replace(plan, versions=versions)}
    )


class TestDueDates:
    def test_the_clock_counts_from_the_day_after_receipt(self, policies: PolicySet) -> None:
        # received 2026-03-01: day 1 is 03-02, day 30 is 03-31
        assert due_date(CASE, with_prompt_pay(policies, 30)) == dt.date(2026, 3, 31)

    def test_calendar_days_run_over_a_leap_day(self, policies: PolicySet) -> None:
        # received 2028-02-01: day 28 is 02-29
        case = msgspec.structs.replace(CASE, received_on=dt.date(2028, 2, 1))
        assert due_date(case, with_prompt_pay(policies, 28)) == dt.date(2028, 2, 29)

    def test_a_plan_without_a_law_sets_no_day(self, policies: PolicySet) -> None:
        assert due_date(CASE, with_prompt_pay(policies, None)) is None

    def test_without_coverage_on_the_first_day_no_plan_is_known(self, policies: PolicySet) -> None:
        uncovered = msgspec.structs.replace(CASE, coverage=())
        assert due_date(uncovered, with_prompt_pay(policies, 30)) is None

    def test_a_plan_that_the_policy_set_lacks_sets_no_day(self, policies: PolicySet) -> None:
        elsewhere = msgspec.structs.replace(CASE, coverage=(Coverage(plan="plans/none", span=ALWAYS),))
        assert due_date(elsewhere, with_prompt_pay(policies, 30)) is None

    def test_the_earliest_line_decides_the_plan(self, policies: PolicySet) -> None:
        strict = with_prompt_pay(policies, 30)
        slow = with_prompt_pay(policies, 45).plans["plans/worked"]
        both = msgspec.structs.replace(strict, plans={**strict.plans, "plans/slow": slow})
        second = dt.date(2026, 3, 2)
        lines = (a_line(1, from_date=second, through_date=second), a_line(2, from_date=dt.date(2026, 2, 27)))
        coverage = (
            Coverage(plan="plans/slow", span=type(ALWAYS)(dt.date(2026, 1, 1), dt.date(2026, 2, 28))),
            Coverage(plan="plans/worked", span=type(ALWAYS)(dt.date(2026, 3, 1))),
        )
        case = msgspec.structs.replace(CASE, claim=a_claim(*lines), coverage=coverage)
        assert due_date(case, both) == dt.date(2026, 4, 15)

    def test_days_left_go_below_zero_once_it_is_late(self, the_tasks: TasksOf) -> None:
        task = msgspec.structs.replace(the_tasks(a_pend())[0], due_on=dt.date(2026, 3, 31))
        assert [task.days_left(dt.date(2026, 3, day)) for day in (30, 31)] == [1, 0]
        assert task.days_left(dt.date(2026, 4, 1)) == -1
        assert msgspec.structs.replace(task, due_on=None).days_left(TODAY) is None


OWN = {"group": "CO", "carc": "50"}
LISTED = {"denials": (Reason("CO", "198"),)}


@pytest.mark.parametrize(
    ("changes", "verdicts"),
    [
        ({}, {ALLOW, DENY}),
        (OWN, {ALLOW, DENY, REDUCE_UNITS, PRICE}),
        (LISTED, {ALLOW, DENY, REDUCE_UNITS}),
        ({**OWN, "line": 0}, {ALLOW, DENY}),
        ({"pend_code": "PRC"}, {ALLOW, DENY, PRICE}),
        ({"pend_code": "PRC", "line": 0}, {ALLOW, DENY}),
        ({"rule": "suspect-duplicate"}, {ALLOW, DENY}),
        ({"rule": "suspect-duplicate", "denials": (Reason("OA", "18"),)}, {ALLOW, DENY, CONFIRM_DUPLICATE}),
        ({"rule": "suspect-duplicate", "group": "OA", "carc": "18"}, {ALLOW, DENY, CONFIRM_DUPLICATE}),
        ({"rule": "exact-duplicate"}, {ALLOW, DENY}),
        ({"rule": "member.ambiguous", "line": 0}, {DENY}),
        ({"rule": "unsupported.frequency", "line": 0}, {DENY}),
        ({"rule": "unsupported.institutional", "pend_code": "PRC"}, {DENY}),
        ({"rule": "unsupported.modifier"}, {DENY, PRICE}),
        ({"rule": "unsupported.modifier", **LISTED}, {DENY, PRICE}),
        ({"rule": "unsupported.multiple-procedures"}, {DENY, PRICE}),
        ({"rule": "pricing.no-fee"}, {DENY, PRICE}),
        ({"rule": "unsupported.test-interchange", "line": 0}, set()),
        ({"rule": "unsupported.test-interchange", "pend_code": "PRC"}, set()),
        ({"rule": "fault", "verdict": Verdict.FAULT}, set()),
        ({"rule": "policy-gap", "verdict": Verdict.FAULT}, {DENY}),
    ],
)
def test_which_rulings_a_task_takes(changes: dict[str, object], verdicts: set[RulingVerdict]) -> None:
    finding = msgspec.structs.replace(a_pend(), **changes)
    assert {verdict for verdict in RulingVerdict if refusal(finding, verdict) == ""} == verdicts


@pytest.mark.parametrize("verdict", [REDUCE_UNITS, PRICE])
def test_a_suspected_duplicate_is_none_in_part(verdict: RulingVerdict) -> None:
    told = refusal(msgspec.structs.replace(a_pend("suspect-duplicate"), group="OA", carc="18"), verdict)
    assert told.startswith(
        "It asks whether the line repeats another service (suspect-duplicate), which no line does in part"
    )


def test_what_another_decision_changes_is_told_line_by_line() -> None:
    claim = a_claim(a_line(1, charge_cents=10_000), a_line(2, charge_cents=10_000))
    before = pended(a_pend(line=2))
    paid = LineDecision(line=1, verdict=Verdict.PAY, charge_cents=10_000, allowed_cents=10_000, paid_cents=10_000)
    after = Decision(
        claim_id="C1",
        disposition=Disposition.PAID,
        lines=(paid, msgspec.structs.replace(paid, line=2)),
    )
    first, second = line_changes(claim, before, after)
    assert (first.before, first.after) == (LineStanding("pended"), LineStanding("paid", 10_000))
    assert second.before == LineStanding("pended", reasons=("coverage/echo#indication",))
    assert line_changes(claim, after, after) == ()
