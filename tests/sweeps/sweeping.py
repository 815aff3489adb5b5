"""The processes of sweeps that began in a warm process."""

from __future__ import annotations

from contextlib import suppress

import psutil


def tasks_of(warm: psutil.Process) -> list[psutil.Process]:
    """Return the forks of fork servers, which are forks as well.

    ``warm``: forks all the others, see `warm_processes`.
    """
    found = []
    for started in warm.children():
        with suppress(psutil.NoSuchProcess):
            found += [child for child in started.children() if not _waits(child)]
    return found


def _waits(process: psutil.Process) -> bool:
    """Whether a process only waits for one that it had started: an executable of `warm`."""
    return "-IS" in process.cmdline()
