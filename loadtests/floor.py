"""The bare floor: a gRPC server on the same messages that parses, inserts the same rows and answers with the same bytes.

It decides nothing. What our server reaches of its speed is what adjudication costs. Run by ``benchmark.py``.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import sqlalchemy as sa

from adjudicator.store.database import Store
from adjudicator.v1 import claim_service_pb2 as pb

METADATA = sa.MetaData()
CLAIMS = sa.Table(
    "claims",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.Text, unique=True),
    sa.Column("case_json", sa.Text),
    sa.Column("decision_json", sa.Text),
)
LINES = sa.Table(
    "lines",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("member_id", sa.Text, index=True),
    sa.Column("line_json", sa.Text),
)
ENTRIES = sa.Table(
    "entries",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner", sa.Text, index=True),
    sa.Column("amount_cents", sa.Integer),
)
ENTRIES_A_CLAIM = 4


class Floor:
    """Answers every claim with one canned decision."""

    def __init__(self, store: Store, answer: pb.SubmitClaimResult, case_text: str, decision_text: str) -> None:
        self._store, self._answer = store, answer
        self._case_text, self._decision_text = case_text, decision_text

    def submit_claims(
        self, request_iterator: Iterator[pb.SubmitClaimsRequest], _context: grpc.ServicerContext
    ) -> Iterator[pb.SubmitClaimsResponse]:
        """One transaction a message."""
        for message in request_iterator:
            claims, lines, entries = [], [], []
            for request in message.requests:
                member_id = request.claim.subscriber.member_id
                claims.append(
                    {
                        "request_id": request.request_id,
                        "case_json": self._case_text,
                        "decision_json": self._decision_text,
                    }
                )
                lines += [{"member_id": member_id, "line_json": line.procedure} for line in request.claim.lines]
                entries += [{"owner": member_id, "amount_cents": 100} for _ in range(ENTRIES_A_CLAIM)]
            with self._store.writing() as connection:
                connection.execute(sa.insert(CLAIMS), claims)
                connection.execute(sa.insert(LINES), lines)
                connection.execute(sa.insert(ENTRIES), entries)
            yield pb.SubmitClaimsResponse(results=[self._answer] * len(message.requests))


def main() -> None:
    """Serve until killed; prints the port. Arguments: database, file of the canned answer, case and decision texts."""
    database, answer, case_text, decision_text = (Path(argument) for argument in sys.argv[1:5])
    store = Store(database)
    with store.writing() as connection:
        METADATA.create_all(connection)
    server = grpc.server(ThreadPoolExecutor(8))
    canned = pb.SubmitClaimResult.FromString(answer.read_bytes())
    floor = Floor(store, canned, case_text.read_text(), decision_text.read_text())
    stream = grpc.stream_stream_rpc_method_handler(
        floor.submit_claims, pb.SubmitClaimsRequest.FromString, pb.SubmitClaimsResponse.SerializeToString
    )
    service = grpc.method_handlers_generic_handler("adjudicator.v1.ClaimService", {"SubmitClaims": stream})
    server.add_generic_rpc_handlers((service,))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
