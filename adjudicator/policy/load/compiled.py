"""Publishers' tables compiled once and mapped ever after: one file in the cache serves all workers of a machine.

A compiled table is named for everything that it depends on: the source's checksum, the layout, the first day for which it
is read and the version of the compiler. It is written beside its place and renamed into it, so that two processes may
compile at once and an interruption leaves nothing half done. One that is damaged, or is not what its name says, is made
anew; the folder may be emptied at any time.
"""

import datetime as dt
import hashlib
import mmap
import os
import tempfile
from pathlib import Path

from adjudicator.policy.load.mistakes import PolicyError
from adjudicator.policy.load.publishers.layouts import Layout, Packed
from adjudicator.policy.load.publishers.rows import Rows, TooManyMistakes
from adjudicator.policy.load.table_files import LargeFile, Progress, checksum_of, chunks_of, opened

COMPILER = "2"
"""Goes up with every change to what a layout's reader makes of a file."""
CACHE_VARIABLE = "ADJUDICATOR_TABLE_CACHE"
"""Names the folder of compiled tables; without it they stand in the user's own cache folder."""


def cache_folder() -> Path:
    """Where compiled tables are kept. What it holds is believed: nobody else should be able to write there."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    own = os.environ.get("XDG_CACHE_HOME")
    return (Path(own) if own else Path.home() / ".cache") / "adjudicator" / "tables"


def compiled(
    file: str, content: bytes, layout: Layout, since: dt.date, member: str = "", progress: Progress | None = None
) -> tuple[Packed | None, list[PolicyError]]:
    """A table ready for look-ups: a large one mapped from the cache, a small one made in memory each time.

    Args:
        file: its path, for messages.
        content: what it holds.
        layout: how it is laid out.
        since: the first day for which it is read.
        member: the text to read in a zip that holds several.
        progress: told how far a long compiling is.

    Returns:
        The table, None when there are mistakes; and the mistakes.
    """
    source = "/".join((checksum_of(content), layout.name, member, since.isoformat(), COMPILER))
    rows = Rows(file, content, since, member, progress if isinstance(content, LargeFile) else None)
    if not isinstance(content, LargeFile):
        packed = _pack(rows, layout, source)
        return (None if rows.mistakes else layout.open(packed, source)), rows.mistakes
    place = cache_folder() / f"{hashlib.sha256(source.encode()).hexdigest()}.table"
    try:
        return layout.open(_mapped(place), source), []
    except (OSError, ValueError):  # not there, empty, or Damaged
        packed = _pack(rows, layout, source)
    if not rows.mistakes and not _is_unchanged(content):
        rows.mistakes.append(PolicyError(file, 1, "", "found a file that changed while it was read; try again"))
    if rows.mistakes:
        return None, rows.mistakes
    try:
        _keep(place, packed)
        return layout.open(_mapped(place), source), []
    except OSError as failure:
        why = f"found no way to keep the compiled table in {place.parent} ({failure.strerror})"
        return None, [PolicyError(file, 1, "", f"{why}; name a folder in {CACHE_VARIABLE}")]


def _pack(rows: Rows, layout: Layout, source: str) -> bytes:
    try:
        return layout.pack(rows, source)
    except TooManyMistakes:
        return b""


def _mapped(place: Path) -> memoryview:
    with place.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _keep(place: Path, packed: bytes) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix="compiling-", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(place)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _is_unchanged(content: LargeFile) -> bool:
    digest = hashlib.sha256()
    with opened(content) as file:
        for chunk in chunks_of(file):
            digest.update(chunk)
    return digest.hexdigest() == content.sha256
