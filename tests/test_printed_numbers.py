"""The verdicts on printed numbers that docs/results.md shows are those of the values beside it."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

ROOT = Path(__file__).parents[1]
DATA = ROOT / "docs" / "data" / "printed-numbers.csv"
sys.path.insert(0, str(ROOT))

from benchmarks.printed_numbers import NUMBERS, on_scale  # noqa: E402


def test_the_page_shows_what_the_values_give() -> None:
    command = [sys.executable, "-m", "benchmarks.printed_numbers", "--judge", str(DATA)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout in (ROOT / "docs" / "results.md").read_text()


def test_the_values_are_of_the_twelve_numbers() -> None:
    with DATA.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert [row[:4] for row in rows] == [list(number[:4]) for number in NUMBERS]
    assert len(rows) == 12


def test_one_of_them_by_hand() -> None:
    with DATA.open(newline="") as file:
        (row,) = (row for row in csv.reader(file) if row[:2] == ["mu_2", "deep"])
    ours = np.sqrt(np.array(row[4:], float))
    half = 0.5 * (np.sqrt(2.445) - np.sqrt(2.435))
    error = ours.std(ddof=1) * np.sqrt(1.0 + 1.0 / 5.0)
    p = 2.0 * stats.t.sf((np.sqrt(2.44) - ours.mean() - half) / error, 4)
    np.testing.assert_allclose(p, 0.0105, atol=5e-5)


@pytest.mark.parametrize(
    ("printed", "half"), [("2.44", 0.005), ("-2.7e-10", 0.05e-10), ("769", 0.5), ("-3.0", 0.05)]
)
def test_half_a_unit_of_the_last_digit(printed: str, half: float) -> None:
    value, found = on_scale(printed, "identity")
    assert value == float(printed)
    np.testing.assert_allclose(found, half, rtol=1e-6)
