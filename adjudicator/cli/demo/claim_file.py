"""Writes the demo payer's sample claims as one X12 837P file, whose interchanges are the scenario files."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby

from adjudicator.cli.demo.samples import RECEIVED_ON, OtherPayer, SampleClaim, SampleInterchange, SampleLine
from adjudicator.cli.demo.senders import Senders, Submitter
from adjudicator.model.case import Member
from adjudicator.model.claim import Provider
from adjudicator.model.money import cents_from_text, dollars

PAYER_NAME, PAYER_ID = "MEADOWLARK MUTUAL", "MDWLK"
GUIDE = "005010X222A1"
_SELF, NOBODY = "18", "nobody"

Segment = tuple["str | tuple[str, ...]", ...]
"""Elements; an element that is a tuple is a composite."""


def write_837(interchanges: Iterable[SampleInterchange], senders: Senders, members: Mapping[str, Member]) -> str:
    """The interchanges as one file, a segment a line; one transaction for each billing provider in turn.

    Args:
        interchanges: what to write.
        senders: whom the claims name.
        members: everybody on file, by member number.
    """
    return "".join(_Interchange(interchange, senders, members).text() for interchange in interchanges)


class _Interchange:
    """One interchange while it is written."""

    def __init__(self, sample: SampleInterchange, senders: Senders, members: Mapping[str, Member]) -> None:
        self._sample = sample
        self._senders = senders
        self._members = members

    def text(self) -> str:
        sample = self._sample
        submitter = self._senders.submitters[sample.submitter]
        day, number = RECEIVED_ON.strftime("%y%m%d"), f"{sample.control_number:09d}"
        transactions = [
            list(self._transaction(f"{position:04d}", submitter, tuple(claims)))
            for position, (_, claims) in enumerate(
                groupby(sample.claim, lambda claim: (claim.billing, claim.report_only)), start=1
            )
        ]
        segments: list[Segment] = [
            ("ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{submitter.identifier:<15}", "ZZ", f"{PAYER_ID:<15}", day,
             "0800", sample.repetition, "00501", number, "0", "T" if sample.test else "P", sample.component),
            ("GS", "HC", submitter.identifier, PAYER_ID, f"20{day}", "0800", str(sample.control_number), "X", GUIDE),
            *(segment for transaction in transactions for segment in transaction),
            ("GE", str(len(transactions)), str(sample.control_number)),
            ("IEA", "1", number),
        ]  # fmt: skip
        return "".join(
            sample.element.join(
                element if isinstance(element, str) else sample.component.join(element).rstrip(sample.component)
                for element in segment
            ).rstrip(sample.element)
            + f"{sample.segment}\n"
            for segment in segments
        )

    def _transaction(self, number: str, submitter: Submitter, claims: tuple[SampleClaim, ...]) -> Iterator[Segment]:
        body = list(self._body(number, submitter, claims))
        yield ("ST", "837", number, GUIDE)
        yield from body
        yield ("SE", str(len(body) + 2), number)

    def _body(self, number: str, submitter: Submitter, claims: tuple[SampleClaim, ...]) -> Iterator[Segment]:
        reference = f"DEMO{claims[0].billing.upper()}{number}"
        purpose = "RP" if claims[0].report_only else "CH"
        yield ("BHT", "0019", "00", reference, RECEIVED_ON.strftime("%Y%m%d"), "0800", purpose)
        yield ("NM1", "41", "2", submitter.name, "", "", "", "", "46", submitter.identifier)
        yield ("PER", "IC", "DEMO DESK", "TE", "4025550111")
        yield ("NM1", "40", "2", PAYER_NAME, "", "", "", "", "46", PAYER_ID)
        billing_level = level = 0
        billing: tuple[Segment, ...] = ()
        for claim in claims:
            if (told := tuple(_billing(claim, self._senders.billing[claim.billing].provider))) != billing:
                billing = told
                level += 1
                billing_level = level
                yield ("HL", str(level), "", "20", "1")
                yield from billing
            member = self._members[claim.patient]
            subscriber = self._members[claim.subscriber or f"{claim.patient[:6]}01"]
            level += 1
            is_self = claim.as_subscriber or member.relationship == _SELF
            yield ("HL", str(level), str(billing_level), "22", "0" if is_self else "1")
            yield from _subscriber(claim, member if is_self else subscriber, is_self=is_self)
            if not is_self:
                level += 1
                yield ("HL", str(level), str(level - 1), "23", "0")
                yield ("PAT", member.relationship)
                yield ("NM1", "QC", "1", claim.last_name or member.last_name, claim.first_name or member.first_name)
                yield from _lives_and_born(claim, member)
            yield from _sent_otherwise(self._claim(claim), claim.sent)

    def _claim(self, claim: SampleClaim) -> Iterator[Segment]:
        place = claim.lines[0].place
        total = claim.total or _sum(line.charge for line in claim.lines)
        yield (
            *("CLM", claim.number, _amount(total), "", "", (place, "B", claim.frequency), "Y", "A"),
            *(claim.benefits_assigned, "Y", "", claim.related_causes, claim.special_program),
            *("", "", "", "", "", "", "", claim.delay_reason),
        )
        for qualifier, day in (
            ("439", claim.accident_date),
            ("435", claim.admission_date),
            ("090", claim.assumed_care_date),
            ("091", claim.relinquished_care_date),
        ):
            if day:
                yield ("DTP", qualifier, "D8", day.strftime("%Y%m%d"))
        for qualifier, number in (
            ("4N", claim.authorization_exception),
            ("9F", claim.referral),
            ("G1", claim.authorization),
            ("F8", claim.original_claim),
            ("X4", claim.clia),
        ):
            if number:
                yield ("REF", qualifier, number)
        if claim.note:
            yield ("NTE", "ADD", claim.note)
        if claim.diagnoses:
            principal, *others = claim.diagnoses
            yield ("HI", ("ABK", principal), *(("ABF", code) for code in others))
        if claim.referring:
            yield from self._practitioner("DN", claim.referring)
        rendering = claim.rendering or self._senders.billing[claim.billing].rendering
        if rendering and rendering != NOBODY:
            yield from self._practitioner("82", rendering)
        if claim.facility:
            yield from self._facility(claim.facility)
        for payer in claim.other_payers:
            yield from _other_payer(payer, self._members[claim.patient])
        for position, line in enumerate(claim.lines, start=1):
            yield ("LX", str(position))
            yield from self._line(line, f"{claim.number}-{position}", place)

    def _line(self, line: SampleLine, control_number: str, claim_place: str) -> Iterator[Segment]:
        modifiers = (*line.modifiers, "", "", "", "")[:4] if line.description else line.modifiers
        yield (
            "SV1",
            ("HC", line.procedure, *modifiers, line.description),
            _amount(line.charge),
            *(line.unit_basis, line.units, line.place if line.place != claim_place else "", ""),
            tuple(str(pointer) for pointer in line.pointers),
            *("", "Y" if line.emergency else "", "", "Y" if line.screening_program else "", "", "", ""),
            "0" if line.copay_exempt else "",
        )
        days = [day.strftime("%Y%m%d") for day in (line.date, line.through) if day]
        yield ("DTP", "472", "D8" if len(days) == 1 else "RD8", "-".join(days))
        if line.authorization:
            yield ("REF", "G1", line.authorization)
        yield ("REF", "6R", control_number)
        if line.clia:
            yield ("REF", "X4", line.clia)
        if line.note:
            yield ("NTE", "ADD", line.note)
        if line.purchased:
            yield ("PS1", self._senders.practitioners[line.purchased].npi, _amount(line.charge))
        if line.ndc:
            code, quantity, unit = line.ndc.split()
            yield ("LIN", "", "N4", code)
            yield ("CTP", "", "", "", quantity, unit)
        for role, practitioner in (("82", line.rendering), ("DK", line.ordering), ("DN", line.referring)):
            if practitioner:
                yield from self._practitioner(role, practitioner)

    def _practitioner(self, role: str, key: str) -> Iterator[Segment]:
        who = self._senders.practitioners[key]
        yield ("NM1", role, "1", who.name, who.first_name, *(("", "", "", "XX", who.npi) if who.npi else ()))
        if role == "82" and who.taxonomy:
            yield ("PRV", "PE", "PXC", who.taxonomy)

    def _facility(self, key: str) -> Iterator[Segment]:
        where = self._senders.facilities[key]
        yield ("NM1", "77", "2", where.name, "", "", "", "", "XX", where.npi)
        yield ("N3", where.address.line_1)
        yield ("N4", where.address.city, where.address.state, where.address.postal_code)


def _billing(claim: SampleClaim, billing: Provider) -> Iterator[Segment]:
    npi = billing.npi if claim.npi is None else claim.npi
    tax_id = billing.tax_id if claim.tax_id is None else claim.tax_id
    yield ("PRV", "BI", "PXC", billing.taxonomy)
    yield ("NM1", "85", "2", billing.name, *(("", "", "", "", "XX", npi) if npi else ()))
    yield ("N3", billing.address.line_1)
    yield ("N4", billing.address.city, billing.address.state, billing.address.postal_code)
    if tax_id:
        yield ("REF", "EI", tax_id)


def _subscriber(claim: SampleClaim, member: Member, *, is_self: bool) -> Iterator[Segment]:
    last_name = (is_self and claim.last_name) or member.last_name
    first_name = (is_self and claim.first_name) or member.first_name
    relationship = _SELF if is_self else ""
    yield ("SBR", claim.responsibility, relationship, "DEMO GROUP", *("",) * 5, claim.filing_indicator)
    yield ("NM1", "IL", "1", last_name, first_name, "", "", "", "MI", claim.member_id or member.member_id)
    if is_self:
        yield from _lives_and_born(claim, member)
    yield ("NM1", "PR", "2", PAYER_NAME, "", "", "", "", "PI", claim.payer or PAYER_ID)


def _lives_and_born(claim: SampleClaim, member: Member) -> Iterator[Segment]:
    born = claim.birth_date or member.birth_date
    yield ("N3", f"{int(member.family_id.removeprefix('FF'))} FICTION LANE")
    yield ("N4", "SAMPLETON", "NE", "68001")
    yield ("DMG", "D8", born.strftime("%Y%m%d"), claim.sex or member.sex.value)


def _other_payer(payer: OtherPayer, insured: Member) -> Iterator[Segment]:
    yield ("SBR", payer.responsibility, _SELF, "", "", "", "", "", "", payer.filing_indicator)
    for group in dict.fromkeys(reason.partition("-")[0] for reason in payer.adjustments):
        told = [
            (reason.removeprefix(f"{group}-"), _amount(amount), "")
            for reason, amount in payer.adjustments.items()
            if reason.startswith(f"{group}-")
        ]
        yield ("CAS", group, *chain.from_iterable(told))
    if payer.paid:
        yield ("AMT", "D", _amount(payer.paid))
    yield ("OI", "", "", "Y", "", "", "Y")
    yield ("NM1", "IL", "1", insured.last_name, insured.first_name, "", "", "", "MI", f"OTHER{insured.member_id}")
    yield ("NM1", "PR", "2", payer.name, "", "", "", "", "PI", payer.identifier)
    if payer.decided:
        yield ("DTP", "573", "D8", payer.decided.strftime("%Y%m%d"))


def _sent_otherwise(segments: Iterator[Segment], sent: Mapping[str, str]) -> Iterator[Segment]:
    """The segments, with the first of each named kind sent as told: ``SV102`` is the second element of an SV1."""
    waiting = dict(sent)
    for segment in segments:
        changed = list(segment)
        for place in [place for place in waiting if place[:-2] == segment[0]]:
            position = int(place[-2:])
            changed += [""] * (position + 1 - len(changed))
            changed[position] = waiting.pop(place)
        yield tuple(changed)


def _sum(charges: Iterator[str]) -> str:
    return dollars(sum(cents_from_text(charge) for charge in charges)).replace(",", "")


def _amount(written: str) -> str:
    """An amount as X12 writes it, without zeros that say nothing."""
    return written.rstrip("0").rstrip(".") if "." in written else written
