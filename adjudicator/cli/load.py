"""``adjudicator load``: the payer's own files into the database. Nothing is loaded unless every row is good."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import AsOf, Database, Policies

if TYPE_CHECKING:
    import sqlalchemy as sa

    from adjudicator.policy.policy_set import PolicySet
    from adjudicator.service.changed_facts import Loaded
    from adjudicator.store.database import Store

commands = typer.Typer(
    help="Load members, other coverage, providers, contracts, authorizations and accumulators from CSV files.",
    no_args_is_help=True,
)

MEMBERS, PROVIDERS, CONTRACTS, AUTHORIZATIONS = "members.csv", "providers.csv", "contracts.csv", "authorizations.csv"
OTHER_COVERAGE = "other-coverage.csv"
"""Names of the files in a folder of data."""

_File = Annotated[Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False, help="The file, in UTF-8.")]


@commands.command()
def members(file: _File, database: Database, policies: Policies = None, as_of: AsOf = None) -> None:
    """Add or change members with their coverage.

    A decided claim on whose days the coverage is another now keeps its
    decision; a task asks the reviewers about it.

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
    older than the coverage), primary_care_npi, not_billable (yes: nobody may
    bill the member for the share); and elsewhere, elsewhere_from,
    elsewhere_through (managed-care, other-plan, hospice, skilled-nursing or
    home-health: who else has the care of the member, and when);
    identity_theft_on (day from which others use the member's identity: claims
    that arrive later need proof of who was treated).

    \b
    Example:
      adjudicator load members members.csv --database store.sqlite
    """
    from adjudicator.cli.options import today
    from adjudicator.cli.payer import load, opened, operator
    from adjudicator.cli.payer_files import read_members
    from adjudicator.cli.terminal import output
    from adjudicator.service.changed_facts import ChangedFacts

    in_force = load(policies)[0]
    rows = read_members(file, in_force)
    with opened(database, new=True) as store:
        loaded = ChangedFacts(store, lambda: in_force, lambda: as_of or today()).load_members(operator(), rows)
    output().print(f"{file}: {loaded.count} members loaded into {database}.", soft_wrap=True)
    _tell_tasks(loaded)


@commands.command("other-coverage")
def other_coverage(file: _File, database: Database, policies: Policies = None, as_of: AsOf = None) -> None:
    """Add or change what is known of members' other coverage: who pays first.

    A row for each coverage of a member that the order of payers depends on, and
    for the evidence of ours (kind ours). What a file says of a member replaces
    all that was known; a row of kind none says that there is nothing. Members
    must be loaded before. A decided claim for which another payer turns out to
    be the first keeps its decision; a task asks the reviewers about it.

    Columns, in any order: member_id, kind (ours, group, individual, medicare,
    tricare, medicaid, public-program, veterans, work, no-fault, liability,
    black-lung or none), payer_id (as claims name it), payer_name, effective,
    ends.

    Columns that a file may leave out, each empty where it is not known:

    \b
      dependent          yes or no: the member is covered as a dependent
      holder_birth_date  of a child: birth date of the parent who holds it
      parents            of a child: together, apart or joint (custody)
      holder             custodial, custodial-spouse, other, other-spouse, spouse
      decreed            yes: a court decree makes its holder responsible
      active             yes or no: it stands on present work
      continuation       yes or no: it only continues under a law (COBRA)
      covered_since      first day without a gap; if empty, effective
      employees          how many people the employer employs
      coordinates        no: it has no provision on coordination
      asks_for_activity  no: it has no rule of active and inactive employees
      medicare_reason    age, disability or kidney
      medicare_eligible_on
                         of kidney disease: a day of the first month
      medicare_parts     the parts in which the member is enrolled, such as AB
      diagnoses          what work or an accident made it liable for
      claimed_on         day on which such a payer was asked to pay
      verified_on        day on which somebody last made sure of the row
      asked_on           day of a questionnaire that is not answered yet

    \b
    Example:
      adjudicator load other-coverage other-coverage.csv --database store.sqlite
    """
    from adjudicator.cli.options import today
    from adjudicator.cli.payer import load, opened, operator
    from adjudicator.cli.payer_files import read_other_coverage
    from adjudicator.cli.terminal import output
    from adjudicator.service.changed_facts import ChangedFacts

    in_force = load(policies)[0]
    with opened(database, new=True) as store:
        with store.reading() as connection:
            rows = read_other_coverage(file, _on_file(connection))
        loaded = ChangedFacts(store, lambda: in_force, lambda: as_of or today()).load_other_coverage(operator(), rows)
    output().print(f"{file}: other coverage of {loaded.count} members loaded into {database}.", soft_wrap=True)
    _tell_tasks(loaded)


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
      unit_price     dollars a unit agreed on with the billing provider

    \b
    Example:
      adjudicator load authorizations authorizations.csv --database store.sqlite
    """
    from adjudicator.cli.payer import opened
    from adjudicator.cli.terminal import output

    with opened(database, new=True) as store, store.writing() as connection:
        count = _load_authorizations(connection, file)
    output().print(f"{file}: {count} authorizations loaded into {database}.", soft_wrap=True)


