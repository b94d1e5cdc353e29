"""Copay, deductible, coinsurance and the out-of-pocket limit in the canonical order of domain/04 section 2."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from adjudicator.benefits.accumulators import DEDUCTIBLE, OUT_OF_POCKET, Accumulators, Overshoot
from adjudicator.benefits.covered import CoveredLine
from adjudicator.benefits.limits import Limits
from adjudicator.model.case import Case, Member
from adjudicator.model.decision import AccumulatorEntry, CostShare, Finding
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars, half_up_quotient
from adjudicator.policy.policy_set import CostShareTerms, PolicySet
from adjudicator.policy.terms import period_start

RULES = ("copay", "deductible", "coinsurance", "out-of-pocket-met", "accumulator-overshoot")
"""Rules that cost share may answer with."""


class SharedLine(msgspec.Struct, frozen=True):
    """A line's cost share, the entries it moves once the claim is final, and whether the out-of-pocket limit cut it."""

    covered: CoveredLine
    """What is covered of the line."""
    share: CostShare
    entries: tuple[AccumulatorEntry, ...]
    limited: bool
    owed: CostShareTerms
    """What the plan asks of the member for the line's benefit."""
    coinsurance_base_cents: int
    """Of what the coinsurance was taken."""


class Shared(msgspec.Struct, frozen=True):
    """What the member owes of each line, by line number, and what was found on the way."""

    lines: Mapping[int, SharedLine]
    findings: tuple[Finding, ...] = ()


def share_lines(case: Case, policies: PolicySet, lines: Sequence[CoveredLine]) -> Shared:
    """Work out what the member owes of what is covered of each line.

    Lines are taken by service date, then line number: crossing a deductible depends on the order, so it is fixed.
    """
    member = case.member
    if member is None or not lines:
        return Shared({})
    rows = sorted(lines, key=lambda covered: (covered.line.from_date, covered.line.number))
    shared = _shared(case, policies, member, rows, {})
    allotted = _allotted(shared.lines)
    return _shared(case, policies, member, rows, allotted) if allotted else shared


def _shared(
    case: Case, policies: PolicySet, member: Member, rows: Sequence[CoveredLine], allotted: Mapping[int, int]
) -> Shared:
    """Work through the lines in order; a line of which a benefit limit leaves nothing is denied and has no share."""
    accumulators, copays, limits = Accumulators(case, member), _Copays(case), Limits(case)
    lines: dict[int, SharedLine] = {}
    findings: list[Finding] = []
    for row in rows:
        number, allotted_cents = row.line.number, allotted.get(row.line.number)
        if not row.terms.plan.limits:
            lines[number] = _share(row, accumulators, copays, allotted_cents)
            continue
        limited = limits.before_share(row)
        if not limited.denied:
            shared = _share(limited.covered, accumulators, copays, allotted_cents)
            limited = limits.after_share(limited, shared.share.member_cents)
            uses = limits.take(limited, shared.share.member_cents)
            if uses:
                share = msgspec.structs.replace(shared.share, limits=uses)
                shared = msgspec.structs.replace(shared, covered=limited.covered, share=share)
            lines[number] = shared
        findings += limited.findings
    findings += _overshot(case, policies, accumulators.overshoots)
    return Shared(lines, tuple(findings))


class _Copays:
    """One copay a visit (the same billing provider on the same day) or a claim: of several the highest, in line order."""

    def __init__(self, case: Case) -> None:
        self._case = case

    @cached_property
    def _taken_cents(self) -> dict[dt.date | None, int]:
        """What was taken of copays, by day; under None of those that are due once a claim."""
        taken: dict[dt.date | None, int] = defaultdict(int)
        for earlier in self._case.history:
            if earlier.copay_cents and earlier.billing_tax_id == self._case.claim.billing.tax_id:
                taken[earlier.from_date] += earlier.copay_cents
        return taken

    def left_cents(self, visit: dt.date | None, copay_cents: int) -> int:
        return max(0, copay_cents - self._taken_cents[visit])

    def take(self, visit: dt.date | None, amount_cents: int) -> None:
        self._taken_cents[visit] += amount_cents


