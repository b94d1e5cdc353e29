"""Lines whose contract names payment rules: their prices after modifiers, both sides on two lines, and ranking.

Each is worked out as far as ranking by itself (``procedures``); then those of a claim are settled together (``settle``).
The amount of a unit is rounded half up before it is ranked, after the last share, and times its units (domain/03 section 4).
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.decision import Price, PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.modifiers import NO_SHARE, decimal_of, rounded
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import Procedure, Ruled, pair_sides
from adjudicator.pricing.ranking import group_of, rank_group
from adjudicator.pricing.ranks import spread

IN_FAMILY = "pricing.part-of-family"


class Settled(msgspec.Struct, frozen=True):
    """What a line's units come to in all, and the steps to it."""

    ruled: Ruled
    fee_cents: int
    steps: tuple[PriceStep, ...]


def settle(
    case: Case, policies: PolicySet, standing: Standing, lines: Sequence[Ruled]
) -> Iterator[Settled | tuple[Line, Unpriced]]:
    """The fee of each line, or what keeps it from one."""
    procedures: list[Procedure] = []
    for found in pair_sides(lines):
        if isinstance(found, Procedure):
            procedures.append(found)
        else:
            yield found
    groups: dict[tuple[Any, ...], list[Procedure]] = {}
    for procedure in procedures:
        one = procedure.first
        row = one.rules.ranking_of(one.ranking)
        if row is not None:
            groups.setdefault(group_of(one, row), []).append(procedure)
        elif one.ranking not in one.rules.unranked:
            yield from _each([procedure], _unknown_ranking(one))
            procedure.lines = ()
    for group in groups.values():
        row = group[0].first.rules.ranking_of(group[0].first.ranking)
        assert row is not None
        problem = rank_group(case, policies, standing, group, row)
        if problem is not None:
            yield from _each(group, problem)
            for procedure in group:
                procedure.lines = ()
    for procedure in procedures:
        if procedure.lines:
            yield from _finished(procedure)


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
    else:
        unit = rounded(procedure.cents * share)
        quantity = 1000 if one.work.whole_line else one.line.quantity_thousandths
        total = half_up_quotient(unit * quantity, 1000)
    amount = procedure.total if procedure.total is not None else procedure.cents
    steps: list[PriceStep] = []
    if procedure.sides is not None:
        sides = procedure.sides
        steps.append(PriceStep(sides.what, decimal_of(sides.basis_points), procedure.cents))
    steps += procedure.steps
    for factor in (*one.joint, *one.last):
        amount *= Fraction(factor.basis_points, WHOLE_BASIS_POINTS)
        steps.append(PriceStep(factor.what, decimal_of(factor.basis_points), rounded(amount)))
    charges = [ruled.line.charge_cents for ruled in procedure.lines]
    for ruled, cents in zip(procedure.lines, spread(total, charges), strict=True):
        own = (*ruled.work.steps, *steps)
        if len(procedure.lines) > 1:
            own = (*own, PriceStep("this line's part, by charge", "", cents))
        if cents == 0 and procedure.total == 0:
            told = (
                f"Procedure {ruled.line.procedure} of line {ruled.line.number} adds nothing to another endoscopy of its family "
                f"on {ruled.request.day}."
            )
            yield ruled.line, Unpriced(IN_FAMILY, told)
        yield Settled(ruled, cents, own)


def priced(settled: Settled) -> Price:
    """A settled line's price: the lesser of its fee and its charge, where the contract says so."""
    ruled = settled.ruled
    lesser = ruled.rule.lesser_of_charge
    return Price(
        contract=ruled.terms.contract.stamp,
        schedule=ruled.schedule.stamp,
        unit_fee_cents=ruled.fee.cents,
        rate=ruled.rule.rate,
        unit_price_cents=ruled.price_cents,
        fee_cents=settled.fee_cents,
        allowed_cents=min(ruled.line.charge_cents, settled.fee_cents) if lesser else settled.fee_cents,
        basis=ruled.fee.basis,
        facility=ruled.request.facility,
        rules=ruled.rules.stamp if settled.steps else "",
        steps=settled.steps,
    )
