"""Reads service lines: loop 2400 and, inside it, drugs (2410), providers (2420), other payers (2430) and forms (2440)."""

import datetime as dt
import re
from typing import NamedTuple

from adjudicator.model.claim import (
    MAX_MODIFIERS,
    MAX_POINTERS,
    Ambulance,
    Attachment,
    Drug,
    Line,
    OtherPayerLine,
    PriorAdjustment,
    Provider,
    UnitBasis,
)
from adjudicator.model.codes import MODIFIER
from adjudicator.x12.elements import Elements
from adjudicator.x12.interchange import MISSING, UNPROCESSABLE, shown
from adjudicator.x12.parties import Party, read_party

_PROFESSIONAL_ROLES = ("82", "QB", "77", "DQ", "DK", "DN", "P3", "PW", "45")
_INSTITUTIONAL_ROLES = ("72", "ZZ", "82", "DN")
_IGNORED = frozenset({"SV5", "CR3", "CRC", "QTY", "MEA", "CN1", "AMT", "K3", "HCP"})
_UNITS = {"UN": UnitBasis.UNITS, "MJ": UnitBasis.MINUTES, "DA": UnitBasis.DAYS}
_DATE = "A7:187"
_CHARGE = "A7:178"
_QUANTITY = "A7:476"
_PROCEDURE = "A7:454"
_MODIFIERS = "A7:453"
_POINTERS = "A7:477"


class ClaimDefaults(NamedTuple):
    """What a line takes from its claim where it says nothing itself (domain/01 section 2, resolution order)."""

    institutional: bool
    place_of_service: str
    rendering: Provider
    service_facility: Provider
    referring: Provider | None
    supervising: Provider | None
    authorization_numbers: tuple[str, ...]
    referral_numbers: tuple[str, ...]
    ambulance: Ambulance | None
    last_seen_date: dt.date | None


class _Line:
    """A line while it is being read."""

    def __init__(self) -> None:
        self.has_service = self.has_date = False
        self.charge_cents = 0
        self.procedure = self.description = self.place_of_service = self.revenue_code = self.control_number = ""
        self.modifiers: tuple[str, ...] = ()
        self.unit_basis = UnitBasis.UNITS
        self.quantity_thousandths = 1000
        self.pointers: tuple[int, ...] = ()
        self.emergency = self.screening_program = self.family_planning = self.copay_exempt = False
        self.noncovered_cents: int | None = None
        self.purchased_service_cents: int | None = None
        self.from_date: dt.date | None = None
        self.through_date: dt.date | None = None
        self.drug: Drug | None = None
        self.notes: list[str] = []
        self.attachments: list[Attachment] = []
        self.other_payers: list[OtherPayerLine] = []
        self.authorization_numbers: list[str] = []
        self.referral_numbers: list[str] = []
        self.ambulance: Ambulance | None = None
        self.last_seen_date: dt.date | None = None
        self.parties: dict[str, Party] = {}

    def party(self, role: str) -> Provider | None:
        """The line's own provider of a role."""
        return self.parties[role].provider if role in self.parties else None


