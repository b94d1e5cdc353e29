"""What later claims of a member see of a decided claim."""

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import ProviderKind, ProviderRecord
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.reductions import ReductionClause, ReductionKind
from adjudicator.service.cases import history_lines
from tests.building import ANY, RENDERING, a_benefit, a_case, a_claim, a_line, worked_policies


@pytest.mark.parametrize(
    ("sent", "on_file", "known"),
    [
        ("207R00000X", ("208000000X",), ("207R00000X",)),
        ("", ("208000000X", "207Q00000X"), ("208000000X", "207Q00000X")),
        ("", (), ()),
    ],
)
def test_a_decided_line_keeps_the_specialty_of_its_rendering_provider_the_claims_own_first(
    sent: str, on_file: tuple[str, ...], known: tuple[str, ...], demo: PolicySet
) -> None:
    rendering = msgspec.structs.replace(RENDERING, taxonomy=sent)
    record = ProviderRecord(RENDERING.npi, "DOCTOR EXAMPLE", ProviderKind.PRACTITIONER, taxonomies=on_file)
    case = msgspec.structs.replace(a_case(a_claim(a_line(rendering=rendering))), providers=(record,))
    (line,) = history_lines(case, 1, adjudicate(case, worked_policies(demo)))
    assert line.taxonomies == known


def test_a_benefit_limit_counts_the_plans_part_before_sequestration(demo: PolicySet) -> None:
    # 100.00 less 20 % = 80.00, of which sequestration takes 1.60: 78.40 is paid, and 80.00 counts as paid
    cut = ReductionClause("cut", "plans/worked@2020-01-01", "Q", ReductionKind.SEQUESTRATION, 200, ANY)
    policies = worked_policies(demo, a_benefit("all", ANY, coinsurance=2000), payment_reductions=(cut,))
    case = a_case(a_claim(a_line(charge_cents=10000)))
    decision = adjudicate(case, policies)
    assert decision.paid_cents == 7840
    (line,) = history_lines(case, 1, decision)
    assert (line.paid_cents, line.allowed_cents) == (8000, 10000)
