"""Claims go to a real server and come back decided; what is wrong with them is said completely and loses no neighbour."""

import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.rpc import error_details_pb2

from adjudicator.serving import Server
from adjudicator.v1 import claim_pb2 as pb
from adjudicator.v1.claim_service_pb2 import (
    REGISTER_AUDITOR,
    REGISTER_BILLER,
    REGISTER_REVIEWER,
    REGISTER_UNSPECIFIED,
    EstimateClaimRequest,
    ExplainClaimRequest,
    GetClaimRequest,
    ListClaimsRequest,
    Register,
    SubmitClaimRequest,
    SubmitClaimsRequest,
    SubmitClaimsResponse,
)
from adjudicator.v1.decision_pb2 import DISPOSITION_DENIED, DISPOSITION_PAID, Adjustment, Decision, Finding
from tests.serving.running import TODAY, Caller, a_claim, a_line, details_of, running

NOT_UTF_8 = b"\x0a\x02\xff\xfe"
"""A request id of two bytes that are no UTF-8."""
CUT_OFF = SubmitClaimRequest(request_id="R1", claim=a_claim()).SerializeToString()[:-1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("payer")) as server:
        yield server


@pytest.fixture(scope="module")
def provider(server: Server) -> Iterator[Caller]:
    caller = Caller(server.address, "provider")
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def stranger(server: Server) -> Iterator[Caller]:
    caller = Caller(server.address, "stranger")
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def operator(server: Server) -> Iterator[Caller]:
    caller = Caller(server.address, "operator")
    yield caller
    caller.close()


def submit(caller: Caller, request_id: str, claim: pb.Claim | None = None) -> Decision:
    """A claim decided. Its control number is the request id, and its day of service one that nothing else has."""
    claim = claim or a_claim(control_number=request_id)
    return caller(caller.claims.SubmitClaim, SubmitClaimRequest(request_id=request_id, claim=claim)).decision  # type: ignore[no-any-return]


def stream(caller: Caller, *messages: SubmitClaimsRequest) -> list[SubmitClaimsResponse]:
    return list(caller(caller.claims.SubmitClaims, iter(messages)))


def refused(call: object, *arguments: object) -> grpc.RpcError:
    assert callable(call)
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments)
    return caught.value


def on_day(day: str, count: int = 1, control_number: str = "PCN1") -> pb.Claim:
    """A claim of so many different lines on a day."""
    lines = [a_line(number) for number in range(1, count + 1)]
    for line in lines:
        line.from_date = day
        line.charge_cents += line.number
        # A finger and a toe of its own each, so that none is suspected to repeat another.
        if count > 1:
            finger, toe = divmod(line.number, 9)
            line.modifiers[:] = [f"F{finger + 1}", f"T{toe + 1}"]
    return a_claim(*lines, control_number=control_number)


def test_a_claim_is_decided_to_the_cent_with_a_next_step_for_every_reason(provider: Caller):
    decision = submit(provider, "decided")

    (line,) = decision.lines
    assert decision.disposition == DISPOSITION_PAID
    assert (decision.patient_control_number, decision.charge_cents) == ("decided", 13000)
    assert (decision.received_on, decision.decided_on) == (TODAY.isoformat(), TODAY.isoformat())
    assert line.control_number == "L1"
    assert line.charge_cents == line.paid_cents + sum(adjustment.amount_cents for adjustment in line.adjustments)
    assert line.adjustments
    reasons: list[Adjustment | Finding] = [*line.adjustments, *decision.findings]
    for reason in reasons:
        assert reason.next_step.who
        assert reason.next_step.action
        assert reason.next_step.remedy
    assert decision.policy_digest
    assert not decision.entries  # the payer's own business


