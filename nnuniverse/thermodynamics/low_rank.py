"""How well G is approximated by its largest eigenvalues alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnuniverse.thermodynamics.decomposition import is_large
from nnuniverse.thermodynamics.spectrum import Array, Ensemble, Spectrum

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


def truncation_error(
    spectrum: Spectrum, kept: jaxtyping.Int[Array, " numbers"]
) -> jaxtyping.Float[Array, "... numbers"]:
    """Return the relative error of G when its n largest eigenvalues are kept, in [0, 1].

    ``|G - sum_{i <= n} lambda_i v_i v_i^T| / |G| = sqrt(sum_{i > n} lambda_i^2/sum lambda_i^2)`` in
    the Frobenius norm, over all N eigenvalues, the exact ones included; no matrix of rank n has a
    smaller one.

    ``kept``: n, whole numbers from 0 to N, (numbers,).  Returns (..., numbers), NaN where the
    spectrum is missing.

    Source: 2004.09280 (7.9), right in the limit (A21): each exact one that is dropped has a square
    of one, however small the small eigenvalues become.

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Spectrum, truncation_error
    >>> truncation_error(Spectrum(np.log([4.0, 0.25]), units=1), np.array([0, 3])).tolist()
    [1.0, 0.0]
    """
    theta = spectrum.log_eigenvalues
    xp = theta.__array_namespace__()
    ones = xp.zeros((*theta.shape[:-1], spectrum.units), dtype=theta.dtype)
    squares = xp.exp(2.0 * xp.sort(xp.concat([theta, ones], axis=-1), axis=-1))
    start = xp.zeros_like(squares[..., :1])
    dropped = xp.concat([start, xp.cumulative_sum(squares, axis=-1)], axis=-1)  # smallest first
    return xp.sqrt(dropped[..., spectrum.neurons - kept] / dropped[..., -1:])


def large_truncation_error(
    spectrum: Spectrum, ensemble: Ensemble
) -> jaxtyping.Float[Array, " ..."]:
    """Return the relative error of G when its N_> large eigenvalues are kept, in [0, 1].

    Large: beta lambda > c, as in `decompose`, the exact ones included.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (7.9), see `truncation_error`.

    >>> import numpy as np
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=0)
    >>> round(float(large_truncation_error(spectrum, Ensemble(beta=2.0))), 4)
    0.0624
    """
    theta = spectrum.log_eigenvalues
    xp = theta.__array_namespace__()
    squares = xp.exp(2.0 * theta)
    beta = xp.asarray(ensemble.beta)
    small = xp.where(is_large(spectrum, ensemble), 0.0, squares).sum(axis=-1)
    small = small + spectrum.units * (beta <= ensemble.stiffness)
    return xp.sqrt(small / (squares.sum(axis=-1) + spectrum.units))
