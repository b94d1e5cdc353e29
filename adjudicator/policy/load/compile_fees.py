"""Fee schedules and their tables, compiled: whatever a schedule is written with, pricing reads the same values."""

from collections.abc import Mapping
from typing import Any

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import HERE, Fees, FlatFees, ListedFees, RelativeValueFees
from adjudicator.policy.fee_tables import FeeVersion, GeographicIndex, GeographicIndices, RelativeValue, RelativeValues
from adjudicator.policy.load.fee_documents import FeesVersion, RelativeValueRow

FeeTables = Mapping[str, Document[FeeVersion]]
"""Fee tables by path."""
COMPUTED = "computed"
"""The cap that is worked out of units, in place of a table's path."""


def compile_fees(path: str, span: Span, cite: Citation, version: FeesVersion, tables: FeeTables) -> Fees:
    """A version of a fee schedule.

    Args:
        path: of its document.
        span: its days.
        cite: where it stands written.
        version: what is written.
        tables: those that it may name.
    """
    if version.method == "flat" and isinstance(version.amounts, str):
        return ListedFees(document=path, span=span, cite=cite, amounts=_table(tables, version.amounts))
    if version.method == "flat":
        amounts = version.amounts or {}
        assert isinstance(amounts, dict)
        return FlatFees(
            document=path,
            span=span,
            cite=cite,
            non_facility_cents={c: fee.non_facility for c, fee in amounts.items() if fee.non_facility is not None},
            facility_cents={c: fee.facility for c, fee in amounts.items() if fee.facility is not None},
        )
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
