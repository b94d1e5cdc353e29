"""Which approval a line uses, what is left of each, and what is told where none fits."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import Authorization, Case, LineState
from adjudicator.model.dates import Span
from adjudicator.model.decision import Verdict
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import AuthorizationList, AuthorizationRule, PolicySet
from tests.building import (
    ALWAYS,
    BILLING,
    CITE,
    RENDERING,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)

DAY = dt.timedelta(days=1)
ROW = "authorization/test#visit"
MINE, THEIRS = BILLING.tax_id, "999000009"
NEEDS = "Procedure 99213 of line 1 needs prior authorization on 2026-03-02; "
NONE = f"{NEEDS}the claim names none (REF*G1), and none is on file."


def row(**changes: Any) -> AuthorizationRule:
    rule = AuthorizationRule(
        id="visit",
        procedures=codes("99213"),
        when=None,
        referral=False,
        number_on_claim=False,
        notice_days=0,
        late_basis_points=0,
        pays_what_is_left=True,
        answer=Answer(ROW, Verdict.DENY, "authorization/test@2020-01-01", group="CO", carc="197"),
    )
    return msgspec.structs.replace(rule, **changes)


def asking(demo: PolicySet, *rows: AuthorizationRule, number_format: str = "") -> PolicySet:
    """The worked example with one authorization list."""
    version = AuthorizationList("authorization/test", ALWAYS, CITE, number_format=number_format, rules=rows or (row(),))
    listed = Document("authorization/test", "A test's own", (version,))
    return msgspec.structs.replace(worked_policies(demo), authorization=(listed,))


def approval(number: str = "A1", **changes: Any) -> Authorization:
    """An approval of visits for this provider, without end."""
    granted = Authorization(number=number, procedures=("99213",), span=ALWAYS, tax_id=MINE)
    return msgspec.structs.replace(granted, **changes)


def with_approvals(*approvals: Authorization, history: tuple = (), **line: Any) -> Case:
    return a_case(a_claim(a_line(**line)), authorizations=approvals, history=history)


def told(case: Case, policies: PolicySet) -> dict[tuple[str, int], str]:
    return {(finding.rule, finding.line): finding.because for finding in adjudicate(case, policies).findings}


def visits(count: int) -> tuple:
    """So many earlier visits, a day apart, the last one the day before."""
    days = [SERVICE_DAY - back * DAY for back in range(1, count + 1)]
    return tuple(an_earlier_line(n, from_date=day, through_date=day) for n, day in enumerate(days))


@pytest.mark.parametrize(
    ("used", "ordinal"),
    [
        (1, "2nd"),
        (2, "3rd"),
        (3, "4th"),
        (9, "10th"),
        (10, "11th"),
        (11, "12th"),
        (12, "13th"),
        (13, "14th"),
        (20, "21st"),
        (21, "22nd"),
        (22, "23rd"),
        (100, "101st"),
        (110, "111th"),
    ],
)
def test_the_visit_beyond_an_approval_is_counted(demo: PolicySet, used: int, ordinal: str):
    covers, are = ("1 visit", "1 is") if used == 1 else (f"{used} visits", f"{used} are")
    policies = asking(demo)
    assert told(with_approvals(approval(visits=used), history=visits(used)), policies) == {
        ("authorization.exceeded", 1): (
            f"Authorization A1 covers {covers}; {are} used; the visit of 2026-03-02 is the {ordinal}."
        )
    }
    assert told(with_approvals(approval(visits=used + 1), history=visits(used)), policies) == {}


@pytest.mark.parametrize(
    ("approved", "used", "billed", "sentence"),
    [
        (3000, 1000, 2000, None),
        (3000, 1001, 2000, "covers 3 units; 1.001 are used; line 1 bills 2; 1.999 of them left."),
        (1000, 1000, 1000, "covers 1 unit; 1 is used; line 1 bills 1."),
        (3000, 3000, 1000, "covers 3 units; 3 are used; line 1 bills 1."),
        (3000, 0, 3001, "covers 3 units; 0 are used; line 1 bills 3.001; 3 of them left."),
        (0, 0, 1000, "covers 0 units; 0 are used; line 1 bills 1."),
    ],
)
def test_units_beyond_an_approval_are_counted_exactly(
    demo: PolicySet, approved: int, used: int, billed: int, sentence: str | None
):
    history = (an_earlier_line(quantity_thousandths=used),) if used else ()
    case = with_approvals(approval(quantity_thousandths=approved), history=history, quantity_thousandths=billed)
    sentences = told(case, asking(demo))
    sentences.pop(("units.fractional", 1), None)
    rule = "authorization.part-left" if sentence and "left" in sentence else "authorization.exceeded"
    assert sentences == ({(rule, 1): f"Authorization A1 {sentence}"} if sentence else {})


WITHOUT_NUMBER = f"{NEEDS}authorization X1 (REF*G1) is not on file for this patient."
NOTHING_FITS: dict[str, tuple[Case, dict[tuple[str, int], str]]] = {
    "none": (with_approvals(), {(ROW, 1): NONE}),
    "an unknown number": (with_approvals(authorization_numbers=("X1",)), {(ROW, 1): WITHOUT_NUMBER}),
    "an unknown number beside the provider's own, run out": (
        with_approvals(approval(span=Span(ALWAYS.effective, SERVICE_DAY - DAY)), authorization_numbers=("X1",)),
        {(ROW, 1): WITHOUT_NUMBER},
    ),
    "the provider's own, refused": (
        with_approvals(approval(denied=True)),
        {("authorization.refused", 1): f"{NEEDS}the request for it was denied (authorization A1)."},
    ),
    "anybody's, refused": (
        with_approvals(approval(denied=True, tax_id="")),
        {("authorization.refused", 1): f"{NEEDS}the request for it was denied (the authorization on file)."},
    ),
    "another's, refused and named": (
        with_approvals(approval(denied=True, tax_id=THEIRS), authorization_numbers=("A1",)),
        {("authorization.refused", 1): f"{NEEDS}the request for it was denied (authorization A1 (REF*G1))."},
    ),
    "another's, refused and not named": (with_approvals(approval(denied=True, tax_id=THEIRS)), {(ROW, 1): NONE}),
    "for another service, refused": (with_approvals(approval(denied=True, procedures=("99214",))), {(ROW, 1): NONE}),
    "refused for later days": (with_approvals(approval(denied=True, span=Span(SERVICE_DAY + DAY))), {(ROW, 1): NONE}),
    "refused for earlier days": (
        with_approvals(approval(denied=True, span=Span(ALWAYS.effective, SERVICE_DAY - DAY))),
        {(ROW, 1): NONE},
    ),
    "another's": (with_approvals(approval(tax_id=THEIRS)), {(ROW, 1): NONE}),
    "another practitioner's of the provider": (
        with_approvals(approval(rendering_npi="1000000004")),
        {("authorization.other-provider", 1): f"{NEEDS}authorization A1 was given to another practitioner."},
    ),
    "another's, named": (
        with_approvals(approval(tax_id=THEIRS), authorization_numbers=("A1",)),
        {("authorization.other-provider", 1): f"{NEEDS}authorization A1 (REF*G1) was given to another provider."},
    ),
    "for two other services, named": (
        with_approvals(approval(procedures=("99214", "99215")), authorization_numbers=("A1",)),
        {("authorization.other-service", 1): f"{NEEDS}authorization A1 (REF*G1) is for 99214, 99215."},
    ),
    "from the next day, named": (
        with_approvals(approval(span=Span(SERVICE_DAY + DAY)), authorization_numbers=("A1",)),
        {("authorization.other-service", 1): f"{NEEDS}authorization A1 (REF*G1) holds from 2026-03-03."},
    ),
    "from the next day, not named": (with_approvals(approval(span=Span(SERVICE_DAY + DAY))), {(ROW, 1): NONE}),
    "two of the provider's own that have run out": (
        with_approvals(
            approval("A2", span=Span(ALWAYS.effective, SERVICE_DAY - DAY)),
            approval("A1", span=Span(ALWAYS.effective, SERVICE_DAY - 2 * DAY)),
        ),
        {("authorization.expired", 1): f"{NEEDS}authorization A2 holds from 2020-01-01 through 2026-03-01."},
    ),
    "the day before the last day of the service": (
        with_approvals(approval(span=Span(ALWAYS.effective, SERVICE_DAY)), through_date=SERVICE_DAY + DAY),
        {("authorization.expired", 1): f"{NEEDS}authorization A1 holds from 2020-01-01 through 2026-03-02."},
    ),
    "on the last day of the service": (
        with_approvals(approval(span=Span(SERVICE_DAY, SERVICE_DAY + DAY)), through_date=SERVICE_DAY + DAY),
        {},
    ),
    "a claim's number where the line gives none": (
        a_case(
            a_claim(authorization_numbers=("A1",)),
            authorizations=(approval(tax_id=THEIRS),),
        ),
        {("authorization.other-provider", 1): f"{NEEDS}authorization A1 (REF*G1) was given to another provider."},
    ),
    "a line's number before the claim's": (
        a_case(
            a_claim(a_line(authorization_numbers=("X1",)), authorization_numbers=("A1",)),
            authorizations=(approval(tax_id=THEIRS),),
        ),
        {(ROW, 1): WITHOUT_NUMBER},
    ),
    "an exception": (
        a_case(a_claim(authorization_exception="3")),
        {
            ("authorization.exception", 1): (
                "Procedure 99213 of line 1 needs prior authorization; the claim gives exception 3 (REF*4N)."
            )
        },
    ),
    "a service that needs none": (with_approvals(procedure="99214"), {}),
}


@pytest.mark.parametrize("name", NOTHING_FITS)
def test_what_is_wrong_with_the_approval_that_was_meant_is_told(demo: PolicySet, name: str):
    case, sentences = NOTHING_FITS[name]
    assert told(case, asking(demo)) == sentences


def test_an_undated_line_needs_no_approval_before_its_day_is_known(demo: PolicySet):
    case = with_approvals(approval(visits=1), from_date=None, through_date=None)
    assert set(told(case, asking(demo))) == {("service-date.missing", 1)}


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("AB-1", True),
        ("AB-9", True),
        ("AB-X", False),
        ("A1-1", False),
        ("ab-1", False),
        ("AB+1", False),
        ("AB-12", False),
        ("XAB-1", False),
    ],
)
def test_a_number_has_the_form_of_the_list(demo: PolicySet, number: str, fits: bool):
    found = told(with_approvals(authorization_numbers=(number,)), asking(demo, number_format="@@-#"))
    assert set(found) == {(ROW if fits else "authorization.number-format", 1)}


@pytest.mark.parametrize(
    ("notice_days", "days_after", "late"), [(0, 0, False), (0, 1, True), (2, 2, False), (2, 3, True)]
)
def test_an_approval_is_late_once_the_notice_has_run_out(
    demo: PolicySet, notice_days: int, days_after: int, late: bool
):
    asked_on, last_day = SERVICE_DAY + days_after * DAY, SERVICE_DAY + notice_days * DAY
    case = with_approvals(approval(requested_on=asked_on))
    because = f"Authorization A1 was asked for on {asked_on}; for a service of 2026-03-02 it had to be asked for by {last_day}"
    found = told(case, asking(demo, row(notice_days=notice_days)))
    assert found == ({("authorization.late", 1): f"{because}."} if late else {})
    in_part = told(case, asking(demo, row(notice_days=notice_days, late_basis_points=8250)))
    part = f"{because}; 82.5 % of the allowed amount is covered."
    assert in_part == ({("authorization.late-penalty", 1): part} if late else {})


def test_a_number_has_to_stand_on_the_claim_where_the_list_says_so(demo: PolicySet):
    policies = asking(demo, row(number_on_claim=True))
    assert told(with_approvals(approval(), authorization_numbers=("A1",)), policies) == {}
    assert told(with_approvals(approval(), authorization_numbers=("X1",)), policies) == {}
    assert told(with_approvals(approval()), policies) == {
        ("authorization.number-missing", 1): (
            "Procedure 99213 of line 1 is authorized, but the claim does not give the authorization's number (REF*G1)."
        )
    }


def test_of_several_rows_the_first_of_each_kind_asks(demo: PolicySet):
    second = row(id="again", answer=msgspec.structs.replace(row().answer, rule="authorization/other#visit"))
    referral = row(id="referral", referral=True)
    policies = asking(demo, row())
    lists = tuple(
        Document(
            "authorization/test",
            "A test's own",
            (AuthorizationList(path, ALWAYS, CITE, number_format="", rules=(one,)),),
        )
        for path, one in (("authorization/a", row()), ("authorization/b", second), ("authorization/c", referral))
    )
    found = told(with_approvals(), msgspec.structs.replace(policies, authorization=lists[:2]))
    assert found == {(ROW, 1): NONE}
    granted = with_approvals(approval())
    assert told(granted, msgspec.structs.replace(policies, authorization=lists)) == {
        (ROW, 1): (
            "Procedure 99213 of line 1 needs a referral on 2026-03-02; the claim names none (REF*9F), and none is on file."
        )
    }


EARLY, LATE = Span(ALWAYS.effective, SERVICE_DAY), Span(ALWAYS.effective, SERVICE_DAY + DAY)


@pytest.mark.parametrize(
    ("lines", "approvals", "history", "denied"),
    [
        # the first line names A2, which leaves A1 for the second
        (({"authorization_numbers": ("A2",)}, {}), (("A1", EARLY, 1), ("A2", LATE, 1)), (), False),
        # the second line names A2, which the first has not used: A1 ends first
        (({}, {"authorization_numbers": ("A2",)}), (("A1", EARLY, 1), ("A2", LATE, 1)), (), False),
        # both name A2, and what is beyond it uses A1
        (
            ({"authorization_numbers": ("A2",)}, {"authorization_numbers": ("A2",)}),
            (("A1", EARLY, 1), ("A2", LATE, 1)),
            (),
            False,
        ),
        # an earlier visit of the day before used A1, and another A2
        (({}, {}), (("A1", EARLY, 1), ("A2", LATE, 1)), (1,), True),
        # two earlier services of one day are one visit
        (({}, {}), (("A1", EARLY, 3),), (1, 1), False),
        (({}, {}), (("A1", EARLY, 2),), (), False),
        (({}, {}), (("A1", EARLY, 1),), (), True),
        (({}, {}), (("A1", EARLY, 2),), (1,), True),
        (({}, {}), (("A1", EARLY, 3),), (1,), False),
    ],
)
def test_each_visit_uses_one_approval(
    demo: PolicySet, lines: tuple, approvals: tuple, history: tuple[int, ...], denied: bool
):
    # line 1 of the day before, line 2 of the service day; history so many days before line 1
    first = SERVICE_DAY - DAY
    claim = a_claim(
        a_line(1, from_date=first, through_date=first, **lines[0]),
        a_line(2, **lines[1]),
    )
    earlier = tuple(
        an_earlier_line(n, line=n, from_date=first - back * DAY, through_date=first - back * DAY)
        for n, back in enumerate(history, start=1)
    )
    granted = tuple(approval(number, span=span, visits=count) for number, span, count in approvals)
    case = a_case(claim, authorizations=granted, history=earlier)
    assert (("authorization.exceeded", 2) in told(case, asking(demo))) is denied


def test_an_approval_with_enough_left_for_the_whole_line_is_used_before_one_with_less(demo: PolicySet):
    two = approval("A1", quantity_thousandths=1000, span=EARLY), approval("A2", quantity_thousandths=2000, span=LATE)
    assert told(with_approvals(*two, quantity_thousandths=2000), asking(demo)) == {}
    three = told(with_approvals(*two, quantity_thousandths=3000), asking(demo))
    assert three == {
        ("authorization.part-left", 1): "Authorization A1 covers 1 unit; 0 are used; line 1 bills 3; 1 of them left."
    }


def test_a_second_service_of_a_day_stays_with_the_approval_that_counts_that_day(demo: PolicySet):
    # Both lines are one visit, which A2 counts as line 1 names it; so A1 keeps its only visit for the next day.
    later = SERVICE_DAY + DAY
    claim = a_claim(
        a_line(1, authorization_numbers=("A2",)),
        a_line(2, charge_cents=1000, modifiers=("76",)),
        a_line(3, from_date=later, through_date=later),
    )
    granted = (approval("A1", span=LATE, visits=1), approval("A2", visits=1))
    assert ("authorization.exceeded", 3) not in told(a_case(claim, authorizations=granted), asking(demo))


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"state": LineState.DENIED}, False),
        ({"state": LineState.PENDED}, False),
        ({"member_id": "TEST0002"}, False),
        ({"claim_id": "CTEST00000000001"}, False),
        ({"procedure": "99214"}, False),
        ({"billing_tax_id": THEIRS}, False),
        ({"rendering_npi": "1000000004"}, False),
        ({"from_date": dt.date(2019, 12, 31)}, False),
    ],
)
def test_which_earlier_visits_use_an_approval(demo: PolicySet, changes: dict[str, Any], counts: bool):
    history = (an_earlier_line(**changes),)
    case = with_approvals(approval(visits=1, rendering_npi=RENDERING.npi), history=history)
    assert (("authorization.exceeded", 1) in told(case, asking(demo))) is counts
    units = with_approvals(approval(quantity_thousandths=1000, rendering_npi=RENDERING.npi), history=history)
    assert (("authorization.exceeded", 1) in told(units, asking(demo))) is counts


@pytest.mark.parametrize("referral", [False, True])
@pytest.mark.parametrize(("named", "denied"), [((), False), (("A1",), False), (("A2",), True)])
def test_an_earlier_visit_used_the_approval_that_it_named(
    demo: PolicySet, referral: bool, named: tuple[str, ...], denied: bool
):
    # A1 ends first and no longer holds on the service day; A2 covers one visit.
    granted = (
        approval("A1", span=Span(ALWAYS.effective, SERVICE_DAY - DAY), visits=1, referral=referral),
        approval("A2", visits=1, referral=referral),
    )
    numbers, others = "referral_numbers", "authorization_numbers"
    if not referral:
        numbers, others = others, numbers
    names: dict[str, Any] = {numbers: named, others: ("A2", "A1")}
    history = (an_earlier_line(**names),)
    rule = "referral.exceeded" if referral else "authorization.exceeded"
    found = told(with_approvals(*granted, history=history), asking(demo, row(referral=referral)))
    assert ((rule, 1) in found) is denied


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [(Verdict.DENY, "authorization.refused"), (Verdict.PEND, ROW), (Verdict.INFORM, ROW)],
)
def test_a_row_that_only_asks_or_observes_answers_itself(demo: PolicySet, verdict: Verdict, rule: str):
    answer = msgspec.structs.replace(row().answer, verdict=verdict)
    policies = asking(demo, row(answer=answer))
    assert set(told(with_approvals(approval(denied=True)), policies)) == {(rule, 1)}
    excepted = a_case(a_claim(authorization_exception="3"))
    expected = ROW if verdict is Verdict.INFORM else "authorization.exception"
    assert set(told(excepted, policies)) == {(expected, 1)}


def test_of_more_units_than_are_left_nothing_is_paid_where_the_list_says_so(demo: PolicySet):
    policies = asking(demo, row(pays_what_is_left=False))
    case = with_approvals(approval(quantity_thousandths=1000), quantity_thousandths=2000)
    assert told(case, policies) == {
        ("authorization.exceeded", 1): "Authorization A1 covers 1 unit; 0 are used; line 1 bills 2."
    }
