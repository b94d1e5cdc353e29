"""The use cases of the payer's reviewers: see what waits, look at one task, rule on it.

A ruling is kept, then the claim is adjudicated again with it, in one transaction: nobody edits a decision.
"""

import datetime as dt
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from adjudicator import engine
from adjudicator.model.case import Ruling, RulingVerdict
from adjudicator.model.decision import Disposition
from adjudicator.model.principal import Principal, Role
from adjudicator.policy.policy_set import OWED_BY_OTHERS, CodeEntry, PolicySet, reason_keys
from adjudicator.review import Task, TaskState, open_tasks, refusal, settle
from adjudicator.service.cases import HISTORY_DAYS, CaseBook, seen_from_its_arrival
from adjudicator.service.deciding import ENGINE_VERSION, Adjudicate, decide
from adjudicator.service.errors import InvalidRequest, NotFound, NotPermitted, Violation, WrongState
from adjudicator.service.pages import POSITION, next_page_token, page_size_of, place_of
from adjudicator.store import tasks as stored
from adjudicator.store.claims import arrived_after, claims_by_id, record
from adjudicator.store.database import Store
from adjudicator.store.records import ClaimRecord, NewDecision

GROUPS = ("CO", "OA", "PI", "PR")
"""Who bears an amount that is not paid (CAS01): contract, other, payer's initiative, patient."""


class Reviews:
    """Lists, shows and rules tasks; for reviewers and operators only."""

    def __init__(
        self,
        store: Store,
        policies: Callable[[], PolicySet],
        clock: Callable[[], dt.date],
        *,
        history_days: int = HISTORY_DAYS,
        adjudicate: Adjudicate = engine.adjudicate,
    ) -> None:
        """Join what ruling needs; the arguments are those of ``Claims``."""
        self._store = store
        self._policies = policies
        self._clock = clock
        self._history_days = history_days
        self._adjudicate = adjudicate

    def list_tasks(
        self, principal: Principal, queue: str = "", page_size: int = 0, page_token: str = ""
    ) -> tuple[list[Task], str]:
        """A page of the open tasks of a queue (empty: of all), the oldest first, and the token of the next page.

        Raises:
            NotPermitted: the caller is no reviewer.
            InvalidRequest: the page size is negative, or the token is none of this list.
        """
        _check_role(principal)
        size = page_size_of(page_size)
        after = place_of(queue, page_token, POSITION) or 0
        with self._store.reading() as connection:
            found = stored.open_tasks_page(connection, queue, after, size + 1)
        more = next_page_token(queue, found[size - 1][0]) if len(found) > size else ""
        return [task for _, task in found[:size]], more

    def get_task(self, principal: Principal, task_id: str) -> Task:
        """A task, open or not; its claim is read with ``Claims.get``.

        Raises:
            NotPermitted: the caller is no reviewer.
            NotFound: there is no such task.
        """
        _check_role(principal)
        with self._store.reading() as connection:
            return _task(connection, task_id)

    def rule(
        self,
        principal: Principal,
        task_id: str,
        verdict: RulingVerdict,
        rationale: str,
        group: str = "",
        carc: str = "",
        remarks: tuple[str, ...] = (),
    ) -> ClaimRecord:
        """Answer the finding of a task, and decide its claim again.

        Args:
            principal: who rules.
            task_id: the task.
            verdict: whether the finding's line may be paid, or is denied.
            rationale: why, for whoever asks later.
            group: who bears a denied amount; for a denial only.
            carc: the reason of a denial; for a denial only.
            remarks: remarks that make the reason clear; for a denial only.

        Returns:
            The claim with its new decision.

        Raises:
            NotPermitted: the caller is no reviewer.
            NotFound: there is no such task.
            WrongState: the task is done, or nobody can rule on it so.
            InvalidRequest: the rationale or the reason of the denial is missing or wrong; every violation is listed.
        """
        _check_role(principal)
        today, policies = self._clock(), self._policies()
        with self._store.writing() as connection:
            task = _task(connection, task_id)
            if because := refusal(task, verdict):
                raise WrongState(because)
            violations = tuple(_violations(policies, today, verdict, rationale, group, carc, remarks))
            if violations:
                raise InvalidRequest(violations)
            ruling = Ruling(
                rule=task.rule,
                policy=task.policy,
                line=task.line,
                verdict=verdict,
                rationale=rationale.strip(),
                ruled_by=principal.name,
                group=group,
                carc=carc,
                remarks=remarks,
            )
            stored.record_ruling(connection, task, ruling, today)
            new = self._decided_again(connection, principal, task.claim_id, task, today, policies)
            record(connection, [new])
        return new.record

    def decide_again(self, principal: Principal, task_id: str) -> ClaimRecord:
        """Decide the claim of an open task again with today's facts and policies: what it waited for may be there now.

        This is how a claim goes on that waited for a fee, a code table or a mended engine. No ruling is made.

        Returns:
            The claim with its new decision.

        Raises:
            NotPermitted: the caller is no operator.
            NotFound: there is no such task.
            WrongState: the task is done.
        """
        if principal.role is not Role.OPERATOR:
            raise NotPermitted("Only an operator may have a claim decided again.")
        today, policies = self._clock(), self._policies()
        with self._store.writing() as connection:
            task = _task(connection, task_id)
            if task.state is not TaskState.OPEN:
                raise WrongState(f"Task {task_id} is {task.state.value} already; list the tasks anew.")
            new = self._decided_again(connection, principal, task.claim_id, None, today, policies)
            record(connection, [new])
        return new.record

    def _decided_again(
        self,
        connection: sa.Connection,
        principal: Principal,
        claim_id: str,
        ruled: Task | None,
        today: dt.date,
        policies: PolicySet,
    ) -> NewDecision:
        """A claim's next decision, with all rulings on it and today's facts."""
        before = claims_by_id(connection, [claim_id])[claim_id]
        claim, received_on = before.case.claim, before.case.received_on
        book = CaseBook(connection, [(claim, received_on)], self._history_days)
        case = book.case(before.claim_id, claim, received_on, today, stored.rulings_of(connection, before.claim_id))
        earlier_or_later = {line.claim_id for line in case.history}
        case = seen_from_its_arrival(case, arrived_after(connection, before.claim_id, earlier_or_later))
        decision = decide(case, policies, self._adjudicate)
        if decision.disposition is Disposition.REJECTED:
            raise WrongState(
                f"Claim {claim_id} was accepted and would now be rejected: {decision.findings[0].because} "
                "Mend the file it is held against, or deny the claim with a reason."
            )
        number = before.decision_number + 1
        tasks = settle(stored.tasks_of(connection, before.claim_id), ruled, decision)
        return NewDecision(
            record=ClaimRecord(
                claim_id=before.claim_id,
                request_id=before.request_id,
                submitter=before.submitter,
                decision_number=number,
                policy_digest=policies.digest,
                engine_version=ENGINE_VERSION,
                case=case,
                decision=decision,
            ),
            actor=principal.name,
            decided_lines=book.absorb(case, number, decision),
            tasks=(*tasks, *open_tasks(before.claim_id, number, decision, today, tasks)),
        )


