"""The examples beside a policy: what holds, what does not and how that is told, and mistakes in the examples themselves."""

import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import Case
from adjudicator.model.decision import Decision
from adjudicator.policy.load import ExampleResult, PolicyErrors, read_files, run_examples
from adjudicator.policy.policy_set import PolicySet
from tests.conftest import DEMO

PATH = "plans/ppo-gold.test.yaml"
SHARED = """\
given: {plan: plans/ppo-gold, contract: contracts/lakeside-clinic, procedure: "99213", charge: 130.00, date: 2026-03-10,
        diagnoses: [E11.9]}
cases:
  - name: A visit
"""


def results(demo: PolicySet, case: str) -> tuple[ExampleResult, ...]:
    """One example of a visit that is allowed 92.00 and paid 62.00, run alone beside the demo's plan."""
    files = {path: text for path, text in read_files(DEMO).items() if not path.endswith(".test.yaml")}
    indented = "".join(f"    {line}\n" for line in case.splitlines())
    return run_examples(files | {PATH: (SHARED + indented).encode()}, demo, adjudicate)


def problems(demo: PolicySet, case: str) -> tuple[str, ...]:
    (result,) = results(demo, case)
    return result.problems


def test_an_example_that_holds_has_nothing_to_tell(demo: PolicySet):
    (result,) = results(demo, "expect: {verdict: pay, paid: 62.00, allowed: 92.00, member: 30.00}")
    assert result.passed
    assert str(result) == f"{PATH}:4: A visit: holds"


def test_an_example_that_does_not_hold_is_told_with_file_line_and_both_values(demo: PolicySet):
    (result,) = results(demo, "expect: {verdict: pay, paid: 62.01}")
    assert not result.passed
    assert str(result) == f"{PATH}:4: A visit: expected paid 62.01; found 62.00"


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (
            "expect: {verdict: deny}",
            ("expected deny; found pay (contract-allowance CO-45, copay PR-3)",),
        ),
        (
            "expect: {verdict: pay, paid: 1.00, allowed: 2.00, member: 3.00}",
            (
                "expected paid 1.00; found 62.00",
                "expected allowed 2.00; found 92.00",
                "expected member 3.00; found 30.00",
            ),
        ),
        (
            "expect: {verdict: pay, adjustments: {CO-45: 38.00}}",
            ("expected adjustments CO-45 38.00; found CO-45 38.00, PR-3 30.00",),
        ),
        (
            "expect: {verdict: pay, lines: [{line: 1, paid: 61.00}, {line: 2, paid: 0}]}",
            ("expected line 1 paid 61.00; found 62.00", "expected line 2; found no decision of it"),
        ),
        (
            "expect: {verdict: pay, rule: copay, carc: '2'}",
            ("expected rule copay, carc 2; found contract-allowance CO-45, copay PR-3",),
        ),
        (
            "expect: {verdict: pay, without: [out-of-pocket-met]}\ngiven: {used: {in_network: {out_of_pocket: 3990.00}}}",
            (),
        ),
        (
            "expect: {verdict: pay, rule: copay, next_step: {who: patient, remedy: bill_patient, appeal: false}}",
            ("expected next step who patient; found biller", "expected next step appeal false; found true"),
        ),
        (
            "given: {diagnoses: [Q99.9]}\nexpect: {verdict: deny, carc: '146', group: PR}",
            (
                "expected carc 146, group PR; found diagnosis.not-valid CO-146 "
                "(Diagnosis Q999 of line 1 is not in force on 2026-03-10.)",
            ),
        ),
        (
            "given: {member: other_name}\nexpect: {verdict: pend, queue: system}",
            (
                "expected queue system; found member.name eligibility MEM "
                "(The patient's name (NM103, NM104) is not the one on our file for this member number and date of birth.)",
            ),
        ),
        (
            "given: {total: 131.00}\nexpect: {verdict: reject, statuses: [A7:400]}",
            (
                "expected statuses A7:400; found claim-balance.total A7:400 A7:178 "
                "(The claim's total charge (CLM02) is 131.00, but its lines add up to 130.00.)",
            ),
        ),
        (
            "given: {diagnoses: [Q99.9]}\nexpect: {verdict: deny, without: [diagnosis.not-valid]}",
            ("expected nothing of diagnosis.not-valid; found that it answers",),
        ),
    ],
)
def test_what_came_out_is_told_beside_what_was_expected(demo: PolicySet, expect: str, told: tuple[str, ...]):
    assert problems(demo, expect) == told


def test_an_engine_that_fails_is_told_and_the_other_examples_run(demo: PolicySet):
    def failing(case: Case, policies: PolicySet) -> Decision:
        if case.claim.lines[0].procedure == "77067":
            raise RuntimeError("a crash")
        return adjudicate(case, policies)

    ran = run_examples(read_files(DEMO), demo, failing)
    failed = [result for result in ran if not result.passed]
    assert failed and len(ran) > len(failed)
    assert failed[0].problems == ("expected pay; found that the engine failed (a crash)",)


def test_own_words_of_an_example_replace_those_of_its_file(demo: PolicySet):
    assert problems(demo, "given: {charge: 91.00}\nexpect: {verdict: pay, allowed: 91.00, paid: 61.00}") == ()


def test_lines_take_the_files_words_unless_they_have_their_own(demo: PolicySet):
    given = "given: {lines: [{}, {procedure: '97140', charge: 29.00, modifiers: [GP]}]}\n"
    assert (
        problems(demo, given + "expect: {verdict: pay, lines: [{line: 1, allowed: 92.00}, {line: 2, allowed: 29.00}]}")
        == ()
    )


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (
            "expect: {verdict: paid}",
            f"{PATH}:5: cases[A visit].expect.verdict: found 'paid'; write pay, partly_pay, deny, pend or reject",
        ),
        (
            "expects: {verdict: pay}",
            f"{PATH}:4: cases[A visit].expect: found no expect; write expect (What must come out)\n"
            f"{PATH}:5: cases[A visit].expects: found unknown word expects; write expect",
        ),
        (
            "given: {plan: plans/ppo-copper, contract: contracts/nobody}\nexpect: {verdict: pay}",
            f"{PATH}:5: cases[A visit].given.contract: found contracts/nobody, which is not there; "
            "write the path of a contract\n"
            f"{PATH}:5: cases[A visit].given.plan: found plans/ppo-copper, which is not there; write the path of a plan",
        ),
    ],
)
def test_mistakes_in_examples_are_told_like_those_in_policies(demo: PolicySet, case: str, told: str):
    with pytest.raises(PolicyErrors) as raised:
        results(demo, case)
    assert str(raised.value) == told


def test_examples_stand_beside_a_document(demo: PolicySet):
    files = {path: text for path, text in read_files(DEMO).items() if not path.endswith(".test.yaml")}
    files["plans/ppo-bronze.test.yaml"] = SHARED.encode() + b"    expect: {verdict: pay}\n"
    with pytest.raises(PolicyErrors) as raised:
        run_examples(files, demo, adjudicate)
    assert str(raised.value) == (
        "plans/ppo-bronze.test.yaml:1: found no plans/ppo-bronze.yaml beside these examples; rename one of them"
    )
