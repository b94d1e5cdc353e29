"""Errors end as a gRPC status with details that programs can read."""

from typing import TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from adjudicator.service.errors import InvalidRequest, NotFound, RequestIdReused, Violation
from adjudicator.v1.claim_service_pb2 import GetClaimRequest, SubmitClaimRequest
from adjudicator.wire.status import status_of, submit_error

DetailT = TypeVar("DetailT", bound=Message)


def details_of(status: grpc.Status, kind: type[DetailT]) -> list[DetailT]:
    rich = status_pb2.Status.FromString(dict(status.trailing_metadata)["grpc-status-details-bin"])
    found = []
    for detail in rich.details:
        if detail.Is(kind.DESCRIPTOR):
            found.append(kind())
            detail.Unpack(found[-1])
    return found


def wrong_fields(count: int) -> InvalidRequest:
    return InvalidRequest(
        tuple(
            Violation(f"claim.lines[{line}].charge_cents", "found -1; write cents from 0 on") for line in range(count)
        )
    )


def test_all_violations_come_as_a_bad_request():
    status = status_of(wrong_fields(2))
    (bad_request,) = details_of(status, error_details_pb2.BadRequest)
    (info,) = details_of(status, error_details_pb2.ErrorInfo)

    assert status.code is grpc.StatusCode.INVALID_ARGUMENT
    assert (
        status.details == "2 fields are wrong; the first: claim.lines[0].charge_cents: found -1; write cents from 0 on"
    )
    assert [found.field for found in bad_request.field_violations] == [
        "claim.lines[0].charge_cents",
        "claim.lines[1].charge_cents",
    ]
    assert (info.reason, info.domain) == ("INVALID_REQUEST", "adjudicator")


def test_more_violations_than_a_trailer_holds_are_counted():
    status = status_of(wrong_fields(999))
    (bad_request,) = details_of(status, error_details_pb2.BadRequest)
    *told, last = bad_request.field_violations

    assert last.description == f"{999 - len(told)} more fields are wrong; correct these and send it again"
    assert sum(len(value) for _, value in status.trailing_metadata) < 6_000


def test_the_result_of_a_stream_holds_all_violations():
    error = submit_error(wrong_fields(999))

    assert error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert len(error.violations) == 999


def test_what_is_missing_or_taken_is_named():
    (missing,) = details_of(status_of(NotFound("none"), GetClaimRequest(claim_id="C1")), error_details_pb2.ResourceInfo)
    (taken,) = details_of(
        status_of(RequestIdReused("used"), SubmitClaimRequest(request_id="R1")), error_details_pb2.ResourceInfo
    )

    assert (missing.resource_type, missing.resource_name) == ("claim", "C1")
    assert (taken.resource_type, taken.resource_name) == ("request", "R1")
