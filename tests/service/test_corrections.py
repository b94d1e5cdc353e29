"""A claim that is corrected after its decision: taken back and decided anew in one step (domain/04 section 5)."""

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import sqlalchemy as sa

from adjudicator.model.case import RulingVerdict
from adjudicator.model.claim import Claim, ClaimType, Purpose
from adjudicator.model.decision import Decision, Disposition
from adjudicator.review import Task
from adjudicator.service.claims import ClaimFilter, ClaimRecord
from adjudicator.service.errors import (
    InvalidRequest,
    NotFound,
    NotPermitted,
    RequestIdReused,
    ServiceError,
    WrongState,
)
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.service.replay import replay
from tests.building import MEMBER
from tests.service.desk import (
    OPERATOR,
    OTHER_BILLING,
    PROVIDER,
    REVIEWER,
    TODAY,
    Desk,
    a_heart_study,
    a_visit,
    an_amount,
)

THIRD, FOURTH = dt.date(2026, 3, 3), dt.date(2026, 3, 4)


def member_and_plan(decision: Decision) -> tuple[dict[str, int], int]:
    """The adjustments of the only line in cents, and what the plan pays."""
    (line,) = decision.lines
    return {f"{a.group}-{a.carc}": a.amount_cents for a in line.adjustments}, line.paid_cents


def used(desk: Desk, accumulator: str = "deductible") -> dict[str, int]:
    """What stands in network of the member's and the family's accumulator."""
    return {
        total.owner: total.used_cents
        for total in desk.accumulators.get(OPERATOR, MEMBER.member_id)
        if total.accumulator == accumulator
    }


@pytest.fixture
def both(desk: Desk) -> tuple[ClaimRecord, ClaimRecord]:
    """X and Y of section 5, both 400.00, where 500.00 of the deductible of 1,000.00 are left."""
    desk.accumulators.record(OPERATOR, [an_amount(amount_cents=50_000)])
    (x,) = desk.submit(a_visit(charge_cents=40_000), prefix="X")
    (y,) = desk.submit(a_visit(charge_cents=40_000, day=THIRD), prefix="Y")
    assert member_and_plan(x.decision) == ({"PR-1": 40_000}, 0)
    assert member_and_plan(y.decision) == ({"PR-1": 10_000, "PR-2": 6_000}, 24_000)
    return x, y


def with_charge(record: ClaimRecord, cents: int, **changes: object) -> Claim:
    claim = record.case.claim
    line = msgspec.structs.replace(claim.lines[0], charge_cents=cents)
    return msgspec.structs.replace(claim, lines=(line,), total_charge_cents=cents, **changes)


def test_section_5_a_corrected_claim_counts_what_others_used_and_not_what_it_used_itself(
    desk: Desk, both: tuple[ClaimRecord, ClaimRecord]
) -> None:
    # X 400.00 becomes 250.00: 500.00 - Y's 100.00 = 400.00 are left, so all 250.00 go to the deductible
    x, y = both
    after = desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 25_000))
    assert member_and_plan(after.decision) == ({"PR-1": 25_000}, 0)
    assert (after.claim_id, after.decision_number, after.case.received_on) == (x.claim_id, 2, x.case.received_on)
    # 500.00 of the pharmacy + 400.00 - 400.00 + 100.00 + 250.00: X and Y come to 350.00
    assert used(desk) == {"member": 85_000, "family": 85_000}
    # + Y's coinsurance of 60.00
    assert used(desk, "out_of_pocket") == {"member": 41_000, "family": 41_000}
    assert desk.claims.get(OPERATOR, y.claim_id).decision == y.decision
    assert desk.claims.get(OPERATOR, x.claim_id) == after


def test_what_the_correction_leaves_of_the_deductible_is_the_next_claims(
    desk: Desk, both: tuple[ClaimRecord, ClaimRecord]
) -> None:
    # 1,000.00 - 850.00 = 150.00, then 20 % of 250.00 = 50.00
    desk.corrections.correct(OPERATOR, both[0].claim_id, "K1", with_charge(both[0], 25_000))
    (z,) = desk.submit(a_visit(charge_cents=40_000, day=FOURTH), prefix="Z")
    assert member_and_plan(z.decision) == ({"PR-1": 15_000, "PR-2": 5_000}, 20_000)


