"""The case that an example beside a policy describes.

An example gives only what matters; the rest is a plain claim of one service for a known, covered, obviously invented person.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import chain

from adjudicator.model.case import (
    Affiliation,
    Authorization,
    Balance,
    Case,
    Coverage,
    CoverageTerms,
    Elsewhere,
    ElsewhereKind,
    HistoryLine,
    LaboratoryCertificate,
    LineState,
    Member,
    OriginalClaim,
    Participation,
    ProviderKind,
    ProviderRecord,
    Requirement,
    Ruling,
    RulingVerdict,
    Sanction,
)
from adjudicator.model.claim import (
    Address,
    Ambulance,
    Attachment,
    Claim,
    ClaimType,
    Diagnosis,
    Drug,
    Institutional,
    Line,
    OtherPayer,
    Patient,
    Person,
    PriorAdjustment,
    Provider,
    Purpose,
    Sex,
    Subscriber,
    UnitBasis,
)
from adjudicator.model.codes import plain_diagnosis
from adjudicator.model.dates import Span
from adjudicator.model.other_coverage import CoverageKind, Holder, KnownCoverage, MedicareReason, Parents
from adjudicator.policy.load.compile_conditions import LEVELS
from adjudicator.policy.load.example_documents import (
    LONG_AGO,
    NOBODY,
    NONE,
    PLAIN_NPI,
    RENDERING_NPI,
    Approval,
    EarlierLine,
    Given,
    LineText,
    OtherCoverageText,
    ProviderFacts,
    Stretch,
    Used,
)
from adjudicator.policy.policy_set import PolicySet

_TAX_ID, _OTHER_TAX_ID = "001234567", "007654321"
_OTHER_NPI, _FACILITY_NPI = "1000000004", "1000000012"
_FACILITY_TAX_ID = "002345678"
_MEMBER_ID, _FAMILY_ID = "EXAMPLE-MEMBER", "EXAMPLE-FAMILY"
_HOLDER = Member(
    member_id=_MEMBER_ID,
    family_id=_FAMILY_ID,
    last_name="EXAMPLE",
    first_name="HOLDER",
    birth_date=dt.date(1975, 1, 1),
)
"""The subscriber of a dependent whom we do not know."""
_HOLDER_PERSON = Person(last_name="EXAMPLE", first_name="HOLDER", birth_date=_HOLDER.birth_date)
_DAYS_TO_ARRIVE = dt.timedelta(days=10)


def merged(shared: Given, own: Given) -> Given:
    """An example's own words over those of its file."""
    return shared.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def case_of(given: Given, policies: PolicySet) -> Case:
    """The case that an example describes."""
    texts = [
        line.model_copy(
            update={name: getattr(given, name) for name in LineText.model_fields if name not in line.model_fields_set}
        )
        for line in given.lines or (given,)
    ]
    lines = tuple(_line(number, text, _billing(given)) for number, text in enumerate(texts, start=1))
    days = [line.through_date or line.from_date for line in lines if line.from_date]
    received = given.received or max((day for day in days if day), default=dt.date(2026, 1, 31)) + _DAYS_TO_ARRIVE
    home = Address(state=given.patient_state, postal_code=given.patient_postal_code)
    person = Person(last_name="EXAMPLE", first_name="PAT", birth_date=given.born, sex=Sex(given.sex), address=home)
    other_birth_date = given.born + dt.timedelta(days=1)
    on_file = Member(
        member_id=_MEMBER_ID,
        family_id=_FAMILY_ID,
        last_name="SPECIMEN" if given.member == "other_name" else "EXAMPLE",
        first_name="PAT",
        birth_date=other_birth_date if given.member == "other_birth_date" else given.born,
        sex=Sex(given.sex),
        relationship=given.relationship,
        deceased_on=given.deceased,
        identity_theft_on=given.identity_theft,
        custody=_spans(given.custody),
        elsewhere=tuple(
            Elsewhere(ElsewhereKind(care.kind), Span(care.from_, care.through)) for care in given.elsewhere
        ),
    )
    copies = {"unknown": 0, "unknown_dependent": 0, "ambiguous": 2}.get(given.member, 1)
    holder = _HOLDER if given.member == "unknown_dependent" else None
    plan = given.plan if given.plan != NONE else None
    return Case(
        claim_id="EXAMPLE-CLAIM",
        claim=_claim(given, person, lines, policies, received),
        received_on=received,
        decided_on=given.decided or received,
        members=(on_file,) * copies,
        subscriber=holder,
        coverage=_coverage(given, plan) if holder is None else (),
        subscriber_coverage=_coverage(given, plan) if holder else (),
        submitter_enrolled=given.submitter_enrolled,
        providers=(*_provider_records(given), *_facility_records(texts)),
        participations=tuple(_participations(given, plan, policies)),
        facility_participations=tuple(_facility_participations(texts, plan, policies)),
        authorizations=tuple(_authorization(position, text) for position, text in enumerate(given.authorizations, 1)),
        other_coverage=tuple(_known_coverage(text) for text in given.other_coverage),
        balances=tuple(
            chain(
                _balances(given.used, plan, min(days, default=received), policies),
                _balances(given.used_before, given.used_before.plan, min(days, default=received), policies)
                if given.used_before
                else (),
            )
        ),
        history=tuple(_history(position, text) for position, text in enumerate(given.history, 1)),
        original=OriginalClaim(given.original_claim, "paid") if given.original_on_file else None,
        rulings=tuple(
            Ruling(
                rule=text.rule,
                policy=text.policy,
                line=text.line,
                verdict=RulingVerdict(text.verdict.replace("-", "_")),
                rationale="The example says so.",
                ruled_by="example reviewer",
                group=text.group or "",
                carc=text.carc or "",
                remarks=text.remarks,
                covered_quantity_thousandths=text.units,
                price_cents=text.price,
            )
            for text in given.rulings
        ),
    )


