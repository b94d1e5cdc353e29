"""What the publishers' fee tables say: relative values, indices of localities, ZIP codes, caps, limits, listed amounts.

The values here are facts of a table, in whole numbers; which of them a schedule pays by is the schedule's (``fee_schedules``),
and what comes of them is pricing's. A table is a version of its document like any other, chosen by the line's date of
service. ``of`` makes one of plain rows; those of a payer come from the publishers' files, packed, and are read where they lie.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.coding_tables import ALWAYS, Indicators, indicators_key
from adjudicator.policy.document import Version
from adjudicator.policy.packed import LONGEST_KEY, PackedPairs, PackedRows, PairPacker, RowPacker

_OURS = Citation(title="Rows given in place of a file")
COMPONENTS = ("", "26", "TC", "53")
"""The rows that a procedure may have: the whole, the professional and the technical component, the discontinued procedure."""
NO_VALUE = (1 << 32) - 1
"""Stands packed for a practice expense that there is not."""


class RelativeValue(msgspec.Struct, frozen=True):
    """One procedure's relative value units, in hundredths (domain/03 section 1)."""

    work_hundredths: int
    practice_non_facility_hundredths: int | None
    """Practice expense outside of facilities; None where the schedule has none."""
    practice_facility_hundredths: int | None
    malpractice_hundredths: int
    outpatient_practice_non_facility_hundredths: int = 0
    """Practice expense used for the outpatient (OPPS) payment amount, to which imaging is capped; all three 0: no cap."""
    outpatient_practice_facility_hundredths: int = 0
    outpatient_malpractice_hundredths: int = 0
    calculation_flag: int = 0
    """Above 0 the publisher adjusts the formula for this procedure, and does not say in the file how."""
    conversion_factor_ten_thousandths: int = 0
    """The publisher's own; what a schedule pays by is said by the schedule."""


class RelativeValues(Version, frozen=True):
    """A release of the physician fee schedule's relative value file: indicators and units of every procedure."""

    rows: PackedRows[Indicators]

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str, Indicators, RelativeValue]],
        document: str = "tables/procedure-indicators",
        span: Span = ALWAYS,
        cite: Citation = _OURS,
    ) -> "RelativeValues":
        """A table of plain rows: procedure, component (26, TC, 53 or empty), indicators, units."""
        packer = RowPacker[Indicators]()
        for procedure, component, indicators, value in rows:
            packer.add(indicators_key(procedure, component), indicators, numbers_of(value))
        return cls(document=document, span=span, cite=cite, rows=PackedRows(packer.packed(), Indicators))

    def find(self, procedure: str, component: str = "") -> tuple[Indicators, RelativeValue | None] | None:
        """Indicators and units of a procedure or of its component; None when the file does not list it.

        The units are None where the file has no columns of units.
        """
        row = self.rows.row(indicators_key(procedure, component))
        return None if row is None else (row[0], value_of(row[1]))

    def listed(self) -> Iterator[tuple[str, str]]:
        """Every procedure and component that the file lists, in order of their codes."""
        return ((key[:_CODE_SIGNS], key[_CODE_SIGNS:]) for key in sorted(self.rows.keys()))


def numbers_of(value: RelativeValue) -> tuple[int, ...]:
    """Relative values as they are packed."""
    return tuple([NO_VALUE if number is None else number for number in msgspec.structs.astuple(value)])


def value_of(numbers: tuple[int, ...]) -> RelativeValue | None:
    """Relative values as they were before they were packed; None where there were none."""
    if not numbers or numbers[0] == NO_VALUE:
        return None
    if NO_VALUE in numbers:
        numbers = tuple([None if number == NO_VALUE else number for number in numbers])  # type: ignore[misc]
    return RelativeValue(*numbers)


class GeographicIndex(msgspec.Struct, frozen=True):
    """A locality's geographic practice cost indices (GPCI), in thousandths."""

    work_thousandths: int
    practice_thousandths: int
    malpractice_thousandths: int
    name: str = ""


def locality_key(carrier: str, locality: str) -> str:
    """A locality of a Medicare administrative contractor (MAC) in one word, ``01112-05``: five signs, hyphen, two signs.

    Publishers drop leading zeros and pad with spaces: `` 1112 `` and ``5`` are 01112 and 05.
    """
    return f"{carrier.strip().zfill(5)}-{locality.strip().zfill(2)}"


