"""What can be imported: every kind of table with its layout, its publisher, and how its rows are compared."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from adjudicator.model.dates import Span
from adjudicator.policy.load.compiled import compiled
from adjudicator.policy.load.mistakes import PolicyError
from adjudicator.policy.load.publishers.code_lists import LIST_LAYOUTS
from adjudicator.policy.load.publishers.layouts import BIG_LISTS, LAYOUTS
from adjudicator.policy.load.publishers.rows import Rows, TooManyMistakes
from adjudicator.policy.load.table_files import Progress, content_at

CMS, X12, NUCC = "Centers for Medicare & Medicaid Services", "X12", "National Uniform Claim Committee"
_NCCI_ADDRESS = "https://www.cms.gov/national-correct-coding-initiative-ncci"

_FEE_SCHEDULE_ADDRESS = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"


class Source(msgspec.Struct, frozen=True):
    """Where tables of a layout come from, for their citation."""

    title: str
    publisher: str
    url: str


SOURCES: dict[str, Source] = {
    "ncci-ptp": Source("NCCI procedure-to-procedure edits", CMS, _NCCI_ADDRESS),
    "ncci-mue": Source("NCCI medically unlikely edits", CMS, _NCCI_ADDRESS),
    "ncci-add-on": Source("NCCI add-on code edits", CMS, _NCCI_ADDRESS),
    "pprrvu": Source(
        "Medicare physician fee schedule, relative value file",
        CMS,
        _FEE_SCHEDULE_ADDRESS,
    ),
    "gpci": Source("Geographic practice cost indices, addendum E", CMS, _FEE_SCHEDULE_ADDRESS),
    "zip5": Source(
        "ZIP code to carrier locality file", CMS, "https://www.cms.gov/medicare/payment/fee-schedules/physician"
    ),
    "locco": Source("Counties included in localities", CMS, _FEE_SCHEDULE_ADDRESS),
    "oppscap": Source("OPPS-based payment caps of imaging", CMS, _FEE_SCHEDULE_ADDRESS),
    "anes": Source("Anesthesia conversion factors by locality", CMS, _FEE_SCHEDULE_ADDRESS),
    "base-unit-list": Source(
        "Anesthesia base units by procedure",
        CMS,
        "https://www.cms.gov/medicare/payment/fee-schedules/physician/anesthesiologists-center",
    ),
    "asp": Source(
        "Payment limits of Part B drugs",
        CMS,
        "https://www.cms.gov/medicare/payment/part-b-drugs/asp-pricing-files",
    ),
    "drug-unit-list": Source(
        "Billing units of drug codes (NDC and HCPCS crosswalk)",
        CMS,
        "https://www.cms.gov/medicare/payment/part-b-drugs/asp-pricing-files",
    ),
    "clfs": Source(
        "Clinical laboratory fee schedule",
        CMS,
        "https://www.cms.gov/medicare/payment/fee-schedules/clinical-laboratory-fee-schedule-clfs/files",
    ),
    "dmepos": Source(
        "DMEPOS fee schedule",
        CMS,
        "https://www.cms.gov/medicare/payment/fee-schedules/dmepos/dmepos-fee-schedule",
    ),
    "customary": Source("Usual and customary charges", "The payer's source of charges", ""),
    "hcpcs": Source(
        "HCPCS Level II", CMS, "https://www.cms.gov/medicare/coding-billing/healthcare-common-procedure-system"
    ),
    "icd-10-cm": Source("ICD-10-CM code tables", CMS, "https://www.cms.gov/medicare/coding-billing/icd-10-codes"),
    "pos": Source(
        "Place of Service Code Set", CMS, "https://www.cms.gov/medicare/coding-billing/place-of-service-codes"
    ),
    "modifier-list": Source(
        "HCPCS Level II, modifiers",
        CMS,
        "https://www.cms.gov/medicare/coding-billing/healthcare-common-procedure-system",
    ),
    "x12-reasons": Source("External code list 139", X12, "https://x12.org/codes/claim-adjustment-reason-codes"),
    "x12-remarks": Source("External code list 411", X12, "https://x12.org/codes/remittance-advice-remark-codes"),
    "nucc-taxonomy": Source("Health Care Provider Taxonomy", NUCC, "https://taxonomy.nucc.org"),
    "revenue-code-list": Source("Revenue codes", "National Uniform Billing Committee", "https://www.nubc.org"),
    "bill-type-list": Source("Types of bill", "National Uniform Billing Committee", "https://www.nubc.org"),
}
"""By layout."""

KINDS: dict[str, str] = {
    **{lists: layout.name for lists, layout in BIG_LISTS.items()},
    "hcpcs": "hcpcs",
    **{layout.lists: layout.name for layout in LIST_LAYOUTS.values() if layout.name != "hcpcs"},
}
"""What can be imported, and its layout. ``hcpcs`` is the part of the procedure codes that has a publisher of its own."""


def lists_of(kind: str) -> str:
    """What a table of a kind lists."""
    layout = KINDS[kind]
    return LIST_LAYOUTS[layout].lists if layout in LIST_LAYOUTS else kind


def checked(
    layout: str, file: str, path: Path, span: Span, member: str, progress: Progress | None
) -> tuple[int, list[PolicyError]]:
    """Read a file as a table's version would.

    Args:
        layout: how it is laid out.
        file: how messages call it.
        path: where it is.
        span: the days of the version.
        member: the text to read in a zip that holds several.
        progress: told how far a long reading is.

    Returns:
        How many rows are in force in these days, and what is wrong with the file.
    """
    if layout in LAYOUTS:
        packed, mistakes = compiled(file, content_at(path), LAYOUTS[layout], span.effective, member, progress)
        return (0 if packed is None else len(packed)), mistakes
    rows = Rows(file, content_at(path), span.effective, member, progress)
    try:
        return len(LIST_LAYOUTS[layout].read(rows, span)), rows.mistakes
    except TooManyMistakes:
        return 0, rows.mistakes


_WITHOUT_HEADING = "ncci-ptp"
"""The layout that a file without any heading may have: it is tried after those of headings with several columns of their own,
for nearly everything fits it, and before the lists of codes, whose headings may be one common word."""


def layout_of(path: Path, member: str = "") -> str | None:
    """The layout of a file, told by its heading; None when it has none that is known."""
    for layout in sorted(ROWS, key=lambda layout: (layout not in LAYOUTS, layout == _WITHOUT_HEADING)):
        rows_of = ROWS[layout]
        rows = Rows(path.name, content_at(path), dt.date.min, member)
        try:
            first = next(rows_of(rows), None)
        except TooManyMistakes:
            continue
        if first is not None and not rows.mistakes:
            return layout
    return None


ROWS: dict[str, Callable[[Rows], Iterator[tuple[str, str]]]] = {
    **{layout.name: layout.rows for layout in LAYOUTS.values()},
    **{layout.name: layout.rows for layout in LIST_LAYOUTS.values()},
}
"""By layout: every row of a file as a key and what is said of it; nothing is checked."""
