"""The steps of a price under payment rules: who reads them comes to the same cent, with nothing but what they say."""

import re
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.model.case import ProviderKind, ProviderRecord
from adjudicator.model.decision import Price, PriceStep
from adjudicator.model.money import half_up_quotient
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.fee_schedules import FeeRequest
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.modifiers import CareDates
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import Quote, quote_unit
from adjudicator.pricing.unit_fees import component_of, unit_fee
from tests.building import ALWAYS, BILLING, RENDERING, SERVICE_DAY
from tests.ruled import RULES, Billed, Row, billed_case, prices, ruled_policies

SURGERY = Indicators(
    multiple_procedure="2",
    bilateral="1",
    global_days="090",
    preoperative_basis_points=1000,
    intraoperative_basis_points=6900,
    postoperative_basis_points=2100,
)
MEMBER_OF_FAMILY = msgspec.structs.replace(SURGERY, multiple_procedure="3", endoscopic_base="45378", global_days="000")
IMAGE, THERAPY = Indicators(multiple_procedure="4", pctc="1"), Indicators(multiple_procedure="5")
OUTSIDE = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP, nonparticipating=(ALWAYS,))


def cents(dollars: str) -> Fraction:
    """An amount as steps write it: ``1,250.005``, or a fraction where a decimal would not end."""
    whole, _, denominator = dollars.replace(",", "").partition("/")
    return Fraction(whole) * 100 / int(denominator or 1)


def rounded(amount: Fraction) -> int:
    return half_up_quotient(amount.numerator, amount.denominator)


def goes_on_with(step: PriceStep) -> Fraction:
    """What the next step is made of: the amount shown, unless the step says what it came to exactly."""
    exact = re.search(r", exactly ([0-9.,/]+)", step.what)
    return cents(exact[1]) if exact else Fraction(step.cents)


def redone(price: Price, billed: Billed) -> int:
    """What a person comes to who reads the steps from the price of a unit on, checking every product on the way."""
    amount, some_units, whole_line = Fraction(price.unit_price_cents), list[PriceStep](), False
    for step in price.steps:
        if step.quantity_thousandths:
            if step.factor and "part ranked" not in step.what:
                assert rounded(amount * Fraction(step.factor)) * step.quantity_thousandths == step.cents * 1000, step
            some_units.append(step)
            continue
        if some_units and not whole_line:
            single = len(some_units) == 1 and some_units[0].quantity_thousandths == 1000
            amount = goes_on_with(some_units[0]) if single else Fraction(sum(one.cents for one in some_units))
            whole_line = True
        each = re.search(r"each unit rounded: (.*)$", step.what)
        care = re.findall(r"(?::|\+) ([0-9.]+) (?:before|operation|after)", step.what)
        if each:
            units = (part.rpartition(" x ") for part in each[1].split(" + "))
            assert step.cents == sum(int(count or 1) * cents(unit) for count, _, unit in units), step
        elif care:
            assert step.cents == sum(rounded(amount * Fraction(share)) for share in care), step
        elif step.factor and not any("each unit rounded" in one.what for one in price.steps):
            assert step.cents == rounded(amount * Fraction(step.factor)), step
        whole_line = whole_line or "days of care" in step.what
        amount = goes_on_with(step)
    if some_units and not whole_line:
        amount = Fraction(sum(one.cents for one in some_units))
    units_thousandths = 1000 if some_units or whole_line else round(billed.units * 1000)
    return half_up_quotient(rounded(amount) * units_thousandths, 1000)


def taxonomy(code: str) -> dict[str, Any]:
    return {"rendering": msgspec.structs.replace(RENDERING, taxonomy=code)}


who = st.sampled_from([taxonomy(""), taxonomy("363LF0000X"), taxonomy("1041C0700X")])
units = st.integers(1, 4)
operations = st.builds(
    lambda code, care, more, count, changes: Billed(
        code, tuple(filter(None, (care, *more))), 1 if "50" in more else count, changes=changes
    ),
    st.sampled_from(["27447", "29881", "45380", "45378"]),
    st.sampled_from(["", "", "54", "78", "52", "53"]),
    st.lists(st.sampled_from(["50", "62", "80"]), max_size=2, unique=True),
    units,
    who,
)
tests = st.builds(
    lambda part, film, count, changes: Billed("70551", tuple(filter(None, (part, film))), count, changes=changes),
    st.sampled_from(["", "26", "TC"]),
    st.sampled_from(["", "FX"]),
    units,
    who,
)
therapies = st.builds(
    lambda code, less, count, changes: Billed(code, less, count, changes=changes),
    st.sampled_from(["97110", "97140"]),
    st.sampled_from([(), ("52",)]),
    units,
    who,
)
amounts = st.integers(101, 99_999).map(lambda cents: cents / 100)


