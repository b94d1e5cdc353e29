"""Money is a whole number of cents: the one rounding rule, the two ways to write an amount, and what a whole share is."""

import re
from decimal import Decimal

WHOLE_BASIS_POINTS = 10_000
"""All of an amount, as shares are written: 20 % are 2000 basis points."""
_AMOUNT = re.compile(r"-?([0-9]{1,16}(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)")


def half_up_quotient(numerator: int, denominator: int) -> int:
    """Round ``numerator / denominator`` to a whole number, halves up, without leaving the integers.

    Both must be non-negative and the denominator positive; amounts that are priced always are.
    """
    return (2 * numerator + denominator) // (2 * denominator)


def cents_from_text(text: str) -> int:
    """Read dollars as X12 and people write them (``130``, ``130.5``, ``-7.25``) into cents.

    Raises:
        ValueError: the text is not a plain decimal number with at most two significant decimals.
    """
    if not _AMOUNT.fullmatch(text):
        raise ValueError(
            f"'{text}' is not an amount in dollars; write digits with at most two decimals, such as 130.50"
        )
    return int(Decimal(text) * 100)


def dollars(cents: int) -> str:
    """Write cents for people: ``1,234.50``."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{part:02d}"
