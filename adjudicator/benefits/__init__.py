"""Who pays what of the allowed amount: what is covered of it, the plan's cost share, and the accumulator entries it moves."""

from adjudicator.benefits.cost_share import RULES, Shared, SharedLine, share_lines
from adjudicator.benefits.covered import CoveredLine, covered_line
from adjudicator.benefits.limits import amount_text

__all__ = ["RULES", "CoveredLine", "Shared", "SharedLine", "amount_text", "covered_line", "share_lines"]
