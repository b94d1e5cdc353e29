"""Policies change while the server runs: in one step, all or nothing, and without losing or splitting a claim."""

import itertools
import json
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy.exc import OperationalError

from adjudicator.engine import RULES
from adjudicator.policy.load import compile_policies, digest_of, load_policies, read_files
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.errors import NotStored
from adjudicator.service.policies import PoliciesInForce, PolicyReload
from adjudicator.service.replay import replay
from adjudicator.store.archive import archived_policies
from adjudicator.store.database import Store
from adjudicator.v1 import policy_service_pb2 as policies_pb2
from adjudicator.v1.claim_service_pb2 import SubmitClaimRequest, SubmitClaimsRequest
from adjudicator.v1.decision_pb2 import Decision
from tests.conftest import DEMO
from tests.serving.running import SECONDS, Caller, a_claim, a_line, details_of, prepare, running, start

SCREENING = "coverage/screening-colonoscopy.yaml"
ONE, OTHER = "N129", "N640"
"""The remark with which each of two sets says that the patient's age does not fit: a result that tells them apart."""
ASKED = policies_pb2.ReloadPoliciesRequest()


def write(folder: Path, remark: str, more: str = "") -> str:
    """Write the policy that denies the claims below with a remark, in one step; gives the digest of the folder."""
    text = (DEMO / SCREENING).read_text()
    text = text.replace("{min: 45, max: 75}", "{min: 90, max: 99}").replace(
        'deny: "6", group: CO, remarks: [N129]', (f'deny: "6", group: CO, remarks: [{remark}]{more}')
    )
    assert f"remarks: [{remark}]{more}" in text
    beside = folder / SCREENING.replace(".yaml", ".new")
    beside.write_text(text)
    beside.replace(folder / SCREENING)
    return digest_of(read_files(folder))


def a_screening(number: int) -> SubmitClaimRequest:
    """A claim of two lines, both denied for the patient's age."""
    lines = [a_line(1), a_line(2)]
    for line, procedure in zip(lines, ("G0121", "G0105"), strict=True):
        line.procedure = procedure
    return SubmitClaimRequest(request_id=f"R{number}", claim=a_claim(*lines, control_number=f"PCN{number}"))


def remarks_of(decision: Decision) -> list[str]:
    """The remark of each line."""
    return [remark for line in decision.lines for taken in line.adjustments for remark in taken.remarks]


