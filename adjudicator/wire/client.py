"""The other end of the contract: sends claims to a running server and reads its answers, in the words of the model.

For our own command line. A provider system uses the generated stubs in ``adjudicator.v1``.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import grpc
import msgspec

from adjudicator.explain import Register
from adjudicator.model.case import Ruling, RulingVerdict
from adjudicator.model.decision import Disposition
from adjudicator.policy.load.mistakes import PolicyError
from adjudicator.review import EarlierRuling, LineChange, LineStanding, TaskState
from adjudicator.service.claims import Submission
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.v1 import claim_service_pb2 as claims_pb2
from adjudicator.v1 import decision_pb2
from adjudicator.v1 import policy_service_pb2 as policies_pb2
from adjudicator.v1 import review_service_pb2 as reviews_pb2
from adjudicator.v1.claim_service_pb2_grpc import ClaimServiceStub
from adjudicator.v1.policy_service_pb2_grpc import PolicyServiceStub
from adjudicator.v1.remittance_service_pb2_grpc import RemittanceServiceStub
from adjudicator.v1.review_service_pb2_grpc import ReviewServiceStub
from adjudicator.wire.forms import numbers_of
from adjudicator.wire.methods import SUBMISSION

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")

_DISPOSITIONS = {
    number: Disposition(word)
    for word, number in numbers_of(decision_pb2.Disposition, [disposition.value for disposition in Disposition]).items()
}
_TASK_STATES = {
    number: word for word, number in numbers_of(reviews_pb2.TaskState, [state.value for state in TaskState]).items()
}
_VERDICTS = numbers_of(reviews_pb2.RulingVerdict, [verdict.value for verdict in RulingVerdict])
_RULINGS = {number: RulingVerdict(word) for word, number in _VERDICTS.items()}


class Outcome(msgspec.Struct, frozen=True):
    """What became of one claim: a decision, or why there is none."""

    request_id: str
    claim_id: str = ""
    patient_control_number: str = ""
    disposition: Disposition | None = None
    """None when the claim was not taken."""
    charge_cents: int = 0
    paid_cents: int = 0
    member_cents: int = 0
    because: str = ""
    """What holds, rejects or denies it, or why it was not taken: one sentence; empty when it is paid."""
    violations: tuple[str, ...] = ()
    """``field: what was found and what to write``, for each field of a claim that was not taken."""


class OpenTask(msgspec.Struct, frozen=True):
    """A finding that waits, or waited, for a reviewer."""

    task_id: str
    claim_id: str
    rule: str
    line: int
    queue: str
    pend_code: str
    question: str
    state: str
    """open, ruled or closed."""
    opened_on: str
    due_on: str
    """Empty without a due date."""
    days_left: int | None
    closed_because: str = ""
    """Why nobody needs to answer it any more; empty unless it is closed."""
    earlier_rulings: tuple[EarlierRuling, ...] = ()
    """What was answered before to the claim's tasks by the same rule; only of a task that is looked at alone."""

    @property
    def is_open(self) -> bool:
        """Whether it waits."""
        return self.state == TaskState.OPEN.value


class SeenRuling(msgspec.Struct, frozen=True):
    """What a ruling would do."""

    outcome: Outcome
    changes: tuple[LineChange, ...]
    open_tasks: tuple[OpenTask, ...]


class Reloaded(msgspec.Struct, frozen=True):
    """What came of reading a server's policy folder anew."""

    digest: str
    """The policies in force now."""
    before: str
    """Those in force before; the same when nothing changed."""
    mistakes: tuple[str, ...] = ()
    """``file:line: place: what was found and what to write``; empty when the folder was not refused."""


