"""Free fall in a metric, and what it conserves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Num
from scipy.integrate import DOP853
from scipy.optimize import brentq

from nnuniverse.physics.gravity.curvature import christoffel
from nnuniverse.physics.gravity.geodesic_path import Geodesic
from nnuniverse.physics.gravity.metrics import Metric
from nnuniverse.precision import in_float64

TOLERANCE = 1e-12
"""Relative, of a step: as small as the method keeps to in float64."""

LOOSER = 10.0
"""Tolerance of the second path of an orbit, by which the error of its periapses is told."""

SHORTEST = 1e-7
"""Of a step, of the longest before: with shorter ones a coordinate grows without end, as the time
of Schwarzschild's at the horizon."""

Rate = Callable[[float, np.ndarray], np.ndarray]
"""From s and the state x^a, u^a, (2 D,), to its derivative."""


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

    def rate(_: float, state: np.ndarray) -> np.ndarray:
        return np.asarray(rates(state))

    start = np.concatenate([position, velocity]).astype(float)
    wanted = np.linspace(0.0, length, steps)
    found = _integrated(metric, rate, start, wanted, TOLERANCE)
    nearest, error = found.nearest, np.zeros_like(found.nearest)
    if len(nearest):
        other = _integrated(metric, rate, start, wanted[[0, -1]], LOOSER * TOLERANCE).nearest
        both = min(len(nearest), len(other))  # one may end just before a passage
        nearest = nearest[:both]
        error = np.abs(nearest - other[:both])
    x, u = np.split(found.states, 2, axis=1)
    left_by = _nearest_end(metric, found.last) if found.ended else None
    return Geodesic(found.reached, x, u, *_conserved(metric, x, u), left_by, nearest, error)


class _Integrated(NamedTuple):
    """``states`` (S, 2 D) at the values ``reached`` (S,), and where r is least, (P, D)."""

    reached: np.ndarray
    states: np.ndarray
    nearest: np.ndarray
    last: np.ndarray
    ended: bool


def _integrated(
    metric: Metric, rate: Rate, start: np.ndarray, wanted: np.ndarray, tolerance: float
) -> _Integrated:
    """Return the path from ``start``, (2 D,), at the values ``wanted``, (S,), as far as it goes."""
    size, passages = metric.dimension, _Passages(metric, rate, start, tolerance)
    solver = DOP853(rate, 0.0, start, wanted[-1], rtol=tolerance, atol=tolerance)
    reached, states, ended, longest = [0.0], [start], False, 0.0
    while solver.status == "running" and not ended:
        solver.step()
        longest = max(longest, solver.step_size)
        ended = solver.step_size < SHORTEST * longest or bool(metric.outside(solver.y[:size]))
        if not ended:
            new = wanted[(wanted > solver.t_old) & (wanted <= solver.t)]
            reached += new.tolist()
            states += list(solver.dense_output()(new).T)
            passages.add(solver)
    ended |= solver.status == "failed"
    nearest = np.array(passages.found).reshape(-1, size)
    return _Integrated(np.array(reached), np.array(states), nearest, solver.y[:size], ended)


class _Passages:
    """The positions ``found``, (D,) each, at which the coordinate r is least, step by step."""

    def __init__(self, metric: Metric, rate: Rate, start: np.ndarray, tolerance: float) -> None:
        """Begin at ``start``, (2 D,), which is one if r is at rest there and grows after."""
        self.found: list[np.ndarray] = []
        self._rate, self._tolerance, self._size = rate, tolerance, metric.dimension
        self._speed: int | None = None
        if "r" in metric.coordinates:
            self._speed = self._size + metric.coordinates.index("r")
            if start[self._speed] == 0.0 and rate(0.0, start)[self._speed] > 0.0:
                self.found.append(start[: self._size])

    def add(self, solver: DOP853) -> None:
        """Add the passage within the last step of the ``solver``, if there is one."""
        if self._speed is None or not solver.y_old[self._speed] < 0.0 <= solver.y[self._speed]:
            return
        speed, dense = self._speed, solver.dense_output()
        end = solver.t
        if dense(end)[speed] > 0.0:
            end = brentq(lambda s: dense(s)[speed], solver.t_old, end)
        # The interpolant is less exact than the steps: step there, and correct by Newton.
        fresh = DOP853(
            self._rate,
            solver.t_old,
            solver.y_old,
            end,
            first_step=end - solver.t_old,
            rtol=self._tolerance,
            atol=self._tolerance,
        )
        while fresh.status == "running":
            fresh.step()
        rates = self._rate(end, fresh.y)
        self.found.append((fresh.y - fresh.y[speed] / rates[speed] * rates)[: self._size])


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
