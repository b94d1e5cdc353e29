"""What must be true of every list of codes: each code once and in force, and no row that the rows above leave nothing.

The checks read the forms, not their names: every list of codes and every row with a ``for`` is looked at, whatever kind of
document it stands in.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adjudicator.model.dates import Span
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.load.documents import SetDocument
from adjudicator.policy.load.fee_documents import FeesVersion
from adjudicator.policy.load.library import ONE_DAY, Entry, Library, code_lists, code_set
from adjudicator.policy.load.scalars import ANY, CODE_KINDS
from adjudicator.policy.load.text import Place
from adjudicator.policy.load.versions import Part, Version, parts_of

_EVERY_ROW_COUNTS = ("limits",)
"""Lists whose rows all bear on a service; in the others what a row takes whole is lost to those below."""
_ASKS_NOTHING = {
    "id", "quote", "for_", "in_network", "out_of_network", "method", "from_", "rate", "lesser_of_charge", "otherwise", "then",
    "amount", "escalator", "floor", "ceiling", "rules",
}  # fmt: skip
"""Words of rows that do not choose which services a row is about, beside its codes."""


def check_codes(library: Library, entry: Entry, place: Place, span: Span, version: Version) -> None:
    """Note everything wrong with the codes of one version among the mistakes and warnings of its document's text."""
    for here, items, lists in _lists(entry, place, version):
        for index, item in enumerate(items):
            _once(library, entry, (*here, index), items, index, lists, span)
            if item != ANY and not item.startswith("sets/"):
                _in_force(library, entry, (*here, index), item, lists, span)
    if isinstance(version, FeesVersion):
        for name, fees in (("amounts", version.amounts), ("values", version.values)):
            for code in fees if isinstance(fees, dict) else ():
                _in_force(library, entry, (*place, name, code), code, "procedures", span)
    for here, part in parts_of(version, place):
        for name, field in type(part).model_fields.items():
            rows = getattr(part, name)
            if name not in _EVERY_ROW_COUNTS and isinstance(rows, tuple) and all(hasattr(row, "for_") for row in rows):
                _none_hidden(library, entry, (*here, field.alias or name), rows, version, span)


def holds_all(outer: CodeSet, inner: CodeSet) -> bool:
    """Whether every code of ``inner`` is certain to be in ``outer``, whatever codes are published yet."""
    if outer.everything or inner.everything:
        return outer.everything
    within = [(first, last) for first, last in inner.ranges if not _held(outer, first, last)]
    return not within and all(code in outer for code in inner.codes) and all(_held(outer, p, p) for p in inner.prefixes)


def _held(outer: CodeSet, first: str, last: str) -> bool:
    """Whether one beginning or range of a set holds everything from one code or beginning through another."""
    if any(first.startswith(prefix) and last.startswith(prefix) for prefix in outer.prefixes):
        return True
    return any(len(low) == len(first) and low <= first and last <= high for low, high in outer.ranges)


def disjoint(one: CodeSet, other: CodeSet) -> bool:
    """Whether no code can be in both."""
    if one.everything or other.everything:
        return False
    if any(code in other for code in one.codes) or any(code in one for code in other.codes):
        return False
    spans = [[*((p, p) for p in codes.prefixes), *codes.ranges] for codes in (one, other)]
    return not any(_may_meet(*left, *right) for left in spans[0] for right in spans[1])


def _may_meet(first: str, last: str, other_first: str, other_last: str) -> bool:
    """Whether two beginnings or ranges may hold a code together, as far as their signs go."""
    length = min(len(first), len(other_first))
    return first[:length] <= other_last[:length] and other_first[:length] <= last[:length]


def _lists(entry: Entry, place: Place, version: Version) -> Iterator[tuple[Place, tuple[str, ...], str]]:
    """Every list of codes of a version, in the form in which claims carry them: where, what, of which kind."""
    if isinstance(entry.document, SetDocument):
        kind = CODE_KINDS[entry.document.of]
        try:
            yield (*place, "codes"), tuple(kind.read(item) for item in getattr(version, "codes", ())), kind.lists
        except ValueError:
            return  # told where the set is read
    else:
        yield from code_lists(version, place)


