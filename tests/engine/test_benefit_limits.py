"""Benefit limits: rows 9 to 9d of domain/04 section 4 to the cent, periods and what counts, and that none is ever exceeded."""

import datetime as dt
from collections import defaultdict
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.model.case import HistoryLine, LineState
from adjudicator.model.claim import Line, Provider
from adjudicator.model.dates import months_before
from adjudicator.model.decision import BenefitUse, Decision, Disposition, Verdict
from adjudicator.policy.plan import BenefitLimit, Counting
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.cases import history_lines
from tests.building import (
    ANY,
    BILLING,
    SERVICE_DAY,
    a_benefit,
    a_case,
    a_claim,
    a_limit,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)
from tests.remittance.told import adjudicate

FREE = a_benefit("everything", ANY)
SHARED = a_benefit("everything", ANY, coinsurance=2000)


def days_before(count: int) -> dt.date:
    return SERVICE_DAY - dt.timedelta(days=count)


def earlier_visits(count: int, **changes: Any) -> tuple[HistoryLine, ...]:
    """Paid visits on so many days of this year before the service."""
    return tuple(
        an_earlier_line(n, from_date=days_before(n), through_date=days_before(n), **changes)
        for n in range(1, count + 1)
    )


def money(decision: Decision, line: int = 1) -> tuple[dict[str, int], int]:
    """The adjustments of a line by reason in cents, and what the plan pays."""
    decided = decision.line(line)
    return {f"{a.group}-{a.carc}": a.amount_cents for a in decided.adjustments}, decided.paid_cents


def limit_found(decision: Decision) -> list[tuple[Verdict, int, str]]:
    return [(f.verdict, f.line, f.because) for f in decision.findings if f.rule == "plans/worked#most"]


def test_row_9_the_visit_beyond_the_limit_is_not_covered(demo: PolicySet):
    # 20 visits a year, 19 used: visit 20 owes the copay of 25.00, visit 21 is denied; plan 55.00
    policies = worked_policies(
        demo, a_benefit("therapy", ANY, copay=2500), limits=(a_limit(Counting.VISITS, 20, codes("97110", "97140")),)
    )
    later = SERVICE_DAY + dt.timedelta(days=2)
    claim = a_claim(
        a_line(1, procedure="97110", charge_cents=8000),
        a_line(2, procedure="97140", charge_cents=8000, from_date=later, through_date=later),
    )
    case = a_case(claim, history=earlier_visits(19, procedure="97110"))
    decision = adjudicate(case, policies)
    assert money(decision, 1) == ({"PR-3": 2500}, 5500)
    assert money(decision, 2) == ({"PR-119": 8000}, 0)
    assert (decision.paid_cents, decision.disposition) == (5500, Disposition.PARTLY_PAID)
    assert limit_found(decision) == [
        (
            Verdict.DENY,
            2,
            "The plan covers 20 visits in 2026; before line 2 it has covered 20 visits, so that nothing of the line is covered.",
        )
    ]
    share = decision.line(1).share
    assert share is not None
    assert share.limits == (BenefitUse("plans/worked#most", "visits", 20, 19, 1),)


def test_row_9_a_denied_visit_uses_nothing(demo: PolicySet):
    # of 20 earlier lines one was denied, one waits and one was a relative's: 17 visits used, this is the 18th of 18
    history = (
        *earlier_visits(17, procedure="97110"),
        an_earlier_line(18, procedure="97110", state=LineState.DENIED),
        an_earlier_line(19, procedure="97110", state=LineState.PENDED),
        an_earlier_line(20, procedure="97110", member_id="SOMEBODY"),
    )
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 18, codes("97110")),))
    decision = adjudicate(a_case(a_claim(a_line(procedure="97110")), history=history), policies)
    assert money(decision) == ({}, 13000)


