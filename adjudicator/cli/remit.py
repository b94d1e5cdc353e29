"""``adjudicator remit``: pays what is decided and not paid yet."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from adjudicator.cli.options import AsOf, Database, Policies, day, today

commands = typer.Typer(help="Pay what is decided and not paid yet.", no_args_is_help=True)


@commands.command("run")
def run(
    date: Annotated[dt.date, typer.Option("--date", parser=day, metavar="DATE", help="Day of payment.")],
    database: Database,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", file_okay=False, help="Folder for the 835.")],
    policies: Policies = None,
    as_of: AsOf = None,
) -> None:
    """Pay every final decision that is on no remittance yet, one remittance for each payee, and write them as one 835.

    Each decision is paid once: running it again for the same day writes the
    same file and pays nothing more. The file is DIR/era-DATE.835; there is none
    when there is nothing to pay.

    \b
    Example:
      adjudicator remit run --date 2026-03-24 --database store.sqlite --out era
    """
    from adjudicator.cli.batch import era_of
    from adjudicator.cli.outputs import write_whole
    from adjudicator.cli.payer import load, opened, operator, payer_of
    from adjudicator.cli.terminal import output, table
    from adjudicator.model.money import dollars

    decided_on = as_of or today()
    in_force, files = load(policies)
    with opened(database) as store:
        remittances = payer_of(store, in_force, files, decided_on).payments.run(operator(), date)
    if not remittances:
        output().print(f"Nothing is to be paid on {date}.")
        return
    file = out / f"era-{date}.835"
    write_whole(file, "".join(era_of(remittances, in_force, date, decided_on)))
    shown = table("remittance", "payee", "tax id", "claims", "amount", right=("claims", "amount"))
    for paid in remittances:
        shown.add_row(
            paid.trace_number, paid.payee.name, paid.payee.tax_id, str(len(paid.claims)), dollars(paid.paid_cents)
        )
    output().print(shown)
    output().print(f"Written to {file}.", soft_wrap=True)
