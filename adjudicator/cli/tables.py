"""``adjudicator policy tables``: publishers' files into a payer's policies, and what changed between two of them."""

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import day

if TYPE_CHECKING:
    from adjudicator.policy.load.bindings import Binding
    from adjudicator.policy.load.publishers.changes import Change

commands = typer.Typer(
    help="Put publishers' tables into the policies, list them, compare two of them.", no_args_is_help=True
)

_ENDINGS = (".csv", ".txt", ".tsv", ".zip", ".csv.gz", ".txt.gz")

_Kind = Annotated[
    str, typer.Argument(metavar="KIND", help="What the table lists, such as procedure-pairs-practitioner.")
]
_File = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The publisher's file as it is.")
]
_Folder = Annotated[
    Path,
    typer.Option("--policies", metavar="DIR", envvar="ADJUDICATOR_POLICIES", help="Folder with the payer's policies."),
]
_Effective = Annotated[
    dt.date, typer.Option(parser=day, metavar="DAY", help="First day on which the file holds, such as 2024-07-01.")
]
_Ends = Annotated[
    dt.date | None,
    typer.Option(
        parser=day,
        metavar="DAY",
        help="Last day; left out, a coding or fee table holds to the end of its publisher's quarter or year.",
    ),
]
_Period = Annotated[str, typer.Option(help="The publisher's name of the edition; left out, the quarter.")]
_Publisher = Annotated[str, typer.Option(help="Who publishes it; left out, the layout's publisher.")]
_Title = Annotated[str, typer.Option(help="Title of the source, for the citation.")]
_Section = Annotated[str, typer.Option(help="Section of the source, for the citation; left out, the file's name.")]
_Url = Annotated[str, typer.Option(help="Address or document id of the source.")]
_Member = Annotated[str, typer.Option(help="The text to read in a zip that holds several.")]
_OlderMember = Annotated[str, typer.Option(help="The text to read in an older zip that holds several.")]
_NewerMember = Annotated[str, typer.Option(help="The text to read in a newer zip that holds several.")]
_Layout = Annotated[str, typer.Option(help="The layout of both files; left out, it is told by their headings.")]
_Most = Annotated[int, typer.Option(min=0, help="Changes that are shown; 0 for all. All are counted.")]
_ListFolder = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Folder with payer.yaml; left out, the demo payer's.", show_default=False),
]


@commands.command(name="import")
def import_(
    kind: _Kind,
    file: _File,
    effective: _Effective,
    policies: _Folder,
    ends: _Ends = None,
    period: _Period = "",
    publisher: _Publisher = "",
    title: _Title = "",
    section: _Section = "",
    url: _Url = "",
    member: _Member = "",
) -> None:
    """Check a publisher's file, copy it into the policies, and bind it there by its checksum.

    The file is read as it is: CSV or text, gzipped or zipped, with title rows.
    A bad one is refused whole, and every mistake is told by row; nothing is
    written then. The binding goes into tables/KIND.yaml, as a new version
    beside those that are there, dated, cited and checksummed: read it, then
    run `adjudicator policy check`.

    KIND: add-on-codes, anesthesia-factors, bill-types, carc, diagnoses,
    drug-limits, equipment-fees, geographic-indices, hcpcs, laboratory-fees,
    localities, modifiers, outpatient-caps, places, procedure-indicators (with
    the relative values), procedure-pairs-outpatient,
    procedure-pairs-practitioner, rarc, revenue-codes, taxonomies,
    unit-limits-outpatient, unit-limits-practitioner, unit-limits-supplier,
    usual-and-customary, zip-localities.

    \b
    Example:
      adjudicator policy tables import procedure-pairs-practitioner pairs.zip --effective 2024-07-01 --policies my-policies
    """
    from adjudicator.cli.outputs import write_whole
    from adjudicator.cli.terminal import ATTENTION, Stopped, output, reading
    from adjudicator.model.dates import Span
    from adjudicator.policy.load.bindings import Binding, quarter_end, written, year_end
    from adjudicator.policy.load.mistakes import either
    from adjudicator.policy.load.publishers.catalogue import KINDS, SOURCES, checked, lists_of
    from adjudicator.policy.load.publishers.layouts import BIG_LISTS
    from adjudicator.policy.load.table_files import checksum_of, content_at

    if kind not in KINDS:
        raise Stopped(f"Found kind {kind}; write {either(sorted(KINDS))}.")
    if not (policies / "payer.yaml").is_file():
        raise Stopped(f"{policies} holds no payer.yaml; name the payer's folder with --policies.")
    layout = KINDS[kind]
    source = SOURCES[layout]
    last = ends
    if last is None and kind in BIG_LISTS:
        last = year_end(effective) if BIG_LISTS[kind].yearly else quarter_end(effective)
    if last is not None and last < effective:
        raise Stopped(f"Found --ends {last} before --effective {effective}; write a later day.")
    place = _place(policies, kind, file, effective)
    with reading() as progress:
        count, mistakes = checked(layout, str(file), file, Span(effective, last), member, progress)
    if mistakes:
        listed = "\n".join(str(mistake) for mistake in sorted(mistakes))
        raise Stopped(f"{listed}\n{file} was not imported: nothing has been written.", ATTENTION)
    document = _document(policies, kind)
    binding = Binding(
        lists=lists_of(kind),
        layout=layout,
        file=place,
        sha256=checksum_of(content_at(file)),
        effective=effective,
        ends=last,
        publisher=publisher or source.publisher,
        period=period or f"{effective.year}, quarter {(effective.month + 2) // 3}",
        title=title or source.title,
        section=section or f"File {file.name}",
        url=url or source.url,
        member=member,
    )
    before = (
        (policies / f"{document}.yaml").read_text(encoding="utf-8")
        if (policies / f"{document}.yaml").is_file()
        else None
    )
    text, wrong = written(binding, document, before)
    if wrong:
        listed = "\n".join(f"{policies}/{mistake}" for mistake in wrong)
        raise Stopped(f"{listed}\n{file} was not imported: nothing has been written.", ATTENTION)
    _copied(policies, file, binding)
    write_whole(policies / f"{document}.yaml", text)
    through = f" through {last}" if last else ""
    output().print(
        f"{count:,} rows hold from {effective}{through}. Bound in {policies / document}.yaml; the file is {policies / place}.\n"
        f"Next: adjudicator policy check {policies}",
        soft_wrap=True,
    )


