"""What may stand in the examples beside a policy: the claim and what is on file, and what must come out."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.condition_documents import ElsewhereName
from adjudicator.policy.load.rule_documents import Clock, Group, PendCode, Queue, Remedy, Who
from adjudicator.policy.load.scalars import (
    Carc,
    ContractPath,
    Count,
    Day,
    Dollars,
    Flag,
    PlanPath,
    Procedure,
    Quantity,
    Rarc,
    SignedDollars,
    Words,
    Written,
)
from adjudicator.policy.load.versions import Part

LONG_AGO = dt.date(1900, 1, 1)
NONE = "none"
"""Written for a value that the claim leaves out."""
NOBODY = "nobody"
"""Written for a provider whom the claim does not name at all."""
PLAIN_NPI = "1234567893"
"""The billing provider's, unless an example gives another."""
RENDERING_NPI = "1999999992"
"""The rendering provider's, unless an example gives another."""

DayOrNone = Annotated[
    dt.date | None,
    Written(
        lambda text: None if text == NONE else dt.date.fromisoformat(text),
        "a day, such as 2026-01-01, or none",
        {"type": "string"},
    ),
]
State = Literal["paid", "denied", "pended"]
CoverageName = Literal[
    "ours",
    "group",
    "individual",
    "medicare",
    "tricare",
    "medicaid",
    "public-program",
    "veterans",
    "work",
    "no-fault",
    "liability",
    "black-lung",
]
ParentsName = Literal["together", "apart", "joint"]
HolderName = Literal["custodial", "custodial-spouse", "other", "other-spouse", "spouse"]
MedicareReasonName = Literal["age", "disability", "kidney"]
Verdict = Literal["pay", "partly_pay", "deny", "pend", "reject"]


class Stretch(Part):
    """A stretch of days, both ends included."""

    from_: Day = Field(alias="from", description="First day.")
    through: Day | None = Field(default=None, description="Last day.")


class Certificate(Stretch):
    """A laboratory certificate on our provider file."""

    number: Words = Field(description="Its number.")
    level: Literal["waived", "microscopy", "every-test"] = Field(
        default="every-test", description="What tests it is for."
    )


class CareElsewhere(Stretch):
    """Days on which somebody else has the care of the patient, by our membership file."""

    kind: ElsewhereName = Field(description="Who.")


class DrugText(Part):
    """The drug of a line (loop 2410)."""

    code: Words = Field(description="National Drug Code (LIN03).")
    units: Quantity | None = Field(default=1000, description="Quantity (CTP04); 0 for none.")
    unit: Words = Field(default="ML", description="Its unit (CTP05-1), or none.")


class ProviderFacts(Part):
    """What our provider file says of a provider."""

    kind: Literal["practitioner", "group", "facility"] = Field(description="What it is.")
    enrolled: tuple[Stretch, ...] = Field(
        default=(Stretch.model_validate({"from": LONG_AGO.isoformat()}),),
        description="Days on which it may be paid; left out: always.",
    )
    sanctioned: tuple[Stretch, ...] = Field(default=(), description="Days on which it is excluded from payment.")
    roster: tuple[Stretch, ...] = Field(default=(), description="Days for which we hold the group's whole roster.")
    works_for: tuple[Stretch, ...] = Field(default=(), description="Days on the billing provider's roster.")
    works_elsewhere: tuple[Stretch, ...] = Field(default=(), description="Days on the roster of another group.")
    taxonomies: tuple[Words, ...] = Field(default=(), description="Its taxonomy codes.")
    certificates: tuple[Certificate, ...] = Field(default=(), description="Its laboratory certificates.")
    orders: tuple[Stretch, ...] = Field(default=(), description="Days on which it may order and refer.")
    nonparticipating: tuple[Stretch, ...] = Field(
        default=(), description="Days on which it bills without a participation agreement."
    )
    relative: Flag = Field(default=False, description="Whether it belongs to the patient's family.")


