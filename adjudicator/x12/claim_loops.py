"""Reads one claim: loop 2300 and, inside it, its providers (2310), other payers (2320, 2330) and service lines (2400)."""

import datetime as dt
import itertools
from typing import Any

import msgspec

from adjudicator.model.claim import (
    MAX_DIAGNOSES,
    MAX_INSTITUTIONAL_LINES,
    MAX_PROFESSIONAL_LINES,
    Ambulance,
    Attachment,
    Claim,
    ClaimType,
    Diagnosis,
    Line,
    OtherPayer,
    PriorAdjustment,
    Purpose,
    Subscriber,
)
from adjudicator.model.codes import plain_diagnosis
from adjudicator.x12.elements import Elements
from adjudicator.x12.institutional import InstitutionalPart
from adjudicator.x12.interchange import MISSING, UNPROCESSABLE, shown
from adjudicator.x12.levels import BillingLevel, Levels
from adjudicator.x12.line_loops import (
    ClaimDefaults,
    read_adjustments,
    read_ambulance,
    read_attachment,
    read_line,
    transport,
)
from adjudicator.x12.parties import Party, read_party

_PROFESSIONAL_ROLES = ("DN", "P3", "82", "77", "DQ", "PW", "45")
_INSTITUTIONAL_ROLES = ("71", "72", "ZZ", "82", "77", "DN")
_IGNORED = frozenset({"CN1", "K3", "CR2", "CR3", "CR5", "CR6", "CRC", "HCP", "QTY"})
_REFERENCES = {
    "F8": "original_claim_id",
    "4N": "authorization_exception",
    "X4": "clia_number",
    "EA": "medical_record_number",
    "D9": "clearinghouse_trace",
}
_DATES = {
    "435": "admission_date",
    "096": "discharge_date",
    "431": "onset_date",
    "484": "last_menstrual_period_date",
    "439": "accident_date",
    "304": "last_seen_date",
    "090": "assumed_care_date",
    "091": "relinquished_care_date",
}
_DIAGNOSES = {"BK": "principal", "BF": "other", "BJ": "admitting", "PR": "reason_for_visit", "BN": "external_cause"}
_CODES_LEFT_ASIDE = frozenset({"BP", "BO", "BG", "BH", "BI", "BE"})
"""Kinds of HI in a professional claim that the model does not carry: anesthesia procedures and payer-use codes."""
_OTHER_PAYERS_AMOUNTS = ("D", "A8", "EAF")
"""AMT01 of what another payer paid, of what it does not cover and of what the patient still owes (domain/01 section 5)."""
_ICD10_BEGAN = dt.date(2015, 10, 1)
"""Diagnosis qualifiers without the leading A are ICD-9, for earlier services only (domain/01 section 3.2)."""
_MAX_CONTROL_NUMBER = 38
_DIAGNOSIS = "A7:255"


class _Header:
    """A claim while it is being read."""

    def __init__(self, institutional: InstitutionalPart | None) -> None:
        self.institutional = institutional
        self.fields: dict[str, Any] = {}
        """Fields of the Claim under their own names."""
        self.place_of_service = ""
        self.diagnoses: list[Diagnosis] = []
        self.older_code_at: tuple[int, int] | None = None
        """Segment and element of the first ICD-9 diagnosis."""
        self.has_newer_code = False
        self.authorization_numbers: list[str] = []
        self.referral_numbers: list[str] = []
        self.notes: list[str] = []
        self.attachments: list[Attachment] = []
        self.other_payers: list[OtherPayer] = []
        self.ambulance: Ambulance | None = None
        self.parties: dict[str, Party] = {}


