"""Rules asked again of a stored case: which facts met or failed them, and why a rule did not fire on a line.

Nothing is remembered for this: case and policies give the same answer as they did when the claim was decided.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from inspect import getdoc
from itertools import chain
from typing import Any

import msgspec

from adjudicator import benefits, engine
from adjudicator.edits import EDITS, Edit
from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import WHOLE_CLAIM, Adjustment, Decision, Finding, PaymentReduction, Verdict
from adjudicator.model.money import dollars
from adjudicator.model.standing import Standing
from adjudicator.policy.answers import Answer
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.contract import CaseRate
from adjudicator.policy.document import Document, PolicyGap, Version
from adjudicator.policy.plan import BenefitLimit, Exclusion, PlanVersion
from adjudicator.policy.policy_set import Criterion, PolicySet
from adjudicator.policy.terms import terms_of

LAST = len(EDITS)
"""The stage of what is found while pricing."""
_WITHOUT_RULES = ("digest", "guidance", "answers", "fees", "tables")
"""Parts of a policy set whose documents have no rules of their own; guidance answers those of the engine."""

_CRITERIA = ("coding", "coverage")
"""Folders of policies whose criteria are asked line by line, so that what one denies or cuts counts for none after it."""


class Row(msgspec.Struct, frozen=True):
    """One row of a policy document that answers with a rule of its own."""

    document: Document[Any]
    version: Version
    row: msgspec.Struct
    """The criterion, service or limit as its document has it."""
    answer: Answer

    @property
    def procedures(self) -> CodeSet | None:
        """The procedures that the row is about, or else its document; None where neither says."""
        found: CodeSet | None = getattr(self.row, "procedures", None) or getattr(self.version, "procedures", None)
        return found


class Asked(msgspec.Struct, frozen=True):
    """One criterion asked of one line."""

    rule: str
    quote: str
    applies: bool
    met: bool
    fact: str
    """The fact that decides, in words."""

    def __str__(self) -> str:
        state = "does not apply" if not self.applies else "met" if self.met else "not met"
        return f"{self.rule.rpartition('#')[2]}: {state}: {self.fact}."


def knows_rule(rule: str, policies: PolicySet) -> bool:
    """Whether a rule is one of the engine's or of the policy documents."""
    return rule in engine.RULES or any(row.answer.rule == rule for row in own_rows(policies))


def own_rows(policies: PolicySet) -> Iterator[Row]:
    """Every row of every version of the policy documents that answers with a rule of its own, in the documents' order."""
    for name in policies.__struct_fields__:
        if name not in _WITHOUT_RULES:
            for document in _documents(getattr(policies, name)):
                for version in document.versions:
                    yield from (Row(document, version, row, answer) for row, answer in _answers(version))


def criteria_asked(path: str, case: Case, policies: PolicySet, line: Line, standing: Standing) -> Iterator[Asked]:
    """Every criterion of a medical or coding policy, asked of a line; nothing where the policy does not name it."""
    for document in (*policies.coverage, *policies.coding):
        version = document.find(line.from_date) if document.path == path and line.from_date else None
        if version is not None and line.procedure in version.procedures:
            for criterion in version.criteria:
                yield _asked(criterion, case, policies, line, standing)


def standing_at(stage: int, case: Case, findings: Iterable[Finding], rule: str, line: int) -> Standing:
    """What still stood when a rule was asked of a line: a criterion sees also what those beside it left of other lines."""
    folder = rule.partition("/")[0]
    return engine.standing_lines(
        case,
        [
            finding
            for finding in findings
            if finding.stage < stage
            or (
                folder in _CRITERIA
                and finding.stage == stage
                and finding.line != line
                and finding.rule.startswith(f"{folder}/")
                and not finding.ruled_by
            )
        ],
    )


