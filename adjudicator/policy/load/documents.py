"""Every kind of policy document as a typed model: what may stand in it, and what each word means.

The models check form only; what needs other documents (references, reason codes, gaps between versions) is checked when
the documents are compiled. The descriptions here are the reference in ``policies/README.md`` and in the editor. Documents
that decide (medical and coding policies, prior authorization, guidance) stand in ``rule_documents``, what all have in ``versions``.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.contract_documents import ClaimBounds, PayRow
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
    Flag,
    Modifiers,
    MonthAndDay,
    Name,
    Places,
    PlanPath,
    Procedures,
    Quantity,
    Rate4,
    Relationship,
    Share,
    StateName,
    TableFile,
    TaxId,
    Taxonomy,
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
    "anesthesia-base-units",
    "drug-limits",
    "drug-units",
    "laboratory-fees",
    "equipment-fees",
    "usual-and-customary",
]
"""Fee tables: a payer binds those by which its fee schedules pay."""
LAYOUTS = """\
How the file is laid out. code-list: our own CSV with the columns code, effective, ends and those of its kind. customary: our own
too, with area, procedure, modifier, and p50, p60, p70, p75, p80, p85, p90, p95 in dollars, as far as there are any. The others are
the publishers' own: ncci-ptp (pairs), ncci-mue (unit limits), ncci-add-on, pprrvu (indicators and relative values of procedures), \
gpci (geographic indices), zip5 (localities of ZIP codes), locco (counties of localities), oppscap (outpatient caps), anes \
(anesthesia factors), asp (drug limits), clfs (laboratory fees), dmepos (equipment fees), hcpcs, icd-10-cm, \
pos, modifier-list, x12-reasons, x12-remarks, nucc-taxonomy, revenue-code-list, bill-type-list; and our own base-unit-list \
(anesthesia base units: a CSV with the columns code and base_units) and drug-unit-list (units of drug codes: a CSV with the \
columns drug_code, unit, procedure and billed_units)."""
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
    "base-unit-list",
    "asp",
    "drug-unit-list",
    "clfs",
    "dmepos",
    "customary",
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


class InitialPaymentRow(Part):
    """What the plan pays first for protected services, where that is more than the qualifying payment amount."""

    for_: Procedures = Field(alias="for", description="The services, or any.")
    share: Rate4 = Field(
        description="Of the qualifying payment amount, together with the member's share, which stays that of the amount itself: "
        "above 1.00; at most the charge is paid."
    )

    @model_validator(mode="after")
    def _is_more(self) -> "InitialPaymentRow":
        if self.share <= WHOLE_BASIS_POINTS:
            raise PydanticCustomError(
                "written", "found no more than the recognised amount, which is paid without a row; write above 1.00"
            )
        return self


class StateLawRow(Part):
    """A state's law that specifies what is recognised (45 CFR 149.30), for plans with this `state_law`."""

    state: StateName = Field(description="The state: the law is about care that is given there.")
    amounts: ContractPath = Field(
        description="The contract document of the specified amounts: such a line is priced by it, payment rules and all."
    )
    cases: tuple[Literal["emergency", "facility"], ...] = Field(
        min_length=1, description="The protected care that it is about. Transports by air are federal law's."
    )


