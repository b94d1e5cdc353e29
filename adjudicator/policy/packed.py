"""Big tables as bytes that are read where they lie, so that all workers share one mapped file.

A packed table is a header, arrays of whole numbers and a list of records. What is looked up (a pair of codes, a code) is
sorted into the arrays and found by bisection; what is said of it is one of few records, each kept once. The bytes may be
those of a mapped file or of memory: nothing here knows files.

Layout: ``MAGIC``, length of the header (4 bytes), CRC-32 of all that follows (4 bytes), header (MessagePack), arrays; header
and arrays are padded to multiples of 8 bytes. Numbers are in the machine's byte order: a packed table is made where it is read.
"""

import itertools
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import msgspec

MAGIC = b"CODETAB1"
"""Begins every packed table; its last sign is the version of this layout."""
LONGEST_KEY = 8
"""Most signs of a key of ``PackedRows``, which become one whole number."""
_START = len(MAGIC) + 8

RecordT = TypeVar("RecordT")
DecodedT = TypeVar("DecodedT")


class Damaged(ValueError):
    """The bytes are no packed table, not all of it, or one of another layout or source."""


class _Header(msgspec.Struct, array_like=True):
    """What stands in front of the arrays."""

    source: str
    """What the table was made of; empty for rows that no file holds."""
    records: bytes
    arrays: list[tuple[str, int, int]]
    """Type, position behind the header, and length in bytes of each array."""
    texts: list[str]


class _Parts(msgspec.Struct):
    """A packed table taken apart; nothing big is copied."""

    header: _Header
    arrays: "list[memoryview[int]]"


def _join(source: str, records: Sequence[object], arrays: "Sequence[array[int]]", texts: Sequence[str] = ()) -> bytes:
    placed: list[tuple[str, int, int]] = []
    parts: list[bytes] = []
    position = 0
    for numbers in arrays:
        content = numbers.tobytes()
        placed.append((numbers.typecode, position, len(content)))
        parts.append(_padded(content))
        position += len(parts[-1])
    header = msgspec.msgpack.encode(_Header(source, msgspec.msgpack.encode(records), placed, list(texts)))
    body = b"".join((_padded(header), *parts))
    return b"".join((MAGIC, len(header).to_bytes(4, "little"), zlib.crc32(body).to_bytes(4, "little"), body))


def _take_apart(content: "bytes | memoryview[int]", source: str | None) -> _Parts:
    view = memoryview(content)
    length, checksum = (int.from_bytes(view[at : at + 4], "little") for at in (len(MAGIC), len(MAGIC) + 4))
    if bytes(view[: len(MAGIC)]) != MAGIC or zlib.crc32(view[_START:]) != checksum:
        raise Damaged("not the bytes of a packed table of this layout")
    header = _decoded(view[_START : _START + length], _Header)
    if source is not None and header.source != source:
        raise Damaged("packed of another source")
    body = view[_START + length + -length % 8 :]
    return _Parts(header, [body[at : at + size].cast(kind) for kind, at, size in header.arrays])  # type: ignore[call-overload]


def _decoded(content: "bytes | memoryview[int]", kind: type[DecodedT]) -> DecodedT:
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except msgspec.MsgspecError as error:  # records of an older form
        raise Damaged(str(error)) from None


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 8)


def _narrow(numbers: Iterable[int], most: int) -> "array[int]":
    """Whole numbers up to ``most`` in as few bytes as they need."""
    return array("H" if most < 1 << 16 else "I", numbers)


class _Records(Generic[RecordT]):
    """Records by number, each kept once."""

    def __init__(self) -> None:
        self.kept: list[RecordT] = []
        self._numbers: dict[Hashable, int] = {}

    def number(self, record: RecordT) -> int:
        """The number of a record, which is kept if it is new."""
        number = self._numbers.setdefault(record, len(self.kept))
        if number == len(self.kept):
            self.kept.append(record)
        return number


