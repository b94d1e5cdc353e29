"""Writes the 277CA (005010X214): for every claim that came in, whether it entered adjudication, and if not why.

Structure and codes: domain/01 section 9.2. One transaction answers one 837 transaction, whose reference (BHT03) it echoes.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from adjudicator.model.claim import Provider
from adjudicator.model.decision import Decision, Disposition
from adjudicator.policy.payer import Payer
from adjudicator.x12.claims import Headline, Origin, ReadClaim, Unreadable, headline
from adjudicator.x12.writing import Envelope, Transaction, amount, day, segment, write_interchange

VERSION = "005010X214"

_ACCEPTED = "A2:20"
_RECEIVED = "A1:19:PR"
"""What the submitter and billing provider levels say; acceptance is told claim by claim."""
_UNKNOWN = "UNKNOWN"
"""Stands where the 277CA requires a name or number that the claim did not hold."""
_UNKNOWN_DATE = dt.date(1900, 1, 1)
_COMPOSITES_IN_SEGMENT = 3
"""STC01, STC10 and STC11."""
_MAX_NAME = 60


class Acknowledgment(msgspec.Struct, frozen=True):
    """One claim's answer."""

    origin: Origin
    headline: Headline
    statuses: tuple[str, ...] = ()
    """Why it was rejected, as composites ``category:status[:entity]``; empty when it was accepted."""
    claim_id: str = ""
    """Our claim number, of an accepted claim."""

    @property
    def accepted(self) -> bool:
        """Whether the claim entered adjudication."""
        return not self.statuses


def acknowledge(read: ReadClaim, decision: Decision) -> Acknowledgment:
    """The answer to a claim that was decided: rejected ones with their statuses, all others as accepted."""
    if decision.disposition is not Disposition.REJECTED:
        return Acknowledgment(read.origin, headline(read.claim), claim_id=decision.claim_id)
    statuses = dict.fromkeys(status for finding in decision.findings for status in finding.statuses)
    return Acknowledgment(read.origin, headline(read.claim), tuple(statuses) or ("A3:21",))


def refuse(unreadable: Unreadable) -> Acknowledgment:
    """The answer to a claim that could not be read."""
    return Acknowledgment(unreadable.origin, unreadable.headline, unreadable.statuses)


def write_277ca(
    acknowledgments: Sequence[Acknowledgment],
    payer: Payer,
    *,
    received_on: dt.date,
    interchange_control_number: int,
    created_on: dt.date,
    created_at: str,
    test: bool,
    receiver_id: str = "",
) -> Iterator[str]:
    """The text of one interchange, in pieces; no text at all for no acknowledgments.

    Args:
        acknowledgments: in any order; claims of one 837 transaction are answered together, in their order here.
        payer: who answers.
        received_on: the day the claims arrived.
        interchange_control_number: 1 to 999999999, never twice.
        created_on: the day they were processed.
        created_at: time, HHMM.
        test: mark the interchange as a test.
        receiver_id: who collects the file; the first submitter when empty.

    Raises:
        ValueError: the control number or the time cannot be written.
    """
    if not acknowledgments:
        return iter(())
    batches: dict[Origin, list[Acknowledgment]] = {}
    for acknowledgment in acknowledgments:
        batches.setdefault(acknowledgment.origin, []).append(acknowledgment)
    envelope = Envelope(
        functional_id="HN",
        version=VERSION,
        sender_id=payer.payer_id,
        receiver_id=receiver_id or acknowledgments[0].origin.submitter_id or _UNKNOWN,
        control_number=interchange_control_number,
        created_on=created_on,
        created_at=created_at,
        test=test,
    )
    traces = [f"{interchange_control_number:09d}-{number:04d}" for number in range(1, len(batches) + 1)]
    transactions = (
        Transaction(
            "277", _Batch(origin, batch, payer, received_on, created_on).segments(trace_number, created_at), VERSION
        )
        for trace_number, (origin, batch) in zip(traces, batches.items(), strict=True)
    )
    return write_interchange(envelope, transactions)


