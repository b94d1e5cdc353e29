"""Decides a claim and holds its 835 against the decision: a worked example counts only when the provider is told the same."""

from collections import defaultdict
from decimal import Decimal

from adjudicator.engine import adjudicate as engine_adjudicate
from adjudicator.model.case import Case
from adjudicator.model.decision import Decision
from adjudicator.model.remittance import RemittedClaim
from adjudicator.policy.policy_set import PolicySet
from adjudicator.remittance.check import check_balance
from adjudicator.remittance.cycle import build_remittances
from adjudicator.x12.era import write_835
from tests.remittance.decided import PAID_ON, PAYER

Told = dict[tuple[str, str], tuple[Decimal, str]]
"""The adjustments of a line: amount and quantity by group and reason."""


def adjudicate(case: Case, policies: PolicySet) -> Decision:
    """Decide a claim; of a final decision, check that its 835 tells every line's adjustments and balances."""
    decision = engine_adjudicate(case, policies)
    if decision.disposition.is_final:
        (remittance,) = build_remittances(PAID_ON, [RemittedClaim(case.claim, case.received_on, 1, decision)])
        assert list(check_balance(remittance)) == []
        text = "".join(
            write_835(
                [remittance], PAYER, interchange_control_number=7, created_on=PAID_ON, created_at="0830", test=False
            )
        )
        balances_for_an_independent_reader(text)
        assert adjustments_in(text) == [told_of(decision, line.line) for line in decision.lines]
        assert priority_payer_in(text) == _named(decision)
    return decision


def told_of(decision: Decision, number: int) -> Told:
    """What an 835 has to say of a line's adjustments."""
    return {
        (adjustment.group, adjustment.carc): (
            Decimal(adjustment.amount_cents) / 100,
            "" if adjustment.quantity_thousandths is None else f"{Decimal(adjustment.quantity_thousandths) / 1000:f}",
        )
        for adjustment in decision.line(number).adjustments
    }


def priority_payer_in(text: str) -> tuple[str, str] | None:
    """The payer with priority that an 835 of one claim names, its name and its identifier; None where it names none."""
    found = [segment.strip().split("*") for segment in text.split("~") if segment.strip().startswith("NM1*PR*")]
    assert len(found) <= 1
    for parts in found:
        assert (parts[2], parts[8]) == ("2", "PI")
        return parts[3], parts[9]
    return None


def _named(decision: Decision) -> tuple[str, str] | None:
    """What an 835 has to say of the payer with priority: that of the first line that is denied for it."""
    for line in decision.lines:
        if line.priority_payer:
            assert line.paid_cents == 0
            return line.priority_payer.name, line.priority_payer.identifier
    return None


def adjustments_in(text: str) -> list[Told]:
    """The adjustments that an 835 tells, line by line, read from its text alone."""
    lines: list[Told] = []
    for segment in text.split("~"):
        parts = segment.strip().split("*")
        if parts[0] == "SVC":
            lines.append({})
        elif parts[0] == "CAS":
            for position in range(2, len(parts), 3):
                reason, amount, quantity = (*parts[position : position + 3], "")[:3]
                lines[-1][parts[1], reason] = (Decimal(amount), quantity)
    return lines


def balances_for_an_independent_reader(text: str) -> None:
    """The three rules of domain/06 section 2, from the text alone."""
    transactions = text.split("~\nST*")[1:]
    assert transactions
    for transaction in transactions:
        payment = paid_by_claims = Decimal(0)
        claims: list[dict[str, Decimal]] = []
        lines: list[dict[str, Decimal]] = []
        for segment in transaction.split("~"):
            parts = segment.strip().split("*")
            if parts[0] == "BPR":
                payment = Decimal(parts[2])
                assert payment >= 0
                assert (parts[1], parts[4] == "NON") in (("I", False), ("H", True))
                assert (payment == 0) == (parts[1] == "H")
            elif parts[0] == "CLP":
                claims.append(defaultdict(Decimal))
                claims[-1] |= {"charge": Decimal(parts[3]), "paid": Decimal(parts[4]), "owed": Decimal(parts[5])}
                paid_by_claims += Decimal(parts[4])
            elif parts[0] == "SVC":
                lines.append({"charge": Decimal(parts[2]), "paid": Decimal(parts[3]), "adjusted": Decimal(0)})
                claims[-1]["line charges"] += Decimal(parts[2])
                claims[-1]["line paid"] += Decimal(parts[3])
            elif parts[0] == "CAS":
                assert parts[1] in ("CO", "OA", "PI", "PR")
                for position in range(2, len(parts), 3):
                    reduction = Decimal(parts[position + 1])
                    assert reduction != 0
                    lines[-1]["adjusted"] += reduction
                    if parts[1] == "PR":
                        claims[-1]["line owed"] += reduction
        for line in lines:
            assert line["charge"] == line["paid"] + line["adjusted"]
        for claim in claims:
            assert claim["charge"] == claim["line charges"]
            assert claim["paid"] == claim["line paid"]
            assert claim["owed"] == claim["line owed"]
        assert payment == paid_by_claims
