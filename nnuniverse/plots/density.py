"""``density``: p(t, q) of an ensemble over steps, and its phase space."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.coordinate_labels import coordinate_number
from nnuniverse.plots.canvas import new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table, missing
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import MOST_ROWS, labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.ensemble_runs import (
    at_records,
    coordinate_labels,
)

POINTS = 160
"""Values of q at which the density is drawn."""

MARGIN = 0.05
"""Of the range of q, left free on either side."""

LEAST = 8
"""Replicas from which a density is drawn."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a row per run: p(t, q) of one coordinate, and (q, next step - q) at one record.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_ROWS, "rows")
    figure, grid = new_figure(len(runs), 2, size=(DOUBLE, 0.4 + 2.3 * len(runs)))
    table = Table("run", "coordinate", "kind", "step", "q", "density", "increment")
    shown = []
    for (left, right), run, name in zip(grid, runs, names, strict=True):
        k = coordinate_number(coordinate_labels(run), settings.coordinate or "0")
        record = record_number(run, settings.record)
        label = coordinate_labels(run)[k]
        image = _draw_density(left, run, k, record, table)
        _draw_phase_space(right, run, k, record, table)
        left.set_title(label if len(runs) == 1 else f"{name}\n{label}")
        right.set_title(f"phase space at step {int(run['record_step'][record]):,}")
        figure.colorbar(image, ax=left, label="p, largest at its step = 1", aspect=30, pad=0.02)
        shown.append(f"{label} of {name}")
    return Drawing(
        figure,
        table.columns,
        "Density of a coordinate over the replicas as it changes with the step, and the phase "
        f"space of its position and its next step: {'; '.join(shown)}.",
    )


def record_number(run: RunRecord, asked: int | None) -> int:
    """Return the number of the record that is ``asked`` for, of the last one without.

    Raises ConfigError if there is none.

    ``run``: the run, as read back from its folder.
    """
    count = len(run["record_step"])
    if asked is None:
        return count - 1
    if not 0 <= asked < count:
        raise ConfigError(
            "`--record`", f"be one of the {count} of {run.name}", f"is {asked}", "--record 0"
        )
    return asked


def _draw_density(axes: Axes, run: RunRecord, k: int, record: int, table: Table) -> QuadMesh:
    """Draw p(t, q), at every record over its largest value, and mark one record."""
    positions, steps = at_records(run)[:, :, k], run["record_step"].astype(float)
    q = _range(run, positions)
    density = np.array([_density(column, q) for column in positions.T])
    shares = density / np.nanmax(density, axis=1, keepdims=True)
    image = axes.pcolormesh(steps, q, shares.T, shading="nearest", cmap="Blues", rasterized=True)
    axes.axvline(steps[record], color="C1", linewidth=0.8)
    axes.grid(visible=False)
    axes.set_xlabel("step")
    axes.set_ylabel("q")
    for step, values in zip(steps, density, strict=True):
        table.add(
            run=run.name,
            coordinate=coordinate_labels(run)[k],
            kind="density",
            step=step,
            q=q,
            density=values,
            increment=np.full(len(q), np.nan),
        )
    return image


def _range(run: RunRecord, positions: np.ndarray) -> np.ndarray:
    """Return values of q across all that replicas reach."""
    if (np.isfinite(positions).sum(axis=0) < LEAST).any():
        raise missing(run, f"{LEAST} replicas that did not diverge", "a smaller learning rate")
    low, high = np.nanmin(positions), np.nanmax(positions)
    margin = MARGIN * (high - low)
    return np.linspace(low - margin, high + margin, POINTS)


def _density(values: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return the density of the replicas at ``q``: a kernel about each, as wide as Scott says."""
    from scipy.stats import gaussian_kde  # loads much

    there = values[np.isfinite(values)]
    if np.ptp(there) == 0.0:  # all replicas start at one point
        return np.where(np.abs(q - there[0]) <= 0.5 * (q[1] - q[0]), 1.0 / (q[1] - q[0]), 0.0)
    return np.asarray(gaussian_kde(there)(q))


def _draw_phase_space(axes: Axes, run: RunRecord, k: int, record: int, table: Table) -> None:
    """Draw where the replicas are and where their next step leads."""
    positions = run["positions"][:, :, :, k]
    if positions.shape[2] < 2:
        raise missing(run, "the step after each record", "`nnu evolve` anew")
    q, increment = positions[:, :, 0], positions[:, :, 1] - positions[:, :, 0]
    axes.plot(q[:, record], increment[:, record], ".", color="C0", markersize=2, alpha=0.5)
    for limits, values in ((axes.set_xlim, q), (axes.set_ylim, increment)):
        low, high = np.nanmin(values), np.nanmax(values)
        limits(low - MARGIN * (high - low), high + MARGIN * (high - low))
    axes.axhline(0.0, color="0.3", linewidth=0.6)
    axes.set_xlabel("q")
    axes.set_ylabel("next step, q' - q")
    table.add(
        run=run.name,
        coordinate=coordinate_labels(run)[k],
        kind="phase space",
        step=float(run["record_step"][record]),
        q=q[:, record],
        density=np.full(len(q), np.nan),
        increment=increment[:, record],
    )


PLOT = Plot(
    "density",
    "Density and phase space of an ensemble",
    (),
    draw,
    of_ensembles=True,
    uses=("coordinate", "record"),
    symbol="p(t, q)",
    equation="density of q over replicas at every record; q' - q over q at one",
    source="2012.05082 (2.1)",
)
