"""Relative-value fees: units of work, practice expense and malpractice, by place, times one conversion factor.

``fee = (work x index + practice x index + malpractice x index) x conversion factor``, in whole numbers, rounded half up once,
at the end (domain/03 section 1). Everything is looked up for the date of service; what is not there is named.
"""

import datetime as dt

from adjudicator.policy.anesthesia_fees import AnesthesiaFees
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.fee_schedules import (
    HERE,
    FeeProduct,
    FeeRequest,
    Missing,
    RelativeValueFees,
    UnitFee,
    no_release,
)
from adjudicator.policy.fee_tables import GeographicIndex, RelativeValue, RelativeValues

_MOST_KEPT = 20_000
"""Days and ZIP codes have no end: what is kept of a schedule has to."""


def unit_fee(schedule: RelativeValueFees, request: FeeRequest) -> UnitFee | Missing:
    """The fee of one unit, or what is missing for it; worked out once for one procedure, place and day."""
    known = schedule.known
    key = (
        request.procedure,
        request.day,
        request.zip_code,
        request.facility,
        request.component,
        request.qualifying,
        request.locality,
    )
    fee = known.get(key)
    if fee is None:
        if len(known) >= _MOST_KEPT:
            known.clear()
        fee = known[key] = _unit_fee(schedule, request)
    return fee


def _unit_fee(schedule: RelativeValueFees, request: FeeRequest) -> UnitFee | Missing:
    row = _row(schedule, request)
    if isinstance(row, Missing):
        return row
    indicators, value, table = row
    practice = value.practice_facility_hundredths if request.facility else value.practice_non_facility_hundredths
    if practice is None:
        where = "in a facility" if request.facility else "outside a facility"
        key = f"practice expense {where} of {named(request)} in {table.stamp}"
        return Missing(key, f"Fee schedule {schedule.stamp} has no fee for procedure {named(request)} {where}.")
    locality = locality_of(schedule, request)
    if isinstance(locality, Missing):
        return locality
    index = index_of(schedule, request, locality)
    if isinstance(index, Missing):
        return index
    factor = schedule.conversion_factor_ten_thousandths
    if request.qualifying and schedule.qualifying_factor_ten_thousandths is not None:
        factor = schedule.qualifying_factor_ten_thousandths
    product = _product(value.work_hundredths, practice, value.malpractice_hundredths, index, factor)
    basis = _basis(value.work_hundredths, practice, value.malpractice_hundredths, index, factor)
    if locality != HERE:
        basis = f"{basis}, {locality}, {table.stamp}"
    fee = UnitFee(product.cents, basis, indicators, product)
    if schedule.caps_computed:
        return _capped(fee, value, index, request.facility)
    return fee if schedule.caps is None else _capped_by_table(schedule, request, locality, fee)


def ranking_indicator(schedule: RelativeValueFees, procedure: str, day: dt.date) -> str:
    """How a procedure is ranked among others of its day, whatever is missing for its fee; ``0`` where the schedule pays none."""
    table = schedule.values.find(day)
    row = table.find(procedure) if table else None
    return row[0].multiple_procedure if row and row[0].status in schedule.payable_statuses else "0"


def locality_of(schedule: RelativeValueFees | AnesthesiaFees, request: FeeRequest) -> str | Missing:
    """The locality in which a service was performed: as asked for, the schedule's own, or that of the ZIP code."""
    if schedule.localities is None:
        return schedule.locality if schedule.locality == HERE or not request.locality else request.locality
    if request.locality:
        return request.locality
    table = schedule.localities.find(request.day)
    if table is None:
        return no_release(schedule.localities.path, request)
    if not request.zip_code:
        return Missing(
            f"ZIP code of where {request.procedure} was performed",
            f"Nothing says where procedure {request.procedure} was performed: neither the service facility nor the billing "
            "provider has a ZIP code.",
        )
    found = table.find(request.zip_code, request.day)
    if found is None:
        key = f"ZIP code {request.zip_code[:5]} in {table.stamp}"
        return Missing(key, f"{table.stamp} has no locality for ZIP code {request.zip_code[:5]}.")
    if found.needs_extension:
        key = f"nine-digit ZIP code {request.zip_code[:5]} in {table.stamp}"
        because = f"ZIP code {request.zip_code[:5]} lies in several localities, and {table.stamp} has five digits only."
        return Missing(key, because)
    return found.locality


def index_of(schedule: RelativeValueFees, request: FeeRequest, locality: str) -> GeographicIndex | Missing:
    """A locality's geographic indices on the date of service."""
    table = schedule.indices.find(request.day)
    if table is None:
        return no_release(schedule.indices.path, request)
    index = table.find(locality)
    if index is None:
        came = f" (ZIP code {request.zip_code[:5]})" if request.zip_code else ""
        because = f"{table.stamp} has no geographic indices for locality {locality}{came}."
        return Missing(f"locality {locality} in {table.stamp}", because)
    return index


