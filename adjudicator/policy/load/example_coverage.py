"""Which rules the examples show on both sides of their boundary, as the engine's own runs tell it.

The examples are run over a copy of the set in which every condition and every list of codes of a rule tells what it
answered. Nothing is guessed from names: a rule *answers* in an example when the decision says so, and is *met* where the
engine asked it and it did not answer.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import Decision, Verdict
from adjudicator.model.standing import Standing
from adjudicator.policy.answers import Answer
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Condition, Document
from adjudicator.policy.load.examples import Adjudicate, ExampleResult, run_examples
from adjudicator.policy.load.library import DOCUMENT, EXAMPLES, Entry, Library
from adjudicator.policy.load.mistakes import PolicyError
from adjudicator.policy.load.rule_documents import Outcome, RuleAnswer
from adjudicator.policy.load.text import Place
from adjudicator.policy.load.versions import Part
from adjudicator.policy.policy_set import CriteriaPolicy, PolicySet


class RuleCoverage(msgspec.Struct, frozen=True):
    """How the examples show one rule of a policy, or one of the engine's own."""

    rule: str
    """As findings name it: ``coverage/echocardiography#indication``, or an engine's rule such as ``exact-duplicate``."""
    file: str
    line: int
    path: str
    answers: int
    """Examples in which it answers."""
    met: int
    """Examples in which it is asked of a line and does not answer."""

    @property
    def of_policy(self) -> bool:
        """Whether a policy document states it; else the engine does, and a guidance document answers it."""
        return "#" in self.rule

    @property
    def holes(self) -> tuple[str, ...]:
        """What no example shows, and what to write."""
        home = self.file.removesuffix(DOCUMENT) + EXAMPLES
        told = []
        if not self.answers:
            told.append(f"found no example in which {self.rule} answers; write one in {home}")
        if not self.met:
            told.append(f"found no example that {self.rule} is asked and lets pass; write one in {home}")
        return tuple(told)

    def told(self) -> tuple[PolicyError, ...]:
        """The holes where the rule stands."""
        return tuple(PolicyError(self.file, self.line, self.path, hole) for hole in self.holes)


def measure_examples(
    files: Mapping[str, bytes], policies: PolicySet, adjudicate: Adjudicate
) -> tuple[tuple[ExampleResult, ...], tuple[RuleCoverage, ...]]:
    """Run every example of a policy set, and count for every rule in how many it answers and in how many it is met.

    A rule that stands unchanged in several versions counts once, at its newest; changed, it counts anew.

    Args:
        files: the files of the set, examples included (``read_files``).
        policies: the set compiled from them.
        adjudicate: the engine.

    Raises:
        PolicyErrors: the files of examples themselves have mistakes.
    """
    library = Library(files)
    rules = [
        rule
        for entry in library.entries.values()
        for position, version, _ in entry.versions
        for rule in rules_of(entry, ("versions", position), version)
    ]
    watch = _Watch(policies, frozenset(rule for rule, _, part in rules if _asks_codes_alone(part)))

    def watched(case: Case, _: PolicySet) -> Decision:
        watch.begin()
        decision = adjudicate(case, watch.policies)
        watch.end(decision)
        return decision

    results = run_examples(files, policies, watched)
    return results, tuple(_counted(library, watch))


def _counted(library: Library, watch: "_Watch") -> Iterator[RuleCoverage]:
    for entry in library.entries.values():
        # Newest first, so that a rule is told where it stands now.
        seen: dict[str, list[tuple[Part, Place, list[str]]]] = {}
        for position, version, span in entry.versions:
            stamps = [f"{entry.path}@{piece.effective.isoformat()}" for piece in library.pieces(version, span)]
            for rule, place, part in rules_of(entry, ("versions", position), version):
                before = seen.setdefault(rule, [])
                if before and before[-1][0] == part:
                    before[-1][2].extend(stamps)
                else:
                    before.append((part, place, [*stamps]))
        for rule, texts in seen.items():
            for _, place, stamps in texts:
                yield RuleCoverage(
                    rule=rule,
                    file=entry.text.file,
                    line=entry.text.line(place),
                    path=entry.text.path(place),
                    # A fault is no policy's: its finding names none.
                    answers=sum(watch.answered[rule, stamp] for stamp in (*stamps, "")),
                    met=sum(watch.met[rule, stamp] for stamp in stamps) if "#" in rule else watch.others(rule),
                )


def rules_of(entry: Entry, place: Place, part: Part) -> Iterator[tuple[str, Place, Part]]:
    """Every rule that a document's version states: its name, its place, its text."""
    name = getattr(part, "id", "")
    if name and any(isinstance(getattr(part, word), Outcome) for word in type(part).model_fields):
        yield f"{entry.path}#{name}", place, part
        return
    for word, field in type(part).model_fields.items():
        value, here = getattr(part, word), (*place, field.alias or word)
        if isinstance(value, tuple):
            for position, item in enumerate(value):
                if isinstance(item, Part):
                    yield from rules_of(entry, (*here, position), item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, RuleAnswer):
                    yield key, (*here, key), item


