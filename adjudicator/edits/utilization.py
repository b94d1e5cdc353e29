"""Was the service approved where it must be, and does the medical policy cover it (domain/02 sections 3.B and 3.H)."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

import msgspec

from adjudicator.edits.approvals import Approvals, Service, on_file, service_of
from adjudicator.edits.criteria import unmet_criteria
from adjudicator.model.case import Authorization, Case
from adjudicator.model.claim import Line, UnitBasis, quantity_text
from adjudicator.model.decision import Finding, Verdict
from adjudicator.model.standing import Standing
from adjudicator.policy.look_backs import counted, counted_thousandths
from adjudicator.policy.policy_set import AuthorizationRule, PolicySet
from adjudicator.policy.surprise_billing import ProtectedCase
from adjudicator.policy.terms import Terms, terms_of

CUTS = ("authorization.late-penalty", "authorization.part-left")
"""Rules that take a part of a line: a policy may let them reduce it."""


def approval_on_file(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A service that needs prior authorization or a referral has one that fits and was asked for in time, or may be protected."""
    for need in _needs(case, policies, standing):
        service, rule = need.service, need.rule
        fitting = need.fitting(case)
        if not fitting:
            yield _nothing_fits(case, policies, need)
            continue
        if rule.number_on_claim and not service.named:
            yield need.finding(
                policies,
                "authorization.number-missing",
                f"Procedure {service.procedure} of line {need.line.number} is authorized, but the claim does not give the "
                f"authorization's number ({need.reference}).",
            )
        if not any(need.in_time(approval) for approval in fitting):
            last_day = service.day + dt.timedelta(days=rule.notice_days)
            late = (
                f"{_capital(need.called(fitting[0]))} was asked for on {fitting[0].requested_on}; for a service of "
                f"{service.day} it had to be asked for by {last_day}"
            )
            excused = _excused(case, policies, need, late)
            if excused:
                yield excused
            elif rule.referral:
                yield rule.answer.finding(f"{late}.", need.line.number)
            elif rule.late_basis_points:
                part = f"{rule.late_basis_points / 100:g} % of the allowed amount is covered"
                yield need.finding(
                    policies, "authorization.late-penalty", f"{late}; {part}.", basis_points=rule.late_basis_points
                )
            else:
                yield need.finding(policies, "authorization.late", f"{late}.")


