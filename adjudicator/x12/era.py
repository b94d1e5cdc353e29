"""Writes remittances as an 835 (005010X221A1): what was paid, and for every unpaid cent why not (domain/06).

One transaction per remittance. Money stands on the service lines, where it was decided; nothing is adjusted on the claim.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from adjudicator.model.claim import Claim, ClaimType, Line, Person, Provider
from adjudicator.model.decision import WHOLE_CLAIM, Adjustment, Audience, Decision, LineDecision, PriorityPayer, Verdict
from adjudicator.model.remittance import Remittance, RemittedClaim
from adjudicator.policy.payer import Payer
from adjudicator.policy.reductions import ReductionKind
from adjudicator.x12.writing import Envelope, Transaction, amount, day, quantity, segment, write_interchange

VERSION = "005010X221A1"

_STATUS = {"P": "1", "S": "2", "U": "1"}
"""CLP02 by SBR01, denied claims included; every later payer is tertiary (domain/06 section 4)."""
_TERTIARY = "3"
_FILING_INDICATORS = frozenset(
    ["12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF", "TV", "VA", "WC", "ZZ"]
)
"""What CLP06 knows of SBR09."""
_MUTUALLY_DEFINED = "ZZ"
_MAX_REASONS, _MAX_CLAIM_REMARKS, _MAX_LINE_REMARKS, _MAX_POLICIES = 6, 5, 99, 5
"""Triplets in a CAS, codes in a MOA, LQ and REF*0K segments of a line (domain/06 sections 3 and 5)."""
_MAX_NAME, _MAX_REFERENCE, _MAX_IDENTIFIER = 60, 50, 80
_LATE_FILING = ReductionKind.LATE_FILING.value
"""What AMT*KH tells, besides its adjustment; AMT never balances (domain/06 section 1)."""


def write_835(
    remittances: Sequence[Remittance],
    payer: Payer,
    *,
    interchange_control_number: int,
    created_on: dt.date,
    created_at: str,
    test: bool,
    receiver_id: str = "",
) -> Iterator[str]:
    """The text of one interchange, in pieces; no text at all for no remittances.

    Args:
        remittances: in the order of their transactions.
        payer: who pays, as of the payment.
        interchange_control_number: 1 to 999999999, never twice.
        created_on: production date.
        created_at: production time, HHMM.
        test: mark the interchange as a test.
        receiver_id: who collects the file; the first payee's tax id when empty.

    Raises:
        ValueError: the control number or the time cannot be written.
    """
    if not remittances:
        return iter(())
    envelope = Envelope(
        functional_id="HP",
        version=VERSION,
        sender_id=payer.payer_id,
        receiver_id=receiver_id or remittances[0].payee.tax_id or remittances[0].payee.npi,
        control_number=interchange_control_number,
        created_on=created_on,
        created_at=created_at,
        test=test,
    )
    return write_interchange(
        envelope, (Transaction("835", list(_transaction(remittance, payer, created_on))) for remittance in remittances)
    )


def _transaction(remittance: Remittance, payer: Payer, created_on: dt.date) -> Iterator[str]:
    originator = f"1{payer.tax_id}"
    method = payer.payment_method if remittance.paid_cents else "NON"
    yield segment(
        "BPR",
        "I" if remittance.paid_cents else "H",
        amount(remittance.paid_cents),
        "C",
        method,
        "CCP" if method == "ACH" else "",
        *("", "", "", ""),
        originator if method == "ACH" else "",
        *("", "", "", "", ""),
        day(remittance.paid_on),
    )
    yield segment("TRN", "1", remittance.trace_number, originator)
    yield segment("DTM", "405", day(created_on))
    yield from _payer(payer)
    yield from _payee(remittance.payee)
    yield segment("LX", "1")
    for remitted in remittance.claims:
        yield from _claim(remitted)


def _payer(payer: Payer) -> Iterator[str]:
    """Loop 1000A. The technical contact is required and is the same desk."""
    phone = "".join(character for character in payer.contact_phone if character.isdigit())
    yield segment("N1", "PR", payer.name[:_MAX_NAME])
    yield segment("N3", payer.address.line_1, payer.address.line_2)
    yield segment("N4", payer.address.city, payer.address.state, payer.address.postal_code, payer.address.country)
    yield segment("REF", "2U", payer.payer_id[:_MAX_REFERENCE])
    if phone:
        yield segment("PER", "CX", payer.contact_name[:_MAX_NAME], "TE", phone)
    yield segment("PER", "BL", payer.contact_name[:_MAX_NAME], *(("TE", phone) if phone else ()))
    if payer.contact_url:
        yield segment("PER", "IC", "", "UR", payer.contact_url.partition("://")[2] or payer.contact_url)


def _payee(payee: Provider) -> Iterator[str]:
    """Loop 1000B."""
    name = payee.name[:_MAX_NAME] or payee.tax_id
    yield segment("N1", "PE", name, *(("XX", payee.npi) if payee.npi else ("FI", payee.tax_id)))
    if payee.address.line_1 and payee.address.city:
        yield segment("N3", payee.address.line_1, payee.address.line_2)
        yield segment("N4", payee.address.city, payee.address.state, payee.address.postal_code, payee.address.country)
    if payee.npi and payee.tax_id:
        yield segment("REF", "TJ", payee.tax_id)


def _claim(remitted: RemittedClaim) -> Iterator[str]:
    """Loop 2100 with its lines."""
    claim, decision = remitted.claim, remitted.decision
    filing = claim.subscriber.filing_indicator
    yield segment(
        "CLP",
        claim.patient_control_number,
        _STATUS.get(claim.subscriber.payer_responsibility, _TERTIARY),
        amount(decision.charge_cents),
        amount(decision.paid_cents),
        amount(decision.member_cents),
        filing if filing in _FILING_INDICATORS else _MUTUALLY_DEFINED,
        decision.claim_id,
        *_facility(claim),
    )
    rendering = claim.lines[0].rendering if claim.lines else Provider()
    if rendering.npi == claim.billing.npi:
        rendering = Provider()
    yield from _people(claim, rendering)
    if decision.priority_payer:
        yield _priority_payer(decision.priority_payer)
    remarks = _claim_remarks(decision)
    if remarks:
        yield segment("MOA", "", "", *remarks)
    if claim.medical_record_number:
        yield segment("REF", "EA", claim.medical_record_number[:_MAX_REFERENCE])
    if claim.from_date is not None:
        yield segment("DTM", "232", day(claim.from_date))
    if claim.through_date is not None:
        yield segment("DTM", "233", day(claim.through_date))
    yield segment("DTM", "050", day(remitted.received_on))
    considered_cents = sum(line.charge_cents for line in decision.lines if line.verdict is not Verdict.DENY)
    if considered_cents:
        yield segment("AMT", "AU", amount(considered_cents))
    for line in claim.lines:
        yield from _line(line, decision.line(line.number), rendering.npi or claim.billing.npi)


def _facility(claim: Claim) -> tuple[str, str]:
    """CLP08 and CLP09: place of service or the type of bill's middle digits, and the frequency code."""
    if claim.claim_type is ClaimType.INSTITUTIONAL and claim.institutional is not None:
        return claim.institutional.type_of_bill[1:3], claim.frequency_code
    return claim.lines[0].place_of_service if claim.lines else "", claim.frequency_code


