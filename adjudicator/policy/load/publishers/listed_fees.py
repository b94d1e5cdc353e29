"""CMS's fee schedules that list amounts: drugs (ASP), clinical laboratory tests (CLFS), equipment and supplies (DMEPOS).

Descriptors are not kept. An amount of zero is no fee: the publisher writes it where there is none.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

from adjudicator.model.codes import DRUG, MODIFIER, PROCEDURE
from adjudicator.model.dates import Span
from adjudicator.policy.fee_tables import DrugLimit, DrugUnit, LaboratoryFee
from adjudicator.policy.load.mistakes import PolicyError, either, shown
from adjudicator.policy.load.publishers.places_of_fees import decimal_cell, plain
from adjudicator.policy.load.publishers.rows import DAY, MOST_TITLE_ROWS, Column, Rows, day_of, procedure_mistake
from adjudicator.policy.packed import PairPacker, RowPacker

_DRUG_COLUMNS = (
    Column("hcpcs_code", "hcpcs(_code)?"),
    Column("payment_limit", "payment_limit"),
    Column("hcpcs_code_dosage", "(hcpcs_code_)?dosage", needed=False),
)
_TEST_COLUMNS = (
    Column("hcpcs", "hcpcs(_code)?"),
    Column("mod", "mod(ifier)?"),
    Column("rate", "rate"),
    Column("indicator", "ind(icator)?", needed=False),
    Column("eff_date", "eff(ective)?_date", needed=False),
)
_DRUG_UNIT_COLUMNS = (
    Column("drug_code", "drug_code|ndc"),
    Column("unit", "unit"),
    Column("procedure", "procedure|hcpcs(_code)?"),
    Column("billed_units", "billed_units"),
)
_NO_LIMIT = "N/A"
"""What stands for the limit of a drug whose limit is published elsewhere, or not yet."""
_DRUG_UNITS = ("F2", "GR", "ME", "ML", "UN")
"""Units of measure of drug codes (CTP05-1)."""
_LOCAL = "L"
"""Indicator of a test that the contractors price."""
_ITEM = ("hcpcs", "mod", "mod2")
_STATE = re.compile(r"([A-Z]{2})\s*(?:\((NR|R)\))?")
_CENTS = re.compile(r"\$?(\d{1,7})(?:\.(\d{1,2})0*)?")


def pack_drugs(rows: Rows, source: str) -> bytes:
    """Payment limits by drug. The file has no days: it holds for its quarter."""
    packer = RowPacker[DrugLimit]()
    seen: dict[str, int] = {}
    for number, (code, limit, dosage) in rows.under(_DRUG_COLUMNS):
        if not limit and not dosage:
            continue  # a note
        before = len(rows.mistakes)
        _once(rows, number, "hcpcs_code", code, "", seen)
        if limit.upper() == _NO_LIMIT:
            continue
        read = decimal_cell(rows, number, "payment_limit", limit, 3)
        if read and len(rows.mistakes) == before:
            packer.add(code, DrugLimit(read, dosage))
    return packer.packed(source)


def pack_tests(rows: Rows, source: str) -> bytes:
    """Laboratory fees by test and modifier, each from the day on which the publisher lets it begin."""
    packer = RowPacker[LaboratoryFee]()
    seen: dict[str, int] = {}
    for number, (code, modifier, rate, indicator, effective) in rows.under(_TEST_COLUMNS):
        before = len(rows.mistakes)
        if modifier and not MODIFIER.match(modifier):
            rows.mistake(number, "mod", f"found {shown(modifier)}; write a modifier, such as QW, or nothing")
        _once(rows, number, "hcpcs", code, modifier, seen)
        cents = decimal_cell(rows, number, "rate", rate, 2)
        try:
            begins = (day_of(effective) if effective else None) or dt.date.min
        except ValueError:
            begins = dt.date.min
            rows.mistake(number, "eff_date", f"found {shown(effective)}; write {DAY}")
        if len(rows.mistakes) == before and cents is not None:
            packer.add(code + modifier, LaboratoryFee(cents, indicator == _LOCAL or not cents, Span(begins)))
    return packer.packed(source)


def pack_items(rows: Rows, source: str) -> bytes:
    """Fees by item with its modifiers, and by state: ``AL`` and, for rural areas, ``AL-R``."""
    packer = PairPacker[int]()
    seen: dict[str, int] = {}
    for number, item, amounts in _items(rows):
        before = len(rows.mistakes)
        code, *modifiers = item
        for name, modifier in zip(_ITEM[1:], modifiers, strict=True):
            if modifier and not MODIFIER.match(modifier):
                rows.mistake(number, name, f"found {shown(modifier)}; write a modifier, such as NU, or nothing")
        _once(rows, number, "hcpcs", code, "".join(modifiers), seen)
        read = [(state, _cents(cell)) for state, cell in amounts]
        for (state, cents), (_, cell) in zip(read, amounts, strict=True):
            if cents is None:
                found = f"found {shown(cell)}; write dollars with at most two decimals, such as 45.00"
                rows.mistake(number, state, found)
        if len(rows.mistakes) == before:
            for state, cents in read:
                if cents:
                    packer.add("".join(item), state, packer.record(cents))
    return packer.packed(source)


def pack_drug_units(rows: Rows, source: str) -> bytes:
    """Billing units by drug code and procedure, in thousandths."""
    packer = PairPacker[DrugUnit]()
    seen: dict[str, int] = {}
    for number, (drug_code, unit, procedure, billed) in rows.under(_DRUG_UNIT_COLUMNS):
        before = len(rows.mistakes)
        if not DRUG.match(drug_code):
            rows.mistake(number, "drug_code", f"found {shown(drug_code)}; write a drug code of eleven digits")
        if unit not in _DRUG_UNITS:
            rows.mistake(number, "unit", f"found {shown(unit)}; write {either(_DRUG_UNITS)}")
        wrong = procedure_mistake(procedure)
        if wrong:
            rows.mistake(number, "procedure", wrong)
        key = f"{drug_code} {procedure}"
        if key in seen:
            rows.mistake(number, "drug_code", f"found {key} again after row {seen[key]}; write each once")
        seen.setdefault(key, number)
        thousandths = decimal_cell(rows, number, "billed_units", billed, 3)
        if thousandths == 0:
            rows.mistake(
                number, "billed_units", "found 0; write how many units of the procedure one unit of the drug is"
            )
        if thousandths and len(rows.mistakes) == before:
            packer.add(drug_code, procedure, packer.record(DrugUnit(unit, thousandths)))
    return packer.packed(source)


def drug_unit_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a list of drug units, for comparing two."""
    for _, (drug_code, unit, procedure, billed) in rows.under(_DRUG_UNIT_COLUMNS):
        yield f"{drug_code} {procedure}", f"{plain(billed)} units a {unit}"


