"""What the physician fee schedule says of a procedure: status, modifiers, parts of tests, shared operations (domain/02, 3.I)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import HistoryLine, LineState, ProviderKind, ProviderRecord
from adjudicator.model.claim import ClaimType, Line
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.code_editing import CodeEditing
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import CodingTable, Indicators, ProcedureIndicators
from adjudicator.policy.document import Document
from adjudicator.policy.editing_rules import FeeScheduleRules, StatusMeaning, StatusRow
from adjudicator.policy.policy_set import PolicySet
from tests.building import BILLING, RENDERING, SERVICE_DAY, a_case, a_claim, a_line, an_earlier_line, worked_policies

VISIT, TEST, OPERATION, OXIMETRY = "99213", "71046", "27447", "94010"
DAY = dt.timedelta(days=1)
ORTHOPEDICS, RADIOLOGY, SURGICAL_CENTER = "207X00000X", "2085R0202X", "261QA1903X"
OURS = msgspec.structs.replace(RENDERING, taxonomy=ORTHOPEDICS)
COLLEAGUE = msgspec.structs.replace(RENDERING, npi="1888888884", taxonomy=RADIOLOGY)
OTHERS = {"billing_tax_id": "999000077", "billing_npi": "1888888884", "rendering_npi": "1888888884"}


def editing_of(policies: PolicySet) -> CodeEditing:
    assert policies.editing is not None
    return policies.editing.versions[0]


def rules_of(policies: PolicySet) -> FeeScheduleRules:
    rules = editing_of(policies).fee_schedule
    assert rules is not None
    return rules


def edited(demo: PolicySet, rows: Mapping[str, Indicators], **fee_schedule: Any) -> PolicySet:
    """The worked example's policies with the demo payer's code editing and a fee schedule's indicators of plain rows."""
    editing = editing_of(demo)
    rules = msgspec.structs.replace(rules_of(demo), **fee_schedule)
    version = msgspec.structs.replace(editing, fee_schedule=rules, visits=None)
    table = ProcedureIndicators.of((code, "", row) for code, row in rows.items())
    return msgspec.structs.replace(
        worked_policies(demo),
        editing=Document("coding/editing", "Code editing", (version,)),
        coding_tables={"procedure-indicators": CodingTable(Document(table.document, "Indicators", (table,)))},
    )


def decided(policies: PolicySet, *lines: Line, history: Iterable[HistoryLine] = (), **case: Any) -> Decision:
    return adjudicate(a_case(a_claim(*lines), history=tuple(history), **case), policies)


def that_day(service: str, /, **changes: Any) -> HistoryLine:
    """A line of an earlier claim of the same provider and day, paid unless told otherwise."""
    line = an_earlier_line(
        from_date=SERVICE_DAY, through_date=SERVICE_DAY, procedure=service, taxonomies=(ORTHOPEDICS,)
    )
    return msgspec.structs.replace(line, **changes)


def rules(decision: Decision) -> set[tuple[str, int]]:
    apart = ("unsupported.", "modifier.")
    return {(finding.rule, finding.line) for finding in decision.findings if not finding.rule.startswith(apart)}


def reason(decision: Decision, line: int = 1) -> str:
    """The deciding reason of a line with its remarks; empty where it is paid."""
    found = decision.lines[line - 1]
    if found.verdict is not Verdict.DENY:
        return ""
    return "/".join((f"{found.adjustments[0].group}-{found.adjustments[0].carc}", *found.remarks))


# Status


@pytest.mark.parametrize(
    ("status", "rule", "outcome"),
    [
        ("A", None, ""),
        ("J", None, ""),
        ("E", None, ""),
        ("X", None, ""),
        ("N", None, ""),
        ("I", None, ""),
        ("T", None, ""),
        ("B", "status.bundled", "CO-97/M15"),
        ("P", "status.bundled", "CO-97/M15"),
        ("M", "status.reporting", "CO-246/N620"),
        ("C", "status.by-report", None),
        # The policy has a row of it for trimming nails and for teeth.
        ("R", "status.unknown", None),
        # The policy has no row for it.
        ("G", "status.unknown", None),
    ],
)
def test_what_each_status_means_to_the_demo_payers_commercial_plans(demo, status, rule, outcome):
    decision = decided(edited(demo, {VISIT: Indicators(status=status)}), a_line())
    assert rules(decision) == ({(rule, 1)} if rule else set())
    if outcome is None:
        assert decision.disposition is Disposition.PENDED
    else:
        assert reason(decision) == outcome