def _people(claim: Claim, rendering: Provider) -> Iterator[str]:
    """NM1 of the patient, of the subscriber when that is somebody else, and of the rendering provider when it is not the payee."""
    member = ("MI", claim.subscriber.member_id) if claim.subscriber.member_id else ()
    yield _person("QC", claim.treated, () if claim.patient else member)
    if claim.patient is not None and member:
        yield _person("IL", claim.subscriber.person, member)
    if rendering.npi:
        entity = "1" if rendering.first_name else "2"
        yield segment(
            "NM1", "82", entity, rendering.name[:_MAX_NAME], rendering.first_name[:35], "", "", "", "XX", rendering.npi
        )


def _person(role: str, person: Person, member: tuple[str, ...]) -> str:
    names = (person.last_name[:_MAX_NAME], person.first_name[:35], person.middle_name[:25])
    return segment("NM1", role, "1", *names, "", "", *member)


def _priority_payer(payer: PriorityPayer) -> str:
    """NM1 of the payer whom the provider bills before us; both name and identifier are required, and the identifier is our own
    name of it (domain/05 section 4; X12 request for interpretation 963).
    """
    return segment("NM1", "PR", "2", payer.name[:_MAX_NAME], "", "", "", "", "PI", payer.identifier[:_MAX_IDENTIFIER])


