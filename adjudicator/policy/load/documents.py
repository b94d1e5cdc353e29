"""Every kind of policy document as a typed model: what may stand in it, and what each word means.

The models check form only; what needs other documents (references, reason codes, gaps between versions) is checked when
the documents are compiled. The descriptions here are the reference in ``policies/README.md`` and in the editor.
"""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.scalars import (
    Carc,
    Checksum,
    ContractPath,
    Count,
    Day,
    Diagnoses,
    Dollars,
    FeesPath,
    Flag,
    Hundredths,
    HundredthsOrNone,
    Modifiers,
    Name,
    Places,
    PlanPath,
    Procedure,
    Procedures,
    Quantity,
    Rarc,
    Rate,
    Share,
    Status,
    TableFile,
    TaxId,
    Taxonomy,
    TenThousandths,
    Thousandths,
    Words,
)

Group = Literal["CO", "OA", "PI", "PR"]
Queue = Literal["clinical", "eligibility", "examiner", "pricing", "system", "um"]
Remedy = Literal[
    "replacement",
    "new_claim",
    "appeal",
    "bill_patient",
    "bill_other_payer",
    "send_documents",
    "void",
    "write_off",
    "wait",
    "none",
]
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
Lists = Literal["procedures", "diagnoses", "modifiers", "places", "carc", "rarc"]


