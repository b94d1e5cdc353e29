"""What rules answer, and what a biller is told to do about it."""

import enum
from collections.abc import Iterator, Mapping

import msgspec

from adjudicator.model.decision import Audience, Citation, Finding, PriorityPayer, Reason, Verdict
from adjudicator.policy.document import Version


class Mode(enum.Enum):
    """How far a document's version acts: a new rule is rolled out by observing first."""

    ENFORCE = "enforce"
    PEND = "pend"
    OBSERVE = "observe"


class Answer(msgspec.Struct, frozen=True):
    """What a rule answers when it fires: outcome and standard reason, as the policy states them."""

    rule: str
    verdict: Verdict
    policy: str
    group: str = ""
    carc: str = ""
    remarks: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    queue: str = ""
    pend_code: str = ""
    question: str = ""
    denials: tuple[Reason, ...] = ()
    cite: Citation | None = None
    quote: str = ""
    audience: Audience = Audience.PROVIDER
    covered_quantity_thousandths: int | None = None
    """REDUCE: how many of the line's units it leaves covered, where the policy itself says so."""
    covered_basis_points: int | None = None
    """REDUCE: the share of the allowed amount that it leaves covered, where the policy itself says so."""

    def finding(
        self,
        because: str,
        line: int = 0,
        *,
        covered_quantity_thousandths: int | None = None,
        covered_basis_points: int | None = None,
        priority_payer: PriorityPayer | None = None,
    ) -> Finding:
        """This answer given to a line (0: the whole claim) for a reason in words.

        Args:
            because: the reason, one sentence with the claim's facts.
            line: the line's number.
            covered_quantity_thousandths: REDUCE: how many of the line's units stay covered, where the edit worked it out.
            covered_basis_points: REDUCE: the share of the allowed amount that stays covered, where the edit found it.
            priority_payer: who is to be billed before us, where the edit found it.
        """
        if covered_quantity_thousandths is None:
            covered_quantity_thousandths = self.covered_quantity_thousandths
        if covered_basis_points is None:
            covered_basis_points = self.covered_basis_points
        reduces = self.verdict is Verdict.REDUCE
        return Finding(
            rule=self.rule,
            verdict=self.verdict,
            because=because,
            line=line,
            group=self.group,
            carc=self.carc,
            remarks=self.remarks,
            statuses=self.statuses,
            covered_quantity_thousandths=covered_quantity_thousandths if reduces else None,
            covered_basis_points=covered_basis_points if reduces else None,
            queue=self.queue,
            pend_code=self.pend_code,
            question=self.question,
            denials=self.denials,
            policy=self.policy,
            cite=self.cite,
            quote=self.quote,
            audience=self.audience,
            priority_payer=priority_payer,
        )


class Guidance(msgspec.Struct, frozen=True):
    """What a biller does about a reason (domain/08): plain cause, who acts, exact step, remedy, deadline, appeal, patient."""

    key: str
    """A rule's name, or a reason: ``CO-16/M119``, ``CO-16``, ``16/M119`` or ``16``."""
    cause: str
    who: str
    step: str
    remedy: str
    """replacement, new_claim, appeal, bill_patient, bill_other_payer, send_documents, void, write_off, negotiate,
    post_capitation, wait or none."""
    deadline: str = ""
    """Which clock runs: filing_limit, filing_limit_after_answer, appeal_limit or empty for none."""
    appeal: bool = False
    patient: str = ""
    """What the patient may be billed for it, in words."""
    cite: Citation | None = None
    policy: str = ""


OWED_BY_OTHERS = ("bill_patient", "bill_other_payer")
"""Remedies of reasons for which somebody else owes the money: the provider must not write it off."""


class GuidanceVersion(Version, frozen=True):
    """Answers of the engine's own rules and guidance for reasons."""

    answers: Mapping[str, Answer]
    guidance: Mapping[str, Guidance]


def reason_keys(group: str, carc: str, remarks: tuple[str, ...]) -> Iterator[str]:
    """Under which keys guidance for a reason may stand, the most exact first: ``CO-16/M119``, ``16/M119``, ``CO-16``, ``16``."""
    if not carc:
        return
    for remark in remarks:
        yield f"{group}-{carc}/{remark}"
        yield f"{carc}/{remark}"
    yield f"{group}-{carc}"
    yield carc


def guidance_keys(finding: Finding) -> tuple[str, ...]:
    """Under which keys guidance for a finding may stand, the most exact first.

    What waits is guided by its rule, else by its queue (``pend/clinical``): its reason is not a denial yet. What a
    reviewer ruled is guided by the reason that the reviewer gave, since the rule's own guidance is about waiting.
    """
    if finding.verdict in (Verdict.PEND, Verdict.FAULT):
        return finding.rule, f"pend/{finding.queue}"
    reasons = tuple(reason_keys(finding.group, finding.carc, finding.remarks))
    return (*reasons, finding.rule) if finding.ruled_by else (finding.rule, *reasons)