def read_line(elements: Elements, start: int, end: int, number: int, claim: ClaimDefaults) -> Line:
    """Read the line whose LX stands at ``start``; ``number`` is its position in the claim, from 1."""
    line = _Line()
    segments = elements.segments
    inner_loop = ""
    index = start + 1
    while index < end:
        tag = segments[index][0]
        if tag == "NM1":
            inner_loop, index = "NM1", _read_provider(elements, index, line, claim.institutional)
        elif tag == "LIN":
            inner_loop, index = "LIN", _read_drug(elements, index, end, line)
        elif tag == "SVD":
            inner_loop, index = "SVD", _read_other_payer(elements, index, end, line)
        elif tag == "LQ":
            inner_loop = "LQ"
            index += 1
            while index < end and segments[index][0] == "FRM":
                index += 1
        else:
            if inner_loop or not _read_segment(elements, index, tag, line, claim.institutional):
                elements.note_stray(
                    index, f"after {inner_loop} in a service line" if inner_loop else "in a service line"
                )
            index += 1
    if not line.has_service:
        service = "SV2" if claim.institutional else "SV1"
        elements.note(start, f"no {service}", f"{service} after LX", status=MISSING)
    if not line.has_date and not claim.institutional:
        elements.note(start, "no service date", "DTP*472 in every service line", status="A6:187")
    return Line(
        number=number,
        charge_cents=line.charge_cents,
        from_date=line.from_date,
        through_date=line.through_date,
        procedure=line.procedure,
        modifiers=line.modifiers,
        description=line.description,
        unit_basis=line.unit_basis,
        quantity_thousandths=line.quantity_thousandths,
        diagnosis_pointers=line.pointers,
        control_number=line.control_number,
        emergency=line.emergency,
        screening_program=line.screening_program,
        family_planning=line.family_planning,
        copay_exempt=line.copay_exempt,
        revenue_code=line.revenue_code,
        noncovered_cents=line.noncovered_cents,
        drug=line.drug,
        note=" ".join(line.notes),
        other_payers=tuple(line.other_payers),
        attachments=tuple(line.attachments),
        purchased_service=line.party("QB"),
        purchased_service_cents=line.purchased_service_cents,
        place_of_service=line.place_of_service or claim.place_of_service,
        rendering=line.party("82") or claim.rendering,
        service_facility=line.party("77") or claim.service_facility,
        referring=line.party("DN") or line.party("P3") or claim.referring,
        ordering=line.party("DK"),
        supervising=line.party("DQ") or claim.supervising,
        authorization_numbers=tuple(line.authorization_numbers) or claim.authorization_numbers,
        referral_numbers=tuple(line.referral_numbers) or claim.referral_numbers,
        ambulance=transport(line.ambulance, line.parties, claim.ambulance),
        last_seen_date=line.last_seen_date or claim.last_seen_date,
    )


def _read_segment(elements: Elements, index: int, tag: str, line: _Line, institutional: bool) -> bool:
    """Read one segment of the line itself; False when it has no place there."""
    if tag in ("SV1", "SV2"):
        if line.has_service:
            elements.note(index, f"a second {tag}", "an LX before it", status=UNPROCESSABLE)
        line.has_service = True
        if institutional == (tag == "SV1"):
            elements.note(index, tag, "SV2 in an institutional claim, SV1 in a professional one", status=UNPROCESSABLE)
        elif institutional:
            _read_institutional_service(elements, index, line)
        else:
            _read_professional_service(elements, index, line)
    elif tag == "DTP":
        if elements.text(index, 1) == "472":
            if line.has_date:
                elements.note(index, "a second DTP*472", "one service date, or RD8 for a range", status=_DATE)
            line.has_date = True
            days = elements.dates(index, _DATE)
            if days is not None:
                line.from_date, line.through_date = days.effective, days.ends
        elif elements.text(index, 1) == "304":
            days = elements.dates(index)
            line.last_seen_date = days.effective if days else None
    elif tag == "REF":
        qualifier, number = elements.text(index, 1), elements.text(index, 2)
        if qualifier == "6R":
            line.control_number = number
        elif qualifier == "G1" and number:
            line.authorization_numbers.append(number)
        elif qualifier == "9F" and number:
            line.referral_numbers.append(number)
    elif tag == "NTE":
        line.notes.append(elements.text(index, 2))
    elif tag == "PWK":
        line.attachments.append(read_attachment(elements, index))
    elif tag == "CR1":
        line.ambulance = read_ambulance(elements, index)
    elif tag == "PS1":
        line.purchased_service_cents = elements.amount(index, 2)
    else:
        return tag in _IGNORED
    return True


def _read_professional_service(elements: Elements, index: int, line: _Line) -> None:
    """SV1 (domain/01 section 4.2)."""
    _read_procedure(elements, index, 1, line)
    line.charge_cents = elements.amount(index, 2, status=_CHARGE)
    line.unit_basis = _UNITS.get(elements.coded(index, 3, ("UN", "MJ")), UnitBasis.UNITS)
    line.quantity_thousandths = elements.quantity(index, 4, status=_QUANTITY)
    line.place_of_service = elements.text(index, 5)
    line.pointers = _read_pointers(elements, index)
    line.emergency = elements.text(index, 9) == "Y"
    line.screening_program = elements.text(index, 11) == "Y"
    line.family_planning = elements.text(index, 12) == "Y"
    line.copay_exempt = elements.text(index, 15) == "0"


