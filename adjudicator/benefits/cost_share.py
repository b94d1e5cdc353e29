"""Copay, deductible, coinsurance and the out-of-pocket limit in the canonical order of domain/04 section 2."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial

import msgspec

from adjudicator.benefits.accumulators import DEDUCTIBLE, OUT_OF_POCKET, Accumulator, Accumulators, Overshoot
from adjudicator.benefits.covered import CoveredLine
from adjudicator.benefits.limits import LimitedLine, Limits
from adjudicator.benefits.words import accumulator_name
from adjudicator.model.case import Case, Member
from adjudicator.model.decision import AccumulatorEntry, Coordination, CostShare, Finding
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars, half_up_quotient
from adjudicator.policy.plan import Benefit, CostShareTerms
from adjudicator.policy.policy_set import PolicySet

SHARES = ("deductible", "coinsurance", "copay")
"""Rules of the member's shares."""
NOT_BILLABLE = tuple(f"not-billable.{share}" for share in SHARES)
"""Rules of the shares of a member whom nobody may bill; they move accumulators as any others do."""
INITIAL_PAYMENT = "surprise-billing.initial-payment"
"""Rule of what the plan pays first of a protected line above the amount that its member's share was taken of."""
RULES = (*SHARES, *NOT_BILLABLE, "out-of-pocket-met", "accumulator-overshoot")
"""Rules that cost share may answer with."""


class Parts(msgspec.Struct, frozen=True):
    """The member's share of a line, in cents."""

    copay_cents: int
    deductible_cents: int
    coinsurance_cents: int

    @property
    def member_cents(self) -> int:
        """All of it."""
        return self.copay_cents + self.deductible_cents + self.coinsurance_cents

    def less(self, over_cents: int, gives_way: Iterable[str]) -> "Parts":
        """The share without so many cents, which its parts give up in an order, as far as they have them."""
        left = {"copay": self.copay_cents, "deductible": self.deductible_cents, "coinsurance": self.coinsurance_cents}
        for part in gives_way:
            taken_cents = min(left[part], over_cents)
            left[part] -= taken_cents
            over_cents -= taken_cents
        return Parts(left["copay"], left["deductible"], left["coinsurance"])


class Coordinated(msgspec.Struct, frozen=True):
    """What is left of a line to the plan and to the provider after earlier payers, in cents."""

    plan_cents: int
    told: Coordination
    """How it came about."""
    impact_cents: int
    """What earlier payers paid and took off the charge, as far as it bears on the line (OA-23)."""
    cut_cents: tuple[int, ...]
    """What each of the line's cuts still takes of the charge, in their order."""
    balance_cents: int = 0
    """What the patient owes besides the plan's own share: earlier payers left it, and our contract lets it be collected."""


class SharedLine(msgspec.Struct, frozen=True):
    """A line's cost share, the entries it moves once the claim is final, and whether the out-of-pocket limit cut it."""

    covered: CoveredLine
    """What is covered of the line."""
    share: CostShare
    entries: tuple[AccumulatorEntry, ...]
    limited: bool
    coordinated: Coordinated | None = None
    """What is left to the plan where others paid before it; None where it pays first."""

    @property
    def plan_cents(self) -> int:
        """The plan's part of the line."""
        if self.coordinated is not None:
            return self.coordinated.plan_cents
        return self.covered.allowed_cents + self.covered.above_cents - self.share.member_cents

    @property
    def above_cents(self) -> int:
        """What the plan pays first above what is covered; nothing where others paid before it."""
        return 0 if self.coordinated is not None else self.covered.above_cents

    @property
    def by_rule(self) -> Iterable[tuple[str, int]]:
        """Each share of the member in cents with the rule that tells it."""
        rules = NOT_BILLABLE if self.covered.terms.coverage.terms.not_billable else SHARES
        share = self.share
        return zip(rules, (share.deductible_cents, share.coinsurance_cents, share.copay_cents), strict=True)


class Shared(msgspec.Struct, frozen=True):
    """What the member owes of each line, by line number, and what was found on the way."""

    lines: Mapping[int, SharedLine]
    findings: tuple[Finding, ...] = ()


