"""What law and contract take of the plan's payment once the member's share is known."""

import enum

import msgspec

from adjudicator.model.claim import Line
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Condition


class ReductionKind(enum.Enum):
    """Why a plan pays less than its part of a line; the values are the rules that guidance answers.

    What has been paid by the month comes first, then what the law and the contract say of the service and of the claim, then
    sequestration, then the withhold
    (domain/03 section 4, steps 12 and 16 to 19): this is the order in which they are taken, each of what those before it left.
    """

    CAPITATION = "capitation"
    """The provider has the plan's part already, by the member and month; the member's share is due all the same."""
    THERAPY_ASSISTANT = "therapy-assistant"
    """An assistant gave the therapy, by the modifiers of the line."""
    LATE_FILING = "late-filing"
    """The claim came late, though within the filing limit."""
    PROMPT_PAYMENT = "prompt-payment"
    """A discount for a claim that is decided soon after it has come."""
    SEQUESTRATION = "sequestration"
    """The federal cut of Medicare payments."""
    WITHHOLD = "withhold"
    """A part that is kept until the year's performance is known."""


class ReductionClause(msgspec.Struct, frozen=True):
    """A sentence of a plan or contract that takes a share of what the plan would pay of a line, after the member's share."""

    id: str
    policy: str
    """Document and version that have it."""
    quote: str
    kind: ReductionKind
    basis_points: int
    """The share of the payment that is taken: 2 % is 200. 0 where services are spared that a later clause names."""
    procedures: CodeSet
    when: "Condition | None" = None
    """For which members or places; None for all."""
    tier: str = ""
    """The network tier in which it holds; empty for both."""
    modifiers: CodeSet | None = None
    """THERAPY_ASSISTANT: the modifiers that say so."""
    after_days: int | None = None
    """LATE_FILING: days from the service; a claim that arrives later is late."""
    within_days: int | None = None
    """PROMPT_PAYMENT: days from the claim's arrival; one that is decided later earns no discount."""

    def names(self, line: Line, tier: str) -> bool:
        """Whether it is about a line's service, by its procedure, modifiers and network tier."""
        return (
            self.tier in ("", tier)
            and line.procedure in self.procedures
            and (self.modifiers is None or any(modifier in self.modifiers for modifier in line.modifiers))
        )