def edit_of(rule: str) -> tuple[int, Edit | None]:
    """The stage and the edit that answers with a rule; for rules after the edits their stage alone."""
    folder = rule.partition("/")[0] if "#" in rule else ""
    for stage, of in enumerate(EDITS):
        for edit in of.edits:
            if rule in edit.rules or (folder and edit.documents == folder):
                return stage, edit
    return LAST, None


def met_rules(folder: str, case: Case, decision: Decision, policies: PolicySet) -> Iterator[str]:
    """The policy rules of a folder that apply to a line and did not fire on it, each with the fact that met it."""
    fired = {(finding.rule, finding.line) for finding in decision.findings}
    rows = [row for row in own_rows(policies) if row.document.path.startswith(f"{folder}/")]
    for line in case.claim.lines:
        for rule in dict.fromkeys(row.answer.rule for row in rows):
            if (rule, line.number) not in fired:
                stage, edit = edit_of(rule)
                assert edit is not None
                standing = standing_at(stage, case, decision.findings, rule, line.number)
                told = _own_rule(rule, edit, case, decision, policies, line, standing)
                if told.startswith("applies"):
                    yield f"line {line.number}, {rule}: {told.partition('; ')[2].removeprefix('met: ')}"


def why(rule: str, case: Case, decision: Decision, policies: PolicySet) -> Iterator[str]:
    """What became of a rule on each line of a claim, and the facts that it was asked about."""
    stage, edit = edit_of(rule)
    rows = [row.row for row in own_rows(policies) if row.answer.rule == rule]
    if any(isinstance(row, CaseRate) for row in rows):
        stage, edit = LAST, None
    if any(isinstance(row, BenefitLimit) for row in rows):
        yield f"A benefit limit: asked after all {LAST} stages of edits, while the claim is priced and shared."
    elif edit is not None:
        yield f"Stage {stage + 1}, {EDITS[stage].name}: edit {edit.name}{f' ({edit.number})' if edit.number else ''}."
        yield f"It asks: {meaning(edit)}"
    else:
        yield f"Asked after all {LAST} stages of edits, while the claim is priced and shared."
    of_claim = [finding for finding in decision.findings if finding.rule == rule and finding.line == WHOLE_CLAIM]
    for finding in of_claim:
        yield f"The whole claim: fired ({finding.verdict.name}): {finding.because}"
    for line in case.claim.lines:
        fired = [finding for finding in decision.findings if finding.rule == rule and finding.line == line.number]
        taken: list[Adjustment | PaymentReduction] = [
            adjustment
            for decided in decision.lines
            for adjustment in decided.adjustments
            if decided.line == line.number and adjustment.rule == rule
        ]
        # A reduction may share its adjustment with another rule of the same reason.
        taken += [
            reduction
            for decided in decision.lines
            for reduction in decided.reductions
            if decided.line == line.number and reduction.rule == rule
        ]
        if fired:
            told = "; ".join(f"fired ({finding.verdict.name}): {finding.because}" for finding in fired)
        elif taken:
            told = "fired: it took money of the line, see its amounts."
        elif edit is None:
            told = _after_the_edits(rule, line, decision)
        elif edit.documents and "#" in rule:
            standing = standing_at(stage, case, decision.findings, rule, line.number)
            told = _own_rule(rule, edit, case, decision, policies, line, standing)
        else:
            told = _not_found(edit, decision, line, bool(of_claim))
        yield f"Line {line.number}: {told}"
        if edit is not None and not fired:
            for need in edit.needs:
                yield from (f"  {fact}" for fact in _facts(need, case, policies, line))


def meaning(edit: Edit) -> str:
    """What an edit asks, in a sentence."""
    return " ".join((getdoc(edit.check) or "").partition("\n\n")[0].split())


def _documents(value: object) -> Iterator[Document[Any]]:
    if isinstance(value, Document):
        yield value
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(_documents, value.values()))
    elif isinstance(value, tuple):
        yield from chain.from_iterable(map(_documents, value))


