"""Writes the YAML that binds a publisher's file: a new document, or a version in its place among those that are there."""

import datetime as dt
import json
import re

import msgspec

from adjudicator.policy.load.documents import TableDocument
from adjudicator.policy.load.library import ONE_DAY, Entry
from adjudicator.policy.load.mistakes import PolicyError
from adjudicator.policy.load.text import Text


class Binding(msgspec.Struct, frozen=True):
    """What a version of a table's document says."""

    lists: str
    layout: str
    file: str
    """From the root of the policy set."""
    sha256: str
    effective: dt.date
    ends: dt.date | None
    publisher: str
    period: str
    title: str
    section: str
    url: str
    member: str = ""


def quarter_end(day: dt.date) -> dt.date:
    """The last day of a day's quarter."""
    month = (day.month - 1) // 3 * 3 + 4
    return dt.date(day.year + month // 13, (month - 1) % 12 + 1, 1) - ONE_DAY


def year_end(day: dt.date) -> dt.date:
    """The last day of a day's year."""
    return dt.date(day.year, 12, 31)


def written(binding: Binding, path: str, before: str | None) -> tuple[str, list[PolicyError]]:
    """A table's document with a version more.

    Args:
        binding: the version.
        path: the document's path without ending.
        before: its text; None where there is no such document yet.

    Returns:
        The text, and what is wrong with it: days that overlap those of another version, for one.
    """
    version = _version(binding)
    if before is None:
        head = "# yaml-language-server: $schema=../../schema.json\n"
        text = f"{head}kind: table\ntitle: {_scalar(binding.title)}\nlists: {binding.lists}\nversions:\n{version}"
    else:
        text = _inserted(before, version, binding.effective)
    entry = Entry(path, Text(f"{path}.yaml", text.encode()))
    mistakes = list(entry.text.mistakes)
    if isinstance(entry.document, TableDocument) and entry.document.lists != binding.lists:
        found = f"found a table that lists {entry.document.lists}; write {binding.lists} into another document"
        mistakes.append(PolicyError(f"{path}.yaml", 1, "lists", found))
    return text, mistakes


def _inserted(before: str, version: str, effective: dt.date) -> str:
    """The text with a version above the first one that is older, comments left where they are."""
    text = Text("", before.encode())
    lines = before.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    versions = text.value.get("versions") if isinstance(text.value, dict) else None
    for position, older in enumerate(versions if isinstance(versions, list) else ()):
        begins = older.get("effective") if isinstance(older, dict) else None
        if isinstance(begins, str) and begins <= effective.isoformat():
            at = text.line(("versions", position)) - 1
            while lines[at - 1].lstrip().startswith("#"):  # what is said above a version stays with it
                at -= 1
            indent = re.match(r" *", lines[text.line(("versions", position)) - 1])
            moved = _indented(version, len(indent[0]) if indent else 2)
            return "".join((*lines[:at], moved, *lines[at:]))
    return "".join((*lines, version))


def _indented(version: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line[2:]}" for line in version.splitlines(keepends=True))


def _version(binding: Binding) -> str:
    return "".join(
        (
            f"  - effective: {binding.effective}\n",
            f"    ends: {binding.ends}\n" if binding.ends else "",
            f"    cite:\n      title: {_scalar(binding.title)}\n      section: {_scalar(binding.section)}\n",
            f"      url: {_scalar(binding.url)}\n",
            f"    publisher: {_scalar(binding.publisher)}\n    period: {_scalar(binding.period)}\n",
            f"    layout: {binding.layout}\n    file: {binding.file}\n",
            f"    member: {_scalar(binding.member)}\n" if binding.member else "",
            f"    sha256: {binding.sha256}\n",
        )
    )


def _scalar(text: str) -> str:
    """A text as YAML: plain where nothing in it can be misread, else in quotes."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9 .,&()-]*[A-Za-z0-9.)]", text) else json.dumps(text)
