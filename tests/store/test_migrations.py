"""The migrations make the tables of ``tables.py``, and those that keep the past refuse changes."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from adjudicator.model.case import RulingVerdict
from adjudicator.policy.load.table_files import LargeFile
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.store import tables
from adjudicator.store.accumulators import add_entries, entries_of
from adjudicator.store.archive import archive_policies
from adjudicator.store.database import Store
from adjudicator.store.tables import metadata
from tests.databases import KINDS, Place
from tests.service.desk import OPERATOR, REVIEWER, TODAY, Desk, a_heart_study, a_visit, an_amount, policies_of

APPEND_ONLY = (
    "requests",
    "decisions",
    "decided_lines",
    "accumulator_entries",
    "outside_entries",
    "rulings",
    "remittances",
    "remitted_decisions",
    "policy_archives",
    "table_archives",
)


def parts_of(definition: str) -> list[str]:
    """What a definition says, part by part; a table's columns and constraints in the order of the alphabet."""
    text = " ".join(definition.split())
    if not text.startswith("CREATE TABLE"):
        return [text]
    head, body = text.split("(", 1)
    inner, tail = body.rsplit(")", 1)
    return [head.strip(), *sorted(part.strip() for part in re.split(r",(?![^()]*\))", inner)), tail]


def schema_of(store: Store) -> dict[str, list[str]]:
    """Every table and index with its definition, blanks and the place of a column that was added later apart."""
    asked = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    with store.reading() as connection:
        return {
            name: parts_of(definition)
            for name, definition in connection.execute(sa.text(asked))
            if name != "alembic_version"
        }


def test_the_migrations_make_exactly_the_tables_of_either_database(place: Place) -> None:
    migrated = Store(place("payer"))
    migrated.migrate()
    with migrated.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrated.close()


def test_the_migrations_make_exactly_the_definitions_of_sqlite(tmp_path: Path) -> None:
    migrated, made = Store(tmp_path / "migrated.sqlite"), Store(tmp_path / "made.sqlite")
    migrated.migrate()
    with made.writing() as connection:
        metadata.create_all(connection)
    assert schema_of(migrated) == schema_of(made)
    migrated.close()
    made.close()


def test_migrating_again_changes_nothing(desk: Desk) -> None:
    desk.submit(a_visit())
    before = {table: desk.rows(table) for table in metadata.tables}
    desk.store.migrate()
    with desk.store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert {table: desk.rows(table) for table in metadata.tables} == before


def migrated_to(store: Store, revision: str) -> None:
    """Bring a database to an earlier version of its tables."""
    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parent / "migrations"))
    with store.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.mark.parametrize("kind", KINDS)
