"""What a reviewer's ruling does to the finding that it answers (domain/07 section 5).

A ruling names one exact finding: rule, policy version and line. A finding that none names stays as it is, with one
exception: a price that a reviewer sets for a line answers whatever else of the line waits for a price.
"""

from collections.abc import Iterable

import msgspec

from adjudicator.model.case import Case, Ruling, RulingVerdict
from adjudicator.model.decision import WHOLE_CLAIM, Finding, Reason, Verdict
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.surprise_billing import CONSENT

LAPSED = "ruling.lapsed"
"""Rule of the note that a ruling no longer answers, since another version of its policy is in force."""
GAP = "policy-gap"
"""Rule of what the policy set has no answer for, such as a service of long before the plan began: denied, never allowed."""
PRICE_CODE = "PRC"
"""The pend code of what waits for a price (domain/07 section 5)."""
UNSUPPORTED = "unsupported."
PRICED_BY_HAND = (
    "pricing.",
    "unsupported.inpatient-elsewhere",
    "unsupported.minutes",
    "unsupported.modifier",
    "unsupported.multiple-procedures",
    "unsupported.purchased-service",
    CONSENT,
)
"""Beginnings of the rules of lines that a person can price: the engine cannot, or what keeps it is a consent that is not good."""
NOT_ON_FILE = ("member.not-found", "newborn.not-enrolled", "newborn.no-cover")
"""Rules of a patient whom the membership file does not know: there is no coverage by which anything could be paid."""
NOBODY = (*NOT_ON_FILE, "member.ambiguous")
"""Rules of a claim for which no one patient is known: denied or waiting, never allowed."""


def is_about_price(finding: Finding) -> bool:
    """Whether a reviewer's price for the line is all that a finding waits for."""
    if finding.line == WHOLE_CLAIM:
        return False
    if finding.rule.startswith(PRICED_BY_HAND):
        return True
    return finding.pend_code == PRICE_CODE and not finding.rule.startswith(UNSUPPORTED)


def ruled(finding: Finding, rulings: tuple[Ruling, ...]) -> Finding:
    """A pend as the ruling on it leaves it: it informs, denies or reduces; itself when no ruling answers it."""
    if not rulings or (finding.verdict is not Verdict.PEND and finding.rule != GAP):
        return finding
    for ruling in rulings:
        if (ruling.rule, ruling.policy, ruling.line) == (finding.rule, finding.policy, finding.line):
            return _with(finding, ruling)
    return finding


def heard(case: Case, policies: PolicySet, findings: Iterable[Finding]) -> list[Finding]:
    """All findings of a claim once every ruling has had its effect: prices settle what waits for one, lapses are told."""
    found = list(findings)
    priced = {f.line: f.ruled_by for f in found if f.price_cents is not None and is_about_price(f)}
    settled = [
        msgspec.structs.replace(finding, verdict=Verdict.INFORM, ruled_by=priced[finding.line])
        if finding.verdict is Verdict.PEND and finding.line in priced and is_about_price(finding)
        else finding
        for finding in found
    ]
    return [*settled, *_lapsed(case, policies, settled)]


def _with(finding: Finding, ruling: Ruling) -> Finding:
    """What a ruling makes of its finding; one that cannot be applied to it leaves it as it is."""
    verdict = ruling.verdict
    if (finding.verdict is Verdict.FAULT or finding.rule in NOBODY) and verdict is not RulingVerdict.DENY:
        return finding
    if verdict is RulingVerdict.ALLOW:
        return msgspec.structs.replace(finding, verdict=Verdict.INFORM, ruled_by=ruling.ruled_by)
    if verdict is RulingVerdict.PRICE:
        if finding.line == WHOLE_CLAIM or ruling.price_cents is None:
            return finding
        return msgspec.structs.replace(
            finding,
            verdict=Verdict.REDUCE if finding.carc else Verdict.INFORM,
            price_cents=ruling.price_cents,
            ruled_by=ruling.ruled_by,
        )
    given = (Reason(ruling.group, ruling.carc, ruling.remarks),) if ruling.carc else finding.reasons
    if not given:
        return finding
    reason = given[0]
    reduced = verdict is RulingVerdict.REDUCE_UNITS
    if reduced and (finding.line == WHOLE_CLAIM or ruling.covered_quantity_thousandths is None):
        return finding
    return msgspec.structs.replace(
        finding,
        verdict=Verdict.REDUCE if reduced else Verdict.DENY,
        covered_quantity_thousandths=ruling.covered_quantity_thousandths if reduced else None,
        group=reason.group,
        carc=reason.carc,
        remarks=reason.remarks,
        ruled_by=ruling.ruled_by,
        # A reason of the reviewer's own says nothing of another payer.
        priority_payer=finding.priority_payer if reason in finding.reasons else None,
    )


def _lapsed(case: Case, policies: PolicySet, findings: list[Finding]) -> Iterable[Finding]:
    """A note for each ruling whose finding is there under another version of its policy, and is not ruled on anew."""
    keys = {(ruling.rule, ruling.policy, ruling.line) for ruling in case.rulings}
    for ruling in case.rulings:
        now = [f for f in findings if (f.rule, f.line) == (ruling.rule, ruling.line)]
        if not now or any((f.rule, f.policy, f.line) in keys for f in now):
            continue
        yield policies.answer(LAPSED, case.received_on).finding(
            f"The ruling on {ruling.rule} ({ruling.verdict.value.replace('_', ' ')}) was given for "
            f"{ruling.policy or 'no policy'} and lapsed: {now[0].policy or 'no policy'} is in force for the line now.",
            ruling.line,
        )
