"""Whether chains of masks have found their ensemble, told by N alone."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Num
from scipy.special import stdtr

LARGEST_R_HAT = 1.1
"""Of chains that have mixed: of 10 effective draws each it is about 1.05."""

MOVING = 0.1
"""Variance of N from which on R-hat counts: with less it hangs on a few flips in all."""

SIZE = 0.01
"""Probability of finding up and down apart at some mu where they are not."""

WINDOW = 5.0
"""Autocorrelation times that they are summed over, as Sokal proposes."""


def split_r_hat(neurons: Num[np.ndarray, "*lead chains sweeps"]) -> Float[np.ndarray, "*lead"]:
    """Return R-hat of the halves of all chains, 1 where N hardly varies, (...).

    ``neurons``: N, (..., chains, sweeps), more than three sweeps.  It is the root of the variance
    of all over the mean variance within a half (Gelman and Rubin 1992).
    """
    length = neurons.shape[-1] // 2
    halves = np.concatenate([neurons[..., :length], neurons[..., -length:]], axis=-2)
    within = halves.var(axis=-1, ddof=1).mean(axis=-1)
    between = halves.mean(axis=-1).var(axis=-1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (length - 1) / length + between / within
    return np.where(within + between < MOVING, 1.0, np.sqrt(ratio))


def autocorrelation_sweeps(
    neurons: Num[np.ndarray, "*lead chains sweeps"],
) -> Float[np.ndarray, "*lead"]:
    """Return ``tau = 1 + 2 sum_t rho(t)`` of N, in sweeps, NaN where it does not move, (...).

    ``neurons``: N, (..., chains, sweeps); summed up to the first t of `WINDOW` tau or more.  The
    variance of a mean is tau times that of as many independent draws.
    """
    centred = neurons - neurons.mean(axis=(-2, -1), keepdims=True)
    sweeps = neurons.shape[-1]
    power = np.abs(np.fft.rfft(centred, n=2 * sweeps, axis=-1)) ** 2
    covariances = np.fft.irfft(power, axis=-1)[..., :sweeps].mean(axis=-2)
    with np.errstate(invalid="ignore"):
        correlations = covariances / covariances[..., :1]
    sums = 2.0 * np.cumsum(correlations, axis=-1) - 1.0
    enough = np.arange(sweeps) >= WINDOW * sums
    last = np.where(enough.any(axis=-1), enough.argmax(axis=-1), sweeps - 1)
    return np.take_along_axis(sums, last[..., None], axis=-1)[..., 0]


def directions_agree(means: Float[np.ndarray, "2 mu chains"]) -> bool:
    """Return whether <N> is the same whether mu rises or falls, by a t test at every mu.

    ``means``: N of each chain, (2, mu, chains).  Wrong with probability `SIZE` at the most, of all
    mu together (Bonferroni).
    """
    chains = means.shape[-1]
    apart = means[1].mean(axis=-1) - means[0].mean(axis=-1)
    error = np.sqrt(means.var(axis=-1, ddof=1).sum(axis=0) / chains)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(apart == 0.0, 0.0, np.abs(apart) / error)
    # Their variances may differ: the smaller number of degrees of freedom is on the safe side.
    return bool((2.0 * stdtr(chains - 1, -t) >= SIZE / means.shape[1]).all())
