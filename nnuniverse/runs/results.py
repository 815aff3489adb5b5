"""What a run has produced so far, in memory and as ``results.h5``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from nnuniverse.errors import RunError, must
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.schema import file_image, read_variable
from nnuniverse.runs.whole import FOREIGN, Kind, open_whole
from nnuniverse.variables import SEED, Axis, Schema, Variable

RESULTS = Kind("the results of a run", "`nnu train --resume` with the run, or a new one")

KIND = "kind"
"""Attribute of ``results.h5`` that says what made it; those of training have none."""

EVOLVE = "evolve"
"""Its value where `nnu evolve` did."""

DIVERGED_EPOCH = Variable(
    "diverged_epoch",
    ("replica",),
    "first epoch after which weights or loss were not finite; -1: never",
    "recorded by the training loop",
    dtype="int64",
)
STOPPED_EPOCH = Variable(
    "stopped_epoch",
    ("replica",),
    "epoch after which the replica was no longer trained, its test observable not improving; "
    "-1: never",
    "recorded by the training loop",
    dtype="int64",
)


class Results:
    """The results of a run: append segments, then write the whole file anew.

    ``seeds``: one per replica; ``schema``: what is recorded.
    """

    def __init__(
        self, seeds: Sequence[int], schema: Schema, attributes: Mapping[str, object]
    ) -> None:
        self._seeds = np.asarray(seeds, np.int64)
        self._schema = schema
        self._attributes = dict(attributes)
        self._of_epochs: dict[str, list[np.ndarray]] = {v.name: [] for v in schema.of_epochs}
        self._snapshots: list[np.ndarray] = []
        self._measured: dict[str, list[np.ndarray]] = {v.name: [] for v in schema.observables}
        self.diverged_epoch = np.full(len(seeds), -1, np.int64)
        self.stopped_epoch = np.full(len(seeds), -1, np.int64)
        self.epochs = 0

    def append(
        self,
        of_epochs: Mapping[str, np.ndarray],
        snapshots: np.ndarray,
        observables: Mapping[str, np.ndarray],
        diverged_epoch: np.ndarray,
        stopped_epoch: np.ndarray | None = None,
    ) -> None:
        """Add the next epochs: (replica, epoch, ...) and (replica, snapshot, ...) by name.

        What a diverged replica returns is no longer its state, and becomes missing; so does what
        comes after one has stopped.

        ``of_epochs``: by name, (replica, epoch, ...); ``snapshots``: the epochs of the snapshots,
        ascending, (snapshot,); ``observables``: by name, (replica, snapshot, ...);
        ``diverged_epoch``: the epoch at which each replica diverged, -1 for never, (replica,);
        ``stopped_epoch``: the epoch at which each stopped early, -1 for never, (replica,); None:
        unchanged.
        """
        self.diverged_epoch = np.asarray(diverged_epoch, np.int64)
        if stopped_epoch is not None:
            self.stopped_epoch = np.asarray(stopped_epoch, np.int64)
        added = next(iter(of_epochs.values())).shape[1]
        epochs = self.epochs + 1 + np.arange(added)
        self.epochs += added
        for name, collected in self._of_epochs.items():
            collected.append(self._without_ended(of_epochs[name], epochs))
        self._snapshots.append(np.asarray(snapshots, np.int64))
        for name, collected in self._measured.items():
            collected.append(self._without_ended(observables[name], snapshots))

    @property
    def ended(self) -> np.ndarray:
        """Which replicas have diverged or stopped, (replica,)."""
        return (self.diverged_epoch >= 0) | (self.stopped_epoch >= 0)

    def running_loss(self, replica: int, epoch: int) -> float:
        """Return the loss that was lowered, as a replica met it in an ``epoch`` from 1 on."""
        for segment in self._of_epochs[self._schema.running_losses[0].name]:
            if epoch <= segment.shape[1]:
                return float(segment[replica, epoch - 1])
            epoch -= segment.shape[1]
        raise IndexError(epoch)

    def write(self, path: Path, weights: Mapping[str, np.ndarray]) -> None:
        """Put a file with everything so far, and the present ``weights``, in place of ``path``."""
        snapshots = np.concatenate(self._snapshots)
        axes = [
            Axis("replica", "member of the ensemble", np.arange(len(self._seeds))),
            Axis("epoch", "training epoch", np.arange(1, self.epochs + 1)),
            Axis("snapshot", "epoch of the snapshot; 0 is the untrained net", snapshots),
            *self._schema.axes,
        ]
        variables = [
            (SEED, self._seeds),
            (DIVERGED_EPOCH, self.diverged_epoch),
            *([(STOPPED_EPOCH, self.stopped_epoch)] if self._schema.stops else []),
            *((v, np.concatenate(self._of_epochs[v.name], axis=1)) for v in self._schema.of_epochs),
            *(
                (v, np.concatenate(self._measured[v.name], axis=1))
                for v in self._schema.observables
            ),
            *((v, weights[v.name]) for v in self._schema.weights),
        ]
        replace_file(path, file_image(axes, variables, self._attributes))

    def read_back(self, path: Path, epochs: int) -> None:
        """Take over the first ``epochs`` epochs, and their snapshots, of the file at ``path``.

        Raises RunError if the file cannot be read or holds fewer.
        """
        try:
            with open_results(path) as file:
                stored = {name: read_variable(file[name]) for name in self._names()}
            self._require_stored(stored)
        except FOREIGN as error:
            raise RunError(
                f"{str(path)!r}",
                "be the results of a run",
                "is damaged",
                "a new run; what can still be read of it is left as it is",
            ) from error
        if len(stored["epoch"]) < epochs:
            raise RunError(
                f"{str(path)!r}",
                f"hold the {epochs} epochs of its checkpoint",
                f"holds {len(stored['epoch'])}",
                "a new run",
            )
        kept = stored["snapshot"] <= epochs
        diverged, stopped = (
            np.where(last > epochs, -1, last)
            for last in (stored[DIVERGED_EPOCH.name], stored.get(STOPPED_EPOCH.name, np.int64(-1)))
        )
        self.append(
            {v.name: stored[v.name][:, :epochs] for v in self._schema.of_epochs},
            stored["snapshot"][kept],
            {v.name: stored[v.name][:, kept] for v in self._schema.observables},
            diverged,
            stopped if self._schema.stops else None,
        )

    def _require_stored(self, stored: Mapping[str, np.ndarray]) -> None:
        """Raise ValueError unless the arrays have the shapes that this run would give them."""
        sizes = {"replica": len(self._seeds)}
        sizes |= {name: len(stored[name]) for name in ("epoch", "snapshot")}
        sizes |= {axis.name: len(axis.values) for axis in self._schema.axes}
        for variable in [*self._facts(), *self._schema.of_epochs, *self._schema.observables]:
            if stored[variable.name].shape != tuple(sizes[dim] for dim in variable.dims):
                raise ValueError(variable.name)

    def _names(self) -> list[str]:
        series = [v.name for v in [*self._schema.of_epochs, *self._schema.observables]]
        return ["epoch", "snapshot", *(fact.name for fact in self._facts()), *series]

    def _facts(self) -> list[Variable]:
        """Return what is known of a replica as a whole besides its seed."""
        return [DIVERGED_EPOCH, STOPPED_EPOCH] if self._schema.stops else [DIVERGED_EPOCH]

    def _without_ended(self, values: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        missing = missing_at(np.asarray(epochs), self.diverged_epoch, self.stopped_epoch)
        if not missing.any():
            return values
        masked: np.ndarray = np.where(
            missing.reshape(missing.shape + (1,) * (values.ndim - 2)), np.nan, values
        )
        return masked.astype(values.dtype)


def missing_at(
    epochs: np.ndarray, diverged_epoch: np.ndarray, stopped_epoch: np.ndarray
) -> np.ndarray:
    """Return which replicas have no values at ``epochs``, (replica, epoch).

    From the epoch on in which one diverged, and after the one in which it stopped.

    ``diverged_epoch``: the epoch at which each replica diverged, -1 for never, (replica,);
    ``stopped_epoch``: the epoch at which each stopped early, -1 for never, (replica,).
    """
    diverged, stopped = diverged_epoch[:, None], stopped_epoch[:, None]
    after = (stopped >= 0) & (epochs[None, :] > stopped)
    return after | ((diverged >= 0) & (epochs[None, :] >= diverged))


def ends_of_replicas(file: h5py.File) -> tuple[np.ndarray, np.ndarray]:
    """Return ``diverged_epoch`` and ``stopped_epoch`` of an open ``results.h5``, -1 for never.

    ``file``: the open file.
    """
    diverged: np.ndarray = file[DIVERGED_EPOCH.name][()]
    if STOPPED_EPOCH.name in file:
        return diverged, file[STOPPED_EPOCH.name][()]
    return diverged, np.full_like(diverged, -1)


def open_results(path: str | Path) -> h5py.File:
    """Open a run's ``results.h5``, or that of a run folder, for reading, also while it is written.

    ``path``: of the file or of the run folder.  Returns an open `h5py.File`, to be closed, in which
    every variable has its unit, meaning and source as attributes; `open_run` gives the same as an
    xarray data set.  Raises RunError if it is not there, not whole, or not the results of a run.

    >>> with nnuniverse.open_results(run.folder) as file:
    ...     file["mu2"].shape, file["mu2"].attrs["source"]
    ((2, 4), '2004.09280 (9.5)')
    """
    path = Path(path)
    path = path / "results.h5" if path.is_dir() else path
    file = open_whole(path, RESULTS)
    try:
        _require_coordinates(file)
    except FOREIGN as error:
        file.close()
        raise RunError(damaged_results(path)) from error
    return file


def stored_weights(file: h5py.File, name: str) -> h5py.Dataset:
    """Return the weights or biases ``name`` of an open ``results.h5``.

    Their first dimension are the replicas; the second, of a ``name`` that begins with
    ``snapshot_``, the snapshots.  Raises KeyError if there are none, RunError if there are not as
    many as replicas and snapshots, or if they are no floating point numbers.

    ``file``: the open file.
    """
    axes = ("replica", "snapshot") if name.startswith("snapshot_") else ("replica",)
    dataset, counts = file[name], tuple(len(file[axis]) for axis in axes)
    if dataset.dtype.kind != "f":
        wanted, actual = "hold floating point numbers", f"holds {dataset.dtype}"
    elif dataset.shape[: len(axes)] != counts:
        wanted, actual = f"begin with {list(counts)}", f"is {list(dataset.shape)}"
    else:
        return dataset
    raise RunError(f"`{name}` of results.h5", wanted, actual, RESULTS.remedy)


def damaged_results(path: Path) -> str:
    """Word that the file at ``path`` holds other things than a run's results do."""
    return must(f"{str(path)!r}", f"be {RESULTS.what}", "is damaged", RESULTS.remedy)


