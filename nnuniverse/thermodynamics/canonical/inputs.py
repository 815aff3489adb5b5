"""Biases that hold the inputs of a net whose input neurons are free."""

from __future__ import annotations

import numpy as np
from jaxtyping import Real

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import Activation


def input_bias(
    inputs: Real[np.ndarray, "*inputs"], activation: Activation
) -> Real[np.ndarray, "*inputs"]:
    """Return ``b = f^{-1}(x)``, elementwise, so that ``f(b) = x``.

    Of a bounded activation |x| has to stay inside the range, whose ends need an infinite bias;
    relu holds x = 0 with b = 0.  Raises ConfigError.  Source: 2004.09280 (2.8) (A2).

    ``inputs``: x, of any shape, inside the range.

    >>> from nnuniverse.networks.activation import find_activation
    >>> input_bias(np.array([0.5]), find_activation("tanh")).round(4).tolist()  # arctanh 1/2
    [0.5493]
    """
    x = np.asarray(inputs, np.float64)
    low, high = activation.range
    closed = activation.name == "relu"  # its range ends at 0, which it takes
    outside = ~((low < x) & (x < high)) & ~(closed & (x == low))
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise ConfigError(
            "every input",
            f"lie inside the range ({low:g}, {high:g}) of {activation.name}, "
            "for a finite input bias",
            f"is {x[first]:g} at input {first}",
            "--bulk, which clamps the inputs",
        )
    return activation.inverse(x)
