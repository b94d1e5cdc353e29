"""Authorizations and referrals: both sides of every boundary, exact answers, and that no approval is ever over-used."""

import datetime as dt
from collections.abc import Iterable
from itertools import combinations
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import Authorization, HistoryLine, LineState
from adjudicator.model.claim import Claim, Line, Provider
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Verdict
from adjudicator.policy import conditions
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import AuthorizationList, AuthorizationRule, CriteriaPolicy, Criterion, PolicySet
from adjudicator.service.cases import history_lines
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    CITE,
    RENDERING,
    SERVICE_DAY,
    a_benefit,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)

DAY = dt.timedelta(days=1)
LAST_DAY = SERVICE_DAY + 4 * DAY
UNIT_CENTS = 1000
DRUG, WHOLE, SPEECH, NOTICE, PENALTY, THERAPY, BOTH = "J1030", "64483", "92507", "70551", "95810", "97165", "97161"
"""Paid as far as units are left; whole or not at all; a visit; two days' notice; 80 % when late; by referral; by both."""
FITS = Authorization(
    number="A1", procedures=(DRUG, WHOLE, SPEECH, NOTICE, PENALTY, BOTH), span=Span(SERVICE_DAY, LAST_DAY)
)
REFERRAL = Authorization(number="R1", procedures=(), span=Span(SERVICE_DAY, LAST_DAY), referral=True)


def a_row(procedure: str, carc: str = "197", **changes: Any) -> AuthorizationRule:
    """A row of the list: without an approval the line is denied with CO and this reason."""
    row = AuthorizationRule(
        id=f"row-{procedure}".lower(),
        procedures=codes(procedure),
        when=None,
        referral=False,
        number_on_claim=False,
        notice_days=0,
        late_basis_points=0,
        pays_what_is_left=True,
        answer=Answer(
            rule=f"authorization/worked#{procedure}",
            verdict=Verdict.DENY,
            policy="authorization/worked",
            group="CO",
            carc=carc,
        ),
    )
    return msgspec.structs.replace(row, **changes)


def a_list(name: str, *rows: AuthorizationRule) -> Document[AuthorizationList]:
    path = f"authorization/{name}"
    version = AuthorizationList(document=path, span=ALWAYS, cite=CITE, number_format="", rules=rows)
    return Document(path=path, title=name, versions=(version,))


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    """What is charged is allowed, nobody owes a share, and each procedure has the row that its name says."""
    return needing_approval(demo)


def needing_approval(demo: PolicySet) -> PolicySet:
    lists = (
        a_list(
            "worked",
            a_row(DRUG),
            a_row(WHOLE, pays_what_is_left=False),
            a_row(SPEECH),
            a_row(NOTICE, notice_days=2),
            a_row(PENALTY, late_basis_points=8000),
            a_row(BOTH),
        ),
        a_list("referrals", a_row(THERAPY, "288", referral=True), a_row(BOTH, "288", referral=True)),
    )
    return msgspec.structs.replace(worked_policies(demo, a_benefit("everything", ANY)), authorization=lists)


def a_service(
    procedure: str = DRUG, units: int = 1, number: int = 1, day: dt.date = SERVICE_DAY, **changes: Any
) -> Line:
    """A line of so many units, 10.00 each."""
    return a_line(
        number,
        **{
            "procedure": procedure,
            "quantity_thousandths": units * 1000,
            "charge_cents": units * UNIT_CENTS,
            "from_date": day,
            "through_date": day,
            **changes,
        },
    )


def used_before(
    units: int = 1, days_before: int = 0, procedure: str = DRUG, number: int = 1, **changes: Any
) -> HistoryLine:
    """A paid line of an earlier claim, counted from the end of the approval's days."""
    day = LAST_DAY - days_before * DAY
    return an_earlier_line(
        number, procedure=procedure, quantity_thousandths=units * 1000, from_date=day, through_date=day, **changes
    )


