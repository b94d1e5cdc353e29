"""Fee schedules as typed documents: amounts as listed, or relative values, each written here or in a publisher's table.

What the tables must be is checked in ``fee_checks``, when all documents are there.
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.scalars import (
    Count,
    Dollars,
    Flag,
    Hundredths,
    HundredthsOrNone,
    Locality,
    Modifiers,
    PayableStatus,
    Percentile,
    Procedure,
    Procedures,
    RankingIndicator,
    Share,
    TablePath,
    TenThousandths,
    Thousandths,
    UnitTenths,
    Words,
    ZipBeginning,
)
from adjudicator.policy.load.versions import Document, Part, Version


class FlatFee(Part):
    """A listed fee: dollars for every place, or for each kind of place; a kind that is left out has no fee."""

    model_config = ConfigDict(json_schema_extra=lambda schema: _or_one_amount(schema))

    non_facility: Dollars | None = Field(default=None, description="Fee outside facilities.")
    facility: Dollars | None = Field(default=None, description="Fee in facilities.")

    @model_validator(mode="before")
    @classmethod
    def _one_amount_for_both(cls, value: Any) -> Any:
        return {"non_facility": value, "facility": value} if isinstance(value, str) else value


def _or_one_amount(schema: dict[str, Any]) -> None:
    """Let editors accept one amount in place of the mapping."""
    mapping = {key: schema.pop(key) for key in ("type", "properties", "additionalProperties")}
    schema["anyOf"] = [{"type": ["number", "string"]}, mapping]


class RelativeValueRow(Part):
    """One procedure's relative value units."""

    work: Hundredths = Field(description="Work units.")
    practice: HundredthsOrNone = Field(description="Practice expense outside facilities, or NA.")
    practice_facility: HundredthsOrNone = Field(description="Practice expense in facilities, or NA.")
    malpractice: Hundredths = Field(description="Malpractice units.")
    multiple_procedures: RankingIndicator = Field(default="0", description="Multiple-procedure indicator; 0 for none.")


def _table_or_rows(value: Any) -> str:
    return "<table>" if isinstance(value, str) else "<rows>"


class AnesthesiaShareRow(Part):
    """The share of an anesthesia fee under modifiers that say who gave it."""

    name: Words = Field(description="What it is called in the calculation.")
    modifiers: Modifiers = Field(description="The modifiers; a line has those of one row.")
    share: Share = Field(description="The share of the fee.")


class InductionUnits(Part):
    """What is added where the physician was present at induction."""

    modifiers: Modifiers = Field(description="What tells it on the line; without one of these nothing is added.")
    units: UnitTenths = Field(description="Units.")


class SupervisionUnits(Part):
    """Units in place of base and time for a physician who supervises many anesthesias at once."""

    modifiers: Modifiers = Field(description="Modifiers of such a case, such as [AD].")
    units: UnitTenths = Field(description="Units of each case.")
    induction: InductionUnits | None = Field(
        default=None, description="What presence at induction adds; left out: nothing."
    )


class StatusUnits(Part):
    """Units that the patient's physical status adds."""

    modifiers: Modifiers = Field(description="Modifiers, such as [P3].")
    units: UnitTenths = Field(description="Units; 0 where the status is known and adds nothing.")


class CircumstanceUnits(Part):
    """Units of a qualifying circumstance, billed on a line of its own."""

    procedures: Procedures = Field(description='Codes, such as ["99100"].')
    units: UnitTenths = Field(description="Units.")


