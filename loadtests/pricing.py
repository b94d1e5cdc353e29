"""Prints what pricing a claim of three lines costs in process: plain lines, ranked operations, and imaging in parts.

    python loadtests/pricing.py [--data DIR]

With DIR, which holds the publishers' files, fees come from six releases of the physician fee schedule, by ZIP code and with the
outpatient cap; without it from the demo payer's own schedule. Every case is new to the engine. Quote the ratios of one run.
"""

import argparse
import datetime as dt
import gc
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402

from adjudicator.engine import RULES  # noqa: E402
from adjudicator.model.case import Case  # noqa: E402
from adjudicator.model.dates import Span  # noqa: E402
from adjudicator.model.standing import billed  # noqa: E402
from adjudicator.policy.load import load_policies  # noqa: E402
from adjudicator.policy.policy_set import PolicySet  # noqa: E402
from adjudicator.pricing import price_lines  # noqa: E402
from loadtests import claims as load  # noqa: E402
from loadtests.benchmark import typical_case  # noqa: E402
from loadtests.tables import DAY, payer  # noqa: E402

CONTRACT = "contracts/lakeside-clinic"
LONG_AGO = dt.date(2024, 1, 1)
CLAIMS, PASSES = 2_000, 9
KINDS = (
    ("plain: two visits and an image", ("99213", "99214", "71046")),
    ("ranked: three operations", ("11400", "12001", "20610")),
    ("ranked in parts: three images", ("70551", "72148", "74177")),
)


def cases(procedures: Sequence[str], published: bool) -> list[Case]:
    """Claims of three lines for these procedures, on one day."""
    made = []
    for number, claim in enumerate(load.claims(CLAIMS, 1)):
        day = DAY if published else claim.lines[0].from_date
        facility = msgspec.structs.replace(
            load.BILLING, address=msgspec.structs.replace(load.BILLING.address, postal_code="100010000")
        )
        lines = tuple(
            msgspec.structs.replace(
                claim.lines[0],
                number=place,
                procedure=procedure,
                modifiers=(),
                quantity_thousandths=1000,
                from_date=day,
                through_date=day,
                service_facility=facility,
            )
            for place, procedure in enumerate(procedures, 1)
        )
        case = typical_case(msgspec.structs.replace(claim, lines=lines), number)
        span = Span(LONG_AGO)
        coverage = tuple(msgspec.structs.replace(one, span=span) for one in case.coverage)
        participations = tuple(msgspec.structs.replace(one, span=span) for one in case.participations)
        made.append(msgspec.structs.replace(case, coverage=coverage, participations=participations))
    return made


def microseconds(policies: PolicySet, made: Sequence[Case]) -> float:
    """Processor time of one claim, the best of all passes; every case is new in each of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    standing = billed(made[0].claim)
    priced = price_lines(made[0], policies, standing)
    assert len(priced.lines) == len(made[0].claim.lines), priced.findings
    best = float("inf")
    for _ in range(PASSES):
        new = [msgspec.structs.replace(case) for case in made]
        started = time.process_time()
        for case in new:
            price_lines(case, policies, standing)
        best = min(best, time.process_time() - started)
    return best / len(made) * 1e6


def ruled(folder: Path, schedule: str) -> None:
    """Let the contract pay everything from one schedule, under the payment rules, since long ago."""
    for pattern in ("payer.yaml", *(f"{kind}/*.yaml" for kind in ("contracts", "fees", "payment", "plans"))):
        for document in folder.glob(pattern):
            text = document.read_text(encoding="utf-8")
            document.write_text(text.replace("effective: 2025-01-01", f"effective: {LONG_AGO}"), encoding="utf-8")
    (folder / f"{CONTRACT}.yaml").write_text(
        f"""\
kind: contract
title: Lakeside Clinic
versions:
  - effective: {LONG_AGO}
    cite: {{title: Agreement, section: "1", url: "https://meadowlark.example/contracts/lakeside"}}
    pay:
      - {{for: any, from: {schedule}, rate: 1.00, lesser_of_charge: true, rules: payment/professional}}
""",
        encoding="utf-8",
    )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the publishers' files")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "payer"
        if given.data:
            payer(folder, given.data)
        else:
            shutil.copytree(ROOT / "policies" / "demo", folder)
        ruled(folder, "fees/medicare" if given.data else "fees/professional")
        policies = load_policies(folder, RULES)
        for name, procedures in KINDS:
            print(f"{name:<40}{microseconds(policies, cases(procedures, bool(given.data))):>8.1f} us")


if __name__ == "__main__":
    main()
