"""Several procedures of a day: what each comes to by its rank among them (domain/03 section 7).

Families of endoscopies, parts of tests, practice expense of therapy: each method ranks what it reduces.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from adjudicator.model.case import Case, HistoryLine, LineState
from adjudicator.model.claim import Line
from adjudicator.model.decision import PriceStep
from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.fee_schedules import Missing, RelativeValueFees
from adjudicator.policy.fee_tables import COMPONENTS
from adjudicator.policy.payment_rules import CareShare, OtherClaims, Ranking, RankingMethod
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing import modifiers
from adjudicator.pricing.modifiers import BY_REPORT, NO_SHARE, Exact, care_of, decimal_of, exact_dollars, rounded
from adjudicator.pricing.priced import Unpriced
from adjudicator.pricing.procedures import NO_FEE, Procedure, Ruled, bases_of, side_of
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
    before: list[HistoryLine] = []
    if ones[0].rules.other_claims is not OtherClaims.APART:
        before = list(ranks_with(case, policies, ones[0], row, case.history_from.get(day, ())))
    if before and (ones[0].rules.other_claims is OtherClaims.WAIT or _same_family(policies, group, before)):
        told = f"An earlier claim of the same provider has a procedure on {day} that ranks with this one."
        return Unpriced(SEVERAL, told)
    unclear = _unclear(case, policies, ones[0], before) if before else ""
    if unclear:
        return Unpriced(SEVERAL, f"An earlier claim of the same provider has a procedure on {day} of which {unclear}.")
    if not before and sum(procedure.count for procedure in group) <= 1:
        return None
    for one in ones:
        if one.line.quantity_thousandths % 1000 or standing[one.line.number] != one.line.quantity_thousandths:
            told = f"Line {one.line.number} is ranked and billed, or left to be paid, in parts of its units."
            return Unpriced(SEVERAL, told)
    if row.method is RankingMethod.PRACTICE and any(one.technical for one in ones):
        return Unpriced(NO_SHARE, "No rule says what a reduced technical part makes of practice expense.")
    if row.method in TOGETHER:
        return _rank_whole(group, _units(before))
    if row.method is RankingMethod.PRACTICE:
        return _rank_practice(group, row, _units(before))
    return _rank_components(group, row, before)


def _units(before: Iterable[HistoryLine]) -> int:
    """How many ranks earlier lines have: one for each unit that they have begun."""
    return sum(-(-line.quantity_thousandths // 1000) for line in before)


def _unclear(case: Case, policies: PolicySet, one: Ruled, before: Sequence[HistoryLine]) -> str:
    """Why it is not known how many ranks earlier lines took, or whether they were ranked at all; empty where it is."""
    contract = one.terms.contract
    procedures = [line.procedure for line in before]
    for line in before:
        rule = policies.pay_rule(contract, case, line)
        if line.state is LineState.PENDED:
            return "it is not decided yet what it is paid"
        if rule is None or rule.rules != one.rule.rules:
            return f"contract {contract.stamp} does not rank the payment by the same rules"
        if any(
            approval.unit_price_cents is not None
            and approval.is_for(line.procedure, line.billing_tax_id, line.rendering_npi)
            for approval in case.authorizations
        ):
            return "the price may be an agreed one, which no rank reduces"
        if any(line.procedure in rate.procedures or line.procedure in rate.includes for rate in contract.case_rates):
            return f"the price may be that of a case under {contract.stamp}"
        if modifiers.days_of_care(one.rules, line.modifiers) and line.quantity_thousandths != 1000:
            return "the units may be days of care"
        if procedures.count(line.procedure) > 1:
            return f"two lines have code {line.procedure}, which may be the two sides of one"
    return ""


def _same_family(policies: PolicySet, group: Iterable[Procedure], before: Iterable[HistoryLine]) -> bool:
    """Whether an earlier line may be of a family of endoscopies with one of the group, or bills a side of a procedure of it."""
    procedures = {line.procedure for line in before}
    return any(
        procedure.base
        or procedure.first.line.procedure in procedures
        or procedure.first.line.procedure in bases_of(policies, procedure.first, procedures)
        for procedure in group
    )


def billed_earlier(case: Case, lines: Iterable[HistoryLine]) -> Iterator[HistoryLine]:
    """Those of some earlier lines that the claim's own provider billed, and that are not denied."""
    for line in lines:
        if line.state is not LineState.DENIED and line.billing_tax_id == case.claim.billing.tax_id:
            yield line


def ranks_with(
    case: Case, policies: PolicySet, one: Ruled, row: Ranking, lines: Iterable[HistoryLine]
) -> Iterator[HistoryLine]:
    """Those of some earlier lines that the claim's own provider billed and that rank as a line does."""
    return (line for line in billed_earlier(case, lines) if ranks_alike(case, policies, one, row, line, line.from_date))


