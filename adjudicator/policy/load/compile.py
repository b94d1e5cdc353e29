"""Checked documents turned into the values that the engine reads; nothing here can fail any more.

Everything that depends only on policy is prepared: codes are gathered from their sets, conditions become functions,
rates become exact fractions, and each criterion holds the whole answer that it will give.
"""

import datetime as dt
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TypeVar, cast

import msgspec

from adjudicator.model.claim import Address
from adjudicator.model.dates import Span
from adjudicator.model.decision import Audience, Citation, Reason, Verdict
from adjudicator.model.other_coverage import CoverageKind
from adjudicator.policy.answers import Answer, Guidance, GuidanceVersion
from adjudicator.policy.code_editing import CodeEditing, SameProvider
from adjudicator.policy.code_lists import CodeEntry, CodeTable
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import CodingTable, CodingVersion
from adjudicator.policy.contract import CaseRate, ContractVersion
from adjudicator.policy.coordination import Basis, Method, OrderRules, PlanCoordination, PriorReasons
from adjudicator.policy.document import Document, Version
from adjudicator.policy.fee_schedules import Fees
from adjudicator.policy.fee_tables import FeeVersion
from adjudicator.policy.load import documents as written
from adjudicator.policy.load import rule_documents as ruled
from adjudicator.policy.load.compile_conditions import (
    compile_condition,
    compile_when,
    look_backs,
    needed_diagnoses,
    needed_modifiers,
)
from adjudicator.policy.load.compile_editing import (
    compile_exclusive,
    compile_fee_schedule,
    compile_surgery,
    compile_visits,
)
from adjudicator.policy.load.compile_fees import compile_fees
from adjudicator.policy.load.compile_payment import compile_payment
from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.contract_documents import BoundRow, PayRow
from adjudicator.policy.load.editing_documents import EditingVersion
from adjudicator.policy.load.fee_documents import FeesVersion
from adjudicator.policy.load.library import ONE_DAY, Entry, Library, digest_of
from adjudicator.policy.load.payment_documents import PaymentVersion
from adjudicator.policy.load.publishers.layouts import BIG_LISTS, CODING_LISTS, FEE_LISTS, LAYOUTS
from adjudicator.policy.load.scalars import ANY
from adjudicator.policy.load.version_checks import group_of, must_pend, queue_row
from adjudicator.policy.load.versions import Cite, Part
from adjudicator.policy.load.versions import Version as WrittenVersion
from adjudicator.policy.look_backs import LookBack
from adjudicator.policy.pay_rules import Bound, Escalator, PayCondition, PayRule
from adjudicator.policy.payer import Payer, ReviewAgain, ReviewsAgain, WorkQueue
from adjudicator.policy.payment_rules import PaymentRules
from adjudicator.policy.plan import (
    Benefit,
    BenefitLimit,
    CarryOver,
    CostShareTerms,
    Counting,
    DependentCover,
    Exclusion,
    LimitPair,
    OwnLimits,
    PlanVersion,
    PremiumGrace,
    TierLimits,
    Waiver,
)
from adjudicator.policy.policy_set import AuthorizationList, AuthorizationRule, CriteriaPolicy, Criterion, PolicySet
from adjudicator.policy.reductions import ReductionClause, ReductionKind
from adjudicator.policy.surprise_billing import InitialPayment, ProtectedCase, StateLaw, SurpriseBilling

VersionT = TypeVar("VersionT", bound=Version)


