"""What a sweep still has to do: its points against the runs that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from nnuniverse.config import RunConfig, SweepConfig
from nnuniverse.config.run import MAX_REPLICAS
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.samples import Datasets
from nnuniverse.runs import FoundRun, find_runs
from nnuniverse.sweeps.folder import SweepFolder
from nnuniverse.sweeps.found_runs import FoundRuns
from nnuniverse.sweeps.grid import Point, SweepAxis, sweep_axes, sweep_points
from nnuniverse.sweeps.memory_estimate import estimate_memory
from nnuniverse.sweeps.parts import WHOLE, Part
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

    def part(self, part: Part) -> Plan:
        """Return the plan of one part of the points."""
        return replace(self, tasks=[task for task in self.tasks if part.has(task.point)])

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
    part: Part = WHOLE,
) -> Plan:
    """Return what there is of a ``part`` of ``sweep`` under ``root``, and what is missing.

    ``replicas_at_once``: how many seeds of a config fit into one run.  Of all runs in the folder
    the provenance is read, and of those of the part that have ended the results, once.  Raises
    ConfigError for a wrong sweep, DataError for data that cannot be had.
    """
    folder = SweepFolder(root / sweep.name)
    axes = sweep_axes(sweep)
    datasets = Datasets()
    found = FoundRuns(folder, find_runs(folder.path), datasets)
    tasks: list[Task] = []
    for point in filter(part.has, sweep_points(sweep)):
        family = found.whole(datasets.identify(point.config).family_hash)
        at_once = 1 if _is_ensemble(point.config) else replicas_at_once(point.config)
        tasks += _tasks(folder, point, datasets, sweep.all_seeds, family, at_once)
    found.remember()
    return Plan(sweep, folder, axes, tasks, tuple(found.reasons(tasks)))


def _is_ensemble(config: RunConfig) -> bool:
    """Return whether a point is an ensemble, whose seeds are runs of their own.

    Raises ConfigError for one whose net would have to be trained first: several would train it.
    """
    if config.evolve is None:
        return False
    if config.evolve.run is None and config.evolve.snapshot != 0:
        raise ConfigError(
            "`evolve.run`",
            "be given in a sweep",
            "is null",
            "`nnu train` with the net's config, and evolve.run=RUN",
        )
    return True


def renewed(plan: Plan) -> Plan:
    """Return ``plan`` with what has become of its tasks; only their own runs are read."""
    open_ones = [task for task in plan.tasks if not task.ended]
    runs = (run for task in open_ones for run in find_runs(plan.folder.path, task.run_hash))
    found = FoundRuns(plan.folder, runs, Datasets())
    by_hash = found.by_hash()
    found.remember()
    tasks = [
        task if task.ended else replace(task, found=by_hash.get(task.run_hash))
        for task in plan.tasks
    ]
    return replace(plan, tasks=tasks)


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
    """Return ``seeds``, ascending, in stretches without gaps of ``at_most`` members.

    >>> chunks([0, 1, 2, 5], at_most=2)
    [(0, 1), (2,), (5,)]
    """
    stretches: list[list[int]] = []
    for seed in seeds:
        if stretches and seed == stretches[-1][-1] + 1 and len(stretches[-1]) < at_most:
            stretches[-1].append(seed)
        else:
            stretches.append([seed])
    return [tuple(stretch) for stretch in stretches]
