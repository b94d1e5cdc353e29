"""Care around operations, new patients and several visits of a day, over claims and history (domain/02 sections 4.4 and 4.5)."""

import datetime as dt
import itertools
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import HistoryLine, LineState
from adjudicator.model.claim import ClaimType, Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.code_editing import CodeEditing, SameProvider
from adjudicator.policy.coding_tables import CodingTable, Indicators, ProcedureIndicators
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.building import ALWAYS, RENDERING, SERVICE_DAY, a_case, a_claim, a_line, an_earlier_line, worked_policies

VISIT, LONGER_VISIT, NEW_PATIENT, CHECK_UP = "99213", "99214", "99203", "99396"
MAJOR, MINOR, SAME_DAY_ONLY, DIAGNOSTIC, BIRTH, ADD_ON, UNLISTED = (
    "27447",
    "17000",
    "20610",
    "93000",
    "59400",
    "93325",
    "29881",
)
PERIODS = {
    MAJOR: "090",
    MINOR: "010",
    SAME_DAY_ONLY: "000",
    DIAGNOSTIC: "XXX",
    BIRTH: "MMM",
    ADD_ON: "ZZZ",
    UNLISTED: "YYY",
    "44950": "090",
}
DAY = dt.timedelta(days=1)
OPERATED = SERVICE_DAY
ORTHOPEDICS, DERMATOLOGY = "207X00000X", "207N00000X"
COLLEAGUE = msgspec.structs.replace(RENDERING, npi="1888888884")


def editing_of(policies: PolicySet) -> CodeEditing:
    """How a payer's set edits codes."""
    assert policies.editing is not None
    return policies.editing.versions[0]


def edited(demo: PolicySet, periods: dict[str, str] | None = None, span: Span = ALWAYS, **changes: Any) -> PolicySet:
    """The worked example's policies with the demo payer's code editing and a fee schedule's indicators of plain rows."""
    rows = [("99213", "", Indicators())]
    rows += [(code, "", Indicators(global_days=days)) for code, days in (periods or PERIODS).items()]
    table = ProcedureIndicators.of(rows, span=span)
    version = msgspec.structs.replace(editing_of(demo), **changes)
    return msgspec.structs.replace(
        worked_policies(demo),
        editing=Document("coding/editing", "Code editing", (version,)),
        coding_tables={
            "procedure-indicators": CodingTable(Document(table.document, "Indicators", (table,)), previous_allowed=True)
        },
    )


def decided(policies: PolicySet, *lines: Line, history: Iterable[HistoryLine] = (), **claim: Any) -> Decision:
    received = max(line.through_date or SERVICE_DAY for line in lines) + DAY
    case = a_case(a_claim(*lines, **claim), history=tuple(history), received_on=received, decided_on=received)
    return adjudicate(case, policies)


def on(day: dt.date, procedure: str, number: int = 1, **changes: Any) -> Line:
    return a_line(number, procedure=procedure, from_date=day, through_date=day, **changes)


def earlier(day: dt.date, procedure: str, **changes: Any) -> HistoryLine:
    """A line of an earlier claim of the same provider, paid unless told otherwise."""
    line = an_earlier_line(from_date=day, through_date=day, procedure=procedure)
    return msgspec.structs.replace(line, **changes)


def rules(decision: Decision) -> set[tuple[str, int]]:
    return {
        (f.rule, f.line)
        for f in decision.findings
        if f.rule.split(".")[0] in ("surgery", "visit", "new-patient", "fault")
    }


def reasons(decision: Decision) -> list[str]:
    """The deciding reason of each line with its remarks; empty where it is paid."""
    return [
        "/".join((f"{line.adjustments[0].group}-{line.adjustments[0].carc}", *line.remarks))
        if line.verdict is Verdict.DENY
        else ""
        for line in decision.lines
    ]


# Visits around operations


