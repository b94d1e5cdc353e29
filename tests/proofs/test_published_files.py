"""CMS's own files load as they are, in every layout that we have of them, and say what they say on paper."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.fee_tables import (
    AnesthesiaFactors,
    DrugLimits,
    EquipmentFees,
    GeographicIndices,
    LaboratoryFees,
    Localities,
    RelativeValues,
    ZipLocalities,
)
from adjudicator.policy.load.compiled import compiled
from adjudicator.policy.load.publishers.catalogue import layout_of
from adjudicator.policy.load.publishers.layouts import LAYOUTS
from adjudicator.policy.load.table_files import content_at

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the publishers' files are not in ../shared/data")
DAY = dt.date(2025, 1, 1)
FILES = {
    "pprrvu": ("mpfs/*/pprrvu_*.csv", "mpfs/*/PPRRVU*.csv"),
    "gpci": ("mpfs/*/gpci_*.csv", "mpfs/*/GPCI*.csv"),
    "locco": ("mpfs/*/locco_*.csv", "mpfs/*/*LOCCO.csv"),
    "anes": ("mpfs/*/anes_*.csv", "mpfs/*/ANES*.csv"),
    "oppscap": ("mpfs/*/oppscap_*.csv",),
    "zip5": ("fees/zip_carrier_locality/*.csv",),
    "asp": ("fees/asp/*.csv",),
    "clfs": ("fees/clfs/*.csv",),
    "dmepos": ("fees/dmepos/*.csv",),
}


def files() -> Iterator[tuple[str, Path]]:
    for layout, patterns in FILES.items():
        for pattern in patterns:
            yield from ((layout, path) for path in sorted(DATA.glob(pattern)))


def table(layout: str, path: Path) -> object:
    packed, mistakes = compiled(path.name, content_at(path), LAYOUTS[layout], DAY)
    assert not mistakes, [str(mistake) for mistake in mistakes[:5]]
    build = LAYOUTS[layout].fees
    assert build is not None
    return build("tables/any", Span(DAY), Citation("CMS"), packed)


@pytest.mark.parametrize(("layout", "path"), list(files()), ids=lambda value: getattr(value, "name", value))
def test_every_file_is_known_by_its_heading_and_reads_without_a_mistake(layout: str, path: Path):
    assert layout_of(path) == layout
    assert table(layout, path)


def test_the_layout_of_2025_says_what_the_plain_one_would():
    folder = DATA / "mpfs" / "2025_cms_layout"
    values = table("pprrvu", folder / "PPRRVU25_JAN.csv")
    indices = table("gpci", folder / "GPCI2025.csv")
    factors = table("anes", folder / "ANES2025.csv")
    names = table("locco", folder / "25LOCCO.csv")
    assert isinstance(values, RelativeValues)
    assert isinstance(indices, GeographicIndices)
    assert isinstance(factors, AnesthesiaFactors)
    assert isinstance(names, Localities)
    found = values.find("99214")
    assert found is not None
    assert found[1] is not None
    assert found[1].work_hundredths == 192
    assert found[1].conversion_factor_ten_thousandths == 323465
    alaska = indices.find("02102-01")
    assert alaska is not None
    assert (alaska.work_thousandths, alaska.practice_thousandths, alaska.malpractice_thousandths) == (1500, 1081, 592)
    assert factors.factor_ten_thousandths("02102-01") == 278600
    assert [(name.state, name.area) for name in names.find("02102-01")] == [("ALASKA", "STATEWIDE")]
    assert names.find("01112-05")[0].state == "CALIFORNIA"  # the state stands in the first of its rows only


@pytest.mark.parametrize("release", ["2023/gpci_rvu23c.csv", "2024/gpci_rvu24b.csv", "2025_cms_layout/GPCI2025.csv"])
def test_every_zip_code_leads_to_indices_on_the_days_of_a_release(release: str):
    zips = table("zip5", DATA / "fees" / "zip_carrier_locality" / "zip5_carrier_locality.csv")
    indices = table("gpci", DATA / "mpfs" / release)
    assert isinstance(zips, ZipLocalities)
    assert isinstance(indices, GeographicIndices)
    day = dt.date(int(release[:4]), 6, 30)
    found = [zips.find(code, day) for code in set(zips.rows.keys())]
    localities = {one.locality for one in found if one is not None}
    assert len([one for one in found if one is not None]) > 42_000
    assert not {locality for locality in localities if indices.find(locality) is None}


def test_drugs_tests_and_items_read_as_on_paper():
    drugs = table("asp", DATA / "fees" / "asp" / "ASP_Jan2025_updated_030725.csv")
    tests = table("clfs", DATA / "fees" / "clfs" / "CLFS_2025_Q1V1.csv")
    items = table("dmepos", DATA / "fees" / "dmepos" / "DMEPOS_JAN.csv")
    assert isinstance(drugs, DrugLimits)
    assert isinstance(tests, LaboratoryFees)
    assert isinstance(items, EquipmentFees)
    drug = drugs.find("90371")
    assert drug is not None
    assert (drug.limit_thousandths, drug.dosage) == (146312, "1 ML")
    test = tests.find("U0002", ("QW",), DAY)
    assert test is not None
    assert (test.cents, test.local) == (5131, False)
    priced_by_contractors = tests.find("0020M", (), DAY)
    assert priced_by_contractors is not None
    assert priced_by_contractors.local
    assert [items.find("A4221", (), "AL", rural) for rural in (False, True)] == [2519, 2841]
    assert [items.find("A4216", (), "AL", rural) for rural in (False, True)] == [57, 57]
