"""The edit catalogue: every check and every rule of a policy set in the order in which they decide, for claims examiners.

It is Markdown that reads well as plain text too. What a rule answers is what the newest versions of the policies say.
"""

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from adjudicator import benefits, pricing
from adjudicator.edits import EDITS, Edit
from adjudicator.engine import HELD, REDUCTIONS
from adjudicator.explain.asking import Row, meaning, own_rows
from adjudicator.explain.parts import DOES, REMEDIES, reason
from adjudicator.model.decision import Audience, Verdict
from adjudicator.policy.answers import Answer, Guidance, guidance_keys
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.plan import AFTER_ANSWER
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing import recognized_amount
from adjudicator.rulings import LAPSED

WIDTH = 110
MOST_CODES = 12
"""Codes of a policy that are listed one by one."""


class Step(msgspec.Struct, frozen=True):
    """What answers after the edits, told as they are."""

    name: str
    number: str
    """Its rows in domain/02 section 3; empty for what has none."""
    meaning: str
    rules: tuple[str, ...] = ()
    documents: str = ""
    needs: tuple[str, ...] = ()


AFTER_THE_EDITS = (
    Step(
        "Pricing",
        "B11",
        "The contract has a price for each line that stands.",
        pricing.RULES,
        needs=(
            "membership file",
            "plan",
            "provider file",
            "contract",
            "fee schedule",
            "payment rules",
            "procedure indicators",
            "code table places",
            "history",
            "authorizations",
        ),
    ),
    Step(
        "Paid already, or not as billed",
        "I11",
        "No line is an endoscopy whose price another one of its family holds, rents equipment after its rental has "
        "ended, or bills other units of a drug than were given.",
        pricing.DENIALS,
        needs=("contract", "fee schedule", "payment rules", "history"),
    ),
    Step(
        "Recognised amount",
        "J2",
        "Of what the member's share of a line is taken that the law protects from surprise bills: what a state's law specifies, "
        "else the lesser of the charge and the qualifying payment amount; and what the plan pays first above it.",
        (*recognized_amount.RULES, benefits.INITIAL_PAYMENT),
        needs=("payer", "contract", "fee schedule"),
    ),
    Step(
        "Case rates",
        "",
        "No line is paid within the price of a case, by the contract's case rates.",
        documents="contracts",
        needs=("contract", "history"),
    ),
    Step(
        "Charge and allowed amount",
        "J1 J2",
        "What the charge is above or below the amount that the contract allows, or that was agreed on for the patient.",
        REDUCTIONS,
        needs=("contract", "fee schedule", "authorizations"),
    ),
    Step(
        "Benefit limits",
        "G9 G10",
        "The plan's limits on visits, days, units and amounts leave room for the line.",
        documents="plans",
        needs=("plan", "history"),
    ),
    Step(
        "The member's share",
        "J6 J7",
        "What the member owes of the allowed amount, up to the out-of-pocket maximum.",
        benefits.RULES,
        needs=("plan", "history"),
    ),
    Step(
        "What earlier payers account for",
        "E7",
        "No payer before us paid the line or took something off its charge.",
        benefits.COORDINATION,
        needs=("plan", "payer"),
    ),
    Step(
        "What law and contract take of the plan's part",
        "J9 J10 J11 J13",
        "The plan's part is paid whole: no clause of the contract or plan takes a share of it.",
        benefits.REDUCTIONS,
        needs=("contract", "plan"),
    ),
    Step("What reviewers ruled", "", "A ruling answers the version of the policy that is in force.", (LAPSED,)),
    Step(
        "Where the engine or the policies fail",
        "",
        "The engine and the policy set could decide the claim at all.",
        HELD,
    ),
)


def catalogue(policies: PolicySet) -> str:
    """Every edit and every rule, with what it answers and what the biller does next, as Markdown."""
    payer = policies.payer.versions[0]
    rules = sum(len(edit.rules) for stage in EDITS for edit in stage.edits)
    own = [row for row in own_rows(policies) if row.version is row.document.versions[0]]
    sections = [
        f"# Edit catalogue of {payer.name}",
        _paragraph(
            f"Every check that a claim passes, in the order in which the checks decide: {len(EDITS)} stages, "
            f"{sum(len(stage.edits) for stage in EDITS)} edits with {rules} rules, and {len(own)} rules that stand in the "
            "policy documents themselves. Every edit runs on every line. Of several denials of a line that of the earliest "
            "stage decides. While anything on a claim waits, no line of it is paid or denied."
        ),
        _paragraph(
            "The row of an edit is its number in the trade's catalogue of edits. `denied` and `reduced` are followed by "
            "group, adjustment reason (CARC) and remarks (RARC) of the remittance (835); `rejected` by the statuses of the "
            "claim acknowledgment (277CA); `waits` by the reviewers' queue. Deadlines: the filing limit is the plan's and "
            f"counts from the date of service; an appeal must arrive within {payer.appeal_limit_days} days of the decision."
        ),
        "\n".join(_overview()),
    ]
    for number, stage in enumerate(EDITS, start=1):
        sections.append(f"## {number}. {stage.name[:1].upper()}{stage.name[1:]}")
        for edit in stage.edits:
            sections += [*_edit(edit), *(_rule(rule, policies) for rule in edit.rules)]
    sections.append(f"## {len(EDITS) + 1}. Price, the member's share and failures")
    for step in AFTER_THE_EDITS:
        sections += [*_edit(step), *(_rule(rule, policies) for rule in step.rules)]
    sections.append("## Rules of the policy documents")
    for _, rows in groupby(own, key=lambda row: row.document.path):
        of_document = list(rows)
        sections += [*_document(of_document[0]), *(_own_rule(row, policies) for row in of_document)]
    return "\n\n".join(sections) + "\n"


