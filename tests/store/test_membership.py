"""Loading the payer's files: a file says all there is to say about whom it names, and loading it again changes nothing."""

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest
import sqlalchemy as sa

from adjudicator.model.case import (
    NO_TERMS,
    Affiliation,
    Authorization,
    Coverage,
    CoverageTerms,
    Elsewhere,
    ElsewhereKind,
    ProviderKind,
    ProviderRecord,
    Requirement,
)
from adjudicator.model.claim import Provider, Sex
from adjudicator.model.dates import Span
from adjudicator.store.database import Store
from adjudicator.store.facts import Facts, facts_for
from adjudicator.store.membership import load_authorizations, load_members, load_participations, load_providers
from tests.building import BILLING, MEMBER, RENDERING, a_claim, a_line
from tests.databases import Place
from tests.service.desk import OTHER_BILLING, SPOUSE, STRANGER, contract_of

FIRST = Coverage(plan="plans/first", span=Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)))
SECOND = Coverage(plan="plans/second", span=Span(dt.date(2026, 1, 1)))
APPROVAL = Authorization(
    number="AUTH-1", procedures=("93306",), span=Span(dt.date(2026, 1, 1)), quantity_thousandths=2000
)
GROUP = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP, enrolled=(Span(dt.date(2025, 1, 1)),))
DOCTOR = ProviderRecord(
    npi=RENDERING.npi,
    name="DOCTOR",
    kind=ProviderKind.PRACTITIONER,
    groups=(Affiliation(BILLING.tax_id, Span(dt.date(2025, 1, 1))),),
)
EVER = dt.date(1900, 1, 1)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    store = Store(place("payer"))
    store.migrate()
    yield store
    store.close()


def facts(store: Store) -> Facts:
    """What is known about the test member and the test billing provider."""
    with store.reading() as connection:
        return facts_for(connection, [a_claim()], EVER, EVER)


def test_what_is_loaded_is_what_a_case_sees(store: Store) -> None:
    with store.writing() as connection:
        assert load_members(connection, [(MEMBER, [FIRST, SECOND]), (SPOUSE, [SECOND]), (STRANGER, [])]) == 3
        assert load_participations(connection, [contract_of(BILLING), contract_of(OTHER_BILLING)]) == 2
        assert load_authorizations(connection, [(MEMBER.member_id, APPROVAL)]) == 1
        stranger = msgspec.structs.replace(GROUP, npi=OTHER_BILLING.npi)
        assert load_providers(connection, [GROUP, DOCTOR, stranger]) == 3
    known = facts(store)
    assert known.families == {MEMBER.member_id: (MEMBER, SPOUSE)}
    assert known.coverage == {MEMBER.member_id: [FIRST, SECOND]}
    assert known.participations == {(BILLING.tax_id, BILLING.npi): [contract_of(BILLING)]}
    assert known.authorizations == {MEMBER.member_id: [APPROVAL]}
    assert known.providers == {BILLING.npi: GROUP, RENDERING.npi: DOCTOR}


def test_a_case_sees_what_coverage_depends_on_and_care_elsewhere(store: Store) -> None:
    terms = CoverageTerms(waiting_through=dt.date(2026, 3, 31), preexisting=("E11",), unmet=Requirement.RESIDENCY)
    waiting = msgspec.structs.replace(SECOND, terms=terms)
    away = msgspec.structs.replace(MEMBER, elsewhere=(Elsewhere(ElsewhereKind.HOSPICE, Span(dt.date(2026, 3, 1))),))
    with store.writing() as connection:
        load_members(connection, [(away, [FIRST, waiting])])
    known = facts(store)
    assert known.families == {MEMBER.member_id: (away,)}
    assert known.coverage == {MEMBER.member_id: [FIRST, waiting]}
    # Coverage with nothing beside its days has that very value: only so is it left out of the stored case.
    assert known.coverage[MEMBER.member_id][0].terms is NO_TERMS


def test_a_provider_is_changed_by_its_npi(store: Store) -> None:
    suspended = msgspec.structs.replace(GROUP, enrolled=())
    for record in (GROUP, suspended):
        with store.writing() as connection:
            load_providers(connection, [record, DOCTOR])
    assert facts(store).providers == {BILLING.npi: suspended, RENDERING.npi: DOCTOR}


