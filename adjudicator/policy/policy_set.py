"""All policy documents of one payer, frozen and indexed for look-up: what the engine reads instead of files.

``policy.load`` builds these values from the YAML documents; nothing here knows files. Every document is a list of
complete versions; a version is chosen by a day, normally the line's date of service, never by today's date.
"""

import datetime as dt
import enum
from calendar import isleap
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Generic, Protocol, TypeVar

import msgspec

from adjudicator.model.case import Case, HistoryLine
from adjudicator.model.claim import Address, Line
from adjudicator.model.dates import Span, months_before
from adjudicator.model.decision import Audience, Citation, Finding, PriorityPayer, Reason, Verdict
from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.model.other_coverage import CoverageKind
from adjudicator.model.standing import Standing
from adjudicator.policy.code_set import CodeSet as CodeSet
from adjudicator.policy.coding_tables import (
    AddOnCodes,
    CodingTable,
    ProcedureIndicators,
    ProcedurePairs,
    Setting,
    TableOnDay,
    UnitLimits,
)
from adjudicator.policy.coordination import OrderRules, PlanCoordination, PriorReasons
from adjudicator.policy.document import Document as Document
from adjudicator.policy.document import PolicyGap as PolicyGap
from adjudicator.policy.document import Version as Version
from adjudicator.policy.editing_rules import ExclusiveServices, FeeScheduleRules, GlobalSurgery, Visits
from adjudicator.policy.fee_schedules import FeeRequest as FeeRequest
from adjudicator.policy.fee_schedules import Fees as Fees
from adjudicator.policy.fee_schedules import FlatFees as FlatFees
from adjudicator.policy.fee_schedules import ListedFees as ListedFees
from adjudicator.policy.fee_schedules import Missing as Missing
from adjudicator.policy.fee_schedules import RelativeValueFees as RelativeValueFees
from adjudicator.policy.fee_schedules import UnitFee as UnitFee
from adjudicator.policy.fee_schedules import lists
from adjudicator.policy.fee_tables import FeeVersion
from adjudicator.policy.fee_tables import RelativeValue as RelativeValue
from adjudicator.policy.look_backs import EVER, HistoryReach, LookBack
from adjudicator.policy.pay_rules import PayRule as PayRule
from adjudicator.policy.payment_rules import PaymentRules as PaymentRules
from adjudicator.policy.surprise_billing import SurpriseBilling as SurpriseBilling


class NamesProcedures(Protocol):
    """A row or document that is for some procedures."""

    @property
    def procedures(self) -> CodeSet | None:
        """The procedures; None for any."""


RowT = TypeVar("RowT", bound=NamesProcedures)
VersionT = TypeVar("VersionT", bound=Version)


class ByProcedure(msgspec.Struct, Generic[RowT], frozen=True):
    """Rows by the procedures that they name, in their own order, so that a line meets only those that can concern it."""

    listed: Mapping[str, tuple[RowT, ...]]
    """By single code, those of ``unlisted`` included."""
    unlisted: Mapping[str, tuple[RowT, ...]]
    """Rows that name procedures by beginnings or ranges, or any procedure, by the first sign of what they can name."""
    anything: tuple[RowT, ...]
    """Those of them that can name procedures with any first sign."""
    for_any: frozenset[str]
    """The first signs under which every row of ``unlisted`` is for any procedure; empty stands for all other signs."""

    @classmethod
    def of(cls, rows: Iterable[RowT]) -> "ByProcedure[RowT]":
        """Index rows."""
        named = [(row.procedures or CodeSet(everything=True), row) for row in rows]
        codes = frozenset[str]().union(*(procedures.codes for procedures, _ in named))
        unlisted = [(procedures, row) for procedures, row in named if not procedures.enumerated]
        signs = frozenset[str]().union(*(procedures.first_signs or () for procedures, _ in unlisted))
        by_sign = {
            sign: [(each, row) for each, row in unlisted if each.first_signs is None or sign in each.first_signs]
            for sign in (*signs, "")
        }
        return cls(
            listed={code: tuple([row for procedures, row in named if code in procedures]) for code in codes},
            unlisted={sign: tuple([row for _, row in rows]) for sign, rows in by_sign.items() if sign},
            anything=tuple([row for _, row in by_sign[""]]),
            for_any=frozenset(
                sign for sign, rows in by_sign.items() if all(procedures.everything for procedures, _ in rows)
            ),
        )

    def naming(self, procedure: str) -> tuple[RowT, ...]:
        """The rows that name a procedure."""
        listed = self.listed.get(procedure)
        if listed is not None:
            return listed
        sign = procedure[:1]
        rows = self.unlisted.get(sign)
        if rows is None:
            sign, rows = "", self.anything
        if sign in self.for_any:
            return rows
        return tuple([row for row in rows if row.procedures is None or procedure in row.procedures])


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


