"""Twenty thousand random pairs of the publisher's real file of 2024Q3: exactly what the file excludes is denied.

What must be denied is read off the file's rows with plain dictionaries; the engine gets the same file as a payer binds it.
"""

import csv
import datetime as dt
import gzip
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from adjudicator.engine import RULES, adjudicate
from adjudicator.model.case import Case, LineState
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.code_lists import CodeEntry
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FlatFees
from adjudicator.policy.load import compile_policies, read_files
from adjudicator.policy.load.table_files import checksum_of, content_at
from adjudicator.policy.policy_set import PolicySet
from tests.building import ALWAYS, ANY, CITE, a_case, a_claim, a_line, an_earlier_line
from tests.conftest import DEMO
from tests.proofs.pairs import TABLE, pairs_alone

PAIRS = 20_000
FILE = Path("ncci") / "ptp_prac_2024q3_all.csv.gz"
BINDING = """\
kind: table
title: Real pairs
lists: procedure-pairs-practitioner
versions:
  - effective: {effective}
    ends: {ends}
    cite: {{title: Real pairs, section: "2024, third quarter", url: "https://www.cms.gov/national-correct-coding-initiative-ncci"}}
    publisher: Centers for Medicare & Medicaid Services
    period: "2024, third quarter"
    layout: ncci-ptp
    file: tables/procedure-pairs-practitioner.csv.gz
    sha256: {sha256}
"""
FIRST_DAY, LAST_DAY = dt.date(2024, 7, 1), dt.date(2024, 9, 30)
"""The file has no first days, so that only the days of its own quarter are sure."""
RECEIVED = dt.date(2025, 1, 6)
ACTIVE = "9999-12-31"
BYPASS = (
    "25",
    "59",
    "XE",
    "XS",
    "XP",
    "XU",
    "24",
    "57",
    "58",
    "78",
    "79",
    "27",
    "91",
    "RT",
    "LT",
    "E1",
    "FA",
    "F9",
    "TA",
    "T5",
    "LC",
)
"""Some of each kind of NCCI modifier: on either code they part a pair with indicator 1."""
NO_BYPASS = ("22", "76", "77", "GP", "KX")
"""Modifiers that part no pair."""


@dataclass(frozen=True)
class RealFile:
    """The rows of the publisher's file."""

    rows: tuple[tuple[str, str, str, str], ...]
    """Column 1, column 2, deletion, modifier indicator."""
    active: dict[tuple[str, str], str]
    """The pairs that hold in the quarter, with their indicator."""

    def excludes(self, greater: str, lesser: str, modifiers: Iterable[str]) -> bool:
        """Whether ``lesser`` is not paid beside ``greater``."""
        indicator = self.active.get((greater, lesser))
        return indicator == "0" or (indicator == "1" and not set(BYPASS) & set(modifiers))


@dataclass(frozen=True)
class Trial:
    """Two services of one patient, practitioner and day, in the order in which they are sent."""

    first: str
    second: str
    first_modifiers: tuple[str, ...]
    second_modifiers: tuple[str, ...]
    day: dt.date
    on_one_claim: bool

    def case(self) -> Case:
        """The second service on a claim, and the first before it there or on a claim that was paid."""
        one = a_line(1, procedure=self.first, modifiers=self.first_modifiers, from_date=self.day, through_date=self.day)
        two = msgspec.structs.replace(one, procedure=self.second, modifiers=self.second_modifiers)
        if self.on_one_claim:
            return a_case(a_claim(one, msgspec.structs.replace(two, number=2)), received_on=RECEIVED)
        earlier = an_earlier_line(
            procedure=self.first,
            modifiers=tuple(sorted(self.first_modifiers)),
            from_date=self.day,
            through_date=self.day,
            state=LineState.PAID,
        )
        return a_case(a_claim(two), received_on=RECEIVED, history=(earlier,))