class Part(BaseModel):
    """A mapping in a document; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Cite(Part):
    """Where the rule stands written."""

    title: Words = Field(description="Title of the source.")
    section: Words = Field(default="", description="Section, page or exhibit.")
    url: Words = Field(default="", description="Address or document id.")


class Withdrawal(Part):
    """A version that says: from this day the document has no version in force."""

    effective: Day = Field(description="First day without a version in force.")
    withdrawn: Annotated[Literal["true"], Field(description="Always true.", json_schema_extra={"enum": [True]})]
    cite: Cite = Field(description="Where the withdrawal stands written.")


class Version(Part):
    """A complete version of a document."""

    effective: Day = Field(description="First day in force.")
    ends: Day | None = Field(
        default=None, description="Last day in force; left out, the version lasts until the next newer one."
    )
    cite: Cite = Field(description="Where this version stands written.")


V = TypeVar("V", bound=Version)


def _withdrawn_or_not(value: Any) -> str:
    return "<withdrawal>" if isinstance(value, dict) and "withdrawn" in value else "<version>"


class Document(Part, Generic[V]):
    """A document: a title and its versions."""

    kind: str
    title: Words = Field(description="What people call the document.")
    versions: Annotated[
        tuple[
            Annotated[
                Annotated[V, Tag("<version>")] | Annotated[Withdrawal, Tag("<withdrawal>")],
                Discriminator(_withdrawn_or_not),
            ],
            ...,
        ],
        Field(min_length=1, description="Newest first, without gaps or overlaps."),
    ]


class PostalAddress(Part):
    """A postal address."""

    line_1: Words = Field(description="Street.")
    line_2: Words = Field(default="", description="More of the street.")
    city: Words = Field(description="City.")
    state: Words = Field(description="State, two letters.")
    postal_code: Words = Field(description="ZIP code.")


class Contact(Part):
    """Whom providers may ask."""

    name: Words = Field(description="Department.")
    phone: Words = Field(description="Telephone number, digits only.")
    url: Words = Field(description="Web address.")


class PayerVersion(Version):
    """Who we are and the rules that hold for every plan."""

    name: Words = Field(description="Our name as remittances give it.")
    payer_id: Words = Field(description="The id under which claims are sent to us (2010BB NM109).")
    tax_id: TaxId = Field(description="Our tax id.")
    address: PostalAddress = Field(description="Our address.")
    contact: Contact = Field(description="Whom providers may ask.")
    out_of_network: ContractPath = Field(description="The contract document that prices providers without a contract.")
    appeal_limit_days: Count = Field(description="Days from the decision within which it may be appealed.")
    payment_method: Literal["CHK", "ACH"] = Field(description="How money moves: check, or automated clearing house.")
    duplicate_of_denied: Flag = Field(description="Whether a line that repeats a denied line is a duplicate too.")
    neutral_modifiers: Modifiers = Field(
        description="Modifiers that never change a price; any other waits for pricing."
    )
    clinician_reasons: tuple[Carc, ...] = Field(
        description="Reasons of medical necessity: a denial with one waits for a clinician unless it is automatic."
    )


class PayerDocument(Document[PayerVersion]):
    """The payer: `payer.yaml`."""

    kind: Literal["payer"]


class Limit(Part):
    """A deductible or an out-of-pocket maximum in a calendar year."""

    individual: Dollars = Field(description="One person's limit.")
    family: Dollars = Field(description="The family's limit.")
    structure: Literal["embedded"] = Field(
        description="embedded: a person stops at the individual limit or when the family's is reached."
    )


class Tier(Part):
    """The two limits of one network tier."""

    deductible: Limit = Field(description="What members pay before the plan does.")
    out_of_pocket: Limit = Field(description="The most that members pay.")


class Terms(Part):
    """What the member owes for a benefit in one tier; an empty mapping means that the plan pays everything."""

    covered: Flag = Field(default=True, description="false: the benefit is not covered in this tier.")
    copay: Dollars = Field(default=0, description="Fixed amount a visit.")
    deductible: Flag = Field(default=False, description="Whether the deductible applies.")
    coinsurance: Share = Field(default=0, description="The member's share of what is left.")


class BenefitRow(Part):
    """One row of the schedule of benefits."""

    id: Name = Field(description="Name of the benefit.")
    for_: Procedures = Field(alias="for", description="Procedures of the benefit, or any.")
    in_network: Terms = Field(description="What the member owes in network.")
    out_of_network: Terms = Field(description="What the member owes out of network.")


class PlanVersion(Version):
    """A benefit plan as one certificate of coverage states it."""

    product: Words = Field(description="The product for which providers contract, such as PPO.")
    filing_limit_days: Count = Field(description="Days from the service within which its claim must arrive.")
    cost_share_order: tuple[Literal["copay", "deductible", "coinsurance"], ...] = Field(
        description="The order in which the member's share is taken: all three words."
    )
    in_network: Tier = Field(description="Limits in network.")
    out_of_network: Tier = Field(description="Limits out of network.")
    benefits: tuple[BenefitRow, ...] = Field(min_length=1, description="First match wins; the last row is `for: any`.")


class PlanDocument(Document[PlanVersion]):
    """A benefit plan: `plans/`."""

    kind: Literal["plan"]


class PayRow(Part):
    """One row of a contract."""

    for_: Procedures = Field(alias="for", description="Procedures that the row pays, or any.")
    from_: FeesPath = Field(alias="from", description="The fee schedule.")
    rate: Rate = Field(description="The share of the fee that is paid, such as 1.15.")
    lesser_of_charge: Flag = Field(description="Whether the charge caps the payment.")


class ContractVersion(Version):
    """What a provider is paid."""

    network: Flag = Field(
        default=True, description="false: the rule for providers without a contract; the balance is the patient's."
    )
    pay: tuple[PayRow, ...] = Field(min_length=1, description="First match wins; the last row is `for: any`.")


class ContractDocument(Document[ContractVersion]):
    """A provider contract, or the out-of-network rule: `contracts/`."""

    kind: Literal["contract"]


class PlaceFees(Part):
    """A fee that depends on the place; a place that is left out has no fee."""

    non_facility: Dollars | None = Field(default=None, description="Fee outside facilities.")
    facility: Dollars | None = Field(default=None, description="Fee in facilities.")


def _one_fee_for_both(value: Any) -> Any:
    return {"non_facility": value, "facility": value} if isinstance(value, str) else value


class FlatFee(PlaceFees):
    """A listed fee: dollars, or dollars for each kind of place."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema.update(
            {
                "anyOf": [
                    {"type": ["number", "string"]},
                    {key: schema.pop(key) for key in ("type", "properties", "additionalProperties") if key in schema},
                ]
            }
        )
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        return _one_fee_for_both(value)


class RelativeValueRow(Part):
    """One procedure's relative value units."""

    work: Hundredths = Field(description="Work units.")
    practice: HundredthsOrNone = Field(description="Practice expense outside facilities, or NA.")
    practice_facility: HundredthsOrNone = Field(description="Practice expense in facilities, or NA.")
    malpractice: Hundredths = Field(description="Malpractice units.")
    multiple_procedures: Literal["0", "1", "2", "3", "4", "5", "6", "7", "9"] = Field(
        default="0", description="Multiple-procedure indicator of the fee schedule."
    )