@commands.command(name="list")
def list_(folder: _ListFolder = None) -> None:
    """List the tables that a payer binds: what each lists, on which days, from which file, and whether that is there.

    \b
    Example:
      adjudicator policy tables list policies/demo
    """
    from adjudicator.cli.payer import demo_policies
    from adjudicator.cli.terminal import ATTENTION, Stopped, output, short
    from adjudicator.policy.load import read_files
    from adjudicator.policy.load.documents import TableDocument
    from adjudicator.policy.load.library import DOCUMENT, EXAMPLES, Entry
    from adjudicator.policy.load.table_files import checksum_of, size_of
    from adjudicator.policy.load.text import Text

    folder = folder or short(demo_policies())
    files = read_files(folder)
    wrong = 0
    for path in sorted(files):
        if not (path.startswith("tables/") and path.endswith(DOCUMENT)) or path.endswith(EXAMPLES):
            continue
        entry = Entry(path.removesuffix(DOCUMENT), Text(path, files[path]))
        if not isinstance(entry.document, TableDocument):
            wrong += 1
            output().print(f"{path}: not readable", soft_wrap=True)
            continue
        output().print(f"{entry.document.lists} ({path})", soft_wrap=True)
        for _, version, span in entry.versions:
            content = files.get(version.file)
            days = f"{span.effective} through {span.ends}" if span.ends else f"from {span.effective}"
            state = f"{size_of(content):,} bytes" if content is not None else "MISSING"
            if content is not None and checksum_of(content) != version.sha256:
                state = "CHANGED since it was bound"
            wrong += not state.endswith("bytes")
            output().print(
                f"    {days}: {version.file}, {version.layout}, {state} ({version.publisher}; {version.period})",
                soft_wrap=True,
            )
    if wrong:
        raise Stopped(f"{wrong} of them need attention: run adjudicator policy check {folder}", ATTENTION)


