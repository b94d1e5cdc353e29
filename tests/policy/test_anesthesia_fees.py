"""Anesthesia schedules as documents: factors by locality, lists of codes, and what a wrong one is told."""

import datetime as dt
from typing import Any

import pytest

from adjudicator.policy.fee_schedules import FeeRequest, Missing, UnitFee
from adjudicator.policy.load import compile_policies
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.fee_steps import steps_of
from adjudicator.pricing.unit_fees import unit_fee
from tests.policy.fee_files import fee_set
from tests.policy.small_set import CITE, TABLES, small_set
from tests.policy.test_publishers import DAY, binding, mistakes_of, version

UNITS = "CODE,BASE UNITS\n00100,7\n"
MODIFIERS = ("AA", "AD", "QK", "QS", "P3", "59", "G9")
SCHEDULE = f"""\
kind: fees
title: Anesthesia
versions:
  - effective: 2024-01-01
    {CITE}
    method: anesthesia
    localities: tables/zip-localities
    anesthesia:
      base_units: tables/anesthesia-base-units
      minutes_per_unit: 15
      time_rounding: tenth
      factors: tables/anesthesia-factors
      shares: [{{name: personally, modifiers: [AA], share: 1.00}}, {{name: directed, modifiers: [QK], share: 0.50}}]
      informational: [QS]
      supervision: {{modifiers: [AD], units: 3, induction: {{modifiers: [G9], units: 1}}}}
      physical_status: [{{modifiers: [P3], units: 1}}]
      circumstances: [{{procedures: ["99100"], units: 1.5}}]
      untimed: ["01996"]
      add_on_codes: ["01968"]
      separate_sessions: ["59"]
"""


_MORE = {
    "procedures": TABLES["procedures"] + "".join(f"{code},2015-10-01,,One\n" for code in ("01996", "01968", "99100")),
    "modifiers": TABLES["modifiers"] + "".join(f"{code},2015-10-01,,One\n" for code in MODIFIERS),
}


def anesthesia_set(schedule: str = SCHEDULE, units: str = UNITS) -> dict[str, bytes]:
    table = units.encode()
    return {
        **fee_set(),
        **small_set({**TABLES, **_MORE}),
        "fees/anesthesia.yaml": schedule.encode(),
        "tables/anesthesia-base-units.csv": table,
        "tables/anesthesia-base-units.yaml": binding(
            "anesthesia-base-units", version("tables/anesthesia-base-units.csv", table, "base-unit-list")
        ),
    }


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return compile_policies(anesthesia_set())


def asked(policies: PolicySet, *modifiers: str, day: dt.date = DAY, **changes: Any) -> UnitFee | Missing:
    given = {"zip_code": "53703", **changes}
    request = FeeRequest("00100", day, modifiers=modifiers, minutes_thousandths=129_000, **given)
    return unit_fee(policies.fee_schedule("fees/anesthesia", day), request)


def test_the_factor_is_that_of_the_locality(policies: PolicySet):
    fee = asked(policies, "QK")
    assert isinstance(fee, UnitFee)
    # (7 + 8.6) x 19.71 x 0.5 = 153.738
    assert fee.cents == 15374
    assert fee.basis == "(7 base + 8.6 time of 129 minutes, 15 a unit) x 19.7100 x 0.5 directed (QK), 06302-00"
    request = FeeRequest("00100", DAY, modifiers=("QK",), minutes_thousandths=129_000, zip_code="53703")
    steps = steps_of(policies.fee_schedule("fees/anesthesia", DAY), request, fee)
    assert [(step.what, step.source) for step in steps] == [
        ("locality", "tables/zip-localities@2024-07-01"),
        ("base", "tables/anesthesia-base-units@2024-07-01"),
        ("time", "fees/anesthesia@2024-01-01"),
        ("factor", "tables/anesthesia-factors@2024-07-01"),
        ("share", "fees/anesthesia@2024-01-01"),
        ("fee", ""),
        ("amount", ""),
    ]


