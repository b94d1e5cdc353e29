"""The server itself: who gets in, what it says of its health, how it fails, how it holds callers back, how it ends."""

import json
import logging
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from adjudicator import serving
from adjudicator.service.claims import Claims
from adjudicator.serving import CannotStart, Credentials, JsonLines, Server, Settings, settings_from
from adjudicator.v1 import claim_service_pb2, policy_service_pb2, remittance_service_pb2, review_service_pb2
from adjudicator.v1.claim_service_pb2 import (
    GetClaimRequest,
    SubmitClaimRequest,
    SubmitClaimsRequest,
)
from adjudicator.wire import SERVICES
from tests.conftest import DEMO, ROOT
from tests.serving.running import (
    SECONDS,
    TOKENS,
    Caller,
    a_claim,
    credentials,
    details_of,
    prepare,
    running,
    start,
)

METHODS = [
    method
    for file in (claim_service_pb2, remittance_service_pb2, review_service_pb2, policy_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("payer")) as server:
        yield server


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.address) as channel:
        yield channel


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("authorization", [None, "Bearer nobody", f"Basic {TOKENS['provider']}"])
def test_no_method_answers_a_caller_whom_it_does_not_know(
    channel: grpc.Channel, method: Any, authorization: str | None
):
    path = f"/{method.containing_service.full_name}/{method.name}"
    metadata = (("authorization", authorization),) if authorization else ()

    with pytest.raises(grpc.RpcError) as caught:
        # A unary call on the wire is a stream of one message.
        call: Any = channel.stream_stream(path)
        list(call(iter([b""]), metadata=metadata, timeout=SECONDS))

    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert details_of(caught.value, error_details_pb2.ErrorInfo).reason == "UNAUTHENTICATED"


def test_health_is_told_without_a_credential(channel: grpc.Channel):
    stub: Any = health_pb2_grpc.HealthStub(channel)

    for service in ("", *SERVICES):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=SECONDS)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_tells_the_contract(channel: grpc.Channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)

    assert set(SERVICES) < set(database.get_services())
    assert pool.FindMessageTypeByName("adjudicator.v1.Claim").fields_by_name["total_charge_cents"].number == 3


