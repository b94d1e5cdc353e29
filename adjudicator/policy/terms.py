"""Which plan, contract and network govern one line: chosen by the line's date of service (domain/03 section 12)."""

import datetime as dt

import msgspec

from adjudicator.model.case import Case, Coverage
from adjudicator.model.claim import Line
from adjudicator.policy.policy_set import Benefit, ContractVersion, CostShareTerms, PlanVersion, PolicySet, TierLimits


class Terms(msgspec.Struct, frozen=True):
    """The versions in force for a line."""

    day: dt.date
    """The day on which the line begins."""
    coverage: Coverage
    plan: PlanVersion
    contract: ContractVersion
    in_network: bool

    @property
    def tier(self) -> str:
        """The network tier whose limits and cost share apply."""
        return "in_network" if self.in_network else "out_of_network"

    @property
    def limits(self) -> TierLimits:
        """Deductible and out-of-pocket maximum of the tier."""
        return self.plan.tier(self.tier)

    def cost_share(self, benefit: Benefit) -> CostShareTerms:
        """What the member owes for a benefit in the tier."""
        return benefit.in_network if self.in_network else benefit.out_of_network


def terms_of(case: Case, policies: PolicySet, line: Line) -> Terms | None:
    """The terms of a line; None when the patient is unknown or not covered that day, which eligibility tells.

    Raises:
        PolicyGap: the plan or contract has no version for the day.
    """
    day = line.from_date
    if day is None or case.member is None:
        return None
    known = case.once(_no_terms_yet, policies)
    if day not in known:
        known[day] = _terms_on(case, policies, day)
    return known[day]


def _no_terms_yet(_: Case, __: PolicySet) -> dict[dt.date, Terms | None]:
    """Where the terms of each day are kept once they were asked for."""
    return {}


def _terms_on(case: Case, policies: PolicySet, day: dt.date) -> Terms | None:
    coverage = case.coverage_on(day)
    if coverage is None:
        return None
    plan = policies.plan(coverage.plan, day)
    participation = case.participation_on(plan.product, day)
    if participation is None:
        outside = policies.payer.on(day).out_of_network_contract
        return Terms(day=day, coverage=coverage, plan=plan, contract=policies.contract(outside, day), in_network=False)
    contract = policies.contract(participation.contract, day)
    return Terms(day=day, coverage=coverage, plan=plan, contract=contract, in_network=contract.network)


def period_start(day: dt.date) -> dt.date:
    """The accumulation period of a service date: the calendar year, by date of service, not of payment (domain/04 section 1)."""
    return dt.date(day.year, 1, 1)
