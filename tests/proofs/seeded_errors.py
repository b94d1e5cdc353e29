"""What a seeded coding error is, and the case of a claim that carries some of them.

Every error has a clean twin: the same services without it. In a claim that carries several each has a day, a practitioner
and a specialty of its own, so that no error touches the services of another.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from adjudicator.model.case import Case, Coverage, HistoryLine, LineState, Member, Participation
from adjudicator.model.claim import (
    Address,
    Ambulance,
    Claim,
    ClaimType,
    Diagnosis,
    Drug,
    Line,
    Person,
    Provider,
    Sex,
    Subscriber,
    UnitBasis,
)
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Verdict

FIRST_DAY = dt.date(2026, 5, 4)
DAYS_BETWEEN = 5
"""Between the days of two errors of one claim: no error has services of more days."""
SINCE = Span(dt.date(2025, 1, 1))
GROUP = Provider(npi="1888000134", name="SEEDED GROUP", tax_id="998000013")
OTHER_GROUP = Provider(npi="1888000126", name="OTHER GROUP", tax_id="998000012")
CONTRACT = "contracts/prairie-orthopedics"
"""It pays a share of any charge: no fee is missing."""
PLAN = "plans/ppo-gold"
PRACTITIONERS = (
    ("1888000217", "207Q00000X"),
    ("1888000225", "207R00000X"),
    ("1888000233", "207N00000X"),
    ("1888000241", "207X00000X"),
    ("1888000258", "208000000X"),
    ("1888000266", "2084N0400X"),
)
"""One for each error of a claim, each of another specialty."""
TRANSPORT = Ambulance(miles_thousandths=12_000, pick_up=Address(postal_code="680010001"))
ADULT, WOMAN = dt.date(1976, 3, 1), Sex.FEMALE


@dataclass(frozen=True)
class Service:
    """One line of an error or of its clean twin."""

    procedure: str
    modifiers: str = ""
    diagnoses: str = "E119"
    """The line's own, the first being its first."""
    units: int = 1
    place: str = "11"
    charge_cents: int = 20_000
    after: int = 0
    """Days after the error's first day."""
    days: int = 1
    taxonomy: str = ""
    """Of the rendering practitioner, where the error needs one."""
    ndc: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of the line."""
    rules: tuple[str, ...] = ()
    """What must be found on the line."""


@dataclass(frozen=True)
class Earlier:
    """A line that was decided before."""

    procedure: str
    days_before: int = 0
    modifiers: str = ""
    units: int = 1
    place: str = "11"
    same_practitioner: bool = True
    same_group: bool = True
    state: LineState = LineState.PAID


@dataclass(frozen=True)
class CodingError:
    """An error and its clean twin, which differ in nothing but the error."""

    name: str
    wrong: tuple[Service, ...]
    clean: tuple[Service, ...]
    history: tuple[Earlier, ...] = ()
    born: dt.date = ADULT
    sex: Sex = WOMAN
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the claim that both need."""

    @property
    def rules(self) -> set[str]:
        """Every rule that must find it."""
        return {rule for service in self.wrong for rule in service.rules}

    def meddles_with(self, other: "CodingError") -> bool:
        """Whether one of the two looks back at services that the other has as well."""
        mine, others = ({one.procedure for one in error.wrong + error.clean} for error in (self, other))
        looked_at = {one.procedure for one in self.history + other.history}
        return bool(looked_at & mine & others)


def error(name: str, wrong: Service, clean: Service, *history: Earlier, **changes: object) -> CodingError:
    """An error of one line."""
    return CodingError(name, (wrong,), (clean,), history, **changes)  # type: ignore[arg-type]


