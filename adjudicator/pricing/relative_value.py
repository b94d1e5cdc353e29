"""Relative-value fees: units of work, practice expense and malpractice, by place, times one conversion factor.

``fee = (work x index + practice x index + malpractice x index) x conversion factor``, rounded once, at the end
(domain/03 section 1).
"""

from adjudicator.model.money import half_up_quotient
from adjudicator.policy.policy_set import RelativeValueFees, UnitFee

_TO_CENTS = 10**7
"""Hundredths of units x thousandths of indices x ten-thousandths of dollars are this many to the cent."""


def unit_fee(schedule: RelativeValueFees, procedure: str, facility: bool) -> UnitFee | None:
    """The fee of one unit; None when the schedule has no value for the procedure in that kind of place."""
    value = schedule.values.get(procedure)
    if value is None:
        return None
    practice = value.practice_facility_hundredths if facility else value.practice_non_facility_hundredths
    if practice is None:
        return None
    product = (
        value.work_hundredths * schedule.work_index_thousandths
        + practice * schedule.practice_index_thousandths
        + value.malpractice_hundredths * schedule.malpractice_index_thousandths
    )
    return UnitFee(
        cents=half_up_quotient(product * schedule.conversion_factor_ten_thousandths, _TO_CENTS),
        basis=(
            f"({value.work_hundredths / 100:.2f} work x {schedule.work_index_thousandths / 1000:.3f}"
            f" + {practice / 100:.2f} practice x {schedule.practice_index_thousandths / 1000:.3f}"
            f" + {value.malpractice_hundredths / 100:.2f} malpractice x {schedule.malpractice_index_thousandths / 1000:.3f})"
            f" x {schedule.conversion_factor_ten_thousandths / 10000:.4f}"
        ),
        multiple_procedure_indicator=value.multiple_procedure_indicator,
    )
