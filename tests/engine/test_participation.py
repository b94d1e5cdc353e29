"""Billing providers without a participation agreement: their share of every kind of price, and what nobody owes of the charge."""

from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import Case, ProviderKind, ProviderRecord, Ruling, RulingVerdict
from adjudicator.model.claim import Line, OtherPayer, OtherPayerLine, PriorAdjustment
from adjudicator.model.decision import LineDecision, Verdict
from adjudicator.policy.answers import Answer
from adjudicator.policy.coordination import Method, PlanCoordination
from adjudicator.policy.document import Document
from adjudicator.policy.fee_tables import AnesthesiaBaseUnits
from adjudicator.policy.plan import Counting
from adjudicator.policy.policy_set import CriteriaPolicy, Criterion, PolicySet
from tests.building import ALWAYS, ANY, BILLING, CITE, SERVICE_DAY, a_case, a_claim, a_limit, a_line
from tests.engine.test_anesthesia import SCHEDULE, billed, paid_by
from tests.engine.test_anesthesia import policies_of as anesthesia_policies
from tests.engine.test_surprise_billing import MET
from tests.ruled import RULES, Row, prices, ruled_policies

GROUP = ProviderRecord(BILLING.npi, "GROUP", ProviderKind.GROUP, enrolled=(ALWAYS,), nonparticipating=(ALWAYS,))
TAKES_PART = msgspec.structs.replace(GROUP, nonparticipating=())


def outside(demo: PolicySet, policies: PolicySet) -> PolicySet:
    """The worked contract as the one that prices providers without a contract."""
    path = demo.payer.on(SERVICE_DAY).out_of_network_contract
    contract = msgspec.structs.replace(policies.contracts["contracts/worked"].versions[0], network=False)
    return msgspec.structs.replace(policies, contracts={**policies.contracts, path: Document(path, "", (contract,))})


def case_of(line: Line, assignment: str, record: ProviderRecord = GROUP, **facts: Any) -> Case:
    claim = a_claim(line, accepts_assignment=assignment)
    return a_case(claim, providers=(record,), participations=(), balances=MET, **facts)


def balance(line: LineDecision) -> dict[str, int]:
    """What of the charge is above the allowed amount, by whose it is."""
    return {one.group: one.amount_cents for one in line.adjustments if one.carc == "45"}


def anesthesia(demo: PolicySet) -> PolicySet:
    """7 base units of 00142 at 20.4976, in a row that names payment rules."""
    base = Document("tables/anesthesia-base-units", "", (AnesthesiaBaseUnits.of([("00142", 70), ("00840", 70)]),))
    schedule = msgspec.structs.replace(SCHEDULE, base_units=base)
    return paid_by(anesthesia_policies(demo, schedule), {"rules": RULES})


@pytest.mark.parametrize(("record", "cents"), [(GROUP, 30_377), (TAKES_PART, 31_976)])
def test_the_share_of_an_anesthesia_stands_in_its_one_product(demo: PolicySet, record: ProviderRecord, cents: int):
    # (7 + 8.6) x 20.4976 = 319.76256; x 0.95 = 303.774432. Of 319.76 it would be 303.772.
    case = a_case(a_claim(billed(1, "00840", "AA", minutes=129)), providers=(record,))
    found, _ = prices(anesthesia(demo), case)
    assert found[1].allowed_cents == cents
    told = [(step.what, step.factor, step.cents, step.policy) for step in found[1].steps]
    step = ("provider without a participation agreement", "0.95", 30_377, "payment/professional@2025-01-01")
    assert told == ([step] if record is GROUP else [])


def test_the_share_of_a_session_is_taken_once(demo: PolicySet):
    # 319.76256 x 0.95 = 303.77 for both lines, 151.885 each: the odd cent is the first line's
    lines = (billed(1, "00840", "AA", minutes=60), billed(2, "00142", "AA", minutes=69))
    found, _ = prices(anesthesia(demo), a_case(a_claim(*lines), providers=(GROUP,)))
    assert sum(price.allowed_cents for price in found.values()) == 30_377


