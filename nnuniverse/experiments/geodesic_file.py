"""A path of free fall as an HDF5 file of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.physics.gravity.geodesics import Geodesic
from nnuniverse.physics.gravity.metrics import Metric
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.derived_file import derived_image
from nnuniverse.variables import Axis, Variable

SOURCE = "2008.01540 (9.16)"

PARAMETER = Variable("parameter", ("step",), "affine parameter s of the path", SOURCE)
POSITION = Variable("position", ("step", "coordinate"), "x^a(s)", SOURCE)
VELOCITY = Variable("velocity", ("step", "coordinate"), "u^a = dx^a/ds", SOURCE)
NORM = Variable("norm", ("step",), "g_ab u^a u^b", SOURCE)
MOMENTUM = Variable(
    "momentum", ("step", "coordinate"), "u_a = g_ab u^b, constant where ignorable is 1", SOURCE
)
IGNORABLE = Variable(
    "ignorable", ("coordinate",), "whether the metric is independent of it", SOURCE, dtype="int8"
)


def write_geodesic(path: Path, metric: Metric, found: Geodesic) -> None:
    """Put a path into a new file; raises ConfigError if there is one, RunError if it cannot.

    ``metric``: the metric, its coordinates and where it holds; ``found``: the path, with what is
    conserved along it.
    """
    if path.exists():
        raise ConfigError("`--out`", "be a new file", f"{str(path)!r} is there", "another name")
    axes = [
        Axis("step", "number of the point", np.arange(len(found.parameter))),
        Axis("coordinate", "name of the coordinate", np.array(metric.coordinates, object)),
    ]
    variables = [
        (PARAMETER, found.parameter),
        (POSITION, found.position),
        (VELOCITY, found.velocity),
        (NORM, found.norm),
        (MOMENTUM, found.momentum),
        (IGNORABLE, found.ignorable.astype(np.int8)),
    ]
    attributes = {
        "title": f"nnuniverse geodesic of {metric.name}",
        "metric": metric.says,
        "ended": found.ended or "",
    }
    replace_file(path, derived_image(axes, variables, attributes), remedy="another --out")
