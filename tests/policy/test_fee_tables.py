"""Publishers' fee tables: read in their own layouts, wrong ones told by row, and schedules that pay by them."""

import datetime as dt

import pytest

from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FeeRequest, ListedFees, Missing, UnitFee, releases
from adjudicator.policy.fee_tables import (
    AnesthesiaFactors,
    DrugLimits,
    Localities,
    RelativeValues,
    ZipLocalities,
)
from adjudicator.policy.load import compile_policies, inspect_policies
from adjudicator.policy.load.publishers.ncci import ONE_DAY
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.unit_fees import listed, unit_fee
from tests.policy.fee_files import ASP, CLFS, DMEPOS, GPCI, LOCCO, MEDICARE, OPPSCAP, PPRRVU, ZIP, fee_set
from tests.policy.small_set import CITE
from tests.policy.test_publishers import DAY, LAST, mistakes_of

MADISON, ANCHORAGE = "53703", "995011234"


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return compile_policies(fee_set())


def asked(policies: PolicySet, procedure: str, schedule: str = "fees/medicare", **more: object) -> UnitFee | Missing:
    given = {"zip_code": MADISON, "day": DAY, **more}
    day = given["day"]
    assert isinstance(day, dt.date)
    return unit_fee(policies.fee_schedule(schedule, day), FeeRequest(procedure, **given))  # type: ignore[arg-type]


def cents(policies: PolicySet, procedure: str, schedule: str = "fees/medicare", **more: object) -> int:
    fee = asked(policies, procedure, schedule, **more)
    assert isinstance(fee, UnitFee), fee
    return fee.cents


def missing(policies: PolicySet, procedure: str, schedule: str = "fees/medicare", **more: object) -> str:
    answer = asked(policies, procedure, schedule, **more)
    assert isinstance(answer, Missing), answer
    assert answer.because.endswith(".")
    return answer.key


def test_units_times_indices_times_the_factor_of_the_schedule(policies: PolicySet):
    # (1.92 x 1.010 + 1.98 x .985 + .14 x .720) x 33.2875 = 3.9903 x 33.2875 = 132.8271
    assert cents(policies, "99214") == 13283
    # facility: 1.9392 + .83 x .985 + .1008 = 2.85755 x 33.2875 = 95.1207
    assert cents(policies, "99214", facility=True) == 9512
    # a qualifying clinician: 3.9903 x 33.5 = 133.67505
    assert cents(policies, "99214", qualifying=True) == 13368
    # Alaska: 2.88 + 1.98 x 1.081 + .14 x .592 = 5.10326 x 33.2875 = 169.8748
    assert cents(policies, "99214", zip_code=ANCHORAGE) == 16987
    assert cents(policies, "99214", zip_code="", locality="02102-01") == 16987


def test_components_have_rows_of_their_own_and_imaging_is_capped(policies: PolicySet):
    # 26: .8585 + .34 x .985 + .05 x .72 = 1.2294 x 33.2875 = 40.9237
    assert cents(policies, "70450", component="26") == 4092
    # TC: 2.40 x .985 + .02 x .72 = 2.3784 -> 79.17; outpatient 1.86 x .985 + .0144 = 1.8465 x 33.2875 = 61.4654
    technical = asked(policies, "70450", component="TC")
    assert isinstance(technical, UnitFee)
    assert (technical.cents, technical.uncapped_cents) == (6147, 7917)
    # global: .8585 + 2.20 x .985 + .0504 = 3.0759 x 33.2875 = 102.3890
    assert cents(policies, "70450") == 10239
    assert cents(policies, "45378", component="53") > 0


def test_the_parts_of_a_fee_are_exact_and_a_reduction_is_worked_out_inside(policies: PolicySet):
    fee = asked(policies, "99214")
    assert isinstance(fee, UnitFee)
    assert fee.product is not None
    assert (fee.product.work, fee.product.practice, fee.product.malpractice) == (193920, 195030, 10080)
    assert fee.product.factor_ten_thousandths == 332875
    # (1.9392 + .97515 + .1008) x 33.2875 = 3.01515 x 33.2875 = 100.3668
    assert fee.product.cents_with_practice_at(5000) == 10037
    assert fee.indicators.global_days == "XXX"
    assert fee.basis.endswith("x 33.2875, 06302-00, tables/procedure-indicators@2024-07-01")