def approved_quantity(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line goes beyond the visits or units that are left of the approval that it uses."""
    if not case.authorizations:
        return
    counted: dict[bool, Approvals] = {}
    for need in sorted(_needs(case, policies, standing), key=lambda need: (need.service.day, need.line.number)):
        service, rule = need.service, need.rule
        fitting = need.fitting(case)
        usable = [approval for approval in fitting if need.in_time(approval)] or fitting
        if not usable:
            continue
        approvals = counted.get(rule.referral)
        if approvals is None:
            approvals = counted[rule.referral] = Approvals(case, policies, referral=rule.referral)
        ordered = approvals.preferred(service, usable)
        used = approvals.best(service, ordered) or ordered[0]
        left = covered = approvals.left_thousandths(used, service)
        if left < service.quantity_thousandths:
            covered = left if rule.pays_what_is_left else 0
            because = _beyond(need, approvals, used, covered)
            if rule.referral:
                yield need.finding(policies, "referral.exceeded", because)
            elif covered:
                yield need.finding(policies, "authorization.part-left", because, quantity_thousandths=covered)
            else:
                yield need.finding(policies, "authorization.exceeded", because)
        if need.line.number in standing:
            approvals.take(used, service, covered)


def coverage_criteria(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The line meets every criterion of the medical policies that name its procedure."""
    if case.member is not None:
        yield from unmet_criteria(case, policies, standing, policies.coverage_by_procedure)


class _Need(msgspec.Struct, frozen=True):
    """A line that needs an approval, and the row that says so."""

    line: Line
    service: Service
    rule: AuthorizationRule
    number_format: str

    @property
    def reference(self) -> str:
        """Where the claim names such a number."""
        return "REF*9F" if self.rule.referral else "REF*G1"

    @property
    def kind(self) -> str:
        """What is needed, in one word."""
        return "referral" if self.rule.referral else "authorization"

    def fitting(self, case: Case) -> list[Authorization]:
        """The approvals on file that fit the line."""
        service = self.service
        return [
            approval
            for approval in on_file(case, referral=self.rule.referral)
            if approval.approves(service.procedure, service.days, service.tax_id, service.rendering_npi)
        ]

    def in_time(self, approval: Authorization) -> bool:
        """Whether an approval was asked for before the row's notice ran out."""
        asked_on = approval.requested_on
        return asked_on is None or asked_on <= self.service.day + dt.timedelta(days=self.rule.notice_days)

    def called(self, approval: Authorization) -> str:
        """An approval as its provider may read of it: by number when the claim names it or it is the provider's own."""
        if approval.number in self.service.named:
            return f"{self.kind} {approval.number} ({self.reference})"
        if approval.tax_id == self.service.tax_id:
            return f"{self.kind} {approval.number}"
        return f"the {self.kind} on file"

    def finding(
        self,
        policies: PolicySet,
        rule: str,
        because: str,
        *,
        quantity_thousandths: int | None = None,
        basis_points: int | None = None,
    ) -> Finding:
        """The answer of an engine's rule; where the row itself only asks or observes, the row's own."""
        if self.rule.answer.verdict is not Verdict.DENY:
            return self.rule.answer.finding(because, self.line.number)
        return policies.answer(rule, self.service.day).finding(
            because,
            self.line.number,
            covered_quantity_thousandths=quantity_thousandths,
            covered_basis_points=basis_points,
        )


def _needs(case: Case, policies: PolicySet, standing: Standing) -> Iterator[_Need]:
    """The lines that need an approval: for each kind the first row that fits, of the first document that has one.

    A protected emergency needs none (45 CFR 149.110(b)(1)), and care waits for whether it is protected before it needs any.
    """
    if not policies.authorization:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        kinds = set()
        for document in policies.authorization:
            version = document.find(day)
            rule = version.rule_for(case, policies, line, standing) if version else None
            if version is None or rule is None or rule.referral in kinds:
                continue
            terms = terms_of(case, policies, line)
            if terms is not None and (terms.unsettled or _is_protected_emergency(terms)):
                break
            kinds.add(rule.referral)
            left_thousandths = standing.get(line.number, line.quantity_thousandths)
            if line.unit_basis is UnitBasis.MINUTES:
                left_thousandths = 1000  # the minutes of a service are one unit of what was approved
            service = service_of(case, line, day, left_thousandths, referral=rule.referral)
            yield _Need(line=line, service=service, rule=rule, number_format=version.number_format)


def _is_protected_emergency(terms: Terms) -> bool:
    return terms.protection is not None and terms.protection.case is ProtectedCase.EMERGENCY


def _nothing_fits(case: Case, policies: PolicySet, need: _Need) -> Finding:
    """The answer where no approval fits a line: it tells what is wrong with the one that was meant, if that is known."""
    rule, wrong = _what_is_wrong(case, need)
    needed = "a referral" if need.rule.referral else "prior authorization"
    because = (
        f"Procedure {need.service.procedure} of line {need.line.number} needs {needed} on {need.service.day}; {wrong}."
    )
    unapproved = f"Procedure {need.service.procedure} of line {need.line.number} needs prior authorization"
    excused = _excused(case, policies, need, unapproved)
    if excused:
        return excused
    if need.rule.referral or not rule:
        return need.rule.answer.finding(because, need.line.number)
    return need.finding(policies, rule, because)


def _excused(case: Case, policies: PolicySet, need: _Need, unapproved: str) -> Finding | None:
    """The question whether the exception holds that the claim gives for an authorization; None where it gives none."""
    exception = case.claim.authorization_exception
    if not exception or need.rule.referral or need.rule.answer.verdict is Verdict.INFORM:
        return None
    return policies.answer("authorization.exception", need.service.day).finding(
        f"{unapproved}; the claim gives exception {exception} (REF*4N).", need.line.number
    )


def _what_is_wrong(case: Case, need: _Need) -> tuple[str, str]:
    """Why nothing fits: the rule that says so, empty for the row's own answer, and the reason in words."""
    service = need.service
    known = on_file(case, referral=need.rule.referral)
    for approval in known:
        named = approval.number in service.named
        if approval.denied and (
            named
            or (
                approval.is_for(service.procedure, service.tax_id, service.rendering_npi)
                and approval.holds_on(service.days)
            )
        ):
            return "authorization.refused", f"the request for it was denied ({need.called(approval)})"
    for approval in known:
        if approval.number in service.named:
            return _misfit(need, approval)
    if not service.named:
        for approval in reversed(known):
            if approval.tax_id == service.tax_id and _was_meant(approval, service):
                return _misfit(need, approval)
        return "", f"the claim names none ({need.reference}), and none is on file"
    number = service.named[0]
    if need.number_format and not any(_looks_like(one, need.number_format) for one in service.named):
        return "authorization.number-format", (
            f"number {number} ({need.reference}) does not look like one of ours, {need.number_format} "
            "(# stands for a digit, @ for a letter)"
        )
    return "", f"{need.kind} {number} ({need.reference}) is not on file for this patient"


def _was_meant(approval: Authorization, service: Service) -> bool:
    """Whether a provider's own approval for a service is likely the one that it did not name."""
    if approval.denied or (approval.procedures and service.procedure not in approval.procedures):
        return False
    return approval.span.ended_before(service.last_day) or approval.holds_on(service.days)


def _misfit(need: _Need, approval: Authorization) -> tuple[str, str]:
    """What is wrong with an approval that was meant for a line."""
    service, called = need.service, need.called(approval)
    if approval.tax_id not in ("", service.tax_id):
        return "authorization.other-provider", f"{called} was given to another provider"
    if approval.rendering_npi not in ("", service.rendering_npi):
        return "authorization.other-provider", f"{called} was given to another practitioner"
    if approval.procedures and service.procedure not in approval.procedures:
        return "authorization.other-service", f"{called} is for {', '.join(approval.procedures)}"
    span = approval.span
    through = f" through {span.ends}" if span.ends else ""
    ended = span.ended_before(service.last_day)
    rule = "authorization.expired" if ended else "authorization.other-service"
    return rule, f"{called} holds from {span.effective}{through}"


def _beyond(need: _Need, approvals: Approvals, approval: Authorization, covered_thousandths: int) -> str:
    """How a line goes beyond an approval, in words."""
    service, called = need.service, _capital(need.called(approval))
    visits, beyond = approvals.used_visits(approval), approvals.visits_beyond(approval, service)
    if approval.visits is not None and beyond:
        told = f"{called} covers {counted(approval.visits, 'visit')}; {_are_used(str(visits))}; "
        if service.visits == 1:
            return f"{told}the visit of {service.day} is the {_ordinal(visits + 1)}."
        return f"{told}of the {service.visits} days of line {need.line.number} {beyond} go beyond them."
    used = quantity_text(approvals.used_thousandths(approval))
    left = bills = quantity_text(service.quantity_thousandths)
    if need.line.unit_basis is not UnitBasis.MINUTES:
        bills = quantity_text(need.line.quantity_thousandths)
    cut = f", of which other rules leave {left}" if left != bills else ""
    part = f"; {quantity_text(covered_thousandths)} of them left" if covered_thousandths else ""
    return (
        f"{called} covers {counted_thousandths(approval.quantity_thousandths or 0, 'unit')}; {_are_used(used)}; "
        f"line {need.line.number} bills {bills}{cut}{part}."
    )


def _looks_like(number: str, number_format: str) -> bool:
    """Whether a number has a list's form, in which ``#`` stands for a digit and ``@`` for a letter."""
    signs = {"#": "[0-9]", "@": "[A-Z]"}
    return re.fullmatch("".join(signs.get(sign, re.escape(sign)) for sign in number_format), number) is not None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _are_used(count: str) -> str:
    return f"{count} {'is' if count == '1' else 'are'} used"


def _ordinal(count: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"
