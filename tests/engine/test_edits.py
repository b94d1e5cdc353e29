"""Every edit on both sides of each of its boundaries."""

import datetime as dt

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import (
    Affiliation,
    Coverage,
    HistoryLine,
    LineState,
    ProviderKind,
    ProviderRecord,
    names_agree,
)
from adjudicator.model.claim import Claim, Diagnosis, Patient, Person, Provider, Sex
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    BILLING,
    DECIDED,
    MEMBER,
    RECEIVED,
    RENDERING,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_line,
    worked_policies,
)

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo)


def rules(decision: Decision) -> set[tuple[str, int]]:
    return {(finding.rule, finding.line) for finding in decision.findings}


def decided(policies: PolicySet, claim: Claim | None = None, **facts) -> Decision:
    return adjudicate(a_case(claim, **facts), policies)


def test_the_plain_claim_of_these_tests_is_paid_without_a_finding(policies: PolicySet):
    decision = decided(policies)
    assert (decision.disposition, decision.findings) == (Disposition.PAID, ())


# A4


@pytest.mark.parametrize(("total_cents", "rejected"), [(13000, False), (12999, True), (13001, True), (0, True)])
def test_a_claim_total_one_cent_off_is_rejected(policies: PolicySet, total_cents: int, rejected: bool):
    decision = decided(policies, a_claim(total_charge_cents=total_cents))
    assert (decision.disposition is Disposition.REJECTED) is rejected
    if rejected:
        (finding,) = decision.findings
        assert finding.rule == "claim-balance.total"
        assert finding.statuses[0] == "A7:400"
        assert "130.00" in finding.because


def test_a_negative_charge_is_rejected_and_a_zero_charge_is_not(policies: PolicySet):
    lines = (a_line(1), a_line(2, procedure="99214", charge_cents=-1))
    assert rules(decided(policies, a_claim(*lines))) == {("claim-balance.negative", 2)}
    zero = decided(policies, a_claim(a_line(1), a_line(2, procedure="99214", charge_cents=0)))
    assert zero.disposition is Disposition.PAID
    assert zero.line(2).adjustments == ()


# A5


@pytest.mark.parametrize(
    ("npi", "rule"),
    [
        ("1234567893", None),
        ("1234567890", "billing-npi.invalid"),
        ("3234567893", "billing-npi.invalid"),
        ("123456789", "billing-npi.invalid"),
        ("", "billing-npi.missing"),
    ],
)
def test_the_billing_npi_needs_a_right_check_digit(policies: PolicySet, npi: str, rule: str | None):
    claim = a_claim(billing=msgspec.structs.replace(BILLING, npi=npi))
    decision = decided(policies, claim)
    assert rules(decision) == ({(rule, 0)} if rule else set())
    if rule:
        assert decision.disposition is Disposition.REJECTED


# A14


@pytest.mark.parametrize(("day", "rejected"), [(RECEIVED, False), (RECEIVED + DAY, True)])
def test_a_service_after_the_day_of_receipt_is_rejected(policies: PolicySet, day: dt.date, rejected: bool):
    decision = decided(policies, a_claim(a_line(from_date=day, through_date=day)))
    assert (rules(decision) == {("service-date.future", 1)}) is rejected
    assert (decision.disposition is Disposition.REJECTED) is rejected


def test_the_day_of_processing_plays_no_part_in_that(policies: PolicySet):
    late = decided(policies, a_claim(a_line(from_date=DECIDED, through_date=DECIDED)))
    assert rules(late) == {("service-date.future", 1)}  # DECIDED is one day after RECEIVED


def test_a_line_without_a_date_or_ending_before_it_begins_is_rejected(policies: PolicySet):
    undated = decided(policies, a_claim(a_line(from_date=None, through_date=None)))
    assert rules(undated) == {("service-date.missing", 1)}
    reversed_dates = decided(policies, a_claim(a_line(through_date=SERVICE_DAY - DAY)))
    assert ("service-date.reversed", 1) in rules(reversed_dates)