class LineText(Part):
    """One service line."""

    procedure: Words = Field(default="99213", description="Procedure code, or none.")
    date: DayOrNone = Field(default=None, description="Day of service.")
    through: Day | None = Field(default=None, description="Last day, where it is another.")
    charge: SignedDollars = Field(default=10000, description="The line's charge.")
    units: Quantity = Field(default=1000, description="Quantity.")
    unit_basis: Literal["units", "minutes", "days"] = Field(default="units", description="What the quantity counts.")
    place: Words = Field(default="11", description="Place of service, or none.")
    modifiers: tuple[Words, ...] = Field(default=(), description="Modifiers.")
    pointers: tuple[Count, ...] = Field(default=(1,), description="Positions of its diagnoses, from 1.")
    taxonomy: Words = Field(default="", description="Taxonomy code of the rendering provider, or none.")
    rendering_npi: Words = Field(
        default=RENDERING_NPI, description="NPI of the rendering provider; none: the claim names nobody but who bills."
    )
    emergency: Flag = Field(default=False, description="Given in an emergency (SV109).")
    copay_exempt: Flag = Field(default=False, description="Exempt from copay (SV115).")
    screening_program: Flag = Field(default=False, description="Of the screening program (SV111).")
    noncovered: Dollars | None = Field(default=None, description="Part of the charge sent as not covered.")
    purchased: Flag = Field(default=False, description="Purchased from another provider (PS1).")
    description: Words = Field(default="", description="Description of the service (SV101-7), or none.")
    note: Words = Field(default="", description="Note of the line (NTE).")
    drug: DrugText | Literal["none"] | None = Field(default=None, description="The drug that was given, or none.")
    ordering_npi: Words = Field(
        default=NOBODY, description="NPI of the ordering provider (NM1*DK), none for one without, or nobody."
    )
    referring_npi: Words = Field(
        default=NOBODY, description="NPI of the referring provider (NM1*DN), none for one without, or nobody."
    )
    country: Words = Field(default="", description="Country of the place of service (N404); left out at home.")
    zip_code: Words = Field(default="", description="ZIP code of where the service was performed (N403), or none.")
    state: Words = Field(default="", description="State of where the service was performed (N402), or none.")
    facility: Literal["not_named", "in_network", "out_of_network", "unknown"] = Field(
        default="not_named",
        description="How the facility stands that the line names (2310C, 2420C): in the network of the patient's plan; on our "
        "provider file without a contract for it; or nowhere on our files.",
    )
    attachments: tuple[Words, ...] = Field(default=(), description="Types of attached papers (PWK01), such as CK.")
    last_seen: Day | None = Field(default=None, description="Day on which the patient was last seen (DTP*304).")
    miles: Quantity | None = Field(default=None, description="Miles of a transport (CR106).")
    pick_up_postal_code: Words = Field(default="", description="ZIP code where a transport began (NM1*PW), or none.")
    authorization_numbers: tuple[Words, ...] = Field(default=(), description="Authorizations named (REF*G1).")
    referral_numbers: tuple[Words, ...] = Field(default=(), description="Referrals named (REF*9F).")


class EarlierLine(Part):
    """A line of an earlier claim of the patient."""

    procedure: Procedure = Field(description="Procedure code.")
    date: Day = Field(description="Day of service.")
    state: State = Field(default="paid", description="How it was decided.")
    charge: Dollars = Field(default=10000, description="Its charge.")
    units: Quantity = Field(default=1000, description="Quantity.")
    place: Words = Field(default="11", description="Place of service.")
    modifiers: tuple[Words, ...] = Field(default=(), description="Modifiers.")
    copay: Dollars = Field(default=0, description="Copay that it took.")
    allowed: Dollars = Field(default=0, description="What was allowed of it.")
    paid: Dollars = Field(default=0, description="What was paid of it.")
    tier: Literal["in_network", "out_of_network"] = Field(
        default="in_network", description="The network tier in which it was covered."
    )
    provider: Literal["same", "colleague", "other"] = Field(
        default="other", description="Whether this claim's provider gave it, or another practitioner of its group."
    )
    patient: Literal["same", "other"] = Field(default="same", description="Whether it was for this patient.")
    covered: Quantity | None = Field(default=None, description="How much of the quantity was covered; left out: all.")
    authorization_numbers: tuple[Words, ...] = Field(default=(), description="Authorizations that it named (REF*G1).")
    referral_numbers: tuple[Words, ...] = Field(default=(), description="Referrals that it named (REF*9F).")
    taxonomies: tuple[Words, ...] = Field(default=(), description="Taxonomy codes of its rendering provider.")


