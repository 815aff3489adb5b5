"""Residuals of arrays, and of samples."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.residuals import Residual


def relative(left: np.ndarray, right: np.ndarray) -> Residual:
    """Return ``|left - right| / |right|``, norms over all entries."""
    return Residual(float(np.linalg.norm(left - right) / np.linalg.norm(right)))


def sampled(samples: np.ndarray) -> Residual:
    """Return the mean of independent samples of what is zero on average, with its error."""
    error = samples.std(ddof=1) / np.sqrt(len(samples))
    return Residual(float(abs(samples.mean())), standard_error=float(error))