@given(
    lines=st.lists(st.one_of(operations, tests, therapies), min_size=1, max_size=3),
    fees=st.lists(amounts, min_size=9, max_size=9),
    outside=st.booleans(),
)
def test_the_steps_of_a_price_can_be_redone(demo: PolicySet, lines: list[Billed], fees: list[float], outside: bool):
    policies = ruled_policies(
        demo,
        {
            "27447": Row(fees[0], SURGERY),
            "29881": Row(fees[1], SURGERY),
            "45378": Row(fees[2], msgspec.structs.replace(SURGERY, global_days="000")),
            "45380": Row(fees[3], MEMBER_OF_FAMILY),
            "70551": Row(fees[4] + fees[5], IMAGE),
            "70551 26": Row(fees[4], IMAGE),
            "70551 TC": Row(fees[5], IMAGE),
            "97110": Row(fees[6], THERAPY, fees[7], 0.07),
            "97140": Row(fees[7], THERAPY, fees[8], 0.05),
        },
        rate=(115, 100),
    )
    found, _ = prices(policies, billed_case(*lines, providers=(OUTSIDE,) if outside else ()))
    for number, price in found.items():
        assert redone(price, lines[number - 1]) == price.fee_cents, price


@given(line=operations.filter(lambda line: line.changes == taxonomy("")), fee=amounts)
def test_a_quote_is_what_a_service_by_itself_gets(demo: PolicySet, line: Billed, fee: float):
    policies = ruled_policies(
        demo, dict.fromkeys(("27447", "29881"), Row(fee, SURGERY)) | {"45380": Row(fee), "45378": Row(fee)}
    )
    rules = policies.payment_rules[RULES].on(SERVICE_DAY)
    schedule = policies.fees["fees/worked"].on(SERVICE_DAY)
    asked = FeeRequest(line.procedure, SERVICE_DAY, component=component_of(line.modifiers), modifiers=line.modifiers)
    quote = quote_unit(policies, rules, schedule, asked, unit_fee(schedule, asked), CareDates(None, None))
    found, findings = prices(policies, billed_case(msgspec.structs.replace(line, units=1)))
    if found:
        assert isinstance(quote, Quote)
        assert quote.cents == found[1].fee_cents
        assert [step.cents for step in quote.steps] == [step.cents for step in found[1].steps]
    else:
        assert isinstance(quote, Unpriced)
        assert quote.because == findings[0].because


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        # 100.01 x 0.50 = 50.005; x 0.85 = 42.50425 a unit, of which two are 85.00, and 100.01 x 0.85 = 85.0085.
        (
            (Billed("29881", units=3, changes=taxonomy("363LF0000X")),),
            [
                ("ranked 1", 100_01),
                ("ranked 2, exactly 50.005 a unit", 100_02),
                ("nurse practitioner or physician assistant, each unit rounded: 85.01 + 2 x 42.50", 170_01),
            ],
        ),
        # 100.01 x 0.50 = 50.005; x 1.5 = 75.0075.
        (
            (Billed("29881", ("52", "50")),),
            [
                ("reduced service (52), exactly 50.005", 50_01),
                ("both sides (50), bilateral indicator 1", 75_01),
            ],
        ),
        # 374.56, and 374.56 - 255.40 = 119.16 for each of two more of the family.
        (
            (Billed("45380", units=3),),
            [("the highest of its family", 374_56), ("less 45378, the base of its family", 238_32)],
        ),
    ],
)
def test_what_nothing_rounds_is_told(demo: PolicySet, lines: tuple[Billed, ...], told: list[tuple[str, int]]):
    rows = {
        "29881": Row(100.01, SURGERY),
        "45378": Row(255.40, msgspec.structs.replace(SURGERY, global_days="000")),
        "45380": Row(374.56, MEMBER_OF_FAMILY),
    }
    found, _ = prices(ruled_policies(demo, rows), billed_case(*lines))
    assert [(step.what, step.cents) for step in found[1].steps] == told