def test_a_correction_upwards_takes_what_is_left_and_shares_the_rest(
    desk: Desk, both: tuple[ClaimRecord, ClaimRecord]
) -> None:
    # X becomes 600.00: 400.00 to the deductible, 20 % of 200.00 = 40.00
    x = both[0]
    after = desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 60_000))
    assert member_and_plan(after.decision) == ({"PR-1": 40_000, "PR-2": 4_000}, 16_000)
    assert used(desk) == {"member": 100_000, "family": 100_000}


def test_the_same_correction_again_is_answered_and_moves_nothing(
    desk: Desk, both: tuple[ClaimRecord, ClaimRecord]
) -> None:
    x = both[0]
    first = desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 25_000))
    rows = {table: desk.rows(table) for table in ("decisions", "outside_entries", "accumulator_entries", "requests")}
    assert desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 25_000)) == first
    assert {table: desk.rows(table) for table in rows} == rows
    with pytest.raises(RequestIdReused):
        desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 26_000))
    with pytest.raises(RequestIdReused):
        desk.corrections.correct(OPERATOR, both[1].claim_id, "K1", with_charge(x, 25_000))
    # back to what it was, under another name: the deductible's 400.00 again
    again = desk.corrections.correct(OPERATOR, x.claim_id, "K2", x.case.claim)
    assert (again.decision_number, member_and_plan(again.decision)) == (3, ({"PR-1": 40_000}, 0))
    assert used(desk)["member"] == 100_000


def test_a_claim_that_was_taken_back_before_is_not_taken_back_twice(
    desk: Desk, both: tuple[ClaimRecord, ClaimRecord]
) -> None:
    x = both[0]
    desk.accumulators.reverse(OPERATOR, x.claim_id)
    desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 25_000))
    assert used(desk)["member"] == 85_000
    # and the correction can be taken back in its turn
    desk.accumulators.reverse(OPERATOR, x.claim_id)
    assert used(desk)["member"] == 60_000


def test_what_goes_wrong_half_way_leaves_everything_as_it_was(
    desk: Desk, both: tuple[ClaimRecord, ClaimRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    x = both[0]

    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("adjudicator.service.corrections.record", fails)
    with pytest.raises(RuntimeError):
        desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 25_000))
    assert used(desk)["member"] == 100_000
    assert desk.claims.get(OPERATOR, x.claim_id) == x


def test_only_the_corrected_decision_is_paid(desk: Desk, both: tuple[ClaimRecord, ClaimRecord]) -> None:
    x, y = both
    after = desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 60_000))
    (paid,) = desk.payments.run(OPERATOR, TODAY)
    assert {claim.decision.claim_id: claim.decision for claim in paid.claims} == {
        x.claim_id: after.decision,
        y.claim_id: y.decision,
    }
    assert paid.paid_cents == 16_000 + 24_000


def paid(desk: Desk) -> ClaimRecord:
    (record,) = desk.submit(a_visit())
    desk.payments.run(OPERATOR, TODAY)
    return record


def waiting(desk: Desk) -> ClaimRecord:
    (record,) = desk.submit(a_heart_study())
    assert record.decision.disposition is Disposition.PENDED
    return record


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (paid, "on a remittance already"),
        (waiting, "not decided yet"),
    ],
)
def test_what_cannot_be_corrected_says_why_and_stays(
    desk: Desk, state: Callable[[Desk], ClaimRecord], told: str
) -> None:
    record = state(desk)
    entries = desk.rows("outside_entries")
    with pytest.raises(WrongState, match=told):
        desk.corrections.correct(OPERATOR, record.claim_id, "K1", with_charge(record, 25_000))
    assert desk.claims.get(OPERATOR, record.claim_id) == record
    assert desk.rows("outside_entries") == entries


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"billing": OTHER_BILLING}, InvalidRequest),
        ({"patient_control_number": "ANOTHER"}, InvalidRequest),
        # each of these would wait for good, with what it had used taken back
        ({"frequency_code": "7", "original_claim_id": "C1"}, InvalidRequest),
        ({"frequency_code": "8", "original_claim_id": "C1"}, InvalidRequest),
        ({"test": True}, InvalidRequest),
        ({"claim_type": ClaimType.INSTITUTIONAL}, InvalidRequest),
        ({"purpose": Purpose.ENCOUNTER}, InvalidRequest),
        # a claim without diagnoses never enters
        ({"diagnoses": ()}, WrongState),
    ],
)
def test_another_claim_is_no_correction(
    desk: Desk, both: tuple[ClaimRecord, ClaimRecord], changes: dict[str, object], refused: type[ServiceError]
) -> None:
    x = both[0]
    with pytest.raises(refused):
        desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 25_000, **changes))
    assert used(desk)["member"] == 100_000
    assert desk.claims.get(OPERATOR, x.claim_id) == x


