"""What the edits tell, word for word: a sentence goes to people who act on it, so every turn that it can take stands here."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import (
    Affiliation,
    Case,
    Coverage,
    LineState,
    Participation,
    ProviderKind,
    ProviderRecord,
    Sanction,
)
from adjudicator.model.claim import (
    ClaimType,
    Diagnosis,
    Institutional,
    OtherPayer,
    OtherPayerLine,
    PriorAdjustment,
    Provider,
    Subscriber,
    UnitBasis,
)
from adjudicator.model.dates import Span
from adjudicator.model.decision import Verdict
from adjudicator.policy import conditions
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Condition, Document
from adjudicator.policy.plan import CostShareTerms, Exclusion
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    MEMBER,
    RECEIVED,
    RENDERING,
    SERVICE_DAY,
    a_benefit,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)

DAY = dt.timedelta(days=1)
OTHER_NPI = "1000000004"
GROUP = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP, enrolled=(ALWAYS,), roster=(ALWAYS,))
DOCTOR = ProviderRecord(
    npi=RENDERING.npi, name="DOCTOR", kind=ProviderKind.PRACTITIONER, groups=(Affiliation(BILLING.tax_id, ALWAYS),)
)
UNDATED: dict[str, Any] = {"from_date": None, "through_date": None}
NO_DATE = {("service-date.missing", 1): "Line 1 has no date of service (DTP*472)."}
EXCLUDED = (Sanction("OIG-LEIE", Span(SERVICE_DAY)),)
STAY: dict[str, Any] = {
    "claim_type": ClaimType.INSTITUTIONAL,
    "institutional": Institutional(type_of_bill="0131"),
}


UNTIL, SINCE = "guidance/test@2020-01-01", "guidance/test@2026-03-09"
BY_ARRIVAL = (
    "billing-npi",
    "billing-tax-id",
    "claim-",
    "diagnosis-pointer",
    "diagnosis.malformed",
    "service-date",
    "unsupported.modifier",
)
"""Beginnings of the rules of lines that answer by the day of arrival; all others answer by the line's own day."""


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    """The worked example, whose guidance has another version from the day of arrival on."""
    answers = {
        rule: (
            (Span(RECEIVED), msgspec.structs.replace(answer, policy=SINCE)),
            (Span(ALWAYS.effective, RECEIVED - DAY), msgspec.structs.replace(answer, policy=UNTIL)),
        )
        for rule, ((_, answer), *_) in demo.answers.items()
    }
    return msgspec.structs.replace(worked_policies(demo), answers=answers)


def told(case: Case, policies: PolicySet) -> dict[tuple[str, int], str]:
    """Every sentence of a decision, by rule and line; each comes of the guidance of its day."""
    findings = adjudicate(case, policies).findings
    days = {line.number: line.from_date for line in case.claim.lines}
    for finding in findings:
        arrived = not finding.line or finding.rule.startswith(BY_ARRIVAL)
        day = None if arrived else days[finding.line]
        assert finding.policy == (SINCE if (day or RECEIVED) >= RECEIVED else UNTIL), finding.rule
    sentences = {(finding.rule, finding.line): finding.because for finding in findings}
    assert len(sentences) == len(findings)
    return sentences


def numbered(*numbers: int) -> Case:
    """A claim of one visit a day with these line numbers."""
    days = [SERVICE_DAY + later * DAY for later in range(len(numbers))]
    return a_case(a_claim(*(a_line(n, from_date=day, through_date=day) for n, day in zip(numbers, days, strict=True))))


def paid_second(**changes: Any) -> Subscriber:
    return msgspec.structs.replace(a_claim().subscriber, **changes)


