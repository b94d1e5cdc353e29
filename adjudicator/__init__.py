"""Payer-side claim adjudication: claims in, decisions and remittances out, every cent with its reason."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adjudicator.engine import adjudicate as adjudicate
    from adjudicator.explain import explain as explain
    from adjudicator.guidance import NextStep as NextStep
    from adjudicator.model.case import Case as Case
    from adjudicator.model.claim import Claim as Claim
    from adjudicator.model.claim import Line as Line
    from adjudicator.model.decision import Adjustment as Adjustment
    from adjudicator.model.decision import Decision as Decision
    from adjudicator.model.decision import Finding as Finding
    from adjudicator.model.decision import LineDecision as LineDecision
    from adjudicator.model.decision import Verdict as Verdict
    from adjudicator.policy.load import PolicyErrors as PolicyErrors
    from adjudicator.policy.load import load_policies as load_policies
    from adjudicator.policy.policy_set import PolicySet as PolicySet

__version__ = "0.1.0"

_HOMES = {
    "adjudicate": "adjudicator.engine",
    "explain": "adjudicator.explain",
    "NextStep": "adjudicator.guidance",
    "Case": "adjudicator.model.case",
    "Claim": "adjudicator.model.claim",
    "Line": "adjudicator.model.claim",
    "Adjustment": "adjudicator.model.decision",
    "Decision": "adjudicator.model.decision",
    "Finding": "adjudicator.model.decision",
    "LineDecision": "adjudicator.model.decision",
    "Verdict": "adjudicator.model.decision",
    "PolicyErrors": "adjudicator.policy.load",
    "load_policies": "adjudicator.policy.load",
    "PolicySet": "adjudicator.policy.policy_set",
}

__all__ = [
    "Adjustment",
    "Case",
    "Claim",
    "Decision",
    "Finding",
    "Line",
    "LineDecision",
    "NextStep",
    "PolicyErrors",
    "PolicySet",
    "Verdict",
    "__version__",
    "adjudicate",
    "explain",
    "load_policies",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use, so that importing the model loads no loader."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'adjudicator' has no attribute '{name}'")
    return getattr(importlib.import_module(home), name)
