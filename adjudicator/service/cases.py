"""Builds the case of each claim of a batch, so that each sees what its batch-mates before it have changed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

import msgspec
import sqlalchemy as sa

from adjudicator.edits.front_end import REPLACEMENT, VOID
from adjudicator.model.case import (
    Balance,
    Case,
    HistoryLine,
    LineState,
    OriginalClaim,
    ProviderRecord,
    Ruling,
    members_named,
)
from adjudicator.model.claim import Claim, Line, Purpose
from adjudicator.model.dates import months_before
from adjudicator.model.decision import Decision, Disposition, LineDecision, Verdict
from adjudicator.policy.policy_set import PolicySet
from adjudicator.store.claims import arrived_after
from adjudicator.store.facts import KnownClaim, facilities_of, facts_for
from adjudicator.store.records import ClaimRecord, DecidedLines

MONTHS_OF_A_PERIOD = 12
"""The longest accumulation period (domain/04 section 1: calendar, contract or plan year)."""

Movement = tuple[dt.date, str, str, str]
"""Period start, accumulator, tier, and the plan of whose limit it is taken."""


class CaseBook:
    """The facts of a batch of claims, kept true while they are decided one after another."""

    def __init__(self, connection: sa.Connection, batch: Sequence[tuple[Claim, dt.date]], policies: PolicySet) -> None:
        """Load the facts of a batch.

        Args:
            connection: the transaction; a writing one, if the claims are to be decided for good.
            batch: the claims, each with the day on which it was received.
            policies: the policy set in force: how far back a claim's history reaches, and whose limits bear on it.
        """
        first_days = [_first_day(claim, received_on) for claim, received_on in batch]
        self._reach = reach = policies.history_reach
        self._counting_people = policies.plans_that_count_people
        self._facts = facts_for(
            connection,
            [claim for claim, _ in batch],
            history_after=reach.after(min(first_days)),
            periods_after=_period_before(min(first_days)),
            plans_that_count_people=self._counting_people,
        )
        self._history = {member_id: list(decided) for member_id, decided in self._facts.history.items()}
        self._taken_back = {
            member_id: {decided.lines[0].decision for decided in each if decided.taken_back}
            for member_id, each in self._facts.history.items()
        }
        self._originals = dict(self._facts.originals)
        self._used: dict[str, dict[Movement, int]] = defaultdict(dict)
        for balance in chain.from_iterable(self._facts.balances.values()):
            movement = (balance.period_start, balance.accumulator, balance.tier, balance.plan)
            self._used[balance.owner][movement] = balance.used_cents

    def case(
        self, claim_id: str, claim: Claim, received_on: dt.date, decided_on: dt.date, rulings: tuple[Ruling, ...] = ()
    ) -> Case:
        """A claim of the batch with all its facts as they stand now; its own earlier decisions are no history of it."""
        facts = self._facts
        family = facts.families.get(claim.subscriber.member_id, ())
        named = members_named(claim, family)
        holder = next((member for member in family if member.member_id == claim.subscriber.member_id), None)
        if holder in named:
            holder = None
        case = Case(
            claim_id=claim_id,
            claim=claim,
            received_on=received_on,
            decided_on=decided_on,
            members=named,
            subscriber=holder,
            subscriber_coverage=tuple(facts.coverage.get(holder.member_id, ())) if holder and not named else (),
            providers=tuple(self._records_of(claim)),
            participations=tuple(facts.participations.get((claim.billing.tax_id, claim.billing.npi), ())),
            facility_participations=tuple(
                known for npi in facilities_of(claim) for known in facts.facility_participations.get(npi, ())
            ),
            original=self._original(claim),
            rulings=rulings,
        )
        if len(named) != 1:
            return case
        member = named[0]
        coverage = facts.coverage.get(member.member_id, ())
        owners = [f"member:{member.member_id}", f"family:{member.family_id}"]
        if any(each.plan in self._counting_people for each in coverage):
            owners += [f"member:{other.member_id}" for other in family if other is not member]
        first_day = _first_day(claim, received_on)
        history = self._history_of(member.member_id, (claim_id, _replaced(claim)), first_day)
        taken_back = self._taken_back.get(member.member_id, ())
        return msgspec.structs.replace(
            case,
            coverage=tuple(coverage),
            authorizations=tuple(facts.authorizations.get(member.member_id, ())),
            other_coverage=facts.other_coverage.get(member.member_id, ()),
            balances=tuple(
                self._balances(
                    owners,
                    _period_before(first_day),
                    _carried_through(claim.through_date or received_on),
                )
            ),
            history=history,
            taken_back=tuple(dict.fromkeys(key for line in history if (key := line.decision) in taken_back)),
        )

    def absorb(self, case: Case, decision_number: int, decision: Decision) -> DecidedLines | None:
        """Let the claims that follow see a decision. A pended claim becomes history and moves no balance.

        Returns:
            The decision's lines as later claims see them; None when they do not see them.
        """
        billing = case.claim.billing
        known = OriginalClaim(claim_id=case.claim_id, disposition=decision.disposition.value)
        self._originals[case.claim_id] = KnownClaim(known, billing.tax_id, billing.npi)
        for entry in decision.entries:
            used = self._used[entry.owner]
            movement = (entry.period_start, entry.accumulator, entry.tier, entry.plan)
            used[movement] = used.get(movement, 0) + entry.amount_cents
        lines = history_lines(case, decision_number, decision)
        if not lines:
            return None
        decided = DecidedLines(through_date=max(line.through_date for line in lines), lines=lines)
        self._history.setdefault(lines[0].member_id, []).append(decided)
        return decided

    def _records_of(self, claim: Claim) -> Iterable[ProviderRecord]:
        """Our records of the providers that a claim names, each once, in the claim's order."""
        for npi in dict.fromkeys(provider.npi for provider in claim.parties()):
            if npi in self._facts.providers:
                yield self._facts.providers[npi]

    def _balances(self, owners: Iterable[str], after: dt.date, through: dt.date) -> Iterable[Balance]:
        for owner in owners:
            for (period_start, accumulator, tier, plan), used_cents in sorted(self._used.get(owner, {}).items()):
                if after < period_start <= through:
                    yield Balance(
                        owner=owner,
                        accumulator=accumulator,
                        tier=tier,
                        period_start=period_start,
                        used_cents=used_cents,
                        plan=plan,
                    )

    def _history_of(self, member_id: str, without: Collection[str], day: dt.date) -> tuple[HistoryLine, ...]:
        """A member's history as far as a rule or an approval counts it on a day.

        The claim itself is no part of it, nor the claim that it replaces or voids.
        """
        approved = (approval.span.effective for approval in self._facts.authorizations.get(member_id, ()))
        all_after = min([self._reach.any_after(day), *map(_day_before, approved)])
        lines: list[HistoryLine] = []
        for decided in self._history.get(member_id, ()):
            if decided.lines[0].claim_id in without:
                continue
            if decided.through_date > all_after:
                lines += decided.lines
            else:
                lines += (one for one in decided.lines if self._reach.counts(one.procedure, one.through_date, day))
        return tuple(lines)

    def _original(self, claim: Claim) -> OriginalClaim | None:
        """The earlier claim that a claim names, if it is one of the same billing provider."""
        known = self._originals.get(claim.original_claim_id)
        if known is None or (known.billing_tax_id, known.billing_npi) != (claim.billing.tax_id, claim.billing.npi):
            return None
        return known.original


