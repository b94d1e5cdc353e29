"""The Medicare physician fee schedule's relative value file (PPRRVU): indicators and relative values of every procedure.

One file, read once: code editing looks up the indicators, relative-value fee schedules the units beside them.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from adjudicator.policy.coding_tables import Indicators, indicators_key
from adjudicator.policy.fee_tables import NO_VALUE, RelativeValue, numbers_of
from adjudicator.policy.load.mistakes import either, shown
from adjudicator.policy.load.publishers.rows import Column, Rows, procedure_mistake
from adjudicator.policy.packed import RowPacker

_COLUMNS = (
    Column("hcpcs", "hcpcs|.*_hcpcs"),
    Column("mod", "mod|.*_mod"),
    Column("status_code", "(.*_)?status_code"),
    Column("pctc_ind", "(.*_)?pctc_ind"),
    Column("glob_days", "(.*_)?glob_days"),
    Column("pre_op", "(.*_)?pre_op"),
    Column("intra_op", "(.*_)?intra_op"),
    Column("post_op", "(.*_)?post_op"),
    Column("mult_proc", "(.*_)?mult_proc"),
    Column("bilat_surg", "(.*_)?bilat_surg"),
    Column("asst_surg", "(.*_)?asst_surg"),
    Column("co_surg", "(.*_)?co_surg"),
    Column("team_surg", "(.*_)?team_surg"),
    Column("endo_base", "(.*_)?endo_base"),
    Column("supervision", "(.*_)?diagnostic_procedures", needed=False),
    Column("imaging_family", "(.*_)?imaging_family_indicator", needed=False),
    Column("non_fac_indicator", "non_fac(ility)?(_na)?_indicator", needed=False),
    Column("facility_indicator", "facility(_na)?_indicator", needed=False),
    Column("work_rvu", "(physician_)?work_rvus?2?", needed=False),
    Column("non_fac_pe_rvu", "(transitioned_)?non_fac(ility)?_pe_rvus?2?", needed=False),
    Column("facility_pe_rvu", "(transitioned_)?facility_pe_rvus?2?", needed=False),
    Column("mp_rvu", "mp_rvus?2?", needed=False),
    Column("non_facility_pe_used_for_opps", "(non_facility_)?pe_used_for_opps(_payment(_amount)?)?", needed=False),
    Column("facility_pe_used_for_opps", "(facility_)?pe_used_for_opps(_payment(_amount)?)?", needed=False),
    Column("mp_used_for_opps", "mp_used_for_opps(_payment(_amount)?)?", needed=False),
    Column("calculation_flag", "(.*_)?calculation_flag", needed=False),
    Column("conv_factor", "(.*_)?conv(ersion)?_factor", needed=False),
)
_UNITS = ("work_rvu", "non_fac_pe_rvu", "facility_pe_rvu", "mp_rvu")
_OUTPATIENT_UNITS = ("non_facility_pe_used_for_opps", "facility_pe_used_for_opps", "mp_used_for_opps")
_NO_UNITS = (NO_VALUE,) * len(RelativeValue.__struct_fields__)
"""What is packed where a file has no columns of relative values."""
_KNOWN = {
    "mod": ("", "26", "TC", "53"),
    "status_code": tuple("ABCDEFGHIJLMNPQRTX"),
    "pctc_ind": tuple("0123456789"),
    "glob_days": ("000", "010", "090", "MMM", "XXX", "YYY", "ZZZ"),
    "mult_proc": tuple("012345679"),
    "bilat_surg": tuple("01239"),
    "asst_surg": tuple("0129"),
    "co_surg": tuple("0129"),
    "team_surg": tuple("0129"),
    "calculation_flag": ("", *"0123456789"),
    "non_fac_indicator": ("", "NA"),
    "facility_indicator": ("", "NA"),
}
"""The values that the publisher's record layout knows."""


def pack_indicators(rows: Rows, source: str) -> bytes:
    """Indicators and units by procedure and modifier. The file has no days: it holds for its release."""
    packer = RowPacker[Indicators]()
    seen: dict[str, int] = {}
    names = [column.name for column in _COLUMNS]
    for number, row in rows.under(_COLUMNS):
        cells = dict(zip(names, row, strict=True))
        before = len(rows.mistakes)
        _check(rows, number, cells)
        key = indicators_key(cells["hcpcs"], cells["mod"])
        if key in seen:
            what = f"{cells['hcpcs']} {cells['mod']}".strip()
            rows.mistake(number, "hcpcs", f"found {what} again after row {seen[key]}; write each procedure once")
        seen.setdefault(key, number)
        if len(rows.mistakes) == before:
            packer.add(key, _indicators(cells), _units(cells))
    return packer.packed(source)


