"""The payer's desk: explain, tasks, rule, remit and replay, on a database that holds the decided sample."""

import datetime as dt
import io
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from adjudicator.cli.payer import demo_policies, load, opened, operator
from adjudicator.model.decision import Disposition
from adjudicator.service.corrections import Corrections
from adjudicator.store.claims import claims_by_id
from tests.cli.conftest import AS_OF, Command
from tests.samples import CLAIMS, DECIDED, TASKS
from tests.x12.oracles import oxedi_accepts, pyx12_accepts


@pytest.fixture
def store(decided: Path) -> Path:
    return decided / "store.sqlite"


@pytest.fixture
def numbers(decided: Path) -> dict[str, str]:
    """Our number of each claim by the claim's own."""
    lines = [json.loads(line) for line in (decided / "decisions.jsonl").read_text().splitlines()]
    return {line["patient_control_number"]: line.get("claim_id", "") for line in lines}


def test_explain_tells_a_paid_claim_to_the_cent(cli: Command, store: Path, numbers: dict[str, str]) -> None:
    ended = cli("explain", numbers["RMG-03"], "--database", store)
    assert ended.code == 0
    for told in ("was paid", "plan pays 345.88", "PR-1", "PR-2", "plans/ppo-gold@2026-01-01"):
        assert told in ended.out
    assert all(len(line) <= 100 for line in ended.out.splitlines())


