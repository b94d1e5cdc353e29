"""A payer at work for tests: a real database file, a family of three, two billing providers, callers of every role.

The plan and fees are those of ``tests.building.worked_policies`` (deductible 1,000.00, then 20 %; what is charged is
allowed), with the demo payer's medical policies: an ultrasound of the heart without a listed indication waits for a
clinician.
"""

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from adjudicator import engine
from adjudicator.model.case import Coverage, Member, Participation
from adjudicator.model.claim import Claim, Person, Provider, Subscriber
from adjudicator.model.principal import BillingGrant, Principal, Role
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.accumulators import Accumulators
from adjudicator.service.claims import Answer, ClaimRecord, Claims, Submission
from adjudicator.service.corrections import Corrections
from adjudicator.service.deciding import Adjudicate
from adjudicator.service.payments import Payments
from adjudicator.service.policies import PoliciesInForce
from adjudicator.service.reviews import Reviews
from adjudicator.store.accumulators import OutsideAmount
from adjudicator.store.database import Store
from adjudicator.store.membership import load_members, load_participations
from tests.building import ALWAYS, BILLING, MEMBER, a_claim, a_line, worked_policies

TODAY = dt.date(2026, 4, 1)
SPOUSE = Member(
    member_id="TEST0002",
    family_id=MEMBER.family_id,
    last_name="SAMPLE",
    first_name="SPOUSE",
    birth_date=dt.date(1978, 5, 2),
    relationship="01",
)
CHILD = Member(
    member_id="TEST0003",
    family_id=MEMBER.family_id,
    last_name="SAMPLE",
    first_name="CHILD",
    birth_date=dt.date(2010, 6, 3),
    relationship="19",
)
STRANGER = Member(
    member_id="TEST0009",
    family_id="FTEST009",
    last_name="ANOTHER",
    first_name="FAMILY",
    birth_date=dt.date(1990, 7, 4),
)
OTHER_BILLING = Provider(npi="1987654328", name="SAMPLETON CLINIC", tax_id="999000002")

PROVIDER = Principal(
    name="riverside",
    role=Role.PROVIDER,
    submitter="riverside",
    billing=frozenset({BillingGrant(BILLING.tax_id, BILLING.npi)}),
)
OTHER_PROVIDER = Principal(
    name="sampleton",
    role=Role.PROVIDER,
    submitter="sampleton",
    billing=frozenset({BillingGrant(OTHER_BILLING.tax_id, OTHER_BILLING.npi)}),
)
OPERATOR = Principal(name="night-run", role=Role.OPERATOR, submitter="night-run")
REVIEWER = Principal(name="nurse", role=Role.REVIEWER, submitter="nurse")

ULTRASOUND = "93306"
FILES = {"payer.yaml": b"the files of the policy set"}


def policies_of(demo: PolicySet) -> PolicySet:
    """The worked plan with the demo payer's medical policies."""
    return msgspec.structs.replace(worked_policies(demo), coverage=demo.coverage, digest="a" * 64)


class Desk:
    """The use cases over one database file."""

    def __init__(self, place: str | Path, policies: PolicySet, adjudicate: Adjudicate = engine.adjudicate) -> None:
        self.store = Store(place)
        self.store.migrate()
        self.today = TODAY
        with self.store.writing() as connection:
            covered = [Coverage(plan="plans/worked", span=ALWAYS)]
            load_members(connection, [(member, covered) for member in (MEMBER, SPOUSE, CHILD, STRANGER)])
            load_participations(connection, [contract_of(BILLING), contract_of(OTHER_BILLING)])
        self.in_force = PoliciesInForce(self.store, FILES, policies)
        self.claims = Claims(self.store, self.in_force, self.clock, adjudicate=adjudicate)
        self.reviews = Reviews(self.store, self.in_force, self.clock, adjudicate=adjudicate)
        self.payments = Payments(self.store, self.in_force, self.clock)
        self.corrections = Corrections(self.store, self.in_force, self.clock, adjudicate=adjudicate)
        self.accumulators = Accumulators(self.store, self.in_force, self.clock)

    def clock(self) -> dt.date:
        return self.today

    def submit(self, *claims: Claim, principal: Principal = OPERATOR, prefix: str = "R") -> list[ClaimRecord]:
        """Submit claims that must be taken, under request ids of their own."""
        answers = self.claims.submit(principal, [Submission(f"{prefix}{n}", claim) for n, claim in enumerate(claims)])
        return [taken(answer) for answer in answers]

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        with self.store.reading() as connection:
            return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())

    def balance(self, owner: str, accumulator: str = "deductible") -> int:
        """What an owner has used, over all periods and tiers."""
        asked = sa.text(
            "SELECT coalesce(sum(amount_cents), 0) FROM accumulator_entries WHERE owner = :o AND accumulator = :a"
        )
        with self.store.reading() as connection:
            return int(connection.execute(asked, {"o": owner, "a": accumulator}).scalar_one())

    def statements(self, action: Callable[[], object]) -> list[str]:
        """The SQL statements that an action takes."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            action()
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return seen


def taken(answer: Answer) -> ClaimRecord:
    """An answer that is no error."""
    assert isinstance(answer, ClaimRecord), answer
    return answer


def contract_of(billing: Provider) -> Participation:
    return Participation(
        tax_id=billing.tax_id, npi=billing.npi, product="PPO", contract="contracts/worked", span=ALWAYS
    )


def subscriber(member: Member) -> Subscriber:
    person = Person(
        last_name=member.last_name, first_name=member.first_name, birth_date=member.birth_date, sex=member.sex
    )
    return Subscriber(member_id=member.member_id, person=person)


_counter = itertools.count(1)
_FINGERS = (
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "T1",
    "T2",
    "T3",
    "T4",
    "T5",
    "T6",
    "T7",
    "T8",
    "T9",
    "E1",
)
"""Modifiers that change no price. Services of another charge have another, so that they are not suspected duplicates."""


def a_visit(
    member: Member = MEMBER,
    charge_cents: int = 30_000,
    day: dt.date = dt.date(2026, 3, 2),
    lines: int = 1,
    **changes: Any,
) -> Claim:
    """A claim that is paid: office visits of a member, each with a charge of its own."""
    visits = [
        a_line(
            number, charge_cents=cents, from_date=day, through_date=day, modifiers=(_FINGERS[cents % len(_FINGERS)],)
        )
        for number, cents in enumerate(range(charge_cents, charge_cents + lines), start=1)
    ]
    control_number = f"PCN{next(_counter):05d}"
    return a_claim(*visits, **{"subscriber": subscriber(member), "patient_control_number": control_number, **changes})


def a_heart_study(
    member: Member = MEMBER, charge_cents: int = 40_000, day: dt.date = dt.date(2026, 3, 3), **changes: Any
) -> Claim:
    """A claim that waits for a clinician."""
    finger = _FINGERS[charge_cents % len(_FINGERS)]
    line = a_line(procedure=ULTRASOUND, charge_cents=charge_cents, from_date=day, through_date=day, modifiers=(finger,))
    return a_claim(
        line, **{"subscriber": subscriber(member), "patient_control_number": f"PCN{next(_counter):05d}", **changes}
    )


def an_amount(**changes: Any) -> OutsideAmount:
    """30.00 that a pharmacy counted toward the deductible of the member of the tests."""
    amount = OutsideAmount(
        source="pharmacy",
        source_id="RX1",
        member_id=MEMBER.member_id,
        served_on=dt.date(2026, 3, 1),
        accumulator="deductible",
        tier="in_network",
        amount_cents=3000,
    )
    return msgspec.structs.replace(amount, **changes)
