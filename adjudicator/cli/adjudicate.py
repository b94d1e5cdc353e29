"""``adjudicator adjudicate``: an 837 file in, its decisions, remittances and acknowledgments out."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import AsOf, Policies, Received, day, today
from adjudicator.model.principal import Role

if TYPE_CHECKING:
    from adjudicator.model.principal import BillingGrant

STORE = "store.sqlite"
"""The database that is kept beside the results when no other is named."""
DATA = "data"
"""Folder beside the policies whose files fill a new database."""


def adjudicate(
    claims: Annotated[Path, typer.Argument(metavar="CLAIMS.837", exists=True, dir_okay=False, help="The 837 file.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", file_okay=False, help="Folder for the results.")],
    policies: Policies = None,
    database: Annotated[
        str,
        typer.Option(
            "--database",
            metavar="URL",
            envvar="ADJUDICATOR_DATABASE",
            show_default=False,
            help="The payer's database; left out, DIR/store.sqlite, filled from --data.",
        ),
    ] = "",
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="Folder with members.csv, other-coverage.csv, providers.csv, contracts.csv and authorizations.csv; left out, the "
            "folder data of the policies.",
        ),
    ] = None,
    received: Received = None,
    as_of: AsOf = None,
    paid_on: Annotated[
        dt.date | None,
        typer.Option("--paid-on", parser=day, metavar="DATE", help="Day of payment; left out, that of --as-of."),
    ] = None,
    submitter: Annotated[
        str, typer.Option("--submitter", metavar="NAME", help="Who sends the file: request ids are this name's own.")
    ] = "operator",
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="The server's credentials file: --submitter must be in it, and its claims of billing providers that it does "
            "not speak for are rejected.",
        ),
    ] = None,
) -> None:
    """Decide every claim of an 837 file and write what became of it.

    DIR gets era.835 (remittances), acks.277ca (what was accepted and what
    rejected), decisions.jsonl (a line for each claim, unreadable ones included)
    and summary.txt. A bad claim never stops the others. Whatever is decided is
    stored: running the same command again, or after an interruption, gives the
    same files and decides nothing twice.

    Ends with 0 when every claim was read, with 1 when something could not be
    read (see summary.txt), with 2 when the command could not be carried out,
    with 130 when it was interrupted.

    \b
    Examples:
      adjudicator adjudicate claims.837 --out results
      adjudicator adjudicate claims.837 --out results --database store.sqlite \\
        --received 2026-03-20 --as-of 2026-03-21
    """
    from adjudicator.cli import batch
    from adjudicator.cli.load import load_folder
    from adjudicator.cli.payer import demo_policies, load, opened, operator, payer_of
    from adjudicator.cli.terminal import ATTENTION, INTERRUPTED, Stopped, output, remark

    decided_on = as_of or today()
    received_on = received or decided_on
    if received_on > decided_on:
        raise Stopped(f"--received {received_on} lies after --as-of {decided_on}; write the day the claims arrived.")
    if database and data:
        raise Stopped("--data fills a new database; load files into an existing one with `adjudicator load`.")
    if paid_on is not None and paid_on < decided_on:
        raise Stopped(f"--paid-on {paid_on} lies before --as-of {decided_on}; write that day or a later one.")
    in_force, files = load(policies)
    sent = batch.Batch(
        name=claims.name,
        data=claims.read_bytes(),
        principal=operator(submitter),
        received_on=received_on,
        decided_on=decided_on,
        paid_on=paid_on or decided_on,
        enrolled_for=_enrolled_for(submitter, credentials) if credentials else None,
    )
    try:
        with opened(database or str(out / STORE), new=not database) as store:
            if not database:
                folder = data or (policies or demo_policies()) / DATA
                load_folder(store, folder, in_force)
                if not folder.is_dir():
                    remark(f"There is no {folder}: nobody is a member. Name a folder with --data, or a --database.")
            summary = batch.run(sent, payer_of(store, in_force, files, decided_on), out)
    except KeyboardInterrupt:
        raise Stopped(
            "Interrupted. What was decided is stored; run the same command again to go on.", INTERRUPTED
        ) from None
    for line in summary.table():
        output().print(line, soft_wrap=True)
    output().print(
        f"Results in {out}: {', '.join(name for name in batch.RESULTS if (out / name).is_file())}", soft_wrap=True
    )
    others = summary.decided_under_others(in_force.digest)
    if others:
        remark(
            f"{others} claims keep a decision that was made under other policies than these. To decide them under these, "
            "name another --out; to see what would change, use `adjudicator replay --policies`."
        )
    if not summary.any_read:
        raise Stopped(f"{claims}: refused: {summary.first_problem}.", ATTENTION)
    if summary.unread:
        raise Stopped(
            f"{claims}: {summary.unread} could not be read or taken; {batch.SUMMARY} says which and why.", ATTENTION
        )


def _enrolled_for(submitter: str, credentials: Path) -> "frozenset[BillingGrant] | None":
    """The billing providers whose claims a submitter may send by a credentials file; None for an operator, who sends all."""
    from adjudicator.cli.terminal import Stopped
    from adjudicator.serving import CannotStart, Credentials

    try:
        callers = Credentials.read(credentials.read_text(encoding="utf-8")).sending_as(submitter)
    except CannotStart as refused:
        raise Stopped("\n".join(refused.problems)) from None
    if not callers:
        raise Stopped(f"{credentials} has no submitter {submitter}; name one of its submitters with --submitter.")
    if any(caller.role is Role.OPERATOR for caller in callers):
        return None
    return frozenset(grant for caller in callers for grant in caller.billing)