def test_what_was_submitted_is_read_listed_and_explained(provider: Caller):
    decision = submit(provider, "read-back", on_day("2026-03-03", control_number="read-back"))

    read = provider(provider.claims.GetClaim, GetClaimRequest(claim_id=decision.claim_id))
    listed = provider(provider.claims.ListClaims, ListClaimsRequest(patient_control_number="read-back"))
    told = provider(provider.claims.ExplainClaim, ExplainClaimRequest(claim_id=decision.claim_id))

    assert read.request_id == "read-back"
    assert read.decision == decision
    assert read.claim.lines[0].charge_cents == 13001
    assert read.claim.diagnoses[0].code == "E119"
    (summary,) = listed.claims
    assert (summary.claim_id, summary.paid_cents) == (decision.claim_id, decision.paid_cents)
    assert decision.claim_id in told.text


def test_each_register_is_for_those_who_may_read_it(provider: Caller, operator: Caller):
    decision = submit(provider, "registers", on_day("2026-03-04", control_number="registers"))

    def ask(caller: Caller, register: Register.ValueType, rule: str = "") -> str:
        request = ExplainClaimRequest(claim_id=decision.claim_id, register=register, rule=rule)
        return str(caller(caller.claims.ExplainClaim, request).text)

    assert ask(provider, REGISTER_BILLER) == ask(operator, REGISTER_UNSPECIFIED)
    assert "Findings, by stage" in ask(operator, REGISTER_AUDITOR)
    assert "Rule deductible" in ask(operator, REGISTER_AUDITOR, "deductible")
    assert "No answers are awaited." in ask(operator, REGISTER_REVIEWER)
    for register in (REGISTER_REVIEWER, REGISTER_AUDITOR):
        failure = refused(ask, provider, register)
        assert failure.code() is grpc.StatusCode.PERMISSION_DENIED
    for register, rule in ((REGISTER_AUDITOR, "no.such-rule"), (REGISTER_BILLER, "deductible")):
        failure = refused(ask, operator, register, rule)
        assert failure.code() is grpc.StatusCode.INVALID_ARGUMENT
        (violation,) = details_of(failure, error_details_pb2.BadRequest).field_violations
        assert violation.field == "rule"


def test_a_list_is_read_page_by_page(provider: Caller):
    for number in range(3):
        submit(provider, f"page-{number}", on_day(f"2026-03-1{number}", control_number="paged"))

    sizes, token = [], ""
    while True:
        request = ListClaimsRequest(patient_control_number="paged", page_size=2, page_token=token)
        page = provider(provider.claims.ListClaims, request)
        sizes.append(len(page.claims))
        token = page.next_page_token
        if not token:
            break

    assert sizes == [2, 1]


def test_the_same_request_again_gets_the_same_answer(provider: Caller):
    claim = on_day("2026-03-04")

    assert submit(provider, "twice", claim) == submit(provider, "twice", claim)


def test_another_claim_under_the_same_request_id_is_refused_by_name(provider: Caller):
    submit(provider, "reused", on_day("2026-03-05"))

    failure = refused(submit, provider, "reused", on_day("2026-03-06"))

    assert failure.code() is grpc.StatusCode.ALREADY_EXISTS
    assert details_of(failure, error_details_pb2.ErrorInfo).reason == "REQUEST_ID_REUSED"
    assert details_of(failure, error_details_pb2.ResourceInfo).resource_name == "reused"


def test_an_estimate_stores_nothing(provider: Caller):
    request = EstimateClaimRequest(claim=on_day("2026-03-07", control_number="estimated"))

    estimated = provider(provider.claims.EstimateClaim, request).decision
    listed = provider(provider.claims.ListClaims, ListClaimsRequest(patient_control_number="estimated"))

    assert estimated.disposition == DISPOSITION_PAID
    assert (estimated.claim_id, estimated.decision_number) == ("", 0)
    assert not listed.claims


