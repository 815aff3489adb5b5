"""Print the tables of all procedures, or of those named."""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from benchmarks.statistics.simulation import measure

ALL = (
    "jumps",
    "plateaus",
    "breaks",
    "gaps",
    "intervals",
    "prediction",
    "comparisons",
    "verdicts",
    "signed_numbers",
    "mechanics_coverage",
    "metric_acceptance",
    "survival",
    "shuffled_share",
    "mixing",
)


def main() -> None:
    """Simulate every case of the procedures chosen, on all processors that this one may use."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("procedures", nargs="*", metavar="PROCEDURE", help=" ".join(ALL))
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    workers = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        for name in options.procedures or ALL:
            print(f"\n| {name} | %, 95 % interval | aim |\n| --- | --- | --- |", flush=True)
            for case in importlib.import_module(f"benchmarks.statistics.{name}").CASES:
                share = measure(case, options.times, options.seed, pool)
                print(f"| {case.what} | {share} | {case.aim} |", flush=True)


if __name__ == "__main__":
    main()
