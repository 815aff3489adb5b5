"""How many directions of the metric g^i of (7.8) a net's data leave open, and what that does.

With x^0 = sum_d x^d, (7.3), every g and ``g + n xi^T + xi n^T``, n = (1, -1, .., -1), contract any
v^m v^n, and any x^m x^n, to the same number: D + 1 directions of the (D + 1)(D + 2)/2 that nothing
measured can tell (B13).  What is left is a form of D (D + 1)/2 unknowns, which the speeds of one
neuron would have to tell.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from nnuniverse.physics.gravity.curvature import curvature
from nnuniverse.precision import in_float64

ATOL = 1e-300


def told_directions(
    speeds: Float[np.ndarray, "step D n"],
    halves: tuple[Float[np.ndarray, "step D n"], Float[np.ndarray, "step D n"]],
) -> Int[np.ndarray, " n"]:
    """Return how many directions of the form at each neuron its speeds tell, (n,).

    A step is a row of the products v_c v_d, c <= d, in units of the noise that its step has over
    all neurons.  Told are singular values above the largest of the noise of that neuron, half the
    difference of rows from two halves of the samples.  ``speeds``: means of the subsystems, (step,
    D, n), and of the ``halves`` likewise.
    """
    one, other = (_rows(half) for half in halves)
    noise = 0.5 * (one - other)
    scale = np.sqrt((noise**2).mean(axis=(1, 2), keepdims=True))
    moving = scale[:, 0, 0] > ATOL
    rows, noise = (a[moving] / scale[moving] for a in (_rows(speeds), noise))
    if not len(rows):
        return np.zeros(speeds.shape[-1], int)
    values, of_noise = (np.linalg.svd(a.swapaxes(0, 1), compute_uv=False) for a in (rows, noise))
    found: np.ndarray = (values > of_noise[:, :1]).sum(axis=1)
    return found


def _rows(speeds: np.ndarray) -> np.ndarray:
    """Return v_c v_d of c <= d, those of c < d times sqrt(2), (step, n, D (D + 1)/2)."""
    size = speeds.shape[1]
    c, d = np.triu_indices(size)
    weights = np.where(c == d, 1.0, np.sqrt(2.0))
    products: np.ndarray = (speeds[:, c] * speeds[:, d]).swapaxes(1, 2)
    return products * weights


def thinnest(states: Float[np.ndarray, " dims *neurons"]) -> float:
    """Return the least over the largest extent of the neurons' places, in D + 1 dimensions.

    ``states``: means of subsystems with their sum, (D + 1, ...).  The delta functions of (9.3) lie
    on the plane X^0 = sum_d X^d, so that it is nothing but rounding: there is no volume that
    sqrt(-g) T^mn could be a density in.

    Source: 2008.01540 (9.3), (7.3).
    """
    places = states.reshape(len(states), -1)
    values = np.linalg.svd(places - places.mean(axis=1, keepdims=True), compute_uv=False)
    return float(values[-1] / values[0])


class OpenMetric(NamedTuple):
    """A metric with the action of flat space: ``curvature`` R at the places, (n,).

    ``lorentzian``: at which it has one time; ``change``: the largest change of the action at a
    place, over the largest term.
    """

    curvature: np.ndarray
    lorentzian: np.ndarray
    change: float


class GaugeMetric(NamedTuple):
    """``eta + n xi^T + xi n^T`` at places X, (D + 1,), with a xi(X) that is a wave.

    ``waves``: (D + 1, D + 1), and ``phases`` of it, (D + 1,); ``size``: its amplitude.
    """

    waves: np.ndarray
    phases: np.ndarray
    size: float

    def at(self, x: Float[Array, " dims"]) -> Float[Array, "dims dims"]:
        """Return the metric at ``x``, whose coordinates are to be of order one."""
        ends = jnp.concatenate([jnp.ones(1), -jnp.ones(len(self.phases) - 1)])
        wave = jnp.asarray(self.waves) @ x / jnp.sqrt(float(len(self.phases)))
        mixed = jnp.outer(ends, self.size * jnp.sin(wave + self.phases))
        return -jnp.diag(ends) + mixed + mixed.T


def gauge_metric(subsystems: int, random: np.random.Generator, size: float) -> GaugeMetric:
    """Return a random one of D ``subsystems`` and an amplitude ``size``."""
    dimension = subsystems + 1
    waves = random.normal(size=(dimension, dimension))
    return GaugeMetric(waves, random.uniform(0.0, 2.0 * np.pi, dimension), size)


@jax.jit
def _metric_and_curvature(metric: GaugeMetric, places: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.vmap(lambda x: (metric.at(x), curvature(metric.at)(x).scalar))(places)


@in_float64
def open_metric(
    places: Float[np.ndarray, "n dims"],
    tensor: Float[np.ndarray, "n dims dims"],
    sizes: Float[np.ndarray, "n dims dims"],
    metric: GaugeMetric,
) -> OpenMetric:
    """Return what a ``metric`` is at ``places``, (n, D + 1), and what it does to the action there.

    ``tensor``, ``sizes``: of `source_tensor` there, (n, D + 1, D + 1).

    Source: 2008.01540 (9.1), (9.3), (9.18); g^i is not determined (B13).
    """
    g, scalar = map(np.asarray, _metric_and_curvature(metric, jnp.asarray(places)))
    eta = np.diag([-1.0, *[1.0] * (places.shape[1] - 1)])
    change = np.abs(np.einsum("imn,imn->i", g - eta, tensor))
    terms = np.einsum("imn,imn->i", np.abs(g) + np.abs(eta), sizes)
    there = terms > 0.0
    negative = (np.linalg.eigvalsh(g) < 0.0).sum(axis=1)
    most = float((change[there] / terms[there]).max()) if there.any() else 0.0
    return OpenMetric(scalar, negative == 1, most)