def decided(policies: PolicySet, claim: Claim | Line, *approvals: Authorization, **facts: Any) -> Decision:
    claim = a_claim(claim) if isinstance(claim, Line) else claim
    return adjudicate(a_case(claim, authorizations=approvals, **facts), policies)


def answer(decision: Decision, line: int = 1) -> tuple[dict[str, int], int]:
    """The adjustments of a line by reason in cents, and what the plan pays."""
    found = decision.line(line)
    reasons = {" ".join((f"{a.group}-{a.carc}", *a.remarks)): a.amount_cents for a in found.adjustments}
    return reasons, found.paid_cents


def approval(**changes: Any) -> Authorization:
    return msgspec.structs.replace(FITS, **changes)


PAID: tuple[dict[str, int], int] = ({}, UNIT_CENTS)


def denied(reason: str, cents: int = UNIT_CENTS) -> tuple[dict[str, int], int]:
    return {reason: cents}, 0


class TestDays:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (SERVICE_DAY - DAY, denied("CO-284")),
            (SERVICE_DAY, PAID),
            (LAST_DAY, PAID),
            (LAST_DAY + DAY, denied("CO-302")),
        ],
    )
    def test_an_approval_holds_from_its_first_day_through_its_last(
        self, policies: PolicySet, day: dt.date, expected: tuple[dict[str, int], int]
    ):
        claim = a_claim(a_service(day=day), authorization_numbers=("A1",))
        assert answer(decided(policies, claim, FITS)) == expected

    def test_an_approval_without_a_last_day_does_not_run_out(self, policies: PolicySet):
        line, open_ended = a_service(day=LAST_DAY + 300 * DAY), approval(span=Span(SERVICE_DAY))
        assert answer(decided(policies, line, open_ended, received_on=LAST_DAY + 301 * DAY)) == PAID

    @pytest.mark.parametrize(("through", "expected"), [(LAST_DAY, PAID), (LAST_DAY + DAY, denied("CO-302"))])
    def test_a_line_over_several_days_lies_within_it_to_its_own_last_day(
        self, policies: PolicySet, through: dt.date, expected: tuple[dict[str, int], int]
    ):
        claim = a_claim(a_service(day=LAST_DAY - DAY, through_date=through), authorization_numbers=("A1",))
        assert answer(decided(policies, claim, FITS)) == expected


