"""The claims that were sent and everything that was decided about them: the verbs of submitting and reading.

Every verb works on a whole batch in a fixed number of statements.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from adjudicator.model.case import Case, HistoryLine
from adjudicator.model.decision import Disposition
from adjudicator.model.principal import BillingGrant
from adjudicator.review import Task
from adjudicator.store.database import BulkInsert, among, draw
from adjudicator.store.records import (
    ClaimFilter,
    ClaimRecord,
    DecisionKey,
    NewDecision,
    decode_case,
    decode_decision,
    decode_history_keys,
    decode_lines,
    encode_case,
    encode_decision,
    encode_lines,
)
from adjudicator.store.tables import LATEST, accumulator_entries, claims, decided_lines, decisions, requests
from adjudicator.store.tasks import add_tasks, move_tasks

RequestKey = tuple[str, str]
"""Submitter and request id."""


class GivenAnswer(msgspec.Struct, frozen=True):
    """What was answered to a request."""

    content_digest: str
    record: ClaimRecord


class StoredCase(msgspec.Struct, frozen=True):
    """One stored decision, for a replay."""

    sequence: int
    """Its place in the total order of decisions."""
    claim_id: str
    decision_number: int
    policy_digest: str
    case: Case
    decision_text: str
    """The decision as it is stored, not read: it may be damaged, and a replay is what finds that."""


_RECORD = (
    claims.c.claim_id,
    claims.c.request_id,
    claims.c.submitter,
    decisions.c.number,
    decisions.c.policy_digest,
    decisions.c.engine_version,
    decisions.c.history_keys,
    decisions.c.case_json,
    decisions.c.decision_json,
)
_REQUESTS = (
    sa.select(requests.c.submitter, requests.c.request_id, requests.c.content_digest, claims.c.claim_id)
    .join_from(requests, claims, claims.c.arrival == requests.c.arrival)
    .where(among(requests.c.submitter, "submitters"), among(requests.c.request_id, "request_ids"))
)
_CLAIMS = sa.select(*_RECORD).join_from(claims, decisions, LATEST).where(among(claims.c.claim_id, "ids"))
_DECIDED_CLAIMS = (
    sa.select(*_RECORD)
    .join_from(claims, decisions, LATEST)
    .join(decided_lines, decided_lines.c.sequence == decisions.c.sequence)
    .where(
        among(claims.c.member_id, "ids"),
        claims.c.disposition.in_([disposition.value for disposition in Disposition if disposition.is_final]),
        decided_lines.c.through_date >= sa.bindparam("since"),
        claims.c.taken_back.is_distinct_from(claims.c.latest),
    )
    .order_by(claims.c.arrival)
)
_STORED_CASES = (
    sa.select(decisions.c.sequence, *_RECORD)
    .join_from(decisions, claims, decisions.c.arrival == claims.c.arrival)
    .where(decisions.c.sequence > sa.bindparam("after"))
    .order_by(decisions.c.sequence)
    .limit(sa.bindparam("limit"))
)
_HISTORY = (
    sa.select(claims.c.claim_id, decisions.c.number, decided_lines.c.lines_json)
    .join_from(claims, decisions, decisions.c.arrival == claims.c.arrival)
    .join(decided_lines, decided_lines.c.sequence == decisions.c.sequence)
    .where(among(claims.c.claim_id, "ids"))
)
_TAKE_BACK = claims.update().where(claims.c.claim_id == sa.bindparam("taken")).values(taken_back=claims.c.latest)
_ARRIVALS = sa.select(claims.c.claim_id, claims.c.arrival).where(among(claims.c.claim_id, "ids"))
_own = claims.alias("own")
_ARRIVED_AFTER = (
    sa.select(claims.c.claim_id)
    .join_from(claims, _own, claims.c.arrival > _own.c.arrival)
    .where(_own.c.claim_id == sa.bindparam("claim_id"), among(claims.c.claim_id, "ids"))
)

_HEAD = ("latest", "member_id", "family_id", "disposition", "paid_cents", "unremitted")
_CLAIM_ROWS = BulkInsert(
    claims,
    "arrival",
    "claim_id",
    "submitter",
    "request_id",
    "billing_tax_id",
    "billing_npi",
    "rendering_npi",
    "patient_control_number",
    "received_on",
    *_HEAD,
)
_REQUEST_ROWS = BulkInsert(requests, "submitter", "request_id", "content_digest", "arrival")
_DECISION_ROWS = BulkInsert(
    decisions,
    "sequence",
    "arrival",
    "number",
    "policy_digest",
    "engine_version",
    "decided_on",
    "actor",
    "disposition",
    "paid_cents",
    "history_keys",
    "case_json",
    "decision_json",
)
_LINES_ROWS = BulkInsert(decided_lines, "sequence", "through_date", "lines_json")
_ENTRY_ROWS = BulkInsert(
    accumulator_entries, "owner", "period_start", "accumulator", "tier", "plan", "sequence", "amount_cents"
)
_MOVE_CLAIM = sa.update(claims).where(claims.c.arrival == sa.bindparam("of_arrival"))


def answers_given(connection: sa.Connection, keys: Collection[RequestKey]) -> dict[RequestKey, GivenAnswer]:
    """Which requests have been answered before, with the claims as they stand now."""
    asked = set(keys)
    parameters = {
        "submitters": sorted({key[0] for key in asked}),
        "request_ids": [request_id for _, request_id in asked],
    }
    given = {
        (submitter, request_id): (content_digest, claim_id)
        for submitter, request_id, content_digest, claim_id in connection.execute(_REQUESTS, parameters)
        if (submitter, request_id) in asked
    }
    records = claims_by_id(connection, [claim_id for _, claim_id in given.values()])
    return {key: GivenAnswer(digest, records[claim_id]) for key, (digest, claim_id) in given.items()}


def record(connection: sa.Connection, decided: Sequence[NewDecision]) -> None:
    """Add decisions with all that they move: new claims, lines, accumulator entries, tasks, the claims' heads.

    Raises:
        sqlalchemy.exc.IntegrityError: a request or decision is there already, or its policy set is not archived.
    """
    if not decided:
        return
    placed = list(zip(draw(connection, decisions.c.sequence, len(decided)), decided, strict=True))
    first = [(sequence, new) for sequence, new in placed if new.record.decision_number == 1]
    later = [(sequence, new) for sequence, new in placed if new.record.decision_number > 1]
    arrivals = _arrivals(connection, [new.record.claim_id for _, new in later])
    arrivals |= {new.record.claim_id: sequence for sequence, new in first}
    _CLAIM_ROWS.add(connection, [_claim_row(new, sequence) for sequence, new in first])
    _REQUEST_ROWS.add(connection, [_request_row(new, sequence) for sequence, new in first])
    _REQUEST_ROWS.add(
        connection,
        [(*new.request, new.content_digest, arrivals[new.record.claim_id]) for _, new in later if new.request],
    )
    if later:
        moved = [dict(zip(_HEAD, _head_row(new, sequence), strict=True)) for sequence, new in later]
        keys = [{"of_arrival": arrivals[new.record.claim_id]} for _, new in later]
        connection.execute(_MOVE_CLAIM, [head | key for head, key in zip(moved, keys, strict=True)])
    _DECISION_ROWS.add(
        connection, [_decision_row(new, sequence, arrivals[new.record.claim_id]) for sequence, new in placed]
    )
    _LINES_ROWS.add(
        connection,
        [
            (sequence, new.decided_lines.through_date, encode_lines(new.decided_lines.lines))
            for sequence, new in placed
            if new.decided_lines
        ],
    )
    _ENTRY_ROWS.add(connection, [row for sequence, new in placed for row in _entry_rows(new, sequence)])
    add_tasks(connection, [task for new in decided for task in new.tasks if _is_new(task, new)])
    move_tasks(connection, [task for _, new in later for task in new.tasks if not _is_new(task, new)])


def claims_by_id(connection: sa.Connection, claim_ids: Collection[str]) -> dict[str, ClaimRecord]:
    """Claims with their latest decisions, by claim number; those that we do not hold are left out."""
    if not claim_ids:
        return {}
    rows = connection.execute(_CLAIMS, {"ids": list(claim_ids)}).all()
    return {row.claim_id: found for row, found in zip(rows, _records(connection, rows), strict=True)}


def decided_claims_of(connection: sa.Connection, member_ids: Collection[str], since: dt.date) -> list[ClaimRecord]:
    """The members' claims whose latest decision is final and not taken back, and whose last day of service is a day or later.

    In order of arrival.
    """
    rows = connection.execute(_DECIDED_CLAIMS, {"ids": sorted(member_ids), "since": since}).all()
    return _records(connection, rows)


def note_taken_back(connection: sa.Connection, claim_id: str) -> None:
    """Write down that a claim's latest decision was taken back; one that follows it is not."""
    connection.execute(_TAKE_BACK, {"taken": claim_id})


