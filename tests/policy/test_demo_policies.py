"""The demo payer: loads clean, every document has its examples, every example holds, and the facts in its tables are right."""

import csv
import datetime as dt
import json

import pytest

from adjudicator.engine import RULES, adjudicate
from adjudicator.model.claim import Line
from adjudicator.model.standing import billed
from adjudicator.policy.answers import guidance_keys
from adjudicator.policy.document import PolicyGap
from adjudicator.policy.fee_schedules import FeeRequest
from adjudicator.policy.load import (
    ExampleResult,
    PolicyErrors,
    compile_policies,
    inspect_policies,
    json_schema,
    load_policies,
    measure_examples,
    read_files,
    reference,
    run_examples,
)
from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.library import Library
from adjudicator.policy.load.versions import parts_of
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.unit_fees import unit_fee
from tests.conftest import DEMO, ROOT

DAY = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def ran(demo: PolicySet) -> tuple[ExampleResult, ...]:
    return run_examples(read_files(DEMO), demo, adjudicate)


def test_it_loads_with_an_answer_for_every_rule_of_the_engine():
    policies = load_policies(DEMO, RULES)
    assert {policies.answer(rule, DAY).rule for rule in RULES} == set(RULES)


def test_every_example_holds(ran: tuple[ExampleResult, ...]):
    assert [str(result) for result in ran if not result.passed] == []


def test_every_document_has_examples(ran: tuple[ExampleResult, ...]):
    documents = {path for path in read_files(DEMO) if path.endswith(".yaml") and not path.endswith(".test.yaml")}
    assert {result.file.replace(".test.yaml", ".yaml") for result in ran} == documents


def test_the_examples_show_every_rule_from_both_sides_but_the_engines_own_failure(demo: PolicySet):
    _, rules = measure_examples(read_files(DEMO), demo, adjudicate)
    assert set(RULES) < {rule.rule for rule in rules}
    assert {rule.rule for rule in rules if rule.holes} == {"fault"}


def test_nothing_in_it_is_doubtful():
    _, warnings = inspect_policies(read_files(DEMO), RULES, adjudicate)
    assert [str(warning) for warning in warnings] == []


def test_every_day_since_2025_has_a_version_of_everything_that_pays(demo: PolicySet):
    first = dt.date(2025, 1, 1)
    for day in (first + dt.timedelta(offset) for offset in range(0, 1100, 7)):
        for documents in (demo.plans, demo.contracts, demo.fees, demo.tables):
            assert all(document.find(day) for document in documents.values())
        assert demo.payer.on(day)
        assert all(document.find(day) for document in demo.guidance)
    with pytest.raises(PolicyGap):
        demo.plan("plans/ppo-gold", first - dt.timedelta(1))


def test_every_answer_that_can_come_out_is_explained(demo: PolicySet):
    answers = [demo.answer(rule, DAY) for rule in RULES]
    answers += [c.answer for document in (*demo.coverage, *demo.coding) for v in document.versions for c in v.criteria]
    answers += [rule.answer for document in demo.authorization for v in document.versions for rule in v.rules]
    for answer in answers:
        if answer.verdict.name == "INFORM" and answer.audience.name == "INTERNAL":
            continue
        keys = guidance_keys(answer.finding("because"))
        assert any(demo.guidance_for(key, DAY) for key in keys), keys


def test_the_worked_relative_value_example_comes_out_to_the_cent(demo: PolicySet):
    fees = demo.fees["fees/professional"].on(DAY)
    assert [unit_fee(fees, FeeRequest("99214", DAY, facility)).cents for facility in (False, True)] == [13328, 9544]  # type: ignore[union-attr]


def test_a_contract_is_chosen_by_the_date_of_service(demo: PolicySet):
    riverside = demo.contracts["contracts/riverside-medical-group"]
    rates = {day: riverside.on(day).rows_for("99213")[0] for day in (dt.date(2025, 12, 31), dt.date(2026, 1, 1))}
    assert [rule.rate for rule in rates.values() if rule] == ["1.1", "1.15"]


def test_texts_name_no_patient_and_promise_nothing_from_the_patient_for_a_group_that_no_patient_owes(demo: PolicySet):
    for rule in RULES:
        answer, step = demo.answer(rule, DAY), demo.guidance_for(rule, DAY)
        assert step is not None
        if answer.group in ("CO", "OA"):
            assert step.patient.startswith("Nothing"), rule
            assert step.remedy != "bill_patient"


