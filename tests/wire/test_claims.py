"""A claim goes over the wire unchanged, and what cannot be carried is told all at once."""

import datetime as dt
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings

from adjudicator.model.claim import Claim, Provider, Sex
from adjudicator.v1 import claim_pb2 as pb
from adjudicator.wire import claims as wire
from adjudicator.wire.claims import claim_from_proto, claim_to_proto
from adjudicator.wire.forms import Form, Unreadable
from tests.wire.random_claims import claims


def a_claim() -> pb.Claim:
    """A claim of one line with nothing but what every claim needs."""
    return pb.Claim(
        claim_type=pb.CLAIM_TYPE_PROFESSIONAL,
        purpose=pb.PURPOSE_CHARGEABLE,
        patient_control_number="PCN1",
        total_charge_cents=13000,
        billing=pb.Provider(npi="1234567893", tax_id="999000001"),
        subscriber=pb.Subscriber(member_id="TEST0001"),
        diagnoses=[pb.Diagnosis(code="E11.9", kind=pb.DIAGNOSIS_KIND_PRINCIPAL)],
        lines=[a_line()],
    )


def a_line(number: int = 1) -> pb.Line:
    return pb.Line(
        number=number,
        charge_cents=13000,
        from_date="2026-03-02",
        procedure="99213",
        unit_basis=pb.UNIT_BASIS_UNITS,
        quantity_thousandths=1000,
        diagnosis_pointers=[1],
    )


def problems_of(message: pb.Claim) -> dict[str, str]:
    """What is found wrong, by path."""
    with pytest.raises(Unreadable) as caught:
        claim_from_proto(message)
    return dict(caught.value.problems)


@settings(max_examples=60)
@given(claims())
def test_any_claim_comes_back_from_the_wire_as_it_was(claim: Claim):
    message = pb.Claim.FromString(claim_to_proto(claim).SerializeToString())

    assert claim_from_proto(message) == claim


@pytest.mark.parametrize(
    "form", [form for form in vars(wire).values() if isinstance(form, Form)], ids=lambda form: form.value.__name__
)
def test_every_field_of_the_contract_and_of_the_model_is_carried(form: Form):
    shared = set(wire.SHARED) if form.value is Claim else set()

    assert set(form.fields) == set(form.message.DESCRIPTOR.fields_by_name)
    assert set(form.fields) - shared == set(form.value.__struct_fields__)


def test_codes_are_trimmed_and_raised_and_diagnoses_lose_their_point():
    message = a_claim()
    message.lines[0].procedure = " g0121 "
    message.lines[0].modifiers.extend(["pt", " "])
    message.diagnoses[0].code = "e11.9 "

    claim = claim_from_proto(message)

    assert claim.lines[0].procedure == "G0121"
    assert claim.lines[0].modifiers == ("PT",)
    assert claim.diagnoses[0].code == "E119"


def test_what_was_not_sent_is_what_the_model_says():
    claim = claim_from_proto(a_claim())

    assert claim.frequency_code == "1"
    assert claim.subscriber.payer_responsibility == "P"
    assert claim.subscriber.person.sex is Sex.UNKNOWN
    assert claim.provider_signature is True
    assert claim.patient_paid_cents is None


def test_an_amount_of_zero_is_not_an_amount_that_was_not_sent():
    message = a_claim()
    message.patient_paid_cents = 0
    message.provider_signature = False

    claim = claim_from_proto(message)

    assert claim.patient_paid_cents == 0
    assert claim.provider_signature is False


def test_a_line_takes_its_parties_from_the_claim_and_else_from_the_billing_provider():
    message = a_claim()
    message.place_of_service = "11"
    message.rendering.npi = "1999999992"
    message.referring.npi = "1000000004"
    message.authorization_numbers.append("AUTH1")
    own = message.lines.add()
    own.CopyFrom(a_line(2))
    own.place_of_service = "22"
    own.rendering.npi = "1679123459"
    own.authorization_numbers.append("AUTH2")

    first, second = claim_from_proto(message).lines

    assert (first.place_of_service, second.place_of_service) == ("11", "22")
    assert (first.rendering.npi, second.rendering.npi) == ("1999999992", "1679123459")
    assert first.service_facility.npi == second.service_facility.npi == "1234567893"
    assert first.referring == second.referring == Provider(npi="1000000004")
    assert (first.authorization_numbers, second.authorization_numbers) == (("AUTH1",), ("AUTH2",))


def test_what_only_the_engine_can_judge_is_carried():
    message = a_claim()
    message.billing.npi = ""
    message.subscriber.member_id = ""
    message.total_charge_cents = 1
    message.lines[0].from_date = "2100-01-01"
    message.lines[0].procedure = "NOSUCH"
    message.frequency_code = "9"

    claim = claim_from_proto(message)

    assert claim.billing.npi == ""
    assert claim.lines[0].from_date == dt.date(2100, 1, 1)


