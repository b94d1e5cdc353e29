"""The use cases of provider systems: submit claims, ask what a claim would come to, read what became of it.

A submission is decided and on disk before it is answered. The same request id with the same claim is answered with
what has become of that claim; nothing is decided twice.
"""

import base64
import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from adjudicator import engine
from adjudicator.edits import front_end
from adjudicator.model.case import Case
from adjudicator.model.claim import Claim
from adjudicator.model.decision import Decision, Disposition
from adjudicator.model.principal import BillingGrant, Principal, Role
from adjudicator.model.standing import billed
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import open_tasks
from adjudicator.service.cases import CaseBook
from adjudicator.service.deciding import ENGINE_VERSION, Adjudicate, decide
from adjudicator.service.errors import (
    NOT_SPOKEN_FOR,
    Busy,
    InvalidRequest,
    NotEnrolled,
    NotFound,
    NotPermitted,
    NotStored,
    RequestIdReused,
    ServiceError,
    Violation,
    attempt,
)
from adjudicator.service.pages import POSITION, next_page_token, page_size_of, place_of
from adjudicator.store.claims import GivenAnswer, RequestKey, answers_given, claims_by_id, claims_page, record
from adjudicator.store.database import Store
from adjudicator.store.facts import free_to_decide
from adjudicator.store.records import ClaimFilter, ClaimRecord, NewDecision

__all__ = [
    "Answer",
    "Answers",
    "ClaimFilter",
    "ClaimPage",
    "ClaimRecord",
    "Claims",
    "Submission",
    "claim_id_of",
    "claim_on_file",
]

LONGEST_REQUEST_ID = 100
"""Characters."""

_log = logging.getLogger(__name__)


class Submission(msgspec.Struct, frozen=True):
    """A claim as a provider system sends it."""

    request_id: str
    """The sender's own name of this request: when it comes again, it is answered again and not decided again."""
    claim: Claim
    received_on: dt.date | None = None
    """The day the claim arrived, where an operator loads what arrived earlier; None for today."""
    enrolled_for: frozenset[BillingGrant] | None = None
    """The billing providers whose claims the sender may send, where an operator loads what somebody else sent."""

    @property
    def sender_enrolled(self) -> bool:
        """Whether the one whose claim an operator loads may send claims of its billing provider."""
        billing = self.claim.billing
        return self.enrolled_for is None or BillingGrant(billing.tax_id, billing.npi) in self.enrolled_for


Answer = ClaimRecord | ServiceError
"""What a submission comes to."""
Answers = list[Answer]
ClaimPage = tuple[list[ClaimRecord], str]


class _Arrival(msgspec.Struct, frozen=True):
    """A submission, who sends it, and why it is not taken, if it is not."""

    principal: Principal
    submission: Submission
    refusal: ServiceError | None
    content_digest: str

    @property
    def key(self) -> RequestKey:
        """What makes a request the same request."""
        return (self.principal.submitter, self.submission.request_id)


