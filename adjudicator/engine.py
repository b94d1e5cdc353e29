"""How a claim is decided. Read this page first.

``adjudicate`` is a pure function: a case holds the claim and every fact, a policy set holds every rule, and the same two
always give the same decision, byte for byte. Five steps:

1. ``screen``: every edit of every stage gives its findings on every line. A line that a stage denies no longer stands
   for later stages, and of one that it cuts only the rest does; but what they find on either is kept and told.
2. ``price_lines``: what the contract allows for each line that still stands.
3. ``covered_line``, ``share_lines`` and ``after_others``: how much of it is covered, what the member owes of that, what the plan's
   part is, and what of both is left where other payers paid before.
4. ``payment_reductions``: what law and contract take of the plan's part, such as sequestration; nothing else moves by it.
5. ``decide``: the findings' verdicts settle how the claim ends. Precedence, highest first: a REJECT rejects the claim;
   else a FAULT, or a PEND on the claim or on a line that is not denied, holds it; only then is it final, and only a final
   claim has money.

A crash in any of this becomes a FAULT finding: the claim waits, it is never paid and never denied by accident.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec

from adjudicator import benefits, pricing
from adjudicator.benefits import (
    INITIAL_PAYMENT,
    Shared,
    SharedLine,
    after_others,
    after_waivers,
    covered_line,
    first_payments,
    payment_reductions,
    settled_before,
    share_lines,
)
from adjudicator.edits import EDITS, coding_tables, other_coverage, surprise_billing, unit_limits, utilization
from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import (
    WHOLE_CLAIM,
    Adjustment,
    AdjustmentPart,
    Audience,
    Decision,
    Disposition,
    Finding,
    LineDecision,
    Price,
    Verdict,
)
from adjudicator.model.money import half_up_quotient
from adjudicator.model.standing import Standing, billed, left_after
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import PolicyGap
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of
from adjudicator.pricing import (
    Priced,
    PricedLine,
    collectable,
    cut_prices,
    price_by_hand,
    price_lines,
    recognized_amount,
    settled_together,
)
from adjudicator.rulings import LAPSED, heard, ruled

RANKED_OFF = "ranking-reduction"
"""Rule of what rank among procedures takes off a fee, where the contract tells it apart from its allowance."""
BALANCE = "out-of-network-balance"
OVER_LIMIT = "limiting-charge"
"""Rule of what of the balance a provider without a participation agreement may not collect."""
PROTECTED_BALANCE = "surprise-billing.balance"
STATE_BALANCE = "surprise-billing.state-balance"
"""Rule of the balance of a line that a state's law protects, which has a procedure of its own for disputes."""
REDUCTIONS = (
    "contract-allowance",
    RANKED_OFF,
    OVER_LIMIT,
    "agreed-price",
    BALANCE,
    PROTECTED_BALANCE,
    STATE_BALANCE,
    "allowed-above-charge",
)
"""Rules of the difference between charge and allowed amount."""
HELD = ("fault", "policy-gap")
"""Rules of a claim that the engine could not decide: it crashed, or the policy set lacks what it needs."""

_BLOCKS = (Verdict.PEND, Verdict.DENY, Verdict.REJECT)
_WAITS = ("unsupported.", coding_tables.MISSING, *surprise_billing.WAITS, *pricing.RULES)
"""Beginnings of the rules of what the engine cannot work out: a policy may not turn them into anything but waiting."""

_PROTECTED = (*surprise_billing.CASES, *recognized_amount.RULES, INITIAL_PAYMENT)
"""Rules of why a line is protected from a surprise bill, and of what its member's share was taken."""

_NOTES = ("out-of-pocket-met", "accumulator-overshoot", coding_tables.PREVIOUS, other_coverage.ORDER, LAPSED)
"""Rules that only tell something."""


