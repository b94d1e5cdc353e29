"""Options that several commands share, and the one place where the command line looks at the calendar."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer


def day(text: str) -> dt.date:
    """A date as people and X12 write it: ``2026-03-20``.

    Raises:
        typer.BadParameter: it is no such date.
    """
    try:
        if len(text) == len("2026-03-20"):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"found '{text}', write a date as YYYY-MM-DD, such as 2026-03-20")


def today() -> dt.date:
    """The day on which a command runs: what a date is that was left out. Nothing else in the command line asks a clock."""
    return dt.date.today()  # noqa: DTZ011, TID251


Policies = Annotated[
    Path | None,
    typer.Option(
        "--policies",
        metavar="DIR",
        envvar="ADJUDICATOR_POLICIES",
        help="Folder with the payer's policies; left out, those of the demo payer.",
    ),
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="ADJUDICATOR_DATABASE",
        help="The payer's database: path of an SQLite file, or a database URL.",
    ),
]
AsOf = Annotated[
    dt.date | None,
    typer.Option("--as-of", parser=day, metavar="DATE", help="Day that counts as today; left out, today."),
]
Received = Annotated[
    dt.date | None,
    typer.Option("--received", parser=day, metavar="DATE", help="Day on which the claims arrived; left out, --as-of."),
]
DatabaseOrServer = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="ADJUDICATOR_DATABASE",
        show_default=False,
        help="The payer's database; not needed with --server.",
    ),
]
Server = Annotated[
    str, typer.Option("--server", metavar="HOST:PORT", help="Address of a running server.", show_default=False)
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file", metavar="FILE", exists=True, dir_okay=False, help="File with your token for the server."
    ),
]
Certificates = Annotated[
    Path | None,
    typer.Option(
        "--tls-authorities",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="PEM file of the authorities that signed the server's certificate; left out, no TLS.",
    ),
]
