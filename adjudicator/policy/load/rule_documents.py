"""Documents that decide: conditions and outcomes, medical and coding policies, prior authorization, guidance."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.model.decision import Verdict
from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.scalars import (
    Carc,
    Count,
    Flag,
    Name,
    NumberFormat,
    Procedures,
    Quantity,
    Rarc,
    Share,
    Status,
    Words,
    Yes,
)
from adjudicator.policy.load.versions import Cite, Document, Part, Version

Group = Literal["CO", "OA", "PI", "PR"]
Queue = Literal[
    "clinical",
    "coding",
    "coordination",
    "eligibility",
    "examiner",
    "finance",
    "fraud",
    "pricing",
    "provider",
    "quality",
    "system",
    "um",
]
PendCode = Literal["AUTH", "COB", "COD", "DOC", "DUP", "FIN", "FWA", "MED", "MEM", "PRC", "PRV", "QA", "SYS"]
"""Why something waits, in the trade's families (domain/07 section 5)."""
Remedy = Literal[
    "replacement",
    "new_claim",
    "appeal",
    "bill_patient",
    "bill_other_payer",
    "send_documents",
    "void",
    "write_off",
    "negotiate",
    "post_capitation",
    "wait",
    "none",
]
Clock = Literal["filing_limit", "filing_limit_after_answer", "appeal_limit", "none"]
Who = Literal[
    "biller",
    "clinician",
    "coder",
    "contracting",
    "credentialing",
    "nobody",
    "patient",
    "payer",
    "provider",
    "records",
    "registration",
]


class Denial(Part):
    """A reason with which a reviewer may answer no."""

    carc: Carc = Field(description="The adjustment reason (CARC).")
    group: Group | None = Field(
        default=None, description="Who bears it; left out: the group to which the reason is locked, else CO."
    )
    remarks: tuple[Rarc, ...] = Field(default=(), description="Remark codes (RARC).")


_CODE = "pend: why it waits, in short; left out: the code of its queue in payer.yaml."
_DENIALS = "pend: the reasons with which a reviewer may say no; left out: any lawful reason that guidance explains."


class Outcome(Part):
    """What a criterion answers: a denial or a reduction with its reason, or a question for a reviewer."""

    deny: Carc | None = Field(default=None, description="Deny with this adjustment reason (CARC).")
    reduce: Carc | None = Field(
        default=None,
        description="Cover only so many `units` of the line; the others get this adjustment reason (CARC).",
    )
    units: Quantity | None = Field(
        default=None, description="reduce: how many units of the line are covered; a line with no more is not reduced."
    )
    group: Group | None = Field(
        default=None, description="Who bears it; left out: the group to which the reason is locked, else CO."
    )
    remarks: tuple[Rarc, ...] = Field(default=(), description="Remark codes (RARC).")
    automatic: Flag = Field(
        default=False, description="true: a reason of medical necessity denies without a clinician."
    )
    pend: Queue | None = Field(default=None, description="Wait in this reviewers' queue.")
    ask: Words = Field(default="", description="What the reviewer must answer.")
    code: PendCode | None = Field(default=None, description=_CODE)
    denials: tuple[Denial, ...] = Field(default=(), description=f"{_DENIALS} A denial that waits has its own besides.")

    @model_validator(mode="after")
    def _one_answer(self) -> "Outcome":
        if [bool(self.deny), bool(self.reduce), bool(self.pend)].count(True) != 1:
            raise PydanticCustomError("written", "found no single answer; write one of deny, reduce or pend")
        if bool(self.reduce) != (self.units is not None):
            raise PydanticCustomError("written", "found reduce or units alone; write both, or neither")
        if self.units == 0:
            raise PydanticCustomError("written", "found units: 0, which covers nothing; write deny")
        if self.pend and not self.ask:
            raise PydanticCustomError(
                "written", "found pend without ask; write the question that the reviewer must answer"
            )
        if self.pend and (self.group or self.remarks or self.automatic):
            raise PydanticCustomError(
                "written",
                "found a reason on a pend; write it under denials, from which the reviewer chooses",
            )
        return self

    @property
    def carc(self) -> str:
        """The reason with which it denies or reduces; empty when it pends."""
        return self.deny or self.reduce or ""


