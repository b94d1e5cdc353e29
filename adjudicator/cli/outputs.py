"""Writes the files that a command leaves behind: all of them whole, or none of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

PARTIAL = ".partial"
"""Ending of a file that is still being written."""


@contextmanager
def whole_files(folder: Path, *names: str) -> Iterator[tuple[TextIO, ...]]:
    """Open new files in a folder, which is made if need be; they take their names when the block is left.

    A file that nothing was written to is not left behind, nor is an older one of its name. When the block raises or is
    interrupted, what stood there before stays as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = [folder / f"{name}{PARTIAL}" for name in names]
    try:
        with ExitStack() as opened:
            yield tuple(opened.enter_context(path.open("w", encoding="utf-8", newline="")) for path in partial)
        for path, name in zip(partial, names, strict=True):
            if path.stat().st_size:
                path.replace(folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
    finally:
        for path in partial:
            path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write one file whole or not at all."""
    with whole_files(path.parent, path.name) as (file,):
        file.write(text)
