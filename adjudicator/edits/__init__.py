"""Every check that a claim passes, by stage, in the order in which they decide (domain/02 section 2).

One check is one function: it receives the case, the policies and ``standing`` (the lines that no earlier stage denied)
and yields findings; what a finding answers (deny, pend, reject, with which codes) stands in the policy's guidance
documents under the rule names listed beside the function. An edit holds no amounts, day counts or code lists.

To add one: write the function in its stage's module, add its line here, answer its rules in ``policies/*/guidance``,
and put examples on both sides of its boundary beside that document and into ``tests/engine/test_edits.py``.
"""

from collections.abc import Callable, Iterable

import msgspec

from adjudicator.edits import (
    benefit,
    coordination,
    data,
    duplicates,
    eligibility,
    filing,
    front_end,
    provider,
    unsupported,
    utilization,
)
from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.policy.policy_set import PolicySet

Standing = frozenset[int]
"""Numbers of the lines that no earlier stage denied."""

Check = Callable[[Case, PolicySet, Standing], Iterable[Finding]]


class Edit(msgspec.Struct, frozen=True):
    """One check, its number in domain/02 section 3, and the rules it may answer with."""

    number: str
    check: Check
    rules: tuple[str, ...] = ()


class Stage(msgspec.Struct, frozen=True):
    """Edits that decide together: none of them sees another's denials, all of the next stage do."""

    name: str
    edits: tuple[Edit, ...]


EDITS: tuple[Stage, ...] = (
    Stage(
        "front end",
        (
            Edit("A1", front_end.claim_shape, ("claim-shape.lines",)),
            Edit("A4", front_end.claim_balance, ("claim-balance.total", "claim-balance.negative")),
            Edit("A5", front_end.billing_npi, ("billing-npi.missing", "billing-npi.invalid")),
            Edit("A7", front_end.billing_tax_id, ("billing-tax-id.missing", "billing-tax-id.invalid")),
            Edit("A8", front_end.wrong_payer, ("wrong-payer",)),
            Edit("A9", front_end.original_claim, ("replacement.original-missing", "replacement.original-unknown")),
            Edit(
                "A14",
                front_end.service_dates,
                ("service-date.missing", "service-date.future", "service-date.reversed"),
            ),
            Edit("F11", front_end.quantity, ("quantity.not-positive",)),
            Edit(
                "F1 F2 F5",
                front_end.code_shapes,
                ("procedure.malformed", "modifier.malformed", "diagnosis.malformed", "diagnosis-pointer"),
            ),
        ),
    ),
    Stage("provider", (Edit("A7", provider.billing_provider, ("billing-provider.mismatch",)),)),
    Stage(
        "eligibility",
        (
            Edit(
                "C1", eligibility.member, ("member.not-found", "member.ambiguous", "member.birth-date", "member.name")
            ),
            Edit("C2 C3", eligibility.coverage, ("coverage.not-yet", "coverage.ended", "coverage.none")),
        ),
    ),
    Stage("filing", (Edit("D1", filing.filing_limit, ("filing-limit.late", "filing-limit.delay-reason")),)),
    Stage("duplicates", (Edit("D4", duplicates.exact_duplicate, ("exact-duplicate",)),)),
    Stage(
        "coordination",
        (
            Edit("E1", coordination.earlier_payers, ("unsupported.earlier-payer",)),
            Edit("E4", coordination.accident, ("accident",)),
        ),
    ),
    Stage(
        "data",
        (
            Edit("F1", data.procedure_valid, ("procedure.missing", "procedure.not-valid")),
            Edit(
                "F5",
                data.diagnosis_valid,
                ("diagnosis.missing", "diagnosis.not-valid", "diagnosis.not-specific"),
            ),
            Edit("B13", data.place_valid, ("place.not-valid",)),
        ),
    ),
    Stage("benefit", (Edit("B8", benefit.covered_in_tier, ("not-covered-in-tier",)),)),
    Stage(
        "utilization management",
        (
            Edit("H1", utilization.authorization_on_file, ("authorization.exception", "authorization.quantity")),
            Edit("H8", utilization.coverage_criteria),
        ),
    ),
    Stage(
        "not built yet",
        (
            Edit(
                "",
                unsupported.claim_features,
                (
                    "unsupported.institutional",
                    "unsupported.encounter",
                    "unsupported.test-interchange",
                    "unsupported.replacement",
                    "unsupported.void",
                    "unsupported.frequency",
                    "unsupported.member-payment",
                    "unsupported.pay-to-plan",
                    "unsupported.special-program",
                ),
            ),
            Edit(
                "",
                unsupported.line_features,
                (
                    "unsupported.minutes",
                    "unsupported.screening-program",
                    "unsupported.modifier",
                    "unsupported.noncovered-charge",
                    "unsupported.purchased-service",
                ),
            ),
            Edit("", unsupported.changing_terms, ("unsupported.date-span",)),
            Edit("", unsupported.inpatient_elsewhere, ("unsupported.inpatient-elsewhere",)),
            Edit("", unsupported.surprise_billing, ("unsupported.surprise-billing",)),
        ),
    ),
)
"""All edits in their one order. A stage's position is its rank among several denials of a line."""
