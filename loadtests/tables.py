"""Prints what the publishers' full tables cost: compiling, starting, looking up, memory of each worker.

    python loadtests/tables.py --data DIR

DIR holds the folders ncci, mpfs, fees and codes with the publishers' files. A copy of the demo payer binds all of them; each figure
comes from a process of its own. Beside every look-up stands the same question to a plain dictionary, in the same run.
"""

import argparse
import datetime as dt
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from adjudicator.engine import RULES  # noqa: E402
from adjudicator.policy.coding_tables import ProcedurePairs, Setting  # noqa: E402
from adjudicator.policy.fee_schedules import FeeRequest, UnitFee  # noqa: E402
from adjudicator.policy.fee_tables import RelativeValues, ZipLocalities  # noqa: E402
from adjudicator.policy.load import load_policies  # noqa: E402
from adjudicator.policy.load.bindings import Binding, written  # noqa: E402
from adjudicator.policy.load.compiled import CACHE_VARIABLE  # noqa: E402
from adjudicator.policy.load.publishers.catalogue import KINDS, SOURCES, lists_of  # noqa: E402
from adjudicator.policy.load.table_files import checksum_of, content_at  # noqa: E402
from adjudicator.policy.policy_set import PolicySet  # noqa: E402
from adjudicator.pricing.unit_fees import unit_fee  # noqa: E402

DAY = dt.date(2024, 8, 15)
LOOK_UPS = 200_000
FILES = (
    ("procedure-pairs-practitioner", "ncci/ptp_prac_2024q3_all.csv.gz", "2024-07-01", "2024-09-30"),
    ("procedure-pairs-outpatient", "ncci/ptp_out_2024q3_all.csv.gz", "2024-07-01", "2024-09-30"),
    ("unit-limits-practitioner", "ncci/mue_prac_2024q3.csv", "2024-07-01", "2024-09-30"),
    ("unit-limits-outpatient", "ncci/mue_out_2024q3.csv", "2024-07-01", "2024-09-30"),
    ("unit-limits-supplier", "ncci/mue_dme_2024q3.csv", "2024-07-01", "2024-09-30"),
    ("add-on-codes", "ncci/aoc_2024q3.csv", "2024-07-01", "2024-09-30"),
    ("procedure-indicators", "mpfs/2023/pprrvu_rvu23a_jan.csv", "2023-01-01", "2023-03-31"),
    ("procedure-indicators", "mpfs/2023/pprrvu_rvu23b_apr.csv", "2023-04-01", "2023-06-30"),
    ("procedure-indicators", "mpfs/2023/pprrvu_rvu23c_jul.csv", "2023-07-01", "2023-12-31"),
    ("procedure-indicators", "mpfs/2024/pprrvu_rvu24a_jan.csv", "2024-01-01", "2024-03-08"),
    ("procedure-indicators", "mpfs/2024/pprrvu_rvu24ar_jan.csv", "2024-03-09", "2024-03-31"),
    ("procedure-indicators", "mpfs/2024/pprrvu_rvu24b_apr.csv", "2024-04-01", "2024-09-30"),
    ("geographic-indices", "mpfs/2023/gpci_rvu23a.csv", "2023-01-01", "2023-12-31"),
    ("geographic-indices", "mpfs/2024/gpci_rvu24a.csv", "2024-01-01", "2024-12-31"),
    ("outpatient-caps", "mpfs/2023/oppscap_rvu23a_jan.csv", "2023-01-01", "2023-12-31"),
    ("outpatient-caps", "mpfs/2024/oppscap_rvu24a_jan.csv", "2024-01-01", "2024-03-08"),
    ("outpatient-caps", "mpfs/2024/oppscap_rvu24b_apr.csv", "2024-03-09", "2024-12-31"),
    ("anesthesia-factors", "mpfs/2023/anes_rvu23a.csv", "2023-01-01", "2023-12-31"),
    ("anesthesia-factors", "mpfs/2024/anes_rvu24a.csv", "2024-01-01", "2024-03-08"),
    ("anesthesia-factors", "mpfs/2024/anes_rvu24ar.csv", "2024-03-09", "2024-12-31"),
    ("zip-localities", "fees/zip_carrier_locality/zip5_carrier_locality.csv", "2023-01-01", "2024-12-31"),
    ("drug-limits", "fees/asp/ASP_Jan2025_updated_030725.csv", "2025-01-01", "2025-03-31"),
    ("laboratory-fees", "fees/clfs/CLFS_2025_Q1V1.csv", "2025-01-01", "2025-03-31"),
    ("equipment-fees", "fees/dmepos/DMEPOS_JAN.csv", "2025-01-01", "2025-03-31"),
    ("diagnoses", "codes/icd10cm_2026apr.csv.gz", "2026-04-01", ""),
    ("hcpcs", "codes/hcpcs_level2_2024jul.csv", "2015-10-01", ""),
)
SCHEDULE = "kind: fees\ntitle: Medicare\nversions:\n" + "".join(
    f"""\
  - effective: {effective}
    cite: {{title: Physician fee schedule, section: "Conversion factor {factor}", url: "https://www.cms.gov"}}
    method: relative-value
    values: tables/procedure-indicators
    payable_statuses: [A, R, T]
    indices: tables/geographic-indices
    localities: tables/zip-localities
    cap: computed
    conversion_factor: {factor}
"""
    for effective, factor in (("2024-03-09", "33.2875"), ("2024-01-01", "32.7442"), ("2023-01-01", "33.8872"))
)
"""A fee schedule over the six releases of two years."""


