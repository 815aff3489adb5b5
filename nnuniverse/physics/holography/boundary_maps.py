"""Nets of the boundary neurons alone that may stand for a net with a bulk, linear or not."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from nnuniverse.physics.holography.boundary_map import map_by_solving
from nnuniverse.physics.holography.boundary_net import BoundaryNet, boundary_net


def printed_net(
    weights: sp.csr_array, bias: Float[np.ndarray, " N"], boundary: Int[np.ndarray, " B"]
) -> BoundaryNet:
    """Return the boundary net ``w_b = P w (1 - w)^-1 P^T``, ``b_b = P b`` as it is printed.

    At eps = 1.  Of a linear net too it is another net: see `boundary_net`.  ``weights``: w, (N, N);
    ``bias``: b, (N,); ``boundary``: neurons, (B,).  Raises RuntimeError if ``1 - w`` is singular.

    Source: 2008.01540 (10.1)-(10.3), under a condition (B23).
    """
    mapped = map_by_solving(weights, boundary, 1.0).values
    return BoundaryNet(mapped, np.asarray(bias, float)[boundary])


def net_of_linear_bulk(
    weights: sp.csr_array,
    bias: Float[np.ndarray, " N"],
    slopes: Float[np.ndarray, " N"],
    state: Float[np.ndarray, " N"],
    boundary: Int[np.ndarray, " B"],
) -> BoundaryNet:
    """Return the boundary net of ``x = f(w x + b)`` whose bulk answers linearly.

    Bulk neurons follow ``x = x0 + A (x - x0)``, ``A = f' w``, about a state x0; boundary neurons
    keep w, b and their own f.  The net of (10.2), (10.3) with what the bulk passes on, exact where
    f is the identity.  ``weights``: w, (N, N); ``bias``: b, (N,); ``slopes``: f', (N,); ``state``:
    x0, (N,); ``boundary``: neurons, (B,).  Raises RuntimeError if ``1 - A`` of the bulk is
    singular.

    Source: 2008.01540 (10.1)-(10.3), corrected (B23); 2004.09280 (5.6).
    """
    of_bulk = np.ones(weights.shape[0], bool)
    of_bulk[boundary] = False
    rows = sp.csr_array(sp.diags_array(np.where(of_bulk, slopes, 1.0)) @ weights)
    offset = np.where(of_bulk, state - rows @ state, bias)
    return boundary_net(rows, offset, boundary)


def shuffled_net(
    net: BoundaryNet, receivers: Int[np.ndarray, " R"], random: np.random.Generator
) -> BoundaryNet:
    """Return the net with the weights into ``receivers`` in random places, and biases likewise.

    The null hypothesis that nothing but their sizes matters.  ``receivers``: places, (R,), among
    the neurons of the net, of those that are free.
    """
    weights, bias = net.weights.copy(), net.bias.copy()
    into = weights[receivers]
    used = into.any(axis=0)  # by whom nobody is heard stays silent
    into[:, used] = random.permutation(into[:, used].ravel()).reshape(len(receivers), -1)
    weights[receivers] = into
    bias[receivers] = random.permutation(bias[receivers])
    return BoundaryNet(weights, bias)