def case_again(
    connection: sa.Connection,
    before: ClaimRecord,
    claim: Claim,
    rulings: tuple[Ruling, ...],
    today: dt.date,
    policies: PolicySet,
) -> tuple[CaseBook, Case]:
    """The case of a claim that is decided again, with today's facts and the day on which it arrived; and the book that has it.

    Args:
        connection: the transaction; a writing one, if the claim is to be decided for good.
        before: the claim as it stands.
        claim: its content, which may have been corrected.
        rulings: the rulings on it.
        today: the day on which it is decided.
        policies: the policy set in force.
    """
    received_on = before.case.received_on
    book = CaseBook(connection, [(claim, received_on)], policies)
    case = book.case(before.claim_id, claim, received_on, today, rulings)
    earlier_or_later = {line.claim_id for line in case.history}
    return book, seen_from_its_arrival(case, arrived_after(connection, before.claim_id, earlier_or_later))


def seen_from_its_arrival(case: Case, later: Collection[str]) -> Case:
    """A case that is decided again after other claims have arrived: of those only what was paid is its history.

    A later claim that repeats this one was held against this one; it must not be held against its own original.

    Args:
        case: the case with today's facts.
        later: numbers of the claims that arrived after it.
    """
    history = (line for line in case.history if line.state is LineState.PAID or line.claim_id not in later)
    return msgspec.structs.replace(case, history=tuple(history))


