"""The rows of contract documents: what is paid, within which bounds, and by which rate of which year."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.policy.load.scalars import (
    Day,
    Dollars,
    FeesPath,
    LesserOfCharge,
    Modifiers,
    NationalProvider,
    PaymentPath,
    Places,
    Procedures,
    Rate,
    Share,
    Taxonomy,
)
from adjudicator.policy.load.versions import Part


class BoundRow(Part):
    """The least or the most that a row pays for a line; one of the two."""

    share_of_charge: Share | None = Field(default=None, description="A share of the line's charge, rounded half up.")
    per_unit: Dollars | None = Field(default=None, description="An amount for each unit.")

    @model_validator(mode="after")
    def _is_one_bound(self) -> "BoundRow":
        if bool(self.share_of_charge) == bool(self.per_unit):
            raise PydanticCustomError(
                "written", "found no single bound; write either share_of_charge or per_unit, above 0"
            )
        return self


class EscalatorRow(Part):
    """A rise of a row's rate on every anniversary of a day."""

    from_: Day = Field(alias="from", description="The day since which full years count, up to the date of service.")
    yearly: Share = Field(description="The rise of each full year on the one before, such as 0.03.")


_MUST = {
    "fee-schedule": ("from", "rate", "lesser_of_charge"),
    "percent-of-charge": ("rate",),
    "fixed-fee": ("amount", "lesser_of_charge"),
}
_NEVER = {
    "fee-schedule": ("amount",),
    "percent-of-charge": ("from", "amount", "lesser_of_charge", "rules", "unlisted", "escalator"),
    "fixed-fee": ("from", "rate", "rules", "unlisted"),
}
"""Words that a row of each method has and never has."""


def _method_with(name: str) -> str:
    return next(method for method, never in _NEVER.items() if name not in never)


class PayRow(Part):
    """One row of a contract."""

    for_: Procedures = Field(alias="for", description="Procedures that the row pays, or any.")
    places: Places | None = Field(default=None, description="The row is only for these places of service.")
    modifiers: Modifiers | None = Field(
        default=None, description="The row is only for lines with one of these modifiers, and says what they are paid."
    )
    rendering: tuple[NationalProvider, ...] = Field(
        default=(), description="The row is only for these rendering providers, by NPI."
    )
    taxonomies: tuple[Taxonomy, ...] = Field(
        default=(),
        description="The row is only for rendering providers with one of these kinds; who is not known has none.",
    )
    method: Literal["fee-schedule", "percent-of-charge", "fixed-fee"] = Field(
        default="fee-schedule",
        description="fee-schedule: a share of a listed fee. percent-of-charge: a share of what the line charges, never more than "
        "that. fixed-fee: the row's own amount for each unit.",
    )
    from_: FeesPath | None = Field(default=None, alias="from", description="fee-schedule: the fee schedule.")
    unlisted: Literal["wait", "next_row"] | None = Field(
        default=None,
        description="fee-schedule: a procedure that the schedule does not list at all waits, or falls to the next row that "
        "fits; left out: it waits.",
    )
    rate: Rate | None = Field(
        default=None, description="The share of the fee that is paid, such as 1.15; of the charge at most 1."
    )
    amount: Dollars | None = Field(default=None, description="fixed-fee: the amount of a unit.")
    escalator: EscalatorRow | None = Field(
        default=None, description="fee-schedule, fixed-fee: how the rate or the amount rises by the year."
    )
    floor: BoundRow | None = Field(default=None, description="The least that the row pays for a line.")
    ceiling: BoundRow | None = Field(
        default=None, description="The most that the row pays for a line; it wins where the floor is higher."
    )
    lesser_of_charge: LesserOfCharge | None = Field(
        default=None,
        description="fee-schedule, fixed-fee: whether the charge caps the payment: true, each line by itself; claim, all such "
        "lines of a claim together.",
    )
    rules: PaymentPath | None = Field(
        default=None,
        description="fee-schedule: the payment rules for modifiers and several procedures of a day; left out, such lines wait.",
    )

    @property
    def asks(self) -> bool:
        """Whether the row leaves some services of its procedures to the rows below."""
        chooses = self.places or self.modifiers or self.rendering or self.taxonomies
        return bool(chooses) or self.unlisted == "next_row"

    @model_validator(mode="after")
    def _fits_its_method(self) -> "PayRow":
        given = {
            "from": self.from_,
            "rate": self.rate,
            "lesser_of_charge": self.lesser_of_charge,
            "amount": self.amount,
            "rules": self.rules,
            "unlisted": self.unlisted,
            "escalator": self.escalator,
        }
        for name in _MUST[self.method]:
            if given[name] is None:
                raise PydanticCustomError("written", "found no {name}; write {name}", {"name": name})
        for name in _NEVER[self.method]:
            if given[name] is not None:
                raise PydanticCustomError(
                    "written",
                    "found {name} beside method {method}; leave {name} out or write method: {other}",
                    {"name": name, "method": self.method, "other": _method_with(name)},
                )
        if self.method == "percent-of-charge" and self.rate is not None and self.rate > 1:
            raise PydanticCustomError("written", "found more than the charge; write a rate of at most 1")
        return self


class ClaimBounds(Part):
    """What bounds the payment of a claim's lines together."""

    at_most: Dollars = Field(description="The most that is allowed for all lines of a claim under this version.")
