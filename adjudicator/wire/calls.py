"""The one door for every call: who asks, can the message be read, how does a failure end, and the line in the log.

A method of a service is a plain function of the caller and the request; nothing behind this door sees gRPC. A method never
runs without a known caller.
"""

import logging
import os
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from adjudicator.model.principal import Principal
from adjudicator.service.errors import InvalidRequest, ServiceError, Violation
from adjudicator.wire.status import Internal, Unauthenticated, status_of

Authenticate = Callable[[str], Principal | None]
"""Finds the caller of a bearer token; None when the token is not known."""
RequestT = TypeVar("RequestT", bound=Message)

_log = logging.getLogger(__name__)


NamedHandler = tuple[str, "grpc.RpcMethodHandler[Any, Any]"]
"""A method's name in the contract, and what gRPC calls for it."""


class Door:
    """Turns methods into gRPC handlers. A method's name in the contract is that of its request, as buf's rules have it."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate

    def unary(self, method: Callable[[Principal, RequestT], Message], request: type[RequestT]) -> NamedHandler:
        """A handler of one request with one answer.

        Args:
            method: what to do for a caller.
            request: the type of the request.
        """
        name = _name_of(request)

        def handle(sent: RequestT | _Damaged, context: grpc.ServicerContext) -> Message:
            call = _Call(name, context)
            try:
                answer = method(self._caller(call), _read(sent))
            except Exception as failure:
                call.refuse(failure, sent)
            call.log("OK")
            return answer

        return name, grpc.unary_unary_rpc_method_handler(handle, _parser(request), _serialize)

    def downstream(
        self, method: Callable[[Principal, RequestT], Iterator[Message]], request: type[RequestT]
    ) -> NamedHandler:
        """A handler of one request with a stream of answers; the arguments are those of ``unary``."""
        name = _name_of(request)

        def handle(sent: RequestT | _Damaged, context: grpc.ServicerContext) -> Iterator[Message]:
            call = _Call(name, context)
            try:
                yield from method(self._caller(call), _read(sent))
            except Exception as failure:
                call.refuse(failure, sent)
            call.log("OK")

        return name, grpc.unary_stream_rpc_method_handler(handle, _parser(request), _serialize)

    def both_ways(
        self, method: Callable[[Principal, Iterator[RequestT]], Iterator[Message]], request: type[RequestT]
    ) -> NamedHandler:
        """A handler of a stream of requests with a stream of answers; the arguments are those of ``unary``."""
        name = _name_of(request)

        def handle(sent: Iterator[RequestT | _Damaged], context: grpc.ServicerContext) -> Iterator[Message]:
            call = _Call(name, context)
            try:
                yield from method(self._caller(call), map(_read, sent))
            except Exception as failure:
                call.refuse(failure)
            call.log("OK")

        return name, grpc.stream_stream_rpc_method_handler(handle, _parser(request), _serialize)

    def _caller(self, call: "_Call") -> Principal:
        scheme, _, token = call.authorization().partition(" ")
        caller = self._authenticate(token.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            raise Unauthenticated(
                'Send the metadata entry "authorization: Bearer TOKEN" with a token that this server knows.'
            )
        call.caller = caller.name
        return caller


class _Call:
    """One call, from its beginning to its line in the log."""

    def __init__(self, name: str, context: grpc.ServicerContext) -> None:
        self._name = name
        self._context = context
        self._began = time.perf_counter()
        self.caller = ""

    def authorization(self) -> str:
        for key, value in self._context.invocation_metadata():
            if key == "authorization":
                return value if isinstance(value, str) else ""
        return ""

    def refuse(self, failure: Exception, sent: object = None) -> NoReturn:
        """End the call with a failure's status. What is not a ``ServiceError`` is our own and told by reference only."""
        if isinstance(failure, ServiceError):
            error = failure
            self.log(error.reason)
        elif not self._context.is_active():
            self.log("CANCELLED")
            raise failure
        else:
            reference = os.urandom(6).hex()
            error = Internal(f"The server failed. Name the reference {reference} when you report it.")
            self.log(error.reason, logging.ERROR, reference=reference, failure=_place(failure))
        self._context.abort_with_status(status_of(error, sent if isinstance(sent, Message) else None))

    def log(self, outcome: str, level: int = logging.INFO, **more: str) -> None:
        milliseconds = round((time.perf_counter() - self._began) * 1000, 1)
        fields = {"method": self._name, "caller": self.caller, "outcome": outcome, "milliseconds": milliseconds, **more}
        _log.log(level, "call", extra=fields)


class _Damaged:
    """What stands for a message that protobuf could not read."""

    def __init__(self, request: type[Message]) -> None:
        self.name = request.DESCRIPTOR.name


def _name_of(request: type[Message]) -> str:
    return request.DESCRIPTOR.name.removesuffix("Request")


def _parser(request: type[RequestT]) -> Callable[[bytes], RequestT | _Damaged]:
    """Reads a request. gRPC would answer a damaged one as our failure, so it is passed on and refused as the caller's."""

    def parse(sent: bytes) -> RequestT | _Damaged:
        try:
            return request.FromString(sent)
        except DecodeError:
            return _Damaged(request)

    return parse


def _read(sent: RequestT | _Damaged) -> RequestT:
    if isinstance(sent, _Damaged):
        said = f"found no {sent.name}: the message is cut off or damaged, or a text in it is not UTF-8; encode it anew"
        raise InvalidRequest((Violation("request", said),))
    return sent


def _serialize(answer: Message) -> bytes:
    return answer.SerializeToString()


def _place(failure: Exception) -> str:
    """Kind and place of a failure without its words, which can hold patient data."""
    frames = traceback.extract_tb(failure.__traceback__)[-4:]
    steps = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(failure).__name__} at {steps}"
