"""Omega and what follows from it, by integrating sampled numbers of neurons over mu."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

EMPTY = 0.004
"""<N> up to which a mask has one neuron at most: what is left out of Omega is T <N>^2/2."""


DEGREE = 5
"""Of the splines that are integrated, as far as there are points for it."""


def dilute_neurons(
    changes: Float[np.ndarray, " R"], temperature: float, mu: float | Float[np.ndarray, "*mu"]
) -> Float[np.ndarray, " ..."]:
    """Return <N> where neurons are few, ``sum_i exp(-(E_i - E_0 - mu)/T)``.

    ``changes``: E_i - E_0 of the mask with neuron i alone and the empty one, (R,);
    ``temperature``: T; ``mu``: any shape, which the result has.

    >>> float(dilute_neurons(np.array([0.0, 0.0]), temperature=1.0, mu=-5.0).round(6))
    0.013476
    """
    mu = np.asarray(mu)[..., None]
    return np.asarray(np.exp(logsumexp((mu - changes) / temperature, axis=-1)))


def dilute_grand_potential(
    empty: float, changes: Float[np.ndarray, " R"], temperature: float, mu: float
) -> float:
    """Return Omega where neurons are few, ``E_0 - T log(1 + sum exp(-(E_i - E_0 - mu)/T))``.

    ``empty``: E_0; the rest as for `dilute_neurons`.  Off by T <N>^2/2.

    ``changes``: E_i - E_0 of one active neuron, (R,); ``temperature``: T > 0, in units of the
    energy.

    Source: 2012.05082 (4.1).
    """
    neurons = dilute_neurons(changes, temperature, mu)
    return empty - temperature * float(np.log1p(neurons))


def integrated_neurons(
    mean_neurons: Float[np.ndarray, "*lead mu"], mu: Float[np.ndarray, " mu"]
) -> Float[np.ndarray, "*lead mu"]:
    """Return ``int <N> dmu`` from the first mu to each, (..., mu).

    So Omega is that of the first mu less it, ``dOmega/dmu = -<N>``; ``mean_neurons``: (..., mu).
    By the spline of fifth degree through the points, which errs 300 times less than Simpson's rule
    from one mu to the next.

    Source: 2012.05082 (4.1).
    """
    from scipy.interpolate import make_interp_spline  # loads much

    degree = DEGREE if len(mu) > DEGREE else 3
    integral = make_interp_spline(mu, mean_neurons, degree, axis=-1).antiderivative()(mu)
    from_first: np.ndarray = integral - integral[..., :1]
    return from_first


def fluctuation_gap(
    mean_neurons: Float[np.ndarray, "*lead mu"],
    neurons_variance: Float[np.ndarray, "*lead mu"],
    mu: Float[np.ndarray, " mu"],
    temperature: float,
) -> Float[np.ndarray, "*lead"]:
    """Return ``<N>(b) - <N>(a) - (1/T) int Delta N^2 dmu``, (...).

    Zero in equilibrium: ``Delta N^2 = -T d^2 Omega/dmu^2 = T d<N>/dmu``, integrated over mu, since
    difference quotients of <N> are off by per cents on a grid.  ``mean_neurons``,
    ``neurons_variance``: (..., mu); a and b are the ends of ``mu``.

    ``temperature``: T > 0, in units of the energy.

    Source: 2012.05082 (4.5), of which the sign is wrong as printed (C11).
    """
    grown = mean_neurons[..., -1] - mean_neurons[..., 0]
    return np.asarray(grown - integrated_neurons(neurons_variance, mu)[..., -1] / temperature)


def quadrature_error(
    neurons_variance: Float[np.ndarray, " mu"], mu: Float[np.ndarray, " mu"], temperature: float
) -> float:
    """Return by how much `fluctuation_gap` may be off for its grid: what half of its points change.

    ``neurons_variance``: (mu,).

    ``temperature``: T > 0, in units of the energy.
    """
    kept = np.linspace(0, len(mu) - 1, max(4, len(mu) // 2 + 1)).round().astype(int)
    fine, coarse = (
        integrated_neurons(neurons_variance[points], mu[points])[-1]
        for points in (slice(None), kept)
    )
    return abs(float(fine - coarse)) / temperature
