"""The demo from end to end: a payer, a server, claims over gRPC, a reviewer's ruling, a payment, and the files they leave."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from rich.text import Text

from adjudicator.cli import batch
from adjudicator.cli.accounts import NOT_TAKEN
from adjudicator.cli.adjudicate import STORE
from adjudicator.cli.demo.claim_file import PAYER_NAME
from adjudicator.cli.demo.samples import DECIDED_ON, RECEIVED_ON, read_samples
from adjudicator.cli.demo.seeding import CLAIMS, SAMPLES, SCENARIOS, demo_members, demo_senders, load_store, write_data
from adjudicator.cli.demo.server import running, write_callers
from adjudicator.cli.failures import in_words
from adjudicator.cli.payer import demo_policies, load, opened, operator, payer_of
from adjudicator.cli.remote import connected
from adjudicator.cli.submit import Answered, send, show_answers
from adjudicator.cli.terminal import Stopped, output, short, show, table
from adjudicator.model.case import RulingVerdict
from adjudicator.model.money import dollars
from adjudicator.model.principal import Role
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.x12.interchange import text_of

PAID, DENIED, PENDED = "RMG-03", "RMG-06", "RMG-18"
"""Claims of the sample file that are explained; a reviewer rules on the last."""
WAYS_OF_PRICING = "PRI-"
"""Beginning of the numbers of the claims that show how else than by a fee and units a line is priced."""
RATIONALE = "The record of 2026-03-10 shows that the warts bleed."
LOG = "server.log"
FILES = {
    batch.SUMMARY: "what became of the claims, for people: begin here",
    batch.DECISIONS: "a line for each claim: its place in the file, its decision, the next steps",
    batch.ERA: "the remittances: who is paid what, and why not the rest",
    batch.ACKNOWLEDGMENTS: "the acknowledgment: what was accepted, what rejected and why",
    STORE: "the payer's database",
    f"{SAMPLES}/{CLAIMS}": "the claims that were sent",
    LOG: "the server's log",
}
"""What the demo leaves behind."""


class FailedStep(Stopped):
    """A step of the demo failed; the message names it."""


class Demo:
    """One run of the demo, in a folder of its own."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._log = out / LOG
        self._steps = count(1)

    def run(self) -> None:
        """Run all of it; what an earlier run left is made anew."""
        for name in FILES:
            (self._out / name).unlink(missing_ok=True)
        with self._step(f"{PAYER_NAME}, an invented payer with {len(demo_members())} synthetic members"):
            write_data(self._out)
            load_store(self._out)
            tokens = write_callers(self._out, demo_senders().billing["riverside"].provider)
            show(f"Policies: {short(demo_policies())}. Members, contracts and authorizations: {self._out / 'data'}.")
        with self._step("A server"):
            credentials, store = self._out / "credentials.json", self._out / STORE
            with running(demo_policies(), credentials, store, self._log, DECIDED_ON) as server:
                show(f"It listens at {server}, takes {DECIDED_ON} for today and logs to {self._log}.")
                with self._step(f"{CLAIMS} over gRPC, all its claims in one stream"):
                    answered = self._submit(server, tokens[Role.OPERATOR])
                    numbers = {one.patient_control_number: one.outcome.claim_id for one in answered if one.outcome}
                with self._step("Claims priced by minutes, rank, drug code, days of care and what the law recognises"):
                    self._priced(answered)
                for what, claim in (("paid", PAID), ("denied", DENIED), ("waiting", PENDED)):
                    with self._step(f"A claim that is {what}, explained to its biller"):
                        self._explain(server, tokens[Role.PROVIDER], numbers[claim])
                with self._step(f"A reviewer rules on {PENDED}"):
                    self._rule(server, tokens, numbers[PENDED])
        with self._step(f"The payment of {DECIDED_ON}"):
            self._pay()
        with self._step(f"What is left in {self._out}"):
            self._leave(numbers[PENDED])

    def _submit(self, server: str, token: Path) -> list[Answered]:
        """Send the sample file; gives what became of each claim."""
        with connected(server, token) as client:
            answered = send(client, text_of((self._out / SAMPLES / CLAIMS).read_bytes()), RECEIVED_ON)
        show_answers(answered)
        return answered

    def _priced(self, answered: list[Answered]) -> None:
        """Tell what the samples of the ways of pricing show, and what became of each."""
        scenarios = read_samples(demo_policies() / SAMPLES / SCENARIOS)
        shown = {claim.number: claim.shows for scenario in scenarios for claim in scenario.claim}
        priced = [one for one in answered if one.patient_control_number.startswith(WAYS_OF_PRICING)]
        for one in priced:
            show(f"{one.patient_control_number}  {shown[one.patient_control_number]}")
        output().print()
        show_answers(priced)

    def _explain(self, server: str, token: Path, claim_id: str) -> None:
        with connected(server, token) as client:
            show(client.explain(claim_id))

    def _rule(self, server: str, tokens: dict[Role, Path], claim_id: str) -> None:
        with connected(server, tokens[Role.REVIEWER]) as client:
            waiting = list(client.open_tasks())
            (task,) = (task for task in waiting if task.claim_id == claim_id)
            show(f"{len(waiting)} tasks wait. {task.task_id}, queue {task.queue}: {task.question}")
            show(f'The reviewer allows it: "{RATIONALE}" The claim is decided again, with that as a fact:\n')
            client.rule(task.task_id, GivenRuling(RulingVerdict.ALLOW, RATIONALE))
        self._explain(server, tokens[Role.PROVIDER], claim_id)

    def _pay(self) -> None:
        """Pay what is final, and account for the file: sent a second time, it is answered as before."""
        policies, files = load(None)
        sent = batch.Batch(
            name=CLAIMS,
            data=(self._out / SAMPLES / CLAIMS).read_bytes(),
            principal=operator(),
            received_on=RECEIVED_ON,
            decided_on=DECIDED_ON,
            paid_on=DECIDED_ON,
        )
        with opened(str(self._out / STORE)) as store:
            payer = payer_of(store, policies, files, DECIDED_ON)
            summary = batch.run(sent, payer, self._out)
            if summary.endings[NOT_TAKEN]:
                raise Stopped(f"{summary.endings[NOT_TAKEN]} claims were not answered as before.")
            remittances = payer.payments.run(operator(), DECIDED_ON)
        shown = table("remittance", "payee", "tax id", "claims", "amount", right=("claims", "amount"))
        for paid in remittances:
            amount = dollars(paid.paid_cents)
            shown.add_row(paid.trace_number, paid.payee.name, paid.payee.tax_id, str(len(paid.claims)), amount)
        output().print(shown)

    def _leave(self, claim_id: str) -> None:
        """Say what lies where, and what to try next."""
        for name, what in FILES.items():
            show(f"  {name:<20}{what}")
        command, store, policies = _command(), self._out / STORE, short(demo_policies())
        for line in (
            "",
            "Try next:",
            f"  {command} explain {claim_id} --database {store}",
            f"  {command} tasks list --database {store} --as-of {DECIDED_ON}",
            f"  {command} adjudicate YOUR.837 --out results",
            "",
            f"Change a copay in {policies / 'plans' / 'ppo-gold.yaml'} and see what would have come out otherwise:",
            f"  {command} replay --database {store} --policies {policies}",
        ):
            output().print(line, soft_wrap=True)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        """One step: its heading and, where it fails, what failed and where to look."""
        number = next(self._steps)
        if number > 1:
            output().print()
        output().rule(Text(f"{number}. {title}", "bold"), align="left", style="dim")
        try:
            yield
        except FailedStep:
            raise
        except Exception as failure:
            stopped = in_words(failure)
            where = f" The server's log is {self._log}." if self._log.is_file() else ""
            raise FailedStep(f"Step {number} ({title}) failed. {stopped}{where}", stopped.exit_code) from failure


def _command() -> str:
    """How the command line is called from here."""
    beside = Path(sys.executable).with_name("adjudicator")
    return "adjudicator" if shutil.which("adjudicator") else str(short(beside))
