"""Which of a person's payers pays first, and the rule that says so (domain/05 section 1).

Plans of employers and of persons stand in the order of the NAIC model regulation on coordination (Model 120, section 6): the first
rule that decides counts. Where Medicare is one of two payers, the Medicare Secondary Payer rules decide (section 1862(b) of the
Social Security Act, 42 CFR 411.20-411.206). TRICARE, Medicaid and the programs behind it pay after these. Where a fact is missing
that a rule asks for, no later rule is asked: the answer names the fact.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import msgspec

from adjudicator.model.dates import ONE_DAY, Span, months_before
from adjudicator.model.other_coverage import CoverageKind, Holder, KnownCoverage, MedicareReason, Parents
from adjudicator.policy.coordination import OrderRules

LIABLE = (CoverageKind.WORK, CoverageKind.NO_FAULT, CoverageKind.LIABILITY, CoverageKind.BLACK_LUNG)
"""Who pays only for what one event or illness has caused; they have no place in the order of the others."""

_LATER = {
    CoverageKind.TRICARE: (1, "TRICARE pays after other plans (32 CFR 199.8)"),
    CoverageKind.MEDICAID: (2, "Medicaid is the payer of last resort (42 CFR 433.139)"),
    CoverageKind.PUBLIC_PROGRAM: (3, "a public program pays after Medicaid"),
}
"""Who pays after the plans of employers, of persons and Medicare: the place, and why."""
_CUSTODY = (Holder.CUSTODIAL, Holder.CUSTODIAL_SPOUSE, Holder.OTHER, Holder.OTHER_SPOUSE)
"""The order of the coverages of parents who live apart, where no decree decides."""
_BY_REASON = {
    MedicareReason.AGE: "Medicare by age and a plan by present work",
    MedicareReason.DISABILITY: "Medicare by disability and a plan by present work",
}


class Order(msgspec.Struct, frozen=True):
    """Which of two coverages pays first."""

    first: KnownCoverage | None
    """None where both share equally, where they do not pay beside each other, or where something is missing."""
    rule: str
    """The rule that says so, in words."""
    missing: str = ""
    """The fact without which the rule cannot decide."""


class Ranked(msgspec.Struct, frozen=True):
    """One other payer's place beside ours."""

    payer: KnownCoverage
    rule: str
    missing: str = ""


class PlaceOfOurs(msgspec.Struct, frozen=True):
    """Who pays before us and who after on one day."""

    earlier: tuple[Ranked, ...] = ()
    later: tuple[Ranked, ...] = ()
    equal: tuple[Ranked, ...] = ()
    """With whom we share equally, since no rule decides."""
    apart: tuple[Ranked, ...] = ()
    """Who does not pay beside another payer: one of the two is billed, not both."""
    unknown: tuple[Ranked, ...] = ()
    """Whose place a missing fact would tell."""


EQUAL_SHARES = (
    "no rule of the order decides, so both share the allowable expense equally, and neither pays more than it would as "
    "the first"
)
APART = "care that the Department of Veterans Affairs authorizes is billed to it alone"


def place_of_ours(ours: KnownCoverage, others: Iterable[KnownCoverage], rules: OrderRules, day: dt.date) -> PlaceOfOurs:
    """Our place among all payers of a person on a day; who is liable for an event or an illness alone is left out.

    Args:
        ours: our coverage, of the kind that the plan is.
        others: what is known of the others; those of other days are left out.
        rules: the figures of the law.
        day: the day of service.
    """
    known = [other for other in others if other.span.covers(day) and other.kind not in LIABLE]
    medicare = next((other for other in known if other.kind is CoverageKind.MEDICARE), None)
    earlier: list[Ranked] = []
    later: list[Ranked] = []
    equal: list[Ranked] = []
    apart: list[Ranked] = []
    unknown: list[Ranked] = []
    for other in known:
        order = first_of(ours, other, rules, day, medicare)
        ranked = Ranked(other, order.rule, order.missing)
        if order.missing:
            unknown.append(ranked)
        elif order.first is None:
            (apart if order.rule == APART else equal).append(ranked)
        else:
            (later if order.first is ours else earlier).append(ranked)
    return PlaceOfOurs(tuple(earlier), tuple(later), tuple(equal), tuple(apart), tuple(unknown))


