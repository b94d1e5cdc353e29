"""Usual and customary charges: our own CSV, one row for each area, procedure and modifier, with a column for each percentile."""

import re
from collections.abc import Iterator

from adjudicator.model.codes import MODIFIER
from adjudicator.policy.coding_tables import indicators_key
from adjudicator.policy.fee_tables import PERCENTILES, CustomaryCharge
from adjudicator.policy.load.mistakes import shown
from adjudicator.policy.load.publishers.places_of_fees import decimal_cell, plain
from adjudicator.policy.load.publishers.rows import Column, Rows, procedure_mistake
from adjudicator.policy.packed import PairPacker

_COLUMNS = (
    Column("area", "area"),
    Column("procedure", "procedure"),
    Column("modifier", "modifier"),
    *(Column(f"p{percentile}", f"p{percentile}", needed=False) for percentile in PERCENTILES),
)
_AREA = re.compile(r"[0-9]{3}")


def pack_charges(rows: Rows, source: str) -> bytes:
    """Charges by procedure with modifier, and by area; a percentile without an amount is left out."""
    packer = PairPacker[CustomaryCharge]()
    seen: dict[tuple[str, str], int] = {}
    for number, (area, code, modifier, *amounts) in rows.under(_COLUMNS):
        before = len(rows.mistakes)
        if not _AREA.fullmatch(area):
            rows.mistake(
                number, "area", f"found {shown(area)}; write the first three digits of a ZIP code, such as 681"
            )
        wrong = procedure_mistake(code)
        if wrong:
            rows.mistake(number, "procedure", wrong)
        if modifier and not MODIFIER.match(modifier):
            rows.mistake(number, "modifier", f"found {shown(modifier)}; write a modifier, such as 26, or nothing")
        key = (indicators_key(code, modifier), area)
        if key in seen:
            what = f"{code} {modifier}".strip()
            rows.mistake(number, "procedure", f"found {what} in {area} again after row {seen[key]}; write each once")
        seen.setdefault(key, number)
        read: list[tuple[int, int]] = []
        for percentile, amount in zip(PERCENTILES, amounts, strict=True):
            cents = decimal_cell(rows, number, f"p{percentile}", amount, 2) if amount else None
            if cents == 0:
                rows.mistake(number, f"p{percentile}", "found 0; write an amount above 0, or nothing")
            elif cents is not None:
                if read and cents < read[-1][1]:
                    rows.mistake(number, f"p{percentile}", "found less than a lower percentile; write at least as much")
                read.append((percentile, cents))
        if not read and len(rows.mistakes) == before:
            rows.mistake(number, "", "found no amount; write one under p80 or another percentile")
        if len(rows.mistakes) == before:
            packer.add(*key, packer.record(CustomaryCharge(tuple(read))))
    return packer.packed(source)


def charge_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    """Every row of a file of charges, for comparing two."""
    for _, (area, code, modifier, *amounts) in rows.under(_COLUMNS):
        told = (
            f"p{percentile} {plain(amount)}" for percentile, amount in zip(PERCENTILES, amounts, strict=True) if amount
        )
        yield " ".join(filter(None, (code, modifier, area))), ", ".join(told)
