"""Claims that are clean by construction, with what each line comes to in cents; made without the engine.

People, providers and encounters are drawn from a seed. What keeps a claim clean is stated beside each rule below and in
``services``; what it comes to is worked out by ``rulebook`` and ``ledger`` from the payer's own YAML and CSV files.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.proofs import rulebook
from tests.proofs.ledger import Ledger, PricedLine, Share
from tests.proofs.services import ENCOUNTERS, MILES, NEW_VISITS, Encounter, Extra, Item

FIRST_DAY, LAST_DAY = dt.date(2025, 1, 6), dt.date(2026, 9, 30)
DAYS_TO_ARRIVE = 9
"""From the last day of service until the claim arrives: within every filing limit."""
MOST_LINES = 6
UNRELATED = "24"
"""A visit for something else within the aftercare of a surgery."""
SEPARATE = "25"
"""A visit beside a procedure of the same day."""
UNSHARED = Share(0, 0, 0)
TOGETHER_NEVER = frozenset({frozenset({"81001", "81003"})})
"""Pairs of extras of which the NCCI edits of 2024Q3 pay only one."""


@dataclass(frozen=True)
class Group:
    """A billing group; without a contract it is out of every network."""

    tax_id: str
    npi: str
    contract: str
    products: tuple[str, ...]

    @property
    def in_network(self) -> bool:
        """Whether it has a contract."""
        return self.contract != OUTSIDE


OUTSIDE = "contracts/out-of-network"
GROUPS = (
    Group("998000011", "1888000118", "contracts/riverside-medical-group", ("PPO", "HSA", "EPO", "MAPPO")),
    Group("998000012", "1888000126", "contracts/lakeside-clinic", ("PPO", "HSA", "MAPPO")),
    Group("998000013", "1888000134", "contracts/prairie-orthopedics", ("PPO", "HSA")),
    Group("998000014", "1888000142", OUTSIDE, ("PPO", "HSA", "MAPPO")),
)
PRACTITIONER = "1888000217"
CLIA_NUMBER = "28D0000099"
PICK_UP_POSTAL_CODE = "680010001"


@dataclass(frozen=True)
class Patient:
    """A member of an invented family."""

    member: str
    family: str
    born: dt.date
    sex: str
    relationship: str
    plan: str


@dataclass(frozen=True)
class CleanLine:
    """A line as it is sent, and what it comes to."""

    number: int
    day: dt.date
    procedure: str
    modifiers: tuple[str, ...]
    units_tenths: int
    charge_cents: int
    diagnoses: tuple[str, ...]
    ndc: str
    allowed_cents: int
    sequestration: int
    """Hundredths of a percent."""
    share: Share = UNSHARED

    @property
    def sequestered_cents(self) -> int:
        """What federal law takes of the plan's part."""
        return rulebook.half_up((self.allowed_cents - self.share.total_cents) * self.sequestration, 10_000)

    @property
    def paid_cents(self) -> int:
        """What the plan pays."""
        return self.allowed_cents - self.share.total_cents - self.sequestered_cents


@dataclass(frozen=True)
class CleanClaim:
    """A claim as it is sent, and what its lines come to."""

    number: str
    encounter: str
    patient: Patient
    group: Group
    specialty: str
    place: str
    received: dt.date
    lines: tuple[CleanLine, ...]
    miles_tenths: int = 0

    @property
    def diagnoses(self) -> tuple[str, ...]:
        """Every diagnosis of the claim once, the first line's first."""
        return tuple(dict.fromkeys(code for line in self.lines for code in line.diagnoses))


def patients(count: int, seed: int) -> list[Patient]:
    """Families of one to four, and single persons, over all plans."""
    draw = random.Random(seed)
    found: list[Patient] = []
    family = 0
    while len(found) < count:
        family += 1
        plan, oldest, most = draw.choices(
            (
                ("plans/ppo-gold", 64, 4),
                ("plans/hsa-bronze", 64, 4),
                ("plans/epo-select", 64, 4),
                ("plans/ppo-solo", 64, 1),
                ("plans/advantage-wisconsin", 90, 1),
            ),
            (8, 4, 4, 2, 2),
        )[0]
        first_age = 65 if most == 1 and oldest == 90 else 22
        for place in range(draw.randint(1, most)):
            age = draw.randint(first_age, oldest) if place < 2 else draw.choice((0, 0, 2, 3, 5, 8, 11, 13, 16))
            found.append(
                Patient(
                    member=f"CC{family:05d}{place}",
                    family=f"CF{family:05d}",
                    # The youngest are born in 2024: some are infants in 2025, and everybody is born before the first claim.
                    born=dt.date(2024, 12, 1) - dt.timedelta(days=age * 366 + draw.randint(0, 300)),
                    sex=draw.choice("FM"),
                    relationship=("18", "01", "19", "19")[place],
                    plan=plan,
                )
            )
    return found[:count]


