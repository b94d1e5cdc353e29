"""How a claim is decided. Read this page first.

``adjudicate`` is a pure function: a case holds the claim and every fact, a policy set holds every rule, and the same two
always give the same decision, byte for byte. Four steps:

1. ``screen``: every edit of every stage gives its findings on every line. A line that a stage denies no longer stands
   for later stages, and of one that it cuts only the rest does; but what they find on either is kept and told.
2. ``price_lines``: what the contract allows for each line that still stands.
3. ``covered_line`` and ``share_lines``: how much of it is covered, what the member owes of that, and what the plan pays.
4. ``decide``: the findings' verdicts settle how the claim ends. Precedence, highest first: a REJECT rejects the claim;
   else a FAULT, or a PEND on the claim or on a line that is not denied, holds it; only then is it final, and only a final
   claim has money.

A crash in any of this becomes a FAULT finding: the claim waits, it is never paid and never denied by accident.
"""

from collections.abc import Iterable
from itertools import chain

import msgspec

from adjudicator import benefits, pricing
from adjudicator.benefits import Shared, SharedLine, covered_line, share_lines
from adjudicator.edits import EDITS, coding_tables, unit_limits, utilization
from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import (
    WHOLE_CLAIM,
    Adjustment,
    Audience,
    Decision,
    Disposition,
    Finding,
    LineDecision,
    Verdict,
)
from adjudicator.model.standing import Standing, billed, left_after
from adjudicator.policy.policy_set import Answer, PolicyGap, PolicySet
from adjudicator.pricing import Priced, PricedLine, price_by_hand, price_lines
from adjudicator.rulings import LAPSED, heard, ruled

REDUCTIONS = ("contract-allowance", "out-of-network-balance", "allowed-above-charge")
"""Rules of the difference between charge and allowed amount."""
HELD = ("fault", "policy-gap")
"""Rules of a claim that the engine could not decide: it crashed, or the policy set lacks what it needs."""

_BLOCKS = (Verdict.PEND, Verdict.DENY, Verdict.REJECT)
_WAITS = ("unsupported.", coding_tables.MISSING, *pricing.RULES)
"""Beginnings of the rules of what the engine cannot work out: a policy may not turn them into anything but waiting."""


def _permitted(rule: str) -> tuple[Verdict, ...]:
    """The kinds of answer that a policy may give to a rule, so that none of them lets through what must not pass."""
    if rule in HELD:
        return (Verdict.FAULT,)
    if rule == "submitter.not-enrolled":
        return (Verdict.REJECT,)
    if rule in ("out-of-pocket-met", "accumulator-overshoot", coding_tables.PREVIOUS, LAPSED):
        return (Verdict.INFORM,)
    if rule in (*REDUCTIONS, *benefits.RULES):
        return (Verdict.REDUCE,)
    if rule in pricing.DENIALS:
        return _BLOCKS
    if rule in (*utilization.CUTS, *unit_limits.CUTS):
        return (Verdict.REDUCE, *_BLOCKS)
    return (Verdict.PEND,) if rule.startswith(_WAITS) else _BLOCKS


RULES: dict[str, tuple[Verdict, ...]] = {
    rule: _permitted(rule)
    for rule in (
        *chain.from_iterable(edit.rules for stage in EDITS for edit in stage.edits),
        *pricing.RULES,
        *pricing.DENIALS,
        *REDUCTIONS,
        *benefits.RULES,
        *HELD,
        LAPSED,
    )
}
"""Every rule that the engine itself answers with, and the kinds of answer that it may have; a policy set answers them all."""


def adjudicate(case: Case, policies: PolicySet) -> Decision:
    """Decide a claim. Pure: the same case and policies always give the same decision, byte for byte."""
    fallen: tuple[Finding, ...] = ()
    while True:
        worked = work_through(case, policies, fallen)
        late = fell_late(case, worked.findings, fallen)
        if not late:
            break
        # What nobody is paid for takes nothing with it: the others are asked again without these lines, the last to fall first.
        fallen += late
    try:
        return decide(case, policies, worked.findings, worked.priced, worked.shared)
    except Exception as crash:
        return decide(case, policies, [*worked.findings, _failure(case, crash)], _NOTHING_PRICED, _NOTHING_SHARED)


class Worked(msgspec.Struct, frozen=True):
    """What was found of a claim, its prices, and the members' shares."""

    findings: list[Finding]
    priced: Priced
    shared: Shared


def work_through(case: Case, policies: PolicySet, fallen: Iterable[Finding]) -> Worked:
    """Screen, price and share a claim, given what is known of lines that are not paid whatever else is found."""
    findings = screen(case, policies, fallen)
    try:
        priced = price(case, policies, findings)
        findings += priced.findings
        if case.rulings:
            findings = heard(case, policies, findings)
            priced = price_by_hand(case, policies, priced, findings)
        standing = standing_lines(case, findings)
        covered = [
            covered_line(row.line, row.terms, row.price.allowed_cents, findings)
            for row in priced.lines
            if row.line.number in standing
        ]
        shared = share_lines(case, policies, covered)
        findings += (_at_stage(finding, len(EDITS)) for finding in shared.findings)
        return Worked(findings, priced, shared)
    except Exception as crash:
        return Worked([*findings, _failure(case, crash)], _NOTHING_PRICED, _NOTHING_SHARED)