class AnesthesiaRules(Part):
    """How time, modifiers and several procedures of a session make an anesthesia fee."""

    base_units: TablePath = Field(
        description="The table of anesthesia-base-units, of which the version of the date of service is used."
    )
    minutes_per_unit: Count = Field(description="How many minutes are a unit of time, such as 15.")
    time_rounding: Literal["tenth", "up", "half"] = Field(
        description="tenth: to a tenth of a unit, halves up. up: to whole units, a part of one is a whole one. half: to whole "
        "units, halves up, so that of 15 minutes 8 make one."
    )
    units_are_time: Flag = Field(
        default=False,
        description="Whether a quantity in units counts units of time; false: minutes are missing on such a line.",
    )
    factors: TablePath | None = Field(
        default=None, description="The table of anesthesia-factors, in place of conversion_factor."
    )
    factors_qualifying: TablePath | None = Field(
        default=None,
        description="The table of anesthesia-factors of clinicians who are qualifying participants; left out: no other factors.",
    )
    shares: tuple[AnesthesiaShareRow, ...] = Field(min_length=1, description="Shares by who gave the anesthesia.")
    without_modifier: Share | None = Field(
        default=None, description="The share where no modifier says who gave it; left out: such a line waits."
    )
    informational: Modifiers = Field(default=(), description="Modifiers that change nothing.")
    supervision: SupervisionUnits | None = Field(
        default=None, description="Supervision of more cases than may be directed; left out: such lines wait."
    )
    physical_status: tuple[StatusUnits, ...] = Field(
        default=(), description="Units for the patient's physical status; modifiers without a row wait."
    )
    circumstances: tuple[CircumstanceUnits, ...] = Field(
        default=(), description="Qualifying circumstances; codes without a row have no fee."
    )
    untimed: Procedures = Field(
        default=(), description="Services without time: their base units for each unit that is billed."
    )
    add_on_codes: Procedures = Field(
        default=(),
        description="Services that are paid beside the anesthesia to which they add. All others of a patient, practitioner and "
        "day are one session: the highest base units once, and the time of all.",
    )
    separate_sessions: Modifiers = Field(default=(), description="Modifiers of an anesthesia in a session of its own.")
    other_claims: Literal["wait", "apart"] = Field(
        default="wait",
        description="wait: a line waits that may be of one session with a line of an earlier claim of the day. apart: each "
        "claim is a session of its own.",
    )


class DrugUnitRules(Part):
    """How a drug line's units are held against the quantity of its National Drug Code."""

    table: TablePath = Field(
        description="The table of drug-units. The units are the quantity's by it, or less than one unit more; else the line is "
        "denied."
    )
    unknown: Literal["pay", "wait"] = Field(
        description="Lines whose drug code the table does not list: pay them without comparing, or wait."
    )


class RentalShareRow(Part):
    """What some months of a rental are paid."""

    through: Count = Field(description="The last month of the share; the row above ends before its first.")
    share: Share = Field(description="The share of the listed monthly amount.")


class RentalMonthsRow(Part):
    """Modifiers that tell which months of a rental a line may be."""

    modifiers: Modifiers = Field(description="Modifiers, such as [KI].")
    first: Count = Field(description="First month.")
    through: Count = Field(description="Last month.")


