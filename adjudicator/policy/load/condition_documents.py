"""The words that a condition may use, as they are written."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.scalars import (
    Count,
    Diagnoses,
    Dollars,
    Drugs,
    Modifiers,
    Places,
    PlanPath,
    Procedures,
    Quantity,
    Taxonomy,
    Yes,
)
from adjudicator.policy.load.versions import Part

ProviderKindName = Literal["practitioner", "group", "facility"]
ClaimFact = Literal[
    "accident-date",
    "accident-state",
    "admission-date",
    "attachment",
    "authorization-number",
    "description",
    "drug",
    "drug-code",
    "drug-quantity",
    "laboratory-certificate",
    "last-menstrual-period",
    "last-seen-date",
    "note",
    "onset-date",
    "ordering-npi",
    "ordering-provider",
    "patient-weight",
    "pick-up-postal-code",
    "referral-number",
    "referring-npi",
    "referring-provider",
    "related-cause",
    "supervising-provider",
    "transport-miles",
]

KnownFact = Literal[
    "laboratory-certificate",
    "ordering-provider",
    "primary-care-provider",
    "referring-provider",
    "rendering-provider",
    "sex",
    "specialty",
]
Orderer = Literal["ordering-provider", "referring-provider"]
ElsewhereName = Literal["managed-care", "other-plan", "hospice", "skilled-nursing", "home-health"]
DrugUnit = Literal["F2", "GR", "ME", "ML", "UN"]


class YearsBound(Part):
    """Completed years, both bounds included."""

    min: Count | None = Field(default=None, description="Youngest age.")
    max: Count | None = Field(default=None, description="Oldest age.")


class DaysBound(Part):
    """Days, both bounds included."""

    min: Count | None = Field(default=None, description="Fewest days.")
    max: Count | None = Field(default=None, description="Most days.")


class GramsBound(Part):
    """Grams, both bounds included."""

    min: Count | None = Field(default=None, description="Lowest weight.")
    max: Count | None = Field(default=None, description="Highest weight.")


class UnitsBound(Part):
    """Units, both bounds included."""

    min: Quantity | None = Field(default=None, description="Fewest units.")
    max: Quantity | None = Field(default=None, description="Most units.")


class ChargeBound(Part):
    """Dollars, both bounds included."""

    min: Dollars | None = Field(default=None, description="Lowest charge.")
    max: Dollars | None = Field(default=None, description="Highest charge.")


class EarlierServices(Part):
    """Which services count, and how far from the line's day: `months` or `days`, open at the far end."""

    procedures: Procedures = Field(description="Services that count.")
    months: Count | None = Field(
        default=None,
        description="Calendar months. With 12, a service of 2025-03-10 no longer counts on 2026-03-10.",
    )
    days: Count | None = Field(default=None, description="Days, in place of months.")

    @model_validator(mode="after")
    def _one_window(self) -> "EarlierServices":
        if bool(self.months) == bool(self.days):
            raise PydanticCustomError("written", "found no single look-back; write either months or days, above 0")
        return self


class SameDay(Part):
    """Services of the line's day beside the line itself: of this claim, whatever becomes of them; of earlier ones if not denied."""

    procedures: Procedures | None = Field(
        default=None, description="Services that count; left out: those of the line's own procedure."
    )
    different: Count = Field(
        default=1, description="How many different ones there must be, the line's own counted where it is listed."
    )
    provider: Literal["any", "same", "other"] = Field(
        default="any", description="same: of this claim's billing provider. other: of others (by tax id)."
    )
    practitioner: Literal["any", "same"] = Field(default="any", description="same: of the line's rendering provider.")
    on: Literal["any", "claim", "history"] = Field(
        default="any", description="claim: of this claim only. history: of earlier claims only."
    )

    @model_validator(mode="after")
    def _can_be(self) -> "SameDay":
        if not self.different:
            raise PydanticCustomError("written", "found different: 0; write 1 or more")
        if self.provider == "other" and self.on == "claim":
            raise PydanticCustomError(
                "written", "found provider: other on this claim, which has one billing provider; write on: history"
            )
        return self


class AtMost(EarlierServices):
    """How often a service may be given within a look-back, the line itself included."""

    count: Quantity = Field(description="How many are covered.")
    counting: Literal["visits", "units"] = Field(
        default="visits", description="visits: days with such a service, each once. units: their quantities."
    )

    @model_validator(mode="after")
    def _whole_visits(self) -> "AtMost":
        if self.count == 0 or (self.counting == "visits" and self.count % 1000):
            raise PydanticCustomError("written", "found no such count of visits or units; write a whole number above 0")
        return self


