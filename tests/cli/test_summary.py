"""What a stranger reads of a file of claims, and what a program reads of each."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from adjudicator.cli.accounts import Account, DecidedLine, Place, UnpaidAmount
from adjudicator.cli.summary import BEARERS, MOST_REASONS, WIDTH, Summary
from adjudicator.guidance import NextStep
from adjudicator.model.money import dollars


@pytest.fixture
def lines(decided: Path) -> list[str]:
    return (decided / "summary.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def accounts(decided: Path) -> list[dict]:
    return [json.loads(line) for line in (decided / "decisions.jsonl").read_text(encoding="utf-8").splitlines()]


def table(lines: list[str], heading: str) -> list[str]:
    """The lines of a table, its heading first."""
    start = next(number for number, line in enumerate(lines) if line.startswith(heading))
    return lines[start : lines.index("", start)]


def number(words: str, line: str) -> str:
    """The last column of a row that begins with these words."""
    assert line.strip().startswith(words), line
    return line.split()[-1]


def test_denials_are_told_in_words_with_counts_and_dollars_the_largest_first(lines: list[str], accounts: list[dict]):
    charged: Counter[tuple[str, str]] = Counter()
    for account in accounts:
        for line in account.get("lines", ()):
            if line["verdict"] == "deny":
                for unpaid in line["adjustments"]:
                    charged[BEARERS[unpaid["group"]], unpaid["next_step"]["cause"]] += unpaid["amount_cents"]
    told = table(lines, "Why lines were denied")
    rows = [line for line in told[1:] if line.startswith("  ") and line[2] != " " and line.split()[-1][-3:-2] == "."]
    rows = [line for line in rows if " other reason" not in line]
    assert [line.split()[-1] for line in rows] == [dollars(cents) for _, cents in charged.most_common(MOST_REASONS)]
    (_, cause), cents = charged.most_common(1)[0]
    assert number(cause[:40], rows[0]) == dollars(cents)
    assert any("the patient may not be billed" in line for line in told)


def test_what_waits_is_told_by_queue_with_its_charge_and_why(lines: list[str], accounts: list[dict]):
    pended = [account for account in accounts if account["outcome"] == "pended"]
    queues = {finding["queue"] for account in pended for finding in account["findings"] if finding["verdict"] == "pend"}
    told = table(lines, "What waits, by queue")
    for queue in queues:
        charged = sum(
            account["charge_cents"]
            for account in pended
            if any(finding.get("queue") == queue for finding in account["findings"])
        )
        (row,) = [line for line in told if line.startswith(f"  {queue} ")]
        assert row.split()[-1] == dollars(charged)
    assert any("MED: A clinician of ours reviews" in line for line in told)


def test_rejections_are_told_in_words_with_their_statuses(lines: list[str]):
    told = table(lines, "Why claims were rejected")
    assert any("Nobody on our membership file" in line for line in told)
    assert any(line.strip() == "A7:33:IL" for line in told)


def test_the_summary_keeps_its_width(lines: list[str]):
    assert max(map(len, lines)) <= WIDTH


def test_only_so_many_reasons_are_told_in_words():
    summary = Summary()
    for carc in range(MOST_REASONS + 2):
        step = NextStep(cause=f"A cause, {carc}.", who="biller", action="Act.", remedy="none")
        unpaid = UnpaidAmount("CO", str(carc), 1000 + carc, "a.rule", next_step=step)
        decided = DecidedLine(1, "99213", "deny", 1000 + carc, 0, 0, 0, (unpaid,))
        summary.add(Account(outcome="denied", place=Place(1, "0001", 1, 1), lines=(decided,)))
    text = summary.text("A file.")
    assert text.count("A cause, ") == MOST_REASONS
    row = next(line for line in text.splitlines() if "2 other reasons" in line)
    assert row.split()[-2:] == ["2", dollars(1000 + 1001)]


def test_one_cause_has_one_heading_with_all_its_codes_for_each_who_bears_it():
    summary = Summary()
    step = NextStep(cause="The limit is used up.", who="biller", action="Act.", remedy="none")
    for group, remarks in (("PR", ()), ("PR", ("N640",)), ("PR", ("N640",)), ("CO", ())):
        unpaid = UnpaidAmount(group, "119", 1000, "a.rule", remarks, next_step=step)
        decided = DecidedLine(1, "99213", "deny", 1000, 0, 0, 0, (unpaid,))
        summary.add(Account(outcome="denied", place=Place(1, "0001", 1, 1), lines=(decided,)))
    told = table(summary.text("A file.").splitlines(), "Why lines were denied")
    assert [" ".join(line.split()) for line in told[1:]] == [
        "The limit is used up. 3 30.00",
        "PR-119 or PR-119 N640: the patient may be billed",
        "The limit is used up. 1 10.00",
        "CO-119: the patient may not be billed",
    ]


def findings(accounts: Iterable[dict]) -> list[dict]:
    return [finding for account in accounts for finding in account.get("findings", ())]


def test_the_account_of_a_claim_carries_every_finding_in_its_rank_with_its_source(accounts: list[dict]):
    rank = ["pay", "inform", "reduce", "pend", "deny", "fault", "reject"]
    for account in accounts:
        verdicts = [rank.index(finding["verdict"]) for finding in account.get("findings", ())]
        assert verdicts == sorted(verdicts, reverse=True)
    denied = next(finding for finding in findings(accounts) if finding["rule"] == "coverage/screening-colonoscopy#age")
    assert denied["quote"] == "Adults aged 45 through 75 years."
    assert denied["cite"]["title"] == "Preventive care guideline"
    assert denied["stage"] > 1
    waiting = next(
        finding for finding in findings(accounts) if finding["rule"] == "coverage/echocardiography#indication"
    )
    assert waiting["pend_code"] == "MED"
    assert {"group": "CO", "carc": "50", "remarks": ["N115"]} in waiting["denials"]
    assert all(finding["stage"] >= 1 for finding in findings(accounts))


def test_the_account_of_a_paid_line_can_be_redone(accounts: list[dict]):
    paid = next(account for account in accounts if account["patient_control_number"] == "RMG-01")
    (line,) = paid["lines"]
    assert line["verdict"] == "reduce"
    assert line["price"]["allowed_cents"] == line["allowed_cents"]
    assert line["share"]["copay_cents"] == line["member_cents"]
