"""The catalogue of seeded coding errors, continued: sides, drugs, kinds of service, what others have billed, panels."""

from adjudicator.model.claim import Drug
from tests.proofs.seeded_errors import CodingError, Earlier, Service, error

SIDES = (
    error(
        "The right side of a left knee",
        Service("20610", "RT", "M25562", rules=("coding/laterality#right",)),
        Service("20610", "LT", "M25562"),
    ),
    error(
        "The left eye for the right one's cataract",
        Service("66984", "LT", "H2511", place="24", rules=("coding/laterality#left",)),
        Service("66984", "RT", "H2511", place="24"),
    ),
    error(
        "A side for a knee that is not named",
        Service("73562", "RT", "M25569", rules=("coding/laterality#side-of-diagnosis",)),
        Service("73562", "RT", "M25561"),
    ),
)
DRUGS = (
    error(
        "A drug without its code",
        Service("J3301", rules=("coding/drugs#drug-code",)),
        Service("J3301", ndc="00003029305"),
    ),
    error(
        "A drug with a code of ten digits",
        Service("J0696", ndc="0040973320", rules=("coding/drugs#drug-code",)),
        Service("J0696", ndc="00409733201"),
    ),
    error(
        "A drug counted in tablets",
        Service("J3420", more={"drug": Drug("00517003125", 1000, "TB")}, rules=("coding/drugs#drug-unit",)),
        Service("J3420", ndc="00517003125"),
    ),
    error(
        "The code of another drug",
        Service("J1885", ndc="00409733201", rules=("coding/drugs#ketorolac",)),
        Service("J1885", ndc="99999003901"),
    ),
    error(
        "A package that is no longer sold",
        Service("J1885", ndc="99999003902", rules=("coding/drugs#withdrawn",)),
        Service("J1885", ndc="99999003901"),
    ),
)
KINDS = (
    error(
        "Anesthesia in units",
        Service("01400", units=3, place="24", diagnoses="M1711", rules=("coding/anesthesia#minutes",)),
        Service("01996", place="21", diagnoses="M1711"),
    ),
    error(
        "A service without a code that does not say what it was",
        Service("17999", diagnoses="L570", rules=("coding/unlisted#description",)),
        Service("17000", diagnoses="L570"),
    ),
    error("A consultation", Service("99243", rules=("coding/consultations#visit-instead",)), Service("99213")),
    error(
        "A spine adjusted by a family physician",
        Service("98940", diagnoses="M9903", taxonomy="207Q00000X", rules=("coverage/spinal-adjustment#specialty",)),
        Service("98940", diagnoses="M9903", taxonomy="111N00000X"),
    ),
    error(
        "An operation on the wrong side, as the surgeon says",
        Service(
            "29881",
            "RT PA",
            "S83241A",
            place="24",
            rules=("coverage/preventable-errors#never-event", "unsupported.modifier"),
        ),
        Service("29881", "RT", "S83241A", place="24"),
    ),
    error(
        "A breathing machine that nobody ordered",
        Service("E0601", diagnoses="G4733", place="12", rules=("coding/ordering-providers#ordering-npi",)),
        Service("99213", diagnoses="G4733"),
    ),
    error(
        "A test of bone density after a year",
        Service("77080", diagnoses="M810", rules=("coverage/bone-density#interval",)),
        Service("77066", diagnoses="M810"),
        Earlier("77080", 365),
    ),
    error(
        "An operation that another surgeon has billed",
        Service(
            "29881", "RT", "S83241A", place="24", rules=("coding/one-provider#other-provider", "split-care.claimed")
        ),
        Service("29881", "RT", "S83241A", place="24", after=1),
        Earlier("29881", 0, "RT", place="24", same_group=False, same_practitioner=False),
    ),
)
PANEL = ("82310", "82374", "82435", "82565", "82947", "84132", "84295", "84520")
PANELS = (
    CodingError(
        "A panel of eight tests, one by one",
        tuple(Service(test, rules=("coding/laboratory-panels#basic-metabolic",)) for test in PANEL),
        (Service("80048"),),
    ),
)
POLICY_ERRORS = (*SIDES, *DRUGS, *KINDS, *PANELS)