def test_an_unknown_method_is_unimplemented(channel: grpc.Channel):
    with pytest.raises(grpc.RpcError) as caught:
        call: Any = channel.unary_unary("/adjudicator.v1.ClaimService/PayEverything")
        call(b"", timeout=SECONDS)

    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_our_own_failure_is_told_by_reference_only(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def crash(*_: object, **__: object) -> None:
        raise ValueError("JANE SECRET, born 1980")

    monkeypatch.setattr(Claims, "get", crash)
    caller = Caller(server.address, "provider")

    with caplog.at_level(logging.INFO), pytest.raises(grpc.RpcError) as caught:
        caller(caller.claims.GetClaim, GetClaimRequest(claim_id="C1"))
    caller.close()

    (line,) = [json.loads(JsonLines().format(record)) for record in caplog.records if record.levelname == "ERROR"]
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert line["reference"] in str(caught.value.details())
    assert line["failure"].startswith("ValueError at ")
    assert "SECRET" not in str(caught.value.details())
    assert "SECRET" not in caplog.text


def test_each_call_is_one_line_of_the_log(server: Server, caplog: pytest.LogCaptureFixture):
    caller = Caller(server.address, "provider")

    with caplog.at_level(logging.INFO), pytest.raises(grpc.RpcError):
        caller(caller.claims.GetClaim, GetClaimRequest(claim_id="CNOSUCH"))
    caller.close()

    (line,) = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert (line["event"], line["method"], line["caller"], line["outcome"]) == (
        "call",
        "GetClaim",
        "provider",
        "NOT_FOUND",
    )


def test_another_librarys_words_stay_out_of_the_log():
    record = logging.LogRecord("grpc._server", logging.ERROR, "x.py", 7, "Exception: JANE SECRET", (), None, "serve")

    line = json.loads(JsonLines().format(record))

    assert "SECRET" not in str(line)
    assert line["event"] == "serve, line 7"


def test_a_full_intake_refuses_a_call_and_holds_a_stream_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    deciding, go_on = threading.Event(), threading.Event()
    decide = Claims.submit_together

    def blocked(self: Claims, requests: Any) -> Any:
        deciding.set()
        assert go_on.wait(SECONDS)
        return decide(self, requests)

    monkeypatch.setattr(Claims, "submit_together", blocked)
    with running(tmp_path, most_waiting_claims=1) as server:
        caller = Caller(server.address, "provider")

        def in_flight(request_id: str) -> Any:
            request = SubmitClaimRequest(request_id=request_id, claim=a_claim())
            return caller.claims.SubmitClaim.future(request, metadata=caller.metadata, timeout=SECONDS)

        decided = in_flight("decided")
        assert deciding.wait(SECONDS)
        # One claim may wait, so of two that come now one is refused.
        calls = [in_flight("one"), in_flight("other")]
        overloaded = next(iter_done(calls))
        request = SubmitClaimRequest(request_id="patient", claim=a_claim())
        stream = caller(caller.claims.SubmitClaims, iter([SubmitClaimsRequest(requests=[request])]))
        go_on.set()

        assert overloaded.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert details_of(overloaded.exception(), error_details_pb2.ErrorInfo).reason == "OVERLOADED"
        assert decided.result(SECONDS).decision.claim_id
        (waited,) = (call for call in calls if call is not overloaded)
        assert waited.result(SECONDS).decision.claim_id
        assert next(stream).results[0].decision.claim_id
        assert list(stream) == []
        caller.close()


def iter_done(calls: list[Any]) -> Iterator[Any]:
    """Calls in the order in which they end."""
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for call in calls:
        call.add_done_callback(ended.put)
    for _ in calls:
        yield ended.get(timeout=SECONDS)


def test_sigterm_answers_what_was_read_and_ends_the_rest_gently(tmp_path: Path):
    process = start(tmp_path)
    assert process.stderr is not None
    serving = json.loads(process.stderr.readline())
    caller = Caller(serving["address"], "provider")
    go_on = threading.Event()

    def messages() -> Iterator[SubmitClaimsRequest]:
        yield SubmitClaimsRequest(requests=[SubmitClaimRequest(request_id="accepted", claim=a_claim())])
        assert go_on.wait(SECONDS)

    answers = caller(caller.claims.SubmitClaims, messages())
    assert next(answers).results[0].decision.claim_id

    process.send_signal(signal.SIGTERM)
    with pytest.raises(grpc.RpcError) as caught:
        next(answers)
    go_on.set()
    caller.close()

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert details_of(caught.value, error_details_pb2.ErrorInfo).reason == "DRAINING"
    assert process.wait(SECONDS) == 0
    log = [json.loads(line) for line in process.stderr.read().splitlines()]
    process.stderr.close()
    assert log[-1]["event"] == "drained"
    assert serving["event"] == "serving"
    assert "SAMPLE" not in str(log)

    with running_again(tmp_path) as address:
        again = Caller(address, "provider")
        request = SubmitClaimRequest(request_id="accepted", claim=a_claim())
        assert again(again.claims.SubmitClaim, request).decision.decision_number == 1
        again.close()


class running_again:  # noqa: N801
    """The same database served once more."""

    def __init__(self, folder: Path) -> None:
        self._server = Server(
            settings_from(
                policies=DEMO,
                credentials=folder / "credentials.json",
                database=str(folder / "payer.sqlite3"),
                listen="127.0.0.1:0",
                as_of="2026-06-30",
            )
        )

    def __enter__(self) -> str:
        return self._server.address

    def __exit__(self, *_: object) -> None:
        self._server.drain()


def test_a_drained_server_finishes_the_claims_that_it_has_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    deciding, go_on = threading.Event(), threading.Event()
    decide = Claims.submit_together

    def blocked(self: Claims, requests: Any) -> Any:
        deciding.set()
        assert go_on.wait(SECONDS)
        return decide(self, requests)

    monkeypatch.setattr(Claims, "submit_together", blocked)
    server = Server(settings_from(**prepare(tmp_path)))
    caller = Caller(server.address, "provider")
    request = SubmitClaimRequest(request_id="taken", claim=a_claim())
    taken = caller.claims.SubmitClaim.future(request, metadata=caller.metadata, timeout=SECONDS)
    assert deciding.wait(SECONDS)
    draining = threading.Thread(target=server.drain)
    draining.start()

    refused = None
    while refused is None:  # until the server takes nothing new
        probe = caller.claims.GetClaim.future(GetClaimRequest(claim_id="C"), metadata=caller.metadata, timeout=SECONDS)
        if probe.exception(SECONDS).code() is grpc.StatusCode.UNAVAILABLE:  # type: ignore[union-attr]
            refused = probe
        time.sleep(0.01)
    go_on.set()

    assert taken.result(SECONDS).decision.claim_id
    draining.join(SECONDS)
    assert not draining.is_alive()
    caller.close()


def problems_of(call: Any, *arguments: Any, **settings: Any) -> tuple[str, ...]:
    with pytest.raises(CannotStart) as caught:
        call(*arguments, **settings)
    return caught.value.problems


def test_all_settings_that_are_missing_or_wrong_are_told_at_once():
    assert problems_of(settings_from, worker_threads="many", as_of="today") == (
        "policies (ADJUDICATOR_POLICIES): missing; write the folder that holds payer.yaml",
        "credentials (ADJUDICATOR_CREDENTIALS): missing; write the file that lists who may call",
        "as_of (ADJUDICATOR_AS_OF): found 'today'; write the day that the server takes for today, as YYYY-MM-DD",
        "worker_threads (ADJUDICATOR_WORKER_THREADS): found 'many'; write calls worked on at a time, 1 to 1024",
    )


def test_a_process_that_cannot_start_says_why_and_nothing_else(tmp_path: Path):
    process = start(tmp_path, ADJUDICATOR_POLICIES=str(tmp_path))

    _, said = process.communicate(timeout=SECONDS)

    assert process.returncode == 2
    assert said.startswith("The server cannot start:\n  payer.yaml")
    assert "Traceback" not in said


def test_every_mistake_of_the_policies_is_told(tmp_path: Path):
    draft = tmp_path / "draft"
    shutil.copytree(DEMO, draft)
    for name in ("contracts/riverside-medical-group.yaml", "plans/ppo-gold.yaml"):
        (draft / name).write_text((draft / name).read_text() + "surprise: yes\n")

    problems = problems_of(Server, settings_from(**(prepare(tmp_path) | {"policies": draft})))

    assert [problem.split(":")[0] for problem in problems] == [
        "contracts/riverside-medical-group.yaml",
        "plans/ppo-gold.yaml",
    ]


@pytest.mark.parametrize(
    ("listen", "allowed"),
    [
        ("127.0.0.1:0", True),
        ("localhost:0", True),
        ("[::1]:0", True),
        ("0.0.0.0:0", False),
        ("[::]:0", False),
        ("192.0.2.1:0", False),
        ("payer.example:0", False),
    ],
)
def test_without_tls_only_this_machine_is_served(tmp_path: Path, listen: str, allowed: bool):
    settings = settings_from(**(prepare(tmp_path) | {"listen": listen}))
    if allowed:
        Server(settings).drain()
    else:
        (problem,) = problems_of(Server, settings)
        assert problem.startswith(f"listen: found {listen}, which others can reach")


def test_plaintext_beyond_this_machine_must_be_asked_for(tmp_path: Path):
    with running(tmp_path, listen="0.0.0.0:0", plaintext_network=True) as server:
        port = server.address.rpartition(":")[2]
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            reflected = ProtoReflectionDescriptorDatabase(channel)
            with pytest.raises(grpc.RpcError):
                reflected.get_services()


def test_a_taken_port_is_told(tmp_path: Path, server: Server):
    (problem,) = problems_of(Server, settings_from(**(prepare(tmp_path) | {"listen": server.address})))

    assert problem == f"listen: found {server.address}, which cannot be bound; write a free address of this machine"


def test_a_database_that_cannot_be_opened_is_told_without_its_password(tmp_path: Path):
    missing = tmp_path / "no such folder" / "payer.sqlite3"
    settings = prepare(tmp_path)

    (problem,) = problems_of(Server, settings_from(**(settings | {"database": str(missing)})))
    (unknown,) = problems_of(Server, settings_from(**(settings | {"database": "nosql://payer:SECRET@host/payer"})))

    assert problem == (
        "database: found one that cannot be used (unable to open database file); "
        "write path of an SQLite file, or a database URL"
    )
    assert unknown.startswith("database: found one that cannot be used (")
    assert "SECRET" not in unknown


def test_tls_needs_both_its_files(tmp_path: Path):
    settings = settings_from(**(prepare(tmp_path) | {"tls_key": tmp_path / "key.pem"}))

    assert problems_of(Server, settings) == ("tls_certificate and tls_key: found one without the other; write both",)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of this test")
def test_a_server_with_tls_is_called_over_tls(tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject],
        check=True,
        capture_output=True,
    )
    with running(tmp_path, listen="localhost:0", tls_key=key, tls_certificate=certificate) as server:
        trusted = grpc.ssl_channel_credentials(certificate.read_bytes())
        with grpc.secure_channel(server.address, trusted) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_the_caller_of_a_token_is_found_and_nobody_else():
    known = Credentials.read(json.dumps(credentials()))

    found = known.find(TOKENS["reviewer"])

    assert found is not None
    assert (found.name, found.role.value) == ("reviewer", "reviewer")
    assert known.find("reviewer-toke") is None
    assert known.find("") is None


