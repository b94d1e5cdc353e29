"""What is left to the plan of each line where other payers paid before it (domain/05 sections 2 to 4).

``share_lines`` works out each line as if the plan were the first payer. What ``after_others`` gives it keeps of that what the
plan's method leaves: the payment, and the cost share that the patient still owes, before the next line is worked out.
"""

from collections.abc import Iterable, Mapping, Sequence

from adjudicator.benefits.cost_share import AfterOthers, Coordinated, Maintain, Parts, Within
from adjudicator.benefits.covered import CoveredLine
from adjudicator.coordination import PriorLine, adds_up, earlier_payers, methods, prior_lines
from adjudicator.model.case import Case
from adjudicator.model.decision import Coordination
from adjudicator.policy.coordination import Basis, Method, PlanCoordination
from adjudicator.policy.document import PolicyGap
from adjudicator.policy.policy_set import PolicySet

IMPACT = "earlier-payer.impact"
"""Rule of what earlier payers paid and took off the charge."""
BALANCE = "earlier-payer.balance"
"""Rule of what earlier payers left to the patient above their price, as far as our contract lets it be collected."""
COORDINATION = (IMPACT, BALANCE)
"""Rules of the money that earlier payers account for."""
FIRST = "first"
"""The method of a line that no earlier payer covers."""
_FROM_THE_ALLOWED = (Method.MAINTENANCE_OF_BENEFITS, Method.MEDICAID)
"""Methods that start from the allowed amount; the others start from the benefit."""
_UP_TO_THE_ALLOWABLE = (Method.STANDARD, Method.MAINTENANCE_OF_BENEFITS, Method.CARVE_OUT)
"""Methods that ask what all payers together may pay at most; the others are bound by the earlier payer's amounts themselves."""


def after_others(case: Case, policies: PolicySet, lines: Sequence[CoveredLine]) -> AfterOthers | None:
    """How a claim's lines are shared after the results of earlier payers; None where there are none.

    Raises:
        PolicyGap: the payer does not say how the reasons of earlier payers are read, or a plan how it pays after others.
    """
    if not lines or not earlier_payers(case.claim):
        return None
    prior = prior_lines(case.claim, policies.payer.on(case.received_on).reasons_of_earlier_payers, _prices_cents(lines))
    for covered in lines:
        _rules(covered)

    def left(covered: CoveredLine, first: Parts, within: Within, maintain: Maintain) -> tuple[int, Parts, Coordinated]:
        return _coordinated(covered, first, prior[covered.line.number], within, maintain)

    return left


def settled_before(case: Case, policies: PolicySet, lines: Iterable[CoveredLine]) -> Mapping[int, int]:
    """What earlier payers paid of each line and took off it, in cents by line: the provider has posted it from their remittances.

    A line that we deny is adjusted by it first (OA-23), so that our own reason takes only what is left: the patient never owes of
    it again what another payer has settled (domain/05 section 4). Empty where there is no result that adds up; lines of which no
    payer paid anything or took anything off are not in it.

    Args:
        case: the claim with its facts.
        policies: the payer's documents.
        lines: the lines that stand, as ``after_others`` had them.

    Raises:
        PolicyGap: the payer does not say how the reasons of earlier payers are read.
    """
    if not earlier_payers(case.claim) or not adds_up(case.claim):
        return {}
    prior = prior_lines(case.claim, policies.payer.on(case.received_on).reasons_of_earlier_payers, _prices_cents(lines))
    return {
        number: line.paid_cents + line.contractual_cents
        for number, line in prior.items()
        if line.paid_cents or line.contractual_cents
    }


def _prices_cents(lines: Iterable[CoveredLine]) -> Mapping[int, int]:
    return {covered.line.number: covered.price_cents for covered in lines}


def _rules(covered: CoveredLine) -> PlanCoordination:
    plan = covered.terms.plan
    if plan.coordination is None:
        raise PolicyGap(f"{plan.stamp} does not say how it pays after other payers (coordination)")
    return plan.coordination


