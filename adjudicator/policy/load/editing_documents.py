"""The code-editing document: how the payer applies the publishers' tables of pairs, unit limits and add-on codes."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.scalars import Count, GlobalDays, Modifiers, PlanPath, Procedures
from adjudicator.policy.load.versions import Document, Part, Version


class Bundling(Part):
    """Services that are part of another one of the same day (pairs of codes)."""

    modifiers: Modifiers = Field(
        description="Modifiers that tell the two services of a pair apart, where the pair's indicator lets one."
    )


class UnitLimits(Part):
    """More units than can be right."""

    split_care_modifiers: Modifiers = Field(
        default=(), description="Modifiers of parts of a surgeon's care; lines with different ones are counted apart."
    )
    zero_limits_for: tuple[PlanPath, ...] = Field(
        default=(),
        description="Plans that follow the publisher's coverage: for them a limit of 0 counts; elsewhere it is no limit.",
    )


class AddOnRow(Part):
    """Add-on codes whose publisher leaves it to the payer to say what they are given with."""

    for_: Procedures = Field(alias="for", description="The add-on codes.")
    procedures: Procedures = Field(description="The services that they add to.")


class NewPatients(Part):
    """When a visit of a new patient is one."""

    procedures: Procedures = Field(description="The visits of new patients.")
    seen: Procedures = Field(description="Services for which provider and patient meet: who had one is known.")
    months: Count = Field(description="Calendar months for which a patient who was seen stays known.")
    on_anniversary: Literal["new", "known"] = Field(
        description="What a patient is on the day on which the months are full."
    )
    missing_day: Literal["next_day", "last_day"] = Field(
        description="Which day is the anniversary of 29 February in a common year: 1 March or 28 February."
    )


class VisitRules(Part):
    """Visits of a patient with one provider."""

    one_a_day: Procedures = Field(description="Visits of which one a day is paid.")
    apart_modifiers: Modifiers = Field(description="Modifiers that say that a second visit of a day stands apart.")
    new_patients: NewPatients = Field(description="Visits of new patients.")


class PeriodRow(Part):
    """The days around an operation whose care its fee pays for."""

    global_days: GlobalDays = Field(description="The operation's indicator in the fee schedule.")
    days_before: Count = Field(default=0, description="Days before the operation.")
    days_after: Count = Field(default=0, description="Days after it.")
    apart_before: Modifiers = Field(default=(), description="Modifiers that tell a visit on a day before it apart.")
    apart_same_day: Modifiers = Field(description="Modifiers that tell a visit on its day apart.")
    apart_after: Modifiers = Field(default=(), description="Modifiers that tell a visit after it apart.")


class SurgeryRules(Part):
    """Care around operations, which their fee pays for."""

    included_visits: Procedures = Field(description="Visits that belong to an operation of the same provider.")
    periods: tuple[PeriodRow, ...] = Field(
        min_length=1, description="By indicator; around an operation whose indicator stands nowhere here, care waits."
    )
    without_period: tuple[GlobalDays, ...] = Field(
        description="Indicators of services that no care before or after belongs to."
    )
    operations_apart: Modifiers = Field(
        description="Modifiers that tell a later operation apart from the care after an earlier one."
    )
    open_no_period: Modifiers = Field(default=(), description="Modifiers of operations that begin no period.")

    @model_validator(mode="after")
    def _each_once(self) -> "SurgeryRules":
        named = [*(row.global_days for row in self.periods), *self.without_period]
        twice = next((indicator for indicator in named if named.count(indicator) > 1), None)
        if twice:
            raise PydanticCustomError("written", "found global days {twice} twice; write each once", {"twice": twice})
        return self


class EditingVersion(Version):
    """How the tables are applied."""

    same_provider: Literal["practitioner", "group_and_specialty"] = Field(
        description="Who counts as one provider: one practitioner, or all of one group and specialty."
    )
    unknown_specialty: Literal["same", "other"] = Field(
        default="same", description="How practitioners of one group count where the specialty of one is not known."
    )
    bundling: Bundling = Field(description="How pairs of codes are applied.")
    unit_limits: UnitLimits = Field(description="How unit limits are applied.")
    add_ons: tuple[AddOnRow, ...] = Field(
        default=(), description="What add-on codes are given with, where the publisher does not say."
    )
    visits: VisitRules | None = Field(default=None, description="Visits; left out: they are not checked.")
    surgery: SurgeryRules | None = Field(
        default=None, description="Care around operations; left out: it is not checked."
    )


class EditingDocument(Document[EditingVersion]):
    """The code-editing policy: `coding/editing.yaml`."""

    kind: Literal["editing"]