class Approval(Part):
    """A prior authorization or a referral on file."""

    number: Words = Field(default="", description="Its number; left out: APPROVAL-1 for the first, and so on.")
    kind: Literal["authorization", "referral"] = Field(default="authorization", description="What it is.")
    status: Literal["approved", "denied"] = Field(default="approved", description="What was answered to the request.")
    procedures: tuple[Procedure, ...] = Field(default=(), description="Procedures approved; a referral may name none.")
    from_: Day = Field(alias="from", description="First day.")
    through: Day | None = Field(default=None, description="Last day.")
    requested: Day | None = Field(default=None, description="Day on which it was asked for; left out: in time.")
    units: Quantity | None = Field(default=None, description="How much was approved in all.")
    visits: Count | None = Field(default=None, description="How many visits were approved in all.")
    provider: Literal["same", "other", "any"] = Field(
        default="any", description="To which billing provider it was given."
    )
    practitioner: Literal["same", "other", "any"] = Field(
        default="any", description="To which practitioner it was given."
    )
    price: Dollars | None = Field(
        default=None, description="Price of a unit agreed on with the billing provider (provider: same)."
    )

    @model_validator(mode="after")
    def _names_procedures(self) -> "Approval":
        if not self.procedures and self.kind == "authorization":
            raise PydanticCustomError("written", "found an authorization without procedures; write procedures")
        if self.price == 0:
            raise PydanticCustomError("written", "found price: 0; write a price above 0, or none")
        return self


class UsedTier(Part):
    """What has been used of one tier's limits this year; the family's amounts are the patient's unless given."""

    deductible: Dollars = Field(default=0, description="By the patient.")
    family_deductible: Dollars | None = Field(default=None, description="By the family.")
    out_of_pocket: Dollars = Field(default=0, description="By the patient.")
    family_out_of_pocket: Dollars | None = Field(default=None, description="By the family.")
    copays: Dollars = Field(default=0, description="Of a maximum of copays, by the patient.")
    family_copays: Dollars | None = Field(default=None, description="By the family.")
    others_deductible: tuple[Dollars, ...] = Field(
        default=(), description="By each other person of the family, where a limit counts people who have met theirs."
    )
    others_out_of_pocket: tuple[Dollars, ...] = Field(default=(), description="The same of the out-of-pocket maximum.")


class Used(Part):
    """What has been used of the limits in the year of the service."""

    in_network: UsedTier = Field(default=UsedTier(), description="In network.")
    out_of_network: UsedTier = Field(default=UsedTier(), description="Out of network.")


class UsedBefore(Used):
    """What the member and the family have used of the same year under another plan."""

    plan: Words = Field(description="The plan document, such as plans/ppo-gold.")


class RulingText(Part):
    """A reviewer's answer to a finding."""

    rule: Words = Field(description="The finding's rule.")
    policy: Words = Field(description="The finding's document and version, such as coverage/echo@2026-01-01.")
    line: Count = Field(default=1, description="The finding's line; 0 for the whole claim.")
    verdict: Literal["allow", "deny", "reduce-units", "price", "confirm-duplicate"] = Field(description="The ruling.")
    group: Group | None = Field(default=None, description="deny, reduce-units: group; left out: the policy's first.")
    carc: Carc | None = Field(
        default=None, description="deny, reduce-units: adjustment reason; left out: the policy's first."
    )
    remarks: tuple[Rarc, ...] = Field(default=(), description="deny, reduce-units: remark codes.")
    units: Quantity | None = Field(default=None, description="reduce-units: how many units are covered.")
    price: Dollars | None = Field(default=None, description="price: what the line is allowed.")


