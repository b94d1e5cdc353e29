"""The claim plus every fact the answer may depend on, gathered once by the shell: the core asks for nothing more."""

import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from adjudicator.model.claim import Claim, Line, Person, Provider, Sex, UnitBasis
from adjudicator.model.dates import Span, days_between
from adjudicator.model.other_coverage import KnownCoverage

SUBSCRIBER = "18"
SPOUSE = "01"
"""Individual relationship codes of the subscriber and of the subscriber's spouse; who of the others on our file is a child is for
the plan to say."""

SourceT = TypeVar("SourceT")
WorkedT = TypeVar("WorkedT")


class _Fact(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An immutable fact."""


class ElsewhereKind(enum.Enum):
    """Who else has the care of a member, or a part of it."""

    MANAGED_CARE = "managed-care"
    OTHER_PLAN = "other-plan"
    HOSPICE = "hospice"
    SKILLED_NURSING = "skilled-nursing"
    """A stay in a skilled nursing facility that is paid as a whole."""
    HOME_HEALTH = "home-health"
    """An episode of a home health agency that is paid as a whole."""


class Elsewhere(_Fact, frozen=True):
    """A stretch of days on which somebody else has the care of a member, or a part of it, and is paid for it."""

    kind: ElsewhereKind
    span: Span


class Member(_Fact, frozen=True):
    """A person on our membership file."""

    member_id: str
    family_id: str
    last_name: str
    first_name: str
    birth_date: dt.date
    sex: Sex = Sex.UNKNOWN
    relationship: str = SUBSCRIBER
    """X12 individual relationship code to the subscriber: 18 self, 01 spouse, 19 child."""
    deceased_on: dt.date | None = None
    """Care on the day of death itself is still covered (domain/01 section 8, B4)."""
    custody: tuple[Span, ...] = ()
    """Stretches of days in the custody of an authority that pays for care (CARC 258)."""
    elsewhere: tuple[Elsewhere, ...] = ()

    def elsewhere_on(self, day: dt.date) -> frozenset[ElsewhereKind]:
        """Who else has care of the person on a day."""
        return frozenset([stretch.kind for stretch in self.elsewhere if stretch.span.covers(day)])

    identity_theft_on: dt.date | None = None
    """The day from which our file warns that others use the person's identity: who comes with a claim that arrives later has to
    be verified first (CARC 224); None where nothing is known of it."""

    def died_before(self, day: dt.date) -> bool:
        """Whether the person was dead already when a day began."""
        return self.deceased_on is not None and day > self.deceased_on

    def in_custody_on(self, day: dt.date) -> bool:
        """Whether an authority had custody of the person on a day."""
        return any(span.covers(day) for span in self.custody)


class Requirement(enum.Enum):
    """What a plan asks of a member before it pays."""

    ELIGIBILITY = "eligibility"
    RESIDENCY = "residency"


class CoverageTerms(_Fact, frozen=True):
    """What our membership file says of a stretch of coverage beside its days; nothing for nearly everybody."""

    waiting_through: dt.date | None = None
    """Last day of the member's waiting period."""
    premium_paid_through: dt.date | None = None
    """Last day for which the premium is paid, while we wait for the next; None while nothing is owed."""
    unmet: Requirement | None = None
    """A requirement of the plan that the member does not meet."""
    preexisting: tuple[str, ...] = ()
    """Diagnoses that the member had before the coverage, each as a code or its beginning."""
    preexisting_through: dt.date | None = None
    """Last day on which they are excluded; None: as long as the coverage lasts."""
    primary_care_npi: str = ""
    """The primary care provider whom the member has chosen."""
    not_billable: bool = False
    """Whether the law forbids to bill the member for the share, as of Medicare's qualified beneficiaries (domain/04 section 8)."""


NO_TERMS = CoverageTerms()
"""Coverage with nothing beside its days: always this very value, since only a field's own default is left out when stored."""


class Coverage(_Fact, frozen=True):
    """A member's stretch of days under one plan."""

    plan: str
    """Path of the plan document, such as ``plans/ppo-gold``."""
    span: Span
    recorded_on: dt.date | None = None
    """The day on which the stretch was entered on our file or last changed there; None when that is not known."""
    terms: CoverageTerms = NO_TERMS


class Sanction(_Fact, frozen=True):
    """An exclusion of a provider from payment."""

    source: str
    """The list that names it, such as ``OIG-LEIE``."""
    span: Span


class Affiliation(_Fact, frozen=True):
    """A practitioner's stretch of days on the roster of a group."""

    tax_id: str
    span: Span


class CertificateLevel(enum.IntEnum):
    """What tests a laboratory's certificate is for; each level is good for those below it too."""

    WAIVER = 1
    """Waived tests."""
    MICROSCOPY = 2
    """Waived tests, and microscopy by the provider himself."""
    FULL = 3
    """Every test: a certificate of registration, compliance or accreditation."""


class LaboratoryCertificate(_Fact, frozen=True):
    """A certificate under the Clinical Laboratory Improvement Amendments (CLIA)."""

    number: str
    span: Span
    level: CertificateLevel = CertificateLevel.FULL


class ProviderKind(enum.Enum):
    """What a provider is on our provider file."""

    PRACTITIONER = "practitioner"
    GROUP = "group"
    FACILITY = "facility"


class ProviderRecord(_Fact, frozen=True):
    """What our provider file says of one NPI. A provider without a record is not known to us, which is no mistake."""

    npi: str
    name: str
    kind: ProviderKind
    taxonomies: tuple[str, ...] = ()
    enrolled: tuple[Span, ...] = ()
    """Stretches of days on which it may be paid."""
    sanctions: tuple[Sanction, ...] = ()
    groups: tuple[Affiliation, ...] = ()
    """Practitioners: the groups on whose roster they are."""
    roster: tuple[Span, ...] = ()
    """Groups and facilities: stretches of days for which we hold their whole roster, so that who is not on it is not theirs."""
    certificates: tuple[LaboratoryCertificate, ...] = ()
    orders: tuple[Span, ...] = ()
    """Practitioners: stretches of days on which services are paid that they order or to which they refer."""
    family_id: str = ""
    """Practitioners who are members themselves: their family on our membership file."""
    qualifying: tuple[Span, ...] = ()
    """Practitioners: stretches of days on which they are qualifying participants of an advanced payment model, whom some fee
    schedules pay by a conversion factor of their own."""
    nonparticipating: tuple[Span, ...] = ()
    """Stretches of days on which it bills without a participation agreement, for which payment rules have a share."""

    def enrolled_on(self, day: dt.date) -> bool:
        """Whether it may be paid on a day."""
        return any(span.covers(day) for span in self.enrolled)

    @property
    def is_facility(self) -> bool:
        """Whether it is a facility, in which care is given, and nobody who gives it."""
        return self.kind is ProviderKind.FACILITY

    def orders_on(self, day: dt.date) -> bool:
        """Whether services are paid that it orders, or to which it refers, on a day."""
        return any(span.covers(day) for span in self.orders)

    def qualifying_on(self, day: dt.date) -> bool:
        """Whether it is a qualifying participant of an advanced payment model on a day."""
        return any(span.covers(day) for span in self.qualifying)

    def nonparticipating_on(self, day: dt.date) -> bool:
        """Whether it bills without a participation agreement on a day."""
        return any(span.covers(day) for span in self.nonparticipating)

    def sanction_on(self, day: dt.date) -> Sanction | None:
        """The first exclusion in force on a day."""
        return next((sanction for sanction in self.sanctions if sanction.span.covers(day)), None)


class Participation(_Fact, frozen=True):
    """A billing provider's stretch of days under one contract for one product."""

    tax_id: str
    npi: str
    product: str
    contract: str
    """Path of the contract document."""
    span: Span


class Authorization(_Fact, frozen=True):
    """Utilization management's answer to a request for services of a member, or a primary care provider's referral."""

    number: str
    procedures: tuple[str, ...]
    """Empty on a referral to a provider for whatever it finds needed."""
    span: Span
    tax_id: str = ""
    """The billing provider it was given to; empty when any provider may use it."""
    quantity_thousandths: int | None = None
    """How many units were approved in all; None when none were set."""
    visits: int | None = None
    """How many visits (days with such a service) were approved in all; None when none were set."""
    rendering_npi: str = ""
    """The practitioner it was given to; empty when any practitioner of the billing provider may use it."""
    referral: bool = False
    """A referral, not a prior authorization."""
    denied: bool = False
    """The request was denied."""
    requested_on: dt.date | None = None
    """The day on which it was asked for; None when that was in time."""
    unit_price_cents: int | None = None
    """The price of a unit agreed on with the billing provider for this patient (a single-case agreement); None for none."""

    def approves(self, procedure: str, days: Span, tax_id: str, rendering_npi: str) -> bool:
        """Whether it approves a service of these days (both bounds given) by a billing provider and a practitioner."""
        return not self.denied and self.is_for(procedure, tax_id, rendering_npi) and self.holds_on(days)

    def is_for(self, procedure: str, tax_id: str, rendering_npi: str) -> bool:
        """Whether it is about a service by these providers, whatever its days and whether it was granted or denied."""
        return self.is_given_to(tax_id, rendering_npi) and (not self.procedures or procedure in self.procedures)

    def is_given_to(self, tax_id: str, rendering_npi: str) -> bool:
        """Whether these providers may use it."""
        return self.tax_id in ("", tax_id) and self.rendering_npi in ("", rendering_npi)

    def holds_on(self, days: Span) -> bool:
        """Whether it holds on the first and the last of some days."""
        return self.span.covers(days.effective) and self.span.covers(days.ends or days.effective)


class Balance(_Fact, frozen=True):
    """What one owner has used of one accumulator under one version of a plan: the sum of those entries."""

    owner: str
    """``member:ID`` or ``family:ID``."""
    accumulator: str
    """``deductible``, ``out_of_pocket`` or ``copays``."""
    tier: str
    """``in_network`` or ``out_of_network``, with ``of plans/...`` where that plan's limits are its own."""
    period_start: dt.date
    used_cents: int
    plan: str = ""
    """Document and version of the plan whose limit it was taken of; empty where that is not known."""


class LineState(enum.Enum):
    """Where an earlier line stands."""

    PAID = "paid"
    DENIED = "denied"
    PENDED = "pended"


class HistoryLine(_Fact, frozen=True):
    """A line of the member's earlier claim, as it was decided; immutable, so a stored case names it by its key."""

    claim_id: str
    decision_number: int
    line: int
    member_id: str
    state: LineState
    billing_tax_id: str
    billing_npi: str
    rendering_npi: str
    from_date: dt.date
    through_date: dt.date
    procedure: str
    modifiers: tuple[str, ...]
    """Sorted."""
    place_of_service: str
    quantity_thousandths: int
    charge_cents: int
    copay_cents: int = 0
    """What the patient owed of its visit's one copay; a copay that is due once a claim is no part of it."""
    benefit_copay_cents: int | None = None
    """The same as if the plan were the first payer; None where nobody paid before it."""
    allowed_cents: int = 0
    """What was covered of it: the allowed amount after limits."""
    paid_cents: int = 0
    """The plan's part of it, before sequestration, withholds and the like: what benefit limits count."""
    covered_quantity_thousandths: int | None = None
    """How much of the quantity was covered; None when all of it was."""
    authorization_numbers: tuple[str, ...] = ()
    """Those that it named (REF*G1)."""
    referral_numbers: tuple[str, ...] = ()
    """Those that it named (REF*9F)."""

    tier: str = ""
    """The network tier in which it was covered; empty when it was not."""
    taxonomies: tuple[str, ...] = ()
    """Of the rendering provider, as they were known when the line was decided (``Case.taxonomies_of``)."""
    unit_basis: UnitBasis = UnitBasis.UNITS
    """What the quantity counts; lines that were stored without it count units."""
    covered_days: tuple[dt.date, ...] | None = None
    """On which of its days it was covered; None on all of them. Lines that were stored without it count all their days."""

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Every day of service on which it was covered, in order."""
        return days_between(self.from_date, self.through_date) if self.covered_days is None else self.covered_days

    @property
    def decision(self) -> tuple[str, int]:
        """The claim and decision number of the decision that it is of."""
        return (self.claim_id, self.decision_number)

    @property
    def counted_thousandths(self) -> int:
        """The quantity that counts against limits and approvals: what was covered of what was billed; minutes are one unit."""
        if self.unit_basis is UnitBasis.MINUTES:
            return 1000
        covered = self.covered_quantity_thousandths
        return self.quantity_thousandths if covered is None else covered


class OriginalClaim(_Fact, frozen=True):
    """The claim that a replacement or void names, as far as we hold it."""

    claim_id: str
    disposition: str


class RulingVerdict(enum.Enum):
    """What a reviewer decided about one finding."""

    ALLOW = "allow"
    """It does not stand in the way of payment."""
    DENY = "deny"
    """The line or claim is denied, for a reason of the policy or, where the policy names none, of the reviewer."""
    REDUCE_UNITS = "reduce_units"
    """Only so many of the line's units are covered, for the policy's reason."""
    PRICE = "price"
    """The line is allowed a price that the reviewer sets."""
    CONFIRM_DUPLICATE = "confirm_duplicate"
    """It repeats another service, and is denied as the policy denies duplicates."""


class Ruling(_Fact, frozen=True):
    """A reviewer's answer to one exact finding. It is a fact: the claim is adjudicated again with it."""

    rule: str
    policy: str
    """Document and version of the finding that it answers, such as ``coverage/echo@2026-01-01``."""
    line: int
    verdict: RulingVerdict
    rationale: str
    ruled_by: str
    group: str = ""
    carc: str = ""
    """Of DENY, REDUCE_UNITS and CONFIRM_DUPLICATE: the reason; empty for the finding's first."""
    remarks: tuple[str, ...] = ()
    covered_quantity_thousandths: int | None = None
    """Of REDUCE_UNITS: how much of the line's quantity is covered."""
    price_cents: int | None = None
    """Of PRICE: what is allowed for the whole line."""


class Case(_Fact, frozen=True, dict=True):
    """A claim and all its facts. Time and identifiers are facts too: the core never asks a clock."""

    claim_id: str
    """Our claim number, told as payer claim control number in every answer."""
    claim: Claim
    received_on: dt.date
    """The day the claim arrived, not the day it is processed."""
    decided_on: dt.date
    members: tuple[Member, ...] = ()
    """Everybody on file who fits the patient as the claim names them: one when all is well."""
    subscriber: Member | None = None
    """Who holds the member number on the claim, where that is not the patient or the patient is not on file."""
    coverage: tuple[Coverage, ...] = ()
    """The patient's."""
    subscriber_coverage: tuple[Coverage, ...] = ()
    """The subscriber's, where the patient is not on file."""
    submitter_enrolled: bool = True
    """Whether the submitter may send claims of the billing provider."""
    providers: tuple[ProviderRecord, ...] = ()
    """Our records of the NPIs that the claim names."""
    participations: tuple[Participation, ...] = ()
    facility_participations: tuple[Participation, ...] = ()
    """Contracts of the facilities that the lines name as where care was given (2310C, 2420C), known by their NPI alone."""
    authorizations: tuple[Authorization, ...] = ()
    other_coverage: tuple[KnownCoverage, ...] = ()
    """What is known of the patient's coverages, ours and others', for the order of payers; empty for nearly everybody."""
    balances: tuple[Balance, ...] = ()
    history: tuple[HistoryLine, ...] = ()
    taken_back: tuple[tuple[str, int], ...] = ()
    """The decisions of the history that were taken back, by claim and decision number; their claims and payments stand."""
    original: OriginalClaim | None = None
    rulings: tuple[Ruling, ...] = ()

    @cached_property
    def _worked_out(self) -> dict[object, tuple[object, Any]]:
        """What ``once`` keeps: no part of the case, and never stored."""
        return {}

    def once(self, work: "Callable[[Case, SourceT], WorkedT]", source: SourceT) -> WorkedT:
        """What is worked out of these facts once and asked many times.

        Args:
            work: works it out; a function of a module, so that it stands for what it tells.
            source: what it is worked out of besides the case, such as the policies, or None; another source works it out
                anew. It is kept, so that nothing else can come to have its identity.
        """
        known = self._worked_out.get(work)
        if known is None or known[0] is not source:
            known = self._worked_out[work] = (source, work(self, source))
        worked: WorkedT = known[1]
        return worked

    @cached_property
    def history_from(self) -> Mapping[dt.date, Sequence[HistoryLine]]:
        """The member's earlier lines by the first day of service, for the days of this claim's lines, in the history's order."""
        days = {line.from_date for line in self.claim.lines if line.from_date is not None}
        return {day: [earlier for earlier in self.history if earlier.from_date == day] for day in days}

    @cached_property
    def counted_history(self) -> Sequence[HistoryLine]:
        """The history of which benefit limits and copays count: what was taken back has used nothing (domain/04 section 5)."""
        if not self.taken_back:
            return self.history
        return [line for line in self.history if line.decision not in self.taken_back]

    @cached_property
    def member(self) -> Member | None:
        """The patient as a member; None when nobody or more than one person fits."""
        return self.members[0] if len(self.members) == 1 else None

    def provider(self, npi: str) -> ProviderRecord | None:
        """Our record of an NPI; None when we have none."""
        for record in self.providers:
            if record.npi == npi:
                return record
        return None

    def taxonomies_of(self, line: Line) -> tuple[str, ...]:
        """The rendering provider's specialty: the taxonomy code on the claim, else all on our provider file, else none."""
        return self._taxonomies(line.rendering)

    @property
    def billing_taxonomies(self) -> tuple[str, ...]:
        """The billing provider's specialty, told as a rendering provider's is (``taxonomies_of``)."""
        return self._taxonomies(self.claim.billing)

    def _taxonomies(self, provider: Provider) -> tuple[str, ...]:
        if provider.taxonomy:
            return (provider.taxonomy,)
        record = self.provider(provider.npi)
        return record.taxonomies if record else ()

    def coverage_on(self, day: dt.date) -> Coverage | None:
        """The member's coverage on a day; of several the one that began last."""
        return latest_coverage(self.coverage, day)

    def subscriber_coverage_on(self, day: dt.date) -> Coverage | None:
        """The subscriber's coverage on a day, where the patient is not on file."""
        return latest_coverage(self.subscriber_coverage, day)

    def participation_on(self, product: str, day: dt.date) -> Participation | None:
        """The billing provider's contract for a product on a day; None when it is out of network."""
        billing = self.claim.billing
        for participation in self.participations:
            if (
                participation.tax_id == billing.tax_id
                and participation.npi == billing.npi
                and participation.product == product
                and participation.span.covers(day)
            ):
                return participation
        return None


def latest_coverage(coverages: Sequence[Coverage], day: dt.date) -> Coverage | None:
    """A person's coverage on a day; of several the one that began last."""
    latest = None
    for coverage in coverages:
        if coverage.span.covers(day) and (latest is None or _began(latest) < _began(coverage)):
            latest = coverage
    return latest


def _began(coverage: Coverage) -> tuple[dt.date, str]:
    return (coverage.span.effective, coverage.plan)


def members_named(claim: Claim, family: tuple[Member, ...]) -> tuple[Member, ...]:
    """Who of a family the claim's patient can be (domain/01 section 2, loops 2010BA and 2010CA).

    A patient with an own member number is sent as the subscriber; a dependent without one is found by date of birth
    and, among children born on one day, by first name.

    Args:
        claim: the claim as sent.
        family: every member who shares the family of the claim's member number.
    """
    born = claim.treated.birth_date
    if claim.patient is None:
        return tuple(member for member in family if member.member_id == claim.subscriber.member_id)
    same_day = tuple(member for member in family if member.birth_date == born)
    if len(same_day) > 1:
        return tuple(m for m in same_day if same_name(m.first_name, claim.treated.first_name)) or same_day
    return same_day


def same_name(ours: str, theirs: str) -> bool:
    """Whether two spellings of a name agree in their letters, whatever their case, blanks and punctuation."""
    return _letters(ours) == _letters(theirs)


def names_agree(member: Member, person: Person) -> bool:
    """Whether a person on a claim can be a member: same last name, and first names of which one begins the other.

    A claim without a first name agrees only with a member who has none on file.
    """
    ours, theirs = _letters(member.first_name), _letters(person.first_name)
    begins = ours.startswith(theirs) if theirs else not ours
    return same_name(member.last_name, person.last_name) and (begins or theirs.startswith(ours))


def _letters(name: str) -> str:
    upper = name.upper()
    return upper if upper.isalnum() else "".join(letter for letter in upper if letter.isalnum())
