"""Reads the payer's own CSV files - members, providers, contracts, authorizations - and says everything that is wrong at once.

The first line names the columns, in any order. A message names file, line and column, what was found and what to write.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from adjudicator.cli.csv_table import Column, Row, Table
from adjudicator.model.case import (
    NO_TERMS,
    Authorization,
    Coverage,
    CoverageTerms,
    Elsewhere,
    ElsewhereKind,
    Member,
    Participation,
    Requirement,
)
from adjudicator.model.claim import Sex
from adjudicator.model.codes import (
    DIAGNOSIS,
    PROCEDURE,
    TAX_IDENTIFIER,
    npi_is_valid,
    plain_diagnosis,
)
from adjudicator.model.dates import Span
from adjudicator.policy.policy_set import PolicySet


def _may_be_left_out(name: str, meaning: str, *, personal: bool = False) -> Column:
    return Column(name, meaning, personal=personal, may_be_empty=True, may_be_left_out=True)


_EFFECTIVE = Column("effective", "first day, such as 2026-01-01")
_ENDS = Column("ends", "last day; empty while it has none", may_be_empty=True)

MEMBERS = (
    Column("member_id", "the member's number", personal=True),
    Column("family_id", "the same for everybody who shares a family's limits", personal=True),
    Column("last_name", "last name", personal=True),
    Column("first_name", "first name", personal=True),
    Column("birth_date", "birth date, such as 1980-05-14", personal=True),
    Column("sex", "F, M or U"),
    Column("relationship", "to the subscriber: 18 self, 01 spouse, 19 child"),
    Column("plan", "path of the plan document; empty for a member without coverage", may_be_empty=True),
    Column("effective", "first day under the plan, such as 2026-01-01", may_be_empty=True),
    _ENDS,
    Column("recorded_on", "day on which the stretch was entered or last changed; empty if unknown", may_be_empty=True),
    Column("deceased_on", "day of death, such as 2026-03-14; empty for the living", personal=True, may_be_empty=True),
    Column("custody_from", "first day in custody of an authority that pays for care", personal=True, may_be_empty=True),
    Column("custody_through", "last day in custody; empty while it has none", personal=True, may_be_empty=True),
    _may_be_left_out("waiting_through", "last day of the waiting period; empty for none"),
    _may_be_left_out("premium_paid_through", "last day for which the premium is paid; empty while nothing is owed"),
    _may_be_left_out("unmet", "eligibility or residency: a requirement that is not met; empty for none"),
    _may_be_left_out(
        "preexisting", "diagnoses older than the coverage, or their beginnings, separated by blanks", personal=True
    ),
    _may_be_left_out(
        "preexisting_through", "last day on which they are excluded; empty: as long as the coverage lasts"
    ),
    _may_be_left_out("primary_care_npi", "NPI of the primary care provider whom the member has chosen; empty for none"),
    _may_be_left_out("elsewhere", f"who else has the member's care: {', '.join(kind.value for kind in ElsewhereKind)}"),
    _may_be_left_out("elsewhere_from", "first day in that care"),
    _may_be_left_out("elsewhere_through", "last day in that care; empty while it has none"),
    _may_be_left_out(
        "identity_theft_on",
        "day from which others are known to use the member's identity; empty for nearly everybody",
        personal=True,
    ),
)
"""members.csv: a row for each stretch of coverage, of custody or of care elsewhere; a member with two stretches has two rows."""

_OF_A_MEMBER = (
    "family_id",
    "last_name",
    "first_name",
    "birth_date",
    "sex",
    "relationship",
    "deceased_on",
    "identity_theft_on",
)
"""What all rows of a member say alike."""
_OF_COVERAGE = (
    "waiting_through",
    "premium_paid_through",
    "unmet",
    "preexisting",
    "preexisting_through",
    "primary_care_npi",
)
"""What a stretch of coverage may depend on beside its days."""

CONTRACTS = (
    Column("tax_id", "the billing provider's tax id, nine digits"),
    Column("npi", "the billing provider's NPI, ten digits with a right check digit"),
    Column("product", "the product that it has a contract for, such as PPO"),
    Column("contract", "path of the contract document"),
    _EFFECTIVE,
    _ENDS,
)
"""contracts.csv: a row for each stretch of days of a billing provider under a contract."""

AUTHORIZATIONS = (
    Column("number", "the number of the authorization or referral"),
    Column("member_id", "the member's number", personal=True),
    Column("procedures", "procedure codes, separated by blanks; a referral may name none", may_be_empty=True),
    _EFFECTIVE,
    _ENDS,
    Column("tax_id", "tax id of the billing provider it was given to; empty for any", may_be_empty=True),
    Column("quantity", "units approved in all, such as 3; empty for no limit", may_be_empty=True),
    _may_be_left_out("visits", "visits (days with such a service) approved in all, such as 3; empty for no limit"),
    _may_be_left_out("rendering_npi", "NPI of the practitioner it was given to; empty for any"),
    _may_be_left_out("kind", "authorization or referral; empty for authorization"),
    _may_be_left_out("status", "approved or denied; empty for approved"),
    _may_be_left_out("requested_on", "day on which it was asked for; empty when that was in time"),
)
"""authorizations.csv: a row for each answer to a request for services, and for each referral."""


_KINDS = ("authorization", "referral")
_STATUSES = ("approved", "denied")
"""What a row of authorizations.csv is, and what was answered; the first is meant where nothing is written."""


def read_members(path: Path, policies: PolicySet) -> list[tuple[Member, tuple[Coverage, ...]]]:
    """The members of a file, each with all its coverage, in the file's order.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = Table(path, MEMBERS)
    found: dict[str, Member] = {}
    first_line: dict[str, int] = {}
    spans: dict[str, list[tuple[Coverage, int]]] = defaultdict(list)
    custody: dict[str, list[tuple[Span, int]]] = defaultdict(list)
    elsewhere: dict[tuple[str, str], list[tuple[Span, int]]] = defaultdict(list)
    for row in table.rows():
        member = Member(
            member_id=row.text("member_id"),
            family_id=row.text("family_id"),
            last_name=row.text("last_name"),
            first_name=row.text("first_name"),
            birth_date=row.day("birth_date"),
            sex=Sex(row.one_of("sex", [sex.value for sex in Sex], Sex.UNKNOWN.value)),
            relationship=row.matching("relationship", _is_relationship, "two characters, such as 18, 01 or 19"),
            deceased_on=row.day("deceased_on") if row.sent("deceased_on") else None,
            identity_theft_on=row.day("identity_theft_on") if row.sent("identity_theft_on") else None,
        )
        before = found.setdefault(member.member_id, member)
        line = first_line.setdefault(member.member_id, row.line)
        for column in _OF_A_MEMBER:
            if row.good and getattr(before, column) != getattr(member, column):
                row.wrong(column, f"found another value than in line {line}; write the same in all rows of a member")
        if row.sent("plan") or row.sent("effective") or row.sent("ends"):
            coverage = Coverage(
                plan=row.one_of("plan", policies.plans),
                span=row.span(),
                recorded_on=row.day("recorded_on") if row.sent("recorded_on") else None,
                terms=_terms_of(row),
            )
            if row.good:
                spans[member.member_id].append((coverage, row.line))
        else:
            for column in ("recorded_on", *_OF_COVERAGE):
                if row.sent(column):
                    row.wrong(column, "found something without coverage; write plan and effective too, or nothing")
        if row.sent("custody_from") or row.sent("custody_through"):
            held = row.span("custody_from", "custody_through")
            if row.good:
                custody[member.member_id].append((held, row.line))
        if any(row.sent(column) for column in ("elsewhere", "elsewhere_from", "elsewhere_through")):
            kind = row.one_of("elsewhere", [kind.value for kind in ElsewhereKind], ElsewhereKind.OTHER_PLAN.value)
            if not row.sent("elsewhere"):
                row.wrong("elsewhere", "found days without who has the care; write who, or nothing")
            away = row.span("elsewhere_from", "elsewhere_through")
            if row.good:
                elsewhere[member.member_id, kind].append((away, row.line))
    for covered in spans.values():
        table.refuse_overlaps([(coverage.span, line) for coverage, line in covered])
    for stretches in custody.values():
        table.refuse_overlaps(stretches, "custody_from")
    for stretches in elsewhere.values():
        table.refuse_overlaps(stretches, "elsewhere_from")
    table.finish()
    return [
        (
            msgspec.structs.replace(
                member,
                custody=tuple(span for span, _ in custody[number]),
                elsewhere=tuple(
                    Elsewhere(kind, span) for kind in ElsewhereKind for span, _ in elsewhere[number, kind.value]
                ),
            ),
            tuple(coverage for coverage, _ in spans[number]),
        )
        for number, member in found.items()
    ]


