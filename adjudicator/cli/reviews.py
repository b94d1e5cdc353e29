"""``adjudicator tasks`` and ``adjudicator rule``: what waits for a person, and the person's answer."""

import datetime as dt
import enum
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from adjudicator.cli.options import AsOf, Certificates, DatabaseOrServer, Policies, Server, TokenFile, today

if TYPE_CHECKING:
    from adjudicator.cli.payer import Payer
    from adjudicator.review import EarlierRuling, Task
    from adjudicator.service.given_rulings import GivenRuling
    from adjudicator.store.database import Store
    from adjudicator.store.records import ClaimRecord
    from adjudicator.wire.client import OpenTask, Outcome, SeenRuling

commands = typer.Typer(help="List and show what waits for a person.", no_args_is_help=True)

_TaskId = Annotated[str, typer.Argument(metavar="TASK_ID", help="Number of the task.")]
_By = Annotated[str, typer.Option("--by", metavar="NAME", help="With --database: who rules.")]


class Ruling(enum.Enum):
    """What a reviewer can answer."""

    ALLOW = "allow"
    DENY = "deny"
    REDUCE_UNITS = "reduce-units"
    PRICE = "price"
    CONFIRM_DUPLICATE = "confirm-duplicate"


@commands.command("list")
def list_tasks(
    queue: Annotated[str, typer.Option("--queue", metavar="NAME", help="Only this queue.", show_default=False)] = "",
    due_through: Annotated[
        dt.datetime | None,
        typer.Option("--due-through", metavar="DAY", formats=["%Y-%m-%d"], help="Only what is due by this day."),
    ] = None,
    database: DatabaseOrServer = "",
    as_of: AsOf = None,
    server: Server = "",
    token_file: TokenFile = None,
    certificates: Certificates = None,
) -> None:
    """List what waits for a person, what the law wants first at the head.

    \b
    Examples:
      adjudicator tasks list --database store.sqlite --queue clinical
      adjudicator tasks list --database store.sqlite --due-through 2026-04-30
      adjudicator tasks list --server localhost:50051 --token-file token.txt
    """
    from adjudicator.cli.terminal import output, table

    shown = table("task", "queue", "code", "line", "due", "left", "what is asked", right=("line", "left"))
    count = 0
    with _desk(database, server, token_file, certificates, as_of=as_of) as desk:
        for task in desk.open_tasks(queue, due_through.date().isoformat() if due_through else ""):
            shown.add_row(
                task.task_id,
                task.queue,
                task.pend_code,
                str(task.line) if task.line else "all",
                task.due_on or "-",
                "-" if task.days_left is None else _left(task),
                task.question,
            )
            count += 1
    if count:
        output().print(shown)
    output().print(f"{count} {'task waits' if count == 1 else 'tasks wait'}{f' in queue {queue}' if queue else ''}.")


@commands.command("show")
def show_task(
    task_id: _TaskId,
    database: DatabaseOrServer = "",
    as_of: AsOf = None,
    server: Server = "",
    token_file: TokenFile = None,
    certificates: Certificates = None,
) -> None:
    """Show a task: what is asked, by when, and the explanation of its claim.

    \b
    Example:
      adjudicator tasks show CTCW7JV2NZPK3FQA-1 --database store.sqlite
    """
    from adjudicator.cli.claims import explanation
    from adjudicator.cli.terminal import show
    from adjudicator.explain import Register
    from adjudicator.explain.parts import ruling_in_words

    with _desk(database, server, token_file, certificates, as_of=as_of) as desk:
        task = desk.task(task_id)
    stands = f"waits in queue {task.queue}" if task.is_open else f"is {task.state}"
    show(f"Task {task_id} {stands}{f' ({task.pend_code})' if task.pend_code else ''}: {task.question}")
    if task.closed_because:
        show(f"Closed: {task.closed_because}")
    due = f"the law wants the claim decided by {task.due_on}, {_left(task)}" if task.due_on else "no day is set by law"
    show(f"Opened {task.opened_on}; {due}.")
    for earlier in task.earlier_rulings:
        show(f"Ruled before, on {earlier.ruled_on} (task {earlier.task_id}): {ruling_in_words(earlier.ruling)}")
    show("\n")
    show(explanation(task.claim_id, database, server, token_file, certificates, Register.REVIEWER))


@commands.command("retry")
def retry_task(
    task_id: _TaskId,
    database: DatabaseOrServer = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who asks.")] = "operator",
    policies: Policies = None,
    as_of: AsOf = None,
) -> None:
    """Decide the claim of a task again: what it waited for, such as a fee, may be there now.

    \b
    Example:
      adjudicator tasks retry CTCW7JV2NZPK3FQA-1 --database store.sqlite
    """
    from adjudicator.cli.payer import load, opened, payer_of
    from adjudicator.cli.terminal import output
    from adjudicator.model.principal import Principal, Role

    in_force, files = load(policies)
    operator = Principal(name=by, role=Role.OPERATOR, submitter=by)
    with opened(database) as store:
        payer = payer_of(store, in_force, files, as_of or today())
        record = payer.reviews.decide_again(operator, task_id)
    output().print(_became(_outcome(record)), soft_wrap=True)


