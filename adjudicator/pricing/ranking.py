"""Several procedures of a day: what each comes to by its rank among them (domain/03 section 7).

Families of endoscopies, parts of tests, practice expense of therapy: each method ranks what it reduces.
"""

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec

from adjudicator.model.case import Case, LineState
from adjudicator.model.decision import PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.model.standing import Standing
from adjudicator.policy.fee_schedules import Missing, RelativeValueFees
from adjudicator.policy.fee_tables import COMPONENTS
from adjudicator.policy.payment_rules import Ranking, RankingMethod
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing import modifiers
from adjudicator.pricing.modifiers import BY_REPORT, NO_SHARE, Exact, decimal_of, rounded
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import NO_FEE, Procedure, Ruled, at_rate
from adjudicator.pricing.ranks import Candidate, Run, candidate, ranked, spread
from adjudicator.pricing.relative_value import ranking_indicator
from adjudicator.pricing.unit_fees import unit_fee

SEVERAL = "unsupported.multiple-procedures"
TOGETHER = (RankingMethod.WHOLE, RankingMethod.ENDOSCOPY)
"""Methods whose procedures rank together: families are worth what they are first, and then one of many."""


def group_of(one: Ruled, row: Ranking) -> tuple[Any, ...]:
    """Which procedures of a day rank together; those of assistants among themselves."""
    kind = "whole" if row.method in TOGETHER else ",".join(sorted(row.indicators))
    return one.request.day, one.rules.stamp, kind, modifiers.assists(one.rules, one.line.modifiers)


def rank_group(
    case: Case, policies: PolicySet, standing: Standing, group: list[Procedure], row: Ranking
) -> Unpriced | None:
    """Set what each procedure of a group comes to by its rank; or say what keeps the whole group from it."""
    ones = [one for procedure in group for one in procedure.lines]
    day = ones[0].request.day
    if ones[0].rules.other_claims_wait and _earlier(case, policies, ones[0], row, day):
        told = f"An earlier claim of the same provider has a procedure on {day} that ranks with this one."
        return Unpriced(SEVERAL, told)
    if sum(procedure.count for procedure in group) <= 1:
        return None
    for one in ones:
        if one.line.quantity_thousandths % 1000 or standing[one.line.number] != one.line.quantity_thousandths:
            told = f"Line {one.line.number} is ranked and billed, or left to be paid, in parts of its units."
            return Unpriced(SEVERAL, told)
    if row.method in TOGETHER:
        return _rank_whole(group)
    return _rank_practice(group, row) if row.method is RankingMethod.PRACTICE else _rank_components(group, row)


def _earlier(case: Case, policies: PolicySet, one: Ruled, row: Ranking, day: dt.date) -> bool:
    """Whether an earlier claim of the provider has a procedure of the day that ranks in the same way."""
    for line in case.history_from.get(day, ()):
        if line.state is LineState.DENIED or line.billing_tax_id != case.claim.billing.tax_id:
            continue
        rule = one.terms.contract.rule_for(line.procedure)
        schedule = policies.fee_schedule(rule.schedule, day) if rule and rule.schedule else None
        if isinstance(schedule, RelativeValueFees):
            indicator = ranking_indicator(schedule, line.procedure, day)
        else:
            coding = policies.coding_on(day).indicators
            found = coding.indicators(line.procedure) if coding else None
            indicator = found.multiple_procedure if found else ""
        other = one.rules.ranking_of(indicator)
        if other is not None and (other is row or (other.method in TOGETHER and row.method in TOGETHER)):
            return True
    return False


