"""Reads the payer's own CSV files - members, provider contracts, authorizations - and says everything that is wrong at once.

The first line names the columns, in any order. A message names file, line and column, what was found and what to write;
what identifies a person (numbers, names, birth dates) is never repeated in it.
"""

import csv
import datetime as dt
import io
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from adjudicator.model.case import Authorization, Coverage, Member, Participation
from adjudicator.model.claim import Sex
from adjudicator.model.codes import PROCEDURE, TAX_IDENTIFIER, npi_is_valid
from adjudicator.model.dates import Span
from adjudicator.policy.policy_set import PolicySet


class Column(msgspec.Struct, frozen=True):
    """One column of a file."""

    name: str
    meaning: str
    personal: bool = False
    """Identifies a person: what was found is not repeated in messages."""
    may_be_empty: bool = False


_EFFECTIVE = Column("effective", "first day, such as 2026-01-01")
_ENDS = Column("ends", "last day; empty while it has none", may_be_empty=True)

MEMBERS = (
    Column("member_id", "the member's number", personal=True),
    Column("family_id", "the same for everybody who shares a family's limits", personal=True),
    Column("last_name", "last name", personal=True),
    Column("first_name", "first name", personal=True),
    Column("birth_date", "birth date, such as 1980-05-14", personal=True),
    Column("sex", "F, M or U"),
    Column("relationship", "to the subscriber: 18 self, 01 spouse, 19 child"),
    Column("plan", "path of the plan document; empty for a member without coverage", may_be_empty=True),
    Column("effective", "first day under the plan, such as 2026-01-01", may_be_empty=True),
    _ENDS,
)
"""members.csv: a row for each stretch of coverage; a member with two stretches has two rows."""

PROVIDERS = (
    Column("tax_id", "the billing provider's tax id, nine digits"),
    Column("npi", "the billing provider's NPI, ten digits with a right check digit"),
    Column("product", "the product that it has a contract for, such as PPO"),
    Column("contract", "path of the contract document"),
    _EFFECTIVE,
    _ENDS,
)
"""providers.csv: a row for each stretch of days of a billing provider under a contract."""

AUTHORIZATIONS = (
    Column("number", "the authorization's number"),
    Column("member_id", "the member's number", personal=True),
    Column("procedures", "procedure codes, separated by blanks"),
    _EFFECTIVE,
    _ENDS,
    Column("tax_id", "tax id of the billing provider it was given to; empty for any", may_be_empty=True),
    Column("quantity", "units approved in all, such as 3; empty for no limit", may_be_empty=True),
)
"""authorizations.csv: a row for each approval."""


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


def read_members(path: Path, policies: PolicySet) -> list[tuple[Member, tuple[Coverage, ...]]]:
    """The members of a file, each with all its coverage, in the file's order.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = _Table(path, MEMBERS)
    found: dict[str, Member] = {}
    first_line: dict[str, int] = {}
    spans: dict[str, list[tuple[Coverage, int]]] = defaultdict(list)
    for row in table.rows():
        member = Member(
            member_id=row.text("member_id"),
            family_id=row.text("family_id"),
            last_name=row.text("last_name"),
            first_name=row.text("first_name"),
            birth_date=row.day("birth_date"),
            sex=Sex(row.one_of("sex", [sex.value for sex in Sex], Sex.UNKNOWN.value)),
            relationship=row.matching("relationship", _is_relationship, "two characters, such as 18, 01 or 19"),
        )
        before = found.setdefault(member.member_id, member)
        line = first_line.setdefault(member.member_id, row.line)
        for column in ("family_id", "last_name", "first_name", "birth_date", "sex", "relationship"):
            if row.good and getattr(before, column) != getattr(member, column):
                row.wrong(column, f"found another value than in line {line}; write the same in all rows of a member")
        if row.sent("plan") or row.sent("effective") or row.sent("ends"):
            coverage = Coverage(plan=row.one_of("plan", policies.plans), span=row.span())
            if row.good:
                spans[member.member_id].append((coverage, row.line))
    for covered in spans.values():
        table.refuse_overlaps([(coverage.span, line) for coverage, line in covered])
    table.finish()
    return [(member, tuple(coverage for coverage, _ in spans[number])) for number, member in found.items()]


def read_participations(path: Path, policies: PolicySet) -> list[Participation]:
    """The provider contracts of a file, in its order.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = _Table(path, PROVIDERS)
    found = []
    spans: dict[tuple[str, str, str], list[tuple[Span, int]]] = defaultdict(list)
    products = sorted({version.product for plan in policies.plans.values() for version in plan.versions})
    for row in table.rows():
        participation = Participation(
            tax_id=row.matching("tax_id", TAX_IDENTIFIER.match, "nine digits"),
            npi=row.matching("npi", npi_is_valid, "ten digits with a right check digit"),
            product=row.one_of("product", products),
            contract=row.one_of("contract", policies.contracts),
            span=row.span(),
        )
        if row.good:
            spans[participation.tax_id, participation.npi, participation.product].append((participation.span, row.line))
        found.append(participation)
    for stretches in spans.values():
        table.refuse_overlaps(stretches)
    table.finish()
    return found