def test_the_second_line_of_a_visit_and_what_the_limit_does_not_name_use_nothing(demo: PolicySet):
    # the one visit left takes both therapies of the day; the office visit is not counted
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1, codes("97110", "97140")),))
    claim = a_claim(a_line(1, procedure="97110"), a_line(2, procedure="97140"), a_line(3))
    decision = adjudicate(a_case(claim, history=earlier_visits(3)), policies)
    assert decision.disposition is Disposition.PAID
    assert not limit_found(decision)


def test_a_visit_is_a_day_with_a_billing_provider_and_a_day_is_a_day(demo: PolicySet):
    # the same day with another provider was paid: a second visit, but no second day
    history = (
        an_earlier_line(from_date=SERVICE_DAY, through_date=SERVICE_DAY, procedure="97110", billing_tax_id="999000009"),
    )
    case = a_case(a_claim(a_line(procedure="97110")), history=history)
    by_visit = adjudicate(case, worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1),)))
    assert money(by_visit) == ({"PR-119": 13000}, 0)
    by_day = adjudicate(case, worked_policies(demo, FREE, limits=(a_limit(Counting.DAYS, 1),)))
    assert money(by_day) == ({}, 13000)


def test_of_a_stay_the_days_that_are_left_are_covered(demo: PolicySet):
    # 5 days, 3 left: 3/5 of 500.00 and of 5 units
    line = a_line(charge_cents=50000, from_date=SERVICE_DAY, through_date=days_before(-4), quantity_thousandths=5000)
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.DAYS, 10),))
    decision = adjudicate(a_case(a_claim(line), history=earlier_visits(7)), policies)
    assert money(decision) == ({"PR-119": 20000}, 30000)
    assert decision.line(1).adjustments[0].quantity_thousandths == 2000
    assert limit_found(decision)[0][2] == (
        "The plan covers 10 days in 2026; before line 1 it has covered 7 days, "
        "so that 3 of the 5 days of the line can be covered."
    )


def test_each_day_of_a_line_is_a_visit(demo: PolicySet):
    # 5 days, 3 visits left: 3/5 of 500.00 and of 5 units; the next day finds nothing left
    last = days_before(-4)
    stay = a_line(charge_cents=50000, through_date=last, quantity_thousandths=5000)
    day_after = a_line(2, from_date=days_before(-5), through_date=days_before(-5))
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 10),))
    case = a_case(
        a_claim(stay, day_after), history=earlier_visits(7), received_on=days_before(-6), decided_on=days_before(-6)
    )
    decision = adjudicate(case, policies)
    assert money(decision) == ({"PR-119": 20000}, 30000)
    assert money(decision, 2) == ({"PR-119": 13000}, 0)
    assert limit_found(decision)[1][2] == (
        "The plan covers 10 visits in 2026; before line 1 it has covered 7 visits, "
        "so that 3 of the 5 days of the line can be covered."
    )


def test_row_9b_a_limit_on_allowed_amounts_cuts_before_the_share(demo: PolicySet):
    # 1,500.00 a year, 1,200.00 used: 300.00 of 1,000.00 covered, 20 % of it 60.00; plan 240.00
    policies = worked_policies(demo, SHARED, limits=(a_limit(Counting.ALLOWED, 150_000),))
    case = a_case(
        a_claim(a_line(charge_cents=100_000)), history=(an_earlier_line(allowed_cents=120_000, paid_cents=96_000),)
    )
    decision = adjudicate(case, policies)
    assert money(decision) == ({"PR-119": 70000, "PR-2": 6000}, 24000)
    assert decision.line(1).allowed_cents == 30000
    assert decision.line(1).adjustments[0].quantity_thousandths is None
    assert limit_found(decision) == [
        (
            Verdict.REDUCE,
            1,
            "The plan covers 1,500.00 in 2026; before line 1 it has covered 1,200.00, "
            "so that 300.00 of the line can be covered.",
        )
    ]
    # only what is covered counts toward the out-of-pocket limit
    assert {e.amount_cents for e in decision.entries} == {6000}


