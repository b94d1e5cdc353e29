"""What stands in a limit in words: one form wherever one is told, of a line, of a claim or of a member (domain/04 section 5)."""

import datetime as dt

from adjudicator.benefits.accumulators import COPAYS, DEDUCTIBLE, OUT_OF_POCKET
from adjudicator.benefits.limits import amount_text
from adjudicator.model.decision import BenefitUse, LimitUse
from adjudicator.model.money import dollars

_NAMES = {DEDUCTIBLE: "deductible", OUT_OF_POCKET: "out-of-pocket limit", COPAYS: "copays"}


def accumulator_name(owner: str, accumulator: str, tier: str, period_start: dt.date | None) -> str:
    """An accumulator: ``member's deductible (in network) of the period from 2026-01-01``.

    Args:
        owner: ``member`` or ``family``, with or without its number, which is never told.
        accumulator: ``deductible``, ``out_of_pocket`` or ``copays``.
        tier: such as ``in_network``, or ``in_network of plans/solo``.
        period_start: first day of its period; None where the decision has not kept it.
    """
    period = f" of the period from {period_start}" if period_start else ""
    return f"{owner.partition(':')[0]}'s {_NAMES[accumulator]} ({tier.replace('_', ' ')}){period}"


def standing(name: str, used_cents: int, limit_cents: int) -> str:
    """What is left of a limit, or by how much it was overshot: ``The member's ...: 300.00 of 1,000.00 left``.

    What stands above a limit is told, never cut off silently (domain/04 row 17).
    """
    limit = dollars(limit_cents)
    if used_cents > limit_cents:
        return f"The {name}: {dollars(used_cents)} used, {dollars(used_cents - limit_cents)} over its limit of {limit}"
    return f"The {name}: {dollars(limit_cents - used_cents)} of {limit} left"


def limit_use(use: LimitUse) -> str:
    """A limit before and after a line: ``...: 300.00 of 1,000.00 left, 300.00 applied; 0.00 left after this line``.

    Of a limit that was met before the line it says so, and that for that reason nothing is owed toward it.
    """
    name = accumulator_name(use.owner, use.accumulator, use.tier, use.period_start)
    if use.people and use.people_met >= use.people:
        return (
            f"The {name}: met for the family by {use.people_met} of its people, of whom it takes {use.people}, 0.00 applied; "
            "nothing is owed toward it"
        )
    before = f"{standing(name, use.before_cents, use.limit_cents)}, {dollars(use.added_cents)} applied"
    others = f"; {use.people_met} of {use.people} others have met theirs" if use.people else ""
    if use.before_cents < use.limit_cents:
        left_cents = use.limit_cents - use.before_cents - use.added_cents
        return f"{before}; {dollars(max(0, left_cents))} left after this line{others}"
    met = "it is met" if use.limit_cents else "the plan asks for none"
    return f"{before}; {met}, so nothing is owed toward it{others}"


def benefit_use(use: BenefitUse) -> str:
    """A benefit limit before and after a line, in what it counts: ``...: 2 visits of 30 visits left, 1 visit applied; ...``."""
    left = max(0, use.most - use.before)
    before, most, added, after = (
        amount_text(use.counting, n) for n in (left, use.most, use.added, max(0, left - use.added))
    )
    return f"Benefit limit {use.limit}: {before} of {most} left, {added} applied; {after} left after this line"
