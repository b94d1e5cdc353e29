"""A payer at work for each test."""

from collections.abc import Iterator

import pytest

from adjudicator.policy.policy_set import PolicySet
from tests.databases import Place
from tests.service.desk import Desk, policies_of


@pytest.fixture(scope="session")
def policies(demo: PolicySet) -> PolicySet:
    return policies_of(demo)


@pytest.fixture
def desk(place: Place, policies: PolicySet) -> Iterator[Desk]:
    desk = Desk(place("payer"), policies)
    yield desk
    desk.store.close()
