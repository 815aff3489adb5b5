"""2008.01540 Sec. 7: the mean states of subsystems, and permutations as weights."""

from __future__ import annotations

from math import log, pi

import numpy as np

from nnuniverse.claims.checks.deviations import relative, sampled
from nnuniverse.claims.checks.weight_matrices import permutation, random_weights, strings
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.physics.strings.energy_momentum import interval
from nnuniverse.physics.strings.momenta import gram_eigenvalues
from nnuniverse.physics.strings.movers import right_mover
from nnuniverse.physics.strings.recurrence import after_steps, recurrence_steps
from nnuniverse.precision import in_float64
from nnuniverse.spectra import dense_log_eigenvalues
from nnuniverse.thermodynamics.functions import free_energy
from nnuniverse.thermodynamics.spectrum import Ensemble, Spectrum

SUBSYSTEMS, NEURONS = 3, 40


@check("B12")
def linear_step_of_mean_states(random: np.random.Generator) -> Outcome:
    """``x(t + 1) = f(wx + b)`` beside ``f'w x``, of three states and their sum, w random, tanh.

    Printed: relative error of a step of (7.2), and of (7.1).  Corrected: deviations d from the
    fixed point, ``d(t + 1) = f'w d`` to first order, the left side by a complex step and f' by the
    package.  Control: the slopes at the sum of the states, which all are at the fixed point.

    Source: 2008.01540 (7.1), (7.2), under a condition (B12).
    """
    w, b = random_weights(random, NEURONS, gain=0.8), 0.3 * random.normal(size=(NEURONS, 1))
    fixed = np.zeros_like(b)
    for _ in range(300):
        fixed = np.tanh(w @ fixed + b)

    def linear(state: np.ndarray, moved: np.ndarray) -> np.ndarray:
        slope = in_float64(ACTIVATIONS["tanh"].slope)(w @ state + b)
        return np.asarray(slope) * (w @ moved)

    states = random.uniform(-1.0, 1.0, (NEURONS, SUBSYSTEMS))
    stepped, whole = np.tanh(w @ states + b), states.sum(axis=1, keepdims=True)
    parts = relative(linear(states, states), stepped)
    sums = relative(linear(whole, whole), stepped.sum(axis=1, keepdims=True))
    deviations = random.normal(size=(NEURONS, SUBSYSTEMS))
    deviations = np.column_stack([deviations, deviations.sum(axis=1)])
    moved = np.tanh(w @ (fixed + 1e-30j * deviations) + b).imag / 1e-30
    return Outcome(
        printed=worst([parts, sums]),
        corrected=relative(linear(fixed, deviations), moved),
        control=relative(linear(SUBSYSTEMS * fixed, deviations), moved),
        value=f"random net: a step of (7.2) errs by {parts}, of (7.1) by {sums}",
    )


@check("B13")
def null_constraint(random: np.random.Generator) -> Outcome:
    """``-(v^0)^2 + sum_d (v^d)^2 = 0`` with ``v^0 = sum_d v^d``, over ``sum_d (v^d)^2``, D = 3.

    Printed: a step of a linear net, independent random states, root mean square over neurons.
    Corrected: where ``sum_(c != d) v^c v^d = 0``, also with any ``n xi^T + xi n^T``, n = (1, -1,
    -1, -1), added to the metric; and, sampled, on average over independent states of mean zero.
    Controls: one v^d 1 % larger; states with a mean that they share.

    Source: 2008.01540 (7.3)-(7.8), under a condition (B13).
    """
    eta, normal = np.diag([-1.0, 1.0, 1.0, 1.0]), np.array([1.0, -1.0, -1.0, -1.0])
    gauge = np.outer(normal, random.normal(size=4))
    step = random_weights(random, NEURONS) - np.eye(NEURONS)
    states = random.normal(size=(1000, NEURONS, SUBSYSTEMS))
    generic = _null_form(step @ states, eta)
    alike = _null_form(step @ (states + random.normal(size=(1000, NEURONS, 1))), eta)
    cone = null_velocities(random.normal(size=(NEURONS, 2)))
    return Outcome(
        printed=Residual(float(np.sqrt(np.mean(generic**2)))),
        corrected=worst(
            [
                Residual(float(np.abs(_null_form(cone, eta)).max())),
                Residual(float(np.abs(_null_form(cone, eta + gauge + gauge.T)).max())),
                sampled(generic.mean(axis=1)),
            ]
        ),
        control=weakest(
            [
                Residual(float(np.abs(_null_form(cone * [1.0, 1.0, 1.01], eta)).max())),
                sampled(alike.mean(axis=1)),
            ]
        ),
        value=f"mean correlation of two subsystems {-generic.mean() / 2:.4f}, "
        f"with a mean that they share {-alike.mean() / 2:.2f}",
    )


