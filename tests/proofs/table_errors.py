"""The catalogue of seeded coding errors, continued: pairs, unit limits and add-on codes, by the publishers' tables of 2024Q3."""

from tests.proofs.seeded_errors import TRANSPORT, CodingError, Earlier, Service, error

PAIRS = (
    CodingError(
        "A visit within talk therapy",
        (Service("90837", diagnoses="F411"), Service("99213", "25", "F411", rules=("bundled.always",))),
        (Service("90837", diagnoses="F411"),),
    ),
    CodingError(
        "A visit beside a closed wound, without saying that it is separate",
        (Service("12001", diagnoses="S61210A"), Service("99213", rules=("bundled.unless-modified",))),
        (Service("12001", diagnoses="S61210A"), Service("99213", "25")),
    ),
    error(
        "A visit on the day of a wound that was paid",
        Service("99212", rules=("bundled.unless-modified",)),
        Service("99212", "25"),
        Earlier("12001", 0),
    ),
    error(
        "A wound on the day of a visit that was paid",
        Service("12001", diagnoses="S61210A", rules=("bundled.part-was-paid",)),
        Service("12001", "59", "S61210A"),
        Earlier("99212", 0),
    ),
)
KETOROLAC = ("unit-limit.day-benchmark", "coverage/injected-drugs#ketorolac-amount")
"""A limit of the publisher, and a lower one of the medical policy."""
LIMITS = (
    error(
        "More miles than any transport",
        Service(
            "A0425", diagnoses="R55", place="41", units=251, more={"ambulance": TRANSPORT}, rules=("unit-limit.line",)
        ),
        Service("A0425", diagnoses="R55", place="41", units=250, more={"ambulance": TRANSPORT}),
    ),
    CodingError(
        "Five thyroid tests over two lines of a day",
        (
            Service("84443", "91", units=3, rules=("unit-limit.day",)),
            Service("84443", units=2, rules=("unit-limit.day",)),
        ),
        (Service("84443", "91", units=2), Service("84443", units=2)),
    ),
    error(
        "Nine units of ketorolac",
        Service(
            "J1885",
            units=9,
            ndc="99999003901",
            rules=KETOROLAC,
        ),
        Service("J1885", units=4, ndc="99999003901"),
    ),
    error(
        "A third tracing after two that were paid",
        Service("93000", "76", "I10", units=2, rules=("unit-limit.day-benchmark",)),
        Service("93000", "76", "I10"),
        Earlier("93000", 0, units=2),
    ),
)
ADD_ONS = (
    error(
        "A further shot without a first",
        Service("90472", diagnoses="Z23", rules=("add-on.primary-missing",)),
        Service("90471", diagnoses="Z23"),
    ),
    CodingError(
        "A further quarter of an hour of needles beside one that is denied",
        (
            Service("97810", diagnoses="M542", taxonomy="171100000X", rules=("coverage/acupuncture#indication",)),
            Service("97811", diagnoses="M5459", taxonomy="171100000X", rules=("add-on.primary-denied",)),
        ),
        (
            Service("97810", diagnoses="M5459", taxonomy="171100000X"),
            Service("97811", diagnoses="M5459", taxonomy="171100000X"),
        ),
    ),
)
PAIRS_OF_2024Q3 = (("90837", "99213", "0"), ("12001", "99213", "1"), ("12001", "99212", "1"))
"""Facts of the publisher's files: column 1, column 2, modifier indicator."""
LIMITS_OF_2024Q3 = (("A0425", 250, "1"), ("84443", 4, "2"), ("J1885", 8, "3"), ("93000", 3, "3"))
"""Procedure, units, adjudication indicator."""
ADD_ONS_OF_2024Q3 = (("90472", ("90471",)), ("97811", ("97810",)))
"""Add-on code and some of its primaries; each of type 1."""
TABLE_ERRORS = (*PAIRS, *LIMITS, *ADD_ONS)