def _terms_of(row: Row) -> CoverageTerms:
    """What a stretch of coverage depends on beside its days."""
    if not any(row.sent(column) for column in _OF_COVERAGE):
        return NO_TERMS
    unmet = row.one_of("unmet", [requirement.value for requirement in Requirement])
    diagnoses = tuple(plain_diagnosis(text) for text in row.text("preexisting").split())
    if not all(DIAGNOSIS.match(code.ljust(3, "0")) for code in diagnoses):
        row.wrong("preexisting", "found something else, write diagnoses or their beginnings, such as E11 I10")
    if row.sent("preexisting_through") and not diagnoses:
        row.wrong("preexisting_through", "found a day without diagnoses; write preexisting too, or nothing")
    return CoverageTerms(
        waiting_through=_day_if_sent(row, "waiting_through"),
        premium_paid_through=_day_if_sent(row, "premium_paid_through"),
        unmet=Requirement(unmet) if unmet else None,
        preexisting=diagnoses,
        preexisting_through=_day_if_sent(row, "preexisting_through"),
        primary_care_npi=row.matching(
            "primary_care_npi", npi_is_valid, "ten digits with a right check digit, or nothing"
        ),
    )


def _day_if_sent(row: Row, column: str) -> dt.date | None:
    return row.day(column) if row.sent(column) else None