Maintain = Callable[[int], Parts]
"""The share of another covered amount of a line, in cents, where others paid before a plan that maintains its benefits."""
Within = Callable[[int], CoveredLine]
"""What limits on payments leave covered of a line of which the plan would not pay so many cents."""
AfterOthers = Callable[[CoveredLine, Parts, Within, Maintain], tuple[int, Parts, Coordinated]]
"""What others who paid before leave of a line: what the plan would not pay of the covered amount if it had no limit on payments,
what the patient really owes of the share, and what is left to the plan.

Its arguments are the line, its share as if the plan were the first, what limits on payments leave of it, and how another covered
amount would be shared.
"""


def first_payments(policies: PolicySet, shared: Shared) -> Iterable[Finding]:
    """Of each line of which the plan pays more first than was recognised, how much that is (45 CFR 149.110(b)(3)(iv))."""
    for number, line in shared.lines.items():
        if line.above_cents:
            recognized_cents = line.covered.allowed_cents
            yield policies.answer(INITIAL_PAYMENT, line.covered.terms.day).finding(
                f"The first payment of line {number} is {dollars(recognized_cents + line.above_cents)} with the member's share, "
                f"{dollars(line.above_cents)} above what was recognised, of which alone the share was taken.",
                number,
            )


def share_lines(
    case: Case, policies: PolicySet, lines: Sequence[CoveredLine], after_others: AfterOthers | None = None
) -> Shared:
    """Work out what the member owes of what is covered of each line.

    Lines are taken by service date, then line number: crossing a deductible depends on the order, so it is fixed. Each finds the
    limits as the lines before it have left them, so that two lines of a claim are shared as two claims would be.

    Args:
        case: the claim with its facts.
        policies: the payer's documents.
        lines: what is covered of each line.
        after_others: what others who paid before leave of a line; None where the plan pays first.
    """
    member = case.member
    if member is None or not lines:
        return Shared({})
    rows = sorted(lines, key=lambda covered: (covered.line.from_date, covered.line.number))
    shared, by_claim, maintained = _shared(case, policies, member, rows, after_others, {}, {})
    if by_claim:
        shared, *_ = _shared(case, policies, member, rows, after_others, _allotted(by_claim), _allotted(maintained))
    return shared


def _shared(
    case: Case,
    policies: PolicySet,
    member: Member,
    rows: Sequence[CoveredLine],
    after_others: AfterOthers | None,
    allotted: Mapping[int, int],
    maintained_allotted: Mapping[int, int],
) -> tuple[Shared, Mapping[int, "_Asked"], Mapping[int, "_Asked"]]:
    """Work through the lines in order; a line of which a benefit limit leaves nothing is denied and has no share.

    Returns:
        The shares; by line, what the plan asks of the member as the first payer where coinsurance is due once a claim; and the same
        of what others left, where the plan maintains its benefits.
    """
    accumulators = Accumulators(case.balances, policies, member.member_id, member.family_id)
    copays, limits = _Copays(case), Limits(case)
    maintained_copays = copays if after_others is None else _Copays(case, as_first=False)
    lines: dict[int, SharedLine] = {}
    by_claim: dict[int, _Asked] = {}
    maintained: dict[int, _Asked] = {}
    findings: list[Finding] = []

    def maintain(covered: CoveredLine, allowed_cents: int) -> Parts:
        number = covered.line.number
        covered = msgspec.structs.replace(covered, allowed_cents=allowed_cents)
        again = _asked(covered, accumulators, maintained_copays, maintained_allotted.get(number))
        if again.owed.coinsurance_per_claim:
            maintained[number] = again
        return again.parts

    for row in rows:
        number, covered, limited = row.line.number, row, None
        if row.terms.plan.limits:
            limited = limits.before_share(row)
            if limited.denied:
                findings += limited.findings
                continue
            covered = limited.covered
        asked = _asked(covered, accumulators, copays, allotted.get(number))
        if asked.owed.coinsurance_per_claim:
            by_claim[number] = asked
        parts, coordinated, unpaid_cents = asked.parts, None, asked.parts.member_cents
        if after_others is not None:
            within = partial(_within, limits, covered, limited)
            unpaid_cents, parts, coordinated = after_others(covered, parts, within, partial(maintain, covered))
            # What others left of a visit's one copay is taken of the next line, where the plan maintains its benefits.
            maintained_copays.take(asked.visit, parts.copay_cents)
        if limited is not None:
            limited = limits.after_share(limited, unpaid_cents)
            covered = limited.covered
            if limited.in_money:
                covered = msgspec.structs.replace(covered, initial_basis_points=WHOLE_BASIS_POINTS)
            findings += limited.findings
        shared = _taken(covered, asked, parts, coordinated, accumulators, copays)
        if limited is not None:
            uses = limits.take(limited, shared.plan_cents)
            if uses:
                share = msgspec.structs.replace(shared.share, limits=uses, covered_days=covered.covered_days)
                shared = msgspec.structs.replace(shared, share=share)
        lines[number] = shared
    findings += _overshot(case, policies, accumulators.overshoots)
    return Shared(lines, tuple(findings)), by_claim, maintained