def _read_institutional_service(elements: Elements, index: int, line: _Line) -> None:
    """SV2 (domain/01 section 4.3)."""
    line.revenue_code = elements.required(index, 1, "a revenue code such as 0300", "A6:455")
    if elements.text(index, 2):
        _read_procedure(elements, index, 2, line)
    line.charge_cents = elements.amount(index, 3, status=_CHARGE)
    line.unit_basis = _UNITS.get(elements.coded(index, 4, ("UN", "DA")), UnitBasis.UNITS)
    line.quantity_thousandths = elements.quantity(index, 5, status=_QUANTITY)
    line.noncovered_cents = elements.optional_amount(index, 7)


def _read_procedure(elements: Elements, index: int, element: int, line: _Line) -> None:
    """The composite procedure: qualifier, code, up to four modifiers, description."""
    parts = elements.components(index, element)
    kinds = ("HC", "HP") if element == 2 else ("HC",)
    qualifier = parts[0] if parts else ""
    if qualifier not in kinds:
        status = _PROCEDURE if qualifier else "A6:454"
        elements.note(index, shown(qualifier), " or ".join(kinds), element=element, component=1, status=status)
    if len(parts) < 2 or not parts[1]:
        write = "a procedure code such as 99213"
        elements.note(index, "nothing", write, element=element, component=2, status="A6:454")
        return
    line.procedure = parts[1].upper()
    line.modifiers = tuple(part.upper() for part in parts[2:6] if part)
    line.description = parts[6] if len(parts) > 6 else ""
    if len(parts) > 7 or MODIFIER.match(line.description):
        write = f"at most {MAX_MODIFIERS} modifiers, then a description in component 7"
        elements.note(index, f"{len(parts)} components", write, element=element, status=_MODIFIERS)


_WHOLE_POINTER = re.compile(r"[0-9]{1,2}(\.0*)?")
"""A position; some senders write it as they write quantities, ``1.00``."""


def _read_pointers(elements: Elements, index: int) -> tuple[int, ...]:
    """SV107: positions in the claim's diagnoses; whether they lead somewhere is for the engine to say."""
    parts = [part for part in elements.components(index, 7) if part]
    text = elements.text(index, 7)
    if not parts:
        elements.note(index, "nothing", "a diagnosis pointer such as 1", element=7, status="A6:477")
    elif len(parts) > MAX_POINTERS:
        elements.note(index, shown(text), f"at most {MAX_POINTERS} pointers", element=7, status=_POINTERS)
    elif not all(_WHOLE_POINTER.fullmatch(part) for part in parts):
        separator = elements.component_separator
        elements.note(index, shown(text), f"pointers such as 1 or 1{separator}2", element=7, status=_POINTERS)
    else:
        return tuple([int(part.partition(".")[0]) for part in parts])
    return ()


def _read_provider(elements: Elements, index: int, line: _Line, institutional: bool) -> int:
    """Loop 2420."""
    elements.coded(index, 1, _INSTITUTIONAL_ROLES if institutional else _PROFESSIONAL_ROLES)
    party, after = read_party(elements, index)
    if party.role in line.parties and party.role not in ("DN", "P3"):
        elements.note(index, f"a second {elements.loop_name(index)}", "each provider once a line", status=UNPROCESSABLE)
    line.parties.setdefault(party.role, party)
    return after


def _read_drug(elements: Elements, index: int, end: int, line: _Line) -> int:
    """Loop 2410. LIN02 other than N4 is no drug code and is left aside."""
    is_drug = elements.text(index, 2) == "N4"
    code = elements.required(index, 3, "a National Drug Code of 11 digits", "A6:218") if is_drug else ""
    quantity_thousandths, unit = None, ""
    if is_drug and line.drug is not None:
        elements.note(index, "a second drug", "one LIN a service line", status="A7:218")
    index += 1
    while index < end and elements.segments[index][0] in ("CTP", "REF"):
        if elements.segments[index][0] == "CTP":
            quantity_thousandths = elements.optional_quantity(index, 4, status="A7:724")
            unit = (elements.components(index, 5) or [""])[0]
        else:
            elements.coded(index, 1, ("XZ", "VY"))
        index += 1
    if is_drug:
        line.drug = Drug(code, quantity_thousandths, unit)
    return index


