"""Small faults that are planted in the rules do not go unnoticed (tests/seeded_faults.py)."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

PARTS = 4


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_an_example_notices_every_fault_that_is_planted_in_a_rule(part: int):
    # A process of its own: a fault is planted in the running code.
    command = [sys.executable, "tests/seeded_faults.py", "--each", "2", "--seed", "1", "--part", f"{part}/{PARTS}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
