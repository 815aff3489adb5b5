"""What `nnu holography` and `nnu dual` might have found of a run, put together by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from nnuniverse.physics.holography.found_duals import (
    DRAWN,
    PRINTED,
    SHUFFLED,
    STARTS,
    TANGENT,
    WEIGHTS,
    FoundDuals,
)
from nnuniverse.physics.holography.found_holography import FoundHolography, find_holography
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import DUAL_FILE, HOLOGRAPHY_FILE

EPS = (0.5, 0.1, 1e-4, 1e-16)
REPLICAS = 4
DEEP, CONSTANT = 0.1, 0.5
MAPPED = {TANGENT: 0.3, WEIGHTS: 0.6, PRINTED: 0.7, SHUFFLED: 1.0, DRAWN: 2.0}
TRAINED = {TANGENT: 0.2, WEIGHTS: 0.2, PRINTED: 0.2, SHUFFLED: 0.2, DRAWN: 0.25}
SNAPSHOTS = np.array([0, 1, 10, 100])


def made_holography(weight: float = 0.8, boundary: int = 6) -> FoundHolography:
    """Return a cycle of 12 neurons with a short cut, all of one weight, seen from the first."""
    w = np.roll(np.eye(12), 1, axis=0)
    w[6, 2] = 1.0
    return find_holography(
        sp.csr_array(weight * w), np.zeros(12), np.arange(boundary), EPS, terms=60
    )


def store_holography(folder: Path, found: FoundHolography) -> None:
    """Put it into a run folder as ``holography.h5``."""
    attributes = {
        "title": "nnuniverse holography of first",
        "network": "graph of 12 neurons and 13 edges",
        "matrix": "weights",
        **found.attributes,
    }
    HOLOGRAPHY_FILE.write(RunFolder(folder), found.axes, found.variables, attributes)


def made_duals() -> FoundDuals:
    """Return duals that keep half of what was learned as mapped, more once trained."""
    spread = 0.01 * np.linspace(-1.0, 1.0, REPLICAS)
    shape = (REPLICAS, len(STARTS), 2, len(SNAPSHOTS))
    losses = np.empty(shape)
    for place, start in enumerate(STARTS):
        curve = np.geomspace(MAPPED[start], TRAINED[start], len(SNAPSHOTS))
        losses[:, place] = curve + spread[:, None, None]
    off = np.full((REPLICAS, len(STARTS)), 0.4)
    off[:, STARTS.index(DRAWN)] = np.nan
    values = {
        "dual_loss": losses,
        "mapped_loss": losses[..., 0],
        "deep_loss": np.repeat(DEEP + spread[:, None], 2, axis=1),
        "constant_loss": np.full(2, CONSTANT),
        "map_error": off,
    }
    return FoundDuals(np.arange(REPLICAS), SNAPSHOTS, values)


ATTRIBUTES = {
    "title": "nnuniverse dual of first",
    "network": "graph of 74 neurons and 348 edges",
    "dual_network": "graph of 26 neurons and 160 edges",
    "activation": "tanh",
    "epochs": 100,
}


def store_duals(folder: Path, found: FoundDuals) -> None:
    """Put it into a run folder as ``dual.h5``."""
    DUAL_FILE.write(RunFolder(folder), found.axes, found.variables, ATTRIBUTES)
