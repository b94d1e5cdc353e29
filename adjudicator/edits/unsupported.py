"""What the model can carry and this version cannot adjudicate: it waits in the system queue, and is never paid on a guess.

Each function shrinks as the engine learns; an edit that takes a feature over deletes its lines here.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec

from adjudicator.edits.front_end import REPLACEMENT, VOID
from adjudicator.edits.provider import parts
from adjudicator.model.case import Case, Coverage
from adjudicator.model.claim import ClaimType, Line, Purpose, UnitBasis
from adjudicator.model.dates import Span
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.anesthesia_fees import AnesthesiaFees
from adjudicator.policy.fee_schedules import Fees, FlatFees, ListedFees, releases
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms, terms_of

ORIGINAL = "1"
"""Claim frequency code of a new claim (CLM05-3)."""
ASSIGNED = ("Y", "")
"""Benefits assignment (CLM08) under which the provider is paid."""


def claim_features(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The claim is a chargeable, original, professional claim from a production interchange, payable to its provider."""
    claim = case.claim

    def waits(rule: str, because: str) -> Finding:
        return policies.answer(rule, case.received_on).finding(because)

    if claim.claim_type is ClaimType.INSTITUTIONAL or claim.institutional:
        yield waits("unsupported.institutional", "Institutional claims are not adjudicated yet.")
    if claim.purpose is Purpose.ENCOUNTER:
        yield waits("unsupported.encounter", "Encounters (BHT06 = RP) are not adjudicated yet.")
    if claim.test:
        yield waits(
            "unsupported.test-interchange", "The claim came in a test interchange (ISA15 = T) and is never payable."
        )
    if claim.frequency_code == REPLACEMENT:
        yield waits("unsupported.replacement", "Replacements (frequency 7) are not adjudicated yet.")
    elif claim.frequency_code == VOID:
        yield waits("unsupported.void", "Voids (frequency 8) are not adjudicated yet.")
    elif claim.frequency_code != ORIGINAL:
        yield waits(
            "unsupported.frequency", f"Claim frequency {claim.frequency_code} (CLM05-3) is not adjudicated yet."
        )
    if claim.benefits_assigned not in ASSIGNED:
        yield waits(
            "unsupported.member-payment",
            f"Benefits are not assigned to the provider (CLM08 = {claim.benefits_assigned}): the member would be paid.",
        )
    if claim.pay_to_plan:
        yield waits("unsupported.pay-to-plan", "Another plan claims the payment (loop 2010AC).")
    if claim.special_program:
        yield waits(
            "unsupported.special-program", f"Special program {claim.special_program} (CLM12) is not adjudicated yet."
        )