class TestUnits:
    @pytest.mark.parametrize(
        ("used", "billed", "expected"),
        [
            (0, 3, ({}, 3000)),
            (0, 4, ({"CO-198": 1000}, 3000)),
            (2, 1, ({}, 1000)),
            (2, 2, ({"CO-198": 1000}, 1000)),
            (3, 1, denied("CO-198")),
        ],
    )
    def test_three_units_are_paid_and_not_one_more(
        self, policies: PolicySet, used: int, billed: int, expected: tuple[dict[str, int], int]
    ):
        history = (used_before(used),) if used else ()
        found = decided(policies, a_service(units=billed), approval(quantity_thousandths=3000), history=history)
        assert answer(found) == expected

    @pytest.mark.parametrize(("used", "expected"), [(1, ({}, 2000)), (2, denied("CO-198", 2000))])
    def test_a_row_that_pays_no_part_denies_the_whole_line(
        self, policies: PolicySet, used: int, expected: tuple[dict[str, int], int]
    ):
        history = (used_before(used, procedure=WHOLE),)
        line = a_service(WHOLE, units=2)
        assert answer(decided(policies, line, approval(quantity_thousandths=3000), history=history)) == expected

    def test_half_a_unit_that_is_left_is_paid(self, policies: PolicySet):
        approved = approval(quantity_thousandths=2500)
        found = decided(policies, a_service(units=2), approved, history=(used_before(1),))
        assert answer(found) == ({"CO-198": 500}, 1500)

    def test_lines_of_one_claim_share_what_is_left_by_day_then_by_number(self, policies: PolicySet):
        claim = a_claim(
            a_service(units=2, day=SERVICE_DAY + DAY), a_service(units=2, number=2), a_service(SPEECH, number=3)
        )
        found = decided(policies, claim, approval(quantity_thousandths=4000))
        assert [answer(found, line) for line in (1, 2, 3)] == [({"CO-198": 1000}, 1000), ({}, 2000), ({}, 1000)]

    def test_of_two_approvals_the_one_with_enough_left_is_used_and_neither_is_split(self, policies: PolicySet):
        small = approval(number="A0", span=Span(SERVICE_DAY, LAST_DAY - DAY), quantity_thousandths=1000)
        large = approval(quantity_thousandths=3000)
        claim = a_claim(a_service(units=3), a_service(units=2, number=2, day=SERVICE_DAY + DAY))
        found = decided(policies, claim, small, large)
        assert [answer(found, line) for line in (1, 2)] == [({}, 3000), ({"CO-198": 1000}, 1000)]

    def test_what_only_one_approval_covers_is_not_paid_out_of_it_twice(self, policies: PolicySet):
        # 2 units of the drug fit both, 3 of therapy the second only: those are its 3, so the drug has used the first
        first = approval(number="A1", procedures=(DRUG,), span=Span(SERVICE_DAY), quantity_thousandths=2000)
        second = approval(number="A2", procedures=(DRUG, SPEECH), quantity_thousandths=3000)
        history = (used_before(2, days_before=2, number=1), used_before(3, procedure=SPEECH, number=2))
        assert answer(decided(policies, a_service(units=2), first, second, history=history)) == denied("CO-198", 2000)
        assert answer(decided(policies, a_service(units=2), first, second, history=history[1:])) == ({}, 2000)

    def test_what_was_asked_for_late_is_not_taken_for_what_was_used(self, policies: PolicySet):
        late = approval(number="A0", span=Span(SERVICE_DAY, LAST_DAY), requested_on=LAST_DAY + DAY)
        in_time = approval(number="A1", span=Span(SERVICE_DAY), quantity_thousandths=1000)
        found = decided(policies, a_service(), late, in_time, history=(used_before(),))
        assert answer(found) == denied("CO-198")


class TestVisits:
    @pytest.mark.parametrize(("used", "expected"), [(0, PAID), (1, PAID), (2, denied("CO-198")), (3, denied("CO-198"))])
    def test_two_visits_are_paid_and_not_a_third(
        self, policies: PolicySet, used: int, expected: tuple[dict[str, int], int]
    ):
        history = tuple(used_before(days_before=n, procedure=SPEECH, number=n + 1) for n in range(used))
        assert answer(decided(policies, a_service(SPEECH), approval(visits=2), history=history)) == expected

    def test_a_second_service_of_a_day_is_no_second_visit(self, policies: PolicySet):
        claim = a_claim(
            a_service(SPEECH),
            a_service(DRUG, number=2),
            a_service(SPEECH, number=3, day=SERVICE_DAY + DAY),
        )
        found = decided(policies, claim, approval(visits=1))
        assert [answer(found, line) for line in (1, 2, 3)] == [PAID, PAID, denied("CO-198")]

    @pytest.mark.parametrize(("used", "expected"), [(0, PAID), (1, denied("CO-287"))])
    def test_the_visits_of_a_referral_have_their_own_reason(
        self, policies: PolicySet, used: int, expected: tuple[dict[str, int], int]
    ):
        history = tuple(used_before(procedure=THERAPY) for _ in range(used))
        referral = msgspec.structs.replace(REFERRAL, visits=1)
        assert answer(decided(policies, a_service(THERAPY), referral, history=history)) == expected


