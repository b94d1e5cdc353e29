"""``adjudicator load``: the payer's own files into the database. Nothing is loaded unless every row is good."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import Database, Policies

if TYPE_CHECKING:
    import sqlalchemy as sa

    from adjudicator.policy.policy_set import PolicySet
    from adjudicator.store.database import Store

commands = typer.Typer(
    help="Load members, providers, contracts and authorizations from CSV files.", no_args_is_help=True
)

MEMBERS, PROVIDERS, CONTRACTS, AUTHORIZATIONS = "members.csv", "providers.csv", "contracts.csv", "authorizations.csv"
"""Names of the files in a folder of data."""

_File = Annotated[Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False, help="The file, in UTF-8.")]


@commands.command()
def members(file: _File, database: Database, policies: Policies = None) -> None:
    """Add or change members with their coverage.

    A row for each stretch of days on which a member is covered, or in the
    custody of an authority that pays for care. What a file says of a member
    replaces all that was known.

    Columns, in any order: member_id, family_id, last_name, first_name,
    birth_date, sex, relationship (18 self, 01 spouse, 19 child), plan,
    effective, ends, recorded_on (day on which the stretch was entered),
    deceased_on, custody_from, custody_through.

    A file may also say, and need not: waiting_through (last day of a waiting
    period), premium_paid_through (last day paid for, while more is owed), unmet
    (eligibility or residency), preexisting with preexisting_through (diagnoses
    older than the coverage), primary_care_npi; and elsewhere, elsewhere_from,
    elsewhere_through (managed-care, other-plan, hospice, skilled-nursing or
    home-health: who else has the care of the member, and when);
    identity_theft_on (day from which others use the member's identity: claims
    that arrive later need proof of who was treated).

    \b
    Example:
      adjudicator load members members.csv --database store.sqlite
    """
    from adjudicator.cli.payer import load, opened
    from adjudicator.cli.payer_files import read_members
    from adjudicator.cli.terminal import output
    from adjudicator.store.membership import load_members

    rows = read_members(file, load(policies)[0])
    with opened(database, new=True) as store, store.writing() as connection:
        count = load_members(connection, rows)
    output().print(f"{file}: {count} members loaded into {database}.", soft_wrap=True)


@commands.command()
def providers(file: _File, database: Database) -> None:
    """Add or change providers: who may be paid, who works for whom.

    A row for each fact about a provider. What a file says of an NPI replaces
    all that was known of it. A provider that is in no file is not known, which
    is no mistake.

    Columns, in any order: npi, name, kind (practitioner, group or facility),
    record, value, effective, ends. A record is one of

    \b
      enrolled     it may be paid on these days
      works_for    it is on the roster of the group with tax id VALUE
      roster       groups: on these days its whole roster is on file
      sanctioned   it is excluded from payment by the list VALUE
      clia         its laboratory certificate, for every test, has the number VALUE
      clia_microscopy, clia_waiver
                   the same of a certificate for microscopy and waived tests only
      orders       services that it orders, or to which it refers, are paid
      taxonomy     VALUE is one of its taxonomy codes; no days
      family       it belongs to family VALUE of our members; no days

    \b
    Example:
      adjudicator load providers providers.csv --database store.sqlite
    """
    from adjudicator.cli.payer import opened
    from adjudicator.cli.provider_file import read_providers
    from adjudicator.cli.terminal import output
    from adjudicator.store.membership import load_providers

    rows = read_providers(file)
    with opened(database, new=True) as store, store.writing() as connection:
        count = load_providers(connection, rows)
    output().print(f"{file}: {count} providers loaded into {database}.", soft_wrap=True)


@commands.command()
def contracts(file: _File, database: Database, policies: Policies = None) -> None:
    """Add provider contracts.

    A row for each stretch of days on which a billing provider is under a
    contract for a product. What a file says of a billing provider (tax id and
    NPI together) replaces all that was known. Who is in no file is out of
    network.

    Columns, in any order: tax_id, npi, product, contract, effective, ends.

    \b
    Example:
      adjudicator load contracts contracts.csv --database store.sqlite
    """
    from adjudicator.cli.payer import load, opened
    from adjudicator.cli.payer_files import read_participations
    from adjudicator.cli.terminal import output
    from adjudicator.store.membership import load_participations

    rows = read_participations(file, load(policies)[0])
    with opened(database, new=True) as store, store.writing() as connection:
        count = load_participations(connection, rows)
    output().print(f"{file}: {count} contracts loaded into {database}.", soft_wrap=True)


@commands.command()
def authorizations(file: _File, database: Database) -> None:
    """Add or change prior authorizations and referrals.

    A row for each approval, refusal or referral. Their members must be loaded
    before.

    Columns, in any order: number, member_id, procedures (separated by blanks;
    a referral may name none), effective, ends, tax_id (empty for any billing
    provider), quantity (units in all; empty for no limit).

    Columns that a file may leave out, each empty where it says nothing:

    \b
      visits         days with such a service, in all
      rendering_npi  the practitioner that it was given to
      kind           authorization (if empty) or referral
      status         approved (if empty) or denied
      requested_on   day on which it was asked for; if empty, in time

    \b
    Example:
      adjudicator load authorizations authorizations.csv --database store.sqlite
    """
    from adjudicator.cli.payer import opened
    from adjudicator.cli.terminal import output

    with opened(database, new=True) as store, store.writing() as connection:
        count = _load_authorizations(connection, file)
    output().print(f"{file}: {count} authorizations loaded into {database}.", soft_wrap=True)


def load_folder(store: "Store", folder: Path, policies: "PolicySet") -> None:
    """Load members.csv, providers.csv, contracts.csv and authorizations.csv of a folder; any of them may be missing.

    Raises:
        FileMistakes: anything in one of them is wrong; nothing of any of them is loaded.
    """
    from adjudicator.cli.payer_files import read_members, read_participations
    from adjudicator.cli.provider_file import read_providers
    from adjudicator.store.membership import load_members, load_participations, load_providers

    with store.writing() as connection:
        if (file := folder / MEMBERS).is_file():
            load_members(connection, read_members(file, policies))
        if (file := folder / PROVIDERS).is_file():
            load_providers(connection, read_providers(file))
        if (file := folder / CONTRACTS).is_file():
            load_participations(connection, read_participations(file, policies))
        if (file := folder / AUTHORIZATIONS).is_file():
            _load_authorizations(connection, file)


def _load_authorizations(connection: "sa.Connection", file: Path) -> int:
    """Load a file of authorizations; its members must be there already."""
    import sqlalchemy as sa

    from adjudicator.cli.payer_files import read_authorizations
    from adjudicator.store.database import among
    from adjudicator.store.membership import load_authorizations
    from adjudicator.store.tables import members

    def on_file(numbers: Collection[str]) -> Collection[str]:
        asked = sa.select(members.c.member_id).where(among(members.c.member_id, "numbers"))
        return connection.execute(asked, {"numbers": sorted(numbers)}).scalars().all()

    return load_authorizations(connection, read_authorizations(file, on_file))
