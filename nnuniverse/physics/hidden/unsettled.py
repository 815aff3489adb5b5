"""What samples do that have not settled: when they come back, and what they circle around."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

SETTLED = 1e-6
"""Of max(1, max_i |x_i|): a change that is none."""

LONGEST = 64
"""Longest period that is looked for, in steps."""

NEWTON_STEPS = 50

OfState = Callable[[Float[np.ndarray, " n"]], Float[np.ndarray, " n"]]


def periods(states: Float[np.ndarray, "times samples n"]) -> Int[np.ndarray, " samples"]:
    """Return the period of every sample, (samples,), from its states of consecutive steps.

    1: it has settled, ``max_i |x_i(t + 1) - x_i(t)| <= 1e-6 max(1, max_i |x_i(t)|)``; p > 1: it
    has not, and x(t + p) is x(t) again to within as much; 0: neither.

    ``states``: x(t), x(t + 1), ..., (1 + longest period, samples, n).
    """
    change = np.abs(states[1:] - states[0]).max(axis=-1, initial=0.0)
    back = change <= SETTLED * np.abs(states[0]).max(axis=-1, initial=1.0)
    return np.where(back.any(axis=0), 1 + back.argmax(axis=0), 0)


def eigenvalue_at_rest(
    weights: Float[np.ndarray, "n n"],
    drive: Float[np.ndarray, " n"],
    near: Float[np.ndarray, " n"],
    function: OfState,
    slope: OfState,
) -> float:
    """Return the largest |eigenvalue| of f' w at the fixed point of x = f(w x + drive).

    Above 1 the fixed point repels, so that states do not come to rest there; NaN if Newton's
    method finds none.

    ``weights``: w between the free neurons, (n, n); ``drive``: of inputs and biases, (n,);
    ``near``: where to look first, (n,); ``function``: f; ``slope``: f', both of y, (n,).
    """
    state = near
    for _ in range(NEWTON_STEPS):
        arguments = weights @ state + drive
        jacobian = slope(arguments)[:, None] * weights
        missing = function(arguments) - state
        if np.abs(missing).max() <= SETTLED * np.abs(state).max(initial=1.0):
            return float(np.abs(np.linalg.eigvals(jacobian)).max())
        try:
            state = state + np.linalg.solve(np.eye(len(state)) - jacobian, missing)
        except np.linalg.LinAlgError:
            break
    return float("nan")
