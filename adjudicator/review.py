"""What a reviewer may do with a pended claim: one task for each finding that holds it, and the moves a task can make.

A task may also be about a decided claim, which facts that changed afterwards would have judged otherwise (``ABOUT_DECIDED``).

::

    OPEN ──ruling──> RULED      a reviewer answered the finding
      └──────────> CLOSED     nobody needs to answer it any more: a later decision no longer holds on the finding, since
                              another ruling answered it too or what was missing is there now; or the decided claim
                              that it asks about was taken back

A ruling never changes a decision. It is a fact of the claim, which is adjudicated again; what the new decision still
holds on keeps its task, what it newly holds on opens one (domain/07 section 5).
"""

import datetime as dt
import enum
from collections.abc import Iterable

import msgspec

from adjudicator.model.case import Case, Ruling, RulingVerdict
from adjudicator.model.claim import Claim
from adjudicator.model.decision import WHOLE_CLAIM, Decision, Disposition, Finding, Verdict
from adjudicator.policy.document import PolicyGap
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.surprise_billing import UNSETTLED
from adjudicator.rulings import GAP, NOT_ON_FILE, UNSUPPORTED, is_about_price

WITHOUT_AMOUNT = ("unsupported.", "pricing.", "member.ambiguous", UNSETTLED)
"""Beginnings of the rules that no reviewer can answer with yes: the engine could not work out what to pay, or for whom."""
DUPLICATES = ("suspect-duplicate",)
"""Rules that ask whether a line repeats another."""
NEVER_RULED = ("unsupported.test-interchange",)
"""Rules whose claims were never meant to be decided."""

OF_OTHER_COVERAGE, OF_COVERAGE = "changed.other-coverage", "changed.coverage"
"""Rules of tasks about decided claims, which facts that changed afterwards would have judged otherwise: no finding holds them."""
ABOUT_DECIDED = (OF_OTHER_COVERAGE, OF_COVERAGE)


class TaskState(enum.Enum):
    """Where a task stands; the last two are final."""

    OPEN = "open"
    RULED = "ruled"
    CLOSED = "closed"


class Task(msgspec.Struct, frozen=True):
    """One finding that holds a claim and waits for an answer."""

    task_id: str
    """The claim's number and the task's position among its tasks, from 1."""
    claim_id: str
    decision_number: int
    """The decision that opened it."""
    rule: str
    policy: str
    """Document and version of the finding."""
    line: int
    verdict: Verdict
    """PEND, or FAULT when the engine failed."""
    queue: str
    question: str
    opened_on: dt.date
    state: TaskState = TaskState.OPEN
    pend_code: str = ""
    """Why it waits, in the trade's short word (domain/07 section 5)."""
    due_on: dt.date | None = None
    """The last day on which the law lets the claim be decided; None when no plan is known or no law sets a day."""
    closed_because: str = ""
    """Why nobody needs to answer it any more, in a sentence; empty while it is open or when it was answered."""

    def days_left(self, today: dt.date) -> int | None:
        """Calendar days until it is due, below zero once it is late; None when no day is set."""
        return None if self.due_on is None else (self.due_on - today).days

    @property
    def finding_key(self) -> tuple[str, str, int]:
        """What a ruling must name to answer the finding: rule, policy version and line."""
        return (self.rule, self.policy, self.line)


def due_date(case: Case, policies: PolicySet) -> dt.date | None:
    """The day by which the law wants the claim decided: the plan's prompt-pay days, counted from the day after receipt.

    The claim's earliest line decides which plan (domain/07 sections 4 and 8); None when no plan is known or it sets none.
    """
    first_day = case.claim.from_date
    coverage = case.coverage_on(first_day) if first_day else None
    if first_day is None or coverage is None:
        return None
    try:
        days = policies.plan(coverage.plan, first_day).prompt_pay_days
    except PolicyGap:
        return None
    return case.received_on + dt.timedelta(days=days) if days else None


