"""What a policy can ask a claim to give for a line (``claim_gives``)."""

from collections.abc import Callable, Mapping

from adjudicator.model.claim import Claim, Line
from adjudicator.model.codes import DRUG, npi_is_valid

CLAIM_FACTS: Mapping[str, tuple[str, Callable[[Claim, Line], object]]] = {
    "accident-date": ("accident date (DTP*439)", lambda claim, _line: claim.accident_date),
    "accident-state": ("state of the accident (CLM11-4)", lambda claim, _line: claim.accident_state),
    "admission-date": ("admission date (DTP*435)", lambda claim, _line: claim.admission_date),
    "attachment": ("attachment (PWK)", lambda claim, line: line.attachments or claim.attachments),
    "authorization-number": ("authorization number (REF*G1)", lambda _claim, line: line.authorization_numbers),
    "description": ("description of the service (SV101-7)", lambda _claim, line: line.description),
    "drug": ("drug (loop 2410)", lambda _claim, line: line.drug),
    "drug-code": (
        "drug code of eleven digits (LIN03)",
        lambda _claim, line: line.drug and DRUG.match(line.drug.ndc),
    ),
    "drug-quantity": (
        "quantity of the drug (CTP04)",
        lambda _claim, line: line.drug and line.drug.quantity_thousandths,
    ),
    "laboratory-certificate": ("laboratory certificate (REF*X4)", lambda claim, _line: claim.clia_number),
    "last-seen-date": ("date on which the patient was last seen (DTP*304)", lambda _claim, line: line.last_seen_date),
    "last-menstrual-period": ("last menstrual period (DTP*484)", lambda claim, _line: claim.last_menstrual_period_date),
    "note": ("note (NTE)", lambda claim, line: line.note or claim.notes),
    "onset-date": ("onset date (DTP*431)", lambda claim, _line: claim.onset_date),
    "ordering-npi": (
        "ordering provider's NPI with a right check digit (NM109 after NM1*DK)",
        lambda _claim, line: line.ordering and npi_is_valid(line.ordering.npi),
    ),
    "ordering-provider": ("ordering provider (NM1*DK)", lambda _claim, line: line.ordering),
    "patient-weight": ("patient's weight (PAT08)", lambda claim, _line: claim.patient_weight_thousandths),
    "pick-up-postal-code": (
        "ZIP code of the pick-up (N403 after NM1*PW)",
        lambda _claim, line: line.ambulance and line.ambulance.pick_up.postal_code,
    ),
    "referral-number": ("referral number (REF*9F)", lambda _claim, line: line.referral_numbers),
    "referring-npi": (
        "referring provider's NPI with a right check digit (NM109 after NM1*DN)",
        lambda _claim, line: line.referring and npi_is_valid(line.referring.npi),
    ),
    "referring-provider": ("referring provider (NM1*DN)", lambda _claim, line: line.referring),
    "related-cause": ("related cause (CLM11)", lambda claim, _line: claim.related_causes),
    "supervising-provider": ("supervising provider (NM1*DQ)", lambda _claim, line: line.supervising),
    "transport-miles": (
        "miles of the transport (CR106)",
        lambda _claim, line: line.ambulance and line.ambulance.miles_thousandths,
    ),
}
"""By the word for it: its name for people, and where it stands."""
