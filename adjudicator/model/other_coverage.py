"""What we know of each coverage that a member has, ours and those of other payers, for the order of payers (domain/05 section 1).

Every value is evidence of somebody: a questionnaire, an employer, a court, a federal agency. None means that it is not known.
"""

import datetime as dt
import enum

import msgspec

from adjudicator.model.dates import Span


class _Fact(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An immutable fact."""


class CoverageKind(enum.Enum):
    """What sort of payer a coverage is."""

    OURS = "ours"
    """Our own plan; the row holds the evidence of it."""
    GROUP = "group"
    """A plan of an employer or a union."""
    INDIVIDUAL = "individual"
    """A policy that a person has bought."""
    MEDICARE = "medicare"
    TRICARE = "tricare"
    MEDICAID = "medicaid"
    PUBLIC_PROGRAM = "public-program"
    """A program that pays even after Medicaid, such as the Indian Health Service and Title V."""
    VETERANS = "veterans"
    WORK = "work"
    """Workers' compensation."""
    NO_FAULT = "no-fault"
    """Such as automobile medical insurance."""
    LIABILITY = "liability"
    BLACK_LUNG = "black-lung"
    """The Department of Labor's program for miners."""


class Holder(enum.Enum):
    """Who holds a coverage under which the member is a dependent, where that has to be told apart."""

    CUSTODIAL = "custodial"
    """Of a child whose parents live apart: the parent with custody."""
    CUSTODIAL_SPOUSE = "custodial-spouse"
    OTHER = "other"
    """The parent without custody."""
    OTHER_SPOUSE = "other-spouse"
    SPOUSE = "spouse"
    """The member's own spouse."""


class Parents(enum.Enum):
    """How a child's parents live, and what a court said."""

    TOGETHER = "together"
    APART = "apart"
    JOINT = "joint"
    """Apart; a decree gives both the responsibility or the custody, and allots the cost of care to neither."""


class MedicareReason(enum.Enum):
    """Why a person has Medicare."""

    AGE = "age"
    DISABILITY = "disability"
    KIDNEY = "kidney"
    """End-stage renal disease."""


class KnownCoverage(_Fact, frozen=True):
    """A member's stretch of days under one coverage, with the evidence for its place in the order of payers."""

    kind: CoverageKind
    span: Span
    payer_id: str = ""
    """As claims name the payer (2330B NM109); empty for our own."""
    payer_name: str = ""
    coordinates: bool = True
    """Whether it has a provision on coordination of benefits as the model regulation wants it."""
    dependent: bool | None = None
    """Whether the member is covered as somebody's dependent."""
    holder_born_on: dt.date | None = None
    """Of a child's coverage: the birth date of the parent who holds it."""
    parents: Parents | None = None
    """Of a child."""
    holder: Holder | None = None
    """Of a dependent: which parent holds it, where the parents live apart, or that the member's spouse does."""
    decreed: bool = False
    """Whether a court decree makes its holder responsible for the child's care, and the plan knows the decree."""
    active: bool | None = None
    """Whether it stands on present work of the holder; False when retired or laid off."""
    asks_for_activity: bool = True
    """Whether the plan has the rule of active and inactive employees."""
    continuation: bool | None = None
    """Whether it goes on under a law although the right to it has ended (COBRA or a state's law)."""
    covered_since: dt.date | None = None
    """First day of it without a gap, whatever the group or plan changed within; None: that its own days begin."""
    employees: int | None = None
    """Of a group plan: how many people the employer employs, as the Medicare Secondary Payer rules count them."""
    medicare_reason: MedicareReason | None = None
    """Of Medicare: why the person has it."""
    eligible_on: dt.date | None = None
    """Of Medicare by kidney disease: a day of the first month of eligibility."""
    medicare_parts: str = ""
    """Of Medicare: the parts in which the person is enrolled, such as ``AB``; empty where that is not known."""
    diagnoses: tuple[str, ...] = ()
    """Of work, no-fault, liability and black lung: diagnoses that it is liable for, or their beginnings; empty: not known."""
    claimed_on: dt.date | None = None
    """Of the same: the day on which it was asked to pay."""
    verified_on: dt.date | None = None
    """The day on which somebody last made sure of the row."""
    asked_on: dt.date | None = None
    """The day on which the member was sent a questionnaire that is not answered yet."""

    @property
    def pays_professionals(self) -> bool:
        """Whether it pays for professional services at all: not Medicare for a person who is known to have Part A alone."""
        return (
            self.kind is not CoverageKind.MEDICARE
            or not self.medicare_parts
            or bool(set("BC") & set(self.medicare_parts))
        )

    @property
    def name(self) -> str:
        """The payer in a sentence; never the member."""
        return f"{self.payer_name or self.payer_id} ({self.kind.value})" if self.payer_id else "our plan"
