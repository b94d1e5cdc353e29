"""Coordination of benefits: what payers before us did with a claim, and what is left for us to pay (domain/05).

``prior_results`` reads the earlier payers' results line by line and tells what does not balance in them; ``methods`` are the
formulas. Both are pure; ``benefits.after_others`` applies them to the lines of a claim.
"""

from collections.abc import Sequence

from adjudicator.coordination import methods
from adjudicator.coordination.prior_results import (
    PRIMARY,
    RANKS,
    PriorLine,
    adds_up,
    earlier_payers,
    has_answered,
    has_result,
    is_dated,
    last_answered_on,
    not_billed,
    prior_lines,
    problems,
    results_of_nobody,
    results_of_several,
)

__all__: Sequence[str] = (
    "PRIMARY",
    "RANKS",
    "PriorLine",
    "adds_up",
    "earlier_payers",
    "has_answered",
    "has_result",
    "is_dated",
    "last_answered_on",
    "methods",
    "not_billed",
    "prior_lines",
    "problems",
    "results_of_nobody",
    "results_of_several",
)