@pytest.mark.parametrize(
    ("operation", "visit_day", "rule"),
    [
        # 090: 2026-03-10, the window is 2026-03-09 through 2026-06-08 (92 days).
        (MAJOR, dt.date(2026, 3, 8), None),
        (MAJOR, dt.date(2026, 3, 9), "surgery.visit-before"),
        (MAJOR, dt.date(2026, 3, 10), "surgery.visit-same-day"),
        (MAJOR, dt.date(2026, 3, 11), "surgery.visit-after"),
        (MAJOR, dt.date(2026, 6, 8), "surgery.visit-after"),
        (MAJOR, dt.date(2026, 6, 9), None),
        # 010: the day itself and 10 days after it.
        (MINOR, dt.date(2026, 3, 9), None),
        (MINOR, dt.date(2026, 3, 10), "surgery.visit-same-day"),
        (MINOR, dt.date(2026, 3, 20), "surgery.visit-after"),
        (MINOR, dt.date(2026, 3, 21), None),
        # 000: the day alone.
        (SAME_DAY_ONLY, dt.date(2026, 3, 9), None),
        (SAME_DAY_ONLY, dt.date(2026, 3, 10), "surgery.visit-same-day"),
        (SAME_DAY_ONLY, dt.date(2026, 3, 11), None),
        # Services that no care before or after belongs to.
        (DIAGNOSTIC, dt.date(2026, 3, 10), None),
        (BIRTH, dt.date(2026, 3, 10), None),
        (ADD_ON, dt.date(2026, 3, 10), None),
        ("80053", dt.date(2026, 3, 10), None),
    ],
)
def test_a_visit_in_the_period_of_an_operation_is_not_paid(demo, operation, visit_day, rule):
    policies, surgery_day = edited(demo), dt.date(2026, 3, 10)
    decision = decided(policies, on(visit_day, VISIT), history=[earlier(surgery_day, operation)])
    assert rules(decision) == ({(rule, 1)} if rule else set())
    assert reasons(decision) == ["CO-97/M144" if rule else ""]
    together = decided(policies, on(visit_day, VISIT, 1), on(surgery_day, operation, 2))
    assert rules(together) == ({(rule, 1)} if rule else set())
    assert reasons(together)[0] == ("CO-97/M144" if rule else "")


@pytest.mark.parametrize(
    ("operation", "days", "modifier", "apart"),
    [
        (MAJOR, -1, "57", True),
        (MAJOR, -1, "25", False),
        (MAJOR, -1, "24", False),
        (MAJOR, 0, "57", True),
        (MAJOR, 0, "25", True),
        (MAJOR, 0, "24", False),
        (MAJOR, 30, "24", True),
        (MAJOR, 30, "25", False),
        (MAJOR, 30, "57", False),
        (MINOR, 0, "25", True),
        (MINOR, 0, "57", False),
        (MINOR, 5, "24", True),
        (MINOR, 5, "25", False),
        (SAME_DAY_ONLY, 0, "25", True),
        (SAME_DAY_ONLY, 0, "57", False),
        (SAME_DAY_ONLY, 0, "59", False),
    ],
)
def test_a_modifier_tells_a_visit_apart_only_on_its_side_of_the_operation(demo, operation, days, modifier, apart):
    visit = on(OPERATED + days * DAY, VISIT, modifiers=(modifier,))
    decision = decided(edited(demo), visit, history=[earlier(OPERATED, operation)])
    assert reasons(decision) == ["" if apart else "CO-97/M144"]


def test_a_visit_needs_the_modifier_of_each_operation_around_it(demo):
    # 20 days after one operation and the day before another.
    history = [earlier(OPERATED - 20 * DAY, MAJOR), earlier(OPERATED + DAY, "44950", modifiers=("79",))]
    for modifiers, found in (
        ((), {"surgery.visit-after", "surgery.visit-before"}),
        (("24",), {"surgery.visit-before"}),
        (("57",), {"surgery.visit-after"}),
        (("24", "57"), set()),
    ):
        decision = decided(edited(demo), on(OPERATED, VISIT, modifiers=modifiers), history=history)
        assert {rule for rule, _ in rules(decision)} == found


@pytest.mark.parametrize(
    ("changes", "denied"),
    [
        ({}, True),
        ({"billing_tax_id": "999000077"}, False),
        ({"member_id": "RELATIVE"}, False),
        ({"state": LineState.DENIED}, False),
        ({"rendering_npi": COLLEAGUE.npi, "taxonomies": (ORTHOPEDICS,)}, True),
        ({"rendering_npi": COLLEAGUE.npi, "taxonomies": (DERMATOLOGY,)}, False),
        ({"rendering_npi": COLLEAGUE.npi}, True),
        # Who assists has no care before or after; a return to the operating room begins no period.
        ({"modifiers": ("80",)}, False),
        ({"modifiers": ("78",)}, False),
        ({"modifiers": ("58",)}, True),
        ({"modifiers": ("54",)}, True),
        ({"through_date": OPERATED + DAY}, True),
    ],
)
def test_whose_operation_takes_a_visit_with_it(demo, changes, denied):
    visit = on(OPERATED + 30 * DAY, VISIT, rendering=msgspec.structs.replace(RENDERING, taxonomy=ORTHOPEDICS))
    decision = decided(edited(demo), visit, history=[earlier(OPERATED, MAJOR, **changes)])
    assert reasons(decision) == ["CO-97/M144" if denied else ""]


