"""Single-case agreements: a price on an authorization takes the contract's place, and what it leaves open waits."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from adjudicator.engine import adjudicate
from adjudicator.explain import Register, explain
from adjudicator.model.case import Authorization, Case
from adjudicator.model.claim import UnitBasis
from adjudicator.model.dates import Span
from adjudicator.model.decision import Decision, Disposition, LineDecision, Verdict
from adjudicator.policy.answers import Answer
from adjudicator.policy.document import Document
from adjudicator.policy.fee_tables import AnesthesiaBaseUnits
from adjudicator.policy.policy_set import AuthorizationList, AuthorizationRule, PolicySet
from tests.building import (
    ALWAYS,
    ANY,
    BILLING,
    CITE,
    RENDERING,
    SERVICE_DAY,
    a_benefit,
    a_case,
    a_claim,
    a_line,
    an_earlier_line,
    codes,
    worked_policies,
)
from tests.engine import test_anesthesia as anesthesia
from tests.ruled import prices

FIFTH = a_benefit("office", ANY, coinsurance=2000)


def an_agreement(number: str = "AGREED1", **changes: Any) -> Authorization:
    """An authorization of the test claim's provider for visits at 100.00 a unit."""
    agreement = Authorization(
        number=number,
        procedures=("99213",),
        span=ALWAYS,
        tax_id=BILLING.tax_id,
        unit_price_cents=10000,
    )
    return msgspec.structs.replace(agreement, **changes)


def policies_of(demo: PolicySet, *, asked: bool = False) -> PolicySet:
    """99213 at 92.00; where asked, visits need an authorization."""
    policies = worked_policies(demo, FIFTH, fees_cents={"99213": 9200})
    if not asked:
        return policies
    rule = AuthorizationRule(
        id="visits",
        procedures=codes("99213"),
        when=None,
        referral=False,
        number_on_claim=False,
        notice_days=0,
        late_basis_points=0,
        pays_what_is_left=True,
        answer=Answer(
            rule="authorization/worked#visits",
            verdict=Verdict.DENY,
            policy="authorization/worked@2020-01-01",
            group="CO",
            carc="197",
        ),
    )
    version = AuthorizationList(
        document="authorization/worked", span=ALWAYS, cite=CITE, number_format="", rules=(rule,)
    )
    return msgspec.structs.replace(policies, authorization=(Document("authorization/worked", "Worked", (version,)),))


def decided(policies: PolicySet, *authorizations: Authorization, facts: Any = None, **line: Any) -> Decision:
    case = a_case(a_claim(a_line(**line)), authorizations=authorizations, **(facts or {}))
    return adjudicate(case, policies)


def paid(decision: Decision) -> LineDecision:
    assert decision.disposition is Disposition.PAID, decision.findings
    (line,) = decision.lines
    return line


def adjusted(line: LineDecision) -> dict[str, int]:
    return {f"{one.group}-{one.carc}": one.amount_cents for one in line.adjustments}


def test_the_agreed_price_takes_the_place_of_the_contracts(demo: PolicySet):
    # charge 130.00, agreed 100.00: CO-131 30.00; 20 % = 20.00; paid 80.00. The contract alone: 92.00
    line = paid(decided(policies_of(demo), an_agreement()))
    assert adjusted(line) == {"CO-131": 3000, "PR-2": 2000}
    assert (line.allowed_cents, line.paid_cents, line.remarks) == (10000, 8000, ("N663",))
    assert line.price is not None and line.price.agreement == "AGREED1"
    line = paid(decided(policies_of(demo)))
    assert adjusted(line) == {"CO-45": 3800, "PR-2": 1840}
    assert line.price is not None and line.price.agreement == ""


@pytest.mark.parametrize(
    ("units_thousandths", "charge_cents", "allowed_cents", "adjustments"),
    [
        # 3 x 100.00 = 300.00 of 350.00
        (3000, 35000, 30000, {"CO-131": 5000, "PR-2": 6000}),
        # the charge is the lesser: 299.99, of which 20 % = 59.998, rounded 60.00
        (3000, 29999, 29999, {"PR-2": 6000}),
        (3000, 30000, 30000, {"PR-2": 6000}),
        (3000, 30001, 30000, {"CO-131": 1, "PR-2": 6000}),
    ],
)
def test_units_and_the_lesser_of_charge(
    units_thousandths: int, charge_cents: int, allowed_cents: int, adjustments: dict[str, int], demo: PolicySet
):
    policies = policies_of(demo)
    line = paid(decided(policies, an_agreement(), quantity_thousandths=units_thousandths, charge_cents=charge_cents))
    assert (line.allowed_cents, adjusted(line)) == (allowed_cents, adjustments)


