"""What earlier payers did with each line of a claim, as the claim tells it (loops 2320 and 2430).

An amount that an earlier payer gave for the whole claim, or for several lines that it took as one (SVD06), is spread over the
lines: what it paid and left of cost share by what is allowable of each (domain/05 section 2, step b), the rest over what is then
left of their charges. What the earlier payer allowed of each nobody knows, so that our own prices measure it, where the lines are
priced; a line that we do not price counts as if the same part of its charge was allowable as of the others'. Each gets its part
down to the cent and the cents that are left go to the lines that lost most, the earlier of equals first. Every line's charge stays
the sum of what was paid and of what was adjusted.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from adjudicator.model.claim import Claim, Line, OtherPayer, OtherPayerLine, PriorAdjustment
from adjudicator.model.money import dollars, half_up_quotient
from adjudicator.policy.coordination import PriorReasons

PRIMARY = "P"
"""Payer responsibility (SBR01) of the payer who pays first."""
RANKS = "PSTABCDEFGH"
"""Payer responsibilities in the order in which they pay."""
_PATIENT = "PR"
"""Group of what a payer leaves to the patient; what any other group takes the patient does not owe."""
_CONTRACT = "CO"
"""Group of what a payer takes by its contract with the provider; others, as PI, take it without one (domain/02 section 1.1)."""


class PriorLine(msgspec.Struct, frozen=True):
    """What all earlier payers together did with one line, in cents."""

    paid_cents: int = 0
    contractual_cents: int = 0
    """What they took off the charge and the patient does not owe."""
    cost_share_cents: int = 0
    """Deductible, coinsurance and copay that the last of them left to the patient."""
    not_covered_cents: int = 0
    """What the last of them does not cover of the line, such as visits beyond its limit: nobody has paid it, and we may."""
    considered: bool = False
    """Whether any of them covered the line; where none did we pay as the first."""
    rules_not_followed: tuple[str, ...] = ()
    """Reasons for which one of them did not pay, since its rules were not followed."""
    unread: tuple[str, ...] = ()
    """Reasons of which nobody has said what they leave to us, each with its group, such as ``CO-16``."""
    without_contract_cents: int = 0
    """Of what they took off the charge, the part that no contract with the provider took (groups PI and OA)."""

    @property
    def bound_cents(self) -> int:
        """What their contracts with the provider took off the charge."""
        return self.contractual_cents - self.without_contract_cents

    @property
    def allowed_cents(self) -> int:
        """What the earlier payers allowed: what they paid, and the cost share that they left."""
        return self.paid_cents + self.cost_share_cents

    @property
    def open_cents(self) -> int:
        """What the last of the earlier payers left for others: the cost share, and what it does not cover."""
        return self.cost_share_cents + self.not_covered_cents

    @property
    def under_contract(self) -> bool:
        """Whether an earlier payer's contract binds the provider: it took something off the charge."""
        return self.bound_cents > 0


class _Result(msgspec.Struct, frozen=True):
    """One payer's result for one line."""

    paid_cents: int
    adjustments: tuple[PriorAdjustment, ...]


def earlier_payers(claim: Claim) -> list[OtherPayer]:
    """The payers who pay before us, in their order."""
    if not claim.other_payers:
        return []
    ours = RANKS.find(claim.subscriber.payer_responsibility)
    earlier = [payer for payer in claim.other_payers if payer.responsibility and _rank(payer) < ours]
    return sorted(earlier, key=_rank)


def _rank(payer: OtherPayer) -> int:
    rank = RANKS.find(payer.responsibility)
    return rank if rank >= 0 else len(RANKS)


def not_billed(claim: Claim, payer: OtherPayer) -> bool:
    """Whether the claim tells of a payer that it was not billed, since it covers nothing of the claim, and no result of it.

    That is what its total noncovered amount says (AMT*A8 of loop 2320; domain/01 section 5).
    """
    told = payer.paid_cents or payer.adjustments or any(_of(payer, line) for line in claim.lines)
    return payer.noncovered_cents is not None and not told


def has_result(claim: Claim, payer: OtherPayer) -> bool:
    """Whether the claim tells what a payer paid, or why it paid nothing."""
    if not_billed(claim, payer):
        return False
    return payer.paid_cents is not None or bool(payer.adjustments) or any(_of(payer, line) for line in claim.lines)


