"""One question to every kind of fee schedule: what is one unit of this service worth, or what is missing to say so?"""

from adjudicator.policy.fee_schedules import FeeRequest, Fees, FlatFees, Missing, RelativeValueFees, UnitFee
from adjudicator.pricing import flat, relative_value


def unit_fee(schedule: Fees, request: FeeRequest) -> UnitFee | Missing:
    """The fee of one unit.

    Args:
        schedule: the version of the fee schedule for the date of service.
        request: the service, its component, and where and by whom it was given.

    Returns:
        The fee in whole cents with its parts, its indicators and its calculation; or exactly what is not there, for whom
        the line waits. There is no fee of zero.
    """
    if isinstance(schedule, RelativeValueFees):
        return relative_value.unit_fee(schedule, request)
    if isinstance(schedule, FlatFees):
        return flat.unit_fee(schedule, request)
    return flat.listed_fee(schedule, request)