def _rank_whole(group: list[Procedure]) -> Unpriced | None:
    """Families first, then the highest fee first (domain/03 sections 7.1 and 7.2)."""
    families: dict[tuple[str, int], list[Procedure]] = {}
    bases = {_base(procedure) for procedure in group}
    for index, procedure in enumerate(group):
        base = _base(procedure) or (procedure.first.line.procedure if procedure.first.line.procedure in bases else "")
        families.setdefault((base, 0 if base else index + 1), []).append(procedure)
    candidates: list[Candidate] = []
    worth: dict[int, list[Exact]] = {}
    members = list(families.values())
    for key, ((base, _), family) in enumerate(families.items()):
        row = family[0].first.rules.ranking_of(family[0].first.ranking)
        assert row is not None
        if not base or (len(family) == 1 and family[0].count == 1):
            (only,) = family
            candidates.append(candidate(key, only.cents, only.count, row, only.order))
            continue
        value = _family(family, base)
        if isinstance(value, Unpriced):
            return value
        worth[key] = value
        order = min(procedure.order for procedure in family)
        candidates.append(candidate(key, sum(value, Fraction(0)), 1, row, order))
    runs = ranked(candidates)
    several = sum(one.count for one in candidates) > 1
    for key, family in enumerate(members):
        if any(run.basis_points is None for run in runs[key]):
            number = family[0].first.line.procedure
            return Unpriced(
                BY_REPORT, f"Procedure {number} ranks so low among those of the day that a person prices it."
            )
        if key not in worth:
            if several:
                _by_runs(family[0], runs[key], [family[0].cents] * len(runs[key]), "ranked")
            continue
        (run,) = runs[key]
        assert run.basis_points is not None
        for procedure, cents in zip(family, worth[key], strict=True):
            procedure.total = _part(cents, run.basis_points)
            if several:
                step = PriceStep(
                    f"its family ranked {run.rank}", decimal_of(run.basis_points), rounded(procedure.total)
                )
                procedure.steps = (*procedure.steps, step)
        _even(family)
    return None


def _even(family: list[Procedure]) -> None:
    """Make a family's amounts whole cents that add up to its own."""
    if len({procedure.share for procedure in family}) > 1:
        return
    totals = [procedure.total or Fraction(0) for procedure in family]
    for procedure, cents in zip(family, spread(rounded(sum(totals, Fraction(0))), totals), strict=True):
        procedure.total = Fraction(cents)


def _base(procedure: Procedure) -> str:
    row = procedure.first.rules.ranking_of(procedure.first.ranking)
    table = procedure.first.service.indicators
    return table.endoscopic_base if row and row.method is RankingMethod.ENDOSCOPY and table else ""


def _family(family: list[Procedure], base: str) -> list[Exact] | Unpriced:
    """What the members of an endoscopic family are worth: the highest whole, the others what they add to their base."""
    highest = min(family, key=lambda procedure: (-procedure.cents, procedure.order))
    values: list[Exact] = []
    for procedure in family:
        one = procedure.first
        fee = unit_fee(one.schedule, msgspec.structs.replace(one.request, procedure=base, component=""))
        if isinstance(fee, Missing):
            return Unpriced(NO_FEE, f"Procedure {base} is the base of {one.line.procedure}. {fee.because}")
        base_cents = at_rate(one.rule, fee.cents)
        less = procedure.worth(base_cents)
        if isinstance(less, Unpriced):
            return less
        added = max(Fraction(0), procedure.cents - less)
        whole = 1 if procedure is highest else 0
        if procedure.count > whole:
            told = f"less {base}, the base of its family"
            step = PriceStep(told, "", rounded(added), (procedure.count - whole) * 1000)
            procedure.steps = (*procedure.steps, step)
        if whole:
            step = PriceStep("the highest of its family", "1", procedure.cents, 1000)
            procedure.steps = (step, *procedure.steps)
        values.append(whole * procedure.cents + (procedure.count - whole) * added)
    return values


def _rank_practice(group: list[Procedure], row: Ranking) -> Unpriced | None:
    """All units but that with the highest practice expense lose a share of it, inside the product (domain/03 section 7.4)."""
    candidates: list[Candidate] = []
    for key, procedure in enumerate(group):
        one, product = procedure.first, procedure.first.fee.product
        if product is None:
            told = f"The practice expense in the fee of procedure {one.line.procedure} is not known."
            return Unpriced(NO_SHARE, told)
        rate = Fraction(one.rule.rate_numerator, one.rule.rate_denominator)
        expense = product.practice * product.factor_ten_thousandths * rate
        candidates.append(candidate(key, expense, procedure.count, row, procedure.order))
    runs = ranked(candidates)
    for key, procedure in enumerate(group):
        one, product = procedure.first, procedure.first.fee.product
        assert product is not None
        amounts: list[Exact] = []
        for run in runs[key]:
            if run.basis_points is None:
                return Unpriced(BY_REPORT, f"Procedure {one.line.procedure} ranks so low that a person prices it.")
            worth = procedure.worth(at_rate(one.rule, product.cents_with_practice_at(run.basis_points)))
            if isinstance(worth, Unpriced):
                return worth
            amounts.append(min(worth, procedure.cents))
        _by_runs(procedure, runs[key], amounts, "practice expense ranked", multiply=False)
    return None


