"""Writes X12: segments from their elements, and the envelopes around transactions with their counts and control numbers."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

_ELEMENT, _COMPONENT, _REPETITION, _SEGMENT = "*", ":", "^", "~"
_RESERVED = re.compile(r"[\^~\x00-\x1f\x7f]")
_RESERVED_IN_ELEMENT = re.compile(r"[*:^~\x00-\x1f\x7f]")
_MAX_CONTROL_NUMBER = 999_999_999


class Envelope(msgspec.Struct, frozen=True):
    """What the ISA and GS of an interchange with one group say."""

    functional_id: str
    """GS01: HP for an 835, HN for a 277."""
    version: str
    """GS08."""
    sender_id: str
    receiver_id: str
    control_number: int
    """ISA13, IEA02 and GS06: 1 to 999999999, never twice to one receiver."""
    created_on: dt.date
    created_at: str
    """HHMM."""
    test: bool
    """ISA15 = T instead of P."""


class Transaction(msgspec.Struct, frozen=True):
    """One ST..SE before its envelope: kind, version where ST03 is used, and the segments between ST and SE."""

    kind: str
    segments: list[str]
    version: str = ""


def segment(segment_id: str, *elements: str | tuple[str, ...]) -> str:
    """One segment without its terminator. A tuple is a composite element. Empty elements at the end are left out.

    Data that contain a delimiter or a control character get a blank in its place: a receiver could not tell them apart.
    """
    text, separators, components = _joined(segment_id, elements)
    if _RESERVED.search(text) or text.count(_ELEMENT) != separators or text.count(_COMPONENT) != components:
        plain = [_plain(part) if isinstance(part, str) else tuple(map(_plain, part)) for part in elements]
        text, _, _ = _joined(segment_id, plain)
    return text


def _joined(segment_id: str, elements: Sequence[str | tuple[str, ...]]) -> tuple[str, int, int]:
    """The text of a segment, and how many element and component separators belong in it."""
    texts = [segment_id]
    components = 0
    for element in elements:
        if isinstance(element, str):
            texts.append(element)
        else:
            last = max((number for number, part in enumerate(element) if part), default=-1)
            texts.append(_COMPONENT.join(element[: last + 1]))
            components += max(last, 0)
    while not texts[-1]:
        texts.pop()
    return _ELEMENT.join(texts), len(texts) - 1, components


def _plain(text: str) -> str:
    return _RESERVED_IN_ELEMENT.sub(" ", text).rstrip()


def amount(amount_cents: int) -> str:
    """Cents as an X12 decimal without needless zeros: ``130``, ``62.5``, ``.8``, ``-7.25``."""
    whole, part = divmod(abs(amount_cents), 100)
    return _decimal(amount_cents < 0, whole, f"{part:02d}")


def quantity(quantity_thousandths: int) -> str:
    """Thousandths as an X12 decimal without needless zeros: ``1``, ``2.5``."""
    whole, part = divmod(abs(quantity_thousandths), 1000)
    return _decimal(quantity_thousandths < 0, whole, f"{part:03d}")


def _decimal(negative: bool, whole: int, part: str) -> str:
    part = part.rstrip("0")
    text = f"{whole or ''}.{part}" if part else str(whole)
    return f"-{text}" if negative else text


def day(date: dt.date) -> str:
    """CCYYMMDD."""
    return f"{date.year:04d}{date.month:02d}{date.day:02d}"


def write_interchange(envelope: Envelope, transactions: Iterable[Transaction]) -> Iterator[str]:
    """The text of an interchange in pieces, one for each transaction; nothing at all when there is no transaction.

    Raises:
        ValueError: the control number or the time cannot be written.
    """
    if not 1 <= envelope.control_number <= _MAX_CONTROL_NUMBER:
        raise ValueError(f"interchange control number {envelope.control_number}: write 1 to {_MAX_CONTROL_NUMBER}")
    if not re.fullmatch(r"([01][0-9]|2[0-3])[0-5][0-9]", envelope.created_at):
        raise ValueError(f"time {envelope.created_at!r}: write hours and minutes as HHMM, such as 0830")
    count = 0
    for count, transaction in enumerate(transactions, start=1):
        number = f"{count:04d}"
        lines = [] if count > 1 else _opening(envelope)
        lines.append(segment("ST", transaction.kind, number, transaction.version))
        lines += transaction.segments
        lines.append(segment("SE", str(len(transaction.segments) + 2), number))
        yield _text(lines)
    if count:
        control_number = str(envelope.control_number)
        yield _text([segment("GE", str(count), control_number), segment("IEA", "1", control_number.zfill(9))])


def _opening(envelope: Envelope) -> list[str]:
    sender, receiver = _plain(envelope.sender_id), _plain(envelope.receiver_id)
    isa = (
        *("ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{sender:15.15}", "ZZ", f"{receiver:15.15}"),
        *(day(envelope.created_on)[2:], envelope.created_at, _REPETITION, "00501", f"{envelope.control_number:09d}"),
        *("0", "T" if envelope.test else "P", _COMPONENT),
    )
    gs = segment(
        "GS",
        envelope.functional_id,
        f"{sender:.15}",
        f"{receiver:.15}",
        day(envelope.created_on),
        envelope.created_at,
        str(envelope.control_number),
        "X",
        envelope.version,
    )
    return [_ELEMENT.join(isa), gs]


def _text(segments: list[str]) -> str:
    return "".join(f"{line}{_SEGMENT}\n" for line in segments)
