"""What a policy author is told: every mistake at once, each with its file, line and place, what was found, what to write."""

import re

import pytest

from adjudicator.engine import RULES
from adjudicator.model.decision import Verdict
from adjudicator.policy.load import PolicyErrors, compile_policies
from tests.policy.small_set import CITE, DOCUMENTS, PLAN, TABLES, changed, small_set

V = "versions[2025-01-01]"
AGE = f"coverage/screening.yaml:11: {V}.criteria[age].otherwise"
PROCEDURE = "write a procedure code such as 99213, a beginning such as 9921*, a range such as 99202-99215"


def mistakes(files: dict[str, bytes], rules: tuple[str, ...] = ()) -> list[str]:
    """What compiling says is wrong; nothing when it compiles."""
    try:
        compile_policies(files, dict.fromkeys(rules, tuple(Verdict)))
    except PolicyErrors as errors:
        assert str(errors).splitlines() == [str(error) for error in errors.errors]
        assert list(errors.errors) == sorted(errors.errors)
        return [str(error) for error in errors.errors]
    return []


def test_the_small_set_has_none():
    assert mistakes(small_set()) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        # The form of a document.
        (
            "plans/test.yaml",
            "kind: plan",
            "kind: plann",
            "plans/test.yaml:1: kind: found kind 'plann'; "
            "write kind: payer, plan, plan-variant, contract, fees, payment-rules, coverage, coding, editing, authorization, "
            "guidance, set or table",
        ),
        (
            "plans/test.yaml",
            "    product: PPO\n",
            "",
            f"plans/test.yaml:4: {V}.product: found no product; "
            "write product (The product for which providers contract, such as PPO)",
        ),
        (
            "plans/test.yaml",
            "benefits:",
            "benifits:",
            [
                f"plans/test.yaml:4: {V}.benefits: found no benefits; "
                "write benefits (First match wins; the last row is `for: any`)",
                f"plans/test.yaml:15: {V}.benifits: found unknown word benifits; write benefits",
            ],
        ),
        (
            "coverage/screening.yaml",
            "age_years: {min: 45, max: 75}",
            "age: 45",
            f"coverage/screening.yaml:10: {V}.criteria[age].require.age: found unknown word age; write age_years or age_days",
        ),
        (
            "plans/test.yaml",
            "title: Test plan",
            "title: Test plan\ntitle: Again",
            "plans/test.yaml:3: found 'title' a second time (first in line 2); write it once",
        ),
        (
            "plans/test.yaml",
            "title: Test plan",
            "title: [Test plan",
            "plans/test.yaml:3: found no valid YAML (did not find expected ',' or ']'); mend it",
        ),
        (
            "plans/test.yaml",
            "{individual: 2000.00, family: 4000.00, structure: embedded}",
            "&one {individual: 2000.00, family: 4000.00, structure: embedded}\n      extra: *one",
            [
                f"plans/test.yaml:14: {V}.out_of_network.extra: found a YAML alias (*); "
                "write the content out: every version is complete",
            ],
        ),
        (
            "coverage/screening.yaml",
            f"    {CITE}\n",
            "",
            f"coverage/screening.yaml:4: {V}.cite: found no cite; write cite (Where this version stands written)",
        ),
        (
            "coverage/screening.yaml",
            "        quote: Adults aged 45 through 75 years.\n",
            "",
            f"coverage/screening.yaml:8: {V}.criteria[age].quote: found no quote; "
            "write quote (The sentence of the source that it formalizes)",
        ),
        # Single values.
        (
            "plans/test.yaml",
            "effective: 2025-01-01",
            "effective: 01/01/2025",
            "plans/test.yaml:4: versions[01/01/2025].effective: found '01/01/2025'; write a day, such as 2026-01-01",
        ),
        (
            "plans/test.yaml",
            "effective: 2025-01-01",
            "effective: 2025-02-29",
            "plans/test.yaml:4: versions[2025-02-29].effective: found '2025-02-29'; write a day, such as 2026-01-01",
        ),
        (
            "plans/test.yaml",
            "filing_limit_days: 365",
            "filing_limit_days: one year",
            f"plans/test.yaml:7: {V}.filing_limit_days: found 'one year'; write a whole number, such as 365",
        ),
        (
            "plans/test.yaml",
            "filing_limit_days: 365",
            "filing_limit_days:",
            f"plans/test.yaml:7: {V}.filing_limit_days: found nothing; write a whole number, such as 365",
        ),
        (
            "plans/test.yaml",
            "copay: 30.00",
            "copay: 30.005",
            f"plans/test.yaml:16: {V}.benefits[visit].in_network.copay: found '30.005'; "
            "write dollars with at most two decimals, such as 1000.00",
        ),
        (
            "plans/test.yaml",
            "coinsurance: 0.40",
            "coinsurance: 40",
            f"plans/test.yaml:16: {V}.benefits[visit].out_of_network.coinsurance: found '40'; "
            "write a share from 0 to 1 with at most four decimals, such as 0.20",
        ),
        (
            "plans/test.yaml",
            "deductible: true",
            "deductible: yes",
            f"plans/test.yaml:17: {V}.benefits[everything-else].in_network.deductible: found 'yes'; write true or false",
        ),
        (
            "contracts/inside.yaml",
            "rate: 1.06",
            "rate: 106%",
            f"contracts/inside.yaml:7: {V}.pay[1].rate: found '106%'; write a rate with at most six decimals, such as 1.15",
        ),
        (
            "fees/relative.yaml",
            "work_index: 1.010",
            "work_index: 1.0101",
            f"fees/relative.yaml:7: {V}.work_index: found '1.0101'; "
            "write an index with at most three decimals, such as 1.010",
        ),
        (
            "coverage/screening.yaml",
            "group: CO",
            "group: CR",
            f"{AGE}.group: found 'CR'; write CO, OA, PI or PR",
        ),
        (
            "guidance/all.yaml",
            '"A7:562:85"',
            '"A1:562:85"',
            f"guidance/all.yaml:9: {V}.rules.billing-npi.invalid.reject[1]: found 'A1:562:85'; write a rejecting 277CA "
            "status, category:status or category:status:entity, such as A7:562:85",
        ),
        # Codes and references.
        (
            "plans/test.yaml",
            "[sets/visits]",
            "99213",
            f"plans/test.yaml:16: {V}.benefits[visit].for: found '99213'; write a list, such as [99213], or any",
        ),
        (
            "plans/test.yaml",
            "[sets/visits]",
            "[99213, 9921]",
            f"plans/test.yaml:16: {V}.benefits[visit].for[2]: found '9921'; {PROCEDURE}, "
            "or a set such as sets/office-visits",
        ),
        (
            "plans/test.yaml",
            "[sets/visits]",
            "[99299]",
            f"plans/test.yaml:16: {V}.benefits[visit].for[1]: found 99299, which the table of procedures does not list; "
            "write a listed code or add it there",
        ),
        (
            "plans/test.yaml",
            "[sets/visits]",
            "[sets/visit]",
            f"plans/test.yaml:16: {V}.benefits[visit].for[1]: found sets/visit, which is not there; write the path of a set",
        ),
        (
            "sets/visits.yaml",
            "[99211-99215]",
            "[E11.9]",
            f"sets/visits.yaml:7: {V}.codes[1]: found 'E11.9' in a set of procedures; {PROCEDURE}",
        ),
        (
            "contracts/inside.yaml",
            "fees/relative",
            "fees/relativ",
            f"contracts/inside.yaml:8: {V}.pay[2].from: found fees/relativ, which is not there; "
            "write the path of a fee schedule",
        ),
        (
            "contracts/outside.yaml",
            "effective: 2025-01-01",
            "effective: 2026-01-01",
            f"payer.yaml:11: {V}.out_of_network: found contracts/outside, which has no version on 2025-01-01; "
            "write a version of it for that day",
        ),
        (
            "payer.yaml",
            "contracts/outside",
            "contracts/inside",
            f"payer.yaml:11: {V}.out_of_network: found contracts/inside, a network contract; write network: false there",
        ),
        (
            "coverage/screening.yaml",
            "age_years: {min: 45, max: 75}",
            "plan: [plans/gold]",
            f"coverage/screening.yaml:10: {V}.criteria[age].require.plan[1]: found plans/gold, which is not there; "
            "write the path of a plan",
        ),
        # Rows and amounts.
        (
            "plans/test.yaml",
            "for: any",
            "for: [00100]",
            f"plans/test.yaml:17: {V}.benefits[everything-else]: found a last row for some codes; "
            "write a row `for: any` below it",
        ),
        (
            "plans/test.yaml",
            "for: [sets/visits]",
            "for: any",
            f"plans/test.yaml:16: {V}.benefits[visit].for: found any above other rows, which it hides; write it last",
        ),
        (
            "plans/test.yaml",
            "id: everything-else",
            "id: visit",
            f"plans/test.yaml:17: {V}.benefits[visit].id: found visit a second time; write another id",
        ),
        (
            "plans/test.yaml",
            "covered: false",
            "covered: false, copay: 1.00",
            f"plans/test.yaml:17: {V}.benefits[everything-else].out_of_network: found a cost share beside covered: false; "
            "leave the cost share out",
        ),
        (
            "plans/test.yaml",
            "[copay, deductible, coinsurance]",
            "[copay, coinsurance]",
            f"plans/test.yaml:8: {V}.cost_share_order: found [copay, coinsurance]; "
            "write copay, deductible and coinsurance once each",
        ),
        (
            "plans/test.yaml",
            "family: 2000.00",
            "family: 999.99",
            f"plans/test.yaml:10: {V}.in_network.deductible.family: found less than individual; "
            "write at least the individual amount",
        ),
        (
            "fees/flat.yaml",
            "99213: 92.00",
            "99213: 0.00",
            f"fees/flat.yaml:8: {V}.amounts.99213: found a fee of 0 for 99213; "
            "write its fee, or leave it out to price it by hand",
        ),
        (
            "fees/flat.yaml",
            "method: flat",
            "method: relative-value",
            f"fees/flat.yaml:4: {V}: found amounts, which belongs to method flat and usual-and-customary; write method: flat or "
            "leave amounts out",
        ),
        (
            "fees/relative.yaml",
            "    conversion_factor: 33.4009\n",
            "",
            f"fees/relative.yaml:4: {V}: method relative-value found without conversion_factor; write conversion_factor",
        ),
        (
            "fees/relative.yaml",
            "practice: 1.98",
            "practice: NA",
            f"fees/relative.yaml:12: {V}.values.99213: found NA twice for 99213; write at least one practice expense",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, rate: 1.15, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2]: found no from; write from",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, method: percent-of-charge, rate: 0.60, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2]: found lesser_of_charge beside method percent-of-charge; "
            "leave lesser_of_charge out or write method: fee-schedule",
        ),
        (
            "contracts/inside.yaml",
            "    pay:\n",
            "    case_rates:\n      - {id: knee, quote: A., for: [99213], includes: [G0121], amount: 0, lesser_of_charge: true,\n"
            "         then: {deny: '197'}}\n    pay:\n",
            f"contracts/inside.yaml:7: {V}.case_rates[knee].amount: found 0; write an amount above 0",
        ),
        *(
            (
                "contracts/inside.yaml",
                "    pay:\n",
                f"    {row}then: {{{then}}}}}\n    pay:\n",
                f"contracts/inside.yaml:7: {V}.{name}.then: found {word}, where another payment pays the service already; "
                "write deny",
            )
            for name, row in (
                ("capitated[visits]", "capitated:\n      - {id: visits, quote: A., for: [99213], "),
                (
                    "case_rates[knee]",
                    "case_rates:\n      - {id: knee, quote: A., for: [99213], includes: [G0121], amount: 9.00, "
                    "lesser_of_charge: true, ",
                ),
            )
            for word, then in (("reduce", "reduce: '197', units: 1"), ("pend", "pend: clinical, ask: Is it?"))
        ),
        (
            "contracts/outside.yaml",
            "    network: false\n",
            "    network: false\n    ranking_reduction: apart\n",
            f"contracts/outside.yaml:7: {V}.ranking_reduction: found apart beside network: false, whose balance is the patient's; "
            "leave it out",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, method: fixed-fee, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2]: found no amount; write amount",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, method: fixed-fee, amount: 80.00, rate: 1.15, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2]: found rate beside method fixed-fee; "
            "leave rate out or write method: fee-schedule",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, from: fees/relative, rate: 1.15, amount: 80.00, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2]: found amount beside method fee-schedule; "
            "leave amount out or write method: fixed-fee",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, method: fixed-fee, amount: 0, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2].amount: found 0; write an amount above 0",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: maybe}",
            f"contracts/inside.yaml:8: {V}.pay[2].lesser_of_charge: found 'maybe'; write true, false or claim",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true, floor: {share_of_charge: 0.3, per_unit: 1.00}}",
            f"contracts/inside.yaml:8: {V}.pay[2].floor: found no single bound; write either share_of_charge or per_unit, above 0",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true, ceiling: {per_unit: 0}}",
            f"contracts/inside.yaml:8: {V}.pay[2].ceiling: found no single bound; "
            "write either share_of_charge or per_unit, above 0",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, from: fees/relative, unlisted: next_row, rate: 1.15, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2]: found a last row for some codes; write a row `for: any` below it",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, rendering: [12345], from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2].rendering[1]: found '12345'; "
            "write a National Provider Identifier, ten digits, such as 1999999992",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}\n    claim: {at_most: 0}",
            f"contracts/inside.yaml:9: {V}.claim.at_most: found 0; write an amount above 0",
        ),
        (
            "contracts/inside.yaml",
            "{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}",
            "{for: any, method: percent-of-charge, rate: 1.01}",
            f"contracts/inside.yaml:8: {V}.pay[2]: found more than the charge; write a rate of at most 1",
        ),
        # Reasons.
        (
            "coverage/screening.yaml",
            'deny: "6"',
            'deny: "999"',
            f"{AGE}.deny: found CARC 999, which no table lists; write a listed code",
        ),
        (
            "coverage/screening.yaml",
            'deny: "6"',
            'deny: "15"',
            f"{AGE}.deny: found CARC 15, which ended on 2018-04-30; write a code in force on 2025-01-01",
        ),
        (
            "coverage/screening.yaml",
            'deny: "6"',
            'deny: "307"',
            f"{AGE}.deny: found CARC 307, which begins on 2026-08-17; write a code in force on 2025-01-01",
        ),
        (
            "coverage/screening.yaml",
            'deny: "6"',
            'deny: "192"',
            f"{AGE}.deny: found CARC 192, which stands on claims only (837); write a reason of remittances",
        ),
        (
            "coverage/screening.yaml",
            'deny: "6"',
            'deny: "45"',
            f"{AGE}.deny: found deny 45, which never takes a whole charge; write another reason",
        ),
        (
            "guidance/all.yaml",
            'deny: "18", cause',
            'deny: "18", group: CO, cause',
            f"guidance/all.yaml:7: {V}.rules.exact-duplicate.group: found group CO for CARC 18, which is locked; write OA",
        ),
        (
            "guidance/all.yaml",
            'deny: "18", cause',
            'reduce: "45", group: OA, cause',
            f"guidance/all.yaml:7: {V}.rules.exact-duplicate.group: found group OA for CARC 45, which is locked; write CO or PR",
        ),
        (
            "guidance/all.yaml",
            'deny: "18", cause',
            'deny: "16", cause',
            f"guidance/all.yaml:7: {V}.rules.exact-duplicate.deny: found CARC 16 without a remark that tells what it is about; "
            "write remarks with a code that is no Alert",
        ),
        (
            "guidance/all.yaml",
            'deny: "18", cause',
            'deny: "16", remarks: [N549], cause',
            f"guidance/all.yaml:7: {V}.rules.exact-duplicate.deny: found CARC 16 without a remark that tells what it is about; "
            "write remarks with a code that is no Alert",
        ),
        (
            "coverage/screening.yaml",
            "remarks: [N129]",
            "remarks: [N999]",
            f"{AGE}.remarks[1]: found RARC N999, which no table lists; write a listed code",
        ),
        (
            "payer.yaml",
            '["50"]',
            '["50", "999"]',
            f"payer.yaml:17: {V}.clinician_reasons[2]: found CARC 999, which no table lists; write a listed code",
        ),
        # Outcomes, conditions and guidance.
        (
            "coverage/screening.yaml",
            '{deny: "6", group: CO, remarks: [N129]}',
            "{}",
            f"{AGE}: found no single answer; write one of deny, reduce or pend",
        ),
        (
            "coverage/screening.yaml",
            ', ask: "Is it needed?"',
            "",
            f"coverage/screening.yaml:15: {V}.criteria[need].then: found pend without ask; "
            "write the question that the reviewer must answer",
        ),
        (
            "coverage/screening.yaml",
            "require: {age_years",
            "when: {age_years",
            f"coverage/screening.yaml:8: {V}.criteria[age]: found no rule; write require with otherwise, or when with then",
        ),
        (
            "coverage/screening.yaml",
            "age_years: {min: 45, max: 75}",
            "",
            f"coverage/screening.yaml:10: {V}.criteria[age].require: found an empty condition; "
            "write at least one word, such as age_years: {min: 45}",
        ),
        (
            "coverage/screening.yaml",
            "min: 45",
            "min: 76",
            f"coverage/screening.yaml:10: {V}.criteria[age].require: found min above max; write the lower number as min",
        ),
        (
            "coverage/screening.yaml",
            "age_years: {min: 45, max: 75}",
            "none_since: {procedures: [G0121], months: 12, days: 1}",
            f"coverage/screening.yaml:10: {V}.criteria[age].require.none_since: found no single look-back; "
            "write either months or days, above 0",
        ),
        (
            "coverage/screening.yaml",
            "age_years: {min: 45, max: 75}",
            "at_most: {procedures: [G0121], months: 12, count: 1.5}",
            f"coverage/screening.yaml:10: {V}.criteria[age].require.at_most: found no such count of visits or units; "
            "write a whole number above 0",
        ),
        (
            "coverage/screening.yaml",
            'deny: "6", group: CO',
            'deny: "50", group: CO',
            f"{AGE}.deny: found no guidance for CO-50/N129 on 2025-01-01; write CO-50/N129, 50/N129, CO-50 or 50 in guidance/",
        ),
        (
            "coverage/screening.yaml",
            "pend: clinical",
            "pend: examiner",
            f"coverage/screening.yaml:15: {V}.criteria[need].then.pend: found no guidance for pend/examiner on 2025-01-01; "
            "write pend/examiner in guidance/",
        ),
        # What a reviewer may answer.
        (
            "coverage/screening.yaml",
            'ask: "Is it needed?"',
            'ask: "Is it needed?", code: LATE',
            f"coverage/screening.yaml:15: {V}.criteria[need].then.code: found 'LATE'; "
            "write AUTH, COB, COD, DOC, DUP, FIN, FWA, MED, MEM, PRC, PRV, QA or SYS",
        ),
        (
            "coverage/screening.yaml",
            'ask: "Is it needed?"',
            'ask: "Is it needed?", denials: [{carc: "45"}]',
            f"coverage/screening.yaml:15: {V}.criteria[need].then.denials[1].carc: found carc 45, which never takes a whole "
            "charge; write another reason",
        ),
        (
            "coverage/screening.yaml",
            'ask: "Is it needed?"',
            'ask: "Is it needed?", denials: [{carc: "18", group: CO}]',
            [
                f"coverage/screening.yaml:15: {V}.criteria[need].then.denials[1].carc: found no guidance for CO-18 on "
                "2025-01-01; write CO-18 or 18 in guidance/",
                f"coverage/screening.yaml:15: {V}.criteria[need].then.denials[1].group: found group CO for CARC 18, which is "
                "locked; write OA",
            ],
        ),
        (
            "coverage/screening.yaml",
            'deny: "6", group: CO, remarks: [N129]',
            'deny: "6", group: CO, remarks: [N129], code: MED',
            f"{AGE}.code: found on an answer that the machine gives; leave it out: no reviewer is asked",
        ),
        (
            "coverage/screening.yaml",
            'then: {pend: clinical, ask: "Is it needed?"}',
            'then: {pend: clinical, ask: "Is it needed?", remarks: [M51]}',
            f"coverage/screening.yaml:15: {V}.criteria[need].then: found a reason on a pend; write it under denials, from "
            "which the reviewer chooses",
        ),
        (
            "coverage/screening.yaml",
            "pend: clinical",
            "pend: um",
            [
                f"coverage/screening.yaml:15: {V}.criteria[need].then.pend: found no guidance for pend/um on 2025-01-01; "
                "write pend/um in guidance/",
                f"coverage/screening.yaml:15: {V}.criteria[need].then.pend: found queue um, which payer.yaml does not list; "
                "add it to queues there",
            ],
        ),
        (
            "guidance/all.yaml",
            'exact-duplicate: {deny: "18", ',
            'exact-duplicate: {deny: "18", code: DUP, ',
            f"guidance/all.yaml:7: {V}.rules.exact-duplicate: found code on deny, which no reviewer answers; leave it out",
        ),
        (
            "authorization/list.yaml",
            'deny: "197"',
            'deny: "197", group: PR',
            f"authorization/list.yaml:10: {V}.services[anesthesia].otherwise.deny: found no guidance for PR-197 on 2025-01-01; "
            "write PR-197 or 197 in guidance/",
        ),
        (
            "guidance/all.yaml",
            "remedy: appeal, appeal: true",
            "remedy: bill_patient",
            f"guidance/all.yaml:12: {V}.reasons.CO-197.remedy: found bill_patient for group CO, which no patient owes; "
            "write another remedy",
        ),
        (
            "guidance/all.yaml",
            "appeal: true, ",
            "",
            f"guidance/all.yaml:12: {V}.reasons.CO-197: found remedy appeal without the right to it; write appeal: true",
        ),
        (
            "guidance/all.yaml",
            'deny: "18", cause',
            'deny: "18", pend: system, cause',
            f"guidance/all.yaml:7: {V}.rules.exact-duplicate: found deny and pend; "
            "write exactly one of reject, deny, reduce, pend, inform or fault",
        ),
        (
            "guidance/all.yaml",
            "      pend/clinical:",
            "      CO/6: {cause: Age., who: biller, step: Check., remedy: none, patient: Nothing.}\n      pend/clinical:",
            f"guidance/all.yaml:13: {V}.reasons.CO/6: found reason 'CO/6'; "
            "write one such as CO-16/M51, CO-16, 16 or pend/clinical",
        ),
        # Tables.
        (
            "tables/carc.yaml",
            "file: tables/carc.csv",
            "file: tables/other.csv",
            [
                "tables/carc.csv:1: found a file that no table binds; bind it or remove it",
                "tables/carc.yaml:10: versions[2015-10-01].file: found tables/other.csv, which is not there; "
                "write a file's path",
            ],
        ),
    ],
)
def test_one_mistake_is_told_where_it_stands(path: str, old: str, new: str, told: str | list[str]):
    assert mistakes(changed(path, old, new)) == ([told] if isinstance(told, str) else told)