@commands.command()
def accumulators(file: _File, database: Database, policies: Policies = None, as_of: AsOf = None) -> None:
    """Add what other systems counted toward members' limits, such as a pharmacy's.

    A row for each amount. The same row again changes nothing; another row under
    the same source and source_id is refused. What was counted too much is taken
    back by a row of its own with a minus. Members and their coverage must be
    loaded before. What a plan change or an earlier insurer credits to a member
    is loaded the same way.

    Columns, in any order: source (such as pharmacy), source_id (its own name of
    the amount), member_id, served_on (day of the service, which names the plan
    and its year), accumulator (deductible, out_of_pocket or copays), tier (in_network
    or out_of_network), amount (dollars). Each counts for the member and the
    family, and as far as there is room in whatever the member's plan of that day
    counts besides: the other tier (counts_toward), the next year (carry_over).
    What is taken back takes that with it.

    \b
    A column that a file may leave out, empty where it says nothing:
      alone  yes where the source sends itself what counts besides: this row counts
             in its accumulator alone. What it carries to the next year is a row
             of the first day of that year, alone too.

    \b
    Example:
      adjudicator load accumulators pharmacy.csv --database store.sqlite
    """
    from adjudicator.cli.csv_table import FileMistake, FileMistakes
    from adjudicator.cli.options import today
    from adjudicator.cli.payer import load, opened, operator
    from adjudicator.cli.payer_files import read_accumulators
    from adjudicator.cli.terminal import output, remark
    from adjudicator.service.accumulators import Accumulators, FeedRefused

    loaded = load(policies)[0]
    rows = read_accumulators(file)
    with opened(database, new=True) as store:
        books = Accumulators(store, lambda: loaded, lambda: as_of or today())
        try:
            added = books.record(operator(), [amount for amount, _ in rows])
        except FeedRefused as refused:
            raise FileMistakes(
                FileMistake(str(file), rows[problem.position][1], problem.column, problem.message)
                for problem in refused.problems
            ) from None
    for position, over in added.overshoots:
        remark(f"{file}:{rows[position][1]}: {over}")
    known = f", {len(rows) - added.count} known before" if added.count < len(rows) else ""
    output().print(f"{file}: {added.count} amounts loaded into {database}{known}.", soft_wrap=True)


def load_folder(store: "Store", folder: Path, policies: "PolicySet") -> None:
    """Load the payer's files of a folder into a new database; any of them may be missing.

    Raises:
        FileMistakes: anything in one of them is wrong; nothing of any of them is loaded.
    """
    from adjudicator.cli.payer_files import read_members, read_other_coverage, read_participations
    from adjudicator.cli.provider_file import read_providers
    from adjudicator.store.membership import (
        load_members,
        load_other_coverage,
        load_participations,
        load_providers,
    )

    with store.writing() as connection:
        if (file := folder / MEMBERS).is_file():
            load_members(connection, read_members(file, policies))
        if (file := folder / OTHER_COVERAGE).is_file():
            load_other_coverage(connection, read_other_coverage(file, _on_file(connection)))
        if (file := folder / PROVIDERS).is_file():
            load_providers(connection, read_providers(file))
        if (file := folder / CONTRACTS).is_file():
            load_participations(connection, read_participations(file, policies))
        if (file := folder / AUTHORIZATIONS).is_file():
            _load_authorizations(connection, file)


def _load_authorizations(connection: "sa.Connection", file: Path) -> int:
    """Load a file of authorizations; its members must be there already."""
    from adjudicator.cli.payer_files import read_authorizations
    from adjudicator.store.membership import load_authorizations

    return load_authorizations(connection, read_authorizations(file, _on_file(connection)))


def _on_file(connection: "sa.Connection") -> Callable[[Collection[str]], Collection[str]]:
    """Tells which of some member numbers are on file."""
    import sqlalchemy as sa

    from adjudicator.store.database import among
    from adjudicator.store.tables import members

    def on_file(numbers: Collection[str]) -> Collection[str]:
        asked = sa.select(members.c.member_id).where(among(members.c.member_id, "numbers"))
        return connection.execute(asked, {"numbers": sorted(numbers)}).scalars().all()

    return on_file


def _tell_tasks(loaded: "Loaded") -> None:
    """Name the decided claims that changed facts have put before the reviewers."""
    from adjudicator.cli.terminal import remark

    for task in loaded.tasks:
        remark(f"Claim {task.claim_id} is decided and waits for a reviewer ({task.queue}): task {task.task_id}.")