_MONTHS_OF_A_YEAR = 12
_LEAP_DAY = (2, 29)
AFTER_ANSWER = "filing_limit_after_answer"
"""The clock of what is sent with another payer's answer: the filing limit, which that answer starts anew."""
OWED_BY_OTHERS = ("bill_patient", "bill_other_payer")
"""Remedies of reasons for which somebody else owes the money: the provider must not write it off."""


class GuidanceVersion(Version, frozen=True):
    """Answers of the engine's own rules and guidance for reasons."""

    answers: Mapping[str, Answer]
    guidance: Mapping[str, Guidance]


class WorkQueue(msgspec.Struct, frozen=True):
    """A queue of the payer's people."""

    name: str
    pend_code: str
    """Why a claim waits there, unless the rule says otherwise (domain/07 section 5)."""
    target_days: int
    """Calendar days within which a task should be answered; 0: the same day."""


class ReviewAgain(msgspec.Struct, frozen=True):
    """Whom to ask about a decided claim when facts change, and what."""

    queue: str
    question: str


class ReviewsAgain(msgspec.Struct, frozen=True):
    """Which decided claims are looked at again when facts change that they were decided by."""

    look_back_months: int
    """Claims whose last day of service is so many months back or less."""
    other_coverage: ReviewAgain
    coverage: ReviewAgain


class Payer(Version, frozen=True):
    """Who we are and the rules that hold for every plan (``payer.yaml``)."""

    name: str
    payer_id: str
    tax_id: str
    address: Address
    contact_name: str
    contact_phone: str
    contact_url: str
    out_of_network_contract: str
    appeal_limit_days: int
    payment_method: str
    """How money moves: CHK or ACH (835 BPR04)."""
    duplicate_of_denied: bool
    """Whether a line that repeats a denied line is a duplicate too."""
    neutral_modifiers: CodeSet
    """Modifiers that never change a price; any other waits for pricing."""
    liability_indicators: frozenset[str]
    """Claim filing indicators (SBR09) of insurance for accidents and work: somebody else may be liable."""
    clinician_reasons: frozenset[str]
    """Reasons (CARC) of medical necessity: a machine may not deny with them unless the policy says ``automatic``."""
    queues: Mapping[str, WorkQueue]
    fractional_units: CodeSet
    """Procedures that may be billed in parts of a unit."""
    causes_with_date: frozenset[str]
    """Related causes (CLM11) that need the day of the accident."""
    causes_with_state: frozenset[str]
    """Related causes that need the state of the accident."""
    duplicate_bypass_modifiers: CodeSet = CodeSet()
    """Modifiers that tell two services of one procedure and day apart where only one of the lines has them."""
    substitute_modifiers: CodeSet = CodeSet()
    """Modifiers of a substitute, who is on no roster of the group that bills."""
    misrouted_indicators: frozenset[str] = frozenset()
    """Claim filing indicators (SBR09) of insurance that we do not administer."""
    hospice_modifiers: CodeSet = CodeSet()
    """Modifiers of care that is not the hospice's, although the patient is in one."""
    surprise_billing: SurpriseBilling | None = None
    """What the law protects from surprise bills; None: what it may protect waits."""
    prior_reasons: PriorReasons | None = None
    """How the reasons of payers before us are read; None: their claims are held."""
    order_rules: OrderRules | None = None
    """By which figures the order of payers is told; None: claims of patients with other coverage are held."""

    reviews_again: ReviewsAgain | None = None
    """What happens to decided claims when facts change; None: nobody looks at them again."""

    @property
    def order_of_payers(self) -> OrderRules:
        """By which figures the order of payers is told.

        Raises:
            PolicyGap: the document does not say.
        """
        if self.order_rules is None:
            raise PolicyGap(f"{self.stamp} does not say how the order of payers is told (order_of_payers)")
        return self.order_rules

    @property
    def reasons_of_earlier_payers(self) -> PriorReasons:
        """How the reasons of payers before us are read.

        Raises:
            PolicyGap: the document does not say.
        """
        if self.prior_reasons is None:
            raise PolicyGap(f"{self.stamp} does not say how the reasons of earlier payers are read (earlier_payers)")
        return self.prior_reasons


class LimitPair(msgspec.Struct, frozen=True):
    """A deductible or an out-of-pocket maximum: one person's and the family's (domain/04 section 3).

    Embedded limits have both, individual ones no family's. Aggregate ones have the family's alone, or beside it what the law
    lets one person owe at most.
    """

    individual_cents: int | None
    family_cents: int | None
    people: int = 0
    """So many people of a family who meet their own amount meet it for all others too; 0: no number does."""

    def of(self, owner: str) -> int | None:
        """The limit of a ``member`` or ``family``, in cents; None where there is none."""
        return self.individual_cents if owner == "member" else self.family_cents


