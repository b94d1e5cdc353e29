"""Each kind of ruling over a real database: what is refused and told, what a preview shows, what lapses, what is due."""

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from adjudicator.model.case import Coverage, Member, RulingVerdict
from adjudicator.model.claim import Claim, Patient, Person
from adjudicator.model.decision import Disposition, Reason
from adjudicator.policy.document import Document
from adjudicator.policy.plan import DependentCover
from adjudicator.policy.policy_set import CriteriaPolicy, PolicySet
from adjudicator.review import Task, TaskState
from adjudicator.service.errors import InvalidRequest, NotPermitted, WrongState
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.store.membership import load_members
from tests.building import ALWAYS, MEMBER, a_claim, a_line, worked_policies
from tests.databases import Place
from tests.service.desk import OPERATOR, PROVIDER, REVIEWER, TODAY, ULTRASOUND, Desk, a_heart_study, a_visit, subscriber

ALLOW, DENY, REDUCE_UNITS, PRICE, CONFIRM_DUPLICATE = RulingVerdict
UNPRICED = "99214"
INDICATION, NO_FEE = "coverage/echocardiography#indication", "pricing.no-fee"


def ruled_policies(demo: PolicySet, prompt_pay_days: int | None = 30) -> PolicySet:
    """The worked plan with two fees and a legal clock, over the demo payer's medical policies."""
    policies = worked_policies(demo, fees_cents={"99213": 9_000, ULTRASOUND: 15_000})
    plan = policies.plans["plans/worked"]
    versions = tuple(msgspec.structs.replace(one, prompt_pay_days=prompt_pay_days) for one in plan.versions)
    plans = {**policies.plans, "plans/worked": msgspec.structs.replace(plan, versions=versions)}
    return msgspec.structs.replace(policies, plans=plans, coverage=demo.coverage, digest="b" * 64)


def another_version(policies: PolicySet, effective: str) -> PolicySet:
    """The same rules, but the policy of the heart's ultrasound has another version."""

    def moved(document: Document[CriteriaPolicy]) -> Document[CriteriaPolicy]:
        if document.path != "coverage/echocardiography":
            return document
        versions = tuple(
            msgspec.structs.replace(
                version,
                criteria=tuple(
                    msgspec.structs.replace(
                        criterion,
                        answer=msgspec.structs.replace(criterion.answer, policy=f"{document.path}@{effective}"),
                    )
                    for criterion in version.criteria
                ),
            )
            for version in document.versions
        )
        return msgspec.structs.replace(document, versions=versions)

    digest = effective.replace("-", "").ljust(64, "0")
    return msgspec.structs.replace(policies, coverage=tuple(map(moved, policies.coverage)), digest=digest)


@pytest.fixture(scope="session")
def policies(demo: PolicySet) -> PolicySet:
    return ruled_policies(demo)


@pytest.fixture
def desk(place: Place, policies: PolicySet) -> Iterator[Desk]:
    desk = Desk(place("payer"), policies)
    yield desk
    desk.store.close()


def two_questions() -> Claim:
    """Three ultrasounds for 600.00 that wait for a clinician, and a visit for 200.00 without a fee."""
    lines = (
        a_line(1, procedure=ULTRASOUND, quantity_thousandths=3_000, charge_cents=60_000),
        a_line(2, procedure=UNPRICED, charge_cents=20_000),
    )
    return a_claim(*lines, subscriber=subscriber(MEMBER))


def task_of(desk: Desk, rule: str) -> Task:
    (task,) = (task for task in desk.reviews.list_tasks(REVIEWER)[0] if task.rule == rule)
    return task


def refused_fields(desk: Desk, rule: str, given: GivenRuling) -> list[str]:
    """The fields with which a ruling is refused, by the ruling and by its preview alike."""
    task_id = task_of(desk, rule).task_id
    with pytest.raises(InvalidRequest) as seen:
        desk.reviews.preview(REVIEWER, task_id, given)
    with pytest.raises(InvalidRequest) as refused:
        desk.reviews.rule(REVIEWER, task_id, given)
    assert refused.value.violations == seen.value.violations
    assert desk.rows("rulings") == 0
    return [violation.field for violation in refused.value.violations]