def ranks_alike(
    case: Case, policies: PolicySet, one: Ruled, row: Ranking, line: Line | HistoryLine, day: dt.date
) -> bool:
    """Whether another line, of this claim or an earlier one, ranks as a line of the row does; also where nothing says it."""
    if modifiers.assists(one.rules, line.modifiers) is not modifiers.assists(one.rules, one.line.modifiers):
        return False
    rule = policies.pay_rule(one.terms.contract, case, line)
    schedule = policies.fee_schedule(rule.schedule, day) if rule and rule.schedule else None
    if isinstance(schedule, RelativeValueFees):
        indicator = ranking_indicator(schedule, line.procedure, day)
    else:
        coding = policies.coding_on(day).indicators
        found = coding.indicators(line.procedure) if coding else None
        indicator = found.multiple_procedure if found else ""
        if rule is None and found is None:
            return True
    other = one.rules.ranking_of(indicator)
    return other is not None and (other is row or (other.method in TOGETHER and row.method in TOGETHER))


def _rank_whole(group: list[Procedure], taken: int) -> Unpriced | None:
    """Families first, then the highest fee first (domain/03 sections 7.1 and 7.2)."""
    members = _families(group)
    # Who goes first among equals costs more than the ranking itself, and few are equal.
    distinct = min(len(members), len({procedure.cents for procedure in group}))
    equals = distinct < len(group) or {base for base, _ in members} != {""}
    candidates: list[Candidate] = []
    worth: dict[int, list[Exact]] = {}
    for key, (base, family) in enumerate(members):
        row = family[0].row
        assert row is not None
        if len(family) == 1 and (not base or family[0].count == 1):
            (only,) = family
            candidates.append(candidate(key, only.cents, only.count, row, only.order if equals else ()))
            continue
        value = _family(family, base) if base else list[Exact](procedure.cents for procedure in family)
        if isinstance(value, Unpriced):
            return value
        worth[key] = value
        order = min(procedure.order for procedure in family)
        candidates.append(candidate(key, sum(value, Fraction(0)), 1, row, order))
    runs = ranked(candidates, taken)
    several = taken + sum(one.count for one in candidates) > 1
    for key, (base, family) in enumerate(members):
        if runs[key][-1].basis_points is None:
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
                what = "its family" if base else "its operation, care included,"
                step = PriceStep(f"{what} ranked {run.rank}", decimal_of(run.basis_points), rounded(procedure.total))
                procedure.steps = (*procedure.steps, step)
        _even(family)
    return None


def _families(group: list[Procedure]) -> list[tuple[str, list[Procedure]]]:
    """What ranks as one: each procedure by itself, endoscopies with their base, care apart with its operation (no base)."""
    for procedure in group:
        if procedure.first.service.modifiers or procedure.base:
            break
    else:
        return [("", [procedure]) for procedure in group]
    bases = {procedure.base for procedure in group} - {""}
    cares = [care_of(procedure.first.rules, procedure.first.line.modifiers) for procedure in group]
    operations = _operations(group, cares)
    families: dict[tuple[str, int], list[Procedure]] = {}
    for index, procedure in enumerate(group):
        own = procedure.first.line.procedure
        base = procedure.base or (own if own in bases else "")
        families.setdefault((base, 0 if base else operations[index]), []).append(procedure)
    return [(base, family) for (base, _), family in families.items()]


def _operations(group: Sequence[Procedure], cares: Sequence[CareShare | None]) -> list[int]:
    """Of each procedure the index of that with which it ranks as one: care apart from its operation ranks with the operation.

    Who keeps part of the care after an operation bills it on a line of its own (54 and 55 of one code), and so does everybody
    else who has given some of it; together they are the one fee of the operation (domain/03 section 5).
    """
    found = list(range(len(group)))
    firsts: dict[tuple[Any, ...], int] = {}
    for operates in (True, False):
        for index, (procedure, care) in enumerate(zip(group, cares, strict=True)):
            if care is None or care.intraoperative is not operates or procedure.count != 1:
                continue
            same = (procedure.first.line.procedure, len(procedure.lines), side_of(procedure.first))
            if not operates:
                found[index] = firsts.setdefault(same, index)
            elif care.preoperative:
                firsts.setdefault(same, index)
    return found


def _even(family: list[Procedure]) -> None:
    """Make a family's amounts whole cents that add up to its own."""
    if len({procedure.share for procedure in family}) > 1:
        return
    totals = [procedure.total or Fraction(0) for procedure in family]
    for procedure, cents in zip(family, spread(rounded(sum(totals, Fraction(0))), totals), strict=True):
        procedure.total = Fraction(cents)


