"""What a caller can do wrong, or must wait for; decisions about claims are never exceptions.

::

    ServiceError
    ├── InvalidRequest     a field is missing or wrong; every violation is listed
    ├── NotPermitted       the caller's role or grants do not allow the act
    │   └── NotEnrolled    the sender is not enrolled for the claim's billing provider
    ├── NotFound           there is none, or it is not the caller's to see: the two look alike on purpose
    ├── RequestIdReused    the request id was used before with another claim
    ├── WrongState         the act does not fit what has become of the claim or task
    ├── Overloaded         too much is waiting; send it again later
    ├── Draining           the server is going down; send it again to another or later
    ├── Busy               others worked on the same families at once, again and again; nothing was kept, send it again
    └── NotStored          we failed and kept nothing; sending the same request id again is safe

``reason`` is what programs tell them apart by; the message is for people and holds no patient data.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from adjudicator.store.database import MOST_ATTEMPTS, Collided, Store
from adjudicator.store.records import ClaimRecord

ResultT = TypeVar("ResultT")


class ServiceError(Exception):
    """A request that was not carried out."""

    reason = ""
    """Upper-case name for programs (``google.rpc.ErrorInfo.reason``)."""

    @property
    def message(self) -> str:
        """What went wrong and what to do, in a sentence."""
        return str(self)


class Violation(msgspec.Struct, frozen=True):
    """One field of a request that is missing or wrong."""

    field: str
    description: str
    """What was found and what to write instead."""


class InvalidRequest(ServiceError):
    """Fields are missing or wrong."""

    reason = "INVALID_REQUEST"

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.description}" for violation in violations))
        self.violations = violations


class NotPermitted(ServiceError):
    """The caller's role or grants do not allow the act."""

    reason = "NOT_PERMITTED"


NOT_SPOKEN_FOR = "This credential does not speak for the claim's billing provider (tax id and NPI together)."


class NotEnrolled(NotPermitted):
    """The sender of a claim is not enrolled for its billing provider: nothing of it is kept, and a 277CA tells its rejection."""

    reason = "NOT_ENROLLED"

    def __init__(self, record: ClaimRecord) -> None:
        super().__init__(NOT_SPOKEN_FOR)
        self.record = record
        """The claim with its rejection; it is not stored, and has no claim number."""


class NotFound(ServiceError):
    """There is none, or it is not the caller's to see."""

    reason = "NOT_FOUND"


class RequestIdReused(ServiceError):
    """The request id was used before with another claim."""

    reason = "REQUEST_ID_REUSED"


class WrongState(ServiceError):
    """The act does not fit what has become of the claim or task."""

    reason = "WRONG_STATE"


class Overloaded(ServiceError):
    """Too much is waiting already."""

    reason = "OVERLOADED"


class Draining(ServiceError):
    """The server is going down and takes nothing new."""

    reason = "DRAINING"


class Busy(ServiceError):
    """Others worked on the same families at the same time, each time that it was tried; nothing was kept."""

    reason = "BUSY"


def attempt(store: Store, work: Callable[[sa.Connection], ResultT]) -> ResultT:
    """Do something in a writing transaction, as ``Store.attempt`` does.

    Raises:
        Busy: it collided with others each time that it was tried.
    """
    try:
        return store.attempt(work)
    except Collided:
        raise Busy(
            f"Others worked on the same families at the same time, {MOST_ATTEMPTS} times in a row. Nothing was kept; send it "
            "again in a moment, a claim with the same request id."
        ) from None


class NotStored(ServiceError):
    """We failed and kept nothing of the request; sending the same request id again is safe."""

    reason = "NOT_STORED"
