"""Are services billed of which the payer says that they are never both given (domain/02 row I2, mutually exclusive procedures).

Which services these are stands in the code-editing document; the publisher's own pairs are ``bundling``'s. Of two such
services the one that the document names first to be paid is paid. Across claims they are compared as pairs are: what an
earlier claim was paid denies the other here, and what would take a payment back waits for a person.
"""

from collections.abc import Iterable, Iterator, Sequence

from adjudicator.edits.bundling import payable_lines
from adjudicator.edits.services import Service, earlier_services, own_services
from adjudicator.model.case import Case, LineState
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.editing_rules import ExclusiveServices
from adjudicator.policy.policy_set import PolicySet

ALWAYS, UNLESS_MODIFIED = "exclusive.always", "exclusive.unless-modified"
OTHER_WAITS, OTHER_WAS_PAID = "exclusive.other-waits", "exclusive.other-was-paid"
RULES = (ALWAYS, UNLESS_MODIFIED, OTHER_WAITS, OTHER_WAS_PAID)

_Other = tuple[Service, ExclusiveServices]
"""The service beside which another is not paid, and the row that says so."""


def mutually_exclusive(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No two services that the payer holds to exclude each other are paid to one provider for one patient and day."""
    own = [service for service in own_services(case) if service.number in standing]
    earlier = [service for service in earlier_services(case) if service.state is not LineState.DENIED]
    if not any(_rows(policies, service) for service in (*own, *earlier)):
        return
    here = {service.number: list(_excluding(policies, service, own)) for service in own}
    on_file = {service.number: list(_excluding(policies, service, earlier)) for service in own}
    paid = {
        number: [(other, row) for other, row in found if other.state is LineState.PAID]
        for number, found in on_file.items()
    }
    payable = payable_lines(here, frozenset(number for number, found in paid.items() if found))
    for service in own:
        for other, row in (*here[service.number], *paid[service.number]):
            if service.number not in payable and (other.number in payable or other.state is LineState.PAID):
                apart = "no modifier on either tells them apart" if row.partable else "no modifier can tell them apart"
                yield policies.answer(UNLESS_MODIFIED if row.partable else ALWAYS, service.first).finding(
                    f"Procedure {service.procedure} of line {service.number} on {service.first} is never given beside "
                    f"{other.procedure}, {other.told}; {apart}. Policy: {row.quote}",
                    service.number,
                )
        for other, row in on_file[service.number]:
            if other.state is LineState.PENDED:
                yield policies.answer(OTHER_WAITS, service.first).finding(
                    f"Procedure {service.procedure} of line {service.number} is never given beside {other.procedure}, "
                    f"{other.told}, which is not decided yet. Policy: {row.quote}",
                    service.number,
                )
        for excluded in earlier if service.number in payable else ():
            if excluded.state is LineState.PAID:
                for _, row in _excluding(policies, excluded, [service]):
                    yield policies.answer(OTHER_WAS_PAID, service.first).finding(
                        f"Procedure {excluded.procedure}, {excluded.told}, is never given beside {service.procedure} of line "
                        f"{service.number} on {service.first}, and was paid already. Policy: {row.quote}",
                        service.number,
                    )


def _excluding(policies: PolicySet, service: Service, others: Sequence[Service]) -> Iterator[_Other]:
    """The services beside which a service is not paid, each once, with the first row that says so."""
    editing, rows = policies.coding_on(service.first).editing, _rows(policies, service)
    if editing is None or not rows:
        return
    for other in others:
        if (
            other.procedure == service.procedure
            or not other.shares_a_day_with(service)
            or not other.is_by_the_provider_of(service, editing)
        ):
            continue
        for row in rows:
            if other.procedure in row.beside and not (other.has(row.apart) or service.has(row.apart)):
                yield other, row
                break


def _rows(policies: PolicySet, service: Service) -> Sequence[ExclusiveServices]:
    """The rows that name a service as the one that is not paid."""
    editing = policies.coding_on(service.first).editing
    return editing.exclusive_by_procedure.naming(service.procedure) if editing else ()
