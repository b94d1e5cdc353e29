"""Calls the engine, and holds the claim when the engine fails: the one place where our own bugs are caught."""

import datetime as dt
import logging
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

import adjudicator
from adjudicator.engine import held
from adjudicator.model.case import Case, Ruling
from adjudicator.model.claim import Claim
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import Task, open_tasks, settle
from adjudicator.service.cases import case_again
from adjudicator.store.records import ClaimRecord, NewDecision
from adjudicator.store.tasks import tasks_of

Adjudicate = Callable[[Case, PolicySet], Decision]
"""The engine: ``adjudicator.engine.adjudicate``, or another version of it."""

ENGINE_VERSION = adjudicator.__version__

_log = logging.getLogger(__name__)


def decide(case: Case, policies: PolicySet, adjudicate: Adjudicate) -> Decision:
    """Decide a case. Whatever goes wrong holds the claim: it is never paid, never denied, and its neighbours go on."""
    try:
        decision = adjudicate(case, policies)
        check(decision, case)
    except Exception as crash:
        decision = Decision(claim_id=case.claim_id, disposition=Disposition.PENDED, findings=(held(crash, 0),))
    for finding in decision.findings:
        if finding.verdict is Verdict.FAULT:
            # Only the place in our code is told: what a policy gap says can hold a date of service.
            place = finding.because if finding.rule == "fault" else finding.rule
            _log.error("claim %s is held: %s", case.claim_id or "(estimate)", place)
    return decision


def decide_anew(
    connection: sa.Connection,
    before: ClaimRecord,
    claim: Claim,
    rulings: tuple[Ruling, ...],
    ruled_task: Task | None,
    actor: str,
    today: dt.date,
    policies: PolicySet,
    adjudicate: Adjudicate,
) -> NewDecision:
    """The next decision of a claim that has one, by today's facts, with the tasks that it opens and settles; nothing is kept yet.

    Args:
        connection: the transaction; a writing one, if the decision is to be kept.
        before: the claim as it stands.
        claim: its content, which may have been corrected.
        rulings: all rulings on it.
        ruled_task: the task of the last of them, if it was ruled on now.
        actor: who has it decided.
        today: the day on which it is decided.
        policies: the policy set in force.
        adjudicate: the engine.
    """
    book, case = case_again(connection, before, claim, rulings, today, policies)
    decision = decide(case, policies, adjudicate)
    number = before.decision_number + 1
    tasks = settle(tasks_of(connection, before.claim_id), ruled_task, number, decision)
    return NewDecision(
        record=msgspec.structs.replace(
            before,
            decision_number=number,
            policy_digest=policies.digest,
            engine_version=ENGINE_VERSION,
            case=case,
            decision=decision,
        ),
        actor=actor,
        decided_lines=book.absorb(case, number, decision),
        tasks=(*tasks, *open_tasks(case, policies, number, decision, tasks)),
    )


def check(decision: Decision, case: Case) -> None:
    """Hold a decision against its claim once more before it is kept.

    Raises:
        AssertionError: it answers other lines or charges than the claim has, its money does not add up, it would pay a
            test, or nothing says why it waits.
    """
    if decision.claim_id != case.claim_id:
        raise AssertionError("the decision is of another claim")
    if decision.disposition is Disposition.PENDED and not decision.pends():
        raise AssertionError("the claim is pended without a finding that holds it")
    if decision.disposition.is_final:
        _check_money(decision, case.claim)


def _check_money(decision: Decision, claim: Claim) -> None:
    if claim.test:
        raise AssertionError("a claim of a test interchange is final")
    if [(line.line, line.charge_cents) for line in decision.lines] != [
        (line.number, line.charge_cents) for line in claim.lines
    ]:
        raise AssertionError("the decided lines and charges are not the claim's")
    explained_cents = sum(
        line.paid_cents + sum(adjustment.amount_cents for adjustment in line.adjustments) for line in decision.lines
    )
    if explained_cents != claim.total_charge_cents:
        raise AssertionError("what is paid and adjusted is not the claim's total charge")
    numbers = {line.line for line in decision.lines if line.verdict is not Verdict.DENY}
    if any(entry.line not in numbers for entry in decision.entries):
        raise AssertionError("an accumulator is moved by a line that is denied or not there")
