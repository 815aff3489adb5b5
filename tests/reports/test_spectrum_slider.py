"""The histograms that the page steps through."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnuniverse.plots.spectrum import BIN
from nnuniverse.reports.spectrum_slider import (
    BOTTOM,
    LEFT,
    MOST_FRAMES,
    RIGHT,
    TOP,
    spectrum_slider,
)
from nnuniverse.runs import RunRecord, read_run
from nnuniverse.runs.record import Recorded

pytestmark = pytest.mark.xdist_group("reports")


def with_spectra(run: Path, theta: np.ndarray) -> RunRecord:
    """The run with other spectra, (replica, snapshot, eigenvalue)."""
    record = read_run(run)
    old = record.variables["log_eigenvalues"]
    changed = {
        "log_eigenvalues": Recorded(theta, old.dims, old.attributes),
        "snapshot": Recorded(np.arange(theta.shape[1]), ("snapshot",), {}),
    }
    return replace(record, variables={**record.variables, **changed})


def test_steps_are_the_mean_histogram(run: Path) -> None:
    theta = np.array([[[-1.1, 0.1, 0.6], [-1.6, 0.1, 1.1]], [[-1.1, 0.2, 0.6], [-1.6, 0.1, 1.2]]])
    slider = spectrum_slider(with_spectra(run, theta))
    assert slider is not None
    (epoch, path), _ = json.loads(slider.frames)
    assert epoch == 0
    steps = [(float(y), float(x)) for y, x in re.findall(r"V([\d.]+)H([\d.]+)", path)]
    low = np.floor(-1.6 / BIN) * BIN
    edges = low + BIN * np.arange(len(steps) + 1)
    counts = np.histogram(theta[:, 0], edges)[0] / 2
    heights = (BOTTOM - np.array(steps)[:, 0]) / (BOTTOM - TOP) * 1.05
    np.testing.assert_allclose(heights, counts, atol=0.01)
    ends = LEFT + (edges[1:] - low) / (edges[-1] - low) * (RIGHT - LEFT)
    np.testing.assert_allclose(np.array(steps)[:, 1], ends, atol=0.06)


def test_a_diverged_replica_is_left_out(run: Path) -> None:
    theta = np.zeros((2, 3, 4))
    theta[1, 1:] = np.nan
    theta[0, 1:] = 1.0
    slider = spectrum_slider(with_spectra(run, theta))
    assert slider is not None
    assert slider.recorded == 3


def test_many_snapshots_are_thinned_out(run: Path) -> None:
    theta = np.random.default_rng(0).normal(size=(1, 3 * MOST_FRAMES, 5))
    slider = spectrum_slider(with_spectra(run, theta))
    assert slider is not None
    assert (slider.shown, slider.recorded) == (MOST_FRAMES, 3 * MOST_FRAMES)
    assert slider.epochs == (0, 3 * MOST_FRAMES - 1)


@pytest.mark.parametrize(
    "theta",
    [np.zeros((1, 1, 4)), np.full((2, 3, 4), np.nan), np.array([[[0.0], [1e300]]])],
    ids=["one snapshot", "diverged", "absurd"],
)
def test_there_is_no_slider_where_there_is_nothing_to_step_between(
    theta: np.ndarray, run: Path
) -> None:
    assert spectrum_slider(with_spectra(run, theta)) is None