def read_participations(path: Path, policies: PolicySet) -> list[Participation]:
    """The provider contracts of a file, in its order.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = Table(path, CONTRACTS)
    found = []
    spans: dict[tuple[str, str, str], list[tuple[Span, int]]] = defaultdict(list)
    products = sorted({version.product for plan in policies.plans.values() for version in plan.versions})
    for row in table.rows():
        participation = Participation(
            tax_id=row.matching("tax_id", TAX_IDENTIFIER.match, "nine digits"),
            npi=row.matching("npi", npi_is_valid, "ten digits with a right check digit"),
            product=row.one_of("product", products),
            contract=row.one_of("contract", policies.contracts),
            span=row.span(),
        )
        if row.good:
            spans[participation.tax_id, participation.npi, participation.product].append((participation.span, row.line))
        found.append(participation)
    for stretches in spans.values():
        table.refuse_overlaps(stretches)
    table.finish()
    return found


def read_authorizations(
    path: Path, known_members: Callable[[Collection[str]], Collection[str]]
) -> list[tuple[str, Authorization]]:
    """The authorizations and referrals of a file, each with its member's number, in the file's order.

    Args:
        path: the file.
        known_members: of some member numbers, those that are on file.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = Table(path, AUTHORIZATIONS)
    found: list[tuple[str, Authorization]] = []
    rows: list[tuple[str, Row]] = []
    lines: dict[str, int] = {}
    for row in table.rows():
        member_id, number = row.text("member_id"), row.text("number")
        if row.sent("number") and lines.setdefault(number, row.line) != row.line:
            row.wrong("number", f"found the number of line {lines[number]}; write one row for each authorization")
        referral = row.one_of("kind", _KINDS, _KINDS[0]) == "referral"
        procedures = tuple(row.text("procedures").upper().split())
        if not procedures and not referral:
            row.wrong(
                "procedures", "found nothing, write procedure codes, separated by blanks; a referral may name none"
            )
        for code in procedures:
            if not PROCEDURE.match(code):
                row.wrong(
                    "procedures", f"found '{code}', write CPT or HCPCS codes of five characters, separated by blanks"
                )
        authorization = Authorization(
            number=number,
            procedures=procedures,
            span=row.span(),
            tax_id=row.matching("tax_id", TAX_IDENTIFIER.match, "nine digits or nothing"),
            quantity_thousandths=row.thousandths("quantity"),
            visits=row.count("visits"),
            rendering_npi=row.matching(
                "rendering_npi", npi_is_valid, "ten digits with a right check digit, or nothing"
            ),
            referral=referral,
            denied=row.one_of("status", _STATUSES, _STATUSES[0]) == "denied",
            requested_on=row.day("requested_on") if row.sent("requested_on") else None,
        )
        found.append((member_id, authorization))
        rows.append((member_id, row))
    known = set(known_members({member_id for member_id, _ in rows}))
    for member_id, row in rows:
        if member_id and member_id not in known:
            row.wrong("member_id", "found no such member on file; load the members first, or write a member's number")
    table.finish()
    return found


def _is_relationship(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalnum()