def test_na_says_seldom_and_what_the_file_has_is_paid(policies: PolicySet):
    assert cents(policies, "33533") == cents(policies, "33533", facility=True)
    zero = compile_policies(fee_set(procedure_indicators=PPRRVU.replace("11.42,NA,11.42", "0.00,NA,11.42")))
    assert cents(zero, "33533") == cents(policies, "33533")


def test_what_is_missing_is_named(policies: PolicySet):
    values, indices, zips = (
        f"tables/{name}@2024-07-01" for name in ("procedure-indicators", "geographic-indices", "zip-localities")
    )
    assert missing(policies, "99215") == f"procedure 99215 in {values}"
    assert missing(policies, "99214", component="26") == f"procedure 99214 26 in {values}"
    assert missing(policies, "99070") == f"payable status of 99070 in {values}"
    assert missing(policies, "D0150") == f"relative values of D0150 in {values}"
    assert missing(policies, "G0101") == f"formula of calculation flag 1 of G0101 in {values}"
    assert missing(policies, "99214", zip_code="00000") == f"ZIP code 00000 in {zips}"
    assert missing(policies, "99214", zip_code="") == "ZIP code of where 99214 was performed"
    assert missing(policies, "99214", locality="01112-05") == f"locality 01112-05 in {indices}"
    assert (
        missing(policies, "99214", day=LAST + ONE_DAY) == f"version of tables/procedure-indicators on {LAST + ONE_DAY}"
    )


def test_a_zip_code_in_several_localities_is_not_guessed():
    flagged = (
        "STATE,ZIP CODE,CARRIER,LOCALITY,PLUS 4 FLAG,YEAR/QTR\nWI,53703,06302,00,1,20243\nAK,99501,02102,01,0,20243\n"
    )
    policies = compile_policies(fee_set(zip_localities=flagged))
    assert missing(policies, "99214") == "nine-digit ZIP code 53703 in tables/zip-localities@2024-07-01"
    assert cents(policies, "99214", zip_code="99501") == 16987


def test_a_zip_code_has_the_locality_of_the_day(policies: PolicySet):
    document = policies.fee_tables["tables/zip-localities"]
    table = document.versions[0]
    assert isinstance(table, ZipLocalities)
    found = [table.find("99501", dt.date(year, 12, 31)) for year in (2019, 2023, 2024)]
    assert [one and one.locality for one in found] == [None, "02102-09", "02102-01"]


def test_a_bound_file_of_caps_caps_too():
    by_table = MEDICARE.replace("cap: computed", "cap: tables/outpatient-caps")
    policies = compile_policies(fee_set(medicare=by_table))
    assert [cents(policies, "70450", component=one) for one in ("TC", "26", "")] == [6146, 4092, 10240]
    key = missing(policies, "70450", component="TC", zip_code="99501")
    assert key == "cap of 70450 TC for locality 02102-01 in tables/outpatient-caps@2024-07-01"
    uncapped = compile_policies(fee_set(medicare=MEDICARE.replace("    cap: computed\n", "")))
    assert cents(uncapped, "70450", component="TC") == 7917


def test_a_locality_may_be_fixed_in_the_schedule():
    fixed = MEDICARE.replace("localities: tables/zip-localities", "locality: 02102-01")
    assert cents(compile_policies(fee_set(medicare=fixed)), "99214") == 16987


def test_drugs_tests_and_items_have_the_amounts_of_their_files(policies: PolicySet):
    drug = asked(policies, "J1885", "fees/drug-limits")
    assert isinstance(drug, UnitFee)
    assert (drug.thousandths, drug.cents) == (15900, 1590)
    assert missing(policies, "90653", "fees/drug-limits").startswith("procedure 90653")
    assert cents(policies, "80053", "fees/laboratory-fees") == 1056
    assert cents(policies, "80053", "fees/laboratory-fees", modifiers=("90", "QW")) == 1050
    assert (
        missing(policies, "0020M", "fees/laboratory-fees") == "local fee of 0020M in tables/laboratory-fees@2024-07-01"
    )
    equipment = "fees/equipment-fees"
    for modifiers, state, rural, amount in (
        (("NU",), "WI", False, 2050),
        (("NU",), "WI", True, 2275),
        (("RR", "KH"), "WI", True, 205),  # no rural fee: the other holds there too
        (("NU",), "AK", False, 3100),
        (("AU",), "AK", False, 438),
        ((), "WI", False, 360),
    ):
        code = "E0100" if modifiers and modifiers[0] in ("NU", "RR") else "A4217"
        assert cents(policies, code, equipment, modifiers=modifiers, state=state, rural=rural) == amount
    assert (
        missing(policies, "A4217", equipment, state="AK")
        == "procedure A4217 for AK in tables/equipment-fees@2024-07-01"
    )
    assert missing(policies, "E0100", equipment, modifiers=("NU",)) == "state of the patient for E0100"