def test_row_9c_a_limit_on_payments_cuts_after_the_share(demo: PolicySet):
    # 20 % of 1,000.00 = 200.00; the plan's 800.00 stop at 300.00, and 500.00 are not covered
    policies = worked_policies(demo, SHARED, limits=(a_limit(Counting.PAID, 150_000),))
    case = a_case(
        a_claim(a_line(charge_cents=100_000)), history=(an_earlier_line(allowed_cents=150_000, paid_cents=120_000),)
    )
    decision = adjudicate(case, policies)
    assert money(decision) == ({"PR-119": 50000, "PR-2": 20000}, 30000)
    assert decision.line(1).allowed_cents == 50000
    share = decision.line(1).share
    assert share is not None
    assert share.limits == (BenefitUse("plans/worked#most", "paid", 150_000, 120_000, 30_000),)
    assert limit_found(decision)[0][2] == (
        "The plan pays 1,500.00 in 2026; before line 1 it has paid 1,200.00, so that 300.00 of the line can be paid."
    )


def test_row_9d_a_limit_on_units_takes_the_units_beyond_it(demo: PolicySet):
    # 40 units at 2.00, 30 left: 10 units or 20.00 not covered, 60.00 paid, beside 20.00 above the contract's price
    policies = worked_policies(
        demo, FREE, fees_cents={"J1885": 200}, limits=(a_limit(Counting.UNITS, 50_000, codes("J1885")),)
    )
    line = a_line(procedure="J1885", quantity_thousandths=40_000, charge_cents=10_000)
    history = (an_earlier_line(procedure="J1885", quantity_thousandths=25_000, covered_quantity_thousandths=20_000),)
    decision = adjudicate(a_case(a_claim(line), history=history), policies)
    assert money(decision) == ({"CO-45": 2000, "PR-119": 2000}, 6000)
    decided = decision.line(1)
    assert [a.quantity_thousandths for a in decided.adjustments] == [None, 10_000]
    assert (decided.allowed_cents, decided.paid_quantity_thousandths) == (6000, 30_000)


@pytest.mark.parametrize(
    ("counting", "most"),
    [
        (Counting.VISITS, 3),
        (Counting.DAYS, 3),
        (Counting.UNITS, 3000),
        (Counting.ALLOWED, 39_000),
        (Counting.PAID, 39_000),
    ],
)
def test_the_last_that_a_limit_leaves_is_covered_whole_and_the_next_not_at_all(
    demo: PolicySet, counting: Counting, most: int
):
    # each visit is 1 unit of 130.00 without share: 2 used, the third fits exactly
    policies = worked_policies(demo, FREE, limits=(a_limit(counting, most),))
    fits = a_case(history=earlier_visits(2, allowed_cents=13000, paid_cents=13000))
    assert money(adjudicate(fits, policies)) == ({}, 13000)
    beyond = a_case(history=earlier_visits(3, allowed_cents=13000, paid_cents=13000))
    decision = adjudicate(beyond, policies)
    assert money(decision) == ({"PR-119": 13000}, 0)
    assert (decision.disposition, decision.entries) == (Disposition.DENIED, ())


@pytest.mark.parametrize(
    ("changes", "earlier", "counts"),
    [
        # a calendar year, by date of service
        ({}, dt.date(2026, 1, 1), True),
        ({}, dt.date(2025, 12, 31), False),
        ({}, dt.date(2026, 12, 31), True),
        # a lifetime
        ({"lifetime": True}, dt.date(2001, 1, 1), True),
        # twelve months: the same day a year ago no longer counts, the day after it does
        ({"months": 12}, dt.date(2025, 3, 2), False),
        ({"months": 12}, dt.date(2025, 3, 3), True),
        # what came later by date of service but was decided first counts too: the two stand within twelve months
        ({"months": 12}, dt.date(2027, 3, 1), True),
        ({"months": 12}, dt.date(2027, 3, 2), False),
    ],
)
def test_what_was_used_counts_by_its_day_of_service(
    demo: PolicySet, changes: dict[str, Any], earlier: dt.date, counts: bool
):
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1, **changes),))
    decision = adjudicate(a_case(history=(an_earlier_line(from_date=earlier, through_date=earlier),)), policies)
    assert money(decision) == (({"PR-119": 13000}, 0) if counts else ({}, 13000))