OLDER = f"""\
  - effective: 2024-01-01
    ends: ENDS
    {CITE}
    codes: [99213]
"""


def visits_with(version: str) -> dict[str, bytes]:
    return small_set(sets__visits=DOCUMENTS["sets/visits.yaml"] + version)


def test_an_older_version_may_say_the_end_that_it_has_anyway():
    assert mistakes(visits_with(OLDER.replace("ENDS", "2024-12-31"))) == []


def test_a_gap_between_versions_is_told_with_the_way_to_mean_it():
    assert mistakes(visits_with(OLDER.replace("ENDS", "2024-12-30"))) == [
        "sets/visits.yaml:9: versions[2024-01-01].ends: found 2024-12-30, which leaves a gap before 2025-01-01; "
        "leave ends out, or write a version with effective: 2024-12-31 and withdrawn: true"
    ]


def test_a_gap_that_is_meant_is_written_as_a_withdrawal():
    withdrawal = f"  - {{effective: 2024-12-31, withdrawn: true, {CITE}}}\n"
    assert mistakes(visits_with(withdrawal + OLDER.replace("    ends: ENDS\n", ""))) == []


def test_an_overlap_of_versions_is_told():
    assert mistakes(visits_with(OLDER.replace("ENDS", "2025-01-01"))) == [
        "sets/visits.yaml:9: versions[2024-01-01].ends: found 2025-01-01, which overlaps the version of 2025-01-01; "
        "leave ends out"
    ]


