"""Paths of free fall put together by hand: nothing is integrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnuniverse.physics.gravity.geodesic_path import Geodesic
from nnuniverse.physics.gravity.stored_path import StoredPath
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.derived_file import GEODESIC_FILE, derived_image

TURN = 2.0 * np.pi + 0.3
"""Of the orbit, from periapsis to periapsis."""

COORDINATES = ("t", "r", "theta", "phi")


def made_path(*, ricci: float = 0.0, coordinates: tuple[str, ...] = COORDINATES) -> StoredPath:
    """Return three turns of an orbit r = 20 - 8 cos(2 pi phi/TURN), with the K of a mass 1."""
    phi = np.linspace(0.0, 3.2 * TURN, 400)
    rate = 2.0 * np.pi / TURN
    r = 20.0 - 8.0 * np.cos(rate * phi)
    position = np.stack([phi, r, np.full_like(phi, np.pi / 2.0), phi], axis=1)
    velocity = np.stack(
        [np.ones_like(r), 8.0 * rate * np.sin(rate * phi), np.zeros_like(r), np.ones_like(r)],
        axis=1,
    )
    angles = TURN * np.arange(4.0)
    nearest = np.stack([angles, np.full(4, 12.0), np.full(4, np.pi / 2.0), angles], axis=1)
    path = Geodesic(
        phi,
        position,
        velocity,
        np.full_like(r, -1.0),
        np.array([True, False, False, True]),
        velocity,
        None,
        nearest,
        np.full_like(nearest, 1e-9),
    )
    return StoredPath(coordinates, path, np.full_like(r, ricci), 48.0 / r**6)


def store_path(file: Path, found: StoredPath) -> None:
    """Put it into a file."""
    attributes = {"title": "nnuniverse geodesic of made", "run": file.stem, "made_from": "0123"}
    replace_file(file, derived_image(found.axes, found.variables, attributes), remedy="none")


def store_beside(folder: Path) -> None:
    """Put one into a run folder."""
    store_path(folder / GEODESIC_FILE.name, made_path())
