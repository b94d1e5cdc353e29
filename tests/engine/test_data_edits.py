"""What the claim says: coding policies, and several mistakes of one claim told in one answer."""

import datetime as dt

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.claim import ClaimType
from adjudicator.model.decision import Disposition, Verdict
from adjudicator.policy import conditions
from adjudicator.policy.policy_set import Answer, CriteriaPolicy, Criterion, Document, PolicySet
from tests.building import ALWAYS, ANY, CITE, a_case, a_claim, a_line, codes, worked_policies


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo)


def document(folder: str, *criteria: Criterion) -> Document[CriteriaPolicy]:
    path = f"{folder}/test"
    version = CriteriaPolicy(document=path, span=ALWAYS, cite=CITE, procedures=ANY, criteria=criteria)
    return Document(path=path, title="A test's own", versions=(version,))


def in_office(folder: str, carc: str) -> Criterion:
    """A criterion that a line in place 11 does not meet."""
    answer = Answer(f"{folder}/test#office", Verdict.DENY, f"{folder}/test@2020-01-01", group="CO", carc=carc)
    return Criterion(id="office", when=conditions.places(codes("11")), require=None, answer=answer)


def test_a_coding_policy_denies_before_a_medical_policy_and_both_are_told(policies: PolicySet):
    both = msgspec.structs.replace(
        policies,
        coding=(document("coding", in_office("coding", "5")),),
        coverage=(document("coverage", in_office("coverage", "58")),),
    )
    decision = adjudicate(a_case(), both)
    assert decision.disposition is Disposition.DENIED
    assert [finding.rule for finding in decision.findings] == ["coding/test#office", "coverage/test#office"]
    assert [(a.group, a.carc, a.amount_cents) for a in decision.line(1).adjustments] == [("CO", "5", 13000)]
    assert decision.findings[0].because == "Place of service 11 is on the policy's list."


def test_a_coding_policy_is_asked_even_where_the_patient_is_unknown(policies: PolicySet):
    asked = msgspec.structs.replace(policies, coding=(document("coding", in_office("coding", "5")),))
    decision = adjudicate(a_case(members=()), asked)
    assert "coding/test#office" in {finding.rule for finding in decision.findings}


def test_coding_policies_leave_institutional_claims_alone(policies: PolicySet):
    asked = msgspec.structs.replace(policies, coding=(document("coding", in_office("coding", "5")),))
    decision = adjudicate(a_case(a_claim(claim_type=ClaimType.INSTITUTIONAL)), asked)
    assert "coding/test#office" not in {finding.rule for finding in decision.findings}


def test_a_version_of_another_day_or_for_other_procedures_is_not_asked(policies: PolicySet):
    asked = document("coding", in_office("coding", "5"))
    (version,) = asked.versions
    for changes in (
        {"span": msgspec.structs.replace(ALWAYS, ends=dt.date(2026, 3, 1))},
        {"procedures": codes("99214")},
    ):
        other = msgspec.structs.replace(asked, versions=(msgspec.structs.replace(version, **changes),))
        decision = adjudicate(a_case(a_claim(a_line())), msgspec.structs.replace(policies, coding=(other,)))
        assert decision.disposition is Disposition.PAID
