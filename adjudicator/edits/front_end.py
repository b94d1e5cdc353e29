"""What no payer could adjudicate: such a claim is rejected before adjudication and told by 277CA (domain/01 sections 8, 9)."""

from collections.abc import Iterable

from adjudicator.model.case import Case
from adjudicator.model.claim import MAX_INSTITUTIONAL_LINES, MAX_PROFESSIONAL_LINES, ClaimType, quantity_text
from adjudicator.model.codes import DIAGNOSIS, MODIFIER, PROCEDURE, npi_is_valid, tax_id_is_valid
from adjudicator.model.decision import Finding
from adjudicator.model.money import dollars
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet

REPLACEMENT, VOID = "7", "8"
"""Claim frequency codes that name an earlier claim (CLM05-3, domain/01 section 4.1)."""


def submitter(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The sender is enrolled to send claims of the billing provider."""
    if not case.submitter_enrolled:
        billing = case.claim.billing
        yield policies.answer("submitter.not-enrolled", case.received_on).finding(
            f"The sender is not enrolled with us for billing provider NPI {billing.npi or '(none)'} "
            f"with tax id {billing.tax_id or '(none)'}."
        )


def claim_shape(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A claim has at least one line and no more than its format allows, each with a number of its own."""
    claim = case.claim
    most = MAX_INSTITUTIONAL_LINES if claim.claim_type is ClaimType.INSTITUTIONAL else MAX_PROFESSIONAL_LINES
    numbers = [line.number for line in claim.lines]
    if not 1 <= len(numbers) <= most or len(set(numbers)) != len(numbers) or min(numbers) < 1:
        yield policies.answer("claim-shape.lines", case.received_on).finding(
            f"The claim has {len(numbers)} lines numbered {_listed(numbers)}; send 1 to {most} lines, each with its own number."
        )


def claim_balance(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The claim's total is the sum of its line charges, to the cent, and no charge is negative."""
    claim = case.claim
    summed_cents = sum(line.charge_cents for line in claim.lines)
    if claim.total_charge_cents != summed_cents:
        yield policies.answer("claim-balance.total", case.received_on).finding(
            f"The claim's total charge (CLM02) is {dollars(claim.total_charge_cents)}, "
            f"but its lines add up to {dollars(summed_cents)}."
        )
    for line in claim.lines:
        if line.charge_cents < 0:
            yield policies.answer("claim-balance.negative", case.received_on).finding(
                f"The charge of line {line.number} is {dollars(line.charge_cents)}; a charge is zero or more.",
                line.number,
            )


def billing_npi(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The billing provider is named by a National Provider Identifier with a right check digit."""
    npi = case.claim.billing.npi
    if not npi:
        yield policies.answer("billing-npi.missing", case.received_on).finding(
            "The billing provider's NPI (2010AA NM109) is missing."
        )
    elif not npi_is_valid(npi):
        yield policies.answer("billing-npi.invalid", case.received_on).finding(
            f"The billing provider's NPI (2010AA NM109) {npi} is not ten digits with a right check digit."
        )


def rendering_npi(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A rendering provider, where one is named, has a National Provider Identifier with a right check digit."""
    billed = case.claim.billing.npi
    for line in case.claim.lines:
        npi = line.rendering.npi
        if npi and npi != billed and not npi_is_valid(npi):
            yield policies.answer("rendering-npi.invalid", case.received_on).finding(
                f"The rendering provider's NPI of line {line.number} (2310B, 2420A NM109) {npi} is not ten digits with a "
                "right check digit.",
                line.number,
            )


def billing_tax_id(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The billing provider is named by a tax id of nine digits."""
    tax_id = case.claim.billing.tax_id
    if not tax_id:
        yield policies.answer("billing-tax-id.missing", case.received_on).finding(
            "The billing provider's tax id (2010AA REF*EI or REF*SY) is missing."
        )
    elif not tax_id_is_valid(tax_id):
        yield policies.answer("billing-tax-id.invalid", case.received_on).finding(
            f"The billing provider's tax id (2010AA REF*EI or REF*SY) '{tax_id}' is not nine digits, or all of them are one digit."
        )


def wrong_payer(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A claim that names a payer names us."""
    ours = policies.payer.on(case.received_on).payer_id
    if case.claim.payer_id and case.claim.payer_id != ours:
        yield policies.answer("wrong-payer", case.received_on).finding(
            f"The claim is addressed to payer {case.claim.payer_id} (2010BB NM109); we are {ours}."
        )


def misrouted_product(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A claim that says what insurance it is for means insurance that we administer."""
    indicator = case.claim.subscriber.filing_indicator
    if indicator in policies.payer.on(case.received_on).misrouted_indicators:
        yield policies.answer("misrouted-product", case.received_on).finding(
            f"The claim is for insurance of kind {indicator} (SBR09), which we do not administer."
        )


def original_claim(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A replacement or void names an earlier claim that we hold for this billing provider."""
    claim = case.claim
    if claim.frequency_code not in (REPLACEMENT, VOID):
        return
    if not claim.original_claim_id:
        yield policies.answer("replacement.original-missing", case.received_on).finding(
            f"Frequency code {claim.frequency_code} (CLM05-3) needs our number of the earlier claim (REF*F8); none was sent."
        )
    elif case.original is None:
        yield policies.answer("replacement.original-unknown", case.received_on).finding(
            f"We hold no claim {claim.original_claim_id} (REF*F8) of this billing provider."
        )


def service_dates(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Every line is dated, ends no earlier than it begins, and lies no later than the day the claim arrived."""
    for line in case.claim.lines:
        if line.from_date is None:
            # On an institutional claim the statement's dates may stand for the lines'.
            if case.claim.claim_type is ClaimType.PROFESSIONAL:
                yield policies.answer("service-date.missing", case.received_on).finding(
                    f"Line {line.number} has no date of service (DTP*472).", line.number
                )
            continue
        through = line.through_date or line.from_date
        if through < line.from_date:
            yield policies.answer("service-date.reversed", case.received_on).finding(
                f"Line {line.number} ends on {through} before it begins on {line.from_date}.", line.number
            )
        if max(through, line.from_date) > case.received_on:
            yield policies.answer("service-date.future", case.received_on).finding(
                f"Line {line.number} is dated {max(through, line.from_date)}; the claim arrived on {case.received_on}.",
                line.number,
            )


def quantity(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Every line counts more than nothing."""
    for line in case.claim.lines:
        if line.quantity_thousandths <= 0:
            yield policies.answer("quantity.not-positive", case.received_on).finding(
                f"The quantity of line {line.number} (SV104) is {quantity_text(line.quantity_thousandths)}; it must be above zero.",
                line.number,
            )


def code_shapes(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Codes have the shape of their code set, and every pointer leads to a diagnosis."""
    claim = case.claim
    for position, diagnosis in enumerate(claim.diagnoses, start=1):
        if not DIAGNOSIS.match(diagnosis.code):
            yield policies.answer("diagnosis.malformed", case.received_on).finding(
                f"Diagnosis {position} (HI) '{diagnosis.code}' does not have the shape of an ICD-10-CM code, such as E119."
            )
    for line in claim.lines:
        professional = claim.claim_type is ClaimType.PROFESSIONAL
        if professional and line.procedure and not PROCEDURE.match(line.procedure):
            yield policies.answer("procedure.malformed", case.received_on).finding(
                f"Procedure '{line.procedure}' of line {line.number} does not have the shape of a CPT or HCPCS code.",
                line.number,
            )
        modifiers = line.modifiers
        if modifiers and (len(set(modifiers)) < len(modifiers) or not all(map(MODIFIER.match, modifiers))):
            yield policies.answer("modifier.malformed", case.received_on).finding(
                f"Line {line.number} has the modifiers {_listed(modifiers)}; each is two characters, and each stands once.",
                line.number,
            )
        leads_nowhere = [pointer for pointer in line.diagnosis_pointers if not 1 <= pointer <= len(claim.diagnoses)]
        if leads_nowhere:
            yield policies.answer("diagnosis-pointer", case.received_on).finding(
                f"Line {line.number} points at diagnosis {_listed(leads_nowhere)} (SV107); "
                f"the claim has {len(claim.diagnoses)} {'diagnosis' if len(claim.diagnoses) == 1 else 'diagnoses'}.",
                line.number,
            )
        elif professional and claim.diagnoses and not line.diagnosis_pointers:
            yield policies.answer("diagnosis-pointer", case.received_on).finding(
                f"Line {line.number} points at no diagnosis (SV107).", line.number
            )


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values) or "none"