def _check_role(principal: Principal) -> None:
    if principal.role not in (Role.REVIEWER, Role.OPERATOR):
        raise NotPermitted("Tasks are for the payer's reviewers; read your claims instead.")


def _task(connection: sa.Connection, task_id: str) -> Task:
    task = stored.task(connection, task_id)
    if task is None:
        raise NotFound(f"There is no task {task_id}.")
    return task


def _violations(
    policies: PolicySet,
    day: dt.date,
    verdict: RulingVerdict,
    rationale: str,
    group: str,
    carc: str,
    remarks: tuple[str, ...],
) -> Iterator[Violation]:
    """Everything wrong with a ruling. A denial's reason follows the code lists of the day it is given (domain/06)."""
    if not rationale.strip():
        yield Violation("rationale", "it is missing; write why, for whoever asks later")
    if verdict is RulingVerdict.ALLOW:
        for field, value in (("group", group), ("carc", carc), ("remarks", remarks)):
            if value:
                yield Violation(field, "an allowed finding has no reason; leave it empty")
        return
    if group not in GROUPS:
        yield Violation("group", f"found '{group}'; write who bears the amount: {', '.join(GROUPS)}")
    entry = policies.table("carc", day).entry(carc, day)
    if entry is None:
        yield Violation("carc", f"found '{carc}'; write an adjustment reason code in force on {day}")
    else:
        yield from _of_reason(entry, carc, group)
    told = (policies.guidance_for(key, day) for key in reason_keys(group, carc, remarks))
    guidance = next((one for one in told if one is not None), None)
    if entry is not None and guidance is None:
        yield Violation(
            "carc",
            f"no guidance tells a biller what to do about {group}-{carc}; choose another reason, or add guidance first",
        )
    if group == "CO" and guidance is not None and guidance.remedy in OWED_BY_OTHERS:
        yield Violation("group", f"found CO; reason {carc} is owed by the patient or another payer: write PR or OA")
    known = {remark: policies.table("rarc", day).entry(remark, day) for remark in remarks}
    for remark, found in known.items():
        if found is None:
            yield Violation("remarks", f"found '{remark}'; write remark codes in force on {day}")
    if entry is not None and entry.needs_remark and not any(found and not found.alert for found in known.values()):
        yield Violation("remarks", f"reason {carc} needs a remark that tells what it is about and is no Alert; add one")


def _of_reason(entry: CodeEntry, carc: str, group: str) -> Iterator[Violation]:
    if entry.claims_only:
        yield Violation("carc", f"reason {carc} stands on claims only; write a reason of remittances")
    if entry.partial:
        yield Violation("carc", f"reason {carc} never takes a whole charge; write a reason that can deny")
    if entry.groups and group in GROUPS and group not in entry.groups:
        yield Violation("group", f"reason {carc} is locked to {' or '.join(sorted(entry.groups))}; found {group}")
