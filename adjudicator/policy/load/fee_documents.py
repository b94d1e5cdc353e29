"""Fee schedules as typed documents: amounts as listed, or relative values, each written here or in a publisher's table.

What the tables must be is checked in ``fee_checks``, when all documents are there.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.scalars import (
    Dollars,
    Hundredths,
    HundredthsOrNone,
    Locality,
    PayableStatus,
    Procedure,
    RankingIndicator,
    TablePath,
    TenThousandths,
    Thousandths,
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


_AT_LEAST = {
    "flat": ("amounts",),
    "relative-value": ("conversion_factor", "values"),
}
"""What each method needs."""
_OWN_INDICES = ("work_index", "practice_index", "malpractice_index")


class FeesVersion(Version):
    """A fee schedule of either method."""

    method: Literal["flat", "relative-value"] = Field(
        description="flat: amounts as listed. relative-value: units times indices times a conversion factor."
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
        "drug-limits, laboratory-fees or equipment-fees.",
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
        description="indices from a table: the table of zip-localities, by the ZIP code of where the service was performed.",
    )
    locality: Locality | None = Field(
        default=None, description="indices from a table: one locality for all services, in place of localities."
    )
    work_index: Thousandths | None = Field(default=None, description="relative-value: geographic index of work.")
    practice_index: Thousandths | None = Field(
        default=None, description="relative-value: geographic index of practice expense."
    )
    malpractice_index: Thousandths | None = Field(
        default=None, description="relative-value: geographic index of malpractice."
    )
    conversion_factor: TenThousandths | None = Field(default=None, description="relative-value: dollars per unit.")
    conversion_factor_qualifying: TenThousandths | None = Field(
        default=None,
        description="relative-value: dollars per unit of clinicians who are qualifying participants on the date of service.",
    )
    cap: TablePath | Literal["computed"] | None = Field(
        default=None,
        description="values from a table: the cap of imaging to the outpatient payment amount. computed: of the units that the "
        "relative value file has for it. Or the path of a table of outpatient-caps. Left out: no cap.",
    )

    @model_validator(mode="after")
    def _fits_its_method(self) -> "FeesVersion":
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
            mine = names if method == "flat" else [*_AT_LEAST[method], *_RELATIVE_WORDS]
            for name in mine:
                if method != self.method and getattr(self, name) is not None:
                    raise PydanticCustomError(
                        "written",
                        "found {name}, which belongs to method {method}; write method: {method} or leave {name} out",
                        {"method": method, "name": name},
                    )
        return self

    @model_validator(mode="after")
    def _fits_its_tables(self) -> "FeesVersion":
        by_table = isinstance(self.values, str)
        for name, fits, needed, what in (
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
        places = [name for name in ("localities", "locality") if getattr(self, name) is not None]
        if self.indices is not None and len(places) != 1:
            found = "both localities and locality" if places else "a table of indices without localities"
            raise PydanticCustomError("written", "found {found}; write localities or locality", {"found": found})
        if self.indices is None and places:
            raise PydanticCustomError(
                "written", "found {name} without a table of indices; leave {name} out", {"name": places[0]}
            )
        return self


_RELATIVE_WORDS = (
    *_OWN_INDICES,
    "payable_statuses",
    "indices",
    "localities",
    "locality",
    "conversion_factor_qualifying",
    "cap",
)


class FeesDocument(Document[FeesVersion]):
    """A fee schedule: `fees/`."""

    kind: Literal["fees"]
