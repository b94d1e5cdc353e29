"""The code-editing document: how the payer applies the publishers' tables of pairs, unit limits and add-on codes."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.scalars import Count, GlobalDays, Modifiers, Places, PlanPath, Procedures, Taxonomy, Words
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
    suppliers: tuple[Taxonomy, ...] = Field(
        default=(),
        description="Beginnings of taxonomy codes of suppliers of equipment: lines that one of them bills or renders are held "
        "against the supplier's limits, and against the practitioner's only where those have none that counts.",
    )


class AddOnRow(Part):
    """Add-on codes whose publisher leaves it to the payer to say what they are given with."""

    for_: Procedures = Field(alias="for", description="The add-on codes.")
    procedures: Procedures = Field(description="The services that they add to.")


class ExclusiveRow(Part):
    """Services that are never both given by one provider to one patient on one day."""

    quote: Words = Field(description="The sentence of the source that it formalizes.")
    for_: Procedures = Field(alias="for", description="The services that are not paid.")
    beside: Procedures = Field(description="The services beside which they are not; these are paid.")
    apart_modifiers: Modifiers = Field(
        default=(), description="Modifiers on either that tell the two apart; left out: no modifier does."
    )

    @model_validator(mode="after")
    def _on_one_side(self) -> "ExclusiveRow":
        both = next((item for item in self.for_ if item in self.beside), None)
        if both:
            raise PydanticCustomError("written", "found {both} on both sides; write which is paid", {"both": both})
        return self


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


class SharedCareRules(Part):
    """Operations whose care several providers share."""

    operation: Modifiers = Field(description="Modifiers of an operation without the care around it.")
    care: Modifiers = Field(description="Modifiers of the care before or after it alone.")
    joint: Modifiers = Field(description="Modifiers of those who operate together or assist.")
    apart_modifiers: Modifiers = Field(
        description="Modifiers that tell two operations of one procedure and day apart where just one of them has it."
    )
    facilities: tuple[Taxonomy, ...] = Field(
        default=(), description="Beginnings of taxonomy codes of places that bill for their rooms."
    )


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
    shared_care: SharedCareRules | None = Field(
        default=None, description="Operations that several providers bill; left out: they are not compared."
    )

    @model_validator(mode="after")
    def _each_once(self) -> "SurgeryRules":
        named = [*(row.global_days for row in self.periods), *self.without_period]
        twice = next((indicator for indicator in named if named.count(indicator) > 1), None)
        if twice:
            raise PydanticCustomError("written", "found global days {twice} twice; write each once", {"twice": twice})
        return self


Status = Literal["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "M", "N", "P", "Q", "R", "T", "X"]
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


class StatusRow(Part):
    """What some statuses of the fee schedule mean."""

    statuses: tuple[Status, ...] = Field(min_length=1, description="Status indicators.")
    for_: Procedures | None = Field(
        default=None, alias="for", description="The procedures that it holds for; left out: all with such a status."
    )
    means: Literal[
        "payable",
        "other_schedule",
        "bundled",
        "bundled_beside_payable",
        "reporting",
        "not_valid",
        "not_covered",
        "by_report",
    ] = Field(
        description="payable; paid by another schedule; never paid apart, or not beside a payable service of the day; only "
        "reports; not a valid code; not covered; priced by a person from the record."
    )
    plans: tuple[PlanPath, ...] = Field(default=(), description="The plans that it holds for; left out: all.")


class ModifierRow(Part):
    """With which indicators of a procedure some modifiers may be billed; any other indicator waits."""

    modifiers: Modifiers = Field(description="The modifiers.")
    allowed: tuple[Digit, ...] = Field(description="Indicators that allow them.")
    documented: tuple[Digit, ...] = Field(default=(), description="Indicators with which the record is read first.")
    refused: tuple[Digit, ...] = Field(default=(), description="Indicators that refuse them.")

    @model_validator(mode="after")
    def _each_once(self) -> "ModifierRow":
        named = [*self.allowed, *self.documented, *self.refused]
        twice = next((indicator for indicator in named if named.count(indicator) > 1), None)
        if twice:
            raise PydanticCustomError("written", "found indicator {twice} twice; write each once", {"twice": twice})
        return self


class InFacility(Part):
    """Where the technical part of a test is the facility's."""

    places: Places = Field(description="Places of service.")
    inpatient_places: Places = Field(description="Those of them whose patients have been admitted.")
    both: tuple[Digit, ...] = Field(description="PC/TC indicators of tests with a professional and a technical part.")
    technical_only: tuple[Digit, ...] = Field(description="PC/TC indicators of services without a professional part.")


class FeeScheduleRules(Part):
    """What we make of the indicators of the physician fee schedule."""

    statuses: tuple[StatusRow, ...] = Field(
        min_length=1, description="By status, the first row that fits counts; a status without a row waits."
    )
    reporting_codes: Procedures | None = Field(
        default=None, description="Codes that only report, whatever their status."
    )
    assistant_surgeon: ModifierRow = Field(description="Assistants, by the assistant-at-surgery indicator.")
    co_surgeon: ModifierRow = Field(description="Two surgeons, by the co-surgeon indicator.")
    surgical_team: ModifierRow = Field(description="More surgeons, by the team indicator.")
    both_sides: ModifierRow = Field(description="Both sides of the body, by the bilateral indicator.")
    professional_part: ModifierRow = Field(description="The professional part of a test, by the PC/TC indicator.")
    technical_part: ModifierRow = Field(description="The technical part of a test, by the PC/TC indicator.")
    in_facility: InFacility = Field(description="Where the technical part is the facility's.")
    apart_modifiers: Modifiers = Field(
        description="Modifiers that tell two tests of one procedure and day apart where just one of them has it."
    )


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
    mutually_exclusive: tuple[ExclusiveRow, ...] = Field(
        default=(), description="Services that we never pay side by side, beyond the publisher's pairs; all rows hold."
    )
    visits: VisitRules | None = Field(default=None, description="Visits; left out: they are not checked.")
    surgery: SurgeryRules | None = Field(
        default=None, description="Care around operations; left out: it is not checked."
    )
    fee_schedule: FeeScheduleRules | None = Field(
        default=None, description="Indicators of the physician fee schedule; left out: they are not checked."
    )


class EditingDocument(Document[EditingVersion]):
    """The code-editing policy: `coding/editing.yaml`."""

    kind: Literal["editing"]
