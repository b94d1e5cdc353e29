"""Over the wire a held claim is ruled and paid, and its remittance is read; nobody does or sees what is not theirs."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2

from adjudicator.model.principal import Principal, Role
from adjudicator.policy.load import load_policies
from adjudicator.service.corrections import Corrections
from adjudicator.service.payments import Payments
from adjudicator.serving import Server
from adjudicator.store.claims import claims_by_id
from adjudicator.store.database import Store
from adjudicator.store.records import ClaimRecord
from adjudicator.v1 import claim_pb2 as pb
from adjudicator.v1.claim_service_pb2 import GetClaimRequest, SubmitClaimRequest
from adjudicator.v1.decision_pb2 import DISPOSITION_PAID, DISPOSITION_PENDED, VERDICT_PEND, Decision
from adjudicator.v1.remittance_service_pb2 import (
    Download835Request,
    GetRemittanceRequest,
    ListRemittancesRequest,
)
from adjudicator.v1.review_service_pb2 import (
    RULING_VERDICT_ALLOW,
    RULING_VERDICT_DENY,
    RULING_VERDICT_PRICE,
    TASK_STATE_OPEN,
    TASK_STATE_RULED,
    EarlierRuling,
    GetTaskRequest,
    ListTasksRequest,
    PreviewRulingRequest,
    RuleRequest,
    Task,
)
from adjudicator.wire import methods
from adjudicator.wire.client import Client
from tests.conftest import DEMO
from tests.serving.running import TODAY, TOKENS, Caller, a_claim, details_of, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def callers(server: Server) -> Iterator[dict[str, Caller]]:
    callers = {name: Caller(server.address, name) for name in ("provider", "stranger", "reviewer", "operator")}
    yield callers
    for caller in callers.values():
        caller.close()


def a_wart(control_number: str = "WART") -> pb.Claim:
    """The removal of a harmless skin lesion: the demo payer's clinicians must judge it."""
    claim = a_claim(control_number=control_number)
    claim.lines[0].procedure = "17110"
    claim.diagnoses[0].code = "B07.9"
    return claim


def held(provider: Caller) -> Decision:
    request = SubmitClaimRequest(request_id="wart", claim=a_wart())
    decision = provider(provider.claims.SubmitClaim, request).decision
    assert decision.disposition == DISPOSITION_PENDED
    return decision  # type: ignore[no-any-return]


def the_task(reviewer: Caller) -> Task:
    (task,) = reviewer(reviewer.reviews.ListTasks, ListTasksRequest()).tasks
    return task  # type: ignore[no-any-return]


def pay(folder: Path) -> None:
    """What the operator's payment run does."""
    store, policies = Store(folder / "payer.sqlite3"), load_policies(DEMO)
    Payments(store, lambda: policies, lambda: TODAY).run(Principal("operator", Role.OPERATOR, "operator"), TODAY)
    store.close()


def correct(folder: Path, claim_id: str) -> ClaimRecord:
    """What an operator's correction does, here by the same claim; gives the claim as it stood."""
    store, policies = Store(folder / "payer.sqlite3"), load_policies(DEMO)
    with store.reading() as connection:
        before = claims_by_id(connection, [claim_id])[claim_id]
    corrections = Corrections(store, lambda: policies, lambda: TODAY)
    corrections.correct(Principal("operator", Role.OPERATOR, "operator"), claim_id, "K1", before.case.claim)
    store.close()
    return before


def test_a_held_claim_is_ruled_and_then_paid(callers: dict[str, Caller]):
    provider, reviewer = callers["provider"], callers["reviewer"]
    decision = held(provider)
    (finding,) = (finding for finding in decision.findings if finding.verdict == VERDICT_PEND)
    task = the_task(reviewer)
    shown = reviewer(reviewer.reviews.GetTask, GetTaskRequest(task_id=task.task_id))

    assert not decision.lines
    assert (task.claim_id, task.queue, task.state) == (decision.claim_id, "clinical", TASK_STATE_OPEN)
    assert (task.rule, task.question) == (finding.rule, finding.question)
    assert shown.claim.lines[0].procedure == "17110"

    ruling = RuleRequest(task_id=task.task_id, verdict=RULING_VERDICT_ALLOW, rationale="The record shows bleeding.")
    ruled = reviewer(reviewer.reviews.Rule, ruling).decision

    assert (ruled.disposition, ruled.decision_number) == (DISPOSITION_PAID, 2)
    assert [finding.ruled_by for finding in ruled.findings if finding.rule == task.rule] == ["reviewer"]
    read = provider(provider.claims.GetClaim, GetClaimRequest(claim_id=decision.claim_id)).decision
    assert read.disposition == DISPOSITION_PAID
    assert not any(finding.ruled_by for finding in read.findings)
    again = reviewer(reviewer.reviews.GetTask, GetTaskRequest(task_id=task.task_id))
    assert again.task.state == TASK_STATE_RULED


