"""What a plan and the payer say of coordination with other payers (domain/05 section 2)."""

import enum

import msgspec


class Method(enum.StrEnum):
    """How a plan that does not pay first works out what it pays."""

    STANDARD = "standard"
    """Up to what is left of the allowable expense, and never more than it would pay as the first."""
    PATIENT_RESPONSIBILITY = "patient-responsibility"
    """Up to the cost share that the payer before it left to the patient."""
    MAINTENANCE_OF_BENEFITS = "maintenance-of-benefits"
    """Its own cost share is taken of what its allowed amount is above the earlier payments."""
    CARVE_OUT = "carve-out"
    """What it would pay as the first, less the earlier payments."""
    MEDICAID = "medicaid"
    """The lesser of the earlier payer's cost share and what its own fee is above the earlier payments."""
    MEDICARE = "medicare"
    """The lowest of three amounts of 42 CFR 411.33(a)."""


class Basis(enum.StrEnum):
    """What the allowable expense is: all payers together pay no more."""

    PRIMARY_ALLOWED = "primary_allowed"
    HIGHER = "higher"
    """The higher of the earlier payer's allowed amount and our own."""
    LOWER = "lower"


class PlanCoordination(msgspec.Struct, frozen=True):
    """How a plan pays when others pay before it."""

    method: Method
    basis: Basis | None = None
    """None: the earlier payer's allowed amount where the provider has a contract with it, else the higher of the two."""
    medicare_part_b_basis_points: int = 0
    """What Medicare's Part B would pay of the allowed amount: left to a member who could have that part and has not."""


class OrderRules(msgspec.Struct, frozen=True):
    """The figures by which the order of payers is told (domain/05 section 1.2), and how long the payer waits for answers."""

    aged_employees: int
    """From so many employees on the plan of a working person, or of the spouse, pays before Medicare by age."""
    disabled_employees: int
    """From so many on it pays before Medicare by disability."""
    kidney_months: int
    """For so many months of eligibility any group plan pays before Medicare by kidney disease."""
    prompt_days: int
    """Within so many days who is liable for work or an accident pays promptly; later Medicare may pay on condition."""
    answer_days: int
    """Days that a member has to answer a questionnaire about other coverage."""


class PriorReasons(msgspec.Struct, frozen=True):
    """How the reasons of earlier payers are read; each is a claim adjustment reason code."""

    cost_share: frozenset[str]
    """In group PR: deductible, coinsurance and copay."""
    not_covered: frozenset[str]
    """The earlier payer does not cover it: of a whole line we pay as the first, of a part it is allowable to us."""
    rules_not_followed: frozenset[str]
    """Of an unpaid line: the earlier payer's rules were not followed, and we do not pay in its place."""
    repeated: frozenset[str]
    """What a payer repeats of those before it, which has been counted with them."""
    price: frozenset[str] = frozenset()
    """What is above a payer's price, or paid within another line or by the month: nothing of it is left to us."""
    undecided: frozenset[str] = frozenset()
    """The earlier payer asks for something or names somebody else: whatever the group, nobody knows yet what it leaves to us."""
    paid_to_patient: frozenset[str] = frozenset()
    """The earlier payer paid so much, to the patient instead of the provider."""
    accepts_not_billed: bool = False
    """Whether a payer that the claim tells not to have been billed, since it covers nothing, counts as one that covers nothing."""
