"""Connects to a running server with a token from a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from adjudicator.cli.terminal import Stopped
from adjudicator.wire.client import Client

SECONDS_TO_CONNECT = 10


@contextmanager
def connected(server: str, token_file: Path | None, certificates: Path | None = None) -> Iterator[Client]:
    """A client of a server.

    Args:
        server: host and port.
        token_file: file that holds the caller's token and nothing else.
        certificates: PEM file of the authorities that the server's certificate may come from; None for no TLS.
    """
    if token_file is None:
        raise Stopped("A server asks who you are: name the file that holds your token with --token-file.")
    token = token_file.read_text(encoding="utf-8").strip()
    if not token:
        raise Stopped(f"{token_file} is empty; write your token into it.")
    if certificates is None:
        channel = grpc.insecure_channel(server)
    else:
        channel = grpc.secure_channel(server, grpc.ssl_channel_credentials(certificates.read_bytes()))
    with channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=SECONDS_TO_CONNECT)
        except grpc.FutureTimeoutError:
            raise Stopped(f"No server answers at {server}. Is it running, and is that its address?") from None
        yield Client(channel, token)
