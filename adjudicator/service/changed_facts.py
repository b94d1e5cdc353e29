"""Facts that turn out otherwise after claims were decided: who pays first, and since when somebody was covered.

A decided claim keeps its decision and its money. Where the changed facts judge it otherwise, within the payer's look-back, a task
asks the reviewers about it (domain/05 section 6; domain/02, C9 and E9).
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from adjudicator.edits import eligibility, other_coverage
from adjudicator.model.case import Case, Coverage, Member
from adjudicator.model.dates import Span, months_before
from adjudicator.model.decision import WHOLE_CLAIM, Finding, Verdict
from adjudicator.model.other_coverage import KnownCoverage
from adjudicator.model.principal import Principal, Role
from adjudicator.model.standing import billed
from adjudicator.policy.document import PolicyGap
from adjudicator.policy.payer import ReviewAgain
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import OF_COVERAGE, OF_OTHER_COVERAGE, Task, TaskState
from adjudicator.service.errors import NotPermitted, attempt
from adjudicator.store.accumulators import members_on_file
from adjudicator.store.claims import decided_claims_of
from adjudicator.store.database import Store, lock
from adjudicator.store.facts import coverage_of, other_coverage_of
from adjudicator.store.membership import load_members, load_other_coverage
from adjudicator.store.records import ClaimRecord
from adjudicator.store.tasks import add_tasks, tasks_of

Judge = Callable[[Case, PolicySet], Iterable[Finding]]
RowT = TypeVar("RowT")
MEMBERS_AT_ONCE = 500


class Loaded(msgspec.Struct, frozen=True):
    """What came of a file of facts."""

    count: int
    """Members of the file."""
    tasks: tuple[Task, ...]
    """The new tasks about decided claims that the changed facts would have judged otherwise."""


class ChangedFacts:
    """Takes what the payer's files say today of members, and queues the decided claims that it would change."""

    def __init__(self, store: Store, policies: Callable[[], PolicySet], clock: Callable[[], dt.date]) -> None:
        """Join what the use cases need.

        Args:
            store: the database, migrated.
            policies: gives the policy set in force, which says how far back to look and whom to ask.
            clock: gives today's date, from which it is looked back.
        """
        self._store = store
        self._policies = policies
        self._clock = clock

    def load_other_coverage(self, principal: Principal, rows: Mapping[str, Sequence[KnownCoverage]]) -> Loaded:
        """Take what is known of members' coverages for the order of payers; it replaces all that was known of each.

        Args:
            principal: an operator.
            rows: by member, who must be on file.

        Raises:
            NotPermitted: the caller is no operator.
        """
        _check_role(principal)

        def load(connection: sa.Connection, part: Mapping[str, Sequence[KnownCoverage]]) -> Loaded:
            _lock_families(connection, part)
            before = other_coverage_of(connection, part)
            count = load_other_coverage(connection, part)
            changed = [member_id for member_id, known in part.items() if set(known) != set(before.get(member_id, ()))]

            def with_today(case: Case, member_id: str) -> Case:
                return msgspec.structs.replace(case, other_coverage=tuple(part[member_id]))

            return Loaded(count, self._open_tasks(connection, changed, OF_OTHER_COVERAGE, with_today, _payers))

        return self._in_parts(rows, load)

    def load_members(self, principal: Principal, rows: Iterable[tuple[Member, Sequence[Coverage]]]) -> Loaded:
        """Add or change members with their coverage, which replaces all that each had.

        Args:
            principal: an operator.
            rows: each member with the coverage.

        Raises:
            NotPermitted: the caller is no operator.
        """
        _check_role(principal)
        by_id = {member.member_id: (member, tuple(coverage)) for member, coverage in rows}

        def load(connection: sa.Connection, part: Mapping[str, tuple[Member, tuple[Coverage, ...]]]) -> Loaded:
            _lock_families(connection, part)
            before = coverage_of(connection, part)
            count = load_members(connection, part.values())
            changed = [
                member_id
                for member_id, (_, coverage) in part.items()
                if self._past_of(coverage) != self._past_of(before.get(member_id, ()))
            ]

            def with_today(case: Case, member_id: str) -> Case:
                return msgspec.structs.replace(case, coverage=part[member_id][1])

            return Loaded(count, self._open_tasks(connection, changed, OF_COVERAGE, with_today, _days_covered))

        return self._in_parts(by_id, load)

    def _in_parts(
        self, rows: Mapping[str, RowT], load: Callable[[sa.Connection, Mapping[str, RowT]], Loaded]
    ) -> Loaded:
        """Load so many members in one transaction that the locks of their families find room; loading again goes on."""

        def loaded(part: Mapping[str, RowT]) -> Loaded:
            return attempt(self._store, lambda connection: load(connection, part))

        names = sorted(rows)
        parts = [
            loaded({name: rows[name] for name in names[first : first + MEMBERS_AT_ONCE]})
            for first in range(0, len(names), MEMBERS_AT_ONCE)
        ]
        return Loaded(sum(part.count for part in parts), tuple(task for part in parts for task in part.tasks))

    def _past_of(self, coverage: Iterable[Coverage]) -> set[tuple[str, Span]]:
        """The days of a coverage that have been, by plan: what is agreed on for days to come changes no decided claim."""
        today = self._clock()
        return {
            (stretch.plan, Span(stretch.span.effective, min(stretch.span.ends or today, today)))
            for stretch in coverage
            if stretch.span.effective <= today
        }

    def _open_tasks(
        self,
        connection: sa.Connection,
        changed: Collection[str],
        rule: str,
        with_today: Callable[[Case, str], Case],
        judge: Judge,
    ) -> tuple[Task, ...]:
        """A task for each decided claim of some members that the changed facts judge otherwise.

        None for a claim that has an open one already, nor for one whose latest decision was taken back.
        """
        today, policies = self._clock(), self._policies()
        asks = policies.payer.on(today).reviews_again
        if not changed or asks is None:
            return ()
        review = asks.other_coverage if rule == OF_OTHER_COVERAGE else asks.coverage
        opened = []
        decided = decided_claims_of(connection, changed, months_before(today, asks.look_back_months))
        for record in decided:
            member = record.case.member
            assert member is not None  # found by its member's number
            because = _judged_otherwise(record.case, with_today(record.case, member.member_id), policies, judge)
            earlier = tasks_of(connection, record.claim_id) if because else ()
            if because and not any(task.rule == rule and task.state is TaskState.OPEN for task in earlier):
                opened.append(_task(record, earlier, rule, review, because, policies, today))
        add_tasks(connection, opened)
        return tuple(opened)