class TestUnits:
    @pytest.mark.parametrize("covered", [None, 0, -1, 3_000, 3_001])
    def test_units_that_cover_nothing_or_all_are_refused(self, desk: Desk, covered: int | None) -> None:
        desk.submit(two_questions())
        given = GivenRuling(REDUCE_UNITS, "because", covered_quantity_thousandths=covered)
        assert refused_fields(desk, INDICATION, given) == ["covered_quantity_thousandths"]

    @pytest.mark.parametrize("covered", [1, 1_500, 2_999])
    def test_any_part_of_the_quantity_may_be_covered(self, desk: Desk, covered: int) -> None:
        desk.submit(two_questions())
        given = GivenRuling(REDUCE_UNITS, "because", covered_quantity_thousandths=covered)
        record = desk.reviews.rule(REVIEWER, task_of(desk, INDICATION).task_id, given)
        (ruling,) = record.case.rulings
        assert (ruling.covered_quantity_thousandths, ruling.carc, ruling.remarks) == (covered, "50", ("N115",))

    def test_units_belong_to_a_cut_only(self, desk: Desk) -> None:
        desk.submit(two_questions())
        given = GivenRuling(ALLOW, "because", covered_quantity_thousandths=1_000)
        assert refused_fields(desk, INDICATION, given) == ["covered_quantity_thousandths"]

    def test_a_question_without_a_reason_of_the_policy_takes_no_cut(self, desk: Desk) -> None:
        desk.submit(two_questions())
        given = GivenRuling(REDUCE_UNITS, "because", covered_quantity_thousandths=1)
        with pytest.raises(WrongState, match="no policy gives a reason"):
            desk.reviews.rule(REVIEWER, task_of(desk, NO_FEE).task_id, given)


class TestPrices:
    @pytest.mark.parametrize("price_cents", [None, 0, -1, 20_001])
    def test_no_price_nothing_and_more_than_the_charge_are_refused(self, desk: Desk, price_cents: int | None) -> None:
        desk.submit(two_questions())
        given = GivenRuling(PRICE, "because", price_cents=price_cents)
        assert refused_fields(desk, NO_FEE, given) == ["price_cents"]

    @pytest.mark.parametrize("price_cents", [1, 20_000])
    def test_a_cent_and_the_whole_charge_are_taken(self, desk: Desk, price_cents: int) -> None:
        desk.submit(two_questions())
        desk.reviews.rule(REVIEWER, task_of(desk, INDICATION).task_id, GivenRuling(DENY, "because"))
        given = GivenRuling(PRICE, "because", price_cents=price_cents)
        record = desk.reviews.rule(REVIEWER, task_of(desk, NO_FEE).task_id, given)
        assert record.decision.line(2).allowed_cents == price_cents

    def test_a_price_belongs_to_its_verdict_only(self, desk: Desk) -> None:
        desk.submit(two_questions())
        given = GivenRuling(DENY, "because", "CO", "96", ("N130",), price_cents=1)
        assert refused_fields(desk, NO_FEE, given) == ["price_cents"]

    def test_everything_wrong_is_told_at_once(self, desk: Desk) -> None:
        desk.submit(two_questions())
        given = GivenRuling(PRICE, " ", "CO", "45", ("N130",), covered_quantity_thousandths=1)
        assert refused_fields(desk, NO_FEE, given) == [
            "rationale",
            "group",
            "carc",
            "remarks",
            "covered_quantity_thousandths",
            "price_cents",
        ]

    def test_what_waits_for_a_price_is_not_allowed_and_says_what_to_do(self, desk: Desk) -> None:
        desk.submit(two_questions())
        with pytest.raises(WrongState, match="priced or denied, not allowed"):
            desk.reviews.rule(REVIEWER, task_of(desk, NO_FEE).task_id, GivenRuling(ALLOW, "because"))

    def test_a_claim_that_is_held_as_a_whole_takes_no_price(self, desk: Desk) -> None:
        desk.submit(a_visit(frequency_code="5"))
        (task,) = desk.reviews.list_tasks(REVIEWER)[0]
        with pytest.raises(WrongState, match="not about the price"):
            desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(PRICE, "because", price_cents=1))


