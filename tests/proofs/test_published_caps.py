"""CMS's own published amounts: caps of imaging that are worked out of its relative values equal its OPPSCAP file to the cent.

An oracle of its own stands beside the engine: Decimal arithmetic over the rows of the plain files.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import msgspec
import pytest

from adjudicator.model.dates import Span
from adjudicator.model.decision import Citation
from adjudicator.policy.document import Document
from adjudicator.policy.fee_schedules import FeeRequest, RelativeValueFees, UnitFee
from adjudicator.policy.fee_tables import GeographicIndices, OutpatientCaps, RelativeValues
from adjudicator.policy.load.compiled import compiled
from adjudicator.policy.load.publishers.layouts import LAYOUTS
from adjudicator.policy.load.table_files import content_at
from adjudicator.pricing.unit_fees import unit_fee

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "mpfs"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the publishers' files are not in ../shared/data/mpfs")
CITE = Citation("Physician fee schedule", "relative value file", "https://www.cms.gov")
RELEASES = {
    "2023/{}_rvu23a_jan.csv": ("33.8872", 8806, 8288),
    "2023/{}_rvu23b_apr.csv": ("33.8872", 8806, 8288),
    "2023/{}_rvu23c_jul.csv": ("33.8872", 8806, 8288),
    "2024/{}_rvu24a_jan.csv": ("32.7442", 8510, 8066),
    "2024/{}_rvu24ar_jan.csv": ("33.2875", 8510, 8066),
    "2024/{}_rvu24b_apr.csv": ("33.2875", 8510, 8066),
}
"""Conversion factor, rows of status A, and those of them whose contractor and locality stand in the file of indices."""
DAY = dt.date(2024, 1, 1)
ALWAYS = Span(dt.date.min)


def rows_of(release: str, kind: str) -> list[dict[str, str]]:
    name = release.format(kind) if kind in ("pprrvu", "oppscap") else release.format(kind).rpartition("_")[0] + ".csv"
    with (DATA / name).open(encoding="latin-1", newline="") as file:
        return list(csv.DictReader(file))


def table(release: str, kind: str, layout: str) -> object:
    """A file of a release as fee schedules read it."""
    name = release.format(kind) if kind in ("pprrvu", "oppscap") else release.format(kind).rpartition("_")[0] + ".csv"
    packed, mistakes = compiled(name, content_at(DATA / name), LAYOUTS[layout], DAY)
    assert not mistakes
    build = LAYOUTS[layout].fees
    assert build is not None
    return build(f"tables/{kind}", ALWAYS, CITE, packed)


@cache
def schedule(release: str) -> RelativeValueFees:
    values, indices = table(release, "pprrvu", "pprrvu"), table(release, "gpci", "gpci")
    assert isinstance(values, RelativeValues)
    assert isinstance(indices, GeographicIndices)
    return RelativeValueFees(
        document="fees/cms",
        span=ALWAYS,
        cite=CITE,
        values=Document("tables/values", "", (values,)),
        payable_statuses=frozenset("ART"),
        indices=Document("tables/indices", "", (indices,)),
        conversion_factor_ten_thousandths=int(Decimal(RELEASES[release][0]) * 10_000),
        locality="01112-05",
        caps_computed=True,
    )


def by_hand(row: Mapping[str, str], index: Mapping[str, str], factor: str, practice: str, malpractice: str) -> Decimal:
    """The formula of the relative value file's record layout, with units of one's choice."""
    product = (
        Decimal(row["work_rvu"]) * Decimal(index["gpci_work"])
        + Decimal(row[practice]) * Decimal(index["gpci_pe"])
        + Decimal(row[malpractice]) * Decimal(index["gpci_mp"])
    ) * Decimal(factor)
    return product.quantize(Decimal("0.01"), ROUND_HALF_UP)


def joined(release: str) -> Iterator[tuple[dict[str, str], dict[str, str], dict[str, str]]]:
    """Every published cap of status A with the units and the indices that it was made of."""
    units = {(row["hcpcs"], row["mod"]): row for row in rows_of(release, "pprrvu")}
    indices = {(row["mac"], row["locality_number"]): row for row in rows_of(release, "gpci")}
    for cap in rows_of(release, "oppscap"):
        index = indices.get((cap["carrier"], cap["locality"]))
        if cap["procstat"] == "A" and index is not None:
            yield cap, units[cap["hcpcs"], cap["mod"]], index


@pytest.mark.parametrize("release", RELEASES)
def test_every_published_cap_of_status_a_comes_out_to_the_cent(release: str):
    factor, status_a, expected = RELEASES[release]
    assert sum(row["procstat"] == "A" for row in rows_of(release, "oppscap")) == status_a
    fees, count = schedule(release), 0
    for cap, row, index in joined(release):
        locality = f"{cap['carrier']}-{cap['locality']}"
        for facility, place in ((False, "non_facility"), (True, "facility")):
            request = FeeRequest(cap["hcpcs"], DAY, facility, cap["mod"], locality=locality)
            fee = unit_fee(fees, request)
            assert isinstance(fee, UnitFee), (request, fee)
            assert fee.cents == int(Decimal(cap[f"{place}_price"]) * 100), (request, fee)
            own = "facility_pe_rvu" if facility else "non_fac_pe_rvu"
            used = f"{place}_pe_used_for_opps_payment_amount"
            capped = by_hand(row, index, factor, used, "mp_used_for_opps_payment_amount")
            plain = by_hand(row, index, factor, own, "mp_rvu")
            assert fee.cents == int(min(capped, plain) * 100)
        count += 1
    assert count == expected


def test_the_published_rows_are_all_there_are():
    assert sum(expected for _, _, expected in RELEASES.values()) == 49_062
    assert sum(status_a for _, status_a, _ in RELEASES.values()) == 51_948


@pytest.mark.parametrize("release", RELEASES)
def test_the_cap_lowers_just_those_procedures_that_the_publisher_lists(release: str):
    """The OPPSCAP file lists what the cap lowers, and procedures that contractors price; ours lowers just the former."""
    listed = {(row["hcpcs"], row["mod"]) for row in rows_of(release, "oppscap") if row["procstat"] == "A"}
    fees, capped = schedule(release), set[tuple[str, str]]()
    values = fees.values.on(DAY)
    for procedure, component in values.listed():
        fee = unit_fee(fees, FeeRequest(procedure, DAY, False, component, locality="10112-00"))
        if isinstance(fee, UnitFee) and fee.uncapped_cents is not None:
            capped.add((procedure, component))
    assert capped == listed


@pytest.mark.parametrize("release", RELEASES)
def test_every_fee_is_the_formula_in_decimal(release: str):
    """All payable rows in four localities, without the cap: the whole file, facility and not."""
    fees = msgspec.structs.replace(schedule(release), caps_computed=False)
    indices = {f"{row['mac']}-{row['locality_number']}": row for row in rows_of(release, "gpci")}
    factor, count = RELEASES[release][0], 0
    for row in rows_of(release, "pprrvu"):
        units = [Decimal(row[name]) for name in ("work_rvu", "non_fac_pe_rvu", "facility_pe_rvu", "mp_rvu")]
        payable = row["status_code"] in "ART" and any(units)
        for locality in ("10112-00", "02102-01", "01112-05", "13202-01") if payable else ("10112-00",):
            for facility, own in ((False, "non_fac_pe_rvu"), (True, "facility_pe_rvu")):
                fee = unit_fee(fees, FeeRequest(row["hcpcs"], DAY, facility, row["mod"], locality=locality))
                assert isinstance(fee, UnitFee) is payable, (row, fee)
                if isinstance(fee, UnitFee):
                    assert fee.cents == int(by_hand(row, indices[locality], factor, own, "mp_rvu") * 100)
                    count += 1
    assert count > 70_000


@pytest.mark.parametrize("release", RELEASES)
def test_the_components_add_up_to_the_whole_in_units_and_to_a_cent_in_money(release: str):
    """Work, practice and malpractice of 26 and TC are those of the whole; each is rounded on its own, so a cent may differ."""
    fees, count = msgspec.structs.replace(schedule(release), caps_computed=False), 0
    values = fees.values.on(DAY)
    for procedure, component in values.listed():
        if component != "TC":
            continue
        parts = [unit_fee(fees, FeeRequest(procedure, DAY, component=part)) for part in ("", "26", "TC")]
        if not all(isinstance(part, UnitFee) for part in parts):
            continue
        whole, professional, technical = parts
        assert isinstance(whole, UnitFee)
        assert isinstance(professional, UnitFee)
        assert isinstance(technical, UnitFee)
        assert whole.product and professional.product and technical.product
        for name in ("work", "practice", "malpractice"):
            assert getattr(whole.product, name) == sum(getattr(p.product, name) for p in (professional, technical))
        assert abs(whole.cents - professional.cents - technical.cents) <= 1
        count += 1
    assert count > 800


@pytest.mark.parametrize("release", RELEASES)
def test_the_bound_file_of_caps_caps_like_the_units(release: str):
    caps = table(release, "oppscap", "oppscap")
    assert isinstance(caps, OutpatientCaps)
    by_table = msgspec.structs.replace(
        schedule(release), caps_computed=False, caps=Document("tables/caps", "", (caps,))
    )
    for cap, _, _ in joined(release):
        request = FeeRequest(cap["hcpcs"], DAY, component=cap["mod"], locality=f"{cap['carrier']}-{cap['locality']}")
        one, other = unit_fee(by_table, request), unit_fee(schedule(release), request)
        assert isinstance(one, UnitFee)
        assert isinstance(other, UnitFee)
        assert one.cents == other.cents
