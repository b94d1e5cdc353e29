"""Whatever reviewers rule in whatever order, under whatever policies: each task asks what the claim waits for, and a
preview is the decision that is then made."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from adjudicator.engine import RULES
from adjudicator.model.case import RulingVerdict
from adjudicator.model.claim import Claim
from adjudicator.model.decision import Verdict
from adjudicator.policy.load import load_policies
from adjudicator.review import Task, TaskState
from adjudicator.service.errors import InvalidRequest, WrongState
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.service.replay import replay
from adjudicator.store import tasks as stored
from adjudicator.store.records import ClaimFilter
from tests.building import MEMBER, a_claim, a_line
from tests.conftest import DEMO
from tests.databases import PostgresServer
from tests.service.desk import OPERATOR, REVIEWER, ULTRASOUND, Desk, subscriber
from tests.service.test_rulings import UNPRICED, another_version, ruled_policies

POLICIES = ruled_policies(load_policies(DEMO, rules=RULES))
VERSIONS = {one.digest: one for one in (POLICIES, another_version(POLICIES, "2026-02-01"))}


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """Claims with several questions: a clinician's, a price's, one about the whole claim."""
    lines = [
        a_line(
            number,
            procedure=draw(st.sampled_from(["99213", ULTRASOUND, UNPRICED])),
            quantity_thousandths=draw(st.sampled_from([1_000, 3_000])),
            modifiers=draw(st.sampled_from([(), (), ("22",)])),
            charge_cents=draw(st.integers(1, 500)) * 1_000 + number,
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    return a_claim(*lines, subscriber=subscriber(MEMBER), frequency_code=draw(st.sampled_from(["1", "1", "1", "5"])))


@st.composite
def rulings(draw: st.DrawFn) -> GivenRuling:
    """Rulings that fit their task, and some that do not."""
    verdict = draw(st.sampled_from(RulingVerdict))
    group, carc, remarks = draw(st.sampled_from([("", "", ()), ("", "", ()), ("CO", "96", ("N130",))]))
    return GivenRuling(
        verdict,
        draw(st.sampled_from(["because", "because", " "])),
        group if verdict is RulingVerdict.DENY else "",
        carc if verdict is RulingVerdict.DENY else "",
        remarks if verdict is RulingVerdict.DENY else (),
        covered_quantity_thousandths=1_500 if verdict is RulingVerdict.REDUCE_UNITS else None,
        price_cents=draw(st.sampled_from([0, 1, 700])) if verdict is RulingVerdict.PRICE else None,
    )


class RandomRulings(RuleBasedStateMachine):
    """Reviewers at work while policies change."""

    def new_database(self) -> str:
        """A file of SQLite."""
        return str(Path(self.folder.name) / "payer.sqlite")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(self.new_database(), POLICIES)
        self.sent = 0

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            digests = {files["payer.yaml"]: VERSIONS[digest] for digest, files in self._archives()}
            assert all(result.same for result in replay(self.desk.store, lambda files: digests[files["payer.yaml"]]))
            self.desk.store.close()
            self.folder.cleanup()

    def _archives(self) -> list[tuple[str, dict[str, bytes]]]:
        return [(digest, {"payer.yaml": self._file(digest)}) for digest in VERSIONS]

    @staticmethod
    def _file(digest: str) -> bytes:
        return b"the files of the policy set" if digest == POLICIES.digest else digest.encode()

    @rule(claim=claims())
    def submit(self, claim: Claim) -> None:
        self.sent += 1
        self.desk.submit(claim, prefix=f"R{self.sent}-")

    @rule(digest=st.sampled_from(sorted(VERSIONS)))
    def change_the_policies(self, digest: str) -> None:
        self.desk.in_force.replace({"payer.yaml": self._file(digest)}, VERSIONS[digest])

    @rule(data=st.data(), given=rulings())
    def rule_a_task(self, data: st.DataObject, given: GivenRuling) -> None:
        tasks, _ = self.desk.reviews.list_tasks(REVIEWER)
        if not tasks:
            return
        task = data.draw(st.sampled_from(tasks))
        before = self.desk.claims.get(OPERATOR, task.claim_id)
        others = {one.task_id: one for one in self._tasks(task.claim_id) if one.task_id != task.task_id}
        try:
            seen = self.desk.reviews.preview(REVIEWER, task.task_id, given)
        except (WrongState, InvalidRequest) as refused:
            try:
                self.desk.reviews.rule(REVIEWER, task.task_id, given)
                raise AssertionError("a ruling was taken that its preview refuses")
            except type(refused) as again:
                assert str(again) == str(refused)
            assert self.desk.claims.get(OPERATOR, task.claim_id) == before
            return
        assert self.desk.claims.get(OPERATOR, task.claim_id) == before
        after = self.desk.reviews.rule(REVIEWER, task.task_id, given)
        assert after == seen.record
        assert seen.tasks == tuple(one for one in self._tasks(task.claim_id) if one.state is TaskState.OPEN)
        for one in self._tasks(task.claim_id):
            was = others.get(one.task_id)
            if was is not None and one.state is TaskState.OPEN:
                assert one == was  # the tasks beside it are as they were

    @rule(data=st.data())
    def decide_again(self, data: st.DataObject) -> None:
        tasks, _ = self.desk.reviews.list_tasks(REVIEWER)
        if tasks:
            self.desk.reviews.decide_again(OPERATOR, data.draw(st.sampled_from(tasks)).task_id)

    @invariant()
    def each_claim_has_a_task_for_exactly_what_it_waits_for(self) -> None:
        for record in self.desk.claims.list(OPERATOR, ClaimFilter(), page_size=500)[0]:
            tasks = self._tasks(record.claim_id)
            waiting = {task.finding_key for task in tasks if task.state is TaskState.OPEN}
            assert waiting == {(f.rule, f.policy, f.line) for f in record.decision.pends()}
            assert [task.task_id for task in tasks] == [f"{record.claim_id}-{n}" for n in range(1, len(tasks) + 1)]

    @invariant()
    def nothing_that_waits_or_failed_is_paid(self) -> None:
        for record in self.desk.claims.list(OPERATOR, ClaimFilter(), page_size=500)[0]:
            decision = record.decision
            if not decision.disposition.is_final:
                continue
            denied = {line.line for line in decision.lines if line.verdict is Verdict.DENY}
            for finding in decision.findings:
                assert finding.verdict is not Verdict.FAULT
                assert (
                    finding.verdict is not Verdict.PEND or finding.line in denied or len(denied) == len(decision.lines)
                )

    def _tasks(self, claim_id: str) -> tuple[Task, ...]:
        with self.desk.store.reading() as connection:
            return stored.tasks_of(connection, claim_id)


SETTINGS = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestRandomRulings = RandomRulings.TestCase
TestRandomRulings.settings = SETTINGS


def test_the_same_holds_on_postgresql(postgres_server: PostgresServer) -> None:
    class OnPostgres(RandomRulings):
        def new_database(self) -> str:
            return postgres_server.new()

    run_state_machine_as_test(OnPostgres, settings=SETTINGS)
