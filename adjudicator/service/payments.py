"""The use cases of payment: pay what is decided and not paid yet, and read what was paid."""

import datetime as dt
import logging
from collections.abc import Callable

import sqlalchemy as sa

from adjudicator.model.principal import BillingGrant, Principal, Role
from adjudicator.model.remittance import Remittance
from adjudicator.policy.document import PolicyGap
from adjudicator.policy.policy_set import PolicySet
from adjudicator.remittance.check import check_balance, check_codes
from adjudicator.remittance.cycle import NotPayable, build_remittances
from adjudicator.service.errors import NotFound, NotPermitted, WrongState, attempt
from adjudicator.service.pages import next_page_token, page_size_of, place_of
from adjudicator.store.database import Store, lock
from adjudicator.store.payments import (
    RemittanceSummary,
    payees_awaiting,
    record_remittances,
    remittances_of,
    remittances_on,
    remittances_page,
    unremitted,
)

_log = logging.getLogger(__name__)

RemittancePage = tuple[list[RemittanceSummary], str]


class Payments:
    """Runs payments and shows remittances: to operators all, to a provider those to the payees that it speaks for."""

    def __init__(self, store: Store, policies: Callable[[], PolicySet], clock: Callable[[], dt.date]) -> None:
        """Join what paying needs.

        Args:
            store: the database, migrated.
            policies: gives the policy set in force, whose code lists a remittance must follow.
            clock: gives today's date, the day of a run.
        """
        self._store = store
        self._policies = policies
        self._clock = clock

    def run(self, principal: Principal, paid_on: dt.date) -> list[Remittance]:
        """Pay every final decision made on a day or before that is on no remittance yet: one remittance for each payee.

        Each payee is paid in a transaction of its own, so a run that was interrupted goes on when it is run again. Run
        twice, it pays nothing twice and returns the same.

        Returns:
            Every remittance of the payment date, those of earlier runs among them, by trace number.

        Raises:
            NotPermitted: the caller is no operator.
            WrongState: some payees cannot be paid, each with what is wrong; the others are.
        """
        if principal.role is not Role.OPERATOR:
            raise NotPermitted("Only an operator runs payments.")
        with self._store.reading() as connection:
            payees = payees_awaiting(connection, paid_on)
        problems = [problem for payee in payees for problem in self._pay(principal, payee, paid_on)]
        if problems:
            _log.error("payment of %s: %d problems", paid_on, len(problems))
            raise WrongState("Not everything was paid: " + "; ".join(problems))
        with self._store.reading() as connection:
            return remittances_on(connection, paid_on)

    def list(
        self,
        principal: Principal,
        paid_from: dt.date | None = None,
        paid_through: dt.date | None = None,
        page_size: int = 0,
        page_token: str = "",
    ) -> RemittancePage:
        """A page of remittances without their claims, the latest first, and the token of the next page.

        Raises:
            NotPermitted: the caller is a reviewer.
            InvalidRequest: the page size is negative, or the token is none of this list.
        """
        _check_reader(principal)
        size = page_size_of(page_size)
        listed = (paid_from, paid_through)
        before = place_of(listed, page_token, tuple[dt.date, str])
        billing = principal.billing if principal.role is Role.PROVIDER else None
        with self._store.reading() as connection:
            found = remittances_page(connection, billing, paid_from, paid_through, before, size + 1)
        more = ""
        if len(found) > size:
            last = found[size - 1]
            more = next_page_token(listed, (last.paid_on, last.trace_number))
        return found[:size], more

    def get(self, principal: Principal, trace_number: str) -> Remittance:
        """A remittance with its claims.

        Raises:
            NotPermitted: the caller is a reviewer.
            NotFound: there is none, or it is not to a payee that the caller speaks for.
        """
        _check_reader(principal)
        with self._store.reading() as connection:
            found = remittances_of(connection, [trace_number])
        if not found or not principal.speaks_for(found[0].payee.tax_id, found[0].payee.npi):
            raise NotFound("There is no such remittance among those that you may see.")
        return found[0]

    def _pay(self, principal: Principal, payee: BillingGrant, paid_on: dt.date) -> tuple[str, ...]:
        """Pay one payee; what is wrong, if it cannot be paid."""

        def pay(connection: sa.Connection) -> tuple[str, ...]:
            lock(connection, [f"payee:{payee.tax_id}:{payee.npi}"])
            try:
                built = build_remittances(paid_on, unremitted(connection, payee, paid_on))
                problems = [
                    problem
                    for remittance in built
                    for problem in (*check_balance(remittance), *check_codes(remittance, self._policies()))
                ]
            except NotPayable as refused:
                return refused.problems
            except PolicyGap as gap:
                return (str(gap),)
            if not problems:
                record_remittances(connection, built, self._clock(), principal.name)
            return tuple(problems)

        return attempt(self._store, pay)


def _check_reader(principal: Principal) -> None:
    if principal.role is Role.REVIEWER:
        raise NotPermitted("Remittances are for providers and operators.")
