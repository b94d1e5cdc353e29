"""Submitting: once and only once, in order, all or nothing."""

import datetime as dt
import logging
import threading
import time

import grpc
import msgspec
import pytest
import sqlalchemy as sa

from adjudicator import engine
from adjudicator.model.case import (
    Authorization,
    Case,
    Coverage,
    LineState,
    Member,
    ProviderKind,
    ProviderRecord,
    RulingVerdict,
)
from adjudicator.model.claim import Patient, Person, Provider
from adjudicator.model.dates import Span
from adjudicator.model.decision import Audience, Decision, Disposition, Verdict
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.look_backs import LookBack
from adjudicator.policy.plan import DependentCover
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.claims import Answer, ClaimFilter, ClaimRecord, Claims, Submission, claim_id_of
from adjudicator.service.errors import Busy, InvalidRequest, NotEnrolled, NotPermitted, NotStored, RequestIdReused
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.store import claims as stored
from adjudicator.store.database import Collided, lock, locks
from adjudicator.store.membership import load_authorizations, load_members, load_providers
from adjudicator.wire.status import submit_error
from tests.building import ALWAYS, ANY, BILLING, MEMBER, RENDERING, a_claim, codes
from tests.databases import Place
from tests.service.desk import (
    CHILD,
    OPERATOR,
    OTHER_BILLING,
    OTHER_PROVIDER,
    PROVIDER,
    REVIEWER,
    SPOUSE,
    STRANGER,
    TODAY,
    Desk,
    a_heart_study,
    a_visit,
    an_amount,
    policies_of,
    subscriber,
    taken,
)

FAMILY = f"family:{MEMBER.family_id}"


def test_a_claim_is_decided_and_kept_before_it_is_answered(desk: Desk) -> None:
    (answer,) = desk.claims.submit(PROVIDER, [Submission("R1", a_visit(charge_cents=30_000))])
    record = taken(answer)
    assert record.decision.disposition is Disposition.PAID
    assert record.decision_number == 1
    assert record.claim_id == claim_id_of("riverside", "R1")
    assert len(record.claim_id) == 16
    assert record.case.received_on == record.case.decided_on == TODAY
    assert desk.claims.get(PROVIDER, record.claim_id) == record


def test_the_same_request_again_is_answered_with_the_same_record_and_changes_nothing(desk: Desk) -> None:
    claim = a_visit()
    (first,) = desk.claims.submit(PROVIDER, [Submission("R1", claim)])
    before = {table: desk.rows(table) for table in ("claims", "decisions", "accumulator_entries", "decided_lines")}
    desk.today = TODAY + dt.timedelta(days=3)
    (again,) = desk.claims.submit(PROVIDER, [Submission("R1", claim)])
    assert again == first
    assert before == {table: desk.rows(table) for table in before}


def test_the_same_request_id_with_another_claim_is_refused(desk: Desk) -> None:
    claim = a_visit()
    desk.claims.submit(PROVIDER, [Submission("R1", claim)])
    (other,) = desk.claims.submit(
        PROVIDER, [Submission("R1", msgspec.structs.replace(claim, medical_record_number="M"))]
    )
    assert isinstance(other, RequestIdReused)
    assert desk.rows("decisions") == 1


def test_one_request_id_twice_in_a_batch_is_one_claim(desk: Desk) -> None:
    claim, other = a_visit(), a_visit(SPOUSE)
    answers = desk.claims.submit(
        PROVIDER, [Submission("R1", claim), Submission("R1", claim), Submission("R1", other), Submission("R2", other)]
    )
    assert answers[0] == answers[1]
    assert isinstance(answers[2], RequestIdReused)
    assert taken(answers[3]).decision.disposition is Disposition.PAID
    assert desk.rows("claims") == 2


def test_request_ids_belong_to_their_submitter(desk: Desk) -> None:
    (ours,) = desk.claims.submit(PROVIDER, [Submission("R1", a_visit())])
    (theirs,) = desk.claims.submit(OTHER_PROVIDER, [Submission("R1", a_visit(billing=OTHER_BILLING))])
    assert taken(ours).claim_id != taken(theirs).claim_id


