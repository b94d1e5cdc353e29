"""Rows of documents by the procedures that they name."""

from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar

import msgspec

from adjudicator.policy.code_set import CodeSet


class NamesProcedures(Protocol):
    """A row or document that is for some procedures."""

    @property
    def procedures(self) -> CodeSet | None:
        """The procedures; None for any."""


RowT = TypeVar("RowT", bound=NamesProcedures)


class ByProcedure(msgspec.Struct, Generic[RowT], frozen=True):
    """Rows by the procedures that they name, in their own order, so that a line meets only those that can concern it."""

    listed: Mapping[str, tuple[RowT, ...]]
    """By single code, those of ``unlisted`` included."""
    unlisted: Mapping[str, tuple[RowT, ...]]
    """Rows that name procedures by beginnings or ranges, or any procedure, by the first sign of what they can name."""
    anything: tuple[RowT, ...]
    """Those of them that can name procedures with any first sign."""
    for_any: frozenset[str]
    """The first signs under which every row of ``unlisted`` is for any procedure; empty stands for all other signs."""

    @classmethod
    def of(cls, rows: Iterable[RowT]) -> "ByProcedure[RowT]":
        """Index rows."""
        named = [(row.procedures or CodeSet(everything=True), row) for row in rows]
        codes = frozenset[str]().union(*(procedures.codes for procedures, _ in named))
        unlisted = [(procedures, row) for procedures, row in named if not procedures.enumerated]
        signs = frozenset[str]().union(*(procedures.first_signs or () for procedures, _ in unlisted))
        by_sign = {
            sign: [(each, row) for each, row in unlisted if each.first_signs is None or sign in each.first_signs]
            for sign in (*signs, "")
        }
        return cls(
            listed={code: tuple([row for procedures, row in named if code in procedures]) for code in codes},
            unlisted={sign: tuple([row for _, row in rows]) for sign, rows in by_sign.items() if sign},
            anything=tuple([row for _, row in by_sign[""]]),
            for_any=frozenset(
                sign for sign, rows in by_sign.items() if all(procedures.everything for procedures, _ in rows)
            ),
        )

    def naming(self, procedure: str) -> tuple[RowT, ...]:
        """The rows that name a procedure."""
        listed = self.listed.get(procedure)
        if listed is not None:
            return listed
        sign = procedure[:1]
        rows = self.unlisted.get(sign)
        if rows is None:
            sign, rows = "", self.anything
        if sign in self.for_any:
            return rows
        return tuple([row for row in rows if row.procedures is None or procedure in row.procedures])
