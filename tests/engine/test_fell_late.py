"""A line that falls after other lines were held against it takes nothing with it, and nothing stands on it."""

import datetime as dt

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import HistoryLine, Participation
from adjudicator.model.claim import Claim
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision
from adjudicator.policy.coding_tables import AddOn, AddOnCodes, CodingTable
from adjudicator.policy.document import Document
from adjudicator.policy.plan import Counting
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ANY,
    BILLING,
    SERVICE_DAY,
    a_benefit,
    a_case,
    a_claim,
    a_limit,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)

PLAN, ORTHOPEDICS, CLINIC = "plans/ppo-gold", "contracts/prairie-orthopedics", "contracts/lakeside-clinic"


def decided(demo: PolicySet, claim: Claim, contract: str, *history: HistoryLine) -> Decision:
    participation = Participation(
        tax_id=BILLING.tax_id,
        npi=BILLING.npi,
        product=demo.plan(PLAN, SERVICE_DAY).product,
        contract=contract,
        span=Span(dt.date(2020, 1, 1)),
    )
    return adjudicate(a_case(claim, plan=PLAN, participations=(participation,), history=history), demo)


def earlier(procedure: str, day: dt.date, number: int = 1) -> HistoryLine:
    return an_earlier_line(number, procedure=procedure, from_date=day, through_date=day)


def denials(decision: Decision) -> dict[int, str]:
    """The reason of each denied line."""
    return {
        line.line: f"{a.group}-{a.carc}"
        for line in decision.lines
        if not line.paid_quantity_thousandths
        for a in line.adjustments
    }


@pytest.mark.parametrize(
    ("visits", "denied"),
    [
        # 29 of 30 visits of the year are used: the evaluation is the thirtieth, and the other one is never paid beside it.
        (29, {2: "CO-231"}),
        # All 30 are used: the evaluation by the physical therapist is denied, and the other one stands.
        (30, {1: "PR-119"}),
    ],
)
def test_a_service_is_denied_beside_another_only_where_that_is_paid(
    demo: PolicySet, visits: int, denied: dict[int, str]
):
    used = [earlier("97110", dt.date(2026, 1, 1) + dt.timedelta(day), day) for day in range(1, visits + 1)]
    claim = a_claim(a_line(1, procedure="97161", modifiers=("GP",)), a_line(2, procedure="97165", modifiers=("GO",)))
    assert denials(decided(demo, claim, ORTHOPEDICS, *used)) == denied


@pytest.mark.parametrize(
    ("days_before", "denied"),
    [
        # The fee of 27447 pays for 90 days of care after it: the injection falls, and what is part of it does not.
        (10, {1: "CO-97"}),
        (90, {1: "CO-97"}),
        # On the day after them the injection is paid, and 96372 is part of it.
        (91, {2: "CO-236"}),
    ],
)
def test_a_part_stands_where_the_whole_falls_to_an_earlier_operation(
    demo: PolicySet, days_before: int, denied: dict[int, str]
):
    operation = earlier("27447", SERVICE_DAY - dt.timedelta(days_before))
    claim = a_claim(a_line(1, procedure="20610"), a_line(2, procedure="96372"))
    assert denials(decided(demo, claim, ORTHOPEDICS, operation)) == denied


@pytest.mark.parametrize(
    ("charge_cents", "denied"),
    [
        # The checkup is the lesser of two visits and falls: the wellness visit is paid.
        (15000, {1: "CO-B14"}),
        # The checkup is the greater: the other visit falls, and so does what is never paid beside a checkup.
        (30000, {2: "CO-B14", 3: "CO-231"}),
    ],
)
def test_a_wellness_visit_falls_beside_a_checkup_that_is_paid(
    demo: PolicySet, charge_cents: int, denied: dict[int, str]
):
    claim = a_claim(
        a_line(1, procedure="99396", charge_cents=charge_cents),
        a_line(2, procedure="99215", charge_cents=25000),
        a_line(3, procedure="G0439", charge_cents=18000),
    )
    assert denials(decided(demo, claim, CLINIC)) == denied


@pytest.mark.parametrize(
    ("most", "denied"),
    [
        # One visit of one is used: the primary is denied, and its add-on with it.
        (1, {1: "PR-119", 2: "CO-B15"}),
        # One of two is used: both are paid.
        (2, {}),
    ],
)
def test_an_add_on_falls_with_a_primary_that_a_benefit_limit_denies(demo: PolicySet, most: int, denied: dict[int, str]):
    policies = worked_policies(demo, a_benefit("everything", ANY), fees_cents={"93306": 20000, "93321": 5000})
    document = policies.plans["plans/worked"]
    plan = msgspec.structs.replace(document.versions[0], limits=(a_limit(Counting.VISITS, most, codes("93306")),))
    table = AddOnCodes.of([("93321", AddOn("1", frozenset({"93306"}), payer_names_primaries=False))])
    policies = msgspec.structs.replace(
        policies,
        editing=demo.editing,
        plans={"plans/worked": msgspec.structs.replace(document, versions=(plan,))},
        coding_tables={"add-on-codes": CodingTable(Document(table.document, "Add-on codes", (table,)))},
    )
    claim = a_claim(a_line(1, procedure="93306"), a_line(2, procedure="93321"))
    used = earlier("93306", SERVICE_DAY - dt.timedelta(9))
    assert denials(adjudicate(a_case(claim, history=(used,)), policies)) == denied
