"""The National Correct Coding Initiative's quarterly files: pairs of procedures, unit limits, add-on codes.

Each reader packs what is in force at any time since ``rows.since``, the first day of the version that binds the file: rows that
ended before are met by no line. The file of a quarter is complete; rows that were deleted stand in it with their last day.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator

import msgspec

from adjudicator.model.dates import Span
from adjudicator.policy.coding_tables import AddOn, PairEdit, UnitLimit
from adjudicator.policy.load.mistakes import either, shown
from adjudicator.policy.load.publishers.rows import DAY, Bare, Column, Rows, day_of, end_of, procedure_mistake
from adjudicator.policy.packed import PairPacker, RowPacker

PAYER_NAMES = "CCCCC"
"""Stands in place of a primary procedure where the payer names the primaries."""
NOT_APPLICABLE = "9"
"""Modifier indicator of a pair that was deleted as of its first day: it never holds."""
ONE_DAY = dt.timedelta(days=1)
_MODIFIER_INDICATORS = ("0", "1", NOT_APPLICABLE)
_ADJUDICATION_INDICATORS = ("1", "2", "3")
_ADD_ON_TYPES = ("1", "2", "3")
_NEVER_MET = -1

_PAIR_COLUMNS = (
    Column("column_1", "column_?1(_code)?"),
    Column("column_2", "column_?2(_code)?"),
    Column("effective", "effective.*", needed=False),
    Column("deletion", "deletion.*"),
    Column("modifier_indicator", "modifier.*"),
    Column("rationale", ".*rationale", needed=False),
)
_PAIRS_BARE = Bare(
    ("column_1", "column_2", "", "effective", "deletion", "modifier_indicator", "rationale"),
    re.compile(r"\s*[0-9A-Z]{1,5}\s*"),
    fewest=6,
    fixed=re.compile(
        r"\s*([0-9A-Z]{1,5})\s+([0-9A-Z]{1,5})\s+(\*?)\s*(\d{8}|\d{4}-\d\d-\d\d)\s*(\d{8}|\d{4}-\d\d-\d\d|\*)\s+(\S)(?!\S)\s*(.*)"
    ),
)
"""The publisher's text without its title rows; the third column says whether the pair is older than 1996."""
_LIMIT_COLUMNS = (
    Column("hcpcs_code", "(.*_)?hcpcs_(cpt_)?code"),
    Column("mue_units", "mue_units|.*mue_values?"),
    Column("mue_mai", "mue_mai|mue_adjudication_indicator"),
    Column("mue_rationale", "mue_rationale", needed=False),
)
_ADD_ON_COLUMNS = (
    Column("add_on_code", "add_?on(_code)?|aoc(_code)?"),
    Column("primary_code", "primary(_code)?"),
    Column("aoc_edit_type", "(aoc_|add_?on_code_)?(edit_)?type"),
    Column("aoc_edit_eff_dt", "aoc_edit_eff(ective)?_?(dt|date)", needed=False),
    Column("aoc_edit_del_dt", "aoc_edit_del(etion)?_?(dt|date)", needed=False),
    Column("primary_code_del_dt", "primary_code_del(etion)?_?(dt|date)", needed=False),
    Column("aoc_del_dt", "(aoc|add_?on)_del(etion)?_?(dt|date)", needed=False),
)


def pack_pairs(rows: Rows, source: str) -> bytes:
    """Procedure pairs: with effective and deletion days as the publisher gives them, or with the deletion day alone."""
    packer = PairPacker[PairEdit]()
    codes: dict[str, str] = {}
    edits: dict[tuple[str, ...], int] = {}
    for number, (one, two, *said) in rows.under(_PAIR_COLUMNS, _PAIRS_BARE):
        first = codes.get(one) or _procedure(rows, number, "column_1", one, codes)
        second = codes.get(two) or _procedure(rows, number, "column_2", two, codes)
        told = tuple(said)
        record = edits.get(told)
        if record is None:
            edit = _pair_edit(rows, number, said)
            if edit is None:
                continue
            # Only right rows are remembered: every wrong one is told.
            record = edits[told] = _NEVER_MET if _is_over(edit, rows.since) else packer.record(edit)
        if record != _NEVER_MET and first and second:
            packer.add(first, second, record)
    again: dict[tuple[str, str], list[PairEdit]] = {}

    def repeated(one: str, two: str, found: list[PairEdit]) -> None:
        if any(_overlap(edit.span, other.span) for edit, other in itertools.combinations(found, 2)):
            again[one, two] = found

    packed = packer.packed(source, repeated)
    if again and not rows.mistakes:
        _tell_pairs_again(rows, again)
    return packed


