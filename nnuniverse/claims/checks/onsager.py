"""The equations of motion of the package's Onsager tensors, by Cauchy's integral in NumPy."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.derivatives import partial
from nnuniverse.claims.checks.spaces import CheckedSpace, volume
from nnuniverse.physics.gravity.onsager import (
    INDICES,
    Terms,
    contraction,
    onsager_tensor,
    symmetrised,
)


def euler_operator(terms: Terms, space: CheckedSpace, x: np.ndarray) -> np.ndarray:
    """Return ``dL/dg_ab - d_m dL/dg_ab,m`` of ``L = sqrt|g| contraction`` at a point, (a, b).

    ``terms``: the coefficients of the products; ``space``: the metric as a function; ``x``: the
    point, (D,).
    """
    slopes = space.slopes(x)

    def density(elements: np.ndarray) -> np.ndarray:
        metric = elements.reshape(*elements.shape[:-1], len(x), len(x))
        tensor = onsager_tensor(terms, np.linalg.inv(metric))
        return volume(metric) * contraction(tensor, slopes)

    def momentum(x: np.ndarray) -> np.ndarray:
        metric = space.metric(x)
        tensor = symmetrised(onsager_tensor(terms, np.linalg.inv(metric)))
        found = 2.0 * np.einsum(f"...{INDICES},...ncd->...mab", tensor, space.slopes(x))
        return volume(metric)[..., None, None, None] * found

    by_metric = partial(density, radius=0.02)(space.metric(x).flatten()).reshape(len(x), len(x))
    divergence = np.einsum("mmab->ab", partial(momentum)(x))
    return (0.5 * (by_metric + by_metric.T) - divergence).real
