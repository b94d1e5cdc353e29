"""Every kind of policy document as a typed model: what may stand in it, and what each word means.

The models check form only; what needs other documents (references, reason codes, gaps between versions) is checked when
the documents are compiled. The descriptions here are the reference in ``policies/README.md`` and in the editor. Documents
that decide (medical and coding policies, prior authorization, guidance) stand in ``rule_documents``, what all have in ``versions``.
"""

from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.editing_documents import EditingDocument
from adjudicator.policy.load.fee_documents import FeesDocument
from adjudicator.policy.load.payment_documents import PaymentDocument
from adjudicator.policy.load.rule_documents import (
    AuthorizationDocument,
    CodingDocument,
    CoverageDocument,
    GuidanceDocument,
    Outcome,
    PendCode,
    Queue,
)
from adjudicator.policy.load.scalars import (
    ANY,
    Carc,
    Checksum,
    ContractPath,
    Count,
    Dollars,
    FeesPath,
    Flag,
    Modifiers,
    Name,
    PaymentPath,
    Procedures,
    Quantity,
    Rate,
    Relationship,
    Share,
    TableFile,
    TaxId,
    Words,
)
from adjudicator.policy.load.versions import Document, Part, Version

CodeLists = Literal["procedures", "diagnoses", "modifiers", "places", "carc", "rarc"]
"""Lists of codes: a payer has all of them."""
MoreLists = Literal["taxonomies", "revenue-codes", "bill-types"]
"""Lists of codes that a payer may have."""
CodingLists = Literal[
    "procedure-pairs-practitioner",
    "procedure-pairs-outpatient",
    "unit-limits-practitioner",
    "unit-limits-outpatient",
    "unit-limits-supplier",
    "add-on-codes",
    "procedure-indicators",
]
"""Coding tables: a payer binds those by which it checks how services are coded."""
FeeLists = Literal[
    "geographic-indices",
    "zip-localities",
    "localities",
    "outpatient-caps",
    "anesthesia-factors",
    "drug-limits",
    "laboratory-fees",
    "equipment-fees",
]
"""Fee tables: a payer binds those by which its fee schedules pay."""
LAYOUTS = """\
How the file is laid out. code-list: our own CSV with the columns code, effective, ends and those of its kind. The others are
the publishers' own: ncci-ptp (pairs), ncci-mue (unit limits), ncci-add-on, pprrvu (indicators and relative values of procedures), \
gpci (geographic indices), zip5 (localities of ZIP codes), locco (counties of localities), oppscap (outpatient caps), anes \
(anesthesia factors), asp (drug limits), clfs (laboratory fees), dmepos (equipment fees), hcpcs, icd-10-cm, \
pos, modifier-list, x12-reasons, x12-remarks, nucc-taxonomy, revenue-code-list, bill-type-list."""
Layout = Literal[
    "code-list",
    "ncci-ptp",
    "ncci-mue",
    "ncci-add-on",
    "pprrvu",
    "gpci",
    "zip5",
    "locco",
    "oppscap",
    "anes",
    "asp",
    "clfs",
    "dmepos",
    "hcpcs",
    "icd-10-cm",
    "pos",
    "modifier-list",
    "x12-reasons",
    "x12-remarks",
    "nucc-taxonomy",
    "revenue-code-list",
    "bill-type-list",
]

Cause = Literal["AA", "EM", "OA"]


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