class TestDenials:
    @pytest.mark.parametrize("reason", [(), ("CO",), ("", "50"), ("CO", "50", ("N115",))])
    def test_the_policys_reason_is_taken_however_much_of_it_is_written(
        self, desk: Desk, reason: tuple[object, ...]
    ) -> None:
        desk.submit(a_heart_study(charge_cents=40_000))
        given = GivenRuling(DENY, "because", *reason)  # type: ignore[arg-type]
        record = desk.reviews.rule(REVIEWER, task_of(desk, INDICATION).task_id, given)
        (adjustment,) = record.decision.line(1).adjustments
        assert (adjustment.group, adjustment.carc, adjustment.remarks) == ("CO", "50", ("N115",))

    @pytest.mark.parametrize("reason", [("PR", "50"), ("CO", "96", ("N130",)), ("CO", "50", ("N130",))])
    def test_another_reason_than_the_policys_is_refused(self, desk: Desk, reason: tuple[object, ...]) -> None:
        desk.submit(a_heart_study())
        given = GivenRuling(DENY, "because", *reason)  # type: ignore[arg-type]
        assert refused_fields(desk, INDICATION, given) == ["carc"]

    def test_of_several_reasons_the_first_is_meant_unless_one_is_picked(self, place: Place, demo: PolicySet) -> None:
        desk = Desk(place("payer"), ruled_policies(demo))
        (record,) = desk.submit(a_visit(accident_state="NE", related_causes=("AA",)))
        (finding,) = record.decision.pends()
        assert finding.reasons == (Reason("OA", "19"), Reason("OA", "20"), Reason("OA", "21"))
        task_id = task_of(desk, "accident").task_id
        first = desk.reviews.preview(REVIEWER, task_id, GivenRuling(DENY, "because"))
        picked = desk.reviews.preview(REVIEWER, task_id, GivenRuling(DENY, "because", carc="21"))
        assert [seen.changes[0].after.reasons for seen in (first, picked)] == [("OA-19",), ("OA-21",)]
        assert refused_fields(desk, "accident", GivenRuling(DENY, "because", group="OA")) == ["carc"]
        desk.store.close()


def test_only_a_suspected_duplicate_is_confirmed(desk: Desk) -> None:
    desk.submit(a_heart_study())
    with pytest.raises(WrongState, match="not about a suspected duplicate"):
        desk.reviews.rule(REVIEWER, task_of(desk, INDICATION).task_id, GivenRuling(CONFIRM_DUPLICATE, "because"))


class TestAChildThatIsNotEnrolled:
    BABY = Member(
        member_id="TEST0005",
        family_id=MEMBER.family_id,
        last_name="SAMPLE",
        first_name="BABY",
        birth_date=dt.date(2026, 3, 1),
        relationship="19",
    )
    WAITS = "newborn.not-enrolled"

    @pytest.fixture
    def newborns(self, place: Place, demo: PolicySet) -> Iterator[Desk]:
        """A desk with one claim for a child that was born the day before and is not on file."""
        policies = worked_policies(demo, dependents=DependentCover(26, frozenset({"19"}), newborn_days=31))
        desk = Desk(place("payer"), msgspec.structs.replace(policies, digest="d" * 64))
        born = Person(last_name="SAMPLE", first_name="BABY", birth_date=self.BABY.birth_date)
        desk.submit(a_visit(patient=Patient(born, "19")))
        yield desk
        desk.store.close()

    def test_it_cannot_be_allowed_before_it_is_on_file_and_the_refusal_says_what_to_do(self, newborns: Desk) -> None:
        task_id, given = task_of(newborns, self.WAITS).task_id, GivenRuling(ALLOW, "It will be enrolled.")
        for ruled in (newborns.reviews.preview, newborns.reviews.rule):
            with pytest.raises(WrongState, match=r"enrol the patient.*then have the claim decided again.*or deny it"):
                ruled(REVIEWER, task_id, given)
        assert (newborns.rows("rulings"), newborns.rows("decisions")) == (0, 1)

    def test_once_it_is_on_file_the_claim_is_decided_again_without_a_ruling(self, newborns: Desk) -> None:
        with newborns.store.writing() as connection:
            load_members(connection, [(self.BABY, [Coverage(plan="plans/worked", span=ALWAYS)])])
        record = newborns.reviews.decide_again(OPERATOR, task_of(newborns, self.WAITS).task_id)
        assert record.decision.disposition is Disposition.PAID
        assert newborns.reviews.list_tasks(REVIEWER)[0] == []

    def test_it_can_be_denied_where_it_is_not_enrolled_in_time(self, newborns: Desk) -> None:
        given = GivenRuling(DENY, "The time to enrol it is over.")
        record = newborns.reviews.rule(REVIEWER, task_of(newborns, self.WAITS).task_id, given)
        assert [(one.group, one.carc) for one in record.decision.line(1).adjustments] == [("PR", "34")]


