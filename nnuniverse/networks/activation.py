"""Activation functions f(y) with their slopes f'(y)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse import extensions
from nnuniverse.errors import ConfigError, nearest


class Kink(NamedTuple):
    """The argument ``at`` which two straight lines of the slopes ``below`` and ``above`` meet."""

    at: float
    below: float
    above: float


@dataclass(frozen=True)
class Activation:
    """An activation function that acts on each neuron separately, ``f_i(y) = f(y_i)``.

    ``function`` is f, ``slope`` its derivative f', both elementwise; ``inverse`` is f^{-1}, of
    NumPy arrays inside the ``range``, which is the least and the largest value that f comes up to;
    ``kink`` is where f' jumps, of an f that is not smooth.
    Source: 2004.09280 (2.6), (10.4).
    """

    name: str
    function: Callable[[jax.Array], jax.Array]
    slope: Callable[[jax.Array], jax.Array]
    inverse: Callable[[np.ndarray], np.ndarray]
    range: tuple[float, float]
    kink: Kink | None = None


def _tanh_slope(y: jax.Array) -> jax.Array:
    # sech^2 in exponentials of -|y|: 1 - tanh^2 loses all digits where the neuron saturates.
    e = jnp.exp(-2.0 * jnp.abs(y))
    return 4.0 * e / (1.0 + e) ** 2


def _logistic_slope(y: jax.Array) -> jax.Array:
    return jax.nn.sigmoid(y) * jax.nn.sigmoid(-y)


def _log_odds(x: np.ndarray) -> np.ndarray:
    return np.log(x) - np.log1p(-x)


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("tanh", jnp.tanh, _tanh_slope, np.arctanh, (-1.0, 1.0)),
        # At its kink relu takes the slope 0, as its gradient in JAX does.
        Activation(
            "relu",
            jax.nn.relu,
            lambda y: jnp.where(y > 0, 1.0, 0.0).astype(y.dtype),
            lambda x: x,
            (0.0, math.inf),
            kink=Kink(0.0, 0.0, 1.0),
        ),
        # (1 + exp(-y))^-1; the sign in the exponent printed in 2008.01540 Sec. 2 is wrong (B1).
        Activation("logistic", jax.nn.sigmoid, _logistic_slope, _log_odds, (0.0, 1.0)),
        Activation("identity", lambda y: y, jnp.ones_like, lambda x: x, (-math.inf, math.inf)),
    )
}
"""The activations by name.  The papers use tanh."""


def find_activation(name: str) -> Activation:
    """Return the activation called ``name``: one of ours, or of an installed package.

    Raises ConfigError if there is none, or if that of the package cannot be used.
    """
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    found = extensions.installed(extensions.ACTIVATIONS, ACTIVATIONS)
    if name not in found:
        names = [*ACTIVATIONS, *found]
        near = (nearest(name, names) or ["tanh"])[0]
        must = f"be one of {', '.join(names)}"
        raise ConfigError("`activation`", must, f"is {name!r}", f"{near!r}")
    return extensions.load(extensions.ACTIVATIONS, name, Activation)


Activations = Activation | tuple[Activation, ...]
"""The activation of all neurons, or of a layered net that of each layer but the inputs."""


def of_layers(activation: Activations, layers: int) -> tuple[Activation, ...]:
    """Return the activation of each of so many ``layers``, first hidden layer first."""
    return activation if isinstance(activation, tuple) else (activation,) * layers


def of_all(activation: Activations) -> Activation:
    """Return the ``activation`` of all neurons; raises TypeError where layers have their own."""
    if isinstance(activation, tuple):
        raise TypeError("layers have activations of their own")
    return activation
