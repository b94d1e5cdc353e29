"""Fee schedules and their tables, compiled: whatever a schedule is written with, pricing reads the same values."""

from collections.abc import Mapping
from typing import Any

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.anesthesia_fees import AddedUnits, AnesthesiaFees, AnesthesiaShare, Supervision, TimeRounding
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import (
    HERE,
    CustomaryFees,
    DrugQuantities,
    Fees,
    FlatFees,
    ListedFees,
    RelativeValueFees,
    Rental,
    RentalMonths,
    RentalShare,
)
from adjudicator.policy.fee_tables import FeeVersion, GeographicIndex, GeographicIndices, RelativeValue, RelativeValues
from adjudicator.policy.load.compile_conditions import Codes
from adjudicator.policy.load.fee_documents import (
    AnesthesiaRules,
    FeesVersion,
    RelativeValueRow,
    RentalRules,
    SupervisionUnits,
)
from adjudicator.policy.look_backs import LookBack

FeeTables = Mapping[str, Document[FeeVersion]]
"""Fee tables by path."""
COMPUTED = "computed"
"""The cap that is worked out of units, in place of a table's path."""


def compile_fees(path: str, span: Span, cite: Citation, version: FeesVersion, tables: FeeTables, codes: Codes) -> Fees:
    """A version of a fee schedule.

    Args:
        path: of its document.
        span: its days.
        cite: where it stands written.
        version: what is written.
        tables: those that it may name.
        codes: resolves its lists of codes.
    """
    drugs = version.drug_units
    drug_units = DrugQuantities(_table(tables, drugs.table), drugs.unknown == "wait") if drugs else None
    if version.method == "flat" and isinstance(version.amounts, str):
        return ListedFees(
            document=path,
            span=span,
            cite=cite,
            amounts=_table(tables, version.amounts),
            informational=codes(version.informational or (), "modifiers"),
            drug_units=drug_units,
            rental=_rental(version.rental, codes) if version.rental else None,
            rural_zip_codes=version.rural_zip_codes,
        )
    if version.method == "usual-and-customary":
        charges = _table(tables, version.amounts if isinstance(version.amounts, str) else None)
        return CustomaryFees(document=path, span=span, cite=cite, amounts=charges, percentile=version.percentile or 0)
    if version.method == "flat":
        amounts = version.amounts or {}
        assert isinstance(amounts, dict)
        return FlatFees(
            document=path,
            span=span,
            cite=cite,
            non_facility_cents={c: fee.non_facility for c, fee in amounts.items() if fee.non_facility is not None},
            facility_cents={c: fee.facility for c, fee in amounts.items() if fee.facility is not None},
            informational=codes(version.informational or (), "modifiers"),
            drug_units=drug_units,
        )
    if version.anesthesia is not None:
        return _anesthesia(path, span, cite, version, version.anesthesia, tables, codes)
    values, statuses = _values(path, span, cite, version, tables)
    return RelativeValueFees(
        document=path,
        span=span,
        cite=cite,
        values=values,
        payable_statuses=statuses,
        indices=_indices(path, span, cite, version, tables),
        conversion_factor_ten_thousandths=version.conversion_factor or 0,
        qualifying_factor_ten_thousandths=version.conversion_factor_qualifying,
        localities=_table(tables, version.localities) if version.localities else None,
        locality=version.locality or ("" if version.localities else HERE),
        caps=_table(tables, version.cap) if version.cap not in (None, COMPUTED) else None,
        caps_computed=version.cap == COMPUTED,
    )


def _rental(rules: RentalRules, codes: Codes) -> Rental:
    return Rental(
        procedures=codes(rules.procedures, "procedures"),
        modifiers=codes(rules.modifiers, "modifiers"),
        months=tuple(RentalShare(row.through, row.share) for row in rules.months),
        look_back=LookBack(months=rules.look_back_months),
        told_by=tuple(RentalMonths(codes(row.modifiers, "modifiers"), row.first, row.through) for row in rules.told_by),
    )


def _anesthesia(
    path: str,
    span: Span,
    cite: Citation,
    version: FeesVersion,
    rules: AnesthesiaRules,
    tables: FeeTables,
    codes: Codes,
) -> AnesthesiaFees:
    return AnesthesiaFees(
        document=path,
        span=span,
        cite=cite,
        base_units=_table(tables, rules.base_units),
        minutes_per_unit=rules.minutes_per_unit,
        time_rounding=TimeRounding(rules.time_rounding),
        shares=tuple(AnesthesiaShare(codes(row.modifiers, "modifiers"), row.share, row.name) for row in rules.shares),
        factors=_table(tables, rules.factors) if rules.factors else None,
        qualifying_factors=_table(tables, rules.factors_qualifying) if rules.factors_qualifying else None,
        conversion_factor_ten_thousandths=version.conversion_factor or 0,
        qualifying_factor_ten_thousandths=version.conversion_factor_qualifying,
        localities=_table(tables, version.localities) if version.localities else None,
        locality=version.locality or ("" if version.localities else HERE),
        units_are_time=rules.units_are_time,
        untimed=codes(rules.untimed, "procedures"),
        add_ons=codes(rules.add_on_codes, "procedures"),
        separate=codes(rules.separate_sessions, "modifiers"),
        without_modifier_basis_points=rules.without_modifier,
        informational=codes(rules.informational, "modifiers"),
        supervision=_supervision(rules.supervision, codes) if rules.supervision else None,
        physical_status=tuple(
            AddedUnits(codes(row.modifiers, "modifiers"), row.units) for row in rules.physical_status
        ),
        circumstances=tuple(AddedUnits(codes(row.procedures, "procedures"), row.units) for row in rules.circumstances),
        other_claims_wait=rules.other_claims == "wait",
    )


def _supervision(rules: SupervisionUnits, codes: Codes) -> Supervision:
    induction = rules.induction
    return Supervision(
        modifiers=codes(rules.modifiers, "modifiers"),
        base_tenths=rules.units,
        induction_modifiers=codes(induction.modifiers, "modifiers") if induction else CodeSet(),
        induction_tenths=induction.units if induction else 0,
    )


def _values(
    path: str, span: Span, cite: Citation, version: FeesVersion, tables: FeeTables
) -> tuple[Document[RelativeValues], frozenset[str]]:
    if isinstance(version.values, str):
        return _table(tables, version.values), frozenset(version.payable_statuses or ())
    rows = ((code, "", *_row(row)) for code, row in (version.values or {}).items())
    table = RelativeValues.of(rows, document=path, span=span, cite=cite)
    return Document(path, "", (table,)), frozenset((Indicators().status,))


def _row(row: RelativeValueRow) -> tuple[Indicators, RelativeValue]:
    return Indicators(multiple_procedure=row.multiple_procedures), RelativeValue(
        row.work, row.practice, row.practice_facility, row.malpractice
    )


def _indices(
    path: str, span: Span, cite: Citation, version: FeesVersion, tables: FeeTables
) -> Document[GeographicIndices]:
    if version.indices is not None:
        found: Document[GeographicIndices] = _table(tables, version.indices)
        return found
    index = GeographicIndex(version.work_index or 0, version.practice_index or 0, version.malpractice_index or 0)
    table = GeographicIndices.of([(HERE, index)], document=path, span=span, cite=cite)
    return Document(path, "", (table,))


def _table(tables: FeeTables, path: str | None) -> Any:
    """The document of a table, of the kind that was checked."""
    assert path is not None
    return tables[path]