def test_an_operation_of_several_days_has_its_period_around_all_of_them(demo):
    history = [earlier(OPERATED, MINOR, through_date=OPERATED + 2 * DAY)]
    for days, rule in ((2, "surgery.visit-same-day"), (12, "surgery.visit-after"), (13, None)):
        decision = decided(edited(demo), on(OPERATED + days * DAY, VISIT), history=history)
        assert rules(decision) == ({(rule, 1)} if rule else set())


def test_a_visit_of_several_days_must_stand_apart_on_each_side(demo):
    stay = a_line(procedure=VISIT, from_date=OPERATED - DAY, through_date=OPERATED + DAY, modifiers=("57",))
    assert rules(decided(edited(demo), stay, history=[earlier(OPERATED, MAJOR)])) == {("surgery.visit-after", 1)}
    stay = msgspec.structs.replace(stay, modifiers=())
    assert {rule for rule, _ in rules(decided(edited(demo), stay, history=[earlier(OPERATED, MAJOR)]))} == {
        "surgery.visit-before",
        "surgery.visit-same-day",
        "surgery.visit-after",
    }
    beside = a_line(procedure=VISIT, from_date=OPERATED - 2 * DAY, through_date=OPERATED - DAY)
    assert rules(decided(edited(demo), beside, history=[earlier(OPERATED, MAJOR)])) == {("surgery.visit-before", 1)}
    after = a_line(procedure=VISIT, from_date=OPERATED + 90 * DAY, through_date=OPERATED + 91 * DAY)
    assert rules(decided(edited(demo), after, history=[earlier(OPERATED, MAJOR)])) == {("surgery.visit-after", 1)}


def test_an_operation_that_is_not_decided_yet_holds_the_visit(demo):
    waiting = earlier(OPERATED, MAJOR, state=LineState.PENDED)
    decision = decided(edited(demo), on(OPERATED + DAY, VISIT), history=[waiting])
    assert rules(decision) == {("surgery.other-waits", 1)}
    assert decision.disposition is Disposition.PENDED
    both = decided(edited(demo), on(OPERATED + DAY, VISIT), history=[waiting, earlier(OPERATED - DAY, "44950")])
    assert rules(both) == {("surgery.other-waits", 1), ("surgery.visit-after", 1)}


def test_how_long_care_belongs_to_an_operation_that_the_schedule_leaves_open_is_asked(demo):
    for days, found in (
        (-2, set()),
        (-1, {("surgery.period-unknown", 1)}),
        (90, {("surgery.period-unknown", 1)}),
        (91, set()),
    ):
        visit = on(OPERATED + days * DAY, VISIT)
        assert rules(decided(edited(demo), visit, history=[earlier(OPERATED, UNLISTED)])) == found
        found_late = rules(
            decided(edited(demo), on(OPERATED, UNLISTED), history=[earlier(OPERATED + days * DAY, VISIT)])
        )
        assert found_late == found


def test_an_operation_that_is_denied_takes_no_visit_with_it(demo):
    # The second line is coded with a modifier that is not in force; the first is no part of it.
    decision = decided(edited(demo), on(OPERATED, VISIT, 1), on(OPERATED, MINOR, 2, modifiers=("ZZ",)))
    assert reasons(decision) == ["", "CO-182"]


def test_nothing_is_asked_where_no_indicators_are_bound_or_the_payer_has_no_rule(demo):
    history = [earlier(OPERATED, MAJOR)]
    unbound = msgspec.structs.replace(edited(demo), coding_tables={})
    assert not rules(decided(unbound, on(OPERATED, VISIT), history=history))
    assert not rules(decided(edited(demo, surgery=None), on(OPERATED, VISIT), history=history))
    none = msgspec.structs.replace(edited(demo), editing=None)
    assert not rules(decided(none, on(OPERATED, VISIT), history=history))