def _claim(given: Given, person: Person, lines: tuple[Line, ...], policies: PolicySet, received: dt.date) -> Claim:
    payer = policies.payer.find(received)
    return Claim(
        claim_type=ClaimType.INSTITUTIONAL if given.institutional else ClaimType.PROFESSIONAL,
        institutional=Institutional(type_of_bill="0131") if given.institutional else None,
        patient_control_number="EXAMPLE",
        total_charge_cents=sum(line.charge_cents for line in lines) if given.total is None else given.total,
        billing=_billing(given),
        subscriber=Subscriber(
            member_id=_MEMBER_ID,
            person=_HOLDER_PERSON if given.member == "unknown_dependent" else person,
            payer_responsibility=given.payer_responsibility,
            filing_indicator=given.filing_indicator,
        ),
        patient=Patient(person, given.relationship) if given.member == "unknown_dependent" else None,
        lines=lines,
        payer_id=given.payer or (payer.payer_id if payer else ""),
        diagnoses=tuple(
            Diagnosis(plain_diagnosis(code), "other" if position else "principal")
            for position, code in enumerate(given.diagnoses)
        ),
        frequency_code=given.frequency,
        original_claim_id=given.original_claim,
        purpose=Purpose.ENCOUNTER if given.encounter else Purpose.CHARGEABLE,
        test=given.test,
        accepts_assignment=given.accepts_assignment,
        benefits_assigned=given.benefits_assigned,
        admission_date=given.admitted,
        clia_number=_sent(given.clia_number),
        patient_weight_thousandths=given.weight_pounds,
        last_menstrual_period_date=given.last_menstrual_period,
        assumed_care_date=given.assumed_care,
        relinquished_care_date=given.relinquished_care,
        accident_date=given.accident_date,
        accident_state=given.accident_state,
        related_causes=given.related_causes,
        special_program=given.special_program,
        delay_reason=given.delay_reason,
        pay_to_plan=Provider(name="ANOTHER PLAN") if given.pay_to_plan else None,
        authorization_exception=given.authorization_exception,
        other_payers=_earlier_payers(given),
    )


def _known_coverage(text: OtherCoverageText) -> KnownCoverage:
    return KnownCoverage(
        kind=CoverageKind(text.kind),
        span=Span(text.from_, text.through),
        payer_id="" if text.kind == CoverageKind.OURS.value else text.payer,
        coordinates=text.coordinates,
        dependent=text.dependent,
        holder_born_on=text.holder_born,
        parents=Parents(text.parents) if text.parents else None,
        holder=Holder(text.holder) if text.holder else None,
        decreed=text.decreed,
        active=text.active,
        asks_for_activity=text.asks_for_activity,
        continuation=text.continuation,
        covered_since=text.covered_since,
        employees=text.employees,
        medicare_reason=MedicareReason(text.medicare_reason) if text.medicare_reason else None,
        eligible_on=text.eligible_on,
        medicare_parts=text.medicare_parts,
        diagnoses=tuple(plain_diagnosis(code) for code in text.diagnoses),
        claimed_on=text.claimed_on,
        asked_on=text.asked_on,
    )


def _earlier_payers(given: Given) -> tuple[OtherPayer, ...]:
    if given.payer_responsibility != "P" and not given.earlier_payers:
        return (OtherPayer(payer_id="OTHERPAYER", responsibility="P"),)
    return tuple(
        OtherPayer(
            payer_id=f"OTHERPAYER-{payer.rank}",
            responsibility=payer.rank,
            paid_cents=payer.paid,
            adjustments=tuple(
                PriorAdjustment(group, carc, cents)
                for reason, cents in payer.adjustments.items()
                for group, _, carc in (reason.partition("-"),)
            ),
            adjudicated_on=payer.decided,
            noncovered_cents=payer.noncovered,
        )
        for payer in given.earlier_payers
    )