class TestWhoAndWhat:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"tax_id": ""}, PAID),
            ({"tax_id": BILLING.tax_id}, PAID),
            ({"tax_id": "999000002"}, denied("CO-296")),
            ({"rendering_npi": RENDERING.npi}, PAID),
            ({"rendering_npi": "1000000004"}, denied("CO-296")),
            ({"tax_id": BILLING.tax_id, "rendering_npi": "1000000004"}, denied("CO-296")),
            ({"procedures": (DRUG,)}, PAID),
            ({"procedures": (WHOLE,)}, denied("CO-284")),
        ],
    )
    def test_it_is_for_its_provider_its_practitioner_and_its_services(
        self, policies: PolicySet, changes: dict[str, Any], expected: tuple[dict[str, int], int]
    ):
        claim = a_claim(a_service(), authorization_numbers=("A1",))
        assert answer(decided(policies, claim, approval(**changes))) == expected

    def test_what_others_used_of_the_same_approval_counts_and_what_it_does_not_fit_does_not(self, policies: PolicySet):
        three = approval(quantity_thousandths=3000)
        elsewhere = used_before(3, billing_tax_id="999000002", rendering_npi="1000000004")
        assert answer(decided(policies, a_service(), three, history=(elsewhere,))) == denied("CO-198")
        own = approval(quantity_thousandths=3000, tax_id=BILLING.tax_id)
        assert answer(decided(policies, a_service(), own, history=(elsewhere,))) == PAID

    def test_a_request_that_was_denied_approves_nothing_unless_it_was_approved_after_all(self, policies: PolicySet):
        refused = approval(denied=True)
        assert answer(decided(policies, a_service(), refused)) == denied("CO-39 N758")
        assert answer(decided(policies, a_service(), refused, approval(number="A2"))) == PAID

    def test_the_days_of_a_refusal_count_like_those_of_an_approval(self, policies: PolicySet):
        refused = approval(denied=True)
        assert answer(decided(policies, a_service(day=LAST_DAY), refused)) == denied("CO-39 N758")
        assert answer(decided(policies, a_service(day=LAST_DAY + DAY), refused)) == denied("CO-197")


class TestLate:
    @pytest.mark.parametrize(
        ("procedure", "days_after", "expected"),
        [
            (DRUG, 0, PAID),
            (DRUG, 1, denied("CO-210")),
            (NOTICE, 2, PAID),
            (NOTICE, 3, denied("CO-210")),
            (PENALTY, 0, PAID),
            (PENALTY, 1, ({"CO-95 N719": 200}, 800)),
        ],
    )
    def test_it_is_asked_for_by_the_last_day_of_notice(
        self, policies: PolicySet, procedure: str, days_after: int, expected: tuple[dict[str, int], int]
    ):
        asked = approval(requested_on=SERVICE_DAY + days_after * DAY)
        assert answer(decided(policies, a_service(procedure), asked)) == expected

    @pytest.mark.parametrize(("days_after", "expected"), [(0, PAID), (1, denied("CO-288"))])
    def test_a_late_referral_is_none(self, policies: PolicySet, days_after: int, expected: tuple[dict[str, int], int]):
        referral = msgspec.structs.replace(REFERRAL, requested_on=SERVICE_DAY + days_after * DAY)
        assert answer(decided(policies, a_service(THERAPY), referral)) == expected

    @pytest.mark.parametrize("procedure", [DRUG, PENALTY])
    def test_an_exception_that_the_claim_gives_is_looked_at_first(self, policies: PolicySet, procedure: str):
        late, claim = approval(requested_on=LAST_DAY), a_claim(a_service(procedure), authorization_exception="3")
        found = decided(policies, claim, late)
        assert [(finding.rule, finding.verdict) for finding in found.findings] == [
            ("authorization.exception", Verdict.PEND)
        ]
        assert "was asked for on" in found.findings[0].because
        assert answer(decided(policies, claim, FITS)) == PAID

    def test_an_exception_is_none_for_a_late_referral(self, policies: PolicySet):
        referral = msgspec.structs.replace(REFERRAL, requested_on=LAST_DAY)
        claim = a_claim(a_service(THERAPY), authorization_exception="3")
        assert answer(decided(policies, claim, referral)) == denied("CO-288")

    def test_another_that_was_asked_for_in_time_is_used_instead(self, policies: PolicySet):
        late = approval(number="A0", span=Span(SERVICE_DAY, LAST_DAY - DAY), requested_on=LAST_DAY)
        assert answer(decided(policies, a_service(), late, FITS)) == PAID


