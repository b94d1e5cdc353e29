"""Pairs of codes, unit limits and add-on codes, on this claim and with earlier ones (domain/02 sections 4.2 and 4.3)."""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import HistoryLine, LineState
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.policy.code_editing import CodeEditing, SameProvider
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import (
    AddOn,
    AddOnCodes,
    CodingTable,
    PairEdit,
    ProcedurePairs,
    UnitLimit,
    UnitLimits,
)
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    CITE,
    RENDERING,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    worked_policies,
)

NAILS, VISIT, INJECTION, SHOT = "11720", "99213", "20610", "J3301"
DAY = dt.timedelta(days=1)
CARDIOLOGY, PODIATRY = "207RC0000X", "213E00000X"
COLLEAGUE = msgspec.structs.replace(RENDERING, npi="1888888884")


def editing(**changes: Any) -> CodeEditing:
    """One group and specialty is one provider; 25 and 59 tell pairs apart."""
    policy = CodeEditing(
        document="coding/editing",
        span=ALWAYS,
        cite=CITE,
        same_provider=SameProvider.GROUP_AND_SPECIALTY,
        unknown_specialty_is_same=True,
        pair_modifiers=CodeSet(codes=frozenset({"25", "59"})),
        split_care_modifiers=CodeSet(codes=frozenset({"54", "55"})),
        zero_limits_for=frozenset(),
        add_on_primaries=(),
    )
    return msgspec.structs.replace(policy, **changes)


def edited(
    demo: PolicySet,
    pairs: Iterable[tuple[str, str, str]] = (),
    limits: Mapping[str, tuple[int, str]] | None = None,
    add_ons: Mapping[str, AddOn] | None = None,
    pair_span: Span = ALWAYS,
    **changes: Any,
) -> PolicySet:
    """The worked example's policies with coding tables: pairs by indicator, limits by units and indicator, add-ons."""
    tables: dict[str, Any] = {
        "procedure-pairs-practitioner": ProcedurePairs.of(
            (greater, lesser, PairEdit(indicator, pair_span)) for greater, lesser, indicator in pairs
        ),
        "unit-limits-practitioner": UnitLimits.of(
            (code, UnitLimit(units, indicator)) for code, (units, indicator) in (limits or {}).items()
        ),
        "add-on-codes": AddOnCodes.of((add_ons or {}).items()),
    }
    return msgspec.structs.replace(
        worked_policies(demo),
        editing=Document("coding/editing", "Code editing", (editing(**changes),)),
        coding_tables={
            lists: CodingTable(Document(table.document, lists, (table,))) for lists, table in tables.items()
        },
    )


def decided(policies: PolicySet, *lines: Line, history: tuple[HistoryLine, ...] = ()) -> Decision:
    return adjudicate(a_case(a_claim(*lines), history=history), policies)


def paid_that_day(**changes: Any) -> HistoryLine:
    """A line of an earlier claim of the same provider and day, paid unless told otherwise."""
    return an_earlier_line(**{"from_date": SERVICE_DAY, "through_date": SERVICE_DAY} | changes)


def rules(decision: Decision) -> set[tuple[str, int]]:
    return {(finding.rule, finding.line) for finding in decision.findings}


def reasons(decision: Decision) -> list[str]:
    """The deciding reason of each line; empty where it is paid."""
    return [
        f"{line.adjustments[0].group}-{line.adjustments[0].carc}" if line.verdict is Verdict.DENY else ""
        for line in decision.lines
    ]


# Pairs


@pytest.mark.parametrize("indicator", ["0", "1"])
@pytest.mark.parametrize("order", [(NAILS, VISIT), (VISIT, NAILS)])
def test_the_lesser_of_a_pair_is_denied_whatever_the_order_of_the_lines(demo, indicator, order):
    decision = decided(
        edited(demo, [(NAILS, VISIT, indicator)]), *(a_line(n, procedure=code) for n, code in enumerate(order, 1))
    )
    assert decision.disposition is Disposition.PARTLY_PAID
    assert reasons(decision) == ["CO-236" if code == VISIT else "" for code in order]


