"""Fee schedules: how a payer prices a unit of a service, and from which tables.

A schedule's version names its tables; of each the version of the line's date of service is used, so that several releases
stand side by side. What pricing asks of a schedule is a ``FeeRequest``; it answers with a ``UnitFee``, or with what is
``Missing``: never with zero.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.policy.anesthesia_fees import AnesthesiaFees, AnesthesiaProduct
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import ALWAYS, Indicators
from adjudicator.policy.document import Document, Version
from adjudicator.policy.fee_tables import (
    COMPONENTS,
    CustomaryCharges,
    DrugUnits,
    EquipmentFees,
    GeographicIndex,
    GeographicIndices,
    LaboratoryFees,
    ListedVersion,
    OutpatientCaps,
    RelativeValue,
    RelativeValues,
    ZipLocalities,
)
from adjudicator.policy.look_backs import LookBack

_TO_CENTS = 10**7
"""Hundredths of units x thousandths of indices x ten-thousandths of dollars are this many to the cent."""


class FeeRequest(msgspec.Struct, frozen=True):
    """The service whose fee is asked for, and where and by whom it was given."""

    procedure: str
    day: dt.date
    """Date of service: it picks the version of every table."""
    facility: bool = False
    component: str = ""
    """26, TC or 53 for a row of its own; empty for the whole service."""
    modifiers: tuple[str, ...] = ()
    """All modifiers of the line, for schedules that list amounts by them (laboratory, equipment)."""
    zip_code: str = ""
    """Where the service was performed: the service facility's, else the billing provider's; five or nine digits."""
    locality: str = ""
    """In place of a ZIP code: contractor and locality, such as ``01112-05``."""
    state: str = ""
    """For equipment: the state of the patient's home, two letters."""
    rural: bool | None = False
    """For equipment: whether the patient's home is in a rural area; None where nothing tells it."""
    qualifying: bool = False
    """Whether the clinician is a qualifying participant of an advanced payment model on the day."""
    minutes_thousandths: int | None = None
    """For anesthesia: how many minutes it took, in thousandths; None where nothing tells it."""


class Missing(msgspec.Struct, frozen=True):
    """Why a schedule gives no fee: exactly what is not there."""

    key: str
    """What to look for, with its table and version, such as ``locality 01182-26 in tables/geographic-indices@2024-01-01``."""
    because: str
    """One sentence for people."""


def no_release(path: str, request: FeeRequest) -> Missing:
    """That a table has no version in force on the day of service."""
    return Missing(f"version of {path} on {request.day}", f"{path} has no version in force on {request.day}.")


class FeeProduct(msgspec.Struct, frozen=True):
    """The parts of a relative-value fee before they are rounded, in whole numbers.

    Work, practice and malpractice are units times index, in hundred-thousandths of a unit; a reduction of one of them is
    worked out inside of the product, which is rounded once.
    """

    work: int
    practice: int
    malpractice: int
    factor_ten_thousandths: int
    """The conversion factor, in ten-thousandths of a dollar."""

    @property
    def cents(self) -> int:
        """The fee: full-precision product, rounded half up once."""
        total = self.work + self.practice + self.malpractice
        return half_up_quotient(total * self.factor_ten_thousandths, _TO_CENTS)

    def cents_with_practice_at(self, basis_points: int) -> int:
        """The fee with a share of practice expense only, such as 5000 for the therapy reduction (domain/03 section 7.4)."""
        total = (self.work + self.malpractice) * WHOLE_BASIS_POINTS + self.practice * basis_points
        return half_up_quotient(total * self.factor_ten_thousandths, _TO_CENTS * WHOLE_BASIS_POINTS)