class _Batch:
    """The claims of one 837 transaction."""

    def __init__(
        self, origin: Origin, batch: list[Acknowledgment], payer: Payer, received_on: dt.date, processed_on: dt.date
    ) -> None:
        self.origin = origin
        self.batch = batch
        self.payer = payer
        self.received_on = received_on
        self.processed_on = processed_on
        self.levels = 0

    def segments(self, trace_number: str, created_at: str) -> list[str]:
        """Everything between ST and SE; the trace number is ours."""
        reference = (self.origin.reference or trace_number)[:50]
        lines = [
            segment("BHT", "0085", "08", trace_number, day(self.processed_on), created_at, "TH"),
            self._level("", "20", has_children=True),
            segment("NM1", "PR", "2", self.payer.name[:_MAX_NAME], "", "", "", "", "PI", self.payer.payer_id),
            segment("TRN", "1", trace_number),
            segment("DTP", "050", "D8", day(self.received_on)),
            segment("DTP", "009", "D8", day(self.processed_on)),
            self._level("1", "21", has_children=True),
            segment("NM1", "41", "2", *self._submitter()),
            segment("TRN", "2", reference),
            segment("STC", _composite(_RECEIVED), day(self.processed_on), "WQ", _charges(self.batch)),
            *_totals(self.batch, "90", "AA"),
        ]
        providers: dict[Provider, list[Acknowledgment]] = {}
        for acknowledgment in self.batch:
            providers.setdefault(acknowledgment.headline.billing, []).append(acknowledgment)
        for provider, claims in providers.items():
            lines += self._provider(provider, claims)
        return lines

    def _level(self, parent: str, code: str, *, has_children: bool) -> str:
        self.levels += 1
        return segment("HL", str(self.levels), parent, code, "1" if has_children else "")

    def _submitter(self) -> tuple[str, ...]:
        name = self.origin.submitter_name[:_MAX_NAME] or _UNKNOWN
        return name, "", "", "", "", "46", self.origin.submitter_id or _UNKNOWN

    def _provider(self, provider: Provider, claims: list[Acknowledgment]) -> Iterator[str]:
        """Loop 2000C with its claims."""
        yield self._level("2", "19", has_children=True)
        number = self.levels
        identifier = ("XX", provider.npi) if provider.npi else ("FI", provider.tax_id or _UNKNOWN)
        entity = "1" if provider.first_name else "2"
        name = (provider.name[:_MAX_NAME] or _UNKNOWN, provider.first_name[:35])
        yield segment("NM1", "85", entity, *name, "", "", "", *identifier)
        yield segment("TRN", "1", "0")
        yield segment("STC", _composite(_RECEIVED), "", "WQ", _charges(claims))
        yield from _totals(claims, "QA", "QC")
        for claim in claims:
            yield self._level(str(number), "PT", has_children=False)
            yield from self._claim(claim)

    def _claim(self, acknowledgment: Acknowledgment) -> Iterator[str]:
        """Loop 2000D."""
        about = acknowledgment.headline
        patient = about.patient
        name = (patient.last_name[:_MAX_NAME] or _UNKNOWN, patient.first_name[:35], patient.middle_name[:25])
        yield segment("NM1", "QC", "1", *name, "", "", "MI", about.member_id or _UNKNOWN)
        yield segment("TRN", "2", about.patient_control_number or "0")
        statuses = acknowledgment.statuses or (_ACCEPTED,)
        action = "WQ" if acknowledgment.accepted else "U"
        for first in range(0, len(statuses), _COMPOSITES_IN_SEGMENT):
            status, *more = (_composite(status) for status in statuses[first : first + _COMPOSITES_IN_SEGMENT])
            told = (status, day(self.processed_on), action, amount(about.charge_cents))
            yield segment("STC", *told, "", "", "", "", "", *more)
        if acknowledgment.claim_id:
            yield segment("REF", "1K", acknowledgment.claim_id)
        if about.clearinghouse_trace:
            yield segment("REF", "D9", about.clearinghouse_trace[:50])
        if about.type_of_bill:
            yield segment("REF", "BLT", about.type_of_bill)
        first_day = about.from_date or about.through_date or _UNKNOWN_DATE
        last_day = about.through_date or first_day
        if first_day < last_day:
            yield segment("DTP", "472", "RD8", f"{day(first_day)}-{day(last_day)}")
        else:
            yield segment("DTP", "472", "D8", day(first_day))


def _composite(status: str) -> tuple[str, ...]:
    return tuple(status.split(":"))


def _charges(claims: Sequence[Acknowledgment]) -> str:
    return amount(sum(claim.headline.charge_cents for claim in claims))


def _totals(claims: Sequence[Acknowledgment], accepted_quantity: str, rejected_quantity: str) -> Iterator[str]:
    """QTY and AMT of the accepted and the rejected claims; a kind that has none is not mentioned."""
    accepted = [claim for claim in claims if claim.accepted]
    rejected = [claim for claim in claims if not claim.accepted]
    if accepted:
        yield segment("QTY", accepted_quantity, str(len(accepted)))
    if rejected:
        yield segment("QTY", rejected_quantity, str(len(rejected)))
    if accepted:
        yield segment("AMT", "YU", _charges(accepted))
    if rejected:
        yield segment("AMT", "YY", _charges(rejected))