# C1


def test_an_unknown_member_never_passes(policies: PolicySet):
    decision = decided(policies, members=(), coverage=())
    assert (decision.disposition, rules(decision)) == (Disposition.REJECTED, {("member.not-found", 0)})
    assert decision.findings[0].statuses == ("A7:33:IL",)


def test_two_members_who_fit_wait_for_a_reviewer(policies: PolicySet):
    twin = msgspec.structs.replace(MEMBER, member_id="TEST0002")
    decision = decided(policies, members=(MEMBER, twin))
    assert (decision.disposition, rules(decision)) == (Disposition.PENDED, {("member.ambiguous", 0)})


@pytest.mark.parametrize(
    ("born", "rejected"), [(MEMBER.birth_date, False), (MEMBER.birth_date + DAY, True), (None, True)]
)
def test_the_date_of_birth_must_be_ours(policies: PolicySet, born: dt.date | None, rejected: bool):
    claim = a_claim()
    person = msgspec.structs.replace(claim.subscriber.person, birth_date=born)
    claim = msgspec.structs.replace(claim, subscriber=msgspec.structs.replace(claim.subscriber, person=person))
    decision = decided(policies, claim)
    assert (rules(decision) == {("member.birth-date", 0)}) is rejected
    assert (decision.disposition is Disposition.REJECTED) is rejected


@pytest.mark.parametrize(
    ("last_name", "pended"), [("SAMPLE", False), ("Sam-ple ", False), ("OTHER", True), ("SAMPLES", True)]
)
def test_another_last_name_waits_for_a_reviewer(policies: PolicySet, last_name: str, pended: bool):
    claim = a_claim()
    person = msgspec.structs.replace(claim.subscriber.person, last_name=last_name)
    claim = msgspec.structs.replace(claim, subscriber=msgspec.structs.replace(claim.subscriber, person=person))
    assert (decided(policies, claim).disposition is Disposition.PENDED) is pended


# C2, C3


def covered(effective: dt.date, ends: dt.date | None = None) -> tuple[Coverage, ...]:
    return (Coverage(plan="plans/worked", span=Span(effective, ends)),)


@pytest.mark.parametrize(
    ("coverage", "rule"),
    [
        (covered(SERVICE_DAY), None),
        (covered(SERVICE_DAY + DAY), "coverage.not-yet"),
        (covered(dt.date(2026, 1, 1), SERVICE_DAY), None),
        (covered(dt.date(2026, 1, 1), SERVICE_DAY - DAY), "coverage.ended"),
        ((), "coverage.none"),
    ],
)
def test_coverage_holds_on_its_first_and_last_day(policies: PolicySet, coverage, rule: str | None):
    decision = decided(policies, coverage=coverage)
    assert rules(decision) == ({(rule, 1)} if rule else set())


def test_a_line_after_coverage_is_denied_and_its_neighbour_paid(policies: PolicySet):
    later = a_line(
        2, procedure="99214", from_date=SERVICE_DAY + DAY, through_date=SERVICE_DAY + DAY, charge_cents=20000
    )
    decision = decided(policies, a_claim(a_line(1), later), coverage=covered(dt.date(2026, 1, 1), SERVICE_DAY))
    assert decision.disposition is Disposition.PARTLY_PAID
    denied = decision.line(2)
    assert [(a.group, a.carc, a.amount_cents) for a in denied.adjustments] == [("PR", "27", 20000)]
    assert denied.paid_cents == 0
    assert decision.line(1).verdict is not Verdict.DENY


# D1


@pytest.mark.parametrize(("waited_days", "denied"), [(365, False), (366, True)])
def test_the_filing_limit_counts_from_service_to_receipt(policies: PolicySet, waited_days: int, denied: bool):
    received = SERVICE_DAY + dt.timedelta(days=waited_days)
    decision = decided(policies, received_on=received, decided_on=received + 30 * DAY)
    assert (rules(decision) == {("filing-limit.late", 1)}) is denied
    if denied:
        assert [(a.group, a.carc) for a in decision.line(1).adjustments] == [("CO", "29")]
        assert "366 days later; the plan allows 365 days" in decision.findings[0].because


