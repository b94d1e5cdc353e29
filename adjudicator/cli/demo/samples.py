"""Writes the demo payer's sample 837 from claims.toml, where each claim says what it shows and what must become of it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

import msgspec

from adjudicator.cli.demo.people import GROUPS, Group, Person
from adjudicator.model.case import Member
from adjudicator.model.money import cents_from_text, dollars

RECEIVED_ON = dt.date(2026, 3, 20)
DECIDED_ON = dt.date(2026, 3, 21)
"""The days on which the demo takes place: with them pinned, nothing turns with the calendar."""
PAYER_NAME, PAYER_ID = "MEADOWLARK MUTUAL", "MDWLK"
SUBMITTER_NAME, SUBMITTER_ID = "DEMO CLEARINGHOUSE", "DEMOCLEAR"
GUIDE = "005010X222A1"
_SELF = "18"


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of claims.toml. Amounts are dollars and quantities units, as texts."""


class SampleLine(_Written, frozen=True):
    """One service line."""

    procedure: str
    date: dt.date
    charge: str
    modifiers: tuple[str, ...] = ()
    units: str = "1"
    place: str = "11"
    pointers: tuple[int, ...] = (1,)


class ExpectedLine(_Written, frozen=True):
    """What must become of one line of a final claim."""

    allowed: str
    paid: str
    unpaid: Mapping[str, str]
    """Dollars by reason: group, CARC and remarks, such as ``CO-16 M81``."""
    remarks: tuple[str, ...] = ()
    """Remarks that stand beside the reasons."""


class Expectation(_Written, frozen=True):
    """What must become of a claim."""

    ending: str
    lines: tuple[ExpectedLine, ...] = ()
    rules: tuple[str, ...] = ()
    """Rules that deny, hold or reject it."""
    queue: str = ""
    statuses: tuple[str, ...] = ()
    element: str = ""
    """Of an unreadable claim: the element at fault."""
    once_allowed: "Expectation | None" = None
    """After a reviewer has allowed what holds it."""


class SampleClaim(_Written, frozen=True):
    """One claim; what is empty is sent as it should be."""

    number: str
    shows: str
    billing: str
    """Key of the group in ``people.GROUPS``."""
    patient: str
    """Member number."""
    diagnoses: tuple[str, ...]
    lines: tuple[SampleLine, ...]
    expect: Expectation
    total: str = ""
    npi: str = ""
    member_id: str = ""
    last_name: str = ""
    authorization: str = ""
    delay_reason: str = ""


class SampleInterchange(_Written, frozen=True):
    """One interchange with its delimiters."""

    control_number: int
    element: str
    component: str
    repetition: str
    segment: str
    claim: tuple[SampleClaim, ...]
    test: bool = False


class _Samples(_Written, frozen=True):
    interchange: tuple[SampleInterchange, ...]


def read_samples(file: Path) -> tuple[SampleInterchange, ...]:
    """The interchanges of claims.toml."""
    return msgspec.toml.decode(file.read_bytes(), type=_Samples).interchange


def write_837(interchanges: tuple[SampleInterchange, ...], people: tuple[Person, ...]) -> str:
    """The interchanges as one file, a segment a line; one transaction for each billing provider."""
    members = {person.member.member_id: person.member for person in people}
    return "".join(_interchange(interchange, members) for interchange in interchanges)


Segment = tuple["str | tuple[str, ...]", ...]
"""Elements; an element that is a tuple is a composite."""


def _interchange(sample: SampleInterchange, members: Mapping[str, Member]) -> str:
    day, number = RECEIVED_ON.strftime("%y%m%d"), f"{sample.control_number:09d}"
    usage = "T" if sample.test else "P"
    transactions = [
        list(_transaction(f"{position:04d}", tuple(claims), members))
        for position, (_, claims) in enumerate(groupby(sample.claim, lambda claim: claim.billing), start=1)
    ]
    segments: list[Segment] = [
        ("ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{SUBMITTER_ID:<15}", "ZZ", f"{PAYER_ID:<15}", day, "0800",
         sample.repetition, "00501", number, "0", usage, sample.component),
        ("GS", "HC", SUBMITTER_ID, PAYER_ID, f"20{day}", "0800", str(sample.control_number), "X", GUIDE),
        *(segment for transaction in transactions for segment in transaction),
        ("GE", str(len(transactions)), str(sample.control_number)),
        ("IEA", "1", number),
    ]  # fmt: skip
    return "".join(
        sample.element.join(
            element if isinstance(element, str) else sample.component.join(element).rstrip(sample.component)
            for element in segment
        ).rstrip(sample.element)
        + f"{sample.segment}\n"
        for segment in segments
    )


def _transaction(number: str, claims: tuple[SampleClaim, ...], members: Mapping[str, Member]) -> Iterator[Segment]:
    body = list(_body(number, claims, members))
    yield ("ST", "837", number, GUIDE)
    yield from body
    yield ("SE", str(len(body) + 2), number)


