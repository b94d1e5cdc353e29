"""A share of the charge: for services without a listed fee, or a contract that lists none (domain/03 sections 11, 12)."""

from adjudicator.model.money import half_up_quotient
from adjudicator.policy.policy_set import PayRule


def share_cents(rule: PayRule, charge_cents: int) -> int:
    """What the contract allows of a line's whole charge, whatever its units: rounded once, never above the charge."""
    return half_up_quotient(charge_cents * rule.rate_numerator, rule.rate_denominator)
