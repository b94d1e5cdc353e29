"""The one reader of publishers' files: rows of cells out of CSV, tab or fixed text, plain, gzipped or a member of a zip.

Publishers put title rows above the heading, spread a heading over several rows, pad cells with spaces and change the words
of a heading from year to year. A layout says which columns it needs and how their titles may read; everything else about a
file is found out here. What is wrong is noted with file, row, what was found and what to write.
"""

import csv
import datetime as dt
import gzip
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, cast

import msgspec

from adjudicator.model.codes import PROCEDURE
from adjudicator.policy.load.mistakes import PolicyError, either, shown
from adjudicator.policy.load.table_files import Progress, Watched, opened, size_of

MOST_MISTAKES = 500
"""Mistakes of one file that are told; of more only the number is."""
MOST_TITLE_ROWS = 30
"""Rows among which the heading must stand."""
_HEADING_ROWS = 4
"""Rows over which a heading may be spread."""
_TEXTS = (".csv", ".txt", ".tsv")
_END_OF_FILE = "\x1a"
"""The sign with which some publishers' programs still end a text."""


class Column(msgspec.Struct, frozen=True):
    """A column that a layout reads."""

    name: str
    """The title as we write it."""
    titles: str
    """Pattern of its title in lower case, with ``_`` for anything that is no letter or digit."""
    needed: bool = True


class Bare(msgspec.Struct, frozen=True):
    """How a file without a heading is laid out, where its publisher hands out such files."""

    columns: tuple[str, ...]
    """Names of the columns in order; empty for one that nobody reads."""
    begins: re.Pattern[str]
    """What the first two cells of a row with data look like; rows above the first such are titles."""
    fewest: int
    """Columns that a row has at least."""
    fixed: re.Pattern[str] | None = None
    """A line of the same in columns of fixed width: its groups are the columns."""


class TooManyMistakes(Exception):
    """The rest of the file is not worth reading."""