def _read_other_payer(elements: Elements, index: int, end: int, line: _Line) -> int:
    """Loop 2430: what another payer decided about the line."""
    svd = index
    paid_cents = elements.amount(svd, 2, signed=True)
    procedure = elements.components(svd, 3)
    quantity_thousandths = elements.optional_quantity(svd, 5, signed=True)
    bundled = elements.text(svd, 6)
    if bundled and not (bundled.isascii() and bundled.isdigit() and len(bundled) <= 6):
        elements.note(svd, shown(bundled), "the number of a service line", element=6)
        bundled = ""
    adjustments: list[PriorAdjustment] = []
    adjudicated_on = None
    liability_cents = None
    index += 1
    while index < end and elements.segments[index][0] in ("CAS", "DTP", "AMT"):
        tag = elements.segments[index][0]
        if tag == "CAS":
            adjustments += read_adjustments(elements, index)
        elif tag == "DTP":
            elements.coded(index, 1, ("573",))
            if adjudicated_on is not None:
                elements.note(index, "a second DTP*573", "one in a loop 2430", status=UNPROCESSABLE)
            days = elements.dates(index)
            adjudicated_on = days.effective if days else None
        elif elements.text(index, 1) == "EAF":
            if liability_cents is not None:
                elements.note(index, "a second AMT*EAF", "one in a loop 2430", status=UNPROCESSABLE)
            liability_cents = elements.amount(index, 2, signed=True)
        index += 1
    line.other_payers.append(
        OtherPayerLine(
            payer_id=elements.required(svd, 1, "the other payer's identifier"),
            paid_cents=paid_cents,
            procedure=procedure[1] if len(procedure) > 1 else "",
            modifiers=tuple(part for part in procedure[2:6] if part),
            quantity_thousandths=quantity_thousandths,
            bundled_into_line=int(bundled) if bundled else None,
            adjustments=tuple(adjustments),
            adjudicated_on=adjudicated_on,
            patient_liability_cents=liability_cents,
        )
    )
    return index


def read_adjustments(elements: Elements, index: int) -> list[PriorAdjustment]:
    """The reasons of one CAS: a group, then up to six of reason, amount and quantity."""
    group = elements.coded(index, 1, ("CO", "CR", "OA", "PI", "PR"))
    last = len(elements.segments[index])
    return [
        PriorAdjustment(
            group,
            elements.required(index, element, "an adjustment reason code"),
            elements.amount(index, element + 1, signed=True),
            elements.optional_quantity(index, element + 2, signed=True),
        )
        for element in range(2, max(last, 3), 3)
        if element == 2 or any(elements.text(index, element + offset) for offset in range(3))
    ]


def read_ambulance(elements: Elements, index: int) -> Ambulance:
    """CR1: why and how far the patient was carried."""
    return Ambulance(
        transport_reason=elements.text(index, 4),
        miles_thousandths=elements.optional_quantity(index, 6, zero=True, status=_QUANTITY),
    )


def transport(own: Ambulance | None, parties: dict[str, Party], above: Ambulance | None = None) -> Ambulance | None:
    """A transport with the addresses of its pick-up and drop-off; what is not told here is taken from the claim above."""
    base = own or above
    pick_up, drop_off = parties.get("PW"), parties.get("45")
    if base is None and pick_up is None and drop_off is None:
        return None
    base, above = base or Ambulance(), above or Ambulance()
    return Ambulance(
        transport_reason=base.transport_reason,
        miles_thousandths=base.miles_thousandths,
        pick_up=(pick_up and pick_up.address) or above.pick_up,
        drop_off=(drop_off and drop_off.address) or above.drop_off,
    )


def read_attachment(elements: Elements, index: int) -> Attachment:
    """PWK: papers that support the claim or line."""
    return Attachment(
        report_type=elements.required(index, 1, "a report type such as OZ"),
        transmission=elements.required(index, 2, "how the report is sent, such as BM"),
        control_number=elements.text(index, 6),
    )