class SurpriseBilling(Part):
    """What the No Surprises Act protects (45 CFR part 149), and what is paid for it. Plans may be exempt."""

    qualifying_amount: ContractPath = Field(
        description="The contract document of the qualifying payment amounts: a protected line is priced by it, and its member's "
        "share is taken of that in the network's tier. Every row is capped to the charge."
    )
    emergency_places: Places = Field(description="Places in which all care is an emergency.")
    emergency_procedures: Procedures | None = Field(
        default=None, description="Services that are an emergency anywhere."
    )
    emergency_indicator: Flag = Field(description="Whether a line that its provider calls an emergency (SV109) is one.")
    facility_places: Places = Field(
        description="Places of the facilities that the law names: care there is protected at one of the network."
    )
    air_ambulance: Procedures = Field(description="Transports by air.")
    unprotected: Procedures | None = Field(
        default=None,
        description="Services that the law leaves out wherever they are given, such as ambulances on the ground.",
    )
    ancillary_procedures: Procedures | None = Field(
        default=None, description="Services at a facility whose protection no consent can give up."
    )
    ancillary_modifiers: Modifiers = Field(default=(), description="Modifiers of such services: assistants at surgery.")
    ancillary_taxonomies: tuple[Taxonomy, ...] = Field(
        default=(), description="Beginnings of the taxonomy codes of practitioners whose services are such."
    )
    consent_reports: tuple[Words, ...] = Field(
        default=(),
        description="Types of attached papers (PWK01) that hold a patient's consent to be billed, such as CK: other services then "
        "wait for a person who reads it. Without one they are protected.",
    )
    initial_payments: tuple[InitialPaymentRow, ...] = Field(
        default=(),
        description="What is paid first above the qualifying payment amount; first match wins. Left out: nothing.",
    )
    state_laws: tuple[StateLawRow, ...] = Field(
        default=(),
        description="States' laws that specify what is recognised in place of the qualifying payment amount.",
    )

    @model_validator(mode="after")
    def _each_case_once(self) -> "SurpriseBilling":
        seen = set[tuple[str, str]]()
        for law in self.state_laws:
            for case in law.cases:
                if (law.state, case) in seen:
                    raise PydanticCustomError(
                        "written",
                        "found two laws of {state} about {case}; write one",
                        {"state": law.state, "case": case},
                    )
                seen.add((law.state, case))
        return self


