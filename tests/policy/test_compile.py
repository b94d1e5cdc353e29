"""What policy files become: text stays text, money is cents, versions are chosen by day, reasons are complete."""

import datetime as dt
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Audience, Verdict
from adjudicator.model.standing import Standing
from adjudicator.policy import conditions
from adjudicator.policy.answers import Answer
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Condition
from adjudicator.policy.fee_schedules import FlatFees, RelativeValueFees
from adjudicator.policy.load import compile_policies, content_of, digest_of, read_files
from adjudicator.policy.load.library import Library
from adjudicator.policy.policy_set import Criterion, PolicySet
from tests.building import a_case, a_claim, a_line
from tests.conftest import DEMO
from tests.policy.small_set import CITE, DOCUMENTS, PLAN, changed, small_set

DAY = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def small() -> PolicySet:
    return compile_policies(small_set())


def criterion(policies: PolicySet, name: str, day: dt.date = DAY) -> Criterion:
    return next(found for found in policies.coverage[0].on(day).criteria if found.id == name)


def test_every_scalar_stays_the_text_that_stands_in_the_file(small: PolicySet):
    payer = small.payer.on(DAY)
    assert (payer.tax_id, payer.address.state, payer.address.postal_code) == ("001234567", "NO", "000000000")
    flat = small.fees["fees/flat"].on(DAY)
    assert isinstance(flat, FlatFees)
    assert set(flat.facility_cents) == {"99213", "00100"}


def test_diagnoses_that_look_like_numbers_survive():
    files = changed("coverage/screening.yaml", "[E11*]", "[1E5*]")
    with pytest.raises(Exception, match=r"found '1E5\*'; write a diagnosis code"):
        compile_policies(files)
    read = compile_policies(changed("coverage/screening.yaml", "[E11*]", "['I10', e11.9]"))
    when = criterion(read, "need").when
    assert when is not None
    assert when(a_case(a_claim(a_line(from_date=DAY))), read, a_line(from_date=DAY), {1: 1000})[0]


def test_dollars_become_cents_and_shares_basis_points(small: PolicySet):
    plan = small.plan("plans/test", DAY)
    assert plan.in_network.deductible.individual_cents == 100_000
    visit, rest = plan.benefits
    assert (visit.in_network.copay_cents, visit.out_of_network.coinsurance_basis_points) == (3000, 4000)
    assert (rest.in_network.deductible, rest.out_of_network.covered) == (True, False)


@pytest.mark.parametrize(
    ("written", "fraction", "told"),
    [
        ("1.15", (115, 100), "1.15"),
        ("1", (1, 1), "1"),
        ("1.00", (1, 1), "1"),
        ("0.5", (5, 10), "0.5"),
        ("10", (10, 1), "10"),
    ],
)
def test_rates_become_exact_fractions(written: str, fraction: tuple[int, int], told: str):
    read = compile_policies(changed("contracts/inside.yaml", "rate: 1.15", f"rate: {written}"))
    rule = read.contract("contracts/inside", DAY).pay[1]
    assert (rule.rate_numerator, rule.rate_denominator, rule.rate) == (*fraction, told)


def test_relative_values_become_whole_numbers_and_na_nothing(small: PolicySet):
    fees = small.fees["fees/relative"].on(DAY)
    assert isinstance(fees, RelativeValueFees)
    found = fees.values.on(DAY).find("99213")
    assert found is not None
    value = found[1]
    assert value is not None
    assert (value.work_hundredths, value.practice_non_facility_hundredths, value.malpractice_hundredths) == (
        192,
        198,
        14,
    )
    assert value.practice_facility_hundredths is None
    index = fees.indices.on(DAY).find(fees.locality)
    assert index is not None
    assert (index.work_thousandths, fees.conversion_factor_ten_thousandths) == (1010, 334009)


def test_one_amount_is_the_fee_everywhere_and_a_place_left_out_has_none(small: PolicySet):
    fees = small.fees["fees/flat"].on(DAY)
    assert isinstance(fees, FlatFees)
    assert fees.non_facility_cents == {"99213": 9200}
    assert fees.facility_cents == {"99213": 9200, "00100": 4000}


def test_a_version_lasts_until_the_day_before_the_next_newer_one():
    newer = PLAN.replace("versions:\n", "").partition("  - effective")[2].replace(": 2025-01-01", ": 2026-01-01", 1)
    older = PLAN.replace("versions:\n", "versions:\n  - effective" + newer.replace("365", "180"))
    plan = compile_policies(small_set(plans__test=older)).plans["plans/test"]
    assert [version.span for version in plan.versions] == [
        Span(dt.date(2026, 1, 1)),
        Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
    ]
    assert plan.on(dt.date(2025, 12, 31)).filing_limit_days == 365
    assert plan.on(dt.date(2026, 1, 1)).filing_limit_days == 180
    assert plan.find(dt.date(2024, 12, 31)) is None


