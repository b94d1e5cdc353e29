"""Opens the database and gives out transactions: everything that differs between SQLite and PostgreSQL is here.

SQLite keeps the payer's memory in one file: write-ahead log, every commit on disk before it returns, foreign keys
enforced. A writing transaction takes the write lock when it begins, so that what it has read is still true when it
writes; readers go on beside it.

PostgreSQL serves several processes at once. A writing transaction there locks what it decides about before it reads it
(``lock``: the families of its claims), so that claims of one family are decided one after the other, whichever process they
came to. Everything else is read as committed. Locks are taken in one order, so that no two transactions wait for each other.
"""

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

LOCK_WAIT_MILLISECONDS = 30_000
"""How long a transaction waits for another process's write lock before it fails."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # else INSERT OR REPLACE would delete past the append-only triggers
    f"PRAGMA busy_timeout={LOCK_WAIT_MILLISECONDS}",
    "PRAGMA cache_size=-65536",
    "PRAGMA wal_autocheckpoint=4096",  # fewer would rewrite pages for every batch, more would make one batch wait long
)


MOST_ATTEMPTS = 5
"""How often a transaction is tried that another one keeps colliding with."""
_NO_ORDER = frozenset(("40001", "40P01"))
"""PostgreSQL: no serial order, each waits for the other."""
_COLLIDED = frozenset(("23505", *_NO_ORDER))
"""The same, and that another transaction wrote the same key: once that is there, the next attempt reads it."""
ResultT = TypeVar("ResultT")


class Collided(Exception):
    """A transaction collided with others each time that it was tried; nothing of it was kept."""


class Store:
    """One database, shared by all threads of a process."""

    def __init__(self, place: str | Path) -> None:
        """Connect to a database; nothing is read or written yet.

        Args:
            place: path of an SQLite file, or an SQLAlchemy URL such as ``postgresql+psycopg://...``.
        """
        url = (
            sa.make_url(place)
            if isinstance(place, str) and "://" in place
            else sa.URL.create("sqlite", database=str(place))
        )
        # Parameters hold patient data: no error text and no log may show them.
        self._engine = sa.create_engine(url, hide_parameters=True)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _set_up_sqlite)
            sa.event.listen(self._engine, "begin", _begin_sqlite)
        else:
            sa.event.listen(self._engine, "handle_error", _without_values)
        self._reading = self._engine
        if self._engine.dialect.name == "postgresql":
            self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writing = self._engine.execution_options(writing=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment of the database."""
        with self._reading.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that may write; it is on disk when the block is left, and undone when the block raises."""
        with self._writing.begin() as connection:
            yield connection

    def attempt(self, work: Callable[[sa.Connection], ResultT]) -> ResultT:
        """Do something in a writing transaction; again, from its beginning, where it collided with another process's.

        Args:
            work: does all reading and writing of the transaction by its connection, and nothing else that cannot be done twice.

        Raises:
            Collided: it found no place among the others in ``MOST_ATTEMPTS`` attempts.
        """
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                with self.writing() as connection:
                    return work(connection)
            except DBAPIError as failure:
                state = getattr(failure.orig, "sqlstate", None)
                if attempt == MOST_ATTEMPTS and state in _NO_ORDER:
                    raise Collided from failure
                if attempt == MOST_ATTEMPTS or state not in _COLLIDED:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def migrate(self) -> None:
        """Bring the database's tables to this version; does nothing when they are."""
        from alembic import command  # not needed for anything else, and slow to import
        from alembic.config import Config

        config = Config()
        migrations = str(Path(__file__).parent / "migrations")
        config.set_main_option("script_location", migrations.replace("%", "%%"))  # a percent sign would be substituted
        with self.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def locks(connection: sa.Connection) -> bool:
    """Whether a transaction has to lock what it decides about: not a reading one, nor one that has the whole database (SQLite)."""
    return connection.dialect.name == "postgresql" and connection.get_execution_options().get("writing", False)