class CostShareTerms(msgspec.Struct, frozen=True, dict=True):
    """What the member owes for one benefit in one tier; all absent means the plan pays everything."""

    covered: bool = True
    copay_cents: int = 0
    copay_per_claim: bool = False
    """Whether one copay is due for all of a claim; else one a visit: the services of one billing provider on one day."""
    deductible: bool = False
    coinsurance_basis_points: int = 0
    """20 % is 2000."""
    copay_reduces_coinsurance: bool = True
    """Whether coinsurance is taken of what the copay leaves; else of the allowed amount less the deductible."""
    coinsurance_per_claim: bool = False
    """Whether coinsurance is rounded once for the benefit's lines of a claim together, and then allocated to them."""

    @cached_property
    def coinsurance_rate(self) -> str:
        """The member's share as a plain decimal: ``0.2``."""
        return f"{self.coinsurance_basis_points / WHOLE_BASIS_POINTS:g}"


class Benefit(msgspec.Struct, frozen=True):
    """One row of the schedule of benefits; the first that fits a line is the line's benefit."""

    id: str
    procedures: CodeSet
    in_network: CostShareTerms
    out_of_network: CostShareTerms
    modifiers: CodeSet | None = None
    """Where given, the row is for lines with one of these modifiers only, such as 33 for preventive care."""


class TierLimits(msgspec.Struct, frozen=True):
    """The two limits of one network tier."""

    deductible: LimitPair
    out_of_pocket: LimitPair
    counts_toward: str = ""
    """The other tier, where what is paid in this one counts toward its limits too."""
    copays: LimitPair | None = None
    """The most that copays come to; None where only the out-of-pocket maximum ends them."""

    def of(self, accumulator: str) -> LimitPair | None:
        """The limit of an accumulator: ``deductible``, ``out_of_pocket`` or ``copays``; None where there is none."""
        pair: LimitPair | None = getattr(self, accumulator)
        return pair

    @property
    def counts_people(self) -> bool:
        """Whether so many people of a family meet one of the limits for all."""
        return any(pair is not None and pair.people for pair in (self.deductible, self.out_of_pocket, self.copays))


class Counting(enum.Enum):
    """What a benefit limit counts."""

    VISITS = "visits"
    """Days of service with a billing provider, each once."""
    DAYS = "days"
    """Days of service, each once, whoever gave it."""
    UNITS = "units"
    """Covered units, in thousandths."""
    ALLOWED = "allowed"
    """Covered allowed amounts, in cents."""
    PAID = "paid"
    """What the plan paid, in cents."""


class BenefitLimit(msgspec.Struct, frozen=True):
    """How much of some services the plan covers in a period, counted by date of service (domain/04 section 7)."""

    id: str
    procedures: CodeSet
    counting: Counting
    most: int
    """The limit itself, in what ``counting`` counts."""
    answer: Answer
    """The denial of what is beyond it."""
    lifetime: bool = False
    months: int = 0
    """Calendar months back from the service, open at the far end; 0: a year, or a lifetime."""
    plan_year: bool = False
    """Whether its year is the plan's; else the calendar's."""
    tier: str = ""
    """The network tier in which it counts; empty for both together."""

    @property
    def look_back(self) -> LookBack:
        """How far back services can count."""
        return EVER if self.lifetime else LookBack(months=self.months or _MONTHS_OF_A_YEAR)


class Exclusion(msgspec.Struct, frozen=True):
    """Services that the plan does not cover: these codes, where the condition holds."""

    id: str
    procedures: CodeSet | None
    when: "Condition | None"
    answer: Answer
    handled_by: str = ""
    """Who covers them instead, such as a plan for behavioral care; empty for nobody."""


class ReductionKind(enum.Enum):
    """Why a plan pays less than its part of a line; the values are the rules that guidance answers.

    What has been paid by the month comes first, then what the law and the contract say of the service and of the claim, then
    sequestration, then the withhold
    (domain/03 section 4, steps 12 and 16 to 19): this is the order in which they are taken, each of what those before it left.
    """

    CAPITATION = "capitation"
    """The provider has the plan's part already, by the member and month; the member's share is due all the same."""
    THERAPY_ASSISTANT = "therapy-assistant"
    """An assistant gave the therapy, by the modifiers of the line."""
    LATE_FILING = "late-filing"
    """The claim came late, though within the filing limit."""
    PROMPT_PAYMENT = "prompt-payment"
    """A discount for a claim that is decided soon after it has come."""
    SEQUESTRATION = "sequestration"
    """The federal cut of Medicare payments."""
    WITHHOLD = "withhold"
    """A part that is kept until the year's performance is known."""


