"""For which lines a plan waives the member's cost share: zero and limited cost sharing, and what else a certificate says."""

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.claim import Line
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import Terms


def after_waivers(case: Case, policies: PolicySet, standing: Standing, line: Line, terms: Terms) -> Terms:
    """The terms of a line, by which no cost share is owed where a sentence of the plan waives it; the first that fits counts."""
    for waiver in terms.plan.waivers:
        if waiver.tier in ("", terms.tier) and line.procedure in waiver.procedures:
            holds, fact = (True, "") if waiver.when is None else waiver.when(case, policies, line, standing)
            if holds:
                return msgspec.structs.replace(terms, waiver=waiver, waived_because=fact)
    return terms
