"""The way of the states from x = 0 to their fixed points, averaged over groups of samples."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Num

from nnuniverse.nets import Net
from nnuniverse.networks.activation import Activations
from nnuniverse.networks.clamped_step import OfStates
from nnuniverse.networks.propagation import Trainable
from nnuniverse.networks.samples_at_once import SAMPLES_AT_ONCE
from nnuniverse.physics.hidden.unsettled import (
    LONGEST,
    OfState,
    eigenvalue_at_rest,
    periods,
)
from nnuniverse.precision import as_float64, in_float64

FOLLOWED_AT_ONCE = 100
"""Samples whose states of all late steps are held together."""

MOST_EIGENVALUES = 10
"""Samples of a net whose eigenvalues are computed, each at the cost of n^3."""


class Transient(NamedTuple):
    """Means over groups of samples, of the free neurons, and where the samples are in the end.

    ``states``: x(t), t = 0 .. T, (T + 1, groups, n_free); ``squares``: of v(t)^2,
    v(t) = x(t + 1) - x(t), (T, groups, n_free); ``drive``: what inputs and biases add to y,
    (groups, n_free); ``last``: x(T) and x(T + 1) of every sample, (2, samples, n_free).
    """

    states: np.ndarray
    squares: np.ndarray
    drive: np.ndarray
    last: np.ndarray

    @property
    def speeds(self) -> Float[np.ndarray, "T groups n_free"]:
        """The mean v(t) = x(t + 1) - x(t), (T, groups, n_free): (7.5) with alpha = 1."""
        return np.diff(self.states, axis=0)

    def variances(self, counts: Num[np.ndarray, " groups"]) -> Float[np.ndarray, "T groups n_free"]:
        """Return the variance of v(t) within each group of ``counts`` samples, (groups,).

        Unbiased, (T, groups, n_free).
        """
        spread = np.maximum(self.squares - self.speeds**2, 0.0)
        return spread * (counts / (counts - 1.0))[:, None]


@in_float64
def transient(
    net: Net[Trainable],
    parameters: Trainable,
    inputs: Num[np.ndarray, "samples n_1"],
    activation: Activations,
    averages: Float[np.ndarray, "groups samples"],
    steps: int,
) -> Transient:
    """Return the transient of groups of samples from x = 0 with the ``inputs`` clamped.

    ``averages``: what makes of values of samples their means over groups, (groups, samples), see
    `Subsystems.averages`; ``inputs``: (samples, n_1); ``steps``: T.  In float64.

    ``net``: what is computed of nets of this architecture; ``parameters``: weights and biases of
    the net; ``activation``: f, of all layers or of each.

    Source: 2008.01540 (2.1), (7.2), (7.5).
    """
    exact = as_float64(parameters)
    parts = [
        _group_sums(net, exact, *(jnp.asarray(a, jnp.float64) for a in part), activation, steps)
        for part in _parts(inputs, averages)
    ]
    *sums, lasts = zip(*parts, strict=True)
    states, squares, drive = (np.asarray(sum(arrays)) for arrays in sums)
    return Transient(states, squares, drive, np.concatenate(lasts, axis=1)[:, : len(inputs)])


def _parts(
    inputs: np.ndarray, averages: np.ndarray, most: int = SAMPLES_AT_ONCE
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return few samples at a time, the last part filled up with samples of no weight."""
    size = min(len(inputs), most)
    missing = -len(inputs) % size
    inputs = np.pad(inputs, ((0, missing), (0, 0)))
    averages = np.pad(averages, ((0, 0), (0, missing)))
    firsts = range(0, len(inputs), size)
    return [(inputs[k : k + size], averages[:, k : k + size]) for k in firsts]