def test_only_operators_correct_claims_that_are_there(desk: Desk, both: tuple[ClaimRecord, ClaimRecord]) -> None:
    x = both[0]
    for caller in (PROVIDER, REVIEWER):
        with pytest.raises(NotPermitted):
            desk.corrections.correct(caller, x.claim_id, "K1", with_charge(x, 25_000))
    with pytest.raises(NotFound):
        desk.corrections.correct(OPERATOR, "NOBODY", "K1", with_charge(x, 25_000))
    with pytest.raises(InvalidRequest):
        desk.corrections.correct(OPERATOR, x.claim_id, "", with_charge(x, 25_000))


def test_every_decision_of_a_corrected_claim_stays_on_file(desk: Desk, both: tuple[ClaimRecord, ClaimRecord]) -> None:
    x = both[0]
    desk.corrections.correct(OPERATOR, x.claim_id, "K1", with_charge(x, 25_000))
    with desk.store.reading() as connection:
        numbers = connection.execute(
            sa.text("SELECT number FROM decisions JOIN claims USING (arrival) WHERE claim_id = :id ORDER BY number"),
            {"id": x.claim_id},
        ).scalars()
        assert list(numbers) == [1, 2]


ALLOWED = GivenRuling(RulingVerdict.ALLOW, "The record names the reason.")


@pytest.fixture
def ruled(desk: Desk) -> ClaimRecord:
    """An ultrasound of the heart for 400.00 that a clinician has allowed: all of it is deductible."""
    desk.submit(a_heart_study())
    record = desk.reviews.rule(REVIEWER, the_task(desk).task_id, ALLOWED)
    assert member_and_plan(record.decision) == ({"PR-1": 40_000}, 0)
    return record


def the_task(desk: Desk) -> Task:
    """The one open task."""
    (task,) = desk.reviews.list_tasks(REVIEWER)[0]
    return task


def test_rulings_do_not_hold_for_a_corrected_claim_and_the_reviewers_see_them(desk: Desk, ruled: ClaimRecord) -> None:
    assert used(desk) == {"member": 40_000, "family": 40_000}
    after = desk.corrections.correct(OPERATOR, ruled.claim_id, "K1", with_charge(ruled, 25_000))
    # It waits again by the same rule, and has given back what it had used of the limits.
    assert (after.decision_number, after.decision.disposition) == (3, Disposition.PENDED)
    assert after.case.rulings == ()
    assert used(desk) == {"member": 0, "family": 0}
    task = the_task(desk)
    assert (task.task_id, task.decision_number) == (f"{ruled.claim_id}-2", 3)
    (earlier,) = desk.reviews.earlier_rulings(REVIEWER, task.task_id)
    assert (earlier.task_id, earlier.decision_number, earlier.ruled_on) == (f"{ruled.claim_id}-1", 1, TODAY)
    assert earlier.ruling == ruled.case.rulings[0]
    # Nothing was answered before the first task, and its own answer is no earlier one.
    assert desk.reviews.earlier_rulings(REVIEWER, earlier.task_id) == ()
    with pytest.raises(NotPermitted):
        desk.reviews.earlier_rulings(PROVIDER, task.task_id)
    with pytest.raises(NotFound):
        desk.reviews.earlier_rulings(REVIEWER, "C0-1")