FRONT_END: dict[str, tuple[Case, dict[tuple[str, int], str]]] = {
    "a sender who is not enrolled": (
        a_case(submitter_enrolled=False),
        {
            ("submitter.not-enrolled", 0): (
                "The sender is not enrolled with us for billing provider NPI 1234567893 with tax id 999000001."
            )
        },
    ),
    "a sender who is not enrolled, for nobody": (
        a_case(a_claim(billing=Provider()), submitter_enrolled=False),
        {
            ("submitter.not-enrolled", 0): (
                "The sender is not enrolled with us for billing provider NPI (none) with tax id (none)."
            ),
            ("billing-npi.missing", 0): "The billing provider's NPI (2010AA NM109) is missing.",
            ("billing-tax-id.missing", 0): "The billing provider's tax id (2010AA REF*EI or REF*SY) is missing.",
        },
    ),
    "lines numbered from nought": (
        numbered(0, 1),
        {
            ("claim-shape.lines", 0): (
                "The claim has 2 lines numbered 0, 1; send 1 to 50 lines, each with its own number."
            )
        },
    ),
    "two lines of one number": (
        numbered(1, 1),
        {
            ("claim-shape.lines", 0): (
                "The claim has 2 lines numbered 1, 1; send 1 to 50 lines, each with its own number."
            )
        },
    ),
    "lines numbered from one": (numbered(1, 2), {}),
    "no line": (
        a_case(a_claim(total_charge_cents=0, lines=())),
        {
            ("claim-shape.lines", 0): (
                "The claim has 0 lines numbered none; send 1 to 50 lines, each with its own number."
            )
        },
    ),
    "a second diagnosis that is none": (
        a_case(a_claim(diagnoses=(Diagnosis("E119"), Diagnosis("119")))),
        {
            ("diagnosis.malformed", 0): (
                "Diagnosis 2 (HI) '119' does not have the shape of an ICD-10-CM code, such as E119."
            )
        },
    ),
    "an institutional line without pointer, with a procedure of another shape": (
        a_case(a_claim(a_line(procedure="9921", diagnosis_pointers=()), **STAY)),
        {("unsupported.institutional", 0): "Institutional claims are not adjudicated yet."},
    ),
    "a pointer beyond the only diagnosis": (
        a_case(a_claim(a_line(diagnosis_pointers=(1, 2)))),
        {("diagnosis-pointer", 1): "Line 1 points at diagnosis 2 (SV107); the claim has 1 diagnosis."},
    ),
    "pointers before the first and beyond the last of two diagnoses": (
        a_case(a_claim(a_line(diagnosis_pointers=(0, 1, 2, 3)), diagnoses=(Diagnosis("E119"), Diagnosis("I10")))),
        {("diagnosis-pointer", 1): "Line 1 points at diagnosis 0, 3 (SV107); the claim has 2 diagnoses."},
    ),
    "a pointer at no diagnosis of none": (
        a_case(a_claim(a_line(diagnosis_pointers=(1,)), diagnoses=())),
        {
            ("diagnosis-pointer", 1): "Line 1 points at diagnosis 1 (SV107); the claim has 0 diagnoses.",
            ("diagnosis.missing", 1): "The claim has no diagnosis (HI).",
        },
    ),
}


@pytest.mark.parametrize("name", FRONT_END)
def test_what_is_rejected_is_told_why(policies: PolicySet, name: str):
    case, sentences = FRONT_END[name]
    assert told(case, policies) == sentences


def known_as(*pairs: tuple[str, str]) -> tuple[Participation, ...]:
    """Contracts for these tax ids and NPIs."""
    return tuple(Participation(tax_id, npi, "PPO", "contracts/worked", ALWAYS) for tax_id, npi in pairs)


KIN = {"family_id": MEMBER.family_id}
TOGETHER, NEIGHBOUR = (BILLING.tax_id, BILLING.npi), (BILLING.tax_id, OTHER_NPI)
APART = "Our provider file knows tax id 999000001 or NPI 1234567893, but not the two together."
NOT_ON_ROSTER = "Rendering NPI 1999999992 of line 1 is not on the roster of billing NPI 1234567893 on 2026-03-02."
NAMES_NOBODY = "Line 1 names no rendering provider (2310B, 2420A), and NPI 1234567893 bills as a group."


def group(**changes: Any) -> ProviderRecord:
    return msgspec.structs.replace(GROUP, **changes)


def doctor(**changes: Any) -> ProviderRecord:
    return msgspec.structs.replace(DOCTOR, **changes)