def test_a_withdrawn_document_has_no_version_from_that_day():
    withdrawal = f"versions:\n  - {{effective: 2026-01-01, withdrawn: true, {CITE}}}\n"
    files = small_set(coverage__screening=DOCUMENTS["coverage/screening.yaml"].replace("versions:\n", withdrawal))
    (screening,) = compile_policies(files).coverage
    assert screening.find(dt.date(2025, 12, 31)) is not None
    assert screening.find(dt.date(2026, 1, 1)) is None


def test_a_version_is_cut_where_a_set_that_it_names_changes():
    newer = f"versions:\n  - effective: 2025-07-01\n    {CITE}\n    codes: [99211-99215, G0121]\n"
    files = small_set(sets__visits=DOCUMENTS["sets/visits.yaml"].replace("versions:\n", newer))
    plan = compile_policies(files).plans["plans/test"]
    assert [version.stamp for version in plan.versions] == ["plans/test@2025-07-01", "plans/test@2025-01-01"]
    assert (
        plan.on(dt.date(2025, 6, 30)).benefit_for(Line(number=1, charge_cents=0, procedure="G0121")).id
        == "everything-else"
    )
    assert plan.on(dt.date(2025, 7, 1)).benefit_for(Line(number=1, charge_cents=0, procedure="G0121")).id == "visit"


def test_a_denial_carries_its_whole_reason(small: PolicySet):
    answer = criterion(small, "age").answer
    assert answer == Answer(
        rule="coverage/screening#age",
        verdict=Verdict.DENY,
        policy="coverage/screening@2025-01-01",
        group="CO",
        carc="6",
        remarks=("N129",),
        cite=small.coverage[0].on(DAY).cite,
        quote="Adults aged 45 through 75 years.",
    )


def test_a_group_that_is_left_out_is_the_one_of_the_lock_else_co(small: PolicySet):
    assert small.answer("exact-duplicate", DAY).group == "OA"
    assert small.authorization[0].on(DAY).rules[0].answer.group == "CO"


NEED = ('deny: "6", group: CO', 'deny: "50", group: CO')
EXPLAINED = (
    '      "50": {cause: Not needed., who: clinician, step: Appeal., remedy: appeal, appeal: true, patient: Nothing.}\n'
)


def with_medical_necessity(outcome: str) -> PolicySet:
    screening = DOCUMENTS["coverage/screening.yaml"].replace(*NEED).replace("remarks: [N129]", outcome)
    return compile_policies(
        small_set(coverage__screening=screening, guidance__all=DOCUMENTS["guidance/all.yaml"] + EXPLAINED)
    )


def test_a_reason_of_medical_necessity_waits_for_a_clinician_with_the_criterion_as_question():
    answer = criterion(with_medical_necessity("remarks: []"), "age").answer
    assert (answer.verdict, answer.queue, answer.carc) == (Verdict.PEND, "clinical", "50")
    assert answer.question == "Does the record meet this criterion: Adults aged 45 through 75 years."


def test_it_asks_the_policys_own_question_where_there_is_one():
    answer = criterion(with_medical_necessity('ask: "Is it needed all the same?"'), "age").answer
    assert answer.question == "Is it needed all the same?"


def test_it_denies_by_machine_only_where_the_policy_says_automatic():
    answer = criterion(with_medical_necessity("automatic: true"), "age").answer
    assert (answer.verdict, answer.queue) == (Verdict.DENY, "")


def in_mode(mode: str) -> PolicySet:
    guidance = (
        DOCUMENTS["guidance/all.yaml"]
        + "      pend/examiner: {"
        + ("cause: Looked at., who: payer, step: Wait., remedy: wait, patient: Nothing.}\n")
    )
    text = DOCUMENTS["coverage/screening.yaml"].replace("    procedures:", f"    mode: {mode}\n    procedures:", 1)
    return compile_policies(small_set(coverage__screening=text, guidance__all=guidance))


def test_a_rule_on_trial_lets_wait_what_it_would_deny():
    answer = criterion(in_mode("pend"), "age").answer
    assert (answer.verdict, answer.queue, answer.carc, answer.audience) == (
        Verdict.PEND,
        "examiner",
        "6",
        Audience.PROVIDER,
    )