class Running:
    """A server process over a policy folder that a test changes."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]") -> None:
        self.folder = folder
        self.process = process
        self.log: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self.address: str = self.told("serving")["address"]
        self.operator = Caller(self.address, "operator")
        self.provider = Caller(self.address, "provider")

    def told(self, event: str) -> dict[str, Any]:
        """The next line of the log that tells of an event."""
        while True:
            line = self.log.get(timeout=SECONDS)
            if line["event"].startswith(event):
                return line

    def reload(self) -> policies_pb2.ReloadPoliciesResponse:
        answer: policies_pb2.ReloadPoliciesResponse = self.operator(self.operator.policies.ReloadPolicies, ASKED)
        return answer

    def decide(self, number: int) -> Decision:
        answer = self.provider(self.provider.claims.SubmitClaim, a_screening(number))
        decision: Decision = answer.decision
        return decision

    def healthy(self) -> bool:
        with grpc.insecure_channel(self.address) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.put(json.loads(line))


@contextmanager
def serving(folder: Path) -> Iterator[Running]:
    policies = folder / "policies"
    shutil.copytree(DEMO, policies, ignore=shutil.ignore_patterns("data", "samples"))
    write(policies, ONE)
    process = start(folder, ADJUDICATOR_POLICIES=str(policies))
    try:
        server = Running(policies, process)
        yield server
        server.operator.close()
        server.provider.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()
        process.wait(SECONDS)
        assert process.stderr is not None
        process.stderr.close()


def test_no_claim_is_lost_or_decided_half_by_each_set_while_policies_change(tmp_path: Path):
    with serving(tmp_path) as server:
        remark_of = {write(server.folder, remark): remark for remark in (OTHER, ONE)}
        enough, ahead = threading.Event(), threading.Semaphore(4)
        sent = itertools.count()
        numbers: list[int] = []

        def messages() -> Iterator[SubmitClaimsRequest]:
            while not enough.is_set():
                batch = [next(sent) for _ in range(3)]
                numbers.extend(batch)
                yield SubmitClaimsRequest(requests=[a_screening(number) for number in batch])
                assert ahead.acquire(timeout=SECONDS)

        stub = server.provider.claims
        stream = stub.SubmitClaims(messages(), metadata=server.provider.metadata, timeout=10 * SECONDS)
        answered: list[Any] = []
        changes = 0
        for seen, answer in enumerate(stream):
            answered.extend(answer.results)
            ahead.release()
            if seen % 3 == 2 and not enough.is_set():
                write(server.folder, (OTHER, ONE)[changes % 2])
                if changes % 2:
                    server.process.send_signal(signal.SIGHUP)
                else:
                    assert server.reload().outcome == policies_pb2.RELOAD_OUTCOME_CHANGED
                server.told("policies changed")
                assert server.healthy()
                changes += 1
            if changes == 6:
                enough.set()

    assert [result.request_id for result in answered] == [f"R{number}" for number in numbers]
    digests = [result.decision.policy_digest for result in answered]
    assert set(digests) == set(remark_of)
    assert sum(before != after for before, after in itertools.pairwise(digests)) >= 4
    for result in answered:
        assert remarks_of(result.decision) == [remark_of[result.decision.policy_digest]] * 2

    store = Store(tmp_path / "payer.sqlite3")
    again = list(replay(store, compile_policies))
    store.close()
    assert len(again) == len(answered)
    assert [one.differences for one in again if not one.same] == []


def test_a_folder_with_mistakes_is_refused_with_all_of_them_and_the_policies_before_serve_on(tmp_path: Path):
    with serving(tmp_path) as server:
        before = server.decide(1)
        write(server.folder, ONE, ", grup: CO")
        (server.folder / "payer.yaml").write_text((server.folder / "payer.yaml").read_text() + "surprise: yes\n")

        answer = server.reload()
        server.process.send_signal(signal.SIGHUP)

        assert answer.outcome == policies_pb2.RELOAD_OUTCOME_REFUSED
        assert {answer.policy_digest, answer.previous_policy_digest} == {before.policy_digest}
        assert [(one.file, one.path, one.message.partition(";")[0]) for one in answer.mistakes] == [
            (SCREENING, "versions[2025-01-01].criteria[age].otherwise.grup", "found unknown word grup"),
            ("payer.yaml", "surprise", "found unknown word surprise"),
        ]
        assert all(one.line > 1 for one in answer.mistakes)
        logged = [server.told("policies refused") for _ in range(2 * len(answer.mistakes))]
        assert [line["event"].partition(" refused: ")[2].partition(":")[0] for line in logged] == [
            SCREENING,
            "payer.yaml",
        ] * 2
        assert {line["level"] for line in logged} == {"ERROR"}
        assert server.healthy()
        assert server.decide(2).policy_digest == before.policy_digest

        (server.folder / "payer.yaml").write_bytes((DEMO / "payer.yaml").read_bytes())
        mended = write(server.folder, OTHER)
        assert server.reload().policy_digest == mended
        assert remarks_of(server.decide(3)) == [OTHER, OTHER]


def test_the_same_policies_again_change_nothing_and_it_is_said(tmp_path: Path):
    with serving(tmp_path) as server:
        before = server.decide(1).policy_digest
        (server.folder / "notes.txt").write_text("No policy.")

        answer = server.reload()
        server.process.send_signal(signal.SIGHUP)

        assert answer.outcome == policies_pb2.RELOAD_OUTCOME_UNCHANGED
        assert {answer.policy_digest, answer.previous_policy_digest} == {before}
        assert not answer.mistakes
        assert [server.told("policies unchanged")["policies"] for _ in range(2)] == [before, before]
        assert server.decide(2).policy_digest == before


def test_only_an_operator_reloads(tmp_path: Path):
    with running(tmp_path) as server:
        for name in ("provider", "reviewer"):
            caller = Caller(server.address, name)
            with pytest.raises(grpc.RpcError) as caught:
                caller(caller.policies.ReloadPolicies, ASKED)
            caller.close()
            assert details_of(caught.value, error_details_pb2.ErrorInfo).reason == "NOT_PERMITTED"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    policies = tmp_path / "policies"
    shutil.copytree(DEMO, policies, ignore=shutil.ignore_patterns("data", "samples"))
    return policies


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    prepare(tmp_path)
    store = Store(tmp_path / "payer.sqlite3")
    yield store
    store.close()


def reloading(store: Store, demo: PolicySet, folder: Path) -> tuple[PoliciesInForce, PolicyReload]:
    in_force = PoliciesInForce(store, read_files(DEMO), demo)
    return in_force, PolicyReload(in_force, lambda: (read_files(folder), load_policies(folder, RULES)))


def test_a_set_is_archived_before_anything_can_be_decided_with_it(
    store: Store, demo: PolicySet, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    in_force, reload = reloading(store, demo, folder)
    digest = write(folder, ONE)
    archived: list[bool] = []

    def looked_at(self: PoliciesInForce, kept: str, policies: PolicySet | None) -> None:
        with store.reading() as connection:
            archived.append(archived_policies(connection, digest) is not None)
        assert in_force().digest == demo.digest

    monkeypatch.setattr(PoliciesInForce, "_keep", looked_at)
    assert reload.reload().digest == digest
    assert archived == [True]
    assert in_force().digest == digest


def test_a_set_that_cannot_be_archived_is_not_in_force(
    store: Store, demo: PolicySet, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    in_force, reload = reloading(store, demo, folder)
    digest = write(folder, ONE)
    monkeypatch.setattr("adjudicator.service.policies.archive_policies", full)
    with pytest.raises(NotStored):
        reload.reload()
    assert in_force().digest == demo.digest
    monkeypatch.undo()
    assert reload.reload().digest == digest


def test_threads_that_reload_together_change_the_policies_once(store: Store, demo: PolicySet, folder: Path):
    in_force, reload = reloading(store, demo, folder)
    digest = write(folder, ONE)
    together = threading.Barrier(6)
    results = []

    def reload_at_once() -> None:
        together.wait(SECONDS)
        results.append(reload.reload())

    threads = [threading.Thread(target=reload_at_once) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(result.before for result in results) == sorted([demo.digest, *[digest] * 5])
    assert {result.digest for result in results} == {digest} == {in_force().digest}
