"""Laws that hold for every claim: balance, bounds, determinism, and that what waits moves nothing."""

import datetime as dt
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.engine import adjudicate
from adjudicator.model.case import Balance, Case
from adjudicator.model.claim import Claim, Line
from adjudicator.model.decision import Disposition, Verdict
from adjudicator.policy.plan import Benefit, LimitPair, TierLimits
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    MEMBER,
    SERVICE_DAY,
    STANDARD,
    a_benefit,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    codes,
    used,
    worked_policies,
)

CHARGES = st.integers(min_value=0, max_value=5_000_000)
FEES = {"99213": 9200, "99214": 13328, "11721": 4500, "99396": 18000}
VISIT = a_benefit("office", codes("99213", "99214"), copay=3000, deductible=True, coinsurance=1500)
FREE = a_benefit("preventive", codes("99396"))

lines = st.builds(
    a_line,
    charge_cents=CHARGES,
    quantity_thousandths=st.integers(min_value=1, max_value=20_000),
    procedure=st.sampled_from([*FEES, "93000", "00000", "9"]),
    modifiers=st.sampled_from([(), ("25",), ("59",), ("50",)]),
    place_of_service=st.sampled_from(["11", "22", "00"]),
    from_date=st.sampled_from([SERVICE_DAY, dt.date(2025, 12, 31), dt.date(2026, 3, 12)]),
    through_date=st.none(),
)


def numbered(unnumbered: list[Line]) -> tuple[Line, ...]:
    return tuple(msgspec.structs.replace(line, number=number) for number, line in enumerate(unnumbered, start=1))


claims = st.lists(lines, min_size=1, max_size=6).map(lambda unnumbered: a_claim(*numbered(unnumbered)))
balances = st.builds(
    used,
    deductible=st.integers(0, 110_000),
    family_deductible=st.integers(0, 210_000),
    out_of_pocket=st.integers(0, 410_000),
    family_out_of_pocket=st.integers(0, 810_000),
)
cases = st.builds(lambda claim, used_so_far: a_case(claim, balances=used_so_far), claims, balances)


def law_policies(demo: PolicySet) -> PolicySet:
    return worked_policies(demo, FREE, VISIT, STANDARD, fees_cents=FEES)


@given(case=cases)
def test_every_cent_of_a_charge_is_paid_or_adjusted_once(demo: PolicySet, case: Case):
    decision = adjudicate(case, law_policies(demo))
    charges = {line.number: line.charge_cents for line in case.claim.lines}
    for line in decision.lines:
        assert line.charge_cents == charges[line.line]
        assert line.charge_cents == line.paid_cents + sum(a.amount_cents for a in line.adjustments)
        assert all(a.amount_cents != 0 for a in line.adjustments)
        assert 0 <= line.paid_cents <= line.allowed_cents
        if line.verdict is Verdict.DENY:
            assert len(line.adjustments) == (1 if line.charge_cents else 0)
    if decision.disposition.is_final:
        assert set(charges) == {line.line for line in decision.lines}


@given(case=cases)
def test_only_a_final_claim_has_money_and_moves_accumulators(demo: PolicySet, case: Case):
    decision = adjudicate(case, law_policies(demo))
    if not decision.disposition.is_final:
        assert not decision.lines
        assert not decision.entries
    owed = sum(line.share.member_cents for line in decision.lines if line.share)
    moved = sum(
        e.amount_cents for e in decision.entries if e.owner.startswith("member:") and e.accumulator == "out_of_pocket"
    )
    assert moved == owed


@given(case=cases)
def test_cost_share_never_exceeds_what_is_left_of_a_limit(demo: PolicySet, case: Case):
    decision = adjudicate(case, law_policies(demo))
    used_before = {(b.owner, b.accumulator, b.tier, b.period_start): b.used_cents for b in case.balances}
    limits = {
        ("member", "deductible"): 100_000,
        ("family", "deductible"): 200_000,
        ("member", "out_of_pocket"): 400_000,
        ("family", "out_of_pocket"): 800_000,
    }
    for entry in decision.entries:
        if entry.accumulator == "copays":
            continue  # which are counted for plans that have a maximum of them; this one has none
        key = (entry.owner, entry.accumulator, entry.tier, entry.period_start)
        used_before[key] = used_before.get(key, 0) + entry.amount_cents
        assert used_before[key] <= limits[entry.owner.split(":")[0], entry.accumulator]


STRUCTURES = {
    "embedded": LimitPair(100_000, 200_000),
    "individual": LimitPair(100_000, None),
    "aggregate": LimitPair(None, 200_000),
    "capped": LimitPair(150_000, 300_000),
}
tiers = st.builds(
    TierLimits,
    deductible=st.sampled_from(list(STRUCTURES.values())),
    out_of_pocket=st.sampled_from(list(STRUCTURES.values())),
)
"""One person's and the family's limits of every structure, in every pair."""
orders = st.permutations(["copay", "deductible", "coinsurance"]).map(tuple)
variants = st.fixed_dictionaries(
    {
        "in_network": st.builds(
            lambda tier, other: msgspec.structs.replace(tier, counts_toward=other),
            tiers,
            st.sampled_from(["", "out_of_network"]),
        ),
        "out_of_network": st.builds(
            lambda tier, other: msgspec.structs.replace(tier, counts_toward=other),
            tiers,
            st.sampled_from(["", "in_network"]),
        ),
        "order": orders,
        "out_of_pocket_reduces": orders,
        "copay_counts_toward": st.sampled_from([(), ("out_of_pocket",), ("deductible", "out_of_pocket")]),
    }
)
visits = st.builds(
    a_benefit,
    st.just("office"),
    st.just(codes("99213", "99214")),
    copay=st.integers(0, 9_000),
    deductible=st.booleans(),
    coinsurance=st.integers(0, 10_000),
    copay_per_claim=st.booleans(),
    copay_reduces_coinsurance=st.booleans(),
    coinsurance_per_claim=st.booleans(),
)