def fell_late(case: Case, findings: Iterable[Finding], fallen: Iterable[Finding]) -> tuple[Finding, ...]:
    """Everything that was found of the lines that fell last, after a stage had taken them for paid; empty for none.

    A benefit limit, an approval that is used up or an operation's fee denies a line when pairs of services and add-on codes
    have been asked already. Lines known to have fallen are not told again.
    """
    if len(case.claim.lines) == 1:
        return ()
    known = {finding.line for finding in fallen}
    first: dict[int, int] = {}
    for finding in findings:
        if finding.verdict is Verdict.DENY and finding.line != WHOLE_CLAIM and finding.line not in known:
            first[finding.line] = min(finding.stage, first.get(finding.line, finding.stage))
    last = max(first.values(), default=_FIRST_BESIDE)
    if last <= _FIRST_BESIDE:
        return ()
    return tuple([finding for finding in findings if first.get(finding.line) == last])


def screen(case: Case, policies: PolicySet, fallen: Iterable[Finding] = ()) -> list[Finding]:
    """Run every edit, stage by stage, on every line; no finding hides another.

    Args:
        case: the claim with its facts.
        policies: the payer's documents.
        fallen: what is known of lines that are not paid, whatever else is found.
    """
    findings = list(fallen)
    standing = standing_lines(case, findings)
    for position, stage in enumerate(EDITS):
        found: list[Finding] = []
        for edit in stage.edits:
            try:
                for finding in edit.check(case, policies, standing):
                    found.append(_at_stage(_fallen(ruled(finding, case.rulings)), position))
            except Exception as crash:
                found.append(ruled(held(crash, position), case.rulings))
        if found:
            findings += found
            standing = standing_lines(case, findings)
    return findings


def price(case: Case, policies: PolicySet, findings: list[Finding]) -> Priced:
    """Price what still stands. A claim that is rejected or held as a whole has nothing to price yet."""
    if any(f.verdict is Verdict.REJECT or (f.line == WHOLE_CLAIM and f.verdict >= Verdict.PEND) for f in findings):
        return _NOTHING_PRICED
    priced = price_lines(case, policies, standing_lines(case, findings))
    found = tuple(_at_stage(ruled(finding, case.rulings), len(EDITS)) for finding in priced.findings)
    return Priced(lines=priced.lines, findings=found)


def standing_lines(case: Case, findings: Iterable[Finding]) -> Standing:
    """The lines that nothing has denied so far, and how much the cuts have left of each."""
    return left_after(billed(case.claim), findings)


def decide(case: Case, policies: PolicySet, findings: Iterable[Finding], priced: Priced, shared: Shared) -> Decision:
    """Settle the claim by precedence, and where it is final every line of it to the cent."""
    told_once = {(f.rule, f.line, f.because): f for f in reversed(list(findings))}.values()
    ranked = tuple(sorted(told_once, key=lambda f: (-f.verdict, f.stage, f.line, f.rule, f.because)))
    standing = standing_lines(case, ranked)
    if any(finding.verdict is Verdict.REJECT for finding in ranked):
        return Decision(claim_id=case.claim_id, disposition=Disposition.REJECTED, findings=ranked)
    if any(_holds(finding, standing) for finding in ranked):
        return Decision(claim_id=case.claim_id, disposition=Disposition.PENDED, findings=ranked)

    prices = {row.line.number: row for row in priced.lines}
    lines = tuple(
        pay_line(case, policies, prices[line.number], shared.lines[line.number], ranked)
        if line.number in standing
        else deny_line(line, ranked)
        for line in case.claim.lines
    )
    denied = sum(line.verdict is Verdict.DENY for line in lines)
    return Decision(
        claim_id=case.claim_id,
        disposition=(
            Disposition.PAID if not denied else Disposition.DENIED if denied == len(lines) else Disposition.PARTLY_PAID
        ),
        findings=ranked,
        lines=lines,
        entries=tuple(chain.from_iterable(line.entries for line in shared.lines.values())),
    )


