"""The generated clean claims break no edit of the publisher's real files of 2024Q3: pairs, units, add-ons, global days."""

import csv
import datetime as dt
import gzip
from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

from tests.proofs.clean_claims import CleanClaim, CleanLine

BYPASS = frozenset(
    {
        "24",
        "25",
        "27",
        "57",
        "58",
        "59",
        "78",
        "79",
        "91",
        "XE",
        "XP",
        "XS",
        "XU",
        "LT",
        "RT",
        "LC",
        "LD",
        "LM",
        "RC",
        "RI",
    }
    | {f"E{number}" for number in range(1, 5)}
    | {f"{side}{number}" for side in "FT" for number in (*range(1, 10), "A")}
)
"""The modifiers that may bypass a pair with indicator 1, on either code (NCCI policy manual, chapter 1)."""
ACTIVE = "9999-12-31"
SAYS_WHY = {"24", "25", "57"}
NEW = {"99202", "99203", "99204", "99205", "99385", "99386", "99387"}
EVALUATIONS = NEW | {
    f"{code}" for code in (*range(99211, 99216), *range(99221, 99240), *range(99281, 99286), *range(99391, 99398))
}
"""Visits, whose care around a surgery is part of it."""


def same_day_pairs(sent: tuple[CleanClaim, ...]) -> Iterator[tuple[CleanLine, CleanLine]]:
    """Two lines of one patient and day, in both orders; the generator never puts two claims of a patient on one day."""
    for claim in sent:
        for one, other in permutations(claim.lines, 2):
            if one.day == other.day:
                yield one, other


def test_no_two_claims_of_a_patient_share_a_day(sent: tuple[CleanClaim, ...]):
    days = [(claim.patient.member, day) for claim in sent for day in {line.day for line in claim.lines}]
    assert len(days) == len(set(days))


def test_no_pair_of_one_day_is_bundled_unless_a_modifier_says_that_it_is_separate(
    sent: tuple[CleanClaim, ...], shared_data: Path
):
    together = {(one.procedure, other.procedure) for one, other in same_day_pairs(sent)}
    with gzip.open(shared_data / "ncci" / "ptp_prac_2024q3_all.csv.gz", "rt", encoding="utf-8", newline="") as file:
        indicators = {
            (row[0], row[1]): row[3]
            for row in csv.reader(file)
            if (row[0], row[1]) in together and row[2].startswith(ACTIVE) and row[3] != "9"
        }
    assert {"0", "1"} >= set(indicators.values())
    bundled = {
        (one.procedure, other.procedure)
        for one, other in same_day_pairs(sent)
        if (indicator := indicators.get((one.procedure, other.procedure))) is not None
        and (indicator == "0" or not BYPASS & {*one.modifiers, *other.modifiers})
    }
    assert bundled == set()
    # And the claims do meet pairs that only their modifiers keep apart.
    assert len(indicators) >= 20


def test_no_line_has_more_units_than_are_likely(sent: tuple[CleanClaim, ...], shared_data: Path):
    """A unit limit of 0 says that Medicare does not cover the service: it counts for the plan that follows Medicare alone."""
    with (shared_data / "ncci" / "mue_prac_2024q3.csv").open(encoding="utf-8", newline="") as file:
        most = {row["hcpcs_code"]: int(row["mue_units"]) for row in csv.DictReader(file)}
    beyond = {
        (claim.encounter, line.procedure)
        for claim in sent
        for line in claim.lines
        if line.units_tenths > 10 * most.get(line.procedure, 1000)
        and (most[line.procedure] or claim.patient.plan == "plans/advantage-wisconsin")
    }
    assert beyond == set()


def test_every_add_on_stands_with_a_primary_of_its_day(sent: tuple[CleanClaim, ...], shared_data: Path):
    primaries: dict[str, set[str]] = {}
    with (shared_data / "ncci" / "aoc_2024q3.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            primaries.setdefault(row["add_on_code"], set()).add(row["primary_code"])
    add_ons = [(claim, line) for claim in sent for line in claim.lines if line.procedure in primaries]
    assert {line.procedure for _, line in add_ons} >= {"90472", "97811", "77063"}
    alone = {
        line.procedure
        for claim, line in add_ons
        if not any(one.day == line.day and one.procedure in primaries[line.procedure] for one in claim.lines)
    }
    assert alone == set()


def test_no_visit_falls_into_the_care_of_a_surgery_unless_a_modifier_says_why(
    sent: tuple[CleanClaim, ...], shared_data: Path
):
    with (shared_data / "mpfs" / "2024" / "pprrvu_rvu24b_apr.csv").open(encoding="utf-8", newline="") as file:
        global_days = {row["hcpcs"]: row["glob_days"] for row in csv.DictReader(file) if not row["mod"]}
    surgeries, visits = defaultdict(list), []
    for claim in sent:
        for line in claim.lines:
            whose = (claim.patient.member, claim.group)
            if global_days.get(line.procedure) in ("000", "010", "090"):
                surgeries[whose].append(line)
            elif line.procedure in EVALUATIONS:
                visits.append((whose, line))
    assert {global_days[line.procedure] for lines in surgeries.values() for line in lines} == {"000", "010", "090"}
    within = {
        (surgery.procedure, visit.procedure)
        for whose, visit in visits
        for surgery in surgeries[whose]
        if first_day(surgery, global_days) <= visit.day <= last_day(surgery, global_days)
        and not SAYS_WHY & set(visit.modifiers)
    }
    assert within == set()


def first_day(surgery: CleanLine, global_days: dict[str, str]) -> dt.date:
    """A major surgery begins with the day before."""
    return surgery.day - dt.timedelta(days=global_days[surgery.procedure] == "090")


def last_day(surgery: CleanLine, global_days: dict[str, str]) -> dt.date:
    return surgery.day + dt.timedelta(days=int(global_days[surgery.procedure]))


def test_no_patient_is_new_to_a_group_twice(sent: tuple[CleanClaim, ...]):
    seen = set()
    for claim in sent:
        whose = (claim.patient.member, claim.group)
        assert whose not in seen or not any(line.procedure in NEW for line in claim.lines)
        seen.add(whose)
