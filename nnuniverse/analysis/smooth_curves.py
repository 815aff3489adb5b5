"""Loss curves in bins of the logarithm of the epoch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real

BINS_PER_E_FOLD = 20
"""Resolution in the logarithm of the epoch: what happens within 5 % of the time so far is one.
Chosen empirically: finer bins hold too few epochs to average out the noise of mini-batches."""


class SmoothCurve(NamedTuple):
    """A curve in bins: geometric mean ``epoch``, mean ``log_loss``, number of ``points``."""

    epoch: np.ndarray
    log_loss: np.ndarray
    points: np.ndarray


def smooth_log_curve(
    epochs: Real[np.ndarray, " points"], losses: Float[np.ndarray, " points"]
) -> SmoothCurve:
    """Return a curve in bins of equal width in log epoch, empty bins left out.

    A power law stays an exact power law.  Losses that are not positive and finite are left out.

    ``epochs``: ascending, (points,); ``losses``: > 0, (points,).
    """
    usable = np.isfinite(losses) & (losses > 0.0) & (epochs > 0)
    epochs, logs = epochs[usable].astype(np.float64), np.log(losses[usable].astype(np.float64))
    if not len(epochs):
        return SmoothCurve(np.empty(0), np.empty(0), np.empty(0))
    bins = np.floor(BINS_PER_E_FOLD * np.log(epochs)).astype(np.intp)
    count = np.bincount(bins)
    filled = count > 0
    log_epoch, log_loss = (
        np.bincount(bins, part)[filled] / count[filled] for part in (np.log(epochs), logs)
    )
    return SmoothCurve(np.exp(log_epoch), log_loss, count[filled])
