"""A payer's professional payment rules: what modifiers and indicators do to a fee (domain/03 sections 4 to 10).

Every share and every list of codes is the payer's document's; here is only their form. Shares are basis points: 50 % is
5000. What no rule names is not priced: the line waits.
"""

import enum
from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Version

NOTHING = CodeSet()


class Components(msgspec.Struct, frozen=True):
    """The two parts of a test: its reading (professional) and its making (technical)."""

    professional: CodeSet = NOTHING
    technical: CodeSet = NOTHING
    both: frozenset[str] = frozenset()
    """PC/TC indicators of procedures that have both parts."""
    professional_only: frozenset[str] = frozenset()
    technical_only: frozenset[str] = frozenset()


class ModifierShare(msgspec.Struct, frozen=True):
    """The share of the fee under some modifiers."""

    modifiers: CodeSet
    basis_points: int
    name: str
    """What it is called in the calculation, such as ``reduced service``."""
    own_row: bool = False
    """Where the fee schedule has a row of its own for the modifier, its fee stands in place of the share."""
    holds_practitioner: bool = False
    """The share already is that of the practitioner's kind, which is not taken a second time."""


class CareShare(msgspec.Struct, frozen=True):
    """The parts of an operation's care that some modifiers bill, by the fee schedule's three shares."""

    modifiers: CodeSet
    name: str
    preoperative: bool = False
    intraoperative: bool = False
    postoperative: bool = False
    by_days: bool = False
    """Only the days of care after the operation are paid that the claim's dates tell."""


class BothSides(msgspec.Struct, frozen=True):
    """Both sides of the body, by the bilateral indicator."""

    modifiers: CodeSet
    """Of one line for both sides."""
    left: CodeSet
    right: CodeSet
    basis_points: Mapping[str, int]
    """The share for both sides together, by indicator."""


class PractitionerShare(msgspec.Struct, frozen=True):
    """The share of the fee that practitioners of a kind are paid."""

    taxonomies: tuple[str, ...]
    """Beginnings of taxonomy codes."""
    basis_points: int
    name: str


class NonParticipating(msgspec.Struct, frozen=True):
    """Billing providers without a participation agreement (domain/03 section 10)."""

    basis_points: int
    """Their share of the fee."""
    limiting_charge_basis_points: int
    """The most that they may charge where they do not accept assignment, as a share of what the fee comes to."""


class RankingMethod(enum.Enum):
    """What several procedures of a day reduce of each other."""

    WHOLE = "whole"
    """The fee, highest first."""
    ENDOSCOPY = "endoscopy"
    """The fee, after those of one family are worth the highest and what the others add to their base."""
    COMPONENTS = "components"
    """The professional and the technical part, each ranked by itself."""
    PRACTICE = "practice"
    """The practice expense of all but the unit with the highest."""


class OtherClaims(enum.Enum):
    """What becomes of a procedure that ranks with one of an earlier claim of the same provider, patient and day."""

    WAIT = "wait"
    """A person ranks the two."""
    APART = "apart"
    """Each claim ranks by itself."""
    BELOW = "below"
    """It ranks after those of earlier claims, whose payment stays."""


class Ranking(msgspec.Struct, frozen=True):
    """What the procedures of some multiple-procedure indicators are paid by their rank."""

    indicators: frozenset[str]
    method: RankingMethod
    shares: tuple[int, ...] = (WHOLE_BASIS_POINTS,)
    """By rank, the first first: of the fee, of the technical part, of practice expense."""
    further: int | None = None
    """Of every later one; None: by report, so that the line waits."""
    professional_shares: tuple[int, ...] = (WHOLE_BASIS_POINTS,)
    """COMPONENTS: of the professional part; the last holds for every later one."""


class PaymentRules(Version, frozen=True):
    """A version of the payment rules."""

    components: Components = Components()
    unchanged: CodeSet = NOTHING
    """Modifiers under which the fee is paid whole."""
    by_report: CodeSet = NOTHING
    """Modifiers under which a person prices from the record."""
    technical_part: tuple[ModifierShare, ...] = ()
    """Reductions of the technical part alone, such as of images taken on film."""
    parts: tuple[ModifierShare, ...] = ()
    """Reduced and discontinued services."""
    care: tuple[CareShare, ...] = ()
    both_sides: BothSides | None = None
    joint: tuple[ModifierShare, ...] = ()
    """Surgeons who operate together."""
    assistants: tuple[ModifierShare, ...] = ()
    practitioners: tuple[PractitionerShare, ...] = ()
    nonparticipating: NonParticipating | None = None
    unknown_practitioner_waits: bool = False
    """Whether a line waits whose practitioner's kind is neither on the claim nor on file; else the fee is paid whole."""
    contradictions: tuple[tuple[CodeSet, CodeSet], ...] = ()
    """Modifiers that do not stand on one line with others."""
    unranked: frozenset[str] = frozenset()
    """Multiple-procedure indicators of procedures that nothing reduces."""
    ranking: tuple[Ranking, ...] = ()
    other_claims: OtherClaims = OtherClaims.WAIT
    care_days: Mapping[str, int] = {}
    """Days after an operation that its fee pays for, by the global-days indicator."""
    care_undivided: frozenset[str] = frozenset()
    """Global-days indicators of operations without care around them: the operation alone is the whole fee."""

    def prices(self, modifier: str) -> bool:
        """Whether the rules say what a modifier does to the fee, be it that a person says it."""
        return modifier in self._priced

    def changes(self, modifier: str) -> bool:
        """Whether a modifier makes another fee of one, by itself."""
        sides = self.both_sides
        alone = sides is not None and (modifier in sides.left or modifier in sides.right)
        return self.prices(modifier) and not alone and modifier not in self.unchanged

    def contradiction(self, modifiers: Sequence[str]) -> tuple[str, str] | None:
        """Two of a line's modifiers of which each excludes the other; None where all may stand together."""
        for some, others in self.contradictions if len(modifiers) > 1 else ():
            one = next((modifier for modifier in modifiers if modifier in some), None)
            other = next((modifier for modifier in modifiers if modifier in others and modifier != one), None)
            if one and other:
                return one, other
        return None

    def ranking_of(self, indicator: str) -> Ranking | None:
        """How a multiple-procedure indicator ranks; None where nothing is reduced, or no rule says what is."""
        return self._ranking.get(indicator)

    @cached_property
    def whoever_gives_it(self) -> "PaymentRules":
        """The same rules without the shares of a practitioner's kind and of providers without a participation agreement."""
        return msgspec.structs.replace(self, practitioners=(), nonparticipating=None)

    @cached_property
    def _ranking(self) -> dict[str, Ranking]:
        return {indicator: row for row in self.ranking for indicator in row.indicators}

    @cached_property
    def _priced(self) -> CodeSet:
        sides = (self.both_sides.modifiers, self.both_sides.left, self.both_sides.right) if self.both_sides else ()
        shares = (*self.technical_part, *self.parts, *self.joint, *self.assistants)
        sets = (
            self.unchanged,
            self.by_report,
            self.components.professional,
            self.components.technical,
            *sides,
            *(row.modifiers for row in shares),
            *(row.modifiers for row in self.care),
        )
        return CodeSet(
            codes=frozenset().union(*(one.codes for one in sets)),
            prefixes=tuple(prefix for one in sets for prefix in one.prefixes),
            ranges=tuple(bounds for one in sets for bounds in one.ranges),
        )
