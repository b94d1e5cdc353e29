"""The payment-rules document: what modifiers and indicators do to a professional fee."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.policy.load.scalars import (
    Count,
    Flag,
    GlobalDays,
    Modifiers,
    RankingIndicator,
    Rate4,
    Share,
    Taxonomy,
    Words,
)
from adjudicator.policy.load.versions import Document, Part, Version

Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


class ComponentRules(Part):
    """The two parts of a test, which have rows of their own in the fee schedule."""

    professional: Modifiers = Field(description="Modifiers of the professional part.")
    technical: Modifiers = Field(description="Modifiers of the technical part.")
    both: tuple[Digit, ...] = Field(description="PC/TC indicators of procedures with both parts.")
    professional_only: tuple[Digit, ...] = Field(
        default=(), description="PC/TC indicators of a professional part alone."
    )
    technical_only: tuple[Digit, ...] = Field(default=(), description="PC/TC indicators of a technical part alone.")


class ModifierShareRow(Part):
    """The share of the fee under some modifiers."""

    name: Words = Field(description="What it is called in the calculation.")
    modifiers: Modifiers = Field(description="The modifiers.")
    share: Share = Field(description="The share of the fee.")
    own_row: Flag = Field(
        default=False,
        description="Whether the row that a fee schedule has for the modifier itself stands in place of the share.",
    )
    holds_practitioner: Flag = Field(
        default=False,
        description="Whether the share is that of the practitioner's kind already, which is not taken again.",
    )


class CareShareRow(Part):
    """The parts of an operation's care that some modifiers bill; the fee schedule says how much each is."""

    name: Words = Field(description="What it is called in the calculation.")
    modifiers: Modifiers = Field(description="The modifiers.")
    pays: tuple[Literal["preoperative", "intraoperative", "postoperative"], ...] = Field(
        min_length=1, description="The parts of the fee; each is rounded to the cent."
    )
    by_days: Flag = Field(
        default=False,
        description="Whether only the days of care after the operation are paid that the claim's dates tell (DTP*090 and "
        "DTP*091), both counted; a claim with neither waits.",
    )


class BothSidesRules(Part):
    """Both sides of the body: the share for both together by the bilateral indicator; any other indicator waits."""

    modifiers: Modifiers = Field(description="Modifiers of one line for both sides.")
    left: Modifiers = Field(
        description="Modifiers of the left side; with the right side on another line they are one service."
    )
    right: Modifiers = Field(description="Modifiers of the right side.")
    shares: dict[Digit, Rate4] = Field(description='By bilateral indicator, such as "1": 1.50.')


class PractitionerRow(Part):
    """The share of the fee that practitioners of a kind are paid."""

    name: Words = Field(description="What they are called in the calculation.")
    taxonomies: tuple[Taxonomy, ...] = Field(min_length=1, description="Beginnings of their taxonomy codes.")
    share: Share = Field(description="The share of the fee.")


class PractitionerRules(Part):
    """Practitioners who are paid a share; the first row that fits counts, and all others are paid the fee."""

    unknown: Literal["pay", "wait"] = Field(
        description="What becomes of a line whose practitioner's kind is neither on the claim nor on file."
    )
    shares: tuple[PractitionerRow, ...] = Field(min_length=1, description="By kind.")


class NonParticipatingRules(Part):
    """Billing providers without a participation agreement: those with a row `nonparticipating` in `providers.csv`."""

    share: Share = Field(description="Their share of the fee.")
    limiting_charge: Rate4 = Field(
        description="The most that they may charge where they do not accept assignment, as a share of what the fee comes to."
    )


class ContradictionRow(Part):
    """Modifiers that do not stand on one line with others."""

    modifiers: Modifiers = Field(description="Any of these ...")
    never_with: Modifiers = Field(description="... beside any of these is denied.")


