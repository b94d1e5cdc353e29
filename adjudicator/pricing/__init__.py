"""What the contract allows for each line that can still be paid: one module per payment method.

The order of work is domain/03 section 4 as far as this version goes: case rates, then for each other line the contract's row,
schedule, facility or not, contract rate of the year, what modifiers and other procedures of the day make of it (``ruled``),
units, floor and ceiling, lesser of charge and fee; last what the contract leaves of a claim's lines together (``overlays``).
Where a contract names no payment rules, modifiers that change a price and ranked procedures wait in the pricing queue.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import chain

from adjudicator.model.case import Case, HistoryLine, LineState
from adjudicator.model.claim import Line
from adjudicator.model.decision import Finding, Price
from adjudicator.model.money import dollars, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.anesthesia_fees import AnesthesiaFees
from adjudicator.policy.fee_schedules import FeeRequest, Fees, ListedFees, Missing, RelativeValueFees, UnitFee
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms, terms_of
from adjudicator.pricing import anesthesia
from adjudicator.pricing.agreements import UNCLEAR, agreed_price
from adjudicator.pricing.anesthesia import OTHER_CLAIM, Anesthesia, anesthesia_of
from adjudicator.pricing.case_rates import ELSEWHERE, paid_by_the_case
from adjudicator.pricing.cut_prices import CUT_PRICE
from adjudicator.pricing.cut_prices import cut_prices as cut_prices
from adjudicator.pricing.drugs import DISAGREES, quantity_problem
from adjudicator.pricing.modifiers import BY_REPORT, CARE_DATES, NO_SHARE
from adjudicator.pricing.overlays import ZERO_FEE, overlaid
from adjudicator.pricing.overlays import settled_together as settled_together
from adjudicator.pricing.participation import collectable as collectable
from adjudicator.pricing.priced import Priced as Priced
from adjudicator.pricing.priced import PricedLine as PricedLine
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import Ruled, is_plain, rule_line
from adjudicator.pricing.relative_value import ranking_indicator
from adjudicator.pricing.rental import ENDED, rental_of, rented
from adjudicator.pricing.ruled import IN_FAMILY, priced, settle
from adjudicator.pricing.unit_fees import component_of, unit_fee

RULES = (
    "pricing.no-fee",
    ZERO_FEE,
    NO_SHARE,
    BY_REPORT,
    CARE_DATES,
    ELSEWHERE,
    UNCLEAR,
    OTHER_CLAIM,
    CUT_PRICE,
    "unsupported.multiple-procedures",
)
"""Rules of what has no price."""
DENIALS = (IN_FAMILY, ENDED, DISAGREES)
"""Rules of what is paid within another service's price, has been paid in full, or bills other units than were given."""

UNRANKED = ("0", "9")
"""Multiple-procedure indicators without ranking: 0 none, 9 not applicable (domain/03 section 7.5)."""


def price_lines(case: Case, policies: PolicySet, standing: Standing, findings: Iterable[Finding] = ()) -> Priced:
    """Price every standing line that has terms; a line whose fee is missing waits, naming exactly what is missing.

    Args:
        case: the claim with its facts.
        policies: the payer's documents.
        standing: the lines that nothing has denied.
        findings: what was found of the claim before: the lines that were found to be paid within a case are among it.
    """
    lines: list[PricedLine] = []
    found: list[Finding] = []
    ruled: list[Ruled] = []
    sessions: list[Anesthesia] = []
    by_contract: list[tuple[Line, Terms]] = []
    unpriced: list[Line] = []
    for line in case.claim.lines:
        terms = terms_of(case, policies, line) if line.number in standing else None
        if terms is None:
            continue
        agreed = agreed_price(case, policies, standing, terms, line) if case.authorizations else None
        if agreed is None:
            by_contract.append((line, terms))
        elif isinstance(agreed, Unpriced):
            found.append(_unpriced(policies, line, agreed))
        else:
            lines.append(agreed)
    by_the_case = paid_by_the_case(case, policies, by_contract, findings)
    lines += by_the_case.lines
    found += by_the_case.findings
    for line, terms in by_contract:
        if line.number in by_the_case.numbers:
            continue
        answer = _price(case, policies, standing, terms, line)
        if isinstance(answer, Finding):
            found.append(answer)
            unpriced.append(line)
        elif isinstance(answer, Ruled):
            ruled.append(answer)
        elif isinstance(answer, Anesthesia):
            sessions.append(answer)
        else:
            lines.append(answer)
    if ruled or sessions:
        for settled in chain(
            _settled(case, policies, standing, ruled, unpriced),
            _sessions(case, policies, standing, sessions, unpriced),
        ):
            if isinstance(settled, Finding):
                found.append(settled)
            else:
                lines.append(settled)
    lines.sort(key=lambda row: row.line.number)
    found.extend(_ranked_together(case, policies, lines, ruled))
    return Priced(lines=tuple(lines), findings=tuple(found))


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
            price = _hand_price(terms, line, finding.price_cents)
            rows[line.number] = PricedLine(line, terms, price, ranked=False, by_hand=True)
    return Priced(tuple(rows[line.number] for line in case.claim.lines if line.number in rows), priced.findings)