def test_a_row_for_some_plans_holds_for_them_alone_and_the_first_row_counts(demo):
    def rows(*plans: str) -> PolicySet:
        statuses = (
            StatusRow(frozenset("I"), StatusMeaning.NOT_VALID, frozenset(plans)),
            StatusRow(frozenset("I"), StatusMeaning.NOT_COVERED, frozenset()),
        )
        return edited(demo, {VISIT: Indicators(status="I")}, statuses=statuses)

    assert reason(decided(rows("plans/worked"), a_line())) == "CO-16/N657"
    assert reason(decided(rows("plans/other"), a_line())) == "PR-96/N425"
    assert reason(decided(rows(), a_line())) == "CO-16/N657"
    nobody = decided(rows("plans/worked"), a_line(), coverage=())
    assert ("status.not-covered", 1) in rules(nobody)


def test_a_procedure_that_the_schedule_does_not_list_has_no_status(demo):
    assert not rules(decided(edited(demo, {}), a_line()))


def test_codes_that_only_report_do_so_whatever_their_status(demo):
    reporting = CodeSet(ranges=(("9920F", "9930F"), ("99210", "99213")))
    decision = decided(edited(demo, {VISIT: Indicators()}, reporting=reporting), a_line())
    assert reason(decision) == "CO-246/N620"


def test_a_range_of_codes_with_a_letter_at_the_end_holds_only_such():
    quality = CodeSet(ranges=(("0001F", "9007F"),))
    assert "0001F" in quality and "3044F" in quality and "9007F" in quality
    assert (
        "9008F" not in quality
        and "3044T" not in quality
        and "43044" not in quality
        and "99213" not in CodeSet(ranges=(("0001F", "9999F"),))
    )
    assert "A0427" in CodeSet(ranges=(("A0425", "A0429"),))
    assert "C7B" in CodeSet(ranges=(("C7A", "C9A"),))
    assert "J44" in CodeSet(ranges=(("I00", "J9A"),))


def test_a_quality_code_without_a_charge_is_reported_and_nothing_is_owed(demo):
    policies = edited(demo, {VISIT: Indicators(), "83036": Indicators(status="M")})
    decision = decided(policies, a_line(1), a_line(2, procedure="83036", charge_cents=0))
    assert rules(decision) == {("status.reporting", 2)}
    assert decision.lines[0].verdict is not Verdict.DENY


def test_one_case_is_held_against_each_policy_set_by_itself(demo):
    case = a_case(a_claim(a_line()))
    for status, found in (("A", set()), ("B", {("status.bundled", 1)}), ("M", {("status.reporting", 1)})):
        assert rules(adjudicate(case, edited(demo, {VISIT: Indicators(status=status)}))) == found


def test_nothing_is_asked_without_a_table_a_rule_or_a_professional_claim(demo):
    policies = edited(demo, {VISIT: Indicators(status="B")})
    assert not rules(decided(msgspec.structs.replace(policies, coding_tables={}), a_line()))
    assert not rules(decided(msgspec.structs.replace(policies, editing=None), a_line()))
    version = msgspec.structs.replace(editing_of(policies), fee_schedule=None)
    without = msgspec.structs.replace(policies, editing=Document("coding/editing", "Code editing", (version,)))
    assert not rules(decided(without, a_line()))
    institutional = adjudicate(a_case(a_claim(a_line(), claim_type=ClaimType.INSTITUTIONAL)), policies)
    assert not rules(institutional)


