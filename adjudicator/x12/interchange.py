"""Cuts X12 text into its envelopes - interchanges, groups, transactions - and says what is wrong with each of them.

An interchange names its own delimiters in its ISA segment, so nothing is known before that segment is read. From then on
a transaction is a list of segments and a segment is a list of elements, and every segment keeps its place in the file.

Wrong counts and control numbers refuse what their envelope holds (domain/01 sections 8 and 9: a wrong SE is what a 999
rejects, a wrong IEA what a TA1 rejects): a count is wrong when something was lost on the way. An ISA that lacks or has too
many of the blanks that pad it to 106 characters is told and read: nothing in it can be mistaken.
"""

import hashlib
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

UNPROCESSABLE = "A3:21"
"""277CA status of what cannot be taken apart at all (domain/01 section 9.2)."""
MISSING = "A6:21"
"""277CA status of a required element that was not sent."""
INVALID = "A7:21"
"""277CA status of an element that cannot be understood."""

HIDDEN = "a value that is not shown because it is a patient's"
"""Stands in a message for what was found in a patient's segment."""

_NOISE = "\ufeff \t\r\n\0\x1a"
_ISA = re.compile(r"ISA([^A-Za-z0-9\s])[^\r\n]{2}\1")
_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_PADDED = (2, 4, 6, 8)
"""Elements of the ISA that are filled up with blanks."""
_SHOWN_CHARACTERS = 40


class NotX12(ValueError):
    """The text holds no interchange at all: it is empty, or something other than X12."""


class Place(msgspec.Struct, frozen=True):
    """Where in a file a segment stands."""

    interchange: int
    """From 1."""
    transaction: str
    """ST02; empty outside of transactions."""
    segment: int
    """From 1, over the whole file, counting every segment that is not blank."""
    segment_id: str

    def __str__(self) -> str:
        """The place in words."""
        transaction = f"transaction {self.transaction}, " if self.transaction else ""
        return f"interchange {self.interchange}, {transaction}segment {self.segment} {self.segment_id}".rstrip()


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: where, what was found there, what to write instead. Holds no patient's data."""

    place: Place
    found: str
    write: str
    element: int = 0
    """From 1; 0 when the segment as a whole is wrong."""
    component: int = 0
    """From 1; 0 when the element as a whole is wrong."""
    status: str = INVALID
    """277CA composite ``category:status[:entity]``."""

    def __str__(self) -> str:
        """The problem in one line."""
        where = str(self.place)
        if self.element:
            name = f"{self.place.segment_id}{self.element:02d}"
            component = f" component {self.component}" if self.component else ""
            where += f", element {self.element}{component} ({name}{f'-{self.component}' if self.component else ''})"
        return f"{where}: found {self.found}, write {self.write}"


class Delimiters(msgspec.Struct, frozen=True):
    """The characters with which one interchange separates its data."""

    element: str
    component: str
    segment: str
    repetition: str = ""
    """Empty where ISA11 names none."""


class Transaction(msgspec.Struct, frozen=True):
    """One ST..SE, or what stands where one should be, with everything wrong about the envelopes around it."""

    interchange: int
    control_number: str
    """ST02."""
    kind: str
    """ST01, such as 837."""
    version: str
    """ST03, else GS08."""
    test: bool
    """ISA15 = T."""
    delimiters: Delimiters
    first_segment: int
    """Number of its first segment in the file."""
    problems: tuple[Problem, ...]
    text: str
    """From ST through SE, segments separated and not ended by the segment delimiter."""

    def segments(self) -> list[str]:
        """Its segments, not yet cut into elements; no blanks stand around their elements."""
        separator, text = self.delimiters.element, self.text
        if f" {separator}" in text or f"{separator} " in text or f" {self.delimiters.segment}" in text:
            blanks = re.compile(f" *([{re.escape(separator + self.delimiters.segment)}]) *")
            text = blanks.sub(lambda match: match[1], text)
        return text.split(self.delimiters.segment)

    def place(self, index: int, segment_id: str) -> Place:
        """The place of its segment at a position, from 0."""
        return Place(self.interchange, self.control_number, self.first_segment + index, segment_id)


class Interchange(msgspec.Struct, frozen=True):
    """One ISA..IEA."""

    number: int
    """From 1 within the file."""
    control_number: str
    digest: str
    """First 16 hexadecimal digits of the SHA-256 of its text without line breaks between segments."""
    transactions: tuple[Transaction, ...]
    problems: tuple[Problem, ...]
    """What is wrong and belongs to no transaction; what belongs to one is told there."""