class TestKinds:
    def test_a_referral_is_no_authorization_and_an_authorization_no_referral(self, policies: PolicySet):
        everything = approval(procedures=(*FITS.procedures, THERAPY))
        assert answer(decided(policies, a_service(DRUG), REFERRAL)) == denied("CO-197")
        assert answer(decided(policies, a_service(THERAPY), everything)) == denied("CO-288")

    def test_a_service_that_needs_both_is_paid_with_both_and_uses_each(self, policies: PolicySet):
        both = (approval(quantity_thousandths=1000), msgspec.structs.replace(REFERRAL, visits=1))
        assert answer(decided(policies, a_service(BOTH), both[0])) == denied("CO-288")
        assert answer(decided(policies, a_service(BOTH), both[1])) == denied("CO-197")
        assert answer(decided(policies, a_service(BOTH), *both)) == PAID
        spent = (used_before(procedure=BOTH),)
        found = decided(policies, a_service(BOTH), *both, history=spent)
        assert {finding.rule for finding in found.findings} == {"authorization.exceeded", "referral.exceeded"}


class TestWhatUsesNothing:
    @pytest.mark.parametrize("state", [LineState.DENIED, LineState.PENDED])
    def test_an_earlier_line_that_was_not_paid(self, policies: PolicySet, state: LineState):
        one = approval(quantity_thousandths=1000, visits=1)
        assert answer(decided(policies, a_service(), one, history=(used_before(state=state),))) == PAID

    def test_a_line_of_the_same_claim_that_is_denied_for_another_reason(self, policies: PolicySet):
        earlier = an_earlier_line(
            procedure=DRUG, from_date=SERVICE_DAY, through_date=SERVICE_DAY, charge_cents=UNIT_CENTS
        )
        claim = a_claim(a_service(), a_service(number=2, day=SERVICE_DAY + DAY))
        found = decided(policies, claim, approval(quantity_thousandths=2000), history=(earlier,))
        assert [answer(found, line) for line in (1, 2)] == [denied("OA-18"), PAID]

    def test_a_line_that_is_denied_for_going_beyond(self, policies: PolicySet):
        claim = a_claim(a_service(WHOLE, units=3), a_service(WHOLE, units=2, number=2, day=SERVICE_DAY + DAY))
        found = decided(policies, claim, approval(quantity_thousandths=2000))
        assert [answer(found, line) for line in (1, 2)] == [denied("CO-198", 3000), ({}, 2000)]

    def test_the_part_of_an_earlier_line_that_was_not_covered(self, policies: PolicySet):
        part = used_before(3, covered_quantity_thousandths=1000)
        assert answer(decided(policies, a_service(), approval(quantity_thousandths=2000), history=(part,))) == PAID

    def test_units_that_a_medical_policy_does_not_cover(self, policies: PolicySet):
        half = with_most_units(policies, 2)
        claim = a_claim(a_service(units=4), a_service(units=4, number=2, day=SERVICE_DAY + DAY))
        found = decided(half, claim, approval(quantity_thousandths=4000))
        assert [answer(found, line) for line in (1, 2)] == [({"CO-273": 2000}, 2000)] * 2
        found = decided(half, claim, approval(quantity_thousandths=3000))
        assert [answer(found, line) for line in (1, 2)] == [
            ({"CO-273": 2000}, 2000),
            ({"CO-273": 2000, "CO-198": 1000}, 1000),
        ]
        (told,) = [finding.because for finding in found.findings if finding.rule == "authorization.part-left"]
        assert told.endswith(
            "covers 3 units; 2 are used; line 2 bills 4, of which other rules leave 2; 1 of them left."
        )

    @pytest.mark.parametrize(
        ("approved", "expected"), [(2000, ({"CO-273": 2000}, 2000)), (1999, denied("CO-198", 4000))]
    )
    def test_units_that_a_medical_policy_does_not_cover_where_no_part_is_paid(
        self, policies: PolicySet, approved: int, expected: tuple[dict[str, int], int]
    ):
        found = decided(
            with_most_units(policies, 2), a_service(WHOLE, units=4), approval(quantity_thousandths=approved)
        )
        assert answer(found) == expected

    def test_a_paid_service_counts_that_a_row_asks_for_and_no_other(self, policies: PolicySet):
        referral = msgspec.structs.replace(REFERRAL, visits=2)
        laboratory = (
            used_before(procedure="83036", number=1),
            used_before(procedure=DRUG, days_before=1, number=2),
        )
        assert answer(decided(policies, a_service(THERAPY), referral, history=laboratory)) == PAID
        visits = (used_before(procedure=THERAPY, number=1), used_before(procedure=BOTH, days_before=1, number=2))
        assert answer(decided(policies, a_service(THERAPY), referral, history=visits)) == denied("CO-287")
        before_the_list = (*visits[:1], used_before(procedure=BOTH, days_before=2, number=2))
        older = msgspec.structs.replace(policies, authorization=tuple(map(from_the_third_day, policies.authorization)))
        assert answer(decided(older, a_service(THERAPY, day=LAST_DAY - DAY), referral, history=before_the_list)) == PAID

    def test_another_members_and_a_services_without_need_of_approval(self, policies: PolicySet):
        one = approval(quantity_thousandths=1000)
        assert answer(decided(policies, a_service(), one, history=(used_before(member_id="TEST0009"),))) == PAID
        assert answer(decided(policies, a_service(), one, history=(used_before(procedure="99213"),))) == PAID


