"""Do the units of a drug line agree with the quantity of its National Drug Code, by the payer's table (loop 2410).

A procedure's unit is a dosage. What was given in part of one is billed as a whole one, so that the units are the quantity's,
or less than one unit more. Lines of a claim for one drug on one day, such as what was given and what was thrown away of a
vial, are held against their quantities together: a part of a unit is billed once.
"""

from collections.abc import Iterable

from adjudicator.model.claim import Line, quantity_text
from adjudicator.policy.fee_schedules import Fees, FlatFees, ListedFees
from adjudicator.policy.fee_tables import DrugUnit
from adjudicator.pricing.priced import Unpriced

DISAGREES = "pricing.drug-quantity"
_NO_FEE = "pricing.no-fee"


def quantity_problem(schedule: Fees, line: Line, claimed: Iterable[Line] = ()) -> Unpriced | None:
    """What is wrong with a drug line's quantity; None where it agrees, or the schedule or the line has nothing to compare.

    Args:
        schedule: what prices the line.
        line: as it was billed.
        claimed: the lines of the claim that may be paid; those for the same drug on the same day count with it.
    """
    rules = schedule.drug_units if isinstance(schedule, FlatFees | ListedFees) else None
    drug, day = line.drug, line.from_date
    if rules is None or drug is None or not drug.ndc or day is None:
        return None
    table = rules.table.find(day)
    if table is None:
        return Unpriced(_NO_FEE, f"{rules.table.path} has no version in force on {day}.")
    if not table.lists_drug(drug.ndc):
        if rules.unknown_waits:
            return Unpriced(_NO_FEE, f"{table.stamp} does not list drug code {drug.ndc}.")
        return None
    units = table.find(drug.ndc, line.procedure)
    if units is None:
        return Unpriced(
            DISAGREES, f"{table.stamp} lists drug code {drug.ndc} for other procedures than {line.procedure}."
        )
    if not drug.quantity_thousandths:
        return Unpriced(DISAGREES, f"Drug code {drug.ndc} comes without a quantity.")
    if drug.unit != units.unit:
        told = f"in {drug.unit}" if drug.unit else "without unit"
        return Unpriced(DISAGREES, f"Drug code {drug.ndc} comes {told}; {table.stamp} counts it in {units.unit}.")
    together = [other for other in claimed if other is line or _same_drug(line, other)]
    if len(together) > 1:
        return _disagreement_of(line, together, units, table.stamp)
    exact_millionths = drug.quantity_thousandths * units.billed_thousandths
    if exact_millionths <= line.quantity_thousandths * 1000 < exact_millionths + 1_000_000:
        return None
    given = f"{quantity_text(drug.quantity_thousandths)} {units.unit} of drug code {drug.ndc}"
    expected = quantity_text(-(-exact_millionths // 1000))
    billed = quantity_text(line.quantity_thousandths)
    return Unpriced(
        DISAGREES, f"{given} are {expected} units of {line.procedure} by {table.stamp}; the line bills {billed}."
    )


def _same_drug(line: Line, other: Line) -> bool:
    """Whether two lines give, or throw away, one drug on one day, both with a quantity that can be added up."""
    one, two = line.drug, other.drug
    return (
        one is not None
        and two is not None
        and bool(two.quantity_thousandths)
        and (one.ndc, one.unit, line.procedure, line.from_date) == (two.ndc, two.unit, other.procedure, other.from_date)
    )


def _disagreement_of(line: Line, together: list[Line], units: DrugUnit, stamp: str) -> Unpriced | None:
    """What is wrong with one of several lines for a drug: with its own units, with those of all, or with the last of them.

    A line may be a part of a unit off, as far as another makes up for it. The lines with most units come first, so that a part
    of a unit that is billed twice is the smallest line's.
    """
    billed = exact = 0
    told = ""
    for one in sorted(together, key=lambda one: (-one.quantity_thousandths, one.number)):
        assert one.drug is not None and one.drug.quantity_thousandths is not None
        own = one.drug.quantity_thousandths * units.billed_thousandths
        billed, exact = billed + one.quantity_thousandths * 1000, exact + own
        off = abs(one.quantity_thousandths * 1000 - own) >= 1_000_000
        if one is line and (off or billed >= exact + 1_000_000):
            told = f"line {one.number} bills {quantity_text(one.quantity_thousandths)}"
    if billed < exact:
        told = "they bill fewer"
    if not told:
        return None
    numbers = ", ".join(str(number) for number in sorted(one.number for one in together))
    return Unpriced(
        DISAGREES,
        f"Lines {numbers} for drug code {line.drug.ndc if line.drug else ''} are {quantity_text(-(-exact // 1000))} units of "
        f"{line.procedure} together by {stamp}, of which a part is billed once; {told}.",
    )