# What is paid only by itself


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        (a_line(2), "status.beside-another"),
        (a_line(2, procedure="80053"), None),
        (a_line(2, procedure="36415"), None),
        (a_line(2, procedure="99999"), None),
        (a_line(2, from_date=SERVICE_DAY - DAY, through_date=SERVICE_DAY - DAY), None),
        (a_line(2, rendering=COLLEAGUE), None),
        (a_line(2, modifiers=("ZZ",)), None),
        (a_line(2, procedure="0439T"), "status.beside-another"),
    ],
)
def test_what_is_paid_only_by_itself_falls_beside_a_payable_service_of_the_provider(demo, other, rule):
    rows = {
        VISIT: Indicators(),
        OXIMETRY: Indicators(status="T"),
        "80053": Indicators(status="X"),
        "36415": Indicators(status="T"),
        "0439T": Indicators(status="C"),
    }
    lesser = a_line(1, procedure=OXIMETRY, rendering=OURS)
    if other.rendering is RENDERING:
        other = msgspec.structs.replace(other, rendering=OURS)
    found = {found for found, line in rules(decided(edited(demo, rows), lesser, other)) if line == 1}
    assert found == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "status.beside-another"),
        ({"state": LineState.PENDED}, "status.other-waits"),
        ({"state": LineState.DENIED}, None),
        (OTHERS, None),
        ({"procedure": "36415"}, None),
        ({"procedure": "80053"}, None),
    ],
)
def test_a_service_of_the_day_on_an_earlier_claim_counts_as_it_was_decided(demo, changes, rule):
    rows = {VISIT: Indicators(), OXIMETRY: Indicators(status="T"), "36415": Indicators(status="T")}
    line = a_line(procedure=OXIMETRY, rendering=OURS)
    decision = decided(edited(demo, rows), line, history=[that_day(VISIT, **changes)])
    assert rules(decision) == ({(rule, 1)} if rule else set())
    if rule == "status.beside-another":
        assert reason(decision) == "CO-97/N19"


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({}, True),
        ({"state": LineState.PENDED}, False),
        ({"state": LineState.DENIED}, False),
        (OTHERS, False),
        ({"procedure": VISIT, "modifiers": ("25",)}, False),
    ],
)
def test_a_payable_service_after_one_that_is_paid_only_by_itself_never_passes_unseen(demo, changes, waits):
    rows = {VISIT: Indicators(), "99214": Indicators(), OXIMETRY: Indicators(status="T")}
    decision = decided(
        edited(demo, rows), a_line(procedure="99214", rendering=OURS), history=[that_day(OXIMETRY, **changes)]
    )
    assert rules(decision) == ({("status.part-was-paid", 1)} if waits else set())


def test_each_thing_is_told_once_of_a_line(demo):
    rows = {
        VISIT: Indicators(),
        "99214": Indicators(),
        OXIMETRY: Indicators(status="T"),
        "36415": Indicators(status="T"),
    }
    lines = (a_line(1, procedure=OXIMETRY), a_line(2), a_line(3, procedure="99214"))
    found = [f for f in decided(edited(demo, rows), *lines).findings if f.rule == "status.beside-another"]
    assert len(found) == 1
    history = [that_day(OXIMETRY), that_day("36415")]
    found = [
        f for f in decided(edited(demo, rows), a_line(), history=history).findings if f.rule == "status.part-was-paid"
    ]
    assert len(found) == 1


# Modifiers by indicator


@pytest.mark.parametrize("modifier", ["80", "81", "82", "AS"])
@pytest.mark.parametrize(
    ("indicator", "rule"),
    [
        ("0", "indicator.documentation"),
        ("1", "assistant-surgeon.not-allowed"),
        ("2", None),
        ("9", "assistant-surgeon.not-allowed"),
        ("7", "indicator.unknown"),
    ],
)
def test_an_assistant_is_paid_by_the_procedures_indicator(demo, modifier, indicator, rule):
    policies = edited(demo, {OPERATION: Indicators(assistant=indicator)})
    decision = decided(policies, a_line(procedure=OPERATION, modifiers=(modifier,)))
    assert rules(decision) == ({(rule, 1)} if rule else set())
    if rule == "assistant-surgeon.not-allowed":
        assert reason(decision) == "CO-54"
    else:  # The price under these modifiers is not worked out yet.
        assert decision.disposition is Disposition.PENDED


@pytest.mark.parametrize(
    ("field", "modifier", "outcomes", "refusal", "carc"),
    [
        ("co_surgeon", "62", {"0": False, "1": None, "2": True, "9": False}, "co-surgeon.not-allowed", "CO-54"),
        ("team", "66", {"0": False, "1": None, "2": True, "9": False}, "surgical-team.not-allowed", "CO-54"),
        (
            "bilateral",
            "50",
            {"0": False, "1": True, "2": False, "3": True, "9": False},
            "both-sides.not-allowed",
            "CO-4",
        ),
        ("pctc", "26", {"1": True, "6": True} | dict.fromkeys("02345789", False), "component.not-allowed", "CO-4"),
        ("pctc", "TC", {"1": True} | dict.fromkeys("023456789", False), "component.not-allowed", "CO-4"),
    ],
)
def test_other_modifiers_go_by_their_indicators(demo, field, modifier, outcomes, refusal, carc):
    for indicator, allowed in outcomes.items():
        policies = edited(demo, {OPERATION: Indicators(**{field: indicator})})
        decision = decided(policies, a_line(procedure=OPERATION, modifiers=(modifier,)))
        expected = {True: set(), False: {(refusal, 1)}, None: {("indicator.documentation", 1)}}[allowed]
        assert rules(decision) == expected, indicator
        if allowed is False:
            assert reason(decision) == carc