def test_a_limit_of_one_tier_counts_in_that_tier_only(demo: PolicySet):
    history = (an_earlier_line(tier="out_of_network"),)
    both = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1),))
    inside = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1, tier="in_network"),))
    outside = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1, tier="out_of_network"),))
    assert money(adjudicate(a_case(history=history), both)) == ({"PR-119": 13000}, 0)
    assert money(adjudicate(a_case(history=history), inside)) == ({}, 13000)
    assert money(adjudicate(a_case(history=history), outside)) == ({}, 13000)
    unknown = adjudicate(a_case(history=history, participations=()), outside)
    assert money(unknown)[1] == 0


def test_of_several_limits_the_narrowest_holds_and_each_reason_is_told_once(demo: PolicySet):
    # 40 units of 1.00: 30 units by the one, then 25.00 of money by the other; one reason, 5.00 + 10.00 and 10 units
    limits = (a_limit(Counting.UNITS, 30_000), a_limit(Counting.ALLOWED, 2500, id="money"))
    policies = worked_policies(demo, FREE, limits=limits)
    decision = adjudicate(a_case(a_claim(a_line(charge_cents=4000, quantity_thousandths=40_000))), policies)
    assert money(decision) == ({"PR-119": 1500}, 2500)
    assert decision.line(1).adjustments[0].quantity_thousandths == 10_000


def test_a_line_denied_for_another_reason_uses_nothing_of_a_limit(demo: PolicySet):
    # line 1 has a procedure of no table; the one visit is line 2's
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1),))
    yesterday = days_before(1)
    claim = a_claim(a_line(1, procedure="00000", from_date=yesterday, through_date=yesterday), a_line(2))
    decision = adjudicate(a_case(claim), policies)
    assert decision.line(1).verdict is Verdict.DENY
    assert money(decision, 2) == ({}, 13000)


def test_lines_are_taken_by_day_of_service_then_by_number(demo: PolicySet):
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1),))
    yesterday = days_before(1)
    claim = a_claim(a_line(1), a_line(2, from_date=yesterday, through_date=yesterday))
    decision = adjudicate(a_case(claim), policies)
    assert money(decision, 1) == ({"PR-119": 13000}, 0)
    assert money(decision, 2) == ({}, 13000)


LIMITS = {
    Counting.VISITS: 2,
    Counting.DAYS: 2,
    Counting.UNITS: 3_500,
    Counting.ALLOWED: 25_000,
    Counting.PAID: 18_000,
}
PROCEDURES = ["99211", "99212", "99213", "99214", "99215", "97112", "97140", "97530", "93000"]
COUNTED = codes(*PROCEDURES[:-1])
ARRIVED = dt.date(2026, 9, 10)
IN_NETWORK = a_case().participations
OUTSIDE = msgspec.structs.replace(BILLING, tax_id="999000009", npi="1000000004")

law_lines = st.builds(
    a_line,
    charge_cents=st.integers(0, 15_000),
    quantity_thousandths=st.integers(1, 3_000),
    procedure=st.sampled_from(PROCEDURES),
    from_date=st.dates(dt.date(2025, 1, 1), dt.date(2026, 9, 9)),
    through_date=st.none(),
)
different_lines = st.lists(law_lines, min_size=1, max_size=4, unique_by=lambda line: (line.procedure, line.from_date))
Turn = tuple[list[Line], Provider]
"""The lines of a claim, and its billing provider."""
claims_in_turn = st.lists(
    st.tuples(different_lines, st.sampled_from([BILLING, BILLING, OUTSIDE])), min_size=2, max_size=8
)
kinds = st.sampled_from(list(Counting))
periods = st.sampled_from([{}, {"lifetime": True}, {"months": 6}, {"months": 12}, {"tier": "in_network"}])


