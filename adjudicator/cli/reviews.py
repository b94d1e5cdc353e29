"""``adjudicator tasks`` and ``adjudicator rule``: what waits for a person, and the person's answer."""

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import AsOf, Certificates, DatabaseOrServer, Policies, Server, TokenFile, today

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adjudicator.model.decision import Disposition

commands = typer.Typer(help="List and show what waits for a person.", no_args_is_help=True)

_TaskId = Annotated[str, typer.Argument(metavar="TASK_ID", help="Number of the task.")]


class Ruling(enum.Enum):
    """What a reviewer can answer."""

    ALLOW = "allow"
    DENY = "deny"


@commands.command("list")
def list_tasks(
    queue: Annotated[str, typer.Option("--queue", metavar="NAME", help="Only this queue.", show_default=False)] = "",
    database: DatabaseOrServer = "",
    server: Server = "",
    token_file: TokenFile = None,
    certificates: Certificates = None,
) -> None:
    """List what waits for a person, the oldest first.

    \b
    Examples:
      adjudicator tasks list --database store.sqlite --queue clinical
      adjudicator tasks list --server localhost:50051 --token-file token.txt
    """
    from adjudicator.cli.terminal import output, table

    shown = table("task", "queue", "line", "what is asked", right=("line",))
    count = 0
    for task_id, task_queue, line, question in _open_tasks(queue, database, server, token_file, certificates):
        shown.add_row(task_id, task_queue, str(line) if line else "all", question)
        count += 1
    if count:
        output().print(shown)
    output().print(f"{count} {'task waits' if count == 1 else 'tasks wait'}{f' in queue {queue}' if queue else ''}.")


@commands.command("show")
def show_task(
    task_id: _TaskId,
    database: DatabaseOrServer = "",
    server: Server = "",
    token_file: TokenFile = None,
    certificates: Certificates = None,
) -> None:
    """Show a task: what is asked, and the explanation of its claim.

    \b
    Example:
      adjudicator tasks show CTCW7JV2NZPK3FQA-1 --database store.sqlite
    """
    from adjudicator.cli.claims import explanation
    from adjudicator.cli.terminal import Stopped, show
    from adjudicator.explain import Register

    claim_id = task_id.rpartition("-")[0]
    for found, queue, _, question in _open_tasks("", database, server, token_file, certificates):
        if found == task_id:
            show(f"Task {task_id} waits in queue {queue}: {question}\n")
            show(explanation(claim_id, database, server, token_file, certificates, Register.REVIEWER))
            return
    raise Stopped(f"No open task has the number {task_id}; `adjudicator tasks list` shows those that are open.")


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
    charge_cents, decision = record.case.claim.total_charge_cents, record.decision
    told = _became(record.claim_id, decision.disposition, charge_cents, decision.paid_cents, decision.member_cents)
    output().print(told, soft_wrap=True)


def rule(
    task_id: _TaskId,
    verdict: Annotated[
        Ruling, typer.Argument(metavar="allow|deny", help="Whether the finding stands in the way of payment.")
    ],
    rationale: Annotated[str, typer.Option("--rationale", metavar="TEXT", help="Why; kept with the decision.")],
    group: Annotated[
        str,
        typer.Option(
            "--group", metavar="CODE", show_default=False, help="Of a denial: who bears it, such as CO or PR."
        ),
    ] = "",
    carc: Annotated[
        str, typer.Option("--carc", metavar="CODE", show_default=False, help="Of a denial: the adjustment reason code.")
    ] = "",
    remark: Annotated[
        list[str] | None, typer.Option("--remark", metavar="CODE", help="Of a denial: a remark code; may be repeated.")
    ] = None,
    database: DatabaseOrServer = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="With --database: who rules.")] = "operator",
    policies: Policies = None,
    as_of: AsOf = None,
    server: Server = "",
    token_file: TokenFile = None,
    certificates: Certificates = None,
) -> None:
    """Answer a task. The claim is decided again with the answer as a fact; nobody edits a decision.

    Allow: the finding does not stand in the way of payment; everything else
    still applies. Deny: the line or claim is denied for the reason that you
    give.

    \b
    Examples:
      adjudicator rule CTCW7JV2NZPK3FQA-1 allow --database store.sqlite \\
        --rationale "The record shows bleeding."
      adjudicator rule CTCW7JV2NZPK3FQA-1 deny --database store.sqlite \\
        --group CO --carc 50 --remark N115 --rationale "No indication found."
    """
    from adjudicator.cli.payer import load, opened, payer_of
    from adjudicator.cli.terminal import Stopped, output
    from adjudicator.model.case import RulingVerdict
    from adjudicator.model.principal import Principal, Role

    answer, remarks = RulingVerdict(verdict.value), tuple(remark or ())
    if server:
        from adjudicator.cli.remote import connected

        with connected(server, token_file, certificates) as client:
            ruled = client.rule(task_id, answer, rationale, group, carc, remarks)
        if ruled.disposition is None:
            raise Stopped(ruled.because)
        told = _became(ruled.claim_id, ruled.disposition, ruled.charge_cents, ruled.paid_cents, ruled.member_cents)
    else:
        in_force, files = load(policies)
        reviewer = Principal(name=by, role=Role.REVIEWER, submitter=by)
        with opened(database) as store:
            payer = payer_of(store, in_force, files, as_of or today())
            record = payer.reviews.rule(reviewer, task_id, answer, rationale, group, carc, remarks)
        charge_cents = record.case.claim.total_charge_cents
        decision = record.decision
        told = _became(record.claim_id, decision.disposition, charge_cents, decision.paid_cents, decision.member_cents)
    output().print(told, soft_wrap=True)


def _open_tasks(
    queue: str, database: str, server: str, token_file: Path | None, certificates: Path | None
) -> "Iterable[tuple[str, str, int, str]]":
    """Number, queue, line and question of each open task, the oldest first."""
    if server:
        from adjudicator.cli.remote import connected

        with connected(server, token_file, certificates) as client:
            for one in client.open_tasks(queue):
                yield one.task_id, one.queue, one.line, one.question
        return
    from adjudicator.cli.payer import opened
    from adjudicator.store.tasks import open_tasks_page

    after = 0
    with opened(database) as store:
        while True:
            with store.reading() as connection:
                page = open_tasks_page(connection, queue, after, _PAGE)
            for place, task in page:
                yield task.task_id, task.queue, task.line, task.question
                after = place
            if len(page) < _PAGE:
                return


_PAGE = 500


def _became(claim_id: str, disposition: "Disposition", charge_cents: int, paid_cents: int, member_cents: int) -> str:
    from adjudicator.model.money import dollars

    ending = disposition.value.replace("_", " ")
    if not disposition.is_final:
        return f"Claim {claim_id} is {ending} still."
    return (
        f"Claim {claim_id} is now {ending}: charge {dollars(charge_cents)}, plan pays {dollars(paid_cents)}, "
        f"patient may owe {dollars(member_cents)}."
    )
