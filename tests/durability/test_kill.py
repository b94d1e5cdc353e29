"""The server is killed in the middle of a stream: after a restart and resubmission everything is as if it had not been."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from adjudicator.service.claims import Submission
from adjudicator.v1 import claim_service_pb2 as pb
from adjudicator.v1.claim_service_pb2_grpc import ClaimServiceStub
from adjudicator.wire.methods import SUBMISSION
from loadtests import claims as load

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "durability"
MEMBERS = 30  # ten families, so that most claims meet their family's accumulators
CLAIMS = 1200
BATCH = 20


@pytest.fixture(scope="module")
def messages() -> list[pb.SubmitClaimsRequest]:
    claims = list(load.claims(CLAIMS, MEMBERS, seed=7))
    requests = [SUBMISSION.write(Submission(request_id=claim.patient_control_number, claim=claim)) for claim in claims]
    return [pb.SubmitClaimsRequest(requests=requests[first : first + BATCH]) for first in range(0, CLAIMS, BATCH)]


class Payer:
    """A store in a folder and the server over it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.database, self.credentials = load.seed(folder, MEMBERS, TOKEN)
        self.log = folder / "server.log"

    def start(self) -> "tuple[subprocess.Popen[bytes], str]":
        """Start the real server; gives the process and its address."""
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "server.py"],
                cwd=ROOT,
                env=load.server_settings(self.database, self.credentials, ROOT / "policies" / "demo"),
                stderr=log,
            )
        for _ in range(600):
            for line in self.log.read_text().splitlines():
                event = json.loads(line)
                if event.get("event") == "serving":
                    return process, event["address"]
            assert process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError("the server did not say that it serves")

    def outcome(self) -> tuple[list[tuple[str, str]], list[tuple[str, str, str, str, int]]]:
        """Every decision as stored, and every accumulator's total."""
        with closing(sqlite3.connect(self.database)) as connection:
            decisions = connection.execute(
                "SELECT claim_id, decision_json FROM claims JOIN decisions USING (arrival) ORDER BY claim_id, number"
            ).fetchall()
            totals = connection.execute(
                "SELECT owner, period_start, accumulator, tier, sum(amount_cents) FROM accumulator_entries "
                "GROUP BY owner, period_start, accumulator, tier ORDER BY 1, 2, 3, 4"
            ).fetchall()
        return decisions, totals


def stream(address: str, messages: list[pb.SubmitClaimsRequest], after_answer=lambda count: None) -> int:
    """Send every message; the number of claims answered before the stream ended."""
    answered = 0
    with grpc.insecure_channel(address) as channel:
        answers = ClaimServiceStub(channel).SubmitClaims(
            iter(messages), metadata=(("authorization", f"Bearer {TOKEN}"),), wait_for_ready=True, timeout=120
        )
        try:
            for answer in answers:
                assert all(result.HasField("decision") for result in answer.results)
                answered += len(answer.results)
                after_answer(answered)
        except grpc.RpcError as lost:
            assert lost.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED), lost
    return answered


def undisturbed(folder: Path, messages: list[pb.SubmitClaimsRequest]):
    payer = Payer(folder)
    process, address = payer.start()
    assert stream(address, messages) == CLAIMS
    process.terminate()
    assert process.wait(timeout=60) == 0
    return payer.outcome()


def killed(folder: Path, messages: list[pb.SubmitClaimsRequest], times: int, seed: int):
    payer = Payer(folder)
    chance = random.Random(seed)
    for _ in range(times):
        process, address = payer.start()
        die_after = chance.randrange(0, CLAIMS - 2 * BATCH)
        delay_seconds = chance.random() * 0.02

        def kill(answered: int, process=process, die_after=die_after, delay_seconds=delay_seconds) -> None:
            if answered > die_after and process.poll() is None:
                threading.Timer(delay_seconds, process.send_signal, (signal.SIGKILL,)).start()

        stream(address, messages, kill)
        assert process.wait(timeout=60) == -signal.SIGKILL
    process, address = payer.start()
    assert stream(address, messages) == CLAIMS
    process.terminate()
    assert process.wait(timeout=60) == 0
    return payer.outcome()


def test_five_kills_leave_no_trace(tmp_path: Path, messages: list[pb.SubmitClaimsRequest]):
    decisions, totals = undisturbed(tmp_path / "undisturbed", messages)
    assert len(decisions) == CLAIMS
    assert totals
    assert killed(tmp_path / "killed", messages, times=5, seed=5) == (decisions, totals)


@pytest.mark.soak
def test_fifty_kills_leave_no_trace(tmp_path: Path, messages: list[pb.SubmitClaimsRequest]):
    expected = undisturbed(tmp_path / "undisturbed", messages)
    for seed in range(10):
        assert killed(tmp_path / f"killed-{seed}", messages, times=5, seed=seed) == expected