PROVIDERS: dict[str, tuple[Case, dict[tuple[str, int], str]]] = {
    "a tax id and NPI that are known together, beside another NPI of that tax id": (
        a_case(participations=known_as(NEIGHBOUR, TOGETHER)),
        {},
    ),
    "a tax id that is known under another NPI only": (
        a_case(participations=known_as(NEIGHBOUR)),
        {("billing-provider.mismatch", 0): APART},
    ),
    "an undated line without rendering provider": (
        a_case(a_claim(a_line(rendering=BILLING, **UNDATED)), providers=(GROUP,)),
        NO_DATE | {("rendering-npi.missing", 1): NAMES_NOBODY},
    ),
    "a line whose rendering provider has no NPI": (
        a_case(a_claim(a_line(rendering=Provider(name="DOCTOR"))), providers=(GROUP,)),
        {("rendering-npi.missing", 1): "The rendering provider of line 1 has no NPI (2310B, 2420A NM109)."},
    ),
    "a line that names its group as the rendering provider": (
        a_case(a_claim(a_line(rendering=BILLING)), providers=(GROUP,)),
        {("rendering-npi.missing", 1): NAMES_NOBODY},
    ),
    "a practitioner of two groups, one of them ours, over two stretches of roster": (
        a_case(
            providers=(
                group(roster=(Span(dt.date(2020, 1, 1), dt.date(2021, 12, 31)), Span(dt.date(2022, 1, 1)))),
                doctor(groups=(Affiliation("999000009", ALWAYS), Affiliation(BILLING.tax_id, ALWAYS))),
            )
        ),
        {},
    ),
    "a practitioner of another group only, over two stretches of roster": (
        a_case(
            providers=(
                group(roster=(Span(dt.date(2020, 1, 1), dt.date(2021, 12, 31)), Span(dt.date(2022, 1, 1)))),
                doctor(groups=(Affiliation("999000009", ALWAYS),)),
            )
        ),
        {("rendering-provider.not-on-roster", 1): NOT_ON_ROSTER},
    ),
    "a group whose tax id is none, and whose roster is therefore not asked": (
        a_case(
            a_claim(billing=msgspec.structs.replace(BILLING, tax_id="")),
            providers=(GROUP, doctor(groups=())),
            participations=(),
        ),
        {("billing-tax-id.missing", 0): "The billing provider's tax id (2010AA REF*EI or REF*SY) is missing."},
    ),
    "a group under another's tax id, whose roster is not asked either": (
        a_case(
            a_claim(billing=msgspec.structs.replace(BILLING, tax_id="999000009")),
            providers=(GROUP, DOCTOR),
        ),
        {
            ("billing-provider.mismatch", 0): (
                "Our provider file knows tax id 999000009 or NPI 1234567893, but not the two together."
            )
        },
    ),
    "a facility on the professional form": (
        a_case(providers=(group(kind=ProviderKind.FACILITY, roster=()), DOCTOR)),
        {
            ("wrong-form", 0): (
                "The claim is professional; our provider file has billing NPI 1234567893 as a facility, whose services "
                "are billed on the 837I."
            )
        },
    ),
    "a practitioner on the institutional form": (
        a_case(a_claim(**STAY), providers=(group(kind=ProviderKind.PRACTITIONER, roster=()), DOCTOR)),
        {
            ("wrong-form", 0): (
                "The claim is institutional; our provider file has billing NPI 1234567893 as a practitioner, whose "
                "services are billed on the 837P."
            ),
            ("unsupported.institutional", 0): "Institutional claims are not adjudicated yet.",
        },
    ),
    "a group between two enrolments": (
        a_case(
            providers=(
                group(
                    enrolled=(
                        Span(dt.date(2020, 1, 1), dt.date(2020, 12, 31)),
                        Span(dt.date(2021, 1, 1), SERVICE_DAY - DAY),
                        Span(SERVICE_DAY + DAY, SERVICE_DAY + 2 * DAY),
                        Span(SERVICE_DAY + 3 * DAY),
                    )
                ),
                DOCTOR,
            )
        ),
        {
            ("billing-provider.not-enrolled", 1): (
                "Billing NPI 1234567893 is not enrolled with us on 2026-03-02, the day of line 1; enrolment ended on "
                "2026-03-01 and enrolment begins on 2026-03-03."
            )
        },
    ),
    "an undated line of a group that was never enrolled and of an excluded practitioner": (
        a_case(a_claim(a_line(**UNDATED)), providers=(group(enrolled=()), doctor(sanctions=EXCLUDED))),
        NO_DATE,
    ),
    "an excluded practitioner": (
        a_case(providers=(GROUP, doctor(sanctions=EXCLUDED))),
        {
            ("provider.sanctioned", 1): (
                "The rendering provider of line 1 (NPI 1999999992) is excluded from payment on 2026-03-02; list OIG-LEIE, "
                "since 2026-03-02."
            )
        },
    ),
    "an institutional claim of one who is on no roster": (
        a_case(a_claim(**STAY), providers=(GROUP, doctor(groups=()))),
        {("unsupported.institutional", 0): "Institutional claims are not adjudicated yet."},
    ),
    "a practitioner without a family number who treats a patient without one": (
        a_case(providers=(GROUP, doctor(family_id="")), members=(msgspec.structs.replace(MEMBER, family_id=""),)),
        {},
    ),
    "an unknown patient of a practitioner of some family": (
        a_case(providers=(GROUP, doctor(**KIN)), members=()),
        {
            ("member.not-found", 0): (
                "No member on our file has the member number and date of birth that the claim gives."
            )
        },
    ),
    "a practitioner who treats a relative": (
        a_case(providers=(GROUP, doctor(**KIN))),
        {
            ("provider.relative", 1): (
                "The rendering provider of line 1 (NPI 1999999992) is the patient or of the patient's family."
            )
        },
    ),
    "a biller of the patient's family, whoever treats": (
        a_case(providers=(group(**KIN), DOCTOR)),
        {
            ("provider.relative", 1): (
                "The billing provider of line 1 (NPI 1234567893) is the patient or of the patient's family."
            )
        },
    ),
    "an undated line of a relative": (
        a_case(a_claim(a_line(**UNDATED)), providers=(GROUP, doctor(**KIN))),
        NO_DATE
        | {
            ("provider.relative", 1): (
                "The rendering provider of line 1 (NPI 1999999992) is the patient or of the patient's family."
            )
        },
    ),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_wrong_with_a_provider_is_told(policies: PolicySet, name: str):
    case, sentences = PROVIDERS[name]
    assert told(case, policies) == sentences


def of_other_payers(*payers: OtherPayer, **changes: Any) -> Case:
    return a_case(a_claim(other_payers=payers, subscriber=paid_second(**changes)))


def another(responsibility: str = "S", **changes: Any) -> OtherPayer:
    return OtherPayer(payer_id="OTHER", responsibility=responsibility, **changes)


FIRST = "We are named as payer P (SBR01)"
AS_S = f"{FIRST}; other payers are named as S (SBR01 of loop 2320)."
AS_S_ANSWERED = f"{AS_S} The claim has an answer of payer S, after us in the order."
PAYERS: dict[str, tuple[Case, str | None]] = {
    "no other payer": (of_other_payers(), None),
    "a payer after us": (of_other_payers(another()), None),
    "two payers after us, one of unknown rank": (
        of_other_payers(another(), another("")),
        f"{FIRST}; other payers are named as S, unknown (SBR01 of loop 2320).",
    ),
    "a second payer before us": (
        of_other_payers(another("P"), another("T")),
        f"{FIRST}; other payers are named as P, T (SBR01 of loop 2320).",
    ),
    "we are second and nobody is first": (
        of_other_payers(payer_responsibility="S"),
        "We are named as payer S (SBR01).",
    ),
    "nobody says which payer we are": (
        of_other_payers(payer_responsibility=""),
        "We are named as payer (none) (SBR01).",
    ),
    "a later payer has paid nothing": (of_other_payers(another(paid_cents=0)), AS_S_ANSWERED),
    "a later payer covers nothing": (of_other_payers(another(noncovered_cents=0)), AS_S_ANSWERED),
    "a later payer leaves nothing to the patient": (of_other_payers(another(patient_liability_cents=0)), AS_S_ANSWERED),
    "a later payer gave a reason": (
        of_other_payers(another(adjustments=(PriorAdjustment("CO", "45", 0),))),
        AS_S_ANSWERED,
    ),
    "a later payer has decided": (of_other_payers(another(adjudicated_on=SERVICE_DAY)), AS_S_ANSWERED),
    "a later payer gave the claim a number": (of_other_payers(another(claim_control_number="THEIRS")), AS_S_ANSWERED),
    "only the second of two later payers has decided": (
        of_other_payers(another("S"), another("T", adjudicated_on=SERVICE_DAY)),
        f"{FIRST}; other payers are named as S, T (SBR01 of loop 2320). The claim has an answer of payer T, after us in the order.",
    ),
    "two later payers have decided": (
        of_other_payers(another("S", paid_cents=0), another("T", adjudicated_on=SERVICE_DAY)),
        f"{FIRST}; other payers are named as S, T (SBR01 of loop 2320). The claim has an answer of payer S, T, after us in the "
        "order.",
    ),
    "a line has an answer of nobody who is named": (
        a_case(
            a_claim(a_line(other_payers=(OtherPayerLine(payer_id="NOBODY", paid_cents=0),)), other_payers=(another(),))
        ),
        AS_S,
    ),
    "a payer after us, and a kind of insurance as if Medicare were second": (
        of_other_payers(another(), insurance_type="12"),
        AS_S,
    ),
    "two payers after us with one identifier": (of_other_payers(another(), another("T")), None),
    "only the second of two lines has an answer": (
        a_case(
            a_claim(
                a_line(1),
                a_line(2, procedure="99214", other_payers=(OtherPayerLine(payer_id="OTHER", paid_cents=0),)),
            )
        ),
        f"{FIRST}.",
    ),
}


@pytest.mark.parametrize("name", PAYERS)
def test_who_else_is_named_as_payer_is_told(policies: PolicySet, name: str):
    case, sentence = PAYERS[name]
    assert told(case, policies) == ({("unsupported.earlier-payer", 0): sentence} if sentence else {})


def on(day: dt.date, through: dt.date | None = None, **changes: Any) -> Any:
    return a_line(from_date=day, through_date=through, **changes)


DATA: dict[str, tuple[Case, dict[tuple[str, int], str]]] = {
    "a line that ends on its day": (a_case(a_claim(on(RECEIVED, RECEIVED))), {}),
    "a line that ends after the claim arrived": (
        a_case(a_claim(on(RECEIVED, RECEIVED + DAY))),
        {("service-date.future", 1): "Line 1 is dated 2026-03-10; the claim arrived on 2026-03-09."},
    ),
    "a line that begins after the claim arrived and ends before": (
        a_case(a_claim(on(RECEIVED + DAY, RECEIVED))),
        {
            ("service-date.reversed", 1): "Line 1 ends on 2026-03-09 before it begins on 2026-03-10.",
            ("service-date.future", 1): "Line 1 is dated 2026-03-10; the claim arrived on 2026-03-09.",
        },
    ),
    "a line without place": (
        a_case(a_claim(a_line(place_of_service=""))),
        {("place.not-valid", 1): "Line 1 names no place of service (SV105, CLM05-1)."},
    ),
    "a line in a place that is none": (
        a_case(a_claim(a_line(place_of_service="28"))),
        {("place.not-valid", 1): "Place of service '28' of line 1 (SV105, CLM05-1) is not in force on 2026-03-02."},
    ),
    "an accident after the service, of no cause": (
        a_case(a_claim(accident_date=SERVICE_DAY + DAY)),
        {
            ("accident", 0): "The claim names an accident's date or state (DTP*439, CLM11).",
            ("accident.date-after-service", 1): (
                "The accident is dated 2026-03-03 (DTP*439), after the service of line 1 on 2026-03-02."
            ),
        },
    ),
    "an undated line of an accident of which the claim gives no day and no state": (
        a_case(a_claim(a_line(**UNDATED), related_causes=("AA",))),
        NO_DATE
        | {
            ("accident", 0): "The claim names cause AA (CLM11).",
            ("accident.date-missing", 1): (
                "The claim names cause AA (CLM11) and gives no day of the accident (DTP*439)."
            ),
            ("accident.state-missing", 1): (
                "The claim names cause AA (CLM11) and gives no state of the accident (CLM11-4)."
            ),
        },
    ),
    "an undated line of an accident": (
        a_case(a_claim(a_line(**UNDATED), accident_date=SERVICE_DAY)),
        NO_DATE | {("accident", 0): "The claim names an accident's date or state (DTP*439, CLM11)."},
    ),
    "a line of days and one of half a unit": (
        a_case(
            a_claim(
                a_line(1, unit_basis=UnitBasis.DAYS),
                a_line(2, procedure="99214", quantity_thousandths=500),
                related_causes=("AA",),
            )
        ),
        {
            ("accident", 0): "The claim names cause AA (CLM11).",
            ("units.basis", 1): "Line 1 counts days (SV103); a professional line counts units (UN) or minutes (MJ).",
            ("units.fractional", 2): "Line 2 bills 0.5 units (SV104); procedure 99214 counts whole units.",
        }
        | {
            (
                f"accident.{fact}-missing",
                line,
            ): f"The claim names cause AA (CLM11) and gives no {word} of the accident ({where})."
            for line in (1, 2)
            for fact, word, where in (("date", "day", "DTP*439"), ("state", "state", "CLM11-4"))
        },
    ),
    "undated lines of half a day and of half a unit": (
        a_case(
            a_claim(
                a_line(1, unit_basis=UnitBasis.DAYS, quantity_thousandths=500, **UNDATED),
                a_line(2, procedure="99214", quantity_thousandths=500, **UNDATED),
            )
        ),
        NO_DATE
        | {
            ("service-date.missing", 2): "Line 2 has no date of service (DTP*472).",
            ("units.basis", 1): "Line 1 counts days (SV103); a professional line counts units (UN) or minutes (MJ).",
            ("units.fractional", 2): "Line 2 bills 0.5 units (SV104); procedure 99214 counts whole units.",
        },
    ),
    "an undated line whose place, procedure, diagnosis and modifier are none": (
        a_case(
            a_claim(
                a_line(place_of_service="28", procedure="00000", modifiers=("Z9",), **UNDATED),
                diagnoses=(Diagnosis("E11"),),
            )
        ),
        NO_DATE | {("unsupported.modifier", 1): "Line 1: the price under modifier Z9 is not worked out yet."},
    ),
}


@pytest.mark.parametrize("name", DATA)
def test_what_is_wrong_with_a_line_is_told(policies: PolicySet, name: str):
    case, sentences = DATA[name]
    assert told(case, policies) == sentences


REPEATED = "line 1 of this claim"
SAME = "same provider, dates, procedure, modifiers, place, units and charge."
ALIKE = "same group, patient, dates and procedure, with another"


def twice(**changes: Any) -> Case:
    """Two visits, the second with these changes."""
    return a_case(a_claim(a_line(1), a_line(2, **changes)))


DUPLICATES: dict[str, tuple[Case, dict[tuple[str, int], str]]] = {
    "a repeat": (twice(), {("exact-duplicate", 2): f"Line 2 repeats {REPEATED}: {SAME}"}),
    "a repeat of an undated line": (
        a_case(a_claim(a_line(1, **UNDATED), a_line(2, **UNDATED))),
        {("service-date.missing", line): f"Line {line} has no date of service (DTP*472)." for line in (1, 2)}
        | {("exact-duplicate", 2): f"Line 2 repeats {REPEATED}: {SAME}"},
    ),
    "an undated line like another": (
        a_case(a_claim(a_line(1, **UNDATED), a_line(2, charge_cents=13001, **UNDATED))),
        {("service-date.missing", line): f"Line {line} has no date of service (DTP*472)." for line in (1, 2)}
        | {("suspect-duplicate", 2): f"Line 2 may repeat {REPEATED}: {ALIKE} charge."},
    ),
    "another charge": (
        twice(charge_cents=13001),
        {("suspect-duplicate", 2): f"Line 2 may repeat {REPEATED}: {ALIKE} charge."},
    ),
    "other units": (
        twice(quantity_thousandths=2000),
        {("suspect-duplicate", 2): f"Line 2 may repeat {REPEATED}: {ALIKE} number of units."},
    ),
    "another place": (
        twice(place_of_service="22"),
        {("suspect-duplicate", 2): f"Line 2 may repeat {REPEATED}: {ALIKE} place."},
    ),
    "another modifier": (
        twice(modifiers=("GP",)),
        {("suspect-duplicate", 2): f"Line 2 may repeat {REPEATED}: {ALIKE} set of modifiers."},
    ),
    "another practitioner and another charge": (
        twice(rendering=Provider(npi=OTHER_NPI), charge_cents=1),
        {("suspect-duplicate", 2): f"Line 2 may repeat {REPEATED}: {ALIKE} rendering provider and charge."},
    ),
    "a modifier that separates": (twice(modifiers=("76",)), {}),
    "another through date": (twice(through_date=SERVICE_DAY + DAY), {}),
    "a repeat without a through date of its own": (
        twice(through_date=None),
        {("exact-duplicate", 2): f"Line 2 repeats {REPEATED}: {SAME}"},
    ),
    "a repeat of another's claim of the same tax id": (
        a_case(history=(an_earlier_line(billing_npi=OTHER_NPI, from_date=SERVICE_DAY, through_date=SERVICE_DAY),)),
        {
            ("exact-duplicate", 1): (
                "Line 1 repeats line 1 of a claim that another provider of this tax id has sent (paid): " + SAME
            )
        },
    ),
    "a repeat of a claim of one's own that waits": (
        a_case(history=(an_earlier_line(state=LineState.PENDED, from_date=SERVICE_DAY, through_date=SERVICE_DAY),)),
        {("exact-duplicate", 1): f"Line 1 repeats line 1 of claim CEARLIER00000001 (pended): {SAME}"},
    ),
}


@pytest.mark.parametrize("name", DUPLICATES)
def test_what_a_line_repeats_is_told_and_in_what_it_differs(policies: PolicySet, name: str):
    case, sentences = DUPLICATES[name]
    assert told(case, policies) == sentences


def covered(*spans: Span, entered: dt.date | None = None) -> Case:
    return a_case(coverage=tuple(Coverage("plans/worked", span, entered) for span in spans))


BEFORE = (Span(dt.date(2020, 1, 1), dt.date(2024, 12, 31)), Span(dt.date(2025, 6, 1), SERVICE_DAY - DAY))
AFTER = (Span(SERVICE_DAY + 5 * DAY), Span(SERVICE_DAY + DAY, SERVICE_DAY + 4 * DAY))
COVERAGE: dict[str, tuple[Case, dict[tuple[str, int], str]]] = {
    "on the first day": (covered(Span(SERVICE_DAY)), {}),
    "on the last day": (covered(Span(ALWAYS.effective, SERVICE_DAY)), {}),
    "after the last of two stretches": (
        covered(*BEFORE),
        {("coverage.ended", 1): "Coverage ended on 2026-03-01; line 1 is dated 2026-03-02."},
    ),
    "after an end that was entered the same day": (
        covered(BEFORE[1], entered=SERVICE_DAY - DAY),
        {("coverage.ended", 1): "Coverage ended on 2026-03-01; line 1 is dated 2026-03-02."},
    ),
    "after an end that was entered a day later": (
        covered(BEFORE[1], entered=SERVICE_DAY),
        {("coverage.ended", 1): ("Coverage ended on 2026-03-01 (entered on 2026-03-02); line 1 is dated 2026-03-02.")},
    ),
    "before the first of two stretches": (
        covered(*AFTER),
        {("coverage.not-yet", 1): "Coverage begins on 2026-03-03; line 1 is dated 2026-03-02."},
    ),
    "before a start that was entered the same day": (
        covered(AFTER[0], entered=SERVICE_DAY + 5 * DAY),
        {("coverage.not-yet", 1): "Coverage begins on 2026-03-07; line 1 is dated 2026-03-02."},
    ),
    "between two stretches": (
        covered(*AFTER, *BEFORE),
        {
            ("coverage.gap", 1): (
                "Coverage ended on 2026-03-01 and began again on 2026-03-03; line 1 is dated 2026-03-02, between the two."
            )
        },
    ),
    "without any": (covered(), {("coverage.none", 1): "We hold no coverage for this member."}),
}


@pytest.mark.parametrize("name", COVERAGE)
def test_when_coverage_ended_or_begins_is_told(policies: PolicySet, name: str):
    case, sentences = COVERAGE[name]
    assert told(case, policies) == sentences


OUTSIDE = "contracts/out-of-network"


def contract_of(product: str, span: Span = ALWAYS, contract: str = "contracts/worked") -> Participation:
    return Participation(BILLING.tax_id, BILLING.npi, product, contract, span)


@pytest.mark.parametrize(
    ("contracts", "line", "told_as"),
    [
        ((contract_of("PPO"),), {}, None),
        ((), {}, "not-covered-in-tier"),
        ((contract_of("EPO"),), {}, "not-in-narrow-network"),
        ((contract_of("EPO", Span(SERVICE_DAY)),), {}, "not-in-narrow-network"),
        ((contract_of("EPO", Span(ALWAYS.effective, SERVICE_DAY)),), {}, "not-in-narrow-network"),
        ((contract_of("EPO", Span(SERVICE_DAY + DAY)), contract_of("HMO")), {}, "other product"),
        ((contract_of("EPO", Span(SERVICE_DAY + DAY)),), {}, "not-covered-in-tier"),
        ((contract_of("EPO", Span(ALWAYS.effective, SERVICE_DAY - DAY)),), {}, "not-covered-in-tier"),
        ((contract_of("PPO", Span(SERVICE_DAY + DAY)),), {}, "not-covered-in-tier"),
        ((contract_of("PPO", contract=OUTSIDE),), {}, "not-covered-in-tier"),
        ((), {"procedure": ""}, "procedure.missing"),
        ((), UNDATED, "service-date.missing"),
    ],
)
def test_a_plan_that_covers_its_network_only_says_where_else_the_contract_is(
    policies: PolicySet, contracts: tuple[Participation, ...], line: dict[str, Any], told_as: str | None
):
    everything = a_benefit("everything", ANY)
    inside = msgspec.structs.replace(everything, out_of_network=CostShareTerms(covered=False))
    (version,) = policies.plans["plans/worked"].versions
    narrow = msgspec.structs.replace(version, benefits=(inside,))
    plan = msgspec.structs.replace(policies.plans["plans/worked"], versions=(narrow,))
    case = a_case(a_claim(a_line(**line)), participations=contracts)
    sentences = told(case, msgspec.structs.replace(policies, plans={"plans/worked": plan}))
    only = "The plan covers everything (line 1) only from providers"
    expected = {
        None: {},
        "not-covered-in-tier": {("not-covered-in-tier", 1): f"{only} in its network."},
        "not-in-narrow-network": {("not-in-narrow-network", 1): f"{only} of product PPO; your contract is for EPO."},
        "other product": {("not-in-narrow-network", 1): f"{only} of product PPO; your contract is for HMO."},
        "procedure.missing": {("procedure.missing", 1): "Line 1 names no procedure (SV101-2)."},
        "service-date.missing": NO_DATE,
    }
    assert sentences == expected[told_as]


def test_care_that_a_plan_covers_outside_its_network_only_does_not_speak_of_other_products(policies: PolicySet):
    outside = msgspec.structs.replace(a_benefit("everything", ANY), in_network=CostShareTerms(covered=False))
    (version,) = policies.plans["plans/worked"].versions
    plan = Document("plans/worked", "Worked example", (msgspec.structs.replace(version, benefits=(outside,)),))
    case = a_case(participations=(contract_of("PPO"), contract_of("EPO")))
    found = told(case, msgspec.structs.replace(policies, plans={"plans/worked": plan}))
    assert {rule for rule, _ in found} == {"not-covered-in-tier"}


@pytest.mark.parametrize(
    ("condition", "procedure", "sentence"),
    [
        (None, "99213", "The plan excludes procedure 99213 of line 1."),
        (None, "", None),
        (
            conditions.places(codes("11")),
            "99213",
            "The plan excludes procedure 99213 of line 1: place of service 11 is on the policy's list.",
        ),
        (conditions.places(codes("22")), "99213", None),
    ],
)
def test_what_a_plan_excludes_is_told_with_the_condition_that_holds(
    policies: PolicySet, condition: Condition | None, procedure: str, sentence: str | None
):
    answer = Answer("plans/worked#none", Verdict.DENY, UNTIL, group="PR", carc="96", remarks=("N130",))
    (version,) = policies.plans["plans/worked"].versions
    version = msgspec.structs.replace(version, exclusions=(Exclusion("none", ANY, condition, answer),))
    plan = msgspec.structs.replace(policies.plans["plans/worked"], versions=(version,))
    sentences = told(
        a_case(a_claim(a_line(procedure=procedure))), msgspec.structs.replace(policies, plans={"plans/worked": plan})
    )
    expected = {("plans/worked#none", 1): sentence} if sentence else {}
    assert sentences == (expected if procedure else {("procedure.missing", 1): "Line 1 names no procedure (SV101-2)."})


def test_a_list_of_modifiers_is_not_asked_for_a_line_without_any(policies: PolicySet):
    without = {name: table for name, table in policies.tables.items() if name != "modifiers"}
    bare = msgspec.structs.replace(policies, tables=without)
    assert told(a_case(), bare) == {}
    assert {finding.rule for finding in adjudicate(a_case(a_claim(a_line(modifiers=("25",)))), bare).findings} == {
        "policy-gap"
    }
