"""``adjudicator reverse`` and ``adjudicator correct``: a decision's use of limits is taken back; a claim is decided anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import AsOf, Database, Policies, today

if TYPE_CHECKING:
    from adjudicator.store.records import ClaimRecord

ClaimId = Annotated[str, typer.Argument(metavar="CLAIM", help="Our number of the claim.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without being asked.")]


def reverse(
    claim_id: ClaimId, database: Database, policies: Policies = None, as_of: AsOf = None, yes: Yes = False
) -> None:
    """Take back what the latest decision of a claim used of the member's and the family's limits.

    Entries with the other sign are added, by the amounts stored with the
    decision; none is changed. Only limits move: the claim and its payment stay
    as they are, and so do other claims that were decided meanwhile. Doing it
    twice is the same as doing it once. At a terminal it asks first.

    \b
    Example:
      adjudicator reverse CPEUTJ2JETKJOG6X --database store.sqlite
    """
    from adjudicator.benefits import accumulator_name
    from adjudicator.cli.payer import load, opened, operator
    from adjudicator.cli.terminal import Stopped, show
    from adjudicator.model.money import dollars
    from adjudicator.service.accumulators import Accumulators

    loaded = load(policies)[0]
    day = as_of or today()
    with opened(database) as store:
        if not _may(yes, f"Take back what claim {claim_id} used of the limits? The claim and its payment stay."):
            raise Stopped("Nothing was taken back.")
        back = Accumulators(store, lambda: loaded, lambda: day).reverse(operator(), claim_id)
    lines = [f"Claim {claim_id} used nothing of any limit."]
    if back:
        lines = [f"Taken back of claim {claim_id}:"]
        lines += (
            f"  {dollars(entry.amount_cents):>12}  "
            f"{accumulator_name(entry.owner, entry.accumulator, entry.tier, entry.period_start)}"
            for entry in back
        )
    show("\n".join(lines))


def correct(
    claim_id: ClaimId,
    claims: Annotated[
        Path,
        typer.Argument(
            metavar="CLAIM.837", exists=True, dir_okay=False, help="837 file with the corrected claim alone."
        ),
    ],
    database: Database,
    policies: Policies = None,
    as_of: AsOf = None,
    yes: Yes = False,
) -> None:
    """Put a corrected claim in the place of one that is decided and not paid yet, and decide it anew.

    In one step, what the decision used of limits is taken back and the
    corrected claim is decided with limits that hold all other claims of the
    family. It keeps its number and its day of arrival; other claims stay as they
    are. What a reviewer ruled on the claim as it was does not hold for the
    corrected one, which waits for an answer again where it needs one. Running it
    again for the same file does nothing more. At a terminal it asks first.

    \b
    Example:
      adjudicator correct CPEUTJ2JETKJOG6X corrected.837 --database store.sqlite
    """
    from adjudicator.cli.payer import load, opened, operator, payer_of
    from adjudicator.cli.terminal import Stopped, show
    from adjudicator.service.corrections import Corrections
    from adjudicator.x12.claims import ReadClaim, read_claims
    from adjudicator.x12.interchange import NotX12, text_of

    try:
        read = list(read_claims(text_of(claims.read_bytes())))
    except NotX12 as refusal:
        raise Stopped(f"{claims}: refused: {refusal}.") from None
    if len(read) != 1 or not isinstance(read[0], ReadClaim):
        raise Stopped(
            f"{claims}: found {len(read)} claims or one that cannot be read; write the corrected claim alone."
        )
    in_force, files = load(policies)
    day = as_of or today()
    with opened(database) as store:
        payer = payer_of(store, in_force, files, day)
        before = payer.claims.get(operator(), claim_id)
        show(f"It stands: {_told(before)}")
        if not _may(yes, f"Decide claim {claim_id} anew as {claims.name} has it?"):
            raise Stopped("Nothing was corrected.")
        corrections = Corrections(store, lambda: in_force, lambda: day)
        after = corrections.correct(operator(), claim_id, read[0].request_id, read[0].claim)
    show(f"It is now: {_told(after)}")


def _may(yes: bool, question: str) -> bool:
    """Whether somebody agrees: by --yes, by an answer at a terminal; where nobody can be asked, the command itself says so."""
    from adjudicator.cli.terminal import at_a_terminal

    return yes or not at_a_terminal() or typer.confirm(question)


def _told(record: "ClaimRecord") -> str:
    from adjudicator.model.money import dollars

    decision = record.decision
    ending = f"decision {record.decision_number}, {decision.disposition.value.replace('_', ' ')}"
    charge = f"charge {dollars(record.case.claim.total_charge_cents)}"
    if not decision.disposition.is_final:
        return f"{ending}, {charge}."
    return f"{ending}, {charge}, plan pays {dollars(decision.paid_cents)}, patient may owe {dollars(decision.member_cents)}."
