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
from nnuniverse.variables import Axis, Schema, Variable

RESULTS = Kind("the results of a run", "`nnu train --resume` with the run, or a new one")

DIVERGED_EPOCH = Variable(
    "diverged_epoch",
    ("replica",),
    "first epoch after which weights or loss were not finite; -1: never",
    "recorded by the training loop",
    dtype="int64",
)
SEED = Variable("seed", ("replica",), "seed of the replica", "config", dtype="int64")


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
        self._running: dict[str, list[np.ndarray]] = {v.name: [] for v in schema.running_losses}
        self._snapshots: list[np.ndarray] = []
        self._measured: dict[str, list[np.ndarray]] = {v.name: [] for v in schema.observables}
        self.diverged_epoch = np.full(len(seeds), -1, np.int64)
        self.epochs = 0

    def append(
        self,
        running_losses: Mapping[str, np.ndarray],
        snapshots: np.ndarray,
        observables: Mapping[str, np.ndarray],
        diverged_epoch: np.ndarray,
    ) -> None:
        """Add the next epochs: (replica, epoch) losses and (replica, snapshot, ...) observables.

        What a diverged replica returns is no longer its state, and becomes missing.
        """
        self.diverged_epoch = np.asarray(diverged_epoch, np.int64)
        added = next(iter(running_losses.values())).shape[1]
        epochs = self.epochs + 1 + np.arange(added)
        self.epochs += added
        for name, collected in self._running.items():
            collected.append(self._without_diverged(running_losses[name], epochs))
        self._snapshots.append(np.asarray(snapshots, np.int64))
        for name, collected in self._measured.items():
            collected.append(self._without_diverged(observables[name], snapshots))

    def running_loss(self, replica: int, epoch: int) -> float:
        """Return the loss that was lowered, as a replica met it in an ``epoch`` from 1 on."""
        for segment in self._running[self._schema.running_losses[0].name]:
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
            *(
                (v, np.concatenate(self._running[v.name], axis=1))
                for v in self._schema.running_losses
            ),
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
        diverged = stored[DIVERGED_EPOCH.name]
        self.append(
            {v.name: stored[v.name][:, :epochs] for v in self._schema.running_losses},
            stored["snapshot"][kept],
            {v.name: stored[v.name][:, kept] for v in self._schema.observables},
            np.where(diverged > epochs, -1, diverged),
        )

    def _require_stored(self, stored: Mapping[str, np.ndarray]) -> None:
        """Raise ValueError unless the arrays have the shapes that this run would give them."""
        sizes = {"replica": len(self._seeds)}
        sizes |= {name: len(stored[name]) for name in ("epoch", "snapshot")}
        sizes |= {axis.name: len(axis.values) for axis in self._schema.axes}
        for variable in [DIVERGED_EPOCH, *self._schema.running_losses, *self._schema.observables]:
            if stored[variable.name].shape != tuple(sizes[dim] for dim in variable.dims):
                raise ValueError(variable.name)

    def _names(self) -> list[str]:
        series = [
            variable.name for variable in [*self._schema.running_losses, *self._schema.observables]
        ]
        return ["epoch", "snapshot", DIVERGED_EPOCH.name, *series]

    def _without_diverged(self, values: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        diverged = self.diverged_epoch[:, None]
        missing = (diverged >= 0) & (np.asarray(epochs)[None, :] >= diverged)
        if not missing.any():
            return values
        masked: np.ndarray = np.where(
            missing.reshape(missing.shape + (1,) * (values.ndim - 2)), np.nan, values
        )
        return masked.astype(values.dtype)


def open_results(path: str | Path) -> h5py.File:
    """Open a run's ``results.h5``, or that of a run folder, for reading, also while it is written.

    Raises RunError if it is not there, not whole, or not the results of a run.
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


def _require_coordinates(file: h5py.File) -> None:
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
    for name in (SEED.name, DIVERGED_EPOCH.name):
        if file[name].shape != file["replica"].shape or file[name].dtype.kind != "i":
            raise ValueError(name)
