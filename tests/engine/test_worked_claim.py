"""The worked line outcome of domain/02 section 5, both halves, and the money laws of one line."""

import msgspec

from adjudicator.engine import adjudicate
from adjudicator.model.decision import Disposition, Verdict
from adjudicator.policy.coding_tables import ALWAYS, CodingTable, PairEdit, ProcedurePairs
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.building import STANDARD, a_benefit, a_case, a_claim, a_line, codes, used, worked_policies

FEES = {"99213": 9200, "11721": 4500}
VISIT = a_benefit("office", codes("99213"), copay=3000)


def test_the_visit_and_the_procedure_of_the_reference_claim(demo: PolicySet):
    # line 1: charge 130.00, allowed 92.00: CO-45 38.00, copay 30.00, paid 62.00 (130 = 62 + 38 + 30)
    # line 2: charge 100.00, allowed 45.00: CO-45 55.00, 20 % of 45.00 = 9.00, paid 36.00 (100 = 36 + 55 + 9)
    claim = a_claim(
        a_line(1, procedure="99213", modifiers=("25",), charge_cents=13000),
        a_line(2, procedure="11721", charge_cents=10000),
    )
    decision = adjudicate(
        a_case(claim, balances=used(deductible=100_000)), worked_policies(demo, VISIT, STANDARD, fees_cents=FEES)
    )
    first, second = decision.lines
    assert [(a.group, a.carc, a.amount_cents) for a in first.adjustments] == [("CO", "45", 3800), ("PR", "3", 3000)]
    assert first.paid_cents == 6200
    assert [(a.group, a.carc, a.amount_cents) for a in second.adjustments] == [("CO", "45", 5500), ("PR", "2", 900)]
    assert second.paid_cents == 3600
    assert (decision.disposition, decision.paid_cents, decision.member_cents) == (Disposition.PAID, 9800, 3900)
    assert first.verdict is Verdict.REDUCE


def test_the_same_claim_without_25_pays_the_procedure_alone(demo: PolicySet):
    # the visit is part of the nail care (column 1 11721, column 2 99213, indicator 1) and no modifier parts them:
    # line 1: CO-236 130.00, paid 0.00; line 2 as before: CO-45 55.00, PR-2 9.00, paid 36.00
    pairs = ProcedurePairs.of([("11721", "99213", PairEdit("1", ALWAYS))])
    policies = msgspec.structs.replace(
        worked_policies(demo, VISIT, STANDARD, fees_cents=FEES),
        editing=demo.editing,
        coding_tables={"procedure-pairs-practitioner": CodingTable(Document(pairs.document, "Pairs", (pairs,)))},
    )
    claim = a_claim(a_line(1, procedure="99213", charge_cents=13000), a_line(2, procedure="11721", charge_cents=10000))
    decision = adjudicate(a_case(claim, balances=used(deductible=100_000)), policies)
    first, second = decision.lines
    assert [(a.group, a.carc, a.amount_cents) for a in first.adjustments] == [("CO", "236", 13000)]
    assert (first.verdict, first.paid_cents) == (Verdict.DENY, 0)
    assert [(a.group, a.carc, a.amount_cents) for a in second.adjustments] == [("CO", "45", 5500), ("PR", "2", 900)]
    assert second.paid_cents == 3600
    # of the 130.00 the patient owes nothing: 9.00 is the coinsurance of the procedure
    assert (decision.disposition, decision.paid_cents, decision.member_cents) == (Disposition.PARTLY_PAID, 3600, 900)
    (finding,) = (finding for finding in decision.findings if finding.line == 1)
    assert finding.rule == "bundled.unless-modified"


def test_the_line_charge_is_a_total_and_is_never_multiplied_by_units(demo: PolicySet):
    # 4 units billed 100.00 in all at a unit fee of 45.00: fee 180.00, lesser of charge 100.00 -> allowed 100.00, no CO-45
    line = a_line(1, procedure="11721", charge_cents=10000, quantity_thousandths=4000)
    case = a_case(a_claim(line), balances=used(deductible=100_000))
    decided = adjudicate(case, worked_policies(demo, fees_cents=FEES)).line(1)
    assert (decided.charge_cents, decided.allowed_cents, decided.paid_cents) == (10000, 10000, 8000)


def test_units_multiply_the_unit_price_rounded_to_cents(demo: PolicySet):
    # 2.5 units at 45.00 = 112.50 against a charge of 200.00; 20 % = 22.50; paid 90.00
    line = a_line(1, procedure="J3301", charge_cents=20000, quantity_thousandths=2500)
    case = a_case(a_claim(line), balances=used(deductible=100_000))
    decided = adjudicate(case, worked_policies(demo, fees_cents={"J3301": 4500})).line(1)
    assert (decided.allowed_cents, decided.paid_cents) == (11250, 9000)


def test_a_fee_above_the_charge_is_paid_where_the_contract_has_no_lesser_of(demo: PolicySet):
    # charge 80.00, fee 92.00 without lesser-of: OA-94 -12.00, no share: paid 92.00 (80 = 92 - 12)
    policies = worked_policies(demo, a_benefit("free", codes("99213")), fees_cents=FEES, lesser_of_charge=False)
    decided = adjudicate(a_case(a_claim(a_line(charge_cents=8000))), policies).line(1)
    assert [(a.group, a.carc, a.amount_cents) for a in decided.adjustments] == [("OA", "94", -1200)]
    assert decided.paid_cents == 9200


def test_outside_the_network_the_balance_is_the_patients(demo: PolicySet):
    # charge 130.00, allowed 92.00: PR-45 38.00; out-of-network deductible takes all 92.00; paid 0.00
    case = a_case(a_claim(a_line()), participations=())
    decision = adjudicate(case, worked_policies(demo, VISIT, STANDARD, fees_cents=FEES))
    decided = decision.line(1)
    assert [(a.group, a.carc, a.amount_cents) for a in decided.adjustments] == [("PR", "45", 3800), ("PR", "1", 9200)]
    assert {entry.tier for entry in decision.entries} == {"out_of_network"}
    # the balance above the allowed amount never counts toward a limit
    assert sum(e.amount_cents for e in decision.entries if e.owner.startswith("member:")) == 2 * 9200


def test_a_missing_fee_waits_and_names_the_key(demo: PolicySet):
    claim = a_claim(a_line(1), a_line(2, procedure="99214", charge_cents=20000))
    decision = adjudicate(a_case(claim), worked_policies(demo, fees_cents=FEES))
    assert decision.disposition is Disposition.PENDED
    (finding,) = decision.pends()
    assert (finding.rule, finding.line, finding.queue) == ("pricing.no-fee", 2, "pricing")
    assert "fees/worked@2020-01-01 has no fee for procedure 99214 outside a facility" in finding.because
    assert not decision.lines and not decision.entries
