"""CMS's files of payment localities: geographic indices (GPCI), anesthesia factors, counties, ZIP codes, outpatient caps.

Contractors (MAC) and localities come padded with spaces and without leading zeros; all are keyed alike (``01112-05``).
"""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

from adjudicator.model.dates import Span
from adjudicator.policy.coding_tables import indicators_key
from adjudicator.policy.fee_tables import (
    COMPONENTS,
    AnesthesiaFactor,
    GeographicIndex,
    LocalityName,
    OutpatientCap,
    ZipLocality,
    locality_key,
)
from adjudicator.policy.load.mistakes import either, shown
from adjudicator.policy.load.publishers.rows import (
    DAY,
    Column,
    Rows,
    day_of,
    end_of,
    kept_text,
    procedure_mistake,
    quarter_of,
)
from adjudicator.policy.packed import PairPacker, RowPacker

_CONTRACTOR = Column("mac", "mac|(medicare_admin\\w*_)?contractor(_mac|_number)?|carrier(_number)?")
_LOCALITY = Column("locality_number", "locality(_number)?|loc")
_INDEX_COLUMNS = (
    _CONTRACTOR,
    _LOCALITY,
    Column("gpci_work", "gpci_work|(\\d{4}_)?(pw|work)_gpci(?!.*without).*", needed=False),
    Column("gpci_work_without_floor", "(\\d{4}_)?(pw|work)_gpci.*without.*", needed=False),
    Column("gpci_pe", "gpci_pe|(\\d{4}_)?pe_gpci.*"),
    Column("gpci_mp", "gpci_mp|(\\d{4}_)?mp_gpci.*"),
    Column("locality_name", "locality_name", needed=False),
)
_FACTOR_COLUMNS = (
    _CONTRACTOR,
    _LOCALITY,
    Column("anesthesia_conv_factor", ".*anes.*(cf|conv_factor|conversion_factor)(_.*)?"),
    Column("locality_name", "locality_name", needed=False),
)
_BASE_COLUMNS = (
    Column("code", "(hcpcs_)?code"),
    Column("base_units", "base_units?"),
)
_NAME_COLUMNS = (
    _CONTRACTOR,
    _LOCALITY,
    Column("fee_schedule_area", "fee_schedule_area"),
    Column("counties", "count(y|ies)"),
    Column("state", "state"),
)
_ZIP_COLUMNS = (
    Column("zip5", "zip5?(_code)?"),
    Column("carrier", "carrier(_number)?|mac"),
    Column("locality", "(pricing_)?locality(_number)?"),
    Column("start", "start|effective", needed=False),
    Column("end", "ends?", needed=False),
    Column("plus_4_flag", "plus_?(4|four)(_flag)?", needed=False),
    Column("year_qtr", "year_(qtr|quarter)", needed=False),
)
_CAP_COLUMNS = (
    Column("hcpcs", "hcpcs(_code)?"),
    Column("mod", "mod(ifier)?"),
    Column("carrier", "carrier(_number)?|mac"),
    Column("locality", "locality(_number)?"),
    Column("facility_price", "facility_price"),
    Column("non_facility_price", "non_?fac[a-z]*_price"),
)
_NO_LAST_YEAR = "9999"


def pack_indices(rows: Rows, source: str) -> bytes:
    """Geographic indices by locality; of two indices of work, the one with the statutory floor."""
    packer = RowPacker[GeographicIndex]()
    names = ("gpci_work", "gpci_pe", "gpci_mp")
    for number, locality, (floored, bare, practice, malpractice, name) in _by_locality(rows, _INDEX_COLUMNS):
        indices = (floored or bare, practice, malpractice)
        read = [_decimal(rows, number, column, cell, 3) for column, cell in zip(names, indices, strict=True)]
        work, practices, malpractices = read
        if work is not None and practices is not None and malpractices is not None:
            packer.add(locality, GeographicIndex(work, practices, malpractices, _name(name)))
    return packer.packed(source)


def pack_anesthesia_factors(rows: Rows, source: str) -> bytes:
    """Anesthesia conversion factors by locality."""
    packer = RowPacker[AnesthesiaFactor]()
    for number, locality, (factor, name) in _by_locality(rows, _FACTOR_COLUMNS):
        read = _decimal(rows, number, "anesthesia_conv_factor", factor, 4)
        if read is not None:
            packer.add(locality, AnesthesiaFactor(read, _name(name)))
    return packer.packed(source)


