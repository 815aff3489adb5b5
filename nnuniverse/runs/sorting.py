"""The order of runs in a list."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nnuniverse.runs.listing import ListedRun
from nnuniverse.runs.selection import require_known


def require_run_key(option: str, key: str) -> str:
    """Return ``key``; raises ConfigError, which names ``option``, if no run can have it."""
    require_known(key, f"`{option} {key:.100}`")
    return key


def sorted_runs(
    runs: Iterable[ListedRun], key: str, *, descending: bool = False
) -> list[ListedRun]:
    """Return ``runs`` by their values of ``key``: numbers by size, then texts by alphabet.

    Runs of equal values stay in their order; those without a value come last, also if
    ``descending``.
    """
    runs = list(runs)
    valued = [(_order(value), run) for run in runs if (value := run.values().get(key)) is not None]
    with_value = {id(run) for _, run in valued}
    ordered = sorted(valued, key=lambda pair: pair[0], reverse=descending)
    return [run for _, run in ordered] + [run for run in runs if id(run) not in with_value]


def _order(value: object) -> tuple[bool, float, str]:
    if isinstance(value, int | float):
        return False, float(value), ""
    return True, 0.0, value if isinstance(value, str) else json.dumps(value)
