"""Lines of this claim and of earlier ones side by side, as coding edits compare them."""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from adjudicator.model.case import Case, HistoryLine, LineState
from adjudicator.model.claim import Line
from adjudicator.model.money import half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.code_editing import CodeEditing, SameProvider
from adjudicator.policy.code_set import CodeSet


class Service(msgspec.Struct, frozen=True):
    """A service by a provider on some days: a line of this claim, or one of an earlier claim of the patient."""

    procedure: str
    modifiers: frozenset[str]
    first: dt.date
    last: dt.date
    quantity_thousandths: int
    tax_id: str
    rendering_npi: str
    taxonomies: tuple[str, ...]
    told: str
    """What a sentence calls it: ``line 2``, or ``line 1 of claim C123 (paid)``."""
    number: int = 0
    """The line's number on this claim; 0 for an earlier claim's line."""
    state: LineState | None = None
    """How an earlier claim's line was decided; None for this claim's own."""
    charge_cents: int = 0

    @property
    def days(self) -> int:
        """On how many days it was given."""
        return (self.last - self.first).days + 1

    @property
    def quantity_of_a_day_thousandths(self) -> int:
        """How much of it was given a day: over several days the quantity is spread, and rounded to whole units, half up.

        Source: NCCI policy manual, chapter 1, section V (date ranges).
        """
        if self.first == self.last:
            return self.quantity_thousandths
        return half_up_quotient(self.quantity_thousandths, 1000 * self.days) * 1000

    def has(self, modifiers: CodeSet) -> bool:
        """Whether it has one of some modifiers."""
        return bool(self.modifiers) and modifiers.holds_any(self.modifiers)

    def shares_a_day_with(self, other: "Service") -> bool:
        """Whether there is a day on which both were given."""
        return self.first <= other.last and other.first <= self.last

    def is_by_the_provider_of(self, other: "Service", editing: CodeEditing) -> bool:
        """Whether both count as one provider's: one practitioner, or one group and specialty, as the payer has it."""
        if self.tax_id != other.tax_id:
            return False
        if self.rendering_npi == other.rendering_npi:
            return True
        if editing.same_provider is SameProvider.PRACTITIONER:
            return False
        if not self.taxonomies or not other.taxonomies:
            return editing.unknown_specialty_is_same
        return not set(self.taxonomies).isdisjoint(other.taxonomies)


def own_services(case: Case) -> Sequence[Service]:
    """This claim's lines that have a day and a procedure, in the order of the claim."""
    return case.once(_own_services, None)


def _own_services(case: Case, _: None) -> Sequence[Service]:
    return [
        _of_line(case, line, line.from_date)
        for line in case.claim.lines
        if line.from_date is not None and line.procedure
    ]


def earlier_services(case: Case) -> Sequence[Service]:
    """The patient's earlier lines that share a day with a line of this claim, in the order of the history."""
    return case.once(_earlier_services, None)


def _earlier_services(case: Case, _: None) -> Sequence[Service]:
    return [earlier_service(case, line) for line in _earlier_lines(case)]


def others_of_day(case: Case, service: Service, standing: Standing) -> Iterator[Service]:
    """The other services of a service's days that were not denied: this claim's first."""
    for other in own_services(case):
        if other is not service and other.number in standing and other.shares_a_day_with(service):
            yield other
    for earlier in earlier_services(case):
        if earlier.state is not LineState.DENIED and earlier.shares_a_day_with(service):
            yield earlier


def repeats(case: Case) -> bool:
    """Whether any procedure stands on two lines, of this claim or of the earlier ones that share a day with it."""
    return case.once(_repeats, None)


def _repeats(case: Case, _: None) -> bool:
    procedures = [service.procedure for service in (*own_services(case), *earlier_services(case))]
    return len(set(procedures)) < len(procedures)


def _earlier_lines(case: Case) -> Sequence[HistoryLine]:
    own = own_services(case)
    if not own or not case.history:
        return ()
    first, last = min([service.first for service in own]), max([service.last for service in own])
    within = _lines_within(case, first, last)
    if first == last:
        return within
    return [
        line
        for line in within
        if any(service.first <= line.through_date and line.from_date <= service.last for service in own)
    ]


def earlier_lines_around(case: Case, services: Sequence[Service], days: int) -> Sequence[HistoryLine]:
    """The patient's earlier lines that were not denied and lie so many days around some services, in the order of the history."""
    first = _moved(min([service.first for service in services]), -days)
    last = _moved(max([service.last for service in services]), days)
    denied = LineState.DENIED
    return [
        line
        for line in case.once(_own_history, None)
        if line.through_date >= first and line.from_date <= last and line.state is not denied
    ]


def _lines_within(case: Case, first: dt.date, last: dt.date) -> Sequence[HistoryLine]:
    """The patient's earlier lines that have a day between two days, both included, in the order of the history."""
    return [line for line in case.once(_own_history, None) if line.through_date >= first and line.from_date <= last]


def _own_history(case: Case, _: None) -> Sequence[HistoryLine]:
    """The patient's earlier lines, in the order of the history."""
    member = case.member
    return [line for line in case.history if line.member_id == member.member_id] if member else ()


def _moved(day: dt.date, days: int) -> dt.date:
    """A day so many days later, or the first or last that there is."""
    try:
        return day + dt.timedelta(days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def told(case: Case, earlier: HistoryLine) -> str:
    """What a sentence to the provider calls an earlier line: another provider's claim is not named."""
    sender = earlier.billing_npi == case.claim.billing.npi
    named = f"claim {earlier.claim_id}" if sender else "a claim that another provider of this tax id has sent"
    return f"line {earlier.line} of {named} ({earlier.state.value})"


def earlier_service(case: Case, earlier: HistoryLine) -> Service:
    """An earlier line as coding edits compare it."""
    return Service(
        procedure=earlier.procedure,
        modifiers=frozenset(earlier.modifiers),
        first=earlier.from_date,
        last=earlier.through_date,
        quantity_thousandths=earlier.counted_thousandths,
        tax_id=earlier.billing_tax_id,
        rendering_npi=earlier.rendering_npi,
        taxonomies=earlier.taxonomies,
        told=told(case, earlier),
        state=earlier.state,
        charge_cents=earlier.charge_cents,
    )


def _of_line(case: Case, line: Line, day: dt.date) -> Service:
    return Service(
        procedure=line.procedure,
        modifiers=frozenset(line.modifiers),
        first=day,
        last=max(line.through_date or day, day),
        quantity_thousandths=line.quantity_thousandths,
        tax_id=case.claim.billing.tax_id,
        rendering_npi=line.rendering.npi,
        taxonomies=case.taxonomies_of(line),
        told=f"line {line.number}",
        number=line.number,
        charge_cents=line.charge_cents,
    )