def _family(family: list[Procedure], base: str) -> list[Exact] | Unpriced:
    """What the members of an endoscopic family are worth: the highest whole, the others what they add to their base."""
    highest = min(family, key=lambda procedure: (-procedure.cents, procedure.order))
    values: list[Exact] = []
    for procedure in family:
        one = procedure.first
        fee = unit_fee(one.schedule, msgspec.structs.replace(one.request, procedure=base, component=""))
        if isinstance(fee, Missing):
            return Unpriced(NO_FEE, f"Procedure {base} is the base of {one.line.procedure}. {fee.because}")
        base_cents = one.rule.at_rate(fee.cents)
        less = procedure.worth(base_cents)
        if isinstance(less, Unpriced):
            return less
        added = max(Fraction(0), procedure.cents - less)
        whole = 1 if procedure is highest else 0
        if procedure.count > whole:
            told = f"less {base}, the base of its family"
            others = procedure.count - whole
            step = PriceStep(told, "", rounded(added) * others, others * 1000)
            procedure.steps = (*procedure.steps, step)
        if whole:
            step = PriceStep("the highest of its family", "1", procedure.cents, 1000)
            procedure.steps = (step, *procedure.steps)
        values.append(whole * procedure.cents + (procedure.count - whole) * added)
    return values


def _rank_practice(group: list[Procedure], row: Ranking, taken: int) -> Unpriced | None:
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
    runs = ranked(candidates, taken)
    for key, procedure in enumerate(group):
        one, product = procedure.first, procedure.first.fee.product
        assert product is not None
        amounts: list[Exact] = []
        for run in runs[key]:
            if run.basis_points is None:
                return Unpriced(BY_REPORT, f"Procedure {one.line.procedure} ranks so low that a person prices it.")
            worth = procedure.worth(one.rule.at_rate(product.cents_with_practice_at(run.basis_points)))
            if isinstance(worth, Unpriced):
                return worth
            amounts.append(min(worth, procedure.cents))
        _by_runs(procedure, runs[key], amounts, "practice expense ranked", multiply=False)
    return None


def _rank_components(group: list[Procedure], row: Ranking, before: Sequence[HistoryLine]) -> Unpriced | None:
    """The professional and the technical parts rank each by themselves (domain/03 sections 7.3 and 7.5)."""
    rules = group[0].first.rules.components
    shares = (
        ("professional", row.professional_shares, row.professional_shares[-1], rules.technical),
        ("technical", row.shares, row.further, rules.professional),
    )
    worth: list[dict[str, Exact]] = []
    for procedure in group:
        parts = _parts(procedure)
        if isinstance(parts, Unpriced):
            return parts
        worth.append(parts)
    totals = [0] * len(group)
    steps: list[list[PriceStep]] = [[] for _ in group]
    for name, by_rank, further, others in shares:
        candidates = (
            Candidate(key, parts[name], group[key].count, by_rank, further, group[key].order)
            for key, parts in enumerate(worth)
            if name in parts
        )
        billed = [line for line in before if not any(modifier in others for modifier in line.modifiers)]
        runs = ranked(candidates, _units(billed))
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
        # Rows of the parts may come to a cent more or less than that of the whole.
        untouched = all(step.factor == "1" for step in steps[key])
        procedure.total = whole if untouched else min(whole, totals[key])
        if procedure.total != totals[key]:
            told = "the whole service, of which no rank takes anything" if untouched else "at most the whole service"
            steps[key].append(PriceStep(told, "", whole))
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
        cents = one.rule.at_rate(fee.cents)
        if name == "technical" and one.technical is not None:
            cents = rounded(_part(cents, one.technical.basis_points))
        worth = procedure.worth(cents)
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
    share, count = procedure.share, procedure.count
    steps: list[PriceStep] = []
    ranked_amounts: list[tuple[int, Exact]] = []
    total: Exact = 0
    for run, amount in zip(runs, amounts, strict=True):
        assert run.basis_points is not None
        exact: Exact = amount
        if multiply and isinstance(amount, int) and share == 1:
            cents = half_up_quotient(amount * run.basis_points, WHOLE_BASIS_POINTS)
        else:
            exact = _part(amount, run.basis_points) if multiply else amount
            cents = rounded(exact)
        decimal = decimal_of(run.basis_points)
        told = f"{what} {run.rank}" if multiply else f"{what} {run.rank}: {decimal} of it"
        if share == 1:
            total += cents * run.units
        elif share:
            total += Fraction(rounded(exact * share) * run.units) / share
            ranked_amounts.append((run.units, exact))
            if count > 1 and exact.denominator > 1:
                told = f"{told}, exactly {exact_dollars(exact)} a unit"
        steps.append(PriceStep(told, decimal if multiply else "", cents * run.units, run.units * 1000))
    procedure.total, procedure.steps, procedure.runs = total, (*procedure.steps, *steps), tuple(ranked_amounts)
