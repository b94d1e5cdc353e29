"""The command line as a test calls it: in this process, or as the process that a user starts."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from adjudicator.cli import main
from adjudicator.cli.payer import demo_policies

RECEIVED, AS_OF = "2026-03-20", "2026-03-21"


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process."""
    for name in ("ADJUDICATOR_DATABASE", "ADJUDICATOR_POLICIES"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        assert "Traceback" not in out + err
        return Ended(ended.value.code, out, err)

    return run


@pytest.fixture
def sample() -> Path:
    """The demo payer's sample file."""
    return demo_policies() / "samples" / "claims.837"


@pytest.fixture
def decided(cli: Command, sample: Path, tmp_path: Path) -> Path:
    """A folder in which the sample file has been decided."""
    out = tmp_path / "decided"
    ended = cli("adjudicate", sample, "--out", out, "--received", RECEIVED, "--as-of", AS_OF)
    assert ended.code == 1, ended  # the sample has a claim that cannot be read
    return out


def started(*arguments: object) -> "subprocess.Popen[str]":
    """Start a command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "adjudicator", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
