"""2008.01540 Secs. 8 and 9.1: waves of both directions on a cycle, and their action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import scipy.sparse as sp

from nnuniverse.claims.checks.deviations import relative
from nnuniverse.claims.checks.weight_matrices import permutation, random_weights, strings
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.physics.strings.energy_momentum import light_cone_differences, null_residual
from nnuniverse.physics.strings.momenta import gram_eigenvalues, momenta
from nnuniverse.physics.strings.movers import left_mover, right_mover
from nnuniverse.physics.strings.null_strings import null_string
from nnuniverse.physics.strings.string_net import StringNet
from nnuniverse.physics.strings.wave_equation import wave_defect
from nnuniverse.spectra import Gram

SITES = 12

Mover = Callable[[StringNet, np.ndarray, int], np.ndarray]


@check("B15")
def spectrum_of_a_permutation(random: np.random.Generator) -> Outcome:
    """``G(pi) = 1 - pi - pi^T + pi^T pi = G(pi^T)``, G by the package's `Gram`.

    Besides: a cycle of n has ``4 sin^2(k/2)``, k = 2 pi m/n, and (2 m + 1) pi/n with a negative
    product of unit weights.  Scale: the largest eigenvalue, 4.  Control: weights that differ, of
    product 1.

    Source: 2008.01540 (8.1), (8.2).
    """

    def gram(weights: np.ndarray) -> np.ndarray:
        return np.asarray(Gram(sp.csr_array(weights)) @ np.eye(len(weights)))

    def distance(weights: np.ndarray, net: StringNet) -> float:
        expected = np.sort(4.0 * np.sin(momenta(net) / 2.0) ** 2)
        found = np.sort(gram_eigenvalues(net))
        eigenvalues = np.linalg.eigvalsh(gram(weights))
        return float(max(np.abs(one - expected).max() for one in (eigenvalues, found)))

    several, cycle = permutation([12, 7, 5, 1]), permutation([SITES])
    one, order, closed = np.eye(len(several)), np.arange(SITES), strings([SITES])
    signs = np.where(order == 0, -1.0, 1.0)
    twisted = cycle * signs
    factors = np.exp(random.normal(size=SITES))
    unequal = cycle * (factors / np.exp(np.mean(np.log(factors))))
    wrong = [
        np.abs(gram(several) - (one - several - several.T + several.T @ several)).max(),
        np.abs(gram(several) - gram(several.T)).max(),
        distance(cycle, closed),
        distance(twisted, replace(closed, weights=signs)),
    ]
    return Outcome(
        printed=Residual(float(max(wrong)) / 4.0),
        control=Residual(float(np.abs(gram(unequal) - gram(unequal.T)).max()) / 4.0),
        value="least eigenvalue of a cycle with a weight -1: "
        f"{np.linalg.eigvalsh(gram(twisted))[0]:.4f}",
    )


@check("B16")
def average_of_movers_is_a_wave(random: np.random.Generator) -> Outcome:
    """``x(t+1) + x(t-1) = (pi + pi^T) x(t)`` of the average of both movers, in whole numbers.

    On a cycle that is the wave equation (8.8) with central second differences, and the mixed
    difference along the light cone, (8.9); each mover is (8.6) and (8.7).  Scale: the largest |x|.
    Control: weights of 1.01.

    Source: 2008.01540 (8.6)-(8.9).
    """
    start = 2.0 * random.integers(-9, 10, size=(2, SITES))

    def residual(weight: float) -> Residual:
        net = strings([SITES], weight)
        right, left = right_mover(net, start[0], 20), left_mover(net, start[1], 20)
        wrong = (
            wave_defect(strings([SITES]), (right + left) / 2.0),
            np.diff(right, axis=0) - (right[:, net.before] - right)[:-1],
            np.diff(left, axis=0) - (left[:, net.after] - left)[:-1],
        )
        return Residual(float(max(np.abs(one).max() for one in wrong) / np.abs(start).max()))

    one_sided, central = (
        [abs((f(h) - f(-h if centre else 0.0)) / (h + h * centre) - 1.0) for h in (0.02, 0.01)]
        for centre, f in ((False, np.expm1), (True, np.sinh))
    )
    return Outcome(
        printed=residual(1.0),
        control=residual(1.01),
        value=f"orders of the differences: one-sided {np.log2(one_sided[0] / one_sided[1]):.2f}, "
        f"central {np.log2(central[0] / central[1]):.2f}",
    )


@check("B34")
def constraints_of_the_average(random: np.random.Generator) -> Outcome:
    """``eta_mn d x^m d x^n = 0`` along both light-cone directions, x the average of two movers.

    ``d_+ x = x_i(t+1) - x_(i-1)(t)`` and ``d_- x = x_i(t+1) - x_(i+1)(t)``, D = 3, over the
    largest ``sum_d (d x^d)^2``, of closed strings.  Printed: movers that are null in each step,
    (7.7).  Corrected: null over two steps.  Control: one subsystem of those 1 % off.

    Source: 2008.01540 (8.10), under a condition (B34).
    """
    net = strings([SITES])

    def residual(over: Literal[1, 2], factor: float = 1.0) -> Residual:
        scales = np.array([[1.0], [1.0], [factor]])
        right, left = (null_string(net, 3, over, random) * scales for _ in range(2))
        x = (right_mover(net, right, 8) + left_mover(net, left, 8)) / 2.0
        return Residual(max(map(null_residual, light_cone_differences(net, x))))

    return Outcome(printed=residual(1), corrected=residual(2), control=residual(2, factor=1.01))


@check("B18")
def action_of_hidden_variables(random: np.random.Generator) -> Outcome:
    """The action (9.1), ``g_mn (alpha^2 x^m G x^n - v^m v^n)``, summed over sites and times.

    Residual: its slope along random variations that vanish at the ends, over that of the first
    term; the action is quadratic, so that the central difference is exact.  Printed: a random
    linear w on its own path ``x(t + 1) = w x(t)``.  Corrected: permutations, both movers and their
    average; there, too, ``alpha^2 x G x`` is the sum of squared differences between sites.  For
    any w the action vanishes on its path, and the slope if w^T w = 1.  Control: weights of 1.01.

    Source: 2008.01540 (9.1), under a condition (B18).
    """
    alpha, steps, components = 0.7, 6, 4
    half = random.normal(size=(components, components))
    metric = half + half.T
    start, other = random.normal(size=(2, SITES, components))
    variation = random.normal(size=(steps - 1, SITES, components))
    variation[[0, -1]] = 0.0

    def terms(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        apart = alpha * (x[:-1] - w @ x[:-1])
        speed = alpha * np.diff(x, axis=0)
        return np.array([np.einsum("mn,tim,tin->", metric, one, one) for one in (apart, speed)])

    def path(w: np.ndarray, begin: np.ndarray) -> np.ndarray:
        return np.stack([np.linalg.matrix_power(w, t) @ begin for t in range(steps - 1)])

    def slope(x: np.ndarray, w: np.ndarray) -> Residual:
        change = terms(x + variation, w) - terms(x - variation, w)
        return Residual(float(abs(change[0] - change[1]) / abs(change[0])))

    def along(mover: Mover, weight: float, begin: np.ndarray) -> np.ndarray:
        return np.moveaxis(mover(strings([SITES], weight), begin.T, steps - 2), 0, -1)

    w, pi = random_weights(random, SITES), permutation([SITES])
    right, left = along(right_mover, 1.0, start), along(left_mover, 1.0, other)
    average, stretching = (right + left) / 2.0, along(right_mover, 1.01, start)
    on_path, between = terms(path(w, start), w), alpha * (average - np.roll(average, 1, axis=1))
    stretched = np.einsum("mn,tim,tin->", metric, between[:-1], between[:-1])
    of_average = terms(average, pi)
    vanishes = Residual(float(abs(on_path[0] - on_path[1]) / abs(on_path[0])))
    return Outcome(
        printed=slope(path(w, start), w),
        corrected=worst(
            [
                slope(right, pi),
                slope(left, pi),
                slope(average, pi),
                vanishes,
                relative(of_average[:1], np.array([stretched])),
            ]
        ),
        control=weakest([slope(stretching, 1.01 * pi), slope(average, 1.01 * pi)]),
        value=f"action of the average of movers {of_average[0] - of_average[1]:.3g}",
    )
