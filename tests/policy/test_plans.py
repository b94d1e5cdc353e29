"""What a plan may say: structures of limits, variants of cost share, exclusions and benefit limits; and every mistake in it."""

import datetime as dt

import pytest

from adjudicator.policy.document import Document
from adjudicator.policy.load import PolicyErrors, compile_policies
from adjudicator.policy.plan import BenefitLimit, CarryOver, CostShareTerms, Counting, LimitPair, OwnLimits, PlanVersion
from tests.policy.small_set import CITE, DOCUMENTS, PLAN, TABLES, small_set

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
        ("{individual: 4000.00, people: 2, structure: n-person}", LimitPair(400_000, None, people=2)),
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
        ("{individual: 1.00, structure: n-person}", "found structure n-person without people; write people"),
        (
            "{individual: 1.00, people: 0, structure: n-person}",
            "found people: 0; write how many meet it for the family, from 1",
        ),
        (
            "{individual: 1.00, family: 2.00, people: 2, structure: embedded}",
            "found structure embedded with people; leave it out",
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


def test_a_plan_may_have_a_year_of_its_own_and_carry_over():
    plan = read()
    assert (plan.year_starts, plan.carry_over) == ((1, 1), None)
    order = "cost_share_order: [copay, deductible, coinsurance]"
    plan = read(order, f"{order}\n    year_starts: 07-01\n    carry_over: {{months: 3}}")
    assert (plan.year_starts, plan.carry_over) == ((7, 1), CarryOver(months=3, accumulators=("deductible",)))
    plan = read(order, f"{order}\n    carry_over: {{months: 1, accumulators: [deductible, out_of_pocket]}}")
    assert plan.carry_over == CarryOver(months=1, accumulators=("deductible", "out_of_pocket"))
    assert read(order, f"{order}\n    year_starts: 02-29").year_starts == (2, 29)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("year_starts: 02-30", "year_starts: found '02-30'; write a month and day, such as 07-01"),
        ("year_starts: July", "year_starts: found 'July'; write a month and day, such as 07-01"),
        ("carry_over: {months: 0}", "carry_over: found months 0; write a number from 1 to 11"),
        ("carry_over: {months: 12}", "carry_over: found months 12; write a number from 1 to 11"),
    ],
)
def test_mistakes_in_the_plans_year_are_told(written: str, told: str):
    order = "cost_share_order: [copay, deductible, coinsurance]"
    assert mistakes(order, f"{order}\n    {written}") == [f"plans/test.yaml:9: {V}.{told}"]


def test_a_plan_may_end_copays_at_a_maximum():
    assert read().in_network.copays is None
    plan = read(EMBEDDED, f"{EMBEDDED}\n      copays: {{individual: 200.00, family: 400.00, structure: embedded}}")
    assert plan.in_network.copays == LimitPair(20_000, 40_000)
    assert plan.out_of_network.copays is None


@pytest.mark.parametrize("name", ["copays", "deductible"])
def test_a_familys_maximum_is_no_less_than_a_persons(name: str):
    limit = "{individual: 400.00, family: 399.99, structure: embedded}"
    old = (
        "deductible: {individual: 1000.00, family: 2000.00, structure: embedded}" if name == "deductible" else EMBEDDED
    )
    new = f"{name}: {limit}" if name == "deductible" else f"{EMBEDDED}\n      copays: {limit}"
    line = 10 if name == "deductible" else 12
    assert mistakes(old, new) == [
        f"plans/test.yaml:{line}: {V}.in_network.{name}.family: found less than individual; write at least the individual amount"
    ]


