"""Who pays what of the allowed amount: the plan's cost share, line by line, and the accumulator entries it moves."""

from adjudicator.benefits.cost_share import RULES, SharedLine, share_lines

__all__ = ["RULES", "SharedLine", "share_lines"]
