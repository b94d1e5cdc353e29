"""A provider system that submits one claim at a time; point it at a server that ``benchmark.py`` or the demo has seeded.

locust -f loadtests/locustfile.py --headless -u 64 -r 64 -t 60s --host 127.0.0.1:50051
"""

import itertools
import os
import random
import sys
import time
from pathlib import Path

import grpc
import grpc.experimental.gevent
from locust import User, task

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from adjudicator.service.claims import Submission
from adjudicator.v1.claim_service_pb2_grpc import ClaimServiceStub
from adjudicator.wire.methods import SUBMISSION
from loadtests import claims as load

grpc.experimental.gevent.init_gevent()
TOKEN = os.environ.get("ADJUDICATOR_TOKEN", "load")
NUMBERS = itertools.count(int(time.time() * 1000))
PEOPLE = list(load.members(6_000))


class Biller(User):
    """Sends claim after claim; a claim that is refused or lost is a failure."""

    def on_start(self) -> None:
        """Open a channel."""
        self.claims = ClaimServiceStub(grpc.insecure_channel(str(self.host)))

    @task
    def submit(self) -> None:
        """One claim, one answer."""
        name = f"locust-{next(NUMBERS)}"
        claim = load.claim(random.choice(PEOPLE), load.RECEIVED, 3, name, random.Random(name))
        request, started, failure = (
            SUBMISSION.write(Submission(request_id=name, claim=claim)),
            time.perf_counter(),
            None,
        )
        try:
            self.claims.SubmitClaim(request, metadata=(("authorization", f"Bearer {TOKEN}"),))
        except grpc.RpcError as error:
            failure = error
        elapsed = (time.perf_counter() - started) * 1000
        fired = {"request_type": "grpc", "name": "SubmitClaim", "response_time": elapsed, "response_length": 0}
        self.environment.events.request.fire(**fired, exception=failure)