def has_answered(claim: Claim, payer: OtherPayer) -> bool:
    """Whether the claim tells anything that only a payer can tell that has had the claim, or that it was not billed."""
    return (
        has_result(claim, payer)
        or payer.noncovered_cents is not None
        or payer.patient_liability_cents is not None
        or payer.adjudicated_on is not None
        or bool(payer.claim_control_number)
    )


def results_of_nobody(claim: Claim) -> list[str]:
    """The payers of whom lines have a result (SVD01) and whom no loop 2330B names (NM109; domain/01 section 5), each once."""
    named = {payer.payer_id for payer in claim.other_payers}
    return [payer_id for payer_id in _answering(claim) if payer_id not in named]


def results_of_several(claim: Claim) -> list[str]:
    """The identifiers under which lines have a result and several payers are named: whose it is nobody can tell."""
    named = [payer.payer_id for payer in claim.other_payers]
    return [payer_id for payer_id in _answering(claim) if named.count(payer_id) > 1]


def _answering(claim: Claim) -> Iterable[str]:
    return dict.fromkeys(result.payer_id for line in claim.lines for result in line.other_payers)


def adds_up(claim: Claim) -> bool:
    """Whether each payer before us has told its result, nothing of it is missing or out of balance, and it is clear whose it is."""
    return not (
        results_of_nobody(claim)
        or results_of_several(claim)
        or any(problem for payer in earlier_payers(claim) for problem in problems(claim, payer))
    )


def _of(payer: OtherPayer, line: Line) -> list[OtherPayerLine]:
    return [result for result in line.other_payers if result.payer_id == payer.payer_id]


def last_answered_on(claim: Claim) -> dt.date | None:
    """The day on which the last of the payers before us decided; None where none did or we pay first."""
    billed = [payer for payer in earlier_payers(claim) if not not_billed(claim, payer)]
    return max((day for payer in billed for day in _days(claim, payer)), default=None)


def is_dated(claim: Claim, payer: OtherPayer) -> bool:
    """Whether the claim tells a day on which a payer decided it or a line of it (DTP*573; domain/01 section 5)."""
    return any(_days(claim, payer))


def _days(claim: Claim, payer: OtherPayer) -> Iterator[dt.date]:
    """The days on which a payer decided the claim or lines of it."""
    for day in (payer.adjudicated_on, *(result.adjudicated_on for line in claim.lines for result in _of(payer, line))):
        if day is not None:
            yield day


def problems(claim: Claim, payer: OtherPayer) -> Iterator[str]:
    """What is missing or does not balance in an earlier payer's result (domain/01 section 5)."""
    results = {line.number: _of(payer, line) for line in claim.lines}
    name = f"payer {payer.payer_id}"
    if not_billed(claim, payer):
        if payer.noncovered_cents != claim.total_charge_cents:
            yield (
                f"{name} was not billed, and its total noncovered amount is {dollars(payer.noncovered_cents or 0)} (AMT*A8) of the "
                f"charge of {dollars(claim.total_charge_cents)}"
            )
        return
    if payer.noncovered_cents is not None:
        yield f"{name} has a total noncovered amount, as if it was not billed (AMT*A8), beside its result (AMT*D, CAS, SVD)"
    if payer.paid_cents is not None and payer.paid_cents < 0:
        yield f"{name} paid {dollars(payer.paid_cents)} (AMT*D), which is below zero"
    of_claim_cents = sum(adjustment.amount_cents for adjustment in payer.adjustments)
    left_cents = sum(adjustment.amount_cents for adjustment in payer.adjustments if adjustment.group == _PATIENT)
    if left_cents < 0:
        yield f"{name} left {dollars(left_cents)} of the claim to the patient (CAS*PR), which is below zero"
    of_lines = [number for number, told in results.items() if any(r.patient_liability_cents is not None for r in told)]
    if payer.patient_liability_cents is not None and of_lines:
        yield (
            f"{name} has what the patient still owes for the claim and for line {', '.join(map(str, of_lines))} (AMT*EAF of loops "
            "2320 and 2430), which stands at one of the two"
        )
    if not any(results.values()):
        told_cents = (payer.paid_cents or 0) + of_claim_cents
        if told_cents != claim.total_charge_cents:
            yield (
                f"{name} accounts for {dollars(told_cents)} of the charge of {dollars(claim.total_charge_cents)} "
                "(AMT*D and CAS of loop 2320)"
            )
        return
    paid_cents = 0
    for line in claim.lines:
        reported = results[line.number]
        if not reported:
            yield f"{name} has no result for line {line.number} (SVD)"
            continue
        line_paid_cents = sum(result.paid_cents for result in reported)
        told_cents = line_paid_cents + sum(a.amount_cents for result in reported for a in result.adjustments)
        if told_cents != line.charge_cents:
            yield (
                f"{name} accounts for {dollars(told_cents)} of the charge of {dollars(line.charge_cents)} of line {line.number} "
                "(SVD02 and CAS of loop 2430)"
            )
        left_cents = sum(a.amount_cents for result in reported for a in result.adjustments if a.group == _PATIENT)
        if left_cents < 0:
            yield f"{name} left {dollars(left_cents)} of line {line.number} to the patient (CAS*PR), which is below zero"
        if line_paid_cents < 0:
            yield f"{name} paid {dollars(line_paid_cents)} for line {line.number} (SVD02), which is below zero"
        bundled = [result.bundled_into_line for result in reported if result.bundled_into_line is not None]
        for number in bundled:
            if number not in results:
                yield f"{name} takes line {line.number} within line {number} (SVD06), which the claim does not have"
        paid_cents += line_paid_cents
    if payer.paid_cents is not None and payer.paid_cents != paid_cents - of_claim_cents:
        yield (
            f"{name} paid {dollars(payer.paid_cents)} (AMT*D), while its lines come to {dollars(paid_cents - of_claim_cents)} "
            "(SVD02 less CAS of loop 2320)"
        )
    if of_claim_cents > max(0, paid_cents):
        yield f"{name} takes {dollars(of_claim_cents)} off the claim (CAS of loop 2320), more than its lines were paid"