class TestPreviews:
    def test_it_shows_what_changes_and_what_would_still_wait_and_keeps_nothing(self, desk: Desk) -> None:
        (before,) = desk.submit(two_questions())
        seen = desk.reviews.preview(
            REVIEWER, task_of(desk, NO_FEE).task_id, GivenRuling(PRICE, "because", price_cents=7_000)
        )
        assert seen.record.decision.disposition is Disposition.PENDED
        assert [task.rule for task in seen.tasks] == [INDICATION]
        (change,) = seen.changes
        assert (change.line, change.before.reasons, change.after.reasons) == (2, (NO_FEE,), ())
        assert (desk.rows("rulings"), desk.rows("decisions")) == (0, 1)
        assert desk.claims.get(OPERATOR, before.claim_id) == before

    def test_it_is_the_decision_that_is_then_made(self, desk: Desk) -> None:
        desk.submit(a_heart_study(charge_cents=40_000))
        task_id, given = task_of(desk, INDICATION).task_id, GivenRuling(ALLOW, "because")
        seen = desk.reviews.preview(REVIEWER, task_id, given)
        assert desk.reviews.rule(REVIEWER, task_id, given) == seen.record
        # 400.00 less the contract's 150.00; the deductible takes those
        (change,) = seen.changes
        assert (change.after.state, change.after.paid_cents, change.after.member_cents) == ("paid", 0, 15_000)

    def test_it_is_for_reviewers_and_for_open_tasks(self, desk: Desk) -> None:
        desk.submit(a_heart_study())
        task_id, given = task_of(desk, INDICATION).task_id, GivenRuling(ALLOW, "because")
        with pytest.raises(NotPermitted):
            desk.reviews.preview(PROVIDER, task_id, given)
        desk.reviews.rule(REVIEWER, task_id, given)
        with pytest.raises(WrongState, match="ruled already"):
            desk.reviews.preview(REVIEWER, task_id, given)


def test_a_ruling_lapses_with_the_version_that_it_answered(desk: Desk, policies: PolicySet) -> None:
    desk.submit(two_questions())
    desk.reviews.rule(REVIEWER, task_of(desk, INDICATION).task_id, GivenRuling(ALLOW, "because"))
    desk.in_force.replace({"payer.yaml": b"others"}, another_version(policies, "2026-02-01"))
    record = desk.reviews.rule(
        REVIEWER, task_of(desk, NO_FEE).task_id, GivenRuling(PRICE, "because", price_cents=7_000)
    )
    assert record.decision.disposition is Disposition.PENDED
    (told,) = (finding for finding in record.decision.findings if finding.rule == "ruling.lapsed")
    assert "coverage/echocardiography@2025-01-01 and lapsed: coverage/echocardiography@2026-02-01" in told.because
    again = task_of(desk, INDICATION)
    assert (again.policy, again.state) == ("coverage/echocardiography@2026-02-01", TaskState.OPEN)
    final = desk.reviews.rule(REVIEWER, again.task_id, GivenRuling(DENY, "because"))
    assert final.decision.disposition is Disposition.PARTLY_PAID
    assert len(final.case.rulings) == 3


class TestWhatIsDue:
    def test_the_task_carries_the_legal_day_and_the_days_left(self, desk: Desk) -> None:
        # received on 2026-04-01: day 30 is 2026-05-01
        desk.submit(a_heart_study())
        task = task_of(desk, INDICATION)
        assert (task.due_on, task.days_left(TODAY)) == (dt.date(2026, 5, 1), 30)

    def test_what_is_due_first_comes_first_and_what_is_never_due_last(
        self, desk: Desk, policies: PolicySet, demo: PolicySet
    ) -> None:
        desk.in_force.replace(
            {"payer.yaml": b"no law"}, msgspec.structs.replace(ruled_policies(demo, None), digest="c" * 64)
        )
        (never,) = desk.submit(a_heart_study(charge_cents=1_001), prefix="N")
        desk.in_force.replace({"payer.yaml": b"30 days"}, policies)
        desk.today = TODAY + dt.timedelta(days=2)
        (later,) = desk.submit(a_heart_study(charge_cents=1_002), prefix="L")
        desk.today = TODAY
        first, second = desk.submit(a_heart_study(charge_cents=1_003), a_heart_study(charge_cents=1_004), prefix="F")
        order = [first.claim_id, second.claim_id, later.claim_id, never.claim_id]
        assert [task.claim_id for task in desk.reviews.list_tasks(REVIEWER)[0]] == order
        paged: list[str] = []
        token = ""
        while True:
            page, token = desk.reviews.list_tasks(REVIEWER, page_size=1, page_token=token)
            paged += [task.claim_id for task in page]
            if not token:
                break
        assert paged == order
        due = desk.reviews.list_tasks(REVIEWER, due_through=TODAY + dt.timedelta(days=30))[0]
        assert [task.claim_id for task in due] == order[:2]

    def test_the_day_stays_when_the_claim_is_decided_again(self, desk: Desk) -> None:
        desk.submit(two_questions())
        desk.today = TODAY + dt.timedelta(days=5)
        desk.reviews.rule(REVIEWER, task_of(desk, INDICATION).task_id, GivenRuling(ALLOW, "because"))
        task = task_of(desk, NO_FEE)
        assert (task.opened_on, task.due_on) == (TODAY, dt.date(2026, 5, 1))
