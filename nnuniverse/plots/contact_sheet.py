"""Samples of a data set at a glance, each with its label."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.plots.canvas import new_figure
from nnuniverse.plots.drawing import Drawing, Table, in_house_style

MOST = 40
COLUMNS = 8
"""Samples on a sheet, and beside each other: chosen such that digits of 28 x 28 are legible."""

CELL = 0.85
"""Width of a sample, inches."""


def contact_sheet(
    inputs: np.ndarray, labels: np.ndarray, shape: tuple[int, ...], name: str
) -> Drawing:
    """Draw some samples with their labels, as many of each class as of any other.

    ``inputs``: (samples, features), as in the source; ``labels``: (samples,) class numbers, or
    (samples, outputs) real targets; ``shape``: of one sample, an image if it is (rows, columns) or
    (rows, columns, 3 or 4), else it is drawn as a curve; ``name``: of the data set.
    """
    return in_house_style(lambda: _draw(inputs, labels, shape, name))


def _draw(inputs: np.ndarray, labels: np.ndarray, shape: tuple[int, ...], name: str) -> Drawing:
    chosen = _chosen(labels)
    rows = -(-len(chosen) // COLUMNS)
    figure, grid = new_figure(rows, COLUMNS, size=(COLUMNS * CELL, rows * (CELL + 0.2) + 0.3))
    ends = float(inputs.min()), float(inputs.max())
    table = Table("sample", "label")
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, sample in zip(grid.flat, chosen, strict=False):
        label = _words(labels[sample])
        _show(axes, inputs[sample].reshape(shape), ends)
        axes.set_title(label, fontsize=6.5, loc="center", pad=2)
        table.add(sample=int(sample), label=label)
    description = f"{len(chosen)} of {len(labels):,} training samples"
    figure.suptitle(f"{name}: {description}".replace("$", r"\$"), fontsize=8)
    return Drawing(figure, table.columns, f"{description} of {name}, with their labels")


def _chosen(labels: np.ndarray) -> np.ndarray:
    """Return the first samples of every class, in the order of the classes; else the first."""
    if labels.ndim > 1:
        return np.arange(min(MOST, len(labels)))
    order = np.argsort(labels, kind="stable")
    _, starts, counts = np.unique(labels[order], return_index=True, return_counts=True)
    rank = np.arange(len(labels)) - np.repeat(starts, counts)  # the how manieth of its class
    first = np.argsort(rank, kind="stable")[:MOST]
    return order[np.sort(first)]


def _show(axes: Axes, sample: np.ndarray, ends: tuple[float, float]) -> None:
    low, high = ends
    if sample.ndim == 2:
        axes.imshow(sample, cmap="gray", vmin=low, vmax=max(high, low + 1e-30))
    elif sample.ndim == 3 and sample.shape[-1] in (3, 4):
        axes.imshow((sample - low) / max(high - low, 1e-30))
    else:
        axes.set_axis_on()
        margin = 0.05 * (high - low) or 1.0
        axes.set(xticks=[], yticks=[], ylim=(low - margin, high + margin))
        marker = "o" if sample.size <= 20 else ""
        axes.plot(sample.ravel(), marker=marker, markersize=2, linewidth=0.8)


def _words(label: np.ndarray | np.generic) -> str:
    """Return a class number, or the first real targets."""
    if not np.ndim(label):
        return str(label)
    shown = ", ".join(f"{value:.2g}" for value in np.asarray(label)[:2])
    return shown.replace("-", "\N{MINUS SIGN}") + (", ..." if np.size(label) > 2 else "")
