"""Anesthesia to the cent: base units, time, who gave it, sessions, and what each missing thing is called (domain/03 section 9)."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import LineState
from adjudicator.model.claim import Provider, UnitBasis
from adjudicator.model.dates import Span
from adjudicator.model.decision import Verdict
from adjudicator.policy.anesthesia_fees import (
    AddedUnits,
    AnesthesiaFees,
    AnesthesiaProduct,
    AnesthesiaShare,
    Supervision,
    TimeRounding,
)
from adjudicator.policy.contract import ContractVersion
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import HERE, FeeRequest, Missing, UnitFee, releases
from adjudicator.policy.fee_tables import AnesthesiaBaseUnits
from adjudicator.policy.pay_rules import Bound, PayRule
from adjudicator.policy.plan import Counting
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.fee_steps import steps_of
from adjudicator.pricing.unit_fees import unit_fee
from tests.building import (
    ALWAYS,
    ANY,
    CITE,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_limit,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)
from tests.ruled import prices

FACTOR = 204976  # 20.4976 dollars a unit
BASE = AnesthesiaBaseUnits.of(
    [
        ("00840", 70),
        ("00790", 70),
        ("00400", 30),
        ("01952", 50),
        ("01953", 10),
        ("01967", 50),
        ("01968", 20),
        ("01996", 30),
    ]
)
SCHEDULE = AnesthesiaFees(
    document="fees/anesthesia",
    span=ALWAYS,
    cite=CITE,
    base_units=Document("tables/anesthesia-base-units", "", (BASE,)),
    minutes_per_unit=15,
    time_rounding=TimeRounding.TENTH,
    shares=(
        AnesthesiaShare(codes("AA"), 10_000, "personally"),
        AnesthesiaShare(codes("QK", "QX", "QY"), 5_000, "directed"),
        AnesthesiaShare(codes("QZ"), 10_000, "alone"),
    ),
    conversion_factor_ten_thousandths=FACTOR,
    locality=HERE,
    untimed=codes("01996", "01953"),
    add_ons=codes("01953", "01968"),
    separate=codes("59"),
    informational=codes("QS", "GC"),
    supervision=Supervision(codes("AD"), 30, codes("G9"), 10),
    physical_status=(AddedUnits(codes("P1", "P2"), 0), AddedUnits(codes("P3"), 10), AddedUnits(codes("P4"), 20)),
    circumstances=(AddedUnits(codes("99100"), 10),),
)


def request(procedure: str = "00840", *modifiers: str, minutes: float | None = 129, **changes: Any) -> FeeRequest:
    thousandths = None if minutes is None else round(minutes * 1000)
    return FeeRequest(procedure, SERVICE_DAY, modifiers=modifiers, minutes_thousandths=thousandths, **changes)


def cents(asked: FeeRequest, schedule: AnesthesiaFees = SCHEDULE) -> int:
    fee = unit_fee(schedule, asked)
    assert isinstance(fee, UnitFee), fee
    return fee.cents


def missing(asked: FeeRequest, schedule: AnesthesiaFees = SCHEDULE) -> str:
    fee = unit_fee(schedule, asked)
    assert isinstance(fee, Missing), fee
    assert fee.because.endswith(".")
    return fee.key


@pytest.mark.parametrize(
    ("modifiers", "amount"),
    [
        (("AA",), 31976),  # (7 + 8.6) x 20.4976 = 15.6 x 20.4976 = 319.76256
        (("QK",), 15988),  # 15.6 x 20.4976 x 0.5 = 159.88128
        (("QX",), 15988),
        (("QY",), 15988),
        (("QZ",), 31976),
        (("AD",), 6149),  # 3 x 20.4976 = 61.4928
        (("AD", "G9"), 8199),  # (3 + 1) x 20.4976 = 81.9904
        (("AA", "QS", "GC"), 31976),
        (("AA", "P2"), 31976),
        (("AA", "P3"), 34026),  # 16.6 x 20.4976 = 340.26016
        (("QK", "P4"), 18038),  # 17.6 x 20.4976 x 0.5 = 180.37888
        (("AD", "P3"), 6149),  # three units a case, whatever the patient's status
    ],
)
def test_the_worked_examples(modifiers: tuple[str, ...], amount: int):
    assert cents(request("00840", *modifiers)) == amount


@pytest.mark.parametrize(
    ("rounding", "minutes", "tenths"),
    [
        (TimeRounding.TENTH, 129, 86),  # 8.6
        (TimeRounding.TENTH, 95, 63),  # 6.333
        (TimeRounding.TENTH, 48, 32),  # 3.2
        (TimeRounding.TENTH, 0.75, 1),  # .05 of a unit is half of a tenth
        (TimeRounding.TENTH, 0.749, 0),
        (TimeRounding.UP, 90, 60),
        (TimeRounding.UP, 90.001, 70),
        (TimeRounding.UP, 95, 70),
        (TimeRounding.HALF, 97, 60),  # 7 minutes of the seventh unit
        (TimeRounding.HALF, 98, 70),  # 8 minutes
        (TimeRounding.HALF, 97.5, 70),
    ],
)
def test_minutes_become_units_as_the_policy_rounds(rounding: TimeRounding, minutes: float, tenths: int):
    assert rounding.tenths(round(minutes * 1000), 15) == tenths


@given(st.integers(1, 2_000_000), st.integers(1, 60), st.sampled_from(TimeRounding))
def test_rounding_of_time_is_off_by_less_than_its_step(thousandths: int, per_unit: int, rounding: TimeRounding):
    off = rounding.tenths(thousandths, per_unit) * per_unit * 1000 - thousandths * 10
    step = per_unit * 1000 * (1 if rounding is TimeRounding.TENTH else 10)
    assert (0 <= off < step) if rounding is TimeRounding.UP else (-step < 2 * off <= step)


@given(
    st.integers(1, 500), st.integers(0, 3000), st.integers(1, 1_000_000), st.integers(1, 10_000), st.integers(1, 300)
)
def test_a_fee_is_rounded_once(base: int, time: int, factor: int, share: int, rate: int):
    exact_times_2 = 2 * (base + time) * factor * share * rate
    got = AnesthesiaProduct(base, time, 0, factor, share).cents_at(rate, 100)
    assert abs(2 * got * 10**9 - exact_times_2) <= 10**9


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        (request("00100", "AA"), "base units of 00100 in tables/anesthesia-base-units@0001-01-01"),
        (request("00840"), "modifier of who gave 00840"),
        (request("00840", "AA", "QX"), "share of 00840 under modifiers AA and QX in fees/anesthesia@2020-01-01"),
        (request("00840", "AD", "QK"), "share of 00840 under modifiers AD and QK in fees/anesthesia@2020-01-01"),
        (request("00840", "AA", "P1", "P3"), "share of 00840 under modifiers P1 and P3 in fees/anesthesia@2020-01-01"),
        (request("00840", "AA", minutes=None), "minutes of 00840"),
        (request("00840", "AA", minutes=0), "minutes of 00840"),
        (request("01996", "AA", minutes=30), "units of 01996"),
        (request("01968", "AD"), "units of 01968 under supervision in fees/anesthesia@2020-01-01"),
    ],
)
def test_what_is_missing_is_named(asked: FeeRequest, key: str):
    assert missing(asked) == key


def test_a_policy_may_pay_a_line_without_modifier():
    schedule = msgspec.structs.replace(SCHEDULE, without_modifier_basis_points=5_000)
    assert cents(request("00840"), schedule) == 15988


def test_a_day_without_a_version_of_the_table_is_named():
    table = msgspec.structs.replace(BASE, span=Span(dt.date(2030, 1, 1)))
    schedule = msgspec.structs.replace(SCHEDULE, base_units=Document("tables/base", "", (table,)))
    assert missing(request("00840", "AA"), schedule) == f"version of tables/base on {SERVICE_DAY}"
    assert releases(schedule, SERVICE_DAY) == (schedule.stamp,)
    assert releases(SCHEDULE, SERVICE_DAY) == (SCHEDULE.stamp, BASE.stamp)


def test_a_qualifying_clinician_has_another_factor():
    # 15.6 x 20.5998 = 321.35688
    schedule = msgspec.structs.replace(SCHEDULE, qualifying_factor_ten_thousandths=205998)
    assert cents(request("00840", "AA", qualifying=True), schedule) == 32136
    assert cents(request("00840", "AA"), schedule) == 31976
    assert cents(request("00840", "AA", qualifying=True)) == 31976


def test_circumstances_and_services_without_time():
    assert cents(request("99100", "AA", minutes=None)) == 2050  # 1 x 20.4976
    assert (
        cents(request("99100", "QK", "P3", minutes=None)) == 1025
    )  # 1 x 20.4976 x 0.5; the status adds to the anesthesia only
    assert cents(request("01996", "AA", minutes=None)) == 6149  # 3 x 20.4976


def test_the_calculation_can_be_redone_by_hand():
    fee = unit_fee(SCHEDULE, request("00840", "QK", "P3"))
    assert isinstance(fee, UnitFee)
    assert (
        fee.basis == "(7 base + 8.6 time of 129 minutes, 15 a unit + 1 physical status) x 20.4976 x 0.5 directed (QK)"
    )
    steps = {step.what: step.says for step in steps_of(SCHEDULE, request("00840", "QK", "P3"), fee)}
    assert steps["fee"] == "(7 + 8.6 + 1) x 20.4976 x 0.5 = 170.13008 -> 170.13"
    assert steps["time"] == "129 minutes / 15 = 8.6 units, rounded by tenth"


# Lines of a claim.


def policies_of(demo: PolicySet, schedule: AnesthesiaFees = SCHEDULE, rate: tuple[int, int] = (1, 1)) -> PolicySet:
    pay = PayRule(
        procedures=ANY,
        schedule="fees/anesthesia",
        rate_numerator=rate[0],
        rate_denominator=rate[1],
        lesser_of_charge=True,
    )
    contract = ContractVersion(document="contracts/worked", span=ALWAYS, cite=CITE, pay=(pay,), network=True)
    policies = worked_policies(demo)
    return msgspec.structs.replace(
        policies,
        contracts={**policies.contracts, "contracts/worked": Document("contracts/worked", "", (contract,))},
        fees={"fees/anesthesia": Document("fees/anesthesia", "", (schedule,))},
    )


def billed(
    number: int, procedure: str, *modifiers: str, minutes: float = 60, charge: float = 5000, **changes: Any
) -> Any:
    given = {"unit_basis": UnitBasis.MINUTES, "quantity_thousandths": round(minutes * 1000), **changes}
    return a_line(number, procedure=procedure, modifiers=modifiers, charge_cents=round(charge * 100), **given)


def allowed(policies: PolicySet, *lines: Any, **changes: Any) -> list[int]:
    found, findings = prices(policies, a_case(a_claim(*lines), **changes))
    assert not findings, findings
    return [found[line.number].allowed_cents for line in lines]


def waiting(policies: PolicySet, *lines: Any, **changes: Any) -> list[tuple[int, str]]:
    _, findings = prices(policies, a_case(a_claim(*lines), **changes))
    return [(finding.line, finding.rule) for finding in findings]


def test_a_line_is_priced_by_its_minutes_and_at_most_its_charge(demo: PolicySet):
    policies = policies_of(demo)
    assert allowed(policies, billed(1, "00840", "AA", minutes=129)) == [31976]
    assert allowed(policies, billed(1, "00840", "AA", minutes=129, charge=319.76)) == [31976]
    assert allowed(policies, billed(1, "00840", "AA", minutes=129, charge=319.75)) == [31975]


def test_the_rate_of_a_contract_is_part_of_the_product(demo: PolicySet):
    # 3 x 20.4976 x 9.5 = 584.1816; of the rounded 61.49 it would be 584.155 -> 584.16
    assert allowed(policies_of(demo, rate=(95, 10)), billed(1, "00840", "AD")) == [58418]


def test_units_are_time_only_where_the_policy_says_so(demo: PolicySet):
    line = billed(1, "00840", "AA", unit_basis=UnitBasis.UNITS, quantity_thousandths=8600)
    assert waiting(policies_of(demo), line) == [(1, "pricing.no-fee")]
    time_units = msgspec.structs.replace(SCHEDULE, units_are_time=True)
    assert allowed(policies_of(demo, time_units), line) == [31976]


def test_a_session_is_the_highest_base_once_and_the_time_of_all(demo: PolicySet):
    # 7 base, 60 + 69 = 129 minutes: 319.76 in all, by charges 3 : 1
    policies = policies_of(demo)
    lines = (billed(1, "00840", "AA", minutes=60, charge=900), billed(2, "00400", "AA", minutes=69, charge=300))
    assert allowed(policies, *lines) == [23982, 7994]
    one, two = lines
    turned = (msgspec.structs.replace(two, number=1), msgspec.structs.replace(one, number=2))
    assert allowed(policies, *turned) == [7994, 23982]
    price, _ = prices(policies, a_case(a_claim(*lines)))
    assert price[2].basis.startswith("(7 base + 8.6 time of 129 minutes, 15 a unit)")
    assert [step.what for step in price[2].steps] == ["this line's part of the session of lines 1, 2, by charge"]


def test_a_session_with_a_line_without_a_price_waits(demo: PolicySet):
    # Nothing tells the minutes of the second line, which are part of the session's time.
    lines = (billed(1, "00840", "AA", minutes=60), billed(2, "00400", "AA", unit_basis=UnitBasis.UNITS))
    assert waiting(policies_of(demo), *lines) == [(2, "pricing.no-fee"), (1, "pricing.no-share")]
    # Another session, and another practitioner's.
    apart = msgspec.structs.replace(lines[1], modifiers=("AA", "59"))
    assert waiting(policies_of(demo), lines[0], apart) == [(2, "pricing.no-fee")]
    other = msgspec.structs.replace(lines[1], rendering=msgspec.structs.replace(lines[1].rendering, npi="1000000012"))
    assert waiting(policies_of(demo), lines[0], other) == [(2, "pricing.no-fee")]


def test_a_session_is_at_most_the_sum_of_its_charges(demo: PolicySet):
    lines = (billed(1, "00840", "AA", minutes=60, charge=100), billed(2, "00400", "AA", minutes=69, charge=50))
    assert allowed(policies_of(demo), *lines) == [10000, 5000]


def test_add_ons_separate_sessions_and_other_practitioners_stand_alone(demo: PolicySet):
    policies = policies_of(demo)
    # 01967: (5 + 4) x 20.4976 = 184.4784; 01968: (2 + 2) x 20.4976 = 81.9904
    assert allowed(policies, billed(1, "01967", "AA"), billed(2, "01968", "AA", minutes=30)) == [18448, 8199]
    # 01952: (5 + 4) x 20.4976; 01953 has no time, and counts parts of the burn: 1 x 20.4976 x 2 = 40.9952
    increments = billed(2, "01953", "AA", unit_basis=UnitBasis.UNITS, quantity_thousandths=2000)
    assert allowed(policies, billed(1, "01952", "AA"), increments) == [18448, 4100]
    # 00840: (7 + 4) x 20.4976 = 225.4736; 00400: (3 + 4) x 20.4976 = 143.4832
    assert allowed(policies, billed(1, "00840", "AA"), billed(2, "00400", "AA", "59")) == [22547, 14348]
    other = billed(2, "00400", "AA", rendering=Provider(npi="1000000012"))
    assert allowed(policies, billed(1, "00840", "AA"), other) == [22547, 14348]


def test_a_session_whose_modifiers_differ_waits(demo: PolicySet):
    lines = (billed(1, "00840", "AA"), billed(2, "00400", "QK"))
    assert waiting(policies_of(demo), *lines) == [(1, "pricing.no-share"), (2, "pricing.no-share")]


def paid_by(policies: PolicySet, *rows: dict[str, Any]) -> PolicySet:
    """The contract with these rows in place of its one row."""
    contract = policies.contracts["contracts/worked"].versions[0]
    pay = tuple(msgspec.structs.replace(contract.pay[0], **changes) for changes in rows)
    document = Document("contracts/worked", "", (msgspec.structs.replace(contract, pay=pay),))
    return msgspec.structs.replace(policies, contracts={**policies.contracts, "contracts/worked": document})


def test_a_session_is_one_whichever_rows_of_a_contract_pay_its_lines(demo: PolicySet):
    # (7 + 8.6) x 20.4976 = 319.76 in all; two sessions would be 225.47 + 155.78 = 381.25
    lines = (billed(1, "00840", "AA", minutes=60), billed(2, "00400", "AA", minutes=69))
    policies = paid_by(policies_of(demo), {"procedures": codes("00840")}, {})
    assert allowed(policies, *lines) == [15988, 15988]
    # A row that pays one of them otherwise leaves open what the session is worth.
    for changes in ({"rate_numerator": 2}, {"floor": Bound(None, 1)}, {"lesser_of_charge": False}):
        two_rates = paid_by(policies_of(demo), {"procedures": codes("00840"), **changes}, {})
        assert waiting(two_rates, *lines) == [(1, "pricing.no-share"), (2, "pricing.no-share")]
        assert waiting(two_rates, lines[0], msgspec.structs.replace(lines[1], modifiers=("AA", "59"))) == []


@pytest.mark.parametrize(
    ("earlier", "waits"),
    [
        ({}, True),
        ({"state": LineState.DENIED}, False),
        ({"from_date": SERVICE_DAY - dt.timedelta(days=1)}, False),
        ({"rendering_npi": "1000000012"}, False),
        ({"billing_tax_id": "999999999"}, False),
        ({"procedure": "01968"}, False),
        ({"procedure": "99213"}, False),
        ({"modifiers": ("59", "AA")}, False),
    ],
)
def test_an_earlier_claim_of_the_session_is_waited_for(demo: PolicySet, earlier: dict[str, Any], waits: bool):
    line = billed(1, "00840", "AA")
    own = {"procedure": "00400", "rendering_npi": line.rendering.npi, "from_date": SERVICE_DAY, "modifiers": ("AA",)}
    history = (an_earlier_line(**{**own, **earlier}),)
    found = waiting(policies_of(demo), line, history=history)
    assert found == ([(1, "pricing.anesthesia-session")] if waits else [])
    apart = msgspec.structs.replace(SCHEDULE, other_claims_wait=False)
    assert waiting(policies_of(demo, apart), line, history=history) == []
    separate = billed(1, "00840", "AA", "59")
    assert waiting(policies_of(demo), separate, history=history) == []


# 7 base units and 129 / 15 = 8.6 units of time x 20.4976 = 319.76: a price of the whole line, of one unit.


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"floor": Bound(None, 1000)}, 31976),
        ({"floor": Bound(None, 31977)}, 31977),
        ({"ceiling": Bound(None, 31976)}, 31976),
        ({"ceiling": Bound(None, 31975)}, 31975),
    ],
)
def test_a_bound_of_a_unit_is_one_of_the_minutes(demo: PolicySet, changes: dict[str, Any], found: int):
    policies = policies_of(demo)
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    contract = msgspec.structs.replace(contract, pay=(msgspec.structs.replace(contract.pay[0], **changes),))
    own = {"contracts/worked": Document("contracts/worked", "", (contract,))}
    policies = msgspec.structs.replace(policies, contracts={**policies.contracts, **own})
    assert allowed(policies, billed(1, "00840", "AA", minutes=129)) == [found]


def test_units_of_time_are_one_unit_of_a_bound_and_not_cut(demo: PolicySet):
    # 7 base and 8 time units x 20.4976 = 307.46: one price, at least 100.00 and not 800.00; of 4 time units it is not the half.
    base_units = Document("tables/anesthesia-base-units", "", (AnesthesiaBaseUnits.of([("00142", 70)]),))
    policies = policies_of(demo, msgspec.structs.replace(SCHEDULE, units_are_time=True, base_units=base_units))
    contract = policies.contract("contracts/worked", SERVICE_DAY)
    row = msgspec.structs.replace(contract.pay[0], floor=Bound(None, 10_000))
    own = {"contracts/worked": Document("contracts/worked", "", (msgspec.structs.replace(contract, pay=(row,)),))}
    policies = msgspec.structs.replace(policies, contracts={**policies.contracts, **own})
    case = a_case(a_claim(billed(1, "00142", "AA", unit_basis=UnitBasis.UNITS, quantity_thousandths=8000)))
    for most, found in ((8000, 30_746), (4000, None)):
        limits = (a_limit(Counting.UNITS, most, codes("00142")),)
        limited = msgspec.structs.replace(policies, plans=worked_policies(demo, limits=limits).plans)
        decision = adjudicate(case, limited)
        waiting = {finding.rule for finding in decision.findings if finding.verdict is Verdict.PEND}
        assert waiting == (set() if found else {"unsupported.cut-price"})
        assert decision.allowed_cents == (found or 0)


@pytest.mark.parametrize(("most", "earlier", "final"), [(1000, 0, True), (2000, 1, True), (1500, 1, False)])
def test_minutes_are_one_unit_of_a_limit(demo: PolicySet, most: int, earlier: int, final: bool):
    schedule = msgspec.structs.replace(
        SCHEDULE,
        base_units=Document("tables/anesthesia-base-units", "", (AnesthesiaBaseUnits.of([("00142", 70)]),)),
    )
    policies = policies_of(demo, schedule)
    limits = (a_limit(Counting.UNITS, most, codes("00142")),)
    policies = msgspec.structs.replace(policies, plans=worked_policies(demo, limits=limits).plans)
    before = an_earlier_line(procedure="00142", quantity_thousandths=129_000, unit_basis=UnitBasis.MINUTES)
    case = a_case(a_claim(billed(1, "00142", "AA", minutes=129)), history=(before,) * earlier)
    decision = adjudicate(case, policies)
    if final:
        assert decision.allowed_cents == 31976, decision
    else:
        # Half a unit is left: what half an anesthesia is paid nobody says.
        assert (decision.disposition.name, [f.rule for f in decision.findings if f.verdict is Verdict.PEND]) == (
            "PENDED",
            ["unsupported.cut-price"],
        )
