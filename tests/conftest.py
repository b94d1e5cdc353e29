"""Fixtures that every part of the tests shares."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adjudicator.engine import RULES
from adjudicator.policy.load import load_policies
from adjudicator.policy.policy_set import PolicySet
from tests.databases import KINDS, Place, PostgresServer, postgres_place, sqlite_place

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "policies" / "demo"

settings.register_profile("ci", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("soak" if os.environ.get("SOAK") else "ci")


@pytest.fixture(scope="session")
def demo() -> PolicySet:
    """The demo payer's policies, loaded as the server loads them."""
    return load_policies(DEMO, rules=RULES)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public tables and files beside the project; tests that need it skip where it is absent."""
    data = ROOT.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("the shared data folder is not beside the project")
    return data


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of this process."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where databases are: the same tests run on either kind."""
    if request.param == "sqlite":
        return sqlite_place(tmp_path)
    return postgres_place(request.getfixturevalue("postgres_server"))