class GeographicIndices(Version, frozen=True):
    """The geographic indices of every locality."""

    rows: PackedRows[GeographicIndex]

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, GeographicIndex]],
        document: str = "tables/geographic-indices",
        span: Span = ALWAYS,
        cite: Citation = _OURS,
    ) -> "GeographicIndices":
        """A table of plain rows: locality and its indices."""
        packer = RowPacker[GeographicIndex]()
        for locality, index in rows:
            packer.add(locality, index)
        return cls(document=document, span=span, cite=cite, rows=PackedRows(packer.packed(), GeographicIndex))

    def find(self, locality: str) -> GeographicIndex | None:
        """A locality's indices; None when the table does not list it."""
        found = self.rows.find(locality) if len(locality) <= LONGEST_KEY else ()
        return found[0] if found else None


class ZipLocality(msgspec.Struct, frozen=True):
    """The locality of a ZIP code on some days."""

    locality: str
    span: Span
    needs_extension: bool = False
    """The ZIP code lies in several localities: five digits do not tell which."""


class ZipLocalities(Version, frozen=True):
    """The locality of every ZIP code."""

    rows: PackedRows[ZipLocality]

    @classmethod
    def of(
        cls, rows: Iterable[tuple[str, ZipLocality]], document: str = "tables/zip-localities", span: Span = ALWAYS
    ) -> "ZipLocalities":
        """A table of plain rows: ZIP code of five digits, and its locality."""
        packer = RowPacker[ZipLocality]()
        for code, locality in rows:
            packer.add(code, locality)
        return cls(document=document, span=span, cite=_OURS, rows=PackedRows(packer.packed(), ZipLocality))

    def find(self, zip_code: str, day: dt.date) -> ZipLocality | None:
        """What is said of a ZIP code on a day, of five or nine digits; None when the table does not list it then."""
        for found in self.rows.find(zip_code[:5]):
            if found.span.covers(day):
                return found
        return None


class LocalityName(msgspec.Struct, frozen=True):
    """Where a locality is."""

    state: str
    area: str
    counties: str


class Localities(Version, frozen=True):
    """The localities of the physician fee schedule by name (locality and county file)."""

    rows: PackedRows[LocalityName]

    def find(self, locality: str) -> tuple[LocalityName, ...]:
        """What a locality covers, one entry for each row of the file; empty when the table does not list it."""
        return tuple(self.rows.find(locality)) if len(locality) <= LONGEST_KEY else ()


class OutpatientCap(msgspec.Struct, frozen=True):
    """The most that is paid for a procedure in a locality: its outpatient (OPPS) payment amount, in cents."""

    non_facility_cents: int
    facility_cents: int


class OutpatientCaps(Version, frozen=True):
    """The published caps of imaging (OPPSCAP file)."""

    caps: PackedPairs[OutpatientCap]

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str, str, OutpatientCap]],
        document: str = "tables/outpatient-caps",
        span: Span = ALWAYS,
    ) -> "OutpatientCaps":
        """A table of plain rows: procedure, component, locality, cap."""
        packer = PairPacker[OutpatientCap]()
        for procedure, component, locality, cap in rows:
            packer.add(indicators_key(procedure, component), locality, packer.record(cap))
        return cls(document=document, span=span, cite=_OURS, caps=PackedPairs(packer.packed(), OutpatientCap))

    def caps_of(self, procedure: str, component: str) -> bool:
        """Whether the file caps a procedure or its component in any locality."""
        return indicators_key(procedure, component) in self.caps

    def find(self, procedure: str, component: str, locality: str) -> OutpatientCap | None:
        """A procedure's cap in a locality; None when the file gives none there."""
        found = self.caps.find(indicators_key(procedure, component), locality)
        return found[0] if found else None


class AnesthesiaFactor(msgspec.Struct, frozen=True):
    """A locality's conversion factor of anesthesia, in ten-thousandths of a dollar."""

    factor_ten_thousandths: int
    name: str = ""