class QueueRow(Part):
    """A queue in which pended claims wait for the payer's people."""

    name: Words = Field(description="What people call it.")
    code: PendCode = Field(description="Why a claim waits there, unless the rule says otherwise.")
    target_days: Count = Field(description="Calendar days within which it should be answered; 0: the same day.")


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
    duplicate_bypass_modifiers: Modifiers = Field(
        default=(),
        description="Modifiers that tell two services of one procedure and day apart where only one of the lines has them.",
    )
    substitute_modifiers: Modifiers = Field(
        default=(), description="Modifiers of a substitute, who is on no roster of the group that bills for him."
    )
    misrouted_indicators: tuple[Words, ...] = Field(
        default=(), description="Claim filing indicators of insurance that we do not administer."
    )
    hospice_modifiers: Modifiers = Field(
        default=(), description="Modifiers of care that is not the hospice's, although the patient is in one."
    )
    liability_indicators: tuple[Words, ...] = Field(
        description="Claim filing indicators of insurance for accidents and work; such a claim waits for an examiner."
    )
    clinician_reasons: tuple[Carc, ...] = Field(
        description="Reasons of medical necessity: a denial with one waits for a clinician unless it is automatic."
    )
    queues: dict[Queue, QueueRow] = Field(description="Every queue to which a rule may send a claim.")
    fractional_units: Procedures | None = Field(
        default=None, description="Procedures that may be billed in parts of a unit, such as miles; left out: none."
    )
    causes_with_date: tuple[Cause, ...] = Field(
        default=("AA", "OA"), description="Related causes (CLM11) that need the day of the accident."
    )
    causes_with_state: tuple[Cause, ...] = Field(
        default=("AA",), description="Related causes that need the state of the accident."
    )


class PayerDocument(Document[PayerVersion]):
    """The payer: `payer.yaml`."""

    kind: Literal["payer"]


ShareStep = Literal["copay", "deductible", "coinsurance"]
TierName = Literal["in_network", "out_of_network"]
_AMOUNTS = {
    "embedded": ({"individual", "family"}, set[str]()),
    "aggregate": ({"family"}, {"self_only_cap"}),
    "individual": ({"individual"}, set[str]()),
}
"""Which amounts a structure of a limit must have, and which it may have."""


class Limit(Part):
    """A deductible or an out-of-pocket maximum in a calendar year."""

    structure: Literal["embedded", "aggregate", "individual"] = Field(
        description="embedded: a person stops at the individual limit or when the family's is reached. aggregate: only the "
        "family's total counts. individual: each person for themselves."
    )
    individual: Dollars | None = Field(default=None, description="embedded, individual: one person's limit.")
    family: Dollars | None = Field(default=None, description="embedded, aggregate: the family's limit.")
    self_only_cap: Dollars | None = Field(
        default=None,
        description="aggregate: the law's limit for self-only coverage, beyond which no person of a family owes anything.",
    )

    @model_validator(mode="after")
    def _fits_its_structure(self) -> "Limit":
        must, may = _AMOUNTS[self.structure]
        for name in ("individual", "family", "self_only_cap"):
            given = getattr(self, name) is not None
            if (given and name not in must | may) or (not given and name in must):
                raise PydanticCustomError(
                    "written",
                    "found structure {structure} {found} {name}; {write}",
                    {
                        "structure": self.structure,
                        "found": "with" if given else "without",
                        "name": name,
                        "write": "leave it out" if given else f"write {name}",
                    },
                )
        return self


class Tier(Part):
    """The two limits of one network tier."""

    deductible: Limit = Field(description="What members pay before the plan does.")
    out_of_pocket: Limit = Field(description="The most that members pay.")
    counts_toward: TierName | None = Field(
        default=None, description="The other tier, where what members pay in this one counts toward its limits too."
    )


class Terms(Part):
    """What the member owes for a benefit in one tier; an empty mapping means that the plan pays everything."""

    covered: Flag = Field(default=True, description="false: the benefit is not covered in this tier.")
    copay: Dollars = Field(default=0, description="Fixed amount, once for what `copay_per` says.")
    copay_per: Literal["visit", "claim"] = Field(
        default="visit", description="visit: the services of one billing provider on one day. Of several, the highest."
    )
    deductible: Flag = Field(default=False, description="Whether the deductible applies.")
    coinsurance: Share = Field(default=0, description="The member's share of what is left.")
    copay_reduces_coinsurance: Flag = Field(
        default=True, description="false: coinsurance is taken of the allowed amount less the deductible only."
    )
    coinsurance_per: Literal["line", "claim"] = Field(
        default="line",
        description="claim: rounded once for all lines of the benefit, then allocated to them by largest remainder.",
    )


