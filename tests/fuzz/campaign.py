"""Try every property with new examples until the time is over: ``make fuzz MINUTES=30``.

Ends with a table of how many examples held, and with 1 if one did not; those are printed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import cases
import commands
from hypothesis import HealthCheck, Phase, given, seed, settings

EXAMPLES = 10
"""Of a property with one seed."""

TURN_SECONDS = 10.0
"""For which a property is tried before the next has its turn: quick ones more often than others."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=list(cases.PROPERTIES))
    options = parser.parse_args()
    names = [options.only] if options.only else list(cases.PROPERTIES)
    until = time.monotonic() + 60.0 * options.minutes
    tried: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="nnu-fuzz-") as folder,
        commands.Commands(compile_once(Path(folder))) as nnu,
    ):
        material = cases.Material(Path(folder) / "whole", nnu)
        seeds = itertools.count(options.seed)
        for name in itertools.cycle(names):
            turn = min(until, time.monotonic() + TURN_SECONDS)
            while time.monotonic() < turn:
                failed[name] += not _holds(name, next(seeds), material, tried)
            if time.monotonic() > until:
                break
    return _report(tried, failed)


def compile_once(folder: Path) -> dict[str, str]:
    """Return the variable with which ``folder`` holds what is compiled."""
    return {"NNU_CACHE": str(folder / "compiled")}


def _holds(name: str, number: int, material: cases.Material, tried: Counter[str]) -> bool:
    """Try some examples of a property; print the smallest that fails, if one does."""
    check, drawn = cases.PROPERTIES[name]

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(**drawn)
    def property_(**example: object) -> None:
        tried[name] += 1
        check(material, **example)

    try:
        property_()
    except Exception:
        print(f"--- {name}, seed {number}", file=sys.stderr)
        traceback.print_exc(limit=4)
        return False
    return True


def _report(tried: Counter[str], failed: Counter[str]) -> int:
    print(json.dumps({"tried": dict(tried), "failed": {n: c for n, c in failed.items() if c}}))
    for name, count in tried.items():
        print(f"{name:26}{count:8} examples{failed[name]:6} failures")
    print(f"{'together':26}{tried.total():8} examples{failed.total():6} failures")
    return int(failed.total() > 0)


if __name__ == "__main__":
    sys.exit(main())