def test_a_late_claim_with_a_delay_reason_waits(policies: PolicySet):
    received = SERVICE_DAY + dt.timedelta(days=366)
    decision = decided(policies, a_claim(delay_reason="7"), received_on=received, decided_on=received)
    assert (decision.disposition, rules(decision)) == (Disposition.PENDED, {("filing-limit.delay-reason", 1)})


# D4


def earlier(**changes) -> HistoryLine:
    line = HistoryLine(
        claim_id="CEARLIER00000001",
        decision_number=1,
        line=1,
        member_id=MEMBER.member_id,
        state=LineState.PAID,
        billing_tax_id=BILLING.tax_id,
        billing_npi=BILLING.npi,
        rendering_npi=RENDERING.npi,
        from_date=SERVICE_DAY,
        through_date=SERVICE_DAY,
        procedure="99213",
        modifiers=("25", "95"),
        place_of_service="11",
        quantity_thousandths=1000,
        charge_cents=13000,
    )
    return msgspec.structs.replace(line, **changes)


def where_repeats_of_denials(policies: PolicySet, *, are_duplicates: bool) -> PolicySet:
    """The same policies with the payer's rule for repeats of denied lines set."""
    (version, *_) = policies.payer.versions
    version = msgspec.structs.replace(version, duplicate_of_denied=are_duplicates)
    return msgspec.structs.replace(policies, payer=msgspec.structs.replace(policies.payer, versions=(version,)))


@pytest.mark.parametrize(
    ("state", "denials_count", "duplicate"),
    [
        (LineState.PAID, False, True),
        (LineState.PENDED, False, True),
        (LineState.DENIED, False, False),
        (LineState.DENIED, True, True),
    ],
)
def test_an_exact_repeat_of_a_paid_or_waiting_line_is_denied_and_of_a_denied_one_as_the_payer_says(
    policies: PolicySet, state: LineState, denials_count: bool, duplicate: bool
):
    claim = a_claim(a_line(modifiers=("95", "25")))  # the order of modifiers does not matter
    payer = where_repeats_of_denials(policies, are_duplicates=denials_count)
    decision = decided(payer, claim, history=(earlier(state=state),))
    assert (rules(decision) == {("exact-duplicate", 1)}) is duplicate
    if duplicate:
        assert [(a.group, a.carc, a.amount_cents) for a in decision.line(1).adjustments] == [("OA", "18", 13000)]
        assert "line 1 of claim CEARLIER00000001" in decision.findings[0].because


@pytest.mark.parametrize(
    "different",
    [
        {"modifiers": ("25",)},
        {"charge_cents": 13001},
        {"quantity_thousandths": 2000},
        {"place_of_service": "22"},
        {"procedure": "99214"},
        {"from_date": SERVICE_DAY - DAY},
        {"through_date": SERVICE_DAY + DAY},
        {"rendering_npi": "1000000004"},
        {"billing_tax_id": "999000002"},
        {"member_id": "TEST0002"},
    ],
)
def test_any_difference_in_the_key_is_no_exact_repeat(policies: PolicySet, different: dict):
    claim = a_claim(a_line(modifiers=("25", "95")))
    decision = decided(policies, claim, history=(earlier(**different),))
    same_service = different.keys() <= {
        "modifiers",
        "charge_cents",
        "quantity_thousandths",
        "place_of_service",
        "rendering_npi",
    }
    assert rules(decision) == ({("suspect-duplicate", 1)} if same_service else set())


def test_within_a_claim_the_first_line_stays(policies: PolicySet):
    decision = decided(
        policies, a_claim(a_line(1), a_line(2), a_line(3, modifiers=("76",)), a_line(4, modifiers=("76",)))
    )
    assert rules(decision) == {("exact-duplicate", 2), ("exact-duplicate", 4)}
    assert [line.verdict is Verdict.DENY for line in decision.lines] == [False, True, False, True]


