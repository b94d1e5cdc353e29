"""What went wrong, as gRPC says it: one table from each kind of error to its status, with google.rpc details."""

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from adjudicator.service.errors import (
    Busy,
    Draining,
    InvalidRequest,
    NotEnrolled,
    NotFound,
    NotPermitted,
    NotStored,
    Overloaded,
    RequestIdReused,
    ServiceError,
    Violation,
    WrongState,
)
from adjudicator.v1.claim_service_pb2 import FieldViolation, SubmitError

DOMAIN = "adjudicator"
"""``google.rpc.ErrorInfo.domain`` of every error."""
TRAILER_BYTES = 4_000
"""Room for field violations: a gRPC peer need not accept more than 8 KiB of trailers, and they travel as base64."""


class Unauthenticated(ServiceError):
    """No credential was sent, or one that is not known."""

    reason = "UNAUTHENTICATED"


class Internal(ServiceError):
    """We failed; the message names the reference under which our log tells more."""

    reason = "INTERNAL"


CODES: dict[type[ServiceError], grpc.StatusCode] = {
    Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    NotPermitted: grpc.StatusCode.PERMISSION_DENIED,
    NotEnrolled: grpc.StatusCode.PERMISSION_DENIED,
    NotFound: grpc.StatusCode.NOT_FOUND,
    RequestIdReused: grpc.StatusCode.ALREADY_EXISTS,
    WrongState: grpc.StatusCode.FAILED_PRECONDITION,
    Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Draining: grpc.StatusCode.UNAVAILABLE,
    Busy: grpc.StatusCode.UNAVAILABLE,
    NotStored: grpc.StatusCode.INTERNAL,
    Internal: grpc.StatusCode.INTERNAL,
}
"""The status of every error; claim_service.proto documents the same list by reason."""

_RESOURCES = {"claim_id": "claim", "task_id": "task", "trace_number": "remittance", "request_id": "request"}
"""Request fields that name a thing, and what it is."""


def status_of(error: ServiceError, request: Message | None = None) -> grpc.Status:
    """The status with which a call ends.

    Args:
        error: what went wrong.
        request: the request, where there is one: it names the thing that is missing or taken.
    """
    status = status_pb2.Status(code=_number(error), message=_headline(error))
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN))
    if isinstance(error, InvalidRequest):
        status.details.add().Pack(_bad_request(error))
    if isinstance(error, (NotFound, RequestIdReused)) and request is not None:
        for field, resource in _RESOURCES.items():
            if field in request.DESCRIPTOR.fields_by_name:
                status.details.add().Pack(
                    error_details_pb2.ResourceInfo(resource_type=resource, resource_name=getattr(request, field))
                )
                break
    return rpc_status.to_status(status)


def submit_error(error: ServiceError) -> SubmitError:
    """The same for one claim of a stream."""
    violations = error.violations if isinstance(error, InvalidRequest) else ()
    return SubmitError(
        code=_number(error),
        reason=error.reason,
        message=_headline(error),
        violations=[FieldViolation(field=found.field, description=found.description) for found in violations],
    )


def _number(error: ServiceError) -> int:
    number: int = CODES[type(error)].value[0]
    return number


def _headline(error: ServiceError) -> str:
    """One sentence: a status message travels in a header, so a long list of violations has no room in it."""
    if not isinstance(error, InvalidRequest):
        return error.message
    first = f"{error.violations[0].field}: {error.violations[0].description}"
    return first if len(error.violations) == 1 else f"{len(error.violations)} fields are wrong; the first: {first}"


def _bad_request(error: InvalidRequest) -> error_details_pb2.BadRequest:
    bad_request = error_details_pb2.BadRequest()
    room = TRAILER_BYTES
    for position, found in enumerate(error.violations):
        room -= len(found.field.encode()) + len(found.description.encode()) + 8
        if room < 0:
            left = Violation(
                "", f"{len(error.violations) - position} more fields are wrong; correct these and send it again"
            )
            bad_request.field_violations.add(field=left.field, description=left.description)
            break
        bad_request.field_violations.add(field=found.field, description=found.description)
    return bad_request
