"""The momenta of waves on closed strings, and the eigenvalues that belong to them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Complex, Float

from nnuniverse.physics.strings.string_net import StringNet


def momenta(net: StringNet) -> Float[np.ndarray, " {net.sites}"]:
    """Return k of the waves on each string, (sites,): as many as sites, in its place.

    ``k = 2 pi m/n``, and ``(2 m + 1) pi/n`` where the product of weights is negative, so that no
    wave is constant; radians per site, 0 <= k < 2 pi.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (7.12), (8.2).
    """
    twice = 2 * net.position + net.antiperiodic[net.cycle]
    return np.asarray(np.pi * twice / net.lengths[net.cycle])


def weight_eigenvalues(net: StringNet) -> Complex[np.ndarray, " {net.sites}"]:
    """Return the eigenvalues ``g e^(ik)`` of w, (sites,) complex, g the gain of the string.

    ``net``: the net, whose weights are a weighted permutation.

    >>> import numpy as np
    >>> from nnuniverse.physics.strings.momenta import weight_eigenvalues
    >>> from nnuniverse.physics.strings.string_net import closed_strings
    >>> net = closed_strings(np.array([1, 2, 0]), np.array([0, 1, 2]), np.ones(3))
    >>> np.sort(weight_eigenvalues(net).real).round(6).tolist()
    [-0.5, -0.5, 1.0]
    """
    return np.asarray(net.gains[net.cycle] * np.exp(1j * momenta(net)))


def gram_eigenvalues(net: StringNet) -> Float[np.ndarray, " {net.sites}"]:
    """Return ``1 - 2 g cos k + g^2``, the eigenvalues of G = (1 - w)^T (1 - w), (sites,).

    Right if the weights of a string are equal but for signs; ``4 sin^2(k/2)`` if they are 1.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (8.2).
    """
    gains = net.gains[net.cycle]
    return np.asarray((1.0 - gains) ** 2 + 4.0 * gains * np.sin(momenta(net) / 2.0) ** 2)


def dense_gram(net: StringNet) -> Float[np.ndarray, "{net.sites} {net.sites}"]:
    """Return ``G = (1 - w)^T (1 - w)`` as a matrix, (sites, sites).

    ``net``: the net, whose weights are a weighted permutation.
    """
    apart = np.eye(net.sites) - net.forward(np.eye(net.sites)).T
    return np.asarray(apart.T @ apart)


def momentum_residual(net: StringNet) -> float:
    """Return how far the eigenvalues of G are from `gram_eigenvalues`, over the largest.

    Dense: of few sites.

    ``net``: the net, whose weights are a weighted permutation.
    """
    found, expected = np.linalg.eigvalsh(dense_gram(net)), np.sort(gram_eigenvalues(net))
    scale = expected[-1] or 1.0  # a neuron that keeps its state has the eigenvalue 0 alone
    return float(np.abs(found - expected).max() / scale)