@pytest.mark.parametrize("denials_count", [True, False])
def test_within_a_claim_a_line_repeats_a_denied_one_as_the_payer_says(policies: PolicySet, denials_count: bool):
    group = ProviderRecord(npi=BILLING.npi, kind=ProviderKind.GROUP, name="G", enrolled=(ALWAYS,), roster=(ALWAYS,))
    doctor = ProviderRecord(
        npi=RENDERING.npi,
        kind=ProviderKind.PRACTITIONER,
        name="D",
        groups=(Affiliation(BILLING.tax_id, ALWAYS),),
    )
    claim = a_claim(a_line(1, rendering=Provider(npi="1000000004")), a_line(2))
    payer = where_repeats_of_denials(policies, are_duplicates=denials_count)
    found = rules(decided(payer, claim, providers=(group, doctor)))
    assert ("rendering-provider.not-on-roster", 1) in found
    assert (("suspect-duplicate", 2) in found) is denials_count


# F1


@pytest.mark.parametrize(
    ("procedure", "disposition", "rule"),
    [
        ("99213", Disposition.PAID, None),
        ("9921", Disposition.REJECTED, "procedure.malformed"),
        ("W0000", Disposition.REJECTED, "procedure.malformed"),
        ("00000", Disposition.DENIED, "procedure.not-valid"),
        ("", Disposition.DENIED, "procedure.missing"),
    ],
)
def test_a_procedure_must_have_the_shape_and_be_in_force(
    policies: PolicySet, procedure: str, disposition: Disposition, rule: str | None
):
    decision = decided(policies, a_claim(a_line(procedure=procedure)))
    assert decision.disposition is disposition
    assert rules(decision) == ({(rule, 1)} if rule else set())


# F5


@pytest.mark.parametrize(
    ("code", "disposition", "rule"),
    [
        ("E119", Disposition.PAID, None),
        ("E11", Disposition.DENIED, ("diagnosis.not-specific", 1)),
        ("E99999", Disposition.DENIED, ("diagnosis.not-valid", 1)),
        ("11E", Disposition.REJECTED, ("diagnosis.malformed", 0)),
    ],
)
def test_a_diagnosis_must_have_the_shape_be_in_force_and_be_specific(
    policies: PolicySet, code: str, disposition: Disposition, rule: tuple[str, int] | None
):
    decision = decided(policies, a_claim(diagnoses=(Diagnosis(code=code, kind="principal"),)))
    assert decision.disposition is disposition
    assert rules(decision) == ({rule} if rule else set())


def test_a_claim_without_diagnoses_is_denied_and_a_pointer_to_nowhere_rejected(policies: PolicySet):
    assert rules(decided(policies, a_claim(a_line(diagnosis_pointers=()), diagnoses=()))) == {("diagnosis.missing", 1)}
    assert rules(decided(policies, a_claim(a_line(diagnosis_pointers=(1, 2))))) == {("diagnosis-pointer", 1)}
    assert rules(decided(policies, a_claim(a_line(diagnosis_pointers=())))) == {("diagnosis-pointer", 1)}


def test_a_day_that_no_code_table_covers_holds_the_claim(policies: PolicySet):
    long_ago = dt.date(2021, 6, 1)
    decision = decided(
        policies, a_claim(a_line(from_date=long_ago, through_date=long_ago)), received_on=long_ago, decided_on=long_ago
    )
    assert decision.disposition is Disposition.PENDED
    assert {finding.verdict for finding in decision.findings} == {Verdict.FAULT}
    assert any("2021-06-01" in finding.because for finding in decision.findings)


# other shapes


@pytest.mark.parametrize(
    ("modifiers", "rule"),
    [
        (("25",), None),
        (("2",), "modifier.malformed"),
        (("25", "25"), "modifier.malformed"),
        (("2a",), "modifier.malformed"),
    ],
)
def test_modifiers_are_different_codes_of_two_characters(
    policies: PolicySet, modifiers: tuple[str, ...], rule: str | None
):
    found = {
        name
        for name, _ in rules(decided(policies, a_claim(a_line(modifiers=modifiers))))
        if name.startswith("modifier")
    }
    assert found == ({rule} if rule else set())


