"""What must be true of a policy set as a whole: nothing is missing, nothing stands twice, every rule has its answer.

Each check notes its mistakes where they stand and goes on, so that one run tells everything.
"""

from collections.abc import Iterator, Mapping
from typing import get_args

from adjudicator.model.decision import Verdict
from adjudicator.policy.load.citation_checks import check_citations
from adjudicator.policy.load.code_checks import check_codes
from adjudicator.policy.load.condition_checks import check_conditions
from adjudicator.policy.load.documents import CodeLists, TableDocument
from adjudicator.policy.load.fee_checks import check_fees
from adjudicator.policy.load.fee_documents import FeesVersion
from adjudicator.policy.load.library import DOCUMENT, ONE_DAY, Library
from adjudicator.policy.load.mistakes import PolicyError, either
from adjudicator.policy.load.publishers.layouts import BIG_LISTS, CODING_LISTS
from adjudicator.policy.load.text import Place
from adjudicator.policy.load.version_checks import check_version


def check(library: Library, rules: Mapping[str, tuple[Verdict, ...]]) -> list[PolicyError]:
    """Every mistake of a library, those of its reading included.

    Args:
        library: the documents.
        rules: the engine's rules, each of which must have an answer; empty to leave that out.
    """
    missing = list(_missing_documents(library))
    for entry in library.entries.values():
        for position, version, span in entry.versions:
            check_version(library, entry, position, span, version)
            check_codes(library, entry, ("versions", position), span, version)
            check_conditions(library, entry, ("versions", position), span, version)
            check_citations(entry, ("versions", position), version)
            if isinstance(version, FeesVersion):
                check_fees(library, entry, ("versions", position), span, version)
    _each_table_once(library)
    _editing_once(library)
    _payer_and_tables_throughout(library)
    if rules:
        _answered_once(library, rules)
        missing += _unanswered(library, rules)
    return [*missing, *library.mistakes]


def _missing_documents(library: Library) -> Iterator[PolicyError]:
    if "payer" not in library.entries:
        yield PolicyError(f"payer{DOCUMENT}", 1, "", "found no such file; write the payer's document")
    unread = {entry.path for entry in library.entries.values() if entry.document is None}
    listed = {entry.document.lists for entry in library.of_kind("table") if isinstance(entry.document, TableDocument)}
    for lists in get_args(CodeLists):
        if lists not in listed and f"tables/{lists}" not in unread:
            yield PolicyError(
                f"tables/{lists}{DOCUMENT}", 1, "", f"found no table that lists {lists}; write one of kind table"
            )
    bound = {version.file for entry in library.of_kind("table") for _, version, _ in entry.versions}
    for path in library.files:
        if not path.endswith(DOCUMENT) and path not in bound and not any(p.startswith("tables/") for p in unread):
            yield PolicyError(path, 1, "", "found a file that no table binds; bind it or remove it")


def _payer_and_tables_throughout(library: Library) -> None:
    """Whatever pays has a payer on each of its days, and the payer has every code table on each of its own."""
    payer = library.entries.get("payer")
    if payer is None or not payer.versions:
        return
    for kind in ("plan", "plan-variant", "contract"):
        for entry in library.of_kind(kind):
            for position, _, span in entry.versions:
                if gap := payer.first_gap(span):
                    entry.text.mistake(
                        ("versions", position, "effective"),
                        f"found a {kind} in force on {gap}, when {payer.path}{DOCUMENT} has no version; "
                        "write a version of the payer for that day, or withdraw this one",
                    )
    for table in library.of_kind("table"):
        if isinstance(table.document, TableDocument) and table.document.lists in BIG_LISTS:
            continue  # a line whose period is missing waits, or the document says what stands in
        for _, _, span in payer.versions:
            if gap := table.first_gap(span):
                table.text.mistake(
                    ("versions",),
                    f"found no version on {gap}, when {payer.path}{DOCUMENT} has one; write a version for that day",
                )
                break


def _each_table_once(library: Library) -> None:
    first: dict[str, str] = {}
    for entry in library.of_kind("table"):
        assert isinstance(entry.document, TableDocument)
        if entry.document.lists in BIG_LISTS and entry.document.lists not in CODING_LISTS:
            continue  # fee schedules name the table that they pay by
        if entry.document.lists == "procedures":
            continue  # CPT and HCPCS Level II have publishers and dates of their own
        other = first.setdefault(entry.document.lists, entry.path)
        if other != entry.path:
            entry.text.mistake(
                ("lists",),
                f"found a second table that lists {entry.document.lists}; write its versions in {other}{DOCUMENT}",
            )


def _editing_once(library: Library) -> None:
    first = None
    for entry in library.of_kind("editing"):
        if first is not None:
            entry.text.mistake(
                ("kind",), f"found a second code-editing policy; write its versions in {first.path}{DOCUMENT}"
            )
        first = first or entry


def _answered_once(library: Library, rules: Mapping[str, tuple[Verdict, ...]]) -> None:
    """Only the engine's rules are answered, and each in one document."""
    guidance = [(entry, *version) for entry in library.of_kind("guidance") for version in entry.versions]
    for entry, position, version, span in guidance:
        for rule in version.rules:
            place: Place = ("versions", position, "rules", rule)
            if rule not in rules:
                entry.text.mistake(place, f"found an answer for {rule}, which is no rule of the engine; leave it out")
            elif version.rules[rule].kind not in rules[rule]:
                found, wanted = version.rules[rule].kind.name.lower(), either(kind.name.lower() for kind in rules[rule])
                entry.text.mistake(place, f"found {found} for {rule}, which may not be answered so; write {wanted}")
            for other, _, others, other_span in guidance:
                if other.path < entry.path and rule in others.rules and other_span.covers(span.effective):
                    home = f"{other.path}{DOCUMENT}"
                    entry.text.mistake(place, f"found a second answer for {rule}; write it in {home} only")


def _unanswered(library: Library, rules: Mapping[str, tuple[Verdict, ...]]) -> Iterator[PolicyError]:
    """Rules without an answer on the payer's first day, or on a later one on which guidance begins or ends."""
    payer = library.entries.get("payer")
    if payer is None or not payer.versions:
        return
    guidance = [(entry, *version) for entry in library.of_kind("guidance") for version in entry.versions]
    first = min(span.effective for _, _, span in payer.versions)
    starts = {span.effective for _, _, _, span in guidance}
    starts |= {span.ends + ONE_DAY for _, _, _, span in guidance if span.ends}
    days = sorted({first, *(day for day in starts if day > first)})
    home, line = f"guidance/rules{DOCUMENT}", 1
    for entry, position, version, _ in guidance:
        if version.rules:
            home, line = entry.text.file, entry.text.line(("versions", position, "rules"))
            break
    for rule in rules:
        for day in days:
            if not any(rule in version.rules and span.covers(day) for _, _, version, span in guidance):
                yield PolicyError(home, line, "rules", f"found no answer for {rule} on {day}; write {rule} under rules")
                break
