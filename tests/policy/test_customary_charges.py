"""Usual and customary charges: the table is read and checked, and a schedule pays the percentile that it names of it."""

import pytest

from adjudicator.policy.fee_schedules import FeeRequest, Missing, UnitFee, releases
from adjudicator.policy.load import compile_policies
from adjudicator.policy.load.publishers.catalogue import layout_of
from adjudicator.policy.load.publishers.ncci import ONE_DAY
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.unit_fees import listed, unit_fee
from tests.policy.fee_files import fee_set
from tests.policy.small_set import CITE
from tests.policy.test_publishers import DAY, LAST, binding, mistakes_of, version

CHARGES = """\
area,procedure,modifier,p50,p80,p95
537,99214,,150.00,190.00,260.50
537,71046,,80,110,
537,71046,26,20.00,25.00,30.00
995,99214,,,,400.00
"""
SCHEDULE = f"""\
kind: fees
title: Charges
versions:
  - effective: 2024-01-01
    {CITE}
    method: usual-and-customary
    percentile: 80
    amounts: tables/charges
"""
FILE = "tables/charges.csv"


def files(charges: str = CHARGES, schedule: str = SCHEDULE) -> dict[str, bytes]:
    content = charges.encode()
    return fee_set() | {
        FILE: content,
        "tables/charges.yaml": binding("usual-and-customary", version(FILE, content, "customary")),
        "fees/charges.yaml": schedule.encode(),
    }


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return compile_policies(files())


def asked(policies: PolicySet, procedure: str, **more: object) -> int | str:
    """The fee in cents, or what is missing."""
    request = FeeRequest(procedure, **{"zip_code": "53703", "day": DAY, **more})  # type: ignore[arg-type]
    answer = unit_fee(policies.fee_schedule("fees/charges", DAY), request)
    if isinstance(answer, Missing):
        assert answer.because.endswith(".")
        return answer.key
    assert isinstance(answer, UnitFee)
    return answer.cents


def test_the_percentile_of_the_schedule_in_the_area_of_the_service(policies: PolicySet):
    assert asked(policies, "99214") == 19000
    assert asked(policies, "99214", zip_code="537991234") == 19000
    higher = compile_policies(files(schedule=SCHEDULE.replace("80", "95")))
    assert asked(higher, "99214") == 26050
    assert asked(higher, "99214", zip_code="99501") == 40000


def test_a_modifier_with_a_row_of_its_own_has_its_charge(policies: PolicySet):
    assert asked(policies, "71046", modifiers=("RT",)) == 11000
    assert asked(policies, "71046", modifiers=("RT", "26"), component="26") == 2500
    # A part of a service is never worth the whole.
    assert asked(policies, "71046", modifiers=("TC",), component="TC").startswith("procedure 71046 TC in area 537")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("procedure", "more", "key"),
    [
        ("99213", {}, "procedure 99213 in area 537 in tables/charges@2024-07-01"),
        ("71046", {"zip_code": "99501"}, "procedure 71046 in area 995 in tables/charges@2024-07-01"),
        ("99214", {"zip_code": "99501"}, "percentile 80 for procedure 99214 in area 995 in tables/charges@2024-07-01"),
        ("99214", {"zip_code": ""}, "ZIP code of the service for 99214"),
        ("99214", {"zip_code": "53"}, "ZIP code of the service for 99214"),
        ("99214", {"day": LAST + ONE_DAY}, f"version of tables/charges on {LAST + ONE_DAY}"),
    ],
    ids=["a procedure", "an area", "a percentile", "a ZIP code", "a part of one", "a period"],
)
def test_what_is_missing_is_named(policies: PolicySet, procedure: str, more: dict[str, object], key: str):
    assert asked(policies, procedure, **more) == key


def test_a_schedule_lists_its_table_and_depends_on_its_release(policies: PolicySet):
    schedule = policies.fee_schedule("fees/charges", DAY)
    assert list(listed(schedule, DAY)) == [("71046", ()), ("71046", ("26",)), ("99214", ())]
    assert releases(schedule, DAY) == ("fees/charges@2024-01-01", "tables/charges@2024-07-01")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("537,99214", "53703,99214", "2: area: found '53703'; write the first three digits of a ZIP code, such as 681"),
        ("71046,26", "71046,2", "4: modifier: found '2'; write a modifier, such as 26, or nothing"),
        ("71046,26", "71046,", "4: procedure: found 71046 in 537 again after row 3; write each once"),
        ("190.00", "149.99", "2: p80: found less than a lower percentile; write at least as much"),
        ("400.00", "0", "5: p95: found 0; write an amount above 0, or nothing"),
        ("400.00", "", "5: found no amount; write one under p80 or another percentile"),
        ("190.00", "much", "2: p80: found 'much'; write a number with at most 2 decimals, such as 6.78"),
    ],
)
def test_a_bad_table_is_told_by_row(old: str, new: str, told: str):
    found = [str(mistake) for mistake in mistakes_of(files(CHARGES.replace(old, new))) if mistake.file == FILE]
    assert f"{FILE}:{told}" in found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    percentile: 80\n", "", "method usual-and-customary found without percentile; write percentile"),
        (
            "percentile: 80",
            "percentile: 81",
            "found '81'; write a percentile of charges: 50, 60, 70, 75, 80, 85, 90 or 95",
        ),
        (
            "tables/charges",
            "{99214: 10.00}",
            "found amounts by procedure; write the path of a table of usual-and-customary",
        ),
        (
            "tables/charges",
            "tables/drug-limits",
            "found tables/drug-limits, which lists drug-limits; write a table that lists usual-and-customary",
        ),
        (
            "method: usual-and-customary",
            "method: flat",
            "found percentile, which belongs to method usual-and-customary; write method: usual-and-customary or leave",
        ),
        ("percentile: 80", "percentile: 80\n    cap: computed", "found cap, which belongs to method relative-value"),
    ],
)
def test_a_bad_schedule_is_told(old: str, new: str, told: str):
    found = [str(mistake) for mistake in mistakes_of(files(schedule=SCHEDULE.replace(old, new)))]
    assert any(told in one for one in found), found


def test_the_file_is_known_by_its_heading(tmp_path):
    path = tmp_path / "charges.csv"
    path.write_text(CHARGES)
    assert layout_of(path) == "customary"


def test_tables_with_the_same_rows_are_equal(policies: PolicySet):
    again, other = compile_policies(files()), compile_policies(files(CHARGES.replace("190.00", "190.01")))
    one = policies.fee_tables["tables/charges"]
    assert one == again.fee_tables["tables/charges"]
    assert len({one.versions[0], again.fee_tables["tables/charges"].versions[0]}) == 1
    assert one != other.fee_tables["tables/charges"]
