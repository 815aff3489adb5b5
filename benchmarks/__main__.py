"""Print one table of all benchmarks, or of those named."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import tempfile

from benchmarks.contest import ROUNDS, THREADS

ALL = (
    "startup",
    "spectrum",
    "graph",
    "training",
    "reservoir",
    "adjusting",
    "replicas",
    "devices",
    "measuring",
    "moving",
    "swept_masks",
    "bulk",
    "analysing",
    "judging",
    "transients",
    "curving",
    "sweeping",
    "solvers",
    "structure",
    "holography",
)


def main() -> None:
    """Run the benchmarks named on the command line, by default all."""
    print(f"{platform.platform()}, {os.cpu_count()} processors, {THREADS} threads")
    print(f"median (least-greatest) of {ROUNDS} rounds, contestants in turn\n")
    print(f"{'':66}{'measured':>22}{'aim':>10}", flush=True)
    with tempfile.TemporaryDirectory() as cache:  # what the user has compiled before is no merit
        os.environ["NNU_CACHE"] = cache
        for name in sys.argv[1:] or ALL:
            for what, measured, aim in importlib.import_module(f"benchmarks.{name}").run():
                print(f"{what:66}{measured:>22}{aim:>10}", flush=True)


if __name__ == "__main__":
    main()
