"""Laws of relative-value fees for any units, indices and factors, beside an oracle in Decimal."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as some

from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.document import Document, Version
from adjudicator.policy.fee_schedules import FeeRequest, Missing, RelativeValueFees, UnitFee
from adjudicator.policy.fee_tables import GeographicIndex, OutpatientCap, OutpatientCaps, RelativeValue, RelativeValues
from adjudicator.pricing.fee_steps import steps_of
from adjudicator.pricing.unit_fees import unit_fee
from tests.building import ALWAYS, CITE, SERVICE_DAY

UNITS = some.integers(0, 40_000)
VALUES = some.builds(RelativeValue, UNITS, UNITS, UNITS, UNITS, UNITS, UNITS, UNITS)
INDICES = some.builds(GeographicIndex, *[some.integers(100, 3_000)] * 3)
FACTORS = some.integers(1, 999_999)
PLACES = some.booleans()
LIKE = Version(document="fees/any", span=ALWAYS, cite=CITE)


def schedule(index: GeographicIndex, factor: int, **values: RelativeValue) -> RelativeValueFees:
    """A schedule with the components ``whole``, ``professional`` and ``technical`` of one procedure."""
    components = {"whole": "", "professional": "26", "technical": "TC"}
    rows = (("70450", components[name], Indicators(), value) for name, value in values.items())
    table = RelativeValues.of(rows, span=ALWAYS)
    bare = RelativeValueFees.of({}, index, factor, like=LIKE)
    return msgspec.structs.replace(bare, values=Document("tables/values", "", (table,)))


def fee_of(fees: RelativeValueFees, facility: bool, component: str = "") -> UnitFee | Missing:
    return unit_fee(fees, FeeRequest("70450", SERVICE_DAY, facility, component))


def in_decimal(value: RelativeValue, index: GeographicIndex, factor: int, practice: int, malpractice: int) -> int:
    product = (
        Decimal(value.work_hundredths) / 100 * Decimal(index.work_thousandths) / 1000
        + Decimal(practice) / 100 * Decimal(index.practice_thousandths) / 1000
        + Decimal(malpractice) / 100 * Decimal(index.malpractice_thousandths) / 1000
    ) * (Decimal(factor) / 10_000)
    return int(product.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)


def any_units(value: RelativeValue) -> bool:
    return any(
        (
            value.work_hundredths,
            value.practice_non_facility_hundredths,
            value.practice_facility_hundredths,
            value.malpractice_hundredths,
        )
    )


@given(VALUES, INDICES, FACTORS, PLACES)
def test_a_fee_is_the_formula_rounded_once(value: RelativeValue, index: GeographicIndex, factor: int, facility: bool):
    fee = fee_of(schedule(index, factor, whole=value), facility)
    assert isinstance(fee, UnitFee) is any_units(value)
    if isinstance(fee, UnitFee):
        practice = value.practice_facility_hundredths if facility else value.practice_non_facility_hundredths
        assert fee.cents == in_decimal(value, index, factor, practice or 0, value.malpractice_hundredths)
        assert fee.product is not None
        assert fee.product.cents == fee.cents


@given(VALUES, INDICES, FACTORS, PLACES)
def test_a_cap_never_raises_and_is_the_lesser_of_two(
    value: RelativeValue, index: GeographicIndex, factor: int, facility: bool
):
    plain = schedule(index, factor, whole=value)
    one = fee_of(plain, facility)
    other = fee_of(msgspec.structs.replace(plain, caps_computed=True), facility)
    if isinstance(one, Missing):
        assert one == other
        return
    assert isinstance(other, UnitFee)
    outside, inside, malpractice = (
        value.outpatient_practice_non_facility_hundredths,
        value.outpatient_practice_facility_hundredths,
        value.outpatient_malpractice_hundredths,
    )
    cap = in_decimal(value, index, factor, inside if facility else outside, malpractice)
    assert other.cents == (min(one.cents, cap) if outside or inside or malpractice else one.cents)
    assert other.uncapped_cents == (one.cents if other.cents < one.cents else None)


@given(VALUES, INDICES, FACTORS, some.integers(0, 10**7))
def test_a_bound_cap_never_raises(value: RelativeValue, index: GeographicIndex, factor: int, cap_cents: int):
    plain = schedule(index, factor, whole=value)
    caps = OutpatientCaps.of([("70450", "", plain.locality, OutpatientCap(cap_cents, cap_cents))], span=ALWAYS)
    one = fee_of(plain, facility=False)
    other = fee_of(msgspec.structs.replace(plain, caps=Document("tables/caps", "", (caps,))), facility=False)
    if isinstance(one, UnitFee):
        assert isinstance(other, UnitFee)
        assert other.cents == min(one.cents, cap_cents)


@given(VALUES, VALUES, INDICES, FACTORS, PLACES)
def test_two_components_make_the_whole(
    one: RelativeValue, other: RelativeValue, index: GeographicIndex, factor: int, facility: bool
):
    """Their units add up to those of the whole, so their exact amounts do; each is rounded on its own."""
    whole = RelativeValue(
        *(a + b for a, b in zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True))
    )
    fees = schedule(index, factor, whole=whole, professional=one, technical=other)
    parts = [fee_of(fees, facility, component) for component in ("26", "TC")]
    total = fee_of(fees, facility)
    if all(isinstance(part, UnitFee) for part in parts):
        assert isinstance(total, UnitFee)
        assert abs(total.cents - sum(part.cents for part in parts if isinstance(part, UnitFee))) <= 1


@given(VALUES, INDICES, FACTORS, some.integers(0, 10_000), some.integers(0, 10_000))
def test_less_practice_expense_never_costs_more(
    value: RelativeValue, index: GeographicIndex, factor: int, share: int, more: int
):
    fee = fee_of(schedule(index, factor, whole=value), facility=False)
    if isinstance(fee, UnitFee):
        assert fee.product is not None
        lower, higher = sorted((share, more))
        assert fee.product.cents_with_practice_at(lower) <= fee.product.cents_with_practice_at(higher) <= fee.cents
        assert fee.product.cents_with_practice_at(10_000) == fee.cents


@given(VALUES, INDICES, FACTORS, PLACES, some.booleans())
def test_the_steps_end_in_the_amount(
    value: RelativeValue, index: GeographicIndex, factor: int, facility: bool, capped: bool
):
    fees = msgspec.structs.replace(schedule(index, factor, whole=value), caps_computed=capped)
    fee = fee_of(fees, facility)
    if isinstance(fee, UnitFee):
        steps = steps_of(fees, FeeRequest("70450", SERVICE_DAY, facility), fee)
        amount = steps[-1].says.replace(", the lesser of fee and cap", "").replace(",", "")
        assert Decimal(amount) * 100 == fee.cents
