"""What a sweep still has to do: its points against the runs that are there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from nnuniverse.config import RunConfig, SweepConfig
from nnuniverse.config.run import MAX_REPLICAS
from nnuniverse.errors import InUseError, NNUniverseError, RunError
from nnuniverse.experiments.reopen import family_hash_of_0_1
from nnuniverse.experiments.samples import Datasets
from nnuniverse.regular_files import read_regular
from nnuniverse.runs import Descriptions, FoundRun, find_runs, read_ended_run, replace_file
from nnuniverse.runs.folder import SHORT_HASH
from nnuniverse.runs.lookup import IN_USE
from nnuniverse.sweeps.folder import MAX_JSON_BYTES, REMEDY, SweepFolder
from nnuniverse.sweeps.grid import Point, SweepAxis, sweep_axes, sweep_points
from nnuniverse.sweeps.memory_estimate import estimate_memory
from nnuniverse.sweeps.task import Task

State = Literal["done", "diverged", "running", "in use", "resumable", "failed", "pending"]

STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Plan:
    """A sweep, its axes, and its tasks in the order of its points, those done included.

    ``anew``: why runs that had ended before are computed again.
    """

    sweep: SweepConfig
    folder: SweepFolder
    axes: list[SweepAxis]
    tasks: list[Task]
    anew: tuple[str, ...] = ()

    @property
    def todo(self) -> list[Task]:
        """The tasks that have not ended, without those in use."""
        return [task for task in self.tasks if not (task.ended or task.in_use)]

    @property
    def in_use(self) -> list[Task]:
        """The tasks that nobody can do or use before another program has left them."""
        return [task for task in self.tasks if task.in_use]

    def part(self, number: int, of: int) -> Plan:
        """Return the plan of every ``of``-th point, from ``number`` on."""
        mine = [task for task in self.tasks if task.point.number % of == number]
        return replace(self, tasks=mine)

    def state(self, task: Task) -> State:
        """Return how a task stands at this moment."""
        if task.found is not None and task.found.ended:
            return "diverged" if task.found.status == "diverged" else "done"
        if task.in_use:
            return "in use"
        if self.folder.is_claimed(task.id):
            return "running"
        if self.folder.failure(task.id):
            return "failed"
        return "resumable" if task.found else "pending"


def plan_sweep(
    sweep: SweepConfig,
    root: Path,
    replicas_at_once: Callable[[RunConfig], int] = lambda config: MAX_REPLICAS,
) -> Plan:
    """Return what there is of ``sweep`` under ``root``, and what is missing.

    ``replicas_at_once``: how many seeds of a config fit into one run.  Raises ConfigError for a
    wrong sweep, DataError for data that cannot be had.
    """
    folder = SweepFolder(root / sweep.name)
    axes = sweep_axes(sweep)
    datasets = Datasets()
    found = _FoundRuns(folder, datasets)
    tasks: list[Task] = []
    for point in sweep_points(sweep):
        family = found.whole.get(datasets.identify(point.config).family_hash, [])
        at_once = replicas_at_once(point.config)
        tasks += _tasks(folder, point, datasets, sweep.all_seeds, family, at_once)
    return Plan(sweep, folder, axes, tasks, tuple(found.reasons(tasks)))


def _tasks(
    folder: SweepFolder,
    point: Point,
    datasets: Datasets,
    seeds: Iterable[int],
    found: list[FoundRun],
    at_once: int,
) -> Iterator[Task]:
    """Yield the tasks that cover ``seeds``: of runs found, ended ones first, and of new ones."""
    missing = set(seeds)
    dataset = datasets.of(point.config)
    for run in sorted(found, key=lambda run: (not run.ended, not run.in_use)):
        covers = tuple(seed for seed in run.seeds if seed in missing)
        # A run that has not ended is only gone on with if all its seeds are wanted.
        if covers and (run.ended or run.in_use or covers == run.seeds):
            missing -= set(covers)
            config = _with_seeds(point.config, run.seeds)
            memory = estimate_memory(config, dataset)
            yield Task(folder, point, config, run.run_hash, run, covers, memory)
    for chunk in chunks(sorted(missing), at_once):
        config = _with_seeds(point.config, chunk)
        memory, run_hash = estimate_memory(config, dataset), datasets.identify(config).run_hash
        yield Task(folder, point, config, run_hash, None, chunk, memory)


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


# --- what is there, and whole ------------------------------------------------------------------


class _FoundRuns:
    """The runs in a sweep's folder: those that are ``whole`` by family, and what became of others.

    What was read whole before, and has not changed since by size and time, is not read again.  That
    is only a cache: without it all are.
    """

    def __init__(self, folder: SweepFolder, datasets: Datasets) -> None:
        self._datasets = datasets
        self._cache = folder.path / ".seen.json"
        self._stamps = self._read_cache()
        self.whole: dict[str, list[FoundRun]] = defaultdict(list)
        self._damaged: dict[str, str] = {}
        self._described: Descriptions = {}
        before = dict(self._stamps)
        missing = dict(before)
        for run in find_runs(folder.path):
            self._add(run)
            missing.pop(run.folder.path.name, None)
        if self._stamps != before:
            with suppress(RunError):  # no space or no right to write: nothing is lost
                replace_file(self._cache, json.dumps(self._stamps).encode(), REMEDY)
        for name in missing:  # no run is found under it
            path = folder.path / name
            what = "has lost its provenance.json" if path.exists() else "has been deleted"
            self._damaged[name.rpartition("-")[2]] = f"{str(path)!r} {what}."

    def reasons(self, tasks: Iterable[Task]) -> Iterator[str]:
        """Yield why those of ``tasks`` that begin anew do so although they had ended before."""
        for task in tasks:
            reason = self._damaged.get(task.run_hash[:SHORT_HASH])
            if task.found is None and reason:
                yield reason

    def _add(self, run: FoundRun) -> None:
        try:
            family_hash = self._family_hash(run)  # which opens no results
            if run.ended:
                self._require_whole(run)
        except InUseError:
            self.whole[family_hash].append(replace(run, status=IN_USE))
        except NNUniverseError as error:
            path, reason = str(run.folder), str(error)
            named = reason if path in reason else f"{path}: {reason}"
            self._damaged[run.run_hash[:SHORT_HASH]] = named
        else:
            self.whole[family_hash].append(run)

    def _family_hash(self, run: FoundRun) -> str:
        """Return the hash of the run's family, of a run of 0.1.0 as it would be today."""
        return run.family_hash if run.identified else family_hash_of_0_1(run, self._datasets)

    def _require_whole(self, run: FoundRun) -> None:
        """Raise RunError unless the results of an ended run can be read, and are all there."""
        name, stamp = run.folder.path.name, _stamp(run)
        if stamp and self._stamps.get(name) == stamp:
            return
        read_ended_run(run.folder.path, self._described)
        self._stamps[name] = stamp

    def _read_cache(self) -> dict[str, list[int]]:
        try:
            return dict(json.loads(read_regular(self._cache, MAX_JSON_BYTES)))
        except (OSError, ValueError, TypeError, RecursionError):
            return {}


def _stamp(run: FoundRun) -> list[int]:
    """Return size and time of what a run is read from, nothing if it is not there."""
    try:
        stats = [path.stat() for path in (run.folder.results, run.folder.config)]
    except OSError:
        return []
    return [number for stat in stats for number in (stat.st_size, stat.st_mtime_ns)]
