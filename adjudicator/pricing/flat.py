"""Flat fees: amounts as a payer's list or a publisher's table has them, for a facility or for elsewhere."""

from adjudicator.model.money import half_up_quotient
from adjudicator.policy.fee_schedules import FeeRequest, FlatFees, ListedFees, Missing, UnitFee, no_release
from adjudicator.policy.fee_tables import DrugLimits, EquipmentFees, LaboratoryFees


def unit_fee(schedule: FlatFees, request: FeeRequest) -> UnitFee | Missing:
    """The listed fee of one unit, or that the list has none for the procedure in that kind of place."""
    cents = (schedule.facility_cents if request.facility else schedule.non_facility_cents).get(request.procedure)
    if cents is not None:
        return UnitFee(cents=cents, basis="listed")
    where = "in a facility" if request.facility else "outside a facility"
    because = f"Fee schedule {schedule.stamp} has no fee for procedure {request.procedure} {where}."
    return Missing(f"procedure {request.procedure} {where} in {schedule.stamp}", because)


def listed_fee(schedule: ListedFees, request: FeeRequest) -> UnitFee | Missing:
    """The fee of one unit in a publisher's table, or what is missing for it."""
    table = schedule.amounts.find(request.day)
    if table is None:
        return no_release(schedule.amounts.path, request)
    match table:
        case DrugLimits():
            limit = table.find(request.procedure)
            if limit is not None:
                cents = half_up_quotient(limit.limit_thousandths, 10)
                dosage = f" for {limit.dosage}" if limit.dosage else ""
                basis = f"limit {limit.limit_thousandths / 1000:.3f}{dosage}, {table.stamp}"
                return UnitFee(cents, basis, thousandths=limit.limit_thousandths)
        case LaboratoryFees():
            fee = table.find(request.procedure, request.modifiers, request.day)
            if fee is not None and fee.local:
                because = f"{table.stamp} leaves the fee of procedure {request.procedure} to the contractors."
                return Missing(f"local fee of {request.procedure} in {table.stamp}", because)
            if fee is not None:
                return UnitFee(fee.cents, f"listed, {table.stamp}")
        case EquipmentFees():
            if not request.state:
                because = f"Nothing says in which state the patient lives, by which {table.stamp} lists fees."
                return Missing(f"state of the patient for {request.procedure}", because)
            if request.rural is None and table.rural_matters(request.procedure, request.modifiers, request.state):
                because = f"Nothing says whether the patient's home is in a rural area, where {table.stamp} lists another fee."
                return Missing(f"rural areas of {schedule.stamp} for the patient's ZIP code", because)
            amount = table.find(request.procedure, request.modifiers, request.state, bool(request.rural))
            if amount is not None:
                where = f"{request.state}, rural" if request.rural else request.state
                return UnitFee(amount, f"listed for {where}, {table.stamp}")
    what = " ".join((request.procedure, *request.modifiers))
    where = f" for {request.state}" if isinstance(table, EquipmentFees) else ""
    return Missing(
        f"procedure {what}{where} in {table.stamp}", f"{table.stamp} has no fee for procedure {what}{where}."
    )
