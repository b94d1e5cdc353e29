"""Every reason that the engine or a policy of the demo payer can give tells somebody exactly what to do about it.

A new rule, criterion, limit or denial cannot land without: who acts, what to do, what to send where, by when, whether there
is an appeal, and what the patient owes meanwhile (domain/08).
"""

import datetime as dt
import re
from collections.abc import Iterator

import pytest

from adjudicator.engine import RULES
from adjudicator.explain.asking import own_rows
from adjudicator.model.decision import Audience, Finding, Verdict
from adjudicator.policy.answers import Guidance, guidance_keys, reason_keys
from adjudicator.policy.load import load_policies
from adjudicator.policy.policy_set import PolicySet
from tests.conftest import DEMO

ELEMENT = re.compile(
    r"\b(?:[A-Z][A-Z0-9]{1,2}(?:0[1-9]|1[0-9])(?:-[0-9]+)?|[A-Z]{2,3}\*[A-Z0-9]{1,3}|loop 2[0-9]{3}[A-Z]*|[A-Z]{2,3} segment)\b"
)
"""An element, a qualified segment or a loop of the 837: ``SV101-2``, ``REF*G1``, ``loop 2010AA``, ``HI segment``."""
SENT_ANEW = ("replacement", "new_claim")
CORRECTS = re.compile(r"\b(?:correct|put|fill in|add|remove|change)\b", re.IGNORECASE)
ENCLOSED = re.compile(
    r"\b(?:with|enclos\w+|attach\w*|proof|record|records|note|notes|letter|page|policy|studies|evidence|remittance)\b"
)
EMPTY = re.compile(r"\b(?:tbd|todo|placeholder|n/a|see manual|as appropriate|if applicable|lorem)\b", re.IGNORECASE)
FEWEST_WORDS = 6


def emitted(policies: PolicySet) -> Iterator[tuple[str, Finding, tuple[str, ...], dt.date]]:
    """Whatever can be answered: a name, the finding, the keys of its guidance, and the day."""
    latest = max(document.versions[0].span.effective for document in policies.guidance)
    answers = [(answer, max(latest, span.effective)) for rule in RULES for span, answer in policies.answers[rule]]
    answers += [(row.answer, max(latest, row.version.span.effective)) for row in own_rows(policies)]
    for answer, day in answers:
        finding = answer.finding("Because.", 1)
        if finding.audience is not Audience.INTERNAL or finding.verdict is not Verdict.INFORM:
            yield f"{answer.rule}@{day}", finding, guidance_keys(finding), day
        if finding.verdict in (Verdict.PEND, Verdict.FAULT):
            for one in finding.reasons:
                name = f"{answer.rule}@{day} no: {one.group}-{one.carc} {' '.join(one.remarks)}"
                denied = Finding(
                    rule=answer.rule,
                    verdict=Verdict.DENY,
                    because="Because.",
                    group=one.group,
                    carc=one.carc,
                    remarks=one.remarks,
                )
                yield name.strip(), denied, tuple(reason_keys(one.group, one.carc, one.remarks)), day


# The policies are loaded once more here, as tests are named by what they hold.
POLICIES = load_policies(DEMO, rules=RULES)
EMITTED = {name: (finding, keys, day) for name, finding, keys, day in emitted(POLICIES)}
GUIDANCE = {
    guidance.key: guidance
    for document in POLICIES.guidance
    for version in document.versions
    for guidance in version.guidance.values()
}


def shortcomings(guidance: Guidance) -> Iterator[str]:
    """What a biller would miss in it."""
    step = guidance.step
    for name in ("cause", "step", "patient"):
        text = getattr(guidance, name)
        if not text.endswith("."):
            yield f"{name} is no sentence: {text!r}"
        if EMPTY.search(text):
            yield f"{name} says nothing: {text!r}"
    if len(step.split()) < FEWEST_WORDS and guidance.remedy != "wait":
        yield f"step is too short to act on: {step!r}"
    if guidance.remedy in SENT_ANEW:
        if guidance.deadline not in ("filing_limit", "filing_limit_after_answer"):
            yield "sending it anew has a clock: write deadline: filing_limit or filing_limit_after_answer"
        if not ELEMENT.search(step):
            yield f"step names no element, segment or loop to correct: {step!r}"
    if CORRECTS.search(step) and guidance.who != "payer" and not ELEMENT.search(step):
        yield f"step corrects something and does not name where it stands on the claim: {step!r}"
    if guidance.remedy in ("appeal", "send_documents"):
        if guidance.deadline != "appeal_limit":
            yield "an appeal or papers have a clock: write deadline: appeal_limit"
        if not ENCLOSED.search(step):
            yield f"step does not say what to send: {step!r}"
    if re.search(r"\bappeal\b", step, re.IGNORECASE) and not guidance.appeal:
        yield f"step tells to appeal without the right to it; write appeal: true: {step!r}"
    if guidance.remedy == "bill_patient" and guidance.patient.startswith("Nothing"):
        yield f"bills a patient who owes nothing: {guidance.patient!r}"
    if guidance.remedy == "bill_other_payer" and not re.search(r"\b[Bb]ill|[Ss]end", step):
        yield f"step does not say whom to bill: {step!r}"
    if guidance.remedy == "wait" and guidance.who != "payer":
        yield f"who waits, waits for the payer, not for {guidance.who}"


@pytest.mark.parametrize("key", GUIDANCE)
def test_guidance_can_be_acted_on(key: str):
    assert list(shortcomings(GUIDANCE[key])) == []


@pytest.mark.parametrize("name", EMITTED)
def test_everything_that_can_be_answered_has_guidance_that_fits_it(name: str):
    finding, keys, day = EMITTED[name]
    guidance = next((found for key in keys if (found := POLICIES.guidance_for(key, day))), None)
    assert guidance is not None, f"write guidance for one of {', '.join(keys)}"
    waits = finding.verdict in (Verdict.PEND, Verdict.FAULT)
    if waits:
        assert guidance.patient.startswith(("Nothing", "As agreed")), "a patient owes nothing while the payer reviews"
    if finding.verdict is Verdict.REJECT:
        assert guidance.remedy in (*SENT_ANEW, "bill_other_payer"), "what was rejected is sent anew"
        assert guidance.deadline == "filing_limit", "the filing clock of a rejected claim never stopped"
        assert not guidance.appeal, "a rejected claim was never decided, so there is nothing to appeal"
    if finding.verdict is Verdict.DENY:
        assert guidance.remedy != "wait", "a denial is final: somebody has to do something, or to write it off"
        assert guidance.appeal or guidance.remedy in ("bill_other_payer", "new_claim", "none"), "write appeal: true"
    if finding.verdict in (Verdict.DENY, Verdict.REDUCE):
        if finding.group == "PR":
            assert not guidance.patient.startswith("Nothing.") or guidance.remedy == "replacement"
        else:
            assert guidance.patient.startswith("Nothing"), f"group {finding.group} is never the patient's"
            assert guidance.remedy != "bill_patient"


def test_every_kind_of_answer_is_enumerated():
    assert {finding.verdict for finding, _, _ in EMITTED.values()} >= set(Verdict) - {Verdict.PAY}
    assert sum(" no: " in name for name in EMITTED) > 3
    assert sum("#" in name for name in EMITTED) > 15
