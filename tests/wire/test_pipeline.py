"""A stream is answered in order, decides ahead of what is written by one message and no more, and ends gently."""

import queue
import threading
from collections.abc import Iterator

import pytest

from adjudicator.service.errors import Draining
from adjudicator.wire.pipeline import Pipelines

PATIENCE_SECONDS = 10


class Reader:
    """Questions that arrive when a test says so; it notes what has been read."""

    def __init__(self) -> None:
        self._arriving: queue.Queue[int | None] = queue.Queue()
        self.read: queue.Queue[int] = queue.Queue()

    def arrive(self, *questions: int | None) -> None:
        for question in questions:
            self._arriving.put(question)

    def __iter__(self) -> Iterator[int]:
        while (question := self._arriving.get(timeout=PATIENCE_SECONDS)) is not None:
            self.read.put(question)
            yield question

    def has_read(self, question: int) -> bool:
        return self.read.get(timeout=PATIENCE_SECONDS) == question


def test_answers_come_in_the_order_of_the_questions():
    assert list(Pipelines().answers(iter(range(1, 100)), lambda number: number * 2)) == list(range(2, 200, 2))


def test_an_empty_stream_has_no_answers():
    assert list(Pipelines().answers(iter(()), str)) == []


def test_an_answer_does_not_wait_for_the_next_question():
    reader = Reader()
    answers = Pipelines().answers(iter(reader), str)

    reader.arrive(1)
    assert next(answers) == "1"
    reader.arrive(2)
    assert next(answers) == "2"


def test_the_next_question_is_decided_while_an_answer_is_written_and_then_reading_stops():
    reader = Reader()
    decided: queue.Queue[int] = queue.Queue()

    def decide(question: int) -> int:
        decided.put(question)
        return question

    reader.arrive(1, 2, 3, None)
    answers = Pipelines().answers(iter(reader), decide)

    assert next(answers) == 1  # and is now being written
    assert decided.get(timeout=PATIENCE_SECONDS) == 1
    assert decided.get(timeout=PATIENCE_SECONDS) == 2
    assert reader.has_read(1)
    assert reader.has_read(2)
    with pytest.raises(queue.Empty):
        reader.read.get(timeout=0.2)  # the answer to 2 waits to be written
    assert list(answers) == [2, 3]


def test_a_failure_comes_after_the_answers_before_it():
    def decide(question: int) -> int:
        if question == 3:
            raise ValueError("three")
        return question

    answers = Pipelines().answers(iter([1, 2, 3, 4]), decide)

    assert [next(answers), next(answers)] == [1, 2]
    with pytest.raises(ValueError, match="three"):
        next(answers)


def test_draining_ends_a_stream_that_waits_for_a_question():
    reader, streams = Reader(), Pipelines()
    answers = streams.answers(iter(reader), str)
    reader.arrive(1)
    assert next(answers) == "1"

    ender = threading.Timer(0.1, streams.drain)
    ender.start()
    with pytest.raises(Draining):
        next(answers)
    ender.join()


def test_draining_still_answers_the_question_that_is_being_decided():
    reader, streams = Reader(), Pipelines()
    deciding, go_on = threading.Event(), threading.Event()

    def decide(question: int) -> int:
        deciding.set()
        assert go_on.wait(PATIENCE_SECONDS)
        return question

    def drain() -> None:
        assert deciding.wait(PATIENCE_SECONDS)
        streams.drain()
        go_on.set()

    reader.arrive(1, 2)
    ender = threading.Thread(target=drain)
    ender.start()
    answers = streams.answers(iter(reader), decide)

    assert next(answers) == 1
    with pytest.raises(Draining):
        next(answers)
    ender.join()
    assert reader.has_read(1)
    assert reader.read.empty()


def test_a_stream_that_begins_after_draining_ends_at_once():
    streams = Pipelines()
    streams.drain()

    with pytest.raises(Draining):
        next(streams.answers(iter([1]), str))
