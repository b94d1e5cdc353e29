"""Turns a protobuf message into a value of the model and back by one table of its fields, read in both directions.

A ``Form`` pairs a message with a model type whose fields bear the same names; each entry of its table says what kind of
field that is. Reading checks what cannot be carried at all (a date that is none, an amount below zero, a text longer than
its X12 element) and collects every problem of a message, however deep, before it gives up.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from google.protobuf.message import Message

HIGHEST_CENTS = 9_999_999_999
"""Ten digits: the most that an X12 amount holds in the HIPAA transactions (domain/01, first section)."""
HIGHEST_THOUSANDTHS = 99_999_999_999
"""Eight digits and three decimals, as SV104 holds (domain/01 section 4.2)."""
FIRST_YEAR, LAST_YEAR = 1850, 2199
"""Years outside are slips of the pen; leaving them out keeps calendar arithmetic safe."""


class Unreadable(Exception):
    """A message that cannot be carried: each problem is a path below the message and what was found and is to be written."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {description}" for path, description in problems))
        self.problems = problems


class Field(NamedTuple):
    """How one field is read and written."""

    read: Callable[[Any], Any]
    """Raises ``Unreadable`` with paths below the field."""
    write: Callable[[Any], Any]
    absent: Any = ""
    """What a field that was not sent means, where the model has no default of its own."""
    missing: str = ""
    """What to say when the field was not sent but is required; empty when it is not required."""


ValueT = TypeVar("ValueT", bound=msgspec.Struct)
MessageT = TypeVar("MessageT", bound=Message)
NumberT = TypeVar("NumberT")


class Reader(Generic[MessageT]):
    """A message and its fields, to be read as values by name."""

    def __init__(self, message: type[MessageT], **fields: Field) -> None:
        self.message = message
        self.fields = fields
        self._readers = {message.DESCRIPTOR.fields_by_name[name]: (name, field.read) for name, field in fields.items()}
        self._absent: dict[str, Any] = {}
        self._required = [(name, field.missing) for name, field in fields.items() if field.missing]

    def values(self, message: MessageT) -> dict[str, Any]:
        """The fields that were sent, by name, and those that a model type has no default for.

        Raises:
            Unreadable: with every problem of the message.
        """
        values = self._absent.copy()
        problems: list[tuple[str, str]] = []
        readers = self._readers
        for field, sent in message.ListFields():
            name, read = readers[field]
            try:
                values[name] = read(sent)
            except Unreadable as unreadable:
                problems += [(f".{name}{path}", description) for path, description in unreadable.problems]
                values[name] = None
        for name, missing in self._required:
            if name not in values or values[name] in ("", ()):
                problems.append((f".{name}", missing))
        if problems:
            raise Unreadable(*problems)
        return values


class Form(Reader[MessageT], Generic[MessageT, ValueT]):
    """A message, the model type that it carries, and the fields of both."""

    def __init__(self, message: type[MessageT], value: type[ValueT], **fields: Field) -> None:
        super().__init__(message, **fields)
        self.value = value
        defaults = {field.name: field.default for field in msgspec.structs.fields(value)}
        self._absent = {
            name: field.absent
            for name, field in fields.items()
            if defaults.get(name) is msgspec.NODEFAULT and not field.missing
        }
        self._writers = [
            (name, field.write, msgspec.NODEFAULT if field.missing else defaults[name])
            for name, field in fields.items()
            if name in defaults
        ]

    def read(self, message: MessageT) -> ValueT:
        """The model's value.

        Raises:
            Unreadable: with every problem of the message.
        """
        return self.value(**self.values(message))

    def written(self, value: ValueT) -> dict[str, Any]:
        """The message's fields by name; what the reader would fill in by itself is left out."""
        written = {}
        for name, write, default in self._writers:
            content = getattr(value, name)
            if content is not default and content != default:
                written[name] = write(content)
        return written

    def write(self, value: ValueT) -> MessageT:
        """The message."""
        return self.message(**self.written(value))


def text(longest: int) -> Field:
    """Words of at most so many characters, without control characters. They may name a patient: no error repeats them."""

    def read(sent: str) -> str:
        trimmed = sent.strip()
        if len(trimmed) > longest:
            raise Unreadable(("", f"found {len(trimmed)} characters; write at most {longest}"))
        if not trimmed.isprintable():
            raise Unreadable(("", f"found a control character at position {_first_unprintable(trimmed)}; leave it out"))
        return trimmed

    return Field(read, _same)


def code(longest: int) -> Field:
    """A code of at most so many characters, in capital letters."""
    as_text = text(longest).read
    return Field(lambda sent: as_text(sent).upper(), _same)


