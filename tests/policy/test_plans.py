"""What a plan may say: structures of limits, variants of cost share, exclusions and benefit limits; and every mistake in it."""

import pytest

from adjudicator.policy.load import PolicyErrors, compile_policies
from adjudicator.policy.policy_set import BenefitLimit, Counting, LimitPair, PlanVersion
from tests.policy.small_set import DOCUMENTS, PLAN, TABLES, small_set

V = "versions[2025-01-01]"
CODES = {
    **TABLES,
    "carc": TABLES["carc"]
    + "35,1995-01-01,,,false,\n119,1995-01-01,,,false,\n149,2002-10-31,,,false,\n204,2007-02-28,,,false,\n",
}
EXPLAINED = DOCUMENTS["guidance/all.yaml"] + "".join(
    f'      "{carc}": {{cause: Not covered., who: biller, step: Bill., remedy: bill_patient, patient: The amount.}}\n'
    for carc in ("35", "50", "119", "149", "204")
)
EMBEDDED = "out_of_pocket: {individual: 4000.00, family: 8000.00, structure: embedded}"


def read(old: str = "", new: str = "", more: str = "") -> PlanVersion:
    """The small set's plan with one part of it changed, and with more rows at its end."""
    assert old in PLAN
    files = small_set(CODES, plans__test=PLAN.replace(old, new, 1) + more, guidance__all=EXPLAINED)
    return compile_policies(files).plans["plans/test"].versions[0]


def mistakes(old: str = "", new: str = "", more: str = "") -> list[str]:
    with pytest.raises(PolicyErrors) as told:
        read(old, new, more)
    return [str(error) for error in told.value.errors]


@pytest.mark.parametrize(
    ("written", "pair"),
    [
        ("{individual: 4000.00, family: 8000.00, structure: embedded}", LimitPair(400_000, 800_000)),
        ("{individual: 4000.00, structure: individual}", LimitPair(400_000, None)),
        ("{family: 8000.00, structure: aggregate}", LimitPair(None, 800_000)),
        ("{family: 21200.00, self_only_cap: 10600.00, structure: aggregate}", LimitPair(1_060_000, 2_120_000)),
    ],
)
def test_each_structure_has_its_amounts(written: str, pair: LimitPair):
    assert read(EMBEDDED, f"out_of_pocket: {written}").in_network.out_of_pocket == pair


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{individual: 1.00, structure: embedded}", "found structure embedded without family; write family"),
        ("{family: 1.00, structure: embedded}", "found structure embedded without individual; write individual"),
        (
            "{individual: 1.00, family: 2.00, structure: individual}",
            "found structure individual with family; leave it out",
        ),
        (
            "{individual: 1.00, family: 2.00, structure: aggregate}",
            "found structure aggregate with individual; leave it out",
        ),
        (
            "{individual: 1.00, family: 2.00, self_only_cap: 1.00, structure: embedded}",
            "found structure embedded with self_only_cap; leave it out",
        ),
    ],
)
def test_an_amount_of_another_structure_is_a_mistake(written: str, told: str):
    assert mistakes(EMBEDDED, f"out_of_pocket: {written}") == [
        f"plans/test.yaml:11: {V}.in_network.out_of_pocket: {told}"
    ]


def test_what_a_plan_leaves_out_is_as_it_is_in_most_plans():
    plan = read()
    assert plan.out_of_pocket_reduces == ("coinsurance", "copay", "deductible")
    assert plan.copay_counts_toward == ("out_of_pocket",)
    assert plan.in_network.counts_toward == plan.out_of_network.counts_toward == ""
    assert (plan.exclusions, plan.limits, plan.prompt_pay_days) == ((), (), None)
    visit = plan.benefits[0].in_network
    assert (visit.copay_per_claim, visit.copay_reduces_coinsurance, visit.coinsurance_per_claim) == (False, True, False)


