"""What law and contract take of the plan's part of a line, after the member's share (domain/03 section 4, 12 and 16 to 19).

Six kinds, always in the order of ``ReductionKind``: capitation, a therapy assistant's service, late filing, prompt payment,
sequestration, withhold. Each is a share of what those before it left and is rounded half up to cents line by line. The allowed
amount, the member's share and the accumulators are settled before and never move by it.
"""

from adjudicator.benefits.covered import CoveredLine
from adjudicator.coordination import last_answered_on
from adjudicator.model.case import Case
from adjudicator.model.decision import PaymentReduction
from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.reductions import ReductionClause, ReductionKind

REDUCTIONS = tuple(kind.value for kind in ReductionKind)
"""Rules that payment reductions answer with."""


def payment_reductions(
    case: Case, policies: PolicySet, standing: Standing, covered: CoveredLine, plan_cents: int
) -> tuple[PaymentReduction, ...]:
    """What is taken of a line's payment, in order; nothing of a line of which the plan pays nothing.

    Of each kind the first clause that fits the line counts, the contract's before the plan's. ``plan_cents`` is the plan's part of
    the line, after the member's share and what others paid before us.
    """
    clauses = covered.terms.payment_reductions
    left_cents = plan_cents
    taken: list[PaymentReduction] = []
    for kind in ReductionKind if clauses and left_cents else ():
        for clause in clauses:
            because = _fits(clause, case, policies, standing, covered) if clause.kind is kind else None
            if because is None:
                continue
            amount_cents = half_up_quotient(left_cents * clause.basis_points, WHOLE_BASIS_POINTS)
            if amount_cents:
                taken.append(
                    PaymentReduction(
                        rule=kind.value,
                        clause=f"{clause.policy}#{clause.id}",
                        base_cents=left_cents,
                        rate=f"{clause.basis_points / WHOLE_BASIS_POINTS:g}",
                        amount_cents=amount_cents,
                        because=because,
                    )
                )
                left_cents -= amount_cents
            break
    return tuple(taken)


def _fits(
    clause: ReductionClause, case: Case, policies: PolicySet, standing: Standing, covered: CoveredLine
) -> str | None:
    """The fact by which a clause holds for a line, empty where it asks for none; None where it does not hold."""
    line, terms = covered.line, covered.terms
    if not clause.names(line, terms.tier):
        return None
    because = ""
    if clause.modifiers is not None:
        found = ", ".join(modifier for modifier in line.modifiers if modifier in clause.modifiers)
        because = f"By modifier {found} an assistant gave the service."
    if clause.after_days is not None:
        answered_on = last_answered_on(case.claim)
        # Nobody can send us what an earlier payer has not decided yet; the filing limit runs from there too.
        since = terms.day if answered_on is None else max(terms.day, answered_on)
        waited_days = (case.received_on - since).days
        if waited_days <= clause.after_days:
            return None
        told = f"The service of {terms.day}" if since == terms.day else f"What an earlier payer decided on {since}"
        because = f"{told} arrived on {case.received_on}, {_days(waited_days)} later; up to {_days(clause.after_days)} are in time."
    if clause.within_days is not None:
        open_days = (case.decided_on - case.received_on).days
        if open_days > clause.within_days:
            return None
        because = (
            f"The claim arrived on {case.received_on} and was decided on {case.decided_on}, {_days(open_days)} later; up to "
            f"{_days(clause.within_days)} earn the discount."
        )
    if clause.when is not None:
        holds, fact = clause.when(case, policies, line, standing)
        if not holds:
            return None
        because = because or f"{fact[:1].upper()}{fact[1:].removesuffix('.')}."
    return because


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
