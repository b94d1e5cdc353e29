"""Decides stored cases again and tells what would come out differently: the proof that decisions can be reproduced.

A case is stored with all its facts and the digest of its policy set, so a replay needs nothing else. Under the same
engine every decision comes out byte for byte; under another the differences are reported, never an error.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest

import msgspec

from adjudicator import engine
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.deciding import Adjudicate, decide
from adjudicator.store.archive import archived_policies
from adjudicator.store.claims import StoredCase, count_decisions, stored_cases
from adjudicator.store.database import Store
from adjudicator.store.records import encode_decision

CASES_AT_ONCE = 500


class Replayed(msgspec.Struct, frozen=True):
    """What a stored decision came to when it was made again."""

    claim_id: str
    decision_number: int
    same: bool
    differences: tuple[str, ...] = ()
    """Where it differs: a path into the decision, what is stored and what came out now."""


def replay(
    store: Store,
    compile_policies: Callable[[Mapping[str, bytes]], PolicySet],
    *,
    adjudicate: Adjudicate = engine.adjudicate,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[Replayed]:
    """Decide every stored case again, in the order in which they were decided.

    Args:
        store: the database.
        compile_policies: makes a policy set of its files, such as ``policy.load.compile_policies``.
        adjudicate: the engine.
        progress: is told how many are done, and of how many.
    """
    sets: dict[str, PolicySet | str] = {}
    with store.reading() as connection:
        total = count_decisions(connection)
    done = after = 0
    while True:
        with store.reading() as connection:
            cases = stored_cases(connection, after, CASES_AT_ONCE)
        if not cases:
            return
        for stored in cases:
            digest = stored.policy_digest
            if digest not in sets:
                sets[digest] = _policies(store, digest, compile_policies)
            yield _replayed(stored, sets[digest], adjudicate)
        done += len(cases)
        after = cases[-1].sequence
        progress(done, max(done, total))


def _policies(
    store: Store, digest: str, compile_policies: Callable[[Mapping[str, bytes]], PolicySet]
) -> PolicySet | str:
    """An archived policy set; a sentence when it cannot be had under this version."""
    with store.reading() as connection:
        files = archived_policies(connection, digest)
    if files is None:
        return f"policy set {digest} is not in the archive"
    try:
        policies = compile_policies(files)
    except Exception as refusal:
        return f"policy set {digest} does not compile any more: {refusal}"
    if policies.digest != digest:
        return f"policy set {digest} compiles to {policies.digest}"
    return policies


def _replayed(stored: StoredCase, policies: PolicySet | str, adjudicate: Adjudicate) -> Replayed:
    claim_id, number = stored.claim_id, stored.decision_number
    if isinstance(policies, str):
        return Replayed(claim_id, number, same=False, differences=(policies,))
    text = encode_decision(decide(stored.case, policies, adjudicate))
    if text == stored.decision_text:
        return Replayed(claim_id, number, same=True)
    try:
        before = msgspec.json.decode(stored.decision_text)
    except msgspec.DecodeError:
        return Replayed(claim_id, number, same=False, differences=("the stored decision is damaged",))
    found = tuple(_differences("", before, msgspec.json.decode(text)))
    return Replayed(claim_id, number, same=False, differences=found or ("the stored form is spelled differently",))


def _differences(path: str, before: object, now: object) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before | now:
            yield from _differences(f"{path}.{name}" if path else name, before.get(name), now.get(name))
    elif isinstance(before, list) and isinstance(now, list):
        for position, (earlier, later) in enumerate(zip_longest(before, now)):
            yield from _differences(f"{path}[{position}]", earlier, later)
    elif before != now:
        yield f"{path}: {_shown(before)} stored, {_shown(now)} now"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return f"{len(value)} entries"
    return "an entry" if isinstance(value, dict) else msgspec.json.encode(value).decode()
