"""Group commit: many callers at once are served as if one after another, and nobody's answer is lost."""

import datetime as dt
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from adjudicator.model.principal import Principal
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.claims import Answers, ClaimRecord, Claims, Submission
from adjudicator.service.errors import Draining, NotPermitted, Overloaded
from adjudicator.service.intake import Intake
from tests.building import MEMBER
from tests.databases import Place
from tests.service.desk import CHILD, OPERATOR, PROVIDER, REVIEWER, SPOUSE, STRANGER, Desk, a_heart_study, a_visit

WAIT_SECONDS = 30

Requests = Sequence[tuple[Principal, Sequence[Submission]]]


class SlowClaims(Claims):
    """Claims whose batches wait until the test lets them go; it notes how large they were."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.store, desk.in_force, desk.clock)
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.batches: list[int] = []

    def submit_together(self, requests: Requests) -> list[Answers]:
        self.begun.release()
        assert self.go.wait(WAIT_SECONDS)
        self.batches.append(sum(len(submissions) for _, submissions in requests))
        return super().submit_together(requests)


def test_a_lone_submission_is_answered(desk: Desk) -> None:
    intake = Intake(desk.claims)
    (answer,) = intake.submit(PROVIDER, [Submission("R1", a_visit())])
    assert isinstance(answer, ClaimRecord)
    intake.drain()


def test_errors_come_back_to_the_one_who_made_them(desk: Desk) -> None:
    intake = Intake(desk.claims)
    answers = intake.submit(REVIEWER, [Submission("R1", a_visit())])
    assert [type(answer) for answer in answers] == [NotPermitted]
    intake.drain()


def test_sixteen_callers_at_once_equal_some_order_of_one_after_another(
    desk: Desk, place: Place, policies: PolicySet
) -> None:
    members = (MEMBER, SPOUSE, CHILD, STRANGER)
    work = [
        Submission(
            f"{caller}-{n}",
            (a_heart_study if (caller + n) % 5 == 0 else a_visit)(
                members[(caller + n) % 4], charge_cents=5_000 + 100 * caller + n, day=dt.date(2026, 1, 2 + caller)
            ),
        )
        for caller in range(16)
        for n in range(12)
    ]
    intake = Intake(desk.claims, largest_batch=25)

    def call(caller: int) -> list[Answers]:
        mine = [submission for submission in work if submission.request_id.startswith(f"{caller}-")]
        return [intake.submit(OPERATOR, mine[start : start + 3]) for start in range(0, len(mine), 3)]

    with ThreadPoolExecutor(16) as callers:
        answered = [answer for calls in callers.map(call, range(16)) for answers in calls for answer in answers]
    intake.drain()
    assert all(isinstance(answer, ClaimRecord) for answer in answered)

    with desk.store.reading() as connection:
        order = connection.execute(sa.text("SELECT request_id FROM claims ORDER BY arrival")).scalars().all()
    by_id = {submission.request_id: submission for submission in work}
    serial = Desk(place("serial"), policies)
    one_by_one = [serial.claims.submit(OPERATOR, [by_id[request_id]])[0] for request_id in order]
    assert sorted(answered, key=lambda a: a.claim_id) == sorted(one_by_one, key=lambda a: a.claim_id)  # type: ignore[union-attr]
    for owner in {f"member:{member.member_id}" for member in members} | {f"family:{MEMBER.family_id}"}:
        assert desk.balance(owner) == serial.balance(owner)
    serial.store.close()


def test_what_waits_shares_a_transaction_up_to_the_largest_batch(desk: Desk) -> None:
    claims = SlowClaims(desk)
    intake = Intake(claims, largest_batch=4)
    with ThreadPoolExecutor(8) as callers:
        first = callers.submit(intake.submit, OPERATOR, [Submission("first", a_visit())])
        assert claims.begun.acquire(timeout=WAIT_SECONDS)
        waiting = [
            callers.submit(intake.submit, OPERATOR, [Submission(f"{n}-{part}", a_visit(SPOUSE)) for part in "ab"])
            for n in range(3)
        ]
        while intake.waiting < 6:
            threading.Event().wait(0.001)
        claims.go.set()
        assert len(first.result(WAIT_SECONDS)) == 1
        assert [len(request.result(WAIT_SECONDS)) for request in waiting] == [2, 2, 2]
    assert claims.batches == [1, 4, 2]
    intake.drain()


def test_a_request_larger_than_a_batch_is_a_batch(desk: Desk) -> None:
    intake = Intake(desk.claims, largest_batch=2, most_waiting=2)
    answers = intake.submit(OPERATOR, [Submission(f"R{n}", a_visit(charge_cents=1_000 + n)) for n in range(5)])
    assert len(answers) == 5
    intake.drain()


def test_a_full_queue_refuses_and_what_was_taken_is_answered(desk: Desk) -> None:
    claims = SlowClaims(desk)
    intake = Intake(claims, most_waiting=2)
    with ThreadPoolExecutor(4) as callers:
        taken = [callers.submit(intake.submit, OPERATOR, [Submission("0", a_visit())])]
        assert claims.begun.acquire(timeout=WAIT_SECONDS)
        for n in (1, 2):
            taken.append(callers.submit(intake.submit, OPERATOR, [Submission(str(n), a_visit(SPOUSE))]))
            while intake.waiting < n:
                threading.Event().wait(0.001)
        with pytest.raises(Overloaded):
            intake.submit(OPERATOR, [Submission("3", a_visit(CHILD))])
        claims.go.set()
        assert [len(request.result(WAIT_SECONDS)) for request in taken] == [1, 1, 1]
    assert desk.rows("claims") == 3
    intake.drain()


def test_draining_answers_what_was_taken_and_refuses_what_is_new(desk: Desk) -> None:
    claims = SlowClaims(desk)
    intake = Intake(claims)
    with ThreadPoolExecutor(4) as callers:
        taken = [callers.submit(intake.submit, OPERATOR, [Submission("0", a_visit())])]
        assert claims.begun.acquire(timeout=WAIT_SECONDS)
        taken.append(callers.submit(intake.submit, OPERATOR, [Submission("1", a_visit(SPOUSE))]))
        while intake.waiting < 1:
            threading.Event().wait(0.001)
        drained = callers.submit(intake.drain)
        while True:
            try:
                intake.submit(Principal(name="late", role=OPERATOR.role, submitter="late"), [])
            except Draining:
                break
        assert not drained.done()
        claims.go.set()
        assert [len(request.result(WAIT_SECONDS)) for request in taken] == [1, 1]
        drained.result(WAIT_SECONDS)
    with pytest.raises(Draining):
        intake.submit(OPERATOR, [Submission("2", a_visit())])
    intake.drain()


def test_a_failure_reaches_every_waiter_and_the_worker_goes_on(desk: Desk) -> None:
    class FailsOnce(SlowClaims):
        failed = False

        def submit_together(self, requests: Requests) -> list[Answers]:
            if self.batches and not self.failed:
                self.failed = True
                raise MemoryError
            return super().submit_together(requests)

    claims = FailsOnce(desk)
    intake = Intake(claims)
    with ThreadPoolExecutor(4) as callers:
        first = callers.submit(intake.submit, OPERATOR, [Submission("first", a_visit())])
        assert claims.begun.acquire(timeout=WAIT_SECONDS)
        waiting = [callers.submit(intake.submit, OPERATOR, [Submission(str(n), a_visit(SPOUSE))]) for n in range(2)]
        while intake.waiting < 2:
            threading.Event().wait(0.001)
        claims.go.set()
        first.result(WAIT_SECONDS)
        for request in waiting:
            with pytest.raises(MemoryError):
                request.result(WAIT_SECONDS)
    assert len(intake.submit(OPERATOR, [Submission("after", a_visit(CHILD))])) == 1
    intake.drain()
