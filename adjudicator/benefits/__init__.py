"""Who pays what of the allowed amount: what is covered of it, the plan's cost share, the accumulator entries it moves, what other
payers leave of the plan's part, and what law and contract take of it.
"""

from adjudicator.benefits.coordination import BALANCE, COORDINATION, FIRST, IMPACT, after_others, settled_before
from adjudicator.benefits.cost_share import (
    INITIAL_PAYMENT,
    NOT_BILLABLE,
    RULES,
    Shared,
    SharedLine,
    first_payments,
    share_lines,
)
from adjudicator.benefits.covered import CoveredLine, covered_line
from adjudicator.benefits.payment_reductions import REDUCTIONS, payment_reductions
from adjudicator.benefits.waivers import after_waivers
from adjudicator.benefits.words import accumulator_name, benefit_use, limit_use

__all__ = [
    "BALANCE",
    "COORDINATION",
    "FIRST",
    "IMPACT",
    "INITIAL_PAYMENT",
    "NOT_BILLABLE",
    "REDUCTIONS",
    "RULES",
    "CoveredLine",
    "Shared",
    "SharedLine",
    "accumulator_name",
    "after_others",
    "after_waivers",
    "benefit_use",
    "covered_line",
    "first_payments",
    "limit_use",
    "payment_reductions",
    "settled_before",
    "share_lines",
]