class Claims:
    """Submits, estimates and reads claims."""

    def __init__(
        self,
        store: Store,
        policies: Callable[[], PolicySet],
        clock: Callable[[], dt.date],
        *,
        adjudicate: Adjudicate = engine.adjudicate,
    ) -> None:
        """Join what deciding a claim needs.

        Args:
            store: the database, migrated.
            policies: gives the policy set in force and has archived it: ``PoliciesInForce``.
            clock: gives today's date.
            adjudicate: the engine.
        """
        self._store = store
        self._policies = policies
        self._clock = clock
        self._adjudicate = adjudicate

    def submit(self, principal: Principal, submissions: Sequence[Submission]) -> Answers:
        """Decide and keep claims in one transaction; they are on disk when it returns.

        What was received first is decided first; claims of one day in the order given.

        Returns:
            For each submission, in the same order, the claim with its decision, or why it was not taken: InvalidRequest,
            NotPermitted, RequestIdReused, Busy or NotStored.
        """
        return self.submit_together([(principal, submissions)])[0]

    def submit_together(self, requests: Sequence[tuple[Principal, Sequence[Submission]]]) -> list[Answers]:
        """Decide and keep the claims of several callers in one transaction; see ``submit``."""
        answers = iter(self._answers([(principal, one) for principal, submissions in requests for one in submissions]))
        return [[next(answers) for _ in submissions] for _, submissions in requests]

    def estimate(self, principal: Principal, claim: Claim, received_on: dt.date | None = None) -> ClaimRecord:
        """What a claim would come to if it were sent now. Nothing is kept, and the record has no claim number.

        Raises:
            NotPermitted: the caller does not speak for the billing provider, or may not give a date of receipt.
            InvalidRequest: the date of receipt lies ahead.
        """
        today, policies = self._clock(), self._policies()
        refusal = _refusal(principal, claim, received_on, today)
        if refusal:
            raise refusal
        received_on = received_on or today
        with self._store.reading() as connection:
            book = CaseBook(connection, [(claim, received_on)], policies)
        case = book.case("", claim, received_on, today)
        return ClaimRecord(
            claim_id="",
            request_id="",
            submitter=principal.submitter,
            decision_number=0,
            policy_digest=policies.digest,
            engine_version=ENGINE_VERSION,
            case=case,
            decision=decide(case, policies, self._adjudicate),
        )

    def get(self, principal: Principal, claim_id: str) -> ClaimRecord:
        """A claim with its latest decision.

        Raises:
            NotFound: we do not hold it, or it is not the caller's to see.
        """
        with self._store.reading() as connection:
            found = claims_by_id(connection, [claim_id]).get(claim_id)
        if found is None or not _may_read(principal, found.case.claim):
            raise NotFound("There is no such claim among those that you may see.")
        return found

    def list(self, principal: Principal, filter: ClaimFilter, page_size: int = 0, page_token: str = "") -> ClaimPage:
        """A page of the claims that the caller may see, the latest arrival first, and the token of the next page.

        Raises:
            InvalidRequest: the page size is negative, or the token is none of this list.
        """
        size = page_size_of(page_size)
        before = place_of(filter, page_token, POSITION)
        billing = principal.billing if principal.role is Role.PROVIDER else None
        with self._store.reading() as connection:
            found = claims_page(connection, filter, billing, before, size + 1)
        more = next_page_token(filter, found[size - 1][0]) if len(found) > size else ""
        return [claim for _, claim in found[:size]], more

    def _answers(self, sent: Sequence[tuple[Principal, Submission]]) -> Answers:
        """Answer a batch: what others decide about at this moment is left for a second transaction, which waits for them."""
        answers = self._kept_or_told(sent, waits=False)
        others = [place for place in range(len(sent)) if place not in answers]
        if others:
            late = self._kept_or_told([sent[place] for place in others], waits=True)
            answers |= {place: late[position] for position, place in enumerate(others)}
        return [answers[place] for place in range(len(sent))]

    def _kept_or_told(self, sent: Sequence[tuple[Principal, Submission]], *, waits: bool) -> dict[int, Answer]:
        """Answers by place, as ``_kept`` gives them; if one claim keeps the others from being stored, each claim by itself."""
        try:
            return self._kept(sent, waits=waits)
        except Busy as busy:
            _log.warning("%d submissions collided with others in every attempt", len(sent))
            return {place: Busy(busy.message) for place in range(len(sent))}
        except OperationalError as failure:  # locked, full, gone: no claim's fault
            _log.error("%d submissions were not stored: %s", len(sent), type(failure.orig).__name__)
            return {place: _not_stored() for place in range(len(sent))}
        except Exception as failure:
            if len(sent) > 1:
                # In the order in which the batch would have been decided.
                today = self._clock()
                places = sorted(range(len(sent)), key=lambda place: sent[place][1].received_on or today)
                return {place: self._kept_or_told([sent[place]], waits=True)[0] for place in places}
            _log.error("a submission was not stored: %s", engine.held(failure, 0).because)
            return {0: _not_stored()}

    def _kept(self, sent: Sequence[tuple[Principal, Submission]], *, waits: bool) -> dict[int, Answer]:
        """Decide what is new and keep it, then answer everything from what is kept.

        Args:
            sent: the submissions, each with who sends it.
            waits: whether to wait for other transactions that decide about the same families; otherwise those of their claims
                are left, and have no answer.
        """
        today = self._clock()
        arrivals = [self._arrival(principal, submission, today) for principal, submission in sent]
        admitted = [arrival for arrival in arrivals if arrival.refusal is None]

        def keep(connection: sa.Connection) -> dict[RequestKey, GivenAnswer]:
            given = answers_given(connection, {arrival.key for arrival in admitted})
            fresh: dict[RequestKey, _Arrival] = {}
            for arrival in admitted:
                if arrival.key not in given:
                    fresh.setdefault(arrival.key, arrival)  # a request that comes twice keeps its first place
            ready = list(fresh.values())
            if not waits:
                free = free_to_decide(connection, [arrival.submission.claim for arrival in ready])
                ready = [arrival for arrival, is_free in zip(ready, free, strict=True) if is_free]
            decided = self._decided(connection, ready, today)
            record(connection, decided)
            return given | {
                (new.record.submitter, new.record.request_id): GivenAnswer(new.content_digest, new.record)
                for new in decided
            }

        given = attempt(self._store, keep) if admitted else {}
        return {
            place: arrival.refusal or _given(arrival, given[arrival.key])
            for place, arrival in enumerate(arrivals)
            if arrival.refusal or arrival.key in given
        }

    def _arrival(self, principal: Principal, submission: Submission, today: dt.date) -> _Arrival:
        return _Arrival(
            principal=principal,
            submission=submission,
            refusal=bad_request_id(submission.request_id)
            or self._not_enrolled(principal, submission, today)
            or _refusal(principal, submission.claim, submission.received_on, today),
            content_digest=hashlib.sha256(msgspec.json.encode(submission.claim)).hexdigest(),
        )

    def _not_enrolled(self, principal: Principal, submission: Submission, today: dt.date) -> NotEnrolled | None:
        """The rejection of a claim whose sender is not enrolled for its billing provider; None when it is enrolled.

        Only that one edit is asked, and nothing is looked up or kept: anything more would tell a stranger about another
        provider's patient, or put a claim under the name of a provider who did not send it.
        """
        billing = submission.claim.billing
        speaks = principal.role is Role.REVIEWER or principal.speaks_for(billing.tax_id, billing.npi)
        if speaks and submission.sender_enrolled:
            return None
        policies = self._policies()
        case = Case(
            claim_id="",
            claim=submission.claim,
            received_on=submission.received_on or today,
            decided_on=today,
            submitter_enrolled=False,
        )
        findings = tuple(front_end.submitter(case, policies, billed(case.claim)))
        return NotEnrolled(
            ClaimRecord(
                claim_id="",
                request_id=submission.request_id,
                submitter=principal.submitter,
                decision_number=0,
                policy_digest=policies.digest,
                engine_version=ENGINE_VERSION,
                case=case,
                decision=Decision(claim_id="", disposition=Disposition.REJECTED, findings=findings),
            )
        )

    def _decided(self, connection: sa.Connection, fresh: Sequence[_Arrival], today: dt.date) -> Sequence[NewDecision]:
        """Decide claims by the day of receipt, then in the order of their arrival; each sees what those before it have changed."""
        if not fresh:
            return ()
        policies = self._policies()
        fresh = sorted(fresh, key=lambda arrival: arrival.submission.received_on or today)
        batch = [(arrival.submission.claim, arrival.submission.received_on or today) for arrival in fresh]
        book = CaseBook(connection, batch, policies)
        decided = []
        for arrival, (claim, received_on) in zip(fresh, batch, strict=True):
            claim_id = claim_id_of(*arrival.key)
            case = book.case(claim_id, claim, received_on, today)
            decision = decide(case, policies, self._adjudicate)
            decided.append(
                NewDecision(
                    record=ClaimRecord(
                        claim_id=claim_id,
                        request_id=arrival.submission.request_id,
                        submitter=arrival.principal.submitter,
                        decision_number=1,
                        policy_digest=policies.digest,
                        engine_version=ENGINE_VERSION,
                        case=case,
                        decision=decision,
                    ),
                    actor=arrival.principal.name,
                    decided_lines=book.absorb(case, 1, decision),
                    tasks=open_tasks(case, policies, 1, decision),
                    content_digest=arrival.content_digest,
                )
            )
        return decided