def with_most_units(policies: PolicySet, units: int) -> PolicySet:
    """The policies with a medical policy that covers so many units of a line."""
    document = "coverage/worked"
    answer = Answer(
        rule=f"{document}#units",
        verdict=Verdict.REDUCE,
        policy=f"{document}@2020-01-01",
        group="CO",
        carc="273",
        covered_quantity_thousandths=units * 1000,
    )
    criterion = Criterion(id="units", when=None, require=conditions.units(None, units * 1000), answer=answer)
    version = CriteriaPolicy(document, ALWAYS, CITE, procedures=ANY, criteria=(criterion,))
    return msgspec.structs.replace(policies, coverage=(Document(document, "Units", (version,)),))


def from_the_third_day(document: Document[AuthorizationList]) -> Document[AuthorizationList]:
    """A list that is in force from the third day of the approvals only."""
    (version,) = document.versions
    later = msgspec.structs.replace(version, span=Span(SERVICE_DAY + 3 * DAY))
    return msgspec.structs.replace(document, versions=(later,))


class TestCareThatTheLawMayProtect:
    """Out of network in an emergency or at a facility: whether the law protects it is settled before approval is asked for."""

    @pytest.mark.parametrize(
        ("changes", "in_network", "rules"),
        [
            ({"emergency": True}, False, {"surprise-billing.emergency", "surprise-billing.billed-amount"}),
            ({"place_of_service": "22"}, False, {"surprise-billing.unsettled"}),
            ({}, False, {f"authorization/worked#{DRUG}"}),
            ({"emergency": True}, True, {f"authorization/worked#{DRUG}"}),
        ],
        ids=["an emergency", "a hospital", "an office", "an emergency in network"],
    )
    def test_it_is_not_denied_for_want_of_approval(
        self, policies: PolicySet, changes: dict[str, Any], in_network: bool, rules: set[str]
    ):
        facts: dict[str, Any] = {} if in_network else {"participations": ()}
        found = decided(policies, a_service(**changes), **facts)
        assert {finding.rule for finding in found.findings} == rules

    def test_nor_for_going_beyond_one(self, policies: PolicySet):
        spent = decided(
            policies,
            a_service(units=2, emergency=True),
            approval(quantity_thousandths=1000, requested_on=LAST_DAY),
            participations=(),
        )
        rules = {finding.rule for finding in spent.findings}
        assert rules == {"surprise-billing.emergency", "surprise-billing.billed-amount"}

    def test_the_other_lines_of_its_claim_are_asked_for_theirs(self, policies: PolicySet):
        claim = a_claim(a_service(emergency=True), a_service(number=2, day=SERVICE_DAY + DAY))
        found = decided(policies, claim, participations=())
        assert {(finding.rule, finding.line) for finding in found.findings} == {
            ("surprise-billing.emergency", 1),
            ("surprise-billing.billed-amount", 1),
            (f"authorization/worked#{DRUG}", 2),
        }


