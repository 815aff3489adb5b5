"""Runs of ensembles: what is asked of them, and what their coordinates are called."""

from __future__ import annotations

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.runs.record import RunRecord


def require_ensemble(run: RunRecord) -> None:
    """Raise ConfigError unless ``run`` followed an ensemble of one trained net."""
    if not run.is_ensemble:
        raise ConfigError(
            f"the run {run.name}",
            "be an ensemble",
            "trained a net",
            f"`nnu evolve {run.folder}`, and the run that this makes",
        )


def require_trained(run: RunRecord) -> None:
    """Raise ConfigError if ``run`` followed an ensemble in place of a net while it learns."""
    if run.is_ensemble:
        raise ConfigError(
            f"the run {run.name}",
            "have trained a net",
            "is an ensemble",
            f"`nnu mechanics {run.folder}`",
        )


def coordinate_labels(run: RunRecord) -> list[str]:
    """Return what the coordinates of an ensemble are called.

    ``run``: the run, as read back from its folder.
    """
    return [str(label) for label in run["coordinate"]]


def at_records(run: RunRecord) -> np.ndarray:
    """Return q at the records of an ensemble, (replica, record, coordinate), NaN if diverged.

    ``run``: the run, as read back from its folder.
    """
    return np.asarray(run["positions"][:, :, 0], float)