plain_lines = st.builds(
    a_line,
    charge_cents=st.integers(0, 90_000),
    quantity_thousandths=st.integers(1_000, 9_000),
    procedure=st.sampled_from(["99213", "99214", "93000", "11721"]),
    from_date=st.dates(dt.date(2025, 12, 1), dt.date(2026, 3, 9)),
    through_date=st.none(),
)
plain_claims = st.lists(plain_lines, min_size=1, max_size=4).map(lambda unnumbered: a_claim(*numbered(unnumbered)))


@given(
    turns=st.lists(
        st.tuples(plain_claims, st.sampled_from(["TEST0001", "TEST0002"]), st.booleans()), min_size=1, max_size=8
    ),
    variant=variants,
    visit=visits,
)
def test_no_sequence_of_a_familys_claims_exceeds_a_limit_of_any_structure(
    demo: PolicySet, turns: list[tuple[Claim, str, bool]], variant: dict[str, Any], visit: Benefit
):
    policies = worked_policies(demo, FREE, visit, STANDARD, **variant)
    stands: dict[tuple[str, str, str, dt.date], int] = {}
    for claim, member_id, in_network in turns:
        member = msgspec.structs.replace(MEMBER, member_id=member_id)
        case = a_case(
            claim,
            members=(member,),
            balances=tuple(Balance(*key, used_cents) for key, used_cents in stands.items()),
        )
        if not in_network:
            case = msgspec.structs.replace(case, participations=())
        decision = adjudicate(case, policies)
        if not decision.disposition.is_final:
            assert not decision.entries
        for entry in decision.entries:
            key = (entry.owner, entry.accumulator, entry.tier, entry.period_start)
            stands[key] = stands.get(key, 0) + entry.amount_cents
        for (owner, accumulator, tier, _), used_cents in stands.items():
            limit: LimitPair | None = getattr(variant[tier], accumulator)
            most = limit.of(owner.partition(":")[0]) if limit else None
            assert most is None or used_cents <= most
        assert not [finding for finding in decision.findings if finding.rule == "accumulator-overshoot"]
        for line in decision.lines:
            if line.share:
                assert 0 <= line.share.member_cents <= line.allowed_cents
                assert min(line.share.copay_cents, line.share.deductible_cents, line.share.coinsurance_cents) >= 0


@given(case=cases)
def test_a_denied_line_leaves_the_money_of_its_neighbours_alone(demo: PolicySet, case: Case):
    policies = law_policies(demo)
    decision = adjudicate(case, policies)
    if decision.disposition is not Disposition.PARTLY_PAID:
        return
    kept = tuple(line for line in case.claim.lines if decision.line(line.number).verdict is not Verdict.DENY)
    alone = msgspec.structs.replace(case.claim, lines=kept, total_charge_cents=sum(line.charge_cents for line in kept))
    again = adjudicate(msgspec.structs.replace(case, claim=alone), policies)
    assert {line.line: line.paid_cents for line in again.lines} == {
        line.line: line.paid_cents for line in decision.lines if line.verdict is not Verdict.DENY
    }


@given(case=cases)
def test_a_case_survives_its_stored_form_and_decides_the_same(demo: PolicySet, case: Case):
    policies = law_policies(demo)
    stored = msgspec.json.encode(case)
    again = msgspec.json.decode(stored, type=Case)
    assert again == case
    assert msgspec.json.encode(adjudicate(again, policies)) == msgspec.json.encode(adjudicate(case, policies))


DIGEST_OF_DECISIONS = """
import datetime as dt, hashlib, msgspec
from pathlib import Path
from typing import Any
from tests.building import *
from adjudicator.engine import RULES, adjudicate
from adjudicator.policy.load import load_policies
demo = load_policies(Path("policies/demo"), rules=RULES)
policies = worked_policies(demo, fees_cents={"99213": 9200})
seen = hashlib.sha256(demo.digest.encode())
for procedure in ("99213", "99214", "00000", "9", ""):
    for modifiers in ((), ("25",), ("50",)):
        for place in ("11", "22", "00"):
            claim = a_claim(a_line(1), a_line(2, procedure=procedure, modifiers=modifiers, place_of_service=place))
            for members in ((MEMBER,), ()):
                seen.update(msgspec.json.encode(adjudicate(a_case(claim, members=members), policies)))
print(seen.hexdigest())
"""


def test_the_same_case_gives_the_same_bytes_under_five_hash_seeds():
    root = Path(__file__).resolve().parents[2]
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST_OF_DECISIONS],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "2", "3", "4")
    }
    assert len(digests) == 1


def test_a_decided_claim_leaves_nothing_to_the_collector_of_garbage(demo: PolicySet):
    policies = law_policies(demo)
    case = a_case(a_claim(a_line(1), a_line(2, procedure="99396")), history=(an_earlier_line(),))
    assert adjudicate(case, policies).disposition is Disposition.PAID
    gc.collect()
    gc.disable()
    try:
        adjudicate(msgspec.structs.replace(case), policies)
        assert gc.collect() == 0
    finally:
        gc.enable()
