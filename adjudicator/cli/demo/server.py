"""Runs a real server beside a command: a process of its own, with callers of its own, ended by SIGTERM."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adjudicator.cli.terminal import Stopped
from adjudicator.model.claim import Provider
from adjudicator.model.principal import Role

SECONDS_TO_START, SECONDS_TO_END = 30, 30
_LOOPBACK, _FREE_PORT = "127.0.0.1", 0


def write_callers(out: Path, billing: Provider) -> dict[Role, Path]:
    """Write a credentials file with a caller of each role, and each caller's token to a file of its own.

    Args:
        out: the folder.
        billing: the billing provider that the provider's credential speaks for.

    Returns:
        The token files.
    """
    files = {}
    callers = []
    for name, role in (("biller", Role.PROVIDER), ("reviewer", Role.REVIEWER), ("operator", Role.OPERATOR)):
        token = os.urandom(24).hex()
        files[role] = out / f"{name}.token"
        files[role].touch(mode=0o600)
        files[role].write_text(f"{token}\n", encoding="utf-8")
        grants = [{"tax_id": billing.tax_id, "npi": billing.npi}] if role is Role.PROVIDER else []
        digest = hashlib.sha256(token.encode()).hexdigest()
        callers.append({"name": name, "role": role.value, "submitter": name, "token_sha256": digest, "billing": grants})
    (out / "credentials.json").write_text(json.dumps(callers, indent=2) + "\n", encoding="utf-8")
    return files


@contextmanager
def running(policies: Path, credentials: Path, database: Path, log: Path, as_of: dt.date) -> Iterator[str]:
    """A server on a free port of this machine for as long as the block runs; gives its address."""
    command = [sys.executable, "-m", "adjudicator", "serve", "--listen", f"{_LOOPBACK}:{_FREE_PORT}"]
    command += ["--policies", str(policies), "--credentials", str(credentials)]
    command += ["--database", str(database), "--as-of", as_of.isoformat()]
    with log.open("w", encoding="utf-8") as written:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=written, stderr=written)
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        try:
            exit_code = server.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            server.kill()
            raise Stopped(
                f"The server did not end within {SECONDS_TO_END} seconds of SIGTERM. Its log is {log}."
            ) from None
    if exit_code:
        raise Stopped(f"The server ended with {exit_code}. Its log is {log}.")


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where a server listens, as soon as its log says so."""
    waited_until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < waited_until:
        for line in log.read_text(encoding="utf-8").splitlines():
            if '"serving"' in line:
                return str(json.loads(line)["address"])
        if server.poll() is not None:
            raise Stopped(f"The server did not start. Its log is {log}:\n{log.read_text(encoding='utf-8').strip()}")
        time.sleep(0.05)
    raise Stopped(f"The server did not start within {SECONDS_TO_START} seconds. Its log is {log}.")