@pytest.mark.parametrize(
    ("indicator", "greater", "lesser", "paid"),
    [
        ("1", (), ("25",), True),
        ("1", ("59",), (), True),
        ("1", ("76",), ("77",), False),
        ("0", ("59",), ("25",), False),
        ("9", (), (), True),
    ],
)
def test_a_modifier_of_the_list_on_either_code_tells_the_services_apart_where_the_pair_lets_it(
    demo, indicator, greater, lesser, paid
):
    policies = edited(demo, [(NAILS, VISIT, indicator)])
    decision = decided(
        policies, a_line(1, procedure=NAILS, modifiers=greater), a_line(2, procedure=VISIT, modifiers=lesser)
    )
    assert ("bundled.always", 2) in rules(decision) or ("bundled.unless-modified", 2) in rules(decision) or paid
    assert bool({rule for rule, _ in rules(decision)} & {"bundled.always", "bundled.unless-modified"}) is not paid


@pytest.mark.parametrize(
    ("first", "last", "denied"),
    [
        (SERVICE_DAY, None, True),
        (SERVICE_DAY + DAY, None, False),
        (dt.date(2020, 1, 1), SERVICE_DAY, True),
        (dt.date(2020, 1, 1), SERVICE_DAY - DAY, False),
    ],
)
def test_a_pair_holds_from_its_first_to_its_last_day(demo, first, last, denied):
    policies = edited(demo, [(NAILS, VISIT, "0")], pair_span=Span(first, last))
    decision = decided(policies, a_line(1, procedure=NAILS), a_line(2, procedure=VISIT))
    assert reasons(decision) == ["", "CO-236" if denied else ""]


def test_the_greater_code_takes_nothing_with_it_when_it_is_denied_itself(demo):
    policies = edited(demo, [(NAILS, VISIT, "0")])
    # The nail line repeats a paid one, so the visit is no part of it on this claim; but the paid one takes it.
    paid = paid_that_day(procedure=NAILS, charge_cents=13000)
    assert reasons(decided(policies, a_line(1, procedure=NAILS), a_line(2), history=(paid,))) == ["OA-18", "CO-236"]
    future = a_line(1, procedure="99201")
    # 99201 ended with 2020.
    policies = edited(demo, [("99201", VISIT, "0")])
    assert reasons(decided(policies, future, a_line(2))) == ["CO-181", ""]


def test_a_service_above_its_unit_limit_takes_nothing_with_it(demo):
    policies = edited(demo, [(NAILS, VISIT, "1")], {NAILS: (1, "2")})
    decision = decided(policies, a_line(1, procedure=NAILS, quantity_thousandths=2000), a_line(2, procedure=VISIT))
    assert reasons(decision) == ["CO-151", ""]


def test_what_is_part_of_a_third_service_takes_nothing_with_it(demo):
    chain = [(INJECTION, NAILS, "0"), (NAILS, VISIT, "0")]
    lines = (a_line(1, procedure=VISIT), a_line(2, procedure=NAILS), a_line(3, procedure=INJECTION))
    # The nails are part of the injection; the visit is part of the nails alone, which are not paid.
    assert reasons(decided(edited(demo, chain), *lines)) == ["", "CO-236", ""]
    assert reasons(decided(edited(demo, [*chain, (INJECTION, VISIT, "0")]), *lines)) == ["CO-236", "CO-236", ""]


def test_codes_that_are_part_of_one_another_in_a_circle_leave_one_to_be_paid(demo):
    circle = [(VISIT, NAILS, "0"), (NAILS, INJECTION, "0"), (INJECTION, VISIT, "0")]
    lines = (a_line(1, procedure=VISIT), a_line(2, procedure=NAILS), a_line(3, procedure=INJECTION))
    assert reasons(decided(edited(demo, circle), *lines)) == ["", "CO-236", ""]


@pytest.mark.parametrize(
    ("second_day", "denied"), [(SERVICE_DAY, True), (SERVICE_DAY + DAY, False), (SERVICE_DAY - DAY, False)]
)
def test_a_pair_is_of_one_day(demo, second_day, denied):
    policies = edited(demo, [(NAILS, VISIT, "0")])
    visit = a_line(2, procedure=VISIT, from_date=second_day, through_date=second_day)
    assert reasons(decided(policies, a_line(1, procedure=NAILS), visit)) == ["", "CO-236" if denied else ""]


