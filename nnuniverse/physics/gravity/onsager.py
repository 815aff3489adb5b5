"""The Onsager tensor of learning, ``R ~ L^{mu nu alpha beta gamma delta} g_ab,mu g_cd,nu``.

In NumPy or JAX, whichever the arrays are of, at one point or at many, (...).
Its indices are letters: m, n, a, b, c, d for mu, nu, alpha, beta, gamma, delta, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from jaxtyping import Inexact

Array = TypeVar("Array", bound=Any)
"""NumPy's arrays or JAX's, the result of the kind of the arguments."""

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


def onsager_tensor(
    terms: Terms, inverse: Inexact[Array, "*points D D"]
) -> Inexact[Array, "*points D D D D D D"]:
    """Return ``L^{mn ab cd}``, (..., m, n, a, b, c, d), the sum of ``terms``.

    ``inverse``: g^ab, (..., D, D).

    Source: 2008.01540 (9.14), 2004.09280 (12.9), wrong as printed (B21).
    """
    xp = inverse.__array_namespace__()
    products = []
    for product, coefficient in terms.items():
        pairs = ",".join(f"...{pair}" for pair in product.split())
        products.append(coefficient * xp.einsum(f"{pairs}->...{INDICES}", *[inverse] * 3))
    found: Array = sum(products[1:], products[0])
    return found


def exchanged(
    tensor: Inexact[Array, "*points D D D D D D"], order: str
) -> Inexact[Array, "*points D D D D D D"]:
    """Return the tensor with its last six indices in another order, as ``nmcdab``."""
    found: Array = tensor.__array_namespace__().einsum(f"...{INDICES}->...{order}", tensor)
    return found


def symmetrised(
    tensor: Inexact[Array, "*points D D D D D D"],
) -> Inexact[Array, "*points D D D D D D"]:
    """Return it symmetric in (ab), in (cd), and under (m, a, b) <-> (n, c, d).

    Its contraction with any ``g_ab,m g_cd,n`` stays the same.  Source: 2004.09280 (12.7), (12.8).

    ``tensor``: L^(mn ab cd), (..., D, D, D, D, D, D).
    """
    for order in ("mnbacd", "mnabdc", "nmcdab"):
        tensor = 0.5 * (tensor + exchanged(tensor, order))
    return tensor


def contraction(
    tensor: Inexact[Array, "*#points D D D D D D"], slopes: Inexact[Array, "*#points D D D"]
) -> Inexact[Array, "*#points"]:
    """Return ``L^{mn ab cd} g_ab,m g_cd,n``, (...); ``slopes``: g_ab,m, (..., m, a, b).

    ``tensor``: L^(mn ab cd), (..., D, D, D, D, D, D).
    """
    xp = tensor.__array_namespace__()
    found: Array = xp.einsum(f"...{INDICES},...mab,...ncd->...", tensor, slopes, slopes)
    return found


def volume(metric: Inexact[Array, "*points D D"]) -> Inexact[Array, "*points"]:
    """Return ``sqrt |det g|``, (...).

    ``metric``: g, (..., D, D).

    >>> import numpy as np
    >>> from nnuniverse.physics.gravity.onsager import volume
    >>> float(volume(np.diag([-4.0, 1.0, 1.0, 1.0])))
    2.0
    """
    xp = metric.__array_namespace__()
    found: Array = xp.sqrt(xp.abs(xp.linalg.det(metric)))
    return found


def density(
    terms: Terms, metric: Inexact[Array, "D D"], slopes: Inexact[Array, "D D D"]
) -> Inexact[Array, ""]:
    """Return ``sqrt|g| L^{mn ab cd} g_ab,m g_cd,n``, (), what the action is the integral of.

    ``terms``: products of inverse metrics by their indices, with their coefficients; ``metric``:
    g_ab, (D, D); ``slopes``: g_ab,m, (D, D, D).
    """
    tensor = onsager_tensor(terms, metric.__array_namespace__().linalg.inv(metric))
    return volume(metric) * contraction(tensor, slopes)
