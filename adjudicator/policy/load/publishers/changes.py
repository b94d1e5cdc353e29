"""What changed between two files of a publisher: rows added, removed and said otherwise, with little memory.

Both files are sorted in pieces on disk and then read side by side, so that a quarter of two million pairs can be compared.
"""

import contextlib
import heapq
import itertools
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

PIECE_ROWS = 200_000
"""Rows that are sorted at once."""
_BETWEEN = "\t"


class Change(msgspec.Struct, frozen=True):
    """A key whose rows are not the same in both files."""

    key: str
    before: tuple[str, ...]
    """What the older file says of it, row by row; empty where it is new."""
    after: tuple[str, ...]
    """What the newer file says of it; empty where it is gone."""


def changes(older: Iterable[tuple[str, str]], newer: Iterable[tuple[str, str]]) -> Iterator[Change]:
    """The changes between the rows of two files, in the order of their keys.

    Args:
        older: every row of the older file as a key and what is said of it.
        newer: every row of the newer one.
    """
    with contextlib.ExitStack() as pieces:
        merged = heapq.merge(
            ((key, 0, said) for key, said in _sorted(older, pieces)),
            ((key, 1, said) for key, said in _sorted(newer, pieces)),
        )
        for key, rows in itertools.groupby(merged, key=lambda row: row[0]):
            sides: tuple[list[str], list[str]] = ([], [])
            for _, side, said in rows:
                sides[side].append(said)
            if sides[0] != sides[1]:
                yield Change(key, tuple(sides[0]), tuple(sides[1]))


def _sorted(rows: Iterable[tuple[str, str]], pieces: contextlib.ExitStack) -> Iterator[tuple[str, str]]:
    """Rows in order, sorted in pieces that wait on disk."""
    waiting: list[Iterator[tuple[str, str]]] = []
    rows = iter(rows)
    while piece := sorted(itertools.islice(rows, PIECE_ROWS)):
        if len(piece) < PIECE_ROWS and not waiting:
            return iter(piece)
        file = pieces.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n"))  # noqa: SIM115 - the stack closes it
        file.writelines(f"{key}{_BETWEEN}{said}\n" for key, said in piece)
        file.seek(0)
        waiting.append(_kept(file))
    return heapq.merge(*waiting)


def _kept(file: IO[str]) -> Iterator[tuple[str, str]]:
    for line in file:
        key, _, said = line.rstrip("\n").partition(_BETWEEN)
        yield key, said