@pytest.mark.parametrize(
    ("copays", "word"),
    [
        ("{individual: 0.00, structure: individual}", "individual"),
        ("{individual: 0.00, family: 10.00, structure: embedded}", "individual"),
        ("{family: 0.00, structure: aggregate}", "family"),
        ("{individual: 0.01, family: 0.01, structure: embedded}", ""),
    ],
)
def test_a_maximum_of_copays_leaves_some_to_owe(copays: str, word: str):
    limit = "deductible: {individual: 1000.00, family: 2000.00, structure: embedded}"
    if not word:
        assert read(limit, f"{limit}\n      copays: {copays}").in_network.copays == LimitPair(1, 1)
        return
    assert mistakes(limit, f"{limit}\n      copays: {copays}") == [
        f"plans/test.yaml:11: {V}.in_network.copays.{word}: found 0, by which no copay is ever owed; write an amount above 0, or "
        "waivers where none is owed"
    ]


ORDER = "cost_share_order: [copay, deductible, coinsurance]"


def with_another(own_limits: str, **other: str) -> dict[str, Document[PlanVersion]]:
    """The plans of a set with a second one, of whose text parts are changed."""
    text = PLAN
    for old, new in other.items():
        text = text.replace(old, new)
    plan = PLAN.replace(ORDER, f"{ORDER}\n    own_limits: {own_limits}")
    files = small_set(CODES, plans__test=plan, plans__other=text, guidance__all=EXPLAINED)
    return dict(compile_policies(files).plans)


def test_a_plan_may_have_limits_of_its_own_with_credits():
    assert read().own_limits is None
    assert read(ORDER, f"{ORDER}\n    own_limits: {{}}").own_limits == OwnLimits()
    plan = with_another("{credits: [plans/other], accumulators: [deductible]}")["plans/test"].versions[0]
    assert plan.own_limits == OwnLimits(credits=("plans/other",), accumulators=("deductible",))
    assert (plan.kept_in("in_network"), read().kept_in("in_network")) == ("in_network of plans/test", "in_network")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "{credits: [plans/none]}",
            ".own_limits.credits[1]: found plans/none, which is not there; write the path of a plan",
        ),
        (
            "{credits: [plans/test]}",
            ".own_limits.credits[1]: found plans/test itself, whose own use counts anyway; leave it out",
        ),
        (
            "{accumulators: [deductible]}",
            ".own_limits: found accumulators without credits; write credits, or neither",
        ),
        (
            "{credits: [plans/other]}",
            ".own_limits.credits[1]: found plans/other, whose year starts on another day; leave it out",
        ),
    ],
)
def test_mistakes_in_credits_are_told(written: str, told: str):
    with pytest.raises(PolicyErrors) as refused:
        with_another(written, **{ORDER: f"{ORDER}\n    year_starts: 07-01"})
    assert [str(error) for error in refused.value.errors] == [f"plans/test.yaml:9: {V}{told}"]


def versions_of(*days: str, own_limits_from: str, year_starts: str = "01-01", until: str = "9999-12-31") -> str:
    """The plan's text with a version from each of some days, newest first; those between two days have limits of their own."""
    head, version = PLAN[: PLAN.index("  - effective")], PLAN[PLAN.index("  - effective") :]
    parts = []
    for day in days:
        own = "\n    own_limits: {}" if own_limits_from <= day < until else ""
        text = version.replace("2025-01-01", day, 1)
        parts.append(text.replace(ORDER, f'{ORDER}\n    year_starts: "{year_starts}"{own}'))
    return head + "".join(parts)