class EarlierPayers(Part):
    """How the reasons of payers before us are read, and whether one that covers nothing has to be billed."""

    cost_share: tuple[Carc, ...] = Field(min_length=1, description="In group PR: deductible, coinsurance and copay.")
    not_covered: tuple[Carc, ...] = Field(
        description="The payer before does not cover it: of a whole line we pay as the first, of a part in group PR it is "
        "allowable to us."
    )
    rules_not_followed: tuple[Carc, ...] = Field(
        description="Of an unpaid line: its rules were not followed (`earlier-payer.rules-not-followed`)."
    )
    repeated: tuple[Carc, ...] = Field(
        description="What a payer repeats of those before it, which has been counted with them."
    )
    price: tuple[Carc, ...] = Field(
        default=(),
        description="What is above a payer's price, or paid within another line or by the month: nothing of it is left to us. A "
        "reason of none of these lists waits in group PR, and on a line of which nothing was paid "
        "(`unsupported.earlier-payer-reason`).",
    )
    undecided: tuple[Carc, ...] = Field(
        default=(),
        description="The payer before asks for something, or names somebody else who should pay: whatever the group and whatever "
        "it paid, the line waits (`unsupported.earlier-payer-reason`).",
    )
    paid_to_patient: tuple[Carc, ...] = Field(
        default=(), description="The payer before paid so much to the patient: it counts as paid, in any group."
    )
    accepts_not_billed: Flag = Field(
        default=False,
        description="Whether a payer before us that the provider has not billed, since it covers nothing of the claim (AMT*A8, the "
        "total charge), counts as one that covers nothing, so that we pay as the first. Otherwise its result is asked for.",
    )

    def reasons(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every list of reason codes, with its word."""
        for word, value in self:
            if isinstance(value, tuple):
                yield word, value


class OrderOfPayers(Part):
    """By which figures the order of payers is told where a patient has other coverage."""

    aged_employees: Count = Field(
        description="From so many employees on the plan of a working person, or of the spouse, pays before Medicare by age."
    )
    disabled_employees: Count = Field(
        description="From so many employees on such a plan, or that of any working relative, pays before Medicare by disability."
    )
    kidney_months: Count = Field(
        description="For so many months of eligibility any group plan pays before Medicare by kidney disease."
    )
    prompt_days: Count = Field(
        description="Within so many days who is liable for work or an accident pays promptly. Later a Medicare plan may pay on "
        "condition: the claim waits for a person who says so (`liable.not-prompt`)."
    )
    answer_days: Count = Field(
        description="Days that a member has to answer a questionnaire about other coverage (`other-coverage.unanswered`)."
    )


class ReviewAgainText(Part):
    """Whom to ask about a decided claim."""

    queue: Queue = Field(description="The queue of the task.")
    ask: Words = Field(description="What the reviewer must answer; what has changed stands behind it.")


class ReviewsAgainText(Part):
    """What happens to decided claims when facts change that they were decided by: a task, and nothing of their money."""

    look_back_months: Count = Field(description="Claims whose last day of service is so many months back or less.")
    other_coverage: ReviewAgainText = Field(description="Who pays first, or is liable, turns out to be another.")
    coverage: ReviewAgainText = Field(description="The member's coverage turns out to have other days.")


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
    surprise_billing: SurpriseBilling | None = Field(
        default=None,
        description="What the law protects from surprise bills; left out, what it may protect waits.",
    )
    liability_indicators: tuple[Words, ...] = Field(
        description="Claim filing indicators of insurance for accidents and work; such a claim waits for an examiner."
    )
    earlier_payers: EarlierPayers | None = Field(
        default=None, description="How the reasons of payers before us are read; left out: their claims are held."
    )
    order_of_payers: OrderOfPayers | None = Field(
        default=None,
        description="By which figures the order of payers is told; left out: claims of patients with other coverage are held.",
    )
    reviews_again: ReviewsAgainText | None = Field(
        default=None,
        description="Which decided claims are looked at again when facts change; left out: none.",
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
    "n-person": ({"individual", "people"}, set[str]()),
}
"""Which amounts and numbers a structure of a limit must have, and which it may have."""


class Limit(Part):
    """A deductible, an out-of-pocket maximum or a maximum of copays in a plan year."""

    structure: Literal["embedded", "aggregate", "individual", "n-person"] = Field(
        description="embedded: a person stops at the individual limit or when the family's is reached. aggregate: only the "
        "family's total counts. individual: each person for themselves. n-person: each person for themselves, until so many of "
        "the family have met theirs that nobody else owes any."
    )
    individual: Dollars | None = Field(default=None, description="embedded, individual, n-person: one person's limit.")
    people: Count | None = Field(
        default=None, description="n-person: how many people of a family meet the limit for all of it."
    )
    family: Dollars | None = Field(default=None, description="embedded, aggregate: the family's limit.")
    self_only_cap: Dollars | None = Field(
        default=None,
        description="aggregate: the law's limit for self-only coverage, beyond which no person of a family owes anything.",
    )

    @model_validator(mode="after")
    def _fits_its_structure(self) -> "Limit":
        must, may = _AMOUNTS[self.structure]
        if self.people == 0:
            raise PydanticCustomError("written", "found people: 0; write how many meet it for the family, from 1")
        for name in ("individual", "family", "self_only_cap", "people"):
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
    """The limits of one network tier."""

    deductible: Limit = Field(description="What members pay before the plan does.")
    out_of_pocket: Limit = Field(description="The most that members pay.")
    copays: Limit | None = Field(
        default=None,
        description="The most that copays come to, such as a family's copays of a year; left out: only the out-of-pocket "
        "maximum ends them.",
    )
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


class WaiverRow(Part):
    """Services for which members owe no cost share, whatever the benefits say."""

    id: Name = Field(description="Name of the row; decisions name it `plans/document@version#id`.")
    quote: Words = Field(description="The sentence of the certificate that it formalizes.")
    for_: Procedures = Field(alias="for", description="Procedures that it is about, or any.")
    when: Condition | None = Field(default=None, description="Where, such as at some places; left out: always.")
    tier: TierName | None = Field(default=None, description="Where it holds; left out: in and out of network.")


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
    per: Literal["year", "plan-year", "lifetime"] | None = Field(
        default=None, description="The calendar year, the plan's year (year_starts), or a lifetime."
    )
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


class ReductionRow(Part):
    """A share of what the plan would pay of a line, taken after the member's share, which it never touches."""

    id: Name = Field(description="Name of the row; decisions name it `contracts/document@version#id`.")
    kind: Literal["capitation", "therapy-assistant", "late-filing", "prompt-payment", "sequestration", "withhold"] = (
        Field(
            description="Why; the guidance of this name gives the reason. They are taken in this order, each of what those before "
            "it left. capitation: contracts only, with share 1.00 (0 spares services): the plan's part is paid by the member and "
            "month, and the member's share is due."
        )
    )
    quote: Words = Field(description="The sentence that it formalizes.")
    share: Share = Field(
        description="The share of the payment that is taken; 0 spares services that a later row, or the plan, names."
    )
    for_: Procedures = Field(alias="for", description="Procedures that it is about, or any.")
    when: Condition | None = Field(default=None, description="For which members or places; left out: for all.")
    tier: TierName | None = Field(default=None, description="Plans: where it holds; left out: in and out of network.")
    modifiers: Modifiers | None = Field(
        default=None, description="therapy-assistant: the modifiers that say that an assistant gave the service."
    )
    after_days: Count | None = Field(
        default=None, description="late-filing: days from the service; a claim that arrives later is late."
    )
    within_days: Count | None = Field(
        default=None, description="prompt-payment: days from the claim's arrival within which it must be decided."
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "ReductionRow":
        for name, kind in (
            ("modifiers", "therapy-assistant"),
            ("after_days", "late-filing"),
            ("within_days", "prompt-payment"),
        ):
            given = getattr(self, name) is not None
            if given != (self.kind == kind):
                raise PydanticCustomError(
                    "written",
                    "found kind {kind} {found} {name}; {write}",
                    {
                        "kind": self.kind,
                        "found": "with" if given else "without",
                        "name": name,
                        "write": f"leave {name} out" if given else f"write {name}",
                    },
                )
        if self.kind == "capitation" and self.share not in (0, WHOLE_BASIS_POINTS):
            raise PydanticCustomError(
                "written", "found a part of the payment beside kind capitation, which pays all of it; write share: 1.00"
            )
        if self.kind == "therapy-assistant" and self.when is not None:
            raise PydanticCustomError(
                "written", "found when beside kind therapy-assistant, whose modifiers say when; leave when out"
            )
        return self


_MONTHS_OF_A_YEAR = 12


class CarryOver(Part):
    """Shares of late services that count toward the next plan year too, as far as its limit has room."""

    months: Count = Field(description="So many last calendar months of the plan's year, 1 to 11, such as 3.")
    accumulators: tuple[Literal["deductible", "out_of_pocket"], ...] = Field(
        default=("deductible",), min_length=1, description="What carries over; left out: what the deductible took."
    )

    @model_validator(mode="after")
    def _less_than_a_year(self) -> "CarryOver":
        if not 0 < self.months < _MONTHS_OF_A_YEAR:
            raise PydanticCustomError(
                "written", "found months {months}; write a number from 1 to 11", {"months": self.months}
            )
        return self


class OwnLimits(Part):
    """Limits that begin anew for members who come from another plan within a year."""

    credits: tuple[PlanPath, ...] = Field(
        default=(),
        description="The plans under which what was used of the same year counts here too, with the plans that share their "
        "limits; left out: none.",
    )
    accumulators: tuple[Literal["deductible", "out_of_pocket", "copays"], ...] = Field(
        default=("deductible", "out_of_pocket", "copays"),
        min_length=1,
        description="Toward which limits it counts; left out: all. It fills a limit as far as there is room, and no more.",
    )

    @model_validator(mode="after")
    def _names_toward_what(self) -> "OwnLimits":
        if not self.credits and "accumulators" in self.model_fields_set:
            raise PydanticCustomError("written", "found accumulators without credits; write credits, or neither")
        return self


class CoordinationRules(Part):
    """How a plan pays what others have paid before it."""

    method: Literal[
        "standard", "patient-responsibility", "maintenance-of-benefits", "carve-out", "medicaid", "medicare"
    ] = Field(
        description="standard: up to what is left of the allowable expense. patient-responsibility: up to the cost share that the "
        "payer before left. maintenance-of-benefits: own cost share of what the own allowed amount is above their payments. "
        "carve-out: what the own benefit is above their payments. medicaid: the lesser of the cost share that they left and what "
        "the own fee is above their payments. medicare: the lowest of the three amounts of 42 CFR 411.33(a). All but medicaid pay "
        "at most what the plan would pay as the first."
    )
    allowable_expense: Literal["primary_allowed", "higher", "lower"] | None = Field(
        default=None,
        description="standard, maintenance-of-benefits and carve-out: up to what all payers together pay: the amount that the "
        "payer before allowed, or the higher or the lower of it and the own. Left out: what it allowed where its contract took "
        "something off the charge, else the higher.",
    )
    medicare_part_b: Share | None = Field(
        default=None,
        description="What Medicare's Part B would pay of the allowed amount. The plan leaves it to a member whose Medicare pays "
        "first and who is not enrolled in that part (`medicare-part.not-enrolled`); left out: nothing.",
    )


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
    out_of_network_contract: ContractPath | None = Field(
        default=None,
        description="The contract document that prices providers without a contract for this plan; left out: the payer's.",
    )
    surprise_billing: Literal["protected", "exempt"] = Field(
        default="protected",
        description="exempt: the No Surprises Act does not bind the plan, such as short-term coverage or Medicare.",
    )
    state_law: StateName | None = Field(
        default=None,
        description="The state whose law on surprise bills governs the plan (`state_laws` of payer.yaml); left out: none, such as "
        "a plan that an employer funds itself.",
    )
    year_starts: MonthAndDay = Field(
        default=(1, 1),
        description="Month and day on which the plan's year begins, with which its deductible and out-of-pocket maximum begin "
        "anew; left out: 01-01. 02-29 is 1 March in a year without it.",
    )
    carry_over: CarryOver | None = Field(
        default=None, description="What counts toward the next plan year too; left out: nothing."
    )
    own_limits: OwnLimits | None = Field(
        default=None,
        description="What is used under other plans of ours counts under this one only as written here; left out: what is used "
        "under any plan without this counts under each of them, such as when a member changes within a year.",
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
    coordination: CoordinationRules | None = Field(
        default=None, description="How the plan pays after other payers; left out: such claims wait."
    )
    insurance: Literal["group", "individual", "medicare", "medicaid"] = Field(
        default="group",
        description="What the plan is in the order of payers: of an employer or a union, a policy that a person has bought, or a "
        "program's. Left out: group.",
    )
    exclusions: tuple[ExclusionRow, ...] = Field(
        default=(), description="What the plan does not cover; all are checked."
    )
    waivers: tuple[WaiverRow, ...] = Field(
        default=(), description="For what no cost share is owed; the first row that fits a line holds."
    )
    limits: tuple[LimitRow, ...] = Field(default=(), description="How much the plan covers; all that fit a line hold.")
    payment_reductions: tuple[ReductionRow, ...] = Field(
        default=(),
        description="What is taken of payments under the plan; of each kind the first row that fits, the contract's before these.",
    )


class PlanDocument(Document[PlanVersion]):
    """A benefit plan: `plans/`."""

    kind: Literal["plan"]


class VariantBenefit(Part):
    """What members of a variant owe for a benefit of the plan that it is of."""

    id: Name = Field(description="The benefit's row in that plan.")
    in_network: Terms | None = Field(default=None, description="In network; left out: as that plan.")
    out_of_network: Terms | None = Field(default=None, description="Out of network; left out: as that plan.")

    @model_validator(mode="after")
    def _differs(self) -> "VariantBenefit":
        if not (self.in_network or self.out_of_network):
            raise PydanticCustomError("written", "found no difference; write in_network or out_of_network")
        return self


class PlanVariantVersion(Version):
    """What a variant of a plan has otherwise, such as reduced cost sharing; all else is as the plan has it on each day."""

    of: PlanPath = Field(description="The plan that it is a variant of.")
    in_network: Tier | None = Field(default=None, description="Limits in network; left out: as that plan.")
    out_of_network: Tier | None = Field(default=None, description="Limits out of network; left out: as that plan.")
    benefits: tuple[VariantBenefit, ...] = Field(default=(), description="Benefits with another cost share.")
    waivers: tuple[WaiverRow, ...] = Field(
        default=(), description="For what no cost share is owed, above the rows of that plan."
    )

    @model_validator(mode="after")
    def _differs(self) -> "PlanVariantVersion":
        if not (self.in_network or self.out_of_network or self.benefits or self.waivers):
            raise PydanticCustomError(
                "written", "found no difference; write in_network, out_of_network, benefits or waivers"
            )
        return self


class PlanVariantDocument(Document[PlanVariantVersion]):
    """A variant of a benefit plan: `plans/`."""

    kind: Literal["plan-variant"]


_CAPITATED = Outcome(deny="24", group="CO")


class CapitatedRow(Part):
    """Services that are paid by the member and month (capitation), of which the member owes nothing.

    Where a copay or another share is due, write a payment reduction of kind capitation.
    """

    id: Name = Field(description="Name of the row; findings name it `contracts/document#id`.")
    quote: Words = Field(description="The sentence of the agreement that it formalizes.")
    for_: Procedures = Field(alias="for", description="Procedures that the capitation pays.")
    when: Condition | None = Field(default=None, description="For which members or places; left out: for all.")
    then: Outcome = Field(default=_CAPITATED, description="The answer; left out: deny 24, group CO.")


_WITHIN = Outcome(deny="97", group="CO")


class CaseRateRow(Part):
    """One price for a service and what is given with it on one day of a claim."""

    id: Name = Field(description="Name of the row; findings name it `contracts/document#id`.")
    quote: Words = Field(description="The sentence of the agreement that it formalizes.")
    for_: Procedures = Field(
        alias="for", description="Procedures that make a case; the line with the highest charge stands for it."
    )
    includes: Procedures = Field(description="Procedures of the same day that are paid within it, or any.")
    amount: Dollars = Field(description="The price of a case, whatever its units.")
    lesser_of_charge: Flag = Field(description="Whether the charges of all lines of the case together cap its price.")
    modifiers: Modifiers = Field(
        default=(),
        description="Modifiers under which the price stays, beside those that never change one; with any other a case waits.",
    )
    then: Outcome = Field(
        default=_WITHIN, description="The answer to what is paid within; left out: deny 97, group CO."
    )


class ContractVersion(Version):
    """What a provider is paid."""

    network: Flag = Field(
        default=True, description="false: the rule for providers without a contract; the balance is the patient's."
    )
    capitated: tuple[CapitatedRow, ...] = Field(
        default=(), description="What is paid by the member and month; all rows are checked."
    )
    pay: tuple[PayRow, ...] = Field(min_length=1, description="First match wins; the last row is `for: any`.")
    case_rates: tuple[CaseRateRow, ...] = Field(
        default=(), description="What is paid by the case, before the rows of `pay`; the first that fits counts."
    )
    ranking_reduction: Literal["within", "apart"] = Field(
        default="within",
        description="What rank among procedures takes off a fee: within the contract's allowance, or apart from it, by rule "
        "ranking-reduction.",
    )
    claim: ClaimBounds | None = Field(default=None, description="What bounds a claim's lines together.")
    payment_reductions: tuple[ReductionRow, ...] = Field(
        default=(),
        description="What is taken of payments under the contract; of each kind the first row that fits, before the plan's.",
    )


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
    "plan-variant": PlanVariantDocument,
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
    "plan-variant": "plans",
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
