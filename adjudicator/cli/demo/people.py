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
STANDIN      ALEPH M 1981-03-02 | BETH F 1981-03-01
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
_FIRST_CHILD = 2008
"""Everybody born in this year or later is a child."""


def people() -> tuple[Person, ...]:
    """Every member, family by family: number ``MM000302`` is the second person of the third family."""
    families = (*_written_out(), *_drawn())
    return tuple(
        Person(
            member=Member(
                member_id=f"MM{family:04d}{position:02d}",
                family_id=f"FF{family:04d}",
                last_name=last_name,
                first_name=first_name,
                birth_date=born,
                sex=sex,
                relationship=relationship,
            ),
            coverage=tuple(Coverage(plan=PLAN, span=span) for span in _spans(f"{first_name} {last_name}", born)),
        )
        for family, (last_name, members) in enumerate(families, start=1)
        for position, (first_name, sex, born, relationship) in enumerate(members, start=1)
    )


_Named = tuple[str, Sex, dt.date, str]
"""First name, sex, birth date and relationship to the subscriber."""


def _written_out() -> Iterator[tuple[str, list[_Named]]]:
    for family in _WRITTEN_OUT.strip().splitlines():
        last_name, written = family.split(maxsplit=1)
        members: list[_Named] = []
        for person in written.split("|"):
            first_name, sex, born = person.split()
            birth_date = dt.date.fromisoformat(born)
            adult = birth_date.year < _FIRST_CHILD
            relationship = _CHILD if not adult else _SPOUSE if members else _SELF
            members.append((first_name, Sex(sex), birth_date, relationship))
        yield last_name, members


def _drawn() -> Iterator[tuple[str, list[_Named]]]:
    for last_name in _DRAWN_FAMILIES:
        members: list[_Named] = []
        for position in range(1 + _number(last_name, "size", below=4)):
            key = f"{last_name} {position}"
            adult = position < 2 and (position == 0 or _number(last_name, "spouse", below=4) > 0)
            year = 1955 + _number(key, "year", below=45) if adult else _FIRST_CHILD + _number(key, "year", below=17)
            born = dt.date(year, 1, 1) + dt.timedelta(days=_number(key, "day", below=365))
            # No two first names of a family are alike: each starts a stretch of the list of its own.
            first_name = _GIVEN[position * 5 + _number(key, "name", below=5)]
            sex = (Sex.FEMALE, Sex.MALE)[_number(key, "sex", below=2)]
            members.append((first_name, sex, born, _CHILD if not adult else _SPOUSE if members else _SELF))
        yield last_name, members


def _spans(name: str, born: dt.date) -> tuple[Span, ...]:
    if name not in _SPANS:
        return (Span(max(BEGAN, born)),)
    days = ([dt.date.fromisoformat(day) for day in written.split()] for written in _SPANS[name])
    return tuple(Span(first, *last) for first, *last in days)


def _number(*key: str, below: int) -> int:
    """A number from 0 that depends on nothing but the key."""
    return int.from_bytes(hashlib.sha256("/".join((SEED, *key)).encode()).digest()[:8]) % below


def national_provider_identifier(nine_digits: str) -> str:
    """Nine digits with the check digit that makes them a valid NPI."""
    return next(npi for npi in (f"{nine_digits}{digit}" for digit in range(10)) if npi_is_valid(npi))


def _group(name: str, number: int, doctor: str, line_1: str, postal_code: str, contract: str) -> Group:
    address = Address(line_1=line_1, city="SAMPLETON", state="NE", postal_code=postal_code)
    return Group(
        billing=Provider(
            npi=national_provider_identifier(f"19990{number:04d}"),
            name=name,
            tax_id=f"999000{number:03d}",
            taxonomy="261QP2300X",
            address=address,
        ),
        rendering=Provider(
            npi=national_provider_identifier(f"19991{number:04d}"),
            name="SAMPLEDOC",
            first_name=doctor,
            taxonomy="207Q00000X",
        ),
        contract=contract,
    )


GROUPS = {
    "riverside": _group(
        "RIVERSIDE MEDICAL GROUP", 11, "RIVER", "1 DEMO BANK", "680010011", "contracts/riverside-medical-group"
    ),
    "lakeside": _group("LAKESIDE CLINIC", 12, "LAKE", "2 DEMO SHORE", "680010012", "contracts/lakeside-clinic"),
    "hilltop": _group("HILLTOP PRACTICE", 13, "HILL", "3 DEMO SUMMIT", "680010013", ""),
}
"""Who bills the demo payer: two groups with a contract, and one without."""


def participations() -> tuple[Participation, ...]:
    """The contracts of the groups that have one."""
    return tuple(
        Participation(
            tax_id=group.billing.tax_id,
            npi=group.billing.npi,
            product=PRODUCT,
            contract=group.contract,
            span=Span(BEGAN),
        )
        for group in GROUPS.values()
        if group.contract
    )


def authorizations() -> tuple[tuple[str, Authorization], ...]:
    """Prior authorizations, each with its member's number."""
    year = Span(dt.date(2026, 1, 1), dt.date(2026, 6, 30))
    riverside = GROUPS["riverside"].billing.tax_id
    return (
        ("MM000201", Authorization("AUTH260001", ("72148",), year, tax_id=riverside, quantity_thousandths=1_000)),
        ("MM001201", Authorization("AUTH260002", ("64483",), year, tax_id=riverside, quantity_thousandths=1_000)),
        ("MM000901", Authorization("AUTH260003", ("70551", "70553"), year)),
        ("MM000102", Authorization("AUTH250004", ("73721",), Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)))),
    )
