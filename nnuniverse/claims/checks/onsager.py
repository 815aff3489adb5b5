"""The package's Onsager tensors by another method: NumPy, many points, Cauchy's integral."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.derivatives import partial
from nnuniverse.claims.checks.spaces import Space, volume
from nnuniverse.physics.gravity.onsager import INDICES, Terms


def onsager_tensor(terms: Terms, inverse: np.ndarray) -> np.ndarray:
    """Return the tensor of the inverse metric ``g^ab``, (..., D, D), with six indices more."""
    return sum(
        coefficient
        * np.einsum(
            ",".join("..." + pair for pair in product.split()) + "->..." + INDICES,
            *[inverse] * 3,
        )
        for product, coefficient in terms.items()
    )


def exchanged(tensor: np.ndarray, order: str) -> np.ndarray:
    """Return the tensor with its last six indices in another order, as ``nmcdab``."""
    return np.einsum(f"...{INDICES}->...{order}", tensor)


def symmetrised(tensor: np.ndarray) -> np.ndarray:
    """Return it symmetric in (ab), in (cd), and under (m, a, b) <-> (n, c, d)."""
    for order in ("mnbacd", "mnabdc", "nmcdab"):
        tensor = 0.5 * (tensor + exchanged(tensor, order))
    return tensor


def contraction(tensor: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return ``L g_ab,m g_cd,n``; slopes: ``g_ab,m``, (..., m, a, b)."""
    return np.einsum(f"...{INDICES},...mab,...ncd->...", tensor, slopes, slopes)


def euler_operator(terms: Terms, space: Space, x: np.ndarray) -> np.ndarray:
    """Return ``dL/dg_ab - d_m dL/dg_ab,m`` of ``L = sqrt|g| contraction`` at a point, (a, b)."""
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
