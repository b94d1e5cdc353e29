"""Flat fees: a table that lists one amount per procedure, or one for facilities and one for elsewhere."""

from adjudicator.policy.policy_set import FlatFees, UnitFee


def unit_fee(schedule: FlatFees, procedure: str, facility: bool) -> UnitFee | None:
    """The listed fee of one unit; None when the table does not list the procedure for that kind of place."""
    cents = (schedule.facility_cents if facility else schedule.non_facility_cents).get(procedure)
    return None if cents is None else UnitFee(cents=cents, basis="listed")
