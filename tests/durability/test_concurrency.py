"""Many callers at once: what comes out is what one caller would get who sends the claims in the order that was recorded.

Sixteen callers send two hundred claims of ten families, some of them twice and to different servers. The order in which the
decisions were numbered is read back, and the same claims are sent one by one to an empty store: every decision, every case's
history and every accumulator must be the same, to the byte and to the cent.
"""

import datetime as dt
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest
import sqlalchemy as sa

from adjudicator.model.claim import Claim
from adjudicator.model.principal import BillingGrant, Principal, Role
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.claims import Claims, Submission
from adjudicator.service.policies import PoliciesInForce
from adjudicator.store.database import Store
from adjudicator.v1 import claim_service_pb2 as pb
from adjudicator.v1.claim_service_pb2_grpc import ClaimServiceStub
from adjudicator.wire.methods import SUBMISSION
from loadtests import claims as load
from tests.conftest import DEMO, ROOT
from tests.databases import KINDS, PostgresServer

TOKEN = "concurrency"
CALLERS = 16
CLAIMS = 200
FAMILIES = 10
MEMBERS = FAMILIES * load.FAMILY_SIZE
SEEDS = 5
SOAK_SEEDS = 50
SENT_AGAIN = 40
SERVERS = {"sqlite": 1, "postgresql": 2}
CALLER = Principal(
    name="load",
    role=Role.PROVIDER,
    submitter="load",
    billing=frozenset({BillingGrant(load.BILLING.tax_id, load.BILLING.npi)}),
)


def claims_of(seed: int) -> list[Claim]:
    """The claims of a seed, of ten families that no other seed has."""
    chance = random.Random(seed)
    people = list(load.members((seed + 1) * MEMBERS))[-MEMBERS:]
    claims = [
        load.claim(
            chance.choice(people),
            load.RECEIVED - dt.timedelta(days=chance.randint(1, 150)),
            chance.choices(load.LINE_COUNTS, load.LINE_COUNT_WEIGHTS)[0],
            f"S{seed}-{number}",
            chance,
        )
        for number in range(CLAIMS)
    ]
    # A message always says a quantity; so do these, that both ways in give the same claim.
    return [
        msgspec.structs.replace(
            claim, lines=tuple(msgspec.structs.replace(line, quantity_thousandths=1000) for line in claim.lines)
        )
        for claim in claims
    ]


class Payer:
    """A database with the members of some seeds, and the real servers over it."""

    def __init__(self, folder: Path, seeds: int, servers: int, database: str = "") -> None:
        folder.mkdir()
        self.database, credentials = load.seed(folder, seeds * MEMBERS, TOKEN, database)
        self.processes: list[subprocess.Popen[bytes]] = []
        logs = [folder / f"server-{number}.log" for number in range(servers)]
        self.addresses = [self._started(log, credentials) for log in logs]

    def _started(self, log: Path, credentials: Path) -> str:
        with log.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, "server.py"],
                cwd=ROOT,
                env=load.server_settings(self.database, credentials, DEMO),
                stderr=written,
            )
        self.processes.append(process)
        for _ in range(1200):
            for line in log.read_text().splitlines():
                event = json.loads(line)
                if event.get("event") == "serving":
                    return str(event["address"])
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        raise AssertionError("the server did not say that it serves")

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait(timeout=60)


@pytest.fixture(scope="module", params=KINDS)
def payer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Payer]:
    """One payer for all seeds of a module: seeds share servers and database, but no family."""
    postgres = request.param == "postgresql"
    database = request.getfixturevalue("postgres_server").new() if postgres else ""
    payer = Payer(tmp_path_factory.mktemp("payer") / "payer", SEEDS, SERVERS[request.param], database)
    yield payer
    payer.stop()


def submitted(
    stubs: list[ClaimServiceStub], seed: int, claims: list[Claim], after_answer: Any = lambda: None
) -> dict[str, pb.SubmitClaimResponse]:
    """Have sixteen callers send all claims, some twice; every answer, the same for a claim that was sent twice.

    A caller whose server is gone turns to the others.
    """
    chance = random.Random(seed)
    requests = [SUBMISSION.write(Submission(request_id=one.patient_control_number, claim=one)) for one in claims]
    sent = requests + chance.sample(requests, SENT_AGAIN)
    chance.shuffle(sent)
    answers: dict[str, pb.SubmitClaimResponse] = {}
    answered = threading.Lock()
    start = threading.Barrier(CALLERS)

    def call(caller: int) -> None:
        start.wait(timeout=60)
        for number, request in enumerate(sent[caller::CALLERS]):
            for attempt in range(10):
                stub = stubs[(caller + number + attempt) % len(stubs)]
                try:
                    answer = stub.SubmitClaim(request, metadata=(("authorization", f"Bearer {TOKEN}"),), timeout=60)
                    break
                except grpc.RpcError as lost:
                    assert lost.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED), lost
            with answered:
                assert answers.setdefault(request.request_id, answer) == answer
            after_answer()

    with ThreadPoolExecutor(CALLERS) as callers:
        for ended in [callers.submit(call, caller) for caller in range(CALLERS)]:
            ended.result()
    return answers