def pair_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of pairs as a key and what is said of it; nothing is checked."""
    for _, (one, two, *said) in rows.under(_PAIR_COLUMNS, _PAIRS_BARE):
        yield f"{one} {two}", " ".join(filter(None, said))


def _pair_edit(rows: Rows, number: int, said: list[str]) -> PairEdit | None:
    effective, deletion, indicator, rationale = said
    before = len(rows.mistakes)
    begins = rows.since if not effective else _day(rows, number, "effective", effective)
    ends = _end(rows, number, "deletion", deletion)
    if indicator not in _MODIFIER_INDICATORS:
        write = f"write {either(_MODIFIER_INDICATORS)}"
        rows.mistake(number, "modifier_indicator", f"found {shown(indicator)}; {write}")
    if effective and begins and ends and ends < begins:
        rows.mistake(number, "deletion", f"found {deletion} before effective {effective}; write a later day")
    if len(rows.mistakes) > before:
        return None
    return PairEdit(indicator, Span(begins or rows.since, ends), rationale)


def _is_over(edit: PairEdit, since: dt.date) -> bool:
    return edit.modifier_indicator == NOT_APPLICABLE or (edit.span.ends is not None and edit.span.ends < since)


def _tell_pairs_again(rows: Rows, again: dict[tuple[str, str], list[PairEdit]]) -> None:
    """Say in which rows a pair stands twice for a day: the file is read once more, because nobody remembers rows."""
    earlier: dict[tuple[str, str], list[tuple[int, PairEdit]]] = {}
    for number, (one, two, *said) in rows.under(_PAIR_COLUMNS, _PAIRS_BARE):
        if (one, two) not in again:
            continue
        edit = _pair_edit(rows, number, said)
        if edit is None or _is_over(edit, rows.since):
            continue
        for row, other in earlier.setdefault((one, two), []):
            if _overlap(edit.span, other.span):
                message = (
                    f"found {one} with {two} again, in force on days of row {row} too; write a pair once for a day"
                )
                rows.mistake(number, "column_1", message)
                break
        earlier[one, two].append((number, edit))


def pack_limits(rows: Rows, source: str) -> bytes:
    """Unit limits. The file has no days: it holds for its quarter."""
    packer = RowPacker[UnitLimit]()
    seen: dict[str, int] = {}
    for number, (code, units, indicator, rationale) in rows.under(_LIMIT_COLUMNS):
        before = len(rows.mistakes)
        _check_procedure(rows, number, "hcpcs_code", code)
        if not re.fullmatch(r"\d{1,7}", units):
            rows.mistake(number, "mue_units", f"found {shown(units)}; write a whole number of units")
        if indicator[:1] not in _ADJUDICATION_INDICATORS or (indicator[1:2] or " ") != " ":
            write = f"write {either(_ADJUDICATION_INDICATORS)}"
            rows.mistake(number, "mue_mai", f"found {shown(indicator)}; {write}")
        if code in seen:
            rows.mistake(number, "hcpcs_code", f"found {code} again after row {seen[code]}; write each code once")
        seen.setdefault(code, number)
        if len(rows.mistakes) == before:
            packer.add(code, UnitLimit(int(units), indicator[0], rationale))
    return packer.packed(source)


def limit_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of unit limits as a key and what is said of it; nothing is checked."""
    for _, (code, *said) in rows.under(_LIMIT_COLUMNS):
        yield code, " ".join(filter(None, said))


class _Primary(msgspec.Struct, frozen=True):
    """One row of the add-on file."""

    row: int
    primary: str
    type: str
    span: Span