def claim_on_file(connection: sa.Connection, claim_id: str) -> ClaimRecord:
    """A claim with its latest decision, for the payer's own people.

    Raises:
        NotFound: we do not hold it.
    """
    found = claims_by_id(connection, [claim_id]).get(claim_id)
    if found is None:
        raise NotFound("There is no such claim.")
    return found


def claim_id_of(submitter: str, request_id: str) -> str:
    """Our number of the claim that a request brings: the same request always has the same."""
    digest = hashlib.sha256(f"{submitter}\0{request_id}".encode()).digest()
    return "C" + base64.b32encode(digest[:10]).decode()[:15]


def _given(arrival: _Arrival, answer: GivenAnswer) -> Answer:
    if answer.content_digest == arrival.content_digest:
        return answer.record
    return RequestIdReused(
        f"Request id {arrival.submission.request_id} was used for another claim. Send a new claim under a new request id."
    )


def bad_request_id(request_id: str) -> ServiceError | None:
    """What is wrong with a sender's own name of a request; None when nothing is."""
    if 1 <= len(request_id) <= LONGEST_REQUEST_ID and request_id.isascii() and request_id.isprintable():
        return None
    found = "missing" if not request_id else "longer than that or not plain"
    return InvalidRequest(
        (Violation("request_id", f"it is {found}; write 1 to {LONGEST_REQUEST_ID} printable ASCII characters"),)
    )


def _refusal(principal: Principal, claim: Claim, received_on: dt.date | None, today: dt.date) -> ServiceError | None:
    """Why a caller may not send a claim; None when it may."""
    if principal.role is Role.REVIEWER:
        return NotPermitted("Reviewers do not send claims; use a provider's or an operator's credential.")
    if not principal.speaks_for(claim.billing.tax_id, claim.billing.npi):
        return NotPermitted(NOT_SPOKEN_FOR)
    if received_on is not None and principal.role is not Role.OPERATOR:
        return NotPermitted("Only an operator may say when a claim arrived; leave received_on empty.")
    if received_on is not None and received_on > today:
        return InvalidRequest(
            (Violation("received_on", f"{received_on} lies ahead of today, {today}; write the day the claim arrived"),)
        )
    return None


def _may_read(principal: Principal, claim: Claim) -> bool:
    return principal.role is not Role.PROVIDER or principal.speaks_for(claim.billing.tax_id, claim.billing.npi)


def _not_stored() -> NotStored:
    return NotStored("The claim could not be stored. Nothing of it was kept; send it again with the same request id.")
