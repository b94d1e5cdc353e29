"""Who bills and who gives care: may they be paid, and do they belong together (domain/02 section 3.B)."""

import datetime as dt
from collections.abc import Iterable

from adjudicator.model.case import Case, ProviderKind, ProviderRecord
from adjudicator.model.claim import ClaimType, Line, Provider
from adjudicator.model.codes import npi_is_valid, tax_id_is_valid
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet


def billing_provider(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A tax id and an NPI of our contract file belong together there; a misspelt one never makes a provider an outsider."""
    billing = case.claim.billing
    if npi_is_valid(billing.npi) and tax_id_is_valid(billing.tax_id) and _apart(case):
        yield policies.answer("billing-provider.mismatch", case.received_on).finding(
            f"Our provider file knows tax id {billing.tax_id} or NPI {billing.npi}, but not the two together."
        )


def claim_form(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Facilities bill institutional claims, and practitioners bill professional ones."""
    record = case.provider(case.claim.billing.npi)
    if record is None:
        return
    professional = case.claim.claim_type is ClaimType.PROFESSIONAL
    if record.kind is (ProviderKind.FACILITY if professional else ProviderKind.PRACTITIONER):
        sent, right = ("professional", "837I") if professional else ("institutional", "837P")
        yield policies.answer("wrong-form", case.received_on).finding(
            f"The claim is {sent}; our provider file has billing NPI {record.npi} as a {record.kind.value}, "
            f"whose services are billed on the {right}."
        )


def enrolled(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A billing provider on our provider file is enrolled on the day of each line."""
    record = case.provider(case.claim.billing.npi)
    if record is None:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is not None and not record.enrolled_on(day):
            yield policies.answer("billing-provider.not-enrolled", day).finding(
                f"Billing NPI {record.npi} is not enrolled with us on {day}, the day of line {line.number}"
                f"{_last_enrolled(record, day)}.",
                line.number,
            )


def rendering_enrolled(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A rendering provider whose days of enrolment are on our file is enrolled on the day of each line."""
    billed = case.claim.billing.npi
    records = {record.npi: record for record in case.providers if record.enrolled and record.npi != billed}
    if not records:
        return
    for line in case.claim.lines:
        day, npi = line.from_date, line.rendering.npi
        record = records.get(npi)
        if day is not None and record is not None and not record.enrolled_on(day):
            yield policies.answer("rendering-provider.not-enrolled", day).finding(
                f"Rendering NPI {npi} is not enrolled with us on {day}, the day of line {line.number}"
                f"{_last_enrolled(record, day)}.",
                line.number,
            )


def sanctioned(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Nobody who bills, gives, orders or supervises the service is excluded from payment on its day."""
    if not any(record.sanctions for record in case.providers):
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        told = set()
        for part, party in parts(case, line):
            record = case.provider(party.npi)
            sanction = record.sanction_on(day) if record else None
            if sanction is None or party.npi in told:
                continue
            told.add(party.npi)
            yield policies.answer("provider.sanctioned", day).finding(
                f"The {part} provider of line {line.number} (NPI {party.npi}) is excluded from payment on {day}; "
                f"list {sanction.source}, since {sanction.span.effective}.",
                line.number,
            )


def rendering_named(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """A group's professional line names the person who gave the service, by NPI."""
    if case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    billing = case.claim.billing
    record = case.provider(billing.npi)
    if record is None or record.kind is not ProviderKind.GROUP:
        return
    for line in case.claim.lines:
        if not line.rendering.npi:
            because = f"The rendering provider of line {line.number} has no NPI (2310B, 2420A NM109)."
        elif line.rendering.npi == billing.npi:
            because = f"Line {line.number} names no rendering provider (2310B, 2420A), and NPI {billing.npi} bills as a group."
        else:
            continue
        yield policies.answer("rendering-npi.missing", line.from_date or case.received_on).finding(because, line.number)


def rendering_on_roster(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Who gave the service is on the roster of the group that bills, where we hold that roster for the day."""
    billing = case.claim.billing
    group = case.provider(billing.npi)
    if group is None or case.claim.claim_type is not ClaimType.PROFESSIONAL:
        return
    if not tax_id_is_valid(billing.tax_id) or _apart(case):
        return  # whose roster to ask is not known
    substitutes = policies.payer.on(case.received_on).substitute_modifiers
    for line in case.claim.lines:
        day, npi = line.from_date, line.rendering.npi
        if day is None or npi == billing.npi or not npi_is_valid(npi) or not any(s.covers(day) for s in group.roster):
            continue
        record = case.provider(npi)
        belongs = record is not None and any(
            own.tax_id == billing.tax_id and own.span.covers(day) for own in record.groups
        )
        if not belongs and not any(modifier in substitutes for modifier in line.modifiers):
            yield policies.answer("rendering-provider.not-on-roster", day).finding(
                f"Rendering NPI {npi} of line {line.number} is not on the roster of billing NPI {billing.npi} on {day}.",
                line.number,
            )


def relative(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Nobody bills for care given to himself or to his immediate family."""
    if case.member is None:
        return
    family = {record.npi for record in case.providers if record.family_id and record.family_id == case.member.family_id}
    if not family:
        return
    for line in case.claim.lines:
        for part, party in (("rendering", line.rendering), ("billing", case.claim.billing)):
            if party.npi in family:
                yield policies.answer("provider.relative", line.from_date or case.received_on).finding(
                    f"The {part} provider of line {line.number} (NPI {party.npi}) is the patient or of the patient's family.",
                    line.number,
                )
                break


def _apart(case: Case) -> bool:
    """Whether our contract file knows the billing tax id or NPI, but not the two together."""
    billing = case.claim.billing
    together = any((known.tax_id, known.npi) == (billing.tax_id, billing.npi) for known in case.participations)
    return bool(case.participations) and not together


def parts(case: Case, line: Line) -> Iterable[tuple[str, Provider]]:
    """Who takes part in a line, by part."""
    yield "billing", case.claim.billing
    yield "rendering", line.rendering
    stay = case.claim.institutional
    for part, party in (
        ("ordering", line.ordering),
        ("referring", line.referring),
        ("supervising", line.supervising),
        ("attending", stay.attending if stay else None),
        ("operating", stay.operating if stay else None),
    ):
        if party is not None:
            yield part, party


def _last_enrolled(record: ProviderRecord, day: dt.date) -> str:
    """Which enrolment lies nearest before or after a day without one, in words; nothing when there is none."""
    ended = [f"{span.ends}" for span in record.enrolled if span.ended_before(day)]
    begins = [f"{span.effective}" for span in record.enrolled if span.begins_after(day)]
    told = [f"enrolment ended on {max(ended)}"] if ended else []
    told += [f"enrolment begins on {min(begins)}"] if begins else []
    return f"; {' and '.join(told)}" if told else ""