def prior_lines(
    claim: Claim, reasons: PriorReasons, prices_cents: Mapping[int, int] | None = None
) -> Mapping[int, PriorLine]:
    """What the earlier payers did with each line, by its number; the results must add up (``adds_up``).

    A payer without a result did nothing: a policy may let people decide that such a claim is paid all the same.

    Args:
        claim: the claim.
        reasons: how the earlier payers' reasons are read.
        prices_cents: what our own contract allows of each line that is priced; None or empty before any is.
    """
    found = {line.number: PriorLine() for line in claim.lines}
    charges_cents = {line.number: line.charge_cents for line in claim.lines}
    answered = [payer for payer in earlier_payers(claim) if has_result(claim, payer)]
    allowable = _allowable(claim, prices_cents or {})
    for payer in answered:
        for number, result in _results(claim, payer, reasons, allowable).items():
            found[number] = _with(
                found[number], result, charges_cents[number], reasons, repeats=payer is not answered[0]
            )
    return found


def _with(before: PriorLine, result: _Result, charge_cents: int, reasons: PriorReasons, *, repeats: bool) -> PriorLine:
    """A line after one more payer.

    What is not covered is judged by its group: only PR leaves it to the patient, and so to us. Of a line that the payer leaves
    unpaid and without cost share the group says nothing.

    Args:
        before: the line after the payers before this one.
        result: what this one did.
        charge_cents: the line's charge.
        reasons: how reasons are read.
        repeats: whether there is a result before this one that it can repeat.
    """
    told = _read(result, reasons, repeats=repeats)
    after = msgspec.structs.replace(
        before,
        # Who covers the line later stands in for whoever denied it since its rules were not followed.
        rules_not_followed=(*before.rules_not_followed, *told.broken) if told.without_benefit else (),
        unread=(*before.unread, *told.unread),
    )
    posted_cents = before.paid_cents + before.contractual_cents
    # What it calls settled before it beyond what was settled is as open as it was: nobody has paid it or taken it off.
    repeated_beyond_cents = max(0, told.repeated_cents - posted_cents)
    if told.without_benefit and told.not_covered_cents + repeated_beyond_cents == charge_cents:
        return after
    cost_share_cents, not_covered_cents = told.cost_share_cents, told.not_covered_cents
    contractual_cents, bound_cents = told.contractual_cents, told.bound_cents
    if before.considered:
        if told.without_benefit:
            # It does not cover what the payers before it left: that is their cost share still.
            cost_share_cents = min(before.cost_share_cents, not_covered_cents)
            not_covered_cents -= cost_share_cents
        share_beyond_cents = min(max(0, before.cost_share_cents - cost_share_cents), repeated_beyond_cents)
        cost_share_cents += share_beyond_cents
        not_covered_cents += min(
            max(0, before.not_covered_cents - not_covered_cents), repeated_beyond_cents - share_beyond_cents
        )
        # A later payer that has ignored the earlier ones tells of the whole charge again: no more is left than they had left.
        left_cents = max(0, charge_cents - posted_cents - told.paid_cents)
        cost_share_cents = min(cost_share_cents, left_cents)
        not_covered_cents = min(not_covered_cents, left_cents - cost_share_cents)
        contractual_cents = min(contractual_cents, left_cents - cost_share_cents - not_covered_cents)
        bound_cents = min(bound_cents, contractual_cents)
    return msgspec.structs.replace(
        after,
        paid_cents=before.paid_cents + told.paid_cents,
        contractual_cents=before.contractual_cents + contractual_cents,
        without_contract_cents=before.without_contract_cents + contractual_cents - bound_cents,
        cost_share_cents=cost_share_cents,
        not_covered_cents=not_covered_cents,
        considered=True,
    )