def open_tasks(
    case: Case, policies: PolicySet, decision_number: int, decision: Decision, earlier: Iterable[Task] = ()
) -> tuple[Task, ...]:
    """A new task for each finding that holds the claim and has none yet; findings with one key share a task.

    Args:
        case: the case that was decided.
        policies: what decided it.
        decision_number: which of the claim's decisions this is.
        decision: the decision.
        earlier: every task that the claim has had, whatever its state.
    """
    pends = decision.pends()
    if not pends:
        return ()
    claim_id, due_on = case.claim_id, due_date(case, policies)
    earlier = tuple(earlier)
    waiting = {task.finding_key for task in earlier if task.state is TaskState.OPEN}
    opened: dict[tuple[str, str, int], Task] = {}
    for finding in pends:
        key = (finding.rule, finding.policy, finding.line)
        if key in waiting or key in opened:
            continue
        opened[key] = Task(
            task_id=f"{claim_id}-{len(earlier) + len(opened) + 1}",
            claim_id=claim_id,
            decision_number=decision_number,
            rule=finding.rule,
            policy=finding.policy,
            line=finding.line,
            verdict=finding.verdict,
            queue=finding.queue,
            question=finding.question,
            opened_on=case.decided_on,
            pend_code=finding.pend_code,
            due_on=due_on,
        )
    return tuple(opened.values())


def settle(tasks: Iterable[Task], ruled: Task | None, decision_number: int, decision: Decision) -> tuple[Task, ...]:
    """The claim's tasks after it was decided again: the one that was ruled is so, those that hold it no longer close.

    Args:
        tasks: every task of the claim.
        ruled: the task whose ruling led to the decision; None when none did.
        decision_number: which of the claim's decisions the new one is.
        decision: the new decision.
    """
    holding = {(finding.rule, finding.policy, finding.line) for finding in decision.pends()}

    def moved(task: Task) -> Task:
        if ruled is not None and task.task_id == ruled.task_id:
            return msgspec.structs.replace(task, state=TaskState.RULED)
        if task.state is TaskState.OPEN and task.finding_key not in holding:
            return closed(task, f"Decision {decision_number} of the claim no longer waits for it.")
        return task

    return tuple(moved(task) for task in tasks)


def taken_back(tasks: Iterable[Task], decision_number: int, day: dt.date, taken_back_by: str) -> tuple[Task, ...]:
    """The open tasks that ask whether a decision stands, closed since it was taken back (domain/05 section 6).

    Args:
        tasks: every task of the claim.
        decision_number: the decision that was taken back, the latest of the claim.
        day: the day on which it was.
        taken_back_by: who did it.
    """
    because = f"Decision {decision_number} of the claim was taken back on {day} by {taken_back_by}."
    asked = [task for task in tasks if task.rule in ABOUT_DECIDED and task.state is TaskState.OPEN]
    return tuple(closed(task, because) for task in asked)


def closed(task: Task, because: str) -> Task:
    """A task that nobody needs to answer any more, and why."""
    return msgspec.structs.replace(task, state=TaskState.CLOSED, closed_because=because)


def refusal(finding: Finding, verdict: RulingVerdict) -> str:
    """Why a finding that holds a claim cannot be ruled so, in a sentence; empty when it can."""
    rule = finding.rule
    if rule in NEVER_RULED:
        return "It is about a claim of a test interchange (ISA15 = T), which is never decided."
    if finding.verdict is Verdict.FAULT and (rule != GAP or verdict is not RulingVerdict.DENY):
        return (
            "It waits until the engine or the policy set is mended, and is then tried again: nobody can allow a fault, and "
            "only what no policy covers can be denied."
        )
    if verdict is RulingVerdict.ALLOW and rule.startswith(WITHOUT_AMOUNT):
        instead = "priced or denied" if is_about_price(finding) else "denied"
        return f"It waits for what the engine cannot work out ({rule}); it can be {instead}, not allowed."
    if verdict is RulingVerdict.CONFIRM_DUPLICATE and not (rule in DUPLICATES and finding.reasons):
        return f"It is about {rule}, not about a suspected duplicate; allow or deny it."
    if rule in DUPLICATES and verdict in (RulingVerdict.REDUCE_UNITS, RulingVerdict.PRICE):
        return (
            f"It asks whether the line repeats another service ({rule}), which no line does in part: confirm the duplicate, or "
            "allow or deny it. Units or a price that are wrong are another finding's."
        )
    if verdict is RulingVerdict.PRICE and not (is_about_price(finding) or _has_a_level(finding)):
        return f"It is about {rule}, not about the price of one line; allow or deny it."
    if verdict is RulingVerdict.REDUCE_UNITS and (
        finding.line == WHOLE_CLAIM or not finding.reasons or rule.startswith(WITHOUT_AMOUNT)
    ):
        return f"It is about {rule}, for which no policy gives a reason to cut units of a line; allow or deny it."
    return ""