def test_a_corrected_claim_is_ruled_anew_and_the_first_ruling_never_comes_back(desk: Desk, ruled: ClaimRecord) -> None:
    desk.corrections.correct(OPERATOR, ruled.claim_id, "K1", with_charge(ruled, 25_000))
    # Decided again without an answer it still waits.
    again = desk.reviews.decide_again(OPERATOR, the_task(desk).task_id)
    assert (again.decision.disposition, again.case.rulings) == (Disposition.PENDED, ())
    preview = desk.reviews.preview(REVIEWER, the_task(desk).task_id, ALLOWED)
    record = desk.reviews.rule(REVIEWER, the_task(desk).task_id, ALLOWED)
    assert preview.record.decision == record.decision
    assert member_and_plan(record.decision) == ({"PR-1": 25_000}, 0)
    assert len(record.case.rulings) == 1
    assert used(desk) == {"member": 25_000, "family": 25_000}
    assert desk.rows("rulings") == 2
    assert [result.same for result in replay(desk.store, lambda _files: desk.in_force())] == [True] * 5


def test_a_corrected_claim_that_asks_nobody_any_more_is_decided_without_the_ruling(
    desk: Desk, ruled: ClaimRecord
) -> None:
    # The study was an office visit: 400.00 of the deductible, and nothing waits
    line = msgspec.structs.replace(ruled.case.claim.lines[0], procedure="99213")
    visit = msgspec.structs.replace(ruled.case.claim, lines=(line,))
    after = desk.corrections.correct(OPERATOR, ruled.claim_id, "K1", visit)
    assert member_and_plan(after.decision) == ({"PR-1": 40_000}, 0)
    assert (after.case.rulings, desk.reviews.list_tasks(REVIEWER)[0]) == ((), [])
    assert used(desk) == {"member": 40_000, "family": 40_000}


def test_an_answer_by_another_rule_is_no_earlier_one(desk: Desk, ruled: ClaimRecord) -> None:
    wound = msgspec.structs.replace(with_charge(ruled, 25_000), accident_state="NE", related_causes=("AA",))
    desk.corrections.correct(OPERATOR, ruled.claim_id, "K1", wound)
    tasks = {task.rule: task.task_id for task in desk.reviews.list_tasks(REVIEWER)[0]}
    told = {rule: len(desk.reviews.earlier_rulings(REVIEWER, task_id)) for rule, task_id in tasks.items()}
    assert told.pop(ruled.case.rulings[0].rule) == 1
    assert told and set(told.values()) == {0}


def test_corrections_at_the_same_time_are_made_one_after_the_other(desk: Desk) -> None:
    # eight corrections of one claim and eight claims of the family at once: every decision finds what those before it left
    (x,) = desk.submit(a_visit(charge_cents=40_000), prefix="X")
    others = [a_visit(charge_cents=10_000 + 100 * n, day=FOURTH + dt.timedelta(days=n)) for n in range(8)]
    start = threading.Barrier(16)

    def correct(number: int) -> None:
        start.wait(30)
        desk.corrections.correct(OPERATOR, x.claim_id, f"K{number}", with_charge(x, 20_000 + 1000 * number))

    def send(number: int) -> None:
        start.wait(30)
        desk.submit(others[number], prefix=f"Y{number}-")

    with ThreadPoolExecutor(16) as callers:
        done = [callers.submit(correct, n) for n in range(8)] + [callers.submit(send, n) for n in range(8)]
        for each in done:
            each.result(60)
    after = desk.claims.get(OPERATOR, x.claim_id)
    assert after.decision_number == 9
    standing = [
        after,
        *(record for record in desk.claims.list(OPERATOR, ClaimFilter())[0] if record.claim_id != x.claim_id),
    ]
    assert len(standing) == 9
    expected: dict[str, int] = defaultdict(int)
    for record in standing:
        for entry in record.decision.entries:
            if entry.accumulator == "deductible":
                expected[entry.owner.partition(":")[0]] += entry.amount_cents
    assert used(desk) == expected
    assert used(desk)["member"] <= 100_000
    # eight reversals of eight decisions, of the member's and the family's two accumulators each at most
    assert desk.rows("outside_entries") <= 8 * 4