def arrived_after(connection: sa.Connection, claim_id: str, others: Collection[str]) -> set[str]:
    """Which of several claims arrived after a claim."""
    return set(connection.execute(_ARRIVED_AFTER, {"claim_id": claim_id, "ids": list(others)}).scalars())


def claims_page(
    connection: sa.Connection,
    wanted: ClaimFilter,
    billing: Collection[BillingGrant] | None,
    before: int | None,
    limit: int,
) -> list[tuple[int, ClaimRecord]]:
    """Claims with their latest decisions, the latest arrival first, each with its place in the order of arrival.

    Args:
        connection: the transaction.
        wanted: which claims.
        billing: only claims of these billing providers; None for all.
        before: only claims that arrived before this place; None from the end.
        limit: how many at most.
    """
    narrowed = _narrowed(wanted, before).order_by(claims.c.arrival.desc()).limit(limit)
    # One look into the index for each provider: together they would sort all claims that the caller may see.
    lists = [narrowed] if billing is None else [_of(narrowed, grant) for grant in billing]
    places = [place for listed in lists for place in connection.execute(listed).scalars()]
    latest = sorted(places, reverse=True)[:limit]
    page = (
        sa.select(claims.c.arrival, *_RECORD).join_from(claims, decisions, LATEST).where(claims.c.arrival.in_(latest))
    )
    rows = connection.execute(page.order_by(claims.c.arrival.desc())).all()
    return [(row.arrival, found) for row, found in zip(rows, _records(connection, rows), strict=True)]


