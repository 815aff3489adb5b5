"""Metrics in closed form, by name: signature -+++ where there is a time, G = c = 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Num

MetricFunction = Callable[[Float[Array, " D"]], Float[Array, "D D"]]
"""g_ab(x): from the coordinates (D,) of a point to (D, D), symmetric, in JAX's own functions."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class Metric:
    """A metric ``g_ab(x)`` on ``coordinates``.

    ``function``: of points (D,) to (D, D); ``point``: an ordinary one, (D,); ``domain``: between
    which values a coordinate lies, ends excluded, any if it is not named; ``says``: what it is.
    """

    name: str
    coordinates: tuple[str, ...]
    function: MetricFunction
    point: tuple[float, ...]
    domain: Mapping[str, Interval] = field(default_factory=dict)
    says: str = ""

    @property
    def dimension(self) -> int:
        """D, the number of coordinates."""
        return len(self.coordinates)

    def outside(self, x: Num[np.ndarray, " D"]) -> str | None:
        """Return the first coordinate of the point ``x``, (D,), that is not in its interval."""
        for name, value in zip(self.coordinates, x, strict=True):
            low, high = self.domain.get(name, (-math.inf, math.inf))
            if not low < value < high:
                return name
        return None


def diagonal(*elements: float | Float[Array, ""]) -> Float[Array, "D D"]:
    """Return the matrix with these elements on its diagonal."""
    return jnp.diag(jnp.stack([jnp.asarray(element, float) for element in elements]))


ANGLE: Interval = (0.0, math.pi)
SPHERICAL = ("t", "r", "theta", "phi")
CARTESIAN = ("t", "x", "y", "z")


def sphere(radius: float = 1.0, dimension: int = 2) -> Metric:
    """Return the sphere of D dimensions, ``R_ab = (D - 1) g_ab/r^2``; theta_1 .. phi.

    ``radius``: r > 0; ``dimension``: D >= 2.
    """
    names = ("theta",) if dimension == 2 else tuple(f"theta_{k}" for k in range(1, dimension))

    def function(x: jax.Array) -> jax.Array:
        sines = jnp.concatenate([jnp.ones(1), jnp.cumprod(jnp.sin(x[:-1]) ** 2)])
        return radius**2 * jnp.diag(sines)

    point = (*(0.8 + 0.1 * k for k in range(dimension - 1)), 0.3)
    domain = dict.fromkeys(names, ANGLE)
    return Metric(
        "sphere", (*names, "phi"), function, point, domain, f"a sphere of radius {radius:g}"
    )


def minkowski() -> Metric:
    """Return flat space-time in polar coordinates, whose Christoffel symbols are not zero."""
    return Metric(
        "minkowski",
        SPHERICAL,
        lambda x: diagonal(-1.0, 1.0, x[1] ** 2, (x[1] * jnp.sin(x[2])) ** 2),
        (0.0, 2.0, 1.1, 0.3),
        {"r": (0.0, math.inf), "theta": ANGLE},
        "flat space-time in polar coordinates",
    )


def de_sitter(rate: float = 1.0) -> Metric:
    """Return de Sitter space, ``R_ab = 3 H^2 g_ab``; ``rate`` H; flat slices, a = exp(H t)."""
    return Metric(
        "de_sitter",
        CARTESIAN,
        lambda x: diagonal(-1.0, *[jnp.exp(2.0 * rate * x[0])] * 3),
        (0.4, 0.0, 0.2, 0.1),
        {},
        f"de Sitter space, a = exp({rate:g} t)",
    )


def anti_de_sitter(length: float = 1.0) -> Metric:
    """Return anti-de Sitter space, ``R_ab = -3 g_ab/l^2``; a half space z > 0.

    ``length``: l > 0.
    """
    return Metric(
        "anti_de_sitter",
        CARTESIAN,
        lambda x: (length / x[3]) ** 2 * diagonal(-1.0, 1.0, 1.0, 1.0),
        (0.2, 0.0, 0.5, 1.1),
        {"z": (0.0, math.inf)},
        f"anti-de Sitter space of length {length:g}, z > 0",
    )