def numbered(lines: list[Line]) -> tuple[Line, ...]:
    return tuple(msgspec.structs.replace(line, number=number) for number, line in enumerate(lines, 1))


def amounts_used(limit: BenefitLimit, history: tuple[HistoryLine, ...]) -> list[int]:
    """What stands in every period of a limit: each year, the lifetime, or each stretch of months that ends with a service."""
    paid = [h for h in history if h.state is LineState.PAID and h.procedure in COUNTED and limit.tier in ("", h.tier)]
    periods_of: dict[object, list[HistoryLine]] = defaultdict(list)
    for line in paid:
        if limit.months:
            for end in {other.from_date for other in paid}:
                if months_before(end, limit.months) < line.from_date <= end:
                    periods_of[end].append(line)
        else:
            periods_of[None if limit.lifetime else line.from_date.year].append(line)
    measures = {
        Counting.VISITS: lambda lines: len({(h.from_date, h.billing_tax_id) for h in lines}),
        Counting.DAYS: lambda lines: len({h.from_date for h in lines}),
        Counting.UNITS: lambda lines: sum(h.counted_thousandths for h in lines),
        Counting.ALLOWED: lambda lines: sum(h.allowed_cents for h in lines),
        Counting.PAID: lambda lines: sum(h.paid_cents for h in lines),
    }
    return [measures[limit.counting](lines) for lines in periods_of.values()]


@given(turns=claims_in_turn, counting=kinds, changes=periods)
def test_no_sequence_of_claims_exceeds_a_limit(
    demo: PolicySet, turns: list[Turn], counting: Counting, changes: dict[str, Any]
):
    limit = a_limit(counting, LIMITS[counting], COUNTED, **changes)
    policies = worked_policies(demo, SHARED, limits=(limit,), filing_limit_days=1000)
    history: tuple[HistoryLine, ...] = ()
    for number, (lines, billing) in enumerate(turns):
        claim = a_claim(*numbered(lines), billing=billing)
        case = a_case(
            claim,
            claim_id=f"CLAW{number:012}",
            history=history,
            participations=IN_NETWORK if billing is BILLING else (),
            received_on=ARRIVED,
            decided_on=ARRIVED,
        )
        decision = adjudicate(case, policies)
        history += history_lines(case, 1, decision)
        assert max(amounts_used(limit, history), default=0) <= limit.most
        for line in decision.lines:
            if line.share is None or line.price is None:
                continue
            not_covered = sum(a.amount_cents for a in line.adjustments if a.carc == "119")
            assert line.allowed_cents + not_covered == line.price.allowed_cents
            assert 0 <= line.share.member_cents <= line.allowed_cents
            assert line.paid_cents == line.allowed_cents - line.share.member_cents


in_two_orders = different_lines.flatmap(
    lambda lines: st.tuples(st.just(numbered(lines)), st.permutations(numbered(lines)))
)


@given(orders=in_two_orders, counting=kinds)
def test_the_place_of_a_line_on_the_claim_changes_nothing(
    demo: PolicySet, orders: tuple[tuple[Line, ...], list[Line]], counting: Counting
):
    policies = worked_policies(demo, SHARED, limits=(a_limit(counting, LIMITS[counting], COUNTED),))
    decisions = [
        adjudicate(a_case(a_claim(*lines), received_on=ARRIVED, decided_on=ARRIVED), policies) for lines in orders
    ]
    straight, mixed = ({line.line: line for line in decision.lines} for decision in decisions)
    assert straight == mixed


