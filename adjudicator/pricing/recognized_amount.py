"""The recognised amount of a protected line: what a state's law specifies, else the lesser of charge and qualifying amount.

The price itself is worked out like any other, by the contract document of those amounts; here is told which it was (45 CFR
149.30), since the notice to the provider has to say it (45 CFR 149.140(d)).
"""

from collections.abc import Iterable, Iterator

from adjudicator.model.decision import Finding
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.priced import PricedLine

QUALIFYING_AMOUNT = "surprise-billing.qualifying-amount"
BILLED_AMOUNT = "surprise-billing.billed-amount"
REVIEWED_AMOUNT = "surprise-billing.reviewed-amount"
"""Rule of a line that a reviewer priced: nobody knows that the price is the qualifying amount, so no remark may say it."""
STATE_AMOUNT = "surprise-billing.state-amount"
RULES = (QUALIFYING_AMOUNT, BILLED_AMOUNT, REVIEWED_AMOUNT, STATE_AMOUNT)
"""Rules of what the member's share of a protected line was taken of."""


def initial_share(row: PricedLine) -> int:
    """What the plan pays first with the member's share, in basis points of the recognised amount.

    More than all of it only of a qualifying amount: what a reviewer has priced is paid at that price.
    """
    protection = row.terms.protection
    return WHOLE_BASIS_POINTS if protection is None or row.by_hand else protection.initial_basis_points


def recognized(policies: PolicySet, lines: Iterable[PricedLine]) -> Iterator[Finding]:
    """Of each protected line that has a price, whether that is the charge, the qualifying amount or whatever else."""
    for row in lines:
        if not row.terms.protected:
            continue
        assert row.terms.protection is not None
        law = row.terms.protection.law
        if law is not None and not row.by_hand:
            yield policies.answer(STATE_AMOUNT, row.terms.day).finding(
                f"The recognised amount of line {row.line.number} is {dollars(row.price.allowed_cents)}, by the law of {law.state} "
                f"({row.price.contract}), which governs the plan.",
                row.line.number,
            )
            continue
        charge_cents, other_cents = row.line.charge_cents, row.price.fee_cents
        other = "the price that a reviewer set" if row.by_hand else "its qualifying payment amount"
        rule, word = (BILLED_AMOUNT, "its charge") if charge_cents < other_cents else (QUALIFYING_AMOUNT, other)
        yield policies.answer(REVIEWED_AMOUNT if row.by_hand else rule, row.terms.day).finding(
            f"The recognised amount of line {row.line.number} is {dollars(row.price.allowed_cents)}, {word}: of charge "
            f"{dollars(charge_cents)} and {other.removeprefix('its ')} {dollars(other_cents)} the lesser.",
            row.line.number,
        )
