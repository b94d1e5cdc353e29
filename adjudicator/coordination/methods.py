"""What a plan pays of a line that others have paid before it: the formulas of domain/05 sections 2 and 3.

All amounts are cents of one line and none is negative. ``benefit_cents`` is what the plan would pay as the first payer, after
its own cost share and limits; ``paid_cents`` is what all earlier payers paid together; ``allowed_cents`` is what our own contract
allows and our plan covers.
"""

from adjudicator.policy.coordination import Basis


def allowable_expense(allowed_cents: int, prior_allowed_cents: int, basis: Basis) -> int:
    """Up to what all payers together pay: the earlier payer's allowed amount, or the higher or lower of it and ours.

    What the earlier payer allows but does not cover is part of its amount here: it is allowable where any plan covers it.
    """
    if basis is Basis.HIGHER:
        return max(allowed_cents, prior_allowed_cents)
    if basis is Basis.LOWER:
        return min(allowed_cents, prior_allowed_cents)
    return prior_allowed_cents


def standard(benefit_cents: int, allowable_cents: int, paid_cents: int) -> int:
    """The benefit, as far as the allowable expense is not paid yet (NAIC Model 120)."""
    return min(benefit_cents, max(0, allowable_cents - paid_cents))


def patient_responsibility(benefit_cents: int, prior_open_cents: int) -> int:
    """The benefit, as far as the earlier payer left cost share to the patient, or did not cover it."""
    return min(benefit_cents, prior_open_cents)


def maintenance_base(allowed_cents: int, paid_cents: int) -> int:
    """Of what a plan that maintains its benefits takes its own cost share."""
    return max(0, allowed_cents - paid_cents)


def carve_out(benefit_cents: int, paid_cents: int) -> int:
    """What the benefit is above the earlier payments."""
    return max(0, benefit_cents - paid_cents)


def medicaid(allowed_cents: int, prior_open_cents: int, paid_cents: int) -> int:
    """The lesser of what the earlier payer left (cost share, and what it does not cover) and what our fee is above its payment."""
    return min(prior_open_cents, max(0, allowed_cents - paid_cents))


def medicare(
    benefit_cents: int, allowed_cents: int, obligated_cents: int, prior_allowed_cents: int, paid_cents: int
) -> int:
    """The lowest of three amounts, never below zero (42 CFR 411.33(a)); sequestration comes after.

    Args:
        benefit_cents: what Medicare would pay as the first.
        allowed_cents: what Medicare allows.
        obligated_cents: what the provider must accept as full payment by its contract with the primary payer, at most its
            charge; the charge where there is no such contract.
        prior_allowed_cents: what the primary payer allowed.
        paid_cents: what it paid.
    """
    first_cents = obligated_cents - paid_cents
    third_cents = max(allowed_cents, prior_allowed_cents) - paid_cents
    return max(0, min(first_cents, benefit_cents, third_cents))
