"""Single-case agreements: an authorization on file may carry a price that payer and provider agreed on for its services (row J2).

It takes the place of everything that the contract and its payment rules would make of the line, in network or out of it; the
network tier stays, and with it the member's share. The lesser of it and the charge is allowed (domain/03 section 6).
"""

from adjudicator.model.case import Authorization, Case
from adjudicator.model.claim import Line, UnitBasis
from adjudicator.model.dates import Span
from adjudicator.model.decision import Price
from adjudicator.model.money import dollars, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms
from adjudicator.pricing.overlays import ZERO_FEE
from adjudicator.pricing.priced import PricedLine, Unpriced

UNCLEAR = "pricing.agreement-unclear"
"""Which price was agreed on, or for how much, cannot be said."""


def agreed_price(
    case: Case, policies: PolicySet, standing: Standing, terms: Terms, line: Line
) -> PricedLine | Unpriced | None:
    """The price on which payer and provider agreed for a line, or what keeps it from that; None where they have not."""
    fitting = [approval for approval in case.authorizations if _fits(approval, case, terms, line)]
    agreed = [approval for approval in fitting if approval.unit_price_cents is not None]
    if not agreed:
        return None
    numbers = ", ".join(approval.number for approval in agreed)
    if terms.protected:
        return Unpriced(
            UNCLEAR,
            f"Authorization {numbers} agrees on a price for line {line.number}, which the law on surprise bills protects: the "
            f"patient's share would be that of the qualifying payment amount, by {terms.contract.stamp}.",
        )
    prices_cents = {approval.unit_price_cents for approval in agreed}
    if len(prices_cents) > 1:
        told = ", ".join(dollars(cents) for cents in sorted(cents for cents in prices_cents if cents is not None))
        return Unpriced(
            UNCLEAR, f"Authorizations {numbers} fit line {line.number} and agree on different prices: {told}."
        )
    if line.unit_basis is UnitBasis.MINUTES:
        return Unpriced(
            UNCLEAR, f"Authorization {numbers} agrees on the price of a unit, and line {line.number} counts minutes."
        )
    if any(approval.quantity_thousandths is not None or approval.visits is not None for approval in agreed):
        # What is left of an approval is counted among those that fit, of services that need one (``edits.approvals``).
        if len(fitting) > len(agreed):
            others = ", ".join(approval.number for approval in fitting if approval not in agreed)
            return Unpriced(
                UNCLEAR,
                f"Authorization {numbers} agrees on a price for so many services, and line {line.number} may use {others} as "
                "well, which has none.",
            )
        if not _counted(case, policies, standing, terms, line):
            return Unpriced(
                UNCLEAR,
                f"Authorization {numbers} agrees on a price for so many services, which are not counted: no list asks for an "
                f"authorization of procedure {line.procedure} on {terms.day}.",
            )
    unit_cents = agreed[0].unit_price_cents
    assert unit_cents is not None
    fee_cents = half_up_quotient(unit_cents * line.quantity_thousandths, 1000)
    if fee_cents == 0:
        return Unpriced(
            ZERO_FEE, f"Authorization {numbers} agrees on {dollars(unit_cents)} a unit, which comes to nothing."
        )
    price = Price(
        contract=terms.contract.stamp,
        schedule=terms.contract.stamp,
        unit_fee_cents=unit_cents,
        rate="1",
        unit_price_cents=unit_cents,
        fee_cents=fee_cents,
        allowed_cents=min(line.charge_cents, fee_cents),
        basis=f"agreed in authorization {numbers}",
        agreement=numbers,
    )
    return PricedLine(line=line, terms=terms, price=price, ranked=False)


def _fits(approval: Authorization, case: Case, terms: Terms, line: Line) -> bool:
    """Whether an authorization approves a line; one with a price does so for its own billing provider only."""
    tax_id = case.claim.billing.tax_id
    days = Span(terms.day, max(terms.day, line.through_date or terms.day))
    return (
        not approval.referral
        and approval.approves(line.procedure, days, tax_id, line.rendering.npi)
        and (approval.unit_price_cents is None or approval.tax_id == tax_id)
    )


def _counted(case: Case, policies: PolicySet, standing: Standing, terms: Terms, line: Line) -> bool:
    """Whether a list asks for an authorization of a line, so that what it uses of one is counted."""
    versions = (document.find(terms.day) for document in policies.authorization)
    rules = (version.rule_for(case, policies, line, standing) for version in versions if version is not None)
    return any(rule is not None and not rule.referral for rule in rules)
