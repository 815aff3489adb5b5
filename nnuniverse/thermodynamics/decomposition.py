"""The free energy split into a function of beta alone and a complexity of the net."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from nnuniverse.thermodynamics.spectrum import Array, Ensemble, Spectrum

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


class Decomposition(NamedTuple):
    """``F = A - C/beta``, approximately.

    ``large``: N_>, the number of eigenvalues counted as large; ``thermodynamic_free_energy``: A;
    ``complexity``: C; ``mean_loss``: U = d(beta A)/d beta; ``thermodynamic_entropy``:
    S_0 = beta^2 dA/d beta = beta (U - A).
    """

    large: Array
    thermodynamic_free_energy: Array
    complexity: Array
    mean_loss: Array
    thermodynamic_entropy: Array

    def free_energy(
        self, beta: float | jaxtyping.Float[Array, " ..."]
    ) -> jaxtyping.Float[Array, " ..."]:
        """Return ``A - C/beta``."""
        return self.thermodynamic_free_energy - self.complexity / beta


def count_large(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Int[Array, " ..."]:
    """Return the number of dynamical eigenvalues with ``beta lambda > c``.

    For the paper's ``lambda >> 1/beta``, at the point where log(c + beta lambda) changes from one
    limit to the other.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, count_large
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> int(count_large(spectrum, Ensemble(beta=2.0)))
    1
    """
    return is_large(spectrum, ensemble).sum(axis=-1)


def decompose(spectrum: Spectrum, ensemble: Ensemble) -> Decomposition:
    """Return the printed split: every eigenvalue is either large or dropped.

    ``A = (N_>/2 beta) log beta``, ``C = -1/2 sum_> log lambda + N (log h + 1/2 log 2 pi)``,
    ``U = N_>/2 beta``, ``S_0 = (N_>/2)(1 - log beta)``.  N_> counts all eigenvalues, so the exact
    ones enter or leave together where beta = c.  h is the height of the window, 1 in the paper.
    The mean state is left out, whether the spectrum has `mean_squares` or not.

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (6.6)-(6.8), (7.4), (7.5); a poor approximation, see
    `decompose_with_units` (A16).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, decompose
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(decompose(spectrum, Ensemble(beta=2.0)).complexity), 6)
    8.496238
    """
    dynamical, weight = _large(spectrum, ensemble)
    xp = weight.__array_namespace__()
    beta = xp.asarray(ensemble.beta)
    large = dynamical + spectrum.units * (beta > ensemble.stiffness)
    u = large / (2.0 * beta)
    a = u * xp.log(beta)
    return Decomposition(large, a, weight, u, beta * (u - a))


def decompose_with_units(spectrum: Spectrum, ensemble: Ensemble) -> Decomposition:
    """Return the split with the exact ones, which no training moves, left whole in A.

    ``A = (N_>/2 beta) log beta + (n_one/2 beta) log(c + beta)`` with N_> the large dynamical
    eigenvalues, ``C`` as printed, ``U = N_>/2 beta + (n_one/2) (1 - m)/(c + beta)``.

    If the spectrum has `mean_squares`, the same is done to the mean state's
    ``1/2 sum_i c lambda_i a_i^2/(c + beta lambda_i)`` in F: what the exact ones have of it is whole
    in A, the large ones have the limit ``c a^2/2 beta``, in which ``c = s - beta m`` divides
    ``-1/2 s sum_> a^2`` to C and ``-1/2 m sum_> a^2`` to A and U, and the small ones are dropped.

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (6.6)-(6.8), mended (A16); (5.11) (A13).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, decompose_with_units
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(decompose_with_units(spectrum, Ensemble(beta=2.0)).complexity), 6)
    8.496238
    """
    large, weight = _large(spectrum, ensemble)
    xp = weight.__array_namespace__()
    beta, c = xp.asarray(ensemble.beta), xp.asarray(ensemble.stiffness)
    u = large / (2.0 * beta) + 0.5 * spectrum.units * (1.0 - ensemble.mass) / (c + beta)
    a = (large * xp.log(beta) + spectrum.units * xp.log(c + beta)) / (2.0 * beta)
    if spectrum.mean_squares is not None:
        along = xp.where(is_large(spectrum, ensemble), spectrum.mean_squares, 0.0).sum(axis=-1)
        of_units, mass = spectrum.unit_mean_square, ensemble.mass
        weight = weight - 0.5 * ensemble.window.stiffness * along
        u = u + 0.5 * (of_units * (c**2 - beta**2 * mass) / (c + beta) ** 2 - mass * along)
        a = a + 0.5 * (of_units * c / (c + beta) - mass * along)
    return Decomposition(large, a, weight, u, beta * (u - a))


def _large(spectrum: Spectrum, ensemble: Ensemble) -> tuple[Array, Array]:
    """Return N_> among the dynamical eigenvalues, and C."""
    theta = spectrum.log_eigenvalues
    xp = theta.__array_namespace__()
    large = is_large(spectrum, ensemble)
    constant = spectrum.neurons * (ensemble.window.log_height + 0.5 * math.log(2.0 * math.pi))
    complexity = constant - 0.5 * xp.where(large, theta, 0.0).sum(axis=-1)
    missing = xp.isnan(theta).any(axis=-1)
    count = xp.where(missing, xp.nan, large.sum(axis=-1))
    return count, xp.where(missing, xp.nan, complexity)


def is_large(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Bool[Array, "... n_dyn"]:
    """Return which dynamical eigenvalues have ``beta lambda > c``, (..., n_dyn).

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    >>> import numpy as np
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> is_large(spectrum, Ensemble(beta=2.0)).tolist()
    [True, False]
    """
    xp = spectrum.log_eigenvalues.__array_namespace__()
    beta = xp.asarray(ensemble.beta)[..., None]
    return beta * xp.exp(spectrum.log_eigenvalues) > ensemble._replace(beta=beta).stiffness
