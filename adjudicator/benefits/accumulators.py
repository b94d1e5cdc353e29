"""What is left of each deductible and out-of-pocket limit while a claim's lines are worked through in order."""

import datetime as dt

from adjudicator.model.case import Case, Member
from adjudicator.model.decision import AccumulatorEntry
from adjudicator.policy.policy_set import LimitPair
from adjudicator.policy.terms import Terms, period_start

DEDUCTIBLE, OUT_OF_POCKET = "deductible", "out_of_pocket"


class Accumulators:
    """The balances of one case plus what its own earlier lines have taken.

    Limits are embedded: a person stops at the individual limit or when the family's is reached (domain/04 section 3).
    """

    def __init__(self, case: Case, member: Member) -> None:
        """Start from the case's balances."""
        self._member = f"member:{member.member_id}"
        self._family = f"family:{member.family_id}"
        self._used = {
            (balance.owner, balance.accumulator, balance.tier, balance.period_start): balance.used_cents
            for balance in case.balances
        }
        self.entries: list[AccumulatorEntry] = []

    def left_cents(self, accumulator: str, terms: Terms, day: dt.date) -> int:
        """What can still be taken: the lesser of the individual's and the family's remainder, never below zero."""
        limits: LimitPair = terms.limits.deductible if accumulator == DEDUCTIBLE else terms.limits.out_of_pocket
        start = period_start(day)
        individual = limits.individual_cents - self._used.get((self._member, accumulator, terms.tier, start), 0)
        family = limits.family_cents - self._used.get((self._family, accumulator, terms.tier, start), 0)
        return max(0, min(individual, family))

    def take(self, accumulator: str, terms: Terms, day: dt.date, line: int, amount_cents: int) -> None:
        """Record an amount for the member and the family; nothing is recorded for zero."""
        if amount_cents == 0:
            return
        start = period_start(day)
        for owner in (self._member, self._family):
            key = (owner, accumulator, terms.tier, start)
            self._used[key] = self._used.get(key, 0) + amount_cents
            self.entries.append(
                AccumulatorEntry(
                    line=line,
                    owner=owner,
                    accumulator=accumulator,
                    tier=terms.tier,
                    period_start=start,
                    amount_cents=amount_cents,
                )
            )
