"""Has the same service already been sent (domain/02 section 4.1)."""

from collections.abc import Iterable

from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import ClaimType
from adjudicator.model.decision import Finding
from adjudicator.policy.policy_set import PolicySet


def exact_duplicate(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """No line repeats an earlier line of this or another claim in every respect; within a claim the first line stays.

    The key has the set of modifiers, so that a modifier separates two lines only where their modifiers differ.
    """
    claim = case.claim
    if claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    duplicate_of_denied = policies.payer.on(case.received_on).duplicate_of_denied
    seen: dict[tuple[object, ...], str] = {}
    for earlier in case.history:
        if earlier.state is LineState.DENIED and not duplicate_of_denied:
            continue
        key: tuple[object, ...] = (
            earlier.member_id,
            earlier.billing_tax_id,
            earlier.rendering_npi,
            earlier.from_date,
            earlier.through_date,
            earlier.procedure,
            earlier.modifiers,
            earlier.place_of_service,
            earlier.quantity_thousandths,
            earlier.charge_cents,
        )
        sender = earlier.billing_npi == claim.billing.npi
        named = f"claim {earlier.claim_id}" if sender else "a claim that another provider of this tax id has sent"
        seen.setdefault(key, f"line {earlier.line} of {named} ({earlier.state.value})")
    patient = case.member.member_id if case.member else ""
    for line in claim.lines:
        key = (
            patient,
            claim.billing.tax_id,
            line.rendering.npi,
            line.from_date,
            line.through_date or line.from_date,
            line.procedure,
            tuple(sorted(line.modifiers)),
            line.place_of_service,
            line.quantity_thousandths,
            line.charge_cents,
        )
        if key in seen:
            yield policies.answer("exact-duplicate", line.from_date or case.received_on).finding(
                f"Line {line.number} repeats {seen[key]}: same provider, dates, procedure, modifiers, place, units and charge.",
                line.number,
            )
        else:
            seen[key] = f"line {line.number} of this claim"
