"""The catalogue of seeded coding errors, continued: care around operations, visits, indicators of the fee schedule."""

from typing import Any

from tests.proofs.seeded_errors import CodingError, Earlier, Service, error

OPERATIONS = (
    error(
        "A visit a month after a new knee",
        Service("99213", diagnoses="M1711", rules=("surgery.visit-after",)),
        Service("99213", "24"),
        Earlier("27447", 30, "RT", place="21"),
    ),
    error(
        "A visit on the ninetieth day after a new knee",
        Service("99212", diagnoses="M1711", rules=("surgery.visit-after",)),
        Service("99212", diagnoses="M1711", after=1),
        Earlier("27447", 90, "RT", place="21"),
    ),
    CodingError(
        "A visit the day before a new knee",
        (
            Service("99214", diagnoses="M1711", rules=("surgery.visit-before",)),
            Service("27447", "RT", "M1711", place="21", after=1),
        ),
        (Service("99214", "57", "M1711"), Service("27447", "RT", "M1711", place="21", after=1)),
    ),
    CodingError(
        "A visit on the day of a precancerous spot",
        (Service("99213", rules=("surgery.visit-same-day",)), Service("17000", diagnoses="L570")),
        (Service("99213", "25"), Service("17000", diagnoses="L570")),
    ),
    error(
        "A knee looked into three weeks after a new one",
        Service("29881", "LT", "S83242A", place="24", rules=("surgery.operation-after",)),
        Service("29881", "LT 79", "S83242A", place="24"),
        Earlier("27447", 20, "RT", place="21"),
    ),
)
VISITS = (
    error(
        "A new patient seen two years ago",
        Service("99203", rules=("new-patient.known",)),
        Service("99214"),
        Earlier("99213", 730),
    ),
    CodingError(
        "A second visit on one day",
        (Service("99214", charge_cents=30_000), Service("99212", charge_cents=10_000, rules=("visit.second",))),
        (Service("99214", charge_cents=30_000), Service("99212", "25", charge_cents=10_000)),
    ),
    error(
        "A second visit after one that was paid",
        Service("99215", rules=("visit.second",)),
        Service("99215", "25"),
        Earlier("99213", 0),
    ),
)
FEE_SCHEDULE = (
    error(
        "Both sides of what has no sides",
        Service("17000", "50", "L570", rules=("both-sides.not-allowed", "unsupported.modifier")),
        Service("17000", diagnoses="L570"),
    ),
    error(
        "An assistant where none is paid",
        Service("17000", "80", "L570", rules=("assistant-surgeon.not-allowed", "unsupported.modifier")),
        Service("17000", diagnoses="L570"),
    ),
    error(
        "A second surgeon where there is none",
        Service("17000", "62", "L570", rules=("co-surgeon.not-allowed", "unsupported.modifier")),
        Service("17000", diagnoses="L570"),
    ),
)
INDICATORS_OF_2024: tuple[tuple[str, dict[str, Any]], ...] = (
    ("17000", {"global_days": "010", "bilateral": "0", "assistant": "1", "co_surgeon": "0"}),
    ("27447", {"global_days": "090", "bilateral": "1", "assistant": "2", "co_surgeon": "1"}),
    ("29881", {"global_days": "090", "bilateral": "1", "assistant": "0", "co_surgeon": "0"}),
    ("71046", {"global_days": "XXX", "pctc": "1"}),
    ("99214", {"global_days": "XXX", "pctc": "0"}),
)
"""Facts of the fee schedule's release of April 2024, each of status A: procedure and some of its indicators."""
CARE_ERRORS = (*OPERATIONS, *VISITS, *FEE_SCHEDULE)
