"""What the publishers' coding tables say: pairs that exclude each other, units, add-on codes, indicators of procedures.

The values here are facts of a table; what a payer does about them is an edit's and its guidance's. A table is a version of
its document like any other: chosen by the line's date of service. ``of`` makes one of plain rows; those of a payer come
from the publishers' files, packed, and are read where they lie (``packed``).
"""

import datetime as dt
import enum
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.document import Document, Version
from adjudicator.policy.packed import PackedPairs, PackedRows, PairPacker, RowPacker

ALWAYS = Span(dt.date.min)
_OURS = Citation(title="Rows given in place of a file")


class Setting(enum.StrEnum):
    """For whom a table holds: the publisher has pairs and unit limits apart for each."""

    PRACTITIONER = "practitioner"
    """Practitioners, and surgical centers in the pairs."""
    OUTPATIENT = "outpatient"
    """Hospitals, for outpatients."""
    SUPPLIER = "supplier"
    """Suppliers of equipment; they have unit limits alone."""


class PairEdit(msgspec.Struct, frozen=True):
    """A column-2 procedure is not paid beside its column-1 procedure on one day by one provider."""

    modifier_indicator: str
    """``0``: no modifier parts them; ``1``: an NCCI modifier may; ``9``: the pair was deleted and does not hold."""
    span: Span
    """Days on which it holds; those of the table's version where the file gives no first day."""
    rationale: str = ""
    """The publisher's ground, in its own few words."""


class ProcedurePairs(Version, frozen=True):
    """NCCI procedure-to-procedure edits of one setting."""

    pairs: PackedPairs[PairEdit]

    @classmethod
    def of(
        cls, rows: Iterable[tuple[str, str, PairEdit]], document: str = "tables/procedure-pairs", span: Span = ALWAYS
    ) -> "ProcedurePairs":
        """A table of plain rows: column-1 code, column-2 code, what holds for them."""
        packer = PairPacker[PairEdit]()
        for column_1, column_2, edit in rows:
            packer.add(column_1, column_2, packer.record(edit))
        return cls(document=document, span=span, cite=_OURS, pairs=PackedPairs(packer.packed(), PairEdit))

    def __contains__(self, code: object) -> bool:
        """Whether a procedure is in any pair, in either column; a line with another needs no look-up."""
        return code in self.pairs

    def find(self, column_1: str, column_2: str, day: dt.date) -> PairEdit | None:
        """The edit of a pair in this order that holds on a day; None when the two may be paid together then."""
        for edit in self.pairs.find(column_1, column_2):
            if edit.span.covers(day):
                return edit
        return None


class UnitLimit(msgspec.Struct, frozen=True):
    """A medically unlikely edit: the most units of a procedure for one patient, provider and day."""

    units: int
    adjudication_indicator: str
    """``1``: of a line; ``2``: of a day, absolute; ``3``: of a day, unless the record shows the need."""
    rationale: str = ""


class UnitLimits(Version, frozen=True):
    """NCCI medically unlikely edits of one setting."""

    limits: PackedRows[UnitLimit]

    @classmethod
    def of(
        cls, rows: Iterable[tuple[str, UnitLimit]], document: str = "tables/unit-limits", span: Span = ALWAYS
    ) -> "UnitLimits":
        """A table of plain rows: procedure and its limit."""
        return cls(document=document, span=span, cite=_OURS, limits=_packed(rows, UnitLimit))

    def limit(self, procedure: str) -> UnitLimit | None:
        """A procedure's limit; None when the table gives none."""
        found = self.limits.find(procedure)
        return found[0] if found else None


class AddOn(msgspec.Struct, frozen=True):
    """A procedure that is paid only beside a primary one of the same provider and day."""

    type: str
    """``1``: beside one of ``primaries``; ``2``: the payer names the primaries; ``3``: some are named, the payer may add."""
    primaries: frozenset[str]
    payer_names_primaries: bool
    """The publisher lists ``CCCCC`` in place of a primary: the payer names them, or names more."""
    span: Span = ALWAYS
    """Days on which these primaries hold."""


