"""What is wrong with a set of policy files, said to the person who wrote them: where, what was found, what to write."""

from collections.abc import Iterable

import msgspec


class PolicyError(msgspec.Struct, frozen=True, order=True):
    """One mistake in one place."""

    file: str
    line: int
    """Counted from 1; for a table's file this is the row, its heading being line 1."""
    path: str
    """Where in the document, such as ``versions[2026-01-01].criteria[age].otherwise``; empty for the whole file."""
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.path}: {self.message}" if self.path else self.message)


class PolicyErrors(Exception):
    """The policy files cannot be used; ``errors`` holds every mistake, sorted by file and line."""

    errors: tuple[PolicyError, ...]

    def __init__(self, errors: Iterable[PolicyError]) -> None:
        self.errors = tuple(sorted(set(errors)))
        super().__init__("\n".join(str(error) for error in self.errors))


def shown(value: object) -> str:
    """A value of a policy file as a message quotes it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = str(value)
    if not text:
        return "nothing"
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def either(words: Iterable[str]) -> str:
    """Words as a choice: ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