@pytest.mark.parametrize(
    ("earlier", "counts"),
    [
        # the year from July to June that holds 2026-03-02
        (dt.date(2025, 6, 30), False),
        (dt.date(2025, 7, 1), True),
        (dt.date(2026, 6, 30), True),
        (dt.date(2026, 7, 1), False),
    ],
)
def test_a_limit_may_be_of_the_plans_own_year(demo: PolicySet, earlier: dt.date, counts: bool):
    limits = (a_limit(Counting.VISITS, 1, plan_year=True),)
    policies = worked_policies(demo, FREE, limits=limits, year_starts=(7, 1))
    decision = adjudicate(a_case(history=(an_earlier_line(from_date=earlier, through_date=earlier),)), policies)
    assert money(decision) == (({"PR-119": 13000}, 0) if counts else ({}, 13000))
    told = [f.because for f in decision.findings if f.carc == "119"]
    assert told == (
        [
            "The plan covers 1 visit in the plan year from 2025-07-01; before line 1 it has covered 1 visit, so that nothing of "
            "the line is covered."
        ]
        if counts
        else []
    )


def therapy(number: int, first: int, last: int, charge_cents: int, procedure: str = "97110") -> Line:
    """A line from one day of March 2026 through another, with a unit a day."""
    return a_line(
        number,
        procedure=procedure,
        charge_cents=charge_cents,
        quantity_thousandths=1000 * (last - first + 1),
        from_date=dt.date(2026, 3, first),
        through_date=dt.date(2026, 3, last),
    )


def told_later(decided: tuple[Line, ...], policies: PolicySet, *lines: Line) -> Decision:
    """A claim that comes after another one of the same provider was decided."""
    arrived: dict[str, Any] = {"received_on": dt.date(2026, 5, 1), "decided_on": dt.date(2026, 5, 1)}
    history: tuple[HistoryLine, ...] = ()
    if decided:
        first = a_case(a_claim(*decided), claim_id="CFIRST000000", **arrived)
        history = history_lines(first, 1, adjudicate(first, policies))
    return adjudicate(a_case(a_claim(*lines), history=history, **arrived), policies)


THERAPIES = codes("97110", "97530")


@pytest.mark.parametrize("counting", [Counting.VISITS, Counting.DAYS])
def test_days_that_a_limit_denied_are_no_visits_already_covered(demo: PolicySet, counting: Counting):
    # 2 visits: of 4 days of 160.00 the first 2 are covered, 80.00; the third and fourth day find nothing left, the second costs
    # nothing more
    policies = worked_policies(demo, FREE, limits=(a_limit(counting, 2, THERAPIES),))
    stay = therapy(1, 2, 5, 16_000)
    others = [therapy(n, day, day, 4000, "97530") for n, day in ((2, 3), (3, 4), (4, 5))]
    decision = told_later((), policies, stay, *others)
    assert [money(decision, n) for n in (1, 2, 3, 4)] == [
        ({"PR-119": 8000}, 8000),
        ({}, 4000),
        ({"PR-119": 4000}, 0),
        ({"PR-119": 4000}, 0),
    ]
    share = decision.line(1).share
    assert share is not None
    assert share.covered_days == (dt.date(2026, 3, 2), dt.date(2026, 3, 3))
    assert share.limits == (BenefitUse("plans/worked#most", counting.value, 2, 0, 2),)
    # the same when they come on a later claim
    later = told_later((stay,), policies, *others)
    assert [money(later, n) for n in (2, 3, 4)] == [({}, 4000), ({"PR-119": 4000}, 0), ({"PR-119": 4000}, 0)]


def test_days_that_one_limit_denied_use_nothing_of_another(demo: PolicySet):
    # 2 of 4 days of 97110 by the one, so that 2 of the other's 4 visits are left: 100.00 and 100.00 are paid, the fifth visit not
    one, both = a_limit(Counting.VISITS, 2, codes("97110")), a_limit(Counting.VISITS, 4, THERAPIES, id="both")
    lines = (therapy(1, 2, 5, 16_000), *(therapy(n, 7 + n, 7 + n, 10_000, "97530") for n in (2, 3, 4)))
    for limits in ((one, both), (both, one)):
        decision = told_later((), worked_policies(demo, FREE, limits=limits), *lines)
        assert [money(decision, n)[1] for n in (1, 2, 3, 4)] == [8000, 10_000, 10_000, 0]


