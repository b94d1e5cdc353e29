"""Which plan, contract and network govern one line: chosen by the line's date of service (domain/03 section 12)."""

import datetime as dt

import msgspec

from adjudicator.model.case import Case, Coverage
from adjudicator.model.claim import Line
from adjudicator.policy.contract import ContractVersion
from adjudicator.policy.plan import Benefit, CostShareTerms, PlanVersion, TierLimits, Waiver
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.reductions import ReductionClause
from adjudicator.policy.surprise_billing import UNSETTLED, Protection, protection_of

_NOTHING_OWED = CostShareTerms()


class Terms(msgspec.Struct, frozen=True):
    """The versions in force for a line."""

    day: dt.date
    """The day on which the line begins."""
    coverage: Coverage
    plan: PlanVersion
    contract: ContractVersion
    in_network: bool
    """Whether the billing provider has a contract of the network."""
    protection: Protection | None = None
    """What the law on surprise bills makes of the line; None in network, and where it protects nobody."""

    waiver: Waiver | None = None
    """The sentence of the plan by which no cost share is owed for the line; None for none."""
    waived_because: str = ""
    """The fact of the claim that it asks for."""

    @property
    def protected(self) -> bool:
        """Whether the law has the patient owe no more than in the network, although the provider is outside."""
        return self.protection is not None and self.protection.case is not None

    @property
    def by_state_law(self) -> bool:
        """Whether a state's law, and not the federal one, says what is recognised of a protected line."""
        return self.protection is not None and self.protection.law is not None

    @property
    def unsettled(self) -> bool:
        """Whether nobody can tell yet if the line is protected: it waits, and nothing is denied for being outside."""
        return self.protection is not None and self.protection.waits == UNSETTLED

    @property
    def tier(self) -> str:
        """The network tier whose limits and cost share apply."""
        return "in_network" if self.in_network or self.protected else "out_of_network"

    @property
    def limits(self) -> TierLimits:
        """Deductible and out-of-pocket maximum of the tier."""
        return self.plan.tier(self.tier)

    @property
    def payment_reductions(self) -> tuple[ReductionClause, ...]:
        """The clauses that take a share of payments: the contract's, which the parties agreed on, before the plan's."""
        return self.contract.payment_reductions + self.plan.payment_reductions

    def cost_share(self, benefit: Benefit) -> CostShareTerms:
        """What the member owes for a benefit in the tier."""
        if self.waiver is not None:
            return _NOTHING_OWED
        return benefit.in_network if self.tier == "in_network" else benefit.out_of_network


def terms_of(case: Case, policies: PolicySet, line: Line) -> Terms | None:
    """The terms of a line; None when the patient is unknown or not covered that day, which eligibility tells.

    Raises:
        PolicyGap: the plan or contract has no version for the day.
    """
    known, day = case.once(_no_terms_yet, policies), line.from_date
    try:
        terms = known[day]
    except KeyError:
        terms = known[day] = None if day is None or case.member is None else _terms_on(case, policies, day)
    if day is None or terms is None or terms.in_network or terms.plan.surprise_billing_exempt:
        return terms
    key = (line.number, day)
    if key not in known:
        known[key] = _protected_terms(case, policies, terms, line)
    return known[key]


def _no_terms_yet(_: Case, __: PolicySet) -> "dict[dt.date | tuple[int, dt.date] | None, Terms | None]":
    """Where the terms of each day are kept once they were asked for, and those of each line of a provider without a contract."""
    return {}


def _protected_terms(case: Case, policies: PolicySet, terms: Terms, line: Line) -> Terms:
    """The terms of a line outside the network: one that the law protects has its price by another contract."""
    day, rules = terms.day, policies.payer.on(terms.day).surprise_billing
    place = policies.table("places", day).entry(line.place_of_service, day)
    facility_rate = place is not None and place.facility
    protection = protection_of(case, rules, line, day, terms.plan, facility_rate)
    if protection is None:
        return terms
    contract = terms.contract
    if rules is not None and protection.case is not None:
        law = protection.law
        contract = policies.contract(law.amounts if law else rules.qualifying_amount, day)
    return msgspec.structs.replace(terms, contract=contract, protection=protection)


def _terms_on(case: Case, policies: PolicySet, day: dt.date) -> Terms | None:
    coverage = case.coverage_on(day)
    if coverage is None:
        return None
    plan = policies.plan(coverage.plan, day)
    participation = case.participation_on(plan.product, day)
    if participation is None:
        outside = plan.out_of_network_contract or policies.payer.on(day).out_of_network_contract
        return Terms(day=day, coverage=coverage, plan=plan, contract=policies.contract(outside, day), in_network=False)
    contract = policies.contract(participation.contract, day)
    return Terms(day=day, coverage=coverage, plan=plan, contract=contract, in_network=contract.network)
