"""What the demo payer's YAML and CSV files say, read without the engine: the plain words of plans, contracts, fees and sets.

Nothing here imports the engine, so that what is worked out from it is a second opinion. Amounts are integer cents.
"""

import csv
import datetime as dt
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2] / "policies" / "demo"


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two numbers that are not negative, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def scaled(text: str, places: int) -> int:
    """A decimal text as an integer of its last place: ``scaled("1.15", 2)`` is 115."""
    whole, _, part = text.partition(".")
    assert len(part) <= places, text
    return int(whole + part.ljust(places, "0"))


def cents(text: str) -> int:
    """Dollars as cents."""
    return scaled(text, 2)


@functools.cache
def document(path: str) -> dict[str, Any]:
    """A document as it stands, every value a text."""
    return dict(yaml.load((ROOT / f"{path}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader))


@functools.cache
def version(path: str, day: dt.date) -> dict[str, Any]:
    """The version in force on a day: versions stand newest first."""
    return dict(next(v for v in document(path)["versions"] if dt.date.fromisoformat(v["effective"]) <= day))


@functools.cache
def sequestration(plan: str, day: dt.date) -> int:
    """The share of the plan's part of any service that federal law takes, in hundredths of a percent."""
    rows = [row for row in version(plan, day).get("payment_reductions", ()) if row["kind"] == "sequestration"]
    assert all(row["for"] == "any" for row in rows)
    return scaled(rows[0]["share"], 4) if rows else 0


@functools.cache
def is_listed(code: str, entry: str, day: dt.date) -> bool:
    """Whether a code is in an entry of a list: the code itself, a beginning (8*), a range (99202-99205) or a set."""
    if entry.startswith("sets/"):
        return listed(code, version(entry, day)["codes"], day)
    if entry.endswith("*"):
        return code.startswith(entry[:-1])
    first, _, last = entry.partition("-")
    # A range of diagnoses runs over categories, one of procedures over whole codes.
    return first <= code[: len(first)] <= last if last else code == first


def listed(code: str, entries: Sequence[str] | str, day: dt.date) -> bool:
    """Whether a code is in a list, or the list says ``any``."""
    return entries == "any" or any(is_listed(code, entry, day) for entry in entries)


@functools.cache
def rows_of(path: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file of the payer."""
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@functools.cache
def facility(place: str) -> bool:
    """Whether a place of service is a facility."""
    return {row["code"]: row["facility"] for row in rows_of("tables/places.csv")}[place] == "true"


@functools.cache
def unit_fee_cents(schedule: str, procedure: str, in_facility: bool, day: dt.date) -> int | None:
    """A schedule's fee of one unit in cents; None where it lists none."""
    fees = version(schedule, day)
    if fees["method"] == "flat":
        amount = fees["amounts"].get(procedure)
        if isinstance(amount, dict):
            amount = amount.get("facility" if in_facility else "non_facility")
        return None if amount is None else cents(amount)
    units = fees["values"].get(procedure)
    practice = units and units["practice_facility" if in_facility else "practice"]
    if not units or practice == "NA":
        return None
    # Hundredths of units times thousandths of indices: hundred-thousandths. Times ten-thousandths of dollars: 10^-9 dollars.
    total = (
        scaled(units["work"], 2) * scaled(fees["work_index"], 3)
        + scaled(practice, 2) * scaled(fees["practice_index"], 3)
        + scaled(units["malpractice"], 2) * scaled(fees["malpractice_index"], 3)
    )
    return half_up(total * scaled(fees["conversion_factor"], 4), 10_000_000)


def is_ranked(schedule: str, procedure: str, day: dt.date) -> bool:
    """Whether several such procedures of one day are paid at different shares."""
    fees = version(schedule, day)
    if fees["method"] == "flat":
        return False
    return fees["values"].get(procedure, {}).get("multiple_procedures", "0") not in ("0", "9")


def pay_row(contract: str, procedure: str, day: dt.date) -> dict[str, str]:
    """The contract's row for a procedure: the first that fits."""
    return next(row for row in version(contract, day)["pay"] if listed(procedure, row["for"], day))


def allowed_cents(
    contract: str, procedure: str, units_tenths: int, place: str, charge_cents: int, day: dt.date
) -> int | None:
    """What a contract allows for a line; None where it has no fee.

    The unit price is rounded to cents, then multiplied by the units, then rounded again; the charge caps it where the row
    says so.
    """
    row = pay_row(contract, procedure, day)
    if row.get("method") == "percent-of-charge":
        return half_up(charge_cents * scaled(row["rate"], 6), 1_000_000)
    fee_cents = unit_fee_cents(row["from"], procedure, facility(place), day)
    if fee_cents is None:
        return None
    unit_price_cents = half_up(fee_cents * scaled(row["rate"], 6), 1_000_000)
    price_cents = half_up(unit_price_cents * units_tenths, 10)
    return min(charge_cents, price_cents) if row["lesser_of_charge"] == "true" else price_cents


def benefit_row(plan: str, procedure: str, modifiers: Sequence[str], tier: str, day: dt.date) -> dict[str, str]:
    """What a plan says of a procedure in a network tier: the first row that fits it and, where it asks for one, a modifier."""
    for row in version(plan, day)["benefits"]:
        if listed(procedure, row["for"], day) and ("modifiers" not in row or set(row["modifiers"]) & set(modifiers)):
            return dict(row[tier])
    raise AssertionError(f"{plan} has no row for {procedure}")