class ReductionClause(msgspec.Struct, frozen=True):
    """A sentence of a plan or contract that takes a share of what the plan would pay of a line, after the member's share."""

    id: str
    policy: str
    """Document and version that have it."""
    quote: str
    kind: ReductionKind
    basis_points: int
    """The share of the payment that is taken: 2 % is 200. 0 where services are spared that a later clause names."""
    procedures: CodeSet
    when: "Condition | None" = None
    """For which members or places; None for all."""
    tier: str = ""
    """The network tier in which it holds; empty for both."""
    modifiers: CodeSet | None = None
    """THERAPY_ASSISTANT: the modifiers that say so."""
    after_days: int | None = None
    """LATE_FILING: days from the service; a claim that arrives later is late."""
    within_days: int | None = None
    """PROMPT_PAYMENT: days from the claim's arrival; one that is decided later earns no discount."""

    def names(self, line: Line, tier: str) -> bool:
        """Whether it is about a line's service, by its procedure, modifiers and network tier."""
        return (
            self.tier in ("", tier)
            and line.procedure in self.procedures
            and (self.modifiers is None or any(modifier in self.modifiers for modifier in line.modifiers))
        )


class Waiver(msgspec.Struct, frozen=True):
    """A sentence of a plan by which its members owe no cost share for some services, such as zero and limited cost sharing."""

    id: str
    policy: str
    """Document and version that have it."""
    quote: str
    procedures: CodeSet
    when: "Condition | None" = None
    """Where; None for always."""
    tier: str = ""
    """The network tier in which it holds; empty for both."""


class PremiumGrace(msgspec.Struct, frozen=True):
    """How long a member may owe the premium, and for how long of it we pay all the same (45 CFR 156.270)."""

    months: int
    paid_months: int


class DependentCover(msgspec.Struct, frozen=True):
    """Whom a plan covers besides the subscriber; both zero: nobody."""

    children_until_age: int = 0
    """Children are covered until the birthday on which they reach this age."""
    children: frozenset[str] = frozenset()
    """The individual relationship codes (X12) of whom the plan calls a child; others have no age limit."""
    newborn_days: int = 0
    """Days from birth on which a child that is not enrolled yet may still be; 0: no cover for newborns."""

    @property
    def nobody(self) -> bool:
        """Whether the plan covers the subscriber only."""
        return not self.children_until_age


class CarryOver(msgspec.Struct, frozen=True):
    """What counts toward the next period too: the fourth-quarter carry-over of older plans (domain/04 row 13)."""

    months: int
    """The last calendar months of a period whose services carry."""
    accumulators: tuple[str, ...]
    """``deductible``, ``out_of_pocket`` or both."""


class OwnLimits(msgspec.Struct, frozen=True):
    """A plan whose limits begin anew for who comes to it from another plan in the middle of a year (domain/04 section 8)."""

    credits: tuple[str, ...] = ()
    """The plan documents under which what was used in the same year counts here too."""
    accumulators: tuple[str, ...] = ("deductible", "out_of_pocket", "copays")
    """Toward which limits it counts."""


_KEPT_BY = " of "


def tier_of(kept_in: str) -> str:
    """The network tier of a name under which what is used of its limits is kept (``PlanVersion.kept_in``)."""
    return kept_in.partition(_KEPT_BY)[0]


def start_of_year(year_starts: tuple[int, int], day: dt.date) -> dt.date:
    """The first day of the plan year that holds a day, where years begin on some month and day."""
    start = _year_of(year_starts, day.year)
    return start if start <= day or day.year == dt.MINYEAR else _year_of(year_starts, day.year - 1)


def _year_of(year_starts: tuple[int, int], year: int) -> dt.date:
    month, day = year_starts
    # The only day that some years lack is 29 February.
    return dt.date(year, 3, 1) if year_starts == _LEAP_DAY and not isleap(year) else dt.date(year, month, day)


