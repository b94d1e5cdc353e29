"""Reads the payer's own CSV file of providers: what our provider file says of each, and says everything that is wrong at once.

A message names file, line and column, what was found and what to write.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import msgspec

from adjudicator.cli.csv_table import Column, Row, Table
from adjudicator.model.case import (
    Affiliation,
    CertificateLevel,
    LaboratoryCertificate,
    ProviderKind,
    ProviderRecord,
    Sanction,
)
from adjudicator.model.codes import CERTIFICATE, TAX_IDENTIFIER, TAXONOMY, npi_is_valid
from adjudicator.model.dates import Span

PROVIDERS = (
    Column("npi", "the provider's NPI, ten digits with a right check digit"),
    Column("name", "name"),
    Column("kind", "practitioner, group or facility"),
    Column("record", "what the row says; empty when it only says that we know the provider", may_be_empty=True),
    Column("value", "tax id, list, certificate, taxonomy or family, as the record wants it", may_be_empty=True),
    Column("effective", "first day, such as 2026-01-01", may_be_empty=True),
    Column("ends", "last day; empty while it has none", may_be_empty=True),
)
"""providers.csv: a row for each fact about a provider; a provider with two facts has two rows."""

RECORDS = {
    "enrolled": "",
    "works_for": "the tax id of the group whose roster it is on, nine digits",
    "roster": "",
    "sanctioned": "the list that names it, such as OIG-LEIE",
    "orders": "",
    "clia": "the certificate's number, such as 28D1234567",
    "clia_microscopy": "the certificate's number, such as 28D1234567",
    "clia_waiver": "the certificate's number, such as 28D1234567",
    "taxonomy": "a taxonomy code of ten characters, such as 207Q00000X",
    "family": "its family_id in members.csv",
    "qualifying": "",
    "nonparticipating": "",
}
"""What a row of providers.csv may say, and what its value is then; empty for no value."""
_LEVELS = {
    "clia": CertificateLevel.FULL,
    "clia_microscopy": CertificateLevel.MICROSCOPY,
    "clia_waiver": CertificateLevel.WAIVER,
}
"""Records of laboratory certificates, and what tests each is for."""
_TIMELESS = ("taxonomy", "family")
"""Records that hold for all days."""


def read_providers(path: Path) -> list[ProviderRecord]:
    """The providers of a file, each with all its facts, in the file's order.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = Table(path, PROVIDERS)
    found: dict[str, ProviderRecord] = {}
    first_line: dict[str, int] = {}
    spans: dict[tuple[str, str, str], list[tuple[Span, int]]] = defaultdict(list)
    for row in table.rows():
        named = ProviderRecord(
            npi=row.matching("npi", npi_is_valid, "ten digits with a right check digit"),
            name=row.text("name"),
            kind=ProviderKind(
                row.one_of("kind", [kind.value for kind in ProviderKind], ProviderKind.PRACTITIONER.value)
            ),
        )
        before = found.setdefault(named.npi, named)
        line = first_line.setdefault(named.npi, row.line)
        for column in ("name", "kind"):
            if row.good and getattr(before, column) != getattr(named, column):
                row.wrong(column, f"found another value than in line {line}; write the same in all rows of a provider")
        if not any(row.sent(column) for column in ("record", "value", "effective", "ends")):
            continue
        record, value, span = _fact_of(row)
        if row.good and record not in _TIMELESS:
            spans[named.npi, record, value].append((span, row.line))
        found[named.npi] = _with_fact(before, record, value, span)
    for stretches in spans.values():
        table.refuse_overlaps(stretches)
    table.finish()
    return list(found.values())


def _fact_of(row: Row) -> tuple[str, str, Span]:
    """What a row of providers.csv says: its record, value and days."""
    record = row.one_of("record", RECORDS)
    value, wanted = row.text("value"), RECORDS.get(record, "")
    fits: Callable[[str], object] = {
        "works_for": TAX_IDENTIFIER.match,
        **dict.fromkeys(_LEVELS, CERTIFICATE.match),
        "taxonomy": TAXONOMY.match,
    }.get(record, bool)
    if not wanted and record and value:
        row.wrong("value", f"found {row.shown('value')} on {record}, write nothing")
    elif wanted and not fits(value):
        # What a family is called identifies its members.
        row.wrong(
            "value", f"found {'something else' if value and record == 'family' else row.shown('value')}, write {wanted}"
        )
    if record not in _TIMELESS:
        return record, value, row.span()
    for column in ("effective", "ends"):
        if row.sent(column):
            row.wrong(column, f"found {row.shown(column)} on {record}, which holds for all days; write nothing")
    return record, value, Span(dt.date.min)


def _with_fact(known: ProviderRecord, record: str, value: str, span: Span) -> ProviderRecord:
    """A provider's record with one fact more."""
    match record:
        case "enrolled":
            return msgspec.structs.replace(known, enrolled=(*known.enrolled, span))
        case "roster":
            return msgspec.structs.replace(known, roster=(*known.roster, span))
        case "works_for":
            return msgspec.structs.replace(known, groups=(*known.groups, Affiliation(value, span)))
        case "sanctioned":
            return msgspec.structs.replace(known, sanctions=(*known.sanctions, Sanction(value, span)))
        case "orders":
            return msgspec.structs.replace(known, orders=(*known.orders, span))
        case "clia" | "clia_microscopy" | "clia_waiver":
            certificate = LaboratoryCertificate(value, span, _LEVELS[record])
            return msgspec.structs.replace(known, certificates=(*known.certificates, certificate))
        case "qualifying":
            return msgspec.structs.replace(known, qualifying=(*known.qualifying, span))
        case "nonparticipating":
            return msgspec.structs.replace(known, nonparticipating=(*known.nonparticipating, span))
        case "taxonomy":
            return msgspec.structs.replace(known, taxonomies=(*known.taxonomies, value))
        case _:
            return msgspec.structs.replace(known, family_id=value)