def _once(
    library: Library, entry: Entry, place: Place, items: Sequence[str], index: int, lists: str, span: Span
) -> None:
    """An entry of a list is in no other entry of it; what a named set holds as well is doubtful only: the set may change."""
    item = items[index]
    written = entry.text.at(place)
    if item in items[:index]:
        entry.text.mistake(place, f"found {written} a second time; write it once")
        return
    for other in items:
        if other in (item, ANY) or item == ANY or item.startswith("sets/"):
            continue
        own = code_set((item,), lists)
        if other.startswith("sets/"):
            whole = [library.code_set((other,), lists, piece) for piece in library.days_of_set(other, span)]
            if whole and all(holds_all(codes, own) for codes in whole):
                entry.text.warn(place, f"found {written}, which {other} holds already; leave one of them out")
        elif holds_all(code_set((other,), lists), own):
            entry.text.mistake(place, f"found {written}, which {other} in the same list holds; write one of them")
            return


def _in_force(library: Library, entry: Entry, place: Place, item: str, lists: str, span: Span) -> None:
    """A code, or one of those that a beginning or range holds, is in force on some day of the version, best on all."""
    written = entry.text.at(place)
    written = item if isinstance(place[-1], str) else written
    tables = library.tables_during(lists, span)
    if not tables or not all(codes for _, codes in tables):
        return  # a table that cannot be read has been told
    if "-" in item or item.endswith("*"):
        inside = code_set((item,), lists)
        if not any(_any_inside(inside, codes, library.in_order(codes)) for _, codes in tables):
            entry.text.mistake(
                place, f"found {written}, of which the table of {lists} lists no code; write codes that it lists"
            )
        return
    spans = [row.span for during, codes in tables for row in codes.get(item, ()) if _meet(row.span, during)]
    listed = any(item in codes for _, codes in tables)
    if not listed:
        entry.text.mistake(
            place, f"found {written}, which the table of {lists} does not list; write a listed code or add it there"
        )
    elif not any(_meet(found, span) for found in spans):
        rows = [row.span for _, codes in tables for row in codes.get(item, ())]
        ended = max((row.ends for row in rows if row.ends and row.ends < span.effective), default=None)
        told = f"ended on {ended}" if ended else f"begins on {min(row.effective for row in rows)}"
        entry.text.mistake(place, f"found {written}, which {told}; write a code in force on {span.effective}")
    elif last := _last_day(spans, span):
        entry.text.warn(
            place,
            f"found {written}, which ends on {last} while this version lasts; write a version with "
            f"effective: {last + ONE_DAY} without it",
        )


def _any_inside(codes: CodeSet, table: Mapping[str, Any], in_order: Sequence[str]) -> bool:
    """Whether a table lists a code of a set; each beginning or range is looked up where its codes would stand."""
    if any(code in table for code in codes.codes):
        return True
    for low, high in (*((prefix, prefix) for prefix in codes.prefixes), *codes.ranges):
        for code in in_order[bisect_left(in_order, low) :]:
            if code in codes:
                return True
            if code > high:
                break
    return False


def _meet(one: Span, other: Span) -> bool:
    return one.covers(other.effective) or other.covers(one.effective)


def _last_day(spans: Sequence[Span], whole: Span) -> dt.date | None:
    """The last day of a code that ends for good before the version does; None when it lasts."""
    if any(span.ends is None for span in spans):
        return None
    last = max(span.ends for span in spans if span.ends)
    return last if whole.ends is None or last < whole.ends else None


def _none_hidden(
    library: Library, entry: Entry, place: Place, rows: Sequence[Any], version: Version, span: Span
) -> None:
    """The first row that fits counts: a row whose codes the rows above take whole, on every day, is never reached."""
    days = [piece.effective for piece in library.pieces(version, span)]
    for position, row in enumerate(rows):
        above = [other for other in rows[:position] if other.for_ not in (None, (ANY,)) and _takes_whatever(other)]
        if row.for_ in (None, (ANY,)) or not above:
            continue
        taken = tuple(item for other in above for item in other.for_)
        sets = [[library.code_set(items, "procedures", day) for items in (taken, row.for_)] for day in days]
        if all(own != CodeSet() and holds_all(others, own) for others, own in sets):
            entry.text.mistake(
                (*place, position, "for"),
                "found a row that is never reached: the rows above take all its codes; move it up or leave it out",
            )


def _takes_whatever(row: Part) -> bool:
    """Whether a row asks nothing but its codes; a word that is not known here may ask something."""
    return row.model_fields_set <= _ASKS_NOTHING
