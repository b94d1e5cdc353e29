"""Publishers' lists of codes: HCPCS Level II, ICD-10-CM, places of service, modifiers, reasons and remarks, and more.

A list that has days of its own (HCPCS, reasons, remarks) gives each code its own; in the others a code is valid on the days of
the version that binds the release in which it stands. Descriptors that belong to others are never kept: of procedures, reasons
and remarks only the code and what its text says of how it is used.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import msgspec

from adjudicator.model.codes import DIAGNOSIS, MODIFIER, PLACE_OF_SERVICE, PROCEDURE, TAXONOMY, plain_diagnosis
from adjudicator.model.dates import Span
from adjudicator.policy.code_lists import CodeEntry
from adjudicator.policy.load.mistakes import shown
from adjudicator.policy.load.publishers.rows import DAY, Bare, Column, Rows, day_of, end_of, kept_text

_FILLER = "~"
"""What stands in place of a code for values that are unknown to the publisher."""

Codes = dict[str, tuple[CodeEntry, ...]]


class ListLayout(msgspec.Struct, frozen=True):
    """A publisher's layout of a list of codes."""

    name: str
    lists: str
    columns: tuple[Column, ...]
    """The code first, then its first and last day where the list has days of its own."""
    shape: re.Pattern[str]
    write: str
    """What a code looks like, in words."""
    dated: bool = False
    entry: Callable[[CodeEntry, list[str]], CodeEntry | None] = lambda entry, _: entry
    """What the rest of a row says of its code; None for a row that lists none."""
    clean: Callable[[str], str] = lambda code: code
    repeats: bool = False
    """Whether the publisher lists a code once for each of its meanings: the first row counts."""
    bare: Bare | None = None

    def read(self, rows: Rows, span: Span) -> Codes:
        """The codes of a file, none where there are mistakes; those are noted among the rows'."""
        codes: Codes = {}
        seen: dict[str, int] = {}
        kept: dict[CodeEntry, tuple[CodeEntry, ...]] = {}
        for number, (written, *said) in rows.under(self.columns, self.bare):
            code = self.clean(written)
            if set(code) == {_FILLER}:
                continue
            before = len(rows.mistakes)
            if not self.shape.match(code):
                rows.mistake(number, self.columns[0].name, f"found {shown(written)}; write {self.write}")
            own = self._days(rows, number, said) if self.dated else span
            if code in seen and self.repeats:
                continue
            if code in seen:
                found = f"found {code} again after row {seen[code]}; write each code once"
                rows.mistake(number, self.columns[0].name, found)
            seen.setdefault(code, number)
            entry = self.entry(CodeEntry(span=own or span), said[2:] if self.dated else said)
            if entry is not None and len(rows.mistakes) == before:
                codes[code] = kept.setdefault(entry, (entry,))  # few entries serve many codes
        return {} if rows.mistakes else codes

    def rows(self, rows: Rows) -> Iterator[tuple[str, str]]:
        """Every row of a file as a code and what is said of it; nothing is checked."""
        for _, (code, *said) in rows.under(self.columns, self.bare):
            yield code, " ".join(filter(None, said))

    def _days(self, rows: Rows, number: int, said: list[str]) -> Span | None:
        effective, ends = said[:2]
        try:
            begins = day_of(effective) if effective else dt.date.min
            last = end_of(ends)
        except ValueError:
            rows.mistake(number, self.columns[1].name, f"found {shown(effective)} and {shown(ends)}; write {DAY}")
            return None
        if begins and last and last < begins:
            rows.mistake(number, self.columns[2].name, f"found {ends} before {effective}; write a later day")
            return None
        return Span(begins or dt.date.min, last)


def _diagnosis(entry: CodeEntry, said: list[str]) -> CodeEntry | None:
    return msgspec.structs.replace(entry, billable=said[0] == "1")


def _place(entry: CodeEntry, said: list[str]) -> CodeEntry | None:
    kind, name = said
    if kind == "Unassigned" or name.startswith("Unassigned"):
        return None
    return msgspec.structs.replace(entry, facility=kind == "Facility", description=kept_text(name))


def _modifier(entry: CodeEntry, said: list[str]) -> CodeEntry | None:
    return msgspec.structs.replace(entry, description=kept_text(said[0]))


