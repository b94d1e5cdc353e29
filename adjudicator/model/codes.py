"""Shapes of the trade's codes (domain/01 section 4.4): what a code must look like before any list is asked."""

import functools
import re

PROCEDURE = re.compile(r"^([0-9]{5}|[0-9]{4}[FTUMA]|[A-V][0-9]{4})\Z")
DIAGNOSIS = re.compile(r"^[A-Z][0-9A-Z]{2}[0-9A-Z]{0,4}\Z")
"""Wider than domain/01 section 3.2: the classification of April 2026 has codes with a letter in second place (QA00101)."""
MODIFIER = re.compile(r"^[0-9A-Z]{2}\Z")
PLACE_OF_SERVICE = re.compile(r"^[0-9]{2}\Z")
NATIONAL_PROVIDER_IDENTIFIER = re.compile(r"^[12][0-9]{9}\Z")
CERTIFICATE = re.compile(r"^[0-9]{2}D[0-9]{7}\Z")
"""Number of a laboratory's certificate (CLIA, domain/01 section 3.1)."""
DRUG = re.compile(r"^[0-9]{11}\Z")
"""National Drug Code as claims carry it: eleven digits, without hyphens (domain/01 section 3.1)."""
TAXONOMY = re.compile(r"^[0-9]{3}[0-9A-Z]{6}X\Z")
TAX_IDENTIFIER = re.compile(r"^[0-9]{9}\Z")

_NPI_PREFIX_SUM = 24  # what the card-issuer prefix 80840 adds to the Luhn sum


@functools.lru_cache(maxsize=65_536)
def npi_is_valid(npi: str) -> bool:
    """Whether a National Provider Identifier has ten digits and a right check digit (Luhn over 80840 + NPI)."""
    if not NATIONAL_PROVIDER_IDENTIFIER.match(npi):
        return False
    total = _NPI_PREFIX_SUM
    for position, digit in enumerate(npi):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def tax_id_is_valid(tax_id: str) -> bool:
    """Whether a tax id is nine digits, not all of them one digit (domain/01 section 4.4)."""
    return bool(TAX_IDENTIFIER.match(tax_id)) and len(set(tax_id)) > 1


def plain_diagnosis(code: str) -> str:
    """A diagnosis as the wire carries it: capital letters, no decimal point (``e11.9`` becomes ``E119``)."""
    return code.replace(".", "").strip().upper()
