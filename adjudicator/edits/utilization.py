"""Was the service approved where it must be, and does the medical policy cover it (domain/02 section 3.H)."""

from collections.abc import Iterable

from adjudicator.edits.criteria import unmet_criteria
from adjudicator.model.case import Authorization, Case, LineState
from adjudicator.model.claim import Line, quantity_text
from adjudicator.model.decision import Finding, Verdict
from adjudicator.policy.policy_set import PolicySet


def authorization_on_file(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """A service that needs prior authorization has one on file for this member, provider, code and day, with enough left."""
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        for document in policies.authorization:
            version = document.find(day)
            rule = (
                next((rule for rule in version.rules if line.procedure in rule.procedures), None) if version else None
            )
            if rule is None:
                continue
            approvals = [approval for approval in case.authorizations if _approves(approval, case, line)]
            if any(_enough_left(approval, case, line, standing) for approval in approvals):
                continue
            observed = rule.answer.verdict is Verdict.INFORM
            if approvals and not observed:
                yield policies.answer("authorization.quantity", day).finding(
                    f"Authorization {approvals[0].number} allows {_units(approvals[0].quantity_thousandths or 0)}; "
                    f"{_units(_used_thousandths(approvals[0], case, line, standing))} used before; "
                    f"line {line.number} bills {_units(line.quantity_thousandths)}.",
                    line.number,
                )
            elif case.claim.authorization_exception and not observed:
                yield policies.answer("authorization.exception", day).finding(
                    f"Procedure {line.procedure} of line {line.number} needs prior authorization; the claim gives exception "
                    f"{case.claim.authorization_exception} (REF*4N).",
                    line.number,
                )
            else:
                yield rule.answer.finding(
                    f"Procedure {line.procedure} of line {line.number} needs prior authorization on {day}; "
                    f"{_what_is_wrong(case, line)}.",
                    line.number,
                )


def coverage_criteria(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """The line meets every criterion of the medical policies that name its procedure."""
    if case.member is not None:
        yield from unmet_criteria(case, policies, standing, policies.coverage_by_procedure)


def _approves(approval: Authorization, case: Case, line: Line) -> bool:
    return (
        line.from_date is not None
        and approval.span.covers(line.from_date)
        and line.procedure in approval.procedures
        and approval.tax_id in ("", case.claim.billing.tax_id)
    )


def _enough_left(approval: Authorization, case: Case, line: Line, standing: frozenset[int]) -> bool:
    if approval.quantity_thousandths is None:
        return True
    return (
        _used_thousandths(approval, case, line, standing) + line.quantity_thousandths <= approval.quantity_thousandths
    )


def _used_thousandths(approval: Authorization, case: Case, line: Line, standing: frozenset[int]) -> int:
    """What earlier claims and earlier lines of this one have taken of an approval."""
    return sum(
        earlier.quantity_thousandths
        for earlier in case.history
        if earlier.state is not LineState.DENIED
        and earlier.procedure in approval.procedures
        and approval.tax_id in ("", earlier.billing_tax_id)
        and approval.span.covers(earlier.from_date)
    ) + sum(
        other.quantity_thousandths
        for other in case.claim.lines
        if other.number < line.number and other.number in standing and _approves(approval, case, other)
    )


def _what_is_wrong(case: Case, line: Line) -> str:
    """Why no approval fits: what is wrong with the one that the claim names, else that there is none."""
    named = line.authorization_numbers or case.claim.authorization_numbers
    if not named:
        return "the claim names none (REF*G1), and none is on file"
    number = named[0]
    approval = next((one for one in case.authorizations if one.number == number), None)
    if approval is None:
        return f"authorization {number} (REF*G1) is not on file for this patient"
    if approval.tax_id not in ("", case.claim.billing.tax_id):
        return f"authorization {number} (REF*G1) was given to another provider"
    if line.procedure not in approval.procedures:
        return f"authorization {number} (REF*G1) is for {', '.join(approval.procedures)}"
    through = f" through {approval.span.ends}" if approval.span.ends else ""
    return f"authorization {number} (REF*G1) holds from {approval.span.effective}{through}"


def _units(quantity_thousandths: int) -> str:
    return f"{quantity_text(quantity_thousandths)} {'unit' if quantity_thousandths == 1000 else 'units'}"
