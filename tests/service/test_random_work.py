"""Whatever is done in whatever order, each final decision is paid once and every balance is the sum of its entries."""

import datetime as dt
import tempfile
from collections import defaultdict
from pathlib import Path

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adjudicator.engine import RULES
from adjudicator.model.case import RulingVerdict
from adjudicator.model.claim import Claim
from adjudicator.policy.load import load_policies
from adjudicator.service.claims import ClaimFilter, ClaimRecord, Submission
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.service.replay import replay
from tests.building import MEMBER, a_claim, a_line
from tests.conftest import DEMO
from tests.databases import PostgresServer
from tests.service.desk import (
    CHILD,
    OPERATOR,
    REVIEWER,
    SPOUSE,
    STRANGER,
    TODAY,
    ULTRASOUND,
    Desk,
    policies_of,
    subscriber,
    taken,
)

POLICIES = policies_of(load_policies(DEMO, rules=RULES))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """Claims that are paid, wait for one or two answers, repeat each other, or add up wrongly."""
    member = draw(st.sampled_from([MEMBER, SPOUSE, CHILD, STRANGER]))
    day = draw(st.dates(dt.date(2026, 2, 25), dt.date(2026, 3, 5)))
    lines = [
        a_line(
            number,
            procedure=draw(st.sampled_from(["99213", "99214", ULTRASOUND])),
            charge_cents=draw(st.sampled_from([0, 1, 9_999, 50_000, 120_000])),
            from_date=day,
            through_date=day,
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    wrong = draw(st.sampled_from([0, 0, 0, 1]))
    total_cents = sum(line.charge_cents for line in lines) + wrong
    return a_claim(*lines, subscriber=subscriber(member), total_charge_cents=total_cents)


class RandomWork(RuleBasedStateMachine):
    """Callers of every kind, one after another, on one database."""

    def new_database(self) -> str:
        """A file of SQLite."""
        return str(Path(self.folder.name) / "payer.sqlite")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(self.new_database(), POLICIES)
        self.sent: list[Submission] = []
        self.pay_day = TODAY

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            assert all(result.same for result in replay(self.desk.store, lambda _files: POLICIES))
            self.desk.store.close()
            self.folder.cleanup()

    @rule(batch=st.lists(claims(), min_size=1, max_size=4))
    def submit(self, batch: list[Claim]) -> None:
        new = [Submission(f"R{len(self.sent) + n}", claim) for n, claim in enumerate(batch)]
        self.sent += new
        for answer in self.desk.claims.submit(OPERATOR, new):
            assert isinstance(answer, ClaimRecord)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def submit_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.sent))
        before = self.desk.rows("decisions")
        record = taken(self.desk.claims.submit(OPERATOR, [again])[0])
        assert record.case.claim == again.claim
        assert self.desk.rows("decisions") == before

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), allow=st.booleans())
    def rule_a_task(self, data: st.DataObject, allow: bool) -> None:
        tasks, _ = self.desk.reviews.list_tasks(REVIEWER)
        if not tasks:
            return
        task = data.draw(st.sampled_from(tasks))
        before = self.desk.claims.get(OPERATOR, task.claim_id)
        reason = ("", "", ()) if allow or task.rule == "suspect-duplicate" else ("CO", "50", ("N115",))
        verdict = RulingVerdict.ALLOW if allow else RulingVerdict.DENY
        after = self.desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(verdict, "because", *reason))
        assert after.decision_number == before.decision_number + 1

    @rule(days=st.integers(0, 2))
    def pay(self, days: int) -> None:
        self.pay_day += dt.timedelta(days=days)
        first = self.desk.payments.run(OPERATOR, self.pay_day)
        assert self.desk.payments.run(OPERATOR, self.pay_day) == first

    @invariant()
    def every_balance_is_what_the_final_decisions_say(self) -> None:
        records = self._records()
        expected: dict[tuple[str, str, str, dt.date], int] = defaultdict(int)
        for record in records:
            assert record.decision.disposition.is_final or not record.decision.entries
            for entry in record.decision.entries:
                expected[entry.owner, entry.accumulator, entry.tier, entry.period_start] += entry.amount_cents
        asked = (
            "SELECT owner, accumulator, tier, period_start, sum(amount_cents) FROM accumulator_entries "
            "GROUP BY owner, accumulator, tier, period_start"
        )
        with self.desk.store.reading() as connection:
            kept = {
                (owner, accumulator, tier, dt.date.fromisoformat(str(start))): cents
                for owner, accumulator, tier, start, cents in connection.execute(sa.text(asked))
            }
        assert kept == dict(expected)

    @invariant()
    def every_claim_that_is_not_final_waits_for_somebody_or_was_rejected(self) -> None:
        waiting = {task.claim_id for task in self.desk.reviews.list_tasks(REVIEWER, page_size=500)[0]}
        pended = {record.claim_id for record in self._records() if record.decision.pends()}
        assert waiting == pended

    @invariant()
    def each_final_decision_is_paid_once_and_nothing_else_is(self) -> None:
        paid: list[tuple[str, int]] = []
        for summary in self.desk.payments.list(OPERATOR, page_size=500)[0]:
            remittance = self.desk.payments.get(OPERATOR, summary.trace_number)
            assert remittance.paid_cents == summary.paid_cents
            paid += [(claim.decision.claim_id, claim.decision_number) for claim in remittance.claims]
        assert len(paid) == len(set(paid))
        final = {
            (record.claim_id, record.decision_number)
            for record in self._records()
            if record.decision.disposition.is_final
        }
        assert set(paid) <= final
        with self.desk.store.reading() as connection:
            unpaid = connection.execute(sa.text("SELECT count(*) FROM claims WHERE unremitted")).scalar_one()
        assert len(paid) + unpaid == len(final)

    def _records(self) -> list[ClaimRecord]:
        return self.desk.claims.list(OPERATOR, ClaimFilter(), 500)[0]


SETTINGS = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestRandomWork = RandomWork.TestCase
TestRandomWork.settings = SETTINGS


def test_the_same_holds_on_postgresql(postgres_server: PostgresServer) -> None:
    class OnPostgres(RandomWork):
        def new_database(self) -> str:
            return postgres_server.new()

    run_state_machine_as_test(OnPostgres, settings=SETTINGS)
