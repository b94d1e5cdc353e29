"""One worked claim for each register: what the biller, the reviewer and the auditor are told, fact by fact."""

import datetime as dt
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from adjudicator.edits import EDITS
from adjudicator.engine import RULES, adjudicate
from adjudicator.explain import Register, explain, knows_rule
from adjudicator.explain.asking import own_rows
from adjudicator.explain.parts import ruling_in_words
from adjudicator.model.case import Balance, Case, HistoryLine, LineState, Participation, Ruling, RulingVerdict
from adjudicator.model.claim import Diagnosis
from adjudicator.model.decision import Audience, Finding, LimitUse, Verdict
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    DECIDED,
    MEMBER,
    a_benefit,
    a_case,
    a_claim,
    a_line,
    worked_policies,
)

RIVERSIDE = (
    Participation(
        tax_id=BILLING.tax_id,
        npi=BILLING.npi,
        product="PPO",
        contract="contracts/riverside-medical-group",
        span=ALWAYS,
    ),
)
YEAR = dt.date(2026, 1, 1)


def in_network(*lines, changes: dict | None = None, **facts) -> Case:
    return a_case(a_claim(*lines, **(changes or {})), plan="plans/ppo-gold", participations=RIVERSIDE, **facts)


def told(case: Case, policies: PolicySet, register: Register = Register.BILLER, **more) -> str:
    """The explanation in one line, so that assertions do not depend on where it breaks."""
    return " ".join(explain(case, adjudicate(case, policies), policies, register, **more).split())


def earlier(day: dt.date, procedure: str, **changes) -> HistoryLine:
    line = HistoryLine(
        claim_id="COTHER0000000001",
        decision_number=1,
        line=1,
        member_id=MEMBER.member_id,
        state=LineState.PAID,
        billing_tax_id="999000077",
        billing_npi="1888888889",
        rendering_npi="1777777778",
        from_date=day,
        through_date=day,
        procedure=procedure,
        modifiers=(),
        place_of_service="11",
        quantity_thousandths=1000,
        charge_cents=60000,
    )
    return msgspec.structs.replace(line, **changes)


KNEE = a_line(1, procedure="27447", charge_cents=240000, place_of_service="22", modifiers=("RT",))


def knee(**changes) -> Case:
    """700.00 of the deductible of 1,000.00 are used."""
    used = (
        # of two plans of the year: 300.00 and 400.00
        Balance(f"member:{MEMBER.member_id}", "deductible", "in_network", YEAR, 30000, "plans/before@2026-01-01"),
        Balance(f"member:{MEMBER.member_id}", "deductible", "in_network", YEAR, 40000),
        Balance(f"member:{MEMBER.member_id}", "out_of_pocket", "in_network", YEAR, 80000),
    )
    worn = (Diagnosis(code="M1711", kind="principal"),)
    return in_network(KNEE, balances=used, changes={"diagnoses": worn, **changes})


def test_the_biller_can_redo_the_payment_and_sees_each_limit_before_and_after(demo: PolicySet):
    # 27447 in a facility: 1,245.52 x 1.15 = 1,432.35 (1,432.348); 300.00 of the deductible is left;
    # 20 % of 1,132.35 = 226.47; 1,432.35 - 300.00 - 226.47 = 905.88; 2,400.00 - 1,432.35 = 967.65
    text = told(knee(), demo)
    for fact in (
        "Fee 1,245.52",
        "Price 1,432.35 fee x 1.15",
        "Deductible -300.00 300.00 of it was left",
        "Coinsurance -226.47 20 % of 1,132.35",
        "Paid 905.88 benefit",
        "967.65 CO-45",
        "300.00 PR-1",
        "226.47 PR-2",
        "Patient: may owe 526.47: deductible 300.00 (line 1); coinsurance 226.47 (line 1).",
        "967.65 may never be billed to the patient (CO).",
    ):
        assert fact in text, fact
    of_period = "(in network) of the period from 2026-01-01"
    assert (
        f"The member's deductible {of_period}: 300.00 of 1,000.00 left, 300.00 applied; 0.00 left after this line."
        in text
    )
    assert (
        "3,200.00 of 4,000.00 left, 526.47 applied; 2,673.53 left after this line." in text
    )  # 4,000.00 - 800.00 - 526.47


def test_the_biller_is_told_where_the_amounts_stand_written(demo: PolicySet):
    text = told(knee(), demo)
    assert "Source: Participating provider agreement; Exhibit B of 2026" in text
    assert text.count("Source: PPO Gold certificate of coverage 2026; Schedule of benefits") == 2
    assert text.count("in force from 2026-01-01") >= 3