def test_reason_codes_carry_the_locks_and_marks_of_the_lists(demo: PolicySet):
    carc = demo.table("carc", DAY)
    marked = {code for code, entries in carc.codes.items() if entries[-1].needs_remark}
    assert marked == {
        "16",
        "96",
        "129",
        "148",
        "201",
        "226",
        "227",
        "234",
        "237",
        "250",
        "251",
        "252",
        "267",
        "307",
        "A1",
    }
    locks = {code: "".join(sorted(entries[-1].groups)) for code, entries in carc.codes.items() if entries[-1].groups}
    oa = dict.fromkeys(["18", "23", "133", "136", "209", "257", "271", "277"], "OA")
    pr = dict.fromkeys(["85", "201", "229", "238", "275"], "PR")
    shares = dict.fromkeys(["1", "2", "3"], "PR")  # this payer's own lock
    co = dict.fromkeys(["139", "249", "281", "303"], "CO")
    assert locks == oa | pr | shares | co | {"45": "COPR", "278": "COPI"}
    assert {code for code, entries in carc.codes.items() if entries[-1].claims_only} == {"192", "225", "229"}
    assert {code for code, entries in carc.codes.items() if entries[-1].partial} == {"45"}


@pytest.mark.parametrize(
    "code", ["15", "17", "25", "38", "47", "57", "62", "138", "165", "A2", "B5", "B18", "D1", "W1", "Y3"]
)
def test_withdrawn_reason_codes_cannot_be_used(demo: PolicySet, code: str):
    assert demo.table("carc", DAY).entry(code, DAY) is None


@pytest.mark.parametrize("code", ["N14", "N29", "N225", "N365", "N735", "M43", "M78", "MA11", "MA130"])
def test_withdrawn_remark_codes_cannot_be_used(demo: PolicySet, code: str):
    assert (demo.table("rarc", DAY).entry(code, DAY) is None) is (code != "MA130")


def test_places_have_the_facility_flag_of_the_fee_schedule(demo: PolicySet):
    places = demo.table("places", DAY).codes
    facilities = {code for code, entries in places.items() if entries[0].facility}
    assert facilities == {
        "02",
        "06",
        "08",
        "19",
        "21",
        "22",
        "23",
        "24",
        "26",
        "31",
        "34",
        "41",
        "42",
        "51",
        "52",
        "53",
        "56",
        "61",
    }
    assert {"11", "10", "20", "32", "49", "65", "81", "99"} <= set(places) - facilities


def test_headings_and_codes_of_other_years_are_told_from_codes_in_force(demo: PolicySet):
    diagnoses = demo.table("diagnoses", DAY)
    heading, leaf = diagnoses.entry("E11", DAY), diagnoses.entry("E119", DAY)
    assert heading and leaf and (heading.billable, leaf.billable) == (False, True)
    before, since = (diagnoses.entry("M545", day) for day in (dt.date(2021, 9, 30), dt.date(2021, 10, 1)))
    assert before and since and (before.billable, since.billable) == (True, False)
    procedures = demo.table("procedures", DAY)
    ended, begun = dt.date(2024, 12, 31), dt.date(2025, 1, 1)
    assert procedures.entry("99441", ended) and not procedures.entry("99441", begun)
    assert procedures.entry("98005", begun) and not procedures.entry("98005", ended)


def rows(path, column: str) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row[column]: row for row in csv.DictReader(file)}


def test_reason_codes_agree_with_the_public_list(demo: PolicySet, shared_data):
    public = rows(shared_data / "codes" / "carc_2024.csv", "adj_code")
    ours = demo.table("carc", DAY).codes
    assert set(public) <= set(ours)
    for code, row in public.items():
        assert (ours[code][0].span.ends is not None) is bool(row["adj_end_date"]), code
        assert ours[code][0].span.effective.isoformat() == row["adj_start_date"], code


def test_remark_codes_agree_with_the_public_list(demo: PolicySet, shared_data):
    public = rows(shared_data / "codes" / "rarc_2024.csv", "adj_code")
    ours = demo.table("rarc", DAY).codes
    assert set(public) <= set(ours)
    for code, row in public.items():
        assert ours[code][0].alert is row["adj_description"].startswith("Alert"), code


