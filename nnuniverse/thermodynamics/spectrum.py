"""What thermodynamic functions are functions of: a spectrum, and the canonical ensemble on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnuniverse.errors import ConfigError

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


Array = Any
"""A NumPy or a JAX array, or a number: whatever has the functions of the array API."""


class Window(NamedTuple):
    """A Gaussian ``exp(-stiffness x^2/2 + log_height)`` per neuron, in place of (-1, 1)."""

    stiffness: float
    log_height: float


WINDOWS = {
    "unit": Window(1.0, 0.0),
    "matched": Window(3.0, math.log(2.0) + 0.5 * math.log(3.0) - 0.5 * math.log(2.0 * math.pi)),
}
"""The windows by name.

``unit`` is that of 2004.09280 (5.8).  ``matched`` has the variance 1/3 of the uniform density on
(-1, 1) and the same integral, 2; it is nearer to the integral over (-1, 1)^N at small beta (A9).
"""

FLAT = Window(0.0, 0.0)
"""No window: the states are unbounded."""


class Spectrum(NamedTuple):
    """The spectrum of ``log G``.

    ``log_eigenvalues``: the dynamical ones, shape (..., n_dyn); ``units``: number of eigenvalues
    that are exactly one; ``mean_squares`` and ``unit_mean_square``: squared components a_i^2 of
    the mean state <x> = sum a_i v_i along the dynamical eigenvectors, (..., n_dyn), and their sum
    over all others, (...); None leaves the exponential factor of 2004.09280 (5.9) out.
    """

    log_eigenvalues: Array
    units: int
    mean_squares: Array | None = None
    unit_mean_square: Array | None = None

    @property
    def neurons(self) -> int:
        """N, the number of all eigenvalues."""
        return int(self.log_eigenvalues.shape[-1]) + self.units


class Ensemble(NamedTuple):
    """The canonical ensemble ``p(x) ~ exp(-beta H(x))`` under a window.

    ``beta``: inverse temperature, > 0, shape () or that of the spectrum's leading axes; ``mass``:
    m of the local objective ``V = -(m/2) x^T x``, 2004.09280 (3.3); ``window``: its shape.
    """

    beta: Array
    mass: float = 0.0
    window: Window = WINDOWS["unit"]

    @property
    def stiffness(self) -> float | jaxtyping.Inexact[Array, " ..."]:
        """``c = s - beta m``, s the window's stiffness: 1 - beta m in 2004.09280 (5.9)."""
        return self.window.stiffness - self.beta * self.mass


def in_domain(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Bool[np.ndarray, " ..."]:
    """Return where the Gaussian integral exists: ``c + beta lambda > 0`` for every eigenvalue.

    Shape: the leading axes of spectrum and beta.  A missing spectrum counts as inside.

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: condition of 2004.09280 (5.9), (5.13) that the paper does not state (A12).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, in_domain
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> in_domain(spectrum, Ensemble(beta=np.array([1.0, 4.0]), mass=0.6)).tolist()
    [True, False]
    """
    beta, c = np.asarray(ensemble.beta), np.asarray(ensemble.stiffness)
    smallest = np.exp(np.min(np.asarray(spectrum.log_eigenvalues), axis=-1, initial=np.inf))
    if spectrum.units:
        smallest = np.minimum(smallest, 1.0)
    return np.asarray(~(c + beta * smallest <= 0.0) & ~(beta <= 0.0))


def check_domain(spectrum: Spectrum, ensemble: Ensemble) -> None:
    """Raise ConfigError unless the Gaussian integral exists for every spectrum.

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.
    """
    beta = np.asarray(ensemble.beta)
    positive = np.isfinite(beta) & (beta > 0.0)
    if not positive.all():
        wrong = beta[~positive].flat[0]
        raise ConfigError("beta", "be a positive number", f"is {wrong:g}", "beta=1")
    if not in_domain(spectrum, ensemble).all():
        smallest = float(np.nanmin(np.exp(np.asarray(spectrum.log_eigenvalues)), initial=1.0))
        limit = float(ensemble.window.stiffness / beta.max() + smallest)
        raise ConfigError(
            "the mass m",
            "keep c + beta lambda > 0 for the smallest eigenvalue, "
            f"{smallest:.4g}, at beta = {beta.max():g}",
            f"is {ensemble.mass:g}",
            f"m < {limit:.4g}",
        )