def test_an_operation_of_a_time_without_a_table_is_read_in_the_claims_own(demo):
    policies = edited(demo, span=Span(OPERATED + DAY))
    policies = msgspec.structs.replace(
        policies,
        coding_tables={
            name: msgspec.structs.replace(t, previous_allowed=False) for name, t in policies.coding_tables.items()
        },
    )
    decision = decided(policies, on(OPERATED + 90 * DAY, VISIT), history=[earlier(OPERATED, MAJOR)])
    assert rules(decision) == {("surgery.visit-after", 1)}


def test_an_institutional_claim_has_no_global_surgery(demo):
    lines = (on(OPERATED, VISIT, 1), on(OPERATED, MINOR, 2))
    assert not rules(decided(edited(demo), *lines, claim_type=ClaimType.INSTITUTIONAL))


# Operations after operations


@pytest.mark.parametrize(
    ("first", "days", "modifiers", "denied"),
    [
        (MAJOR, 0, (), False),
        (MAJOR, 1, (), True),
        (MAJOR, 90, (), True),
        (MAJOR, 91, (), False),
        (MINOR, 10, (), True),
        (MINOR, 11, (), False),
        (SAME_DAY_ONLY, 1, (), False),
        (MAJOR, 30, ("58",), False),
        (MAJOR, 30, ("78",), False),
        (MAJOR, 30, ("79",), False),
        (MAJOR, 30, ("24",), True),
        (MAJOR, 30, ("59",), True),
    ],
)
def test_a_later_operation_in_the_period_needs_a_modifier(demo, first, days, modifiers, denied):
    later = on(OPERATED + days * DAY, SAME_DAY_ONLY, 2, modifiers=modifiers)
    found = rules(decided(edited(demo), later, history=[earlier(OPERATED, first)]))
    assert found == ({("surgery.operation-after", 2)} if denied else set())
    assert rules(decided(edited(demo), on(OPERATED, first, 1), later)) == found


def test_diagnostic_services_after_an_operation_are_paid(demo):
    for procedure in (DIAGNOSTIC, ADD_ON, BIRTH, "80053"):
        assert not rules(decided(edited(demo), on(OPERATED + DAY, procedure), history=[earlier(OPERATED, MAJOR)]))


@pytest.mark.parametrize(("modifier", "denied"), [("58", True), ("79", True), ("78", False)])
def test_a_later_operation_begins_a_period_of_its_own_unless_it_is_a_return_to_the_operating_room(
    demo, modifier, denied
):
    # 80 days after the first, and the visit 150 days after the first and 70 after the second.
    history = [earlier(OPERATED, MAJOR), earlier(OPERATED + 80 * DAY, "44950", modifiers=(modifier,))]
    decision = decided(edited(demo), on(OPERATED + 150 * DAY, VISIT), history=history)
    assert reasons(decision) == ["CO-97/M144" if denied else ""]


def test_what_is_care_after_an_operation_itself_takes_nothing_with_it(demo):
    # The second operation is denied; 45 days after it and 105 after the first, the third and the visit are free.
    lines = (
        on(OPERATED, MAJOR, 1),
        on(OPERATED + 60 * DAY, "44950", 2),
        on(OPERATED + 105 * DAY, MINOR, 3),
        on(OPERATED + 104 * DAY, VISIT, 4),
    )
    assert rules(decided(edited(demo), *lines)) == {("surgery.operation-after", 2)}


def test_an_operation_that_waits_holds_the_one_after_it(demo):
    history = [earlier(OPERATED, MAJOR, state=LineState.PENDED)]
    assert rules(decided(edited(demo), on(OPERATED + DAY, MINOR), history=history)) == {("surgery.other-waits", 1)}


# Operations that come after their care was paid


@pytest.mark.parametrize(
    ("procedure", "days", "changes", "waits"),
    [
        (VISIT, -2, {}, False),
        (VISIT, -1, {}, True),
        (VISIT, 0, {}, True),
        (VISIT, 90, {}, True),
        (VISIT, 91, {}, False),
        (VISIT, -1, {"modifiers": ("57",)}, False),
        (VISIT, 0, {"modifiers": ("25",)}, False),
        (VISIT, 30, {"modifiers": ("24",)}, False),
        (VISIT, 30, {"modifiers": ("25",)}, True),
        (VISIT, 30, {"state": LineState.PENDED}, False),
        (VISIT, 30, {"state": LineState.DENIED}, False),
        (VISIT, 30, {"billing_tax_id": "999000077"}, False),
        (VISIT, 30, {"member_id": "RELATIVE"}, False),
        (MINOR, 0, {}, False),
        (MINOR, 1, {}, True),
        (MINOR, 90, {}, True),
        (MINOR, 91, {}, False),
        (MINOR, 30, {"modifiers": ("79",)}, False),
        (DIAGNOSTIC, 30, {}, False),
    ],
)
def test_an_operation_that_comes_after_its_care_was_paid_never_passes_unseen(demo, procedure, days, changes, waits):
    decision = decided(
        edited(demo), on(OPERATED, MAJOR), history=[earlier(OPERATED + days * DAY, procedure, **changes)]
    )
    assert rules(decision) == ({("surgery.care-was-paid", 1)} if waits else set())
    assert decision.disposition is (Disposition.PENDED if waits else Disposition.PAID)


