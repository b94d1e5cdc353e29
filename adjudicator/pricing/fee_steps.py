"""A fee as a calculation in steps that a person can redo by hand: what was looked up where, and what came of it."""

import msgspec

from adjudicator.model.money import dollars
from adjudicator.policy.fee_schedules import HERE, FeeProduct, FeeRequest, Fees, RelativeValueFees, UnitFee
from adjudicator.pricing.relative_value import locality_of, named


class FeeStep(msgspec.Struct, frozen=True):
    """One step of a fee."""

    what: str
    """Locality, units, indices, factor, fee, cap or amount."""
    says: str
    source: str = ""
    """Table or schedule and its version."""


def steps_of(schedule: Fees, request: FeeRequest, fee: UnitFee) -> tuple[FeeStep, ...]:
    """The steps of a fee that a schedule gave for a request."""
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
    steps: list[FeeStep] = []
    if locality != HERE:
        came = f" of ZIP code {request.zip_code[:5]}" if request.zip_code and not request.locality else ""
        zips = schedule.localities.on(request.day).stamp if came and schedule.localities else schedule.stamp
        steps.append(FeeStep("locality", f"{locality}{came} {found.name}".rstrip(), zips))
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