def _claim_remarks(decision: Decision) -> tuple[str, ...]:
    """Remarks about the whole claim that no line carries: what only informs (MOA03 to MOA07)."""
    on_lines = {remark for line in decision.lines for remark in _line_remarks(line)}
    remarks = [
        remark
        for finding in decision.findings
        if finding.line == WHOLE_CLAIM and finding.verdict is Verdict.INFORM and finding.audience is Audience.PROVIDER
        for remark in finding.remarks
        if remark not in on_lines
    ]
    return tuple(dict.fromkeys(remarks))[:_MAX_CLAIM_REMARKS]


def _line(line: Line, decided: LineDecision, claim_rendering_npi: str) -> Iterator[str]:
    """Loop 2110."""
    paid, submitted = decided.paid_quantity_thousandths, line.quantity_thousandths
    yield segment(
        "SVC",
        ("HC", line.procedure, *line.modifiers) if line.procedure else ("NU", line.revenue_code),
        amount(decided.charge_cents),
        amount(decided.paid_cents),
        line.revenue_code if line.procedure else "",
        quantity(paid),
        "",
        quantity(submitted) if submitted != paid else "",
    )
    if line.from_date is not None and line.through_date not in (None, line.from_date):
        yield segment("DTM", "150", day(line.from_date))
        yield segment("DTM", "151", day(line.through_date or line.from_date))
    elif line.from_date is not None:
        yield segment("DTM", "472", day(line.from_date))
    yield from _adjustments(decided.adjustments)
    yield segment("REF", "6R", line.control_number[:_MAX_REFERENCE] or str(line.number))
    if line.rendering.npi and line.rendering.npi != claim_rendering_npi:
        yield segment("REF", "HPI", line.rendering.npi)
    policies = dict.fromkeys(reason.policy for reason in decided.adjustments if reason.policy.startswith("coverage/"))
    for policy in list(policies)[:_MAX_POLICIES]:
        yield segment("REF", "0K", policy[:_MAX_REFERENCE])
    if decided.allowed_cents:
        yield segment("AMT", "B6", amount(decided.allowed_cents))
    late_cents = sum(taken.amount_cents for taken in decided.reductions if taken.rule == _LATE_FILING)
    if late_cents:
        yield segment("AMT", "KH", amount(late_cents))
    for remark in list(_line_remarks(decided))[:_MAX_LINE_REMARKS]:
        yield segment("LQ", "HE", remark)


def _line_remarks(decided: LineDecision) -> Iterable[str]:
    """The line's remarks, each once: first those that explain an adjustment."""
    return dict.fromkeys((*(remark for reason in decided.adjustments for remark in reason.remarks), *decided.remarks))


def _adjustments(adjustments: Sequence[Adjustment]) -> Iterator[str]:
    """CAS segments: one for each group, another of the same group only when it has more reasons than one segment holds."""
    for group in dict.fromkeys(adjustment.group for adjustment in adjustments):
        reasons = [adjustment for adjustment in adjustments if adjustment.group == group]
        for first in range(0, len(reasons), _MAX_REASONS):
            triplets: list[str] = []
            for reason in reasons[first : first + _MAX_REASONS]:
                units = reason.quantity_thousandths
                triplets += (reason.carc, amount(reason.amount_cents), "" if units is None else quantity(units))
            yield segment("CAS", group, *triplets)
