"""Reviewers: a pended claim is a task, a ruling is a fact, the claim is decided again."""

import datetime as dt

import msgspec
import pytest

from adjudicator import engine
from adjudicator.model.case import Case, Coverage, LineState, RulingVerdict
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.fee_schedules import FlatFees
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import Task, TaskState
from adjudicator.service.claims import ClaimRecord, Submission
from adjudicator.service.errors import InvalidRequest, NotFound, NotPermitted, WrongState
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.store.membership import load_members
from tests.building import ALWAYS, MEMBER, a_claim, a_line
from tests.databases import Place
from tests.service.desk import (
    CHILD,
    OPERATOR,
    PROVIDER,
    REVIEWER,
    SPOUSE,
    TODAY,
    ULTRASOUND,
    Desk,
    a_heart_study,
    a_visit,
    subscriber,
)

ALLOW, DENY = RulingVerdict.ALLOW, RulingVerdict.DENY
INDICATION = "coverage/echocardiography#indication"
FAMILY = f"family:{MEMBER.family_id}"


def the_task(desk: Desk) -> Task:
    """The one open task."""
    (task,) = desk.reviews.list_tasks(REVIEWER)[0]
    return task


@pytest.fixture
def pended(desk: Desk) -> ClaimRecord:
    """An ultrasound of the heart for 400.00 that waits for a clinician."""
    (record,) = desk.submit(a_heart_study(charge_cents=40_000))
    return record


@pytest.fixture
def undecided(desk: Desk) -> ClaimRecord:
    """A claim that this version does not decide: no policy names a reason for a no."""
    (record,) = desk.submit(a_visit(frequency_code="5"))
    return record


class TestTasks:
    def test_a_pended_claim_is_listed_with_its_exact_finding(self, desk: Desk, pended: ClaimRecord) -> None:
        task = the_task(desk)
        (finding,) = pended.decision.pends()
        assert task == Task(
            task_id=f"{pended.claim_id}-1",
            claim_id=pended.claim_id,
            decision_number=1,
            rule=INDICATION,
            policy=finding.policy,
            line=1,
            verdict=Verdict.PEND,
            queue="clinical",
            question=finding.question,
            opened_on=TODAY,
            pend_code="MED",
        )
        assert desk.reviews.get_task(OPERATOR, task.task_id) == task

    def test_a_claim_has_a_task_for_each_finding_that_holds_it(self, desk: Desk) -> None:
        two = [a_line(n, procedure=ULTRASOUND, charge_cents=40_000 + n, modifiers=(("59",), ())[n - 1]) for n in (1, 2)]
        (record,) = desk.submit(
            a_claim(*two, subscriber=subscriber(MEMBER), accident_state="NE", related_causes=("AA",))
        )
        tasks = desk.reviews.list_tasks(REVIEWER)[0]
        assert {(task.rule, task.line) for task in tasks} == {(f.rule, f.line) for f in record.decision.pends()}
        assert len(tasks) >= 3
        assert [task.task_id for task in tasks] == [f"{record.claim_id}-{n + 1}" for n in range(len(tasks))]

    def test_paid_and_rejected_claims_have_none(self, desk: Desk) -> None:
        desk.submit(a_visit(), a_visit(SPOUSE, total_charge_cents=1))
        assert desk.reviews.list_tasks(REVIEWER) == ([], "")

    def test_a_queue_is_a_list_of_its_own_and_the_oldest_comes_first(self, desk: Desk) -> None:
        records = desk.submit(a_heart_study(), a_visit(SPOUSE, frequency_code="5"), a_heart_study(CHILD))
        listed, _ = desk.reviews.list_tasks(REVIEWER, queue="clinical")
        assert [task.claim_id for task in listed] == [records[0].claim_id, records[2].claim_id]
        assert [task.claim_id for task in desk.reviews.list_tasks(REVIEWER, queue="system")[0]] == [records[1].claim_id]
        assert desk.reviews.list_tasks(REVIEWER, queue="nowhere") == ([], "")

    def test_pages_join_to_the_whole_list(self, desk: Desk) -> None:
        desk.submit(*[a_heart_study(day=dt.date(2026, 3, 1 + n)) for n in range(5)])
        whole, _ = desk.reviews.list_tasks(REVIEWER)
        first, token = desk.reviews.list_tasks(REVIEWER, "", 3)
        second, end = desk.reviews.list_tasks(REVIEWER, "", 3, token)
        assert first + second == whole
        assert end == ""

    def test_providers_have_no_tasks(self, desk: Desk, pended: ClaimRecord) -> None:
        task_id = the_task(desk).task_id
        with pytest.raises(NotPermitted):
            desk.reviews.list_tasks(PROVIDER)
        with pytest.raises(NotPermitted):
            desk.reviews.get_task(PROVIDER, task_id)
        with pytest.raises(NotPermitted):
            desk.reviews.rule(PROVIDER, task_id, GivenRuling(ALLOW, "because"))

    def test_a_task_that_is_not_there_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            desk.reviews.get_task(REVIEWER, "C0-1")
        with pytest.raises(NotFound):
            desk.reviews.rule(REVIEWER, "C0-1", GivenRuling(ALLOW, "because"))