def test_an_assistant_or_a_return_to_the_operating_room_takes_back_nothing(demo):
    history = [earlier(OPERATED + 30 * DAY, VISIT)]
    for modifier in ("80", "78"):
        assert not rules(decided(edited(demo), on(OPERATED, MAJOR, modifiers=(modifier,)), history=history))


def test_all_care_that_was_paid_is_told_at_once(demo):
    history = [earlier(OPERATED + days * DAY, VISIT, claim_id=f"C{days}") for days in (5, 20)]
    decision = decided(edited(demo), on(OPERATED, MAJOR), history=history)
    because = next(finding.because for finding in decision.findings if finding.rule == "surgery.care-was-paid")
    assert "99213 on 2026-03-07 (line 1 of claim C5 (paid)), 99213 on 2026-03-22" in because


# New patients


def new_patient_rules(demo: PolicySet, **changes: Any) -> PolicySet:
    editing = editing_of(demo)
    assert editing.visits is not None
    visits = msgspec.structs.replace(
        editing.visits, new_patients=msgspec.structs.replace(editing.visits.new_patients, **changes)
    )
    return edited(demo, visits=visits)


@pytest.mark.parametrize(
    ("seen", "visit", "on_anniversary", "after_it"),
    [
        # 36 months to the day: seen on 2023-05-11, still known on 2026-05-10; seen on 2023-05-10, the anniversary.
        (dt.date(2023, 5, 11), dt.date(2026, 5, 10), False, False),
        (dt.date(2023, 5, 10), dt.date(2026, 5, 10), True, False),
        (dt.date(2023, 5, 9), dt.date(2026, 5, 10), False, True),
    ],
)
@pytest.mark.parametrize("new_on_anniversary", [True, False])
def test_a_patient_is_new_after_three_years_to_the_day(demo, seen, visit, on_anniversary, after_it, new_on_anniversary):
    policies = new_patient_rules(demo, new_on_anniversary=new_on_anniversary)
    decision = decided(policies, on(visit, NEW_PATIENT), history=[earlier(seen, VISIT)])
    paid = after_it or (on_anniversary and new_on_anniversary)
    assert reasons(decision) == ["" if paid else "CO-B16/M13"]


@pytest.mark.parametrize(
    ("visit", "next_day", "paid"),
    [
        (dt.date(2027, 2, 27), True, False),
        (dt.date(2027, 2, 28), True, False),
        (dt.date(2027, 3, 1), True, True),
        (dt.date(2027, 2, 27), False, False),
        (dt.date(2027, 2, 28), False, True),
        (dt.date(2027, 3, 1), False, True),
    ],
)
def test_the_anniversary_of_a_leap_day_is_the_payers_to_say(demo, visit, next_day, paid):
    policies = new_patient_rules(demo, missing_day_is_next=next_day)
    decision = decided(policies, on(visit, NEW_PATIENT), history=[earlier(dt.date(2024, 2, 29), VISIT)])
    assert reasons(decision) == ["" if paid else "CO-B16/M13"]


def test_on_the_anniversary_of_a_leap_day_a_patient_may_still_be_known(demo):
    policies = new_patient_rules(demo, new_on_anniversary=False)
    for day, paid in ((dt.date(2027, 3, 1), False), (dt.date(2027, 3, 2), True)):
        decision = decided(policies, on(day, NEW_PATIENT), history=[earlier(dt.date(2024, 2, 29), VISIT)])
        assert reasons(decision) == ["" if paid else "CO-B16/M13"]


