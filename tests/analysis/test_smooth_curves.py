"""Curves in bins of the log epoch."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.smooth_curves import BINS_PER_E_FOLD, smooth_log_curve

EPOCHS = np.arange(1, 10_001)


def test_power_law_stays_one_in_bins() -> None:
    curve = smooth_log_curve(EPOCHS, 3.0 * EPOCHS**-0.8)
    np.testing.assert_allclose(
        curve.log_loss, np.log(3.0) - 0.8 * np.log(curve.epoch), rtol=0, atol=1e-12
    )
    assert curve.points.sum() == len(EPOCHS)
    # Every epoch up to 20 has a bin of its own; later ones hold a twentieth of the time so far.
    np.testing.assert_allclose(curve.epoch[:20], np.arange(1, 21), rtol=1e-14)
    late = np.diff(np.log(curve.epoch[-21:-1]))  # the last bin is not full
    np.testing.assert_allclose(late, 1.0 / BINS_PER_E_FOLD, rtol=0.01)
