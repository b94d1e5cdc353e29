"""Services of which the payer says that they are never both given, on this claim and with earlier ones (domain/02 row I2)."""

import datetime as dt
import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import HistoryLine, LineState
from adjudicator.model.claim import Line
from adjudicator.model.decision import Decision, Disposition
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import ALWAYS, CodingTable, PairEdit, ProcedurePairs
from adjudicator.policy.document import Document
from adjudicator.policy.editing_rules import ExclusiveServices
from adjudicator.policy.load import PolicyErrors, compile_policies, read_files
from adjudicator.policy.policy_set import PolicySet
from tests.building import SERVICE_DAY, a_case, a_claim, a_line, an_earlier_line, worked_policies
from tests.conftest import DEMO

PAID, EXCLUDED, THIRD = "93000", "36415", "20610"
DAY = dt.timedelta(days=1)


def row(paid: str, excluded: str, apart: tuple[str, ...] = ()) -> ExclusiveServices:
    sides = (CodeSet(codes=frozenset(codes)) for codes in ((excluded,), (paid,), apart))
    return ExclusiveServices("They are never both given.", *sides)


def excluding(demo: PolicySet, *rows: ExclusiveServices, pairs: tuple[tuple[str, str], ...] = ()) -> PolicySet:
    """The worked example's policies with rows of a payer's own, and the publisher's pairs given."""
    assert demo.editing is not None
    version = msgspec.structs.replace(
        demo.editing.versions[0], exclusive=rows, visits=None, surgery=None, fee_schedule=None
    )
    table = ProcedurePairs.of((greater, lesser, PairEdit("0", ALWAYS)) for greater, lesser in pairs)
    lists = "procedure-pairs-practitioner"
    return msgspec.structs.replace(
        worked_policies(demo),
        editing=Document("coding/editing", "Code editing", (version,)),
        coding_tables={lists: CodingTable(Document(table.document, lists, (table,)))},
    )


def decided(policies: PolicySet, *lines: Line, history: tuple[HistoryLine, ...] = ()) -> Decision:
    return adjudicate(a_case(a_claim(*lines), history=history), policies)


def rules(decision: Decision) -> set[tuple[str, int]]:
    return {(finding.rule, finding.line) for finding in decision.findings}


@pytest.mark.parametrize("order", [(PAID, EXCLUDED), (EXCLUDED, PAID)])
def test_of_two_services_the_one_that_the_payer_names_is_paid_whatever_their_order(demo, order):
    decision = decided(
        excluding(demo, row(PAID, EXCLUDED)), *(a_line(n, procedure=code) for n, code in enumerate(order, 1))
    )
    denied = order.index(EXCLUDED)
    assert decision.disposition is Disposition.PARTLY_PAID
    assert rules(decision) == {("exclusive.always", denied + 1)}
    adjustment = decision.lines[denied].adjustments[0]
    assert (adjustment.group, adjustment.carc) == ("CO", "231")


@pytest.mark.parametrize(
    ("apart", "paid_has", "excluded_has", "rule"),
    [
        ((), (), ("59",), "exclusive.always"),
        (("59",), (), (), "exclusive.unless-modified"),
        (("59",), (), ("76",), "exclusive.unless-modified"),
        (("59",), (), ("59",), None),
        (("59",), ("59",), (), None),
    ],
)
def test_only_a_modifier_of_the_row_on_either_tells_them_apart(demo, apart, paid_has, excluded_has, rule):
    lines = (
        a_line(1, procedure=PAID, modifiers=paid_has),
        a_line(2, procedure=EXCLUDED, modifiers=excluded_has),
    )
    assert rules(decided(excluding(demo, row(PAID, EXCLUDED, apart)), *lines)) == ({(rule, 2)} if rule else set())


@pytest.mark.parametrize(("days", "denied"), [(-1, False), (0, True), (1, False)])
def test_they_exclude_each_other_on_one_day(demo, days, denied):
    day = SERVICE_DAY + days * DAY
    excluded = a_line(2, procedure=EXCLUDED, from_date=day, through_date=day)
    decision = decided(excluding(demo, row(PAID, EXCLUDED)), a_line(1, procedure=PAID), excluded)
    assert rules(decision) == ({("exclusive.always", 2)} if denied else set())