def test_every_mistake_of_the_credentials_is_told():
    first, second, third, fourth, _ = [*credentials(), {}]
    first["role"] = "boss"
    first["token_sha256"] = "secret"
    second["token_sha256"] = third["token_sha256"]
    fourth["billing"] = [{"npi": "1234567893"}]
    fourth["password"] = "x"

    assert problems_of(Credentials.read, json.dumps([first, second, third, fourth, "x"])) == (
        "credentials, caller 1: role: found 'boss'; write one of provider, reviewer, operator",
        "credentials, caller 1: token_sha256: found no SHA-256; write the token's digest as 64 hexadecimal digits",
        "credentials, caller 3: token_sha256: found the token of an earlier caller; give each its own",
        "credentials, caller 4: billing: found something else; write a list of objects with tax_id and npi",
        "credentials, caller 4: password: not known; leave it out",
        "credentials, caller 5: found no object; write one with name, role, submitter and token_sha256",
    )


@pytest.mark.parametrize("text", ["[", "{}"])
def test_a_credentials_file_that_is_no_list_is_told(text: str):
    (problem,) = problems_of(Credentials.read, text)

    assert problem.endswith(("write a JSON list", "write a JSON list of callers"))


BUSY_SERVER = """
import sys, threading, time
import adjudicator.serving as serving

class Server:
    def __init__(self, settings):
        for _ in range(3):
            threading.Thread(target=self._work, daemon=True).start()
        print("serving", flush=True)

    def _work(self):
        while True:
            sum(range(1000))
            time.sleep(0)

    def reload_policies(self):
        print("reloaded", flush=True)

    def drain(self):
        print("drained", flush=True)

serving.Server = Server
serving.settle = lambda: None
serving.serve(None)
"""


def test_no_signal_is_lost_while_other_threads_work():
    with subprocess.Popen([sys.executable, "-c", BUSY_SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        assert process.stdout is not None
        written = process.stdout
        threading.Thread(target=lambda: [*map(said.put, map(str.strip, written))], daemon=True).start()
        try:
            assert said.get(timeout=SECONDS) == "serving"
            for _ in range(1500):
                process.send_signal(signal.SIGHUP)
                assert said.get(timeout=SECONDS) == "reloaded"
            process.send_signal(signal.SIGTERM)
            assert said.get(timeout=SECONDS) == "drained"
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()


def test_a_server_that_cannot_start_holds_no_signals_back_for_those_after_it(monkeypatch: pytest.MonkeyPatch):
    def refused(_: object) -> None:
        signal.raise_signal(signal.SIGHUP)  # asked for while it starts
        raise CannotStart(["listen: found nothing"])

    monkeypatch.setattr(serving, "Server", refused)
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with pytest.raises(CannotStart):
        serving.serve(Settings.model_construct())
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == held_back
