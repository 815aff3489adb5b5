"""Whether subsystems evolve by the linear step that the section stands on."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
from jaxtyping import Float, Num

from nnuniverse.nets import Net
from nnuniverse.networks.activation import Activations
from nnuniverse.networks.propagation import Trainable
from nnuniverse.physics.hidden.transients import Transient
from nnuniverse.precision import as_float64, in_float64


def with_their_sum(groups: Num[np.ndarray, "*lead D n"]) -> Num[np.ndarray, "*lead D+1 n"]:
    """Return values of subsystems with their sum before them, (..., D, n) -> (..., D + 1, n).

    ``groups``: values of the subsystems, (..., D, n).

    Source: 2008.01540 (7.3).

    >>> with_their_sum(np.array([[1.0], [2.0]])).tolist()
    [[3.0], [1.0], [2.0]]
    """
    return np.concatenate([groups.sum(axis=-2, keepdims=True), groups], axis=-2)


@in_float64
def linear_step_error(
    net: Net[Trainable], parameters: Trainable, activation: Activations, found: Transient
) -> Float[np.ndarray, "subsystem step"]:
    """Return how far the linear step is off for the sum and for each subsystem, (D + 1, T).

    ``|v(t) - f' w v(t - 1)| / |v(t)|`` over the free neurons, f' at ``y = w x(t - 1) + b``, x the
    mean of the subsystem: as printed, (7.2) leaves out constants, which differences are free of.
    Of the sum x_0 = sum_d x_d it is (7.1), with f' at ``y = w x_0(t - 1) + b``, which is exact only
    where f' is the same for all.  NaN at t = 0, and where nothing moves.

    ``found``: the transient of the D subsystems alone.

    ``net``: what is computed of nets of this architecture; ``parameters``: weights and biases of
    the net; ``activation``: f, of all layers or of each.

    Source: 2008.01540 (7.1), (7.2), (7.4), for deviations (B12).
    """
    exact = as_float64(parameters)
    states = with_their_sum(found.states)
    drive = with_their_sum(found.drive)
    drive[0] -= (len(found.drive) - 1) * net.bias(parameters)
    speeds = np.diff(states, axis=0)
    predicted = np.asarray(_steps(net, exact, activation, states[:-2], speeds[:-1], drive))
    error = np.full(speeds.shape[:2], np.nan)
    size = np.linalg.norm(speeds[1:], axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        error[1:] = np.linalg.norm(speeds[1:] - predicted, axis=-1) / size
    error[1:][size == 0.0] = np.nan
    return error.T


@partial(jax.jit, static_argnames=("net", "activation"))
def _steps(
    net: Net[Trainable],
    parameters: Trainable,
    activation: Activations,
    states: jax.Array,
    speeds: jax.Array,
    drive: jax.Array,
) -> jax.Array:
    """Return ``f' w v`` at each of the ``states``, (T - 1, D + 1, n_free)."""
    step = net.clamped_step(parameters, activation)
    rows = (-1, states.shape[-1])
    inner = step.inner(states.reshape(rows)).reshape(states.shape)
    slopes = step.slope((inner + drive).reshape(rows))
    moved: jax.Array = slopes * step.inner(speeds.reshape(rows))
    return moved.reshape(states.shape)
