"""Lines whose contract names payment rules: their prices after modifiers, both sides on two lines, and ranking.

Each is worked out as far as ranking by itself (``procedures``); then those of a claim are settled together (``settle``).
The amount of a unit is rounded half up before it is ranked, after the last share, and times its units (domain/03 section 4).
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from adjudicator.model.case import Case, HistoryLine
from adjudicator.model.claim import Line
from adjudicator.model.decision import Price, PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS, dollars, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.payment_rules import OtherClaims, Ranking
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.modifiers import NO_SHARE, Exact, assists, days_of_care, decimal_of, exactly, rounded, times
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import Procedure, Ruled, both_sides_basis_points, pair_sides, side_of
from adjudicator.pricing.ranking import SEVERAL, billed_earlier, group_of, rank_group, ranks_alike, ranks_with
from adjudicator.pricing.ranks import spread

IN_FAMILY = "pricing.part-of-family"


class Settled(msgspec.Struct, frozen=True):
    """What a line's units come to in all, and the steps to it."""

    ruled: Ruled
    fee_cents: int
    steps: tuple[PriceStep, ...]
    ranked_off_cents: int = 0
    """What its rank took off the fee."""
    uneven: bool = False
    """Its units have no even part of the fee: they are paid by rank, or the fee is a part of that of two lines."""


def settle(
    case: Case, policies: PolicySet, standing: Standing, lines: Sequence[Ruled], unpriced: Sequence[Line] = ()
) -> Iterator[Settled | tuple[Line, Unpriced]]:
    """The fee of each line, or what keeps it from one.

    Args:
        case: the claim with its facts.
        policies: the payer's documents.
        standing: the lines that nothing has denied.
        lines: those that payment rules have worked out so far.
        unpriced: lines that stand and have no price yet: a person may give them one, and then they rank before or after others.
    """
    procedures: list[Procedure] = []
    plain = True
    for found in pair_sides(lines):
        if isinstance(found, Procedure):
            procedures.append(found)
            one = found.first
            plain = plain and not one.service.modifiers and one.line.through_date == one.request.day
        else:
            yield found
    for unclear, those in () if plain else _unclear(case, policies, standing, procedures):
        yield from _each(those, unclear)
        for procedure in those:
            procedure.lines = ()
    groups: dict[tuple[Any, ...], list[Procedure]] = {}
    for procedure in procedures:
        one, row = procedure.first, procedure.row
        if not procedure.lines:
            continue
        if row is not None:
            groups.setdefault(group_of(one, row), []).append(procedure)
        elif one.ranking not in one.rules.unranked:
            yield from _each([procedure], _unknown_ranking(one))
            procedure.lines = ()
    for group in groups.values() if plain else _by_surgeon(groups.values()):
        row = group[0].row
        assert row is not None
        problem = _beside_unpriced(case, policies, group[0].first, row, unpriced) if unpriced else None
        problem = problem or rank_group(case, policies, standing, group, row)
        if problem is not None:
            yield from _each(group, problem)
            for procedure in group:
                procedure.lines = ()
    for procedure in procedures:
        if procedure.lines:
            yield from _finished(procedure)


def _beside_unpriced(
    case: Case, policies: PolicySet, one: Ruled, row: Ranking, unpriced: Iterable[Line]
) -> Unpriced | None:
    """That a line ranks with one of whose price nothing is known yet."""
    day = one.request.day
    for line in unpriced:
        if line.from_date == day and ranks_alike(case, policies, one, row, line, day):
            told = f"Line {line.number} ranks with others of {day} and has no price yet: nobody knows which is before which."
            return Unpriced(SEVERAL, told)
    return None


def _by_surgeon(groups: Iterable[list[Procedure]]) -> Iterator[list[Procedure]]:
    """Procedures that rank together; those of several surgeons who operate together apart, each among the surgeon's own."""
    for group in groups:
        joint = [procedure for procedure in group if procedure.first.joint]
        if not joint or len({procedure.first.line.rendering.npi for procedure in joint}) == 1:
            yield group
            continue
        surgeons: dict[str, list[Procedure]] = {}
        for procedure in group:
            surgeons.setdefault(procedure.first.line.rendering.npi, []).append(procedure)
        yield from surgeons.values()