def test_a_modifier_on_a_procedure_that_the_schedule_does_not_list_waits(demo):
    assert rules(decided(edited(demo, {}), a_line(modifiers=("50",)))) == {("indicator.unknown", 1)}
    assert not rules(decided(edited(demo, {}), a_line(modifiers=("25",))))


def test_all_that_is_wrong_with_the_modifiers_of_a_line_is_told(demo):
    policies = edited(demo, {OPERATION: Indicators(assistant="1", bilateral="0")})
    decision = decided(policies, a_line(procedure=OPERATION, modifiers=("50", "80")))
    assert rules(decision) == {("assistant-surgeon.not-allowed", 1), ("both-sides.not-allowed", 1)}
    assert {finding.rule for finding in decision.findings} >= {"unsupported.modifier"}


# Technical parts in facilities


@pytest.mark.parametrize(
    ("pctc", "modifiers", "denied"),
    [
        ("1", (), True),
        ("1", ("TC",), True),
        ("1", ("26",), False),
        ("3", (), True),
        ("4", (), True),
        ("5", (), True),
        ("0", (), False),
        ("2", (), False),
        ("6", ("26",), False),
        ("9", (), False),
    ],
)
@pytest.mark.parametrize(
    ("place", "rule"),
    [("11", None), ("22", "technical-part.in-facility"), ("21", "technical-part.inpatient"), ("81", None)],
)
def test_the_technical_part_in_a_facility_is_the_facilitys(demo, pctc, modifiers, denied, place, rule):
    policies = edited(demo, {TEST: Indicators(pctc=pctc)})
    decision = decided(policies, a_line(procedure=TEST, modifiers=modifiers, place_of_service=place))
    assert rules(decision) == ({(rule, 1)} if denied and rule else set())
    if denied and rule:
        assert reason(decision) == {"22": "CO-97/M97", "21": "CO-97/M96"}[place]


def test_a_facility_that_bills_its_own_technical_part_is_paid_and_an_unlisted_test_is_not_asked(demo):
    policies = edited(demo, {TEST: Indicators(pctc="1")})
    for kind, denied in ((ProviderKind.FACILITY, False), (ProviderKind.GROUP, True)):
        record = ProviderRecord(npi=BILLING.npi, name="EXAMPLE", kind=kind, enrolled=())
        decision = decided(policies, a_line(procedure=TEST, place_of_service="22"), providers=(record,))
        assert (("technical-part.in-facility", 1) in rules(decision)) is denied
    assert not rules(decided(edited(demo, {}), a_line(procedure=TEST, place_of_service="22")))


# A part beside the whole

WHOLE = {TEST: Indicators(pctc="1"), "71045": Indicators(pctc="1"), "93010": Indicators(pctc="2")}


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        ((), ("26",), "component.part-of-whole"),
        ((), ("TC",), "component.part-of-whole"),
        (("26",), ("TC",), None),
        (("76",), ("26",), None),
        (("76",), ("26", "76"), "component.part-of-whole"),
        (("RT",), ("26", "LT"), None),
    ],
)
def test_a_part_of_a_test_is_not_paid_beside_the_whole(demo, first, second, rule):
    for (number, whole), (other, part) in (((1, first), (2, second)), ((2, first), (1, second))):
        lines = (a_line(number, procedure=TEST, modifiers=whole), a_line(other, procedure=TEST, modifiers=part))
        decision = decided(edited(demo, WHOLE), *sorted(lines, key=lambda line: line.number))
        assert rules(decision) == ({(rule, other)} if rule else set())