def _rank_components(group: list[Procedure], row: Ranking) -> Unpriced | None:
    """The professional and the technical parts rank each by themselves (domain/03 sections 7.3 and 7.5)."""
    shares = (
        ("professional", row.professional_shares, row.professional_shares[-1]),
        ("technical", row.shares, row.further),
    )
    worth: list[dict[str, Exact]] = []
    for procedure in group:
        parts = _parts(procedure)
        if isinstance(parts, Unpriced):
            return parts
        worth.append(parts)
    totals = [0] * len(group)
    steps: list[list[PriceStep]] = [[] for _ in group]
    for name, by_rank, further in shares:
        runs = ranked(
            Candidate(key, parts[name], group[key].count, by_rank, further, group[key].order)
            for key, parts in enumerate(worth)
            if name in parts
        )
        for key, own in runs.items():
            for run in own:
                if run.basis_points is None:
                    return Unpriced(BY_REPORT, f"Procedure {group[key].first.line.procedure} is priced by a person.")
                cents = rounded(_part(worth[key][name], run.basis_points))
                totals[key] += cents * run.units
                told = f"{name} part ranked {run.rank}"
                steps[key].append(PriceStep(told, decimal_of(run.basis_points), cents * run.units, run.units * 1000))
    for key, procedure in enumerate(group):
        whole = procedure.cents * procedure.count
        procedure.total = whole if all(step.factor == "1" for step in steps[key]) else min(whole, totals[key])
        procedure.steps = (*procedure.steps, *steps[key])
    return None


def _parts(procedure: Procedure) -> dict[str, Exact] | Unpriced:
    """The professional and the technical part of a unit, as far as the line bills them."""
    one, rules = procedure.first, procedure.first.rules.components
    table = one.service.indicators
    pctc = table.pctc if table else ""
    whole = procedure.cents
    if one.request.component in rules.professional or pctc in rules.professional_only:
        return {"professional": whole}
    if one.request.component in rules.technical or pctc in rules.technical_only:
        return {"technical": whole}
    if pctc not in rules.both:
        told = f"PC/TC indicator {pctc}" if pctc else "no PC/TC indicator"
        return Unpriced(NO_SHARE, f"Procedure {one.line.procedure} has {told}, so its parts are not known.")
    found: dict[str, Exact] = {}
    for name, codes in (("professional", rules.professional), ("technical", rules.technical)):
        component = next(component for component in COMPONENTS if component in codes)
        fee = unit_fee(one.schedule, msgspec.structs.replace(one.request, component=component))
        if isinstance(fee, Missing):
            return Unpriced(NO_FEE, fee.because)
        worth = procedure.worth(at_rate(one.rule, fee.cents))
        if isinstance(worth, Unpriced):
            return worth
        found[name] = worth
    return found


def _part(amount: Exact, basis_points: int) -> Exact:
    """A share of an amount, whole where it can be."""
    if basis_points == WHOLE_BASIS_POINTS:
        return amount
    return Fraction(amount.numerator * basis_points, amount.denominator * WHOLE_BASIS_POINTS)


def _by_runs(
    procedure: Procedure, runs: tuple[Run, ...], amounts: Sequence[Exact], what: str, *, multiply: bool = True
) -> None:
    """Set the total of a procedure whose units are paid different shares of an amount, each unit rounded."""
    share, steps = procedure.share, list[PriceStep]()
    total: Exact = 0
    for run, amount in zip(runs, amounts, strict=True):
        assert run.basis_points is not None
        exact = _part(amount, run.basis_points) if multiply else amount
        if share == 1:
            total += rounded(exact) * run.units
        elif share:
            total += Fraction(rounded(exact * share) * run.units) / share
        told = f"{what} {run.rank}" if multiply else f"{what} {run.rank}: {decimal_of(run.basis_points)} of it"
        factor = decimal_of(run.basis_points) if multiply else ""
        steps.append(PriceStep(told, factor, rounded(exact) * run.units, run.units * 1000))
    procedure.total, procedure.steps = total, (*procedure.steps, *steps)
