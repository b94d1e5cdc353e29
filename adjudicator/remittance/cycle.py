"""One payment run: gathers the decisions that are not paid yet into one remittance for each payee."""

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence

import msgspec

from adjudicator.model.claim import Provider
from adjudicator.model.remittance import Remittance, RemittedClaim

_TRACE_CHARACTERS = 10


class NotPayable(ValueError):
    """Something among the decisions may not be paid; ``problems`` names all of it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def build_remittances(paid_on: dt.date, unpaid: Sequence[RemittedClaim]) -> tuple[Remittance, ...]:
    """One remittance for each payee (billing tax id and NPI), in that order; claims in order of receipt, then number.

    The same decisions on the same day always give the same remittances, whatever their order. Decisions that pay nothing
    are remitted as well: a denial is told nowhere else. A remittance may come to zero. It goes to the pay-to address (2010AB)
    of the claim received last among those that name one, else to the billing provider's own.

    Args:
        paid_on: the payment date, from which the money is the payee's.
        unpaid: final decisions that no remittance has settled.

    Raises:
        NotPayable: a decision is not final, its claim is a test, or a claim is there twice.
    """
    problems = _problems(unpaid)
    if problems:
        raise NotPayable(problems)
    payees: dict[tuple[str, str], list[RemittedClaim]] = {}
    for claim in sorted(unpaid, key=lambda claim: (claim.received_on, claim.decision.claim_id)):
        payees.setdefault((claim.claim.billing.tax_id, claim.claim.billing.npi), []).append(claim)
    return tuple(
        Remittance(trace_number(paid_on, claims), paid_on, _payee(claims), tuple(claims))
        for _, claims in sorted(payees.items())
    )


def _payee(claims: Sequence[RemittedClaim]) -> Provider:
    """The billing provider of claims in order of receipt, at the address where it wants to be paid."""
    billing = claims[0].claim.billing
    for claim in reversed(claims):
        address = claim.claim.pay_to_address
        if address is not None and address.line_1 and address.city:
            return msgspec.structs.replace(billing, address=address)
    return billing


def trace_number(paid_on: dt.date, claims: Sequence[RemittedClaim]) -> str:
    """The payment's number (TRN02): the date and a digest of payee and decisions, so that no two payments share one."""
    payee = claims[0].claim.billing
    decisions = (f"{claim.decision.claim_id}/{claim.decision_number}" for claim in claims)
    content = "\0".join((paid_on.isoformat(), payee.tax_id, payee.npi, *decisions))
    digest = base64.b32encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"{paid_on:%Y%m%d}{digest[:_TRACE_CHARACTERS]}"


def _problems(unpaid: Sequence[RemittedClaim]) -> tuple[str, ...]:
    problems = []
    seen = set()
    for claim in unpaid:
        number = claim.decision.claim_id
        if not claim.decision.disposition.is_final:
            problems.append(f"claim {number} is {claim.decision.disposition.value}; only a final decision is remitted")
        if claim.claim.test:
            problems.append(f"claim {number} came in a test interchange; it can never be paid")
        if number in seen:
            problems.append(f"claim {number} is there twice; remit one decision of a claim at a time")
        seen.add(number)
    return tuple(problems)
