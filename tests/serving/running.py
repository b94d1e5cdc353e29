"""A real server over a real database with the demo payer's policies, a known member, and callers of every role."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2

from adjudicator.model.case import Coverage, Participation
from adjudicator.model.dates import Span
from adjudicator.serving import Server, settings_from
from adjudicator.store.database import Store
from adjudicator.store.membership import load_members, load_participations
from adjudicator.v1 import claim_pb2 as pb
from adjudicator.v1.accumulator_service_pb2_grpc import AccumulatorServiceStub
from adjudicator.v1.claim_service_pb2_grpc import ClaimServiceStub
from adjudicator.v1.policy_service_pb2_grpc import PolicyServiceStub
from adjudicator.v1.remittance_service_pb2_grpc import RemittanceServiceStub
from adjudicator.v1.review_service_pb2_grpc import ReviewServiceStub
from tests.building import BILLING, MEMBER
from tests.conftest import DEMO, ROOT

TODAY = dt.date(2026, 6, 30)
SINCE = Span(dt.date(2026, 1, 1))
OTHER_BILLING = {"tax_id": "999000002", "npi": "1999999992"}
TOKENS = {
    "provider": "provider-token",
    "stranger": "stranger-token",
    "reviewer": "reviewer-token",
    "operator": "operator-token",
}
SECONDS = 30

DetailT = TypeVar("DetailT", bound=Message)


def credentials() -> list[dict[str, Any]]:
    """One caller of each role, and a provider who bills under another number."""
    grants = {"provider": [{"tax_id": BILLING.tax_id, "npi": BILLING.npi}], "stranger": [OTHER_BILLING]}
    return [
        {
            "name": name,
            "role": "provider" if name == "stranger" else name,
            "submitter": name,
            "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
            "billing": grants.get(name, []),
        }
        for name, token in TOKENS.items()
    ]


def prepare(folder: Path) -> dict[str, Any]:
    """A database with the test member in force, a credentials file, and the settings that name them."""
    store = Store(folder / "payer.sqlite3")
    store.migrate()
    contract = Participation(
        tax_id=BILLING.tax_id,
        npi=BILLING.npi,
        product="PPO",
        contract="contracts/riverside-medical-group",
        span=SINCE,
    )
    with store.writing() as connection:
        load_members(connection, [(MEMBER, [Coverage(plan="plans/ppo-gold", span=SINCE)])])
        load_participations(connection, [contract])
    store.close()
    (folder / "credentials.json").write_text(json.dumps(credentials()))
    return {
        "policies": DEMO,
        "credentials": folder / "credentials.json",
        "database": str(folder / "payer.sqlite3"),
        "listen": "127.0.0.1:0",
        "as_of": TODAY,
    }


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Server]:
    """A server of this process, drained at the end."""
    server = Server(settings_from(**(prepare(folder) | settings)))
    try:
        yield server
    finally:
        server.drain()


def start(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """The server as a process of its own."""
    settings = {f"ADJUDICATOR_{name.upper()}": str(value) for name, value in prepare(folder).items()}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "server.py")],
        env=os.environ | settings | environment,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )


class Caller:
    """Somebody who calls the server with a credential."""

    def __init__(self, address: str, name: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self.metadata = (("authorization", f"Bearer {TOKENS[name]}"),)
        self.claims = ClaimServiceStub(self._channel)
        self.remittances = RemittanceServiceStub(self._channel)
        self.reviews = ReviewServiceStub(self._channel)
        self.policies = PolicyServiceStub(self._channel)
        self.accumulators = AccumulatorServiceStub(self._channel)

    def __call__(self, method: Any, request: Any) -> Any:
        """Call a method with the credential."""
        return method(request, metadata=self.metadata, timeout=SECONDS)

    def send(self, method: str, *sent: bytes) -> Iterator[bytes]:
        """Send bytes as they are to a method of ClaimService that streams both ways."""
        raw: Any = self._channel.stream_stream(f"/adjudicator.v1.ClaimService/{method}")
        return raw(iter(sent), metadata=self.metadata, timeout=SECONDS)  # type: ignore[no-any-return]

    def send_one(self, method: str, sent: bytes) -> bytes:
        """Send bytes as they are to a unary method of ClaimService."""
        raw: Any = self._channel.unary_unary(f"/adjudicator.v1.ClaimService/{method}")
        return raw(sent, metadata=self.metadata, timeout=SECONDS)  # type: ignore[no-any-return]

    def close(self) -> None:
        self._channel.close()


def a_line(number: int = 1) -> pb.Line:
    """An office visit for 130.00."""
    return pb.Line(
        number=number,
        charge_cents=13000,
        from_date="2026-03-02",
        procedure="99213",
        unit_basis=pb.UNIT_BASIS_UNITS,
        quantity_thousandths=1000,
        diagnosis_pointers=[1],
        control_number=f"L{number}",
    )


def a_claim(*lines: pb.Line, control_number: str = "PCN1") -> pb.Claim:
    """A balanced claim of the test member; one office visit when no lines are given."""
    lines = lines or (a_line(),)
    return pb.Claim(
        claim_type=pb.CLAIM_TYPE_PROFESSIONAL,
        purpose=pb.PURPOSE_CHARGEABLE,
        patient_control_number=control_number,
        total_charge_cents=sum(line.charge_cents for line in lines),
        payer_id="",
        billing=pb.Provider(npi=BILLING.npi, tax_id=BILLING.tax_id, name=BILLING.name),
        rendering=pb.Provider(npi="1999999992", name="EXAMPLE", first_name="RENDERING"),
        place_of_service="11",
        subscriber=pb.Subscriber(
            member_id=MEMBER.member_id,
            person=pb.Person(
                last_name=MEMBER.last_name,
                first_name=MEMBER.first_name,
                birth_date=MEMBER.birth_date.isoformat(),
                sex=pb.SEX_FEMALE,
            ),
        ),
        diagnoses=[pb.Diagnosis(code="E11.9", kind=pb.DIAGNOSIS_KIND_PRINCIPAL)],
        lines=lines,
    )


def details_of(failure: grpc.RpcError, kind: type[DetailT]) -> DetailT:
    """The one detail of a kind that a failed call brings."""
    assert isinstance(failure, grpc.Call)
    rich = status_pb2.Status.FromString(dict(failure.trailing_metadata() or ())["grpc-status-details-bin"])
    (found,) = (detail for detail in rich.details if detail.Is(kind.DESCRIPTOR))
    unpacked = kind()
    found.Unpack(unpacked)
    return unpacked