class BenefitRow(Part):
    """One row of the schedule of benefits."""

    id: Name = Field(description="Name of the benefit.")
    for_: Procedures = Field(alias="for", description="Procedures of the benefit, or any.")
    modifiers: Modifiers | None = Field(
        default=None,
        description="The row is only for lines with one of these modifiers, such as 33 for preventive care.",
    )
    in_network: Terms = Field(description="What the member owes in network.")
    out_of_network: Terms = Field(description="What the member owes out of network.")


_EXCLUDED = Outcome(deny="204", group="PR")


class ExclusionRow(Part):
    """Services that the plan does not cover."""

    id: Name = Field(description="Name of the row; findings name it `plans/document#id`.")
    quote: Words = Field(description="The sentence of the certificate that it formalizes.")
    for_: Procedures | None = Field(default=None, alias="for", description="Procedures that are excluded.")
    when: Condition | None = Field(default=None, description="Where they are excluded; left out: always.")
    handled_by: Words = Field(
        default="", description="Who covers them instead, such as a plan for behavioral care; left out: nobody."
    )
    then: Outcome = Field(default=_EXCLUDED, description="The answer; left out: deny 204, group PR.")

    @model_validator(mode="after")
    def _excludes_something(self) -> "ExclusionRow":
        if self.for_ is None and self.when is None:
            raise PydanticCustomError("written", "found an exclusion of nothing; write for, when or both")
        return self


class PremiumGrace(Part):
    """How long a member may owe the premium."""

    months: Count = Field(description="Months of grace after the last day for which the premium is paid.")
    paid_months: Count = Field(description="For how many of them, from the first, services are paid all the same.")

    @model_validator(mode="after")
    def _pays_within_its_months(self) -> "PremiumGrace":
        if not self.months or self.paid_months > self.months:
            raise PydanticCustomError(
                "written", "found paid_months beyond months, or no months; write months above 0 and no more paid_months"
            )
        return self


