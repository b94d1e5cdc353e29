"""An 837 file through ``adjudicate``: every claim is accounted for, nothing is decided twice, the files are right."""

import csv
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adjudicator.cli.batch import RESULTS
from adjudicator.cli.demo.claim_file import write_837
from adjudicator.cli.demo.samples import read_samples
from adjudicator.cli.demo.seeding import demo_members, demo_senders
from adjudicator.cli.payer import demo_policies
from tests.cli.conftest import AS_OF, RECEIVED, Command, Ended, started
from tests.samples import CLAIMS, DECIDED, ENDINGS
from tests.x12.oracles import oxedi_accepts, pyx12_accepts

DATES = ("--received", RECEIVED, "--as-of", AS_OF)


def accounts(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "decisions.jsonl").read_text().splitlines()]


def results(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name in RESULTS}


def rows(out: Path) -> dict[str, int]:
    tables = ("claims", "decisions", "accumulator_entries", "remittances", "remitted_decisions", "tasks")
    with sqlite3.connect(out / "store.sqlite") as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def reworded(policies: Path) -> None:
    """Change what a folder's guidance tells the biller to do."""
    for path in (policies / "guidance").glob("*.yaml"):
        if not path.name.endswith(".test.yaml"):
            path.write_text(re.sub(r"(?m)^( +step: (?:>-\n +)?)", r"\1Otherwise. ", path.read_text()))


def many_claims(count: int) -> str:
    """A file of office visits, spread over all subscribers, each with another charge."""
    interchange = read_samples(demo_policies() / "samples" / "scenarios")[0]
    visit = interchange.claim[0]
    members = demo_members()
    subscribers = [number for number, member in members.items() if member.relationship == "18"]
    claims = tuple(
        msgspec.structs.replace(
            visit,
            number=f"MANY-{number}",
            patient=subscribers[number % len(subscribers)],
            lines=(msgspec.structs.replace(visit.lines[0], charge=f"{200 + number}.00"),),
        )
        for number in range(count)
    )
    return write_837((msgspec.structs.replace(interchange, claim=claims),), demo_senders(), members)


def test_a_process_of_its_own_decides_the_sample_and_says_what_became_of_it(sample: Path, tmp_path: Path) -> None:
    process = started("adjudicate", sample, "--out", tmp_path, *DATES)
    out, err = process.communicate(timeout=60)
    not_read = f"{ENDINGS['unreadable']} {'claim' if ENDINGS['unreadable'] == 1 else 'claims'}"
    assert process.returncode == 1
    assert "paid in part" in out
    assert f"Results in {tmp_path}: era.835, acks.277ca, decisions.jsonl, summary.txt" in out
    assert err == f"{sample}: {not_read} could not be read or taken; summary.txt says which and why.\n"
    assert "\x1b" not in out + err


def test_the_remittances_pass_other_readers_and_the_acknowledgments_too(decided: Path) -> None:
    pyx12_accepts((decided / "era.835").read_text())
    oxedi_accepts((decided / "era.835").read_text())
    pyx12_accepts((decided / "acks.277ca").read_text())


def test_each_submitter_gets_an_acknowledgment_of_its_own_and_another_of_its_tests(
    cli: Command, sample: Path, tmp_path: Path
) -> None:
    real, *_ = re.split(r"\n(?=ISA)", sample.read_text())
    submitter = real.partition("NM1*41*")[2].partition("~")[0].split("*")[-1]
    others = real.replace(f"*46*{submitter}~", "*46*OTHER1~").replace("CLM*", "CLM*O-")
    tests = real.replace("*P*:~", "*T*:~", 1).replace("CLM*", "CLM*T-")
    more = real.replace("CLM*", "CLM*M-")
    assert len({real, others, tests, more}) == 4
    file, out = tmp_path / "mixed.837", tmp_path / "mixed"
    file.write_text("\n".join((real, others, tests, more)))
    cli("adjudicate", file, "--out", out, *DATES)

    written = (out / "acks.277ca").read_text()
    pyx12_accepts(written)
    interchanges = [f"ISA*{text}" for text in written.split("ISA*")[1:]]
    claims = real.count("CLM*")
    told = []
    for text in interchanges:
        pyx12_accepts(text)
        segments = [segment.strip().split("*") for segment in text.split("~")]
        isa, *_ = segments
        submitters = {segment[9] for segment in segments if segment[:2] == ["NM1", "41"]}
        patients = [segment for segment in segments if segment[:2] == ["NM1", "QC"]]
        told.append((isa[8].strip(), isa[15], submitters, len(patients)))
        numbers = [segment[2] for segment in segments if segment[0] == "TRN"]
        assert any(number.startswith("T-") for number in numbers) is (isa[15] == "T")
    assert told == [
        (submitter, "P", {submitter}, 2 * claims),
        ("OTHER1", "P", {"OTHER1"}, claims),
        (submitter, "T", {submitter}, claims),
    ]
    assert len({text.split("*")[13] for text in interchanges}) == 3