def compile_library(library: Library) -> PolicySet:
    """The policy set of a library without mistakes."""

    def documents(kind: str, build: Callable[["_Piece", WrittenVersion], VersionT]) -> dict[str, Document[VersionT]]:
        return {entry.path: _document(library, entry, build) for entry in library.of_kind(kind)}

    payer = _document(library, library.entries["payer"], _payer)
    guidance = tuple(documents("guidance", _guidance).values())
    answers: dict[str, tuple[tuple[Span, Answer], ...]] = {}
    for version in (version for document in guidance for version in document.versions):
        for rule, answer in version.answers.items():
            answers[rule] = (*answers.get(rule, ()), (version.span, answer))
    fee_tables = {
        entry.path: _document(library, entry, _fee_version)
        for entry in library.of_kind("table")
        if isinstance(entry.document, written.TableDocument) and entry.document.lists in FEE_LISTS
    }

    def fees(piece: _Piece, version: WrittenVersion) -> Fees:
        assert isinstance(version, FeesVersion)
        return compile_fees(piece.path, piece.span, piece.cite, version, fee_tables, piece.codes)

    plans = documents("plan", _plan)
    return PolicySet(
        digest=digest_of(library.files),
        payer=payer,
        guidance=guidance,
        plans={**plans, **{entry.path: _variant(library, entry, plans) for entry in library.of_kind("plan-variant")}},
        contracts=documents("contract", _contract),
        fees=documents("fees", fees),
        payment_rules=documents("payment-rules", _payment),
        coverage=tuple(documents("coverage", _criteria).values()),
        coding=tuple(documents("coding", _criteria).values()),
        editing=next(iter(documents("editing", _editing).values()), None),
        authorization=tuple(documents("authorization", _authorization).values()),
        tables=_code_tables(library),
        coding_tables={
            entry.document.lists: CodingTable(
                document=_document(library, entry, _coding_version),
                previous_allowed=entry.document.missing_period == "previous",
            )
            for entry in library.of_kind("table")
            if isinstance(entry.document, written.TableDocument) and entry.document.lists in CODING_LISTS
        },
        fee_tables=fee_tables,
        answers=answers,
        look_backs=tuple(dict.fromkeys(_look_backs(library))),
    )


def _look_backs(library: Library) -> Iterator[tuple[CodeSet, LookBack]]:
    """Which earlier services the conditions of all documents count, and how far back."""
    for entry in library.entries.values():
        for position, version, whole in entry.versions:
            if conditions := tuple(_conditions(version)):
                for span in library.pieces(version, whole):
                    piece = _Piece(library, entry, position, version.cite, span)
                    for condition in conditions:
                        yield from look_backs(condition, piece.codes)