class Client:
    """A caller with its credential. Every method raises ``grpc.RpcError`` when its call fails."""

    def __init__(self, channel: grpc.Channel, token: str) -> None:
        self._claims = ClaimServiceStub(channel)
        self._remittances = RemittanceServiceStub(channel)
        self._reviews = ReviewServiceStub(channel)
        self._policies = PolicyServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)

    def submit(self, batches: Iterable[Sequence[Submission]]) -> Iterator[list[Outcome]]:
        """Send claims, a batch in a message, over one stream; gives the outcomes of each batch, in order, as they come."""
        messages = (claims_pb2.SubmitClaimsRequest(requests=map(SUBMISSION.write, batch)) for batch in batches)
        for answer in self._claims.SubmitClaims(messages, metadata=self._metadata):
            yield [_outcome(result) for result in answer.results]

    def explain(self, claim_id: str, register: Register = Register.BILLER, rule: str = "") -> str:
        """A claim's latest decision in words; for an auditor, why a rule fired or not."""
        number = claims_pb2.Register.Value(f"REGISTER_{register.name}")
        request = claims_pb2.ExplainClaimRequest(claim_id=claim_id, register=number, rule=rule)
        return self._call(self._claims.ExplainClaim, request).text

    def open_tasks(self, queue: str = "", due_through: str = "") -> Iterator[OpenTask]:
        """The open tasks of a queue, or of all, what is due first at the head."""
        token = ""
        while True:
            request = reviews_pb2.ListTasksRequest(queue=queue, due_through=due_through, page_token=token)
            page = self._call(self._reviews.ListTasks, request)
            yield from map(_open_task, page.tasks)
            token = page.next_page_token
            if not token:
                return

    def task(self, task_id: str) -> OpenTask:
        """A task, open or not."""
        shown = self._call(self._reviews.GetTask, reviews_pb2.GetTaskRequest(task_id=task_id))
        earlier = tuple(_earlier_ruling(told, shown.task.rule) for told in shown.earlier_rulings)
        return msgspec.structs.replace(_open_task(shown.task), earlier_rulings=earlier)

    def rule(self, task_id: str, given: GivenRuling) -> Outcome:
        """Answer a task; gives the claim as it is decided with the ruling."""
        request = reviews_pb2.RuleRequest(task_id=task_id, **_sent(given))
        return _decided("", self._call(self._reviews.Rule, request).decision)

    def preview(self, task_id: str, given: GivenRuling) -> SeenRuling:
        """What a ruling would do."""
        request = reviews_pb2.PreviewRulingRequest(task_id=task_id, **_sent(given))
        seen = self._call(self._reviews.PreviewRuling, request)
        return SeenRuling(
            outcome=_decided("", seen.decision),
            changes=tuple(
                LineChange(change.line, _standing(change.before), _standing(change.after)) for change in seen.changes
            ),
            open_tasks=tuple(map(_open_task, seen.tasks)),
        )

    def reload_policies(self) -> Reloaded:
        """Have the server read its policy folder anew."""
        answer = self._call(self._policies.ReloadPolicies, policies_pb2.ReloadPoliciesRequest())
        return Reloaded(
            digest=answer.policy_digest,
            before=answer.previous_policy_digest,
            mistakes=tuple(str(PolicyError(one.file, one.line, one.path, one.message)) for one in answer.mistakes),
        )

    def _call(self, method: "grpc.UnaryUnaryMultiCallable[RequestT, AnswerT]", request: RequestT) -> AnswerT:
        return method(request, metadata=self._metadata)


def _outcome(result: claims_pb2.SubmitClaimResult) -> Outcome:
    if result.HasField("decision"):
        return _decided(result.request_id, result.decision)
    return Outcome(
        request_id=result.request_id,
        because=result.error.message,
        violations=tuple(f"{found.field}: {found.description}" for found in result.error.violations),
    )


def _decided(request_id: str, decision: decision_pb2.Decision) -> Outcome:
    blocking = [finding.because for finding in decision.findings if finding.verdict >= decision_pb2.VERDICT_PEND]
    return Outcome(
        request_id=request_id,
        claim_id=decision.claim_id,
        patient_control_number=decision.patient_control_number,
        disposition=_DISPOSITIONS[decision.disposition],
        charge_cents=decision.charge_cents,
        paid_cents=decision.paid_cents,
        member_cents=decision.member_cents,
        because=blocking[0] if blocking else "",
    )


def _sent(given: GivenRuling) -> dict[str, Any]:
    """The fields of a ruling as a request carries them."""
    return msgspec.structs.asdict(given) | {"verdict": _VERDICTS[given.verdict.value]}


def _open_task(task: reviews_pb2.Task) -> OpenTask:
    return OpenTask(
        task_id=task.task_id,
        claim_id=task.claim_id,
        rule=task.rule,
        line=task.line,
        queue=task.queue,
        pend_code=task.pend_code,
        question=task.question,
        state=_TASK_STATES[task.state],
        opened_on=task.opened_on,
        due_on=task.due_on,
        days_left=task.days_left if task.HasField("days_left") else None,
        closed_because=task.closed_because,
    )


def _earlier_ruling(told: reviews_pb2.EarlierRuling, rule: str) -> EarlierRuling:
    units, price = (
        getattr(told, name) if told.HasField(name) else None for name in ("covered_quantity_thousandths", "price_cents")
    )
    ruling = Ruling(
        rule=rule,
        policy=told.policy,
        line=told.line,
        verdict=_RULINGS[told.verdict],
        rationale=told.rationale,
        ruled_by=told.ruled_by,
        group=told.group,
        carc=told.carc,
        remarks=tuple(told.remarks),
        covered_quantity_thousandths=units,
        price_cents=price,
    )
    return EarlierRuling(told.task_id, told.decision_number, dt.date.fromisoformat(told.ruled_on), ruling)


def _standing(standing: reviews_pb2.LineStanding) -> LineStanding:
    return LineStanding(standing.state, standing.paid_cents, standing.member_cents, tuple(standing.reasons))