class FeesVersion(Version):
    """A fee schedule of either method."""

    method: Literal["flat", "relative-value"] = Field(
        description="flat: amounts as listed. relative-value: units times indices times a conversion factor."
    )
    amounts: dict[Procedure, FlatFee] | None = Field(
        default=None, description="flat: fee of each procedure, or `{non_facility: 45.00, facility: 40.00}`."
    )
    work_index: Thousandths | None = Field(default=None, description="relative-value: geographic index of work.")
    practice_index: Thousandths | None = Field(
        default=None, description="relative-value: geographic index of practice expense."
    )
    malpractice_index: Thousandths | None = Field(
        default=None, description="relative-value: geographic index of malpractice."
    )
    conversion_factor: TenThousandths | None = Field(default=None, description="relative-value: dollars per unit.")
    values: dict[Procedure, RelativeValueRow] | None = Field(
        default=None, description="relative-value: units of each procedure."
    )

    @model_validator(mode="after")
    def _fits_its_method(self) -> "FeesVersion":
        words = {
            "flat": ("amounts",),
            "relative-value": ("work_index", "practice_index", "malpractice_index", "conversion_factor", "values"),
        }
        for method, names in words.items():
            for name in names:
                if method == self.method and not getattr(self, name):
                    raise PydanticCustomError(
                        "written",
                        "method {method} found without {name}; write {name}",
                        {"method": method, "name": name},
                    )
                if method != self.method and getattr(self, name) is not None:
                    raise PydanticCustomError(
                        "written",
                        "found {name}, which belongs to method {method}; write method: {method} or leave {name} out",
                        {"method": method, "name": name},
                    )
        return self


class FeesDocument(Document[FeesVersion]):
    """A fee schedule: `fees/`."""

    kind: Literal["fees"]


class YearsBound(Part):
    """Completed years, both bounds included."""

    min: Count | None = Field(default=None, description="Youngest age.")
    max: Count | None = Field(default=None, description="Oldest age.")


class UnitsBound(Part):
    """Units, both bounds included."""

    min: Quantity | None = Field(default=None, description="Fewest units.")
    max: Quantity | None = Field(default=None, description="Most units.")


class ChargeBound(Part):
    """Dollars, both bounds included."""

    min: Dollars | None = Field(default=None, description="Lowest charge.")
    max: Dollars | None = Field(default=None, description="Highest charge.")


class EarlierServices(Part):
    """Which earlier services count, and how far back: `months` or `days`, open at the far end."""

    procedures: Procedures = Field(description="Services that count.")
    months: Count | None = Field(
        default=None,
        description="Calendar months back. With 12, a service of 2025-03-10 no longer counts on 2026-03-10.",
    )
    days: Count | None = Field(default=None, description="Days back, in place of months.")

    @model_validator(mode="after")
    def _one_window(self) -> "EarlierServices":
        if bool(self.months) == bool(self.days):
            raise PydanticCustomError("written", "found no single look-back; write either months or days, above 0")
        return self


class AtMost(EarlierServices):
    """How often a service may be given within a look-back, the line itself included."""

    count: Quantity = Field(description="How many are covered.")
    counting: Literal["visits", "units"] = Field(
        default="visits", description="visits: days with such a service, each once. units: their quantities."
    )

    @model_validator(mode="after")
    def _whole_visits(self) -> "AtMost":
        if self.count == 0 or (self.counting == "visits" and self.count % 1000):
            raise PydanticCustomError("written", "found no such count of visits or units; write a whole number above 0")
        return self


