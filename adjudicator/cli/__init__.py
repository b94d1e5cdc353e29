"""The command line: one module for each group of commands, none of which imports anything heavy before it runs."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from adjudicator import __version__
from adjudicator.cli import adjudicate, claims, demo, load, policy, reference, remit, reviews, serve, submit
from adjudicator.cli.failures import in_words
from adjudicator.cli.terminal import complain

app = typer.Typer(
    name="adjudicator",
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