class PairPacker(Generic[RecordT]):
    """Gathers what is said of ordered pairs of codes, in any order, and packs it."""

    def __init__(self) -> None:
        self._records: _Records[RecordT] = _Records()
        self._numbers: dict[str, int] = {}
        """Codes in the order in which they came."""
        self._seconds: dict[str, array[int]] = {}
        """By first code: number of the second code and of the record, in one number."""

    def record(self, record: RecordT) -> int:
        """The number under which a record is kept, once however often it is said."""
        return self._records.number(record)

    def add(self, first: str, second: str, record: int) -> None:
        """Say a record, by its number, of a pair; a pair may have several."""
        numbers = self._numbers
        number = numbers.setdefault(second, len(numbers))
        held = self._seconds.get(first)
        if held is None:
            held = self._seconds[first] = array("Q")
        held.append(number << 32 | record)

    def packed(self, source: str = "", repeated: Callable[[str, str, list[RecordT]], None] | None = None) -> bytes:
        """Everything as one packed table.

        Args:
            source: what it was made of; asked for when the table is opened.
            repeated: told of every pair that has more than one record, with its records.
        """
        codes = sorted({*self._numbers, *self._seconds})
        position = {code: at for at, code in enumerate(codes)}
        ranks = [position[code] for code in self._numbers]
        begins, seconds, which = array("I", [0]), _narrow((), len(codes)), _narrow((), len(self._records.kept))
        for code in codes:
            rows = sorted(ranks[row >> 32] << 32 | row & 0xFFFFFFFF for row in self._seconds.get(code, ()))
            seconds.extend([row >> 32 for row in rows])
            which.extend([row & 0xFFFFFFFF for row in rows])
            if repeated is not None:
                self._tell(code, codes, rows, repeated)
            begins.append(len(seconds))
        return _join(source, self._records.kept, (begins, seconds, which), codes)

    def _tell(
        self, first: str, codes: list[str], rows: list[int], repeated: Callable[[str, str, list[RecordT]], None]
    ) -> None:
        groups: dict[int, list[RecordT]] = {}
        for row, following in itertools.pairwise(rows):
            if row >> 32 == following >> 32:
                records = groups.setdefault(row >> 32, [self._records.kept[row & 0xFFFFFFFF]])
                records.append(self._records.kept[following & 0xFFFFFFFF])
        for second, records in groups.items():
            repeated(first, codes[second], records)


class PackedPairs(Generic[RecordT]):
    """What is said of ordered pairs of codes: two hash look-ups and one bisection among the first code's partners."""

    def __init__(self, content: "bytes | memoryview[int]", record: type[RecordT], source: str | None = None) -> None:
        """Open a packed table.

        Args:
            content: its bytes, which are read where they lie.
            record: the type of its records.
            source: what it must have been made of; None for anything.

        Raises:
            Damaged: the bytes are not those that were packed of this source.
        """
        parts = _take_apart(content, source)
        self._records = _decoded(parts.header.records, list[record])  # type: ignore[valid-type]
        self._position = {code: at for at, code in enumerate(parts.header.texts)}
        self._begins, self._seconds, self._which = parts.arrays

    def __eq__(self, other: object) -> bool:
        """Whether another table says the same of the same pairs."""
        return isinstance(other, PackedPairs) and (
            self._records,
            self._position,
            self._begins,
            self._seconds,
            self._which,
        ) == (other._records, other._position, other._begins, other._seconds, other._which)

    def __hash__(self) -> int:
        """By the number of codes."""
        return hash(len(self._position))

    def __len__(self) -> int:
        """How many records pairs have in all."""
        return len(self._which)

    def __contains__(self, code: object) -> bool:
        """Whether a code is in any pair, on either side."""
        return code in self._position

    def firsts(self) -> "Iterable[str]":
        """The codes that stand first in any pair, in order."""
        return (code for code, at in self._position.items() if self._begins[at] < self._begins[at + 1])

    def find(self, first: str, second: str) -> "Sequence[RecordT]":
        """Everything that is said of a pair in this order; empty for a pair that is not listed."""
        row, wanted = self._position.get(first), self._position.get(second)
        if row is None or wanted is None:
            return ()
        seconds, end = self._seconds, self._begins[row + 1]
        at = bisect_left(seconds, wanted, self._begins[row], end)
        found: list[RecordT] = []
        while at < end and seconds[at] == wanted:
            found.append(self._records[self._which[at]])
            at += 1
        return found


