"""Decided claims for tests, built by hand: the sets of domain/06 section 8, and whatever a test asks for."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from adjudicator.model.claim import Address, Claim, Line, Subscriber
from adjudicator.model.dates import Span
from adjudicator.model.decision import Adjustment, Decision, Disposition, LineDecision, Verdict
from adjudicator.model.remittance import RemittedClaim
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.payer import Payer
from tests.building import ALWAYS, CITE, RECEIVED, a_claim, a_line

PAID_ON = dt.date(2026, 3, 20)

PAYER = Payer(
    document="payer",
    span=Span(ALWAYS.effective),
    cite=CITE,
    name="DEMO HEALTH PLAN",
    payer_id="DEMO1",
    tax_id="990000009",
    address=Address("1 PLAN STREET", "", "TESTVILLE", "OH", "432150000"),
    contact_name="PROVIDER LINE",
    contact_phone="(555) 555-0100",
    contact_url="https://payer.example/policies",
    out_of_network_contract="contracts/out-of-network",
    appeal_limit_days=180,
    payment_method="CHK",
    duplicate_of_denied=False,
    neutral_modifiers=CodeSet(),
    liability_indicators=frozenset(),
    queues={},
    clinician_reasons=frozenset(),
    fractional_units=CodeSet(),
    causes_with_date=frozenset(),
    causes_with_state=frozenset(),
)


def because(group: str, carc: str, amount_cents: int, *remarks: str, **changes: Any) -> Adjustment:
    """Money not paid for a standard reason."""
    return msgspec.structs.replace(Adjustment(group, carc, amount_cents, "a-rule", remarks), **changes)


def decided(number: int, charge_cents: int, paid_cents: int, *adjustments: Adjustment, **changes: Any) -> LineDecision:
    """A decided line; denied when nothing is allowed. Allowed is what was paid and what the patient owes of it."""
    owed_cents = sum(adjustment.amount_cents for adjustment in adjustments if adjustment.group == "PR")
    allowed_cents = changes.pop("allowed_cents", max(paid_cents, paid_cents + owed_cents))
    fields: dict[str, Any] = {
        "line": number,
        "verdict": Verdict.REDUCE if allowed_cents else Verdict.DENY,
        "charge_cents": charge_cents,
        "allowed_cents": allowed_cents,
        "paid_cents": paid_cents,
        "paid_quantity_thousandths": 1000 if allowed_cents else 0,
        "adjustments": adjustments,
        **changes,
    }
    return LineDecision(**fields)


def remitted(
    name: str,
    lines: Sequence[Line],
    decisions: Sequence[LineDecision],
    decision: dict[str, Any] | None = None,
    **changes: Any,
) -> RemittedClaim:
    """A claim called PCNx that was decided as claim ICNx."""
    claim = a_claim(*lines, patient_control_number=f"PCN{name}", **changes)
    paid = any(line.paid_cents for line in decisions)
    fields: dict[str, Any] = {
        "claim_id": f"ICN{name}",
        "disposition": Disposition.PARTLY_PAID if paid else Disposition.DENIED,
        "lines": tuple(decisions),
        **(decision or {}),
    }
    return RemittedClaim(claim, RECEIVED, 1, Decision(**fields))


def subscriber_of(claim: Claim, **changes: Any) -> Subscriber:
    """The claim's subscriber with other particulars."""
    return msgspec.structs.replace(claim.subscriber, **changes)


PPO = subscriber_of(a_claim(), filing_indicator="12")

SET_1 = remitted(
    "1",
    [a_line(1, modifiers=("25",)), a_line(2, procedure="11721", charge_cents=10000)],
    [
        decided(1, 13000, 6200, because("CO", "45", 3800), because("PR", "3", 3000)),
        decided(2, 10000, 3600, because("CO", "45", 5500), because("PR", "2", 900)),
    ],
    subscriber=PPO,
)
SET_2 = remitted(
    "2",
    [a_line(1, procedure="J1100", charge_cents=10000), a_line(2, procedure="97110", charge_cents=5000)],
    [
        decided(1, 10000, 0, because("CO", "16", 10000, "M119"), remarks=("M119",)),
        decided(2, 5000, 0, because("CO", "97", 5000, "M15"), remarks=("M15",)),
    ],
    subscriber=PPO,
)
SET_3 = remitted(
    "3",
    [a_line(1, procedure="29881", charge_cents=100000)],
    [decided(1, 100000, 28000, because("OA", "23", 60000), because("CO", "45", 5000), because("PR", "2", 7000))],
    subscriber=subscriber_of(a_claim(), filing_indicator="12", payer_responsibility="S"),
)
SET_4 = remitted(
    "4",
    [a_line(1, procedure="99214", charge_cents=18000)],
    [
        decided(
            1,
            18000,
            3920,
            because("CO", "45", 8000),
            because("CO", "253", 80),
            because("PR", "1", 5000),
            because("PR", "2", 1000),
            allowed_cents=10000,
        )
    ],
    subscriber=subscriber_of(a_claim(), filing_indicator="MB"),
)