def stored_cases(connection: sa.Connection, after: int, limit: int) -> list[StoredCase]:
    """Decisions in their total order, each with its case, from behind a place in that order."""
    rows = connection.execute(_STORED_CASES, {"after": after, "limit": limit}).all()
    return [
        StoredCase(
            sequence=row.sequence,
            claim_id=row.claim_id,
            decision_number=row.number,
            policy_digest=row.policy_digest,
            case=case,
            decision_text=row.decision_json,
        )
        for row, case in zip(rows, _cases(connection, rows), strict=True)
    ]


def count_decisions(connection: sa.Connection) -> int:
    """How many decisions are stored."""
    return connection.execute(sa.select(sa.func.count()).select_from(decisions)).scalar_one()


def _records(connection: sa.Connection, rows: Sequence[Any]) -> list[ClaimRecord]:
    return [
        ClaimRecord(
            claim_id=row.claim_id,
            request_id=row.request_id,
            submitter=row.submitter,
            decision_number=row.number,
            policy_digest=row.policy_digest,
            engine_version=row.engine_version,
            case=case,
            decision=decode_decision(row.decision_json),
        )
        for row, case in zip(rows, _cases(connection, rows), strict=True)
    ]


def _cases(connection: sa.Connection, rows: Sequence[Any]) -> list[Case]:
    """The cases of decisions, each with its history."""
    keys = [decode_history_keys(row.history_keys) for row in rows]
    decided = _decided(connection, {(claim_id, number) for of_row in keys for claim_id, number, _ in of_row})
    return [decode_case(row.case_json, of_row, decided) for row, of_row in zip(rows, keys, strict=True)]


