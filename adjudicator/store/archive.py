"""Every policy set that was ever in force, by digest: what a stored decision was made with can always be read again.

A set's big tables are kept once, by checksum, however many sets name them, and in parts, so that none is ever whole in memory.
"""

import tempfile
import zlib
from collections.abc import Mapping
from typing import IO

import msgspec
import sqlalchemy as sa

from adjudicator.policy.load.table_files import LargeFile, named_in, opened
from adjudicator.store.tables import policy_archives, table_archives

PART_BYTES = 4 << 20
"""Bytes of a big table in one row, before they are compressed."""

_KNOWN = sa.select(policy_archives.c.digest).where(policy_archives.c.digest == sa.bindparam("of_digest"))
_FILES = sa.select(policy_archives.c.files).where(policy_archives.c.digest == sa.bindparam("of_digest"))
_KNOWN_TABLE = sa.select(table_archives.c.part).where(table_archives.c.checksum == sa.bindparam("of_checksum")).limit(1)
_PART = sa.select(table_archives.c.content).where(
    table_archives.c.checksum == sa.bindparam("of_checksum"), table_archives.c.part == sa.bindparam("of_part")
)


def archive_policies(connection: sa.Connection, digest: str, files: Mapping[str, bytes]) -> None:
    """Keep the files of a policy set; a set that is kept already is left as it is. No decision is kept without its set."""
    if connection.execute(_KNOWN, {"of_digest": digest}).first() is not None:
        return
    for content in files.values():
        if isinstance(content, LargeFile):
            _archive_table(connection, content)
    packed = zlib.compress(msgspec.msgpack.encode({path: bytes(files[path]) for path in sorted(files)}))
    connection.execute(sa.insert(policy_archives), {"digest": digest, "files": packed})


def archived_policies(connection: sa.Connection, digest: str) -> dict[str, bytes] | None:
    """The files of a policy set by their paths; None when it was never in force here.

    Big tables are read from the database when they are opened, which compiling does only where the compiled form is not
    in the cache.
    """
    packed = connection.execute(_FILES, {"of_digest": digest}).scalar()
    if packed is None:
        return None
    files = msgspec.msgpack.decode(zlib.decompress(packed), type=dict[str, bytes])
    return {path: _as_archived(connection.engine, content) for path, content in files.items()}


def _archive_table(connection: sa.Connection, table: LargeFile) -> None:
    if connection.execute(_KNOWN_TABLE, {"of_checksum": table.sha256}).first() is not None:
        return
    with opened(table) as file:
        part = 0
        while content := file.read(PART_BYTES):
            row = {"checksum": table.sha256, "part": part, "content": zlib.compress(content, 1)}
            connection.execute(sa.insert(table_archives), row)
            part += 1


def _as_archived(engine: sa.Engine, content: bytes) -> bytes:
    named = named_in(content)
    if named is None:
        return content
    checksum, size_bytes = named
    return LargeFile.of(checksum, size_bytes, lambda: _table(engine, checksum))


def _table(engine: sa.Engine, checksum: str) -> IO[bytes]:
    """A big table out of the archive, in a file that is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever opened it closes it
    with engine.connect() as connection:
        part = 0
        while (packed := connection.execute(_PART, {"of_checksum": checksum, "of_part": part}).scalar()) is not None:
            file.write(zlib.decompress(packed))
            part += 1
    file.seek(0)
    return file
