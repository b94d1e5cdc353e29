"""``adjudicator policy``: mistakes by file and line, examples, digest, and what is generated."""

import json
import re
import shutil
from pathlib import Path

import pytest

from adjudicator.cli.payer import demo_policies
from tests.cli.conftest import Command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demo payer's policies to spoil."""
    copied = tmp_path / "policies"
    shutil.copytree(demo_policies(), copied)
    return copied


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_policies_without_mistakes_are_said_to_be_so(cli: Command, folder: Path) -> None:
    ended = cli("policy", "check", folder)
    assert ended.code == 0
    assert "no mistakes" in ended.out


def test_every_mistake_is_told_with_its_file_and_line(cli: Command, folder: Path) -> None:
    plan, payer = folder / "plans" / "ppo-gold.yaml", folder / "payer.yaml"
    change(plan, "copay: 30.00", "copay: thirty")
    change(payer, "payment_method: CHK", "payment_method: CASH")
    ended = cli("policy", "check", folder)
    assert ended.code == 1
    of_payer, of_plan, count = ended.err.splitlines()
    assert of_payer.startswith(
        f"{payer}:{line_of(payer, 'CASH')}: versions[2025-01-01].payment_method: found 'CASH'; write "
    )
    assert of_plan.startswith(f"{plan}:{line_of(plan, 'thirty')}: versions[2026-01-01].benefits[office-visit].")
    assert count == f"2 mistakes in {folder}."


def line_of(file: Path, word: str) -> int:
    return next(number for number, line in enumerate(file.read_text().splitlines(), start=1) if word in line)


def test_people_and_samples_beside_the_policies_are_no_part_of_them(cli: Command, folder: Path) -> None:
    digest = cli("policy", "digest", folder).out
    with (folder / "data" / "members.csv").open("a") as members:
        members.write("MM9,FF9,TESTERSON,NEW,1979-04-12,F,18,plans/ppo-gold,2025-01-01,\n")
    shutil.rmtree(folder / "samples")
    assert cli("policy", "check", folder).code == 0
    assert cli("policy", "digest", folder).out == digest


def test_examples_that_hold_end_with_0(cli: Command, folder: Path) -> None:
    ended = cli("policy", "test", folder)
    assert ended.code == 0
    assert "all as expected" in ended.out


def test_every_rule_is_counted_from_both_sides(cli: Command, folder: Path) -> None:
    ended = cli("policy", "test", folder)
    (counted,) = (line.split() for line in ended.out.splitlines() if "skin-lesion-removal#cosmetic" in line)
    assert all(int(count) > 0 for count in counted[1:])
    assert re.search(r"^(\d+) of \1 rules of policies shown from both sides\.$", ended.out, re.MULTILINE)


def test_what_no_example_shows_is_listed_where_the_rule_stands(cli: Command, folder: Path) -> None:
    shown = cli("policy", "test", folder, "--missing").out.splitlines()
    assert [line.partition(":")[0] for line in shown] == ["fault", str(folder)]
    for examples in folder.rglob("*.test.yaml"):
        examples.unlink()
    change(folder / "authorization" / "prior-authorization.yaml", "kind:", "\nkind:")
    ended = cli("policy", "test", folder, "--missing")
    assert ended.code == 0
    policy = folder / "authorization" / "prior-authorization.yaml"
    place = f"{policy}:{line_of(policy, 'id: spinal')}: versions[2026-01-01].services[spinal-injection]: "
    rule = "authorization/prior-authorization#spinal-injection"
    told = f"{place}found no example in which {rule} answers; write one in authorization/prior-authorization.test.yaml"
    assert told in ended.out.splitlines()
    warned = cli("policy", "check", folder)
    assert warned.code == 0
    assert f"{told} (warning)" in warned.out.splitlines()
    assert re.search(r"no mistakes, \d+ warnings\. Digest", warned.out)


def test_check_reads_the_examples_too(cli: Command, folder: Path) -> None:
    change(folder / "plans" / "ppo-gold.test.yaml", "verdict: pay", "verdict: paid")
    change(folder / "payer.yaml", "payment_method: CHK", "payment_method: CASH")
    ended = cli("policy", "check", folder)
    assert ended.code == 1
    assert "found 'paid'; write pay, partly_pay, deny, pend or reject" in ended.err
    assert f"2 mistakes in {folder}." in ended.err


def test_an_example_that_comes_out_otherwise_is_told_with_both_amounts(cli: Command, folder: Path) -> None:
    change(folder / "plans" / "ppo-gold.yaml", "copay: 30.00", "copay: 35.00")
    ended = cli("policy", "test", folder)
    assert ended.code == 1
    assert f"{folder}/plans/ppo-gold.test.yaml:" in ended.out
    assert "came out otherwise" in ended.err


def test_the_digest_changes_with_the_content(cli: Command, folder: Path) -> None:
    before = cli("policy", "digest", folder).out
    change(folder / "plans" / "ppo-gold.yaml", "copay: 30.00", "copay: 35.00")
    assert cli("policy", "digest", folder).out != before


def test_the_schema_is_the_one_that_is_checked_in(cli: Command) -> None:
    printed = cli("policy", "schema").out
    assert json.loads(printed)["$defs"]
    assert printed == (demo_policies().parent / "schema.json").read_text(encoding="utf-8")


def test_the_reference_is_the_one_that_is_checked_in(cli: Command) -> None:
    printed = cli("policy", "reference").out.strip()
    assert printed in (demo_policies().parent / "README.md").read_text(encoding="utf-8")


def test_the_edit_catalogue_is_the_one_that_is_checked_in(cli: Command) -> None:
    assert cli("policy", "edits").out == (demo_policies().parent / "EDITS.md").read_text(encoding="utf-8")


def test_the_edit_catalogue_of_another_payer_is_printed_and_never_written_over_the_demo_payers(
    cli: Command, folder: Path
) -> None:
    change(folder / "guidance" / "data.yaml", "The claim has no diagnosis.", "No diagnosis was sent.")
    assert "Means: No diagnosis was sent." in cli("policy", "edits", folder).out
    refused = cli("policy", "edits", folder, "--write")
    assert refused.code == 2
    assert "leave DIR or --write out" in refused.err