class RentalRules(Part):
    """Equipment that is rented by the month until the rental ends; after the last month the line is denied."""

    procedures: Procedures = Field(description="The equipment.")
    modifiers: Modifiers = Field(description="Modifiers of a month's rental, such as [RR].")
    months: tuple[RentalShareRow, ...] = Field(min_length=1, description="What each month is paid, in order.")
    look_back_months: Count = Field(
        description="How many calendar months back earlier months of the rental are counted."
    )
    told_by: tuple[RentalMonthsRow, ...] = Field(
        default=(),
        description="Modifiers that tell the month; where they tell more months than our history, they count; where they tell "
        "fewer, the line waits.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> "RentalRules":
        ends = [0, *(row.through for row in self.months)]
        for before, end in pairwise(ends):
            if end <= before:
                raise PydanticCustomError(
                    "written",
                    "found months through {end} after months through {before}; write later months below",
                    {"end": end, "before": before},
                )
        for row in self.told_by:
            if not 1 <= row.first <= row.through:
                raise PydanticCustomError(
                    "written",
                    "found months {first} through {through}; write the first month, from 1, and the last",
                    {"first": row.first, "through": row.through},
                )
        return self


_AT_LEAST = {
    "flat": ("amounts",),
    "relative-value": ("conversion_factor", "values"),
    "anesthesia": ("anesthesia",),
    "usual-and-customary": ("amounts", "percentile"),
}
"""What each method needs."""
_METHODS = {
    "anesthesia": ("anesthesia",),
    "amounts": ("flat", "usual-and-customary"),
    "percentile": ("usual-and-customary",),
    "informational": ("flat",),
    "drug_units": ("flat",),
    "rental": ("flat",),
    "rural_zip_codes": ("flat",),
    "values": ("relative-value",),
    "payable_statuses": ("relative-value",),
    "indices": ("relative-value",),
    "work_index": ("relative-value",),
    "practice_index": ("relative-value",),
    "malpractice_index": ("relative-value",),
    "cap": ("relative-value",),
    "conversion_factor": ("relative-value", "anesthesia"),
    "conversion_factor_qualifying": ("relative-value", "anesthesia"),
    "localities": ("relative-value", "anesthesia"),
    "locality": ("relative-value", "anesthesia"),
}
"""The methods to which each word belongs."""
_OWN_INDICES = ("work_index", "practice_index", "malpractice_index")


class FeesVersion(Version):
    """A fee schedule of any method."""

    method: Literal["flat", "relative-value", "anesthesia", "usual-and-customary"] = Field(
        description="flat: amounts as listed. relative-value: units times indices times a conversion factor. anesthesia: base "
        "units and units of time, times a conversion factor. usual-and-customary: a percentile of what providers of the area "
        "charge."
    )
    amounts: (
        Annotated[
            Annotated[TablePath, Tag("<table>")] | Annotated[dict[Procedure, FlatFee], Tag("<rows>")],
            Discriminator(_table_or_rows),
        ]
        | None
    ) = Field(
        default=None,
        description="flat: fee of each procedure, or `{non_facility: 45.00, facility: 40.00}`; or the path of a table of "
        "drug-limits, laboratory-fees or equipment-fees. usual-and-customary: the path of a table of usual-and-customary.",
    )
    percentile: Percentile | None = Field(
        default=None, description="usual-and-customary: which percentile of the charges is the fee, such as 80."
    )
    values: (
        Annotated[
            Annotated[TablePath, Tag("<table>")] | Annotated[dict[Procedure, RelativeValueRow], Tag("<rows>")],
            Discriminator(_table_or_rows),
        ]
        | None
    ) = Field(
        default=None,
        description="relative-value: units of each procedure; or the path of a table of procedure-indicators, of which the "
        "version of the date of service is used.",
    )
    payable_statuses: tuple[PayableStatus, ...] | None = Field(
        default=None,
        min_length=1,
        description="values from a table: the status indicators that the schedule pays, such as [A, R, T]; others have no fee.",
    )
    indices: TablePath | None = Field(
        default=None, description="relative-value: the table of geographic-indices, in place of the three indices."
    )
    localities: TablePath | None = Field(
        default=None,
        description="indices or anesthesia factors from a table: the table of zip-localities, by the ZIP code of where the "
        "service was performed.",
    )
    locality: Locality | None = Field(
        default=None,
        description="indices or anesthesia factors from a table: one locality for all services, in place of localities.",
    )
    work_index: Thousandths | None = Field(default=None, description="relative-value: geographic index of work.")
    practice_index: Thousandths | None = Field(
        default=None, description="relative-value: geographic index of practice expense."
    )
    malpractice_index: Thousandths | None = Field(
        default=None, description="relative-value: geographic index of malpractice."
    )
    conversion_factor: TenThousandths | None = Field(
        default=None, description="relative-value, anesthesia: dollars per unit."
    )
    conversion_factor_qualifying: TenThousandths | None = Field(
        default=None,
        description="relative-value, anesthesia: dollars per unit of clinicians who are qualifying participants on the date of "
        "service.",
    )
    cap: TablePath | Literal["computed"] | None = Field(
        default=None,
        description="values from a table: the cap of imaging to the outpatient payment amount. computed: of the units that the "
        "relative value file has for it. Or the path of a table of outpatient-caps. Left out: no cap.",
    )

    informational: Modifiers | None = Field(
        default=None, description="flat: modifiers that change no amount, such as JW and JZ of drugs."
    )
    drug_units: DrugUnitRules | None = Field(
        default=None, description="flat: how units of drugs are compared with drug codes; left out: not at all."
    )
    rental: RentalRules | None = Field(
        default=None, description="amounts from a table of equipment-fees: equipment that is rented by the month."
    )
    rural_zip_codes: tuple[ZipBeginning, ...] | None = Field(
        default=None,
        min_length=1,
        description="amounts from a table of equipment-fees: beginnings of the ZIP codes of rural areas, by the patient's home; "
        "left out, items wait whose fee is another one there.",
    )
    anesthesia: AnesthesiaRules | None = Field(
        default=None, description="anesthesia: base units, time, modifiers, and sessions."
    )

    @model_validator(mode="after")
    def _fits_its_method(self) -> "FeesVersion":
        for name, methods in _METHODS.items():
            if self.method not in methods and getattr(self, name) is not None:
                raise PydanticCustomError(
                    "written",
                    "found {name}, which belongs to method {methods}; write method: {method} or leave {name} out",
                    {"method": methods[0], "methods": " and ".join(methods), "name": name},
                )
        indices = ("indices",) if self.indices is not None else _OWN_INDICES
        for method, names in _AT_LEAST.items():
            needed = (*indices, *names) if method == "relative-value" else names
            for name in needed:
                if method == self.method and not getattr(self, name):
                    raise PydanticCustomError(
                        "written",
                        "method {method} found without {name}; write {name}",
                        {"method": method, "name": name},
                    )
        return self

    @model_validator(mode="after")
    def _charges_are_a_table(self) -> "FeesVersion":
        if self.method == "usual-and-customary" and not isinstance(self.amounts, str):
            raise PydanticCustomError(
                "written", "found amounts by procedure; write the path of a table of usual-and-customary"
            )
        return self

    @model_validator(mode="after")
    def _fits_its_tables(self) -> "FeesVersion":
        by_table = isinstance(self.values, str)
        listed = isinstance(self.amounts, str)
        for name, fits, needed, what in (
            ("rental", listed, False, "a table of amounts"),
            ("rural_zip_codes", listed, False, "a table of amounts"),
            ("payable_statuses", by_table, by_table, "a table of values"),
            ("cap", by_table, False, "a table of values"),
            *((name, self.indices is None, False, "indices of its own") for name in _OWN_INDICES),
        ):
            given = getattr(self, name) is not None
            if given and not fits:
                raise PydanticCustomError(
                    "written", "found {name} without {what}; leave {name} out", {"name": name, "what": what}
                )
            if needed and not given:
                raise PydanticCustomError(
                    "written", "found {what} without {name}; write {name}", {"what": what, "name": name}
                )
        factors = self.anesthesia.factors if self.anesthesia else None
        what = "factors" if self.anesthesia else "indices"
        located = self.indices is not None or factors is not None
        places = [name for name in ("localities", "locality") if getattr(self, name) is not None]
        if located and len(places) != 1:
            found = "both localities and locality" if places else f"a table of {what} without localities"
            raise PydanticCustomError("written", "found {found}; write localities or locality", {"found": found})
        if not located and places:
            raise PydanticCustomError(
                "written",
                "found {name} without a table of {what}; leave {name} out",
                {"name": places[0], "what": what},
            )
        return self

    @model_validator(mode="after")
    def _has_one_factor(self) -> "FeesVersion":
        rules = self.anesthesia
        if rules is None:
            return self
        if (rules.factors is None) is (self.conversion_factor is None):
            found = "neither" if rules.factors is None else "both"
            raise PydanticCustomError(
                "written",
                "found {found} of conversion_factor and anesthesia.factors; write one of them",
                {"found": found},
            )
        for name, given, needs, needed in (
            (
                "conversion_factor_qualifying",
                self.conversion_factor_qualifying,
                "conversion_factor",
                self.conversion_factor,
            ),
            ("anesthesia.factors_qualifying", rules.factors_qualifying, "anesthesia.factors", rules.factors),
        ):
            if given is not None and needed is None:
                raise PydanticCustomError(
                    "written",
                    "found {name} without {needs}; write {needs} or leave {name} out",
                    {"name": name, "needs": needs},
                )
        if rules.minutes_per_unit == 0:
            raise PydanticCustomError(
                "written", "found minutes_per_unit 0; write how many minutes are a unit, such as 15"
            )
        return self


class FeesDocument(Document[FeesVersion]):
    """A fee schedule: `fees/`."""

    kind: Literal["fees"]