@pytest.mark.parametrize(
    ("through", "denied"), [(SERVICE_DAY - DAY, False), (SERVICE_DAY, True), (SERVICE_DAY + DAY, True)]
)
def test_a_line_of_several_days_meets_the_pairs_of_each(demo, through, denied):
    policies = edited(demo, [(NAILS, VISIT, "0")])
    nails = a_line(1, procedure=NAILS, from_date=SERVICE_DAY - 2 * DAY, through_date=through)
    assert (("bundled.always", 2) in rules(decided(policies, nails, a_line(2)))) is denied


@pytest.mark.parametrize(
    ("same_provider", "unknown_is_same", "mine", "theirs", "denied"),
    [
        (SameProvider.GROUP_AND_SPECIALTY, True, CARDIOLOGY, CARDIOLOGY, True),
        (SameProvider.GROUP_AND_SPECIALTY, True, CARDIOLOGY, PODIATRY, False),
        (SameProvider.GROUP_AND_SPECIALTY, True, CARDIOLOGY, "", True),
        (SameProvider.GROUP_AND_SPECIALTY, False, CARDIOLOGY, "", False),
        (SameProvider.PRACTITIONER, True, CARDIOLOGY, CARDIOLOGY, False),
    ],
)
def test_the_payer_says_who_is_one_provider(demo, same_provider, unknown_is_same, mine, theirs, denied):
    policies = edited(
        demo, [(NAILS, VISIT, "0")], same_provider=same_provider, unknown_specialty_is_same=unknown_is_same
    )
    nails = a_line(1, procedure=NAILS, rendering=msgspec.structs.replace(RENDERING, taxonomy=mine))
    visit = a_line(2, rendering=msgspec.structs.replace(COLLEAGUE, taxonomy=theirs))
    assert (("bundled.always", 2) in rules(decided(policies, nails, visit))) is denied


def test_one_practitioner_is_one_provider_whatever_the_specialty_on_the_lines(demo):
    policies = edited(demo, [(NAILS, VISIT, "0")])
    nails = a_line(1, procedure=NAILS, rendering=msgspec.structs.replace(RENDERING, taxonomy=CARDIOLOGY))
    visit = a_line(2, rendering=msgspec.structs.replace(RENDERING, taxonomy=PODIATRY))
    assert reasons(decided(policies, nails, visit)) == ["", "CO-236"]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (LineState.PAID, {("bundled.always", 1)}),
        (LineState.PENDED, {("bundled.other-waits", 1)}),
        (LineState.DENIED, set()),
    ],
)
def test_the_greater_code_on_an_earlier_claim_counts_as_it_was_decided(demo, state, outcome):
    policies = edited(demo, [(NAILS, VISIT, "0")])
    earlier = paid_that_day(procedure=NAILS, state=state)
    assert rules(decided(policies, a_line(), history=(earlier,))) == outcome


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({}, True),
        ({"state": LineState.PENDED}, False),
        ({"state": LineState.DENIED}, False),
        ({"modifiers": ("25",)}, False),
        ({"from_date": SERVICE_DAY - DAY, "through_date": SERVICE_DAY - DAY}, False),
        ({"from_date": SERVICE_DAY - DAY, "through_date": SERVICE_DAY}, True),
        ({"billing_tax_id": "999000077"}, False),
        ({"member_id": "RELATIVE"}, False),
    ],
)
def test_the_greater_code_after_its_part_was_paid_never_passes_unseen(demo, changes, waits):
    policies = edited(demo, [(NAILS, VISIT, "1")])
    decision = decided(policies, a_line(procedure=NAILS), history=(paid_that_day(procedure=VISIT, **changes),))
    assert rules(decision) == ({("bundled.part-was-paid", 1)} if waits else set())
    assert decision.disposition is (Disposition.PENDED if waits else Disposition.PAID)


_PROCEDURES = ("11720", "99213", "20610", "17000", "36415", "93000")


