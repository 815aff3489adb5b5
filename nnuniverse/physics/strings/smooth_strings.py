"""Strings of a few long waves, which look like strings."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.string_net import StringNet

MODES = 3


def smooth_string(
    net: StringNet, subsystems: int, random: np.random.Generator, modes: int = MODES
) -> Float[np.ndarray, "{subsystems} {net.sites}"]:
    """Return states of the longest waves of each string, (subsystems, sites), at most 1 in size.

    ``sum_m a_m cos(k_m p + phi_m)``, with the ``modes`` lowest momenta that are not zero,
    amplitudes normal and of deviation 1/m, phases uniform.  ``net``: a `unit_string`.

    ``random``: where its numbers are drawn from.
    """
    twist = net.antiperiodic.astype(float) / 2.0
    waves = np.arange(1, modes + 1)[:, None] - twist  # (modes, cycles)
    fits = waves <= np.maximum(net.lengths / 2.0, 1.0)
    shape = (subsystems, modes, len(net.lengths))
    amplitudes = random.normal(size=shape) * fits / np.arange(1, modes + 1)[:, None]
    phases = random.uniform(0.0, 2.0 * np.pi, shape)
    k = (2.0 * np.pi * waves / net.lengths)[:, net.cycle]
    each = amplitudes[..., net.cycle] * np.cos(k * net.position + phases[..., net.cycle])
    states = each.sum(axis=1)
    largest = np.abs(states).max(initial=0.0)
    return np.asarray(states / largest if largest > 0.0 else states)
