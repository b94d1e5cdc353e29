"""Every layout of a coding table by the name that its binding gives: how its file is packed, opened and compared."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.coding_tables import (
    AddOn,
    AddOnCodes,
    CodingVersion,
    Indicators,
    PairEdit,
    ProcedureIndicators,
    ProcedurePairs,
    UnitLimit,
    UnitLimits,
)
from adjudicator.policy.load.publishers import fee_schedule, ncci
from adjudicator.policy.load.publishers.rows import Rows
from adjudicator.policy.packed import PackedPairs, PackedRows

Packed = PackedPairs[Any] | PackedRows[Any]
"""A packed table of any layout."""


class Layout(msgspec.Struct, frozen=True):
    """A publisher's layout of a coding table."""

    name: str
    lists: tuple[str, ...]
    """What a table of this layout may list."""
    pack: Callable[[Rows, str], bytes]
    """Packs the rows of a file, made of the source named; what is wrong is noted among the rows' mistakes."""
    open: Callable[[Any, str], Packed]
    """Opens what was packed of the source named, or raises ``Damaged``."""
    version: Callable[[str, Span, Citation, Any], CodingVersion]
    """A table's version: document, span, citation, packed table."""
    rows: Callable[[Rows], Iterator[tuple[str, str]]]
    """Every row of a file as a key and what is said of it, for comparing two files; nothing is checked."""


def _pairs(document: str, span: Span, cite: Citation, packed: Any) -> CodingVersion:
    return ProcedurePairs(document=document, span=span, cite=cite, pairs=packed)


def _limits(document: str, span: Span, cite: Citation, packed: Any) -> CodingVersion:
    return UnitLimits(document=document, span=span, cite=cite, limits=packed)


def _add_ons(document: str, span: Span, cite: Citation, packed: Any) -> CodingVersion:
    return AddOnCodes(document=document, span=span, cite=cite, codes=packed)


def _indicators(document: str, span: Span, cite: Citation, packed: Any) -> CodingVersion:
    return ProcedureIndicators(document=document, span=span, cite=cite, rows=packed)


LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(
            name="ncci-ptp",
            lists=("procedure-pairs-practitioner", "procedure-pairs-outpatient"),
            pack=ncci.pack_pairs,
            open=lambda content, source: PackedPairs(content, PairEdit, source),
            version=_pairs,
            rows=ncci.pair_rows,
        ),
        Layout(
            name="ncci-mue",
            lists=("unit-limits-practitioner", "unit-limits-outpatient", "unit-limits-supplier"),
            pack=ncci.pack_limits,
            open=lambda content, source: PackedRows(content, UnitLimit, source),
            version=_limits,
            rows=ncci.limit_rows,
        ),
        Layout(
            name="ncci-add-on",
            lists=("add-on-codes",),
            pack=ncci.pack_add_ons,
            open=lambda content, source: PackedRows(content, AddOn, source),
            version=_add_ons,
            rows=ncci.add_on_rows,
        ),
        Layout(
            name="pprrvu",
            lists=("procedure-indicators",),
            pack=fee_schedule.pack_indicators,
            open=lambda content, source: PackedRows(content, Indicators, source),
            version=_indicators,
            rows=fee_schedule.indicator_rows,
        ),
    )
}
"""The layouts of coding tables."""

CODING_LISTS: dict[str, Layout] = {lists: layout for layout in LAYOUTS.values() for lists in layout.lists}
"""What coding tables list, and the layout of each."""