def test_the_variants_of_cost_share_are_read():
    plan = read(
        "cost_share_order: [copay, deductible, coinsurance]",
        "cost_share_order: [deductible, copay, coinsurance]\n    prompt_pay_days: 30\n"
        "    out_of_pocket_reduces: [deductible, coinsurance, copay]\n    copay_counts_toward: [deductible]",
    )
    assert (plan.prompt_pay_days, plan.copay_counts_toward) == (30, ("deductible",))
    assert plan.out_of_pocket_reduces == ("deductible", "coinsurance", "copay")
    terms = (
        "{copay: 30.00, copay_per: claim, copay_reduces_coinsurance: false, coinsurance: 0.20, coinsurance_per: claim}"
    )
    visit = read("{copay: 30.00}", terms).benefits[0].in_network
    assert (visit.copay_per_claim, visit.copay_reduces_coinsurance, visit.coinsurance_per_claim) == (True, False, True)
    assert read("    in_network:\n", "    in_network:\n      counts_toward: out_of_network\n").in_network.counts_toward


def test_a_benefit_may_be_for_lines_with_a_modifier_only():
    row = "- {id: screening, for: any, modifiers: [25], in_network: {}, out_of_network: {}}\n      - {id: visit,"
    assert read("- {id: visit,", row).benefits[0].modifiers


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "cost_share_order: [copay, deductible, coinsurance]",
            "cost_share_order: [copay, deductible, coinsurance]\n    out_of_pocket_reduces: [copay]",
            f"plans/test.yaml:9: {V}.out_of_pocket_reduces: found [copay]; "
            "write copay, deductible and coinsurance once each",
        ),
        (
            "    in_network:\n",
            "    in_network:\n      counts_toward: in_network\n",
            f"plans/test.yaml:10: {V}.in_network.counts_toward: found in_network itself; write the other tier",
        ),
        (
            "{id: everything-else, for: any, in_network",
            '{id: everything-else, for: any, modifiers: ["25"], in_network',
            f"plans/test.yaml:17: {V}.benefits[everything-else]: found a last row for some codes; "
            "write a row `for: any` below it",
        ),
    ],
)
def test_a_mistake_of_cost_share_is_told(old: str, new: str, told: str):
    assert mistakes(old, new) == [told]


def a_limit(words: str) -> BenefitLimit:
    more = f"    limits:\n      - {{id: most, quote: So many., {words}}}\n"
    return read(more=more).limits[0]


@pytest.mark.parametrize(
    ("words", "counting", "most", "carc"),
    [
        ("for: [G0121], counting: visits, count: 20, per: year", Counting.VISITS, 20, "119"),
        ("for: [G0121], counting: days, count: 60, months: 12", Counting.DAYS, 60, "119"),
        ("for: [G0121], counting: units, count: 2.5, per: year", Counting.UNITS, 2500, "119"),
        ("for: [G0121], counting: allowed, amount: 1500.00, per: lifetime", Counting.ALLOWED, 150_000, "149"),
        ("for: any, counting: paid, amount: 1000000.00, per: lifetime", Counting.PAID, 100_000_000, "35"),
    ],
)
def test_a_limit_has_the_reason_of_its_period(words: str, counting: Counting, most: int, carc: str):
    limit = a_limit(words)
    assert (limit.counting, limit.most) == (counting, most)
    assert (limit.answer.rule, limit.answer.group, limit.answer.carc) == ("plans/test#most", "PR", carc)
    assert (limit.lifetime, limit.months) == ("lifetime" in words, 12 if "months" in words else 0)


def test_a_limit_may_have_a_tier_and_a_reason_of_its_own():
    words = 'for: any, counting: visits, count: 1, per: year, tier: in_network, otherwise: {deny: "6", remarks: [N129]}'
    limit = a_limit(words)
    assert (limit.tier, limit.answer.carc, limit.answer.group, limit.answer.remarks) == (
        "in_network",
        "6",
        "CO",
        ("N129",),
    )