class Condition(Part):
    """Words that must all hold for the line."""

    age_years: YearsBound | None = Field(
        default=None, description="The patient's completed years on the day of the line."
    )
    age_days: DaysBound | None = Field(
        default=None, description="The patient's age in days on the day of the line; the day of birth is day 0."
    )
    sex: Literal["F", "M"] | None = Field(default=None, description="The patient's sex as our membership file has it.")
    weight_grams: GramsBound | None = Field(
        default=None, description="The patient's weight, which the claim gives in pounds (PAT08), in whole grams."
    )
    diagnoses: Diagnoses | None = Field(default=None, description="Any diagnosis that the line points at is listed.")
    primary_diagnosis: Diagnoses | None = Field(
        default=None, description="The first diagnosis that the line points at is listed."
    )
    claim_diagnoses: Diagnoses | None = Field(
        default=None, description="Any diagnosis of the claim is listed, whether the line points at it or not."
    )
    procedures: Procedures | None = Field(default=None, description="The line's procedure is listed.")
    modifiers: Modifiers | None = Field(default=None, description="Any modifier of the line is listed.")
    places: Places | None = Field(default=None, description="The line's place of service is listed.")
    units: UnitsBound | None = Field(default=None, description="The line's quantity lies within the bounds.")
    units_per_day: UnitsBound | None = Field(
        default=None,
        description="The line's quantity, shared among the days from its first through its last, lies within the bounds.",
    )
    days: DaysBound | None = Field(
        default=None,
        description="The days from the line's first through its last, both counted, lie within the bounds.",
    )
    charge: ChargeBound | None = Field(default=None, description="The line's charge lies within the bounds.")
    plan: tuple[PlanPath, ...] | None = Field(
        default=None, min_length=1, description="The patient's plan on the day of the line is listed."
    )
    network: Literal["in", "out"] | None = Field(
        default=None,
        description="The billing provider is in or out of network for the patient's plan on the day of the line.",
    )
    provider: tuple[ProviderKindName, ...] | None = Field(
        default=None, min_length=1, description="What the rendering provider is on our provider file."
    )
    specialty: tuple[Taxonomy, ...] | None = Field(
        default=None,
        min_length=1,
        description="The rendering provider's taxonomy begins with one of these: that of the claim, else any on our provider file.",
    )
    primary_care: Yes | None = Field(
        default=None, description="The provider is the primary care provider whom the patient has chosen."
    )
    known: tuple[KnownFact, ...] | None = Field(
        default=None, min_length=1, description="All of these are on our files or, where it can say them, on the claim."
    )
    eligible: tuple[Orderer, ...] | None = Field(
        default=None,
        min_length=1,
        description="Our provider file lets these providers order and refer on the day of the line.",
    )
    certified_for: Literal["waived", "microscopy", "every-test"] | None = Field(
        default=None,
        description="The laboratory certificate on the claim is on our provider file, in force, and good for such tests.",
    )
    elsewhere: tuple[ElsewhereName, ...] | None = Field(
        default=None,
        min_length=1,
        description="Our membership file has the patient in such care on the day of the line.",
    )
    preexisting: Yes | None = Field(
        default=None, description="Our membership file excludes the line's first diagnosis as older than the coverage."
    )
    abroad: Yes | None = Field(default=None, description="The service was given in another country (N404).")
    counts: Literal["units", "minutes"] | None = Field(
        default=None, description="What the line's quantity counts (SV103)."
    )
    drug_codes: Drugs | None = Field(default=None, description="The line's National Drug Code (LIN03) is listed.")
    drug_units: tuple[DrugUnit, ...] | None = Field(
        default=None, min_length=1, description="The unit of the drug's quantity (CTP05-1) is listed."
    )
    emergency: Yes | None = Field(default=None, description="The line is sent as an emergency (SV109).")
    claim_gives: tuple[ClaimFact, ...] | None = Field(
        default=None, min_length=1, description="The claim gives all of these facts for the line."
    )
    never: Procedures | None = Field(
        default=None,
        description="No such service was ever paid for the patient, on whichever day, nor stands earlier on the claim.",
    )
    none_since: EarlierServices | None = Field(
        default=None,
        description="No such service was paid for the patient within the look-back, before the line's day or after it, nor stands "
        "earlier on the claim.",
    )
    at_most: AtMost | None = Field(
        default=None,
        description="In every stretch as long as the look-back that holds the line, at most so many such services with it.",
    )
    same_day: SameDay | None = Field(
        default=None, description="Other such services were given to the patient on the day of the line."
    )
    authorization: Literal["on-file"] | None = Field(
        default=None, description="An authorization on file covers the line's procedure, day and billing provider."
    )
    all_: "tuple[Condition, ...] | None" = Field(
        default=None, alias="all", min_length=1, description="Every one of these holds."
    )
    any_: "tuple[Condition, ...] | None" = Field(
        default=None, alias="any", min_length=1, description="At least one of these holds."
    )
    not_: "Condition | None" = Field(default=None, alias="not", description="This does not hold.")

    @model_validator(mode="after")
    def _says_something(self) -> "Condition":
        if not self.model_fields_set:
            raise PydanticCustomError(
                "written", "found an empty condition; write at least one word, such as age_years: {min: 45}"
            )
        for bound in (
            self.age_years,
            self.age_days,
            self.weight_grams,
            self.units,
            self.units_per_day,
            self.days,
            self.charge,
        ):
            if bound and bound.min is None and bound.max is None:
                raise PydanticCustomError("written", "found a bound without min and max; write at least one of them")
            if bound and bound.min is not None and bound.max is not None and bound.min > bound.max:
                raise PydanticCustomError("written", "found min above max; write the lower number as min")
        return self