# Laws. Services fit some approvals and not others by procedure, day and practitioner; claims come in any order of days.

PRACTITIONERS = (RENDERING, Provider(npi="1000000004", name="OTHER", first_name="DOCTOR"))
SIDES = [f"F{n}" for n in range(1, 10)] + [f"T{n}" for n in range(1, 10)]
"""Modifiers that change no price; lines that differ by one are no suspected duplicates of each other."""
DAYS = [SERVICE_DAY + n * DAY for n in range(4)]


def approvals_named(*numbers: str) -> st.SearchStrategy[tuple[Authorization, ...]]:
    return st.tuples(
        *(
            st.builds(
                Authorization,
                number=st.just(number),
                procedures=st.sampled_from([(DRUG,), (SPEECH,), (DRUG, WHOLE, SPEECH)]),
                span=st.sampled_from([Span(DAYS[0], DAYS[3]), Span(DAYS[1], DAYS[2]), Span(DAYS[2])]),
                quantity_thousandths=st.sampled_from([None, 1000, 2500, 4000]),
                visits=st.sampled_from([None, 1, 2]),
                rendering_npi=st.sampled_from(["", RENDERING.npi]),
                denied=st.sampled_from([False, False, False, True]),
                requested_on=st.sampled_from([None, None, DAYS[1]]),
            )
            for number in numbers
        )
    )


services = st.builds(
    a_service,
    st.sampled_from([DRUG, WHOLE, SPEECH, "99213"]),
    st.integers(1, 3),
    day=st.sampled_from(DAYS),
    rendering=st.sampled_from(PRACTITIONERS),
    place_of_service=st.sampled_from(["11", "11", "11", "00"]),
    authorization_numbers=st.sampled_from([(), (), ("A1",), ("A2",), ("A9",)]),
)
claims = st.lists(services, min_size=1, max_size=3).map(
    lambda lines: a_claim(*(msgspec.structs.replace(line, number=n) for n, line in enumerate(lines, start=1)))
)


def one_after_another(
    policies: PolicySet, sent: Iterable[Claim], approvals: tuple[Authorization, ...]
) -> tuple[HistoryLine, ...]:
    """The history that is left when claims are decided one after another, each seeing those before it."""
    history: tuple[HistoryLine, ...] = ()
    marks = iter(SIDES)
    for number, claim in enumerate(sent, start=1):
        lines = tuple(msgspec.structs.replace(line, modifiers=(next(marks),)) for line in claim.lines)
        claim = msgspec.structs.replace(claim, lines=lines)
        case = a_case(claim, claim_id=f"C{number:015}", authorizations=approvals, history=history)
        history += history_lines(case, 1, adjudicate(case, policies))
    return history


def over_used(approvals: tuple[Authorization, ...], history: Iterable[HistoryLine]) -> list[tuple[str, ...]]:
    """The sets of approvals of which paid lines have used more than all of them together approve.

    Paid lines can each be given one approval that fits them, none beyond what it approves, only if no set is over-used.
    """
    paid = [line for line in history if line.state is LineState.PAID and line.procedure in (DRUG, WHOLE, SPEECH)]
    fitting = {
        (line.claim_id, line.line): {
            one.number
            for one in approvals
            if not one.denied
            and line.procedure in one.procedures
            and one.rendering_npi in ("", line.rendering_npi)
            and one.span.covers(line.from_date)
        }
        for line in paid
    }
    assert all(fitting.values())
    found = []
    for size in range(1, len(approvals) + 1):
        for group in combinations(approvals, size):
            names = {one.number for one in group}
            theirs = [line for line in paid if fitting[line.claim_id, line.line] <= names]
            units = [one.quantity_thousandths for one in group]
            visits = [one.visits for one in group]
            if None not in units and sum(line.counted_thousandths for line in theirs) > sum(filter(None, units)):
                found.append(("units", *sorted(names)))
            if None not in visits and len({line.from_date for line in theirs}) > sum(filter(None, visits)):
                found.append(("visits", *sorted(names)))
    return found