def _unclear(
    case: Case, policies: PolicySet, standing: Standing, procedures: Sequence[Procedure]
) -> list[tuple[Unpriced, tuple[Procedure, ...]]]:
    """Procedures of which it is not known what they are together, and why."""
    return [*_parted_sides(case, standing, procedures), *_several_days(case, policies, procedures)]


def _parted_sides(
    case: Case, standing: Standing, procedures: Sequence[Procedure]
) -> Iterator[tuple[Unpriced, tuple[Procedure, ...]]]:
    """Both sides of a service whose lines are no pair, or no whole one, although the fee for both is not twice that of one.

    Where the service is ranked and both sides are worth more than one, its rank says what the second side is paid.
    """
    single: list[Procedure] = []
    for procedure in procedures:
        if len(procedure.lines) == 1:
            basis_points = both_sides_basis_points(procedure.first) if side_of(procedure.first) is not None else None
            if basis_points is not None and basis_points < 2 * WHOLE_BASIS_POINTS:
                single.append(procedure)
        elif any(standing[one.line.number] != one.line.quantity_thousandths for one in procedure.lines):
            numbers = " and ".join(str(one.line.number) for one in procedure.lines)
            told = f"Lines {numbers} are the two sides of one procedure, of which a part is left to be paid."
            yield Unpriced(NO_SHARE, told), (procedure,)
    for procedure in single:
        one, line = procedure.first, procedure.first.line
        ranked = procedure.row is not None and (both_sides_basis_points(one) or 0) > WHOLE_BASIS_POINTS
        other = next((each for each in single if not ranked and _is_other_side(one, each.first)), None)
        if other is not None:
            told = (
                f"Line {line.number} is a side of procedure {line.procedure} and line {other.first.line.number} the other, with "
                f"other modifiers or another price: {one.rules.stamp} does not say what both are paid."
            )
            yield Unpriced(NO_SHARE, told), (procedure,)
        elif procedure.row is None and one.rules.other_claims is not OtherClaims.APART:
            earlier = next(_other_side_earlier(case, one), None)
            if earlier is not None:
                told = f"has the other side of procedure {line.procedure} on {earlier.from_date}"
                yield Unpriced(SEVERAL, f"An earlier claim of the same provider {told}."), (procedure,)


def _is_other_side(one: Ruled, other: Ruled) -> bool:
    return (
        side_of(one) != side_of(other)
        and (one.line.procedure, one.request.day, one.rules.stamp)
        == (other.line.procedure, other.request.day, other.rules.stamp)
        and assists(one.rules, one.line.modifiers) is assists(other.rules, other.line.modifiers)
    )


def _other_side_earlier(case: Case, one: Ruled) -> Iterator[HistoryLine]:
    """The earlier lines of the provider's day that bill the other side of a line's procedure, or both."""
    sides = one.rules.both_sides
    assert sides is not None
    others = (sides.modifiers, sides.left if side_of(one) else sides.right)
    for earlier in billed_earlier(case, case.history_from.get(one.request.day, ())):
        if (
            earlier.procedure == one.line.procedure
            and any(codes.holds_any(earlier.modifiers) for codes in others)
            and assists(one.rules, earlier.modifiers) is assists(one.rules, one.line.modifiers)
        ):
            yield earlier


def _several_days(
    case: Case, policies: PolicySet, procedures: Sequence[Procedure]
) -> Iterator[tuple[Unpriced, tuple[Procedure, ...]]]:
    """Ranked services of several days beside others of them: which of their units rank together is not told."""
    for procedure in procedures:
        one, row = procedure.first, procedure.row
        first, last = one.request.day, one.line.through_date or one.request.day
        if row is None or last == first or days_of_care(one.rules, one.line.modifiers):
            continue
        group = group_of(one, row)[1:]
        alike = tuple(
            other
            for other in procedures
            if other.lines
            and other.row is not None
            and group_of(other.first, other.row)[1:] == group
            and other.first.request.day <= last
            and first <= (other.first.line.through_date or other.first.request.day)
        )
        later = (earlier for earlier in case.history if first < earlier.from_date <= last)
        if procedure.lines and (
            procedure.count > 1 or len(alike) > 1 or any(ranks_with(case, policies, one, row, later))
        ):
            told = (
                f"Line {one.line.number} runs from {first} through {last}, and how many of its units rank on which day with "
                "others is not known."
            )
            yield Unpriced(SEVERAL, told), alike


