"""The code-editing document: how the payer applies the publishers' tables of pairs, unit limits and add-on codes."""

from typing import Literal

from pydantic import Field

from adjudicator.policy.load.scalars import Modifiers, PlanPath, Procedures
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


class EditingDocument(Document[EditingVersion]):
    """The code-editing policy: `coding/editing.yaml`."""

    kind: Literal["editing"]
