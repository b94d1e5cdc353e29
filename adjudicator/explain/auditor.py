"""A decision for an auditor: everything in the order in which it was decided, and what would show that it was decided rightly."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from adjudicator import benefits, engine
from adjudicator.edits import EDITS
from adjudicator.explain.asking import LAST, met_rules, why
from adjudicator.explain.parts import (
    DOES,
    amounts,
    bill_first,
    calculation,
    limits,
    opening,
    place,
    reason,
    ruling_in_words,
    service,
    source,
)
from adjudicator.model.case import Case
from adjudicator.model.decision import Audience, Decision, Finding, LineDecision, Verdict
from adjudicator.model.money import dollars
from adjudicator.policy.policy_set import PolicySet


def for_auditor(
    case: Case, decision: Decision, policies: PolicySet, rule: str, policy_digest: str, engine_version: str
) -> Iterator[str]:
    """The lines of the explanation; with a rule, why it fired or not on each line."""
    yield f"Claim {case.claim_id} (the provider's {case.claim.patient_control_number}) {opening(case, decision)}."
    yield amounts(case, decision)
    by_engine = f" by engine version {engine_version}" if engine_version else ""
    yield f"Decided under policy set {policy_digest}{by_engine}."
    if policy_digest != policies.digest:
        yield f"That set is not at hand: what is asked again is asked of {policies.digest}."
    yield from _facts(case)
    if rule:
        yield ""
        yield f"Rule {rule}"
        yield from (f"  {line}" for line in why(rule, case, decision, policies))
        return
    yield ""
    yield "Findings, by stage"
    for position, stage in enumerate(EDITS):
        rules = [rule for edit in stage.edits for rule in edit.rules]
        folders = dict.fromkeys(edit.documents for edit in stage.edits if edit.documents)
        met = [told for folder in folders for told in met_rules(folder, case, decision, policies)]
        yield from _stage(position, stage.name, rules, met, decision)
    yield from _stage(LAST, "price and the member's share", list(after_the_edits()), [], decision)
    if decision.lines:
        yield ""
        yield "Amounts, by line"
        for decided in decision.lines:
            yield from _line(decided, case)
    if decision.entries:
        yield ""
        yield "Accumulators, in the order in which they moved"
        yield from _movements(case, decision)
    yield ""
    yield "Why a rule did not fire: name it with --rule; it is asked again of the stored case and policies."


def after_the_edits() -> tuple[str, ...]:
    """The engine's rules that no edit answers with."""
    of_edits = {rule for stage in EDITS for edit in stage.edits for rule in edit.rules}
    return tuple(rule for rule in engine.RULES if rule not in of_edits)


def _facts(case: Case) -> Iterator[str]:
    """What the case holds besides the claim."""
    counted = (
        (len(case.members), "member who fits the patient", "members who fit the patient"),
        (len(case.coverage), "stretch of coverage", "stretches of coverage"),
        (
            len(case.participations),
            "contract stretch of the billing provider",
            "contract stretches of the billing provider",
        ),
        (len(case.providers), "provider record", "provider records"),
        (len(case.authorizations), "authorization", "authorizations"),
        (len(case.balances), "accumulator balance", "accumulator balances"),
        (len(case.history), "earlier line", "earlier lines"),
        (len(case.rulings), "ruling", "rulings"),
    )
    told = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counted)
    yield f"Facts of the case: {told}."
    for ruling in case.rulings:
        yield f"  Ruling: {ruling_in_words(ruling)}"


def _stage(position: int, name: str, rules: list[str], met: list[str], decision: Decision) -> Iterator[str]:
    found = sorted((f for f in decision.findings if f.stage == position), key=lambda f: (f.line, f.rule))
    taking = {adjustment.rule for line in decision.lines for adjustment in line.adjustments}
    fired = {finding.rule for finding in decision.findings} | taking
    yield f"{position + 1}. {name}:{'' if found or not taking.isdisjoint(rules) else ' nothing found'}"
    for finding in found:
        yield from _finding(finding)
    took = [rule for rule in rules if rule in taking and not any(finding.rule == rule for finding in found)]
    if took:
        yield f"  Took money: {', '.join(took)}; see the amounts."
    for told in met:
        yield f"  Applied and met: {told}"
    silent = [rule for rule in rules if rule not in fired]
    if silent:
        yield f"  Did not fire: {', '.join(silent)}."


def _finding(finding: Finding) -> Iterator[str]:
    codes = reason(finding) if finding.carc else ", ".join(finding.statuses)
    waits = (
        f" in queue {finding.queue}{f' ({finding.pend_code})' if finding.pend_code else ''}" if finding.queue else ""
    )
    told = " ".join(filter(None, (f"{place(finding.line)}, {DOES[finding.verdict]}", codes)))
    yield f"  {told}{waits}; told to {finding.audience.value}: {finding.because}"
    yield from source(finding, Audience.INTERNAL)


def _line(decided: LineDecision, case: Case) -> Iterator[str]:
    billed = next(line for line in case.claim.lines if line.number == decided.line)
    yield service(billed)
    if decided.verdict is not Verdict.DENY or decided.price is not None:
        yield from calculation(decided, billed)
    if decided.share:
        yield from limits(decided.share)
    if decided.priority_payer:
        yield f"  {bill_first(decided.priority_payer)}"
    for adjustment in decided.adjustments:
        yield f"  {reason(adjustment):<14} {dollars(adjustment.amount_cents):>10}  rule {adjustment.rule} [{adjustment.policy}]"
    parts = " + ".join(dollars(adjustment.amount_cents) for adjustment in decided.adjustments)
    yield f"  Balance: charge {dollars(decided.charge_cents)} = paid {dollars(decided.paid_cents)}{f' + {parts}' if parts else ''}"


def _movements(case: Case, decision: Decision) -> Iterator[str]:
    """Each entry with its accumulator's total before and after it."""
    used_cents: dict[tuple[str, str, str, dt.date], int] = defaultdict(int)
    for balance in case.balances:
        used_cents[balance.owner, balance.accumulator, balance.tier, balance.period_start] += balance.used_cents
    for entry in decision.entries:
        key = (entry.owner, entry.accumulator, entry.tier, entry.period_start)
        before_cents = used_cents[key]
        used_cents[key] = before_cents + entry.amount_cents
        name = benefits.accumulator_name(entry.owner, entry.accumulator, entry.tier, entry.period_start)
        yield (
            f"  line {entry.line}: {name}: {dollars(before_cents)} + {dollars(entry.amount_cents)} = "
            f"{dollars(used_cents[key])}"
        )
