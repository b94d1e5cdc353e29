"""The use cases of the payer's reviewers: see what waits, look at one task, try a ruling, give it.

A ruling is kept, then the claim is adjudicated again with it, in one transaction: nobody edits a decision. A preview goes
the same way and keeps nothing.
"""

import datetime as dt
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from adjudicator import engine
from adjudicator.model.case import Ruling, RulingVerdict
from adjudicator.model.decision import Disposition
from adjudicator.model.principal import Principal, Role
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import (
    ABOUT_DECIDED,
    EarlierRuling,
    LineChange,
    Task,
    TaskState,
    comes_too_early,
    line_changes,
    refusal,
    with_ruling,
)
from adjudicator.service.deciding import Adjudicate, decide_anew
from adjudicator.service.errors import NotFound, NotPermitted, WrongState, attempt
from adjudicator.service.given_rulings import GivenRuling, ruling_of, standing_of
from adjudicator.service.pages import next_page_token, page_size_of, place_of
from adjudicator.store import tasks as stored
from adjudicator.store.claims import claims_by_id, record
from adjudicator.store.database import Store, lock
from adjudicator.store.records import ClaimRecord, NewDecision


class Preview(msgspec.Struct, frozen=True):
    """What a ruling would do; nothing of it is kept."""

    record: ClaimRecord
    """The claim as it would be decided."""
    changes: tuple[LineChange, ...]
    """What that changes against the standing decision, line by line."""
    tasks: tuple[Task, ...]
    """The tasks that would be open, those that it would open among them."""