def test_diagnoses_agree_with_the_public_list(demo: PolicySet, shared_data):
    import gzip

    with gzip.open(shared_data / "codes" / "icd10cm_2026apr.csv.gz", "rt", encoding="utf-8") as file:
        public = {row["code_nodot"]: row["billable"] == "1" for row in csv.DictReader(file)}
    diagnoses = demo.table("diagnoses", dt.date(2026, 4, 1))
    for code in diagnoses.codes:
        entry = diagnoses.entry(code, dt.date(2026, 4, 1))
        assert entry is not None and entry.billable is public[code], code


def test_the_schema_beside_the_policies_is_the_one_of_the_models():
    written = (ROOT / "policies" / "schema.json").read_text(encoding="utf-8")
    assert written == json.dumps(json_schema(), indent=2) + "\n", "run: adjudicator policy schema --write"


def test_the_reference_in_the_readme_is_the_one_of_the_models():
    written = (ROOT / "policies" / "README.md").read_text(encoding="utf-8")
    begin, end = "<!-- generated by `adjudicator policy reference --write` -->", "<!-- end of generated part -->"
    generated = written.partition(begin)[2].partition(end)[0]
    assert generated.strip() == reference().strip(), "run: adjudicator policy reference --write"


def test_the_schema_picks_the_document_by_its_kind_and_all_its_references_lead_somewhere():
    schema = json_schema()
    kinds = schema["properties"]["kind"]["enum"]
    assert [rule["if"]["properties"]["kind"]["const"] for rule in schema["allOf"][:-1]] == kinds
    text = json.dumps(schema)
    for part in text.split('"#/$defs/')[1:]:
        assert part.partition('"')[0] in schema["$defs"]


def test_each_document_asks_an_editor_for_the_schema():
    for path in sorted(DEMO.rglob("*.yaml")):
        if not path.name.endswith(".test.yaml"):
            first = path.read_text(encoding="utf-8").splitlines()[0]
            named = first.removeprefix("# yaml-language-server: $schema=")
            assert (path.parent / named).resolve() == ROOT / "policies" / "schema.json", path


def test_every_word_of_the_reference_is_explained():
    for row in reference().splitlines():
        if row.startswith("| `") and not row.startswith("| `kind`"):
            assert not row.endswith("|  |"), row


ASKED_IN_MEDICAL_POLICIES = {
    *("age_years", "sex", "diagnoses", "procedures", "modifiers", "places", "specialty", "provider", "network", "plan"),
    *("units", "charge", "never", "none_since", "at_most", "authorization", "all", "any", "not"),
}
"""Age, sex, diagnoses, procedures, modifiers, place, specialty, kind of provider, network, plan, units, charge, look-backs,
authorization, all/any/not."""


def test_every_word_of_conditions_is_used_and_the_main_ones_in_medical_policies():
    used: dict[str, set[str]] = {}
    for path, entry in Library(read_files(DEMO)).entries.items():
        for _, part in parts_of(entry.document, ()) if entry.document else ():
            if isinstance(part, Condition):
                used.setdefault(path.partition("/")[0], set()).update(part.model_fields_set)
    words = {field.alias or name: name for name, field in Condition.model_fields.items()}
    assert {word for word, name in words.items() if name not in set().union(*used.values())} == set()
    assert {word for word in ASKED_IN_MEDICAL_POLICIES if words[word] not in used["coverage"]} == set()


def test_conditions_never_ask_a_line_for_what_it_lacks(demo: PolicySet):
    from tests.building import a_case, a_claim

    bare = Line(number=1, charge_cents=100, from_date=DAY)
    case = a_case(a_claim(bare, diagnoses=()), plan="plans/ppo-gold", participations=())
    for document in (*demo.coverage, *demo.coding):
        for criterion in document.versions[0].criteria:
            for condition in (criterion.when, criterion.require):
                if condition:
                    held, fact = condition(case, demo, bare, billed(case.claim))
                    assert isinstance(held, bool) and fact


@pytest.mark.parametrize("share", ["copay", "deductible", "coinsurance"])
def test_a_members_share_can_never_be_written_off_at_the_provider(share: str):
    files = read_files(DEMO)
    text = files["guidance/payment.yaml"].decode()
    start = text.index(f"      {share}:\n")
    group = text.index("group: PR", start)
    files["guidance/payment.yaml"] = (text[:group] + "group: CO" + text[group + len("group: PR") :]).encode()
    with pytest.raises(PolicyErrors, match=f"{share}"):
        compile_policies(files, RULES)
