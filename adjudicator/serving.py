"""Starts a payer's server: settings, then policies, then the database, then the use cases, then gRPC; and ends it gently.

On SIGHUP the server reads its policy folder anew and puts it in force, unless the folder has mistakes. On SIGTERM or SIGINT it
says that it is not serving, takes no new call, reads no further message of an open stream, answers what it has taken, and
closes. Its log is one JSON object a line: numbers of claims and names of callers, never anything about a patient.
"""

import datetime as dt
import gc
import hashlib
import hmac
import ipaddress
import json
import logging
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import SQLAlchemyError

from adjudicator.engine import RULES
from adjudicator.model.principal import BillingGrant, Principal, Role
from adjudicator.policy.load import PolicyErrors, compile_policies, read_files
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.accumulators import Accumulators
from adjudicator.service.claims import Claims
from adjudicator.service.errors import ServiceError
from adjudicator.service.intake import Intake
from adjudicator.service.payments import Payments
from adjudicator.service.policies import PoliciesInForce, PolicyReload
from adjudicator.service.reviews import Reviews
from adjudicator.store.database import Store
from adjudicator.wire import SERVICES
from adjudicator.wire.calls import Door
from adjudicator.wire.methods import UseCases, handlers_of
from adjudicator.wire.pipeline import Pipelines

_log = logging.getLogger(__name__)
_ALLOCATIONS_BETWEEN_COLLECTIONS = 50_000


class CannotStart(Exception):
    """What keeps the server from starting; ``problems`` holds all that is known, each a sentence that says what to write."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Settings(BaseSettings):
    """What a server needs to be told. Each field is read from the environment as ``ADJUDICATOR_`` and its name."""

    model_config = SettingsConfigDict(env_prefix="ADJUDICATOR_", extra="ignore", frozen=True)

    policies: Path = Field(description="the folder that holds payer.yaml")
    credentials: Path = Field(description="the file that lists who may call")
    database: str = Field("adjudicator.sqlite3", description="path of an SQLite file, or a database URL")
    listen: str = Field("127.0.0.1:50051", description="host and port; port 0 takes a free one")
    tls_certificate: Path | None = Field(None, description="PEM file of the server's certificate chain")
    tls_key: Path | None = Field(None, description="PEM file of its private key")
    plaintext_network: bool = Field(False, description="true to listen beyond this machine without TLS")
    as_of: dt.date | None = Field(None, description="the day that the server takes for today, as YYYY-MM-DD")
    worker_threads: int = Field(64, ge=1, le=1024, description="calls worked on at a time, 1 to 1024")
    most_calls: int = Field(1000, ge=1, description="calls at a time before more are refused, 1 or more")
    most_waiting_claims: int = Field(4000, ge=1, description="claims that may wait to be decided, 1 or more")
    largest_batch: int = Field(400, ge=1, description="claims that share a transaction, 1 or more")
    largest_message_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="largest request, 1024 bytes or more")
    drain_seconds: float = Field(30.0, ge=0, description="how long open calls may take to end, 0 or more")


def settings_from(**flags: Any) -> Settings:
    """Settings from flags, and from the environment for what the flags leave out or give as None.

    Raises:
        CannotStart: with everything that is missing or wrong.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as refused:
        raise CannotStart(_setting_problems(refused)) from None


def _setting_problems(refused: ValidationError) -> Iterator[str]:
    for error in refused.errors():
        name = str(error["loc"][0])
        found = "missing" if error["type"] == "missing" else f"found '{error['input']}'"
        yield f"{name} (ADJUDICATOR_{name.upper()}): {found}; write {_wanted(name)}"


def _wanted(name: str) -> str:
    """What a setting is to say."""
    return Settings.model_fields[name].description or ""


