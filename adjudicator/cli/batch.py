"""Takes a file of claims through a payer: decides what it holds, pays what is final, writes what became of everything."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import msgspec

from adjudicator.cli.accounts import account_of, refused
from adjudicator.cli.outputs import whole_files
from adjudicator.cli.payer import Payer
from adjudicator.cli.summary import Summary
from adjudicator.cli.terminal import progress
from adjudicator.model.money import dollars
from adjudicator.model.principal import BillingGrant, Principal
from adjudicator.model.remittance import Remittance
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.claims import Answer, Submission
from adjudicator.service.deciding import ENGINE_VERSION
from adjudicator.service.errors import NotEnrolled, ServiceError, WrongState
from adjudicator.store.records import ClaimRecord
from adjudicator.x12.acknowledgments import Acknowledgment, acknowledge, refuse, write_277ca
from adjudicator.x12.claims import ReadClaim, ReadItem, Unreadable, read_claims
from adjudicator.x12.era import write_835
from adjudicator.x12.interchange import NotX12, text_of

ERA, ACKNOWLEDGMENTS, DECISIONS, SUMMARY = "era.835", "acks.277ca", "decisions.jsonl", "summary.txt"
RESULTS = (ERA, ACKNOWLEDGMENTS, DECISIONS, SUMMARY)
CLAIMS_AT_ONCE = 200
"""Claims that share a transaction."""
NO_TIME = "0000"
"""Time of day of the files that are written: it is not a fact of them, and the same claims give the same bytes."""


class Batch(msgspec.Struct, frozen=True):
    """A file of claims and how it came to us."""

    name: str
    """Of the file, as the summary calls it."""
    data: bytes
    principal: Principal
    received_on: dt.date
    decided_on: dt.date
    paid_on: dt.date
    enrolled_for: frozenset[BillingGrant] | None = None
    """The billing providers whose claims its sender may send; None when that is not asked."""


def run(batch: Batch, payer: Payer, out: Path) -> Summary:
    """Decide a file's claims, pay what is final, and write the four result files to a folder.

    Claims that were decided before, in an earlier or an interrupted run, keep their decision.
    """
    summary = Summary()
    encode = msgspec.json.Encoder().encode
    acknowledgments: list[Acknowledgment] = []
    decided: set[str] = set()
    with whole_files(out, *RESULTS) as (era, acks, decisions, told):
        try:
            for item, answer in _answered(batch, payer):
                account = account_of(item, answer, _policies_of(answer, payer))
                summary.add(account)
                decisions.write(encode(account).decode() + "\n")
                acknowledgments += _acknowledged(item, answer)
                if account.paid_cents is not None:
                    decided.add(account.claim_id)
        except NotX12 as refusal:
            account = refused(str(refusal))
            summary.add(account)
            decisions.write(encode(account).decode() + "\n")
        acks.writelines(_acknowledgment_file(batch, payer, acknowledgments))
        remittances, unpaid = _pay(batch, payer, decided) if decided else ([], "")
        era.writelines(era_of(remittances, payer.policies, batch.paid_on, batch.decided_on))
        told.write(summary.text(*_opening(batch, payer, remittances, unpaid)))
    return summary


def _answered(batch: Batch, payer: Payer) -> Iterator[tuple[ReadItem, Answer | None]]:
    """Every item of the file in its order, with the payer's answer to each claim that could be read."""
    text = text_of(batch.data)
    expected = text.count(f"CLM{text[3:4]}")
    done = 0
    items = read_claims(text)
    with progress("Deciding claims") as shown:
        while together := list(islice(items, CLAIMS_AT_ONCE)):
            submissions = [
                Submission(
                    request_id=item.request_id,
                    claim=item.claim,
                    received_on=batch.received_on,
                    enrolled_for=batch.enrolled_for,
                )
                for item in together
                if isinstance(item, ReadClaim)
            ]
            answers = map(_told, payer.claims.submit(batch.principal, submissions))
            for item in together:
                yield item, next(answers) if isinstance(item, ReadClaim) else None
            done += len(together)
            shown(done, max(done, expected))


def _told(answer: Answer) -> Answer:
    """An answer as a file tells it: who is not enrolled for a claim gets its rejection."""
    return answer.record if isinstance(answer, NotEnrolled) else answer


