"""Collects what arrives at the same time into one transaction: many callers share one commit.

One thread decides. While it works, submissions wait in a bounded queue; what waits is its next batch. A lone
submission to an idle server is taken at once.
"""

import threading
from collections import deque
from collections.abc import Sequence

from adjudicator.model.principal import Principal
from adjudicator.service.claims import Answers, Claims, Submission
from adjudicator.service.errors import Draining, Overloaded


class _Waiting:
    """A caller's submissions on their way to being decided."""

    def __init__(self, principal: Principal, submissions: Sequence[Submission]) -> None:
        self.principal = principal
        self.submissions = submissions
        self.answered = threading.Event()
        self.answers: Answers = []
        self.failure: BaseException | None = None


class Intake:
    """Takes submissions from many threads."""

    def __init__(self, claims: Claims, *, most_waiting: int = 4_000, largest_batch: int = 400) -> None:
        """Start the deciding thread.

        Args:
            claims: where batches are decided.
            most_waiting: how many submissions may wait; what comes then is Overloaded.
            largest_batch: how many submissions share a transaction, unless one caller sends more at once.
        """
        self._claims = claims
        self._most_waiting = most_waiting
        self._largest_batch = largest_batch
        self._queue: deque[_Waiting] = deque()
        self._waiting = 0
        self._draining = False
        self._changed = threading.Condition()
        self._worker = threading.Thread(target=self._work, name="intake", daemon=True)
        self._worker.start()

    def submit(self, principal: Principal, submissions: Sequence[Submission]) -> Answers:
        """Have claims decided; returns when they are decided and on disk. See ``Claims.submit`` for the answers.

        Raises:
            Overloaded: too much is waiting.
            Draining: the server is going down.
        """
        request = _Waiting(principal, submissions)
        with self._changed:
            if self._draining:
                raise Draining(
                    "The server is going down. Send the claims again, with the same request ids, to another."
                )
            if self._queue and self._waiting + len(submissions) > self._most_waiting:
                raise Overloaded(
                    f"{self._waiting} claims are waiting already. Send these again later, with the same request ids."
                )
            self._queue.append(request)
            self._waiting += len(submissions)
            self._changed.notify()
        request.answered.wait()
        if request.failure is not None:
            raise request.failure
        return request.answers

    @property
    def waiting(self) -> int:
        """How many submissions wait for the next batch."""
        return self._waiting

    def drain(self) -> None:
        """Refuse what is new, finish what was taken; returns when everything is answered."""
        with self._changed:
            self._draining = True
            self._changed.notify()
        self._worker.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            try:
                answers = self._claims.submit_together([(request.principal, request.submissions) for request in batch])
                for request, of_request in zip(batch, answers, strict=True):
                    request.answers = of_request
            except BaseException as failure:
                for request in batch:
                    request.failure = failure
            for request in batch:
                request.answered.set()

    def _next_batch(self) -> list[_Waiting]:
        """What waits, up to a batch; blocks while nothing does, and is empty when all is done and nothing more comes."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._draining)
            batch: list[_Waiting] = []
            size = 0
            while self._queue and (not batch or size + len(self._queue[0].submissions) <= self._largest_batch):
                batch.append(self._queue.popleft())
                size += len(batch[-1].submissions)
            self._waiting -= size
            return batch
