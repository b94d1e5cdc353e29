"""A decision in words, in three registers: for the biller, for a reviewer and for an auditor.

The biller learns what was paid, what was not, why, and what to do by when. The reviewer learns what waits, which criteria
are met or failed, and which answers are possible. The auditor learns everything in order, and why a rule did not fire.
"""

import enum

from adjudicator.explain.asking import knows_rule
from adjudicator.explain.auditor import for_auditor
from adjudicator.explain.biller import HELD_BY_PAYER, for_biller, visible_findings
from adjudicator.explain.reviewer import for_reviewer
from adjudicator.model.case import Case
from adjudicator.model.decision import Decision
from adjudicator.policy.policy_set import PolicySet

__all__ = ["HELD_BY_PAYER", "Register", "explain", "knows_rule", "visible_findings"]


class Register(enum.Enum):
    """For whom a decision is explained. Only the first may be read outside the payer."""

    BILLER = "biller"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


def explain(
    case: Case,
    decision: Decision,
    policies: PolicySet,
    register: Register = Register.BILLER,
    *,
    rule: str = "",
    policy_digest: str = "",
    engine_version: str = "",
) -> str:
    """The whole decision as text for a terminal.

    Args:
        case: the case that was decided.
        decision: its decision.
        policies: the policy set that decided it, or the one in force where that cannot be had any more.
        register: for whom it is told.
        rule: for an auditor: a rule of the engine or of a policy, of which to say why it fired or not on each line.
        policy_digest: for an auditor: the digest of the policy set that decided.
        engine_version: for an auditor: the version of the engine that decided.
    """
    if register is Register.BILLER:
        lines = for_biller(case, decision, policies)
    elif register is Register.REVIEWER:
        lines = for_reviewer(case, decision, policies)
    else:
        lines = for_auditor(case, decision, policies, rule, policy_digest or policies.digest, engine_version)
    return "\n".join(lines)