def _answers(value: object) -> Iterator[tuple[msgspec.Struct, Answer]]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            found = getattr(value, name)
            if isinstance(found, Answer):
                yield value, found
            else:
                yield from _answers(found)
    elif isinstance(value, tuple):
        yield from chain.from_iterable(map(_answers, value))


def _asked(criterion: Criterion, case: Case, policies: PolicySet, line: Line, standing: Standing) -> Asked:
    fact, applies, met = "always", True, False
    if criterion.when:
        applies, fact = criterion.when(case, policies, line, standing)
    if applies and criterion.require:
        met, fact = criterion.require(case, policies, line, standing)
    covered = criterion.answer.covered_quantity_thousandths
    if applies and not met and covered is not None and covered >= line.quantity_thousandths:
        met, fact = True, f"{fact}, and the policy covers all units of the line"
    return Asked(
        rule=criterion.answer.rule,
        quote=criterion.answer.quote,
        applies=applies,
        met=met,
        fact=fact.removesuffix("."),
    )


def _own_rule(
    rule: str,
    edit: Edit,
    case: Case,
    decision: Decision,
    policies: PolicySet,
    line: Line,
    standing: Standing,
) -> str:
    """Why a policy's own rule did not fire on a line."""
    day = line.from_date
    if day is None:
        return "does not apply: the line has no date of service."
    of_rule = [row for row in own_rows(policies) if row.answer.rule == rule]
    in_force = [row for row in of_rule if row.version.span.covers(day)]
    if not in_force:
        return f"does not apply: no version of {rule.partition('#')[0]} has the rule on {day}."
    row = in_force[0]
    if isinstance(row.version, PlanVersion):
        coverage = case.coverage_on(day)
        if coverage is None or coverage.plan != row.document.path:
            return f"does not apply: on {day} the patient's plan is {coverage.plan if coverage else 'not known'}."
    if row.procedures is not None and line.procedure not in row.procedures:
        return f"does not apply: procedure {line.procedure or '(none)'} is not in the policy."
    if isinstance(row.row, Criterion):
        if case.member is None:
            return "was not asked: the patient is not one person on the membership file."
        asked = _asked(row.row, case, policies, line, standing)
        if not asked.applies:
            return f"does not apply: {asked.fact}."
        if asked.met:
            return f"applies; met: {asked.fact}."
    if isinstance(row.row, Exclusion) and row.row.when is not None:
        held, fact = row.row.when(case, policies, line, standing)
        if not held:
            return f"does not apply: {fact.removesuffix('.')}."
    others = [f for f in decision.findings if f.line == line.number and f.rule in edit.rules]
    told = "".join(f" The edit answers with {other.rule}: {other.because}" for other in others)
    return f"applies; {'did not fire.' if told else 'met.'}{told}"


def _not_found(edit: Edit, decision: Decision, line: Line, on_claim: bool) -> str:
    others = [
        finding
        for finding in decision.findings
        if finding.rule in edit.rules and finding.line in (WHOLE_CLAIM, line.number)
    ]
    told = "".join(f" The edit answers with {other.rule}: {other.because}" for other in others if not on_claim)
    if on_claim:
        return "the finding of the whole claim counts."
    return f"did not fire.{told}" if told else "did not fire: what the edit asks holds."


def _after_the_edits(rule: str, line: Line, decision: Decision) -> str:
    """Why a rule of pricing or cost share took nothing of a line."""
    if rule in engine.HELD:
        return "did not fire: the engine decided the line, and the policies have all that it needs."
    if not decision.disposition.is_final:
        return f"was not asked to the end: the claim is {decision.disposition.value}, so no money moves."
    decided = decision.line(line.number)
    if decided.verdict is Verdict.DENY:
        return "was not asked: the line is denied."
    if decided.price is None or decided.share is None:
        return "did not fire."
    share = decided.share
    if rule in engine.REDUCTIONS:
        tier = share.tier.replace("_", " ")
        return (
            f"did not fire: the charge is {dollars(line.charge_cents)}, "
            f"{'the agreement' if decided.price.agreement else 'the contract'} allows "
            f"{dollars(decided.price.allowed_cents)}, and the provider is {tier}."
        )
    if rule in benefits.COORDINATION:
        before = "are none"
        if decided.coordination:
            before = {
                benefits.IMPACT: "account for nothing of it",
                benefits.BALANCE: "left nothing above their price that may be collected",
            }[rule]
        return f"did not fire: payers before us {before}."
    if rule in benefits.REDUCTIONS:
        return (
            f"did not fire: no clause of {decided.price.contract} or {share.plan} takes it of the line, whose plan's part is "
            f"{dollars(decided.plan_cents)}."
        )
    return f"did not fire: benefit {share.benefit} of {share.plan} took no {rule} of the line."