@pytest.mark.parametrize("day", ["2025-01-01", "2026-01-01"])
def test_versions_stand_newest_first_and_each_day_once(day: str):
    older = OLDER.replace("    ends: ENDS\n", "").replace("2024-01-01", day)
    assert mistakes(visits_with(older)) == [
        f"sets/visits.yaml:8: versions[{day}].effective: found {day} below 2025-01-01; "
        "write the newest version first and each day once"
    ]


def test_a_set_may_not_be_withdrawn_under_a_plan_that_names_it():
    withdrawal = f"versions:\n  - {{effective: 2026-01-01, withdrawn: true, {CITE}}}\n"
    files = small_set(sets__visits=DOCUMENTS["sets/visits.yaml"].replace("versions:\n", withdrawal))
    assert mistakes(files) == [
        f"plans/test.yaml:16: {V}.benefits[visit].for[1]: found sets/visits, which has no version on 2026-01-01; "
        "write a version of it for that day"
    ]


def test_a_withdrawal_says_nothing_else():
    withdrawal = f"versions:\n  - {{effective: 2026-01-01, withdrawn: true, codes: [99213], {CITE}}}\n"
    assert mistakes(small_set(sets__visits=DOCUMENTS["sets/visits.yaml"].replace("versions:\n", withdrawal))) == [
        "sets/visits.yaml:5: versions[2026-01-01].codes: found unknown word codes; write effective, withdrawn or cite"
    ]


