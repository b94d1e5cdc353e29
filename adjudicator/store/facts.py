"""Loads what the decisions of a whole batch of claims depend on, in a fixed number of statements."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from adjudicator.model.case import (
    NO_TERMS,
    Authorization,
    Balance,
    Coverage,
    CoverageTerms,
    Elsewhere,
    Member,
    OriginalClaim,
    Participation,
    ProviderRecord,
    members_named,
)
from adjudicator.model.claim import Claim, Sex
from adjudicator.model.dates import Span
from adjudicator.model.other_coverage import KnownCoverage
from adjudicator.store.database import among, lock, lock_free, locks
from adjudicator.store.records import DecidedLines, decode_lines
from adjudicator.store.tables import (
    accumulator_entries,
    authorizations,
    claims,
    coverages,
    decided_lines,
    members,
    other_coverages,
    outside_entries,
    participations,
    providers,
)


class KnownClaim(msgspec.Struct, frozen=True):
    """An earlier claim that a claim names, and whose it is."""

    original: OriginalClaim
    billing_tax_id: str
    billing_npi: str


class Facts(msgspec.Struct, frozen=True):
    """What we hold about the people and providers of some claims; where we hold nothing, there is no key."""

    families: Mapping[str, tuple[Member, ...]]
    """By member number as sent: everybody who shares that member's family."""
    coverage: Mapping[str, Sequence[Coverage]]
    """By member: of patients, and of the holders of member numbers whose patient is not on file."""
    authorizations: Mapping[str, Sequence[Authorization]]
    """By member."""
    other_coverage: Mapping[str, tuple[KnownCoverage, ...]]
    """By member."""
    history: Mapping[str, Sequence[DecidedLines]]
    """By member: the latest decisions of claims that were not rejected, in order of the claims' arrival."""
    participations: Mapping[tuple[str, str], Sequence[Participation]]
    """By tax id and NPI."""
    facility_participations: Mapping[str, Sequence[Participation]]
    """By NPI, of the facilities that the claims name."""
    providers: Mapping[str, ProviderRecord]
    """By NPI, of everybody whom the claims name."""
    balances: Mapping[str, Sequence[Balance]]
    """By owner."""
    originals: Mapping[str, KnownClaim]
    """By claim number as sent."""


_named = members.alias("named")
_FAMILIES = (
    sa.select(members)
    .where(members.c.family_id.in_(sa.select(_named.c.family_id).where(among(_named.c.member_id, "ids"))))
    .order_by(members.c.family_id, members.c.member_id)
)
_FAMILY_OF = sa.select(members.c.member_id, members.c.family_id).where(among(members.c.member_id, "ids"))
_COVERAGES = (
    sa.select(
        coverages.c.member_id,
        coverages.c.plan,
        coverages.c.effective,
        coverages.c.ends,
        coverages.c.recorded_on,
        coverages.c.terms_json,
    )
    .where(among(coverages.c.member_id, "ids"))
    .order_by(coverages.c.member_id, coverages.c.effective, coverages.c.plan)
)
_AUTHORIZATIONS = (
    sa.select(authorizations.c.member_id, authorizations.c.authorization_json)
    .where(among(authorizations.c.member_id, "ids"))
    .order_by(authorizations.c.number)
)
_OTHER_COVERAGES = (
    sa.select(other_coverages.c.member_id, other_coverages.c.coverage_json)
    .where(among(other_coverages.c.member_id, "ids"))
    .order_by(*other_coverages.primary_key)
)
_PARTICIPATIONS = (
    sa.select(participations)
    .where(among(participations.c.tax_id, "tax_ids") | among(participations.c.npi, "npis"))
    .order_by(*participations.primary_key)
)
_PROVIDERS = sa.select(providers.c.provider_json).where(among(providers.c.npi, "npis"))


def _entries_of(table: sa.Table) -> sa.Select[tuple[str, str, str, dt.date, str, int]]:
    entry = table.c
    return sa.select(
        entry.owner, entry.accumulator, entry.tier, entry.period_start, entry.plan, entry.amount_cents
    ).where(among(entry.owner, "owners"), entry.period_start > sa.bindparam("periods_after"))


_entry = sa.union_all(_entries_of(accumulator_entries), _entries_of(outside_entries)).subquery().c
_BALANCES = sa.select(
    _entry.owner,
    _entry.accumulator,
    _entry.tier,
    _entry.period_start,
    _entry.plan,
    sa.func.sum(_entry.amount_cents).label("used_cents"),
).group_by(_entry.owner, _entry.period_start, _entry.accumulator, _entry.tier, _entry.plan)
_HISTORY = (
    sa.select(
        claims.c.member_id,
        decided_lines.c.through_date,
        decided_lines.c.lines_json,
        sa.func.coalesce(claims.c.taken_back == claims.c.latest, sa.false()).label("taken_back"),
    )
    .join_from(claims, decided_lines, decided_lines.c.sequence == claims.c.latest)
    .where(among(claims.c.member_id, "ids"), decided_lines.c.through_date > sa.bindparam("history_after"))
    .order_by(claims.c.arrival)
)
_ORIGINALS = sa.select(claims.c.claim_id, claims.c.disposition, claims.c.billing_tax_id, claims.c.billing_npi).where(
    among(claims.c.claim_id, "ids")
)

