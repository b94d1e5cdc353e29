"""One question to every kind of fee schedule: what is one unit of this service worth, or what is missing to say so?"""

import datetime as dt
from collections.abc import Iterator

from adjudicator.policy.anesthesia_fees import AnesthesiaFees
from adjudicator.policy.fee_schedules import (
    CustomaryFees,
    FeeRequest,
    Fees,
    FlatFees,
    Missing,
    RelativeValueFees,
    UnitFee,
)
from adjudicator.policy.fee_tables import COMPONENTS
from adjudicator.pricing import anesthesia, customary, flat, relative_value


def unit_fee(schedule: Fees, request: FeeRequest) -> UnitFee | Missing:
    """The fee of one unit; of anesthesia, that of all its minutes.

    Args:
        schedule: the version of the fee schedule for the date of service.
        request: the service, its component, and where and by whom it was given.

    Returns:
        The fee in whole cents with its parts, its indicators and its calculation; or exactly what is not there, for whom
        the line waits. There is no fee of zero.
    """
    if isinstance(schedule, RelativeValueFees):
        return relative_value.unit_fee(schedule, request)
    if isinstance(schedule, AnesthesiaFees):
        return anesthesia.unit_fee(schedule, request)
    if isinstance(schedule, FlatFees):
        return flat.unit_fee(schedule, request)
    if isinstance(schedule, CustomaryFees):
        return customary.unit_fee(schedule, request)
    return flat.listed_fee(schedule, request)


def component_of(modifiers: tuple[str, ...]) -> str:
    """The component that a line's modifiers ask for: 26, TC or 53; empty for the whole service."""
    if not modifiers:
        return ""
    return next((component for component in COMPONENTS if component and component in modifiers), "")


def listed(schedule: Fees, day: dt.date) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every procedure that a schedule lists on a day, with the modifiers or the component of its row, in order of their codes.

    Raises:
        PolicyGap: a table of the schedule has no version in force.
    """
    if isinstance(schedule, RelativeValueFees):
        for procedure, component in schedule.values.on(day).listed():
            yield procedure, (component,) if component else ()
    elif isinstance(schedule, FlatFees):
        for procedure in sorted({*schedule.non_facility_cents, *schedule.facility_cents}):
            yield procedure, ()
    elif isinstance(schedule, AnesthesiaFees):
        yield from schedule.base_units.on(day).listed()
    else:
        yield from schedule.amounts.on(day).listed()
