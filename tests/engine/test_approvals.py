"""What is left of an approval, where examples beside the policies cannot say it."""

import datetime as dt

import msgspec
import pytest

from adjudicator.edits.approvals import Approvals, service_of
from adjudicator.model.case import Authorization
from adjudicator.model.decision import Verdict
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import AuthorizationList, AuthorizationRule, PolicySet
from tests.building import ALWAYS, CITE, SERVICE_DAY, a_case, a_claim, a_line, an_earlier_line, codes

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    """Office visits need prior authorization."""
    row = AuthorizationRule(
        id="visit",
        procedures=codes("99213"),
        when=None,
        referral=False,
        number_on_claim=False,
        notice_days=0,
        late_basis_points=0,
        pays_what_is_left=True,
        answer=Answer(
            "authorization/test#visit", Verdict.DENY, "authorization/test@2020-01-01", group="CO", carc="197"
        ),
    )
    version = AuthorizationList("authorization/test", ALWAYS, CITE, number_format="", rules=(row,))
    return msgspec.structs.replace(demo, authorization=(Document("authorization/test", "Visits", (version,)),))


@pytest.mark.parametrize(
    ("days_before", "visits", "left_thousandths"),
    [
        (0, 4, 3000),  # one visit used, three left for three days
        (0, 3, 2000),
        (2, 3, 0),  # the three days of the earlier line are three visits
        (2, 4, 1000),
    ],
)
def test_each_day_of_a_line_is_a_visit(
    policies: PolicySet, days_before: int, visits: int, left_thousandths: int
) -> None:
    approval = Authorization("A1", procedures=("99213",), span=ALWAYS, visits=visits)
    earlier = an_earlier_line(from_date=SERVICE_DAY - (days_before + 1) * DAY, through_date=SERVICE_DAY - DAY)
    line = a_line(through_date=SERVICE_DAY + 2 * DAY, quantity_thousandths=3000)
    case = a_case(a_claim(line), authorizations=(approval,), history=(earlier,))
    service = service_of(case, line, SERVICE_DAY, line.quantity_thousandths, referral=False)
    assert Approvals(case, policies, referral=False).left_thousandths(approval, service) == left_thousandths


def test_a_day_that_is_a_visit_already_is_no_further_one(policies: PolicySet) -> None:
    approval = Authorization("A1", procedures=("99213",), span=ALWAYS, visits=3)
    earlier = an_earlier_line(from_date=SERVICE_DAY, through_date=SERVICE_DAY + DAY)
    line = a_line(through_date=SERVICE_DAY + 2 * DAY, quantity_thousandths=3000)
    case = a_case(a_claim(line), authorizations=(approval,), history=(earlier,))
    approvals = Approvals(case, policies, referral=False)
    service = service_of(case, line, SERVICE_DAY, line.quantity_thousandths, referral=False)
    assert approvals.left_thousandths(approval, service) == 3000
    approvals.take(approval, service, 3000)
    assert approvals.used_visits(approval) == 3