def date(*, personal: bool = False) -> Field:
    """A day. A personal one (a date of birth) is not repeated in an error."""

    def read(sent: str) -> dt.date | None:
        trimmed = sent.strip()
        if not trimmed:
            return None
        try:
            # The hyphens rule out the other forms that fromisoformat knows.
            day = dt.date.fromisoformat(trimmed) if trimmed[4:8:3] == "--" else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            found = "no such date" if personal else ascii(trimmed[:20])
            wanted = f"write a date as YYYY-MM-DD, in the years {FIRST_YEAR} to {LAST_YEAR}"
            raise Unreadable(("", f"found {found}; {wanted}"))
        return day

    return Field(read, dt.date.isoformat)


def whole(lowest: int, highest: int, unit: str, *, required: bool = False) -> Field:
    """A whole number between two bounds; ``unit`` completes the sentence "write ..."."""
    wanted = f"write {unit} from {lowest} to {highest}"

    def read(sent: int) -> int:
        if not lowest <= sent <= highest:
            raise Unreadable(("", f"found {sent}; {wanted}"))
        return sent

    return Field(read, _same, absent=0, missing=f"missing or 0; {wanted}" if required else "")


def cents(*, signed: bool = False) -> Field:
    """An amount; only what earlier payers say may be negative (domain/01 section 8, B2)."""
    return whole(-HIGHEST_CENTS if signed else 0, HIGHEST_CENTS, "cents")


def thousandths(*, signed: bool = False, required: bool = False) -> Field:
    """A quantity, in thousandths of its unit; more than nothing unless it is an earlier payer's."""
    unit = "thousandths of the unit, such as 1000 for one,"
    return whole(
        -HIGHEST_THOUSANDTHS if signed else 1,
        HIGHEST_THOUSANDTHS,
        unit,
        required=required,
    )


def flag() -> Field:
    """Yes or no."""
    return Field(_same, _same)


class NumberedNames(Protocol[NumberT]):
    """A generated enumeration: its names and numbers."""

    def items(self) -> list[tuple[str, NumberT]]:
        """Name and number of each of its values."""


def numbers_of(names: NumberedNames[NumberT], words: Iterable[str]) -> dict[str, NumberT]:
    """The number of each word in a generated enumeration, whose names are a prefix and the word in capital letters."""
    numbers = dict(names.items())
    unspecified = next(name for name, number in numbers.items() if number == 0)
    prefix = unspecified.removesuffix("UNSPECIFIED")
    return {word: numbers[prefix + word.upper()] for word in words}


def choice(names: NumberedNames[Any], meanings: Mapping[str, Any], *, required: bool = False) -> Field:
    """One of a closed list. ``meanings`` maps words, as in ``numbers_of``, to values of the model."""
    numbers = numbers_of(names, meanings)
    read_from = {numbers[word]: meaning for word, meaning in meanings.items()}
    write_from = {meaning: number for number, meaning in read_from.items()}
    wanted = "write one of " + ", ".join(name for name, number in names.items() if number in read_from)

    def read(sent: int) -> Any:
        if sent not in read_from:
            raise Unreadable(("", f"found {sent}; {wanted}"))
        return read_from[sent]

    return Field(read, write_from.__getitem__, missing=f"missing; {wanted}" if required else "")


def part(form: Form[Any, Any], *, absent: Any = None) -> Field:
    """A message within the message."""
    return Field(form.read, form.write, absent=absent)


def several(item: Field, at_most: int) -> Field:
    """A list of so many entries at most; blank texts are left out."""

    def read(sent: Any) -> tuple[Any, ...]:
        if len(sent) > at_most:
            raise Unreadable(("", f"found {len(sent)} entries; send at most {at_most}"))
        try:
            return tuple([value for value in map(item.read, sent) if value != ""])
        except Unreadable:
            raise Unreadable(*_problems_of_each(item, sent)) from None

    def write(values: Iterable[Any]) -> list[Any]:
        return [item.write(value) for value in values]

    return Field(read, write, absent=())


def required(field: Field, wanted: str) -> Field:
    """A field that must be sent; ``wanted`` completes the sentence "missing; write ..."."""
    return field._replace(missing=f"missing; write {wanted}")


def _problems_of_each(item: Field, sent: Iterable[Any]) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    for position, entry in enumerate(sent):
        try:
            item.read(entry)
        except Unreadable as unreadable:
            problems += [(f"[{position}]{path}", description) for path, description in unreadable.problems]
    return problems


def _first_unprintable(trimmed: str) -> int:
    return next(position for position, letter in enumerate(trimmed, start=1) if not letter.isprintable())


def _same(value: Any) -> Any:
    return value
