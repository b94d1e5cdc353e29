"""Calendar arithmetic of the trade: ages, months back, and spans that may have no end."""

import datetime as dt
from collections.abc import Iterable

import msgspec

ONE_DAY = dt.timedelta(days=1)


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of days, both ends included; ``ends`` is None while it is open."""

    effective: dt.date
    ends: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        """Whether ``day`` lies inside."""
        return self.effective <= day and (self.ends is None or day <= self.ends)

    def overlaps(self, other: "Span") -> bool:
        """Whether some day is in both."""
        return not self.ended_before(other.effective) and not other.ended_before(self.effective)

    def shared_with(self, other: "Span") -> "Span | None":
        """The days that are in both; None when there are none."""
        if not self.overlaps(other):
            return None
        ends = [day for day in (self.ends, other.ends) if day is not None]
        return Span(max(self.effective, other.effective), min(ends, default=None))

    def ended_before(self, day: dt.date) -> bool:
        """Whether its last day lies before ``day``."""
        return self.ends is not None and self.ends < day

    def begins_after(self, day: dt.date) -> bool:
        """Whether its first day lies after ``day``."""
        return day < self.effective


def turning_days(first: dt.date, last: dt.date | None, spans: Iterable[Span]) -> list[dt.date]:
    """The first day of a stretch, and each later one through its last on which a span begins or no longer holds, in order.

    What holds on these days tells all days of the stretch. Without a last day, or with one before the first, it is one day.
    """
    if last is None or last <= first:
        return [first]
    turns = set[dt.date]()
    for span in spans:
        turns.add(span.effective)
        if span.ends is not None and span.ended_before(last):
            turns.add(span.ends + ONE_DAY)
    return [first, *sorted(day for day in turns if first < day <= last)]


def days_between(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Every day from the first through the last, both counted; the first in any case."""
    ordinals = range(first.toordinal(), max(first, last).toordinal() + 1)
    return tuple(map(dt.date.fromordinal, ordinals))


def age_in_years(born: dt.date, day: dt.date) -> int:
    """Completed years on ``day``. Who was born on 29 February turns a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def months_before(day: dt.date, months: int) -> dt.date:
    """The day ``months`` calendar months earlier; a day that the month lacks becomes the month's last day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last_day = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last_day))


def anniversary(day: dt.date, months: int, *, missing_day_is_next: bool) -> dt.date:
    """The same day ``months`` calendar months later.

    Args:
        day: the first day.
        months: how many calendar months.
        missing_day_is_next: of a day that the later month lacks, whether the first day of the month after it is meant; else
            its last.
    """
    later = months_before(day, -months)
    return later + dt.timedelta(days=1) if missing_day_is_next and later.day < day.day else later