@pytest.mark.parametrize("seen", [dt.date(2026, 1, 29), dt.date(2026, 1, 31)])
def test_the_payer_says_after_how_many_months_a_patient_is_new(demo, seen):
    # 29 through 31 January have no day in February, so all of them are full on 1 March.
    policies = new_patient_rules(demo, months=1, new_on_anniversary=False)
    for day, paid in ((dt.date(2026, 3, 1), False), (dt.date(2026, 3, 2), True)):
        assert reasons(decided(policies, on(day, NEW_PATIENT), history=[earlier(seen, VISIT)])) == [
            "" if paid else "CO-B16/M13"
        ]


@pytest.mark.parametrize(
    ("procedure", "changes", "rule"),
    [
        (VISIT, {}, "new-patient.known"),
        (MINOR, {}, "new-patient.known"),
        (DIAGNOSTIC, {}, None),
        ("36415", {}, None),
        (VISIT, {"state": LineState.PENDED}, "new-patient.other-waits"),
        (VISIT, {"state": LineState.DENIED}, None),
        (VISIT, {"billing_tax_id": "999000077"}, None),
        (VISIT, {"member_id": "RELATIVE"}, None),
        (VISIT, {"rendering_npi": COLLEAGUE.npi, "taxonomies": (ORTHOPEDICS,)}, "new-patient.known"),
        (VISIT, {"rendering_npi": COLLEAGUE.npi, "taxonomies": (DERMATOLOGY,)}, None),
        (VISIT, {"from_date": SERVICE_DAY, "through_date": SERVICE_DAY, "modifiers": ("25",)}, None),
        (VISIT, {"through_date": SERVICE_DAY - DAY}, "new-patient.known"),
    ],
)
def test_who_has_seen_a_patient(demo, procedure, changes, rule):
    visit = on(SERVICE_DAY, NEW_PATIENT, rendering=msgspec.structs.replace(RENDERING, taxonomy=ORTHOPEDICS))
    decision = decided(edited(demo), visit, history=[earlier(SERVICE_DAY - 40 * DAY, procedure, **changes)])
    assert rules(decision) == ({(rule, 1)} if rule else set())


def test_the_latest_paid_service_is_told_before_one_that_waits(demo):
    history = [
        earlier(SERVICE_DAY - 400 * DAY, VISIT, claim_id="CFIRST"),
        earlier(SERVICE_DAY - 200 * DAY, VISIT, claim_id="CLAST"),
        earlier(SERVICE_DAY - 40 * DAY, VISIT, state=LineState.PENDED),
    ]
    decision = decided(edited(demo), on(SERVICE_DAY, NEW_PATIENT), history=history)
    assert rules(decision) == {("new-patient.known", 1)}
    assert "claim CLAST" in decision.findings[0].because


def test_a_second_new_patient_visit_of_one_claim_is_none(demo):
    lines = (on(SERVICE_DAY, NEW_PATIENT, 1), on(SERVICE_DAY + DAY, NEW_PATIENT, 2))
    assert reasons(decided(edited(demo), *lines)) == ["", "CO-B16/M13"]
    assert reasons(decided(edited(demo), *reversed(lines))) == ["CO-B16/M13", ""]
    lines = (on(SERVICE_DAY, DIAGNOSTIC, 1), on(SERVICE_DAY + DAY, NEW_PATIENT, 2))
    assert reasons(decided(edited(demo), *lines)) == ["", ""]
    lines = (on(SERVICE_DAY, VISIT, 1, modifiers=("ZZ",)), on(SERVICE_DAY + DAY, NEW_PATIENT, 2))
    assert reasons(decided(edited(demo), *lines)) == ["CO-182", ""]


@pytest.mark.parametrize(
    ("days", "changes", "waits"),
    [
        (1, {}, True),
        (0, {"modifiers": ("25",)}, False),
        (-1, {}, False),
        (1, {"state": LineState.DENIED}, False),
        (1, {"state": LineState.PENDED}, False),
        (1, {"member_id": "RELATIVE"}, False),
        (1, {"billing_tax_id": "999000077"}, False),
        (1, {"procedure": VISIT}, False),
        (1095, {}, True),
        # 2026-03-02 to 2029-03-02 are 1,096 days.
        (1096, {}, False),
    ],
)
@pytest.mark.parametrize("procedure", [MINOR, DIAGNOSTIC])
def test_a_claim_that_shows_too_late_that_a_patient_was_known_waits(demo, days, changes, waits, procedure):
    later = earlier(SERVICE_DAY + days * DAY, **{"procedure": NEW_PATIENT} | changes)
    found = {
        rule for rule, _ in rules(decided(edited(demo), on(SERVICE_DAY, procedure), history=[later])) if "new" in rule
    }
    assert found == ({"new-patient.was-paid"} if waits and procedure == MINOR else set())


