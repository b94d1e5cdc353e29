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


class Priced(msgspec.Struct, frozen=True):
    """The lines that have a price, and what kept the others from one."""

    lines: tuple[PricedLine, ...]
    findings: tuple[Finding, ...]


class Unpriced(msgspec.Struct, frozen=True):
    """Why a line has no price: the rule that answers, and one sentence that names what is missing."""

    rule: str
    because: str