def test_a_service_without_a_fee_is_paid_as_agreed(demo: PolicySet):
    agreement = an_agreement(procedures=("97110",))
    line = paid(decided(policies_of(demo), agreement, procedure="97110"))
    assert line.allowed_cents == 10000
    without = decided(policies_of(demo), procedure="97110")
    assert [finding.rule for finding in without.findings] == ["pricing.no-fee"]


@pytest.mark.parametrize(
    ("price_cents", "thousandths", "told"),
    [
        (0, 1000, "pricing.zero-fee"),
        (1, 499, "pricing.zero-fee"),  # 0.499 cents are nothing, 0.5 are one
        (1, 500, 1),
        (1, 1000, 1),
    ],
)
def test_what_comes_to_nothing_is_no_price(demo: PolicySet, price_cents: int, thousandths: int, told: str | int):
    agreement = an_agreement(unit_price_cents=price_cents)
    case = a_case(a_claim(a_line(quantity_thousandths=thousandths)), authorizations=(agreement,))
    found, findings = prices(policies_of(demo), case)
    assert [price.allowed_cents for price in found.values()] + [finding.rule for finding in findings] == [told]


def test_the_patient_owes_no_balance_of_it_out_of_network(demo: PolicySet):
    # out of network the deductible of 2,000.00 takes the 100.00; the contract's 92.00 would leave PR-45 38.00
    line = paid(decided(policies_of(demo), an_agreement(), facts={"participations": ()}))
    assert adjusted(line) == {"CO-131": 3000, "PR-1": 10000}
    assert line.share is not None and line.share.tier == "out_of_network"
    assert adjusted(paid(decided(policies_of(demo), facts={"participations": ()}))) == {"PR-45": 3800, "PR-1": 9200}


@pytest.mark.parametrize(
    "changes",
    [
        {"denied": True},
        {"referral": True},
        {"tax_id": "999000002"},
        # A price is agreed on with one provider: one for anybody is nobody's.
        {"tax_id": ""},
        {"rendering_npi": BILLING.npi},
        {"procedures": ("99214",)},
        {"span": Span(SERVICE_DAY + dt.timedelta(days=1))},
        {"span": Span(ALWAYS.effective, SERVICE_DAY - dt.timedelta(days=1))},
        {"unit_price_cents": None},
    ],
)
def test_an_agreement_about_something_else_says_nothing(changes: dict[str, Any], demo: PolicySet):
    line = paid(decided(policies_of(demo), an_agreement(**changes)))
    assert line.allowed_cents == 9200


@pytest.mark.parametrize(
    "changes",
    [
        {"rendering_npi": RENDERING.npi},
        {"span": Span(SERVICE_DAY)},
        {"span": Span(ALWAYS.effective, SERVICE_DAY)},
        {"procedures": ("99214", "99213")},
    ],
)
def test_on_its_first_and_last_day_it_holds(changes: dict[str, Any], demo: PolicySet):
    assert paid(decided(policies_of(demo), an_agreement(**changes))).allowed_cents == 10000


def waits(decision: Decision) -> str:
    assert decision.disposition is Disposition.PENDED
    (finding,) = (finding for finding in decision.findings if finding.rule == "pricing.agreement-unclear")
    assert finding.queue == "pricing"
    return finding.because


def test_different_prices_wait_and_equal_ones_do_not(demo: PolicySet):
    policies = policies_of(demo)
    assert paid(decided(policies, an_agreement(), an_agreement("AGREED2"))).allowed_cents == 10000
    told = waits(decided(policies, an_agreement(), an_agreement("AGREED2", unit_price_cents=9999)))
    assert told == "Authorizations AGREED1, AGREED2 fit line 1 and agree on different prices: 99.99, 100.00."