_ONE_DAY = dt.timedelta(days=1)
_SECOND_DAY = dt.date.min + _ONE_DAY
_AUTHORIZATION = msgspec.json.Decoder(Authorization)
_OTHER_COVERAGE = msgspec.json.Decoder(KnownCoverage)
_CUSTODY = msgspec.json.Decoder(tuple[Span, ...])
_ELSEWHERE = msgspec.json.Decoder(tuple[Elsewhere, ...])
_TERMS = msgspec.json.Decoder(CoverageTerms)
_PROVIDER = msgspec.json.Decoder(ProviderRecord)
_SEX = {sex.value: sex for sex in Sex}


def facts_for(
    connection: sa.Connection,
    batch: Sequence[Claim],
    history_after: dt.date,
    periods_after: dt.date,
    plans_that_count_people: Collection[str] = (),
) -> Facts:
    """Load the facts of a batch of claims.

    Args:
        connection: the transaction; a writing one, if the claims are to be decided for good.
        batch: the claims.
        history_after: earlier claims whose last day of service is this day or before are left out, unless an approval on file
            has begun by then.
        periods_after: accumulation periods that began on this day or before are left out.
        plans_that_count_people: the plans under which the balances of every person of a family are loaded.
    """
    families = _families(connection, {claim.subscriber.member_id for claim in batch})
    # What a claim finds used of its family's limits must still stand when it has taken its part.
    lock(connection, {_lock_of(member.family_id) for family in families.values() for member in family})
    patients: dict[str, Member] = {}
    subscribers: set[str] = set()
    for claim in batch:
        named = members_named(claim, families.get(claim.subscriber.member_id, ()))
        if len(named) == 1:
            patients[named[0].member_id] = named[0]
        elif not named:
            subscribers.add(claim.subscriber.member_id)
    facilities = {npi for claim in batch for npi in facilities_of(claim)}
    billing = {(claim.billing.tax_id, claim.billing.npi) for claim in batch}
    participating, at_facilities = _participations_of(connection, billing, facilities)
    ids = sorted(patients)
    owners = {f"member:{member.member_id}" for member in patients.values()}
    owners |= {f"family:{member.family_id}" for member in patients.values()}

    coverage = coverage_of(connection, subscribers | patients.keys())
    for number, family in families.items():
        if any(
            each.plan in plans_that_count_people for member in family for each in coverage.get(member.member_id, ())
        ):
            owners |= {f"member:{member.member_id}" for member in families[number]}
    authorized: dict[str, list[Authorization]] = defaultdict(list)
    for member_id, content in connection.execute(_AUTHORIZATIONS, {"ids": ids}):
        authorized[member_id].append(_AUTHORIZATION.decode(content))
    approved = (approval.span.effective for approvals in authorized.values() for approval in approvals)
    history_after = min([history_after, *(max(day, _SECOND_DAY) - _ONE_DAY for day in approved)])
    history: dict[str, list[DecidedLines]] = defaultdict(list)
    for member_id, through_date, lines, taken_back in connection.execute(
        _HISTORY, {"ids": ids, "history_after": history_after}
    ):
        history[member_id].append(DecidedLines(through_date, decode_lines(lines), bool(taken_back)))
    balances: dict[str, list[Balance]] = defaultdict(list)
    for owner, accumulator, tier, period_start, plan, used_cents in connection.execute(
        _BALANCES, {"owners": sorted(owners), "periods_after": periods_after}
    ):
        balances[owner].append(
            Balance(
                owner=owner,
                accumulator=accumulator,
                tier=tier,
                period_start=period_start,
                used_cents=int(used_cents),
                plan=plan,
            )
        )
    return Facts(
        families=families,
        coverage=coverage,
        authorizations=authorized,
        other_coverage=other_coverage_of(connection, ids),
        history=history,
        participations=participating,
        facility_participations=at_facilities,
        providers=_providers(connection, {provider.npi for claim in batch for provider in claim.parties()}),
        balances=balances,
        originals=_originals(connection, {claim.original_claim_id for claim in batch if claim.original_claim_id}),
    )


def free_to_decide(connection: sa.Connection, batch: Sequence[Claim]) -> list[bool]:
    """Which claims of a batch can be decided now, since no other transaction decides about their families; these are locked.

    All claims of one family are free, or none. The transaction must be a writing one.
    """
    if not locks(connection):
        return [True] * len(batch)
    numbers = sorted({claim.subscriber.member_id for claim in batch})
    names = {
        member_id: _lock_of(family_id) for member_id, family_id in connection.execute(_FAMILY_OF, {"ids": numbers})
    }
    held = lock_free(connection, names.values())
    return [names.get(claim.subscriber.member_id) not in held for claim in batch]