@pytest.mark.parametrize(("place", "denied"), [("11", False), ("00", True), ("", True)])
def test_the_place_of_service_must_be_in_force(policies: PolicySet, place: str, denied: bool):
    decision = decided(policies, a_claim(a_line(place_of_service=place)))
    assert (rules(decision) == {("place.not-valid", 1)}) is denied


@pytest.mark.parametrize(("quantity", "rejected"), [(1, False), (0, True), (-1000, True)])
def test_a_quantity_is_above_zero(policies: PolicySet, quantity: int, rejected: bool):
    decision = decided(policies, a_claim(a_line(quantity_thousandths=quantity)))
    assert (("quantity.not-positive", 1) in rules(decision)) is rejected
    assert (decision.disposition is Disposition.REJECTED) is rejected


@pytest.mark.parametrize(("lines", "rejected"), [(1, False), (50, False), (51, True)])
def test_a_professional_claim_has_at_most_fifty_lines(policies: PolicySet, lines: int, rejected: bool):
    claim = a_claim(*(a_line(n, charge_cents=10000 + n) for n in range(1, lines + 1)))
    decision = decided(policies, claim)
    assert (decision.disposition is Disposition.REJECTED) is rejected
    assert (("claim-shape.lines", 0) in rules(decision)) is rejected


def test_a_claim_for_another_payer_is_rejected(policies: PolicySet):
    ours = policies.payer.on(RECEIVED).payer_id
    assert decided(policies, a_claim(payer_id=ours)).disposition is Disposition.PAID
    assert rules(decided(policies, a_claim(payer_id="ELSEWHERE"))) == {("wrong-payer", 0)}


def test_a_dependent_is_found_by_birth_date_and_twins_by_first_name():
    from adjudicator.model.case import members_named

    born = dt.date(2015, 5, 5)
    ann = msgspec.structs.replace(MEMBER, member_id="TEST0003", first_name="ANN", birth_date=born, relationship="19")
    ben = msgspec.structs.replace(ann, member_id="TEST0004", first_name="BEN")
    family = (MEMBER, ann, ben)
    child = a_claim(
        patient=Patient(person=Person(last_name="SAMPLE", first_name="Ben", birth_date=born), relationship="19")
    )
    assert members_named(child, family) == (ben,)
    unnamed = a_claim(patient=Patient(person=Person(last_name="SAMPLE", first_name="Cid", birth_date=born)))
    assert members_named(unnamed, family) == (ann, ben)
    assert members_named(a_claim(), family) == (MEMBER,)


# all at once


def test_everything_wrong_is_told_at_once_and_the_earliest_stage_decides(policies: PolicySet):
    late = SERVICE_DAY + dt.timedelta(days=366)
    claim = a_claim(
        a_line(procedure="00000", place_of_service="00"), diagnoses=(Diagnosis(code="E11", kind="principal"),)
    )
    decision = decided(
        policies, claim, received_on=late, decided_on=late, coverage=covered(dt.date(2026, 1, 1), SERVICE_DAY - DAY)
    )
    assert rules(decision) == {
        ("coverage.ended", 1),
        ("procedure.not-valid", 1),
        ("place.not-valid", 1),
        ("diagnosis.not-specific", 1),
    }
    assert [(a.group, a.carc) for a in decision.line(1).adjustments] == [("PR", "27")]


def test_a_rejected_claim_still_tells_what_else_is_wrong(policies: PolicySet):
    decision = decided(policies, a_claim(a_line(procedure="00000"), billing=Provider(npi="", tax_id="999000001")))
    assert decision.disposition is Disposition.REJECTED
    assert {("billing-npi.missing", 0), ("procedure.not-valid", 1)} <= rules(decision)
    assert decision.findings[0].verdict is Verdict.REJECT


# A7, and who the patient is


