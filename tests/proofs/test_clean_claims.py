"""Ten thousand claims that are clean by construction all pay, each cent as worked out without the engine."""

import ast
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from adjudicator.model.case import Coverage, Member, Participation
from adjudicator.model.claim import (
    Address,
    Ambulance,
    Claim,
    ClaimType,
    Diagnosis,
    Drug,
    Line,
    Person,
    Provider,
    Sex,
    Subscriber,
)
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, Verdict
from adjudicator.model.principal import Principal, Role
from adjudicator.policy.load import read_files
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.claims import ClaimRecord, Claims, Submission
from adjudicator.service.policies import PoliciesInForce
from adjudicator.store.database import Store
from adjudicator.store.membership import load_members, load_participations
from tests.conftest import DEMO
from tests.proofs.clean_claims import (
    CLIA_NUMBER,
    GROUPS,
    LAST_DAY,
    PICK_UP_POSTAL_CODE,
    PRACTITIONER,
    CleanClaim,
    CleanLine,
    Group,
)
from tests.proofs.conftest import CLAIMS

BATCH = 500
PROOFS = Path(__file__).parent
SINCE = Span(dt.date(2025, 1, 1))
OPERATOR = Principal(name="proof", role=Role.OPERATOR, submitter="proof")


@pytest.fixture(scope="module")
def decisions(
    sent: tuple[CleanClaim, ...], demo: PolicySet, tmp_path_factory: pytest.TempPathFactory
) -> list[Decision]:
    """The claims, decided in the order in which they arrive over one database, each with its member's history."""
    store = Store(tmp_path_factory.mktemp("clean") / "payer.sqlite")
    store.migrate()
    with store.writing() as connection:
        load_members(connection, {member.member_id: (member, [covered]) for member, covered in _members(sent)}.values())
        load_participations(connection, _participations())
    claims = Claims(store, PoliciesInForce(store, read_files(DEMO), demo), lambda: LAST_DAY + dt.timedelta(days=60))
    waiting = iter([Submission(claim.number, claim_of(claim), claim.received) for claim in sent])
    decided = []
    while batch := list(islice(waiting, BATCH)):
        for answer in claims.submit(OPERATOR, batch):
            assert isinstance(answer, ClaimRecord), answer
            decided.append(answer.decision)
    store.close()
    return decided


def test_each_of_ten_thousand_clean_claims_is_paid(sent: tuple[CleanClaim, ...], decisions: list[Decision]):
    assert len(decisions) == CLAIMS
    blocked = Counter(
        (claim.encounter, finding.rule)
        for claim, decision in zip(sent, decisions, strict=True)
        for finding in decision.findings
        if finding.verdict in (Verdict.PEND, Verdict.DENY, Verdict.REJECT, Verdict.FAULT)
    )
    assert blocked == Counter()
    assert {decision.disposition for decision in decisions} == {Disposition.PAID}


def test_each_line_of_them_is_allowed_shared_and_paid_as_expected_to_the_cent(
    sent: tuple[CleanClaim, ...], decisions: list[Decision]
):
    for claim, decision in zip(sent, decisions, strict=True):
        assert amounts_of(decision) == [expected_of(line, claim.group.in_network) for line in claim.lines], claim


def test_they_reach_into_every_corner_that_they_are_to_prove(sent: tuple[CleanClaim, ...]):
    """The proof is as wide as its claims: plans, contracts, sizes, limits and charges on both sides of the fee."""
    lines = [line for claim in sent for line in claim.lines]
    assert {claim.patient.plan for claim in sent} == {
        "plans/ppo-gold",
        "plans/ppo-solo",
        "plans/hsa-bronze",
        "plans/epo-select",
        "plans/advantage-wisconsin",
    }
    assert {claim.group for claim in sent} == set(GROUPS)
    assert {len(claim.lines) for claim in sent} == {1, 2, 3, 4, 5, 6}
    assert len({line.procedure for line in lines}) >= 80
    for some in (
        [line for line in lines if line.allowed_cents > line.charge_cents],
        [line for line in lines if line.share.deductible_cents and line.share.coinsurance_cents],
        [line for line in lines if line.share.limited],
        [line for line in lines if not line.share.total_cents],
        [line for line in lines if line.units_tenths % 10],
        [line for line in lines if "24" in line.modifiers],
        [claim for claim in sent if len({line.day for line in claim.lines}) > 1],
    ):
        assert some