class Condition(Part):
    """Words that must all hold for the line."""

    age_years: YearsBound | None = Field(
        default=None, description="The patient's completed years on the day of the line."
    )
    sex: Literal["F", "M"] | None = Field(default=None, description="The patient's sex as our membership file has it.")
    diagnoses: Diagnoses | None = Field(default=None, description="Any diagnosis that the line points at is listed.")
    procedures: Procedures | None = Field(default=None, description="The line's procedure is listed.")
    modifiers: Modifiers | None = Field(default=None, description="Any modifier of the line is listed.")
    places: Places | None = Field(default=None, description="The line's place of service is listed.")
    units: UnitsBound | None = Field(default=None, description="The line's quantity lies within the bounds.")
    charge: ChargeBound | None = Field(default=None, description="The line's charge lies within the bounds.")
    plan: tuple[PlanPath, ...] | None = Field(
        default=None, min_length=1, description="The patient's plan on the day of the line is listed."
    )
    specialty: tuple[Taxonomy, ...] | None = Field(
        default=None, min_length=1, description="The rendering provider's taxonomy begins with one of these."
    )
    none_since: EarlierServices | None = Field(
        default=None,
        description="No such service was paid for the patient within the look-back, nor stands earlier on the claim.",
    )
    at_most: AtMost | None = Field(
        default=None, description="With this line, at most so many such services within the look-back."
    )
    authorization: Literal["on-file"] | None = Field(
        default=None, description="An authorization on file covers the line's procedure, day and billing provider."
    )
    all_: "tuple[Condition, ...] | None" = Field(
        default=None, alias="all", min_length=1, description="Every one of these holds."
    )
    any_: "tuple[Condition, ...] | None" = Field(
        default=None, alias="any", min_length=1, description="At least one of these holds."
    )
    not_: "Condition | None" = Field(default=None, alias="not", description="This does not hold.")

    @model_validator(mode="after")
    def _says_something(self) -> "Condition":
        if not self.model_fields_set:
            raise PydanticCustomError(
                "written", "found an empty condition; write at least one word, such as age_years: {min: 45}"
            )
        for bound in (self.age_years, self.units, self.charge):
            if bound and bound.min is None and bound.max is None:
                raise PydanticCustomError("written", "found a bound without min and max; write at least one of them")
            if bound and bound.min is not None and bound.max is not None and bound.min > bound.max:
                raise PydanticCustomError("written", "found min above max; write the lower number as min")
        return self


class Outcome(Part):
    """What a criterion answers: either a denial with its reason, or a question for a reviewer."""

    deny: Carc | None = Field(default=None, description="Deny with this adjustment reason (CARC).")
    group: Group | None = Field(
        default=None, description="Who bears it; left out: the group to which the reason is locked, else CO."
    )
    remarks: tuple[Rarc, ...] = Field(default=(), description="Remark codes (RARC).")
    automatic: Flag = Field(
        default=False, description="true: a reason of medical necessity denies without a clinician."
    )
    pend: Queue | None = Field(default=None, description="Wait in this reviewers' queue.")
    ask: Words = Field(default="", description="What the reviewer must answer.")

    @model_validator(mode="after")
    def _one_answer(self) -> "Outcome":
        if bool(self.deny) == bool(self.pend):
            raise PydanticCustomError("written", "found no single answer; write either deny or pend")
        if self.pend and not self.ask:
            raise PydanticCustomError(
                "written", "found pend without ask; write the question that the reviewer must answer"
            )
        if self.pend and (self.group or self.remarks or self.automatic):
            raise PydanticCustomError(
                "written",
                "found a reason on a pend; leave group, remarks and automatic out: the reviewer gives the reason",
            )
        return self


class CriterionText(Part):
    """One sentence of the policy: where `when` holds, `require` must hold, `otherwise` answers."""

    id: Name = Field(description="Name of the criterion; findings name it `coverage/document#id`.")
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


class CoverageVersion(Version):
    """A medical policy: what is covered, for whom, how often, with whose review."""

    mode: Mode = Field(default="enforce", description=_MODE)
    procedures: Procedures = Field(description="Procedures that the policy is about.")
    criteria: tuple[CriterionText, ...] = Field(min_length=1, description="Every criterion is checked.")


class CoverageDocument(Document[CoverageVersion]):
    """A medical policy: `coverage/`."""

    kind: Literal["coverage"]


class AuthorizedService(Part):
    """Services that need approval ahead of time."""

    id: Name = Field(description="Name of the row; findings name it `authorization/document#id`.")
    quote: Words = Field(description="The sentence of the source that it formalizes.")
    for_: Procedures = Field(alias="for", description="Procedures that need approval.")
    otherwise: Outcome = Field(description="The answer where no authorization is on file.")


