"""The README cannot lie: its commands and its client run here and answer what it shows."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(README) if found == language]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README's commands read, so that they leave nothing in this checkout."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "policies", folder / "policies")
    return folder


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
    }


def as_pattern(shown: str) -> str:
    """Shown output as a pattern: ``...`` stands for anything."""
    return ".*".join(re.escape(part) for part in shown.strip().split("...")) + r"\s*"


def test_the_commands_answer_what_the_readme_shows(checkout: Path, environment: dict[str, str]):
    steps = [re.split(r"^\$ ", body, flags=re.MULTILINE)[1:] for body in blocks("console")]
    assert sum(map(len, steps)) >= 8
    for step in (step for block in steps for step in block):
        command, _, shown = step.partition("\n")
        if command.startswith("export PATH"):
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=checkout, env=environment, capture_output=True, text=True, timeout=120
        )
        answered = done.stdout + done.stderr
        assert "Traceback" not in answered
        if "..." in shown or not shown.strip():
            assert re.fullmatch(as_pattern(shown) if shown.strip() else r"\s*", answered, re.DOTALL), (
                command,
                answered,
            )
        else:
            for line in shown.strip().splitlines():
                assert line in answered, (command, line, answered)


@contextmanager
def serving(checkout: Path, environment: dict[str, str]) -> Iterator[str]:
    """The README's server over what the demo has left, on a free port; gives its address."""
    subprocess.run(
        ["adjudicator", "demo", "run"], cwd=checkout, env=environment, check=True, capture_output=True, timeout=120
    )
    (command,) = (body for body in blocks("sh") if body.startswith("adjudicator serve"))
    log = checkout / "server.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*command.split(), "--listen", "127.0.0.1:0"], cwd=checkout, env=environment, stderr=written
        )
    try:
        for _ in range(600):
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            address = next((line["address"] for line in lines if line.get("event") == "serving"), None)
            if address:
                yield str(address)
                return
            assert server.poll() is None, log.read_text()
            time.sleep(0.05)
        raise AssertionError("the server did not say that it serves")
    finally:
        server.terminate()
        server.wait(timeout=60)


def test_the_client_and_buf_answer_what_the_readme_shows(checkout: Path, environment: dict[str, str]):
    (client,) = blocks("python")
    assert len(client.strip().splitlines()) <= 15
    shown = next(body for body in blocks("text") if body.startswith("line 1: charge"))
    with serving(checkout, environment) as address:
        done = subprocess.run(
            [sys.executable, "-c", client.replace("127.0.0.1:50051", address)],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stdout.splitlines() == shown.splitlines(), done.stderr
        if shutil.which("npx") is None:
            return
        (command,) = (body for body in blocks("sh") if "buf curl" in body)
        curl = command.replace("127.0.0.1:50051", address).replace(
            "npx @bufbuild/buf", "npx --yes @bufbuild/buf@1.75.0"
        )
        done = subprocess.run(
            ["bash", "-c", curl], cwd=checkout, env=environment, capture_output=True, text=True, timeout=300
        )
        assert json.loads(done.stdout)["decision"]["paidCents"] == "7352", done.stderr


def test_every_place_that_the_readme_names_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
