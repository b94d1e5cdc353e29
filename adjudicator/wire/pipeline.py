"""Answers a stream message by message, in order: while one answer is written, the next message is decided.

Reading stops while an answer waits to be written, so that a client that sends faster than we decide, or reads slower than
we answer, is held back by the transport and not by our memory.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from adjudicator.service.errors import Draining

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")


class Pipelines:
    """All streams that are open, so that a server that goes down can end them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[_Pipeline[Any, Any]] = set()
        self._draining = False

    def answers(self, questions: Iterator[QuestionT], answer: Callable[[QuestionT], AnswerT]) -> Iterator[AnswerT]:
        """The answers to questions, in their order.

        Raises:
            Draining: the server is going down; what was read before has been answered.
            Exception: whatever reading or answering raised, after all earlier answers.
        """
        pipeline = _Pipeline(questions, answer)
        with self._lock:
            self._open.add(pipeline)
            draining = self._draining
        if draining:
            pipeline.drain()
        try:
            yield from pipeline.answers()
        finally:
            with self._lock:
                self._open.discard(pipeline)

    def drain(self) -> None:
        """Read nothing more; what has been read is still answered, then the stream ends with ``Draining``."""
        with self._lock:
            self._draining = True
            pipelines = list(self._open)
        for pipeline in pipelines:
            pipeline.drain()


class _Pipeline(Generic[QuestionT, AnswerT]):
    """One stream: a thread reads and decides, its caller writes, one answer can wait between them."""

    def __init__(self, questions: Iterator[QuestionT], answer: Callable[[QuestionT], AnswerT]) -> None:
        self._questions = questions
        self._answer = answer
        self._changed = threading.Condition()
        self._waiting: list[AnswerT] = []
        self._reading = False
        self._draining = False
        self._ended = False
        self._failure: Exception | None = None

    def answers(self) -> Iterator[AnswerT]:
        threading.Thread(target=self._read_and_decide, name="stream", daemon=True).start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._ended)
                    if not self._waiting:
                        break
                    answer = self._waiting.pop()
                    self._changed.notify_all()
                yield answer
            if self._failure is not None:
                raise self._failure
        finally:
            self._end(None)

    def drain(self) -> None:
        with self._changed:
            self._draining = True
            if self._reading:
                # Whatever arrives from now on was not accepted: the reader drops it.
                self._end(_draining())

    def _read_and_decide(self) -> None:
        try:
            while self._may_read():
                question = next(self._questions, None)
                if question is None or not self._may_decide():
                    break
                answer = self._answer(question)
                with self._changed:
                    self._waiting.append(answer)
                    self._changed.notify_all()
            self._end(_draining() if self._draining else None)
        except Exception as failure:
            self._end(failure)

    def _may_read(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting or self._ended or self._draining)
            self._reading = not self._ended and not self._draining
            return self._reading

    def _may_decide(self) -> bool:
        with self._changed:
            self._reading = False
            return not self._ended

    def _end(self, failure: Exception | None) -> None:
        with self._changed:
            if not self._ended:
                self._ended, self._failure = True, failure
            self._changed.notify_all()


def _draining() -> Draining:
    return Draining("The server is going down: send what was not answered again, elsewhere or later.")