@pytest.mark.parametrize("request_id", ["", "x" * 101, "line\nbreak", "caf\u00e9"])
def test_a_request_id_that_cannot_be_one_is_named(desk: Desk, request_id: str) -> None:
    (answer,) = desk.claims.submit(PROVIDER, [Submission(request_id, a_visit())])
    assert isinstance(answer, InvalidRequest)
    assert [violation.field for violation in answer.violations] == ["request_id"]


def test_the_longest_request_id_is_taken(desk: Desk) -> None:
    (answer,) = desk.claims.submit(PROVIDER, [Submission("x" * 100, a_visit())])
    assert isinstance(answer, ClaimRecord)


class TestWhoMaySend:
    def test_a_provider_sends_for_the_billing_providers_granted_to_it(self, desk: Desk) -> None:
        own, other = desk.claims.submit(
            PROVIDER, [Submission("R1", a_visit()), Submission("R2", a_visit(billing=OTHER_BILLING))]
        )
        assert isinstance(own, ClaimRecord)
        assert isinstance(other, NotEnrolled)

    def test_a_claim_of_a_stranger_is_rejected_by_that_alone_and_not_kept(self, desk: Desk) -> None:
        unknown = subscriber(msgspec.structs.replace(MEMBER, member_id="NOBODY"))
        claim = a_visit(billing=OTHER_BILLING, subscriber=unknown, frequency_code="8")
        (answer,) = desk.claims.submit(PROVIDER, [Submission("R1", claim)])
        assert isinstance(answer, NotEnrolled)
        decision = answer.record.decision
        assert decision.disposition is Disposition.REJECTED
        assert [(found.rule, found.statuses) for found in decision.findings] == [
            ("submitter.not-enrolled", ("A3:496:85",))
        ]
        assert (answer.record.claim_id, answer.record.case.members, desk.rows("claims")) == ("", (), 0)
        assert desk.claims.list(OTHER_PROVIDER, ClaimFilter())[0] == []

    def test_the_same_request_is_taken_once_the_sender_is_enrolled(self, desk: Desk) -> None:
        claim = a_visit(billing=OTHER_BILLING)
        desk.claims.submit(PROVIDER, [Submission("R1", claim)])
        grants = PROVIDER.billing | OTHER_PROVIDER.billing
        (answer,) = desk.claims.submit(msgspec.structs.replace(PROVIDER, billing=grants), [Submission("R1", claim)])
        assert taken(answer).decision.disposition is Disposition.PAID

    def test_an_operator_loads_for_a_sender_what_that_sender_is_enrolled_for(self, desk: Desk) -> None:
        grants = PROVIDER.billing
        own, other = desk.claims.submit(
            OPERATOR,
            [
                Submission("R1", a_visit(), enrolled_for=grants),
                Submission("R2", a_visit(billing=OTHER_BILLING), enrolled_for=grants),
            ],
        )
        assert taken(own).case.submitter_enrolled
        assert isinstance(other, NotEnrolled)

    def test_tax_id_and_npi_must_be_granted_together(self, desk: Desk) -> None:
        mixed = msgspec.structs.replace(OTHER_BILLING, npi=a_visit().billing.npi)
        (answer,) = desk.claims.submit(PROVIDER, [Submission("R1", a_visit(billing=mixed))])
        assert isinstance(answer, NotPermitted)

    def test_an_operator_sends_for_all_and_says_when_a_claim_arrived(self, desk: Desk) -> None:
        arrived = TODAY - dt.timedelta(days=20)
        (answer,) = desk.claims.submit(OPERATOR, [Submission("R1", a_visit(billing=OTHER_BILLING), arrived)])
        assert taken(answer).case.received_on == arrived

    def test_a_provider_does_not_say_when_a_claim_arrived(self, desk: Desk) -> None:
        (answer,) = desk.claims.submit(PROVIDER, [Submission("R1", a_visit(), TODAY)])
        assert isinstance(answer, NotPermitted)

    def test_a_reviewer_sends_nothing(self, desk: Desk) -> None:
        (answer,) = desk.claims.submit(REVIEWER, [Submission("R1", a_visit())])
        assert isinstance(answer, NotPermitted)

    def test_no_claim_arrives_after_today(self, desk: Desk) -> None:
        tomorrow = TODAY + dt.timedelta(days=1)
        today, later = desk.claims.submit(
            OPERATOR, [Submission("R1", a_visit(), TODAY), Submission("R2", a_visit(), tomorrow)]
        )
        assert isinstance(today, ClaimRecord)
        assert isinstance(later, InvalidRequest)
        assert [violation.field for violation in later.violations] == ["received_on"]