# Several visits of a day


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ((VISIT, ()), (LONGER_VISIT, ()), True),
        ((VISIT, ("25",)), (LONGER_VISIT, ()), False),
        ((VISIT, ()), (LONGER_VISIT, ("27",)), False),
        ((VISIT, ("59",)), (LONGER_VISIT, ()), True),
        ((VISIT, ()), (DIAGNOSTIC, ()), False),
        ((VISIT, ()), (CHECK_UP, ("25",)), False),
        ((VISIT, ()), (CHECK_UP, ()), True),
    ],
)
def test_one_visit_a_day_is_paid_and_the_greater_one_stays(demo, first, second, outcome):
    policies = edited(demo)
    for order in itertools.permutations([(*first, 9000), (*second, 14000)]):
        lines = [
            on(SERVICE_DAY, code, n, modifiers=mods, charge_cents=cents)
            for n, (code, mods, cents) in enumerate(order, 1)
        ]
        assert reasons(decided(policies, *lines)) == [
            "CO-B14" if outcome and line.procedure == VISIT else "" for line in lines
        ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "visit.second"),
        ({"state": LineState.PENDED}, "visit.other-waits"),
        ({"state": LineState.DENIED}, None),
        ({"modifiers": ("25",)}, None),
        ({"from_date": SERVICE_DAY - DAY, "through_date": SERVICE_DAY - DAY}, None),
        ({"billing_tax_id": "999000077"}, None),
        ({"rendering_npi": COLLEAGUE.npi, "taxonomies": (ORTHOPEDICS,)}, "visit.second"),
        ({"rendering_npi": COLLEAGUE.npi, "taxonomies": (DERMATOLOGY,)}, None),
        ({"procedure": DIAGNOSTIC}, None),
    ],
)
def test_a_visit_of_the_day_on_an_earlier_claim_counts_as_it_was_decided(demo, changes, rule):
    visit = on(SERVICE_DAY, VISIT, rendering=msgspec.structs.replace(RENDERING, taxonomy=ORTHOPEDICS))
    before = earlier(SERVICE_DAY, **{"procedure": LONGER_VISIT} | changes)
    assert rules(decided(edited(demo), visit, history=[before])) == ({(rule, 1)} if rule else set())


def test_of_three_visits_one_is_paid_and_a_paid_one_outranks_one_that_waits(demo):
    lines = [
        on(SERVICE_DAY, code, n, charge_cents=n * 1000) for n, code in enumerate((VISIT, LONGER_VISIT, "99215"), 1)
    ]
    assert reasons(decided(edited(demo), *lines)) == ["CO-B14", "CO-B14", ""]
    history = [
        earlier(SERVICE_DAY, LONGER_VISIT, state=LineState.PENDED),
        earlier(SERVICE_DAY, "99215"),
    ]
    assert rules(decided(edited(demo), on(SERVICE_DAY, VISIT), history=history)) == {("visit.second", 1)}


def test_a_visit_that_is_denied_takes_no_other_with_it(demo):
    lines = (on(SERVICE_DAY, VISIT, 1), on(SERVICE_DAY, NEW_PATIENT, 2, charge_cents=20000))
    decision = decided(edited(demo), *lines, history=[earlier(SERVICE_DAY - 40 * DAY, VISIT)])
    assert reasons(decision) == ["", "CO-B16/M13"]


def test_practitioners_count_apart_where_the_payer_says_so(demo):
    policies = edited(demo, same_provider=SameProvider.PRACTITIONER)
    lines = (on(SERVICE_DAY, VISIT, 1), on(SERVICE_DAY, LONGER_VISIT, 2, rendering=COLLEAGUE))
    assert not rules(decided(policies, *lines))


def test_one_procedure_twice_is_left_to_the_duplicates(demo):
    lines = (on(SERVICE_DAY, VISIT, 1), on(SERVICE_DAY, VISIT, 2, charge_cents=9000))
    assert {finding.rule for finding in decided(edited(demo), *lines).findings} == {"suspect-duplicate"}


