"""A contract: what a provider is paid, and by which rows."""

from functools import cached_property

import msgspec

from adjudicator.policy.answers import Answer
from adjudicator.policy.by_procedure import ByProcedure
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Version
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.plan import Exclusion
from adjudicator.policy.reductions import ReductionClause


class CaseRate(msgspec.Struct, frozen=True):
    """One price for a service and what is given with it on one day."""

    id: str
    procedures: CodeSet
    """Any of them makes a case."""
    includes: CodeSet
    """What is paid within it."""
    cents: int
    lesser_of_charges: bool
    """Whether the charges of the case together cap its price."""
    modifiers: CodeSet
    """Modifiers under which the price stays, beside those that never change one."""
    answer: Answer
    """Of what is paid within."""


class ContractVersion(Version, frozen=True):
    """A provider contract, or the rule for providers without one."""

    pay: tuple[PayRule, ...]
    network: bool
    """False for the out-of-network rule: its balance above the allowed amount is the patient's."""
    capitated: tuple[Exclusion, ...] = ()
    """Services for which the provider is paid by the member and month, with nothing of them due from the member."""
    claim_most_cents: int | None = None
    """The most that is allowed for all lines of a claim under this version together; None for no bound."""
    case_rates: tuple[CaseRate, ...] = ()
    """What is paid by the case; the first that fits a line counts."""
    ranking_apart: bool = False
    """Whether what rank among procedures takes off a fee is told by a reason of its own, apart from the allowance."""
    payment_reductions: tuple[ReductionClause, ...] = ()
    """What is taken of payments; of each kind the first clause that fits counts."""

    def rows_for(self, procedure: str) -> tuple[PayRule, ...]:
        """The rows that name a procedure, in their order; which of them pays a line says ``PolicySet.pay_rule``."""
        return self._pay_by_procedure.naming(procedure)

    def case_price_stays(self, procedure: str, modifier: str) -> bool:
        """Whether a case rate for a procedure says that its price stays under a modifier."""
        return any(procedure in rate.procedures and modifier in rate.modifiers for rate in self.case_rates)

    @cached_property
    def capitated_by_procedure(self) -> ByProcedure[Exclusion]:
        """The capitated services, indexed."""
        return ByProcedure.of(self.capitated)

    @cached_property
    def _pay_by_procedure(self) -> ByProcedure[PayRule]:
        return ByProcedure.of(self.pay)