def _within(limits: Limits, covered: CoveredLine, limited: LimitedLine | None, unpaid_cents: int) -> CoveredLine:
    return covered if limited is None else limits.after_share(limited, unpaid_cents).covered


class _Copays:
    """One copay a visit (the same billing provider on the same day) or a claim: of several the highest, in line order."""

    def __init__(self, case: Case, *, as_first: bool = True) -> None:
        """Start from earlier claims: what they took as if the plan were the first payer, or else what patients owed."""
        self._case = case
        self._as_first = as_first

    @cached_property
    def _taken_cents(self) -> dict[dt.date | None, int]:
        """What was taken of copays, by day; under None of those that are due once a claim."""
        taken: dict[dt.date | None, int] = defaultdict(int)
        for earlier in self._case.counted_history:
            cents = earlier.copay_cents
            if self._as_first and earlier.benefit_copay_cents is not None:
                cents = earlier.benefit_copay_cents
            if cents and earlier.billing_tax_id == self._case.claim.billing.tax_id:
                taken[earlier.from_date] += cents
        return taken

    def left_cents(self, visit: dt.date | None, copay_cents: int) -> int:
        return max(0, copay_cents - self._taken_cents[visit])

    def take(self, visit: dt.date | None, amount_cents: int) -> None:
        self._taken_cents[visit] += amount_cents


class _Asked(msgspec.Struct, frozen=True):
    """What the plan asks of the member for one line, before the line takes it of any limit."""

    covered: CoveredLine
    benefit: Benefit
    owed: CostShareTerms
    parts: Parts
    visit: dt.date | None
    """Whose one copay the line's is part of: the day's; None for the claim's."""
    limited: bool
    """Whether the out-of-pocket limit cut it."""
    in_deductible_cents: int
    """What the copay takes of the deductible, in plans in which it counts toward that."""
    coinsurance_base_cents: int
    of_deductible: Accumulator
    of_out_of_pocket: Accumulator
    of_copays: Accumulator | None
    """Where the line's copay is counted, and its maximum, if the plan has one; None where the line has no copay."""
    deductible_left_cents: int
    out_of_pocket_left_cents: int


def _asked(
    covered: CoveredLine,
    accumulators: Accumulators,
    copays: _Copays,
    allotted_cents: int | None,
) -> _Asked:
    """One line's cost share: every step takes at most what is left, and the out-of-pocket limit caps the whole.

    Args:
        covered: the line, and what the member's share is taken of.
        accumulators: what is left of the limits.
        copays: the copays taken so far.
        allotted_cents: its part of coinsurance that is worked out for the claim; None where each line has its own.
    """
    line, terms, allowed_cents = covered.line, covered.terms, covered.allowed_cents
    day = line.from_date
    assert day is not None
    plan = terms.plan
    benefit = plan.benefit_for(line)
    owed = terms.cost_share(benefit)
    of_deductible, of_out_of_pocket = accumulators.under(terms, day)
    of_copays = None
    if owed.copay_cents and not line.copay_exempt:
        of_copays = accumulators.copays_under(terms, day)
    deductible_left_cents = of_deductible.left_cents()
    out_of_pocket_left_cents = of_out_of_pocket.left_cents()
    left_cents, copay, deductible, coinsurance, base_cents = allowed_cents, 0, 0, 0, 0
    visit = None if owed.copay_per_claim else day
    in_deductible = 0
    for step in plan.cost_share_order:
        if step == "copay" and of_copays is not None:
            copay = of_copays.room_for(min(left_cents, copays.left_cents(visit, owed.copay_cents)))
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
    parts = Parts(copay, deductible, coinsurance)
    if limited:
        gives_way = [step for step in plan.out_of_pocket_reduces if step != "copay" or copay_counts]
        parts = parts.less(toward_limit - out_of_pocket_left_cents, gives_way)
        in_deductible = min(in_deductible, parts.copay_cents)
    return _Asked(
        covered,
        benefit,
        owed,
        parts,
        visit,
        limited,
        in_deductible,
        base_cents,
        of_deductible,
        of_out_of_pocket,
        of_copays,
        deductible_left_cents,
        out_of_pocket_left_cents,
    )