def _line(number: int, text: LineText, billing: Provider) -> Line:
    rendering = Provider(npi=text.rendering_npi, name="EXAMPLE", first_name="DOCTOR", taxonomy=_sent(text.taxonomy))
    return Line(
        number=number,
        charge_cents=text.charge,
        from_date=text.date,
        through_date=text.through,
        procedure=_sent(text.procedure),
        modifiers=text.modifiers,
        description=_sent(text.description),
        note=text.note,
        drug=_drug(text),
        unit_basis=UnitBasis(text.unit_basis),
        quantity_thousandths=text.units,
        diagnosis_pointers=text.pointers,
        control_number=f"L{number}",
        emergency=text.emergency,
        copay_exempt=text.copay_exempt,
        screening_program=text.screening_program,
        noncovered_cents=text.noncovered,
        authorization_numbers=text.authorization_numbers,
        referral_numbers=text.referral_numbers,
        purchased_service=Provider(name="ANOTHER PROVIDER") if text.purchased else None,
        last_seen_date=text.last_seen,
        ambulance=(
            Ambulance(miles_thousandths=text.miles, pick_up=Address(postal_code=_sent(text.pick_up_postal_code)))
            if text.miles is not None or text.pick_up_postal_code
            else None
        ),
        place_of_service=_sent(text.place),
        rendering=billing if text.rendering_npi == NONE else rendering,
        service_facility=_facility(text),
        attachments=tuple(Attachment(report_type=report, transmission="BM") for report in text.attachments),
        ordering=_party(text.ordering_npi),
        referring=_party(text.referring_npi),
    )


def _facility(text: LineText) -> Provider:
    named = text.facility != "not_named"
    if not (text.country or text.zip_code or text.state or named):
        return Provider()
    npi = _FACILITY_NPI if named else ""
    return Provider(
        npi=npi,
        name="EXAMPLE PLACE",
        address=Address(country=text.country, state=_sent(text.state), postal_code=_sent(text.zip_code)),
    )


def _party(npi: str) -> Provider | None:
    return None if npi == NOBODY else Provider(npi=_sent(npi), name="EXAMPLE")


def _drug(text: LineText) -> Drug | None:
    if text.drug is None or isinstance(text.drug, str):
        return None
    return Drug(text.drug.code, text.drug.units or None, _sent(text.drug.unit))


def _billing(given: Given) -> Provider:
    return Provider(npi=_sent(given.billing_npi), name="EXAMPLE CLINIC", tax_id=_sent(given.billing_tax_id or _TAX_ID))


def _coverage(given: Given, plan: str | None) -> tuple[Coverage, ...]:
    if plan is None:
        return ()
    spans = (Span(given.covered_from, given.covered_through), *_spans(given.covered_again))
    terms = CoverageTerms(
        waiting_through=given.waiting_through,
        premium_paid_through=given.premium_paid_through,
        unmet=Requirement(given.unmet) if given.unmet else None,
        preexisting=tuple(plain_diagnosis(code) for code in given.preexisting),
        preexisting_through=given.preexisting_through,
        primary_care_npi={"nobody": "", "same": given.rendering_npi, "other": _OTHER_NPI}[given.primary_care],
        not_billable=given.not_billable,
    )
    return tuple(Coverage(plan, span, given.coverage_recorded, terms) for span in spans)


def _provider_records(given: Given) -> Iterator[ProviderRecord]:
    rendering_npi = RENDERING_NPI if given.rendering_npi == NONE else given.rendering_npi
    for npi, facts in (
        (_sent(given.billing_npi), given.billing_provider),
        (rendering_npi, given.rendering_provider),
        (given.ordering_npi, given.ordering_provider),
        (given.referring_npi, given.referring_provider),
    ):
        if isinstance(facts, ProviderFacts):
            yield _provider_record(npi, facts)


def _provider_record(npi: str, facts: ProviderFacts) -> ProviderRecord:
    return ProviderRecord(
        npi=npi,
        name="EXAMPLE",
        kind=ProviderKind(facts.kind),
        taxonomies=facts.taxonomies,
        enrolled=_spans(facts.enrolled),
        sanctions=tuple(Sanction("EXAMPLE-LIST", span) for span in _spans(facts.sanctioned)),
        groups=(
            *(Affiliation(_TAX_ID, span) for span in _spans(facts.works_for)),
            *(Affiliation(_OTHER_TAX_ID, span) for span in _spans(facts.works_elsewhere)),
        ),
        roster=_spans(facts.roster),
        certificates=tuple(
            LaboratoryCertificate(own.number, Span(own.from_, own.through), LEVELS[own.level])
            for own in facts.certificates
        ),
        orders=_spans(facts.orders),
        nonparticipating=_spans(facts.nonparticipating),
        family_id=_FAMILY_ID if facts.relative else "",
    )