def read_claim(elements: Elements, levels: Levels, purpose: Purpose, claim_type: ClaimType) -> Claim:
    """Read the claim whose segments are loaded, CLM first. What is wrong with it is noted with the elements.

    The claim that comes back is a claim only when nothing was noted; else it is good for naming the claim and no more.
    """
    is_institutional = claim_type is ClaimType.INSTITUTIONAL
    header = _Header(InstitutionalPart() if is_institutional else None)
    _read_claim_segment(elements, header)
    index = _read_header(elements, header)
    billing = levels.billing or BillingLevel("")
    subscriber = levels.subscriber
    rendering, facility = header.parties.get("82"), header.parties.get("77")
    referring = header.parties.get("DN") or header.parties.get("P3")
    supervising = header.parties.get("DQ")
    defaults = ClaimDefaults(
        institutional=is_institutional,
        place_of_service=header.place_of_service,
        rendering=rendering.provider if rendering else billing.provider,
        service_facility=facility.provider if facility else billing.provider,
        referring=referring.provider if referring else None,
        supervising=supervising.provider if supervising else None,
        authorization_numbers=tuple(header.authorization_numbers),
        referral_numbers=tuple(header.referral_numbers),
        ambulance=transport(header.ambulance, header.parties),
        last_seen_date=header.fields.get("last_seen_date"),
    )
    lines = _read_lines(elements, index, defaults)
    _check_diagnoses(elements, header, claim_type, lines)
    return Claim(
        claim_type=claim_type,
        billing=billing.provider,
        subscriber=subscriber.subscriber if subscriber else Subscriber(""),
        lines=lines,
        payer_id=subscriber.payer_id if subscriber else "",
        patient=levels.patient,
        diagnoses=tuple(header.diagnoses),
        purpose=purpose,
        test=elements.transaction.test,
        pay_to_address=billing.pay_to_address,
        pay_to_plan=billing.pay_to_plan,
        authorization_numbers=defaults.authorization_numbers,
        referral_numbers=defaults.referral_numbers,
        notes=tuple(header.notes),
        attachments=tuple(header.attachments),
        other_payers=tuple(header.other_payers),
        institutional=header.institutional.finished(header.parties) if header.institutional else None,
        ambulance=defaults.ambulance,
        patient_weight_thousandths=levels.patient_weight_thousandths,
        **header.fields,
    )


def _read_claim_segment(elements: Elements, header: _Header) -> None:
    """CLM (domain/01 section 3.1)."""
    number = elements.required(0, 1, "the patient control number", "A6:478")
    if len(number) > _MAX_CONTROL_NUMBER:
        elements.note(
            0, f"{len(number)} characters", f"at most {_MAX_CONTROL_NUMBER} characters", element=1, status="A7:478"
        )
    header.fields["patient_control_number"] = number
    header.fields["total_charge_cents"] = elements.amount(0, 2, status="A7:178")
    place, frequency = _read_place(elements, "A" if header.institutional else "B")
    header.fields["frequency_code"] = frequency
    if header.institutional:
        header.institutional.type_of_bill = f"{place}{frequency}".zfill(4)
    else:
        header.place_of_service = place
        header.fields["provider_signature"] = elements.coded(0, 6, ("Y", "N")) == "Y"
    header.fields["accepts_assignment"] = elements.coded(0, 7, ("A", "B", "C"))
    header.fields["benefits_assigned"] = elements.coded(0, 8, ("Y", "N", "W"))
    header.fields["release_of_information"] = elements.coded(0, 9, ("Y", "I"))
    causes = elements.components(0, 11)
    if causes:
        header.fields["related_causes"] = tuple(cause for cause in causes[:3] if cause)
        header.fields["accident_state"] = causes[3] if len(causes) > 3 else ""
        for component, cause in enumerate(causes[:3], start=1):
            if cause not in ("AA", "EM", "OA", ""):
                elements.note(0, shown(cause), "AA, EM or OA", element=11, component=component)
    if not header.institutional:
        header.fields["special_program"] = elements.text(0, 12)
    header.fields["delay_reason"] = elements.text(0, 20)


def _read_place(elements: Elements, letter: str) -> tuple[str, str]:
    """CLM05: place of service or type of bill, which of the two it is, frequency code."""
    parts = elements.components(0, 5)
    separator = elements.component_separator
    status = "A7:249" if letter == "B" else "A7:228"
    if len(parts) < 3:
        example = f"three parts such as {'11' if letter == 'B' else '13'}{separator}{letter}{separator}1"
        write = f"{example}, with the '{separator}' that ISA16 names between them"
        elements.note(0, shown(elements.text(0, 5)), write, element=5, status=status if parts else MISSING)
        return "", ""
    place, qualifier, frequency = parts[:3]
    if not (place.isalnum() and len(place) <= (2 if letter == "B" else 3)):
        write = "a place of service such as 11" if letter == "B" else "two digits of the type of bill such as 13"
        elements.note(0, shown(place), write, element=5, component=1, status=status)
    if qualifier not in (letter, ""):  # some senders leave it out; the version of the transaction says the same
        elements.note(0, shown(qualifier), letter, element=5, component=2)
    if not (len(frequency) == 1 and frequency.isalnum()):
        status = "A7:535" if frequency else "A6:535"
        elements.note(0, shown(frequency), "a frequency code such as 1", element=5, component=3, status=status)
    return place, frequency