def _permitted(rule: str) -> tuple[Verdict, ...]:
    """The kinds of answer that a policy may give to a rule, so that none of them lets through what must not pass."""
    if rule in HELD:
        return (Verdict.FAULT,)
    if rule == "submitter.not-enrolled":
        return (Verdict.REJECT,)
    if rule in (*_NOTES, *_PROTECTED):
        return (Verdict.INFORM,)
    if rule == other_coverage.MISSING:
        return (Verdict.INFORM, Verdict.PEND)
    if rule in (*REDUCTIONS, *benefits.RULES, *benefits.COORDINATION, *benefits.REDUCTIONS):
        return (Verdict.REDUCE,)
    if rule in pricing.DENIALS:
        return _BLOCKS
    if rule in (*utilization.CUTS, *unit_limits.CUTS, other_coverage.MEDICARE_PART):
        return (Verdict.REDUCE, *_BLOCKS)
    return (Verdict.PEND,) if rule.startswith(_WAITS) else _BLOCKS


RULES: dict[str, tuple[Verdict, ...]] = {
    rule: _permitted(rule)
    for rule in (
        *chain.from_iterable(edit.rules for stage in EDITS for edit in stage.edits),
        *pricing.RULES,
        *pricing.DENIALS,
        *recognized_amount.RULES,
        INITIAL_PAYMENT,
        *REDUCTIONS,
        *benefits.RULES,
        *benefits.COORDINATION,
        *benefits.REDUCTIONS,
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
        late = fell_late(case, worked, fallen)
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
        paid = [row for row in priced.lines if row.line.number in standing]
        rows = settled_together(paid)
        priced = Priced(rows, priced.findings)
        findings += _after_edits(recognized_amount.recognized(policies, priced.lines))
        covered = [
            covered_line(
                row.line,
                after_waivers(case, policies, standing, row.line, row.terms),
                row.price.allowed_cents,
                findings,
                recognized_amount.initial_share(row),
            )
            for row in rows
        ]
        shared = share_lines(case, policies, covered, after_others(case, policies, covered))
        findings += _after_edits(shared.findings)
        findings += _after_edits(first_payments(policies, shared))
        waiting = [ruled(finding, case.rulings) for finding in cut_prices(policies, paid, rows, findings)]
        findings += _after_edits(waiting)
        return Worked(findings, Priced(collectable(case, policies, rows, findings), priced.findings), shared)
    except Exception as crash:
        return Worked([*findings, _failure(case, crash)], _NOTHING_PRICED, _NOTHING_SHARED)


def fell_late(case: Case, worked: Worked, fallen: Iterable[Finding]) -> tuple[Finding, ...]:
    """Everything that was found of the lines that fell last, after a stage had taken them for paid; empty for none.

    A benefit limit, an approval that is used up or an operation's fee denies a line when pairs of services and add-on codes
    have been asked already; a benefit limit, when another line was taken to be paid within its price. Lines known to have
    fallen are not told again.
    """
    if len(case.claim.lines) == 1:
        return ()
    known = {finding.line for finding in fallen}
    first: dict[int, tuple[int, bool]] = {}
    for finding in worked.findings:
        if finding.verdict is Verdict.DENY and finding.line != WHOLE_CLAIM and finding.line not in known:
            fell = (finding.stage, finding.stage == len(EDITS) and finding not in worked.priced.findings)
            first[finding.line] = min(fell, first.get(finding.line, fell))
    last = max(first.values(), default=(_FIRST_BESIDE, False))
    if last[0] <= _FIRST_BESIDE:
        return ()
    return tuple([finding for finding in worked.findings if first.get(finding.line) == last])


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
    priced = price_lines(case, policies, standing_lines(case, findings), findings)
    found = _after_edits([ruled(finding, case.rulings) for finding in priced.findings])
    return Priced(lines=priced.lines, findings=tuple(found))


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
    deciding = {line.number: _deciding(line, ranked) for line in case.claim.lines if line.number not in standing}
    by_the_month = _prices_by_the_month(case, policies, deciding)
    settled_cents = settled_before(case, policies, [row.covered for row in shared.lines.values()]) if deciding else {}
    impact = policies.answer(benefits.IMPACT, case.received_on) if settled_cents else None
    lines = tuple(
        pay_line(case, policies, standing, prices[line.number], shared.lines[line.number], ranked)
        if line.number in standing
        else deny_line(
            line, deciding[line.number], by_the_month.get(line.number), impact, settled_cents.get(line.number, 0)
        )
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
    case: Case,
    policies: PolicySet,
    standing: Standing,
    priced: PricedLine,
    shared: SharedLine,
    findings: Iterable[Finding],
) -> LineDecision:
    """A line that stands: the plan pays what is covered less the member's share, what earlier payers leave of that, and less what
    law and contract take.

    The rest is adjusted, cent by cent.
    """
    line, share, covered, coordinated = priced.line, shared.share, shared.covered, shared.coordinated
    day, plan_cents = line.from_date or case.received_on, shared.plan_cents
    cut_cents: Sequence[int] = ()
    if covered.cuts:
        cut_cents = coordinated.cut_cents if coordinated else [cut.amount_cents for cut in covered.cuts]
    impact_cents = coordinated.impact_cents if coordinated else 0
    left_open_cents = coordinated.balance_cents if coordinated else 0
    above_cents = line.charge_cents - plan_cents - share.member_cents - impact_cents - left_open_cents - sum(cut_cents)
    unpaid: list[_Unpaid] = []
    for rule, cents in _above_allowed(priced, shared, above_cents):
        if cents:
            unpaid.append((policies.answer(rule, day), cents, None))
    for cut, cents in zip(covered.cuts, cut_cents, strict=True):
        if cents:
            unpaid.append((cut.finding, cents, cut.quantity_thousandths))
    if impact_cents:
        unpaid.append((policies.answer(benefits.IMPACT, day), impact_cents, None))
    if left_open_cents:
        unpaid.append((policies.answer(benefits.BALANCE, day), left_open_cents, None))
    for rule, cents in shared.by_rule:
        if cents:
            unpaid.append((policies.answer(rule, day), cents, None))
    paid_cents, reductions = plan_cents, payment_reductions(case, policies, standing, covered, plan_cents)
    for reduction in reductions:
        paid_cents -= reduction.amount_cents
        unpaid.append((policies.answer(reduction.rule, day), reduction.amount_cents, None))
    adjustments = _adjustments(unpaid)
    verdict = Verdict.REDUCE if adjustments else Verdict.PAY
    remarks: list[str] = []
    for adjustment in adjustments:
        remarks += adjustment.remarks
    for finding in findings:
        if finding.line in (line.number, WHOLE_CLAIM):
            verdict = max(verdict, finding.verdict)
            if finding.rule in _PROTECTED and finding.line:
                remarks += finding.remarks
    if shared.limited:
        remarks += policies.answer("out-of-pocket-met", day).remarks
    return LineDecision(
        line=line.number,
        verdict=verdict,
        charge_cents=line.charge_cents,
        allowed_cents=covered.allowed_cents + shared.above_cents,
        paid_cents=paid_cents,
        paid_quantity_thousandths=covered.quantity_thousandths,
        adjustments=adjustments,
        remarks=tuple(dict.fromkeys(remarks)) if remarks else (),
        price=priced.price,
        share=share,
        reductions=reductions,
        coordination=coordinated.told if coordinated else None,
        above_recognized_cents=shared.above_cents,
    )


def _above_allowed(priced: PricedLine, shared: SharedLine, above_cents: int) -> tuple[tuple[str, int], ...]:
    """The difference between a line's charge and what it is allowed, by the rules that tell it: most lines have one."""
    price, terms = priced.price, priced.terms
    if above_cents < 0:
        return (("allowed-above-charge", above_cents),)
    apart_cents = min(price.ranked_off_cents, above_cents) if terms.contract.ranking_apart else 0
    ranked_off = ((RANKED_OFF, apart_cents),) if apart_cents else ()
    balance_cents = above_cents - apart_cents
    if price.agreement:
        return (("agreed-price", balance_cents), *ranked_off)
    if terms.protected:
        return ((STATE_BALANCE if terms.by_state_law else PROTECTED_BALANCE, balance_cents), *ranked_off)
    if terms.in_network:
        return (("contract-allowance", balance_cents), *ranked_off)
    if price.limiting_charge_cents is None:
        return ((BALANCE, balance_cents), *ranked_off)
    # What such a provider may not collect is nobody's debt (section 1848(g) of the Social Security Act).
    more_cents = min(balance_cents, max(0, price.limiting_charge_cents - _collected_cents(shared)))
    return ((BALANCE, more_cents), (OVER_LIMIT, balance_cents - more_cents), *ranked_off)


def _collected_cents(shared: SharedLine) -> int:
    """What a provider collects of a line before it bills any balance: the price of the covered units.

    A penalty in money takes nothing of that price: whoever bears it, the provider has it from the plan or from the patient. After
    earlier payers it is what all of them and the patient pay; what their contracts took off the charge nobody does.
    """
    covered, coordinated = shared.covered, shared.coordinated
    if coordinated is None:
        return half_up_quotient(covered.price_cents * covered.quantity_thousandths, covered.line.quantity_thousandths)
    earlier_cents = min(coordinated.impact_cents, coordinated.told.prior_paid_cents)
    return coordinated.plan_cents + shared.share.member_cents + earlier_cents


_Unpaid = tuple[Answer | Finding, int, int | None]
"""A reason, the cents that it takes, and the units, where it takes units."""


def _adjustments(unpaid: Iterable[_Unpaid]) -> tuple[Adjustment, ...]:
    """One adjustment for each reason: what is taken twice for one reason is added up, and each part is kept."""
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
            part = AdjustmentPart(reason.rule, amount_cents, reason.policy, quantity_thousandths)
            adjustments[key] = msgspec.structs.replace(
                before,
                amount_cents=before.amount_cents + amount_cents,
                remarks=tuple(dict.fromkeys((*before.remarks, *reason.remarks))),
                quantity_thousandths=(before.quantity_thousandths or 0) + (quantity_thousandths or 0) or None,
                parts=(*before.taken, part),
            )
    return tuple([adjustment for adjustment in adjustments.values() if adjustment.amount_cents])


def deny_line(
    line: Line, deciding: Finding, by_the_month: Price | None, impact: Answer | None, settled_cents: int
) -> LineDecision:
    """A line that fell: its reason takes the whole charge, or what earlier payers did not settle of it.

    What a service that is paid by the member and month would have been allowed is kept as its allowed amount, for the record
    of encounters (domain/03 section 11); nothing of it is paid.
    """
    impact_cents = max(0, min(settled_cents, line.charge_cents)) if impact is not None else 0
    unpaid: list[_Unpaid] = [(impact, impact_cents, None)] if impact is not None else []
    unpaid.append((deciding, line.charge_cents - impact_cents, None))
    return LineDecision(
        line=line.number,
        verdict=Verdict.DENY,
        charge_cents=line.charge_cents,
        allowed_cents=by_the_month.allowed_cents if by_the_month else 0,
        adjustments=_adjustments(unpaid),
        remarks=deciding.remarks,
        price=by_the_month,
        priority_payer=deciding.priority_payer,
    )


def _deciding(line: Line, findings: Iterable[Finding]) -> Finding:
    """The denial of a line that fell: that of the earliest stage."""
    denials = [f for f in findings if f.verdict is Verdict.DENY and f.line in (line.number, WHOLE_CLAIM)]
    return min(denials, key=lambda finding: finding.stage)


def _prices_by_the_month(case: Case, policies: PolicySet, deciding: Mapping[int, Finding]) -> Mapping[int, Price]:
    """What lines would have been allowed that are denied since they are paid by the member and month, as far as it can be said."""
    capitated = {
        line.number: line.quantity_thousandths
        for line in case.claim.lines
        if line.number in deciding
        and (terms := terms_of(case, policies, line)) is not None
        and any(row.answer.rule == deciding[line.number].rule for row in terms.contract.capitated)
    }
    if not capitated:
        return {}
    try:
        priced = price_lines(case, policies, capitated)
    except PolicyGap:
        return {}
    return {row.line.number: row.price for row in settled_together(priced.lines)}


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


def _after_edits(findings: Iterable[Finding]) -> list[Finding]:
    return [_at_stage(finding, len(EDITS)) for finding in findings]


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
