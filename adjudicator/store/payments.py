"""Which final decisions have been paid, by which remittance: each decision once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from adjudicator.model.case import Case
from adjudicator.model.claim import Provider
from adjudicator.model.principal import BillingGrant
from adjudicator.model.remittance import Remittance, RemittedClaim
from adjudicator.store.database import among
from adjudicator.store.records import decode_decision
from adjudicator.store.tables import LATEST, claims, decisions, remittances, remitted_decisions


class RemittanceSummary(msgspec.Struct, frozen=True):
    """A remittance without its claims."""

    trace_number: str
    paid_on: dt.date
    payee: Provider
    paid_cents: int
    claim_count: int


_CASE = msgspec.json.Decoder(Case)
_PAYEE = msgspec.json.Decoder(Provider)

_AWAITED = (
    sa.select(claims.c.billing_tax_id, claims.c.billing_npi)
    .join_from(claims, decisions, LATEST)
    .where(claims.c.unremitted, decisions.c.decided_on <= sa.bindparam("decided_through"))
)
_PAYEES = _AWAITED.distinct().order_by(claims.c.billing_tax_id, claims.c.billing_npi)
_UNREMITTED = (
    _AWAITED.with_only_columns(decisions.c.number, decisions.c.case_json, decisions.c.decision_json)
    .where(claims.c.billing_tax_id == sa.bindparam("tax_id"), claims.c.billing_npi == sa.bindparam("npi"))
    .order_by(claims.c.arrival)
)
_SUMMARY = (
    remittances.c.trace_number,
    remittances.c.paid_on,
    remittances.c.payee_json,
    remittances.c.paid_cents,
    remittances.c.claim_count,
)
_PAID_ON = (
    sa.select(*_SUMMARY).where(remittances.c.paid_on == sa.bindparam("paid_on")).order_by(remittances.c.trace_number)
)
_OF_TRACES = (
    sa.select(*_SUMMARY).where(among(remittances.c.trace_number, "traces")).order_by(remittances.c.trace_number)
)
_REMITTED = (
    sa.select(remitted_decisions.c.trace_number, decisions.c.number, decisions.c.case_json, decisions.c.decision_json)
    .join_from(remitted_decisions, decisions, decisions.c.sequence == remitted_decisions.c.sequence)
    .where(among(remitted_decisions.c.trace_number, "traces"))
    .order_by(remitted_decisions.c.trace_number, remitted_decisions.c.position)
)
_SEQUENCES = (
    sa.select(claims.c.claim_id, decisions.c.number, decisions.c.sequence, claims.c.arrival)
    .join_from(claims, decisions, decisions.c.arrival == claims.c.arrival)
    .where(among(claims.c.claim_id, "ids"))
)
_WAITS = sa.select(claims.c.unremitted).where(claims.c.claim_id == sa.bindparam("claim_id"))
_SETTLE = sa.update(claims).where(claims.c.arrival == sa.bindparam("of_arrival")).values(unremitted=False)


def payees_awaiting(connection: sa.Connection, decided_through: dt.date) -> list[BillingGrant]:
    """Billing providers with final decisions on no remittance yet, made on a day or before."""
    return [
        BillingGrant(tax_id, npi) for tax_id, npi in connection.execute(_PAYEES, {"decided_through": decided_through})
    ]


def unremitted(connection: sa.Connection, payee: BillingGrant, decided_through: dt.date) -> list[RemittedClaim]:
    """A billing provider's final decisions on no remittance yet, made on a day or before, in order of arrival."""
    parameters = {"tax_id": payee.tax_id, "npi": payee.npi, "decided_through": decided_through}
    return [_remitted(row) for row in connection.execute(_UNREMITTED, parameters)]


def waits_for_payment(connection: sa.Connection, claim_id: str) -> bool:
    """Whether a claim's latest decision is final and on no remittance yet."""
    return bool(connection.execute(_WAITS, {"claim_id": claim_id}).scalar())


