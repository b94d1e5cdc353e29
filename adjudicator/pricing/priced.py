"""What pricing hands on: lines with their prices, and what kept others from one."""

import msgspec

from adjudicator.model.claim import Line
from adjudicator.model.decision import Finding, Price
from adjudicator.policy.terms import Terms


class PricedLine(msgspec.Struct, frozen=True):
    """A line with its terms and price."""

    line: Line
    terms: Terms
    price: Price
    ranked: bool
    """Its price depends on the other procedures of the day, and its contract names no rules of ranking."""
    whole_line: bool = False
    """Its price is of the line, whatever its units: a case, days of care, an anesthesia. So is every price of minutes."""
    uneven: bool = False
    """Its units have no even part of its price: they are paid by rank, or the price is a part of that of two lines."""
    lesser_of_claim: bool = False
    """Its charge and fee are compared together with those of other such lines of the claim."""
    by_hand: bool = False
    """A reviewer set its price."""


class Priced(msgspec.Struct, frozen=True):
    """The lines that have a price, and what kept the others from one."""

    lines: tuple[PricedLine, ...]
    findings: tuple[Finding, ...]


class Unpriced(msgspec.Struct, frozen=True):
    """Why a line has no price: the rule that answers, and one sentence that names what is missing."""

    rule: str
    because: str