@pytest.mark.parametrize("name", ["age", "need"])
def test_a_rule_that_observes_only_notes_internally(name: str):
    answer = criterion(in_mode("observe"), name).answer
    assert (answer.verdict, answer.queue, answer.audience) == (Verdict.INFORM, "", Audience.INTERNAL)


def test_our_own_faults_are_internal_and_other_answers_are_not():
    fault = (
        "      fault: {fault: system, ask: Mend it., cause: We failed., who: payer, step: Wait., remedy: wait, "
        "patient: Nothing.}\n    reasons:"
    )
    policies = compile_policies(changed("guidance/all.yaml", "    reasons:", fault))
    assert policies.answer("fault", DAY).audience is Audience.INTERNAL
    assert policies.answer("billing-npi.invalid", DAY).audience is Audience.PROVIDER
    assert policies.answer("billing-npi.invalid", DAY).statuses == ("A7:562:85",)


def diagnoses(*items: str) -> CodeSet:
    return Library({}).code_set(items, "diagnoses", DAY)


@pytest.mark.parametrize(
    ("code", "inside"),
    [("I19", False), ("I20", True), ("I209", True), ("I2510", True), ("I25", True), ("I26", False), ("I2", False)],
)
def test_a_range_of_diagnoses_holds_its_categories_and_all_below_them(code: str, inside: bool):
    assert (code in diagnoses("I20-I25")) is inside


@given(st.from_regex(r"[A-Z][0-9A-Z]{2,6}", fullmatch=True), st.data())
def test_a_range_of_diagnoses_holds_exactly_what_lies_between_its_ends(code: str, data: st.DataObject):
    category = st.from_regex(r"[A-Z][0-9A-Z]{2}", fullmatch=True)
    first, last = sorted((data.draw(category), data.draw(category)))
    assert (code in diagnoses(f"{first}-{last}")) == (first <= code[:3] <= last)


def test_a_wide_range_of_diagnoses_stays_short():
    assert len(diagnoses("A00-ZZZ").prefixes) == 26


def test_the_digest_is_of_the_content_alone():
    files = read_files(DEMO)
    digest = digest_of(files)
    shuffled = list(files.items())
    random.Random(1).shuffle(shuffled)
    assert digest_of(dict(shuffled)) == digest
    assert digest_of({path: text for path, text in files.items() if not path.endswith(".test.yaml")}) == digest
    assert digest_of(files | {"README.md": b"Read me."}) == digest
    assert compile_policies(files).digest == digest


def test_every_change_of_a_document_or_table_changes_the_digest():
    files = small_set()
    digests = {digest_of(files)}
    for path in files:
        digests.add(digest_of(files | {path: files[path] + b"# a comment\n"}))
        digests.add(digest_of({other: text for other, text in files.items() if other != path}))
    assert len(digests) == 1 + 2 * len(files)


def test_no_file_can_pass_for_two():
    two = digest_of({"a.yaml": b"1", "b.yaml": b"2"})
    assert two != digest_of({"a.yaml": b"1b.yaml2"})
    assert two != digest_of({"a.yaml": b"1b.yaml\x002"})
    assert two != digest_of({"a.yaml": b"1b.yaml\x001\x002"})


def told(policies: PolicySet) -> list[Any]:
    """Plans and contracts without their conditions: these are functions, which equal only themselves."""
    found: list[Any] = []
    for plan in (version for document in policies.plans.values() for version in document.versions):
        found += [
            msgspec.structs.replace(plan, exclusions=(), payment_reductions=(), waivers=()),
            [x.answer for x in plan.exclusions],
        ]
        found += [msgspec.structs.replace(clause, when=None) for clause in (*plan.payment_reductions, *plan.waivers)]
    for contract in (version for document in policies.contracts.values() for version in document.versions):
        found += [msgspec.structs.replace(contract, capitated=(), payment_reductions=())]
        found += [row.answer for row in contract.capitated]
        found += [msgspec.structs.replace(clause, when=None) for clause in contract.payment_reductions]
    return found


def test_an_archive_gives_the_same_policy_set_again():
    files = read_files(DEMO)
    first, again = compile_policies(files), compile_policies(content_of(files))
    assert again.digest == first.digest
    for name in ("payer", "guidance", "fees", "tables"):
        assert getattr(again, name) == getattr(first, name)
    assert told(again) == told(first)
    assert [[r.answer for v in document.versions for r in v.rules] for document in again.authorization] == [
        [r.answer for v in document.versions for r in v.rules] for document in first.authorization
    ]
    assert [[c.answer for v in document.versions for c in v.criteria] for document in again.coverage] == [
        [c.answer for v in document.versions for c in v.criteria] for document in first.coverage
    ]


