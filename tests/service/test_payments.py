"""Payment: every final decision is paid once, whoever runs it and however often."""

import datetime as dt

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from adjudicator.model.case import RulingVerdict
from adjudicator.model.decision import Disposition
from adjudicator.model.principal import Principal
from adjudicator.policy.code_lists import CodeTable
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from adjudicator.remittance.check import check_balance
from adjudicator.service.errors import InvalidRequest, NotFound, NotPermitted, WrongState
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.store import payments as stored
from tests.building import BILLING
from tests.databases import Place
from tests.service.desk import (
    OPERATOR,
    OTHER_BILLING,
    OTHER_PROVIDER,
    PROVIDER,
    REVIEWER,
    SPOUSE,
    TODAY,
    Desk,
    a_heart_study,
    a_visit,
)

PAY_DAY = TODAY + dt.timedelta(days=1)


def paid_claims(desk: Desk, paid_on: dt.date = PAY_DAY) -> list[str]:
    """Claims on the remittances of a day."""
    return [claim.decision.claim_id for paid in desk.payments.run(OPERATOR, paid_on) for claim in paid.claims]


def test_each_payee_gets_one_remittance_over_its_final_decisions(desk: Desk) -> None:
    paid, denied, _, pended, rejected = desk.submit(
        a_visit(charge_cents=150_000),
        a_visit(charge_cents=150_000),
        a_visit(SPOUSE, billing=OTHER_BILLING),
        a_heart_study(),
        a_visit(SPOUSE, total_charge_cents=1),
    )
    assert denied.decision.disposition is Disposition.DENIED
    assert pended.decision.disposition is Disposition.PENDED
    assert rejected.decision.disposition is Disposition.REJECTED
    remittances = {paid.payee.tax_id: paid for paid in desk.payments.run(OPERATOR, PAY_DAY)}
    assert set(remittances) == {BILLING.tax_id, OTHER_BILLING.tax_id}
    ours = remittances[BILLING.tax_id]
    assert sorted(claim.decision.claim_id for claim in ours.claims) == sorted([paid.claim_id, denied.claim_id])
    # 1,500.00 - 1,000.00 deductible = 500.00; 80 % of it is paid
    assert ours.paid_cents == 40_000
    assert ours.paid_on == PAY_DAY
    assert check_balance(ours) == ()


def test_running_twice_pays_nothing_twice_and_returns_the_same(desk: Desk) -> None:
    desk.submit(a_visit(), a_visit(SPOUSE, billing=OTHER_BILLING))
    first = desk.payments.run(OPERATOR, PAY_DAY)
    assert len(first) == 2
    assert desk.payments.run(OPERATOR, PAY_DAY) == first
    assert desk.payments.run(OPERATOR, PAY_DAY + dt.timedelta(days=1)) == []
    assert desk.rows("remittances") == 2


def test_what_becomes_final_between_two_runs_of_a_day_gets_its_own_remittance(desk: Desk) -> None:
    (first,) = desk.submit(a_visit())
    assert paid_claims(desk) == [first.claim_id]
    (second,) = desk.submit(a_visit(SPOUSE), prefix="later-")
    assert sorted(paid_claims(desk)) == sorted([first.claim_id, second.claim_id])
    assert desk.rows("remittances") == 2


def test_a_decision_made_after_the_payment_date_waits(desk: Desk) -> None:
    desk.submit(a_visit())
    assert desk.payments.run(OPERATOR, TODAY - dt.timedelta(days=1)) == []
    assert len(desk.payments.run(OPERATOR, TODAY)) == 1


def test_a_pended_claim_is_paid_once_it_is_final(desk: Desk) -> None:
    (record,) = desk.submit(a_heart_study())
    assert paid_claims(desk) == []
    (task,) = desk.reviews.list_tasks(REVIEWER)[0]
    desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(RulingVerdict.ALLOW, "because"))
    (remittance,) = desk.payments.run(OPERATOR, PAY_DAY)
    (claim,) = remittance.claims
    assert (claim.decision.claim_id, claim.decision_number) == (record.claim_id, 2)


def test_a_claim_of_a_test_interchange_is_never_paid(desk: Desk) -> None:
    desk.submit(a_visit(test=True))
    assert desk.payments.run(OPERATOR, PAY_DAY) == []


def test_only_an_operator_runs_payments(desk: Desk) -> None:
    desk.submit(a_visit())
    for principal in (PROVIDER, REVIEWER):
        with pytest.raises(NotPermitted):
            desk.payments.run(principal, PAY_DAY)
    assert desk.rows("remittances") == 0


def test_who_ran_it_and_when_is_kept(desk: Desk) -> None:
    desk.submit(a_visit())
    desk.payments.run(OPERATOR, PAY_DAY)
    with desk.store.reading() as connection:
        row = connection.execute(sa.text("SELECT run_by, run_on, paid_cents, claim_count FROM remittances")).one()
    assert (row[0], str(row[1]), *row[2:]) == (OPERATOR.name, TODAY.isoformat(), 0, 1)


def test_the_database_refuses_to_remit_a_decision_twice(desk: Desk) -> None:
    desk.submit(a_visit())
    (remittance,) = desk.payments.run(OPERATOR, PAY_DAY)
    again = msgspec.structs.replace(remittance, trace_number="ANOTHER")
    with pytest.raises(IntegrityError), desk.store.writing() as connection:
        stored.record_remittances(connection, [again], TODAY, "somebody")
    assert desk.rows("remittances") == 1