class Credentials:
    """Who may call, by the SHA-256 of their bearer token; whoever is not listed is nobody."""

    def __init__(self, callers: Mapping[str, Principal]) -> None:
        self._callers = tuple((digest.encode(), caller) for digest, caller in callers.items())

    @classmethod
    def read(cls, text: str) -> "Credentials":
        """Read the credentials file: a JSON list of callers.

        Each is ``{"name", "role", "submitter", "token_sha256", "billing": [{"tax_id", "npi"}]}``; ``role`` is provider,
        reviewer or operator; ``billing`` lists the billing providers that a provider's credential speaks for.

        Raises:
            CannotStart: with every mistake in it.
        """
        try:
            listed = json.loads(text)
        except json.JSONDecodeError as damaged:
            raise CannotStart(
                [f"credentials:{damaged.lineno}: found text that is not JSON; write a JSON list"]
            ) from None
        if not isinstance(listed, list):
            raise CannotStart(["credentials: found no list; write a JSON list of callers"])
        problems: list[str] = []
        callers: dict[str, Principal] = {}
        for position, entry in enumerate(listed, start=1):
            found = list(_credential_problems(entry))
            if not found and entry["token_sha256"].lower() in callers:
                found = ["token_sha256: found the token of an earlier caller; give each its own"]
            problems += [f"credentials, caller {position}: {problem}" for problem in found]
            if not found:
                callers[entry["token_sha256"].lower()] = Principal(
                    name=entry["name"],
                    role=Role(entry["role"]),
                    submitter=entry["submitter"],
                    billing=frozenset(
                        BillingGrant(grant["tax_id"], grant["npi"]) for grant in entry.get("billing", ())
                    ),
                )
        if problems:
            raise CannotStart(problems)
        return cls(callers)

    def find(self, token: str) -> Principal | None:
        """The caller of a token. The time it takes does not tell how near a wrong token comes."""
        digest = hashlib.sha256(token.encode()).hexdigest().encode()
        found = None
        for known, caller in self._callers:
            if hmac.compare_digest(known, digest):
                found = caller
        return found

    def sending_as(self, submitter: str) -> tuple[Principal, ...]:
        """The callers who send claims under a name."""
        return tuple(caller for _, caller in self._callers if caller.submitter == submitter)


