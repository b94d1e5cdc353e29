"""Transactions on a real file: all or nothing, one writer at a time, readers beside it."""

import datetime as dt
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from adjudicator.model.case import Member
from adjudicator.store.database import MOST_ATTEMPTS, Collided, Store, among, lock, lock_free, locks
from adjudicator.store.membership import load_members
from adjudicator.store.tables import members
from tests.databases import Place

WAIT_SECONDS = 30


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    store = Store(place("payer"))
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


def test_a_commit_is_on_disk_in_write_ahead_mode_with_foreign_keys(tmp_path: Path) -> None:
    store = Store(tmp_path / "payer.sqlite")
    store.migrate()
    with store.reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    store.close()


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.writing() as connection:
        add(connection, 1)
        raise KeyboardInterrupt
    assert ids(store) == []


def test_another_store_on_the_same_database_sees_what_was_committed(store: Store, place: Place) -> None:
    with store.writing() as connection:
        add(connection, 1)
    other = Store(place("payer"))
    assert ids(other) == ["TEST00001"]
    other.close()


def test_a_file_is_opened_by_its_url_too(tmp_path: Path) -> None:
    store = Store(tmp_path / "payer.sqlite")
    store.migrate()
    store.close()
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


def test_a_second_writer_of_a_family_waits_and_reads_what_the_first_wrote(store: Store) -> None:
    entered = threading.Event()
    seen: list[int] = []

    def second() -> None:
        entered.set()
        with store.writing() as connection:
            lock(connection, ["family:F2", "family:F1"])
            seen.append(connection.execute(sa.select(sa.func.count()).select_from(members)).scalar_one())
            add(connection, 2)

    with store.writing() as connection:
        lock(connection, ["family:F1", "family:F2"])
        waiting = threading.Thread(target=second)
        waiting.start()
        assert entered.wait(WAIT_SECONDS)
        add(connection, 1)
        assert seen == []
    waiting.join(WAIT_SECONDS)
    assert seen == [1]
    assert ids(store) == ["TEST00001", "TEST00002"]


def test_transactions_that_lock_in_any_order_never_wait_in_a_circle(store: Store) -> None:
    names = [f"family:F{number}" for number in range(8)]
    done: list[int] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for number in range(20):
            with store.writing() as connection:
                lock(connection, chance.sample(names, 5))
                add(connection, 1000 * seed + number)
        done.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert sorted(done) == list(range(1, 9))
    assert len(ids(store)) == 8 * 20


def test_what_another_transaction_has_locked_is_told_and_the_rest_is_locked_without_waiting(store: Store) -> None:
    with store.writing() as connection:
        if not locks(connection):
            pytest.skip("SQLite has one writer at a time: nothing is locked")
        lock(connection, ["family:F1"])
        with store.writing() as second:
            assert lock_free(second, ["family:F1", "family:F2"]) == {"family:F1"}
            lock(second, ["family:F2"])  # which it has: it need not wait
            with store.writing() as third:
                assert lock_free(third, ["family:F1", "family:F2", "family:F3"]) == {"family:F1", "family:F2"}
                assert lock_free(third, []) == set()
    with store.writing() as connection:
        assert lock_free(connection, ["family:F1", "family:F2"]) == set()


def test_what_reads_alone_and_what_has_the_whole_database_locks_nothing(store: Store) -> None:
    with store.reading() as connection:
        assert not locks(connection)
    with store.writing() as connection:
        assert locks(connection) == (connection.dialect.name == "postgresql")


def test_what_collides_with_another_transaction_is_done_again(store: Store) -> None:
    attempts: list[int] = []
    insert = sa.insert(members).values(
        member_id="TEST00001",
        family_id="F00001",
        last_name="SAMPLE",
        first_name="PATIENT",
        birth_date=dt.date(1980, 1, 1),
        sex="U",
        relationship="18",
    )

    def work(connection: sa.Connection) -> int:
        attempts.append(1)
        if ids(store) == []:
            with store.writing() as other:
                other.execute(insert)
            connection.execute(insert)  # the same key, which the other one has written meanwhile
        return len(attempts)

    with store.reading() as connection:
        if connection.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer at a time: nothing collides")
    assert store.attempt(work) == 2
    assert ids(store) == ["TEST00001"]


def test_what_fails_by_itself_is_not_done_again(store: Store) -> None:
    attempts: list[int] = []

    def work(connection: sa.Connection) -> None:
        attempts.append(1)
        connection.exec_driver_sql("SELECT nothing FROM nowhere")

    with pytest.raises(sa.exc.DBAPIError):
        store.attempt(work)
    assert len(attempts) == 1


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


class NoOrder(Exception):
    """What PostgreSQL says where no serial order is found, or two transactions wait for each other."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "collisions", "ends"),
    [
        ("40001", MOST_ATTEMPTS - 1, None),
        ("40001", MOST_ATTEMPTS, Collided),
        ("40P01", MOST_ATTEMPTS, Collided),
        # a key that is still there in the last attempt is no collision but a mistake
        ("23505", MOST_ATTEMPTS, sa.exc.DBAPIError),
    ],
)
def test_what_collides_in_every_attempt_says_so_and_keeps_nothing(
    store: Store, sqlstate: str, collisions: int, ends: type[Exception] | None
) -> None:
    attempts: list[int] = []

    def work(connection: sa.Connection) -> None:
        attempts.append(1)
        add(connection, len(attempts))
        if len(attempts) <= collisions:
            raise sa.exc.DBAPIError("INSERT", {}, NoOrder(sqlstate))

    if ends is None:
        store.attempt(work)
    else:
        with pytest.raises(ends):
            store.attempt(work)
    assert len(attempts) == min(collisions + 1, MOST_ATTEMPTS)
    assert ids(store) == ([] if ends else [f"TEST{MOST_ATTEMPTS:05d}"])