def frw(exponent: float = 2.0 / 3.0, curvature: float = 0.0) -> Metric:
    """Return an expanding universe, ``a = t^p``; ``exponent`` p, 2/3 of dust; ``curvature`` k."""

    def function(x: jax.Array) -> jax.Array:
        scale, r = x[0] ** (2.0 * exponent), x[1]
        across = scale * r**2
        radial = scale / (1.0 - curvature * r**2)
        return diagonal(-1.0, radial, across, across * jnp.sin(x[2]) ** 2)

    reach = math.inf if curvature <= 0.0 else 1.0 / math.sqrt(curvature)
    domain = {"t": (0.0, math.inf), "r": (0.0, reach), "theta": ANGLE}
    says = f"an expanding universe, a = t^{exponent:.4g}, k = {curvature:g}"
    return Metric("frw", SPHERICAL, function, (1.3, min(0.6, 0.6 * reach), 1.0, 0.2), domain, says)


def schwarzschild(mass: float = 1.0) -> Metric:
    """Return the metric of a ``mass`` M at rest, outside its horizon r = 2 M."""

    def function(x: jax.Array) -> jax.Array:
        lapse = 1.0 - 2.0 * mass / x[1]
        return diagonal(-lapse, 1.0 / lapse, x[1] ** 2, (x[1] * jnp.sin(x[2])) ** 2)

    domain = {"r": (max(2.0 * mass, 0.0), math.inf), "theta": ANGLE}
    point = (0.0, max(10.0 * abs(mass), 1.0), 1.1, 0.3)
    return Metric("schwarzschild", SPHERICAL, function, point, domain, f"a mass {mass:g} at rest")


def kerr(mass: float = 1.0, spin: float = 0.6) -> Metric:
    """Return that of a rotating one, Boyer-Lindquist; ``spin`` a = J/M; outside its horizon.

    ``mass``: M > 0, of a length, G = c = 1.
    """

    def function(x: jax.Array) -> jax.Array:
        r, sine = x[1], jnp.sin(x[2]) ** 2
        sigma = r**2 + spin**2 * jnp.cos(x[2]) ** 2
        delta = r**2 - 2.0 * mass * r + spin**2
        dragging = -2.0 * mass * spin * r * sine / sigma
        across = (r**2 + spin**2 - spin * dragging) * sine
        matrix = diagonal(-(1.0 - 2.0 * mass * r / sigma), sigma / delta, sigma, across)
        return matrix.at[0, 3].set(dragging).at[3, 0].set(dragging)

    horizon = mass + math.sqrt(max(mass**2 - spin**2, 0.0))
    domain = {"r": (horizon, math.inf), "theta": ANGLE}
    says = f"a mass {mass:g} that rotates, a = {spin:g}"
    return Metric("kerr", SPHERICAL, function, (0.0, 10.0 * mass, 1.1, 0.3), domain, says)


def kasner(p1: float = -1.0 / 3.0, p2: float = 2.0 / 3.0, p3: float = 2.0 / 3.0) -> Metric:
    """Return an empty universe if ``sum p = sum p^2 = 1``, that expands as t^p along each axis.

    ``p1``: exponent of x; ``p2``: exponent of y; ``p3``: exponent of z.
    """
    powers = (p1, p2, p3)
    return Metric(
        "kasner",
        CARTESIAN,
        lambda x: diagonal(-1.0, *[x[0] ** (2.0 * p) for p in powers]),
        (1.3, 0.1, 0.2, 0.3),
        {"t": (0.0, math.inf)},
        "t^p along each axis, p = " + ", ".join(f"{p:.4g}" for p in powers),
    )


METRICS: dict[str, Callable[..., Metric]] = {
    builder.__name__: builder
    for builder in (
        sphere,
        minkowski,
        de_sitter,
        anti_de_sitter,
        frw,
        schwarzschild,
        kerr,
        kasner,
    )
}
"""Named metrics; their keywords are their parameters."""
