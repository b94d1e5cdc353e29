"""The demo payer's synthetic people and providers: valid, somebody for every turn, and nobody real."""

import csv
from datetime import date
from pathlib import Path

import pytest

from adjudicator.cli.demo.seeding import demo_members, demo_senders, write_data
from adjudicator.cli.payer import demo_policies
from adjudicator.cli.payer_files import (
    AUTHORIZATIONS,
    read_authorizations,
    read_members,
    read_participations,
)
from adjudicator.cli.provider_file import read_providers
from adjudicator.model.case import Coverage, Member
from adjudicator.model.codes import TAX_IDENTIFIER, npi_is_valid
from adjudicator.policy.policy_set import PolicySet

DATA = demo_policies() / "data"


@pytest.fixture(scope="module")
def people(demo: PolicySet) -> dict[str, tuple[Member, tuple[Coverage, ...]]]:
    """Everybody on file, by number, with all coverage."""
    return {member.member_id: (member, spans) for member, spans in read_members(DATA / "members.csv", demo)}


def test_the_demo_works_with_copies_of_the_payers_files(tmp_path: Path) -> None:
    write_data(tmp_path)
    names = [path.name for path in DATA.iterdir()]
    assert {(DATA / name).read_text() == (tmp_path / "data" / name).read_text() for name in names} == {True}


def test_every_family_has_one_subscriber_one_last_name_and_no_first_name_twice() -> None:
    members = demo_members().values()
    for family in {member.family_id for member in members}:
        relatives = [member for member in members if member.family_id == family]
        assert [member.relationship for member in relatives].count("18") == 1
        assert len({member.last_name for member in relatives}) == 1
        assert len({member.first_name for member in relatives}) == len(relatives)


def test_there_is_somebody_for_every_turn_of_coverage(
    people: dict[str, tuple[Member, tuple[Coverage, ...]]],
) -> None:
    spans = {number: [coverage.span for coverage in covered] for number, (_, covered) in people.items()}
    assert len(spans["MM000303"]) == 2  # a gap
    assert spans["MM000401"][0].ends == date(2026, 1, 31)  # ended
    assert spans["MM000601"][0].effective == date(2026, 3, 1)  # just begun
    assert spans["MM000503"][0].effective == people["MM000503"][0].birth_date  # a newborn
    assert people["MM000703"][0].birth_date == people["MM000704"][0].birth_date  # twins


def test_nobody_is_covered_before_birth(people: dict[str, tuple[Member, tuple[Coverage, ...]]]) -> None:
    for member, covered in people.values():
        assert all(coverage.span.effective >= member.birth_date for coverage in covered)


def test_senders_have_valid_npis_and_tax_ids_of_a_range_that_nobody_has() -> None:
    senders = demo_senders()
    billing = [one.provider for one in senders.billing.values()]
    for provider in (*billing, *senders.facilities.values(), *senders.practitioners.values()):
        assert npi_is_valid(provider.npi)
    for provider in (*billing, *senders.facilities.values()):
        assert TAX_IDENTIFIER.match(provider.tax_id)
        assert provider.tax_id.startswith("999")


def test_contracts_and_authorizations_are_those_of_senders_and_members(demo: PolicySet) -> None:
    contracted = {(row.tax_id, row.npi) for row in read_participations(DATA / "contracts.csv", demo)}
    senders = {(one.provider.tax_id, one.provider.npi) for one in demo_senders().billing.values()}
    senders |= {(place.tax_id, place.npi) for place in demo_senders().facilities.values()}
    assert contracted < senders
    known = {record.npi: record for record in read_providers(DATA / "providers.csv")}
    assert {npi for _, npi in senders} <= set(known)
    tax_ids = {tax_id for tax_id, _ in senders}
    assert all(group.tax_id in tax_ids for record in known.values() for group in record.groups)
    approved = read_authorizations(DATA / "authorizations.csv", lambda numbers: numbers)
    assert {member_id for member_id, _ in approved} <= set(demo_members())


def test_every_column_of_the_authorizations_says_something_in_some_row() -> None:
    with (DATA / "authorizations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {column.name for column in AUTHORIZATIONS}
    assert {column for row in rows for column, value in row.items() if value} == set(rows[0])
    assert {row["kind"] for row in rows} >= {"authorization", "referral"}
    assert {row["status"] for row in rows} >= {"approved", "denied"}
