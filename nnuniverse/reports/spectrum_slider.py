"""The spectrum at every snapshot, drawn so that a page can step through it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnuniverse.analysis.active_spectra import active_log_eigenvalues
from nnuniverse.plots.spectrum import BIN
from nnuniverse.reports.drawn_scale import DrawnScale
from nnuniverse.runs import RunRecord

MOST_FRAMES = 200
"""Snapshots on the page: of more, so many at even distances, some 100 kB."""

MOST_BINS = 1000
"""Of a histogram: no net's spectrum is as wide, only that of a damaged file."""

WIDTH, HEIGHT = 400.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 50.0, 392.0, 8.0, 180.0
"""Of the axes in the drawing, in its units: pixels of a page where a letter is 12 high."""


@dataclass(frozen=True)
class SpectrumSlider:
    """Histograms of the dynamical log lambda, mean over replicas.

    ``frames``: JSON, [epoch, path] by snapshot; ``untrained`` and ``trained``: the first and last
    path; ``epochs``: the first and last one; ``x_ticks`` and ``y_ticks``: place and label;
    ``shown`` of ``recorded`` snapshots.
    """

    frames: str
    untrained: str
    trained: str
    epochs: tuple[int, int]
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    shown: int
    recorded: int

    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, RIGHT, TOP, BOTTOM


def spectrum_slider(run: RunRecord) -> SpectrumSlider | None:
    """Return the histograms of a run, None without two finite spectra to step between."""
    if "log_eigenvalues" not in run:
        return None
    theta = active_log_eigenvalues(run)
    finite = np.isfinite(run["log_eigenvalues"]).all(axis=2)
    snapshots = np.flatnonzero(finite.any(axis=0))
    if len(snapshots) < 2 or not theta.shape[2]:
        return None
    chosen = np.unique(np.linspace(0, len(snapshots) - 1, MOST_FRAMES).round().astype(int))
    shown = snapshots[chosen]
    drawn = [theta[finite[:, at], at] for at in shown]
    low, high = min(map(float, map(np.nanmin, drawn))), max(map(float, map(np.nanmax, drawn)))
    if (high - low) / BIN > MOST_BINS:
        return None
    edges = np.arange(np.floor(low / BIN), np.floor(high / BIN) + 2) * BIN
    counts = np.array([np.histogram(one[~np.isnan(one)], edges)[0] / len(one) for one in drawn])
    x = DrawnScale(float(edges[0]), float(edges[-1]), LEFT, RIGHT)
    y = DrawnScale(0.0, 1.05 * float(counts.max()), BOTTOM, TOP)
    paths = [_steps(x, y, edges, one) for one in counts]
    epochs = [int(epoch) for epoch in run["snapshot"][shown]]
    return SpectrumSlider(
        json.dumps(list(zip(epochs, paths, strict=True)), separators=(",", ":")),
        paths[0],
        paths[-1],
        (epochs[0], epochs[-1]),
        x.ticks(),
        y.ticks(),
        len(shown),
        len(snapshots),
    )


def _steps(x: DrawnScale, y: DrawnScale, edges: np.ndarray, counts: np.ndarray) -> str:
    """Return the outline of a histogram, as the path of an SVG."""
    parts = [f"M{x(edges[0]):g} {y(0.0):g}"]
    for right, count in zip(edges[1:], counts, strict=True):
        parts.append(f"V{y(count):g}H{x(right):g}")
    return "".join(parts) + f"V{y(0.0):g}Z"