def _conditions(part: Part) -> Iterator[Condition]:
    """The conditions in a part of a document, each whole."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Condition):
                yield inner
            elif isinstance(inner, Part):
                yield from _conditions(inner)


class _Piece:
    """A version, or the part of it in which the sets that it names do not change."""

    def __init__(self, library: Library, entry: Entry, position: int, cite: Cite, span: Span) -> None:
        self.library = library
        self.path = entry.path
        self.position = position
        self.span = span
        self.cite = citation(cite)
        self.stamp = f"{entry.path}@{span.effective.isoformat()}"

    @property
    def day(self) -> dt.date:
        """The day on which sets and reasons are looked up."""
        return self.span.effective

    def codes(self, items: tuple[str, ...], lists: str) -> CodeSet:
        """A list of codes as the version has it."""
        return self.library.code_set(items, lists, self.day)


def _document(
    library: Library, entry: Entry, build: Callable[[_Piece, WrittenVersion], VersionT]
) -> Document[VersionT]:
    assert entry.document is not None
    pieces = (
        build(_Piece(library, entry, position, version.cite, span), version)
        for position, version, whole in entry.versions
        for span in library.pieces(version, whole)
    )
    return Document(path=entry.path, title=entry.document.title, versions=tuple(pieces))


def citation(cite: Cite) -> Citation:
    """A citation as findings carry it."""
    return Citation(title=cite.title, section=cite.section, url=cite.url)


def _payer(piece: _Piece, version: WrittenVersion) -> Payer:
    assert isinstance(version, written.PayerVersion)
    return Payer(
        document=piece.path,
        span=piece.span,
        cite=piece.cite,
        name=version.name,
        payer_id=version.payer_id,
        tax_id=version.tax_id,
        address=Address(**version.address.model_dump()),
        contact_name=version.contact.name,
        contact_phone=version.contact.phone,
        contact_url=version.contact.url,
        out_of_network_contract=version.out_of_network,
        appeal_limit_days=version.appeal_limit_days,
        payment_method=version.payment_method,
        duplicate_of_denied=version.duplicate_of_denied,
        neutral_modifiers=piece.codes(version.neutral_modifiers, "modifiers"),
        duplicate_bypass_modifiers=piece.codes(version.duplicate_bypass_modifiers, "modifiers"),
        substitute_modifiers=piece.codes(version.substitute_modifiers, "modifiers"),
        hospice_modifiers=piece.codes(version.hospice_modifiers, "modifiers"),
        misrouted_indicators=frozenset(version.misrouted_indicators),
        liability_indicators=frozenset(version.liability_indicators),
        prior_reasons=_prior_reasons(version.earlier_payers),
        order_rules=OrderRules(**version.order_of_payers.model_dump()) if version.order_of_payers else None,
        reviews_again=_reviews_again(version.reviews_again) if version.reviews_again else None,
        clinician_reasons=frozenset(version.clinician_reasons),
        queues={
            queue: WorkQueue(name=row.name, pend_code=row.code, target_days=row.target_days)
            for queue, row in version.queues.items()
        },
        fractional_units=piece.codes(version.fractional_units or (), "procedures"),
        causes_with_date=frozenset(version.causes_with_date),
        causes_with_state=frozenset(version.causes_with_state),
        surprise_billing=_surprise_billing(piece, version.surprise_billing) if version.surprise_billing else None,
    )


def _reviews_again(rules: written.ReviewsAgainText) -> ReviewsAgain:
    other, own = rules.other_coverage, rules.coverage
    return ReviewsAgain(rules.look_back_months, ReviewAgain(other.queue, other.ask), ReviewAgain(own.queue, own.ask))


def _surprise_billing(piece: _Piece, rules: written.SurpriseBilling) -> SurpriseBilling:
    return SurpriseBilling(
        qualifying_amount=rules.qualifying_amount,
        emergency_places=frozenset(rules.emergency_places),
        emergency_procedures=piece.codes(rules.emergency_procedures or (), "procedures"),
        emergency_indicator=rules.emergency_indicator,
        facility_places=frozenset(rules.facility_places),
        air_ambulance=piece.codes(rules.air_ambulance, "procedures"),
        unprotected=piece.codes(rules.unprotected or (), "procedures"),
        ancillary_procedures=piece.codes(rules.ancillary_procedures or (), "procedures"),
        ancillary_modifiers=piece.codes(rules.ancillary_modifiers, "modifiers"),
        ancillary_taxonomies=rules.ancillary_taxonomies,
        consent_reports=frozenset(rules.consent_reports),
        initial_payments=tuple(
            InitialPayment(piece.codes(row.for_, "procedures"), row.share) for row in rules.initial_payments
        ),
        state_laws=tuple(
            StateLaw(law.state, law.amounts, frozenset(ProtectedCase[case.upper()] for case in law.cases))
            for law in rules.state_laws
        ),
    )


def _plan(piece: _Piece, version: WrittenVersion) -> PlanVersion:
    assert isinstance(version, written.PlanVersion)
    return PlanVersion(
        document=piece.path,
        span=piece.span,
        cite=piece.cite,
        product=version.product,
        filing_limit_days=version.filing_limit_days,
        cost_share_order=version.cost_share_order,
        in_network=_tier(version.in_network),
        out_of_network=_tier(version.out_of_network),
        dependents=_dependents(version.dependents),
        benefits=tuple(
            Benefit(
                id=row.id,
                procedures=piece.codes(row.for_, "procedures"),
                in_network=_terms(row.in_network),
                out_of_network=_terms(row.out_of_network),
                modifiers=piece.codes(row.modifiers, "modifiers") if row.modifiers else None,
            )
            for row in version.benefits
        ),
        out_of_pocket_reduces=version.out_of_pocket_reduces,
        copay_counts_toward=version.copay_counts_toward,
        prompt_pay_days=version.prompt_pay_days,
        exclusions=tuple(_exclusion(piece, row, row.handled_by) for row in version.exclusions),
        waiting_for=piece.codes(version.waiting_for or (ANY,), "procedures"),
        premium_grace=(
            PremiumGrace(months=version.premium_grace.months, paid_months=version.premium_grace.paid_months)
            if version.premium_grace
            else None
        ),
        limits=tuple(_benefit_limit(piece, row) for row in version.limits),
        payment_reductions=tuple(_reduction(piece, row) for row in version.payment_reductions),
        waivers=tuple(_waiver(piece, row) for row in version.waivers),
        out_of_network_contract=version.out_of_network_contract or "",
        surprise_billing_exempt=version.surprise_billing == "exempt",
        state_law=version.state_law or "",
        year_starts=version.year_starts,
        carry_over=(
            CarryOver(months=version.carry_over.months, accumulators=version.carry_over.accumulators)
            if version.carry_over
            else None
        ),
        coordination=_coordination(version.coordination),
        insurance=CoverageKind(version.insurance),
        own_limits=(
            OwnLimits(credits=version.own_limits.credits, accumulators=version.own_limits.accumulators)
            if version.own_limits
            else None
        ),
    )


def _variant(library: Library, entry: Entry, plans: Mapping[str, Document[PlanVersion]]) -> Document[PlanVersion]:
    """A variant of a plan: on each of its days the plan of that day, with what the variant has otherwise."""
    assert entry.document is not None
    versions = []
    for position, version, span in entry.versions:
        assert isinstance(version, written.PlanVariantVersion)
        for base in plans[version.of].versions:
            if days := span.shared_with(base.span):
                for own in library.pieces(version, days):
                    versions.append(_varied(base, _Piece(library, entry, position, version.cite, own), version))
    return Document(path=entry.path, title=entry.document.title, versions=tuple(versions))


def _varied(base: PlanVersion, piece: _Piece, version: written.PlanVariantVersion) -> PlanVersion:
    rows = {row.id: row for row in version.benefits}

    def benefit(of_base: Benefit) -> Benefit:
        row = rows.get(of_base.id)
        if row is None:
            return of_base
        return msgspec.structs.replace(
            of_base,
            in_network=_terms(row.in_network) if row.in_network else of_base.in_network,
            out_of_network=_terms(row.out_of_network) if row.out_of_network else of_base.out_of_network,
        )

    return msgspec.structs.replace(
        base,
        document=piece.path,
        variant_of=base.document,
        span=piece.span,
        cite=piece.cite,
        in_network=_tier(version.in_network) if version.in_network else base.in_network,
        out_of_network=_tier(version.out_of_network) if version.out_of_network else base.out_of_network,
        benefits=tuple(map(benefit, base.benefits)),
        waivers=(*(_waiver(piece, row) for row in version.waivers), *base.waivers),
    )


def _waiver(piece: _Piece, row: written.WaiverRow) -> Waiver:
    return Waiver(
        id=row.id,
        policy=piece.stamp,
        quote=row.quote,
        procedures=piece.codes(row.for_, "procedures"),
        when=compile_when(row.when, piece.codes) if row.when else None,
        tier=row.tier or "",
    )


def _coordination(rules: written.CoordinationRules | None) -> PlanCoordination | None:
    if rules is None:
        return None
    basis = Basis(rules.allowable_expense) if rules.allowable_expense else None
    return PlanCoordination(Method(rules.method), basis, rules.medicare_part_b or 0)


def _prior_reasons(rules: written.EarlierPayers | None) -> PriorReasons | None:
    if rules is None:
        return None
    return PriorReasons(
        cost_share=frozenset(rules.cost_share),
        not_covered=frozenset(rules.not_covered),
        rules_not_followed=frozenset(rules.rules_not_followed),
        repeated=frozenset(rules.repeated),
        price=frozenset(rules.price),
        undecided=frozenset(rules.undecided),
        paid_to_patient=frozenset(rules.paid_to_patient),
        accepts_not_billed=rules.accepts_not_billed,
    )


def _exclusion(piece: _Piece, row: written.ExclusionRow | written.CapitatedRow, handled_by: str = "") -> Exclusion:
    return Exclusion(
        id=row.id,
        procedures=piece.codes(row.for_, "procedures") if row.for_ else None,
        when=compile_when(row.when, piece.codes) if row.when else None,
        answer=_policy_answer(piece, row.id, row.quote, row.then, "enforce"),
        handled_by=handled_by,
    )


def _dependents(text: written.DependentCover | str | None) -> DependentCover | None:
    if isinstance(text, written.DependentCover):
        return DependentCover(
            children_until_age=text.children_until_age,
            children=frozenset(text.children),
            newborn_days=text.newborn_days,
        )
    return DependentCover() if text else None


def _tier(tier: written.Tier) -> TierLimits:
    return TierLimits(
        deductible=_limit_pair(tier.deductible),
        out_of_pocket=_limit_pair(tier.out_of_pocket),
        counts_toward=tier.counts_toward or "",
        copays=_limit_pair(tier.copays) if tier.copays else None,
    )


def _limit_pair(limit: written.Limit) -> LimitPair:
    return LimitPair(
        individual_cents=limit.self_only_cap if limit.structure == "aggregate" else limit.individual,
        family_cents=limit.family,
        people=limit.people or 0,
    )


def _terms(terms: written.Terms) -> CostShareTerms:
    return CostShareTerms(
        covered=terms.covered,
        copay_cents=terms.copay,
        copay_per_claim=terms.copay_per == "claim",
        deductible=terms.deductible,
        coinsurance_basis_points=terms.coinsurance,
        copay_reduces_coinsurance=terms.copay_reduces_coinsurance,
        coinsurance_per_claim=terms.coinsurance_per == "claim",
    )


def _benefit_limit(piece: _Piece, row: written.LimitRow) -> BenefitLimit:
    whole = 1000 if row.counting in ("visits", "days") else 1
    return BenefitLimit(
        id=row.id,
        procedures=piece.codes(row.for_, "procedures"),
        counting=Counting(row.counting),
        most=(row.amount or 0) if row.count is None else row.count // whole,
        answer=_policy_answer(piece, row.id, row.quote, row.otherwise, "enforce"),
        lifetime=row.per == "lifetime",
        months=row.months or 0,
        plan_year=row.per == "plan-year",
        tier=row.tier or "",
    )


def _contract(piece: _Piece, version: WrittenVersion) -> ContractVersion:
    assert isinstance(version, written.ContractVersion)
    return ContractVersion(
        document=piece.path,
        span=piece.span,
        cite=piece.cite,
        network=version.network,
        capitated=tuple(_exclusion(piece, row) for row in version.capitated),
        pay=tuple(_pay_rule(piece, row) for row in version.pay),
        case_rates=tuple(_case_rate(piece, row) for row in version.case_rates),
        ranking_apart=version.ranking_reduction == "apart",
        claim_most_cents=version.claim.at_most if version.claim else None,
        payment_reductions=tuple(_reduction(piece, row) for row in version.payment_reductions),
    )


def _reduction(piece: _Piece, row: written.ReductionRow) -> ReductionClause:
    return ReductionClause(
        id=row.id,
        policy=piece.stamp,
        quote=row.quote,
        kind=ReductionKind(row.kind),
        basis_points=row.share,
        procedures=piece.codes(row.for_, "procedures"),
        when=compile_when(row.when, piece.codes) if row.when else None,
        tier=row.tier or "",
        modifiers=piece.codes(row.modifiers, "modifiers") if row.modifiers else None,
        after_days=row.after_days,
        within_days=row.within_days,
    )


def _case_rate(piece: _Piece, row: written.CaseRateRow) -> CaseRate:
    return CaseRate(
        id=row.id,
        procedures=piece.codes(row.for_, "procedures"),
        includes=piece.codes(row.includes, "procedures"),
        cents=row.amount,
        lesser_of_charges=row.lesser_of_charge,
        modifiers=piece.codes(row.modifiers, "modifiers"),
        answer=_policy_answer(piece, row.id, row.quote, row.then, "enforce"),
    )


def _pay_rule(piece: _Piece, row: PayRow) -> PayRule:
    rate = row.rate or Decimal(1)
    rate = rate.normalize() if rate != rate.to_integral() else rate.quantize(Decimal(1))
    denominator = 10 ** max(0, -int(rate.as_tuple().exponent))
    only = PayCondition(
        places=piece.codes(row.places, "places") if row.places else None,
        modifiers=piece.codes(row.modifiers, "modifiers") if row.modifiers else None,
        rendering=frozenset(row.rendering),
        taxonomies=row.taxonomies,
    )
    return PayRule(
        procedures=piece.codes(row.for_, "procedures"),
        schedule=row.from_,
        rate_numerator=int(rate * denominator),
        rate_denominator=denominator,
        lesser_of_charge=row.lesser_of_charge is True or row.method == "percent-of-charge",
        rules=row.rules or "",
        unit_cents=row.amount,
        only=None if only == PayCondition() else only,
        listed_only=row.unlisted == "next_row",
        floor=_bound(row.floor),
        ceiling=_bound(row.ceiling),
        escalator=Escalator(row.escalator.from_, row.escalator.yearly) if row.escalator else None,
        lesser_of_claim=row.lesser_of_charge == "claim",
    )


def _bound(row: BoundRow | None) -> Bound | None:
    return Bound(row.share_of_charge, row.per_unit or 0) if row else None


def _payment(piece: _Piece, version: WrittenVersion) -> PaymentRules:
    assert isinstance(version, PaymentVersion)
    return compile_payment(piece.path, piece.span, piece.cite, version, piece.codes)


def _criteria(piece: _Piece, version: WrittenVersion) -> CriteriaPolicy:
    assert isinstance(version, ruled.CriteriaVersion)

    def needed(find: Callable[[Condition], tuple[str, ...]], lists: str) -> CodeSet | None:
        """The codes without which no criterion applies; None where one of them can apply without any."""
        bounds = [find(criterion.when) if criterion.when else () for criterion in version.criteria]
        return piece.codes(tuple(code for bound in bounds for code in bound), lists) if all(bounds) else None

    return CriteriaPolicy(
        document=piece.path,
        span=piece.span,
        cite=piece.cite,
        diagnoses=needed(needed_diagnoses, "diagnoses"),
        modifiers=needed(needed_modifiers, "modifiers"),
        procedures=piece.codes(version.procedures, "procedures"),
        criteria=tuple(
            Criterion(
                id=criterion.id,
                when=compile_when(criterion.when, piece.codes) if criterion.when else None,
                require=compile_condition(criterion.require, piece.codes) if criterion.require else None,
                answer=_policy_answer(piece, criterion.id, criterion.quote, outcome, version.mode),
            )
            for criterion in version.criteria
            for outcome in (criterion.otherwise, criterion.then)
            if outcome
        ),
    )


def _editing(piece: _Piece, version: WrittenVersion) -> CodeEditing:
    assert isinstance(version, EditingVersion)
    limits = version.unit_limits
    return CodeEditing(
        document=piece.path,
        span=piece.span,
        cite=piece.cite,
        same_provider=SameProvider(version.same_provider),
        unknown_specialty_is_same=version.unknown_specialty == "same",
        pair_modifiers=piece.codes(version.bundling.modifiers, "modifiers"),
        split_care_modifiers=piece.codes(limits.split_care_modifiers, "modifiers"),
        zero_limits_for=frozenset(limits.zero_limits_for),
        suppliers=limits.suppliers,
        add_on_primaries=tuple(
            (piece.codes(row.for_, "procedures"), piece.codes(row.procedures, "procedures")) for row in version.add_ons
        ),
        exclusive=tuple(compile_exclusive(row, piece.codes) for row in version.mutually_exclusive),
        visits=compile_visits(version.visits, piece.codes) if version.visits else None,
        surgery=compile_surgery(version.surgery, piece.codes) if version.surgery else None,
        fee_schedule=compile_fee_schedule(version.fee_schedule, piece.codes) if version.fee_schedule else None,
    )


def _authorization(piece: _Piece, version: WrittenVersion) -> AuthorizationList:
    assert isinstance(version, ruled.AuthorizationVersion)
    return AuthorizationList(
        document=piece.path,
        span=piece.span,
        cite=piece.cite,
        number_format=version.number_format,
        rules=tuple(
            AuthorizationRule(
                id=service.id,
                procedures=piece.codes(service.for_, "procedures"),
                when=compile_condition(service.when, piece.codes) if service.when else None,
                referral=service.needs == "referral",
                number_on_claim=service.number_on_claim,
                notice_days=service.notice_days,
                late_basis_points=service.late_share,
                pays_what_is_left=service.beyond == "reduce",
                answer=_policy_answer(piece, service.id, service.quote, service.otherwise, version.mode),
            )
            for service in version.services
        ),
    )


def _policy_answer(piece: _Piece, name: str, quote: str, outcome: ruled.Outcome, mode: str) -> Answer:
    """What a criterion answers, once its mode and the payer's rule for clinicians are taken into account."""
    verdict, queue, question, audience = Verdict.DENY, "", outcome.ask, Audience.PROVIDER
    if outcome.reduce:
        verdict = Verdict.REDUCE
    if outcome.pend:
        verdict, queue = Verdict.PEND, outcome.pend
    elif must_pend(piece.library, outcome.carc, outcome.automatic, piece.day):
        verdict, queue = Verdict.PEND, "clinical"
        question = question or f"Does the record meet this criterion: {quote}"
    elif mode == "pend":
        verdict, queue = Verdict.PEND, "examiner"
        question = question or f"This rule is on trial. Should it deny here: {quote}"
    if mode == "observe":
        verdict, queue, question, audience = Verdict.INFORM, "", "", Audience.INTERNAL
    return Answer(
        rule=f"{piece.path}#{name}",
        verdict=verdict,
        policy=piece.stamp,
        group=group_of(piece.library, outcome.carc, outcome.group, piece.day) if outcome.carc else "",
        carc=outcome.carc,
        remarks=outcome.remarks,
        queue=queue,
        pend_code=_pend_code(piece, queue, outcome.code),
        question=question,
        denials=_denials(piece, outcome.denials) if queue else (),
        cite=piece.cite,
        quote=quote,
        audience=audience,
        covered_quantity_thousandths=outcome.units,
    )


