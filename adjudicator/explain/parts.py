"""Parts of an explanation that more than one register tells: a service, its calculation, a finding's source, a next step."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal

from adjudicator import benefits
from adjudicator.engine import REDUCTIONS
from adjudicator.guidance import NextStep
from adjudicator.model.case import Case, Ruling, RulingVerdict
from adjudicator.model.claim import Line, quantity_text
from adjudicator.model.decision import (
    WHOLE_CLAIM,
    Adjustment,
    AdjustmentPart,
    Audience,
    Citation,
    Coordination,
    CostShare,
    Decision,
    Disposition,
    Finding,
    LineDecision,
    Price,
    PriorityPayer,
    Reason,
    Verdict,
)
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars, half_up_quotient
from adjudicator.policy.answers import Answer
from adjudicator.policy.reductions import ReductionKind

_OPENING = {
    Disposition.REJECTED: "was rejected: it never entered adjudication and must be corrected and sent anew",
    Disposition.PENDED: "is pended: it waits for a decision and nothing is paid or owed yet",
    Disposition.DENIED: "was denied",
    Disposition.PARTLY_PAID: "was paid in part",
    Disposition.PAID: "was paid",
}
_NOTHING_LEFT = {
    Disposition.PARTLY_PAID: "was allowed in part; {taken} all of that, so the plan pays nothing",
    Disposition.PAID: "was allowed; {taken} all of it, so the plan pays nothing",
}
"""Openings for claims that are not denied and yet pay nothing."""
_SHARE = "the patient's share"
_TAKERS: tuple[tuple[str, Callable[[LineDecision], bool]], ...] = (
    ("what payers before us account for", lambda line: line.coordination is not None),
    (_SHARE, lambda line: line.share is not None and line.share.member_cents > 0),
    ("what contract and law take off the rest", lambda line: bool(line.reductions)),
)
"""Who takes what a claim is allowed, where the plan pays nothing, in that order."""
_TEST = "was a test: it was read and checked, and is never paid"
REMEDIES = {
    "replacement": "send a replacement",
    "new_claim": "send a new claim",
    "appeal": "appeal",
    "bill_patient": "bill the patient",
    "bill_other_payer": "bill the other payer, within its own limit",
    "send_documents": "send the documents",
    "void": "void the claim",
    "write_off": "write the amount off",
    "negotiate": "negotiate, or write the amount off",
    "post_capitation": "post it as paid by capitation",
    "wait": "wait",
    "none": "nothing to do",
}
"""What kind of step a remedy is, in words."""
DOES = {
    Verdict.REJECT: "rejected",
    Verdict.FAULT: "held",
    Verdict.DENY: "denied",
    Verdict.PEND: "waits",
    Verdict.REDUCE: "reduced",
    Verdict.INFORM: "noted",
    Verdict.PAY: "paid",
}
"""What a verdict does to its line, in a word."""
_TAKEN = {
    ReductionKind.CAPITATION.value: "Capitated",
    ReductionKind.THERAPY_ASSISTANT.value: "Assistant",
    ReductionKind.LATE_FILING.value: "Filed late",
    ReductionKind.PROMPT_PAYMENT.value: "Prompt pay",
    ReductionKind.SEQUESTRATION.value: "Sequestered",
    ReductionKind.WITHHOLD.value: "Withheld",
}
"""Each payment reduction in a word or two."""
_TOLD_APART = (*REDUCTIONS, *benefits.RULES, *benefits.COORDINATION, *benefits.REDUCTIONS)
"""Rules whose amounts have rows of their own in a calculation."""


def opening(case: Case, decision: Decision) -> str:
    """How the claim ended, in words that follow its number."""
    if case.claim.test and not decision.disposition.is_final:
        return _TEST
    if decision.disposition in _NOTHING_LEFT and decision.paid_cents == 0:
        taken = [what for what, so in _TAKERS if any(so(line) for line in decision.lines)] or [_SHARE]
        told = f"{', '.join(taken[:-1])} and {taken[-1]} take" if len(taken) > 1 else f"{taken[0]} takes"
        return _NOTHING_LEFT[decision.disposition].format(taken=told)
    return _OPENING[decision.disposition]


def amounts(case: Case, decision: Decision) -> str:
    """When the claim came and was decided, and its totals."""
    told = f"Received {case.received_on}, decided {case.decided_on}. Charge {dollars(case.claim.total_charge_cents)}"
    if not decision.disposition.is_final:
        return f"{told}."
    return (
        f"{told}, allowed {dollars(decision.allowed_cents)}, plan pays {dollars(decision.paid_cents)}, "
        f"patient may owe {dollars(decision.member_cents)}."
    )


def service(line: Line) -> str:
    """A line as it was billed."""
    dates = (
        f"{line.from_date}"
        if line.through_date in (None, line.from_date)
        else f"{line.from_date} - {line.through_date}"
    )
    modifiers = "".join(f"-{modifier}" for modifier in line.modifiers)
    return (
        f"Line {line.number}: {line.procedure or line.revenue_code}{modifiers}, {dates}, place {line.place_of_service or '-'}, "
        f"{_counted(line)}, charge {dollars(line.charge_cents)}"
    )


def calculation(decided: LineDecision, billed: Line) -> Iterator[str]:
    """How the payment of a line came about, each amount from the one above it, so that it can be redone by hand."""
    price, share = decided.price, decided.share
    if price is not None:
        yield from _price(price, billed)
    if decided.verdict is Verdict.DENY or price is None or share is None:
        kept = "; it is paid by the member and month, and its price is kept for the record" if price else ""
        yield f"  Denied{kept}; the plan pays 0.00."
        return
    for adjustment in decided.adjustments:
        for part in adjustment.taken:
            if part.rule not in _TOLD_APART:
                yield f"{_row('Not covered', -part.amount_cents)}{_cut(adjustment, part, billed)}"
    covered_cents = decided.allowed_cents - decided.above_recognized_cents
    if covered_cents != price.allowed_cents:
        yield _row("Covered", covered_cents).rstrip()
    if decided.coordination is None:
        yield from _share(covered_cents, share)
    else:
        yield from _coordination(decided, decided.coordination, share)
    if decided.above_recognized_cents:
        yield f"{_row('Above', decided.above_recognized_cents)}what the plan pays first above the recognised amount"
    for taken in decided.reductions:
        told = f"{_percent(Decimal(taken.rate))} of {dollars(taken.base_cents)} [{taken.clause}]"
        yield f"{_row(_TAKEN[taken.rule], -taken.amount_cents)}{told}"
    yield f"{_row('Paid', decided.paid_cents)}benefit {share.benefit}, {share.tier.replace('_', ' ')} [{share.plan}]"


def _price(price: Price, billed: Line) -> Iterator[str]:
    """How the allowed amount came about."""
    where = {True: " in a facility", False: " outside a facility", None: ""}[price.facility]
    yield f"{_row('Fee', price.unit_fee_cents)}{price.basis}{where} [{price.schedule}]"
    if price.rate != "1":
        yield f"{_row('Price', price.unit_price_cents)}fee x {price.rate} [{price.contract}]"
    yield from _steps(price, whole_line=False)
    if price.fee_cents != _before_units(price):
        together = any(step.quantity_thousandths for step in price.steps)
        told = "all units together" if together else f"price x {quantity_text(billed.quantity_thousandths)} units"
        yield f"{_row('Units', price.fee_cents)}{told}"
    yield from _steps(price, whole_line=True)
    of_line = [price.fee_cents, *(step.cents for step in price.steps if step.whole_line)]
    lesser = "the charge, which is less than the fee" if price.allowed_cents < of_line[-1] else ""
    yield f"{_row('Allowed', price.allowed_cents)}{lesser}".rstrip()


def _steps(price: Price, *, whole_line: bool) -> Iterator[str]:
    """What made the price of a unit, or of the whole line, a step a row; the amounts between are exact, and shown in cents."""
    for step in price.steps:
        if step.whole_line is not whole_line:
            continue
        label = f"x {step.factor}" if step.factor else "="
        units = step.quantity_thousandths
        counted = f", {quantity_text(units)} unit{'' if units == 1000 else 's'}" if units else ""
        yield f"{_row(label, step.cents)}{step.what}{counted} [{step.policy or price.rules}]"


def _before_units(price: Price) -> int:
    of_units = [price.unit_price_cents, *(step.cents for step in price.steps if not step.whole_line)]
    return of_units[-1]


def limits(share: CostShare) -> Iterator[str]:
    """Each limit that bears on a line, before and after it."""
    yield from (f"  {benefits.benefit_use(limit)}." for limit in share.limits)
    yield from (f"  {benefits.limit_use(use)}." for use in share.uses)


def reason(of: Adjustment | Finding | Answer | Reason) -> str:
    """Group, reason and remarks: ``CO-6 N129``."""
    return " ".join((f"{of.group}-{of.carc}", *of.remarks))


def source(finding: Finding, audience: Audience) -> Iterator[str]:
    """Where a finding comes from: the policy's sentence, its citation and version, and for the payer's own people its rule."""
    if finding.quote:
        yield f'    Policy: "{finding.quote}"'
    if finding.cite:
        since = f"in force from {finding.policy.rpartition('@')[2]}" if "@" in finding.policy else ""
        yield f"    Source: {'; '.join(filter(None, (cited(finding.cite), since)))}"
    if finding.ruled_by:
        yield f"    Answered by {f'reviewer {finding.ruled_by}' if audience is Audience.INTERNAL else 'a reviewer'}."
    if audience is Audience.INTERNAL:
        yield f"    Rule {finding.rule} [{finding.policy}]"


def bill_first(payer: PriorityPayer) -> str:
    """Whom to bill before us, as the 835 names it (loop 2100 NM1*PR)."""
    return f"Bill first: {payer.name}, payer id {payer.identifier}."


def cited(cite: Citation) -> str:
    """A citation in one line."""
    return "; ".join(filter(None, (cite.title, cite.section, cite.url)))


def next_step(step: NextStep, decision: Decision) -> Iterator[str]:
    """Who does what, and in short: how, by when, and what the patient owes."""
    yield f"    Next ({step.who}): {step.action}"
    remedy = REMEDIES[step.remedy]
    if step.remedy == "replacement" and decision.disposition.is_final:
        remedy += f" (7 in CLM05-3, {decision.claim_id} in REF*F8, all lines)"
    remedy += by(step.deadline)
    if step.days_after_answer is not None:
        remedy += f", or within {step.days_after_answer} days of the other payer's answer if that is later"
    if step.appeal_by and step.remedy != "appeal":
        remedy += f"; appeal{by(step.appeal_by)}"
    yield f"    In short: {remedy}." + (f" Patient owes: {step.patient}" if step.patient else "")


def by(day: dt.date | None) -> str:
    """A last day, where there is one."""
    return f" by {day}" if day else ""


def place(line: int) -> str:
    """Which part of the claim a finding is about."""
    return "claim" if line == WHOLE_CLAIM else f"line {line}"


def ruling_in_words(ruling: Ruling) -> str:
    """A reviewer's answer: of what, how, with which reason, by whom and why."""
    done = {
        RulingVerdict.ALLOW: "allowed",
        RulingVerdict.DENY: "denied",
        RulingVerdict.REDUCE_UNITS: f"reduced to {quantity_text(ruling.covered_quantity_thousandths or 0)} units",
        RulingVerdict.PRICE: f"priced at {dollars(ruling.price_cents or 0)}",
        RulingVerdict.CONFIRM_DUPLICATE: "confirmed as a duplicate",
    }[ruling.verdict]
    told = f" with {' '.join((f'{ruling.group}-{ruling.carc}', *ruling.remarks))}" if ruling.carc else ""
    return (
        f"{place(ruling.line)}, {ruling.rule} [{ruling.policy}]: {done}{told} by {ruling.ruled_by}: {ruling.rationale}"
    )