def test_an_empty_claim_lacks_all_that_every_claim_needs():
    assert set(problems_of(pb.Claim())) == {".claim_type", ".purpose", ".patient_control_number", ".lines"}


def test_everything_wrong_is_told_at_once():
    message = a_claim()
    message.claim_type = 9  # type: ignore[assignment]
    message.total_charge_cents = -1
    message.billing.name = "A\x1dB"
    message.patient.person.birth_date = "1980-02-30"
    message.lines[0].charge_cents = 10_000_000_000
    message.lines[0].quantity_thousandths = -1000
    message.lines[0].diagnosis_pointers.append(13)
    message.lines[0].other_payers.add(paid_cents=1).adjustments.add(amount_cents=10_000_000_000)
    second = message.lines.add()
    second.CopyFrom(a_line(1))
    second.from_date = "03/02/2026"
    second.modifiers.extend(["25", "LONG", "59", "76"])
    second.control_number = "X" * 51

    problems = problems_of(message)

    assert problems == {
        ".claim_type": "found 9; write one of CLAIM_TYPE_PROFESSIONAL, CLAIM_TYPE_INSTITUTIONAL",
        ".total_charge_cents": "found -1; write cents from 0 to 9999999999",
        ".billing.name": "found a control character at position 2; leave it out",
        ".patient.person.birth_date": "found no such date; write a date as YYYY-MM-DD, in the years 1850 to 2199",
        ".lines[0].charge_cents": "found 10000000000; write cents from 0 to 9999999999",
        ".lines[0].quantity_thousandths": (
            "found -1000; write thousandths of the unit, such as 1000 for one, from 1 to 99999999999"
        ),
        ".lines[0].diagnosis_pointers[1]": "found 13; write a position in the diagnoses from 1 to 12",
        ".lines[0].other_payers[0].payer_id": "missing; write the other payer's identifier",
        ".lines[0].other_payers[0].adjustments[0].amount_cents": (
            "found 10000000000; write cents from -9999999999 to 9999999999"
        ),
        ".lines[1].number": "found 1, as on lines[0]; give each line its own number",
        ".lines[1].from_date": "found '03/02/2026'; write a date as YYYY-MM-DD, in the years 1850 to 2199",
        ".lines[1].modifiers[1]": "found 4 characters; write at most 2",
        ".lines[1].control_number": "found 51 characters; write at most 50",
    }


def test_what_is_found_names_no_patient():
    message = a_claim()
    message.subscriber.member_id = "SECRET" * 20
    message.subscriber.person.last_name = "SECRET\n"  # trimmed
    message.subscriber.person.first_name = "SEC\x00RET"
    message.subscriber.person.birth_date = "19800230"

    said = str(problems_of(message))

    assert "SECRET" not in said
    assert "SEC" not in said
    assert "1980" not in said


def with_lines(count: int) -> pb.Claim:
    message = a_claim()
    del message.lines[:]
    message.lines.extend(a_line(number) for number in range(1, count + 1))
    return message


def with_diagnoses(*kinds: int) -> pb.Claim:
    message = a_claim()
    message.claim_type = pb.CLAIM_TYPE_INSTITUTIONAL
    message.institutional.type_of_bill = "0131"
    del message.diagnoses[:]
    message.diagnoses.extend(pb.Diagnosis(code="E119", kind=kind) for kind in kinds)  # type: ignore[arg-type]
    return message


def changed(change: Callable[[pb.Claim], object]) -> pb.Claim:
    message = a_claim()
    change(message)
    return message


OTHER, ADMITTING = pb.DIAGNOSIS_KIND_OTHER, pb.DIAGNOSIS_KIND_ADMITTING

