"""Words that ask our own files, and words about the service and its day, on both sides of their boundaries."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.model.case import (
    NO_TERMS,
    Case,
    CertificateLevel,
    CoverageTerms,
    Elsewhere,
    ElsewhereKind,
    HistoryLine,
    LaboratoryCertificate,
    LineState,
    ProviderKind,
    ProviderRecord,
)
from adjudicator.model.claim import Address, Diagnosis, Drug, Line, Provider, Sex, UnitBasis
from adjudicator.model.dates import Span
from adjudicator.model.standing import billed
from adjudicator.policy import file_conditions, service_conditions
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.conditions import UNDATED
from adjudicator.policy.document import Condition
from adjudicator.policy.load import compile_policies
from tests.building import ALWAYS, BILLING, MEMBER, RENDERING, SERVICE_DAY, a_case, a_claim, a_line, an_earlier_line
from tests.policy.small_set import small_set

DAY = SERVICE_DAY
ONE_DAY = dt.timedelta(days=1)
OTHER = Provider(npi="1000000004", name="OTHER")
POLICIES = compile_policies(small_set())
TESTS = CodeSet(codes=frozenset({"82310", "82374", "84520"}))


def asked(condition: Condition, case: Case, number: int = 1) -> tuple[bool, str]:
    return condition(case, POLICIES, case.claim.lines[number - 1], billed(case.claim))


def case_of(*lines: Line, claim: dict[str, Any] | None = None, **facts: Any) -> Case:
    return a_case(a_claim(*lines, **(claim or {})), **facts)


def record(**facts: Any) -> ProviderRecord:
    return msgspec.structs.replace(ProviderRecord(OTHER.npi, "OTHER", ProviderKind.PRACTITIONER), **facts)


def covered(**terms: Any) -> Case:
    case = case_of(a_line())
    coverage = msgspec.structs.replace(case.coverage[0], terms=msgspec.structs.replace(NO_TERMS, **terms))
    return msgspec.structs.replace(case, coverage=(coverage,))


UNDATED_LINE = case_of(a_line(from_date=None))


@pytest.mark.parametrize(
    "condition",
    [
        file_conditions.eligible(("ordering-provider",)),
        file_conditions.certified_for(CertificateLevel.WAIVER),
        file_conditions.elsewhere(frozenset({ElsewhereKind.HOSPICE})),
        file_conditions.primary_care(),
        file_conditions.preexisting(),
        service_conditions.same_day(TESTS, 1, "any", "any", "any"),
    ],
)
def test_a_word_that_needs_a_day_does_not_hold_without_one(condition: Condition):
    assert asked(condition, UNDATED_LINE) == UNDATED


@pytest.mark.parametrize(
    ("on_file", "on_claim", "known"),
    [
        (Sex.FEMALE, Sex.UNKNOWN, True),
        (Sex.UNKNOWN, Sex.MALE, True),
        (Sex.FEMALE, Sex.FEMALE, True),
        (Sex.UNKNOWN, Sex.UNKNOWN, False),
        (None, Sex.UNKNOWN, False),
        (None, Sex.FEMALE, True),
    ],
)
def test_a_sex_is_known_by_our_file_or_by_the_claim(on_file: Sex | None, on_claim: Sex, known: bool):
    case = case_of()
    subscriber = case.claim.subscriber
    person = msgspec.structs.replace(subscriber.person, sex=on_claim)
    claim = msgspec.structs.replace(case.claim, subscriber=msgspec.structs.replace(subscriber, person=person))
    members = () if on_file is None else (msgspec.structs.replace(MEMBER, sex=on_file),)
    told = asked(file_conditions.known(("sex",)), msgspec.structs.replace(case, claim=claim, members=members))
    assert told == (known, f"the sex of line 1 is {'' if known else 'not '}known to us")


def test_a_specialty_is_known_by_the_claim_or_by_our_file():
    known = file_conditions.known(("specialty",))
    assert asked(known, case_of()) == (False, "the specialty of line 1 is not known to us")
    told = msgspec.structs.replace(RENDERING, taxonomy="207Q00000X")
    assert asked(known, case_of(a_line(rendering=told))) == (True, "the specialty of line 1 is known to us")
    ours = record(npi=RENDERING.npi, taxonomies=("207Q00000X",))
    assert asked(known, case_of(providers=(ours,)))[0]


@pytest.mark.parametrize("part", ["ordering", "referring", "rendering"])
def test_a_provider_is_known_who_is_on_our_file(part: str):
    known = file_conditions.known((f"{part}-provider",))
    named = case_of(msgspec.structs.replace(a_line(), **{part: OTHER}))
    assert asked(known, named) == (False, f"the {part} provider of line 1 is not known to us")
    assert asked(known, msgspec.structs.replace(named, providers=(record(),)))[0]
    assert not asked(known, case_of(a_line(), providers=(record(),)))[0]


def test_of_several_facts_the_unknown_are_told():
    both = file_conditions.known(("ordering-provider", "specialty"))
    case = case_of(a_line(ordering=OTHER), providers=(record(),))
    assert asked(both, case) == (False, "the specialty of line 1 is not known to us")
    neither = "the ordering provider and the specialty of line 1 is not known to us"
    assert asked(both, case_of(a_line())) == (False, neither)


@pytest.mark.parametrize(("ends", "holds"), [(DAY, True), (DAY - ONE_DAY, False), (None, True)])
def test_who_orders_may_do_so_until_the_last_day(ends: dt.date | None, holds: bool):
    eligible = file_conditions.eligible(("ordering-provider",))
    case = case_of(a_line(ordering=OTHER), providers=(record(orders=(Span(dt.date(2025, 1, 1), ends),)),))
    fact = "may do so on 2026-03-02" if holds else "may not order or refer on 2026-03-02"
    assert asked(eligible, case) == (holds, f"the ordering provider of line 1 {fact}")


def test_who_is_not_named_or_not_on_file_may_order_nothing():
    eligible = file_conditions.eligible(("ordering-provider",))
    assert not asked(eligible, case_of(a_line()))[0]
    assert not asked(eligible, case_of(a_line(ordering=OTHER)))[0]


def test_every_provider_that_is_asked_for_must_be_eligible():
    both = file_conditions.eligible(("ordering-provider", "referring-provider"))
    orders = record(orders=(Span(DAY),))
    assert asked(both, case_of(a_line(ordering=OTHER, referring=OTHER), providers=(orders,)))[0]
    assert asked(both, case_of(a_line(ordering=OTHER), providers=(orders,))) == (
        False,
        "the referring provider of line 1 may not order or refer on 2026-03-02",
    )


def certified(
    level: CertificateLevel = CertificateLevel.FULL, ends: dt.date | None = None, number: str = "28D0000001"
) -> Case:
    own = record(certificates=(LaboratoryCertificate("28D0000001", Span(DAY, ends), level),))
    return case_of(a_line(), claim={"clia_number": number}, providers=(own,))


@pytest.mark.parametrize("needed", list(CertificateLevel))
@pytest.mark.parametrize("level", list(CertificateLevel))
def test_a_certificate_is_for_its_level_and_those_below(level: CertificateLevel, needed: CertificateLevel):
    held, fact = asked(file_conditions.certified_for(needed), certified(level))
    assert held is (level >= needed)
    assert fact == f"laboratory certificate 28D0000001 is {'' if held else 'not '}for such tests on 2026-03-02"


def test_of_several_certificates_the_best_under_the_number_on_the_claim_counts():
    own = record(
        certificates=(
            LaboratoryCertificate("28D0000001", ALWAYS, CertificateLevel.WAIVER),
            LaboratoryCertificate("28D0000001", ALWAYS, CertificateLevel.FULL),
            LaboratoryCertificate("28D0000002", ALWAYS, CertificateLevel.WAIVER),
        )
    )
    case = case_of(a_line(), claim={"clia_number": "28D0000001"}, providers=(own,))
    assert asked(file_conditions.certified_for(CertificateLevel.FULL), case)[0]
    assert asked(file_conditions.known(("laboratory-certificate",)), case)[0]


def test_a_certificate_counts_on_its_days_and_under_its_number():
    waiver = file_conditions.certified_for(CertificateLevel.WAIVER)
    assert asked(waiver, certified(ends=DAY))[0]
    over = msgspec.structs.replace(
        certified(ends=DAY), claim=a_claim(a_line(from_date=DAY + ONE_DAY), clia_number="28D0000001")
    )
    assert asked(waiver, over) == (False, "laboratory certificate 28D0000001 is not in force on 2026-03-03")
    assert not asked(waiver, certified(number="28D0000002"))[0]
    assert asked(waiver, certified(number="")) == (False, "laboratory certificate (none) is not in force on 2026-03-02")
    known = file_conditions.known(("laboratory-certificate",))
    assert asked(known, certified())[0]
    assert not asked(known, certified(number="28D0000002"))[0]


@pytest.mark.parametrize(
    ("first", "last", "held"),
    [(DAY, DAY, True), (DAY + ONE_DAY, None, False), (DAY - ONE_DAY, DAY - ONE_DAY, False), (DAY, None, True)],
)
def test_a_patient_is_elsewhere_from_the_first_day_through_the_last(first: dt.date, last: dt.date | None, held: bool):
    away = msgspec.structs.replace(MEMBER, elsewhere=(Elsewhere(ElsewhereKind.HOSPICE, Span(first, last)),))
    case = case_of(members=(away,))
    told = f"by our file the patient is {'' if held else 'not '}in home health or hospice care on 2026-03-02"
    both = file_conditions.elsewhere(frozenset({ElsewhereKind.HOSPICE, ElsewhereKind.HOME_HEALTH}))
    assert asked(both, case) == (held, told)
    assert not asked(file_conditions.elsewhere(frozenset({ElsewhereKind.MANAGED_CARE})), case)[0]


def test_nobody_who_is_not_on_file_is_elsewhere():
    assert not asked(file_conditions.elsewhere(frozenset(ElsewhereKind)), case_of(members=()))[0]


@pytest.mark.parametrize(
    ("chosen", "own"), [(RENDERING.npi, True), (BILLING.npi, True), (OTHER.npi, False), ("", False)]
)
def test_primary_care_is_given_by_whom_the_patient_has_chosen(chosen: str, own: bool):
    fact = f"the provider is {'' if own else 'not '}the primary care provider of the patient"
    assert asked(file_conditions.primary_care(), covered(primary_care_npi=chosen)) == (own, fact)
    assert asked(file_conditions.known(("primary-care-provider",)), covered(primary_care_npi=chosen))[0] is bool(chosen)


def test_nobody_without_an_npi_is_a_primary_care_provider():
    nameless = msgspec.structs.replace(covered(), claim=a_claim(a_line(rendering=Provider())))
    assert not asked(file_conditions.primary_care(), nameless)[0]


def test_the_lines_first_diagnosis_is_the_one_that_is_excluded():
    both = a_claim(a_line(diagnosis_pointers=(2, 1)), diagnoses=(Diagnosis("I10"), Diagnosis("E119")))
    older = msgspec.structs.replace(covered(preexisting=("E11",)), claim=both)
    assert asked(file_conditions.preexisting(), older) == (
        True,
        "diagnosis E119, the line's first, is excluded on 2026-03-02",
    )
    newer = msgspec.structs.replace(covered(preexisting=("I10",)), claim=both)
    assert not asked(file_conditions.preexisting(), newer)[0]


def test_without_coverage_there_is_no_primary_care_and_nothing_preexisting():
    case = case_of(coverage=())
    assert not asked(file_conditions.primary_care(), case)[0]
    assert not asked(file_conditions.preexisting(), case)[0]


@pytest.mark.parametrize(
    ("terms", "held"),
    [
        ({"preexisting": ("E11",)}, True),
        ({"preexisting": ("E119",)}, True),
        ({"preexisting": ("I10", "E1")}, True),
        ({"preexisting": ("I10",)}, False),
        ({}, False),
        ({"preexisting": ("E11",), "preexisting_through": DAY}, True),
        ({"preexisting": ("E11",), "preexisting_through": DAY - ONE_DAY}, False),
    ],
)
def test_a_diagnosis_older_than_the_coverage_is_excluded_until_the_last_day(terms: dict[str, Any], held: bool):
    fact = f"diagnosis E119, the line's first, is {'' if held else 'not '}excluded on 2026-03-02"
    assert asked(file_conditions.preexisting(), covered(**terms)) == (held, fact)


def test_a_line_without_diagnosis_has_nothing_preexisting():
    case = covered(preexisting=("E11",))
    bare = msgspec.structs.replace(case, claim=a_claim(a_line(diagnosis_pointers=())))
    assert asked(file_conditions.preexisting(), bare) == (False, "the line points at no diagnosis")


def test_terms_beside_the_days_are_left_out_of_the_stored_form_where_there_are_none():
    case = case_of()
    assert CoverageTerms() == NO_TERMS
    assert b"terms" not in msgspec.json.encode(case.coverage)


def test_a_line_counts_units_or_minutes():
    minutes = service_conditions.counts(UnitBasis.MINUTES)
    assert asked(minutes, case_of(a_line(unit_basis=UnitBasis.MINUTES)))[0]
    assert asked(minutes, case_of()) == (False, "the line counts units; the policy asks for minutes")


def test_a_drug_is_listed_by_code_and_unit():
    codes = service_conditions.drug_codes(CodeSet(prefixes=("999990001",)))
    units = service_conditions.drug_units(frozenset({"ML"}))
    assert asked(codes, case_of()) == (False, "the line gives no drug (loop 2410)")
    assert asked(units, case_of()) == (False, "the line gives no drug (loop 2410)")
    listed, other = (
        case_of(a_line(drug=Drug("99999000101", 1000, "ML"))),
        case_of(a_line(drug=Drug("99999000201", 1000))),
    )
    assert asked(codes, listed) == (True, "drug code 99999000101 is on the policy's list")
    assert asked(codes, other) == (False, "drug code 99999000201 is not on the policy's list")
    assert asked(units, listed) == (True, "unit ML of the drug (CTP05-1) is on the policy's list")
    assert asked(units, other) == (False, "no unit of the drug (CTP05-1) is not on the policy's list")


def test_a_service_is_abroad_where_its_place_is():
    abroad = service_conditions.abroad()
    mexico, home = Address(country="MX"), Address(country="US")
    assert asked(abroad, case_of(a_line(service_facility=Provider(name="CLINIC", address=mexico)))) == (
        True,
        "line 1 was given in country MX (N404)",
    )
    assert asked(abroad, case_of(a_line(service_facility=Provider(name="CLINIC", address=home)))) == (
        False,
        "line 1 was given in the United States",
    )
    there = msgspec.structs.replace(BILLING, address=mexico)
    assert asked(abroad, case_of(a_line(service_facility=Provider()), claim={"billing": there}))[0]
    assert not asked(abroad, case_of(a_line(service_facility=Provider(npi=OTHER.npi)), claim={"billing": there}))[0]
    assert not asked(abroad, case_of(a_line()))[0]


def earlier(**changes: Any) -> HistoryLine:
    return msgspec.structs.replace(an_earlier_line(from_date=DAY, through_date=DAY, procedure="82374"), **changes)


def test_a_service_of_the_day_counts_with_the_lines_own():
    two = service_conditions.same_day(TESTS, 2, "any", "any", "any")
    both = case_of(a_line(1, procedure="82310"), a_line(2, procedure="82374"))
    fact = "2 different services of the policy's list were given on 2026-03-02; the policy asks for 2"
    assert asked(two, both) == (True, fact)
    assert asked(two, both, 2)[0]
    assert not asked(two, case_of(a_line(1, procedure="82310"), a_line(2, procedure="82310")))[0]
    next_day = a_line(2, procedure="82374", from_date=DAY + ONE_DAY)
    assert not asked(two, case_of(a_line(1, procedure="82310"), next_day))[0]
    assert not asked(two, case_of(a_line(1, procedure="82310"), a_line(2)))[0]


def test_a_service_alone_on_its_day_has_none_beside_it():
    one = service_conditions.same_day(TESTS, 1, "any", "any", "any")
    assert asked(one, case_of(a_line(procedure="82310"))) == (False, "no such service was given on 2026-03-02")
    assert asked(one, case_of(a_line(1), a_line(2, procedure="82310"))) == (
        True,
        "such a service was given on 2026-03-02",
    )


def test_the_lines_own_procedure_is_meant_where_none_is_listed():
    again = service_conditions.same_day(None, 1, "other", "any", "history")
    other = earlier(billing_tax_id="999000077", procedure="99213")
    assert asked(again, case_of(history=(other,))) == (
        True,
        "such a service was given by another provider on 2026-03-02",
    )
    assert not asked(again, case_of(history=(msgspec.structs.replace(other, procedure="99214"),)))[0]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"state": LineState.PENDED}, True),
        ({"state": LineState.DENIED}, False),
        ({"member_id": "SOMEBODY"}, False),
        ({"claim_id": "CTEST00000000001"}, False),
        ({"from_date": DAY - ONE_DAY}, False),
        ({"procedure": "99213"}, False),
    ],
)
def test_an_earlier_service_of_the_day_counts_where_it_was_not_denied(changes: dict[str, Any], counts: bool):
    one = service_conditions.same_day(TESTS, 1, "any", "any", "any")
    assert asked(one, case_of(history=(earlier(**changes),)))[0] is counts


def test_nothing_counts_for_a_patient_who_is_not_on_file():
    one = service_conditions.same_day(TESTS, 1, "any", "any", "any")
    assert not asked(one, case_of(history=(earlier(),), members=()))[0]


@pytest.mark.parametrize(
    ("provider", "tax_id", "counts"),
    [
        ("same", BILLING.tax_id, True),
        ("same", "999000077", False),
        ("other", BILLING.tax_id, False),
        ("other", "999000077", True),
        ("any", BILLING.tax_id, True),
        ("any", "999000077", True),
    ],
)
def test_earlier_services_count_by_who_billed_them(provider: str, tax_id: str, counts: bool):
    one = service_conditions.same_day(TESTS, 1, provider, "any", "any")
    assert asked(one, case_of(history=(earlier(billing_tax_id=tax_id),)))[0] is counts


def test_another_provider_gave_nothing_of_this_claim():
    other = service_conditions.same_day(TESTS, 1, "other", "any", "any")
    assert asked(other, case_of(a_line(1), a_line(2, procedure="82310"))) == (
        False,
        "no such service was given by another provider on 2026-03-02",
    )
    two = service_conditions.same_day(TESTS, 2, "other", "any", "any")
    alone = case_of(a_line(procedure="82310"), history=(earlier(billing_tax_id="999000077"),))
    assert asked(two, alone)[0] is False


@pytest.mark.parametrize(("npi", "counts"), [(RENDERING.npi, True), (OTHER.npi, False)])
def test_services_count_by_who_gave_them(npi: str, counts: bool):
    one = service_conditions.same_day(TESTS, 1, "any", "same", "any")
    by = msgspec.structs.replace(RENDERING, npi=npi)
    assert asked(one, case_of(a_line(1), a_line(2, procedure="82310", rendering=by)))[0] is counts
    assert asked(one, case_of(history=(earlier(rendering_npi=npi),)))[0] is counts


def test_services_count_by_where_they_were_billed():
    on_claim = case_of(a_line(1), a_line(2, procedure="82310"))
    before = case_of(history=(earlier(),))
    here = service_conditions.same_day(TESTS, 1, "any", "any", "claim")
    there = service_conditions.same_day(TESTS, 1, "any", "any", "history")
    assert (asked(here, on_claim)[0], asked(here, before)[0]) == (True, False)
    assert (asked(there, on_claim)[0], asked(there, before)[0]) == (False, True)
    mine = service_conditions.same_day(TESTS, 1, "same", "any", "any")
    assert asked(mine, on_claim) == (True, "such a service was given by this provider on 2026-03-02")
