"""Curvature of a metric in closed form, as the papers define it, at points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnuniverse.claims.checks.derivatives import Field, partial


@dataclass(frozen=True)
class CheckedSpace:
    """A metric ``g_ab(x)``, (..., D) to (..., D, D), of functions that take complex numbers.

    ``coordinates``: on how many of the first coordinates it depends, all if None.  What the methods
    return is complex; its imaginary part is rounding where x is real.
    """

    metric: Field
    coordinates: int | None = None

    def slopes(self, x: np.ndarray) -> np.ndarray:
        """Return ``g_ab,m``, (..., m, a, b).

        ``x``: the coordinates, (..., D).
        """
        return partial(self.metric, coordinates=self.coordinates)(x)

    def christoffel(self, x: np.ndarray) -> np.ndarray:
        """Return ``Gamma^m_cd = 1/2 g^mn (g_nc,d + g_nd,c - g_cd,n)``, (..., m, c, d).

        ``x``: the coordinates, (..., D).

        Source: 2004.09280 (12.11), 2008.01540 (9.16).
        """
        slopes = self.slopes(x)
        lowered = np.moveaxis(slopes, -3, -1) + np.swapaxes(slopes, -3, -2) - slopes
        return 0.5 * np.einsum("...mn,...ncd->...mcd", np.linalg.inv(self.metric(x)), lowered)

    def ricci(self, x: np.ndarray) -> np.ndarray:
        """Return ``R_mn = 2 (Gamma^a_n[m,a] + Gamma^b_n[m Gamma^a_a]b)``, (..., m, n).

        ``x``: the coordinates, (..., D).

        Source: 2004.09280 (12.13), 2008.01540 (9.19).
        """
        gamma = self.christoffel(x)
        slopes = partial(self.christoffel, coordinates=self.coordinates)(x)
        linear = np.einsum("...aanm->...mn", slopes) - np.einsum("...mana->...mn", slopes)
        return (
            linear
            + np.einsum("...bnm,...aab->...mn", gamma, gamma)
            - np.einsum("...bna,...amb->...mn", gamma, gamma)
        )

    def scalar(self, x: np.ndarray) -> np.ndarray:
        """Return ``R = g^mn R_mn``, (...).

        ``x``: the coordinates, (..., D).
        """
        return np.einsum("...mn,...mn->...", np.linalg.inv(self.metric(x)), self.ricci(x))

    def einstein(self, x: np.ndarray) -> np.ndarray:
        """Return ``G_mn = R_mn - R g_mn/2``, (..., m, n).

        ``x``: the coordinates, (..., D).
        """
        ricci, metric = self.ricci(x), self.metric(x)
        scalar = np.einsum("...mn,...mn->...", np.linalg.inv(metric), ricci)
        return ricci - 0.5 * scalar[..., None, None] * metric


def volume(metric: np.ndarray) -> np.ndarray:
    """Return ``sqrt |det g|``, (...), analytic in the elements of g, (..., D, D).

    ``metric``: g, (..., D, D).
    """
    determinant = np.linalg.det(metric)
    return np.sqrt(np.sign(determinant.real) * determinant)


def random_space(random: np.random.Generator, signature: tuple[int, ...]) -> CheckedSpace:
    """Return a metric ``diag(signature) + sum_k S_k sin(q_k x + r_k)`` with small symmetric S_k.

    ``random``: where its numbers are drawn from.
    """
    size = len(signature)
    waves, phases = random.normal(size=(4, size)), random.normal(size=4)
    matrices = 0.05 * random.normal(size=(4, size, size))
    matrices = matrices + matrices.swapaxes(1, 2)

    def metric(x: np.ndarray) -> np.ndarray:
        return np.diag(signature) + np.einsum("...k,kab", np.sin(x @ waves.T + phases), matrices)

    return CheckedSpace(metric)
