"""Billing providers without a participation agreement: what they get of a fee, and the most that they may collect.

Payment rules say the share (section 1848(a)(3) of the Social Security Act) and the limiting charge (section 1848(g)). Who accepts
assignment takes the allowed amount for the whole, however the line was priced, so that nothing is left to bill.
"""

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.model.standing import Standing, billed, left_after
from adjudicator.policy.payment_rules import PaymentRules
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.modifiers import Factor, rounded
from adjudicator.pricing.priced import PricedLine

ASSIGNED = "A"
"""CLM07: the provider takes the allowed amount for the whole."""


def outside_share(case: Case, rules: PaymentRules | None, day: dt.date) -> Factor | None:
    """What the billing provider gets of a fee; None where that is all of it, or the rules have no share."""
    if rules is None or rules.nonparticipating is None or not _stays_out(case, day):
        return None
    return Factor("provider without a participation agreement", rules.nonparticipating.basis_points)


def collectable(
    case: Case, policies: PolicySet, rows: Iterable[PricedLine], findings: Iterable[Finding]
) -> tuple[PricedLine, ...]:
    """Lines with the most that a billing provider outside the network and without an agreement may collect for them.

    The most is of the units that are covered: for others the payer owes nothing that a share could be taken of.

    Args:
        case: the claim with its facts.
        policies: the payer's documents.
        rows: the lines at what their contract allows.
        findings: everything that was found of the claim, the plan's limits among it.
    """
    rows = tuple(rows)
    if not any(_stays_out(case, row.terms.day) for row in rows):
        return rows
    covered = left_after(billed(case.claim), findings)
    return tuple([_bounded(case, policies, row, covered) if _stays_out(case, row.terms.day) else row for row in rows])


def _bounded(case: Case, policies: PolicySet, row: PricedLine, covered: Standing) -> PricedLine:
    terms, price, line = row.terms, row.price, row.line
    if terms.in_network or terms.protected or price.agreement or line.number not in covered:
        return row
    exact = Fraction(price.allowed_cents)
    if case.claim.accepts_assignment != ASSIGNED:
        rule = policies.pay_rule(terms.contract, case, line)
        rules = policies.payment_rules_of(rule, terms.day) if rule else None
        outside = rules.nonparticipating if rules else None
        if outside is None:
            return row
        exact = price.fee_cents * Fraction(outside.limiting_charge_basis_points, WHOLE_BASIS_POINTS)
    most_cents = rounded(exact * Fraction(covered[line.number], line.quantity_thousandths))
    return msgspec.structs.replace(row, price=msgspec.structs.replace(price, limiting_charge_cents=most_cents))


def _stays_out(case: Case, day: dt.date) -> bool:
    billing = case.provider(case.claim.billing.npi)
    return billing is not None and billing.nonparticipating_on(day)
