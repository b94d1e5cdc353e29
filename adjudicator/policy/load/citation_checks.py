"""Numbers of a criterion or row that its quote does not state: a reader could not check them against the source.

The rule is made to be right rather than complete: a number passes when the quote, or the section or title that the version
cites, states it in digits or words, or states the same in another unit ("ten years" for 120 months, "annually" for 12
months), or states the bound from outside ("under 76" for at most 75). What is left is doubtful, not wrong.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from adjudicator.policy.load.library import Entry
from adjudicator.policy.load.text import Place
from adjudicator.policy.load.versions import Part, Version, parts_of

_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "eighteenth": 18, "twentieth": 20, "once": 1, "single": 1,
    "a": 1, "an": 1, "twice": 2, "both": 2, "dozen": 12,
}  # fmt: skip
_IN_MONTHS = {
    "year": 12,
    "annual": 12,
    "annually": 12,
    "yearly": 12,
    "quarter": 3,
    "quarterly": 3,
    "month": 1,
    "monthly": 1,
}
_IN_DAYS = {"week": 7, "weekly": 7, "day": 1, "daily": 1, "month": 30, "monthly": 30, "year": 365, "annually": 365}
"""How many months or days a unit is, where a look-back counts in those."""


def check_citations(entry: Entry, place: Place, version: Version) -> None:
    """Warn of every number of a version's criteria and rows that neither their quote nor the citation states."""
    for here, part in parts_of(version, place):
        quote = getattr(part, "quote", "")
        if not quote:
            continue
        stated = stated_numbers(f"{quote} {version.cite.section} {version.cite.title}")
        for spot, number, name in _numbers(entry, part, here):
            if not _states(stated, number, name):
                entry.text.warn(
                    spot, f"found {number}, which the quote does not state; write the sentence that states it"
                )


def stated_numbers(text: str) -> set[tuple[Decimal, str]]:
    """Every number of a text, in digits or words, with the unit of time that follows it, else with nothing."""
    words = re.findall(r"\d[\d,]*(?:\.\d+)?|[a-z]+", text.lower())
    stated: set[tuple[Decimal, str]] = set()
    position = 0
    while position < len(words):
        number, used = _number(words[position:])
        if number is None and _unit(words[position]):
            number, used = Decimal(1), 0
        after = position + used
        if number is not None:
            stated.add((number, _unit(words[after]) if after < len(words) else ""))
        used = used or 1
        position += used
    return stated


def _unit(word: str) -> str:
    """A unit of time in the singular; nothing for another word."""
    singular = word.removesuffix("s")
    return singular if singular in _IN_MONTHS or singular in _IN_DAYS else ""


def _number(words: list[str]) -> tuple[Decimal | None, int]:
    """The number with which words begin, and how many of them it takes."""
    if words[0][0].isdigit():
        return Decimal(words[0].replace(",", "")), 1
    total, used = Decimal(0), 0
    for word in words:
        if word == "hundred" and used:
            total *= 100
        elif word in _WORDS and (not used or total % 100 == 0 or (total % 10 == 0 and _WORDS[word] < 10)):
            total += _WORDS[word]
        elif not (word == "and" and used and total % 100 == 0 and len(words) > used + 1 and words[used + 1] in _WORDS):
            break
        used += 1
    return (total, used) if used else (None, 1)


def _states(stated: set[tuple[Decimal, str]], number: Decimal, name: str) -> bool:
    """Whether a text states a number: itself, the same time in another unit, or the bound seen from outside."""
    units = {"months": _IN_MONTHS, "days": _IN_DAYS}.get(name)
    if units:
        return (number, "") in stated or any((number / count, unit) in stated for unit, count in units.items())
    found = {one for one, _ in stated}
    outside = {"min": -1, "max": 1}.get(name, 0)
    steps = (Decimal(0), Decimal(outside), Decimal(outside) / 100)
    if number < 1 and number * 100 in found:  # a share
        return True
    return any(number + step in found for step in steps)


def _numbers(entry: Entry, part: Part, place: Place) -> Iterator[tuple[Place, Decimal, str]]:
    """Every number of a part and below it, as the file writes it, with the word that it stands under."""
    for here, inner in parts_of(part, place):
        for name, field in type(inner).model_fields.items():
            value: Any = getattr(inner, name)
            spot = (*here, field.alias or name)
            written = entry.text.at(spot)
            if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and isinstance(written, str):
                yield spot, Decimal(written), name