class TestAllowing:
    def test_the_claim_is_decided_again_and_paid(self, desk: Desk, pended: ClaimRecord) -> None:
        desk.today = TODAY + dt.timedelta(days=2)
        record = desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, " A murmur is documented. "))
        assert record.decision_number == 2
        assert record.decision.disposition is Disposition.PAID
        assert record.case.received_on == pended.case.received_on
        assert record.case.decided_on == desk.today
        (ruling,) = record.case.rulings
        assert (ruling.rule, ruling.line, ruling.rationale, ruling.ruled_by) == (
            INDICATION,
            1,
            "A murmur is documented.",
            "nurse",
        )
        (finding,) = record.decision.findings
        assert (finding.verdict, finding.ruled_by) == (Verdict.INFORM, "nurse")
        assert desk.claims.get(OPERATOR, record.claim_id) == record
        assert desk.reviews.list_tasks(REVIEWER) == ([], "")
        assert desk.reviews.get_task(REVIEWER, f"{record.claim_id}-1").state is TaskState.RULED

    def test_balances_move_with_the_final_decision_and_only_then(self, desk: Desk, pended: ClaimRecord) -> None:
        assert desk.balance(FAMILY) == 0
        desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "because"))
        assert desk.balance(FAMILY) == 40_000

    def test_the_decision_has_todays_facts_and_not_itself_as_history(self, desk: Desk, pended: ClaimRecord) -> None:
        desk.submit(a_visit(charge_cents=90_000), prefix="meanwhile-")
        record = desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "because"))
        # 1,000.00 - 900.00 = 100.00 deductible; 20 % of the other 300.00 = 60.00; the plan pays 240.00
        assert record.decision.paid_cents == 24_000
        assert [line.claim_id for line in record.case.history] != []
        assert record.claim_id not in {line.claim_id for line in record.case.history}

    def test_a_later_repeat_is_not_held_against_the_claim_that_it_repeats(
        self, desk: Desk, pended: ClaimRecord
    ) -> None:
        study = a_heart_study().lines[0]
        visit = a_line(2, charge_cents=20_000)
        undecided = a_line(2, procedure=ULTRASOUND, charge_cents=50_000)
        denied, partly, waiting = desk.submit(
            *[a_claim(study, *other, subscriber=subscriber(MEMBER)) for other in ((), (visit,), (undecided,))],
            prefix="repeat-",
        )
        dispositions = [record.decision.disposition for record in (denied, partly, waiting)]
        assert dispositions == [Disposition.DENIED, Disposition.PARTLY_PAID, Disposition.PENDED]
        record = desk.reviews.rule(REVIEWER, f"{pended.claim_id}-1", GivenRuling(ALLOW, "because"))
        assert record.decision.disposition is Disposition.PAID
        assert [(line.claim_id, line.line) for line in record.case.history] == [(partly.claim_id, 2)]
        assert desk.claims.get(OPERATOR, record.claim_id) == record

    def test_an_earlier_claim_is_held_against_it_however_late_it_is_ruled(
        self, desk: Desk, pended: ClaimRecord
    ) -> None:
        repeat = a_heart_study(charge_cents=40_000).lines[0]
        other = a_line(2, procedure=ULTRASOUND, charge_cents=50_000)
        (later,) = desk.submit(a_claim(repeat, other, subscriber=subscriber(MEMBER)), prefix="later-")
        task = next(
            task for task in desk.reviews.list_tasks(REVIEWER)[0] if (task.claim_id, task.line) == (later.claim_id, 2)
        )
        record = desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(ALLOW, "because"))
        assert record.decision.line(1).verdict is Verdict.DENY
        assert record.decision.line(1).adjustments[0].rule == "exact-duplicate"
        assert record.decision.line(2).paid_cents == 0  # within the deductible
        assert record.decision.disposition is Disposition.PARTLY_PAID

    def test_later_claims_see_the_new_decision_in_place_of_the_old(self, desk: Desk, pended: ClaimRecord) -> None:
        desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "because"))
        (later,) = desk.submit(a_visit(), prefix="later-")
        assert [(line.claim_id, line.decision_number, line.state) for line in later.case.history] == [
            (pended.claim_id, 2, LineState.PAID)
        ]

    def test_resubmitting_is_answered_with_what_became_of_the_claim(self, desk: Desk) -> None:
        claim = a_heart_study()
        desk.submit(claim)
        record = desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "because"))
        assert desk.claims.submit(OPERATOR, [Submission("R0", claim)]) == [record]

    def test_an_allowed_finding_takes_no_reason(self, desk: Desk, pended: ClaimRecord) -> None:
        with pytest.raises(InvalidRequest) as refused:
            desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "because", "CO", "50", ("N115",)))
        assert [violation.field for violation in refused.value.violations] == ["group", "carc", "remarks"]


