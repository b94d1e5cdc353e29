"""Writes the demo payer's data as files, and loads them into a database as anybody would."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from adjudicator.cli.adjudicate import DATA, STORE
from adjudicator.cli.demo.people import authorizations, participations, people
from adjudicator.cli.demo.samples import read_samples, write_837
from adjudicator.cli.load import AUTHORIZATIONS as AUTHORIZATIONS_FILE
from adjudicator.cli.load import MEMBERS as MEMBERS_FILE
from adjudicator.cli.load import PROVIDERS as PROVIDERS_FILE
from adjudicator.cli.load import load_folder
from adjudicator.cli.outputs import write_whole
from adjudicator.cli.payer import demo_policies, load, opened
from adjudicator.cli.payer_files import AUTHORIZATIONS, MEMBERS, PROVIDERS, Column
from adjudicator.model.claim import quantity_text
from adjudicator.model.dates import Span

SAMPLES, CLAIMS = "samples", "claims.837"


def write_data(out: Path) -> None:
    """Write the folders data and samples into a folder."""
    for name, columns, rows in (
        (MEMBERS_FILE, MEMBERS, _members()),
        (PROVIDERS_FILE, PROVIDERS, _providers()),
        (AUTHORIZATIONS_FILE, AUTHORIZATIONS, _authorizations()),
    ):
        write_whole(out / DATA / name, _csv(columns, rows))
    samples = read_samples(demo_policies() / SAMPLES / "claims.toml")
    write_whole(out / SAMPLES / CLAIMS, write_837(samples, people()))


def load_store(out: Path) -> None:
    """Load what ``write_data`` wrote into a new database beside it; an older one is removed."""
    for name in (STORE, f"{STORE}-wal", f"{STORE}-shm"):
        (out / name).unlink(missing_ok=True)
    policies, _ = load(None)
    with opened(str(out / STORE), new=True) as store:
        load_folder(store, out / DATA, policies)


def _members() -> Iterator[list[str]]:
    for person in people():
        member = person.member
        for coverage in person.coverage:
            yield [
                member.member_id,
                member.family_id,
                member.last_name,
                member.first_name,
                member.birth_date.isoformat(),
                member.sex.value,
                member.relationship,
                coverage.plan,
                *_days(coverage.span),
            ]


def _providers() -> Iterator[list[str]]:
    for row in participations():
        yield [row.tax_id, row.npi, row.product, row.contract, *_days(row.span)]


def _authorizations() -> Iterator[list[str]]:
    for member_id, approval in authorizations():
        units = "" if approval.quantity_thousandths is None else quantity_text(approval.quantity_thousandths)
        yield [approval.number, member_id, " ".join(approval.procedures), *_days(approval.span), approval.tax_id, units]


def _days(span: Span) -> tuple[str, str]:
    return span.effective.isoformat(), span.ends.isoformat() if span.ends else ""


def _csv(columns: Iterable[Column], rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in columns)
    writer.writerows(rows)
    return text.getvalue()