@pytest.mark.parametrize(
    ("tax_id", "rule"),
    [
        ("999000001", None),
        ("", "billing-tax-id.missing"),
        ("99900001", "billing-tax-id.invalid"),
        ("999 000 001", "billing-tax-id.invalid"),
        ("999999999", "billing-tax-id.invalid"),
        ("999000002", "billing-provider.mismatch"),
    ],
)
def test_a_misspelt_tax_id_never_makes_a_contracted_provider_an_outsider(
    policies: PolicySet, tax_id: str, rule: str | None
):
    decision = decided(policies, a_claim(billing=msgspec.structs.replace(BILLING, tax_id=tax_id)))
    assert rules(decision) == ({(rule, 0)} if rule else set())
    assert (decision.disposition is Disposition.PAID) is (rule is None)


@pytest.mark.parametrize(
    ("first_name", "sex", "pended"),
    [
        ("PATIENT", Sex.FEMALE, False),
        ("PAT", Sex.FEMALE, False),
        ("PATIENT", Sex.UNKNOWN, False),
        ("SOMEBODYELSE", Sex.FEMALE, True),
        ("", Sex.FEMALE, True),
        ("PATIENT", Sex.MALE, True),
    ],
)
def test_another_first_name_or_sex_waits_for_a_reviewer(policies: PolicySet, first_name: str, sex: Sex, pended: bool):
    claim = a_claim()
    person = msgspec.structs.replace(claim.subscriber.person, first_name=first_name, sex=sex)
    claim = msgspec.structs.replace(claim, subscriber=msgspec.structs.replace(claim.subscriber, person=person))
    assert (decided(policies, claim).disposition is Disposition.PENDED) is pended


@pytest.mark.parametrize(
    ("ours", "theirs", "agree"),
    [
        ("PATIENT", "PATIENT", True),
        ("PATIENT", "pat.", True),
        ("PAT", "PATIENT", True),
        ("PATIENT", "", False),
        ("PATIENT", " - ", False),
        ("", "", True),
        ("", "PATIENT", True),
        ("PATIENT", "ENT", False),
    ],
)
def test_a_first_name_agrees_that_begins_like_ours_and_none_only_with_none(ours: str, theirs: str, agree: bool):
    member = msgspec.structs.replace(MEMBER, first_name=ours)
    assert names_agree(member, Person(last_name=MEMBER.last_name, first_name=theirs)) is agree
    assert not names_agree(member, Person(last_name="OTHER", first_name=theirs))


def test_a_repeat_of_another_providers_claim_does_not_name_it(policies: PolicySet):
    theirs = earlier(modifiers=(), billing_npi="1000000004")
    decision = decided(policies, history=(theirs,))
    assert rules(decision) == {("exact-duplicate", 1)}
    assert "CEARLIER" not in decision.findings[0].because


# standing


def test_a_line_that_was_denied_uses_no_benefit_of_its_neighbours(demo: PolicySet):
    # two screenings; the first is denied for its diagnosis, so the second is the only one given
    denied = a_line(1, procedure="77067", charge_cents=30000, diagnosis_pointers=(1,))
    kept = a_line(2, procedure="77067", modifiers=("76",), charge_cents=31000, diagnosis_pointers=(2,))
    claim = a_claim(denied, kept, diagnoses=(Diagnosis(code="E11", kind="principal"), Diagnosis(code="Z1231")))
    decision = adjudicate(a_case(claim, plan="plans/ppo-gold", participations=()), demo)
    assert decision.disposition is Disposition.PARTLY_PAID
    assert rules(decision) == {("diagnosis.not-specific", 1)}
    both = a_claim(msgspec.structs.replace(denied, diagnosis_pointers=(2,)), kept, diagnoses=claim.diagnoses)
    again = adjudicate(a_case(both, plan="plans/ppo-gold", participations=()), demo)
    assert {line for _, line in rules(again)} == {2}
    assert [(a.group, a.carc) for a in again.line(2).adjustments] == [("PR", "119")]
