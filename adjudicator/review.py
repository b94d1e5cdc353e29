"""What a reviewer may do with a pended claim: one task for each finding that holds it, and the moves a task can make.

::

    OPEN ──ruling──> RULED      a reviewer answered the finding
      └──────────> CLOSED     a later decision no longer holds on the finding: another ruling answered it too,
                              or what was missing is there now

A ruling never changes a decision. It is a fact of the claim, which is adjudicated again; what the new decision still
holds on keeps its task, what it newly holds on opens one (domain/07 section 5).
"""

import datetime as dt
import enum
from collections.abc import Iterable

import msgspec

from adjudicator.model.case import RulingVerdict
from adjudicator.model.decision import Decision, Verdict

WITHOUT_AMOUNT = ("unsupported.", "pricing.", "member.ambiguous")
"""Beginnings of the rules that no reviewer can answer with yes: the engine could not work out what to pay, or for whom."""
NEVER_RULED = ("unsupported.test-interchange",)
"""Rules whose claims were never meant to be decided."""


class TaskState(enum.Enum):
    """Where a task stands; the last two are final."""

    OPEN = "open"
    RULED = "ruled"
    CLOSED = "closed"


class Task(msgspec.Struct, frozen=True):
    """One finding that holds a claim and waits for an answer."""

    task_id: str
    """The claim's number and the task's position among its tasks, from 1."""
    claim_id: str
    decision_number: int
    """The decision that opened it."""
    rule: str
    policy: str
    """Document and version of the finding."""
    line: int
    verdict: Verdict
    """PEND, or FAULT when the engine failed."""
    queue: str
    question: str
    opened_on: dt.date
    state: TaskState = TaskState.OPEN

    @property
    def finding_key(self) -> tuple[str, str, int]:
        """What a ruling must name to answer the finding: rule, policy version and line."""
        return (self.rule, self.policy, self.line)


def open_tasks(
    claim_id: str, decision_number: int, decision: Decision, opened_on: dt.date, earlier: Iterable[Task] = ()
) -> tuple[Task, ...]:
    """A new task for each finding that holds the claim and has none yet; findings with one key share a task.

    Args:
        claim_id: the claim's number.
        decision_number: which of the claim's decisions this is.
        decision: the decision.
        opened_on: the day it was made.
        earlier: every task that the claim has had, whatever its state.
    """
    earlier = tuple(earlier)
    waiting = {task.finding_key for task in earlier if task.state is TaskState.OPEN}
    opened: dict[tuple[str, str, int], Task] = {}
    for finding in decision.pends():
        key = (finding.rule, finding.policy, finding.line)
        if key in waiting or key in opened:
            continue
        opened[key] = Task(
            task_id=f"{claim_id}-{len(earlier) + len(opened) + 1}",
            claim_id=claim_id,
            decision_number=decision_number,
            rule=finding.rule,
            policy=finding.policy,
            line=finding.line,
            verdict=finding.verdict,
            queue=finding.queue,
            question=finding.question,
            opened_on=opened_on,
        )
    return tuple(opened.values())


def settle(tasks: Iterable[Task], ruled: Task | None, decision: Decision) -> tuple[Task, ...]:
    """The claim's tasks after it was decided again: the one that was ruled is so, those that hold it no longer close.

    Args:
        tasks: every task of the claim.
        ruled: the task whose ruling led to the decision; None when none did.
        decision: the new decision.
    """
    holding = {(finding.rule, finding.policy, finding.line) for finding in decision.pends()}

    def moved(task: Task) -> Task:
        if ruled is not None and task.task_id == ruled.task_id:
            return msgspec.structs.replace(task, state=TaskState.RULED)
        if task.state is TaskState.OPEN and task.finding_key not in holding:
            return msgspec.structs.replace(task, state=TaskState.CLOSED)
        return task

    return tuple(moved(task) for task in tasks)


def refusal(task: Task, verdict: RulingVerdict) -> str:
    """Why a task cannot be ruled so, in a sentence; empty when it can."""
    if task.state is not TaskState.OPEN:
        return f"Task {task.task_id} is {task.state.value} already; list the tasks anew."
    if task.rule in NEVER_RULED:
        return f"Task {task.task_id} is about a claim of a test interchange (ISA15 = T), which is never decided."
    if task.verdict is Verdict.FAULT and (task.rule != "policy-gap" or verdict is RulingVerdict.ALLOW):
        return (
            f"Task {task.task_id} waits until the engine or the policy set is mended, and is then tried again: nobody can "
            "allow a fault, and only what no policy covers can be denied."
        )
    if task.rule.startswith(WITHOUT_AMOUNT) and verdict is RulingVerdict.ALLOW:
        return f"Task {task.task_id} waits for what the engine cannot work out yet ({task.rule}); it can be denied, not allowed."
    return ""