class LimitRow(Part):
    """How much of some services the plan covers in a period, by date of service."""

    id: Name = Field(description="Name of the row; findings name it `plans/document#id`.")
    quote: Words = Field(description="The sentence of the certificate that it formalizes.")
    for_: Procedures = Field(alias="for", description="Services that count together.")
    counting: Literal["visits", "days", "units", "allowed", "paid"] = Field(
        description="visits: days with a billing provider, each once. days: days of service, each once. units: quantities. "
        "allowed: allowed amounts. paid: what the plan paid."
    )
    count: Quantity | None = Field(default=None, description="visits, days, units: how many are covered.")
    amount: Dollars | None = Field(default=None, description="allowed, paid: how much is covered.")
    per: Literal["year", "lifetime"] | None = Field(default=None, description="The calendar year, or a lifetime.")
    months: Count | None = Field(
        default=None,
        description="In place of per: so many calendar months back from the service, the far end left out.",
    )
    tier: TierName | None = Field(
        default=None, description="Where it counts; left out: in and out of network together."
    )
    otherwise: Outcome = Field(
        description="The denial of what is beyond; left out: group PR, and 119 for a year or months, 149 for a lifetime "
        "(35 where the limit is `for: any`)."
    )

    @model_validator(mode="before")
    @classmethod
    def _denied_by_its_period(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "otherwise" in value:
            return value
        carc = "119" if value.get("per") != "lifetime" else "35" if value.get("for") == ANY else "149"
        return {**value, "otherwise": {"deny": carc, "group": "PR"}}

    @model_validator(mode="after")
    def _one_measure(self) -> "LimitRow":
        money = self.counting in ("allowed", "paid")
        right, wrong = ("amount", "count") if money else ("count", "amount")
        if not getattr(self, right) or getattr(self, wrong) is not None:
            raise PydanticCustomError(
                "written",
                "found counting {counting} without {right} alone; write {right}, above 0, and no {wrong}",
                {"counting": self.counting, "right": right, "wrong": wrong},
            )
        if self.counting in ("visits", "days") and (self.count or 0) % 1000:
            raise PydanticCustomError(
                "written", "found a part of one of the {counting}; write a whole number", {"counting": self.counting}
            )
        if bool(self.per) == bool(self.months):
            raise PydanticCustomError("written", "found no single period; write either per or months, above 0")
        if not self.otherwise.deny:
            raise PydanticCustomError("written", "found no denial of what is beyond the limit; write deny")
        return self


class DependentCover(Part):
    """Whom a plan covers besides the subscriber."""

    children_until_age: Count = Field(
        description="Children are covered until the birthday on which they reach this age."
    )
    children: tuple[Relationship, ...] = Field(
        min_length=1,
        description="Who is a child, by relationship to the subscriber (X12): 19 child, 17 stepchild, 10 foster child, 15 ward ...",
    )
    newborn_days: Count = Field(
        description="Days from birth on which a child that is not enrolled yet may still be; 0: no cover for newborns."
    )

    @model_validator(mode="after")
    def _covers_somebody(self) -> "DependentCover":
        if not self.children_until_age:
            raise PydanticCustomError("written", "found no age of children; write it, or `dependents: none`")
        return self


class PlanVersion(Version):
    """A benefit plan as one certificate of coverage states it."""

    product: Words = Field(description="The product for which providers contract, such as PPO.")
    filing_limit_days: Count = Field(description="Days from the service within which its claim must arrive.")
    prompt_pay_days: Count | None = Field(
        default=None,
        description="Days from the arrival of a clean claim within which the law wants it decided; left out: no law does.",
    )
    cost_share_order: tuple[ShareStep, ...] = Field(
        description="The order in which the member's share is taken: all three words."
    )
    out_of_pocket_reduces: tuple[ShareStep, ...] = Field(
        default=("coinsurance", "copay", "deductible"),
        description="The order in which the shares give way at the out-of-pocket maximum: all three words.",
    )
    copay_counts_toward: tuple[Literal["deductible", "out_of_pocket"], ...] = Field(
        default=("out_of_pocket",), description="The limits toward which copays count; [] for none."
    )
    in_network: Tier = Field(description="Limits in network.")
    out_of_network: Tier = Field(description="Limits out of network.")
    dependents: DependentCover | Literal["none"] | None = Field(
        default=None, description="Whom the plan covers besides the subscriber, or none; left out: whoever is enrolled."
    )
    waiting_for: Procedures | None = Field(
        default=None,
        description="Services for which members wait who have a waiting period on our file; left out: all of them.",
    )
    premium_grace: PremiumGrace | None = Field(
        default=None, description="Time to pay an owed premium; left out: what is owed waits at once."
    )
    benefits: tuple[BenefitRow, ...] = Field(min_length=1, description="First match wins; the last row is `for: any`.")
    exclusions: tuple[ExclusionRow, ...] = Field(
        default=(), description="What the plan does not cover; all are checked."
    )
    limits: tuple[LimitRow, ...] = Field(default=(), description="How much the plan covers; all that fit a line hold.")


class PlanDocument(Document[PlanVersion]):
    """A benefit plan: `plans/`."""

    kind: Literal["plan"]


class PayRow(Part):
    """One row of a contract."""

    for_: Procedures = Field(alias="for", description="Procedures that the row pays, or any.")
    method: Literal["fee-schedule", "percent-of-charge"] = Field(
        default="fee-schedule",
        description="fee-schedule: a share of a listed fee. percent-of-charge: a share of what the line charges.",
    )
    from_: FeesPath | None = Field(default=None, alias="from", description="fee-schedule: the fee schedule.")
    rate: Rate = Field(description="The share of the fee that is paid, such as 1.15; of the charge at most 1.")
    lesser_of_charge: Flag | None = Field(
        default=None, description="fee-schedule: whether the charge caps the payment."
    )
    rules: PaymentPath | None = Field(
        default=None,
        description="fee-schedule: the payment rules for modifiers and several procedures of a day; left out, such lines wait.",
    )

    @model_validator(mode="after")
    def _fits_its_method(self) -> "PayRow":
        for name, value in (("from", self.from_), ("lesser_of_charge", self.lesser_of_charge)):
            if self.method == "fee-schedule" and value is None:
                raise PydanticCustomError("written", "found no {name}; write {name}", {"name": name})
            if self.method == "percent-of-charge" and value is not None:
                raise PydanticCustomError(
                    "written",
                    "found {name} beside method percent-of-charge; leave {name} out or write method: fee-schedule",
                    {"name": name},
                )
        if self.method == "percent-of-charge" and self.rules is not None:
            raise PydanticCustomError("written", "found rules beside method percent-of-charge; leave rules out")
        if self.method == "percent-of-charge" and self.rate > 1:
            raise PydanticCustomError("written", "found more than the charge; write a rate of at most 1")
        return self


_CAPITATED = Outcome(deny="24", group="CO")


class CapitatedRow(Part):
    """Services that are paid by the member and month (capitation), and not by the service."""

    id: Name = Field(description="Name of the row; findings name it `contracts/document#id`.")
    quote: Words = Field(description="The sentence of the agreement that it formalizes.")
    for_: Procedures = Field(alias="for", description="Procedures that the capitation pays.")
    when: Condition | None = Field(default=None, description="For which members or places; left out: for all.")
    then: Outcome = Field(default=_CAPITATED, description="The answer; left out: deny 24, group CO.")


class ContractVersion(Version):
    """What a provider is paid."""

    network: Flag = Field(
        default=True, description="false: the rule for providers without a contract; the balance is the patient's."
    )
    capitated: tuple[CapitatedRow, ...] = Field(
        default=(), description="What is paid by the member and month; all rows are checked."
    )
    pay: tuple[PayRow, ...] = Field(min_length=1, description="First match wins; the last row is `for: any`.")


class ContractDocument(Document[ContractVersion]):
    """A provider contract, or the out-of-network rule: `contracts/`."""

    kind: Literal["contract"]


class SetVersion(Version):
    """The codes of a set."""

    codes: tuple[Words, ...] = Field(min_length=1, description="Codes, beginnings and ranges.")


class SetDocument(Document[SetVersion]):
    """A named set of codes: `sets/`."""

    kind: Literal["set"]
    of: Literal["procedures", "diagnoses", "modifiers", "places", "drugs"] = Field(
        description="What kind of code the set holds."
    )


class TableVersion(Version):
    """A publisher's table in a file of its own, bound by its checksum."""

    publisher: Words = Field(description="Who publishes the list.")
    period: Words = Field(description="The publisher's name of the edition.")
    layout: Layout = Field(description=LAYOUTS.replace("\n", " "))
    file: TableFile = Field(description="The file, from the root of the policy set.")
    member: Words | None = Field(default=None, description="The text to read in a zip that holds several.")
    sha256: Checksum = Field(description="Checksum of the file, so that a change to it is a change here.")


class TableDocument(Document[TableVersion]):
    """A big code table: `tables/`."""

    kind: Literal["table"]
    lists: CodeLists | MoreLists | CodingLists | FeeLists = Field(description="What the table lists.")
    missing_period: Literal["pend", "previous"] = Field(
        default="pend",
        description="Coding tables: what becomes of a line on whose date no version is in force: it waits, or it is checked "
        "against the version before and marked.",
    )


DOCUMENTS: dict[str, type[Document[Any]]] = {
    "payer": PayerDocument,
    "plan": PlanDocument,
    "contract": ContractDocument,
    "fees": FeesDocument,
    "payment-rules": PaymentDocument,
    "coverage": CoverageDocument,
    "coding": CodingDocument,
    "editing": EditingDocument,
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
    "payment-rules": "payment",
    "coverage": "coverage",
    "coding": "coding",
    "editing": "coding",
    "authorization": "authorization",
    "guidance": "guidance",
    "set": "sets",
    "table": "tables",
}
"""Where the documents of each kind stand; the payer is `payer.yaml`."""