class TestWhoIsNamed:
    """What the shell gathers about the people and providers of a claim."""

    BABY = Patient(Person(last_name="SAMPLE", first_name="BABY", birth_date=dt.date(2026, 2, 20)), "19")
    DOCTOR = ProviderRecord(npi=RENDERING.npi, name="DOCTOR", kind=ProviderKind.PRACTITIONER)
    GROUP = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP, enrolled=(ALWAYS,))

    def test_records_come_of_everybody_whom_the_claim_names_and_of_nobody_else(self, desk: Desk) -> None:
        stranger = ProviderRecord(npi="1000000004", name="STRANGER", kind=ProviderKind.PRACTITIONER)
        with desk.store.writing() as connection:
            load_providers(connection, [stranger, self.DOCTOR, self.GROUP])
        (record,) = desk.submit(a_visit())
        assert record.case.providers == (self.GROUP, self.DOCTOR)
        ordering = msgspec.structs.replace(a_visit().lines[0], ordering=Provider(npi=stranger.npi, name="STRANGER"))
        (named,) = desk.submit(a_claim(ordering), prefix="S")
        assert named.case.providers == (self.GROUP, self.DOCTOR, stranger)

    def test_the_subscriber_of_a_patient_whom_we_do_not_know_comes_with_the_coverage(self, desk: Desk) -> None:
        (record,) = desk.submit(a_visit(patient=self.BABY))
        case = record.case
        assert (case.members, case.coverage) == ((), ())
        assert case.subscriber == MEMBER
        assert case.subscriber_coverage == (Coverage(plan="plans/worked", span=ALWAYS),)

    def test_the_subscriber_of_a_dependent_comes_without_coverage_and_of_oneself_not_at_all(self, desk: Desk) -> None:
        child = Patient(Person(CHILD.last_name, CHILD.first_name, birth_date=CHILD.birth_date), "19")
        dependent, own = desk.submit(a_visit(patient=child), a_visit())
        assert (dependent.case.members, dependent.case.subscriber) == ((CHILD,), MEMBER)
        assert dependent.case.subscriber_coverage == ()
        assert (own.case.members, own.case.subscriber) == ((MEMBER,), None)

    def test_a_newborn_who_is_enrolled_meanwhile_is_decided_again_as_a_member(
        self, place: Place, demo: PolicySet
    ) -> None:
        policies = policies_of(demo)
        document = policies.plans["plans/worked"]
        versions = tuple(
            msgspec.structs.replace(version, dependents=DependentCover(26, frozenset({"19"}), newborn_days=31))
            for version in document.versions
        )
        plans = {"plans/worked": msgspec.structs.replace(document, versions=versions)}
        desk = Desk(place("newborn"), msgspec.structs.replace(policies, plans=plans))
        (waiting,) = desk.submit(a_visit(patient=self.BABY))
        assert waiting.decision.disposition is Disposition.PENDED
        baby = Member("TEST0004", MEMBER.family_id, "SAMPLE", "BABY", dt.date(2026, 2, 20), relationship="19")
        with desk.store.writing() as connection:
            load_members(connection, [(baby, [Coverage(plan="plans/worked", span=ALWAYS)])])
        (task,) = desk.reviews.list_tasks(REVIEWER)[0]
        again = desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(RulingVerdict.ALLOW, "It is enrolled now."))
        assert (again.case.members, again.decision.disposition) == ((baby,), Disposition.PAID)
        desk.store.close()


