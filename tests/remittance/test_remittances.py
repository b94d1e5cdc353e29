"""Payment runs: one remittance for each payee, the same every time, and nothing on it that does not add up."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.model.claim import NO_ADDRESS, Address
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition
from adjudicator.model.remittance import Remittance
from adjudicator.policy.code_lists import CodeEntry, CodeTable
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from adjudicator.remittance.check import check_balance, check_codes
from adjudicator.remittance.cycle import NotPayable, build_remittances
from tests.building import BILLING, CITE, RECEIVED, a_line
from tests.remittance.decided import PAID_ON, SET_1, SET_2, SET_3, SET_4, because, decided, remitted

ELSEWHERE = msgspec.structs.replace(BILLING, npi="1000000004", tax_id="999000002")
OTHER_PAYEE = remitted("9", [a_line()], [decided(1, 13000, 13000)], billing=ELSEWHERE)


def one(*claims):
    (remittance,) = build_remittances(PAID_ON, claims)
    return remittance


def test_each_payee_gets_one_remittance():
    first, second = build_remittances(PAID_ON, [SET_1, OTHER_PAYEE, SET_2])
    assert (first.payee, [claim.decision.claim_id for claim in first.claims]) == (BILLING, ["ICN1", "ICN2"])
    assert (second.payee, [claim.decision.claim_id for claim in second.claims]) == (ELSEWHERE, ["ICN9"])
    assert (first.paid_cents, second.paid_cents) == (9800, 13000)


def test_a_payee_is_the_tax_id_and_the_npi_together():
    same_tax_id = remitted(
        "8", [a_line()], [decided(1, 13000, 13000)], billing=msgspec.structs.replace(BILLING, npi="1999999992")
    )
    assert len(build_remittances(PAID_ON, [SET_1, same_tax_id])) == 2


def at(claim, address, days=0):
    """A claim that is to be paid at an address, received some days later."""
    sent = msgspec.structs.replace(claim.claim, pay_to_address=address)
    return msgspec.structs.replace(claim, claim=sent, received_on=RECEIVED + dt.timedelta(days=days))


LOCKBOX = Address("PO BOX 1", "", "TESTVILLE", "OH", "432150001")
OLD_LOCKBOX = Address("PO BOX 2", "", "TESTVILLE", "OH", "432150002")


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        ([SET_1, SET_2], BILLING.address),
        ([at(SET_1, LOCKBOX), SET_2], LOCKBOX),
        ([at(SET_1, LOCKBOX, days=1), at(SET_2, OLD_LOCKBOX), at(SET_3, None, days=2)], LOCKBOX),
        ([at(SET_1, OLD_LOCKBOX), at(SET_2, LOCKBOX, days=1)], LOCKBOX),
        ([at(SET_1, LOCKBOX), at(SET_2, NO_ADDRESS, days=1)], LOCKBOX),
    ],
)
def test_a_remittance_goes_to_the_pay_to_address_of_the_claim_received_last(claims, address):
    remittance = one(*claims)
    assert remittance.payee == msgspec.structs.replace(BILLING, address=address)
    assert check_balance(remittance) == ()


@given(st.permutations([SET_1, SET_2, SET_3, SET_4, OTHER_PAYEE]))
def test_the_order_in_which_decisions_come_does_not_matter(claims):
    assert build_remittances(PAID_ON, claims) == build_remittances(PAID_ON, [OTHER_PAYEE, SET_4, SET_3, SET_2, SET_1])


def test_claims_stand_in_order_of_receipt_then_number():
    late = msgspec.structs.replace(SET_1, received_on=RECEIVED + dt.timedelta(days=1))
    assert [claim.decision.claim_id for claim in one(late, SET_3, SET_2).claims] == ["ICN2", "ICN3", "ICN1"]


def test_trace_numbers_tell_days_payees_and_decisions_apart():
    again = msgspec.structs.replace(SET_1, decision_number=2)
    runs = [
        build_remittances(PAID_ON, [SET_1]),
        build_remittances(PAID_ON + dt.timedelta(days=1), [SET_1]),
        build_remittances(PAID_ON, [SET_1, SET_2]),
        build_remittances(PAID_ON, [again]),
        build_remittances(PAID_ON, [OTHER_PAYEE]),
    ]
    numbers = [run[0].trace_number for run in runs]
    assert len(set(numbers)) == 5
    assert numbers[0] == build_remittances(PAID_ON, [SET_1])[0].trace_number
    assert numbers[0].startswith("20260320") and len(numbers[0]) == 18


def test_nothing_unpaid_is_no_remittance():
    assert build_remittances(PAID_ON, []) == ()


def test_a_remittance_of_denials_comes_to_zero_and_is_right():
    remittance = one(SET_2)
    assert remittance.paid_cents == 0
    assert check_balance(remittance) == ()


def test_what_may_not_be_paid_is_named_all_at_once():
    pended = msgspec.structs.replace(SET_1, decision=Decision("ICNP", Disposition.PENDED))
    test_claim = remitted("T", [a_line()], [decided(1, 13000, 13000)], test=True)
    with pytest.raises(NotPayable) as refusal:
        build_remittances(PAID_ON, [pended, test_claim, SET_2, SET_2])
    assert refusal.value.problems == (
        "claim ICNP is pended; only a final decision is remitted",
        "claim ICNT came in a test interchange; it can never be paid",
        "claim ICN2 is there twice; remit one decision of a claim at a time",
    )


@pytest.mark.parametrize("claim", [SET_1, SET_2, SET_3, SET_4])
def test_the_worked_sets_balance(claim):
    assert check_balance(one(claim)) == ()


def changed(claim, **changes):
    return msgspec.structs.replace(claim, claim=msgspec.structs.replace(claim.claim, **changes))


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        (
            [changed(SET_1, total_charge_cents=23001)],
            "ICN1: total charge 23001 cents, charges of the decided lines 23000",
        ),
        (
            [changed(SET_3, lines=(a_line(1, charge_cents=99999),))],
            "ICN3, line 1: charge 99999 cents, decided charge 100000",
        ),
        ([changed(SET_3, lines=())], "ICN3: the lines decided are not the lines sent"),
        ([changed(SET_3, lines=(a_line(1), a_line(2)))], "ICN3: the lines decided are not the lines sent"),
        ([SET_1, SET_1], "ICN1: there twice"),
        ([changed(SET_1, test=True)], "ICN1: came in a test interchange"),
        ([SET_1, OTHER_PAYEE], "ICN9: billed by somebody other than the payee"),
        (
            [msgspec.structs.replace(SET_1, decision=Decision("ICN1", Disposition.REJECTED))],
            "ICN1: rejected, which is not final",
        ),
    ],
)
def test_money_and_lines_that_do_not_agree_are_told(claims, problem):
    remittance = Remittance("TRACE1", PAID_ON, BILLING, tuple(claims))
    assert f"claim {problem}" in check_balance(remittance)


def codes(lists: str, **entries: CodeEntry) -> Document[CodeTable]:
    table = CodeTable(
        document=f"tables/{lists}",
        span=Span(dt.date(2020, 1, 1)),
        cite=CITE,
        codes={code.strip("_"): (entry,) for code, entry in entries.items()},
    )
    return Document(path=f"tables/{lists}", title=lists, versions=(table,))


IN_USE = Span(dt.date(2020, 1, 1))


def policies() -> PolicySet:
    """Reason and remark codes as domain/06 needs them."""
    return PolicySet(
        digest="",
        payer=Document("payer", "Payer", ()),
        guidance=(),
        answers={},
        plans={},
        contracts={},
        fees={},
        coverage=(),
        coding=(),
        editing=None,
        authorization=(),
        tables={
            "carc": codes(
                "carc",
                _45=CodeEntry(IN_USE),
                _16=CodeEntry(IN_USE, needs_remark=True),
                _24=CodeEntry(IN_USE, groups=frozenset({"CO"})),
                _99=CodeEntry(Span(IN_USE.effective, PAID_ON - dt.timedelta(days=1))),
                _23=CodeEntry(IN_USE, partial=True),
                _225=CodeEntry(IN_USE, claims_only=True),
                _98=CodeEntry(Span(IN_USE.effective, PAID_ON)),
            ),
            "rarc": codes("rarc", M119=CodeEntry(IN_USE), N1=CodeEntry(IN_USE, alert=True)),
        },
    )


def codes_told(*adjustments, remarks=()):
    charge_cents = sum(adjustment.amount_cents for adjustment in adjustments)
    line = a_line(1, charge_cents=charge_cents)
    remittance = one(remitted("C", [line], [decided(1, charge_cents, 0, *adjustments, remarks=remarks)]))
    return [problem.removeprefix("claim ICNC, line 1: ") for problem in check_codes(remittance, policies())]


def test_codes_in_use_are_right():
    assert codes_told(because("CO", "45", 100), because("CO", "24", 50), because("OA", "23", 10)) == []
    assert codes_told(because("CO", "98", 10)) == []


@pytest.mark.parametrize(
    ("adjustment", "problem"),
    [
        (because("CR", "45", 100), "CR-45: group CR has no place in a remittance; use CO, OA, PI, PR"),
        (because("PR", "24", 100), "PR-24: reason 24 goes with CO only"),
        (because("CO", "99", 100), "CO-99: reason 99 is not a code in use on 2026-03-20"),
        (because("CO", "XYZ", 100), "CO-XYZ: reason XYZ is not a code in use on 2026-03-20"),
        (because("CO", "16", 100), "CO-16: needs a remark that is not an Alert"),
        (because("CO", "16", 100, "N1"), "CO-16: needs a remark that is not an Alert"),
        (because("OA", "23", 100), "OA-23: reason 23 cannot take a whole charge; give the reason of the denial"),
        (because("PI", "225", 100), "PI-225: reason 225 stands on claims between payers, never in a remittance"),
        (because("CO", "45", 100, "M999"), "remark M999 is not a code in use on 2026-03-20"),
    ],
)
def test_codes_that_may_not_be_used_are_told(adjustment, problem):
    assert codes_told(adjustment) == [problem]


def test_a_remark_of_the_adjustment_or_of_the_line_explains_it():
    assert codes_told(because("CO", "16", 100, "M119")) == []
    assert codes_told(because("CO", "16", 100), remarks=("N1", "M119")) == []
