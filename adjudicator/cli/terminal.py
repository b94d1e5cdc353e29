"""How the command line speaks: answers to standard output, progress and complaints to standard error, colours only to people."""

import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 100
"""Columns of what is not shown on a terminal."""

DONE, ATTENTION, NOT_DONE, OUR_FAILURE, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done; done, but something in it wants attention; not done; failed in our code; interrupted."""


class Stopped(Exception):
    """A command ends early, with a sentence for whoever called it."""

    def __init__(self, message: str, exit_code: int = NOT_DONE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def output() -> "Console":
    """Where answers go. Text is shown as it is: it is never read as markup."""
    return _console(to_standard_error=False)


def table(*columns: str, right: tuple[str, ...] = (), title: str = "") -> "Table":
    """An empty table; the columns named in ``right`` hold numbers."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        numbers = column in right
        made.add_column(column, justify="right" if numbers else "left", no_wrap=numbers)
    return made


def show(text: str) -> None:
    """Print a text of several lines to standard output; a line that is too long goes on below, a little to the right."""
    console = output()
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped = textwrap.wrap(
            line, console.width, subsequent_indent=f"{indent}    ", break_long_words=False, break_on_hyphens=False
        )
        console.print("\n".join(wrapped), soft_wrap=True)


def short(path: Path) -> Path:
    """A path as seen from here, where it lies below; else as it is."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def at_a_terminal() -> bool:
    """Whether somebody is there who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def complain(message: str) -> None:
    """Say what went wrong on standard error."""
    console = _console(to_standard_error=True)
    for line in message.splitlines():
        console.print(line, style="red", soft_wrap=True)


def remark(message: str) -> None:
    """Say something beside the answer, on standard error."""
    _console(to_standard_error=True).print(message, soft_wrap=True)


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a long work has come, on standard error when that is a terminal.

    Gives a function that is told how many steps are done, and of how many.
    """
    console = _console(to_standard_error=True)
    if not console.is_terminal:
        yield lambda *_: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task(doing, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


@contextmanager
def reading() -> Iterator[Callable[[str, int, int], None]]:
    """Show how far the reading of big tables has come; nothing is shown unless one is read.

    Gives a function that is told a file, how many of its bytes are read, and how many there are.
    """
    with ExitStack() as bars:
        shown: dict[str, Callable[[int, int], None]] = {}

        def tell(file: str, read_bytes: int, size_bytes: int) -> None:
            if file not in shown:
                bars.close()
                shown[file] = bars.enter_context(progress(f"Reading {file}"))
            shown[file](read_bytes, size_bytes)

        yield tell


def _console(*, to_standard_error: bool) -> "Console":
    from rich.console import Console

    shown = (sys.stderr if to_standard_error else sys.stdout).isatty()
    return Console(stderr=to_standard_error, width=None if shown else WIDTH, highlight=False, markup=False, emoji=False)