def text_of(data: bytes) -> str:
    """The text of a file's bytes: UTF-8, and where that fails ISO 8859-1, in which every byte is a character."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def shown(text: str) -> str:
    """An element's content for a message: in quotation marks, shortened, or ``nothing``."""
    if not text:
        return "nothing"
    return f"'{text}'" if len(text) <= _SHOWN_CHARACTERS else f"'{text[:_SHOWN_CHARACTERS]}' and more"


def shown_number(text: str) -> str:
    """What stands where a number belongs, for a message: after a stray terminator that can be part of an address."""
    return shown(text) if not text or text.isdecimal() else "something that is no number"


def read_interchanges(text: str) -> Iterator[Interchange]:
    """The interchanges of a text, in order. A broken one is told as such and never hides the next.

    Raises:
        NotX12: the text holds no ISA segment.
    """
    text = text.strip(_NOISE)
    starts = _interchange_starts(text)
    if not starts:
        if not text:
            raise NotX12("the text is empty; an X12 file begins with an ISA segment")
        raise NotX12(f"this is not X12: it begins with {shown(text[:3])}; an X12 file begins with an ISA segment")
    segments_before = 0
    for number, (start, end) in enumerate(itertools.pairwise([*starts, len(text)]), start=1):
        reader = _Reader(number, segments_before)
        if number == 1 and start > 0:
            reader.tell_aside(1, "ISA", "other text before it", "nothing before the first ISA")
        yield reader.read(text[start:end])
        segments_before = reader.segments_seen


def _interchange_starts(text: str) -> list[int]:
    """Where an ISA segment begins; the same letters inside of a segment follow its element separator and are data."""
    starts = [0] if text.startswith("ISA") else []
    for match in _ISA.finditer(text, 1):
        before = text[match.start() - 1]
        if not before.isalnum() and before != match[1]:
            starts.append(match.start())
    return starts


class _Piece(NamedTuple):
    """An envelope segment, or the segments between two of them (whose id is empty)."""

    segment_id: str
    elements: list[str]
    number: int
    start: int
    end: int

    def element(self, position: int) -> str:
        """An element, empty when it was not sent."""
        return self.elements[position].strip() if len(self.elements) > position else ""


class _Envelope:
    """A group or a transaction while it is being read."""

    def __init__(self, piece: _Piece, control_number: str = "", kind: str = "", version: str = "") -> None:
        self.piece = piece
        self.control_number = control_number
        self.kind = kind
        self.version = version
        self.end = piece.end
        self.transactions: list[_Envelope] = []
        self.problems: list[Problem] = []