class TestDenying:
    def test_the_line_is_denied_with_the_reviewers_reason(self, desk: Desk, pended: ClaimRecord) -> None:
        record = desk.reviews.rule(
            REVIEWER, the_task(desk).task_id, GivenRuling(DENY, "No indication.", "CO", "50", ("N115",))
        )
        assert record.decision.disposition is Disposition.DENIED
        (adjustment,) = record.decision.lines[0].adjustments
        assert (adjustment.group, adjustment.carc, adjustment.remarks, adjustment.amount_cents) == (
            "CO",
            "50",
            ("N115",),
            40_000,
        )
        assert desk.balance(FAMILY) == 0

    @pytest.mark.parametrize(
        ("group", "carc", "remarks", "fields"),
        [
            ("", "", (), ["group", "carc"]),
            ("CR", "50", (), ["group"]),
            ("CO", "9999", (), ["carc"]),
            ("CO", "18", (), ["group"]),  # locked to OA
            ("CO", "45", (), ["carc"]),  # a part of a charge only
            ("CO", "27", (), ["group"]),  # the patient or another payer owes it
            ("CO", "118", (), ["carc"]),  # no guidance says what to do about it
            ("CO", "96", (), ["remarks"]),  # needs a remark
            ("CO", "96", ("N782",), ["remarks"]),  # an Alert tells nothing about it
            ("CO", "96", ("N0",), ["remarks", "remarks"]),
            ("CO", "50", ("N0",), ["remarks"]),
        ],
    )
    def test_a_reason_of_the_reviewers_own_follows_the_code_lists_and_everything_wrong_is_told_at_once(
        self, desk: Desk, undecided: ClaimRecord, group: str, carc: str, remarks: tuple[str, ...], fields: list[str]
    ) -> None:
        with pytest.raises(InvalidRequest) as refused:
            desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(DENY, "  ", group, carc, remarks))
        assert [violation.field for violation in refused.value.violations] == ["rationale", *fields]
        assert desk.rows("rulings") == 0
        assert the_task(desk).state is TaskState.OPEN

    @pytest.mark.parametrize(
        ("group", "carc", "remarks"), [("OA", "18", ()), ("CO", "96", ("N130",)), ("PR", "50", ())]
    )
    def test_a_lawful_reason_is_taken_where_the_policy_names_none(
        self, desk: Desk, undecided: ClaimRecord, group: str, carc: str, remarks: tuple[str, ...]
    ) -> None:
        record = desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(DENY, "because", group, carc, remarks))
        assert record.decision.disposition is Disposition.DENIED


class TestWhatCannotBeRuled:
    def test_a_task_is_ruled_once(self, desk: Desk, pended: ClaimRecord) -> None:
        task = the_task(desk)
        desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(ALLOW, "because"))
        with pytest.raises(WrongState):
            desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(DENY, "because", "CO", "50", ("N115",)))
        assert desk.rows("decisions") == 2

    def test_what_the_engine_cannot_do_yet_can_be_denied_and_not_allowed(self, desk: Desk) -> None:
        desk.submit(a_visit(frequency_code="5"))
        task = the_task(desk)
        assert task.queue == "system"
        with pytest.raises(WrongState):
            desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(ALLOW, "because"))
        record = desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(DENY, "because", "CO", "96", ("N130",)))
        assert record.decision.disposition is Disposition.DENIED

    @pytest.mark.parametrize("verdict", [ALLOW, DENY])
    def test_a_claim_of_a_test_interchange_is_never_ruled(self, desk: Desk, verdict: RulingVerdict) -> None:
        desk.submit(a_visit(test=True))
        with pytest.raises(WrongState):
            desk.reviews.rule(OPERATOR, the_task(desk).task_id, GivenRuling(verdict, "because", *_reason(verdict)))

    @pytest.mark.parametrize("verdict", [ALLOW, DENY])
    def test_nobody_rules_on_a_fault(self, place: Place, policies: PolicySet, verdict: RulingVerdict) -> None:
        def adjudicate(case: Case, policies: PolicySet) -> Decision:
            raise RuntimeError

        desk = Desk(place("payer"), policies, adjudicate)
        desk.submit(a_visit())
        with pytest.raises(WrongState):
            desk.reviews.rule(OPERATOR, the_task(desk).task_id, GivenRuling(verdict, "because", *_reason(verdict)))
        desk.store.close()


