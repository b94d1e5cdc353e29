"""What is left of an approval, where examples beside the policies cannot say it."""

import datetime as dt

import pytest

from adjudicator.edits.approvals import Approvals, service_of
from adjudicator.model.case import Authorization
from tests.building import ALWAYS, SERVICE_DAY, a_case, a_claim, a_line, an_earlier_line

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("days_before", "visits", "left_thousandths"),
    [
        (0, 4, 3000),  # one visit used, three left for three days
        (0, 3, 2000),
        (2, 3, 0),  # the three days of the earlier line are three visits
        (2, 4, 1000),
    ],
)
def test_each_day_of_a_line_is_a_visit(days_before: int, visits: int, left_thousandths: int) -> None:
    approval = Authorization("A1", procedures=("99213",), span=ALWAYS, visits=visits)
    earlier = an_earlier_line(from_date=SERVICE_DAY - (days_before + 1) * DAY, through_date=SERVICE_DAY - DAY)
    line = a_line(through_date=SERVICE_DAY + 2 * DAY, quantity_thousandths=3000)
    case = a_case(a_claim(line), authorizations=(approval,), history=(earlier,))
    service = service_of(case, line, SERVICE_DAY, referral=False)
    assert Approvals(case, referral=False).left_thousandths(approval, service) == left_thousandths


def test_a_day_that_is_a_visit_already_is_no_further_one() -> None:
    approval = Authorization("A1", procedures=("99213",), span=ALWAYS, visits=3)
    earlier = an_earlier_line(from_date=SERVICE_DAY, through_date=SERVICE_DAY + DAY)
    line = a_line(through_date=SERVICE_DAY + 2 * DAY, quantity_thousandths=3000)
    case = a_case(a_claim(line), authorizations=(approval,), history=(earlier,))
    approvals = Approvals(case, referral=False)
    service = service_of(case, line, SERVICE_DAY, referral=False)
    assert approvals.left_thousandths(approval, service) == 3000
    approvals.take(approval, service, 3000)
    assert approvals.used_visits(approval) == 3