def _lock_of(family_id: str) -> str:
    return f"family:{family_id}"


def coverage_of(connection: sa.Connection, member_ids: Collection[str]) -> dict[str, list[Coverage]]:
    """Members' coverage by us, by member; who has none is left out."""
    coverage: dict[str, list[Coverage]] = defaultdict(list)
    for member_id, plan, effective, ends, recorded_on, terms in connection.execute(
        _COVERAGES, {"ids": sorted(member_ids)}
    ):
        coverage[member_id].append(
            Coverage(
                plan=plan,
                span=Span(effective, ends),
                recorded_on=recorded_on,
                terms=_TERMS.decode(terms) if terms else NO_TERMS,
            )
        )
    return dict(coverage)


def other_coverage_of(connection: sa.Connection, member_ids: Collection[str]) -> dict[str, tuple[KnownCoverage, ...]]:
    """What is known of members' coverages for the order of payers, by member; whose nothing is known is left out."""
    found: dict[str, list[KnownCoverage]] = defaultdict(list)
    for member_id, content in connection.execute(_OTHER_COVERAGES, {"ids": sorted(member_ids)}):
        found[member_id].append(_OTHER_COVERAGE.decode(content))
    return {member_id: tuple(known) for member_id, known in found.items()}


def _families(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, tuple[Member, ...]]:
    numbers = sorted(numbers)
    by_family: dict[str, list[Member]] = defaultdict(list)
    family_of: dict[str, str] = {}
    for (
        member_id,
        family_id,
        last_name,
        first_name,
        birth_date,
        sex,
        relationship,
        deceased_on,
        custody,
        elsewhere,
        identity_theft_on,
    ) in connection.execute(_FAMILIES, {"ids": numbers}):
        by_family[family_id].append(
            Member(
                member_id=member_id,
                family_id=family_id,
                last_name=last_name,
                first_name=first_name,
                birth_date=birth_date,
                sex=_SEX[sex],
                relationship=relationship,
                deceased_on=deceased_on,
                custody=_CUSTODY.decode(custody) if custody else (),
                elsewhere=_ELSEWHERE.decode(elsewhere) if elsewhere else (),
                identity_theft_on=identity_theft_on,
            )
        )
        family_of[member_id] = family_id
    return {number: tuple(by_family[family_of[number]]) for number in numbers if number in family_of}


def _providers(connection: sa.Connection, npis: Iterable[str]) -> dict[str, ProviderRecord]:
    found = (
        _PROVIDER.decode(content)
        for content in connection.execute(_PROVIDERS, {"npis": sorted(filter(None, npis))}).scalars()
    )
    return {record.npi: record for record in found}


def _participations_of(
    connection: sa.Connection, billing: Iterable[tuple[str, str]], facilities: Collection[str]
) -> tuple[dict[tuple[str, str], list[Participation]], dict[str, list[Participation]]]:
    """The contracts of each billing provider, and those of each facility by its NPI.

    Of a billing provider that has none there is one that shares its tax id or its NPI, if any does.
    """
    billing = sorted(billing)
    npis = sorted({npi for _, npi in billing} | set(facilities))
    parameters = {"tax_ids": [tax_id for tax_id, _ in billing], "npis": npis}
    at_facilities: dict[str, list[Participation]] = defaultdict(list)
    found: dict[tuple[str, str], list[Participation]] = defaultdict(list)
    near: dict[str, Participation] = {}
    for tax_id, npi, product, effective, ends, contract in connection.execute(_PARTICIPATIONS, parameters):
        known = Participation(tax_id=tax_id, npi=npi, product=product, contract=contract, span=Span(effective, ends))
        found[tax_id, npi].append(known)
        near.setdefault(tax_id, known)
        near.setdefault(npi, known)
        if npi in facilities:
            at_facilities[npi].append(known)
    for tax_id, npi in billing:
        alike = near.get(tax_id) or near.get(npi)
        if (tax_id, npi) not in found and alike is not None:
            found[tax_id, npi].append(alike)
    return found, at_facilities


def facilities_of(claim: Claim) -> Iterator[str]:
    """The NPIs of the facilities that a claim names as where care was given, other than who bills, each once."""
    named = dict.fromkeys(line.service_facility.npi for line in claim.lines)
    return (npi for npi in named if npi not in ("", claim.billing.npi))


def _originals(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, KnownClaim]:
    numbers = sorted(numbers)
    if not numbers:
        return {}
    return {
        claim_id: KnownClaim(OriginalClaim(claim_id=claim_id, disposition=disposition), tax_id, npi)
        for claim_id, disposition, tax_id, npi in connection.execute(_ORIGINALS, {"ids": numbers})
    }
