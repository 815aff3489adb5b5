"""The gain of a drift along the gradient of a function, and whether it is one for all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import fdtrc

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates, jackknife
from nnuniverse.physics.mechanics.estimators.pairs import Pairs


class Gain(NamedTuple):
    """The gain gamma along each coordinate, and whether one gamma serves all.

    ``gain``: (coordinate,); ``ratio``: of the largest to the smallest, NaN where their signs
    differ; ``p_value``: of gains as different by chance, NaN of a single coordinate.
    """

    gain: Estimate
    ratio: Estimate
    p_value: float


def gain(pairs: Pairs, function: SecondOrder) -> Gain:
    """Return gamma of ``dq_i/dt = gamma_i dF/dq_i`` per step, by least squares.

    ``gamma_i = <dq_i f_i> / <f_i^2>`` of the slopes ``f_i = dF/dq_i`` before the step.  That they
    are all the same is tested by Hotelling's T^2 of their differences, whose covariance is that of
    `jackknife`.

    ``pairs``: one step apart; ``function``: F; of minus the loss that plain descent lowers, gamma
    is the learning rate in every direction.

    Source: 2012.05082 (2.3).
    """
    slope = function.slope(pairs.before)
    statistics = (pairs.increments * slope).mean(axis=1), (slope**2).mean(axis=1)
    gains, log_ratio = jackknife(_gains, *statistics)
    ratio = Estimate(*map(np.exp, log_ratio.estimate))
    return Gain(gains.estimate, ratio, _p_value_of_differences(gains))


def _gains(product: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, ...]:
    gains = product / square
    same = (gains > 0.0).all(axis=-1) | (gains < 0.0).all(axis=-1)
    sizes = np.where(same[..., None], np.abs(gains), np.nan)
    return gains, np.log(sizes.max(axis=-1) / sizes.min(axis=-1))


def _p_value_of_differences(gains: Replicates) -> float:
    replicas, differences = len(gains.without), gains.value.size - 1
    if differences == 0:
        return float("nan")
    contrast = np.diff(np.eye(differences + 1), axis=0)
    apart = contrast @ gains.value
    squared = apart @ np.linalg.solve(contrast @ gains.covariance @ contrast.T, apart)
    freedom = replicas - differences
    return float(fdtrc(differences, freedom, squared * freedom / differences / (replicas - 1)))
