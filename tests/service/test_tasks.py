"""The moves of a review task: pure."""

import msgspec
import pytest

from adjudicator.model.case import RulingVerdict
from adjudicator.model.decision import Decision, Disposition, Finding, Verdict
from adjudicator.review import Task, TaskState, open_tasks, refusal, settle
from tests.service.desk import TODAY

ALLOW, DENY = RulingVerdict.ALLOW, RulingVerdict.DENY


def a_pend(rule: str = "coverage/echo#indication", line: int = 1, policy: str = "coverage/echo@2026-01-01") -> Finding:
    return Finding(
        rule=rule, verdict=Verdict.PEND, because="Because.", line=line, policy=policy, queue="clinical", question="?"
    )


def pended(*findings: Finding) -> Decision:
    return Decision(claim_id="C1", disposition=Disposition.PENDED, findings=findings)


def the_tasks(*findings: Finding) -> tuple[Task, ...]:
    return open_tasks("C1", 1, pended(*findings), TODAY)


def test_findings_with_one_rule_policy_and_line_share_a_task() -> None:
    tasks = the_tasks(a_pend(), a_pend(), a_pend(line=2), a_pend(policy="coverage/echo@2025-01-01"))
    assert [task.task_id for task in tasks] == ["C1-1", "C1-2", "C1-3"]


def test_a_denial_among_the_findings_is_no_task() -> None:
    denial = Finding(rule="exact-duplicate", verdict=Verdict.DENY, because="Because.", line=2, group="OA", carc="18")
    assert len(the_tasks(a_pend(), denial)) == 1


def test_a_later_decision_opens_tasks_only_for_what_has_none() -> None:
    tasks = the_tasks(a_pend())
    later = open_tasks("C1", 2, pended(a_pend(), a_pend(line=2)), TODAY, tasks)
    assert [(task.task_id, task.line, task.decision_number) for task in later] == [("C1-2", 2, 2)]


def test_a_finding_that_comes_back_after_its_task_was_ruled_opens_another() -> None:
    (task,) = the_tasks(a_pend())
    ruled = settle([task], task, pended(a_pend()))
    assert [moved.state for moved in ruled] == [TaskState.RULED]
    (again,) = open_tasks("C1", 2, pended(a_pend()), TODAY, ruled)
    assert again.task_id == "C1-2"


def test_settling_rules_one_closes_what_holds_no_longer_and_keeps_the_rest() -> None:
    tasks = the_tasks(a_pend(line=1), a_pend(line=2), a_pend(line=3))
    moved = settle(tasks, tasks[0], pended(a_pend(line=3)))
    assert [task.state for task in moved] == [TaskState.RULED, TaskState.CLOSED, TaskState.OPEN]


def test_settling_leaves_finished_tasks_as_they_are() -> None:
    first, second = the_tasks(a_pend(line=1), a_pend(line=2))
    done = msgspec.structs.replace(first, state=TaskState.CLOSED)
    assert settle([done, second], second, pended(a_pend(line=1)))[0] == done


@pytest.mark.parametrize(
    ("changes", "verdict", "allowed"),
    [
        ({}, ALLOW, True),
        ({}, DENY, True),
        ({"state": TaskState.RULED}, ALLOW, False),
        ({"state": TaskState.CLOSED}, DENY, False),
        ({"queue": "system", "rule": "unsupported.frequency"}, ALLOW, False),
        ({"queue": "system", "rule": "unsupported.frequency"}, DENY, True),
        ({"queue": "pricing", "rule": "unsupported.modifier"}, ALLOW, False),
        ({"queue": "pricing", "rule": "unsupported.modifier"}, DENY, True),
        ({"queue": "pricing", "rule": "pricing.no-fee"}, ALLOW, False),
        ({"queue": "pricing", "rule": "pricing.no-fee"}, DENY, True),
        ({"queue": "system", "rule": "unsupported.test-interchange"}, ALLOW, False),
        ({"queue": "system", "rule": "unsupported.test-interchange"}, DENY, False),
        ({"queue": "clinical", "rule": "unsupported.test-interchange"}, DENY, False),
        ({"queue": "system", "rule": "fault", "verdict": Verdict.FAULT}, ALLOW, False),
        ({"queue": "system", "rule": "fault", "verdict": Verdict.FAULT}, DENY, False),
        ({"queue": "system", "rule": "policy-gap", "verdict": Verdict.FAULT}, ALLOW, False),
        ({"queue": "system", "rule": "policy-gap", "verdict": Verdict.FAULT}, DENY, True),
    ],
)
def test_which_rulings_a_task_takes(changes: dict[str, object], verdict: RulingVerdict, allowed: bool) -> None:
    task = msgspec.structs.replace(the_tasks(a_pend())[0], **changes)
    assert (refusal(task, verdict) == "") is allowed