class _Told(msgspec.Struct, frozen=True):
    """One payer's result for one line, by what its reasons mean."""

    without_benefit: bool
    """Whether it neither paid anything nor left cost share."""
    paid_cents: int
    cost_share_cents: int
    not_covered_cents: int
    repeated_cents: int
    contractual_cents: int
    bound_cents: int
    """Of what it took off the charge, the part of its contract with the provider."""
    broken: tuple[str, ...]
    unread: tuple[str, ...]


def _read(result: _Result, reasons: PriorReasons, *, repeats: bool) -> _Told:
    shares = [a for a in result.adjustments if a.group == _PATIENT and a.carc in reasons.cost_share]
    paid_cents = result.paid_cents + sum(
        a.amount_cents for a in result.adjustments if a.carc in reasons.paid_to_patient
    )
    without_benefit = paid_cents == 0 and not shares
    broken: list[str] = []
    unread: list[str] = []
    not_covered_cents = repeated_cents = contractual_cents = bound_cents = 0
    for a in result.adjustments:
        of_patient = a.group == _PATIENT
        if a in shares or a.carc in reasons.paid_to_patient:
            continue
        if a.carc in reasons.undecided or (a.carc in reasons.repeated and not repeats):
            unread.append(f"{a.group}-{a.carc}")
        elif a.carc in reasons.repeated:
            repeated_cents += a.amount_cents
        elif without_benefit and a.carc in reasons.rules_not_followed:
            broken.append(a.carc)
        elif a.carc in reasons.not_covered and (of_patient or without_benefit):
            not_covered_cents += a.amount_cents
        elif (of_patient or without_benefit) and a.carc not in reasons.price:
            unread.append(f"{a.group}-{a.carc}")
        elif not of_patient:
            contractual_cents += a.amount_cents
            bound_cents += a.amount_cents if a.group == _CONTRACT else 0
    return _Told(
        without_benefit=without_benefit,
        paid_cents=paid_cents,
        cost_share_cents=sum(a.amount_cents for a in shares),
        not_covered_cents=not_covered_cents,
        repeated_cents=repeated_cents,
        contractual_cents=contractual_cents,
        bound_cents=bound_cents,
        broken=tuple(broken),
        unread=tuple(unread),
    )


def _allowable(claim: Claim, prices_cents: Mapping[int, int]) -> Mapping[int, int]:
    """What is taken for allowable of each line's charge, in cents: our price, as far as it is within the charge."""
    within = {line.number: min(line.charge_cents, prices_cents.get(line.number, 0)) for line in claim.lines}
    priced_cents = sum(within.values())
    if not priced_cents:
        return {line.number: line.charge_cents for line in claim.lines}
    charged_cents = sum(line.charge_cents for line in claim.lines if line.number in prices_cents)
    return {
        line.number: within[line.number]
        if line.number in prices_cents
        else half_up_quotient(line.charge_cents * priced_cents, charged_cents)
        for line in claim.lines
    }


def _results(
    claim: Claim, payer: OtherPayer, reasons: PriorReasons, allowable: Mapping[int, int]
) -> dict[int, _Result]:
    """One payer's result for every line, given what is allowable of each."""
    lines = claim.lines
    reported = {line.number: _of(payer, line) for line in lines}
    if not any(reported.values()):
        return _spread_over(lines, payer.paid_cents or 0, payer.adjustments, reasons, allowable)
    results: dict[int, _Result] = {}
    for group in _taken_as_one(lines, reported):
        told = [result for line in group for result in reported[line.number]]
        adjustments = tuple(adjustment for result in told for adjustment in result.adjustments)
        paid_cents = sum(result.paid_cents for result in told)
        results |= _spread_over(group, paid_cents, adjustments, reasons, allowable)
    for adjustment in payer.adjustments:
        parts = spread(adjustment.amount_cents, [results[line.number].paid_cents for line in lines])
        for line, part_cents in zip(lines, parts, strict=True):
            before = results[line.number]
            part = msgspec.structs.replace(adjustment, amount_cents=part_cents)
            results[line.number] = _Result(before.paid_cents - part_cents, (*before.adjustments, part))
    return {
        number: msgspec.structs.replace(result, adjustments=_net(result.adjustments))
        for number, result in results.items()
    }