def pay_line(
    case: Case, policies: PolicySet, priced: PricedLine, shared: SharedLine, findings: Iterable[Finding]
) -> LineDecision:
    """A line that stands: the plan pays what is covered less the member's share; the rest is adjusted, cent by cent."""
    line, share, covered = priced.line, shared.share, shared.covered
    day = line.from_date or case.received_on
    above_cents = line.charge_cents - covered.price_cents
    reduction = (
        "allowed-above-charge"
        if above_cents < 0
        else "contract-allowance"
        if priced.terms.in_network
        else "out-of-network-balance"
    )

    def answered(rule: str, amount_cents: int) -> list[_Unpaid]:
        return [(policies.answer(rule, day), amount_cents, None)] if amount_cents else []

    adjustments = _adjustments(
        [
            *answered(reduction, above_cents),
            *((cut.finding, cut.amount_cents, cut.quantity_thousandths) for cut in covered.cuts if cut.amount_cents),
            *answered("deductible", share.deductible_cents),
            *answered("coinsurance", share.coinsurance_cents),
            *answered("copay", share.copay_cents),
        ]
    )
    told = [finding.verdict for finding in findings if finding.line in (line.number, WHOLE_CLAIM)]
    remarks = chain.from_iterable([adjustment.remarks for adjustment in adjustments])
    limit_remarks = policies.answer("out-of-pocket-met", day).remarks if shared.limited else ()
    return LineDecision(
        line=line.number,
        verdict=max([Verdict.REDUCE if adjustments else Verdict.PAY, *told]),
        charge_cents=line.charge_cents,
        allowed_cents=covered.allowed_cents,
        paid_cents=covered.allowed_cents - share.member_cents,
        paid_quantity_thousandths=covered.quantity_thousandths,
        adjustments=adjustments,
        remarks=tuple(dict.fromkeys((*remarks, *limit_remarks))),
        price=priced.price,
        share=share,
    )


_Unpaid = tuple[Answer | Finding, int, int | None]
"""A reason, the cents that it takes, and the units, where it takes units."""


def _adjustments(unpaid: Iterable[_Unpaid]) -> tuple[Adjustment, ...]:
    """One adjustment for each reason: what is taken twice for one reason is added up."""
    adjustments: dict[tuple[str, str], Adjustment] = {}
    for reason, amount_cents, quantity_thousandths in unpaid:
        key = (reason.group, reason.carc)
        before = adjustments.get(key)
        if before is None:
            adjustments[key] = Adjustment(
                group=reason.group,
                carc=reason.carc,
                amount_cents=amount_cents,
                rule=reason.rule,
                remarks=reason.remarks,
                quantity_thousandths=quantity_thousandths,
                policy=reason.policy,
            )
        else:
            adjustments[key] = msgspec.structs.replace(
                before,
                amount_cents=before.amount_cents + amount_cents,
                remarks=tuple(dict.fromkeys((*before.remarks, *reason.remarks))),
                quantity_thousandths=(before.quantity_thousandths or 0) + (quantity_thousandths or 0) or None,
            )
    return tuple([adjustment for adjustment in adjustments.values() if adjustment.amount_cents])


def deny_line(line: Line, findings: Iterable[Finding]) -> LineDecision:
    """A line that fell: the denial of the earliest stage decides, and its reason takes the whole charge."""
    denials = [f for f in findings if f.verdict is Verdict.DENY and f.line in (line.number, WHOLE_CLAIM)]
    deciding = min(denials, key=lambda finding: finding.stage)
    adjustment = Adjustment(
        group=deciding.group,
        carc=deciding.carc,
        amount_cents=line.charge_cents,
        rule=deciding.rule,
        remarks=deciding.remarks,
        policy=deciding.policy,
    )
    return LineDecision(
        line=line.number,
        verdict=Verdict.DENY,
        charge_cents=line.charge_cents,
        adjustments=(adjustment,) if line.charge_cents else (),
        remarks=deciding.remarks,
    )


def held(crash: Exception, stage: int) -> Finding:
    """The finding of a claim that could not be decided: it names the place in our code, never a value of the claim."""
    rule, because = "fault", f"The engine failed at {_place(crash)}."
    if isinstance(crash, PolicyGap):
        rule, because = "policy-gap", f"The policy set cannot answer: {crash}."
    return Finding(
        rule=rule,
        verdict=Verdict.FAULT,
        because=because,
        stage=stage,
        queue="system",
        pend_code="SYS",
        audience=Audience.INTERNAL,
    )


def _failure(case: Case, crash: Exception) -> Finding:
    """The finding of a failure after all edits, unless a ruling answers it."""
    return ruled(held(crash, len(EDITS)), case.rulings)


def _at_stage(finding: Finding, stage: int) -> Finding:
    return msgspec.structs.replace(finding, stage=stage) if stage else finding


def _fallen(finding: Finding) -> Finding:
    """A cut that leaves nothing of a line denies the line."""
    if finding.verdict is Verdict.REDUCE and 0 in (finding.covered_quantity_thousandths, finding.covered_basis_points):
        return msgspec.structs.replace(
            finding, verdict=Verdict.DENY, covered_quantity_thousandths=None, covered_basis_points=None
        )
    return finding


def _holds(finding: Finding, standing: Standing) -> bool:
    if finding.verdict is Verdict.FAULT:
        return True
    return finding.verdict is Verdict.PEND and (finding.line == WHOLE_CLAIM or finding.line in standing)


def _place(crash: Exception) -> str:
    """Where our code failed: module, function and line, with the kind of failure."""
    trace = crash.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return type(crash).__name__
    frame = trace.tb_frame
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}, line {trace.tb_lineno} ({type(crash).__name__})"


_FIRST_BESIDE = next(position for position, stage in enumerate(EDITS) if stage.beside_what_is_paid)
"""The first stage that asks which other lines are paid."""
_NOTHING_PRICED = Priced(lines=(), findings=())
_NOTHING_SHARED = Shared(lines={})