def test_names_and_anesthesia_factors_are_found_by_locality(policies: PolicySet):
    names, factors = (
        policies.fee_tables[f"tables/{name}"].versions[0] for name in ("localities", "anesthesia-factors")
    )
    assert isinstance(names, Localities)
    assert isinstance(factors, AnesthesiaFactors)
    assert [name.state for name in names.find("02102-01")] == ["ALASKA"]
    assert factors.factor_ten_thousandths("06302-00") == 197100
    assert factors.factor_ten_thousandths("02102-01") is None


def test_a_schedule_lists_what_its_tables_list(policies: PolicySet):
    codes = list(listed(policies.fee_schedule("fees/medicare", DAY), DAY))
    assert codes[:4] == [("33533", ()), ("45378", ("53",)), ("70450", ()), ("70450", ("26",))]
    assert ("A4217", ("AU",)) in list(listed(policies.fee_schedule("fees/equipment-fees", DAY), DAY))
    schedule = policies.fee_schedule("fees/drug-limits", DAY)
    assert isinstance(schedule, ListedFees)
    assert isinstance(schedule.amounts, Document)
    assert isinstance(schedule.amounts.versions[0], DrugLimits)


def test_a_fee_depends_on_the_releases_of_its_day(policies: PolicySet):
    tables = ("procedure-indicators", "geographic-indices", "zip-localities")
    schedule = policies.fee_schedule("fees/medicare", DAY)
    assert releases(schedule, DAY) == ("fees/medicare@2024-01-01", *(f"tables/{name}@2024-07-01" for name in tables))
    assert releases(schedule, LAST + ONE_DAY) == ("fees/medicare@2024-01-01",)
    drugs = policies.fee_schedule("fees/drug-limits", DAY)
    assert releases(drugs, DAY) == ("fees/drug-limits@2024-01-01", "tables/drug-limits@2024-07-01")


def test_code_editing_reads_the_same_file_once(policies: PolicySet):
    indicators, values = (
        policies.coding_on(DAY).indicators,
        policies.fee_tables["tables/procedure-indicators"].versions[0],
    )
    assert indicators is not None
    assert isinstance(values, RelativeValues)
    assert indicators.rows is values.rows
    found = indicators.indicators("70450", "TC")
    assert found is not None
    assert found.multiple_procedure == "4"


