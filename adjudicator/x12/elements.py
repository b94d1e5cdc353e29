"""Reads single elements - amounts, quantities, dates, codes - and notes everything that is wrong with them, all at once.

An element that cannot be read becomes a stand-in value and a problem; whoever collects the problems throws the value away.
"""

import datetime as dt
import functools
import re
from collections.abc import Sequence

from adjudicator.model.dates import Span
from adjudicator.model.money import cents_from_text, dollars
from adjudicator.x12.interchange import HIDDEN, INVALID, MISSING, UNPROCESSABLE, Place, Problem, Transaction, shown

MAX_AMOUNT_CENTS = 99_999_999_99
"""HIPAA guides hold amounts to ten digits, cents included (domain/01, conventions)."""

_QUANTITY = re.compile(r"^(-?)([0-9]{0,8})(?:\.([0-9]{0,3})0*)?$")
_DATE_FORMS = {
    "D8": "a date as CCYYMMDD such as 20260302",
    "RD8": "two dates as CCYYMMDD-CCYYMMDD such as 20260302-20260305",
    "DT": "a date and time as CCYYMMDDHHMM such as 202603020830",
}
_THREE_PARTS = re.compile(r"[0-9A-Z]{1,3}(?P<separator>[^0-9A-Za-z ])[AB](?P=separator)[0-9A-Z]")
"""CLM05 between whatever separates its parts."""
_FIRST_YEAR, _LAST_YEAR = "1850", "2199"
"""A year before or after these is a slip of the pen; and days can be added to what is read without leaving the calendar."""

_PERSONS = frozenset({"IL", "QC"})
"""NM101 of a subscriber and of a patient."""
_ENTITIES = _PERSONS | frozenset(
    ["40", "41", "45", "71", "72", "77", "82", "85", "87", "DK", "DN", "DQ", "P3", "PE", "PR", "PW", "QB", "ZZ"]
)
"""NM101 of everybody whom an 837 names; what else stands there may be a name that slipped."""
_ENTITY_CHARACTERS = 3
"""A few digits are no name: NM101 is told as found where it is a number, though no known one."""
_OF_PATIENTS = frozenset({"SBR", "PAT", "DMG", "N2", "N3", "N4"})
_SEGMENT_ID = re.compile(
    "ISA|TA1|GS|ST|BHT|HL|NM1|N[234]|PER|PRV|CUR|REF|SBR|PAT|DMG|CLM|DTP|CL1|PWK|CN1|AMT|K3|NTE|CR[1-6C]|HI|HCP|CAS|OI|MIA|MOA"
    "|LX|SV[1-5]|TOO|PS1|MEA|QTY|LIN|CTP|SVD|LQ|FRM|SE|GE|IEA"
)
"""Ids of the segments of an 837. After a stray terminator a piece of somebody's name can stand where the id should."""