@commands.command()
def diff(
    older: _File,
    newer: _File,
    layout: _Layout = "",
    most: _Most = 40,
    older_member: _OlderMember = "",
    newer_member: _NewerMember = "",
) -> None:
    """Tell what a publisher changed from one file to the next: codes or pairs added, removed, and said otherwise.

    Ends with 0 when the two say the same, and with 1 when not.

    \b
    Example:
      adjudicator policy tables diff pairs-2024q3.csv.gz pairs-2024q4.csv.gz
    """
    from adjudicator.cli.terminal import ATTENTION, Stopped, output, reading
    from adjudicator.policy.load.mistakes import PolicyErrors, either
    from adjudicator.policy.load.publishers.catalogue import ROWS, layout_of
    from adjudicator.policy.load.publishers.changes import changes
    from adjudicator.policy.load.publishers.rows import Rows
    from adjudicator.policy.load.table_files import content_at

    told = layout or layout_of(older, older_member) or layout_of(newer, newer_member)
    if told not in ROWS:
        found = f"Found layout {layout}" if layout else f"{older} has no heading that is known"
        raise Stopped(f"{found}; write --layout with {either(sorted(ROWS))}.")
    counts = {"added": 0, "removed": 0, "changed": 0}
    first = dt.date.min
    with reading() as progress:
        sides = [
            Rows(str(file), content_at(file), first, member, progress)
            for file, member in ((older, older_member), (newer, newer_member))
        ]
        for change in changes(ROWS[told](sides[0]), ROWS[told](sides[1])):
            word = "added" if not change.before else "removed" if not change.after else "changed"
            counts[word] += 1
            if not most or sum(counts.values()) <= most:
                output().print(_told(change), soft_wrap=True)
    mistakes = [mistake for side in sides for mistake in side.mistakes]
    if mistakes:
        raise PolicyErrors(mistakes)
    total = sum(counts.values())
    if most and total > most:
        output().print(f"... and {total - most:,} more: --most 0 shows all.")
    summary = ", ".join(f"{count:,} {word}" for word, count in counts.items())
    output().print(f"{older} to {newer} ({told}): {summary}.", soft_wrap=True)
    if total:
        raise typer.Exit(ATTENTION)


def _told(change: "Change") -> str:
    """One change as a line: + added, - removed, ~ said otherwise."""
    if not change.before:
        return f"+ {change.key}  {'; '.join(change.after)}".rstrip()
    if not change.after:
        return f"- {change.key}  {'; '.join(change.before)}".rstrip()
    before, after = list(change.before), list(change.after)
    for said in change.before:
        if said in after:
            before.remove(said)
            after.remove(said)
    return f"~ {change.key}  {'; '.join(before) or 'nothing'}  ->  {'; '.join(after) or 'nothing'}"


def _place(policies: Path, kind: str, file: Path, effective: dt.date) -> str:
    """Where in the policies a file goes; one that lies below tables/ already stays where it is."""
    from adjudicator.cli.terminal import Stopped
    from adjudicator.policy.load.mistakes import either

    name = file.name.lower()
    ending = max((ending for ending in _ENDINGS if name.endswith(ending)), key=len, default=None)
    if ending is None:
        raise Stopped(f"Found {file.name}; write a file that ends in {either(_ENDINGS)}.")
    if file.resolve().is_relative_to((policies / "tables").resolve()):
        return file.resolve().relative_to(policies.resolve()).as_posix()
    return f"tables/{kind}/{effective}{ending}"


def _document(policies: Path, kind: str) -> str:
    """The document that binds a kind of table: the one that does so already, else tables/KIND."""
    from adjudicator.policy.load.library import DOCUMENT, EXAMPLES
    from adjudicator.policy.load.publishers.catalogue import KINDS, lists_of
    from adjudicator.policy.load.text import Text

    for path in sorted((policies / "tables").rglob(f"*{DOCUMENT}")):
        if path.name.endswith(EXAMPLES):
            continue
        value = Text(path.name, path.read_bytes()).value
        if isinstance(value, dict) and value.get("lists") == lists_of(kind):
            versions = value.get("versions")
            layouts = (
                {one.get("layout") for one in versions if isinstance(one, dict)}
                if isinstance(versions, list)
                else set()
            )
            if kind != "hcpcs" or KINDS[kind] in layouts:
                return path.relative_to(policies).as_posix().removesuffix(DOCUMENT)
    return f"tables/{kind}"


def _copied(policies: Path, file: Path, binding: "Binding") -> None:
    """The file in its place, whole or not at all."""
    from adjudicator.cli.outputs import PARTIAL
    from adjudicator.cli.terminal import Stopped
    from adjudicator.policy.load.table_files import checksum_of, content_at

    place = policies / binding.file
    if place.exists() and place.resolve() == file.resolve():
        return
    if place.is_file() and checksum_of(content_at(place)) != binding.sha256:
        raise Stopped(f"{place} is there already and is another file: remove it first. Nothing has been written.")
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(place.name + PARTIAL)
    try:
        shutil.copyfile(file, partial)
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
