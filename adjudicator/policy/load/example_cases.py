"""The case that an example beside a policy describes.

An example gives only what matters; the rest is a plain claim of one service for a known, covered, obviously invented person.
"""

import datetime as dt
from collections.abc import Iterator

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
    Claim,
    ClaimType,
    Diagnosis,
    Drug,
    Institutional,
    Line,
    OtherPayer,
    Patient,
    Person,
    Provider,
    Purpose,
    Sex,
    Subscriber,
    UnitBasis,
)
from adjudicator.model.codes import plain_diagnosis
from adjudicator.model.dates import Span
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
    ProviderFacts,
    Stretch,
    Used,
)
from adjudicator.policy.policy_set import PolicySet

_TAX_ID, _OTHER_TAX_ID = "001234567", "007654321"
_OTHER_NPI = "1000000004"
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
    person = Person(last_name="EXAMPLE", first_name="PAT", birth_date=given.born, sex=Sex(given.sex))
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
        decided_on=received,
        members=(on_file,) * copies,
        subscriber=holder,
        coverage=_coverage(given, plan) if holder is None else (),
        subscriber_coverage=_coverage(given, plan) if holder else (),
        submitter_enrolled=given.submitter_enrolled,
        providers=tuple(_provider_records(given)),
        participations=tuple(_participations(given, plan, policies)),
        authorizations=tuple(_authorization(position, text) for position, text in enumerate(given.authorizations, 1)),
        balances=tuple(_balances(given.used, min((day for day in days if day), default=received))),
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
        benefits_assigned=given.benefits_assigned,
        admission_date=given.admitted,
        clia_number=_sent(given.clia_number),
        patient_weight_thousandths=given.weight_pounds,
        last_menstrual_period_date=given.last_menstrual_period,
        accident_date=given.accident_date,
        accident_state=given.accident_state,
        related_causes=given.related_causes,
        special_program=given.special_program,
        delay_reason=given.delay_reason,
        pay_to_plan=Provider(name="ANOTHER PLAN") if given.pay_to_plan else None,
        authorization_exception=given.authorization_exception,
        other_payers=(
            ()
            if given.payer_responsibility == "P"
            else (OtherPayer(payer_id="OTHERPAYER", responsibility="P", paid_cents=0),)
        ),
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
        service_facility=(
            Provider(name="EXAMPLE PLACE", address=Address(country=text.country)) if text.country else Provider()
        ),
        ordering=_party(text.ordering_npi),
        referring=_party(text.referring_npi),
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
    )


def _balances(used: Used, day: dt.date) -> Iterator[Balance]:
    for tier, amounts in (("in_network", used.in_network), ("out_of_network", used.out_of_network)):
        for accumulator, own, family in (
            ("deductible", amounts.deductible, amounts.family_deductible),
            ("out_of_pocket", amounts.out_of_pocket, amounts.family_out_of_pocket),
        ):
            for owner, cents in (
                (f"member:{_MEMBER_ID}", own),
                (f"family:{_FAMILY_ID}", own if family is None else family),
            ):
                if cents:
                    yield Balance(owner, accumulator, tier, dt.date(day.year, 1, 1), cents)


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
