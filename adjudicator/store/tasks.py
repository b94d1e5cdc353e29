"""Reviewers' tasks and their rulings."""

import datetime as dt
from typing import Any

import msgspec
import sqlalchemy as sa

from adjudicator.model.case import Ruling
from adjudicator.model.decision import Verdict
from adjudicator.review import Task, TaskState
from adjudicator.store.tables import rulings, tasks

_RULING = msgspec.json.Decoder(Ruling)
_TASK = tuple(tasks.c[name] for name in Task.__struct_fields__)
_OF_ID = sa.select(*_TASK).where(tasks.c.task_id == sa.bindparam("task_id"))
_OF_CLAIM = sa.select(*_TASK).where(tasks.c.claim_id == sa.bindparam("claim_id")).order_by(tasks.c.position)
_RULINGS = (
    sa.select(rulings.c.ruling_json).where(rulings.c.claim_id == sa.bindparam("claim_id")).order_by(rulings.c.position)
)


def task(connection: sa.Connection, task_id: str) -> Task | None:
    """One task, whatever its state; None when there is none."""
    row = connection.execute(_OF_ID, {"task_id": task_id}).first()
    return None if row is None else _task(row)


def tasks_of(connection: sa.Connection, claim_id: str) -> tuple[Task, ...]:
    """Every task that a claim has had, in the order in which they were opened."""
    return tuple(_task(row) for row in connection.execute(_OF_CLAIM, {"claim_id": claim_id}))


def open_tasks_page(connection: sa.Connection, queue: str, after: int, limit: int) -> list[tuple[int, Task]]:
    """Open tasks, the oldest first, each with its place in the order of opening.

    Args:
        connection: the transaction.
        queue: only tasks of this queue; empty for all.
        after: only tasks behind this place.
        limit: how many at most.
    """
    statement = sa.select(tasks.c.position, *_TASK).where(
        tasks.c.state == sa.literal_column(f"'{TaskState.OPEN.value}'"), tasks.c.position > after
    )
    if queue:
        statement = statement.where(tasks.c.queue == queue)
    rows = connection.execute(statement.order_by(tasks.c.position).limit(limit))
    return [(row.position, _task(row)) for row in rows]


def rulings_of(connection: sa.Connection, claim_id: str) -> tuple[Ruling, ...]:
    """Every ruling on a claim; of several on one finding the latest only."""
    found: dict[tuple[str, str, int], Ruling] = {}
    for text in connection.execute(_RULINGS, {"claim_id": claim_id}).scalars():
        ruling = _RULING.decode(text)
        found[ruling.rule, ruling.policy, ruling.line] = ruling
    return tuple(found.values())


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
