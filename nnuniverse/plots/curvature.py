"""``curvature``: the orbit of a path of free fall, and the curvature along it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.analysis.geometry import read_path
from nnuniverse.physics.gravity.stored_path import StoredPath
from nnuniverse.plots.canvas import new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import MOST_ROWS, crowded
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import GEODESIC_FILE

HEIGHT = 2.6
"""Of a row, inches."""

ROUNDING = 1e-10
"""An R that is so much less than the root of R_abcd R^abcd is none: that of empty space."""

DECADE = 10.0
"""A scalar that varies by more along a path is drawn on a logarithmic axis."""

DOTS = 12
"""Periapses that are marked, at the most."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a row per path: where it leads, R_abcd R^abcd along it, and R where there is one.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = [run.name.replace("$", r"\$") for run in runs]  # configs tell nothing of files
    if len(runs) > MOST_ROWS:
        raise crowded(names, f"take {len(runs)} rows")
    paths = [read_path(run) for run in runs]
    matter = any(map(_has_ricci, paths))
    figure, grid = new_figure(len(runs), 2 + matter, size=(DOUBLE, HEIGHT * len(runs)))
    table = Table("run", "parameter", "x", "y", "scalar", "kretschmann")
    for row, run, name, stored in zip(grid, runs, names, paths, strict=True):
        x, y = _draw_orbit(row[0], stored, name if len(runs) > 1 else "")
        _draw_scalar(row[1], stored.path.parameter, stored.kretschmann, "$R_{abcd} R^{abcd}$")
        if matter:
            _draw_scalar(row[2], stored.path.parameter, _ricci(stored), "$R$")
        table.add(
            run=run.name,
            parameter=stored.path.parameter,
            x=x,
            y=y,
            scalar=stored.scalar,
            kretschmann=stored.kretschmann,
        )
    told = "; ".join(_description(run, stored) for run, stored in zip(runs, paths, strict=True))
    return Drawing(
        figure,
        table.columns,
        f"Paths of free fall, and the curvature along them over the affine parameter s: {told}.",
    )


def _has_ricci(stored: StoredPath) -> bool:
    scale = np.sqrt(np.abs(stored.kretschmann).max())
    return bool(np.abs(stored.scalar).max() > ROUNDING * scale)


def _ricci(stored: StoredPath) -> np.ndarray:
    """Return R, 0 where it is nothing but rounding."""
    return stored.scalar if _has_ricci(stored) else np.zeros_like(stored.scalar)


def _draw_orbit(axes: Axes, stored: StoredPath, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw the path in a plane, and return where: by r and phi, or the last two coordinates."""
    position = stored.path.position
    if stored.polar is None:
        x, y = position[:, -2], position[:, -1]
        axes.set_xlabel(stored.coordinates[-2])
        axes.set_ylabel(stored.coordinates[-1])
    else:
        r, phi = (position[:, number] for number in stored.polar)
        x, y = r * np.cos(phi), r * np.sin(phi)
        axes.set_xlabel(r"$r\,\cos\,\phi$")
        axes.set_ylabel(r"$r\,\sin\,\phi$")
        axes.plot(0.0, 0.0, "+", color="0.3", markersize=5.0)
        axes.set_aspect("equal", adjustable="datalim")
    axes.plot(x, y, color="C0", linewidth=0.9)
    axes.plot(x[0], y[0], "o", color="C0", markersize=3.0)
    _mark_periapses(axes, stored)
    axes.set_title(", ".join(filter(None, [name, _turned(stored)])))
    return x, y


def _mark_periapses(axes: Axes, stored: StoredPath) -> None:
    if stored.polar is None or stored.turn is None:
        return
    nearest, angles = stored.path.periapsis[:DOTS, stored.polar].T
    axes.plot(
        nearest * np.cos(angles),
        nearest * np.sin(angles),
        "o",
        color="C1",
        markersize=3.5,
    )


def _turned(stored: StoredPath) -> str:
    """Return by how much the orbit turns, in words; nothing of a path that is no orbit."""
    found = stored.turn
    return f"turns by {found.mean:.4g} per orbit" if found and found.digits else ""


def _draw_scalar(axes: Axes, parameter: np.ndarray, values: np.ndarray, name: str) -> None:
    axes.plot(parameter, values, color="C0")
    if values.min() > 0.0 and values.max() > DECADE * values.min():
        axes.set_yscale("log")
    axes.set_xlabel("affine parameter $s$")
    axes.set_ylabel(name)


def _description(run: RunRecord, stored: StoredPath) -> str:
    ends = f"{stored.kretschmann[0]:.3g} to {stored.kretschmann[-1]:.3g}"
    ended = f", ends where {stored.path.ended} does" if stored.path.ended else ""
    turned = f", an orbit that {_turned(stored)}" if _turned(stored) else ""
    return f"{run.name}, R_abcd R^abcd from {ends}{ended}{turned}"


PLOT = Plot(
    "curvature",
    "Curvature along a path of free fall",
    (),
    draw,
    uses=(),
    file=GEODESIC_FILE,
    symbol="R_abcd R^abcd",
    equation="R_abcd R^abcd and R over the affine parameter s, beside the orbit and its periapses",
    source="2008.01540 (9.16), (9.19)",
)