def line_features(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Each line bills units of a service at its plain price."""
    neutral = policies.payer.on(case.received_on).neutral_modifiers
    for line in case.claim.lines:

        def waits(rule: str, because: str, number: int = line.number) -> Finding:
            return policies.answer(rule, case.received_on).finding(f"Line {number}: {because}", number)

        fees = _fees(case, policies, line)
        if line.unit_basis is UnitBasis.MINUTES and not isinstance(fees, AnesthesiaFees):
            yield waits("unsupported.minutes", "only anesthesia schedules price quantities in minutes.")
        if line.screening_program or line.family_planning:
            yield waits(
                "unsupported.screening-program", "screening or family-planning services (SV111, SV112) wait for review."
            )
        priced = [modifier for modifier in line.modifiers if modifier not in neutral]
        if isinstance(fees, AnesthesiaFees):
            priced = [modifier for modifier in priced if not fees.names(modifier)]
        elif priced and isinstance(fees, FlatFees):
            priced = [modifier for modifier in priced if modifier not in fees.informational]
        elif priced and isinstance(fees, ListedFees) and line.from_date:
            own = line.procedure, line.modifiers, line.from_date
            priced = [modifier for modifier in priced if not fees.names(modifier, *own)]
        if priced and (terms := terms_of(case, policies, line)):
            rule = policies.pay_rule(terms.contract, case, line)
            rules = (
                policies.payment_rules_of(rule, terms.day) if rule and not isinstance(fees, AnesthesiaFees) else None
            )
            priced = [
                modifier
                for modifier in priced
                if not (rule and rule.is_for_modifier(modifier))
                and not (rules and rules.prices(modifier))
                and not terms.contract.case_price_stays(line.procedure, modifier)
            ]
            priced = [modifier for modifier in priced if not _reduces_payment(terms, line, modifier)]
        if priced:
            yield waits("unsupported.modifier", f"the price under modifier {', '.join(priced)} is not worked out yet.")
        if line.noncovered_cents:
            yield waits("unsupported.noncovered-charge", "part of the charge was sent as not covered (SV207).")
        if line.purchased_service or line.purchased_service_cents:
            yield waits("unsupported.purchased-service", "the service was purchased from another provider (PS1).")


def _reduces_payment(terms: Terms, line: Line, modifier: str) -> bool:
    """Whether a clause says what a modifier takes of the line's payment, and so leaves its price alone."""
    return any(
        clause.modifiers is not None and modifier in clause.modifiers and clause.names(line, terms.tier)
        for clause in terms.payment_reductions
    )


def _fees(case: Case, policies: PolicySet, line: Line) -> Fees | None:
    """The fee schedule of a line whose minutes or modifiers it may price; None for other lines, and where no terms are known."""
    terms = terms_of(case, policies, line) if line.modifiers or line.unit_basis is UnitBasis.MINUTES else None
    rule = policies.pay_rule(terms.contract, case, line) if terms else None
    return policies.fees[rule.schedule].find(terms.day) if terms and rule and rule.schedule else None


def changing_terms(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Nothing that a line's payment depends on changes between its first day and its last."""
    for line in case.claim.lines:
        first, last = line.from_date, line.through_date
        if first is None or last in (None, first):
            continue
        days = sorted({first, last, *filter(Span(first, last).covers, _turning_days(case))})
        terms = {_terms_on(case, policies, line, day) for day in days}
        if None in terms:
            continue  # which the check of coverage tells
        if len(terms) > 1:
            yield policies.answer("unsupported.date-span", first).finding(
                f"Line {line.number} runs from {first} through {last}, over a change of coverage, plan, contract, fees or year.",
                line.number,
            )
        elif len({_barred_on(case, line, day) for day in days}) > 1:
            yield policies.answer("unsupported.date-span", first).finding(
                f"Line {line.number} runs from {first} through {last}, over a change in what our files say of the patient or of "
                "a provider.",
                line.number,
            )


def _terms_on(case: Case, policies: PolicySet, line: Line, day: dt.date) -> tuple[object, ...] | None:
    """What the price and the member's share of a line depend on, on one of its days; None when there is no coverage."""
    that_day = msgspec.structs.replace(line, from_date=day)
    terms = terms_of(case, policies, that_day)
    if terms is None:
        return None
    rule = policies.pay_rule(terms.contract, case, that_day)
    fees = policies.fees[rule.schedule].find(day) if rule and rule.schedule else None
    rules = policies.payment_rules_of(rule, day) if rule else None
    return (
        case.coverage_on(day),
        terms.plan.stamp,
        terms.contract.stamp,
        terms.protection.case if terms.protection else None,
        releases(fees, day) if fees else None,
        rules.stamp if rules else None,
        (rule.rate, rule.schedule) if rule else None,
        terms.plan.period_start(day),
    )


def _barred_on(case: Case, line: Line, day: dt.date) -> tuple[object, ...]:
    """What keeps a service of a day from payment, or from its whole fee, by our files of members and providers."""
    patient, billing = case.member, case.provider(case.claim.billing.npi)
    rendering = case.provider(line.rendering.npi)
    records = [case.provider(party.npi) for _, party in parts(case, line)]
    return (
        patient is not None and patient.died_before(day),
        patient is not None and patient.in_custody_on(day),
        patient is not None and patient.elsewhere_on(day),
        *_coverage_terms_on(case, day),
        billing is not None and not billing.enrolled_on(day),
        billing is not None and billing.nonparticipating_on(day),
        rendering is not None and rendering.qualifying_on(day),
        *(record.npi for record in records if record and record.sanction_on(day)),
    )


def _coverage_terms_on(case: Case, day: dt.date) -> tuple[bool, ...]:
    """What of the terms of the patient's coverage holds on a day."""
    coverage = case.coverage_on(day)
    last_days = _last_days(coverage) if coverage else ()
    return tuple([last is not None and day > last for last in last_days])


def _last_days(coverage: Coverage) -> tuple[dt.date | None, ...]:
    terms = coverage.terms
    return terms.waiting_through, terms.premium_paid_through, terms.preexisting_through


def _turning_days(case: Case) -> Iterator[dt.date]:
    """The days on which something of the case's files begins, and those after something of them has ended."""
    spans = [coverage.span for coverage in case.coverage]
    spans += [participation.span for participation in (*case.participations, *case.facility_participations)]
    last_days = [day for coverage in case.coverage for day in _last_days(coverage)]
    if case.member is not None:
        spans += [*case.member.custody, *(stretch.span for stretch in case.member.elsewhere)]
        last_days.append(case.member.deceased_on)
    for record in case.providers:
        spans += [
            *record.enrolled,
            *record.nonparticipating,
            *record.qualifying,
            *(sanction.span for sanction in record.sanctions),
        ]
    for span in spans:
        yield span.effective
        last_days.append(span.ends)
    yield from (day + dt.timedelta(days=1) for day in last_days if day is not None and day < dt.date.max)


def inpatient_elsewhere(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line puts a patient who was in hospital that day elsewhere: the facility rate may apply (domain/03 section 2)."""
    admitted = case.claim.admission_date
    if admitted is None:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None or day < admitted or day > (case.claim.discharge_date or day):
            continue
        place = policies.table("places", day).entry(line.place_of_service, day)
        if place is not None and not place.facility:
            yield policies.answer("unsupported.inpatient-elsewhere", day).finding(
                f"Line {line.number} is in place {line.place_of_service}, while the claim says that the patient was admitted "
                f"on {admitted} (DTP*435).",
                line.number,
            )