class PlanVersion(Version, frozen=True):
    """A benefit plan as one certificate of coverage states it."""

    product: str
    filing_limit_days: int
    cost_share_order: tuple[str, ...]
    """The order of ``copay``, ``deductible`` and ``coinsurance`` (domain/04 section 2)."""
    in_network: TierLimits
    out_of_network: TierLimits
    benefits: tuple[Benefit, ...]
    out_of_pocket_reduces: tuple[str, ...] = ("coinsurance", "copay", "deductible")
    """The order in which the shares give way where the out-of-pocket maximum is reached."""
    copay_counts_toward: tuple[str, ...] = ("out_of_pocket",)
    """The accumulators that copays move: ``deductible``, ``out_of_pocket``, both or none."""
    prompt_pay_days: int | None = None
    """Days from the arrival of a clean claim within which the law wants it decided; None where no law does."""
    exclusions: tuple[Exclusion, ...] = ()
    limits: tuple[BenefitLimit, ...] = ()
    dependents: DependentCover | None = None
    """None where the certificate does not say: whoever is enrolled is covered, and nobody else."""
    waiting_for: CodeSet = CodeSet(everything=True)
    """The services for which a member waits, where the membership file has a waiting period."""
    premium_grace: PremiumGrace | None = None
    """None where the plan gives no time."""
    payment_reductions: tuple[ReductionClause, ...] = ()
    """What is taken of payments; of each kind the first clause that fits counts, and the contract's go before."""
    out_of_network_contract: str = ""
    """The contract document that prices providers without a contract; empty: the payer's."""
    surprise_billing_exempt: bool = False
    """Whether the No Surprises Act does not bind the plan, such as short-term coverage."""
    state_law: str = ""
    """The state whose law on surprise bills governs the plan, two letters; empty: the federal law alone does."""
    coordination: PlanCoordination | None = None
    """How it pays after other payers; None where the certificate does not say, so that such claims wait."""
    insurance: CoverageKind = CoverageKind.GROUP
    """What sort of payer it makes us, for the order of payers."""
    year_starts: tuple[int, int] = (1, 1)
    """Month and day on which the plan's year begins. In a year without that day it begins on the day after."""
    carry_over: CarryOver | None = None
    """None where what was used of a year is worth nothing in the next."""
    waivers: tuple[Waiver, ...] = ()
    """For what no cost share is owed, whatever the benefits say."""
    own_limits: OwnLimits | None = None
    """None where what is used under any such plan of a year counts under each of them, however often a member changes."""
    variant_of: str = ""
    """The plan document that it is a variant of, with which it counts together; empty for a plan of its own."""

    def kept_in(self, tier: str) -> str:
        """The name under which what is used of a tier's limits is kept: the tier's, with the plan where its limits are its own."""
        return f"{tier}{_KEPT_BY}{self.variant_of or self.document}" if self.own_limits is not None else tier

    def credited_in(self, accumulator: str, tier: str, plans: "Mapping[str, Document[PlanVersion]]") -> frozenset[str]:
        """The names under which the plans that it credits keep what is used of a tier's limit; empty where it credits none."""
        if self.own_limits is None or accumulator not in self.own_limits.accumulators:
            return frozenset()
        credited = {version.kept_in(tier) for path in self.own_limits.credits for version in plans[path].versions}
        return frozenset(credited - {self.kept_in(tier)})

    def period_start(self, day: dt.date) -> dt.date:
        """The accumulation period of a service: the plan's year, by date of service, not of payment (domain/04 section 1)."""
        return start_of_year(self.year_starts, day)

    def carried_to(self, day: dt.date) -> dt.date | None:
        """The start of the next period where what a service of a day uses counts there too; else None."""
        if self.carry_over is None or day.year >= dt.MAXYEAR - 1:
            return None
        following = _year_of(self.year_starts, self.period_start(day).year + 1)
        return following if day >= months_before(following, self.carry_over.months) else None

    @cached_property
    def exclusions_by_procedure(self) -> ByProcedure[Exclusion]:
        """The exclusions, indexed."""
        return ByProcedure.of(self.exclusions)

    @cached_property
    def limits_by_procedure(self) -> ByProcedure[BenefitLimit]:
        """The benefit limits, indexed."""
        return ByProcedure.of(self.limits)

    @cached_property
    def _benefits_by_procedure(self) -> ByProcedure[Benefit]:
        return ByProcedure.of(self.benefits)

    def tier(self, name: str) -> TierLimits:
        """The limits of a network tier."""
        return self.in_network if name == "in_network" else self.out_of_network

    def benefit_for(self, line: Line) -> Benefit:
        """The first benefit whose codes hold the line's procedure, and a modifier of it where the row asks for one.

        Raises:
            PolicyGap: no row fits, which the last row, a catch-all, makes impossible.
        """
        for benefit in self._benefits_by_procedure.naming(line.procedure):
            if benefit.modifiers is None or any(modifier in benefit.modifiers for modifier in line.modifiers):
                return benefit
        raise PolicyGap(f"{self.stamp} has no benefit for {line.procedure}")


class CaseRate(msgspec.Struct, frozen=True):
    """One price for a service and what is given with it on one day."""

    id: str
    procedures: CodeSet
    """Any of them makes a case."""
    includes: CodeSet
    """What is paid within it."""
    cents: int
    lesser_of_charges: bool
    """Whether the charges of the case together cap its price."""
    modifiers: CodeSet
    """Modifiers under which the price stays, beside those that never change one."""
    answer: Answer
    """Of what is paid within."""


class ContractVersion(Version, frozen=True):
    """A provider contract, or the rule for providers without one."""

    pay: tuple[PayRule, ...]
    network: bool
    """False for the out-of-network rule: its balance above the allowed amount is the patient's."""
    capitated: tuple[Exclusion, ...] = ()
    """Services for which the provider is paid by the member and month, with nothing of them due from the member."""
    claim_most_cents: int | None = None
    """The most that is allowed for all lines of a claim under this version together; None for no bound."""
    case_rates: tuple[CaseRate, ...] = ()
    """What is paid by the case; the first that fits a line counts."""
    ranking_apart: bool = False
    """Whether what rank among procedures takes off a fee is told by a reason of its own, apart from the allowance."""
    payment_reductions: tuple[ReductionClause, ...] = ()
    """What is taken of payments; of each kind the first clause that fits counts."""

    def rows_for(self, procedure: str) -> tuple[PayRule, ...]:
        """The rows that name a procedure, in their order; which of them pays a line says ``PolicySet.pay_rule``."""
        return self._pay_by_procedure.naming(procedure)

    def case_price_stays(self, procedure: str, modifier: str) -> bool:
        """Whether a case rate for a procedure says that its price stays under a modifier."""
        return any(procedure in rate.procedures and modifier in rate.modifiers for rate in self.case_rates)

    @cached_property
    def capitated_by_procedure(self) -> ByProcedure[Exclusion]:
        """The capitated services, indexed."""
        return ByProcedure.of(self.capitated)

    @cached_property
    def _pay_by_procedure(self) -> ByProcedure[PayRule]:
        return ByProcedure.of(self.pay)


