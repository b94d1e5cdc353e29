"""A fee with its calculation, a whole schedule as CSV, and what people are told where there is none."""

import shutil
from pathlib import Path

import pytest

from adjudicator.cli.payer import demo_policies
from tests.cli.conftest import Command
from tests.policy.fee_files import fee_set

ON = ("--date", "2026-03-02")


@pytest.fixture
def payer(tmp_path: Path) -> Path:
    """A copy of the demo payer that binds every fee table, with a schedule on each."""
    folder = tmp_path / "payer"
    shutil.copytree(demo_policies(), folder)
    for path in folder.glob("tables/procedure-indicators*"):
        path.unlink()
    for name, content in fee_set().items():
        if name.startswith(("tables/", "fees/")) and not (folder / name).exists() and "fees/flat" not in name:
            (folder / name).write_bytes(content)
    (folder / "fees" / "relative.yaml").unlink(missing_ok=True)
    return folder


def test_a_quote_shows_every_step(cli: Command, payer: Path):
    ended = cli("fees", "quote", "70450", "--modifier", "TC", "--zip", "53703-1234", "--date", "2024-08-15",
                "--place", "11", "--schedule", "fees/medicare", "--policies", payer)  # fmt: skip
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        "70450 TC on 2024-08-15, place 11 (non-facility), fees/medicare@2024-01-01",
        "  locality  06302-00 of ZIP code 53703 WISCONSIN  [tables/zip-localities@2024-07-01]",
        "  units     70450 TC, status A: work 0.00, practice 2.40 (non-facility), malpractice 0.02  "
        "[tables/procedure-indicators@2024-07-01]",
        "  indices   work 1.010, practice 0.985, malpractice 0.720  [tables/geographic-indices@2024-07-01]",
        "  factor    33.2875  [fees/medicare@2024-01-01]",
        "  fee       (0 + 2.364 + 0.0144) x 33.2875 = 2.3784 x 33.2875 = 79.17099 -> 79.17",
        "  cap       outpatient amount of work 0.00, practice 1.86 (non-facility), malpractice 0.02: "
        "(0 + 1.8321 + 0.0144) x 33.2875 = 1.8465 x 33.2875 = 61.46536875 -> 61.47  [tables/procedure-indicators@2024-07-01]",
        "  amount    61.47, the lesser of fee and cap",
    ]


def test_the_worked_example_is_quoted_from_the_demo_payer(cli: Command):
    for place, amount in (("11", "133.28"), ("22", "95.44")):
        ended = cli("fees", "quote", "99214", *ON, "--place", place, "--schedule", "fees/professional")
        assert ended.code == 0, ended.err
        assert ended.out.splitlines()[-1] == f"  amount    {amount}"


def test_a_whole_schedule_is_a_csv(cli: Command, payer: Path):
    given = ("--schedule", "fees/medicare", "--locality", "6302-0", "--date", "2024-08-15", "--policies", payer)
    ended = cli("fees", "table", *given)
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        "code,modifier,non_facility,facility",
        "33533,,1696.07,1696.07",  # (34.0875 + 11.2487 + 5.616) x 33.2875 = 1696.0714
        "45378,53,194.03,85.17",
        "70450,,102.39,102.39",
        "70450,26,40.92,40.92",
        "70450,TC,61.47,61.47",
        "99070,,,",
        "99214,,132.83,95.12",
        "D0150,,,",
        "G0101,,,",
    ]
    uncapped = cli("fees", "table", "--before-cap", *given)
    assert "70450,TC,79.17,79.17" in uncapped.out
    qualifying = cli("fees", "table", "--qualifying", *given)
    assert "99214,,133.68,95.73" in qualifying.out


def test_a_schedule_of_items_is_one_of_a_state(cli: Command, payer: Path):
    given = ("--schedule", "fees/equipment-fees", "--date", "2024-08-15", "--policies", payer)
    ended = cli("fees", "table", "--state", "WI", "--rural", *given)
    assert ended.out.splitlines()[1:] == [
        "A4217,,3.60,3.60",
        "A4217,AU,3.72,3.72",
        "E0100,NU,22.75,22.75",
        "E0100,RR,2.05,2.05",
    ]
    ended = cli("fees", "table", *given)
    assert (ended.code, "Found no --state" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ("quote", "00001", "--place", "11", *ON),
            2,
            "Found no --schedule, and several fee schedules; write fees/clinic, ",
        ),
        (("quote", "00001", "--place", "11", *ON, "--schedule", "fees/none"), 2, "Found --schedule fees/none; write "),
        (
            ("quote", "99214", "--place", "98", *ON, "--schedule", "fees/professional"),
            2,
            "Found --place 98; write a place",
        ),
        (
            ("quote", "99214", "--place", "11", "--date", "1999-01-01", "--schedule", "fees/clinic"),
            2,
            "has no version in force",
        ),
        (
            ("quote", "00001", "--place", "11", *ON, "--schedule", "fees/clinic"),
            1,
            "Missing: procedure 00001 outside a facility",
        ),
        (
            ("quote", "99214", "--place", "11", *ON, "--schedule", "fees/clinic", "--zip", "5"),
            2,
            "Found --zip 5; write five",
        ),
        (("table", *ON, "--schedule", "fees/clinic", "--locality", "WI"), 2, "Found --locality WI; write contractor"),
    ],
)
def test_people_are_told_what_to_write(cli: Command, words: tuple[str, ...], code: int, told: str):
    ended = cli("fees", *words)
    assert ended.code == code
    assert told in ended.err


def test_a_table_of_a_locality_needs_one_that_is_listed(cli: Command, payer: Path):
    given = ("fees", "table", "--schedule", "fees/medicare", "--date", "2024-08-15", "--policies", payer)
    assert "Found no --locality; write contractor and locality" in cli(*given).err
    assert "which tables/geographic-indices@2024-07-01 does not list" in cli(*given, "--locality", "01112-05").err