class UnitFee(msgspec.Struct, frozen=True):
    """The fee of one unit, and how the schedule came to it."""

    cents: int
    basis: str
    """The schedule's calculation in words that a person can redo."""
    indicators: Indicators = Indicators()
    """The payment indicators of the row that was priced; those of a schedule without any change no price."""
    product: FeeProduct | None = None
    """Relative-value schedules: the parts that make ``cents``; None where a published cap took their place."""
    uncapped_cents: int | None = None
    """The fee before the outpatient cap, where the cap lowered it."""
    anesthesia: AnesthesiaProduct | None = None
    """Anesthesia: the parts that make ``cents``."""
    thousandths: int | None = None
    """Drug limits: thousandths of a dollar; multiplied by the units before it is rounded."""
    own_modifier: str = ""
    """Usual and customary charges: the modifier whose own row was priced; empty for the row without any."""

    @property
    def multiple_procedure_indicator(self) -> str:
        """How the procedure is ranked among others of the day."""
        return self.indicators.multiple_procedure


class DrugQuantities(msgspec.Struct, frozen=True):
    """How a drug line's units are held against the quantity of its National Drug Code."""

    table: Document[DrugUnits]
    unknown_waits: bool
    """Whether a line waits whose drug code the table does not list; else it is not compared."""


class FlatFees(Version, frozen=True):
    """A schedule that lists amounts: procedure to cents, facility and non-facility."""

    non_facility_cents: Mapping[str, int]
    facility_cents: Mapping[str, int]
    informational: CodeSet = CodeSet()
    """Modifiers that change no amount, such as those of drugs that were thrown away."""
    drug_units: DrugQuantities | None = None


class RentalShare(msgspec.Struct, frozen=True):
    """What the months of a rental are paid, of the listed monthly amount."""

    through: int
    """The last month of the share."""
    basis_points: int


class RentalMonths(msgspec.Struct, frozen=True):
    """Modifiers that tell which months of a rental a line may be."""

    modifiers: CodeSet
    first: int
    through: int


class Rental(msgspec.Struct, frozen=True):
    """Equipment that is rented by the month until the rental ends (capped rental, domain/03 section 11)."""

    procedures: CodeSet
    modifiers: CodeSet
    """Of a month's rental."""
    months: tuple[RentalShare, ...]
    """In order; after the last nothing is paid."""
    look_back: LookBack
    """How far back earlier months are counted."""
    told_by: tuple[RentalMonths, ...] = ()


class ListedFees(Version, frozen=True):
    """A schedule that pays the amounts of a publisher's table: drug limits, laboratory or equipment fees."""

    amounts: Document[ListedVersion]
    informational: CodeSet = CodeSet()
    """Modifiers that change no amount."""
    drug_units: DrugQuantities | None = None
    rental: Rental | None = None
    rural_zip_codes: tuple[str, ...] | None = None
    """Beginnings of the ZIP codes of rural areas; None where the schedule does not say which are."""

    def is_rural(self, zip_code: str) -> bool | None:
        """Whether a patient's home is in a rural area; None where nothing tells it."""
        if self.rural_zip_codes is None or not zip_code:
            return None
        return zip_code.startswith(self.rural_zip_codes)

    def names(self, modifier: str, procedure: str, modifiers: tuple[str, ...], day: dt.date) -> bool:
        """Whether the schedule says what a modifier does to a procedure's fee: a row of its own, a month of rental, or nothing."""
        if modifier in self.informational:
            return True
        rental = self.rental if self.rental and procedure in self.rental.procedures else None
        if rental is not None and any(modifier in row.modifiers for row in rental.told_by):
            return True
        table = self.amounts.find(day)
        if isinstance(table, EquipmentFees):
            return table.has_row(procedure, modifier, modifiers)
        return isinstance(table, LaboratoryFees) and table.has_row(procedure, modifier)


class CustomaryFees(Version, frozen=True):
    """A schedule that pays what providers of an area usually charge: a percentile of a table of charges."""

    amounts: Document[CustomaryCharges]
    percentile: int