def _credential_problems(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "found no object; write one with name, role, submitter and token_sha256"
        return
    for name in ("name", "submitter"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            yield f"{name}: missing; write a text"
    roles = [role.value for role in Role]
    if entry.get("role") not in roles:
        yield f"role: found '{entry.get('role', '')}'; write one of {', '.join(roles)}"
    digest = entry.get("token_sha256")
    if not isinstance(digest, str) or len(digest) != 64 or set(digest.lower()) - set("0123456789abcdef"):
        yield "token_sha256: found no SHA-256; write the token's digest as 64 hexadecimal digits"
    grants = entry.get("billing", [])
    if not isinstance(grants, list) or not all(
        isinstance(grant, dict) and isinstance(grant.get("tax_id"), str) and isinstance(grant.get("npi"), str)
        for grant in grants
    ):
        yield "billing: found something else; write a list of objects with tax_id and npi"
    for name in sorted(set(entry) - {"name", "role", "submitter", "token_sha256", "billing"}):
        yield f"{name}: not known; leave it out"


class Server:
    """A payer's server, listening from the moment it is made."""

    def __init__(self, settings: Settings) -> None:
        """Compose and start.

        Raises:
            CannotStart: with what keeps it from starting, such as every mistake in the policy files.
        """
        credentials = Credentials.read(_text(settings.credentials, "credentials"))
        secure = _tls(settings)
        loopback = _is_loopback(settings.listen)
        if secure is None and not loopback and not settings.plaintext_network:
            raise CannotStart(
                [
                    f"listen: found {settings.listen}, which others can reach; write tls_certificate and tls_key, or an "
                    "address of this machine alone such as 127.0.0.1:50051, or allow it with plaintext_network"
                ]
            )

        def load() -> tuple[dict[str, bytes], PolicySet]:
            files = read_files(settings.policies)
            return files, compile_policies(files, RULES, _TablesTold())

        try:
            files, policies = load()
        except PolicyErrors as mistakes:
            raise CannotStart(str(error) for error in mistakes.errors) from None
        self._drain_seconds = settings.drain_seconds
        self._store = _opened(settings.database)
        in_force = PoliciesInForce(self._store, files, policies, compile_policies)

        def clock() -> dt.date:
            return settings.as_of or dt.date.today()  # noqa: DTZ011, TID251

        self._reload = PolicyReload(in_force, load)
        claims = Claims(self._store, in_force, clock)
        self._intake = Intake(claims, most_waiting=settings.most_waiting_claims, largest_batch=settings.largest_batch)
        self._streams = Pipelines()
        use_cases = UseCases(
            claims=claims,
            intake=self._intake,
            reviews=Reviews(self._store, in_force, clock),
            payments=Payments(self._store, in_force, clock),
            accumulators=Accumulators(self._store, in_force, clock),
            policies=in_force,
            reload=self._reload,
        )
        self._health = health.HealthServicer()
        self._grpc = grpc.server(
            ThreadPoolExecutor(settings.worker_threads, thread_name_prefix="call"),
            options=[
                ("grpc.max_receive_message_length", settings.largest_message_bytes),
                # Two servers that share a port by accident would share its calls.
                ("grpc.so_reuseport", 0),
            ],
            maximum_concurrent_rpcs=settings.most_calls,
        )
        self._grpc.add_generic_rpc_handlers(handlers_of(use_cases, Door(credentials.find), self._streams))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        if loopback:
            reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._grpc)
        try:
            self.address = self._bound(settings.listen, secure)
        except CannotStart:
            self._intake.drain()
            self._store.close()
            raise
        self._grpc.start()
        for service in ("", *SERVICES):
            self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        _log.info("serving", extra={"address": self.address, "policies": policies.digest})

    def reload_policies(self) -> None:
        """Put the policy folder in force as it is now. What keeps it from that is in the log, and nothing changes."""
        try:
            self._reload.reload()
        except ServiceError:
            return  # told where it happened
        except Exception as failure:
            _log.error("policies not reloaded", extra={"failure": type(failure).__name__})

    def drain(self) -> None:
        """End gently: everything taken is answered, then everything is closed."""
        self._health.enter_graceful_shutdown()
        ended = self._grpc.stop(self._drain_seconds)
        self._streams.drain()
        ended.wait()
        self._intake.drain()
        self._store.close()
        _log.info("drained", extra={"address": self.address})

    def _bound(self, listen: str, secure: grpc.ServerCredentials | None) -> str:
        try:
            port = self._grpc.add_secure_port(listen, secure) if secure else self._grpc.add_insecure_port(listen)
        except RuntimeError:
            port = 0
        if not port:
            raise CannotStart([f"listen: found {listen}, which cannot be bound; write a free address of this machine"])
        return listen if listen.startswith("unix:") else f"{listen.rpartition(':')[0]}:{port}"


_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain; reload the policies on every SIGHUP until then.

    Raises:
        CannotStart: with what keeps the server from starting.
    """
    # The system may hand a signal to any thread, which need not wake this one: they all hold them back, and this one asks.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        server = Server(settings)
        settle()
        while signal.sigwait(_SIGNALS) == signal.SIGHUP:
            server.reload_policies()
            settle()
        server.drain()
    finally:
        # Whoever asks again while it ends has been heard. Processes that this one starts later inherit what is held back.
        while signal.sigtimedwait(_SIGNALS, 0):
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def settle() -> None:
    """Tell the collector of garbage that what was made so far stays: it need not look at it again and again."""
    gc.collect()
    gc.freeze()
    # Values that are made and dropped by the thousand, none in a circle, need not make the collector run so often.
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)


def main() -> int:
    """Serve as the environment says; the exit code of the process."""
    log_as_json()
    try:
        serve(settings_from())
    except CannotStart as refused:
        sys.stderr.write("The server cannot start:\n" + "".join(f"  {problem}\n" for problem in refused.problems))
        return 2
    return 0


LOGGED = ("address", "policies", "method", "caller", "outcome", "milliseconds", "reference", "failure")
"""The only extra fields that a line of the log may have."""


class JsonLines(logging.Formatter):
    """A log record as one line of JSON.

    Only our own messages and the listed fields are written out. Of another library's record the place and the kind of
    exception are told, since its words can hold patient data.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        if record.name.partition(".")[0] == "adjudicator":
            line["event"] = record.getMessage()
            line |= {name: getattr(record, name) for name in LOGGED if hasattr(record, name)}
        else:
            line["event"] = f"{record.funcName}, line {record.lineno}"
            if record.exc_info and record.exc_info[0]:
                line["failure"] = record.exc_info[0].__name__
        return json.dumps(line)


def log_as_json() -> None:
    """Write this process's log to standard error, a JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("adjudicator").setLevel(logging.INFO)


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CannotStart([f"{name}: found {path}, which cannot be read; write a readable file"]) from None


class _TablesTold:
    """Tells the log of every big table that is compiled, once: it may keep a start waiting."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, file: str, _read_bytes: int, size_bytes: int) -> None:
        if file not in self._told:
            self._told.add(file)
            _log.info("compiling a table", extra={"file": file, "bytes": size_bytes})


def _opened(database: str) -> Store:
    """The database, brought to this version's tables. Its URL can hold a password: no problem names it."""
    try:
        store = Store(database)
        store.migrate()
    except (SQLAlchemyError, ImportError) as failure:
        reason = (str(getattr(failure, "orig", None) or failure).splitlines() or [""])[0]
        raise CannotStart(
            [f"database: found one that cannot be used ({reason}); write {_wanted('database')}"]
        ) from None
    return store


def _tls(settings: Settings) -> grpc.ServerCredentials | None:
    """The server's TLS identity; None without one.

    Raises:
        CannotStart: half of it is missing, or a file cannot be read.
    """
    if settings.tls_certificate is None and settings.tls_key is None:
        return None
    if settings.tls_certificate is None or settings.tls_key is None:
        raise CannotStart(["tls_certificate and tls_key: found one without the other; write both"])
    key = _text(settings.tls_key, "tls_key").encode()
    certificate = _text(settings.tls_certificate, "tls_certificate").encode()
    return grpc.ssl_server_credentials([(key, certificate)])


def _is_loopback(listen: str) -> bool:
    """Whether only this machine can reach an address."""
    if listen.startswith("unix:"):
        return True
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