@pytest.mark.parametrize("first", [2, 4])
def test_of_a_line_the_day_that_is_counted_already_is_covered(demo: PolicySet, first: int):
    # the one visit is used on one of the line's four days: this costs no other, 1/4 of 160.00 = 40.00
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1, THERAPIES),))
    decision = told_later((therapy(1, first, first, 4000, "97530"),), policies, therapy(1, 2, 5, 16_000))
    assert money(decision) == ({"PR-119": 12_000}, 4000)
    share = decision.line(1).share
    assert share is not None
    assert share.covered_days == (dt.date(2026, 3, first),)
    assert share.limits == (BenefitUse("plans/worked#most", "visits", 1, 1, 0),)


def test_a_line_without_a_day_that_is_counted_already_finds_nothing_left(demo: PolicySet):
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, 1, THERAPIES),))
    decision = told_later((therapy(1, 6, 6, 4000, "97530"),), policies, therapy(1, 2, 5, 16_000))
    assert money(decision) == ({"PR-119": 16_000}, 0)


@pytest.mark.parametrize(
    ("counting", "most", "covered_cents"),
    [
        # 30 of 40 units of 25.00 are 750.00, of which the money covers 300.00
        (Counting.UNITS, 30_000, 30_000),
        # 10 units are 250.00, which the money covers
        (Counting.UNITS, 10_000, 25_000),
    ],
)
def test_the_order_of_a_plans_limits_changes_nothing(
    demo: PolicySet, counting: Counting, most: int, covered_cents: int
):
    limits = (a_limit(counting, most), a_limit(Counting.ALLOWED, 30_000, id="money"))
    for ordered in (limits, limits[::-1]):
        policies = worked_policies(demo, FREE, limits=ordered)
        decision = adjudicate(a_case(a_claim(a_line(charge_cents=100_000, quantity_thousandths=40_000))), policies)
        assert money(decision) == ({"PR-119": 100_000 - covered_cents}, covered_cents)


def test_money_is_counted_of_the_days_that_are_covered_whatever_the_order(demo: PolicySet):
    # 3 of 4 days of 1,000.00 are 750.00, of which the money covers 300.00; money first would leave 3/4 of 300.00 = 225.00
    limits = (a_limit(Counting.DAYS, 3), a_limit(Counting.ALLOWED, 30_000, id="money"))
    for ordered in (limits, limits[::-1]):
        decision = told_later((), worked_policies(demo, FREE, limits=ordered), therapy(1, 2, 5, 100_000))
        assert money(decision) == ({"PR-119": 70_000}, 30_000)


@pytest.mark.parametrize("as_one_line", [True, False])
@pytest.mark.parametrize(("most", "covered"), [(10, False), (11, True)])
def test_a_rolling_limit_counts_each_day_of_a_line_that_began_before_it(
    demo: PolicySet, as_one_line: bool, most: int, covered: bool
):
    # within 1 month up to 04-02: 9 of the 10 days from 03-02 through 03-11, and 04-02 with another provider: 10 visits
    days = [dt.date(2026, 3, day) for day in range(2, 12)]
    stays = [(days[0], days[-1])] if as_one_line else [(day, day) for day in days]
    april = dt.date(2026, 4, 2)
    history = (
        *(an_earlier_line(n, from_date=first, through_date=last) for n, (first, last) in enumerate(stays)),
        an_earlier_line(20, from_date=april, through_date=april, billing_tax_id="999000007"),
    )
    policies = worked_policies(demo, FREE, limits=(a_limit(Counting.VISITS, most, months=1),))
    claim = a_claim(a_line(charge_cents=4000, from_date=april, through_date=april))
    arrived = dt.date(2026, 4, 9)
    decision = adjudicate(a_case(claim, history=history, received_on=arrived, decided_on=arrived), policies)
    assert money(decision) == (({}, 4000) if covered else ({"PR-119": 4000}, 0))