@partial(jax.jit, static_argnames=("net", "activation", "steps"))
def _group_sums(
    net: Net[Trainable],
    parameters: Trainable,
    inputs: jax.Array,
    averages: jax.Array,
    activation: Activations,
    steps: int,
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    step = net.clamped_step(parameters, activation)
    drive = step.drive(inputs)

    def advance(state: jax.Array, _: None) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
        following = step.function(drive + step.inner(state))
        return following, (averages @ following, averages @ (following - state) ** 2)

    start = jnp.zeros_like(drive)
    end, (states, squares) = jax.lax.scan(advance, start, length=steps)
    begun = jnp.zeros((1, *states.shape[1:]), states.dtype)
    last = jnp.stack([end, step.function(drive + step.inner(end))])
    return jnp.concatenate([begun, states]), squares, averages @ drive, last


@in_float64
def speeds_of_samples(
    net: Net[Trainable],
    parameters: Trainable,
    inputs: Num[np.ndarray, "samples n_1"],
    activation: Activations,
    at: tuple[int, ...],
    neurons: Int[np.ndarray, " neurons"],
) -> Float[np.ndarray, "steps samples neurons"]:
    """Return v(t) of every sample at the steps ``at``, (steps, samples, neurons).

    ``neurons``: which of the free ones, by their number among these.

    ``net``: what is computed of nets of this architecture; ``parameters``: weights and biases of
    the net; ``inputs``: x_1 of the samples, (samples, n_1); ``activation``: f, of all layers or of
    each.

    Source: 2008.01540 (7.5) with alpha = 1.
    """
    exact = as_float64(parameters)
    no_groups = np.zeros((0, len(inputs)))
    parts = [
        np.asarray(_speeds(net, exact, jnp.asarray(part, jnp.float64), activation, max(at) + 1))[
            np.array(at)
        ][:, :, neurons]
        for part, _ in _parts(inputs, no_groups)
    ]
    found: np.ndarray = np.concatenate(parts, axis=1)[:, : len(inputs)]
    return found


@partial(jax.jit, static_argnames=("net", "activation", "steps"))
def _speeds(
    net: Net[Trainable],
    parameters: Trainable,
    inputs: jax.Array,
    activation: Activations,
    steps: int,
) -> jax.Array:
    step = net.clamped_step(parameters, activation)
    drive = step.drive(inputs)

    def advance(state: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        following = step.function(drive + step.inner(state))
        return following, following - state

    return jax.lax.scan(advance, jnp.zeros_like(drive), length=steps)[1]


class Ends(NamedTuple):
    """What becomes of every sample after T steps.

    ``periods``: see `periods` of `unsettled`, (samples,); ``eigenvalues``: see
    `eigenvalue_at_rest`, NaN but for a few of the samples that have not settled, (samples,).
    """

    periods: np.ndarray
    eigenvalues: np.ndarray


@in_float64
def ends_of_samples(
    net: Net[Trainable],
    parameters: Trainable,
    inputs: Float[np.ndarray, "samples n_1"],
    activation: Activations,
    last: Float[np.ndarray, "2 samples n_free"],
) -> Ends:
    """Return what samples do after the ``last`` states of a `transient`, in float64.

    Only those are followed on that have not settled there.

    ``net``: what is computed of nets of this architecture; ``parameters``: weights and biases of
    the net; ``inputs``: x_1 of the samples, (samples, n_1); ``activation``: f, of all layers or of
    each; ``last``: x(T) and x(T + 1).

    Source: 2008.01540 (2.1).
    """
    exact = as_float64(parameters)
    of_all, near = periods(last), last[0].copy()
    eigenvalues = np.full(len(inputs), np.nan)
    moving = np.flatnonzero(of_all != 1)
    if not len(moving):
        return Ends(of_all, eigenvalues)
    for some in _filled_up(moving, min(len(inputs), FOLLOWED_AT_ONCE)):
        begun, clamped = jnp.asarray(last[0, some]), jnp.asarray(inputs[some])
        late = np.asarray(_late_states(net, exact, clamped, begun, activation))
        of_all[some], near[some] = periods(late), late.mean(axis=0)
    count = min(len(moving), MOST_EIGENVALUES)
    step = net.clamped_step(exact, activation)
    weights = np.asarray(step.inner(jnp.eye(near.shape[1]))).T
    for sample in moving[np.arange(count) * len(moving) // count]:
        drive = np.asarray(step.drive(jnp.asarray(inputs[sample : sample + 1])))[0]
        eigenvalues[sample] = eigenvalue_at_rest(
            weights, drive, near[sample], _of_row(step.function), _of_row(step.slope)
        )
    return Ends(of_all, eigenvalues)


def _filled_up(samples: np.ndarray, size: int) -> np.ndarray:
    """Return ``samples`` in rows of one ``size``, the last filled up with the first of them."""
    return np.resize(samples, (-(-len(samples) // size), size))


def _of_row(function: OfStates) -> OfState:
    return lambda row: np.asarray(function(jnp.asarray(row)[None]))[0]


@partial(jax.jit, static_argnames=("net", "activation"))
def _late_states(
    net: Net[Trainable],
    parameters: Trainable,
    inputs: jax.Array,
    begun: jax.Array,
    activation: Activations,
) -> jax.Array:
    """Return x(T), x(T + 1), ..., (1 + LONGEST, samples, n_free), given x(T)."""
    step = net.clamped_step(parameters, activation)
    drive = step.drive(inputs)

    def advance(state: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        return step.function(drive + step.inner(state)), state

    return jax.lax.scan(advance, begun, length=LONGEST + 1)[1]