def lock(connection: sa.Connection, names: Iterable[str]) -> None:
    """Keep other transactions that lock any of these names waiting until this one ends.

    Nothing is done in a transaction that does not have to (``locks``).

    Args:
        connection: the transaction.
        names: what to lock, such as ``family:F0001``; they are taken in one order, so that nobody waits in a circle.
    """
    keys = sorted({_key_of(name) for name in names})
    if keys and locks(connection):
        connection.execute(_LOCKED, {"keys": keys}).all()


def lock_free(connection: sa.Connection, names: Iterable[str]) -> set[str]:
    """Lock those of some names that no other transaction has locked, without waiting for any.

    Args:
        connection: the transaction; one that ``locks``.
        names: what to lock, as for ``lock``.

    Returns:
        The names that others have locked.
    """
    names = set(names)
    held = set(connection.execute(_HELD, {"keys": sorted(map(_key_of, names))}).scalars())
    return {name for name in names if _key_of(name) in held}


_LOCKED = sa.text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
_HELD = sa.text("SELECT key FROM unnest(CAST(:keys AS bigint[])) AS key WHERE NOT pg_try_advisory_xact_lock(key)")


def _key_of(name: str) -> int:
    """A name as a number for an advisory lock; two names of one number wait for each other needlessly, and no more."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def among(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Whether a text column has one of the values that a statement's parameter lists.

    The list is one bound value, so that neither the statement's text nor the number of its parameters grows with it.
    """
    return column.bool_op("IN")(_Listed(sa.bindparam(parameter, type_=_TextList())))


class BulkInsert:
    """Inserts rows of one table at the speed of the driver: each row a tuple in the order of the named columns.

    SQLAlchemy looks at every value of every row; for the rows of a batch of claims that would cost more than the database.
    """

    def __init__(self, table: sa.Table, *columns: str) -> None:
        """Name the table's columns in the order in which rows hold them."""
        names = ", ".join(table.c[column].name for column in columns)
        self._statements = {
            style: f"INSERT INTO {table.name} ({names}) VALUES ({', '.join([marker] * len(columns))})"
            for style, marker in (("qmark", "?"), ("pyformat", "%s"))
        }

    def add(self, connection: sa.Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert rows, in one statement; none is no statement."""
        if rows:
            connection.exec_driver_sql(self._statements[connection.dialect.paramstyle], list(rows))


def draw(connection: sa.Connection, counter: sa.Column[int], count: int) -> list[int]:
    """The next numbers of a table's counter, rising; the transaction must be a writing one."""
    if connection.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(counter.table.name, counter.name)
        drawn = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count))
        return sorted(connection.execute(drawn).scalars())
    last = connection.execute(_largest(counter)).scalar() or 0
    return list(range(last + 1, last + 1 + count))


@cache
def _largest(counter: sa.Column[int]) -> sa.Select[Any]:
    return sa.select(sa.func.max(counter))


class _TextList(sa.types.TypeDecorator[Sequence[str]]):
    """A list of texts as one bound value: an array where the database has them, else JSON."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.ARRAY(sa.Text()))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: sa.Dialect) -> Any:
        listed = list(value or ())
        return listed if dialect.name == "postgresql" else msgspec.json.encode(listed).decode()


class _Listed(FunctionElement[str]):
    """The rows of a list parameter."""

    name = "listed"
    inherit_cache = True


@compiles(_Listed, "sqlite")
def _listed_sqlite(element: _Listed, compiler: Any, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Listed, "postgresql")
def _listed_postgresql(element: _Listed, compiler: Any, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


# What SQLAlchemy does for dates of its own statements, for those of a BulkInsert.
sqlite3.register_adapter(dt.date, dt.date.isoformat)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _without_values(context: Any) -> None:
    """Leave only what went wrong of an error of PostgreSQL: its detail quotes the values of the row."""
    told = getattr(getattr(context.original_exception, "diag", None), "message_primary", None)
    if told:
        context.original_exception.args = (told,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {told}",)


def _begin_sqlite(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