Condition = Callable[[Case, "PolicySet", Line, Standing], tuple[bool, str]]
"""A compiled condition: does it hold for a line, given the lines that stand, and the fact that says so in words."""


class Criterion(msgspec.Struct, frozen=True):
    """One sentence of a medical or coding policy: where ``when`` holds, ``require`` must hold, else ``answer``.

    A criterion without ``require`` answers wherever ``when`` holds.
    """

    id: str
    when: Condition | None
    require: Condition | None
    answer: Answer


class CriteriaPolicy(Version, frozen=True):
    """A medical or coding policy's version: for which procedures, which criteria."""

    procedures: CodeSet
    criteria: tuple[Criterion, ...]
    diagnoses: CodeSet | None = None
    """No criterion applies unless a diagnosis of the claim is one of these; None where that cannot be said."""
    modifiers: CodeSet | None = None
    """No criterion applies to a line unless it has one of these; None where that cannot be said."""


class SameProvider(enum.Enum):
    """Who counts as one provider where services of one day are compared."""

    PRACTITIONER = "practitioner"
    GROUP_AND_SPECIALTY = "group_and_specialty"


class CodeEditing(Version, frozen=True):
    """How the payer applies the publishers' tables of pairs, unit limits and add-on codes."""

    same_provider: SameProvider
    unknown_specialty_is_same: bool
    """Whether practitioners of one group count as one specialty's where that of one is not known."""
    pair_modifiers: CodeSet
    """Modifiers that tell the two services of a pair apart, where the pair's indicator lets one."""
    split_care_modifiers: CodeSet
    """Modifiers of parts of a surgeon's care: lines with different ones are counted apart."""
    zero_limits_for: frozenset[str]
    """Plans for which a unit limit of 0 counts."""
    add_on_primaries: tuple[tuple[CodeSet, CodeSet], ...]
    """Add-on codes and what they are given with, where the publisher leaves that to the payer."""
    suppliers: tuple[str, ...] = ()
    """Beginnings of the taxonomy codes of suppliers of equipment, who have unit limits of their own."""
    exclusive: tuple[ExclusiveServices, ...] = ()
    visits: Visits | None = None
    surgery: GlobalSurgery | None = None
    fee_schedule: FeeScheduleRules | None = None

    @property
    def look_backs(self) -> Iterator[tuple[CodeSet, LookBack]]:
        """Which earlier services are compared with a line, and how far back, both a little longer than needed at their far end."""
        if self.visits is not None:
            yield self.visits.new_patients.seen, LookBack(months=self.visits.new_patients.months + 1)
        if self.surgery is not None:
            yield CodeSet(everything=True), LookBack(days=self.surgery.reach_days + 1)

    @cached_property
    def exclusive_by_procedure(self) -> ByProcedure[ExclusiveServices]:
        """The services that exclude each other, indexed by those that are not paid."""
        return ByProcedure.of(self.exclusive)

    def primaries_of(self, add_on: str) -> CodeSet | None:
        """What the payer says that an add-on code is given with; None where it does not say."""
        return next((primaries for add_ons, primaries in self.add_on_primaries if add_on in add_ons), None)


class CodingDay(msgspec.Struct, frozen=True, dict=True):
    """What the coding of one day's services is held against.

    A table is None where the payer binds no such table, so that its edits do not run, and where a bound one has no version to
    use: then every line of the day waits (``edits.coding_tables``), and other edits may pass over it.
    """

    editing: CodeEditing | None
    """How the tables are applied; None where the payer does not edit codes."""
    tables: Mapping[str, TableOnDay]
    """Every table that the payer binds, by what it lists: ``procedure-pairs-practitioner`` ..."""

    @cached_property
    def wanting(self) -> Mapping[str, TableOnDay]:
        """The bound tables that have no version of their own for the day."""
        return {lists: table for lists, table in self.tables.items() if table.table is None or table.previous}

    @cached_property
    def pairs(self) -> Mapping[Setting, ProcedurePairs]:
        """The pairs, by setting."""
        return self._by_setting("procedure-pairs", ProcedurePairs)

    @cached_property
    def unit_limits(self) -> Mapping[Setting, UnitLimits]:
        """The unit limits, by setting."""
        return self._by_setting("unit-limits", UnitLimits)

    @cached_property
    def add_on_codes(self) -> AddOnCodes | None:
        """The add-on codes."""
        return self._table("add-on-codes", AddOnCodes)

    @cached_property
    def indicators(self) -> ProcedureIndicators | None:
        """The indicators of the physician fee schedule."""
        return self._table("procedure-indicators", ProcedureIndicators)

    def _by_setting(self, lists: str, kind: type[VersionT]) -> Mapping[Setting, VersionT]:
        tables = {setting: self._table(f"{lists}-{setting.value}", kind) for setting in Setting}
        return {setting: table for setting, table in tables.items() if table is not None}

    def _table(self, lists: str, kind: type[VersionT]) -> VersionT | None:
        found = self.tables.get(lists)
        table = found.table if found else None
        assert table is None or isinstance(table, kind)
        return table