def is_ensemble(attributes: Mapping[str, object]) -> bool:
    """Return whether a file with these ``attributes`` was made by `nnu evolve`."""
    return attributes.get(KIND) == EVOLVE


def _require_coordinates(file: h5py.File) -> None:
    """Raise LookupError or ValueError unless the coordinates are there that every run has."""
    if is_ensemble(file.attrs):
        _require_records(file)
    else:
        _require_epochs(file)


def _require_records(file: h5py.File) -> None:
    """Raise LookupError or ValueError unless positions have replicas, records and steps."""
    sizes = tuple(len(file[name]) for name in ("replica", "record", "step", "coordinate"))
    if file["positions"].shape != sizes or file["record_step"].shape != sizes[1:2]:
        raise ValueError("positions")


def _require_epochs(file: h5py.File) -> None:
    """Raise LookupError or ValueError unless replicas, epochs and snapshots are numbered.

    Of replicas and snapshots there is one at least: that of the untrained net.
    """
    for name, least in (("replica", 0), ("epoch", 1), ("snapshot", 0)):
        numbers = file[name][()]
        ascending = bool((np.diff(numbers, prepend=least - 1) > 0).all())
        if numbers.ndim != 1 or numbers.dtype.kind != "i" or not ascending:
            raise ValueError(name)
        if not numbers.size and name != "epoch":
            raise ValueError(name)
    stops = [STOPPED_EPOCH.name] if STOPPED_EPOCH.name in file else []
    for name in (SEED.name, DIVERGED_EPOCH.name, *stops):
        if file[name].shape != file["replica"].shape or file[name].dtype.kind != "i":
            raise ValueError(name)
