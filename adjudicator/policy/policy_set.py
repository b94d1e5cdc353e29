"""All policy documents of one payer, frozen and indexed for look-up: what the engine reads instead of files.

``policy.load`` builds these values from the YAML documents; nothing here knows files. Every document is a list of
complete versions; a version is chosen by a day, normally the line's date of service, never by today's date.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from typing import TypeVar

import msgspec

from adjudicator.model.case import Case, HistoryLine
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.model.decision import Verdict
from adjudicator.model.standing import Standing
from adjudicator.policy.answers import Answer, Guidance, GuidanceVersion
from adjudicator.policy.by_procedure import ByProcedure
from adjudicator.policy.code_editing import CodeEditing, CodingDay
from adjudicator.policy.code_lists import CodeTable
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import CodingTable
from adjudicator.policy.contract import ContractVersion
from adjudicator.policy.document import Condition, Document, PolicyGap, Version
from adjudicator.policy.fee_schedules import Fees, ListedFees, lists
from adjudicator.policy.fee_tables import FeeVersion
from adjudicator.policy.look_backs import HistoryReach, LookBack
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.payer import Payer
from adjudicator.policy.payment_rules import PaymentRules
from adjudicator.policy.plan import PlanVersion


class Criterion(msgspec.Struct, frozen=True):
    """One sentence of a medical or coding policy: where ``when`` holds, ``require`` must hold, else ``answer``.

    A criterion without ``require`` answers wherever ``when`` holds.
    """

    id: str
    when: Condition | None
    require: Condition | None
    answer: Answer


class CriteriaPolicy(Version, frozen=True):
    """A medical or coding policy's version: for which procedures, which criteria."""

    procedures: CodeSet
    criteria: tuple[Criterion, ...]
    diagnoses: CodeSet | None = None
    """No criterion applies unless a diagnosis of the claim is one of these; None where that cannot be said."""
    modifiers: CodeSet | None = None
    """No criterion applies to a line unless it has one of these; None where that cannot be said."""


_MOST_DAYS_KEPT = 10_000
"""A claim may name any day at all: what is kept by day has to end somewhere."""


class AuthorizationRule(msgspec.Struct, frozen=True):
    """Services that need approval ahead of time."""

    id: str
    procedures: CodeSet
    when: Condition | None
    """Where the row applies; None for everywhere."""
    referral: bool
    """A referral is needed, not a prior authorization."""
    number_on_claim: bool
    """The claim must name the approval's number."""
    notice_days: int
    """Days after the service within which approval may still be asked for."""
    late_basis_points: int
    """The share of the allowed amount that is covered where it was asked for later."""
    pays_what_is_left: bool
    """Of more units than are left, those that are left are paid; else nothing of the line is."""
    answer: Answer
    """Where no approval is on file."""


class AuthorizationList(Version, frozen=True):
    """An authorization list's version."""

    number_format: str
    """How our numbers look: ``#`` a digit, ``@`` a letter, anything else itself; empty when the list does not say."""
    rules: tuple[AuthorizationRule, ...]

    def rule_for(self, case: Case, policies: "PolicySet", line: Line, standing: Standing) -> AuthorizationRule | None:
        """The first row that fits a line; None when the line needs no approval."""
        for rule in self._rules_by_procedure.naming(line.procedure):
            if rule.when is None or rule.when(case, policies, line, standing)[0]:
                return rule
        return None

    def may_ask(self, procedure: str, *, referral: bool) -> bool:
        """Whether any row asks for an approval of this kind for a procedure, wherever that row applies."""
        return any(rule.referral is referral for rule in self._rules_by_procedure.naming(procedure))

    @cached_property
    def _rules_by_procedure(self) -> ByProcedure[AuthorizationRule]:
        return ByProcedure.of(self.rules)


