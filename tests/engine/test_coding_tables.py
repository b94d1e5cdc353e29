"""A coding table that is bound and has no version for a line's date never lets the line pass unseen."""

import datetime as dt

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.claim import ClaimType
from adjudicator.model.dates import Span
from adjudicator.model.decision import Audience, Disposition, Verdict
from adjudicator.policy.coding_tables import CodingTable, Setting, UnitLimits
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.building import SERVICE_DAY, a_case, a_claim, a_line, worked_policies

DAY_BEFORE = SERVICE_DAY - dt.timedelta(days=1)


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo)


def binding(policies: PolicySet, lists: str, ends: dt.date | None, previous_allowed: bool = False) -> PolicySet:
    limits = UnitLimits.of([], document=f"tables/{lists}", span=Span(dt.date(2026, 1, 1), ends))
    table = CodingTable(Document(f"tables/{lists}", "A test's own", (limits,)), previous_allowed)
    return msgspec.structs.replace(policies, coding_tables={lists: table})


def test_a_payer_that_binds_no_coding_tables_is_asked_nothing(policies: PolicySet):
    decision = adjudicate(a_case(), msgspec.structs.replace(policies, coding_tables={}))
    assert decision.disposition is Disposition.PAID
    assert not [finding for finding in decision.findings if finding.rule.startswith("coding-table")]


def test_the_last_day_of_a_version_is_covered_and_the_next_waits_and_names_table_and_day(policies: PolicySet):
    last = binding(policies, "unit-limits-practitioner", SERVICE_DAY)
    assert adjudicate(a_case(), last).disposition is Disposition.PAID
    over = binding(policies, "unit-limits-practitioner", DAY_BEFORE)
    decision = adjudicate(a_case(), over)
    assert decision.disposition is Disposition.PENDED
    (finding,) = (finding for finding in decision.findings if finding.rule == "coding-table.missing")
    assert (finding.verdict, finding.queue, finding.line) == (Verdict.PEND, "system", 1)
    assert finding.because == "Table tables/unit-limits-practitioner has no version for 2026-03-02, the date of line 1."
    assert over.coding_on(SERVICE_DAY).unit_limits.get(Setting.PRACTITIONER) is None


def test_only_the_lines_of_the_missing_period_are_named(policies: PolicySet):
    claim = a_claim(a_line(1, from_date=DAY_BEFORE, through_date=DAY_BEFORE), a_line(2))
    decision = adjudicate(a_case(claim), binding(policies, "unit-limits-practitioner", DAY_BEFORE))
    assert [finding.line for finding in decision.findings if finding.rule == "coding-table.missing"] == [2]


def test_where_the_previous_version_may_stand_in_the_line_is_decided_and_marked_for_us(policies: PolicySet):
    stood_in = binding(policies, "unit-limits-practitioner", DAY_BEFORE, previous_allowed=True)
    decision = adjudicate(a_case(), stood_in)
    assert decision.disposition is Disposition.PAID
    (finding,) = (finding for finding in decision.findings if finding.rule == "coding-table.previous")
    assert (finding.verdict, finding.audience, finding.line) == (Verdict.INFORM, Audience.INTERNAL, 1)
    assert stood_in.coding_on(SERVICE_DAY).unit_limits.get(Setting.PRACTITIONER) is not None


def test_the_tables_of_another_setting_hold_no_line(policies: PolicySet):
    hospitals = binding(policies, "unit-limits-outpatient", DAY_BEFORE)
    assert adjudicate(a_case(), hospitals).disposition is Disposition.PAID
    suppliers = binding(policies, "unit-limits-supplier", DAY_BEFORE)
    decision = adjudicate(a_case(a_claim(claim_type=ClaimType.INSTITUTIONAL)), suppliers)
    assert "coding-table.missing" not in {finding.rule for finding in decision.findings}
