"""Reads a CSV file with named columns, row by row, and collects everything that is wrong with it.

What identifies a person (numbers, names, birth dates) is never repeated in a message.
"""

import csv
import datetime as dt
import io
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from adjudicator.model.dates import Span
from adjudicator.model.money import cents_from_text

_COUNT_DIGITS = 9
"""More digits than any count has; beyond, a number is a slip of the keyboard."""


class Column(msgspec.Struct, frozen=True):
    """One column of a file."""

    name: str
    meaning: str
    personal: bool = False
    """Identifies a person: what was found is not repeated in messages."""
    may_be_empty: bool = False
    may_be_left_out: bool = False
    """The file need not have the column; it is empty in every row then."""


class FileMistake(msgspec.Struct, frozen=True, order=True):
    """One mistake in one place of a file."""

    file: str
    line: int
    column: str
    """Empty when the whole line is wrong."""
    message: str

    def __str__(self) -> str:
        """The mistake as one line."""
        return f"{self.file}:{self.line}: {f'{self.column}: ' if self.column else ''}{self.message}"


class FileMistakes(Exception):
    """A file cannot be loaded; ``mistakes`` holds all that is wrong, in the file's order."""

    def __init__(self, mistakes: Iterable[FileMistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class Table:
    """A file's rows, and everything found wrong with them."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self._file = str(path)
        self._columns = {column.name: column for column in columns}
        self._mistakes: list[FileMistake] = []
        self._text = path.read_bytes().decode("utf-8-sig", errors="replace")

    def wrong(self, line: int, column: str, message: str) -> None:
        """Note a mistake: what was found, and what to write."""
        self._mistakes.append(FileMistake(self._file, line, column, message))

    def finish(self) -> None:
        """Raise all mistakes at once, if there are any."""
        if self._mistakes:
            raise FileMistakes(self._mistakes)

    def rows(self) -> Iterator["Row"]:
        """The rows that can be read at all, in the file's order."""
        reader = csv.reader(io.StringIO(self._text, newline=""), strict=True)
        try:
            heading = [name.strip() for name in next(reader, [])]
            if not self._heading_is_good(heading):
                return
            end = reader.line_num
            for fields in reader:
                line, end = end + 1, reader.line_num
                if not any(field.strip() for field in fields):
                    continue
                if len(fields) != len(heading):
                    self.wrong(
                        line, "", f"found {len(fields)} fields, write {len(heading)}, one for each column of line 1"
                    )
                    continue
                if any("\ufffd" in field for field in fields):
                    self.wrong(line, "", "found bytes that are not UTF-8; save the file as UTF-8")
                    continue
                sent = zip(heading, (field.strip() for field in fields), strict=True)
                yield Row(self, line, self._columns, {**dict.fromkeys(self._columns, ""), **dict(sent)})
        except csv.Error as error:
            self.wrong(reader.line_num, "", f"found a line that is no CSV ({error}); write fields separated by commas")

    def refuse_overlaps(self, spans: list[tuple[Span, int]], column: str = "effective") -> None:
        """Say which stretches of days share a day."""
        ordered = sorted(spans, key=lambda row: row[0].effective)
        for (earlier, earlier_line), (later, line) in itertools.pairwise(ordered):
            if earlier.ends is None or later.effective <= earlier.ends:
                self.wrong(
                    line, column, f"found days that line {earlier_line} has too; write stretches that share no day"
                )

    def _heading_is_good(self, heading: list[str]) -> bool:
        needed = [column.name for column in self._columns.values() if not column.may_be_left_out]
        others = [name for name in self._columns if name not in needed]
        wanted = ",".join(needed) + (f" and, where you need them, {','.join(others)}" if others else "")
        if not any(heading):
            self.wrong(1, "", f"found nothing; write the columns' names in line 1: {wanted}")
            return False
        unknown = [name for name in heading if name not in self._columns]
        missing = [name for name in needed if name not in heading]
        twice = sorted({name for name in heading if heading.count(name) > 1})
        if unknown or missing or twice:
            parts = [
                f"found {what} {', '.join(names)}"
                for what, names in (("unknown columns", unknown), ("no column", missing), ("twice", twice))
                if names
            ]
            self.wrong(1, "", f"{'; '.join(parts)}; write {wanted}")
        return not (unknown or missing or twice)


class Row:
    """One row, read column by column; a column that cannot be read is noted, and reading goes on with a harmless value."""

    def __init__(self, table: Table, line: int, columns: Mapping[str, Column], fields: Mapping[str, str]) -> None:
        self.line = line
        self.good = True
        self._table = table
        self._columns = columns
        self._fields = fields

    def wrong(self, column: str, message: str) -> None:
        """Note a mistake in a column: what was found, and what to write."""
        self.good = False
        self._table.wrong(self.line, column, message)

    def sent(self, name: str) -> bool:
        """Whether a column holds anything."""
        return bool(self._fields[name])

    def text(self, name: str) -> str:
        """What a column holds."""
        found = self._fields[name]
        if not found and not self._columns[name].may_be_empty:
            self.wrong(name, f"found nothing, write {self._columns[name].meaning}")
        elif not found.isprintable():
            self.wrong(name, "found characters that cannot be printed, write plain text")
        return found

    def matching(self, name: str, fits: Callable[[str], object], wanted: str) -> str:
        """What a column holds, which must have a shape when there is anything."""
        found = self.text(name)
        if found and not fits(found):
            self.wrong(name, f"found {self.shown(name)}, write {wanted}")
        return found

    def one_of(self, name: str, choices: Collection[str], otherwise: str = "") -> str:
        """What a column holds, which must be one of the choices; else, or where the column may be left out, ``otherwise``."""
        found = self._fields[name]
        if not found and self._columns[name].may_be_left_out:
            return otherwise
        if found not in choices:
            *others, last = sorted(choices)
            listed = f"{', '.join(others)} or {last}" if others else last
            self.wrong(name, f"found {self.shown(name)}, write {listed}")
            return otherwise
        return found

    def day(self, name: str) -> dt.date:
        """A date; a harmless one when it cannot be read."""
        found = self.text(name)
        day = _day(found)
        if found and day is None:
            self.wrong(name, f"found {self.shown(name)}, write a date as YYYY-MM-DD, such as 2026-01-01")
        return day or dt.date.min

    def span(self, first: str = "effective", last: str = "ends") -> Span:
        """The columns of a first and a last day."""
        found = self._fields[first]
        if not found:
            self.wrong(first, "found nothing, write the first day, such as 2026-01-01")
        effective = self.day(first) if found else dt.date.min
        ends = self.day(last) if self.sent(last) else None
        if ends is not None and ends != dt.date.min and ends < effective:
            found = "a day that" if self._columns[last].personal else f"{ends}, which"
            begins = first if self._columns[first].personal else f"{first} {effective}"
            self.wrong(last, f"found {found} lies before {begins}; write a later day or nothing")
        return Span(effective, ends)

    def thousandths(self, name: str) -> int | None:
        """A quantity above zero with at most three decimals, in thousandths; None when the column is empty."""
        found = self._fields[name]
        if not found:
            return None
        whole, _, part = found.partition(".")
        good = (
            whole.isascii() and whole.isdigit() and len(part) <= 3 and (not part or (part.isascii() and part.isdigit()))
        )
        thousandths = int(Decimal(found) * 1000) if good else 0
        if thousandths <= 0:
            self.wrong(
                name, f"found '{found}', write a number above zero with at most three decimals, such as 3 or 1.5"
            )
        return thousandths

    def cents(self, name: str) -> int | None:
        """Dollars above zero, in cents; None when the column is empty."""
        found = self._fields[name]
        if not found:
            return None
        try:
            cents = cents_from_text(found)
        except ValueError:
            cents = 0
        if cents <= 0:
            self.wrong(name, f"found '{found}', write dollars above zero with at most two decimals, such as 130.50")
        return cents

    def signed_cents(self, name: str) -> int:
        """Dollars above or below zero, in cents; a harmless amount when they cannot be read."""
        found = self._fields[name]
        try:
            cents = cents_from_text(found)
        except ValueError:
            cents = 0
        if not cents:
            self.wrong(
                name, f"found {self.shown(name)}, write dollars with at most two decimals, such as 130.50 or -7.25"
            )
        return cents

    def count(self, name: str) -> int | None:
        """A whole number above zero; None when the column is empty."""
        found = self._fields[name]
        if not found:
            return None
        count = int(found) if found.isascii() and found.isdigit() and len(found) <= _COUNT_DIGITS else 0
        if count <= 0:
            self.wrong(name, f"found {self.shown(name)}, write a whole number above zero, such as 3")
        return count

    def shown(self, name: str) -> str:
        """What a column holds, for a message."""
        if not self._fields[name]:
            return "nothing"
        return "something else" if self._columns[name].personal else f"'{self._fields[name][:40]}'"


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