@given(sent=st.lists(claims, min_size=1, max_size=4), approvals=approvals_named("A1"))
def test_no_approval_is_ever_over_used_whatever_the_order_of_claims(
    demo: PolicySet, sent: list[Claim], approvals: tuple[Authorization, ...]
):
    assert over_used(approvals, one_after_another(needing_approval(demo), sent, approvals)) == []


counted_services = st.builds(
    a_service,
    st.sampled_from([DRUG, SPEECH]),
    st.integers(1, 3),
    day=st.sampled_from(DAYS),
    rendering=st.just(RENDERING),
)
counted_approvals = st.builds(
    Authorization,
    number=st.just(""),
    procedures=st.sampled_from([(DRUG,), (SPEECH,), (DRUG, SPEECH)]),
    span=st.sampled_from([Span(DAYS[0]), Span(DAYS[0], DAYS[3]), Span(DAYS[2], DAYS[3])]),
    quantity_thousandths=st.sampled_from([2000, 3000, 4000]),
)


@given(
    sent=st.lists(counted_services, min_size=2, max_size=8),
    approvals=st.lists(counted_approvals, min_size=2, max_size=3),
)
def test_approvals_of_the_same_services_never_pay_more_units_together_than_they_approve(
    demo: PolicySet, sent: list[Line], approvals: list[Authorization]
):
    numbered = tuple(msgspec.structs.replace(one, number=f"A{n}") for n, one in enumerate(approvals, start=1))
    history = one_after_another(needing_approval(demo), map(a_claim, sent), numbered)
    assert over_used(numbered, history) == []


@given(
    sent=st.lists(claims, min_size=2, max_size=4),
    approvals=approvals_named("A1", "A2"),
    chance=st.randoms(use_true_random=False),
)
def test_what_was_denied_or_waits_uses_nothing_and_the_order_of_facts_changes_nothing(
    demo: PolicySet, sent: list[Claim], approvals: tuple[Authorization, ...], chance: Random
):
    policies = needing_approval(demo)
    history = one_after_another(policies, sent[:-1], approvals)
    last = tuple(msgspec.structs.replace(one, modifiers=(f"E{one.number}",)) for one in sent[-1].lines)
    case = a_case(msgspec.structs.replace(sent[-1], lines=last), authorizations=approvals, history=history)
    shuffled_approvals, shuffled_history = list(approvals), [one for one in history if one.state is LineState.PAID]
    chance.shuffle(shuffled_approvals)
    chance.shuffle(shuffled_history)
    other = msgspec.structs.replace(case, authorizations=tuple(shuffled_approvals), history=tuple(shuffled_history))
    assert adjudicate(other, policies) == adjudicate(case, policies)


@given(
    lines=st.lists(services, min_size=2, max_size=4, unique_by=lambda line: line.from_date),
    approvals=approvals_named("A1", "A2"),
)
def test_lines_of_different_days_are_paid_alike_wherever_they_stand_in_the_claim(
    demo: PolicySet, lines: list[Line], approvals: tuple[Authorization, ...]
):
    policies = needing_approval(demo)
    forward, backward = (
        decided(
            policies,
            a_claim(*(msgspec.structs.replace(one, number=n) for n, one in enumerate(order, start=1))),
            *approvals,
        )
        for order in (lines, lines[::-1])
    )
    assert forward.disposition is backward.disposition
    if forward.disposition.is_final:
        count = len(lines)
        assert [answer(forward, n) for n in range(1, count + 1)] == [answer(backward, n) for n in range(count, 0, -1)]
