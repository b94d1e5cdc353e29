"""A fee as a calculation in steps that a person can redo by hand: what was looked up where, and what came of it."""

from collections.abc import Iterator

import msgspec

from adjudicator.model.claim import quantity_text
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars
from adjudicator.policy.anesthesia_fees import AnesthesiaFees
from adjudicator.policy.fee_schedules import HERE, FeeProduct, FeeRequest, Fees, RelativeValueFees, UnitFee
from adjudicator.pricing.anesthesia import Practice, factors_of, practice_of, units_text
from adjudicator.pricing.modifiers import decimal_of
from adjudicator.pricing.relative_value import locality_of, named


class FeeStep(msgspec.Struct, frozen=True):
    """One step of a fee."""

    what: str
    """Locality, units, base, time, indices, factor, share, fee, cap or amount."""
    says: str
    source: str = ""
    """Table or schedule and its version."""


def steps_of(schedule: Fees, request: FeeRequest, fee: UnitFee) -> tuple[FeeStep, ...]:
    """The steps of a fee that a schedule gave for a request."""
    if isinstance(schedule, AnesthesiaFees):
        return _anesthesia(schedule, request, fee)
    if not isinstance(schedule, RelativeValueFees):
        return (FeeStep("amount", f"{dollars(fee.cents)} ({fee.basis})", schedule.stamp),)
    locality = locality_of(schedule, request)
    values = schedule.values.on(request.day)
    row = values.find(request.procedure, request.component)
    assert isinstance(locality, str)
    assert row is not None
    indicators, value = row
    indices = schedule.indices.on(request.day)
    found = indices.find(locality)
    assert value is not None
    assert found is not None
    steps = [*_locality(schedule, request, found.name)]
    where = "facility" if request.facility else "non-facility"
    practice = value.practice_facility_hundredths if request.facility else value.practice_non_facility_hundredths
    units = (value.work_hundredths, practice or 0, value.malpractice_hundredths)
    told = f"{named(request)}, status {indicators.status}: {_units(*units, where)}"
    steps.append(FeeStep("units", told, values.stamp))
    thousandths = (found.work_thousandths, found.practice_thousandths, found.malpractice_thousandths)
    told = "work {:.3f}, practice {:.3f}, malpractice {:.3f}".format(*(one / 1000 for one in thousandths))
    steps.append(FeeStep("indices", told, indices.stamp))
    factor = schedule.conversion_factor_ten_thousandths
    if request.qualifying and schedule.qualifying_factor_ten_thousandths is not None:
        factor = schedule.qualifying_factor_ten_thousandths
    who = (
        ", of qualifying clinicians"
        if request.qualifying and factor != schedule.conversion_factor_ten_thousandths
        else ""
    )
    steps.append(FeeStep("factor", f"{factor / 10_000:.4f}{who}", schedule.stamp))
    work, practices, malpractice = (unit * one for unit, one in zip(units, thousandths, strict=True))
    steps.append(FeeStep("fee", _product(FeeProduct(work, practices, malpractice, factor))))
    if fee.uncapped_cents is not None and fee.product is not None:
        outpatient = (
            value.outpatient_practice_facility_hundredths
            if request.facility
            else value.outpatient_practice_non_facility_hundredths
        )
        told = _units(value.work_hundredths, outpatient, value.outpatient_malpractice_hundredths, where)
        steps.append(FeeStep("cap", f"outpatient amount of {told}: {_product(fee.product)}", values.stamp))
    elif fee.uncapped_cents is not None and schedule.caps is not None:
        steps.append(FeeStep("cap", f"outpatient amount {dollars(fee.cents)}", schedule.caps.on(request.day).stamp))
    lesser = ", the lesser of fee and cap" if fee.uncapped_cents is not None else ""
    steps.append(FeeStep("amount", f"{dollars(fee.cents)}{lesser}"))
    return tuple(steps)


def _anesthesia(schedule: AnesthesiaFees, request: FeeRequest, fee: UnitFee) -> tuple[FeeStep, ...]:
    product, practice = fee.anesthesia, practice_of(schedule, request)
    assert product is not None
    assert isinstance(practice, Practice)
    steps = [*_locality(schedule, request)]
    supervised = practice.supervised_tenths is not None
    base_in = schedule.stamp if supervised else schedule.base_units.on(request.day).stamp
    steps.append(FeeStep("base", f"{units_text(product.base_tenths)} units{' a case' if supervised else ''}", base_in))
    if product.time_tenths:
        minutes, per_unit = quantity_text(request.minutes_thousandths or 0), schedule.minutes_per_unit
        told = f"{minutes} minutes / {per_unit} = {units_text(product.time_tenths)} units"
        steps.append(FeeStep("time", f"{told}, rounded by {schedule.time_rounding.value}", schedule.stamp))
    if product.added_tenths:
        why = "induction" if supervised else "physical status"
        steps.append(FeeStep("added", f"{units_text(product.added_tenths)} units for {why}", schedule.stamp))
    factor = f"{product.factor_ten_thousandths / 10_000:.4f}"
    table = factors_of(schedule, request)
    steps.append(FeeStep("factor", factor, table.on(request.day).stamp if table else schedule.stamp))
    share = decimal_of(practice.basis_points)
    if practice.name:
        steps.append(FeeStep("share", f"{share} {practice.name}", schedule.stamp))
    exact = _exact(product.units_tenths * product.factor_ten_thousandths * product.basis_points, 9)
    parts = (product.base_tenths, product.time_tenths, product.added_tenths)
    units = " + ".join(units_text(part) for part in parts if part)
    by_share = f" x {share}" if practice.basis_points != WHOLE_BASIS_POINTS else ""
    steps.append(FeeStep("fee", f"({units}) x {factor}{by_share} = {exact} -> {dollars(fee.cents)}"))
    steps.append(FeeStep("amount", dollars(fee.cents)))
    return tuple(steps)


def _locality(schedule: RelativeValueFees | AnesthesiaFees, request: FeeRequest, name: str = "") -> Iterator[FeeStep]:
    """The locality of the service, where the schedule does not write its own factors."""
    locality = locality_of(schedule, request)
    assert isinstance(locality, str)
    if locality != HERE:
        came = f" of ZIP code {request.zip_code[:5]}" if request.zip_code and not request.locality else ""
        zips = schedule.localities.on(request.day).stamp if came and schedule.localities else schedule.stamp
        yield FeeStep("locality", f"{locality}{came} {name}".rstrip(), zips)


def _units(work: int, practice: int, malpractice: int, where: str) -> str:
    return f"work {work / 100:.2f}, practice {practice / 100:.2f} ({where}), malpractice {malpractice / 100:.2f}"


def _product(product: FeeProduct) -> str:
    """The product with its parts exact: hundred-thousandths of units and their sum."""
    parts = (product.work, product.practice, product.malpractice)
    written = " + ".join(_exact(part, 5) for part in parts)
    total = sum(parts)
    exact = _exact(total * product.factor_ten_thousandths, 9)
    factor = f"{product.factor_ten_thousandths / 10_000:.4f}"
    return f"({written}) x {factor} = {_exact(total, 5)} x {factor} = {exact} -> {dollars(product.cents)}"


def _exact(number: int, decimals: int) -> str:
    """A whole number of smallest steps as a plain decimal."""
    whole, part = divmod(number, 10**decimals)
    return f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".") if part else str(whole)
