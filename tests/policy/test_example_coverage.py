"""Which rules the examples show: counted from what the engine asked and decided, never from names."""

import pytest

from adjudicator.engine import RULES, adjudicate
from adjudicator.policy.load import RuleCoverage, compile_policies, measure_examples, read_files
from tests.conftest import DEMO

SCREENING = "coverage/screening-colonoscopy"
APPROVAL = "authorization/prior-authorization#advanced-imaging"
GIVEN = """\
given: {plan: plans/ppo-gold, contract: contracts/riverside-medical-group, procedure: G0121, charge: 600.00, date: 2026-03-01,
        born: 1976-03-01, diagnoses: [Z12.11]}
cases:
"""
NEWER = """\
  - effective: 2026-01-01
    cite: {title: Preventive care guideline, section: "2026 edition, 3.1", url: "https://meadowlark.example/policies/screening-colonoscopy"}
    procedures: [sets/screening-colonoscopy]
    criteria:
      - id: age
        quote: Adults aged 50 through 75 years.
        require: {age_years: {min: 50, max: 75}}
        otherwise: {deny: "6", group: CO, remarks: [N129]}
      - id: high-risk
"""


def documents() -> dict[str, bytes]:
    return {path: content for path, content in read_files(DEMO).items() if not path.endswith(".test.yaml")}


def measured(*given: str, files: dict[str, bytes] | None = None) -> dict[str, RuleCoverage]:
    """What examples with these facts show, by rule; of a rule with several texts the newest."""
    files = files or documents()
    cases = "".join(f"  - {{name: One, given: {facts}, expect: {{verdict: pay}}}}\n" for facts in given)
    examples = {f"{SCREENING}.test.yaml": (GIVEN + cases).encode()}
    results, rules = measure_examples(files | examples, compile_policies(files, RULES), adjudicate)
    assert len(results) == len(given)
    return {rule.rule: rule for rule in reversed(rules)}


def shown(rules: dict[str, RuleCoverage], rule: str) -> tuple[int, int]:
    return rules[rule].answers, rules[rule].met


@pytest.mark.parametrize(
    ("given", "rule", "answers_and_met"),
    [
        ("{}", f"{SCREENING}#age", (0, 1)),
        ("{born: 1990-01-01}", f"{SCREENING}#age", (1, 0)),
        ("{procedure: '99213'}", f"{SCREENING}#age", (0, 0)),
        ("{lines: [{date: 2026-02-01}, {}]}", f"{SCREENING}#interval", (1, 1)),
        # Without require it is met where it is asked and `when` does not hold.
        ("{}", f"{SCREENING}#high-risk", (0, 1)),
        ("{diagnoses: [Z80.0]}", f"{SCREENING}#high-risk", (1, 0)),
        # Where `when` does not hold, what is required is not asked.
        ("{diagnoses: [Z80.0]}", f"{SCREENING}#interval", (0, 0)),
        ("{procedure: '70553'}", APPROVAL, (1, 0)),
        ("{procedure: '70553', authorizations: [{procedures: ['70553'], from: 2026-01-01}]}", APPROVAL, (0, 1)),
        ("{}", APPROVAL, (0, 0)),
        ("{total: 1.00}", "claim-balance.total", (1, 0)),
        ("{}", "claim-balance.total", (0, 1)),
        ("{}", "contract-allowance", (1, 0)),
        ("{procedure: '99213', used: {in_network: {out_of_pocket: 3990.00}}}", "out-of-pocket-met", (1, 0)),
        ("{procedure: '99213'}", "out-of-pocket-met", (0, 1)),
        ("{date: 2020-01-01, covered_from: 2019-01-01}", "policy-gap", (1, 0)),
    ],
)
def test_an_example_shows_a_rule_where_it_answers_and_where_it_is_asked_and_lets_pass(
    given: str, rule: str, answers_and_met: tuple[int, int]
):
    assert shown(measured(given), rule) == answers_and_met


def test_every_example_counts_once():
    rules = measured("{}", "{born: 1990-01-01}", "{born: 1991-01-01}", "{lines: [{}, {}]}")
    assert shown(rules, f"{SCREENING}#age") == (2, 2)


def test_a_criterion_that_changes_is_shown_anew_and_one_that_does_not_is_not():
    files = documents()
    text = files[f"{SCREENING}.yaml"].decode()
    _, _, high_risk = text.partition("      - id: high-risk\n")
    files[f"{SCREENING}.yaml"] = text.replace("versions:\n", f"versions:\n{NEWER}{high_risk}").encode()
    rules = measured("{date: 2025-12-31, born: 1990-01-01}", files=files)
    assert shown(rules, f"{SCREENING}#age") == (0, 0)
    assert shown(rules, f"{SCREENING}#high-risk") == (0, 1)
    assert f"{rules[f'{SCREENING}#age'].told()[0]}" == (
        f"{SCREENING}.yaml:9: versions[2026-01-01].criteria[age]: found no example in which {SCREENING}#age answers; "
        f"write one in {SCREENING}.test.yaml"
    )


def test_an_exclusion_by_codes_alone_lets_pass_what_it_does_not_name():
    files = documents()
    plan = "plans/ppo-gold.yaml"
    row = 'id: screening, quote: Not covered., for: [G0121], then: {deny: "96", group: PR, remarks: [N130]}'
    rows = f"    exclusions:\n      - {{{row}}}\n"
    files[plan] = files[plan].replace(b"    exclusions:\n", rows.encode(), 1)
    assert shown(measured("{}", files=files), "plans/ppo-gold#screening") == (1, 0)
    assert shown(measured("{procedure: '99213'}", files=files), "plans/ppo-gold#screening") == (0, 1)
