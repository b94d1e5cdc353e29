"""Are we the one who pays first, and if not, do we have the results of those who do (domain/02 section 3.E)."""

from collections.abc import Iterable

from adjudicator.coordination import (
    PRIMARY,
    RANKS,
    adds_up,
    earlier_payers,
    has_answered,
    has_result,
    is_dated,
    last_answered_on,
    not_billed,
    prior_lines,
    problems,
    results_of_nobody,
    results_of_several,
)
from adjudicator.coordination.known import first_unbilled
from adjudicator.model.case import Case
from adjudicator.model.claim import Claim
from adjudicator.model.decision import Finding, PriorityPayer
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of


def order_of_payers(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The claim says in which order the payers pay, and where we are not the first, the plan says how it pays then."""
    claim = case.claim
    why = _unordered(claim) or _silent(case, policies)
    if why:
        said = f"We are named as payer {claim.subscriber.payer_responsibility or '(none)'} (SBR01)"
        others = ", ".join(payer.responsibility or "unknown" for payer in claim.other_payers)
        yield policies.answer("unsupported.earlier-payer", case.received_on).finding(
            f"{said}; other payers are named as {others} (SBR01 of loop 2320).{why.rstrip()}"
            if others
            else f"{said}.{why.rstrip()}"
        )


def _silent(case: Case, policies: PolicySet) -> str:
    """The plans that do not say how they pay after other payers, where we are not the first; empty for none."""
    claim = case.claim
    if claim.subscriber.payer_responsibility == PRIMARY:
        return ""
    plans = [terms.plan for line in claim.lines if (terms := terms_of(case, policies, line))]
    silent = sorted({plan.stamp for plan in plans if plan.coordination is None})
    return f" {', '.join(silent)} does not say how it pays after other payers." if silent else ""


def _unordered(claim: Claim) -> str:
    """Why the claim does not say who pays before whom, after a blank; a blank where the ranks tell it; empty where it does."""
    ours = claim.subscriber.payer_responsibility
    if ours == PRIMARY and not claim.other_payers and not claim.subscriber.insurance_type:
        return " " if any(line.other_payers for line in claim.lines) else ""
    ranks = [payer.responsibility for payer in claim.other_payers]
    if any(rank not in RANKS or not rank for rank in (ours, *ranks)) or len({ours, *ranks}) <= len(ranks):
        return " "
    if not ranks:
        return " "
    earlier = earlier_payers(claim)
    later = [payer for payer in claim.other_payers if payer not in earlier and has_answered(claim, payer)]
    if later:
        names = ", ".join(payer.responsibility for payer in later)
        return f" The claim has an answer of payer {names}, after us in the order."
    several = results_of_several(claim)
    if several:
        names = ", ".join(several)
        return f" Several of them are payer {names} (NM109 of loop 2330B): whose an SVD is, the claim does not tell."
    if ours == PRIMARY and (claim.subscriber.insurance_type or results_of_nobody(claim)):
        return " "
    return ""


def results_of_earlier_payers(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Every payer before us has told its result, and each result is complete, balances and has its day.

    Whether one may be left unbilled that covers nothing of the claim (AMT*A8) is the payer's own policy (domain/05 section 1.2).
    """
    claim = case.claim
    ours = claim.subscriber.payer_responsibility
    if ours == PRIMARY or _unordered(claim) or _silent(case, policies):
        return

    def found(rule: str, because: str, first: PriorityPayer | None = None) -> Finding:
        return policies.answer(rule, case.received_on).finding(because, priority_payer=first)

    earlier = earlier_payers(claim)
    unbilled = {payer.responsibility: payer for payer in earlier if not_billed(claim, payer)}
    answered = {payer.responsibility: payer for payer in earlier if has_result(claim, payer)}
    if unbilled and policies.payer.on(case.received_on).reasons_of_earlier_payers.accepts_not_billed:
        answered |= unbilled
    before = RANKS[: RANKS.index(ours)]
    missing = [rank for rank in before if rank not in answered]
    nobodys = results_of_nobody(claim)
    if len(missing) <= len(nobodys):
        missing = []  # They are told, under names that are no payer's.
    first = first_unbilled(case, policies) if missing else None
    if missing and len(before) == 1:
        yield found(
            "earlier-payer.no-result", f"We are payer {ours}; the payer before us has not told its result.", first
        )
    elif missing:
        has = f"has the result of payer {', '.join(answered)}, and none" if answered else "has no result"
        yield found(
            "earlier-payer.one-missing", f"We are payer {ours}; the claim {has} of payer {', '.join(missing)}.", first
        )
    told = [f"payer {name} has one (SVD01), and no loop 2330B names it (NM109)" for name in nobodys]
    told += [problem for payer in answered.values() for problem in problems(claim, payer)]
    if told:
        yield found("earlier-payer.incomplete", f"In the results of earlier payers {'; '.join(told)}.")
    dates = [
        f"the day on which payer {payer.payer_id} decided is missing (DTP*573)"
        for payer in answered.values()
        if not not_billed(claim, payer) and not is_dated(claim, payer)
    ]
    answered_on = last_answered_on(claim)
    if answered_on is not None and answered_on > case.received_on:
        dates.append(f"a payer decided on {answered_on} (DTP*573), after the claim arrived on {case.received_on}")
    if dates:
        yield found("earlier-payer.undated", f"In the results of earlier payers {'; '.join(dates)}.")


def reasons_of_earlier_payers(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line was left unpaid by an earlier payer because its rules were not followed, or for a reason that we cannot read."""
    claim = case.claim
    payers = [] if _unordered(claim) or _silent(case, policies) else earlier_payers(claim)
    if not payers or not adds_up(claim):
        return
    prior = prior_lines(claim, policies.payer.on(case.received_on).reasons_of_earlier_payers)
    for line in claim.lines:
        broken = prior[line.number].rules_not_followed
        if broken:
            yield policies.answer("earlier-payer.rules-not-followed", case.received_on).finding(
                f"An earlier payer paid nothing of line {line.number}, with reason {', '.join(broken)}.", line.number
            )
        unread = prior[line.number].unread
        if unread:
            yield policies.answer("unsupported.earlier-payer-reason", case.received_on).finding(
                f"An earlier payer left part of line {line.number} unpaid with reason {', '.join(unread)}; what that leaves to "
                "us is not known.",
                line.number,
            )


def accident(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The care was not caused by work or an accident, for which somebody else may be liable."""
    claim = case.claim
    liable = policies.payer.on(case.received_on).liability_indicators
    told = [f"cause {cause} (CLM11)" for cause in claim.related_causes]
    if claim.accident_date or claim.accident_state:
        told.append("an accident's date or state (DTP*439, CLM11)")
    if claim.subscriber.filing_indicator in liable:
        told.append(f"filing indicator {claim.subscriber.filing_indicator} (SBR09)")
    if told:
        yield policies.answer("accident", case.received_on).finding(f"The claim names {', '.join(told)}.")
