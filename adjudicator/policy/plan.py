"""A plan: what it covers, what the member owes, and what limits it (domain/04)."""

import datetime as dt
import enum
from calendar import isleap
from collections.abc import Mapping
from functools import cached_property

import msgspec

from adjudicator.model.claim import Line
from adjudicator.model.dates import months_before
from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.model.other_coverage import CoverageKind
from adjudicator.policy.answers import Answer
from adjudicator.policy.by_procedure import ByProcedure
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coordination import PlanCoordination
from adjudicator.policy.document import Condition, Document, PolicyGap, Version
from adjudicator.policy.look_backs import EVER, LookBack
from adjudicator.policy.reductions import ReductionClause

_MONTHS_OF_A_YEAR = 12


_LEAP_DAY = (2, 29)


AFTER_ANSWER = "filing_limit_after_answer"
"""The clock of what is sent with another payer's answer: the filing limit, which that answer starts anew."""


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