class PolicySet(msgspec.Struct, frozen=True, dict=True):
    """Every document of one payer, and the digest of their content."""

    digest: str
    payer: Document[Payer]
    guidance: tuple[Document[GuidanceVersion], ...]
    plans: Mapping[str, Document[PlanVersion]]
    contracts: Mapping[str, Document[ContractVersion]]
    fees: Mapping[str, Document[Fees]]
    coverage: tuple[Document[CriteriaPolicy], ...]
    """Medical policies."""
    coding: tuple[Document[CriteriaPolicy], ...]
    """How services must be coded."""
    editing: Document[CodeEditing] | None
    authorization: tuple[Document[AuthorizationList], ...]
    tables: Mapping[str, Document[CodeTable]]
    """By what they list: ``procedures``, ``diagnoses``, ``modifiers``, ``places``, ``carc``, ``rarc``."""
    answers: Mapping[str, tuple[tuple[Span, Answer], ...]]
    """What the guidance documents answer, by rule: each answer with the days on which it holds."""
    coding_tables: Mapping[str, CodingTable] = {}
    """Those that the payer binds, by what they list: ``procedure-pairs-practitioner`` ..."""
    fee_tables: Mapping[str, Document[FeeVersion]] = {}
    """Those that fee schedules may name, by path; the schedules hold the ones that they name."""
    payment_rules: Mapping[str, Document[PaymentRules]] = {}
    """What modifiers and indicators do to a fee, by the path that contracts name."""
    look_backs: tuple[tuple[CodeSet, LookBack], ...] = ()
    """Which earlier services the conditions of all documents count, and how far back."""

    @cached_property
    def history_reach(self) -> HistoryReach:
        """How far back any rule counts earlier services: conditions, benefit limits, rentals, visits and operations."""
        limits = (
            limit for document in self.plans.values() for version in document.versions for limit in version.limits
        )
        editing = self.editing.versions if self.editing else ()
        schedules = (version for document in self.fees.values() for version in document.versions)
        rentals = (version.rental for version in schedules if isinstance(version, ListedFees) and version.rental)
        return HistoryReach.of(
            (
                *self.look_backs,
                *((limit.procedures, limit.look_back) for limit in limits),
                *((rental.procedures, rental.look_back) for rental in rentals),
                *chain.from_iterable(version.look_backs for version in editing),
            )
        )

    @cached_property
    def plans_by_stamp(self) -> Mapping[str, PlanVersion]:
        """Every version of every plan, by document and version, such as ``plans/ppo-gold@2026-01-01``."""
        return {version.stamp: version for document in self.plans.values() for version in document.versions}

    @cached_property
    def plans_that_count_people(self) -> frozenset[str]:
        """The plans under which it matters what every other person of a family has used."""
        return frozenset(
            path
            for path, document in self.plans.items()
            for version in document.versions
            if version.in_network.counts_people or version.out_of_network.counts_people
        )

    @cached_property
    def coverage_by_procedure(self) -> ByProcedure[CriteriaPolicy]:
        """The medical policies, indexed."""
        return ByProcedure.of(version for document in self.coverage for version in document.versions)

    @cached_property
    def coding_by_procedure(self) -> ByProcedure[CriteriaPolicy]:
        """The coding policies, indexed."""
        return ByProcedure.of(version for document in self.coding for version in document.versions)

    def answer(self, rule: str, day: dt.date) -> Answer:
        """What a rule of the engine answers on a day.

        Raises:
            PolicyGap: no guidance document answers it.
        """
        for span, answer in self.answers.get(rule, ()):
            if span.covers(day):
                return answer
        raise PolicyGap(f"no guidance document answers rule {rule} on {day.isoformat()}")

    def holds(self, rule: str, day: dt.date) -> bool:
        """Whether a rule of the engine answers by holding the claim, never by denying or reducing it itself."""
        return any(answer.verdict is Verdict.PEND for span, answer in self.answers.get(rule, ()) if span.covers(day))

    def guidance_for(self, key: str, day: dt.date) -> Guidance | None:
        """Guidance by a rule's name or a reason; None when there is none."""
        for document in self.guidance:
            version = document.find(day)
            if version is not None and key in version.guidance:
                return version.guidance[key]
        return None

    def plan(self, path: str, day: dt.date) -> PlanVersion:
        """A plan's version of a day.

        Raises:
            PolicyGap: no such plan, or none then.
        """
        return _document(self.plans, path, "plan").on(day)

    def contract(self, path: str, day: dt.date) -> ContractVersion:
        """A contract's version of a day.

        Raises:
            PolicyGap: no such contract, or none then.
        """
        return _document(self.contracts, path, "contract").on(day)

    def coding_on(self, day: dt.date) -> CodingDay:
        """What the payer holds the coding of one day's services against; put together once for a day."""
        known = self._coding_days.get(day)
        if known is None:
            if len(self._coding_days) >= _MOST_DAYS_KEPT:
                self._coding_days.clear()
            tables = {lists: table.on(day) for lists, table in self.coding_tables.items()}
            known = self._coding_days[day] = CodingDay(self.editing.find(day) if self.editing else None, tables)
        return known

    @cached_property
    def _coding_days(self) -> dict[dt.date, CodingDay]:
        return {}

    def fee_schedule(self, path: str, day: dt.date) -> Fees:
        """A fee schedule's version of a day.

        Raises:
            PolicyGap: no such schedule, or none then.
        """
        return _document(self.fees, path, "fee schedule").on(day)

    def pay_rule(self, contract: ContractVersion, case: Case, line: Line | HistoryLine) -> PayRule | None:
        """The row of a contract that pays a line: the first that fits it, with its rate of the line's date of service.

        Raises:
            PolicyGap: a fee schedule has no version then.
        """
        day = line.from_date
        for rule in contract.rows_for(line.procedure):
            if rule.only is not None and not rule.only.holds(case, line):
                continue
            if day is None:
                return rule
            if rule.listed_only and rule.schedule:
                schedule = self.fee_schedule(rule.schedule, day)
                if not lists(schedule, line.procedure, day):
                    continue
            return rule.on(day)
        return None

    def payment_rules_of(self, rule: PayRule, day: dt.date) -> PaymentRules | None:
        """The payment rules of a contract's row on a day; None where it names none.

        Raises:
            PolicyGap: none are in force then.
        """
        return _document(self.payment_rules, rule.rules, "payment rules").on(day) if rule.rules else None

    def table(self, lists: str, day: dt.date) -> CodeTable:
        """The code table of a kind for a day.

        Raises:
            PolicyGap: no such table, or none that covers the day.
        """
        document = self.tables.get(lists)
        table = document.find(day) if document else None
        # Asked for every code of a claim: what tells the gap in words runs only where there is one.
        return table or _document(self.tables, lists, "code table").on(day)


DocumentT = TypeVar("DocumentT")


def _document(documents: Mapping[str, DocumentT], path: str, what: str) -> DocumentT:
    document = documents.get(path)
    if document is None:
        raise PolicyGap(f"the policy set has no {what} {path}")
    return document
