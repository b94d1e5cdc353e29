"""Reads 837 text: every claim comes back either as a Claim or as the list of everything that is wrong with it.

837P (005010X222...) and 837I (005010X223...) become the same Claim; other versions are refused by name. No claim is ever
lost and none harms another: a transaction whose envelope is wrong is refused claim by claim, the next one is read on.
Reading says whether a claim can be understood. Whether it is right - balanced totals, known codes, pointers that lead
somewhere, check digits, dates in the future - is for the engine to say.
"""

import datetime as dt
import itertools
from collections.abc import Iterator

import msgspec

from adjudicator.model.claim import Claim, ClaimType, Person, Provider, Purpose
from adjudicator.x12.claim_loops import read_claim
from adjudicator.x12.elements import Elements
from adjudicator.x12.interchange import (
    UNPROCESSABLE,
    Interchange,
    Place,
    Problem,
    Transaction,
    read_interchanges,
    shown_number,
)
from adjudicator.x12.levels import Levels

_CLAIM_TYPES = {"005010X222": ClaimType.PROFESSIONAL, "005010X223": ClaimType.INSTITUTIONAL}
_INSTEAD = {"X096": "005010X223A2", "X098": "005010X222A1"}
"""What to send instead of the 4010 guides, by guide."""


class Origin(msgspec.Struct, frozen=True):
    """The 837 transaction that a claim came in: what its acknowledgement answers to."""

    submitter_id: str = ""
    """1000A NM109, else the sender of the group."""
    submitter_name: str = ""
    receiver_id: str = ""
    """1000B NM109."""
    reference: str = ""
    """BHT03, which the 277CA echoes."""
    interchange_control_number: str = ""
    transaction_control_number: str = ""
    test: bool = False
    """It came in a test interchange."""


class Headline(msgspec.Struct, frozen=True):
    """What names a claim in an acknowledgement."""

    patient_control_number: str = ""
    charge_cents: int = 0
    billing: Provider = Provider()
    patient: Person = Person()
    member_id: str = ""
    from_date: dt.date | None = None
    through_date: dt.date | None = None
    type_of_bill: str = ""
    clearinghouse_trace: str = ""


class ReadClaim(msgspec.Struct, frozen=True):
    """A claim that was understood."""

    claim: Claim
    place: Place
    """Of its CLM segment."""
    position: int
    """Its number among the claims of its interchange, from 1."""
    request_id: str
    """The same file always gives the same: digest of the interchange, ``-``, position."""
    origin: Origin


class Unreadable(msgspec.Struct, frozen=True):
    """A claim that was not understood, or (position 0) an envelope without claims that is wrong."""

    place: Place
    problems: tuple[Problem, ...]
    """Everything that is wrong, at least one."""
    position: int = 0
    request_id: str = ""
    headline: Headline = Headline()
    """As far as it could be read."""
    origin: Origin = Origin()

    @property
    def is_claim(self) -> bool:
        """Whether it stands for a claim; False for an envelope or a level that holds none."""
        return self.position > 0

    @property
    def patient_control_number(self) -> str:
        """CLM01; empty when there is none."""
        return self.headline.patient_control_number

    @property
    def statuses(self) -> tuple[str, ...]:
        """277CA composites ``category:status[:entity]``, each once, in the order of the problems."""
        return tuple(dict.fromkeys(problem.status for problem in self.problems))


ReadItem = ReadClaim | Unreadable


def headline(claim: Claim) -> Headline:
    """What names a claim in an acknowledgement."""
    return Headline(
        patient_control_number=claim.patient_control_number,
        charge_cents=claim.total_charge_cents,
        billing=claim.billing,
        patient=claim.treated,
        member_id=claim.subscriber.member_id,
        from_date=claim.from_date,
        through_date=claim.through_date,
        type_of_bill=claim.institutional.type_of_bill if claim.institutional else "",
        clearinghouse_trace=claim.clearinghouse_trace,
    )


def read_claims(text: str) -> Iterator[ReadItem]:
    """Every claim of a text that holds any number of interchanges, in order: exactly one item for each CLM segment.

    Items that stand for no claim (``is_claim`` is False) tell of broken envelopes and of transactions without claims. Of an
    interchange whose ISA is cut off they tell that alone: without its delimiters nobody can count its claims.

    Raises:
        NotX12: the text holds no interchange at all.
    """
    for interchange in read_interchanges(text):
        if interchange.problems:
            yield Unreadable(interchange.problems[0].place, interchange.problems)
        position = 0
        for transaction in interchange.transactions:
            for item in _read_transaction(interchange, transaction, position):
                if isinstance(item, ReadClaim) or item.is_claim:
                    position = item.position
                yield item