@pytest.mark.parametrize(
    ("mine", "changes", "rule"),
    [
        (("26",), {}, "component.part-of-whole"),
        (("26",), {"state": LineState.PENDED}, "component.other-waits"),
        (("26",), {"state": LineState.DENIED}, None),
        (("26",), OTHERS, "component.billed-by-another"),
        (("26",), {"procedure": "71045"}, None),
        (("26",), {"modifiers": ("TC",)}, None),
        (("26",), {"from_date": SERVICE_DAY - DAY, "through_date": SERVICE_DAY - DAY}, None),
        ((), {"modifiers": ("26",)}, "component.was-paid"),
        ((), {"modifiers": ("TC",), **OTHERS}, "component.was-paid"),
        ((), {"modifiers": ("26",), "state": LineState.PENDED}, None),
        ((), {"modifiers": ("26",), "state": LineState.DENIED}, None),
        ((), {"modifiers": ("26", "77")}, None),
    ],
)
def test_a_part_and_the_whole_on_two_claims(demo, mine, changes, rule):
    line = a_line(procedure=TEST, modifiers=mine, rendering=OURS)
    found = {
        found
        for found in rules(decided(edited(demo, WHOLE), line, history=[that_day(TEST, **changes)]))
        if "comp" in found[0]
    }
    assert found == ({(rule, 1)} if rule else set())


def test_two_specialties_of_one_claim_with_part_and_whole_are_asked(demo):
    lines = (
        a_line(1, procedure=TEST, rendering=OURS),
        a_line(2, procedure=TEST, modifiers=("26",), rendering=COLLEAGUE),
    )
    assert ("component.billed-by-another", 2) in rules(decided(edited(demo, WHOLE), *lines))
    fallen = (a_line(1, procedure=TEST, modifiers=("ZZ",)), a_line(2, procedure=TEST, modifiers=("26",)))
    assert ("component.part-of-whole", 2) not in rules(decided(edited(demo, WHOLE), *fallen))


def test_services_without_two_parts_have_no_part_beside_the_whole(demo):
    line = a_line(procedure="93010", modifiers=("26",))
    found = rules(decided(edited(demo, WHOLE), line, history=[that_day("93010")]))
    assert not {rule for rule, _ in found} & {"component.part-of-whole", "component.billed-by-another"}


# Operations of several providers

SURGERY = {
    OPERATION: Indicators(global_days="090"),
    "17000": Indicators(global_days="010"),
    "20610": Indicators(global_days="000"),
    "44950": Indicators(global_days="090"),
}
SURGEON = {**OTHERS, "taxonomies": (ORTHOPEDICS,)}


def shared(decision: Decision) -> set[str]:
    return {finding.rule for finding in decision.findings if finding.rule.startswith("split-care")}


@pytest.mark.parametrize(
    ("mine", "theirs", "conflict"),
    [
        ((), (), True),
        ((), ("54",), True),
        ((), ("55",), True),
        (("54",), (), True),
        (("55",), (), True),
        (("56",), (), True),
        (("54",), ("54",), True),
        (("54",), ("55",), False),
        (("55",), ("54",), False),
        (("55",), ("55",), False),
        (("54",), ("56",), False),
        (("80",), (), False),
        ((), ("80",), False),
        (("62",), ("62",), False),
        (("RT",), ("LT",), False),
        (("RT",), ("RT",), True),
        (("77",), (), False),
    ],
)
def test_no_part_of_an_operations_care_is_paid_to_two(demo, mine, theirs, conflict):
    line = a_line(procedure=OPERATION, modifiers=mine, rendering=OURS)
    history = [that_day(OPERATION, modifiers=theirs, **SURGEON)]
    assert shared(decided(edited(demo, SURGERY), line, history=history)) == (
        {"split-care.claimed"} if conflict else set()
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (SURGEON, "split-care.claimed"),
        (SURGEON | {"taxonomies": ()}, "split-care.unclear"),
        (SURGEON | {"taxonomies": (SURGICAL_CENTER,)}, None),
        (SURGEON | {"state": LineState.PENDED}, "split-care.unclear"),
        (SURGEON | {"state": LineState.DENIED}, None),
        (SURGEON | {"procedure": "44950"}, None),
        (SURGEON | {"from_date": SERVICE_DAY - DAY, "through_date": SERVICE_DAY - DAY}, None),
        # The same group and specialty repeats itself, which is for the duplicates.
        ({}, None),
    ],
)
def test_whose_operation_it_is_and_how_it_was_decided_counts(demo, changes, rule):
    line = a_line(procedure=OPERATION, rendering=OURS)
    decision = decided(edited(demo, SURGERY), line, history=[that_day(OPERATION, **changes)])
    assert shared(decision) == ({rule} if rule else set())
    if rule == "split-care.claimed":
        assert reason(decision) == "CO-B20"


