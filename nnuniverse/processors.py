"""How many processors this process may use."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

LIMIT = "NPROC"
"""Environment variable with the most processors to use; XLA reads it when it makes its threads."""

CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux tells of the share of the processors that a container has."""

NO_LIMIT = sys.maxsize
"""As many processors as may be used."""


def usable_processors() -> int:
    """Return the processors that this process may use, at least 1.

    Those that it is not kept off, but no more than its container's share of time comes to, rounded
    up, and than `LIMIT` says.
    """
    return max(1, min(affine_processors(), _share_of_time(), _limit()))


def affine_processors() -> int:
    """Return how many processors the system does not keep this process off."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _share_of_time() -> int:
    """Return the quota of time over its period, which version 2 of cgroups has in one file."""
    try:
        words = (CGROUPS / "cpu.max").read_text().split()
    except OSError:
        cpu = CGROUPS / "cpu"
        try:
            words = [(cpu / f"cpu.cfs_{word}_us").read_text() for word in ("quota", "period")]
        except OSError:
            return NO_LIMIT
    try:
        quota, period = (int(word) for word in words)
    except ValueError:  # "max", or something else than two numbers
        return NO_LIMIT
    return math.ceil(quota / period) if quota > 0 and period > 0 else NO_LIMIT


def _limit() -> int:
    text = os.environ.get(LIMIT, "")
    return int(text) if text.isdecimal() and int(text) > 0 else NO_LIMIT
