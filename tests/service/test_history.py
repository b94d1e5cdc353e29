"""What later claims of a member see of a decided claim."""

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import ProviderKind, ProviderRecord
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.cases import history_lines
from tests.building import RENDERING, a_case, a_claim, a_line, worked_policies


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