class TestSeveralTasksOfOneClaim:
    @pytest.fixture
    def both(self, desk: Desk) -> ClaimRecord:
        """Two lines that both wait for a clinician."""
        lines = [a_line(n, procedure=ULTRASOUND, charge_cents=40_000, modifiers=(("76",), ())[n - 1]) for n in (1, 2)]
        (record,) = desk.submit(a_claim(*lines, subscriber=subscriber(MEMBER)))
        return record

    def test_one_ruling_leaves_the_other_task_as_it_is(self, desk: Desk, both: ClaimRecord) -> None:
        first, second = desk.reviews.list_tasks(REVIEWER)[0]
        record = desk.reviews.rule(REVIEWER, first.task_id, GivenRuling(ALLOW, "because"))
        assert record.decision.disposition is Disposition.PENDED
        assert desk.reviews.list_tasks(REVIEWER)[0] == [second]
        assert desk.balance(FAMILY) == 0

    def test_the_last_ruling_makes_the_decision_final_with_all_of_them(self, desk: Desk, both: ClaimRecord) -> None:
        first, second = desk.reviews.list_tasks(REVIEWER)[0]
        desk.reviews.rule(REVIEWER, second.task_id, GivenRuling(DENY, "No indication.", "CO", "50", ("N115",)))
        record = desk.reviews.rule(REVIEWER, first.task_id, GivenRuling(ALLOW, "because"))
        assert record.decision_number == 3
        assert record.decision.disposition is Disposition.PARTLY_PAID
        assert [line.verdict is Verdict.DENY for line in record.decision.lines] == [False, True]
        assert len(record.case.rulings) == 2

    def test_a_task_that_holds_the_claim_no_longer_is_closed(self, desk: Desk, policies: PolicySet) -> None:
        lines = [a_line(n, procedure=ULTRASOUND, charge_cents=40_000, modifiers=(("76",), ())[n - 1]) for n in (1, 2)]
        desk.submit(a_claim(*lines, subscriber=subscriber(MEMBER)))
        first, second = desk.reviews.list_tasks(REVIEWER)[0]
        desk.in_force.replace(
            {"payer.yaml": b"others"}, msgspec.structs.replace(policies, coverage=(), digest="1" * 64)
        )
        record = desk.reviews.rule(REVIEWER, first.task_id, GivenRuling(ALLOW, "because"))
        assert record.decision.disposition is Disposition.PAID
        assert desk.reviews.get_task(REVIEWER, first.task_id).state is TaskState.RULED
        assert desk.reviews.get_task(REVIEWER, second.task_id).state is TaskState.CLOSED

    def test_a_new_version_of_the_policy_asks_anew(self, desk: Desk, policies: PolicySet) -> None:
        (record,) = desk.submit(a_heart_study())
        (document,) = [document for document in policies.coverage if document.path == "coverage/echocardiography"]
        (version,) = document.versions
        criteria = tuple(
            msgspec.structs.replace(
                criterion,
                answer=msgspec.structs.replace(criterion.answer, policy="coverage/echocardiography@2026-02-01"),
            )
            for criterion in version.criteria
        )
        changed = msgspec.structs.replace(document, versions=(msgspec.structs.replace(version, criteria=criteria),))
        desk.in_force.replace(
            {"payer.yaml": b"others"}, msgspec.structs.replace(policies, coverage=(changed,), digest="1" * 64)
        )
        again = desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "because"))
        assert again.decision.disposition is Disposition.PENDED
        task = the_task(desk)
        assert (task.task_id, task.decision_number) == (f"{record.claim_id}-2", 2)