class _Reader:
    """Reads one interchange; its fields are where it stands."""

    def __init__(self, number: int, segments_before: int) -> None:
        self.number = number
        self.segments_seen = segments_before
        self.problems: list[Problem] = []
        """What is wrong with the interchange, and so with all that it holds."""
        self.asides: list[Problem] = []
        """What is wrong around it and takes nothing from what it holds."""
        self.groups: list[_Envelope] = []
        self.group: _Envelope | None = None
        self.transaction: _Envelope | None = None

    def problem(
        self, number: int, segment_id: str, found: str, write: str, element: int = 0, envelope: _Envelope | None = None
    ) -> None:
        """Note what is wrong with one envelope, or with the interchange."""
        transaction = envelope.control_number if envelope is not None and envelope is self.transaction else ""
        place = Place(self.number, transaction, number, segment_id)
        problems = self.problems if envelope is None else envelope.problems
        problems.append(Problem(place, found, write, element=element, status=UNPROCESSABLE))

    def tell_aside(self, number: int, segment_id: str, found: str, write: str, element: int = 0) -> None:
        """Note what is wrong around the interchange."""
        place = Place(self.number, "", number, segment_id)
        self.asides.append(Problem(place, found, write, element=element, status=UNPROCESSABLE))

    def read(self, text: str) -> Interchange:
        """The interchange in a text that begins with its ISA."""
        parts = text.split(text[3:4] or "*", 16)
        header = [re.sub(r"[\r\n]", "", part) for part in parts[:16]]
        delimiters = self._delimiters(text[3:4], header, parts)
        if delimiters is None:
            self.segments_seen += 1
            return Interchange(self.number, "", _digest(text), (), (*self.asides, *self.problems))
        self._check_header(header)
        text = _without_noise(text, delimiters.segment)
        self._sort(_pieces(text, delimiters, self.segments_seen), header[13])
        self.segments_seen += text.count(delimiters.segment)
        transactions = tuple(
            Transaction(
                interchange=self.number,
                control_number=transaction.control_number,
                kind=transaction.kind,
                version=transaction.version or group.version,
                test=header[15] != "P",
                delimiters=delimiters,
                first_segment=transaction.piece.number,
                problems=(*self.problems, *group.problems, *transaction.problems),
                text=text[transaction.piece.start : transaction.end],
            )
            for group in self.groups
            for transaction in group.transactions
        )
        homeless = [*self.asides] if transactions else [*self.asides, *self.problems]
        homeless += [problem for group in self.groups if not group.transactions for problem in group.problems]
        return Interchange(self.number, header[13].strip(), _digest(text), transactions, tuple(homeless))

    def _delimiters(self, separator: str, header: list[str], parts: list[str]) -> Delimiters | None:
        """The delimiters that the ISA names; None when it does not name them."""
        number = self.segments_seen + 1
        if len(parts) < 17 or len(parts[16]) < 2 or not (header[9] + header[10] + header[12]).isdecimal():
            widths = zip(header[1:], _ISA_WIDTHS, strict=False)
            complete = next((n for n, (element, width) in enumerate(widths) if len(element) != width), len(parts) - 1)
            found = f"{complete} of its 16 elements" if complete < 16 else "no segment terminator after ISA16"
            self.problem(number, "ISA", found, "16 elements and a segment terminator, 106 characters in all")
            return None
        component, terminator = parts[16][0], parts[16][1]
        repetition = header[11] if len(header[11]) == 1 and not header[11].isalnum() else ""
        named = [separator, component, terminator, *repetition]
        if any(character.isalnum() or character == " " for character in named) or len(set(named)) != len(named):
            self.problem(
                number,
                "ISA",
                f"the delimiters {' '.join(repr(character) for character in named)}",
                "different characters for element, component, segment and repetition, none a letter, digit or blank",
            )
            return None
        return Delimiters(separator, component, terminator, repetition)

    def _check_header(self, header: list[str]) -> None:
        number = self.segments_seen + 1
        for element, width in enumerate(_ISA_WIDTHS[:15], start=1):
            text = header[element]
            if len(text) != width:
                write = f"exactly {width} character{'' if width == 1 else 's'}"
                problem = self.tell_aside if element in _PADDED and len(text.strip()) <= width else self.problem
                problem(number, "ISA", f"{len(text)} characters", write, element)
        if header[15] not in ("P", "T"):
            self.problem(number, "ISA", shown(header[15]), "P for production or T for test", 15)

    def _sort(self, pieces: list[_Piece], control_number: str) -> None:
        """Put every piece into its transaction, group and interchange."""
        ended: _Piece | None = None
        for piece in pieces:
            match piece.segment_id:
                case "":
                    self._add_body(piece)
                case "GS":
                    self._open_group(piece)
                case "ST":
                    self._open_transaction(piece)
                case "SE":
                    self._close_transaction(piece)
                case "GE":
                    self._close_group(piece)
                case "IEA":
                    self._close_interchange(piece, control_number)
                    ended = ended or piece
        if ended is None:
            number = pieces[-1].number + 1 if pieces else self.segments_seen + 2
            self._lose_group(number)
            self.problem(number, "", "the end of the interchange", "IEA after the last GE")
        elif ended is not pieces[-1]:
            told = (ended.number + 1, "", "more segments after IEA", "nothing after IEA but another ISA")
            late = [group for group in self.groups if group.piece.number > ended.number]
            for group in late:
                self.problem(*told, envelope=group)
            if not late:
                self.tell_aside(*told)

    def _add_body(self, piece: _Piece) -> None:
        if self.transaction is None:
            self._start_transaction(_Envelope(piece))
            self.problem(piece.number, "", "segments outside of a transaction", "ST before them", 0, self.transaction)
        else:
            self.transaction.end = piece.end

    def _open_group(self, piece: _Piece) -> None:
        self._lose_group(piece.number)
        self.group = _Envelope(piece, piece.element(6), version=piece.element(8))
        self.groups.append(self.group)

    def _open_transaction(self, piece: _Piece) -> None:
        self._lose_transaction(piece.number)
        self._start_transaction(_Envelope(piece, piece.element(2), piece.element(1), piece.element(3)))

    def _start_transaction(self, transaction: _Envelope) -> None:
        if self.group is None:
            self.group = _Envelope(transaction.piece)
            self.groups.append(self.group)
            self.problem(
                transaction.piece.number, "ST", "a transaction outside of a group", "GS before it", 0, self.group
            )
        self.group.transactions.append(transaction)
        self.transaction = transaction

    def _close_transaction(self, piece: _Piece) -> None:
        if self.transaction is None:
            self._start_transaction(_Envelope(piece))
        transaction = self.transaction
        assert transaction is not None
        transaction.end = piece.end
        count = piece.number - transaction.piece.number + 1
        if not _same_number(piece.element(1), str(count)):
            self.problem(
                piece.number,
                "SE",
                shown_number(piece.element(1)),
                f"{count}, the segments from ST through SE",
                1,
                transaction,
            )
        if not _same_number(piece.element(2), transaction.control_number):
            wanted = f"{transaction.control_number or 'the number'} of its ST"
            self.problem(piece.number, "SE", shown_number(piece.element(2)), wanted, 2, transaction)
        self.transaction = None

    def _close_group(self, piece: _Piece) -> None:
        self._lose_transaction(piece.number)
        if self.group is None:
            self.problem(piece.number, "GE", "GE without GS", "GS before the group's first ST")
            return
        count = len(self.group.transactions)
        if not _same_number(piece.element(1), str(count)):
            self.problem(
                piece.number,
                "GE",
                shown_number(piece.element(1)),
                f"{count}, the transactions of the group",
                1,
                self.group,
            )
        if not _same_number(piece.element(2), self.group.control_number):
            wanted = f"{self.group.control_number or 'the number'} of its GS"
            self.problem(piece.number, "GE", shown_number(piece.element(2)), wanted, 2, self.group)
        self.group = None

    def _close_interchange(self, piece: _Piece, control_number: str) -> None:
        self._lose_group(piece.number)
        count = len(self.groups)
        if not _same_number(piece.element(1), str(count)):
            self.problem(
                piece.number, "IEA", shown_number(piece.element(1)), f"{count}, the groups of the interchange", 1
            )
        if not _same_number(piece.element(2), control_number):
            self.problem(piece.number, "IEA", shown_number(piece.element(2)), f"{control_number} of its ISA", 2)

    def _lose_transaction(self, number: int) -> None:
        if self.transaction is not None:
            self.problem(
                number, "", "the end of the transaction without SE", "SE after its last segment", 0, self.transaction
            )
            self.transaction = None

    def _lose_group(self, number: int) -> None:
        self._lose_transaction(number)
        if self.group is not None:
            self.problem(number, "", "the end of the group without GE", "GE after its last SE", 0, self.group)
            self.group = None