def _hand_price(terms: Terms, line: Line, price_cents: int) -> Price:
    """A reviewer's price; of a protected line the charge caps it, since the lesser of the two is recognised."""
    return Price(
        contract=terms.contract.stamp,
        schedule=terms.contract.stamp,
        unit_fee_cents=price_cents,
        rate="1",
        unit_price_cents=price_cents,
        fee_cents=price_cents,
        allowed_cents=min(line.charge_cents, price_cents) if terms.protected else price_cents,
        basis="priced by a reviewer",
    )


def _price(
    case: Case, policies: PolicySet, standing: Standing, terms: Terms, line: Line
) -> PricedLine | Ruled | Anesthesia | Finding:
    """The price of one line, or the finding that says why it has none."""
    day = line.from_date
    assert day is not None
    rule = policies.pay_rule(terms.contract, case, line)
    if rule is None:
        return policies.answer("pricing.no-fee", day).finding(
            f"Contract {terms.contract.stamp} names no payment for procedure {line.procedure}.", line.number
        )
    if rule.unit_cents is not None:
        return _own_amount(policies, terms, line, rule, rule.unit_cents)
    if rule.schedule is None:
        return _share_of_charge(policies, terms, line, rule)
    place = policies.table("places", day).entry(line.place_of_service, day)
    facility = place is not None and place.facility
    schedule = policies.fee_schedule(rule.schedule, day)
    request = fee_request(case, line, facility, schedule)
    rules = policies.payment_rules_of(rule, day)
    if (
        rules is not None and terms.protected and not terms.by_state_law
    ):  # a median of rates is nobody's own rate, of which there were shares
        rules = rules.whoever_gives_it
    if isinstance(schedule, AnesthesiaFees):
        timed = anesthesia_of(case, terms, line, rule, rules, schedule, request)
        return _unpriced(policies, line, timed) if isinstance(timed, Unpriced) else timed
    if line.drug is not None:
        problem = quantity_problem(schedule, line, [other for other in case.claim.lines if other.number in standing])
        if problem is not None:
            return _unpriced(policies, line, problem)
    fee = unit_fee(schedule, request)
    rental = rental_of(schedule, line)
    if rental is not None and isinstance(schedule, ListedFees) and isinstance(fee, UnitFee):
        month = rented(case, standing, terms, line, rule, schedule, rental, fee)
        if isinstance(month, Unpriced):
            return _unpriced(policies, line, month)
        return _overlaid(policies, terms, line, rule, month.price, ranked=month.ranked)
    if rules is not None and (isinstance(fee, Missing) or not is_plain(case, rules, schedule, line, request, fee)):
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
        return policies.answer(ZERO_FEE, day).finding(
            f"Fee schedule {schedule.stamp} and contract {terms.contract.stamp} give procedure {line.procedure} {where} "
            f"{dollars(fee_cents)}.",
            line.number,
        )
    price = Price(
        contract=terms.contract.stamp,
        schedule=schedule.stamp,
        unit_fee_cents=fee.cents,
        rate=rule.rate,
        unit_price_cents=unit_price_cents,
        fee_cents=fee_cents,
        allowed_cents=rule.allowed_cents(line, fee_cents),
        basis=fee.basis,
        facility=facility,
    )
    ranked = rules is None and fee.multiple_procedure_indicator not in UNRANKED
    return _overlaid(policies, terms, line, rule, price, ranked=ranked)


def _overlaid(
    policies: PolicySet,
    terms: Terms,
    line: Line,
    rule: PayRule,
    price: Price,
    *,
    ranked: bool = False,
    whole_line: bool = False,
    uneven: bool = False,
) -> PricedLine | Finding:
    """A line at the price that the bounds of its row leave, or the finding that says why they leave it none."""
    answer = overlaid(rule, line, price, whole_line=whole_line)
    if isinstance(answer, Unpriced):
        return _unpriced(policies, line, answer)
    return PricedLine(line, terms, answer, ranked, whole_line, uneven, rule.lesser_of_claim)


def _settled(
    case: Case, policies: PolicySet, standing: Standing, ruled: list[Ruled], unpriced: list[Line]
) -> Iterator[PricedLine | Finding]:
    """The prices of lines under payment rules, or what keeps them from one."""
    for answer in settle(case, policies, standing, ruled, unpriced):
        if isinstance(answer, tuple):
            yield _unpriced(policies, *answer)
        elif answer.fee_cents == 0 and not any(step.cents == 0 for step in answer.steps):
            told = f"The steps from fee schedule {answer.ruled.schedule.stamp} by {answer.ruled.rules.stamp} come to nothing."
            yield _unpriced(policies, answer.ruled.line, Unpriced(ZERO_FEE, told))
        else:
            ruled_line = answer.ruled
            yield _overlaid(
                policies,
                ruled_line.terms,
                ruled_line.line,
                ruled_line.rule,
                priced(answer),
                whole_line=ruled_line.work.whole_line,
                uneven=answer.uneven,
            )


