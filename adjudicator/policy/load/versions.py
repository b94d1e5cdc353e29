"""What every policy document has: a kind, a title, and dated, cited versions, newest first."""

from collections.abc import Iterator
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from adjudicator.policy.load.scalars import Day, Words, Yes
from adjudicator.policy.load.text import Place


class Part(BaseModel):
    """A mapping in a document; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Cite(Part):
    """Where the rule stands written."""

    title: Words = Field(description="Title of the source.")
    section: Words = Field(description="Section, page or exhibit.")
    url: Words = Field(description="Address or document id.")


class Withdrawal(Part):
    """A version that says: from this day the document has no version in force."""

    effective: Day = Field(description="First day without a version in force.")
    withdrawn: Yes = Field(description="Always true.")
    cite: Cite = Field(description="Where the withdrawal stands written.")


class Version(Part):
    """A complete version of a document."""

    effective: Day = Field(description="First day in force.")
    ends: Day | None = Field(
        default=None, description="Last day in force; left out, the version lasts until the next newer one."
    )
    cite: Cite = Field(description="Where this version stands written.")


V = TypeVar("V", bound=Version)


def _withdrawn_or_not(value: Any) -> str:
    return "<withdrawal>" if isinstance(value, dict) and "withdrawn" in value else "<version>"


class Document(Part, Generic[V]):
    """A document: a title and its versions."""

    kind: str
    title: Words = Field(description="What people call the document.")
    versions: Annotated[
        tuple[
            Annotated[
                Annotated[V, Tag("<version>")] | Annotated[Withdrawal, Tag("<withdrawal>")],
                Discriminator(_withdrawn_or_not),
            ],
            ...,
        ],
        Field(min_length=1, description="Newest first, without gaps or overlaps."),
    ]


def parts_of(part: Part, place: Place) -> Iterator[tuple[Place, Part]]:
    """A part of a document and every part below it, with its place."""
    yield place, part
    for name, field in type(part).model_fields.items():
        value, here = getattr(part, name), (*place, field.alias or name)
        if isinstance(value, Part):
            yield from parts_of(value, here)
        elif isinstance(value, (tuple, dict)):
            for step, item in enumerate(value) if isinstance(value, tuple) else value.items():
                if isinstance(item, Part):
                    yield from parts_of(item, (*here, step))
