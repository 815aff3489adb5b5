"""Curvature, paths of free fall and Onsager tensors, as tables and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nnuniverse.cli.display.tables import print_table
from nnuniverse.cli.options import say
from nnuniverse.counted import counted

if TYPE_CHECKING:
    from nnuniverse.experiments.geometry import OnsagerResult
    from nnuniverse.physics.gravity.curvature import Curvature
    from nnuniverse.physics.gravity.geodesic_path import Geodesic
    from nnuniverse.physics.gravity.metrics import Metric
    from nnuniverse.physics.gravity.precession import Turn

TENSORS = {
    "R": "scalar",
    "kretschmann": "kretschmann",
    "ricci": "ricci",
    "einstein": "einstein",
    "riemann": "riemann",
    "weyl": "weyl",
    "christoffel": "christoffel",
}
"""What may be asked for, and how `Curvature` calls it."""

SYMBOLS = {
    "R": "R",
    "kretschmann": "R_abcd R^abcd",
    "ricci": "R",
    "einstein": "G",
    "riemann": "R",
    "weyl": "C",
    "christoffel": "Gamma",
}

ROUNDING = 1e-12
"""An element that is so much less than the largest of the curvature is printed as 0."""

MOST_ROWS = 12
"""Of a path, at equal distances; all are in the file and the JSON."""


class NamedMetric(NamedTuple):
    """A metric that has a ``name``, its ``coordinates``, ``parameters`` and what it ``says``."""

    name: str
    coordinates: tuple[str, ...]
    parameters: dict[str, float]
    says: str


def print_metrics(metrics: Sequence[NamedMetric]) -> None:
    """Print the metrics that have names."""
    rows = []
    for one in metrics:
        given = " ".join(f"{key}={value:.4g}" for key, value in one.parameters.items())
        rows.append([one.name, ", ".join(one.coordinates), given or "-"])
    print_table(["metric", "coordinates", "parameters"], rows)


def curvature_document(
    metric: Metric, points: np.ndarray, found: Curvature, chosen: Sequence[str]
) -> dict[str, object]:
    """Return the ``chosen`` tensors at ``points`` as plain data."""
    return {
        "metric": metric.name,
        "coordinates": list(metric.coordinates),
        "points": points.tolist(),
        **{name: np.asarray(getattr(found, TENSORS[name])).tolist() for name in chosen},
    }


def print_curvature(
    metric: Metric, points: np.ndarray, found: Curvature, chosen: Sequence[str]
) -> None:
    """Print the ``chosen`` tensors, the elements that are not zero, point by point."""
    say(f"{metric.name}: {metric.says}")
    for k, x in enumerate(points):
        where = zip(metric.coordinates, x, strict=True)
        say("")
        say("at " + ", ".join(f"{name} = {value:g}" for name, value in where))
        scale = max(float(np.abs(found.riemann[k]).max()), 1e-300)
        for name in chosen:
            _print_tensor(metric, name, np.asarray(getattr(found, TENSORS[name]))[k], scale)


def _print_tensor(metric: Metric, name: str, values: np.ndarray, scale: float) -> None:
    """Print a tensor; ``scale``: the largest element of the Riemann tensor there."""
    symbol = SYMBOLS[name]
    if values.ndim == 0:
        size = scale**2 if name == "kretschmann" else scale
        say(f"{symbol} = {0.0 if abs(values) < ROUNDING * size else float(values):.10g}")
        return
    largest = max(float(np.abs(values).max()), 0.0 if name == "christoffel" else scale)
    elements = [
        f"{symbol}{_indices(metric, where, name)} = {values[where]:.10g}"
        for where in np.ndindex(values.shape)
        if abs(values[where]) > ROUNDING * largest and _is_first(where, name)
    ]
    if not elements:
        say(f"{name}: zero")
    for element in elements:
        say(element)


def _indices(metric: Metric, where: tuple[int, ...], name: str) -> str:
    words = [metric.coordinates[k] for k in where]
    if name == "christoffel":
        return f"^{words[0]}_({','.join(words[1:])})"
    return f"_({','.join(words)})"


def _is_first(where: tuple[int, ...], name: str) -> bool:
    """Return whether no element before is the same by the symmetries of the tensor."""
    if name in ("ricci", "einstein"):
        return where[0] <= where[1]
    if name == "christoffel":
        return where[1] <= where[2]
    a, b, c, d = where
    return a < b and c < d and (a, b) <= (c, d)


def path_document(metric: Metric, path: Geodesic) -> dict[str, object]:
    """Return a path as plain data."""
    turn = orbit_turn(metric, path)
    return {
        "metric": metric.name,
        "coordinates": list(metric.coordinates),
        "ignorable": conserved(metric, path),
        "ended": path.ended,
        "precession": turns(metric, path).tolist(),
        "precession_error": None if turn is None else turn.error,
        "parameter": path.parameter.tolist(),
        "position": path.position.tolist(),
        "velocity": path.velocity.tolist(),
        "norm": path.norm.tolist(),
        "momentum": path.momentum.tolist(),
    }


def conserved(metric: Metric, path: Geodesic) -> list[str]:
    """Return the coordinates that the metric does not depend on, whose momentum is constant."""
    both = zip(metric.coordinates, path.ignorable, strict=True)
    return [name for name, ignorable in both if ignorable]


def turns(metric: Metric, path: Geodesic) -> np.ndarray:
    """Return what the orbit turns by beyond whole turns, (orbits,); none without r and phi."""
    from nnuniverse.physics.gravity.precession import precession

    if not {"r", "phi"} <= set(metric.coordinates):
        return np.zeros(0)
    return precession(path, metric.coordinates.index("phi"))


def orbit_turn(metric: Metric, path: Geodesic) -> Turn | None:
    """Return the mean of `turns` with its error, None of a path that is no orbit."""
    from nnuniverse.physics.gravity.precession import mean_turn

    if not {"r", "phi"} <= set(metric.coordinates):
        return None
    return mean_turn(path, metric.coordinates.index("phi"))


def print_path(metric: Metric, path: Geodesic) -> None:
    """Print some of the points of a path, and what is conserved along it."""
    chosen = np.unique(np.linspace(0, len(path.parameter) - 1, MOST_ROWS).astype(int))
    rows = [[f"{value:.6g}" for value in (path.parameter[k], *path.position[k])] for k in chosen]
    print_table(["s", *metric.coordinates], rows)
    say("")
    say(f"u.u = {path.norm[0]:.10g}, changes by {np.ptp(path.norm):.2g}")
    for name in conserved(metric, path):
        along = path.momentum[:, metric.coordinates.index(name)]
        say(f"u_{name} = {along[0]:.10g}, changes by {np.ptp(along):.2g}")
    turn = orbit_turn(metric, path)
    if turn is not None:
        orbits = counted(turn.orbits, "orbit")
        if turn.digits is None:
            say(f"what it turns by in {orbits} is not told: r is least nowhere, up to rounding")
        else:
            say(f"turns by {turn.digits} per orbit beyond 2 pi, mean of {orbits}")
    if path.ended is not None:
        say(f"ends at s = {path.parameter[-1]:.6g}, where {path.ended} comes to its end")


def print_onsager(found: OnsagerResult) -> None:
    """Print how far each tensor is from Einstein's equations, and from its action."""
    rows = [
        [one.tensor, f"{one.equations:.2g}", "-" if one.action is None else f"{one.action:.2g}"]
        for one in found.rows
    ]
    print_table(["tensor", "E + sqrt|g| G", "int sqrt|g| (L - R)"], rows)
    say("")
    if found.einstein < ROUNDING:
        say("in two dimensions G vanishes, and E is given as it is")
    else:
        say(f"E + sqrt|g| G over the largest |sqrt|g| G| at the point, {found.einstein:.3g}")