def record_remittances(connection: sa.Connection, paid: Sequence[Remittance], run_on: dt.date, run_by: str) -> None:
    """Add remittances; their decisions wait for none any more.

    Args:
        connection: the transaction.
        paid: the remittances.
        run_on: the day of the payment run.
        run_by: who ran it.

    Raises:
        sqlalchemy.exc.IntegrityError: a decision was remitted before, or a trace number is taken.
    """
    if not paid:
        return
    ids = [claim.decision.claim_id for remittance in paid for claim in remittance.claims]
    places = {
        (claim_id, number): (sequence, arrival)
        for claim_id, number, sequence, arrival in connection.execute(_SEQUENCES, {"ids": ids})
    }
    settled = [
        (remittance.trace_number, position, *places[claim.decision.claim_id, claim.decision_number])
        for remittance in paid
        for position, claim in enumerate(remittance.claims, start=1)
    ]
    connection.execute(
        sa.insert(remittances),
        [
            {
                "trace_number": remittance.trace_number,
                "paid_on": remittance.paid_on,
                "payee_tax_id": remittance.payee.tax_id,
                "payee_npi": remittance.payee.npi,
                "payee_json": msgspec.json.encode(remittance.payee).decode(),
                "paid_cents": remittance.paid_cents,
                "claim_count": len(remittance.claims),
                "run_on": run_on,
                "run_by": run_by,
            }
            for remittance in paid
        ],
    )
    connection.execute(
        sa.insert(remitted_decisions),
        [
            {"sequence": sequence, "trace_number": trace_number, "position": position}
            for trace_number, position, sequence, _ in settled
        ],
    )
    connection.execute(_SETTLE, [{"of_arrival": arrival} for _, _, _, arrival in settled])


def remittances_of(connection: sa.Connection, traces: Collection[str]) -> list[Remittance]:
    """Remittances with their claims, by trace number; those that we do not hold are left out."""
    return _whole(connection, connection.execute(_OF_TRACES, {"traces": list(traces)}).all())


def remittances_on(connection: sa.Connection, paid_on: dt.date) -> list[Remittance]:
    """All remittances of a day with their claims, in the order of their trace numbers."""
    return _whole(connection, connection.execute(_PAID_ON, {"paid_on": paid_on}).all())


def remittances_page(
    connection: sa.Connection,
    billing: Collection[BillingGrant] | None,
    paid_from: dt.date | None,
    paid_through: dt.date | None,
    before: tuple[dt.date, str] | None,
    limit: int,
) -> list[RemittanceSummary]:
    """Remittances without their claims, the latest first and those of a day by trace number, backwards.

    Args:
        connection: the transaction.
        billing: only to these payees; None for all.
        paid_from: not paid before this day.
        paid_through: not paid after this day.
        before: only what comes after this day and trace number in the list.
        limit: how many at most.
    """
    statement = sa.select(*_SUMMARY)
    if billing is not None:
        pairs = sorted((grant.tax_id, grant.npi) for grant in billing)
        statement = statement.where(sa.tuple_(remittances.c.payee_tax_id, remittances.c.payee_npi).in_(pairs))
    if paid_from is not None:
        statement = statement.where(remittances.c.paid_on >= paid_from)
    if paid_through is not None:
        statement = statement.where(remittances.c.paid_on <= paid_through)
    if before is not None:
        day, trace_number = before
        statement = statement.where(
            sa.or_(
                remittances.c.paid_on < day,
                sa.and_(remittances.c.paid_on == day, remittances.c.trace_number < trace_number),
            )
        )
    newest_first = statement.order_by(remittances.c.paid_on.desc(), remittances.c.trace_number.desc()).limit(limit)
    return [
        RemittanceSummary(
            trace_number=row.trace_number,
            paid_on=row.paid_on,
            payee=_PAYEE.decode(row.payee_json),
            paid_cents=row.paid_cents,
            claim_count=row.claim_count,
        )
        for row in connection.execute(newest_first)
    ]


def _whole(connection: sa.Connection, rows: Iterable[Any]) -> list[Remittance]:
    rows = list(rows)
    settled: dict[str, list[RemittedClaim]] = defaultdict(list)
    for row in connection.execute(_REMITTED, {"traces": [row.trace_number for row in rows]}):
        settled[row.trace_number].append(_remitted(row))
    return [
        Remittance(
            trace_number=row.trace_number,
            paid_on=row.paid_on,
            payee=_PAYEE.decode(row.payee_json),
            claims=tuple(settled[row.trace_number]),
        )
        for row in rows
    ]


def _remitted(row: Any) -> RemittedClaim:
    case = _CASE.decode(row.case_json)
    return RemittedClaim(
        claim=case.claim,
        received_on=case.received_on,
        decision_number=row.number,
        decision=decode_decision(row.decision_json),
    )
