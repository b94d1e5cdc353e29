"""How the single values of policy documents are written: days, dollars, rates, codes, references.

Every value arrives as text. Each kind of value has one reader and one phrase that says what to write; both the error
messages and the generated reference use that phrase.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from adjudicator.model.codes import (
    DIAGNOSIS,
    DRUG,
    MODIFIER,
    NATIONAL_PROVIDER_IDENTIFIER,
    PLACE_OF_SERVICE,
    PROCEDURE,
    TAX_IDENTIFIER,
    plain_diagnosis,
)
from adjudicator.policy.fee_tables import PERCENTILES
from adjudicator.policy.load.mistakes import either, shown


@dataclass(frozen=True, eq=False)
class Written:
    """How one kind of value is written: the reader of its text, the phrase for people, the JSON Schema for editors."""

    read: Callable[[str], Any]
    """Raises ValueError for text that is not such a value."""
    write: str
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by reading the text."""
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What an editor checks."""
        return dict(self.schema)

    def _validate(self, value: object) -> Any:
        if isinstance(value, str):
            try:
                return self.read(value)
            except ValueError:
                pass
        raise mistake(value, self.write)


def mistake(value: object, write: str) -> PydanticCustomError:
    """The error of a value that is not what its place asks for."""
    return PydanticCustomError("written", "found {found}; write {write}", {"found": shown(value), "write": write})


def _matching(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError
    return text


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(_matching(r"\d{4}-\d\d-\d\d", text))


def _month_and_day(text: str) -> tuple[int, int]:
    # Of a leap year, so that it has every day there is.
    day = _day(f"2000-{text}")
    return day.month, day.day


def _dollars(text: str) -> int:
    return int(Decimal(_matching(r"\d{1,10}(\.\d{1,2})?", text)) * 100)


def _scaled(text: str, decimals: int) -> int:
    """A decimal number as a whole number of its smallest step."""
    return int(Decimal(_matching(rf"\d{{1,8}}(\.\d{{1,{decimals}}})?", text)).scaleb(decimals))


def _flag(text: str) -> bool:
    return _matching("true|false", text) == "true"


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text.strip()


_TEXT = {"type": ["string", "number"], "minLength": 1}
_NUMBER_OR_TEXT = {"type": ["number", "string"]}
_CODE = {"type": ["string", "integer"]}

Words = Annotated[str, Written(_text, "a text", _TEXT)]
Day = Annotated[
    dt.date, Written(_day, "a day, such as 2026-01-01", {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"})
]
Dollars = Annotated[
    int,
    Written(
        _dollars, "dollars with at most two decimals, such as 1000.00", {"type": ["number", "string"], "minimum": 0}
    ),
]
"""Read into cents."""
SignedDollars = Annotated[
    int,
    Written(
        lambda text: _dollars(text.removeprefix("-")) * (-1 if text.startswith("-") else 1),
        "dollars with at most two decimals, such as 1000.00 or -12.50",
        _NUMBER_OR_TEXT,
    ),
]
"""Read into cents."""
Count = Annotated[
    int,
    Written(
        lambda text: int(_matching(r"\d{1,6}", text)), "a whole number, such as 365", {"type": "integer", "minimum": 0}
    ),
]
MonthAndDay = Annotated[
    tuple[int, int],
    Written(_month_and_day, "a month and day, such as 07-01", {"type": "string", "pattern": r"^\d\d-\d\d$"}),
]
Percentile = Annotated[
    int,
    Written(
        lambda text: PERCENTILES[[str(percentile) for percentile in PERCENTILES].index(text)],
        f"a percentile of charges: {either(map(str, PERCENTILES))}",
        {"enum": list(PERCENTILES)},
    ),
]
Quantity = Annotated[
    int,
    Written(lambda text: _scaled(text, 3), "a quantity with at most three decimals, such as 2 or 0.5", _NUMBER_OR_TEXT),
]
"""Read into thousandths."""
Share = Annotated[
    int,
    Written(
        lambda text: _scaled(_matching(r"0(\.\d+)?|1(\.0+)?", text), 4),
        "a share from 0 to 1 with at most four decimals, such as 0.20",
        {"type": ["number", "string"], "minimum": 0, "maximum": 1},
    ),
]
"""Read into basis points."""
Rate4 = Annotated[
    int,
    Written(
        lambda text: _scaled(_matching(r"[0-9](\.\d+)?", text), 4),
        "a rate below 10 with at most four decimals, such as 1.50",
        {"type": ["number", "string"], "minimum": 0},
    ),
]
"""Read into basis points."""
Rate = Annotated[
    Decimal,
    Written(
        lambda text: Decimal(_matching(r"\d{1,3}(\.\d{1,6})?", text)),
        "a rate with at most six decimals, such as 1.15",
        {"type": ["number", "string"], "minimum": 0},
    ),
]
Hundredths = Annotated[
    int, Written(lambda text: _scaled(text, 2), "units with at most two decimals, such as 1.92", _NUMBER_OR_TEXT)
]
HundredthsOrNone = Annotated[
    int | None,
    Written(
        lambda text: None if text == "NA" else _scaled(text, 2),
        "units with at most two decimals, such as 1.98, or NA",
        _NUMBER_OR_TEXT,
    ),
]
ZipBeginning = Annotated[
    str,
    Written(
        lambda text: _matching(r"\d{3,5}", text), "the first three to five digits of a ZIP code, such as 540", _CODE
    ),
]
UnitTenths = Annotated[
    int, Written(lambda text: _scaled(text, 1), "units with at most one decimal, such as 3 or 0.5", _NUMBER_OR_TEXT)
]
"""Read into tenths."""
Thousandths = Annotated[
    int, Written(lambda text: _scaled(text, 3), "an index with at most three decimals, such as 1.010", _NUMBER_OR_TEXT)
]
TenThousandths = Annotated[
    int, Written(lambda text: _scaled(text, 4), "dollars with at most four decimals, such as 33.4009", _NUMBER_OR_TEXT)
]
Yes = Annotated[bool, Written(lambda text: _matching("true", text) == "true", "true", {"const": True})]
Flag = Annotated[bool, Written(_flag, "true or false", {"type": "boolean"})]
LesserOfCharge = Annotated[
    bool | str,
    Written(
        lambda text: text if text == "claim" else _flag(text),
        "true, false or claim",
        {"enum": [True, False, "claim"]},
    ),
]
NationalProvider = Annotated[
    str,
    Written(
        lambda text: _matching(NATIONAL_PROVIDER_IDENTIFIER.pattern, text),
        "a National Provider Identifier, ten digits, such as 1999999992",
        _CODE,
    ),
]
TaxId = Annotated[
    str, Written(lambda text: _matching(TAX_IDENTIFIER.pattern, text), "nine digits, such as 001234567", _CODE)
]
Checksum = Annotated[
    str, Written(lambda text: _matching(r"[0-9a-f]{64}", text), "the file's SHA-256, 64 digits 0-9 and a-f", _TEXT)
]
RankingIndicator = Annotated[
    str,
    Written(
        lambda text: _matching("[0-79]", text),
        "a multiple-procedure indicator of the fee schedule, 0 to 7 or 9",
        {"type": ["string", "integer"]},
    ),
]
GlobalDays = Annotated[
    str,
    Written(
        lambda text: _matching("000|010|090|MMM|XXX|YYY|ZZZ", text),
        "a global-days indicator of the fee schedule: 000, 010, 090, MMM, XXX, YYY or ZZZ",
        {"type": ["string", "integer"]},
    ),
]
Name = Annotated[
    str,
    Written(
        lambda text: _matching(r"[a-z0-9]+(-[a-z0-9]+)*", text),
        "lower-case words joined by hyphens, such as office-visits",
        {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
    ),
]
StateName = Annotated[
    str,
    Written(
        lambda text: _matching("[A-Z]{2}", text),
        "a state of two capital letters, such as NE",
        {"type": "string", "pattern": "^[A-Z]{2}$"},
    ),
]
NumberFormat = Annotated[
    str,
    Written(
        lambda text: _matching(r"[A-Z0-9#@-]{1,50}", text),
        "the form of a number: # for a digit, @ for a letter, other signs as they are, such as AUTH######",
        _TEXT,
    ),
]
Carc = Annotated[
    str,
    Written(lambda text: _matching(r"[A-Z]?\d{1,3}", text), "a claim adjustment reason code, such as 197", _CODE),
]
Rarc = Annotated[
    str,
    Written(lambda text: _matching(r"(M|MA|N)\d{1,4}", text), "a remittance advice remark code, such as N386", _TEXT),
]
Relationship = Annotated[
    str,
    Written(
        lambda text: _matching("[0-9A-Z]{2}", text),
        "an individual relationship code of X12 in quotes, such as '19'",
        _TEXT,
    ),
]
Status = Annotated[
    str,
    Written(
        lambda text: _matching(r"A[34678]:\d{1,3}(:[0-9A-Z]{2})?", text),
        "a rejecting 277CA status, category:status or category:status:entity, such as A7:562:85",
        _TEXT,
    ),
]
Taxonomy = Annotated[
    str,
    Written(
        lambda text: _matching(r"[0-9]{3}[0-9A-Z]{0,7}", text), "the beginning of a taxonomy code, such as 207R", _CODE
    ),
]


def _reference(folder: str) -> Written:
    pattern = rf"{folder}/[a-z0-9-]+(/[a-z0-9-]+)*"
    return Written(
        lambda text: _matching(pattern, text),
        f"the path of a document without .yaml, such as {folder}/example",
        {"type": "string", "pattern": f"^{pattern}$"},
    )


PlanPath = Annotated[str, _reference("plans")]
ContractPath = Annotated[str, _reference("contracts")]
FeesPath = Annotated[str, _reference("fees")]
PaymentPath = Annotated[str, _reference("payment")]
TablePath = Annotated[str, _reference("tables")]
Locality = Annotated[
    str,
    Written(
        lambda text: _matching(r"\d{5}-\d{2}", text),
        "a contractor (MAC) and its locality, five digits, hyphen, two digits, such as 01112-05",
        {"type": "string", "pattern": r"^\d{5}-\d{2}$"},
    ),
]
PayableStatus = Annotated[
    str,
    Written(
        lambda text: _matching("[A-Z]", text), "a status indicator of the fee schedule, one letter, such as A", _TEXT
    ),
]
TableFile = Annotated[
    str,
    Written(
        lambda text: _matching(r"tables/([a-z0-9-]+/)*[a-z0-9-]+\.(csv|txt|tsv|zip|csv\.gz|txt\.gz)", text),
        "the path of a .csv, .txt, .tsv, .gz or .zip in tables/, such as tables/places.csv",
        _TEXT,
    ),
]

ANY = "any"
"""What a list of codes is called that holds every code."""


class CodeKind(msgspec.Struct, frozen=True):
    """One kind of code and how lists of it are written."""

    lists: str
    """The code table that lists it: ``procedures``, ``diagnoses``, ``modifiers`` or ``places``; ``drugs`` have none."""
    shape: re.Pattern[str]
    prefix: str
    """Pattern of what may stand before a ``*``; empty when this kind has no prefixes."""
    range_end: str
    """Pattern of either end of a range; empty when this kind has no ranges."""
    write: str

    def read(self, text: str) -> str:
        """One entry of a list of codes, in the form in which claims carry it."""
        if text == ANY or re.fullmatch(r"sets/[a-z0-9-]+(/[a-z0-9-]+)*", text):
            return text
        if self.lists == "diagnoses":
            text = plain_diagnosis(text)
        if self.shape.match(text) or (self.prefix and re.fullmatch(rf"({self.prefix})\*", text)):
            return text
        first, hyphen, last = text.partition("-")
        bounds = all(self.range_end and re.fullmatch(self.range_end, end) for end in (first, last))
        if not (hyphen and bounds and len(first) == len(last) and first <= last):
            raise ValueError
        return text


CODE_KINDS: dict[str, CodeKind] = {
    kind.lists: kind
    for kind in (
        CodeKind(
            "procedures",
            PROCEDURE,
            r"[0-9A-V][0-9]{0,3}",
            PROCEDURE.pattern.strip("^$"),
            "a procedure code such as 99213, a beginning such as 9921*, a range such as 99202-99215, or a set such as "
            "sets/office-visits",
        ),
        CodeKind(
            "diagnoses",
            DIAGNOSIS,
            r"[A-Z][0-9A-Z]{0,6}",
            r"[A-Z][0-9A-Z]{2}",
            "a diagnosis code such as E11.9, a beginning such as E11*, a range of categories such as I20-I25, or a set such "
            "as sets/heart-disease",
        ),
        CodeKind(
            "modifiers", MODIFIER, "", MODIFIER.pattern.strip("^$"), "a modifier such as 25, or a set of modifiers"
        ),
        CodeKind("places", PLACE_OF_SERVICE, "", PLACE_OF_SERVICE.pattern.strip("^$"), "a place of service such as 11"),
        CodeKind(
            "drugs",
            DRUG,
            r"[0-9]{5,10}",
            "",
            "a National Drug Code of eleven digits such as 99999000101, a beginning such as 999990001*, or a set of drugs",
        ),
    )
}


def _any_or_list(value: object) -> object:
    if value == ANY:
        return [ANY]
    if isinstance(value, str):
        raise mistake(value, f"a list, such as [{value or '99213'}], or {ANY}")
    return value


def _entries(kind: CodeKind) -> Written:
    return Written(kind.read, kind.write, {"type": ["string", "integer"]})


_PROCEDURES, _DIAGNOSES = _entries(CODE_KINDS["procedures"]), _entries(CODE_KINDS["diagnoses"])
_MODIFIERS, _PLACES = _entries(CODE_KINDS["modifiers"]), _entries(CODE_KINDS["places"])
_DRUGS = _entries(CODE_KINDS["drugs"])
_LIST = (BeforeValidator(_any_or_list, json_schema_input_type=list[str | int] | str), Field(min_length=1))

Procedures = Annotated[tuple[Annotated[str, _PROCEDURES], ...], _LIST[0], _LIST[1]]
Diagnoses = Annotated[tuple[Annotated[str, _DIAGNOSES], ...], _LIST[0], _LIST[1]]
Modifiers = Annotated[tuple[Annotated[str, _MODIFIERS], ...], _LIST[0], _LIST[1]]
Places = Annotated[tuple[Annotated[str, _PLACES], ...], _LIST[0], _LIST[1]]
Drugs = Annotated[tuple[Annotated[str, _DRUGS], ...], _LIST[0], _LIST[1]]

Procedure = Annotated[
    str, Written(lambda text: _matching(PROCEDURE.pattern, text), "a procedure code, such as 99213", _CODE)
]
"""One code, as the key of a fee."""