class Rows:
    """The rows of one file, and what is wrong with them."""

    def __init__(
        self, file: str, content: bytes, since: dt.date, member: str = "", progress: Progress | None = None
    ) -> None:
        """Take a file.

        Args:
            file: its path, for messages and for its ending.
            content: what it holds.
            since: the first day for which it is read; what ended before is nobody's.
            member: for a zip with several texts, the one to read.
            progress: told how far a long reading is.
        """
        self.file = file
        self.since = since
        self.mistakes: list[PolicyError] = []
        self._content = content
        self._member = member
        self._progress = progress

    def mistake(self, row: int, column: str, message: str) -> None:
        """Note a mistake.

        Raises:
            TooManyMistakes: as many are noted as one can read.
        """
        self.mistakes.append(PolicyError(self.file, row, column, message))
        if len(self.mistakes) >= MOST_MISTAKES:
            message = f"found {MOST_MISTAKES} mistakes, and the file is read no further; mend them first"
            self.mistakes.append(PolicyError(self.file, row, "", message))
            raise TooManyMistakes

    @contextmanager
    def lines(self) -> Iterator[Iterable[str]]:
        """The file's lines, unpacked."""
        with opened(self._content) as raw:
            watched: io.BufferedReader = io.BufferedReader(Watched(raw, self._tell), 1 << 18)
            with self._unpacked(watched) as binary, io.TextIOWrapper(binary, "latin-1", newline="") as text:
                # Codes are plain signs in any encoding; texts are put right where they are kept (``kept_text``).
                yield text

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Every row with its number, counted in lines from 1; cells are not stripped."""
        try:
            with self.lines() as lines:
                yield from self._cells(iter(lines))
        except csv.Error as error:
            self.mistakes.append(PolicyError(self.file, 1, "", f"found no valid CSV ({error}); mend it"))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            why = f"found a file that cannot be unpacked ({error or type(error).__name__}); fetch it again"
            self.mistakes.append(PolicyError(self.file, 1, "", why))

    def under(self, columns: Iterable[Column], bare: Bare | None = None) -> Iterator[tuple[int, list[str]]]:
        """The rows below the heading, each with the cells of the columns that were asked for, in that order.

        A column that the file lacks and the layout does not need gives empty cells. Blank rows are left out. Where the
        heading is not found, the mistake says which columns are missing, and there are no rows.

        Args:
            columns: what to read; the first one is filled in every row.
            bare: how the columns stand where no heading is found.
        """
        wanted = list(columns)
        rows = iter(self)
        head = list(itertools.islice(rows, MOST_TITLE_ROWS))
        found = _heading(head, wanted) or (_bare(head, bare) if bare else None)
        if found is None and bare and bare.fixed:
            begins = next((at for at, (_, cells) in enumerate(head) if bare.fixed.match(",".join(cells))), None)
            if begins is not None:
                yield from self._fixed(itertools.chain(head[begins:], rows), wanted, bare.columns, bare.fixed)
                return
        if found is None:
            self._no_heading(head, wanted)
            return
        below, places = found
        positions = [places.get(column.name, -1) for column in wanted]
        needed = [places[column.name] for column in wanted if column.needed]
        least, most = 1 + max(needed), max(positions)
        below_heading = below > 0
        for number, cells in itertools.chain(head[below:], rows):
            if len(cells) < least:
                if any(cell.strip() for cell in cells):
                    names = ", ".join(column.name for column in wanted if column.needed)
                    self.mistake(number, "", f"found {len(cells)} columns; write at least {least}: {names}")
                continue
            if len(cells) <= most or -1 in positions:
                row = [cells[at].strip() if 0 <= at < len(cells) else "" for at in positions]
            else:
                row = [cells[at].strip() for at in positions]
            if row[0]:
                below_heading = False
            elif below_heading or not any(row):
                continue  # the rest of a heading that is spread over several rows, or a blank row
            yield number, row

    def _fixed(
        self,
        rows: Iterable[tuple[int, list[str]]],
        wanted: list[Column],
        columns: tuple[str, ...],
        fixed: re.Pattern[str],
    ) -> Iterator[tuple[int, list[str]]]:
        """Rows of a text whose columns have fixed widths."""
        positions = [columns.index(column.name) if column.name in columns else -1 for column in wanted]
        for number, cells in rows:
            line = ",".join(cells)
            match = fixed.match(line)
            if match:
                found = match.groups()
                yield number, [found[at].strip() if at >= 0 else "" for at in positions]
            elif line.strip():
                self.mistake(number, "", f"found {shown(line.strip())}; write a line of the same form as the others")

    def _no_heading(self, head: list[tuple[int, list[str]]], wanted: list[Column]) -> None:
        if self.mistakes:
            return
        titled = [(len(_places([cells], wanted)), -number, cells) for number, cells in head if any(cells)]
        if not titled:
            self.mistakes.append(PolicyError(self.file, 1, "", "found no rows; write the publisher's file as it is"))
            return
        _, row, cells = max(titled)
        places = _places([cells], wanted)
        missing = [column.name for column in wanted if column.needed and column.name not in places]
        found = ", ".join(cell.strip() for cell in cells if cell.strip())
        what = f"{'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}"
        self.mistakes.append(PolicyError(self.file, -row, "", f"found {shown(found)} as heading; write it with {what}"))

    def _cells(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        first = list(itertools.islice(lines, MOST_TITLE_ROWS))
        if first and first[0].startswith("\xef\xbb\xbf"):  # the mark with which some programs begin UTF-8
            first[0] = first[0][3:]
        everything = itertools.chain(first, lines)
        if any("\t" in line for line in first):
            for number, line in enumerate(everything, 1):
                if line.startswith(_END_OF_FILE):
                    return
                yield number, [cell.strip('"') for cell in line.rstrip("\r\n").split("\t")]
        else:
            reader = csv.reader(everything)
            for cells in reader:
                if cells and cells[0].startswith(_END_OF_FILE):
                    return
                yield reader.line_num, cells

    @contextmanager
    def _unpacked(self, binary: io.BufferedReader) -> Iterator[IO[bytes]]:
        if self.file.endswith(".gz"):
            with gzip.GzipFile(fileobj=binary) as unpacked:
                yield cast(IO[bytes], unpacked)
        elif self.file.endswith(".zip"):
            with zipfile.ZipFile(binary) as archive:
                yield archive.open(self._member_of(archive))
        else:
            yield binary

    def _member_of(self, archive: zipfile.ZipFile) -> str:
        names = archive.namelist()
        texts = [name for name in names if name.lower().endswith(_TEXTS)]
        if self._member in names:
            return self._member
        if not self._member and len(texts) == 1:
            return texts[0]
        found = f"member {self._member}, which is not in it" if self._member else f"{len(texts)} texts in it"
        write = f"write member: {either(texts)}" if texts else "put a .csv or .txt into it"
        raise zipfile.BadZipFile(f"{found}; {write}")

    def _tell(self, read_bytes: int) -> None:
        if self._progress is not None:
            self._progress(self.file, read_bytes, size_of(self._content))


def _heading(head: list[tuple[int, list[str]]], wanted: list[Column]) -> tuple[int, Mapping[str, int]] | None:
    """How many rows stand above the data, and where the columns are."""
    for last in range(1, len(head) + 1):
        depths = range(1, min(_HEADING_ROWS, last) + 1)
        found = [_places([cells for _, cells in head[last - depth : last]], wanted) for depth in depths]
        whole = [places for places in found if all(column.name in places for column in wanted if column.needed)]
        if whole:
            return last, max(whole, key=len)
    return None


def _bare(head: list[tuple[int, list[str]]], bare: Bare) -> tuple[int, Mapping[str, int]] | None:
    for at, (_, cells) in enumerate(head):
        if len(cells) >= bare.fewest and all(bare.begins.fullmatch(cell) for cell in cells[:2]):
            return at, {name: position for position, name in enumerate(bare.columns) if name}
    return None


def _places(heading: list[list[str]], wanted: list[Column]) -> dict[str, int]:
    """Where the wanted columns stand under a heading of one or more rows."""
    width = max(len(cells) for cells in heading)
    titles = [
        "_".join(filter(None, (_title(cells[at]) if at < len(cells) else "" for cells in heading)))
        for at in range(width)
    ]
    places: dict[str, int] = {}
    for column in wanted:
        for at, title in enumerate(titles):
            if re.fullmatch(column.titles, title) and at not in places.values():
                places[column.name] = at
                break
    return places


def _title(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", cell.lower()).strip("_")


def kept_text(cell: str) -> str:
    """A cell's text in the letters that it was written with."""
    try:
        return cell.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return cell


