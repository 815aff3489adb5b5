"""Quantiles of a null hypothesis from its draws, so that tests by them have the size they say."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Num

QUANTILES = (0.025, 0.5, 0.975)
LEAST_DRAWS = 39
"""With fewer no draw is a 2.5 % quantile."""


def null_quantiles(draws: Num[np.ndarray, " draws *shape"]) -> Float[np.ndarray, "*shape quantile"]:
    """Return the `QUANTILES` of ``draws``, (draws, ...), as (..., quantile).

    The outer ones are order statistics: the k-th smallest and largest of n, ``k = floor(0.025 (n +
    1))``.  A further draw of the same kind lies beyond either with the probability k/(n + 1), at
    most 2.5 %, whatever its distribution.
    """
    beyond = max(1, int(QUANTILES[0] * (len(draws) + 1) + 1e-9))
    ordered = np.sort(draws, axis=0)
    return np.stack([ordered[beyond - 1], np.median(draws, axis=0), ordered[-beyond]], axis=-1)