def pack_add_ons(rows: Rows, source: str) -> bytes:
    """Add-on codes with their primaries, cut into the stretches of days in which the primaries stay the same."""
    by_code: dict[str, list[_Primary]] = {}
    for number, (code, primary, kind, *days) in rows.under(_ADD_ON_COLUMNS):
        found = _primary(rows, number, code, primary, kind, days)
        if found is None or (found.span.ends is not None and found.span.ends < rows.since):
            continue
        held = by_code.setdefault(code, [])
        for other in held:
            if not _overlap(found.span, other.span):
                continue
            if other.primary == found.primary:
                again = f"found {code} with {primary} again, in force on days of row {other.row} too"
                rows.mistake(number, "primary_code", f"{again}; write a pair once for a day")
                break
            if other.type != found.type:
                rows.mistake(
                    number,
                    "aoc_edit_type",
                    f"found type {kind} for {code}, which is of type {other.type} in row {other.row}; write one type",
                )
                break
        held.append(found)
    packer = RowPacker[AddOn]()
    for code, primaries in by_code.items():
        for span in _pieces(row.span for row in primaries):
            now = [row for row in primaries if row.span.covers(span.effective)]
            if now:
                named = frozenset(row.primary for row in now)
                packer.add(code, AddOn(now[0].type, named - {PAYER_NAMES}, PAYER_NAMES in named, span))
    return packer.packed(source)


def add_on_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of add-on codes as a key and what is said of it; nothing is checked."""
    for _, (code, primary, kind, *days) in rows.under(_ADD_ON_COLUMNS):
        yield f"{code} {primary}", " ".join(filter(None, (f"type {kind}", *days)))


def _primary(rows: Rows, number: int, code: str, primary: str, kind: str, days: list[str]) -> _Primary | None:
    before = len(rows.mistakes)
    effective, *deletions = days
    _check_procedure(rows, number, "add_on_code", code)
    if primary != PAYER_NAMES:
        _check_procedure(rows, number, "primary_code", primary)
    if kind not in _ADD_ON_TYPES:
        rows.mistake(number, "aoc_edit_type", f"found {shown(kind)}; write {either(_ADD_ON_TYPES)}")
    begins = _day(rows, number, "aoc_edit_eff_dt", effective) if effective else rows.since
    names = ("aoc_edit_del_dt", "primary_code_del_dt", "aoc_del_dt")
    ends = [_end(rows, number, name, text) for name, text in zip(names, deletions, strict=True)]
    if len(rows.mistakes) > before:
        return None
    return _Primary(number, primary, kind, Span(begins or rows.since, min((day for day in ends if day), default=None)))


def _pieces(spans: Iterable[Span]) -> Iterator[Span]:
    """The stretches between the days on which any of some spans begins or has ended."""
    starts: set[dt.date] = set()
    for span in spans:
        starts.add(span.effective)
        if span.ends is not None:
            starts.add(span.ends + ONE_DAY)
    days = sorted(starts)
    for start, following in itertools.zip_longest(days, days[1:]):
        yield Span(start, following - ONE_DAY if following else None)


def _overlap(one: Span, other: Span) -> bool:
    return one.covers(other.effective) or other.covers(one.effective)


def _procedure(rows: Rows, number: int, column: str, text: str, known: dict[str, str]) -> str:
    """A procedure code, remembered if it is a right one; empty for another, which is told."""
    if not _check_procedure(rows, number, column, text):
        return ""
    known[text] = text
    return text


def _check_procedure(rows: Rows, number: int, column: str, text: str) -> bool:
    wrong = procedure_mistake(text)
    if wrong:
        rows.mistake(number, column, wrong)
    return not wrong


def _day(rows: Rows, number: int, column: str, text: str) -> dt.date | None:
    try:
        return day_of(text)
    except ValueError:
        rows.mistake(number, column, f"found {shown(text)}; write {DAY}")
        return None


def _end(rows: Rows, number: int, column: str, text: str) -> dt.date | None:
    try:
        return end_of(text)
    except ValueError:
        rows.mistake(number, column, f"found {shown(text)}; write {DAY}, or * for none")
        return None