@given(
    pairs=st.sets(st.sampled_from([*itertools.combinations(_PROCEDURES, 2)])),
    order=st.permutations(_PROCEDURES),
)
def test_the_order_of_the_lines_never_changes_what_is_denied(demo, pairs, order):
    policies = edited(demo, [(greater, lesser, "0") for greater, lesser in pairs])
    decision = decided(policies, *(a_line(number, procedure=code) for number, code in enumerate(order, 1)))
    denied = {order[line - 1] for rule, line in rules(decision) if rule == "bundled.always"}
    payable: set[str] = set()
    for code in _PROCEDURES:  # Pairs go down this list, so whatever a code is part of is settled before it.
        if not any((greater, code) in pairs for greater in payable):
            payable.add(code)
    assert denied == set(_PROCEDURES) - payable


# Unit limits


@pytest.mark.parametrize(("units", "denied"), [(4, False), (5, True), (8, True)])
def test_a_line_is_denied_whole_above_the_limit_of_a_line(demo, units, denied):
    policies = edited(demo, limits={INJECTION: (4, "1")})
    decision = decided(policies, a_line(procedure=INJECTION, quantity_thousandths=units * 1000))
    assert reasons(decision) == ["CO-151" if denied else ""]
    assert decision.lines[0].remarks == (("N362",) if denied else ())


def test_lines_with_modifiers_are_held_against_the_limit_of_a_line_one_by_one(demo):
    policies = edited(demo, limits={INJECTION: (4, "1")})
    first = a_line(1, procedure=INJECTION, quantity_thousandths=4000)
    second = a_line(2, procedure=INJECTION, quantity_thousandths=4000, modifiers=("76",))
    assert reasons(decided(policies, first, second)) == ["", ""]


@pytest.mark.parametrize("indicator", ["2", "3"])
@pytest.mark.parametrize(("second", "denied"), [(1, False), (2, True)])
def test_all_lines_of_a_day_are_denied_together_above_the_limit_of_a_day(demo, indicator, second, denied):
    # 2 + 1 = 3 is the limit, 2 + 2 = 4 is above it.
    policies = edited(demo, limits={INJECTION: (3, indicator)})
    lines = (
        a_line(1, procedure=INJECTION, quantity_thousandths=2000),
        a_line(2, procedure=INJECTION, quantity_thousandths=second * 1000, modifiers=("76",)),
    )
    assert reasons(decided(policies, *lines)) == (["CO-151", "CO-151"] if denied else ["", ""])


@pytest.mark.parametrize(
    ("changes", "denied"),
    [
        ({}, True),
        ({"quantity_thousandths": 1000}, False),
        ({"quantity_thousandths": 5000, "covered_quantity_thousandths": 1000}, False),
        ({"state": LineState.DENIED}, False),
        ({"state": LineState.PENDED}, False),
        ({"procedure": NAILS}, False),
        ({"from_date": SERVICE_DAY - DAY, "through_date": SERVICE_DAY - DAY}, False),
        ({"billing_tax_id": "999000077"}, False),
        ({"modifiers": ("54",)}, False),
    ],
)
def test_what_was_paid_of_the_day_before_counts_and_stays(demo, changes, denied):
    # 2 were paid, 1 more is 3 and above 2.
    policies = edited(demo, limits={INJECTION: (2, "3")})
    earlier = paid_that_day(**{"procedure": INJECTION, "quantity_thousandths": 2000, "modifiers": ("RT",)} | changes)
    decision = decided(policies, a_line(procedure=INJECTION, modifiers=("LT",)), history=(earlier,))
    assert (("unit-limit.day-benchmark", 1) in rules(decision)) is denied


def test_parts_of_the_care_are_counted_apart(demo):
    policies = edited(demo, limits={INJECTION: (1, "2")})
    lines = [a_line(n, procedure=INJECTION, modifiers=mods) for n, mods in enumerate((("54",), ("55",)), 1)]
    assert not {("unit-limit.day", 1), ("unit-limit.day", 2)} & rules(decided(policies, *lines))


@pytest.mark.parametrize(("plans", "denied"), [((), False), (("plans/other",), False), (("plans/worked",), True)])
def test_a_limit_of_nothing_counts_only_for_plans_that_follow_the_publishers_coverage(demo, plans, denied):
    policies = edited(demo, limits={INJECTION: (0, "2")}, zero_limits_for=frozenset(plans))
    assert reasons(decided(policies, a_line(procedure=INJECTION))) == ["CO-151" if denied else ""]


