"""Claims priced under the demo payer's payment rules with fees of a test's own: one dollar a unit, whatever the place."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from adjudicator.model.case import Case
from adjudicator.model.decision import Finding, Price
from adjudicator.model.standing import billed
from adjudicator.policy.coding_tables import Indicators
from adjudicator.policy.contract import ContractVersion
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import HERE, RelativeValueFees
from adjudicator.policy.fee_tables import GeographicIndex, GeographicIndices, RelativeValue, RelativeValues
from adjudicator.policy.pay_rules import PayRule
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing import price_lines
from tests.building import ALWAYS, ANY, CITE, SERVICE_DAY, a_case, a_claim, a_line, worked_policies

RULES = "payment/professional"


class Row(msgspec.Struct, frozen=True):
    """A row of the fee schedule in dollars: work alone, or work, practice expense and malpractice."""

    fee: float
    indicators: Indicators = Indicators()
    practice: float = 0
    malpractice: float = 0

    @property
    def value(self) -> RelativeValue:
        """The units, one for each dollar."""
        work, practice, malpractice = (round(100 * part) for part in (self.fee, self.practice, self.malpractice))
        return RelativeValue(work, practice, practice, malpractice)


def ruled_policies(
    demo: PolicySet, rows: Mapping[str, Row], *, rate: tuple[int, int] = (1, 1), lesser_of_charge: bool = True
) -> PolicySet:
    """A contract that names the demo payer's rules; ``rows`` by procedure, or ``"70551 26"`` for a component."""
    own = {"document": "fees/worked", "span": ALWAYS, "cite": CITE}
    table = RelativeValues.of(
        ((key[:5], key[6:], row.indicators, row.value) for key, row in rows.items()),
        document="tables/worked",
        span=ALWAYS,
    )
    indices = GeographicIndices.of([(HERE, GeographicIndex(1000, 1000, 1000))], **own)  # type: ignore[arg-type]
    fees = RelativeValueFees(
        **own,  # type: ignore[arg-type]
        values=Document("tables/worked", "", (table,)),
        payable_statuses=frozenset("A"),
        indices=Document("fees/worked", "", (indices,)),
        conversion_factor_ten_thousandths=10_000,
        locality=HERE,
    )
    pay = PayRule(
        procedures=ANY,
        schedule="fees/worked",
        rate_numerator=rate[0],
        rate_denominator=rate[1],
        lesser_of_charge=lesser_of_charge,
        rules=RULES,
    )
    contract = ContractVersion(document="contracts/worked", span=ALWAYS, cite=CITE, pay=(pay,), network=True)
    policies = worked_policies(demo)
    return msgspec.structs.replace(
        policies,
        contracts={**policies.contracts, "contracts/worked": Document("contracts/worked", "", (contract,))},
        fees={"fees/worked": Document("fees/worked", "", (fees,))},
    )


class Billed(msgspec.Struct, frozen=True):
    """A line as a test bills it; the charge is high unless told otherwise."""

    procedure: str
    modifiers: tuple[str, ...] = ()
    units: float = 1
    charge: float = 9999
    changes: Mapping[str, Any] = {}


def billed_case(*lines: Billed, care_days: int = 90, **changes: Any) -> Case:
    """A case of these lines in this order; care after an operation of the service day was relinquished so many days after it."""
    return a_case(
        a_claim(
            *(
                a_line(
                    number,
                    procedure=line.procedure,
                    modifiers=line.modifiers,
                    quantity_thousandths=round(line.units * 1000),
                    charge_cents=round(line.charge * 100),
                    **line.changes,
                )
                for number, line in enumerate(lines, 1)
            ),
            relinquished_care_date=SERVICE_DAY + dt.timedelta(days=care_days),
        ),
        **changes,
    )


def prices(policies: PolicySet, case: Case) -> tuple[dict[int, Price], tuple[Finding, ...]]:
    """The prices by line, and what kept lines from one."""
    priced = price_lines(case, policies, billed(case.claim))
    return {row.line.number: row.price for row in priced.lines}, priced.findings


def fees(policies: PolicySet, *lines: Billed, care_days: int = 90) -> list[float]:
    """The allowed dollars of each line; every one must have a price."""
    found, findings = prices(policies, billed_case(*lines, care_days=care_days))
    assert not findings, findings
    return [found[number].allowed_cents / 100 for number in range(1, len(lines) + 1)]


def waits(policies: PolicySet, *lines: Billed) -> set[str]:
    """The rules that keep the lines from a price."""
    return {finding.rule for finding in prices(policies, billed_case(*lines))[1]}
