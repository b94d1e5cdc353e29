"""Reads the loops that an NM1 opens: who somebody is, where, under which numbers - wherever in an 837 they stand."""

import datetime as dt

from adjudicator.model.claim import NO_ADDRESS, Address, Person, Provider, Sex
from adjudicator.x12.elements import Elements
from adjudicator.x12.interchange import INVALID, UNPROCESSABLE

_FOLLOWERS = frozenset({"N2", "N3", "N4", "PRV", "REF", "PER", "DMG"})
_CLOSES_ADDRESS = frozenset({"REF", "PER", "DMG", "DTP"})
_REFERENCES_OF_CLAIMS = frozenset({"6R", "9F", "G1", "F8", "X4", "EA", "D9", "4N"})
_DECIDED = "573"
"""DTP01 of the day on which another payer decided."""
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "U": Sex.UNKNOWN}


class Party:
    """One NM1 loop as it was sent."""

    __slots__ = (
        "address",
        "birth_date",
        "dates",
        "first_name",
        "identifier",
        "identifier_kind",
        "index",
        "last_name",
        "middle_name",
        "references",
        "role",
        "sex",
        "taxonomy",
    )

    def __init__(self, index: int, role: str) -> None:
        self.index = index
        self.role = role
        """NM101."""
        self.last_name = self.first_name = self.middle_name = ""
        self.identifier_kind = self.identifier = self.taxonomy = ""
        self.address = NO_ADDRESS
        self.references: dict[str, str] = {}
        """REF01 to the first REF02."""
        self.birth_date: dt.date | None = None
        self.sex = Sex.UNKNOWN
        self.dates: dict[str, dt.date] = {}
        """DTP01 to the day, in loops that have a DTP."""

    @property
    def provider(self) -> Provider:
        """The party as a provider. Only NM108 = XX makes its number an NPI."""
        return Provider(
            npi=self.identifier if self.identifier_kind == "XX" else "",
            name=self.last_name,
            first_name=self.first_name,
            tax_id=(self.references.get("EI") or self.references.get("SY") or "").replace("-", ""),
            taxonomy=self.taxonomy,
            address=self.address,
        )

    @property
    def person(self) -> Person:
        """The party as a subscriber or patient."""
        return Person(self.last_name, self.first_name, self.middle_name, self.birth_date, self.sex, self.address)


def read_party(elements: Elements, index: int) -> tuple[Party, int]:
    """Read an NM1 and the segments that belong to it; answers the party and the position after it."""
    segments = elements.segments
    party = Party(index, elements.text(index, 1))
    elements.coded(index, 2, ("1", "2"))
    party.last_name = elements.text(index, 3)
    party.first_name = elements.text(index, 4)
    party.middle_name = elements.text(index, 5)
    party.identifier_kind = elements.text(index, 8)
    party.identifier = elements.text(index, 9)
    of_another_payer = party.role == "PR"
    street: tuple[str, str] = ("", "")
    previous = ""
    position = index + 1
    while position < len(segments):
        tag = segments[position][0]
        if tag not in _FOLLOWERS and not (of_another_payer and tag == "DTP"):
            break
        if tag in _CLOSES_ADDRESS:
            previous = tag
        if tag == "N3":
            street = (elements.text(position, 1), elements.text(position, 2))
            party.address = Address(*street)
        elif tag == "N4":
            party.address = Address(*street, *(elements.text(position, element) for element in (1, 2, 3, 4)))
        elif tag == "PRV":
            party.taxonomy = elements.text(position, 3)
        elif tag == "REF":
            _read_reference(elements, position, party, of_another_payer)
        elif tag == "DMG":
            _read_demographics(elements, position, party)
        elif tag == "DTP":
            qualifier = elements.text(position, 1)
            if qualifier == _DECIDED and qualifier in party.dates:
                elements.note(position, f"a second DTP*{_DECIDED}", "one in a loop 2330B", status=UNPROCESSABLE)
            days = elements.dates(position)
            if days is not None:
                party.dates[qualifier] = days.effective
        if tag in ("N3", "N4"):
            if previous and previous != "N3":
                elements.note(
                    position,
                    f"{tag} after {previous}",
                    "N3, then N4, then DMG, REF and PER",
                    status=UNPROCESSABLE,
                )
            previous = tag
        position += 1
    return party, position


def _read_reference(elements: Elements, position: int, party: Party, of_another_payer: bool) -> None:
    qualifier = elements.text(position, 1)
    if qualifier in _REFERENCES_OF_CLAIMS and not of_another_payer:
        found = f"'{qualifier}' in the loop of {elements.loop_name(party.index)}"
        elements.note(position, found, "the claim's and the line's references before NM1", element=1)
    party.references.setdefault(qualifier, elements.text(position, 2))


def _read_demographics(elements: Elements, position: int, party: Party) -> None:
    party.birth_date = elements.date(position, 2, status="A7:158")
    sex = elements.text(position, 3)
    if sex not in _SEXES:
        elements.note(position, elements.found(position, 3, sex), "F, M or U", element=3, status=INVALID)
    party.sex = _SEXES.get(sex, Sex.UNKNOWN)
