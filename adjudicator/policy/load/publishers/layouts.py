"""Every layout of a big table by the name that its binding gives: how its file is packed, opened and compared."""

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
from adjudicator.policy.fee_tables import (
    AnesthesiaBaseUnits,
    AnesthesiaFactor,
    AnesthesiaFactors,
    CustomaryCharge,
    CustomaryCharges,
    DrugLimit,
    DrugLimits,
    DrugUnit,
    DrugUnits,
    EquipmentFees,
    FeeVersion,
    GeographicIndex,
    GeographicIndices,
    LaboratoryFee,
    LaboratoryFees,
    Localities,
    LocalityName,
    OutpatientCap,
    OutpatientCaps,
    RelativeValues,
    ZipLocalities,
    ZipLocality,
)
from adjudicator.policy.load.publishers import customary, fee_schedule, listed_fees, ncci, places_of_fees
from adjudicator.policy.load.publishers.rows import Rows
from adjudicator.policy.packed import PackedPairs, PackedRows

Packed = PackedPairs[Any] | PackedRows[Any]
"""A packed table of any layout."""


class Layout(msgspec.Struct, frozen=True):
    """A publisher's layout of a big table."""

    name: str
    lists: tuple[str, ...]
    """What a table of this layout may list."""
    pack: Callable[[Rows, str], bytes]
    """Packs the rows of a file, made of the source named; what is wrong is noted among the rows' mistakes."""
    open: Callable[[Any, str], Packed]
    """Opens what was packed of the source named, or raises ``Damaged``."""
    version: Callable[[str, Span, Citation, Any], CodingVersion] | None
    """The version that code editing reads: document, span, citation, packed table; None where it reads none."""
    rows: Callable[[Rows], Iterator[tuple[str, str]]]
    """Every row of a file as a key and what is said of it, for comparing two files; nothing is checked."""
    fees: Callable[[str, Span, Citation, Any], FeeVersion] | None = None
    """The version that fee schedules read; None where they read none."""
    yearly: bool = False
    """Whether the publisher's period is a year, and not a quarter."""


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
            fees=lambda *given: RelativeValues(*given),
        ),
        Layout(
            name="gpci",
            lists=("geographic-indices",),
            pack=places_of_fees.pack_indices,
            open=lambda content, source: PackedRows(content, GeographicIndex, source),
            version=None,
            rows=places_of_fees.index_rows,
            fees=lambda *given: GeographicIndices(*given),
            yearly=True,
        ),
        Layout(
            name="zip5",
            lists=("zip-localities",),
            pack=places_of_fees.pack_zip_codes,
            open=lambda content, source: PackedRows(content, ZipLocality, source),
            version=None,
            rows=places_of_fees.zip_rows,
            fees=lambda *given: ZipLocalities(*given),
        ),
        Layout(
            name="locco",
            lists=("localities",),
            pack=places_of_fees.pack_localities,
            open=lambda content, source: PackedRows(content, LocalityName, source),
            version=None,
            rows=places_of_fees.name_rows,
            fees=lambda *given: Localities(*given),
            yearly=True,
        ),
        Layout(
            name="oppscap",
            lists=("outpatient-caps",),
            pack=places_of_fees.pack_caps,
            open=lambda content, source: PackedPairs(content, OutpatientCap, source),
            version=None,
            rows=places_of_fees.cap_rows,
            fees=lambda *given: OutpatientCaps(*given),
        ),
        Layout(
            name="anes",
            lists=("anesthesia-factors",),
            pack=places_of_fees.pack_anesthesia_factors,
            open=lambda content, source: PackedRows(content, AnesthesiaFactor, source),
            version=None,
            rows=places_of_fees.factor_rows,
            fees=lambda *given: AnesthesiaFactors(*given),
            yearly=True,
        ),
        Layout(
            name="base-unit-list",
            lists=("anesthesia-base-units",),
            pack=places_of_fees.pack_base_units,
            open=lambda content, source: PackedRows(content, int, source),
            version=None,
            rows=places_of_fees.base_unit_rows,
            fees=lambda *given: AnesthesiaBaseUnits(*given),
            yearly=True,
        ),
        Layout(
            name="asp",
            lists=("drug-limits",),
            pack=listed_fees.pack_drugs,
            open=lambda content, source: PackedRows(content, DrugLimit, source),
            version=None,
            rows=listed_fees.drug_rows,
            fees=lambda *given: DrugLimits(*given),
        ),
        Layout(
            name="drug-unit-list",
            lists=("drug-units",),
            pack=listed_fees.pack_drug_units,
            open=lambda content, source: PackedPairs(content, DrugUnit, source),
            version=None,
            rows=listed_fees.drug_unit_rows,
            fees=lambda *given: DrugUnits(*given),
        ),
        Layout(
            name="clfs",
            lists=("laboratory-fees",),
            pack=listed_fees.pack_tests,
            open=lambda content, source: PackedRows(content, LaboratoryFee, source),
            version=None,
            rows=listed_fees.test_rows,
            fees=lambda *given: LaboratoryFees(*given),
        ),
        Layout(
            name="dmepos",
            lists=("equipment-fees",),
            pack=listed_fees.pack_items,
            open=lambda content, source: PackedPairs(content, int, source),
            version=None,
            rows=listed_fees.item_rows,
            fees=lambda *given: EquipmentFees(*given),
        ),
        Layout(
            name="customary",
            lists=("usual-and-customary",),
            pack=customary.pack_charges,
            open=lambda content, source: PackedPairs(content, CustomaryCharge, source),
            version=None,
            rows=customary.charge_rows,
            fees=lambda *given: CustomaryCharges(*given),
            yearly=True,
        ),
    )
}
"""The layouts of big tables."""

BIG_LISTS: dict[str, Layout] = {lists: layout for layout in LAYOUTS.values() for lists in layout.lists}
"""What big tables list, and the layout of each."""
CODING_LISTS: dict[str, Layout] = {lists: layout for lists, layout in BIG_LISTS.items() if layout.version is not None}
"""What coding tables list: code editing reads one of each."""
FEE_LISTS: dict[str, Layout] = {lists: layout for lists, layout in BIG_LISTS.items() if layout.fees is not None}
"""What fee tables list: fee schedules name those that they pay by, by the path of the document."""
