"""The commands that talk to a running server, against a real one."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from adjudicator.cli.demo.claim_file import write_837
from adjudicator.cli.demo.samples import DECIDED_ON
from adjudicator.cli.demo.seeding import demo_members, demo_senders, load_store, write_data
from adjudicator.cli.demo.server import running, write_callers
from adjudicator.cli.payer import demo_policies
from adjudicator.model.principal import Role
from tests.cli.conftest import RECEIVED, Command
from tests.samples import CLAIMS, ENDINGS, PLAN_PAYS, SAMPLES, TASKS, in_one_sentence


class Desk(NamedTuple):
    """A server and its callers' tokens."""

    address: str
    tokens: dict[Role, Path]

    def asked_by(self, role: Role) -> tuple[object, ...]:
        return ("--server", self.address, "--token-file", self.tokens[role])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    out = tmp_path_factory.mktemp("server")
    write_data(out)
    load_store(out)
    tokens = write_callers(out, demo_senders().billing["riverside"].provider)
    store, log = out / "store.sqlite", out / "server.log"
    with running(demo_policies(), out / "credentials.json", store, log, DECIDED_ON) as address:
        yield Desk(address, tokens)


def test_an_operator_submits_a_file_and_sees_what_became_of_every_claim(cli: Command, desk: Desk, sample: Path) -> None:
    ended = cli("submit", sample, *desk.asked_by(Role.OPERATOR), "--received", RECEIVED)
    assert ended.code == 1
    assert in_one_sentence() in ended.out
    assert f"The plan pays {PLAN_PAYS}." in ended.out
    assert ended.err == f"{sample}: {ENDINGS['unreadable']} of {len(CLAIMS)} claims were not read or not taken.\n"
    assert all(len(line) <= 100 for line in ended.out.splitlines())
    assert cli("submit", sample, *desk.asked_by(Role.OPERATOR), "--received", RECEIVED).out == ended.out


def test_a_biller_may_not_send_the_claims_of_others_nor_say_when_they_arrived(
    cli: Command, desk: Desk, sample: Path, tmp_path: Path
) -> None:
    of_others = tmp_path / "others.837"
    of_others.write_text(write_837(SAMPLES[1:2], demo_senders(), demo_members()))
    ended = cli("submit", of_others, *desk.asked_by(Role.PROVIDER))
    assert ended.code == 1
    assert "does not speak for the claim's billing provider" in ended.out
    assert "14 claims: 14 not taken." in ended.out
    assert (
        "Only an operator may say when a claim arrived"
        in cli("submit", sample, *desk.asked_by(Role.PROVIDER), "--received", RECEIVED).out
    )


def test_a_reviewer_lists_shows_and_rules_a_task_and_the_biller_reads_the_result(
    cli: Command, desk: Desk, sample: Path
) -> None:
    cli("submit", sample, *desk.asked_by(Role.OPERATOR), "--received", RECEIVED)
    listed = cli("tasks", "list", *desk.asked_by(Role.REVIEWER), "--queue", "um")
    tasks = [word for word in listed.out.split() if word.endswith("-1")]
    assert len(tasks) == TASKS["um"]
    shown = {task: cli("tasks", "show", task, *desk.asked_by(Role.REVIEWER)).out for task in tasks}
    (task,) = (task for task in tasks if "RMG-16) is pended" in shown[task])
    rationale = ("--rationale", "The excess was approved by telephone.")
    ruled = cli("rule", task, "allow", *rationale, *desk.asked_by(Role.REVIEWER))
    claim_id = task.removesuffix("-1")
    assert ruled.out.startswith(f"Claim {claim_id} is now paid: charge 900.00")
    assert (
        "was allowed; the patient's share takes all of it"
        in cli("explain", claim_id, *desk.asked_by(Role.PROVIDER)).out
    )


def test_what_a_role_may_not_do_is_told_in_a_sentence(cli: Command, desk: Desk) -> None:
    ended = cli("tasks", "list", *desk.asked_by(Role.PROVIDER))
    assert ended.code == 2
    assert "Tasks are for the payer's reviewers" in ended.err


def test_only_the_payers_own_people_are_told_what_an_auditor_reads(cli: Command, desk: Desk, sample: Path) -> None:
    cli("submit", sample, *desk.asked_by(Role.OPERATOR), "--received", RECEIVED)
    listed = cli("tasks", "list", *desk.asked_by(Role.REVIEWER), "--queue", "clinical")
    claim_id = next(word for word in listed.out.split() if word.endswith("-1")).removesuffix("-1")
    asked = ("explain", claim_id, "--for", "auditor", "--rule", "filing-limit.late")
    assert "Rule filing-limit.late" in cli(*asked, *desk.asked_by(Role.REVIEWER)).out
    refused = cli(*asked, *desk.asked_by(Role.PROVIDER))
    assert refused.code == 2
    assert "for the payer's own people" in refused.err


def test_an_unknown_token_is_told_so(cli: Command, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("not a token\n")
    ended = cli("tasks", "list", "--server", desk.address, "--token-file", tmp_path / "token")
    assert ended.code == 2
    assert "The server does not know your token" in ended.err


def test_a_server_without_a_token_file_and_an_empty_token_file_are_told(
    cli: Command, desk: Desk, tmp_path: Path
) -> None:
    assert "--token-file" in cli("tasks", "list", "--server", desk.address).err
    (tmp_path / "token").write_text("\n")
    assert "is empty" in cli("tasks", "list", "--server", desk.address, "--token-file", tmp_path / "token").err


def test_an_operator_puts_changed_policies_in_force_and_hears_of_their_mistakes(cli: Command, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(demo_policies(), folder)
    write_data(tmp_path)
    load_store(tmp_path)
    tokens = write_callers(tmp_path, demo_senders().billing["riverside"].provider)
    store, log = tmp_path / "store.sqlite", tmp_path / "server.log"
    plan = folder / "plans" / "ppo-gold.yaml"
    with running(folder, tmp_path / "credentials.json", store, log, DECIDED_ON) as address:
        ask = ("policy", "reload", "--server", address, "--token-file", tokens[Role.OPERATOR])
        before = cli("policy", "digest", folder).out.strip()
        unchanged = cli(*ask)
        assert (unchanged.code, unchanged.out) == (
            0,
            f"Nothing has changed: these policies are in force already. Digest {before}\n",
        )
        plan.write_text(plan.read_text().replace("copay: 30.00", "copay: 35.00"))
        after = cli("policy", "digest", folder).out.strip()
        changed = cli(*ask)
        assert (changed.code, changed.out) == (
            0,
            f"The changed policies are in force. Digest {after}, before {before}\n",
        )
        plan.write_text(plan.read_text().replace("copay: 35.00", "copay: some"))
        refused = cli(*ask)
        assert refused.code == 1
        *mistakes, count = refused.err.splitlines()
        assert mistakes and all(mistake.startswith("plans/ppo-gold.yaml:") for mistake in mistakes)
        assert count == f"{len(mistakes)} mistakes in the server's policies; those before stay in force. Digest {after}"
        assert cli(*ask[:-1], tokens[Role.REVIEWER]).code == 2


def test_a_server_that_cannot_start_says_everything_that_is_missing(cli: Command, tmp_path: Path) -> None:
    ended = cli(
        "serve",
        "--policies",
        demo_policies(),
        "--credentials",
        tmp_path / "none.json",
        "--database",
        tmp_path / "store.sqlite",
    )
    assert ended.code == 2
    assert ended.err.startswith("The server cannot start:")
    assert "credentials" in ended.err
