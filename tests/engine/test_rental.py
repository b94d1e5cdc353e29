"""Rented equipment: month by month to its end, by history and modifiers; rural homes; drugs and tests (domain/03 section 11)."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.model.case import Case, LineState, ProviderKind, ProviderRecord
from adjudicator.model.claim import Address, Line, Provider
from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.contract import ContractVersion
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FeeRequest, ListedFees, Missing, Rental, RentalMonths, RentalShare, UnitFee
from adjudicator.policy.fee_tables import DrugLimit, DrugLimits, EquipmentFees, LaboratoryFee, LaboratoryFees
from adjudicator.policy.look_backs import LookBack
from adjudicator.policy.packed import PackedPairs, PackedRows, PairPacker, RowPacker
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.unit_fees import unit_fee
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    CITE,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)
from tests.ruled import RULES, prices

RENTAL = Rental(
    procedures=codes("E0260"),
    modifiers=codes("RR"),
    months=(RentalShare(3, 10_000), RentalShare(13, 7_500)),
    look_back=LookBack(months=24),
    told_by=(
        RentalMonths(codes("KH"), 1, 1),
        RentalMonths(codes("KI"), 2, 3),
        RentalMonths(codes("KJ"), 4, 13),
    ),
)
OWN: dict[str, Any] = {"span": ALWAYS, "cite": Citation(title="A test's own document")}


def equipment(**changes: Any) -> ListedFees:
    """A bed at 1,000.00, rented at 100.00 a month, in rural areas at 1,080.00 and 108.00."""
    packer = PairPacker[int]()
    for row, state, cents in (
        ("E0260NU", "NE", 100_000),
        ("E0260NU", "NE-R", 108_000),
        ("E0260RR", "NE", 10_000),
        ("E0260RR", "NE-R", 10_800),
        ("E0260UE", "NE", 75_000),
    ):
        packer.add(row, state, packer.record(cents))
    table = EquipmentFees(document="tables/equipment", cents=PackedPairs(packer.packed(), int), **OWN)
    amounts: Any = Document("tables/equipment", "", (table,))
    given = {"amounts": amounts, "rental": RENTAL, "rural_zip_codes": ("69",), **changes}
    return ListedFees(document="fees/equipment", **OWN, **given)


def policies_of(demo: PolicySet, schedule: ListedFees, rate: tuple[int, int] = (1, 1)) -> PolicySet:
    pay = PayRule(
        procedures=ANY,
        schedule=schedule.document,
        rate_numerator=rate[0],
        rate_denominator=rate[1],
        lesser_of_charge=True,
    )
    contract = ContractVersion(document="contracts/worked", span=ALWAYS, cite=CITE, pay=(pay,), network=True)
    policies = worked_policies(demo)
    return msgspec.structs.replace(
        policies,
        contracts={**policies.contracts, "contracts/worked": Document("contracts/worked", "", (contract,))},
        fees={schedule.document: Document(schedule.document, "", (schedule,))},
    )


def month(number: int, *modifiers: str, day: dt.date = SERVICE_DAY, **changes: Any) -> Line:
    given = {
        "procedure": "E0260",
        "modifiers": ("RR", *modifiers),
        "charge_cents": 50_000,
        "from_date": day,
        "through_date": day,
    }
    return a_line(number, **{**given, **changes})


def case_of(*lines: Line, earlier: int = 0, zip_code: str = "68001", **changes: Any) -> Case:
    """A claim of these lines for a patient in Nebraska, after so many months of rental."""
    claim = a_claim(*lines)
    home = Address(state="NE", postal_code=zip_code)
    person = msgspec.structs.replace(claim.subscriber.person, address=home)
    claim = msgspec.structs.replace(claim, subscriber=msgspec.structs.replace(claim.subscriber, person=person))
    history = tuple(
        an_earlier_line(
            back,
            procedure="E0260",
            modifiers=("RR",),
            from_date=SERVICE_DAY - dt.timedelta(days=30 * back),
            through_date=SERVICE_DAY - dt.timedelta(days=30 * back),
            **changes,
        )
        for back in range(1, earlier + 1)
    )
    return a_case(claim, history=history)


def outcome(policies: PolicySet, case: Case) -> list[int | str]:
    """By line: the allowed cents, or the rule that keeps it from a price."""
    found, findings = prices(policies, case)
    told: dict[int, int | str] = {number: price.allowed_cents for number, price in found.items()}
    told |= {finding.line: finding.rule for finding in findings}
    return [told[line.number] for line in case.claim.lines]


def test_thirteen_months_are_paid_and_no_more(demo: PolicySet):
    # 100.00 x 3 + 75.00 x 10 = 1,050.00
    policies = policies_of(demo, equipment())
    paid = [outcome(policies, case_of(month(1), earlier=before))[0] for before in range(14)]
    assert paid == [10_000] * 3 + [7_500] * 10 + ["pricing.rental-ended"]
    assert sum(cents for cents in paid if isinstance(cents, int)) == 105_000


def test_months_of_one_claim_follow_each_other(demo: PolicySet):
    policies = policies_of(demo, equipment())
    later = SERVICE_DAY + dt.timedelta(days=31)
    assert outcome(policies, case_of(month(1, day=later), month(2), earlier=2)) == [7_500, 10_000]
    assert outcome(policies, case_of(month(1, day=later), month(2), earlier=12)) == ["pricing.rental-ended", 7_500]


@pytest.mark.parametrize(
    ("modifier", "earlier", "told"),
    [
        ("KH", 0, 10_000),
        ("KH", 1, "pricing.no-share"),  # month 2 by our history
        ("KI", 0, 10_000),
        ("KI", 2, 10_000),
        ("KI", 3, "pricing.no-share"),
        ("KH", 12, "pricing.no-share"),
        ("KH", 13, "pricing.no-share"),  # a rental that has ended, or a new one
        ("KI", 13, "pricing.no-share"),
        ("KJ", 0, 7_500),  # at least month 4
        ("KJ", 12, 7_500),
        ("KJ", 13, "pricing.rental-ended"),
    ],
)
def test_a_modifier_tells_the_month(demo: PolicySet, modifier: str, earlier: int, told: int | str):
    assert outcome(policies_of(demo, equipment()), case_of(month(1, modifier), earlier=earlier)) == [told]


def test_what_does_not_count_as_a_month(demo: PolicySet):
    policies = policies_of(demo, equipment())
    for changes in (
        {"state": LineState.DENIED},
        {"procedure": "E0601"},
        {"modifiers": ("NU",)},
        {"from_date": dt.date(2024, 3, 2)},  # two years before to the day: the far end is left out
    ):
        case = case_of(month(1), earlier=3)
        history = tuple(msgspec.structs.replace(line, **changes) for line in case.history)
        assert outcome(policies, msgspec.structs.replace(case, history=history)) == [10_000]
    case = case_of(month(1), earlier=3)
    history = tuple(msgspec.structs.replace(line, from_date=dt.date(2024, 3, 3)) for line in case.history)
    assert outcome(policies, msgspec.structs.replace(case, history=history)) == [7_500]


def test_what_nobody_can_count_waits(demo: PolicySet):
    policies = policies_of(demo, equipment())
    assert outcome(policies, case_of(month(1), earlier=1, state=LineState.PENDED)) == ["pricing.no-share"]
    assert outcome(policies, case_of(month(1, quantity_thousandths=2000))) == ["pricing.no-share"]


def test_a_month_is_rounded_once(demo: PolicySet):
    # 100.00 x 1.00006 x 0.75 = 75.0045 -> 75.00; of the rounded 100.01 it would be 75.0075 -> 75.01
    policies = policies_of(demo, equipment(), rate=(100_006, 100_000))
    assert outcome(policies, case_of(month(1), earlier=3)) == [7_500]
    price, _ = prices(policies, case_of(month(1), earlier=3))
    assert [(step.what, step.factor, step.cents) for step in price[1].steps] == [
        ("month 4 of a rental of 13", "0.75", 7_500)
    ]


def test_rural_homes_are_told_by_their_zip_code(demo: PolicySet):
    policies = policies_of(demo, equipment())
    assert outcome(policies, case_of(month(1), zip_code="69101")) == [10_800]
    assert outcome(policies, case_of(month(1), zip_code="68001")) == [10_000]
    assert outcome(policies, case_of(month(1), zip_code="")) == ["pricing.no-fee"]
    assert outcome(policies_of(demo, equipment(rural_zip_codes=None)), case_of(month(1))) == ["pricing.no-fee"]
    used = month(1, modifiers=("UE",), charge_cents=100_000)
    assert outcome(policies_of(demo, equipment(rural_zip_codes=None)), case_of(used)) == [75_000]
    found = unit_fee(equipment(), FeeRequest("E0260", SERVICE_DAY, modifiers=("NU",), state="NE", rural=None))
    assert isinstance(found, Missing)
    assert found.key == "rural areas of fees/equipment@2020-01-01 for the patient's ZIP code"


def test_the_schedule_names_the_modifiers_of_its_rows():
    schedule = equipment(informational=codes("KX"))
    for modifier, named in (("NU", True), ("RR", True), ("KJ", True), ("KX", True), ("MS", False)):
        assert schedule.names(modifier, "E0260", ("RR", modifier), SERVICE_DAY) is named
    assert not schedule.names("KJ", "E0601", ("KJ",), SERVICE_DAY)


def test_the_look_back_is_part_of_the_history_that_is_read(demo: PolicySet):
    policies = policies_of(demo, equipment())
    assert (LookBack(months=24), (codes("E0260"),)) in policies.history_reach.of_listed


def test_a_drug_limit_times_its_units_thrown_away_or_given(demo: PolicySet):
    # 15.900 x 40 = 636.00; a limit is rounded after it is multiplied: 0.125 x 3 = 0.375 -> 0.38
    packer = RowPacker[DrugLimit]()
    packer.add("J1885", DrugLimit(15_900, "15 MG"))
    packer.add("J1100", DrugLimit(125, "1 MG"))
    table = DrugLimits(document="tables/drugs", rows=PackedRows(packer.packed(), DrugLimit), **OWN)
    amounts: Any = Document("tables/drugs", "", (table,))
    schedule = ListedFees(document="fees/drugs", amounts=amounts, informational=codes("JW", "JZ"), **OWN)
    policies = policies_of(demo, schedule)
    for modifiers in ((), ("JW",), ("JZ",)):
        drug = a_line(1, procedure="J1885", modifiers=modifiers, quantity_thousandths=40_000, charge_cents=99_999)
        assert outcome(policies, case_of(drug)) == [63_600]
    assert outcome(policies, case_of(a_line(1, procedure="J1100", quantity_thousandths=3000, charge_cents=999))) == [38]
    assert schedule.names("JW", "J1885", ("JW",), SERVICE_DAY)
    assert not schedule.names("52", "J1885", ("52",), SERVICE_DAY)


def test_payment_rules_take_no_share_of_a_drug_limit(demo: PolicySet):
    # 15.905 x 40 = 636.20; rounded by the unit it would be 15.91 x 40 = 636.40. 0.125 x 3 = 0.375 -> 0.38, not 0.13 x 3 = 0.39
    packer = RowPacker[DrugLimit]()
    packer.add("J1885", DrugLimit(15_905, "15 MG"))
    packer.add("J1100", DrugLimit(125, "1 MG"))
    table = DrugLimits(document="tables/drugs", rows=PackedRows(packer.packed(), DrugLimit), **OWN)
    amounts: Any = Document("tables/drugs", "", (table,))
    schedule = ListedFees(document="fees/drugs", amounts=amounts, informational=codes("JW", "JZ"), **OWN)
    plain = policies_of(demo, schedule)
    contract = plain.contracts["contracts/worked"].versions[0]
    pay = tuple(msgspec.structs.replace(row, rules=RULES) for row in contract.pay)
    own = {"contracts/worked": Document("contracts/worked", "", (msgspec.structs.replace(contract, pay=pay),))}
    ruled = msgspec.structs.replace(plain, contracts={**plain.contracts, **own})
    outside = ProviderRecord(BILLING.npi, "GROUP", ProviderKind.GROUP, nonparticipating=(ALWAYS,))
    practitioner = Provider(npi="1999999992", taxonomy="363L00000X")  # a nurse practitioner, 0.85 of other fees
    for policies in (plain, ruled):
        for procedure, units, cents in (("J1885", 40_000, 63_620), ("J1100", 3_000, 38)):
            line = a_line(1, procedure=procedure, quantity_thousandths=units, charge_cents=99_999)
            by_another = msgspec.structs.replace(line, rendering=practitioner)
            for case in (
                case_of(line),
                case_of(by_another),
                msgspec.structs.replace(case_of(line), providers=(outside,)),
            ):
                assert outcome(policies, case) == [cents]
    changed = a_line(1, procedure="J1885", modifiers=("52",), quantity_thousandths=40_000, charge_cents=99_999)
    assert outcome(ruled, case_of(changed)) == ["pricing.no-share"]


def test_a_laboratory_test_is_paid_its_fee(demo: PolicySet):
    packer = RowPacker[LaboratoryFee]()
    packer.add("80053", LaboratoryFee(1056, False, Span(dt.date(2024, 1, 1))))
    packer.add("80053QW", LaboratoryFee(1050, False, Span(dt.date(2024, 1, 1))))
    table = LaboratoryFees(document="tables/tests", rows=PackedRows(packer.packed(), LaboratoryFee), **OWN)
    amounts: Any = Document("tables/tests", "", (table,))
    schedule = ListedFees(document="fees/tests", amounts=amounts, **OWN)
    # charge 25.00, fee 10.56: allowed 10.56, and 14.44 is the contract's
    assert outcome(policies_of(demo, schedule), case_of(a_line(1, procedure="80053", charge_cents=2500))) == [1056]
    fee = unit_fee(schedule, FeeRequest("80053", SERVICE_DAY, modifiers=("QW",)))
    assert isinstance(fee, UnitFee)
    assert fee.cents == 1050
    assert schedule.names("QW", "80053", ("QW",), SERVICE_DAY)
    assert not schedule.names("91", "80053", ("91",), SERVICE_DAY)
