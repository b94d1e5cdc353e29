"""Prints claims per second: the engine in process, the server over a gRPC stream, and the bare floor beside it.

    python loadtests/benchmark.py [--claims 20000] [--batch 100] [--servers 2] [--database postgresql+psycopg://...]

Quote the ratios of one run, never a lone figure: machines differ and are noisy.
"""

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import grpc  # noqa: E402
import msgspec  # noqa: E402

from adjudicator.engine import RULES, adjudicate  # noqa: E402
from adjudicator.model.case import Balance, Case, HistoryLine, LineState  # noqa: E402
from adjudicator.model.claim import Claim  # noqa: E402
from adjudicator.policy.load import load_policies  # noqa: E402
from adjudicator.policy.policy_set import PolicySet  # noqa: E402
from adjudicator.service.claims import Submission  # noqa: E402
from adjudicator.serving import settle  # noqa: E402
from adjudicator.store.database import Store  # noqa: E402
from adjudicator.v1 import claim_service_pb2 as pb  # noqa: E402
from adjudicator.v1 import decision_pb2  # noqa: E402
from adjudicator.v1.claim_service_pb2_grpc import ClaimServiceStub  # noqa: E402
from adjudicator.wire.methods import SUBMISSION  # noqa: E402
from loadtests import claims as load  # noqa: E402

POLICIES = ROOT / "policies" / "demo"
TOKEN = "load"
HISTORY_LINES = 30
LINES = 3
MEMBERS = 6_000


def typical_case(claim: Claim, number: int) -> Case:
    """A three-line claim of a member with thirty history lines and running accumulators."""
    member = next(load.members(1))
    day = claim.from_date or load.RECEIVED
    history = tuple(
        HistoryLine(
            claim_id=f"CHISTORY{line:08d}",
            decision_number=1,
            line=1,
            member_id=member.member_id,
            state=LineState.PAID,
            billing_tax_id=load.BILLING.tax_id,
            billing_npi=load.BILLING.npi,
            rendering_npi=load.RENDERING.npi,
            from_date=day - dt.timedelta(days=7 * (line + 1)),
            through_date=day - dt.timedelta(days=7 * (line + 1)),
            procedure="99213",
            modifiers=(),
            place_of_service="11",
            quantity_thousandths=1000,
            charge_cents=14000 + line,
        )
        for line in range(HISTORY_LINES)
    )
    balances = tuple(
        Balance(owner=owner, accumulator=accumulator, tier="in_network", period_start=load.SINCE, used_cents=50_000)
        for owner in (f"member:{member.member_id}", f"family:{member.family_id}")
        for accumulator in ("deductible", "out_of_pocket")
    )
    return Case(
        claim_id=f"CLOAD{number:011d}",
        claim=claim,
        received_on=load.RECEIVED,
        decided_on=load.RECEIVED,
        members=(member,),
        coverage=(load.coverage(),),
        participations=(load.participation(),),
        balances=balances,
        history=history,
    )


def in_process(policies: PolicySet, count: int) -> float:
    """Claims per second of ``adjudicate`` alone, of one process's time: the best of seven passes, every case new to the engine."""
    cases = [typical_case(claim, number) for number, claim in enumerate(load.claims(count, 1, line_count=LINES))]
    settle()
    rates = []
    for _ in range(7):
        started = time.process_time()
        for case in cases:
            adjudicate(msgspec.structs.replace(case), policies)
        rates.append(count / (time.process_time() - started))
    return max(rates)


def messages(claims: list[Claim], batch: int) -> list[pb.SubmitClaimsRequest]:
    """The claims as stream messages, built before the clock starts."""
    return [
        pb.SubmitClaimsRequest(
            requests=[
                SUBMISSION.write(Submission(request_id=claim.patient_control_number, claim=claim))
                for claim in claims[first : first + batch]
            ]
        )
        for first in range(0, len(claims), batch)
    ]