@pytest.mark.parametrize(
    ("assignment", "record", "wanted"),
    [
        ("A", GROUP, {"CO": 69_623}),  # 1,000.00 - 303.77
        # 303.77 x 1.15 = 349.3355 -> 349.34; 1,000.00 - 349.34 = 650.66 is nobody's, 349.34 - 303.77 = 45.57 the patient's
        ("C", GROUP, {"CO": 65_066, "PR": 4_557}),
        ("A", TAKES_PART, {"PR": 68_024}),  # 1,000.00 - 319.76
    ],
)
def test_what_nobody_owes_of_an_anesthesia(
    demo: PolicySet, assignment: str, record: ProviderRecord, wanted: dict[str, int]
):
    line = billed(1, "00142", "AA", minutes=129, charge=1000)
    decision = adjudicate(case_of(line, assignment, record), outside(demo, anesthesia(demo)))
    assert balance(decision.lines[0]) == wanted


@pytest.mark.parametrize(
    ("assignment", "record", "wanted"),
    [
        ("A", GROUP, {"CO": 70_000}),
        # 300.00 x 1.15 = 345.00; 1,000.00 - 345.00 = 655.00
        ("C", GROUP, {"CO": 65_500, "PR": 4_500}),
        ("A", TAKES_PART, {"PR": 70_000}),
    ],
)
def test_what_nobody_owes_of_a_line_that_a_reviewer_priced(
    demo: PolicySet, assignment: str, record: ProviderRecord, wanted: dict[str, int]
):
    policies = outside(demo, ruled_policies(demo, {"99214": Row(400)}))
    case = case_of(a_line(charge_cents=100_000), assignment, record)
    (finding,) = [one for one in adjudicate(case, policies).findings if one.rule == "pricing.no-fee"]
    ruling = Ruling(
        rule=finding.rule,
        policy=finding.policy,
        line=1,
        verdict=RulingVerdict.PRICE,
        price_cents=30_000,
        ruled_by="reviewer",
        rationale="by the record",
    )
    decision = adjudicate(msgspec.structs.replace(case, rulings=(ruling,)), policies)
    assert decision.lines[0].allowed_cents == 30_000
    assert balance(decision.lines[0]) == wanted


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        # Fee 320.00 x 0.95 = 304.00, limiting charge 304.00 x 1.15 = 349.60. The primary took 600.00 off and paid 330.00: of the
        # last 70.00 the patient owes 349.60 - 330.00 = 19.60, and nobody owes 50.40.
        ({"CO": 60_000, "PR": 7_000}, {"CO": 5_040, "PR": 1_960}),
        # It took nothing off: of 670.00 nobody owes 1,000.00 - 349.60 = 650.40.
        ({"PR": 67_000}, {"CO": 65_040, "PR": 1_960}),
        # It took more off than we would: the last 10.00 are the patient's.
        ({"CO": 66_000, "PR": 1_000}, {"PR": 1_000}),
    ],
)
def test_what_an_earlier_payer_took_off_is_not_taken_off_again(
    demo: PolicySet, told: dict[str, int], wanted: dict[str, int]
):
    policies = outside(demo, ruled_policies(demo, {"99213": Row(320)}))
    plan = msgspec.structs.replace(
        policies.plans["plans/worked"].versions[0], coordination=PlanCoordination(Method.CARVE_OUT)
    )
    policies = msgspec.structs.replace(policies, plans={"plans/worked": Document("plans/worked", "", (plan,))})
    adjustments = tuple(PriorAdjustment(group, "45", cents) for group, cents in told.items())
    result = OtherPayerLine("PAYER-P", 33_000, adjustments=adjustments, adjudicated_on=SERVICE_DAY)
    case = case_of(a_line(charge_cents=100_000, other_payers=(result,)), "C")
    claim = msgspec.structs.replace(
        case.claim,
        subscriber=msgspec.structs.replace(case.claim.subscriber, payer_responsibility="S"),
        other_payers=(OtherPayer("PAYER-P", responsibility="P"),),
    )
    (line,) = adjudicate(msgspec.structs.replace(case, claim=claim), policies).lines
    assert (line.paid_cents, balance(line)) == (0, wanted)