def _read_header(elements: Elements, header: _Header) -> int:
    """Everything of loop 2300 before its first line; answers the position of the first LX, or the end."""
    segments = elements.segments
    inner_loop = ""
    index = 1
    roles = _INSTITUTIONAL_ROLES if header.institutional else _PROFESSIONAL_ROLES
    while index < len(segments):
        tag = segments[index][0]
        if tag == "LX":
            break
        if tag == "SBR":
            inner_loop, index = "SBR", _read_other_payer(elements, index, header)
            continue
        if tag == "NM1":
            elements.coded(index, 1, roles)
            party, after = read_party(elements, index)
            if party.role in header.parties and party.role not in ("DN", "P3"):
                elements.note(
                    index, f"a second {elements.loop_name(index)}", "each provider once a claim", status=UNPROCESSABLE
                )
            header.parties.setdefault(party.role, party)
            inner_loop, index = "NM1", after
            continue
        if inner_loop or not _read_segment(elements, index, tag, header):
            elements.note_stray(
                index, f"after {inner_loop} in a claim" if inner_loop else "in a claim before its first LX"
            )
        index += 1
    return index


def _read_segment(elements: Elements, index: int, tag: str, header: _Header) -> bool:
    """Read one segment of the claim itself; False when it has no place there."""
    if tag == "DTP":
        _read_date(elements, index, header)
    elif tag == "REF":
        _read_reference(elements, index, header)
    elif tag == "HI":
        _read_codes(elements, index, header)
    elif tag == "AMT":
        if elements.text(index, 1) == "F5":
            header.fields["patient_paid_cents"] = elements.amount(index, 2)
    elif tag == "NTE":
        header.notes.append(elements.text(index, 2))
    elif tag == "PWK":
        header.attachments.append(read_attachment(elements, index))
    elif tag == "CR1":
        header.ambulance = read_ambulance(elements, index)
    elif tag == "CL1" and header.institutional:
        header.institutional.read_stay(elements, index)
    else:
        return tag in _IGNORED
    return True


def _read_date(elements: Elements, index: int, header: _Header) -> None:
    qualifier = elements.text(index, 1)
    if header.institutional and header.institutional.read_date(elements, index, qualifier):
        return
    if qualifier in _DATES:
        days = elements.dates(index)
        header.fields[_DATES[qualifier]] = days.effective if days else None


def _read_reference(elements: Elements, index: int, header: _Header) -> None:
    qualifier, number = elements.text(index, 1), elements.text(index, 2)
    if qualifier == "G1" and number:
        header.authorization_numbers.append(number)
    elif qualifier == "9F" and number:
        header.referral_numbers.append(number)
    elif qualifier in _REFERENCES:
        name = _REFERENCES[qualifier]
        if header.fields.get(name, number) != number:
            elements.note(index, f"a second, different REF*{qualifier}", "one in a claim", status=UNPROCESSABLE)
        header.fields[name] = number


def _read_codes(elements: Elements, index: int, header: _Header) -> None:
    """HI: diagnoses, and in an institutional claim all its other codes."""
    for element in range(1, len(elements.segments[index])):
        parts = elements.components(index, element)
        if not parts:
            continue
        qualifier = parts[0]
        bare = qualifier[1:] if len(qualifier) == 3 and qualifier.startswith("A") else qualifier
        if bare in _DIAGNOSES and (header.institutional or bare in ("BK", "BF")):
            if len(parts) < 2 or not parts[1]:
                elements.note(index, "nothing", "a diagnosis code", element=element, component=2, status="A6:255")
                continue
            if bare == qualifier:
                header.older_code_at = header.older_code_at or (index, element)
            else:
                header.has_newer_code = True
            present_on_admission = parts[8] if len(parts) > 8 else ""
            header.diagnoses.append(Diagnosis(plain_diagnosis(parts[1]), _DIAGNOSES[bare], present_on_admission))
        elif header.institutional:
            if not header.institutional.read_code(elements, index, element, parts):
                elements.note(
                    index, shown(qualifier), "a code list qualifier of the 837I", element=element, component=1
                )
        elif qualifier not in _CODES_LEFT_ASIDE:
            elements.note(index, shown(qualifier), "ABK or ABF", element=element, component=1, status=_DIAGNOSIS)


