"""The relative-value method: the worked example of domain/03 section 1, and rates, units and places."""

import msgspec
import pytest

from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Version
from adjudicator.policy.fee_schedules import FeeRequest, Missing, RelativeValueFees, UnitFee
from adjudicator.policy.fee_tables import GeographicIndex, RelativeValue
from adjudicator.policy.pay_rules import PayRule
from adjudicator.pricing.unit_fees import unit_fee
from tests.building import ALWAYS, CITE, SERVICE_DAY

EXAMPLE = RelativeValue(
    work_hundredths=192,
    practice_non_facility_hundredths=198,
    practice_facility_hundredths=83,
    malpractice_hundredths=14,
)
SCHEDULE = RelativeValueFees.of(
    {"99214": EXAMPLE, "99999": msgspec.structs.replace(EXAMPLE, practice_facility_hundredths=None)},
    GeographicIndex(1010, 985, 720),
    334009,
    like=Version(document="fees/worked", span=ALWAYS, cite=CITE),
)


def fee_of(schedule: RelativeValueFees, procedure: str, facility: bool) -> UnitFee | Missing:
    return unit_fee(schedule, FeeRequest(procedure, SERVICE_DAY, facility))


@pytest.mark.parametrize(
    ("conversion_factor", "facility", "cents"),
    [
        (334009, False, 13328),  # (1.9392 + 1.9503 + 0.1008) x 33.4009 = 3.9903 x 33.4009 = 133.2796 -> 133.28
        (334009, True, 9544),  # (1.9392 + 0.81755 + 0.1008) x 33.4009 = 2.85755 x 33.4009 = 95.4447 -> 95.44
        (335675, False, 13394),  # 3.9903 x 33.5675 = 133.9444 -> 133.94
    ],
)
def test_the_worked_example(conversion_factor: int, facility: bool, cents: int):
    schedule = msgspec.structs.replace(SCHEDULE, conversion_factor_ten_thousandths=conversion_factor)
    fee = fee_of(schedule, "99214", facility)
    assert isinstance(fee, UnitFee)
    assert fee.cents == cents


def test_the_basis_can_be_redone_by_hand():
    fee = fee_of(SCHEDULE, "99214", False)
    assert isinstance(fee, UnitFee)
    assert fee.basis == "(1.92 work x 1.010 + 1.98 practice x 0.985 + 0.14 malpractice x 0.720) x 33.4009"


def test_a_procedure_or_place_without_a_value_has_no_fee():
    assert isinstance(fee_of(SCHEDULE, "00000", False), Missing)
    assert isinstance(fee_of(SCHEDULE, "99999", True), Missing)
    assert isinstance(fee_of(SCHEDULE, "99999", False), UnitFee)


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [(115, 100, "1.15"), (1, 1, "1"), (106, 100, "1.06"), (5, 10, "0.5"), (100, 100, "1")],
)
def test_a_rate_reads_as_the_contract_wrote_it(numerator: int, denominator: int, text: str):
    rule = PayRule(
        procedures=CodeSet(everything=True),
        schedule="fees/worked",
        rate_numerator=numerator,
        rate_denominator=denominator,
        lesser_of_charge=True,
    )
    assert rule.rate == text
