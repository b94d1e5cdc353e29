"""What a contract lays over the fees of a claim (domain/03 sections 4, 6 and 12).

Of a line: its yearly rise as it is told, then a floor and a ceiling of the fee of all units, the ceiling last, then the charge
where the row says so. Of the lines of a claim under one version of a contract, those that are paid: the lesser of their
charges and their fees together, then the most that the contract allows for a claim.
"""

from collections.abc import Iterable, Sequence

import msgspec

from adjudicator.model.claim import Line
from adjudicator.model.decision import Price, PriceStep
from adjudicator.model.money import dollars
from adjudicator.policy.pay_rules import PayRule
from adjudicator.pricing.priced import PricedLine, Unpriced
from adjudicator.pricing.ranks import spread

ZERO_FEE = "pricing.zero-fee"


def overlaid(rule: PayRule, line: Line, price: Price, *, whole_line: bool = False) -> Price | Unpriced:
    """A line's price under the bounds of its row, with a step for each that changes it.

    Args:
        rule: the row, at its rate of the line's day.
        line: the line as it was billed.
        price: its price up to the fee of all units.
        whole_line: whether that is a fee of the line, whatever its units.
    """
    if rule.floor is None and rule.ceiling is None and not rule.raised:
        return price
    rise = (PriceStep(rule.raised, "", price.unit_price_cents, policy=price.contract),) if rule.raised else ()
    steps: list[PriceStep] = []
    cents, unranked_cents = price.fee_cents, price.fee_cents + price.ranked_off_cents
    for name, bound, least in (("at least", rule.floor, True), ("at most", rule.ceiling, False)):
        if bound is None:
            continue
        limit_cents = bound.cents(line, whole_line=whole_line)
        unranked_cents = max(limit_cents, unranked_cents) if least else min(limit_cents, unranked_cents)
        if (limit_cents > cents) if least else (limit_cents < cents):
            cents = limit_cents
            steps.append(PriceStep(f"{name} {bound.told(line)}", "", cents, whole_line=True, policy=price.contract))
    if cents == 0 and price.fee_cents and line.charge_cents:
        return Unpriced(ZERO_FEE, f"{steps[-1].what.capitalize()} leaves procedure {line.procedure} nothing.")
    return msgspec.structs.replace(
        price,
        allowed_cents=rule.allowed_cents(line, cents),
        steps=(*rise, *price.steps, *steps),
        ranked_off_cents=unranked_cents - cents if price.ranked_off_cents else 0,
    )


def settled_together(lines: Iterable[PricedLine]) -> tuple[PricedLine, ...]:
    """The lines of a claim that are paid, at what their contract allows for them together.

    Where charges and fees are compared together, each line has the lesser of its own; what the claim has above that goes to
    the lines whose charge is above their fee, by how much it is, so that no line is allowed more than its charge. The most
    that is allowed for a claim is divided by what each line is allowed. Both to the cent, by largest remainder.
    """
    rows = tuple(lines)
    together: dict[str, list[PricedLine]] = {}
    for row in rows:
        bound = row.lesser_of_claim or row.terms.contract.claim_most_cents is not None
        if bound and not row.price.agreement:
            together.setdefault(row.terms.contract.stamp, []).append(row)
    if not together:
        return rows
    found = {row.line.number: row for row in rows}
    for group in together.values():
        compared = [row for row in group if row.lesser_of_claim]
        found |= {row.line.number: row for row in _lesser_of_claim(compared)}
        found |= {row.line.number: row for row in _at_most([found[row.line.number] for row in group])}
    return tuple([found[row.line.number] for row in rows])


def _lesser_of_claim(rows: Sequence[PricedLine]) -> list[PricedLine]:
    fees = [row.price.allowed_cents for row in rows]
    charges = [row.line.charge_cents for row in rows]
    if all(fee <= charge for fee, charge in zip(fees, charges, strict=True)):
        return list(rows)
    lesser = min(sum(fees), sum(charges))
    own = [min(fee, charge) for fee, charge in zip(fees, charges, strict=True)]
    left = [charge - cents for charge, cents in zip(charges, own, strict=True)]
    above = lesser - sum(own)
    told = f"lesser of {dollars(sum(charges))} charged and {dollars(sum(fees))} in fees on the claim"
    settled = []
    for row, cents, room, more in zip(rows, own, left, spread(above, left), strict=True):
        steps = []
        if cents < row.price.allowed_cents:
            steps.append((f"{told}: the charge, which is less than the fee", cents))
        elif more:
            part = f"{dollars(room)} of {dollars(sum(left))}"
            steps.append(
                (f"{told}: {dollars(above)} above the lines' own, by what is left of the charge, {part}", cents + more)
            )
        settled.append(_with(row, cents + more, steps))
    return settled


def _at_most(rows: Sequence[PricedLine]) -> list[PricedLine]:
    most = rows[0].terms.contract.claim_most_cents
    allowed = [row.price.allowed_cents for row in rows]
    total = sum(allowed)
    if most is None or total <= most:
        return list(rows)
    settled = []
    for row, before, cents in zip(rows, allowed, _none_of_nothing(spread(most, allowed), allowed), strict=True):
        steps = [("the charge, which is less than the fee", before)] if before < _amount(row.price) else []
        steps.append((f"at most {dollars(most)} a claim: {dollars(before)} of {dollars(total)}", cents))
        settled.append(_with(row, cents, steps))
    return settled


def _none_of_nothing(parts: list[int], allowed: Sequence[int]) -> list[int]:
    """Parts of which none is nothing: a line that is allowed something keeps a cent, which the largest part gives."""
    for index, cents in enumerate(allowed):
        if cents and not parts[index]:
            parts[parts.index(max(parts))] -= 1
            parts[index] = 1
    return parts


def _amount(price: Price) -> int:
    """What a line came to before the charge was asked."""
    return [price.fee_cents, *(step.cents for step in price.steps if step.whole_line)][-1]


def _with(row: PricedLine, allowed_cents: int, steps: Iterable[tuple[str, int]]) -> PricedLine:
    contract = row.price.contract
    added = tuple([PriceStep(what, "", cents, whole_line=True, policy=contract) for what, cents in steps])
    price = msgspec.structs.replace(row.price, allowed_cents=allowed_cents, steps=(*row.price.steps, *added))
    return msgspec.structs.replace(row, price=price)
