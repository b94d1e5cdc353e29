"""Which approval a service uses, and what is left of each: the one place that counts authorizations and referrals.

Every service uses one approval that fits it: one that its claim names if there is one, else one that counts a visit of
that day already, else the one that ends first. What was paid before is counted in one order (day, claim, line), so the
answer does not depend on the order in which facts are told. What was denied, or still waits, uses nothing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from adjudicator.model.case import Authorization, Case, HistoryLine, LineState
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span


class Service(msgspec.Struct, frozen=True):
    """What an approval is used for."""

    procedure: str
    days: Span
    tax_id: str
    rendering_npi: str
    quantity_thousandths: int
    named: tuple[str, ...]
    """The numbers that its claim names."""

    @property
    def day(self) -> dt.date:
        """Its first day."""
        return self.days.effective

    @property
    def visits(self) -> int:
        """How many visits it counts as: each of its days is one."""
        return ((self.days.ends or self.day) - self.day).days + 1


class Approvals:
    """The approvals of one kind that a patient has, and what has been used of each so far."""

    def __init__(self, case: Case, *, referral: bool) -> None:
        """Count everything that was paid before."""
        self._on_file = on_file(case, referral=referral)
        self._used_thousandths: dict[str, int] = defaultdict(int)
        self._visits: dict[str, set[dt.date]] = defaultdict(set)
        if any(approval.quantity_thousandths is not None or approval.visits is not None for approval in self._on_file):
            self._count(case, referral)

    def _count(self, case: Case, referral: bool) -> None:
        member_id = case.member.member_id if case.member else None
        paid = [
            earlier
            for earlier in case.history
            if earlier.state is LineState.PAID and earlier.member_id == member_id and earlier.claim_id != case.claim_id
        ]
        for earlier in sorted(paid, key=lambda line: (line.from_date, line.claim_id, line.line, line.decision_number)):
            service = _earlier_service(earlier, referral)
            fitting = [
                approval
                for approval in self._on_file
                if approval.approves(service.procedure, service.days, service.tax_id, service.rendering_npi)
            ]
            approval = self.best(service, self.preferred(service, fitting))
            if approval is not None:
                self.take(approval, service, self.left_thousandths(approval, service))

    def preferred(self, service: Service, fitting: Iterable[Authorization]) -> list[Authorization]:
        """Approvals that fit a service, the one to use first in front; ``fitting`` has the one that ends first in front."""
        return sorted(
            fitting,
            key=lambda approval: (
                approval.number not in service.named,
                approval.visits is None or service.day not in self._visits[approval.number],
            ),
        )

    def best(self, service: Service, preferred: Iterable[Authorization]) -> Authorization | None:
        """The first with enough left for the whole service, else the first with anything left."""
        partly = None
        for approval in preferred:
            left_thousandths = self.left_thousandths(approval, service)
            if left_thousandths == service.quantity_thousandths:
                return approval
            if left_thousandths and partly is None:
                partly = approval
        return partly

    def left_thousandths(self, approval: Authorization, service: Service) -> int:
        """How much of a service an approval still covers, at most all of it; its days share the quantity evenly."""
        covered_thousandths = service.quantity_thousandths
        beyond = self.visits_beyond(approval, service)
        if beyond:
            covered_thousandths = covered_thousandths * (service.visits - beyond) // service.visits
        if approval.quantity_thousandths is None:
            return covered_thousandths
        left_thousandths = approval.quantity_thousandths - self._used_thousandths[approval.number]
        return max(0, min(left_thousandths, covered_thousandths))

    def take(self, approval: Authorization, service: Service, quantity_thousandths: int) -> None:
        """Use so much of an approval for a service; a second service of a day is no second visit."""
        if quantity_thousandths:
            visits = self._new_visits(approval, service)[: self._visits_left(approval, service)]
            self._used_thousandths[approval.number] += quantity_thousandths
            self._visits[approval.number].update(visits)

    def _new_visits(self, approval: Authorization, service: Service) -> list[dt.date]:
        """The days of a service that are no visit of an approval yet."""
        counted = self._visits[approval.number]
        first = service.day.toordinal()
        days = (dt.date.fromordinal(ordinal) for ordinal in range(first, first + service.visits))
        return [day for day in days if day not in counted]

    def _visits_left(self, approval: Authorization, service: Service) -> int:
        """How many more visits an approval has for a service; all of the service's where it sets no number."""
        if approval.visits is None:
            return service.visits
        return max(0, approval.visits - self.used_visits(approval))

    def used_thousandths(self, approval: Authorization) -> int:
        """The units used of an approval."""
        return self._used_thousandths[approval.number]

    def visits_beyond(self, approval: Authorization, service: Service) -> int:
        """How many visits of a service go beyond an approval."""
        return max(0, len(self._new_visits(approval, service)) - self._visits_left(approval, service))

    def used_visits(self, approval: Authorization) -> int:
        """The visits used of an approval."""
        return len(self._visits[approval.number])


def on_file(case: Case, *, referral: bool) -> list[Authorization]:
    """The patient's referrals or prior authorizations, granted or denied, in the order in which they end."""
    return sorted(
        (approval for approval in case.authorizations if approval.referral is referral),
        key=lambda approval: (approval.span.ends or dt.date.max, approval.span.effective, approval.number),
    )


def service_of(case: Case, line: Line, day: dt.date, *, referral: bool) -> Service:
    """A line of the claim as what it asks of an approval."""
    claim = case.claim
    if referral:
        named = line.referral_numbers or claim.referral_numbers
    else:
        named = line.authorization_numbers or claim.authorization_numbers
    return Service(
        procedure=line.procedure,
        days=Span(day, max(day, line.through_date or day)),
        tax_id=claim.billing.tax_id,
        rendering_npi=line.rendering.npi,
        quantity_thousandths=line.quantity_thousandths,
        named=named,
    )


def _earlier_service(earlier: HistoryLine, referral: bool) -> Service:
    return Service(
        procedure=earlier.procedure,
        days=Span(earlier.from_date, earlier.through_date),
        tax_id=earlier.billing_tax_id,
        rendering_npi=earlier.rendering_npi,
        quantity_thousandths=earlier.counted_thousandths,
        named=earlier.referral_numbers if referral else earlier.authorization_numbers,
    )
