"""Runs the examples that stand beside policy documents and says what came out instead of what was expected."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.claim import quantity_text
from adjudicator.model.decision import Adjustment, Decision, Disposition, Finding, LineDecision, Verdict
from adjudicator.model.money import dollars
from adjudicator.policy.answers import guidance_keys, reason_keys
from adjudicator.policy.load.example_cases import case_of, merged
from adjudicator.policy.load.example_documents import (
    NONE,
    Amounts,
    Example,
    ExamplesDocument,
    Expect,
    ExpectedLine,
    ExpectedStep,
    Given,
)
from adjudicator.policy.load.library import DOCUMENT, EXAMPLES
from adjudicator.policy.load.mistakes import PolicyError, PolicyErrors
from adjudicator.policy.load.reading import read_as
from adjudicator.policy.load.text import Place, Text
from adjudicator.policy.policy_set import PolicySet

Adjudicate = Callable[[Case, PolicySet], Decision]

_ENDINGS = {
    Disposition.PAID: "pay",
    Disposition.PARTLY_PAID: "partly_pay",
    Disposition.DENIED: "deny",
    Disposition.PENDED: "pend",
    Disposition.REJECTED: "reject",
}
_DECIDING = {
    Disposition.DENIED: (Verdict.DENY,),
    Disposition.PENDED: (Verdict.PEND, Verdict.FAULT),
    Disposition.REJECTED: (Verdict.REJECT,),
}
"""Verdicts of the findings that settle how a claim ends; any finding tells of a claim that is paid."""


class ExampleResult(msgspec.Struct, frozen=True):
    """What became of one example."""

    file: str
    line: int
    name: str
    problems: tuple[str, ...] = ()
    """``expected ...; found ...``; empty when the example holds."""

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.problems

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.name}: {'; '.join(self.problems) or 'holds'}"


def run_examples(files: Mapping[str, bytes], policies: PolicySet, adjudicate: Adjudicate) -> tuple[ExampleResult, ...]:
    """Run every example of a policy set.

    Args:
        files: the files of the set, examples included (``read_files``).
        policies: the set compiled from them.
        adjudicate: the engine.

    Raises:
        PolicyErrors: the files of examples themselves have mistakes.
    """
    documents, mistakes = read_examples(files)
    if mistakes:
        raise PolicyErrors(mistakes)
    return tuple(
        ExampleResult(
            text.file,
            text.line(("cases", position)),
            example.name,
            tuple(_run(document, example, policies, adjudicate)),
        )
        for text, document in documents
        for position, example in enumerate(document.cases)
    )


def read_examples(files: Mapping[str, bytes]) -> tuple[list[tuple[Text, ExamplesDocument]], list[PolicyError]]:
    """The examples of a policy set's files, and what is wrong with how they are written."""
    documents: list[tuple[Text, ExamplesDocument]] = []
    mistakes: list[PolicyError] = []
    for path in sorted(path for path in files if path.endswith(EXAMPLES)):
        text = Text(path, files[path])
        document = read_as(ExamplesDocument, text) if text.value is not None else None
        if path.removesuffix(EXAMPLES) + DOCUMENT not in files:
            text.mistake(
                (), f"found no {path.removesuffix(EXAMPLES) + DOCUMENT} beside these examples; rename one of them"
            )
        if document is not None:
            _check_references(text, document, files)
            documents.append((text, document))
        mistakes += text.mistakes
    return documents, mistakes


def doubts_of_examples(files: Mapping[str, bytes], rules: Collection[str]) -> list[PolicyError]:
    """Rules that must not answer in an example and that do not exist: such an example holds whatever the policies say.

    Args:
        files: the files of the set, examples included.
        rules: every rule by its name, as findings give it.
    """
    documents, _ = read_examples(files)
    for text, document in documents:
        for position, example in enumerate(document.cases):
            for index, name in enumerate(example.expect.without):
                if not any(_is_rule(rule, name) for rule in rules):
                    text.warn(
                        ("cases", position, "expect", "without", index),
                        f"found {name}, which is no rule; write the name of a rule or the id of a criterion",
                    )
    return [warning for text, _ in documents for warning in text.warnings]


def _check_references(text: Text, document: ExamplesDocument, files: Mapping[str, bytes]) -> None:
    places: list[tuple[Place, Given]] = [(("given",), document.given)]
    places += [(("cases", position, "given"), example.given) for position, example in enumerate(document.cases)]
    for place, given in places:
        for word, path in (("plan", given.plan), ("contract", given.contract)):
            if path not in (None, NONE) and f"{path}{DOCUMENT}" not in files:
                text.mistake((*place, word), f"found {path}, which is not there; write the path of a {word}")


def _run(document: ExamplesDocument, example: Example, policies: PolicySet, adjudicate: Adjudicate) -> Iterator[str]:
    case = case_of(merged(document.given, example.given), policies)
    try:
        decision = adjudicate(case, policies)
    except Exception as crash:
        yield f"expected {example.expect.verdict}; found that the engine failed ({crash})"
        return
    yield from _differences(example.expect, decision, case, policies)


