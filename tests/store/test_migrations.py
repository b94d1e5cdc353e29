"""The migrations make the tables of ``tables.py``, and those that keep the past refuse changes."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

import adjudicator.store
from adjudicator.model.case import RulingVerdict
from adjudicator.policy.load.table_files import LargeFile
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.store.archive import archive_policies
from adjudicator.store.database import Store
from adjudicator.store.tables import metadata
from tests.service.desk import OPERATOR, REVIEWER, TODAY, Desk, a_heart_study, a_visit, policies_of

APPEND_ONLY = (
    "requests",
    "decisions",
    "decided_lines",
    "accumulator_entries",
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


def test_the_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    migrated, made = Store(tmp_path / "migrated.sqlite"), Store(tmp_path / "made.sqlite")
    migrated.migrate()
    with made.writing() as connection:
        metadata.create_all(connection)
    assert schema_of(migrated) == schema_of(made)
    with migrated.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrated.close()
    made.close()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "payer.sqlite")
    store.migrate()
    before = schema_of(store)
    store.migrate()
    assert schema_of(store) == before
    store.close()


class TestThePastStaysAsItWas:
    @pytest.fixture
    def busy(self, tmp_path: Path, demo: PolicySet) -> Iterator[Desk]:
        """A payer whose every append-only table has rows."""
        desk = Desk(tmp_path / "payer.sqlite", policies_of(demo))
        desk.submit(a_visit(), a_heart_study())
        (task,) = desk.reviews.list_tasks(REVIEWER)[0]
        desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(RulingVerdict.ALLOW, "because"))
        desk.payments.run(OPERATOR, TODAY)
        with desk.store.writing() as connection:
            table = LargeFile.of("0" * 64, 2, lambda: io.BytesIO(b"ab"))
            archive_policies(connection, "1" * 64, {"tables/big.csv": table})
        yield desk
        desk.store.close()

    @pytest.mark.parametrize("table", APPEND_ONLY)
    @pytest.mark.parametrize(
        "change",
        ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "REPLACE INTO {table} SELECT * FROM {table}"],
    )
    def test_the_database_refuses_to_change_it(self, busy: Desk, table: str, change: str) -> None:
        before = busy.rows(table)
        assert before > 0
        column = metadata.tables[table].columns.keys()[0]
        with pytest.raises(sa.exc.IntegrityError, match=f"{table} is append-only"), busy.store.writing() as connection:
            connection.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
            connection.execute(sa.text(change.format(table=table, column=column)))
        assert busy.rows(table) == before

    def test_heads_and_tasks_may_move(self, busy: Desk) -> None:
        with busy.store.writing() as connection:
            connection.execute(sa.text("UPDATE claims SET paid_cents = paid_cents"))
            connection.execute(sa.text("UPDATE tasks SET state = state"))


def test_postgresql_gets_the_same_refusals() -> None:
    written = io.StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(Path(adjudicator.store.__file__).parent / "migrations"))
    config.cmd_opts = None
    command.upgrade(config, "head", sql=True)
    script = written.getvalue()
    for table in APPEND_ONLY:
        assert f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} " in script
    assert "RAISE EXCEPTION" in script
