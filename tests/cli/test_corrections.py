"""Taking a decision back, and correcting a claim, from the command line."""

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from adjudicator.cli.load import load_folder
from adjudicator.cli.payer import demo_policies, load, opened, operator, payer_of
from adjudicator.service.claims import Submission, claim_id_of
from adjudicator.x12.claims import ReadClaim, read_claims
from tests.cli.conftest import AS_OF, RECEIVED, Command

MEMBER = "MM000101"


def one_claim(sample: Path, charge: str = "130") -> str:
    """The first claim of the sample file alone: an office visit, with another charge."""
    text = sample.read_text()
    body = text[: text.index("HL*3*1*22*0~")].replace("*130*", f"*{charge}*")
    count = body[body.index("ST*837") :].count("~") + 1
    return f"{body}SE*{count}*0001~\nGE*1*101~\nIEA*1*000000101~\n"


@pytest.fixture
def store(tmp_path: Path, sample: Path) -> str:
    """A database in which that claim is decided and not paid yet."""
    policies, files = load(None)
    database = str(tmp_path / "store.sqlite")
    (item,) = read_claims(one_claim(sample))
    assert isinstance(item, ReadClaim)
    with opened(database, new=True) as store:
        load_folder(store, demo_policies() / "data", policies)
        payer = payer_of(store, policies, files, dt.date.fromisoformat(AS_OF))
        submission = Submission("R1", item.claim, dt.date.fromisoformat(RECEIVED))
        payer.claims.submit(operator(), [submission])
    return database


@pytest.fixture
def corrected(tmp_path: Path, sample: Path) -> Path:
    file = tmp_path / "corrected.837"
    file.write_text(one_claim(sample, "120"))
    return file


CLAIM = claim_id_of("operator", "R1")


def shown(cli: Command, *arguments: object) -> str:
    ended = cli(*arguments, "--as-of", AS_OF)
    assert ended.code == 0, ended
    return " ".join(ended.out.split())


def test_what_a_decision_used_is_taken_back_once(cli: Command, store: str) -> None:
    # an office visit: copay 30.00, which counts toward the out-of-pocket maximum of 4,000.00 and 8,000.00
    before = shown(cli, "accumulators", MEMBER, "--database", store)
    assert (
        "The member's out-of-pocket limit (in network) of the period from 2026-01-01: 3,970.00 of 4,000.00 left."
        in before
    )
    for _ in range(2):
        told = shown(cli, "reverse", CLAIM, "--database", store)
        assert told == (
            f"Taken back of claim {CLAIM}: "
            "-30.00 family's copays (in network) of the period from 2026-01-01 "
            "-30.00 family's out-of-pocket limit (in network) of the period from 2026-01-01 "
            "-30.00 member's copays (in network) of the period from 2026-01-01 "
            "-30.00 member's out-of-pocket limit (in network) of the period from 2026-01-01"
        )
    after = shown(cli, "accumulators", MEMBER, "--database", store)
    assert (
        "The member's out-of-pocket limit (in network) of the period from 2026-01-01: 4,000.00 of 4,000.00 left."
        in after
    )
    assert f"-30.00 reversal {CLAIM}/1" in after


def test_a_corrected_claim_takes_the_place_of_the_first(cli: Command, store: str, corrected: Path) -> None:
    # 103.52 as priced: 130.00 = 73.52 paid + 30.00 copay + 26.48 written off; of 120.00 16.48 are
    told = shown(cli, "correct", CLAIM, corrected, "--database", store)
    assert told == (
        "It stands: decision 1, paid, charge 130.00, plan pays 73.52, patient may owe 30.00. "
        "It is now: decision 2, paid, charge 120.00, plan pays 73.52, patient may owe 30.00."
    )
    again = shown(cli, "correct", CLAIM, corrected, "--database", store)
    assert "It is now: decision 2, paid, charge 120.00" in again
    totals = shown(cli, "accumulators", MEMBER, "--database", store)
    assert (
        "The member's out-of-pocket limit (in network) of the period from 2026-01-01: 3,970.00 of 4,000.00 left."
        in totals
    )
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (2,)


def test_a_task_about_a_decision_that_was_taken_back_says_why_it_is_closed(
    cli: Command, store: str, tmp_path: Path
) -> None:
    file = tmp_path / "other-coverage.csv"
    file.write_text(
        "member_id,kind,payer_id,payer_name,effective,ends,coordinates\n"
        f"{MEMBER},group,FARAWAY,FARAWAY HEALTH,2020-01-01,,no\n"
    )
    cli("load", "other-coverage", file, "--database", store, "--as-of", AS_OF)
    waiting = shown(cli, "tasks", "show", f"{CLAIM}-1", "--database", store)
    assert "waits in queue coordination (COB)" in waiting and "Closed:" not in waiting
    shown(cli, "reverse", CLAIM, "--database", store)
    told = shown(cli, "tasks", "show", f"{CLAIM}-1", "--database", store)
    assert f"Task {CLAIM}-1 is closed (COB)" in told
    assert f"Closed: Decision 1 of the claim was taken back on {AS_OF} by operator." in told
    assert shown(cli, "tasks", "list", "--database", store) == "0 tasks wait."


@pytest.mark.parametrize("command", ["reverse", "correct"])
def test_at_a_terminal_it_asks_first_and_a_no_changes_nothing(
    cli: Command, store: str, corrected: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("adjudicator.cli.terminal.at_a_terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question: asked.append(question))
    asked: list[str] = []
    files = [corrected] if command == "correct" else []
    ended = cli(command, CLAIM, *files, "--database", store, "--as-of", AS_OF)
    assert (ended.code, "Nothing was" in ended.err) == (2, True)
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM outside_entries").fetchone() == (0,)
    assert CLAIM in asked[0]


def test_a_claim_that_is_paid_is_not_corrected(cli: Command, store: str, corrected: Path, tmp_path: Path) -> None:
    shown(cli, "remit", "run", "--date", AS_OF, "--database", store, "--out", tmp_path / "era")
    ended = cli("correct", CLAIM, corrected, "--database", store, "--as-of", AS_OF)
    assert (ended.code, "on a remittance already" in ended.err) == (2, True)


@pytest.mark.parametrize("content", ["", "no X12 at all", "two claims"])
def test_a_file_that_holds_no_single_claim_is_refused(
    cli: Command, store: str, sample: Path, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "wrong.837"
    file.write_text(sample.read_text() if content == "two claims" else content)
    ended = cli("correct", CLAIM, file, "--database", store, "--as-of", AS_OF)
    assert (ended.code, str(file.name) in ended.err) == (2, True)


def test_a_claim_that_is_not_there_is_not_taken_back(cli: Command, store: str) -> None:
    ended = cli("reverse", "NOBODY", "--database", store)
    assert (ended.code, "There is no such claim." in ended.err) == (2, True)