def test_loading_again_changes_nothing(store: Store) -> None:
    for _ in range(2):
        with store.writing() as connection:
            load_members(connection, [(MEMBER, [FIRST, SECOND]), (SPOUSE, [SECOND])])
            load_participations(connection, [contract_of(BILLING)])
            load_authorizations(connection, [(MEMBER.member_id, APPROVAL)])
    with store.reading() as connection:
        counts = [
            connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("members", "coverages", "participations", "authorizations")
        ]
    assert counts == [2, 3, 1, 1]


def test_a_member_changes_and_its_coverage_is_replaced(store: Store) -> None:
    renamed = msgspec.structs.replace(
        MEMBER,
        last_name="RENAMED",
        sex=Sex.UNKNOWN,
        family_id="FTEST002",
        deceased_on=dt.date(2026, 3, 14),
        identity_theft_on=dt.date(2026, 3, 1),
        custody=(Span(dt.date(2026, 1, 1), dt.date(2026, 1, 31)), Span(dt.date(2026, 3, 1))),
    )
    ended = msgspec.structs.replace(SECOND, recorded_on=dt.date(2026, 2, 1))
    with store.writing() as connection:
        load_members(connection, [(MEMBER, [FIRST]), (SPOUSE, [FIRST])])
    with store.writing() as connection:
        load_members(connection, [(renamed, [ended])])
    known = facts(store)
    assert known.families == {MEMBER.member_id: (renamed,)}
    assert known.coverage == {MEMBER.member_id: [ended]}


def test_a_case_sees_the_contracts_of_the_facility_that_a_line_names(store: Store) -> None:
    with store.writing() as connection:
        load_participations(connection, [contract_of(BILLING), contract_of(OTHER_BILLING)])
    at_hospital = a_claim(
        a_line(service_facility=Provider(npi=OTHER_BILLING.npi)), a_line(2, service_facility=Provider())
    )
    with store.reading() as connection:
        known = facts_for(connection, [at_hospital, a_claim()], EVER, EVER)
    assert known.participations == {(BILLING.tax_id, BILLING.npi): [contract_of(BILLING)]} | {
        (OTHER_BILLING.tax_id, OTHER_BILLING.npi): [contract_of(OTHER_BILLING)]
    }
    assert known.facility_participations == {OTHER_BILLING.npi: [contract_of(OTHER_BILLING)]}
    # Who bills is no facility of its own claim, and what its own claim does not name is not looked up.
    assert facts(store).facility_participations == {}


def test_contracts_are_replaced_for_the_billing_providers_named_and_no_other(store: Store) -> None:
    ended = msgspec.structs.replace(contract_of(BILLING), span=Span(dt.date(2026, 1, 1), dt.date(2026, 6, 30)))
    same_tax_id = contract_of(msgspec.structs.replace(BILLING, npi=OTHER_BILLING.npi))
    with store.writing() as connection:
        load_participations(connection, [contract_of(BILLING), same_tax_id])
    with store.writing() as connection:
        load_participations(connection, [ended])
    assert facts(store).participations[BILLING.tax_id, BILLING.npi] == [ended]
    with store.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM participations")).scalar() == 2


def test_an_authorization_is_changed_by_its_number(store: Store) -> None:
    more = msgspec.structs.replace(APPROVAL, quantity_thousandths=5000)
    with store.writing() as connection:
        load_members(connection, [(MEMBER, [])])
        load_authorizations(connection, [(MEMBER.member_id, APPROVAL)])
        load_authorizations(connection, [(MEMBER.member_id, more)])
    assert facts(store).authorizations == {MEMBER.member_id: [more]}


def test_an_authorization_of_nobody_is_refused(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError), store.writing() as connection:
        load_authorizations(connection, [("NOBODY", APPROVAL)])


def test_nothing_to_load_is_fine(store: Store) -> None:
    with store.writing() as connection:
        assert load_members(connection, []) == 0
        assert load_participations(connection, []) == 0
        assert load_providers(connection, []) == 0
        assert load_authorizations(connection, []) == 0
    assert facts(store).families == {}


def test_a_billing_provider_without_a_contract_brings_one_that_shares_its_tax_id_or_npi(store: Store) -> None:
    near = contract_of(msgspec.structs.replace(BILLING, npi=OTHER_BILLING.npi))
    with store.writing() as connection:
        load_participations(connection, [near])
    assert facts(store).participations[BILLING.tax_id, BILLING.npi] == [near]