def _taken(
    covered: CoveredLine,
    asked: _Asked,
    parts: Parts,
    coordinated: Coordinated | None,
    accumulators: Accumulators,
    copays: _Copays,
) -> SharedLine:
    """One line's cost share, once it has taken its part of the limits.

    The deductible and the copay of a visit are used as if the plan were the first, the out-of-pocket limit and the maximum of
    copays by what the patient really owes (domain/04 section 6).

    Args:
        covered: what is covered of the line in the end.
        asked: what the plan asks as the first payer.
        parts: what the patient really owes.
        coordinated: what is left to the plan, where others paid before.
        accumulators: what is left of the limits; the line takes its part of them.
        copays: the copays taken so far; the line adds its own.
    """
    terms, plan, number = covered.terms, covered.terms.plan, covered.line.number
    toward_deductible = asked.parts.deductible_cents + asked.in_deductible_cents
    toward_limit = parts.deductible_cents + parts.coinsurance_cents
    if OUT_OF_POCKET in plan.copay_counts_toward:
        toward_limit += parts.copay_cents
    limited = asked.limited and toward_limit == asked.out_of_pocket_left_cents
    uses = asked.of_deductible.uses(toward_deductible) if asked.owed.deductible or asked.in_deductible_cents else ()
    if asked.limited or asked.parts.member_cents or parts.member_cents:
        uses += asked.of_out_of_pocket.uses(toward_limit)
    if asked.of_copays is not None:
        uses += asked.of_copays.uses(parts.copay_cents)
    first_entry = len(accumulators.entries)
    if asked.parts.copay_cents:
        copays.take(asked.visit, asked.parts.copay_cents)
    asked.of_deductible.take(number, toward_deductible)
    asked.of_out_of_pocket.take(number, toward_limit)
    if asked.of_copays is not None:
        asked.of_copays.take(number, parts.copay_cents)
    return SharedLine(
        covered=covered,
        share=CostShare(
            plan=plan.stamp,
            benefit=asked.benefit.id,
            tier=terms.tier,
            copay_cents=parts.copay_cents,
            deductible_cents=parts.deductible_cents,
            coinsurance_cents=parts.coinsurance_cents,
            coinsurance_rate=asked.owed.coinsurance_rate,
            deductible_left_cents=asked.deductible_left_cents,
            out_of_pocket_left_cents=asked.out_of_pocket_left_cents,
            uses=uses,
            waiver=f"{terms.waiver.policy}#{terms.waiver.id}" if terms.waiver else "",
            waived_because=terms.waived_because,
            copay_per_claim=asked.owed.copay_per_claim,
        ),
        entries=tuple(accumulators.entries[first_entry:]),
        limited=limited,
        coordinated=coordinated,
    )


def _allotted(lines: Mapping[int, _Asked]) -> dict[int, int]:
    """Coinsurance that is due once a claim, allocated to the lines of such benefits.

    It is rounded once over the lines of one benefit together. Each gets its part down to the cent, and the cents that are
    left go to the lines that lost most, the earlier of equals first (largest remainder, domain/04 row 12).
    """
    together: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    rates = {}
    for number, asked in lines.items():
        key = (asked.covered.terms.plan.stamp, asked.benefit.id, asked.covered.terms.tier)
        together[key].append((number, asked.coinsurance_base_cents))
        rates[key] = asked.owed.coinsurance_basis_points
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
        name = accumulator_name(found.owner, found.accumulator, found.tier, found.period_start)
        yield policies.answer("accumulator-overshoot", case.received_on).finding(
            f"The {name}: {dollars(found.used_cents)} used, {found.by_how_much()}."
        )
