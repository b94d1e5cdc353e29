"""What a payment-rules document may say, and what is told of one that is wrong."""

import pytest

from adjudicator.policy.load import PolicyErrors, compile_policies
from adjudicator.policy.payment_rules import OtherClaims
from adjudicator.policy.policy_set import PolicySet
from tests.policy.small_set import CITE, small_set

RULES = f"""\
kind: payment-rules
title: Rules
versions:
  - effective: 2025-01-01
    {CITE}
    components: {{professional: ["25"], technical: ["25"], both: ["1"]}}
    ranking:
      none: ["0", "9"]
      rows: [{{indicators: ["2"], of: whole, shares: [1.00, 0.50], further: by_report}}]
      other_claims: apart
"""
FILES = small_set(payment__rules=RULES)


def told(old: str, new: str, path: str = "payment/rules.yaml") -> str:
    content = FILES[path].decode()
    assert old in content
    with pytest.raises(PolicyErrors) as wrong:
        compile_policies(FILES | {path: content.replace(old, new).encode()}, {})
    return str(wrong.value)


def test_they_are_compiled():
    rules = compile_policies(FILES, {}).payment_rules["payment/rules"].versions[0]
    ranking = rules.ranking_of("2")
    assert ranking is not None
    assert (ranking.shares, ranking.further) == ((10_000, 5_000), None)
    assert rules.ranking_of("0") is None
    assert rules.other_claims is OtherClaims.APART


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('none: ["0", "9"]', 'none: ["0", "2"]', "found indicator 2 twice; write each once"),
        ("shares: [1.00, 0.50]", "shares: [1.50]", "write a share from 0 to 1"),
        ("other_claims: apart", "other_claims: perhaps", "write wait, apart or below"),
        ('technical: ["25"]', "technical: [sets/none]", "found sets/none, which is not there"),
        ('technical: ["25"]', 'technical: ["26"]', "26"),
    ],
)
def test_a_mistake_is_told_where_it_stands(old: str, new: str, message: str):
    assert message in told(old, new)


def test_a_contract_names_rules_that_are_there(demo: PolicySet):
    message = told("from: fees/", "rules: payment/none, from: fees/", "contracts/inside.yaml")
    assert "found payment/none, which is not there; write the path of a payment-rules document" in message
