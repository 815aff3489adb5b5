"""The Onsager tensor of learning, ``R ~ L^{mu nu alpha beta gamma delta} g_ab,mu g_cd,nu``.

Its indices are letters: m, n, a, b, c, d for mu, nu, alpha, beta, gamma, delta, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp

Terms = Mapping[str, float]
"""Products of three inverse metrics, by the letters of their indices, and their coefficients."""

PRINTED_2004: Terms = {"an bd mc": 0.25, "ac bn md": 0.25, "ac bd mn": -0.25, "ab cd mn": -0.25}
"""2 kappa times 2004.09280 (12.9)."""

PRINTED_2008: Terms = {"ac bn md": 0.5, "ac bd mn": -0.25, "ab cd mn": -0.25}
"""2008.01540 (9.14)."""

CORRECTED: Terms = {"ac bn md": 0.5, "ac bd mn": -0.25, "ab cd mn": 0.25, "ab cm dn": -0.5}
"""The one that is sqrt|g| R up to a divergence (B21)."""

TENSORS: dict[str, Terms] = {
    "2004.09280 (12.9)": PRINTED_2004,
    "2008.01540 (9.14)": PRINTED_2008,
    "corrected": CORRECTED,
}

INDICES = "mnabcd"


def onsager_tensor(terms: Terms, inverse: jax.Array) -> jax.Array:
    """Return ``L^{mn ab cd}``, (m, n, a, b, c, d), the sum of ``terms``.

    ``inverse``: g^ab, (D, D).

    Source: 2008.01540 (9.14), 2004.09280 (12.9), wrong as printed (B21).
    """
    found = jnp.zeros((len(inverse),) * len(INDICES), inverse.dtype)
    for product, coefficient in terms.items():
        pairs = ",".join(product.split())
        found = found + coefficient * jnp.einsum(f"{pairs}->{INDICES}", *[inverse] * 3)
    return found


def exchanged(tensor: jax.Array, order: str) -> jax.Array:
    """Return the tensor with its indices in another order, as ``nmcdab``."""
    return jnp.einsum(f"{INDICES}->{order}", tensor)


def symmetrised(tensor: jax.Array) -> jax.Array:
    """Return it symmetric in (ab), in (cd), and under (m, a, b) <-> (n, c, d).

    Its contraction with any ``g_ab,m g_cd,n`` stays the same.  Source: 2004.09280 (12.7), (12.8).
    """
    for order in ("mnbacd", "mnabdc", "nmcdab"):
        tensor = 0.5 * (tensor + exchanged(tensor, order))
    return tensor


def contraction(tensor: jax.Array, slopes: jax.Array) -> jax.Array:
    """Return ``L^{mn ab cd} g_ab,m g_cd,n``, (); ``slopes``: g_ab,m, (m, a, b)."""
    return jnp.einsum(f"{INDICES},mab,ncd->", tensor, slopes, slopes)


def volume(metric: jax.Array) -> jax.Array:
    """Return ``sqrt |det g|``, ()."""
    return jnp.sqrt(jnp.abs(jnp.linalg.det(metric)))


def density(terms: Terms, metric: jax.Array, slopes: jax.Array) -> jax.Array:
    """Return ``sqrt|g| L^{mn ab cd} g_ab,m g_cd,n``, (), what the action is the integral of."""
    tensor = onsager_tensor(terms, jnp.linalg.inv(metric))
    return volume(metric) * contraction(tensor, slopes)
