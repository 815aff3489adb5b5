"""Which of the nets that a run keeps are asked for: replica and epoch, or one line why not."""

from __future__ import annotations

import numpy as np

from nnuniverse.errors import ConfigError


def place_of_snapshot(snapshots: np.ndarray, epoch: int) -> int:
    """Return the number of the snapshot at ``epoch``; raises ConfigError if there is none."""
    if epoch not in snapshots:
        nearest = nearest_snapshot(snapshots, epoch)
        raise ConfigError("`--epoch`", "be a snapshot", f"is {epoch}", f"--epoch {nearest}, near")
    return int(np.flatnonzero(snapshots == epoch)[0])


def nearest_snapshot(snapshots: np.ndarray, epoch: int) -> int:
    """Return the epoch of the snapshot nearest to ``epoch``."""
    return int(snapshots[np.argmin(np.abs(snapshots - epoch))])


def require_replica(replica: int, replicas: int) -> None:
    """Raise ConfigError unless ``replica`` is one of so many."""
    if not 0 <= replica < replicas:
        raise ConfigError(
            "`--replica`", f"be one of 0 .. {replicas - 1}", f"is {replica}", "--replica 0"
        )
