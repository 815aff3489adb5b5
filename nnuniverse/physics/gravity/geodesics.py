"""Free fall in a metric, and what it conserves."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Num
from scipy.integrate import DOP853

from nnuniverse.physics.gravity.curvature import christoffel
from nnuniverse.physics.gravity.geodesic_path import Geodesic
from nnuniverse.physics.gravity.metrics import Metric
from nnuniverse.precision import in_float64

TOLERANCE = 1e-12
"""Relative, of a step: as small as the method keeps to in float64."""

SHORTEST = 1e-7
"""Of a step, of the longest before: with shorter ones a coordinate grows without end, as the time
of Schwarzschild's at the horizon."""


@in_float64
def geodesic(
    metric: Metric,
    position: Num[np.ndarray, " D"],
    velocity: Num[np.ndarray, " D"],
    length: float,
    steps: int = 200,
) -> Geodesic:
    """Return the solution of ``d^2 x^a/ds^2 = -Gamma^a_bc u^b u^c`` by DOP853.

    ``position`` x^a and ``velocity`` u^a at s = 0, (D,); ``length``: of the parameter, > 0;
    ``steps``: at how many equidistant values it is given.  It ends where it leaves the metric's
    domain, or nears an end of the coordinates.
    """
    size = metric.dimension

    @jax.jit
    def rates(state: jax.Array) -> jax.Array:
        x, u = state[:size], state[size:]
        gamma = christoffel(metric.function)(x)
        return jnp.concatenate([u, -jnp.einsum("abc,b,c->a", gamma, u, u)])

    start = np.concatenate([position, velocity]).astype(float)
    solver = DOP853(
        lambda _, state: np.asarray(rates(state)),
        0.0,
        start,
        length,
        rtol=TOLERANCE,
        atol=TOLERANCE,
    )
    wanted, reached, states = np.linspace(0.0, length, steps), [0.0], [start]
    ended, longest = False, 0.0
    while solver.status == "running" and not ended:
        solver.step()
        longest = max(longest, solver.step_size)
        ended = solver.step_size < SHORTEST * longest or bool(metric.outside(solver.y[:size]))
        if not ended:
            new = wanted[(wanted > solver.t_old) & (wanted <= solver.t)]
            reached += new.tolist()
            states += list(solver.dense_output()(new).T)
    ended |= solver.status == "failed"
    x, u = np.split(np.array(states), 2, axis=1)
    left_by = _nearest_end(metric, solver.y[:size]) if ended else None
    return Geodesic(np.array(reached), x, u, *_conserved(metric, x, u), left_by)


def _nearest_end(metric: Metric, point: np.ndarray) -> str:
    """Return the coordinate that is nearest to an end of its interval at a ``point``, (D,)."""
    gaps = {
        name: min(abs(value - end) for end in metric.domain[name])
        for name, value in zip(metric.coordinates, point, strict=True)
        if name in metric.domain
    }
    return min(gaps, key=lambda name: gaps[name]) if gaps else metric.coordinates[0]


def _conserved(
    metric: Metric, x: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the norm (S,), the ignorable coordinates (D,) and the momentum (S, D)."""

    @jax.jit
    @jax.vmap
    def along(x: jax.Array, u: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        lowered = metric.function(x) @ u
        slopes = jnp.abs(jax.jacfwd(metric.function)(x)).max(axis=(0, 1))
        return u @ lowered, slopes, lowered

    norm, slopes, momentum = map(np.asarray, along(jnp.asarray(x), jnp.asarray(u)))
    return norm, (slopes == 0.0).all(axis=0), momentum