def test_what_a_factor_lacks_is_named(policies: PolicySet):
    for zip_code, key in (
        ("99501", "locality 02102-01 in tables/anesthesia-factors@2024-07-01"),
        ("00501", "ZIP code 00501 in tables/zip-localities@2024-07-01"),
        ("", "ZIP code of where 00100 was performed"),
    ):
        found = asked(policies, "AA", zip_code=zip_code)
        assert isinstance(found, Missing)
        assert found.key == key
    found = asked(policies, "AA", day=dt.date(2024, 6, 30))
    assert isinstance(found, Missing)
    assert found.key == "version of tables/anesthesia-base-units on 2024-06-30"


def test_presence_at_induction_and_codes_of_every_list(policies: PolicySet):
    schedule = policies.fee_schedule("fees/anesthesia", DAY)
    for modifiers, procedure, minutes, cents in (
        (("AD",), "00100", 129, 5913),  # 3 x 19.71
        (("AD", "G9"), "00100", 129, 7884),  # 4 x 19.71
        (("AA", "P3", "QS"), "00100", 129, 32719),  # 16.6 x 19.71 = 327.186
        (("AA",), "99100", None, 2957),  # 1.5 x 19.71 = 29.565
    ):
        thousandths = None if minutes is None else minutes * 1000
        request = FeeRequest(procedure, DAY, modifiers=modifiers, minutes_thousandths=thousandths, zip_code="53703")
        fee = unit_fee(schedule, request)
        assert isinstance(fee, UnitFee), fee
        assert fee.cents == cents


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("      factors: tables/anesthesia-factors\n", "", "found localities without a table of factors"),
        ("    localities", "    conversion_factor: 20.4976\n    localities", "found both of conversion_factor and"),
        ("    localities: tables/zip-localities\n", "", "found a table of factors without localities"),
        (
            "    localities",
            "    conversion_factor_qualifying: 20.5998\n    localities",
            "without conversion_factor; write",
        ),
        ("minutes_per_unit: 15", "minutes_per_unit: 0", "found minutes_per_unit 0; write how many minutes"),
        ("share: 0.50", "share: 0", "found 0; write a share above 0"),
        (
            "method: anesthesia",
            "method: flat\n    amounts: {'00100': 5.00}",
            "found anesthesia, which belongs to method",
        ),
        ("    localities", "    cap: computed\n    localities", "found cap, which belongs to method relative-value"),
        ("tables/anesthesia-base-units", "tables/drug-limits", "which lists drug-limits; write a table that lists"),
        ("factors: tables/anesthesia-factors", "factors: tables/none", "found tables/none, which is not there"),
        ("[QS]", "[XX]", "found XX, which the table of modifiers does not list"),
        ('untimed: ["01996"]', 'untimed: ["01997"]', "found 01997, which the table of procedures does not list"),
        ("time_rounding: tenth", "time_rounding: down", "found 'down'; write tenth, up or half"),
    ],
)
def test_a_wrong_schedule_is_told(old: str, new: str, told: str):
    assert SCHEDULE.count(old) == 1
    found = [str(mistake) for mistake in mistakes_of(anesthesia_set(SCHEDULE.replace(old, new)))]
    assert any(told in mistake and mistake.startswith("fees/anesthesia.yaml:") for mistake in found), found


@pytest.mark.parametrize(
    ("units", "told"),
    [
        (UNITS + "00100,5\n", "3: code: found 00100 again after row 2; write each once"),
        (UNITS + "840,5\n", "3: code: found '840', which has lost its leading zero; write 00840"),
        (UNITS + "00840,five\n", "3: base_units: found 'five'; write a number with at most 1 decimals, such as 7.8"),
    ],
)
def test_a_wrong_list_of_base_units_is_told_by_row(units: str, told: str):
    found = [str(mistake) for mistake in mistakes_of(anesthesia_set(units=units))]
    assert f"tables/anesthesia-base-units.csv:{told}" in found