def _pend_code(piece: _Piece, queue: str, code: str | None) -> str:
    """Why something waits: as the rule says, else as its queue does; empty when nothing waits."""
    if not queue:
        return ""
    row = queue_row(piece.library, queue, piece.day)
    return code or (row.code if row else "")


def _denials(piece: _Piece, denials: tuple[ruled.Denial, ...]) -> tuple[Reason, ...]:
    return tuple(
        Reason(group_of(piece.library, denial.carc, denial.group, piece.day), denial.carc, denial.remarks)
        for denial in denials
    )


def _guidance(piece: _Piece, version: WrittenVersion) -> GuidanceVersion:
    assert isinstance(version, ruled.GuidanceVersion)
    steps: dict[str, ruled.Step] = {**version.reasons, **version.rules}
    return GuidanceVersion(
        document=piece.path,
        span=piece.span,
        cite=piece.cite,
        answers={rule: _rule_answer(piece, rule, answer) for rule, answer in version.rules.items()},
        guidance={key: _step(piece, key, step) for key, step in steps.items()},
    )


def _rule_answer(piece: _Piece, rule: str, answer: ruled.RuleAnswer) -> Answer:
    carc = answer.deny or answer.reduce or ""
    audience = answer.audience or ("internal" if answer.fault else "provider")
    return Answer(
        rule=rule,
        verdict=answer.kind,
        policy=piece.stamp,
        group=group_of(piece.library, carc, answer.group, piece.day) if carc else "",
        carc=carc,
        remarks=answer.remarks,
        statuses=answer.reject or (),
        queue=answer.pend or answer.fault or "",
        pend_code=_pend_code(piece, answer.pend or answer.fault or "", answer.code),
        question=answer.ask,
        denials=_denials(piece, answer.denials),
        cite=citation(answer.cite) if answer.cite else piece.cite,
        audience=Audience(audience),
    )