def test_missing_documents_are_told_by_name():
    files = small_set()
    del files["payer.yaml"], files["tables/places.yaml"], files["tables/places.csv"]
    assert mistakes(files) == [
        "payer.yaml:1: found no such file; write the payer's document",
        "tables/places.yaml:1: found no table that lists places; write one of kind table",
    ]


def test_a_document_stands_in_the_folder_of_its_kind():
    assert mistakes(small_set(sets__plan=PLAN)) == [
        "sets/plan.yaml:1: kind: found kind plan outside of plans/; move the file there or write another kind"
    ]


def test_two_tables_may_not_list_the_same_kind_of_code():
    assert mistakes(small_set(tables__again=small_set()["tables/carc.yaml"].decode())) == [
        "tables/carc.yaml:3: lists: found a second table that lists carc; write its versions in tables/again.yaml"
    ]


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("plans/x.yml", b"kind: plan\n", "plans/x.yml:1: found the ending .yml; rename the file to end in .yaml"),
        ("plans/x.yaml", b"", "plans/x.yaml:1: found nothing; write a document that begins with kind"),
        (
            "plans/x.yaml",
            b"- a\n",
            "plans/x.yaml:1: kind: found no kind; "
            "write kind: payer, plan, plan-variant, contract, fees, payment-rules, coverage, coding, editing, authorization, "
            "guidance, set or table",
        ),
        (
            "plans/x.yaml",
            b"kind: plan\ntitle: \xff\n",
            "plans/x.yaml:2: found bytes that are not UTF-8; save the file as UTF-8",
        ),
        (
            "plans/x.yaml",
            b"kind: \x01\n",
            "plans/x.yaml:1: found characters that YAML does not allow; write printable text",
        ),
        (
            "tables/x.csv",
            b"code\n",
            "tables/x.csv:1: found a file that no table binds; bind it or remove it",
        ),
    ],
)
def test_files_that_cannot_be_read_are_told(path: str, content: bytes, told: str):
    assert mistakes(small_set() | {path: content}) == [told]


