"""Reads the payer's own CSV files - members, other coverage, contracts, authorizations ... - and says all that is wrong at once.

The first line names the columns, in any order. A message names file, line and column, what was found and what to write.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec

from adjudicator.benefits.accumulators import COPAYS, DEDUCTIBLE, OUT_OF_POCKET
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
from adjudicator.model.other_coverage import CoverageKind, Holder, KnownCoverage, MedicareReason, Parents
from adjudicator.policy.policy_set import PolicySet
from adjudicator.store.accumulators import OutsideAmount


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
    _may_be_left_out("not_billable", "yes: the law forbids to bill the member for the share; empty for no"),
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
    "not_billable",
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
    _may_be_left_out(
        "unit_price", "dollars a unit agreed on with the billing provider; empty for the contract's price"
    ),
)
"""authorizations.csv: a row for each answer to a request for services, and for each referral."""


_NO_COVERAGE = "none"
"""Kind of the one row of a member of whom it is known that there is nothing to know, or that what was known is wrong."""
OTHER_COVERAGE = (
    Column("member_id", "the member's number", personal=True),
    Column("kind", f"{', '.join(kind.value for kind in CoverageKind)}; or none: nothing is known of the member"),
    Column("payer_id", "the other payer's id as claims name it (2330B NM109); empty for ours", may_be_empty=True),
    Column("payer_name", "the other payer's name; empty for ours", may_be_empty=True),
    Column("effective", "first day, such as 2026-01-01; empty for none", may_be_empty=True),
    _ENDS,
    _may_be_left_out("coordinates", "no: the plan has no provision on coordination of benefits; empty for yes"),
    _may_be_left_out("dependent", "yes or no: whether the member is covered as a dependent; empty if unknown"),
    _may_be_left_out(
        "holder_birth_date",
        "of a child: birth date of the parent who holds the coverage; empty if unknown",
        personal=True,
    ),
    _may_be_left_out("parents", "of a child: together, apart or joint (apart with joint custody); empty if unknown"),
    _may_be_left_out("holder", f"of a dependent: {', '.join(holder.value for holder in Holder)}; empty if unknown"),
    _may_be_left_out("decreed", "yes: a court decree makes the holder responsible; empty for no"),
    _may_be_left_out("active", "yes or no: whether it stands on present work of the holder; empty if unknown"),
    _may_be_left_out("asks_for_activity", "no: the plan has no rule of active and inactive employees; empty for yes"),
    _may_be_left_out("continuation", "yes or no: whether it only continues under a law (COBRA); empty if unknown"),
    _may_be_left_out("covered_since", "first day of it without a gap; empty: effective"),
    _may_be_left_out("employees", "how many people the employer employs; empty if unknown"),
    _may_be_left_out("medicare_reason", "of Medicare: age, disability or kidney; empty if unknown"),
    _may_be_left_out("medicare_eligible_on", "of Medicare by kidney disease: a day of the first month of eligibility"),
    _may_be_left_out("medicare_parts", "of Medicare: the parts in which the member is enrolled, such as AB"),
    _may_be_left_out(
        "diagnoses", "what it is liable for: diagnoses or their beginnings, separated by blanks", personal=True
    ),
    _may_be_left_out("claimed_on", "of who is liable: day on which it was asked to pay; empty for never"),
    _may_be_left_out("verified_on", "day on which somebody last made sure of the row"),
    _may_be_left_out("asked_on", "day on which the member was sent a questionnaire that is not answered yet"),
)
"""other-coverage.csv: a row for each coverage of a member that the order of payers depends on, and for the evidence of ours."""

ACCUMULATORS = (
    Column("source", "who counted it: small letters, digits and hyphens, such as pharmacy"),
    Column("source_id", "the source's own name of the amount, never used again"),
    Column("member_id", "the member's number", personal=True),
    Column("served_on", "day of the service, such as 2026-03-01"),
    Column("accumulator", "deductible, out_of_pocket or copays"),
    Column("tier", "in_network or out_of_network"),
    Column("amount", "dollars, such as 130.50; with a minus to take back"),
    Column(
        "alone",
        "yes where the source says itself what counts toward the other tier and the next year",
        may_be_empty=True,
        may_be_left_out=True,
    ),
)
"""accumulators.csv: a row for each amount that another system counted toward a member's limit."""

_SOURCE = re.compile(r"[a-z][a-z0-9-]{0,39}")
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
        not_billable=row.one_of("not_billable", ("yes",)) == "yes",
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
        unit_price_cents = row.cents("unit_price")
        if unit_price_cents is not None and (referral or not row.text("tax_id")):
            row.wrong("unit_price", "found a price without tax_id, or of a referral; write whose authorization it is")
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
            unit_price_cents=unit_price_cents,
        )
        found.append((member_id, authorization))
        rows.append((member_id, row))
    _refuse_unknown(rows, known_members)
    table.finish()
    return found