class TestBatchMatesOfAFamily:
    def test_a_later_claim_crosses_the_deductible_that_an_earlier_one_used(self, desk: Desk) -> None:
        first, second = desk.submit(a_visit(charge_cents=60_000), a_visit(charge_cents=60_000, day=dt.date(2026, 3, 4)))
        assert first.decision.paid_cents == 0
        # 1,000.00 - 600.00 = 400.00 deductible; 20 % of the other 200.00 = 40.00; the plan pays 160.00
        assert second.decision.paid_cents == 16_000
        assert [balance.used_cents for balance in second.case.balances if balance.accumulator == "deductible"] == [
            60_000
        ] * 2

    def test_it_comes_out_the_same_one_by_one(self, desk: Desk, place: Place, policies: PolicySet) -> None:
        claims = [
            a_visit(charge_cents=60_000),
            a_visit(SPOUSE, charge_cents=70_000),
            a_heart_study(CHILD),
            a_visit(CHILD, charge_cents=90_000),
            a_visit(charge_cents=20_000, lines=2),
        ]
        together = desk.submit(*claims)
        apart = Desk(place("apart"), policies)
        answers = [apart.claims.submit(OPERATOR, [Submission(f"R{n}", claim)])[0] for n, claim in enumerate(claims)]
        assert answers == together
        apart.store.close()

    def test_members_of_a_family_share_its_balance_and_not_their_own(self, desk: Desk) -> None:
        desk.submit(a_visit(charge_cents=60_000), a_visit(SPOUSE, charge_cents=70_000))
        assert desk.balance(f"member:{MEMBER.member_id}") == 60_000
        assert desk.balance(f"member:{SPOUSE.member_id}") == 70_000
        assert desk.balance(FAMILY) == 130_000

    def test_a_later_claim_has_the_earlier_lines_as_history(self, desk: Desk) -> None:
        first, second = desk.submit(a_visit(lines=2), a_visit(day=dt.date(2026, 3, 9)))
        assert [(line.claim_id, line.line, line.state) for line in second.case.history] == [
            (first.claim_id, 1, LineState.PAID),
            (first.claim_id, 2, LineState.PAID),
        ]

    def test_a_repeated_service_is_a_duplicate_of_its_batch_mate(self, desk: Desk) -> None:
        first, second = desk.submit(a_visit(), a_visit())
        assert first.decision.disposition is Disposition.PAID
        assert [(finding.rule, finding.verdict) for finding in second.decision.findings] == [
            ("exact-duplicate", Verdict.DENY)
        ]

    def test_a_pended_claim_is_seen_as_pended_and_moves_no_balance(self, desk: Desk) -> None:
        pended, later = desk.submit(a_heart_study(), a_visit())
        assert pended.decision.disposition is Disposition.PENDED
        assert [line.state for line in later.case.history] == [LineState.PENDED]
        assert later.case.balances == ()
        assert desk.balance(FAMILY) == later.decision.lines[0].share.deductible_cents  # type: ignore[union-attr]

    def test_a_claim_that_names_an_earlier_one_of_its_batch_finds_it(self, desk: Desk) -> None:
        original = claim_id_of(OPERATOR.submitter, "R0")
        first, second = desk.submit(a_visit(), a_visit(frequency_code="7", original_claim_id=original))
        assert first.claim_id == original
        assert second.case.original is not None
        assert second.case.original.disposition == "paid"

    def test_a_claim_of_another_billing_provider_is_no_original(self, desk: Desk) -> None:
        original = claim_id_of(OPERATOR.submitter, "R0")
        _, second = desk.submit(
            a_visit(), a_visit(frequency_code="7", original_claim_id=original, billing=OTHER_BILLING)
        )
        assert second.case.original is None


def reaching(desk: Desk, policies: PolicySet, procedures: CodeSet, look_back: LookBack) -> Claims:
    """The service over policies of which one rule counts earlier services."""
    only = msgspec.structs.replace(policies, editing=None, look_backs=((procedures, look_back),))
    return Claims(desk.store, lambda: only, desk.clock)


