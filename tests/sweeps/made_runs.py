"""Runs that nobody trained: the folders, written by the real writers, of what a sweep asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from nnuniverse.config import RunConfig, SweepConfig, config_yaml
from nnuniverse.config.load import validate
from nnuniverse.experiments.reopen import run_header
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.runs import Provenance, Results, RunFolder, create_run_folder
from nnuniverse.sweeps import Report, Task
from nnuniverse.sweeps.engines.interface import Ended, Event, Progress
from nnuniverse.variables import Axis, Schema, Variable

OBSERVED = ["mu3", "complexity", "log_eigenvalues"]
"""What the runs that nobody trained have, and few enough for others to compile quickly."""

STARTED = datetime(2026, 1, 2, tzinfo=UTC)
PAIR = ("replica", "snapshot")


def make_sweep(data_file: Path, **changed: Any) -> SweepConfig:
    """Return a sweep of nets 4-3-3: two learning rates, two seeds."""
    content = {
        "name": "made",
        "base": {
            "data": {"kind": "npz", "path": str(data_file)},
            "network": {"hidden": [3]},
            "train": {"epochs": 3, "batch": 4},
            "observe": {"observables": OBSERVED, "complexity_n": [8, 2]},
        },
        "axes": {"train.learning_rate": [0.1, 0.2]},
        "seeds": 2,
        **changed,
    }
    return validate(SweepConfig, content, "a remedy")


def make_run(
    config: RunConfig,
    root: Path,
    *,
    status: str = "complete",
    epochs: int | None = None,
    second: int = 0,
    diverged: tuple[int, ...] = (),
    stopped: tuple[int, ...] = (),
) -> RunFolder:
    """Write the folder of a run of ``config``, begun ``second`` seconds after the first one.

    ``epochs``: how far it came, to its end by default; ``diverged``, ``stopped``: the epoch of each
    replica.
    """
    dataset = load_dataset(config)
    identity = identify(config, dataset)
    started = STARTED + timedelta(seconds=second)
    folder = create_run_folder(root, config.name, identity.run_hash, started)
    folder.config.write_text(config_yaml(config))
    header = run_header(config, dataset, identity)
    provenance = Provenance.create(folder.provenance, **header)
    provenance.content["segments"] = [{"status": status, "seconds": 2.0}]
    provenance.write()
    write_results(
        config, folder, config.train.epochs if epochs is None else epochs, diverged, stopped
    )
    return folder


def write_results(
    config: RunConfig,
    folder: RunFolder,
    epochs: int,
    diverged: tuple[int, ...] = (),
    stopped: tuple[int, ...] = (),
) -> None:
    """Write results whose values say which config, seed and snapshot they are of."""
    n, replicas = np.asarray(config.observe.complexity_n, np.int64), config.replicas
    ranks = np.arange(1, 1 + sum(config.network.hidden))
    results = Results(
        config.seeds,
        Schema(
            axes=[Axis("complexity_n", "n of C_n", n), Axis("eigenvalue", "rank", ranks)],
            running_losses=[
                Variable("running_boundary_loss", ("replica", "epoch"), "loss", "(2.11)")
            ],
            observables=[
                Variable("mu3", PAIR, "Tr (log G)^3", "(9.6)"),
                Variable("complexity", (*PAIR, "complexity_n"), "C_n", "(10.5)"),
                Variable("log_eigenvalues", (*PAIR, "eigenvalue"), "spectrum", "(5.10)"),
            ],
            stops=bool(stopped),
        ),
        {"title": "made", "network": "4-3-3"},
    )
    snapshots = snapshot_epochs(config, epochs)
    rate = config.train.learning_rate
    mu3 = np.add.outer(100.0 * np.asarray(config.seeds) + rate, snapshots)
    results.append(
        {"running_boundary_loss": np.ones((replicas, epochs))},
        snapshots,
        {
            "mu3": mu3,
            "complexity": np.add.outer(mu3, 1000.0 * n),
            "log_eigenvalues": np.add.outer(mu3, -1000.0 * ranks),
        },
        np.asarray(diverged or [-1] * replicas),
        np.asarray(stopped) if stopped else None,
    )
    results.write(folder.results, {})


def snapshot_epochs(config: RunConfig, epochs: int) -> np.ndarray:
    """Return the epochs that are measured: every one, or every few."""
    every = getattr(config.observe.snapshots, "every", 1)
    return np.arange(0, epochs + 1, every)


def make_tasks(tasks: list[Task], root: Path) -> None:
    """Write a run for each of these tasks."""
    for number, task in enumerate(tasks):
        make_run(task.config, root, second=number)


class MemoryEngine:
    """An engine without processes: a task ends as ``answer`` says, when it is waited for."""

    def __init__(self, answer: Callable[[Task], Report], workers: int = 2) -> None:
        self.answer = answer
        self.workers = workers
        self.tasks: list[Task] = []
        self.most = 0
        self.stops = 0
        self.closed = False
        self._taken: list[Task] = []

    @property
    def unfinished(self) -> int:
        return len(self._taken)

    def has_room(self, memory: int) -> bool:
        return len(self._taken) < self.workers

    def submit(self, task: Task) -> None:
        self.tasks.append(task)
        self._taken.append(task)
        self.most = max(self.most, len(self._taken))

    def wait(self, seconds: float) -> list[Event]:
        taken, self._taken = self._taken, []
        return [
            event
            for task in taken
            for event in (Progress(task.id, 1), Ended(task.id, self.answer(task)))
        ]

    def ask_to_stop(self) -> None:
        self.stops += 1

    def close(self) -> None:
        self.closed = True


class Heard:
    """Remembers what a sweep has told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.starts: list[tuple[str, int]] = []
        self.ends: list[tuple[str, str, bool]] = []

    def started(self, task: Task, attempt: int) -> None:
        self.starts.append((str(task), attempt))

    def progress(self, task: Task, epoch: int) -> None:
        pass

    def ended(self, task: Task, report: Report, again: bool) -> None:
        self.ends.append((str(task), report.result, again))

    def message(self, text: str) -> None:
        self.messages.append(text)