@pytest.mark.parametrize(
    ("csv", "told"),
    [
        (
            "code,effective,alert\n",
            ["tables/rarc.csv:1: found the columns code,effective,alert; write code,effective,ends,alert"],
        ),
        (
            "code,effective,ends,alert\nM51,1997-01-01,false\n",
            ["tables/rarc.csv:2: found 3 columns; write 4: code,effective,ends,alert"],
        ),
        (
            "code,effective,ends,alert\nM51,1/1/97,,maybe\nX1,1997-01-01,1996-12-31,true\n",
            [
                "tables/rarc.csv:2: alert: found 'maybe'; write true or false",
                "tables/rarc.csv:2: effective: found '1/1/97'; write a day, such as 2026-01-01",
                "tables/rarc.csv:3: code: found 'X1'; write a remark code, such as N386",
                "tables/rarc.csv:3: ends: found 1996-12-31 before effective 1997-01-01; write a later day",
            ],
        ),
        (
            "code,effective,ends,alert\nM51,1997-01-01,2000-01-01,true\nM51,2000-01-01,,true\n",
            ["tables/rarc.csv:3: code: found M51 twice on one day; write spans of days that do not overlap"],
        ),
    ],
)
def test_rows_of_a_table_are_told_by_file_and_row(csv: str, told: list[str]):
    assert mistakes(small_set(TABLES | {"rarc": csv})) == told