def _asks_codes_alone(part: Part) -> bool:
    """Whether a rule answers wherever its codes fit, and asks nothing else."""
    return getattr(part, "then", None) is not None and getattr(part, "when", None) is None


class _Asked(msgspec.Struct, frozen=True):
    """A policy's rule told, for a line, what one of its conditions or lists of codes answered."""

    rule: tuple[str, str]
    """Name and version."""
    word: str
    held: bool


class _Watch:
    """A policy set that tells what is asked of it, and what became of each example."""

    def __init__(self, policies: PolicySet, by_codes_alone: frozenset[str]) -> None:
        self.answered: Counter[tuple[str, str]] = Counter()
        """Examples by rule and version in which the rule answered."""
        self.met: Counter[tuple[str, str]] = Counter()
        """Examples by rule and version in which the rule was asked and did not answer."""
        self._by_codes_alone = by_codes_alone
        """Rules that answer for every line with their codes: what they let pass are the others."""
        self._examples = 0
        self._asked: list[_Asked] = []
        self._words: dict[tuple[str, str], set[str]] = {}
        """What each rule asks."""
        self.policies = _WatchedSet(
            **{word: self._copy(getattr(policies, word)) for word in PolicySet.__struct_fields__}, given=[]
        )

    def others(self, rule: str) -> int:
        """Examples in which a rule of the engine did not answer: every claim is asked every edit."""
        return self._examples - sum(count for (name, _), count in self.answered.items() if name == rule)

    def begin(self) -> None:
        """An example begins."""
        self._examples += 1
        self._asked.clear()
        self.policies.given.clear()

    def end(self, decision: Decision) -> None:
        """An example has its decision."""
        answered = {(finding.rule, finding.policy) for finding in decision.findings}
        answered |= {(taken.rule, taken.policy) for line in decision.lines for taken in line.adjustments}
        # What only informs or shares an adjustment with another rule is in no finding; the engine asked for its answer.
        answered |= {
            (answer.rule, answer.policy)
            for answer in self.policies.given
            if answer.verdict in (Verdict.REDUCE, Verdict.INFORM)
        }
        self.answered.update(answered)
        by_rule: dict[tuple[str, str], list[_Asked]] = {}
        for asked in self._asked:
            by_rule.setdefault(asked.rule, []).append(asked)
        self.met.update(rule for rule, asked in by_rule.items() if self._lets_pass(rule, asked, rule in answered))

    def _lets_pass(self, rule: tuple[str, str], asked: list[_Asked], answered: bool) -> bool:
        """Whether a rule was asked of a line that it concerns, and did not answer."""
        words = self._words[rule]
        if "require" in words:
            return any(one.held for one in asked if one.word == "require")
        codes = [one.held for one in asked if one.word != "when"]
        if answered or not codes:
            return not answered
        return any(codes) or rule[0] in self._by_codes_alone

    def _copy(self, value: Any) -> Any:
        """A part of the set that is the same, but tells what is asked of the rules in it."""
        if isinstance(value, tuple):
            return tuple(self._copy(item) for item in value)
        if isinstance(value, Mapping) and any(isinstance(item, Document) for item in value.values()):
            return {key: self._copy(item) for key, item in value.items()}
        if not isinstance(value, msgspec.Struct) or isinstance(value, (Answer, CodeSet)):
            return value
        if isinstance(value, CriteriaPolicy):  # every criterion is asked, whether it can apply or not
            value = msgspec.structs.replace(value, diagnoses=None, modifiers=None)
        words = {word: getattr(value, word) for word in value.__struct_fields__}
        answer = next((inner for inner in words.values() if isinstance(inner, Answer)), None)
        changed = {
            word: self._watched(answer, word, inner) if answer else self._copy(inner) for word, inner in words.items()
        }
        return msgspec.structs.replace(value, **changed)

    def _watched(self, answer: Answer, word: str, value: Any) -> Any:
        rule = (answer.rule, answer.policy)
        if isinstance(value, CodeSet):
            note = self._noting(rule, word)
            return _WatchedCodes(listed=value, note=note)
        if not callable(value):
            return value
        condition: Condition = value
        note = self._noting(rule, word)

        def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
            held, fact = condition(case, policies, line, standing)
            note(held)
            return held, fact

        return holds

    def _noting(self, rule: tuple[str, str], word: str) -> Callable[[bool], None]:
        self._words.setdefault(rule, set()).add(word)
        return lambda held: self._asked.append(_Asked(rule, word, held))


class _WatchedCodes(CodeSet, frozen=True):
    """A list of codes that tells what it was asked: it shows no code of its own, so that no index answers in its place."""

    listed: CodeSet = CodeSet()
    note: Callable[[bool], None] = lambda _: None

    @property
    def enumerated(self) -> bool:
        return False

    @property
    def first_signs(self) -> frozenset[str] | None:
        return None

    def __contains__(self, code: object) -> bool:
        held = code in self.listed
        self.note(held)
        return held


class _WatchedSet(PolicySet, frozen=True, kw_only=True):
    """A policy set that remembers which answers of the engine's rules were asked for."""

    given: list[Answer]

    def answer(self, rule: str, day: Any) -> Answer:
        answer = PolicySet.answer(self, rule, day)
        self.given.append(answer)
        return answer