def test_everything_wrong_with_a_request_is_told_at_once(provider: Caller):
    claim = a_claim()
    claim.lines[0].charge_cents = -500
    claim.lines[0].from_date = "03/02/2026"
    claim.claim_type = 7  # type: ignore[assignment]

    failure = refused(provider, provider.claims.SubmitClaim, SubmitClaimRequest(claim=claim, received_on="today"))

    assert failure.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details_of(failure, error_details_pb2.ErrorInfo).reason == "INVALID_REQUEST"
    assert {found.field for found in details_of(failure, error_details_pb2.BadRequest).field_violations} == {
        "request_id",
        "received_on",
        "claim.claim_type",
        "claim.lines[0].charge_cents",
        "claim.lines[0].from_date",
    }


def test_a_request_without_a_claim_says_so(provider: Caller):
    failure = refused(provider, provider.claims.SubmitClaim, SubmitClaimRequest(request_id="R"))

    (found,) = details_of(failure, error_details_pb2.BadRequest).field_violations
    assert (found.field, found.description) == ("claim", "missing; write the claim")


@pytest.mark.parametrize("sent", [NOT_UTF_8, CUT_OFF], ids=["not UTF-8", "cut off"])
def test_a_damaged_message_is_the_callers_mistake(provider: Caller, sent: bytes):
    failure = refused(provider.send_one, "SubmitClaim", sent)

    assert failure.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "UTF-8" in str(failure.details())
    assert details_of(failure, error_details_pb2.ErrorInfo).reason == "INVALID_REQUEST"


def test_a_damaged_message_ends_a_stream_after_the_answers_before_it(provider: Caller):
    good = SubmitClaimsRequest(requests=[SubmitClaimRequest(request_id="good", claim=on_day("2026-03-08"))])

    answers = provider.send("SubmitClaims", good.SerializeToString(), b"\x0a\x04" + NOT_UTF_8)

    assert SubmitClaimsResponse.FromString(next(answers)).results[0].request_id == "good"
    failure = refused(next, answers)
    assert failure.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_message_over_the_limit_gets_the_transports_status_and_the_limit(provider: Caller):
    claim = a_claim()
    claim.notes.extend(["N" * 80] * 60_000)

    failure = refused(provider, provider.claims.SubmitClaim, SubmitClaimRequest(request_id="big", claim=claim))

    assert failure.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "4194304" in str(failure.details())


def test_an_empty_stream_and_an_empty_message_are_answered_with_nothing(provider: Caller):
    assert stream(provider) == []
    assert stream(provider, SubmitClaimsRequest()) == [SubmitClaimsResponse()]


def test_50_lines_are_fine_and_51_are_not_and_neither_loses_its_neighbours(provider: Caller):
    unknown = on_day("2026-04-03")
    unknown.subscriber.person.sex = 9  # type: ignore[assignment]
    claims = {
        "before": on_day("2026-04-01"),
        "fifty": on_day("2026-04-02", 50),
        "fifty-one": on_day("2026-04-02", 51),
        "unknown": unknown,
        "after": on_day("2026-04-04"),
    }
    requests = [SubmitClaimRequest(request_id=name, claim=claim) for name, claim in claims.items()]
    requests.insert(2, SubmitClaimRequest())

    (answer,) = stream(provider, SubmitClaimsRequest(requests=requests))

    results = {result.request_id: result for result in answer.results}
    assert [result.request_id for result in answer.results] == [request.request_id for request in requests]
    assert [name for name, result in results.items() if result.HasField("decision")] == ["before", "fifty", "after"]
    assert len(results["fifty"].decision.lines) == 50
    error = results["fifty-one"].error
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT.value[0], "INVALID_REQUEST")
    assert [(found.field, found.description) for found in error.violations] == [
        ("claim.lines", "found 51 lines; send at most 50 on a claim of this type")
    ]
    assert [found.field for found in results["unknown"].error.violations] == ["claim.subscriber.person.sex"]
    assert [found.field for found in results[""].error.violations] == ["request_id", "claim"]