def stream(ports: list[int], sent: list[pb.SubmitClaimsRequest]) -> tuple[float, list[pb.SubmitClaimResult]]:
    """Send all messages, over one stream to each server, by turns; seconds until the last answer, and the results."""

    def over(port: int, messages: list[pb.SubmitClaimsRequest]) -> list[pb.SubmitClaimResult]:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            answers = ClaimServiceStub(channel).SubmitClaims(
                iter(messages), metadata=(("authorization", f"Bearer {TOKEN}"),)
            )
            return [result for answer in answers for result in answer.results]

    shares = [sent[place :: len(ports)] for place in range(len(ports))]
    with ThreadPoolExecutor(len(ports)) as streams:
        started = time.perf_counter()
        results = [result for answered in streams.map(over, ports, shares) for result in answered]
        return time.perf_counter() - started, results


def our_server(log: Path, database: str, credentials: Path) -> tuple["subprocess.Popen[bytes]", int]:
    """A real server over a seeded database, and its port."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "server.py")],
            env=load.server_settings(database, credentials, POLICIES),
            stderr=written,
        )
    while process.poll() is None:
        for line in log.read_text().splitlines():
            if '"serving"' in line:
                return process, int(json.loads(line)["address"].rpartition(":")[2])
        time.sleep(0.05)
    raise SystemExit(f"the server did not start:\n{log.read_text()}")


def floor_server(folder: Path, database: str, answer: pb.SubmitClaimResult) -> tuple["subprocess.Popen[bytes]", int]:
    """The bare floor, with a typical decision as its canned answer."""
    store = Store(database)
    with store.reading() as connection:
        row = connection.exec_driver_sql("SELECT case_json, decision_json FROM decisions LIMIT 1").one()
    store.close()
    files = {"answer": answer.SerializeToString(), "case": row[0].encode(), "decision": row[1].encode()}
    for name, content in files.items():
        (folder / f"floor-{name}").write_bytes(content)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "loadtests.floor",
            str(folder / "floor.sqlite"),
            *(str(folder / f"floor-{n}") for n in files),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def dispositions(results: list[pb.SubmitClaimResult]) -> Iterator[str]:
    """How each claim of a stream ended."""
    for result in results:
        if result.HasField("decision"):
            yield decision_pb2.Disposition.Name(result.decision.disposition).removeprefix("DISPOSITION_").lower()
        else:
            yield f"error {result.error.reason}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000, help="claims to stream")
    parser.add_argument("--batch", type=int, default=100, help="claims in a message")
    parser.add_argument("--servers", type=int, default=1, help="server processes over the database, a stream to each")
    parser.add_argument("--database", default="", help="URL of an empty database; by default an SQLite file")
    options = parser.parse_args()

    policies = load_policies(POLICIES, RULES)
    alone = in_process(policies, 2_000)
    print(
        f"in process, {LINES} lines, {HISTORY_LINES} history lines: {alone:,.0f} claims/s, {1e6 / alone:.0f} us a claim"
    )

    sent = messages(list(load.claims(options.claims, MEMBERS)), options.batch)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database, credentials = load.seed(folder, MEMBERS, TOKEN, options.database)
        servers = [our_server(folder / f"server-{n}.log", database, credentials) for n in range(options.servers)]
        try:
            seconds, results = stream([port for _, port in servers], sent)
        finally:
            for process, _ in servers:
                process.terminate()
                process.wait()
        ours = len(results) / seconds
        typical = next(result for result in results if len(result.decision.lines) == LINES)
        process, port = floor_server(folder, database, typical)
        try:
            seconds, echoed = stream([port], sent)
        finally:
            process.terminate()
            process.wait()
        floor = len(echoed) / seconds
    kind = "PostgreSQL" if options.database else "SQLite FULL"
    lines = sum(len(request.claim.lines) for message in sent for request in message.requests) / len(results)
    print(
        f"gRPC stream, {len(results):,} claims of {lines:.1f} lines, {options.batch} a message, {kind}, "
        f"{options.servers} server processes:"
    )
    print(f"  our servers {ours:>8,.0f} claims/s   {dict(Counter(dispositions(results)))}")
    print(f"  bare floor  {floor:>8,.0f} claims/s")
    print(f"  ratio       {ours / floor:>8.2f}")
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {dt.datetime.now(dt.UTC):%Y-%m-%d}"
    print(f"policy set {policies.digest[:12]}, {machine}")


if __name__ == "__main__":
    main()