class EarlierPayerText(Part):
    """What a payer before us did with the claim, as the claim tells it."""

    rank: Literal["P", "S", "T"] = Field(default="P", description="Its place among the payers (SBR01).")
    paid: Dollars | None = Field(default=None, description="What it paid of the claim (AMT*D); left out: no result.")
    adjustments: dict[str, SignedDollars] = Field(
        default={}, description="Its reasons for the claim, such as `{CO-45: 38.00, PR-2: 30.00}`."
    )
    decided: Day | None = Field(default=None, description="The day on which it decided.")
    noncovered: Dollars | None = Field(
        default=None, description="Its total noncovered amount, where it was not billed (AMT*A8)."
    )


class OtherCoverageText(Stretch):
    """What our file says of one coverage of the patient, ours or another payer's, for the order of payers."""

    kind: CoverageName = Field(description="What sort of payer; ours: the evidence of our own coverage.")
    from_: Day = Field(default=LONG_AGO, alias="from", description="First day; left out: long ago.")
    payer: Words = Field(
        default="OTHERPAYER-P", description="Its id, as claims name it; those of `earlier_payers` end in -P, -S, -T."
    )
    coordinates: Flag = Field(default=True, description="Whether it has a provision on coordination.")
    dependent: Flag | None = Field(default=None, description="Whether the patient is covered as a dependent.")
    holder_born: Day | None = Field(default=None, description="Birth date of the parent who holds a child's coverage.")
    parents: ParentsName | None = Field(default=None, description="How the child's parents live.")
    holder: HolderName | None = Field(default=None, description="Who of them, or the patient's spouse, holds it.")
    decreed: Flag = Field(default=False, description="Whether a decree makes its holder responsible.")
    active: Flag | None = Field(default=None, description="Whether it stands on present work.")
    asks_for_activity: Flag = Field(default=True, description="Whether it has the rule of active and inactive.")
    continuation: Flag | None = Field(default=None, description="Whether it only continues under a law.")
    covered_since: Day | None = Field(default=None, description="First day of it without a gap.")
    employees: Count | None = Field(default=None, description="How many people the employer employs.")
    medicare_reason: MedicareReasonName | None = Field(default=None, description="Why the patient has Medicare.")
    eligible_on: Day | None = Field(
        default=None, description="Of Medicare by kidney disease: a day of the first month."
    )
    medicare_parts: Words = Field(default="", description="The parts of Medicare in which the patient is enrolled.")
    diagnoses: tuple[Words, ...] = Field(
        default=(), description="What it is liable for: diagnoses or their beginnings."
    )
    claimed_on: Day | None = Field(default=None, description="The day on which it was asked to pay.")
    asked_on: Day | None = Field(
        default=None, description="The day on which the member was asked, without an answer yet."
    )