def first_of(
    one: KnownCoverage, other: KnownCoverage, rules: OrderRules, day: dt.date, medicare: KnownCoverage | None = None
) -> Order:
    """Which of two coverages of a person pays first on a day.

    Args:
        one: a coverage of the person; not one of ``LIABLE``.
        other: another.
        rules: the figures of the law.
        day: the day of service.
        medicare: the person's Medicare, if there is any, which can turn the order of two plans.
    """
    if CoverageKind.VETERANS in (one.kind, other.kind):
        return Order(None, APART)
    ranks = [_LATER.get(coverage.kind, (0, "")) for coverage in (one, other)]
    if ranks[0] != ranks[1]:
        return Order(one if ranks[0] < ranks[1] else other, max(ranks)[1])
    if CoverageKind.MEDICARE in (one.kind, other.kind) or ranks[0][0]:
        if one.kind is other.kind:
            return Order(
                None, "a person has one coverage of a kind", f"which {one.kind.value} coverage is the person's"
            )
        return _beside_medicare(*((other, one) if one.kind is CoverageKind.MEDICARE else (one, other)), rules, day)
    return _of_plans(one, other, rules, day, medicare)


def first_among(
    payers: Sequence[KnownCoverage], rules: OrderRules, day: dt.date, medicare: KnownCoverage | None = None
) -> KnownCoverage | None:
    """The one of a person's other payers that pays before each of the rest; None where no rule or no fact tells.

    Args:
        payers: whose order is asked; none of ``LIABLE``.
        rules: the figures of the law.
        day: the day of service.
        medicare: the person's Medicare, if there is any, which can turn the order of two plans.
    """
    for one in payers:
        if all(other is one or first_of(one, other, rules, day, medicare).first is one for other in payers):
            return one
    return None


def kidney_months_of(eligible_on: dt.date, rules: OrderRules) -> Span:
    """The months for which any group plan pays before Medicare by kidney disease (42 CFR 411.162(b))."""
    first = eligible_on.replace(day=1)
    return Span(first, months_before(first, -rules.kidney_months) - ONE_DAY)


def _beside_medicare(plan: KnownCoverage, medicare: KnownCoverage, rules: OrderRules, day: dt.date) -> Order:
    """The order of Medicare and the plan of an employer or a person (42 CFR 411.162, 411.172, 411.204)."""
    if plan.kind is not CoverageKind.GROUP:
        return Order(medicare, "Medicare pays before a policy that a person has bought")
    reason = medicare.medicare_reason
    if reason is None:
        return Order(None, "Medicare beside a group plan", "why the person has Medicare (age, disability, kidney)")
    if reason is MedicareReason.KIDNEY:
        rule = f"for {rules.kidney_months} months any group plan pays before Medicare by kidney disease"
        if medicare.eligible_on is None:
            return Order(None, rule, "the first month of eligibility for Medicare by kidney disease")
        months = kidney_months_of(medicare.eligible_on, rules)
        if months.begins_after(day):
            return Order(plan, "the eligibility for Medicare by kidney disease has not begun")
        if months.covers(day):
            return Order(plan, rule)
        return Order(
            medicare, f"after {rules.kidney_months} months Medicare by kidney disease pays before a group plan"
        )
    if plan.continuation or plan.active is False:
        return Order(medicare, "Medicare pays before a plan that does not stand on present work")
    least = rules.aged_employees if reason is MedicareReason.AGE else rules.disabled_employees
    if plan.employees is not None and plan.employees < least:
        # Medicare pays first by the size with present work and without it: nobody needs to be asked.
        rule = f"Medicare by {reason.value} pays before the plan of an employer of fewer than {least} people"
        return Order(medicare, rule)
    if plan.active is None:
        return Order(None, _BY_REASON[reason], f"whether {plan.name} stands on present work")
    if plan.employees is None:
        return Order(None, _BY_REASON[reason], f"how many people the employer of {plan.name} employs")
    return Order(plan, f"{_BY_REASON[reason]} with an employer of {least} people or more")


def _of_plans(
    one: KnownCoverage, other: KnownCoverage, rules: OrderRules, day: dt.date, medicare: KnownCoverage | None
) -> Order:
    """The order of two plans of employers or persons (NAIC Model 120, section 6)."""
    if one.coordinates != other.coordinates:
        return _first(
            one, other, lambda plan: plan.coordinates, "a plan without a provision on coordination pays first"
        )
    for plan in (one, other):
        if plan.dependent is None:
            return Order(
                None, "non-dependent before dependent", f"whether {plan.name} covers the person as a dependent"
            )
    if one.dependent != other.dependent:
        own, dependents = (other, one) if one.dependent else (one, other)
        turned = _medicare_between(own, dependents, medicare, rules, day)
        if turned is not None:
            return turned
        return Order(own, "the plan that covers the person as no dependent pays first")
    if one.dependent:
        order = _of_a_child(one, other)
        if order is not None:
            return order
    return _by_work(one, other)


