"""What the model can carry and this version cannot adjudicate: one case each, which pays nothing and moves nothing."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import (
    Case,
    Coverage,
    CoverageTerms,
    Elsewhere,
    ElsewhereKind,
    OriginalClaim,
    Participation,
    ProviderKind,
    ProviderRecord,
    Ruling,
    RulingVerdict,
    Sanction,
)
from adjudicator.model.claim import (
    Claim,
    ClaimType,
    Institutional,
    OtherPayer,
    OtherPayerLine,
    Provider,
    Purpose,
    Subscriber,
    UnitBasis,
)
from adjudicator.model.dates import Span
from adjudicator.model.decision import Disposition, Verdict
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FlatFees, RelativeValueFees
from adjudicator.policy.fee_tables import GeographicIndex, RelativeValue
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    MEMBER,
    RENDERING,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_line,
    codes,
    worked_policies,
)

NEW_YEAR = dt.date(2026, 1, 1)
DAY = dt.timedelta(days=1)


def as_secondary(claim: Claim) -> Subscriber:
    return msgspec.structs.replace(claim.subscriber, payer_responsibility="S")


def known_original(frequency_code: str) -> Case:
    claim = a_claim(frequency_code=frequency_code, original_claim_id="CEARLIER00000001")
    return a_case(claim, original=OriginalClaim(claim_id="CEARLIER00000001", disposition="paid"))


def line_case(**changes: Any) -> Case:
    return a_case(a_claim(a_line(**changes)))


def over_two_days(more_days: int = 1, **facts: Any) -> Case:
    """A line that goes on for so many days after its first."""
    last = SERVICE_DAY + more_days * DAY
    return a_case(a_claim(a_line(through_date=last, quantity_thousandths=(more_days + 1) * 1000)), **facts)


def known_group(**changes: Any) -> ProviderRecord:
    record = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP, enrolled=(ALWAYS,))
    return msgspec.structs.replace(record, **changes)


def known_clinician(qualifying: Span) -> ProviderRecord:
    """The rendering provider as a qualifying participant of an advanced payment model for some days."""
    return ProviderRecord(
        npi=RENDERING.npi,
        name="CLINICIAN",
        kind=ProviderKind.PRACTITIONER,
        enrolled=(ALWAYS,),
        qualifying=(qualifying,),
    )


OUTSIDE: dict[str, Any] = {"participations": ()}

WAITING: dict[str, tuple[str, Case]] = {
    "institutional claim": (
        "unsupported.institutional",
        a_case(a_claim(claim_type=ClaimType.INSTITUTIONAL, institutional=Institutional(type_of_bill="0131"))),
    ),
    "institutional claim without its own data": (
        "unsupported.institutional",
        a_case(a_claim(claim_type=ClaimType.INSTITUTIONAL)),
    ),
    "institutional data on a professional claim": (
        "unsupported.institutional",
        a_case(a_claim(institutional=Institutional(type_of_bill="0131"))),
    ),
    "encounter": ("unsupported.encounter", a_case(a_claim(purpose=Purpose.ENCOUNTER))),
    "test interchange": ("unsupported.test-interchange", a_case(a_claim(test=True))),
    "replacement of a known claim": ("unsupported.replacement", known_original("7")),
    "void of a known claim": ("unsupported.void", known_original("8")),
    "another frequency": ("unsupported.frequency", a_case(a_claim(frequency_code="5"))),
    "we are the second payer": (
        "unsupported.earlier-payer",
        a_case(a_claim(subscriber=as_secondary(a_claim()))),
    ),
    "another payer has paid": (
        "unsupported.earlier-payer",
        a_case(a_claim(other_payers=(OtherPayer(payer_id="OTHER", responsibility="S", paid_cents=0),))),
    ),
    "another payer of unknown rank": (
        "unsupported.earlier-payer",
        a_case(a_claim(other_payers=(OtherPayer(payer_id="OTHER", responsibility="U"),))),
    ),
    "another payer's result on a line": (
        "unsupported.earlier-payer",
        line_case(other_payers=(OtherPayerLine(payer_id="OTHER", paid_cents=0),)),
    ),
    "accident": ("accident", a_case(a_claim(related_causes=("AA",)))),
    "accident date": ("accident", a_case(a_claim(accident_date=SERVICE_DAY))),
    "the member would be paid": ("unsupported.member-payment", a_case(a_claim(benefits_assigned="N"))),
    "another plan claims the payment": ("unsupported.pay-to-plan", a_case(a_claim(pay_to_plan=Provider(name="PLAN")))),
    "special program": ("unsupported.special-program", a_case(a_claim(special_program="02"))),
    "minutes": ("unsupported.minutes", line_case(unit_basis=UnitBasis.MINUTES)),
    "screening program": ("unsupported.screening-program", line_case(screening_program=True)),
    "family planning": ("unsupported.screening-program", line_case(family_planning=True)),
    "a modifier that changes the price": ("unsupported.modifier", line_case(modifiers=("50",))),
    "a charge sent as not covered": ("unsupported.noncovered-charge", line_case(noncovered_cents=1)),
    "a purchased service": ("unsupported.purchased-service", line_case(purchased_service_cents=100)),
    "a line over a change of coverage": (
        "unsupported.date-span",
        a_case(
            a_claim(a_line(from_date=dt.date(2025, 12, 31), through_date=NEW_YEAR)),
            coverage=(
                Coverage(plan="plans/worked", span=Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31))),
                Coverage(plan="plans/worked", span=Span(NEW_YEAR)),
            ),
        ),
    ),
    "a line over a change of contract": (
        "unsupported.date-span",
        a_case(
            a_claim(a_line(from_date=dt.date(2025, 12, 31), through_date=NEW_YEAR)),
            participations=(
                Participation(
                    tax_id=BILLING.tax_id,
                    npi=BILLING.npi,
                    product="PPO",
                    contract="contracts/worked",
                    span=Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
                ),
            ),
        ),
    ),
    "a line over the turn of the year": (
        "unsupported.date-span",
        line_case(from_date=dt.date(2025, 12, 31), through_date=NEW_YEAR),
    ),
    "a line over the patient's death": (
        "unsupported.date-span",
        over_two_days(members=(msgspec.structs.replace(MEMBER, deceased_on=SERVICE_DAY),)),
    ),
    "a line over a day in custody": (
        "unsupported.date-span",
        over_two_days(members=(msgspec.structs.replace(MEMBER, custody=(Span(SERVICE_DAY + DAY),)),)),
    ),
    "a line over the end of enrolment": (
        "unsupported.date-span",
        over_two_days(providers=(known_group(enrolled=(Span(dt.date(2020, 1, 1), SERVICE_DAY),)),)),
    ),
    "a line over a day of exclusion alone": (
        "unsupported.date-span",
        over_two_days(
            2, providers=(known_group(sanctions=(Sanction("OIG-LEIE", Span(SERVICE_DAY + DAY, SERVICE_DAY + DAY)),)),)
        ),
    ),
    "a line over a day without contract": (
        "unsupported.date-span",
        over_two_days(
            2,
            participations=tuple(
                msgspec.structs.replace(a_case().participations[0], span=span)
                for span in (Span(dt.date(2020, 1, 1), SERVICE_DAY), Span(SERVICE_DAY + 2 * DAY))
            ),
        ),
    ),
    "in hospital that day, and elsewhere": (
        "unsupported.inpatient-elsewhere",
        a_case(a_claim(a_line(), admission_date=SERVICE_DAY)),
    ),
    "insurance for work": (
        "accident",
        a_case(
            a_claim(subscriber=msgspec.structs.replace(a_claim().subscriber, filing_indicator="WC")),
        ),
    ),
    "an accident's state": ("accident", a_case(a_claim(accident_state="NE"))),
    "a reason why another payer is primary": (
        "unsupported.earlier-payer",
        a_case(a_claim(subscriber=msgspec.structs.replace(a_claim().subscriber, insurance_type="15"))),
    ),
    "another payer's answer in its liability": (
        "unsupported.earlier-payer",
        a_case(
            a_claim(other_payers=(OtherPayer(payer_id="OTHER", responsibility="S", patient_liability_cents=0),)),
        ),
    ),
}


@pytest.mark.parametrize("name", WAITING)
def test_it_waits_named_and_pays_and_moves_nothing(demo: PolicySet, name: str):
    rule, case = WAITING[name]
    decision = adjudicate(case, worked_policies(demo))
    assert decision.disposition is Disposition.PENDED
    assert rule in {finding.rule for finding in decision.pends()}
    assert not decision.lines
    assert not decision.entries
    assert decision.paid_cents == 0
    assert {finding.queue for finding in decision.pends()} <= {"system", "pricing", "examiner"}


NOT_WAITING = {
    "several days before the patient's death": over_two_days(
        members=(msgspec.structs.replace(MEMBER, deceased_on=SERVICE_DAY + DAY),)
    ),
    "several days of an enrolled provider": over_two_days(providers=(known_group(),)),
    "a visit after the discharge": a_case(
        a_claim(
            a_line(),
            admission_date=SERVICE_DAY - dt.timedelta(days=5),
            discharge_date=SERVICE_DAY - dt.timedelta(days=1),
        )
    ),
    "commercial insurance": a_case(
        a_claim(subscriber=msgspec.structs.replace(a_claim().subscriber, filing_indicator="CI"))
    ),
    "a later payer is named": a_case(a_claim(other_payers=(OtherPayer(payer_id="OTHER", responsibility="S"),))),
    "a modifier that changes no price": line_case(modifiers=("25",)),
    "an emergency in the network": line_case(emergency=True),
    "a hospital in the network": line_case(place_of_service="22"),
    "an office outside the network": a_case(a_claim(a_line()), **OUTSIDE),
    "several days in one coverage": line_case(from_date=SERVICE_DAY - dt.timedelta(days=1)),
    "nothing not covered": line_case(noncovered_cents=0),
}


@pytest.mark.parametrize("name", NOT_WAITING)
def test_its_plain_neighbour_does_not_wait(demo: PolicySet, name: str):
    assert adjudicate(NOT_WAITING[name], worked_policies(demo)).disposition is Disposition.PAID


@pytest.mark.parametrize(
    ("original", "named", "rule"),
    [(None, "CUNKNOWN00000001", "replacement.original-unknown"), (None, "", "replacement.original-missing")],
)
@pytest.mark.parametrize("frequency_code", ["7", "8"])
def test_a_replacement_of_nothing_we_hold_is_rejected(
    demo: PolicySet, frequency_code: str, original: None, named: str, rule: str
):
    case = a_case(a_claim(frequency_code=frequency_code, original_claim_id=named), original=original)
    decision = adjudicate(case, worked_policies(demo))
    assert decision.disposition is Disposition.REJECTED
    assert rule in {finding.rule for finding in decision.findings if finding.verdict is Verdict.REJECT}


def ranked_policies(demo: PolicySet) -> PolicySet:
    """Two procedures that are ranked (indicator 2) and one that is not, in a relative-value schedule."""
    policies = worked_policies(demo)
    flat = policies.fees["fees/worked"].versions[0]
    assert isinstance(flat, FlatFees)
    values = {
        code: RelativeValue(
            work_hundredths=100,
            practice_non_facility_hundredths=100,
            practice_facility_hundredths=50,
            malpractice_hundredths=10,
        )
        for code in ("11721", "11720", "99213")
    }
    ranking = {"11721": "2", "11720": "2"}
    schedule = RelativeValueFees.of(values, GeographicIndex(1000, 1000, 1000), 334009, ranking=ranking, like=flat)
    document = msgspec.structs.replace(policies.fees["fees/worked"], versions=(schedule,))
    return msgspec.structs.replace(policies, fees={"fees/worked": document})


def test_two_ranked_procedures_of_one_day_wait_and_one_does_not(demo: PolicySet):
    policies = ranked_policies(demo)
    one = a_claim(a_line(1, procedure="11721"), a_line(2, procedure="99213", modifiers=("25",)))
    assert adjudicate(a_case(one), policies).disposition is Disposition.PAID
    two = a_claim(a_line(1, procedure="11721"), a_line(2, procedure="11720"))
    decision = adjudicate(a_case(two), policies)
    assert {(f.rule, f.line) for f in decision.pends()} == {
        ("unsupported.multiple-procedures", 1),
        ("unsupported.multiple-procedures", 2),
    }
    twice = a_claim(a_line(1, procedure="11721", quantity_thousandths=2000))
    assert adjudicate(a_case(twice), policies).disposition is Disposition.PENDED
    apart = a_claim(
        a_line(1, procedure="11721"),
        a_line(2, procedure="11720", from_date=dt.date(2026, 3, 3), through_date=dt.date(2026, 3, 3)),
    )
    assert adjudicate(a_case(apart), policies).disposition is Disposition.PAID


def test_a_line_that_a_reviewer_denied_at_its_price_takes_nothing_of_the_deductible(demo: PolicySet):
    # line 1 (two units of a ranked procedure) is denied by a reviewer; line 2 meets the whole deductible alone
    policies = ranked_policies(demo)
    claim = a_claim(
        a_line(1, procedure="11721", quantity_thousandths=2000, charge_cents=20000),
        a_line(2, procedure="99213", modifiers=("25",), charge_cents=13000),
    )
    case = a_case(claim)
    (waiting,) = adjudicate(case, policies).pends()
    ruling = Ruling(
        rule=waiting.rule,
        policy=waiting.policy,
        line=1,
        verdict=RulingVerdict.DENY,
        rationale="Included in the visit.",
        ruled_by="reviewer-one",
        group="CO",
        carc="97",
        remarks=("M15",),
    )
    ruled = adjudicate(msgspec.structs.replace(case, rulings=(ruling,)), policies)
    alone = adjudicate(a_case(a_claim(msgspec.structs.replace(claim.lines[1], number=2))), policies)
    assert ruled.disposition is Disposition.PARTLY_PAID
    assert ruled.line(2) == alone.line(2)
    assert ruled.entries == alone.entries


OVER = "Line 1 runs from 2026-03-01 through 2026-03-02, over a change of coverage, plan, contract, fees or year."
ENDED, BEGINS = Span(ALWAYS.effective, SERVICE_DAY - DAY), Span(SERVICE_DAY)


def told(case: Case, policies: PolicySet) -> dict[str, str]:
    """Every sentence of a decision by its rule; no two lines of these claims are told the same rule."""
    return {finding.rule: finding.because for finding in adjudicate(case, policies).findings}


def over_night(day: dt.date = SERVICE_DAY, **facts: Any) -> Case:
    """A line from the day before through a day."""
    return a_case(a_claim(a_line(from_date=day - DAY, through_date=day)), **facts)


def cut(policies: PolicySet, folder: str, path: str) -> PolicySet:
    """The policies with one document in two versions: until the day before the service, and from it on."""
    documents = dict(getattr(policies, folder))
    (version,) = documents[path].versions
    versions = tuple(msgspec.structs.replace(version, span=span) for span in (BEGINS, ENDED))
    documents[path] = msgspec.structs.replace(documents[path], versions=versions)
    return msgspec.structs.replace(policies, **{folder: documents})


def paid_by(policies: PolicySet, *rows: PayRule) -> PolicySet:
    """The policies with these rows as the contract."""
    (version,) = policies.contracts["contracts/worked"].versions
    contract = Document("contracts/worked", "Worked example", (msgspec.structs.replace(version, pay=rows),))
    return msgspec.structs.replace(policies, contracts={**policies.contracts, "contracts/worked": contract})


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("plans", "plans/worked"),
        ("contracts", "contracts/worked"),
        ("fees", "fees/worked"),
        ("fees", "fees/other"),
    ],
)
def test_a_line_waits_over_a_change_of_its_own_terms_and_not_over_one_of_others(
    demo: PolicySet, folder: str, path: str
):
    policies = worked_policies(demo)
    policies = msgspec.structs.replace(policies, fees={**policies.fees, "fees/other": policies.fees["fees/worked"]})
    changed = cut(policies, folder, path)
    its_own = path != "fees/other"
    assert told(over_night(), changed) == ({"unsupported.date-span": OVER} if its_own else {})
    for day in (SERVICE_DAY - DAY, SERVICE_DAY + DAY):
        assert told(over_night(day), changed) == {}
    assert told(line_case(), changed) == {}


def test_a_line_waits_over_a_change_of_coverage_to_the_same_plan(demo: PolicySet):
    twice = tuple(Coverage("plans/worked", span) for span in (ENDED, BEGINS))
    assert told(over_night(coverage=twice), worked_policies(demo)) == {"unsupported.date-span": OVER}


CHANGED = "Line 1 runs from 2026-03-01 through 2026-03-03, over a change in what our files say of the patient or of a provider."
OTHER_TERMS = OVER.replace("2026-03-02", "2026-03-03")
MIDDLE = Span(SERVICE_DAY, SERVICE_DAY)
AROUND = (ENDED, Span(SERVICE_DAY + DAY))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, None),
        ({"coverage": (Coverage("plans/worked", Span(ALWAYS.effective, dt.date.max)),)}, None),
        (
            {
                "participations": tuple(
                    Participation(BILLING.tax_id, BILLING.npi, "PPO", "contracts/worked", span) for span in AROUND
                )
            },
            OTHER_TERMS,
        ),
        ({"members": (msgspec.structs.replace(MEMBER, custody=(MIDDLE,)),)}, CHANGED),
        ({"members": (msgspec.structs.replace(MEMBER, custody=(Span(SERVICE_DAY + 2 * DAY),)),)}, None),
        ({"members": (msgspec.structs.replace(MEMBER, deceased_on=SERVICE_DAY),)}, CHANGED),
        ({"members": (msgspec.structs.replace(MEMBER, deceased_on=SERVICE_DAY + DAY),)}, None),
        ({"providers": (known_group(enrolled=AROUND),)}, CHANGED),
        ({"providers": (known_group(nonparticipating=(MIDDLE,)),)}, CHANGED),
        ({"providers": (known_group(nonparticipating=(Span(SERVICE_DAY + 2 * DAY),)),)}, None),
        ({"providers": (known_group(nonparticipating=(ALWAYS,)),)}, None),
        ({"providers": (known_clinician(MIDDLE),)}, CHANGED),
        ({"providers": (known_clinician(Span(SERVICE_DAY + 2 * DAY)),)}, None),
        ({"providers": (known_clinician(ALWAYS),)}, None),
        ({"providers": (known_group(sanctions=(Sanction("OIG-LEIE", MIDDLE),)),)}, CHANGED),
        ({"providers": (known_group(sanctions=(Sanction("OIG-LEIE", Span(SERVICE_DAY + 2 * DAY)),)),)}, None),
    ],
)
def test_a_line_of_three_days_waits_where_only_its_middle_day_differs(
    demo: PolicySet, facts: dict[str, Any], sentence: str | None
):
    line = a_line(from_date=SERVICE_DAY - DAY, through_date=SERVICE_DAY + DAY)
    expected = {"unsupported.date-span": sentence} if sentence else {}
    assert told(a_case(a_claim(line), **facts), worked_policies(demo)) == expected


def test_a_line_of_an_unknown_patient_over_two_days_is_told_as_such(demo: PolicySet):
    assert set(told(over_night(members=()), worked_policies(demo))) == {"member.not-found"}


@pytest.mark.parametrize(
    ("first", "last", "sides"),
    [
        (SERVICE_DAY - DAY, SERVICE_DAY, (ENDED,)),
        (SERVICE_DAY - DAY, SERVICE_DAY, (BEGINS,)),
        (SERVICE_DAY - DAY, SERVICE_DAY + DAY, AROUND),
        (SERVICE_DAY - DAY, SERVICE_DAY + 2 * DAY, (MIDDLE, Span(SERVICE_DAY + DAY, SERVICE_DAY + DAY))),
    ],
)
def test_a_line_of_which_some_days_are_covered_is_billed_by_the_day(
    demo: PolicySet, first: dt.date, last: dt.date, sides: tuple[Span, ...]
):
    line = a_line(from_date=first, through_date=last)
    covered = tuple(Coverage("plans/worked", span) for span in sides)
    assert told(a_case(a_claim(line), coverage=covered), worked_policies(demo)) == {
        "coverage.partly": f"Line 1 runs from {first} through {last}; the patient was covered on some of these days only."
    }


@pytest.mark.parametrize("days", [0, 1, 2])
def test_a_line_within_its_coverage_or_quite_outside_is_not_billed_by_the_day(demo: PolicySet, days: int):
    line = a_line(from_date=SERVICE_DAY, through_date=SERVICE_DAY + days * DAY)
    last = a_claim(line)
    within = (Coverage("plans/worked", Span(SERVICE_DAY, SERVICE_DAY + days * DAY)),)
    assert told(a_case(last, coverage=within), worked_policies(demo)) == {}
    before = (Coverage("plans/worked", Span(ALWAYS.effective, SERVICE_DAY - DAY)),)
    assert set(told(a_case(last, coverage=before), worked_policies(demo))) == {"coverage.ended"}
    after = (Coverage("plans/worked", Span(SERVICE_DAY + (days + 1) * DAY)),)
    assert set(told(a_case(last, coverage=after), worked_policies(demo))) == {"coverage.not-yet"}


@pytest.mark.parametrize(
    ("terms", "waits"),
    [
        ({"waiting_through": SERVICE_DAY}, True),
        ({"premium_paid_through": SERVICE_DAY}, True),
        ({"preexisting": ("I10",), "preexisting_through": SERVICE_DAY}, True),
        ({"preexisting": ("I10",), "preexisting_through": SERVICE_DAY + DAY}, False),
        ({"preexisting": ("I10",), "preexisting_through": SERVICE_DAY - 2 * DAY}, False),
        ({"primary_care_npi": RENDERING.npi}, False),
    ],
)
def test_a_line_waits_over_a_change_of_what_coverage_depends_on(demo: PolicySet, terms: dict[str, Any], waits: bool):
    line = a_line(from_date=SERVICE_DAY - DAY, through_date=SERVICE_DAY + DAY)
    coverage = (Coverage("plans/worked", ALWAYS, terms=CoverageTerms(**terms)),)
    found = told(a_case(a_claim(line), coverage=coverage), worked_policies(demo, waiting_for=codes()))
    assert found == ({"unsupported.date-span": CHANGED} if waits else {})


@pytest.mark.parametrize(("span", "waits"), [(MIDDLE, True), (Span(SERVICE_DAY + 2 * DAY), False), (ALWAYS, False)])
def test_a_line_waits_over_a_change_of_who_else_has_the_patients_care(demo: PolicySet, span: Span, waits: bool):
    line = a_line(from_date=SERVICE_DAY - DAY, through_date=SERVICE_DAY + DAY)
    away = msgspec.structs.replace(MEMBER, elsewhere=(Elsewhere(ElsewhereKind.HOME_HEALTH, span),))
    found = told(a_case(a_claim(line), members=(away,)), worked_policies(demo))
    assert found == ({"unsupported.date-span": CHANGED} if waits else {})


def test_fees_that_no_contract_row_asks_change_nothing(demo: PolicySet):
    policies = cut(worked_policies(demo), "fees", "fees/worked")
    half = PayRule(procedures=ANY, schedule=None, rate_numerator=1, rate_denominator=2, lesser_of_charge=True)
    assert told(over_night(), paid_by(policies, half)) == {}
    assert set(told(over_night(), paid_by(policies))) == {"pricing.no-fee"}


ADMITTED, DISCHARGED = SERVICE_DAY, SERVICE_DAY + DAY
ELSEWHERE = "Line 1 is in place 11, while the claim says that the patient was admitted on 2026-03-02 (DTP*435)."


@pytest.mark.parametrize(
    ("day", "discharged", "place", "waits"),
    [
        (ADMITTED - DAY, DISCHARGED, "11", False),
        (ADMITTED, DISCHARGED, "11", True),
        (DISCHARGED, DISCHARGED, "11", True),
        (DISCHARGED + DAY, DISCHARGED, "11", False),
        (ADMITTED - DAY, None, "11", False),
        (ADMITTED + 5 * DAY, None, "11", True),
        (ADMITTED, DISCHARGED, "21", False),
    ],
)
def test_a_line_elsewhere_waits_from_the_day_of_admission_through_that_of_discharge(
    demo: PolicySet, day: dt.date, discharged: dt.date | None, place: str, waits: bool
):
    line = a_line(from_date=day, through_date=day, place_of_service=place)
    case = a_case(a_claim(line, admission_date=ADMITTED, discharge_date=discharged))
    assert told(case, worked_policies(demo)) == ({"unsupported.inpatient-elsewhere": ELSEWHERE} if waits else {})


def test_a_place_that_is_none_is_told_as_such_and_not_as_elsewhere(demo: PolicySet):
    claim = a_claim(a_line(place_of_service="28"), admission_date=ADMITTED)
    assert set(told(a_case(claim), worked_policies(demo))) == {"place.not-valid"}
    assert set(told(a_case(claim, participations=()), worked_policies(demo))) == {"place.not-valid"}


def test_an_undated_line_of_a_stay_is_told_as_undated_only(demo: PolicySet):
    claim = a_claim(a_line(from_date=None, through_date=None), admission_date=ADMITTED)
    assert set(told(a_case(claim), worked_policies(demo))) == {"service-date.missing"}
