"""Usual and customary charges: the percentile that a schedule names of what providers of an area charge (domain/03 section 13)."""

from adjudicator.policy.fee_schedules import CustomaryFees, FeeRequest, Missing, UnitFee, no_release

_AREA_DIGITS = 3
"""An area is the beginning of a ZIP code."""


def unit_fee(schedule: CustomaryFees, request: FeeRequest) -> UnitFee | Missing:
    """The charge of one unit at the schedule's percentile in the area of the service, or exactly what is missing for it.

    Of a line's modifiers the first with a row of its own counts; a part of a service (26, TC, 53) is never worth the whole.
    """
    charges = schedule.amounts.find(request.day)
    if charges is None:
        return no_release(schedule.amounts.path, request)
    area = request.zip_code[:_AREA_DIGITS]
    if len(area) < _AREA_DIGITS:
        because = f"Nothing says in which ZIP code the service was performed, by which {charges.stamp} lists charges."
        return Missing(f"ZIP code of the service for {request.procedure}", because)
    own = (request.component,) if request.component else (*request.modifiers, "")
    for modifier in own:
        charge = charges.find(request.procedure, modifier, area)
        cents = charge.cents(schedule.percentile) if charge else None
        what = f"{request.procedure} {modifier}".strip()
        if cents is not None:
            return UnitFee(
                cents,
                f"percentile {schedule.percentile} of charges for {what} in area {area}, {charges.stamp}",
                own_modifier=modifier,
            )
        if charge is not None:
            missing = f"percentile {schedule.percentile} for procedure {what} in area {area}"
            return Missing(f"{missing} in {charges.stamp}", f"{charges.stamp} has no {missing}.")
    missing = f"procedure {' '.join((request.procedure, *filter(None, own)))} in area {area}"
    return Missing(f"{missing} in {charges.stamp}", f"{charges.stamp} has no charge for {missing}.")
