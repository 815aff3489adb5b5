"""What a sweep still has to do: its points against the runs that are there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from nnuniverse.config import RunConfig, SweepConfig
from nnuniverse.data import Dataset
from nnuniverse.datasets import family_hash, load_dataset, run_hash
from nnuniverse.errors import RunError
from nnuniverse.runs import FoundRun, find_runs, read_ended_run, replace_file
from nnuniverse.sweeps.folder import REMEDY, SweepFolder
from nnuniverse.sweeps.grid import Axis, Point, sweep_axes, sweep_points

State = Literal["done", "diverged", "running", "resumable", "failed", "pending"]

STATES: tuple[State, ...] = get_args(State)

MOST_REPLICAS = 4096
"""Replicas of one run, at the most."""


@dataclass(frozen=True)
class Task:
    """Some seeds of one point: one run, there or to be made.

    ``config``: of the run; ``found``: the run if it was begun before; ``covers``: those of its
    seeds that the sweep asks for.
    """

    point: Point
    config: RunConfig
    run_hash: str
    found: FoundRun | None
    covers: tuple[int, ...]

    @property
    def ended(self) -> bool:
        """Whether the run is there, whole."""
        return self.found is not None and self.found.ended

    @property
    def id(self) -> str:
        """What claims and failures are kept under."""
        return self.run_hash[:32]

    def __str__(self) -> str:
        return f"{self.point}, {seeds_in_words(self.config.seeds)}"


@dataclass(frozen=True)
class Plan:
    """A sweep, its axes, and its tasks in the order of its points, those done included.

    ``damaged``: why runs that had ended are computed anew.
    """

    sweep: SweepConfig
    folder: SweepFolder
    axes: list[Axis]
    tasks: list[Task]
    damaged: tuple[str, ...] = ()

    @property
    def todo(self) -> list[Task]:
        """The tasks that have not ended."""
        return [task for task in self.tasks if not task.ended]

    def state(self, task: Task) -> State:
        """Return how a task stands at this moment."""
        if task.found is not None and task.found.ended:
            return "diverged" if task.found.status == "diverged" else "done"
        if self.folder.is_claimed(task.id):
            return "running"
        if self.folder.failure(task.id):
            return "failed"
        return "resumable" if task.found else "pending"


def plan_sweep(
    sweep: SweepConfig,
    root: Path,
    replicas_at_once: Callable[[RunConfig], int] = lambda config: MOST_REPLICAS,
) -> Plan:
    """Return what there is of ``sweep`` under ``root``, and what is missing.

    ``replicas_at_once``: how many seeds of a config fit into one run.  Raises ConfigError for a
    wrong sweep, DataError for data that cannot be had.
    """
    folder = SweepFolder(root / sweep.name)
    axes = sweep_axes(sweep)
    found, damaged = _whole_runs(folder)
    tasks: list[Task] = []
    datasets = _Datasets()
    for point in sweep_points(sweep):
        dataset = datasets.of(point.config)
        family = found.get(family_hash(point.config, dataset), [])
        tasks += _tasks(point, dataset, sweep.all_seeds, family, replicas_at_once(point.config))
    return Plan(sweep, folder, axes, tasks, damaged)


def _tasks(
    point: Point,
    dataset: Dataset,
    seeds: Iterable[int],
    found: list[FoundRun],
    at_once: int,
) -> Iterator[Task]:
    """Yield the runs that cover ``seeds``: those found, ended ones first, and new ones."""
    missing = set(seeds)
    for run in sorted(found, key=lambda run: not run.ended):
        covers = tuple(seed for seed in run.seeds if seed in missing)
        # A run that has not ended is only gone on with if all its seeds are wanted.
        if covers and (run.ended or covers == run.seeds):
            missing -= set(covers)
            yield Task(point, _with_seeds(point.config, run.seeds), run.run_hash, run, covers)
    for chunk in chunks(sorted(missing), at_once):
        config = _with_seeds(point.config, chunk)
        yield Task(point, config, run_hash(config, dataset), None, chunk)


def _with_seeds(config: RunConfig, seeds: tuple[int, ...]) -> RunConfig:
    return config.model_copy(update={"seed": seeds[0], "replicas": len(seeds)})


def chunks(seeds: list[int], at_most: int) -> list[tuple[int, ...]]:
    """Return ``seeds``, ascending, in stretches without gaps of ``at_most`` members."""
    stretches: list[list[int]] = []
    for seed in seeds:
        if stretches and seed == stretches[-1][-1] + 1 and len(stretches[-1]) < at_most:
            stretches[-1].append(seed)
        else:
            stretches.append([seed])
    return [tuple(stretch) for stretch in stretches]


def seeds_in_words(seeds: tuple[int, ...]) -> str:
    """Return, of seeds without gaps, ``seed 3`` or ``seeds 0-4``."""
    return f"seeds {seeds[0]}-{seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"


class _Datasets:
    """The data set of each config; only the last one is kept."""

    def __init__(self) -> None:
        self._key = ""
        self._dataset: Dataset | None = None

    def of(self, config: RunConfig) -> Dataset:
        key = config.data.model_dump_json()
        if self._dataset is None or key != self._key:
            self._key, self._dataset = key, load_dataset(config)
        return self._dataset


# --- what is there, and whole ------------------------------------------------------------------


def _whole_runs(folder: SweepFolder) -> tuple[dict[str, list[FoundRun]], tuple[str, ...]]:
    """Return the runs of a sweep's folder by family, and what is wrong with the others."""
    seen = _Seen(folder)
    by_family: dict[str, list[FoundRun]] = defaultdict(list)
    damaged = []
    for run in find_runs(folder.path):
        try:
            if run.ended:
                seen.check(run)
        except RunError as error:
            damaged.append(str(error))
        else:
            by_family[run.family_hash].append(run)
    seen.write()
    return by_family, tuple(damaged)


class _Seen:
    """Which results were read whole before, and have not changed since: size and time.

    Only a cache: without it all are read again.
    """

    def __init__(self, folder: SweepFolder) -> None:
        self._path = folder.path / ".seen.json"
        self._changed = False
        try:
            self._stamps = dict(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self._stamps = {}

    def check(self, run: FoundRun) -> None:
        """Raise RunError unless the results of an ended run can be read, and are all there."""
        name = run.folder.path.name
        try:
            stat = run.folder.results.stat()
            stamp = [stat.st_size, stat.st_mtime_ns]
        except OSError:
            stamp = []
        if stamp and self._stamps.get(name) == stamp:
            return
        read_ended_run(run.folder.path)
        self._stamps[name] = stamp
        self._changed = True

    def write(self) -> None:
        """Keep what was seen."""
        if self._changed:
            replace_file(self._path, json.dumps(self._stamps).encode(), REMEDY)