def _read_other_payer(elements: Elements, index: int, header: _Header) -> int:
    """Loops 2320, 2330A and 2330B; further providers of the other payer are left aside."""
    start = index
    adjustments: list[PriorAdjustment] = []
    amounts: dict[str, int] = {}
    parties: dict[str, Party] = {}
    index += 1
    while index < len(elements.segments):
        tag = elements.segments[index][0]
        if tag == "NM1":
            party, index = read_party(elements, index)
            parties.setdefault(party.role, party)
            continue
        if tag == "CAS":
            adjustments += read_adjustments(elements, index)
        elif tag == "AMT":
            qualifier = elements.text(index, 1)
            if qualifier in amounts and qualifier in _OTHER_PAYERS_AMOUNTS:
                elements.note(index, f"a second AMT*{qualifier}", "one in a loop 2320", status=UNPROCESSABLE)
            amounts[qualifier] = elements.amount(index, 2, signed=True)
        elif tag not in ("DMG", "OI", "MIA", "MOA"):
            break
        index += 1
    payer, insured = parties.get("PR"), parties.get("IL")
    header.other_payers.append(
        OtherPayer(
            payer_id=payer.identifier if payer else "",
            responsibility=elements.coded(start, 1, (*"PSTABCDEFGHU",)),
            name=payer.last_name if payer else "",
            filing_indicator=elements.text(start, 9),
            member_id=insured.identifier if insured else "",
            relationship=elements.text(start, 2),
            paid_cents=amounts.get("D"),
            noncovered_cents=amounts.get("A8"),
            patient_liability_cents=amounts.get("EAF"),
            adjustments=tuple(adjustments),
            adjudicated_on=payer.dates.get("573") if payer else None,
            claim_control_number=payer.references.get("F8", "") if payer else "",
        )
    )
    return index


def _read_lines(elements: Elements, index: int, defaults: ClaimDefaults) -> tuple[Line, ...]:
    """The lines of a claim, numbered from 1. Some senders number on from claim to claim: the steps must be 1, the start not."""
    segments = elements.segments
    starts = [position for position in range(index, len(segments)) if segments[position][0] == "LX"]
    limit = MAX_INSTITUTIONAL_LINES if defaults.institutional else MAX_PROFESSIONAL_LINES
    if not starts:
        elements.note(0, "no service line", "LX and its segments", status=MISSING)
    elif len(starts) > limit:
        elements.note(0, f"{len(starts)} service lines", f"at most {limit} in a claim", status="A7:121")
    lines = []
    numbers: list[int] = []
    for number, (start, stop) in enumerate(itertools.pairwise([*starts, len(segments)]), start=1):
        text = elements.text(start, 1)
        sent = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
        if sent < 1 or (numbers and sent != numbers[-1] + 1):
            write = f"{numbers[-1] + 1}, one more than the line before" if numbers else "1"
            elements.note(start, shown(text), write, element=1, status=UNPROCESSABLE)
        numbers.append(sent)
        lines.append(read_line(elements, start, stop, number, defaults))
    if numbers and numbers[0] > 1:
        lines = [_renumbered(line, numbers[0] - 1) for line in lines]
    return tuple(lines)


def _renumbered(line: Line, offset: int) -> Line:
    """The line with its references to other lines in our numbers."""
    if not any(payer.bundled_into_line for payer in line.other_payers):
        return line
    payers = tuple(
        msgspec.structs.replace(payer, bundled_into_line=payer.bundled_into_line and payer.bundled_into_line - offset)
        for payer in line.other_payers
    )
    return msgspec.structs.replace(line, other_payers=payers)


def _check_diagnoses(elements: Elements, header: _Header, claim_type: ClaimType, lines: tuple[Line, ...]) -> None:
    """Enough and not too many, of one code set, and of the code set of the service's time (domain/01 section 3.2)."""
    counted = [diagnosis for diagnosis in header.diagnoses if diagnosis.kind in ("principal", "other")]
    limit = MAX_DIAGNOSES[claim_type.value]
    if len(counted) > limit:
        elements.note(0, f"{len(counted)} diagnoses", f"at most {limit} in a claim", status=_DIAGNOSIS)
    principal = sum(diagnosis.kind == "principal" for diagnosis in counted)
    if principal != 1 and not any(problem.status in (_DIAGNOSIS, "A6:255") for problem in elements.problems):
        found = f"{principal or 'no'} principal diagnos{'is' if principal == 0 else 'es'}"
        elements.note(0, found, "HI*ABK once", status="A7:254" if principal else "A6:254")
    if header.older_code_at is not None:
        index, element = header.older_code_at
        days = [day for line in lines for day in (line.from_date, line.through_date) if day is not None]
        if header.institutional and header.institutional.statement_through is not None:
            days = [header.institutional.statement_through]
        if header.has_newer_code or max(days, default=_ICD10_BEGAN) >= _ICD10_BEGAN:
            qualifier = elements.components(index, element)[0]
            found = f"{shown(qualifier)}, which is ICD-9"
            elements.note(
                index, found, f"A{qualifier} and ICD-10-CM codes", element=element, component=1, status=_DIAGNOSIS
            )