def day_of(text: str) -> dt.date | None:
    """A day as publishers write it: 20240701, 2024-07-01, 7/1/2024 or day 183 of 2024 as 2024183.

    Raises:
        ValueError: it is none of these.
    """
    text = text.strip()
    if re.fullmatch(r"\d{8}", text):
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if re.fullmatch(r"\d{7}", text) and 1 <= int(text[4:]) <= 366:
        day = dt.date(int(text[:4]), 1, 1) + dt.timedelta(days=int(text[4:]) - 1)
        if day.year != int(text[:4]):
            raise ValueError
        return day
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        return dt.date(int(match[3]), int(match[1]), int(match[2]))
    if len(text) == 10:
        return dt.date.fromisoformat(text)
    raise ValueError


def quarter_of(text: str) -> dt.date:
    """The first day of a quarter as publishers write it: 20241 is the first quarter of 2024.

    Raises:
        ValueError: it is none.
    """
    match = re.fullmatch(r"(\d{4})/?Q?([1-4])", text.strip())
    if match is None:
        raise ValueError
    return dt.date(int(match[1]), 3 * int(match[2]) - 2, 1)


_NO_END = re.compile(r"\*?|0+|9{4}-12-31|9{4}1231|9{4}365|9{7,8}|12/31/9999")


def end_of(text: str) -> dt.date | None:
    """The last day that a publisher gives, None where it gives none: nothing, ``*``, zeros or the end of the year 9999.

    Raises:
        ValueError: it is no day.
    """
    return None if _NO_END.fullmatch(text.strip()) else day_of(text)


DAY = "a day such as 20240701 or 2024-07-01"


def procedure_mistake(text: str) -> str | None:
    """What is wrong with a procedure code; None for a right one."""
    if PROCEDURE.match(text):
        return None
    padded = text.rjust(5, "0")
    if 0 < len(text) < 5 and PROCEDURE.match(padded):
        return f"found {shown(text)}, which has lost its leading zero; write {padded}"
    return f"found {shown(text)}; write a procedure code of five signs, such as 99213"