def test_an_authorization_without_a_price_leaves_an_agreement_without_limits_alone(demo: PolicySet):
    plain = an_agreement("PLAIN", unit_price_cents=None)
    assert paid(decided(policies_of(demo), an_agreement(), plain)).allowed_cents == 10000
    limited = an_agreement(quantity_thousandths=1000)
    told = waits(decided(policies_of(demo, asked=True), limited, plain))
    assert told == (
        "Authorization AGREED1 agrees on a price for so many services, and line 1 may use PLAIN as well, which has none."
    )


def test_a_limit_holds_where_a_list_counts_it_and_waits_where_none_does(demo: PolicySet):
    limited = an_agreement(quantity_thousandths=1000)
    assert paid(decided(policies_of(demo, asked=True), limited)).allowed_cents == 10000
    told = waits(decided(policies_of(demo), limited))
    assert told == (
        "Authorization AGREED1 agrees on a price for so many services, which are not counted: no list asks for an "
        f"authorization of procedure 99213 on {SERVICE_DAY}."
    )
    assert waits(decided(policies_of(demo), an_agreement(visits=1)))
    # Two units at 100.00 = 200.00, of which one is approved: 100.00 is cut, and 20 % of the other 100.00 is the member's.
    line = paid(decided(policies_of(demo, asked=True), limited, quantity_thousandths=2000, charge_cents=26000))
    assert (line.price and line.price.allowed_cents, line.allowed_cents, line.paid_cents) == (20000, 10000, 8000)
    # Used up by an earlier visit, nothing of it is left for this one.
    earlier = an_earlier_line()
    used_up = decided(policies_of(demo, asked=True), limited, facts={"history": (earlier,)})
    assert used_up.disposition is Disposition.DENIED


def test_minutes_are_no_units(demo: PolicySet):
    told = waits(decided(policies_of(demo), an_agreement(), unit_basis=UnitBasis.MINUTES))
    assert told == "Authorization AGREED1 agrees on the price of a unit, and line 1 counts minutes."


def test_the_biller_and_the_auditor_read_where_the_price_was_agreed_on(demo: PolicySet):
    policies = policies_of(demo)
    case: Case = a_case(authorizations=(an_agreement(),))
    decision = adjudicate(case, policies)
    told = " ".join(explain(case, decision, policies, Register.BILLER).split())
    assert "Fee 100.00 agreed in authorization AGREED1 [contracts/worked@2020-01-01]" in told
    assert "CO-131 N663: The charge is more than the price on which we agreed with you for this patient." in told
    assert "The price was agreed in authorization AGREED1." in told
    told = " ".join(explain(case, decision, policies, Register.AUDITOR, rule="contract-allowance").split())
    assert "did not fire: the charge is 130.00, the agreement allows 100.00, and the provider is in network." in told


@pytest.mark.parametrize(
    ("left_thousandths", "allowed_cents"),
    [
        (1000, 31976),
        # Half a unit is left of an authorization: nobody says what half of the minutes are paid.
        (500, None),
    ],
)
def test_minutes_use_one_unit_of_an_authorization(demo: PolicySet, left_thousandths: int, allowed_cents: int | None):
    # 7 base units + 129 / 15 = 8.6 units of time x 20.4976 = 319.76, whatever the minutes.
    schedule = msgspec.structs.replace(
        anesthesia.SCHEDULE,
        base_units=Document("tables/anesthesia-base-units", "", (AnesthesiaBaseUnits.of([("00142", 70)]),)),
    )
    (document,) = policies_of(demo, asked=True).authorization
    (version,) = document.versions
    (rule,) = version.rules
    version = msgspec.structs.replace(version, rules=(msgspec.structs.replace(rule, procedures=codes("00142")),))
    policies = msgspec.structs.replace(
        anesthesia.policies_of(demo, schedule),
        authorization=(Document("authorization/worked", "Worked", (version,)),),
    )
    approved = Authorization(
        number="A1",
        procedures=("00142",),
        span=ALWAYS,
        tax_id=BILLING.tax_id,
        quantity_thousandths=left_thousandths,
    )
    line = anesthesia.billed(1, "00142", "AA", minutes=129)
    decision = adjudicate(a_case(a_claim(line), authorizations=(approved,)), policies)
    if allowed_cents is None:
        assert decision.disposition is Disposition.PENDED
        assert "unsupported.cut-price" in {finding.rule for finding in decision.findings}
    else:
        assert decision.allowed_cents == allowed_cents, decision