def test_a_table_that_was_changed_is_told_with_its_new_checksum():
    files = small_set()
    files["tables/carc.csv"] += b"31,1995-01-01,,,false,\n"
    (told,) = mistakes(files)
    assert re.fullmatch(
        r"tables/carc\.yaml:11: versions\[2015-10-01\]\.sha256: found a checksum that is not that of tables/carc\.csv; "
        r"write [0-9a-f]{64} if the file is meant so",
        told,
    )


def test_rules_of_the_engine_without_an_answer_and_answers_without_a_rule_are_told():
    assert mistakes(small_set(), ("exact-duplicate", "copay")) == [
        "guidance/all.yaml:6: rules: found no answer for copay on 2025-01-01; write copay under rules",
        f"guidance/all.yaml:8: {V}.rules.billing-npi.invalid: found an answer for billing-npi.invalid, "
        "which is no rule of the engine; leave it out",
    ]


def test_an_answer_of_a_kind_that_its_rule_may_not_have_is_told():
    kinds = {"exact-duplicate": (Verdict.PEND, Verdict.REJECT), "billing-npi.invalid": (Verdict.REJECT,)}
    with pytest.raises(PolicyErrors) as refused:
        compile_policies(small_set(), kinds)
    (mistake,) = map(str, refused.value.errors)
    assert (
        "exact-duplicate: found deny for exact-duplicate, which may not be answered so; write pend or reject" in mistake
    )


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ("unsupported.encounter", {"PEND"}),
        ("pricing.no-fee", {"PEND"}),
        ("copay", {"REDUCE"}),
        ("contract-allowance", {"REDUCE"}),
        ("exact-duplicate", {"PEND", "DENY", "REJECT"}),
        ("fault", {"FAULT"}),
    ],
)
def test_no_rule_of_the_engine_can_be_answered_so_that_it_lets_through_what_must_not_pass(rule: str, kinds: set[str]):
    assert {verdict.name for verdict in RULES[rule]} == kinds