@pytest.mark.parametrize(
    ("day", "changes", "told"),
    [
        # from 1 July on what was used since 1 January would count no more
        ("2026-07-01", {"own_limits_from": "2026-07-01"}, "found own_limits from 2026-07-01"),
        ("2026-07-01", {"own_limits_from": "2025-01-01", "until": "2026-07-01"}, "found no own_limits from 2026-07-01"),
        # with the first day of a year nothing was used yet
        ("2026-01-01", {"own_limits_from": "2026-01-01"}, ""),
        ("2026-01-01", {"own_limits_from": "2025-01-01", "until": "2026-01-01"}, ""),
        ("2026-07-01", {"own_limits_from": "2026-07-01", "year_starts": "07-01"}, ""),
        ("2026-07-02", {"own_limits_from": "2026-07-02", "year_starts": "07-01"}, "found own_limits from 2026-07-02"),
        # 2026 has no 29 February
        ("2026-03-01", {"own_limits_from": "2026-03-01", "year_starts": "02-29"}, ""),
        ("2028-03-01", {"own_limits_from": "2028-03-01", "year_starts": "02-29"}, "found own_limits from 2028-03-01"),
        # another version within the year changes nothing of it
        ("2026-07-01", {"own_limits_from": "2025-01-01"}, ""),
    ],
)
def test_limits_become_the_plans_own_with_a_year(day: str, changes: dict[str, str], told: str):
    files = small_set(CODES, plans__test=versions_of(day, "2025-01-01", **changes), guidance__all=EXPLAINED)
    if not told:
        assert len(compile_policies(files).plans["plans/test"].versions) == 2
        return
    with pytest.raises(PolicyErrors) as refused:
        compile_policies(files)
    (error,) = map(str, refused.value.errors)
    assert error.startswith("plans/test.yaml:")
    assert told in error
    assert error.endswith("; change it with the first day of a year")


ENDED = f"  - effective: 2025-07-01\n    withdrawn: true\n    {CITE}\n"


@pytest.mark.parametrize(
    ("day", "credited"),
    # ended on 30 June 2025: within the year of what begins that day, and not of what begins in 2026
    [("2025-07-01", True), ("2025-12-31", True), ("2026-01-01", False)],
)
def test_a_plan_that_ended_within_the_year_can_be_credited(day: str, credited: bool):
    plan = PLAN.replace("2025-01-01", day, 1).replace(ORDER, f"{ORDER}\n    own_limits: {{credits: [plans/other]}}")
    other = PLAN.replace("  - effective", f"{ENDED}  - effective", 1)
    files = small_set(CODES, plans__test=plan, plans__other=other, guidance__all=EXPLAINED)
    if credited:
        assert compile_policies(files).plans["plans/test"].versions[0].own_limits == OwnLimits(("plans/other",))
        return
    with pytest.raises(PolicyErrors, match="which is in force on no day of this version"):
        compile_policies(files)


VARIANT = f"""\
kind: plan-variant
title: Test plan, variant
versions:
  - effective: 2025-01-01
    {CITE}
    of: plans/test
"""
NEWER = PLAN[PLAN.index("  - effective") :].replace("2025-01-01", "2026-01-01").replace("copay: 30.00", "copay: 40.00")


def varied(rows: str, plan: str = PLAN) -> tuple[PlanVersion, ...]:
    files = small_set(CODES, plans__test=plan, plans__variant=VARIANT + rows, guidance__all=EXPLAINED)
    return compile_policies(files).plans["plans/variant"].versions


def test_a_variant_has_what_it_says_and_else_what_its_plan_has():
    rows = (
        "    in_network:\n      deductible: {individual: 10.00, family: 20.00, structure: embedded}\n"
        "      out_of_pocket: {individual: 40.00, family: 80.00, structure: embedded}\n"
        "    benefits:\n      - {id: visit, in_network: {copay: 5.00}}\n"
    )
    (variant,), plan = varied(rows), read()
    assert (variant.document, variant.stamp) == ("plans/variant", "plans/variant@2025-01-01")
    assert (variant.in_network.deductible, variant.out_of_network) == (LimitPair(1000, 2000), plan.out_of_network)
    assert variant.benefits[0].in_network == CostShareTerms(copay_cents=500)
    assert variant.benefits[0].out_of_network == plan.benefits[0].out_of_network
    assert variant.benefits[1] == plan.benefits[1]
    assert (variant.product, variant.filing_limit_days) == (plan.product, plan.filing_limit_days)
    # what is used under either counts together, and so it does where their limits are their own
    assert variant.kept_in("in_network") == plan.kept_in("in_network") == "in_network"
    own = PLAN.replace(ORDER, f"{ORDER}\n    own_limits: {{}}")
    assert varied(rows, own)[0].kept_in("in_network") == "in_network of plans/test"


VISIT_FREE = "    benefits:\n      - {id: visit, in_network: {}}\n"