def _policies_of(answer: Answer | None, payer: Payer) -> PolicySet:
    """What words the next steps of an answer: the set that decided it, which for a kept decision may be an earlier one."""
    return payer.policies_of(answer.policy_digest) if isinstance(answer, ClaimRecord) else payer.policies


def _acknowledged(item: ReadItem, answer: Answer | None) -> list[Acknowledgment]:
    """What the submitter is told of an item; a claim that we failed to take is not acknowledged, so that it comes again."""
    if isinstance(item, Unreadable):
        return [refuse(item)] if item.is_claim else []
    return [] if answer is None or isinstance(answer, ServiceError) else [acknowledge(item, answer.decision)]


def _acknowledgment_file(batch: Batch, payer: Payer, acknowledgments: Sequence[Acknowledgment]) -> Iterator[str]:
    """277CA text: an interchange for each submitter, addressed to it alone, and one of its own for its tests."""
    told: dict[tuple[str, bool], list[Acknowledgment]] = {}
    for acknowledgment in acknowledgments:
        told.setdefault((acknowledgment.origin.submitter_id, acknowledgment.origin.test), []).append(acknowledgment)
    for (submitter_id, test), theirs in told.items():
        usage = b"T" if test else b"P"
        yield from write_277ca(
            theirs,
            payer.policies.payer.on(batch.decided_on),
            received_on=batch.received_on,
            interchange_control_number=control_number(ACKNOWLEDGMENTS, batch.data, submitter_id.encode(), usage),
            created_on=batch.decided_on,
            created_at=NO_TIME,
            test=test,
        )


def era_of(
    remittances: Sequence[Remittance], policies: PolicySet, paid_on: dt.date, created_on: dt.date
) -> Iterator[str]:
    """Remittances as 835 text, in pieces: an interchange for each payee, addressed to it alone."""
    for remittance in remittances:
        yield from write_835(
            [remittance],
            policies.payer.on(paid_on),
            interchange_control_number=control_number(ERA, remittance.trace_number.encode()),
            created_on=created_on,
            created_at=NO_TIME,
            test=False,
        )


def control_number(what: str, *content: bytes) -> int:
    """An interchange control number that the same content always gets, 1 to 999999999."""
    digest = hashlib.sha256(b"\0".join((what.encode(), *content))).digest()
    return int.from_bytes(digest[:8]) % 999_999_999 + 1


def _pay(batch: Batch, payer: Payer, decided: set[str]) -> tuple[list[Remittance], str]:
    """Pay what is final; gives the remittances that settle claims of the file, and what could not be paid, in words.

    A file that was run before may have been paid on another day, so earlier remittances are looked through as well.
    """
    unpaid = ""
    try:
        paid = payer.payments.run(batch.principal, batch.paid_on)
    except WrongState as refusal:
        unpaid, paid = str(refusal), []
    missing = set(decided)
    found: list[Remittance] = []
    for remittance in chain(paid, _earlier(batch, payer, {remittance.trace_number for remittance in paid})):
        settled = missing & {claim.decision.claim_id for claim in remittance.claims}
        if settled:
            found.append(remittance)
            missing -= settled
        if not missing:
            break
    return sorted(found, key=lambda remittance: (remittance.paid_on, remittance.trace_number)), unpaid


def _earlier(batch: Batch, payer: Payer, known: set[str]) -> Iterator[Remittance]:
    """Remittances of the database that are not known yet, the latest first."""
    token = ""
    while True:
        page, token = payer.payments.list(batch.principal, page_token=token)
        for summary in page:
            if summary.trace_number not in known:
                yield payer.payments.get(batch.principal, summary.trace_number)
        if not token:
            return


def _opening(batch: Batch, payer: Payer, remittances: Sequence[Remittance], unpaid: str) -> Iterator[str]:
    us = payer.policies.payer.on(batch.decided_on)
    yield f"{batch.name}: received {batch.received_on}, decided {batch.decided_on} by {us.name}"
    yield f"policies {payer.policies.digest[:16]}, engine {ENGINE_VERSION}"
    for paid in remittances:
        yield f"remittance {paid.trace_number} of {paid.paid_on}: {dollars(paid.paid_cents)} to {paid.payee.name}"
    if unpaid:
        yield unpaid