def _differences(expect: Expect, decision: Decision, case: Case, policies: PolicySet) -> Iterator[str]:
    ended = _ENDINGS[decision.disposition]
    if ended != expect.verdict:
        yield f"expected {expect.verdict}; found {ended} ({_told(_deciding(decision))})"
        return
    yield from _money("", expect, decision, decision.lines)
    for line in expect.lines:
        found = [decided for decided in decision.lines if decided.line == line.line]
        if not found:
            yield f"expected line {line.line}; found no decision of it"
        else:
            yield from _money(f"line {line.line} ", line, found[0], found)
            yield from _units(line, found[0])
    yield from _reason(expect, decision, case, policies)
    for rule in expect.without:
        if any(_is_rule(finding.rule, rule) for finding in decision.findings):
            yield f"expected nothing of {rule}; found that it answers"


def _money(where: str, expect: Amounts, found: Decision | LineDecision, lines: Sequence[LineDecision]) -> Iterator[str]:
    for name, expected_cents, found_cents in (
        ("paid", expect.paid, found.paid_cents),
        ("allowed", expect.allowed, found.allowed_cents),
        ("member", expect.member, found.member_cents),
    ):
        if expected_cents is not None and expected_cents != found_cents:
            yield f"expected {where}{name} {dollars(expected_cents)}; found {dollars(found_cents)}"
    if expect.adjustments is not None:
        adjusted: dict[str, int] = {}
        for line in lines:
            for adjustment in line.adjustments:
                reason = f"{adjustment.group}-{adjustment.carc}"
                adjusted[reason] = adjusted.get(reason, 0) + adjustment.amount_cents
        if adjusted != expect.adjustments:
            yield f"expected {where}adjustments {_amounts(expect.adjustments)}; found {_amounts(adjusted)}"


def _units(expect: ExpectedLine, found: LineDecision) -> Iterator[str]:
    if expect.units is not None and expect.units != found.paid_quantity_thousandths:
        paid = quantity_text(found.paid_quantity_thousandths)
        yield f"expected line {expect.line} units {quantity_text(expect.units)}; found {paid}"


def _amounts(adjustments: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {dollars(cents)}" for reason, cents in sorted(adjustments.items())) or "none"


def _reason(expect: Expect, decision: Decision, case: Case, policies: PolicySet) -> Iterator[str]:
    """One finding, or one adjustment of a paid line, must fit everything that is expected of the reason together."""
    wanted = [
        (name, value)
        for name in ("rule", "carc", "group", "remarks", "statuses", "queue", "code", "denials", "because")
        if (value := getattr(expect, name)) not in (None, "")
    ]
    if not wanted and expect.next_step is None:
        return
    candidates = _deciding(decision)
    fitting = [finding for finding in candidates if all(_fits(finding, name, value) for name, value in wanted)]
    if not fitting:
        asked = ", ".join(f"{name} {'+'.join(value) if isinstance(value, tuple) else value}" for name, value in wanted)
        yield f"expected {asked}; found {_told(candidates)}"
    elif expect.next_step is not None:
        yield from _step(expect.next_step, fitting[0], case, policies)


def _deciding(decision: Decision) -> list[Finding]:
    verdicts = _DECIDING.get(decision.disposition)
    findings = [finding for finding in decision.findings if verdicts is None or finding.verdict in verdicts]
    told = {(finding.rule, finding.line) for finding in findings}
    return findings + [
        _as_finding(adjustment, line)
        for line in decision.lines
        for adjustment in line.adjustments
        if (adjustment.rule, line.line) not in told
    ]


def _as_finding(adjustment: Adjustment, line: LineDecision) -> Finding:
    return Finding(
        rule=adjustment.rule,
        verdict=Verdict.REDUCE,
        because="",
        line=line.line,
        group=adjustment.group,
        carc=adjustment.carc,
        remarks=adjustment.remarks or line.remarks,
    )


def _fits(finding: Finding, name: str, value: object) -> bool:
    if name == "rule":
        return _is_rule(finding.rule, str(value))
    if name == "because":
        return str(value) in finding.because
    if name == "code":
        return finding.pend_code == value
    if name == "denials":
        return tuple(f"{reason.group}-{reason.carc}" for reason in finding.reasons) == value
    return bool(getattr(finding, name) == value)


def _is_rule(found: str, expected: str) -> bool:
    return found == expected or found.endswith(f"#{expected}")


def _told(findings: Sequence[Finding]) -> str:
    """Findings in a few words: rule, reason, statuses and queue of each."""
    told = []
    for finding in findings:
        reason = next(reason_keys(finding.group, finding.carc, ()), "")
        parts = (
            finding.rule,
            reason,
            *finding.remarks,
            *finding.statuses,
            finding.queue,
            finding.pend_code,
            f"({finding.because})",
        )
        told.append(" ".join(part for part in parts if part and part != "()"))
    return ", ".join(dict.fromkeys(told)) or "no finding"


def _step(expected: ExpectedStep, finding: Finding, case: Case, policies: PolicySet) -> Iterator[str]:
    steps = (policies.guidance_for(key, case.received_on) for key in guidance_keys(finding))
    guidance = next((step for step in steps if step is not None), None)
    if guidance is None:
        yield f"expected a next step; found no guidance for {finding.rule}"
        return
    for name, value in (
        ("who", expected.who),
        ("remedy", expected.remedy),
        ("deadline", expected.deadline),
        ("appeal", expected.appeal),
    ):
        found = getattr(guidance, name) or ("none" if name == "deadline" else getattr(guidance, name))
        if value is not None and value != found:
            yield f"expected next step {name} {str(value).lower()}; found {str(found).lower()}"
