"""The formulas of domain/05 sections 2 and 3: every example to the cent, and laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudicator.coordination import methods
from adjudicator.model.money import half_up_quotient
from adjudicator.policy.coordination import Basis

CENTS = st.integers(min_value=0, max_value=1_000_000)


def eighty_percent(cents: int) -> int:
    return half_up_quotient(cents * 80, 100)


@pytest.mark.parametrize(
    ("paid", "prior_allowed", "standard", "maintained", "carved"),
    [
        # Charge 1,000.00, secondary allows 750.00 at 80 %, deductible met: the benefit is 600.00.
        (40000, 80000, 40000, 28000, 20000),  # 1: 800 - 400; (750 - 400) x 80 %; 600 - 400
        (64000, 80000, 16000, 8800, 0),  # 2: 800 - 640; (750 - 640) x 80 %; 600 - 640 is below zero
        (0, 80000, 60000, 60000, 60000),  # 3: the primary's deductible took all
    ],
)
def test_the_examples_of_commercial_plans(paid: int, prior_allowed: int, standard: int, maintained: int, carved: int):
    assert methods.standard(60000, prior_allowed, paid) == standard
    assert eighty_percent(methods.maintenance_base(75000, paid)) == maintained
    assert methods.carve_out(60000, paid) == carved


def test_example_5_turns_on_the_basis_of_the_allowable_expense():
    # The primary's network allows 400.00 and paid 320.00, the secondary allows 750.00: 80.00 are left of 400.00, 430.00 of 750.00.
    allowable = {basis: methods.allowable_expense(75000, 40000, basis) for basis in Basis}
    assert allowable == {Basis.PRIMARY_ALLOWED: 40000, Basis.HIGHER: 75000, Basis.LOWER: 40000}
    assert methods.standard(60000, allowable[Basis.PRIMARY_ALLOWED], 32000) == 8000
    assert methods.standard(60000, allowable[Basis.HIGHER], 32000) == 43000
    assert methods.allowable_expense(30000, 40000, Basis.LOWER) == 30000


def test_the_cap_by_the_patients_responsibility():
    assert methods.patient_responsibility(7000, 3000) == 3000  # domain/04 row 15
    assert methods.patient_responsibility(3000, 3000) == 3000
    assert methods.patient_responsibility(2999, 3000) == 2999


@pytest.mark.parametrize(
    ("fee", "cost_share", "paid", "pays"),
    [
        (36500, 7500, 30000, 6500),  # RFI 1696: 365 - 300 is less than the 75 of Medicare's coinsurance
        (37500, 7500, 30000, 7500),  # both are 75
        (40000, 7500, 30000, 7500),  # the coinsurance is less
        (30000, 7500, 30000, 0),  # the fee is paid already
        (29999, 7500, 30000, 0),
    ],
)
def test_medicaid_pays_the_lesser(fee: int, cost_share: int, paid: int, pays: int):
    assert methods.medicaid(fee, cost_share, paid) == pays


@pytest.mark.parametrize(
    ("charge", "obligated", "prior_allowed", "paid", "fee", "deductible_left", "pays", "after_sequestration"),
    [
        (17500, None, 15000, 12000, 12500, 0, 3000, 2940),  # 42 CFR 411.33(b): 55, 100, 30
        (22000, None, 18000, 9000, 15000, 5000, 8000, 7840),  # 130; (150 - 50) x 80 % = 80; 90
        (17500, None, 15000, 0, 12500, 0, 10000, 9800),  # 175, 100, 150
        (17500, 11000, 11000, 11000, 12500, 0, 0, 0),  # 110 - 110 = 0, 100, 15
        (17500, None, 15000, 14000, 12500, 0, 1000, 980),  # 35, 100, 10
    ],
)
def test_medicare_pays_the_lowest_of_three(
    charge: int,
    obligated: int | None,
    prior_allowed: int,
    paid: int,
    fee: int,
    deductible_left: int,
    pays: int,
    after_sequestration: int,
):
    benefit = eighty_percent(fee - deductible_left)
    accepted = min(charge, charge if obligated is None else obligated)
    cents = methods.medicare(benefit, fee, accepted, prior_allowed, paid)
    assert cents == pays
    assert cents - half_up_quotient(cents * 200, 10_000) == after_sequestration


@pytest.mark.parametrize(
    ("charge", "paid", "gross", "share", "four", "pays"),
    [
        # Both illustrations of domain/05 section 3.1, as recalled there (U): gross - share, gross - paid, charge - paid,
        # charge - share.
        (280000, 236000, 270000, 52000, (218000, 34000, 44000, 228000), 34000),
        (75000, 45000, 85000, 52000, (33000, 40000, 30000, 23000), 23000),
        # Each of the first and the third amount is the lowest by a cent; of two that are equal either is.
        (100000, 19999, 90000, 20000, (70000, 70001, 80001, 80000), 70000),
        (90000, 20001, 100000, 20000, (80000, 79999, 69999, 70000), 69999),
        (90000, 20000, 100000, 20000, (80000, 80000, 70000, 70000), 70000),
    ],
)
def test_the_lowest_of_the_four_institutional_amounts_is_that_of_the_three(
    charge: int, paid: int, gross: int, share: int, four: tuple[int, int, int, int], pays: int
):
    # 42 CFR 411.33(e). As the first, Medicare would pay the lesser of the gross amount and the charge, less its cost share: that
    # is the lower of the first and the fourth amount. What the primary allowed has no part in it.
    assert four == (gross - share, gross - paid, charge - paid, charge - share)
    benefit = min(gross, charge) - share
    assert methods.medicare(benefit, gross, charge, 0, paid) == pays == min(four)


def test_medicare_never_pays_less_than_nothing():
    assert methods.medicare(100, 100, 100, 100, 101) == 0
    assert methods.medicare(100, 100, 102, 102, 101) == 1


@given(benefit=CENTS, allowed=CENTS, prior_allowed=CENTS, paid=CENTS, basis=st.sampled_from(Basis))
def test_all_payers_together_pay_at_most_the_allowable_expense(
    benefit: int, allowed: int, prior_allowed: int, paid: int, basis: Basis
):
    allowable = methods.allowable_expense(allowed, prior_allowed, basis)
    pays = methods.standard(benefit, allowable, paid)
    assert 0 <= pays <= benefit
    assert paid + pays <= max(allowable, paid)


@given(benefit=CENTS, allowed=CENTS, charge=CENTS, prior_allowed=CENTS, paid=CENTS)
def test_no_method_pays_more_than_as_the_first_or_less_than_nothing(
    benefit: int, allowed: int, charge: int, prior_allowed: int, paid: int
):
    medicare = methods.medicare(benefit, allowed, charge, prior_allowed, paid)
    for pays in (medicare, methods.carve_out(benefit, paid), methods.patient_responsibility(benefit, prior_allowed)):
        assert 0 <= pays <= benefit
    assert paid + medicare <= max(allowed, prior_allowed, paid)
    assert paid + medicare <= max(charge, paid)


@given(benefit=CENTS, allowed=CENTS, cost_share=CENTS, paid=CENTS, more=CENTS)
def test_the_more_the_others_paid_the_less_we_pay(benefit: int, allowed: int, cost_share: int, paid: int, more: int):
    later = paid + more
    assert methods.standard(benefit, allowed, later) <= methods.standard(benefit, allowed, paid)
    assert methods.carve_out(benefit, later) <= methods.carve_out(benefit, paid)
    assert methods.maintenance_base(allowed, later) <= methods.maintenance_base(allowed, paid)
    assert methods.medicaid(allowed, cost_share, later) <= methods.medicaid(allowed, cost_share, paid)
    assert methods.medicare(benefit, allowed, allowed, 0, later) <= methods.medicare(benefit, allowed, allowed, 0, paid)