class CriterionText(Part):
    """One sentence of the policy: where `when` holds, `require` must hold, `otherwise` answers."""

    id: Name = Field(
        description="Name of the criterion; findings name it `coverage/document#id` or `coding/document#id`."
    )
    quote: Words = Field(description="The sentence of the source that it formalizes.")
    when: Condition | None = Field(default=None, description="Where the criterion applies; left out: always.")
    require: Condition | None = Field(default=None, description="What must hold there.")
    otherwise: Outcome | None = Field(default=None, description="With require: the answer where it does not hold.")
    then: Outcome | None = Field(default=None, description="Without require: the answer wherever `when` holds.")

    @model_validator(mode="after")
    def _complete(self) -> "CriterionText":
        complete = (
            (self.otherwise and not self.then) if self.require else (self.when and self.then and not self.otherwise)
        )
        if not complete:
            raise PydanticCustomError("written", "found no rule; write require with otherwise, or when with then")
        return self


Mode = Literal["enforce", "pend", "observe"]
_MODE = "enforce: acts. pend: what would deny waits for an examiner. observe: only notes internally what it would do."


class CriteriaVersion(Version):
    """Criteria for procedures."""

    mode: Mode = Field(default="enforce", description=_MODE)
    procedures: Procedures = Field(description="Procedures that the policy is about.")
    criteria: tuple[CriterionText, ...] = Field(min_length=1, description="Every criterion is checked.")


class CoverageVersion(CriteriaVersion):
    """A medical policy: what is covered, for whom, how often, with whose review."""


class CodingVersion(CriteriaVersion):
    """A coding policy: what the claim must say of a service. It is asked before medical policies, with the claim's data."""


class CoverageDocument(Document[CoverageVersion]):
    """A medical policy: `coverage/`."""

    kind: Literal["coverage"]


class CodingDocument(Document[CodingVersion]):
    """A coding policy: `coding/`."""

    kind: Literal["coding"]


class AuthorizedService(Part):
    """Services that need approval ahead of time."""

    id: Name = Field(description="Name of the row; findings name it `authorization/document#id`.")
    quote: Words = Field(description="The sentence of the source that it formalizes.")
    for_: Procedures = Field(alias="for", description="Procedures that need approval.")
    when: Condition | None = Field(default=None, description="Where the row applies; left out: always.")
    needs: Literal["authorization", "referral"] = Field(
        default="authorization",
        description="authorization: ours, ahead of time. referral: one of the primary care provider.",
    )
    number_on_claim: Flag = Field(
        default=False, description="Whether the claim must give the authorization's number (REF*G1)."
    )
    notice_days: Count = Field(
        default=0,
        description="Days after the service within which approval may still be asked for; 0: on its day at the latest.",
    )
    late_share: Share = Field(
        default=0,
        description="The share of the allowed amount that is covered where it was asked for later; 0: nothing is.",
    )
    beyond: Literal["reduce", "deny"] = Field(
        default="reduce",
        description="More units than are left of the authorization: reduce pays those that are left, deny nothing of the line.",
    )
    otherwise: Outcome = Field(
        description="The answer where no approval is on file. Where it pends, it also answers for approvals that do not fit."
    )

    @model_validator(mode="after")
    def _fits_what_it_needs(self) -> "AuthorizedService":
        if self.otherwise.reduce:
            raise PydanticCustomError("written", "found reduce for a service without approval; write deny or pend")
        for name in ("number_on_claim", "late_share", "beyond"):
            if self.needs == "referral" and name in self.model_fields_set:
                raise PydanticCustomError(
                    "written", "found {name} on a referral; leave it out, authorizations only have it", {"name": name}
                )
        return self


class AuthorizationVersion(Version):
    """What needs prior authorization or a referral."""

    mode: Mode = Field(default="enforce", description=_MODE)
    number_format: NumberFormat = Field(
        default="", description="How our authorization numbers look; left out: no number is refused for its form."
    )
    services: tuple[AuthorizedService, ...] = Field(min_length=1, description="First match wins.")


class AuthorizationDocument(Document[AuthorizationVersion]):
    """What needs prior authorization or a referral: `authorization/`."""

    kind: Literal["authorization"]


