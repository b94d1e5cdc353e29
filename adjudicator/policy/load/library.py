"""All policy files of one payer, read and indexed by path: what the checks and the compiler look things up in."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from adjudicator.model.dates import Span
from adjudicator.policy.code_lists import CodeEntry
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.load.compiled import compiled
from adjudicator.policy.load.documents import (
    DOCUMENTS,
    FOLDERS,
    PayerVersion,
    SetDocument,
    TableDocument,
    TableVersion,
)
from adjudicator.policy.load.mistakes import PolicyError, either, shown
from adjudicator.policy.load.publishers.layouts import BIG_LISTS, CODING_LISTS, Packed
from adjudicator.policy.load.reading import read_as
from adjudicator.policy.load.scalars import ANY, CODE_KINDS
from adjudicator.policy.load.table_files import Progress, checksum_of
from adjudicator.policy.load.tables import CODE_LIST, layouts_of, read_codes
from adjudicator.policy.load.text import Place, Text
from adjudicator.policy.load.versions import Document, Part, Version, Withdrawal

ONE_DAY = dt.timedelta(days=1)
DOCUMENT, EXAMPLES, TABLES = ".yaml", ".test.yaml", (".csv", ".txt", ".tsv", ".gz", ".zip")
"""Endings of the files of a policy set; those of tables stand in ``tables/``, where a CSV may stand elsewhere too."""

CODE_FIELDS = {
    "for_": "procedures",
    "procedures": "procedures",
    "never": "procedures",
    "waiting_for": "procedures",
    "one_a_day": "procedures",
    "beside": "procedures",
    "seen": "procedures",
    "included_visits": "procedures",
    "fractional_units": "procedures",
    "includes": "procedures",
    "untimed": "procedures",
    "add_on_codes": "procedures",
    "diagnoses": "diagnoses",
    "primary_diagnosis": "diagnoses",
    "claim_diagnoses": "diagnoses",
    "modifiers": "modifiers",
    "neutral_modifiers": "modifiers",
    "duplicate_bypass_modifiers": "modifiers",
    "substitute_modifiers": "modifiers",
    "hospice_modifiers": "modifiers",
    "split_care_modifiers": "modifiers",
    "informational": "modifiers",
    "separate_sessions": "modifiers",
    "apart_modifiers": "modifiers",
    "apart_before": "modifiers",
    "apart_same_day": "modifiers",
    "apart_after": "modifiers",
    "operations_apart": "modifiers",
    "open_no_period": "modifiers",
    "operation": "modifiers",
    "professional": "modifiers",
    "technical": "modifiers",
    "unchanged": "modifiers",
    "by_report": "modifiers",
    "never_with": "modifiers",
    "left": "modifiers",
    "right": "modifiers",
    "care": "modifiers",
    "joint": "modifiers",
    "inpatient_places": "places",
    "reporting_codes": "procedures",
    "places": "places",
    "drug_codes": "drugs",
}
"""Fields of the document models that hold a list of codes, and of which kind."""


def content_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that make a policy set what it is: documents and tables, without examples and explanations."""
    return {
        path: files[path]
        for path in sorted(files)
        if (path.endswith(DOCUMENT) and not path.endswith(EXAMPLES)) or is_table(path)
    }


