"""A task: some seeds of a point, in one name from the plan to the engine and the failure file."""

from __future__ import annotations

from dataclasses import dataclass

from nnuniverse.config import RunConfig
from nnuniverse.runs import FoundRun
from nnuniverse.sweeps.folder import SweepFolder
from nnuniverse.sweeps.grid import Point


@dataclass(frozen=True)
class Task:
    """Some seeds of one point: one run, there or to be made.

    ``folder``: the sweep's, where the run lies or will; ``config``, ``run_hash``: of the run;
    ``found``: the run if it was begun before; ``covers``: those of its seeds that the sweep asks
    for; ``memory``: bytes that it needs, about.
    """

    folder: SweepFolder
    point: Point
    config: RunConfig
    run_hash: str
    found: FoundRun | None
    covers: tuple[int, ...]
    memory: int

    @property
    def ended(self) -> bool:
        """Whether the run is there, whole."""
        return self.found is not None and self.found.ended

    @property
    def in_use(self) -> bool:
        """Whether the run had ended, but another program has it open, so that it must wait."""
        return self.found is not None and self.found.in_use

    @property
    def replica_epochs(self) -> int:
        """What there is to train: epochs times replicas."""
        return self.config.train.epochs * self.config.replicas

    @property
    def id(self) -> str:
        """What claims and failures are kept under."""
        return self.run_hash[:32]

    def __str__(self) -> str:
        return f"{self.point}, {seeds_in_words(self.config.seeds)}"


def seeds_in_words(seeds: tuple[int, ...]) -> str:
    """Return, of seeds without gaps, ``seed 3`` or ``seeds 0-4``.

    >>> seeds_in_words((0, 1, 2))
    'seeds 0-2'
    """
    return f"seeds {seeds[0]}-{seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"