class AddOnCodes(Version, frozen=True):
    """NCCI add-on code edits."""

    codes: PackedRows[AddOn]

    @classmethod
    def of(
        cls, rows: Iterable[tuple[str, AddOn]], document: str = "tables/add-on-codes", span: Span = ALWAYS
    ) -> "AddOnCodes":
        """A table of plain rows: add-on procedure and its primaries, once for each span of days."""
        return cls(document=document, span=span, cite=_OURS, codes=_packed(rows, AddOn))

    def add_on(self, procedure: str, day: dt.date) -> AddOn | None:
        """What an add-on procedure needs on a day; None when it is no add-on code then."""
        for found in self.codes.find(procedure):
            if found.span.covers(day):
                return found
        return None


class Indicators(msgspec.Struct, frozen=True):
    """A procedure's payment indicators of the physician fee schedule (PPRRVU), as the publisher codes them."""

    status: str = "A"
    """``A`` active, ``B`` bundled, ``C`` carrier-priced, ``I`` not valid for Medicare, ``N`` not covered ..."""
    pctc: str = "0"
    """Professional and technical component: ``1`` diagnostic with both, ``2`` professional only, ``3`` technical only ..."""
    global_days: str = "XXX"
    """``000``, ``010``, ``090``, ``MMM`` maternity, ``XXX`` no such concept, ``YYY`` the payer says, ``ZZZ`` add-on."""
    preoperative_basis_points: int = 0
    """The share of the fee for care before the operation."""
    intraoperative_basis_points: int = 0
    postoperative_basis_points: int = 0
    multiple_procedure: str = "0"
    bilateral: str = "0"
    assistant: str = "0"
    co_surgeon: str = "0"
    team: str = "0"
    endoscopic_base: str = ""
    """The base procedure of an endoscopic family; empty for none."""
    supervision: str = ""
    """Physician supervision of a diagnostic procedure."""
    imaging_family: str = ""
    not_outside_facility: bool = False
    """``NA``: rarely or never given outside of a facility."""
    not_in_facility: bool = False
    """``NA``: rarely or never given in a facility."""


class ProcedureIndicators(Version, frozen=True):
    """The indicators of the physician fee schedule."""

    rows: PackedRows[Indicators]

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str, Indicators]],
        document: str = "tables/procedure-indicators",
        span: Span = ALWAYS,
    ) -> "ProcedureIndicators":
        """A table of plain rows: procedure, modifier (26, TC, 53 or empty), indicators."""
        keyed = ((indicators_key(procedure, modifier), row) for procedure, modifier, row in rows)
        return cls(document=document, span=span, cite=_OURS, rows=_packed(keyed, Indicators))

    def indicators(self, procedure: str, modifier: str = "") -> Indicators | None:
        """A procedure's indicators; None when the schedule does not list it.

        Args:
            procedure: the code.
            modifier: 26, TC or 53 for the row of a component, where the schedule has one; empty for the procedure's own.
        """
        found = self.rows.find(indicators_key(procedure, modifier))
        return found[0] if found else None


def indicators_key(procedure: str, modifier: str) -> str:
    """The key of a row of ``ProcedureIndicators``."""
    return procedure + modifier


CodingVersion = ProcedurePairs | UnitLimits | AddOnCodes | ProcedureIndicators
"""A version of a coding table of any kind."""
RecordT = TypeVar("RecordT")


class TableOnDay(msgspec.Struct, frozen=True):
    """What a payer has of a coding table for a day."""

    document: str
    table: CodingVersion | None
    """The version to use; None when the table has none for the day and none before it may stand for it."""
    previous: bool = False
    """The version is an earlier one: the payer lets it stand for a period that is not bound yet."""


class CodingTable(msgspec.Struct, frozen=True):
    """A coding table of a payer: its versions, and what holds for a day without one."""

    document: Document[CodingVersion]
    previous_allowed: bool = False
    """``missing_period: previous``: the latest version before a day stands for a missing one, and the line is marked."""

    def on(self, day: dt.date) -> TableOnDay:
        """What the table has for a day."""
        version = self.document.find(day)
        if version is not None:
            return TableOnDay(self.document.path, version)
        if self.previous_allowed:
            for earlier in self.document.versions:
                if earlier.span.effective <= day:
                    return TableOnDay(self.document.path, earlier, previous=True)
        return TableOnDay(self.document.path, None)


def _packed(rows: Iterable[tuple[str, RecordT]], record: type[RecordT]) -> PackedRows[RecordT]:
    packer = RowPacker[RecordT]()
    for key, value in rows:
        packer.add(key, value)
    return PackedRows(packer.packed(), record)