def _judged_otherwise(before: Case, after: Case, policies: PolicySet, judge: Judge) -> str:
    """What the changed facts say of a decided claim, in words; empty where they judge it as those of its decision did."""
    try:
        then, now = list(judge(before, policies)), list(judge(after, policies))
    except PolicyGap as gap:
        return f"Nobody can tell by the policies of today: {gap}."
    if _answers(then) == _answers(now):
        return " ".join(_other_plans(before, after))
    against = [finding for finding in now if finding.verdict is not Verdict.INFORM]
    return " ".join(dict.fromkeys(finding.because for finding in against)) or "Nothing stands against it any more."


def _other_plans(before: Case, after: Case) -> Iterable[str]:
    """The lines that another plan of ours covers than the one they were decided by, in words."""
    for line in before.claim.lines:
        if line.from_date is None:
            continue
        was, now = before.coverage_on(line.from_date), after.coverage_on(line.from_date)
        if was is not None and now is not None and was.plan != now.plan:
            yield f"Line {line.number} of {line.from_date} was decided by {was.plan}; the patient had {now.plan} on that day."


def _answers(findings: Iterable[Finding]) -> set[tuple[str, int]]:
    return {(finding.rule, finding.line) for finding in findings if finding.verdict is not Verdict.INFORM}


def _payers(case: Case, policies: PolicySet) -> Iterable[Finding]:
    standing = billed(case.claim)
    yield from other_coverage.order_by_facts(case, policies, standing)
    yield from other_coverage.liable_by_facts(case, policies, standing)


def _days_covered(case: Case, policies: PolicySet) -> Iterable[Finding]:
    """Who pays first may depend on how long we have covered the member."""
    standing = billed(case.claim)
    yield from eligibility.coverage(case, policies, standing)
    yield from other_coverage.order_by_facts(case, policies, standing)


def _task(
    record: ClaimRecord,
    earlier: Sequence[Task],
    rule: str,
    review: ReviewAgain,
    because: str,
    policies: PolicySet,
    today: dt.date,
) -> Task:
    payer = policies.payer.on(today)
    return Task(
        task_id=f"{record.claim_id}-{len(earlier) + 1}",
        claim_id=record.claim_id,
        decision_number=record.decision_number,
        rule=rule,
        policy=payer.stamp,
        line=WHOLE_CLAIM,
        verdict=Verdict.PEND,
        queue=review.queue,
        question=f"{review.question} {because}",
        opened_on=today,
        pend_code=payer.queues[review.queue].pend_code,
    )


def _lock_families(connection: sa.Connection, member_ids: Collection[str]) -> None:
    """Claims of the members are decided before or after the change, never while it is made."""
    lock(connection, {f"family:{known.family_id}" for known in members_on_file(connection, member_ids).values()})


def _check_role(principal: Principal) -> None:
    if principal.role is not Role.OPERATOR:
        raise NotPermitted("Only an operator may change what is on file.")
