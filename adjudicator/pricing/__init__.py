"""What the contract allows for each line that can still be paid: one module per payment method.

The order of work is domain/03 section 4 as far as this version goes: schedule, facility or not, contract rate, what
modifiers and other procedures of the day make of it (``ruled``), units, lesser of charge and fee. Where a contract names no
payment rules, modifiers that change a price and ranked procedures wait in the pricing queue.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import Line
from adjudicator.model.decision import Finding, Price
from adjudicator.model.money import dollars, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.fee_schedules import FeeRequest, Missing, RelativeValueFees
from adjudicator.policy.policy_set import PayRule, PolicySet
from adjudicator.policy.terms import Terms, terms_of
from adjudicator.pricing import percent_of_charge
from adjudicator.pricing.modifiers import BY_REPORT, NO_SHARE
from adjudicator.pricing.priced import Priced as Priced
from adjudicator.pricing.priced import PricedLine as PricedLine
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import Ruled, is_plain, rule_line
from adjudicator.pricing.relative_value import ranking_indicator
from adjudicator.pricing.ruled import IN_FAMILY, priced, settle
from adjudicator.pricing.unit_fees import component_of, unit_fee

RULES = ("pricing.no-fee", "pricing.zero-fee", NO_SHARE, BY_REPORT, "unsupported.multiple-procedures")
"""Rules of what has no price."""
DENIALS = (IN_FAMILY,)
"""Rules of what is paid within another service's price."""

UNRANKED = ("0", "9")
"""Multiple-procedure indicators without ranking: 0 none, 9 not applicable (domain/03 section 7.5)."""


def price_lines(case: Case, policies: PolicySet, standing: Standing) -> Priced:
    """Price every standing line that has terms; a line whose fee is missing waits, naming exactly what is missing."""
    lines: list[PricedLine] = []
    findings: list[Finding] = []
    ruled: list[Ruled] = []
    for line in case.claim.lines:
        terms = terms_of(case, policies, line) if line.number in standing else None
        if terms is None:
            continue
        answer = _price(case, policies, terms, line)
        if isinstance(answer, Finding):
            findings.append(answer)
        elif isinstance(answer, Ruled):
            ruled.append(answer)
        else:
            lines.append(answer)
    if ruled:
        settled = list(_settled(case, policies, standing, ruled))
        findings += (answer for answer in settled if isinstance(answer, Finding))
        lines += (answer for answer in settled if isinstance(answer, PricedLine))
        lines.sort(key=lambda row: row.line.number)
    findings.extend(_ranked_together(case, policies, lines))
    return Priced(lines=tuple(lines), findings=tuple(findings))


def price_by_hand(case: Case, policies: PolicySet, priced: Priced, findings: Iterable[Finding]) -> Priced:
    """The lines with the prices that reviewers set, in place of the contract's or where the contract gave none.

    Where the finding has a reason of its own, such as a level of service that the record does not bear out, the contract's
    price stays and the finding takes what is above the reviewer's.
    """
    by_line: dict[int, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: (bool(finding.carc), finding.stage)):
        if finding.price_cents is not None:
            by_line.setdefault(finding.line, []).append(finding)
    rows = {row.line.number: row for row in priced.lines}
    for line in case.claim.lines:
        for finding in by_line.get(line.number, ()):
            terms, row = terms_of(case, policies, line), rows.get(line.number)
            assert finding.price_cents is not None
            if terms is None or (finding.carc and row and finding.price_cents <= row.price.allowed_cents):
                continue
            rows[line.number] = PricedLine(line, terms, _hand_price(terms, finding.price_cents), ranked=False)
    return Priced(tuple(rows[line.number] for line in case.claim.lines if line.number in rows), priced.findings)


def _hand_price(terms: Terms, price_cents: int) -> Price:
    return Price(
        contract=terms.contract.stamp,
        schedule=terms.contract.stamp,
        unit_fee_cents=price_cents,
        rate="1",
        unit_price_cents=price_cents,
        fee_cents=price_cents,
        allowed_cents=price_cents,
        basis="priced by a reviewer",
    )


