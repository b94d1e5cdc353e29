"""Page sizes and page tokens: where the next page begins, and of which list, in a form that callers only hand back."""

import base64
import binascii
import hashlib
from typing import Annotated, TypeVar

import msgspec

from adjudicator.service.errors import InvalidRequest, Violation

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 500

POSITION: type[int] = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]  # type: ignore[assignment]
"""A place that is a counter's number, as a database can hold it."""

PlaceT = TypeVar("PlaceT")


def page_size_of(asked: int) -> int:
    """How many rows a page holds: 0 asks for the usual number, and nobody gets more than the largest.

    Raises:
        InvalidRequest: the size is negative.
    """
    if asked < 0:
        found = f"{asked} is negative; write 1 to {LARGEST_PAGE_SIZE}, or 0 for {DEFAULT_PAGE_SIZE}"
        raise InvalidRequest((Violation("page_size", found),))
    return min(asked or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)


def next_page_token(listed: object, place: object) -> str:
    """The token of a page that begins behind a place.

    Args:
        listed: what is being listed, filters and all: the token holds for this list only.
        place: where the page begins.
    """
    return base64.urlsafe_b64encode(msgspec.msgpack.encode((_fingerprint(listed), place))).decode().rstrip("=")


def place_of(listed: object, token: str, place_type: type[PlaceT]) -> PlaceT | None:
    """Where the page of a token begins; None for the first page, which has no token.

    Raises:
        InvalidRequest: the token is none of ours, or one of another list.
    """
    if not token:
        return None
    try:
        packed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        fingerprint, place = msgspec.msgpack.decode(packed, type=tuple[bytes, place_type])  # type: ignore[valid-type]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise InvalidRequest(
            (Violation("page_token", "this is not a page token; leave it empty for the first page"),)
        ) from None
    if fingerprint != _fingerprint(listed):
        raise InvalidRequest(
            (
                Violation(
                    "page_token",
                    "the token is of another list; send the same filters, or leave it empty for the first page",
                ),
            )
        )
    return place


def _fingerprint(listed: object) -> bytes:
    return hashlib.sha256(msgspec.json.encode(listed)).digest()[:6]
