"""Which services count beside a line in the period that a policy names, on either side of the line's day.

"Once in 90 days" and "twice in twelve months" say nothing of the order in which claims arrive: a claim that comes late finds
what was paid for later days in the meantime, and must not make room that is not there.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import Line, quantity_text
from adjudicator.model.dates import months_before
from adjudicator.model.standing import Standing
from adjudicator.policy.code_set import CodeSet


class CountedService(NamedTuple):
    """A service that counts: its days, both included, and its quantity."""

    from_date: dt.date
    through_date: dt.date
    quantity_thousandths: int


class _Dated(Protocol):
    @property
    def from_date(self) -> dt.date: ...


DatedT = TypeVar("DatedT", bound=_Dated)


class LookBack(msgspec.Struct, frozen=True):
    """How far back from a line's day earlier services count: so many days, or so many calendar months; without either, ever.

    The window is open at its far end: with 12 months a service of 2025-03-10 no longer counts on 2026-03-10, and one of
    2025-03-11 still does. So "once every 12 months" is covered again on the same day of the next year.
    """

    days: int = 0
    months: int = 0

    def reaches(self, earlier: dt.date, day: dt.date) -> bool:
        """Whether an earlier service, or one of the same day, counts on ``day``."""
        return self.far_end(day) < earlier <= day

    def free_again(self, earlier: dt.date) -> dt.date:
        """The first day on which a service no longer counts."""
        if not self.months:
            return earlier + dt.timedelta(days=self.days)
        day = months_before(earlier, -self.months)
        return day if self.far_end(day) >= earlier else day + dt.timedelta(days=1)

    def __str__(self) -> str:
        return counted(self.months, "month") if self.months else counted(self.days, "day")

    def far_end(self, day: dt.date) -> dt.date:
        """The last day that does not count any more on ``day``."""
        if self.months:
            first_year = day.year - self.months // 12 - 1
            return months_before(day, self.months) if first_year >= dt.MINYEAR else dt.date.min
        return dt.date.fromordinal(max(day.toordinal() - self.days, 1)) if self.days else dt.date.min


EVER = LookBack()


class HistoryReach(msgspec.Struct, frozen=True):
    """How far back a policy set's rules count services: what lies before that is no part of a case."""

    of_any: tuple[LookBack, ...]
    """Of services of any procedure."""
    of_listed: tuple[tuple[LookBack, tuple[CodeSet, ...]], ...]
    """Of services of some procedures, by how far back."""

    @classmethod
    def of(cls, rules: Iterable[tuple[CodeSet, LookBack]]) -> "HistoryReach":
        """The reach of rules: which procedures each counts, and how far back."""
        listed: dict[LookBack, list[CodeSet]] = {}
        # Two services of one day are compared whatever they are.
        of_any = {LookBack(days=1): True}
        for procedures, look_back in rules:
            if procedures.everything:
                of_any[look_back] = True
            elif procedures not in listed.setdefault(look_back, []):
                listed[look_back].append(procedures)
        return cls(tuple(of_any), tuple((look_back, tuple(sets)) for look_back, sets in listed.items()))

    def any_after(self, day: dt.date) -> dt.date:
        """The day after which services of any procedure count on ``day``."""
        return min(look_back.far_end(day) for look_back in self.of_any)

    def after(self, day: dt.date) -> dt.date:
        """The day after which a service can count at all."""
        return min([self.any_after(day), *(look_back.far_end(day) for look_back, _ in self.of_listed)])

    def counts(self, procedure: str, last_day: dt.date, day: dt.date) -> bool:
        """Whether a service of some procedure that ended on a day before can count on ``day``."""
        return last_day > self.any_after(day) or any(
            last_day > look_back.far_end(day) and any(procedure in codes for codes in sets)
            for look_back, sets in self.of_listed
        )


def services_around(
    case: Case, line: Line, day: dt.date, codes: CodeSet, look_back: LookBack, standing: Standing
) -> Iterator[CountedService]:
    """Every listed service that counts by its first day: what was paid for the patient on either side of the line's day, and
    what is left of the claim's own earlier lines."""
    member_id = case.member.member_id if case.member else None
    for known in case.history:
        if (
            known.state is LineState.PAID
            and known.member_id == member_id
            and known.procedure in codes
            and known.claim_id != case.claim_id
            and (look_back.reaches(known.from_date, day) or look_back.reaches(day, known.from_date))
        ):
            yield CountedService(known.from_date, known.through_date, known.counted_thousandths)
    for other in case.claim.lines:
        if (
            other.from_date is not None
            and other.number in standing
            and (other.from_date, other.number) < (day, line.number)
            and other.procedure in codes
            and look_back.reaches(other.from_date, day)
        ):
            yield CountedService(other.from_date, other.through_date or other.from_date, standing[other.number])


def stretches(day: dt.date, services: Iterable[DatedT], look_back: LookBack) -> Iterator[tuple[dt.date, list[DatedT]]]:
    """Every stretch as long as the look-back that holds a day, by its last day, with the services in it.

    One ends on the day itself, which is told first, and one on the first day of each later service that still reaches it.
    """
    services = list(services)
    ends = {day, *(service.from_date for service in services if look_back.reaches(day, service.from_date))}
    for end in sorted(ends):
        yield end, [service for service in services if look_back.reaches(service.from_date, end)]


def counted(count: int, unit: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{count} {unit}{'' if count == 1 else 's'}"


def counted_thousandths(quantity_thousandths: int, unit: str) -> str:
    """``1 unit``, ``2.5 units``."""
    return f"{quantity_text(quantity_thousandths)} {unit}{'' if quantity_thousandths == 1000 else 's'}"
