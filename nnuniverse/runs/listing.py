"""The run folders under a root, at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from nnuniverse.config import RunConfig, config_keys, config_values, load_config
from nnuniverse.errors import NNUniverseError
from nnuniverse.runs.folder import RunFolder
from nnuniverse.runs.lock import is_being_written
from nnuniverse.runs.results import open_results
from nnuniverse.runs.schema import read_variable


@dataclass(frozen=True)
class RunSummary:
    """One run: where, how far, how well.

    ``status``: running, complete, diverged (every or some replica), resumable, or unreadable.
    Losses and error rate are means over the replicas at the last snapshot, None if not recorded.
    """

    path: str
    status: str
    epochs: int
    of_epochs: int
    replicas: int
    boundary_loss: float | None
    error_rate: float | None
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class ListedRun:
    """A run folder, its summary, and its config unless that is unreadable."""

    folder: RunFolder
    summary: RunSummary
    config: RunConfig | None

    def values(self) -> dict[str, Any]:
        """Return the values of its config by dotted key, and the fields of its summary."""
        of_config = config_values(self.config) if self.config else {}
        return of_config | self.summary.as_dict()


def run_keys() -> list[str]:
    """Return the keys that the values of some run have."""
    facts = [field.name for field in fields(RunSummary)]
    return [*(key for key in config_keys() if key not in facts), *facts]


def list_runs(root: Path) -> Iterator[ListedRun]:
    """Yield the runs under ``root`` by name and time."""
    for config in sorted(root.glob("*/*/config.yaml")):
        if not config.parent.name.startswith("."):  # what is being removed is no run any more
            yield look_at(RunFolder(config.parent))


def look_at(folder: RunFolder) -> ListedRun:
    """Read one run folder; a damaged one is reported as unreadable rather than raised."""
    config: RunConfig | None = None
    epochs, of_epochs, replicas = 0, 0, 0
    measured: dict[str, float | None] = {"boundary_loss": None, "error_rate": None}
    status = "resumable"
    try:
        if not folder.config.read_text(encoding="utf-8").strip():
            raise ValueError("an empty config")
        config = load_config(folder.config)
        of_epochs, replicas = config.train.epochs, config.replicas
        if folder.results.exists():
            with open_results(folder.results) as file:
                epochs = file["epoch"].shape[0]
                diverged = bool((file["diverged_epoch"][()] >= 0).any())
                all_diverged = bool((file["diverged_epoch"][()] >= 0).all())
                for name in measured:
                    if name in file:
                        last = read_variable(file[name])[:, -1]
                        measured[name] = float(np.mean(last)) if np.isfinite(last).all() else None
            if epochs == of_epochs or all_diverged:
                status = "diverged" if diverged else "complete"
        if is_being_written(folder.path):
            status = "running"
    except (
        NNUniverseError,
        OSError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RuntimeError,
    ):
        # Whatever else lies in a file of that name, it is not what a run writes.
        status = "unreadable"
    summary = RunSummary(
        str(folder), status, epochs, of_epochs, replicas, **measured, bytes=folder.size()
    )
    return ListedRun(folder, summary, config)
