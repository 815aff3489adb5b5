"""An observable over a sweep, drawn."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from nnuniverse.plots import SweepPlot, draw_sweep


def over(gains: list[float]) -> xr.Dataset:
    """Return a sweep of one replica and one snapshot, whose mu2 is twice the gain."""
    values = 2.0 * np.array(gains)[:, None, None]
    return xr.Dataset(
        {
            "mu2": (("gain", "replica", "snapshot"), values),
            "trained_epochs": (("gain", "replica"), np.full((len(gains), 1), 9)),
        },
        coords={"gain": gains, "replica": [0], "snapshot": [9]},
    )


@pytest.mark.parametrize("gains", [[0.131, 0.7, 1.88], [1e-3, 0.02, 0.9], [3.0, 40.0, 800.0]])
def test_labels_of_a_logarithmic_axis_do_not_meet(gains: list[float]) -> None:
    figure = draw_sweep(over(gains), SweepPlot("gain", "mu2")).figure
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    figure.draw_without_rendering()
    both = [*axes.xaxis.get_ticklabels(which="major"), *axes.xaxis.get_ticklabels(which="minor")]
    boxes = sorted(
        (label.get_window_extent() for label in both if label.get_text()), key=lambda box: box.x0
    )
    assert len(boxes) >= 3
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
