"""Who pays first by what we know of the patient's other coverage, and who is liable for a part (domain/02 section 3.E)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from adjudicator.coordination import PRIMARY, earlier_payers, has_result, prior_lines
from adjudicator.coordination.known import first_unbilled, our_coverage, places_of_ours, priority_payer, turns
from adjudicator.coordination.order import LIABLE, PlaceOfOurs, Ranked, first_of
from adjudicator.model.case import Case
from adjudicator.model.dates import Span, turning_days
from adjudicator.model.decision import Finding, PriorityPayer
from adjudicator.model.money import WHOLE_BASIS_POINTS
from adjudicator.model.other_coverage import CoverageKind, KnownCoverage
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet

ORDER = "other-coverage.order"
"""Rule of the note that tells who pays before and after us, and why."""
MISSING = "other-coverage.fact-missing"
"""Rule of a fact that nobody knows; a policy may hold the claim for it, or pay and pursue."""
MEDICARE_PART = "medicare-part.not-enrolled"
"""Rule of what the plan leaves to a member who could have a part of Medicare and has not."""
RULES = (
    ORDER,
    "other-coverage.not-billed",
    "other-coverage.disagrees",
    "other-coverage.paid-as-first",
    "other-coverage.order-changes",
    "unsupported.equal-shares",
    MISSING,
    "other-coverage.unanswered",
    MEDICARE_PART,
)
LIABLE_RULES = (*(f"liable.{kind.value}" for kind in LIABLE), "liable.not-prompt", "liable.diagnoses-unknown")


def order_by_facts(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The payers stand in the order that follows from what we know of the patient's coverages, and the claim tells the same."""
    if case.other_coverage:
        places = places_of_ours(case, policies)
        if places:
            yield from _against_the_claim(case, policies, places)
        yield from _medicare_part(case, policies)


def _against_the_claim(case: Case, policies: PolicySet, places: Mapping[dt.date, PlaceOfOurs]) -> Iterable[Finding]:
    """Our place on each day, and where the claim tells otherwise, or nobody can tell."""

    def found(rule: str, because: str, first: PriorityPayer | None = None) -> Finding:
        return policies.answer(rule, case.received_on).finding(because, priority_payer=first)

    yield from (found(ORDER, sentence) for sentence in _told(places.items()))
    earlier = [{ranked.payer.payer_id for ranked in place.earlier} for place in places.values()]
    changing = earlier[0].union(*earlier) - earlier[0].intersection(*earlier)
    if changing:
        days = "; ".join(f"on {day} {_names(place.earlier) or 'nobody'}" for day, place in places.items())
        yield found(
            "other-coverage.order-changes", f"Who pays before us changes between the days of the claim: {days}."
        )
    told = dict[tuple[str, str], Finding]()
    for day, place in places.items():
        for rule, payer, because, first in _answers(case, policies, day, place):
            if payer.payer_id not in changing:
                told.setdefault((rule, payer.payer_id), found(rule, because, first))
    yield from told.values()


def _answers(
    case: Case, policies: PolicySet, day: dt.date, place: PlaceOfOurs
) -> Iterable[tuple[str, KnownCoverage, str, PriorityPayer | None]]:
    """What stands against the claim on a day: the rule, the other payer, the reason in words, and whom to bill before us."""
    claim = case.claim
    before = {payer.payer_id: payer for payer in earlier_payers(claim)}
    answered = {name for name, payer in before.items() if has_result(claim, payer)}
    for ranked in place.earlier:
        if ranked.payer.payer_id in before:
            continue
        says, first = f"On {day} {ranked.payer.name} pays before us ({ranked.rule})", first_unbilled(case, policies)
        if claim.subscriber.payer_responsibility == PRIMARY:
            because = f"{says}; the claim names us as the first and tells no result of it."
            yield "other-coverage.not-billed", ranked.payer, because, first
        else:
            because = f"{says}; the claim does not name it among the payers before us."
            yield "other-coverage.disagrees", ranked.payer, because, first
    for ranked in (*place.later, *place.apart):
        name = ranked.payer.payer_id
        if name in before:
            rule = "other-coverage.paid-as-first" if name in answered else "other-coverage.disagrees"
            because = f"The claim names {ranked.payer.name} as a payer before us; on {day} it is not ({ranked.rule})."
            yield rule, ranked.payer, because, None
    for ranked in place.equal:
        # An 837 ranks its payers: a result on it is that of a payer in its turn, never an equal share (domain/01 section 5).
        because = (
            f"Beside {ranked.payer.name} on {day}: {ranked.rule}. What that plan allows, and that it pays its half, no claim "
            "tells."
        )
        yield "unsupported.equal-shares", ranked.payer, because, None
    for ranked in place.unknown:
        # A payer that has paid before us has taken itself to be the first: nobody needs to be asked.
        if ranked.payer.payer_id not in answered:
            rule, because = _unknown(case, policies, ranked.payer, ranked.missing, day)
            yield rule, ranked.payer, because, None