class Elements:
    """A stretch of one transaction's segments, cut into elements, and the problems found while reading them.

    Positions (``index``) count from the beginning of the stretch that was loaded last.
    """

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.segments: list[list[str]] = []
        """Each segment as its elements; the element 0 is the segment's id."""
        self.problems: list[Problem] = []
        self.stray: Problem | None = None
        """The first segment that stands where none of its kind belongs: what follows it may belong elsewhere."""
        self._uncut = transaction.segments()
        self.component_separator = self._separator_in_use()
        self._start = 0

    def _separator_in_use(self) -> str:
        """What stands between components: ISA16, unless every claim of the transaction says otherwise.

        CLM05 is a composite of three parts on every claim. Some senders write it, and all else, with one other character
        than their ISA16 names; since none of theirs holds the named one, theirs can be read without a guess.
        """
        named, element = self.transaction.delimiters.component, self.transaction.delimiters.element
        claims = [segment.split(element, 6) for segment in self._uncut if segment.startswith(f"CLM{element}")]
        places = [_THREE_PARTS.fullmatch(claim[5]) if len(claim) > 5 else None for claim in claims]
        used = {place["separator"] if place else named for place in places}
        return used.pop() if len(used) == 1 else named

    def __len__(self) -> int:
        """How many segments the transaction has."""
        return len(self._uncut)

    def bounds(self) -> list[int]:
        """Positions in the transaction where something of its own begins: a level, a claim, the end."""
        separator = self.transaction.delimiters.element
        begins = (f"HL{separator}", f"CLM{separator}", f"SE{separator}")
        return [index for index, segment in enumerate(self._uncut) if segment.startswith(begins)]

    def load(self, start: int, end: int) -> None:
        """Cut the segments from one position of the transaction up to another, and begin with no problems."""
        separator = self.transaction.delimiters.element
        self.segments = [segment.split(separator) for segment in self._uncut[start:end]]
        self.problems = []
        self._start = start

    def place(self, index: int) -> Place:
        """The place of a segment."""
        segment_id = self.segments[index][0] if index < len(self.segments) else ""
        segment_id = segment_id if _SEGMENT_ID.fullmatch(segment_id) else ""
        return self.transaction.place(self._start + index, segment_id)

    def note(
        self, index: int, found: str, write: str, *, element: int = 0, component: int = 0, status: str = INVALID
    ) -> None:
        """Note a problem of a segment or of one of its elements."""
        self.problems.append(Problem(self.place(index), found, write, element, component, status))

    def note_stray(self, index: int, where: str) -> None:
        """Note a segment that does not belong where it stands."""
        segment_id = self.segments[index][0]
        found = shown(segment_id) if _SEGMENT_ID.fullmatch(segment_id) else "a segment that the 837 does not know"
        self.note(index, f"{found} {where}", "the segments in the guide's order", status=UNPROCESSABLE)
        self.stray = self.stray or self.problems[-1]

    def found(self, index: int, element: int, text: str) -> str:
        """An element's content, or part of it, for a message. What a patient's segment holds is never repeated."""
        return HIDDEN if text and self._is_patients(index, element) else shown(text)

    def loop_name(self, index: int) -> str:
        """What a message calls the loop that an NM1 opens: NM1 and whom it names, unless that is no such code."""
        role = self.text(index, 1)
        return f"NM1*{role}" if role in _ENTITIES else "NM1"

    def _is_patients(self, index: int, element: int) -> bool:
        if self.segments[index][0] != "NM1":
            return self.segments[index][0] in _OF_PATIENTS
        role = self.text(index, 1)
        if element == 1:
            return role not in _ENTITIES and not (role.isdecimal() and len(role) <= _ENTITY_CHARACTERS)
        return role in _PERSONS or role not in _ENTITIES

    def text(self, index: int, element: int) -> str:
        """An element; empty when it was not sent."""
        segment = self.segments[index]
        return segment[element] if len(segment) > element else ""

    def components(self, index: int, element: int) -> list[str]:
        """The parts of a composite element, without the blanks around them."""
        segment = self.segments[index]
        text = segment[element] if len(segment) > element else ""
        if " " in text:
            return [part.strip() for part in text.split(self.component_separator)]
        return text.split(self.component_separator) if text else []

    def required(self, index: int, element: int, write: str, status: str = MISSING) -> str:
        """An element that must be there."""
        text = self.text(index, element)
        if not text:
            self.note(index, "nothing", write, element=element, status=status)
        return text

    def coded(self, index: int, element: int, codes: Sequence[str], *, required: bool = True) -> str:
        """An element that holds one of a few codes."""
        text = self.text(index, element)
        if text not in codes and (text or required):
            self.note(
                index,
                self.found(index, element, text),
                " or ".join(codes),
                element=element,
                status=INVALID if text else MISSING,
            )
        return text

    def amount(self, index: int, element: int, *, signed: bool = False, status: str = INVALID) -> int:
        """A required amount in cents. Only another payer's amounts may be negative (domain/01 section 8, B2)."""
        cents = _cents(self.text(index, element))
        if cents is None:
            text = self.text(index, element)
            self.note(index, shown(text), "an amount such as 130.00", element=element, status=status)
            return 0
        if cents < 0 and not signed:
            found = shown(self.text(index, element))
            self.note(index, found, "an amount of zero or more", element=element, status="A7:693")
        elif abs(cents) > MAX_AMOUNT_CENTS:
            found = shown(self.text(index, element))
            write = f"an amount of at most {dollars(MAX_AMOUNT_CENTS).replace(',', '')}"
            self.note(index, found, write, element=element, status=status)
        return cents

    def optional_amount(self, index: int, element: int, *, signed: bool = False) -> int | None:
        """An amount in cents; None when it was not sent."""
        return self.amount(index, element, signed=signed) if self.text(index, element) else None

    def quantity(
        self, index: int, element: int, *, signed: bool = False, zero: bool = False, status: str = INVALID
    ) -> int:
        """A required quantity in thousandths, above zero unless it may be signed or zero (domain/01 section 4.2)."""
        text = self.text(index, element)
        thousandths = _thousandths(text)
        if thousandths is None:
            write = "a number with at most 8 digits and 3 decimals, such as 1 or 2.5"
            self.note(index, self.found(index, element, text), write, element=element, status=status)
            return 1000
        if not signed and thousandths < (0 if zero else 1):
            write = "a quantity of zero or more" if zero else "a quantity above zero"
            self.note(index, self.found(index, element, text), write, element=element, status=status)
        return thousandths

    def optional_quantity(
        self, index: int, element: int, *, signed: bool = False, zero: bool = False, status: str = INVALID
    ) -> int | None:
        """A quantity in thousandths; None when it was not sent."""
        if not self.text(index, element):
            return None
        return self.quantity(index, element, signed=signed, zero=zero, status=status)

    def date(self, index: int, element: int, *, status: str = INVALID) -> dt.date | None:
        """A day written CCYYMMDD; None when it cannot be read."""
        text = self.text(index, element)
        day = _day(text)
        if day is None:
            self.note(index, self.found(index, element, text), _DATE_FORMS["D8"], element=element, status=status)
        return day

    def dates(self, index: int, status: str = INVALID) -> Span | None:
        """The day or days of a DTP segment: D8 one day, RD8 from-through, DT a day with its time."""
        form, text = self.text(index, 2), self.text(index, 3)
        span = _span(form, text)
        if span is None:
            if form in _DATE_FORMS:
                self.note(index, shown(text), _DATE_FORMS[form], element=3, status=status)
            else:
                self.note(index, shown(form), "D8 or RD8", element=2, status=status)
        return span

    def component_dates(self, index: int, element: int) -> Span | None:
        """The day or days in components 3 and 4 of a composite code."""
        form, text = self.components(index, element)[2:4]
        span = _span(form, text)
        if span is None:
            if form in _DATE_FORMS:
                self.note(index, shown(text), _DATE_FORMS[form], element=element, component=4)
            else:
                self.note(index, shown(form), "D8 or RD8", element=element, component=3)
        return span

    def component_amount(self, index: int, element: int, component: int) -> int:
        """A required amount in cents inside a composite code."""
        parts = self.components(index, element)
        text = parts[component - 1] if len(parts) >= component else ""
        cents = _cents(text)
        if cents is None or not 0 <= cents <= MAX_AMOUNT_CENTS:
            self.note(index, shown(text), "an amount such as 130.00", element=element, component=component)
            return 0
        return cents


@functools.lru_cache(maxsize=16384)
def _cents(text: str) -> int | None:
    try:
        return cents_from_text(text) if text.isascii() else None
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def _thousandths(text: str) -> int | None:
    match = _QUANTITY.match(text)
    if match is None or not (match[2] or match[3]):
        return None
    thousandths = int((match[2] or "0") + (match[3] or "").ljust(3, "0"))
    return -thousandths if match[1] else thousandths


@functools.lru_cache(maxsize=16384)
def _day(text: str) -> dt.date | None:
    if len(text) != 8 or not (text.isascii() and text.isdigit()) or not _FIRST_YEAR <= text[:4] <= _LAST_YEAR:
        return None
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _span(form: str, text: str) -> Span | None:
    if form == "D8" or (form == "DT" and len(text) == 12 and text[8:].isdigit()):
        day = _day(text[:8] if form == "DT" else text)
        return Span(day) if day is not None else None
    if form == "RD8":
        first, _, last = text.partition("-")
        from_day, through_day = _day(first), _day(last)
        return Span(from_day, through_day) if from_day is not None and through_day is not None else None
    return None
