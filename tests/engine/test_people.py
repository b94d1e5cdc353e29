"""Who sends, who bills, who treats and who the patient is: every boundary that examples beside the policies cannot say."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.engine import RULES, adjudicate
from adjudicator.explain.reviewer import for_reviewer
from adjudicator.model.case import (
    Affiliation,
    Case,
    Coverage,
    Member,
    Participation,
    ProviderKind,
    ProviderRecord,
    Ruling,
    RulingVerdict,
    Sanction,
)
from adjudicator.model.claim import Claim, ClaimType, Institutional, Patient, Person, Provider
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.plan import DependentCover
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    BILLING,
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
GROUP = ProviderRecord(npi=BILLING.npi, name="GROUP", kind=ProviderKind.GROUP, enrolled=(ALWAYS,), roster=(ALWAYS,))
DOCTOR = ProviderRecord(
    npi=RENDERING.npi,
    name="DOCTOR",
    kind=ProviderKind.PRACTITIONER,
    groups=(Affiliation(BILLING.tax_id, ALWAYS),),
)
EXCLUDED = (Sanction("OIG-LEIE", Span(SERVICE_DAY)),)


@pytest.fixture(scope="module")
def policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo)


def rules(decision: Decision) -> set[tuple[str, int]]:
    return {(finding.rule, finding.line) for finding in decision.findings}


def decided(policies: PolicySet, claim: Claim | None = None, **facts: Any) -> Decision:
    return adjudicate(a_case(claim, **facts), policies)


CHILDREN = frozenset({"19"})


def covering(policies: PolicySet, dependents: DependentCover | None) -> PolicySet:
    """The worked plan with a rule about dependents."""
    document = policies.plans["plans/worked"]
    versions = tuple(msgspec.structs.replace(version, dependents=dependents) for version in document.versions)
    return msgspec.structs.replace(
        policies, plans={"plans/worked": msgspec.structs.replace(document, versions=versions)}
    )


class TestWhoSends:
    def test_nothing_but_a_rejection_may_answer_a_sender_who_is_not_enrolled(self, policies: PolicySet):
        assert RULES["submitter.not-enrolled"] == (Verdict.REJECT,)
        decision = decided(policies, submitter_enrolled=False)
        assert (decision.disposition, rules(decision)) == (Disposition.REJECTED, {("submitter.not-enrolled", 0)})

    def test_a_wrong_rendering_npi_that_is_the_billing_npi_is_told_once(self, policies: PolicySet):
        wrong = msgspec.structs.replace(BILLING, npi="1234567890")
        decision = decided(policies, a_claim(a_line(rendering=wrong), billing=wrong))
        assert rules(decision) == {("billing-npi.invalid", 0)}


class TestWhoBillsAndTreats:
    def test_sound_records_change_nothing(self, policies: PolicySet):
        assert decided(policies, providers=(GROUP, DOCTOR)) == decided(policies)

    def test_no_record_changes_nothing_for_an_outsider_whom_we_do_not_know(self, policies: PolicySet):
        outside = decided(policies, participations=())
        unnamed = a_claim(a_line(rendering=BILLING))
        assert outside.findings == ()
        assert decided(policies, unnamed, participations=()).findings == ()
        assert decided(policies, unnamed, participations=()).lines == outside.lines

    def test_records_of_others_change_nothing(self, policies: PolicySet):
        stranger = msgspec.structs.replace(
            GROUP, npi="1000000004", enrolled=(), sanctions=EXCLUDED, family_id=MEMBER.family_id
        )
        sound = (GROUP, DOCTOR)
        assert decided(policies, providers=(*sound, msgspec.structs.replace(stranger, family_id=""))) == decided(
            policies
        )

    def test_a_practitioner_bills_no_institutional_claim(self, policies: PolicySet):
        claim = a_claim(claim_type=ClaimType.INSTITUTIONAL, institutional=Institutional(type_of_bill="0131"))
        practice = msgspec.structs.replace(GROUP, kind=ProviderKind.PRACTITIONER, roster=())
        hospital = msgspec.structs.replace(GROUP, kind=ProviderKind.FACILITY, roster=())
        assert ("wrong-form", 0) in rules(decided(policies, claim, providers=(practice,)))
        assert ("wrong-form", 0) not in rules(decided(policies, claim, providers=(hospital,)))

    def test_an_institutional_line_need_name_nobody_who_gave_it(self, policies: PolicySet):
        line = a_line(rendering=BILLING)
        claim = a_claim(line, claim_type=ClaimType.INSTITUTIONAL, institutional=Institutional(type_of_bill="0131"))
        found = {rule for rule, _ in rules(decided(policies, claim, providers=(GROUP,)))}
        assert not found & {"rendering-npi.missing", "rendering-provider.not-on-roster"}

    def test_a_group_without_any_enrolment_is_never_paid(self, policies: PolicySet):
        decision = decided(policies, providers=(msgspec.structs.replace(GROUP, enrolled=()), DOCTOR))
        assert rules(decision) == {("billing-provider.not-enrolled", 1)}
        assert "is not enrolled with us on 2026-03-02, the day of line 1." in decision.findings[0].because

    def test_an_enrolment_that_begins_later_is_told(self, policies: PolicySet):
        later = msgspec.structs.replace(GROUP, enrolled=(Span(SERVICE_DAY + DAY),))
        assert "; enrolment begins on 2026-03-03." in decided(policies, providers=(later, DOCTOR)).findings[0].because

    @pytest.mark.parametrize("part", ["ordering", "referring", "supervising"])
    def test_whoever_takes_part_may_not_be_excluded(self, policies: PolicySet, part: str):
        other = Provider(npi="1000000004", name="ORDERS")
        record = ProviderRecord(npi=other.npi, name="ORDERS", kind=ProviderKind.PRACTITIONER, sanctions=EXCLUDED)
        decision = decided(
            policies, a_claim(msgspec.structs.replace(a_line(), **{part: other})), providers=(GROUP, DOCTOR, record)
        )
        assert rules(decision) == {("provider.sanctioned", 1)}
        assert f"The {part} provider of line 1 (NPI 1000000004)" in decision.findings[0].because
        assert decision.line(1).member_cents == 0

    def test_one_who_takes_part_twice_is_told_once(self, policies: PolicySet):
        alone = msgspec.structs.replace(GROUP, kind=ProviderKind.PRACTITIONER, roster=(), sanctions=EXCLUDED)
        decision = decided(policies, a_claim(a_line(rendering=BILLING, ordering=BILLING)), providers=(alone,))
        assert [(finding.rule, finding.line) for finding in decision.findings] == [("provider.sanctioned", 1)]

    def test_the_attending_physician_of_a_stay_may_not_be_excluded(self, policies: PolicySet):
        attending = Provider(npi="1000000004", name="ATTENDS")
        record = ProviderRecord(npi=attending.npi, name="ATTENDS", kind=ProviderKind.PRACTITIONER, sanctions=EXCLUDED)
        stay = Institutional(type_of_bill="0111", attending=attending)
        claim = a_claim(claim_type=ClaimType.INSTITUTIONAL, institutional=stay)
        assert ("provider.sanctioned", 1) in rules(decided(policies, claim, providers=(record,)))

    @pytest.mark.parametrize(("first", "on_it"), [(SERVICE_DAY, True), (SERVICE_DAY + DAY, False)])
    def test_the_roster_is_asked_only_for_days_for_which_we_hold_it(
        self, policies: PolicySet, first: dt.date, on_it: bool
    ):
        unknown = decided(policies, providers=(msgspec.structs.replace(GROUP, roster=(Span(first),)),))
        assert (rules(unknown) == {("rendering-provider.not-on-roster", 1)}) is on_it
        joined = msgspec.structs.replace(DOCTOR, groups=(Affiliation(BILLING.tax_id, Span(first)),))
        assert (rules(decided(policies, providers=(GROUP, joined))) == set()) is on_it

    def test_a_substitute_is_on_no_roster(self, policies: PolicySet):
        claim = a_claim(a_line(modifiers=("Q6",)))
        assert ("rendering-provider.not-on-roster", 1) not in rules(decided(policies, claim, providers=(GROUP,)))

    def test_a_provider_of_another_family_is_no_relative(self, policies: PolicySet):
        kin = msgspec.structs.replace(DOCTOR, family_id=MEMBER.family_id)
        other = msgspec.structs.replace(DOCTOR, family_id="FTEST002")
        assert rules(decided(policies, providers=(GROUP, kin))) == {("provider.relative", 1)}
        assert rules(decided(policies, providers=(GROUP, other))) == set()

    def test_a_contract_for_another_product_on_another_day_opens_no_narrow_network(self, demo: PolicySet):
        therapy = a_claim(a_line(procedure="97140", modifiers=("GP",)))
        other = Participation(
            BILLING.tax_id, BILLING.npi, "NARROW", "contracts/riverside-medical-group", Span(SERVICE_DAY)
        )
        before = msgspec.structs.replace(other, span=Span(SERVICE_DAY - 9 * DAY, SERVICE_DAY - DAY))
        for participation, rule in ((other, "not-in-narrow-network"), (before, "not-covered-in-tier")):
            case = a_case(therapy, plan="plans/ppo-gold", participations=(participation,))
            assert (rule, 1) in rules(adjudicate(case, demo))


class TestWhoThePatientIs:
    def test_a_plan_for_the_subscriber_only_covers_no_spouse(self, policies: PolicySet):
        alone = covering(policies, DependentCover())
        spouse = msgspec.structs.replace(MEMBER, relationship="01")
        decision = decided(alone, members=(spouse,))
        assert rules(decision) == {("dependent.no-cover", 1)}
        assert [(a.group, a.carc) for a in decision.line(1).adjustments] == [("PR", "33")]
        assert decided(alone).disposition is Disposition.PAID

    @pytest.mark.parametrize(
        ("relationship", "covered"), [("19", False), ("17", False), ("10", True), ("01", True), ("18", True)]
    )
    def test_who_is_a_child_is_for_the_plan_to_say(self, policies: PolicySet, relationship: str, covered: bool):
        fifty = msgspec.structs.replace(MEMBER, relationship=relationship)
        until_50 = covering(policies, DependentCover(50, frozenset({"17", "19"})))
        expected = set() if covered else {("dependent.over-age", 1)}
        assert rules(decided(until_50, members=(fifty,))) == expected

    @pytest.mark.parametrize(("days", "denied"), [(-1, True), (0, True), (1, False)])
    def test_a_claim_that_arrives_under_a_warning_of_identity_theft_is_not_paid(
        self, policies: PolicySet, days: int, denied: bool
    ):
        warned = msgspec.structs.replace(MEMBER, identity_theft_on=RECEIVED + days * DAY)
        decision = decided(policies, members=(warned,))
        assert rules(decision) == ({("patient.identity-theft", 0)} if denied else set())
        if denied:
            assert [(a.group, a.carc) for a in decision.line(1).adjustments] == [("CO", "224")]

    def test_of_a_dependent_without_coverage_only_that_is_told(self, policies: PolicySet):
        child = msgspec.structs.replace(MEMBER, relationship="19")
        until_50 = covering(policies, DependentCover(50, CHILDREN))
        assert rules(decided(until_50, members=(child,), coverage=())) == {("coverage.none", 1)}

    def test_a_certificate_that_does_not_say_covers_whoever_is_enrolled(self, policies: PolicySet):
        child = msgspec.structs.replace(MEMBER, relationship="19")  # fifty years old
        assert decided(policies, members=(child,)).disposition is Disposition.PAID

    def test_the_age_is_that_of_each_line(self, policies: PolicySet):
        child = msgspec.structs.replace(MEMBER, relationship="19")
        birthday = MEMBER.birth_date.replace(year=2026)  # the 50th, on 1 March
        lines = (
            a_line(1, from_date=birthday - DAY, through_date=birthday - DAY),
            a_line(2, from_date=birthday, through_date=birthday),
        )
        until_50 = covering(policies, DependentCover(50, frozenset({"17", "19"}), newborn_days=31))
        decision = decided(until_50, a_claim(*lines), members=(child,))
        assert rules(decision) == {("dependent.over-age", 2)}

    def test_death_and_birth_are_told_beside_the_coverage_and_decide(self, policies: PolicySet):
        gone = msgspec.structs.replace(MEMBER, deceased_on=SERVICE_DAY - DAY)
        ended = (Coverage("plans/worked", Span(dt.date(2020, 1, 1), SERVICE_DAY - DAY)),)
        decision = decided(policies, members=(gone,), coverage=ended)
        assert rules(decision) == {("patient.deceased", 1), ("coverage.ended", 1)}
        assert [(a.group, a.carc) for a in decision.line(1).adjustments] == [("CO", "13")]

    def test_no_sentence_tells_the_day_of_death(self, policies: PolicySet):
        gone = msgspec.structs.replace(MEMBER, deceased_on=SERVICE_DAY - DAY)
        told = " ".join(finding.because for finding in decided(policies, members=(gone,)).findings)
        assert (SERVICE_DAY - DAY).isoformat() not in told

    def test_a_start_that_was_entered_late_is_told(self, policies: PolicySet):
        begins = Coverage("plans/worked", Span(SERVICE_DAY + DAY), recorded_on=SERVICE_DAY + 5 * DAY)
        (finding,) = decided(policies, coverage=(begins,)).findings
        assert "Coverage begins on 2026-03-03 (entered on 2026-03-07)" in finding.because

    def test_two_stretches_before_the_service_are_an_end_and_no_gap(self, policies: PolicySet):
        spans = (Span(dt.date(2020, 1, 1), dt.date(2024, 12, 31)), Span(dt.date(2025, 6, 1), SERVICE_DAY - DAY))
        decision = decided(policies, coverage=tuple(Coverage("plans/worked", span) for span in spans))
        assert rules(decision) == {("coverage.ended", 1)}
        assert "2026-03-01" in decision.findings[0].because


class TestANewborn:
    BORN = SERVICE_DAY - 31 * DAY

    @pytest.fixture
    def cover(self, policies: PolicySet) -> PolicySet:
        return covering(policies, DependentCover(26, CHILDREN, newborn_days=31))

    def case(self, born: dt.date | None, relationship: str = "19", **facts: Any) -> Case:
        patient = Patient(Person(last_name="SAMPLE", first_name="BABY", birth_date=born), relationship)
        unknown: dict[str, Any] = {
            "members": (),
            "coverage": (),
            "subscriber": MEMBER,
            "subscriber_coverage": (Coverage("plans/worked", ALWAYS),),
        }
        return a_case(a_claim(patient=patient), **unknown | facts)

    def test_waits_while_it_can_be_enrolled_and_is_unknown_after(self, cover: PolicySet):
        waits = adjudicate(self.case(self.BORN), cover)
        assert (waits.disposition, rules(waits)) == (Disposition.PENDED, {("newborn.not-enrolled", 0)})
        late = adjudicate(self.case(self.BORN - DAY), cover)
        assert (late.disposition, rules(late)) == (Disposition.REJECTED, {("member.not-found", 0)})

    @pytest.mark.parametrize(("age_days", "waits"), [(-1, False), (0, True), (31, True), (32, False)])
    def test_waits_from_the_day_of_birth_through_the_plans_last_day(self, cover: PolicySet, age_days: int, waits: bool):
        (finding,) = adjudicate(self.case(SERVICE_DAY - age_days * DAY), cover).findings
        assert (finding.rule == "newborn.not-enrolled") is waits
        assert (f"The patient, {age_days} days old on 2026-03-02, is a child" in finding.because) is waits

    @pytest.mark.parametrize("dependents", [DependentCover(), DependentCover(26, CHILDREN)])
    def test_is_denied_where_the_plan_has_no_cover_for_it(self, policies: PolicySet, dependents: DependentCover):
        decision = adjudicate(self.case(self.BORN), covering(policies, dependents))
        assert (decision.disposition, rules(decision)) == (Disposition.DENIED, {("newborn.no-cover", 0)})
        assert [(a.group, a.carc) for a in decision.line(1).adjustments] == [("PR", "34")]
        assert decision.entries == ()

    @pytest.mark.parametrize(
        "case",
        [
            {"born": SERVICE_DAY + DAY},
            {"born": None},
            {"born": BORN, "relationship": "01"},
            {"born": BORN, "subscriber": None},
            {"born": BORN, "subscriber_coverage": ()},
        ],
    )
    def test_nobody_else_who_is_unknown_passes_as_one(self, cover: PolicySet, case: dict[str, Any]):
        decision = adjudicate(self.case(**case), cover)
        assert (decision.disposition, rules(decision)) == (Disposition.REJECTED, {("member.not-found", 0)})

    def test_a_subscriber_whom_nobody_fits_is_no_newborn(self, cover: PolicySet):
        known = self.case(self.BORN)
        case = msgspec.structs.replace(known, claim=msgspec.structs.replace(known.claim, patient=None))
        assert rules(adjudicate(case, cover)) == {("member.not-found", 0)}

    def test_a_claim_without_any_date_names_no_newborn(self, cover: PolicySet):
        known = self.case(self.BORN)
        undated = (a_line(from_date=None, through_date=None),)
        case = msgspec.structs.replace(known, claim=msgspec.structs.replace(known.claim, lines=undated))
        assert rules(adjudicate(case, cover)) == {("member.not-found", 0), ("service-date.missing", 1)}

    def test_is_unknown_where_the_certificate_does_not_speak_of_dependents(self, policies: PolicySet):
        assert rules(adjudicate(self.case(self.BORN), policies)) == {("member.not-found", 0)}

    def test_a_ruling_cannot_let_it_be_paid_before_it_is_a_member(self, cover: PolicySet):
        allowed = Ruling(
            rule="newborn.not-enrolled",
            policy="guidance/eligibility@2016-01-01",
            line=0,
            verdict=RulingVerdict.ALLOW,
            rationale="It will be enrolled.",
            ruled_by="reviewer",
        )
        waits = adjudicate(self.case(self.BORN, rulings=(allowed,)), cover)
        assert (waits.disposition, rules(waits)) == (Disposition.PENDED, {("newborn.not-enrolled", 0)})
        told = " ".join(" ".join(for_reviewer(self.case(self.BORN), waits, cover)).split())
        assert "Allow: The patient is not on the membership file (newborn.not-enrolled)" in told
        child = Member("TEST0005", MEMBER.family_id, "SAMPLE", "BABY", self.BORN, relationship="19")
        enrolled = self.case(self.BORN, members=(child,), coverage=(Coverage("plans/worked", ALWAYS),))
        assert adjudicate(enrolled, cover).disposition is Disposition.PAID