def _step(piece: _Piece, key: str, step: ruled.Step) -> Guidance:
    return Guidance(
        key=key,
        cause=step.cause,
        who=step.who,
        step=step.step,
        remedy=step.remedy,
        deadline="" if step.deadline == "none" else step.deadline,
        appeal=step.appeal,
        patient=step.patient,
        cite=citation(step.cite) if step.cite else piece.cite,
        policy=piece.stamp,
    )


def _code_tables(library: Library) -> dict[str, Document[CodeTable]]:
    """The code tables by what they list; where several tables list the same, all of them together."""
    found: dict[str, list[Document[CodeTable]]] = {}
    for entry in library.of_kind("table"):
        if isinstance(entry.document, written.TableDocument) and entry.document.lists not in BIG_LISTS:
            found.setdefault(entry.document.lists, []).append(_document(library, entry, _table))
    return {lists: tables[0] if len(tables) == 1 else _together(tables) for lists, tables in found.items()}


def _together(tables: list[Document[CodeTable]]) -> Document[CodeTable]:
    """Tables of one kind as one: on each day a code is looked up in all of them, in the order of their paths."""
    versions = [version for table in tables for version in table.versions]
    starts = {version.span.effective for version in versions}
    starts |= {version.span.ends + ONE_DAY for version in versions if version.span.ends}
    days = sorted(starts, reverse=True)
    pieces: list[CodeTable] = []
    for day, following in zip(days, (None, *days), strict=False):
        now = [version for version in versions if version.span.covers(day)]
        if now:
            span = Span(day, following - ONE_DAY if following else None)
            codes = ChainMap(*(cast(dict[str, tuple[CodeEntry, ...]], version.codes) for version in now))
            pieces.append(CodeTable(document=now[0].document, span=span, cite=now[0].cite, codes=codes))
    return Document(path=tables[0].path, title=tables[0].title, versions=tuple(pieces))


def _table(piece: _Piece, version: WrittenVersion) -> CodeTable:
    assert isinstance(version, written.TableVersion)
    codes = piece.library.codes_of_tables[piece.path, piece.position]
    return CodeTable(document=piece.path, span=piece.span, cite=piece.cite, codes=codes)


def _coding_version(piece: _Piece, version: WrittenVersion) -> CodingVersion:
    assert isinstance(version, written.TableVersion)
    build = LAYOUTS[version.layout].version
    assert build is not None
    return build(piece.path, piece.span, piece.cite, piece.library.big_tables[piece.path, piece.position])


def _fee_version(piece: _Piece, version: WrittenVersion) -> FeeVersion:
    assert isinstance(version, written.TableVersion)
    build = LAYOUTS[version.layout].fees
    assert build is not None
    return build(piece.path, piece.span, piece.cite, piece.library.big_tables[piece.path, piece.position])