class TestHistory:
    def test_a_rejected_claim_is_kept_and_answered_and_is_no_history(self, desk: Desk) -> None:
        rejected, later = desk.submit(a_visit(total_charge_cents=1), a_visit())
        assert rejected.decision.disposition is Disposition.REJECTED
        assert desk.claims.get(OPERATOR, rejected.claim_id) == rejected
        assert later.case.history == ()
        assert later.decision.disposition is Disposition.PAID

    def test_history_reaches_back_as_far_as_a_rule_counts_services(self, desk: Desk, policies: PolicySet) -> None:
        day = dt.date(2026, 3, 20)
        for back_days in (10, 11):
            desk.submit(a_visit(day=day - dt.timedelta(days=back_days)), prefix=f"back{back_days}-")
        claims = reaching(desk, policies, ANY, LookBack(days=11))
        (answer,) = claims.submit(OPERATOR, [Submission("now", a_visit(day=day))])
        assert [line.from_date for line in taken(answer).case.history] == [day - dt.timedelta(days=10)]

    def test_older_services_are_history_where_a_rule_names_their_procedure(
        self, desk: Desk, policies: PolicySet
    ) -> None:
        day = dt.date(2026, 3, 20)
        desk.submit(a_visit(day=day - dt.timedelta(days=60)), prefix="old-")
        for named, reach, seen in (("99213", 61, 1), ("99213", 60, 0), ("99214", 61, 0)):
            claims = reaching(desk, policies, codes(named), LookBack(days=reach))
            record = claims.estimate(OPERATOR, a_visit(day=day))
            assert len(record.case.history) == seen

    def test_services_of_the_time_of_an_approval_are_history_whatever_the_rules_count(
        self, desk: Desk, policies: PolicySet
    ) -> None:
        day = dt.date(2026, 3, 20)
        desk.submit(a_visit(day=day - dt.timedelta(days=60)), prefix="old-")
        claims = reaching(desk, policies, codes("99214"), LookBack(days=1))
        for begins, seen in ((59, 0), (60, 1)):
            approval = Authorization(f"A{begins}", ("97140",), Span(day - dt.timedelta(days=begins)))
            with desk.store.writing() as connection:
                load_authorizations(connection, ((MEMBER.member_id, approval),))
            assert len(claims.estimate(OPERATOR, a_visit(day=day)).case.history) == seen

    def test_the_reach_of_one_claim_does_not_lengthen_that_of_its_batch_mate(
        self, desk: Desk, policies: PolicySet
    ) -> None:
        old, day = dt.date(2026, 1, 5), dt.date(2026, 3, 20)
        desk.submit(a_visit(day=old), prefix="old-")
        claims = reaching(desk, policies, ANY, LookBack(days=11))
        _, answer = claims.submit(
            OPERATOR, [Submission("R1", a_visit(day=old, charge_cents=1_000)), Submission("R2", a_visit(day=day))]
        )
        assert taken(answer).case.history == ()

    def test_balances_are_those_of_the_period_of_the_claim(self, desk: Desk) -> None:
        desk.submit(a_visit(day=dt.date(2025, 12, 30), charge_cents=50_000), prefix="last-year-")
        (record,) = desk.submit(a_visit(day=dt.date(2026, 1, 2)))
        assert record.case.balances == ()

    def test_a_claim_with_impossible_dates_is_answered_and_harms_nobody(self, desk: Desk) -> None:
        undated = a_visit(SPOUSE)
        undated = msgspec.structs.replace(undated, lines=(msgspec.structs.replace(undated.lines[0], from_date=None),))
        *impossible, fine = desk.submit(
            a_visit(day=dt.date(1, 1, 1)), a_visit(day=dt.date(9999, 12, 31)), undated, a_visit()
        )
        assert not any(record.decision.disposition.is_final for record in impossible)
        assert fine.decision.disposition is Disposition.PAID


