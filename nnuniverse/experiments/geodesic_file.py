"""A path of free fall as an HDF5 file of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.experiments.geometry import scalars_along
from nnuniverse.physics.gravity.geodesic_path import Geodesic
from nnuniverse.physics.gravity.metrics import Metric
from nnuniverse.physics.gravity.stored_path import StoredPath
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.derived_file import derived_image, opened_image

if TYPE_CHECKING:
    import xarray as xr


def stored_path(metric: Metric, found: Geodesic) -> StoredPath:
    """Return a path with the curvature of the ``metric`` along it.

    ``found``: the path.
    """
    return StoredPath(metric.coordinates, found, *scalars_along(metric, found.position))


def path_attributes(name: str, metric: Metric, path: StoredPath) -> dict[str, object]:
    """Return what the file of a path called ``name`` says of itself.

    ``metric``: the metric, its coordinates and where it holds.
    """
    bytes_ = b"".join(np.ascontiguousarray(values).tobytes() for _, values in path.variables)
    return {
        "title": f"nnuniverse geodesic of {metric.name}",
        "run": name,
        "metric": metric.says,
        "ended": path.path.ended or "",
        "made_from": hashlib.sha256(bytes_).hexdigest(),
    }


def opened_path(metric: Metric, found: Geodesic) -> xr.Dataset:
    """Return the data set that the file of a path holds.

    ``metric``: the metric, its coordinates and where it holds; ``found``: the path.
    """
    path = stored_path(metric, found)
    attributes = path_attributes(metric.name, metric, path)
    return opened_image(derived_image(path.axes, path.variables, attributes))


def write_geodesic(path: Path, metric: Metric, found: Geodesic) -> StoredPath:
    """Put a path into a new file; raises ConfigError if there is one, RunError if it cannot.

    ``metric``: the metric, its coordinates and where it holds; ``found``: the path, with what is
    conserved along it.
    """
    if path.exists():
        raise ConfigError("`--out`", "be a new file", f"{str(path)!r} is there", "another name")
    stored = stored_path(metric, found)
    attributes = path_attributes(path.stem, metric, stored)
    image = derived_image(stored.axes, stored.variables, attributes)
    replace_file(path, image, remedy="another --out")
    return stored