_MOST_DAYS_KEPT = 10_000
"""A claim may name any day at all: what is kept by day has to end somewhere."""


class AuthorizationRule(msgspec.Struct, frozen=True):
    """Services that need approval ahead of time."""

    id: str
    procedures: CodeSet
    when: Condition | None
    """Where the row applies; None for everywhere."""
    referral: bool
    """A referral is needed, not a prior authorization."""
    number_on_claim: bool
    """The claim must name the approval's number."""
    notice_days: int
    """Days after the service within which approval may still be asked for."""
    late_basis_points: int
    """The share of the allowed amount that is covered where it was asked for later."""
    pays_what_is_left: bool
    """Of more units than are left, those that are left are paid; else nothing of the line is."""
    answer: Answer
    """Where no approval is on file."""


class AuthorizationList(Version, frozen=True):
    """An authorization list's version."""

    number_format: str
    """How our numbers look: ``#`` a digit, ``@`` a letter, anything else itself; empty when the list does not say."""
    rules: tuple[AuthorizationRule, ...]

    def rule_for(self, case: Case, policies: "PolicySet", line: Line, standing: Standing) -> AuthorizationRule | None:
        """The first row that fits a line; None when the line needs no approval."""
        for rule in self._rules_by_procedure.naming(line.procedure):
            if rule.when is None or rule.when(case, policies, line, standing)[0]:
                return rule
        return None

    def may_ask(self, procedure: str, *, referral: bool) -> bool:
        """Whether any row asks for an approval of this kind for a procedure, wherever that row applies."""
        return any(rule.referral is referral for rule in self._rules_by_procedure.naming(procedure))

    @cached_property
    def _rules_by_procedure(self) -> ByProcedure[AuthorizationRule]:
        return ByProcedure.of(self.rules)


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


