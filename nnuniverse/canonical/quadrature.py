"""The ensemble of a few neurons, exactly: Gauss-Legendre quadrature over all their states."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.canonical.coordinates import Range
from nnuniverse.canonical.state import CanonicalState
from nnuniverse.canonical.system import System, loss
from nnuniverse.errors import ConfigError, must
from nnuniverse.networks import Activation
from nnuniverse.precision import in_float64

MOST_NEURONS = 4

MOST_POINTS = 2**24
"""Bounds the memory, 400 MB; 64 nodes per neuron at four neurons."""

FIRST_NODES, MOST_NODES = 16, 512
SETTLED = 1e-10
"""A change of log Z, and of U relative to 1 + |U|, at which doubling the nodes ends."""

AT_ONCE = 2**14
"""States whose loss is computed at once: chosen empirically."""


@in_float64
def integrate_states(
    system: System, activation: Activation, betas: Sequence[float]
) -> list[CanonicalState]:
    """Return the canonical ensemble at every beta by quadrature over all states.

    ``Z = int d^n x exp(-beta H)``, 2004.09280 (5.1), (5.7).  The nodes per neuron are doubled
    until nothing changes by more than `SETTLED`, or up to `MOST_NODES` or `MOST_POINTS`; the
    errors are the last change.  Unbounded ranges are mapped to bounded ones.  Raises ConfigError
    for more than `MOST_NEURONS` free neurons.
    """
    if system.neurons > MOST_NEURONS:
        raise ConfigError(
            must(
                "the net",
                f"have at most {MOST_NEURONS} free neurons for quadrature",
                f"has {system.neurons}",
                "--method hmc",
            )
        )
    nodes = FIRST_NODES
    current = _on_grid(system, activation, betas, nodes)
    while 2 * nodes <= min(MOST_NODES, MOST_POINTS ** (1.0 / system.neurons)):
        nodes, previous = 2 * nodes, current
        current = _on_grid(system, activation, betas, nodes)
        states = [_with_errors(new, old) for new, old in zip(current, previous, strict=True)]
        if all(map(_has_settled, states)):
            break
    return states


def _with_errors(new: CanonicalState, old: CanonicalState) -> CanonicalState:
    return CanonicalState(
        new.beta,
        new.mean_loss,
        abs(new.mean_loss - old.mean_loss),
        new.variance,
        new.mean_state,
        new.log_partition,
        abs(new.log_partition - old.log_partition),
        entropy_error=abs(new.entropy - old.entropy),
    )


def _has_settled(state: CanonicalState) -> bool:
    return state.log_partition_error <= SETTLED and state.mean_loss_error <= SETTLED * (
        1.0 + abs(state.mean_loss)
    )


def _on_grid(
    system: System, activation: Activation, betas: Sequence[float], nodes: int
) -> list[CanonicalState]:
    line, weights = _line(activation.range, nodes)
    shape = (nodes,) * system.neurons
    losses = np.concatenate(
        [_losses(system, activation, line[points]) for points in _points(shape)]
    )[: math.prod(shape)].reshape(shape)
    log_weights = sum(np.ix_(*[np.log(weights)] * system.neurons), np.zeros(()))
    return [_state(beta, losses, log_weights, line) for beta in betas]


def _state(
    beta: float, losses: np.ndarray, log_weights: np.ndarray, line: np.ndarray
) -> CanonicalState:
    exponent = log_weights - beta * losses
    top = float(exponent.max())
    weights = np.exp(exponent - top)
    z = float(weights.sum())
    mean = float((weights * losses).sum()) / z
    axes = range(losses.ndim)
    mean_state = [
        weights.sum(axis=tuple(other for other in axes if other != axis)) @ line / z
        for axis in axes
    ]
    variance = float((weights * (losses - mean) ** 2).sum()) / z
    return CanonicalState(
        beta, mean, math.nan, variance, np.array(mean_state), top + math.log(z), math.nan
    )


def _line(bounds: Range, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes on the range of a neuron, and their weights."""
    u, weights = np.polynomial.legendre.leggauss(nodes)
    low, high = bounds
    if math.isfinite(high - low):
        return low + (high - low) * (1.0 + u) / 2.0, weights * (high - low) / 2.0
    if math.isfinite(low):
        return low + (1.0 + u) / (1.0 - u), weights * 2.0 / (1.0 - u) ** 2
    return u / (1.0 - u**2), weights * (1.0 + u**2) / (1.0 - u**2) ** 2


def _points(shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Yield the nodes' positions on the line, (AT_ONCE, n) at a time; the last one repeats."""
    total = math.prod(shape)
    for start in range(0, total, AT_ONCE):
        numbers = np.minimum(np.arange(start, start + AT_ONCE), total - 1)
        yield np.stack(np.unravel_index(numbers, shape), axis=1)


@partial(jax.jit, static_argnames="activation")
def _losses(system: System, activation: Activation, states: jax.Array) -> jax.Array:
    return jax.vmap(lambda state: loss(system, activation, jnp.asarray(state)))(states)