class RankingRow(Part):
    """What procedures of one day are paid by their rank."""

    indicators: tuple[RankingIndicator, ...] = Field(min_length=1, description="Multiple-procedure indicators.")
    of: Literal["whole", "endoscopy", "components", "practice"] = Field(
        description="What is ranked and reduced. whole: the fee. endoscopy: the fee, after a family is worth its highest and what "
        "the others add to their base. components: the professional and the technical part, each by itself. practice: the "
        "practice expense of all but the unit with the highest."
    )
    shares: tuple[Share, ...] = Field(
        min_length=1, description="By rank, the first first; of the fee, of the technical part, of practice expense."
    )
    professional_shares: tuple[Share, ...] = Field(
        default=(WHOLE_BASIS_POINTS,),
        min_length=1,
        description="components: of the professional part; the last holds for every later one.",
    )
    further: Share | Literal["by_report"] | None = Field(
        default=None,
        description="The share of every later one, or by_report: a person prices it. Left out: the last of the shares.",
    )


class RankingRules(Part):
    """Several procedures of one patient, provider and day."""

    none: tuple[RankingIndicator, ...] = Field(
        description="Multiple-procedure indicators of procedures that nothing reduces."
    )
    rows: tuple[RankingRow, ...] = Field(
        min_length=1, description="By indicator; an indicator that stands nowhere waits."
    )
    other_claims: Literal["wait", "apart", "below"] = Field(
        description="What becomes of a line that ranks with one of an earlier claim of the same provider and day. wait: a person "
        "ranks the two. apart: each claim ranks by itself. below: it ranks after those of earlier claims, whose payment stays."
    )

    @model_validator(mode="after")
    def _each_once(self) -> "RankingRules":
        named = [*self.none, *(indicator for row in self.rows for indicator in row.indicators)]
        twice = next((indicator for indicator in named if named.count(indicator) > 1), None)
        if twice:
            raise PydanticCustomError("written", "found indicator {twice} twice; write each once", {"twice": twice})
        return self


class CareRules(Part):
    """Operations whose care several providers share."""

    rows: tuple[CareShareRow, ...] = Field(min_length=1, description="By modifier.")
    days: dict[GlobalDays, Count] = Field(
        description="Days after the operation that its fee pays for, by global-days indicator."
    )
    undivided: tuple[GlobalDays, ...] = Field(
        default=(),
        description="Indicators of operations without care around them: the operation alone is the whole fee, and no care is paid.",
    )


class PaymentVersion(Version):
    """What modifiers and indicators do to a fee, in the order of these words."""

    components: ComponentRules = Field(description="The two parts of a test.")
    unchanged: Modifiers = Field(default=(), description="Modifiers under which the fee is paid whole.")
    by_report: Modifiers = Field(default=(), description="Modifiers under which a person prices from the record.")
    contradictions: tuple[ContradictionRow, ...] = Field(
        default=(), description="Sets of modifiers that contradict each other: the line is denied."
    )
    technical_part: tuple[ModifierShareRow, ...] = Field(
        default=(), description="Reductions of the technical part alone, such as of images taken on film."
    )
    parts: tuple[ModifierShareRow, ...] = Field(default=(), description="Reduced and discontinued services.")
    split_care: CareRules | None = Field(default=None, description="Operations whose care several providers share.")
    both_sides: BothSidesRules | None = Field(default=None, description="Both sides of the body.")
    two_surgeons: tuple[ModifierShareRow, ...] = Field(default=(), description="Surgeons who operate together.")
    ranking: RankingRules = Field(description="Several procedures of one day.")
    assistants: tuple[ModifierShareRow, ...] = Field(default=(), description="Who assists at an operation.")
    practitioners: PractitionerRules | None = Field(
        default=None, description="Practitioners who are paid a share; left out: none are."
    )
    nonparticipating: NonParticipatingRules | None = Field(
        default=None,
        description="Billing providers without a participation agreement; left out: they are paid the fee.",
    )


class PaymentDocument(Document[PaymentVersion]):
    """Payment rules, which a contract's rows name: `payment/`."""

    kind: Literal["payment-rules"]
