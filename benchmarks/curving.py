"""What curvature costs beside the metric that it is of, and how fast a body falls."""

from __future__ import annotations

import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contest import PAUSE, ROUNDS, Times
from nnuniverse.physics.gravity.curvature import curvature
from nnuniverse.physics.gravity.geodesics import geodesic
from nnuniverse.physics.gravity.metrics import METRICS

POINTS = 20_000
REPEATS = 20
ORBIT = 2.0 * np.pi * 100.0**1.5
"""About one turn at r = 100 M."""

ORBITS = (2, 302)
"""Their difference has no compiling in it."""


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    kerr = METRICS["kerr"]()
    with jax.enable_x64(True):
        points = jnp.asarray(
            np.array(kerr.point)
            * (1.0 + np.random.default_rng(0).uniform(-0.1, 0.1, (POINTS, kerr.dimension)))
        )
        metric = jax.jit(lambda x: jax.vmap(kerr.function)(x).sum())
        ricci = jax.jit(lambda x: jax.vmap(lambda y: curvature(kerr.function)(y).scalar)(x).sum())
        every = jax.jit(lambda x: _sum(jax.vmap(curvature(kerr.function))(x)))
        bare, scalar, tensors = (
            _timed(lambda f=f, k=k: _repeat(f, points, k), k)
            for f, k in ((metric, REPEATS), (ricci, 1), (every, 1))
        )
        few, many = (_timed(lambda k=k: _fall(k), 1) for k in ORBITS)
    return [
        (f"R of Kerr at {POINTS} points over its metric", f"{scalar.over(bare)}", "<= 80"),
        ("all tensors of it over its metric", f"{tensors.over(bare)}", ""),
        ("an orbit of free fall at r = 100 M to 1e-12, ms", f"{_difference(many, few)}", ""),
    ]


def _fall(orbits: int) -> object:
    return geodesic(METRICS["schwarzschild"](), *_begin(), orbits * ORBIT, 2)


def _difference(many: Times, few: Times) -> Times:
    """Return milliseconds per orbit."""
    apart = zip(many.rounds, few.rounds, strict=True)
    return Times(tuple(1e3 * (a - b) / (ORBITS[1] - ORBITS[0]) for a, b in apart))


def _begin() -> tuple[np.ndarray, np.ndarray]:
    rate = 100.0**-1.5 / np.sqrt(1.0 - 3.0 / 100.0)
    return (
        np.array([0.0, 100.0, np.pi / 2.0, 0.0]),
        np.array([1.0 / np.sqrt(1.0 - 3.0 / 100.0), 0.0, 0.0, rate]),
    )


def _sum(tensors: object) -> jax.Array:
    """Return a number that all ``tensors`` are needed for."""
    return jnp.stack([leaf.sum() for leaf in jax.tree.leaves(tensors)]).sum()


def _repeat(function: Callable[[jax.Array], jax.Array], points: jax.Array, times: int) -> object:
    for _ in range(times):
        found = function(points)
    return found.block_until_ready()


def _timed(call: Callable[[], object], units: int) -> Times:
    """Return processor seconds per unit."""
    call()
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        call()
        seconds.append((time.process_time() - started) / units)
        time.sleep(PAUSE)
    return Times(tuple(seconds))


if __name__ == "__main__":
    for row in run():
        print(*row, sep="  ")