_GROUPS = re.compile(
    r"[Uu]se [Oo]nly (?:with )?[Gg]roup [Cc]odes? ((?:CO|OA|PI|PR)(?:(?:, | or | and |/)(?:CO|OA|PI|PR))*)"
)


_CLAIMS_ONLY = re.compile("in the 837 transaction only|only be used in the 837|[Oo]nly used .* within the 837")


def _reason(entry: CodeEntry, said: list[str]) -> CodeEntry | None:
    text = " ".join(said)
    locked = _GROUPS.search(text)
    return msgspec.structs.replace(
        entry,
        groups=frozenset(re.findall("CO|OA|PI|PR", locked[1])) if locked else frozenset(),
        needs_remark="at least one remark code must be provided" in text.lower(),
        partial="cannot equal the total service or claim charge" in text,
        claims_only=bool(_CLAIMS_ONLY.search(text)),
    )


def _remark(entry: CodeEntry, said: list[str]) -> CodeEntry | None:
    return msgspec.structs.replace(entry, alert=said[0].lower().startswith("alert"))


_REASON_DAYS = (
    Column("adj_start_date", "(adj_)?start(_date)?"),
    Column("adj_end_date", "(adj_)?(end|stop)(_date)?"),
    Column("adj_description", "(adj_)?description"),
)

LIST_LAYOUTS: dict[str, ListLayout] = {
    layout.name: layout
    for layout in (
        ListLayout(
            "hcpcs",
            "procedures",
            (
                Column("hcpcs_code", "hcpcs?(_code)?"),
                Column("date_added", "date_added|add(ed)?_(dt|date)"),
                Column("date_term", "date_term|term(ination)?_(dt|date)"),
            ),
            PROCEDURE,
            "a code of HCPCS Level II, such as A0021",
            dated=True,
        ),
        ListLayout(
            "icd-10-cm",
            "diagnoses",
            (Column("code", "code|code_nodot|icd_?10_?cm(_code)?"), Column("billable", "billable|valid|header")),
            DIAGNOSIS,
            "a diagnosis code, such as E11.9",
            entry=_diagnosis,
            clean=plain_diagnosis,
            bare=Bare(
                ("code", "billable"),
                re.compile("(?!)"),
                fewest=2,
                fixed=re.compile(r"\d{5} ([A-Z0-9]{3,7}) +([01]) .*"),
            ),
        ),
        ListLayout(
            "pos",
            "places",
            (
                Column("pos_code", "(pos|place_of_service)_codes?(_s)?"),
                Column("pos_type", "pos_type"),
                Column("pos_name", ".*name"),
            ),
            PLACE_OF_SERVICE,
            "a place of service of two digits, such as 11",
            entry=_place,
        ),
        ListLayout(
            "modifier-list",
            "modifiers",
            (Column("mod_code", "mod(ifier)?(_code)?"), Column("mod_description", ".*description", needed=False)),
            MODIFIER,
            "a modifier of two signs, such as 25",
            entry=_modifier,
            repeats=True,
        ),
        ListLayout(
            "x12-reasons",
            "carc",
            (Column("adj_code", "(adj_)?code"), *_REASON_DAYS, Column("adj_usage", "(adj_)?usage", needed=False)),
            re.compile(r"^[A-Z]?\d{1,3}\Z"),
            "an adjustment reason code, such as 197",
            dated=True,
            entry=_reason,
        ),
        ListLayout(
            "x12-remarks",
            "rarc",
            (Column("adj_code", "(adj_)?code"), *_REASON_DAYS),
            re.compile(r"^(M|MA|N)\d{1,4}\Z"),
            "a remark code, such as N386",
            dated=True,
            entry=_remark,
        ),
        ListLayout(
            "nucc-taxonomy",
            "taxonomies",
            (Column("code", "code"),),
            TAXONOMY,
            "a taxonomy code of ten signs, such as 207R00000X",
        ),
        ListLayout(
            "revenue-code-list",
            "revenue-codes",
            (Column("code", "(revenue_)?code"),),
            re.compile(r"^\d{4}\Z"),
            "a revenue code of four digits, such as 0450",
        ),
        ListLayout(
            "bill-type-list",
            "bill-types",
            (Column("code", "((bill_)?type_?)?(code)?"),),
            re.compile(r"^0?\d{2}[0-9A-Z]\Z"),
            "a type of bill, such as 131",
        ),
    )
}
"""The layouts of publishers' code lists."""