def rule(
    task_id: _TaskId,
    verdict: Annotated[Ruling, typer.Argument(metavar="VERDICT", help=f"{', '.join(one.value for one in Ruling)}.")],
    rationale: Annotated[str, typer.Option("--rationale", metavar="TEXT", help="Why; kept with the decision.")],
    group: Annotated[
        str,
        typer.Option(
            "--group", metavar="CODE", show_default=False, help="Of a denial or cut: who bears it, such as CO or PR."
        ),
    ] = "",
    carc: Annotated[
        str,
        typer.Option(
            "--carc", metavar="CODE", show_default=False, help="Of a denial or cut: the adjustment reason code."
        ),
    ] = "",
    remark: Annotated[
        list[str] | None,
        typer.Option("--remark", metavar="CODE", help="Of a denial or cut: a remark code; may be repeated."),
    ] = None,
    units: Annotated[
        str, typer.Option("--units", metavar="NUMBER", show_default=False, help="reduce-units: how many are covered.")
    ] = "",
    price: Annotated[
        str,
        typer.Option("--price", metavar="DOLLARS", show_default=False, help="price: what the whole line is allowed."),
    ] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Only show what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask at a terminal.")] = False,
    database: DatabaseOrServer = "",
    by: _By = "operator",
    policies: Policies = None,
    as_of: AsOf = None,
    server: Server = "",
    token_file: TokenFile = None,
    certificates: Certificates = None,
) -> None:
    """Answer a task. The claim is decided again with the answer as a fact; nobody edits a decision.

    allow: the finding does not stand in the way of payment; everything else
    still applies. deny: the line or claim is denied, for the policy's first
    reason unless you pick another. reduce-units: only so many units are
    covered. price: the line is allowed your price. confirm-duplicate: a
    suspected duplicate is one.

    At a terminal it shows first what the ruling would do, and asks.

    \b
    Examples:
      adjudicator rule CTCW7JV2NZPK3FQA-1 allow --database store.sqlite \\
        --rationale "The record shows bleeding." --preview
      adjudicator rule CTCW7JV2NZPK3FQA-1 deny --database store.sqlite \\
        --rationale "No indication found."
      adjudicator rule CTCW7JV2NZPK3FQA-1 deny --database store.sqlite \\
        --group CO --carc 50 --remark N115 --rationale "No indication found."
      adjudicator rule CTCW7JV2NZPK3FQA-2 reduce-units --units 2 \\
        --database store.sqlite --rationale "Two of three are supported."
      adjudicator rule CTCW7JV2NZPK3FQA-3 price --price 185.40 \\
        --database store.sqlite --rationale "Half of the first procedure's fee."
      adjudicator rule CTCW7JV2NZPK3FQA-4 confirm-duplicate --server localhost:50051 \\
        --token-file token.txt --rationale "One visit, sent twice."
    """
    from adjudicator.cli.terminal import Stopped, at_a_terminal, output
    from adjudicator.model.case import RulingVerdict
    from adjudicator.service.given_rulings import GivenRuling

    given = GivenRuling(
        verdict=RulingVerdict[verdict.name],
        rationale=rationale,
        group=group,
        carc=carc,
        remarks=tuple(remark or ()),
        covered_quantity_thousandths=_scaled("--units", units, 3, "a number with at most three decimals, such as 2"),
        price_cents=_scaled("--price", price, 2, "dollars with at most two decimals, such as 185.40"),
    )
    asks = not yes and at_a_terminal()
    with _desk(database, server, token_file, certificates, by=by, policies=policies, as_of=as_of) as desk:
        if preview or asks:
            _show_preview(desk.preview(task_id, given))
        if preview:
            return
        if asks and not typer.confirm("Rule so?"):
            raise Stopped("Nothing was ruled.")
        output().print(_became(desk.rule(task_id, given)), soft_wrap=True)


class _Desk(Protocol):
    """Where rulings are given: a server, or a database at hand."""

    def open_tasks(self, queue: str = "", due_through: str = "") -> "Iterator[OpenTask]":
        """The open tasks, what is due first at the head."""

    def task(self, task_id: str) -> "OpenTask":
        """A task, open or not."""

    def preview(self, task_id: str, given: "GivenRuling") -> "SeenRuling":
        """What a ruling would do."""

    def rule(self, task_id: str, given: "GivenRuling") -> "Outcome":
        """The claim as it is decided with a ruling."""


@contextmanager
def _desk(
    database: str,
    server: str,
    token_file: Path | None,
    certificates: Path | None,
    *,
    by: str = "operator",
    policies: Path | None = None,
    as_of: dt.date | None = None,
) -> Iterator[_Desk]:
    if server:
        from adjudicator.cli.remote import connected

        with connected(server, token_file, certificates) as client:
            yield client
        return
    from adjudicator.cli.payer import opened

    with opened(database) as store:
        yield _Database(store, by, policies, as_of or today())