def test_a_claim_is_explained_to_a_reviewer_and_to_an_auditor(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    reviewer = cli("explain", numbers["RMG-17"], "--for", "reviewer", "--database", store)
    assert "Deny: line 1 is denied with CO-50 N115" in reviewer.out
    auditor = cli("explain", numbers["RMG-17"], "--for", "auditor", "--database", store)
    with opened(str(store)) as opened_store, opened_store.reading() as connection:
        found = claims_by_id(connection, [numbers["RMG-17"]])[numbers["RMG-17"]]
    assert f"policy set {found.policy_digest}" in auditor.out
    asked = ("--for", "auditor", "--rule", "filing-limit.late")
    assert "Rule filing-limit.late" in cli("explain", numbers["RMG-17"], *asked, "--database", store).out
    for told in (reviewer, auditor):
        assert told.code == 0
        assert all(len(line) <= 100 for line in told.out.splitlines())


def test_a_rule_is_asked_about_by_its_name_and_by_an_auditor(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    claim = ("explain", numbers["RMG-17"], "--database", store)
    unknown = cli(*claim, "--for", "auditor", "--rule", "no.such-rule")
    assert (unknown.code, "have no rule no.such-rule" in unknown.err) == (2, True)
    biller = cli(*claim, "--rule", "filing-limit.late")
    assert (biller.code, "--for auditor" in biller.err) == (2, True)


def test_explain_of_a_claim_that_is_not_there_says_so(cli: Command, store: Path) -> None:
    ended = cli("explain", "CNOTHERE00000000", "--database", store)
    assert ended.code == 2
    assert "holds no claim CNOTHERE00000000" in ended.err


def test_a_claim_is_explained_with_the_policies_that_decided_it(
    cli: Command, store: Path, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cli("explain", numbers["RMG-01"], "--database", store).out
    monkeypatch.setenv("ADJUDICATOR_POLICIES", "nowhere")
    assert cli("explain", numbers["RMG-01"], "--database", store).out == before


def test_tasks_are_listed_by_queue_with_what_is_asked(cli: Command, store: Path, numbers: dict[str, str]) -> None:
    everything = cli("tasks", "list", "--database", store)
    assert everything.out.rstrip().endswith(f"{TASKS.total()} tasks wait.")
    clinical = cli("tasks", "list", "--database", store, "--queue", "clinical")
    assert clinical.out.rstrip().endswith(f"{TASKS['clinical']} tasks wait in queue clinical.")
    assert f"{numbers['RMG-17']}-1" in clinical.out
    assert f"{numbers['RMG-16']}-1" not in clinical.out


def test_a_task_whose_fee_is_still_missing_waits_on_after_a_retry(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    ended = cli("tasks", "retry", f"{numbers['RMG-19']}-1", "--database", store, "--as-of", AS_OF)
    assert ended.code == 0
    assert ended.out == f"Claim {numbers['RMG-19']} is pended still.\n"
    assert cli("tasks", "list", "--database", store).out.rstrip().endswith(f"{TASKS.total()} tasks wait.")


def test_a_task_is_shown_with_its_claim(cli: Command, store: Path, numbers: dict[str, str]) -> None:
    ended = cli("tasks", "show", f"{numbers['RMG-18']}-1", "--database", store)
    assert ended.code == 0
    assert "waits in queue clinical" in ended.out
    assert "RMG-18) is pended" in ended.out


def test_a_task_that_is_not_open_is_told_so(cli: Command, store: Path) -> None:
    assert cli("tasks", "show", "CNOTHERE00000000-1", "--database", store).code == 2


def test_an_allowed_claim_is_decided_again_and_its_task_is_gone(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    task = f"{numbers['RMG-18']}-1"
    ruling = ("rule", task, "allow", "--rationale", "It bleeds.", "--database", store, "--as-of", AS_OF)
    ended = cli(*ruling)
    assert ended.code == 0
    assert ended.out == (
        f"Claim {numbers['RMG-18']} is now paid: charge 200.00, plan pays 95.92, patient may owe 23.98.\n"
    )
    assert (
        cli("tasks", "list", "--database", store, "--queue", "clinical")
        .out.rstrip()
        .endswith(f"{TASKS['clinical'] - 1} tasks wait in queue clinical.")
    )
    again = cli(*ruling)
    assert again.code == 2
    assert "ruled already" in again.err


def test_a_task_of_a_corrected_claim_tells_the_earlier_ruling(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    number = numbers["RMG-18"]
    ruling = ("allow", "--rationale", "It bleeds.", "--by", "DR EXAMPLE", "--database", store, "--as-of", AS_OF)
    assert cli("rule", f"{number}-1", *ruling).code == 0
    policies, _ = load(None)
    with opened(str(store)) as database:
        corrections = Corrections(database, lambda: policies, lambda: dt.date.fromisoformat(AS_OF))
        with database.reading() as connection:
            claim = claims_by_id(connection, [number])[number].case.claim
        corrected = corrections.correct(operator(), number, "K1", claim)
    assert corrected.decision.disposition is Disposition.PENDED
    shown = " ".join(cli("tasks", "show", f"{number}-2", "--database", store).out.split())
    assert f"Ruled before, on {AS_OF} (task {number}-1): line 1, coverage/" in shown
    assert ": allowed by DR EXAMPLE: It bleeds." in shown
    assert "Ruled before" not in cli("tasks", "show", f"{number}-1", "--database", store).out


def test_a_denied_claim_takes_the_reviewers_reason(cli: Command, store: Path, numbers: dict[str, str]) -> None:
    task = f"{numbers['RMG-17']}-1"
    reason = ("--group", "CO", "--carc", "50", "--remark", "N115")
    ended = cli(
        *("rule", task, "deny", *reason, "--rationale", "No indication.", "--by", "DR EXAMPLE"),
        *("--database", store, "--as-of", AS_OF),
    )
    assert ended.out.startswith(f"Claim {numbers['RMG-17']} is now denied: charge 500.00, plan pays 0.00")
    assert "CO-50 N115" in cli("explain", numbers["RMG-17"], "--database", store).out
    with opened(str(store)) as database, database.reading() as connection:
        (ruling,) = claims_by_id(connection, [numbers["RMG-17"]])[numbers["RMG-17"]].case.rulings
    assert (ruling.ruled_by, ruling.rationale) == ("DR EXAMPLE", "No indication.")


def test_a_ruling_without_a_sound_reason_is_refused_with_everything_that_is_wrong(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    task = f"{numbers['RMG-17']}-1"
    ended = cli("rule", task, "deny", "--rationale", " ", "--carc", "999", "--database", store, "--as-of", AS_OF)
    assert ended.code == 2
    assert all(word in ended.err for word in ("rationale", "carc", "CO-50 N115"))


def test_a_preview_shows_what_a_ruling_would_do_and_keeps_nothing(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    task = f"{numbers['RMG-18']}-1"
    ruling = ("rule", task, "allow", "--rationale", "It bleeds.", "--database", store, "--as-of", AS_OF)
    ended = cli(*ruling, "--preview")
    assert ended.code == 0
    first, *_ = ended.out.splitlines()
    assert first == f"Claim {numbers['RMG-18']} would be paid: charge 200.00, plan pays 95.92, patient may owe 23.98."
    (row,) = (line for line in ended.out.splitlines() if line.split()[:1] == ["1"])
    assert row.split()[1:5] == ["pended", "paid", "95.92", "23.98"]
    assert cli("tasks", "list", "--database", store).out.rstrip().endswith(f"{TASKS.total()} tasks wait.")
    assert "is now paid: charge 200.00, plan pays 95.92, patient may owe 23.98" in cli(*ruling).out


def test_at_a_terminal_it_asks_before_it_rules(
    cli: Command, store: Path, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adjudicator.cli.terminal.at_a_terminal", lambda: True)
    task = f"{numbers['RMG-18']}-1"
    ruling = ("rule", task, "allow", "--rationale", "It bleeds.", "--database", store, "--as-of", AS_OF)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = cli(*ruling)
    assert refused.code == 2
    assert "would be paid" in refused.out
    assert "Nothing was ruled." in refused.err
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "is now paid" in cli(*ruling).out


def test_with_yes_nothing_is_asked(
    cli: Command, store: Path, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adjudicator.cli.terminal.at_a_terminal", lambda: True)
    task = f"{numbers['RMG-18']}-1"
    ended = cli("rule", task, "allow", "--yes", "--rationale", "It bleeds.", "--database", store, "--as-of", AS_OF)
    assert ended.out.startswith(f"Claim {numbers['RMG-18']} is now paid")


def test_a_line_without_a_fee_is_priced_by_hand(cli: Command, store: Path, numbers: dict[str, str]) -> None:
    task = f"{numbers['RMG-19']}-1"
    ruling = ("--rationale", "As the fee of last year.", "--database", store, "--as-of", AS_OF)
    wrong = cli("rule", task, "price", "--price", "1.005", *ruling)
    assert (wrong.code, wrong.err) == (
        2,
        "--price: found 1.005; write dollars with at most two decimals, such as 185.40.\n",
    )
    assert "no more than its charge" in cli("rule", task, "price", "--price", "99999", *ruling).err
    assert f"Claim {numbers['RMG-19']} is now paid" in cli("rule", task, "price", "--price", "12.50", *ruling).out
    told = cli("explain", numbers["RMG-19"], "--database", store).out
    assert "priced by a reviewer" in told


def test_tasks_tell_their_due_date_and_the_days_that_are_left(
    cli: Command, store: Path, numbers: dict[str, str]
) -> None:
    # received on 2026-03-20: day 30 is 2026-04-19, 29 days from 2026-03-21
    shown = cli("tasks", "show", f"{numbers['RMG-18']}-1", "--database", store, "--as-of", AS_OF).out
    assert "(MED)" in shown
    assert "by 2026-04-19, 29 days left" in " ".join(shown.split())
    late = cli("tasks", "show", f"{numbers['RMG-18']}-1", "--database", store, "--as-of", "2026-04-20").out
    assert "1 day late" in late
    due = cli("tasks", "list", "--database", store, "--due-through", "2026-04-18")
    assert due.out == "0 tasks wait.\n"


def test_remit_pays_what_a_ruling_made_payable_once(
    cli: Command, store: Path, numbers: dict[str, str], tmp_path: Path
) -> None:
    ruling = ("--rationale", "It bleeds.", "--database", store, "--as-of", AS_OF)
    cli("rule", f"{numbers['RMG-18']}-1", "allow", *ruling)
    run = ("remit", "run", "--date", "2026-03-24", "--database", store, "--out", tmp_path, "--as-of", "2026-03-24")
    ended = cli(*run)
    assert ended.code == 0
    assert "RIVERSIDE MEDICAL GROUP" in ended.out
    assert "95.92" in ended.out
    written = (tmp_path / "era-2026-03-24.835").read_bytes()
    pyx12_accepts(written.decode())
    oxedi_accepts(written.decode())
    assert b"CLP*RMG-18*1*200*95.92*23.98" in written
    assert written.count(b"CLP*") == 1
    (tmp_path / "era-2026-03-24.835").unlink()
    assert cli(*run).out == ended.out
    assert (tmp_path / "era-2026-03-24.835").read_bytes() == written


def test_remit_with_nothing_to_pay_writes_nothing(cli: Command, store: Path, tmp_path: Path) -> None:
    ended = cli("remit", "run", "--date", "2026-03-24", "--database", store, "--out", tmp_path, "--as-of", "2026-03-24")
    assert ended.code == 0
    assert ended.out == "Nothing is to be paid on 2026-03-24.\n"
    assert not (tmp_path / "era-2026-03-24.835").exists()


def test_replay_makes_every_decision_again_byte_for_byte(cli: Command, store: Path) -> None:
    ended = cli("replay", "--database", store)
    assert ended.code == 0
    assert ended.out == f"{DECIDED} decisions made again: every one comes out the same, byte for byte.\n"


def test_replay_under_other_policies_shows_what_would_change_and_stores_nothing(
    cli: Command, store: Path, numbers: dict[str, str], tmp_path: Path
) -> None:
    draft = tmp_path / "draft"
    shutil.copytree(demo_policies(), draft)
    plan = draft / "plans" / "ppo-gold.yaml"
    plan.write_text(plan.read_text().replace("copay: 30.00", "copay: 35.00"))
    ended = cli("replay", "--database", store, "--policies", draft)
    assert ended.code == 1
    assert f"{numbers['RMG-01']}, decision 1:" in ended.out
    assert "lines[0].paid_cents: 7352 stored, 6852 now" in ended.out
    assert numbers["RMG-06"] not in ended.out
    copays = [claim for claim in CLAIMS if any(line.unpaid.get("PR-3") == "30.00" for line in claim.expect.lines)]
    with_a_rest = 1  # PPO-04: an earlier claim of its day took 30.00 of its copay, so that 5.00 would be left
    assert ended.err == f"{len(copays) + with_a_rest} of {DECIDED} decisions come out differently.\n"
    assert cli("replay", "--database", store).code == 0


def test_replay_tells_a_decision_that_was_tampered_with(cli: Command, store: Path, numbers: dict[str, str]) -> None:
    with sqlite3.connect(store) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        columns = [row[1] for row in connection.execute("PRAGMA table_info(decisions)")]
        (column,) = {"decision", "decision_json"} & set(columns)
        connection.execute(f"UPDATE decisions SET {column} = replace({column}, '44 years old', '54 years old')")
    ended = cli("replay", "--database", store)
    assert ended.code == 1
    assert f"{numbers['RMG-06']}, decision 1:" in ended.out
    assert f"1 of {DECIDED} decisions come out differently" in ended.err
