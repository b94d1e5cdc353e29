"""Claims for load, deterministic by seed, with the line counts of domain/10 section 3 and the demo payer's codes."""

import datetime as dt
import hashlib
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

from adjudicator.model.case import Coverage, Member, Participation
from adjudicator.model.claim import Claim, ClaimType, Diagnosis, Line, Person, Provider, Sex, Subscriber
from adjudicator.model.dates import Span
from adjudicator.store import membership
from adjudicator.store.database import Store

RECEIVED = dt.date(2026, 6, 30)
PLAN = "plans/ppo-gold"
CONTRACT = "contracts/lakeside-clinic"
PRODUCT = "PPO"
SINCE = dt.date(2026, 1, 1)
FAMILY_SIZE = 3

BILLING = Provider(npi="1234567893", name="LOADTEST MEDICAL GROUP", tax_id="999000099")
RENDERING = Provider(npi="1999999992", name="LOADTEST", first_name="RENDERING")

LINE_COUNTS = (1, 2, 3, 4, 5, 8, 15, 30)
LINE_COUNT_WEIGHTS = (46, 22, 12, 7, 4, 7, 1.7, 0.3)
FINGERS = ("", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8")
SERVICES = (("99213", 14000), ("71046", 9000), ("93000", 6000), ("80053", 4500), ("85025", 3500), ("36415", 1500))
DIAGNOSES = ("E119", "I10", "J069", "M5450")


def members(count: int) -> Iterator[Member]:
    """Made-up members in families of three."""
    for number in range(count):
        yield Member(
            member_id=f"LT{number:08d}",
            family_id=f"LF{number // FAMILY_SIZE:08d}",
            last_name="LOADTEST",
            first_name=f"MEMBER{number}",
            birth_date=dt.date(1960, 1, 1) + dt.timedelta(days=number % 18_000),
            sex=Sex.FEMALE if number % 2 else Sex.MALE,
        )


def coverage() -> Coverage:
    """The one coverage that every load member has."""
    return Coverage(plan=PLAN, span=Span(SINCE))


def participation() -> Participation:
    """The one contract of the billing provider."""
    return Participation(tax_id=BILLING.tax_id, npi=BILLING.npi, product=PRODUCT, contract=CONTRACT, span=Span(SINCE))


def claims(count: int, member_count: int, *, seed: int = 1, line_count: int | None = None) -> Iterator[Claim]:
    """Balanced professional claims of random members; ``line_count`` fixes the number of lines."""
    chance = random.Random(seed)
    people = list(members(member_count))
    for number in range(count):
        member = chance.choice(people)
        lines = line_count or chance.choices(LINE_COUNTS, LINE_COUNT_WEIGHTS)[0]
        day = RECEIVED - dt.timedelta(days=chance.randint(1, 150))
        yield claim(member, day, lines, f"LOAD{seed}-{number}", chance)


def claim(member: Member, day: dt.date, line_count: int, control_number: str, chance: random.Random) -> Claim:
    """One claim of one day; services repeat only on another finger, so that no line is a duplicate of another."""
    lines = []
    for number in range(1, line_count + 1):
        round_of_services, position = divmod(number - 1, len(SERVICES))
        procedure, charge_cents = SERVICES[position]
        finger = FINGERS[round_of_services % len(FINGERS)]
        lines.append(
            Line(
                number=number,
                charge_cents=charge_cents + chance.randint(0, 9999),
                from_date=day,
                through_date=day,
                procedure=procedure,
                modifiers=(finger,) if finger else (),
                diagnosis_pointers=(1,),
                place_of_service="11",
                rendering=RENDERING,
                service_facility=BILLING,
                control_number=str(number),
            )
        )
    return Claim(
        claim_type=ClaimType.PROFESSIONAL,
        patient_control_number=control_number,
        total_charge_cents=sum(line.charge_cents for line in lines),
        billing=BILLING,
        subscriber=Subscriber(
            member_id=member.member_id,
            person=Person(
                last_name=member.last_name, first_name=member.first_name, birth_date=member.birth_date, sex=member.sex
            ),
        ),
        lines=tuple(lines),
        diagnoses=(Diagnosis(code=chance.choice(DIAGNOSES), kind="principal"),),
    )


def seed(folder: Path, member_count: int, token: str, database: str = "") -> tuple[str, Path]:
    """A database with the load members, and a credentials file that lets a biller in by a token; where both are.

    Args:
        folder: holds the credentials, and the SQLite file when no database is named.
        member_count: how many members.
        token: the biller's token.
        database: URL of an empty database; an SQLite file when empty.
    """
    database, credentials = database or str(folder / "store.sqlite"), folder / "credentials.json"
    store = Store(database)
    store.migrate()
    with store.writing() as connection:
        membership.load_members(connection, ((member, (coverage(),)) for member in members(member_count)))
        membership.load_participations(connection, (participation(),))
    store.close()
    caller = {
        "name": "load",
        "role": "provider",
        "submitter": "load",
        "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
        "billing": [{"tax_id": BILLING.tax_id, "npi": BILLING.npi}],
    }
    credentials.write_text(json.dumps([caller]))
    return database, credentials


def server_settings(database: str, credentials: Path, policies: Path) -> dict[str, str]:
    """The environment of a server over a seeded database, on a free port, whose today is the day of receipt."""
    return {
        **os.environ,
        "ADJUDICATOR_POLICIES": str(policies),
        "ADJUDICATOR_CREDENTIALS": str(credentials),
        "ADJUDICATOR_DATABASE": database,
        "ADJUDICATOR_LISTEN": "127.0.0.1:0",
        "ADJUDICATOR_AS_OF": RECEIVED.isoformat(),
    }
