"""The training loop written out in NumPy: no JAX, no optax, gradients by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Net = list[tuple[np.ndarray, np.ndarray]]
"""Weights (n_l, n_{l-1}) and bias (n_l,) per layer."""


def gradient(net: Net, inputs: np.ndarray, targets: np.ndarray) -> tuple[float, Net]:
    """The batch loss of a tanh net, mean over its samples, and its gradient."""
    states = [inputs]
    for weights, bias in net:
        states.append(np.tanh(states[-1] @ weights.T + bias))
    error = states[-1] - targets
    loss = 0.5 * np.mean(np.sum(error**2, axis=1))
    backward, gradients = error / len(inputs), []
    for l in reversed(range(len(net))):
        delta = backward * (1.0 - states[l + 1] ** 2)
        gradients.append((delta.T @ states[l], delta.sum(axis=0)))
        backward = delta @ net[l][0]
    return loss, gradients[::-1]


def train(
    net: Net,
    inputs: np.ndarray,
    targets: np.ndarray,
    orders: Sequence[np.ndarray],
    batch: int,
    rate: Callable[[float], float],
    decay: float,
    terms: Callable[[Net, np.ndarray], tuple[float, Net]] | None = None,
) -> tuple[Net, list[float]]:
    """Gradient descent with momentum; returns the net and the mean loss over each epoch's samples.

    ``orders``: one permutation of the samples per epoch; ``rate``: the learning rate as a function
    of the share of the run that lies behind; ``terms``: what is added to the batch loss, with its
    gradient, as a function of net and inputs.
    """
    flat = [array.copy() for layer in net for array in layer]
    velocity = [np.zeros_like(array) for array in flat]
    steps_per_epoch = -(-len(inputs) // batch)
    losses, step = [], 0
    for order in orders:
        total = 0.0
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            layers = list(zip(flat[::2], flat[1::2], strict=True))
            loss, gradients = gradient(layers, inputs[chosen], targets[chosen])
            if terms is not None:
                more, slopes = terms(layers, inputs[chosen])
                loss += more
                gradients = [
                    (w + dw, b + db) for (w, b), (dw, db) in zip(gradients, slopes, strict=True)
                ]
            total += loss * len(chosen)
            now = rate(step / steps_per_epoch / len(orders))
            for array, moving, slope in zip(
                flat, velocity, [array for layer in gradients for array in layer], strict=True
            ):
                moving *= decay
                moving += slope
                array -= now * moving
            step += 1
        losses.append(total / len(inputs))
    return list(zip(flat[::2], flat[1::2], strict=True)), losses
