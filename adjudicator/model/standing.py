"""What of a claim still stands while it is decided: the lines that nothing has denied, and what the cuts have left of each."""

from collections.abc import Iterable, Mapping

from adjudicator.model.claim import Claim
from adjudicator.model.decision import WHOLE_CLAIM, Finding, Verdict

Standing = Mapping[int, int]
"""The lines that nothing has denied so far, by number, each with how much of its quantity is left, in thousandths."""


def billed(claim: Claim) -> Standing:
    """All lines, whole: what stands before anything is found."""
    return {line.number: line.quantity_thousandths for line in claim.lines}


def left_after(standing: Standing, findings: Iterable[Finding]) -> Standing:
    """What some findings leave: a line that is denied no longer stands, of one that is cut only so many units are left."""
    left = dict(standing)
    for finding in findings:
        if finding.verdict is Verdict.DENY:
            if finding.line == WHOLE_CLAIM:
                return {}
            left.pop(finding.line, None)
        elif finding.verdict is Verdict.REDUCE and finding.line in left:
            covered = finding.covered_quantity_thousandths
            left[finding.line] = left[finding.line] if covered is None else min(left[finding.line], covered)
    return left