@pytest.mark.parametrize(
    ("paid", "fact"),
    [
        (10000, "has paid 100.00 (AMT*F5): 426.47 is left to bill."),
        (52647, "has paid 526.47 (AMT*F5): nothing is left to bill."),
        (60000, "has paid 600.00 (AMT*F5): nothing is left to bill; give 73.53 back to the patient."),
    ],
)
def test_the_biller_is_told_what_is_left_to_bill(demo: PolicySet, paid: int, fact: str):
    assert fact in told(knee(patient_paid_cents=paid), demo)


def test_a_limit_is_told_as_it_was_used(demo: PolicySet):
    case = knee()
    decision = adjudicate(case, demo)
    (line,) = decision.lines
    assert line.share
    use = LimitUse("deductible", "family", "in_network", 200000, 190000, 10000, period_start=YEAR)
    share = msgspec.structs.replace(line.share, uses=(use,))
    decision = msgspec.structs.replace(decision, lines=(msgspec.structs.replace(line, share=share),))
    text = " ".join(explain(case, decision, demo).split())
    assert (
        "The family's deductible (in network) of the period from 2026-01-01: 100.00 of 2,000.00 left, 100.00 applied; 0.00 left "
        "after this line."
    ) in text


@pytest.mark.parametrize(
    ("counts_toward", "fact"),
    [
        ((), "4,000.00 of 4,000.00 left, 0.00 applied; 4,000.00 left after this line."),
        (
            ("out_of_pocket",),
            "4,000.00 of 4,000.00 left, 30.00 applied; 3,970.00 left after this line.",
        ),
    ],
)
def test_a_copay_is_told_of_a_limit_only_where_it_counts(demo: PolicySet, counts_toward: tuple[str, ...], fact: str):
    policies = worked_policies(demo, a_benefit("visit", ANY, copay=3000), copay_counts_toward=counts_toward)
    name = "The member's out-of-pocket limit (in network) of the period from 2026-01-01"
    assert f"{name}: {fact}" in told(a_case(), policies)


def test_a_benefit_limit_is_told_before_and_after_the_line(demo: PolicySet):
    visits = tuple(
        msgspec.structs.replace(earlier(dt.date(2026, 1, day), "97140"), claim_id=f"CEARLIER{day:08}")
        for day in (5, 7, 9)
    )
    text = told(in_network(a_line(1, procedure="97140", modifiers=("GP",)), history=visits), demo)
    assert (
        "Benefit limit plans/ppo-gold#therapy-visits: 27 visits of 30 visits left, 1 visit applied; 26 visits left after this line."
        in text
    )


COLONOSCOPY = a_line(1, procedure="G0121", charge_cents=60000)


def test_the_biller_is_told_the_policys_sentence_and_version_and_nothing_of_other_providers(demo: PolicySet):
    case = in_network(COLONOSCOPY, history=(earlier(dt.date(2020, 5, 4), "G0121"),))
    text = told(case, demo)
    assert 'Policy: "Once every ten years for members at average risk."' in text
    assert "Source: Preventive care guideline; 2025 edition, 3.1;" in text
    assert "in force from 2025-01-01" in text
    assert "the next is covered from 2030-05-04" in text
    for secret in ("COTHER", "999000077", "1888888889", "1777777778", MEMBER.member_id, MEMBER.last_name):
        assert secret not in text


def test_the_biller_of_a_waiting_claim_reads_no_queue_and_no_question(demo: PolicySet):
    case = in_network(a_line(1, procedure="93306", charge_cents=90000))
    (waiting,) = adjudicate(case, demo).pends()
    text = told(case, demo)
    assert "Waits: " in text
    assert waiting.question not in text
    assert "clinical" not in text.replace("clinician", "")


def test_the_reviewer_is_told_what_is_asked_and_which_facts_met_or_failed_the_criteria(demo: PolicySet):
    at_risk = (Diagnosis(code="Z800", kind="principal"),)
    case = in_network(COLONOSCOPY, changes={"diagnoses": at_risk})
    (waiting,) = adjudicate(case, demo).pends()
    assert waiting.rule == "coverage/screening-colonoscopy#high-risk"
    text = told(case, demo, Register.REVIEWER)
    assert "1 answer is awaited." in text
    assert f"Queue {waiting.queue}, pend code {waiting.pend_code}, to be answered by 2026-03-15" in text  # 10 March + 5
    assert f"Asked: {waiting.question}" in text
    assert "age: met: the patient is 50 years old on 2026-03-02; the policy asks for 45 through 75." in text
    assert "interval: does not apply: diagnosis" in text
    assert "high-risk: not met: diagnosis" in text
    assert "Allow: the finding does not stand in the way" in text
    assert f"[{waiting.policy}]" in text


