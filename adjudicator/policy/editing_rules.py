"""What a payer's code-editing policy says of visits and operations, as the edits read it."""

from collections.abc import Mapping

import msgspec

from adjudicator.policy.code_set import CodeSet


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
