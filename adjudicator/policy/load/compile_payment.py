"""A payment-rules document turned into what pricing reads."""

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.load import payment_documents as written
from adjudicator.policy.load.compile_conditions import Codes
from adjudicator.policy.payment_rules import (
    BothSides,
    CareShare,
    Components,
    ModifierShare,
    NonParticipating,
    OtherClaims,
    PaymentRules,
    PractitionerShare,
    Ranking,
    RankingMethod,
)


def compile_payment(
    path: str, span: Span, cite: Citation, version: written.PaymentVersion, codes: Codes
) -> PaymentRules:
    """A version of payment rules."""
    practitioners, care, outside = version.practitioners, version.split_care, version.nonparticipating
    return PaymentRules(
        document=path,
        span=span,
        cite=cite,
        components=_components(version.components, codes),
        unchanged=codes(version.unchanged, "modifiers"),
        by_report=codes(version.by_report, "modifiers"),
        technical_part=_shares(version.technical_part, codes),
        parts=_shares(version.parts, codes),
        care=tuple(_care(row, codes) for row in care.rows) if care else (),
        care_days=dict(care.days) if care else {},
        care_undivided=frozenset(care.undivided) if care else frozenset(),
        both_sides=_both_sides(version.both_sides, codes) if version.both_sides else None,
        joint=_shares(version.two_surgeons, codes),
        assistants=_shares(version.assistants, codes),
        practitioners=tuple(
            PractitionerShare(taxonomies=row.taxonomies, basis_points=row.share, name=row.name)
            for row in (practitioners.shares if practitioners else ())
        ),
        nonparticipating=NonParticipating(outside.share, outside.limiting_charge) if outside else None,
        unknown_practitioner_waits=practitioners is not None and practitioners.unknown == "wait",
        contradictions=tuple(
            (codes(row.modifiers, "modifiers"), codes(row.never_with, "modifiers")) for row in version.contradictions
        ),
        unranked=frozenset(version.ranking.none),
        ranking=tuple(_ranking(row) for row in version.ranking.rows),
        other_claims=OtherClaims(version.ranking.other_claims),
    )


def _components(rules: written.ComponentRules, codes: Codes) -> Components:
    return Components(
        professional=codes(rules.professional, "modifiers"),
        technical=codes(rules.technical, "modifiers"),
        both=frozenset(rules.both),
        professional_only=frozenset(rules.professional_only),
        technical_only=frozenset(rules.technical_only),
    )


def _shares(rows: tuple[written.ModifierShareRow, ...], codes: Codes) -> tuple[ModifierShare, ...]:
    return tuple(
        ModifierShare(
            modifiers=codes(row.modifiers, "modifiers"),
            basis_points=row.share,
            name=row.name,
            own_row=row.own_row,
            holds_practitioner=row.holds_practitioner,
        )
        for row in rows
    )


def _care(row: written.CareShareRow, codes: Codes) -> CareShare:
    return CareShare(
        modifiers=codes(row.modifiers, "modifiers"),
        name=row.name,
        preoperative="preoperative" in row.pays,
        intraoperative="intraoperative" in row.pays,
        postoperative="postoperative" in row.pays,
        by_days=row.by_days,
    )


def _both_sides(rules: written.BothSidesRules, codes: Codes) -> BothSides:
    return BothSides(
        modifiers=codes(rules.modifiers, "modifiers"),
        left=codes(rules.left, "modifiers"),
        right=codes(rules.right, "modifiers"),
        basis_points={str(indicator): share for indicator, share in rules.shares.items()},
    )


def _ranking(row: written.RankingRow) -> Ranking:
    further = row.shares[-1] if row.further is None else row.further
    return Ranking(
        indicators=frozenset(row.indicators),
        method=RankingMethod(row.of),
        shares=row.shares,
        further=None if isinstance(further, str) else further,
        professional_shares=row.professional_shares,
    )