def test_a_ruling_that_cannot_be_kept_leaves_everything_as_it_was(
    desk: Desk, pended: ClaimRecord, policies: PolicySet
) -> None:
    unarchived = msgspec.structs.replace(policies, digest="0" * 64)
    reviews = type(desk.reviews)(desk.store, lambda: unarchived, desk.clock)
    task = the_task(desk)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        reviews.rule(REVIEWER, task.task_id, GivenRuling(ALLOW, "because"))
    assert desk.rows("rulings") == 0
    assert the_task(desk) == task
    assert desk.claims.get(OPERATOR, pended.claim_id) == pended


def test_the_engine_is_asked_the_same_way_for_a_ruling_and_for_a_claim(place: Place, policies: PolicySet) -> None:
    asked: list[Case] = []

    def adjudicate(case: Case, policies: PolicySet) -> Decision:
        asked.append(case)
        return engine.adjudicate(case, policies)

    desk = Desk(place("payer"), policies, adjudicate)
    desk.submit(a_heart_study())
    desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "because"))
    first, second = asked
    assert msgspec.structs.replace(second, rulings=()) == first
    desk.store.close()


def _reason(verdict: RulingVerdict) -> tuple[str, str, tuple[str, ...]]:
    return ("", "", ()) if verdict is ALLOW else ("CO", "96", ("N130",))


class TestDecidingAgain:
    """A claim that waits for the payer's own house goes on when the house is in order."""

    def without_the_fee(self, policies: PolicySet) -> PolicySet:
        worked = policies.fees["fees/worked"]
        (version,) = worked.versions
        assert isinstance(version, FlatFees)
        unlisted = {code: cents for code, cents in version.non_facility_cents.items() if code != "99213"}
        schedule = msgspec.structs.replace(
            worked, versions=(msgspec.structs.replace(version, non_facility_cents=unlisted),)
        )
        return msgspec.structs.replace(policies, digest="5" * 64, fees={**policies.fees, "fees/worked": schedule})

    def test_a_fee_that_was_missing_is_there_now(self, place: Place, policies: PolicySet) -> None:
        desk = Desk(place("payer"), self.without_the_fee(policies))
        (waiting,) = desk.submit(a_visit())
        assert waiting.decision.disposition is Disposition.PENDED
        task = the_task(desk)
        assert task.rule == "pricing.no-fee"
        assert desk.reviews.decide_again(OPERATOR, task.task_id).decision.disposition is Disposition.PENDED
        assert the_task(desk).task_id == task.task_id  # it still waits, under the same task
        desk.in_force.replace({"payer.yaml": b"mended"}, policies)
        decided = desk.reviews.decide_again(OPERATOR, task.task_id)
        assert (decided.decision.disposition, decided.decision_number) == (Disposition.PAID, 3)
        assert desk.reviews.get_task(REVIEWER, task.task_id).state is TaskState.CLOSED
        assert desk.rows("rulings") == 0
        with pytest.raises(WrongState):
            desk.reviews.decide_again(OPERATOR, task.task_id)
        desk.store.close()

    def test_an_engine_that_failed_is_mended(self, place: Place, policies: PolicySet) -> None:
        broken = True

        def adjudicate(case: Case, used: PolicySet) -> Decision:
            if broken:
                raise ZeroDivisionError
            return engine.adjudicate(case, used)

        desk = Desk(place("payer"), policies, adjudicate)
        desk.submit(a_visit())
        broken = False
        assert desk.reviews.decide_again(OPERATOR, the_task(desk).task_id).decision.disposition is Disposition.PAID
        desk.store.close()

    def test_only_an_operator_may_ask_for_it(self, desk: Desk, pended: ClaimRecord) -> None:
        for nobody in (REVIEWER, PROVIDER):
            with pytest.raises(NotPermitted):
                desk.reviews.decide_again(nobody, f"{pended.claim_id}-1")
        assert desk.rows("decisions") == 1


def test_an_accepted_claim_does_not_turn_into_a_rejected_one(desk: Desk, pended: ClaimRecord) -> None:
    # the membership file was corrected meanwhile: the birth date on the claim is now another's
    corrected = msgspec.structs.replace(MEMBER, birth_date=MEMBER.birth_date + dt.timedelta(days=1))
    with desk.store.writing() as connection:
        load_members(connection, [(corrected, [Coverage(plan="plans/worked", span=ALWAYS)])])
    with pytest.raises(WrongState, match="would now be rejected"):
        desk.reviews.rule(REVIEWER, the_task(desk).task_id, GivenRuling(ALLOW, "The record shows it."))
    assert desk.claims.get(OPERATOR, pended.claim_id).decision.disposition is Disposition.PENDED
    assert the_task(desk).state is TaskState.OPEN
    assert desk.rows("rulings") == 0