def _price(case: Case, policies: PolicySet, terms: Terms, line: Line) -> PricedLine | Ruled | Finding:
    """The price of one line, or the finding that says why it has none."""
    day = line.from_date
    assert day is not None
    rule = terms.contract.rule_for(line.procedure)
    if rule is None:
        return policies.answer("pricing.no-fee", day).finding(
            f"Contract {terms.contract.stamp} names no payment for procedure {line.procedure}.", line.number
        )
    if rule.schedule is None:
        return _share_of_charge(policies, terms, line, rule)
    place = policies.table("places", day).entry(line.place_of_service, day)
    facility = place is not None and place.facility
    schedule = policies.fee_schedule(rule.schedule, day)
    request = fee_request(case, line, facility)
    fee = unit_fee(schedule, request)
    rules = policies.payment_rules_of(rule, day)
    if rules is not None and (isinstance(fee, Missing) or not is_plain(case, rules, schedule, line, fee)):
        answer = rule_line(case, policies, terms, line, rule, rules, schedule, request, fee)
        return _unpriced(policies, line, answer) if isinstance(answer, Unpriced) else answer
    where = "in a facility" if facility else "outside a facility"
    if isinstance(fee, Missing):
        return policies.answer("pricing.no-fee", day).finding(fee.because, line.number)
    exact, to_cents = (fee.cents, 1) if fee.thousandths is None else (fee.thousandths, 10)
    unit_price_cents = half_up_quotient(exact * rule.rate_numerator, to_cents * rule.rate_denominator)
    if fee.thousandths is None:
        fee_cents = half_up_quotient(unit_price_cents * line.quantity_thousandths, 1000)
    else:  # a drug limit is multiplied before it is rounded
        units = exact * rule.rate_numerator * line.quantity_thousandths
        fee_cents = half_up_quotient(units, to_cents * rule.rate_denominator * 1000)
    if fee_cents == 0:
        return policies.answer("pricing.zero-fee", day).finding(
            f"Fee schedule {schedule.stamp} and contract {terms.contract.stamp} give procedure {line.procedure} {where} "
            f"{dollars(fee_cents)}.",
            line.number,
        )
    allowed_cents = min(line.charge_cents, fee_cents) if rule.lesser_of_charge else fee_cents
    return PricedLine(
        line=line,
        terms=terms,
        ranked=rules is None and fee.multiple_procedure_indicator not in UNRANKED,
        price=Price(
            contract=terms.contract.stamp,
            schedule=schedule.stamp,
            unit_fee_cents=fee.cents,
            rate=rule.rate,
            unit_price_cents=unit_price_cents,
            fee_cents=fee_cents,
            allowed_cents=allowed_cents,
            basis=fee.basis,
            facility=facility,
        ),
    )


def _settled(case: Case, policies: PolicySet, standing: Standing, ruled: list[Ruled]) -> Iterator[PricedLine | Finding]:
    """The prices of lines under payment rules, or what keeps them from one."""
    for answer in settle(case, policies, standing, ruled):
        if isinstance(answer, tuple):
            yield _unpriced(policies, *answer)
        elif answer.fee_cents == 0 and not any(step.cents == 0 for step in answer.steps):
            told = f"The steps from fee schedule {answer.ruled.schedule.stamp} by {answer.ruled.rules.stamp} come to nothing."
            yield _unpriced(policies, answer.ruled.line, Unpriced("pricing.zero-fee", told))
        else:
            yield PricedLine(answer.ruled.line, answer.ruled.terms, priced(answer), ranked=False)


def _unpriced(policies: PolicySet, line: Line, why: Unpriced) -> Finding:
    assert line.from_date is not None
    return policies.answer(why.rule, line.from_date).finding(why.because, line.number)


def fee_request(case: Case, line: Line, facility: bool) -> FeeRequest:
    """What a fee schedule is asked for a line.

    The fee is that of where the service was performed: the service facility (2420C, 2310C) where the claim names one, else the
    billing provider.
    """
    assert line.from_date is not None
    rendering = case.provider(line.rendering.npi)
    return FeeRequest(
        procedure=line.procedure,
        day=line.from_date,
        facility=facility,
        component=component_of(line.modifiers),
        modifiers=line.modifiers,
        zip_code=line.service_facility.address.postal_code,
        state=case.claim.treated.address.state,
        qualifying=rendering is not None and rendering.qualifying_on(line.from_date),
    )


def _share_of_charge(policies: PolicySet, terms: Terms, line: Line, rule: PayRule) -> PricedLine | Finding:
    """The price of a line whose contract pays a share of its charge; a share of nothing is nothing."""
    assert line.from_date is not None
    share_cents = percent_of_charge.share_cents(rule, line.charge_cents)
    if share_cents == 0 and line.charge_cents:
        return policies.answer("pricing.zero-fee", line.from_date).finding(
            f"Contract {terms.contract.stamp} pays {rule.rate} of the charge, which is less than a cent.", line.number
        )
    price = Price(
        contract=terms.contract.stamp,
        schedule=terms.contract.stamp,
        unit_fee_cents=line.charge_cents,
        rate=rule.rate,
        unit_price_cents=share_cents,
        fee_cents=share_cents,
        allowed_cents=share_cents,
        basis="the charge",
    )
    return PricedLine(line=line, terms=terms, ranked=False, price=price)


def _ranked_together(case: Case, policies: PolicySet, lines: list[PricedLine]) -> Iterable[Finding]:
    """Two ranked procedures of one patient, group and day reduce each other; ranking is not built yet, so they wait."""
    for row in lines:
        day = row.line.from_date
        if not row.ranked or day is None:
            continue
        others = [other for other in lines if other is not row and other.ranked and other.line.from_date == day]
        earlier = [
            line
            for line in case.history_from.get(day, ())
            if line.state is not LineState.DENIED
            and line.billing_tax_id == case.claim.billing.tax_id
            and _is_ranked(policies, row.terms, line.procedure, day)
        ]
        if others or earlier or row.line.quantity_thousandths > 1000:
            yield policies.answer("unsupported.multiple-procedures", day).finding(
                f"Procedure {row.line.procedure} of line {row.line.number} is one of several on {day} that are ranked "
                "and paid at different shares.",
                row.line.number,
            )


def _is_ranked(policies: PolicySet, terms: Terms, procedure: str, day: dt.date) -> bool:
    rule = terms.contract.rule_for(procedure)
    if rule is None or rule.schedule is None:
        return False
    schedule = policies.fee_schedule(rule.schedule, day)
    return isinstance(schedule, RelativeValueFees) and ranking_indicator(schedule, procedure, day) not in UNRANKED