class _Database:
    """A database at hand; the policies are loaded when something is to be decided."""

    def __init__(self, store: "Store", by: str, policies: Path | None, day: dt.date) -> None:
        from adjudicator.model.principal import Principal, Role

        self._store = store
        self._reviewer = Principal(name=by, role=Role.REVIEWER, submitter=by)
        self._policies = policies
        self._day = day

    def open_tasks(self, queue: str = "", due_through: str = "") -> "Iterator[OpenTask]":
        from adjudicator.store.tasks import TaskPlace, open_tasks_page

        after: TaskPlace | None = None
        due = dt.date.fromisoformat(due_through) if due_through else None
        while True:
            with self._store.reading() as connection:
                page = open_tasks_page(connection, queue, due, after, _PAGE)
            for place, task in page:
                yield _told(task, self._day)
                after = place
            if len(page) < _PAGE:
                return

    def task(self, task_id: str) -> "OpenTask":
        from adjudicator.cli.terminal import Stopped
        from adjudicator.store.tasks import earlier_rulings_of, task

        with self._store.reading() as connection:
            found = task(connection, task_id)
            earlier = earlier_rulings_of(connection, found) if found else ()
        if found is None:
            raise Stopped(f"There is no task {task_id}; `adjudicator tasks list` shows those that are open.")
        return _told(found, self._day, earlier)

    def preview(self, task_id: str, given: "GivenRuling") -> "SeenRuling":
        from adjudicator.wire.client import SeenRuling

        seen = self._payer().reviews.preview(self._reviewer, task_id, given)
        tasks = tuple(_told(task, self._day) for task in seen.tasks)
        return SeenRuling(_outcome(seen.record), seen.changes, tasks)

    def rule(self, task_id: str, given: "GivenRuling") -> "Outcome":
        return _outcome(self._payer().reviews.rule(self._reviewer, task_id, given))

    def _payer(self) -> "Payer":
        from adjudicator.cli.payer import load, payer_of

        return payer_of(self._store, *load(self._policies), self._day)


_PAGE = 500


def _told(task: "Task", day: dt.date, earlier: "tuple[EarlierRuling, ...]" = ()) -> "OpenTask":
    from adjudicator.wire.client import OpenTask

    return OpenTask(
        task_id=task.task_id,
        claim_id=task.claim_id,
        rule=task.rule,
        line=task.line,
        queue=task.queue,
        pend_code=task.pend_code,
        question=task.question,
        state=task.state.value,
        opened_on=task.opened_on.isoformat(),
        due_on=task.due_on.isoformat() if task.due_on else "",
        days_left=task.days_left(day),
        closed_because=task.closed_because,
        earlier_rulings=earlier,
    )


def _outcome(record: "ClaimRecord") -> "Outcome":
    from adjudicator.wire.client import Outcome

    return Outcome(
        request_id=record.request_id,
        claim_id=record.claim_id,
        disposition=record.decision.disposition,
        charge_cents=record.case.claim.total_charge_cents,
        paid_cents=record.decision.paid_cents,
        member_cents=record.decision.member_cents,
    )


def _scaled(option: str, text: str, decimals: int, write: str) -> int | None:
    """A decimal number as a whole number of its smallest step; None when it is not given."""
    from adjudicator.cli.terminal import Stopped

    if not text:
        return None
    if not re.fullmatch(rf"\d{{1,8}}(\.\d{{1,{decimals}}})?", text):
        raise Stopped(f"{option}: found {text}; write {write}.")
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(decimals, "0"))


def _show_preview(seen: "SeenRuling") -> None:
    from adjudicator.cli.terminal import output, show, table
    from adjudicator.model.money import dollars

    show(_became(seen.outcome, would=True))
    shown = table(
        "line", "stands", "would be", "plan pays", "patient", "reasons", right=("line", "plan pays", "patient")
    )
    for change in seen.changes:
        after = change.after
        shown.add_row(
            str(change.line),
            change.before.state,
            after.state,
            dollars(after.paid_cents),
            dollars(after.member_cents),
            ", ".join(after.reasons),
        )
    if seen.changes:
        output().print(shown)
    for task in seen.open_tasks:
        show(f"Task {task.task_id} would be open, queue {task.queue}: {task.question}")


def _left(task: "OpenTask") -> str:
    days = task.days_left or 0
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{count} late" if days < 0 else f"{count} left"


def _became(claim: "Outcome", *, would: bool = False) -> str:
    from adjudicator.cli.terminal import Stopped
    from adjudicator.model.money import dollars

    if claim.disposition is None:
        raise Stopped(claim.because)
    ending = claim.disposition.value.replace("_", " ")
    if not claim.disposition.is_final:
        return f"Claim {claim.claim_id} {'would be' if would else 'is'} {ending} still."
    return (
        f"Claim {claim.claim_id} {'would be' if would else 'is now'} {ending}: charge {dollars(claim.charge_cents)}, "
        f"plan pays {dollars(claim.paid_cents)}, patient may owe {dollars(claim.member_cents)}."
    )