CHANGES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"billing_tax_id": "999000077"}, False),
    ({"member_id": "RELATIVE"}, False),
    ({"from_date": SERVICE_DAY - DAY, "through_date": SERVICE_DAY - DAY}, False),
    ({"modifiers": ("59",)}, False),
]


def earlier(procedure: str, **changes: Any) -> HistoryLine:
    facts: dict[str, Any] = {"procedure": procedure, "from_date": SERVICE_DAY, "through_date": SERVICE_DAY}
    return an_earlier_line(**facts | changes)


@pytest.mark.parametrize(("changes", "counts"), CHANGES)
@pytest.mark.parametrize(
    ("state", "rule"),
    [
        (LineState.PAID, "exclusive.unless-modified"),
        (LineState.PENDED, "exclusive.other-waits"),
        (LineState.DENIED, None),
    ],
)
def test_what_excludes_a_line_on_an_earlier_claim_counts_as_it_was_decided(demo, state, rule, changes, counts):
    decision = decided(
        excluding(demo, row(PAID, EXCLUDED, ("59",))),
        a_line(procedure=EXCLUDED),
        history=(earlier(PAID, state=state, **changes),),
    )
    assert rules(decision) == ({(rule, 1)} if rule and counts else set())


@pytest.mark.parametrize(("changes", "counts"), [*CHANGES, ({"state": LineState.DENIED}, False)])
def test_a_line_that_excludes_what_was_paid_never_passes_unseen(demo, changes, counts):
    decision = decided(
        excluding(demo, row(PAID, EXCLUDED, ("59",))),
        a_line(procedure=PAID),
        history=(earlier(EXCLUDED, **changes),),
    )
    assert rules(decision) == ({("exclusive.other-was-paid", 1)} if counts else set())
    assert decision.disposition is (Disposition.PENDED if counts else Disposition.PAID)


def test_what_the_publishers_pairs_deny_excludes_nothing(demo):
    policies = excluding(demo, row(PAID, EXCLUDED), pairs=((THIRD, PAID),))
    lines = (a_line(1, procedure=EXCLUDED), a_line(2, procedure=PAID), a_line(3, procedure=THIRD))
    assert rules(decided(policies, *lines)) == {("bundled.always", 2)}


_PROCEDURES = (PAID, EXCLUDED, THIRD, "17000", "11720")


@given(
    pairs=st.sets(st.sampled_from([*itertools.combinations(_PROCEDURES, 2)])),
    order=st.permutations(_PROCEDURES),
)
def test_the_order_of_the_lines_never_changes_what_is_denied(demo, pairs, order):
    policies = excluding(demo, *(row(paid, excluded) for paid, excluded in sorted(pairs)))
    decision = decided(policies, *(a_line(number, procedure=code) for number, code in enumerate(order, 1)))
    denied = {order[line - 1] for rule, line in rules(decision) if rule == "exclusive.always"}
    payable: set[str] = set()
    for code in _PROCEDURES:  # Rows go down this list, so whatever excludes a code is settled before it.
        if not any((paid, code) in pairs for paid in payable):
            payable.add(code)
    assert denied == set(_PROCEDURES) - payable


def test_a_code_on_both_sides_of_a_row_is_a_mistake():
    files = read_files(DEMO)
    text = files["coding/editing.yaml"].decode()
    assert "for: [G0439]" in text
    files["coding/editing.yaml"] = text.replace("for: [G0439]", "for: [G0439, 99391-99397]").encode()
    with pytest.raises(PolicyErrors, match="99391-99397 on both sides; write which is paid"):
        compile_policies(files)


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_rows_for_one_pair_each_counts(demo, turned):
    rows = [row("93000", "36415", ("59",)), row("93000", "36415")]
    policies = excluding(demo, *(reversed(rows) if turned else rows))
    claim = a_claim(a_line(1, procedure="36415", modifiers=("59",)), a_line(2, procedure="93000"))
    # Modifier 59 answers the one row, and no modifier the other.
    assert any(finding.rule == "exclusive.always" for finding in adjudicate(a_case(claim), policies).findings)