class RowPacker(Generic[RecordT]):
    """Gathers what is said of keys, in any order, and packs it."""

    def __init__(self) -> None:
        self._records: _Records[RecordT] = _Records()
        self._rows: list[tuple[int, int, tuple[int, ...]]] = []

    def add(self, key: str, record: RecordT, numbers: tuple[int, ...] = ()) -> None:
        """Say something of a key of at most ``LONGEST_KEY`` plain signs; a key may have several records.

        Args:
            key: the key.
            record: what is said of it that few others' records differ from.
            numbers: what is its own, whole numbers of at most 32 bits; as many for every key.
        """
        self._rows.append((_number(key), self._records.number(record), numbers))

    def packed(self, source: str = "") -> bytes:
        """Everything as one packed table, made of ``source``."""
        rows = sorted(self._rows)
        keys = array("Q", [key for key, _, _ in rows])
        which = _narrow([record for _, record, _ in rows], len(self._records.kept))
        columns = [_narrow(column, max(column)) for column in zip(*(numbers for _, _, numbers in rows), strict=True)]
        return _join(source, self._records.kept, (keys, which, *columns))


class PackedRows(Generic[RecordT]):
    """What is said of keys: one bisection."""

    def __init__(self, content: "bytes | memoryview[int]", record: type[RecordT], source: str | None = None) -> None:
        """Open a packed table; arguments and errors are those of ``PackedPairs``."""
        parts = _take_apart(content, source)
        self._records = _decoded(parts.header.records, list[record])  # type: ignore[valid-type]
        if len(parts.arrays) < 2:
            raise Damaged("not the bytes of packed rows")
        self._keys, self._which, *self._columns = parts.arrays
        self._found: dict[str, tuple[RecordT, ...]] = {}
        """What was looked up lately: a few hundred procedures are on nearly every claim."""

    def __eq__(self, other: object) -> bool:
        """Whether another table says the same of the same keys."""
        return isinstance(other, PackedRows) and (self._records, self._keys, self._which, self._columns) == (
            other._records,
            other._keys,
            other._which,
            other._columns,
        )

    def __hash__(self) -> int:
        """By the number of keys."""
        return hash(len(self._keys))

    def __len__(self) -> int:
        """How many records keys have in all."""
        return len(self._which)

    def __contains__(self, key: object) -> bool:
        """Whether a key is listed."""
        return isinstance(key, str) and bool(self.find(key))

    def find(self, key: str) -> "Sequence[RecordT]":
        """Everything that is said of a key; empty for one that is not listed."""
        known = self._found.get(key)
        if known is None:
            if len(self._found) >= _MOST_KEYS_KEPT:
                self._found.clear()
            known = self._found[key] = tuple(self._look_up(key))
        return known

    def _look_up(self, key: str) -> "Iterator[RecordT]":
        keys, wanted = self._keys, _number(key)
        at = bisect_left(keys, wanted)
        while at < len(keys) and keys[at] == wanted:
            yield self._records[self._which[at]]
            at += 1

    def row(self, key: str) -> tuple[RecordT, tuple[int, ...]] | None:
        """A key's first record and the numbers beside it; None for a key that is not listed."""
        keys, wanted = self._keys, _number(key)
        at = bisect_left(keys, wanted)
        if at == len(keys) or keys[at] != wanted:
            return None
        return self._records[self._which[at]], tuple([column[at] for column in self._columns])

    def columns(self) -> "Sequence[memoryview[int]]":
        """The numbers beside the keys, column by column, each in the order of the keys."""
        return self._columns

    def keys(self) -> "Iterable[str]":
        """The keys in order, each as often as it has records."""
        return (key.to_bytes(LONGEST_KEY, "big").lstrip(b"\0").decode() for key in self._keys)


_MOST_KEYS_KEPT = 4096
"""A claim may name any code at all: what is kept of look-ups has to end somewhere."""


def _number(key: str) -> int:
    """A key as a whole number; keys in the order of their signs where all have one length."""
    return int.from_bytes(key.encode(), "big")