def test_a_stream_is_answered_message_by_message_in_order(provider: Caller):
    messages = [
        SubmitClaimsRequest(
            requests=[
                SubmitClaimRequest(request_id=f"ordered-{message}-{claim}", claim=on_day(f"2026-05-{message:02d}"))
                for claim in range(2)
            ]
        )
        for message in range(1, 21)
    ]

    answers = stream(provider, *messages)

    assert [[result.request_id for result in answer.results] for answer in answers] == [
        [request.request_id for request in message.requests] for message in messages
    ]
    # The second claim of each message repeats the first, which it sees as history.
    assert all(
        [result.decision.disposition for result in answer.results] == [DISPOSITION_PAID, DISPOSITION_DENIED]
        for answer in answers
    )


def test_a_caller_may_wait_for_each_answer_before_it_sends_on(provider: Caller):
    sending: queue.SimpleQueue[SubmitClaimsRequest | None] = queue.SimpleQueue()
    answers = provider(provider.claims.SubmitClaims, iter(sending.get, None))
    for number in range(3):
        request = SubmitClaimRequest(request_id=f"wait-{number}", claim=on_day("2026-06-01"))
        sending.put(SubmitClaimsRequest(requests=[request]))
        assert next(answers).results[0].request_id == f"wait-{number}"
    sending.put(None)

    assert list(answers) == []


def test_another_providers_claim_is_not_found(provider: Caller, stranger: Caller):
    decision = submit(provider, "mine", on_day("2026-03-20", control_number="mine"))

    failure = refused(stranger, stranger.claims.GetClaim, GetClaimRequest(claim_id=decision.claim_id))
    unknown = refused(stranger, stranger.claims.GetClaim, GetClaimRequest(claim_id="CNOSUCH"))
    listed = stranger(stranger.claims.ListClaims, ListClaimsRequest(patient_control_number="mine"))

    assert failure.code() is grpc.StatusCode.NOT_FOUND
    assert failure.details() == unknown.details()
    assert details_of(failure, error_details_pb2.ResourceInfo).resource_name == decision.claim_id
    assert not listed.claims


def test_nobody_submits_for_a_billing_provider_who_did_not_grant_it(stranger: Caller):
    failure = refused(submit, stranger, "not-granted")

    assert failure.code() is grpc.StatusCode.PERMISSION_DENIED
    assert details_of(failure, error_details_pb2.ErrorInfo).reason == "NOT_ENROLLED"


def test_only_an_operator_says_when_a_claim_arrived(provider: Caller, operator: Caller):
    request = SubmitClaimRequest(request_id="arrived", claim=on_day("2026-03-21"), received_on="2026-04-01")

    failure = refused(provider, provider.claims.SubmitClaim, request)
    decision = operator(operator.claims.SubmitClaim, request).decision

    assert failure.code() is grpc.StatusCode.PERMISSION_DENIED
    assert (decision.received_on, decision.decided_on) == ("2026-04-01", TODAY.isoformat())
    assert decision.entries or not decision.member_cents


def test_a_wrong_filter_is_told_by_its_field(provider: Caller):
    request = ListClaimsRequest(received_from="yesterday", page_size=-1)

    dates = refused(provider, provider.claims.ListClaims, request)
    request.received_from = ""
    size = refused(provider, provider.claims.ListClaims, request)

    (found,) = details_of(dates, error_details_pb2.BadRequest).field_violations
    assert found.field == "received_from"
    (found,) = details_of(size, error_details_pb2.BadRequest).field_violations
    assert found.field == "page_size"


def test_many_callers_at_once_are_each_answered(provider: Caller):
    def one(number: int) -> Decision:
        return submit(provider, f"crowd-{number}", on_day("2026-06-02", 1 + number % 3, f"crowd-{number}"))

    with ThreadPoolExecutor(16) as callers:
        decisions = list(callers.map(one, range(64)))

    assert [decision.patient_control_number for decision in decisions] == [f"crowd-{number}" for number in range(64)]
    assert len({decision.claim_id for decision in decisions}) == 64