def test_a_limit_of_nothing_says_nothing_of_a_patient_without_a_plan(demo):
    policies = edited(demo, limits={INJECTION: (0, "2")}, zero_limits_for=frozenset({"plans/worked"}))
    decision = adjudicate(a_case(a_claim(a_line(procedure=INJECTION)), coverage=()), policies)
    assert {(finding.rule, finding.verdict) for finding in decision.findings} == {("coverage.none", Verdict.DENY)}


def test_a_limit_of_nothing_says_nothing_of_a_patient_who_is_not_known(demo):
    policies = edited(demo, limits={INJECTION: (0, "2")}, zero_limits_for=frozenset({"plans/worked"}))
    decision = adjudicate(a_case(a_claim(a_line(procedure=INJECTION)), members=(), coverage=()), policies)
    assert {rule for rule, _ in rules(decision)} == {"member.not-found"}


@pytest.mark.parametrize(
    ("thousandths", "days", "denied"),
    [
        # Spread over the days and rounded half up: 4 / 3 is 1, 5 / 3 is 2, 3 / 2 is 2, 2.999 / 2 (1.4995) is 1.
        (3000, 3, False),
        (4000, 3, False),
        (5000, 3, True),
        (3000, 2, True),
        (2999, 2, False),
    ],
)
def test_units_of_several_days_are_spread_over_them(demo, thousandths, days, denied):
    policies = edited(demo, limits={INJECTION: (1, "2")})
    line = a_line(procedure=INJECTION, quantity_thousandths=thousandths, through_date=SERVICE_DAY + (days - 1) * DAY)
    assert (("unit-limit.day", 1) in rules(decided(policies, line))) is denied


def test_the_units_of_a_day_are_told_as_they_are_counted(demo):
    # 5 / 3 is 2 a day
    line = a_line(procedure=INJECTION, quantity_thousandths=5000, through_date=SERVICE_DAY + 2 * DAY)
    decision = decided(edited(demo, limits={INJECTION: (1, "2")}), line)
    assert [finding.because for finding in decision.findings if finding.rule == "unit-limit.day"] == [
        "Procedure 20610 may be billed for 1 on 2026-03-02 (line 1); all of them of the day are 2."
    ]


def cutting(policies: PolicySet) -> PolicySet:
    """The same policies, of a payer that pays up to a unit limit and denies only the excess."""
    answers = dict(policies.answers)
    for rule in ("unit-limit.line", "unit-limit.day", "unit-limit.day-benchmark"):
        answers[rule] = tuple(
            (span, msgspec.structs.replace(answer, verdict=Verdict.REDUCE)) for span, answer in answers[rule]
        )
    return msgspec.structs.replace(policies, answers=answers)


@pytest.mark.parametrize(
    ("indicator", "first", "second", "paid_quantities"),
    [
        ("1", 6, 2, (4000, 2000)),
        ("2", 3, 3, (3000, 1000)),
        ("2", 3, 1, (3000, 1000)),
        ("3", 5, 1, (4000, 0)),
    ],
)
def test_a_payer_may_pay_up_to_the_limit_in_the_order_of_the_lines(demo, indicator, first, second, paid_quantities):
    policies = cutting(edited(demo, limits={INJECTION: (4, indicator)}))
    decision = decided(
        policies,
        a_line(1, procedure=INJECTION, quantity_thousandths=first * 1000),
        a_line(2, procedure=INJECTION, quantity_thousandths=second * 1000, modifiers=("76",)),
    )
    assert tuple(line.paid_quantity_thousandths for line in decision.lines) == paid_quantities


# Add-on codes

SECOND_VACCINE, FIRST_VACCINE, OTHER_FIRST = "90472", "90471", "90460"


