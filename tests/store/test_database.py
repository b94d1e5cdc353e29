"""Transactions on a real file: all or nothing, one writer at a time, readers beside it."""

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from adjudicator.model.case import Member
from adjudicator.store.database import Store, among
from adjudicator.store.membership import load_members
from adjudicator.store.tables import members

WAIT_SECONDS = 30


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "payer.sqlite")
    store.migrate()
    yield store
    store.close()


def a_member(number: int) -> Member:
    return Member(
        member_id=f"TEST{number:05d}",
        family_id=f"F{number:05d}",
        last_name="SAMPLE",
        first_name="PATIENT",
        birth_date=dt.date(1980, 1, 1),
    )


def add(connection: sa.Connection, *numbers: int) -> None:
    load_members(connection, [(a_member(number), []) for number in numbers])


def ids(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(sa.select(members.c.member_id).order_by(members.c.member_id)).scalars())


def test_a_commit_is_on_disk_in_write_ahead_mode_with_foreign_keys(store: Store) -> None:
    with store.reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.writing() as connection:
        add(connection, 1)
        raise KeyboardInterrupt
    assert ids(store) == []


def test_another_store_on_the_same_file_sees_what_was_committed(store: Store, tmp_path: Path) -> None:
    with store.writing() as connection:
        add(connection, 1)
    other = Store(tmp_path / "payer.sqlite")
    assert ids(other) == ["TEST00001"]
    other.close()


def test_a_database_is_opened_by_its_url_too(store: Store, tmp_path: Path) -> None:
    other = Store(f"sqlite:///{tmp_path / 'payer.sqlite'}")
    assert ids(other) == []
    other.close()


def test_a_reader_goes_on_beside_a_writer_and_sees_one_moment(store: Store) -> None:
    with store.reading() as reader:
        assert reader.execute(sa.select(sa.func.count()).select_from(members)).scalar() == 0
        with store.writing() as writer:
            add(writer, 1)
        assert reader.execute(sa.select(sa.func.count()).select_from(members)).scalar() == 0
    assert ids(store) == ["TEST00001"]


def test_a_second_writer_waits_and_reads_what_the_first_wrote(store: Store) -> None:
    entered = threading.Event()
    seen: list[int] = []

    def second() -> None:
        entered.set()
        with store.writing() as connection:
            seen.append(connection.execute(sa.select(sa.func.count()).select_from(members)).scalar_one())
            add(connection, 2)

    with store.writing() as connection:
        waiting = threading.Thread(target=second)
        waiting.start()
        assert entered.wait(WAIT_SECONDS)
        add(connection, 1)
        assert seen == []
    waiting.join(WAIT_SECONDS)
    assert seen == [1]
    assert ids(store) == ["TEST00001", "TEST00002"]


@pytest.mark.parametrize("count", [0, 1, 2, 40_000])
def test_a_list_of_any_length_is_one_parameter(store: Store, count: int) -> None:
    with store.writing() as connection:
        add(connection, 0, 1, 39_999)
        asked = sa.select(members.c.member_id).where(among(members.c.member_id, "ids"))
        wanted = [a_member(number).member_id for number in range(count)]
        found = connection.execute(asked, {"ids": wanted}).scalars().all()
    assert sorted(found) == sorted({"TEST00000", "TEST00001", "TEST39999"} & set(wanted))


def test_a_listed_value_is_never_read_as_sql(store: Store) -> None:
    with store.writing() as connection:
        add(connection, 1)
        asked = sa.select(members.c.member_id).where(among(members.c.member_id, "ids"))
        assert connection.execute(asked, {"ids": ["' OR 1=1 --", '"]', "TEST0000%"]}).all() == []


def test_an_error_of_the_database_shows_no_values(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError) as failed, store.writing() as connection:
        connection.execute(
            sa.text("INSERT INTO coverages (member_id, plan, effective) VALUES (:member, 'plans/none', '2026-01-01')"),
            {"member": "SECRET-MEMBER"},
        )
    assert "SECRET-MEMBER" not in str(failed.value)
