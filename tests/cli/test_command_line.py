"""What holds for every command: quick help with examples, a reference that is right, failures told in a sentence."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from adjudicator.cli import app
from adjudicator.cli.failures import in_words
from adjudicator.cli.reference import FILE, reference_of
from adjudicator.cli.terminal import NOT_DONE, OUR_FAILURE
from tests.cli.conftest import Command

HEAVY = ("grpc", "sqlalchemy", "pydantic", "yaml", "rich.table", "adjudicator.engine", "adjudicator.serving")


def commands(command: Any, *name: str) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for child_name, child in command.commands.items():
            yield from commands(child, *name, child_name)
    else:
        yield " ".join(name), command


COMMANDS = dict(commands(get_command(app)))


def test_help_loads_nothing_that_is_slow_to_load() -> None:
    loaded = f"import adjudicator.cli, sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    printed = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == ""


def test_there_is_a_command_for_everything() -> None:
    assert set(COMMANDS) == {
        *(
            "serve",
            "adjudicate",
            "submit",
            "explain",
            "replay",
            "remit run",
            "tasks list",
            "tasks show",
            "tasks retry",
            "rule",
            "accumulators",
            "reverse",
            "correct",
        ),
        *(
            "policy check",
            "policy test",
            "policy digest",
            "policy schema",
            "policy tables diff",
            "policy tables import",
            "policy tables list",
            "policy reference",
            "policy edits",
            "policy reload",
        ),
        *("fees quote", "fees table"),
        *("load members", "load providers", "load contracts", "load authorizations", "load accumulators"),
        "load other-coverage",
        *("demo seed", "demo run", "reference"),
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_shows_an_example_of_it(name: str, cli: Command) -> None:
    ended = cli(*name.split(), "--help")
    assert ended.code == 0
    _, _, examples = ended.out.partition("Example")
    assert f"adjudicator {name}" in examples


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command_says_what_it_is(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert parameter.name == "help" or parameter.help, (name, parameter.name)


@pytest.mark.parametrize("name", ["adjudicate", "rule", "remit run", "serve"])
def test_a_command_that_stamps_a_date_can_be_told_the_day(name: str) -> None:
    assert "--as-of" in {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_the_reference_is_what_the_commands_say() -> None:
    assert FILE.read_text(encoding="utf-8") == reference_of(app)


def test_the_version_is_told(cli: Command) -> None:
    assert cli("--version").out == "adjudicator 0.1.0\n"


@pytest.mark.parametrize("day", ["2026-02-30", "20260320", "2026-3-2", "tomorrow"])
def test_a_date_that_is_none_is_refused_with_what_to_write(cli: Command, sample: object, day: str) -> None:
    ended = cli("adjudicate", sample, "--out", "nowhere", "--received", day)
    assert ended.code == NOT_DONE
    assert "YYYY-MM-DD" in ended.err


def test_a_fault_of_ours_is_told_by_its_place_and_never_by_its_words() -> None:
    try:
        dict[str, str]()["TESTERSON"]
    except KeyError as failure:
        stopped = in_words(failure)
    assert stopped.exit_code == OUR_FAILURE
    assert "test_command_line.py" in str(stopped)
    assert "TESTERSON" not in str(stopped)


def test_a_missing_database_is_told_with_what_to_do(cli: Command, tmp_path: object) -> None:
    ended = cli("tasks", "list", "--database", f"{tmp_path}/none.sqlite")
    assert ended.code == NOT_DONE
    assert "There is no database" in ended.err


def test_a_file_that_is_no_database_is_told_so(cli: Command, sample: object) -> None:
    ended = cli("tasks", "list", "--database", sample)
    assert ended.code == NOT_DONE
    assert ended.err.startswith("The database cannot be used")
