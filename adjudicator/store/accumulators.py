"""The entries of accumulators as they were recorded: by decisions, by other systems, by reversals. Totals are their sums."""

import datetime as dt
from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa

from adjudicator.model.case import Coverage
from adjudicator.store.database import among
from adjudicator.store.facts import coverage_of
from adjudicator.store.tables import (
    accumulator_entries,
    claims,
    decisions,
    members,
    outside_entries,
)

CLAIM, REVERSAL = "claim", "reversal"
"""The sources of what decisions moved, and of what took them back; no other system may have these names."""


class OutsideAmount(msgspec.Struct, frozen=True):
    """What another system counted toward one limit of a member: a pharmacy's share, a credit of earlier coverage."""

    source: str
    source_id: str
    """The source's own name of the amount; the same again is the same amount."""
    member_id: str
    served_on: dt.date
    accumulator: str
    tier: str
    amount_cents: int
    """Below zero where the source takes back what it counted before."""
    alone: bool = False
    """Whether it counts in this accumulator alone: the source says itself what counts in the other tier and the next year."""


class RecordedEntry(msgspec.Struct, frozen=True):
    """One movement of one accumulator; never changed once it is recorded."""

    owner: str
    """``member:ID`` or ``family:ID``."""
    accumulator: str
    tier: str
    period_start: dt.date
    source: str
    source_id: str
    """Of a claim and of a reversal: claim number and decision number, such as ``C123/1``."""
    served_on: dt.date | None
    amount_cents: int
    recorded_on: dt.date
    plan: str = ""
    """Document and version of the plan whose limit it was taken of; empty where that is not known."""
    carried: bool = False
    """Whether it is what the plan counts of an outside amount besides: toward the other tier or the next year."""

    @property
    def key(self) -> tuple[str, str, str, dt.date]:
        """Which accumulator it moves."""
        return self.owner, self.accumulator, self.tier, self.period_start


class OnFile(msgspec.Struct, frozen=True):
    """A member as accumulators know one."""

    member_id: str
    family_id: str
    coverage: tuple[Coverage, ...]

    @property
    def owners(self) -> tuple[str, str]:
        """Whose accumulators the member moves: the member's own and the family's."""
        return f"member:{self.member_id}", f"family:{self.family_id}"


_OF_DECISIONS = (
    sa.select(
        accumulator_entries.c.owner,
        accumulator_entries.c.accumulator,
        accumulator_entries.c.tier,
        accumulator_entries.c.period_start,
        claims.c.claim_id,
        decisions.c.number,
        accumulator_entries.c.amount_cents,
        decisions.c.decided_on,
        accumulator_entries.c.plan,
    )
    .join_from(accumulator_entries, decisions, decisions.c.sequence == accumulator_entries.c.sequence)
    .join(claims, claims.c.arrival == decisions.c.arrival)
    .where(among(accumulator_entries.c.owner, "owners"))
    .order_by(accumulator_entries.c.sequence)
)
_outside = (
    outside_entries.c.owner,
    outside_entries.c.accumulator,
    outside_entries.c.tier,
    outside_entries.c.period_start,
    outside_entries.c.source,
    outside_entries.c.source_id,
    outside_entries.c.served_on,
    outside_entries.c.amount_cents,
    outside_entries.c.recorded_on,
    outside_entries.c.plan,
    outside_entries.c.carried,
)
_OF_OTHERS = sa.select(*_outside).where(among(outside_entries.c.owner, "owners"))
_NAMED = sa.select(*_outside).where(among(outside_entries.c.source_id, "source_ids"))
_MEMBERS = sa.select(members.c.member_id, members.c.family_id).where(among(members.c.member_id, "ids"))
_RELATIVES = sa.select(members.c.family_id, members.c.member_id).where(among(members.c.family_id, "families"))


def entries_of(connection: sa.Connection, owners: Collection[str]) -> list[RecordedEntry]:
    """Every entry of some owners, in the order of the days on which they were recorded."""
    asked = {"owners": sorted(owners)}
    found = [
        RecordedEntry(
            owner=owner,
            accumulator=accumulator,
            tier=tier,
            period_start=period_start,
            source=CLAIM,
            source_id=decision_name(claim_id, number),
            served_on=None,
            amount_cents=amount_cents,
            recorded_on=decided_on,
            plan=plan,
        )
        for owner, accumulator, tier, period_start, claim_id, number, amount_cents, decided_on, plan in (
            connection.execute(_OF_DECISIONS, asked)
        )
    ]
    found += (RecordedEntry(*row) for row in connection.execute(_OF_OTHERS, asked))
    return sorted(found, key=lambda entry: entry.recorded_on)


def entries_named(connection: sa.Connection, names: Collection[tuple[str, str]]) -> list[RecordedEntry]:
    """The entries of other sources by source and the source's own name, in the order of their accumulators."""
    rows = connection.execute(_NAMED, {"source_ids": sorted({source_id for _, source_id in names})})
    found = (RecordedEntry(*row) for row in rows)
    return sorted((entry for entry in found if (entry.source, entry.source_id) in names), key=lambda entry: entry.key)


def add_entries(connection: sa.Connection, entries: Sequence[RecordedEntry], recorded_by: str) -> None:
    """Record entries of other sources.

    Raises:
        sqlalchemy.exc.IntegrityError: a source has one of that name in the accumulator already.
    """
    if entries:
        rows = [msgspec.structs.asdict(entry) | {"recorded_by": recorded_by} for entry in entries]
        connection.execute(sa.insert(outside_entries), rows)


def members_on_file(connection: sa.Connection, member_ids: Collection[str]) -> dict[str, OnFile]:
    """Members with their coverage, by number; those whom we do not know are left out."""
    covered = coverage_of(connection, member_ids)
    return {
        member_id: OnFile(member_id, family_id, tuple(covered.get(member_id, ())))
        for member_id, family_id in connection.execute(_MEMBERS, {"ids": sorted(set(member_ids))})
    }


def owners_of(connection: sa.Connection, family_ids: Collection[str]) -> dict[str, set[str]]:
    """Whose accumulators there are in some families: the family's own and those of each of its members, by family."""
    found = {family_id: {f"family:{family_id}"} for family_id in family_ids}
    for family_id, member_id in connection.execute(_RELATIVES, {"families": sorted(family_ids)}):
        found[family_id].add(f"member:{member_id}")
    return found


def decision_name(claim_id: str, number: int) -> str:
    """How entries name the decision that made them."""
    return f"{claim_id}/{number}"
