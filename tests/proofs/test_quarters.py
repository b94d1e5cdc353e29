"""Files of several quarters in the publisher's own layout side by side: each line meets the quarter of its own day.

The files are made up: the real one of 2024Q3 has no first days, so that nothing outside of its quarter can be told from it.
"""

import datetime as dt
import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import pytest

from adjudicator.engine import RULES, adjudicate
from adjudicator.model.case import Case
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.load import compile_policies, read_files
from adjudicator.policy.policy_set import PolicySet
from tests.building import a_case, a_claim, a_line, an_earlier_line
from tests.conftest import DEMO
from tests.proofs.pairs import TABLE, pairs_alone

TITLES = (
    "Made-up pairs in the publisher's layout\t\t\t\t\t\t\n"
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "\t\t\t\t*=no data\t1=allowed\t\n"
    "\t\t\t\t\t9=not applicable\t\n"
)
CODES = ("10060", "11102", "12001", "17000", "20610", "93000", "94010", "96372", "99212", "99213", "99214", "36415")
QUARTERS = (
    (dt.date(2025, 10, 1), dt.date(2025, 12, 31)),
    (dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
    (dt.date(2026, 4, 1), dt.date(2026, 6, 30)),
)
TRIALS = 4000


@dataclass(frozen=True)
class Row:
    """One row of a quarter's file."""

    greater: str
    lesser: str
    effective: dt.date
    deletion: dt.date | None
    indicator: str

    @property
    def text(self) -> str:
        """As the publisher writes it."""
        last = f"{self.deletion:%Y%m%d}" if self.deletion else "*"
        return f"{self.greater}\t{self.lesser}\t \t{self.effective:%Y%m%d}\t{last}\t{self.indicator}\tMade up\n"

    def holds_on(self, day: dt.date) -> bool:
        """Whether it holds on a day; a pair deleted as of its first day never does."""
        return self.indicator != "9" and self.effective <= day and (self.deletion is None or day <= self.deletion)


def made_up(seed: int) -> Iterator[tuple[Row, ...]]:
    """The rows of each quarter's file: pairs come, end within the quarter, change their indicator with a quarter."""
    draw = random.Random(seed)
    pairs = [(one, two) for position, one in enumerate(CODES) for two in CODES[position + 1 :]]
    for first, last in QUARTERS:
        rows = []
        for greater, lesser in draw.sample(pairs, len(pairs) * 2 // 3):
            begins = first + dt.timedelta(days=draw.choice((-300, 0, draw.randint(1, 80))))
            ends = draw.choice((None, None, last, first + dt.timedelta(days=draw.randint(0, 80))))
            indicator = draw.choice("0119")
            if indicator == "9":
                ends = begins
            if ends is None or begins <= ends:
                rows.append(Row(greater, lesser, begins, ends, indicator))
        yield tuple(rows)


def bound(quarters: Iterable[tuple[Row, ...]], more: str = "") -> dict[str, bytes]:
    """The demo payer's files with these quarters in place of its table of pairs."""
    files = {path: content for path, content in read_files(DEMO).items() if not path.startswith(TABLE)}
    versions = []
    for (first, last), rows in zip(QUARTERS, quarters, strict=True):
        name = f"{TABLE}-{first:%Y}-{first.month}.txt"
        files[name] = (TITLES + "".join(row.text for row in rows)).encode()
        versions.append(
            f"  - effective: {first}\n"
            f"    ends: {last}\n"
            f"    cite: {{title: Made-up pairs, section: From {first}, url: made-up}}\n"
            f"    publisher: A test\n    period: From {first}\n    layout: ncci-ptp\n    file: {name}\n"
            f"    sha256: {hashlib.sha256(files[name]).hexdigest()}\n"
        )
    head = f"kind: table\ntitle: Made-up pairs\nlists: procedure-pairs-practitioner\n{more}versions:\n"
    files[f"{TABLE}.yaml"] = (head + "".join(reversed(versions))).encode()
    return files


@pytest.fixture(scope="module")
def quarters() -> tuple[tuple[Row, ...], ...]:
    return tuple(made_up(2026))


@pytest.fixture(scope="module")
def policies(quarters: tuple[tuple[Row, ...], ...]) -> PolicySet:
    return pairs_alone(compile_policies(bound(quarters), RULES))


def in_force(quarters: Iterable[tuple[Row, ...]], one: str, two: str, day: dt.date) -> str:
    """The indicator of a pair on a day, by the file of the day's own quarter; empty where there is none."""
    for (first, last), rows in zip(QUARTERS, quarters, strict=True):
        if first <= day <= last:
            found = {row.indicator for row in rows if (row.greater, row.lesser) == (one, two) and row.holds_on(day)}
            return found.pop() if found else ""
    raise AssertionError(day)


def test_each_line_meets_the_quarter_of_its_own_day(quarters: tuple[tuple[Row, ...], ...], policies: PolicySet):
    """Two pairs of services on two days of any two quarters on one claim: each pair is held against its own quarter's file."""
    draw = random.Random(1)
    kinds = set()
    for _ in range(TRIALS):
        one, two, three, four = draw.sample(CODES, 4)
        days = [draw.choice(QUARTERS)[0] + dt.timedelta(days=draw.choice((0, 89, draw.randint(0, 89)))) for _ in "ab"]
        if days[0] == days[1]:
            continue
        modifiers = draw.choice(((), ("59",)))
        services = [(one, days[0], modifiers), (two, days[0], ()), (three, days[1], ()), (four, days[1], modifiers)]
        decision = adjudicate(case_of(services), policies)
        expected = []
        for lesser, day, _ in services:
            beside = [greater for greater, other_day, _ in services if other_day == day and greater != lesser]
            indicators = {in_force(quarters, greater, lesser, day) for greater in beside}
            expected.append("0" in indicators or ("1" in indicators and not modifiers))
        assert denied(decision) == expected, services
        kinds.add((days[0] in edges(), days[1] in edges(), *expected))
    assert len(kinds) >= 30


def edges() -> set[dt.date]:
    """First and last days of the quarters."""
    return {day for quarter in QUARTERS for day in quarter}


def test_over_a_change_of_quarter_the_same_services_are_decided_by_their_days():
    row = Row("20610", "99213", QUARTERS[1][0], None, "0")
    policies = pairs_alone(compile_policies(bound([(), (row,), ()]), RULES))
    for day, falls in (
        (QUARTERS[0][1], False),
        (QUARTERS[1][0], True),
        (QUARTERS[1][1], True),
        (QUARTERS[2][0], False),
    ):
        decision = adjudicate(case_of([("99213", day, ()), ("20610", day, ())]), policies)
        assert denied(decision) == [falls, False]


def test_a_pair_holds_through_the_day_of_its_deletion():
    last = dt.date(2026, 2, 15)
    row = Row("20610", "99213", dt.date(2026, 2, 1), last, "0")
    policies = pairs_alone(compile_policies(bound([(), (row,), ()]), RULES))
    for day, falls in ((31, False), (32, True), (46, True), (47, False)):
        on = dt.date(2025, 12, 31) + dt.timedelta(days=day)
        assert denied(adjudicate(case_of([("99213", on, ()), ("20610", on, ())]), policies)) == [falls, False], on


def test_on_a_day_without_a_quarter_the_line_waits_and_no_other():
    policies = pairs_alone(compile_policies(bound([(), (), ()]), RULES))
    inside, outside = QUARTERS[2][1], QUARTERS[2][1] + dt.timedelta(days=1)
    decision = adjudicate(case_of([("99213", inside, ()), ("99214", outside, ())]), policies)
    assert decision.disposition is Disposition.PENDED
    assert {(finding.rule, finding.line) for finding in decision.findings} == {("coding-table.missing", 2)}


def test_where_the_payer_allows_it_the_quarter_before_stands_in_and_the_line_is_marked():
    row = Row("20610", "99213", QUARTERS[2][0], None, "0")
    policies = pairs_alone(compile_policies(bound([(), (), (row,)], "missing_period: previous\n"), RULES))
    day = QUARTERS[2][1] + dt.timedelta(days=1)
    decision = adjudicate(case_of([("99213", day, ()), ("20610", day, ())]), policies)
    assert denied(decision) == [True, False]
    assert {finding.line for finding in decision.findings if finding.rule == "coding-table.previous"} == {1, 2}


def test_the_greater_code_of_an_earlier_claim_is_held_against_the_quarter_of_its_day():
    row = Row("20610", "99213", QUARTERS[1][0], None, "1")
    policies = pairs_alone(compile_policies(bound([(), (row,), ()]), RULES))
    for day, falls in ((QUARTERS[0][1], False), (QUARTERS[1][0], True), (QUARTERS[2][0], False)):
        earlier = an_earlier_line(procedure="20610", from_date=day, through_date=day)
        case = msgspec.structs.replace(case_of([("99213", day, ())]), history=(earlier,))
        assert denied(adjudicate(case, policies)) == [falls], day


def case_of(services: Iterable[tuple[str, dt.date, tuple[str, ...]]]) -> Case:
    lines = [
        a_line(number, procedure=procedure, modifiers=modifiers, from_date=day, through_date=day)
        for number, (procedure, day, modifiers) in enumerate(services, start=1)
    ]
    return a_case(a_claim(*lines), received_on=dt.date(2026, 7, 20))


def denied(decision: Decision) -> list[bool]:
    assert decision.disposition is not Disposition.PENDED, [finding.rule for finding in decision.findings]
    return [line.verdict is Verdict.DENY for line in decision.lines]
