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


@pytest.mark.parametrize(
    ("code", "words", "steps"),
    [
        # 20610 is 62.20: x 1.5 = 93.30, x 0.625 = 58.31 (58.3125)
        (
            "20610",
            ("--modifier", "50", "--modifier", "62"),
            [
                "  amount    62.20",
                "  x 1.5     93.30  both sides (50), bilateral indicator 1  [payment/professional@2025-01-01]",
                "  x 0.625   58.31  one of two surgeons (62)  [payment/professional@2025-01-01]",
                "  amount    58.31",
            ],
        ),
        # No row of its own: 62.20 x 0.5
        (
            "20610",
            ("--modifier", "53"),
            [
                "  amount    62.20",
                "  x 0.5     31.10  discontinued service (53)  [payment/professional@2025-01-01]",
                "  amount    31.10",
            ],
        ),
        # 17000 is 64.13: x 0.1 = 6.41; the last 4 of 10 days: 2.56 (2.564)
        (
            "17000",
            ("--modifier", "55", "--assumed", "2026-03-17"),
            [
                "  amount    64.13",
                "  x 0.1     6.41  care after an operation (55): 0.1 after  [payment/professional@2025-01-01]",
                "  =         2.56  4 of 10 days of care, 2026-03-17 through 2026-03-20  [payment/professional@2025-01-01]",
                "  amount    2.56",
            ],
        ),
        ("20610", ("--modifier", "59", "--modifier", "RT"), ["  amount    62.20"]),
    ],
)
def test_every_step_of_a_modifier_is_quoted(cli: Command, code: str, words: tuple[str, ...], steps: list[str]):
    ended = cli(
        "fees", "quote", code, *words, "--date", "2026-03-10", "--place", "11", "--schedule", "fees/professional"
    )
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-len(steps) :] == steps
    assert sum(line.startswith("  amount") for line in ended.out.splitlines()) == min(2, len(steps))


def test_a_modifier_with_a_row_of_its_own_takes_no_share_of_it(cli: Command, payer: Path):
    given = ("--place", "11", "--zip", "53703", "--schedule", "fees/medicare", "--policies", payer)
    ended = cli("fees", "quote", "45378", "--modifier", "53", "--date", "2024-08-15", *given)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "  amount    194.03")
    # The tables end with 2024: no rule makes a fee of what is missing.
    ended = cli("fees", "quote", "45378", "--modifier", "53", "--date", "2025-08-15", *given)
    assert (ended.code, ended.out) == (1, "")
    assert "Missing: version of tables/" in ended.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("22",), 1, "No amount. Procedure 20610 with modifier 22 is priced from the record."),
        (("ZZ",), 1, "Missing: price of modifier ZZ."),
        (("62", "80"), 1, "No amount. Modifiers 62 and 80 contradict each other, by payment/professional@2025-01-01."),
        (("55",), 1, "neither when the care was assumed (DTP*090) nor when it was relinquished (DTP*091)"),
        (("26", "TC"), 2, "Found --modifier 26 and TC; write one of them"),
        (("50", "--rules", "payment/none"), 2, "Found --rules payment/none; write payment/professional."),
    ],
)
def test_a_modifier_that_does_not_price_has_no_amount(cli: Command, words: tuple[str, ...], code: int, told: str):
    modifiers = [word for each in words for word in (("--modifier", each) if len(each) == 2 else (each,))]
    procedure = "17000" if words == ("55",) else "20610"
    given = ("--date", "2026-03-10", "--place", "11", "--schedule", "fees/professional")
    ended = cli("fees", "quote", procedure, *modifiers, *given)
    assert (ended.code, ended.out) == (code, "")
    assert told in " ".join(ended.err.split())


def test_anesthesia_is_quoted_by_its_minutes(cli: Command):
    given = ("--schedule", "fees/anesthesia", *ON)
    ended = cli("fees", "quote", "01400", "--modifier", "QK", "--minutes", "129", "--place", "24", *given)
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        "01400 QK on 2026-03-02, place 24 (facility), fees/anesthesia@2026-01-01",
        "  base      4 units  [tables/anesthesia-base-units@2025-01-01]",
        "  time      129 minutes / 15 = 8.6 units, rounded by tenth  [fees/anesthesia@2026-01-01]",
        "  factor    20.4976  [fees/anesthesia@2026-01-01]",
        "  share     0.5 medically directed (QK)  [fees/anesthesia@2026-01-01]",
        "  fee       (4 + 8.6) x 20.4976 x 0.5 = 129.13488 -> 129.13",
        "  amount    129.13",
    ]
    ended = cli("fees", "quote", "01400", "--modifier", "QK", "--place", "24", *given)
    assert (ended.code, "Missing: minutes of 01400." in ended.err) == (1, True)
    ended = cli("fees", "table", *given)
    assert (ended.code, "pays by minutes; ask for one anesthesia with fees quote" in ended.err) == (2, True)


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
            "Found no --schedule, and several fee schedules; write fees/",
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