def history_lines(case: Case, decision_number: int, decision: Decision) -> tuple[HistoryLine, ...]:
    """A decision's lines as later claims of the member see them; a rejected claim, a test or an encounter shows none."""
    only_told = case.claim.test or case.claim.purpose is Purpose.ENCOUNTER
    if case.member is None or only_told or decision.disposition is Disposition.REJECTED:
        return ()
    decided = {line.line: line for line in decision.lines}
    lines = []
    for line in case.claim.lines:
        if line.from_date is None:
            continue
        outcome = decided.get(line.number)
        state = LineState.PENDED
        if outcome:
            state = LineState.DENIED if outcome.verdict is Verdict.DENY else LineState.PAID
        lines.append(
            HistoryLine(
                claim_id=case.claim_id,
                decision_number=decision_number,
                line=line.number,
                member_id=case.member.member_id,
                state=state,
                billing_tax_id=case.claim.billing.tax_id,
                billing_npi=case.claim.billing.npi,
                rendering_npi=line.rendering.npi,
                from_date=line.from_date,
                through_date=line.through_date or line.from_date,
                procedure=line.procedure,
                modifiers=tuple(sorted(line.modifiers)),
                place_of_service=line.place_of_service,
                quantity_thousandths=line.quantity_thousandths,
                charge_cents=line.charge_cents,
                **_of_visits_copay(outcome),
                allowed_cents=outcome.allowed_cents if outcome else 0,
                paid_cents=outcome.plan_cents if outcome else 0,
                covered_quantity_thousandths=_part_covered(line, outcome),
                tier=outcome.share.tier if outcome and outcome.share else "",
                authorization_numbers=line.authorization_numbers or case.claim.authorization_numbers,
                referral_numbers=line.referral_numbers or case.claim.referral_numbers,
                taxonomies=case.taxonomies_of(line),
                unit_basis=line.unit_basis,
                covered_days=outcome.share.covered_days if outcome and outcome.share else None,
            )
        )
    return tuple(lines)


def _of_visits_copay(outcome: LineDecision | None) -> dict[str, int]:
    """What a line took of its visit's one copay: what the patient owed and, after other payers, what the plan counts."""
    if outcome is None or outcome.share is None or outcome.share.copay_per_claim:
        return {}
    taken = {"copay_cents": outcome.share.copay_cents}
    if outcome.coordination is not None:
        taken["benefit_copay_cents"] = outcome.coordination.benefit_copay_cents
    return taken


def _part_covered(line: Line, outcome: LineDecision | None) -> int | None:
    """The covered quantity of a line that was paid in part; None when nothing was taken off it, or all of it."""
    if (
        outcome is None
        or outcome.verdict is Verdict.DENY
        or outcome.paid_quantity_thousandths == line.quantity_thousandths
    ):
        return None
    return outcome.paid_quantity_thousandths


def _replaced(claim: Claim) -> str:
    """The claim that a replacement or void takes the place of; a new claim takes nobody's, whatever it names."""
    return claim.original_claim_id if claim.frequency_code in (REPLACEMENT, VOID) else ""


def _first_day(claim: Claim, received_on: dt.date) -> dt.date:
    return claim.from_date or received_on


def _day_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1) if day > dt.date.min else day


def _carried_through(day: dt.date) -> dt.date:
    """The last day on which a period begins to which a service of a day can be carried over: the next period's first."""
    return months_before(day, -MONTHS_OF_A_PERIOD) if day.year < dt.MAXYEAR else dt.date.max


def _period_before(day: dt.date) -> dt.date:
    """The day on which a period that ends just before a day has begun at the latest."""
    return months_before(day, MONTHS_OF_A_PERIOD) if day.year > dt.MINYEAR else dt.date.min