def _overview() -> Iterator[str]:
    yield "| Stage | Edit | Row | Rules |"
    yield "|---|---|---|---|"
    stages: list[tuple[str, tuple[Edit | Step, ...]]] = [(stage.name, stage.edits) for stage in EDITS]
    stages.append(("price and share", AFTER_THE_EDITS))
    for number, (name, edits) in enumerate(stages, start=1):
        for position, edit in enumerate(edits):
            of_stage = f"{number}. {name}" if position == 0 else ""
            yield f"| {of_stage} | {edit.name} | {edit.number} | {_counted(edit)} |"


def _counted(edit: Edit | Step) -> str:
    counted = [str(len(edit.rules))] if edit.rules else []
    return ", ".join([*counted, f"those under `{edit.documents}/`"] if edit.documents else counted)


def _edit(edit: Edit | Step) -> Iterator[str]:
    yield f"### {edit.name}"
    yield _paragraph(meaning(edit) if isinstance(edit, Edit) else edit.meaning)
    row = f"Row {edit.number}. " if edit.number else ""
    needs = f"Needs: {', '.join(('claim', *edit.needs))}."
    source = f" Source: {edit.source}." if isinstance(edit, Edit) and edit.source else ""
    own = f" Answers with the rules of the documents under `{edit.documents}/`, below." if edit.documents else ""
    yield _paragraph(f"{row}{needs}{source}{own}")


def _document(row: Row) -> Iterator[str]:
    document, version = row.document, row.version
    cite = "; ".join(filter(None, (version.cite.title, version.cite.section, version.cite.url)))
    ends = f" through {version.span.ends}" if version.span.ends else ""
    yield f"### {document.title}"
    yield _paragraph(f"`{document.path}`, from {version.span.effective}{ends}. Source: {cite}.")


def _rule(rule: str, policies: PolicySet) -> str:
    """One of the engine's rules: its newest answer, and since when, where it has had others."""
    answers = sorted(policies.answers.get(rule, ()), key=lambda row: row[0].effective, reverse=True)
    if not answers:
        return _item(f"`{rule}`: no guidance document answers it.")
    span, answer = answers[0]
    since = f" (from {span.effective})" if len(answers) > 1 else ""
    return _item(f"`{rule}`{since}: {answer_in_words(answer)}", *_next(answer, policies))


def _own_rule(row: Row, policies: PolicySet) -> str:
    answer, codes = row.answer, row.procedures
    name = answer.rule.rpartition("#")[2]
    said = f" “{answer.quote}”" if answer.quote else ""
    listed = (f"For {_listed(codes)}.",) if codes is not None else ()
    return _item(f"`#{name}`:{said} {answer_in_words(answer)}", *listed, *_next(answer, policies))


def answer_in_words(answer: Answer) -> str:
    """What a rule does, with its codes: ``**denied CO-181 M84**.``."""
    if answer.verdict is Verdict.REJECT:
        codes = ", ".join(answer.statuses)
    elif answer.verdict in (Verdict.PEND, Verdict.FAULT):
        codes = f"in queue {answer.queue}{f' ({answer.pend_code})' if answer.pend_code else ''}"
    else:
        codes = reason(answer) if answer.carc else " ".join(answer.remarks)
    seen = " (told to the payer's own people only)" if answer.audience is Audience.INTERNAL else ""
    asked = f" Asked: {answer.question}" if answer.question else ""
    noes = [reason(one) for one in answer.finding("").reasons] if answer.verdict is Verdict.PEND else []
    said_no = f" If the answer is no: {' or '.join(noes)}." if noes else ""
    return f"**{' '.join(filter(None, (DOES[answer.verdict], codes)))}**{seen}.{asked}{said_no}"


def _next(answer: Answer, policies: PolicySet) -> Iterator[str]:
    guidance = _guidance(guidance_keys(answer.finding("")), policies)
    if guidance is None:
        return
    yield f"Means: {guidance.cause}"
    appeal_days = f" within {policies.payer.versions[0].appeal_limit_days} days"
    clock = appeal_days if guidance.remedy in ("appeal", "send_documents") else ""
    if guidance.deadline == "filing_limit" and guidance.remedy != "bill_other_payer":
        clock = " within the filing limit"
    if guidance.deadline == AFTER_ANSWER:
        clock = " within the filing limit, which the other payer's answer starts anew"
    appeal = f"; appeal{appeal_days}" if guidance.appeal and guidance.remedy != "appeal" else ""
    yield f"Next ({guidance.who}): {guidance.step} In short: {REMEDIES[guidance.remedy]}{clock}{appeal}."
    if guidance.patient:
        yield f"Patient owes: {guidance.patient}"


def _guidance(keys: Iterable[str], policies: PolicySet) -> Guidance | None:
    for key in keys:
        for document in policies.guidance:
            if key in document.versions[0].guidance:
                return document.versions[0].guidance[key]
    return None


def _listed(codes: CodeSet) -> str:
    if codes.everything:
        return "every procedure"
    listed = [
        *sorted(codes.codes),
        *(f"{prefix}*" for prefix in codes.prefixes),
        *(f"{first}-{last}" for first, last in codes.ranges),
    ]
    more = len(listed) - MOST_CODES
    return ", ".join(listed[:MOST_CODES]) + (f" and {more} more" if more > 0 else "")


def _item(*sentences: str) -> str:
    lines = textwrap.wrap(
        sentences[0],
        WIDTH,
        initial_indent="* ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    for sentence in sentences[1:]:
        lines += textwrap.wrap(
            sentence,
            WIDTH,
            initial_indent="  * ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
