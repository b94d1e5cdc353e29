"""``adjudicator serve``: the server that provider systems and reviewers call."""

from pathlib import Path
from typing import Annotated

import typer

from adjudicator.cli.options import AsOf


def serve(
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials",
            metavar="FILE",
            envvar="ADJUDICATOR_CREDENTIALS",
            help="JSON file that lists who may call, by the SHA-256 of their tokens.",
        ),
    ] = None,
    policies: Annotated[
        Path | None,
        typer.Option(
            "--policies",
            metavar="DIR",
            envvar="ADJUDICATOR_POLICIES",
            help="Folder with the payer's policies.",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            metavar="URL",
            envvar="ADJUDICATOR_DATABASE",
            help="Path of an SQLite file, or a database URL; left out, adjudicator.sqlite3.",
        ),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            envvar="ADJUDICATOR_LISTEN",
            help="Where to listen, port 0 for a free one; left out, 127.0.0.1:50051.",
        ),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Serve claims, remittances and reviews over gRPC until SIGTERM or Ctrl-C, and then end gently.

    Every setting can also stand in the environment, those of TLS and of limits
    only there: ADJUDICATOR_TLS_CERTIFICATE, ADJUDICATOR_TLS_KEY and so on. The
    log, one JSON object a line, goes to standard error.

    \b
    Example:
      adjudicator serve --policies policies/demo \\
        --credentials callers.json --database store.sqlite
    """
    from adjudicator.cli.terminal import Stopped
    from adjudicator.serving import CannotStart, log_as_json, settings_from
    from adjudicator.serving import serve as serve_until_told

    log_as_json()
    try:
        serve_until_told(
            settings_from(
                credentials=credentials,
                policies=policies,
                database=database,
                listen=listen,
                as_of=as_of,
            )
        )
    except CannotStart as refused:
        raise Stopped(
            "The server cannot start:\n" + "\n".join(f"  {problem}" for problem in refused.problems)
        ) from None
