"""What the payer's own files say today: members and their coverage, ours and others', providers and their contracts, prior
authorizations.

Loading a file again with the same rows changes nothing. What a decision saw of these facts is kept with its case, so
later files never change the past.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from adjudicator.model.case import NO_TERMS, Authorization, Coverage, Member, Participation, ProviderRecord
from adjudicator.model.other_coverage import KnownCoverage
from adjudicator.store.database import among
from adjudicator.store.tables import authorizations, coverages, members, other_coverages, participations, providers

_KNOWN_MEMBERS = sa.select(members.c.member_id).where(among(members.c.member_id, "ids"))
_CHANGE_MEMBER = sa.update(members).where(members.c.member_id == sa.bindparam("id"))
_FORGET_COVERAGES = sa.delete(coverages).where(among(coverages.c.member_id, "ids"))
_FORGET_PARTICIPATIONS = sa.delete(participations).where(
    participations.c.tax_id == sa.bindparam("of_tax_id"), participations.c.npi == sa.bindparam("of_npi")
)
_FORGET_PROVIDERS = sa.delete(providers).where(among(providers.c.npi, "npis"))
_FORGET_OTHER_COVERAGES = sa.delete(other_coverages).where(among(other_coverages.c.member_id, "ids"))
_FORGET_AUTHORIZATIONS = sa.delete(authorizations).where(among(authorizations.c.number, "numbers"))


def load_members(connection: sa.Connection, rows: Iterable[tuple[Member, Sequence[Coverage]]]) -> int:
    """Add or change members; each row's coverages replace all that the member had. Returns how many members."""
    by_id = {member.member_id: (member, coverage) for member, coverage in rows}
    ids = list(by_id)
    known = set(connection.execute(_KNOWN_MEMBERS, {"ids": ids}).scalars())
    connection.execute(_FORGET_COVERAGES, {"ids": ids})
    changed = [_member_row(member) for member, _ in by_id.values() if member.member_id in known]
    new = [_member_row(member) for member, _ in by_id.values() if member.member_id not in known]
    spans = [
        {
            "member_id": member.member_id,
            "plan": coverage.plan,
            "effective": coverage.span.effective,
            "ends": coverage.span.ends,
            "recorded_on": coverage.recorded_on,
            "terms_json": msgspec.json.encode(coverage.terms).decode() if coverage.terms != NO_TERMS else None,
        }
        for member, covered in by_id.values()
        for coverage in covered
    ]
    if changed:
        connection.execute(_CHANGE_MEMBER, [{"id": row["member_id"], **row} for row in changed])
    if new:
        connection.execute(sa.insert(members), new)
    if spans:
        connection.execute(sa.insert(coverages), spans)
    return len(by_id)


def load_participations(connection: sa.Connection, rows: Iterable[Participation]) -> int:
    """Add provider contracts; they replace all that each billing provider named in the rows had. Returns how many."""
    spans = [
        {
            "tax_id": row.tax_id,
            "npi": row.npi,
            "product": row.product,
            "contract": row.contract,
            "effective": row.span.effective,
            "ends": row.span.ends,
        }
        for row in rows
    ]
    if spans:
        billing = {(row["tax_id"], row["npi"]) for row in spans}
        connection.execute(_FORGET_PARTICIPATIONS, [{"of_tax_id": tax_id, "of_npi": npi} for tax_id, npi in billing])
        connection.execute(sa.insert(participations), spans)
    return len(spans)


def load_providers(connection: sa.Connection, rows: Iterable[ProviderRecord]) -> int:
    """Add or change provider records; each replaces all that was known of its NPI. Returns how many."""
    by_npi = {record.npi: record for record in rows}
    connection.execute(_FORGET_PROVIDERS, {"npis": list(by_npi)})
    written = [{"npi": npi, "provider_json": msgspec.json.encode(record).decode()} for npi, record in by_npi.items()]
    if written:
        connection.execute(sa.insert(providers), written)
    return len(by_npi)


def load_authorizations(connection: sa.Connection, rows: Iterable[tuple[str, Authorization]]) -> int:
    """Add or change authorizations, each with its member's id. Returns how many."""
    by_number = {authorization.number: (member_id, authorization) for member_id, authorization in rows}
    connection.execute(_FORGET_AUTHORIZATIONS, {"numbers": list(by_number)})
    written = [
        {"number": number, "member_id": member_id, "authorization_json": msgspec.json.encode(authorization).decode()}
        for number, (member_id, authorization) in by_number.items()
    ]
    if written:
        connection.execute(sa.insert(authorizations), written)
    return len(by_number)


def load_other_coverage(connection: sa.Connection, rows: Mapping[str, Sequence[KnownCoverage]]) -> int:
    """Add or change what is known of members' coverages, by member; it replaces all that was known of each. Returns how many."""
    connection.execute(_FORGET_OTHER_COVERAGES, {"ids": list(rows)})
    written = [
        {
            "member_id": member_id,
            "payer_id": known.payer_id,
            "kind": known.kind.value,
            "effective": known.span.effective,
            "coverage_json": msgspec.json.encode(known).decode(),
        }
        for member_id, coverage in rows.items()
        for known in coverage
    ]
    if written:
        connection.execute(sa.insert(other_coverages), written)
    return len(rows)


def _member_row(member: Member) -> dict[str, object]:
    return {
        "member_id": member.member_id,
        "family_id": member.family_id,
        "last_name": member.last_name,
        "first_name": member.first_name,
        "birth_date": member.birth_date,
        "sex": member.sex.value,
        "relationship": member.relationship,
        "deceased_on": member.deceased_on,
        "custody_json": msgspec.json.encode(member.custody).decode() if member.custody else None,
        "elsewhere_json": msgspec.json.encode(member.elsewhere).decode() if member.elsewhere else None,
        "identity_theft_on": member.identity_theft_on,
    }
