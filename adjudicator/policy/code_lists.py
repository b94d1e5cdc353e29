"""Publishers' lists of codes: which codes there are on a day, and what is said of each."""

import datetime as dt
from collections.abc import Mapping

import msgspec

from adjudicator.model.dates import Span
from adjudicator.policy.document import Version


class CodeEntry(msgspec.Struct, frozen=True):
    """One code of a code table and the days on which it is valid."""

    span: Span
    billable: bool = True
    """Diagnoses: a leaf of the classification, not a heading."""
    facility: bool = False
    """Places of service: the facility rate applies."""
    alert: bool = False
    """Remarks: an Alert, which never explains an adjustment."""
    groups: frozenset[str] = frozenset()
    """Adjustment reasons: the group codes that it is locked to; empty for any."""
    needs_remark: bool = False
    """Adjustment reasons: must carry a remark that is not an Alert."""
    claims_only: bool = False
    """Adjustment reasons: stands on claims between payers (837) and never in a remittance."""
    partial: bool = False
    """Adjustment reasons: never takes a whole charge, so it cannot deny."""
    description: str = ""
    """Procedures, modifiers, places: our own plain words, never the publisher's."""


class CodeTable(Version, frozen=True):
    """A publisher's code list for a period."""

    codes: Mapping[str, tuple[CodeEntry, ...]]

    def entry(self, code: str, day: dt.date) -> CodeEntry | None:
        """The code's entry on a day; None when it is unknown or not valid then."""
        for entry in self.codes.get(code, ()):
            # Asked for every code of a claim: the span is not asked by a call of its own.
            span = entry.span
            if span.effective <= day and (span.ends is None or day <= span.ends):
                return entry
        return None