def clean_claims(count: int, seed: int = 1) -> Iterator[CleanClaim]:
    """So many claims in the order in which they arrive, ten of each patient, with what they come to in that order."""
    people = patients((count + 9) // 10, seed)
    sent = [claim for position, patient in enumerate(people) for claim in _Chart(patient, seed + position).claims(10)]
    sent.sort(key=lambda claim: (claim.received, claim.number))
    ledger = Ledger()
    for claim in sent[:count]:
        priced = [
            PricedLine(line.number, line.day, line.procedure, line.modifiers, line.allowed_cents)
            for line in claim.lines
        ]
        patient = claim.patient
        shares = ledger.shares(patient.member, patient.family, patient.plan, claim.group.in_network, priced)
        yield replace(claim, lines=tuple(replace(line, share=shares[line.number]) for line in claim.lines))


class _Chart:
    """One patient's encounters, day after day; what came before bounds what may come."""

    def __init__(self, patient: Patient, seed: int) -> None:
        self._patient = patient
        self._draw = random.Random(f"{seed} {patient.member}")
        self._last: dict[str, dt.date] = {}
        """The last day of each procedure and each kind of encounter."""
        self._count: dict[tuple[str, int], int] = {}
        """How often each kind of encounter was in a year."""
        self._seen: dict[Group, dt.date] = {}
        """The last day with each group."""
        self._aftercare: dict[Group, dt.date] = {}
        """The last day of each group's aftercare of a surgery."""

    def claims(self, count: int) -> Iterator[CleanClaim]:
        """The patient's claims. No two are on one day: no duplicates, no pairs, units or visits of a day across claims."""
        room = (LAST_DAY - FIRST_DAY).days // count
        for position in range(count):
            # Each in a stretch of days of its own, which a stay of three days does not leave.
            day = FIRST_DAY + dt.timedelta(days=position * room + self._draw.randint(0, room - 4))
            claim = None
            while claim is None:
                claim = self._claim(day, f"{self._patient.member}-{position}")
            yield claim

    def _claim(self, day: dt.date, number: str) -> CleanClaim | None:
        group = self._draw.choices(GROUPS, (5, 4, 2, 1))[0]
        product = rulebook.version(self._patient.plan, day)["product"]
        if product not in group.products:
            return None
        # What providers of the area charge is another proof's: their table has few services.
        if not group.in_network and "out_of_network_contract" in rulebook.version(self._patient.plan, day):
            return None
        fitting = [encounter for encounter in ENCOUNTERS if self._fits(encounter, group, day)]
        encounter = self._draw.choices(fitting, [one.weight for one in fitting])[0]
        modifiers: tuple[str, ...] = ()
        if day <= self._aftercare.get(group, day - dt.timedelta(days=1)):
            # Within aftercare the group bills no more than a visit for something else.
            if not encounter.visit:
                return None
            modifiers = (UNRELATED,)
        # The day before a major surgery belongs to it.
        if encounter.global_days == 90 and self._seen.get(group) == day - dt.timedelta(days=1):
            return None
        lines = self._lines(encounter, group, day, modifiers)
        if lines is None:
            return None
        self._note(encounter, group, lines)
        miles = next((line.units_tenths for line in lines if line.procedure == MILES.procedure), 0)
        return CleanClaim(
            number=number,
            encounter=encounter.name,
            patient=self._patient,
            group=group,
            specialty=encounter.specialty,
            place=encounter.place,
            received=max(line.day for line in lines) + dt.timedelta(days=DAYS_TO_ARRIVE),
            lines=tuple(lines),
            miles_tenths=miles,
        )

    def _fits(self, encounter: Encounter, group: Group, day: dt.date) -> bool:
        patient = self._patient
        return (
            _within(encounter.ages, patient.born, day)
            and encounter.sex in ("", patient.sex)
            and (group.in_network or not encounter.network_only)
            and (not encounter.plans or patient.plan in encounter.plans)
            and patient.plan not in encounter.not_plans
            and self._count.get((encounter.name, day.year), 0) < encounter.most_a_year
            and self._apart(encounter.name, encounter.months_apart, day)
        )

    def _apart(self, name: str, months: int, day: dt.date) -> bool:
        last = self._last.get(name)
        return last is None or (day - last).days > months * 31

    def _lines(
        self, encounter: Encounter, group: Group, day: dt.date, visit_modifiers: tuple[str, ...]
    ) -> list[CleanLine] | None:
        draw = self._draw
        items = list(encounter.items)
        if encounter.choices:
            # A visit of a new patient only where the group has never seen the patient.
            new = encounter.visit and group not in self._seen
            items.insert(0, draw.choice(NEW_VISITS if new else encounter.choices))
        if not visit_modifiers:
            extras = self._extras(encounter, group, day)
            items += [item for extra in extras for item in extra.items]
            if any(extra.separate for extra in extras):
                items[0] = replace(items[0], modifiers=(SEPARATE,))
        else:
            items[0] = replace(items[0], modifiers=visit_modifiers)
        if encounter.ambulance:
            items.append(MILES)
        main = draw.choice(encounter.diagnoses)
        lines = []
        for number, item in enumerate(items, start=1):
            line_day = day + dt.timedelta(days=number - 1 if encounter.days > 1 else 0)
            line = self._line(number, line_day, item, main, encounter, group)
            if line is None:
                return None
            lines.append(line)
        # Ranked procedures of one day reduce each other, and so do several units of one: at most one, once.
        ranked = [line for line in lines if self._ranked(line, group)]
        if len(ranked) > 1 or any(line.units_tenths > 10 for line in ranked):
            return None
        return lines

    def _extras(self, encounter: Encounter, group: Group, day: dt.date) -> list[Extra]:
        chosen: list[Extra] = []
        taken = {item.procedure for item in encounter.items}
        for extra in self._draw.sample(encounter.extras, min(len(encounter.extras), encounter.most_extras)):
            named = {item.procedure for item in extra.items}
            if (
                # No service twice a day, and none beside one that includes it.
                not named & taken
                and not any(frozenset({one, other}) in TOGETHER_NEVER for one in named for other in taken)
                # A procedure includes other procedures, injections and heart tracings of its day.
                and not (extra.procedural and any(one.procedural for one in chosen))
                and not (extra.procedural and "93000" in taken)
                and not ("93000" in named and any(one.procedural for one in chosen))
                and 1 + sum(len(one.items) for one in chosen) + len(extra.items) <= MOST_LINES
                and all(self._apart(item.procedure, item.months_apart, day) for item in extra.items)
                and all(_within(item.ages, self._patient.born, day) for item in extra.items)
            ):
                chosen.append(extra)
                taken |= named
        return chosen

    def _line(
        self, number: int, day: dt.date, item: Item, main: str, encounter: Encounter, group: Group
    ) -> CleanLine | None:
        draw = self._draw
        units_tenths = draw.randint(11, 300) if item is MILES else 10 * draw.randint(*item.units)
        diagnosis = draw.choice(item.diagnoses) if item.diagnoses else main
        # What the contract would pay of any charge, so that charges lie on both sides of it.
        full_cents = rulebook.allowed_cents(
            group.contract, item.procedure, units_tenths, encounter.place, 100_000_000, day
        )
        if full_cents is None:
            return None
        usual_cents = 1_200_000 if encounter.global_days == 90 else 20_000
        around_cents = full_cents if full_cents < 5_000_000 else usual_cents
        charge_cents = max(1, around_cents * draw.randint(70, 190) // 100)
        allowed_cents = rulebook.allowed_cents(
            group.contract, item.procedure, units_tenths, encounter.place, charge_cents, day
        )
        # A price of nothing waits.
        if not allowed_cents:
            return None
        return CleanLine(
            number=number,
            day=day,
            procedure=item.procedure,
            modifiers=item.modifiers,
            units_tenths=units_tenths,
            charge_cents=charge_cents,
            diagnoses=(diagnosis,),
            ndc=item.ndc,
            allowed_cents=allowed_cents,
            sequestration=rulebook.sequestration(self._patient.plan, day),
        )

    @staticmethod
    def _ranked(line: CleanLine, group: Group) -> bool:
        schedule = rulebook.pay_row(group.contract, line.procedure, line.day).get("from")
        return schedule is not None and rulebook.is_ranked(schedule, line.procedure, line.day)

    def _note(self, encounter: Encounter, group: Group, lines: list[CleanLine]) -> None:
        last_day = max(line.day for line in lines)
        self._last[encounter.name] = last_day
        for line in lines:
            self._last[line.procedure] = last_day
        year = (encounter.name, last_day.year)
        self._count[year] = self._count.get(year, 0) + 1
        self._seen[group] = last_day
        if encounter.global_days:
            self._aftercare[group] = last_day + dt.timedelta(days=encounter.global_days)


def _within(ages: tuple[int, int], born: dt.date, day: dt.date) -> bool:
    """Whether somebody is of these ages in completed years; nobody younger than a month is anywhere."""
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return ages[0] <= years <= ages[1] and (day - born).days >= 29
