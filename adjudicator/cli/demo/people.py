"""The demo payer's synthetic people and providers: nobody in here exists, and every run makes the same ones.

The first ten families are written out, because the sample claims depend on them; the others are drawn from SHA-256, so
that they are the same on every machine and in every year.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator

import msgspec

from adjudicator.model.case import Authorization, Coverage, Member, Participation
from adjudicator.model.claim import Address, Provider, Sex
from adjudicator.model.codes import npi_is_valid
from adjudicator.model.dates import Span

SEED = "adjudicator demo 1"
"""Change it and the drawn families change."""
PLAN = "plans/ppo-gold"
PRODUCT = "PPO"
BEGAN = dt.date(2025, 1, 1)
"""First day of coverage of everybody about whom nothing else is said."""


class Group(msgspec.Struct, frozen=True):
    """A billing provider, who works there, and its contract; empty when it has none."""

    name: str
    billing: Provider
    rendering: Provider
    contract: str = ""


class Person(msgspec.Struct, frozen=True):
    """One member with the stretches of days on which the plan covers the member."""

    member: Member
    coverage: tuple[Coverage, ...]


_WRITTEN_OUT = """
TESTERSON    ALPHA F 1979-04-12 | BRAVO M 1977-08-30    | CHARLIE F 2012-06-05 | DELTA M 2015-01-22
MOCKINGBIRD  ECHO M 1958-02-03  | FOXTROT F 1960-11-17
SAMPLETON    GOLF F 1985-07-09  | HOTEL M 1984-03-28    | INDIA F 2014-09-14
PLACEHOLDER  JULIETT F 1990-12-01 | KILO M 2019-05-06
DUMMYFIELD   LIMA F 1994-02-27  | MIKE M 1993-10-10     | NOVEMBER F 2026-02-11
EXAMPLEMAN   OSCAR M 1971-01-19 | PAPA F 1974-06-23
FIXTURE      QUEBEC F 1982-08-08 | ROMEO M 1981-04-04   | SIERRA M 2016-11-30 | TANGO F 2016-11-30
SPECIMEN     UNIFORM M 1969-05-25 | VICTOR F 1970-09-16 | WHISKEY M 2008-02-29 | XRAY F 2010-12-12 | YANKEE M 2013-07-07
PROTOTYPE    ZULU F 1976-03-01
STANDIN      ALFA M 1981-03-02  | BETA F 1981-03-03
"""
"""A family a line: the subscriber first, then the spouse, then children."""

_SPANS = {
    "INDIA SAMPLETON": ("2025-01-01 2025-11-30", "2026-02-15"),  # a gap of two and a half months
    "JULIETT PLACEHOLDER": ("2025-01-01 2026-01-31",),  # coverage has ended
    "KILO PLACEHOLDER": ("2025-01-01 2026-01-31",),
    "NOVEMBER DUMMYFIELD": ("2026-02-11",),  # a newborn, covered from birth
    "OSCAR EXAMPLEMAN": ("2026-03-01",),  # coverage has just begun
    "PAPA EXAMPLEMAN": ("2026-03-01",),
}
"""Stretches of days of those whose coverage is not simply open since the first day."""

_DRAWN_FAMILIES = (
    "BOGUSLEY", "COUNTERFEIT", "FACSIMILE", "FICTITIOUS", "IMAGINARI", "LOREMIPSUM", "MAKEBELIEVE", "NONESUCH",
    "PRETENDER", "SYNTHETICA",
)  # fmt: skip
_GIVEN = (
    "AMPERSAND", "BACKSLASH", "CARET", "DASH", "ELLIPSIS", "FULLSTOP", "GLYPH", "HYPHEN", "ITALIC", "JUSTIFY", "KERNING",
    "LIGATURE", "MACRON", "NUMERAL", "OBELUS", "PILCROW", "QUOTE", "RUBRIC", "SERIF", "TILDE", "UMLAUT", "VIRGULE",
)  # fmt: skip
_SELF, _SPOUSE, _CHILD = "18", "01", "19"


def people() -> tuple[Person, ...]:
    """Every member, family by family: number ``MM000302`` is the second person of the third family."""
    return (*_written_out(), *_drawn())


def participations(groups: tuple[Group, ...]) -> tuple[Participation, ...]:
    """The contracts of the groups that have one."""
    return tuple(
        Participation(
            tax_id=group.billing.tax_id,
            npi=group.billing.npi,
            product=PRODUCT,
            contract=group.contract,
            span=Span(BEGAN),
        )
        for group in groups
        if group.contract
    )
