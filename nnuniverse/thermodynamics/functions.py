"""Thermodynamic functions of the Gaussian canonical ensemble.

All sums run over the N eigenvalues, the exact ones included.  With a leading shape, each spectrum
is taken at its own beta.  Outside the domain (see `check_domain`) the values are NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from nnuniverse.thermodynamics.spectrum import Array, Ensemble, Spectrum

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


def log_partition(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Inexact[Array, " ..."]:
    """Return the log of the partition function.

    ``log Z = N (log h + 1/2 log 2 pi) - 1/2 sum_i log(c + beta lambda_i)
    - 1/2 sum_i c beta lambda_i a_i^2 / (c + beta lambda_i)``, log h the window's `log_height`; the
    last sum only if the spectrum has `mean_squares`.  The paper drops it as negligible; for
    trained nets it is not (A13).

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (5.9), (5.11), (5.14).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, log_partition
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(log_partition(spectrum, Ensemble(beta=1.0))), 6)
    5.500506
    """
    constant = spectrum.neurons * (ensemble.window.log_height + 0.5 * math.log(2.0 * math.pi))
    return (
        constant
        - 0.5 * _sum(spectrum, ensemble, lambda eigenvalue, beta, c: _log(c + beta * eigenvalue))
        - 0.5
        * _mean_state_sum(
            spectrum,
            ensemble,
            lambda eigenvalue, beta, c: c * beta * eigenvalue / (c + beta * eigenvalue),
        )
    )


def free_energy(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Inexact[Array, " ..."]:
    """Return ``F = -log Z / beta``.  Source: 2004.09280 (6.4), (6.5).

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, free_energy
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(free_energy(spectrum, Ensemble(beta=1.0))), 6)
    -5.500506
    """
    return -log_partition(spectrum, ensemble) / ensemble.beta


def mean_loss(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Inexact[Array, " ..."]:
    """Return the mean bulk loss, ``U = -d log Z / d beta``.

    ``U = 1/2 sum (lambda_i - m)/(c + beta lambda_i)``, and if the spectrum has `mean_squares`
    ``+ 1/2 sum a_i^2 lambda_i (c^2 - beta^2 m lambda_i)/(c + beta lambda_i)^2``.

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (6.1), (7.5); the middle sign of the printed (7.5) is wrong (A19).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, mean_loss
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(mean_loss(spectrum, Ensemble(beta=1.0))), 6)
    2.5
    """
    m = ensemble.mass
    return 0.5 * _sum(
        spectrum,
        ensemble,
        lambda eigenvalue, beta, c: (eigenvalue - m) / _positive(c + beta * eigenvalue),
    ) + 0.5 * _mean_state_sum(
        spectrum,
        ensemble,
        lambda eigenvalue, beta, c: (
            eigenvalue * (c**2 - beta**2 * m * eigenvalue) / (c + beta * eigenvalue) ** 2
        ),
    )


def canonical_entropy(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Inexact[Array, " ..."]:
    """Return ``beta^2 dF/dbeta = log Z + beta U``, the entropy relative to the window.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (7.1), which must read log Z where Z is printed (A17).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, canonical_entropy
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(canonical_entropy(spectrum, Ensemble(beta=1.0))), 6)
    8.000506
    """
    return log_partition(spectrum, ensemble) + ensemble.beta * mean_loss(spectrum, ensemble)


def entropy(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Inexact[Array, " ..."]:
    """Return the Shannon entropy ``S = -<log p>`` of the states.

    ``S = (N/2) log(2 pi e) - 1/2 sum_i log(c + beta lambda_i)``, in nats; the mean state does not
    matter.  For the unit window it is `canonical_entropy` ``+ 1/2 sum 1/(c + beta lambda_i)``,
    the term that 2004.09280 (7.1) leaves out (A17).

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, entropy
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(entropy(spectrum, Ensemble(beta=1.0))), 6)
    10.500506
    """
    constant = 0.5 * spectrum.neurons * math.log(2.0 * math.pi * math.e)
    return constant - 0.5 * _sum(
        spectrum, ensemble, lambda eigenvalue, beta, c: _log(c + beta * eigenvalue)
    )


def negative_laplacian(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Inexact[Array, " ..."]:
    """Return ``-Laplacian F = -sum_i d^2 F/d lambda_i^2 > 0`` in the eigenvalues, a_i held fixed.

    ``(beta/2) sum_i (c + beta lambda_i)^-2``, which is ``(beta/2) Tr (1 + beta G)^-2`` at m = 0 and
    the unit window; and if the spectrum has `mean_squares` ``+ beta sum_i a_i^2 c^2
    (c + beta lambda_i)^-3``, from ``1/2 sum_i a_i^2 c lambda_i/(c + beta lambda_i)`` in F.  It
    ignores that det G = 1.

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (8.10), (9.1), which drop the mean state as (5.13) does (A13, A26).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, negative_laplacian
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(negative_laplacian(spectrum, Ensemble(beta=1.0))), 6)
    1.34
    """
    determinant = _sum(spectrum, ensemble, _determinant_curvature)
    return determinant + _mean_state_sum(spectrum, ensemble, _mean_state_curvature)


def unit_share_of_laplacian(
    spectrum: Spectrum, ensemble: Ensemble
) -> jaxtyping.Inexact[Array, " ..."]:
    """Return the share of `negative_laplacian` that the exact ones contribute, in [0, 1].

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, unit_share_of_laplacian
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(unit_share_of_laplacian(spectrum, Ensemble(beta=1.0))), 6)
    0.746269
    """
    at_one = (1.0, ensemble.beta, ensemble.stiffness)
    exact = spectrum.units * _determinant_curvature(*at_one)
    if spectrum.mean_squares is not None:
        exact = exact + spectrum.unit_mean_square * _mean_state_curvature(*at_one)
    return exact / negative_laplacian(spectrum, ensemble)


Summand = Callable[[Array, Array, Array], Array]
"""What is summed, as a function of lambda, beta and c."""


def _sum(spectrum: Spectrum, ensemble: Ensemble, summand: Summand) -> Array:
    dynamical = _terms(spectrum, ensemble, summand).sum(axis=-1)
    return dynamical + spectrum.units * summand(1.0, ensemble.beta, ensemble.stiffness)


def _mean_state_sum(spectrum: Spectrum, ensemble: Ensemble, summand: Summand) -> Array:
    if spectrum.mean_squares is None:
        return 0.0
    dynamical = (spectrum.mean_squares * _terms(spectrum, ensemble, summand)).sum(axis=-1)
    return dynamical + spectrum.unit_mean_square * summand(1.0, ensemble.beta, ensemble.stiffness)


def _terms(spectrum: Spectrum, ensemble: Ensemble, summand: Summand) -> Array:
    xp = spectrum.log_eigenvalues.__array_namespace__()
    beta = xp.asarray(ensemble.beta)[..., None]
    return summand(xp.exp(spectrum.log_eigenvalues), beta, ensemble._replace(beta=beta).stiffness)


def _determinant_curvature(eigenvalue: Array, beta: Array, c: Array) -> Array:
    return 0.5 * beta * _positive(c + beta * eigenvalue) ** -2


def _mean_state_curvature(eigenvalue: Array, beta: Array, c: Array) -> Array:
    """Return what a unit of a^2 adds to -Laplacian F."""
    return beta * c**2 * _positive(c + beta * eigenvalue) ** -3


def _log(x: Array) -> Array:
    """Return log x, NaN where x <= 0; of NumPy or JAX arrays, or of a number."""
    x = _positive(x)
    return math.log(x) if isinstance(x, float | int) else x.__array_namespace__().log(x)


def _positive(x: Array) -> Array:
    """Return x, NaN where x <= 0."""
    if isinstance(x, float | int):
        return x if x > 0 else math.nan
    xp = x.__array_namespace__()
    return xp.where(x > 0, x, xp.nan)