def test_a_code_that_is_not_in_force_on_the_payment_date_stops_its_payee_and_no_other(
    place: Place, policies: PolicySet
) -> None:
    desk = Desk(place("payer"), policies)
    desk.submit(a_visit(charge_cents=200_000), a_visit(SPOUSE, charge_cents=200_000, billing=OTHER_BILLING))
    desk.submit(a_visit(charge_cents=200_000), prefix="duplicate-")  # denied with OA-18
    carc = policies.tables["carc"]
    without = tuple(
        msgspec.structs.replace(version, codes={code: of for code, of in version.codes.items() if code != "18"})
        for version in carc.versions
    )
    tables = {**policies.tables, "carc": Document[CodeTable](path=carc.path, title=carc.title, versions=without)}
    desk.in_force.replace({"a": b"b"}, msgspec.structs.replace(policies, tables=tables, digest="1" * 64))
    with pytest.raises(WrongState, match="reason 18"):
        desk.payments.run(OPERATOR, PAY_DAY)
    listed, _ = desk.payments.list(OPERATOR)
    assert [summary.payee.tax_id for summary in listed] == [OTHER_BILLING.tax_id]
    desk.store.close()


def test_the_statements_of_a_run_do_not_grow_with_its_claims(desk: Desk) -> None:
    desk.submit(a_visit())
    one = desk.statements(lambda: desk.payments.run(OPERATOR, PAY_DAY))
    desk.submit(*[a_visit(charge_cents=1_000 + n) for n in range(120)], prefix="many-")
    many = desk.statements(lambda: desk.payments.run(OPERATOR, PAY_DAY + dt.timedelta(days=1)))
    assert len(many) == len(one)


class TestReading:
    @pytest.fixture
    def paid(self, desk: Desk) -> list[str]:
        """Three remittances: two days to one payee, the second day to another as well."""
        desk.submit(a_visit())
        desk.payments.run(OPERATOR, PAY_DAY)
        desk.submit(a_visit(day=dt.date(2026, 3, 9)), a_visit(SPOUSE, billing=OTHER_BILLING), prefix="later-")
        desk.payments.run(OPERATOR, PAY_DAY + dt.timedelta(days=1))
        return [summary.trace_number for summary in desk.payments.list(OPERATOR)[0]]

    def test_an_operator_lists_all_the_latest_first(self, desk: Desk, paid: list[str]) -> None:
        days = [summary.paid_on for summary in desk.payments.list(OPERATOR)[0]]
        assert days == sorted(days, reverse=True)
        assert len(days) == 3

    def test_a_provider_lists_its_own(self, desk: Desk, paid: list[str]) -> None:
        assert [s.payee.tax_id for s in desk.payments.list(PROVIDER)[0]] == [BILLING.tax_id] * 2
        assert [s.payee.tax_id for s in desk.payments.list(OTHER_PROVIDER)[0]] == [OTHER_BILLING.tax_id]

    def test_days_narrow_the_list_both_ends_included(self, desk: Desk, paid: list[str]) -> None:
        second = PAY_DAY + dt.timedelta(days=1)
        assert len(desk.payments.list(OPERATOR, PAY_DAY, second)[0]) == 3
        assert len(desk.payments.list(OPERATOR, second)[0]) == 2
        assert len(desk.payments.list(OPERATOR, None, PAY_DAY)[0]) == 1

    def test_pages_join_to_the_whole_list(self, desk: Desk, paid: list[str]) -> None:
        first, token = desk.payments.list(OPERATOR, page_size=2)
        second, end = desk.payments.list(OPERATOR, page_size=2, page_token=token)
        assert [summary.trace_number for summary in first + second] == paid
        assert end == ""
        with pytest.raises(InvalidRequest):
            desk.payments.list(OPERATOR, PAY_DAY, page_size=2, page_token=token)

    @pytest.mark.parametrize("principal", [OPERATOR, PROVIDER])
    def test_a_remittance_is_read_with_its_claims(self, desk: Desk, paid: list[str], principal: Principal) -> None:
        for summary in desk.payments.list(PROVIDER)[0]:
            remittance = desk.payments.get(principal, summary.trace_number)
            assert remittance in desk.payments.run(OPERATOR, summary.paid_on)
            assert (remittance.paid_cents, len(remittance.claims)) == (summary.paid_cents, summary.claim_count)

    def test_that_of_another_payee_looks_like_none(self, desk: Desk, paid: list[str]) -> None:
        trace_number = desk.payments.list(OTHER_PROVIDER)[0][0].trace_number
        with pytest.raises(NotFound) as others:
            desk.payments.get(PROVIDER, trace_number)
        with pytest.raises(NotFound) as nobodys:
            desk.payments.get(PROVIDER, "none")
        assert others.value.message == nobodys.value.message

    def test_reviewers_have_no_business_with_payments(self, desk: Desk) -> None:
        with pytest.raises(NotPermitted):
            desk.payments.list(REVIEWER)
        with pytest.raises(NotPermitted):
            desk.payments.get(REVIEWER, "any")