class Step(Part):
    """What a biller does about a reason."""

    cause: Words = Field(description="What it means, in plain words.")
    who: Who = Field(description="Who acts.")
    step: Words = Field(description="Exactly what to do next.")
    remedy: Remedy = Field(description="Which way out it is.")
    deadline: Clock = Field(
        default="none",
        description="Which clock runs. The filing limit counts from the service, after another payer's answer from that as well.",
    )
    appeal: Flag = Field(default=False, description="Whether there is a right of appeal.")
    patient: Words = Field(description="What the patient may be billed for it.")
    cite: Cite | None = Field(default=None, description="Its own source, where it is not the version's.")

    @model_validator(mode="after")
    def _appeals(self) -> "Step":
        if self.remedy == "appeal" and not self.appeal:
            raise PydanticCustomError("written", "found remedy appeal without the right to it; write appeal: true")
        return self


VERDICTS = {
    "reject": Verdict.REJECT,
    "deny": Verdict.DENY,
    "reduce": Verdict.REDUCE,
    "pend": Verdict.PEND,
    "inform": Verdict.INFORM,
    "fault": Verdict.FAULT,
}
"""What each kind of answer does, by its word."""


class RuleAnswer(Step):
    """What one of the engine's own rules answers, and what the biller does about it: exactly one of the answers."""

    reject: tuple[Status, ...] | None = Field(
        default=None, min_length=1, max_length=3, description="Reject with these 277CA statuses."
    )
    deny: Carc | None = Field(default=None, description="Deny with this adjustment reason (CARC).")
    reduce: Carc | None = Field(default=None, description="Reduce with this adjustment reason (CARC).")
    pend: Queue | None = Field(default=None, description="Wait in this reviewers' queue.")
    inform: Yes | None = Field(default=None, description="Only tell.")
    fault: Queue | None = Field(default=None, description="Our own failure: wait in this queue, told internally only.")
    group: Group | None = Field(
        default=None,
        description="deny, reduce: who bears it; left out: the group to which the reason is locked, else CO.",
    )
    remarks: tuple[Rarc, ...] = Field(default=(), description="deny, reduce, inform: remark codes (RARC).")
    ask: Words = Field(default="", description="pend, fault: what the reviewer must answer.")
    code: PendCode | None = Field(default=None, description=_CODE)
    denials: tuple[Denial, ...] = Field(default=(), description=_DENIALS)
    audience: Literal["provider", "internal"] | None = Field(
        default=None, description="Who may see the finding; left out: internal for fault, else provider."
    )

    @property
    def kind(self) -> Verdict:
        """Which kind of answer it is."""
        return next(verdict for word, verdict in VERDICTS.items() if getattr(self, word))

    @model_validator(mode="after")
    def _one_answer(self) -> "RuleAnswer":
        answers = [word for word in ("reject", "deny", "reduce", "pend", "inform", "fault") if getattr(self, word)]
        if len(answers) != 1:
            raise PydanticCustomError(
                "written",
                "found {found}; write exactly one of reject, deny, reduce, pend, inform or fault",
                {"found": " and ".join(answers) or "no answer"},
            )
        if answers[0] not in ("deny", "reduce") and self.group:
            raise PydanticCustomError("written", "found group on {answer}; leave it out", {"answer": answers[0]})
        if answers[0] in ("reject", "pend", "fault") and self.remarks:
            raise PydanticCustomError("written", "found remarks on {answer}; leave them out", {"answer": answers[0]})
        if answers[0] in ("pend", "fault") and not self.ask:
            raise PydanticCustomError(
                "written",
                "found {answer} without ask; write the question that the reviewer must answer",
                {"answer": answers[0]},
            )
        if answers[0] != "pend" and (self.code or self.denials):
            raise PydanticCustomError(
                "written",
                "found {word} on {answer}, which no reviewer answers; leave it out",
                {"word": "code" if self.code else "denials", "answer": answers[0]},
            )
        return self


class GuidanceVersion(Version):
    """What the engine's own rules answer, and what a biller does about each reason."""

    rules: dict[str, RuleAnswer] = Field(default_factory=dict, description="Answers of engine rules, by rule name.")
    reasons: dict[str, Step] = Field(
        default_factory=dict,
        description="Next steps by reason, from exact to general (`CO-16/M51`, `16/M51`, `CO-16`, `16`), "
        "and `pend/QUEUE` for what waits in a queue.",
    )


class GuidanceDocument(Document[GuidanceVersion]):
    """Answers and next steps: `guidance/`."""

    kind: Literal["guidance"]
