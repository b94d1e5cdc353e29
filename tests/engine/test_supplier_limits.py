"""Suppliers of equipment are held against unit limits of their own (domain/02 section 4.2; the publisher's DME supplier table)."""

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.case import ProviderKind, ProviderRecord
from adjudicator.model.decision import Decision
from adjudicator.policy.coding_tables import CodingTable, UnitLimit, UnitLimits
from adjudicator.policy.document import Document
from adjudicator.policy.policy_set import PolicySet
from tests.building import (
    ALWAYS,
    BILLING,
    RENDERING,
    SERVICE_DAY,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    worked_policies,
)

SUPPLIER, PHYSICIAN = "332B00000X", "207Q00000X"
CODE = "20610"
THOUSAND = 1000


def limiting(demo: PolicySet, supplier: int | None, practitioner: int | None, zero_limits_for: str = "") -> PolicySet:
    """The worked example's policies with a limit of a day of one code for suppliers and for practitioners; None for no row."""
    assert demo.editing is not None
    version = msgspec.structs.replace(
        demo.editing.versions[0], surgery=None, fee_schedule=None, zero_limits_for=frozenset({zero_limits_for} - {""})
    )
    tables = {
        f"unit-limits-{setting}": UnitLimits.of([] if units is None else [(CODE, UnitLimit(units, "2"))])
        for setting, units in (("supplier", supplier), ("practitioner", practitioner))
    }
    return msgspec.structs.replace(
        worked_policies(demo),
        editing=Document("coding/editing", "Code editing", (version,)),
        coding_tables={name: CodingTable(Document(f"tables/{name}", name, (table,))) for name, table in tables.items()},
    )


def decided(policies: PolicySet, units: int, renders: str = "", bills: str = "", **case) -> Decision:
    claim = a_claim(
        a_line(
            procedure=CODE,
            quantity_thousandths=units * THOUSAND,
            rendering=msgspec.structs.replace(RENDERING, taxonomy=renders),
        ),
        billing=msgspec.structs.replace(BILLING, taxonomy=bills),
    )
    return adjudicate(a_case(claim, **case), policies)


def over(decision: Decision) -> bool:
    return "unit-limit.day" in {finding.rule for finding in decision.findings}


@pytest.mark.parametrize(
    ("renders", "bills", "is_supplier"),
    [
        (SUPPLIER, "", True),
        (PHYSICIAN, SUPPLIER, True),
        ("", SUPPLIER, True),
        (PHYSICIAN, PHYSICIAN, False),
        ("", "", False),
    ],
)
def test_a_line_that_a_supplier_bills_or_renders_meets_the_suppliers_limit(demo, renders, bills, is_supplier):
    # 2 are above the supplier's limit of 1 and within the practitioner's of 4; the other way round they are not.
    assert over(decided(limiting(demo, 1, 4), 2, renders, bills)) is is_supplier
    assert over(decided(limiting(demo, 4, 1), 2, renders, bills)) is not is_supplier


@pytest.mark.parametrize(("units", "denied"), [(1, False), (2, True)])
def test_the_limit_itself_may_be_billed(demo, units, denied):
    assert over(decided(limiting(demo, 1, None), units, SUPPLIER)) is denied


@pytest.mark.parametrize(
    ("taxonomies", "is_supplier"),
    # A physician who supplies equipment too says on the claim as what: the file alone does not make one a supplier.
    [((SUPPLIER,), True), ((SUPPLIER, SUPPLIER), True), ((PHYSICIAN, SUPPLIER), False), ((), False)],
)
def test_who_is_a_supplier_may_stand_on_the_provider_file_alone(demo, taxonomies, is_supplier):
    records = a_case().providers
    on_file = ProviderRecord(
        npi=BILLING.npi, name="A supplier", kind=ProviderKind.GROUP, taxonomies=taxonomies, enrolled=(ALWAYS,)
    )
    others = tuple(record for record in records if record.npi != BILLING.npi)
    assert over(decided(limiting(demo, 1, None), 2, providers=(*others, on_file))) is is_supplier


@pytest.mark.parametrize("supplier", [None, 0])
def test_where_no_limit_of_suppliers_counts_the_practitioners_holds(demo, supplier):
    policies = limiting(demo, supplier, 1)
    assert over(decided(policies, 2, SUPPLIER))
    assert not over(decided(policies, 1, SUPPLIER))


def test_a_limit_of_0_for_suppliers_counts_for_plans_that_follow_it(demo):
    (plan,) = {coverage.plan for coverage in a_case().coverage}
    assert over(decided(limiting(demo, 0, 4, zero_limits_for=plan), 1, SUPPLIER))
    assert not over(decided(limiting(demo, 0, 4), 1, SUPPLIER))
    assert not over(decided(limiting(demo, 0, 4, zero_limits_for=plan), 1, PHYSICIAN))


@pytest.mark.parametrize(("paid_before", "denied"), [(1, False), (2, True)])
def test_what_a_supplier_was_paid_that_day_counts(demo, paid_before, denied):
    paid = an_earlier_line(
        procedure=CODE,
        from_date=SERVICE_DAY,
        through_date=SERVICE_DAY,
        taxonomies=(SUPPLIER,),
        quantity_thousandths=paid_before * THOUSAND,
        modifiers=("RT",),
    )
    assert over(decided(limiting(demo, 2, 9), 1, SUPPLIER, history=(paid,))) is denied


def test_a_payer_that_names_no_suppliers_holds_all_against_the_practitioners_limits(demo):
    policies = limiting(demo, 1, 4)
    assert policies.editing is not None
    version = msgspec.structs.replace(policies.editing.versions[0], suppliers=())
    policies = msgspec.structs.replace(policies, editing=Document("coding/editing", "Code editing", (version,)))
    assert not over(decided(policies, 2, SUPPLIER, SUPPLIER))