class Reviews:
    """Lists, shows and rules tasks; for reviewers and operators only."""

    def __init__(
        self,
        store: Store,
        policies: Callable[[], PolicySet],
        clock: Callable[[], dt.date],
        *,
        adjudicate: Adjudicate = engine.adjudicate,
    ) -> None:
        """Join what ruling needs; the arguments are those of ``Claims``."""
        self._store = store
        self._policies = policies
        self._clock = clock
        self._adjudicate = adjudicate

    def today(self) -> dt.date:
        """The day on which rulings are given now."""
        return self._clock()

    def list_tasks(
        self,
        principal: Principal,
        queue: str = "",
        page_size: int = 0,
        page_token: str = "",
        due_through: dt.date | None = None,
    ) -> tuple[list[Task], str]:
        """A page of the open tasks, what is due first at the head, and the token of the next page.

        Args:
            principal: who asks.
            queue: only tasks of this queue; empty for all.
            page_size: how many at most; 0 for the usual number.
            page_token: where to go on; empty for the first page.
            due_through: only tasks that are due by this day; None for all, those without a due date at the end.

        Raises:
            NotPermitted: the caller is no reviewer.
            InvalidRequest: the page size is negative, or the token is none of this list.
        """
        _check_role(principal)
        size = page_size_of(page_size)
        listed = (queue, due_through)
        after = place_of(listed, page_token, stored.TaskPlace)
        with self._store.reading() as connection:
            found = stored.open_tasks_page(connection, queue, due_through, after, size + 1)
        more = next_page_token(listed, found[size - 1][0]) if len(found) > size else ""
        return [task for _, task in found[:size]], more

    def get_task(self, principal: Principal, task_id: str) -> Task:
        """A task, open or not; its claim is read with ``Claims.get``.

        Raises:
            NotPermitted: the caller is no reviewer.
            NotFound: there is no such task.
        """
        _check_role(principal)
        with self._store.reading() as connection:
            return _task(connection, task_id)

    def earlier_rulings(self, principal: Principal, task_id: str) -> tuple[EarlierRuling, ...]:
        """What reviewers answered before to the claim's tasks by the same rule, whether it still holds or not, in their order.

        Raises:
            NotPermitted: the caller is no reviewer.
            NotFound: there is no such task.
        """
        _check_role(principal)
        with self._store.reading() as connection:
            return stored.earlier_rulings_of(connection, _task(connection, task_id))

    def rule(self, principal: Principal, task_id: str, given: GivenRuling) -> ClaimRecord:
        """Answer the finding of a task, and decide its claim again.

        A task about a decided claim takes one answer: the decision stands. Nothing is decided again then.

        Args:
            principal: who rules.
            task_id: the task.
            given: the answer.

        Returns:
            The claim with its latest decision.

        Raises:
            NotPermitted: the caller is no reviewer.
            NotFound: there is no such task.
            WrongState: the task is done, or nobody can rule on it so.
            InvalidRequest: the rationale, the reason, the units or the price are missing or wrong; every violation is listed.
        """
        _check_role(principal)

        def rule(connection: sa.Connection) -> ClaimRecord:
            if (asked := _task(connection, task_id)).rule in ABOUT_DECIDED:
                return self._confirmed(connection, principal, asked, given)
            task, ruling, _, new = self._ruled(connection, principal, task_id, given)
            stored.record_ruling(connection, task, ruling, new.record.case.decided_on)
            record(connection, [new])
            return new.record

        return attempt(self._store, rule)

    def preview(self, principal: Principal, task_id: str, given: GivenRuling) -> Preview:
        """What a ruling would do, under the same checks; the arguments and errors are those of ``rule``."""
        _check_role(principal)
        with self._store.reading() as connection:
            _, _, before, new = self._ruled(connection, principal, task_id, given)
        return Preview(
            record=new.record,
            changes=line_changes(before.case.claim, before.decision, new.record.decision),
            tasks=tuple(task for task in new.tasks if task.state is TaskState.OPEN),
        )

    def decide_again(self, principal: Principal, task_id: str) -> ClaimRecord:
        """Decide the claim of an open task again with today's facts and policies: what it waited for may be there now.

        This is how a claim goes on that waited for a fee, a code table or a mended engine. No ruling is made.

        Returns:
            The claim with its new decision.

        Raises:
            NotPermitted: the caller is no operator.
            NotFound: there is no such task.
            WrongState: the task is done, or its claim is decided.
        """
        if principal.role is not Role.OPERATOR:
            raise NotPermitted("Only an operator may have a claim decided again.")
        today, policies = self._clock(), self._policies()

        def decide_again(connection: sa.Connection) -> ClaimRecord:
            task = _task(connection, task_id)
            if task.state is not TaskState.OPEN:
                raise WrongState(f"Task {task_id} is {task.state.value} already; list the tasks anew.")
            before = _claim(connection, task.claim_id)
            if before.decision.disposition.is_final:
                raise WrongState(f"Claim {task.claim_id} is decided; only one that waits is decided again.")
            new = self._decided_again(connection, principal, before, None, before.case.rulings, today, policies)
            record(connection, [new])
            return new.record

        return attempt(self._store, decide_again)

    def _ruled(
        self, connection: sa.Connection, principal: Principal, task_id: str, given: GivenRuling
    ) -> tuple[Task, Ruling, ClaimRecord, NewDecision]:
        """The task, the ruling that would be kept, the claim as it stands, and its next decision."""
        today, policies = self._clock(), self._policies()
        task = _task(connection, task_id)
        if task.rule in ABOUT_DECIDED:
            raise WrongState(f"Task {task_id} is about a decided claim, which no ruling decides again.")
        before = _claim(connection, task.claim_id)
        finding = next((f for f in before.decision.pends() if task.finding_key == (f.rule, f.policy, f.line)), None)
        if task.state is not TaskState.OPEN or finding is None:
            raise WrongState(f"Task {task_id} is {task.state.value} already; list the tasks anew.")
        if because := refusal(finding, given.verdict):
            raise WrongState(f"Task {task_id} cannot be ruled so. {because}")
        line = next((line for line in before.case.claim.lines if line.number == task.line), None)
        ruling = ruling_of(given, finding, line, principal.name, policies, today)
        rulings = with_ruling(before.case.rulings, ruling)
        new = self._decided_again(connection, principal, before, task, rulings, today, policies)
        if because := comes_too_early(finding, given.verdict, new.record.case):
            raise WrongState(f"Task {task_id} cannot be ruled so yet. {because}")
        return task, ruling, before, new

    def _confirmed(
        self, connection: sa.Connection, principal: Principal, task: Task, given: GivenRuling
    ) -> ClaimRecord:
        """Keep a reviewer's answer that a decided claim stands although facts have changed."""
        before = _claim(connection, task.claim_id)
        lock(connection, {f"family:{member.family_id}" for member in before.case.members})
        # Read again: while it waited for the lock, somebody may have taken the decision back.
        task = _task(connection, task.task_id)
        if task.state is not TaskState.OPEN:
            raise WrongState(f"Task {task.task_id} is {task.state.value} already; list the tasks anew.")
        if given.verdict is not RulingVerdict.ALLOW:
            raise WrongState(
                f"Task {task.task_id} is about a decided claim: allow it if the decision stands. If it does not, leave the task "
                f"open and have an operator take decision {task.decision_number} of claim {task.claim_id} back."
            )
        ruling = standing_of(given, task, principal.name)
        stored.record_ruling(connection, task, ruling, self._clock())
        stored.move_tasks(connection, [msgspec.structs.replace(task, state=TaskState.RULED)])
        return before

    def _decided_again(
        self,
        connection: sa.Connection,
        principal: Principal,
        before: ClaimRecord,
        ruled: Task | None,
        rulings: tuple[Ruling, ...],
        today: dt.date,
        policies: PolicySet,
    ) -> NewDecision:
        """A claim's next decision, with all rulings on it and today's facts."""
        new = decide_anew(
            connection, before, before.case.claim, rulings, ruled, principal.name, today, policies, self._adjudicate
        )
        decision = new.record.decision
        if decision.disposition is Disposition.REJECTED:
            raise WrongState(
                f"Claim {before.claim_id} was accepted and would now be rejected: {decision.findings[0].because} "
                "Mend the file it is held against, or deny the claim with a reason."
            )
        return new


def _check_role(principal: Principal) -> None:
    if principal.role not in (Role.REVIEWER, Role.OPERATOR):
        raise NotPermitted("Tasks are for the payer's reviewers; read your claims instead.")


def _task(connection: sa.Connection, task_id: str) -> Task:
    task = stored.task(connection, task_id)
    if task is None:
        raise NotFound(f"There is no task {task_id}.")
    return task


def _claim(connection: sa.Connection, claim_id: str) -> ClaimRecord:
    return claims_by_id(connection, [claim_id])[claim_id]
