"""The methods of the contract's five services: read the request, ask the use case, write the answer."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import grpc

from adjudicator.explain import Register, explain, knows_rule
from adjudicator.model.case import RulingVerdict
from adjudicator.model.decision import Audience, Disposition
from adjudicator.model.principal import Principal
from adjudicator.review import Task
from adjudicator.service.accumulators import Accumulators
from adjudicator.service.claims import Answer, Claims, Submission
from adjudicator.service.errors import InvalidRequest, NotPermitted, Overloaded, ServiceError, Violation
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.service.intake import Intake
from adjudicator.service.payments import Payments
from adjudicator.service.policies import PoliciesInForce, PolicyReload
from adjudicator.service.reviews import Reviews
from adjudicator.store.records import ClaimFilter, ClaimRecord
from adjudicator.v1 import accumulator_service_pb2 as accumulators_pb2
from adjudicator.v1 import claim_service_pb2 as claims_pb2
from adjudicator.v1 import decision_pb2
from adjudicator.v1 import policy_service_pb2 as policies_pb2
from adjudicator.v1 import remittance_service_pb2 as remittances_pb2
from adjudicator.v1 import review_service_pb2 as reviews_pb2
from adjudicator.wire.calls import Door
from adjudicator.wire.claims import claim_from_proto, claim_to_proto
from adjudicator.wire.decisions import (
    audience_of,
    change_to_proto,
    decision_to_proto,
    earlier_ruling_to_proto,
    remittance_to_proto,
    remitted_to_proto,
    summary_to_proto,
    task_to_proto,
)
from adjudicator.wire.forms import (
    Field,
    Form,
    MessageT,
    Reader,
    Unreadable,
    cents,
    choice,
    code,
    date,
    flag,
    required,
    several,
    text,
    thousandths,
)
from adjudicator.wire.pipeline import Pipelines
from adjudicator.wire.status import submit_error
from adjudicator.x12.era import write_835

CHUNK_CHARACTERS = 64 * 1024
"""An 835 travels in pieces of this size."""
MIDNIGHT = "0000"
"""Production time of an 835: what is downloaded twice is the same twice."""
PATIENCE_SECONDS = 0.01
"""How long a stream waits before it offers its claims to a full intake again."""


class UseCases(NamedTuple):
    """What the methods ask."""

    claims: Claims
    intake: Intake
    reviews: Reviews
    payments: Payments
    accumulators: Accumulators
    policies: PoliciesInForce
    reload: PolicyReload


def handlers_of(use_cases: UseCases, door: Door, streams: Pipelines) -> tuple[grpc.GenericRpcHandler, ...]:
    """The handlers of every method of the contract, as a gRPC server takes them.

    Args:
        use_cases: what the methods ask.
        door: the way in for every call.
        streams: where open streams are kept, so that they can be drained.
    """
    claims = ClaimMethods(use_cases, streams)
    remittances = RemittanceMethods(use_cases)
    reviews = ReviewMethods(use_cases)
    policies = PolicyMethods(use_cases)
    accumulators = AccumulatorMethods(use_cases)
    return (
        grpc.method_handlers_generic_handler(
            "adjudicator.v1.ClaimService",
            dict(
                (
                    door.unary(claims.submit, claims_pb2.SubmitClaimRequest),
                    door.both_ways(claims.submit_many, claims_pb2.SubmitClaimsRequest),
                    door.unary(claims.estimate, claims_pb2.EstimateClaimRequest),
                    door.unary(claims.get, claims_pb2.GetClaimRequest),
                    door.unary(claims.list, claims_pb2.ListClaimsRequest),
                    door.unary(claims.explain, claims_pb2.ExplainClaimRequest),
                )
            ),
        ),
        grpc.method_handlers_generic_handler(
            "adjudicator.v1.RemittanceService",
            dict(
                (
                    door.unary(remittances.list, remittances_pb2.ListRemittancesRequest),
                    door.unary(remittances.get, remittances_pb2.GetRemittanceRequest),
                    door.downstream(remittances.download, remittances_pb2.Download835Request),
                )
            ),
        ),
        grpc.method_handlers_generic_handler(
            "adjudicator.v1.ReviewService",
            dict(
                (
                    door.unary(reviews.list, reviews_pb2.ListTasksRequest),
                    door.unary(reviews.get, reviews_pb2.GetTaskRequest),
                    door.unary(reviews.rule, reviews_pb2.RuleRequest),
                    door.unary(reviews.preview, reviews_pb2.PreviewRulingRequest),
                )
            ),
        ),
        grpc.method_handlers_generic_handler(
            "adjudicator.v1.PolicyService", dict((door.unary(policies.reload, policies_pb2.ReloadPoliciesRequest),))
        ),
        grpc.method_handlers_generic_handler(
            "adjudicator.v1.AccumulatorService",
            dict((door.unary(accumulators.get, accumulators_pb2.GetAccumulatorsRequest),)),
        ),
    )


class ClaimMethods:
    """ClaimService."""

    def __init__(self, use_cases: UseCases, streams: Pipelines) -> None:
        self._claims = use_cases.claims
        self._intake = use_cases.intake
        self._policies = use_cases.policies
        self._streams = streams

    def submit(self, caller: Principal, request: claims_pb2.SubmitClaimRequest) -> claims_pb2.SubmitClaimResponse:
        """SubmitClaim."""
        submission = Submission(**_fields(SUBMISSION, request))
        (answer,) = self._intake.submit(caller, [submission])
        if isinstance(answer, ServiceError):
            raise answer
        return claims_pb2.SubmitClaimResponse(decision=self._decision(caller, answer))

    def submit_many(
        self, caller: Principal, requests: Iterator[claims_pb2.SubmitClaimsRequest]
    ) -> Iterator[claims_pb2.SubmitClaimsResponse]:
        """SubmitClaims."""
        for answers in self._streams.answers(requests, partial(self._answers, caller)):
            results = [self._result(caller, request_id, answer) for request_id, answer in answers]
            yield claims_pb2.SubmitClaimsResponse(results=results)

    def estimate(self, caller: Principal, request: claims_pb2.EstimateClaimRequest) -> claims_pb2.EstimateClaimResponse:
        """EstimateClaim."""
        record = self._claims.estimate(caller, **_fields(ESTIMATE, request))
        return claims_pb2.EstimateClaimResponse(decision=self._decision(caller, record))

    def get(self, caller: Principal, request: claims_pb2.GetClaimRequest) -> claims_pb2.GetClaimResponse:
        """GetClaim."""
        record = self._claims.get(caller, **_fields(GET_CLAIM, request))
        return claims_pb2.GetClaimResponse(
            request_id=record.request_id,
            claim=claim_to_proto(record.case.claim),
            decision=self._decision(caller, record),
        )

    def list(self, caller: Principal, request: claims_pb2.ListClaimsRequest) -> claims_pb2.ListClaimsResponse:
        """ListClaims."""
        fields = _fields(LIST_CLAIMS, request)
        page = {name: fields.pop(name) for name in PAGE if name in fields}
        records, token = self._claims.list(caller, ClaimFilter(**fields), **page)
        return claims_pb2.ListClaimsResponse(claims=map(summary_to_proto, records), next_page_token=token)

    def explain(self, caller: Principal, request: claims_pb2.ExplainClaimRequest) -> claims_pb2.ExplainClaimResponse:
        """ExplainClaim."""
        fields = _fields(EXPLAIN_CLAIM, request)
        register, rule = fields.get("register", Register.BILLER), fields.get("rule", "")
        if register is not Register.BILLER and audience_of(caller) is not Audience.INTERNAL:
            raise NotPermitted(f"The explanation for a {register.value} is for the payer's own people.")
        record = self._claims.get(caller, fields["claim_id"])
        policies = self._policies.of(record.policy_digest)
        if rule and register is not Register.AUDITOR:
            raise InvalidRequest(
                (Violation("rule", "only an auditor's explanation tells of one rule; leave it empty"),)
            )
        if rule and not knows_rule(rule, policies):
            raise InvalidRequest((Violation("rule", "found no such rule; write the name of one from a finding"),))
        told = explain(
            record.case,
            record.decision,
            policies,
            register,
            rule=rule,
            policy_digest=record.policy_digest,
            engine_version=record.engine_version,
        )
        return claims_pb2.ExplainClaimResponse(text=told)

    def _answers(self, caller: Principal, message: claims_pb2.SubmitClaimsRequest) -> Sequence[tuple[str, Answer]]:
        """What becomes of the claims of one message, in their order; one that cannot be read leaves the others alone."""
        read: list[Submission | InvalidRequest] = []
        for request in message.requests:
            try:
                read.append(Submission(**_fields(SUBMISSION, request)))
            except InvalidRequest as unreadable:
                read.append(unreadable)
        submissions = [one for one in read if isinstance(one, Submission)]
        decided = iter(self._submit_patiently(caller, submissions))
        return [
            (request.request_id, next(decided) if isinstance(one, Submission) else one)
            for request, one in zip(message.requests, read, strict=True)
        ]

    def _submit_patiently(self, caller: Principal, submissions: Sequence[Submission]) -> Sequence[Answer]:
        """Offer claims until the intake has room for them: a stream is held back, not refused."""
        if not submissions:
            return ()
        while True:
            try:
                return self._intake.submit(caller, submissions)
            except Overloaded:
                time.sleep(PATIENCE_SECONDS)

    def _result(self, caller: Principal, request_id: str, answer: Answer) -> claims_pb2.SubmitClaimResult:
        if isinstance(answer, ServiceError):
            return claims_pb2.SubmitClaimResult(request_id=request_id, error=submit_error(answer))
        return claims_pb2.SubmitClaimResult(request_id=request_id, decision=self._decision(caller, answer))

    def _decision(self, caller: Principal, record: ClaimRecord) -> decision_pb2.Decision:
        return decision_to_proto(record, audience_of(caller), self._policies.of(record.policy_digest))


class RemittanceMethods:
    """RemittanceService."""

    def __init__(self, use_cases: UseCases) -> None:
        self._payments = use_cases.payments
        self._policies = use_cases.policies

    def list(
        self, caller: Principal, request: remittances_pb2.ListRemittancesRequest
    ) -> remittances_pb2.ListRemittancesResponse:
        """ListRemittances."""
        found, token = self._payments.list(caller, **_fields(LIST_REMITTANCES, request))
        return remittances_pb2.ListRemittancesResponse(
            remittances=[remittance_to_proto(summary, summary.paid_cents, summary.claim_count) for summary in found],
            next_page_token=token,
        )

    def get(
        self, caller: Principal, request: remittances_pb2.GetRemittanceRequest
    ) -> remittances_pb2.GetRemittanceResponse:
        """GetRemittance."""
        remittance = self._payments.get(caller, **_fields(GET_REMITTANCE, request))
        return remittances_pb2.GetRemittanceResponse(
            remittance=remittance_to_proto(remittance, remittance.paid_cents, len(remittance.claims)),
            claims=map(remitted_to_proto, remittance.claims),
        )

    def download(
        self, caller: Principal, request: remittances_pb2.Download835Request
    ) -> Iterator[remittances_pb2.Download835Response]:
        """Download835."""
        remittance = self._payments.get(caller, **_fields(DOWNLOAD_835, request))
        written = "".join(
            write_835(
                [remittance],
                self._policies().payer.on(remittance.paid_on),
                interchange_control_number=_control_number(remittance.trace_number),
                created_on=remittance.paid_on,
                created_at=MIDNIGHT,
                test=False,
            )
        )
        for start in range(0, len(written), CHUNK_CHARACTERS):
            yield remittances_pb2.Download835Response(text=written[start : start + CHUNK_CHARACTERS])


class ReviewMethods:
    """ReviewService."""

    def __init__(self, use_cases: UseCases) -> None:
        self._reviews = use_cases.reviews
        self._claims = use_cases.claims
        self._policies = use_cases.policies

    def list(self, caller: Principal, request: reviews_pb2.ListTasksRequest) -> reviews_pb2.ListTasksResponse:
        """ListTasks."""
        tasks, token = self._reviews.list_tasks(caller, **_fields(LIST_TASKS, request))
        return reviews_pb2.ListTasksResponse(tasks=self._told(tasks), next_page_token=token)

    def get(self, caller: Principal, request: reviews_pb2.GetTaskRequest) -> reviews_pb2.GetTaskResponse:
        """GetTask."""
        task = self._reviews.get_task(caller, **_fields(GET_TASK, request))
        record = self._claims.get(caller, task.claim_id)
        return reviews_pb2.GetTaskResponse(
            task=task_to_proto(task, self._reviews.today()),
            claim=claim_to_proto(record.case.claim),
            decision=self._decision(caller, record),
            earlier_rulings=map(earlier_ruling_to_proto, self._reviews.earlier_rulings(caller, task.task_id)),
        )

    def rule(self, caller: Principal, request: reviews_pb2.RuleRequest) -> reviews_pb2.RuleResponse:
        """Rule."""
        fields = _fields(RULE, request)
        record = self._reviews.rule(caller, fields.pop("task_id"), GivenRuling(**fields))
        return reviews_pb2.RuleResponse(decision=self._decision(caller, record))

    def preview(
        self, caller: Principal, request: reviews_pb2.PreviewRulingRequest
    ) -> reviews_pb2.PreviewRulingResponse:
        """PreviewRuling."""
        fields = _fields(PREVIEW_RULING, request)
        seen = self._reviews.preview(caller, fields.pop("task_id"), GivenRuling(**fields))
        return reviews_pb2.PreviewRulingResponse(
            decision=self._decision(caller, seen.record),
            changes=map(change_to_proto, seen.changes),
            tasks=self._told(seen.tasks),
        )

    def _told(self, tasks: Sequence[Task]) -> Iterator[reviews_pb2.Task]:
        today = self._reviews.today()
        return (task_to_proto(task, today) for task in tasks)

    def _decision(self, caller: Principal, record: ClaimRecord) -> decision_pb2.Decision:
        return decision_to_proto(record, audience_of(caller), self._policies.of(record.policy_digest))


class PolicyMethods:
    """PolicyService."""

    def __init__(self, use_cases: UseCases) -> None:
        self._reload = use_cases.reload

    def reload(self, caller: Principal, _: policies_pb2.ReloadPoliciesRequest) -> policies_pb2.ReloadPoliciesResponse:
        """ReloadPolicies."""
        reloaded = self._reload.asked_by(caller)
        outcome = policies_pb2.RELOAD_OUTCOME_UNCHANGED
        if reloaded.mistakes:
            outcome = policies_pb2.RELOAD_OUTCOME_REFUSED
        elif reloaded.digest != reloaded.before:
            outcome = policies_pb2.RELOAD_OUTCOME_CHANGED
        return policies_pb2.ReloadPoliciesResponse(
            outcome=outcome,
            policy_digest=reloaded.digest,
            previous_policy_digest=reloaded.before,
            mistakes=[
                policies_pb2.PolicyMistake(
                    file=mistake.file, line=mistake.line, path=mistake.path, message=mistake.message
                )
                for mistake in reloaded.mistakes
            ],
        )


class AccumulatorMethods:
    """AccumulatorService."""

    def __init__(self, use_cases: UseCases) -> None:
        self._accumulators = use_cases.accumulators

    def get(
        self, caller: Principal, request: accumulators_pb2.GetAccumulatorsRequest
    ) -> accumulators_pb2.GetAccumulatorsResponse:
        """GetAccumulators."""
        totals = self._accumulators.get(caller, **_fields(GET_ACCUMULATORS, request))
        return accumulators_pb2.GetAccumulatorsResponse(
            totals=[
                accumulators_pb2.AccumulatorTotal(
                    owner=total.owner,
                    accumulator=total.accumulator,
                    tier=total.tier,
                    period_start=total.period_start.isoformat(),
                    used_cents=total.used_cents,
                    limit_cents=total.limit_cents,
                    over_cents=total.over_cents,
                    credited_cents=total.credited_cents,
                    entries=[
                        accumulators_pb2.RecordedEntry(
                            source=entry.source,
                            source_id=entry.source_id,
                            served_on=entry.served_on.isoformat() if entry.served_on else "",
                            amount_cents=entry.amount_cents,
                            recorded_on=entry.recorded_on.isoformat(),
                            plan=entry.plan,
                            carried=entry.carried,
                        )
                        for entry in total.entries
                    ],
                )
                for total in totals
            ]
        )


def _control_number(trace_number: str) -> int:
    """The interchange's number (ISA13): a remittance has the same however often it is downloaded."""
    digest = hashlib.sha256(trace_number.encode()).digest()
    return int.from_bytes(digest) % 999_999_999 + 1