@pytest.fixture(scope="module")
def real(shared_data: Path) -> RealFile:
    with gzip.open(shared_data / FILE, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        read = tuple((row[0], row[1], row[2], row[3]) for row in rows)
    active = {(one, two): indicator for one, two, deletion, indicator in read if deletion == ACTIVE}
    return RealFile(read, active)


@pytest.fixture(scope="module")
def trials(real: RealFile) -> tuple[Trial, ...]:
    """Pairs drawn from all rows, whether active or deleted, whatever their indicator, half of them turned around."""
    draw = random.Random(2024)
    return tuple(_trials(draw, draw.sample(real.rows, PAIRS)))


def _trials(draw: random.Random, rows: Iterable[tuple[str, str, str, str]]) -> Iterator[Trial]:
    for greater, lesser, _, _ in rows:
        first, second = draw.choice([(greater, lesser), (lesser, greater)])
        modifiers: list[tuple[str, ...]] = [(), ()]
        kind = draw.choice(("none", "none", "bypass", "bypass", "other"))
        if kind != "none":
            modifiers[draw.randint(0, 1)] = (draw.choice(BYPASS if kind == "bypass" else NO_BYPASS),)
        yield Trial(
            first,
            second,
            modifiers[0],
            modifiers[1],
            FIRST_DAY + dt.timedelta(days=draw.randint(0, (LAST_DAY - FIRST_DAY).days)),
            on_one_claim=draw.random() < 0.5,
        )


@pytest.fixture(scope="module")
def policies(shared_data: Path, trials: tuple[Trial, ...], tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    """The demo payer with the whole real file bound as it is; every code of the trials is known and has a fee."""
    content = content_at(shared_data / FILE)
    files = {path: found for path, found in read_files(DEMO).items() if not path.startswith(TABLE)}
    files[f"{TABLE}.csv.gz"] = content
    files[f"{TABLE}.yaml"] = BINDING.format(effective=FIRST_DAY, ends=LAST_DAY, sha256=checksum_of(content)).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ADJUDICATOR_TABLE_CACHE", str(tmp_path_factory.mktemp("tables")))
        return broad(compile_policies(files, RULES), {code for trial in trials for code in (trial.first, trial.second)})


def broad(demo: PolicySet, codes: Iterable[str]) -> PolicySet:
    """A plan and a contract that pay whatever is charged for any of these codes, with the demo payer's way of editing them."""
    worked = pairs_alone(demo)
    listed = dict.fromkeys(codes, 10_000_000)
    fees = FlatFees(document="fees/worked", span=ALWAYS, cite=CITE, non_facility_cents=listed, facility_cents=listed)
    procedures = demo.table("procedures", FIRST_DAY)
    known = msgspec.structs.replace(procedures, codes={code: (CodeEntry(span=ALWAYS),) for code in listed})
    # No modifier waits for its price.
    payer = [msgspec.structs.replace(version, neutral_modifiers=ANY) for version in demo.payer.versions]
    return msgspec.structs.replace(
        worked,
        payer=Document(demo.payer.path, demo.payer.title, tuple(payer)),
        fees={"fees/worked": Document("fees/worked", "Worked example", (fees,))},
        tables={**demo.tables, "procedures": Document("tables/procedures", "Procedures", (known,))},
    )


def test_exactly_what_the_file_excludes_is_denied(real: RealFile, trials: tuple[Trial, ...], policies: PolicySet):
    outcomes: Counter[str] = Counter()
    for trial in trials:
        modifiers = (*trial.first_modifiers, *trial.second_modifiers)
        second_falls = real.excludes(trial.first, trial.second, modifiers)
        first_falls = real.excludes(trial.second, trial.first, modifiers)
        decision = adjudicate(trial.case(), policies)
        if trial.on_one_claim:
            # Which of two that exclude each other falls is the engine's to say; the file has no such pair.
            assert not (first_falls and second_falls)
            expected = [first_falls, second_falls]
            assert denied(decision) == expected, trial
            outcomes["on one claim: " + ("one denied" if any(expected) else "both paid")] += 1
        elif first_falls:
            # The lesser was paid before the greater came: that never passes unseen.
            assert decision.disposition is Disposition.PENDED, trial
            assert [finding.rule for finding in decision.findings] == ["bundled.part-was-paid"]
            outcomes["the lesser was paid: waits"] += 1
        else:
            assert denied(decision) == [second_falls], trial
            outcomes["on two claims: " + ("denied" if second_falls else "paid")] += 1
    assert sum(outcomes.values()) == PAIRS
    assert min(outcomes.values()) >= 1000, outcomes


def test_the_trials_meet_every_kind_of_row(real: RealFile, trials: tuple[Trial, ...]):
    met = Counter(
        real.active.get((trial.first, trial.second)) or real.active.get((trial.second, trial.first)) or "deleted"
        for trial in trials
    )
    assert set(met) == {"0", "1", "deleted"}
    assert min(met.values()) >= 3000


def denied(decision: Decision) -> list[bool]:
    """Whether each line is denied, always by the edit of pairs with the reason 236 and all of its charge."""
    assert decision.disposition is not Disposition.PENDED, [finding.rule for finding in decision.findings]
    fallen = []
    for line in decision.lines:
        fallen.append(line.verdict is Verdict.DENY)
        if line.verdict is Verdict.DENY:
            (adjustment,) = line.adjustments
            assert adjustment.rule in ("bundled.always", "bundled.unless-modified")
            assert (adjustment.group, adjustment.carc, adjustment.amount_cents) == ("CO", "236", line.charge_cents)
    return fallen