def test_a_task_tells_what_was_ruled_before_the_claim_was_corrected(callers: dict[str, Caller], tmp_path: Path):
    reviewer = callers["reviewer"]
    decision = held(callers["provider"])
    task_id = the_task(reviewer).task_id
    allow = RuleRequest(task_id=task_id, verdict=RULING_VERDICT_ALLOW, rationale="It bleeds.")
    reviewer(reviewer.reviews.Rule, allow)
    correct(tmp_path, decision.claim_id)
    task = the_task(reviewer)
    shown = reviewer(reviewer.reviews.GetTask, GetTaskRequest(task_id=task.task_id))

    assert list(shown.earlier_rulings) == [
        EarlierRuling(
            task_id=task_id,
            decision_number=1,
            line=1,
            policy=task.policy,
            verdict=RULING_VERDICT_ALLOW,
            rationale="It bleeds.",
            ruled_by="reviewer",
            ruled_on=TODAY.isoformat(),
        )
    ]
    assert not reviewer(reviewer.reviews.GetTask, GetTaskRequest(task_id=task_id)).earlier_rulings


def test_our_own_command_line_reads_the_earlier_ruling_as_it_was_given(
    callers: dict[str, Caller], server: Server, tmp_path: Path
):
    reviewer = callers["reviewer"]
    decision = held(callers["provider"])
    deny = RuleRequest(task_id=the_task(reviewer).task_id, verdict=RULING_VERDICT_DENY, rationale="No symptom.")
    reviewer(reviewer.reviews.Rule, deny)
    ruled = correct(tmp_path, decision.claim_id)
    with grpc.insecure_channel(server.address) as channel:
        (earlier,) = Client(channel, TOKENS["reviewer"]).task(the_task(reviewer).task_id).earlier_rulings
    assert (earlier.decision_number, earlier.ruled_on) == (1, TODAY)
    assert (earlier.ruling,) == ruled.case.rulings and earlier.ruling.carc


def test_a_ruling_is_checked_field_by_field_and_given_once(callers: dict[str, Caller]):
    reviewer = callers["reviewer"]
    held(callers["provider"])
    task_id = the_task(reviewer).task_id

    with pytest.raises(grpc.RpcError) as unreadable:
        reviewer(reviewer.reviews.Rule, RuleRequest())
    with pytest.raises(grpc.RpcError) as reasonless:
        reviewer(
            reviewer.reviews.Rule, RuleRequest(task_id=task_id, verdict=RULING_VERDICT_DENY, rationale="No.", carc="50")
        )
    ruling = RuleRequest(task_id=task_id, verdict=RULING_VERDICT_ALLOW, rationale="Yes.")
    reviewer(reviewer.reviews.Rule, ruling)
    with pytest.raises(grpc.RpcError) as repeated:
        reviewer(reviewer.reviews.Rule, ruling)

    fields = [found.field for found in details_of(unreadable.value, error_details_pb2.BadRequest).field_violations]
    assert fields == ["task_id", "verdict", "rationale"]
    fields = [found.field for found in details_of(reasonless.value, error_details_pb2.BadRequest).field_violations]
    assert fields == ["carc"]
    assert repeated.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_ruling_is_seen_before_it_is_given(callers: dict[str, Caller]):
    reviewer = callers["reviewer"]
    decision = held(callers["provider"])
    task = the_task(reviewer)
    price = PreviewRulingRequest(
        task_id=task.task_id, verdict=RULING_VERDICT_PRICE, rationale="Half.", price_cents=2_000
    )
    trial = PreviewRulingRequest(task_id=task.task_id, verdict=RULING_VERDICT_DENY, rationale="No symptom.")
    ruling = RuleRequest(task_id=task.task_id, verdict=RULING_VERDICT_DENY, rationale="No symptom.")

    with pytest.raises(grpc.RpcError) as unpriced:
        reviewer(reviewer.reviews.PreviewRuling, price)
    seen = reviewer(reviewer.reviews.PreviewRuling, trial)
    standing = reviewer(reviewer.reviews.GetTask, GetTaskRequest(task_id=task.task_id))
    ruled = reviewer(reviewer.reviews.Rule, ruling)

    assert unpriced.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert standing.decision.decision_number == decision.decision_number
    assert seen.decision == ruled.decision
    (change,) = (change for change in seen.changes if change.line == task.line)
    assert (change.before.state, change.after.state, list(change.after.reasons)) == ("pended", "denied", ["PR-96"])
    assert not seen.tasks