def _read_transaction(interchange: Interchange, transaction: Transaction, position: int) -> Iterator[ReadItem]:
    elements = Elements(transaction)
    claim_type = _CLAIM_TYPES.get(transaction.version[:10]) if transaction.kind in ("837", "") else None
    bounds = elements.bounds()
    elements.load(0, bounds[0] if bounds else len(elements))
    if claim_type is None:
        yield from _refuse_claims(interchange, elements, bounds, position)
        return
    origin, purpose = _read_heading(elements, interchange)
    refusals = (*transaction.problems, *elements.problems)
    levels = Levels(elements)
    broken: Problem | None = None
    """The first segment out of place since the last HL: whom the claims after it belong to is not certain."""
    any_item = False
    for start, end in itertools.pairwise([*bounds, len(elements)]):
        elements.load(start, end)
        tag = elements.segments[0][0]
        if tag == "CLM":
            position += 1
            problems = [*refusals, *levels.claim_problems()]
            if broken is not None:
                problems.append(broken)
            claim = read_claim(elements, levels, purpose, claim_type)
            problems += elements.problems
            broken = broken or elements.stray
            place, request_id = elements.place(0), f"{interchange.digest}-{position}"
            if problems:
                yield Unreadable(place, tuple(problems), position, request_id, headline(claim), origin)
            else:
                yield ReadClaim(claim, place, position, request_id, origin)
            any_item = True
            continue
        elements.stray = broken = None
        lost = levels.open() if tag == "HL" else levels.close("20")
        if lost:
            yield Unreadable(lost[0].place, tuple(lost), origin=origin)
            any_item = True
    if not any_item:
        elements.load(0, 1)
        elements.note(0, "a transaction without claims", "at least one CLM", status=UNPROCESSABLE)
        problems = [*refusals, *levels.close("20"), *elements.problems]
        yield Unreadable(problems[0].place, tuple(problems), origin=origin)


def _refuse_claims(
    interchange: Interchange, elements: Elements, bounds: list[int], position: int
) -> Iterator[Unreadable]:
    """One item for every CLM of a transaction that is not read, or one for the transaction when it has none."""
    problem = _refusal(elements)
    origin, _ = _read_heading(elements, interchange)
    problems = (*elements.transaction.problems, problem)
    any_claim = False
    for start in bounds:
        elements.load(start, start + 1)
        if elements.segments[0][0] == "CLM":
            any_claim = True
            position += 1
            name = Headline(patient_control_number=elements.text(0, 1))
            yield Unreadable(elements.place(0), problems, position, f"{interchange.digest}-{position}", name, origin)
    if not any_claim:
        yield Unreadable(problems[0].place, problems, origin=origin)


def _refusal(elements: Elements) -> Problem:
    """Refuse by name what is no 837, or is written to a guide that is not read."""
    transaction = elements.transaction
    if transaction.kind not in ("837", ""):
        elements.note(0, shown_number(transaction.kind), "837", element=1, status=UNPROCESSABLE)
    else:
        known = " or ".join(_INSTEAD.values())
        instead = _INSTEAD.get(transaction.version[6:10], known) if transaction.version[:6] == "004010" else known
        found = f"{transaction.version or 'no version'}, which is not read"
        elements.note(0, found, f"{instead} and send it again", element=3, status=UNPROCESSABLE)
    return elements.problems[0]


def _read_heading(elements: Elements, interchange: Interchange) -> tuple[Origin, Purpose]:
    """BHT, submitter and receiver (loops 1000A and 1000B), which are loaded."""
    names: dict[str, tuple[str, str]] = {}
    reference = ""
    purpose = Purpose.CHARGEABLE
    for index, segment in enumerate(elements.segments):
        if segment[0] == "BHT":
            reference = elements.text(index, 3)
            if elements.coded(index, 6, ("CH", "RP")) == "RP":
                purpose = Purpose.ENCOUNTER
        elif segment[0] == "NM1":
            role = elements.coded(index, 1, ("41", "40"))
            elements.coded(index, 2, ("1", "2"))
            names.setdefault(role, (elements.text(index, 9), elements.text(index, 3)))
    submitter = names.get("41", ("", ""))
    origin = Origin(
        submitter_id=submitter[0],
        submitter_name=submitter[1],
        receiver_id=names.get("40", ("", ""))[0],
        reference=reference,
        interchange_control_number=interchange.control_number,
        transaction_control_number=elements.transaction.control_number,
        test=elements.transaction.test,
    )
    return origin, purpose