def indicator_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row as a key and what is said of it; nothing is checked."""
    names = [column.name for column in _COLUMNS[2:]]
    for _, (code, modifier, *said) in rows.under(_COLUMNS):
        told = (f"{name} {_plain(cell)}" for name, cell in zip(names, said, strict=True) if cell)
        yield f"{code} {modifier}".strip(), ", ".join(told)


def _check(rows: Rows, number: int, cells: dict[str, str]) -> None:
    wrong = procedure_mistake(cells["hcpcs"])
    if wrong:
        rows.mistake(number, "hcpcs", wrong)
    for name, known in _KNOWN.items():
        if cells[name] not in known:
            rows.mistake(
                number, name, f"found {shown(cells[name])}; write {either(word or 'nothing' for word in known)}"
            )
    for name in ("pre_op", "intra_op", "post_op"):
        if not re.fullmatch(r"0?\.\d{1,4}|[01](\.0*)?", cells[name]):
            rows.mistake(number, name, f"found {shown(cells[name])}; write a share from 0 to 1, such as 0.10")
    given = [name for name in _UNITS if cells[name]]
    for name in (*_UNITS, *_OUTPATIENT_UNITS):
        if (given if name in _UNITS else cells[name]) and _scaled(cells[name], 2) is None:
            found = f"found {shown(cells[name])}; write units with at most two decimals, such as 1.92"
            rows.mistake(number, name, found)
    if cells["conv_factor"] and _scaled(cells["conv_factor"], 4) is None:
        found = f"found {shown(cells['conv_factor'])}; write dollars with at most four decimals, such as 33.4009"
        rows.mistake(number, "conv_factor", found)
    if cells["endo_base"] and procedure_mistake(cells["endo_base"]):
        rows.mistake(number, "endo_base", f"found {shown(cells['endo_base'])}; write a procedure code, or nothing")


def _indicators(cells: dict[str, str]) -> Indicators:
    pre, intra, post = (int(Decimal(cells[name]) * 10_000) for name in ("pre_op", "intra_op", "post_op"))
    return Indicators(
        status=cells["status_code"],
        pctc=cells["pctc_ind"],
        global_days=cells["glob_days"],
        preoperative_basis_points=pre,
        intraoperative_basis_points=intra,
        postoperative_basis_points=post,
        multiple_procedure=cells["mult_proc"],
        bilateral=cells["bilat_surg"],
        assistant=cells["asst_surg"],
        co_surgeon=cells["co_surg"],
        team=cells["team_surg"],
        endoscopic_base=cells["endo_base"],
        supervision=cells["supervision"],
        imaging_family=cells["imaging_family"],
        not_outside_facility=cells["non_fac_indicator"] == "NA",
        not_in_facility=cells["facility_indicator"] == "NA",
    )


def _units(cells: dict[str, str]) -> tuple[int, ...]:
    """The units of a row as they are packed."""
    if not any(cells[name] for name in _UNITS):
        return _NO_UNITS
    work, outside, inside, malpractice = (_scaled(cells[name], 2) or 0 for name in _UNITS)
    # NA says that the service is rarely given there; the expense that the file has is paid all the same.
    outpatient = [_scaled(cells[name] or "0", 2) or 0 for name in _OUTPATIENT_UNITS]
    value = RelativeValue(
        work,
        outside or (inside if cells["non_fac_indicator"] == "NA" else 0),
        inside or (outside if cells["facility_indicator"] == "NA" else 0),
        malpractice,
        outpatient[0],
        outpatient[1],
        outpatient[2],
        int(cells["calculation_flag"] or 0),
        _scaled(cells["conv_factor"] or "0", 4) or 0,
    )
    return numbers_of(value)


@lru_cache(maxsize=20_000)
def _scaled(cell: str, decimals: int) -> int | None:
    """A plain decimal number as a whole number of its smallest step; None for anything else, or for more decimals."""
    if not re.fullmatch(r"\d{1,6}(\.\d*)?|\.\d+", cell):
        return None
    number = Decimal(cell).scaleb(decimals)
    return int(number) if number == int(number) else None


def _plain(cell: str) -> str:
    """A number without the zeros that publishers write now and then."""
    return f"{Decimal(cell).normalize():f}" if re.fullmatch(r"\d*\.\d+", cell) else cell