def test_two_answers_for_one_rule_are_told():
    files = small_set(guidance__more=DOCUMENTS["guidance/all.yaml"])
    assert mistakes(files, ("exact-duplicate", "billing-npi.invalid")) == [
        f"guidance/more.yaml:7: {V}.rules.exact-duplicate: found a second answer for exact-duplicate; "
        "write it in guidance/all.yaml only",
        f"guidance/more.yaml:8: {V}.rules.billing-npi.invalid: found a second answer for billing-npi.invalid; "
        "write it in guidance/all.yaml only",
    ]


def test_a_newer_version_that_loses_an_answer_or_a_next_step_is_told():
    newer = f"""\
versions:
  - effective: 2026-01-01
    {CITE}
    rules:
      exact-duplicate:
        {{deny: "18", cause: Sent before., who: biller, step: Post the first answer., remedy: none, patient: Nothing.}}
    reasons:
      "6": {{cause: Age., who: biller, step: Check the age., remedy: replacement, patient: Nothing.}}
      pend/clinical: {{cause: In review., who: payer, step: Wait., remedy: wait, patient: Nothing.}}
"""
    files = small_set(guidance__all=DOCUMENTS["guidance/all.yaml"].replace("versions:\n", newer))
    assert mistakes(files, ("exact-duplicate", "billing-npi.invalid")) == [
        f"authorization/list.yaml:10: {V}.services[anesthesia].otherwise.deny: "
        "found no guidance for CO-197 on 2026-01-01; write CO-197 or 197 in guidance/",
        "guidance/all.yaml:6: rules: found no answer for billing-npi.invalid on 2026-01-01; "
        "write billing-npi.invalid under rules",
    ]


def test_all_mistakes_of_all_files_are_told_at_once():
    files = small_set() | {
        path: small_set()[path].replace(old, new)
        for path, old, new in (
            ("payer.yaml", b"contracts/outside", b"contracts/nowhere"),
            ("plans/test.yaml", b"for: any", b"for: [00100]"),
            ("coverage/screening.yaml", b"min: 45", b"min: forty-five"),
            ("tables/rarc.yaml", b"layout: code-list", b"layout: other"),
        )
    }
    told = mistakes(files)
    assert [line.partition(":")[0] for line in told] == [
        "coverage/screening.yaml",
        "payer.yaml",
        "plans/test.yaml",
        "tables/rarc.yaml",
    ]
    assert not any(word in line for line in told for word in ("Error", "str", "int", "dict", "NoneType", "tuple"))
