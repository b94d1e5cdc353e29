"""Which approval a service uses, and what is left of each: the one place that counts authorizations and referrals.

Every service uses one approval that fits it: one that its claim names if there is one, else one that was asked for by its
day, else one that counts a visit of that day already, else the one that ends first. What was paid before is counted whole
and in one order (what fits the fewest approvals first, then day, claim, line), so the answer does not depend on the order in
which facts are told, and no unit is approved twice. What was denied, still waits or needed no approval uses nothing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from adjudicator.model.case import Authorization, Case, HistoryLine, LineState
from adjudicator.model.claim import Line
from adjudicator.model.dates import Span
from adjudicator.policy.policy_set import PolicySet


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
    def last_day(self) -> dt.date:
        """The last of its days, on which an approval has to hold too."""
        return self.days.ends or self.day

    @property
    def visits(self) -> int:
        """How many visits it counts as: each of its days is one."""
        return (self.last_day - self.day).days + 1


class _Use(msgspec.Struct):
    """A service that was paid before, and how much of it counts against which approval."""

    service: Service
    fitting: list[Authorization]
    taken_thousandths: dict[str, int] = msgspec.field(default_factory=lambda: defaultdict(int))


class Approvals:
    """The approvals of one kind that a patient has, and what has been used of each so far."""

    def __init__(self, case: Case, policies: PolicySet, *, referral: bool) -> None:
        """Count everything that was paid before and needed such an approval."""
        self._on_file = on_file(case, referral=referral)
        self._used_thousandths: dict[str, int] = defaultdict(int)
        self._visits: dict[str, set[dt.date]] = defaultdict(set)
        self._uses: list[_Use] = []
        if any(approval.quantity_thousandths is not None or approval.visits is not None for approval in self._on_file):
            self._count(case, policies, referral)

    def _count(self, case: Case, policies: PolicySet, referral: bool) -> None:
        member_id = case.member.member_id if case.member else None
        paid = [
            earlier
            for earlier in case.history
            if earlier.state is LineState.PAID
            and earlier.member_id == member_id
            and earlier.claim_id != case.claim_id
            and _needed(policies, earlier, referral)
        ]
        uses = []
        for earlier in paid:
            service = _earlier_service(earlier, referral)
            fitting = [
                approval
                for approval in self._on_file
                if approval.approves(service.procedure, service.days, service.tax_id, service.rendering_npi)
            ]
            order = (len(fitting), earlier.from_date, earlier.claim_id, earlier.line, earlier.decision_number)
            uses.append((order, _Use(service, fitting)))
        for _, use in sorted(uses, key=lambda counted: counted[0]):
            self._place(use)

    def _place(self, use: "_Use") -> None:
        """Count a service that was paid, all of it: where its approvals are full, others that share them give way."""
        service = use.service
        preferred = self.preferred(service, use.fitting)
        best = self.best(service, preferred)
        use.fitting = sorted(preferred, key=lambda approval: approval is not best)
        self._uses.append(use)
        rest_thousandths = service.quantity_thousandths
        for approval in use.fitting:
            taken_thousandths = self._room(approval, service, rest_thousandths, set())
            use.taken_thousandths[approval.number] += taken_thousandths
            self.take(approval, service, taken_thousandths)
            rest_thousandths -= taken_thousandths

    def _room(self, approval: Authorization, service: Service, wanted_thousandths: int, asked: set[str]) -> int:
        """How much of what is wanted an approval has left for a service, after other services moved to approvals of theirs."""
        asked.add(approval.number)
        room_thousandths = min(wanted_thousandths, self.left_thousandths(approval, service))
        if room_thousandths == wanted_thousandths:
            return room_thousandths
        for use in self._uses:
            for other in use.fitting:
                short_thousandths = min(wanted_thousandths - room_thousandths, use.taken_thousandths[approval.number])
                if short_thousandths and other.number not in asked:
                    moved_thousandths = self._room(other, use.service, short_thousandths, asked)
                    self._move(use, approval, other, moved_thousandths)
                    room_thousandths = min(wanted_thousandths, self.left_thousandths(approval, service))
        return room_thousandths

    def _move(self, use: "_Use", giver: Authorization, taker: Authorization, thousandths: int) -> None:
        """Count so much of a service against another approval; a visit stays counted while anything of its day does."""
        use.taken_thousandths[giver.number] -= thousandths
        use.taken_thousandths[taker.number] += thousandths
        for approval in (giver, taker) if thousandths else ():
            self._used_thousandths[approval.number] = 0
            self._visits[approval.number] = set()
            for one in self._uses:
                self.take(approval, one.service, one.taken_thousandths[approval.number])

    def preferred(self, service: Service, fitting: Iterable[Authorization]) -> list[Authorization]:
        """Approvals that fit a service, the one to use first in front; ``fitting`` has the one that ends first in front."""
        return sorted(
            fitting,
            key=lambda approval: (
                approval.number not in service.named,
                approval.requested_on is not None and approval.requested_on > service.day,
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


def service_of(case: Case, line: Line, day: dt.date, quantity_thousandths: int, *, referral: bool) -> Service:
    """A line of the claim, or what is left of it, as what it asks of an approval."""
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
        quantity_thousandths=quantity_thousandths,
        named=named,
    )


def _needed(policies: PolicySet, earlier: HistoryLine, referral: bool) -> bool:
    """Whether a row of the lists named an earlier service on its day.

    What else the row asked is not kept of earlier lines: the procedure decides, so that nothing approved is used twice.
    """
    versions = (document.find(earlier.from_date) for document in policies.authorization)
    return any(version is not None and version.may_ask(earlier.procedure, referral=referral) for version in versions)


def _earlier_service(earlier: HistoryLine, referral: bool) -> Service:
    return Service(
        procedure=earlier.procedure,
        days=Span(earlier.from_date, earlier.through_date),
        tax_id=earlier.billing_tax_id,
        rendering_npi=earlier.rendering_npi,
        quantity_thousandths=earlier.counted_thousandths,
        named=earlier.referral_numbers if referral else earlier.authorization_numbers,
    )
