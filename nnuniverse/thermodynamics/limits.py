"""What 2004.09280 replaces its sums over eigenvalues by, in the limits of large and small ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from nnuniverse.thermodynamics.decomposition import decompose, decompose_with_units, is_large
from nnuniverse.thermodynamics.functions import canonical_entropy, mean_loss
from nnuniverse.thermodynamics.spectrum import Array, Ensemble, Spectrum

if TYPE_CHECKING:  # slow to load; where shapes are checked, whoever checks them has loaded it
    import jaxtyping


class LogSums(NamedTuple):
    """``sum log(c + beta lambda)`` over the large and the small eigenvalues, all N of them.

    ``large``, ``small``: the sums; ``large_limit``, ``small_limit``: what stands for them;
    ``units``: what the exact ones, all of which are large or all small, have of their sum.
    """

    large: Array
    large_limit: Array
    small: Array
    small_limit: Array
    units: Array


def log_sums(spectrum: Spectrum, ensemble: Ensemble) -> LogSums:
    """Return both sums of the inequality that lets F decompose, and their limits.

    ``sum_> log(c + beta lambda) ~ sum_> log lambda + N_> log beta``, which should be much more than
    ``sum_< log(c + beta lambda) ~ sum_< (log c + beta lambda/c)``; large: beta lambda > c, as in
    `count_large`.  At c = 1, printed, these are log(1 + beta lambda) and beta lambda.

    That the first dominates (E8) is right at beta > 1, where the exact ones count as large; up to
    there they count as small, are most, and turn the inequality round.  Nor does it make
    F = A - C/beta (A16): the limit is off by ``log(1 + 1/beta)`` for each of them.

    The mean state has no part in them.  Source: 2004.09280, the inequality before (6.6).

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.
    """
    theta = spectrum.log_eigenvalues
    xp = theta.__array_namespace__()
    beta, c = xp.asarray(ensemble.beta), xp.asarray(ensemble.stiffness)
    beta_i, c_i = beta[..., None], c[..., None]
    scaled = beta_i * xp.exp(theta)
    small, large = scaled <= c_i, scaled > c_i
    small_units, large_units = spectrum.units * (beta <= c), spectrum.units * (beta > c)

    def total(summand: Callable[[Array, Array], Array], left_out: Array, units: Array) -> Array:
        # What is missing is in neither group: left in, it makes the sum missing.
        dynamical = xp.where(left_out, 0.0, summand(scaled, c_i)).sum(axis=-1)
        return dynamical + units * summand(beta, c)

    def of_small(scaled: Array, c: Array) -> Array:
        return xp.log(_positive(c)) + scaled / _positive(c)

    def exact(scaled: Array, c: Array) -> Array:
        return xp.log(c + scaled)

    return LogSums(
        total(exact, small, large_units),
        total(lambda scaled, _: xp.log(scaled), small, large_units),
        total(exact, large, small_units),
        total(of_small, large, small_units),
        spectrum.units * exact(beta, c),
    )


def entropy_remainder(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Float[Array, " ..."]:
    """Return ``S - S_0 - C``, S_0 and C with the exact ones left whole.

    S is beta^2 dF/dbeta, `canonical_entropy`, of which (7.2) speaks, not the Shannon entropy, from
    which it differs (A17).  Zero would be F = A(beta) - C/beta; it is
    ``beta (U - U_split) + beta (A - C/beta - F)``.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (7.2), with the split mended (A16).
    """
    split = decompose_with_units(spectrum, ensemble)
    total = canonical_entropy(spectrum, ensemble)
    return total - split.thermodynamic_entropy - split.complexity


def printed_entropy_remainder(
    spectrum: Spectrum, ensemble: Ensemble
) -> jaxtyping.Float[Array, " ..."]:
    """Return ``S - S_0 - C`` of the printed split, without the mean state.

    See `entropy_remainder` for S.  It is of order N even without dynamical eigenvalues (A16): N
    exact ones leave ``-(N/2) (log(1 + 1/beta) + 1/(1 + beta))`` at beta > 1, m = 0, unit window.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (7.2), (6.7), (7.4).
    """
    spectrum = spectrum._replace(mean_squares=None)
    split = decompose(spectrum, ensemble)
    total = canonical_entropy(spectrum, ensemble)
    return total - split.thermodynamic_entropy - split.complexity


def entropy_from_loss(
    large: jaxtyping.Num[Array, "*states"], loss: jaxtyping.Float[Array, "*states"]
) -> jaxtyping.Float[Array, "*states"]:
    """Return ``S_0 = (N_>/2) log U + (N_>/2) (1 - log(N_>/2))``; 0 for N_> = 0.

    ``large``: N_>; ``loss``: U, NaN comes of a negative one.

    Source: 2004.09280 (7.4), second line; (10.3).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import entropy_from_loss
    >>> float(entropy_from_loss(np.array(2.0), np.array(1.0)))
    1.0
    """
    xp = large.__array_namespace__()
    half = 0.5 * large
    some = xp.where(half > 0.0, half, 1.0)
    return xp.where(half > 0.0, half * (xp.log(loss) + 1.0 - xp.log(some)), 0.0 * half * loss)


def printed_entropy_from_loss(
    spectrum: Spectrum, ensemble: Ensemble
) -> jaxtyping.Float[Array, " ..."]:
    """Return S_0 from the mean loss U of the ensemble, `entropy_from_loss`, with the printed N_>.

    The lines of (7.4) are one where ``U = N_>/(2 beta)``, (7.5); else this is the first, S_0 of
    `decompose`, plus ``(N_>/2) log(2 beta U/N_>)``.  At beta < 1 the exact ones are in U and not in
    N_>, so that it is far off (A16).  The mean state is left out.

    ``spectrum``: the eigenvalues of G, with any leading shape.

    Source: 2004.09280 (7.4), second line.
    """
    spectrum = spectrum._replace(mean_squares=None)
    large = decompose(spectrum, ensemble).large
    return entropy_from_loss(large, mean_loss(spectrum, ensemble))


def counted_laplacian(spectrum: Spectrum, ensemble: Ensemble) -> jaxtyping.Float[Array, " ..."]:
    """Return -Laplacian F with the dynamical eigenvalues counted and the exact ones left whole.

    ``(beta/2) (N_< c^-2 + n_one (c + beta)^-2)``, N_< the small dynamical ones.  It is a limit
    (A28): each small one has between 1/4 and 1 of what it is counted for, and the large ones,
    left out, up to 1/4.  If the spectrum has `mean_squares` there is also the limit of their part
    of `negative_laplacian`, ``beta (sum_< a^2/c + a_one^2 c^2/(c + beta)^3)``.

    ``ensemble``: beta > 0, m and the window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (8.12), with the exact ones mended as in `decompose_with_units` (A16).

    >>> import numpy as np
    >>> from nnuniverse.thermodynamics import Ensemble, Spectrum, counted_laplacian
    >>> spectrum = Spectrum(np.log([4.0, 0.25]), units=8)
    >>> round(float(counted_laplacian(spectrum, Ensemble(beta=1.0))), 6)
    1.5
    """
    beta, c = ensemble.beta, ensemble.stiffness
    small, of_one = _count_small(spectrum, ensemble), (c + beta) ** -2.0
    counted = 0.5 * beta * (small * _positive(c) ** -2.0 + spectrum.units * of_one)
    if spectrum.mean_squares is None or spectrum.unit_mean_square is None:
        return counted
    xp = spectrum.mean_squares.__array_namespace__()
    along = xp.where(is_large(spectrum, ensemble), 0.0, spectrum.mean_squares).sum(axis=-1)
    of_units = spectrum.unit_mean_square * c**2 * (c + beta) ** -3.0
    return counted + beta * (along / _positive(c) + of_units)


def printed_counted_laplacian(
    spectrum: Spectrum, ensemble: Ensemble
) -> jaxtyping.Float[Array, " ..."]:
    """Return the printed ``-Laplacian F ~ (beta/2) N_<``, N_< of all N eigenvalues.

    At c != 1 it is ``(beta/2) N_< c^-2``.  It jumps at beta = c, where each exact one has a quarter
    of what it is counted for: up to there all of them are counted, beyond none (A28).  The mean
    state is left out.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.

    Source: 2004.09280 (8.12).
    """
    beta, c = ensemble.beta, ensemble.stiffness
    small = _count_small(spectrum, ensemble) + spectrum.units * (beta <= c)
    return 0.5 * beta * small * _positive(c) ** -2.0


def _positive(c: Array) -> Array:
    """Return c, and any number where c <= 0, since all eigenvalues are large there."""
    if isinstance(c, float | int):
        return c if c > 0.0 else 1.0
    return c.__array_namespace__().where(c > 0.0, c, 1.0)


def _count_small(spectrum: Spectrum, ensemble: Ensemble) -> Array:
    """Return the number of dynamical eigenvalues with beta lambda <= c, NaN where missing."""
    theta = spectrum.log_eigenvalues
    xp = theta.__array_namespace__()
    beta = xp.asarray(ensemble.beta)[..., None]
    small = beta * xp.exp(theta) <= ensemble._replace(beta=beta).stiffness
    return xp.where(xp.isnan(theta).any(axis=-1), xp.nan, small.sum(axis=-1))
