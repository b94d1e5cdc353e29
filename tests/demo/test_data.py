"""The demo payer's synthetic people and providers: always the same, valid, and nobody real."""

from datetime import date
from pathlib import Path

import pytest

from adjudicator.cli.demo.people import GROUPS, authorizations, participations, people
from adjudicator.cli.demo.seeding import write_data
from adjudicator.cli.payer import demo_policies
from adjudicator.cli.payer_files import read_authorizations, read_members, read_participations
from adjudicator.model.codes import TAX_IDENTIFIER, npi_is_valid
from adjudicator.policy.policy_set import PolicySet

DATA = demo_policies() / "data"
BY_NUMBER = {person.member.member_id: person for person in people()}


@pytest.mark.parametrize(
    "name", ["data/members.csv", "data/providers.csv", "data/authorizations.csv", "samples/claims.837"]
)
def test_what_is_checked_in_is_what_the_generator_writes(name: str, tmp_path: Path) -> None:
    write_data(tmp_path)
    assert (demo_policies() / name).read_text() == (tmp_path / name).read_text()


def test_the_files_say_exactly_what_the_generator_knows(demo: PolicySet) -> None:
    assert read_members(DATA / "members.csv", demo) == [(person.member, person.coverage) for person in people()]
    assert read_participations(DATA / "providers.csv", demo) == list(participations())
    everybody = read_authorizations(DATA / "authorizations.csv", lambda numbers: numbers)
    assert everybody == list(authorizations())


def test_there_are_twenty_families_with_a_subscriber_each() -> None:
    families = {person.member.family_id for person in people()}
    subscribers = [person.member.family_id for person in people() if person.member.relationship == "18"]
    assert len(families) == 20
    assert sorted(subscribers) == sorted(families)
    assert 50 <= len(BY_NUMBER) <= 70


def test_every_family_has_one_last_name_and_no_first_name_twice() -> None:
    for family in {person.member.family_id for person in people()}:
        members = [person.member for person in people() if person.member.family_id == family]
        assert len({member.last_name for member in members}) == 1
        assert len({member.first_name for member in members}) == len(members)


def test_there_is_somebody_for_every_turn_of_coverage() -> None:
    spans = {number: [coverage.span for coverage in person.coverage] for number, person in BY_NUMBER.items()}
    assert len(spans["MM000303"]) == 2  # a gap
    assert spans["MM000401"][0].ends == date(2026, 1, 31)  # ended
    assert spans["MM000601"][0].effective == date(2026, 3, 1)  # just begun
    assert spans["MM000503"][0].effective == BY_NUMBER["MM000503"].member.birth_date  # a newborn
    assert BY_NUMBER["MM000703"].member.birth_date == BY_NUMBER["MM000704"].member.birth_date  # twins


def test_nobody_is_covered_before_birth() -> None:
    for person in people():
        assert all(coverage.span.effective >= person.member.birth_date for coverage in person.coverage)


def test_providers_have_valid_npis_and_tax_ids_of_a_range_that_nobody_has() -> None:
    for group in GROUPS.values():
        assert npi_is_valid(group.billing.npi)
        assert npi_is_valid(group.rendering.npi)
        assert TAX_IDENTIFIER.match(group.billing.tax_id)
        assert group.billing.tax_id.startswith("999")


def test_two_groups_have_a_contract_that_the_policies_know_and_one_has_none(demo: PolicySet) -> None:
    contracts = [group.contract for group in GROUPS.values()]
    assert contracts.count("") == 1
    assert set(contracts) - {""} <= set(demo.contracts)