class AnesthesiaFactors(Version, frozen=True):
    """The anesthesia conversion factors of every locality."""

    rows: PackedRows[AnesthesiaFactor]

    def factor_ten_thousandths(self, locality: str) -> int | None:
        """A locality's factor in ten-thousandths of a dollar; None when the table does not list it."""
        found = self.rows.find(locality) if len(locality) <= LONGEST_KEY else ()
        return found[0].factor_ten_thousandths if found else None


class AnesthesiaBaseUnits(Version, frozen=True):
    """The base units of anesthesia procedures."""

    rows: PackedRows[int]

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, int]],
        document: str = "tables/anesthesia-base-units",
        span: Span = ALWAYS,
        cite: Citation = _OURS,
    ) -> "AnesthesiaBaseUnits":
        """A table of plain rows: procedure, and its base units in tenths."""
        packer = RowPacker[int]()
        for procedure, tenths in rows:
            packer.add(procedure, tenths)
        return cls(document=document, span=span, cite=cite, rows=PackedRows(packer.packed(), int))

    def base_tenths(self, procedure: str) -> int | None:
        """A procedure's base units in tenths; None when the table does not list it."""
        found = self.rows.find(procedure) if len(procedure) <= LONGEST_KEY else ()
        return found[0] if found else None

    def listed(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every procedure that the table lists, with no modifiers."""
        return (row_of(key) for key in sorted(self.rows.keys()))


class DrugUnit(msgspec.Struct, frozen=True):
    """How many billing units of a procedure one unit of a drug code is."""

    unit: str
    """The drug code's own unit (CTP05-1): ML, UN, ME, GR, F2."""
    billed_thousandths: int


class DrugUnits(Version, frozen=True):
    """The billing units of drug codes: a crosswalk from National Drug Codes to procedures."""

    pairs: PackedPairs[DrugUnit]

    def lists_drug(self, drug_code: str) -> bool:
        """Whether the table lists a drug code, for whatever procedure."""
        return drug_code in self.pairs

    def find(self, drug_code: str, procedure: str) -> DrugUnit | None:
        """A drug code's units of a procedure; None where the table does not give it for that procedure."""
        found = self.pairs.find(drug_code, procedure)
        return found[0] if found else None


class DrugLimit(msgspec.Struct, frozen=True):
    """The payment limit of one unit of a drug (average sales price and what the law adds to it)."""

    limit_thousandths: int
    """Thousandths of a dollar: a limit is multiplied by the units before it is rounded."""
    dosage: str = ""
    """What one unit is, as the publisher writes it: ``150 IU``."""


class DrugLimits(Version, frozen=True):
    """The payment limits of drugs for a quarter."""

    rows: PackedRows[DrugLimit]

    def listed(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every drug that the table lists, with no modifiers."""
        return (row_of(key) for key in sorted(set(self.rows.keys())))

    @cached_property
    def procedures(self) -> frozenset[str]:
        """Every drug that the table lists, whatever the modifiers."""
        return frozenset(procedure for procedure, _ in self.listed())

    def find(self, procedure: str) -> DrugLimit | None:
        """A drug's limit; None when the table does not list it."""
        found = self.rows.find(procedure)
        return found[0] if found else None


_CODE_SIGNS = 5
"""A procedure code has as many; what follows in a key are modifiers of two signs each."""


def row_of(key: str) -> tuple[str, tuple[str, ...]]:
    """Procedure and modifiers of a key."""
    return key[:_CODE_SIGNS], tuple(key[at : at + 2] for at in range(_CODE_SIGNS, len(key), 2))


class LaboratoryFee(msgspec.Struct, frozen=True):
    """The fee of a clinical laboratory test."""

    cents: int
    """0 where ``local``: the contractors price it."""
    local: bool
    span: Span


class LaboratoryFees(Version, frozen=True):
    """The clinical laboratory fee schedule."""

    rows: PackedRows[LaboratoryFee]

    def listed(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every test that the table lists, with its modifier."""
        return (row_of(key) for key in sorted(set(self.rows.keys())))

    @cached_property
    def procedures(self) -> frozenset[str]:
        """Every test that the table lists, whatever the modifiers."""
        return frozenset(procedure for procedure, _ in self.listed())

    def has_row(self, procedure: str, modifier: str) -> bool:
        """Whether a test has a row of its own for a modifier."""
        return procedure + modifier in self.rows

    def find(self, procedure: str, modifiers: tuple[str, ...], day: dt.date) -> LaboratoryFee | None:
        """A test's fee on a day: that of the first modifier with a row of its own, else the test's; None without any."""
        for modifier in (*modifiers, ""):
            for found in self.rows.find(procedure + modifier):
                if found.span.covers(day):
                    return found
        return None


class EquipmentFees(Version, frozen=True):
    """The fee schedule of medical equipment, prosthetics, orthotics and supplies (DMEPOS)."""

    cents: PackedPairs[int]
    """By procedure with modifiers, and by state: ``E0100NU`` and ``AL``, or ``AL-R`` for rural areas."""

    def listed(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every item that the table lists, with its modifiers."""
        return (row_of(key) for key in self.cents.firsts())

    @cached_property
    def procedures(self) -> frozenset[str]:
        """Every item that the table lists, whatever the modifiers."""
        return frozenset(procedure for procedure, _ in self.listed())

    def has_row(self, procedure: str, modifier: str, modifiers: tuple[str, ...]) -> bool:
        """Whether an item has a row of its own for a modifier, alone or with another one of the line."""
        return any(
            procedure + row in self.cents for other in ("", *modifiers) for row in (modifier + other, other + modifier)
        )

    def rural_matters(self, procedure: str, modifiers: tuple[str, ...], state: str) -> bool:
        """Whether an item's fee in a state is another in rural areas."""
        fees = [self.find(procedure, modifiers, state, rural) for rural in (True, False)]
        return fees[0] != fees[1]

    def find(self, procedure: str, modifiers: tuple[str, ...], state: str, rural: bool) -> int | None:
        """The fee in cents of an item in a state; None when the file gives none.

        Args:
            procedure: the code.
            modifiers: the line's, in any order; the row with the most of them counts: first two, then one, then none.
            state: two letters.
            rural: whether the patient lives in a rural area; where the file has no rural fee, the other holds there too.
        """
        pairs = ((one, two) for one in modifiers for two in modifiers if one != two)
        for row in (*pairs, *((one,) for one in modifiers), ()):
            key = procedure + "".join(row)
            if key in self.cents:
                found = (rural and self.cents.find(key, f"{state}-R")) or self.cents.find(key, state)
                return found[0] if found else None
        return None


PERCENTILES = (50, 60, 70, 75, 80, 85, 90, 95)
"""Those that a table of charges may have a column for; a schedule says by which one it pays."""


class CustomaryCharge(msgspec.Struct, frozen=True):
    """What providers of an area charge for a service, by percentile."""

    percentiles: tuple[tuple[int, int], ...]
    """Percentile and cents, the lowest first."""

    def cents(self, percentile: int) -> int | None:
        """The charge in cents that a percentile of providers does not exceed; None where the table does not say."""
        return dict(self.percentiles).get(percentile)


class CustomaryCharges(Version, frozen=True):
    """Usual and customary charges of a period, by procedure and area."""

    charges: PackedPairs[CustomaryCharge]
    """By procedure with modifier, and by area: ``7104626`` and ``681``, the beginning of a ZIP code."""

    def listed(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every procedure that the table lists in any area, with its modifier."""
        return (row_of(key) for key in self.charges.firsts())

    @cached_property
    def procedures(self) -> frozenset[str]:
        """Every procedure that the table lists, whatever the modifiers and areas."""
        return frozenset(procedure for procedure, _ in self.listed())

    def find(self, procedure: str, modifier: str, area: str) -> CustomaryCharge | None:
        """The charges for a procedure, with a modifier or without (empty), in an area; None where the table has none."""
        found = self.charges.find(indicators_key(procedure, modifier), area)
        return found[0] if found else None


ListedVersion = DrugLimits | LaboratoryFees | EquipmentFees
"""A version of a table that lists amounts."""
FeeVersion = (
    RelativeValues
    | GeographicIndices
    | ZipLocalities
    | Localities
    | OutpatientCaps
    | AnesthesiaFactors
    | AnesthesiaBaseUnits
    | DrugUnits
    | CustomaryCharges
    | ListedVersion
)
"""A version of a fee table of any kind."""