def case_of(errors: Sequence[CodingError], *, clean: bool = False) -> tuple[Case, set[tuple[str, int]]]:
    """The case of one claim with these errors, or with their clean twins; and each rule with the line where it must be found."""
    diagnoses: list[str] = []
    lines: list[Line] = []
    history: list[HistoryLine] = []
    expected: set[tuple[str, int]] = set()
    changes: dict[str, Any] = {}
    for position, error in enumerate(errors):
        first = FIRST_DAY + dt.timedelta(days=position * DAYS_BETWEEN)
        changes |= error.changes
        for service in error.clean if clean else error.wrong:
            number = len(lines) + 1
            lines.append(_line(number, service, first, PRACTITIONERS[position], diagnoses))
            expected |= {(rule, number) for rule in service.rules}
        history += _history(error, position, first)
    sex, born = errors[0].sex, errors[0].born
    received = max(line.through_date or line.from_date or FIRST_DAY for line in lines) + dt.timedelta(days=9)
    person = Person(last_name="SEEDED", first_name="PATIENT", birth_date=born, sex=sex)
    claim = Claim(
        claim_type=ClaimType.PROFESSIONAL,
        patient_control_number="SEEDED",
        total_charge_cents=sum(line.charge_cents for line in lines),
        billing=GROUP,
        subscriber=Subscriber(member_id="SEEDED01", person=person),
        lines=tuple(lines),
        payer_id="MDWLK",
        diagnoses=tuple(Diagnosis(code, "other" if at else "principal") for at, code in enumerate(diagnoses)),
        **changes,
    )
    case = Case(
        claim_id="CSEEDED000000001",
        claim=claim,
        received_on=received,
        decided_on=received,
        members=(Member("SEEDED01", "FSEEDED1", "SEEDED", "PATIENT", birth_date=born, sex=sex),),
        coverage=(Coverage(plan=PLAN, span=SINCE),),
        participations=(Participation(GROUP.tax_id, GROUP.npi, "PPO", CONTRACT, SINCE),),
        history=tuple(history),
    )
    return case, expected


def _line(number: int, service: Service, first: dt.date, practitioner: tuple[str, str], diagnoses: list[str]) -> Line:
    for code in service.diagnoses.split():
        if code not in diagnoses:
            diagnoses.append(code)
    day = first + dt.timedelta(days=service.after)
    npi, taxonomy = practitioner
    line = Line(
        number=number,
        charge_cents=service.charge_cents,
        from_date=day,
        through_date=day + dt.timedelta(days=service.days - 1),
        procedure=service.procedure,
        modifiers=tuple(service.modifiers.split()),
        quantity_thousandths=service.units * 1000,
        diagnosis_pointers=tuple(diagnoses.index(code) + 1 for code in service.diagnoses.split()),
        place_of_service=service.place,
        rendering=Provider(npi=npi, name="SEEDED", taxonomy=service.taxonomy or taxonomy),
        service_facility=GROUP,
        unit_basis=UnitBasis.UNITS,
        drug=Drug(service.ndc, service.units * 1000, "UN") if service.ndc else None,
    )
    return msgspec.structs.replace(line, **service.more)


def _history(error: CodingError, position: int, first: dt.date) -> Iterator[HistoryLine]:
    npi, taxonomy = PRACTITIONERS[position]
    for number, earlier in enumerate(error.history, start=1):
        day = first - dt.timedelta(days=earlier.days_before)
        group = GROUP if earlier.same_group else OTHER_GROUP
        paid = earlier.state is LineState.PAID
        yield HistoryLine(
            claim_id=f"CEARLIER{position:04}{number:04}",
            decision_number=1,
            line=1,
            member_id="SEEDED01",
            state=earlier.state,
            billing_tax_id=group.tax_id,
            billing_npi=group.npi,
            rendering_npi=npi if earlier.same_practitioner else "1888000274",
            from_date=day,
            through_date=day,
            procedure=earlier.procedure,
            modifiers=tuple(sorted(earlier.modifiers.split())),
            place_of_service=earlier.place,
            quantity_thousandths=earlier.units * 1000,
            charge_cents=15_000,
            allowed_cents=9_000 if paid else 0,
            paid_cents=9_000 if paid else 0,
            tier="in_network" if paid else "",
            taxonomies=(taxonomy,),
        )


def found_in(decision: Decision) -> set[tuple[str, int]]:
    """What a decision found that takes something from what is paid: each rule with its line."""
    return {(finding.rule, finding.line) for finding in decision.findings if finding.verdict is not Verdict.INFORM}
