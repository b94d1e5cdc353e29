"""Pieces of 837 text for tests: envelopes that count themselves, and one claim of every part."""

from collections.abc import Sequence

PROFESSIONAL = "005010X222A1"
INSTITUTIONAL = "005010X223A2"

HEADING = (
    "BHT*0019*00*BATCH1*20260302*1200*CH",
    "NM1*41*2*TESTVILLE CLEARING*****46*SUBMITTER1",
    "PER*IC*HELP DESK*TE*5555550100",
    "NM1*40*2*DEMO HEALTH PLAN*****46*DEMO1",
)
BILLING = (
    "HL*1**20*1",
    "NM1*85*2*TESTVILLE MEDICAL GROUP*****XX*1234567893",
    "N3*1 TEST STREET",
    "N4*TESTVILLE*OH*432150000",
    "REF*EI*999000001",
)


def subscriber(number: int = 2, parent: int = 1, member: str = "TEST0001") -> tuple[str, ...]:
    """A subscriber who is the patient."""
    return (
        f"HL*{number}*{parent}*22*0",
        "SBR*P*18*GROUP1******CI",
        f"NM1*IL*1*SAMPLE*PATIENT****MI*{member}",
        "DMG*D8*19760301*F",
        "NM1*PR*2*DEMO HEALTH PLAN*****PI*DEMO1",
    )


def claim(control_number: str = "PCN0001", lines: int = 1) -> tuple[str, ...]:
    """Office visits for 130.00 each."""
    head = (f"CLM*{control_number}*{130 * lines}***11:B:1*Y*A*Y*Y", "HI*ABK:E119*ABF:I10")
    return head + tuple(segment for number in range(1, lines + 1) for segment in line(number))


def line(number: int = 1) -> tuple[str, ...]:
    """An office visit for 130.00."""
    return (f"LX*{number}", "SV1*HC:99213*130*UN*1***1", "DTP*472*D8*20260302")


def transaction(*body: Sequence[str], number: str = "0001", version: str = PROFESSIONAL) -> list[str]:
    """ST..SE with a right count around groups of segments."""
    segments = [segment for part in body for segment in part]
    return [f"ST*837*{number}*{version}", *segments, f"SE*{len(segments) + 2}*{number}"]


def group(*transactions: Sequence[str], number: str = "1", version: str = PROFESSIONAL) -> list[str]:
    """GS..GE with a right count."""
    segments = [segment for part in transactions for segment in part]
    return [
        f"GS*HC*SENDER*RECEIVER*20260302*1200*{number}*X*{version}",
        *segments,
        f"GE*{len(transactions)}*{number}",
    ]


def interchange(*groups: Sequence[str], control_number: str = "000000001", usage: str = "P") -> list[str]:
    """ISA..IEA with a right count."""
    isa = (
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*1200*^*00501"
        f"*{control_number}*0*{usage}*:"
    )
    return [isa, *(segment for part in groups for segment in part), f"IEA*{len(groups)}*{control_number}"]


def text(
    segments: Sequence[str], *, element: str = "*", component: str = ":", terminator: str = "~", noise: str = "\n"
) -> str:
    """The file of a list of segments, under other delimiters if asked."""
    translated = str.maketrans({"*": element, ":": component, "~": terminator})
    return "".join(f"{segment}~".translate(translated) + noise for segment in segments)


def file(*body: Sequence[str], usage: str = "P", version: str = PROFESSIONAL) -> str:
    """A whole file of one transaction."""
    return text(interchange(group(transaction(*body, version=version), version=version), usage=usage))


def simple(*claims: Sequence[str]) -> str:
    """A whole file of one billing provider and one subscriber with claims."""
    return file(HEADING, BILLING, subscriber(), *(claims or (claim(),)))