def test_what_they_come_to_is_worked_out_without_the_engine():
    modules = [PROOFS / f"{name}.py" for name in ("clean_claims", "ledger", "rulebook", "services")]
    imported = {
        name.split(".")[0]
        for module in modules
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert "tests" in imported
    assert "adjudicator" not in imported


def claim_of(clean: CleanClaim) -> Claim:
    """A clean claim as provider systems send it."""
    patient = clean.patient
    person = Person(last_name="CLEAN", first_name=patient.member, birth_date=patient.born, sex=_member(clean).sex)
    ambulance = Ambulance(
        transport_reason="A",
        miles_thousandths=clean.miles_tenths * 100,
        pick_up=Address(postal_code=PICK_UP_POSTAL_CODE, state="NE"),
    )
    return Claim(
        claim_type=ClaimType.PROFESSIONAL,
        patient_control_number=clean.number,
        total_charge_cents=sum(line.charge_cents for line in clean.lines),
        billing=_billing(clean.group),
        subscriber=Subscriber(member_id=patient.member, person=person),
        lines=tuple(_line(clean, line, ambulance if clean.miles_tenths else None) for line in clean.lines),
        payer_id="MDWLK",
        diagnoses=tuple(
            Diagnosis(code, "other" if position else "principal") for position, code in enumerate(clean.diagnoses)
        ),
        clia_number=CLIA_NUMBER,
        ambulance=ambulance if clean.miles_tenths else None,
    )


def _line(clean: CleanClaim, line: CleanLine, ambulance: Ambulance | None) -> Line:
    quantity = line.units_tenths * 100
    return Line(
        number=line.number,
        charge_cents=line.charge_cents,
        from_date=line.day,
        through_date=line.day,
        procedure=line.procedure,
        modifiers=line.modifiers,
        quantity_thousandths=quantity,
        diagnosis_pointers=tuple(clean.diagnoses.index(code) + 1 for code in line.diagnoses),
        place_of_service=clean.place,
        rendering=Provider(npi=PRACTITIONER, name="CLEAN", first_name="DOCTOR", taxonomy=clean.specialty),
        service_facility=_billing(clean.group),
        drug=Drug(line.ndc, quantity, "UN") if line.ndc else None,
        ambulance=ambulance,
    )


def _billing(group: Group) -> Provider:
    return Provider(npi=group.npi, name="CLEAN GROUP", tax_id=group.tax_id)


def _member(clean: CleanClaim) -> Member:
    patient = clean.patient
    return Member(
        member_id=patient.member,
        family_id=patient.family,
        last_name="CLEAN",
        first_name=patient.member,
        birth_date=patient.born,
        sex=Sex(patient.sex),
        relationship=patient.relationship,
    )


def _members(sent: tuple[CleanClaim, ...]) -> Iterator[tuple[Member, Coverage]]:
    for claim in sent:
        yield _member(claim), Coverage(plan=claim.patient.plan, span=SINCE)


def _participations() -> Iterator[Participation]:
    for group in GROUPS:
        for product in group.products if group.in_network else ():
            yield Participation(group.tax_id, group.npi, product, group.contract, SINCE)


def amounts_of(decision: Decision) -> list[dict[str, int]]:
    """What a decision says of each line: allowed, paid, and every adjustment by its reason."""
    return [
        {
            "allowed": line.allowed_cents,
            "paid": line.paid_cents,
            **{f"{one.group}-{one.carc}": one.amount_cents for one in line.adjustments},
        }
        for line in decision.lines
    ]


def expected_of(line: CleanLine, in_network: bool) -> dict[str, int]:
    """The same, as worked out without the engine: what the member owes, and the difference between charge and allowed."""
    above = line.charge_cents - line.allowed_cents
    reason = "OA-94" if above < 0 else "CO-45" if in_network else "PR-45"
    unpaid = {
        reason: above,
        "PR-1": line.share.deductible_cents,
        "PR-2": line.share.coinsurance_cents,
        "PR-3": line.share.copay_cents,
        "CO-253": line.sequestered_cents,
    }
    return {"allowed": line.allowed_cents, "paid": line.paid_cents} | {
        why: cents for why, cents in unpaid.items() if cents
    }
