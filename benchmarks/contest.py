"""Contestants in processes of their own, called in turn, so that a drifting machine is fair."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import NamedTuple

THREADS = min(2, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else 2
CLOCK = time.perf_counter if THREADS > 1 else time.process_time
"""Of one thread, its processor time: ``taskset -c 0`` measures on a machine that others use."""

ROUNDS = 5
PAUSE = 0.3
"""Seconds between calls, in which the thread pools of the one before stop spinning."""

Work = Callable[[int], None]
"""Does so many units of work; made by a contestant's builder, which also warms it up."""


class Times(NamedTuple):
    """Seconds per unit of work, a value per round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median round."""
        return statistics.median(self.rounds)

    def over(self, other: Times) -> Times:
        """Return the ratio to ``other``, round by round."""
        return Times(tuple(a / b for a, b in zip(self.rounds, other.rounds, strict=True)))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.rounds):.2f}-{max(self.rounds):.2f})"


def compete(builders: Mapping[str, tuple[Callable[[], Work], int]]) -> dict[str, Times]:
    """Time every contestant once per round, in turn.

    ``builders``: by name, a function that builds the work, and the units to do per round.
    """
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    processes = []
    for name, (builder, units) in builders.items():
        pipes[name], child = context.Pipe()
        process = context.Process(target=_contestant, args=(builder, units, child))
        process.start()
        processes.append(process)
        pipes[name].recv()  # built and warm
    seconds: dict[str, list[float]] = {name: [] for name in builders}
    for _ in range(ROUNDS):
        for name, pipe in pipes.items():
            time.sleep(PAUSE)
            pipe.send("go")
            seconds[name].append(pipe.recv() / builders[name][1])
    for pipe in pipes.values():
        pipe.send("stop")
    for process in processes:
        process.join()
    return {name: Times(tuple(values)) for name, values in seconds.items()}


def _contestant(builder: Callable[[], Work], units: int, pipe: Connection) -> None:
    work = builder()
    work(max(1, units // 4))
    pipe.send("ready")
    while pipe.recv() == "go":
        started = CLOCK()
        work(units)
        pipe.send(CLOCK() - started)