def _share(
    covered: CoveredLine,
    accumulators: Accumulators,
    copays: _Copays,
    allotted_cents: int | None,
) -> SharedLine:
    """One line's cost share: every step takes at most what is left, and the out-of-pocket limit caps the whole.

    Args:
        covered: the line, and what the member's share is taken of.
        accumulators: what is left of the limits; the line takes its part of them.
        copays: the copays taken so far; the line adds its own.
        allotted_cents: its part of coinsurance that is worked out for the claim; None where each line has its own.
    """
    line, terms, allowed_cents = covered.line, covered.terms, covered.allowed_cents
    day = line.from_date
    assert day is not None
    plan = terms.plan
    benefit = plan.benefit_for(line)
    owed = terms.cost_share(benefit)
    start = period_start(day)
    of_deductible, of_out_of_pocket = accumulators.under(terms, start)
    deductible_left_cents = of_deductible.left_cents()
    out_of_pocket_left_cents = of_out_of_pocket.left_cents()
    left_cents, copay, deductible, coinsurance, base_cents = allowed_cents, 0, 0, 0, 0
    visit = None if owed.copay_per_claim else day
    # What the copay takes of the deductible, in plans in which it counts toward that.
    in_deductible = 0
    for step in plan.cost_share_order:
        if step == "copay" and owed.copay_cents and not line.copay_exempt:
            copay = min(left_cents, copays.left_cents(visit, owed.copay_cents))
            left_cents -= copay
            if DEDUCTIBLE in plan.copay_counts_toward:
                in_deductible = min(copay, deductible_left_cents - deductible)
        elif step == "deductible" and owed.deductible:
            deductible = min(left_cents, deductible_left_cents - in_deductible)
            left_cents -= deductible
        elif step == "coinsurance" and owed.coinsurance_basis_points:
            base_cents = allowed_cents - deductible - (copay if owed.copay_reduces_coinsurance else 0)
            if allotted_cents is None:
                coinsurance = half_up_quotient(base_cents * owed.coinsurance_basis_points, WHOLE_BASIS_POINTS)
            else:
                coinsurance = allotted_cents
            coinsurance = min(left_cents, coinsurance)
            left_cents -= coinsurance
    copay_counts = OUT_OF_POCKET in plan.copay_counts_toward
    toward_limit = deductible + coinsurance + (copay if copay_counts else 0)
    limited = toward_limit > out_of_pocket_left_cents
    if limited:
        shares = {"copay": copay, "deductible": deductible, "coinsurance": coinsurance}
        over_cents = toward_limit - out_of_pocket_left_cents
        for step in plan.out_of_pocket_reduces:
            if step != "copay" or copay_counts:
                gives_way_cents = min(shares[step], over_cents)
                shares[step] -= gives_way_cents
                over_cents -= gives_way_cents
        copay, deductible, coinsurance = shares["copay"], shares["deductible"], shares["coinsurance"]
        in_deductible = min(in_deductible, copay)
        toward_limit = out_of_pocket_left_cents
    toward_deductible = deductible + in_deductible

    uses = of_deductible.uses(toward_deductible) if owed.deductible or in_deductible else ()
    if toward_limit or limited:
        uses += of_out_of_pocket.uses(toward_limit)
    first_entry = len(accumulators.entries)
    if copay:
        copays.take(visit, copay)
    of_deductible.take(line.number, toward_deductible)
    of_out_of_pocket.take(line.number, toward_limit)
    return SharedLine(
        covered=covered,
        share=CostShare(
            plan=plan.stamp,
            benefit=benefit.id,
            tier=terms.tier,
            copay_cents=copay,
            deductible_cents=deductible,
            coinsurance_cents=coinsurance,
            coinsurance_rate=owed.coinsurance_rate,
            deductible_left_cents=deductible_left_cents,
            out_of_pocket_left_cents=out_of_pocket_left_cents,
            uses=uses,
        ),
        entries=tuple(accumulators.entries[first_entry:]),
        limited=limited,
        owed=owed,
        coinsurance_base_cents=base_cents,
    )


def _allotted(lines: Mapping[int, SharedLine]) -> dict[int, int]:
    """Coinsurance that is due once a claim, allocated to its lines; empty where no benefit has such.

    It is rounded once over the lines of one benefit together. Each gets its part down to the cent, and the cents that are
    left go to the lines that lost most, the earlier of equals first (largest remainder, domain/04 row 12).
    """
    together: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    rates = {}
    for number, shared in lines.items():
        if shared.owed.coinsurance_per_claim:
            key = (shared.share.plan, shared.share.benefit, shared.share.tier)
            together[key].append((number, shared.coinsurance_base_cents))
            rates[key] = shared.owed.coinsurance_basis_points
    allotted: dict[int, int] = {}
    for key, bases in together.items():
        parts = {number: divmod(base_cents * rates[key], WHOLE_BASIS_POINTS) for number, base_cents in bases}
        total_cents = half_up_quotient(sum(base_cents for _, base_cents in bases) * rates[key], WHOLE_BASIS_POINTS)
        cents_over = total_cents - sum(cents for cents, _ in parts.values())
        lost_most = sorted(parts, key=lambda number: -parts[number][1])[:cents_over]
        allotted |= {number: cents + (number in lost_most) for number, (cents, _) in parts.items()}
    return allotted


def _overshot(case: Case, policies: PolicySet, overshoots: Iterable[Overshoot]) -> Iterable[Finding]:
    """What stands above its limit before the claim: told to our own people, who refund or reprocess what came last."""
    for found in overshoots:
        yield policies.answer("accumulator-overshoot", case.received_on).finding(
            f"The {found.owner}'s {found.accumulator.replace('_', ' ')} ({found.tier.replace('_', ' ')}) of the period from "
            f"{found.period_start} stands at {dollars(found.used_cents)}, "
            f"{dollars(found.used_cents - found.limit_cents)} over its limit of {dollars(found.limit_cents)}."
        )
