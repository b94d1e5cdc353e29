"""Reads what only an 837I carries: type of bill, stay, and the HI codes that are not diagnoses (domain/01 section 3.3)."""

import datetime as dt

from adjudicator.model.claim import DatedCode, Institutional, Provider
from adjudicator.x12.elements import Elements
from adjudicator.x12.interchange import shown
from adjudicator.x12.parties import Party

_PROCEDURES = frozenset({"BBR", "BBQ", "BR", "BQ", "CAH"})
_LEFT_ASIDE = frozenset({"TC"})


class InstitutionalPart:
    """The institutional part of a claim while it is being read."""

    def __init__(self) -> None:
        self.type_of_bill = ""
        self.statement_from: dt.date | None = None
        self.statement_through: dt.date | None = None
        self.admitted_on: dt.date | None = None
        self.admission_hour = self.discharge_hour = ""
        self.admission_type = self.admission_source = self.patient_status = self.submitted_drg = ""
        self.procedures: list[DatedCode] = []
        self.condition_codes: list[str] = []
        self.occurrence_codes: list[DatedCode] = []
        self.occurrence_spans: list[DatedCode] = []
        self.value_codes: list[DatedCode] = []

    def read_stay(self, elements: Elements, index: int) -> None:
        """CL1."""
        self.admission_type = elements.text(index, 1)
        self.admission_source = elements.text(index, 2)
        self.patient_status = elements.text(index, 3)

    def read_date(self, elements: Elements, index: int, qualifier: str) -> bool:
        """DTP of the statement, the admission or the discharge hour; False for any other."""
        form, text = elements.text(index, 2), elements.text(index, 3)
        if qualifier == "096":
            if form == "TM" and text.isdigit() and len(text) == 4:
                self.discharge_hour = text[:2]
            else:
                elements.note(index, shown(text), "TM and a time as HHMM such as 1430", element=3)
        elif qualifier == "434":
            days = elements.dates(index, "A7:188")
            if days is not None:
                self.statement_from, self.statement_through = days.effective, days.ends or days.effective
        elif qualifier == "435":
            days = elements.dates(index)
            if days is not None:
                self.admitted_on = days.effective
                self.admission_hour = text[8:10] if form == "DT" else ""
        else:
            return False
        return True

    def read_code(self, elements: Elements, index: int, element: int, parts: list[str]) -> bool:
        """One code of an HI segment that is no diagnosis; False when its kind is unknown."""
        qualifier = parts[0]
        code = parts[1] if len(parts) > 1 else ""
        if qualifier in _LEFT_ASIDE:
            return True
        if qualifier not in _PROCEDURES and qualifier not in ("DR", "BG", "BH", "BI", "BE"):
            return False
        if not code:
            elements.note(index, "nothing", "a code", element=element, component=2)
        elif qualifier == "DR":
            self.submitted_drg = code
        elif qualifier == "BG":
            self.condition_codes.append(code)
        elif qualifier == "BE":
            amount_cents = elements.component_amount(index, element, 5)
            self.value_codes.append(DatedCode(code, amount_cents=amount_cents))
        else:
            span = elements.component_dates(index, element) if len(parts) > 3 else None
            dated = DatedCode(code, span.effective if span else None, span.ends if span else None)
            if qualifier == "BH":
                self.occurrence_codes.append(dated)
            elif qualifier == "BI":
                self.occurrence_spans.append(dated)
            else:
                self.procedures.append(dated)
        return True

    def finished(self, parties: dict[str, Party]) -> Institutional:
        """The part, with the providers of the claim."""

        def provider(role: str) -> Provider | None:
            return parties[role].provider if role in parties else None

        return Institutional(
            type_of_bill=self.type_of_bill,
            statement_from=self.statement_from,
            statement_through=self.statement_through,
            admitted_on=self.admitted_on,
            admission_hour=self.admission_hour,
            discharge_hour=self.discharge_hour,
            admission_type=self.admission_type,
            admission_source=self.admission_source,
            patient_status=self.patient_status,
            submitted_drg=self.submitted_drg,
            procedures=tuple(self.procedures),
            condition_codes=tuple(self.condition_codes),
            occurrence_codes=tuple(self.occurrence_codes),
            occurrence_spans=tuple(self.occurrence_spans),
            value_codes=tuple(self.value_codes),
            attending=provider("71"),
            operating=provider("72"),
            other_operating=provider("ZZ"),
        )