@pytest.mark.parametrize(
    ("row", "allowed"),
    [
        ({"schedule": None, "rules": "", "unit_cents": 10_000}, 10_000),
        ({"schedule": None, "rules": "", "rate_numerator": 3, "rate_denominator": 10}, 30_000),
    ],
    ids=["an amount of the row", "a share of the charge"],
)
def test_who_accepts_assignment_is_owed_no_more_however_the_line_is_priced(
    demo: PolicySet, row: dict[str, Any], allowed: int
):
    policies = outside(demo, paid_by(ruled_policies(demo, {"99213": Row(400)}), row))
    (line,) = adjudicate(case_of(a_line(charge_cents=100_000), "A"), policies).lines
    assert (line.allowed_cents, balance(line)) == (allowed, {"CO": 100_000 - allowed})
    # Without assignment and without payment rules no document bounds what may be collected.
    (line,) = adjudicate(case_of(a_line(charge_cents=100_000), "C"), policies).lines
    assert balance(line) == {"PR": 100_000 - allowed}


@pytest.mark.parametrize(
    ("assignment", "charge_cents", "wanted"),
    [
        # A unit: 128.36 x 0.95 = 121.94; one of two is covered. 121.94 x 1.15 = 140.23 (140.231): 18.29 above what is allowed for
        # it are the patient's, of 300.00 - 243.88 = 56.12. Of both units 280.46 would be collectable, and 36.58 the patient's.
        ("C", 30_000, {"PR": 1_829, "CO": 3_783}),
        ("C", 26_217, {"PR": 1_829}),  # 243.88 + 18.29
        ("C", 26_218, {"PR": 1_829, "CO": 1}),
        ("C", 26_216, {"PR": 1_828}),
        ("A", 26_217, {"CO": 1_829}),
    ],
)
def test_the_limiting_charge_is_that_of_the_units_that_are_covered(
    demo: PolicySet, assignment: str, charge_cents: int, wanted: dict[str, int]
):
    policies = outside(demo, ruled_policies(demo, {"99213": Row(128.36)}))
    plan = policies.plans["plans/worked"]
    limited = msgspec.structs.replace(plan.versions[0], limits=(a_limit(Counting.UNITS, 1000),))
    plans = {**policies.plans, plan.path: msgspec.structs.replace(plan, versions=(limited,))}
    case = case_of(a_line(charge_cents=charge_cents, quantity_thousandths=2000), assignment)
    (line,) = adjudicate(case, msgspec.structs.replace(policies, plans=plans)).lines
    assert balance(line) == wanted
    assert line.allowed_cents == 12_194
    assert line.price is not None
    assert line.price.limiting_charge_cents == (14_023 if assignment == "C" else 12_194)
    assert [one.amount_cents for one in line.adjustments if one.carc == "119"] == [12_194]


def test_a_penalty_takes_nothing_of_what_may_be_collected(demo: PolicySet):
    # 128.36 x 0.95 = 121.94, of which a penalty takes half: 60.97. The limiting charge stays 140.23, and the balance 18.29.
    policies = outside(demo, ruled_policies(demo, {"99213": Row(128.36)}))
    answer = Answer(
        "coverage/worked#late",
        Verdict.REDUCE,
        "coverage/worked@2020-01-01",
        group="PR",
        carc="197",
        covered_basis_points=5000,
    )
    half = Criterion(id="late", when=None, require=None, answer=answer)
    policy = CriteriaPolicy(document="coverage/worked", span=ALWAYS, cite=CITE, procedures=ANY, criteria=(half,))
    policies = msgspec.structs.replace(policies, coverage=(Document("coverage/worked", "", (policy,)),))
    (line,) = adjudicate(case_of(a_line(charge_cents=14_023), "C"), policies).lines
    assert (line.allowed_cents, balance(line)) == (6_097, {"PR": 1_829})