def _each(procedures: Iterable[Procedure], problem: Unpriced) -> Iterator[tuple[Line, Unpriced]]:
    for procedure in procedures:
        for one in procedure.lines:
            yield one.line, problem


def _unknown_ranking(one: Ruled) -> Unpriced:
    told = f"gives it multiple-procedure indicator {one.ranking}" if one.ranking else "does not list it"
    return Unpriced(
        NO_SHARE,
        f"{one.rules.stamp} does not say how procedure {one.line.procedure} ranks: {one.service.listed_in} {told}.",
    )


def _finished(procedure: Procedure) -> Iterator[Settled | tuple[Line, Unpriced]]:
    """A procedure's lines with their fees: shares that do not depend on rank, units, and the division among two lines."""
    one, share = procedure.first, procedure.share
    if procedure.total is not None:
        total = rounded(procedure.total * share)
        # A unit before its rank is rounded as its fee is; no rank adds to it.
        ranked_off = max(0, rounded(procedure.cents * share) * procedure.count - total)
    else:
        ranked_off = 0
        unit = rounded(procedure.cents * share)
        quantity = 1000 if one.work.whole_line else one.line.quantity_thousandths
        total = half_up_quotient(unit * quantity, 1000)
    steps = procedure.steps
    if procedure.sides is not None:
        sides = procedure.sides
        steps = (PriceStep(sides.what, decimal_of(sides.basis_points), procedure.cents), *steps)
    if one.joint or one.last:
        steps = _with_last_shares(procedure, steps, total)
    units = one.line.quantity_thousandths
    uneven = len(procedure.lines) > 1 or (
        units > 1000 and any(0 < step.quantity_thousandths < units for step in procedure.steps)
    )
    charges = [ruled.line.charge_cents for ruled in procedure.lines]
    parts = zip(procedure.lines, spread(total, charges), spread(ranked_off, charges), strict=True)
    for ruled, cents, off_cents in parts:
        alone = exactly(ruled.work.exact, ruled.work.steps) if procedure.sides is not None else ruled.work.steps
        own = (*alone, *steps)
        if len(procedure.lines) > 1:
            own = (*own, PriceStep("this line's part, by charge", "", cents))
        if cents == 0 and procedure.total == 0:
            told = (
                f"Procedure {ruled.line.procedure} of line {ruled.line.number} adds nothing to another endoscopy of its family "
                f"on {ruled.request.day}."
            )
            yield ruled.line, Unpriced(IN_FAMILY, told)
        yield Settled(ruled, cents, own, off_cents, uneven)


def _with_last_shares(procedure: Procedure, steps: tuple[PriceStep, ...], total_cents: int) -> tuple[PriceStep, ...]:
    """The steps of a procedure with those of the shares that do not depend on rank, so that a person can redo them."""
    factors = (*procedure.first.joint, *procedure.first.last)
    amount: Exact = procedure.total if procedure.total is not None else procedure.cents
    if procedure.runs:
        amount = sum((exact * units for units, exact in procedure.runs), Fraction(0))
    several = sum(units for units, _ in procedure.runs) > 1
    for factor in factors:
        before = steps if several else exactly(amount, steps)
        amount, step = times(amount, factor)
        steps = (*before, step)
    if not several:
        return steps
    # Each unit is rounded by itself, after its last share.
    units_told = " + ".join(
        f"{'' if units == 1 else f'{units} x '}{dollars(rounded(exact * procedure.share))}"
        for units, exact in procedure.runs
    )
    last = steps[-1]
    return (
        *steps[:-1],
        msgspec.structs.replace(last, what=f"{last.what}, each unit rounded: {units_told}", cents=total_cents),
    )


def priced(settled: Settled) -> Price:
    """A settled line's price: the lesser of its fee and its charge, where the contract says so."""
    ruled = settled.ruled
    return Price(
        contract=ruled.terms.contract.stamp,
        schedule=ruled.schedule.stamp,
        unit_fee_cents=ruled.fee.cents,
        rate=ruled.rule.rate,
        unit_price_cents=ruled.price_cents,
        fee_cents=settled.fee_cents,
        allowed_cents=ruled.rule.allowed_cents(ruled.line, settled.fee_cents),
        basis=ruled.fee.basis,
        facility=ruled.request.facility,
        rules=ruled.rules.stamp if settled.steps else "",
        steps=settled.steps,
        ranked_off_cents=settled.ranked_off_cents,
    )