def _spans(stretches: tuple[Stretch, ...]) -> tuple[Span, ...]:
    return tuple(Span(stretch.from_, stretch.through) for stretch in stretches)


def _participations(given: Given, plan: str | None, policies: PolicySet) -> Iterator[Participation]:
    if given.contract in (None, NONE) or plan is None:
        return
    assert given.contract is not None
    for product in sorted({given.contract_product or version.product for version in policies.plans[plan].versions}):
        yield Participation(_TAX_ID, _sent(given.billing_npi), product, given.contract, Span(LONG_AGO))


def _facility_participations(
    texts: Iterable[LineText], plan: str | None, policies: PolicySet
) -> Iterator[Participation]:
    if plan is not None and any(text.facility == "in_network" for text in texts):
        contract = policies.payer.versions[0].out_of_network_contract  # what a facility is paid is asked nowhere here
        for product in sorted({version.product for version in policies.plans[plan].versions}):
            yield Participation(_FACILITY_TAX_ID, _FACILITY_NPI, product, contract, Span(LONG_AGO))


def _facility_records(texts: Iterable[LineText]) -> Iterator[ProviderRecord]:
    if any(text.facility == "out_of_network" for text in texts):
        yield ProviderRecord(npi=_FACILITY_NPI, name="EXAMPLE PLACE", kind=ProviderKind.FACILITY)


def _authorization(position: int, text: Approval) -> Authorization:
    return Authorization(
        number=text.number or f"APPROVAL-{position}",
        procedures=text.procedures,
        span=Span(text.from_, text.through),
        tax_id={"same": _TAX_ID, "other": _OTHER_TAX_ID, "any": ""}[text.provider],
        quantity_thousandths=text.units,
        visits=text.visits,
        rendering_npi={"same": RENDERING_NPI, "other": _OTHER_NPI, "any": ""}[text.practitioner],
        referral=text.kind == "referral",
        denied=text.status == "denied",
        requested_on=text.requested,
        unit_price_cents=text.price,
    )


def _balances(used: Used, plan: str | None, day: dt.date, policies: PolicySet) -> Iterator[Balance]:
    """What is used under a plan in the period of a day; where there is none, in the calendar year."""
    document = policies.plans.get(plan or "")
    version = document.find(day) if document else None
    period_start = version.period_start(day) if version else dt.date(day.year, 1, 1)
    for tier, amounts in (("in_network", used.in_network), ("out_of_network", used.out_of_network)):
        for accumulator, own, family, others in (
            ("deductible", amounts.deductible, amounts.family_deductible, amounts.others_deductible),
            ("out_of_pocket", amounts.out_of_pocket, amounts.family_out_of_pocket, amounts.others_out_of_pocket),
            ("copays", amounts.copays, amounts.family_copays, ()),
        ):
            for owner, cents in (
                (f"member:{_MEMBER_ID}", own),
                (f"family:{_FAMILY_ID}", own + sum(others) if family is None else family),
                *((f"member:EXAMPLE-RELATIVE-{number}", used_cents) for number, used_cents in enumerate(others, 1)),
            ):
                if cents:
                    kept_in, stamp = (version.kept_in(tier), version.stamp) if version else (tier, "")
                    yield Balance(owner, accumulator, kept_in, period_start, cents, stamp)


def _history(position: int, text: EarlierLine) -> HistoryLine:
    same = text.provider != "other"
    return HistoryLine(
        claim_id=f"EARLIER-{position}",
        decision_number=1,
        line=1,
        member_id=_MEMBER_ID if text.patient == "same" else "EXAMPLE-RELATIVE",
        state=LineState(text.state),
        billing_tax_id=_TAX_ID if same else _OTHER_TAX_ID,
        billing_npi=PLAIN_NPI if same else _OTHER_NPI,
        rendering_npi=RENDERING_NPI if text.provider == "same" else _OTHER_NPI,
        from_date=text.date,
        through_date=text.date,
        procedure=text.procedure,
        modifiers=tuple(sorted(text.modifiers)),
        place_of_service=text.place,
        quantity_thousandths=text.units,
        charge_cents=text.charge,
        copay_cents=text.copay,
        allowed_cents=text.allowed,
        paid_cents=text.paid,
        tier=text.tier if text.state == "paid" else "",
        covered_quantity_thousandths=text.covered,
        authorization_numbers=text.authorization_numbers,
        referral_numbers=text.referral_numbers,
        taxonomies=text.taxonomies,
    )


def _sent(text: str) -> str:
    """What the claim says, where ``none`` leaves it out."""
    return "" if text == NONE else text
