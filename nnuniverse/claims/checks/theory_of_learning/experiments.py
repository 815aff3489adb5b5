"""2004.09280 Secs. 9-10: what the architecture alone says of the nets that were trained."""

from __future__ import annotations

import math
from itertools import pairwise

import jax.numpy as jnp
import numpy as np

from nnuniverse.claims.checks.deviations import deviation
from nnuniverse.claims.checks.nets import gram_matrix, random_blocks, whole_matrix
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.observables.complexity import complexity
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble, Spectrum, log_sums

DEEP, SHALLOW, NARROW = (784, 40, 20, 10), (784, 60, 10), (10, 5, 100)
DYNAMICAL = {DEEP: 110, SHALLOW: 130, NARROW: 15}
"""Numbers of eigenvalues of G that may differ from one."""

NEURONS = sum(DEEP)
DIFFERS = 1e-9
"""A log-eigenvalue above it is none of an exact one, of which rounding leaves 1e-14; the least of
random nets is about 1e-5."""

NEAR = 1.0
"""Log-eigenvalues below it count as near zero."""


@check("A35")
@in_float64
def slope_and_complexity(random: np.random.Generator) -> Outcome:
    """``f' = sech^2 y``, ``C_n = -1/2 sum_(i<=n) log lambda_i + (N/2) log 2 pi``.

    Residuals: the slope of tanh in the package for |y| <= 3; `complexity` of 110 random eigenvalues
    and 744 ones, n = 20 and 834, and ``C_834 = (N/2) log 2 pi + 1/2`` of the sum of the 20
    smallest, relative.  Control: sech, and n one less.

    Source: 2004.09280 (10.4), (10.5).
    """
    y = np.linspace(-3.0, 3.0, 25)
    sech = 2.0 / (np.exp(y) + np.exp(-y))
    slopes = np.asarray(ACTIVATIONS["tanh"].slope(jnp.asarray(y)))
    theta = np.sort(random.normal(size=DYNAMICAL[DEEP]))[::-1]
    theta -= theta.mean()
    whole = np.sort(np.concatenate([theta, np.zeros(NEURONS - len(theta))]))[::-1]
    counts = (20, NEURONS - 20)
    found = np.asarray(complexity(jnp.asarray(theta), NEURONS, counts))
    constant = 0.5 * NEURONS * math.log(2.0 * math.pi)
    by_hand = np.array([constant - 0.5 * whole[:n].sum() for n in counts])
    wrong = np.array([constant - 0.5 * whole[: n - 1].sum() for n in counts])
    return Outcome(
        printed=worst(
            [
                deviation(slopes, sech**2),
                deviation(found, by_hand),
                deviation(float(found[1]), constant + 0.5 * float(whole[-20:].sum())),
            ]
        ),
        control=weakest([deviation(slopes, sech), deviation(found, wrong)]),
        value=f"C_20 {found[0]:.1f}, C_834 {found[1]:.1f}",
    )


def _log_eigenvalues(
    random: np.random.Generator, sizes: tuple[int, ...], gain: float = 1.0
) -> np.ndarray:
    """Return all log-eigenvalues of a random net, from the whole matrix."""
    coupling = whole_matrix(random_blocks(random, sizes, gain))
    return np.log(np.linalg.eigvalsh(gram_matrix(coupling)))


@check("A42")
def dynamical_eigenvalues(random: np.random.Generator) -> Outcome:
    """``n_dyn = sum_l min(n_l, min(n_(l-1), n_l) + min(n_l, n_(l+1)))``.

    Residuals: `Layered.dynamical_eigenvalues` against the eigenvalues of random nets that differ
    from one, and against 110, 130 and 15 of 784-40-20-10, 784-60-10 and 10-5-100.  Control: twice
    the sum over layers of min(n_(l-1), n_l), as if no layer limited it.

    Source: 2004.09280 Sec. 9, which does not give it (A42).
    """
    some = [NARROW, (6, 3, 5, 2), (2, 7, 2), (4, 4), (5, 1, 5)]
    counted = [int((np.abs(_log_eigenvalues(random, s)) > DIFFERS).sum()) for s in some]
    printed = [Layered(sizes).dynamical_eigenvalues for sizes in DYNAMICAL]
    unlimited = [2 * sum(map(min, pairwise(sizes))) for sizes in some]
    found = [Layered(sizes).dynamical_eigenvalues for sizes in some]
    return Outcome(
        printed=worst([_apart(found, counted), _apart(printed, list(DYNAMICAL.values()))]),
        control=_apart(unlimited, counted),
        value=", ".join(
            f"{Layered(sizes)}: {n}" for sizes, n in zip(DYNAMICAL, printed, strict=True)
        ),
    )