def test_the_remittances_balance_by_line_by_claim_and_by_transaction(decided: Path) -> None:
    paid_cents: list[int] = []
    claims: list[dict[str, int]] = []
    lines: list[dict[str, int]] = []
    of_transaction: list[int] = []
    for segment in (decided / "era.835").read_text().split("~"):
        tag, *elements = segment.strip().split("*")
        if tag == "BPR":
            paid_cents.append(cents(elements[1]))
            of_transaction.append(0)
        elif tag == "CLP":
            claims.append({"charge": cents(elements[2]), "paid": cents(elements[3]), "charges": 0, "payments": 0})
            of_transaction[-1] += claims[-1]["paid"]
        elif tag == "SVC":
            lines.append({"charge": cents(elements[1]), "paid": cents(elements[2]), "adjusted": 0})
            claims[-1]["charges"] += lines[-1]["charge"]
            claims[-1]["payments"] += lines[-1]["paid"]
        elif tag == "CAS":
            lines[-1]["adjusted"] += sum(cents(amount) for amount in elements[2::3])
    final = [claim for claim in CLAIMS if claim.expect.lines]
    assert len(paid_cents) == len({claim.billing for claim in final})
    assert len(claims) == len(final)
    assert all(line["charge"] == line["paid"] + line["adjusted"] for line in lines)
    assert all(claim["charge"] == claim["charges"] and claim["paid"] == claim["payments"] for claim in claims)
    assert paid_cents == of_transaction


def cents(amount: str) -> int:
    whole, _, part = amount.partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole or "0") * 100 + sign * int(part.ljust(2, "0") or "0")


def test_the_decided_lines_add_up_to_the_cent(decided: Path) -> None:
    for account in accounts(decided):
        for line in account.get("lines", ()):
            unpaid_cents = sum(one["amount_cents"] for one in line.get("adjustments", ()))
            assert line["charge_cents"] == line["paid_cents"] + unpaid_cents
        if "paid_cents" in account:
            assert account["paid_cents"] == sum(line["paid_cents"] for line in account["lines"])
            assert account["charge_cents"] == sum(line["charge_cents"] for line in account["lines"])


def test_running_it_again_gives_the_same_files_and_adds_nothing(cli: Command, sample: Path, decided: Path) -> None:
    before, counted = results(decided), rows(decided)
    assert set(before) == set(RESULTS)
    assert cli("adjudicate", sample, "--out", decided, *DATES).code == 1
    assert results(decided) == before
    assert rows(decided) == counted


def test_run_again_on_another_day_it_pays_nothing_anew_and_gives_the_same_remittances(
    cli: Command, sample: Path, decided: Path
) -> None:
    before, counted = results(decided), rows(decided)
    cli("adjudicate", sample, "--out", decided, "--received", RECEIVED, "--as-of", "2026-04-02")
    assert rows(decided) == counted
    assert results(decided)["decisions.jsonl"] == before["decisions.jsonl"]
    traces = [
        [line for line in era.splitlines() if b"TRN" in line]
        for era in (before["era.835"], results(decided)["era.835"])
    ]
    assert traces[0] == traces[1]


def test_two_runs_in_two_folders_give_the_same_bytes(cli: Command, sample: Path, decided: Path, tmp_path: Path) -> None:
    cli("adjudicate", sample, "--out", tmp_path / "other", *DATES)
    assert results(tmp_path / "other") == results(decided)


def test_a_database_of_ones_own_is_used_and_the_results_lie_apart(
    cli: Command, sample: Path, decided: Path, tmp_path: Path
) -> None:
    apart = tmp_path / "apart"
    ended = cli("adjudicate", sample, "--out", apart, "--database", decided / "store.sqlite", *DATES)
    assert ended.code == 1
    assert results(apart) == results(decided)
    assert not (apart / "store.sqlite").exists()


