"""The catalogue of seeded coding errors: codes, modifiers, diagnoses, people, units, places, frequency, what a line must tell."""

import datetime as dt

from adjudicator.model.claim import Address, Ambulance, Sex, UnitBasis
from tests.proofs.seeded_errors import TRANSPORT, CodingError, Earlier, Service, error

VISIT = Service("99213")


CODES = (
    error("A procedure that does not exist", Service("99999", rules=("procedure.not-valid",)), VISIT),
    error(
        "A procedure that has ended",
        Service("99441", rules=("procedure.not-valid",)),
        Service("98012", "93", place="10"),
    ),
    error(
        "A modifier that does not exist",
        Service("99213", "ZZ", rules=("modifier.not-valid", "unsupported.modifier")),
        VISIT,
    ),
    error(
        "A diagnosis that does not exist",
        Service("99214", diagnoses="E999", rules=("diagnosis.not-valid",)),
        Service("99214"),
    ),
    error(
        "A diagnosis that has become a heading",
        Service("99214", diagnoses="E780", rules=("diagnosis.not-specific",)),
        Service("99214", diagnoses="E7800"),
    ),
    error(
        "A diagnosis that is only a heading",
        Service("99212", diagnoses="E112", rules=("diagnosis.not-specific",)),
        Service("99212", diagnoses="E1122"),
    ),
    error("A place that does not exist", Service("99213", place="98", rules=("place.not-valid",)), VISIT),
)
MODIFIERS = (
    error(
        "A therapy without its plan of care",
        Service("97110", diagnoses="M25561", rules=("coding/required-modifiers#plan-of-care",)),
        Service("97110", "GP", "M25561"),
    ),
    error(
        "An eye surgery that names no eye",
        Service("66984", diagnoses="H2511", place="24", rules=("coding/required-modifiers#eye",)),
        Service("66984", "RT", "H2511", place="24"),
    ),
    error(
        "Both sides as modifiers of one line",
        Service("73562", "LT RT", "M1991", rules=("coding/modifier-combinations#both-sides",)),
        Service("73562", "RT", "M1991"),
    ),
    error(
        "The physician's and the technical part on one line",
        Service(
            "71046", "26 TC", "R059", rules=("coding/modifier-combinations#both-components", "unsupported.modifier")
        ),
        Service("71046", diagnoses="R059"),
    ),
    error(
        "A modifier of anesthesia on a visit",
        Service("99213", "AA", rules=("coding/modifier-combinations#anesthesia-only", "unsupported.modifier")),
        VISIT,
    ),
    error(
        "The technical part of a visit",
        Service(
            "99214",
            "TC",
            rules=("coding/component-modifiers#no-parts", "component.not-allowed", "unsupported.modifier"),
        ),
        Service("99214"),
    ),
    error(
        "A video visit in the office",
        Service("98005", "95", rules=("coverage/telehealth#place",)),
        Service("98005", "95", place="10"),
    ),
)
PEOPLE = (
    error(
        "A toddler's checkup of an adult",
        Service("99392", diagnoses="Z0000", rules=("coding/ages#toddler-checkup",)),
        Service("99396", diagnoses="Z0000"),
    ),
    error(
        "A child's examination of an adult",
        Service("99213", diagnoses="Z00129", rules=("coding/diagnoses-by-age#child-examination",)),
        VISIT,
    ),
    error(
        "A checkup in later life at fifty",
        Service("99397", diagnoses="Z0000", rules=("coding/ages#senior-checkup",)),
        Service("99396", diagnoses="Z0000"),
    ),
    error(
        "A prostate biopsy of a woman",
        Service("55700", diagnoses="R109", rules=("coding/sexes#male",)),
        Service("76830", diagnoses="R109"),
    ),
    error(
        "A prostate's diagnosis of a woman",
        Service("99214", diagnoses="N401", rules=("coding/diagnoses-by-sex#male",)),
        Service("99214"),
    ),
    error(
        "A pregnancy's diagnosis of a man",
        Service("99213", diagnoses="Z3400", rules=("coding/diagnoses-by-sex#female",)),
        VISIT,
        sex=Sex.MALE,
    ),
)
DIAGNOSES = (
    error(
        "A cataract operation without cataract",
        Service("66984", "RT", "E119", place="24", rules=("coding/supporting-diagnoses#cataract",)),
        Service("66984", "RT", "H2511", place="24"),
    ),
    error(
        "A chiropractor's treatment of diabetes",
        Service("98940", diagnoses="E119", taxonomy="111N00000X", rules=("coding/provider-diagnoses#chiropractor",)),
        Service("98940", diagnoses="M9903", taxonomy="111N00000X"),
    ),
    error(
        "A blood sugar test without diabetes",
        Service("83036", diagnoses="I10", rules=("coverage/glycated-hemoglobin#diagnosis",)),
        Service("83036", diagnoses="E119"),
    ),
    error(
        "An ultrasound of the heart without indication",
        Service("93306", diagnoses="I10", rules=("coverage/echocardiography#indication",)),
        Service("93306", diagnoses="I2510"),
    ),
    error(
        "Needles for the neck",
        Service("97810", diagnoses="M542", taxonomy="171100000X", rules=("coverage/acupuncture#indication",)),
        Service("97810", diagnoses="M5459", taxonomy="171100000X"),
    ),
    error(
        "Needles by a brain specialist",
        Service("97810", diagnoses="M5459", taxonomy="2084N0400X", rules=("coverage/acupuncture#specialty",)),
        Service("97810", diagnoses="M5459", taxonomy="171100000X"),
    ),
)
UNITS = (
    error("Two units of an office visit", Service("99213", units=2, rules=("coding/units#one-visit",)), VISIT),
    error(
        "One unit for two days in hospital",
        Service("99232", diagnoses="I509", place="21", days=2, rules=("coding/units#one-a-day",)),
        Service("99232", diagnoses="I509", place="21", units=2, days=2),
    ),
    error(
        "Half a blood count",
        Service("85025", more={"quantity_thousandths": 500}, rules=("units.fractional",)),
        Service("85025"),
    ),
    error(
        "A line that counts days",
        Service("85610", more={"unit_basis": UnitBasis.DAYS}, rules=("units.basis",)),
        Service("85610"),
    ),
    error(
        "Six quarters of an hour of exercise",
        Service("97110", "GP", "M5459", units=6, rules=("coverage/therapy-units#units-a-day",)),
        Service("97110", "GP", "M5459", units=4),
    ),
)
PLACES = (
    error(
        "An emergency visit in the office",
        Service("99283", diagnoses="R079", rules=("coding/places#emergency-room",)),
        Service("99283", diagnoses="R079", place="23"),
    ),
    error(
        "A daily hospital visit in the office",
        Service("99231", diagnoses="I509", rules=("coding/places#hospital",)),
        Service("99231", diagnoses="I509", place="21"),
    ),
    error(
        "Replacing a knee in the office",
        Service("27447", "RT", "M1711", rules=("coverage/knee-replacement#setting",)),
        Service("27447", "RT", "M1711", place="21"),
    ),
)
FREQUENCY = (
    error(
        "An appendix taken out twice",
        Service("44970", diagnoses="K3580", place="21", rules=("coding/once-in-life#appendix",)),
        Service("29881", "RT", "S83241A", place="24"),
        Earlier("44950", 900, place="21"),
    ),
    error(
        "A mammogram after half a year",
        Service("77067", diagnoses="Z1231", rules=("coverage/screening-mammography#interval",)),
        Service("77066", diagnoses="Z1231"),
        Earlier("77067", 180),
    ),
    error(
        "A second blood sugar test within a quarter",
        Service("83036", rules=("coverage/glycated-hemoglobin#interval",)),
        Service("82947"),
        Earlier("83036", 60),
    ),
    error(
        "A smear after two years",
        Service("88175", diagnoses="Z124", rules=("coverage/cervical-cancer-screening#smear-interval",)),
        Service("87624", diagnoses="Z124"),
        Earlier("88175", 720),
    ),
    CodingError(
        "A line sent twice",
        (Service("93000", diagnoses="I10"), Service("93000", diagnoses="I10", rules=("exact-duplicate",))),
        (Service("93000", diagnoses="I10"),),
    ),
    error(
        "A test sent before at another price",
        Service("80061", rules=("suspect-duplicate",)),
        Service("80053"),
        Earlier("80061"),
    ),
)
TOLD = (
    error(
        "A transport without miles",
        Service(
            "A0425",
            diagnoses="R55",
            place="41",
            more={"ambulance": Ambulance(pick_up=Address(postal_code="680010001"))},
            rules=("coding/ambulance#miles",),
        ),
        Service("A0425", diagnoses="R55", place="41", more={"ambulance": TRANSPORT}),
    ),
    error(
        "A transport from nowhere",
        Service(
            "A0428",
            diagnoses="R55",
            place="41",
            more={"ambulance": Ambulance(miles_thousandths=12_000)},
            rules=("coding/ambulance#pick-up",),
        ),
        Service("A0428", diagnoses="R55", place="41", more={"ambulance": TRANSPORT}),
    ),
    error(
        "Foot care without the last visit",
        Service("11720", "Q8", "E1151", rules=("coding/foot-care#last-seen",)),
        Service("11720", "Q8", "E1151", more={"last_seen_date": dt.date(2026, 4, 1)}),
    ),
)
CODE_ERRORS = (*CODES, *MODIFIERS, *PEOPLE, *DIAGNOSES, *UNITS, *PLACES, *FREQUENCY, *TOLD)
