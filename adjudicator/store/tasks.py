"""Reviewers' tasks and their rulings."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
import sqlalchemy as sa

from adjudicator.model.case import Ruling
from adjudicator.model.decision import Verdict
from adjudicator.review import EarlierRuling, Task, TaskState
from adjudicator.store.database import BulkInsert
from adjudicator.store.tables import rulings, tasks


class TaskPlace(NamedTuple):
    """Where an open task stands in the list: the day it is due, and its place in the order of opening."""

    due_on: dt.date
    position: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


NEVER_DUE = dt.date.max
"""The place of what has no due date."""

_DUE = sa.func.coalesce(tasks.c.due_on, sa.literal(NEVER_DUE))
_ROWS = BulkInsert(tasks, *Task.__struct_fields__)
_MOVE = sa.update(tasks).where(tasks.c.task_id == sa.bindparam("of_task"))
_RULING = msgspec.json.Decoder(Ruling)
_TASK = tuple(tasks.c[name] for name in Task.__struct_fields__)
_OF_ID = sa.select(*_TASK).where(tasks.c.task_id == sa.bindparam("task_id"))
_OF_CLAIM = sa.select(*_TASK).where(tasks.c.claim_id == sa.bindparam("claim_id")).order_by(tasks.c.position)
_asked = tasks.alias("asked")
_EARLIER = (
    sa.select(rulings.c.task_id, tasks.c.decision_number, rulings.c.ruled_on, rulings.c.ruling_json)
    .join_from(rulings, tasks, rulings.c.task_id == tasks.c.task_id)
    .join(_asked, tasks.c.position < _asked.c.position)
    .where(
        _asked.c.task_id == sa.bindparam("task_id"),
        tasks.c.claim_id == sa.bindparam("claim_id"),
        tasks.c.rule == sa.bindparam("rule"),
    )
    .order_by(rulings.c.position)
)


def add_tasks(connection: sa.Connection, opened: Sequence[Task]) -> None:
    """Add new tasks."""
    rows = [msgspec.structs.asdict(task) | {"verdict": int(task.verdict), "state": task.state.value} for task in opened]
    _ROWS.add(connection, [tuple(row.values()) for row in rows])


def move_tasks(connection: sa.Connection, settled: Iterable[Task]) -> None:
    """Bring tasks to the state that they have now; those that are open stay as they are."""
    moved = [
        {"of_task": task.task_id, "state": task.state.value, "closed_because": task.closed_because}
        for task in settled
        if task.state is not TaskState.OPEN
    ]
    if moved:
        connection.execute(_MOVE, moved)


def task(connection: sa.Connection, task_id: str) -> Task | None:
    """One task, whatever its state; None when there is none."""
    row = connection.execute(_OF_ID, {"task_id": task_id}).first()
    return None if row is None else _task(row)


def tasks_of(connection: sa.Connection, claim_id: str) -> tuple[Task, ...]:
    """Every task that a claim has had, in the order in which they were opened."""
    return tuple(_task(row) for row in connection.execute(_OF_CLAIM, {"claim_id": claim_id}))


def open_tasks_page(
    connection: sa.Connection, queue: str, due_through: dt.date | None, after: TaskPlace | None, limit: int
) -> list[tuple[TaskPlace, Task]]:
    """Open tasks, each with its place: what is due first comes first, what has no due date last, the oldest of a day first.

    Args:
        connection: the transaction.
        queue: only tasks of this queue; empty for all.
        due_through: only tasks that are due by this day; None for all.
        after: only tasks behind this place; None from the beginning.
        limit: how many at most.
    """
    statement = sa.select(tasks.c.position, *_TASK).where(
        tasks.c.state == sa.literal_column(f"'{TaskState.OPEN.value}'")
    )
    if queue:
        statement = statement.where(tasks.c.queue == queue)
    if due_through is not None:
        statement = statement.where(tasks.c.due_on <= due_through)
    if after is not None:
        statement = statement.where(sa.tuple_(_DUE, tasks.c.position) > sa.tuple_(*map(sa.literal, after)))
    rows = connection.execute(statement.order_by(_DUE, tasks.c.position).limit(limit))
    return [(TaskPlace(row.due_on or NEVER_DUE, row.position), _task(row)) for row in rows]


def earlier_rulings_of(connection: sa.Connection, asked: Task) -> tuple[EarlierRuling, ...]:
    """The rulings on tasks that the claim had before one and that asked by the same rule, in their order."""
    parameters = {"claim_id": asked.claim_id, "rule": asked.rule, "task_id": asked.task_id}
    return tuple(
        EarlierRuling(row.task_id, row.decision_number, row.ruled_on, _RULING.decode(row.ruling_json))
        for row in connection.execute(_EARLIER, parameters)
    )


def record_ruling(connection: sa.Connection, answered: Task, ruling: Ruling, ruled_on: dt.date) -> None:
    """Add a ruling.

    Raises:
        sqlalchemy.exc.IntegrityError: the task was ruled already.
    """
    row = {
        "task_id": answered.task_id,
        "claim_id": answered.claim_id,
        "ruled_on": ruled_on,
        "ruling_json": msgspec.json.encode(ruling).decode(),
    }
    connection.execute(sa.insert(rulings), row)


def _task(row: sa.Row[Any]) -> Task:
    fields = {name: getattr(row, name) for name in Task.__struct_fields__}
    return Task(**{**fields, "verdict": Verdict(row.verdict), "state": TaskState(row.state)})