def pack_base_units(rows: Rows, source: str) -> bytes:
    """Base units of anesthesia procedures, in tenths; 0 is a number of units like any other."""
    packer = RowPacker[int]()
    seen: dict[str, int] = {}
    for number, (code, units) in rows.under(_BASE_COLUMNS):
        before = len(rows.mistakes)
        wrong = procedure_mistake(code)
        if wrong:
            rows.mistake(number, "code", wrong)
        if code in seen:
            rows.mistake(number, "code", f"found {code} again after row {seen[code]}; write each once")
        seen.setdefault(code, number)
        tenths = _decimal(rows, number, "base_units", units, 1)
        if tenths is not None and len(rows.mistakes) == before:
            packer.add(code, tenths)
    return packer.packed(source)


def pack_localities(rows: Rows, source: str) -> bytes:
    """States, areas and counties by locality; a state stands in the first of its rows only."""
    packer = RowPacker[LocalityName]()
    state = ""
    for _, locality, (area, counties, said) in _by_locality(rows, _NAME_COLUMNS, once=False):
        state = said or state
        packer.add(locality, LocalityName(_name(state), _name(area), _name(counties)))
    return packer.packed(source)


def pack_zip_codes(rows: Rows, source: str) -> bytes:
    """Localities by ZIP code, each with its days: years, days, or the quarter since which the row holds."""
    packer = RowPacker[ZipLocality]()
    held: dict[str, list[tuple[int, Span]]] = {}
    for number, (code, carrier, locality, start, end, flag, quarter) in rows.under(_ZIP_COLUMNS):
        before = len(rows.mistakes)
        if not re.fullmatch(r"\d{3,5}", code):
            rows.mistake(number, "zip5", f"found {shown(code)}; write a ZIP code of five digits, such as 02139")
        code = code.zfill(5)
        key = _locality(rows, number, "carrier", carrier, "locality", locality)
        if flag not in ("", "0", "1"):
            rows.mistake(number, "plus_4_flag", f"found {shown(flag)}; write 0 or 1")
        span = _days(rows, number, start, end, quarter)
        if span is None or len(rows.mistakes) > before:
            continue
        for row, other in held.setdefault(code, []):
            if span.covers(other.effective) or other.covers(span.effective):
                found = f"found {code} again, on days of row {row} too"
                rows.mistake(number, "zip5", f"{found}; write a ZIP code once for a day")
        held[code].append((number, span))
        packer.add(code, ZipLocality(key, span, flag == "1"))
    return packer.packed(source)


def pack_caps(rows: Rows, source: str) -> bytes:
    """Outpatient caps by procedure, component and locality."""
    packer = PairPacker[OutpatientCap]()
    again: dict[tuple[str, str], int] = {}
    for number, (code, modifier, carrier, locality, *prices) in rows.under(_CAP_COLUMNS):
        before = len(rows.mistakes)
        wrong = procedure_mistake(code)
        if wrong:
            rows.mistake(number, "hcpcs", wrong)
        if modifier not in COMPONENTS:
            write = either(word or "nothing" for word in COMPONENTS)
            rows.mistake(number, "mod", f"found {shown(modifier)}; write {write}")
        key = _locality(rows, number, "carrier", carrier, "locality", locality)
        facility = _decimal(rows, number, "facility_price", prices[0], 2)
        outside = _decimal(rows, number, "non_facility_price", prices[1], 2)
        row = (indicators_key(code, modifier), key)
        if row in again:
            what = f"{code} {modifier}".strip()
            rows.mistake(number, "hcpcs", f"found {what} in {key} again after row {again[row]}; write each once")
        again.setdefault(row, number)
        if len(rows.mistakes) == before and facility is not None and outside is not None:
            packer.add(*row, packer.record(OutpatientCap(outside, facility)))
    return packer.packed(source)


def _by_locality(rows: Rows, columns: tuple[Column, ...], *, once: bool = True) -> Iterator[tuple[int, str, list[str]]]:
    """Rows of a file by locality: row, locality, the other cells. Notes below the table are left out."""
    seen: dict[str, int] = {}
    for number, (carrier, locality, *said) in rows.under(columns):
        if _is_note(carrier, locality, said):
            continue
        before = len(rows.mistakes)
        key = _locality(rows, number, "mac", carrier, "locality_number", locality)
        if once and key in seen:
            rows.mistake(number, "mac", f"found {key} again after row {seen[key]}; write each locality once")
        seen.setdefault(key, number)
        if len(rows.mistakes) == before:
            yield number, key, said