def _net(adjustments: Iterable[PriorAdjustment]) -> tuple[PriorAdjustment, ...]:
    """Each group and reason once, without those of which nothing is left: a result that was taken back says nothing any more."""
    amounts: dict[tuple[str, str], PriorAdjustment] = {}
    for adjustment in adjustments:
        before = amounts.get((adjustment.group, adjustment.carc))
        cents = adjustment.amount_cents + (before.amount_cents if before else 0)
        amounts[adjustment.group, adjustment.carc] = msgspec.structs.replace(adjustment, amount_cents=cents)
    return tuple([adjustment for adjustment in amounts.values() if adjustment.amount_cents])


def _taken_as_one(lines: Sequence[Line], reported: Mapping[int, Sequence[OtherPayerLine]]) -> Iterable[list[Line]]:
    """The lines in groups: those that the payer took within another line stand with it."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        within = next((r.bundled_into_line for r in reported[line.number] if r.bundled_into_line is not None), None)
        groups.setdefault(line.number if within is None else within, []).append(line)
    return groups.values()


def _spread_over(
    lines: Sequence[Line],
    paid_cents: int,
    adjustments: Sequence[PriorAdjustment],
    reasons: PriorReasons,
    allowable: Mapping[int, int],
) -> dict[int, _Result]:
    """Lay a payer's amounts over lines, so that each line's amounts still add up to its charge.

    What raises the payment comes first; then the payment and the cost share, over what is allowable; then each other reason, over
    what is left of the charges, as is what was paid and left beyond all that is allowable.
    """
    left = [line.charge_cents for line in lines]
    parts: list[list[PriorAdjustment]] = [[] for _ in lines]

    def give(adjustment: PriorAdjustment, amounts_cents: Sequence[int]) -> None:
        for position, cents in enumerate(amounts_cents):
            parts[position].append(msgspec.structs.replace(adjustment, amount_cents=cents))
            left[position] -= cents

    adjustments = _net(adjustments)
    for adjustment in adjustments:
        if adjustment.amount_cents < 0:
            give(adjustment, [-cents for cents in spread(-adjustment.amount_cents, left)])
    open_cents = [min(allowable[line.number], cents) for line, cents in zip(lines, left, strict=True)]

    def of_allowable(amount_cents: int) -> list[int]:
        within_cents = min(amount_cents, sum(open_cents))
        within = spread(within_cents, open_cents)
        beyond = spread(amount_cents - within_cents, [has - takes for has, takes in zip(left, within, strict=True)])
        taken = [first + more for first, more in zip(within, beyond, strict=True)]
        for position, cents in enumerate(taken):
            open_cents[position] = max(0, open_cents[position] - cents)
        return taken

    paid = of_allowable(paid_cents)
    left = [has - takes for has, takes in zip(left, paid, strict=True)]
    lowering = [adjustment for adjustment in adjustments if adjustment.amount_cents > 0]
    others = []
    for adjustment in lowering:
        share = adjustment.group == _PATIENT and adjustment.carc in reasons.cost_share
        if share or adjustment.carc in reasons.paid_to_patient:
            give(adjustment, of_allowable(adjustment.amount_cents))
        else:
            others.append(adjustment)
    for adjustment in others:
        give(adjustment, spread(adjustment.amount_cents, left))
    return {line.number: _Result(paid[n], _net(parts[n])) for n, line in enumerate(lines)}


def spread(amount_cents: int, weights: Sequence[int]) -> list[int]:
    """Lay an amount over weights, to the cent by largest remainder; all on the first where nothing weighs.

    Of an amount that is at most the sum of the weights no part is more than its weight.
    """
    whole = sum(weights)
    if whole == 0:
        return [amount_cents if position == 0 else 0 for position in range(len(weights))]
    parts = [divmod(amount_cents * weight, whole) for weight in weights]
    cents_over = amount_cents - sum(cents for cents, _ in parts)
    lost_most = sorted(range(len(parts)), key=lambda position: -parts[position][1])[:cents_over]
    return [cents + (position in lost_most) for position, (cents, _) in enumerate(parts)]