class Given(LineText):
    """The claim and what is on file; the words of a line may stand here for every line."""

    plan: PlanPath | Literal["none"] | None = Field(default=None, description="The patient's plan, or none.")
    contract: ContractPath | Literal["none"] | None = Field(
        default=None, description="The billing provider's contract, or none."
    )
    lines: tuple[LineText, ...] = Field(default=(), description="The lines, where there are several.")
    born: Day = Field(default=dt.date(1980, 1, 1), description="The patient's date of birth.")
    sex: Literal["F", "M", "U"] = Field(default="U", description="The patient's sex.")
    member: Literal["known", "unknown", "unknown_dependent", "ambiguous", "other_name", "other_birth_date"] = Field(
        default="known",
        description="How the patient on the claim fits our membership file. unknown_dependent: we know the subscriber only.",
    )
    relationship: Words = Field(
        default="18", description="The patient to the subscriber: 18 self, 01 spouse, 19 child."
    )
    deceased: Day | None = Field(default=None, description="Day of the patient's death.")
    identity_theft: Day | None = Field(
        default=None, description="Day from which our file warns that others use the patient's identity."
    )
    custody: tuple[Stretch, ...] = Field(default=(), description="Days on which an authority had custody.")
    covered_from: Day = Field(default=LONG_AGO, description="First day of coverage.")
    covered_through: Day | None = Field(default=None, description="Last day of coverage.")
    covered_again: tuple[Stretch, ...] = Field(default=(), description="More stretches of coverage under the plan.")
    waiting_through: Day | None = Field(default=None, description="Last day of the patient's waiting period.")
    premium_paid_through: Day | None = Field(
        default=None, description="Last day for which the premium is paid, while more is owed."
    )
    unmet: Literal["eligibility", "residency"] | None = Field(
        default=None, description="A requirement of the plan that the patient does not meet."
    )
    preexisting: tuple[Words, ...] = Field(
        default=(), description="Diagnoses, or their beginnings, older than coverage."
    )
    preexisting_through: Day | None = Field(default=None, description="Last day on which they are excluded.")
    primary_care: Literal["nobody", "same", "other"] = Field(
        default="nobody",
        description="Whom the patient has chosen for primary care: this rendering provider or another.",
    )
    not_billable: Flag = Field(default=False, description="Whether nobody may bill the patient for the share.")
    elsewhere: tuple[CareElsewhere, ...] = Field(default=(), description="Days in the care of somebody else.")
    clia_number: Words = Field(default="", description="Laboratory certificate on the claim (REF*X4), or none.")
    coverage_recorded: Day | None = Field(
        default=None, description="Day on which the coverage was entered on our file."
    )
    contract_product: Words = Field(default="", description="Product of the contract, where it is not the plan's.")
    filing_indicator: Words = Field(default="", description="Kind of insurance that the claim names (SBR09).")
    submitter_enrolled: Flag = Field(default=True, description="Whether the sender may send this provider's claims.")
    billing_provider: ProviderFacts | None = Field(
        default=None, description="The billing provider on our provider file."
    )
    rendering_provider: ProviderFacts | None = Field(
        default=None, description="The rendering provider on our provider file."
    )
    ordering_provider: ProviderFacts | Literal["none"] | None = Field(
        default=None, description="The ordering provider on our provider file, or none."
    )
    referring_provider: ProviderFacts | Literal["none"] | None = Field(
        default=None, description="The referring provider on our provider file, or none."
    )
    diagnoses: tuple[Words, ...] = Field(default=("Z00.00",), description="Diagnoses; [] for none.")
    received: Day | None = Field(default=None, description="Day of arrival; left out, ten days after the last service.")
    decided: Day | None = Field(default=None, description="Day on which it is decided; left out, the day of arrival.")
    history: tuple[EarlierLine, ...] = Field(default=(), description="Earlier lines of the patient.")
    authorizations: tuple[Approval, ...] = Field(default=(), description="Prior authorizations on file.")
    used: Used = Field(default=Used(), description="What has been used of the limits.")
    used_before: UsedBefore | None = Field(
        default=None, description="What has been used of the same year under another plan."
    )
    rulings: tuple[RulingText, ...] = Field(default=(), description="Reviewers' rulings.")
    total: SignedDollars | None = Field(default=None, description="Total charge, where it is not the sum of the lines.")
    payer: Words = Field(default="", description="Payer id on the claim; left out: ours.")
    billing_npi: Words = Field(default=PLAIN_NPI, description="NPI of the billing provider, or none.")
    billing_tax_id: Words = Field(
        default="", description="Tax id of the billing provider, or none; left out: a good one."
    )
    delay_reason: Words = Field(default="", description="Delay reason (CLM20).")
    frequency: Words = Field(default="1", description="Claim frequency (CLM05-3).")
    original_claim: Words = Field(default="", description="Our number of the earlier claim (REF*F8).")
    original_on_file: Flag = Field(default=False, description="Whether we hold that claim.")
    institutional: Flag = Field(default=False, description="An institutional claim.")
    encounter: Flag = Field(default=False, description="An encounter (BHT06 = RP).")
    test: Flag = Field(default=False, description="From a test interchange (ISA15 = T).")
    accepts_assignment: Literal["A", "B", "C"] = Field(
        default="A", description="Whether the provider accepts assignment (CLM07); C: no."
    )
    benefits_assigned: Literal["Y", "N", "W"] = Field(default="Y", description="Assignment of benefits (CLM08).")
    pay_to_plan: Flag = Field(default=False, description="Another plan claims the payment.")
    special_program: Words = Field(default="", description="Special program (CLM12).")
    admitted: Day | None = Field(default=None, description="Day of admission to hospital (DTP*435).")
    weight_pounds: Quantity | None = Field(default=None, description="The patient's weight (PAT08).")
    last_menstrual_period: Day | None = Field(default=None, description="First day of it (DTP*484).")
    assumed_care: Day | None = Field(default=None, description="First day of care after an operation (DTP*090).")
    relinquished_care: Day | None = Field(default=None, description="Last day of care after an operation (DTP*091).")
    patient_state: Words = Field(default="", description="State of the patient's home, two letters (N402).")
    patient_postal_code: Words = Field(default="", description="ZIP code of the patient's home (N403).")
    accident_date: Day | None = Field(default=None, description="Day of the accident (DTP*439).")
    accident_state: Words = Field(default="", description="State of the accident (CLM11-4).")
    related_causes: tuple[Words, ...] = Field(default=(), description="Causes such as an accident (CLM11).")
    payer_responsibility: Words = Field(default="P", description="P: we are the first payer (SBR01).")
    earlier_payers: tuple[EarlierPayerText, ...] = Field(
        default=(), description="Payers before us; left out where we are not the first: one without a result."
    )
    other_coverage: tuple[OtherCoverageText, ...] = Field(
        default=(), description="What our file says of the patient's coverages, for the order of payers."
    )
    authorization_exception: Words = Field(default="", description="Exception code (REF*4N).")