def _medicare_between(
    own: KnownCoverage, dependents: KnownCoverage, medicare: KnownCoverage | None, rules: OrderRules, day: dt.date
) -> Order | None:
    """The order where Medicare pays after the plan as a dependent and before the other; None where it does not.

    A fact is missing only where it would tell: Medicare before the plan as a dependent, or after the other, turns nothing.
    """
    if medicare is None:
        return None
    after, before = (_beside_medicare(plan, medicare, rules, day) for plan in (dependents, own))
    if after.first is medicare or before.first is own:
        return None
    rule = "Medicare pays after the plan as a dependent and before the other, which turns their order"
    return Order(None if after.missing or before.missing else dependents, rule, after.missing or before.missing)


def _of_a_child(one: KnownCoverage, other: KnownCoverage) -> Order | None:
    """The order of a child's coverages by its parents; None where one person holds both."""
    if one.holder is other.holder is Holder.SPOUSE:
        return None
    if Holder.SPOUSE in (one.holder, other.holder):
        parents_plan = other if one.holder is Holder.SPOUSE else one
        if (parents_plan.holder, parents_plan.parents, parents_plan.holder_born_on) == (None, None, None):
            return Order(
                None, "coverages by a spouse and a parent", f"whether the spouse or a parent holds {parents_plan.name}"
            )
        return _longer(one, other)
    parents = one.parents or other.parents
    if parents is None or (other.parents or parents) is not parents:
        return Order(None, "coverages of a child", "whether the child's parents live together, alike for each coverage")
    if parents is Parents.APART:
        decreed = "the plan of the parent whom a court decree makes responsible pays first"
        if one.decreed and other.decreed:
            if _held_by_one(one, other):
                return None
            return Order(None, decreed, "which parent the decree makes responsible")
        if one.decreed or other.decreed:
            return _first(one, other, lambda plan: not plan.decreed, decreed)
        rule = "custodial parent, custodial parent's spouse, other parent, other parent's spouse"
        if _held_by_one(one, other):
            return None
        for plan in (one, other):
            if plan.holder is None:
                return Order(None, rule, f"which parent holds {plan.name}")
        if one.holder is other.holder:
            return None
        return Order(min((one, other), key=lambda plan: _CUSTODY.index(plan.holder or Holder.OTHER)), rule)
    rule = "the plan of the parent whose birthday comes first in the year pays first"
    for plan in (one, other):
        if plan.holder_born_on is None:
            return Order(None, rule, f"the birthday of the parent who holds {plan.name}")
    birthdays = [(plan.holder_born_on.month, plan.holder_born_on.day) for plan in (one, other) if plan.holder_born_on]
    if birthdays[0] == birthdays[1]:
        return None if _held_by_one(one, other) else _longer(one, other)
    return Order(one if birthdays[0] < birthdays[1] else other, rule)


def _held_by_one(one: KnownCoverage, other: KnownCoverage) -> bool:
    """Whether one parent holds both coverages of a child, so that none of a child's rules tells them apart.

    The whole birth date says it, unless the coverages name different parents; where it is not known of both, the parent does.
    """
    if one.holder_born_on and other.holder_born_on:
        born_alike = one.holder_born_on == other.holder_born_on
        return born_alike and (one.holder is other.holder or None in (one.holder, other.holder))
    return one.holder is not None and one.holder is other.holder


def _by_work(one: KnownCoverage, other: KnownCoverage) -> Order:
    """The order of plans by active and inactive, then by continuation, then by the longer.

    Only plans of employers know of work. The model regulation ignores the first of the rules where one plan lacks it and the
    plans disagree for that: with the rule in both it decides, and without it in one the others do, whatever that one says.
    """
    if one.kind is other.kind is CoverageKind.GROUP:
        if one.asks_for_activity and other.asks_for_activity:
            rule = "the plan of an active employee pays before that of one laid off or retired"
            for plan in (one, other):
                if plan.active is None:
                    return Order(None, rule, f"whether {plan.name} stands on present work")
            if one.active != other.active:
                return _first(one, other, lambda plan: not plan.active, rule)
        rule = "coverage that only continues under a law pays after other coverage"
        for plan in (one, other):
            if plan.continuation is None:
                return Order(None, rule, f"whether {plan.name} only continues under a law (COBRA)")
        if one.continuation != other.continuation:
            return _first(one, other, lambda plan: bool(plan.continuation), rule)
    return _longer(one, other)


def _first(one: KnownCoverage, other: KnownCoverage, is_later: Callable[[KnownCoverage], bool], rule: str) -> Order:
    return Order(other if is_later(one) else one, rule)


def _longer(one: KnownCoverage, other: KnownCoverage) -> Order:
    """The plan that has covered the person longer; equal shares where both began on one day."""
    rule = "the plan that has covered the person longer pays first"
    since = [plan.covered_since or plan.span.effective for plan in (one, other)]
    if since[0] == since[1]:
        return Order(None, EQUAL_SHARES)
    return Order(one if since[0] < since[1] else other, rule)
