"""Our place among a patient's payers on the days of a claim, by what we know of the patient's coverages."""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from adjudicator.coordination.order import LIABLE, PlaceOfOurs, first_among, kidney_months_of, place_of_ours
from adjudicator.coordination.prior_results import earlier_payers, has_result
from adjudicator.model.case import SPOUSE, SUBSCRIBER, Case, Coverage, Member
from adjudicator.model.dates import ONE_DAY, Span, turning_days
from adjudicator.model.decision import PriorityPayer
from adjudicator.model.other_coverage import CoverageKind, Holder, KnownCoverage
from adjudicator.policy.policy_set import PolicySet


def places_of_ours(case: Case, policies: PolicySet) -> Mapping[dt.date, PlaceOfOurs]:
    """Our place on the days of the claim's lines on which we cover the patient; empty where nothing of other payers is known.

    Of a line over several days these are the first and those on which a coverage begins or is over, or the months of kidney
    disease are: they tell all of its days.

    Raises:
        PolicyGap: the plan has no version for a day, or the payer does not say how the order is told.
    """
    return case.once(_places, policies)


def turns(case: Case, policies: PolicySet) -> Sequence[Span]:
    """What may turn the order of payers on the day on which it begins or is over: coverages, and the months of kidney disease.

    Raises:
        PolicyGap: a coverage is by kidney disease, and the payer does not say how the order is told.
    """
    spans = [stretch.span for stretch in case.coverage] + [known.span for known in case.other_coverage]
    begun = [known.eligible_on for known in case.other_coverage if known.eligible_on]
    if begun:
        rules = policies.payer.on(case.received_on).order_of_payers
        spans += [kidney_months_of(day, rules) for day in begun]
    return spans


def first_unbilled(case: Case, policies: PolicySet) -> PriorityPayer | None:
    """Who pays first of the payers before us whose results the claim does not have, by our file of the patient's other coverage.

    It is told of the claim's first day on which there is one. None where the file knows none, or does not tell which of several
    comes first.

    Raises:
        PolicyGap: as ``places_of_ours``.
    """
    claim = case.claim
    answered = {payer.payer_id for payer in earlier_payers(claim) if has_result(claim, payer)}
    for day, place in places_of_ours(case, policies).items():
        waiting = [ranked.payer for ranked in place.earlier if ranked.payer.payer_id not in answered]
        if waiting:
            medicare = (k for k in case.other_coverage if k.kind is CoverageKind.MEDICARE and k.span.covers(day))
            rules = policies.payer.on(case.received_on).order_of_payers
            first = first_among(waiting, rules, day, next(medicare, None))
            return priority_payer(first) if first else None
    return None


def priority_payer(known: KnownCoverage) -> PriorityPayer:
    """A payer on our file as answers name it to the biller; by its identifier alone where the file has no name."""
    return PriorityPayer(known.payer_id, known.payer_name or known.payer_id)


def our_coverage(case: Case, member: Member, coverage: Coverage, kind: CoverageKind, day: dt.date) -> KnownCoverage:
    """Our own coverage of a day: its evidence, and where that is silent what the membership file says.

    Args:
        case: the claim with its facts.
        member: the patient.
        coverage: the coverage of the day.
        kind: what the plan is.
        day: the day of service.
    """
    own = next(
        (known for known in case.other_coverage if known.kind is CoverageKind.OURS and known.span.covers(day)),
        KnownCoverage(kind=kind, span=coverage.span),
    )
    holder = case.subscriber
    return msgspec.structs.replace(
        own,
        kind=kind,
        dependent=member.relationship != SUBSCRIBER if own.dependent is None else own.dependent,
        holder=own.holder or (Holder.SPOUSE if member.relationship == SPOUSE else None),
        holder_born_on=own.holder_born_on or (holder.birth_date if holder else None),
        covered_since=own.covered_since or _since(case, coverage),
    )


def _places(case: Case, policies: PolicySet) -> dict[dt.date, PlaceOfOurs]:
    others = [
        known
        for known in case.other_coverage
        if known.kind not in (CoverageKind.OURS, *LIABLE) and known.pays_professionals
    ]
    places: dict[dt.date, PlaceOfOurs] = {}
    if not others or case.member is None:
        return places
    rules = policies.payer.on(case.received_on).order_of_payers
    spans = turns(case, policies)
    days = {
        day
        for line in case.claim.lines
        if line.from_date
        for day in turning_days(line.from_date, line.through_date, spans)
    }
    for day in sorted(days):
        coverage = case.coverage_on(day)
        if coverage is None:
            continue
        ours = our_coverage(case, case.member, coverage, policies.plan(coverage.plan, day).insurance, day)
        places[day] = place_of_ours(ours, others, rules, day)
    return places


def _since(case: Case, coverage: Coverage) -> dt.date:
    """The first day of our coverage without a gap, whatever plans it went through (NAIC Model 120: a change is no new start)."""
    since = coverage.span.effective
    for earlier in sorted(case.coverage, key=lambda stretch: stretch.span.effective, reverse=True):
        before = earlier.span.effective < since
        if before and (earlier.span.ends is None or earlier.span.ends >= since - ONE_DAY):
            since = earlier.span.effective
    return since
