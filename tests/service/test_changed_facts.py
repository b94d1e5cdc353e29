"""Facts that change after a claim was decided: the decision and its money stay, and a reviewer is asked about it."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import Coverage, Member, RulingVerdict
from adjudicator.model.dates import Span, months_before
from adjudicator.model.decision import Disposition, PriorityPayer
from adjudicator.model.other_coverage import CoverageKind, KnownCoverage
from adjudicator.policy.document import Document
from adjudicator.review import Task, TaskState
from adjudicator.service import changed_facts
from adjudicator.service.changed_facts import ChangedFacts, Loaded
from adjudicator.service.errors import InvalidRequest, NotPermitted, WrongState
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.store.claims import stored_cases
from adjudicator.x12.era import write_835
from tests.building import ALWAYS, MEMBER, SERVICE_DAY, a_claim, a_line
from tests.remittance.decided import PAYER
from tests.remittance.told import priority_payer_in
from tests.service.desk import CHILD, OPERATOR, PROVIDER, REVIEWER, SPOUSE, TODAY, Desk, subscriber

STANDS = GivenRuling(RulingVerdict.ALLOW, "The other plan does not pay for days before we told it.")
HUSBANDS = KnownCoverage(
    kind=CoverageKind.GROUP,
    span=Span(dt.date(2020, 1, 1)),
    payer_id="FARAWAY",
    payer_name="FARAWAY HEALTH",
    dependent=False,
)


def a_visit_of(member: Member = SPOUSE, day: dt.date = SERVICE_DAY, **changes: Any) -> Any:
    return a_claim(
        a_line(charge_cents=10_000, from_date=day, through_date=day), subscriber=subscriber(member), **changes
    )


def facts(desk: Desk) -> ChangedFacts:
    return ChangedFacts(desk.store, desk.in_force, desk.clock)


def learn(desk: Desk, *known: KnownCoverage, member: Member = SPOUSE) -> Loaded:
    return facts(desk).load_other_coverage(OPERATOR, {member.member_id: known})


def cover(desk: Desk, *spans: Span, member: Member = SPOUSE) -> Loaded:
    covered = [Coverage(plan="plans/worked", span=span) for span in spans]
    return facts(desk).load_members(OPERATOR, [(member, covered)])


def open_tasks(desk: Desk) -> list[Task]:
    return desk.reviews.list_tasks(REVIEWER)[0]


def test_the_order_is_part_of_the_claims_facts_and_replay_gives_the_same(desk: Desk) -> None:
    learn(desk, HUSBANDS)
    (record,) = desk.submit(a_visit_of())
    assert record.case.other_coverage == (HUSBANDS,)
    assert record.decision.disposition is Disposition.DENIED
    assert [(a.group, a.carc) for a in record.decision.line(1).adjustments] == [("OA", "22")]
    learn(desk)
    with desk.store.reading() as connection:
        (stored,) = stored_cases(connection, 0, 10)
    assert stored.case == record.case
    assert adjudicate(stored.case, desk.in_force()) == record.decision
    (later,) = desk.submit(a_visit_of(), prefix="L")
    assert later.case.other_coverage == ()


def test_a_payer_before_us_that_turns_up_later_asks_a_reviewer_about_what_was_paid(desk: Desk) -> None:
    record, childs = desk.submit(a_visit_of(), a_visit_of(CHILD))
    assert record.decision.disposition is Disposition.PAID
    before = desk.balance(f"member:{SPOUSE.member_id}")
    loaded = learn(desk, HUSBANDS)
    (task,) = loaded.tasks
    assert open_tasks(desk) == [task]
    assert (task.claim_id, task.rule, task.queue, task.pend_code, task.opened_on) == (
        record.claim_id,
        "changed.other-coverage",
        "coordination",
        "COB",
        TODAY,
    )
    assert "FARAWAY HEALTH (group) pays before us" in task.question
    # Nothing of the decision, its money or its accumulators moves by itself.
    assert desk.claims.get(OPERATOR, record.claim_id).decision == record.decision
    assert desk.balance(f"member:{SPOUSE.member_id}") == before == 10_000
    assert desk.rows("decisions") == 2
    assert childs.claim_id != task.claim_id


def test_loading_the_same_again_asks_nothing_twice(desk: Desk) -> None:
    desk.submit(a_visit_of())
    assert len(learn(desk, HUSBANDS).tasks) == 1
    assert learn(desk, HUSBANDS).tasks == ()
    # Another fact of the same payer, and the task is open already.
    assert learn(desk, msgspec.structs.replace(HUSBANDS, payer_id="NEARBY")).tasks == ()
    assert len(open_tasks(desk)) == 1


@pytest.mark.parametrize(
    "known",
    [
        msgspec.structs.replace(HUSBANDS, dependent=True, covered_since=dt.date(2025, 1, 1)),
        msgspec.structs.replace(HUSBANDS, span=Span(dt.date(2020, 1, 1), SERVICE_DAY - dt.timedelta(days=1))),
        msgspec.structs.replace(HUSBANDS, kind=CoverageKind.MEDICAID),
    ],
)
def test_what_leaves_us_the_first_asks_nobody(desk: Desk, known: KnownCoverage) -> None:
    desk.submit(a_visit_of(MEMBER))
    assert learn(desk, known, member=MEMBER).tasks == ()


@pytest.mark.parametrize(("days", "asked"), [(0, 1), (-1, 0)])
def test_only_as_far_back_as_the_payer_looks(desk: Desk, days: int, asked: int) -> None:
    # Twelve months before 2026-04-01: 2025-04-01
    day = months_before(TODAY, 12) + dt.timedelta(days=days)
    (record,) = desk.submit(a_visit_of(day=day))
    assert record.decision.disposition.is_final
    assert len(learn(desk, HUSBANDS).tasks) == asked


def test_a_payer_that_proves_wrong_asks_about_what_was_denied(desk: Desk) -> None:
    learn(desk, HUSBANDS)
    (record,) = desk.submit(a_visit_of())
    assert record.decision.disposition is Disposition.DENIED
    (task,) = learn(desk).tasks
    assert task.claim_id == record.claim_id
    assert task.question.endswith("Nothing stands against it any more.")


def test_the_remittance_names_the_payer_that_the_file_knew_when_the_claim_was_decided(desk: Desk) -> None:
    learn(desk, HUSBANDS)
    desk.submit(a_visit_of())
    learn(desk, msgspec.structs.replace(HUSBANDS, payer_id="ELSEWHERE", payer_name="ELSEWHERE HEALTH"))
    paid_on = TODAY + dt.timedelta(days=1)
    remittances = desk.payments.run(OPERATOR, paid_on)
    assert [paid.claims[0].decision.priority_payer for paid in remittances] == [
        PriorityPayer("FARAWAY", "FARAWAY HEALTH")
    ]
    text = write_835(
        remittances, PAYER, interchange_control_number=7, created_on=paid_on, created_at="0830", test=False
    )
    assert priority_payer_in("".join(text)) == ("FARAWAY HEALTH", "FARAWAY")


def test_a_claim_that_waits_is_no_decided_one(desk: Desk) -> None:
    learn(desk, msgspec.structs.replace(HUSBANDS, dependent=None))
    (record,) = desk.submit(a_visit_of())
    assert record.decision.disposition is Disposition.PENDED
    assert learn(desk, HUSBANDS).tasks == ()
    # The answer is there: an operator has the claim decided again by it.
    (task,) = open_tasks(desk)
    assert task.rule == "other-coverage.fact-missing"
    assert desk.reviews.decide_again(OPERATOR, task.task_id).decision.disposition is Disposition.DENIED


def test_a_decision_that_was_taken_back_asks_nobody(desk: Desk) -> None:
    record, second = desk.submit(a_visit_of(), a_visit_of(day=SERVICE_DAY + dt.timedelta(days=1)))
    desk.accumulators.reverse(OPERATOR, record.claim_id)
    assert [task.claim_id for task in learn(desk, HUSBANDS).tasks] == [second.claim_id]
    ended = Span(ALWAYS.effective, SERVICE_DAY - dt.timedelta(days=1))
    assert [task.claim_id for task in cover(desk, ended).tasks] == [second.claim_id]


def test_a_task_closes_with_the_decision_that_it_asks_about(desk: Desk) -> None:
    record, second = desk.submit(a_visit_of(), a_visit_of(day=SERVICE_DAY + dt.timedelta(days=1)))
    first_task, second_task = learn(desk, HUSBANDS).tasks
    desk.today = TODAY + dt.timedelta(days=2)
    back = desk.accumulators.reverse(OPERATOR, record.claim_id)
    closed = desk.reviews.get_task(REVIEWER, first_task.task_id)
    assert (closed.state, closed.closed_because) == (
        TaskState.CLOSED,
        "Decision 1 of the claim was taken back on 2026-04-03 by night-run.",
    )
    # The other claim's decision stands, and so does the question.
    assert open_tasks(desk) == [second_task]
    assert second_task.claim_id == second.claim_id
    with pytest.raises(WrongState, match="closed already"):
        desk.reviews.rule(REVIEWER, first_task.task_id, STANDS)
    # Taking it back again, a day later, moves neither limits nor the reason.
    desk.today += dt.timedelta(days=1)
    assert desk.accumulators.reverse(OPERATOR, record.claim_id) == back
    assert desk.reviews.get_task(REVIEWER, first_task.task_id) == closed


def test_a_reversal_that_fails_leaves_the_task_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (record,) = desk.submit(a_visit_of())
    (task,) = learn(desk, HUSBANDS).tasks

    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("adjudicator.service.accumulators.add_entries", fails)
    with pytest.raises(RuntimeError):
        desk.accumulators.reverse(OPERATOR, record.claim_id)
    assert open_tasks(desk) == [task]


def test_an_answer_and_a_reversal_at_the_same_time_come_one_after_the_other(desk: Desk) -> None:
    records = desk.submit(*[a_visit_of(day=SERVICE_DAY + dt.timedelta(days=n)) for n in range(8)])
    tasks = learn(desk, HUSBANDS).tasks
    start = threading.Barrier(16)

    def answer(task: Task) -> bool:
        start.wait(30)
        try:
            desk.reviews.rule(REVIEWER, task.task_id, STANDS)
        except WrongState:
            return False
        return True

    def reverse(claim_id: str) -> None:
        start.wait(30)
        desk.accumulators.reverse(OPERATOR, claim_id)

    with ThreadPoolExecutor(16) as callers:
        answers = [callers.submit(answer, task) for task in tasks]
        for each in [callers.submit(reverse, record.claim_id) for record in records]:
            each.result(60)
        answered = [each.result(60) for each in answers]
    # Who came first is so: the task is ruled and has its ruling, or closed and has none.
    states = [desk.reviews.get_task(REVIEWER, task.task_id).state for task in tasks]
    assert states == [TaskState.RULED if one else TaskState.CLOSED for one in answered]
    assert desk.rows("rulings") == sum(answered)
    assert open_tasks(desk) == []


def test_a_corrected_claim_is_judged_by_its_latest_decision(desk: Desk) -> None:
    (record,) = desk.submit(a_visit_of())
    (task,) = learn(desk, HUSBANDS).tasks
    later = a_visit_of(patient_control_number=record.case.claim.patient_control_number)
    after = desk.corrections.correct(OPERATOR, record.claim_id, "K1", later)
    # It was decided anew by the facts of today, so nothing is left to ask, and nothing when they are loaded again.
    assert (after.decision_number, after.decision.disposition) == (2, Disposition.DENIED)
    closed = desk.reviews.get_task(REVIEWER, task.task_id)
    assert (closed.state, closed.closed_because) == (
        TaskState.CLOSED,
        "Decision 1 of the claim was taken back on 2026-04-01 by night-run.",
    )
    assert learn(desk, HUSBANDS).tasks == ()
    assert [again.decision_number for again in learn(desk).tasks] == [2]


class TestTheReviewersAnswer:
    @pytest.fixture
    def task(self, desk: Desk) -> Task:
        desk.submit(a_visit_of())
        (task,) = learn(desk, HUSBANDS).tasks
        return task

    def test_the_decision_stands_and_the_answer_is_kept(self, desk: Desk, task: Task) -> None:
        record = desk.reviews.rule(REVIEWER, task.task_id, STANDS)
        assert (record.decision_number, record.decision.disposition) == (1, Disposition.PAID)
        assert open_tasks(desk) == []
        assert desk.reviews.get_task(REVIEWER, task.task_id).state is TaskState.RULED
        assert desk.rows("rulings") == 1 and desk.rows("decisions") == 1
        with pytest.raises(WrongState, match="ruled already"):
            desk.reviews.rule(REVIEWER, task.task_id, STANDS)

    def test_it_takes_a_reason(self, desk: Desk, task: Task) -> None:
        with pytest.raises(InvalidRequest, match="rationale"):
            desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(RulingVerdict.ALLOW, " "))
        assert open_tasks(desk) == [task]

    def test_no_ruling_moves_decided_money(self, desk: Desk, task: Task) -> None:
        with pytest.raises(WrongState, match="allow it if the decision stands"):
            desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(RulingVerdict.DENY, "The other plan pays."))
        with pytest.raises(WrongState, match="about a decided claim"):
            desk.reviews.preview(REVIEWER, task.task_id, STANDS)
        with pytest.raises(WrongState, match="is decided"):
            desk.reviews.decide_again(OPERATOR, task.task_id)
        assert open_tasks(desk) == [task] and desk.rows("decisions") == 1

    def test_a_later_change_asks_anew(self, desk: Desk, task: Task) -> None:
        desk.reviews.rule(REVIEWER, task.task_id, STANDS)
        (again,) = learn(desk, msgspec.structs.replace(HUSBANDS, payer_id="NEARBY")).tasks
        assert again.task_id == f"{task.claim_id}-2"


def test_coverage_that_ends_before_a_paid_service_asks_a_reviewer(desk: Desk) -> None:
    (record,) = desk.submit(a_visit_of())
    ended = Span(ALWAYS.effective, SERVICE_DAY - dt.timedelta(days=1))
    (task,) = cover(desk, ended).tasks
    assert (task.claim_id, task.rule, task.queue, task.pend_code) == (
        record.claim_id,
        "changed.coverage",
        "eligibility",
        "MEM",
    )
    assert f"Coverage ended on {ended.ends}" in task.question
    assert desk.claims.get(OPERATOR, record.claim_id).decision == record.decision


@pytest.mark.parametrize(
    "span", [Span(ALWAYS.effective, SERVICE_DAY), Span(ALWAYS.effective, TODAY), Span(ALWAYS.effective)]
)
def test_coverage_that_holds_on_the_day_asks_nobody(desk: Desk, span: Span) -> None:
    desk.submit(a_visit_of())
    assert cover(desk, span).tasks == ()


@pytest.mark.parametrize(("changes_on", "asked"), [(SERVICE_DAY, 1), (SERVICE_DAY + dt.timedelta(days=1), 0)])
def test_another_plan_of_ours_on_the_day_asks_a_reviewer(desk: Desk, changes_on: dt.date, asked: int) -> None:
    (record,) = desk.submit(a_visit_of())
    covered = [
        Coverage(plan="plans/worked", span=Span(ALWAYS.effective, changes_on - dt.timedelta(days=1))),
        Coverage(plan="plans/epo-select", span=Span(changes_on)),
    ]
    tasks = facts(desk).load_members(OPERATOR, [(SPOUSE, covered)]).tasks
    assert len(tasks) == asked
    assert all("was decided by plans/worked; the patient had plans/epo-select" in task.question for task in tasks)
    assert desk.claims.get(OPERATOR, record.claim_id).decision == record.decision


@pytest.mark.parametrize(("since", "asked"), [(dt.date(2020, 1, 2), 1), (dt.date(2019, 12, 31), 0)])
def test_coverage_that_began_later_than_another_payers_asks_who_pays_first(
    desk: Desk, since: dt.date, asked: int
) -> None:
    # The other plan covers the member since 2020-01-01: the longer one pays first.
    ours = KnownCoverage(kind=CoverageKind.OURS, span=ALWAYS, active=True, continuation=False)
    other = msgspec.structs.replace(HUSBANDS, active=True, continuation=False)
    cover(desk, Span(dt.date(2019, 1, 1)), member=MEMBER)
    learn(desk, ours, other, member=MEMBER)
    (record,) = desk.submit(a_visit_of(MEMBER))
    assert record.decision.disposition is Disposition.PAID
    tasks = cover(desk, Span(since), member=MEMBER).tasks
    assert len(tasks) == asked
    assert all("has covered the person longer" in task.question for task in tasks)


def test_coverage_that_was_entered_late_asks_about_what_was_denied(desk: Desk) -> None:
    cover(desk, Span(SERVICE_DAY + dt.timedelta(days=1)))
    (record,) = desk.submit(a_visit_of())
    assert record.decision.disposition is Disposition.DENIED
    (task,) = cover(desk, Span(SERVICE_DAY)).tasks
    assert task.claim_id == record.claim_id


def test_a_payer_that_looks_at_nothing_again_is_asked_nothing(desk: Desk) -> None:
    policies = desk.in_force()
    silent = tuple(msgspec.structs.replace(version, reviews_again=None) for version in policies.payer.versions)
    payer = Document(policies.payer.path, policies.payer.title, silent)
    desk.submit(a_visit_of())
    quiet = ChangedFacts(desk.store, lambda: msgspec.structs.replace(policies, payer=payer), desk.clock)
    assert quiet.load_other_coverage(OPERATOR, {SPOUSE.member_id: [HUSBANDS]}).tasks == ()


def test_policies_that_cannot_tell_ask_a_person(desk: Desk) -> None:
    policies = desk.in_force()
    silent = tuple(msgspec.structs.replace(version, order_rules=None) for version in policies.payer.versions)
    payer = Document(policies.payer.path, policies.payer.title, silent)
    desk.submit(a_visit_of())
    gaps = ChangedFacts(desk.store, lambda: msgspec.structs.replace(policies, payer=payer), desk.clock)
    (task,) = gaps.load_other_coverage(OPERATOR, {SPOUSE.member_id: [HUSBANDS]}).tasks
    assert "order_of_payers" in task.question


def test_a_large_file_is_loaded_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed_facts, "MEMBERS_AT_ONCE", 2)
    desk.submit(a_visit_of(), a_visit_of(CHILD))
    childs = msgspec.structs.replace(HUSBANDS, coordinates=False, dependent=True)
    rows = {MEMBER.member_id: [HUSBANDS], SPOUSE.member_id: [HUSBANDS], CHILD.member_id: [childs]}
    loaded = facts(desk).load_other_coverage(OPERATOR, rows)
    assert (loaded.count, len(loaded.tasks)) == (3, 2)
    assert desk.rows("other_coverages") == 3


def test_only_an_operator_changes_what_is_on_file(desk: Desk) -> None:
    for nobody in (REVIEWER, PROVIDER):
        with pytest.raises(NotPermitted):
            facts(desk).load_other_coverage(nobody, {SPOUSE.member_id: [HUSBANDS]})
        with pytest.raises(NotPermitted):
            facts(desk).load_members(nobody, [(SPOUSE, [])])
    assert desk.rows("other_coverages") == 0