def test_a_line_of_nobody_knows_which_specialty_is_asked_about(demo):
    history = [that_day(OPERATION, **SURGEON)]
    assert shared(decided(edited(demo, SURGERY), a_line(procedure=OPERATION), history=history)) == {
        "split-care.unclear"
    }


@pytest.mark.parametrize(("procedure", "asked"), [("17000", True), ("20610", False), (VISIT, False)])
def test_only_operations_with_care_after_them_can_be_shared(demo, procedure, asked):
    line = a_line(procedure=procedure, rendering=OURS)
    decision = decided(edited(demo, SURGERY), line, history=[that_day(procedure, **SURGEON)])
    assert shared(decision) == ({"split-care.claimed"} if asked else set())


def test_two_specialties_of_one_claim_that_bill_one_operation_are_asked(demo):
    lines = (a_line(1, procedure=OPERATION, rendering=OURS), a_line(2, procedure=OPERATION, rendering=COLLEAGUE))
    decision = decided(edited(demo, SURGERY), *lines)
    assert {(f.rule, f.line) for f in decision.findings} >= {("split-care.unclear", 1), ("split-care.unclear", 2)}
    fallen = (msgspec.structs.replace(lines[0], modifiers=("ZZ",)), lines[1])
    assert not {f.line for f in decided(edited(demo, SURGERY), *fallen).findings if f.rule == "split-care.unclear"} & {
        2
    }


def test_a_paid_operation_and_one_that_waits_are_both_told_once(demo):
    history = [
        that_day(OPERATION, **SURGEON),
        that_day(OPERATION, **SURGEON),
        that_day(OPERATION, **SURGEON | {"state": LineState.PENDED}),
    ]
    decision = decided(edited(demo, SURGERY), a_line(procedure=OPERATION, rendering=OURS), history=history)
    found = sorted(f.rule for f in decision.findings if f.rule.startswith("split"))
    assert found == ["split-care.claimed", "split-care.unclear"]


def test_without_rules_of_shared_care_or_on_other_claims_nothing_is_asked(demo):
    policies = edited(demo, SURGERY)
    history = [that_day(OPERATION, **SURGEON)]
    line = a_line(procedure=OPERATION, rendering=OURS)
    editing = editing_of(policies)
    assert editing.surgery is not None
    for surgery in (None, msgspec.structs.replace(editing.surgery, shared=None)):
        version = msgspec.structs.replace(editing, surgery=surgery)
        without = msgspec.structs.replace(policies, editing=Document("coding/editing", "Code editing", (version,)))
        assert not shared(decided(without, line, history=history))
    assert not shared(decided(msgspec.structs.replace(policies, editing=None), line, history=history))
    assert not shared(decided(msgspec.structs.replace(policies, coding_tables={}), line, history=history))
    institutional = a_case(a_claim(line, claim_type=ClaimType.INSTITUTIONAL), history=tuple(history))
    assert not shared(adjudicate(institutional, policies))


_ROWS = {
    VISIT: Indicators(),
    OXIMETRY: Indicators(status="T"),
    TEST: Indicators(pctc="1", bilateral="0"),
    "93000": Indicators(pctc="4"),
    "83036": Indicators(status="B"),
    OPERATION: Indicators(global_days="090", assistant="1", bilateral="1"),
}
_lines = st.tuples(
    st.sampled_from(list(_ROWS)), st.sampled_from([(), ("26",), ("50",), ("80",)]), st.sampled_from(["11", "22"])
)


@given(services=st.lists(_lines, min_size=2, max_size=5, unique_by=lambda s: s[:2]), data=st.data())
def test_the_order_of_the_lines_never_changes_what_is_found(demo, services, data):
    policies = edited(demo, _ROWS)
    order = data.draw(st.permutations(range(len(services))))

    def found(positions: Iterable[int]) -> set[tuple[str, int]]:
        positions = list(positions)
        lines = [
            a_line(n, procedure=services[at][0], modifiers=services[at][1], place_of_service=services[at][2])
            for n, at in enumerate(positions, 1)
        ]
        return {(rule, positions[line - 1]) for rule, line in rules(decided(policies, *lines)) if line}

    assert found(order) == found(range(len(services)))
