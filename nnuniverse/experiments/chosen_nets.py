"""Which of the nets that a run keeps are asked for: replica and epoch, or one line why not."""

from __future__ import annotations

import h5py
import numpy as np

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.runs import stored_weights
from nnuniverse.runs.results import DIVERGED_EPOCH


def place_of_snapshot(snapshots: np.ndarray, epoch: int) -> int:
    """Return the number of the snapshot at ``epoch``; raises ConfigError if there is none.

    ``snapshots``: the epochs of the snapshots, ascending, (snapshot,).
    """
    if epoch not in snapshots:
        nearest = nearest_snapshot(snapshots, epoch)
        raise ConfigError("`--epoch`", "be a snapshot", f"is {epoch}", f"--epoch {nearest}, near")
    return int(np.flatnonzero(snapshots == epoch)[0])


def nearest_snapshot(snapshots: np.ndarray, epoch: int) -> int:
    """Return the epoch of the snapshot nearest to ``epoch``.

    ``snapshots``: the epochs of the snapshots, ascending, (snapshot,).
    """
    return int(snapshots[np.argmin(np.abs(snapshots - epoch))])


def require_replica(replica: int, replicas: int) -> None:
    """Raise ConfigError unless ``replica`` is one of so many.

    ``replicas``: how many there are.
    """
    if not 0 <= replica < replicas:
        raise ConfigError(
            "`--replica`", f"be one of 0 .. {replicas - 1}", f"is {replica}", "--replica 0"
        )


def stored_net(
    file: h5py.File, run: str, architecture: Architecture, replica: int, epoch: int | None
) -> Trainable:
    """Return the last weights of a replica, or those of the snapshot at ``epoch``.

    ``file``: the open results of the ``run``.  Raises ConfigError if it has no such replica or
    snapshot, RunError if it did not keep those weights, or the replica had diverged by then.

    ``architecture``: the neurons and what connects them.
    """
    prefix = "" if epoch is None else "snapshot_"
    if f"{prefix}{architecture.weight_arrays[0].name}" not in file:
        kept = "no weights" if epoch is None else "those after the last epoch only"
        raise RunError(
            f"the run {run!r}",
            "have kept the weights asked for",
            f"kept {kept}",
            "a run with observe.weights=snapshots",
        )
    require_replica(replica, len(file["seed"]))
    at: tuple[int, ...] = (replica,)
    if epoch is not None:
        at += (place_of_snapshot(file["snapshot"][()], epoch),)
    _require_not_diverged(int(file[DIVERGED_EPOCH.name][replica]), run, replica, epoch)
    return assemble.stored_parameters(
        lambda name: stored_weights(file, name)[at], architecture, prefix
    )


def _require_not_diverged(diverged: int, run: str, replica: int, epoch: int | None) -> None:
    """Raise RunError if a replica has ``diverged``, in an epoch that is not after ``epoch``.

    What is stored of it are its last finite weights, and nothing of later snapshots.
    """
    if diverged >= 0 and (epoch is None or epoch >= diverged):
        raise RunError(
            f"replica {replica} of the run {run!r}",
            "be finite",
            f"diverged in epoch {diverged}",
            "another replica, an earlier epoch, or a smaller train.learning_rate",
        )
