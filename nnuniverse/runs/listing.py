"""The run folders under a root, at a glance."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import h5py
import numpy as np

from nnuniverse.config import RunConfig, config_keys, config_values
from nnuniverse.errors import ConfigError
from nnuniverse.regular_files import is_folder, open_regular, read_regular
from nnuniverse.runs.annotations import Scalar, annotations_of
from nnuniverse.runs.evolution import DIVERGED_STEP, RECORD_STEP, STEPS
from nnuniverse.runs.folder import RunFolder
from nnuniverse.runs.identity import require_recorded_config, stored_config
from nnuniverse.runs.lock import is_being_written
from nnuniverse.runs.record import ACTIVE_NEURONS
from nnuniverse.runs.results import ends_of_replicas, is_ensemble, open_results
from nnuniverse.runs.schema import read_variable

TAG = "tag."
"""What the key of a tag begins with, where it stands among those of a config."""

MAX_CONFIG_BYTES = 4_000_000
"""A config has at most a million characters, of four bytes at most."""


@dataclass(frozen=True)
class RunSummary:
    """One run: where, how far, how well.

    ``status``: running, complete, diverged (every or some replica), resumable, unreadable, or
    changed: its config is no longer that of its results.  Of an ensemble steps are counted in place
    of epochs.  Losses and error rate are means over the replicas at the last snapshot, None if not
    recorded; so is ``mu2``.  ``neurons``: active after the last epoch, of every hidden layer, means
    over replicas; None unless neurons come and go.  ``started``: in UTC, None if the
    folder's name does not tell.
    """

    path: str
    status: str
    epochs: int
    of_epochs: int
    replicas: int
    boundary_loss: float | None
    error_rate: float | None
    bytes: int
    test_error_rate: float | None = None
    mu2: float | None = None
    started: str | None = None
    tags: Mapping[str, Scalar] = field(default_factory=dict)
    note: str = ""
    neurons: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class ListedRun:
    """A run folder, its summary, and its config unless that is unreadable."""

    folder: RunFolder
    summary: RunSummary
    config: RunConfig | None

    def values(self) -> dict[str, object]:
        """Return the values of its config by dotted key, its tags, and what its summary tells."""
        of_config = config_values(self.config) if self.config else {}
        facts = self.summary.as_dict()
        del facts["tags"]
        return of_config | facts | {TAG + key: of for key, of in self.summary.tags.items()}


def run_keys() -> list[str]:
    """Return the keys that the values of some run have, but those of tags."""
    facts = [field.name for field in fields(RunSummary) if field.name != "tags"]
    return [*(key for key in config_keys() if key not in facts), *facts]


def list_runs(root: Path) -> Iterator[ListedRun]:
    """Return the runs under ``root`` by name and time; raises ConfigError if it cannot be read.

    Those are the folders that hold a config, and those that are only called as a run calls them:
    what a process has left that found the disk full, say.
    """
    return map(look_at, run_folders_under(root))


def run_folders_under(root: Path) -> Iterator[RunFolder]:
    """Yield the folders of the runs under ``root``, as `list_runs` does."""
    for of_name in _folders(root):
        with suppress(ConfigError):  # somebody else's, who lets nobody look into it
            yield from run_folders_in(of_name)


def run_folders_in(folder: Path) -> Iterator[RunFolder]:
    """Yield the folders of the runs right in ``folder``, by time; raises as `list_runs` does."""
    for path in _folders(folder):
        run = RunFolder(path)
        if run.named_by_a_run or os.path.lexists(run.config):
            yield run


def _folders(parent: Path) -> list[Path]:
    """Return the folders in ``parent`` by name, without hidden ones; none if there is no parent.

    A hidden one is being made or removed: it is no run yet, or no run any more.  Raises ConfigError
    if ``parent`` cannot be read.
    """
    try:
        names = sorted(os.listdir(parent))  # noqa: PTH208 (10,000 paths would take long)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"the folder {str(parent)!r}", "be readable", f"is not: {reason}", "another --out"
        ) from None
    return [parent / name for name in names if name[0] != "." and is_folder(parent / name)]


def look_at(folder: RunFolder) -> ListedRun:
    """Read one run folder; a damaged one is reported as unreadable rather than raised."""
    config: RunConfig | None = None
    found = _FoundResults()
    try:
        config = _read_config(folder)
        found = _read_results(folder, config)
        if is_being_written(folder.path):
            found = replace(found, status="running")
    except Exception:
        # Whatever else lies there, it is not what a run writes, and must not hide the other runs.
        found = replace(found, status="unreadable")
    annotations = annotations_of(folder)
    summary = RunSummary(
        str(folder),
        found.status,
        found.epochs,
        _expected_epochs(config, found),
        _replicas(config),
        found.boundary_loss,
        found.error_rate,
        bytes=folder.size(),
        test_error_rate=found.test_error_rate,
        mu2=found.mu2,
        started=folder.started,
        tags=annotations.tags,
        note=annotations.note,
        neurons=found.neurons,
    )
    return ListedRun(folder, summary, config)


def _expected_epochs(config: RunConfig | None, found: _FoundResults) -> int:
    """Return the epochs that a run is to have; the steps of an ensemble, 0 before the first."""
    if config is None or config.evolve is not None:
        return found.of_epochs or 0
    return config.train.epochs


def _replicas(config: RunConfig | None) -> int:
    if config is None:
        return 0
    return config.replicas if config.evolve is None else config.evolve.members


@dataclass(frozen=True)
class _FoundResults:
    """What the results say; as for `RunSummary`."""

    status: str = "resumable"
    epochs: int = 0
    boundary_loss: float | None = None
    error_rate: float | None = None
    test_error_rate: float | None = None
    mu2: float | None = None
    of_epochs: int | None = None
    neurons: str | None = None


def _read_config(folder: RunFolder) -> RunConfig:
    if not read_regular(folder.config, MAX_CONFIG_BYTES).strip():
        raise ValueError("an empty config")
    return stored_config(folder)


def _read_results(folder: RunFolder, config: RunConfig) -> _FoundResults:
    try:
        open_regular(folder.results).close()
    except FileNotFoundError:
        return _FoundResults()
    with open_results(folder.results) as file:
        if is_ensemble(file.attrs):
            return _read_ensemble(file, folder, config)
        epochs = file["epoch"].shape[0]
        diverged, stopped = (last >= 0 for last in ends_of_replicas(file))
        ended = epochs == config.train.epochs or (diverged | stopped).all()
        status = ("diverged" if diverged.any() else "complete") if ended else "resumable"
        try:
            require_recorded_config(config, folder, dict(file.attrs))
        except ConfigError:
            status = "changed"
        return _FoundResults(
            status,
            epochs,
            boundary_loss=_last_mean(file, "boundary_loss"),
            error_rate=_last_mean(file, "error_rate"),
            test_error_rate=_last_mean(file, "test_error_rate"),
            mu2=_last_mean(file, "mu2"),
            neurons=_active_neurons(file),
        )


def _read_ensemble(file: h5py.File, folder: RunFolder, config: RunConfig) -> _FoundResults:
    """Return how an ensemble stands, whose steps are counted in place of epochs."""
    recorded, steps = file[RECORD_STEP][()], int(file.attrs[STEPS])
    status = "resumable"
    if recorded[-1] == steps:
        status = "diverged" if (file[DIVERGED_STEP][()] >= 0).any() else "complete"
    try:
        require_recorded_config(config, folder, dict(file.attrs))
    except ConfigError:
        status = "changed"
    return _FoundResults(status, int(recorded[-1]), of_epochs=steps)


def _active_neurons(file: h5py.File) -> str | None:
    """Return such as "27.5-12": of every hidden layer, over the replicas that have not ended."""
    if ACTIVE_NEURONS not in file or not len(file["epoch"]):
        return None
    last = read_variable(file[ACTIVE_NEURONS])[:, -1]
    there = last[np.isfinite(last).all(axis=-1)]
    return "-".join(f"{mean:.4g}" for mean in there.mean(axis=0)) if len(there) else None


def _last_mean(file: h5py.File, name: str) -> float | None:
    """Return the mean over replicas at the last snapshot, None unless all have a value there."""
    if name not in file:
        return None
    last = read_variable(file[name])[:, -1]
    return float(np.mean(last)) if np.isfinite(last).all() else None