def payer(folder: Path, data: Path) -> Path:
    """A copy of the demo payer that binds all of the files."""
    shutil.copytree(ROOT / "policies" / "demo", folder)
    for lists in {kind for kind, *_ in FILES} - {"diagnoses", "hcpcs"}:
        (folder / "tables" / f"{lists}.yaml").unlink(missing_ok=True)
        for ending in ("csv", "txt"):
            (folder / "tables" / f"{lists}.{ending}").unlink(missing_ok=True)
    for kind, name, effective, ends in FILES:
        place = f"tables/{kind}/{effective}{''.join(Path(name).suffixes)}"
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data / name, folder / place)
        source = SOURCES[KINDS[kind]]
        binding = Binding(
            lists=lists_of(kind),
            layout=KINDS[kind],
            file=place,
            sha256=checksum_of(content_at(folder / place)),
            effective=dt.date.fromisoformat(effective),
            ends=dt.date.fromisoformat(ends) if ends else None,
            publisher=source.publisher,
            period=effective,
            title=source.title,
            section=name,
            url=source.url,
        )
        document = folder / "tables" / f"{kind}.yaml"
        before = document.read_text(encoding="utf-8") if document.is_file() else None
        text, mistakes = written(binding, f"tables/{kind}", before)
        assert not mistakes, mistakes
        document.write_text(text, encoding="utf-8")
    (folder / "fees" / "medicare.yaml").write_text(SCHEDULE, encoding="utf-8")
    return folder


def worker(policies: Path, plain: bool) -> dict[str, float]:
    """Load the policies as a worker does, look things up, and tell what it took."""
    before = private_megabytes()
    started = time.perf_counter()
    loaded = load_policies(policies, RULES)
    load_seconds = time.perf_counter() - started
    pairs = loaded.coding_on(DAY).pairs.get(Setting.PRACTITIONER)
    told = {"load_seconds": load_seconds, "before_megabytes": before}
    if pairs is None:  # the demo payer's own tables
        return told | {"private_megabytes": private_megabytes()}
    listed, others = questions(policies, pairs)
    told |= {"listed_microseconds": asked(pairs, listed), "others_microseconds": asked(pairs, others)}
    told["private_megabytes"] = private_megabytes()
    if "fees/medicare" in loaded.fees:
        told["fee_microseconds"] = priced(loaded)
    if plain:
        told |= beside_a_dictionary(policies, listed)
    return told