def _fields(reader: Reader[MessageT], request: MessageT) -> dict[str, Any]:
    """A request's fields by name.

    Raises:
        InvalidRequest: with every violation.
    """
    try:
        return reader.values(request)
    except Unreadable as unreadable:
        violations = (Violation(path.removeprefix("."), said) for path, said in unreadable.problems)
        raise InvalidRequest(tuple(violations)) from None


LONGEST_REQUEST_ID, LONGEST_NUMBER, LONGEST_TOKEN, LONGEST_RATIONALE = 100, 50, 200, 2000
"""Characters."""

CLAIM = required(Field(claim_from_proto, claim_to_proto), "the claim")
CLAIM_ID = required(code(LONGEST_NUMBER), "our number of the claim")
TRACE_NUMBER = required(code(LONGEST_NUMBER), "the remittance's trace number")
TASK_ID = required(code(LONGEST_NUMBER), "the number of the task")
PAGE = {"page_size": flag(), "page_token": text(LONGEST_TOKEN)}

SUBMISSION = Form(
    claims_pb2.SubmitClaimRequest,
    Submission,
    request_id=required(text(LONGEST_REQUEST_ID), "your own name of this request, 1 to 100 characters"),
    claim=CLAIM,
    received_on=date(),
)
ESTIMATE = Reader(claims_pb2.EstimateClaimRequest, claim=CLAIM, received_on=date())
GET_CLAIM = Reader(claims_pb2.GetClaimRequest, claim_id=CLAIM_ID)
EXPLAIN_CLAIM = Reader(
    claims_pb2.ExplainClaimRequest,
    claim_id=CLAIM_ID,
    register=choice(claims_pb2.Register, {register.value: register for register in Register}),
    rule=text(200),
)
LIST_CLAIMS = Reader(
    claims_pb2.ListClaimsRequest,
    patient_control_number=text(38),
    member_id=code(80),
    billing_npi=code(80),
    dispositions=several(
        choice(decision_pb2.Disposition, {disposition.value: disposition for disposition in Disposition}),
        len(Disposition),
    ),
    received_from=date(),
    received_through=date(),
    **PAGE,
)
LIST_REMITTANCES = Reader(remittances_pb2.ListRemittancesRequest, paid_from=date(), paid_through=date(), **PAGE)
GET_REMITTANCE = Reader(remittances_pb2.GetRemittanceRequest, trace_number=TRACE_NUMBER)
DOWNLOAD_835 = Reader(remittances_pb2.Download835Request, trace_number=TRACE_NUMBER)
LIST_TASKS = Reader(reviews_pb2.ListTasksRequest, queue=text(LONGEST_NUMBER), due_through=date(), **PAGE)
GET_TASK = Reader(reviews_pb2.GetTaskRequest, task_id=TASK_ID)
GET_ACCUMULATORS = Reader(
    accumulators_pb2.GetAccumulatorsRequest, member_id=required(code(80), "the member's number"), as_of=date()
)
RULING = {
    "task_id": TASK_ID,
    "verdict": choice(reviews_pb2.RulingVerdict, {verdict.value: verdict for verdict in RulingVerdict}, required=True),
    "rationale": required(text(LONGEST_RATIONALE), "why, for whoever asks later"),
    "group": code(2),
    "carc": code(5),
    "remarks": several(code(5), 5),
    "covered_quantity_thousandths": thousandths(),
    "price_cents": cents(),
}
RULE = Reader(reviews_pb2.RuleRequest, **RULING)
PREVIEW_RULING = Reader(reviews_pb2.PreviewRulingRequest, **RULING)
