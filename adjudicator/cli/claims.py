"""``adjudicator explain`` and ``adjudicator replay``: read what was decided, and prove that it is decided so again."""

import enum
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import Certificates, Database, DatabaseOrServer, Server, TokenFile

if TYPE_CHECKING:
    from adjudicator.explain import Register
    from adjudicator.policy.policy_set import PolicySet
    from adjudicator.store.database import Store
    from adjudicator.store.records import ClaimRecord

MOST_SHOWN = 20
"""Claims whose differences a replay prints."""


class Reader(enum.Enum):
    """For whom a decision can be explained."""

    BILLER = "biller"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


def explain(
    claim_id: Annotated[
        str, typer.Argument(metavar="CLAIM_ID", help="Our number of the claim, as every answer names it.")
    ],
    reader: Annotated[
        Reader, typer.Option("--for", metavar="biller|reviewer|auditor", help="For whom it is worded.")
    ] = Reader.BILLER,
    rule: Annotated[
        str,
        typer.Option(
            "--rule",
            metavar="RULE",
            show_default=False,
            help="For an auditor: why this rule fired or not on each line.",
        ),
    ] = "",
    database: DatabaseOrServer = "",
    server: Server = "",
    token_file: TokenFile = None,
    certificates: Certificates = None,
) -> None:
    """Explain a claim's latest decision, line by line and cent by cent.

    The biller learns what was paid, what not, why, and what to do by when. The
    reviewer learns what waits, what is asked, which facts met or failed the
    criteria, and which answers are possible. The auditor learns everything in
    order, and why a rule did not fire. A server words the last two for the
    payer's own people only.

    \b
    Examples:
      adjudicator explain CTCW7JV2NZPK3FQA --database build/demo/store.sqlite
      adjudicator explain CTCW7JV2NZPK3FQA --for auditor \\
        --rule filing-limit.late --database build/demo/store.sqlite
      adjudicator explain CTCW7JV2NZPK3FQA --server localhost:50051 \\
        --token-file token.txt
    """
    from adjudicator.cli.terminal import show
    from adjudicator.explain import Register

    show(explanation(claim_id, database, server, token_file, certificates, Register(reader.value), rule))


def replay(
    database: Database,
    policies: Annotated[
        Path | None,
        typer.Option(
            "--policies", metavar="DIR", help="Decide under this folder's policies and show what would change."
        ),
    ] = None,
) -> None:
    """Decide every stored claim again and print what comes out differently.

    Each decision is made again from the facts stored with it, under the
    policies it was made with, and compared byte for byte. With --policies it
    shows what other policies would have changed. Nothing is stored.

    Ends with 0 when nothing differs and with 1 when something does.

    \b
    Examples:
      adjudicator replay --database store.sqlite
      adjudicator replay --database store.sqlite --policies policies/draft
    """
    from adjudicator.cli.payer import opened
    from adjudicator.cli.terminal import ATTENTION, Stopped, output, progress
    from adjudicator.policy.load import compile_policies
    from adjudicator.service.replay import replay as replayed

    compile_set = _always(policies) if policies else compile_policies
    count = different = 0
    with opened(database) as store, progress("Deciding again") as shown:
        for result in replayed(store, compile_set, progress=shown):
            count += 1
            if result.same:
                continue
            different += 1
            if different > MOST_SHOWN:
                continue
            output().print(f"{result.claim_id}, decision {result.decision_number}:", soft_wrap=True)
            for difference in result.differences:
                output().print(f"  {difference}", soft_wrap=True)
    if different > MOST_SHOWN:
        output().print(f"... and {different - MOST_SHOWN} more.")
    if different:
        raise Stopped(f"{different} of {count} decisions come out differently.", ATTENTION)
    output().print(f"{count} decisions made again: every one comes out the same, byte for byte.")


def explanation(
    claim_id: str,
    database: str,
    server: str,
    token_file: Path | None,
    certificates: Path | None,
    register: "Register",
    rule: str = "",
) -> str:
    """A claim's latest decision in words, from a server where one is named, else from a database."""
    if server:
        from adjudicator.cli.remote import connected

        with connected(server, token_file, certificates) as client:
            return client.explain(claim_id, register, rule)
    from adjudicator.cli.payer import opened
    from adjudicator.cli.terminal import Stopped
    from adjudicator.explain import Register as Readers
    from adjudicator.explain import explain as in_words
    from adjudicator.explain import knows_rule
    from adjudicator.store.claims import claims_by_id

    with opened(database) as store:
        with store.reading() as connection:
            found = claims_by_id(connection, [claim_id]).get(claim_id)
        if found is None:
            raise Stopped(f"The database holds no claim {claim_id}; decisions.jsonl and every answer name our numbers.")
        policies = _policies_of(store, found)
    if rule and register is not Readers.AUDITOR:
        raise Stopped("--rule asks why a rule fired or not, which is told with --for auditor.")
    if rule and not knows_rule(rule, policies):
        raise Stopped(
            f"The policies that decided this claim have no rule {rule}; `adjudicator policy edits` lists rules."
        )
    return in_words(
        found.case,
        found.decision,
        policies,
        register,
        rule=rule,
        policy_digest=found.policy_digest,
        engine_version=found.engine_version,
    )


def _policies_of(store: "Store", found: "ClaimRecord") -> "PolicySet":
    """The policy set that a decision was made with, from the archive."""
    from adjudicator.cli.terminal import Stopped
    from adjudicator.policy.load import compile_policies
    from adjudicator.store.archive import archived_policies

    with store.reading() as connection:
        files = archived_policies(connection, found.policy_digest)
    if files is None:
        raise Stopped(f"The database does not hold policy set {found.policy_digest}, which decided this claim.")
    return compile_policies(files)


def _always(folder: Path) -> "Callable[[Mapping[str, bytes]], PolicySet]":
    """Compiles a folder's policies whatever set a decision was made with; they take that set's digest, which replay checks."""
    import msgspec

    from adjudicator.cli.payer import load
    from adjudicator.policy.load import digest_of

    policies, _ = load(folder)
    return lambda files: msgspec.structs.replace(policies, digest=digest_of(files))
