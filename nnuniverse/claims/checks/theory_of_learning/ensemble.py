"""2004.09280 Secs. 4-5: the canonical ensemble of maximum entropy, and its Gaussian form."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.claims.checks.deviations import Numbers, deviation
from nnuniverse.claims.checks.grids import Grid, box, cube
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble, Spectrum, log_partition
from nnuniverse.thermodynamics.canonical import (
    CanonicalState,
    Expansion,
    build_system,
    expand,
    integrate_states,
    loss,
    quadratic_state,
)

TANH = ACTIVATIONS["tanh"]
OFF = 1.01


class Pair(NamedTuple):
    """Two neurons, each connected with both."""

    w: np.ndarray
    b: np.ndarray

    def losses(self, states: np.ndarray, mass: float = 0.0) -> np.ndarray:
        """Return H of states, (points, 2), by hand.

        ``mass``: m of the local objective.
        """
        errors = states - np.tanh(states @ self.w.T + self.b)
        return 0.5 * (errors**2).sum(axis=1) - 0.5 * mass * (states**2).sum(axis=1)

    def integrated(self, beta: float, mass: float = 0.0) -> CanonicalState:
        """Return the package's ensemble over (-1, 1)^2.

        ``beta``: inverse temperature, > 0; ``mass``: m of the local objective.
        """
        return integrate_states(build_system(self.w, self.b, mass), TANH, [beta])[0]


def random_pair(random: np.random.Generator) -> Pair:
    """Return two neurons whose map contracts, so that it has one fixed point.

    ``random``: where its numbers are drawn from.
    """
    w = random.normal(size=(2, 2))
    return Pair(0.7 * w / np.linalg.norm(w, 2), 0.4 * random.normal(size=2))


@check("A6")
@in_float64
def entropy_is_largest(random: np.random.Generator) -> Outcome:
    """``p = exp(-beta H - 1 - nu)`` maximises S at its mean loss, where ``S = beta U + 1 + nu``.

    Two neurons at beta = 1.4.  Residuals: log Z, U and S of the package, with ``1 + nu = log Z``,
    against ``-int p log p`` on a grid; the slope of S along changes ``p g`` that keep norm and mean
    loss, over the standard deviation of g; and by how much S grows for changes of a tenth.
    Control: the slopes at p exp(0.01 x_1), normalised.

    Source: 2004.09280 (4.5)-(4.10).
    """
    beta, pair, grid = 1.4, random_pair(random), cube(2)
    losses = pair.losses(grid.states)
    state = pair.integrated(beta)
    p = _normalised(grid, np.exp(-beta * losses))
    by_hand = [np.log(grid.integral(np.exp(-beta * losses))), grid.integral(p * losses)]
    package = [state.log_partition, state.mean_loss]
    residuals = [deviation(*both) for both in zip(package, by_hand, strict=True)]
    residuals.append(deviation(state.log_partition + beta * state.mean_loss, _entropy(grid, p)))
    residuals.append(deviation(state.entropy, _entropy(grid, p)))
    for g in _feasible(grid, p, losses):
        growth = max(_entropy(grid, p * (1.0 + e * g)) - _entropy(grid, p) for e in (0.1, -0.1))
        residuals += [_slope(grid, p, g), Residual(max(0.0, growth))]
    other = _normalised(grid, p * np.exp(0.01 * grid.states[:, 0]))
    wrong = [_slope(grid, other, g) for g in _feasible(grid, other, losses)]
    return Outcome(printed=worst(residuals), control=worst(wrong))


def _normalised(grid: Grid, density: np.ndarray) -> np.ndarray:
    return density / grid.integral(density)


def _entropy(grid: Grid, p: np.ndarray) -> float:
    return -grid.integral(p * np.log(p))


def _slope(grid: Grid, p: np.ndarray, g: np.ndarray) -> Residual:
    """Return dS along ``p g``, the standard deviation of g being one."""
    return Residual(abs(grid.integral(p * g * (np.log(p) + 1.0))))


def _feasible(grid: Grid, p: np.ndarray, losses: np.ndarray) -> list[np.ndarray]:
    """Return changes g, <g> = <g H> = 0 and <g^2> = 1, from polynomials of the states."""
    x, y = grid.states.T
    root = np.sqrt(grid.weights * p)
    basis = np.stack([np.ones_like(x), losses, x, y, x * y, x**2 - y**2])
    columns = np.linalg.qr((basis * root).T)[0]
    return [column / root for column in columns.T[2:]]


@check("A7")
@in_float64
def loss_is_a_quadratic_form(random: np.random.Generator) -> Outcome:
    """``H ~ 1/2 (x - <x>)^T G (x - <x>) - (m/2) x^T x``: value, gradient and Hessian at <x>.

    Two neurons, m = 0.3, derivatives by JAX.  Printed: value and gradient at the mean of the exact
    ensemble at beta = 1.4.  Corrected: all three at the fixed point with the package's G, and
    value and gradient of ``1/2 |e + (I - A)(x - <x>)|^2 - (m/2) x^T x`` at the mean.  Control: the
    Hessian of weights 1 % off.

    Source: 2004.09280 (5.2)-(5.6), which needs <x> = f(w <x> + b) (A7).
    """
    mass, pair = 0.3, random_pair(random)
    system = build_system(pair.w, pair.b, mass)
    mean, fixed = pair.integrated(1.4, mass).mean_state, np.zeros(2)
    for _ in range(200):
        fixed = np.tanh(pair.w @ fixed + pair.b)

    def taylor(x: np.ndarray) -> list[np.ndarray]:
        def of(x: jax.Array) -> jax.Array:
            return loss(system, TANH, x)

        return [np.asarray(d(jnp.asarray(x))) for d in (of, jax.grad(of), jax.hessian(of))]

    def form(x: np.ndarray, e: Expansion) -> list[np.ndarray]:
        s = np.exp(0.5 * e.spectrum.log_eigenvalues)
        left = e.along + s * (e.right @ x)
        value = 0.5 * (e.rest + left @ left) - 0.5 * mass * x @ x
        gradient = e.right.T @ (s * left) - mass * x
        return [value, gradient, (e.right.T * s**2) @ e.right - mass * np.eye(2)]

    at_mean, at_fixed = taylor(mean), taylor(fixed)
    printed = [-0.5 * mass * mean @ mean, -mass * mean]
    mended = form(mean, expand(system, TANH, mean))[:2]
    package = form(fixed, expand(system, TANH, fixed))
    wrong = form(fixed, expand(build_system(OFF * pair.w, pair.b, mass), TANH, fixed))[2]
    return Outcome(
        printed=worst(map(_apart, at_mean, printed)),
        corrected=worst([*map(_apart, at_fixed, package), *map(_apart, at_mean, mended)]),
        control=_apart(at_fixed[2], wrong),
        value=f"<x> {np.round(mean, 3)}, fixed point {np.round(fixed, 3)}",
    )


def _apart(one: Numbers, other: Numbers) -> Residual:
    """Return their distance, absolute: losses, gradients and Hessians are of order one."""
    return deviation(one, other, 1.0)


@check("A8")
def gaussian_window_in_closed_form(random: np.random.Generator) -> Outcome:
    """``Z = (2 pi)^(N/2) det(c + beta G)^(-1/2) exp(-1/2 <x>^T c beta G (c + beta G)^-1 <x>)``.

    N = 1, 2, 3 with m = 0, 0.3, -0.5, integrals on a grid.  Printed: the mean of the density
    against the <x> that was put in.  Corrected: log Z by `log_partition`, the mean ``(c + beta
    G)^-1 beta G <x>`` by `quadratic_state`, and the mean for <x> = 0.  Control: log Z with -m.

    Source: 2004.09280 (5.8), (5.9); consistent only for c <x> = 0 (A8).
    """
    beta = 1.2
    printed, corrected, control = [], [], []
    for neurons, mass in ((1, 0.0), (2, 0.3), (3, -0.5)):
        jacobian = np.eye(neurons) + 0.3 * random.normal(size=(neurons, neurons))
        at = random.uniform(0.2, 0.6, neurons) * random.choice([-1.0, 1.0], neurons)
        ensemble, expansion = Ensemble(np.array(beta), mass), _expansion(jacobian, at)
        log_z, mean = _integrated(jacobian, at, ensemble)
        centred = _integrated(jacobian, np.zeros(neurons), ensemble)[1]
        found = float(log_partition(expansion.spectrum, ensemble))
        wrong = float(log_partition(expansion.spectrum, ensemble._replace(mass=-mass)))
        printed.append(_apart(mean, at))
        corrected += [_apart(found, log_z), _apart(centred, np.zeros(neurons))]
        corrected.append(_apart(quadratic_state(expansion, ensemble)[2], mean))
        if mass:
            control.append(_apart(wrong, log_z))
    return Outcome(printed=weakest(printed), corrected=worst(corrected), control=weakest(control))


def _expansion(jacobian: np.ndarray, at: np.ndarray) -> Expansion:
    """Return the errors ``J (x - <x>)`` of a net that has a fixed point <x>."""
    _, singular, right = np.linalg.svd(jacobian)
    along = right @ at
    spectrum = Spectrum(2.0 * np.log(singular), 0, along**2, np.zeros(()))
    return Expansion(spectrum, -singular * along, 0.0, right)


def _integrated(
    jacobian: np.ndarray, at: np.ndarray, ensemble: Ensemble
) -> tuple[float, np.ndarray]:
    """Return log Z and the mean state of (5.8) for these errors, on a grid."""
    grid = box(len(at), reach=8.0, step=0.25)
    errors = (grid.states - at) @ jacobian.T
    squares = (grid.states**2).sum(axis=1)
    losses = 0.5 * (errors**2).sum(axis=1) - 0.5 * ensemble.mass * squares
    window = ensemble.window.stiffness
    density = np.exp(-float(ensemble.beta) * losses - 0.5 * window * squares)
    z = grid.integral(density)
    return float(np.log(z)), (grid.weights * density) @ grid.states / z
