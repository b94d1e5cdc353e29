"""The command line: one module for each group of commands, and nothing heavy imported before a command runs."""

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from adjudicator import __version__
from adjudicator.cli import (
    accumulators,
    adjudicate,
    claims,
    corrections,
    demo,
    fees,
    load,
    policy,
    reference,
    remit,
    reviews,
    serve,
    submit,
)
from adjudicator.cli.failures import in_words
from adjudicator.cli.terminal import complain

app = typer.Typer(
    name="adjudicator",
    help="Decide health insurance claims: claims in, decisions and remittances out, every cent with its reason.",
    epilog="Start with `adjudicator demo run`. `adjudicator COMMAND --help` shows examples.",
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_CLAIMS, _DESK, _PAYER = "Claims", "The payer's desk", "The payer's rules and files"

app.command(rich_help_panel=_CLAIMS)(adjudicate.adjudicate)
app.command(rich_help_panel=_CLAIMS)(serve.serve)
app.command(rich_help_panel=_CLAIMS)(submit.submit)
app.command(rich_help_panel=_CLAIMS)(claims.explain)
app.add_typer(reviews.commands, name="tasks", rich_help_panel=_DESK)
app.command(rich_help_panel=_DESK)(reviews.rule)
app.command(rich_help_panel=_DESK)(accumulators.accumulators)
app.command(rich_help_panel=_DESK)(corrections.reverse)
app.command(rich_help_panel=_DESK)(corrections.correct)
app.add_typer(remit.commands, name="remit", rich_help_panel=_DESK)
app.command(rich_help_panel=_DESK)(claims.replay)
app.add_typer(policy.commands, name="policy", rich_help_panel=_PAYER)
app.add_typer(fees.commands, name="fees", rich_help_panel=_PAYER)
app.add_typer(load.commands, name="load", rich_help_panel=_PAYER)
app.add_typer(demo.commands, name="demo", rich_help_panel=_PAYER)
app.command(hidden=True)(reference.reference)


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"adjudicator {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end the process with its exit code.

    Args:
        arguments: what the command line says; None for that of the process.
    """
    try:
        app(arguments)
    except Exception as failure:
        stopped = in_words(failure)
        complain(str(stopped))
        sys.exit(stopped.exit_code)
    raise AssertionError("a command always ends the process")
