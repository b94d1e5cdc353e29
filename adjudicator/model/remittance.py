"""One payment to one payee: which final decisions it settles and how it can be recognised at the bank."""

import datetime as dt

import msgspec

from adjudicator.model.claim import Claim, Provider
from adjudicator.model.decision import Decision


class RemittedClaim(msgspec.Struct, frozen=True):
    """A final decision on a remittance, beside the claim that it answers."""

    claim: Claim
    received_on: dt.date
    decision_number: int
    decision: Decision


class Remittance(msgspec.Struct, frozen=True):
    """An 835's content: one payee, one payment date, one trace number, its claims in a fixed order."""

    trace_number: str
    paid_on: dt.date
    payee: Provider
    claims: tuple[RemittedClaim, ...]

    @property
    def paid_cents(self) -> int:
        """The payment: the sum of what its claims pay (835 BPR02; there are no provider-level adjustments yet)."""
        return sum(claim.decision.paid_cents for claim in self.claims)