def drug_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of drug limits, for comparing two."""
    for _, (code, limit, dosage) in rows.under(_DRUG_COLUMNS):
        if limit or dosage:
            yield code, " ".join(filter(None, (plain(limit), dosage and f"for {dosage}")))


def test_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of laboratory fees, for comparing two."""
    for _, (code, modifier, rate, indicator, effective) in rows.under(_TEST_COLUMNS):
        yield f"{code} {modifier}".strip(), " ".join(filter(None, (plain(rate), indicator, effective)))


def item_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of equipment fees, for comparing two."""
    for _, item, amounts in _items(rows):
        yield " ".join(filter(None, item)), ", ".join(f"{state} {cell}" for state, cell in amounts if _cents(cell))


def _items(rows: Rows) -> Iterator[tuple[int, tuple[str, ...], list[tuple[str, str]]]]:
    """Rows of a file of equipment fees: row, code and modifiers, amount by state; the heading names the states."""
    lines = iter(rows)
    heading: list[str] = []
    for number, cells in itertools.islice(lines, MOST_TITLE_ROWS):
        heading = [cell.strip() for cell in cells]
        if [cell.lower() for cell in heading[:2]] == list(_ITEM[:2]):
            heading_row = number
            break
    else:
        if not rows.mistakes:
            write = "write it with HCPCS, Mod, Mod2 and a column for each state, such as AL (NR)"
            rows.mistakes.append(PolicyError(rows.file, 1, "", f"found no heading; {write}"))
        return
    second = len(heading) > 2 and heading[2].lower() == _ITEM[2]
    states = [
        (at, f"{match[1]}-R" if match[2] == "R" else match[1])
        for at, title in enumerate(heading)
        if (match := _STATE.fullmatch(title))
    ]
    least = max((at for at, _ in states), default=len(_ITEM)) + 1
    if not states:
        rows.mistake(heading_row, "", "found a heading without states; write a column for each, such as AL (NR)")
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < least:
            rows.mistake(number, "", f"found {len(cells)} columns; write at least {least}, as the heading has")
            continue
        item = (cells[0].strip(), cells[1].strip(), cells[2].strip() if second else "")
        yield number, item, [(state, cells[at].strip()) for at, state in states]


@lru_cache(maxsize=100_000)
def _cents(cell: str) -> int | None:
    """An amount in cents, 0 for an empty cell; None for anything else."""
    if not cell:
        return 0
    match = _CENTS.fullmatch(cell.replace(",", ""))
    return None if match is None else int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _once(rows: Rows, number: int, column: str, code: str, modifiers: str, seen: dict[str, int]) -> None:
    wrong = None if PROCEDURE.match(code) else procedure_mistake(code)
    if wrong:
        rows.mistake(number, column, wrong)
    key = code + modifiers
    if key in seen:
        what = f"{code} {modifiers}".strip()
        rows.mistake(number, column, f"found {what} again after row {seen[key]}; write each once")
    seen.setdefault(key, number)
