"""The Polyakov action on the lattice: conformal gauge, flat target."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.string_net import StringNet


def lattice_action(
    net: StringNet, states: Float[np.ndarray, "*lead times sites"]
) -> Float[np.ndarray, "*lead"]:
    """Return ``1/2 sum_ti [(x_i(t + 1) - x_i(t))^2 - (x_i(t) - (w x)_i(t))^2]``, (...).

    ``states``: x, (..., steps + 1, sites), summed over the steps t but the last.  eta of the target
    only adds up what single subsystems contribute.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (8.11).
    """
    speeds = np.diff(states, axis=-2)
    apart = (states - net.forward(states))[..., :-1, :]
    return np.asarray((speeds**2 - apart**2).sum(axis=(-2, -1)) / 2.0)


def action_gradient(
    net: StringNet, states: Float[np.ndarray, "*lead times sites"]
) -> Float[np.ndarray, "*lead times-2 sites"]:
    """Return its derivatives by x_i(t) at the steps inside, (..., steps - 1, sites).

    ``2 x(t) - x(t + 1) - x(t - 1) - (1 - w)^T (1 - w) x(t)``; zero where w^T w = 1 and x obeys the
    wave equation.

    ``net``: the net, whose weights are a weighted permutation; ``states``: x_i(t), (..., steps + 1,
    sites).

    Source: 2008.01540 (8.11).
    """
    now = states[..., 1:-1, :]
    apart = now - net.forward(now)
    around = apart - net.backward(apart)
    return np.asarray(2.0 * now - states[..., 2:, :] - states[..., :-2, :] - around)
