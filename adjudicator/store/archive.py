"""Every policy set that was ever in force, by digest: what a stored decision was made with can always be read again."""

import zlib
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from adjudicator.store.tables import policy_archives

_KNOWN = sa.select(policy_archives.c.digest).where(policy_archives.c.digest == sa.bindparam("of_digest"))
_FILES = sa.select(policy_archives.c.files).where(policy_archives.c.digest == sa.bindparam("of_digest"))


def archive_policies(connection: sa.Connection, digest: str, files: Mapping[str, bytes]) -> None:
    """Keep the files of a policy set; a set that is kept already is left as it is. No decision is kept without its set."""
    if connection.execute(_KNOWN, {"of_digest": digest}).first() is None:
        packed = zlib.compress(msgspec.msgpack.encode(dict(sorted(files.items()))))
        connection.execute(sa.insert(policy_archives), {"digest": digest, "files": packed})


def archived_policies(connection: sa.Connection, digest: str) -> dict[str, bytes] | None:
    """The files of a policy set by their paths; None when it was never in force here."""
    packed = connection.execute(_FILES, {"of_digest": digest}).scalar()
    return None if packed is None else msgspec.msgpack.decode(zlib.decompress(packed), type=dict[str, bytes])
