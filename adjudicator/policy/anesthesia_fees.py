"""Anesthesia schedules: base units of a procedure and units of time, times one conversion factor (domain/03 section 9).

``fee = (base + time + added units) x factor x share``, in whole numbers, rounded half up once, at the end (42 CFR 414.46).
Units are tenths of a unit, factors ten-thousandths of a dollar, shares basis points. Every number is the payer's document's.
"""

import enum
from functools import cached_property

import msgspec

from adjudicator.model.money import WHOLE_BASIS_POINTS, half_up_quotient
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Document, Version
from adjudicator.policy.fee_tables import AnesthesiaBaseUnits, AnesthesiaFactors, ZipLocalities

_NOTHING = CodeSet()
TENTHS = 10
"""Units are counted in tenths."""
_TO_CENTS = TENTHS * 100 * WHOLE_BASIS_POINTS
"""Tenths of units x ten-thousandths of dollars x basis points are this many to the cent."""


class TimeRounding(enum.Enum):
    """How the minutes of an anesthesia become units of time."""

    TENTH = "tenth"
    """Tenths of a unit, halves up: 95 minutes of 15 are 6.3 units."""
    UP = "up"
    """Whole units; a part of one is a whole one: 95 minutes of 15 are 7 units."""
    HALF = "half"
    """Whole units, halves up: of 15 minutes, 8 make one and 7 none."""

    def tenths(self, minutes_thousandths: int, minutes_per_unit: int) -> int:
        """Units of time, in tenths.

        Args:
            minutes_thousandths: minutes, in thousandths.
            minutes_per_unit: how many minutes are a unit.
        """
        unit_thousandths = minutes_per_unit * 1000
        if self is TimeRounding.TENTH:
            return half_up_quotient(minutes_thousandths * TENTHS, unit_thousandths)
        if self is TimeRounding.HALF:
            return half_up_quotient(minutes_thousandths, unit_thousandths) * TENTHS
        return -(-minutes_thousandths // unit_thousandths) * TENTHS


class AnesthesiaShare(msgspec.Struct, frozen=True):
    """The share of the fee under modifiers that say who gave the anesthesia."""

    modifiers: CodeSet
    basis_points: int
    name: str
    """What it is called in the calculation, such as ``medically directed``."""


class AddedUnits(msgspec.Struct, frozen=True):
    """Units that some codes add."""

    codes: CodeSet
    tenths: int


class Supervision(msgspec.Struct, frozen=True):
    """Units in place of base and time for a physician who supervises many anesthesias at once."""

    modifiers: CodeSet
    base_tenths: int
    """Of each case."""
    induction_modifiers: CodeSet = _NOTHING
    """What tells that the physician was present at induction; without it nothing does."""
    induction_tenths: int = 0
    """Added where the physician was."""


class AnesthesiaProduct(msgspec.Struct, frozen=True):
    """The parts of an anesthesia fee before they are rounded, in whole numbers."""

    base_tenths: int
    time_tenths: int
    added_tenths: int
    """For the patient's physical status, or for presence at induction."""
    factor_ten_thousandths: int
    basis_points: int

    @property
    def units_tenths(self) -> int:
        """All units."""
        return self.base_tenths + self.time_tenths + self.added_tenths

    @property
    def cents(self) -> int:
        """The fee, rounded half up once."""
        return self.cents_at(1, 1)

    def cents_at(self, numerator: int, denominator: int) -> int:
        """The fee times an exact rate, such as a contract's and a quantity; rounded half up once, after all of it."""
        exact = self.units_tenths * self.factor_ten_thousandths * self.basis_points
        return half_up_quotient(exact * numerator, _TO_CENTS * denominator)


class AnesthesiaFees(Version, frozen=True):
    """A version of an anesthesia schedule."""

    base_units: Document[AnesthesiaBaseUnits]
    minutes_per_unit: int
    time_rounding: TimeRounding
    shares: tuple[AnesthesiaShare, ...]
    factors: Document[AnesthesiaFactors] | None = None
    """Conversion factors by locality; None where the schedule writes one factor."""
    qualifying_factors: Document[AnesthesiaFactors] | None = None
    """Those of qualifying clinicians; None where there is no other."""
    conversion_factor_ten_thousandths: int = 0
    """The one factor, where no table has them."""
    qualifying_factor_ten_thousandths: int | None = None
    localities: Document[ZipLocalities] | None = None
    locality: str = ""
    """Of every service, where no ZIP code tells it."""
    units_are_time: bool = False
    """Whether a quantity in units counts units of time; else the minutes of such a line are missing."""
    untimed: CodeSet = _NOTHING
    """Services without time, such as a day's care of a catheter: base units for each unit billed."""
    add_ons: CodeSet = _NOTHING
    """Services that are paid beside the anesthesia to which they add, and not within it."""
    separate: CodeSet = _NOTHING
    """Modifiers of an anesthesia in a session of its own."""
    without_modifier_basis_points: int | None = None
    """The share where no modifier says who gave the anesthesia; None: the line waits."""
    informational: CodeSet = _NOTHING
    """Modifiers that change nothing."""
    supervision: Supervision | None = None
    physical_status: tuple[AddedUnits, ...] = ()
    """Units added for the patient's physical status, by modifier (P1 to P6)."""
    circumstances: tuple[AddedUnits, ...] = ()
    """Units of the codes of qualifying circumstances (99100 to 99140), each on a line of its own."""
    other_claims_wait: bool = True
    """Whether a line waits whose session may go on in an earlier claim of the day; else each claim stands alone."""

    def names(self, modifier: str) -> bool:
        """Whether the schedule says what a modifier does, be it nothing."""
        return any(modifier in one for one in self._named)

    @cached_property
    def _named(self) -> tuple[CodeSet, ...]:
        supervision = self.supervision
        return (
            self.informational,
            self.separate,
            *(row.modifiers for row in self.shares),
            *(row.codes for row in self.physical_status),
            *((supervision.modifiers, supervision.induction_modifiers) if supervision else ()),
        )