def _coordinated(
    covered: CoveredLine, first: Parts, prior: PriorLine, within: Within, maintain: Maintain
) -> tuple[int, Parts, Coordinated]:
    """One line: what the patient owes of its cost share, what the plan pays, and what the earlier payers account for.

    Limits on payments lower the benefit, from which most methods start; where a method starts from the allowed amount they bound
    what it comes to.

    Args:
        covered: the line.
        first: its share as if the plan were the first.
        prior: what the earlier payers did with it.
        within: what limits on payments leave of it.
        maintain: how another covered amount of it would be shared.
    """
    rules, allowed_cents, charge_cents = _rules(covered), covered.allowed_cents, covered.line.charge_cents
    benefit_cents = within(first.member_cents).allowed_cents - first.member_cents
    allowable_cents, share = None, first
    if prior.considered and rules.method in _UP_TO_THE_ALLOWABLE:
        basis = rules.basis or (Basis.PRIMARY_ALLOWED if prior.under_contract else Basis.HIGHER)
        allowable_cents = methods.allowable_expense(allowed_cents, prior.paid_cents + prior.open_cents, basis)
    if not prior.considered or rules.method is Method.STANDARD:
        plan_cents = benefit_cents
    elif rules.method is Method.PATIENT_RESPONSIBILITY:
        plan_cents = methods.patient_responsibility(benefit_cents, prior.open_cents)
    elif rules.method is Method.MAINTENANCE_OF_BENEFITS:
        base_cents = methods.maintenance_base(allowed_cents, prior.paid_cents)
        share = maintain(base_cents)
        plan_cents = base_cents - share.member_cents
    elif rules.method is Method.CARVE_OUT:
        plan_cents = methods.carve_out(benefit_cents, prior.paid_cents)
    elif rules.method is Method.MEDICAID:
        plan_cents = methods.medicaid(allowed_cents, prior.open_cents, prior.paid_cents)
    else:
        obligated_cents = min(charge_cents, charge_cents - prior.bound_cents)
        plan_cents = methods.medicare(
            benefit_cents, allowed_cents, obligated_cents, prior.allowed_cents, prior.paid_cents
        )
    if allowable_cents is not None:
        plan_cents = methods.standard(plan_cents, allowable_cents, prior.paid_cents)
    from_allowed = prior.considered and rules.method in _FROM_THE_ALLOWED
    unpaid_cents = allowed_cents - plan_cents if from_allowed else first.member_cents
    covered = within(unpaid_cents)
    plan_cents = min(plan_cents, covered.allowed_cents - unpaid_cents)
    told = Coordination(
        method=rules.method.value if prior.considered else FIRST,
        benefit_cents=benefit_cents,
        benefit_member_cents=first.member_cents,
        benefit_copay_cents=first.copay_cents,
        prior_allowed_cents=prior.allowed_cents,
        prior_paid_cents=prior.paid_cents,
        prior_contractual_cents=prior.contractual_cents,
        prior_cost_share_cents=prior.cost_share_cents,
        allowable_cents=allowable_cents,
        prior_not_covered_cents=prior.not_covered_cents,
    )
    if not prior.considered:
        cut_cents = tuple(cut.amount_cents for cut in covered.cuts)
        return unpaid_cents, first, Coordinated(plan_cents=plan_cents, told=told, impact_cents=0, cut_cents=cut_cents)
    # What an earlier payer accounts for beyond the charge had no part in the result (X12 interpretation 626); where we allow more,
    # the charge is raised to that first (OA-94).
    most_cents = max(charge_cents, allowed_cents) - plan_cents
    impact_cents = max(0, min(prior.paid_cents + prior.contractual_cents, most_cents))
    left_cents = charge_cents - plan_cents - impact_cents
    owed_cents = max(0, min(left_cents, covered.allowed_cents - prior.paid_cents - plan_cents))
    # The parts give way in the order of the plan's out-of-pocket maximum.
    owed = share.less(max(0, share.member_cents - owed_cents), covered.terms.plan.out_of_pocket_reduces)
    # What is not covered is owed at our contract's price at most; above that it is the contract's.
    uncovered_cents = max(
        0, min(left_cents - owed.member_cents, covered.price_cents - prior.paid_cents - plan_cents - owed.member_cents)
    )
    cuts = []
    for cut in covered.cuts:
        cuts.append(min(cut.amount_cents, uncovered_cents))
        uncovered_cents -= cuts[-1]
    return (
        unpaid_cents,
        owed,
        Coordinated(
            plan_cents=plan_cents,
            told=told,
            impact_cents=impact_cents,
            cut_cents=tuple(cuts),
            balance_cents=uncovered_cents if _may_be_collected(covered) else 0,
        ),
    )


def _may_be_collected(covered: CoveredLine) -> bool:
    """Whether the patient owes the provider what our contract allows beyond all payments and the plan's own share.

    Who has no contract with us bills the rest of the charge anyway. Medicaid's payment is the whole of what its provider may have
    (42 CFR 447.15), and some members may be billed for nothing.
    """
    terms = covered.terms
    forbidden = terms.protected or terms.coverage.terms.not_billable or _rules(covered).method is Method.MEDICAID
    return terms.in_network and not forbidden