def read_authorizations(
    path: Path, known_members: Callable[[Collection[str]], Collection[str]]
) -> list[tuple[str, Authorization]]:
    """The authorizations of a file, each with its member's number, in the file's order.

    Args:
        path: the file.
        known_members: of some member numbers, those that are on file.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = _Table(path, AUTHORIZATIONS)
    found: list[tuple[str, Authorization]] = []
    rows: list[tuple[str, _Row]] = []
    lines: dict[str, int] = {}
    for row in table.rows():
        member_id, number = row.text("member_id"), row.text("number")
        if row.sent("number") and lines.setdefault(number, row.line) != row.line:
            row.wrong("number", f"found the number of line {lines[number]}; write one row for each authorization")
        procedures = tuple(row.text("procedures").upper().split())
        for code in procedures:
            if not PROCEDURE.match(code):
                row.wrong(
                    "procedures", f"found '{code}', write CPT or HCPCS codes of five characters, separated by blanks"
                )
        authorization = Authorization(
            number=number,
            procedures=procedures,
            span=row.span(),
            tax_id=row.matching("tax_id", TAX_IDENTIFIER.match, "nine digits or nothing"),
            quantity_thousandths=row.thousandths("quantity"),
        )
        found.append((member_id, authorization))
        rows.append((member_id, row))
    known = set(known_members({member_id for member_id, _ in rows}))
    for member_id, row in rows:
        if member_id and member_id not in known:
            row.wrong("member_id", "found no such member on file; load the members first, or write a member's number")
    table.finish()
    return found


class _Table:
    """A file's rows, and everything found wrong with them."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self._file = str(path)
        self._columns = {column.name: column for column in columns}
        self._mistakes: list[FileMistake] = []
        self._text = path.read_bytes().decode("utf-8-sig", errors="replace")

    def wrong(self, line: int, column: str, message: str) -> None:
        self._mistakes.append(FileMistake(self._file, line, column, message))

    def finish(self) -> None:
        """Raise all mistakes at once, if there are any."""
        if self._mistakes:
            raise FileMistakes(self._mistakes)

    def rows(self) -> Iterator["_Row"]:
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
                yield _Row(
                    self, line, self._columns, dict(zip(heading, (field.strip() for field in fields), strict=True))
                )
        except csv.Error as error:
            self.wrong(reader.line_num, "", f"found a line that is no CSV ({error}); write fields separated by commas")

    def refuse_overlaps(self, spans: list[tuple[Span, int]]) -> None:
        """Say which stretches of days share a day."""
        ordered = sorted(spans, key=lambda row: row[0].effective)
        for (earlier, earlier_line), (later, line) in itertools.pairwise(ordered):
            if earlier.ends is None or later.effective <= earlier.ends:
                self.wrong(
                    line, "effective", f"found days that line {earlier_line} has too; write stretches that share no day"
                )

    def _heading_is_good(self, heading: list[str]) -> bool:
        wanted = ",".join(self._columns)
        if not any(heading):
            self.wrong(1, "", f"found nothing; write the columns' names in line 1: {wanted}")
            return False
        unknown = [name for name in heading if name not in self._columns]
        missing = [name for name in self._columns if name not in heading]
        twice = sorted({name for name in heading if heading.count(name) > 1})
        if unknown or missing or twice:
            parts = [
                f"found {what} {', '.join(names)}"
                for what, names in (("unknown columns", unknown), ("no column", missing), ("twice", twice))
                if names
            ]
            self.wrong(1, "", f"{'; '.join(parts)}; write {wanted}")
        return not (unknown or missing or twice)


class _Row:
    """One row, read column by column; a column that cannot be read is noted, and reading goes on with a harmless value."""

    def __init__(self, table: _Table, line: int, columns: Mapping[str, Column], fields: Mapping[str, str]) -> None:
        self.line = line
        self.good = True
        self._table = table
        self._columns = columns
        self._fields = fields

    def wrong(self, column: str, message: str) -> None:
        self.good = False
        self._table.wrong(self.line, column, message)

    def sent(self, name: str) -> bool:
        return bool(self._fields[name])

    def text(self, name: str) -> str:
        found = self._fields[name]
        if not found and not self._columns[name].may_be_empty:
            self.wrong(name, f"found nothing, write {self._columns[name].meaning}")
        elif not found.isprintable():
            self.wrong(name, "found characters that cannot be printed, write plain text")
        return found

    def matching(self, name: str, fits: Callable[[str], object], wanted: str) -> str:
        found = self.text(name)
        if found and not fits(found):
            self.wrong(name, f"found {self._shown(name)}, write {wanted}")
        return found

    def one_of(self, name: str, choices: Collection[str], otherwise: str = "") -> str:
        found = self._fields[name]
        if found not in choices:
            *others, last = sorted(choices)
            listed = f"{', '.join(others)} or {last}" if others else last
            self.wrong(name, f"found {self._shown(name)}, write {listed}")
            return otherwise
        return found

    def day(self, name: str) -> dt.date:
        """A date; a harmless one when it cannot be read."""
        found = self.text(name)
        day = _day(found)
        if found and day is None:
            self.wrong(name, f"found {self._shown(name)}, write a date as YYYY-MM-DD, such as 2026-01-01")
        return day or dt.date.min

    def span(self) -> Span:
        """The columns ``effective`` and ``ends``."""
        found = self._fields["effective"]
        if not found:
            self.wrong("effective", "found nothing, write the first day, such as 2026-01-01")
        effective = self.day("effective") if found else dt.date.min
        ends = self.day("ends") if self.sent("ends") else None
        if ends is not None and ends != dt.date.min and ends < effective:
            self.wrong("ends", f"found {ends}, which lies before effective {effective}; write a later day or nothing")
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

    def _shown(self, name: str) -> str:
        if not self._fields[name]:
            return "nothing"
        return "something else" if self._columns[name].personal else f"'{self._fields[name][:40]}'"


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _is_relationship(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalnum()