def test_the_reviewer_is_offered_the_policys_reasons_for_a_no(demo: PolicySet):
    case = in_network(a_line(1, procedure="93306", charge_cents=90000))
    (waiting,) = adjudicate(case, demo).pends()
    text = told(case, demo, Register.REVIEWER)
    assert "Deny: line 1 is denied with CO-50 N115" in text
    for reason in waiting.denials:
        assert f"{reason.group}-{reason.carc}" in text


def test_the_reviewer_is_told_what_cannot_be_allowed(demo: PolicySet):
    case = in_network(a_line(1), changes={"frequency_code": "5"})
    (waiting,) = adjudicate(case, demo).pends()
    assert waiting.rule == "unsupported.frequency"
    assert "it can be denied, not allowed" in told(case, demo, Register.REVIEWER)


def test_the_reviewer_reads_earlier_rulings_and_what_is_internal(demo: PolicySet):
    case = in_network(a_line(1, procedure="93306", charge_cents=90000))
    (waiting,) = adjudicate(case, demo).pends()
    ruling = Ruling(
        rule=waiting.rule,
        policy=waiting.policy,
        line=1,
        verdict=RulingVerdict.ALLOW,
        rationale="Murmur documented.",
        ruled_by="nurse-one",
    )
    ruled = msgspec.structs.replace(case, rulings=(ruling,))
    secret = Finding(rule="x.y", verdict=Verdict.INFORM, because="Our own note.", audience=Audience.INTERNAL, line=1)
    decision = adjudicate(ruled, demo)
    decision = msgspec.structs.replace(decision, findings=(*decision.findings, secret))
    text = " ".join(explain(ruled, decision, demo, Register.REVIEWER).split())
    assert "No answers are awaited." in text
    assert f"line 1, {waiting.rule} [{waiting.policy}]: allowed by nurse-one: Murmur documented." in text
    assert "line 1, noted (internal): Our own note." in text
    assert "Our own note." not in " ".join(explain(ruled, decision, demo).split())


def test_the_auditor_reads_everything_in_order(demo: PolicySet):
    text = told(knee(), demo, Register.AUDITOR, policy_digest=demo.digest, engine_version="9.9.9")
    assert f"Decided under policy set {demo.digest} by engine version 9.9.9." in text
    stages = [
        text.index(f"{number}. {name}:") for number, name in ((1, "front end"), (4, "eligibility"), (5, "filing"))
    ]
    assert all(before < after for before, after in pairwise(stages))
    assert "Took money: contract-allowance, deductible, coinsurance; see the amounts." in text
    assert "CO-45 967.65 rule contract-allowance [guidance/payment@2016-01-01]" in text
    assert "Balance: charge 2,400.00 = paid 905.88 + 967.65 + 300.00 + 226.47" in text
    assert "line 1: member's deductible (in network) of the period from 2026-01-01: 700.00 + 300.00 = 1,000.00" in text
    assert (
        "line 1: member's out-of-pocket limit (in network) of the period from 2026-01-01: 800.00 + 526.47 = 1,326.47"
        in text
    )
    assert "Did not fire: copay, out-of-pocket-met" not in text  # they stand among the others
    assert "filing-limit.late" in text


def test_the_auditor_reads_each_finding_with_rule_version_citation_and_who_ruled(demo: PolicySet):
    case = in_network(a_line(1, procedure="93306", charge_cents=90000))
    (waiting,) = adjudicate(case, demo).pends()
    ruling = Ruling(
        rule=waiting.rule,
        policy=waiting.policy,
        line=1,
        verdict=RulingVerdict.DENY,
        rationale="Nothing documented.",
        ruled_by="nurse-one",
        group="CO",
        carc="50",
        remarks=("N115",),
    )
    text = told(msgspec.structs.replace(case, rulings=(ruling,)), demo, Register.AUDITOR)
    assert "Ruling: line 1, coverage/echocardiography#indication" in text
    assert "denied with CO-50 N115 by nurse-one: Nothing documented." in text
    assert "line 1, denied CO-50 N115" in text
    assert "Answered by reviewer nurse-one." in text
    assert f"Rule {waiting.rule} [{waiting.policy}]" in text