class PolicySet(msgspec.Struct, frozen=True, dict=True):
    """Every document of one payer, and the digest of their content."""

    digest: str
    payer: Document[Payer]
    guidance: tuple[Document[GuidanceVersion], ...]
    plans: Mapping[str, Document[PlanVersion]]
    contracts: Mapping[str, Document[ContractVersion]]
    fees: Mapping[str, Document[Fees]]
    coverage: tuple[Document[CriteriaPolicy], ...]
    """Medical policies."""
    coding: tuple[Document[CriteriaPolicy], ...]
    """How services must be coded."""
    editing: Document[CodeEditing] | None
    authorization: tuple[Document[AuthorizationList], ...]
    tables: Mapping[str, Document[CodeTable]]
    """By what they list: ``procedures``, ``diagnoses``, ``modifiers``, ``places``, ``carc``, ``rarc``."""
    answers: Mapping[str, tuple[tuple[Span, Answer], ...]]
    """What the guidance documents answer, by rule: each answer with the days on which it holds."""
    coding_tables: Mapping[str, CodingTable] = {}
    """Those that the payer binds, by what they list: ``procedure-pairs-practitioner`` ..."""
    fee_tables: Mapping[str, Document[FeeVersion]] = {}
    """Those that fee schedules may name, by path; the schedules hold the ones that they name."""
    payment_rules: Mapping[str, Document[PaymentRules]] = {}
    """What modifiers and indicators do to a fee, by the path that contracts name."""
    look_backs: tuple[tuple[CodeSet, LookBack], ...] = ()
    """Which earlier services the conditions of all documents count, and how far back."""

    @cached_property
    def history_reach(self) -> HistoryReach:
        """How far back any rule counts earlier services: conditions, benefit limits, rentals, visits and operations."""
        limits = (
            limit for document in self.plans.values() for version in document.versions for limit in version.limits
        )
        editing = self.editing.versions if self.editing else ()
        schedules = (version for document in self.fees.values() for version in document.versions)
        rentals = (version.rental for version in schedules if isinstance(version, ListedFees) and version.rental)
        return HistoryReach.of(
            (
                *self.look_backs,
                *((limit.procedures, limit.look_back) for limit in limits),
                *((rental.procedures, rental.look_back) for rental in rentals),
                *chain.from_iterable(version.look_backs for version in editing),
            )
        )

    @cached_property
    def plans_by_stamp(self) -> Mapping[str, PlanVersion]:
        """Every version of every plan, by document and version, such as ``plans/ppo-gold@2026-01-01``."""
        return {version.stamp: version for document in self.plans.values() for version in document.versions}

    @cached_property
    def plans_that_count_people(self) -> frozenset[str]:
        """The plans under which it matters what every other person of a family has used."""
        return frozenset(
            path
            for path, document in self.plans.items()
            for version in document.versions
            if version.in_network.counts_people or version.out_of_network.counts_people
        )

    @cached_property
    def coverage_by_procedure(self) -> ByProcedure[CriteriaPolicy]:
        """The medical policies, indexed."""
        return ByProcedure.of(version for document in self.coverage for version in document.versions)

    @cached_property
    def coding_by_procedure(self) -> ByProcedure[CriteriaPolicy]:
        """The coding policies, indexed."""
        return ByProcedure.of(version for document in self.coding for version in document.versions)

    def answer(self, rule: str, day: dt.date) -> Answer:
        """What a rule of the engine answers on a day.

        Raises:
            PolicyGap: no guidance document answers it.
        """
        for span, answer in self.answers.get(rule, ()):
            if span.covers(day):
                return answer
        raise PolicyGap(f"no guidance document answers rule {rule} on {day.isoformat()}")

    def holds(self, rule: str, day: dt.date) -> bool:
        """Whether a rule of the engine answers by holding the claim, never by denying or reducing it itself."""
        return any(answer.verdict is Verdict.PEND for span, answer in self.answers.get(rule, ()) if span.covers(day))

    def guidance_for(self, key: str, day: dt.date) -> Guidance | None:
        """Guidance by a rule's name or a reason; None when there is none."""
        for document in self.guidance:
            version = document.find(day)
            if version is not None and key in version.guidance:
                return version.guidance[key]
        return None

    def plan(self, path: str, day: dt.date) -> PlanVersion:
        """A plan's version of a day.

        Raises:
            PolicyGap: no such plan, or none then.
        """
        return _document(self.plans, path, "plan").on(day)

    def contract(self, path: str, day: dt.date) -> ContractVersion:
        """A contract's version of a day.

        Raises:
            PolicyGap: no such contract, or none then.
        """
        return _document(self.contracts, path, "contract").on(day)

    def coding_on(self, day: dt.date) -> CodingDay:
        """What the payer holds the coding of one day's services against; put together once for a day."""
        known = self._coding_days.get(day)
        if known is None:
            if len(self._coding_days) >= _MOST_DAYS_KEPT:
                self._coding_days.clear()
            tables = {lists: table.on(day) for lists, table in self.coding_tables.items()}
            known = self._coding_days[day] = CodingDay(self.editing.find(day) if self.editing else None, tables)
        return known

    @cached_property
    def _coding_days(self) -> dict[dt.date, CodingDay]:
        return {}

    def fee_schedule(self, path: str, day: dt.date) -> Fees:
        """A fee schedule's version of a day.

        Raises:
            PolicyGap: no such schedule, or none then.
        """
        return _document(self.fees, path, "fee schedule").on(day)

    def pay_rule(self, contract: ContractVersion, case: Case, line: Line | HistoryLine) -> PayRule | None:
        """The row of a contract that pays a line: the first that fits it, with its rate of the line's date of service.

        Raises:
            PolicyGap: a fee schedule has no version then.
        """
        day = line.from_date
        for rule in contract.rows_for(line.procedure):
            if rule.only is not None and not rule.only.holds(case, line):
                continue
            if day is None:
                return rule
            if rule.listed_only and rule.schedule:
                schedule = self.fee_schedule(rule.schedule, day)
                if not lists(schedule, line.procedure, day):
                    continue
            return rule.on(day)
        return None

    def payment_rules_of(self, rule: PayRule, day: dt.date) -> PaymentRules | None:
        """The payment rules of a contract's row on a day; None where it names none.

        Raises:
            PolicyGap: none are in force then.
        """
        return _document(self.payment_rules, rule.rules, "payment rules").on(day) if rule.rules else None

    def table(self, lists: str, day: dt.date) -> CodeTable:
        """The code table of a kind for a day.

        Raises:
            PolicyGap: no such table, or none that covers the day.
        """
        document = self.tables.get(lists)
        table = document.find(day) if document else None
        # Asked for every code of a claim: what tells the gap in words runs only where there is one.
        return table or _document(self.tables, lists, "code table").on(day)


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


DocumentT = TypeVar("DocumentT")


def _document(documents: Mapping[str, DocumentT], path: str, what: str) -> DocumentT:
    document = documents.get(path)
    if document is None:
        raise PolicyGap(f"the policy set has no {what} {path}")
    return document