BOUNDARIES = {
    "50 lines of a professional claim": (with_lines(50), with_lines(51), ".lines"),
    "12 diagnoses of a professional claim": (
        changed(lambda claim: claim.diagnoses.extend([pb.Diagnosis(code="I10", kind=OTHER)] * 11)),
        changed(lambda claim: claim.diagnoses.extend([pb.Diagnosis(code="I10", kind=OTHER)] * 12)),
        ".diagnoses",
    ),
    "25 principal and other diagnoses of an institutional claim": (
        with_diagnoses(*[OTHER] * 25, ADMITTING),
        with_diagnoses(*[OTHER] * 26),
        ".diagnoses",
    ),
    "one admitting diagnosis": (with_diagnoses(ADMITTING), with_diagnoses(ADMITTING, ADMITTING), ".diagnoses"),
    "4 modifiers": (
        changed(lambda claim: claim.lines[0].modifiers.extend("ABCD")),
        changed(lambda claim: claim.lines[0].modifiers.extend("ABCDE")),
        ".lines[0].modifiers",
    ),
    "4 pointers": (
        changed(lambda claim: claim.lines[0].diagnosis_pointers.extend([2, 3, 4])),
        changed(lambda claim: claim.lines[0].diagnosis_pointers.extend([2, 3, 4, 5])),
        ".lines[0].diagnosis_pointers",
    ),
    "pointer 12": (
        changed(lambda claim: claim.lines[0].diagnosis_pointers.append(12)),
        changed(lambda claim: claim.lines[0].diagnosis_pointers.append(0)),
        ".lines[0].diagnosis_pointers[1]",
    ),
    "38 characters of the patient control number": (
        changed(lambda claim: setattr(claim, "patient_control_number", " " + "P" * 38)),
        changed(lambda claim: setattr(claim, "patient_control_number", "P" * 39)),
        ".patient_control_number",
    ),
    "99,999,999.99 dollars": (
        changed(lambda claim: setattr(claim.lines[0], "charge_cents", 9_999_999_999)),
        changed(lambda claim: setattr(claim.lines[0], "charge_cents", 10_000_000_000)),
        ".lines[0].charge_cents",
    ),
    "a charge of nothing": (
        changed(lambda claim: setattr(claim.lines[0], "charge_cents", 0)),
        changed(lambda claim: setattr(claim.lines[0], "charge_cents", -1)),
        ".lines[0].charge_cents",
    ),
    "a thousandth of a unit": (
        changed(lambda claim: setattr(claim.lines[0], "quantity_thousandths", 1)),
        changed(lambda claim: setattr(claim.lines[0], "quantity_thousandths", 0)),
        ".lines[0].quantity_thousandths",
    ),
    "line number 1": (
        changed(lambda claim: setattr(claim.lines[0], "number", 1)),
        changed(lambda claim: setattr(claim.lines[0], "number", 0)),
        ".lines[0].number",
    ),
    "a day of a leap year": (
        changed(lambda claim: setattr(claim.lines[0], "from_date", "2028-02-29")),
        changed(lambda claim: setattr(claim.lines[0], "from_date", "2026-02-29")),
        ".lines[0].from_date",
    ),
    "a date with hyphens": (
        changed(lambda claim: setattr(claim.lines[0], "from_date", "2026-03-02")),
        changed(lambda claim: setattr(claim.lines[0], "from_date", "20260302")),
        ".lines[0].from_date",
    ),
    "a date of years, months and days": (
        changed(lambda claim: setattr(claim.lines[0], "from_date", " 2026-03-02 ")),
        changed(lambda claim: setattr(claim.lines[0], "from_date", "2026-W10-1")),
        ".lines[0].from_date",
    ),
    "a year that people live in": (
        changed(lambda claim: setattr(claim.lines[0], "from_date", "1850-01-01")),
        changed(lambda claim: setattr(claim.lines[0], "from_date", "0001-01-01")),
        ".lines[0].from_date",
    ),
    "a diagnosis with its kind": (
        a_claim(),
        changed(lambda claim: setattr(claim.diagnoses[0], "kind", 0)),
        ".diagnoses[0].kind",
    ),
    "a unit basis": (
        changed(lambda claim: setattr(claim.lines[0], "unit_basis", pb.UNIT_BASIS_MINUTES)),
        changed(lambda claim: setattr(claim.lines[0], "unit_basis", 0)),
        ".lines[0].unit_basis",
    ),
    "a known sex": (
        changed(lambda claim: setattr(claim.subscriber.person, "sex", pb.SEX_UNKNOWN)),
        changed(lambda claim: setattr(claim.subscriber.person, "sex", 4)),
        ".subscriber.person.sex",
    ),
    "institutional data where they belong": (
        with_diagnoses(),
        changed(lambda claim: setattr(claim.institutional, "type_of_bill", "0131")),
        ".institutional",
    ),
    "institutional data where they are needed": (
        with_diagnoses(),
        changed(lambda claim: setattr(claim, "claim_type", pb.CLAIM_TYPE_INSTITUTIONAL)),
        ".institutional",
    ),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_a_limit_is_met_on_both_its_sides(name: str):
    fits, exceeds, path = BOUNDARIES[name]

    claim_from_proto(fits)
    assert set(problems_of(exceeds)) == {path}


def test_an_institutional_claim_holds_999_lines():
    message = with_lines(999)
    message.claim_type = pb.CLAIM_TYPE_INSTITUTIONAL
    message.institutional.type_of_bill = "0131"

    assert len(claim_from_proto(message).lines) == 999

    message.lines.add().CopyFrom(a_line(1000))
    assert ".lines" in problems_of(message)


def test_what_all_lines_share_is_written_once():
    claim = claim_from_proto(with_lines(3))
    shared = Provider(npi="1999999992", name="EXAMPLE")
    claim = msgspec.structs.replace(
        claim,
        lines=tuple(msgspec.structs.replace(line, rendering=shared, place_of_service="11") for line in claim.lines),
    )

    message = claim_to_proto(claim)

    assert message.rendering.npi == "1999999992"
    assert message.place_of_service == "11"
    assert not any(line.HasField("rendering") or line.place_of_service for line in message.lines)
    assert not message.HasField("service_facility")
