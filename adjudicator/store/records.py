"""The stored forms: a claim with its latest decision, a decision to be added, and how a case is kept.

A case is kept by value as JSON, except for its history: that is kept by reference to decided lines, which never change.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import groupby

import msgspec

from adjudicator.model.case import Case, HistoryLine
from adjudicator.model.decision import Decision, Disposition
from adjudicator.review import Task


class DecidedLines(msgspec.Struct, frozen=True):
    """The lines of one decision as later claims of the member see them."""

    through_date: dt.date
    """The latest day of service among them."""
    lines: tuple[HistoryLine, ...]
    taken_back: bool = False
    """Whether the decision was taken back."""


class ClaimRecord(msgspec.Struct, frozen=True):
    """A claim with its latest decision and what that was made of."""

    claim_id: str
    request_id: str
    submitter: str
    decision_number: int
    """From 1; 0 for an estimate, which is not stored."""
    policy_digest: str
    engine_version: str
    case: Case
    decision: Decision


class NewDecision(msgspec.Struct, frozen=True):
    """A decision to be added, with all that it moves."""

    record: ClaimRecord
    actor: str
    """Who caused it: the submitter's or the reviewer's name."""
    decided_lines: DecidedLines | None
    """None for a rejected claim or an unknown member: later claims do not see it."""
    tasks: tuple[Task, ...]
    """The claim's tasks after it, those that it opened among them."""
    content_digest: str = ""
    """Digest of the claim as sent; needed with a claim's first decision, and with one that a request brought."""
    request: tuple[str, str] | None = None
    """Submitter and request id that brought a later decision, such as a correction; None where none did."""


class ClaimFilter(msgspec.Struct, frozen=True):
    """Which claims to list; what is empty or None does not filter."""

    patient_control_number: str = ""
    member_id: str = ""
    billing_npi: str = ""
    dispositions: tuple[Disposition, ...] = ()
    received_from: dt.date | None = None
    received_through: dt.date | None = None


DecisionKey = tuple[str, int]
"""Claim number and decision number."""
HistoryKey = tuple[str, int, tuple[int, ...]]
"""Lines of one decision: claim number, decision number, line numbers."""

_CASE = msgspec.json.Decoder(Case)
_DECISION = msgspec.json.Decoder(Decision)
_HISTORY_KEYS = msgspec.json.Decoder(tuple[HistoryKey, ...])
_HISTORY_LINES = msgspec.json.Decoder(tuple[HistoryLine, ...])
_encoder = msgspec.json.Encoder()


def encode_decision(decision: Decision) -> str:
    """The stored form of a decision: equal decisions have equal texts, so that a replay can compare them."""
    return _encoder.encode(decision).decode()


def decode_decision(text: str) -> Decision:
    """A decision from its stored form."""
    return _DECISION.decode(text)


def encode_lines(lines: tuple[HistoryLine, ...]) -> str:
    """The stored form of a decision's lines."""
    return _encoder.encode(lines).decode()


def decode_lines(text: str) -> tuple[HistoryLine, ...]:
    """A decision's lines from their stored form."""
    return _HISTORY_LINES.decode(text)


def encode_case(case: Case) -> tuple[str, str]:
    """The stored form of a case: its facts by value, and the keys of its history."""
    by_decision = groupby(case.history, key=lambda line: (line.claim_id, line.decision_number))
    keys = [(*decision, [line.line for line in lines]) for decision, lines in by_decision]
    return _encoder.encode(msgspec.structs.replace(case, history=())).decode(), _encoder.encode(keys).decode()


def decode_history_keys(text: str) -> tuple[HistoryKey, ...]:
    """The keys of a stored case's history."""
    return _HISTORY_KEYS.decode(text)


def decode_case(text: str, keys: Iterable[HistoryKey], decided: Mapping[DecisionKey, tuple[HistoryLine, ...]]) -> Case:
    """A case from its stored form.

    Args:
        text: its facts.
        keys: the keys of its history.
        decided: the lines of every decision that the keys name.
    """
    history = (line for claim_id, number, lines in keys for line in decided[claim_id, number] if line.line in lines)
    return msgspec.structs.replace(_CASE.decode(text), history=tuple(history))