def _without_noise(text: str, terminator: str) -> str:
    """The text with nothing between its segments and one terminator after each: no line breaks, blanks, empty segments."""
    for line_break in "\r\n":
        if line_break != terminator and line_break in text:
            text = text.replace(line_break, "")
    text = text.rstrip(_NOISE)
    if not text.endswith(terminator):
        text += terminator
    if any(terminator + noise in text for noise in (terminator, " ", "\t")):
        text = re.sub(f"{re.escape(terminator)}[ \t{re.escape(terminator)}]+", lambda _: terminator, text)
    return text


def _pieces(text: str, delimiters: Delimiters, segments_before: int) -> list[_Piece]:
    """The envelope segments after ISA and the stretches between them."""
    terminator, separator = delimiters.segment, delimiters.element
    envelope = re.compile(f"{re.escape(terminator)}(?=(?:GS|ST|SE|GE|IEA|TA1){re.escape(separator)})")
    pieces = []
    position = text.index(terminator) + 1
    number = segments_before + 2
    for match in [*(match.start() + 1 for match in envelope.finditer(text)), len(text)]:
        if match > position:
            pieces.append(_Piece("", [], number, position, match - 1))
            number += text.count(terminator, position, match)
        if match < len(text):
            end = text.index(terminator, match)
            elements = text[match:end].split(separator)
            pieces.append(_Piece(elements[0], elements, number, match, end))
            number += 1
            position = end + 1
    return pieces


def _same_number(found: str, wanted: str) -> bool:
    """Whether two counts or control numbers agree; leading zeros do not matter."""
    return found == wanted or (found.isdecimal() and found.lstrip("0") == wanted.lstrip("0"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