def comes_too_early(finding: Finding, verdict: RulingVerdict, case: Case) -> str:
    """Why a finding cannot be ruled so on these facts yet, and what to do first; empty when it can."""
    if verdict is not RulingVerdict.ALLOW or finding.rule not in NOT_ON_FILE or case.member is not None:
        return ""
    return (
        f"The patient is not on the membership file ({finding.rule}), so nobody can work out what to pay: enrol the patient "
        "there first, then have the claim decided again; or deny it."
    )


def _has_a_level(finding: Finding) -> bool:
    """Whether a finding of one line brings a reason of its own, which can take part of the line's price."""
    return bool(finding.carc) and finding.line != WHOLE_CLAIM and not finding.rule.startswith(UNSUPPORTED)


class EarlierRuling(msgspec.Struct, frozen=True):
    """A reviewer's answer to an earlier task of the claim that asked by the same rule.

    It may not hold any more: rulings lapse with another version of their policy, and with a correction of the claim.
    """

    task_id: str
    decision_number: int
    """The decision that opened its task."""
    ruled_on: dt.date
    ruling: Ruling


def with_ruling(rulings: Iterable[Ruling], latest: Ruling) -> tuple[Ruling, ...]:
    """Rulings with another one behind them, in place of an earlier one on the same finding."""
    key = (latest.rule, latest.policy, latest.line)
    return (*(ruling for ruling in rulings if (ruling.rule, ruling.policy, ruling.line) != key), latest)


class LineStanding(msgspec.Struct, frozen=True):
    """Where one line of a claim stands under a decision."""

    state: str
    """paid, denied, pended or rejected."""
    paid_cents: int = 0
    member_cents: int = 0
    reasons: tuple[str, ...] = ()
    """``CO-45`` and the like of what is not paid; of a line that is not decided, the rules that hold or reject it."""


class LineChange(msgspec.Struct, frozen=True):
    """What another decision changes for one line."""

    line: int
    before: LineStanding
    after: LineStanding


def line_changes(claim: Claim, before: Decision, after: Decision) -> tuple[LineChange, ...]:
    """What the second of two decisions of a claim changes, line by line; a line that stands as it did is left out."""
    changes = (
        LineChange(line.number, _standing(line.number, before), _standing(line.number, after)) for line in claim.lines
    )
    return tuple(change for change in changes if change.before != change.after)


def _standing(line: int, decision: Decision) -> LineStanding:
    if not decision.disposition.is_final:
        verdicts = (Verdict.REJECT,) if decision.disposition is Disposition.REJECTED else (Verdict.PEND, Verdict.FAULT)
        holding = (f.rule for f in decision.findings if f.line in (line, WHOLE_CLAIM) and f.verdict in verdicts)
        return LineStanding(decision.disposition.value, reasons=tuple(dict.fromkeys(holding)))
    decided = decision.line(line)
    state = "denied" if decided.verdict is Verdict.DENY else "paid"
    reasons = tuple(f"{adjustment.group}-{adjustment.carc}" for adjustment in decided.adjustments)
    return LineStanding(state, decided.paid_cents, decided.member_cents, reasons)