@pytest.mark.parametrize(
    ("rule", "line", "fact"),
    [
        (
            "coverage/screening-colonoscopy#age",
            COLONOSCOPY,
            "applies; met: the patient is 50 years old on 2026-03-02; the policy asks for 45 through 75.",
        ),
        ("coverage/screening-colonoscopy#age", a_line(1), "does not apply: procedure 99213 is not in the policy."),
        (
            "coverage/screening-colonoscopy#high-risk",
            COLONOSCOPY,
            "does not apply: no diagnosis of the line (E119) is on the policy's list.",
        ),
        (
            "coverage/screening-colonoscopy#age",
            msgspec.structs.replace(COLONOSCOPY, from_date=dt.date(2024, 12, 31), through_date=dt.date(2024, 12, 31)),
            "does not apply: no version of coverage/screening-colonoscopy has the rule on 2024-12-31.",
        ),
        (
            "authorization/prior-authorization#advanced-imaging",
            a_line(1, procedure="70553", charge_cents=90000),
            "fired (DENY): Procedure 70553 of line 1 needs prior authorization",
        ),
        ("filing-limit.late", a_line(1), "the claim arrived 7 days after the service, the filing limit is 365."),
        ("diagnosis.not-valid", a_line(1), "Code table diagnoses: E119 is valid from"),
        ("exact-duplicate", a_line(1), "History: 0 earlier lines of the member"),
        ("coverage.ended", a_line(1), "on 2026-03-02 covered by plans/ppo-gold from 2020-01-01."),
        ("plans/ppo-gold#therapy-visits", a_line(1), f"A benefit limit: asked after all {len(EDITS)} stages of edits,"),
        ("deductible", a_line(1), "did not fire: benefit office-visit of plans/ppo-gold@2026-01-01 took no deductible"),
        ("copay", a_line(1), "fired: it took money of the line"),
        ("out-of-network-balance", a_line(1), "and the provider is in network."),
    ],
)
def test_the_auditor_learns_why_a_rule_fired_or_not(demo: PolicySet, rule: str, line, fact: str):
    assert fact in told(in_network(line), demo, Register.AUDITOR, rule=rule)


def test_every_rule_of_the_engine_and_of_the_policies_can_be_asked_about(demo: PolicySet):
    case = in_network(a_line(1), a_line(2, procedure="G0121", charge_cents=60000))
    decision = adjudicate(case, demo)
    rules = [*RULES, *dict.fromkeys(row.answer.rule for row in own_rows(demo))]
    assert len(rules) > 60
    for rule in rules:
        assert knows_rule(rule, demo)
        text = explain(case, decision, demo, Register.AUDITOR, rule=rule)
        assert f"Rule {rule}\n" in text
        assert "\n  Line 1: " in text
        assert "\n  Line 2: " in text
    assert not knows_rule("no.such-rule", demo)


def test_a_set_that_is_not_at_hand_is_never_passed_off_as_the_one_that_decided(demo: PolicySet):
    text = told(knee(), demo, Register.AUDITOR, policy_digest="f00d")
    assert "Decided under policy set f00d." in text
    assert f"That set is not at hand: what is asked again is asked of {demo.digest}." in text


@pytest.mark.parametrize("register", Register)
def test_every_register_tells_every_ending(demo: PolicySet, register: Register):
    endings = {
        "was rejected": in_network(a_line(1), members=()),
        "is pended": in_network(a_line(1, procedure="93306", charge_cents=90000)),
        "was denied": in_network(a_line(1, procedure="00000")),
        "was paid.": in_network(a_line(1)),
        "was paid in part": in_network(a_line(1), a_line(2, procedure="00000")),
    }
    for ending, case in endings.items():
        text = told(case, demo, register)
        assert ending in text.split(". ")[0] + ".", ending
        assert str(DECIDED) in text


@pytest.mark.parametrize(
    ("verdict", "changes", "told"),
    [
        (RulingVerdict.ALLOW, {}, "allowed"),
        (RulingVerdict.DENY, {"group": "CO", "carc": "50", "remarks": ("N115",)}, "denied with CO-50 N115"),
        (
            RulingVerdict.REDUCE_UNITS,
            {"group": "CO", "carc": "151", "covered_quantity_thousandths": 1500},
            "reduced to 1.5 units with CO-151",
        ),
        (RulingVerdict.PRICE, {"price_cents": 18540}, "priced at 185.40"),
        (RulingVerdict.CONFIRM_DUPLICATE, {"group": "OA", "carc": "18"}, "confirmed as a duplicate with OA-18"),
    ],
)
def test_a_ruling_is_told_as_what_it_is(verdict: RulingVerdict, changes: dict[str, Any], told: str):
    ruling = Ruling("coverage/echo#indication", "coverage/echo@2026-01-01", 1, verdict, "So it is.", "nurse", **changes)
    assert ruling_in_words(ruling) == (
        f"line 1, coverage/echo#indication [coverage/echo@2026-01-01]: {told} by nurse: So it is."
    )
