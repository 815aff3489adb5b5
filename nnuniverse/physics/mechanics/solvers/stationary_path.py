"""The functional 2008.01540 (5.1) made stationary directly, between two given densities."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import NNUniverseError
from nnuniverse.physics.mechanics.solvers.functional import EntropyFunctional
from nnuniverse.physics.mechanics.solvers.lattice import derivative, spacing
from nnuniverse.precision import in_float64

if TYPE_CHECKING:
    import jax

ITERATIONS = 50
STATIONARY = 1e-9
"""Largest gradient, relative to that at first, that is taken for none."""

SHARE = 0.9
"""Of the way to the nearest p = 0 that a step may go."""


class StationaryPath(NamedTuple):
    """Where the functional does not change.

    ``densities``: p at the ends of the steps, (steps + 1, points);  ``free_energies``: F in the
    middle of each, (steps, points), up to one constant;  ``residual``: of the gradient, relative.
    """

    densities: np.ndarray
    free_energies: np.ndarray
    residual: float


class _Problem(NamedTuple):
    """What is given: the functional, V, the densities at the ends, d/dq, spacing and time step."""

    functional: EntropyFunctional
    potential: np.ndarray
    first: np.ndarray
    last: np.ndarray
    slope: np.ndarray
    spacing: float
    step: float


def stationary_path(
    functional: EntropyFunctional,
    first: Float[np.ndarray, " points"],
    last: Float[np.ndarray, " points"],
    grid: Float[np.ndarray, " points"],
    potential: Float[np.ndarray, " points"],
    time: float,
    steps: int,
) -> StationaryPath:
    """Return p and F at which ``S[p, F]`` of (5.1) does not change, p given at both ends.

    S is summed over ``steps`` of time (p at their ends, F in their middle: order 2) and over the
    points of a ring (derivatives exact), and its gradient, by automatic differentiation, brought to
    0 by Newton's method with the whole second derivative.  Nothing of (5.2) or (5.3) is used.  It
    serves for either sign of ``D - gamma/(4 mu)``: for the negative one it is the only
    well-posed problem, Schroedinger's bridge.

    ``functional``: D, gamma, mu;  ``first``, ``last``: p > 0 at time 0 and ``time``, (points,), of
    one mass;  ``grid``: every point of the ring once, an odd number of them;  ``potential``: V
    there.  Costs (2 steps points)^3: for some 20 points and 20 steps.
    Raises `NNUniverseError` if Newton's method does not arrive.

    Source: 2008.01540 (5.1), (4.9), (4.10).
    """
    slope = derivative(np.eye(len(grid)), grid).T
    problem = _Problem(functional, potential, first, last, slope, spacing(grid), time / steps)
    between = np.linspace(first, last, steps + 1)[1:-1]
    start = np.concatenate([between.ravel(), np.zeros(steps * len(grid))])
    found, residual = _newton(problem, start)
    inner, free = np.split(found.reshape(-1, len(grid)), [steps - 1])
    return StationaryPath(np.vstack([first, inner, last]), free, residual)


@in_float64
def _newton(problem: _Problem, start: np.ndarray) -> tuple[np.ndarray, float]:
    import jax

    gradient = jax.jit(jax.grad(lambda x: _action(problem, x)))
    curvature = jax.jit(jax.hessian(lambda x: _action(problem, x)))
    x, count = start, start.size - len(problem.first) * _steps(problem, start)
    scale = float(np.abs(np.asarray(gradient(x))).max())
    for _ in range(ITERATIONS):
        slope = np.asarray(gradient(x))
        residual = float(np.abs(slope).max()) / scale
        if residual < STATIONARY:
            return x, residual
        # A constant in F changes nothing: of the solutions, that without one.
        change = -np.linalg.lstsq(np.asarray(curvature(x)), slope, rcond=1e-11)[0]
        falling = -change[:count] / x[:count]
        x = x + min(1.0, SHARE / max(falling.max(initial=0.0), SHARE)) * change
    raise NNUniverseError(
        "Newton's method",
        f"bring the gradient below {STATIONARY:g} of the first",
        f"is at {residual:.2g} after {ITERATIONS} steps",
        "a shorter time, or densities that are less apart",
    )


def _steps(problem: _Problem, unknowns: np.ndarray | jax.Array) -> int:
    return (unknowns.size // len(problem.first) + 1) // 2


def _action(problem: _Problem, unknowns: jax.Array) -> jax.Array:
    """Return S of p between the ends and F, without the term ``mu [int p F]`` at the ends."""
    import jax.numpy as jnp

    points, (D, gamma, mu) = len(problem.first), _constants(problem.functional)
    steps = _steps(problem, unknowns)
    inner, F = jnp.split(unknowns.reshape(-1, points), [steps - 1])
    ends = jnp.concatenate([problem.first[None], inner, problem.last[None]])
    p, change = 0.5 * (ends[1:] + ends[:-1]), (ends[1:] - ends[:-1]) / problem.step
    force = F @ problem.slope.T
    learning = gamma * p * (force @ problem.slope.T)
    production = mu * (p * (gamma * force**2 + problem.potential) - F * change)
    stochastic = 4.0 * D * (jnp.sqrt(p) @ problem.slope.T) ** 2
    return (stochastic + learning + production).sum() * problem.step * problem.spacing


def _constants(functional: EntropyFunctional) -> tuple[float, float, float]:
    return functional.diffusion, functional.drift, functional.multiplier
