"""Reads the hierarchy above the claims: billing provider, subscriber and patient (loops 2000A, 2000B, 2000C)."""

import msgspec

from adjudicator.model.claim import Address, Patient, Person, Provider, Subscriber
from adjudicator.x12.elements import Elements
from adjudicator.x12.interchange import MISSING, UNPROCESSABLE, Problem, shown
from adjudicator.x12.parties import Party, read_party


class BillingLevel(msgspec.Struct):
    """Loop 2000A with 2010AA, 2010AB and 2010AC."""

    number: str
    provider: Provider = Provider()
    pay_to_address: Address | None = None
    pay_to_plan: Provider | None = None


class SubscriberLevel(msgspec.Struct):
    """Loop 2000B with 2010BA and 2010BB."""

    number: str
    relationship: Problem
    """What to say when no patient's level follows and SBR02 is not 18."""
    subscriber: Subscriber = Subscriber("")
    payer_id: str = ""
    is_patient: bool = False
    """SBR02 = 18."""
    weight_thousandths: int | None = None


class Levels:
    """The levels that are open where the reader stands, and what is wrong with each."""

    def __init__(self, elements: Elements) -> None:
        self.elements = elements
        self.billing: BillingLevel | None = None
        self.subscriber: SubscriberLevel | None = None
        self.patient: Patient | None = None
        self._weight_thousandths: int | None = None
        """The patient's own, where there is a patient's level."""
        self.problems: dict[str, list[Problem]] = {"20": [], "22": [], "23": []}
        """By HL03."""
        self.told: set[str] = set()
        """Levels that have shown a claim, which carries their problems."""

    @property
    def patient_weight_thousandths(self) -> int | None:
        """PAT08 of the level of whoever was treated, in thousandths of a pound."""
        if self.patient is not None:
            return self._weight_thousandths
        return self.subscriber.weight_thousandths if self.subscriber else None

    def open(self) -> list[Problem]:
        """Read the level whose segments are loaded; answers the problems of the levels that it closes untold."""
        elements = self.elements
        code = elements.text(0, 3)
        level = code if code in self.problems else "23"
        lost = self.close(level)
        elements.problems = self.problems[level]
        number, parent = elements.text(0, 1), elements.text(0, 2)
        if code == "20":
            self.billing = BillingLevel(number)
            self._read_billing(self.billing)
        elif code == "22":
            self._check_parent(parent, self.billing.number if self.billing else None, "billing provider")
            self.subscriber = self._read_subscriber(number)
        elif code == "23":
            self._check_parent(parent, self.subscriber.number if self.subscriber else None, "subscriber")
            self.patient = self._read_patient()
        else:
            write = "20 for a billing provider, 22 for a subscriber or 23 for a patient"
            elements.note(0, shown(code), write, element=3, status=UNPROCESSABLE)
        return lost

    def close(self, level: str) -> list[Problem]:
        """Close a level and those below; answers their problems, unless a claim has told them."""
        lost = []
        for code in ("20", "22", "23"):
            if code >= level:
                lost += [] if code in self.told else self.problems[code]
                self.problems[code] = []
                self.told.discard(code)
        self.patient = self._weight_thousandths = None
        if level <= "22":
            self.subscriber = None
        return lost

    def claim_problems(self) -> list[Problem]:
        """What is wrong with the levels above the claim whose segments are loaded."""
        elements = self.elements
        alone: list[Problem] = []
        if self.billing is None or self.subscriber is None:
            write = "HL*20, HL*22 and their segments before it"
            elements.note(0, "a claim without billing provider and subscriber", write, status=UNPROCESSABLE)
            alone.append(elements.problems.pop())
        elif self.patient is None and not self.subscriber.is_patient and not self.problems["22"]:
            alone.append(self.subscriber.relationship)
        self.told.update(self.problems)
        return [problem for level in self.problems.values() for problem in level] + alone

    def _check_parent(self, found: str, parent: str | None, name: str) -> None:
        """The order of the levels says who belongs to whom; HL02 must say the same, or somebody else would be paid."""
        if parent is None:
            self.elements.note(0, f"a level without its {name}", f"the {name}'s HL before it", status=UNPROCESSABLE)
        elif found != parent:
            write = f"{parent}, the number of the {name}'s HL before it"
            self.elements.note(0, shown(found), write, element=2, status=UNPROCESSABLE)

    def _read_billing(self, level: BillingLevel) -> None:
        elements = self.elements
        taxonomy = ""
        parties: dict[str, Party] = {}
        index = 1
        while index < len(elements.segments):
            tag = elements.segments[index][0]
            if tag == "NM1":
                index = self._read_party(index, ("85", "87", "PE"), parties)
                continue
            if tag == "PRV":
                taxonomy = elements.text(index, 3)
            elif tag == "CUR":
                elements.coded(index, 2, ("USD",))
            else:
                elements.note_stray(index, "in the billing provider's loop")
            index += 1
        if "85" in parties:
            level.provider = msgspec.structs.replace(parties["85"].provider, taxonomy=taxonomy)
        else:
            elements.note(0, "no billing provider", "NM1*85 after HL*20", status="A6:21:85")
        if "87" in parties:
            level.pay_to_address = parties["87"].address
        if "PE" in parties:
            level.pay_to_plan = parties["PE"].provider

    def _read_subscriber(self, number: str) -> SubscriberLevel:
        elements = self.elements
        parties: dict[str, Party] = {}
        weight_thousandths = None
        sbr = 0
        index = 1
        while index < len(elements.segments):
            tag = elements.segments[index][0]
            if tag == "NM1":
                index = self._read_party(index, ("IL", "PR"), parties)
                continue
            if tag == "SBR":
                sbr = index
                elements.coded(sbr, 1, (*"PSTABCDEFGHU",))
            elif tag == "PAT":
                weight_thousandths = elements.optional_quantity(index, 8)
            else:
                elements.note_stray(index, "in the subscriber's loop")
            index += 1
        if not sbr:
            elements.note(0, "no SBR", "SBR after HL*22", status=MISSING)
        insured, payer = parties.get("IL"), parties.get("PR")
        if insured:
            elements.required(insured.index, 9, "the subscriber's member number", "A6:164:IL")
        else:
            elements.note(0, "no subscriber", "NM1*IL after SBR", status="A6:21:IL")
        if payer:
            elements.required(payer.index, 9, "the payer's identifier", "A6:21:PR")
        else:
            elements.note(0, "no payer", "NM1*PR after NM1*IL", status="A6:21:PR")
        write = "18 when the subscriber is the patient, else the patient's HL*23 loop before CLM"
        relationship = elements.text(sbr, 2) if sbr else ""
        return SubscriberLevel(
            number=number,
            relationship=Problem(
                elements.place(sbr), elements.found(sbr, 2, relationship), write, element=2, status=MISSING
            ),
            subscriber=Subscriber(
                member_id=insured.identifier if insured else "",
                person=insured.person if insured else Person(),
                group_number=elements.text(sbr, 3) if sbr else "",
                payer_responsibility=elements.text(sbr, 1) if sbr else "P",
                filing_indicator=elements.text(sbr, 9) if sbr else "",
                insurance_type=elements.text(sbr, 5) if sbr else "",
            ),
            payer_id=payer.identifier if payer else "",
            is_patient=relationship == "18",
            weight_thousandths=weight_thousandths,
        )

    def _read_patient(self) -> Patient:
        elements = self.elements
        relationship = ""
        parties: dict[str, Party] = {}
        index = 1
        while index < len(elements.segments):
            tag = elements.segments[index][0]
            if tag == "NM1":
                index = self._read_party(index, ("QC",), parties)
                continue
            if tag == "PAT":
                relationship = elements.required(index, 1, "the patient's relationship to the subscriber, such as 19")
                self._weight_thousandths = elements.optional_quantity(index, 8)
            else:
                elements.note_stray(index, "in the patient's loop")
            index += 1
        if "QC" not in parties:
            elements.note(0, "no patient", "NM1*QC after PAT", status="A6:21:QC")
        return Patient(parties["QC"].person if "QC" in parties else Person(), relationship)

    def _read_party(self, index: int, roles: tuple[str, ...], parties: dict[str, Party]) -> int:
        elements = self.elements
        elements.coded(index, 1, roles)
        party, after = read_party(elements, index)
        if party.role in parties:
            elements.note(index, f"a second {elements.loop_name(index)}", "each once in its loop", status=UNPROCESSABLE)
        parties.setdefault(party.role, party)
        return after