def outcome(database: str, seed: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Every decision of a seed as stored, in the order that was recorded; and every entry of its families, in cents."""
    families = {f"LF{number:08d}" for number in range(seed * FAMILIES, (seed + 1) * FAMILIES)}
    people = {f"LT{number:08d}" for number in range(seed * MEMBERS, (seed + 1) * MEMBERS)}
    owners = {f"family:{name}" for name in families} | {f"member:{name}" for name in people}
    store = Store(database)
    with store.reading() as connection:
        decisions = [
            tuple(row)
            for row in connection.execute(
                sa.text(
                    "SELECT request_id, number, decision_json, case_json, history_keys "
                    "FROM claims JOIN decisions USING (arrival) WHERE request_id LIKE :of ORDER BY sequence"
                ),
                {"of": f"S{seed}-%"},
            )
        ]
        entries = [
            (owner, str(period), accumulator, tier, request_id, amount)
            for owner, period, accumulator, tier, request_id, amount in connection.execute(
                sa.text(
                    "SELECT owner, period_start, accumulator, tier, request_id, amount_cents FROM accumulator_entries "
                    "JOIN decisions USING (sequence) JOIN claims USING (arrival)"
                )
            )
            if owner in owners
        ]
    store.close()
    return decisions, sorted(entries)


def one_by_one(folder: Path, seed: int, claims: list[Claim], policies: PolicySet) -> str:
    """A database of its own to which one caller sent the claims, each after the answer to the one before it."""
    folder.mkdir()
    database, _ = load.seed(folder, (seed + 1) * MEMBERS, TOKEN)
    store = Store(database)
    in_force = PoliciesInForce(store, {"payer.yaml": b"the demo payer"}, policies)
    service = Claims(store, in_force, lambda: load.RECEIVED)
    for claim in claims:
        service.submit(CALLER, [Submission(claim.patient_control_number, claim)])
    store.close()
    return database


def check(payer: Payer, folder: Path, seed: int, policies: PolicySet, after_answer: Any = lambda: None) -> None:
    """Send the claims of a seed at once, and show that one order of them explains all that is stored."""
    claims = claims_of(seed)
    channels = [grpc.insecure_channel(address) for address in payer.addresses]
    stubs = [ClaimServiceStub(channel) for channel in channels]
    try:
        answers = submitted(stubs, seed, claims, after_answer)
    finally:
        for channel in channels:
            channel.close()
    by_request = {claim.patient_control_number: claim for claim in claims}
    assert answers.keys() == by_request.keys()
    decisions, entries = outcome(payer.database, seed)
    order = [request_id for request_id, *_ in decisions]
    assert sorted(order) == sorted(by_request)  # none lost, none doubled
    serial = one_by_one(folder, seed, [by_request[request_id] for request_id in order], policies)
    expected_decisions, expected_entries = outcome(serial, seed)
    assert decisions == expected_decisions
    assert entries == expected_entries
    assert len({owner for owner, *_ in entries if owner.startswith("family:")}) == FAMILIES


@pytest.mark.parametrize("seed", range(SEEDS))
def test_callers_at_once_get_what_one_caller_would(payer: Payer, tmp_path: Path, demo: PolicySet, seed: int) -> None:
    check(payer, tmp_path / "serial", seed, demo)


def test_a_killed_server_loses_nothing_that_it_answered(
    tmp_path: Path, demo: PolicySet, postgres_server: PostgresServer
) -> None:
    payer = Payer(tmp_path / "payer", 1, 2, postgres_server.new())
    counted = iter(range(CLAIMS + SENT_AGAIN))

    def kill_one_in_the_middle() -> None:
        if next(counted) == CLAIMS // 2:
            payer.processes[0].send_signal(signal.SIGKILL)

    try:
        check(payer, tmp_path / "serial", 0, demo, kill_one_in_the_middle)
        assert payer.processes[0].wait(timeout=60) == -signal.SIGKILL
        assert payer.processes[1].poll() is None
    finally:
        payer.stop()


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_many_seeds(request: pytest.FixtureRequest, tmp_path: Path, demo: PolicySet, kind: str) -> None:
    database = request.getfixturevalue("postgres_server").new() if kind == "postgresql" else ""
    payer = Payer(tmp_path / "payer", SOAK_SEEDS, SERVERS[kind], database)
    try:
        for seed in range(SOAK_SEEDS):
            check(payer, tmp_path / f"serial-{seed}", seed, demo)
    finally:
        payer.stop()
