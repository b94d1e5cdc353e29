"""``adjudicator submit``: the claims of an 837 file to a running server, and what became of them as a table."""

import datetime as dt
import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from adjudicator.cli.options import Certificates, TokenFile, day

if TYPE_CHECKING:
    from adjudicator.wire.client import Client, Outcome

CLAIMS_IN_MESSAGE = 100
"""Claims that travel together."""
MOST_LISTED = 500
"""Claims up to which each is listed."""


def submit(
    claims: Annotated[Path, typer.Argument(metavar="CLAIMS.837", exists=True, dir_okay=False, help="The 837 file.")],
    server: Annotated[str, typer.Option("--server", metavar="HOST:PORT", help="Address of a running server.")],
    token_file: TokenFile,
    received: Annotated[
        dt.date | None,
        typer.Option("--received", parser=day, metavar="DATE", help="Day on which the claims arrived; operators only."),
    ] = None,
    certificates: Certificates = None,
) -> None:
    """Send the claims of an 837 file to a running server and print what became of each.

    Sending a file again is safe: what was decided is answered as before. Claims
    that cannot be read are not sent.

    Ends with 0 when every claim was decided and with 1 when one was not read or
    not taken.

    \b
    Example:
      adjudicator submit claims.837 --server localhost:50051 \\
        --token-file token.txt
    """
    from adjudicator.cli.remote import connected
    from adjudicator.cli.terminal import ATTENTION, Stopped
    from adjudicator.x12.interchange import NotX12, text_of

    try:
        with connected(server, token_file, certificates) as client:
            answered = send(client, text_of(claims.read_bytes()), received)
    except NotX12 as refusal:
        raise Stopped(f"{claims}: refused: {refusal}.", ATTENTION) from None
    show_answers(answered)
    left = sum(not one.is_decided for one in answered)
    if left:
        raise Stopped(f"{claims}: {left} of {len(answered)} claims were not read or not taken.", ATTENTION)


class Answered(msgspec.Struct, frozen=True):
    """A claim of a file and what became of it."""

    patient_control_number: str
    charge_cents: int
    outcome: "Outcome | None" = None
    """None for a claim that could not be read and was not sent."""
    problem: str = ""
    """Why it could not be read."""

    @property
    def is_decided(self) -> bool:
        """Whether the payer decided it, one way or another."""
        return self.outcome is not None and self.outcome.disposition is not None


def send(client: "Client", text: str, received_on: dt.date | None) -> list[Answered]:
    """Send the claims of a text over one stream; every claim of it, sent or not, with what became of it, in its order.

    Raises:
        NotX12: the text holds no interchange.
        grpc.RpcError: the stream broke; what was decided is kept, and sending the text again is safe.
    """
    from adjudicator.cli.terminal import progress
    from adjudicator.service.claims import Submission
    from adjudicator.x12.claims import ReadClaim, read_claims

    read = list(read_claims(text))
    sent = (
        Submission(request_id=item.request_id, claim=item.claim, received_on=received_on)
        for item in read
        if isinstance(item, ReadClaim)
    )
    outcomes: list[Outcome] = []
    with progress("Sending claims") as shown:
        for answers in client.submit(iter(lambda: list(islice(sent, CLAIMS_IN_MESSAGE)), [])):
            outcomes += answers
            shown(len(outcomes), len(read))
    following = iter(outcomes)
    return [
        Answered(item.claim.patient_control_number, item.claim.total_charge_cents, next(following))
        if isinstance(item, ReadClaim)
        else Answered(item.patient_control_number, item.headline.charge_cents, problem=str(item.problems[0]))
        for item in read
    ]


def show_answers(answered: Sequence[Answered]) -> None:
    """Print what became of claims: a line for each, why it is not paid below it, and totals; of very many, the totals."""
    from rich.text import Text

    from adjudicator.cli.terminal import output
    from adjudicator.model.money import dollars

    console = output()
    claim_width = max((len(one.patient_control_number) for one in answered), default=0) + 3
    if len(answered) <= MOST_LISTED:
        heading = f"{'claim':<{claim_width}}{'our number':<19}{'ending':<14}{'charged':>14}{'plan pays':>14}{'patient owes':>16}"
        console.print(heading, style="bold", soft_wrap=True)
        for one in answered:
            decided = (
                one.outcome if one.outcome and one.outcome.disposition and one.outcome.disposition.is_final else None
            )
            paid, owed = (dollars(decided.paid_cents), dollars(decided.member_cents)) if decided else ("", "")
            line = Text(f"{one.patient_control_number:<{claim_width}}{one.outcome.claim_id if one.outcome else '':<19}")
            line.append(f"{_ending(one):<14}", _STYLES[_ending(one)])
            line.append(f"{dollars(one.charge_cents):>14}{paid:>14}{owed:>16}")
            console.print(line, soft_wrap=True)
            indent = " " * claim_width
            for below in textwrap.wrap(_why(one), console.width, initial_indent=indent, subsequent_indent=indent):
                console.print(below, style="dim", soft_wrap=True)
    endings = Counter(map(_ending, answered))
    counted = ", ".join(f"{endings[ending]} {ending}" for ending in _STYLES if endings[ending])
    paid_cents = sum(one.outcome.paid_cents for one in answered if one.outcome)
    console.print(f"{len(answered)} claims: {counted}.\nThe plan pays {dollars(paid_cents)}.", soft_wrap=True)


_STYLES = {
    "paid": "green",
    "partly paid": "green",
    "denied": "red",
    "pended": "yellow",
    "rejected": "magenta",
    "unreadable": "magenta",
    "not taken": "magenta",
}
"""Every ending with its colour."""


def _why(one: Answered) -> str:
    return "; ".join((one.outcome.because, *one.outcome.violations)) if one.outcome else one.problem


def _ending(one: Answered) -> str:
    if one.outcome is None:
        return "unreadable"
    if one.outcome.disposition is None:
        return "not taken"
    return one.outcome.disposition.value.replace("_", " ")
