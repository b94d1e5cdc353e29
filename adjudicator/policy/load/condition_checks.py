"""Criteria that can never answer, or never let pass: conditions whose words contradict or repeat one another.

Words with bounds are compared by their bounds, those of ``_LISTED`` and ``_ONE_OF_ITS_KIND`` by their lists, and every other
word, a new one too, by its text: the same asked and denied. Only what is certain is told: a condition that is not told may
still never hold.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from adjudicator.model.dates import Span
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.load.code_checks import disjoint, holds_all
from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.library import CODE_FIELDS, Entry, Library
from adjudicator.policy.load.text import Place
from adjudicator.policy.load.versions import Part, Version, parts_of

_ONE_OF_ITS_KIND = ("procedures", "primary_diagnosis", "places", "plan", "network", "sex")
"""Words about something of which a line has one only: two lists without a common entry cannot both hold it."""
_LISTED = ("procedures", "diagnoses", "primary_diagnosis", "claim_diagnoses", "modifiers", "places")
"""Words that hold when something of the line is listed: what holds with a list holds with every longer one."""
_ANY = (float("-inf"), float("inf"))
_SHORTEST_YEAR_DAYS, _LONGEST_YEAR_DAYS = 365, 366


class _Fact(msgspec.Struct, frozen=True):
    """What one word says of a line, and where."""

    word: str
    value: Any
    place: Place
    holds: bool = True
    """False below ``not``."""


def check_conditions(library: Library, entry: Entry, place: Place, span: Span, version: Version) -> None:
    """Note every criterion of a version that can never answer, or never let a line pass."""
    check = _Checker(library, entry, span)
    whole = check.codes_of(version, "procedures", place)
    for here, part in parts_of(version, place):
        when, require = getattr(part, "when", None), getattr(part, "require", None)
        known = [*whole, *check.codes_of(part, "for_", here)]
        if isinstance(when, Condition):
            known += check.condition(when, (*here, "when"), known)
        if isinstance(require, Condition):
            check.requirement(require, (*here, "require"), known)


class _Checker:
    """The conditions of one version."""

    def __init__(self, library: Library, entry: Entry, span: Span) -> None:
        self._library = library
        self._entry = entry
        self._days = [span.effective]
        self._span = span

    def codes_of(self, part: Part, name: str, place: Place) -> list[_Fact]:
        """What the list of a document or row says of every line that its criteria see."""
        items = getattr(part, name, None)
        return [_Fact("procedures", items, (*place, name.rstrip("_")))] if isinstance(items, tuple) else []

    def condition(self, condition: Condition, place: Place, known: list[_Fact]) -> list[_Fact]:
        """Note where a condition contradicts what is known or itself; gives what it says, for what stands beside it."""
        said = list(_facts(condition, place))
        for position, fact in enumerate(said):
            other = next((one for one in (*known, *said[:position]) if self._contradict(fact, one)), None)
            if other is not None:
                self._note(
                    fact.place, f"found a condition that can never hold beside {self._shown(other)}; mend one of them"
                )
        for part, here in _joined(condition, place):
            for position, branch in enumerate(part.any_ or ()):
                self.condition(branch, (*here, "any", position), [*known, *said])
            if part.not_ is not None:
                self._denial(part.not_, (*here, "not"), [*known, *said])
        return said

    def _denial(self, condition: Condition, place: Place, known: list[_Fact]) -> None:
        """Note a ``not`` of several words that all hold wherever the rest does; one of a single word is a fact itself."""
        denied = list(_facts(condition, place))
        certain = len(denied) > 1 and not _has_choices(condition)
        if certain and all(any(self._follows(fact, one) for one in known) for fact in denied):
            self._note(
                place, f"found a condition that can never hold beside {self._cause(denied, known)}; mend one of them"
            )

    def requirement(self, require: Condition, place: Place, known: list[_Fact]) -> None:
        """Note a requirement that can never be met, or that is met wherever the criterion applies."""
        said = self.condition(require, place, known)
        certain = said and not _has_choices(require) and not require.not_
        if certain and all(any(self._follows(fact, one) for one in known) for fact in said):
            self._note(
                place,
                f"found a requirement that always holds beside {self._cause(said, known)}, so that the criterion never "
                "answers; mend one of them",
            )

    def _cause(self, facts: list[_Fact], known: list[_Fact]) -> str:
        return self._shown(next(one for one in known if self._follows(facts[0], one)))

    def _contradict(self, one: _Fact, other: _Fact) -> bool:
        """Whether two facts can never hold for the same line."""
        if {one.word, other.word} == {"age_years", "age_days"} and one.holds and other.holds:
            years, days = (one, other) if one.word == "age_years" else (other, one)
            (youngest, oldest), (first, last) = _bounds(years.value) or _ANY, _bounds(days.value) or _ANY
            return last < youngest * _SHORTEST_YEAR_DAYS or first > (oldest + 1) * _LONGEST_YEAR_DAYS
        if one.word != other.word:
            return False
        if one.holds and other.holds:
            return self._exclude(one.word, one.value, other.value)
        if one.holds is other.holds:
            return False
        asked, denied = (one, other) if one.holds else (other, one)
        return self._implies(asked.word, asked.value, denied.value)

    def _follows(self, fact: _Fact, other: _Fact) -> bool:
        """Whether a fact holds wherever another does."""
        return (
            fact.word == other.word and fact.holds and other.holds and self._implies(fact.word, other.value, fact.value)
        )

    def _exclude(self, word: str, one: Any, other: Any) -> bool:
        bounds = _bounds(one), _bounds(other)
        if bounds[0] and bounds[1]:
            (low, high), (other_low, other_high) = bounds[0], bounds[1]
            return max(low, other_low) > min(high, other_high)
        if word not in _ONE_OF_ITS_KIND:
            return False
        if word in _LISTED:
            return all(disjoint(left, right) for left, right in self._sets(word, one, other))
        return not set(_items(one)) & set(_items(other))

    def _implies(self, word: str, one: Any, other: Any) -> bool:
        """Whether a word with one value makes it hold with another."""
        bounds = _bounds(one), _bounds(other)
        if bounds[0] and bounds[1]:
            return bounds[1][0] <= bounds[0][0] and bounds[0][1] <= bounds[1][1]
        if word in _LISTED:
            return all(holds_all(right, left) for left, right in self._sets(word, one, other))
        if word in _ONE_OF_ITS_KIND:
            return set(_items(one)) <= set(_items(other))
        return bool(one == other)

    def _sets(self, word: str, one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[tuple[CodeSet, CodeSet]]:
        """Two lists of codes on every day on which a set that they name changes."""
        named = [item for item in (*one, *other) if item.startswith("sets/")]
        days = {day for path in named for day in self._library.days_of_set(path, self._span)}
        for day in days or self._days:
            yield tuple(self._library.code_set(items, CODE_FIELDS[word], day) for items in (one, other))  # type: ignore[misc]

    def _shown(self, fact: _Fact) -> str:
        """A fact as the file writes it, in short, with its line."""
        return f"{'' if fact.holds else 'not '}{fact.word} in line {self._entry.text.line(fact.place)}"

    def _note(self, place: Place, message: str) -> None:
        self._entry.text.mistake(place, message)


def _facts(condition: Condition, place: Place) -> Iterator[_Fact]:
    """What a condition says for certain: its words, those of ``all``, and single words below ``not``."""
    for name, field in type(condition).model_fields.items():
        value = getattr(condition, name)
        if name not in ("all_", "any_", "not_") and value is not None:
            yield _Fact(name, value, (*place, field.alias or name))
    for position, part in enumerate(condition.all_ or ()):
        yield from _facts(part, (*place, "all", position))
    if condition.not_ is not None and not _has_choices(condition.not_):
        denied = list(_facts(condition.not_, (*place, "not")))
        if len(denied) == 1 and denied[0].holds:
            yield msgspec.structs.replace(denied[0], holds=False)


def _joined(condition: Condition, place: Place) -> Iterator[tuple[Condition, Place]]:
    """A condition and those below its ``all``, which must hold together."""
    yield condition, place
    for position, part in enumerate(condition.all_ or ()):
        yield from _joined(part, (*place, "all", position))


def _has_choices(condition: Condition) -> bool:
    return bool(condition.any_) or any(_has_choices(part) for part in condition.all_ or ())


def _bounds(value: Any) -> tuple[float, float] | None:
    """The bounds of a word that has them."""
    if not isinstance(value, Part) or set(type(value).model_fields) != {"min", "max"}:
        return None
    low, high = getattr(value, "min", None), getattr(value, "max", None)
    return (float("-inf") if low is None else low, float("inf") if high is None else high)


def _items(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
