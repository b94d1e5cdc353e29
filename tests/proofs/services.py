"""Kinds of encounter that are billed cleanly under the demo payer's policies, with the rules that keep them clean.

Each rule is written down where it is kept: which services stand together on one day (the NCCI edits of 2024Q3 allow it, or a
modifier says that it is separate), at which age, for which diagnosis, how often, where, by which specialty.
"""

from dataclasses import dataclass, field

FAMILY_MEDICINE, CHIROPRACTOR, ACUPUNCTURIST, THERAPIST = "207Q00000X", "111N00000X", "171100000X", "225100000X"
CHRONIC = ("E119", "I10", "E785", "J45909", "F411", "K219", "E039", "D649", "M5459", "R5383")
ACUTE = ("N390", "R059", "R509", "R0981", "R109", "R42", "M542")


@dataclass(frozen=True)
class Item:
    """One line of an encounter."""

    procedure: str
    units: tuple[int, int] = (1, 1)
    """Fewest and most units."""
    modifiers: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()
    """One of these, where the line has a diagnosis of its own."""
    months_apart: int = 0
    """So many months since the patient's last one."""
    ages: tuple[int, int] = (0, 120)
    sex: str = ""
    ndc: str = ""
    """Of a drug: its National Drug Code."""


@dataclass(frozen=True)
class Extra:
    """Lines that may stand beside a visit, all or none of them."""

    items: tuple[Item, ...]
    separate: bool = False
    """A pair with the visit is bundled unless modifier 25 says that the visit is separate."""
    procedural: bool = False
    """A procedure: it includes heart tracings and injections of its day, and other procedures."""


@dataclass(frozen=True)
class Encounter:
    """What a patient comes for once."""

    name: str
    weight: int
    items: tuple[Item, ...]
    """Always billed."""
    choices: tuple[Item, ...] = ()
    """One of these is billed first."""
    extras: tuple[Extra, ...] = ()
    most_extras: int = 0
    diagnoses: tuple[str, ...] = ()
    place: str = "11"
    ages: tuple[int, int] = (0, 120)
    sex: str = ""
    specialty: str = FAMILY_MEDICINE
    most_a_year: int = 12
    months_apart: int = 0
    network_only: bool = False
    """Out of network the law on surprise bills sets another price."""
    global_days: int | None = None
    """Days after a surgery in which the group's care for it is part of it (0: its day only); 90 includes the day before."""
    plans: tuple[str, ...] = ()
    not_plans: tuple[str, ...] = ()
    days: int = 1
    """A stay over so many days: the items follow day by day."""
    ambulance: bool = False
    visit: bool = field(default=False)
    """A visit in the office: for a new patient where the group has not seen the patient before."""


VISITS = tuple(Item(code) for code in ("99212", "99213", "99214", "99215"))
NEW_VISITS = tuple(Item(code) for code in ("99202", "99203", "99204"))
BLOOD = Item("36415")
LABS = tuple(
    Extra((BLOOD, *(Item(code) for code in together)))
    for together in (
        ("80053",),
        ("80048", "85025"),
        ("80061",),
        ("84443", "85610"),
        ("80053", "80061", "85025"),
    )
)
URINE = (Extra((Item("81003"),)), Extra((Item("81001"), Item("87086"))))
SUGAR = Extra((BLOOD, Item("83036", diagnoses=("E119", "E1165", "R7303"), months_apart=4)))
IMAGES = (
    Extra((Item("71046"),)),
    Extra((Item("72100"),)),
    *(Extra((Item(code, modifiers=(side,)),)) for code in ("73030", "73562", "73610") for side in ("RT", "LT")),
)
INJECTIONS = tuple(
    Extra((Item("96372"), drug), separate=True, procedural=True)
    for drug in (
        Item("J1885", (1, 4), ndc="99999003901"),
        Item("J0696", (1, 4), ndc="00409733201"),
        Item("J1100", (1, 8), ndc="63323016501"),
        Item("J3420", ndc="00517003125"),
    )
)
FLU = Item("90686", diagnoses=("Z23",), months_apart=10)
TETANUS = Item("90715", diagnoses=("Z23",), months_apart=60)
FIRST_SHOT, NEXT_SHOT = Item("90471", diagnoses=("Z23",)), Item("90472", diagnoses=("Z23",))
SHOTS = (
    Extra((FIRST_SHOT, FLU), separate=True, procedural=True),
    # A further shot is an add-on: only with the first.
    Extra((FIRST_SHOT, FLU, NEXT_SHOT, TETANUS), separate=True, procedural=True),
)
BREATHING = Extra((Item("94010", diagnoses=("J45909", "J449")),), separate=True)
TRACING = Extra((Item("93000", diagnoses=("I10", "R002", "R079")),))
SMALL_PROCEDURES = (
    *(
        Extra(
            (
                Item("20610", modifiers=(side,), diagnoses=(knee,)),
                Item("J3301", (1, 4), diagnoses=(knee,), months_apart=2, ndc="00003029305"),
            ),
            separate=True,
            procedural=True,
        )
        for side, knee in (("RT", "M25561"), ("LT", "M25562"))
    ),
    Extra((Item("11102", diagnoses=("D225",)),), separate=True, procedural=True),
)
STIFF = ("M25561", "M5459", "M542")