def _row(label: str, cents: int) -> str:
    return f"  {label:<12} {dollars(cents):>10}  "


def _cut(adjustment: Adjustment, part: AdjustmentPart, billed: Line) -> str:
    units = part.quantity_thousandths
    if units is None:
        return reason(adjustment)
    return f"{quantity_text(units)} of {quantity_text(billed.quantity_thousandths)} units, {reason(adjustment)}"


def _share(covered_cents: int, share: CostShare) -> Iterator[str]:
    if share.waiver:
        because = f": {share.waived_because}" if share.waived_because else ""
        yield f"{_row('Waived', 0)}no cost share is owed [{share.waiver}]{because}"
    if share.copay_cents:
        at_most = ", at most what is left of the allowed amount" if share.member_cents == covered_cents else ""
        yield (
            f"{_row('Copay', -share.copay_cents)}a fixed amount a {'claim' if share.copay_per_claim else 'visit'}{at_most}"
        )
    if share.deductible_cents:
        left = dollars(share.deductible_left_cents or 0)
        yield f"{_row('Deductible', -share.deductible_cents)}{left} of it was left"
    rate = Decimal(share.coinsurance_rate)
    base_cents = covered_cents - share.copay_cents - share.deductible_cents
    asked_cents = half_up_quotient(base_cents * int(rate * WHOLE_BASIS_POINTS), WHOLE_BASIS_POINTS)
    cut = share.member_cents == share.out_of_pocket_left_cents
    if share.coinsurance_cents or (asked_cents and cut):
        told = f"{_percent(rate)} of {dollars(base_cents)}"
        if share.coinsurance_cents != asked_cents:
            told = (
                f"{_percent(rate)}{', cut to what was left of the out-of-pocket limit' if cut else ' of what remains'}"
            )
        yield f"{_row('Coinsurance', -share.coinsurance_cents)}{told}"


def _coordination(decided: LineDecision, coordination: Coordination, share: CostShare) -> Iterator[str]:
    """What the plan would have paid as the first payer, and what earlier payers left of it."""
    yield (
        f"{_row('As the first', coordination.benefit_cents)}less the patient's share of "
        f"{dollars(coordination.benefit_member_cents)}, as if nobody paid before us"
    )
    if coordination.method == benefits.FIRST:
        told = "no payer before us covers the line"
    else:
        told = (
            f"{coordination.method}: payers before us allowed {dollars(coordination.prior_allowed_cents)}, paid "
            f"{dollars(coordination.prior_paid_cents)} and left {dollars(coordination.prior_cost_share_cents)} of cost share"
        )
        if coordination.prior_not_covered_cents:
            told += f", and did not cover {dollars(coordination.prior_not_covered_cents)}"
    if coordination.allowable_cents is not None:
        told += f"; all together pay at most {dollars(coordination.allowable_cents)}"
    yield f"{_row('Plan part', decided.plan_cents)}{told} [{share.plan}]"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def _counted(line: Line) -> str:
    counted = f"{quantity_text(line.quantity_thousandths)} {line.unit_basis.value}"
    return counted.removesuffix("s") if line.quantity_thousandths == 1000 else counted
