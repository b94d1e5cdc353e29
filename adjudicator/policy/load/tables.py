"""Code tables read from their CSV files; a mistake names the file and the row."""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

from adjudicator.model.codes import DIAGNOSIS, MODIFIER, PLACE_OF_SERVICE, PROCEDURE
from adjudicator.model.dates import Span
from adjudicator.policy.code_lists import CodeEntry
from adjudicator.policy.load.documents import TableVersion
from adjudicator.policy.load.mistakes import PolicyError, shown
from adjudicator.policy.load.publishers.code_lists import LIST_LAYOUTS
from adjudicator.policy.load.publishers.rows import Rows, TooManyMistakes
from adjudicator.policy.load.table_files import whole

CODE_LIST = "code-list"
"""Our own layout of a list of codes."""

_SHAPES = {
    "procedures": (PROCEDURE, "a procedure code, such as 99213"),
    "diagnoses": (DIAGNOSIS, "a diagnosis code without point, such as E119"),
    "modifiers": (MODIFIER, "a modifier, such as 25"),
    "places": (PLACE_OF_SERVICE, "a place of service, such as 11"),
    "carc": (re.compile(r"^[A-Z]?\d{1,3}$"), "an adjustment reason code, such as 197"),
    "rarc": (re.compile(r"^(M|MA|N)\d{1,4}$"), "a remark code, such as N386"),
}
_COLUMNS = {
    "procedures": ("description",),
    "diagnoses": ("billable",),
    "modifiers": ("description",),
    "places": ("facility", "description"),
    "carc": ("groups", "needs_remark", "use"),
    "rarc": ("alert",),
}
"""What each kind of list has beside ``code``, ``effective`` and ``ends``."""


def layouts_of(lists: str) -> list[str]:
    """The layouts in which a list of codes may be written."""
    own = [CODE_LIST] if lists in _SHAPES else []
    return own + [layout.name for layout in LIST_LAYOUTS.values() if layout.lists == lists]


def read_codes(
    version: TableVersion, content: bytes, lists: str, span: Span
) -> tuple[dict[str, tuple[CodeEntry, ...]], list[PolicyError]]:
    """Read the list of codes that a version binds, in our own layout or in a publisher's.

    Returns:
        The entries of each code, none when there are mistakes; and the mistakes.
    """
    if version.layout == CODE_LIST:
        return read_code_list(version.file, whole(content), lists)
    rows = Rows(version.file, content, span.effective, version.member or "")
    try:
        return LIST_LAYOUTS[version.layout].read(rows, span), rows.mistakes
    except TooManyMistakes:
        return {}, rows.mistakes


def columns_of(lists: str) -> tuple[str, ...]:
    """The heading of a code list's file, in order."""
    return ("code", "effective", "ends", *_COLUMNS[lists])


def read_code_list(file: str, content: bytes, lists: str) -> tuple[dict[str, tuple[CodeEntry, ...]], list[PolicyError]]:
    """Read a code list's CSV.

    Returns:
        The entries of each code, none when there are mistakes; and the mistakes.
    """
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        return _entries(file, rows, lists)
    except UnicodeDecodeError:
        return {}, [PolicyError(file, 1, "", "found bytes that are not UTF-8; save the file as UTF-8")]
    except csv.Error as error:
        return {}, [PolicyError(file, 1, "", f"found no valid CSV ({error}); mend it")]


def _entries(file: str, rows: Any, lists: str) -> tuple[dict[str, tuple[CodeEntry, ...]], list[PolicyError]]:
    mistakes: list[PolicyError] = []
    heading = columns_of(lists)
    found = tuple(next(rows, ()))
    if found != heading:
        message = f"found the columns {','.join(found) or 'nothing'}; write {','.join(heading)}"
        return {}, [PolicyError(file, 1, "", message)]
    entries: dict[str, tuple[CodeEntry, ...]] = {}
    for row in rows:
        if len(row) != len(heading):
            message = f"found {len(row)} columns; write {len(heading)}: {','.join(heading)}"
            mistakes.append(PolicyError(file, rows.line_num, "", message))
            continue
        entry = _Row(dict(zip(heading, row, strict=True)), lists)
        mistakes.extend(PolicyError(file, rows.line_num, column, message) for column, message in entry.mistakes)
        if entry.mistakes:
            continue
        before = entries.get(entry.code, ())
        if any(_overlap(entry.value.span, other.span) for other in before):
            message = f"found {entry.code} twice on one day; write spans of days that do not overlap"
            mistakes.append(PolicyError(file, rows.line_num, "code", message))
        entries[entry.code] = (*before, entry.value)
    return {} if mistakes else entries, mistakes


class _Row:
    """One row of a code list, read column by column."""

    def __init__(self, cells: dict[str, str], lists: str) -> None:
        self._cells = cells
        self.mistakes: list[tuple[str, str]] = []
        shape, write = _SHAPES[lists]
        self.code = self._read("code", lambda text: text if shape.match(text) else None, write) or ""
        effective = self._read("effective", _day, "a day, such as 2026-01-01") or dt.date.min
        ends = self._read("ends", _day, "a day, such as 2026-12-31, or nothing") if cells["ends"] else None
        if ends and ends < effective:
            self.mistakes.append(("ends", f"found {ends} before effective {effective}; write a later day"))
        use = self._read("use", {"": "", "claims": "claims", "part": "part"}.get, "claims, part or nothing")
        self.value = CodeEntry(
            span=Span(effective, ends),
            billable=self._flag("billable", True),
            facility=self._flag("facility", False),
            alert=self._flag("alert", False),
            needs_remark=self._flag("needs_remark", False),
            groups=frozenset(self._read("groups", _groups, "group codes CO, OA, PI, PR, or nothing") or ()),
            claims_only=use == "claims",
            partial=use == "part",
            description=cells.get("description", ""),
        )

    def _read(self, column: str, read: Callable[[str], Any], write: str) -> Any:
        if column not in self._cells:
            return None
        value = read(self._cells[column])
        if value is None:
            self.mistakes.append((column, f"found {shown(self._cells[column])}; write {write}"))
        return value

    def _flag(self, column: str, default: bool) -> bool:
        value = self._read(column, {"true": True, "false": False}.get, "true or false")
        return default if value is None else bool(value)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _groups(text: str) -> list[str] | None:
    groups = text.split()
    return groups if all(group in ("CO", "OA", "PI", "PR") for group in groups) else None


def _overlap(one: Span, other: Span) -> bool:
    return one.covers(other.effective) or other.covers(one.effective)