@pytest.mark.parametrize(
    ("table", "content", "told"),
    [
        (
            "procedure_indicators",
            PPRRVU.replace("1.92,1.98", "1.923,1.98"),
            ["8: work_rvu: found '1.923'; write units with at most two decimals, such as 1.92"],
        ),
        (
            "procedure_indicators",
            PPRRVU.replace("1.92,1.98", ",1.98"),
            ["8: work_rvu: found nothing; write units with at most two decimals, such as 1.92"],
        ),
        (
            "geographic_indices",
            GPCI.replace("0.985", "high"),
            ["4: gpci_pe: found 'high'; write a number with at most 3 decimals, such as 5.678"],
        ),
        (
            "geographic_indices",
            GPCI.replace("02102,AK,01", "6302,AK,0"),
            ["5: mac: found 06302-00 again after row 4; write each locality once"],
        ),
        (
            "geographic_indices",
            GPCI.replace(" 6302 ", "WPS"),
            ["4: mac: found 'WPS'; write a contractor of five digits, such as 01112"],
        ),
        (
            "zip_localities",
            ZIP.replace("53703", "5370X"),
            ["2: zip5: found '5370X'; write a ZIP code of five digits, such as 02139"],
        ),
        (
            "zip_localities",
            ZIP.replace("2024,9999,2102", "2023,9999,2102"),
            ["4: zip5: found 99501 again, on days of row 3 too; write a ZIP code once for a day"],
        ),
        (
            "zip_localities",
            ZIP.replace("2020,2023", "20,2023"),
            ["3: start: found '20' and '2023'; write years such as 2024, or a day such as 20240701 or 2024-07-01"],
        ),
        (
            "outpatient_caps",
            OPPSCAP.replace("70450,TC", "70450,26X"),
            ["2: mod: found '26X'; write nothing, 26, TC or 53"],
        ),
        (
            "localities",
            LOCCO.replace("2102,1", "2102,AK"),
            ["6: locality_number: found 'AK'; write a locality of two digits, such as 05"],
        ),
        (
            "drug_limits",
            ASP.replace("15.900", "15.9005"),
            ["4: payment_limit: found '15.9005'; write a number with at most 3 decimals, such as 5.678"],
        ),
        (
            "laboratory_fees",
            CLFS.replace("80053,QW", "80053,"),
            ["4: hcpcs: found 80053 again after row 3; write each once"],
        ),
        (
            "equipment_fees",
            DMEPOS.replace("22.75", "22.755"),
            ["3: WI-R: found '22.755'; write dollars with at most two decimals, such as 45.00"],
        ),
        (
            "equipment_fees",
            DMEPOS.replace("HCPCS", "CODE"),
            ["1: found no heading; write it with HCPCS, Mod, Mod2 and a column for each state, such as AL (NR)"],
        ),
    ],
)
def test_a_bad_file_is_told_by_row(table: str, content: str, told: list[str]):
    file = f"tables/{table.replace('_', '-')}.csv"
    found = [str(mistake) for mistake in mistakes_of(fee_set(**{table: content})) if mistake.file == file]
    assert found == [f"{file}:{one}" for one in told]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "values: tables/procedure-indicators",
            "values: tables/nothing",
            "values: found tables/nothing, which is not there; write a table's path",
        ),
        (
            "indices: tables/geographic-indices",
            "indices: tables/zip-localities",
            "indices: found tables/zip-localities, which lists zip-localities; write a table that lists geographic-indices",
        ),
        (
            "    payable_statuses: [A, R, T]\n",
            "",
            "found a table of values without payable_statuses; write payable_statuses",
        ),
        (
            "    localities: tables/zip-localities\n",
            "",
            "found a table of indices without localities; write localities or locality",
        ),
        (
            "localities: tables",
            "locality: 06302-00\n    localities: tables",
            "found both localities and locality; write localities or locality",
        ),
        (
            "cap: computed",
            "cap: estimated",
            "cap: found 'estimated'; write the path of a document without .yaml, such as tables/example",
        ),
        ("cap: computed", "work_index: 1.000", "found work_index without indices of its own; leave work_index out"),
        (
            "conversion_factor: 33.2875",
            "conversion_factor: 0",
            "method relative-value found without conversion_factor; write conversion_factor",
        ),
    ],
)
def test_a_schedule_that_names_what_is_not_there_is_told(old: str, new: str, told: str):
    mistakes = mistakes_of(fee_set(medicare=MEDICARE.replace(old, new)))
    assert any(str(mistake).endswith(told) for mistake in mistakes), [str(mistake) for mistake in mistakes]


def test_a_file_without_relative_values_pays_nothing():
    bare = "\n".join(
        ",".join(cell for at, cell in enumerate(line.split(",")) if not 5 <= at <= 12) for line in PPRRVU.splitlines()
    )
    (mistake,) = mistakes_of(fee_set(procedure_indicators=bare))
    assert "whose file has no relative values" in mistake.message


def test_another_factor_in_the_file_is_a_warning():
    files = fee_set(medicare=MEDICARE.replace("33.2875", "32.7442"))
    _, warnings = inspect_policies(files, {}, lambda *_: None)  # type: ignore[arg-type]
    (warning,) = (one for one in warnings if one.path.endswith("conversion_factor"))
    assert warning.message == (
        "found 32.7442, and the file of tables/procedure-indicators@2024-07-01 says 33.2875; write what the source of this "
        "version says"
    )


def test_indices_of_its_own_beside_a_table_of_values():
    own = MEDICARE.replace(
        "    indices: tables/geographic-indices\n    localities: tables/zip-localities\n",
        "    work_index: 1.010\n    practice_index: 0.985\n    malpractice_index: 0.720\n",
    )
    assert CITE in own
    assert cents(compile_policies(fee_set(medicare=own)), "99214", zip_code="") == 13283
