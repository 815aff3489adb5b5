"""Small nets, and H written out in NumPy for one sample."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.special

from nnuniverse.losses import LocalObjective
from nnuniverse.networks.propagation import Layer, Parameters

SIZES = (5, 6, 4, 3)
SAMPLES = 8
NUMPY = {
    "tanh": np.tanh,
    "logistic": scipy.special.expit,
    "identity": lambda y: y,
    "relu": lambda y: np.maximum(y, 0.0),
}


def draw(
    gain: float, sizes: tuple[int, ...] = SIZES, seed: int = 1
) -> tuple[Parameters, np.ndarray, np.ndarray]:
    """Return a net with weights of standard deviation gain / sqrt(n_in), inputs and targets."""
    random = np.random.default_rng(seed)
    net = tuple(
        Layer(
            gain * random.normal(size=(rows, columns)) / np.sqrt(columns),
            0.3 * gain * random.normal(size=rows),
        )
        for columns, rows in pairwise(sizes)
    )
    inputs = random.uniform(-1.0, 1.0, (SAMPLES, sizes[0]))
    return net, inputs, np.eye(sizes[-1])[np.arange(SAMPLES) % sizes[-1]]


def draw_pairs(neurons: int = sum(SIZES), strength: float = 0.1) -> np.ndarray:
    """Return pair interactions that are neither symmetric nor zero on the diagonal."""
    return strength * np.random.default_rng(5).normal(size=(neurons, neurons))


def loss_at(
    flat: np.ndarray,
    net: Parameters,
    x: np.ndarray,
    target: np.ndarray | None,
    activation: str = "tanh",
    local: LocalObjective | None = None,
) -> float:
    """Return H at free states given in one row, as (3.1) and (3.4) define it over all neurons.

    Of V, only what does not vanish when the free states do: the rest is a constant of the sample.
    """
    states = [x, *np.split(flat, np.cumsum([len(layer.bias) for layer in net])[:-1])]
    states = [state for state in states if state.size]
    states = states if target is None else [*states[: len(net)], target]
    errors = [
        after - NUMPY[activation](weights @ before + bias)
        for (weights, bias), (before, after) in zip(net, pairwise(states), strict=True)
    ]
    loss = 0.5 * float(sum(np.sum(error**2) for error in errors))
    if local is not None:
        clamped = np.concatenate([x, np.zeros(len(flat)), [] if target is None else target])
        loss += objective_of(np.concatenate(states), local) - objective_of(clamped, local)
    return loss


def objective_of(states: np.ndarray, local: LocalObjective) -> float:
    pairs = np.zeros((len(states), len(states))) if local.pairs is None else local.pairs
    return float(-0.5 * local.mass * states @ states + states @ pairs @ states)
