"""Has the same service already been sent (domain/02 section 4.1)."""

import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec

from adjudicator.edits.services import repeats, told
from adjudicator.model.case import Case, HistoryLine, LineState
from adjudicator.model.claim import ClaimType, Line
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.policy_set import PolicySet


class _Sent(msgspec.Struct, frozen=True):
    """A line as duplicates are told by it."""

    patient: str
    tax_id: str
    from_date: dt.date | None
    through_date: dt.date | None
    procedure: str
    rendering_npi: str
    modifiers: tuple[str, ...]
    """Sorted."""
    place: str
    quantity_thousandths: int
    charge_cents: int
    told: str
    """What a sentence calls it."""

    @property
    def service(self) -> tuple[object, ...]:
        """Two lines with one service may be duplicates."""
        return (self.patient, self.tax_id, self.from_date, self.through_date, self.procedure)

    @property
    def details(self) -> tuple[object, ...]:
        """Two lines of one service with the same details are duplicates."""
        return (self.rendering_npi, self.modifiers, self.place, self.quantity_thousandths, self.charge_cents)


def exact_duplicate(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line repeats an earlier line of this or another claim in every respect; within a claim the first line stays."""
    for line, sent, earlier in _alike(case, policies, standing):
        same = next((one for one in earlier if one.details == sent.details), None)
        if same is not None:
            yield policies.answer("exact-duplicate", line.from_date or case.received_on).finding(
                f"Line {line.number} repeats {same.told}: same provider, dates, procedure, modifiers, place, units and charge.",
                line.number,
            )


def suspect_duplicate(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """No line bills a service that an earlier line of the same group, patient and dates billed with other details."""
    bypass = policies.payer.on(case.received_on).duplicate_bypass_modifiers
    for line, sent, earlier in _alike(case, policies, standing):
        if any(one.details == sent.details for one in earlier):
            continue  # an exact duplicate, and told as such
        suspect = next((one for one in earlier if not _separated(one, sent, bypass)), None)
        if suspect is not None:
            yield policies.answer("suspect-duplicate", line.from_date or case.received_on).finding(
                f"Line {line.number} may repeat {suspect.told}: same group, patient, dates and procedure, "
                f"with another {_differences(suspect, sent)}.",
                line.number,
            )


def _alike(case: Case, policies: PolicySet, standing: Standing) -> Iterator[tuple[Line, _Sent, list[_Sent]]]:
    """Each line whose service was sent before, with the lines that did; a denied one counts only where the payer says so."""
    claim = case.claim
    if claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    services = dict.fromkeys([(line.procedure, line.from_date) for line in claim.lines])
    if len(services) == len(claim.lines) and not repeats(case):
        return
    history = [
        earlier
        for procedure, day in services
        if day
        for earlier in case.history_from.get(day, ())
        if earlier.procedure == procedure
    ]
    duplicate_of_denied = policies.payer.on(case.received_on).duplicate_of_denied
    seen: dict[tuple[object, ...], list[_Sent]] = {}
    for earlier in _decided(case, history, duplicate_of_denied):
        seen.setdefault(earlier.service, []).append(earlier)
    patient = case.member.member_id if case.member else ""
    for line in claim.lines:
        sent = _Sent(
            patient=patient,
            tax_id=claim.billing.tax_id,
            from_date=line.from_date,
            through_date=line.through_date or line.from_date,
            procedure=line.procedure,
            rendering_npi=line.rendering.npi,
            modifiers=tuple(sorted(line.modifiers)),
            place=line.place_of_service,
            quantity_thousandths=line.quantity_thousandths,
            charge_cents=line.charge_cents,
            told=f"line {line.number} of this claim",
        )
        before = seen.setdefault(sent.service, [])
        if before:
            yield line, sent, before
        if duplicate_of_denied or line.number in standing:
            before.append(sent)


def _decided(case: Case, history: Iterable[HistoryLine], duplicate_of_denied: bool) -> Iterator[_Sent]:
    for earlier in history:
        if earlier.state is LineState.DENIED and not duplicate_of_denied:
            continue
        yield _Sent(
            patient=earlier.member_id,
            tax_id=earlier.billing_tax_id,
            from_date=earlier.from_date,
            through_date=earlier.through_date,
            procedure=earlier.procedure,
            rendering_npi=earlier.rendering_npi,
            modifiers=earlier.modifiers,
            place=earlier.place_of_service,
            quantity_thousandths=earlier.quantity_thousandths,
            charge_cents=earlier.charge_cents,
            told=told(case, earlier),
        )


def _separated(one: _Sent, other: _Sent, bypass: CodeSet) -> bool:
    """Whether a bypass modifier tells two lines apart: one has it, and the other has not."""
    return any(modifier in bypass for modifier in set(one.modifiers) ^ set(other.modifiers))


def _differences(one: _Sent, other: _Sent) -> str:
    differences = {
        "rendering provider": one.rendering_npi != other.rendering_npi,
        "set of modifiers": one.modifiers != other.modifiers,
        "place": one.place != other.place,
        "number of units": one.quantity_thousandths != other.quantity_thousandths,
        "charge": one.charge_cents != other.charge_cents,
    }
    return " and ".join(name for name, differs in differences.items() if differs)