@check("B14")
def shift_is_a_wave_to_the_right(random: np.random.Generator) -> Outcome:
    """A cycle as weights: ``x_i(t) = x_(i-t)(0)``, (7.13), (7.16), (7.17), in whole numbers.

    Forward difference in t, backward in x.  The velocities obey the null constraint at first, and
    so at every t.  Besides, cycles of 12, 7, 5 and 1 are back after lcm = 420 steps.  Scale: the
    largest |x|.  Control: weights of 1.01.

    Source: 2008.01540 (7.12)-(7.17).
    """
    velocities = random.permuted(np.tile([2.0, 2.0, -1.0], (12, 1)), axis=1)
    velocities = random.permutation(np.concatenate([velocities, -velocities]))
    start = np.cumsum(velocities, axis=0).T
    several = random.integers(-9, 10, size=25).astype(float)

    def residual(weight: float) -> Residual:
        shift, cycles = strings([24], weight), strings([12, 7, 5, 1], weight)
        path = right_mover(shift, start, 30)
        moved = np.stack([np.roll(start, t, axis=1) for t in range(31)], axis=1)
        now, later = path[:, :-1], path[:, 1:]
        speed, before = later - now, now[..., shift.before]
        back = after_steps(cycles, several, recurrence_steps(cycles))
        wrong = (
            path - moved,
            speed - (before - now),
            later - before,
            interval(speed),
            back - several,
        )
        return Residual(float(max(np.abs(one).max() for one in wrong) / np.abs(start).max()))

    return Outcome(printed=residual(1.0), control=residual(1.01), value="D = 3, 24 sites, 30 steps")


@check("B30")
def least_free_energy(random: np.random.Generator) -> Outcome:
    """The free energy (6.9) of permutations of 16 neurons beside other weights, beta = 4, m = 0.

    Printed: by how much beta F per neuron of one long cycle, the example (7.12), is above that of
    the dense ``1 - 11^T``, which has no self-loops either.  Corrected, by the package: ``w = 1``
    attains the bound ``beta F >= -(N/2) log 2 pi``; ``1 - 11^T`` has one eigenvalue N^2, others 0;
    cycles have ``beta^n (X^n + X^-n - 2)``, X + 1/X = 2 + 1/beta, for the determinant, and F rises
    with their length.  Control: + 2, which is that of antiperiodic cycles.

    Source: 2008.01540 (7.11), wrong (B30).
    """
    beta, neurons = 4.0, 16
    lengths = (1, 2, 4, 8, 16)

    def found(weights: np.ndarray) -> float:
        log_eigenvalues = dense_log_eigenvalues(weights)  # type: ignore[arg-type]
        spectrum = Spectrum(np.asarray(log_eigenvalues), 0)
        return beta * float(free_energy(spectrum, Ensemble(beta))) / neurons

    def closed(length: int, sign: float = -1.0) -> float:
        x = np.exp(np.arccosh(1.0 + 0.5 / beta))
        determinant = x**length + x**-length + 2.0 * sign
        return 0.5 * (log(beta) + log(determinant) / length - log(2.0 * pi))

    def by_momenta(length: int) -> float:
        waves = gram_eigenvalues(strings([length]))
        return 0.5 * float(np.log1p(beta * waves).mean()) - 0.5 * log(2.0 * pi)

    bound = -0.5 * log(2.0 * pi)
    dense = bound + 0.5 * log(1.0 + beta * neurons**2) / neurons
    cycles = [found(permutation([n] * (neurons // n))) for n in lengths]
    rank_one = found(np.eye(neurons) - np.ones((neurons, neurons)))
    others = [found(random_weights(random, neurons, gain)) for gain in (0.1, 1.0, 10.0)]
    return Outcome(
        printed=Residual(cycles[-1] - rank_one),
        corrected=worst(
            [
                Residual(abs(found(np.eye(neurons)) - bound)),
                Residual(max(bound - min(others), 0.0)),
                Residual(abs(rank_one - dense)),
                *(Residual(abs(f - closed(n))) for f, n in zip(cycles, lengths, strict=True)),
                *(Residual(abs(f - by_momenta(n))) for f, n in zip(cycles, lengths, strict=True)),
                Residual(float(np.any(np.diff(cycles) <= 0.0))),
            ]
        ),
        control=Residual(abs(cycles[-1] - closed(neurons, sign=1.0))),
        value="beta F per neuron above w = 1: 1 - 11^T "
        f"{rank_one - bound:.3f}, cycles of {lengths[1:]} "
        + ", ".join(f"{f - bound:.3f}" for f in cycles[1:]),
    )


def null_velocities(two: np.ndarray) -> np.ndarray:
    """Return velocities of three subsystems, (sites, 3), with ``sum_(c != d) v^c v^d = 0``.

    ``two``: those of the first and second, (sites, 2).
    """
    return np.column_stack([two, -two.prod(axis=1) / two.sum(axis=1)])


def _null_form(velocities: np.ndarray, metric: np.ndarray) -> np.ndarray:
    """Return ``g_mn v^m v^n / sum_d (v^d)^2``, v^0 the sum of the v^d, (..., D) -> (...)."""
    all_ = np.concatenate([velocities.sum(axis=-1, keepdims=True), velocities], axis=-1)
    form = np.einsum("mn,...m,...n->...", metric, all_, all_)
    return np.asarray(form / (velocities**2).sum(axis=-1))
