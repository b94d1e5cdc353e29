"""Reading claims: everybody sees what is theirs, page by page."""

import datetime as dt

import pytest

from adjudicator.model.decision import Disposition
from adjudicator.model.principal import BillingGrant, Principal, Role
from adjudicator.service.claims import ClaimFilter, ClaimRecord, Submission
from adjudicator.service.errors import InvalidRequest, NotFound
from adjudicator.service.pages import next_page_token
from tests.building import BILLING, MEMBER
from tests.service.desk import (
    OPERATOR,
    OTHER_BILLING,
    OTHER_PROVIDER,
    PROVIDER,
    REVIEWER,
    SPOUSE,
    TODAY,
    Desk,
    a_heart_study,
    a_visit,
)

ALL = ClaimFilter()


@pytest.fixture
def seen(desk: Desk) -> list[ClaimRecord]:
    """Three claims of one billing provider, one of them waiting, and one of another provider."""
    return desk.submit(
        a_visit(patient_control_number="PCN-A"),
        a_heart_study(SPOUSE),
        a_visit(billing=OTHER_BILLING, day=dt.date(2026, 3, 5)),
        a_visit(SPOUSE, total_charge_cents=1),
    )


class TestWhoSeesWhat:
    def test_a_provider_sees_the_claims_of_its_billing_providers_whoever_sent_them(
        self, desk: Desk, seen: list[ClaimRecord]
    ) -> None:
        assert desk.claims.get(PROVIDER, seen[0].claim_id) == seen[0]
        assert [record.claim_id for record in desk.claims.list(PROVIDER, ALL)[0]] == [
            seen[index].claim_id for index in (3, 1, 0)
        ]

    def test_a_claim_of_another_provider_looks_like_none(self, desk: Desk, seen: list[ClaimRecord]) -> None:
        with pytest.raises(NotFound) as others:
            desk.claims.get(OTHER_PROVIDER, seen[0].claim_id)
        with pytest.raises(NotFound) as nobodys:
            desk.claims.get(OTHER_PROVIDER, "CAAAAAAAAAAAAAAA")
        assert others.value.message == nobodys.value.message
        assert [record.claim_id for record in desk.claims.list(OTHER_PROVIDER, ALL)[0]] == [seen[2].claim_id]

    def test_the_tax_id_of_one_and_the_npi_of_the_other_open_nothing(self, desk: Desk, seen: list[ClaimRecord]) -> None:
        mixed = frozenset(
            {BillingGrant(BILLING.tax_id, OTHER_BILLING.npi), BillingGrant(OTHER_BILLING.tax_id, BILLING.npi)}
        )
        thief = Principal(name="thief", role=Role.PROVIDER, submitter="thief", billing=mixed)
        assert desk.claims.list(thief, ALL) == ([], "")
        with pytest.raises(NotFound):
            desk.claims.get(thief, seen[0].claim_id)

    def test_a_provider_without_grants_sees_nothing(self, desk: Desk, seen: list[ClaimRecord]) -> None:
        nobody = Principal(name="nobody", role=Role.PROVIDER, submitter="nobody")
        assert desk.claims.list(nobody, ALL) == ([], "")

    @pytest.mark.parametrize("principal", [REVIEWER, OPERATOR])
    def test_the_payer_sees_all(self, desk: Desk, seen: list[ClaimRecord], principal: Principal) -> None:
        assert len(desk.claims.list(principal, ALL)[0]) == 4
        assert desk.claims.get(principal, seen[2].claim_id) == seen[2]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ClaimFilter(patient_control_number="PCN-A"), [0]),
        (ClaimFilter(patient_control_number="PCN-B"), []),
        (ClaimFilter(member_id=MEMBER.member_id), [2, 0]),
        (ClaimFilter(billing_npi=OTHER_BILLING.npi), [2]),
        (ClaimFilter(dispositions=(Disposition.PENDED, Disposition.REJECTED)), [3, 1]),
        (ClaimFilter(received_from=TODAY), [3, 2, 1, 0]),
        (ClaimFilter(received_from=TODAY + dt.timedelta(days=1)), []),
        (ClaimFilter(received_through=TODAY), [3, 2, 1, 0]),
        (ClaimFilter(received_through=TODAY - dt.timedelta(days=1)), []),
        (ClaimFilter(member_id=MEMBER.member_id, dispositions=(Disposition.PENDED,)), []),
    ],
)
def test_filters_narrow_the_list(desk: Desk, seen: list[ClaimRecord], wanted: ClaimFilter, found: list[int]) -> None:
    listed, token = desk.claims.list(OPERATOR, wanted)
    assert [record.claim_id for record in listed] == [seen[index].claim_id for index in found]
    assert token == ""


