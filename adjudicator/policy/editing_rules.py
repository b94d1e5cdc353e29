"""What a payer's code-editing policy says of services side by side, visits and operations, as the edits read it."""

import enum
from collections.abc import Callable, Mapping

import msgspec

from adjudicator.policy.code_set import CodeSet


class ExclusiveServices(msgspec.Struct, frozen=True):
    """Services that are not paid beside some others of the same provider, patient and day."""

    quote: str
    """The sentence of the payer's policy."""
    procedures: CodeSet
    """The services that are not paid."""
    beside: CodeSet
    """The others, which are."""
    apart: CodeSet
    """Modifiers that tell the two apart."""

    @property
    def partable(self) -> bool:
        """Whether any modifier tells the two apart."""
        return self.apart != CodeSet()


class NewPatients(msgspec.Struct, frozen=True):
    """When a visit of a new patient is one: nobody of the provider has seen the patient for so long."""

    procedures: CodeSet
    """The visits of new patients."""
    seen: CodeSet
    """Services for which provider and patient meet."""
    months: int
    new_on_anniversary: bool
    """Whether the patient is new again on the day on which the months are full, or only on the day after."""
    missing_day_is_next: bool
    """Whether the anniversary of a day that its month lacks (29 February) is the next day, or the month's last."""


class Visits(msgspec.Struct, frozen=True):
    """Visits of a patient with one provider."""

    one_a_day: CodeSet
    apart: CodeSet
    """Modifiers that say of either of two visits of a day that it stands apart."""
    new_patients: NewPatients


class GlobalPeriod(msgspec.Struct, frozen=True):
    """The days around an operation whose care its fee pays for, by the operation's global-days indicator."""

    days_before: int
    days_after: int
    apart_before: CodeSet
    """Modifiers that tell a visit on a day before it apart."""
    apart_same_day: CodeSet
    apart_after: CodeSet
    known: bool = True
    """Whether the policy gives this period; else it is the longest that there is, in place of one that a person has to find."""


class GlobalSurgery(msgspec.Struct, frozen=True):
    """Care around operations, which their fee pays for."""

    included_visits: CodeSet
    periods: Mapping[str, GlobalPeriod]
    """By global-days indicator."""
    without_period: frozenset[str]
    """Global-days indicators of services that no such care belongs to."""
    operations_apart: CodeSet
    """Modifiers that tell a later operation apart from the care after an earlier one."""
    open_no_period: CodeSet
    """Modifiers of operations that begin no period of their own."""
    unknown: GlobalPeriod
    """What stands in for the period of an indicator that is in neither list."""
    shared: "SharedCare | None" = None

    @property
    def reach_days(self) -> int:
        """How many days an operation and what belongs to it can lie apart; no period is longer than the unknown one."""
        return max(self.unknown.days_before, self.unknown.days_after)

    def period(self, indicator: str) -> GlobalPeriod | None:
        """The period of an operation; None where its fee pays for no other care."""
        if indicator in self.without_period:
            return None
        return self.periods.get(indicator, self.unknown)


def longest(periods: Mapping[str, GlobalPeriod]) -> GlobalPeriod:
    """A period that reaches as far as any, for operations whose period a person has to find."""
    nothing = CodeSet()
    return GlobalPeriod(
        days_before=max((period.days_before for period in periods.values()), default=0),
        days_after=max((period.days_after for period in periods.values()), default=0),
        apart_before=nothing,
        apart_same_day=nothing,
        apart_after=nothing,
        known=False,
    )


class SharedCare(msgspec.Struct, frozen=True):
    """Operations whose care several providers share."""

    operation: CodeSet
    """Modifiers of the operation without the care around it."""
    care: CodeSet
    """Modifiers of the care before or after it alone."""
    joint: CodeSet
    """Modifiers of those who operate together or assist: what they bill stands beside the operation."""
    apart: CodeSet
    """Modifiers that tell two operations of one procedure and day apart where just one of them has it."""
    facilities: tuple[str, ...]
    """Beginnings of the taxonomy codes of places that bill for their rooms, not for an operation's care."""


class StatusMeaning(enum.StrEnum):
    """What a payer makes of a procedure's status in the fee schedule."""

    PAYABLE = "payable"
    OTHER_SCHEDULE = "other_schedule"
    """Paid by another schedule, so it is no service of this one."""
    BUNDLED = "bundled"
    """Never paid apart."""
    BUNDLED_BESIDE_PAYABLE = "bundled_beside_payable"
    """Not paid beside a payable service of the same provider and day."""
    REPORTING = "reporting"
    """Only tells something; nothing is paid for it."""
    NOT_VALID = "not_valid"
    NOT_COVERED = "not_covered"
    BY_REPORT = "by_report"
    """Priced by a person, by the record."""


class StatusRow(msgspec.Struct, frozen=True):
    """What some statuses mean to some plans; the first row that fits counts."""

    statuses: frozenset[str]
    meaning: StatusMeaning
    plans: frozenset[str]
    """Empty for all."""
    procedures: CodeSet = CodeSet(everything=True)


class ModifierRule(msgspec.Struct, frozen=True):
    """With which indicators of a procedure some modifiers may be billed."""

    modifiers: CodeSet
    allowed: frozenset[str]
    documented: frozenset[str]
    """Indicators with which a person reads the record first."""
    refused: frozenset[str]


class TechnicalPart(msgspec.Struct, frozen=True):
    """Where the technical part of a test is the facility's, and which lines bill it."""

    places: CodeSet
    inpatient_places: CodeSet
    both: frozenset[str]
    """Indicators of tests with a professional part, which alone is billed with a modifier."""
    technical_only: frozenset[str]
    """Indicators of services that have no professional part, or none that is paid there."""


class FeeScheduleRules(msgspec.Struct, frozen=True):
    """What a payer makes of the indicators of the physician fee schedule."""

    statuses: tuple[StatusRow, ...]
    reporting: CodeSet
    """Codes that only report, whatever their status."""
    assistant_surgeon: ModifierRule
    co_surgeon: ModifierRule
    surgical_team: ModifierRule
    both_sides: ModifierRule
    professional_part: ModifierRule
    technical_part: ModifierRule
    in_facility: TechnicalPart
    parts_apart: CodeSet
    """Modifiers that tell two tests of one procedure and day apart where just one of them has it."""

    def meaning(self, procedure: str, status: str, plan: Callable[[], str]) -> StatusMeaning | None:
        """What a procedure's status means to a plan, which is asked for only where it matters; None where no row says it."""
        if procedure in self.reporting:
            return StatusMeaning.REPORTING
        for row in self.statuses:
            if status in row.statuses and procedure in row.procedures and (not row.plans or plan() in row.plans):
                return row.meaning
        return None
