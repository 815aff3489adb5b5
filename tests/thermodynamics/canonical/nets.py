"""Small nets for the canonical ensemble, and their loss written out by hand."""

from __future__ import annotations

import math

import numpy as np


def random_net(neurons: int, gain: float = 0.8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return w and b of a net in which every neuron is connected with every other."""
    random = np.random.default_rng(100 * neurons + seed)
    return (
        gain * random.normal(size=(neurons, neurons)),
        0.3 * random.normal(size=neurons),
    )


FUNCTIONS = {
    "tanh": math.tanh,
    "logistic": lambda y: 1.0 / (1.0 + math.exp(-y)),
    "relu": lambda y: max(y, 0.0),
    "identity": lambda y: y,
}


def plain_loss(w: np.ndarray, b: np.ndarray, x: list[float], f, mass: float) -> float:
    """2004.09280 (3.4), neuron by neuron."""
    total = 0.0
    for i in range(len(x)):
        argument = b[i]
        for j in range(len(x)):
            argument += w[i, j] * x[j]
        total += 0.5 * (x[i] - f(argument)) ** 2 - 0.5 * mass * x[i] ** 2
    return total