class ExpectedStep(Part):
    """What the biller is told to do."""

    who: Who | None = Field(default=None, description="Who acts.")
    remedy: Remedy | None = Field(default=None, description="Which way out.")
    deadline: Clock | None = Field(default=None, description="Which clock runs.")
    appeal: Flag | None = Field(default=None, description="Whether there is a right of appeal.")


class Amounts(Part):
    """Money of a claim or a line."""

    paid: Dollars | None = Field(default=None, description="What the plan pays.")
    allowed: Dollars | None = Field(default=None, description="What the contract allows.")
    member: Dollars | None = Field(default=None, description="What the patient may be billed.")
    adjustments: dict[str, SignedDollars] | None = Field(
        default=None, description="Every adjustment, such as `{CO-45: 38.00, PR-3: 30.00}`."
    )


class ExpectedLine(Amounts):
    """What is expected of one line."""

    line: Count = Field(description="Its number.")
    units: Quantity | None = Field(default=None, description="How many of its units are paid.")


class Expect(Amounts):
    """What is expected of the decision; what is left out may be anything."""

    verdict: Verdict = Field(description="How the claim ends.")
    rule: Words = Field(default="", description="The rule that says so: its name, or a criterion's id.")
    carc: Carc | None = Field(default=None, description="Its adjustment reason.")
    group: Group | None = Field(default=None, description="Its group.")
    remarks: tuple[Rarc, ...] | None = Field(default=None, description="Its remark codes.")
    statuses: tuple[Words, ...] | None = Field(default=None, description="Its 277CA statuses.")
    queue: Queue | None = Field(default=None, description="Its queue.")
    code: PendCode | None = Field(default=None, description="Why it waits.")
    denials: tuple[Words, ...] | None = Field(
        default=None, description="The reasons with which a reviewer may say no, such as `[OA-19, PR-96]`."
    )
    because: Words = Field(default="", description="Words of its sentence.")
    next_step: ExpectedStep | None = Field(default=None, description="What the biller is told to do about it.")
    without: tuple[Words, ...] = Field(default=(), description="Rules that must not answer.")
    lines: tuple[ExpectedLine, ...] = Field(default=(), description="What is expected of single lines.")


class Example(Part):
    """One example."""

    name: Words = Field(description="A sentence that says what it shows.")
    given: Given = Field(default=Given(), description="What differs from the file's own `given`.")
    expect: Expect = Field(description="What must come out.")


class ExamplesDocument(Part):
    """Examples beside the document that they test: `NAME.test.yaml`."""

    given: Given = Field(default=Given(), description="What all examples of the file share.")
    cases: tuple[Example, ...] = Field(min_length=1, description="The examples.")