def test_without_a_rule_of_visits_nothing_is_asked_of_them(demo):
    policies = edited(demo, visits=None)
    lines = (on(SERVICE_DAY, VISIT, 1), on(SERVICE_DAY, NEW_PATIENT, 2))
    assert not rules(decided(policies, *lines, history=[earlier(SERVICE_DAY - DAY, VISIT)]))
    none = msgspec.structs.replace(policies, editing=None)
    assert not rules(decided(none, *lines, history=[earlier(SERVICE_DAY - DAY, VISIT)]))


def test_of_a_patient_who_is_not_known_nothing_earlier_counts(demo):
    history = [earlier(OPERATED - DAY, MAJOR), earlier(OPERATED + DAY, NEW_PATIENT), earlier(OPERATED, LONGER_VISIT)]
    case = a_case(a_claim(on(OPERATED, VISIT, 1), on(OPERATED, NEW_PATIENT, 2)), history=tuple(history), members=())
    assert not {rule for rule, _ in rules(adjudicate(case, edited(demo)))} - {"visit.second"}


def test_impossibly_old_days_are_no_fault(demo):
    policies = edited(demo)
    version = msgspec.structs.replace(editing_of(policies), span=Span(dt.date.min))
    policies = msgspec.structs.replace(policies, editing=Document("coding/editing", "Code editing", (version,)))
    case = a_case(a_claim(on(dt.date.min, VISIT)), history=(earlier(OPERATED, MINOR),))
    assert not rules(adjudicate(case, policies))


def test_each_version_of_the_policy_has_periods_of_its_own(demo):
    policies = edited(demo)
    newer = editing_of(policies)
    assert newer.surgery is not None
    longer = msgspec.structs.replace(newer.surgery.periods["010"], days_after=20)
    surgery = msgspec.structs.replace(newer.surgery, periods={**newer.surgery.periods, "010": longer})
    older = msgspec.structs.replace(newer, span=Span(newer.span.effective, OPERATED + 12 * DAY))
    newer = msgspec.structs.replace(newer, span=Span(OPERATED + 13 * DAY), surgery=surgery)
    policies = msgspec.structs.replace(policies, editing=Document("coding/editing", "Code editing", (newer, older)))
    lines = (on(OPERATED + 11 * DAY, VISIT, 1), on(OPERATED + 14 * DAY, VISIT, 2), on(OPERATED + 21 * DAY, VISIT, 3))
    found = rules(decided(policies, *lines, history=[earlier(OPERATED, MINOR)]))
    assert found == {("surgery.visit-after", 2)}
    found = rules(decided(policies, *reversed(lines), history=[earlier(OPERATED, MINOR)]))
    assert found == {("surgery.visit-after", 2)}


# All together

_services = st.tuples(
    st.sampled_from([VISIT, LONGER_VISIT, NEW_PATIENT, CHECK_UP, MAJOR, MINOR, SAME_DAY_ONLY, DIAGNOSTIC, UNLISTED]),
    st.sampled_from([-1, 0, 1, 30, 91]),
    st.sampled_from([(), ("25",), ("24",), ("57",), ("58",), ("78",)]),
)


@given(services=st.lists(_services, min_size=2, max_size=5, unique_by=lambda s: s[:2]), data=st.data())
def test_the_order_of_the_lines_never_changes_what_is_found(demo, services, data):
    policies = edited(demo)
    order = data.draw(st.permutations(range(len(services))))

    def found(positions: Iterable[int]) -> set[tuple[str, int]]:
        positions = list(positions)
        lines = []
        for number, position in enumerate(positions, 1):
            code, days, modifiers = services[position]
            lines.append(on(OPERATED + days * DAY, code, number, modifiers=modifiers))
        return {(rule, positions[line - 1]) for rule, line in rules(decided(policies, *lines))}

    assert found(order) == found(range(len(services)))


def test_the_policy_of_the_lines_own_day_is_asked(demo):
    policies = edited(demo)
    newer = editing_of(policies)
    older = msgspec.structs.replace(newer, span=Span(newer.span.effective, OPERATED), surgery=None)
    newer = msgspec.structs.replace(newer, span=Span(OPERATED + DAY))
    policies = msgspec.structs.replace(policies, editing=Document("coding/editing", "Code editing", (newer, older)))
    lines = (on(OPERATED, VISIT, 1), on(OPERATED, MAJOR, 2), on(OPERATED + DAY, LONGER_VISIT, 3))
    assert rules(decided(policies, *lines)) == {("surgery.visit-after", 3)}
