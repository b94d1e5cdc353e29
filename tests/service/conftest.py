"""A payer at work for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adjudicator.policy.policy_set import PolicySet
from tests.service.desk import Desk, policies_of


@pytest.fixture(scope="session")
def policies(demo: PolicySet) -> PolicySet:
    return policies_of(demo)


@pytest.fixture
def desk(tmp_path: Path, policies: PolicySet) -> Iterator[Desk]:
    desk = Desk(tmp_path / "payer.sqlite", policies)
    yield desk
    desk.store.close()
