"""What every policy document is: complete versions, each chosen by a day."""

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.model.standing import Standing

# Any: the policy set, which holds the documents that hold conditions; to name its type here would make a circle.
Condition = Callable[[Case, Any, Line, Standing], tuple[bool, str]]
"""A compiled condition: does it hold for a line, given the policies and the lines that stand, and the fact that says so."""


class PolicyGap(LookupError):
    """The policy set lacks something that the engine needs for a line: the claim is held, never paid or denied on a guess."""


class Version(msgspec.Struct, frozen=True, dict=True):
    """What every version of every document has."""

    document: str
    """Path without ending, such as ``plans/ppo-gold``."""
    span: Span
    cite: Citation

    @cached_property
    def stamp(self) -> str:
        """Document and version in one word: ``plans/ppo-gold@2026-01-01``."""
        return f"{self.document}@{self.span.effective.isoformat()}"


VersionT = TypeVar("VersionT", bound=Version)


class Document(msgspec.Struct, Generic[VersionT], frozen=True):
    """A document: its versions, newest first, without gaps or overlaps."""

    path: str
    title: str
    versions: tuple[VersionT, ...]

    def find(self, day: dt.date) -> VersionT | None:
        """The version in force on a day; None when the document had none then."""
        for version in self.versions:
            # Asked for every line many times over: the span is not asked by a call of its own.
            span = version.span
            if span.effective <= day and (span.ends is None or day <= span.ends):
                return version
        return None

    def on(self, day: dt.date) -> VersionT:
        """The version in force on a day.

        Raises:
            PolicyGap: no version was in force.
        """
        version = self.find(day)
        if version is None:
            raise PolicyGap(f"{self.path} has no version in force on {day.isoformat()}")
        return version
