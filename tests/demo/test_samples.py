"""The sample claims of the demo payer, decided and held against what their scenario files say must become of each."""

import json
from pathlib import Path
from typing import Any

import pytest

from adjudicator.cli import batch
from adjudicator.cli.demo.claim_file import PAYER_ID, PAYER_NAME
from adjudicator.cli.demo.samples import DECIDED_ON, RECEIVED_ON, Expectation, SampleClaim
from adjudicator.cli.demo.seeding import write_claims
from adjudicator.cli.load import load_folder
from adjudicator.cli.payer import demo_policies, load, opened, operator, payer_of
from adjudicator.model.case import RulingVerdict
from adjudicator.model.decision import Decision
from adjudicator.model.money import cents_from_text
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.given_rulings import GivenRuling
from tests.samples import CLAIMS, ENDINGS

DEMO = demo_policies()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the sample file has been decided, with the results beside it."""
    out = tmp_path_factory.mktemp("samples")
    policies, files = load(DEMO)
    with opened(str(out / "store.sqlite"), new=True) as store:
        load_folder(store, DEMO / "data", policies)
        sent = batch.Batch(
            name="claims.837",
            data=(DEMO / "samples" / "claims.837").read_bytes(),
            principal=operator(),
            received_on=RECEIVED_ON,
            decided_on=DECIDED_ON,
            paid_on=DECIDED_ON,
        )
        batch.run(sent, payer_of(store, policies, files, DECIDED_ON), out)
    return out


@pytest.fixture(scope="module")
def accounts(store: Path) -> dict[str, dict[str, Any]]:
    """What decisions.jsonl says, by the claims' own numbers."""
    lines = [json.loads(line) for line in (store / "decisions.jsonl").read_text().splitlines()]
    return {line["patient_control_number"]: line for line in lines}


def test_the_file_holds_exactly_the_claims_of_the_scenarios_in_their_order(accounts: dict[str, dict[str, Any]]) -> None:
    assert list(accounts) == [claim.number for claim in CLAIMS]
    assert len(CLAIMS) >= 200


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_each_claim_comes_to_what_was_worked_out_by_hand(
    claim: SampleClaim, accounts: dict[str, dict[str, Any]]
) -> None:
    found, expected = accounts[claim.number], claim.expect
    assert found["outcome"] == expected.ending, found.get("findings") or found.get("problems")
    assert _lines(found) == _expected_lines(expected)
    for line, expected_line in zip(found.get("lines", ()), expected.lines, strict=True):
        beside_reasons = {remark for one in line.get("adjustments", ()) for remark in one.get("remarks", ())}
        assert set(line.get("remarks", ())) - beside_reasons == set(expected_line.remarks)
    first = {line["priority_payer"]["identifier"] for line in found.get("lines", ()) if "priority_payer" in line}
    assert first == ({expected.bill_first} if expected.bill_first else set())
    blocking = [one for one in found.get("findings", ()) if one["verdict"] in ("pend", "deny", "reject")]
    assert sorted(finding["rule"] for finding in blocking) == sorted(expected.rules)
    waits = [finding["queue"] for finding in blocking if finding["verdict"] == "pend"]
    assert sorted(waits if expected.ending == "pended" else []) == sorted(expected.queues)
    statuses = [status for finding in found.get("findings", ()) for status in finding.get("statuses", ())]
    assert statuses == list(expected.statuses)
    elements = [f"{problem['segment_id']}{problem.get('element', 0):02d}" for problem in found.get("problems", ())]
    assert elements == ([expected.element] if expected.element else [])


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_every_unpaid_amount_and_every_blocking_finding_says_what_the_biller_does_next(
    claim: SampleClaim, accounts: dict[str, dict[str, Any]]
) -> None:
    found = accounts[claim.number]
    unpaid = [adjustment for line in found.get("lines", ()) for adjustment in line.get("adjustments", ())]
    blocking = [finding for finding in found.get("findings", ()) if finding["verdict"] in ("pend", "deny", "reject")]
    for told in (*unpaid, *blocking):
        assert told["next_step"]["cause"]
        assert told["next_step"]["action"]


