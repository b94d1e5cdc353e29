"""``adjudicator demo run`` as ``make demo`` calls it: from end to end, again, and when something is in its way."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.samples import in_one_sentence
from tests.x12.oracles import oxedi_accepts, pyx12_accepts

LEFT = {
    *("era.835", "acks.277ca", "decisions.jsonl", "summary.txt", "store.sqlite", "server.log"),
    *("data", "samples", "credentials.json", "biller.token", "reviewer.token", "operator.token"),
}


def demo(out: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "adjudicator", "demo", "run", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | environment,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture(scope="module")
def ran(out: Path) -> str:
    ended = demo(out)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_it_tells_the_whole_story(ran: str) -> None:
    for told in (
        "MEADOWLARK MUTUAL",
        "It listens at 127.0.0.1:",
        in_one_sentence(),
        "PRI-01  Anesthesia of 129 minutes by an anesthesiologist: base units and time in tenths",
        "9 claims: 6 paid, 1 denied, 2 pended.",
        "(your RMG-03) was paid.",
        "(your RMG-06) was denied.",
        "(your RMG-18) is pended",
        "(your RMG-18) was paid.",
        "RIVERSIDE MEDICAL GROUP",
        "Try next:",
    ):
        assert told in ran


def test_piped_it_is_plain_text_of_a_hundred_columns(ran: str) -> None:
    assert "\x1b" not in ran
    to_copy = [line for line in ran.splitlines() if "adjudicator " in line]
    assert all(len(line) <= 100 for line in ran.splitlines() if line not in to_copy)


def test_it_leaves_the_files_that_it_names(ran: str, out: Path) -> None:
    assert {path.name for path in out.iterdir()} == LEFT
    pyx12_accepts((out / "era.835").read_text())
    oxedi_accepts((out / "era.835").read_text())
    pyx12_accepts((out / "acks.277ca").read_text())


def test_the_ruled_claim_is_on_its_payees_remittance(ran: str, out: Path) -> None:
    assert "CLP*RMG-18*1*200*95.92*23.98" in (out / "era.835").read_text()
    (ruled,) = (
        account
        for account in map(json.loads, (out / "decisions.jsonl").read_text().splitlines())
        if account["patient_control_number"] == "RMG-18"
    )
    assert (ruled["outcome"], ruled["decision_number"], ruled["paid_cents"]) == ("paid", 2, 9592)


def test_the_servers_log_names_no_patient(ran: str, out: Path) -> None:
    log = (out / "server.log").read_text()
    assert '"drained"' in log
    assert not any(name in log for name in ("TESTERSON", "MM0001", "1979-04-12"))


def test_run_again_it_starts_afresh_and_leaves_the_same(ran: str, out: Path) -> None:
    before = {name: (out / name).read_bytes() for name in ("era.835", "acks.277ca", "decisions.jsonl", "summary.txt")}
    assert demo(out).returncode == 0
    assert {name: (out / name).read_bytes() for name in before} == before


def test_a_step_that_fails_is_named_with_the_servers_log(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    out.mkdir()
    (out / "credentials.json").mkdir()
    ended = demo(out)
    assert ended.returncode != 0
    assert ended.stderr.startswith("Step 1 (")
    assert "Traceback" not in ended.stderr


def test_a_server_that_cannot_start_is_told_with_its_own_words(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    ended = demo(out, ADJUDICATOR_WORKER_THREADS="none")
    assert ended.returncode == 2
    assert f"Its log is {out / 'server.log'}" in ended.stderr
    assert "worker_threads" in ended.stderr


def test_interrupted_it_leaves_no_server_behind(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    process = subprocess.Popen(
        [sys.executable, "-m", "adjudicator", "demo", "run", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},  # else the line can come when the demo is over
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("It listens at"):
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert '"drained"' in (out / "server.log").read_text()
