"""Over the wire the payer's own people read what members have used of their limits, and nobody else does."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from adjudicator.serving import Server
from adjudicator.v1.accumulator_service_pb2 import GetAccumulatorsRequest
from adjudicator.v1.claim_service_pb2 import SubmitClaimRequest
from tests.building import MEMBER
from tests.serving.running import TODAY, Caller, a_claim, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("server")
    with running(folder) as server:
        yield server


@pytest.fixture(scope="module")
def callers(server: Server) -> Iterator[dict[str, Caller]]:
    callers = {name: Caller(server.address, name) for name in ("provider", "stranger", "reviewer", "operator")}
    yield callers
    for caller in callers.values():
        caller.close()


@pytest.mark.parametrize("name", ["operator", "reviewer"])
def test_the_payers_own_people_read_totals_with_their_entries(callers: dict[str, Caller], name: str) -> None:
    provider, reader = callers["provider"], callers[name]
    claim_id = provider(
        provider.claims.SubmitClaim, SubmitClaimRequest(request_id="visit", claim=a_claim())
    ).decision.claim_id
    asked = GetAccumulatorsRequest(member_id=MEMBER.member_id)
    totals = reader(reader.accumulators.GetAccumulators, asked).totals
    assert totals
    # an office visit of the plan: copay 30.00, which counts toward the out-of-pocket maximum of 4,000.00 and 8,000.00
    assert [(t.owner, t.accumulator, t.used_cents, t.limit_cents, t.over_cents) for t in totals] == [
        ("member", "copays", 3000, 0, 0),
        ("family", "copays", 3000, 0, 0),
        ("member", "out_of_pocket", 3000, 400_000, 0),
        ("family", "out_of_pocket", 3000, 800_000, 0),
    ]
    # the plan has no maximum of copays
    assert [t.HasField("limit_cents") for t in totals] == [False, False, True, True]
    for total in totals:
        assert [
            (e.source, e.source_id, e.amount_cents, e.recorded_on, e.plan.partition("@")[0], e.carried)
            for e in total.entries
        ] == [("claim", f"{claim_id}/1", 3000, TODAY.isoformat(), "plans/ppo-gold", False)]
    before = GetAccumulatorsRequest(member_id=MEMBER.member_id, as_of="2026-06-29")
    assert not reader(reader.accumulators.GetAccumulators, before).totals


@pytest.mark.parametrize("name", ["provider", "stranger"])
def test_a_provider_sees_no_members_accumulators(callers: dict[str, Caller], name: str) -> None:
    caller = callers[name]
    for member_id in (MEMBER.member_id, "NOBODY"):
        with pytest.raises(grpc.RpcError) as refused:
            caller(caller.accumulators.GetAccumulators, GetAccumulatorsRequest(member_id=member_id))
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (GetAccumulatorsRequest(member_id="NOBODY"), grpc.StatusCode.NOT_FOUND),
        (GetAccumulatorsRequest(), grpc.StatusCode.INVALID_ARGUMENT),
        (GetAccumulatorsRequest(member_id="X", as_of="yesterday"), grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
def test_what_cannot_be_read_is_refused(
    callers: dict[str, Caller], asked: GetAccumulatorsRequest, status: grpc.StatusCode
) -> None:
    operator = callers["operator"]
    with pytest.raises(grpc.RpcError) as refused:
        operator(operator.accumulators.GetAccumulators, asked)
    assert refused.value.code() is status