class RelativeValueFees(Version, frozen=True):
    """A relative-value schedule (domain/03 section 1): units times geographic indices times a conversion factor."""

    values: Document[RelativeValues]
    payable_statuses: frozenset[str]
    """Status indicators of procedures that the schedule pays."""
    indices: Document[GeographicIndices]
    conversion_factor_ten_thousandths: int
    """Cents are not enough here: 33.4009 dollars is 334009."""
    qualifying_factor_ten_thousandths: int | None = None
    """The factor of qualifying clinicians; None where there is only one."""
    localities: Document[ZipLocalities] | None = None
    locality: str = ""
    """Of every service, where no ZIP code tells it."""
    caps: Document[OutpatientCaps] | None = None
    """Published caps of imaging."""
    caps_computed: bool = False
    """Caps are worked out of the units that the relative value file has for them."""

    @cached_property
    def known(self) -> dict[tuple[object, ...], UnitFee | Missing]:
        """What was worked out already, by what the fee depends on; pricing fills and empties it."""
        return {}

    @classmethod
    def of(
        cls,
        values: Mapping[str, RelativeValue],
        index: GeographicIndex,
        conversion_factor_ten_thousandths: int,
        *,
        ranking: Mapping[str, str] | None = None,
        like: Version,
    ) -> "RelativeValueFees":
        """A schedule of plain values for one locality.

        Args:
            values: units by procedure.
            index: the geographic indices.
            conversion_factor_ten_thousandths: dollars per unit.
            ranking: multiple-procedure indicators other than 0.
            like: any version with the document, days and citation of the schedule.
        """
        ranked = ranking or {}
        rows = (
            (code, "", Indicators(multiple_procedure=ranked.get(code, "0")), value) for code, value in values.items()
        )
        own = {"document": like.document, "span": ALWAYS, "cite": like.cite}
        return cls(
            document=like.document,
            span=like.span,
            cite=like.cite,
            values=Document(like.document, "", (RelativeValues.of(rows, **own),)),  # type: ignore[arg-type]
            payable_statuses=frozenset((Indicators().status,)),
            indices=Document(like.document, "", (GeographicIndices.of([(HERE, index)], **own),)),  # type: ignore[arg-type]
            conversion_factor_ten_thousandths=conversion_factor_ten_thousandths,
            locality=HERE,
        )


HERE = "here"
"""The locality of a schedule that writes its own indices."""
Fees = FlatFees | ListedFees | CustomaryFees | RelativeValueFees | AnesthesiaFees
"""A fee schedule of any method."""


def lists(schedule: Fees, procedure: str, day: dt.date) -> bool:
    """Whether a schedule has any fee, or any row of its table, for a procedure on a day, paid or not.

    Yes where its table is not in force: then the table is missing, and not the procedure.
    """
    if isinstance(schedule, FlatFees):
        return procedure in schedule.non_facility_cents or procedure in schedule.facility_cents
    if isinstance(schedule, (ListedFees, CustomaryFees)):
        amounts = schedule.amounts.find(day)
        return amounts is None or procedure in amounts.procedures
    if isinstance(schedule, AnesthesiaFees):
        base_units = schedule.base_units.find(day)
        return base_units is None or base_units.base_tenths(procedure) is not None
    values = schedule.values.find(day)
    return values is None or any(values.find(procedure, component) for component in COMPONENTS)


def releases(schedule: Fees, day: dt.date) -> tuple[str, ...]:
    """The versions that a fee of a day depends on: that of the schedule, and those of its tables that are in force."""
    tables: tuple[Document[Any] | None, ...] = ()
    if isinstance(schedule, FlatFees):
        tables = (schedule.drug_units.table,) if schedule.drug_units else ()
    elif isinstance(schedule, ListedFees):
        tables = (schedule.amounts, schedule.drug_units.table if schedule.drug_units else None)
    elif isinstance(schedule, CustomaryFees):
        tables = (schedule.amounts,)
    elif isinstance(schedule, RelativeValueFees):
        tables = (schedule.values, schedule.indices, schedule.localities, schedule.caps)
    elif isinstance(schedule, AnesthesiaFees):
        tables = (schedule.base_units, schedule.factors, schedule.qualifying_factors, schedule.localities)
    found = (table.find(day) for table in tables if table is not None)
    return (schedule.stamp, *(version.stamp for version in found if version is not None))
