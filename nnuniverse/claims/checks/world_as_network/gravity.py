"""2008.01540 Sec. 9: Einstein's equations, the Onsager tensor, the Ricci tensor."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.derivatives import Field
from nnuniverse.claims.checks.deviations import deviation, out_of_line
from nnuniverse.claims.checks.onsager import euler_operator
from nnuniverse.claims.checks.spaces import CheckedSpace, random_space, volume
from nnuniverse.claims.checks.universes import Universe
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.physics.gravity.onsager import CORRECTED, PRINTED_2004, PRINTED_2008, Terms


@check("B20")
def einsteins_equations(random: np.random.Generator) -> Outcome:
    """``delta int sqrt(-g) (R - 2 Lambda + kappa L) = int sqrt(-g) E_ab delta g^ab``.

    With ``E_ab = G_ab + Lambda g_ab - kappa T_ab``, (9.18), and
    ``sqrt(-g) T^ab = + delta/delta g_ab int sqrt(-g) L``, in a homogeneous universe with a scalar
    field, along four changes of the metric.  Residuals: printed: how far the variation is from any
    multiple of the right side with the sign of (9.8), the sine of the angle between, and that of
    (9.7) with (9.10) put in from that of (9.11), over the latter; corrected: the largest deviation,
    over the largest side.  Control: another kappa in E_ab.

    Source: 2008.01540 (9.8), (9.10), wrong as printed (B20); (9.11), (9.18).
    """
    kappa, constant = 0.8, 0.3
    universe = Universe(random)

    def equations(kappa: float, sign: float) -> np.ndarray:
        left = universe.einstein + constant * universe.metric
        # T^ab of (9.8) lacks the factor 2 of the usual one.
        return universe.contraction(left - sign * kappa * universe.energy_momentum / 2.0)

    def varied(cosmological: float) -> np.ndarray:
        return universe.variation(lambda R, matter: R + cosmological + kappa * matter)

    action = varied(-2.0 * constant)
    return Outcome(
        printed=worst(
            [
                out_of_line(action, equations(kappa, -1.0)),
                deviation(varied(kappa * (2.0 / kappa) * constant), action),
            ]
        ),
        corrected=deviation(action, equations(kappa, 1.0)),
        control=deviation(action, equations(1.01 * kappa, 1.0)),
    )


@check("B21")
def onsager_tensor_of_gravity(random: np.random.Generator) -> Outcome:
    """``dL/dg_ab - d_m dL/dg_ab,m = -sqrt|g| G^ab``, that of ``sqrt|g| R``, at a point.

    With ``L = sqrt|g|`` times the contraction of a tensor with ``g_ab,m g_cd,n``.  Residuals: the
    largest deviation of the two printed and of the corrected tensor at random metrics of two, three
    and four dimensions, over the largest element of the Ricci tensor.  Control: the corrected one
    with its last coefficient one per cent larger.

    Source: 2008.01540 (9.14), (9.15), 2004.09280 (12.9), (12.10), wrong as printed (B21).
    """
    spaces = [random_space(random, signature) for signature in ((1, 1), (-1, 1, 1), (-1, 1, 1, 1))]

    def residuals(terms: Terms) -> list[Residual]:
        return [_from_einstein(terms, space, np.zeros(2 + k)) for k, space in enumerate(spaces)]

    printed = [residuals(terms) for terms in (PRINTED_2008, PRINTED_2004)]
    return Outcome(
        printed=weakest([*printed[0], *printed[1]]),
        corrected=worst(residuals(CORRECTED)),
        control=weakest(residuals({**CORRECTED, "ab cm dn": -0.505})),
        value="off in 2, 3, 4 dimensions: (9.14) "
        + ", ".join(f"{one.value:.2g}" for one in printed[0])
        + "; (12.9) "
        + ", ".join(f"{one.value:.2g}" for one in printed[1]),
    )


@check("B22")
def ricci_tensor() -> Outcome:
    """``R_mn = 2 (Gamma^a_n[m,a] + Gamma^b_n[m Gamma^a_a]b)`` is the usual one, of usual sign.

    Residuals, relative: of a sphere of radius r against R_mn = g_mn/r^2, de Sitter space against
    3 H^2 g_mn, anti-de Sitter against -3 g_mn/l^2.  Control: at 1.01 r, H, l.

    Source: 2008.01540 (9.19).
    """

    def all_three(off: float) -> list[Residual]:
        return [
            _from_multiple(_sphere(1.3), np.array([0.8, 0.3]), (1.3 * off) ** -2),
            _from_multiple(_de_sitter(0.7), np.array([0.4, 0.0, 0.2, 0.1]), 3.0 * (0.7 * off) ** 2),
            _from_multiple(
                _anti_de_sitter(1.2), np.array([1.1, 0.2, 0.0, 0.5]), -3.0 / (1.2 * off) ** 2
            ),
        ]

    return Outcome(printed=worst(all_three(1.0)), control=weakest(all_three(1.01)))


def _from_einstein(terms: Terms, space: CheckedSpace, x: np.ndarray) -> Residual:
    metric = space.metric(x)
    inverse = np.linalg.inv(metric)
    expected = (-volume(metric) * (inverse @ space.einstein(x) @ inverse)).real
    return deviation(euler_operator(terms, space, x), expected, space.ricci(x))


def _from_multiple(metric: Field, x: np.ndarray, factor: float) -> Residual:
    return deviation(CheckedSpace(metric).ricci(x), factor * metric(x))


def _diagonal(*elements: np.ndarray) -> np.ndarray:
    return np.stack(elements, axis=-1)[..., None] * np.eye(len(elements))


def _sphere(radius: float) -> Field:
    """Coordinates theta, phi."""
    return lambda x: radius**2 * _diagonal(np.ones_like(x[..., 0]), np.sin(x[..., 0]) ** 2)


def _de_sitter(rate: float) -> Field:
    """Coordinates t, x, y, z; flat slices that grow as exp(H t)."""
    return lambda x: _diagonal(-np.ones_like(x[..., 0]), *[np.exp(2.0 * rate * x[..., 0])] * 3)


def _anti_de_sitter(length: float) -> Field:
    """Coordinates z, t, x, y of a half space."""
    return lambda x: (length / x[..., 0, None, None]) ** 2 * np.diag([1.0, -1.0, 1.0, 1.0])