def test_the_same_file_of_another_submitter_is_another_delivery(cli: Command, sample: Path, decided: Path) -> None:
    cli("adjudicate", sample, "--out", decided, "--submitter", "somebody", *DATES)
    endings = {account["patient_control_number"]: account["outcome"] for account in accounts(decided)}
    assert endings["RMG-01"] == "denied"  # a duplicate of what the first submitter sent


def test_claims_decided_under_other_policies_keep_their_decision_and_that_is_said(
    cli: Command, sample: Path, decided: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "policies"
    shutil.copytree(demo_policies(), changed)
    reworded(changed)
    plan = changed / "plans" / "ppo-gold.yaml"
    plan.write_text(plan.read_text().replace("copay: 30.00", "copay: 35.00"))
    before = results(decided)["decisions.jsonl"]
    ended = cli("adjudicate", sample, "--out", decided, "--policies", changed, *DATES)
    assert f"{DECIDED} claims keep a decision that was made under other policies" in ended.err
    assert results(decided)["decisions.jsonl"] == before


def test_policies_without_data_say_that_nobody_is_a_member(cli: Command, sample: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(demo_policies(), policies, ignore=shutil.ignore_patterns("data", "samples"))
    ended = cli("adjudicate", sample, "--out", tmp_path / "out", "--policies", policies, *DATES)
    assert "nobody is a member" in ended.err
    assert {account["outcome"] for account in accounts(tmp_path / "out")} == {"rejected", "unreadable"}


def test_data_of_ones_own_fills_the_new_database(cli: Command, sample: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("members.csv", "contracts.csv"):
        shutil.copy(demo_policies() / "data" / name, data)
    cli("adjudicate", sample, "--out", tmp_path / "out", "--data", data, *DATES)
    endings = {account["patient_control_number"]: account["outcome"] for account in accounts(tmp_path / "out")}
    assert endings["RMG-01"] == "paid"
    assert endings["RMG-13"] == "denied"  # its authorization is in no file


def credentials(file: Path, role: str = "provider") -> Path:
    """A credentials file of one sender, who is enrolled for one billing provider of the sample."""
    grants = [{"tax_id": "999000012", "npi": "1999000122"}]
    caller = {"name": "lake", "role": role, "submitter": "lake", "token_sha256": "0" * 64, "billing": grants}
    file.write_text(json.dumps([caller]))
    return file


def test_claims_of_billing_providers_for_which_the_sender_is_not_enrolled_are_rejected_and_not_kept(
    cli: Command, sample: Path, tmp_path: Path
) -> None:
    out, callers = tmp_path / "out", credentials(tmp_path / "callers.json")
    cli("adjudicate", sample, "--out", out, "--submitter", "lake", "--credentials", callers, *DATES)
    refused = [
        account
        for account in accounts(out)
        if "submitter.not-enrolled" in {finding["rule"] for finding in account.get("findings", ())}
    ]
    assert refused
    assert {(account["outcome"], account.get("claim_id", "")) for account in refused} == {("rejected", "")}
    assert {len(account["findings"]) for account in refused} == {1}
    assert {account["findings"][0]["next_step"]["remedy"] for account in refused} == {"new_claim"}
    assert (out / "acks.277ca").read_text().count("STC*A3:496:85*") == len(refused)
    pyx12_accepts((out / "acks.277ca").read_text())
    with sqlite3.connect(out / "store.sqlite") as connection:
        kept = set(connection.execute("SELECT DISTINCT billing_tax_id, billing_npi FROM claims"))
    assert kept == {("999000012", "1999000122")}


def test_an_operator_of_the_credentials_file_sends_for_everybody(cli: Command, sample: Path, tmp_path: Path) -> None:
    callers = credentials(tmp_path / "callers.json", role="operator")
    cli("adjudicate", sample, "--out", tmp_path / "out", "--submitter", "lake", "--credentials", callers, *DATES)
    assert "A3:496" not in (tmp_path / "out" / "acks.277ca").read_text()


def test_a_sender_whom_the_credentials_file_does_not_name_is_told(cli: Command, sample: Path, tmp_path: Path) -> None:
    callers = credentials(tmp_path / "callers.json")
    ended = cli("adjudicate", sample, "--out", tmp_path / "out", "--submitter", "hill", "--credentials", callers)
    assert ended.code == 2
    assert "has no submitter hill" in ended.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--received", "2026-03-22", "--as-of", AS_OF), "--received 2026-03-22 lies after --as-of 2026-03-21"),
        ((*DATES, "--paid-on", "2026-03-20"), "--paid-on 2026-03-20 lies before --as-of 2026-03-21"),
        ((*DATES, "--database", "nowhere/store.sqlite"), "There is no database at nowhere/store.sqlite"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    cli: Command, sample: Path, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    ended = cli("adjudicate", sample, "--out", tmp_path / "out", *options)
    assert ended.code == 2
    assert told in ended.err
    assert not (tmp_path / "out").exists()


def test_a_day_before_the_policies_began_is_told_so(cli: Command, sample: Path, tmp_path: Path) -> None:
    ended = cli("adjudicate", sample, "--out", tmp_path, "--as-of", "2001-01-01")
    assert ended.code == 2
    assert ended.err == "The policies cannot answer: payer has no version in force on 2001-01-01.\n"


def test_a_terminal_sees_how_far_it_has_come(sample: Path, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "adjudicator", "adjudicate", str(sample), "--out", str(tmp_path), *DATES]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert ended.returncode == 1
    assert "Deciding claims" in shown
    assert b"\x1b" not in ended.stdout


def refused(cli: Command, file: Path, out: Path) -> Ended:
    ended = cli("adjudicate", file, "--out", out, *DATES)
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith(f"{file}: refused: ")
    assert accounts(out)
    assert all(account["outcome"] == "unreadable" and account["problems"] for account in accounts(out))
    assert not (out / "era.835").exists()
    return ended


@pytest.mark.parametrize("text", ["", "hello", "ISA*00*", "UNA:+.? 'UNB+UNOA"])
def test_a_file_that_is_not_x12_is_refused_in_one_line_and_accounted_for(
    cli: Command, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "file.837"
    file.write_text(text)
    refused(cli, file, tmp_path / "out")


def test_a_refused_file_takes_the_place_of_older_results(
    cli: Command, sample: Path, decided: Path, tmp_path: Path
) -> None:
    file = tmp_path / "file.837"
    file.write_text("hello")
    refused(cli, file, decided)


def test_version_4010_is_refused_by_name_and_every_claim_is_accounted_for(
    cli: Command, shared_data: Path, tmp_path: Path
) -> None:
    for file in sorted((shared_data / "x12" / "clean" / "837p_4010").glob("*")):
        ended = refused(cli, file, tmp_path / file.name)
        assert "found 004010X098A1, which is not read, write 005010X222A1 and send it again" in ended.err, file.name
        assert len(accounts(tmp_path / file.name)) == claims_in(shared_data, file)


def test_every_claim_of_the_clean_professional_files_is_accounted_for(
    cli: Command, shared_data: Path, tmp_path: Path
) -> None:
    files = sorted((shared_data / "x12" / "clean" / "837p").glob("*"))
    assert files
    for file in files:
        cli("adjudicate", file, "--out", tmp_path / file.name, *DATES)
        found = [account for account in accounts(tmp_path / file.name) if account["place"].get("position")]
        assert len(found) == claims_in(shared_data, file), file.name
        assert all(account["outcome"] in ("rejected", "pended") for account in found), file.name


def claims_in(shared_data: Path, file: Path) -> int:
    with (shared_data / "x12" / "MANIFEST.csv").open(newline="") as manifest:
        counts = {row["file"]: int(row["claims"]) for row in csv.DictReader(manifest)}
    return counts[str(file.relative_to(shared_data / "x12"))]


def test_an_interrupted_run_leaves_no_half_file_and_is_finished_by_the_next(cli: Command, tmp_path: Path) -> None:
    file = tmp_path / "many.837"
    file.write_text(many_claims(2000))
    out = tmp_path / "interrupted"
    process = started("adjudicate", file, "--out", out, *DATES)
    while process.poll() is None and not (0 < decided_so_far(out) < 2000):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err == "Interrupted. What was decided is stored; run the same command again to go on.\n"
    assert 0 < decided_so_far(out) < 2000
    assert {path.name.partition("-")[0] for path in out.iterdir()} == {"store.sqlite"}

    assert cli("adjudicate", file, "--out", out, *DATES).code == 0
    assert cli("adjudicate", file, "--out", tmp_path / "undisturbed", *DATES).code == 0
    assert results(out) == results(tmp_path / "undisturbed")
    assert rows(out) == rows(tmp_path / "undisturbed")


def decided_so_far(out: Path) -> int:
    if not (out / "store.sqlite").exists():
        return 0
    with sqlite3.connect(f"file:{out / 'store.sqlite'}?mode=ro", uri=True) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM claims").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # the tables are not there yet
