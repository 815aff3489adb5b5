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
    """Return what the coordinates of an ensemble are called."""
    words = run["coordinate"].tolist()
    return [word.decode() if isinstance(word, bytes) else str(word) for word in words]


def coordinate_number(labels: list[str], asked: str, option: str = "--coordinate") -> int:
    """Return the number of the coordinate that is ``asked`` for by its label or its number.

    Raises ConfigError if there is none.
    """
    if asked in labels:
        return labels.index(asked)
    if asked.isdecimal() and int(asked) < len(labels):
        return int(asked)
    known = ", ".join(f"{number} ({label})" for number, label in enumerate(labels))
    raise ConfigError(f"`{option}`", "name a coordinate", f"is {asked!r}", f"one of {known}")


def at_records(run: RunRecord) -> np.ndarray:
    """Return q at the records of an ensemble, (replica, record, coordinate), NaN if diverged."""
    return np.asarray(run["positions"][:, :, 0], float)