def _apart(numbers: list[int], others: list[int]) -> Residual:
    """Return the largest difference of two counts."""
    return Residual(float(np.abs(np.subtract(numbers, others)).max()))


@check("E3")
def most_eigenvalues_are_exactly_one(random: np.random.Generator) -> Outcome:
    """Most log lambda are near zero: 744 of 854 in the deep net, 724 in the shallow one, exactly.

    Random nets of large weights, which have learned nothing.  Printed: by how much the share of
    |log lambda| < 1 among the dynamical eigenvalues is below one half.  Corrected: that among all,
    and `Layered.unit_eigenvalues` against the exact ones counted.  Control: these of the other net.

    Source: 2004.09280 Sec. 10, Figs. 4 and 5, of all eigenvalues only (E3).
    """
    nets = [Layered(sizes) for sizes in (DEEP, SHALLOW)]
    magnitudes = [np.abs(_log_eigenvalues(random, net.sizes, gain=3.0)) for net in nets]
    exact = [int((one <= DIFFERS).sum()) for one in magnitudes]
    units = [net.unit_eigenvalues for net in nets]
    dynamical = [one[one > DIFFERS] for one in magnitudes]
    return Outcome(
        printed=weakest(_below_one_half(_near_zero(one)) for one in dynamical),
        corrected=worst(
            [_apart(units, exact), *(_below_one_half(_near_zero(one)) for one in magnitudes)]
        ),
        control=_apart(units[::-1], exact),
        value=f"{exact[0]} of {nets[0].neurons} and {exact[1]} of {nets[1].neurons} exactly one",
    )


def _near_zero(magnitudes: np.ndarray) -> float:
    """Return the share of eigenvalues that are near zero."""
    return float((magnitudes < NEAR).mean())


def _below_one_half(share: float) -> Residual:
    """Return by how much a share falls short of one half."""
    return Residual(max(0.0, 0.5 - share))


@check("E8")
def large_eigenvalues_dominate(random: np.random.Generator) -> Outcome:
    """``sum_> log(1 + beta lambda) >> sum_< log(1 + beta lambda)``, by `log_sums`.

    110 random log-eigenvalues of the printed mu_2 = 2.44 and 744 ones.  Residuals: by how much the
    share of the first sum is below one half.  Printed: at beta = 0.5, where the ones are small.
    Corrected: at 1.4, where they are large; and that `log_sums` adds up to log det(1 + beta G),
    relative.  Control: at 1.4 with the ones counted as small.

    Source: 2004.09280, before (6.6), which needs beta > 1 (E8).
    """
    theta = random.normal(size=DYNAMICAL[DEEP])
    theta -= theta.mean()
    theta *= math.sqrt(2.44 / np.mean(theta**2))
    spectrum = Spectrum(theta, NEURONS - len(theta))
    betas = np.array([0.5, 1.4])
    sums = log_sums(spectrum, Ensemble(betas))
    whole = np.log1p(np.outer(betas, np.exp(theta))).sum(axis=1)
    whole += spectrum.units * np.log1p(betas)
    shares = sums.large / (sums.large + sums.small)
    without = (sums.large - sums.units)[1] / whole[1]
    return Outcome(
        printed=_below_one_half(float(shares[0])),
        corrected=worst(
            [_below_one_half(float(shares[1])), deviation(sums.large + sums.small, whole)]
        ),
        control=_below_one_half(float(without)),
        value=f"share {shares[0]:.2f} at beta 0.5, {shares[1]:.2f} at 1.4",
    )
