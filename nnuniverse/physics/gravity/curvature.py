"""From a metric to all tensors of its curvature, by autodiff of the metric alone.

Two derivatives of ``g_ab`` are taken by forward mode, everything else is algebra, so that rounding
is that of the largest term and one compilation serves every tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.physics.gravity.metrics import MetricFunction


class Jet(NamedTuple):
    """A metric at a point: ``g_ab`` (a, b), ``g_ab,m`` (m, a, b), ``g_ab,mn`` (m, n, a, b)."""

    metric: jax.Array
    slopes: jax.Array
    curvatures: jax.Array


class Curvature(NamedTuple):
    """What is known of a space at a point; indices are down unless said.

    ``christoffel``: Gamma^m_cd (m, c, d); ``riemann``: R_abcd; ``ricci``: R_ab; ``scalar``: R;
    ``einstein``: G_ab; ``kretschmann``: R_abcd R^abcd; ``weyl``: C_abcd, zero in two dimensions.
    """

    christoffel: jax.Array
    riemann: jax.Array
    ricci: jax.Array
    scalar: jax.Array
    einstein: jax.Array
    kretschmann: jax.Array
    weyl: jax.Array


def jet(metric: MetricFunction) -> Callable[[Float[Array, " D"]], Jet]:
    """Return the function from a point (D,) to ``metric`` and its two first derivatives."""

    def at(x: Float[Array, " D"]) -> Jet:
        slopes = jax.jacfwd(metric)
        return Jet(
            metric(x),
            jnp.moveaxis(slopes(x), -1, 0),
            jnp.moveaxis(jax.jacfwd(slopes)(x), (-2, -1), (0, 1)),
        )

    return at


def lowered_christoffel(slopes: Float[Array, "D D D"]) -> Float[Array, "D D D"]:
    """Return ``Gamma_ncd = (g_nc,d + g_nd,c - g_cd,n)/2``, (n, c, d), of ``slopes`` g_ab,m."""
    return 0.5 * (jnp.moveaxis(slopes, 0, 2) + jnp.moveaxis(slopes, 0, 1) - slopes)


def christoffel(metric: MetricFunction) -> Callable[[Float[Array, " D"]], Float[Array, "D D D"]]:
    """Return the function from a point (D,) to ``Gamma^m_cd``, (m, c, d).

    ``Gamma^m_cd = g^mn (g_nc,d + g_nd,c - g_cd,n)/2``.  Source: 2008.01540 (9.16).

    ``metric``: g_ab at coordinates, (D,) to (D, D).
    """

    def at(x: Float[Array, " D"]) -> Float[Array, "D D D"]:
        slopes = jnp.moveaxis(jax.jacfwd(metric)(x), -1, 0)
        return jnp.einsum("mn,ncd->mcd", jnp.linalg.inv(metric(x)), lowered_christoffel(slopes))

    return at


def curvature(metric: MetricFunction) -> Callable[[Float[Array, " D"]], Curvature]:
    """Return the function from a point (D,) to the ``Curvature`` of a ``metric`` there.

    ``R_abcd = (g_ad,bc + g_bc,ad - g_ac,bd - g_bd,ac)/2 + g_ef (Gamma^e_bc Gamma^f_ad -
    Gamma^e_bd Gamma^f_ac)``, ``R_bd = g^ac R_abcd``, ``G_ab = R_ab - R g_ab/2``.  In one dimension
    less than the points have there is no curvature: D >= 2.

    Source: 2008.01540 (9.16), (9.19), 2004.09280 (12.11), (12.13).

    >>> import jax.numpy as jnp
    >>> from nnuniverse.physics.gravity.curvature import curvature
    >>> from nnuniverse.physics.gravity.metrics import sphere
    >>> from nnuniverse.precision import in_float64
    >>> unit = in_float64(lambda: curvature(sphere().function)(jnp.array([1.0, 0.0])))()
    >>> round(float(unit.scalar), 12)
    2.0
    """

    def at(x: Float[Array, " D"]) -> Curvature:
        return curvature_of(jet(metric)(x))

    return at


def curvature_of(at: Jet) -> Curvature:
    """Return the curvature of a metric whose derivatives at a point are known."""
    inverse = jnp.linalg.inv(at.metric)
    lowered = lowered_christoffel(at.slopes)
    gamma = jnp.einsum("mn,ncd->mcd", inverse, lowered)
    riemann = _riemann(at.curvatures, lowered, gamma)
    ricci = jnp.einsum("ac,abcd->bd", inverse, riemann)
    scalar = jnp.einsum("ab,ab->", inverse, ricci)
    raised = jnp.einsum("abcd,ae,bf,cg,dh->efgh", riemann, *[inverse] * 4)
    return Curvature(
        gamma,
        riemann,
        ricci,
        scalar,
        ricci - 0.5 * scalar * at.metric,
        jnp.einsum("abcd,abcd->", riemann, raised),
        _weyl(at.metric, riemann, ricci, scalar),
    )


def _riemann(curvatures: jax.Array, lowered: jax.Array, gamma: jax.Array) -> jax.Array:
    """Return R_abcd; ``curvatures``: g_ab,mn, (m, n, a, b)."""
    outer = jnp.einsum("bcad->abcd", curvatures)
    second = 0.5 * (
        outer
        + jnp.einsum("adbc->abcd", curvatures)
        - jnp.einsum("bdac->abcd", curvatures)
        - jnp.einsum("acbd->abcd", curvatures)
    )
    products = jnp.einsum("fbc,fad->abcd", gamma, lowered)
    return second + products - products.swapaxes(2, 3)


def _weyl(metric: jax.Array, riemann: jax.Array, ricci: jax.Array, scalar: jax.Array) -> jax.Array:
    """Return ``C_abcd``: what is left of R_abcd without its traces."""
    size = len(metric)
    if size == 2:
        return jnp.zeros_like(riemann)  # of which the trace is all
    traces = kulkarni_nomizu(metric, ricci) / (size - 2)
    return (
        riemann - traces + scalar * kulkarni_nomizu(metric, metric) / (2 * (size - 1) * (size - 2))
    )


def kulkarni_nomizu(
    one: Float[Array, "D D"], other: Float[Array, "D D"]
) -> Float[Array, "D D D D"]:
    """Return ``one_ac other_bd + one_bd other_ac - one_ad other_bc - one_bc other_ad``.

    ``one``: symmetric, (D, D); ``other``: symmetric, (D, D).
    """
    products = jnp.einsum("ac,bd->abcd", one, other) + jnp.einsum("ac,bd->abcd", other, one)
    return products - products.swapaxes(2, 3)