class AuthorizationVersion(Version):
    """What needs prior authorization."""

    mode: Mode = Field(default="enforce", description=_MODE)
    services: tuple[AuthorizedService, ...] = Field(min_length=1, description="First match wins.")


class AuthorizationDocument(Document[AuthorizationVersion]):
    """What needs prior authorization: `authorization/`."""

    kind: Literal["authorization"]


class Step(Part):
    """What a biller does about a reason."""

    cause: Words = Field(description="What it means, in plain words.")
    who: Who = Field(description="Who acts.")
    step: Words = Field(description="Exactly what to do next.")
    remedy: Remedy = Field(description="Which way out it is.")
    deadline: Literal["filing_limit", "appeal_limit", "none"] = Field(default="none", description="Which clock runs.")
    appeal: Flag = Field(default=False, description="Whether there is a right of appeal.")
    patient: Words = Field(description="What the patient may be billed for it.")
    cite: Cite | None = Field(default=None, description="Its own source, where it is not the version's.")

    @model_validator(mode="after")
    def _appeals(self) -> "Step":
        if self.remedy == "appeal" and not self.appeal:
            raise PydanticCustomError("written", "found remedy appeal without the right to it; write appeal: true")
        return self


class RuleAnswer(Step):
    """What one of the engine's own rules answers, and what the biller does about it: exactly one of the answers."""

    reject: tuple[Status, ...] | None = Field(
        default=None, min_length=1, max_length=3, description="Reject with these 277CA statuses."
    )
    deny: Carc | None = Field(default=None, description="Deny with this adjustment reason (CARC).")
    reduce: Carc | None = Field(default=None, description="Reduce with this adjustment reason (CARC).")
    pend: Queue | None = Field(default=None, description="Wait in this reviewers' queue.")
    inform: Literal["true"] | None = Field(default=None, description="Only tell.", json_schema_extra={"enum": [True]})
    fault: Queue | None = Field(default=None, description="Our own failure: wait in this queue, told internally only.")
    group: Group | None = Field(
        default=None,
        description="deny, reduce: who bears it; left out: the group to which the reason is locked, else CO.",
    )
    remarks: tuple[Rarc, ...] = Field(default=(), description="deny, reduce, inform: remark codes (RARC).")
    ask: Words = Field(default="", description="pend, fault: what the reviewer must answer.")
    audience: Literal["provider", "internal"] | None = Field(
        default=None, description="Who may see the finding; left out: internal for fault, else provider."
    )

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


class SetVersion(Version):
    """The codes of a set."""

    codes: tuple[Words, ...] = Field(min_length=1, description="Codes, beginnings and ranges.")


class SetDocument(Document[SetVersion]):
    """A named set of codes: `sets/`."""

    kind: Literal["set"]
    of: Literal["procedures", "diagnoses", "modifiers", "places"] = Field(
        description="What kind of code the set holds."
    )


class TableVersion(Version):
    """A code list in a file of its own, bound by its checksum."""

    publisher: Words = Field(description="Who publishes the list.")
    period: Words = Field(description="The publisher's name of the edition.")
    layout: Literal["code-list"] = Field(
        description="How the file is laid out. code-list: CSV with the columns code, effective, ends and those of its kind."
    )
    file: TableFile = Field(description="The file, from the root of the policy set.")
    sha256: Checksum = Field(description="Checksum of the file, so that a change to it is a change here.")


class TableDocument(Document[TableVersion]):
    """A big code table: `tables/`."""

    kind: Literal["table"]
    lists: Lists = Field(description="What kind of code the table lists.")


DOCUMENTS: dict[str, type[Document[Any]]] = {
    "payer": PayerDocument,
    "plan": PlanDocument,
    "contract": ContractDocument,
    "fees": FeesDocument,
    "coverage": CoverageDocument,
    "authorization": AuthorizationDocument,
    "guidance": GuidanceDocument,
    "set": SetDocument,
    "table": TableDocument,
}
"""The document model of each kind."""

FOLDERS = {
    "plan": "plans",
    "contract": "contracts",
    "fees": "fees",
    "coverage": "coverage",
    "authorization": "authorization",
    "guidance": "guidance",
    "set": "sets",
    "table": "tables",
}
"""Where the documents of each kind stand; the payer is `payer.yaml`."""
