"""What plans and contracts may say of payments that are reduced after the member's share, and every mistake in it."""

import pytest

from adjudicator.engine import adjudicate
from adjudicator.policy.load import PolicyErrors, compile_policies, inspect_policies
from adjudicator.policy.reductions import ReductionClause, ReductionKind
from tests.policy.small_set import DOCUMENTS, PLAN, small_set

V = "versions[2025-01-01]"
CONTRACT = DOCUMENTS["contracts/inside.yaml"]


def files_with(rows: str, *, contract: bool = False) -> dict[str, bytes]:
    """The small set whose plan, or contract, has such rows at its end."""
    more = f"    payment_reductions:\n{rows}"
    if contract:
        return small_set(contracts__inside=CONTRACT + more)
    return small_set(plans__test=PLAN + more)


def of_plan(rows: str) -> tuple[ReductionClause, ...]:
    return compile_policies(files_with(rows)).plans["plans/test"].versions[0].payment_reductions


def mistakes(rows: str, *, contract: bool = False) -> list[str]:
    with pytest.raises(PolicyErrors) as told:
        compile_policies(files_with(rows, contract=contract))
    return [str(error) for error in told.value.errors]


def test_a_row_of_each_kind_is_read():
    rows = """\
      - {id: cut, kind: sequestration, quote: Q., share: 0.02, for: any, tier: out_of_network}
      - {id: aide, kind: therapy-assistant, quote: Q., share: 0.15, for: [G0121], modifiers: ["25"]}
      - {id: late, kind: late-filing, quote: Q., share: 0.1, for: any, after_days: 90}
      - {id: soon, kind: prompt-payment, quote: Q., share: 0.0125, for: any, within_days: 0}
      - {id: kept, kind: withhold, quote: Q., share: 1, for: any, when: {plan: [plans/test]}}
"""
    cut, aide, late, soon, kept = of_plan(rows)
    assert (cut.kind, cut.basis_points, cut.tier, cut.policy) == (
        ReductionKind.SEQUESTRATION,
        200,
        "out_of_network",
        "plans/test@2025-01-01",
    )
    assert aide.modifiers is not None and "25" in aide.modifiers and "CQ" not in aide.modifiers
    assert "G0121" in aide.procedures and "99213" not in aide.procedures
    assert (late.after_days, soon.within_days, soon.basis_points) == (90, 0, 125)
    assert (kept.basis_points, kept.when is not None, kept.tier) == (10_000, True, "")


def test_a_contract_has_them_too():
    row = "      - {id: kept, kind: withhold, quote: Q., share: 0.05, for: any}\n"
    version = compile_policies(files_with(row, contract=True)).contracts["contracts/inside"].versions[0]
    assert [clause.policy for clause in version.payment_reductions] == ["contracts/inside@2025-01-01"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("kind: late-filing, share: 0.1", "found kind late-filing without after_days; write after_days"),
        ("kind: prompt-payment, share: 0.1", "found kind prompt-payment without within_days; write within_days"),
        ("kind: therapy-assistant, share: 0.1", "found kind therapy-assistant without modifiers; write modifiers"),
        (
            "kind: sequestration, share: 0.1, after_days: 3",
            "found kind sequestration with after_days; leave after_days out",
        ),
        ("kind: withhold, share: 0.1, within_days: 3", "found kind withhold with within_days; leave within_days out"),
        ('kind: withhold, share: 0.1, modifiers: ["25"]', "found kind withhold with modifiers; leave modifiers out"),
        (
            'kind: therapy-assistant, share: 0.1, modifiers: ["25"], when: {plan: [plans/test]}',
            "found when beside kind therapy-assistant, whose modifiers say when; leave when out",
        ),
        (
            "kind: capitation, share: 0.99",
            "found a part of the payment beside kind capitation, which pays all of it; write share: 1.00",
        ),
    ],
)
def test_a_word_of_another_kind_is_a_mistake(row: str, told: str):
    assert mistakes(f"      - {{id: one, quote: Q., for: any, {row}}}\n") == [
        f"plans/test.yaml:19: {V}.payment_reductions[one]: {told}"
    ]


@pytest.mark.parametrize(("share", "right"), [("1", True), ("1.01", False), ("-0.1", False), ("2 %", False)])
def test_a_share_is_a_part_of_the_payment(share: str, right: bool):
    row = f"      - {{id: one, kind: withhold, quote: Q., for: any, share: {share}}}\n"
    if right:
        assert of_plan(row)[0].basis_points == 10_000
    else:
        (told,) = mistakes(row)
        assert told.startswith(f"plans/test.yaml:19: {V}.payment_reductions[one].share: found '{share}'; write a share")


def test_names_plans_and_tiers_are_checked():
    row = "kind: withhold, quote: Q., share: 0.05, for: any"
    assert mistakes(f"      - {{id: one, {row}}}\n      - {{id: one, {row}}}\n") == [
        f"plans/test.yaml:20: {V}.payment_reductions[one].id: found one a second time; write another id"
    ]
    assert mistakes(f"      - {{id: one, {row}, when: {{plan: [plans/other]}}}}\n") == [
        f"plans/test.yaml:19: {V}.payment_reductions[one].when.plan[1]: found plans/other, which is not there; "
        "write the path of a plan"
    ]
    assert mistakes(f"      - {{id: one, {row}, tier: in_network}}\n", contract=True) == [
        f"contracts/inside.yaml:10: {V}.payment_reductions[one].tier: found a tier in a contract, whose `network` says it; "
        "leave it out"
    ]


def test_what_is_paid_by_the_month_stands_in_contracts_without_bounds_of_the_claim():
    row = "      - {id: one, kind: capitation, quote: Q., share: 1, for: any}\n"
    assert mistakes(row) == [
        f"plans/test.yaml:19: {V}.payment_reductions[one].kind: found capitation in a plan; write it in the contract of the "
        "provider who is paid by the month"
    ]
    bounded = f"    claim: {{at_most: 100.00}}\n    payment_reductions:\n{row}"
    with pytest.raises(PolicyErrors) as told:
        compile_policies(small_set(contracts__inside=CONTRACT + bounded))
    (error,) = told.value.errors
    assert str(error).startswith(
        f"contracts/inside.yaml:11: {V}.payment_reductions[one].kind: found capitation beside a bound"
    )
    version = compile_policies(files_with(row, contract=True)).contracts["contracts/inside"].versions[0]
    assert [(clause.kind, clause.basis_points) for clause in version.payment_reductions] == [
        (ReductionKind.CAPITATION, 10_000)
    ]


def test_a_number_that_the_quote_does_not_state_is_doubtful():
    row = "      - {{id: one, kind: late-filing, quote: {}, share: 0.1, for: any, after_days: 90}}\n"
    for quote, doubtful in (("Ten percent is kept after 90 days.", 0), ("Ten percent is kept after 60 days.", 1)):
        _, warnings = inspect_policies(files_with(row.format(quote)), {}, adjudicate)
        assert sum("after_days" in str(warning) for warning in warnings) == doubtful
