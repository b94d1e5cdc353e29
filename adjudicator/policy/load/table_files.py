"""A table's file as it is read: small ones as bytes, big ones from where they lie, never whole in memory."""

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

LARGE_BYTES = 64 * 1024
"""Files of tables above this size are kept by checksum and read from where they lie."""
_CHUNK_BYTES = 1 << 20

Progress = Callable[[str, int, int], None]
"""Told, while a big file is read: its path, how many bytes are read and how many there are."""


class LargeFile(bytes):
    """A big file of a table, as a policy set holds it: a few bytes that name it, and a way to open it.

    What a policy set is made of (its digest, its archive) thus knows a big table by checksum and size.
    """

    sha256: str
    size_bytes: int
    opened: Callable[[], IO[bytes]]

    @classmethod
    def of(cls, sha256: str, size_bytes: int, opened: Callable[[], IO[bytes]]) -> "LargeFile":
        """Tell of a file whose checksum and size are known."""
        file = cls(f"large table file\nsha256: {sha256}\nbytes: {size_bytes}\n".encode())
        file.sha256, file.size_bytes, file.opened = sha256, size_bytes, opened
        return file


_NAMED = re.compile(rb"large table file\nsha256: ([0-9a-f]{64})\nbytes: (\d+)\n")


def named_in(content: bytes) -> tuple[str, int] | None:
    """Checksum and size of the big file that an archived file stands for; None for a file that is itself."""
    named = _NAMED.fullmatch(content)
    return (named[1].decode(), int(named[2])) if named else None


def content_at(path: Path) -> bytes:
    """The content of a table's file: its bytes, or its checksum where it is large."""
    size_bytes = path.stat().st_size
    if size_bytes <= LARGE_BYTES:
        return path.read_bytes()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in chunks_of(file):
            digest.update(chunk)
    return LargeFile.of(digest.hexdigest(), size_bytes, lambda: path.open("rb"))


def checksum_of(content: bytes) -> str:
    """The SHA-256 of a file's content."""
    return content.sha256 if isinstance(content, LargeFile) else hashlib.sha256(content).hexdigest()


def size_of(content: bytes) -> int:
    """The size of a file's content in bytes."""
    return content.size_bytes if isinstance(content, LargeFile) else len(content)


def opened(content: bytes) -> IO[bytes]:
    """A file's content, to be read from its beginning."""
    return content.opened() if isinstance(content, LargeFile) else io.BytesIO(content)


def whole(content: bytes) -> bytes:
    """All of a file's content, for tables that are read into memory."""
    with opened(content) as file:
        return file.read()


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of an open file, piece by piece."""
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


class Watched(io.RawIOBase):
    """An open file that tells how far it has been read."""

    def __init__(self, file: IO[bytes], tell: Callable[[int], None]) -> None:
        """Watch a file; ``tell`` gets the bytes read so far, about once a megabyte."""
        self._file = file
        self._tell = tell
        self._read = 0
        self._told = 0

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """An archive's end is read first."""
        return self._file.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where reading goes on."""
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        """Read on."""
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        self._read += len(content)
        if self._read - self._told >= _CHUNK_BYTES or not content:
            self._told = self._read
            self._tell(self._read)
        return len(content)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
