"""Energy and momentum of a string along the two directions of its light cone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.string_net import StringNet


class LightCone(NamedTuple):
    """Differences that travel ``left`` and ``right``, (subsystems, steps, sites) each."""

    left: np.ndarray
    right: np.ndarray


def light_cone_differences(
    net: StringNet, states: Float[np.ndarray, "*lead times sites"]
) -> LightCone:
    """Return ``x(t + 1) - w x(t)``, which travels left, and ``x(t + 1) - w^T x(t)``, to the right.

    ``states``: x, (subsystems, steps + 1, sites).  Of the average of movers the first is half the
    difference of the left one over two steps, ``(w^T - w) x_L(t)/2``, and nothing of the right one.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (8.9), (8.10) (B34).
    """
    now, later = states[..., :-1, :], states[..., 1:, :]
    return LightCone(later - net.forward(now), later - net.backward(now))


def interval(differences: Float[np.ndarray, " D *lead"]) -> Float[np.ndarray, "*lead"]:
    """Return ``eta_mn d^m d^n = sum_d (d^d)^2 - (sum_d d^d)^2``, (...), of differences (D, ...).

    ``d^0 = sum_d d^d``, 2008.01540 (7.3).

    Source: 2008.01540 (7.7), (8.10).

    >>> interval(np.array([[1.0], [0.0]])).tolist(), interval(np.array([[1.0], [1.0]])).tolist()
    ([0.0], [-2.0])
    """
    return np.asarray((differences**2).sum(axis=0) - differences.sum(axis=0) ** 2)


def energy_momentum(
    net: StringNet, states: Float[np.ndarray, "D times sites"]
) -> Float[np.ndarray, "2 times-1 sites"]:
    """Return ``T = eta_mn d^m d^n`` along both directions, (2, steps, sites), left first.

    Of strings with w^T w = 1: ``T_left(t + 1, i) = T_left(t, i + 1)``, and T_right the other way:
    each is conserved along its light ray.  Both are zero of a null string.

    ``net``: the net, whose weights are a weighted permutation; ``states``: x, (D, steps + 1,
    sites).

    Source: 2008.01540 (8.10).
    """
    return np.stack([interval(one) for one in light_cone_differences(net, states)])


def conservation_defect(
    net: StringNet, tensor: Float[np.ndarray, "2 steps sites"]
) -> Float[np.ndarray, "2 steps-1 sites"]:
    """Return by how much T changes along its light rays, (2, steps - 1, sites), left first.

    ``net``: the net, whose weights are a weighted permutation; ``tensor``: T, (2, steps, sites).
    """
    left, right = tensor
    return np.stack([left[1:] - left[:-1][..., net.after], right[1:] - right[:-1][..., net.before]])


def null_residual(differences: Float[np.ndarray, "D ..."]) -> float:
    """Return the largest ``|eta_mn d^m d^n|`` over the largest ``sum_d (d^d)^2``, 0 of no motion.

    ``differences``: (D, ...).

    >>> null_residual(np.array([[1.0], [0.0]])), null_residual(np.array([[1.0], [1.0]]))
    (0.0, 1.0)
    """
    largest = largest_square(differences)
    return float(np.abs(interval(differences)).max()) / largest if largest > 0.0 else 0.0


def conservation_residual(net: StringNet, states: Float[np.ndarray, "D times sites"]) -> float:
    """Return the largest `conservation_defect` over the largest ``sum_d (d^d)^2``.

    ``states``: x, (subsystems, steps + 1, sites).

    ``net``: the net, whose weights are a weighted permutation.
    """
    cone = light_cone_differences(net, states)
    defect = conservation_defect(net, np.stack([interval(one) for one in cone]))
    largest = largest_square(*cone)  # of both, since one may be rounding alone
    return float(np.abs(defect).max(initial=0.0)) / largest if largest > 0.0 else 0.0


def largest_square(*differences: Float[np.ndarray, "D ..."]) -> float:
    """Return the largest ``sum_d (d^d)^2`` of ``differences``, (D, ...) each, 0 of none."""
    return max(float((one**2).sum(axis=0).max(initial=0.0)) for one in differences)