def read_other_coverage(
    path: Path, known_members: Callable[[Collection[str]], Collection[str]]
) -> dict[str, tuple[KnownCoverage, ...]]:
    """What a file says of members' coverages for the order of payers, by member, in the file's order.

    Args:
        path: the file.
        known_members: of some member numbers, those that are on file.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = Table(path, OTHER_COVERAGE)
    found: dict[str, list[KnownCoverage]] = defaultdict(list)
    spans: dict[tuple[str, str, CoverageKind], list[tuple[Span, int]]] = defaultdict(list)
    rows: list[tuple[str, Row]] = []
    nothing: dict[str, Row] = {}
    for row in table.rows():
        member_id = row.text("member_id")
        rows.append((member_id, row))
        if row.text("kind") == _NO_COVERAGE:
            nothing[member_id] = row
            for column in OTHER_COVERAGE[2:]:
                if row.sent(column.name):
                    row.wrong(column.name, "found something beside none; write another kind, or nothing")
            found.setdefault(member_id, [])
            continue
        known = _known_coverage(row)
        if row.good:
            found[member_id].append(known)
            spans[member_id, known.payer_id, known.kind].append((known.span, row.line))
    for member_id, row in nothing.items():
        if found[member_id]:
            row.wrong("kind", "found none beside other rows of the member; write one of the two")
    for stretches in spans.values():
        table.refuse_overlaps(stretches)
    _refuse_unknown(rows, known_members)
    table.finish()
    return {member_id: tuple(known) for member_id, known in found.items()}


def _refuse_unknown(
    rows: Sequence[tuple[str, Row]], known_members: Callable[[Collection[str]], Collection[str]]
) -> None:
    """Note the rows of members who are not on file."""
    known = set(known_members({member_id for member_id, _ in rows}))
    for member_id, row in rows:
        if member_id and member_id not in known:
            row.wrong("member_id", "found no such member on file; load the members first, or write a member's number")


def _known_coverage(row: Row) -> KnownCoverage:
    kinds = [*(kind.value for kind in CoverageKind), _NO_COVERAGE]
    kind = CoverageKind(row.one_of("kind", kinds, CoverageKind.GROUP.value))
    payer_id = row.text("payer_id")
    if bool(payer_id) == (kind is CoverageKind.OURS):
        row.wrong(
            "payer_id", "found a payer of ours, write nothing" if payer_id else "found nothing, write the payer's id"
        )
    parents = row.one_of("parents", [parents.value for parents in Parents])
    holder = row.one_of("holder", [holder.value for holder in Holder])
    reason = row.one_of("medicare_reason", [reason.value for reason in MedicareReason])
    diagnoses = tuple(plain_diagnosis(text) for text in row.text("diagnoses").split())
    if not all(DIAGNOSIS.match(code.ljust(3, "0")) for code in diagnoses):
        row.wrong("diagnoses", "found something else, write diagnoses or their beginnings, such as S93.4 M54")
    return KnownCoverage(
        kind=kind,
        span=row.span(),
        payer_id=payer_id,
        payer_name=row.text("payer_name"),
        coordinates=row.one_of("coordinates", ("no",)) != "no",
        dependent=_yes_or_no(row, "dependent"),
        holder_born_on=_day_if_sent(row, "holder_birth_date"),
        parents=Parents(parents) if parents else None,
        holder=Holder(holder) if holder else None,
        decreed=row.one_of("decreed", ("yes",)) == "yes",
        active=_yes_or_no(row, "active"),
        asks_for_activity=row.one_of("asks_for_activity", ("no",)) != "no",
        continuation=_yes_or_no(row, "continuation"),
        covered_since=_day_if_sent(row, "covered_since"),
        employees=row.count("employees"),
        medicare_reason=MedicareReason(reason) if reason else None,
        eligible_on=_day_if_sent(row, "medicare_eligible_on"),
        medicare_parts=row.matching("medicare_parts", _is_parts, "letters of A, B, C and D, such as AB, or nothing"),
        diagnoses=diagnoses,
        claimed_on=_day_if_sent(row, "claimed_on"),
        verified_on=_day_if_sent(row, "verified_on"),
        asked_on=_day_if_sent(row, "asked_on"),
    )


def _yes_or_no(row: Row, column: str) -> bool | None:
    """What a column says; None where it says nothing."""
    found = row.one_of(column, ("yes", "no"))
    return found == "yes" if found else None


def _is_parts(text: str) -> bool:
    return set(text) <= set("ABCD")


def _is_relationship(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalnum()


def read_accumulators(path: Path) -> list[tuple[OutsideAmount, int]]:
    """The amounts of a file that other systems counted, each with its line, in the file's order.

    Raises:
        FileMistakes: anything in it is wrong.
    """
    table = Table(path, ACCUMULATORS)
    found = [
        (
            OutsideAmount(
                source=row.matching("source", _SOURCE.fullmatch, "small letters, digits and hyphens, such as pharmacy"),
                source_id=row.text("source_id"),
                member_id=row.text("member_id"),
                served_on=row.day("served_on"),
                accumulator=row.one_of("accumulator", (DEDUCTIBLE, OUT_OF_POCKET, COPAYS)),
                tier=row.one_of("tier", ("in_network", "out_of_network")),
                amount_cents=row.signed_cents("amount"),
                alone=_yes_or_no(row, "alone") or False,
            ),
            row.line,
        )
        for row in table.rows()
    ]
    table.finish()
    return found