def test_a_task_tells_why_it_waits_and_by_when(callers: dict[str, Caller]):
    reviewer = callers["reviewer"]
    held(callers["provider"])
    task = the_task(reviewer)

    assert task.pend_code == "MED"
    assert task.due_on
    assert task.days_left == (dt.date.fromisoformat(task.due_on) - TODAY).days
    late = ListTasksRequest(due_through=(dt.date.fromisoformat(task.due_on) - dt.timedelta(days=1)).isoformat())
    assert not reviewer(reviewer.reviews.ListTasks, late).tasks
    assert list(reviewer(reviewer.reviews.ListTasks, ListTasksRequest(due_through=task.due_on)).tasks) == [task]


def test_providers_neither_see_nor_rule_tasks(callers: dict[str, Caller]):
    provider = callers["provider"]
    held(provider)

    for method, request in (
        (provider.reviews.ListTasks, ListTasksRequest()),
        (provider.reviews.GetTask, GetTaskRequest(task_id="T")),
        (provider.reviews.Rule, RuleRequest(task_id="T", verdict=RULING_VERDICT_ALLOW, rationale="Please.")),
        (
            provider.reviews.PreviewRuling,
            PreviewRulingRequest(task_id="T", verdict=RULING_VERDICT_ALLOW, rationale="Please."),
        ),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            provider(method, request)
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_task_that_is_not_there_is_named(callers: dict[str, Caller]):
    reviewer = callers["reviewer"]

    with pytest.raises(grpc.RpcError) as caught:
        reviewer(reviewer.reviews.GetTask, GetTaskRequest(task_id="CNONE-1"))

    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert details_of(caught.value, error_details_pb2.ResourceInfo).resource_name == "CNONE-1"


def test_a_remittance_is_listed_read_and_downloaded(
    callers: dict[str, Caller], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    provider = callers["provider"]
    decision = provider(provider.claims.SubmitClaim, SubmitClaimRequest(request_id="paid", claim=a_claim())).decision
    pay(tmp_path)

    (summary,) = provider(provider.remittances.ListRemittances, ListRemittancesRequest()).remittances
    read = provider(provider.remittances.GetRemittance, GetRemittanceRequest(trace_number=summary.trace_number))
    before = ListRemittancesRequest(paid_through=(TODAY - dt.timedelta(days=1)).isoformat())
    request = Download835Request(trace_number=summary.trace_number)
    whole = list(provider(provider.remittances.Download835, request))
    monkeypatch.setattr(methods, "CHUNK_CHARACTERS", 100)
    pieces = list(provider(provider.remittances.Download835, request))

    assert (summary.paid_on, summary.paid_cents, summary.claim_count) == (TODAY.isoformat(), decision.paid_cents, 1)
    assert read.remittance == summary
    (remitted,) = read.claims
    assert (remitted.claim_id, remitted.paid_cents) == (decision.claim_id, decision.paid_cents)
    assert not provider(provider.remittances.ListRemittances, before).remittances
    (text,) = [piece.text for piece in whole]
    assert text.startswith("ISA*")
    assert f"TRN*1*{summary.trace_number}*" in text
    assert len(pieces) > 5
    assert "".join(piece.text for piece in pieces) == text


def test_another_payees_remittance_is_not_found(callers: dict[str, Caller], tmp_path: Path):
    provider, stranger = callers["provider"], callers["stranger"]
    provider(provider.claims.SubmitClaim, SubmitClaimRequest(request_id="paid", claim=a_claim()))
    pay(tmp_path)
    (summary,) = provider(provider.remittances.ListRemittances, ListRemittancesRequest()).remittances

    assert not stranger(stranger.remittances.ListRemittances, ListRemittancesRequest()).remittances
    with pytest.raises(grpc.RpcError) as caught:
        stranger(stranger.remittances.GetRemittance, GetRemittanceRequest(trace_number=summary.trace_number))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as caught:
        list(stranger(stranger.remittances.Download835, Download835Request(trace_number=summary.trace_number)))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert details_of(caught.value, error_details_pb2.ResourceInfo).resource_type == "remittance"