def _sessions(
    case: Case, policies: PolicySet, standing: Standing, lines: list[Anesthesia], unpriced: list[Line]
) -> Iterator[PricedLine | Finding]:
    """The prices of anesthesia, or what keeps it from one."""
    for answer in anesthesia.settle(case, standing, lines, unpriced):
        if isinstance(answer, tuple):
            yield _unpriced(policies, *answer)
        elif answer.price.fee_cents == 0:
            price = answer.price
            told = f"Fee schedule {price.schedule} and contract {price.contract} come to nothing: {price.basis}."
            yield _unpriced(policies, answer.line, Unpriced(ZERO_FEE, told))
        else:
            rule = policies.pay_rule(answer.terms.contract, case, answer.line)
            assert rule is not None
            yield _overlaid(policies, answer.terms, answer.line, rule, answer.price, whole_line=answer.whole_line)


def _unpriced(policies: PolicySet, line: Line, why: Unpriced) -> Finding:
    assert line.from_date is not None
    return policies.answer(why.rule, line.from_date).finding(why.because, line.number)


def fee_request(case: Case, line: Line, facility: bool, schedule: Fees) -> FeeRequest:
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
        rural=schedule.is_rural(case.claim.treated.address.postal_code) if isinstance(schedule, ListedFees) else None,
        qualifying=rendering is not None and rendering.qualifying_on(line.from_date),
    )


def _share_of_charge(policies: PolicySet, terms: Terms, line: Line, rule: PayRule) -> PricedLine | Finding:
    """The price of a line whose contract pays a share of its charge; a share of nothing is nothing."""
    assert line.from_date is not None
    share_cents = rule.at_rate(line.charge_cents)
    if share_cents == 0 and line.charge_cents:
        return policies.answer(ZERO_FEE, line.from_date).finding(
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
    return _overlaid(policies, terms, line, rule, price)


def _own_amount(policies: PolicySet, terms: Terms, line: Line, rule: PayRule, unit_cents: int) -> PricedLine | Finding:
    """The price of a line whose contract's row has an amount of its own for a unit."""
    assert line.from_date is not None
    price_cents = rule.at_rate(unit_cents)
    fee_cents = half_up_quotient(price_cents * line.quantity_thousandths, 1000)
    if fee_cents == 0:
        return policies.answer(ZERO_FEE, line.from_date).finding(
            f"Contract {terms.contract.stamp} gives procedure {line.procedure} {dollars(fee_cents)}.", line.number
        )
    price = Price(
        contract=terms.contract.stamp,
        schedule=terms.contract.stamp,
        unit_fee_cents=unit_cents,
        rate=rule.rate,
        unit_price_cents=price_cents,
        fee_cents=fee_cents,
        allowed_cents=rule.allowed_cents(line, fee_cents),
        basis="the contract's own amount",
    )
    return _overlaid(policies, terms, line, rule, price)


def _ranked_together(case: Case, policies: PolicySet, lines: list[PricedLine], ruled: list[Ruled]) -> Iterable[Finding]:
    """Ranked procedures of one patient, group and day reduce each other; without rules for all of them they wait."""
    unruled_days = {row.line.from_date for row in lines if row.ranked}
    if not unruled_days:
        return
    by_rules = [
        one for one in ruled if one.request.day in unruled_days and one.rules.ranking_of(one.ranking) is not None
    ]
    ruled_days = {one.request.day for one in by_rules}
    for one in by_rules:
        yield policies.answer("unsupported.multiple-procedures", one.request.day).finding(
            f"Procedure {one.line.procedure} of line {one.line.number} ranks by {one.rules.stamp} with others of "
            f"{one.request.day}, for which {one.terms.contract.stamp} names no payment rules.",
            one.line.number,
        )
    for row in lines:
        day = row.line.from_date
        if not row.ranked or day is None:
            continue
        others = [other for other in lines if other is not row and other.ranked and _share_a_day(row.line, other.line)]
        earlier = [
            line
            for line in case.history_from.get(day, ())
            if line.state is not LineState.DENIED
            and line.billing_tax_id == case.claim.billing.tax_id
            and _is_ranked(case, policies, row.terms, line, day)
        ]
        if others or earlier or day in ruled_days or row.line.quantity_thousandths > 1000:
            yield policies.answer("unsupported.multiple-procedures", day).finding(
                f"Procedure {row.line.procedure} of line {row.line.number} is one of several on {day} that are ranked "
                "and paid at different shares.",
                row.line.number,
            )


def _share_a_day(one: Line, other: Line) -> bool:
    """Whether two lines may be services of one day."""
    first, second = one.from_date, other.from_date
    if first is None or second is None:
        return False
    return first <= (other.through_date or second) and second <= (one.through_date or first)


def _is_ranked(case: Case, policies: PolicySet, terms: Terms, line: HistoryLine, day: dt.date) -> bool:
    rule = policies.pay_rule(terms.contract, case, line)
    if rule is None or rule.schedule is None:
        return False
    schedule = policies.fee_schedule(rule.schedule, day)
    return isinstance(schedule, RelativeValueFees) and ranking_indicator(schedule, line.procedure, day) not in UNRANKED