def _unknown(case: Case, policies: PolicySet, payer: KnownCoverage, missing: str, day: dt.date) -> tuple[str, str]:
    """The rule of a payer whose place a missing fact would tell, and the reason in words."""
    because = f"Whether {payer.name} pays before us on {day} is not known, for want of: {missing}."
    answer_days = policies.payer.on(case.received_on).order_of_payers.answer_days
    if payer.asked_on is not None and case.decided_on > payer.asked_on + dt.timedelta(days=answer_days):
        asked = f"The member was asked on {payer.asked_on} and has not answered within {answer_days} days."
        return "other-coverage.unanswered", f"{because} {asked}"
    return MISSING, because


def liable_by_facts(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line treats what somebody on our file is liable for: workers' compensation, an accident's insurer, a miners' program."""
    liable = [known for known in case.other_coverage if known.kind in LIABLE]
    if not liable or case.member is None:
        return
    claim = case.claim
    answered = {payer.payer_id for payer in earlier_payers(claim) if has_result(claim, payer)}
    for line in claim.lines:
        for known in liable:
            first, last = line.from_date, line.through_date
            if first is None or known.payer_id in answered:
                continue
            shared = known.span.shared_with(Span(first, first if last is None else max(first, last)))
            if shared is None:
                continue
            day = shared.effective
            if not known.diagnoses:
                yield policies.answer("liable.diagnoses-unknown", day).finding(
                    f"{known.name} is liable for some care of the patient on {day}; our file does not say for which diagnoses.",
                    line.number,
                    priority_payer=priority_payer(known),
                )
                continue
            treated = [code for code in claim.diagnoses_of(line) if code.startswith(known.diagnoses)]
            if treated:
                rule, late = _liable_rule(case, policies, known, day)
                yield policies.answer(rule, day).finding(
                    f"{known.name} is liable for care on {day} with diagnosis {', '.join(treated)}, which line {line.number} "
                    f"names{late}.",
                    line.number,
                    priority_payer=priority_payer(known),
                )


def _medicare_part(case: Case, policies: PolicySet) -> Iterable[Finding]:
    """What a plan leaves to a patient who is not enrolled in the part of Medicare that would pay professional services first.

    A line that it would leave a share of on some of its days alone has one charge for all of them: a person settles that.
    """
    if all(known.pays_professionals for known in case.other_coverage) or case.member is None:
        return
    spans = turns(case, policies)
    told = dict[tuple[str, int, str], Finding]()
    for line in case.claim.lines:
        if line.from_date is None:
            continue
        by_day = dict[dt.date, int]()
        cut: Finding | None = None
        for day in turning_days(line.from_date, line.through_date, spans):
            if case.coverage_on(day) is None:
                continue
            by_day[day] = 0
            for payer, finding in _medicare_part_on(case, policies, day, line.number):
                if finding.rule != MEDICARE_PART:
                    told.setdefault((finding.rule, finding.line, payer.payer_id), finding)
                    continue
                by_day[day] = WHOLE_BASIS_POINTS - (finding.covered_basis_points or 0)
                cut = cut or finding
        if len(set(by_day.values())) > 1:
            days = "; ".join(
                f"on {day} {taken / 100:g} %" if taken else f"on {day} nothing" for day, taken in by_day.items()
            )
            because = f"What Medicare would pay of line {line.number}, were the patient enrolled, changes between its days: {days}."
            changes = policies.answer("other-coverage.order-changes", case.received_on).finding(because)
            told[changes.rule, line.number, ""] = changes
        elif cut:
            told[MEDICARE_PART, line.number, ""] = cut
    yield from told.values()


def _medicare_part_on(
    case: Case, policies: PolicySet, day: dt.date, line: int
) -> Iterable[tuple[KnownCoverage, Finding]]:
    """What is found of a line on one day on which we cover the patient, each with the row of Medicare; mostly nothing."""
    member, coverage = case.member, case.coverage_on(day)
    medicare = next(
        (known for known in case.other_coverage if not known.pays_professionals and known.span.covers(day)), None
    )
    if member is None or coverage is None or medicare is None:
        return
    says = f"the patient is enrolled in part {', '.join(medicare.medicare_parts)} of it alone"
    if _has_covered(case, medicare, policies):
        because = f"The claim tells that {medicare.name} has covered care; by our file {says} on {day}."
        yield medicare, policies.answer("other-coverage.disagrees", case.received_on).finding(because)
        return
    plan = policies.plan(coverage.plan, day)
    left_out = plan.coordination.medicare_part_b_basis_points if plan.coordination else 0
    if not left_out:
        return
    ours = our_coverage(case, member, coverage, plan.insurance, day)
    order = first_of(ours, medicare, policies.payer.on(case.received_on).order_of_payers, day)
    if order.missing:
        rule, because = _unknown(case, policies, medicare, order.missing, day)
        yield medicare, policies.answer(rule, case.received_on).finding(because)
    elif order.first is medicare:
        because = f"On {day} {medicare.name} pays before us ({order.rule}), and {says}."
        cut = policies.answer(MEDICARE_PART, day).finding(
            because, line, covered_basis_points=WHOLE_BASIS_POINTS - left_out
        )
        yield medicare, cut


def _has_covered(case: Case, payer: KnownCoverage, policies: PolicySet) -> bool:
    """Whether a payer before us paid some of the claim, or left cost share of it: it takes the patient as its own."""
    earlier = tuple(named for named in earlier_payers(case.claim) if named.payer_id == payer.payer_id)
    if not earlier:
        return False
    alone = msgspec.structs.replace(case.claim, other_payers=earlier)
    reasons = policies.payer.on(case.received_on).reasons_of_earlier_payers
    return any(line.considered for line in prior_lines(alone, reasons).values())


def _liable_rule(case: Case, policies: PolicySet, known: KnownCoverage, day: dt.date) -> tuple[str, str]:
    """The rule of a line for which somebody else is liable, and what its sentence says of how long that one was asked."""
    coverage = case.coverage_on(day)
    prompt_days = policies.payer.on(case.received_on).order_of_payers.prompt_days
    if (
        coverage is not None
        and policies.plan(coverage.plan, day).insurance is CoverageKind.MEDICARE
        and known.claimed_on is not None
        and case.decided_on > known.claimed_on + dt.timedelta(days=prompt_days)
    ):
        return "liable.not-prompt", f"; it was asked to pay on {known.claimed_on}, more than {prompt_days} days ago"
    return f"liable.{known.kind.value}", ""


def _told(places: Iterable[tuple[dt.date, PlaceOfOurs]]) -> Iterable[str]:
    """Who pays before and after us, and the rule, each once."""
    sentences = dict[tuple[str, str, str], str]()
    for day, place in places:
        for where, payers in (("before us", place.earlier), ("after us", place.later), ("apart from us", place.apart)):
            for ranked in payers:
                key = (ranked.payer.payer_id, where, ranked.rule)
                sentences.setdefault(key, f"On {day} {ranked.payer.name} pays {where}: {ranked.rule}.")
    return sentences.values()


def _names(payers: Sequence[Ranked]) -> str:
    return ", ".join(ranked.payer.name for ranked in payers)