def test_a_reviewers_yes_brings_the_amounts_that_the_sample_names(
    store: Path, accounts: dict[str, dict[str, Any]]
) -> None:
    (claim,) = (claim for claim in CLAIMS if claim.expect.once_allowed)
    policies, files = load(DEMO)
    with opened(str(store / "store.sqlite")) as database:
        payer = payer_of(database, policies, files, DECIDED_ON)
        task = f"{accounts[claim.number]['claim_id']}-1"
        ruled = payer.reviews.rule(operator(), task, GivenRuling(RulingVerdict.ALLOW, "The record shows bleeding."))
    assert claim.expect.once_allowed is not None
    assert ruled.decision.disposition.value == claim.expect.once_allowed.ending
    assert _decided_lines(ruled.decision) == _expected_lines(claim.expect.once_allowed)


def test_the_samples_hold_thirty_reason_codes_that_deny_and_forty_group_code_remark_combinations(
    accounts: dict[str, dict[str, Any]],
) -> None:
    denials = [
        (one["group"], one["carc"], *one.get("remarks", ()))
        for account in accounts.values()
        for line in account.get("lines", ())
        if line["verdict"] == "deny"
        for one in line["adjustments"]
    ]
    codes = {code for _, code, *_ in denials}
    assert len(codes) >= 30, sorted(codes)
    assert len({(code, *remarks) for _, code, *remarks in denials}) >= 40
    assert len(set(denials)) >= 40, sorted(set(denials))


def test_the_samples_end_in_every_way_that_a_claim_can_end() -> None:
    assert set(ENDINGS) == {"paid", "partly_paid", "denied", "pended", "rejected", "unreadable"}


def test_every_queue_of_the_payer_gets_a_claim() -> None:
    queues = {queue for claim in CLAIMS for queue in claim.expect.queues}
    assert queues == {"clinical", "coordination", "eligibility", "examiner", "pricing", "provider", "system", "um"}


def test_claims_837_is_what_the_scenarios_make(tmp_path: Path) -> None:
    write_claims(tmp_path)
    assert (DEMO / "samples" / "claims.837").read_text() == (tmp_path / "claims.837").read_text()


def test_the_835_names_the_payer_to_bill_first_where_the_file_of_other_coverage_knows_it(store: Path) -> None:
    segments = [segment.strip().split("*") for segment in (store / "era.835").read_text().split("~")]
    told: dict[str, str] = {}
    claim = ""
    for parts in segments:
        claim = parts[1] if parts[0] == "CLP" else claim
        if parts[:2] == ["NM1", "PR"]:
            told[claim] = parts[9]
    assert told == {claim.number: claim.expect.bill_first for claim in CLAIMS if claim.expect.bill_first}
    assert set(told.values()) == {"FARAWAY", "MEDICARE", "MILLCOMP"}


def test_every_claim_has_a_number_and_a_sentence_of_its_own() -> None:
    assert len({claim.number for claim in CLAIMS}) == len(CLAIMS)
    assert len({claim.shows for claim in CLAIMS}) == len(CLAIMS)


def test_the_samples_are_addressed_to_the_payer_of_the_policies(demo: PolicySet) -> None:
    payer = demo.payer.on(RECEIVED_ON)
    assert (payer.name, payer.payer_id) == (PAYER_NAME, PAYER_ID)


def _lines(account: dict[str, Any]) -> list[tuple[int, int, dict[str, int]]]:
    return [
        (
            line["allowed_cents"],
            line["paid_cents"],
            {
                " ".join((f"{one['group']}-{one['carc']}", *one.get("remarks", ()))): one["amount_cents"]
                for one in line.get("adjustments", ())
            },
        )
        for line in account.get("lines", ())
    ]


def _decided_lines(decision: Decision) -> list[tuple[int, int, dict[str, int]]]:
    return [
        (
            line.allowed_cents,
            line.paid_cents,
            {" ".join((f"{one.group}-{one.carc}", *one.remarks)): one.amount_cents for one in line.adjustments},
        )
        for line in decision.lines
    ]


def _expected_lines(expected: Expectation) -> list[tuple[int, int, dict[str, int]]]:
    return [
        (
            cents_from_text(line.allowed),
            cents_from_text(line.paid),
            {reason: cents_from_text(amount) for reason, amount in line.unpaid.items()},
        )
        for line in expected.lines
    ]
