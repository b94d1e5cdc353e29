"""What must be true of a fee schedule's tables: they are there, list what is asked of them, and say what the schedule says."""

from adjudicator.model.dates import Span
from adjudicator.policy.fee_tables import NO_VALUE
from adjudicator.policy.load.compile_fees import COMPUTED
from adjudicator.policy.load.documents import TableDocument
from adjudicator.policy.load.fee_documents import FeesVersion
from adjudicator.policy.load.library import Entry, Library
from adjudicator.policy.load.mistakes import either
from adjudicator.policy.load.text import Place
from adjudicator.policy.packed import PackedRows

_LISTS = {
    "amounts": ("drug-limits", "laboratory-fees", "equipment-fees"),
    "values": ("procedure-indicators",),
    "indices": ("geographic-indices",),
    "localities": ("zip-localities",),
    "cap": ("outpatient-caps",),
}
_ANESTHESIA_LISTS = {
    "base_units": ("anesthesia-base-units",),
    "factors": ("anesthesia-factors",),
    "factors_qualifying": ("anesthesia-factors",),
}
"""What the table must list that a word of a schedule names."""


def check_fees(library: Library, entry: Entry, place: Place, span: Span, version: FeesVersion) -> None:
    """Note what is wrong with the tables of a schedule's version among the mistakes of its document."""
    for name, lists in _LISTS.items():
        if version.method == "usual-and-customary":
            lists = ("usual-and-customary",)
        _check_table(library, entry, (*place, name), span, getattr(version, name), lists)
    for name, lists in _ANESTHESIA_LISTS.items() if version.anesthesia else ():
        _check_table(library, entry, (*place, "anesthesia", name), span, getattr(version.anesthesia, name), lists)
    if version.drug_units is not None:
        _check_table(library, entry, (*place, "drug_units", "table"), span, version.drug_units.table, ("drug-units",))
    if isinstance(version.values, str):
        _check_units(library, entry, place, span, version)


def _check_table(
    library: Library, entry: Entry, place: Place, span: Span, path: object, lists: tuple[str, ...]
) -> None:
    """Note what is wrong with the table that a word names, where it names one."""
    if not isinstance(path, str) or path == COMPUTED:
        return
    table = library.entries.get(path)
    document = table.document if table else None
    if table is None or (document is None and not table.kind):
        entry.text.mistake(place, f"found {path}, which is not there; write a table's path")
    elif isinstance(document, TableDocument) and document.lists not in lists:
        found = f"found {path}, which lists {document.lists}"
        entry.text.mistake(place, f"{found}; write a table that lists {either(lists)}")
    elif document is not None and not isinstance(document, TableDocument):
        entry.text.mistake(place, f"found {path}, which is no table; write a table's path")
    elif document is not None and not any(_share_days(span, own) for _, _, own in table.versions):
        message = f"found {path}, none of whose versions is in force on a day of this one; import a release for it"
        entry.text.mistake(place, message)


def _check_units(library: Library, entry: Entry, place: Place, span: Span, version: FeesVersion) -> None:
    assert isinstance(version.values, str)
    table = library.entries.get(version.values)
    for position, _, own in table.versions if table else ():
        packed = library.big_tables.get((version.values, position))
        if not _share_days(span, own) or not isinstance(packed, PackedRows):
            continue
        where = f"{version.values}@{own.effective}"
        factors = _factors(packed)
        if factors == {None}:
            found = f"found {where}, whose file has no relative values"
            entry.text.mistake((*place, "values"), f"{found}; write a table of the publisher's whole file")
            continue
        ours = {version.conversion_factor, version.conversion_factor_qualifying}
        for factor in sorted(factor for factor in factors if factor):
            if factor not in ours:
                entry.text.warn(
                    (*place, "conversion_factor"),
                    f"found {(version.conversion_factor or 0) / 10_000:.4f}, and the file of {where} says "
                    f"{factor / 10_000:.4f}; write what the source of this version says",
                )


def _factors(packed: "PackedRows[object]") -> set[int | None]:
    """The conversion factors in a file; None where a row has no relative values."""
    columns = packed.columns()
    if not columns:
        return {None}
    first, last = columns[0], columns[-1]  # units of work and the factor, the ends of a ``RelativeValue``
    return {None if work == NO_VALUE else factor for work, factor in set(zip(first, last, strict=True))}


def _share_days(one: Span, other: Span) -> bool:
    return one.covers(other.effective) or other.covers(one.effective)