ENCOUNTERS = (
    Encounter(
        "office visit",
        50,
        (),
        VISITS,
        (*LABS, *URINE, SUGAR, *IMAGES, *INJECTIONS, *SHOTS, BREATHING, TRACING, *SMALL_PROCEDURES),
        2,
        (*CHRONIC, *ACUTE),
        visit=True,
    ),
    Encounter("nurse visit", 2, (Item("99211"),), diagnoses=CHRONIC),
    Encounter("video visit", 4, (), (Item("98005"), Item("98006")), diagnoses=CHRONIC, place="10"),
    Encounter(
        "telephone visit", 2, (Item("98012", modifiers=("93",)),), diagnoses=ACUTE, place="10", network_only=True
    ),
    Encounter("blood drawn", 8, (BLOOD,), extras=(*LABS, SUGAR), most_extras=1, diagnoses=CHRONIC),
    Encounter("infant's checkup", 10, (Item("99391"),), extras=(), diagnoses=("Z00129",), ages=(0, 0), months_apart=2),
    Encounter(
        "toddler's checkup",
        10,
        (Item("99392"),),
        extras=(Extra((Item("96110"),)), *SHOTS[:1]),
        most_extras=1,
        diagnoses=("Z00129",),
        ages=(1, 4),
        months_apart=12,
    ),
    Encounter(
        "child's checkup",
        6,
        (Item("99393"),),
        extras=SHOTS[:1],
        most_extras=1,
        diagnoses=("Z00129",),
        ages=(5, 11),
        months_apart=12,
    ),
    Encounter(
        "youth's checkup",
        6,
        (Item("99394"),),
        extras=SHOTS,
        most_extras=1,
        diagnoses=("Z00129",),
        ages=(12, 17),
        months_apart=12,
    ),
    Encounter(
        "checkup at 18 to 39",
        4,
        (Item("99395"),),
        extras=(*SHOTS, *LABS),
        most_extras=2,
        diagnoses=("Z0000",),
        ages=(18, 39),
        months_apart=12,
    ),
    Encounter(
        "checkup at 40 to 64",
        6,
        (Item("99396"),),
        extras=(*SHOTS, *LABS),
        most_extras=2,
        diagnoses=("Z0000",),
        ages=(40, 64),
        months_apart=12,
    ),
    Encounter(
        "checkup from 65",
        6,
        (Item("99397"),),
        extras=(*SHOTS, *LABS),
        most_extras=2,
        diagnoses=("Z0000",),
        ages=(65, 120),
        not_plans=("plans/advantage-wisconsin",),
        months_apart=12,
    ),
    Encounter(
        "therapy",
        7,
        (Item("97110", (1, 4), ("GP",)),),
        extras=(Extra((Item("97140", (1, 2), ("GP",)),)), Extra((Item("97530", (1, 2), ("GP",)),))),
        most_extras=1,
        most_a_year=8,
        network_only=True,
        diagnoses=STIFF,
        specialty=THERAPIST,
    ),
    Encounter(
        "therapy's first day",
        2,
        (Item("97161", modifiers=("GP",)), Item("97110", modifiers=("GP",))),
        months_apart=12,
        network_only=True,
        diagnoses=STIFF,
        specialty=THERAPIST,
    ),
    Encounter(
        "talk therapy", 6, (), (Item("90832"), Item("90834"), Item("90837")), diagnoses=("F411", "F32A", "F4323")
    ),
    Encounter("psychiatric evaluation", 1, (Item("90791"),), diagnoses=("F329", "F411"), months_apart=12),
    Encounter("eye exam", 2, (Item("92014"),), diagnoses=("H2513", "E119"), ages=(18, 120), months_apart=12),
    Encounter(
        "acupuncture",
        2,
        (Item("97810"), Item("97811", (1, 2))),
        diagnoses=("M5459",),
        specialty=ACUPUNCTURIST,
        most_a_year=3,
    ),
    Encounter(
        "chiropractor",
        3,
        (),
        (Item("98940"), Item("98941")),
        diagnoses=("M9903", "M5459"),
        ages=(18, 120),
        specialty=CHIROPRACTOR,
    ),
    Encounter(
        "mammogram",
        3,
        (Item("77067"),),
        extras=(Extra((Item("77063"),)),),
        most_extras=1,
        diagnoses=("Z1231",),
        ages=(40, 120),
        sex="F",
        months_apart=13,
    ),
    Encounter(
        "colonoscopy",
        3,
        (Item("G0121"),),
        diagnoses=("Z1211",),
        place="24",
        ages=(45, 75),
        months_apart=121,
        network_only=True,
        global_days=0,
    ),
    Encounter("smear", 3, (Item("88175"),), diagnoses=("Z124",), ages=(21, 65), sex="F", months_apart=37),
    Encounter("virus test", 2, (Item("87624"),), diagnoses=("Z1151",), ages=(30, 65), sex="F", months_apart=61),
    Encounter("prostate test", 2, (Item("G0103"),), diagnoses=("Z125",), ages=(50, 120), sex="M", months_apart=12),
    Encounter(
        "heart ultrasound",
        3,
        (Item("93306"),),
        diagnoses=("I2510", "I4891", "R0602", "I340"),
        ages=(18, 120),
        months_apart=13,
        not_plans=("plans/advantage-wisconsin",),
    ),
    Encounter(
        "heart ultrasound by the article",
        6,
        (Item("93306"),),
        diagnoses=("I050", "I082", "G459", "A419", "E8581"),
        ages=(18, 120),
        months_apart=13,
        plans=("plans/advantage-wisconsin",),
    ),
    Encounter(
        "emergency",
        5,
        (),
        (Item("99283"), Item("99284"), Item("99285")),
        diagnoses=("R079", "R109", "S93401A"),
        place="23",
        network_only=True,
    ),
    Encounter(
        "hospital stay",
        2,
        (Item("99221"), Item("99232"), Item("99232")),
        diagnoses=("I509", "J189"),
        place="21",
        ages=(18, 120),
        network_only=True,
        months_apart=6,
        days=3,
    ),
    Encounter("boil opened", 2, (Item("10060"),), diagnoses=("L02415", "L02416"), global_days=10),
    Encounter("wound closed", 2, (), (Item("12001"), Item("12002")), diagnoses=("S61210A",), global_days=0),
    Encounter("precancerous spot", 2, (Item("17000"),), diagnoses=("L570",), ages=(30, 120), global_days=10),
    Encounter(
        "knee through a scope",
        2,
        (),
        (
            Item("29881", modifiers=("RT",), diagnoses=("S83241A",)),
            Item("29881", modifiers=("LT",), diagnoses=("S83242A",)),
        ),
        diagnoses=("S83241A",),
        place="24",
        ages=(18, 70),
        network_only=True,
        months_apart=24,
        global_days=90,
    ),
    Encounter(
        "new knee",
        4,
        (),
        (
            Item("27447", modifiers=("RT",), diagnoses=("M1711",)),
            Item("27447", modifiers=("LT",), diagnoses=("M1712",)),
        ),
        diagnoses=("M1711",),
        place="21",
        ages=(50, 90),
        network_only=True,
        months_apart=24,
        global_days=90,
    ),
    Encounter(
        "cataract",
        2,
        (),
        (
            Item("66984", modifiers=("RT",), diagnoses=("H2511",)),
            Item("66984", modifiers=("LT",), diagnoses=("H2512",)),
        ),
        diagnoses=("H2511",),
        place="24",
        ages=(55, 95),
        network_only=True,
        months_apart=24,
        global_days=90,
    ),
    Encounter(
        "appendix",
        1,
        (Item("44970"),),
        diagnoses=("K3580",),
        place="21",
        ages=(8, 70),
        network_only=True,
        months_apart=1200,
        global_days=90,
    ),
    Encounter(
        "ambulance",
        2,
        (),
        (Item("A0428"), Item("A0429")),
        diagnoses=("R55", "R079"),
        place="41",
        network_only=True,
        ambulance=True,
    ),
)
"""Every kind; the weight says how often among those that fit a patient."""
MILES = Item("A0425")
"""Beside a transport: its miles, in tenths."""