def is_table(path: str) -> bool:
    """Whether a file can hold a table."""
    return path.endswith(".csv") or (path.startswith("tables/") and path.endswith(TABLES))


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the content of a policy set: path, length and bytes of each file, in the order of the paths."""
    digest = hashlib.sha256()
    for path, content in content_of(files).items():
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


class Entry:
    """One document: its text, and its model when the text fits it."""

    def __init__(self, path: str, text: Text) -> None:
        """Check a file against the model of its kind."""
        self.path = path
        self.text = text
        self.kind = ""
        self.document: Document[Any] | None = None
        self.versions: list[tuple[int, Any, Span]] = []
        """Position in the file, model and span of each version that is not a withdrawal, newest first."""
        if text.value is None:
            return
        kind = text.value.get("kind") if isinstance(text.value, dict) else None
        if not isinstance(kind, str) or kind not in DOCUMENTS:
            found = f"kind {shown(kind)}" if kind else "no kind"
            text.mistake(("kind",), f"found {found}; write kind: {either(DOCUMENTS)}")
            return
        self.kind = kind
        folder = FOLDERS.get(kind)
        if folder is None and path != kind:
            text.mistake(("kind",), f"found kind {kind} in this file; write it as {kind}{DOCUMENT}")
        elif folder is not None and not path.startswith(f"{folder}/"):
            text.mistake(
                ("kind",), f"found kind {kind} outside of {folder}/; move the file there or write another kind"
            )
        self.document = read_as(DOCUMENTS[kind], text)
        if self.document is not None:
            self.versions = list(_dated(self.document, text))

    def first_gap(self, span: Span) -> dt.date | None:
        """The first day of a span on which no version is in force; None when there is none."""
        day = span.effective
        for _, _, own in reversed(self.versions):
            if own.covers(day):
                if own.ends is None or (span.ends is not None and span.ends <= own.ends):
                    return None
                day = own.ends + ONE_DAY
        return day

    def version_on(self, day: dt.date) -> Any:
        """The model of the version in force on a day; None when there is none."""
        return next((version for _, version, span in self.versions if span.covers(day)), None)


class Library:
    """Every document of a policy set by path, with its code sets and code tables."""

    def __init__(self, files: Mapping[str, bytes], progress: Progress | None = None) -> None:
        """Read every file; the mistakes of all of them are in ``mistakes``.

        Args:
            files: content by path.
            progress: told how far the compiling of a big table is.
        """
        self.files = content_of(files)
        self.table_mistakes: list[PolicyError] = [
            PolicyError(path, 1, "", "found the ending .yml; rename the file to end in .yaml")
            for path in files
            if path.endswith(".yml")
        ]
        self.entries = {
            path.removesuffix(DOCUMENT): Entry(path.removesuffix(DOCUMENT), Text(path, content))
            for path, content in self.files.items()
            if path.endswith(DOCUMENT)
        }
        self._sets = {
            entry.path: [(span, code_set(version.codes, entry.document.of)) for _, version, span in entry.versions]
            for entry in self.entries.values()
            if isinstance(entry.document, SetDocument) and _codes_fit(entry.document, entry.text)
        }
        self.codes_of_tables: dict[tuple[str, int], dict[str, tuple[CodeEntry, ...]]] = {}
        """Entries by document path and position of the version."""
        self.big_tables: dict[tuple[str, int], Packed] = {}
        """Packed coding and fee tables by document path and position of the version."""
        self._read_tables(progress)
        self._in_order: dict[int, list[str]] = {}

    @property
    def mistakes(self) -> list[PolicyError]:
        """Everything found wrong so far."""
        return [*self.table_mistakes, *(m for entry in self.entries.values() for m in entry.text.mistakes)]

    @property
    def warnings(self) -> list[PolicyError]:
        """Everything doubtful so far that keeps no set from being put in force."""
        return [warning for entry in self.entries.values() for warning in entry.text.warnings]

    def of_kind(self, kind: str) -> Iterator[Entry]:
        """The readable documents of a kind, in the order of their paths."""
        return (entry for entry in self.entries.values() if entry.kind == kind and entry.document is not None)

    def payer_on(self, day: dt.date) -> PayerVersion | None:
        """The payer's version in force on a day."""
        payer = self.entries.get("payer")
        version = payer.version_on(day) if payer else None
        return version if isinstance(version, PayerVersion) else None

    def code(self, lists: str, code: str, day: dt.date) -> CodeEntry | None:
        """A code's entry on a day, in the table that lists its kind."""
        return next((entry for entry in self.code_entries(lists, code, day) if entry.span.covers(day)), None)

    def code_entries(self, lists: str, code: str, day: dt.date) -> tuple[CodeEntry, ...]:
        """Everything that the tables in force on a day say of a code."""
        return tuple(
            row
            for entry in self.of_kind("table")
            if isinstance(entry.document, TableDocument) and entry.document.lists == lists
            for position, _, span in entry.versions
            if span.covers(day)
            for row in self.codes_of_tables.get((entry.path, position), {}).get(code, ())
        )

    def code_set(self, items: tuple[str, ...], lists: str, day: dt.date) -> CodeSet:
        """A list of codes as it is written, with every set that it names as it is on a day."""
        parts = [code_set(tuple(item for item in items if not item.startswith("sets/")), lists)]
        for item in items:
            parts += [codes for span, codes in self._sets.get(item, ()) if span.covers(day)]
        return CodeSet(
            codes=frozenset().union(*(part.codes for part in parts)),
            prefixes=tuple(dict.fromkeys(prefix for part in parts for prefix in part.prefixes)),
            ranges=tuple(dict.fromkeys(bounds for part in parts for bounds in part.ranges)),
            everything=any(part.everything for part in parts),
        )

    def days_of_set(self, path: str, span: Span) -> list[dt.date]:
        """The first day of a span, and every later one on which a set changes."""
        starts = {max(own.effective, span.effective) for own, _ in self._sets.get(path, ())}
        return sorted(day for day in starts | {span.effective} if span.covers(day))

    def tables_during(self, lists: str, span: Span) -> list[tuple[Span, dict[str, tuple[CodeEntry, ...]]]]:
        """What the tables of a kind list on the days of a span, with the days of each."""
        return [
            (own, self.codes_of_tables[entry.path, position])
            for entry in self.of_kind("table")
            if isinstance(entry.document, TableDocument) and entry.document.lists == lists
            for position, _, own in entry.versions
            if (own.covers(span.effective) or span.covers(own.effective))
            and (entry.path, position) in self.codes_of_tables
        ]

    def in_order(self, table: Mapping[str, object]) -> list[str]:
        """The codes of a table in order, sorted once."""
        if id(table) not in self._in_order:
            self._in_order[id(table)] = sorted(table)
        return self._in_order[id(table)]

    def pieces(self, version: Version, span: Span) -> list[Span]:
        """A version's span cut where a set that it names changes, newest first: each piece is a version of its own."""
        cuts = {span.effective}
        for _, items, _ in code_lists(version, ()):
            for item in items:
                starts = (set_span.effective for set_span, _ in self._sets.get(item, ()))
                cuts.update(start for start in starts if span.covers(start))
        days = sorted(cuts)
        ends = [*(day - ONE_DAY for day in days[1:]), span.ends]
        return [Span(start, end) for start, end in zip(days, ends, strict=True)][::-1]

    def _read_tables(self, progress: Progress | None) -> None:
        read: dict[tuple[str, ...], dict[str, tuple[CodeEntry, ...]]] = {}
        for entry in self.of_kind("table"):
            assert isinstance(entry.document, TableDocument)
            lists = entry.document.lists
            layout = BIG_LISTS.get(lists)
            wanted = [layout.name] if layout else layouts_of(lists)
            if lists not in CODING_LISTS and entry.document.missing_period != "pend":
                entry.text.mistake(
                    ("missing_period",), f"found on a table that lists {lists}; leave it out: it is for coding tables"
                )
            for position, version, span in entry.versions:
                place: Place = ("versions", position)
                content = self._bound(entry, place, version)
                if version.layout not in wanted:
                    message = f"found {version.layout} for a table that lists {lists}; write {either(wanted)}"
                    entry.text.mistake((*place, "layout"), message)
                elif content is not None and layout is not None:
                    member = version.member or ""
                    packed, mistakes = compiled(version.file, content, layout, span.effective, member, progress)
                    self.table_mistakes += mistakes
                    if packed is not None:
                        self.big_tables[entry.path, position] = packed
                elif content is not None:
                    # The days of our own lists stand in them, those of a publisher's are often those of its version.
                    key = (version.file, lists, "" if version.layout == CODE_LIST else f"{span} {version.member}")
                    if key not in read:
                        read[key], mistakes = read_codes(version, content, lists, span)
                        self.table_mistakes += mistakes
                    self.codes_of_tables[entry.path, position] = read[key]

    def _bound(self, entry: Entry, place: Place, version: TableVersion) -> bytes | None:
        """The content of the file that a version binds; None where it is not there."""
        content = self.files.get(version.file)
        if content is None:
            entry.text.mistake((*place, "file"), f"found {version.file}, which is not there; write a file's path")
            return None
        checksum = checksum_of(content)
        if checksum != version.sha256:
            entry.text.mistake(
                (*place, "sha256"),
                f"found a checksum that is not that of {version.file}; write {checksum} if the file is meant so",
            )
        return content