def test_entries_of_before_their_plan_was_written_down_stay_to_the_cent(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    place = str(tmp_path / "payer.sqlite")
    if kind == "postgresql":
        place = request.getfixturevalue("postgres_server").new(migrated=False)
    store = Store(place)
    migrated_to(store, "0009")
    with store.writing() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO outside_entries (owner, period_start, accumulator, tier, source, source_id, served_on, amount_cents, "
                "recorded_on, recorded_by) VALUES ('member:M', '2026-01-01', 'deductible', 'in_network', 'pharmacy', 'RX1', "
                "'2026-03-01', 3000, '2026-03-02', 'night-run')"
            )
        )
    store.migrate()
    with store.writing() as connection:
        (entry,) = entries_of(connection, {"member:M"})
        assert (entry.source_id, entry.amount_cents, entry.plan, entry.carried) == ("RX1", 3000, "", False)
        # the same name has room for another plan, and for the same plan it has not
        add_entries(connection, [msgspec.structs.replace(entry, plan="plans/other@2026-01-01")], "night-run")
    with pytest.raises(sa.exc.IntegrityError), store.writing() as connection:
        add_entries(connection, [entry], "night-run")
    for change in ("UPDATE outside_entries SET amount_cents = 1", "DELETE FROM outside_entries"):
        with pytest.raises(sa.exc.DBAPIError, match="is append-only"), store.writing() as connection:
            connection.execute(sa.text(change))
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_taken_back_before_it_was_written_down_is_found_by_its_entries(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    place = str(tmp_path / "payer.sqlite")
    if kind == "postgresql":
        place = request.getfixturevalue("postgres_server").new(migrated=False)
    store = Store(place)
    migrated_to(store, "0010")
    before = metadata.tables
    claim: dict[str, object] = dict.fromkeys(
        ("submitter", "request_id", "member_id", "family_id", "billing_tax_id", "billing_npi", "rendering_npi"), "x"
    )
    claim |= {"patient_control_number": "x", "received_on": TODAY, "disposition": "paid", "paid_cents": 1}
    decision = {
        "policy_digest": "1" * 64,
        "engine_version": "",
        "decided_on": TODAY,
        "actor": "",
        "disposition": "paid",
    }
    decision |= {"paid_cents": 1, "history_keys": "[]", "case_json": "", "decision_json": ""}
    entry = {"owner": "member:M", "period_start": TODAY, "accumulator": "deductible", "tier": "in_network", "plan": ""}
    entry |= {"amount_cents": -1, "recorded_on": TODAY, "recorded_by": "", "carried": False, "served_on": None}
    with store.writing() as connection:
        archive_policies(connection, "1" * 64, {})
        # A was taken back; B was, and is decided again; what another system calls so takes nothing back
        for arrival, name, latest in ((1, "A", 1), (2, "B", 3), (4, "C", 4)):
            row = {"arrival": arrival, "claim_id": name, "latest": latest, "unremitted": True}
            connection.execute(before["claims"].insert(), claim | row)
        for sequence, arrival, number in ((1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 4, 1)):
            row = {"sequence": sequence, "arrival": arrival, "number": number}
            connection.execute(before["decisions"].insert(), decision | row)
        for source, source_id in (("reversal", "A/1"), ("reversal", "B/1"), ("pharmacy", "C/1")):
            row = {"source": source, "source_id": source_id}
            connection.execute(before["outside_entries"].insert(), entry | row)
    store.migrate()
    with store.reading() as connection:
        found = connection.execute(sa.text("SELECT claim_id, taken_back FROM claims ORDER BY claim_id")).all()
    assert [tuple(each) for each in found] == [("A", 1), ("B", None), ("C", None)]
    store.close()


@pytest.fixture
def desk(place: Place, demo: PolicySet) -> Iterator[Desk]:
    desk = Desk(place("payer"), policies_of(demo))
    yield desk
    desk.store.close()


class TestThePastStaysAsItWas:
    @pytest.fixture
    def busy(self, desk: Desk) -> Desk:
        """A payer whose every append-only table has rows."""
        desk.submit(a_visit(), a_heart_study())
        (task,) = desk.reviews.list_tasks(REVIEWER)[0]
        desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(RulingVerdict.ALLOW, "because"))
        desk.payments.run(OPERATOR, TODAY)
        desk.accumulators.record(OPERATOR, [an_amount()])
        with desk.store.writing() as connection:
            table = LargeFile.of("0" * 64, 2, lambda: io.BytesIO(b"ab"))
            archive_policies(connection, "1" * 64, {"tables/big.csv": table})
        return desk

    @pytest.mark.parametrize("table", APPEND_ONLY)
    def test_the_database_refuses_to_change_it(self, busy: Desk, table: str) -> None:
        before = busy.rows(table)
        assert before > 0
        column = metadata.tables[table].columns.keys()[0]
        changes = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
        with busy.store.reading() as connection:
            on_sqlite = connection.dialect.name == "sqlite"
        changes += [f"REPLACE INTO {table} SELECT * FROM {table}" if on_sqlite else f"TRUNCATE {table} CASCADE"]
        for change in changes:
            with pytest.raises(sa.exc.DBAPIError, match="is append-only"), busy.store.writing() as connection:
                if on_sqlite:
                    connection.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
                connection.execute(sa.text(change))
            assert busy.rows(table) == before

    def test_heads_and_tasks_may_move(self, busy: Desk) -> None:
        with busy.store.writing() as connection:
            connection.execute(sa.text("UPDATE claims SET paid_cents = paid_cents"))
            connection.execute(sa.text("UPDATE tasks SET state = state"))
