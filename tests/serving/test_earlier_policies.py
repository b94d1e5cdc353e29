"""What is said about a decision comes from the policies that made it, whatever is in force by now."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adjudicator.policy.load import compile_policies, load_policies, read_files
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.policies import MOST_EARLIER_SETS, PoliciesInForce
from adjudicator.serving import Server, settings_from
from adjudicator.store.archive import archive_policies
from adjudicator.store.database import Store
from adjudicator.v1.claim_service_pb2 import ExplainClaimRequest, GetClaimRequest, SubmitClaimRequest
from adjudicator.v1.decision_pb2 import Decision
from adjudicator.v1.review_service_pb2 import GetTaskRequest, ListTasksRequest
from tests.conftest import DEMO
from tests.serving.running import Caller, a_claim, prepare


def reworded(folder: Path, word: str = "Otherwise.") -> Path:
    """The demo payer's policies, with other words for what the biller is to do."""
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("data", "samples"))
    for path in (folder / "guidance").glob("*.yaml"):
        if not path.name.endswith(".test.yaml"):
            path.write_text(re.sub(r"(?m)^( +step: (?:>-\n +)?)", rf"\1{word} ", path.read_text()))
    return folder


def steps(decision: Decision) -> list[str]:
    reasons: list[Any] = [*decision.findings, *(reason for line in decision.lines for reason in line.adjustments)]
    return [reason.next_step.action for reason in reasons]


def test_a_claim_is_told_with_the_policies_that_decided_it_after_others_came_into_force(tmp_path: Path) -> None:
    settings = prepare(tmp_path)
    held = a_claim(control_number="WART")
    held.lines[0].procedure, held.diagnoses[0].code = "17110", "B07.9"
    held.lines[0].from_date = "2026-02-10"  # so long before the visit that neither is care around the other
    before: dict[str, Any] = {}
    for policies in (DEMO, reworded(tmp_path / "reworded")):
        server = Server(settings_from(**(settings | {"policies": policies})))
        provider, reviewer = Caller(server.address, "provider"), Caller(server.address, "reviewer")
        try:
            told = {}
            for name, claim in (("visit", a_claim()), ("wart", held)):
                answer = provider(provider.claims.SubmitClaim, SubmitClaimRequest(request_id=name, claim=claim))
                claim_id = answer.decision.claim_id
                read = provider(provider.claims.GetClaim, GetClaimRequest(claim_id=claim_id))
                explained = provider(provider.claims.ExplainClaim, ExplainClaimRequest(claim_id=claim_id))
                told[name] = (answer.decision, read.decision, explained.text)
                assert steps(answer.decision)
                assert not any("Otherwise." in step for step in steps(answer.decision))
            (task,) = reviewer(reviewer.reviews.ListTasks, ListTasksRequest()).tasks
            told["task"] = reviewer(reviewer.reviews.GetTask, GetTaskRequest(task_id=task.task_id)).decision
            new = a_claim(control_number="NEW")
            new.lines[0].from_date = "2026-03-09"
            fresh = provider(provider.claims.SubmitClaim, SubmitClaimRequest(request_id=str(policies), claim=new))
            assert all("Otherwise." in step for step in steps(fresh.decision)) is (policies != DEMO)
        finally:
            provider.close()
            reviewer.close()
            server.drain()
        before = before or told
        assert told == before


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "payer.sqlite3")
    store.migrate()
    yield store
    store.close()


def test_the_set_in_force_is_had_without_reading_or_compiling(store: Store, demo: PolicySet) -> None:
    in_force = PoliciesInForce(store, read_files(DEMO), demo, _never)
    store.close()
    assert in_force.of(demo.digest) is demo


def test_the_set_before_is_had_without_compiling_it_again(store: Store, demo: PolicySet, tmp_path: Path) -> None:
    in_force = PoliciesInForce(store, read_files(DEMO), demo, _never)
    folder = reworded(tmp_path / "reworded")
    in_force.replace(read_files(folder), load_policies(folder))
    assert in_force().digest != demo.digest
    assert in_force.of(demo.digest) is demo


def test_an_earlier_set_is_compiled_once(store: Store, demo: PolicySet, tmp_path: Path) -> None:
    compiled = []

    def compile_set(files: Any) -> PolicySet:
        compiled.append(files)
        return compile_policies(files)

    PoliciesInForce(store, read_files(DEMO), demo)
    folder = reworded(tmp_path / "reworded")
    in_force = PoliciesInForce(store, read_files(folder), load_policies(folder), compile_set)
    earlier = in_force.of(demo.digest)
    assert earlier.digest == demo.digest
    assert in_force.of(demo.digest) is earlier
    assert len(compiled) == 1


@pytest.mark.parametrize("files", [{}, {"payer.yaml": b"kind: something else"}])
def test_the_set_in_force_stands_for_one_that_cannot_be_had_any_more(
    store: Store, demo: PolicySet, files: dict[str, bytes]
) -> None:
    in_force = PoliciesInForce(store, read_files(DEMO), demo, compile_policies)
    if files:
        with store.writing() as connection:
            archive_policies(connection, "f" * 64, files)
    assert in_force.of("f" * 64) is demo


def test_no_more_than_a_few_earlier_sets_are_kept(store: Store, demo: PolicySet) -> None:
    asked: list[str] = []

    def compile_set(files: Any) -> PolicySet:
        asked.extend(files)
        return demo

    in_force = PoliciesInForce(store, read_files(DEMO), demo, compile_set)
    digests = [f"{number:064}" for number in range(MOST_EARLIER_SETS + 1)]
    for digest in digests:
        with store.writing() as connection:
            archive_policies(connection, digest, {digest: b""})
    for digest in (*digests, digests[-1], digests[0]):
        in_force.of(digest)
    assert asked == [*digests, digests[0]]


def _never(_: Any) -> PolicySet:
    raise AssertionError("compiled")