def coding(procedures: str) -> str:
    return DOCUMENTS["coverage/screening.yaml"].replace("kind: coverage", "kind: coding").replace("[G0121]", procedures)


def test_a_line_meets_only_the_policies_that_name_its_procedure():
    files = small_set(
        coding__a=coding("[G0121, '99213']"),
        coding__b=coding("any"),
        coding__c=coding("['00100']"),
        coding__d=coding("[9921*]"),
    )
    policies = compile_policies(files)

    def met(procedure: str) -> list[str]:
        return [version.document for version in policies.coding_by_procedure.naming(procedure)]

    assert met("G0121") == ["coding/a", "coding/b"]
    assert met("00100") == ["coding/b", "coding/c"]
    assert met("99213") == ["coding/a", "coding/b", "coding/d"]
    assert met("99215") == ["coding/b", "coding/d"]
    assert [version.document for version in policies.coverage_by_procedure.naming("G0121")] == ["coverage/screening"]
    assert not policies.coverage_by_procedure.naming("99213")


def test_a_policy_is_met_under_the_procedures_of_the_version_in_force():
    newer = f"versions:\n  - effective: 2026-01-01\n    {CITE}\n" + coding("['99213']").partition(f"{CITE}\n")[2]
    files = small_set(coding__a=coding("[G0121]").replace("versions:\n", newer))
    index = compile_policies(files).coding_by_procedure
    for procedure, day, stamps in (
        ("99213", dt.date(2026, 1, 1), ["coding/a@2026-01-01"]),
        ("99213", dt.date(2025, 12, 31), []),
        ("G0121", dt.date(2026, 1, 1), []),
        ("G0121", dt.date(2025, 12, 31), ["coding/a@2025-01-01"]),
    ):
        assert [version.stamp for version in index.naming(procedure) if version.span.covers(day)] == stamps


def test_a_coding_policy_names_its_findings_by_its_folder():
    policies = compile_policies(small_set(coding__a=coding("[G0121]")))
    assert [criterion.answer.rule for criterion in policies.coding[0].on(DAY).criteria] == [
        "coding/a#age",
        "coding/a#need",
    ]


@pytest.mark.parametrize(
    ("first", "second", "diagnoses", "modifiers"),
    [
        ("{diagnoses: [E11*]}", "{claim_diagnoses: [I10]}", ("E119", "I10"), None),
        ("{diagnoses: [E11*]}", "{age_years: {min: 1}}", None, None),
        ("{all: [{primary_diagnosis: [E119]}, {sex: F}]}", "{diagnoses: [I10]}", ("E119", "I10"), None),
        ("{any: [{diagnoses: [E119]}, {sex: F}]}", "{diagnoses: [I10]}", None, None),
        ("{not: {diagnoses: [E119]}}", "{diagnoses: [I10]}", None, None),
        ("{modifiers: ['25']}", "{all: [{sex: F}, {modifiers: ['25']}]}", None, ("25",)),
        ("{modifiers: ['25']}", "{not: {modifiers: ['25']}}", None, None),
    ],
)
def test_what_every_criterion_needs_is_known_beforehand(
    first: str, second: str, diagnoses: tuple[str, ...] | None, modifiers: tuple[str, ...] | None
):
    written = coding("any").partition("    criteria:\n")[0]
    then = 'then: {deny: "6", group: CO, remarks: [N129]}'
    written += "    criteria:\n" + "".join(
        f"      - {{id: {name}, quote: A rule., when: {when}, {then}}}\n"
        for name, when in (("a", first), ("b", second))
    )
    (version,) = compile_policies(small_set(coding__a=written)).coding[0].versions
    for needed, listed, other in ((version.diagnoses, diagnoses, "E109"), (version.modifiers, modifiers, "26")):
        assert (needed is None) is (listed is None)
        if needed is not None and listed is not None:
            assert all(code in needed for code in listed)
            assert other not in needed


def test_where_a_rule_applies_stops_at_the_first_word_that_does_not_hold(small: PolicySet):
    told: list[str] = []

    def word(name: str, held: bool) -> Condition:
        def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
            told.append(name)
            return held, name

        return holds

    case = a_case()
    line = case.claim.lines[0]
    when = conditions.first_of((word("first", True), word("second", False), word("third", True)))
    assert when(case, small, line, {1: 1000}) == (False, "second")
    assert told == ["first", "second"]
    whole = conditions.first_of((word("first", True), word("second", True)))
    assert whole(case, small, line, {1: 1000}) == (True, "first; second")