@pytest.mark.parametrize(
    ("of", "year_starts", "told"),
    [
        ("plans/test", "01-01", "found plans/variant, a variant of this plan, whose use counts anyway; leave it out"),
        ("plans/other", "07-01", "found plans/variant, whose year starts on another day; leave it out"),
        ("plans/other", "01-01", ""),
    ],
)
def test_a_variant_that_is_credited_is_another_plans_of_the_same_year(of: str, year_starts: str, told: str):
    files = small_set(
        CODES,
        plans__test=PLAN.replace(ORDER, f"{ORDER}\n    own_limits: {{credits: [plans/variant]}}"),
        plans__other=PLAN.replace(ORDER, f'{ORDER}\n    year_starts: "{year_starts}"'),
        plans__variant=VARIANT.replace("plans/test", of) + VISIT_FREE,
        guidance__all=EXPLAINED,
    )
    if not told:
        assert compile_policies(files).plans["plans/test"].versions[0].own_limits == OwnLimits(("plans/variant",))
        return
    with pytest.raises(PolicyErrors) as refused:
        compile_policies(files)
    assert [str(error) for error in refused.value.errors] == [f"plans/test.yaml:9: {V}.own_limits.credits[1]: {told}"]


def test_a_variant_follows_the_versions_of_its_plan():
    rows = "    waivers:\n      - {id: free, quote: You owe nothing., for: [sets/visits], tier: in_network}\n"
    newer, older = varied(rows, PLAN.replace("versions:\n", f"versions:\n{NEWER}"))
    assert (newer.span.effective, older.span.ends) == (dt.date(2026, 1, 1), dt.date(2025, 12, 31))
    assert [version.benefits[0].in_network.copay_cents for version in (newer, older)] == [4000, 3000]
    assert [(w.id, w.policy, w.tier) for w in newer.waivers] == [("free", "plans/variant@2026-01-01", "in_network")]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("", "found no difference; write in_network, out_of_network, benefits or waivers"),
        (
            "    benefits:\n      - {id: dental, in_network: {}}\n",
            ".benefits[dental].id: found dental, which plans/test has not; write one of its benefits",
        ),
        (
            "    benefits:\n      - {id: visit}\n",
            ".benefits[visit]: found no difference; write in_network or out_of_network",
        ),
        (
            "    benefits:\n      - {id: visit, in_network: {}}\n      - {id: visit, out_of_network: {}}\n",
            ".benefits[visit].id: found visit a second time; write another id",
        ),
        (
            "    benefits:\n      - {id: visit, in_network: {covered: false, copay: 5.00}}\n",
            ".benefits[visit].in_network: found a cost share beside covered: false; leave the cost share out",
        ),
        (
            "    waivers:\n      - {id: one, quote: One., for: any}\n      - {id: one, quote: Two., for: any}\n",
            ".waivers[one].id: found one a second time; write another id",
        ),
    ],
)
def test_a_mistake_of_a_variant_is_told(rows: str, told: str):
    with pytest.raises(PolicyErrors) as refused:
        varied(rows)
    (error,) = refused.value.errors
    assert str(error).startswith("plans/variant.yaml:")
    assert str(error).endswith(told)


@pytest.mark.parametrize(
    ("of", "told"),
    [
        ("plans/none", "found plans/none, which is not there; write the path of a plan"),
        ("plans/variant", "found plans/variant, which is no plan of its own; write the plan that it is of"),
        ("plans/late", "found plans/late, which has no version on 2025-01-01; write a version of it for that day"),
    ],
)
def test_a_variant_is_of_a_plan_on_each_of_its_days(of: str, told: str):
    text = VARIANT.replace("plans/test", of) + "    benefits:\n      - {id: visit, in_network: {}}\n"
    late = PLAN.replace("2025-01-01", "2025-07-01")
    with pytest.raises(PolicyErrors) as refused:
        compile_policies(small_set(CODES, plans__variant=text, plans__late=late, guidance__all=EXPLAINED))
    assert [str(error) for error in refused.value.errors] == [f"plans/variant.yaml:6: {V}.of: {told}"]