def _row(
    schedule: RelativeValueFees, request: FeeRequest
) -> tuple[Indicators, RelativeValue, RelativeValues] | Missing:
    """Indicators, units and table of what was asked for, where the schedule pays it."""
    table = schedule.values.find(request.day)
    if table is None:
        return no_release(schedule.values.path, request)
    row = table.find(request.procedure, request.component)
    if row is None:
        what = named(request)
        where = "in a facility" if request.facility else "outside a facility"
        because = (
            f"Fee schedule {schedule.stamp} has no fee for procedure {what} {where}: {table.stamp} does not list it."
        )
        return Missing(f"procedure {what} in {table.stamp}", because)
    indicators, value = row
    if indicators.status not in schedule.payable_statuses:
        what = named(request)
        because = (
            f"{table.stamp} gives procedure {what} status {indicators.status}, which {schedule.stamp} does not pay."
        )
        return Missing(f"payable status of {what} in {table.stamp}", because)
    if value is None or not (
        value.work_hundredths
        or value.practice_non_facility_hundredths
        or value.practice_facility_hundredths
        or value.malpractice_hundredths
    ):
        what = named(request)
        because = f"{table.stamp} has no relative values for procedure {what}: it is priced by report."
        return Missing(f"relative values of {what} in {table.stamp}", because)
    if value.calculation_flag:
        what = named(request)
        because = f"{table.stamp} gives procedure {what} calculation flag {value.calculation_flag}, which asks for another formula."
        return Missing(f"formula of calculation flag {value.calculation_flag} of {what} in {table.stamp}", because)
    return indicators, value, table


def _product(work: int, practice: int, malpractice: int, index: GeographicIndex, factor: int) -> FeeProduct:
    return FeeProduct(
        work * index.work_thousandths,
        practice * index.practice_thousandths,
        malpractice * index.malpractice_thousandths,
        factor,
    )


def _basis(work: int, practice: int, malpractice: int, index: GeographicIndex, factor: int) -> str:
    return (
        f"({work / 100:.2f} work x {index.work_thousandths / 1000:.3f}"
        f" + {practice / 100:.2f} practice x {index.practice_thousandths / 1000:.3f}"
        f" + {malpractice / 100:.2f} malpractice x {index.malpractice_thousandths / 1000:.3f})"
        f" x {factor / 10000:.4f}"
    )


def _capped(fee: UnitFee, value: RelativeValue, index: GeographicIndex, facility: bool) -> UnitFee:
    """A fee capped to the outpatient payment amount, worked out of the units that the file has for it.

    Section 5102(b) of the Deficit Reduction Act of 2005, as the relative value file's record layout applies it: the amount
    of these units is compared with the fee, and the lower one is paid. Of a global service they hold the professional
    component whole, so that only the technical part is capped. All of them 0: the service is not capped.
    """
    outside, inside, malpractice = (
        value.outpatient_practice_non_facility_hundredths,
        value.outpatient_practice_facility_hundredths,
        value.outpatient_malpractice_hundredths,
    )
    practice = inside if facility else outside
    if not (outside or inside or malpractice) or fee.product is None:
        return fee
    factor = fee.product.factor_ten_thousandths
    product = _product(value.work_hundredths, practice, malpractice, index, factor)
    if product.cents >= fee.cents:
        return fee
    basis = _basis(value.work_hundredths, practice, malpractice, index, factor)
    return UnitFee(
        product.cents,
        f"{fee.basis}; capped to outpatient units {basis}",
        fee.indicators,
        product,
        uncapped_cents=fee.cents,
    )


def _capped_by_table(
    schedule: RelativeValueFees, request: FeeRequest, locality: str, fee: UnitFee
) -> UnitFee | Missing:
    """A fee capped to the published outpatient amount of its locality."""
    assert schedule.caps is not None
    table = schedule.caps.find(request.day)
    if table is None:
        return no_release(schedule.caps.path, request)
    if not table.caps_of(request.procedure, request.component):
        return fee
    cap = table.find(request.procedure, request.component, locality)
    if cap is None:
        because = f"{table.stamp} caps procedure {named(request)}, and has no amount for locality {locality}."
        return Missing(f"cap of {named(request)} for locality {locality} in {table.stamp}", because)
    cents = cap.facility_cents if request.facility else cap.non_facility_cents
    if cents >= fee.cents:
        return fee
    basis = f"{fee.basis}; capped to {cents / 100:.2f}, {table.stamp}"
    return UnitFee(cents, basis, fee.indicators, None, uncapped_cents=fee.cents)


def named(request: FeeRequest) -> str:
    """A procedure and its component as people write them."""
    return f"{request.procedure} {request.component}".rstrip()