class TestPages:
    def test_pages_join_to_the_whole_list(self, desk: Desk) -> None:
        records = desk.submit(*[a_visit(charge_cents=1_000 + n) for n in range(7)])
        pages, token = [], ""
        while True:
            page, token = desk.claims.list(OPERATOR, ALL, 3, token)
            pages.append([record.claim_id for record in page])
            if not token:
                break
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [claim_id for page in pages for claim_id in page] == [record.claim_id for record in reversed(records)]

    def test_a_page_that_is_just_full_and_last_has_no_token(self, desk: Desk) -> None:
        desk.submit(*[a_visit(charge_cents=1_000 + n) for n in range(3)])
        assert desk.claims.list(OPERATOR, ALL, 3)[1] == ""
        assert desk.claims.list(OPERATOR, ALL, 2)[1] != ""

    def test_what_arrives_in_between_does_not_shift_a_page(self, desk: Desk) -> None:
        records = desk.submit(*[a_visit(charge_cents=1_000 + n) for n in range(4)])
        _, token = desk.claims.list(OPERATOR, ALL, 2)
        desk.claims.submit(OPERATOR, [Submission("new", a_visit(SPOUSE))])
        page, _ = desk.claims.list(OPERATOR, ALL, 2, token)
        assert [record.claim_id for record in page] == [records[1].claim_id, records[0].claim_id]

    def test_a_provider_with_several_billing_providers_has_one_list(self, desk: Desk) -> None:
        both = Principal(
            name="both", role=Role.PROVIDER, submitter="both", billing=PROVIDER.billing | OTHER_PROVIDER.billing
        )
        records = desk.submit(
            *[a_visit(charge_cents=1_000 + n, billing=(BILLING, OTHER_BILLING)[n % 2]) for n in range(6)]
        )
        first, token = desk.claims.list(both, ALL, 4)
        second, end = desk.claims.list(both, ALL, 4, token)
        assert first + second == records[::-1]
        assert end == ""

    def test_a_place_that_no_database_can_hold_is_refused(self, desk: Desk) -> None:
        with pytest.raises(InvalidRequest):
            desk.claims.list(OPERATOR, ALL, 2, next_page_token(ALL, 2**63))

    @pytest.mark.parametrize("token", ["x", "????", "AAAA", "gqZhYmNkZWYB"])
    def test_a_token_that_is_none_is_refused(self, desk: Desk, token: str) -> None:
        with pytest.raises(InvalidRequest) as refused:
            desk.claims.list(OPERATOR, ALL, 2, token)
        assert [violation.field for violation in refused.value.violations] == ["page_token"]

    def test_a_token_holds_for_its_own_list_only(self, desk: Desk) -> None:
        desk.submit(*[a_visit(charge_cents=1_000 + n) for n in range(3)])
        _, token = desk.claims.list(OPERATOR, ALL, 2)
        with pytest.raises(InvalidRequest):
            desk.claims.list(OPERATOR, ClaimFilter(member_id=MEMBER.member_id), 2, token)

    def test_a_negative_page_size_is_refused_and_nobody_gets_more_than_the_largest(self, desk: Desk) -> None:
        with pytest.raises(InvalidRequest):
            desk.claims.list(OPERATOR, ALL, -1)
        desk.submit(*[a_visit(charge_cents=1_000 + n, day=dt.date(2026, 1, 1)) for n in range(501)])
        assert len(desk.claims.list(OPERATOR, ALL, 10_000)[0]) == 500
        assert len(desk.claims.list(OPERATOR, ALL)[0]) == 50
