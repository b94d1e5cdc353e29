"""Case rates: one price for a service and what is given with it on one day (domain/03 section 12).

The line whose procedure the rate is for is paid the price, whatever its units; what the rate includes is paid within it. A
rate's case is one claim's lines of one day. Of several lines whose procedure it is for, the one with the highest charge
stands for the case.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import Line
from adjudicator.model.decision import Finding, Price, PriceStep
from adjudicator.policy.contract import CaseRate
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms
from adjudicator.pricing.modifiers import NO_SHARE
from adjudicator.pricing.priced import PricedLine, Unpriced

ELSEWHERE = "pricing.case-on-other-claim"


class Found(msgspec.Struct, frozen=True):
    """What case rates make of a claim's lines."""

    lines: tuple[PricedLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    numbers: frozenset[int] = frozenset()
    """The lines that they settle."""


def paid_by_the_case(
    case: Case, policies: PolicySet, lines: Iterable[tuple[Line, Terms]], findings: Iterable[Finding]
) -> Found:
    """The lines of a claim that a case rate pays or includes.

    Args:
        case: the claim with its facts.
        policies: the payer's documents.
        lines: those that stand and have terms.
        findings: what was found of the claim before. What a rate has taken into its case has fallen and is of the case still.
    """
    days: dict[tuple[dt.date, str], list[tuple[Line, Terms]]] = {}
    for line, terms in lines:
        if terms.contract.case_rates:
            days.setdefault((terms.day, terms.contract.stamp), []).append((line, terms))
    if not days:
        return Found()
    before = {(finding.line, finding.rule) for finding in findings}
    priced: list[PricedLine] = []
    told: list[Finding] = []
    taken: set[int] = set()
    for (day, _), rows in days.items():
        terms_by_line = {line.number: terms for line, terms in rows}
        contract = rows[0][1].contract
        for rate in contract.case_rates:
            free = [line for line, _ in rows if line.number not in taken]
            starting = [line for line in free if line.procedure in rate.procedures]
            inside = [line for line in free if line.procedure in rate.procedures or line.procedure in rate.includes]
            problem = _problem(case, policies, rows[0][1], rate, starting, inside)
            if problem is not None:
                taken |= {line.number for line in inside}
                answer = policies.answer(problem.rule, day)
                told += (answer.finding(f"Line {line.number}: {problem.because}", line.number) for line in inside)
            elif starting:
                taken |= {line.number for line in inside}
                main = _standing_for_the_case(starting)
                told += (_within(rate, main, line) for line in inside if line is not main)
                fallen = (
                    line
                    for line in case.claim.lines
                    if line.from_date == day and (line.number, rate.answer.rule) in before
                )
                terms = terms_by_line[main.number]
                priced.append(
                    PricedLine(main, terms, _price(terms, rate, (*inside, *fallen)), ranked=False, whole_line=True)
                )
    return Found(tuple(priced), tuple(told), frozenset(taken))


def _standing_for_the_case(starting: Iterable[Line]) -> Line:
    return min(starting, key=lambda line: (-line.charge_cents, line.procedure, line.modifiers, line.number))


def _within(rate: CaseRate, main: Line, line: Line) -> Finding:
    return rate.answer.finding(
        f"Procedure {line.procedure} of line {line.number} is paid within case rate {rate.id} of line {main.number} "
        f"({main.procedure}) on {main.from_date}.",
        line.number,
    )


def _price(terms: Terms, rate: CaseRate, lines: Sequence[Line]) -> Price:
    """The price of the whole case; the charges of all its lines cap it, where the contract says so."""
    charges_cents = sum(line.charge_cents for line in lines)
    contract = terms.contract.stamp
    allowed_cents = min(rate.cents, charges_cents) if rate.lesser_of_charges else rate.cents
    steps: tuple[PriceStep, ...] = ()
    if allowed_cents < rate.cents:
        numbers = ", ".join(str(number) for number in sorted(line.number for line in lines))
        told = f"the charges of the case, lines {numbers}" if len(lines) > 1 else "the charge of the case"
        steps = (PriceStep(told, "", allowed_cents, whole_line=True, policy=contract),)
    return Price(
        contract=contract,
        schedule=contract,
        unit_fee_cents=rate.cents,
        rate="1",
        unit_price_cents=rate.cents,
        fee_cents=rate.cents,
        allowed_cents=allowed_cents,
        basis=f"case rate {rate.id}",
        steps=steps,
    )


def _problem(
    case: Case, policies: PolicySet, terms: Terms, rate: CaseRate, starting: Sequence[Line], inside: Sequence[Line]
) -> Unpriced | None:
    """What keeps a case from its price: part of it on another claim, or a modifier of which the rate says nothing."""
    earlier = _on_other_claims(case, terms.day, rate, starting=bool(starting)) if inside else ""
    if earlier:
        told = (
            f"procedure {earlier} of an earlier claim of {terms.day} may be of one case with it under case rate {rate.id} of "
            f"{terms.contract.stamp}."
        )
        return Unpriced(ELSEWHERE, told)
    if not starting:
        return None
    neutral = policies.payer.on(case.received_on).neutral_modifiers
    main = _standing_for_the_case(starting)
    changing = [code for code in main.modifiers if code not in neutral and code not in rate.modifiers]
    if not changing:
        return None
    told = f"{terms.contract.stamp} does not say what case rate {rate.id} pays under modifier {', '.join(changing)}."
    return Unpriced(NO_SHARE, told)


def _on_other_claims(case: Case, day: dt.date, rate: CaseRate, *, starting: bool) -> str:
    """A procedure of an earlier claim of the provider's day that belongs to one case with this claim's lines; else empty."""
    for earlier in case.history_from.get(day, ()):
        if earlier.state is LineState.DENIED or earlier.billing_tax_id != case.claim.billing.tax_id:
            continue
        if earlier.procedure in rate.procedures or (starting and earlier.procedure in rate.includes):
            return earlier.procedure
    return ""