def questions(policies: Path, pairs: ProcedurePairs) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Pairs that the table lists, drawn by chance, and pairs of codes of the table that it mostly does not list."""
    draw = random.Random(1)
    indicators = load_policies(policies).coding_on(dt.date(2024, 5, 1)).indicators
    assert indicators is not None
    listed_codes = indicators.rows.keys()
    codes = sorted(code for code in {key[:5] for key in listed_codes} if code in pairs)
    others = [(draw.choice(codes), draw.choice(codes)) for _ in range(LOOK_UPS)]
    listed: list[tuple[str, str]] = []
    while len(listed) < LOOK_UPS // 10:
        one, two = draw.choice(codes), draw.choice(codes)
        if pairs.find(one, two, DAY):
            listed.append((one, two))
    return listed * 10, others


def asked(pairs: ProcedurePairs, questions: list[tuple[str, str]]) -> float:
    """Microseconds for one look-up, the best of three rounds."""
    find = pairs.find
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        for one, two in questions:
            find(one, two, DAY)
        best = min(best, time.perf_counter() - started)
    return best / len(questions) * 1e6


def priced(policies: PolicySet) -> float:
    """Microseconds for one fee of the relative value file, cap and calculation included, the best of three rounds."""
    draw = random.Random(1)
    values, zips = policies.fee_tables["tables/procedure-indicators"], policies.fee_tables["tables/zip-localities"]
    assert isinstance(zips.versions[0], ZipLocalities)
    codes = list(zips.versions[0].rows.keys())
    days = [dt.date(2023, 1, 1) + dt.timedelta(days=step) for step in range(640)]
    requests: list[FeeRequest] = []
    while len(requests) < LOOK_UPS // 10:
        day = draw.choice(days)
        table = values.on(day)
        assert isinstance(table, RelativeValues)
        for procedure, component in draw.sample(list(table.listed()), 200):
            given = FeeRequest(procedure, day, draw.random() < 0.5, component, zip_code=draw.choice(codes))
            if isinstance(unit_fee(policies.fee_schedule("fees/medicare", day), given), UnitFee):
                requests.append(given)
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        for request in requests:
            unit_fee(policies.fee_schedule("fees/medicare", request.day), request)
        best = min(best, time.perf_counter() - started)
    return best / len(requests) * 1e6


def beside_a_dictionary(policies: Path, questions: list[tuple[str, str]]) -> dict[str, float]:
    """The same look-ups in a dictionary of the active pairs, and the memory that it takes."""
    from adjudicator.policy.load.publishers.ncci import pair_rows
    from adjudicator.policy.load.publishers.rows import Rows

    before = private_megabytes()
    file = policies / "tables" / "procedure-pairs-practitioner" / "2024-07-01.csv.gz"
    started = time.perf_counter()
    plain = {}
    for key, said in pair_rows(Rows(file.name, content_at(file), DAY)):
        if said.startswith("9999-12-31"):
            one, _, two = key.partition(" ")
            plain[one, two] = said[11:12]
    made_seconds = time.perf_counter() - started
    find, best = plain.get, float("inf")
    for _ in range(3):
        started = time.perf_counter()
        for question in questions:
            find(question)
        best = min(best, time.perf_counter() - started)
    return {
        "dictionary_seconds": made_seconds,
        "dictionary_megabytes": private_megabytes() - before,
        "dictionary_microseconds": best / len(questions) * 1e6,
    }


def private_megabytes() -> float:
    """Memory of this process that no other shares."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    kilobytes = sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))
    return kilobytes / 1024


def workers(policies: Path, cache: Path, count: int, *more: str) -> list[dict[str, float]]:
    """Several workers at once; what each of them tells."""
    command = [sys.executable, __file__, "--worker", str(policies), *more]
    environment = os.environ | {CACHE_VARIABLE: str(cache)}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) for _ in range(count)
    ]
    return [json.loads(one.communicate()[0]) for one in running]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the publishers' files")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        print(json.dumps(worker(given.worker, given.plain)))
        return
    if not (given.data / FILES[0][1]).is_file():
        sys.exit(f"{given.data} does not hold the publishers' files; name their folder with --data.")
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch) / "cache"
        policies = payer(Path(scratch) / "payer", given.data)
        (demo,) = workers(ROOT / "policies" / "demo", cache, 1)
        (cold,) = workers(policies, cache, 1)
        (warm,) = workers(policies, cache, 1, "--plain")
        two = workers(policies, cache, 2)
        cache_bytes = sum(path.stat().st_size for path in cache.iterdir())
    private = max(one["private_megabytes"] for one in two)
    print(f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}, {dt.date.today()}\n")  # noqa: DTZ011
    for what, figure in (
        ("first start: every table compiled", f"{cold['load_seconds']:.1f} s"),
        ("warm start: all of them mapped and checked", f"{warm['load_seconds']:.2f} s"),
        ("of that, the demo payer's own documents", f"{demo['load_seconds']:.2f} s"),
        ("compiled tables in the cache", f"{cache_bytes / 1e6:.1f} MB"),
        ("fee by relative values, any release and ZIP code", f"{warm['fee_microseconds']:.2f} us"),
        ("look-up of a listed pair", f"{warm['listed_microseconds']:.2f} us"),
        ("look-up of two codes that are no pair", f"{warm['others_microseconds']:.2f} us"),
        ("the same listed pairs in a dictionary", f"{warm['dictionary_microseconds']:.2f} us"),
        ("ratio of the look-ups", f"{warm['listed_microseconds'] / warm['dictionary_microseconds']:.1f}"),
        ("memory of that dictionary alone, in each worker", f"{warm['dictionary_megabytes']:.0f} MB"),
        ("private memory of each of two workers, all tables", f"{private:.0f} MB"),
        ("of that, before any policy is loaded", f"{two[0]['before_megabytes']:.0f} MB"),
    ):
        print(f"{what:<55}{figure:>10}")


if __name__ == "__main__":
    main()
