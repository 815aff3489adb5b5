"""The twelve numbers that 2004.09280 prints of runs, beside those of runs of ours.

``python -m benchmarks.printed_numbers RUN_DEEP RUN_SHALLOW`` writes docs/data/printed-numbers.csv
to stdout, a row per number, a column per replica; ``... --judge docs/data/printed-numbers.csv``
prints the verdicts.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnuniverse.analysis.prediction import holm, prediction_p_value, runs_to_differ
from nnuniverse.runs import RunRecord, read_run

LEVEL = 0.05

SCALES = {"identity": np.asarray, "sqrt": np.sqrt, "cbrt": np.cbrt, "log": np.log}

Measure = Callable[[RunRecord], np.ndarray]


class Printed(NamedTuple):
    """A printed number: the net and the scale, on which runs are close to normal, to compare on."""

    name: str
    net: str
    value: str
    scale: str
    measure: Measure


def at(name: str, epoch: int) -> Measure:
    """Return what measures a variable at a snapshot."""
    return lambda run: run[name][:, int(np.flatnonzero(run["snapshot"] == epoch)[0])]


def ratio(run: RunRecord) -> np.ndarray:
    """Return U / U_boundary at epoch 10,000."""
    return at("bulk_loss", 10_000)(run) / at("boundary_loss", 10_000)(run)


def widest_spacing(epoch: int) -> Measure:
    """Return what finds the middle of the widest spacing between small eigenvalues."""

    def middle(log_eigenvalues: np.ndarray) -> float:
        small = np.sort(log_eigenvalues[log_eigenvalues < 0.0])
        k = int(np.diff(small).argmax())
        return 0.5 * float(small[k] + small[k + 1])

    return lambda run: np.array([middle(one) for one in at("log_eigenvalues", epoch)(run)])


def line(n: int, coefficient: int) -> Measure:
    """Return what fits C_n against log U: its slope, coefficient 0, or intercept, 1."""

    def measure(run: RunRecord) -> np.ndarray:
        column = int(np.flatnonzero(run["complexity_n"] == n)[0])
        x, y = np.log(run["bulk_loss"][:, 1:]), run["complexity"][:, 1:, column]
        return np.array([np.polyfit(*one, 1)[coefficient] for one in zip(x, y, strict=True)])

    return measure


NUMBERS = (
    Printed("bulk over boundary loss", "deep", "0.01", "log", ratio),
    Printed("mu_2", "shallow", "1.84", "sqrt", at("mu2_per_eigenvalue", 10_000)),
    Printed("mu_3", "shallow", "-2.7e-10", "cbrt", at("mu3_per_eigenvalue", 10_000)),
    Printed("mu_2", "deep", "2.44", "sqrt", at("mu2_per_eigenvalue", 10_000)),
    Printed("mu_3", "deep", "-1.7", "cbrt", at("mu3_per_eigenvalue", 10_000)),
    Printed("gap, epoch 100", "deep", "-2.3", "identity", widest_spacing(100)),
    Printed("gap, epoch 1,000", "deep", "-2.5", "identity", widest_spacing(1_000)),
    Printed("gap, epoch 10,000", "deep", "-3.0", "identity", widest_spacing(10_000)),
    Printed("slope of C_20", "deep", "1.25", "identity", line(20, 0)),
    Printed("intercept of C_20", "deep", "769", "identity", line(20, 1)),
    Printed("slope of C_834", "deep", "1.41", "identity", line(834, 0)),
    Printed("intercept of C_834", "deep", "772", "identity", line(834, 1)),
)
"""Fixed before the runs.  "Few orders" of Fig. 2 is taken as two, which favours the text."""


def write_table(deep: str, shallow: str) -> None:
    """Write the numbers of two run folders, replica by replica."""
    runs = {"deep": read_run(deep), "shallow": read_run(shallow)}
    table = csv.writer(sys.stdout, lineterminator="\n")
    seeds = [f"seed {seed}" for seed in runs["deep"]["seed"]]
    table.writerow(["number", "net", "printed", "scale", *seeds])
    for number in NUMBERS:
        values = number.measure(runs[number.net])
        table.writerow([*number[:4], *(f"{value:.6g}" for value in values)])


def judge(path: str) -> None:
    """Print, as Markdown, whether each number of a table could be one more run."""
    with Path(path).open(newline="") as file:
        _, *rows = csv.reader(file)
    p_values, runs = [], []
    for _, _, printed, scale, *values in rows:
        ours = SCALES[scale](np.array(values, float))
        number, half = on_scale(printed, scale)
        p_values.append(prediction_p_value(ours, number, half))
        runs.append(runs_to_differ(ours, number, LEVEL / len(rows), half))
    print("| number | net | printed | ours | p | p, of twelve | verdict | runs that would differ |")
    print("| --- | --- | ---: | --- | ---: | ---: | --- | ---: |")
    for row, p, corrected, needed in zip(
        rows, p_values, holm(np.array(p_values)), runs, strict=True
    ):
        name, net, printed, _, *values = row
        ours = " ".join(f"{float(value):.4g}" for value in values)
        verdict = "differs" if corrected <= LEVEL else "undecided"
        told = f"{p:.2g} | {corrected:.2g} | {verdict} | {needed or '-'}"
        print(f"| {name} | {net} | {printed} | {ours} | {told} |")


def on_scale(printed: str, scale: str) -> tuple[float, float]:
    """Return a printed number and half a unit of its last digit, on its scale."""
    mantissa, _, power = printed.partition("e")
    digits = len(mantissa.partition(".")[2])
    value, half = float(printed), 0.5 * 10.0 ** (int(power or 0) - digits)
    function = SCALES[scale]
    return float(function(value)), float(abs(function(value + half) - function(value - half)) / 2.0)


def main() -> None:
    """Write the table of two runs, or judge one that was written."""
    match sys.argv[1:]:
        case ["--judge", path]:
            judge(path)
        case [deep, shallow]:
            write_table(deep, shallow)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
