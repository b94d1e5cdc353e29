"""Opens a payer for a command: its policies, its database, and the use cases over the two."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import adjudicator
from adjudicator.cli.terminal import Stopped, reading
from adjudicator.model.principal import Principal, Role

if TYPE_CHECKING:
    from adjudicator.policy.policy_set import PolicySet
    from adjudicator.service.claims import Claims
    from adjudicator.service.payments import Payments
    from adjudicator.service.reviews import Reviews
    from adjudicator.store.database import Store

_SQLITE = "sqlite:///"


class Payer(msgspec.Struct, frozen=True):
    """The use cases of one payer on one day."""

    policies: "PolicySet"
    policies_of: "Callable[[str], PolicySet]"
    """Gives the set of a digest, such as the one that decided a claim."""
    store: "Store"
    claims: "Claims"
    reviews: "Reviews"
    payments: "Payments"


def demo_policies() -> Path:
    """The folder of the demo payer: beside the code in a checkout, inside the package where it is installed."""
    package = Path(adjudicator.__file__).parent
    for folder in (package.parent / "policies" / "demo", package / "_policies" / "demo"):
        if (folder / "payer.yaml").is_file():
            return folder
    raise Stopped("The demo payer's policies are not installed. Name a folder with --policies.")


def operator(name: str = "operator") -> Principal:
    """Who a command that works on the database itself acts for; request ids are the name's own."""
    return Principal(name=name, role=Role.OPERATOR, submitter=name)


def load(policies: Path | None) -> "tuple[PolicySet, dict[str, bytes]]":
    """A folder's policy set and its files; the demo payer's when no folder is named.

    Raises:
        PolicyErrors: with everything that is wrong in it.
    """
    from adjudicator.engine import RULES
    from adjudicator.policy.load import compile_policies, read_files

    files = read_files(policies or demo_policies())
    with reading() as progress:
        return compile_policies(files, RULES, progress), files


@contextmanager
def opened(database: str, *, new: bool = False) -> "Iterator[Store]":
    """A database, brought to this version's tables.

    Args:
        database: path of an SQLite file, or a database URL.
        new: whether one that is not there is made; else that ends the command.
    """
    from adjudicator.store.database import Store

    if not database:
        raise Stopped("Name the payer's database with --database.")
    file = _file_of(database)
    if not new and file is not None and not file.is_file():
        raise Stopped(
            f"There is no database at {file}. Make one with `adjudicator load members FILE.csv --database {file}`."
        )
    if new and file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    store = Store(str(file) if file is not None else database)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


def payer_of(store: "Store", policies: "PolicySet", files: dict[str, bytes], as_of: dt.date) -> Payer:
    """The use cases over a database under a policy set, which is archived there, on a day."""
    from adjudicator.policy.load import compile_policies
    from adjudicator.service.claims import Claims
    from adjudicator.service.payments import Payments
    from adjudicator.service.policies import PoliciesInForce
    from adjudicator.service.reviews import Reviews

    in_force = PoliciesInForce(store, files, policies, compile_policies)
    return Payer(
        policies=policies,
        policies_of=in_force.of,
        store=store,
        claims=Claims(store, in_force, lambda: as_of),
        reviews=Reviews(store, in_force, lambda: as_of),
        payments=Payments(store, in_force, lambda: as_of),
    )


def _file_of(database: str) -> Path | None:
    """The file of an SQLite database; None for a database on a server."""
    if database.startswith(_SQLITE):
        return Path(database.removeprefix(_SQLITE))
    return None if "://" in database else Path(database)
