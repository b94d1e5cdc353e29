"""What still stands of a claim's lines after some findings."""

from adjudicator.model.decision import WHOLE_CLAIM, Finding, Verdict
from adjudicator.model.standing import Standing, billed, left_after
from tests.building import a_claim, a_line

CLAIM = a_claim(a_line(1, quantity_thousandths=4000), a_line(2))


def left(*findings: Finding) -> Standing:
    return left_after(billed(CLAIM), findings)


def finding(verdict: Verdict, line: int, units: int | None = None) -> Finding:
    return Finding("test", verdict, "", line=line, covered_quantity_thousandths=units)


def test_everything_stands_before_anything_is_found_and_after_what_only_informs_or_waits():
    assert left() == {1: 4000, 2: 1000}
    assert (
        left(finding(Verdict.INFORM, 1, 1000), finding(Verdict.PEND, 2), finding(Verdict.PEND, WHOLE_CLAIM)) == left()
    )


def test_a_denied_line_stands_no_longer_and_of_a_denied_claim_none():
    assert left(finding(Verdict.DENY, 2), finding(Verdict.REDUCE, 2, 500), finding(Verdict.DENY, 2)) == {1: 4000}
    assert left(finding(Verdict.DENY, WHOLE_CLAIM)) == {}


def test_of_a_cut_line_the_least_that_any_cut_leaves_stands():
    assert left(finding(Verdict.REDUCE, 1, 2000), finding(Verdict.REDUCE, 1, 3000)) == {1: 2000, 2: 1000}
    assert left(finding(Verdict.REDUCE, 1)) == left()
    assert left(finding(Verdict.REDUCE, 2, 2000)) == left()
