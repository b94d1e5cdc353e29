"""``adjudicator tasks`` and ``adjudicator rule``: what waits for a person, and a person's answer."""

import datetime as dt
import enum
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import AsOf, DatabaseOrServer, Policies, Server, TokenFile, today

if TYPE_CHECKING:
    from adjudicator.model.decision import Decision

tasks = typer.Typer(help="List and show what waits for a person.", no_args_is_help=True)

_TaskId = Annotated[str, typer.Argument(metavar="TASK_ID", help="Number of the task.")]


class RulingWord(enum.Enum):
    """What a reviewer can say."""

    ALLOW = "allow"
    DENY = "deny"