def _body(number: str, claims: tuple[SampleClaim, ...], members: Mapping[str, Member]) -> Iterator[Segment]:
    yield (
        "BHT",
        "0019",
        "00",
        f"DEMO{claims[0].billing.upper()}{number}",
        RECEIVED_ON.strftime("%Y%m%d"),
        "0800",
        "CH",
    )
    yield ("NM1", "41", "2", SUBMITTER_NAME, "", "", "", "", "46", SUBMITTER_ID)
    yield ("PER", "IC", "DEMO DESK", "TE", "4025550111")
    yield ("NM1", "40", "2", PAYER_NAME, "", "", "", "", "46", PAYER_ID)
    billing_level = level = 0
    npi = ""
    for claim in claims:
        group = GROUPS[claim.billing]
        if (claim.npi or group.billing.npi) != npi:
            npi = claim.npi or group.billing.npi
            level += 1
            billing_level = level
            yield from _billing(level, group, npi)
        member = members[claim.patient]
        subscriber = members[f"{claim.patient[:6]}01"]
        level += 1
        is_self = member.relationship == _SELF
        yield from _subscriber(level, billing_level, claim, subscriber, is_self=is_self)
        if not is_self:
            level += 1
            yield ("HL", str(level), str(level - 1), "23", "0")
            yield ("PAT", member.relationship)
            yield ("NM1", "QC", "1", claim.last_name or member.last_name, member.first_name)
            yield from _lives_and_born(member)
        yield from _claim(claim, group)


def _billing(level: int, group: Group, npi: str) -> Iterator[Segment]:
    billing = group.billing
    yield ("HL", str(level), "", "20", "1")
    yield ("PRV", "BI", "PXC", billing.taxonomy)
    yield ("NM1", "85", "2", billing.name, "", "", "", "", "XX", npi)
    yield ("N3", billing.address.line_1)
    yield ("N4", billing.address.city, billing.address.state, billing.address.postal_code)
    yield ("REF", "EI", billing.tax_id)


def _subscriber(
    level: int, billing_level: int, claim: SampleClaim, subscriber: Member, *, is_self: bool
) -> Iterator[Segment]:
    last_name = claim.last_name if is_self and claim.last_name else subscriber.last_name
    yield ("HL", str(level), str(billing_level), "22", "0" if is_self else "1")
    yield ("SBR", "P", _SELF if is_self else "", "DEMO GROUP", "", "", "", "", "", "CI")
    number = claim.member_id or subscriber.member_id
    yield ("NM1", "IL", "1", last_name, subscriber.first_name, "", "", "", "MI", number)
    if is_self:
        yield from _lives_and_born(subscriber)
    yield ("NM1", "PR", "2", PAYER_NAME, "", "", "", "", "PI", PAYER_ID)


def _lives_and_born(member: Member) -> Iterator[Segment]:
    yield ("N3", f"{int(member.family_id.removeprefix('FF'))} FICTION LANE")
    yield ("N4", "SAMPLETON", "NE", "68001")
    yield ("DMG", "D8", member.birth_date.strftime("%Y%m%d"), member.sex.value)


def _claim(claim: SampleClaim, group: Group) -> Iterator[Segment]:
    place = claim.lines[0].place
    total = claim.total or _sum(line.charge for line in claim.lines)
    heading: Segment = ("CLM", claim.number, _amount(total), "", "", (place, "B", "1"), "Y", "A", "Y", "Y")
    yield (*heading, *[""] * 10, claim.delay_reason) if claim.delay_reason else heading
    if claim.authorization:
        yield ("REF", "G1", claim.authorization)
    principal, *others = claim.diagnoses
    yield ("HI", ("ABK", principal), *(("ABF", code) for code in others))
    yield ("NM1", "82", "1", group.rendering.name, group.rendering.first_name, "", "", "", "XX", group.rendering.npi)
    yield ("PRV", "PE", "PXC", group.rendering.taxonomy)
    for position, line in enumerate(claim.lines, start=1):
        yield ("LX", str(position))
        procedure = ("HC", line.procedure, *line.modifiers)
        pointers = tuple(str(pointer) for pointer in line.pointers)
        own_place = line.place if line.place != place else ""
        yield ("SV1", procedure, _amount(line.charge), "UN", line.units, own_place, "", pointers)
        yield ("DTP", "472", "D8", line.date.strftime("%Y%m%d"))
        yield ("REF", "6R", f"{claim.number}-{position}")


def _sum(charges: Iterator[str]) -> str:
    return dollars(sum(cents_from_text(charge) for charge in charges)).replace(",", "")


def _amount(written: str) -> str:
    """An amount as X12 writes it, without zeros that say nothing."""
    return written.rstrip("0").rstrip(".") if "." in written else written