class TestAllOrNothing:
    def test_nothing_is_seen_of_a_batch_that_breaks_off(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def power_cut(*_: object) -> object:
            raise KeyboardInterrupt

        monkeypatch.setattr(stored, "encode_lines", power_cut)  # after claims, requests and decisions are written
        with pytest.raises(KeyboardInterrupt):
            desk.claims.submit(OPERATOR, [Submission("R1", a_visit()), Submission("R2", a_visit())])
        monkeypatch.undo()
        for table in ("claims", "requests", "decisions", "decided_lines", "accumulator_entries", "tasks"):
            assert desk.rows(table) == 0, table
        assert all(
            isinstance(answer, ClaimRecord) for answer in desk.claims.submit(OPERATOR, [Submission("R1", a_visit())])
        )

    def test_a_claim_that_cannot_be_stored_leaves_its_batch_mates_alone(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        unwritable = a_visit(patient_control_number="\ud800")  # a lone surrogate has no UTF-8
        answers = desk.claims.submit(
            OPERATOR, [Submission("R1", a_visit()), Submission("R2", unwritable), Submission("R3", a_visit(SPOUSE))]
        )
        assert [type(answer) for answer in answers] == [ClaimRecord, NotStored, ClaimRecord]
        assert desk.rows("claims") == 2
        (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
        assert "a submission was not stored" in line

    def test_a_database_that_cannot_be_written_answers_every_claim(self, desk: Desk) -> None:
        with desk.store.writing() as connection:
            connection.execute(sa.text("DROP TABLE rulings"))
            connection.execute(sa.text("ALTER TABLE decisions RENAME TO gone"))
        answers = desk.claims.submit(OPERATOR, [Submission("R1", a_visit()), Submission("R2", a_visit())])
        assert [type(answer) for answer in answers] == [NotStored, NotStored]

    @pytest.mark.parametrize("unwritable", [False, True])
    def test_what_was_received_first_is_decided_first_whatever_the_order_in_a_batch(
        self, desk: Desk, unwritable: bool
    ) -> None:
        # 700.00, 500.00 and 400.00 against a deductible of 1,000.00, received on the 31st, the 30th and the 30th
        days = (TODAY - dt.timedelta(days=1), TODAY - dt.timedelta(days=2), TODAY - dt.timedelta(days=2))
        sent = [
            Submission(f"R{number}", a_visit(charge_cents=cents, day=dt.date(2026, 3, number)), day)
            for number, (cents, day) in enumerate(zip((70_000, 50_000, 40_000), days, strict=True), 1)
        ]
        if unwritable:  # so that each claim of the batch is answered by itself
            sent.append(Submission("R4", a_visit(SPOUSE, patient_control_number="\ud800"), days[0]))
        answers = [taken(answer) for answer in desk.claims.submit(OPERATOR, sent)[:3]]
        # the answers come in the order of the question; 500.00, then 400.00, then 100.00 + 20 % of 600.00 = 120.00
        assert [answer.request_id for answer in answers] == ["R1", "R2", "R3"]
        assert [answer.decision.member_cents for answer in answers] == [22_000, 50_000, 40_000]
        with desk.store.reading() as connection:
            order = connection.execute(
                sa.text("SELECT request_id FROM decisions JOIN claims USING (arrival) ORDER BY sequence")
            ).scalars()
            assert list(order) == ["R2", "R3", "R1"]

    def test_what_others_decide_about_waits_for_them_and_nothing_else_does(self, desk: Desk) -> None:
        claims = (a_visit(), a_visit(STRANGER), a_visit(SPOUSE, day=dt.date(2026, 3, 9)))
        sent = [Submission(f"R{number}", claim) for number, claim in enumerate(claims, 1)]
        answers: list[Answer] = []
        with desk.store.writing() as other:
            if not locks(other):
                pytest.skip("SQLite has one writer at a time: everything waits for it")
            lock(other, [FAMILY])
            batch = threading.Thread(target=lambda: answers.extend(desk.claims.submit(OPERATOR, sent)))
            batch.start()
            deadline = time.monotonic() + 60
            while desk.rows("claims") < 1 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert desk.rows("claims") == 1
            assert answers == []
        batch.join(60)
        assert [taken(answer).request_id for answer in answers] == ["R1", "R2", "R3"]
        with desk.store.reading() as connection:
            order = connection.execute(
                sa.text("SELECT request_id FROM decisions JOIN claims USING (arrival) ORDER BY sequence")
            ).scalars()
            assert list(order) == ["R2", "R1", "R3"]

    def test_a_request_that_comes_twice_keeps_its_first_place_where_that_waits(self, desk: Desk) -> None:
        # The first is of a family that others decide about, the second, of the same name, of one that is free.
        sent = [Submission("R1", a_visit()), Submission("R1", a_visit(STRANGER))]
        answers: list[Answer] = []
        with desk.store.writing() as other:
            if not locks(other):
                pytest.skip("SQLite has one writer at a time: everything waits for it")
            lock(other, [FAMILY])
            batch = threading.Thread(target=lambda: answers.extend(desk.claims.submit(OPERATOR, sent)))
            batch.start()
            batch.join(0.3)
            assert desk.rows("claims") == 0
        batch.join(60)
        first, second = answers
        assert taken(first).case.member == MEMBER
        assert isinstance(second, RequestIdReused)

    def test_what_collides_again_and_again_is_told_to_be_sent_again(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def collides(*_: object) -> None:
            raise Collided

        monkeypatch.setattr(desk.store, "attempt", collides)
        answers = desk.claims.submit(OPERATOR, [Submission("R1", a_visit()), Submission("R2", a_visit())])
        assert [type(answer) for answer in answers] == [Busy, Busy]
        told = [submit_error(answer) for answer in answers if isinstance(answer, Busy)]
        assert {(error.code, error.reason) for error in told} == {(grpc.StatusCode.UNAVAILABLE.value[0], "BUSY")}
        assert {error.message for error in told} == {
            "Others worked on the same families at the same time, 5 times in a row. Nothing was kept; send it again in a "
            "moment, a claim with the same request id."
        }
        with pytest.raises(Busy):
            desk.accumulators.record(OPERATOR, [an_amount()])
        monkeypatch.undo()
        assert desk.rows("claims") == 0

    def test_a_decision_is_never_kept_without_its_policy_set(self, desk: Desk, policies: PolicySet) -> None:
        unarchived = msgspec.structs.replace(policies, digest="0" * 64)
        claims = type(desk.claims)(desk.store, lambda: unarchived, desk.clock)
        (answer,) = claims.submit(OPERATOR, [Submission("R1", a_visit())])
        assert isinstance(answer, NotStored)
        assert desk.rows("decisions") == 0


class TestWhenTheEngineFails:
    @pytest.mark.parametrize("failure", [RuntimeError("SAMPLE PATIENT"), RecursionError(), AssertionError("line 1")])
    def test_the_claim_is_held_and_its_neighbours_are_decided(
        self, place: Place, policies: PolicySet, failure: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        def adjudicate(case: Case, policies: PolicySet) -> Decision:
            if case.claim.patient_control_number == "BAD":
                raise failure
            return engine.adjudicate(case, policies)

        desk = Desk(place("payer"), policies, adjudicate)
        before, bad, after = desk.submit(
            a_visit(), a_visit(patient_control_number="BAD"), a_visit(day=dt.date(2026, 3, 9))
        )
        assert before.decision.disposition is after.decision.disposition is Disposition.PAID
        assert bad.decision.disposition is Disposition.PENDED
        (finding,) = bad.decision.findings
        assert (finding.rule, finding.verdict, finding.queue) == ("fault", Verdict.FAULT, "system")
        assert finding.audience is Audience.INTERNAL
        assert desk.rows("tasks") == 1
        (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
        assert bad.claim_id in line
        assert type(failure).__name__ in line
        assert "SAMPLE" not in line + finding.because
        desk.store.close()

    @pytest.mark.parametrize(
        "tampering", ["other claim", "lost line", "other charge", "moves for a denied line", "no reason"]
    )
    def test_a_decision_that_does_not_fit_its_claim_is_never_kept(
        self, place: Place, policies: PolicySet, tampering: str
    ) -> None:
        def adjudicate(case: Case, policies: PolicySet) -> Decision:
            right = engine.adjudicate(case, policies)
            first, last = right.lines[0], right.lines[-1]
            adjustment = msgspec.structs.replace(
                first.adjustments[0], amount_cents=first.adjustments[0].amount_cents + 1
            )
            return {
                "other claim": msgspec.structs.replace(right, claim_id="C0"),
                "lost line": msgspec.structs.replace(right, lines=(last,)),
                "other charge": msgspec.structs.replace(
                    right,
                    lines=(
                        msgspec.structs.replace(
                            first, charge_cents=first.charge_cents + 1, adjustments=(adjustment, *first.adjustments[1:])
                        ),
                        last,
                    ),
                ),
                "moves for a denied line": msgspec.structs.replace(
                    right, entries=(msgspec.structs.replace(right.entries[0], line=9),)
                ),
                "no reason": Decision(claim_id=case.claim_id, disposition=Disposition.PENDED),
            }[tampering]

        desk = Desk(place("payer"), policies, adjudicate)
        (record,) = desk.submit(a_visit(lines=2, charge_cents=70_000))
        assert record.decision.disposition is Disposition.PENDED
        assert [finding.rule for finding in record.decision.findings] == ["fault"]
        assert desk.rows("accumulator_entries") == 0
        desk.store.close()

    def test_a_claim_of_a_test_interchange_is_never_final_whatever_the_engine_says(
        self, place: Place, policies: PolicySet
    ) -> None:
        def adjudicate(case: Case, policies: PolicySet) -> Decision:
            real = msgspec.structs.replace(case, claim=msgspec.structs.replace(case.claim, test=False))
            return engine.adjudicate(real, policies)

        desk = Desk(place("payer"), policies, adjudicate)
        (record,) = desk.submit(a_visit(test=True))
        assert record.decision.disposition is Disposition.PENDED
        desk.store.close()


class TestSetBased:
    def test_a_batch_takes_as_many_statements_as_one_claim(self, desk: Desk) -> None:
        def submit(count: int, prefix: str) -> list[str]:
            day = dt.date(2026, 1, 2)
            kinds = (a_visit, a_heart_study)
            claims = [kinds[n % 2](day=day + dt.timedelta(days=n // 4), charge_cents=100 + n) for n in range(count)]
            return desk.statements(lambda: desk.submit(*claims, prefix=prefix))

        one = submit(2, "one")
        many = submit(200, "many")
        assert len(many) == len(one)
        assert len(one) <= (
            17 if "BEGIN IMMEDIATE" in one else 19
        )  # where there are locks, which families are free to lock

    def test_asking_again_for_a_batch_takes_as_many_statements_as_for_one_claim(self, desk: Desk) -> None:
        claims = [a_visit(charge_cents=1_000 + n) for n in range(60)]
        desk.submit(*claims)
        one = desk.statements(lambda: desk.submit(*claims[:2]))
        many = desk.statements(lambda: desk.submit(*claims))
        assert len(many) == len(one)


class TestEstimate:
    def test_an_estimate_says_what_a_submission_would_and_keeps_nothing(self, desk: Desk) -> None:
        desk.submit(a_visit(charge_cents=60_000))
        claim = a_visit(charge_cents=60_000, day=dt.date(2026, 3, 4))
        estimate = desk.claims.estimate(PROVIDER, claim)
        assert desk.rows("claims") == 1
        assert (estimate.claim_id, estimate.decision_number) == ("", 0)
        (record,) = desk.submit(claim, prefix="later-")
        assert estimate.decision.lines == record.decision.lines
        assert estimate.decision.entries == record.decision.entries

    def test_only_who_may_send_a_claim_has_it_estimated(self, desk: Desk) -> None:
        with pytest.raises(NotPermitted):
            desk.claims.estimate(PROVIDER, a_visit(billing=OTHER_BILLING))
        with pytest.raises(NotPermitted):
            desk.claims.estimate(PROVIDER, a_visit(), TODAY)
        with pytest.raises(InvalidRequest):
            desk.claims.estimate(OPERATOR, a_visit(), TODAY + dt.timedelta(days=1))


def test_a_test_claim_is_no_history_of_the_claim_that_follows_it_in_production(desk: Desk) -> None:
    tested, real = desk.submit(msgspec.structs.replace(a_visit(), test=True), a_visit())
    assert tested.decision.disposition is Disposition.PENDED
    assert real.decision.disposition is Disposition.PAID


@pytest.mark.parametrize("frequency_code", ["7", "8"])
def test_a_replacement_or_void_is_no_duplicate_of_what_it_replaces(desk: Desk, frequency_code: str) -> None:
    (first,) = desk.submit(a_visit())
    again = msgspec.structs.replace(a_visit(), frequency_code=frequency_code, original_claim_id=first.claim_id)
    (record,) = desk.submit(again, prefix="AGAIN")
    assert record.decision.disposition is Disposition.PENDED
    assert "exact-duplicate" not in {finding.rule for finding in record.decision.findings}


def test_a_new_claim_that_names_another_is_still_its_duplicate(desk: Desk) -> None:
    (first,) = desk.submit(a_visit())
    again = msgspec.structs.replace(a_visit(), frequency_code="1", original_claim_id=first.claim_id)
    (record,) = desk.submit(again, prefix="AGAIN")
    assert record.decision.disposition is Disposition.DENIED
    assert "exact-duplicate" in {finding.rule for finding in record.decision.findings}


def test_a_request_that_comes_twice_in_a_batch_keeps_its_first_place(desk: Desk) -> None:
    # a deductible of 1,000.00: the first of two claims of 700.00 owes all of it, the second 300.00 and 20 % of the rest
    first = a_visit(charge_cents=70_000)
    second = a_visit(SPOUSE, charge_cents=150_000)
    sent = [Submission("A", first), Submission("B", second), Submission("A", first)]
    answers = [taken(answer) for answer in desk.claims.submit(OPERATOR, sent)]
    assert answers[0] == answers[2]
    with desk.store.reading() as connection:
        order = connection.execute(sa.text("SELECT request_id FROM claims ORDER BY arrival")).scalars().all()
    assert order == ["A", "B"]