def _decided(connection: sa.Connection, keys: Collection[DecisionKey]) -> Mapping[DecisionKey, tuple[HistoryLine, ...]]:
    if not keys:
        return {}
    rows = connection.execute(_HISTORY, {"ids": sorted({claim_id for claim_id, _ in keys})})
    return {(claim_id, number): decode_lines(lines) for claim_id, number, lines in rows if (claim_id, number) in keys}


def _narrowed(wanted: ClaimFilter, before: int | None) -> sa.Select[tuple[int]]:
    """The places of the claims that a filter lets through."""
    statement = sa.select(claims.c.arrival)
    if before is not None:
        statement = statement.where(claims.c.arrival < before)
    if wanted.patient_control_number:
        statement = statement.where(claims.c.patient_control_number == wanted.patient_control_number)
    if wanted.member_id:
        statement = statement.where(claims.c.member_id == wanted.member_id)
    if wanted.billing_npi:
        statement = statement.where(claims.c.billing_npi == wanted.billing_npi)
    if wanted.dispositions:
        statement = statement.where(
            claims.c.disposition.in_([disposition.value for disposition in wanted.dispositions])
        )
    if wanted.received_from:
        statement = statement.where(claims.c.received_on >= wanted.received_from)
    if wanted.received_through:
        statement = statement.where(claims.c.received_on <= wanted.received_through)
    return statement


def _of(statement: sa.Select[tuple[int]], grant: BillingGrant) -> sa.Select[tuple[int]]:
    return statement.where(claims.c.billing_tax_id == grant.tax_id, claims.c.billing_npi == grant.npi)


def _arrivals(connection: sa.Connection, claim_ids: Collection[str]) -> dict[str, int]:
    if not claim_ids:
        return {}
    return {row.claim_id: row.arrival for row in connection.execute(_ARRIVALS, {"ids": list(claim_ids)})}


def _is_new(task: Task, new: NewDecision) -> bool:
    return task.decision_number == new.record.decision_number


def _claim_row(new: NewDecision, arrival: int) -> tuple[object, ...]:
    claim = new.record.case.claim
    return (
        arrival,
        new.record.claim_id,
        new.record.submitter,
        new.record.request_id,
        claim.billing.tax_id,
        claim.billing.npi,
        claim.lines[0].rendering.npi if claim.lines else "",
        claim.patient_control_number,
        new.record.case.received_on,
        *_head_row(new, arrival),
    )


def _head_row(new: NewDecision, sequence: int) -> tuple[object, ...]:
    """What a decision changes in the claim's head."""
    member, decision = new.record.case.member, new.record.decision
    return (
        sequence,
        member.member_id if member else new.record.case.claim.subscriber.member_id,
        member.family_id if member else "",
        decision.disposition.value,
        decision.paid_cents,
        decision.disposition.is_final,
    )


def _request_row(new: NewDecision, arrival: int) -> tuple[object, ...]:
    return (new.record.submitter, new.record.request_id, new.content_digest, arrival)


def _decision_row(new: NewDecision, sequence: int, arrival: int) -> tuple[object, ...]:
    case, history_keys = encode_case(new.record.case)
    return (
        sequence,
        arrival,
        new.record.decision_number,
        new.record.policy_digest,
        new.record.engine_version,
        new.record.case.decided_on,
        new.actor,
        new.record.decision.disposition.value,
        new.record.decision.paid_cents,
        history_keys,
        case,
        encode_decision(new.record.decision),
    )


def _entry_rows(new: NewDecision, sequence: int) -> Iterable[tuple[object, ...]]:
    """One row for each accumulator that a decision moves under a plan, whatever the number of its lines."""
    moved: dict[tuple[str, dt.date, str, str, str], int] = defaultdict(int)
    for entry in new.record.decision.entries:
        moved[entry.owner, entry.period_start, entry.accumulator, entry.tier, entry.plan] += entry.amount_cents
    return ((*accumulator, sequence, amount_cents) for accumulator, amount_cents in moved.items())