def listed(*primaries: str, kind: str = "1", payer_names: bool = False) -> dict[str, AddOn]:
    return {SECOND_VACCINE: AddOn(kind, frozenset(primaries), payer_names)}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (a_line(2, procedure=FIRST_VACCINE), ""),
        (a_line(2, procedure=OTHER_FIRST), ""),
        (a_line(2, procedure=VISIT), "CO-107"),
        (a_line(2, procedure=FIRST_VACCINE, from_date=SERVICE_DAY - DAY, through_date=SERVICE_DAY - DAY), "CO-107"),
    ],
)
def test_an_add_on_needs_one_of_its_primaries_on_its_day(demo, other, reason):
    policies = edited(demo, add_ons=listed(FIRST_VACCINE, OTHER_FIRST))
    assert reasons(decided(policies, a_line(1, procedure=SECOND_VACCINE), other)) == [reason, ""]


def test_an_add_on_whose_primary_is_denied_is_not_paid_either(demo):
    policies = edited(demo, pairs=[(VISIT, FIRST_VACCINE, "0")], add_ons=listed(FIRST_VACCINE))
    lines = (a_line(1), a_line(2, procedure=FIRST_VACCINE), a_line(3, procedure=SECOND_VACCINE))
    decision = decided(policies, *lines)
    assert reasons(decision) == ["", "CO-236", "CO-B15"]
    assert decision.lines[2].remarks == ("N122",)


def test_an_add_on_of_an_add_on_falls_with_the_first(demo):
    third = {"97814": AddOn("1", frozenset({SECOND_VACCINE}), payer_names_primaries=False)}
    policies = edited(demo, add_ons=listed(FIRST_VACCINE) | third)
    decision = decided(policies, a_line(1, procedure=SECOND_VACCINE), a_line(2, procedure="97814"))
    assert {("add-on.primary-missing", 1), ("add-on.primary-denied", 2)} <= rules(decision)


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        (LineState.PAID, None),
        (LineState.PENDED, "add-on.primary-waits"),
        (LineState.DENIED, "add-on.primary-denied"),
    ],
)
def test_the_primary_may_stand_on_an_earlier_claim(demo, state, rule):
    policies = edited(demo, add_ons=listed(FIRST_VACCINE))
    earlier = paid_that_day(procedure=FIRST_VACCINE, state=state)
    found = rules(decided(policies, a_line(procedure=SECOND_VACCINE), history=(earlier,)))
    assert found == ({(rule, 1)} if rule else set())


@pytest.mark.parametrize(
    ("named", "beside", "rule"),
    [
        ((), VISIT, "add-on.primaries-unknown"),
        ((VISIT,), VISIT, None),
        ((VISIT,), FIRST_VACCINE, "add-on.primary-missing"),
    ],
)
def test_the_payer_names_the_primaries_that_the_publisher_leaves_open(demo, named, beside, rule):
    primaries = ((CodeSet(codes=frozenset({SECOND_VACCINE})), CodeSet(codes=frozenset(named))),) if named else ()
    policies = edited(demo, add_ons=listed(kind="2", payer_names=True), add_on_primaries=primaries)
    found = rules(decided(policies, a_line(1, procedure=SECOND_VACCINE), a_line(2, procedure=beside)))
    assert found == ({(rule, 1)} if rule else set())


def test_of_type_3_the_publishers_primaries_hold_beside_the_payers(demo):
    primaries = ((CodeSet(codes=frozenset({SECOND_VACCINE})), CodeSet(codes=frozenset({VISIT}))),)
    policies = edited(demo, add_ons=listed(FIRST_VACCINE, kind="3", payer_names=True), add_on_primaries=primaries)
    for beside in (FIRST_VACCINE, VISIT):
        assert not rules(decided(policies, a_line(1, procedure=SECOND_VACCINE), a_line(2, procedure=beside)))


def test_a_claim_tells_all_that_is_wrong_with_its_codes_at_once(demo):
    policies = edited(
        demo,
        pairs=[(NAILS, VISIT, "1")],
        limits={INJECTION: (1, "2")},
        add_ons=listed(FIRST_VACCINE),
    )
    decision = decided(
        policies,
        a_line(1, procedure=NAILS),
        a_line(2, procedure=VISIT),
        a_line(3, procedure=INJECTION, quantity_thousandths=2000),
        a_line(4, procedure=SECOND_VACCINE),
    )
    assert rules(decision) == {("bundled.unless-modified", 2), ("unit-limit.day", 3), ("add-on.primary-missing", 4)}
    assert reasons(decision) == ["", "CO-236", "CO-151", "CO-107"]