def code_lists(part: Part, place: Place) -> Iterator[tuple[Place, tuple[str, ...], str]]:
    """Every list of codes in a part of a document: where it stands, its items, its kind of code."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        here = (*place, field.alias or name)
        if name in CODE_FIELDS and value:
            yield here, value, CODE_FIELDS[name]
        elif isinstance(value, Part):
            yield from code_lists(value, here)
        elif isinstance(value, tuple):
            for position, item in enumerate(value):
                if isinstance(item, Part):
                    yield from code_lists(item, (*here, position))


def _dated(document: Document[Any], text: Text) -> Iterator[tuple[int, Any, Span]]:
    """The span of each version: it lasts until the day before the next newer one; gaps and overlaps are mistakes.

    A version of a coding or fee table lasts as long as its publisher's period: where the next is not bound yet, lines wait.
    """
    newer: dt.date | None = None
    periods = isinstance(document, TableDocument) and document.lists in BIG_LISTS
    older = [*document.versions[1:], None]
    for position, (version, before) in enumerate(zip(document.versions, older, strict=True)):
        place: Place = ("versions", position)
        effective: dt.date = version.effective
        if newer and effective >= newer:
            text.mistake(
                (*place, "effective"),
                f"found {effective} below {newer}; write the newest version first and each day once",
            )
        if isinstance(version, Withdrawal):
            if before is None or isinstance(before, Withdrawal):
                text.mistake(
                    (*place, "withdrawn"), "found a withdrawal with no version before it to withdraw; leave it out"
                )
            elif before.ends and before.ends + ONE_DAY < effective:
                text.mistake(
                    (*place, "effective"),
                    f"found {effective}, but the version before ends on {before.ends}; write effective: {before.ends + ONE_DAY}",
                )
        else:
            ends = version.ends
            if periods and ends is None:
                text.mistake(
                    (*place, "ends"), "found no ends; write the last day of the publisher's period, such as 2026-03-31"
                )
            if ends and ends < effective:
                text.mistake((*place, "ends"), f"found {ends} before effective {effective}; write a later day")
            elif newer and ends and ends >= newer:
                write = f"write {newer - ONE_DAY}" if periods else "leave ends out"
                text.mistake((*place, "ends"), f"found {ends}, which overlaps the version of {newer}; {write}")
            elif newer and ends and ends + ONE_DAY < newer and periods:
                text.warn((*place, "ends"), f"found {ends}, and the next version begins on {newer}; lines between wait")
            elif newer and ends and ends + ONE_DAY < newer:
                text.mistake(
                    (*place, "ends"),
                    f"found {ends}, which leaves a gap before {newer}; leave ends out, or write a version with "
                    f"effective: {ends + ONE_DAY} and withdrawn: true",
                )
            yield position, version, Span(effective, newer - ONE_DAY if newer and not periods else ends)
        newer = effective


def _codes_fit(document: SetDocument, text: Text) -> bool:
    """Whether every code of a set has the shape of its kind; what does not is told."""
    kind = CODE_KINDS[document.of]
    fits = True
    for position, version in enumerate(document.versions):
        for index, item in enumerate(getattr(version, "codes", ())):
            try:
                if item == ANY or item.startswith("sets/"):
                    raise ValueError
                kind.read(item)
            except ValueError:
                fits = False
                text.mistake(
                    ("versions", position, "codes", index),
                    f"found {shown(item)} in a set of {document.of}; write {kind.write.partition(', or a set')[0]}",
                )
    return fits


def code_set(items: tuple[str, ...], lists: str) -> CodeSet:
    """Codes, beginnings and ranges as they are written.

    A range that can be counted out becomes its codes, a range of diagnoses the beginnings that it holds: what is asked
    for every line is then one look-up.
    """
    kind = CODE_KINDS[lists]
    read = [kind.read(item) for item in items]
    ranges = [(first, last) for first, hyphen, last in (item.partition("-") for item in read) if hyphen]
    prefixes = [item.removesuffix("*") for item in read if item.endswith("*")]
    if lists == "diagnoses":
        prefixes += [prefix for first, last in ranges for prefix in _categories(first, last)]
        ranges = []
    codes = {item for item in read if item != ANY and "-" not in item and not item.endswith("*")}
    counted = {bounds: _counted(*bounds) for bounds in ranges}
    return CodeSet(
        codes=frozenset(codes.union(*counted.values())),
        prefixes=tuple(prefixes),
        ranges=tuple(bounds for bounds, inside in counted.items() if not inside),
        everything=ANY in read,
    )


_COUNTABLE = re.compile(r"([A-Z]*)([0-9]+)([A-Z]*)")


def _counted(first: str, last: str) -> frozenset[str]:
    """Every code of a range whose codes differ in their number alone, such as 99202-99215 or E1-E4; else nothing."""
    begin, end = _COUNTABLE.fullmatch(first), _COUNTABLE.fullmatch(last)
    if begin is None or end is None or begin.group(1, 3) != end.group(1, 3) or len(begin[2]) != len(end[2]):
        return frozenset()
    return frozenset(
        f"{begin[1]}{number:0{len(begin[2])}d}{begin[3]}" for number in range(int(begin[2]), int(end[2]) + 1)
    )


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIGNS = "0123456789" + _LETTERS


def _categories(first: str, last: str, prefix: str = "") -> Iterator[str]:
    """The shortest beginnings that together hold exactly the diagnosis categories from ``first`` through ``last``."""
    for sign in _SIGNS if prefix else _LETTERS:
        begin = prefix + sign
        lowest, highest = begin.ljust(3, "0"), begin.ljust(3, "Z")
        if first <= lowest and highest <= last:
            yield begin
        elif first <= highest and lowest <= last:
            yield from _categories(first, last, begin)
