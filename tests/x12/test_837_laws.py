"""Whatever happens to a file on its way, nothing is raised, no claim is lost, and no claim harms another."""

import random

from hypothesis import given
from hypothesis import strategies as st

from adjudicator.x12.claims import ReadClaim, ReadItem, Unreadable, read_claims
from adjudicator.x12.interchange import NotX12
from tests.x12.test_read_claims import EVERY_PART
from tests.x12.texts import BILLING, HEADING, claim, group, interchange, subscriber, text, transaction

PATIENT = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*SAMPLE*CHILD", "DMG*D8*20140704*M")
NEIGHBOUR_BEFORE = (HEADING, BILLING, subscriber(member="BEFORE01"), claim("BEFORE", 2))
NEIGHBOUR_AFTER = (HEADING, BILLING, subscriber(member="AFTER001"), claim("AFTER"))
MIDDLE = (HEADING, BILLING, subscriber(), claim("A", 2), claim("B"), PATIENT, claim("C"), subscriber(4), claim("D"))
SEGMENT = st.text(alphabet="ABCDEHILMNOPRSTVX0123456789*:-. ", max_size=40).map(lambda body: body.replace("  ", ""))


def between_neighbours(body: list[str]) -> str:
    """A file of three transactions with right counts, the middle one of these segments."""
    return text(
        interchange(
            group(
                transaction(*NEIGHBOUR_BEFORE, number="0001"),
                transaction(body, number="0002"),
                transaction(*NEIGHBOUR_AFTER, number="0003"),
            )
        )
    )


def accounted_for(items: list[ReadItem], written: str) -> None:
    """Exactly one item stands for each CLM segment."""
    claims = [item for item in items if isinstance(item, ReadClaim) or item.is_claim]
    assert len(claims) == sum(segment.strip().startswith("CLM*") for segment in written.split("~"))
    assert all(item.problems and all(map(str, item.problems)) for item in items if isinstance(item, Unreadable))


@given(st.data())
def test_one_mutilated_segment_harms_no_other_transaction(data: st.DataObject):
    body = [segment for part in data.draw(st.sampled_from((MIDDLE, (EVERY_PART,)))) for segment in part]
    position = data.draw(st.integers(0, len(body) - 1))
    match data.draw(st.sampled_from(("delete", "duplicate", "garble", "cut", "move"))):
        case "delete":
            del body[position]
        case "duplicate":
            body.insert(position, body[position])
        case "garble":
            body[position] = data.draw(SEGMENT) or "X"
        case "cut":
            body[position] = body[position][: data.draw(st.integers(1, len(body[position])))]
        case "move":
            segment = body.pop(position)
            body.insert(data.draw(st.integers(0, len(body))), segment)
    written = between_neighbours(body)
    items = list(read_claims(written))
    accounted_for(items, written)
    assert isinstance(items[0], ReadClaim) and items[0].claim.patient_control_number == "BEFORE"
    assert isinstance(items[-1], ReadClaim) and items[-1].claim.patient_control_number == "AFTER"


@given(
    position=st.integers(0, 10_000),
    element=st.integers(1, 16),
    value=st.text(alphabet="ABZ059.-: ÿ٣²", max_size=12),
)
def test_one_garbled_element_of_a_claim_leaves_the_claims_of_other_subscribers_as_they_were(
    position: int, element: int, value: str
):
    own = [*subscriber(), *claim("OWN", 2)]
    position = 5 + position % (len(own) - 5)
    elements = own[position].split("*")
    if element < len(elements):
        elements[element] = value
    own[position] = "*".join(elements)
    items = list(read_claims(between_neighbours([*HEADING, *BILLING, *own, *subscriber(3), *claim("OTHER")])))
    other = [item for item in items if isinstance(item, ReadClaim) and item.claim.patient_control_number == "OTHER"]
    assert len(other) == 1
    assert other[0].claim.subscriber.member_id == "TEST0001"
    assert len(items) == 4


@given(
    start=st.integers(0, 3000), length=st.integers(0, 400), junk=st.text(alphabet="*:~^\nISAGEBCLMHS019 ", max_size=30)
)
def test_any_hole_or_junk_in_a_file_raises_nothing_but_not_x12(start: int, length: int, junk: str):
    whole = between_neighbours([segment for part in MIDDLE for segment in part])
    written = whole[:start] + junk + whole[start + length :]
    try:
        for item in read_claims(written):
            assert isinstance(item, ReadClaim) or item.problems
    except NotX12 as refusal:
        assert "an X12 file begins with an ISA segment" in str(refusal)


PERSON = (
    "NM1*IL*1*XYZWV*QJKVX*MZZ***MI*QQ77345901",
    "N3*9471 WXQ LANE*VWX 77",
    "N4*QVILLE*OH*98761",
    "DMG*D8*19730917*F",
    "NM1*PR*2*DEMO HEALTH PLAN*****PI*DEMO1",
)
OTHER_PAYER = ("SBR*S*18*GROUPQ******CI", *PERSON)
PIECES = {
    word[start : start + 3]
    for word in ("XYZWV", "QJKVX", "MZZ", "QQ77345901", "9471", "WXQ", "VWX", "QVILLE", "98761", "19730917")
    for start in range(len(word) - 2)
}


@given(position=st.integers(0, 170), slip=st.sampled_from(["~", "*", ":", ""]), lost=st.integers(0, 1))
def test_no_slip_of_a_character_puts_a_patient_into_a_problem(position: int, slip: str, lost: int):
    own = (*subscriber()[:2], *PERSON, *claim()[:2], *OTHER_PAYER, *claim()[2:])
    written = between_neighbours([*HEADING, *BILLING, *own])
    for first in (written.index("NM1*IL*1*XYZWV"), written.index("SBR*S*18*GROUPQ")):
        at = first + position
        for item in read_claims(written[:at] + slip + written[at + lost :]):
            told = [str(problem) for problem in item.problems] if isinstance(item, Unreadable) else []
            assert not any(piece in one for one in told for piece in PIECES), told


def test_the_order_of_claims_in_the_text_is_the_order_of_the_items():
    names = [f"P{number:03d}" for number in range(60)]
    random.Random(1).shuffle(names)
    items = list(
        read_claims(between_neighbours([*HEADING, *BILLING, *subscriber(), *(s for n in names for s in claim(n))]))
    )
    read = [item.claim.patient_control_number for item in items if isinstance(item, ReadClaim)]
    assert read == ["BEFORE", *names, "AFTER"]
