"""The use case of an operator who corrects a claim that is decided: what it moved is taken back, and it is decided anew."""

import datetime as dt
import hashlib
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from adjudicator import engine
from adjudicator.model.claim import Claim
from adjudicator.model.decision import Disposition
from adjudicator.model.principal import Principal, Role
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.accumulators import take_back
from adjudicator.service.claims import bad_request_id, claim_on_file
from adjudicator.service.deciding import Adjudicate, decide_anew
from adjudicator.service.errors import (
    InvalidRequest,
    NotPermitted,
    RequestIdReused,
    Violation,
    WrongState,
    attempt,
)
from adjudicator.store.claims import answers_given, record
from adjudicator.store.database import Store, lock
from adjudicator.store.payments import waits_for_payment
from adjudicator.store.records import ClaimRecord


class Corrections:
    """Corrects claims that are decided and not paid yet. For operators."""

    def __init__(
        self,
        store: Store,
        policies: Callable[[], PolicySet],
        clock: Callable[[], dt.date],
        *,
        adjudicate: Adjudicate = engine.adjudicate,
    ) -> None:
        """Join what deciding a claim needs; the arguments are those of ``Claims``."""
        self._store = store
        self._policies = policies
        self._clock = clock
        self._adjudicate = adjudicate

    def correct(self, principal: Principal, claim_id: str, request_id: str, corrected: Claim) -> ClaimRecord:
        """Put a corrected claim in the place of one that is decided, in one transaction under the family's lock.

        What the latest decision moved is taken back by the amounts stored with it; then the corrected claim is decided with
        accumulators that hold all other claims and not this one (domain/04 section 5, rules a and b). It keeps its number and
        the day on which it arrived. Claims of the family that were decided meanwhile stay as they are. The same request
        again is answered and does nothing.

        Rulings on the claim as it was do not hold for another: it is decided without them. What waits for a person again opens a
        new task, beside which the earlier ruling is told (``Reviews.earlier_rulings``).

        Args:
            principal: an operator.
            claim_id: our number of the claim.
            request_id: the operator's own name of this correction.
            corrected: the claim as it should have been, by the same billing provider under the same patient control number.

        Returns:
            The claim with its new decision.

        Raises:
            NotPermitted: the caller is no operator.
            InvalidRequest: the request id is missing or too long, or the corrected claim is another provider's or patient
                account's, a replacement, a void, a test, or of another kind.
            RequestIdReused: the request id was used for something else.
            NotFound: there is no such claim.
            WrongState: the claim is not decided, is on a remittance already, or would be rejected.
            Busy: others worked on the family at the same time, again and again.
        """
        if principal.role is not Role.OPERATOR:
            raise NotPermitted("Only an operator corrects claims that are decided.")
        if refused := bad_request_id(request_id):
            raise refused
        today, policies = self._clock(), self._policies()
        key = (principal.submitter, request_id)
        digest = hashlib.sha256(claim_id.encode() + b"\0" + msgspec.json.encode(corrected)).hexdigest()

        def correct(connection: sa.Connection) -> ClaimRecord:
            before = claim_on_file(connection, claim_id)
            billing = before.case.claim.billing
            names = {f"family:{member.family_id}" for member in before.case.members}
            # Nobody may pay what is about to change.
            lock(connection, names | {f"payee:{billing.tax_id}:{billing.npi}"})
            if given := answers_given(connection, {key}).get(key):
                if given.content_digest != digest:
                    raise RequestIdReused(
                        f"Request id {request_id} was used for something else. Correct the claim under a new request id."
                    )
                return given.record
            before = claim_on_file(connection, claim_id)
            _check(connection, before, corrected)
            take_back(connection, before, today, principal.name)
            new = decide_anew(
                connection, before, corrected, (), None, principal.name, today, policies, self._adjudicate
            )
            decision = new.record.decision
            if decision.disposition is Disposition.REJECTED:
                raise WrongState(
                    f"The corrected claim would be rejected: {decision.findings[0].because} Correct that too; nothing was kept."
                )
            new = msgspec.structs.replace(new, content_digest=digest, request=key)
            record(connection, [new])
            return new.record

        return attempt(self._store, correct)


def _check(connection: sa.Connection, before: ClaimRecord, corrected: Claim) -> None:
    """Refuse what cannot be corrected so."""
    was = before.case.claim
    if (was.billing.tax_id, was.billing.npi) != (corrected.billing.tax_id, corrected.billing.npi):
        raise InvalidRequest(
            (Violation("billing", "it is another billing provider; write that of the claim, or send a new claim"),)
        )
    if was.patient_control_number != corrected.patient_control_number:
        raise InvalidRequest(
            (Violation("patient_control_number", f"it is another one; write {was.patient_control_number}"),)
        )
    # Such a claim waits for good: a replacement for what is done here already, the others since they are never paid.
    if was.frequency_code != corrected.frequency_code:
        told = f"it is {corrected.frequency_code}; write {was.frequency_code}, the correction takes the claim's place by itself"
        raise InvalidRequest((Violation("frequency_code", told),))
    if corrected.test:
        raise InvalidRequest(
            (Violation("test", "it comes of a test interchange (ISA15 = T); send it in a production one"),)
        )
    for field, kind, before_kind in (
        ("claim_type", corrected.claim_type, was.claim_type),
        ("purpose", corrected.purpose, was.purpose),
    ):
        if kind is not before_kind:
            raise InvalidRequest(
                (Violation(field, f"it is {kind.value}; write {before_kind.value}, as the claim was"),)
            )
    if not before.decision.disposition.is_final:
        raise WrongState("The claim is not decided yet; there is nothing to correct.")
    if not waits_for_payment(connection, before.claim_id):
        raise WrongState(
            "The claim is on a remittance already, and this version does not reverse remittances. `adjudicator reverse` takes "
            "back what it used of the limits."
        )