def locality_rows(columns: tuple[Column, ...], rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file by locality as a key and what is said of it; nothing is checked."""
    names = [column.name for column in columns[2:]]
    for _, (carrier, locality, *said) in rows.under(columns):
        if not _is_note(carrier, locality, said):
            told = (f"{name} {plain(cell)}" for name, cell in zip(names, said, strict=True) if cell)
            yield locality_key(carrier, locality), ", ".join(told)


def index_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of geographic indices, for comparing two."""
    return locality_rows(_INDEX_COLUMNS, rows)


def factor_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of anesthesia factors, for comparing two."""
    return locality_rows(_FACTOR_COLUMNS, rows)


def base_unit_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of base units, for comparing two."""
    for _, (code, units) in rows.under(_BASE_COLUMNS):
        yield code, f"{plain(units)} units"


def name_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of localities and counties, for comparing two."""
    return locality_rows(_NAME_COLUMNS, rows)


def zip_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of ZIP codes, for comparing two."""
    for _, (code, carrier, locality, *said) in rows.under(_ZIP_COLUMNS):
        yield code.zfill(5), " ".join((locality_key(carrier, locality), *filter(None, said)))


def cap_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of caps, for comparing two."""
    for _, (code, modifier, carrier, locality, facility, outside) in rows.under(_CAP_COLUMNS):
        key = " ".join(filter(None, (code, modifier, locality_key(carrier, locality))))
        yield key, f"facility {plain(facility)}, non-facility {plain(outside)}"


def _is_note(carrier: str, locality: str, said: list[str]) -> bool:
    """Whether a row is a remark below the table: no locality, and words in place of a contractor, or nothing else."""
    return not locality and (not any(said) or not carrier[:1].isdigit())


def _locality(rows: Rows, number: int, one: str, carrier: str, two: str, locality: str) -> str:
    if not re.fullmatch(r"\d{3,5}", carrier):
        rows.mistake(number, one, f"found {shown(carrier)}; write a contractor of five digits, such as 01112")
    if not re.fullmatch(r"\d{1,2}", locality):
        rows.mistake(number, two, f"found {shown(locality)}; write a locality of two digits, such as 05")
    return locality_key(carrier, locality)


def _decimal(rows: Rows, number: int, column: str, cell: str, decimals: int) -> int | None:
    """A plain decimal number in its smallest steps; None for anything else, which is told."""
    plain_number = cell.lstrip("$").replace(",", "")
    if re.fullmatch(rf"\d{{1,7}}(\.\d{{0,{decimals}}}0*)?|\.\d{{1,{decimals}}}0*", plain_number):
        return int(Decimal(plain_number).scaleb(decimals))
    write = f"write a number with at most {decimals} decimals, such as {Decimal(12345678).scaleb(-decimals) % 10:.{decimals}f}"
    rows.mistake(number, column, f"found {shown(cell)}; {write}")
    return None


decimal_cell = _decimal
"""For the other readers of fee tables."""


def _days(rows: Rows, number: int, start: str, end: str, quarter: str) -> Span | None:
    """The days of a row; those of its version where it has none."""
    try:
        first = _year_or_day(start, last=False) or (quarter_of(quarter) if quarter else None) or dt.date.min
        ends = None if end == _NO_LAST_YEAR else _year_or_day(end, last=True)
    except ValueError:
        found = " and ".join(shown(cell) for cell in (start, end, quarter) if cell)
        rows.mistake(number, "start", f"found {found}; write years such as 2024, or {DAY}")
        return None
    if ends is not None and ends < first:
        rows.mistake(number, "end", f"found {end} before {start}; write a later one")
        return None
    return Span(first, ends)


def _year_or_day(text: str, *, last: bool) -> dt.date | None:
    if re.fullmatch(r"\d{4}", text):
        return dt.date(int(text), 12, 31) if last else dt.date(int(text), 1, 1)
    return (end_of(text) if last else day_of(text)) if text else None


def _name(cell: str) -> str:
    return kept_text(cell).strip().rstrip("*").strip()


def plain(cell: str) -> str:
    """A number without the zeros and spaces that publishers write now and then."""
    return f"{Decimal(cell).normalize():f}" if re.fullmatch(r"\d+\.\d+|\.\d+", cell) else kept_text(cell)
