"""The loss of a whole state: the energy of the canonical ensemble, some neurons clamped or none."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Num

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import Activation
from nnuniverse.precision import in_float64, rounding_of_singular_values

LARGEST_NET = 16_384
"""Neurons of a net, whose matrix of weights is held whole: 2 GiB at this number."""

MOST_FREE = 5_000
"""Free neurons, whose forms need a factorisation of all pairs: some minutes at this number."""


class System(NamedTuple):
    """What the loss H of the free neurons depends on, in float64.

    ``weights``: w of the free neurons without its empty rows and columns; ``receivers``,
    ``senders``: which these are, rows among the errors and columns among the free neurons;
    ``drive``: the bias and what clamped neurons send, one per error; ``targets``: states of the
    clamped neurons that have an error, whose errors follow those of the free ones; ``mass``: m.
    """

    weights: jax.Array
    receivers: jax.Array
    senders: jax.Array
    drive: jax.Array
    targets: jax.Array
    mass: float

    @property
    def neurons(self) -> int:
        """Number of free neurons."""
        return len(self.drive) - len(self.targets)


@in_float64
def build_system(
    weights: Num[np.ndarray, " ..."],
    bias: Num[np.ndarray, " ..."],
    mass: float = 0.0,
    clamped: Num[np.ndarray, " ..."] | None = None,
) -> System:
    """Return the system of a net given densely.

    ``weights``: w, (N, N), w[i, j] the edge j -> i; ``bias``: b, (N,); ``mass``: m of the local
    objective V = -(m/2) x^T x, 2004.09280 (3.3); ``clamped``: states, (N,), NaN where free.  A
    clamped neuron has an error where w reaches it, as outputs do, and none otherwise, as inputs.
    Raises ConfigError unless the shapes fit, all numbers are finite, a neuron is free and the net
    is not larger than `LARGEST_NET` and `MOST_FREE`.
    """
    w, b = np.asarray(weights, np.float64), np.asarray(bias, np.float64)
    states = np.full(b.shape, np.nan) if clamped is None else np.asarray(clamped, np.float64)
    _require_net(w, b, states)
    free = np.isnan(states)
    with_target = ~free & w.any(axis=1)
    rows = np.concatenate([np.flatnonzero(free), np.flatnonzero(with_target)])
    between = w[rows][:, free]
    receivers, senders = np.flatnonzero(between.any(axis=1)), np.flatnonzero(between.any(axis=0))
    arrays = {
        "weights": between[receivers][:, senders],
        "receivers": receivers,
        "senders": senders,
        "drive": b[rows] + w[rows][:, ~free] @ states[~free],
        "targets": states[with_target],
    }
    return System(
        **jax.device_put(arrays),
        mass=float(mass),
    )


def dense_weights(system: System) -> Float[np.ndarray, "errors n"]:
    """Return w from the free neurons to all that have an error, (n + targets, n).

    ``system``: the free neurons, and what is clamped around them.
    """
    w = np.zeros((len(system.drive), system.neurons))
    w[np.ix_(np.asarray(system.receivers), np.asarray(system.senders))] = system.weights
    return w


def errors(
    system: System,
    activation: Activation,
    state: Float[Array, " n"],
    arguments: Float[Array, " errors"] | None = None,
) -> Float[Array, " errors"]:
    """Return ``x - f(wx + b)`` of the free neurons and of the clamped ones that have an error.

    ``state``: the free neurons, (n,); returns (n + targets,).  Source: 2004.09280 (3.1).

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range; ``arguments``: wx + b, (n + targets,), if they are known.
    """
    if arguments is None:
        sent = system.weights @ state[system.senders]
        arguments = system.drive.at[system.receivers].add(sent)
    return jnp.concatenate([state, system.targets]) - activation.function(arguments)


@partial(jax.jit, static_argnames="activation")
def linearised(
    system: System, activation: Activation, state: Float[Array, " n"]
) -> tuple[Float[Array, " errors"], Float[Array, "errors n"]]:
    """Return the errors at ``state`` and their derivative by it, (n + targets, n).

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range.
    """

    def of(state: jax.Array) -> jax.Array:
        return errors(system, activation, state)

    return of(state), jax.jacfwd(of)(state)


def loss(
    system: System,
    activation: Activation,
    state: Float[Array, " n"],
    arguments: Float[Array, " errors"] | None = None,
) -> Float[Array, ""]:
    """Return ``H = 1/2 |x - f(wx + b)|^2 - (m/2) x^T x`` of the free neurons' state, (n,).

    The clamped neurons' local objective is a constant and left out.  Source: 2004.09280 (3.4).

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range; ``arguments``: wx + b, (n + targets,), if they are known.
    """
    error = errors(system, activation, state, arguments)
    return 0.5 * error @ error - 0.5 * system.mass * state @ state


def log_volume(system: System, activation: Activation) -> float:
    """Return log Z at beta = 0: the log of the volume of the states; infinite if unbounded.

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range.
    """
    low, high = activation.range
    return system.neurons * math.log(high - low)


@in_float64
def check_normalisable(system: System, activation: Activation) -> None:
    """Raise ConfigError unless ``exp(-beta H)`` has an integral for every beta > 0.

    On a bounded range it always has.  With identity H is a quadratic form, which must be
    positive: every eigenvalue of G above m.  With relu m must not be positive, and H must grow in
    every direction, for which it is enough that w has no cycle or a norm below 1.

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range.
    """
    if all(map(math.isfinite, activation.range)):
        return
    if activation.name == "identity":
        _check_quadratic(system, activation)
        return
    if system.mass > 0.0:
        raise ConfigError(
            "the mass m",
            f"not be positive with {activation.name}, whose states are unbounded",
            f"is {system.mass:g}",
            "--mass 0",
        )
    w = dense_weights(system)[: system.neurons]
    if not _is_acyclic(w) and np.linalg.norm(w, 2) >= 1.0:
        raise ConfigError(
            "the weights",
            f"have no cycle or a norm below 1 with {activation.name}, for Z to be finite",
            f"have cycles and the norm {np.linalg.norm(w, 2):.4g}",
            "smaller weights, or tanh",
        )


def _check_quadratic(system: System, activation: Activation) -> None:
    _, jacobian = linearised(system, activation, jnp.zeros(system.neurons))
    singular = np.linalg.svd(jacobian, compute_uv=False)
    is_zero = singular[-1] <= rounding_of_singular_values(singular)
    smallest = 0.0 if is_zero else float(singular[-1]) ** 2
    if not system.mass < smallest:
        raise ConfigError(
            "the mass m",
            "be below the smallest eigenvalue of G, for states are unbounded with identity",
            f"is {system.mass:g} where that is {smallest:.4g}",
            f"--mass {min(0.0, smallest / 2.0):g}"
            if smallest > 0
            else "other weights, or --mass -0.1",
        )


def _is_acyclic(w: np.ndarray) -> bool:
    reached = np.ones(len(w), bool)
    for _ in range(len(w)):
        reached = (w != 0.0)[:, reached].any(axis=1)
    return not reached.any()


def require_dense(neurons: int) -> None:
    """Raise ConfigError for a net with more ``neurons`` than `LARGEST_NET`."""
    if neurons > LARGEST_NET:
        raise ConfigError(
            "the net",
            f"have at most {LARGEST_NET} neurons, for its weights are held as a whole matrix",
            f"has {neurons}",
            "a smaller net",
        )


def _require_net(w: np.ndarray, b: np.ndarray, states: np.ndarray) -> None:
    if b.ndim != 1 or w.shape != (len(b), len(b)) or states.shape != b.shape or not len(b):
        raise ConfigError(
            "weights and bias",
            "have the shapes (N, N) and (N,)",
            f"have {w.shape} and {b.shape}",
            "a row of weights per receiving neuron",
        )
    require_dense(len(b))
    free = int(np.isnan(states).sum())
    if not free:
        raise ConfigError(
            "the net", "have a neuron that is not clamped", "has none", "the whole net"
        )
    if free > MOST_FREE:
        raise ConfigError(
            "the net",
            f"have at most {MOST_FREE} free neurons, for all pairs of them are computed",
            f"has {free}",
            "--bulk, or a smaller net",
        )
    if not (np.isfinite(w).all() and np.isfinite(b).all() and not np.isinf(states).any()):
        raise ConfigError(
            "weights, bias and states", "be finite", "are not", "a net that has not diverged"
        )