ONLY = "above 0, and no"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "counting: visits, amount: 20.00, per: year",
            f"found counting visits without count alone; write count, {ONLY} amount",
        ),
        (
            "counting: paid, count: 20, per: year",
            f"found counting paid without amount alone; write amount, {ONLY} count",
        ),
        (
            "counting: visits, count: 0, per: year",
            f"found counting visits without count alone; write count, {ONLY} amount",
        ),
        ("counting: days, count: 1.5, per: year", "found a part of one of the days; write a whole number"),
        ("counting: days, count: 1", "found no single period; write either per or months, above 0"),
        (
            "counting: days, count: 1, per: year, months: 12",
            "found no single period; write either per or months, above 0",
        ),
        (
            'counting: days, count: 1, per: year, otherwise: {pend: clinical, ask: "Is it needed?"}',
            "found no denial of what is beyond the limit; write deny",
        ),
    ],
)
def test_a_mistake_of_a_limit_is_told(words: str, told: str):
    more = f"    limits:\n      - {{id: most, quote: So many., for: any, {words}}}\n"
    assert mistakes(more=more) == [f"plans/test.yaml:19: {V}.limits[most]: {told}"]


def test_what_is_beyond_a_limit_cannot_wait_for_a_clinician():
    more = (
        "    limits:\n      - {id: most, quote: So many., for: any, counting: days, count: 1, per: year, "
        'otherwise: {deny: "50"}}\n'
    )
    assert mistakes(more=more) == [
        f"plans/test.yaml:19: {V}.limits[most].otherwise.deny: found 50, which waits for a clinician; "
        "write a reason of used-up benefits"
    ]


def test_an_exclusion_is_not_covered_by_the_plan_unless_it_says_otherwise():
    more = """\
    exclusions:
      - {id: screening, quote: Screening is not covered., for: [G0121]}
      - {id: children, quote: Not for children., when: {age_years: {max: 17}}, then: {deny: "6", group: PR, remarks: [N129]}}
"""
    screening, children = read(more=more).exclusions
    assert (screening.answer.rule, screening.answer.group, screening.answer.carc) == (
        "plans/test#screening",
        "PR",
        "204",
    )
    assert screening.procedures and "G0121" in screening.procedures and screening.when is None
    assert (children.answer.carc, children.procedures) == ("6", None)
    assert children.when is not None


def test_every_limit_counts_whatever_stands_above_it():
    row = "quote: So many., for: [G0121], counting: visits, count"
    more = f"    limits:\n      - {{id: year, {row}: 20, per: year}}\n      - {{id: ever, {row}: 90, per: lifetime}}\n"
    assert len(read(more=more).limits) == 2


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "    exclusions:\n      - {id: nothing, quote: Nothing.}\n",
            f"plans/test.yaml:19: {V}.exclusions[nothing]: found an exclusion of nothing; write for, when or both",
        ),
        (
            "    exclusions:\n      - {id: one, quote: One., for: [G0121]}\n"
            "    limits:\n      - {id: one, quote: One., for: any, counting: days, count: 1, per: year}\n",
            f"plans/test.yaml:21: {V}.limits[one].id: found one a second time; write another id",
        ),
        (
            '    exclusions:\n      - {id: one, quote: One., for: [G0121], then: {deny: "999"}}\n',
            f"plans/test.yaml:19: {V}.exclusions[one].then.deny: found CARC 999, which no table lists; write a listed code",
        ),
        (
            "    exclusions:\n      - {id: one, quote: One., when: {plan: [plans/other]}}\n",
            f"plans/test.yaml:19: {V}.exclusions[one].when.plan[1]: found plans/other, which is not there; "
            "write the path of a plan",
        ),
    ],
)
def test_a_mistake_of_an_exclusion_is_told(rows: str, told: str):
    assert mistakes(more=rows) == [told]
