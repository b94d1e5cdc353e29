"""How far back from a line's day earlier services count, and which those are."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from adjudicator.model.case import Case, LineState
from adjudicator.model.claim import Line
from adjudicator.model.dates import months_before
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import CodeSet


class EarlierService(NamedTuple):
    """A service that counts: its days, both included, and its quantity."""

    first_day: dt.date
    last_day: dt.date
    quantity_thousandths: int


class LookBack(msgspec.Struct, frozen=True):
    """How far back from a line's day earlier services count: so many days, or so many calendar months; without either, ever.

    The window is open at its far end: with 12 months a service of 2025-03-10 no longer counts on 2026-03-10, and one of
    2025-03-11 still does. So "once every 12 months" is covered again on the same day of the next year.
    """

    days: int = 0
    months: int = 0

    def reaches(self, earlier: dt.date, day: dt.date) -> bool:
        """Whether an earlier service, or one of the same day, counts on ``day``."""
        return self._far_end(day) < earlier <= day

    def free_again(self, earlier: dt.date) -> dt.date:
        """The first day on which a service no longer counts."""
        if not self.months:
            return earlier + dt.timedelta(days=self.days)
        day = months_before(earlier, -self.months)
        return day if self._far_end(day) >= earlier else day + dt.timedelta(days=1)

    def __str__(self) -> str:
        return counted(self.months, "month") if self.months else counted(self.days, "day")

    def _far_end(self, day: dt.date) -> dt.date:
        if self.months:
            return months_before(day, self.months)
        return day - dt.timedelta(days=self.days) if self.days else dt.date.min


EVER = LookBack()


def earlier_services(
    case: Case, line: Line, day: dt.date, codes: CodeSet, look_back: LookBack, standing: Standing
) -> Iterator[EarlierService]:
    """Every listed service that counts by its first day: paid ones of the patient, earlier lines of this claim that stand."""
    member_id = case.member.member_id if case.member else None
    for earlier in case.history:
        if (
            earlier.state is LineState.PAID
            and earlier.member_id == member_id
            and earlier.procedure in codes
            and earlier.claim_id != case.claim_id
            and look_back.reaches(earlier.from_date, day)
        ):
            yield EarlierService(earlier.from_date, earlier.through_date, earlier.counted_thousandths)
    for other in case.claim.lines:
        if (
            other.from_date is not None
            and other.number in standing
            and (other.from_date, other.number) < (day, line.number)
            and other.procedure in codes
            and look_back.reaches(other.from_date, day)
        ):
            yield EarlierService(other.from_date, other.through_date or other.from_date, standing[other.number])


def counted(count: int, unit: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{count} {unit}{'' if count == 1 else 's'}"