def _facts(need: str, case: Case, policies: PolicySet, line: Line) -> Iterator[str]:
    """What the case holds of one kind of data, as far as it bears on a line."""
    day = line.from_date
    if need == "membership file":
        coverage = case.coverage_on(day) if day else None
        within = f"covered by {coverage.plan} {_span(coverage)}" if coverage else "not covered"
        fitting = _many(len(case.members), "member fits", "members fit")
        yield f"Membership file: {fitting} the patient; on {day or 'no day'} {within}."
    elif need in ("plan", "contract"):
        yield from _terms(need, case, policies, line)
    elif need == "provider file":
        contracts = _many(len(case.participations), "contract stretch", "contract stretches")
        records = _many(len(case.providers), "record")
        yield f"Provider file: {contracts} of the billing provider; {records} of the NPIs that the claim names."
    elif need == "history":
        same = sum(earlier.procedure == line.procedure for earlier in case.history)
        yield f"History: {_many(len(case.history), 'earlier line')} of the member, {same} of procedure {line.procedure}."
    elif need == "authorizations":
        numbers = ", ".join(f"{one.number} {_span(one)}" for one in case.authorizations)
        yield f"Authorizations: {numbers or 'none on file for the patient'}."
    elif need == "original claim":
        held = f"{case.original.claim_id}, {case.original.disposition}" if case.original else "none is held"
        yield f"Original claim: {held}."
    elif need == "payer":
        payer = policies.payer.find(case.received_on)
        yield f"Payer: {payer.stamp if payer else 'no version in force'}."
    elif need.startswith("code table ") and day is not None:
        yield from _codes(need.removeprefix("code table "), case, policies, line, day)


def _terms(need: str, case: Case, policies: PolicySet, line: Line) -> Iterator[str]:
    try:
        terms = terms_of(case, policies, line)
    except PolicyGap as gap:
        yield f"{need.capitalize()}: {gap}."
        return
    if terms is None:
        yield f"{need.capitalize()}: none, as the patient is not known or not covered."
    elif need == "plan":
        waited = (case.received_on - line.from_date).days if line.from_date else 0
        yield (
            f"Plan: {terms.plan.stamp}, {terms.tier.replace('_', ' ')}, benefit "
            f"{terms.plan.benefit_for(line).id}; the claim arrived {_many(waited, 'day')} after the service, "
            f"the filing limit is {terms.plan.filing_limit_days}."
        )
    else:
        yield f"Contract: {terms.contract.stamp}."


def _codes(table: str, case: Case, policies: PolicySet, line: Line, day: dt.date) -> Iterator[str]:
    asked = {
        "procedures": (line.procedure,),
        "places": (line.place_of_service,),
        "modifiers": line.modifiers,
        "diagnoses": case.claim.diagnoses_of(line),
    }.get(table, ())
    document = policies.tables.get(table)
    version = document.find(day) if document else None
    for code in filter(None, asked):
        entry = version.entry(code, day) if version else None
        known = f"valid {_span(entry)}" if entry else f"not valid on {day}"
        yield f"Code table {table}: {code} is {known}."


def _span(dated: Any) -> str:
    span = dated.span
    return f"from {span.effective}{f' through {span.ends}' if span.ends else ''}"


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
